"""A StatLine table put together from single numbers, in whatever form they were delivered.

Dimensions and topics go by their titles: keys differ between versions of the service and shift when
a table is rebuilt. An interval of 95% is a dimension called "Marges"; tables without it have values
alone. A topic whose questions changed has two columns, "(tot 2022)" and "(vanaf 2022)" in their
titles; they are put together again. :mod:`analysis.benchmark.statline` reads the forms.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Literal

from analysis.errors import count_of, listed, quoted

#: What StatLine prints where there is no figure: unknown, confidential, none, and a cell that cannot be.
SYMBOLS = frozenset({"", ".", "x", "-"})

Part = Literal["value", "low", "high"]

_MARGINS: tuple[tuple[re.Pattern[str], Part], ...] = (
    (re.compile(r"waarde\b"), "value"),
    (re.compile(r"ondergrens\b.*\b95\s*%"), "low"),
    (re.compile(r"bovengrens\b.*\b95\s*%"), "high"),
)


class StatlineError(ValueError):
    """A document is no StatLine table, or is damaged; one sentence that says what to do."""


@dataclass(frozen=True)
class Topic:
    """A column: titles of its groups and its own, without the years for which it holds.

    ``first`` and ``last`` are those years, where the titles name them. ``decimals`` is ``None``
    where the metadata do not say.
    """

    path: tuple[str, ...]
    unit: str
    decimals: int | None = None
    first: int | None = None
    last: int | None = None

    def holds_in(self, year: int) -> bool:
        """Whether the titles allow a figure about ``year``."""
        return (self.first is None or year >= self.first) and (self.last is None or year <= self.last)


@dataclass(frozen=True)
class Cell:
    """One figure, in the unit of its topic, with the decimals of the table.

    ``categories`` are titles, in the order of :attr:`StatlineTable.dimensions`. ``low`` and ``high``
    are the printed 95% bounds. ``split`` is the first year of the later column when two columns
    were put together.
    """

    path: tuple[str, ...]
    categories: tuple[str, ...]
    year: int
    value: Decimal
    low: Decimal | None = None
    high: Decimal | None = None
    split: int | None = None


@dataclass(frozen=True)
class StatlineTable:
    """A table: ``id`` and ``title`` are empty in a CSV export, ``retrieved`` where no date is known.

    ``dimensions`` are titles, without margins and periods. ``categories`` has the titles of each,
    ``units`` the unit of each topic. ``remarks`` say what was left out, and why.
    """

    id: str
    title: str
    retrieved: dt.date | None
    dimensions: tuple[str, ...]
    categories: tuple[frozenset[str], ...]
    units: Mapping[tuple[str, ...], str]
    cells: tuple[Cell, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class Axis:
    """A dimension; ``meaning`` leads from a key to a title, a part or a year, or to None: left out."""

    column: str
    title: str
    kind: Literal["group", "margins", "time"]
    meaning: Mapping[str, Any]


@dataclass(frozen=True)
class Record:
    """One number or symbol at the place that ``keys`` name, by column."""

    topic: Topic
    keys: Mapping[str, str]
    value: object


def tidy(text: str) -> str:
    """One line of what can be seen, with a straight apostrophe."""
    seen = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(seen.replace("’", "'").replace("‘", "'").split())


def make_axis(column: str, title: str, time: bool, categories: Sequence[Mapping[str, Any]]) -> Axis:
    """The dimension of that title; ``categories`` have a ``key``, a ``title`` and perhaps a ``status``.

    Raises :class:`StatlineError`.
    """
    title = tidy(title)
    kind: Literal["group", "margins", "time"] = "time" if time else "margins" if title == "Marges" else "group"
    meaning: dict[str, Any] = {}
    for one in categories:
        key, name = one["key"].strip(), tidy(one["title"])
        if kind == "time":
            meaning[key] = _final_year(key, name, one.get("status"))
        elif kind == "margins":
            meaning[key] = next((part for pattern, part in _MARGINS if pattern.match(name.lower())), None)
        else:
            meaning[key] = name
    if kind == "margins" and "value" not in meaning.values():
        raise StatlineError(f"the margins are called {listed(meaning)}, none of them 'Waarde'; tell the makers of Peil")
    return Axis(column, title, kind, meaning)


def _final_year(key: str, title: str, status: str | None) -> int | None:
    """The year of a period; None for a quarter or a month, and for a provisional figure ("2025*")."""
    found = re.fullmatch(r"(\d{4})(?:JJ00)?", key)
    provisional = "*" in title or not (status or "definitief").lower().startswith("definitief")
    return int(found[1]) if found and not provisional else None


def _number(value: object) -> Decimal | None:
    """A number as delivered, or None for a symbol. Raises :class:`StatlineError`."""
    if value is None or (isinstance(value, str) and value.strip() in SYMBOLS):
        return None
    try:
        if not isinstance(value, bool) and (number := Decimal(str(value).strip())).is_finite():
            return number
    except InvalidOperation:
        pass
    raise StatlineError(f"{quoted(str(value))} is neither a number nor a symbol of StatLine; fetch the table again")


def assemble(
    number: str, title: str, retrieved: dt.date | None, axes: Sequence[Axis], records: Iterable[Record]
) -> StatlineTable:
    """The table of these numbers. Raises :class:`StatlineError` when they contradict each other."""
    if [axis.kind for axis in axes].count("time") != 1:
        raise StatlineError("the table has no periods, or more than one kind; fetch it again with all its dimensions")
    groups = [axis for axis in axes if axis.kind == "group"]
    topics: dict[tuple[str, ...], set[Topic]] = {}
    places: dict[tuple[Any, ...], dict[Topic, dict[Part, Decimal]]] = {}
    empty = 0
    for record in records:
        topics.setdefault(record.topic.path, set()).add(record.topic)
        year, part, categories = _place(record.keys, axes)
        if year is None or part is None:
            continue
        amount = _number(record.value)
        if amount is None:
            empty += 1
            continue
        parts = places.setdefault((record.topic.path, categories, year), {}).setdefault(record.topic, {})
        if parts.setdefault(part, amount) != amount:
            raise StatlineError(f"{_named(record.topic.path)} has two values for {year}; fetch the table again")
    finest = _finest(places)
    remarks: Counter[str] = Counter({"is empty in the table": empty})
    cells = []
    for (path, categories, year), columns in places.items():
        chosen = _choose(columns, year)
        if isinstance(chosen, str):
            remarks[chosen] += 1
            continue
        rounded = {part: _round(amount, finest[path]) for part, amount in chosen.items()}
        split = min((topic.first for topic in topics[path] if topic.first), default=None)
        cell = Cell(
            path,
            categories,
            year,
            rounded["value"],
            rounded.get("low"),
            rounded.get("high"),
            split if len(topics[path]) > 1 else None,
        )
        if (cell.low is None or cell.low <= cell.value) and (cell.high is None or cell.value <= cell.high):
            cells.append(cell)
        else:
            remarks["lies outside its own margin"] += 1
    return StatlineTable(
        number,
        title,
        retrieved,
        tuple(axis.title for axis in groups),
        tuple(frozenset(axis.meaning.values()) for axis in groups),
        {path: min(topic.unit for topic in found) for path, found in topics.items()},
        tuple(cells),
        tuple(f"{count_of(count, 'cell')} left out: {why}" for why, count in remarks.items() if count),
    )


def _place(keys: Mapping[str, str], axes: Sequence[Axis]) -> tuple[int | None, Part | None, tuple[str, ...]]:
    """Year, part and categories of a record; the part is the value in a table without margins."""
    year, part, categories = None, "value", []
    for axis in axes:
        key = keys[axis.column].strip()
        if key not in axis.meaning:
            raise StatlineError(f"'{axis.title}' has no category {quoted(key)}; fetch the table again, all of it")
        meaning = axis.meaning[key]
        if axis.kind == "time":
            year = meaning
        elif axis.kind == "margins":
            part = meaning
        else:
            categories.append(meaning)
    return year, part, tuple(categories)  # type: ignore[return-value]


def _choose(columns: Mapping[Topic, dict[Part, Decimal]], year: int) -> dict[Part, Decimal] | str:
    """The numbers to use of one or two columns, or why there are none."""
    covering = [parts for topic, parts in columns.items() if topic.holds_in(year)]
    if not covering:
        return "stands in a column that holds for other years"
    if any(parts != covering[0] for parts in covering):
        return "differs between two columns for the same topic"
    return covering[0] if "value" in covering[0] else "has a margin but no value"


def _finest(places: Mapping[tuple[Any, ...], Mapping[Topic, Mapping[Part, Decimal]]]) -> dict[tuple[str, ...], int]:
    """Decimals for each topic: what the metadata say, or else the most that occur; a trailing zero is not sent."""
    finest: dict[tuple[str, ...], int] = {}
    for (path, _, _), columns in places.items():
        for topic, parts in columns.items():
            seen = max(max(0, -int(amount.normalize().as_tuple().exponent)) for amount in parts.values())
            finest[path] = max(finest.get(path, 0), seen if topic.decimals is None else topic.decimals)
    return finest


def _round(amount: Decimal, decimals: int) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def _named(path: tuple[str, ...]) -> str:
    return quoted(" / ".join(path))
