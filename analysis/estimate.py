"""Shares and means with intervals.

Two questions, two answers (documented in ``docs/statistics.md``):

* *describing who works here now* is a finite population: the predictive interval uses the
  number of people on the roster and shrinks to nothing when everybody answered;
* *comparing* treats the staff as an example of a process that goes on: Wilson's interval,
  without finite population correction.

Shares are fractions from 0 to 1 throughout.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special  # scipy.stats would take half a second to import, for one quantile

Method = Literal["predictive", "wilson"]


@dataclass(frozen=True)
class Interval:
    """A lower and an upper bound on the scale of the estimate."""

    low: float
    high: float


def share_interval(
    yes: int,
    n: int,
    population: int | None = None,
    *,
    method: Method = "predictive",
    level: float = 0.95,
) -> Interval:
    """The interval for a share of ``yes`` among ``n`` answers.

    ``predictive``: equal-tailed posterior predictive interval of the share among all
    ``population`` people, uniform prior (beta-binomial for the unseen; the beta posterior
    itself when ``population`` is not given). ``wilson``: score interval (Wilson 1927,
    doi 10.1080/01621459.1927.10502953), never with finite population correction.

    Raises ``ValueError`` when ``0 <= yes <= n``, ``n > 0`` or ``n <= population`` does not hold.
    """
    if n <= 0 or not 0 <= yes <= n:
        raise ValueError(f"a share needs 0 <= yes <= n and n > 0, not yes={yes}, n={n}")
    if population is not None and population < n:
        raise ValueError(f"a population of {population} cannot hold {n} respondents")
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not {level}")
    if method == "wilson":
        return wilson_interval(yes / n, n, level)
    tail = (1 - level) / 2
    if population is None:
        low, high = special.betaincinv(yes + 1, n - yes + 1, [tail, 1 - tail])
        return Interval(float(low), float(high))
    return _predictive_interval(yes, n, population, tail)


def wilson_interval(share: float, n: float, level: float = 0.95) -> Interval:
    """Wilson's score interval for an observed ``share`` (0–1) of ``n`` answers.

    ``share * n`` need not be whole: a printed share is a rounded one, and an effective
    sample size is seldom an integer.
    """
    z = critical_value(level)
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return Interval(max(0.0, centre - half), min(1.0, centre + half))


def mean_interval(
    mean: float,
    sd: float,
    n: int,
    population: int | None = None,
    *,
    df: int | None = None,
    level: float = 0.95,
) -> Interval:
    """The t interval for a mean of ``n`` answers with standard deviation ``sd``.

    With ``population`` the finite population correction ``1 - n/population`` is applied.
    ``df`` are the degrees of freedom of ``sd`` (``n - 1`` unless it comes from a larger group).
    """
    if n <= 1:
        raise ValueError("an interval for a mean needs at least two answers")
    correction = 1.0 if population is None else max(0.0, 1 - n / population)
    quantile = float(special.stdtrit(df or n - 1, (1 + level) / 2))  # of Student's t
    half = quantile * sd * math.sqrt(correction / n)
    return Interval(mean - half, mean + half)


def critical_value(level: float) -> float:
    """The two-sided standard normal quantile: 1.96 for a level of 0.95."""
    return float(special.ndtri((1 + level) / 2))


def nonresponse_bounds(yes: int, n: int, population: int) -> Interval:
    """The share among all ``population`` people if no, or every, non-respondent would say yes."""
    if not 0 <= yes <= n <= population or population == 0:
        raise ValueError("bounds need 0 <= yes <= n <= population and a population above 0")
    return Interval(yes / population, (yes + population - n) / population)


def _predictive_interval(yes: int, n: int, population: int, tail: float) -> Interval:
    unseen = population - n
    if unseen == 0:
        return Interval(yes / n, yes / n)
    count = np.arange(unseen + 1)
    log_factorial = special.gammaln(count + 1)
    log_mass = (
        log_factorial[-1]
        - log_factorial
        - log_factorial[::-1]  # of unseen - count
        + special.betaln(count + yes + 1, unseen - count + n - yes + 1)
        - special.betaln(yes + 1, n - yes + 1)
    )
    cumulative = np.cumsum(np.exp(log_mass))
    cumulative /= cumulative[-1]  # the last digits of a million rounded terms
    tie = 1e-9  # where a sum equals the tail exactly, the last bits of a float must not decide
    low = int(np.searchsorted(cumulative, tail - tie))
    high = int(np.searchsorted(cumulative, 1 - tail - tie))
    return Interval((yes + low) / population, (yes + min(high, unseen)) / population)
