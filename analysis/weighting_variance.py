"""Weighted shares and means, with standard errors that know the weights were calibrated.

The variance is the linearised one: the figure is replaced by a sum of one score per person,
and the part of the scores that the calibration variables explain is taken off, because the
margins leave no doubt about that part (Deville and Särndal 1992,
doi 10.1080/01621459.1992.10475217). The regression that takes it off uses the weights before
raking, which are all 1 here, as R's survey package does; the weights after raking would serve
as well and change a standard error by about one part in a hundred.

Shares are fractions from 0 to 1; means and standard errors are on the scale of the values.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special

from analysis.estimate import Interval
from analysis.scoring import BoolArray, FloatArray
from analysis.weighting import Weights, kish_effect

#: Below this effective number of answers a share gets the beta interval instead of the logit one.
FEW = 30.0


@dataclass(frozen=True)
class WeightedEstimate:
    """A weighted share or mean of ``n`` answers, with ``df`` degrees of freedom.

    ``effective_n`` is the number of answers of a simple random sample, from a population
    without end, that would be as precise. ``standard_error`` and ``interval`` have the finite
    population correction where a population was given. ``method`` says which interval it is.
    """

    value: float
    standard_error: float
    df: float
    n: float
    effective_n: float
    interval: Interval
    method: Literal["logit", "beta", "t"]


@dataclass(frozen=True)
class _Linearised:
    """A weighted mean, the weighted variance of the values, and the figures of the estimate."""

    value: float
    spread: float
    n: float
    effective_n: float
    seen: float  # the part of the population that answered; 0 without a population

    @property
    def standard_error(self) -> float:
        return math.sqrt(self.spread / self.effective_n * (1 - self.seen))


def weighted_share(
    yes: BoolArray,
    weights: Weights,
    where: BoolArray | None = None,
    *,
    population: float | None = None,
    level: float = 0.95,
) -> WeightedEstimate:
    """The weighted share of ``yes``, shape (rows,), among the rows ``where`` (all when not given).

    ``where`` leaves out people without an answer, or picks one part of the staff; those left
    out still count in the calibration. ``population`` is the number of people the figure is
    about, for the correction ``1 - n / population``.

    The interval is symmetric on the logit scale, with the quantile of Student's t. With an
    effective number of answers ``n* = p(1-p) / variance`` below ``FEW`` it is that of Clopper
    and Pearson at ``n*`` answers (Korn and Graubard 1998, *Survey Methodology* 24(2), 193–201;
    their correction for degrees of freedom is 1 where nobody is clustered). Where the
    linearised variance is 0, as at a share of 0 or 1, ``n*`` is ``n`` over Kish's design effect,
    and at 0 or 1 the interval is always the latter one.

    Raises ``ValueError`` for values that are not yes or no, fewer than two answers or a
    population smaller than ``n``.
    """
    found = _linearise(yes, weights, where, population, level)
    if not np.isin(np.asarray(yes)[... if where is None else where], (0, 1)).all():
        raise ValueError("a share needs yes or no for every row; leave others out with 'where'")
    tie = 1e-9  # 31 unweighted answers count for exactly 30: the last bits of a float must not decide
    beta = found.effective_n < FEW - tie or found.spread == 0
    interval = (_beta_interval if beta else _logit_interval)(found, level)
    return _estimate(found, interval, "beta" if beta else "logit")


def weighted_mean(
    values: FloatArray,
    weights: Weights,
    where: BoolArray | None = None,
    *,
    population: float | None = None,
    level: float = 0.95,
) -> WeightedEstimate:
    """The weighted mean of ``values``, shape (rows,), with a t interval. Otherwise as ``weighted_share``.

    ``effective_n`` is the weighted variance of the values over the linearised variance.
    """
    found = _linearise(values, weights, where, population, level)
    half = _t_quantile(found.n - 1, level) * found.standard_error
    return _estimate(found, Interval(found.value - half, found.value + half), "t")


def _linearise(
    values: FloatArray | BoolArray,
    weights: Weights,
    where: BoolArray | None,
    population: float | None,
    level: float,
) -> _Linearised:
    rows = weights.counts.shape
    inside = np.ones(rows, dtype=bool) if where is None else np.asarray(where)
    if inside.shape != rows or inside.dtype != bool or np.shape(values) != rows:
        raise ValueError("values need one number, and 'where' one true or false, for every row that has a weight")
    inside = inside & (weights.counts > 0)
    y = np.where(inside, np.asarray(values, dtype=float), 0.0)
    if not np.isfinite(y).all():
        raise ValueError("a row without a value cannot be averaged; leave it out with 'where'")
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not {level}")
    heads = weights.counts * inside
    n = float(heads.sum())
    if n <= 1:
        raise ValueError("an estimate with a standard error needs at least two answers")
    if population is not None and population < n:
        raise ValueError(f"a population of {population} cannot hold {n} respondents")
    seen = 0.0 if population is None else n / population
    even = n / kish_effect(weights.values, heads)
    answers = y[inside]
    if answers.min() == answers.max():
        return _Linearised(float(answers[0]), 0.0, n, even, seen)
    mass = heads * weights.values
    value = float(mass @ y / mass.sum())
    spread = float(mass @ (y - value) ** 2 / mass.sum())
    variance = _variance_of_total(inside * (y - value) / mass.sum(), weights)
    # Rounding leaves a trace of variance where the calibration variables predict every answer.
    explained = variance * n <= 1e-12 * spread
    return _Linearised(value, spread, n, even if explained else spread / variance, seen)


def _variance_of_total(score: FloatArray, weights: Weights) -> float:
    """The variance of the weighted sum of ``score`` over all respondents, calibration allowed for."""
    heads, cell = weights.counts, weights.cell
    cells = weights.design.shape[0]
    cell_heads = np.bincount(cell, heads, minlength=cells)
    # All members of a cell share the calibration variables: regressing the cell means is enough.
    cell_mean = np.bincount(cell, heads * score, minlength=cells) / np.maximum(cell_heads, 1e-300)
    root = np.sqrt(cell_heads)
    slope = np.linalg.lstsq(root[:, None] * weights.design, root * cell_mean, rcond=None)[0]
    residual = weights.values * (score - (weights.design @ slope)[cell])
    n = weights.n
    centre = float(heads @ residual) / n
    return float(n / (n - 1) * (heads @ (residual - centre) ** 2))


def _logit_interval(found: _Linearised, level: float) -> Interval:
    p = found.value
    half = _t_quantile(found.n - 1, level) * found.standard_error / (p * (1 - p))
    centre = special.logit(p)
    return Interval(float(special.expit(centre - half)), float(special.expit(centre + half)))


def _beta_interval(found: _Linearised, level: float) -> Interval:
    p = found.value
    if found.seen == 1:
        return Interval(p, p)
    n = found.effective_n / (1 - found.seen)
    tail = (1 - level) / 2
    low = 0.0 if p == 0 else float(special.betaincinv(n * p, n * (1 - p) + 1, tail))
    high = 1.0 if p == 1 else float(special.betaincinv(n * p + 1, n * (1 - p), 1 - tail))
    return Interval(low, high)


def _t_quantile(df: float, level: float) -> float:
    return float(special.stdtrit(df, (1 + level) / 2))


def _estimate(found: _Linearised, interval: Interval, method: Literal["logit", "beta", "t"]) -> WeightedEstimate:
    n = found.n
    return WeightedEstimate(found.value, found.standard_error, n - 1, n, found.effective_n, interval, method)
