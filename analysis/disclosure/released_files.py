"""Reading files in the form of ``released.csv``, from any source, and head counts beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from analysis.disclosure.plan import NO_CUT, CellKey, Place
from analysis.disclosure.release import COLUMNS
from analysis.errors import InputError, did_you_mean, quoted
from analysis.tables import Table, clean
from analysis.units import SEPARATOR, TOTAL, UnitNames, UnitTreeError

#: More people than any organisation has; what is larger is a slip, or no number of people.
MOST_PEOPLE = 10**7

#: Shares and means with more decimals are no rounded figures; the arithmetic of the attack stays small too.
MOST_DECIMALS = 2

#: Columns of a file with head counts; of these only the unit and the number have to be there.
HEADCOUNT_COLUMNS = ("wave", "unit", "cut", "category", "invited")

#: The columns of a row that hold figures.
_NUMBERS = COLUMNS[COLUMNS.index("n_low") : COLUMNS.index("closed")]

_WHOLE, _DECIMAL = re.compile("[0-9]+"), re.compile(r"-?[0-9]+(?:\.([0-9]+))?")
_UNITS = UnitNames({})


@dataclass(frozen=True, slots=True)
class Figures:
    """What is printed of an open cell: the number of answers or its band, shares in percent, means in points."""

    n_low: int
    n_high: int
    share: Decimal | None = None
    share_low: Decimal | None = None
    share_high: Decimal | None = None
    mean: Decimal | None = None
    mean_low: Decimal | None = None
    mean_high: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ReleasedCell:
    """One row of a file; ``figures`` is None where the cell is closed."""

    key: CellKey
    figures: Figures | None
    file: str


def read_released(path: Path) -> tuple[ReleasedCell, ...]:
    """The rows of a file, in their order. Raises :class:`InputError` for whatever is not in the form."""
    table = Table(path)
    _check_columns(table, COLUMNS, COLUMNS)
    cells: list[ReleasedCell] = []
    seen: dict[CellKey, int] = {}
    for row in _rows(table):
        key = _read_key(row)
        if key in seen:
            line = table.line_of(seen[key])
            raise row.error(f"is about the same group and measure as line {line}; keep one of the two")
        seen[key] = row.record
        cells.append(ReleasedCell(key, _read_figures(row), str(path)))
    return tuple(cells)


def read_headcounts(path: Path) -> dict[tuple[str, Place], int]:
    """Invited people by wave and place, with everybody below a unit; an empty wave where the file has none.

    Raises :class:`InputError`.
    """
    table = Table(path)
    _check_columns(table, ("unit", "invited"), HEADCOUNT_COLUMNS)
    found: dict[tuple[str, Place], int] = {}
    for row in _rows(table):
        key = (row["wave"], _read_place(row))
        if key in found:
            raise row.error("counts the same group as a line above it; keep one of the two")
        if not key[0] and "wave" in table.columns:
            raise row.error("is empty; name the wave, or remove this column", "wave")
        found[key] = _whole(row, "invited")
    return found


@dataclass(frozen=True)
class _Row:
    """One record of a table; a column that the table does not have is empty."""

    table: Table
    record: int
    fields: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.fields.get(column, "")

    def error(self, problem: str, column: str | None = None) -> InputError:
        return self.table.error(self.record, problem, column)


def _rows(table: Table) -> Iterator[_Row]:
    for first, columns in table.chunks():
        for place, fields in enumerate(zip(*columns, strict=True)):
            yield _Row(table, first + place, dict(zip(table.header, map(clean, fields), strict=True)))


def _check_columns(table: Table, needed: Sequence[str], known: Sequence[str]) -> None:
    for name in needed:
        if name not in table.columns:
            raise InputError(
                f"{table.path}, line 1: the column {quoted(name)} is missing{did_you_mean(name, table.columns)}; "
                f"the header has to be {','.join(known)}"
            )
    for name in table.header:
        if name not in known:
            raise InputError(
                f"{table.path}, line 1: the column {quoted(name)} is no part of this form, and what it tells would "
                "not be attacked; remove it"
            )


def _read_key(row: _Row) -> CellKey:
    for column in ("wave", "measure"):
        if not row[column]:
            raise row.error(f"is empty; every figure belongs to a {column}", column)
    place = _read_place(row)
    return CellKey(row["wave"], row["measure"], place.unit, place.cut, place.category)


def _read_place(row: _Row) -> Place:
    unit, cut, category = row["unit"], row["cut"], row["category"]
    if not unit:
        raise row.error(f"is empty; write '{TOTAL}' for the whole organisation", "unit")
    if bool(cut) != bool(category):
        there, absent = ("cut", "category") if cut else ("category", "cut")
        raise row.error(f"is empty beside a {there}; fill in both, or neither", absent)
    if unit == TOTAL:
        return Place(TOTAL, cut, category)
    try:
        return Place(SEPARATOR.join(_UNITS.path_of(unit)), cut or NO_CUT, category)
    except UnitTreeError as error:
        raise row.error(str(error), "unit") from error


def _read_figures(row: _Row) -> Figures | None:
    if row["closed"] not in ("0", "1"):
        raise row.error(f"is {quoted(row['closed'])}; write 1 for a closed cell and 0 for an open one", "closed")
    if row["closed"] == "1":
        for column in _NUMBERS:
            if row[column]:
                raise row.error("holds a figure although the cell is closed; remove it, or write closed as 0", column)
        return None
    low, high = _whole(row, "n_low"), _whole(row, "n_high")
    if low > high:
        raise row.error(f"is {low}, above n_high, which is {high}; exchange them", "n_low")
    return Figures(low, high, *_bounded(row, "share"), *_bounded(row, "mean"))


def _bounded(row: _Row, name: str) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """A share or mean and its bounds, each None where the field is empty."""
    columns = (name, f"{name}_low", f"{name}_high")
    figure, low, high = (_decimal(row, column) for column in columns)
    for column, number in zip(columns, (figure, low, high), strict=True):
        if name == "share" and number is not None and not 0 <= number <= 100:
            raise row.error(f"is {number}, which is no percentage; write 0 to 100", column)
    if low is None and high is None:
        return figure, None, None
    if low is None or high is None:
        raise row.error("is empty beside the other bound; fill in both, or neither", columns[1 if low is None else 2])
    if low > high:
        raise row.error(f"is {low}, above {columns[2]}, which is {high}; exchange them", columns[1])
    if figure is not None and not low <= figure <= high:
        raise row.error(f"is {figure}, outside its bounds {low} and {high}; correct one of the three", name)
    return figure, low, high


def _whole(row: _Row, column: str) -> int:
    raw = row[column]
    if not raw:
        raise row.error("is empty; write a number of people, or close the cell", column)
    if not _WHOLE.fullmatch(raw) or len(raw) > len(str(MOST_PEOPLE)) or int(raw) > MOST_PEOPLE:
        raise row.error(f"is {quoted(raw)}; write a whole number of people, such as 24", column)
    return int(raw)


def _decimal(row: _Row, column: str) -> Decimal | None:
    raw = row[column]
    if not raw:
        return None
    match = _DECIMAL.fullmatch(raw)
    if match is None or len(raw) > len(str(MOST_PEOPLE)):
        raise row.error(f"is {quoted(raw)}; write a number with a point, such as 2.5", column)
    if len(match[1] or "") > MOST_DECIMALS:
        raise row.error(f"is {raw}, more exact than is read here; round it to {MOST_DECIMALS} decimals", column)
    return Decimal(raw)
