"""Shares and means with intervals: against other software, own enumeration and worked examples."""

from __future__ import annotations

import math
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from analysis.estimate import (
    Interval,
    Method,
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


#: Coverage on average and at worst, and mean width, over all totals of 5 to 60%: calculated with R and other code
#: before this was written. Population, number of answers, then three numbers for each method.
GRID = {
    (20, 14): {
        "wilson": (0.962, 0.921, 0.241), "beta": (0.966, 0.921, 0.263), "exact": (0.986, 0.958, 0.227),
        "predictive": (0.986, 0.958, 0.227),
    },
    (50, 25): {
        "wilson": (0.942, 0.890, 0.235), "beta": (0.966, 0.945, 0.255), "exact": (0.975, 0.951, 0.244),
        "predictive": (0.969, 0.949, 0.232),
    },
    (50, 40): {
        "wilson": (0.951, 0.902, 0.121), "beta": (0.961, 0.902, 0.126), "exact": (0.982, 0.955, 0.118),
        "predictive": (0.980, 0.955, 0.116),
    },
    (200, 140): {
        "wilson": (0.951, 0.926, 0.078), "beta": (0.956, 0.939, 0.081), "exact": (0.968, 0.952, 0.080),
        "predictive": (0.962, 0.945, 0.078),
    },
    (1000, 600): {
        "wilson": (0.950, 0.935, 0.044), "beta": (0.953, 0.945, 0.045), "exact": (0.958, 0.951, 0.044),
        "predictive": (0.955, 0.947, 0.044),
    },
}  # fmt: skip


def coverage_of(method: Method, population: int, n: int) -> tuple[float, float, float]:
    """Mean and worst coverage and mean width, by counting every sample that can be drawn."""
    intervals = [share_interval(yes, n, population, method=method) for yes in range(n + 1)]
    lows, highs = (np.array([getattr(interval, end) for interval in intervals]) for end in ("low", "high"))
    coverage, widths = [], []
    for true in range(population + 1):
        share = true / population
        if not 0.05 <= share <= 0.60:
            continue
        # How likely each sample is when `true` of all people would say yes: drawing without replacement.
        chances = stats.hypergeom(population, true, n).pmf(np.arange(n + 1))
        coverage.append(float(chances[(lows <= share + 1e-12) & (share <= highs + 1e-12)].sum()))
        widths.append(float(chances @ (highs - lows)))
    return sum(coverage) / len(coverage), min(coverage), sum(widths) / len(widths)


@pytest.mark.parametrize("size", GRID)
@pytest.mark.parametrize("method", ["predictive", "exact", "wilson", "beta"])
def test_every_method_covers_the_true_share_as_often_as_was_calculated_elsewhere(
    size: tuple[int, int], method: Method
) -> None:
    assert coverage_of(method, *size) == pytest.approx(GRID[size][method], abs=0.00051)


@pytest.mark.parametrize("size", GRID)
def test_the_default_covers_at_least_94_percent_in_every_cell_of_the_grid(size: tuple[int, int]) -> None:
    mean, worst, _ = coverage_of("predictive", *size)
    assert mean >= 0.95 and worst >= 0.94


@pytest.mark.parametrize("size", GRID)
def test_the_exact_interval_never_covers_less_than_it_says(size: tuple[int, int]) -> None:
    assert coverage_of("exact", *size)[1] >= 0.95


def test_the_exact_interval_is_found_by_counting_in_every_small_organisation() -> None:
    for population in (2, 5, 11, 24):
        for n in range(1, population):
            for yes in range(n + 1):
                fitting = [
                    total
                    for total in range(yes, population - n + yes + 1)
                    # 1/40 in whole numbers, so that no last digit of a float decides
                    if 40 * ways(population, total, n, range(yes + 1)) > comb(population, n)
                    and 40 * ways(population, total, n, range(yes, n + 1)) > comb(population, n)
                ]
                found = both(share_interval(yes, n, population, method="exact"))
                assert found == pytest.approx((fitting[0] / population, fitting[-1] / population), abs=1e-12)


def ways(population: int, total: int, n: int, drawn: range) -> int:
    """In how many ways a sample can hold a number of yeses that is in ``drawn``."""
    return sum(comb(total, y) * comb(population - total, n - y) for y in drawn if 0 <= n - y <= population - total)


@pytest.mark.parametrize(("yes", "n"), [(0, 11), (1, 11), (40, 132), (131, 132), (132, 132), (500, 1000)])
def test_without_a_roster_exact_and_beta_are_clopper_and_pearsons(yes: int, n: int) -> None:
    expected = proportion_confint(yes, n, method="beta")
    scipys = stats.binomtest(yes, n).proportion_ci(method="exact")
    for method in ("exact", "beta"):
        found = both(share_interval(yes, n, method=method))  # type: ignore[arg-type]
        assert found == pytest.approx(expected, abs=1e-9)
        assert found == pytest.approx((scipys.low, scipys.high), abs=1e-9)


@pytest.mark.parametrize(("yes", "n", "population"), [(5, 14, 20), (135, 795, 1240), (3, 100, 10_000)])
def test_beta_and_wilson_on_a_finite_population_are_those_of_statsmodels_at_the_effective_size(
    yes: int, n: int, population: int
) -> None:
    effective = n * (population - 1) / (population - n)
    for method in ("beta", "wilson"):
        found = both(share_interval(yes, n, population, method=method))  # type: ignore[arg-type]
        assert found == pytest.approx(proportion_confint(yes / n * effective, effective, method=method), abs=1e-9)


def test_the_logit_interval_is_the_one_worked_by_hand() -> None:
    # 30 of 120: log odds ln(30/90) = -1.098612, standard error sqrt(120 / (30 * 90)) = 0.210819,
    # t(119) at 97.5% is 1.980100, so from -1.516054 to -0.681170.
    low, high = both(share_interval(30, 120, method="logit"))
    assert (low, high) == pytest.approx((0.180043, 0.336000), abs=2e-6)
    fewer = share_interval(30, 120, 240, method="logit")
    assert low < fewer.low and fewer.high < high


@pytest.mark.parametrize("yes", [0, 40])
def test_where_the_log_odds_are_infinite_logit_is_beta(yes: int) -> None:
    assert share_interval(yes, 40, 90, method="logit") == share_interval(yes, 40, 90, method="beta")


def test_a_chance_of_exactly_the_tail_rejects_on_both_sides() -> None:
    # Of 16 people 13 would say yes: none among 2 answers has the chance C(3,2)/C(16,2) = 3/120 = 0.025.
    assert both(share_interval(0, 2, 16, method="exact")) == (0, 12 / 16)
    assert both(share_interval(2, 2, 16, method="exact")) == (4 / 16, 1)


@given(st.data())
def test_all_methods_hold_the_share_and_are_mirrored(data: st.DataObject) -> None:
    population = data.draw(st.integers(2, 400))
    n = data.draw(st.integers(1, population))
    yes = data.draw(st.integers(0, n))
    for method in ("exact", "wilson", "logit", "beta"):
        one = share_interval(yes, n, population, method=method)  # type: ignore[arg-type]
        other = share_interval(n - yes, n, population, method=method)  # type: ignore[arg-type]
        assert 0 <= one.low <= yes / n + 1e-12 and yes / n - 1e-12 <= one.high <= 1
        assert both(one) == pytest.approx((1 - other.high, 1 - other.low), abs=1e-9)


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
@pytest.mark.parametrize("method", ["predictive", "exact", "wilson", "logit", "beta"])
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
