"""The cells of one wave as a lattice: who is part of whom, among the planned and the hidden.

Besides planned cells there are hidden ones, never printed and yet part of the sums: people of a unit who
are in none of its reported units, people without a category of a cut. They are in the lattice only where
there is somebody: an attacker who knows that nobody is without a category knows more, not less.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.dataset import Dataset, IntArray
from analysis.disclosure.knowledge import Flags, Lattice, Relation
from analysis.disclosure.plan import NO_CUT, Place, PlannedCut, ReportingPlan, written
from analysis.scoring import GroupSums, Scored, sum_by_group
from analysis.units import TOTAL, UnitPath

#: Units and categories of hidden cells. No survey can hold these names.
REST, NO_CATEGORY, EVERYBODY = "\0rest", "\0none", "\0all"


def rest_of(unit: UnitPath) -> str:
    """The name of those people of a unit who are in none of the units below it by which a cut is made."""
    return f"{REST} {written(unit)}"


@dataclass(frozen=True)
class Division:
    """Respondents divided into smallest groups, each part of one or more cells.

    ``group``: shape ``(n,)``, the number of the smallest group of each respondent. ``member`` and ``cell``:
    pairs of a smallest group and a cell that it is part of.
    """

    group: IntArray
    groups: int
    member: IntArray
    cell: IntArray


@dataclass(frozen=True)
class Structure:
    """The places of one wave and the sums between them; the planned places come first, in plan order."""

    plan: ReportingPlan
    places: tuple[Place, ...]
    lattice: Lattice
    divisions: tuple[Division, ...]

    @cached_property
    def index(self) -> dict[Place, int]:
        """The number of each place."""
        return {place: number for number, place in enumerate(self.places)}

    @cached_property
    def planned(self) -> Flags:
        """Which places are planned."""
        return np.arange(len(self.places)) < len(self.plan.places)

    @cached_property
    def crossed(self) -> Flags:
        """Which places are a category within a unit."""
        return np.array([place.cut != NO_CUT and place.unit != TOTAL for place in self.places])

    @cached_property
    def derived(self) -> Flags:
        """Which places are made from answers: their head counts are figures of other measures."""
        made = {cut.key for cut in self.plan.cuts if cut.rests_on}
        return np.array([place.cut in made for place in self.places])

    def within(self, left_out: frozenset[str]) -> Flags:
        """Which places belong to none of the cuts ``left_out``."""
        return np.array([place.cut not in left_out for place in self.places])

    def lattice_without(self, left_out: frozenset[str]) -> Lattice:
        """The sums among places that belong to none of the cuts ``left_out``; places keep their numbers."""
        if not left_out:
            return self.lattice
        keep = self.within(left_out)
        kept = (r for r in self.lattice.relations if all(keep[cell] for cell in (r.total, *r.parts)))
        return Lattice(self.lattice.size, tuple(kept))

    def sums(self, scored: Scored) -> GroupSums:
        """Base, yes-counts and score sums of every place, arrays of shape ``(places,)``."""
        parts = [sum_by_group(scored, division.group, division.groups) for division in self.divisions]
        n, yes, total, squares = (self._gathered(parts, name) for name in ("n", "yes", "total", "squares"))
        assert n is not None
        return GroupSums(n, yes, total, squares, parts[0].denominator)

    def _gathered(self, parts: Sequence[GroupSums], name: str) -> np.ndarray | None:
        if getattr(parts[0], name) is None:
            return None
        found = np.zeros(len(self.places), dtype=getattr(parts[0], name).dtype)
        for division, sums in zip(self.divisions, parts, strict=True):
            np.add.at(found, division.cell, getattr(sums, name)[division.member])
        return found


def build_structure(dataset: Dataset, plan: ReportingPlan, derived: Mapping[str, IntArray]) -> Structure:
    """The lattice of the current wave; ``derived`` holds the categories of cuts that are made from answers."""
    return _Builder(dataset, plan, derived).structure()


class _Builder:
    """Finds the places that hold somebody and the sums between them."""

    def __init__(self, dataset: Dataset, plan: ReportingPlan, derived: Mapping[str, IntArray]) -> None:
        self._dataset = dataset
        self._plan = plan
        self._derived = derived
        self._places = list(plan.places)
        self._index = {place: number for number, place in enumerate(self._places)}

    def structure(self) -> Structure:
        divisions = [self._by_unit(), *(self._by_cut(cut) for cut in self._plan.cuts)]
        relations = tuple(self._relations())
        lattice = Lattice(len(self._places), relations)
        return Structure(self._plan, tuple(self._places), lattice, tuple(divisions))

    def _by_unit(self) -> Division:
        reported = set(self._plan.tree)
        parents = {path[:-1] for path in reported}
        paths = [*self._dataset.paths, ()]
        group = np.where(self._dataset.unit < 0, len(paths) - 1, self._dataset.unit).astype(np.int64)
        people = np.bincount(group, minlength=len(paths))
        pairs = []
        # In the order of their names, so that hidden places get the same numbers however the answers are sorted.
        for number, path in sorted(enumerate(paths), key=lambda pair: pair[1]):
            within = [path[:depth] for depth in range(len(path) + 1) if not depth or path[:depth] in reported]
            pairs += [(number, self._index[Place(written(unit))]) for unit in within]
            if within[-1] in parents and people[number]:
                pairs.append((number, self._number(Place(written(within[-1]), NO_CUT, REST))))
        return _division(group, len(paths), pairs)

    def _by_cut(self, cut: PlannedCut) -> Division:
        crossed = self._plan.crossed(cut)
        keys = [*cut.categories, NO_CATEGORY]
        code = self._derived[cut.key] if cut.rests_on else self._dataset.cuts[cut.key]
        category = np.where(code < 0, len(cut.categories), code).astype(np.int64)
        within, units = self._innermost(crossed)
        group = within * len(keys) + category
        people = np.bincount(group, minlength=len(units) * len(keys))
        # Who sees that somebody of the organisation is without a category cannot tell in which unit.
        without = bool((code < 0).any())
        above = set(self._above(crossed))
        pairs = []
        for number in range(people.size):
            unit, key = units[number // len(keys)], keys[number % len(keys)]
            of = [
                Place(written(unit[:depth]), cut.key, key) for depth in range(len(unit) + 1) if unit[:depth] in crossed
            ]
            if unit in above:  # people of this unit who are in none of the crossed units below it
                of += [Place(rest_of(unit), cut.key, name) for name in (key, EVERYBODY) if unit or name == key]
            pairs += [
                (number, self._number(place))
                for place in of
                if people[number] or place in self._index or (without and place.category == NO_CATEGORY)
            ]
        return _division(group, people.size, pairs)

    def _innermost(self, crossed: Sequence[UnitPath]) -> tuple[IntArray, Sequence[UnitPath]]:
        """For each respondent the place among ``crossed`` of the smallest unit that they work in."""
        places = {unit: place for place, unit in enumerate(crossed)}
        found = [
            next(places[path[:depth]] for depth in range(len(path), -1, -1) if path[:depth] in places)
            for path in (*self._dataset.paths, ())
        ]
        return np.array(found, dtype=np.int64)[self._dataset.unit], crossed

    @staticmethod
    def _above(crossed: Sequence[UnitPath]) -> dict[UnitPath, list[UnitPath]]:
        """For each crossed unit above others the crossed units right below it."""
        below: dict[UnitPath, list[UnitPath]] = {}
        for unit in crossed[1:]:
            nearest = next(unit[:depth] for depth in range(len(unit) - 1, -1, -1) if unit[:depth] in crossed)
            below.setdefault(nearest, []).append(unit)
        return below

    def _number(self, place: Place) -> int:
        if place not in self._index:
            self._index[place] = len(self._places)
            self._places.append(place)
        return self._index[place]

    def _relations(self) -> Iterator[Relation]:
        children: dict[str, list[Place]] = {}
        for path in self._plan.tree:
            children.setdefault(written(path[:-1]), []).append(Place(written(path)))
        for unit, below in children.items():
            yield from self._sum(Place(unit), [*below, Place(unit, NO_CUT, REST)])
        for cut in self._plan.cuts:
            yield from self._relations_of(cut)

    def _relations_of(self, cut: PlannedCut) -> Iterator[Relation]:
        """Rows: a unit is the sum of its categories. Columns: a category is the sum over the units below."""
        keys = (*cut.categories, NO_CATEGORY)
        crossed = self._plan.crossed(cut)
        for unit in crossed:
            yield from self._sum(Place(written(unit)), [Place(written(unit), cut.key, key) for key in keys])
        for unit, below in self._above(crossed).items():
            rest = rest_of(unit)
            if any(Place(rest, cut.key, key) in self._index for key in keys):
                outside = Place(rest, cut.key, EVERYBODY)
                if unit:
                    yield from self._sum(Place(written(unit)), [*(Place(written(each)) for each in below), outside])
                else:
                    outside = Place(TOTAL, NO_CUT, REST)
                yield from self._sum(outside, [Place(rest, cut.key, key) for key in keys])
            for key in keys:
                parts = [Place(written(each), cut.key, key) for each in below]
                yield from self._sum(Place(written(unit), cut.key, key), [*parts, Place(rest, cut.key, key)])

    def _sum(self, total: Place, parts: Sequence[Place]) -> Iterator[Relation]:
        there = tuple(self._index[part] for part in parts if part in self._index)
        if total in self._index and there:
            yield Relation(self._index[total], there)


def _division(group: IntArray, groups: int, pairs: Sequence[tuple[int, int]]) -> Division:
    member, cell = (np.array(column, dtype=np.int64) for column in zip(*pairs, strict=True))
    return Division(group, groups, member, cell)
