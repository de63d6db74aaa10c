"""Next to benchmarks of one's own: a sector body, a survey before this one. Never called official."""

from __future__ import annotations

from dataclasses import replace

from reportlab.platypus import Flowable

from analysis.benchmark.compare import Comparison
from reports.charts.dots import dot_chart
from reports.context import Context, safe
from reports.numbers import DASH
from reports.pages.blocks import gap, lead, small, title

#: Rows to a page.
PER_PAGE = 12


def own_benchmark_pages(context: Context) -> list[list[Flowable]]:
    """Every measure beside each benchmark that was added for it, with where that comes from."""
    found = [comparison for comparisons in context.results.own.values() for comparison in comparisons]
    return [_page(context, found[start : start + PER_PAGE]) for start in range(0, len(found), PER_PAGE)]


def _page(context: Context, comparisons: list[Comparison]) -> list[Flowable]:
    heads = replace(context.heads(context.t("heads.measure")), official=context.t("own_benchmarks.head"))
    rows = [
        replace(
            context.beside(context.row(entry.measure, compare=False, note=False), entry),
            note=f"{entry.figure.survey}, {entry.figure.category}",
            before=None,
        )
        for entry in comparisons
    ]
    return [
        title(context.t("own_benchmarks.title")),
        lead(context.t("own_benchmarks.lead")),
        dot_chart(rows, heads),
        gap(5),
        *[small(_line(context, entry)) for entry in comparisons],
    ]


def _line(context: Context, entry: Comparison) -> str:
    """Where a benchmark comes from, and how comparable it is."""
    figure = entry.figure
    when = "" if str(figure.year) in figure.survey else f" {figure.year}"
    reasons = ", ".join(context.t(f"reason.{reason}") for reason in entry.reasons) or DASH
    return context.t(
        "own_benchmarks.line",
        measure=safe(context.name(entry.measure)),
        value=context.official(entry),
        group=safe(f"{figure.breakdown}, {figure.category}"),
        publisher=safe(figure.publisher),
        survey=safe(figure.survey) + when,
        population=safe(figure.population),
        n=DASH if figure.n is None else context.numbers.integer(figure.n),
        grade=entry.grade,
        reasons=reasons,
    )
