"""What silence can hide: response, figures weighted to the roster, and how the silent would have to differ."""

from __future__ import annotations

from reportlab.platypus import Flowable

from analysis.disclosure.plan import RESPONSE
from analysis.nonresponse import MAIN, NOTABLE, UNIT, NonResponse
from reports.charts.dots import DotRow, dot_chart
from reports.context import Context, safe
from reports.pages.blocks import body, gap, heading, lead, small, title


def silence_page(context: Context) -> list[Flowable]:
    """One page, where there is a roster and a figure to speak of."""
    found = context.results.nonresponse
    assert found is not None
    return [
        title(context.t("silence.title")),
        lead(_lead(context, found)),
        *_weighted(context, found),
        *_tipping(context, found),
    ]


def has_silence(context: Context) -> bool:
    """Whether there is anything to say of those who did not answer."""
    found = context.results.nonresponse
    return found is not None and (bool(found.shares) or found.bounds is not None)


def _lead(context: Context, found: NonResponse) -> str:
    if not found.shares:
        return context.t("silence.lead_unweighted")
    if not found.notable:
        return context.t("silence.lead_same", points=context.numbers.decimal(NOTABLE, 0))
    names = [safe(context.measure_text(key).name) for key in found.notable]
    return context.t("silence.lead_notable", names=", ".join(names), points=context.numbers.decimal(NOTABLE, 0))


def _weighted(context: Context, found: NonResponse) -> list[Flowable]:
    """Each figure as printed, and as it would be if respondents were made up like the roster."""
    if not found.shares:
        return []
    numbers, answered = context.numbers, context.results.release.total(RESPONSE).n_low or 0
    rows = [
        DotRow(
            label=context.name(key),
            note="",
            value=entry.share,
            low=entry.interval.low,
            high=entry.interval.high,
            printed=numbers.percent(entry.share),
            official=float(entry.printed),
            official_printed=numbers.percent(entry.printed),
            difference=numbers.signed(round(entry.share) - entry.printed),
        )
        for key, entry in found.shares.items()
        if not context.measures[key].single_item
    ]
    heads = context.heads(context.t("heads.measure"))
    words = {"value": context.t("silence.weighted"), "official": context.t("silence.printed")}
    margins = [context.t("silence.units") if name == UNIT else context.cut_name(name) for name in found.margins]
    said = context.t(
        "silence.weighting",
        margins=context.listed(margins),
        n=numbers.integer(answered),
        effective=numbers.integer(round(answered / found.kish)),
        joined=context.t("silence.joined", count=found.joined) if found.joined else "",
    )
    return [
        heading(context.t("silence.heading_weighted")),
        dot_chart(rows, type(heads)(**{**heads.__dict__, **words})),
        gap(4),
        small(said.strip()),
    ]


def _tipping(context: Context, found: NonResponse) -> list[Flowable]:
    """How the main outcome moves when those who kept silent differ, up to the two ends."""
    if found.bounds is None:
        return []
    numbers, cell = context.numbers, context.total(MAIN)
    name, share = safe(context.measure_text(MAIN).name), numbers.percent(cell.share or 0)
    steps = [
        context.t(
            "silence.step",
            gap=numbers.decimal(round(100 * entry.gap), 0),
            overall=numbers.percent(round(100 * entry.overall)),
        )
        for entry in found.tipping
    ]
    low, high = (numbers.percent(round(100 * bound)) for bound in (found.bounds.low, found.bounds.high))
    texts = [context.t("silence.bounds", who=_silent(context, found), low=low, high=high, share=share)]
    if steps:
        texts.insert(0, context.t("silence.tipping", name=name, share=share, steps=context.listed(steps)))
    return [heading(context.t("silence.heading_tipping")), *map(body, texts)]


def _silent(context: Context, found: NonResponse) -> str:
    """Who did not answer the questions on the main outcome, as far as the printed response tells them apart."""
    numbers, name = context.numbers, safe(context.measure_text(MAIN).name)
    total, answered = context.results.release.total(RESPONSE), context.total(MAIN).n_low or 0
    invited = total.invited or answered
    if found.rate is None or total.n_low is None:
        return context.t("silence.silent", silent=numbers.integer(invited - answered), name=name)
    absent, skipped = numbers.integer(invited - total.n_low), numbers.integer(total.n_low - answered)
    rate = numbers.percent(100 * found.rate, 1)
    return context.t("silence.silent_both", absent=absent, skipped=skipped, name=name, rate=rate)
