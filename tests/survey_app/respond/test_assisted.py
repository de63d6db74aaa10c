"""The path without JavaScript: what it says, what it stores, coming back to it."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest

from survey_app.anonymity.client import load_booth
from survey_app.anonymity.codes import in_groups, new_recovery_code
from survey_app.anonymity.drafts import State
from survey_app.anonymity.sealing import DRAFT_OVERHEAD, ENVELOPE_OVERHEAD
from survey_app.respond import booth
from survey_app.respond.words import words_of
from survey_app.stores import roster
from tests.survey_app.respond.visitor import (
    ADDRESS,
    ANSWERS,
    Visitor,
    ballots,
    counted,
    issued,
    lockers,
    make_assisted,
    whole_visit,
)
from tests.survey_app.running_survey import RunningSurvey


@pytest.fixture
def survey(tmp_path: Path) -> Iterator[RunningSurvey]:
    """A running survey that may be answered without JavaScript."""
    made = make_assisted(tmp_path)
    yield made
    made.release()


# What it says


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_label_stands_before_everything_else_and_on_every_page(survey: RunningSurvey, language: str) -> None:
    visitor = Visitor(survey, language)
    words = words_of("assisted", language)  # type: ignore[arg-type]
    main = visitor.text
    assert visitor.page.one("html").attributes["lang"] == language
    assert main.index(words("label")) < main.index(words("label_text")) < main.index(words("code_token"))
    for html in whole_visit(visitor, survey.tokens["u1"][0]):
        assert f'<p class="place">{words("label")}</p>' in html


def test_the_label_says_it_in_the_words_of_the_protocol(survey: RunningSurvey) -> None:
    assert (
        "Confidential, not anonymous Without JavaScript our server handles your answers and your invitation at the"
        " same moment. It does not store the connection, but you must trust whoever runs the server."
    ) in Visitor(survey, "en").text


def test_every_text_that_a_page_uses_is_there_in_both_languages() -> None:
    folder = resources.files("survey_app").joinpath("templates", "respond", "assisted")
    written = "".join(file.read_text(encoding="utf-8") for file in folder.iterdir())
    used = set(re.findall(r"""\bt\(["']([a-z_0-9]+)["']""", written)) - {"text"}
    used |= {"stored_1", "stored_2", "thanks_receipt_server", "thanks_receipt_council"}
    dutch, english = (words_of("assisted", language).texts for language in ("nl", "en"))  # type: ignore[arg-type]
    assert len(used) > 60
    assert used <= dutch.keys()
    assert dutch.keys() == english.keys()
    for key in used:
        assert sorted(re.findall(r"{\w+}", dutch[key])) == sorted(re.findall(r"{\w+}", english[key]))


def test_pages_are_small_and_nothing_of_them_is_kept(survey: RunningSurvey) -> None:
    visitor = Visitor(survey)
    style = len(booth.asset("respond.css").content)
    pages = whole_visit(visitor, survey.tokens["u1"][0])
    assert max(len(page.encode()) for page in pages) + style <= 50_000
    assert visitor.response.headers["Cache-Control"] == "no-store"
    policy = visitor.response.headers["Content-Security-Policy"]
    assert "form-action 'self'" in policy and "script-src" not in policy and "default-src 'none'" in policy
    assert visitor.response.headers["Referrer-Policy"] == "no-referrer"


def test_the_first_page_tells_who_asks_and_what_the_boss_will_see(survey: RunningSurvey) -> None:
    visitor = Visitor(survey).enter(survey.tokens["u1"][0])
    for sentence in (
        "Voorbeeld BV wil weten hoe het met je gaat",
        "Ongeveer 2 minuten",
        "Tot en met 23 oktober 2026",
        "De kleinste groep waarin jouw antwoorden meetellen is Zorg: 22 uitgenodigde mensen.",
        "minder dan 10 deelnemers",
        "Alleen de ondernemingsraad heeft de sleutel.",
        "Tot je verstuurt of pauzeert, bewaart de server niets",
    ):
        assert sentence in visitor.text


def test_at_level_1_the_server_is_said_to_have_the_key(tmp_path: Path) -> None:
    survey = make_assisted(tmp_path, level=1)
    text = Visitor(survey).enter(survey.tokens["u1"][0]).text
    assert "De sleutel ligt op de server" in text
    assert "ondernemingsraad heeft de sleutel" not in text
    survey.release()


# What it stores


def test_nothing_is_stored_until_somebody_pauses_or_sends(survey: RunningSurvey) -> None:
    visitor = Visitor(survey).enter(survey.tokens["u1"][0]).fill_in()
    assert visitor.heading == "Even nakijken"
    assert (issued(survey), lockers(survey), counted(survey)) == (0, [], 0)
    # So whoever closed the page can begin again with the invitation alone.
    assert Visitor(survey).enter(survey.tokens["u1"][0]).at == "=welcome"


def test_one_visit_ends_with_one_ballot_that_says_what_was_filled_in(survey: RunningSurvey) -> None:
    visitor = Visitor(survey).enter(survey.tokens["u1"][0].lower())
    visitor.press("next", report_as="u0")
    visitor.press("back").fill_in().press("send")
    assert visitor.heading == "Dank je wel"
    (ballot,) = ballots(survey)
    assert ballot.unit == "u1"
    assert ballot.said.answers == {"tired": 3, "empty": -7, "care": 1, "hours": 12, "known": 2}
    assert (ballot.said.about, ballot.said.report_as) == ({"sex": "women"}, "u0")
    assert (issued(survey), counted(survey)) == (1, 1)


def test_answers_that_are_no_longer_asked_for_are_not_sent(survey: RunningSurvey) -> None:
    visitor = Visitor(survey).enter(survey.tokens["u1"][0]).fill_in()
    visitor.press("to:care").press("next", **{"i.care": "2"})
    assert visitor.at == "=check"
    assert "Hoeveel uur per week?" not in visitor.text
    visitor.press("send")
    assert ballots(survey)[0].said.answers == {"tired": 3, "empty": -7, "care": 2}


def test_what_is_stored_looks_like_what_a_browser_with_javascript_stores(survey: RunningSurvey) -> None:
    Visitor(survey).enter(survey.tokens["u1"][0]).fill_in().press("send")
    other = load_booth(survey.transport(), survey.survey_id).begin(survey.tokens["u1"][1])
    other.submit({"sex": "women"}, {"tired": 3}, "u1")
    one, another = lockers(survey)
    size = survey.manifest.size
    for row in (one, another):
        assert (len(row.draft), len(row.envelope)) == (size + DRAFT_OVERHEAD, size + ENVELOPE_OVERHEAD)
    # What is sealed or hashed differs as it does between any two people; nothing else does.
    for mine, other_one in zip(one, another, strict=True):
        assert type(mine) is type(other_one)
        assert len(mine) == len(other_one) if isinstance(mine, bytes) else mine == other_one
    # Only how many, of the survey as a whole.
    assert counted(survey) == 1


def test_neither_codes_nor_answers_can_be_read_on_the_disk_or_in_a_log(
    survey: RunningSurvey, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    token = survey.tokens["u1"][0]
    visitor = Visitor(survey).enter(token).fill_in()
    state = visitor.fields["state"]
    visitor.press("pause").press("next").press("send").press("receipt")
    code = visitor.code
    stored = b"".join(path.read_bytes() for path in survey.folder.rglob("*") if path.is_file())
    said = (caplog.text + "".join(capfd.readouterr())).encode()
    for secret in (token, code, code[:30], in_groups(token), in_groups(code), state, '"tired":3', ADDRESS):
        assert secret.encode() not in stored
        assert secret.encode() not in said
    assert survey.survey_id.encode() in stored, "this is where it is stored"


# Coming back, changing, withdrawing


@pytest.mark.parametrize("with_token", [True, False])
def test_pausing_and_going_on_elsewhere(survey: RunningSurvey, with_token: bool) -> None:
    token = survey.tokens["u1"][0]
    visitor = Visitor(survey).enter(token).press("next", report_as="u0").press("next", **ANSWERS["energy"])
    visitor.press("pause", **{"i.care": "1"})
    assert visitor.heading == "Even stoppen"
    assert survey.envelopes() == []
    elsewhere = Visitor(survey, "en").enter(token if with_token else "", in_groups(visitor.code, "-").lower())
    assert elsewhere.at == "care"
    assert elsewhere.fields["i.care"] == "1"
    elsewhere.press("next").press("back").press("back")
    assert (elsewhere.fields["i.tired"], elsewhere.fields["i.empty"]) == ("3", "-7")
    elsewhere.press("back")
    assert elsewhere.fields["report_as"] == "u0"
    elsewhere.fill_in().press("send")
    assert [ballot.said.report_as for ballot in ballots(survey)] == ["u0"]


def test_a_pause_begun_with_javascript_goes_on_without_and_back(survey: RunningSurvey) -> None:
    other = load_booth(survey.transport(), survey.survey_id).begin(survey.tokens["u1"][0])
    other.save_draft(State({"sex": ""}, {"tired": 2, "care": 1, "hours": 10}, "u1", 2))
    visitor = Visitor(survey).enter(code=other.code)
    assert (visitor.at, visitor.fields["i.care"]) == ("care", "1")
    visitor.press("next").press("next").press("next").press("next")
    assert (visitor.at, visitor.fields["c.sex"]) == ("=about", "")
    visitor.press("pause", **{"c.sex": "men"})
    other.restore()
    assert other.state == State({"sex": "men"}, {"tired": 2, "care": 1, "hours": 10}, "u1", 4)


def test_an_invitation_that_was_used_asks_for_its_recovery_code(survey: RunningSurvey) -> None:
    token = survey.tokens["u1"][0]
    code = Visitor(survey).enter(token).fill_in().press("send").code
    again = Visitor(survey).enter(token)
    assert again.heading == "Je uitnodiging is al gebruikt"
    assert again.press("next").response.status_code == 422
    assert again.enter(code=new_recovery_code()).response.status_code == 422
    assert "hoort niet bij deze uitnodiging" in again.text
    again.enter(code=code)
    assert again.heading == "Dank je wel"
    assert "Je antwoorden zijn verstuurd." in again.text


def test_changing_replaces_the_ballot_and_is_not_counted_again(survey: RunningSurvey) -> None:
    Visitor(survey).enter(survey.tokens["u1"][0]).fill_in().press("send")
    visitor = Visitor(survey).enter(survey.tokens["u1"][1]).fill_in().press("send")
    visitor.press("change").press("to:energy").press("next", **{"i.tired": "1"}).press("send")
    assert sorted(ballot.said.answers["tired"] for ballot in ballots(survey)) == [1, 3]
    assert counted(survey) == 2


def test_withdrawing_leaves_nothing_and_the_code_alone_starts_again(survey: RunningSurvey) -> None:
    visitor = Visitor(survey).enter(survey.tokens["u1"][0]).fill_in().press("send")
    code = visitor.code
    assert visitor.press("withdraw").press("back").heading == "Dank je wel"
    assert len(survey.envelopes()) == 1
    visitor.press("withdraw").press("withdraw")
    assert visitor.heading == "Je antwoorden zijn gewist"
    assert survey.envelopes() == []
    assert "tired" not in visitor.fields["state"]
    again = Visitor(survey).enter(code=code)
    assert again.at == "=welcome"
    again.fill_in().press("send")
    assert len(ballots(survey)) == 1


def test_the_receipt_is_a_file_that_shows_what_lies_in_the_urn(survey: RunningSurvey) -> None:
    visitor = Visitor(survey).enter(survey.tokens["u1"][0]).fill_in().press("send").press("receipt")
    assert visitor.response.headers["Content-Disposition"] == "attachment; filename=peil-abcd1234-receipt.json"
    assert visitor.response.headers["Cache-Control"] == "no-store"
    respondent = load_booth(survey.transport(), survey.survey_id).resume(visitor.code)
    assert visitor.response.get_data(as_text=True) == respondent.receipt_file()
    assert json.loads(respondent.receipt_file())["kind"] == "receipt"


def test_being_done_is_told_only_when_the_person_says_so(survey: RunningSurvey) -> None:
    visitor = Visitor(survey).enter(survey.tokens["u1"][0]).fill_in().press("send")

    def done() -> int:
        with survey.app.app_context():
            return roster.counts(survey.survey_id)["u1"].done

    assert done() == 0
    visitor.press("done")
    assert done() == 1
    assert "Gemeld dat je klaar bent." in visitor.text
    # The recovery code alone does not say whose invitation it was.
    assert "done" not in [b.attributes["value"] for b in Visitor(survey).enter(code=visitor.code).page.all("button")]
