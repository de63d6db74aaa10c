"""The theme pages: fatigue, workload and autonomy, the conditions, work and home, caregiving, own questions."""

from __future__ import annotations

import math
from collections.abc import Sequence

from reportlab.platypus import Flowable, Table, TableStyle

from analysis.benchmark.compare import compare_cells
from analysis.disclosure.plan import JOB_TYPES
from analysis.disclosure.release import Cell
from analysis.units import natural_order
from instruments.model import Instrument, Measure
from reports.charts.dots import DotRow, common_axis, dot_chart
from reports.charts.people import hundred_people
from reports.charts.quadrants import Quadrant, quadrant_chart
from reports.context import Context, capital, safe
from reports.numbers import DASH
from reports.pages.blocks import (
    body,
    bullets,
    context_lines,
    gap,
    grid,
    heading,
    lead,
    measure_chart,
    small,
    title,
)
from reports.pdf.text import Text
from reports.style import ACCENT, BODY, WIDTH, WORSE

#: Own short scales that are shown together: the conditions an employer holds in hand.
CONDITIONS = ("recovery", "support", "example", "dialogue")

#: Measures that are about carers only.
AMONG_CARERS = ("care_burdened", "care_intensive", "care_manager_knows", "care_kept_quiet")

#: The words around the four kinds of job.
QUADRANT_WORDS = ("demands", "autonomy", "low", "high", "much", "little", "people", "tired")

#: Rows to a chart of groups.
GROUPS_PER_CHART = 30

#: Rows to a page of own questions.
PER_PAGE = 17


def fatigue_page(context: Context) -> list[Flowable]:
    """Work-related mental fatigue: the figure, its five questions, and who is more tired."""
    items = [key for key in context.measures if key.startswith("fatigue_") and context.measures[key].single_item]
    return [
        title(context.name("fatigue")),
        lead(_against_official(context, "fatigue")),
        *measure_chart(context, ["fatigue", *_by_share(context, items)], context.t("heads.measure")),
        small(" ".join(filter(None, (context.t("fatigue.items"), _cutoff(context), context.t("fatigue.caution"))))),
        *_by_cut(context, "fatigue"),
        *context_lines(context, ["fatigue", *items]),
    ]


def _cutoff(context: Context) -> str:
    """The share under the verbal reading of the cut-off, which is another one."""
    if not context.has("fatigue_monthly"):
        return ""
    used, strict = context.total("fatigue"), context.total("fatigue_monthly")
    if used.share is None or strict.share is None:
        return ""
    shares = {"used": context.numbers.percent(used.share), "strict": context.numbers.percent(strict.share)}
    return context.t("fatigue.cutoff", **shares)


def workload_page(context: Context) -> list[Flowable]:
    """The four kinds of job by demands and autonomy, with fatigue in each."""
    release, numbers = context.results.release, context.numbers
    quadrants = {}
    for key in JOB_TYPES:
        people, tired = context.total(key), release.category("fatigue", "job_type", key)
        quadrants[key] = Quadrant(
            name=context.name(key),
            people=DASH if people.share is None else numbers.percent(people.share),
            tired=tired.share,
            low=tired.share_low,
            high=tired.share_high,
            printed=DASH if tired.share is None else numbers.percent(tired.share),
            interval=context.interval(tired),
        )
    words = {key: context.t(f"quadrants.{key}") for key in QUADRANT_WORDS}
    high, low = (release.category("fatigue", "job_type", key) for key in ("high_strain", "low_strain"))
    difference = compare_cells(high, low)
    key = "closed.long" if difference is None or quadrants["high_strain"].people == DASH else "workload.lead_open"
    if difference is not None and difference.verdict.direction > 0:
        key = "workload.lead"
    values = {
        "people": quadrants["high_strain"].people,
        "high": quadrants["high_strain"].printed,
        "low": quadrants["low_strain"].printed,
        "points": "" if difference is None else context.points(difference),
    }
    ends = [q.high for q in quadrants.values() if q.high is not None]
    top = 60.0 if not ends or max(ends) <= 60 else 100.0
    return [
        title(context.t("workload.title")),
        lead(context.t(key, **values)),
        quadrant_chart(quadrants, words, context.t("closed.long"), top=top),
        gap(6),
        *_interplay(context),
        small(context.t("workload.note")),
        heading(context.t("workload.official")),
        *measure_chart(context, ["high_demands", "low_autonomy", "high_strain"], context.t("heads.measure")),
    ]


def _interplay(context: Context) -> list[Flowable]:
    """Whether high demands with little autonomy go together with more fatigue than the sum of both."""
    found = context.results.interplay
    if found is None:
        return []
    numbers = context.numbers
    key = {1: "more", -1: "less", 0: "open"}[found.direction]
    # Against the sum, so that up means worse together: the contrast itself has autonomy the other way round.
    text = context.t(
        f"workload.together.{key}",
        points=numbers.signed(round(100 * found.beyond_the_sum)),
        low=numbers.signed(math.floor(-100 * found.interval.high)),
        high=numbers.signed(math.ceil(-100 * found.interval.low)),
    )
    return [body(text)]


def workload_items_page(context: Context) -> list[Flowable]:
    """The questions behind demands and autonomy."""
    demands = _items_of(context, "workload")
    autonomy = _items_of(context, "autonomy")
    scale = context.measures["low_autonomy"].items
    counted = [key for key in autonomy if set(context.measures[key].items) <= set(scale)]
    beside = [key for key in autonomy if key not in counted]
    return [
        title(context.t("workload_items.title")),
        lead(context.t("workload_items.lead")),
        heading(context.t("workload_items.demands")),
        *measure_chart(context, _by_share(context, demands), context.t("heads.question")),
        heading(context.t("workload_items.autonomy")),
        *measure_chart(context, _by_share(context, counted), context.t("heads.question")),
        *([heading(context.t("workload_items.beside"))] if beside else []),
        *(measure_chart(context, _by_share(context, beside), context.t("heads.question")) if beside else []),
        *context_lines(context, [*demands, *autonomy]),
    ]


def conditions_page(context: Context) -> list[Flowable]:
    """Recovery, support, example and dialogue: own scales, without an official figure."""
    scales = [key for key in CONDITIONS if context.has(key)]
    items = [key for scale in scales for key in _items_of(context, scale)]
    lowest = min(
        (key for key in items if context.total(key).share is not None),
        key=lambda key: context.total(key).share or 0,
        default=None,
    )
    text = context.t("conditions.lead_closed")
    if lowest is not None:
        share = context.numbers.percent(context.total(lowest).share or 0)
        text = context.t("conditions.lead", name=safe(context.measure_text(lowest).name), share=share)
    page = [title(context.t("conditions.title")), lead(text)]
    page += measure_chart(context, scales, context.t("heads.condition"), compare=False, label_width=196)
    page.append(heading(context.t("conditions.items")))
    rows = [context.row(key, compare=False, note=False) for key in _by_share(context, items)]
    page.append(dot_chart(rows, context.heads(context.t("heads.question")), label_width=196))
    page.append(small(context.t("conditions.note")))
    return page


def home_page(context: Context) -> list[Flowable]:
    """Work and home in both directions, and satisfaction with the balance."""
    keys = [key for key in ("home_work_to_home", "home_home_to_work") if context.has(key)]
    balance = ["balance_satisfied"] if context.has("balance_satisfied") else []
    return [
        title(context.t("home.title")),
        lead(_against_official(context, "home_work_to_home")),
        *measure_chart(context, keys, context.t("heads.measure")),
        *(measure_chart(context, balance, context.t("heads.measure"), compare=False) if balance else []),
        *_by_cut(context, "home_work_to_home"),
        *context_lines(context, [*keys, *balance]),
    ]


def care_page(context: Context) -> list[Flowable]:
    """Caregiving: how many, how heavy, known at work, and what would help."""
    carers = context.total("carer")
    page: list[Flowable] = [title(context.t("care.title"))]
    if carers.share is None:
        return [*page, lead(context.t("closed.long"))]
    burdened = context.total("care_burdened")
    page.append(lead(_care_lead(context)))
    people = [(carers.share, ACCENT)]
    caption = context.t("care.people", carers=carers.share)
    if burdened.share is not None:
        heavy = round(carers.share * burdened.share / 100)
        people = [(heavy, WORSE), (carers.share - heavy, ACCENT)]
        caption = context.t("care.people_burdened", carers=carers.share, burdened=heavy)
    table = Table([[hundred_people(people), Text(caption, BODY)]], colWidths=[118, WIDTH - 118])
    table.setStyle(TableStyle([("LEFTPADDING", (0, 0), (-1, -1), 0), ("VALIGN", (0, 0), (-1, -1), "MIDDLE")]))
    among = [key for key in AMONG_CARERS if context.has(key)]
    page += [table, heading(context.t("care.among"))]
    page += measure_chart(context, ["carer", *among], context.t("heads.measure"))
    helps = [key for key in context.measures if key.startswith("care_help_") and context.total(key).share is not None]
    if helps:
        rows = [context.row(key, compare=False, note=False) for key in _by_share(context, helps)]
        chart = dot_chart(rows, context.heads(context.t("heads.wish")), label_width=196)
        page += [heading(context.t("care.help")), chart]
    return [*page, *context_lines(context, ["carer", *among])]


def _care_lead(context: Context) -> str:
    values = {}
    for name, key in (("carers", "carer"), ("burdened", "care_burdened"), ("known", "care_manager_knows")):
        cell = context.total(key)
        if cell.share is None:
            return context.t("care.lead_short", carers=context.numbers.percent(context.total("carer").share or 0))
        values[name] = context.numbers.percent(cell.share)
    return context.t("care.lead", **values)


def own_pages(context: Context) -> list[list[Flowable]]:
    """Pages for instruments that the report does not know by name: shares and means of each question."""
    return [page for instrument in context.others() for page in _own_pages(context, instrument)]


def _own_pages(context: Context, instrument: Instrument) -> list[list[Flowable]]:
    name = context.instrument_title(instrument)
    shares = [m.key for m in instrument.measures if m.has_share]
    means = [m for m in instrument.measures if m.has_mean]
    shares = _by_share(context, shares)
    pages: list[list[Flowable]] = []
    # Without official figures the overview has shown these shares already.
    for start in range(0, len(shares) if context.results.comparisons else 0, PER_PAGE):
        rows = [context.row(key) for key in shares[start : start + PER_PAGE]]
        pages.append(
            [
                title(safe(name)),
                lead(_extremes(context, shares)),
                dot_chart(rows, context.heads(context.t("heads.question"))),
                gap(5),
                small(context.t("own.no_official")),
            ]
        )
    for start in range(0, len(means), 30):
        part = means[start : start + 30]
        table = grid(
            [context.t(f"heads.{key}") for key in ("question", "answers", "scale", "mean", "interval")],
            [_mean_row(context, measure) for measure in part],
            (220, 60, 60, 60, 90),
            right=(1, 2, 3, 4),
        )
        pages.append([title(context.t("own.means", name=safe(name))), lead(context.t("own.means_lead")), table])
    return pages


def _mean_row(context: Context, measure: Measure) -> list[str]:
    cell, numbers = context.total(measure.key), context.numbers
    items = [context.results.survey.questionnaire.item(key) for key in measure.items]
    low, high = min(item.scale.low for item in items), max(item.scale.high for item in items)
    printed = DASH if cell.mean is None else f"<b>{numbers.decimal(cell.mean, 1)}</b>"
    interval = DASH
    if cell.mean_low is not None and cell.mean_high is not None:
        interval = numbers.range(cell.mean_low, cell.mean_high, 1)
    answers = numbers.answers(cell.n_low, cell.n_high)
    return [safe(context.name(measure.key)), answers, f"{low}{DASH}{high}", printed, interval]


def _extremes(context: Context, keys: Sequence[str]) -> str:
    open_keys = [key for key in keys if context.total(key).share is not None]
    if len(open_keys) < 2:
        return context.t("own.lead_plain")
    top, bottom = open_keys[0], open_keys[-1]
    return context.t(
        "own.lead",
        top=safe(context.measure_text(top).name),
        top_share=context.numbers.percent(context.total(top).share or 0),
        bottom=safe(context.measure_text(bottom).name),
        bottom_share=context.numbers.percent(context.total(bottom).share or 0),
    )


def _against_official(context: Context, key: str) -> str:
    """The conclusion of a theme: our figure, the country's, the verdict."""
    cell, best = context.total(key), context.headline(key)
    if cell.share is None:
        return context.t("closed.long")
    values = {
        "share": context.numbers.percent(cell.share),
        "interval": context.interval(cell),
        "phrase": safe(context.measure_text(key).share),
        "base": context.base(key),
    }
    if best is None or best.difference is None:
        return context.t("theme.lead_plain", **values)
    return context.t(
        f"theme.lead.{best.difference.verdict}",
        nationally=context.nationally(best),
        points=context.points(best.difference),
        **values,
    )


def _by_share(context: Context, keys: Sequence[str]) -> list[str]:
    return sorted(keys, key=lambda key: (-(context.total(key).share or -1), natural_order(key)))


def _items_of(context: Context, instrument: str) -> list[str]:
    found = [i for i in context.results.survey.questionnaire.instruments if i.id == instrument]
    return [measure.key for i in found for measure in i.measures if measure.single_item]


def _by_cut(context: Context, key: str) -> list[Flowable]:
    """The measure by each cut, all on one axis."""
    release, numbers = context.results.release, context.numbers
    rows = []
    for cut in release.plan.cuts:
        if cut.key == "job_type":
            continue
        for category in cut.categories:
            cell = release.category(key, cut.key, category)
            rows.append(
                DotRow(
                    label=f"{category_name(context, cut.key, category)} {_in_brackets(context, cell)}".rstrip(),
                    note="",
                    value=cell.share,
                    low=cell.share_low,
                    high=cell.share_high,
                    printed=DASH if cell.share is None else numbers.percent(cell.share),
                    reference=context.total(key).share,
                )
            )
    if not rows or context.total(key).share is None:
        return []
    heads, axis = context.heads(context.t("heads.group")), common_axis(rows)
    parts = [rows[start : start + GROUPS_PER_CHART] for start in range(0, len(rows), GROUPS_PER_CHART)]
    charts = [dot_chart(part, heads, axis=axis, label_width=150) for part in parts]
    whole = numbers.percent(context.total(key).share or 0)
    return [heading(context.t("theme.groups")), *charts, small(context.t("theme.groups_note", share=whole))]


def _in_brackets(context: Context, cell: Cell) -> str:
    """The number of answers behind a group, or nothing when it is closed."""
    return "" if cell.closed else f"({context.t('n', n=context.numbers.answers(cell.n_low, cell.n_high))})"


def category_name(context: Context, cut: str, category: str) -> str:
    """A category of a cut, in words."""
    for known in context.results.survey.cuts:
        if known.key == cut:
            return next(capital(c.names[context.language]) for c in known.categories if c.key == category)
    return context.t(f"category.{category}")


def talk_page(context: Context) -> list[Flowable]:
    """What is known to help and questions to start the conversation, condition by condition."""
    page: list[Flowable] = [title(context.t("conversation.title")), lead(context.t("conversation.lead"))]
    for theme in ("workload", "autonomy", "recovery", "support", "example", "dialogue"):
        page.append(heading(context.t(f"conversation.{theme}.name")))
        page.append(body(context.t(f"conversation.{theme}.measure")))
        page += bullets(context.texts.listed(f"conversation.{theme}.questions"))
    return page
