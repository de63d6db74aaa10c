"""What silence may have done to the figures: weighted to the roster, and how the silent would have to differ.

Everything here is made of released numbers. Answers are not weighted one by one, for a weighted total beside an
unweighted one would tell about closed groups: the table of respondents by unit and by cut is put together again
from the printed margins (no interaction between them), and that table is raked to the head counts of the roster.
What it leaves out, how units and cuts go together among those who answered, matters little for one-way margins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.benchmark.compare import widen
from analysis.benchmark.standardise import FloatArray, Margin, fit_shares
from analysis.disclosure.plan import RESPONSE, CellKey
from analysis.disclosure.release import Cell, Release
from analysis.estimate import Interval, nonresponse_bounds
from analysis.response_rates import response_rates
from analysis.survey import Survey
from analysis.weighting import Tipping, Weights, rake, tipping_line
from analysis.weighting_variance import weighted_share

#: The margin of reported units; every other margin has the key of its cut.
UNIT = "unit"

#: Percentage points between a weighted and an unweighted figure from which a report says so first.
NOTABLE = 2.0

#: The outcome whose tipping line is drawn.
MAIN = "fatigue"


@dataclass(frozen=True)
class Weighted:
    """A share in percent: as printed, and weighted to the roster with its 95% interval.

    The interval is about who works here now, and holds the rounding of the printed figures.
    """

    printed: int
    share: float
    interval: Interval

    @property
    def shift(self) -> float:
        """How many percentage points weighting adds."""
        return self.share - self.printed


@dataclass(frozen=True)
class NonResponse:
    """Response and weighting of the organisation as a whole.

    ``rate``: AAPOR's RR2, which here is RR6 as well, as everybody invited belongs there: a fraction, None where the
    number of answers is printed as a band. ``margins`` are those that were weighted to; ``joined`` counts categories
    that had to be joined with another; ``kish`` is the design effect of the weights. ``shares`` are by measure.
    ``tipping`` and ``bounds`` (in fractions) are about :data:`MAIN`: empty and None where it is closed or not asked.
    """

    rate: float | None
    margins: tuple[str, ...]
    joined: int
    kish: float
    shares: Mapping[str, Weighted]
    tipping: tuple[Tipping, ...]
    bounds: Interval | None

    @property
    def notable(self) -> tuple[str, ...]:
        """Measures of which weighting changes the figure by :data:`NOTABLE` points or more."""
        return tuple(key for key, entry in self.shares.items() if abs(entry.shift) >= NOTABLE)


@dataclass(frozen=True)
class _Axis:
    """One margin: answers and invited people by category, and the place of each category among the cells.

    ``answered`` has one entry more than ``invited`` where some did not say; they come last.
    """

    key: str
    cells: tuple[Cell, ...]
    answered: tuple[float, ...]
    invited: tuple[float, ...]


def weigh(release: Release, survey: Survey, measures: Sequence[str]) -> NonResponse | None:
    """The weighted shares of ``measures``, for the organisation; ``None`` without a roster.

    Where the printed numbers do not allow weighting, ``margins`` and ``shares`` are empty.
    """
    total = release.total(RESPONSE)
    if not total.invited or total.n_low is None or total.n_high is None:
        return None
    tipping, bounds = _silence(release, total.invited)
    rate = response_rates(total.invited, 0, total.n_low).rr2 if total.n_low == total.n_high else None
    bare = NonResponse(rate, (), 0, 1.0, {}, tipping, bounds)
    if rate is None:
        return bare
    axes = [axis for axis in _axes(release, survey, total.n_low, total.invited) if len(axis.invited) > 1]
    cells = {key: release.total(key) for key in measures}
    printed = {key: cell.share for key, cell in cells.items() if cell.share is not None}
    if not axes or not printed:
        return bare
    shares = {}
    for key, share in printed.items():
        weights, shares[key] = _weighted(release, key, share, axes, total.n_low, total.invited)
    margins = tuple(name for name, groups in weights.groups.items() if len(groups) > 1)
    if not weights.converged or not margins:
        return bare
    joined = sum(len(group) - 1 for groups in weights.groups.values() for group in groups)
    return replace(bare, margins=margins, joined=joined, kish=weights.kish, shares=shares)


def _weighted(
    release: Release, measure: str, printed: int, axes: Sequence[_Axis], answered: int, invited: int
) -> tuple[Weights, Weighted]:
    """One measure: the table of yes and no among respondents, raked."""
    people = _table(axes)
    margins = [Margin((place,), _shares(release, measure, axis)[None]) for place, axis in enumerate(axes)]
    yes = fit_shares(people, np.array([printed / 100]), margins)[0]
    counts = answered * np.concatenate([(people * yes).ravel(), (people * (1 - yes)).ravel()])
    said_yes = np.repeat([True, False], people.size)
    categories = {}
    for axis, index in zip(axes, np.indices(people.shape), strict=True):
        place = np.where(index < len(axis.invited), index, -1).ravel()
        categories[axis.key] = np.concatenate([place, place])
    weights = rake(categories, {axis.key: axis.invited for axis in axes}, counts)
    found = weighted_share(said_yes, weights, population=invited)
    interval = widen(100 * found.value, Interval(100 * found.interval.low, 100 * found.interval.high), 1.0, 0.95)
    return weights, Weighted(printed, 100 * found.value, interval)


def _axes(release: Release, survey: Survey, answered: int, invited: int) -> list[_Axis]:
    by_unit = [release.unit(RESPONSE, unit) for unit in release.plan.units]
    found = [_axis(UNIT, by_unit, answered, invited)]
    for cut in survey.cuts:
        cells = [release.category(RESPONSE, cut.key, category.key) for category in cut.categories]
        found.append(_axis(cut.key, cells, answered, invited))
    return found


def _axis(key: str, cells: Sequence[Cell], answered: int, invited: int) -> _Axis:
    """A margin of the open categories; what is left of both totals is one more category, or did not say."""
    shown = tuple(cell for cell in cells if cell.invited and cell.n_low is not None and cell.n_high is not None)
    answers = [((cell.n_low or 0) + (cell.n_high or 0)) / 2 for cell in shown]
    people = [float(cell.invited or 0) for cell in shown]
    others, absent = max(0.0, answered - sum(answers)), max(0.0, invited - sum(people))
    if others >= 1 and absent >= 1:
        people.append(absent)
    return _Axis(key, shown, (*answers, *([others] if others >= 1 else [])), tuple(people))


def _table(axes: Sequence[_Axis]) -> FloatArray:
    """Parts of the respondents by all margins at once, as if these had nothing to do with each other."""
    table: FloatArray = np.ones(())
    for axis in axes:
        parts = np.asarray(axis.answered) / sum(axis.answered)
        table = table[..., None] * parts
    return table


def _shares(release: Release, measure: str, axis: _Axis) -> FloatArray:
    """The share of yes by category; where it is closed, what the others leave of the organisation's figure."""
    cells = [release.cells.get(_same_place(cell, measure)) for cell in axis.cells]
    known = [cell.share if cell is not None else None for cell in cells] + [None] * (len(axis.answered) - len(cells))
    total = (release.total(measure).share or 0) * sum(axis.answered)
    left = total - sum(share * n for share, n in zip(known, axis.answered, strict=True) if share is not None)
    people = sum(n for share, n in zip(known, axis.answered, strict=True) if share is None)
    rest = min(100.0, max(0.0, left / people)) if people else 0.0
    return np.array([(rest if share is None else share) / 100 for share in known])


def _same_place(cell: Cell, measure: str) -> CellKey:
    return replace(cell.key, measure=measure)


def _silence(release: Release, invited: int) -> tuple[tuple[Tipping, ...], Interval | None]:
    """The tipping line and the bounds of the main outcome."""
    if MAIN not in release.plan.measures:
        return (), None
    cell = release.total(MAIN)
    if cell.share is None or cell.n_low is None or cell.n_low != cell.n_high or cell.n_low > invited:
        return (), None
    yes = round(cell.share * cell.n_low / 100)
    response = cell.n_low / invited
    return tipping_line(cell.share / 100, response), nonresponse_bounds(yes, cell.n_low, invited)
