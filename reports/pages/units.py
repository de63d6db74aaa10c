"""The first level of the organisation: a heat map in which only what stands out has colour."""

from __future__ import annotations

from reportlab.platypus import Flowable

from analysis.findings import sign_of
from reports.charts.heatmap import HeatCell, HeatRow, heat_map
from reports.context import Context
from reports.numbers import DASH
from reports.pages.blocks import gap, lead, small, title

#: Measures across the map, where the questionnaire has them; own questions fill the rest.
COLUMNS = (
    "fatigue", "high_demands", "low_autonomy", "high_strain", "recovery", "support", "example", "dialogue",
    "home_work_to_home", "balance_satisfied", "carer",
)  # fmt: skip
MOST_COLUMNS = 12
PER_PAGE = 25


def units_pages(context: Context) -> list[list[Flowable]]:
    """The heat map, over several pages when there are many units."""
    columns = map_columns(context)
    units = context.results.release.plan.units
    if not units or not columns:
        return []
    top = [_total_row(context, columns), *_national_row(context, columns)]
    pages: list[list[Flowable]] = []
    for start in range(0, len(units), PER_PAGE):
        rows = [*top, *[_unit_row(context, unit, columns) for unit in units[start : start + PER_PAGE]]]
        names = without_common_words([_column_name(context, key) for key in columns])
        chart = heat_map(names, rows, (context.t("heads.unit"), context.t("heads.answers")))
        first = start == 0
        page: list[Flowable] = [title(context.t("units.title" if first else "units.more"))]
        if first:
            page.append(lead(_conclusion(context, columns)))
        deeper = any(len(path) > 1 for path in context.results.release.plan.tree)
        note = context.t("units.note", dash=DASH)
        page += [chart, gap(6), small(f"{note} {context.t('units.deeper')}" if deeper else note)]
        pages.append(page)
    return pages


def map_columns(context: Context) -> list[str]:
    """The measures of the map: known outcomes and conditions first, then own questions."""
    divided = context.results.release.plan.divided
    known = [key for key in COLUMNS if context.has(key)]
    own = [m.key for i in context.others() for m in i.measures if m.has_share and m.key in divided]
    return [*known, *own][:MOST_COLUMNS]


def _column_name(context: Context, key: str) -> str:
    """A few letters that fit above a column."""
    return context.t(f"map.{key}") if context.texts.has(f"map.{key}") else context.name(key)


def without_common_words(names: list[str]) -> list[str]:
    """Column names without the leading words that at least half of them share."""
    shortened = names
    while True:
        heads = [name.split(" ", 1)[0] for name in shortened if " " in name]
        common = next((head for head in heads if 2 * heads.count(head) >= max(4, len(names))), None)
        if common is None:
            return shortened
        shortened = [name.removeprefix(f"{common} ") for name in shortened]


def _total_row(context: Context, columns: list[str]) -> HeatRow:
    cells = tuple(_heat_cell(context, key, None) for key in columns)
    response = context.results.release.total("response")
    answers = context.numbers.answers(response.n_low, response.n_high)
    return HeatRow(context.results.survey.organisation, answers, cells, strong=True)


def _national_row(context: Context, columns: list[str]) -> list[HeatRow]:
    """The official figures that may be compared, where there are any."""
    best = [context.headline(key) for key in columns]
    if not any(best):
        return []
    cells = [HeatCell("" if c is None else context.plain_official(c)) for c in best]
    return [HeatRow(context.t("heads.official"), "", tuple(cells))]


def _unit_row(context: Context, unit: str, columns: list[str]) -> HeatRow:
    response = context.results.release.unit("response", unit)
    answers = context.numbers.answers(response.n_low, response.n_high)
    return HeatRow(unit, answers, tuple(_heat_cell(context, key, unit) for key in columns))


def _heat_cell(context: Context, key: str, unit: str | None) -> HeatCell:
    total = context.total(key)
    cell = total if unit is None else context.results.release.unit(key, unit)
    if cell.share is None:
        return HeatCell(DASH, closed=True)
    direction = 0 if unit is None else _away(context, key).get(unit, 0)
    news = sign_of(context.measures[key]) * direction
    return HeatCell(context.numbers.integer(cell.share), direction, news)


def _away(context: Context, key: str) -> dict[str, int]:
    """The units that demonstrably differ from the others on a measure, with the direction."""
    found = context.results.units.get(key)
    return {} if found is None else {unit.name: unit.away for unit in found.away}


def _conclusion(context: Context, columns: list[str]) -> str:
    release = context.results.release
    cells = [release.unit(key, unit) for unit in release.plan.units for key in columns]
    shown = [cell for cell in cells if not cell.closed]
    if not shown:
        return context.t("units.lead_closed")
    away = sum(cell.key.unit in _away(context, cell.key.measure) for cell in shown)
    integer = context.numbers.integer
    return context.t("units.lead" if away else "units.lead_none", away=integer(away), shown=integer(len(shown)))
