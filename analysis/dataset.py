"""The coded answers of one wave, in memory, and the head counts that go with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.grouping import TooFewInvited, merge_small_units
from analysis.units import UnitPath, first_level

IntArray = npt.NDArray[np.signedinteger[Any]]


def missing_code(dtype: np.dtype[Any]) -> int:
    """What stands for "no answer" in an array of codes: the lowest value of its type."""
    return int(np.iinfo(dtype).min)


@dataclass(frozen=True)
class Headcount:
    """How many people were invited, known to HR: in all, by unit path, and by cut and category.

    ``units`` counts everybody once, at their own unit. ``crossed`` counts by unit of the first level, then
    by cut and category; it may be empty where a roster says nothing of it.
    """

    total: int
    units: Mapping[UnitPath, int]
    cuts: Mapping[str, Mapping[str, int]]
    crossed: Mapping[str, Mapping[str, Mapping[str, int]]] = field(default_factory=dict)

    def below(self, path: UnitPath) -> int:
        """Invited people of a unit and everything below it; of the organisation for ``()``."""
        if not path:
            return self.total
        return self._subtrees.get(path, 0)

    @property
    def own(self) -> dict[UnitPath, int]:
        """Invited people by their own unit; ``()`` for those without one."""
        return {(): max(0, self.total - sum(self.units.values())), **self.units}

    @cached_property
    def _subtrees(self) -> dict[UnitPath, int]:
        counts: dict[UnitPath, int] = {}
        for path, count in self.units.items():
            for depth in range(1, len(path) + 1):
                counts[path[:depth]] = counts.get(path[:depth], 0) + count
        return counts

    def merged(self, home: Mapping[UnitPath, UnitPath]) -> Headcount:
        """The same people, each counted at the unit that is ``home`` to theirs."""
        units: Counter[UnitPath] = Counter()
        for path, count in self.units.items():
            units[home.get(path, path)] += count
        del units[()]
        left = {path[0] for path in units}
        crossed = {unit: cuts for unit, cuts in self.crossed.items() if unit in left}
        return replace(self, units=dict(sorted(units.items())), crossed=crossed)


@dataclass(frozen=True)
class Dataset:
    """Respondents × columns of one wave, without any identifier.

    ``codes``: item key → array of shape ``(n,)`` with the answer code or
    :func:`missing_code`. ``unit``: shape ``(n,)``, index into ``paths``, or -1. ``cuts``:
    cut key → shape ``(n,)``, index of the category, or -1 for no answer.
    """

    wave: str
    n: int
    codes: Mapping[str, IntArray]
    paths: tuple[UnitPath, ...]
    unit: IntArray
    cuts: Mapping[str, IntArray]
    headcount: Headcount | None = None

    @property
    def units(self) -> tuple[str, ...]:
        """The units of the first level that occur among respondents or on the roster."""
        return first_level(self.listed)

    @property
    def listed(self) -> frozenset[UnitPath]:
        """The units at which respondents, or people on the roster, work."""
        answered = {self.paths[place] for place in np.unique(self.unit).tolist() if place >= 0}
        return frozenset({*answered, *(() if self.headcount is None else self.headcount.units)})

    def reported_tree(self, least: int, levels: int | None = None) -> frozenset[UnitPath]:
        """The units to report on: all of the first level, and below it those that ``least`` people were invited to.

        Never deeper than ``levels`` below the organisation (None: as deep as the organisation goes).

        Smaller ones are part of a larger one (:func:`analysis.grouping.merge_small_units`), for nobody's
        answers in them could be shown. Without a roster every unit stands for itself.
        """
        deepest = len(max(self.listed, key=len, default=())) if levels is None else levels
        every = {path[:depth] for path in self.listed for depth in range(1, min(len(path), deepest) + 1)}
        if self.headcount is None:
            return frozenset(every)
        try:
            reported = merge_small_units(self.headcount.own, least).units
        except TooFewInvited:
            reported = {}
        return frozenset(path for path in every if len(path) == 1 or path in reported)

    def merged(self, least: int) -> Dataset:
        """The same people at the units that are reported: those of a smaller unit at the one that it is part of.

        As in a survey of Peil, where nobody has the credential of a unit with fewer than ``least`` people.
        Without a roster everybody stays where they are.
        """
        if self.headcount is None:
            return self
        try:
            home = merge_small_units(self.headcount.own, least).home
        except TooFewInvited:
            return self
        homes = [home.get(path, path) for path in self.paths]
        paths = tuple(sorted({path for path in homes if path}))
        places = {path: place for place, path in enumerate(paths)}
        lookup = np.array([places.get(path, -1) for path in homes] + [-1], dtype=np.int32)
        return replace(self, paths=paths, unit=lookup[self.unit], headcount=self.headcount.merged(home))
