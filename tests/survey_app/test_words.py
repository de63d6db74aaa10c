"""The texts of staff pages: both languages say the same things, and every page finds what it says."""

from __future__ import annotations

import datetime as dt
import re
import string
import tomllib
from pathlib import Path

import pytest
from flask import Flask

import survey_app
from instruments.model import LANGUAGES, Language
from survey_app.commission import lifecycle
from survey_app.commission.pages import STEPS
from survey_app.entering import ROLES
from survey_app.stores.roster import State
from survey_app.words import language_of_request, page_context, words_for

HOUSE = Path(survey_app.__file__).parent
ROOMS = ("home", "staff", "state", "hr", "council")

#: Which page reads which room; the frame is read with all of them.
PAGES = {"home.html": "home", "staff/start.html": "staff", "staff/hr.html": "hr", "staff/council.html": "council"}
FRAMES = ("base.html", "staff/page.html")

#: Keys of which a part is worked out: the beginning, and all that may follow it.
WORKED_OUT = {
    "home": {"problem.": ()},
    "staff": {"role.": ROLES, "problem.": ("malformed", "unknown")},
    "hr": {
        "step.": (*STEPS.values(), "wait-witness", "wait-council", "released", "archived"),
        "button.": STEPS.values(),
        "level.": ("1", "2", "3"),
        "problem.": (
            "sure", "not-witnessed", "too-soon", "too-few", "too-many", "no-key", "damaged", "not-proven",
            "released-meanwhile",
        ),
    },
    "council": {"problem.": ("no-witness-file", "no-opened-file", "already-opened", "not-closed", "too-large")},
}  # fmt: skip


def placeholders(text: str) -> set[str]:
    """What is filled in."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def template(name: str) -> str:
    return (HOUSE / "templates" / name).read_text(encoding="utf-8")


def used_by(page: str) -> set[str]:
    """The keys that a page reads, those that are worked out by what they begin with."""
    texts = "".join(template(name) for name in (page, *FRAMES))
    return set(re.findall(r"words\[[\"']([^\"']+)[\"']", texts))


def test_both_files_have_the_same_rooms() -> None:
    for language in LANGUAGES:
        text = (HOUSE / "texts" / f"{language}.toml").read_text(encoding="utf-8")
        assert tuple(tomllib.loads(text)) == ROOMS
    assert {path.name for path in (HOUSE / "texts").iterdir()} == {"nl.toml", "en.toml"}


@pytest.mark.parametrize("room", ROOMS)
def test_both_languages_say_the_same_with_the_same_gaps(room: str) -> None:
    dutch, english = words_for(room, "nl"), words_for(room, "en")
    assert list(dutch) == list(english)
    for key in dutch:
        assert placeholders(dutch[key]) == placeholders(english[key]), key
        assert dutch[key].strip() == dutch[key] != "" and english[key].strip() == english[key] != "", key


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("room", ROOMS)
def test_the_texts_are_plain(room: str, language: Language) -> None:
    for key, text in words_for(room, language).items():
        assert not re.search(r"[!<>&]|\bu\b|\buw\b|\.\.\.", text), key
        for sentence in re.split(r"[.:?] ", text):
            assert len(sentence.split()) <= 32, f"{key}: {sentence}"


@pytest.mark.parametrize("page", PAGES)
def test_every_page_finds_its_texts_and_no_text_is_left_over(page: str) -> None:
    room = PAGES[page]
    known = set(words_for(room, "nl"))
    expected: set[str] = set()
    for key in used_by(page):
        endings = WORKED_OUT.get(room, {}).get(key)
        expected |= {key} if endings is None else {key + ending for ending in endings}
    missing, unused = expected - known, known - expected
    assert not missing, f"{page} reads what is not there"
    assert not unused, f"nobody reads {unused}"


def test_every_state_has_a_name() -> None:
    assert list(words_for("state", "nl")) == [state.value for state in State]


def test_every_problem_that_a_room_tells_has_a_sentence() -> None:
    for file, room in (("entering.py", "staff"), ("commission/pages.py", "hr"), ("council/__init__.py", "council")):
        source = (HOUSE / file).read_text(encoding="utf-8")
        told = set(re.findall(r"problem=\"([a-z-]+)\"", source)) | set(re.findall(r", \"(no-[a-z-]+-file)\"\)", source))
        assert {f"problem.{name}" for name in told} == {
            key for key in words_for(room, "nl") if key.startswith("problem.")
        }, file


def test_every_level_is_explained() -> None:
    assert lifecycle.SERVER_OPENS == 1
    for language in LANGUAGES:
        for level in (1, 2, 3):
            assert str(level) in words_for("hr", language)[f"level.{level}"]


@pytest.mark.parametrize(
    ("address", "accepted", "language"),
    [
        ("/", "nl", "nl"),
        ("/", "en", "en"),
        ("/", "", "nl"),
        ("/?language=en", "nl", "en"),
        ("/?language=fr", "en", "en"),
        ("/?language=", "en", "en"),
        ("/?language=nl&language=en", "en", "nl"),
    ],
)
def test_the_address_goes_before_the_browser(address: str, accepted: str, language: str) -> None:
    app = Flask(__name__)  # without a key for sessions: reading one would fail
    with app.test_request_context(address, headers={"Accept-Language": accepted}):
        assert language_of_request() == language


def test_a_page_writes_dates_as_its_language_does() -> None:
    day = dt.date(2026, 10, 5)
    assert page_context("hr", "nl")["date"](day) == "5 oktober 2026"
    assert page_context("hr", "en")["date"](day) == "5 October 2026"
