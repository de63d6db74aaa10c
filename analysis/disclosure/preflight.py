"""Before anything is sent: which groups of a roster will have figures, and what could be seen in them.

Everything here follows from head counts. The number of answers of a group of N people, of whom a share r
takes part, is taken as binomial (N, r). What closes to protect another group is looked at within one
division at a time: a unit's parts, or the categories of a cut. The gate weighs all divisions and measures
together, so that it may close a little more.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import bdtr

from analysis.benchmark.compare import Estimate, difference_between, estimate_released, widen
from analysis.dataset import Headcount
from analysis.disclosure.gate import INSIDERS
from analysis.disclosure.plan import CellKey
from analysis.disclosure.release import Cell
from analysis.disclosure.rounding import n_band, round_half_up
from analysis.estimate import Interval
from analysis.grouping import INVITED_PER_K, merge_small_units
from analysis.units import UnitPath, natural_order

#: No promise goes below this, and below the default only a survey that asks nothing about health,
#: caregiving or harassment (policy of disclosure control).
LOWEST_K = 5

#: How much of the invited people may take part, in percent, where nobody says otherwise: poor, usual, very good.
RESPONSES = (40, 60, 80)

#: "Yes" from this chance on and "no" up to the other one: wrong once in twenty times, like the report's intervals.
SURE, HARDLY = 0.95, 0.05

#: A category within a unit is shown from this many times k answers on (disclosure rule 11).
ANSWERS_PER_K_CROSSED = 2

#: The share around which differences are looked for, in percent: about one in five is tired.
USUAL_SHARE = 20

#: An expected size that lies more standard deviations of the difference below another one is surely the smaller.
CLEARLY = 2.0

Figures = Literal["yes", "perhaps", "no"]
_Chances = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Outlook:
    """What becomes of a group when ``response`` percent of the invited take part.

    ``answers`` are to be expected; ``chance`` is that of having enough of them for figures. ``may_close``:
    the group may have to close with enough answers, because what the closed groups beside it leave of the
    total would describe a few people. ``difference`` is the smallest difference in whole percentage points
    that a comparison would call higher; None where there will be no figures, nobody to compare with, or no
    difference that is large enough.
    """

    response: int
    answers: int
    chance: float
    may_close: bool
    difference: int | None

    @property
    def figures(self) -> Figures:
        """Whether the group will have figures."""
        return "yes" if self.chance >= SURE else "no" if self.chance <= HARDLY else "perhaps"

    @property
    def percent(self) -> int:
        """The chance in whole percent; that of a "perhaps" is never rounded into a "yes" or a "no"."""
        percent = int(round_half_up(Fraction(100 * self.chance)))
        if self.figures == "perhaps":
            return min(max(percent, round(100 * HARDLY) + 1), round(100 * SURE) - 1)
        return percent


@dataclass(frozen=True)
class Joined:
    """A unit without figures of its own, by its name in the unit that it is shown together with."""

    name: str
    people: int


@dataclass(frozen=True)
class PlannedUnit:
    """A unit of the reporting plan with everybody in and below it; () is the organisation.

    ``joined`` are the units that are shown together with this one. ``divided`` says whether other units
    are left below it.
    """

    path: UnitPath
    invited: int
    joined: tuple[Joined, ...]
    divided: bool
    outlooks: tuple[Outlook, ...]


@dataclass(frozen=True)
class PlannedCategory:
    """A category of a cut, of the organisation or of one unit of the first level, shown from ``needed`` answers on."""

    unit: UnitPath
    cut: str
    category: str
    invited: int
    needed: int
    outlooks: tuple[Outlook, ...]


@dataclass(frozen=True)
class Preflight:
    """The whole outlook; units in the order of a tree, outlooks in the order of ``responses`` (in percent).

    ``levels`` is how deep below the organisation units are reported; None for as deep as they go.
    """

    k: int
    responses: tuple[int, ...]
    levels: int | None
    units: tuple[PlannedUnit, ...]
    categories: tuple[PlannedCategory, ...]

    @property
    def smallest(self) -> int:
        """The smallest number of answers with figures."""
        return self.k + INSIDERS

    @property
    def invited(self) -> int:
        """Everybody on the roster."""
        return self.units[0].invited


def foresee_figures(
    people: Headcount, k: int, responses: Sequence[int] = RESPONSES, levels: int | None = None
) -> Preflight:
    """The outlook for a roster, with small units merged as the promise merges them.

    ``k`` is the promised group size, ``responses`` are whole percents, ``levels`` says how deep below the
    organisation units are reported. Raises ``ValueError`` for a k below :data:`LOWEST_K` or a response that
    is none, and :class:`analysis.grouping.TooFewInvited`.
    """
    if k < LOWEST_K:
        raise ValueError(f"a group of {k} protects nobody; the smallest k is {LOWEST_K}")
    if not responses or not all(1 <= response <= 100 for response in responses):
        raise ValueError(f"a response is 1 to 100 percent, not {responses}")
    home = merge_small_units(people.own, INVITED_PER_K * k).home
    return _Foresight(people, home, k, tuple(responses), levels).preflight()


@dataclass(frozen=True)
class _Group:
    """People who are shown together, or not at all, as a part of a larger group."""

    name: str
    invited: int


@dataclass(frozen=True)
class _Foresight:
    """Works an outlook out; ``home`` maps each unit with people, as on the roster, to that of its credential."""

    people: Headcount
    home: Mapping[UnitPath, UnitPath]
    k: int
    responses: tuple[int, ...]
    levels: int | None

    def preflight(self) -> Preflight:
        return Preflight(self.k, self.responses, self.levels, tuple(self._units()), tuple(self._categories()))

    @property
    def _smallest(self) -> int:
        return self.k + INSIDERS

    @cached_property
    def _below(self) -> dict[UnitPath, dict[str, int]]:
        """For each planned unit the planned units right below it, with their people, in natural order."""
        sizes: dict[UnitPath, int] = {(): 0}
        own = self.people.own
        for path, home in self.home.items():
            shown, count = home[: self.levels], own[path]
            for depth in range(len(shown) + 1):
                sizes[shown[:depth]] = sizes.get(shown[:depth], 0) + count
        below: dict[UnitPath, dict[str, int]] = {path: {} for path in sizes}
        for path in sorted(sizes, key=lambda path: [natural_order(name) for name in path]):
            if path:
                below[path[:-1]][path[-1]] = sizes[path]
        return below

    @cached_property
    def _joined(self) -> dict[UnitPath, dict[str, int]]:
        """For each planned unit those right below it that are shown with it; whole ones, as they were merged."""
        joined: dict[UnitPath, dict[str, int]] = {}
        for path in sorted(self.home, key=lambda path: [natural_order(name) for name in path]):
            home = self.home[path]
            # Units deeper than the plan have not joined anyone: they were never meant to have figures.
            if len(home) < len(path) and (self.levels is None or len(home) < self.levels):
                names = joined.setdefault(home, {})
                names[path[len(home)]] = self.people.below(path[: len(home) + 1])
        return joined

    def _units(self) -> Iterator[PlannedUnit]:
        everyone = self.people.total
        whole = self._outlooks([_Group("", everyone)], 0, self._smallest)[0]
        waiting: list[tuple[UnitPath, int, tuple[Outlook, ...]]] = [((), everyone, whole)]
        while waiting:
            path, invited, outlooks = waiting.pop()
            parts = [_Group(name, count) for name, count in self._below[path].items()]
            joined = tuple(Joined(name, count) for name, count in self._joined.get(path, {}).items())
            yield PlannedUnit(path, invited, joined, bool(parts), outlooks)
            rest = invited - sum(part.invited for part in parts)
            found = self._outlooks(parts, rest, self._smallest)
            for part, its_outlooks in zip(reversed(parts), reversed(found), strict=True):
                waiting.append(((*path, part.name), part.invited, its_outlooks))

    def _categories(self) -> Iterator[PlannedCategory]:
        crossed = ANSWERS_PER_K_CROSSED * self.k
        for cut, counts in self.people.cuts.items():
            yield from self._cut((), cut, counts, self.people.total, self._smallest)
            for unit, invited in self._below[()].items():
                within = self.people.crossed.get(unit, {}).get(cut, {})
                all_of_them = {category: within.get(category, 0) for category in counts}
                yield from self._cut((unit,), cut, all_of_them, invited, crossed)

    def _cut(
        self, unit: UnitPath, cut: str, counts: Mapping[str, int], invited: int, needed: int
    ) -> Iterator[PlannedCategory]:
        groups = [_Group(category, count) for category, count in counts.items()]
        found = self._outlooks(groups, invited - sum(counts.values()), needed)
        for group, outlooks in zip(groups, found, strict=True):
            yield PlannedCategory(unit, cut, group.name, group.invited, needed, outlooks)

    def _outlooks(self, groups: Sequence[_Group], rest: int, needed: int) -> list[tuple[Outlook, ...]]:
        """For each group of one division its outlook at each response; ``rest`` are people in none of them."""
        invited = np.array([group.invited for group in groups], dtype=np.int64)
        found: list[tuple[Outlook, ...]] = [()] * len(groups)
        for response in self.responses:
            chances = chances_of_answers(invited, response / 100, needed)
            protecting = may_protect(invited, rest, response / 100, needed, self._smallest)
            for place, group in enumerate(groups):
                answers = _expected(group.invited, response)
                chance = float(chances[place])
                seen = None if chance <= HARDLY else self._difference(group.invited, max(answers, needed), response)
                outlook = Outlook(response, answers, chance, bool(protecting[place]), seen)
                found[place] = (*found[place], outlook)
        return found

    def _difference(self, invited: int, answers: int, response: int) -> int | None:
        others = self.people.total - invited
        if not others:
            return smallest_difference(answers, None, self._smallest)
        theirs = _expected(others, response)
        # Fewer others than a printed group holds: then there is no figure to set this one against.
        return smallest_difference(answers, theirs, self._smallest) if theirs >= self._smallest else None


def chances_of_answers(invited: npt.NDArray[np.int64], share: float, needed: int) -> _Chances:
    """The chance that at least ``needed`` of ``invited`` people answer, each with probability ``share``."""
    # Asking for more than everybody has no chance, and SciPy would answer "not a number".
    few = np.minimum(needed - 1, invited)
    return np.asarray(1 - bdtr(few, invited, share), dtype=np.float64)


def may_protect(
    invited: npt.NDArray[np.int64], rest: int, share: float, needed: int, smallest: int
) -> npt.NDArray[np.bool_]:
    """Which groups of a division may close although they have enough answers, to protect what else is closed.

    Groups with fewer than ``needed`` answers close, and the ``rest`` is never shown. When 1 to
    ``smallest`` - 1 people answered in all of these together, subtraction would describe them, so the
    smallest open group closes as well. A group counts when that falls on it with a chance above
    :data:`HARDLY`, with groups ordered by the people invited; and when it is open and its size can not be
    told apart from that of a group on which it falls.
    """
    order = np.argsort(invited, kind="stable")
    opening = chances_of_answers(invited, share, needed)
    hidden = [_hidden_answers(int(invited[place]), share, needed, smallest) for place in order]
    larger = [_nobody(smallest)]  # what all larger groups hide, each of them open or closed
    for place, closed in zip(reversed(order), reversed(hidden), strict=True):
        either = closed.copy()
        either[0] += opening[place]
        larger.append(_together(larger[-1], either))
    smaller = _hidden_answers(rest, share, rest + 1, smallest)  # what all smaller groups hide, when all are closed
    falls = np.zeros(len(invited), dtype=np.bool_)
    for position, place in enumerate(order):
        both = _together(smaller, larger[len(order) - 1 - position])
        falls[place] = opening[place] * both[1:smallest].sum() > HARDLY
        smaller = _together(smaller, hidden[position])
    if not falls.any():
        return falls
    largest = int(invited[falls].max())
    gap = share * (invited - largest)
    spread = np.sqrt(share * (1 - share) * (invited + largest))
    return np.asarray(falls | ((opening > HARDLY) & (gap >= 0) & (gap <= CLEARLY * spread)), dtype=np.bool_)


@lru_cache(maxsize=1 << 14)  # the sizes of teams repeat, and there may be thousands of teams
def smallest_difference(answers: int, others: int | None, smallest: int) -> int | None:
    """The smallest difference in whole points that the report would call higher, or None.

    ``answers`` people next to ``others``, of whom :data:`USUAL_SHARE` percent say yes; the verdict is that
    of :func:`analysis.benchmark.compare.difference_between` on printed figures. Without others it is a
    national figure in whole percents, of which only the rounding is uncertain.
    """
    if others is None:
        exact = Interval(USUAL_SHARE, USUAL_SHARE)
        theirs = Estimate(USUAL_SHARE, *(widen(USUAL_SHARE, exact, 1.0, level) for level in (0.95, 0.90)))
    else:
        theirs = _printed(USUAL_SHARE, others, smallest)
    low, high = 1, 100 - USUAL_SHARE
    if not _is_higher(answers, high, theirs, smallest):
        return None
    while low < high:  # a larger difference never makes the verdict weaker
        middle = (low + high) // 2
        low, high = (low, middle) if _is_higher(answers, middle, theirs, smallest) else (middle + 1, high)
    return low


def _is_higher(answers: int, points: int, theirs: Estimate, smallest: int) -> bool:
    return difference_between(_printed(USUAL_SHARE + points, answers, smallest), theirs).verdict.direction == 1


def _printed(share: int, answers: int, smallest: int) -> Estimate:
    low, high = n_band(answers, smallest)
    return estimate_released(Cell(CellKey("", ""), n_low=low, n_high=high, share=share))


def _expected(invited: int, response: int) -> int:
    return int(round_half_up(Fraction(invited * response, 100)))


def _nobody(smallest: int) -> _Chances:
    """The distribution of a number that is 0, in the form of :func:`_hidden_answers`."""
    return np.eye(1, smallest + 1).ravel()


def _hidden_answers(invited: int, share: float, needed: int, smallest: int) -> _Chances:
    """The chances that a group is closed and has 0, 1, … ``smallest`` - 1, or more answers.

    Shape ``(smallest + 1,)``; they add up to the chance that it is closed.
    """
    most = np.minimum(np.arange(smallest), min(needed - 1, invited))
    up_to = bdtr(most, invited, share)
    closed = float(bdtr(min(needed - 1, invited), invited, share))
    return np.asarray(np.diff(up_to, prepend=0.0, append=closed), dtype=np.float64)


def _together(one: _Chances, other: _Chances) -> _Chances:
    """The chances of the sum of two independent numbers, in the form of :func:`_hidden_answers`."""
    few: _Chances = np.convolve(one[:-1], other[:-1])[: one.size - 1]
    total = math.fsum(one) * math.fsum(other)
    return np.append(few, max(0.0, total - math.fsum(few)))
