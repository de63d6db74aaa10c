"""Many at once: nothing is lost, nothing given twice, and nobody hears that a database is locked."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Callable

import pytest
from flask import Flask

from survey_app.stores import roster, urn
from survey_app.stores.errors import CapReached, Changed, Closed, Taken
from survey_app.stores.roster import UnitCounts
from survey_app.stores.urn import NOTHING
from tests.survey_app.stores.making import SURVEY, add_running, hashed, invitation, token_hash

THREADS = 16


def at_once(app: Flask, act: Callable[[int], object], threads: int = THREADS) -> list[object]:
    """What ``act`` gives in each of many threads that start together; an error is what it gave."""
    outcomes: list[object] = [None] * threads
    barrier = threading.Barrier(threads)

    def run(number: int) -> None:
        with app.app_context():
            barrier.wait()
            try:
                outcomes[number] = act(number)
            except Exception as error:
                outcomes[number] = error

    workers = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=120)
    assert not any(worker.is_alive() for worker in workers)
    return outcomes


def kinds(outcomes: list[object]) -> Counter[str]:
    """How often each kind of outcome came."""
    return Counter(type(outcome).__name__ for outcome in outcomes)


@pytest.fixture(autouse=True)
def running(app: Flask) -> None:
    """A survey that runs."""
    add_running(THREADS * 6)


def test_many_people_take_part_at_once(app: Flask) -> None:
    def take_part(number: int) -> None:
        for person in range(number * 6, number * 6 + 6):
            own = hashed("person", person)
            assert roster.issue(SURVEY, token_hash(person), own, lambda _, own=own: own) == own
            urn.put_draft(SURVEY, own, own * 20, NOTHING)
            urn.put_envelope(SURVEY, own, own * 40, NOTHING, own, lambda own=own: own)
            roster.mark_done(SURVEY, token_hash(person), own)

    assert at_once(app, take_part) == [None] * THREADS
    half = THREADS * 3
    assert roster.counts(SURVEY) == {unit: UnitCounts(half, half, 0, half) for unit in ("u1", "u2")}
    everybody = sorted(hashed("person", person) * 40 for person in range(THREADS * 6))
    assert urn.envelopes(SURVEY) == everybody


def test_one_code_in_many_hands_is_signed_for_one(app: Flask) -> None:
    signed = []

    def issue(number: int) -> bytes:
        def sign(_: object) -> bytes:
            signed.append(number)
            return b"%d" % number

        return roster.issue(SURVEY, token_hash(0), hashed("request", number), sign)

    outcomes = at_once(app, issue)
    assert len(signed) == 1
    assert kinds(outcomes) == {"bytes": 1, "Taken": THREADS - 1}
    assert all(isinstance(outcome, bytes | Taken) for outcome in outcomes)


def test_a_double_click_is_one_envelope(app: Flask) -> None:
    def click(_: int) -> bytes:
        return urn.put_envelope(SURVEY, hashed("L"), b"envelope", NOTHING, hashed("done"), lambda: b"reply")

    assert at_once(app, click) == [b"reply"] * THREADS
    assert urn.envelopes(SURVEY) == [b"envelope"]


@pytest.mark.parametrize("lies_there", [None, b"before"])
def test_of_many_changes_to_one_locker_one_holds(app: Flask, lies_there: bytes | None) -> None:
    previous = NOTHING
    if lies_there:
        urn.put_envelope(SURVEY, hashed("L"), lies_there, previous, hashed("done"), lambda: b"reply")
        previous = hashlib.sha256(lies_there).digest()

    def change(number: int) -> bytes:
        return urn.put_envelope(SURVEY, hashed("L"), b"%d" % number, previous, hashed("done"), lambda: b"reply")

    outcomes = at_once(app, change)
    assert kinds(outcomes) == {"bytes": 1, "Changed": THREADS - 1}
    assert all(isinstance(outcome, bytes | Changed) for outcome in outcomes)
    assert urn.envelopes(SURVEY) == [b"%d" % outcomes.index(b"reply")]


def test_no_more_codes_are_replaced_than_the_cap(app: Flask) -> None:
    for person in range(THREADS):
        roster.issue(SURVEY, token_hash(person), hashed("request"), lambda _: b"reply")
    outcomes = at_once(app, lambda person: roster.reissue(SURVEY, invitation(person).id, hashed("new", person), cap=3))
    assert kinds(outcomes) == {"NoneType": 3, "CapReached": THREADS - 3}
    assert any(isinstance(outcome, CapReached) for outcome in outcomes)
    assert sum(counts.reissued for counts in roster.counts(SURVEY).values()) == 3


def test_who_was_told_that_it_is_in_the_urn_is_in_the_urn_when_it_closes(app: Flask) -> None:
    taken: list[list[bytes]] = []

    def act(number: int) -> list[bytes]:
        if number == 0:
            urn.accept(SURVEY, False)
            taken.append(urn.envelopes(SURVEY))
            return []
        confirmed = []
        for turn in range(40):
            envelope = b"%d %d" % (number, turn)
            try:
                urn.put_envelope(SURVEY, hashed(number, turn), envelope, NOTHING, hashed("d"), lambda: b"r")
            except Closed:
                break
            confirmed.append(envelope)
        return confirmed

    outcomes = at_once(app, act)
    assert sorted(envelope for confirmed in outcomes for envelope in confirmed) == taken[0]  # type: ignore[attr-defined]
    assert urn.envelopes(SURVEY) == taken[0]
