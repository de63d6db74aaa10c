"""Which scales go together with an outcome: against a published example, enumeration and hand-worked sums."""

from __future__ import annotations

from itertools import combinations, permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from analysis.drivers import Drivers, Reason, Refused, drivers, r_squared_shares

Array = NDArray[np.float64]
NAMES = tuple("abcdefghij")

#: 5,400 people on leadership, published with the R package *multilevel*; beside the project, not part of it.
DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "bhr2000.csv"
with_real_data = pytest.mark.skipif(not DATA.is_file(), reason=f"the file {DATA.name} is not in ../shared/data")


def organisation(seed: int, n: int = 200, p: int = 4) -> tuple[Array, Array]:
    """Scales that go together, and an outcome that goes together with the first ones least."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 1)) + rng.normal(size=(n, p))
    return X, X @ np.linspace(0, 1, p) + rng.normal(size=n) * p


def decomposed(X: Array, y: Array, **options: int) -> Drivers:
    found = drivers(X, y, names=NAMES[: X.shape[1]], **{"draws": 50, "seed": 1, **options})
    assert isinstance(found, Drivers)
    return found


def averaged_over_orders(X: Array, y: Array) -> list[float]:
    """What each scale adds to the R² of statsmodels, averaged over every order of entering the scales."""
    p = X.shape[1]
    r_squared = {(): 0.0}
    for size in range(1, p + 1):
        for chosen in combinations(range(p), size):
            r_squared[chosen] = float(sm.OLS(y, sm.add_constant(X[:, chosen])).fit().rsquared)
    added = np.zeros(p)
    orders = list(permutations(range(p)))
    for order in orders:
        for place, j in enumerate(order):
            added[j] += r_squared[tuple(sorted(order[: place + 1]))] - r_squared[tuple(sorted(order[:place]))]
    return (added / len(orders)).tolist()


# ------------------------------------------------------------------------------------- parts of R squared


def test_the_published_example_of_dominance_analysis_comes_out() -> None:
    # The data "attitude" of R (30 departments; Chatterjee and Price 1977, Regression Analysis by Example),
    # correlations by cor(attitude) in R 4.2.2. General dominance as printed in the README of the R package
    # dominanceanalysis: complaints, privileges, learning, raises, critical, advance.
    published = [0.371, 0.051, 0.156, 0.120, 0.007, 0.028]
    lower = [
        [0.558288],
        [0.596736, 0.493331],
        [0.669197, 0.445478, 0.640314],
        [0.187714, 0.147233, 0.115965, 0.376883],
        [0.224580, 0.343293, 0.531620, 0.574186, 0.283343],
        [0.825418, 0.426117, 0.623678, 0.590139, 0.156439, 0.155086],  # with the rating
    ]
    correlations = np.eye(7)
    for i, row in enumerate(lower, start=1):
        correlations[i, :i] = correlations[:i, i] = row
    shares = r_squared_shares(correlations)
    assert shares == pytest.approx(published, abs=5e-4)
    assert float(shares.sum()) == pytest.approx(0.733, abs=5e-4)  # the R² it prints


def test_two_scales_worked_by_hand() -> None:
    # Correlations with the outcome .6 and .5, with each other .4. R² = (.36 + .25 - 2 * .6 * .5 * .4) / (1 - .16)
    # = .37 / .84 = .440476. First alone .36 and added .440476 - .25 = .190476: mean .275238; second .165238.
    shares = r_squared_shares([[1.0, 0.4, 0.6], [0.4, 1.0, 0.5], [0.6, 0.5, 1.0]])
    assert shares == pytest.approx([0.275238, 0.165238], abs=1e-6)


def test_one_scale_has_all_of_r_squared() -> None:
    assert r_squared_shares([[1.0, -0.3], [-0.3, 1.0]]) == pytest.approx([0.09], abs=1e-12)


def test_scales_that_have_nothing_to_do_with_each_other_keep_their_own_squared_correlation() -> None:
    correlations = np.eye(6)
    own = np.array([0.1, -0.2, 0.3, 0.4, 0.5])
    correlations[5, :5] = correlations[:5, 5] = own
    assert r_squared_shares(correlations) == pytest.approx(own**2, abs=1e-12)


@pytest.mark.parametrize("p", [1, 2, 3, 5])
def test_shares_are_the_average_over_every_order_of_entering(p: int) -> None:
    X, y = organisation(p, p=p)
    found = decomposed(X, y)
    expected = averaged_over_orders(X, y)
    assert {driver.name: driver.share for driver in found.drivers} == pytest.approx(
        dict(zip(NAMES, expected, strict=False)), abs=1e-10
    )
    full = sm.OLS(y, sm.add_constant(X)).fit()
    assert found.r_squared == pytest.approx(float(full.rsquared), abs=1e-10)
    assert found.n == 200


def test_ten_scales_are_those_of_all_1024_regressions() -> None:
    # Budescu's form: what a scale adds, averaged over the regressions of one size, and then over the sizes.
    X, y = organisation(3, p=10)
    r_squared = {0: 0.0}
    for members in range(1, 1024):
        chosen = [j for j in range(10) if members >> j & 1]
        r_squared[members] = float(sm.OLS(y, sm.add_constant(X[:, chosen])).fit().rsquared)
    found = {driver.name: driver.share for driver in decomposed(X, y).drivers}
    for j, name in enumerate(NAMES):
        added: dict[int, list[float]] = {}
        for members in range(1024):
            if not members >> j & 1:
                added.setdefault(members.bit_count(), []).append(r_squared[members | 1 << j] - r_squared[members])
        assert found[name] == pytest.approx(np.mean([np.mean(one) for one in added.values()]), abs=1e-10)
    assert sum(found.values()) == pytest.approx(r_squared[1023], abs=1e-10)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(0, 20))
def test_shares_are_never_negative_and_sum_to_r_squared(seed: int, p: int, extra: int) -> None:
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(p + 3 + extra, p + 1)) @ rng.normal(size=(p + 1, p + 1))
    correlations = np.corrcoef(table, rowvar=False)
    shares = r_squared_shares(correlations)
    assume(np.linalg.cond(correlations[:p, :p]) < 1e5)
    r = correlations[:p, p]
    assert (shares > -1e-9).all()
    assert float(shares.sum()) == pytest.approx(float(r @ np.linalg.solve(correlations[:p, :p], r)), abs=1e-6)


def test_a_copy_of_a_scale_takes_half_of_its_part() -> None:
    # Only in a bootstrap sample can two scales coincide; the whole is refused.
    shares = r_squared_shares([[1.0, 1.0, 0.6], [1.0, 1.0, 0.6], [0.6, 0.6, 1.0]])
    assert shares == pytest.approx([0.18, 0.18], abs=1e-12)


def test_many_tables_at_once_are_the_same_as_one_by_one() -> None:
    tables = np.array([np.corrcoef(np.column_stack(organisation(seed, p=3)), rowvar=False) for seed in range(6)])
    stacked = r_squared_shares(tables.reshape(2, 3, 4, 4))
    assert stacked.shape == (2, 3, 3)
    assert stacked.reshape(6, 3) == pytest.approx(np.array([r_squared_shares(table) for table in tables]), abs=1e-12)


# --------------------------------------------------------------------------------------------- bootstrap


def test_the_interval_is_that_of_people_drawn_again_one_by_one() -> None:
    X, y = organisation(5, n=120, p=3)
    found = decomposed(X, y, draws=200, seed=11)
    rng = np.random.default_rng(11)
    shares = []
    for _ in range(200):
        drawn = rng.integers(0, 120, 120)
        shares.append(averaged_over_orders(X[drawn], y[drawn]))
    again = np.array(shares)
    low, high = np.percentile(again, [2.5, 97.5], axis=0)
    for driver in found.drivers:
        j = NAMES.index(driver.name)
        assert (driver.interval.low, driver.interval.high) == pytest.approx((low[j], high[j]), abs=1e-9)
    assert (found.interval.low, found.interval.high) == pytest.approx(
        tuple(np.percentile(again.sum(axis=1), [2.5, 97.5])), abs=1e-9
    )
    for pair in found.pairs:
        one, other = NAMES.index(pair.larger), NAMES.index(pair.smaller)
        assert pair.agreeing == pytest.approx(float((again[:, one] > again[:, other]).mean()), abs=1e-12)


def test_the_largest_share_goes_first_and_every_pair_is_judged_once() -> None:
    found = decomposed(*organisation(1, p=4))
    shares = [driver.share for driver in found.drivers]
    assert shares == sorted(shares, reverse=True)
    names = [driver.name for driver in found.drivers]
    assert [(pair.larger, pair.smaller) for pair in found.pairs] == list(combinations(names, 2))


def test_an_order_is_settled_when_nearly_all_draws_agree() -> None:
    rng = np.random.default_rng(4)
    X = rng.normal(size=(300, 3))
    y = X[:, 0] + 0.1 * X[:, 1] + 0.1 * X[:, 2] + rng.normal(size=300)
    found = decomposed(X, y, draws=400)
    pairs = {frozenset((pair.larger, pair.smaller)): pair for pair in found.pairs}
    assert pairs[frozenset("ab")].settled and pairs[frozenset("ac")].settled
    assert pairs[frozenset("ab")].agreeing == 1.0
    assert not pairs[frozenset("bc")].settled
    for pair in found.pairs:
        assert pair.settled == (pair.agreeing >= 0.975)


def test_the_sign_tells_whether_more_goes_together_with_more() -> None:
    X, y = organisation(2, p=2)
    found = {driver.name: driver for driver in decomposed(np.column_stack([X[:, 0], -X[:, 1]]), y).drivers}
    assert found["a"].correlation == pytest.approx(float(np.corrcoef(X[:, 0], y)[0, 1]), abs=1e-12)
    assert found["b"].correlation == pytest.approx(-float(np.corrcoef(X[:, 1], y)[0, 1]), abs=1e-12)
    assert found["b"].correlation < 0 < found["b"].share


def test_a_scale_that_has_nothing_to_do_with_the_outcome_gets_about_one_in_n() -> None:
    rng = np.random.default_rng(6)
    shares = []
    for _ in range(400):
        X, y = rng.normal(size=(100, 2)), rng.normal(size=100)
        shares += [driver.share for driver in decomposed(X, y, draws=1).drivers]
    assert np.mean(shares) == pytest.approx(1 / 99, rel=0.15)


def test_the_same_seed_gives_the_same_numbers() -> None:
    X, y = organisation(8)
    assert decomposed(X, y, seed=3) == decomposed(X, y, seed=3)
    assert decomposed(X, y, seed=3) != decomposed(X, y, seed=4)


def test_the_unit_of_a_scale_does_not_matter() -> None:
    X, y = organisation(9)
    one, other = decomposed(X, y), decomposed(X * [1, 100, 0.01, 7] + [5, 0, -3, 1e3], y * 25 - 4)
    for a, b in zip(one.drivers, other.drivers, strict=True):
        assert a.name == b.name
        assert (a.share, a.interval.low, a.interval.high) == pytest.approx(
            (b.share, b.interval.low, b.interval.high), abs=1e-9
        )


def test_an_answer_that_one_person_gave_may_be_missing_from_a_draw() -> None:
    X, y = organisation(10, n=100, p=2)
    lonely = np.zeros(100)
    lonely[0] = 1.0  # missing from 37% of the draws
    found = decomposed(np.column_stack([X, lonely]), y, draws=200)
    driver = next(driver for driver in found.drivers if driver.name == "c")
    assert driver.interval.low == 0.0
    assert np.isfinite([driver.share, driver.interval.high, found.r_squared]).all()


# --------------------------------------------------------------------------------------------- real data


@with_real_data
def test_what_goes_together_with_judging_leadership_well_is_what_statsmodels_finds() -> None:
    people = pd.read_csv(DATA)
    names = ["HRS", "RELIG", "AF06", "AP12", "AS17"]
    X, y = people[names].to_numpy(float), people.iloc[:, 1:12].mean(axis=1).to_numpy()
    found = drivers(X, y, names=names, draws=100, seed=1)
    assert isinstance(found, Drivers)
    by_name = {driver.name: driver for driver in found.drivers}
    assert [by_name[name].share for name in names] == pytest.approx(averaged_over_orders(X, y), abs=1e-9)
    assert found.r_squared == pytest.approx(sm.OLS(y, sm.add_constant(X)).fit().rsquared, abs=1e-12)
    expected = [np.corrcoef(column, y)[0, 1] for column in X.T]
    assert [by_name[name].correlation for name in names] == pytest.approx(expected, abs=1e-12)
    assert all(driver.interval.low <= driver.share <= driver.interval.high for driver in found.drivers)


# --------------------------------------------------------------------------------------------- refusals


def test_fewer_than_a_hundred_respondents_are_refused() -> None:
    X, y = organisation(1, n=100)
    assert isinstance(drivers(X, y, names=NAMES[:4], draws=2, seed=1), Drivers)
    assert drivers(X[:99], y[:99], names=NAMES[:4], draws=2, seed=1) == Refused(Reason.TOO_FEW)


def test_what_is_the_same_for_everybody_is_refused_by_name() -> None:
    X, y = organisation(1)
    X[:, 2] = 3.3
    assert drivers(X, y, names=NAMES[:4], seed=1) == Refused(Reason.CONSTANT, ("c",))
    assert drivers(X, np.full(200, 0.1), names=NAMES[:4], seed=1) == Refused(Reason.CONSTANT_OUTCOME)


def test_scales_that_follow_from_each_other_are_refused_by_name() -> None:
    X, y = organisation(1)
    X[:, 3] = 50 - 2 * X[:, 1] + X[:, 0]
    assert drivers(X, y, names=NAMES[:4], seed=1) == Refused(Reason.COLLINEAR, ("a", "b", "d"))


def test_scales_that_nearly_coincide_are_not_refused() -> None:
    X, y = organisation(1)
    X[:, 3] = X[:, 1] + np.random.default_rng(0).normal(size=200) * 1e-2
    found = decomposed(X, y)
    shares = {driver.name: driver.share for driver in found.drivers}
    assert shares["b"] == pytest.approx(shares["d"], rel=0.1)


@pytest.mark.parametrize(
    ("shape", "names", "options", "message"),
    [
        ((200, 11), NAMES, {}, "from 1 to 10"),
        ((200, 0), (), {}, "from 1 to 10"),
        ((200, 3), ("a", "b"), {}, "3 different names"),
        ((200, 3), ("a", "b", "a"), {}, "3 different names"),
        ((150, 3), ("a", "b", "c"), {}, "one row for each"),
        ((200,), ("a",), {}, "one row for each"),
        ((200, 1), ("a",), {"draws": 0}, "at least one draw"),
        ((200, 1), ("a",), {"level": 1.0}, "level between 0 and 1"),
    ],
)
def test_tables_that_do_not_fit_are_an_error(
    shape: tuple[int, ...], names: tuple[str, ...], options: dict[str, float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        drivers(np.ones(shape), np.arange(200.0), names=names, seed=1, **options)  # type: ignore[arg-type]


def test_missing_answers_are_an_error() -> None:
    X, y = organisation(1)
    X[5, 1] = np.nan
    with pytest.raises(ValueError, match="complete cases"):
        drivers(X, y, names=NAMES[:4], seed=1)
    with pytest.raises(ValueError, match="complete cases"):
        drivers(X[:, [0]], np.where(y == y[7], np.inf, y), names=("a",), seed=1)
