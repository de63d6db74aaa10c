"""The lattice that follows from the keys of released cells alone: who is part of whom.

Nothing is known here but names. Units hang under the nearest unit that is named, categories divide their
unit, and a category of a unit is divided by the units below. A cell that takes part in such a sum and is in no
file is there as well, for a reader can subtract it; and where the figures show that there must be people
outside all units, or without a category, those have cells too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from analysis.disclosure.knowledge import Flags, Lattice, Numbers, Relation
from analysis.disclosure.plan import NO_CUT, Place
from analysis.disclosure.structure import NO_CATEGORY, REST
from analysis.units import SEPARATOR, TOTAL

#: Rounds in which bounds are tightened. Those of a deep tree settle in a few; each is right whenever it ends.
_ROUNDS = 20


class Gap(NamedTuple):
    """Where people can be who are in nothing that is named: below a unit in none of its units, or, with a cut,
    anywhere without one of its categories."""

    unit: str
    cut: str = NO_CUT


@dataclass(frozen=True)
class Frame:
    """The units of one wave and the categories of its cuts, as its keys name them.

    ``below`` holds the units right below each unit that has any, those above coming first.
    """

    below: Mapping[str, tuple[str, ...]]
    categories: Mapping[str, tuple[str, ...]]

    @property
    def gaps(self) -> frozenset[Gap]:
        """Wherever people can be who are in nothing that is named."""
        return frozenset({*map(Gap, self.below), *(Gap(TOTAL, cut) for cut in self.categories)})

    @property
    def single(self) -> frozenset[Gap]:
        """Where a single part is named, which is never the whole."""
        units = (Gap(unit) for unit, units in self.below.items() if len(units) == 1)
        return frozenset({*units, *(Gap(TOTAL, cut) for cut, keys in self.categories.items() if len(keys) == 1)})

    def with_hidden(self, gaps: Collection[Gap]) -> Frame:
        """The same with people in these gaps."""
        below, categories = self.below, self.categories
        return Frame(
            {unit: (*units, rest_of(unit)) if Gap(unit) in gaps else units for unit, units in below.items()},
            {cut: (*keys, NO_CATEGORY) if Gap(TOTAL, cut) in gaps else keys for cut, keys in categories.items()},
        )


def rest_of(unit: str) -> str:
    """The name of those in a unit who are in none of the units below it."""
    return f"{unit}{SEPARATOR}{REST}"


def is_rest(place: Place) -> bool:
    """Whether a place is about people in none of the units that are named."""
    return place.unit.endswith(REST)


def name_place(place: Place) -> str:
    """A group in words: "Zorg > Noord, age 15-24"."""
    unit, rest = (place.unit[: -len(SEPARATOR + REST)], True) if is_rest(place) else (place.unit, False)
    cut = f", {place.cut} {place.category}"
    if place.category == NO_CATEGORY:
        cut = f", in no {place.cut} named"
    return f"{unit}{', in no unit named' if rest else ''}{cut if place.cut != NO_CUT else ''}"


def make_frame(places: Iterable[Place]) -> Frame:
    """The units and categories that ``places`` name, in their order."""
    units: dict[str, None] = {TOTAL: None}
    categories: dict[str, dict[str, None]] = {}
    for place in places:
        units[place.unit] = None
        if place.cut != NO_CUT:
            categories.setdefault(place.cut, {})[place.category] = None
    below: dict[str, list[str]] = {}
    for unit in sorted(units, key=lambda name: name.count(SEPARATOR)):
        if unit != TOTAL:
            below.setdefault(_unit_above(unit, units), []).append(unit)
    return Frame(
        {unit: tuple(found) for unit, found in below.items()}, {cut: tuple(keys) for cut, keys in categories.items()}
    )


def _unit_above(unit: str, units: Collection[str]) -> str:
    path = unit.split(SEPARATOR)
    above = (SEPARATOR.join(path[:depth]) for depth in range(len(path) - 1, 0, -1))
    return next((name for name in above if name in units), TOTAL)


@dataclass(frozen=True)
class Sums:
    """Places and the sums between them; ``gaps`` says of each sum where people can be who are missing in it.

    The places that were listed come first, and the organisation is always there.
    """

    places: tuple[Place, ...]
    lattice: Lattice
    gaps: tuple[Gap, ...]

    @cached_property
    def index(self) -> dict[Place, int]:
        """The number of each place."""
        return {place: number for number, place in enumerate(self.places)}


def make_sums(frame: Frame, listed: Sequence[Place]) -> Sums:
    """The sums in which ``listed`` places take part, with all other places in them."""
    return _Maker(frame, listed).sums()


class _Maker:
    def __init__(self, frame: Frame, listed: Sequence[Place]) -> None:
        self._frame = frame
        self._index: dict[Place, int] = {}
        for place in (*listed, Place()):
            self._number(place)
        self._crossed: dict[str, set[str]] = {cut: set() for cut in frame.categories}
        for place in listed:
            if place.cut != NO_CUT:
                self._crossed[place.cut].add(place.unit)
        named = {place.unit for place in listed}
        #: Units that are divided: those with somebody named below them.
        self._divided: dict[str, tuple[str, ...]] = {}
        for unit, units in reversed(list(frame.below.items())):
            if any(each in named or each in self._divided for each in units):
                self._divided[unit] = units
            for crossed in self._crossed.values():
                if not crossed.isdisjoint(units):
                    crossed.update((unit, *units))

    def sums(self) -> Sums:
        relations = tuple(self._relations())
        found = tuple(Relation(total, parts) for _, total, parts in relations)
        return Sums(tuple(self._index), Lattice(len(self._index), found), tuple(gap for gap, _, _ in relations))

    def _relations(self) -> Iterator[tuple[Gap, int, tuple[int, ...]]]:
        for unit in reversed(list(self._divided)):
            yield self._sum(Gap(unit), Place(unit), [Place(each) for each in self._divided[unit]])
        for cut, keys in self._frame.categories.items():
            crossed = self._crossed[cut]
            for unit in sorted(crossed):
                yield self._sum(Gap(TOTAL, cut), Place(unit), [Place(unit, cut, key) for key in keys])
            for unit, units in self._frame.below.items():
                if not crossed.isdisjoint(units):
                    for key in keys:
                        yield self._sum(Gap(unit), Place(unit, cut, key), [Place(each, cut, key) for each in units])

    def _sum(self, gap: Gap, total: Place, parts: Sequence[Place]) -> tuple[Gap, int, tuple[int, ...]]:
        return gap, self._number(total), tuple(map(self._number, parts))

    def _number(self, place: Place) -> int:
        return self._index.setdefault(place, len(self._index))


class Clash(Exception):
    """Bounds that leave no number: of ``cell``, or of the sum number ``relation``; with ``lacking``, the parts of
    that sum hold too few people for their total."""

    def __init__(self, cell: int, relation: int = -1, *, lacking: bool = False) -> None:
        super().__init__(f"cell {cell}")
        self.cell = cell
        self.relation = relation
        self.lacking = lacking


def find_gaps(sums: Sums, low: Numbers, high: Numbers) -> frozenset[Gap]:
    """Where people are missing, each sum looked at by itself: its parts hold too few."""
    return frozenset(
        gap
        for gap, relation in zip(sums.gaps, sums.lattice.relations, strict=True)
        if int(high[list(relation.parts)].sum()) < low[relation.total]
    )


def tighten_bounds(sums: Sums, low: Numbers, high: Numbers) -> tuple[Numbers, Numbers]:
    """Bounds on people that follow from those of others by adding and subtracting. Raises :class:`Clash`."""
    low, high = low.copy(), high.copy()
    if (low > high).any():
        raise Clash(int(np.argmax(low > high)))
    for _ in range(_ROUNDS):
        before = low.copy(), high.copy()
        for number, relation in enumerate(sums.lattice.relations):
            _tighten(number, relation, low, high)
        if (low == before[0]).all() and (high == before[1]).all():
            break
    return low, high


def _tighten(number: int, relation: Relation, low: Numbers, high: Numbers) -> None:
    total, parts = relation.total, np.array(relation.parts)
    least, most = int(low[parts].sum()), int(high[parts].sum())
    low[total], high[total] = max(low[total], least), min(high[total], most)
    if low[total] > high[total]:
        raise Clash(total, number, lacking=most < low[total])
    others_least, others_most = least - low[parts], most - high[parts]
    low[parts] = np.maximum(low[parts], low[total] - others_most)
    high[parts] = np.minimum(high[parts], high[total] - others_least)


def find_secret(sums: Sums, closed: Flags, low: Numbers, frame: Frame) -> Flags:
    """Which places must not be found out; ``closed`` are those that are not printed, ``low`` bounds their people.

    Those in nothing that is named are a group only where there must be somebody. Those who left out a question
    about themselves are no group that anybody knows; but where a cut has a single category, they are everybody
    else.
    """
    rest, nameless = np.array([(is_rest(place), place.category == NO_CATEGORY) for place in sums.places]).T
    known = np.array([Gap(TOTAL, place.cut) in frame.single for place in sums.places])
    found: Flags = closed & (~nameless | known) & (~(rest | nameless) | (low > 0))
    return found
