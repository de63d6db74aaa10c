"""People like those who work here: the national figure for the same composition, next to the official one."""

from __future__ import annotations

from reportlab.platypus import Flowable

from analysis.benchmark.compare import Grade
from analysis.benchmark.composition import DIMENSIONS, MODEL_SD, Certainty, Fair
from analysis.benchmark.population import load_population
from analysis.findings import news_of
from reports.charts.dots import DotRow, dot_chart
from reports.context import Context, capital, safe
from reports.pages.blocks import body, gap, grid, heading, lead, small, title


def alike_page(context: Context) -> list[Flowable]:
    """Each figure that can be moved, twice: next to all employees, and next to people of the same composition."""
    fair = context.results.fair
    rows = [row for key in fair for row in _rows(context, fair[key])]
    by = _named(context, {name for entry in fair.values() for name in entry.by})
    return [
        title(context.t("alike.title")),
        lead(context.t("alike.lead", by=by)),
        dot_chart(rows, context.heads(context.t("heads.measure"))),
        gap(6),
        *[body(_sentence(context, fair[key])) for key in fair],
        heading(context.t("alike.mix")),
        body(context.t("alike.mix_text", counted=context.t(f"alike.counted.{_counted(context)}"))),
        *_mix_table(context),
        small(f"{_tables(context)} {context.t('alike.note', model=context.numbers.decimal(MODEL_SD, 1))}"),
        small(safe(load_population().caution[context.language])),
    ]


def _rows(context: Context, fair: Fair) -> list[DotRow]:
    """The two rows of a measure: the figure of all employees as printed, and the estimate."""
    key = fair.comparison.measure
    official = context.row(key, note=False)
    moved = DotRow(
        **{
            **official.__dict__,
            "note": context.t("alike.same", by=_named(context, set(fair.by))),
            "before": None,
            "official": fair.estimate.share,
            "official_low": fair.estimate.wide.low,
            "official_high": fair.estimate.wide.high,
            "official_printed": context.numbers.percent(fair.estimate.share, 1),
            "official_year": context.t("alike.estimate"),
            "direction": fair.difference.verdict.direction,
            "news": news_of(context.measures[key], fair.difference),
            "difference": context.numbers.signed(fair.difference.points, 1),
            "verdict": context.t(f"verdict_short.{fair.difference.verdict}"),
        }
    )
    return [
        DotRow(**{**official.__dict__, "note": context.t("alike.all", people=_people(context, fair)), "before": None}),
        moved,
    ]


def _people(context: Context, fair: Fair) -> str:
    """Of whom the official figure is."""
    frame = fair.comparison.figure.passport.population_frame
    return context.t(f"frame.{frame}" if context.texts.has(f"frame.{frame}") else "base.everyone")


def _sentence(context: Context, fair: Fair) -> str:
    numbers, certainty = context.numbers, fair.certainty
    return context.t(
        "alike.next_to",
        name=safe(context.name(fair.comparison.measure)),
        by=_named(context, set(fair.by)),
        official=context.official(fair.comparison),
        estimate=numbers.percent(fair.estimate.share, 1),
        low=numbers.percent(fair.estimate.wide.low, 1),
        high=numbers.percent(fair.estimate.wide.high, 1),
        points=context.points(fair.difference),
        verdict=context.verdict(fair.difference),
        certainty=_certainty(context, certainty, fair.comparison.grade),
    )


def _certainty(context: Context, certainty: Certainty, grade: Grade) -> str:
    """How sure the direction is, in words that claim no more than it does."""
    if certainty.percent < 60:
        return context.t("alike.certainty.none")
    if grade == "C":
        return ""  # of other questions or other people, a chance would be read as more than it is
    direction = context.t(f"alike.certainty.{'higher' if certainty.higher else 'lower'}")
    percent = context.numbers.percent(certainty.percent)
    return context.t(
        "alike.certainty.more" if certainty.more else "alike.certainty.about", percent=percent, direction=direction
    )


def _mix_table(context: Context) -> list[Flowable]:
    """The shares of sexes and ages here and nationally, in whole percent."""
    mix = context.results.mix
    if mix is None:
        return []
    counts = load_population().by_sex_and_age()
    rows = []
    for name in mix.shares:
        for place, category in enumerate(DIMENSIONS[name]):
            nationally = sum(count for cell, count in counts.items() if category in cell) / sum(counts.values())
            shares = (context.numbers.percent(round(100 * share)) for share in (mix.shares[name][place], nationally))
            if (words := _category(context, category)) is not None:
                rows.append([words, *shares])
    half = -(-len(rows) // 2)
    rows += [["", "", ""]] * (2 * half - len(rows))
    heads = [context.t("heads.group"), context.t("alike.here"), context.t("alike.nationally")] * 2
    beside = [[*rows[line], *rows[half + line]] for line in range(half)]
    return [grid(heads, beside, (120, 56, 70) * 2, right=(1, 2, 4, 5), tight=True)]


def _category(context: Context, category: str) -> str | None:
    """A category by the organisation's own name for it; None for one that it does not have."""
    known = (c for cut in context.results.survey.cuts for c in cut.categories if c.key == category)
    return next((safe(capital(c.names[context.language])) for c in known), None)


def _tables(context: Context) -> str:
    """Which published tables gave the shape."""
    parts = []
    for key, fair in context.results.fair.items():
        shapes = ", ".join(f"{context.t(f'alike.shape.{shape}')} ({year})" for shape, year in fair.shapes)
        parts.append(f"{safe(context.name(key))}: {shapes}")
    return context.t("alike.tables", tables="; ".join(parts))


def _named(context: Context, dimensions: set[str]) -> str:
    """ "sex and age", in a fixed order."""
    names = [context.t(f"alike.by.{name}") for name in DIMENSIONS if name in dimensions]
    return context.listed(names)


def _counted(context: Context) -> str:
    mix = context.results.mix
    return "answers" if mix is None else mix.counted
