"""Cards drawn by lot: every printed card works, no invitation is lost, and nothing tells whose card is whose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from survey_app.anonymity.asking import Refused
from survey_app.anonymity.client import Booth, load_booth
from survey_app.mail.codes_in_force import WrongVault
from survey_app.mail.lot import ForeignCodes, NotEnoughCards, cards_of, draw_up_cards
from survey_app.stores import roster, writing
from survey_app.stores.tables_roster import INVITATION
from tests.survey_app.running_survey import OPENS, VAULT, RunningSurvey, make_running_survey

PEOPLE = 8


class PulledPlug(BaseException):
    """The program ends here and now."""


class Breaking:
    """Passes requests on, and ends the program before or after one of them."""

    def __init__(self, survey: RunningSurvey, path: str = "", number: int = 0, after: bool = False) -> None:
        self._through = survey.transport()
        self._path, self._left, self._after = path, number, after

    def __call__(self, method: str, path: str, body: Mapping[str, Any] | None = None, /) -> tuple[int, Any]:
        self._left -= path == self._path
        strikes = path == self._path and not self._left
        if strikes and not self._after:
            raise PulledPlug
        reply = self._through(method, path, body)
        if strikes:
            raise PulledPlug
        return reply


@pytest.fixture
def survey(tmp_path: Path) -> Iterator[RunningSurvey]:
    """Eight of the twelve people of a team get a card, the others a mail; k is 5."""
    survey = make_running_survey(tmp_path, teams={"Keuken": 12, "Kantoor": 10}, k=5, k_invite=10)
    with survey.app.app_context():
        give_cards(PEOPLE)
        yield survey


def give_cards(count: int) -> None:
    """Puts people of the first team on the list for cards."""
    people = [person.id for person in roster.invitations("abcd1234") if person.unit == "u1"][:count]
    with writing("roster") as connection:
        connection.execute(update(INVITATION).where(INVITATION.c.id.in_(people)).values(channel="card"))


def booth_of(survey: RunningSurvey, *breaking: Any) -> Booth:
    """A booth, through a transport that breaks as told."""
    return load_booth(Breaking(survey, *breaking), "abcd1234")


def draw(survey: RunningSurvey, *breaking: Any, unit: str = "u1") -> list[str]:
    """One run of the program."""
    return draw_up_cards(
        booth_of(survey, *breaking),
        survey.manifest.unit(unit),
        roster.invitations("abcd1234"),
        VAULT.link_key,
        survey.folder / "cards.pdf.unfinished",
        lambda _: None,
    )


def assert_all_work(survey: RunningSurvey, codes: list[str]) -> None:
    """Each code opens a locker of its own with credentials of the unit, and all invitations are used."""
    assert len(set(codes)) == len(codes) == PEOPLE
    booth = booth_of(survey)
    assert {booth.resume(code).unit.key for code in codes} == {"u1"}
    used = [person.channel for person in roster.invitations("abcd1234") if person.issued]
    assert used == ["card"] * PEOPLE


def test_every_card_opens_a_questionnaire_and_can_be_answered(survey: RunningSurvey) -> None:
    codes = draw(survey)
    assert_all_work(survey, codes)
    booth = booth_of(survey)
    for code in codes:
        booth.resume(code).submit({}, {"mf_01": 3})
    assert len(survey.envelopes()) == PEOPLE
    (first, *_) = cards_of(codes, survey.manifest, "https://peil.example.nl")
    assert first.link == f"https://peil.example.nl/b/abcd1234#{codes[0]}"
    assert first.code.replace(" ", "") == codes[0] and len(first.code.split()) == 8


def test_neither_the_file_nor_the_order_of_the_cards_says_who_a_code_was_used_for(survey: RunningSurvey) -> None:
    codes = draw(survey)
    written = (survey.folder / "cards.pdf.unfinished").read_text()
    assert all(code in written for code in codes)
    for person in roster.invitations("abcd1234"):
        for trace in (person.name, person.email, person.id.hex()):
            assert trace not in written
    assert sorted(codes, key=written.index) != codes, "printed in the order in which they were used"
    kept = b"".join(path.read_bytes() for path in survey.folder.glob("*.sqlite*"))
    assert not [code for code in codes if code.encode() in kept]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", [1, PEOPLE])
@pytest.mark.parametrize("path", ["/i/look", "/i/issue", "/u/draft"])
def test_wherever_it_breaks_off_the_next_run_completes_it(
    path: str, number: int, after: bool, survey: RunningSurvey
) -> None:
    with pytest.raises(PulledPlug):
        draw(survey, path, number, after)
    assert_all_work(survey, draw(survey))


def test_it_may_break_off_again_and_again(survey: RunningSurvey) -> None:
    for _ in range(4):
        with pytest.raises(PulledPlug):
            draw(survey, "/u/draft", 2, False)
    assert_all_work(survey, draw(survey))


def test_a_run_after_the_last_one_finds_the_same_cards(survey: RunningSurvey) -> None:
    codes = draw(survey)
    assert sorted(draw(survey)) == sorted(codes)


def test_too_few_people_get_no_cards_and_nothing_is_used(survey: RunningSurvey) -> None:
    with writing("roster") as connection:
        connection.execute(update(INVITATION).values(channel="mail"))
    give_cards(4)
    with pytest.raises(NotEnoughCards, match="4 people of Keuken wait for a card, and a lot among fewer than 5"):
        draw(survey)
    assert not [person for person in roster.invitations("abcd1234") if person.issued]
    assert not (survey.folder / "cards.pdf.unfinished").exists()


def test_cards_are_made_once(survey: RunningSurvey) -> None:
    draw(survey)
    (survey.folder / "cards.pdf.unfinished").unlink()
    with pytest.raises(NotEnoughCards, match=f"all {PEOPLE} cards of Keuken were made before"):
        draw(survey)


def test_who_was_revoked_gets_no_card(survey: RunningSurvey) -> None:
    (person, *_) = (person for person in roster.invitations("abcd1234") if person.channel == "card")
    roster.revoke("abcd1234", person.id)
    assert len(draw(survey)) == PEOPLE - 1


def test_who_comes_to_wait_after_a_break_waits_for_the_next_time(survey: RunningSurvey) -> None:
    with pytest.raises(PulledPlug):
        draw(survey, "/u/draft", 3, True)
    give_cards(PEOPLE + 1)
    assert len(draw(survey)) == PEOPLE
    assert [person.issued for person in roster.invitations("abcd1234") if person.channel == "card"].count(False) == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [("{}", "is no file of codes"), ("x", "is no file of codes"), (None, "another survey or unit")],
)
def test_a_file_of_something_else_is_never_used(content: str | None, words: str, survey: RunningSurvey) -> None:
    path = survey.folder / "cards.pdf.unfinished"
    if content is None:
        draw(survey)
        path.write_text(path.read_text().replace('"u1"', '"u2"'))
    else:
        path.write_text(content)
    with pytest.raises(ForeignCodes, match=words):
        draw(survey)


def test_cards_wait_for_the_first_day_and_end_with_the_survey(survey: RunningSurvey) -> None:
    today, survey.calendar.day = survey.calendar.day, OPENS.replace(day=1)
    with pytest.raises(Refused, match="early"):
        draw(survey)
    survey.calendar.day = today
    assert_all_work(survey, draw(survey))
    survey.close()
    with pytest.raises(Refused, match="closed"):
        draw(survey)


def test_codes_of_another_installation_are_never_used(survey: RunningSurvey) -> None:
    people = roster.invitations("abcd1234")
    path = survey.folder / "cards.pdf.unfinished"
    with pytest.raises(WrongVault, match="Nothing was sent or printed"):
        draw_up_cards(booth_of(survey), survey.manifest.unit("u1"), people, bytes(32), path, lambda _: None)
    assert not path.exists()
