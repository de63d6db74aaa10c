"""Logistic regression: maximum likelihood, and Firth's penalised likelihood where that has no maximum.

When a predictor, or a mix of them, tells the outcome without an error (separation), the
likelihood keeps growing and maximum likelihood gives no finite estimate. Firth's penalty,
half the logarithm of the determinant of the information matrix, always gives one, and takes
away the first-order bias too (Firth 1993, doi 10.1093/biomet/80.1.27; Heinze and Schemper
2002, doi 10.1002/sim.1047).

Everything is unweighted. A fit holds the answers it was made from: it is for further sums,
never for release.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from analysis.estimate import Interval, critical_value

Array = NDArray[np.float64]

#: Fewest events, and fewest non-events, for every parameter besides the intercept.
EVENTS_PER_PARAMETER = 10

#: Steps to a maximum; five to ten are usual.
MOST_STEPS = 200

#: The least curvature that a step is taken with, next to that of the plain likelihood.
LEAST_BEND = 0.01

#: A step that does not lead up is halved, at most so often.
HALVINGS = 40

#: A step counts as the last one when it is shorter than this, squared, in standard errors.
CLOSE_ENOUGH = 1e-18

#: No step moves anybody's log-odds further: from far away the curvature says little.
STRIDE = 5.0

#: Nobody's fitted log-odds lie this far out unless the outcomes are (nearly) separated.
FAR_OUT = 12.0

#: Below this the best separating direction (scaled to a box of ±1) is a rounding error of the solver.
SOLVER_ERROR = 1e-5


class Separated(ValueError):
    """The predictors tell the outcome without an error: there is no finite maximum likelihood estimate."""


@dataclass(frozen=True, eq=False)
class LogitFit:
    """A fitted model ``logit(p) = X b``.

    ``coefficients``: b, shape (p,), log-odds per unit of each column. ``covariance``: inverse of
    the expected information at b, shape (p, p). ``sandwich``: the same with the observed spread
    of the scores (shape (p, p)); it does not trust the model for the variance. ``log_likelihood``
    is penalised when ``firth``. ``n``: respondents.

    Where an outcome is missing from a group, the scores in it are next to nothing and
    ``sandwich`` is far too small: use ``covariance`` or :func:`profile_interval` with Firth.
    """

    coefficients: Array
    covariance: Array
    sandwich: Array
    log_likelihood: float
    firth: bool
    n: int
    X: Array = field(repr=False)
    y: Array = field(repr=False)

    @property
    def standard_errors(self) -> Array:
        """Model based, shape (p,)."""
        return np.sqrt(np.diag(self.covariance))

    def predict(self, X: ArrayLike) -> Array:
        """The probability (0–1) of a yes for each row of ``X``, shape (m,)."""
        return np.asarray(special.expit(np.asarray(X, dtype=float) @ self.coefficients), dtype=float)


def enough_events(y: ArrayLike, parameters: int) -> bool:
    """Whether there are at least ten yeses and ten noes for each of ``parameters``.

    The intercept is not counted, as in Peduzzi and others (1996,
    doi 10.1016/S0895-4356(96)00236-3). A rule of thumb, applied to the rarer outcome.
    """
    outcome = _outcome(y)
    events = int(outcome.sum())
    return min(events, outcome.size - events) >= EVENTS_PER_PARAMETER * parameters


def fit_logit(X: ArrayLike, y: ArrayLike, *, firth: bool | None = None) -> LogitFit:
    """Fit ``logit(p) = X b`` to outcomes ``y``.

    ``X``: shape (n, p), complete; no column is added, so hand in a column of ones for the
    intercept. ``y``: shape (n,), 0 or 1. ``firth``: ``False`` for maximum likelihood, ``True``
    for Firth's penalised likelihood, ``None`` for maximum likelihood unless it has no maximum.

    The sandwich is ``I⁻¹ (n/(n-1) Σ uᵢuᵢᵀ) I⁻¹`` with ``uᵢ`` the score of one respondent (Binder
    1983, doi 10.2307/1402588), without finite population correction; with Firth ``uᵢ`` is the
    modified score, so that the scores still sum to zero.

    Raises :class:`Separated` (a ``ValueError``) with ``firth=False`` on separated outcomes, and
    ``ValueError`` for missing values, outcomes other than 0 and 1, fewer rows than columns plus
    one, or columns that follow from each other; ``ArithmeticError`` when the numbers run away
    (columns on wildly different scales).
    """
    design, outcome = _checked(X, y)
    start = np.zeros(design.shape[1])
    penalised = firth is True
    top = _climb(design, outcome, start, penalised)
    # Only far out or astray can there be separation; the linear programme that settles it is slow.
    if not penalised and (top is None or np.abs(design @ top[0]).max() > FAR_OUT) and separated(design, outcome):
        if firth is False:
            raise Separated("the predictors tell the outcome without an error; use Firth's likelihood (firth=True)")
        penalised = True
        top = _climb(design, outcome, start, penalised)
    if top is None:
        raise ArithmeticError("the fit did not settle; bring the columns to a common scale, such as z-scores")
    coefficients, likelihood = top
    covariance: Array = np.linalg.inv(_information(design, coefficients)).astype(float)
    leverage = _leverage(design, coefficients, penalised)
    scores = design * _residuals(design, outcome, coefficients, leverage)[:, None]
    n = outcome.size
    sandwich = covariance @ (scores.T @ scores) @ covariance * n / (n - 1)
    return LogitFit(coefficients, covariance, sandwich, likelihood, penalised, n, design, outcome)


def separated(X: ArrayLike, y: ArrayLike) -> bool:
    """Whether some ``b`` other than 0 has ``X b`` at or above 0 for every yes and at or below 0 for every
    no, not all of them 0: then, and only then, maximum likelihood has no finite estimate (Albert and
    Anderson 1984, doi 10.1093/biomet/71.1.1).

    ``X``: shape (n, p) of full rank; ``y``: shape (n,). Settled by linear programming.
    """
    from scipy.optimize import linprog  # here, because it is seldom wanted and slow to import

    design, outcome = _checked(X, y)
    signed = np.where(outcome == 1, 1.0, -1.0)[:, None] * design / np.abs(design).max(axis=0)
    best = linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(signed)), bounds=(-1, 1), method="highs")
    return best.fun is not None and bool(best.fun < -SOLVER_ERROR)


def profile_interval(fit: LogitFit, column: int, level: float = 0.95) -> Interval:
    """The profile (penalised) likelihood interval of one coefficient, in log-odds.

    The values of coefficient ``column`` at which twice the (penalised) log-likelihood, with the
    other coefficients at their best, lies no more than the chi-squared quantile (1 df) below the
    maximum. Better than ± 1.96 standard errors when the likelihood is skew, as it is under
    separation (Heinze and Schemper 2002).

    Raises ``ValueError`` for a column that is not there or a level outside 0–1, and
    ``ArithmeticError`` when the profile has no clear top (a handful of answers for as many coefficients).
    """
    if not 0 <= column < fit.coefficients.size:
        raise ValueError(f"there is no column {column}; columns run from 0 to {fit.coefficients.size - 1}")
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not {level}")
    floor = fit.log_likelihood - critical_value(level) ** 2 / 2
    step = critical_value(level) * float(fit.standard_errors[column])
    low, high = (_crossing(fit, column, floor, direction * step) for direction in (-1, 1))
    return Interval(low, high)


def _crossing(fit: LogitFit, column: int, floor: float, step: float) -> float:
    """Where the profile comes down to ``floor``, walking from the estimate in strides of ``step``."""
    from scipy.optimize import brentq

    free = np.arange(fit.coefficients.size) != column

    def settle(value: float, start: Array) -> tuple[Array, float]:
        top = _climb(fit.X, fit.y, np.where(free, start, value), fit.firth, free)
        if top is None:
            raise ArithmeticError("the profile did not settle; there are too few answers for so many coefficients")
        return top

    inner = fit.coefficients
    for _ in range(100):
        value = float(inner[column]) + step
        outer, likelihood = settle(value, inner)  # from the last stop, which is near
        if likelihood < floor:
            ends = float(inner[column]), value
            return float(brentq(lambda b, near: settle(b, near)[1] - floor, *ends, args=(inner,), xtol=1e-10))
        inner = outer
    raise ArithmeticError("the likelihood hardly comes down; the outcomes say next to nothing about this coefficient")


def _climb(
    X: Array, y: Array, start: Array, firth: bool, free: NDArray[np.bool_] | None = None
) -> tuple[Array, float] | None:
    """The coefficients with the highest (penalised) likelihood and that likelihood; ``None`` if none is found.

    Newton steps, halved where they overshoot, over the ``free`` coefficients (all, unless given).
    """
    free = np.ones(start.size, dtype=bool) if free is None else free
    b, likelihood = start, _likelihood(X, y, start, firth)
    if not free.any():
        return b, likelihood
    try:
        score, curvature = _slope(X, y, b, firth, free)
        for _ in range(MOST_STEPS):
            step = np.zeros(b.size)
            step[free] = np.linalg.solve(curvature, score)
            if score @ step[free] < CLOSE_ENOUGH:
                return b, likelihood
            step *= min(1.0, STRIDE / np.abs(X @ step).max())
            noise = 1e-12 * (1 + abs(likelihood))  # near the top the last digits decide nothing, but the slope does
            for halving in range(HALVINGS):
                tried = b + step * 0.5**halving
                found = _likelihood(X, y, tried, firth)
                if found < likelihood - noise:
                    continue
                ahead, bend = _slope(X, y, tried, firth, free)
                if ahead @ step[free] >= -0.5 * (score @ step[free]):  # not far past the top
                    break
            else:
                return None
            b, likelihood, score, curvature = tried, found, ahead, bend
    except np.linalg.LinAlgError:
        return None
    return None


def _slope(X: Array, y: Array, b: Array, firth: bool, free: NDArray[np.bool_]) -> tuple[Array, Array]:
    """The score of the ``free`` coefficients, and minus the second derivatives, mended to bend down.

    Those of Firth's penalty follow by differentiating ``1/2 log det I(b)`` twice. Away from its top
    the penalised likelihood may bend up in some directions; there the bend counts as one down, so
    that a step always leads up and does not stay at a saddle.
    """
    chosen = np.ix_(free, free)
    leverage = _leverage(X, b, firth)
    score = X[:, free].T @ _residuals(X, y, b, leverage)
    information = _information(X, b)
    if not firth:
        return score, information[chosen]
    p = special.expit(X @ b)
    weights = p * (1 - p)
    whitened = X @ np.linalg.inv(np.linalg.cholesky(information)).T
    squares = (whitened[:, :, None] * whitened[:, None, :]).reshape(len(X), -1)
    turn = squares.T @ (X * (weights * (1 - 2 * p))[:, None])
    bend = X.T @ (X * (weights + leverage * (weights - (1 - 2 * p) ** 2 / 2))[:, None]) + turn.T @ turn / 2
    root = np.linalg.cholesky(information[chosen])
    unit = np.linalg.inv(root)
    values, vectors = np.linalg.eigh(unit @ bend[chosen] @ unit.T)
    frame = root @ vectors
    return score, np.asarray((frame * np.maximum(np.abs(values), LEAST_BEND)) @ frame.T, dtype=float)


def _likelihood(X: Array, y: Array, b: Array, firth: bool) -> float:
    signed = np.where(y == 1, 1.0, -1.0) * (X @ b)
    likelihood = -float(np.logaddexp(0.0, -signed).sum())
    if firth:
        sign, logarithm = np.linalg.slogdet(_information(X, b))
        likelihood += 0.5 * float(logarithm) if sign > 0 else -np.inf
    return likelihood


def _information(X: Array, b: Array, weights: Array | float = 1.0) -> Array:
    p = special.expit(X @ b)
    return np.asarray((X * (weights * p * (1 - p))[:, None]).T @ X, dtype=float)


def _leverage(X: Array, b: Array, firth: bool) -> Array:
    """How much each respondent's own answer weighs in the fit, h, shape (n,); zeros for maximum likelihood."""
    if not firth:
        return np.zeros(len(X))
    p = special.expit(X @ b)
    inverse = np.linalg.inv(_information(X, b))
    return np.asarray(p * (1 - p) * np.einsum("ij,jk,ik->i", X, inverse, X), dtype=float)


def _residuals(X: Array, y: Array, b: Array, leverage: Array) -> Array:
    """What each respondent adds to the score, per unit of the row: ``y - p``, with Firth ``+ h (1/2 - p)``."""
    p = special.expit(X @ b)
    return np.asarray(y - p + leverage * (0.5 - p), dtype=float)


def _checked(X: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    design, outcome = np.asarray(X, dtype=float), _outcome(y)
    if design.ndim != 2 or len(design) != outcome.size or design.shape[1] == 0:
        raise ValueError(f"hand in a table with one row for each of the {outcome.size} outcomes, not {design.shape}")
    if not np.isfinite(design).all():
        raise ValueError("hand in complete cases: the predictors have missing or infinite values")
    if len(design) <= design.shape[1]:
        raise ValueError(f"{design.shape[1]} coefficients need more than {len(design)} respondents")
    largest = np.abs(design).max(axis=0)
    if not largest.all() or np.linalg.matrix_rank(design / largest) < design.shape[1]:
        raise ValueError("a column follows from the other ones; leave it out")
    return design, outcome


def _outcome(y: ArrayLike) -> Array:
    outcome = np.asarray(y, dtype=float)
    if outcome.ndim != 1 or not np.isin(outcome, (0.0, 1.0)).all():
        raise ValueError("an outcome is 0 or 1 for everybody; hand in complete cases")
    return outcome
