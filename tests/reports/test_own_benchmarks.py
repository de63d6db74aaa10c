"""The page with benchmarks of one's own: they are drawn, say where they come from, and are never called official."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.benchmark.catalogue_files import read_catalogue
from analysis.benchmark.own_figures import parse_addition
from analysis.results import Results, analyse
from instruments.model import Language
from reports.context import Context
from reports.story import build_report, pages
from reports.texts import load_texts
from tests.analysis.benchmark.test_own_figures import SECTOR
from tests.reports.invented import invent_answers, invent_survey
from tests.reports.paper import words_by_page


@pytest.fixture(scope="module")
def results() -> Results:
    survey = invent_survey(("mental-fatigue", "recovery"))
    catalogue = read_catalogue(additions=[parse_addition("sector", SECTOR, own=True)])
    return analyse(survey, invent_answers(survey, 400), catalogue)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_each_benchmark_is_drawn_with_its_source(results: Results, language: Language, tmp_path: Path) -> None:
    t = load_texts(language)
    found = [" ".join(word.text for word in page) for page in words_by_page(build_report(results, language), tmp_path)]
    page = next(text for text in found if t("own_benchmarks.title") in text)
    assert t("own_benchmarks.lead") in page
    for said in ("Sectormonitor 2025, all", "Sectormonitor 2025, night shifts", "An invented sector body"):
        assert said in page
    assert ("17,2%" if language == "nl" else "17.2%") in page


def test_without_a_benchmark_of_ones_own_there_is_no_page(results: Results) -> None:
    bare = analyse(results.survey, invent_answers(results.survey, 400), read_catalogue(additions=()))
    context = Context(bare, "en")
    titles = [getattr(page[0], "markup", "") for page in pages(context)]
    assert context.t("own_benchmarks.title") not in titles
