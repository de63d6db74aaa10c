"""Weights for non-response: the respondents made to look like the staff on paper.

Rows are kinds of respondents with a count each: a row with count 3 is three people who are
alike, and plain microdata have count 1 everywhere. What is known of all staff are head counts
by category ("margins": so many people per unit, per age band, per sex); the weights make the
respondents agree with them. Weighting repairs what the margins know about. It does not repair
that, within a category, the tired may be less willing to answer: for that there is the tipping
line below, next to the bounds of ``analysis.estimate.nonresponse_bounds``.

A weight tells which categories somebody is in. Weights are for adding up, never for export.

Sources: raking, Deming and Stephan (1940, doi 10.1214/aoms/1177731829); the same as calibration
with the exponential distance, Deville, Särndal and Sautory (1993,
doi 10.1080/01621459.1993.10476369); the design effect of weights, Kish (1965), *Survey
Sampling*, section 11.7. Standard errors: ``analysis.weighting_variance``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis.dataset import IntArray
from analysis.scoring import FloatArray

#: A category of a margin with fewer respondents than this is joined with a neighbour.
LEAST = 10

#: A joint cell of a post-stratification with fewer respondents than this is too thin.
LEAST_PER_CELL = 20

#: Adjustments of a category and weights (as multiples of the mean) stay within these bounds.
LOWEST, HIGHEST = 0.3, 3.0

#: Sweeps over all margins, those after trimming included.
MOST_SWEEPS = 500

#: A margin holds when each share is right to this part of itself.
TOLERANCE = 1e-10

#: A weight is within its bounds when it passes them by at most this part of itself.
TRIM_TOLERANCE = 1e-3

#: Trimming no longer changes anything when no weight moves by more than this part of itself.
SETTLED = 1e-4

#: How much more often (as a fraction) the silent would have said yes: the tipping line.
GAPS = (0.05, 0.10, 0.20)


@dataclass(frozen=True, eq=False)
class Weights:
    """A weight per row, mean 1 over the respondents, and how it came about.

    ``values`` and ``counts`` have shape (rows,): the weight of one person of the kind, and how
    many there are. ``groups`` holds, per margin, its categories as they were joined; a margin
    with a single group dropped out. ``trimmed`` is the number of people whose weight was cut
    back at least once. ``converged`` is false when the raking failed: all weights are then 1.

    ``cell`` (rows,) and ``design`` (cells, columns) are the calibration variables, for the
    variance: row ``i`` has the values ``design[cell[i]]``.
    """

    values: FloatArray
    counts: FloatArray
    groups: Mapping[str, tuple[tuple[int, ...], ...]]
    sweeps: int
    trimmed: float
    converged: bool
    cell: IntArray = field(repr=False)
    design: FloatArray = field(repr=False)

    @property
    def n(self) -> float:
        """The number of respondents."""
        return float(self.counts.sum())

    @property
    def kish(self) -> float:
        """Kish's design effect of the weights, ``1 + cv²``: 1 when all are equal."""
        return kish_effect(self.values, self.counts)

    @property
    def effective_n(self) -> float:
        """``n / kish``: as many respondents of equal weight would do, if weights and answers are unrelated."""
        return self.n / self.kish


@dataclass(frozen=True)
class Tipping:
    """What the silent would have to be, and what all staff would then be. Fractions.

    ``gap`` is how much higher the share of the silent is than that of the respondents
    (negative: lower), ``silent`` their share, ``overall`` the share among all staff.
    """

    gap: float
    silent: float
    overall: float


@dataclass(frozen=True)
class _Margin:
    """The group of each cell plus one (0: unknown), and the target share of each group."""

    group: IntArray
    share: FloatArray


#: The categories that were joined, their respondents and their people.
_Group = tuple[tuple[int, ...], float, float]


def rake(
    categories: Mapping[str, IntArray],
    margins: Mapping[str, Sequence[float]],
    counts: FloatArray | None = None,
    *,
    max_sweeps: int = MOST_SWEEPS,
) -> Weights:
    """Weights by which the respondents have the shares of ``margins`` in every margin.

    ``categories`` gives per margin the category of each row, shape (rows,), -1 for people who
    did not say; ``margins`` the number of people per category, in the order of the categories;
    ``counts`` the number of respondents per row (1 when not given). A row of which there is
    nobody shares the weight of those who are like it, and has weight 1 where there are none.

    *Joining.* A category with fewer than ``LEAST`` respondents, or whose share in the
    population divided by its share among the respondents lies outside ``LOWEST`` to
    ``HIGHEST``, is joined with a neighbour in the order given: the one with fewer respondents
    (when equal, fewer people; when equal again, the earlier). Of several such categories the
    one with the fewest respondents goes first, the earlier when equal, and the joined ones are
    looked at anew. A margin that ends as one group drops out.

    *Unknown.* Shares are those among the people whose category is known. The factors of a
    margin have geometric mean 1, weighted with the target shares, and people who did not say
    have factor 1. This is calibration with the exponential distance on the variables "in group
    g, less the share of g" (0 for unknown), so the weights do not depend on the order of the
    margins; without unknowns it is raking as everybody knows it.

    *Trimming.* Weights outside ``LOWEST`` to ``HIGHEST`` times the mean are set to that bound and
    all is raked again from there, until no weight passes a bound by more than
    ``TRIM_TOLERANCE``, a round moves no weight by more than ``SETTLED``, or ``max_sweeps`` are spent.
    The margins have the last word: where both cannot be had they hold, and a weight may stay
    outside its bounds.

    Raises ``ValueError`` for margins and categories that do not fit each other. Raking that has
    not converged in ``max_sweeps`` is not an error: the weights are then 1, ``converged`` false.
    """
    rows = _check_categories(categories, margins)
    heads = _check_counts(counts, rows)
    groups = {name: _join_categories(np.asarray(categories[name]), margins[name], heads) for name in margins}
    cell, kept = _cells_of(categories, margins, groups, rows)
    cell_heads: FloatArray = np.bincount(cell, heads).astype(float)
    raked, sweeps, trimmed = _rake_and_trim(cell_heads, kept, max_sweeps)
    if raked is None:
        nowhere = np.zeros(rows, dtype=np.int64)
        return Weights(np.ones(rows), heads, groups, sweeps, 0.0, False, nowhere, np.ones((1, 1)))
    raked[cell_heads == 0] = 1.0
    return Weights(raked[cell], heads, groups, sweeps, trimmed, True, cell, _design_of(kept, cell_heads.size))


def post_stratify(cell: IntArray, population: Sequence[float], counts: FloatArray | None = None) -> Weights:
    """Weights by which the respondents have the share of ``population`` in every joint cell.

    ``cell`` is the cell of each row, shape (rows,), ``population`` the number of people per
    cell. Nothing is joined or trimmed.

    Raises ``ValueError`` for a cell with fewer than ``LEAST_PER_CELL`` respondents or without
    people, and for people whose cell is unknown.
    """
    rows = _check_categories({"cell": cell}, {"cell": population})
    heads = _check_counts(counts, rows)
    index = np.asarray(cell)
    if index.min() < 0:
        raise ValueError("post-stratification needs the cell of everybody; rake where people did not say")
    people = np.asarray(population, dtype=float)
    respondents = np.bincount(index, heads, minlength=people.size)
    if respondents.min() < LEAST_PER_CELL:
        raise ValueError(f"a joint cell has fewer than {LEAST_PER_CELL} respondents; rake to one-way margins instead")
    if people.min() == 0:
        raise ValueError("a joint cell holds respondents but no people; join it with another cell")
    factor = people / people.sum() * (heads.sum() / respondents)
    groups = {"cell": tuple((k,) for k in range(people.size))}
    return Weights(factor[index], heads, groups, 1, 0.0, True, index, np.eye(people.size))


def kish_effect(values: FloatArray, counts: FloatArray) -> float:
    """``n * sum(w²) / sum(w)²`` over people: Kish's ``1 + cv²``. Shapes (rows,) and (rows,)."""
    return float(counts.sum() * (counts @ values**2) / (counts @ values) ** 2)


def tipping_line(share: float, response: float, gaps: Sequence[float] = GAPS) -> tuple[Tipping, ...]:
    """The share among all staff if the silent differ by each of ``gaps`` from the respondents.

    With ``share`` p among the respondents and ``response`` r, both fractions, the share among
    all is ``p + (1 - r) * gap``. A gap by which the silent would have a share below 0 or above
    1 is left out.

    Raises ``ValueError`` for a share outside 0 to 1, or a response that is not above 0 and at most 1.
    """
    _check_response(share, response)
    return tuple(Tipping(gap, share + gap, share + (1 - response) * gap) for gap in gaps if 0 <= share + gap <= 1)


def tipping_gap(share: float, response: float, value: float) -> Tipping | None:
    """How the silent must be for the share among all staff to reach ``value`` (all fractions).

    ``None`` when nothing that the silent could have answered brings it there, or when nobody
    was silent. Raises ``ValueError`` as ``tipping_line`` does.
    """
    _check_response(share, response)
    if response == 1:
        return None
    gap = (value - share) / (1 - response)
    silent = share + gap
    if not -1e-12 <= silent <= 1 + 1e-12:  # an end that is reached exactly may miss it by rounding
        return None
    return Tipping(gap, min(1.0, max(0.0, silent)), value)


def _join_categories(category: IntArray, people: Sequence[float], heads: FloatArray) -> tuple[tuple[int, ...], ...]:
    respondents = np.bincount(category + 1, heads, minlength=len(people) + 1)[1:].tolist()
    known, total = math.fsum(respondents), math.fsum(people)
    groups: list[_Group] = [((k,), respondents[k], float(people[k])) for k in range(len(people))]

    def unfit(group: _Group) -> bool:
        _, answered, there = group
        expected = there / total * known
        return answered < LEAST or not LOWEST * answered <= expected <= HIGHEST * answered

    while len(groups) > 1 and any(unfit(group) for group in groups):
        worst = min((i for i, group in enumerate(groups) if unfit(group)), key=lambda i: groups[i][1])
        beside = [i for i in (worst - 1, worst + 1) if 0 <= i < len(groups)]
        first = min(worst, min(beside, key=lambda i: groups[i][1:]))
        one, other = groups[first : first + 2]
        groups[first : first + 2] = [(one[0] + other[0], one[1] + other[1], one[2] + other[2])]
    return tuple(members for members, _, _ in groups)


def _cells_of(
    categories: Mapping[str, IntArray],
    margins: Mapping[str, Sequence[float]],
    groups: Mapping[str, tuple[tuple[int, ...], ...]],
    rows: int,
) -> tuple[IntArray, list[_Margin]]:
    """The joint cell of each row, and the margins with more than one group by cell."""
    cell = np.zeros(rows, dtype=np.int64)
    by_row: list[IntArray] = []
    shares: list[FloatArray] = []
    for name, joined in groups.items():
        if len(joined) == 1:
            continue
        group_of = np.zeros(len(margins[name]) + 1, dtype=np.int64)  # the first place is for unknown
        for g, members in enumerate(joined):
            group_of[np.array(members) + 1] = g + 1
        by_row.append(group_of[np.asarray(categories[name]) + 1])
        people = np.array([math.fsum(margins[name][k] for k in members) for members in joined])
        shares.append(people / people.sum())
        # Numbered anew at each margin, so that many margins cannot overflow the index.
        cell = np.unique(cell * (len(joined) + 1) + by_row[-1], return_inverse=True)[1]
    _, example = np.unique(cell, return_index=True)
    return cell, [_Margin(group[example], share) for group, share in zip(by_row, shares, strict=True)]


def _design_of(margins: Sequence[_Margin], cells: int) -> FloatArray:
    """The constant and, per group but the first of each margin, "in the group, less its share"."""
    columns = [np.ones(cells)]
    for margin in margins:
        known = margin.group > 0
        columns += [(margin.group == g + 1) - share * known for g, share in enumerate(margin.share) if g > 0]
    return np.column_stack(columns)


def _rake_and_trim(
    heads: FloatArray, margins: Sequence[_Margin], max_sweeps: int
) -> tuple[FloatArray | None, int, float]:
    """Weights by cell (``None``: not converged), the sweeps taken and the people trimmed."""
    weights, sweeps = _rake_cells(np.ones(heads.size), heads, margins, max_sweeps)
    ever = np.zeros(heads.size, dtype=bool)
    while weights is not None and sweeps < max_sweeps:
        beyond = (weights < LOWEST * (1 - TRIM_TOLERANCE)) | (weights > HIGHEST * (1 + TRIM_TOLERANCE))
        if not (beyond & (heads > 0)).any():
            break
        ever |= beyond
        clipped = np.clip(weights, LOWEST, HIGHEST)
        again, more = _rake_cells(clipped, heads, margins, max_sweeps - sweeps)
        sweeps += more
        if again is None:
            break
        settled = np.allclose(again, weights, rtol=SETTLED, atol=0)
        weights = again
        if settled:
            break
    return weights, sweeps, float(heads[ever].sum())


def _rake_cells(
    start: FloatArray, heads: FloatArray, margins: Sequence[_Margin], max_sweeps: int
) -> tuple[FloatArray | None, int]:
    """``start`` raked until all margins hold, with mean 1, and the sweeps taken."""
    weights = np.where(heads > 0, start, 0.0)  # the factors of a cell without people may grow without end
    for sweep in range(1, max_sweeps + 1):
        worst = 0.0
        for margin in margins:
            held = np.bincount(margin.group, weights * heads, minlength=margin.share.size + 1)[1:]
            factor = margin.share * (held.sum() / held)
            worst = max(worst, float(np.abs(factor - 1).max()))
            centred = factor / math.exp(float(margin.share @ np.log(factor)))
            weights *= np.concatenate([[1.0], centred])[margin.group]
        weights *= heads.sum() / (heads @ weights)
        if worst <= TOLERANCE:
            return weights, sweep
    return None, max_sweeps


def _check_categories(categories: Mapping[str, IntArray], margins: Mapping[str, Sequence[float]]) -> int:
    if not margins or set(categories) != set(margins):
        raise ValueError("give at least one margin, and the categories of the rows for each margin and no other")
    rows = {np.shape(index) for index in categories.values()}
    if len(rows) != 1 or len(shape := rows.pop()) != 1 or shape[0] == 0:
        raise ValueError("the categories of each margin are one array with a whole number for every row")
    for name, people in margins.items():
        index = np.asarray(categories[name])
        if not np.issubdtype(index.dtype, np.signedinteger) or index.min() < -1 or index.max() >= len(people):
            raise ValueError(f"the categories of {name!r} are signed whole numbers from -1 to {len(people) - 1}")
        if not all(math.isfinite(number) and number >= 0 for number in people) or math.fsum(people) <= 0:
            raise ValueError(f"the margin {name!r} needs head counts of 0 or more that are not all 0")
    return int(shape[0])


def _check_counts(counts: FloatArray | None, rows: int) -> FloatArray:
    heads = np.ones(rows) if counts is None else np.array(counts, dtype=float)
    if heads.shape != (rows,) or not np.isfinite(heads).all() or heads.min() < 0 or heads.sum() == 0:
        raise ValueError("counts needs one number of 0 or more for every row, and not only zeros")
    return heads


def _check_response(share: float, response: float) -> None:
    if not 0 <= share <= 1 or not 0 < response <= 1:
        raise ValueError(f"give a share from 0 to 1 and a response above 0, up to 1; not {share} and {response}")
