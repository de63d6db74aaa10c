"""How many people work in the Netherlands, by sex, age, sector and contract.

These counts are the weights with which an official figure is moved to the composition of an
organisation. They stand in ``catalogue/_population.toml`` as printed. No table by sex, age
*and* sector was found, nor one of employees alone by sex and age: :meth:`PopulationTable.by_sex_and_age`
counts employed persons, the self-employed included, and :attr:`PopulationTable.caution` says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from importlib.resources.abc import Traversable
from types import MappingProxyType

from analysis.benchmark.catalogue_files import (
    catalogue_folder,
    check_keys,
    read_decimal,
    read_table,
    read_tags,
)

#: The population that the joint and the sector tables count.
EMPLOYED = "employed persons (werkzame beroepsbevolking)"

SEXES: tuple[str, ...] = ("men", "women")
AGES: tuple[str, ...] = ("15-24", "25-34", "35-44", "45-54", "55-64", "65-74")

_THOUSANDS = "x 1000 persons"


class NoPopulation(LookupError):
    """A year is asked for of which no complete table was read."""


@dataclass(frozen=True)
class PopulationRow:
    """One printed count. ``year`` is a year or a quarter ("2022Q3"); ``unit`` says of what ``count`` is."""

    year: str
    population: str
    sex: str
    age: str
    sector: str
    count: Decimal
    unit: str
    source_title: str
    source_url: str
    note: str
    tags: frozenset[str]


@dataclass(frozen=True)
class PopulationTable:
    """All counts, in the order of the file; ``caution`` is the sentence to print with a weight."""

    rows: tuple[PopulationRow, ...]
    caution: Mapping[str, str]

    def by_sex_and_age(self, year: str = "2023") -> Mapping[tuple[str, str], int]:
        """Thousands of employed persons for each of :data:`SEXES` × :data:`AGES`.

        From StatLine 85366NED, 2023 the only year read. Raises :class:`NoPopulation`.
        """
        found = {
            (row.sex, row.age): int(row.count)
            for row in self._employed(year)
            if row.sector == "all" and row.sex in SEXES and row.age in AGES
        }
        cells = [(sex, age) for sex in SEXES for age in AGES]
        if any(cell not in found for cell in cells):
            raise NoPopulation(f"no complete table of sex by age was read for {year}")
        return MappingProxyType({cell: found[cell] for cell in cells})

    def by_sector(self, year: str = "2022Q3") -> Mapping[str, int]:
        """Thousands of employed persons by section of the SBI, by its letter ("A" to "S").

        From StatLine 85272NED. Sections T and U were not readable, so the sum stays below the
        total. Raises :class:`NoPopulation`.
        """
        found = {
            row.sector[0]: int(row.count)
            for row in self._employed(year)
            if row.sex == "total" and len(row.sector.split(" ", 1)[0]) == 1
        }
        if set(found) != set("ABCDEFGHIJKLMNOPQRS"):
            raise NoPopulation(f"no complete table by sector was read for {year}")
        return MappingProxyType(found)

    def _employed(self, year: str) -> list[PopulationRow]:
        return [row for row in self.rows if (row.year, row.population, row.unit) == (year, EMPLOYED, _THOUSANDS)]


def read_population(path: Traversable) -> PopulationTable:
    """The table in the file at ``path``. Raises :class:`~analysis.benchmark.figures.BrokenCatalogue`."""
    table = read_table(path)
    check_keys(table, path.name, "caution populations")
    check_keys(table["caution"], path.name, "nl en")
    rows: list[PopulationRow] = []
    for block in table["populations"]:
        where = f"{path.name}, {block.get('population', 'a population without name')}"
        check_keys(block, where, "year population unit source_title source_url tags cells", "note")
        tags = read_tags(block, where)
        for cell in block["cells"]:
            check_keys(cell, where, "sex age sector count", "note")
            rows.append(
                PopulationRow(
                    year=block["year"],
                    population=block["population"],
                    sex=cell["sex"],
                    age=cell["age"],
                    sector=cell["sector"],
                    count=read_decimal(cell["count"], where),
                    unit=block["unit"],
                    source_title=block["source_title"],
                    source_url=block["source_url"],
                    note=cell.get("note", block.get("note", "")),
                    tags=tags,
                )
            )
    return PopulationTable(tuple(rows), MappingProxyType(dict(table["caution"])))


@lru_cache(maxsize=1)
def load_population() -> PopulationTable:
    """The counts that come with the program, read once."""
    return read_population(catalogue_folder() / "_population.toml")
