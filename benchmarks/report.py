"""Drawing the report of the demo: Peil next to writing the same amount with ReportLab's canvas alone."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from pypdf import PdfReader
from pypdf.generic import ContentStream
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from analysis.answers import read_answers, read_roster
from analysis.benchmark.figures import load_figures
from analysis.results import Results, analyse
from analysis.survey import read_survey
from benchmarks.measure import Measurement, Tick, cpu_minima, peak_megabytes
from reports.story import build_report
from reports.style import INK, MEDIUM, REGULAR, RULE
from survey_app.demo import write_demo

#: What we promise: a report of this many pages in at most so many seconds.
PROMISED_PAGES, PROMISED_SECONDS = 20, 0.6


@dataclass(frozen=True)
class Page:
    """What stands on a page: its texts piece by piece, and how many lines, boxes and circles."""

    texts: tuple[str, ...]
    lines: int
    boxes: int
    circles: int


def measure(rounds: int, tick: Tick) -> Measurement:
    """One language, all pages, fonts and compression, after imports and analysis."""
    tick("analysing the demo")
    results = demo_results()
    pages = contents(build_report(results, "nl"))
    best = cpu_minima(
        {"product": lambda: build_report(results, "nl"), "floor": lambda: floor(pages)},
        rounds,
        tick,
    )
    promised = best["product"] / len(pages) * PROMISED_PAGES
    tick("memory")
    return Measurement(
        name="report",
        work=f"{len(pages)} pages; {promised:.3f} s for {PROMISED_PAGES}",
        product=best["product"],
        floor=best["floor"],
        memory=peak_megabytes(lambda: build_report(results, "nl")),
        promise=f"at most {PROMISED_SECONDS} s for {PROMISED_PAGES} pages",
        kept=promised <= PROMISED_SECONDS,
    )


def demo_results() -> Results:
    """The results of the demo organisation."""
    with tempfile.TemporaryDirectory() as folder:
        files = write_demo(Path(folder))
        survey = read_survey(files.survey)
        headcounts = read_roster(files.roster, survey)
        datasets = read_answers(files.answers, survey, headcounts)
    return analyse(survey, datasets, load_figures())


def contents(report: bytes) -> list[Page]:
    """What stands on each page of a report, counted in the finished file."""
    reader = PdfReader(io.BytesIO(report))
    found = []
    for page in reader.pages:
        operators = [operator for _, operator in ContentStream(page.get_contents(), reader).operations]
        pieces = operators.count(b"Tj")
        found.append(
            Page(
                texts=cut(page.extract_text().replace("\n", " "), pieces),
                lines=operators.count(b"l"),
                boxes=operators.count(b"re"),
                circles=operators.count(b"c") // 4,
            )
        )
    return found


def cut(text: str, pieces: int) -> tuple[str, ...]:
    """``text`` in ``pieces`` consecutive parts of about the same length."""
    edges = [len(text) * place // max(1, pieces) for place in range(pieces + 1)]
    return tuple(text[start:end] for start, end in pairwise(edges))


def floor(pages: Sequence[Page]) -> bytes:
    """The same texts and the same number of marks on the same number of pages, in the same typeface.

    Where everything goes is not worked out, sentences are not made, and nothing is tagged: what
    remains is what ReportLab takes to write it down.
    """
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4, pageCompression=1, invariant=1)
    width, height = A4
    for page in pages:
        for place, text in enumerate(page.texts):
            canvas.setFillColor(INK)
            canvas.setFont(MEDIUM if place % 4 == 0 else REGULAR, 9)
            canvas.drawString(51, height - 60 - place % 60 * 12, text)
        for place in range(page.lines):
            canvas.setStrokeColor(RULE)
            canvas.setLineWidth(0.6)
            canvas.line(51, 60.5 + place, width - 51, 60.5 + place)
        for place in range(page.boxes):
            canvas.setFillColor(RULE)
            canvas.rect(51.5 + place, 62.5, 40, 12, stroke=0, fill=1)
        for place in range(page.circles):
            canvas.setFillColor(INK)
            canvas.setStrokeColor(RULE)
            canvas.circle(60.5 + place, 70.5, 3.6, fill=1)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()
