"""From the roster to head counts: how many people were invited, by wave, unit and category."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from analysis.dataset import Headcount
from analysis.decoding import UnitDecoder, category_decoder, wave_decoder
from analysis.errors import InputError, did_you_mean, quoted
from analysis.survey import Survey
from analysis.tables import Table
from analysis.units import UnitPath


@dataclass
class _Counts:
    """The people of one wave while they are being counted; () is the path of someone without a unit."""

    units: Counter[UnitPath] = field(default_factory=Counter)
    cuts: dict[str, Counter[str]] = field(default_factory=dict)
    crossed: dict[str, dict[str, Counter[str]]] = field(default_factory=dict)

    def headcount(self) -> Headcount:
        return Headcount(
            total=self.units.total(),
            units={path: count for path, count in sorted(self.units.items()) if path},
            cuts={key: dict(counter) for key, counter in self.cuts.items()},
            crossed={
                unit: {key: dict(counter) for key, counter in cuts.items()}
                for unit, cuts in sorted(self.crossed.items())
            },
        )


def read_roster(path: Path, survey: Survey) -> dict[str, Headcount]:
    """Head counts by wave from a roster with one row for each invited person.

    Only the columns for unit, wave and cuts are read; names and addresses are not looked at.
    Raises :class:`InputError`.
    """
    table = Table(path)
    check_columns(table, survey)
    reader = _RosterReader(table, survey)
    for first, columns in table.chunks():
        reader.count(first, columns)
    return {survey.waves[wave]: counts.headcount() for wave, counts in sorted(reader.people.items())}


def check_columns(table: Table, survey: Survey) -> None:
    """Refuses a table without unit or wave; a cut may be absent, but not for its capitals alone.

    Raises :class:`InputError`.
    """
    for column in (survey.unit_column, survey.wave_column):
        if column is not None and column not in table.columns:
            raise InputError(
                f"{table.path}, line 1: the column {quoted(column)} is missing{did_you_mean(column, table.columns)}; "
                "add it, with a value for each person"
            )
    others = {name.casefold(): name for name in table.columns}
    for cut in survey.cuts:
        if cut.column not in table.columns and cut.column.casefold() in others:
            written = quoted(others[cut.column.casefold()])
            raise InputError(
                f"{table.path}, line 1: the column {written} is {quoted(cut.column)} in the survey file; "
                "write it the same way in both"
            )


class _RosterReader:
    """Counts the people on a roster, a chunk at a time."""

    def __init__(self, table: Table, survey: Survey) -> None:
        self.people: dict[int, _Counts] = {}
        self._table = table
        self._survey = survey
        self._units = UnitDecoder(survey)
        self._waves = wave_decoder(survey)
        present = [cut for cut in survey.cuts if cut.column in table.columns]
        self._cuts = [(cut, category_decoder(cut)) for cut in present]

    def count(self, first: int, columns: Sequence[tuple[str, ...]]) -> None:
        """Counts the people of a chunk that begins at record ``first``."""
        waves, paths = self._waves_of(first, columns), self._paths_of(first, columns)
        for (wave, path), count in Counter(zip(waves, paths, strict=True)).items():
            self.people.setdefault(wave, _Counts()).units[path] += count
        units = [path[0] if path else "" for path in paths]
        for cut, decoder in self._cuts:
            codes = self._table.codes(first, columns, cut.column, decoder)
            for (wave, unit, code), count in Counter(zip(waves, units, codes, strict=True)).items():
                if code >= 0:
                    category = cut.categories[code].key
                    self.people[wave].cuts.setdefault(cut.key, Counter())[category] += count
                    if unit:
                        crossed = self.people[wave].crossed.setdefault(unit, {})
                        crossed.setdefault(cut.key, Counter())[category] += count

    def _waves_of(self, first: int, columns: Sequence[tuple[str, ...]]) -> list[int]:
        if self._survey.wave_column is None:
            return [len(self._survey.waves) - 1] * len(columns[0])
        return self._table.codes(first, columns, self._survey.wave_column, self._waves)

    def _paths_of(self, first: int, columns: Sequence[tuple[str, ...]]) -> list[UnitPath]:
        column = self._survey.unit_column
        if column is None:
            return [()] * len(columns[0])
        codes = self._table.codes(first, columns, column, self._units)
        if -1 in codes:
            raise self._table.error(first + codes.index(-1), "is empty; give every invited person a unit", column)
        return [self._units.paths[code] for code in codes]
