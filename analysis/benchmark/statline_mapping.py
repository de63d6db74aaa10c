"""From a StatLine table to figures of the catalogue, by the titles in ``catalogue/_statline.toml``.

A title that a table does not have is said in a sentence and never guessed: CBS renames columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources.abc import Traversable
from typing import Any

from analysis.benchmark.catalogue_files import catalogue_folder, check_keys, read_table
from analysis.benchmark.statline_table import Cell, StatlineError, StatlineTable
from analysis.errors import listed, quoted

_FILE = "_statline.toml"


@dataclass(frozen=True)
class TopicMap:
    """The column of an indicator: its possible titles, as ``group/topic``."""

    indicator: str
    titles: tuple[str, ...]
    unconfirmed: tuple[str, ...]


@dataclass(frozen=True)
class CategoryMap:
    """A category by its whole ``title``, or by how that begins (``whole`` is false)."""

    title: str
    whole: bool
    breakdown: str
    category: str

    def fits(self, title: str) -> bool:
        """Whether this is the category of that title."""
        return title == self.title if self.whole else title.startswith(self.title)


@dataclass(frozen=True)
class DimensionMap:
    """A dimension by its title, with the title of its total."""

    title: str
    total: str
    categories: tuple[CategoryMap, ...]


@dataclass(frozen=True)
class TableMap:
    """A table, and whom its figures are about; ``frame`` is ``None`` for the people of the indicator."""

    id: str
    title: str
    survey: str
    publisher: str
    population: str
    frame: str | None
    unconfirmed: tuple[str, ...]
    dimensions: tuple[DimensionMap, ...]


@dataclass(frozen=True)
class Mapped:
    """All tables and topics that can be read; ``address`` has a place for the number of a table."""

    licence: str
    address: str
    topics: tuple[TopicMap, ...]
    tables: tuple[TableMap, ...]

    def table(self, number: str) -> TableMap | None:
        """The table of that number, in capitals or not."""
        return next((one for one in self.tables if one.id.lower() == number.lower()), None)


@dataclass(frozen=True)
class Offer:
    """A figure as StatLine gives it, in percent, at its place in the catalogue.

    ``split`` is the first year of the later of two columns, see
    :class:`analysis.benchmark.statline_table.Cell`.
    """

    table: TableMap
    topic: TopicMap
    column: str
    year: int
    breakdown: str
    category: str
    value: Decimal
    low: Decimal | None
    high: Decimal | None
    split: int | None

    @property
    def place(self) -> tuple[str, str | None, int, str, str]:
        """What two tables would have to agree on."""
        return (self.topic.indicator, self.table.frame, self.year, self.breakdown, self.category)


def read_mapping(folder: Traversable | None = None) -> Mapped:
    """The mapping that comes with the program. Raises :class:`~analysis.benchmark.figures.BrokenCatalogue`."""
    table = read_table((folder or catalogue_folder()) / _FILE)
    check_keys(table, _FILE, "licence address topics tables")
    return Mapped(
        table["licence"],
        table["address"],
        tuple(_read_topic(entry) for entry in table["topics"]),
        tuple(_read_table_map(entry) for entry in table["tables"]),
    )


def recognise(table: StatlineTable, mapped: Mapped) -> TableMap:
    """The table that this is: by its number, and without one (a CSV export) by its dimensions.

    Raises :class:`StatlineError`.
    """
    found = mapped.table(table.id) if table.id else None
    if table.id and found is None:
        raise StatlineError(
            f"table {table.id} is not one that Peil can read: {listed(one.id for one in mapped.tables)}"
        )
    fitting = [one for one in mapped.tables if _titles(one) == set(table.dimensions)]
    if not table.id and len(fitting) == 1:
        return fitting[0]
    if found is None:
        raise StatlineError(
            f"no table that Peil can read has the dimensions {listed(table.dimensions)}; "
            "export it with all its dimensions in the rows"
        )
    if found not in fitting:
        raise StatlineError(
            f"table {found.id} has the dimensions {listed(table.dimensions)}, and was known with "
            f"{listed(one.title for one in found.dimensions)}; nothing is taken from it"
        )
    return found


def offers_of(table: StatlineTable, mapped: Mapped) -> tuple[tuple[Offer, ...], tuple[str, ...]]:
    """The figures of ``table`` that have a place in the catalogue, and what could not be read of it.

    Raises :class:`StatlineError` when nothing can.
    """
    known = recognise(table, mapped)
    remarks = [f"{known.id}: {remark}" for remark in table.remarks]
    dimensions = [next(one for one in known.dimensions if one.title == title) for title in table.dimensions]
    for dimension, titles in zip(dimensions, table.categories, strict=True):
        expected = [dimension.total, *(one.title for one in dimension.categories if one.whole)]
        beginnings = [one.title for one in dimension.categories if not one.whole]
        missing = [one for one in expected if one not in titles]
        missing += [one for one in beginnings if not any(title.startswith(one) for title in titles)]
        if missing:
            remarks.append(f"{known.id}: '{dimension.title}' has no category {listed(missing)}")
    columns: dict[tuple[str, ...], TopicMap] = {}
    lacking = []
    for wanted in mapped.topics:
        paths, problem = _columns(wanted, table)
        columns.update(dict.fromkeys(paths, wanted))
        if problem:
            remarks.append(f"{known.id}: {problem}")
        elif not paths:
            lacking.append(wanted.indicator)
    if lacking:
        remarks.append(f"{known.id} has no column for {listed(lacking)}")
    offers = [
        Offer(known, topic, " / ".join(cell.path), cell.year, *place, cell.value, cell.low, cell.high, cell.split)
        for cell in table.cells
        if (topic := columns.get(cell.path)) and (place := _place(cell, dimensions))
    ]
    inside = [offer for offer in offers if 0 <= offer.value <= 100]
    if len(inside) < len(offers):
        remarks.append(f"{known.id}: {len(offers) - len(inside)} values are no percentage and were left out")
    return tuple(inside), tuple(remarks)


def merge_offers(groups: Sequence[Sequence[Offer]], mapped: Mapped) -> tuple[tuple[Offer, ...], tuple[str, ...]]:
    """The offers of several tables, each place once: from the table that stands first in the mapping.

    A table that says otherwise is named in a sentence.
    """
    order = {table.id: number for number, table in enumerate(mapped.tables)}
    every = sorted((offer for group in groups for offer in group), key=lambda offer: order[offer.table.id])
    first: dict[tuple[Any, ...], Offer] = {}
    remarks = []
    for offer in every:
        kept = first.setdefault(offer.place, offer)
        if (kept.value, kept.low, kept.high) != (offer.value, offer.low, offer.high):
            remarks.append(
                f"{offer.topic.indicator} {offer.year} ({offer.category}) is {kept.value} in {kept.table.id} and "
                f"{offer.value} in {offer.table.id}; the first is used"
            )
    return tuple(first.values()), tuple(remarks)


def _titles(table: TableMap) -> set[str]:
    return {dimension.title for dimension in table.dimensions}


def _columns(topic: TopicMap, table: StatlineTable) -> tuple[list[tuple[str, ...]], str]:
    """The columns that end in the first title of ``topic`` that the table has, and what is wrong with them.

    Neither when the table has none of the titles.
    """
    for title in topic.titles:
        found = [path for path in table.units if f"/{'/'.join(path)}".endswith(f"/{title}")]
        if len(found) > 1:
            return [], f"more than one column is called {quoted(title)}; '{topic.indicator}' was left out"
        if found and table.units[found[0]] != "%":
            return [], f"{quoted(title)} is in {quoted(table.units[found[0]])} and no percentage; it was left out"
        if found:
            return found, ""
    return [], ""


def _place(cell: Cell, dimensions: Sequence[DimensionMap]) -> tuple[str, str] | None:
    """Breakdown and category of a cell; of two that are no total, as "sex x age" and "men 15-24"."""
    groups: list[CategoryMap] = []
    for title, dimension in zip(cell.categories, dimensions, strict=True):
        if title == dimension.total:
            continue
        found = next((one for one in dimension.categories if one.fits(title)), None)
        if found is None:
            return None
        groups.append(found)
    if not groups:
        return ("total", "total")
    return (" x ".join(one.breakdown for one in groups), " ".join(one.category for one in groups))


def _read_topic(entry: Mapping[str, Any]) -> TopicMap:
    check_keys(entry, _FILE, "indicator titles", "unconfirmed")
    return TopicMap(entry["indicator"], tuple(entry["titles"]), tuple(entry.get("unconfirmed", ())))


def _read_table_map(entry: Mapping[str, Any]) -> TableMap:
    check_keys(entry, _FILE, "id title survey publisher population dimensions", "frame unconfirmed")
    return TableMap(
        entry["id"],
        entry["title"],
        entry["survey"],
        entry["publisher"],
        entry["population"],
        entry.get("frame"),
        tuple(entry.get("unconfirmed", ())),
        tuple(_read_dimension(dimension) for dimension in entry["dimensions"]),
    )


def _read_dimension(entry: Mapping[str, Any]) -> DimensionMap:
    check_keys(entry, _FILE, "title total categories")
    return DimensionMap(entry["title"], entry["total"], tuple(_read_categories(entry["categories"])))


def _read_categories(entries: Sequence[Mapping[str, Any]]) -> Iterator[CategoryMap]:
    for entry in entries:
        check_keys(entry, _FILE, "breakdown category", "title begins")
        whole = "title" in entry
        yield CategoryMap(entry["title" if whole else "begins"], whole, entry["breakdown"], entry["category"])
