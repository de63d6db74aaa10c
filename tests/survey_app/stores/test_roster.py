"""The roster: a survey goes one way, an invitation is used once, and what is given once stays the same."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from survey_app.stores import reading, roster
from survey_app.stores.errors import CapReached, NotRunning, Taken, UnknownSurvey, UnknownToken, WrongState
from survey_app.stores.roster import Invitation, NewSurvey, State, UnitCounts
from survey_app.stores.tables_roster import DONE_SPENT, INVITATION
from tests.survey_app.stores.making import OTHER, SURVEY, add_running, hashed, invitation, key, token_hash

pytestmark = pytest.mark.usefixtures("app")


def no_signing(_: Invitation) -> bytes:
    """Stands where nothing may be signed."""
    pytest.fail("signed twice")


def spent() -> list[bytes]:
    """All completion tokens that were handed in."""
    with reading("roster") as connection:
        return list(connection.execute(select(DONE_SPENT.c.serial_hash)).scalars())


def test_a_survey_is_kept_as_it_was_given() -> None:
    roster.add_survey(NewSurvey(SURVEY, "[survey]", '{"form":1}', [invitation(1), invitation(2)], None, True))
    roster.add_survey(NewSurvey(OTHER, "[other]", '{"form":2}'))
    stored = roster.survey(SURVEY)
    assert stored == roster.StoredSurvey(
        SURVEY, State.DRAFT, None, None, '{"form":1}', "[survey]", None, remind_all=True
    )
    assert [survey.id for survey in roster.surveys()] == [SURVEY, OTHER]
    assert roster.survey("nothing!") is None
    people = roster.invitations(SURVEY)
    assert people == tuple(
        sorted((Invitation(**vars(invitation(n)), survey_id=SURVEY) for n in (1, 2)), key=lambda person: person.id)
    )
    assert roster.invitations(OTHER) == ()


def test_what_is_printed_of_an_invitation_names_nobody() -> None:
    person = invitation(7)
    for secret in (person.name, person.email, repr(person.token_hash), "women"):
        assert secret not in repr(person)


def test_a_survey_goes_one_way() -> None:
    roster.add_survey(NewSurvey(OTHER, "", "form", [invitation(1, OTHER)]))
    with pytest.raises(WrongState, match="is draft, not promised"):
        roster.set_witness(OTHER, b"w")
    keys = [key("u1"), key("locker")]
    roster.add_survey(NewSurvey(SURVEY, "", "form 2", [invitation(1)], manifest="manifest", keys=keys))
    roster.set_witness(SURVEY, b"w")
    stored = roster.survey(SURVEY)
    assert stored is not None
    assert (stored.state, stored.manifest, stored.witness, stored.form) == (State.PROMISED, "manifest", b"w", "form 2")
    assert roster.issuer_keys(SURVEY) == (key("locker"), key("u1"))
    roster.move(SURVEY, State.PROMISED, State.RUNNING)
    with pytest.raises(WrongState):
        roster.move(SURVEY, State.PROMISED, State.RUNNING)
    with pytest.raises(UnknownSurvey):
        roster.move("zzzzzzzz", State.PROMISED, State.RUNNING)
    roster.set_opened_on(SURVEY, "2026-10-01")
    roster.set_remind_all(SURVEY, True)
    stored = roster.survey(SURVEY)
    assert stored is not None and stored.opened_on == "2026-10-01" and stored.remind_all


def test_an_invitation_is_found_by_its_code_in_its_survey_only() -> None:
    add_running(2)
    found = roster.find_invitation(SURVEY, token_hash(1))
    assert found is not None and found.name == "Persoon 1"
    assert roster.find_invitation(OTHER, token_hash(1)) is None
    assert roster.find_invitation(SURVEY, hashed("guess")) is None


def test_the_same_request_gets_the_same_reply_and_another_none() -> None:
    add_running(2)
    signed = []

    def sign(person: Invitation) -> bytes:
        signed.append((person.name, person.unit, person.issued))
        return b"reply"

    assert roster.issue(SURVEY, token_hash(1), hashed("request"), sign) == b"reply"
    assert roster.issue(SURVEY, token_hash(1), hashed("request"), no_signing) == b"reply"
    with pytest.raises(Taken):
        roster.issue(SURVEY, token_hash(1), hashed("other request"), no_signing)
    assert signed == [("Persoon 1", "u2", False)]
    assert roster.counts(SURVEY) == {"u1": UnitCounts(1, 0, 0, 0), "u2": UnitCounts(1, 1, 0, 0)}


def test_nothing_is_signed_for_a_wrong_code_or_when_the_survey_does_not_run() -> None:
    add_running(1)
    with pytest.raises(UnknownToken):
        roster.issue(SURVEY, hashed("guess"), hashed("request"), no_signing)
    with pytest.raises(UnknownSurvey):
        roster.issue(OTHER, token_hash(0), hashed("request"), no_signing)
    for before, after in ((State.RUNNING, State.CLOSED), (State.CLOSED, State.OPENED)):
        roster.move(SURVEY, before, after)
        with pytest.raises(NotRunning):
            roster.issue(SURVEY, token_hash(0), hashed("request"), no_signing)


def test_signing_that_fails_leaves_the_invitation_unused() -> None:
    add_running(1)
    with pytest.raises(ZeroDivisionError):
        roster.issue(SURVEY, token_hash(0), hashed("request"), lambda _: bytes(1 // 0))
    assert roster.issue(SURVEY, token_hash(0), hashed("other request"), lambda _: b"reply") == b"reply"


def test_done_is_noted_once_for_one_person() -> None:
    add_running(3)
    roster.mark_done(SURVEY, token_hash(0), hashed("serial"))
    roster.mark_done(SURVEY, token_hash(0), hashed("serial"))
    with pytest.raises(Taken):
        roster.mark_done(SURVEY, token_hash(1), hashed("serial"))
    with pytest.raises(UnknownToken):
        roster.mark_done(SURVEY, hashed("guess"), hashed("serial 2"))
    assert [person.done for person in roster.invitations(SURVEY)].count(True) == 1
    assert spent() == [hashed("serial")]


def test_a_second_token_of_one_person_serves_nobody_else() -> None:
    add_running(2)
    roster.mark_done(SURVEY, token_hash(0), hashed("serial"))
    roster.mark_done(SURVEY, token_hash(0), hashed("second serial"))
    with pytest.raises(Taken):
        roster.mark_done(SURVEY, token_hash(1), hashed("second serial"))


def test_a_code_that_was_used_is_replaced_in_public_and_under_a_cap() -> None:
    add_running(4)
    new = [hashed("new code", number) for number in range(4)]
    for number in range(3):
        roster.issue(SURVEY, token_hash(number), hashed("request"), lambda _: b"reply")
    roster.mark_done(SURVEY, token_hash(2), hashed("serial"))
    person = [invitation(number).id for number in range(4)]
    roster.reissue(SURVEY, person[0], new[0], cap=1)
    with pytest.raises(CapReached):
        roster.reissue(SURVEY, person[1], new[1], cap=1)
    with pytest.raises(Taken):
        roster.reissue(SURVEY, person[2], new[2], cap=9)
    roster.reissue(SURVEY, person[3], new[3], cap=1)  # never used: no second ballot becomes possible
    with pytest.raises(UnknownToken):
        roster.reissue(OTHER, person[0], new[1], cap=9)
    assert roster.find_invitation(SURVEY, token_hash(0)) is None
    for number in (0, 3):
        found = roster.find_invitation(SURVEY, new[number])
        assert found is not None and found.reissue_no == 1 and not found.issued
    assert roster.counts(SURVEY) == {"u1": UnitCounts(2, 1, 1, 1), "u2": UnitCounts(2, 1, 0, 0)}
    assert roster.issue(SURVEY, new[0], hashed("new request"), lambda _: b"new reply") == b"new reply"
    assert roster.counts(SURVEY)["u1"] == UnitCounts(2, 2, 1, 1)
    with pytest.raises(Taken):  # one person does not get every extra ballot of the survey
        roster.reissue(SURVEY, person[0], hashed("third code"), cap=9)


def test_an_invitation_is_revoked_only_before_it_was_used() -> None:
    add_running(4)
    roster.issue(SURVEY, token_hash(0), hashed("request"), lambda _: b"reply")
    roster.issue(SURVEY, token_hash(1), hashed("request"), lambda _: b"reply")
    roster.reissue(SURVEY, invitation(1).id, hashed("new code"), cap=9)
    for number in (0, 1):
        with pytest.raises(Taken):
            roster.revoke(SURVEY, invitation(number).id)
    roster.revoke(SURVEY, invitation(2).id)
    with pytest.raises(UnknownToken):
        roster.revoke(OTHER, invitation(3).id)
    assert roster.find_invitation(SURVEY, token_hash(2)) is None
    with pytest.raises(UnknownToken):
        roster.issue(SURVEY, token_hash(2), hashed("request"), no_signing)
    with pytest.raises(UnknownToken):
        roster.reissue(SURVEY, invitation(2).id, hashed("newer code"), cap=9)
    assert roster.counts(SURVEY)["u1"].invited == 1
    assert [person.revoked for person in roster.invitations(SURVEY)].count(True) == 1


def test_what_was_signed_blindly_is_forgotten() -> None:
    add_running(2)
    add_running(1, OTHER)
    for survey_id in (SURVEY, OTHER):
        roster.issue(survey_id, token_hash(0, survey_id), hashed("request"), lambda _: b"a blind signature")
    roster.forget_requests(SURVEY)
    with reading("roster") as connection:
        kept = connection.execute(select(INVITATION.c.survey_id).where(INVITATION.c.reply.is_not(None))).scalars().all()
    assert kept == [OTHER]
    with pytest.raises(Taken):
        roster.issue(SURVEY, token_hash(0), hashed("request"), no_signing)


def test_the_keys_of_staff_are_kept_as_hashes(app: Flask) -> None:
    roster.add_staff_key(SURVEY, "hr", hashed("key"))
    assert roster.staff_key(hashed("key")) == (SURVEY, "hr")
    assert roster.staff_key(hashed("another")) is None
