"""A national figure moved to the composition of an organisation: the arithmetic.

Official tables give a share by sex, by age, sometimes by both. The share in every cell of the joint table
that fits all of them, with no interaction that the tables do not show, is found by iterative proportional
fitting of the counts of yes and no (Deming and Stephan 1940, doi 10.1214/aoms/1177731829): it is the
log-linear model of the published margins. Averaged with an organisation's own shares of these cells, it
gives the figure that people of the same composition would have nationally (indirect standardisation).

All arrays may have a first axis of draws, of length D; shares are fractions from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

FloatArray = npt.NDArray[np.float64]

#: Sweeps of the fitting and the change in a share at which it stops.
_SWEEPS, _PRECISION = 1000, 1e-10

#: Shares are kept this far from 0 and 1, where the log odds are infinite.
_EDGE = 1e-4


@dataclass(frozen=True)
class Margin:
    """Published shares by some of the dimensions: ``shares`` has shape ``(D, *sizes of axes)``.

    ``axes`` are the dimensions of the population, in rising order.
    """

    axes: tuple[int, ...]
    shares: FloatArray


def fit_shares(
    population: FloatArray, level: FloatArray, margins: Sequence[Margin], seed: FloatArray | None = None
) -> FloatArray:
    """The share in each cell of ``population``, shape ``(D, *population.shape)``.

    ``population``: people by cell, zero where there is nobody. ``level``: shape ``(D,)``, the national share.
    ``margins``: shares that are first moved to that level together (:func:`move_to_level`), then fitted.
    ``seed``: shape ``(D, *population.shape)``, shares of a joint table whose interactions are kept.

    Raises ``ValueError`` when the fitting does not settle.
    """
    draws = level.shape[0]
    people = population / population.sum()
    start = np.broadcast_to(level.reshape(-1, *[1] * people.ndim) if seed is None else seed, (draws, *people.shape))
    shares = move_to_level(start, people, level)
    targets = [(margin.axes, _sum_to(people[None], margin.axes), margin.shares) for margin in margins]
    targets = [(axes, held, move_to_level(published, held[0], level)) for axes, held, published in targets]
    if not targets:
        return shares
    for _ in range(_SWEEPS):
        before = shares
        for axes, held, published in targets:
            shares = _fit_margin(shares, people, axes, held, published)
        if float(np.abs(shares - before).max()) < _PRECISION:
            return move_to_level(shares, people, level)
    raise ValueError("the published margins cannot be fitted together; look for a share of 0 or 100%")


def move_to_level(shares: FloatArray, people: FloatArray, level: FloatArray) -> FloatArray:
    """``shares`` with the same difference in log odds added to each, so that together they give ``level``.

    ``shares``: shape ``(D, *people.shape)``; ``people``: weights that sum to 1; ``level``: shape ``(D,)``.
    """
    odds = special.logit(np.clip(shares, _EDGE, 1 - _EDGE))
    axes = tuple(range(1, odds.ndim))
    wide = level.reshape(-1, *[1] * people.ndim)
    low, high = np.full(wide.shape, -30.0), np.full(wide.shape, 30.0)
    for _ in range(70):  # halving: 60 / 2**70 is below the last digit
        middle = (low + high) / 2
        above = (special.expit(odds + middle) * people).sum(axis=axes, keepdims=True) > wide
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    moved: FloatArray = special.expit(odds + (low + high) / 2)
    return moved


def fit_people(people: FloatArray, margins: Sequence[tuple[int, FloatArray]]) -> FloatArray:
    """``people`` (any shape) with the shares of each given axis made equal to those of an organisation.

    ``margins`` pairs an axis with the shares of its categories, which sum to 1; what the national table says of
    the dimensions together is kept. A category in which nationally nobody works stays empty. Sums to 1.

    Raises ``ValueError`` when an organisation has people where the table has none.
    """
    fitted: FloatArray = people / people.sum()
    for _ in range(_SWEEPS):
        before = fitted
        for axis, shares in margins:
            held = _sum_to(fitted[None], (axis,))[0]
            if ((held == 0) & (shares > 0)).any():
                raise ValueError("the organisation has people in a group in which nationally nobody works")
            factor = np.divide(shares, held, out=np.zeros_like(shares), where=held > 0)
            fitted = fitted * factor.reshape([-1 if place == axis else 1 for place in range(people.ndim)])
        if float(np.abs(fitted - before).max()) < _PRECISION:
            break
    return fitted


def _fit_margin(
    shares: FloatArray, people: FloatArray, axes: tuple[int, ...], held: FloatArray, published: FloatArray
) -> FloatArray:
    """One step: counts of yes and of no are scaled to a margin, then each cell back to its people."""
    yes, no = shares * people, (1 - shares) * people
    shape = _kept(people.ndim, people.shape, axes)
    asked, refused = published * held, (1 - published) * held
    yes = yes * _ratio(asked, _sum_to(yes, axes)).reshape(-1, *shape)
    no = no * _ratio(refused, _sum_to(no, axes)).reshape(-1, *shape)
    total = yes + no
    fitted: FloatArray = np.divide(yes, total, out=np.array(shares), where=total > 0)
    return fitted


def _sum_to(table: FloatArray, axes: tuple[int, ...]) -> FloatArray:
    """Sums over all dimensions but the draws and ``axes``."""
    others = tuple(place + 1 for place in range(table.ndim - 1) if place not in axes)
    total: FloatArray = table.sum(axis=others)
    return total


def _ratio(wanted: FloatArray, held: FloatArray) -> FloatArray:
    ratio: FloatArray = np.divide(wanted, held, out=np.ones_like(held), where=held > 0)
    return ratio


def _kept(dimensions: int, sizes: tuple[int, ...], axes: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sizes[place] if place in axes else 1 for place in range(dimensions))
