"""The one-factor model by maximum likelihood, for one correlation matrix or for many at once.

The model says that the answers of a scale have one thing in common: ``R = λλ' + Ψ``, with
loadings λ and a diagonal Ψ of what is peculiar to each item. It is fitted as Jöreskog (1967,
doi 10.1007/BF02289658) did: for a given Ψ the best λ follows from the largest eigenvalue of
``Ψ^-½ R Ψ^-½``, so that only Ψ has to be searched for, here by Newton steps on its logarithm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.scoring import BoolArray, FloatArray

#: The smallest uniqueness that is searched, a share of an item's variance: as in R's ``factanal``.
LEAST_UNIQUE = 0.005

#: A solution is one where no uniqueness can be changed with a slope above this.
SLOPE = 1e-6

#: What rounding can add to the fitting function; a step is not refused for it.
ROUNDING = 1e-14

#: A uniqueness changes by a factor of at most e to this power in one step.
LONGEST_STEP = 3.0

MOST_STEPS = 200
MOST_HALVINGS = 30


@dataclass(frozen=True)
class OneFactor:
    """The fitted model of each correlation matrix; ``...`` is the shape of the stack that was handed in.

    ``loadings``: shape ``(..., p)``, the correlation of each item with the factor; their sum is
    never negative. ``uniquenesses``: shape ``(..., p)``, shares of each item's variance (0–1).
    ``at_bound``: shape ``(..., p)``, where a uniqueness would go below :data:`LEAST_UNIQUE` (a
    Heywood case). ``discrepancy``: shape ``(...)``, the fitting function
    ``log|Σ| + tr(RΣ⁻¹) - log|R| - p``, infinite for a singular ``R``; times the number of people
    it measures misfit. ``converged``: shape ``(...)``.
    """

    loadings: FloatArray
    uniquenesses: FloatArray
    at_bound: BoolArray
    discrepancy: FloatArray
    converged: BoolArray


def fit_one_factor(correlations: npt.ArrayLike) -> OneFactor:
    """The one-factor model of correlation matrices of shape ``(..., p, p)``, with ``p`` at least 3.

    The uniquenesses are kept between :data:`LEAST_UNIQUE` and 1. An item that correlates with
    nothing (a row of zeros beside its diagonal) gets a loading of 0. Where no item correlates
    with another the loadings are not determined; what is found is then one answer of many.

    Raises ``ValueError`` for fewer than three items, for which the model has more unknowns than
    the data have correlations, and for what is not a correlation matrix.
    """
    R = np.asarray(correlations, dtype=np.float64)
    if R.ndim < 2 or R.shape[-1] != R.shape[-2] or R.shape[-1] < 3:
        raise ValueError(f"hand in square matrices of at least three items, not an array of shape {R.shape}")
    if not np.isfinite(R).all() or not _is_correlation(R):
        raise ValueError("hand in correlations: symmetric, ones on the diagonal, none beyond 1")
    stack = R.shape[:-2]
    fitted = _search(R.reshape(-1, *R.shape[-2:]))
    return OneFactor(
        fitted.loadings.reshape(*stack, -1),
        fitted.uniquenesses.reshape(*stack, -1),
        fitted.at_bound.reshape(*stack, -1),
        fitted.discrepancy.reshape(stack),
        fitted.converged.reshape(stack),
    )


def _is_correlation(R: FloatArray) -> bool:
    off_unity = np.abs(np.diagonal(R, axis1=-2, axis2=-1) - 1).max(initial=0.0)
    asymmetry = np.abs(R - np.swapaxes(R, -1, -2)).max(initial=0.0)
    return bool(off_unity < 1e-8 and asymmetry < 1e-8 and np.abs(R).max(initial=0.0) < 1 + 1e-8)


def _search(R: FloatArray) -> OneFactor:
    """Newton steps from Jöreskog's starting values, all matrices of the stack together.

    ``x`` is the logarithm of the uniquenesses. A coordinate that lies at a bound and would cross
    it is held still (Bertsekas 1982, doi 10.1137/0320018), so that the others keep converging fast.
    """
    floor = float(np.log(LEAST_UNIQUE))
    x = np.clip(np.log(_start(R)), floor, 0.0)
    value, slope, curvature = _criterion(R, x)
    todo = np.arange(len(R))
    converged = np.zeros(len(R), dtype=np.bool_)
    for _ in range(MOST_STEPS):
        held = ((x[todo] <= floor) & (slope[todo] > 0)) | ((x[todo] >= 0) & (slope[todo] < 0))
        free_slope = np.where(held, 0.0, slope[todo])
        done = np.abs(free_slope).max(axis=1, initial=0.0) < SLOPE
        converged[todo[done]] = True
        todo, held, free_slope = todo[~done], held[~done], free_slope[~done]
        if not todo.size:
            break
        step = _descent(curvature[todo], free_slope, held)
        moved = _line_search(R[todo], x[todo], value[todo], slope[todo], step, floor)
        stuck = (moved == x[todo]).all(axis=1)
        x[todo] = moved
        value[todo], slope[todo], curvature[todo] = _criterion(R[todo], moved)
        todo = todo[~stuck]
    return _solution(R, x, value, slope, converged, floor)


def _start(R: FloatArray) -> FloatArray:
    """Jöreskog's start: a part of what the other items leave unexplained of each."""
    p = R.shape[-1]
    # A little on the diagonal, for matrices that have no inverse.
    inverse = np.linalg.inv(R + 1e-6 * np.eye(p))
    start: FloatArray = (1 - 0.5 / p) / np.diagonal(inverse, axis1=-2, axis2=-1)
    return start


def _spectrum(R: FloatArray, x: FloatArray) -> tuple[FloatArray, FloatArray]:
    scale = np.exp(-x / 2)
    values, vectors = np.linalg.eigh(R * scale[:, :, None] * scale[:, None, :])
    return values, vectors


def _objective(values: FloatArray, x: FloatArray) -> FloatArray:
    """``log|Σ| + tr(RΣ⁻¹) - p`` with the best λ: the largest eigenvalue is fitted, the others are left."""
    value: FloatArray = x.sum(axis=1) + np.log(values[:, -1]) + 1 + values[:, :-1].sum(axis=1) - x.shape[1]
    return value


def _criterion(R: FloatArray, x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The objective, its gradient ``(stack, p)`` and its second derivatives ``(stack, p, p)`` in ``x``."""
    values, vectors = _spectrum(R, x)
    largest, rest = values[:, -1:], values[:, :-1]
    first, others = vectors[:, :, -1], vectors[:, :, :-1]
    slope = ((1 - rest[:, None, :]) * others**2).sum(axis=2)
    # With θ the eigenvalues and ω the eigenvectors: among the smaller ones the sum over pairs of
    # (θm + θn)/2 · ωim ωjm ωin ωjn, and with the largest (1 - θm)(θ1 + θm)/(θ1 - θm) · ωi1 ωj1 ωim ωjm.
    plain = others @ np.swapaxes(others, 1, 2)
    weighted = (others * rest[:, None, :]) @ np.swapaxes(others, 1, 2)
    gap = np.maximum(largest - rest, 1e-9)
    cross = (others * ((1 - rest) * (largest + rest) / gap)[:, None, :]) @ np.swapaxes(others, 1, 2)
    curvature = plain * weighted + first[:, :, None] * first[:, None, :] * cross
    return _objective(values, x), slope, curvature


def _descent(curvature: FloatArray, slope: FloatArray, held: BoolArray) -> FloatArray:
    """The Newton step among the coordinates that are not held; where the surface bends down, as if it bent up."""
    either = held[:, :, None] | held[:, None, :]
    values, vectors = np.linalg.eigh(np.where(either, np.eye(slope.shape[1]), curvature))
    bend = np.maximum(np.abs(values), 1e-7)
    step: FloatArray = -(vectors @ ((np.swapaxes(vectors, 1, 2) @ slope[:, :, None]) / bend[:, :, None]))[:, :, 0]
    # Shortened as a whole: to shorten one coordinate could turn the step uphill.
    step *= LONGEST_STEP / np.maximum(np.abs(step).max(axis=1, keepdims=True), LONGEST_STEP)
    return np.where(held, 0.0, step)


def _line_search(
    R: FloatArray, x: FloatArray, value: FloatArray, slope: FloatArray, step: FloatArray, floor: float
) -> FloatArray:
    """The first of 1, 1/2, 1/4 … of each step that lowers the objective enough; no step where none does."""
    moved = x.copy()
    waiting = np.arange(len(x))
    length = 1.0
    for _ in range(MOST_HALVINGS):
        tried = np.clip(x[waiting] + length * step[waiting], floor, 0.0)
        found = _objective(_spectrum(R[waiting], tried)[0], tried)
        promised = (slope[waiting] * (tried - x[waiting])).sum(axis=1)
        enough = found <= value[waiting] + 1e-4 * promised + ROUNDING
        moved[waiting[enough]] = tried[enough]
        waiting = waiting[~enough]
        if not waiting.size:
            break
        length /= 2
    return moved


def _solution(
    R: FloatArray, x: FloatArray, value: FloatArray, slope: FloatArray, converged: BoolArray, floor: float
) -> OneFactor:
    values, vectors = _spectrum(R, x)
    strength = np.sqrt(np.maximum(values[:, -1] - 1, 0.0))
    loadings = np.exp(x / 2) * vectors[:, :, -1] * strength[:, None]
    loadings *= np.where(loadings.sum(axis=1, keepdims=True) < 0, -1.0, 1.0)
    return OneFactor(loadings, np.exp(x), (x <= floor) & (slope > 0), value - _log_determinant(R), converged)


def _log_determinant(R: FloatArray) -> FloatArray:
    sign, log = np.linalg.slogdet(R)
    return np.where(sign > 0, log, -np.inf)
