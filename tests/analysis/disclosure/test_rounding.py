"""Canonical rounding: halves go up, bands hide counts, and intervals tell no more than the share does."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.disclosure.printing import print_share
from analysis.disclosure.release import Cell
from analysis.disclosure.rounding import (
    BAND,
    EXACT_FROM,
    n_band,
    possible_counts,
    printed_mean_interval,
    printed_share_interval,
    round_half_up,
)
from analysis.estimate import Interval, share_interval
from analysis.results import Results

#: Enough digits that dividing first and rounding then cannot turn a number below a half into a half.
EXACTLY = Context(prec=60)


@cache
def printed_share(yes: int, n: int) -> int:
    """The share in whole percent, as the gate prints it for a whole table at once."""
    return int(print_share(np.array([yes]), np.array([n]))[0])


@given(st.integers(-(10**9), 10**9), st.integers(1, 10**6), st.integers(0, 3))
def test_rounding_is_that_of_the_decimal_module(numerator: int, denominator: int, decimals: int) -> None:
    expected = EXACTLY.divide(Decimal(numerator), Decimal(denominator)).quantize(
        Decimal(1).scaleb(-decimals), ROUND_HALF_UP, EXACTLY
    )
    found = round_half_up(Fraction(numerator, denominator), decimals)
    assert found == expected
    assert found.as_tuple().exponent == -decimals  # 3.0 is printed as 3.0


@pytest.mark.parametrize(
    ("value", "decimals", "printed"),
    [
        (Fraction(1, 2), 0, "1"), (Fraction(3, 2), 0, "2"), (Fraction(5, 2), 0, "3"), (Fraction(-1, 2), 0, "-1"),
        (Fraction(5, 100), 1, "0.1"), (Fraction(1, 4), 1, "0.3"), (Fraction(29, 20), 1, "1.5"), (Fraction(3), 1, "3.0"),
        (Fraction(0), 1, "0.0"), (Fraction(-1, 100), 1, "0.0"), (Fraction(2675, 1000), 2, "2.68"),
    ],
)  # fmt: skip
def test_a_half_goes_away_from_nought(value: Fraction, decimals: int, printed: str) -> None:
    assert str(round_half_up(value, decimals)) == printed


def test_below_thirty_the_number_of_answers_is_a_band_of_five() -> None:
    assert (EXACT_FROM, BAND) == (30, 5)
    printed = {n: n_band(n) for n in range(1, 200)}
    for n, (low, high) in printed.items():
        assert low <= n <= high
        assert (low == high) is (n >= 30)
        if n < 30:
            assert (low, high) == (max(1, n - n % 5), n - n % 5 + 4)
    assert {printed[n] for n in range(10, 30)} == {(10, 14), (15, 19), (20, 24), (25, 29)}


@pytest.mark.parametrize("smallest", [11, 15, 21, 27, 30, 40])
def test_the_first_band_begins_at_the_smallest_group_that_is_printed(smallest: int) -> None:
    for n in range(smallest, 100):
        low, high = n_band(n, smallest)
        assert smallest <= low <= n <= high
        assert (low, high) == n_band(n) or low == smallest
        assert high == n_band(n)[1]


@given(st.integers(1, 2000), st.data())
def test_a_share_is_printed_in_whole_percent_with_halves_up(n: int, data: st.DataObject) -> None:
    yes = data.draw(st.integers(0, n))
    assert printed_share(yes, n) == int((Decimal(100 * yes) / Decimal(n)).quantize(Decimal(1), ROUND_HALF_UP))


def test_the_possible_counts_are_exactly_those_that_print_the_same() -> None:
    for n_low, n_high in ((1, 4), (10, 14), (15, 19), (25, 29), (30, 30), (137, 137), (200, 200), (401, 401)):
        for share in range(101):
            tried = [
                (n, [yes for yes in range(n + 1) if printed_share(yes, n) == share]) for n in range(n_low, n_high + 1)
            ]
            expected = [(n, min(fits), max(fits)) for n, fits in tried if fits]
            assert possible_counts(share, n_low, n_high) == expected, (share, n_low)


@given(st.integers(1, 400), st.data())
def test_the_printed_interval_covers_the_predictive_interval_of_the_true_count(n: int, data: st.DataObject) -> None:
    yes = data.draw(st.integers(0, n))
    population = data.draw(st.one_of(st.none(), st.integers(n, n + 5), st.integers(n, 3 * n)))
    low, high = printed_share_interval(printed_share(yes, n), *n_band(n), population)
    true = share_interval(yes, n, population)
    assert 0 <= low <= 100 * true.low + 1e-6
    assert 100 * true.high - 1e-6 <= high <= 100
    assert low <= printed_share(yes, n) <= high


def test_the_printed_interval_tells_no_more_than_the_printed_share() -> None:
    # All counts that print alike get one and the same interval, whatever the answers behind it were.
    for population in (None, 31):
        seen: dict[tuple[int, tuple[int, int]], set[tuple[int, int]]] = {}
        for n in range(10, 31):
            for yes in range(n + 1):
                printed = (printed_share(yes, n), n_band(n))
                interval = printed_share_interval(printed[0], *printed[1], population)
                seen.setdefault(printed, set()).add(interval)
        assert len(seen) < sum(n + 1 for n in range(10, 31))
        assert all(len(intervals) == 1 for intervals in seen.values())


def test_every_interval_of_a_release_follows_from_what_stands_next_to_it(demo_results: Results) -> None:
    checked = 0
    for cell in demo_results.release.cells.values():
        if cell.share is None or cell.key.measure == "response":
            continue
        assert cell.n_low is not None and cell.n_high is not None
        expected = printed_share_interval(cell.share, cell.n_low, cell.n_high, cell.invited)
        assert (cell.share_low, cell.share_high) == expected
        checked += 1
    assert checked > 300


def test_with_everybody_answering_only_the_rounding_is_left() -> None:
    assert printed_share_interval(25, 40, 40, 40) == (25, 25)
    low, high = printed_share_interval(27, 300, 300, 300)  # 80, 81 or 82 of 300
    assert (low, high) == (26, 28)


@pytest.mark.parametrize(
    ("interval", "printed"),
    [
        (Interval(3.21, 3.39), ("3.2", "3.4")),
        (Interval(3.2, 3.4), ("3.2", "3.4")),  # whole tenths stay where they are
        (Interval(2.3 - 0.1, 1.1 + 2.2), ("2.2", "3.3")),  # also when a float is a hair off
        (Interval(0.4, 7.2), ("1.0", "7.0")),  # never off the scale of 1 to 7
        (Interval(1.0, 6.999), ("1.0", "7.0")),
    ],
)
def test_bounds_of_a_mean_go_outwards_and_stay_on_the_scale(interval: Interval, printed: tuple[str, str]) -> None:
    assert tuple(map(str, printed_mean_interval(interval, 1, 7))) == printed


@given(st.floats(-5, 105), st.floats(0, 40))
def test_the_bounds_of_a_mean_hold_all_of_its_interval_that_is_possible(low: float, width: float) -> None:
    interval = Interval(low, low + width)
    printed = [float(bound) for bound in printed_mean_interval(interval, 0, 100)]
    assert printed[0] <= max(0.0, interval.low) + 1e-6
    assert printed[1] >= min(100.0, interval.high) - 1e-6
    if interval.low > 0.2 and interval.high < 99.8:
        assert printed[0] > interval.low - 0.1 - 1e-6
        assert printed[1] < interval.high + 0.1 + 1e-6


def test_a_closed_cell_prints_nothing(demo_results: Results) -> None:
    closed = [cell for cell in demo_results.release.cells.values() if cell.closed]
    assert closed
    assert all(cell == Cell(cell.key) for cell in closed)
