"""The pages without JavaScript: how screens are cut, what is read from them, and where a draft leads."""

from __future__ import annotations

import json
from typing import Any

import pytest

from survey_app.respond.pages import (
    ABOUT,
    CHECK,
    keys_of,
    layout,
    minutes,
    page_at,
    pages_of,
    place_of,
    read_page,
    topics_of,
)
from survey_app.respond.routing import visible_items
from tests.journeys.form import journey_form

FORM: dict[str, Any] = json.loads(journey_form())
CARES = {"care": 1, "hours": 8, "known": 1}


def test_a_question_that_follows_from_another_stands_on_a_later_page() -> None:
    assert keys_of(FORM, {}) == ["energy", "care", ABOUT, CHECK]
    assert keys_of(FORM, {"care": 1}) == ["energy", "care", "care/2", ABOUT, CHECK]
    assert keys_of(FORM, CARES) == ["energy", "care", "care/2", "care/3", "heavy", ABOUT, CHECK]


@pytest.mark.parametrize("answers", [{}, {"care": 1}, {"care": 2, "hours": 9}, CARES])
def test_the_pages_hold_what_is_shown_and_nothing_else(answers: dict[str, int]) -> None:
    shown = [item["key"] for page in pages_of(FORM, answers) for item in page.items]
    assert shown == visible_items(FORM, answers)


def test_no_page_changes_by_what_is_answered_on_it() -> None:
    for page in pages_of(FORM, CARES):
        mine = {item["key"] for item in page.items}
        others = {key: code for key, code in CARES.items() if key not in mine}
        assert page in pages_of(FORM, others)


def test_the_introduction_stands_on_the_first_page_of_a_screen() -> None:
    screen = {**FORM["screens"][1], "intro": {"nl": "Over zorg.", "en": "On care."}}
    pages = pages_of({**FORM, "screens": [screen]}, CARES)
    assert [page.intro["nl"] for page in pages] == ["Over zorg.", "", ""]
    assert {page.title["nl"] for page in pages} == {"Zorgen"}


def test_the_steps_are_topics_so_that_their_number_hardly_changes() -> None:
    assert topics_of(FORM, {}) == ["energy", "care", ABOUT, CHECK]
    assert topics_of(FORM, CARES) == ["energy", "care", "heavy", ABOUT, CHECK]
    parts = {**FORM, "screens": [{**FORM["screens"][0]}, {**FORM["screens"][0], "key": "energy.2"}]}
    assert topics_of(parts, {}) == ["energy", ABOUT, CHECK]
    assert topics_of({**FORM, "about": []}, {}) == ["energy", "care", CHECK]


def test_what_is_filled_in_is_read() -> None:
    energy, _, hours = pages_of(FORM, CARES)[:3]
    assert read_page(energy, {"i.tired": "3"}).answers == {"tired": 3}
    assert read_page(energy, {"i.tired": "-7", "i.empty": "1"}).answers == {"tired": -7, "empty": 1}
    assert read_page(hours, {"i.hours": " 40 "}).answers == {"hours": 40}
    assert read_page(hours, {"i.hours": ""}).answers == {"hours": None}
    assert read_page(hours, {"i.hours": "40", "r.hours": "1"}).answers == {"hours": -7}
    assert read_page(hours, {"i.tired": "3"}).answers == {}


@pytest.mark.parametrize("typed", ["169", "-7", "-1", "3,5", "veel", "1e2", "9" * 5000, "٣"])
def test_a_number_that_is_none_is_told_as_it_was_typed(typed: str) -> None:
    hours = pages_of(FORM, CARES)[2]
    read = read_page(hours, {"i.hours": typed})
    assert (read.answers, read.wrong) == ({}, {"hours": typed})


def test_a_code_that_no_answer_has_is_wrong() -> None:
    energy = pages_of(FORM, {})[0]
    assert read_page(energy, {"i.tired": "5", "i.empty": "x"}).wrong == {"tired": "5", "empty": "x"}


def test_a_draft_names_places_as_the_other_client_does() -> None:
    keys = keys_of(FORM, CARES)
    assert [place_of(FORM, key) for key in keys] == [1, 2, 2, 2, 3, 4, 5]
    assert [page_at(FORM, CARES, place) for place in range(8)] == [
        None, "energy", "care", "heavy", ABOUT, CHECK, CHECK, CHECK,
    ]  # fmt: skip
    # The screen is not shown any more: the next one is.
    assert page_at(FORM, {}, 3) == ABOUT
    assert place_of(FORM, "=welcome") == 0


def test_how_long_it_takes_is_said_in_minutes() -> None:
    assert minutes(FORM) == 2
    assert minutes({**FORM, "screens": FORM["screens"] * 6}) == 6


def test_short_answers_stand_beside_each_other() -> None:
    assert layout(["ja", "nee"]) == "few"
    assert layout(["nooit", "soms", "vaak", "altijd"]) == "scale"
    assert layout(["een heel lang antwoord dat nergens naast past", "ja"]) == "list"
