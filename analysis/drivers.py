"""Which scales go together with an outcome, and how much of it each of them accounts for.

The share of a scale in R² is what it adds to the R² of a regression, averaged over every order
in which the scales can be entered (Lindeman, Merenda and Gold 1980, *Introduction to Bivariate
and Multivariate Analysis*, p. 119 and following). It is the general dominance of Budescu (1993,
doi 10.1037/0033-2909.114.3.542; Azen and Budescu 2003, doi 10.1037/1082-989X.8.2.129) and the
Shapley value of the game in which the R² is divided. The shares are at least 0 and sum to R².

A share says how closely a scale goes together with the outcome, next to the other scales in the
table; it says neither what causes what, nor what a change would bring. Answers of one person on
one day go together for that reason too, which lifts all shares.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import factorial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.estimate import Interval
from analysis.resampling import pool_of

Array = NDArray[np.float64]

#: 2 to this power regressions are compared; more scales than this no reader weighs up either.
MOST_SCALES = 10

#: Fewest respondents.
FEWEST = 100

#: A column with less than this part of its variance to itself follows from the other ones.
TOLERANCE = 1e-8


class Reason(StrEnum):
    """Why there is no decomposition."""

    TOO_FEW = "too_few"
    CONSTANT_OUTCOME = "constant_outcome"
    CONSTANT = "constant"
    COLLINEAR = "collinear"


@dataclass(frozen=True)
class Refused:
    """No decomposition, and why; ``names`` of the scales concerned."""

    reason: Reason
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Driver:
    """One scale: its part of R² (fraction of the variance, 0–1) with its bootstrap interval.

    ``correlation``: Pearson's, with the outcome; its sign says whether more goes together with
    more. A part of R² is never negative, so ``interval`` says how large the part is, not
    whether there is any: a scale that has nothing to do with the outcome gets about 1/n.
    """

    name: str
    share: float
    interval: Interval
    correlation: float


@dataclass(frozen=True)
class Pair:
    """Two scales, the one with the larger share first.

    ``agreeing``: the part (0–1) of the bootstrap draws in which ``larger`` has the larger share
    too. ``settled``: whether that is enough, with the level of the intervals, to name the order.
    """

    larger: str
    smaller: str
    agreeing: float
    settled: bool


@dataclass(frozen=True)
class Drivers:
    """The decomposition of R² (0–1, not adjusted), the largest share first, with every pair."""

    n: int
    r_squared: float
    interval: Interval
    drivers: tuple[Driver, ...]
    pairs: tuple[Pair, ...]


def drivers(
    X: ArrayLike, y: ArrayLike, *, names: Sequence[str], draws: int = 1000, seed: int, level: float = 0.95
) -> Drivers | Refused:
    """Divide the R² of the least squares regression of ``y`` on ``X`` among the columns of ``X``.

    ``X``: scales, shape (n, p) with p from 1 to 10; ``y``: outcome scale, shape (n,); complete
    cases. ``names``: p different names. Intervals are percentiles of ``draws`` bootstrap samples
    of respondents (generator of numpy, ``seed``; :mod:`analysis.resampling`); no finite population
    correction. An order of two scales is settled when at least ``(1 + level) / 2`` of the draws
    agree with it: the interval of the difference then lies on one side of 0.

    Refused: fewer than 100 respondents, a constant outcome or scale, scales that follow from
    each other. Raises ``ValueError`` for missing values, names or columns that do not fit,
    fewer than one draw, or a level outside 0–1.
    """
    scales, outcome = _checked(X, y, names)
    if draws < 1 or not 0 < level < 1:
        raise ValueError(f"hand in at least one draw and a level between 0 and 1, not {draws} and {level}")
    n, p = scales.shape
    if n < FEWEST:
        return Refused(Reason.TOO_FEW)
    if np.ptp(outcome) == 0:
        return Refused(Reason.CONSTANT_OUTCOME)
    constant = np.ptp(scales, axis=0) == 0
    if constant.any():
        return Refused(Reason.CONSTANT, _named(names, constant))
    table = np.column_stack([scales, outcome])
    table = (table - table.mean(axis=0)) / table.std(axis=0)
    correlations = table.T @ table / n
    collinear = _own_variance(correlations[:p, :p]) < TOLERANCE
    if collinear.any():
        return Refused(Reason.COLLINEAR, _named(names, collinear))

    shares = r_squared_shares(correlations)
    rng = np.random.default_rng(seed)
    pool = pool_of(n, rng)
    people = table[pool.rows]
    of_pool = r_squared_shares(_correlations(np.cov(people, rowvar=False, bias=True)))
    drawn = r_squared_shares(_resampled(people, draws, rng))
    order = np.argsort(-shares, kind="stable")
    agreeing = (drawn[:, :, None] > drawn[:, None, :]).mean(axis=0)
    return Drivers(
        n=n,
        r_squared=float(shares.sum()),
        interval=pool.interval(drawn.sum(axis=1), float(of_pool.sum()), float(shares.sum()), level),
        drivers=tuple(
            Driver(
                names[i],
                float(shares[i]),
                pool.interval(drawn[:, i], float(of_pool[i]), float(shares[i]), level),
                float(correlations[i, p]),
            )
            for i in order
        ),
        pairs=tuple(
            Pair(names[i], names[j], float(agreeing[i, j]), bool(agreeing[i, j] >= (1 + level) / 2))
            for place, i in enumerate(order)
            for j in order[place + 1 :]
        ),
    )


def r_squared_shares(correlations: ArrayLike) -> Array:
    """The parts of R² (0–1) from correlation matrices, the outcome in the last row and column.

    ``correlations``: shape (..., p + 1, p + 1); the result has shape (..., p). A column without
    variance, or one that follows from the columns before it, adds nothing where it is entered
    after them.
    """
    matrices = np.asarray(correlations, dtype=float)
    *many, size = matrices.shape[:-1]
    p = size - 1
    r_squared = _subset_r_squared(matrices.reshape(-1, size, size))
    members = np.arange(2**p)
    count = np.bitwise_count(members)
    shares = np.empty((len(r_squared[0]), p))
    for j in range(p):
        without = members[members >> j & 1 == 0]
        # The chance that exactly these scales come before j in a random order of all p.
        chance = np.array([factorial(s) * factorial(p - 1 - s) / factorial(p) for s in count[without].tolist()])
        shares[:, j] = chance @ (r_squared[without + 2**j] - r_squared[without])
    return shares.reshape(*many, p)


def _subset_r_squared(correlations: Array) -> Array:
    """R² of every subset of scales: shape (2^p, m) for matrices of shape (m, p + 1, p + 1).

    Bit j of the row says whether scale j takes part. Scale after scale is either left out or
    partialled out of all the columns that are still to come, for all subsets so far at once; in
    the end what is left is the outcome's own variance, 1 - R².
    """
    rest = correlations[None]
    for _ in range(correlations.shape[-1] - 1):
        variance, covariance = rest[..., 0, 0], rest[..., 0, 1:]
        inverse = np.divide(1.0, variance, out=np.zeros_like(variance), where=variance > TOLERANCE)
        later = rest[..., 1:, 1:]
        explained = inverse[..., None, None] * covariance[..., :, None] * covariance[..., None, :]
        rest = np.concatenate([later, later - explained])
    return correlations[None, :, -1, -1] - rest[..., 0, 0]


def _resampled(table: Array, draws: int, rng: np.random.Generator) -> Array:
    """Correlations of ``draws`` samples of rows with replacement, shape (draws, k, k).

    A column that happens to be constant in a sample gets variance and correlations 0.
    """
    n, k = table.shape
    covariances = np.empty((draws, k, k))
    for draw in range(draws):
        weights = np.bincount(rng.integers(0, n, n), minlength=n) / n
        mean = weights @ table
        covariances[draw] = (table * weights[:, None]).T @ table - np.outer(mean, mean)
    return _correlations(covariances)


def _correlations(covariances: Array) -> Array:
    """Correlations from covariances, shapes (..., k, k); a constant column gets variance and correlations 0."""
    variances = np.diagonal(covariances, axis1=-2, axis2=-1)
    present = variances > TOLERANCE  # columns were brought to variance 1, so this is rounding error
    scale = np.where(present, 1 / np.sqrt(np.where(present, variances, 1.0)), 0.0)
    return np.asarray(covariances * scale[..., :, None] * scale[..., None, :], dtype=float)


def _own_variance(correlations: Array) -> Array:
    """The part of the variance of each column that the other columns leave unexplained."""
    p = len(correlations)
    own = np.ones(p)
    for j in range(p):
        others = np.arange(p) != j
        explained = correlations[j, others] @ np.linalg.pinv(correlations[np.ix_(others, others)], hermitian=True)
        own[j] -= explained @ correlations[others, j]
    return own


def _named(names: Sequence[str], chosen: NDArray[np.bool_]) -> tuple[str, ...]:
    return tuple(name for name, concerned in zip(names, chosen, strict=True) if concerned)


def _checked(X: ArrayLike, y: ArrayLike, names: Sequence[str]) -> tuple[Array, Array]:
    scales, outcome = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    if scales.ndim != 2 or outcome.shape != scales.shape[:1]:
        raise ValueError("hand in a table of scales with one row for each value of the outcome")
    if not 1 <= scales.shape[1] <= MOST_SCALES:
        raise ValueError(f"hand in from 1 to {MOST_SCALES} scales, not {scales.shape[1]}")
    if len(names) != scales.shape[1] or len(set(names)) != len(names):
        raise ValueError(f"hand in {scales.shape[1]} different names, one for each column")
    if not np.isfinite(scales).all() or not np.isfinite(outcome).all():
        raise ValueError("hand in complete cases: there are missing or infinite values")
    return scales, outcome
