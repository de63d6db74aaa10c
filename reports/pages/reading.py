"""How to read this report: the specimen, the verdict words, the grades."""

from __future__ import annotations

from reportlab.platypus import Flowable

from analysis.benchmark.compare import MARGIN, Verdict
from reports.charts.specimen import specimen
from reports.context import Context
from reports.pages.blocks import body, gap, grid, heading, lead, title

NOTES = ("dot", "interval", "official", "band", "before", "axis")


def reading_page(context: Context) -> list[Flowable]:
    """The page to read once."""
    margin, release = context.numbers.decimal(MARGIN, 0), context.results.release
    verdicts = [
        (f"<b>{context.t(f'verdict.{verdict}')}</b>", context.t(f"reading.verdict.{verdict}", margin=margin))
        for verdict in (Verdict.CLEARLY_HIGHER, Verdict.HIGHER, Verdict.COMPARABLE, Verdict.UNCERTAIN)
    ]
    grades = [(f"<b>{grade}</b>", context.t(f"grade.{grade}")) for grade in "ABCD"]
    return [
        title(context.t("reading.title")),
        lead(context.t("reading.lead")),
        specimen({key: context.t(f"reading.note.{key}") for key in NOTES}),
        gap(6),
        heading(context.t("reading.verdicts")),
        grid((context.t("heads.word"), context.t("heads.meaning")), verdicts, (150, 343)),
        heading(context.t("reading.grades")),
        grid((context.t("heads.grade"), context.t("heads.meaning")), grades, (60, 433)),
        heading(context.t("reading.closed_heading")),
        body(context.t("reading.closed", k=release.k, smallest=release.smallest)),
        heading(context.t("reading.sources_heading")),
        body(
            context.t(
                "reading.sources", alike=context.t("reading.alike" if context.results.fair else "reading.alike_none")
            )
        ),
    ]
