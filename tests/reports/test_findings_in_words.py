"""Every finding can be said in Dutch and in English, with its numbers, in whole sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from analysis.benchmark.compare import Comparison, Difference, Verdict
from analysis.disclosure.plan import CellKey
from analysis.disclosure.release import Cell
from analysis.estimate import Interval
from analysis.findings import Finding, Kind
from analysis.results import Results
from instruments.model import LANGUAGES, Language
from reports.context import Context
from reports.pages.verdict import decisions, sentences
from tests.reports.invented import canteen, invent_results, invent_survey

POINTS = {
    Verdict.CLEARLY_HIGHER: 11.0,
    Verdict.HIGHER: 4.5,
    Verdict.COMPARABLE: 0.2,
    Verdict.UNCERTAIN: -2.0,
    Verdict.LOWER: -4.5,
    Verdict.CLEARLY_LOWER: -11.0,
}


def cell(measure: str, share: int, wave: str = "2026") -> Cell:
    """An open cell with a share."""
    return Cell(CellKey(wave, measure), 742, 742, share, share - 3, share + 3)


def difference(verdict: Verdict) -> Difference:
    """A difference with a given verdict."""
    points = POINTS[verdict]
    return Difference(points, Interval(points - 3, points + 3), Interval(points - 2, points + 2), verdict, 0.1)


@pytest.fixture(scope="module")
def results() -> Results:
    """Results that lend a questionnaire and a national figure to findings made by hand."""
    return invent_results(invent_survey(own=[canteen()], earlier=("2025",)), 300)


def findings_of_every_kind(results: Results) -> Iterator[tuple[str, Finding]]:
    """A finding for each kind and, where it has one, each verdict."""
    official = next(c for c in results.comparisons["fatigue"] if c.difference is not None)
    low = cell("fatigue", 13)
    for verdict in Verdict:
        found = difference(verdict)
        news = -verdict.direction
        yield f"strain {verdict}", Finding(Kind.STRAIN, "fatigue", cell("fatigue", 45), news, found, other=low)
        yield f"official {verdict}", Finding(Kind.OFFICIAL, "fatigue", cell("fatigue", 45), news, found, official)
        earlier = cell("fatigue", 33, "2025")
        yield f"change {verdict}", Finding(Kind.CHANGE, "fatigue", cell("fatigue", 45), news, found, other=earlier)
        top, bottom = cell("own_01", 45), cell("own_02", 13)
        yield f"extremes {verdict}", Finding(Kind.EXTREMES, "own_01", top, 0, found, other=bottom)
    yield "care", Finding(Kind.CARE, "carer", cell("carer", 45), other=cell("care_burdened", 13))
    yield "units", Finding(Kind.UNITS, "recovery", cell("recovery", 45), count=4, of=9)


def said(results: Results, language: Language) -> dict[str, tuple[str, str]]:
    """All findings in words, by name."""
    context = Context(results, language)
    return {name: sentences(context, finding) for name, finding in findings_of_every_kind(results)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_finding_is_made_of_whole_sentences(results: Results, language: Language) -> None:
    for name, texts in said(results, language).items():
        for text in texts:
            assert text.endswith("."), f"{name}: {text}"
            assert re.match(r"[A-Z0-9‘]", text), f"{name}: {text}"
            assert not re.search(r"  |\.\.| [.,;:)]|[({]\s|[{}]", text), f"{name}: {text}"
            ElementTree.fromstring(f"<p>{text}</p>")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_finding_has_its_share_and_interval(results: Results, language: Language) -> None:
    for name, (sentence, detail) in said(results, language).items():
        assert "45%" in f"{sentence} {detail}", name
        assert "42–48%" in detail, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_finding_about_two_figures_has_both(results: Results, language: Language) -> None:
    for name, (sentence, detail) in said(results, language).items():
        if name.startswith(("strain", "care", "extremes")):
            assert "13%" in f"{sentence} {detail}" and "10–16%" in detail, name
        if name.startswith("change"):
            assert "33%" in f"{sentence} {detail}" and "2025" in sentence, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_difference_has_a_sign_and_its_interval(results: Results, language: Language) -> None:
    comma, to = {"nl": (",", "tot"), "en": (".", "to")}[language]
    texts = said(results, language)
    for kind in ("strain", "official", "change"):
        assert f"+4.5 (+1.5 {to} +7.5)".replace(".", comma) in texts[f"{kind} higher"][1]
        assert f"−11 (−14.0 {to} −8.0)".replace(".", comma) in texts[f"{kind} clearly_lower"][1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sentence_says_the_verdict_in_its_own_words(results: Results, language: Language) -> None:
    context, texts = Context(results, language), said(results, language)
    official = {verdict: texts[f"official {verdict}"][0].lower() for verdict in Verdict}
    for verdict, sentence in official.items():
        assert context.t(f"verdict.{verdict}") in sentence
    assert len(set(official.values())) == len(Verdict)


@pytest.mark.parametrize("language", LANGUAGES)
def test_up_down_and_open_are_told_apart(results: Results, language: Language) -> None:
    texts = said(results, language)
    for kind in ("strain", "change"):
        found = [texts[f"{kind} {verdict}"][0] for verdict in (Verdict.HIGHER, Verdict.LOWER, Verdict.UNCERTAIN)]
        assert len(set(found)) == 3
        assert texts[f"{kind} higher"][0] == texts[f"{kind} clearly_higher"][0]


def test_a_national_figure_comes_with_publisher_survey_year_and_grade(results: Results) -> None:
    _, detail = said(results, "en")["official higher"]
    assert "National 20% (CBS/TNO, NEA 2024, grade B)" in detail


def test_what_goes_together_is_not_called_a_cause(results: Results) -> None:
    assert "no proof of cause" in said(results, "en")["strain higher"][1]
    assert "geen bewijs van oorzaak" in said(results, "nl")["strain higher"][1]


def test_people_are_counted_in_every_hundred(results: Results) -> None:
    assert "about 11 more in every 100" in said(results, "en")["official clearly_higher"][1]
    assert "about 11 fewer in every 100" in said(results, "en")["official clearly_lower"][1]


def test_the_own_number_of_units_is_said(results: Results) -> None:
    assert "4 of 9" in said(results, "en")["units"][0]
    assert "4 van de 9" in said(results, "nl")["units"][0]


def test_a_wave_is_printed_as_it_is_called(results: Results) -> None:
    finding = Finding(
        Kind.CHANGE,
        "fatigue",
        cell("fatigue", 45),
        -1,
        difference(Verdict.HIGHER),
        other=cell("fatigue", 33, "voor <b> & na"),
    )
    sentence, _ = sentences(Context(results, "nl"), finding)
    assert "voor &lt;b&gt; &amp; na" in sentence


@pytest.mark.parametrize("language", LANGUAGES)
def test_own_questions_without_a_phrase_can_be_a_finding(results: Results, language: Language) -> None:
    comparison = next(c for c in results.comparisons["fatigue"] if c.difference is not None)
    finding = Finding(
        Kind.OFFICIAL, "own_01", cell("own_01", 45), 0, difference(Verdict.UNCERTAIN), replace_measure(comparison)
    )
    for text in sentences(Context(results, language), finding):
        assert text.endswith(".") and "  " not in text


def replace_measure(comparison: Comparison) -> Comparison:
    """The same national figure next to an own question."""
    return replace(comparison, measure="own_01")


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_three_decisions_and_bad_news_comes_first(results: Results, language: Language) -> None:
    bad = Finding(Kind.OFFICIAL, "low_autonomy", cell("low_autonomy", 45), -1, difference(Verdict.HIGHER))
    low, high = cell("fatigue", 13), cell("fatigue", 45)
    strain = Finding(Kind.STRAIN, "fatigue", high, -1, difference(Verdict.HIGHER), other=low)
    context = Context(replace(results, findings=(bad, strain)), language)
    chosen = decisions(context)
    assert chosen[:2] == [context.t("decide.workload"), context.t("decide.autonomy")]
    assert chosen[2] == context.texts.listed("decide.general")[0]
    assert len(chosen) == 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_bad_news_the_decisions_are_general(results: Results, language: Language) -> None:
    good = Finding(Kind.OFFICIAL, "low_autonomy", cell("low_autonomy", 45), 1, difference(Verdict.LOWER))
    context = Context(replace(results, findings=(good,)), language)
    assert decisions(context) == [context.t("decide.care"), *context.texts.listed("decide.general")[:2]]
