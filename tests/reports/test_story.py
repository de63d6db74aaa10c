"""The story: which pages there are, in which order, and what the map of units shows."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from analysis.results import Results
from instruments.model import LANGUAGES, Language
from reports.context import Context
from reports.pages.units import COLUMNS, MOST_COLUMNS, map_columns, without_common_words
from reports.pdf.text import Text
from reports.story import pages
from reports.style import LEAD, TITLE
from tests.reports.invented import ASKABLE, canteen, invent_results, invent_survey

#: The pages of a report that asked everything, by the key of their title or the measure that names them.
FULL = (
    "verdict_page.title",
    "respondents.title",
    "silence.title",
    "reading.title",
    "overview.title",
    "decision.title",
    "alike.title",
    "trend.title",
    "fatigue",
    "workload.title",
    "workload_items.title",
    "conditions.title",
    "home.title",
    "care.title",
    "together.title",
    "units.title",
    "funnel.title",
    "conversation.title",
    "table.title",
    "passports.title",
    "questions.title",
    "quality.title",
    "method.title",
    "certificate.title",
)

#: Pages that every report has.
ALWAYS = {*FULL[:2], *FULL[3:5], "table.title", "questions.title", "quality.title", "method.title", "certificate.title"}

#: Pages of one theme.
OF_THEMES = {*FULL[8:15], "conversation.title"}


def titles(results: Results, language: Language = "en") -> list[str]:
    """The titles of all pages in order, as keys where they are known."""
    context = Context(results, language)
    endings = (".title", ".more", "overview.own")
    known = {text: key for key, text in context.texts.entries.items() if key.endswith(endings)}
    if context.has("fatigue"):
        known[context.name("fatigue")] = "fatigue"
    found = []
    for page in pages(context):
        heads = [flowable for flowable in page if isinstance(flowable, Text) and flowable.style is TITLE]
        assert len(heads) == 1 and page[0] is heads[0], "a page begins with its only title"
        title = heads[0].getPlainText()
        found.append(known.get(title, title))
    return found


def titles_of(instruments: Sequence[str], **options: object) -> set[str]:
    """The titles of a report about 60 people."""
    return set(titles(invent_results(invent_survey(instruments, **options), 60)))  # type: ignore[arg-type]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_full_report_has_its_pages_in_the_promised_order(demo: Results, language: Language) -> None:
    assert tuple(titles(demo, language)) == FULL


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("people", [5, 12, 300])
def test_the_lead_of_a_page_is_made_of_sentences(people: int, language: Language) -> None:
    results = invent_results(invent_survey(own=[canteen(20)], earlier=("2025",)), people)
    for page in pages(Context(results, language)):
        if isinstance(page[1], Text) and page[1].style is LEAD:
            lead = page[1].getPlainText()
            assert lead[0].isupper() or lead[0].isdigit(), lead
            assert lead.endswith("."), lead
            assert "  " not in lead and " ." not in lead, lead


@pytest.mark.parametrize("language", LANGUAGES)
def test_large_numbers_in_sentences_are_written_as_the_language_does(language: Language) -> None:
    units = [f"Team {number}" for number in range(1, 100)]
    results = invent_results(invent_survey((), [canteen(12)]), 5400, units=units)
    for page in pages(Context(results, language)):
        for text in (flowable.getPlainText() for flowable in page if isinstance(flowable, Text)):
            bare = re.findall(r"(?<![\w.,])[1-9]\d{3,}(?![\w.,-]*\w)", text)
            assert not [number for number in bare if not 1900 < int(number) < 2100], text


@pytest.mark.parametrize(
    ("instruments", "pages_of_theme"),
    [
        (("mental-fatigue",), {"fatigue"}),
        (("workload", "autonomy", "job-strain"), set()),
        (("mental-fatigue", *ASKABLE[1:4]), {"fatigue", "workload.title", "workload_items.title"}),
        (("recovery",), {"conditions.title", "conversation.title"}),
        (("dialogue",), {"conditions.title", "conversation.title"}),
        (("work-home",), {"home.title"}),
        (("care",), {"care.title"}),
        (("diligence",), set()),
    ],
    ids=lambda value: "+".join(sorted(value)) if isinstance(value, tuple) else "",
)
def test_a_theme_has_a_page_only_when_it_was_asked(instruments: tuple[str, ...], pages_of_theme: set[str]) -> None:
    found = titles_of(instruments)
    assert found & OF_THEMES == pages_of_theme
    assert found >= ALWAYS


def test_passports_and_decisions_appear_only_when_there_is_something_to_compare() -> None:
    assert titles_of(("mental-fatigue",)) >= {"passports.title", "decision.title"}
    assert not {"passports.title", "decision.title"} & titles_of(("recovery",))
    assert "decision.title" in titles_of(("recovery",), earlier=("2025",))


def test_own_questions_have_pages_of_their_own() -> None:
    found = titles(invent_results(invent_survey(("mental-fatigue",), [canteen(20)]), 60))
    first = found.index("About de kantine")
    own = ["About de kantine", "About de kantine", "About de kantine: means"]
    assert found[first - 1 : first + 4] == ["fatigue", *own, "units.title"]


def test_own_questions_alone_are_shown_once() -> None:
    found = titles(invent_results(invent_survey((), [canteen(20)]), 60))
    assert "About de kantine" not in found
    assert found.count("About de kantine: means") == 1
    assert found.count("overview.own") == 2


def test_many_units_are_spread_over_pages_and_none_is_left_out() -> None:
    units = [f"Team {number}" for number in range(1, 61)]
    results = invent_results(invent_survey(("recovery",)), 1200, units=units)
    found = titles(results)
    assert found.count("units.title") == 1 and found.count("units.more") == 2
    assert found.count("respondents.title") == 1 and found.count("respondents.more") == 1


def test_without_units_there_is_no_map() -> None:
    assert "units.title" not in titles(invent_results(invent_survey(("recovery",)), 60, units=()))


def test_the_map_has_known_outcomes_first_and_own_questions_after_them(demo: Results) -> None:
    assert tuple(map_columns(Context(demo, "nl"))) == COLUMNS
    results = invent_results(invent_survey(("mental-fatigue", "recovery"), [canteen(20)]), 60)
    own = [f"own_{number:02}" for number in range(1, 11)]
    assert map_columns(Context(results, "nl")) == ["fatigue", "recovery", *own]
    assert len(own) + 2 == MOST_COLUMNS


def test_the_map_leaves_out_the_single_questions_of_a_scale(demo: Results) -> None:
    assert not set(map_columns(Context(demo, "nl"))) - demo.release.plan.divided


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_known_column_has_a_short_name(language: Language, demo: Results) -> None:
    context = Context(demo, language)
    for key in COLUMNS:
        assert len(context.t(f"map.{key}").split()) <= 4, key


@pytest.mark.parametrize(
    ("names", "shortened"),
    [
        (["Vraag een", "Vraag twee", "Vraag drie", "Vraag vier"], ["een", "twee", "drie", "vier"]),
        (["Ik ben blij", "Ik ben moe", "Ik ben vrij", "Ik ben er"], ["blij", "moe", "vrij", "er"]),
        (["Ik ben blij", "Ik ben moe", "Ik ben vrij", "Ik werk", "Rust"], ["blij", "moe", "vrij", "werk", "Rust"]),
        (["Hoge druk", "Hoge eisen", "Rust"], ["druk", "eisen", "Rust"]),
        (["Hoge druk", "Veel rust"], ["Hoge druk", "Veel rust"]),
        (["Ik ben", "Ik werk", "Ik rust", "Ik"], ["ben", "werk", "rust", "Ik"]),
        (["Moe", "Druk", "Vrij", "Blij"], ["Moe", "Druk", "Vrij", "Blij"]),
        ([], []),
    ],
)
def test_columns_lose_the_first_words_that_most_of_them_share(names: list[str], shortened: list[str]) -> None:
    assert without_common_words(names) == shortened
