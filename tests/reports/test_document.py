"""The finished PDF: the same bytes for the same input, its properties, fonts, bookmarks, notices and numbers."""

from __future__ import annotations

import hashlib
import io
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader

from analysis.results import Results
from instruments.model import LANGUAGES, Language
from reports.context import Context
from reports.pdf.text import Text
from reports.story import build_report, pages
from reports.style import TITLE
from survey_app.demo import DemoFiles
from tests.reports.invented import canteen, invent_results, invent_survey
from tests.reports.paper import poppler, text_by_page

Pdfs = Mapping[Language, bytes]

#: Builds both reports in a process of its own and prints their sums.
BUILD = """
import hashlib, sys
from pathlib import Path
from analysis.answers import read_answers, read_roster
from analysis.benchmark.figures import load_figures
from analysis.results import analyse
from analysis.survey import read_survey
from reports.story import build_report

folder = Path(sys.argv[1])
survey = read_survey(folder / "survey.toml")
datasets = read_answers(folder / "answers.csv", survey, read_roster(folder / "roster.csv", survey))
results = analyse(survey, datasets, load_figures())
for language in ("nl", "en"):
    print(hashlib.sha256(build_report(results, language)).hexdigest())
"""


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> Language:
    """Each language in turn."""
    return request.param


@pytest.fixture
def pdf(demo_pdfs: Pdfs, language: Language) -> bytes:
    """The report of the demo."""
    return demo_pdfs[language]


@pytest.fixture
def texts(pdf: bytes, desk: Path) -> list[str]:
    """The pages of the report as text."""
    return text_by_page(pdf, desk)


def test_the_same_results_give_the_same_bytes(demo: Results, pdf: bytes, language: Language) -> None:
    assert build_report(demo, language) == pdf


def test_the_bytes_do_not_depend_on_the_process_the_place_or_the_time(
    demo_files: DemoFiles, demo_pdfs: Pdfs, tmp_path: Path
) -> None:
    environment = {
        **os.environ,
        "PYTHONHASHSEED": "4711" if os.environ.get("PYTHONHASHSEED") == "0" else "0",
        "PYTHONPATH": os.pathsep.join(sys.path),
        "TZ": "UTC+5",
        "SOURCE_DATE_EPOCH": "86400",
    }
    command = [sys.executable, "-c", BUILD, str(demo_files.survey.parent)]
    ran = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == [hashlib.sha256(demo_pdfs[language]).hexdigest() for language in LANGUAGES]


def test_other_results_give_other_bytes(demo: Results, pdf: bytes, language: Language) -> None:
    other = replace(demo, survey=replace(demo.survey, organisation="Zorggroep Anders"))
    assert build_report(other, language) != pdf


def test_the_properties_say_what_it_is_and_of_whom(pdf: bytes, language: Language) -> None:
    reader = PdfReader(io.BytesIO(pdf))
    facts = reader.metadata
    assert facts is not None
    titles = {
        "nl": "Benchmarkrapport Werk, vermoeidheid en mantelzorg 2026 van Zorggroep Vlierwaarde",
        "en": "Benchmark report Work, fatigue and caregiving 2026 of Zorggroep Vlierwaarde",
    }
    assert facts.title == titles[language]
    assert facts.author == "Zorggroep Vlierwaarde"
    assert facts.subject and facts.creator == "Peil"
    assert reader.root_object["/Lang"] == {"nl": "nl-NL", "en": "en-GB"}[language]
    assert reader.root_object["/ViewerPreferences"]["/DisplayDocTitle"].value is True


def test_the_file_is_dated_by_the_survey_and_not_by_the_clock(demo: Results, pdf: bytes) -> None:
    facts = PdfReader(io.BytesIO(pdf)).metadata
    assert facts is not None and facts.creation_date is not None and facts.modification_date is not None
    assert facts.creation_date.date() == facts.modification_date.date() == demo.survey.fieldwork_to


def test_every_page_title_has_a_bookmark_that_leads_to_its_page(
    demo: Results, pdf: bytes, texts: list[str], language: Language
) -> None:
    reader = PdfReader(io.BytesIO(pdf))
    titles = [
        flowable.getPlainText()
        for page in pages(Context(demo, language))
        for flowable in page
        if isinstance(flowable, Text) and flowable.style is TITLE
    ]
    found = [(str(entry["/Title"]), reader.get_destination_page_number(entry)) for entry in reader.outline]
    assert [title for title, _ in found] == titles
    for title, place in found:
        assert title in texts[place], f"the bookmark “{title}” leads to page {place + 1}"
    assert found[0][1] == 1


def test_all_fonts_are_ours_embedded_and_cut_down_to_what_is_used(pdf: bytes, desk: Path) -> None:
    lines = poppler("pdffonts", pdf, desk).splitlines()[2:]
    assert len(lines) == 4
    for line in lines:
        assert re.match(r"[A-Z]{6}\+Peil-\w+ +TrueType +\S+ +yes +yes +yes ", line), line


def test_the_report_can_be_read_at_one_sitting(pdf: bytes) -> None:
    assert 18 <= len(PdfReader(io.BytesIO(pdf)).pages) <= 32


def test_the_file_can_be_mailed(pdf: bytes) -> None:
    assert len(pdf) < 500_000


def test_nothing_in_the_file_runs_or_calls_home(pdf: bytes) -> None:
    reader = PdfReader(io.BytesIO(pdf))
    assert not {"/OpenAction", "/AA", "/AcroForm", "/Names"} & set(reader.root_object)
    assert not [page for page in reader.pages if "/Annots" in page]


def test_every_page_of_an_invented_organisation_says_so(demo: Results, texts: list[str], language: Language) -> None:
    context = Context(demo, language)
    assert context.t("synthetic.long") in texts[0]
    for number, text in enumerate(texts[1:], start=2):
        assert context.t("synthetic.short") in text, f"page {number}"


def test_a_real_organisation_is_not_called_invented(desk: Path, language: Language) -> None:
    results = invent_results(invent_survey(("mental-fatigue", "recovery"), synthetic=False), 60)
    for number, text in enumerate(text_by_page(build_report(results, language), desk), start=1):
        assert not re.search(r"synthet", text, re.IGNORECASE), f"page {number}"


def test_every_page_after_the_cover_has_its_number_and_what_it_belongs_to(demo: Results, texts: list[str]) -> None:
    for number, text in enumerate(texts[1:], start=2):
        assert re.search(rf"(?<!\d){number} / {len(texts)}(?!\d)", text), f"page {number}"
        assert f"{demo.survey.organisation} · {demo.survey.wave}" in text, f"page {number}"
    assert f"1 / {len(texts)}" not in texts[0]


def test_the_cover_says_who_what_when_and_which_release(demo: Results, texts: list[str], language: Language) -> None:
    survey = demo.survey
    for words in (survey.organisation, survey.title[language], survey.wave, demo.release.fingerprint[:16]):
        assert words in texts[0]
    assert {"nl": "5 – 23 oktober 2026", "en": "5 – 23 October 2026"}[language] in texts[0]
    response = demo.release.total("response")
    assert f"{response.n_low}" in texts[0] and f"{response.share}%" in texts[0]
    assert "CBS/TNO 2024" in texts[0]


def test_the_whole_fingerprint_stands_in_the_method(demo: Results, texts: list[str]) -> None:
    assert demo.release.fingerprint in texts[-1].replace(" ", "")


def test_a_page_is_never_left_with_a_few_words(texts: list[str]) -> None:
    for number, text in enumerate(texts, start=1):
        assert len(text.split()) > 60, f"page {number}: {text}"


def percentages(text: str) -> set[str]:
    """Every percentage in a text, both ends of a range included."""
    return {
        end
        for low, high in re.findall(r"(?:(?<![\d.,])(\d+)–)?(?<![\d.,])(\d+(?:[.,]\d+)?)%", text)
        for end in (low, high)
        if end
    }


def known_percentages(results: Results, language: Language) -> set[str]:
    """Every percentage that may be printed: released shares, bounds, and official values."""
    cells = results.release.cells.values()
    known = {str(n) for cell in cells for n in (cell.share, cell.share_low, cell.share_high) if n is not None}
    context = Context(results, language)
    known |= {context.official(c).removesuffix("%") for group in results.comparisons.values() for c in group}
    return known | {"95"}


def test_the_search_for_percentages_finds_them() -> None:
    assert percentages("24% van (21–27%); landelijk 23,1% of 6.8%, 1–2 dagen") == {"24", "21", "27", "23,1", "6.8"}


def test_every_percentage_of_the_first_pages_was_released_or_published(
    demo: Results, texts: list[str], language: Language
) -> None:
    context, known = Context(demo, language), known_percentages(demo, language)
    for key in ("verdict_page.title", "decision.title"):
        (text,) = [text for text in texts if f" {context.t(key)} " in text[:120]]
        found = percentages(text)
        assert len(found) > 8
        assert found <= known, f"{context.t(key)}: {found - known}"


def test_every_percentage_in_the_leads_of_pages_was_released_or_published(demo: Results, language: Language) -> None:
    known = known_percentages(demo, language)
    for page in pages(Context(demo, language)):
        for flowable in page[1:2]:
            assert isinstance(flowable, Text)
            found = percentages(flowable.getPlainText())
            assert found <= known, flowable.getPlainText()


def test_the_table_of_all_figures_repeats_the_release(demo: Results, texts: list[str], language: Language) -> None:
    context = Context(demo, language)
    start = next(place for place, text in enumerate(texts) if context.t("table.title") in text)
    text = " ".join(texts[start : start + 3])
    for key, measure in context.measures.items():
        if measure.theme == "quality":
            continue
        cell = context.total(key)
        row = f"{cell.n_low} {cell.share}% {cell.share_low}–{cell.share_high}%"
        assert f"{context.name(key)} {row}" in text, key


def test_signed_differences_follow_from_printed_percentages(demo: Results) -> None:
    for key, group in demo.comparisons.items():
        for comparison in group:
            if comparison.difference is not None:
                share = demo.release.total(key).share
                assert share is not None
                assert comparison.difference.points == pytest.approx(share - float(comparison.figure.value))


@pytest.mark.parametrize("name", ["Bakker & <Zn>", "<b>De korf</b>", "R&amp;D “fris”"])
def test_names_from_outside_are_printed_as_they_are(name: str, desk: Path, language: Language) -> None:
    survey = invent_survey(
        ("mental-fatigue", "recovery"),
        [canteen(3, name)],
        organisation=f"{name} bv",
        title=f"{name} 2026",
        earlier=(f"{name} 2025",),
    )
    units = [f"{name} {place}" for place in range(3)]
    text = " ".join(text_by_page(build_report(invent_results(survey, 400, units=units), language), desk))
    for words in (f"{name} bv", f"{name} 2026", f"{name} 2025", f"{name} 0", name):
        assert words in text, words
    assert text.count(f"{name} 2025") >= 2, "in the legend and in the decisions"
