"""Demands and autonomy together: is the whole more than the sum of its parts?

The demand–control model (Karasek 1979, doi 10.2307/2392498) expects that high demands with
little autonomy are worse than high demands and little autonomy each on their own would add up
to. "Add up" is meant in people, so the contrast is on the scale of shares (fractions 0–1). A
product term in log-odds answers another question and can even have the other sign (Ai and
Norton 2003, doi 10.1016/S0165-1765(03)00032-6); it is given for reference.

Sign: high autonomy is much autonomy. With an outcome that is bad (tired), the contrast

    share(high, high) - share(high, low) - share(low, high) + share(low, low)

(demands first) is *below* zero when high demands with little autonomy go together with more
of the outcome than the sum: :attr:`Contrast.beyond_the_sum` is the contrast with its sign
turned. Nothing here shows what causes what.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.estimate import Interval, critical_value, wilson_interval
from analysis.logistic import enough_events, fit_logit, profile_interval

Array = NDArray[np.float64]

#: With fewer people than this in a cell of a predictor (halved at its mean) by outcome, Firth's likelihood is used.
SMALLEST_MARGIN = 5

#: The signs of the four corners in the contrast, in the order of :class:`Corners`.
SIGNS = np.array([1.0, -1.0, -1.0, 1.0])


class Reason(StrEnum):
    """Why there is no contrast."""

    CONSTANT_PREDICTOR = "constant_predictor"
    TOO_FEW_EVENTS = "too_few_events"
    COLLINEAR = "collinear"


@dataclass(frozen=True)
class Refused:
    """No contrast, and why."""

    reason: Reason


class Corners(NamedTuple):
    """Four shares (0–1): demands first, autonomy second."""

    high_high: float
    high_low: float
    low_high: float
    low_low: float


@dataclass(frozen=True)
class Product:
    """The coefficient of the product of both z-scores, in log odds, with its profile likelihood interval.

    ``firth``: whether the model was fitted by Firth's likelihood.
    """

    log_odds: float
    interval: Interval
    firth: bool


@dataclass(frozen=True)
class Contrast:
    """An interaction contrast on the scale of shares (-2 to 2), with its interval.

    ``corners``: the four shares. ``n``: people in all. ``product``: only of a model.
    """

    corners: Corners
    contrast: float
    error: float
    interval: Interval
    n: float
    product: Product | None = None

    @property
    def beyond_the_sum(self) -> float:
        """How much higher (0–1) the outcome is under high demands with little autonomy than the sum of both."""
        return -self.contrast

    @property
    def direction(self) -> int:
        """1 if high demands with little autonomy go demonstrably together with more than the sum, -1 with
        less, 0 if that stays open."""
        return int(self.interval.high < 0) - int(self.interval.low > 0)


def interaction_contrast(
    demands: ArrayLike,
    autonomy: ArrayLike,
    outcome: ArrayLike,
    covariates: ArrayLike | None = None,
    *,
    level: float = 0.95,
) -> Contrast | Refused:
    """The contrast from ``logit(outcome) = z(demands) * z(autonomy) + covariates``.

    ``demands``, ``autonomy``: scales of any unit, shape (n,). ``outcome``: 0 or 1, shape (n,).
    ``covariates``: shape (n, q), coded as numbers (a group of k as k - 1 columns). All complete.

    The corners are average predictions: everybody put at one standard deviation above or below
    the mean of both scales, with their own covariates. The standard error is the delta method's:
    the gradient of the four averages with the sandwich covariance of the coefficients, or with
    the model-based one when Firth was used: a sandwich of almost empty cells is far too small
    (simulated, nominal 95%, 400 people of whom 40 have much autonomy and fewer than five of
    those say yes: the sandwich covers the true contrast in 71%, the model-based one in 96%).
    The people stand for a process that goes on (no finite population correction); their mix of
    covariates, and the means and standard deviations of the scales, are taken as they are.

    Refused: a constant column; fewer than ten yeses or noes for each coefficient besides the
    intercept; columns that follow from each other (also when a combination of two yes-or-no
    predictors does not occur). Raises ``ValueError`` for missing values or lengths that differ, and
    ``ArithmeticError`` when the fit or its profile does not settle.
    """
    outcomes = np.asarray(outcome, dtype=float)
    scales = np.column_stack([_column(demands, outcomes.size), _column(autonomy, outcomes.size)])
    others = _covariates(covariates, outcomes.size)
    # Counted before anything else: it also keeps an empty table out, and a single respondent.
    few = not enough_events(outcomes, 3 + others.shape[1])
    if outcomes.size and (np.ptp(np.column_stack([scales, others]), axis=0) == 0).any():
        return Refused(Reason.CONSTANT_PREDICTOR)
    if few:
        return Refused(Reason.TOO_FEW_EVENTS)
    z = (scales - scales.mean(axis=0)) / scales.std(axis=0, ddof=1)
    design = _design(z[:, 0], z[:, 1], others)
    if np.linalg.matrix_rank(design / np.abs(design).max(axis=0)) < design.shape[1]:
        return Refused(Reason.COLLINEAR)
    fit = fit_logit(design, outcomes, firth=True if _thin(z, outcomes) else None)

    averages, gradients = [], []
    for demand, control in product((1.0, -1.0), repeat=2):
        corner = _design(np.full(fit.n, demand), np.full(fit.n, control), others)
        p = fit.predict(corner)
        averages.append(float(p.mean()))
        gradients.append((p * (1 - p)) @ corner / fit.n)
    covariance = fit.covariance if fit.firth else fit.sandwich
    gradient = SIGNS @ np.array(gradients)
    error = math.sqrt(float(gradient @ covariance @ gradient))
    contrast = float(SIGNS @ averages)
    half = critical_value(level) * error
    return Contrast(
        corners=Corners(*averages),
        contrast=contrast,
        error=error,
        interval=Interval(max(-2.0, contrast - half), min(2.0, contrast + half)),
        n=fit.n,
        product=Product(float(fit.coefficients[3]), profile_interval(fit, 3, level), fit.firth),
    )


def contrast_of_cells(
    shares: Sequence[float], n: Sequence[float], *, unit: float = 0.0, level: float = 0.95
) -> Contrast:
    """The contrast of four printed shares of different people, the four quadrants of a table.

    ``shares``: fractions 0–1 in the order of :class:`Corners`; ``n``: the answers behind each
    (printed numbers, need not be whole). ``unit``: what the shares were rounded to (0.01 for
    whole percents), whose error is added in quadrature; 0 for unrounded ones.

    The interval is MOVER on the Wilson intervals of the four shares: each bound takes from every
    cell the distance to the Wilson bound on its own side, and adds them in quadrature (Zou and
    Donner 2008, doi 10.1002/sim.3095; for sums of several shares Zou, Huang and Zhang 2009,
    doi 10.1016/j.csda.2008.09.033). ``error`` is the delta method's ``√Σ p(1-p)/n``, which is 0
    when all four shares are 0 or 1; the interval is not.

    Raises ``ValueError`` unless there are four shares from 0 to 1, four numbers above 0 and a
    unit of at least 0.
    """
    if len(shares) != 4 or len(n) != 4:
        raise ValueError("a contrast needs four shares and four numbers of answers")
    if not all(0 <= share <= 1 for share in shares) or not all(0 < size < math.inf for size in n) or not unit >= 0:
        raise ValueError("shares are fractions from 0 to 1, numbers of answers lie above 0, a unit is not negative")
    p, sizes = np.array(shares, dtype=float), np.array(n, dtype=float)
    intervals = [wilson_interval(float(share), float(size), level) for share, size in zip(p, sizes, strict=True)]
    below = p - [interval.low for interval in intervals]
    above = np.array([interval.high for interval in intervals]) - p
    contrast = float(SIGNS @ p)
    # The standard deviation of a uniform rounding error is unit / √12, here in each of four shares.
    rounding = critical_value(level) * unit * math.sqrt(len(p) / 12)
    down = math.hypot(*np.where(SIGNS > 0, below, above), rounding)
    up = math.hypot(*np.where(SIGNS > 0, above, below), rounding)
    return Contrast(
        corners=Corners(*p.tolist()),
        contrast=contrast,
        error=math.sqrt(float((p * (1 - p) / sizes).sum() + len(p) * unit**2 / 12)),
        interval=Interval(max(-2.0, contrast - down), min(2.0, contrast + up)),
        n=float(sizes.sum()),
    )


def _design(demands: Array, autonomy: Array, covariates: Array) -> Array:
    return np.column_stack([np.ones(demands.size), demands, autonomy, demands * autonomy, covariates])


def _thin(z: Array, outcome: Array) -> bool:
    """Whether few people stand behind a half of a scale (cut at its mean) and an outcome."""
    counts = [((half > 0) == high) & (outcome == yes) for half in z.T for high in (True, False) for yes in (0, 1)]
    return min(int(count.sum()) for count in counts) < SMALLEST_MARGIN


def _column(values: ArrayLike, n: int) -> Array:
    column = np.asarray(values, dtype=float)
    if column.shape != (n,) or not np.isfinite(column).all():
        raise ValueError(f"hand in complete cases: one number for each of the {n} outcomes")
    return column


def _covariates(values: ArrayLike | None, n: int) -> Array:
    if values is None:
        return np.empty((n, 0))
    table = np.asarray(values, dtype=float)
    if table.ndim != 2 or len(table) != n or not np.isfinite(table).all():
        raise ValueError(f"hand in complete cases: one row of covariates for each of the {n} outcomes")
    return table
