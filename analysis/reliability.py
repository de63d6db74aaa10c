"""How well the questions of a scale hang together: Cronbach's alpha and McDonald's omega.

Reliability says something of the instrument as it works among all respondents. It is never
shown for a unit: what differs there is who works in it, not the questions.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special  # scipy.stats would take half a second to import, for one quantile

from analysis.dataset import missing_code
from analysis.estimate import Interval
from analysis.factor import fit_one_factor
from analysis.resampling import pool_of
from analysis.scoring import BoolArray, FloatArray

#: Below this many respondents reliability is not shown: the interval would be too wide to use.
LEAST_PEOPLE = 100

#: Below this value a scale is shown with a warning.
LEAST_RELIABLE = 0.70

#: The percentiles of fewer draws than this would be too uncertain.
LEAST_DRAWS = 100

#: Above this share of draws without a solution the interval would leave out the worst cases.
MOST_UNSOLVED = 0.05

#: A variance below this part of the largest one that could be is rounding.
ROUNDING = 1e-12

#: Draws times answer patterns handled at a time, for the sake of memory.
CHUNK = 1 << 21


class Refusal(StrEnum):
    """Why a coefficient is not given; the words for it stand in the texts of the report."""

    TOO_FEW_PEOPLE = "too_few_people"
    TOO_FEW_ITEMS = "too_few_items"
    CONSTANT_ITEM = "constant_item"
    CONSTANT_TOTAL = "constant_total"
    NOT_DETERMINED = "not_determined"


@dataclass(frozen=True)
class Coefficient:
    """A reliability, at most 1 (alpha can be negative), with its 95% interval."""

    value: float
    interval: Interval

    @property
    def warn(self) -> bool:
        """Whether the value lies below :data:`LEAST_RELIABLE`."""
        return self.value < LEAST_RELIABLE


@dataclass(frozen=True)
class Omega(Coefficient):
    """Omega total with the one-factor model behind it.

    ``loadings`` and ``uniquenesses``: shape ``(items,)``, of the standardised items.
    ``heywood``: the places of the items whose uniqueness was stopped at its bound, which says
    that the model does not fit well there. Of ``draws`` bootstrap draws ``heywood_draws`` had
    such an item, and ``unsolved_draws`` had no solution and are not in the interval.
    """

    loadings: tuple[float, ...]
    uniquenesses: tuple[float, ...]
    heywood: tuple[int, ...]
    draws: int
    heywood_draws: int
    unsolved_draws: int


@dataclass(frozen=True)
class Reliability:
    """Alpha and omega of one scale among ``n`` respondents, or why one is not given."""

    n: int
    items: int
    alpha: Coefficient | Refusal
    omega: Omega | Refusal


def reliability(scores: npt.ArrayLike, *, draws: int = 1000, seed: int | np.random.Generator) -> Reliability:
    """Alpha and omega of a scale from its scores, shape ``(n, items)``, reversed items turned round already.

    Respondents who answered every item, and all of the organisation: reliability is about the
    instrument and is never shown for a unit. ``draws`` bootstrap draws of respondents give the
    interval of omega; the same ``seed`` gives the same interval.

    Nothing is given below :data:`LEAST_PEOPLE` respondents or when an item has one answer only;
    alpha needs two items and answers whose sum varies, omega three items (two items have one
    correlation, for two loadings).

    Raises ``ValueError`` for what is no matrix, for missing answers and for too few draws.
    """
    X = _complete(scores)
    if draws < LEAST_DRAWS:
        raise ValueError(f"percentiles need at least {LEAST_DRAWS} draws, not {draws}")
    n, items = X.shape
    for refusal, applies in (
        (Refusal.TOO_FEW_PEOPLE, n < LEAST_PEOPLE),
        (Refusal.TOO_FEW_ITEMS, items < 2),
    ):
        if applies:
            return Reliability(n, items, refusal, refusal)
    if not np.ptp(X, axis=0).all():
        return Reliability(n, items, Refusal.CONSTANT_ITEM, Refusal.CONSTANT_ITEM)
    return Reliability(n, items, _alpha(X), _omega(X, draws, np.random.default_rng(seed)))


def feldt_interval(alpha: float, n: int, items: int, level: float = 0.95) -> Interval:
    """Feldt's interval for an ``alpha`` of ``items`` items among ``n`` respondents (1965, doi 10.1007/BF02289499).

    For items with the same variances and covariances ``(1 - population alpha) / (1 - alpha)`` has
    an F distribution with ``n - 1`` and ``(n - 1)(items - 1)`` degrees of freedom.

    Raises ``ValueError`` for an alpha above 1, fewer than two respondents or items, or an impossible level.
    """
    if not alpha <= 1:
        raise ValueError(f"alpha is at most 1, not {alpha}")
    if n < 2 or items < 2:
        raise ValueError("an interval for alpha needs at least two respondents and two items")
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not {level}")
    tail = (1 - level) / 2
    low, high = special.fdtri(n - 1, (n - 1) * (items - 1), [1 - tail, tail])
    return Interval(1 - (1 - alpha) * float(low), 1 - (1 - alpha) * float(high))


def _complete(scores: npt.ArrayLike) -> FloatArray:
    given = np.asarray(scores)
    if given.ndim != 2 or not (np.issubdtype(given.dtype, np.integer) or np.issubdtype(given.dtype, np.floating)):
        raise ValueError("hand in numbers, one row for each respondent and one column for each item")
    signed = np.issubdtype(given.dtype, np.signedinteger)
    absent = given == missing_code(given.dtype) if signed else ~np.isfinite(given)
    if absent.any():
        raise ValueError("hand in respondents who answered every item of the scale")
    return given.astype(np.float64)


def _alpha(X: FloatArray) -> Coefficient | Refusal:
    """Cronbach's alpha (1951, doi 10.1007/BF02310555): ``k/(k-1) · (1 - Σ item variances / variance of the sum)``."""
    n, items = X.shape
    each, total = float(X.var(axis=0, ddof=1).sum()), float(X.sum(axis=1).var(ddof=1))
    if total < ROUNDING * items * each:  # the variance of a sum is at most items times the sum of the variances
        return Refusal.CONSTANT_TOTAL
    value = min(1.0, items / (items - 1) * (1 - each / total))
    return Coefficient(value, feldt_interval(value, n, items))


def _omega(X: FloatArray, draws: int, rng: np.random.Generator) -> Omega | Refusal:
    """McDonald's omega total (1999, *Test Theory: A Unified Treatment*) with a percentile bootstrap interval.

    ``(Σλ)² / ((Σλ)² + Σψ)`` with the loadings and the unique variances of the items as they are
    added up, so not standardised.
    """
    if X.shape[1] < 3:
        return Refusal.TOO_FEW_ITEMS
    covariance = np.cov(X, rowvar=False)
    R, sd = _standardised(covariance, np.diagonal(covariance))
    fit = fit_one_factor(R)
    pool = pool_of(len(X), rng)
    drawn = _resampled(X[pool.rows], draws, rng)
    again, spread = _standardised(drawn, np.diagonal(covariance))
    fits = fit_one_factor(again)
    # A scale on which an item has one answer only is fitted without that item; two items do not suffice.
    solved = fits.converged & ((spread > 0).sum(axis=1) >= 3)
    if not fit.converged or draws - int(solved.sum()) > MOST_UNSOLVED * draws:
        return Refusal.NOT_DETERMINED
    values = _total(fits.loadings, fits.uniquenesses, spread)[solved]
    value = float(_total(fit.loadings, fit.uniquenesses, sd))
    of_pool = value if pool.shrink == 1 else _omega_of(X[pool.rows])
    return Omega(
        value,
        pool.interval(values, of_pool, value),
        tuple(fit.loadings.tolist()),
        tuple(fit.uniquenesses.tolist()),
        tuple(np.flatnonzero(fit.at_bound).tolist()),
        draws,
        int(fits.at_bound[solved].any(axis=1).sum()),
        draws - int(solved.sum()),
    )


def _omega_of(X: FloatArray) -> float:
    covariance = np.cov(X, rowvar=False)
    R, sd = _standardised(covariance, np.diagonal(covariance))
    fit = fit_one_factor(R)
    return float(_total(fit.loadings, fit.uniquenesses, sd))


def _total(loadings: FloatArray, uniquenesses: FloatArray, sd: FloatArray) -> FloatArray:
    """Omega for loadings and uniquenesses of standardised items, shapes ``(..., items)``."""
    common = (loadings * sd).sum(axis=-1) ** 2
    unique = (uniquenesses * sd**2).sum(axis=-1)
    found: FloatArray = np.divide(common, common + unique, out=np.zeros_like(common), where=unique > 0)
    return found


def _standardised(covariances: FloatArray, variances: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Correlations and standard deviations; an item that does not vary gets 0 for both.

    ``variances``, shape ``(items,)``, are those of all answers: the measure of what is rounding.
    """
    found = np.diagonal(covariances, axis1=-2, axis2=-1)
    varies: BoolArray = found > ROUNDING * variances
    sd = np.sqrt(np.where(varies, found, 0.0))
    inverse = np.divide(1.0, sd, out=np.zeros_like(sd), where=varies)
    R = np.clip(covariances * inverse[..., :, None] * inverse[..., None, :], -1.0, 1.0)
    places = np.arange(R.shape[-1])
    R[..., places, places] = 1.0
    return R, sd


def _resampled(X: FloatArray, draws: int, rng: np.random.Generator) -> FloatArray:
    """Covariance matrices, shape ``(draws, items, items)``, of ``n`` respondents drawn with replacement.

    Drawn is how often each pattern of answers occurs: the same as drawing people, and quick,
    because many give the same answers.
    """
    n, items = X.shape
    patterns, counts = np.unique(X, axis=0, return_counts=True)
    patterns = patterns - X.mean(axis=0)
    products = (patterns[:, :, None] * patterns[:, None, :]).reshape(len(patterns), -1)
    found = np.empty((draws, items, items))
    size = max(1, CHUNK // len(patterns))
    for start in range(0, draws, size):
        part = slice(start, min(start + size, draws))
        weights: npt.NDArray[Any] = rng.multinomial(n, counts / n, part.stop - start).astype(np.float64)
        means = weights @ patterns / n
        squares = (weights @ products).reshape(-1, items, items)
        found[part] = (squares - n * means[:, :, None] * means[:, None, :]) / (n - 1)
    return found
