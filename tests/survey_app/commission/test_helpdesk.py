"""The help desk: one person found by name or address, a new code, or an invitation taken back."""

from __future__ import annotations

import pytest

from survey_app.anonymity.client import Refused
from survey_app.anonymity.codes import in_groups, read_token
from survey_app.anonymity.opening import TooFewBallots, read_urn
from survey_app.commission import helpdesk, lifecycle
from survey_app.commission.helpdesk import UnknownPerson, find_person, reissue, revoke
from survey_app.mail import outbox
from survey_app.mail.outbox import Stage as MailStage
from survey_app.stores import roster, writing
from survey_app.stores.errors import CapReached, Taken, UnknownSurvey, WrongState
from tests.survey_app.commission.stages import At, Stage, Underway

MAIL, NAME = "noord.0@voorbeeld.example", "Persoon Noord 0"


def person_of(survey: Underway, mail: str = MAIL) -> roster.Invitation:
    """The person with this address, as the roster has her now."""
    return next(person for person in survey.people() if person.email == mail)


@pytest.mark.parametrize("wanted", [MAIL, MAIL.upper(), f"  {MAIL} ", NAME, NAME.lower()])
def test_a_person_is_found_by_address_or_name(wanted: str, at: At) -> None:
    survey = at(2, "running")
    with survey.app.app_context():
        assert find_person(survey.survey_id, wanted).email == MAIL


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ("nobody@voorbeeld.example", "nobody is called 'nobody@voorbeeld.example'"),
        ("Persoon", "nobody is called"),
        ("", "nobody is called ''"),
        ("  ", "nobody is called"),
        ("%", "nobody is called"),
    ],
)
def test_nobody_and_everybody_are_refused(wanted: str, says: str, at: At) -> None:
    survey = at(2, "running")
    with survey.app.app_context(), pytest.raises(UnknownPerson, match=f"^{says}.*as it stands there$"):
        find_person(survey.survey_id, wanted)


def test_two_people_of_one_name_have_to_be_told_apart(at: At) -> None:
    survey = at(2, "running")
    with survey.app.app_context():
        with writing("roster") as connection:
            connection.exec_driver_sql(f"UPDATE invitation SET name = '{NAME}' WHERE name = 'Persoon Noord 1'")
        with pytest.raises(UnknownPerson, match=r"^more than one person is called"):
            reissue(survey.survey_id, NAME)
        assert reissue(survey.survey_id, MAIL)


def test_a_new_code_takes_the_place_of_the_old_one(at: At) -> None:
    survey = at(2, "running")
    old = survey.respondent(person_of(survey))
    with survey.app.app_context():
        shown = reissue(survey.survey_id, MAIL)
    person = person_of(survey)
    assert shown == in_groups(read_token(shown)) and read_token(shown) == survey.code_of(person)
    assert (person.reissue_no, person.reissued) == (1, 0), "the old code was not used, so nobody can vote twice"
    with pytest.raises(Refused) as refused:
        old.look()
    assert refused.value.word == "unknown"
    assert survey.respondent(person).look().unit.name == "Zorg"


def test_a_mail_that_went_out_goes_out_again_with_the_new_code(at: At) -> None:
    survey = at(2, "running")
    person = person_of(survey)
    with survey.app.app_context():
        outbox.begin_round(survey.survey_id, 0, [person.id], lambda: 0)
        claimed = outbox.claim_next(survey.survey_id, lambda _: 1)
        assert claimed is not None
        outbox.settle(claimed, MailStage.SENT)
        reissue(survey.survey_id, MAIL)
        (tally,) = outbox.tallies(survey.survey_id)
        assert tally.stages == {MailStage.WAITING: 1}
        again = outbox.claim_next(survey.survey_id, lambda _: 1)
        assert again is not None and again.reissue_no == 1


def test_used_codes_are_replaced_up_to_the_promised_number_and_it_shows(at: At) -> None:
    survey = at(2, "answered")
    used = [person for person in survey.people() if person.issued and person.email]
    cap = survey.manifest.most_reissued
    assert 0 < cap < len(used)
    with survey.app.app_context():
        # Whoever is done has a ballot, so only those who began and lost the way back are helped.
        with pytest.raises(Taken):
            reissue(survey.survey_id, used[0].email)
        begun = [person for person in survey.people() if not person.issued and person.email][: cap + 1]
        for person in begun:
            survey.respondent(person).issue()
        for person in begun[:cap]:
            reissue(survey.survey_id, person.email)
        before = survey.everything()
        with pytest.raises(CapReached):
            reissue(survey.survey_id, begun[cap].email)
        assert survey.everything() == before
        unused = next(
            person for person in survey.people() if not person.issued and person.email and not person.reissued
        )
        reissue(survey.survey_id, unused.email)
        lifecycle.close(survey.survey_id)
        counts = read_urn(lifecycle.take_urn(survey.survey_id)).counts
    assert sum(count.reissued for count in counts.values()) == cap
    page = survey.as_("council").get(f"/staff/council/{survey.survey_id}/?language=en").get_data(as_text=True)
    assert f"Invitations issued again: {cap}." in page


def test_with_a_replaced_code_a_second_ballot_is_possible_and_counted_as_such(at: At) -> None:
    survey = at(2, "running")
    person = person_of(survey)
    survey.respondent(person).submit({}, {"fatigue_empty": 2})
    with survey.app.app_context():
        reissue(survey.survey_id, MAIL)
    survey.respondent(person_of(survey)).submit({}, {"fatigue_empty": 5})
    with survey.app.app_context():
        lifecycle.close(survey.survey_id)
        taken = read_urn(lifecycle.take_urn(survey.survey_id))
    assert len(taken.envelopes) == 2
    (zorg,) = [unit.key for unit in survey.manifest.units if unit.name == "Zorg"]
    assert taken.counts[zorg].credentials == 2
    with pytest.raises(TooFewBallots):
        survey.open_urn()


def test_an_invitation_that_was_taken_back_opens_nothing_and_nobody_else_loses_anything(at: At) -> None:
    survey = at(2, "running")
    person = person_of(survey)
    with survey.app.app_context():
        revoke(survey.survey_id, MAIL)
        with pytest.raises(UnknownPerson):
            revoke(survey.survey_id, MAIL)
        with pytest.raises(UnknownPerson):
            reissue(survey.survey_id, MAIL)
        outbox_people = {candidate.id for candidate in outbox.invited_by_mail(survey.survey_id)}
    assert person.id not in outbox_people
    with pytest.raises(Refused):
        survey.respondent(person).look()
    other = next(each for each in survey.people() if not each.revoked)
    assert not survey.respondent(other).look().issued


def test_an_invitation_that_was_used_cannot_be_taken_back(at: At) -> None:
    survey = at(2, "answered")
    used = next(person for person in survey.people() if person.issued and person.email)
    before = survey.everything()
    with survey.app.app_context(), pytest.raises(Taken):
        revoke(survey.survey_id, used.email)
    assert survey.everything() == before


@pytest.mark.parametrize("stage", ["closed", "opened", "released", "archived"])
def test_from_the_closing_on_the_roster_stays_as_it_was(stage: Stage, at: At) -> None:
    survey = at(2, stage)
    unused = next(person for person in survey.people() if not person.issued and person.email)
    before = survey.everything()
    with survey.app.app_context():
        for act in (reissue, revoke):
            with pytest.raises(WrongState, match="does not change any more"):
                act(survey.survey_id, unused.email)
    assert survey.everything() == before


def test_before_the_start_codes_can_be_replaced_and_invitations_taken_back(at: At) -> None:
    survey = at(2, "promised")
    with survey.app.app_context():
        assert reissue(survey.survey_id, MAIL)
        revoke(survey.survey_id, MAIL)


def test_a_survey_that_is_not_there_has_no_help_desk(at: At) -> None:
    survey = at(2, "promised")
    with survey.app.app_context():
        for act in (helpdesk.reissue, helpdesk.revoke):
            with pytest.raises(UnknownSurvey):
                act("zzzzzzzz", MAIL)
