"""A report of any survey: a handful of people, one instrument, no units, no roster, nothing to compare with."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import pytest

from analysis.disclosure.release import Cell
from analysis.results import Results
from instruments.loading import load_catalogue
from instruments.model import LANGUAGES, Language
from reports.context import Context
from reports.numbers import DASH
from reports.story import build_report, pages
from reports.texts import load_texts
from reports.web import sections
from tests.reports.invented import askable, canteen, invent_results, invent_survey
from tests.reports.paper import misplaced, text_by_page, words_by_page

Printed = Callable[[int, Language], list[str]]

#: No figure of five, or of ten, people may ever be printed under a promise of ten.
CLOSED = (1, 5, 10)


@cache
def organisation(people: int, waves: int = 1) -> Results:
    """An organisation of this size that asked everything."""
    return invent_results(invent_survey(earlier=("2025",) if waves == 2 else ()), people)


@pytest.fixture(scope="module")
def printed(desk: Path) -> Printed:
    """The pages of a report as text, made once for each organisation; checks that it is well laid out."""

    @cache
    def read(people: int, language: Language) -> list[str]:
        return read_report(organisation(people), language, desk)

    return read


def read_report(results: Results, language: Language, desk: Path) -> list[str]:
    """The pages of a report as text, after a check that it is well laid out."""
    pdf = build_report(results, language)
    assert misplaced(words_by_page(pdf, desk)) == []
    return text_by_page(pdf, desk)


def page_with(texts: list[str], title: str, notice: str) -> str:
    """The page that begins with ``title``, below the notice that stands on every page."""
    (text,) = [text for text in texts if text.startswith(f"{notice} {title} ")]
    return text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("people", [*CLOSED, 11, 12, 40])
def test_a_report_of_a_handful_of_people_can_be_made(people: int, language: Language, printed: Printed) -> None:
    assert len(printed(people, language)) >= 16


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("people", CLOSED)
def test_of_too_few_people_no_figure_is_printed(people: int, language: Language, printed: Printed) -> None:
    assert all(cell.closed for cell in organisation(people).release.cells.values())
    t, texts = load_texts(language), printed(people, language)
    last = next(place for place, text in enumerate(texts) if t("questions.title") in text)
    for number, text in enumerate(texts[1:last], start=2):
        if t("reading.title") not in text:
            # What is left are the ticks of axes, and the interval in headings.
            left = set(re.findall(r"[\d.,–]+%", text)) - {f"{tick}%" for tick in range(0, 101, 20)}
            assert left <= {"95%"}, f"page {number}: {left}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("people", CLOSED)
def test_a_closed_report_says_so_on_every_theme(people: int, language: Language, printed: Printed) -> None:
    context, texts = Context(organisation(people), language), printed(people, language)
    notice = context.t("synthetic.short")
    assert page_with(texts, context.t("verdict_page.title"), notice).count(context.t("closed.long")) >= 3
    for title in (
        context.name("fatigue"),
        context.t("workload.title"),
        context.t("home.title"),
        context.t("care.title"),
    ):
        assert context.t("closed.long") in page_with(texts, title, notice), title
    assert context.t("closed.short") in page_with(texts, context.t("conditions.title"), notice)
    assert context.t("units.lead_closed") in page_with(texts, context.t("units.title"), notice)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("people", CLOSED)
def test_a_closed_report_does_not_blame_the_country_or_the_roster(
    people: int, language: Language, printed: Printed
) -> None:
    t, text = load_texts(language), " ".join(printed(people, language))
    for key in ("verdict_page.no_official", "overview.no_official", "cover.no_comparison"):
        assert t(key) not in text, f"{key}: there are national figures, and too few answers"
    # What stands after the number in "n people took part. There is no roster …".
    assert t("respondents.lead_plain", n="") not in text, "there is a roster, and there are too few answers"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_band_of_answers_does_not_hide_the_roster(language: Language, printed: Printed) -> None:
    context = Context(organisation(12), language)
    response = context.total("response")
    assert response.invited is not None and response.share is None
    title, notice = context.t("respondents.title"), context.t("synthetic.short")
    text = page_with(printed(12, language), title, notice)
    assert context.t("respondents.lead_plain", n="") not in text
    assert f"{context.numbers.integer(response.invited)} " in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("people", CLOSED)
def test_no_sentence_has_a_dash_where_a_figure_belongs(people: int, language: Language) -> None:
    for page in pages(Context(organisation(people), language)):
        lead = page[1].getPlainText()
        assert not re.search(rf"(^|\s|\(){DASH}(\s|\)|$)", lead), lead


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("people", CLOSED)
def test_no_heading_has_nothing_below_it(people: int, language: Language) -> None:
    for section in sections(Context(organisation(people), language)):
        assert not re.search(r"</h3>\s*(<h3>|$)", section.html), section.title


def test_closed_cells_look_alike_whatever_the_reason() -> None:
    context = Context(organisation(40), "nl")
    shown = [context.row(key) for key in context.measures if context.total(key).closed]
    assert len(shown) > 3
    assert {(row.note, row.printed, row.value, row.low, row.high) for row in shown} == {
        (context.t("closed.short"), DASH, None, None, None)
    }
    assert {context.interval(context.total(key)) for key in context.measures if context.total(key).closed} == {DASH}
    cells = results_cells(organisation(40))
    assert {cell.row()[5:] for cell in cells if cell.closed} == {("",) * 8 + (1,)}


def results_cells(results: Results) -> list[Cell]:
    """All cells of a release."""
    return list(results.release.cells.values())


#: Surveys without the things that most surveys have.
SHAPES: Mapping[str, Mapping[str, object]] = {
    "without units": {"units": ()},
    "without roster": {"roster": False},
    "without units and roster": {"units": (), "roster": False},
    "with one unit": {"units": ("Alles",)},
}


@pytest.mark.parametrize("instrument", askable())
@pytest.mark.parametrize("waves", [1, 2])
def test_each_instrument_alone_makes_a_report(instrument: str, waves: int, desk: Path) -> None:
    needs = load_catalogue()[instrument].needs
    earlier = ("2025",) if waves == 2 else ()
    results = invent_results(invent_survey((*needs, instrument), earlier=earlier), 200)
    for language in LANGUAGES:
        title = load_catalogue()[instrument].texts[language].title
        assert any(title in text for text in read_report(results, language, desk))


@pytest.mark.parametrize("shape", SHAPES)
def test_surveys_without_cuts_units_or_roster_make_a_report(shape: str, desk: Path) -> None:
    results = invent_results(invent_survey(cuts=(), earlier=("2025",)), 200, **SHAPES[shape])
    for language in LANGUAGES:
        assert len(read_report(results, language, desk)) >= 16


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("questions", [1, 2, 3, 60])
def test_own_questions_alone_make_a_report(questions: int, language: Language, desk: Path) -> None:
    results = invent_results(invent_survey((), [canteen(questions)], cuts=()), 200, roster=False)
    t, text = load_texts(language), " ".join(read_report(results, language, desk))
    assert t("verdict_page.no_official") in text
    assert t("cover.no_comparison") in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_own_questions_of_a_handful_make_a_closed_report(language: Language, desk: Path) -> None:
    results = invent_results(invent_survey((), [canteen(3)], cuts=()), 5, roster=False)
    assert load_texts(language)("closed.long") in read_report(results, language, desk)[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_roster_the_response_is_called_unknown(language: Language, desk: Path) -> None:
    results = invent_results(invent_survey(("recovery",)), 200, roster=False)
    t, texts = load_texts(language), read_report(results, language, desk)
    text = page_with(texts, t("respondents.title"), t("synthetic.short"))
    assert t("respondents.lead_plain", n="200") in text
