"""Shares of units (teams, departments) drawn towards each other as far as chance explains their differences.

The highest of thirty raw shares is the highest mostly by luck. The model says how much of the spread
is real and gives each unit what is then likely: a small unit moves far towards the others, a large
one keeps its own share.

    yes_u ~ Binomial(n_u, p_u),   logit(p_u) = mu + sigma b_u,   b_u ~ Normal(0, 1)

Shares are fractions from 0 to 1; ``mu`` and ``sigma`` are on the logit scale.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

from analysis.estimate import Interval

Floats = NDArray[np.float64]

#: The estimates are sought within these bounds: where every unit is all yes or all no the
#: likelihood rises for ever. At a spread of 5 nearly every unit's share is below 1% or above 99%.
MU_MAX = 15.0
SIGMA_MAX = 5.0

#: Scale of the half-normal prior of the spread, used for the intervals only.
SIGMA_PRIOR = 1.0

#: Two log likelihoods closer than this are the same.
_TIE = 1e-8

_NODES = 25  # for the estimates: off by 1e-8 in a unit's log likelihood up to sigma = 1.5, by 1e-5 up to 3
_COARSE_NODES = 11  # for the intervals, which average over many pairs of mu and sigma
_STEPS = np.arange(-4.0, 5.0)  # grid for mu, in standard errors
_SPREADS = 24  # size of the grid for sigma
_EDGES = np.linspace(-6, 6, 97)  # of the bins for a unit's logit, in its standard deviations


@dataclass(frozen=True)
class UnitShare:
    """What is likely for one unit: its share, drawn towards the others, and an interval around it."""

    share: float
    interval: Interval


@dataclass(frozen=True)
class UnitModel:
    """The fitted model.

    ``mu`` is the logit of the typical unit's share, ``sigma`` the standard deviation of the units'
    logits: 0 when chance explains all differences. ``log_likelihood`` includes the binomial
    coefficients. ``units`` stand in the order of the input.

    ``lr_statistic`` is twice the log likelihood above that of ``sigma = 0``, and ``p_value`` its
    chance when units do not differ: half of that of chi-squared with one degree of freedom, since
    0 is the edge of what ``sigma`` can be (Self and Liang 1987, doi 10.1080/01621459.1987.10478472).
    With few units this p-value is too large rather than too small.
    """

    mu: float
    sigma: float
    log_likelihood: float
    units: tuple[UnitShare, ...]
    lr_statistic: float
    p_value: float

    @property
    def median_odds_ratio(self) -> float:
        """The median odds ratio of the higher to the lower of two units picked at random, 1 when all are
        alike: exp(sqrt(2) sigma z(0.75)) (Larsen and Merlo 2005, doi 10.1093/aje/kwi017)."""
        return math.exp(math.sqrt(2) * self.sigma * float(special.ndtri(0.75)))


def fit_units(yes: ArrayLike, n: ArrayLike, *, level: float = 0.95) -> UnitModel:
    """The model for ``yes[u]`` of ``n[u]`` answers in each unit ``u`` (two sequences of equal length).

    Neither needs to be whole: a printed share times a number from the printed band will do, and
    then the model gives away nothing that the rounding hid.

    *Estimates*: maximum likelihood within ``|mu| <= 15`` and ``sigma <= 5``. The integral over b_u
    is adaptive Gauss-Hermite quadrature, 25 points around the mode of each unit (Liu and Pierce
    1994, doi 10.1093/biomet/81.3.624; Pinheiro and Bates 1995, doi 10.1080/10618600.1995.10474663).
    A unit's ``share`` is the mean of its posterior given ``mu`` and ``sigma``; for ``sigma = 0``
    that is the share of all together.

    *Intervals*: equal-tailed, from the posterior averaged over what ``mu`` and ``sigma`` may be,
    on a grid. Given the estimates alone they would be far too narrow with few or similar units: zero
    wide where ``sigma`` is estimated as 0. Priors: uniform for the typical unit's share,
    half-normal with scale 1 for ``sigma`` (on such priors see Röver et al. 2021,
    doi 10.1002/jrsm.1475). Where it must, an interval is stretched to hold ``share``.

    Raises ``ValueError`` for fewer than two units and unless ``0 <= yes <= n`` and ``n > 0``.
    """
    counts, sizes = _checked(yes, n)
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not {level}")
    constant = float(
        np.sum(special.gammaln(sizes + 1) - special.gammaln(counts + 1) - special.gammaln(sizes - counts + 1))
    )
    common = float(np.clip(special.logit(counts.sum() / sizes.sum()), -MU_MAX, MU_MAX))
    alike = float(np.sum(counts * common - sizes * np.logaddexp(0, common)))
    mu, sigma, best = _maximise(counts, sizes, common)
    if best > alike + _TIE:
        rule = _Quadrature.of(counts, sizes, np.array(mu), np.array(sigma), _NODES)
        shares = np.sum(rule.weights * special.expit(rule.logits), axis=-1)
    else:
        mu, sigma, best = common, 0.0, alike
        shares = np.full(len(counts), special.expit(common))
    low, high = _intervals(counts, sizes, level)
    ratio = 2 * (best - alike)
    return UnitModel(
        mu=mu,
        sigma=sigma,
        log_likelihood=best + constant,
        units=tuple(
            UnitShare(float(s), Interval(float(min(a, s)), float(max(b, s))))
            for s, a, b in zip(shares, low, high, strict=True)
        ),
        lr_statistic=ratio,
        p_value=0.5 * float(special.chdtrc(1, ratio)) if ratio > 0 else 1.0,
    )


@dataclass(frozen=True)
class _Quadrature:
    """The posterior of each unit as weighted points: arrays of ``[..., units, points]``.

    The leading axes are those of ``mu`` and ``sigma``. ``log_likelihood`` is per unit
    (``[..., units]``), without binomial coefficients.
    """

    effects: Floats
    logits: Floats
    weights: Floats
    log_likelihood: Floats

    @classmethod
    def of(cls, yes: Floats, n: Floats, mu: Floats, sigma: Floats, points: int) -> _Quadrature:
        """For every ``mu`` and ``sigma > 0``, two arrays of the same shape (also a single number each)."""
        nodes, log_weights = _hermite(points)
        mu, sigma = mu[..., None], sigma[..., None]
        mode = _modes(yes, n, mu, sigma)
        p = special.expit(mu + sigma * mode)
        width = 1 / np.sqrt(1 + sigma**2 * n * p * (1 - p))
        effects = mode[..., None] + math.sqrt(2) * width[..., None] * nodes
        logits = mu[..., None] + sigma[..., None] * effects
        log_terms = (
            log_weights
            + np.log(width / math.sqrt(math.pi))[..., None]
            - effects**2 / 2
            + yes[:, None] * logits
            - n[:, None] * np.logaddexp(0, logits)
        )
        top = log_terms.max(axis=-1, keepdims=True)
        terms = np.exp(log_terms - top)
        total = terms.sum(axis=-1, keepdims=True)
        return cls(effects, logits, terms / total, (top + np.log(total))[..., 0])


@cache
def _hermite(points: int) -> tuple[Floats, Floats]:
    """Nodes for the weight exp(-x²), and the logs of the weights times exp(x²)."""
    nodes, weights = np.polynomial.hermite.hermgauss(points)
    return nodes, np.log(weights) + nodes**2


def _modes(yes: Floats, n: Floats, mu: Floats, sigma: Floats) -> Floats:
    """The most likely b of each unit, by Newton's method.

    No step is longer than one logit: over that length the curvature changes by a factor e at most,
    so that every step brings the slope nearer to zero, however far away the start is.
    """
    raw = (yes + 0.5) / (n + 1)
    precision = sigma * n * raw * (1 - raw)
    mode = precision * (special.logit(raw) - mu) / (1 + sigma * precision)
    for _ in range(100):
        p = special.expit(mu + sigma * mode)
        step = (sigma * (yes - n * p) - mode) / (1 + sigma**2 * n * p * (1 - p))
        step = np.clip(step, -1 / sigma, 1 / sigma)
        mode = mode + step
        if np.max(np.abs(step)) < 1e-6:  # quadratic: the error left is far smaller than the step
            break
    return np.asarray(mode, dtype=np.float64)


def _maximise(yes: Floats, n: Floats, common: float) -> tuple[float, float, float]:
    """``mu``, ``sigma > 0`` and the log likelihood at its highest.

    There may be more than one top (one odd unit among large, equal ones), so the search starts
    from the best of a range of spreads.
    """

    def cost(point: Floats) -> tuple[float, Floats]:
        sigma = math.exp(point[1])
        rule = _Quadrature.of(yes, n, np.array(point[0]), np.array(sigma), _NODES)
        residuals = rule.weights * (yes[:, None] - n[:, None] * special.expit(rule.logits))
        slope = np.array([residuals.sum(), sigma * np.sum(rule.effects * residuals)])
        return -float(rule.log_likelihood.sum()), -slope

    spreads = np.geomspace(0.05, SIGMA_MAX, 12)
    centres, _ = _centre(yes, n, np.full(len(spreads), common), spreads)
    heights = _Quadrature.of(yes, n, centres, spreads, _COARSE_NODES).log_likelihood.sum(axis=-1)
    start = int(np.argmax(heights))
    found = optimize.minimize(
        cost,
        np.array([centres[start], math.log(spreads[start])]),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-MU_MAX, MU_MAX), (math.log(1e-3), math.log(SIGMA_MAX))],
        options={"ftol": 1e-14, "gtol": 1e-7},
    )
    return float(found.x[0]), math.exp(found.x[1]), -float(found.fun)


def _centre(yes: Floats, n: Floats, mu: Floats, sigma: Floats) -> tuple[Floats, Floats]:
    """The most likely ``mu`` for each ``sigma``, roughly, and its standard error; ``mu`` is the start.

    The uniform prior of the typical unit's share counts too: it keeps ``mu`` finite when all said yes.
    """
    for _ in range(8):
        rule = _Quadrature.of(yes, n, mu, sigma, _COARSE_NODES)
        p = special.expit(rule.logits)
        slope = np.sum(rule.weights * (yes[:, None] - n[:, None] * p), axis=(-2, -1)) + 1 - 2 * special.expit(mu)
        known = n * np.sum(rule.weights * p * (1 - p), axis=-1)
        typical = special.expit(mu)
        information = np.sum(known / (1 + sigma[:, None] ** 2 * known), axis=-1) + 2 * typical * (1 - typical)
        step = np.clip(slope / information, -1, 1)
        mu = np.clip(mu + step, -MU_MAX, MU_MAX)
        if np.max(np.abs(step) * np.sqrt(information)) < 0.1:  # standard errors
            break
    return mu, 1 / np.sqrt(information)


def _intervals(yes: Floats, n: Floats, level: float) -> tuple[Floats, Floats]:
    """Bounds for each unit's share, averaged over ``mu`` and ``sigma``."""
    edges = SIGMA_MAX * np.linspace(0, 1, _SPREADS + 1) ** 2
    middle = (edges[:-1] + edges[1:]) / 2
    start = np.full(_SPREADS, float(np.clip(special.logit((yes.sum() + 1) / (n.sum() + 2)), -MU_MAX, MU_MAX)))
    mass, _, centre = _grid(yes, n, start, middle)
    profile = mass.max(axis=0)
    likely = np.flatnonzero(profile > profile.max() - 10)
    first, last = max(0, likely[0] - 1), min(_SPREADS, likely[-1] + 2)
    fine = edges[first] + (edges[last] - edges[first]) * (np.arange(_SPREADS) + 0.5) / _SPREADS
    mass, rule, mu = _grid(yes, n, np.interp(fine, middle, centre[len(_STEPS) // 2]), fine)
    cells = np.exp(mass - mass.max()).ravel()
    cells /= cells.sum()
    sigma = np.broadcast_to(fine, mu.shape)
    means = np.sum(rule.weights * rule.logits, axis=-1).reshape(len(cells), -1)
    squares = np.sum(rule.weights * rule.logits**2, axis=-1).reshape(len(cells), -1)
    mean = cells @ means
    sd = np.sqrt(np.maximum(cells @ squares - mean**2, 1e-12))
    bounds = np.empty((2, len(yes)))
    for unit in range(len(yes)):
        logits = mean[unit] + sd[unit] * _EDGES
        below = _cumulative(yes[unit], n[unit], mu.ravel(), sigma.ravel(), cells, logits)
        bounds[:, unit] = np.interp([(1 - level) / 2, (1 + level) / 2], below, logits)
    low, high = special.expit(bounds)
    return low, high


def _cumulative(yes: float, n: float, mu: Floats, sigma: Floats, cells: Floats, logits: Floats) -> Floats:
    """The chance that a unit's logit lies below each of ``logits``, averaged over the cells of the grid.

    Within a bin the likelihood is taken as constant, and the normal distribution is exact: a
    spread much smaller than a bin does no harm.
    """
    middle = (logits[:-1] + logits[1:]) / 2
    log_chance = yes * middle - n * np.logaddexp(0, middle)
    normal = np.diff(special.ndtr((logits - mu[:, None]) / sigma[:, None]), axis=-1)
    bins = normal * np.exp(log_chance - log_chance.max())
    total = bins.sum(axis=-1)
    share = np.divide(cells, total, out=np.zeros_like(total), where=total > 0) @ bins
    return np.concatenate([[0.0], np.cumsum(share) / share.sum()])


def _grid(yes: Floats, n: Floats, start: Floats, spreads: Floats) -> tuple[Floats, _Quadrature, Floats]:
    """Log posterior mass of each cell (``[steps, spreads]``), the units' posteriors there, and its ``mu``."""
    centre, error = _centre(yes, n, start, spreads)
    mu = centre + _STEPS[:, None] * error
    sigma = np.broadcast_to(spreads, mu.shape)
    rule = _Quadrature.of(yes, n, mu, sigma, _COARSE_NODES)
    prior = special.log_expit(mu) + special.log_expit(-mu) - (sigma / SIGMA_PRIOR) ** 2 / 2
    mass = rule.log_likelihood.sum(axis=-1) + prior + np.log(error)  # a cell is as wide as the error
    return mass, rule, mu


def _checked(yes: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats]:
    counts, sizes = np.asarray(yes, dtype=np.float64), np.asarray(n, dtype=np.float64)
    if counts.ndim != 1 or counts.shape != sizes.shape:
        raise ValueError("give one number of yeses and one number of answers for each unit")
    if len(counts) < 2:
        raise ValueError("units are compared with each other: give at least two")
    if not (np.all(np.isfinite(counts)) and np.all(np.isfinite(sizes))):
        raise ValueError("leave out units without a figure: every yes and every n must be a number")
    if np.any(sizes <= 0) or np.any(counts < 0) or np.any(counts > sizes):
        raise ValueError("a unit needs 0 <= yes <= n and n > 0")
    return counts, sizes
