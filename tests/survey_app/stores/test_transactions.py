"""No function of the stores has a transaction open in two databases at once, or leaves one open."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest
from flask import Flask
from sqlalchemy import Connection, event

from analysis.disclosure.ledger import BEGINNING
from survey_app.stores import db, ledger, results, roster, urn, writing
from survey_app.stores.roster import NewSurvey, State
from tests.survey_app.stores.making import (
    ORGANISATION,
    OTHER,
    SURVEY,
    add_running,
    draft,
    hashed,
    invitation,
    key,
    opening,
    token_hash,
)

Watch = list[frozenset[str]]

#: Every public function of the stores, called on a survey that runs, in an order in which each finds its work.
CALLS: dict[ModuleType, dict[str, Callable[[], object]]] = {
    roster: {
        "add_survey": lambda: roster.add_survey(
            NewSurvey(OTHER, "", "", [invitation(0, OTHER)], manifest="{}", keys=[key("u1", OTHER)])
        ),
        "set_witness": lambda: roster.set_witness(OTHER, b"w"),
        "move": lambda: roster.move(OTHER, State.PROMISED, State.RUNNING),
        "set_opened_on": lambda: roster.set_opened_on(OTHER, "2026-10-01"),
        "set_remind_all": lambda: roster.set_remind_all(OTHER, True),
        "survey": lambda: roster.survey(SURVEY),
        "surveys": roster.surveys,
        "issuer_keys": lambda: roster.issuer_keys(SURVEY),
        "find_invitation": lambda: roster.find_invitation(SURVEY, token_hash(1)),
        "invitations": lambda: roster.invitations(SURVEY),
        "issue": lambda: roster.issue(SURVEY, token_hash(1), hashed("r"), lambda _: b"reply"),
        "mark_done": lambda: roster.mark_done(SURVEY, token_hash(2), hashed("s")),
        "counts": lambda: roster.counts(SURVEY),
        "reissue": lambda: roster.reissue(SURVEY, invitation(1).id, hashed("new"), 1),
        "revoke": lambda: roster.revoke(SURVEY, invitation(3).id),
        "forget_requests": lambda: roster.forget_requests(SURVEY),
        "add_staff_key": lambda: roster.add_staff_key(SURVEY, "hr", hashed("key")),
        "staff_key": lambda: roster.staff_key(hashed("key")),
    },
    urn: {
        "add_survey": lambda: urn.add_survey(OTHER, "{}", locker_n=b"n", log_private=b"l", done_private=b"d"),
        "accept": lambda: urn.accept(OTHER, True),
        "survey": lambda: urn.survey(SURVEY),
        "put_draft": lambda: urn.put_draft(SURVEY, hashed("L"), b"draft", urn.NOTHING),
        "put_envelope": lambda: urn.put_envelope(SURVEY, hashed("M"), b"e", urn.NOTHING, hashed("d"), lambda: b"r"),
        "locker": lambda: urn.locker(SURVEY, hashed("L")),
        "withdraw": lambda: urn.withdraw(SURVEY, hashed("L"), urn.NOTHING),
        "envelopes": lambda: urn.envelopes(SURVEY),
        "count_assisted": lambda: urn.count_assisted(SURVEY),
        "destroy": lambda: urn.destroy(SURVEY),
    },
    results: {
        "add_promise": lambda: results.add_promise(SURVEY, "{}", b"w"),
        "promise": lambda: results.promise(SURVEY),
        "store_opened": lambda: results.store_opened(SURVEY, opening(3), b"log"),
        "ballots": lambda: results.ballots(SURVEY),
        "leaves": lambda: results.leaves(SURVEY),
        "head": lambda: results.head(SURVEY),
        "withdraw": lambda: results.withdraw(SURVEY, opening(3).ballots[0].id),
    },
    ledger: {
        "append": lambda: ledger.append(ORGANISATION, BEGINNING, [draft("u1")]),
        "read": lambda: ledger.read(ORGANISATION),
    },
}

#: In which database a module works that is not called like it.
ELSEWHERE = {ledger: "results"}


@pytest.fixture
def watch(app: Flask) -> Iterator[Watch]:
    """In which databases a transaction is open, after each beginning and each end of one."""
    seen: Watch = []
    running: dict[str, int] = dict.fromkeys(db.engines, 0)

    def note(bind: str, change: int) -> Callable[[Connection], None]:
        def noted(_: Connection) -> None:
            running[bind] += change
            seen.append(frozenset(name for name, number in running.items() if number))

        return noted

    listeners = [
        (engine, name, note(bind, change))
        for bind, engine in db.engines.items()
        for name, change in (("begin", 1), ("commit", -1), ("rollback", -1))
    ]
    for engine, name, listener in listeners:
        event.listen(engine, name, listener)
    yield seen
    for engine, name, listener in listeners:
        event.remove(engine, name, listener)


def test_every_function_is_in_the_list() -> None:
    for module, calls in CALLS.items():
        public = {
            name
            for name, value in vars(module).items()
            if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")
        }
        assert public == set(calls)


def test_no_function_opens_two_databases_or_leaves_one_open(watch: Watch) -> None:
    add_running(4)
    for module, calls in CALLS.items():
        bind = ELSEWHERE.get(module, module.__name__.rpartition(".")[2])
        for name, call in calls.items():
            watch.clear()
            call()
            assert set(watch) == {frozenset({bind}), frozenset()}, f"{bind}.{name}"
            assert watch[-1] == frozenset(), f"{bind}.{name}"


def test_the_watch_sees_two_databases_open_at_once(watch: Watch) -> None:
    with writing("urn"), db.engines["roster"].begin():
        pass
    assert frozenset({"urn", "roster"}) in watch
