"""The brake on wrong invitation codes: counted by address, forgiven in time, never many remembered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.respond.limits import ALLOWED, FORGIVEN_AFTER, WrongCodes, network


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_number_of_wrong_codes_is_borne_and_then_no_more() -> None:
    limit = WrongCodes(Clock())
    assert [limit.count("192.0.2.1") for _ in range(ALLOWED + 2)] == [False] * ALLOWED + [True, True]
    assert not limit.count("192.0.2.2")


def test_a_wrong_code_is_forgiven_after_a_while_and_no_sooner() -> None:
    clock = Clock()
    limit = WrongCodes(clock)
    for _ in range(ALLOWED):
        limit.count("192.0.2.1")
    clock.now += FORGIVEN_AFTER * 0.9
    assert limit.count("192.0.2.1")
    clock.now += FORGIVEN_AFTER * 1.2
    assert not limit.count("192.0.2.1")


def test_going_on_for_hours_does_not_lengthen_the_wait() -> None:
    clock = Clock()
    limit = WrongCodes(clock)
    for _ in range(100 * ALLOWED):
        limit.count("192.0.2.1")
    clock.now += FORGIVEN_AFTER * 2.1
    assert not limit.count("192.0.2.1")


def test_an_address_is_forgotten_when_all_is_forgiven() -> None:
    clock = Clock()
    limit = WrongCodes(clock)
    for number in range(50):
        limit.count(f"192.0.2.{number}")
    assert len(limit) == 50
    clock.now += FORGIVEN_AFTER
    limit.count("198.51.100.1")
    assert len(limit) == 1


@given(st.lists(st.tuples(st.integers(0, 30), st.floats(0, 100))))
def test_never_more_addresses_are_remembered_than_announced(calls: list[tuple[int, float]]) -> None:
    clock = Clock()
    limit = WrongCodes(clock, addresses=7)
    for address, seconds in calls:
        clock.now += seconds
        limit.count(f"192.0.2.{address}")
        assert len(limit) <= 7


def test_a_clock_that_goes_back_forgives_nothing_and_breaks_nothing() -> None:
    clock = Clock()
    limit = WrongCodes(clock)
    for _ in range(ALLOWED):
        limit.count("192.0.2.1")
    clock.now -= 500
    assert limit.count("192.0.2.1")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("192.0.2.1", "192.0.2.2", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        (None, "<local>", True),
    ],
)
def test_what_counts_as_one_address(one: str | None, other: str | None, same: bool) -> None:
    assert (network(one) == network(other)) is same
