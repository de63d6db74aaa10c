"""Shares and means with intervals: against other software, own enumeration and worked examples."""

from __future__ import annotations

import math
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from analysis.estimate import (
    Interval,
    critical_value,
    mean_interval,
    nonresponse_bounds,
    share_interval,
    wilson_interval,
)


def both(interval: Interval) -> tuple[float, float]:
    return interval.low, interval.high


def predicted_by_counting(yes: int, n: int, population: int) -> tuple[float, float]:
    """The predictive interval in whole numbers: every way in which the unseen may be divided.

    With a uniform prior the number of unseen yeses is ``j`` in proportion to
    ``C(yes + j, j) * C(no + rest - j, rest - j)``.
    """
    rest, no = population - n, n - yes
    ways = [comb(yes + j, j) * comb(no + rest - j, rest - j) for j in range(rest + 1)]
    assert sum(ways) == comb(population + 1, rest)
    bounds = []
    for part in (1, 39):  # of 40: 2.5% and 97.5%
        sofar = 0
        for j, way in enumerate(ways):
            sofar += way
            if 40 * sofar >= part * sum(ways):
                bounds.append((yes + j) / population)
                break
    return bounds[0], bounds[1]


def predicted_by_scipy(yes: int, n: int, population: int) -> tuple[float, float]:
    unseen = stats.betabinom(population - n, yes + 1, n - yes + 1)
    return (yes + float(unseen.ppf(0.025))) / population, (yes + float(unseen.ppf(0.975))) / population


# ------------------------------------------------------------------------- describing who works here


def test_the_predictive_interval_is_the_one_found_by_counting_in_every_small_organisation() -> None:
    for population in (1, 2, 5, 11, 15, 24, 30, 39):  # at 15 and 39 some tails are exactly 2.5%
        for n in range(1, population + 1):
            for yes in range(n + 1):
                found = both(share_interval(yes, n, population))
                assert found == pytest.approx(predicted_by_counting(yes, n, population), abs=1e-12), (yes, n)


@pytest.mark.parametrize(
    ("yes", "n", "population"),
    [
        (0, 11, 14), (11, 11, 14), (3, 11, 400), (0, 40, 250), (40, 132, 250), (132, 132, 250), (66, 132, 133),
        (17, 100, 160), (135, 795, 1240), (300, 1000, 1600), (5, 2000, 60_000),
    ],
)  # fmt: skip
def test_the_predictive_interval_is_that_of_scipy_and_of_counting(yes: int, n: int, population: int) -> None:
    found = both(share_interval(yes, n, population))
    assert found == pytest.approx(predicted_by_scipy(yes, n, population), abs=1e-12)
    if population <= 2000:
        assert found == pytest.approx(predicted_by_counting(yes, n, population), abs=1e-12)


def test_the_worked_example_of_the_method_comes_out() -> None:
    # 135 of 795 answers among 1,240 people: 17.0%, and 15.5 to 18.6% of all who work there.
    low, high = both(share_interval(135, 795, 1240))
    assert (round(100 * low, 1), round(100 * high, 1)) == (15.5, 18.6)


def test_when_everybody_answered_nothing_is_left_to_predict() -> None:
    for yes, n in ((0, 12), (5, 12), (12, 12), (1, 3)):
        assert both(share_interval(yes, n, n)) == (yes / n, yes / n)


@pytest.mark.parametrize(
    ("population", "n", "mean", "worst", "width"), [(20, 14, 0.986, 0.958, 0.227), (50, 40, 0.980, 0.955, 0.116)]
)
def test_the_predictive_interval_covers_the_true_share_as_often_as_the_method_says(
    population: int, n: int, mean: float, worst: float, width: float
) -> None:
    intervals = [share_interval(yes, n, population) for yes in range(n + 1)]
    coverage, widths = [], []
    for true in range(population + 1):
        if not 0.05 <= true / population <= 0.60:
            continue
        # How likely each sample is when `true` of all people would say yes: drawing without replacement.
        chances = [comb(true, y) * comb(population - true, n - y) / comb(population, n) for y in range(n + 1)]
        covers = [interval.low - 1e-12 <= true / population <= interval.high + 1e-12 for interval in intervals]
        coverage.append(math.fsum(chance for chance, covered in zip(chances, covers, strict=True) if covered))
        widths.append(math.fsum(c * (i.high - i.low) for c, i in zip(chances, intervals, strict=True)))
    assert math.fsum(coverage) / len(coverage) == pytest.approx(mean, abs=0.001)
    assert min(coverage) == pytest.approx(worst, abs=0.001)
    assert math.fsum(widths) / len(widths) == pytest.approx(width, abs=0.001)


@given(st.data())
def test_the_predictive_interval_holds_only_what_can_still_be_true(data: st.DataObject) -> None:
    population = data.draw(st.integers(1, 3000))
    n = data.draw(st.integers(1, population))
    yes = data.draw(st.integers(0, n))
    interval, possible = share_interval(yes, n, population), nonresponse_bounds(yes, n, population)
    assert possible.low - 1e-12 <= interval.low <= interval.high <= possible.high + 1e-12
    no = share_interval(n - yes, n, population)
    assert interval.low + no.high == pytest.approx(1, abs=1.01 / population)  # one step: quantiles of counts


@given(st.data())
def test_one_more_yes_never_lowers_a_bound(data: st.DataObject) -> None:
    population = data.draw(st.integers(2, 2000))
    n = data.draw(st.integers(1, population))
    yes = data.draw(st.integers(0, n - 1))
    less, more = share_interval(yes, n, population), share_interval(yes + 1, n, population)
    assert less.low <= more.low + 1e-12
    assert less.high <= more.high + 1e-12


@pytest.mark.parametrize(("yes", "n"), [(0, 11), (1, 11), (40, 132), (132, 132), (500, 1000)])
def test_without_a_roster_the_interval_is_that_of_the_beta_posterior(yes: int, n: int) -> None:
    beta = stats.beta(yes + 1, n - yes + 1)
    assert both(share_interval(yes, n)) == pytest.approx((beta.ppf(0.025), beta.ppf(0.975)), abs=1e-9)
    assert both(share_interval(yes, n, level=0.9)) == pytest.approx((beta.ppf(0.05), beta.ppf(0.95)), abs=1e-9)


def test_a_very_large_organisation_is_like_one_without_a_roster() -> None:
    assert both(share_interval(40, 132, 2_000_000)) == pytest.approx(both(share_interval(40, 132)), abs=1e-5)


# ------------------------------------------------------------------------------------------ comparing


@pytest.mark.parametrize("level", [0.80, 0.90, 0.95, 0.99])
def test_wilson_is_that_of_statsmodels_and_of_scipy(level: float) -> None:
    names = {0.80: 0.2, 0.90: 0.1, 0.95: 0.05, 0.99: 0.01}
    for n in (1, 2, 11, 30, 132, 26_000):
        for yes in sorted({0, 1, n // 3, n // 2, n - 1, n}):
            found = both(share_interval(yes, n, method="wilson", level=level))
            assert found == pytest.approx(proportion_confint(yes, n, alpha=names[level], method="wilson"), abs=1e-9)
            scipys = stats.binomtest(yes, n).proportion_ci(level, method="wilson")
            assert found == pytest.approx((scipys.low, scipys.high), abs=1e-9)


@given(st.floats(0, 1), st.floats(1, 1e6))
def test_wilson_bounds_are_where_the_score_test_just_fails_to_reject(share: float, n: float) -> None:
    interval = wilson_interval(share, n)
    z = critical_value(0.95)
    for bound in both(interval):
        assert 0 <= bound <= 1
        # Also for shares and sizes that are not whole: (share - bound)^2 = z^2 * bound * (1 - bound) / n
        assert (share - bound) ** 2 == pytest.approx(z * z * bound * (1 - bound) / n, abs=1e-9)
    assert interval.low <= share + 1e-12 and share - 1e-12 <= interval.high


def test_wilson_never_shrinks_with_the_size_of_the_organisation() -> None:
    alone = share_interval(40, 132, method="wilson")
    assert share_interval(40, 132, 133, method="wilson") == alone
    assert share_interval(40, 132, 132, method="wilson") == alone


def test_the_critical_values_are_those_of_the_tables() -> None:
    assert critical_value(0.95) == pytest.approx(1.959964, abs=1e-6)
    assert critical_value(0.90) == pytest.approx(1.644854, abs=1e-6)


# ---------------------------------------------------------------------------------------------- means


@pytest.mark.parametrize(("mean", "sd", "n"), [(3.24, 1.1, 12), (50.0, 22.5, 145), (1.0, 0.0, 30), (4.0, 0.3, 2)])
def test_the_interval_of_a_mean_is_that_of_scipy(mean: float, sd: float, n: int) -> None:
    error = sd / math.sqrt(n)
    for level in (0.9, 0.95):
        expected = stats.t.interval(level, n - 1, loc=mean, scale=error) if error else (mean, mean)
        assert both(mean_interval(mean, sd, n, level=level)) == pytest.approx(expected, abs=1e-12)


def test_the_interval_of_a_mean_shrinks_with_the_part_of_the_staff_that_answered() -> None:
    # n = 25 of N = 100, sd = 2: standard error 2/5 * sqrt(1 - 25/100) = 0.34641; t(24) at 97.5% is 2.06390.
    low, high = both(mean_interval(3.0, 2.0, 25, 100))
    assert low == pytest.approx(3.0 - 2.06390 * 0.34641, abs=1e-4)
    assert high == pytest.approx(3.0 + 2.06390 * 0.34641, abs=1e-4)
    assert both(mean_interval(3.0, 2.0, 25, 25)) == (3.0, 3.0)


def test_a_borrowed_spread_brings_its_own_degrees_of_freedom() -> None:
    # t(199) at 97.5% is 1.97196, where t(11) is 2.20099.
    half = 1.97196 * 1.5 / math.sqrt(12)
    assert both(mean_interval(3.0, 1.5, 12, df=199)) == pytest.approx((3.0 - half, 3.0 + half), abs=1e-4)


# -------------------------------------------------------------------------------------- who kept silent


def test_the_worked_example_of_silence_comes_out() -> None:
    # 250 people, 132 complete answers of which 40 flagged: between 16% and 63%.
    bounds = nonresponse_bounds(40, 132, 250)
    assert both(bounds) == (40 / 250, 158 / 250)
    assert (round(100 * bounds.low), round(100 * bounds.high)) == (16, 63)


def test_without_silence_there_is_nothing_to_bound() -> None:
    assert both(nonresponse_bounds(40, 132, 132)) == (40 / 132, 40 / 132)
    assert both(nonresponse_bounds(0, 0, 9)) == (0.0, 1.0)


# ------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("yes", "n", "population", "level", "message"),
    [
        (0, 0, None, 0.95, "n > 0"),
        (-1, 10, None, 0.95, "0 <= yes <= n"),
        (11, 10, None, 0.95, "yes=11, n=10"),
        (5, 10, 9, 0.95, "a population of 9 cannot hold 10"),
        (5, 10, None, 0.0, "between 0 and 1"),
        (5, 10, None, 1.0, "between 0 and 1"),
    ],
)
@pytest.mark.parametrize("method", ["predictive", "wilson"])
def test_impossible_shares_are_refused(
    yes: int, n: int, population: int | None, level: float, message: str, method: str
) -> None:
    with pytest.raises(ValueError, match=message):
        share_interval(yes, n, population, method=method, level=level)  # type: ignore[arg-type]


@pytest.mark.parametrize("n", [0, 1])
def test_a_mean_of_fewer_than_two_answers_has_no_interval(n: int) -> None:
    with pytest.raises(ValueError, match="at least two"):
        mean_interval(3.0, 0.0, n)


@pytest.mark.parametrize(("yes", "n", "population"), [(0, 0, 0), (3, 2, 10), (-1, 2, 10), (2, 11, 10)])
def test_impossible_silence_is_refused(yes: int, n: int, population: int) -> None:
    with pytest.raises(ValueError, match="bounds need"):
        nonresponse_bounds(yes, n, population)
