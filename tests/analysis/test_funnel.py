"""Funnel limits and p-values of units: hand-worked numbers, R, scipy, and every outcome counted out."""

from __future__ import annotations

import itertools
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.disclosure.rounding import n_band, round_half_up
from analysis.funnel import ALARM, WARNING, Position, equal_units_pvalue, funnel_limits, left_out, position

FAR = (Position.FAR_ABOVE, Position.FAR_BELOW)


def printed(yes: int, n: int) -> float:
    """A share as it is printed, in whole percent."""
    return float(round_half_up(Fraction(100 * yes, n)) / Decimal(100))


# --------------------------------------------------------------------------------------------- limits


def test_the_limits_for_forty_answers_around_a_fifth_are_those_worked_by_hand() -> None:
    # R 4.2.2, pbinom(k, 40, 0.2): P(X <= k) for k = 0, 1, 2, 3 and 12, 13, 15, 16.
    p0, p1, p2, p3 = 0.000132922799578492, 0.001462150795363407, 0.007942137274814878, 0.028462094459744496
    p12, p13, p15, p16 = 0.956758377623676104, 0.980592631071351417, 0.997063802650369757, 0.999008980980014005
    warning, alarm = funnel_limits(0.2, 40), funnel_limits(0.2, 40, 0.998)
    assert float(warning.low) == pytest.approx((3 - (p3 - 0.025) / (p3 - p2)) / 40, abs=1e-12)
    assert float(alarm.low) == pytest.approx((1 - (p1 - 0.001) / (p1 - p0)) / 40, abs=1e-12)
    # From above: 13 or more has a chance over 2.5%, 14 or more has not; 16 and 17 for 0.1%.
    assert float(warning.high) == pytest.approx((13 + (1 - p12 - 0.025) / (p13 - p12)) / 40, abs=1e-12)
    assert float(alarm.high) == pytest.approx((16 + (1 - p15 - 0.001) / (p16 - p15)) / 40, abs=1e-12)
    percents = [100 * float(limit) for limit in (alarm.low, warning.low, warning.high, alarm.high)]
    assert percents == pytest.approx([1.63, 7.08, 34.41, 42.49], abs=0.005)


@pytest.mark.parametrize("level", [WARNING, ALARM])
@pytest.mark.parametrize("target", [0.03, 0.2, 0.5, 0.77])
def test_the_lower_limit_is_spiegelhalters_and_the_upper_one_answer_outside_his(target: float, level: float) -> None:
    n = np.arange(10, 400, 7)
    binomial = stats.binom(n, target)

    def published(p: float) -> np.ndarray:
        r = binomial.ppf(p)
        return (r - (binomial.cdf(r) - p) / (binomial.cdf(r) - binomial.cdf(r - 1))) / n

    limits = funnel_limits(target, n, level)
    assert limits.low == pytest.approx(np.maximum(0, published((1 - level) / 2)), abs=1e-9)
    assert limits.high == pytest.approx(np.minimum(1, published((1 + level) / 2) + 1 / n), abs=1e-9)


@pytest.mark.parametrize("level", [WARNING, ALARM])
def test_a_count_lies_beyond_a_limit_exactly_when_its_tail_is_too_small(level: float) -> None:
    beyond = 0
    for target, n in itertools.product((0.05, 0.2, 0.5, 0.81), (10, 23, 40, 77)):
        limits, counts = funnel_limits(target, n, level), np.arange(n + 1)
        low, high = counts / n < float(limits.low), counts / n > float(limits.high)
        assert list(low) == list(stats.binom.cdf(counts, n, target) < (1 - level) / 2)
        assert list(high) == list(stats.binom.sf(counts - 1, n, target) < (1 - level) / 2)
        beyond += int(low.sum() + high.sum())
    assert beyond > 100


def test_limits_come_in_the_shape_of_n_and_close_in_on_the_target() -> None:
    limits = funnel_limits(0.2, [[20, 80], [500, 100_000]])
    assert limits.low.shape == limits.high.shape == (2, 2)
    assert np.all(np.diff(limits.low.ravel()) > 0) and np.all(np.diff(limits.high.ravel()) < 0)
    # Without the half answer that limits between whole numbers lie outside, the normal ones: 1.96 * sqrt(.16/1e5).
    assert float(limits.high[1, 1]) == pytest.approx(0.2 + 1.959964 * 0.4 / 100_000**0.5, abs=1e-5)


def test_the_lowest_n_of_a_band_has_the_widest_limits() -> None:
    for target, level in itertools.product(np.linspace(0.01, 0.99, 50), (WARNING, ALARM)):
        for low, high in {n_band(n) for n in range(5, 30)}:
            limits = funnel_limits(float(target), np.arange(low, high + 1), level)
            assert limits.low[0] <= limits.low.min() + 1e-12
            assert limits.high[0] >= limits.high.max() - 1e-12


def test_where_nothing_can_be_extreme_no_limit_is_crossed() -> None:
    limits = funnel_limits(0.2, [1, 3, 10])
    assert list(limits.low) == [0, 0, 0]
    assert float(funnel_limits(0.8, 3).high) == 1
    for target in (0.0, 1.0):
        edge = funnel_limits(target, [1, 50])
        assert np.all(edge.low <= target) and np.all(target <= edge.high)


# ------------------------------------------------------------------------------------------ positions


@pytest.mark.parametrize(
    ("percent", "place"),
    [
        (0, Position.FAR_BELOW),
        (1, Position.FAR_BELOW),  # 1.5 is below the limit of 1.63
        (2, Position.BELOW),
        (6, Position.BELOW),  # 6.5 is below 7.08
        (7, Position.WITHIN),  # 7.0 is, but 7.5 is not
        (20, Position.WITHIN),
        (34, Position.WITHIN),
        (35, Position.ABOVE),  # 34.5 is above 34.41
        (42, Position.ABOVE),
        (43, Position.FAR_ABOVE),  # 42.5 is above 42.49
        (100, Position.FAR_ABOVE),
    ],
)
def test_a_unit_is_beyond_a_limit_only_when_it_still_is_after_rounding(percent: int, place: Position) -> None:
    found = position(percent / 100, 40, 0.2)
    assert found is place
    assert position((100 - percent) / 100, 40, 0.8).direction == -found.direction == -place.direction


def test_a_unit_exactly_on_a_limit_is_not_beyond_it() -> None:
    for target, n in itertools.product((0.1, 0.2, 0.37, 0.5), (20, 33, 40, 71)):
        for limit in (funnel_limits(target, n).low, funnel_limits(target, n).high):
            assert position(float(limit), n, target, rounding=0) is Position.WITHIN
        assert position(float(funnel_limits(target, n).high) + 1e-6, n, target, rounding=0) is Position.ABOVE


def test_a_rounded_target_gives_the_unit_the_benefit_of_the_doubt_too() -> None:
    assert position(0.35, 40, 0.2) is Position.ABOVE
    assert position(0.35, 40, 0.2, target_rounding=0.005) is Position.WITHIN
    assert position(0.35, 40, 0.2, rounding=0, target_rounding=0.005) is Position.ABOVE
    assert position(0.07, 40, 0.2, rounding=0) is Position.BELOW
    assert position(0.0, 40, 0.002, target_rounding=0.005) is Position.WITHIN


def test_a_printed_unit_is_called_out_by_chance_no_more_often_than_the_limits_say() -> None:
    highest = 0.0
    for target, n in itertools.product((0.08, 0.2, 0.45, 0.7), (10, 14, 19, 27, 36, 60)):
        places = [position(printed(yes, n), n_band(n)[0], target) for yes in range(n + 1)]
        chances = stats.binom.pmf(range(n + 1), n, target)
        outside = sum(c for c, place in zip(chances, places, strict=True) if place is not Position.WITHIN)
        far = sum(c for c, place in zip(chances, places, strict=True) if place in FAR)
        assert outside <= 0.05 and far <= 0.002
        highest = max(highest, outside)
    assert highest > 0.01  # the limits do bite


def test_against_the_others_the_lower_n_pays_for_what_is_not_known_of_them() -> None:
    n, others, p = 20, 40, 0.4
    paid = unpaid = 0.0
    for yes, rest in itertools.product(range(n + 1), range(others + 1)):
        chance = float(stats.binom.pmf(yes, n, p) * stats.binom.pmf(rest, others, p))
        left = left_out([yes, rest], [n, others])[0]
        assert (left.share, left.n) == (rest / others, 13)  # 20 * 40 / 60
        unpaid += chance * (position(yes / n, n, left.share, rounding=0) is not Position.WITHIN)
        paid += chance * (position(yes / n, left.n, left.share, rounding=0) is not Position.WITHIN)
    assert paid <= 0.05 < unpaid


def test_left_out_defines_its_edges() -> None:
    assert [(rest.share, rest.n) for rest in left_out([0, 10], [10, 10])] == [(1.0, 5), (0.0, 5)]
    assert [rest.n for rest in left_out([0.5, 3.5], [1, 4])] == [1, 1]


@pytest.mark.parametrize(
    ("share", "n", "target", "rounding"),
    [(1.2, 10, 0.2, 0.005), (0.2, 10, -0.1, 0.005), (0.2, 0, 0.2, 0.005), (0.2, 10.5, 0.2, 0.005), (0.2, 10, 0.2, -1),
     (float("nan"), 10, 0.2, 0.005), (0.2, 10, float("nan"), 0.005), (0.2, float("nan"), 0.2, 0.005)],
)  # fmt: skip
def test_a_position_of_what_cannot_be_is_refused(share: float, n: int, target: float, rounding: float) -> None:
    with pytest.raises(ValueError, match=r"fractions|rounding|whole numbers"):
        position(share, n, target, rounding=rounding)


def test_limits_that_cannot_be_drawn_are_refused() -> None:
    for share, n, level in ((20.0, 40, 0.95), (0.2, [10, 0], 0.95), (0.2, 12.5, 0.95), (0.2, 40, 95.0)):
        with pytest.raises(ValueError, match=r"fraction|whole numbers|level"):
            funnel_limits(share, n, level)


# ------------------------------------------------------------------------------------------- p-values


def test_against_a_known_target_the_p_value_is_twice_the_smaller_binomial_tail() -> None:
    for target, n in itertools.product((0.05, 0.3, 0.5), (1, 12, 40, 250)):
        counts = sorted({0, 1, n // 10, n // 3, n // 2, n - 1, n} & set(range(n + 1)))
        found = equal_units_pvalue(counts, [n] * len(counts), target)
        for yes, p in zip(counts, found, strict=True):
            sides = (stats.binomtest(yes, n, target, alternative=side).pvalue for side in ("less", "greater"))
            assert p == pytest.approx(min(1, 2 * min(sides)), rel=1e-9, abs=1e-300)
    assert equal_units_pvalue([0, 7, 7], [7, 7, 7], 0.0) == (1.0, 0.0, 0.0)


def test_against_the_others_the_p_value_is_twice_the_smaller_tail_of_fisher() -> None:
    # R 4.2.2: fisher.test(matrix(c(9, 21, 40, 230), 2, byrow = TRUE), alternative = "greater")$p.value
    assert equal_units_pvalue([9, 25, 15], [30, 150, 120])[0] == pytest.approx(2 * 0.0366948692121, abs=1e-11)
    yes, n = np.array([3, 10, 4, 0, 15, 7, 9, 12]), np.array([14, 25, 31, 12, 40, 18, 66, 12])
    for unit, p in enumerate(equal_units_pvalue(yes, n)):
        others, size = yes.sum() - yes[unit], n.sum() - n[unit]
        table = [[yes[unit], n[unit] - yes[unit]], [others, size - others]]
        sides = (stats.fisher_exact(table, alternative=side).pvalue for side in ("less", "greater"))
        assert p == pytest.approx(min(1, 2 * min(sides)), rel=1e-9)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
def test_no_p_value_is_small_more_often_than_it_says(share: float) -> None:
    n = (8, 11, 9)
    outcomes = list(itertools.product(*(range(size + 1) for size in n)))
    chances = [float(np.prod(stats.binom.pmf(outcome, n, share))) for outcome in outcomes]
    p = np.array([equal_units_pvalue(outcome, n)[0] for outcome in outcomes])
    known = np.array(equal_units_pvalue(range(41), [40] * 41, share))
    for level in (0.001, 0.01, 0.05, 0.1, 0.3):
        assert float(np.sum(np.array(chances)[p <= level])) <= level
        assert float(stats.binom.pmf(np.flatnonzero(known <= level), 40, share).sum()) <= level
    assert float(np.sum(np.array(chances)[p <= 0.1])) > 0.005  # and it is small sometimes


def test_a_p_value_below_five_percent_is_a_count_beyond_the_limits() -> None:
    p = equal_units_pvalue(range(41), [40] * 41, 0.2)
    outside = [position(yes / 40, 40, 0.2, rounding=0) is not Position.WITHIN for yes in range(41)]
    assert outside == [value < 0.05 for value in p]
    assert 0 < sum(outside) < 41


@given(st.integers(10, 60), st.floats(0, 1), st.floats(0.02, 0.98))
def test_a_count_that_is_not_whole_lies_between_its_neighbours(n: int, part: float, target: float) -> None:
    yes = part * n
    low, high = int(np.floor(yes)), int(np.ceil(yes))
    floor, p, ceiling = equal_units_pvalue([low, yes, high], [n] * 3, target)
    if high <= n * target - 1:
        assert floor - 1e-12 <= p <= ceiling + 1e-12
    if low >= n * target + 1:
        assert ceiling - 1e-12 <= p <= floor + 1e-12


def test_rounded_shares_never_count_against_a_unit() -> None:
    yes, n = [9, 25, 15.4], [30, 150, 120]
    whole = equal_units_pvalue([9, 25, 15], n)
    assert equal_units_pvalue([9.4, 25, 15], n)[0] == whole[0]  # expected are 4.9: rounded down
    assert equal_units_pvalue([2.6, 25, 21], n)[0] == equal_units_pvalue([3, 25, 21], n)[0]  # here up
    assert equal_units_pvalue(yes, n)[1] == whole[1]


def test_units_that_are_all_yes_or_all_no_do_not_differ() -> None:
    assert equal_units_pvalue([10, 20, 30], [10, 20, 30]) == (1.0, 1.0, 1.0)
    assert equal_units_pvalue([0, 0], [10, 20]) == (1.0, 1.0)
    assert equal_units_pvalue([10, 0], [10, 10]) == pytest.approx([2 / 184756] * 2)  # one way in C(20, 10)


@pytest.mark.parametrize(
    ("yes", "n", "target"),
    [
        ([3], [10], None), ([], [], 0.2), ([3, 4], [10], None), ([3, 11], [10, 10], None), ([-1, 4], [10, 10], 0.2),
        ([0, 4], [0, 10], None), ([float("nan"), 4], [10, 10], None), ([0.1, 4], [0.4, 10], None),
        ([3, 4], [10, 10], 20),
    ],
)  # fmt: skip
def test_units_that_cannot_be_are_refused(yes: list[float], n: list[float], target: float | None) -> None:
    with pytest.raises(ValueError, match=r"unit|fraction"):
        equal_units_pvalue(yes, n, target)
    if target is None and n != [0.4, 10]:
        with pytest.raises(ValueError, match=r"unit"):
            left_out(yes, n)
