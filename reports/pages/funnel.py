"""Units without a league table: what lies outside the limits of chance, and what is likely for each."""

from __future__ import annotations

from collections.abc import Sequence

from reportlab.platypus import Flowable

from analysis.findings import sign_of
from analysis.unit_comparison import ComparedUnit, UnitComparison
from reports.charts.dots import DotRow, dot_chart
from reports.charts.funnel import FunnelDot, funnel_chart
from reports.context import Context, safe
from reports.pages.blocks import body, bullets, gap, heading, lead, small, title
from reports.pages.units import map_columns

#: More units than this are dots in the funnel only.
MOST_ROWS = 14

#: The measure in the funnel, where it was asked; otherwise the first one.
FIRST = "fatigue"


def has_funnel(context: Context) -> bool:
    """Whether there are enough open units of a measure in the map of units."""
    return any(key in context.results.units for key in map_columns(context))


def funnel_page(context: Context) -> list[Flowable]:
    """The funnel of one measure, the likely shares of its units, and what stands out on the others."""
    found = {key: context.results.units[key] for key in map_columns(context) if key in context.results.units}
    main = found.get(FIRST) or next(iter(found.values()))
    others = [comparison for comparison in found.values() if comparison is not main]
    name = safe(context.name(main.measure))
    page: list[Flowable] = [
        title(context.t("funnel.title")),
        lead(_lead(context, main)),
        heading(context.t("funnel.heading", name=name)),
        _funnel(context, main),
        gap(2),
        small(context.t("funnel.note", share=context.numbers.percent(main.target))),
    ]
    if len(main.units) <= MOST_ROWS:
        page += [heading(context.t("funnel.likely")), _likely(context, main), small(_spread(context, main))]
    else:
        page.append(body(_spread(context, main)))
    if others:
        page += [heading(context.t("funnel.others")), *_others(context, others)]
    return page


def _lead(context: Context, main: UnitComparison) -> str:
    name = safe(context.measure_text(main.measure).name)
    if not main.away:
        return context.t("funnel.lead_none", name=name, units=len(main.units))
    return context.t("funnel.lead", name=name, units=len(main.units), named=_named(context, main.away))


def _named(context: Context, units: Sequence[ComparedUnit]) -> str:
    """Units with their share: "Zorg (36%, higher)"."""
    parts = []
    for unit in units:
        word = context.t("funnel.higher" if unit.away > 0 else "funnel.lower")
        parts.append(f"{safe(unit.name)} ({context.numbers.percent(unit.cell.share or 0)}, {word})")
    return ", ".join(parts)


def _funnel(context: Context, main: UnitComparison) -> Flowable:
    sign = sign_of(context.measures[main.measure])
    dots = [
        FunnelDot(
            unit.cell.n_low or 0,
            unit.cell.share or 0,
            unit.name if unit.position.direction else "",
            unit.position.direction,
            sign * unit.position.direction,
        )
        for unit in main.units
    ]
    words = (
        context.t("funnel.answers"),
        context.t("funnel.limit", level="95%"),
        context.t("funnel.limit", level=_alarm(context)),
    )
    return funnel_chart(dots, main.target, words, target_label=context.numbers.percent(main.target))


def _alarm(context: Context) -> str:
    return context.numbers.percent(99.8, 1)


def _likely(context: Context, main: UnitComparison) -> Flowable:
    """Printed shares as open dots, likely ones with their interval."""
    numbers = context.numbers
    rows = [
        DotRow(
            label=unit.name,
            note="",
            value=unit.likely,
            low=unit.low,
            high=unit.high,
            printed=numbers.percent(unit.likely),
            before=float(unit.cell.share or 0),
            reference=float(main.target),
        )
        for unit in main.units
    ]
    heads = context.heads(context.t("heads.unit"))
    return dot_chart(rows, type(heads)(**{**heads.__dict__, "value": context.t("funnel.likely_head")}))


def _spread(context: Context, main: UnitComparison) -> str:
    """Whether units differ at all, and what was done to the shares."""
    differ = main.model.p_value < 0.05
    key = "funnel.spread" if differ else "funnel.spread_none"
    ratio, odds = main.model.median_odds_ratio, main.target / max(1, 100 - main.target)
    values = {
        "ratio": context.numbers.decimal(ratio, 1),
        "one": context.numbers.percent(main.target),
        "other": context.numbers.percent(round(100 * ratio * odds / (1 + ratio * odds))),
    }
    return f"{context.t(key, **values)} {context.t('funnel.shrunken')}"


def _others(context: Context, others: Sequence[UnitComparison]) -> list[Flowable]:
    """Which units stand out on the other measures."""
    lines = []
    for entry in others:
        if entry.away:
            share = context.numbers.percent(entry.target)
            lines.append(f"<b>{safe(context.name(entry.measure))}</b> ({share}): {_named(context, entry.away)}")
    quiet = [safe(context.measure_text(entry.measure).name) for entry in others if not entry.away]
    page = bullets(lines)
    if quiet:
        page.append(body(context.t("funnel.quiet", names=", ".join(quiet))))
    return page
