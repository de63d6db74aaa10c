"""Who answered: response by unit, and respondents next to the roster."""

from __future__ import annotations

from reportlab.platypus import Flowable, Table, TableStyle

from analysis.disclosure.plan import RESPONSE
from analysis.disclosure.release import Cell
from analysis.survey import Cut
from reports.charts.response import MixRow, ResponseRow, mix_chart, response_chart
from reports.context import Context, capital, safe
from reports.numbers import DASH
from reports.pages.blocks import grid, heading, lead, small, title
from reports.style import WIDTH

#: Units to a page of the response chart, and at most beside the composition.
PER_PAGE = 31
WITH_COMPOSITION = 13

#: Categories to a chart of the composition.
PER_CHART = 30

#: Columns of the list without a roster.
COLUMNS = 3

HEADS = ("unit", "invited", "answers", "response")


def respondents_pages(context: Context) -> list[list[Flowable]]:
    """One page, and more when there are many units."""
    release = context.results.release
    total = release.total(RESPONSE)
    page: list[Flowable] = [title(context.t("respondents.title")), lead(_lead(context, total))]
    if total.closed:
        return [page]
    if total.invited is None:
        return [[*page, *_plain_list(context), small(context.t("respondents.note"))]]
    rows = [_row(context, context.results.survey.organisation, total, strong=True)]
    rows += [_row(context, unit, release.unit(RESPONSE, unit)) for unit in release.plan.units]
    unit, invited, answers, response = (context.t(f"heads.{key}") for key in HEADS)
    parts = [rows[start : start + PER_PAGE] for start in range(0, len(rows), PER_PAGE)]
    pages = [[*page, response_chart(parts[0], (unit, invited, answers, response))]]
    for part in parts[1:]:
        chart = response_chart(part, (unit, invited, answers, response))
        pages.append([title(context.t("respondents.more")), chart])
    pages[-1].append(small(context.t("respondents.note")))
    closing = _composition(context)
    if closing and len(rows) <= WITH_COMPOSITION:
        pages[-1] += closing
    elif closing:
        pages.append([title(context.t("respondents.composition")), *closing])
    return pages


def _plain_list(context: Context) -> list[Flowable]:
    """Units and their numbers of answers in three columns, where there is no roster to set them against."""
    release, numbers = context.results.release, context.numbers
    cells = [(unit, release.unit(RESPONSE, unit)) for unit in release.plan.units]
    entries = [(safe(unit), numbers.answers(cell.n_low, cell.n_high)) for unit, cell in cells]
    if not entries:
        return []
    height = -(-len(entries) // COLUMNS)
    entries += [("", "")] * (COLUMNS * height - len(entries))
    rows = [[text for column in range(COLUMNS) for text in entries[column * height + line]] for line in range(height)]
    heads = [context.t("heads.unit"), context.t("heads.answers")] * COLUMNS
    return [grid(heads, rows, (104, 52) * COLUMNS, right=(1, 3, 5), tight=True)]


def _lead(context: Context, total: Cell) -> str:
    numbers = context.numbers
    if total.closed:
        return context.t("respondents.lead_closed")
    if total.invited is None or total.n_low is None or total.n_high is None:
        return context.t("respondents.lead_plain", n=numbers.answers(total.n_low, total.n_high))
    low, high, invited = (numbers.integer(number) for number in (total.n_low, total.n_high, total.invited))
    share = _share(context, total)
    if low == high:
        return context.t("respondents.lead", n=low, invited=invited, share=share)
    if high == invited:
        return context.t("respondents.lead_nearly", low=low, invited=invited)
    return context.t("respondents.lead_range", low=low, high=high, invited=invited, share=share)


def _share(context: Context, cell: Cell) -> str:
    """The response in percent, or between which two percentages it lies."""
    if cell.share_low is None or cell.share_high is None:
        return DASH
    # Of many people a few more or less are the same percentage.
    if cell.share_low == cell.share_high:
        return context.numbers.percent(cell.share_low)
    return context.numbers.percent_range(cell.share_low, cell.share_high)


def _row(context: Context, name: str, cell: Cell, *, strong: bool = False) -> ResponseRow:
    numbers = context.numbers
    invited = numbers.integer(cell.invited) if cell.invited is not None else DASH
    if cell.closed:
        return ResponseRow(name, invited, DASH, DASH, None, None, strong)
    return ResponseRow(
        name,
        invited,
        numbers.answers(cell.n_low, cell.n_high),
        _share(context, cell),
        cell.share_low,
        cell.share_high,
        strong,
    )


def _composition(context: Context) -> list[Flowable]:
    charts = []
    for cut in context.results.survey.cuts:
        rows = _mix_rows(context, cut)
        if any(row.roster is not None and row.answered is not None for row in rows):
            words = (context.t("respondents.roster"), context.t("respondents.answered"))
            name = capital(cut.names[context.language])
            for start in range(0, len(rows), PER_CHART):
                charts.append(mix_chart(name, rows[start : start + PER_CHART], words, width=WIDTH / 2 - 12))
    if not charts:
        return []
    cells = [charts[place : place + 2] for place in range(0, len(charts), 2)]
    if len(cells[-1]) == 1:
        cells[-1] = [*cells[-1], ""]
    table = Table(cells, colWidths=[WIDTH / 2, WIDTH / 2])
    table.setStyle(
        TableStyle(
            [
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 0),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ]
        )
    )
    return [heading(context.t("respondents.composition")), table, small(context.t("respondents.weighting"))]


def _mix_rows(context: Context, cut: Cut) -> list[MixRow]:
    """Shares of the roster and of the respondents, from released numbers only."""
    release = context.results.release
    cells = {c.key: release.category(RESPONSE, cut.key, c.key) for c in cut.categories}
    invited = {key: cell.invited for key, cell in cells.items() if cell.invited is not None}
    everyone = sum(invited.values())
    exact = {key: cell.n_low for key, cell in cells.items() if cell.n_low is not None and cell.n_low == cell.n_high}
    total = release.total(RESPONSE)
    # A band for the organisation leaves nothing to divide by.
    answered = total.n_low if total.n_low == total.n_high else None
    return [
        MixRow(
            category.names[context.language],
            round(100 * invited[category.key] / everyone) if category.key in invited and everyone else None,
            round(100 * exact[category.key] / answered) if category.key in exact and answered else None,
        )
        for category in cut.categories
    ]
