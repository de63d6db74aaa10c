"""Shares and means with intervals.

Two questions, two answers (documented in ``docs/statistics.md``):

* *describing who works here now* is a finite population: with ``population``, an interval
  uses the number of people on the roster and shrinks to nothing when everybody answered;
* *comparing* treats the staff as an example of a process that goes on: no ``population``,
  and Wilson's interval.

Shares are fractions from 0 to 1 throughout.
"""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import special  # scipy.stats would take half a second to import, for one quantile

Method = Literal["predictive", "exact", "wilson", "logit", "beta"]


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
    """The interval for a share of ``yes`` among ``n`` answers, of ``population`` people when that is given.

    ``predictive``
        Equal-tailed posterior predictive interval of the share among all people, uniform prior: beta-binomial
        for the unseen, the beta posterior itself without ``population``. The default, for its coverage
        (``docs/statistics.md``).
    ``exact``
        All shares at which neither tail test rejects: of the hypergeometric distribution, of the binomial one
        without ``population`` (Clopper and Pearson 1934, doi 10.1093/biomet/26.4.404).
    ``wilson``
        The score interval (Wilson 1927, doi 10.1080/01621459.1927.10502953).
    ``logit``
        A t interval on the log odds. At 0 and ``n``, where those are infinite, that of ``beta``.
    ``beta``
        Clopper and Pearson's interval at the effective sample size (Korn and Graubard 1998).

    With ``population`` the last three use the effective sample size ``n * (population - 1) / (population - n)``,
    which has the variance of a draw without replacement.

    Raises ``ValueError`` when ``0 <= yes <= n``, ``n > 0`` or ``n <= population`` does not hold.
    """
    if n <= 0 or not 0 <= yes <= n:
        raise ValueError(f"a share needs 0 <= yes <= n and n > 0, not yes={yes}, n={n}")
    if population is not None and population < n:
        raise ValueError(f"a population of {population} cannot hold {n} respondents")
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not {level}")
    if population == n:
        return Interval(yes / n, yes / n)
    tail = (1 - level) / 2
    if method == "predictive":
        return (
            _beta_interval(yes + 1, n - yes + 1, tail) if population is None else _predictive(yes, n, population, tail)
        )
    if method == "exact":
        return beta_interval(yes / n, n, level) if population is None else _hypergeometric(yes, n, population, tail)
    effective = float(n) if population is None else n * (population - 1) / (population - n)
    by_name = {"wilson": wilson_interval, "logit": logit_interval, "beta": beta_interval}
    return by_name[method](yes / n, effective, level)


def wilson_interval(share: float, n: float, level: float = 0.95) -> Interval:
    """Wilson's score interval for an observed ``share`` (0–1) of ``n`` answers.

    ``share * n`` need not be whole: a printed share is a rounded one, and an effective
    sample size is seldom an integer.
    """
    z = critical_value(level)
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return Interval(max(0.0, centre - half), min(1.0, centre + half))


def logit_interval(share: float, n: float, level: float = 0.95, *, df: float | None = None) -> Interval:
    """The t interval on the log odds of a ``share`` of ``n`` answers, with ``df`` (``n - 1``) degrees of freedom.

    ``n`` may be an effective sample size, ``share * (1 - share) / variance``. At a share of 0 or 1 the log odds
    are infinite and the interval is that of :func:`beta_interval`.
    """
    if not 0 < share < 1 or n <= 1:
        return beta_interval(share, n, level)
    quantile = float(special.stdtrit(df or n - 1, (1 + level) / 2))
    centre, half = float(special.logit(share)), quantile / math.sqrt(n * share * (1 - share))
    return Interval(float(special.expit(centre - half)), float(special.expit(centre + half)))


def beta_interval(share: float, n: float, level: float = 0.95) -> Interval:
    """Clopper and Pearson's interval for a ``share`` of ``n`` answers, neither of which need be whole.

    At an effective sample size it is that of Korn and Graubard (1998, Survey Methodology 24, 193–201).
    """
    tail, yes = (1 - level) / 2, share * n
    low = 0.0 if yes <= 0 else float(special.betaincinv(yes, n - yes + 1, tail))
    high = 1.0 if yes >= n else float(special.betaincinv(yes + 1, n - yes, 1 - tail))
    return Interval(low, high)


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


def _beta_interval(alpha: float, beta: float, tail: float) -> Interval:
    """The central part of a beta distribution."""
    low, high = special.betaincinv(alpha, beta, [tail, 1 - tail])
    return Interval(float(low), float(high))


def _predictive(yes: int, n: int, population: int, tail: float) -> Interval:
    unseen = population - n
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


def _hypergeometric(yes: int, n: int, population: int, tail: float) -> Interval:
    """The totals of which a sample with ``yes`` lies in neither tail, as shares."""

    def at_most(drawn: int, total: int) -> float:
        """The chance of at most so many yeses among ``n``, when ``total`` of all people would say yes."""
        count = np.arange(max(0, n - (population - total)), drawn + 1)
        log_mass = _log_choose(total, count) + _log_choose(population - total, n - count) - _log_choose(population, n)
        return float(np.exp(log_mass).sum())

    # More people who would say yes make a large sample more likely and a small one less. A chance of exactly the
    # tail rejects, on both sides: 0 of 2 among 16 with 13 has 3/120.
    tail *= 1 + 1e-9
    least, most = yes, population - n + yes
    possible = range(least, most + 1)
    low = bisect.bisect_left(possible, True, key=lambda total: yes == 0 or 1 - at_most(yes - 1, total) > tail)
    high = bisect.bisect_left(possible, True, key=lambda total: at_most(yes, total) <= tail)
    return Interval((least + low) / population, (least + high - 1) / population)


def _log_choose(of: float, take: float | npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """The logarithm of a binomial coefficient."""
    return np.asarray(
        special.gammaln(of + 1) - special.gammaln(np.add(take, 1)) - special.gammaln(np.subtract(of, take) + 1)
    )
