"""The measure of the attacks: what counts as chance, and what does not."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from scipy import stats

from tests.forensics.chance import is_chance, kendall, match_orders, most_agreement, most_by_chance

PERSONS = 150
TRUTH = {number: f"answer {number}" for number in range(PERSONS)}
IN_ORDER, ANSWERS = list(TRUTH), list(TRUTH.values())


@pytest.mark.parametrize("guesses", [1, 14, 100])
def test_the_bounds_are_those_of_the_distributions(guesses: int) -> None:
    most = most_by_chance(guesses)
    assert stats.poisson.sf(most, 1) <= 1e-6 / guesses < stats.poisson.sf(most - 1, 1)
    deviation = (2 * (2 * PERSONS + 5) / (9 * PERSONS * (PERSONS - 1))) ** 0.5
    assert most_agreement(PERSONS, guesses) == pytest.approx(stats.norm.isf(0.5e-6 / guesses) * deviation)


def test_the_correlation_is_kendalls() -> None:
    ranks = random.Random(1).sample(range(40), 40)
    assert kendall(ranks) == pytest.approx(stats.kendalltau(range(40), ranks).statistic)


def test_blind_guessing_is_chance_and_knowing_is_not() -> None:
    chooser = random.Random(2)
    for _ in range(20):
        shuffled = chooser.sample(ANSWERS, PERSONS)
        assert is_chance(match_orders([IN_ORDER], [shuffled], TRUTH), PERSONS)
    for answers in (ANSWERS, ANSWERS[::-1]):
        assert match_orders([IN_ORDER], [answers], TRUTH).linked == PERSONS


def test_an_order_that_leaks_a_little_is_seen() -> None:
    chooser = random.Random(3)
    nearly = sorted(ANSWERS, key=lambda answer: ANSWERS.index(answer) + chooser.uniform(0, 150))
    found = match_orders([IN_ORDER], [nearly], TRUTH)
    assert found.linked <= most_by_chance(found.guesses), "hardly anybody is named"
    assert not is_chance(found, PERSONS), "and yet the order is there"


def test_more_guesses_allow_more_hits() -> None:
    assert all(few <= many for few, many in pairwise(map(most_by_chance, (1, 10, 100, 1000))))
