"""What goes together with fatigue: the part of each condition, and demands with autonomy at equal composition."""

from __future__ import annotations

from reportlab.platypus import Flowable

from analysis.disclosure.models import Bounded, DriverTable, InterplayModel
from analysis.reliability import LEAST_PEOPLE
from reports.charts.dots import DotHeads, DotRow, dot_chart
from reports.context import Context, safe
from reports.pages.blocks import body, bullets, gap, grid, heading, lead, small, title

#: Which way a condition goes together with the outcome, by its sign.
WAYS = {1: "more", -1: "less", 0: "open"}

#: Room for the name of a scale, in points.
_LABELS = 190.0


def has_together(context: Context) -> bool:
    """Whether a model may say anything."""
    models = context.results.release.models
    return models.drivers is not None or models.interplay is not None


def together_page(context: Context) -> list[Flowable]:
    """One page, of whichever of the two there is."""
    models = context.results.release.models
    page: list[Flowable] = [title(context.t("together.title"))]
    if models.drivers is not None:
        page += _drivers(context, models.drivers)
    if models.interplay is not None:
        page += _interplay(context, models.interplay)
    return [*page, small(context.t("together.limits", least=LEAST_PEOPLE))]


def _drivers(context: Context, found: DriverTable) -> list[Flowable]:
    """The part of each scale in what differs between people, as a chart."""
    rows = [
        DotRow(
            label=context.name(line.measure),
            note=context.t(f"together.way.{WAYS[line.direction]}"),
            value=float(line.share.value),
            low=float(line.share.low),
            high=float(line.share.high),
            printed=context.numbers.percent(line.share.value),
        )
        for line in found.lines
    ]
    heads = DotHeads(context.t("together.scale"), context.t("together.axis"), context.t("together.part"))
    top = max(float(line.share.high) for line in found.lines)
    explained = context.t(
        "together.explained",
        part=context.numbers.percent(found.r_squared.value),
        low=context.numbers.percent(found.r_squared.low),
        high=context.numbers.percent(found.r_squared.high),
        scales=len(found.lines),
        outcome=safe(context.measure_text(found.outcome).name),
    )
    return [
        lead(_lead(context, found)),
        dot_chart(rows, heads, axis=(0, 5 * (top // 5 + 1)), label_width=_LABELS),
        gap(4),
        body(explained),
        *bullets([context.t(f"together.{key}") for key in ("cause", "source", "order")]),
    ]


def _lead(context: Context, found: DriverTable) -> str:
    outcome = safe(context.measure_text(found.outcome).name)
    names = [safe(context.measure_text(key).name) for key in found.leading]
    if len(names) == 1:
        return context.t("together.lead_one", name=names[0], outcome=outcome)
    if 2 * len(names) > len(found.lines):
        return context.t("together.lead_none", outcome=outcome)
    return context.t("together.lead_some", names=context.listed(names), outcome=outcome)


def _interplay(context: Context, found: InterplayModel) -> list[Flowable]:
    """The four corners of demands and autonomy for people of equal composition, and what they add up to."""
    numbers = context.numbers
    much_high, little_high, much_low, little_low = (numbers.percent(share) for share in found.corners)
    heads = [context.t(f"together.{key}") for key in ("demands", "much", "little")]
    rows = [
        [context.t("together.high"), much_high, little_high],
        [context.t("together.low"), much_low, little_low],
    ]
    adjusted = [_adjusted(context, key) for key in found.adjusted]
    equal = context.t("together.equal", names=context.listed(adjusted)) if adjusted else context.t("together.as_is")
    key = WAYS[found.direction]
    return [
        heading(context.t("together.heading")),
        body(context.t(f"together.beyond.{key}", equal=equal, **_points(context, found.beyond))),
        grid(heads, rows, (240, 126, 126), right=(1, 2), tight=True),
        gap(4),
        small(context.t("together.corners", log_odds=_log_odds(context, found))),
    ]


def _adjusted(context: Context, key: str) -> str:
    """The name of a cut, or of a measure that was taken into account."""
    if context.has(key):
        return safe(context.measure_text(key).name)
    return context.cut_name(key)


def _points(context: Context, found: Bounded) -> dict[str, str]:
    signed = context.numbers.signed
    return {"points": signed(int(found.value)), "low": signed(int(found.low)), "high": signed(int(found.high))}


def _log_odds(context: Context, found: InterplayModel) -> str:
    """The product term and its interval, with the likelihood it was fitted by."""
    value, low, high = (
        context.numbers.signed(float(number), 2)
        for number in (found.log_odds.value, found.log_odds.low, found.log_odds.high)
    )
    return context.t("together.firth" if found.firth else "together.likelihood", value=value, low=low, high=high)
