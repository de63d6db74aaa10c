"""AAPOR's response rates: against the published formulas."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.response_rates import response_rates


def test_the_rates_are_those_of_the_published_formulas() -> None:
    # I = 132, P = 14, R = 6 (break-offs), NC = 88, U = 10, worked with the formulas of the Standard
    # Definitions: 132/250, 146/250, 132/240 and 146/240.
    rates = response_rates(250, 132, 14, break_off=6, unknown=10)
    assert (rates.rr1, rates.rr2) == (0.528, 0.584)
    assert (rates.rr5, rates.rr6) == (0.55, pytest.approx(0.608333, abs=1e-6))
    assert rates.nonrespondents == 6 + 88
    # RR3 and RR4 with nine in ten of the unknown eligible: 132/249 and 146/249.
    assert rates.rr1 <= 132 / 249 <= rates.rr5
    assert rates.rr2 <= 146 / 249 <= rates.rr6


def test_who_should_not_have_been_invited_is_in_no_denominator() -> None:
    rates = response_rates(260, 132, 14, unknown=10, ineligible=10)
    assert rates.rr1 == 132 / 250
    assert rates.rr6 == 146 / 240


@given(st.integers(1, 500), st.data())
def test_on_a_list_without_doubt_there_are_two_rates_only(invited: int, data: st.DataObject) -> None:
    complete = data.draw(st.integers(0, invited))
    partial = data.draw(st.integers(0, invited - complete))
    rates = response_rates(invited, complete, partial)
    assert rates.rr1 == rates.rr5 == complete / invited
    assert rates.rr2 == rates.rr6 == (complete + partial) / invited
    assert 0 <= rates.rr1 <= rates.rr2 <= 1


def test_all_or_nobody_answering_are_rates_too() -> None:
    assert response_rates(40, 40).rr1 == response_rates(40, 40).rr6 == 1.0
    assert response_rates(40, 0).rr1 == response_rates(40, 0).rr6 == 0.0


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ((10, 8, 3, 0, 0, 0), "more outcomes than the 10"),
        ((10, 8, 1, 1, 1, 0), "more outcomes than the 10"),
        ((10, -1, 0, 0, 0, 0), "cannot be negative"),
        ((10, 0, 0, 0, 0, -1), "cannot be negative"),
        ((0, 0, 0, 0, 0, 0), "at least one person"),
        ((10, 0, 0, 0, 4, 6), "at least one person"),
    ],
)
def test_impossible_lists_are_refused(counts: tuple[int, int, int, int, int, int], message: str) -> None:
    invited, complete, partial, break_off, unknown, ineligible = counts
    with pytest.raises(ValueError, match=message):
        response_rates(invited, complete, partial, break_off=break_off, unknown=unknown, ineligible=ineligible)
