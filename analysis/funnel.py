"""Funnel plots: which units lie further from the common share than chance explains.

A unit's share stands against its number of answers, with limits around a target that narrow as
the number grows. So a small unit is not called out for its luck, and nobody is ranked
(Spiegelhalter 2005, doi 10.1002/sim.1970). Shares are fractions from 0 to 1.

*The target* is a known number (an official figure, a norm) or the share of all units together. The
units themselves are part of the latter, which pulls it a little towards each of them. That makes the
limits a little too wide, not too narrow: the error of ``share - overall`` is ``sqrt(1 - n/N)`` of the error that
the limits assume, 0.98 of it for one unit of thirty. The other way round, the share of the *other*
units as if it were known makes limits that are too narrow, unless n is lowered for it: ``left_out``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]

#: The two pairs of limits, about two and three standard deviations: to look into, and to act upon.
WARNING, ALARM = 0.95, 0.998

#: A printed whole percent is off by half a point at most.
ROUNDING = 0.005


class Position(StrEnum):
    """Where a unit lies in the funnel; ``far`` is beyond the 99.8% limit."""

    FAR_ABOVE = "far_above"
    ABOVE = "above"
    WITHIN = "within"
    BELOW = "below"
    FAR_BELOW = "far_below"

    @property
    def direction(self) -> int:
        """1 above the funnel, -1 below it, 0 within."""
        return {"far_above": 1, "above": 1, "below": -1, "far_below": -1}.get(self.value, 0)


@dataclass(frozen=True)
class Limits:
    """The lower and upper limit for each n, as arrays in the shape of n."""

    low: Floats
    high: Floats


@dataclass(frozen=True)
class Rest:
    """The share of all other units, and the n with which to judge the unit against it."""

    share: float
    n: int


def funnel_limits(share: float, n: ArrayLike, level: float = WARNING) -> Limits:
    """Exact binomial limits around the target ``share`` for ``n`` answers (whole numbers, any shape).

    With X ~ Binomial(n, share) and q = (1 - level) / 2, the lower limit is (r - a) / n, where r is the
    smallest count with P(X <= r) >= q and a = (P(X <= r) - q) / P(X = r) (Spiegelhalter 2005,
    appendix A.1.1). The fraction a keeps the drawn line smooth; a count lies below the line exactly
    when P(X <= count) < q. Limits outside 0–1 are cut off: no unit is beyond those.

    The upper limit is the mirror image, one minus the lower limit for the noes. The article puts
    1 - q in the formula of the lower limit instead, which comes out one answer lower. A count
    just above that line has a chance above q (see Seaton and Manktelow 2012,
    doi 10.1186/1471-2288-12-98), and yes and no would be judged differently.

    Raises ``ValueError`` unless ``share`` lies in 0–1, ``level`` between 0 and 1, and n are whole
    numbers from 1.
    """
    sizes = _whole(n)
    if not 0 <= share <= 1:
        raise ValueError(f"a target is a fraction from 0 to 1, not {share}")
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not {level}")
    tail = (1 - level) / 2
    return Limits(_lower(share, sizes, tail), 1 - _lower(1 - share, sizes, tail))


def position(
    share: float, n: int, target: float, *, rounding: float = ROUNDING, target_rounding: float = 0.0
) -> Position:
    """Where a unit with a printed ``share`` of ``n`` answers lies around ``target``.

    A unit is beyond a limit only when it still is after the rounding: with ``share`` moved by
    ``rounding`` towards the target, and ``target`` by ``target_rounding`` towards the share (0.005 for
    a printed whole percent, 0.0005 with one decimal). Of a band of n, give the lowest: its limits
    are the widest of the band.

    Raises ``ValueError`` for a share, a target or an n that cannot be.
    """
    if not 0 <= share <= 1 or not 0 <= target <= 1:
        raise ValueError(f"shares are fractions from 0 to 1, not {share} and {target}")
    if rounding < 0 or target_rounding < 0:
        raise ValueError("a rounding error is zero or more")
    above = share > target
    own, aim = (1 - share, 1 - target) if above else (share, target)  # above is below for the noes
    nearest, aim, size = own + rounding, max(0.0, aim - target_rounding), _whole(n)

    def beyond(level: float) -> bool:
        tie = 1e-9  # a share that equals a limit is not beyond it
        return nearest < float(_lower(aim, size, (1 - level) / 2)) - tie

    if not beyond(WARNING):
        return Position.WITHIN
    if beyond(ALARM):
        return Position.FAR_ABOVE if above else Position.FAR_BELOW
    return Position.ABOVE if above else Position.BELOW


def left_out(yes: ArrayLike, n: ArrayLike) -> tuple[Rest, ...]:
    """For each unit the share of all others, and a lower n that pays for not knowing it exactly.

    The difference between a unit and the rest has the variance p (1 - p) (1/n + 1/(N - n)), that of a
    known target and n (1 - n/N) answers, rounded down here. For ``position(share, rest.n, rest.share)``.

    Raises ``ValueError`` for fewer than two units and unless ``0 <= yes <= n`` and ``n > 0``.
    """
    counts, sizes = _units(yes, n)
    others = sizes.sum() - sizes
    shares = (counts.sum() - counts) / others
    lowered = np.maximum(1, np.floor(sizes * others / sizes.sum() + 1e-9))
    return tuple(Rest(float(min(1.0, max(0.0, s))), int(m)) for s, m in zip(shares, lowered, strict=True))


def equal_units_pvalue(yes: ArrayLike, n: ArrayLike, target: float | None = None) -> tuple[float, ...]:
    """Two-sided p-value of each unit, for control over many comparisons.

    Without ``target`` a unit is held against all the others: given the total of yeses, the unit's own
    number is hypergeometric when the units do not differ, whatever their common share
    (Fisher's exact test). With a known ``target`` it is binomial. The p-value is twice the smaller
    tail, at most 1, so that p < 0.05 with a target is the same as a count beyond the 95% limits.

    The test is exact, so conservative: P(p <= a) is at most a for every a. The mid-p variant is
    closer to a on average but does not promise it, and a false alarm about a team is dear.

    Numbers need not be whole (a rounded share times n). Against the others, a unit's yeses are
    then rounded towards what is expected of it and all n to whole numbers; with a target, the
    tail is that of the beta distribution, which equals the binomial at whole numbers.

    Raises ``ValueError`` for fewer than two units (one is enough with a ``target``), unless
    ``0 <= yes <= n`` and ``n > 0`` (``n >= 0.5`` without a target), and for a target outside 0–1.
    """
    counts, sizes = _units(yes, n, fewest=2 if target is None else 1)
    if target is None:
        tails = _tails_of_the_rest(counts, sizes)
    elif 0 <= target <= 1:
        tails = np.minimum(_at_most(counts, sizes, target), _at_most(sizes - counts, sizes, 1 - target))
    else:
        raise ValueError(f"a target is a fraction from 0 to 1, not {target}")
    return tuple(float(p) for p in np.minimum(1.0, 2 * tails))


def _lower(share: float, n: Floats, tail: float) -> Floats:
    """The lower limit, at least 0: the count r by halving, all n at once."""
    below, enough = np.full(n.shape, -1.0), n.copy()  # P(X <= below) < tail <= P(X <= enough)
    while np.any(enough - below > 1):
        middle = np.floor((below + enough) / 2)
        undecided = enough - below > 1
        reached = _at_most(middle, n, share) >= tail
        enough = np.where(undecided & reached, middle, enough)
        below = np.where(undecided & ~reached, middle, below)
    upto, before = _at_most(enough, n, share), _at_most(below, n, share)
    return np.asarray(np.clip((enough - (upto - tail) / (upto - before)) / n, 0.0, 1.0))


def _at_most(yes: Floats, n: Floats, target: float) -> Floats:
    """P(X <= yes) for X ~ Binomial(n, target); 0 below 0. In between whole numbers that of the beta distribution."""
    inside = (yes >= 0) & (yes < n)
    tail = special.betainc(np.where(inside, n - yes, 1.0), np.where(inside, yes, 0.0) + 1, 1 - target)
    return np.where(inside, tail, yes >= n)


def _tails_of_the_rest(yes: Floats, n: Floats) -> Floats:
    """The smaller hypergeometric tail of each unit, its own count included."""
    sizes = np.floor(n + 0.5)
    if np.any(sizes < 1):
        raise ValueError("a unit against the others needs half an answer or more")
    everybody = sizes.sum()
    total = min(everybody, np.floor(yes.sum() + 0.5))
    tails = np.empty(len(yes))
    for unit, (count, size) in enumerate(zip(yes, sizes, strict=True)):
        fewest, most = max(0.0, total - (everybody - size)), min(size, total)
        expected = size * total / everybody
        whole = np.floor(count + 1e-9) if count > expected else np.ceil(count - 1e-9)
        possible = np.arange(fewest, most + 1)
        log_ways = _log_choose(size, possible) + _log_choose(everybody - size, total - possible)
        chance = np.exp(log_ways - log_ways.max())
        here = round(float(np.clip(whole, fewest, most) - fewest))
        tails[unit] = min(chance[: here + 1].sum(), chance[here:].sum()) / chance.sum()
    return tails


def _log_choose(n: float, k: Floats) -> Floats:
    return np.asarray(special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1))


def _whole(n: ArrayLike) -> Floats:
    sizes = np.asarray(n, dtype=np.float64)
    if not np.all(np.isfinite(sizes)) or np.any(sizes < 1) or np.any(sizes != np.floor(sizes)):
        raise ValueError("limits are drawn for whole numbers of answers, from 1")
    return sizes


def _units(yes: ArrayLike, n: ArrayLike, fewest: int = 2) -> tuple[Floats, Floats]:
    counts, sizes = np.asarray(yes, dtype=np.float64), np.asarray(n, dtype=np.float64)
    if counts.ndim != 1 or counts.shape != sizes.shape:
        raise ValueError("give one number of yeses and one number of answers for each unit")
    if len(counts) < fewest:
        raise ValueError("units are compared with each other: give at least two")
    if not np.all((sizes > 0) & (sizes < np.inf) & (counts >= 0) & (counts <= sizes)):
        raise ValueError("a unit needs 0 <= yes <= n and n > 0; leave out units without a figure")
    return counts, sizes
