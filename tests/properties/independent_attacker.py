"""Somebody with the published file who wants to know more than it says: a third attacker, for the tests alone.

He reads the text of ``released.csv`` and nothing of the gate. People are variables: how many there are in
each smallest group that the rows of the file distinguish, how many of them said yes, and what their scores
add up to. Every printed figure bounds a sum of these. He knows besides what the tests give him: which groups
are empty, and the employer's head counts. What he asks is answered over whole numbers, exactly: the range of
a quantity over everything that fits the file.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import optimize, sparse

ORGANISATION, SEPARATOR = "Total", " > "

#: The category of people without one.
NONE = ""


class Group(NamedTuple):
    """A row of the file: a unit, possibly a category of a cut within it."""

    unit: str
    cut: str = ""
    category: str = ""


class Atom(NamedTuple):
    """People of ``unit`` who are in none of the units below it that are told apart; by ``cut``, if any."""

    unit: str
    cut: str = ""
    category: str = ""


@dataclass(frozen=True)
class Figure:
    """What is printed of a group; None where a measure has no share or no mean."""

    n_low: int
    n_high: int
    share: int | None
    tenths: int | None


#: The figures of one measure; None for a closed one.
Page = Mapping[Group, Figure | None]


def read_file(text: str, wave: str) -> dict[str, Page]:
    """The figures of a wave, by measure."""
    pages: dict[str, dict[Group, Figure | None]] = {}
    for row in csv.DictReader(io.StringIO(text)):
        if row["wave"] == wave:
            group = Group(row["unit"], row["cut"], row["category"])
            pages.setdefault(row["measure"], {})[group] = None if row["closed"] == "1" else _figure(row)
    return dict(pages)


def _figure(row: Mapping[str, str]) -> Figure:
    share = int(row["share"]) if row["share"] and row["measure"] != "response" else None
    tenths = int(10 * Decimal(row["mean"])) if row["mean"] else None
    return Figure(int(row["n_low"]), int(row["n_high"]), share, tenths)


#: A sum of numbers to be found out: how often it counts each of them.
Weights = Mapping[int, int]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Scores:
    """How answers are scored: from ``low`` to ``high``, a yes from ``yes_from`` on."""

    low: int = 1
    high: int = 5
    yes_from: int = 4


class Rows:
    """Which smallest groups the rows of one measure tell apart."""

    def __init__(self, page: Iterable[Group]) -> None:
        self.groups = tuple(page)
        self.units = frozenset(group.unit for group in self.groups if not group.cut)
        self.crossed: dict[str, set[str]] = {}
        self.categories: dict[str, list[str]] = {}
        for group in self.groups:
            if group.cut:
                self.crossed.setdefault(group.cut, set()).add(group.unit)
                known = self.categories.setdefault(group.cut, [NONE])
                if group.category not in known:
                    known.append(group.category)

    def home(self, unit: str, among: Iterable[str]) -> str:
        """The smallest of the units ``among`` that ``unit`` is or lies in."""
        return max((each for each in among if _lies_in(unit, each)), key=lambda each: (each != ORGANISATION, len(each)))

    def atoms_of(self, unit: str, tells: Callable[[str], str]) -> list[Atom]:
        """The smallest groups that somebody is in, one by unit and one for each cut."""
        found = [Atom(self.home(unit, self.units))]
        return found + [Atom(self.home(unit, units), cut, tells(cut)) for cut, units in self.crossed.items()]

    @cached_property
    def atoms(self) -> tuple[Atom, ...]:
        """All smallest groups."""
        by_cut = [
            Atom(unit, cut, category)
            for cut, units in self.crossed.items()
            for unit in sorted(units)
            for category in self.categories[cut]
        ]
        return (*(Atom(unit) for unit in sorted(self.units)), *by_cut)

    def parts(self, group: Group) -> frozenset[Atom]:
        """The smallest groups that a group consists of."""
        same = (group.cut, group.category)
        return frozenset(a for a in self.atoms if (a.cut, a.category) == same and _lies_in(a.unit, group.unit))

    def beside(self) -> list[Atom]:
        """Smallest groups that are no row of the file, and can be known otherwise: all but "no category"."""
        planned = {self.parts(group) for group in self.groups}
        return [a for a in self.atoms if frozenset({a}) not in planned and (not a.cut or a.category != NONE)]

    def same_people(self) -> list[tuple[list[Atom], list[Atom]]]:
        """Pairs of lists of atoms that hold the same people, divided by unit and by a cut."""
        pairs = []
        for cut, units in self.crossed.items():
            for unit in sorted(units):
                by_cut = [atom for atom in self.atoms if (atom.unit, atom.cut) == (unit, cut)]
                by_unit = [atom for atom in self.atoms if not atom.cut and self.home(atom.unit, units) == unit]
                pairs.append((by_unit, by_cut))
        return pairs


def _lies_in(unit: str, other: str) -> bool:
    return other in (ORGANISATION, unit) or unit.startswith(other + SEPARATOR)


class Attacker:
    """What fits one page of the file: whole numbers with linear bounds.

    ``occupied`` are the atoms with somebody in them. With ``zeros`` the attacker knows which closed groups are
    empty, and in which units nobody is without a category. Whether people of a unit are in none of its parts,
    and whether anybody at all is without a category, he always knows. ``most`` bounds the people in some sets of
    atoms. ``scores`` for a measure with a mean.
    """

    def __init__(
        self,
        page: Page,
        occupied: frozenset[Atom],
        most: Mapping[frozenset[Atom], int],
        *,
        zeros: bool = True,
        share: bool = False,
        scores: Scores | None = None,
    ) -> None:
        self.rows = Rows(page)
        self._place = {atom: place for place, atom in enumerate(self.rows.atoms)}
        self._names = ("n", *(("yes",) if share else ()), *(("points",) if scores else ()))
        self._limits: list[tuple[Weights, float, float]] = []
        self._worlds: list[Numbers] = []
        self._low, self._high = np.zeros(self._columns), np.full(self._columns, np.inf)
        planned = {self.rows.parts(group) for group in page}
        without = {atom.cut for atom in occupied if atom.cut and atom.category == NONE}
        for atom in self.rows.atoms:
            column = self._column("n", atom)
            somewhere = atom.category == NONE and atom.cut in without
            if zeros or not (somewhere or frozenset({atom}) in planned):
                self._low[column], self._high[column] = (int(zeros), np.inf) if atom in occupied else (0, 0)
        for atoms, people in most.items():
            self._limit(self.sum_of("n", atoms), 0, people)
        self._each_answers_within_the_scale(scores)
        for name in self._names:
            for one, other in self.rows.same_people():
                self._limit(minus(self.sum_of(name, one), self.sum_of(name, other)), 0, 0)
        for group, figure in page.items():
            if figure is not None:
                self._read(self.rows.parts(group), figure)

    @property
    def _columns(self) -> int:
        return len(self._names) * len(self._place)

    def _column(self, name: str, atom: Atom) -> int:
        return self._names.index(name) * len(self._place) + self._place[atom]

    def _limit(self, weights: Weights, low: float, high: float) -> None:
        self._limits.append((weights, low, high))

    def sum_of(self, name: str, atoms: Iterable[Atom]) -> Weights:
        """The people ("n"), the yes-answers ("yes") or the points of some atoms together."""
        return {self._column(name, atom): 1 for atom in atoms}

    def noes(self, atoms: Iterable[Atom]) -> Weights:
        """The no-answers of some atoms together."""
        atoms = list(atoms)
        return minus(self.sum_of("n", atoms), self.sum_of("yes", atoms))

    def _each_answers_within_the_scale(self, scores: Scores | None) -> None:
        for atom in self.rows.atoms:
            people = self.sum_of("n", [atom])
            if "yes" in self._names:
                self._limit(self.noes([atom]), 0, np.inf)
            if scores is None:
                continue
            points = self.sum_of("points", [atom])
            self._limit(minus(points, people, scores.low), 0, np.inf)
            self._limit(minus(points, people, scores.high), -np.inf, 0)
            if "yes" in self._names:
                # Who says yes has from ``yes_from`` up, who says no at most one less.
                yes, no = self.sum_of("yes", [atom]), self.noes([atom])
                self._limit(minus(minus(points, yes, scores.yes_from), no, scores.low), 0, np.inf)
                self._limit(minus(minus(points, yes, scores.high), no, scores.yes_from - 1), -np.inf, 0)

    def _read(self, atoms: Iterable[Atom], figure: Figure) -> None:
        """A figure is what was rounded to it, a half upwards: p - 1/2 <= 100 yes / n < p + 1/2, and so for tenths."""
        people = self.sum_of("n", atoms)
        self._limit(people, figure.n_low, figure.n_high)
        for name, printed, steps in (("yes", figure.share, 100), ("points", figure.tenths, 10)):
            if printed is not None:
                twice = dict.fromkeys(self.sum_of(name, atoms), 2 * steps)
                self._limit(minus(twice, people, 2 * printed - 1), 0, np.inf)
                self._limit(minus(twice, people, 2 * printed + 1), -np.inf, -1)

    # ------------------------------------------------------------------------------------ asking

    def add_world(self, values: Mapping[str, Mapping[Atom, int]]) -> None:
        """A way in which everything could be. Raises ``AssertionError`` when it does not fit what was read."""
        world = np.zeros(self._columns, dtype=np.int64)
        for name in self._names:
            for atom, value in values[name].items():
                world[self._column(name, atom)] = value
        self._keep(world)

    def find_range(self, weights: Weights, enough: float, given: Weights | None = None) -> tuple[int, int]:
        """The least and the greatest value of a sum; only as far as it takes to be ``enough`` wide.

        ``given``: among the worlds in which this other sum is at least 1.
        """
        seen = [w for w in self._worlds if given is None or _value(given, w) >= 1]
        low = min((_value(weights, world) for world in seen), default=None)
        high = max((_value(weights, world) for world in seen), default=None)
        if low is None or high is None or high - low < enough:
            high = _value(weights, self._stretch(weights, 1, given))
            low = high if low is None else low
        if high - low < enough:
            low = _value(weights, self._stretch(weights, -1, given))
        return low, high

    def find_most(self, weights: Weights, enough: int) -> int:
        """The greatest value of a sum, or ``enough`` when it can be that."""
        most = max((_value(weights, world) for world in self._worlds), default=0)
        return most if most >= enough else _value(weights, self._stretch(weights, 1, None))

    def _stretch(self, weights: Weights, sign: int, given: Weights | None) -> Numbers:
        objective = np.zeros(self._columns)
        objective[list(weights)] = [-sign * weight for weight in weights.values()]
        limits = [self._constraints]
        if given is not None:
            limits.append(_matrix([(given, 1, np.inf)], self._columns))
        found = optimize.milp(
            objective,
            integrality=np.ones(self._columns, dtype=np.int64),
            bounds=optimize.Bounds(self._low, self._high),
            constraints=limits,
            options={"mip_rel_gap": 0},
        )
        assert found.status == 0, f"the attacker came to no end: {found.message}"
        world = np.rint(found.x).astype(np.int64)
        self._keep(world)
        return world

    def _keep(self, world: Numbers) -> None:
        """Every world is checked in whole numbers before anything is concluded from it."""
        assert (self._low <= world).all() and (world <= self._high).all(), "a group is empty or full against the rules"
        for weights, low, high in self._limits:
            assert low <= _value(weights, world) <= high, f"{self._words(weights)} is not between {low} and {high}"
        self._worlds.append(world)

    def _words(self, weights: Weights) -> str:
        atoms = self.rows.atoms
        named = ((w, self._names[c // len(atoms)], tuple(atoms[c % len(atoms)])) for c, w in weights.items())
        return " + ".join(f"{weight} {name}{atom}" for weight, name, atom in named)

    @cached_property
    def _constraints(self) -> optimize.LinearConstraint:
        return _matrix(self._limits, self._columns)


def minus(one: Weights, other: Weights, times: int = 1) -> Weights:
    """The sum ``one`` less so many times the sum ``other``."""
    found = dict(one)
    for column, weight in other.items():
        found[column] = found.get(column, 0) - times * weight
    return found


def _value(weights: Weights, world: Numbers) -> int:
    return sum(weight * int(world[column]) for column, weight in weights.items())


def _matrix(limits: Sequence[tuple[Weights, float, float]], columns: int) -> optimize.LinearConstraint:
    row = [place for place, (weights, _, _) in enumerate(limits) for _ in weights]
    column = [column for weights, _, _ in limits for column in weights]
    value = [float(weight) for weights, _, _ in limits for weight in weights.values()]
    matrix = sparse.csr_array((value, (row, column)), shape=(len(limits), columns))
    return optimize.LinearConstraint(matrix, [low for _, low, _ in limits], [high for _, _, high in limits])
