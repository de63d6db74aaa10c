"""The urn: what lies in a locker is replaced only by who knows what lies there, and never comes back."""

from __future__ import annotations

import hashlib

import pytest
from flask import Flask

from survey_app.stores import urn
from survey_app.stores.errors import Changed, Closed, Taken, UnknownLocker, UnknownSurvey
from survey_app.stores.urn import NOTHING, Locker
from tests.survey_app.stores.making import OTHER, SURVEY, add_urn, hashed

MINE = hashed("my locker")
DONE = hashed("my done request")


@pytest.fixture(autouse=True)
def open_urn(app: Flask) -> None:
    """An open urn."""
    add_urn()


def sha(data: bytes) -> bytes:
    """What ``previous`` has to be when ``data`` lies there."""
    return hashlib.sha256(data).digest()


def put(envelope: bytes, previous: bytes = NOTHING, done: bytes = DONE, locker: bytes = MINE) -> bytes:
    """Puts an envelope into my locker."""
    return urn.put_envelope(SURVEY, locker, envelope, previous, done, lambda: b"signed " + envelope)


def lying() -> Locker | None:
    """What lies in my locker."""
    return urn.locker(SURVEY, MINE)


def test_a_survey_is_kept_as_it_was_given() -> None:
    stored = urn.survey(SURVEY)
    assert stored == urn.UrnSurvey(SURVEY, '{"survey":1}', True, b"n" * 384, b"log", b"done", 0)
    assert "log_private" not in repr(stored) and "done_private" not in repr(stored)
    assert urn.survey(OTHER) is None
    urn.add_survey(SURVEY, "{}", locker_n=b"n", log_private=b"l", done_private=b"d")
    stored = urn.survey(SURVEY)
    assert stored is not None and stored.manifest == "{}"


def test_the_manifest_of_an_urn_in_use_stays() -> None:
    urn.put_draft(SURVEY, MINE, b"draft", NOTHING)
    with pytest.raises(Changed):
        urn.add_survey(SURVEY, "{}", locker_n=b"n", log_private=b"l", done_private=b"d")


def test_a_draft_is_replaced_by_who_knows_what_lies_there() -> None:
    assert lying() is None
    urn.put_draft(SURVEY, MINE, b"draft 1", NOTHING)
    urn.put_draft(SURVEY, MINE, b"draft 2", sha(b"draft 1"))
    urn.put_draft(SURVEY, MINE, b"draft 2", sha(b"draft 1"))  # the reply was lost, the request came again
    for late in (NOTHING, sha(b"draft 1"), sha(b"draft 3")):
        with pytest.raises(Changed):
            urn.put_draft(SURVEY, MINE, b"draft 1", late)
    assert lying() == Locker(b"draft 2", None)


def test_an_envelope_is_replaced_by_who_knows_what_lies_there() -> None:
    assert put(b"first") == b"signed first"
    assert put(b"first") == b"signed first"
    assert put(b"second", sha(b"first")) == b"signed first", "the done request is signed once"
    for late in (NOTHING, sha(b"first")):
        with pytest.raises(Changed):
            put(b"first", late)
        with pytest.raises(Changed):
            put(b"third", late)
    assert lying() == Locker(None, b"second")


def test_draft_and_envelope_do_not_touch_each_other() -> None:
    put(b"envelope")
    urn.put_draft(SURVEY, MINE, b"draft", NOTHING)
    put(b"envelope 2", sha(b"envelope"))
    assert lying() == Locker(b"draft", b"envelope 2")


def test_a_locker_has_one_done_request() -> None:
    put(b"first")
    for previous, envelope in ((sha(b"first"), b"second"), (NOTHING, b"first")):
        with pytest.raises(Taken):
            put(envelope, previous, done=hashed("another done request"))
    assert lying() == Locker(None, b"first")


def test_done_that_cannot_be_signed_keeps_nothing() -> None:
    with pytest.raises(ZeroDivisionError):
        urn.put_envelope(SURVEY, MINE, b"envelope", NOTHING, DONE, lambda: bytes(1 // 0))
    assert lying() is None


def test_withdrawing_empties_the_locker_and_can_be_repeated() -> None:
    put(b"envelope")
    urn.put_draft(SURVEY, MINE, b"draft", NOTHING)
    for wrong in (NOTHING, sha(b"draft")):
        with pytest.raises(Changed):
            urn.withdraw(SURVEY, MINE, wrong)
    urn.withdraw(SURVEY, MINE, sha(b"envelope"))
    urn.withdraw(SURVEY, MINE, sha(b"envelope"))
    assert lying() == Locker(None, None)
    assert urn.envelopes(SURVEY) == []
    with pytest.raises(UnknownLocker):
        urn.withdraw(SURVEY, hashed("another locker"), NOTHING)


def test_a_draft_alone_can_be_withdrawn() -> None:
    urn.put_draft(SURVEY, MINE, b"draft", NOTHING)
    urn.withdraw(SURVEY, MINE, NOTHING)
    assert lying() == Locker(None, None)


def test_a_late_copy_of_a_request_brings_nothing_back() -> None:
    put(b"first")
    put(b"second", sha(b"first"))
    urn.put_draft(SURVEY, MINE, b"draft", NOTHING)
    urn.withdraw(SURVEY, MINE, sha(b"second"))
    for previous, envelope in ((NOTHING, b"first"), (sha(b"first"), b"second")):
        with pytest.raises(Changed):
            put(envelope, previous)
    with pytest.raises(Changed):
        urn.put_draft(SURVEY, MINE, b"draft", NOTHING)
    assert lying() == Locker(None, None)
    assert put(b"third") == b"signed first", "who withdrew may take part again"
    urn.withdraw(SURVEY, MINE, sha(b"third"))
    for envelope in (b"first", b"third"):
        with pytest.raises(Changed):
            put(envelope)


def test_a_late_withdrawal_takes_nothing_newer_away() -> None:
    put(b"first")
    urn.withdraw(SURVEY, MINE, sha(b"first"))
    put(b"second")
    with pytest.raises(Changed):
        urn.withdraw(SURVEY, MINE, sha(b"first"))
    assert lying() == Locker(None, b"second")


def test_a_closed_urn_takes_nothing_and_gives_nothing_back() -> None:
    put(b"envelope")
    urn.accept(SURVEY, False)
    for act in (
        lambda: put(b"envelope"),
        lambda: put(b"second", sha(b"envelope")),
        lambda: urn.put_draft(SURVEY, MINE, b"draft", NOTHING),
        lambda: urn.withdraw(SURVEY, MINE, sha(b"envelope")),
        lambda: urn.put_draft(OTHER, MINE, b"draft", NOTHING),
    ):
        with pytest.raises(Closed):
            act()
    assert lying() == Locker(None, b"envelope")
    for unknown in (lambda: urn.accept(OTHER, True), lambda: urn.count_assisted(OTHER)):
        with pytest.raises(UnknownSurvey):
            unknown()


def test_envelopes_come_out_sorted_and_of_one_survey() -> None:
    add_urn(OTHER)
    for number in (3, 1, 2):
        put(b"%d" % number, locker=hashed("locker", number))
    urn.put_envelope(OTHER, MINE, b"0", NOTHING, DONE, lambda: b"")
    assert urn.envelopes(SURVEY) == [b"1", b"2", b"3"]


def test_assisted_answers_are_counted_for_the_survey() -> None:
    urn.count_assisted(SURVEY)
    urn.count_assisted(SURVEY)
    stored = urn.survey(SURVEY)
    assert stored is not None and stored.assisted == 2


def test_destroying_leaves_other_surveys_alone() -> None:
    add_urn(OTHER)
    put(b"mine")
    urn.put_envelope(OTHER, MINE, b"theirs", NOTHING, DONE, lambda: b"")
    urn.destroy(SURVEY)
    assert urn.survey(SURVEY) is None and urn.envelopes(SURVEY) == []
    assert urn.survey(OTHER) is not None and urn.envelopes(OTHER) == [b"theirs"]
    urn.destroy(OTHER)
    urn.destroy(OTHER)
    assert urn.survey(OTHER) is None and urn.envelopes(OTHER) == []
