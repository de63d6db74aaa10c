"""Bootstrap intervals of large organisations: those of everybody drawn, but for chance."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analysis import drivers as drivers_module
from analysis import reliability as reliability_module
from analysis import resampling
from analysis.drivers import Drivers, drivers
from analysis.reliability import Omega, reliability
from analysis.resampling import MOST_DRAWN, pool_of


def test_up_to_the_border_everybody_is_drawn_and_no_random_number_is_taken() -> None:
    rng = np.random.default_rng(1)
    pool = pool_of(MOST_DRAWN, rng)
    assert pool.rows.tolist() == list(range(MOST_DRAWN))
    assert rng.random() == np.random.default_rng(1).random()
    found = pool.interval(np.arange(101.0), 3.0, 7.0)
    assert (found.low, found.high) == pytest.approx((2.5, 97.5))


def test_above_it_the_spread_of_the_pool_is_brought_back_to_everybody() -> None:
    pool = pool_of(4 * MOST_DRAWN, np.random.default_rng(1))
    assert len(set(pool.rows.tolist())) == MOST_DRAWN and pool.rows.max() < 4 * MOST_DRAWN
    found = pool.interval(np.arange(101.0), 50.0, 60.0)  # 47.5 to either side, halved
    assert (found.low, found.high) == pytest.approx((60 - 23.75, 60 + 23.75))


def test_the_mean_of_a_large_organisation_has_the_error_of_the_textbook() -> None:
    rng = np.random.default_rng(4)
    values = rng.normal(size=9 * MOST_DRAWN)
    pool = pool_of(values.size, rng)
    inside = values[pool.rows]
    draws = np.array([inside[rng.integers(0, MOST_DRAWN, MOST_DRAWN)].mean() for _ in range(2000)])
    found = pool.interval(draws, float(inside.mean()), float(values.mean()))
    expected = 1.96 / math.sqrt(values.size)
    assert (found.high - found.low) / 2 == pytest.approx(expected, rel=0.06)
    assert found.low < values.mean() < found.high


def test_drivers_and_omega_of_many_people_have_the_intervals_of_all_being_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(2)
    factor = rng.normal(size=12_000)
    items = np.clip(np.round(3 + 0.8 * factor[:, None] + rng.normal(size=(12_000, 4))), 1, 5)
    X, y = rng.normal(size=(12_000, 3)) + factor[:, None], factor + rng.normal(size=12_000)
    quick = drivers(X, y, names="abc", seed=1), reliability(items, seed=1).omega
    monkeypatch.setattr(resampling, "MOST_DRAWN", 12_000)
    whole = drivers(X, y, names="abc", seed=1), reliability(items, seed=1).omega
    assert drivers_module.pool_of is reliability_module.pool_of is pool_of
    for one, other in zip(quick, whole, strict=True):
        assert isinstance(one, Drivers | Omega) and isinstance(other, Drivers | Omega)
        width = other.interval.high - other.interval.low
        assert one.interval.low == pytest.approx(other.interval.low, abs=0.15 * width)
        assert one.interval.high == pytest.approx(other.interval.high, abs=0.15 * width)


def test_an_answer_of_one_person_may_be_missing_from_the_pool() -> None:
    rng = np.random.default_rng(3)
    X = rng.normal(size=(6000, 2))
    pool = pool_of(6000, np.random.default_rng(1))
    absent = int(np.setdiff1d(np.arange(6000), pool.rows)[0])
    lonely = np.zeros(6000)
    lonely[absent] = 1.0
    found = drivers(np.column_stack([X, lonely]), X[:, 0] + rng.normal(size=6000), names="abc", seed=1)
    assert isinstance(found, Drivers)
    assert np.isfinite([bound for driver in found.drivers for bound in (driver.interval.low, driver.share)]).all()
