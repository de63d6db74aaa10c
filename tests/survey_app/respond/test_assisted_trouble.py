"""The path without JavaScript: double clicks, old pages, faults, mistakes, and surveys that are closed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from survey_app.anonymity.client import load_booth
from survey_app.anonymity.codes import in_groups, new_recovery_code
from survey_app.respond import assisted
from survey_app.respond.limits import ALLOWED
from survey_app.stores import urn
from survey_app.stores.errors import StoreError
from survey_app.stores.roster import State as SurveyState
from tests.survey_app.board.page import Page
from tests.survey_app.respond.visitor import (
    ANSWERS,
    Visitor,
    ballots,
    counted,
    issued,
    lockers,
    make_assisted,
)
from tests.survey_app.running_survey import CLOSES, OPENS, RunningSurvey


@pytest.fixture
def survey(tmp_path: Path) -> Iterator[RunningSurvey]:
    """A running survey that may be answered without JavaScript."""
    made = make_assisted(tmp_path)
    yield made
    made.release()


# What it survives


def test_a_double_click_on_send_gives_one_ballot(survey: RunningSurvey) -> None:
    visitor = Visitor(survey).enter(survey.tokens["u1"][0]).fill_in()
    fields = {**visitor.fields, "go": "send"}
    first = visitor.post(fields).code
    second = visitor.post(fields).code
    assert first == second
    assert (len(ballots(survey)), issued(survey), counted(survey)) == (1, 1, 1)
    receipt = json.loads(visitor.press("receipt").response.get_data(as_text=True))
    assert load_booth(survey.transport(), survey.survey_id).resume(first).sent
    assert receipt["manifest_hash"]


def test_a_page_that_was_left_behind_may_be_sent_again(survey: RunningSurvey) -> None:
    visitor = Visitor(survey).enter(survey.tokens["u1"][0])
    pages = []
    visitor.press("next")
    while visitor.at != "=check":
        pages.append({**visitor.fields, **ANSWERS[visitor.at], "go": "next"})
        visitor.press("next", **ANSWERS[visitor.at])
    checked = visitor.fields
    for fields in reversed(pages):
        visitor.post(fields)
        assert visitor.response.status_code == 200
    assert visitor.at == "care"  # the page after the oldest one
    visitor.post({**checked, "go": "send"})
    assert ballots(survey)[0].said.answers["hours"] == 12


def test_a_page_of_before_sending_can_still_pause_and_send(survey: RunningSurvey) -> None:
    visitor = Visitor(survey).enter(survey.tokens["u1"][0]).fill_in()
    checked = visitor.fields
    visitor.press("send")
    visitor.post({**checked, "go": "pause"})
    assert visitor.heading == "Even stoppen"
    assert len(ballots(survey)) == 1


def test_an_invitation_that_is_used_elsewhere_meanwhile_is_told(survey: RunningSurvey) -> None:
    token = survey.tokens["u1"][0]
    visitor = Visitor(survey).enter(token).fill_in()
    code = Visitor(survey).enter(token).fill_in().press("send").code
    visitor.press("send")
    assert (visitor.response.status_code, visitor.heading) == (409, "Je uitnodiging is al gebruikt")
    assert visitor.enter(code=code).heading == "Dank je wel"
    assert len(ballots(survey)) == 1


@pytest.mark.parametrize("button", ["send", "pause"])
def test_when_the_urn_is_out_of_order_nothing_that_was_filled_in_is_lost(
    survey: RunningSurvey, button: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = Visitor(survey).enter(survey.tokens["u1"][0]).fill_in()
    before = visitor.fields["state"]

    def fail(*_: Any) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(urn, "put_draft", fail)
        patch.setattr(urn, "put_envelope", fail)
        visitor.press(button)
    assert visitor.response.status_code == 503
    assert "Er is niets verloren" in visitor.text
    assert (visitor.at, visitor.fields["state"]) == ("=check", before)
    visitor.press("send")
    assert len(ballots(survey)) == 1


def test_what_changes_in_between_is_tried_once_more(survey: RunningSurvey, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = Visitor(survey).enter(survey.tokens["u1"][0]).fill_in().press("pause").press("next")
    code = visitor.fields["code"]
    real, turns = urn.put_draft, []

    def meddle(*given: Any) -> None:
        if not turns:
            turns.append(1)
            load_booth(survey.transport(), survey.survey_id).resume(code).submit({}, {"tired": 1}, "u1")
        real(*given)

    monkeypatch.setattr(urn, "put_draft", meddle)
    visitor.press("send")
    assert visitor.heading == "Dank je wel"
    assert [ballot.said.answers["tired"] for ballot in ballots(survey)] == [3]


@pytest.mark.parametrize(
    "spoil",
    [{"state": ""}, {"state": "{}"}, {"state": "[]"}, {"code": "x"}, {"token": "0"}, {"state": '{"answers":1}'}],
)
def test_fields_that_were_tampered_with_lead_back_to_the_start(survey: RunningSurvey, spoil: dict[str, str]) -> None:
    visitor = Visitor(survey).enter(survey.tokens["u1"][0]).fill_in()
    visitor.post({**visitor.fields, **spoil, "go": "send"})
    assert (visitor.response.status_code, visitor.at) == (400, "=start")
    assert survey.envelopes() == []


def test_answers_that_the_form_does_not_have_go_nowhere(survey: RunningSurvey) -> None:
    visitor = Visitor(survey).enter(survey.tokens["u1"][0]).fill_in()
    state = json.loads(visitor.fields["state"])
    state["answers"] |= {"tired": 99, "other": 1, "empty": True}
    state["about"] |= {"sex": "cats", "age": "1"}
    spoilt = json.dumps(state, sort_keys=True, separators=(",", ":"))
    visitor.post({**visitor.fields, "state": spoilt, "go": "send"})
    assert ballots(survey)[0].said.answers == {"care": 1, "hours": 12, "known": 2}
    assert ballots(survey)[0].said.about == {}


def test_a_group_that_is_not_mine_cannot_be_chosen(survey: RunningSurvey) -> None:
    visitor = Visitor(survey).enter(survey.tokens["u1"][0])
    visitor.press("next", report_as="u2")
    assert json.loads(visitor.fields["state"])["report_as"] == "u1"


def test_a_page_that_is_too_large_is_refused(survey: RunningSurvey) -> None:
    survey.app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
    response = survey.client.post(f"/a/{survey.survey_id}", data={"state": "x" * 70_000})
    assert response.status_code == 413
    assert Page(response.get_data(as_text=True)).mistakes == []


def test_a_mistake_of_ours_says_where_and_nothing_of_the_request(
    survey: RunningSurvey, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*given: Any) -> None:
        raise RuntimeError(f"broke on {given!r}")

    monkeypatch.setattr(assisted, "carried_in", fail)
    visitor = Visitor(survey).enter(survey.tokens["u1"][0])
    fields = {**visitor.fields, "go": "next"}
    response = survey.client.post(f"/a/{survey.survey_id}", data=fields)
    assert response.status_code == 500
    assert "De server heeft een storing" in response.get_data(as_text=True)
    assert [record.getMessage().partition(",")[0] for record in caplog.records] == [
        "RuntimeError in survey_app.respond.assisted"
    ]


# Mistakes, languages, and what is in the way


@pytest.mark.parametrize(
    ("token", "code", "field", "sentence"),
    [
        ("", "", "typed_token", "Vul een van de twee codes in."),
        ("ABC", "", "typed_token", "Deze code heeft 16 tekens. Je hebt er nu 3."),
        ("U" * 16, "", "typed_token", "een teken dat in geen enkele code voorkomt"),
        ("0" * 16, "", "typed_token", "Deze uitnodigingscode kennen we niet."),
        ("", "AB-C D", "typed_code", "Deze code heeft 32 tekens. Je hebt er nu 4."),
        ("", "0" * 32, "typed_code", "Er zit een tikfout in deze code."),
        ("", "new", "typed_code", "Bij deze code is niets bewaard."),
    ],
)
def test_a_wrong_code_is_told_at_its_field(
    survey: RunningSurvey, token: str, code: str, field: str, sentence: str
) -> None:
    visitor = Visitor(survey).enter(token, new_recovery_code() if code == "new" else code)
    assert visitor.response.status_code == 422
    wrong = [e.attributes for e in visitor.page.all("input") if e.attributes.get("aria-invalid") == "true"]
    assert [one["id"] for one in wrong] == [field]
    (error,) = [e for e in visitor.page.all("p") if e.attributes.get("id") == f"{field}-error"]
    assert sentence in error.text
    assert f"{field}-error" in wrong[0]["aria-describedby"]
    assert f"#{field}" in visitor.page.addresses
    assert visitor.page.one("title").text.startswith("Kijk dit nog even na")
    if code != "new":
        assert visitor.fields[field] == (token or code)


def test_codes_are_taken_in_any_spelling_and_in_either_field(survey: RunningSurvey) -> None:
    token = survey.tokens["u1"][0]
    link = f"https://peil.example.nl/b/abcd1234#{in_groups(token, '-').lower()}"
    visitor = Visitor(survey).enter(link).fill_in().press("send")
    assert Visitor(survey).enter(in_groups(visitor.code)).heading == "Dank je wel"


def test_a_number_that_is_none_is_told_at_its_field_and_keeps_the_page(survey: RunningSurvey) -> None:
    visitor = Visitor(survey).enter(survey.tokens["u1"][0]).fill_in(until="care/2")
    for button in ("next", "back", "pause"):
        visitor.press(button, **{"i.hours": "veel"})
        assert (visitor.response.status_code, visitor.at, visitor.fields["i.hours"]) == (422, "care/2", "veel")
        assert "Vul een heel getal in van 0 tot en met 168" in visitor.text
    assert lockers(survey) == []
    visitor.press("language:en")
    assert visitor.fields["i.hours"] == "veel"
    assert visitor.press("next", **{"i.hours": ""}).at == "=about"


def test_the_language_can_be_switched_on_every_page_without_losing_anything(survey: RunningSurvey) -> None:
    visitor = Visitor(survey)
    other = {"nl": "en", "en": "nl"}

    def switch(**typed: str) -> None:
        before, at = visitor.page.one("html").attributes["lang"], visitor.at
        visitor.press(f"language:{other[before]}", **typed)
        assert visitor.page.one("html").attributes["lang"] == other[before]
        assert visitor.at == at
        for name, value in typed.items():
            assert visitor.fields[name] == value

    switch(typed_token=survey.tokens["u1"][0])
    visitor.press("next")
    switch(report_as="u0")
    visitor.press("next")
    while visitor.at != "=check":
        switch(**ANSWERS[visitor.at])
        visitor.press("next")
    switch()
    for button in ("pause", "next", "send", "withdraw", "withdraw"):
        visitor.press(button)
        code = visitor.fields["code"]
        stored = lockers(survey)
        switch()
        assert visitor.fields["code"] == code
        assert lockers(survey) == stored, "nothing happens twice"
        if button == "send":
            assert ballots(survey)[0].said.answers == {"tired": 3, "empty": -7, "care": 1, "hours": 12, "known": 2}


def test_a_survey_in_one_language_offers_no_other(tmp_path: Path) -> None:
    survey = make_assisted(tmp_path, languages=["en"])
    visitor = Visitor(survey, "nl")
    assert visitor.page.one("html").attributes["lang"] == "en"
    assert not [b for b in visitor.page.all("button") if b.attributes["value"].startswith("language")]
    survey.release()


def test_without_consent_in_the_promise_the_page_only_explains(tmp_path: Path) -> None:
    survey = make_assisted(tmp_path, assisted=False)
    visitor = Visitor(survey)
    assert (visitor.response.status_code, visitor.heading) == (403, "Alleen met JavaScript")
    assert "Vraag HR" in visitor.text
    assert "/b/abcd1234" in visitor.page.addresses
    visitor.post({"at": "=start", "go": "next", "typed_token": survey.tokens["u1"][0]})
    assert (visitor.response.status_code, issued(survey)) == (403, 0)
    survey.release()


def test_before_the_first_day_and_after_the_last(survey: RunningSurvey) -> None:
    checked = Visitor(survey).enter(survey.tokens["u1"][0]).fill_in().fields
    survey.calendar.day = OPENS.replace(day=OPENS.day - 1)
    early = Visitor(survey)
    assert (early.response.status_code, early.heading) == (410, "Het onderzoek is nog niet begonnen")
    assert "vanaf 5 oktober 2026" in early.text
    survey.calendar.day = CLOSES.replace(day=CLOSES.day + 1)
    late = Visitor(survey)
    assert late.heading == "Het onderzoek is gesloten"
    late.post({**checked, "go": "send"})
    assert late.heading == "Het onderzoek is gesloten"
    assert survey.envelopes() == []


def test_a_survey_that_is_not_running_yet_says_so(tmp_path: Path) -> None:
    survey = make_assisted(tmp_path, state=SurveyState.PROMISED)
    assert Visitor(survey).response.status_code == 410
    survey.release()


def test_after_the_opening_one_can_still_have_the_answers_erased(survey: RunningSurvey) -> None:
    code = Visitor(survey).enter(survey.tokens["u1"][0]).fill_in().press("send").code
    assert Visitor(survey).response.status_code == 200
    booth_ = load_booth(survey.transport(), survey.survey_id)
    for token in survey.tokens["u1"][1:12]:
        booth_.begin(token).submit({}, {"tired": 2}, "u1")
    survey.open()
    visitor = Visitor(survey)
    assert "op dat moment kan de beheerder van de server zien" in visitor.text
    assert "Vul een van de twee codes in." in visitor.press("erase").text
    assert "staan (nog) geen geopende antwoorden" in visitor.press("erase", typed_code=new_recovery_code()).text
    assert "Je antwoorden zijn uit de bestanden gewist." in visitor.press("erase", typed_code=code).text
    assert visitor.press("language:en").heading == "The survey is closed"


def test_wrong_codes_are_counted_where_the_visitor_is(survey: RunningSurvey) -> None:
    guesser = Visitor(survey, address="198.51.100.1")
    for _ in range(ALLOWED):
        assert guesser.enter("0" * 16).response.status_code == 422
    guesser.enter("0" * 16)
    assert guesser.response.status_code == 429
    assert "te veel verkeerde codes" in guesser.text
    assert Visitor(survey).enter("0" * 16).response.status_code == 422


@pytest.mark.parametrize("path", ["/a/zzzzzzzz", "/a/x", "/a/abcd1234567"])
def test_a_survey_that_is_not_there_is_said_not_to_be_there(survey: RunningSurvey, path: str) -> None:
    response = survey.client.get(path)
    assert response.status_code == 404
    assert "Dit onderzoek is er niet" in response.get_data(as_text=True)
    assert survey.client.post(path).status_code == 404


def test_the_short_link_is_taken_in_any_spelling(survey: RunningSurvey) -> None:
    response = survey.client.get("/a/ABCD-1234")
    assert (response.status_code, response.headers["Location"]) == (302, "/a/abcd1234")


def test_the_mirror_is_said_to_need_javascript(survey: RunningSurvey) -> None:
    visitor = Visitor(survey).enter(survey.tokens["u1"][0]).fill_in().press("send")
    assert "dat kan niet zonder JavaScript. Daarom zie je hem hier niet." in visitor.text
    assert "20% is moe." not in visitor.text
    assert "Bedrijfsarts Bel gerust." in visitor.text


def test_a_server_that_breaks_its_promise_is_told(survey: RunningSurvey, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = Visitor(survey).enter(survey.tokens["u1"][0]).fill_in()
    monkeypatch.setattr("survey_app.anonymity.client.ed25519.verify", lambda *_: False)
    visitor.press("send")
    assert (visitor.response.status_code, visitor.heading) == (500, "Hier klopt iets niet")
    assert "“receipt”" in visitor.text


def test_answers_that_do_not_fit_the_envelope_are_told_before_anything_is_sent(tmp_path: Path) -> None:
    survey = make_assisted(tmp_path, size=1024)
    visitor = Visitor(survey).enter(survey.tokens["u1"][0]).fill_in().press("send")
    assert (visitor.response.status_code, visitor.at) == (413, "=check")
    assert "passen niet in de envelop" in visitor.text
    assert survey.envelopes() == []
    survey.release()


def test_a_page_that_is_not_shown_any_more_leads_to_checking(survey: RunningSurvey) -> None:
    visitor = Visitor(survey).enter(survey.tokens["u1"][0]).fill_in(until="heavy")
    heavy = visitor.fields
    visitor.press("back").press("back").press("back").press("next", **{"i.care": "2"})
    visitor.post({**heavy, "state": visitor.fields["state"], "go": "next"})
    assert visitor.at == "=check"


def test_a_link_may_name_the_language(survey: RunningSurvey) -> None:
    page = survey.client.get(f"/a/{survey.survey_id}?language=en", headers={"Accept-Language": "nl"})
    assert Page(page.get_data(as_text=True)).one("html").attributes["lang"] == "en"
