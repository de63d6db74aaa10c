"""Over the years: national series and our waves, and what changed since the wave before."""

from __future__ import annotations

import math
from collections.abc import Callable

from reportlab.platypus import Flowable, Table, TableStyle

from analysis.composition_change import MAIN, NOTABLE, UNIT, Shift
from analysis.estimate import Interval
from analysis.findings import news_of
from analysis.trend import Series, series_of, staff_interval
from reports.charts.years import Wave, YearsChart, years_chart
from reports.context import Context, safe
from reports.numbers import DASH
from reports.pages.blocks import body, gap, grid, heading, height_of, lead, small, title
from reports.style import HEIGHT, WIDTH

#: Measures that are drawn, where they have a series.
DRAWN = ("fatigue", "high_demands", "low_autonomy", "high_strain", "carer", "home_work_to_home")
MOST_DRAWN = 4

#: The height of a chart, and where the page would otherwise run over.
CHART, LOW_CHART = 112.0, 92.0

#: Changes in the roster that are named, the largest ones.
MOST_SHIFTS = 4


def series(context: Context) -> list[Series]:
    """The series that are drawn: an official one, or two waves of our own."""
    results = context.results
    found = []
    for key in DRAWN:
        if context.has(key):
            entry = series_of(results.release, results.survey, context.measures[key], results.catalogue)
            found += [entry] if entry is not None and entry.own else []
    return found[:MOST_DRAWN]


def trend_page(context: Context) -> list[Flowable]:
    """The charts, two beside each other, and a table of changes where there was a wave before."""
    page = _page(context, CHART, body)
    return page if height_of(page) <= HEIGHT else _page(context, LOW_CHART, small)


def _page(context: Context, height: float, plain: Callable[[str], Flowable]) -> list[Flowable]:
    """The page with charts of this height, and its explanations set as ``plain`` says."""
    drawn = series(context)
    charts = [years_chart(_chart(context, entry), WIDTH / 2 - 10, height) for entry in drawn]
    pairs = [[*charts[place : place + 2], ""][:2] for place in range(0, len(charts), 2)]
    table = Table(pairs, colWidths=[WIDTH / 2, WIDTH / 2])
    table.setStyle(TableStyle([("LEFTPADDING", (0, 0), (-1, -1), 0), ("RIGHTPADDING", (0, 0), (-1, -1), 0)]))
    return [
        title(context.t("trend.title")),
        lead(_lead(context)),
        table,
        small(f"{context.t('trend.legend')} {_breaks(context, drawn)}".strip()),
        gap(4),
        *_changes(context, plain),
    ]


def _lead(context: Context) -> str:
    changes = {key: context.results.changes[key] for key in context.changed()}
    if not changes:
        return context.t("trend.lead_first")
    moved = [safe(context.measure_text(key).name) for key, found in changes.items() if found.verdict.direction]
    wave = safe(context.results.release.plan.earlier[-1])
    if not moved:
        return context.t("trend.lead_none", wave=wave, shown=len(changes))
    return context.t("trend.lead", wave=wave, shown=len(changes), names=", ".join(moved))


def _chart(context: Context, entry: Series) -> YearsChart:
    numbers = context.numbers
    national = tuple(tuple((figure.year, float(figure.value)) for figure in run) for run in entry.national)
    last = entry.national[-1][-1] if entry.national else None
    return YearsChart(
        context.name(entry.measure),
        national,
        tuple(found.first_year for found in entry.breaks),
        tuple(
            Wave(year, cell.share or 0, cell.share_low or 0, cell.share_high or 0, numbers.percent(cell.share or 0))
            for year, cell in entry.own
        ),
        "" if last is None else numbers.percent(last.value, last.decimals),
    )


def _breaks(context: Context, drawn: list[Series]) -> str:
    """Why a line stops, for each change of method that is drawn."""
    known = {(found.survey, found.first_year): found for entry in drawn for found in entry.breaks}
    return " ".join(
        context.t(
            "trend.break", survey=safe(found.survey), year=found.first_year, reason=safe(found.reason[context.language])
        )
        for found in known.values()
    )


def _staff(context: Context, found: Interval | None) -> str:
    """The interval for those who worked here, rounded outwards to tenths."""
    if found is None:
        return DASH
    low, high = math.floor(10 * found.low) / 10, math.ceil(10 * found.high) / 10
    return context.t("trend.range", low=context.numbers.signed(low, 1), high=context.numbers.signed(high, 1))


def _changes(context: Context, plain: Callable[[str], Flowable]) -> list[Flowable]:
    """Each outcome and condition: before, now, the change with both intervals, the verdict."""
    keys = context.changed()
    if not keys:
        return []
    numbers, rows = context.numbers, []
    for key in keys:
        before, now, found = context.before(key), context.total(key), context.results.changes[key]
        if before is None:
            continue
        news = context.t({-1: "news.worse", 1: "news.better", 0: "news.neither"}[news_of(context.measures[key], found)])
        rows.append(
            [
                safe(context.name(key)),
                numbers.percent(before.share or 0),
                numbers.percent(now.share or 0),
                context.points(found),
                _staff(context, staff_interval(now, before)),
                context.t(f"verdict_short.{found.verdict}") + (f", {news}" if found.verdict.direction else ""),
            ]
        )
    plan = context.results.release.plan
    words = [context.t(key) for key in ("heads.measure", "heads.difference", "trend.staff", "trend.verdict")]
    heads = [words[0], safe(plan.earlier[-1]), safe(plan.wave), *words[1:]]
    return [
        heading(context.t("trend.changes")),
        grid(heads, rows, (176, 36, 36, 92, 72, 81), right=(1, 2, 3, 4), tight=True),
        gap(4),
        plain(context.t("trend.note")),
        *map(plain, _composition_change(context)),
    ]


def _composition_change(context: Context) -> list[str]:
    """How the roster changed since the wave before, and what that does to the main figure."""
    found, numbers = context.results.composition_change, context.numbers
    if found is None:
        return []
    groups = [
        context.t(
            "trend.shift",
            group=_group(context, shift),
            before=numbers.percent(round(shift.before)),
            now=numbers.percent(round(shift.now)),
        )
        for shift in found.shifts[:MOST_SHIFTS]
    ]
    points = numbers.decimal(NOTABLE, 0)
    key = "trend.composition" if groups else "trend.composition_same"
    texts = [context.t(key, points=points, groups=context.listed(groups) if groups else "")]
    if groups and found.moved is not None:
        name, (cut, moved) = safe(context.measure_text(MAIN).name), found.moved
        by = context.t("trend.unit") if cut == UNIT else context.cut_name(cut)
        texts.append(context.t("trend.moved", name=name, cut=by, points=numbers.signed(moved, 1)))
    return [" ".join(texts)]


def _group(context: Context, shift: Shift) -> str:
    cut = next((cut for cut in context.results.survey.cuts if cut.key == shift.cut), None)
    if cut is None:
        return safe(shift.category)
    return safe(next(c.names[context.language] for c in cut.categories if c.key == shift.category))
