"""Alpha, omega and the one-factor model: against R, statsmodels, closed forms and brute force.

The numbers of R were made with R 4.2.2, psych 2.2.9 and lavaan 0.6-14; R is not needed to run this.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from analysis.dataset import missing_code
from analysis.factor import LEAST_UNIQUE, fit_one_factor
from analysis.reliability import Coefficient, Omega, Refusal, feldt_interval, reliability

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "bhr2000.csv"
with_real_data = pytest.mark.skipif(not DATA.is_file(), reason=f"the file {DATA.name} is not in ../shared/data")

Matrix = npt.NDArray[np.float64]

#: The data set ``attitude`` of R: in each of 30 departments of a company the percentage of favourable
#: answers to seven questions (Chatterjee and Price 1977, *Regression Analysis by Example*).
ATTITUDE = np.array(
    [
        [43, 51, 30, 39, 61, 92, 45], [63, 64, 51, 54, 63, 73, 47], [71, 70, 68, 69, 76, 86, 48],
        [61, 63, 45, 47, 54, 84, 35], [81, 78, 56, 66, 71, 83, 47], [43, 55, 49, 44, 54, 49, 34],
        [58, 67, 42, 56, 66, 68, 35], [71, 75, 50, 55, 70, 66, 41], [72, 82, 72, 67, 71, 83, 31],
        [67, 61, 45, 47, 62, 80, 41], [64, 53, 53, 58, 58, 67, 34], [67, 60, 47, 39, 59, 74, 41],
        [69, 62, 57, 42, 55, 63, 25], [68, 83, 83, 45, 59, 77, 35], [77, 77, 54, 72, 79, 77, 46],
        [81, 90, 50, 72, 60, 54, 36], [74, 85, 64, 69, 79, 79, 63], [65, 60, 65, 75, 55, 80, 60],
        [65, 70, 46, 57, 75, 85, 46], [50, 58, 68, 54, 64, 78, 52], [50, 40, 33, 34, 43, 64, 33],
        [64, 61, 52, 62, 66, 80, 41], [53, 66, 52, 50, 63, 80, 37], [40, 37, 42, 58, 50, 57, 49],
        [63, 54, 42, 48, 66, 75, 33], [66, 77, 66, 63, 88, 76, 72], [78, 75, 58, 74, 80, 78, 49],
        [48, 57, 44, 45, 51, 83, 38], [85, 85, 71, 71, 77, 74, 55], [82, 82, 39, 59, 64, 78, 39],
    ]
)  # fmt: skip


def alpha_of(scores: npt.ArrayLike) -> Coefficient:
    found = reliability(scores, draws=100, seed=1).alpha
    assert isinstance(found, Coefficient)
    return found


def omega_of(scores: npt.ArrayLike, draws: int = 100, seed: int = 1) -> Omega:
    found = reliability(scores, draws=draws, seed=seed).omega
    assert isinstance(found, Omega)
    return found


def with_covariance(covariance: Matrix, n: int = 120) -> Matrix:
    """Scores of ``n`` people whose covariance matrix is exactly the one that is asked for."""
    drawn = np.random.default_rng(5).normal(size=(n, len(covariance)))
    drawn -= drawn.mean(axis=0)
    white = np.linalg.solve(np.linalg.cholesky(np.cov(drawn, rowvar=False)), drawn.T).T
    return white @ np.linalg.cholesky(covariance).T


# --------------------------------------------------------------------------------------------- alpha


def test_alpha_is_the_one_worked_by_hand() -> None:
    # Four kinds of people. The squared deviations of the items add up to 5, 5 and 8, those of the
    # sums 4, 6, 10 and 12 to 40: alpha is 3/2 * (1 - 18/40) = 33/40.
    four = np.array([[1, 2, 1], [2, 1, 3], [3, 4, 3], [4, 3, 5]])
    assert alpha_of(np.repeat(four, 25, axis=0)).value == pytest.approx(33 / 40, abs=1e-12)


def test_alpha_and_its_interval_are_those_of_r() -> None:
    # psych::alpha(attitude)$total$raw_alpha; alpha.ci(that, 120, 7). Alpha of the same answers given by
    # four times as many people is the same, the interval is not.
    found = alpha_of(np.tile(ATTITUDE, (4, 1)))
    assert found.value == pytest.approx(0.843142769565, abs=1e-11)
    assert (found.interval.low, found.interval.high) == pytest.approx((0.796200031959, 0.882535850423), abs=1e-11)


@pytest.mark.parametrize(
    ("alpha", "n", "items", "low", "high"),
    [  # psych::alpha.ci(alpha, n.obs = n, n.var = items)
        (0.843142769565, 30, 7, 0.739375685643, 0.915773072160),
        (0.85, 89, 7, 0.797064879035, 0.893166593737),
    ],
)
def test_feldts_interval_is_that_of_r(alpha: float, n: int, items: int, low: float, high: float) -> None:
    found = feldt_interval(alpha, n, items)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-11)


@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
@pytest.mark.parametrize("alpha", [-0.3, 0.0, 0.7, 0.95])
def test_feldts_bounds_are_where_the_f_distribution_leaves_half_of_the_rest(alpha: float, level: float) -> None:
    for n, items in ((2, 2), (100, 3), (5400, 11)):
        found = feldt_interval(alpha, n, items, level)
        ratio = stats.f(n - 1, (n - 1) * (items - 1))
        assert ratio.sf((1 - found.low) / (1 - alpha)) == pytest.approx((1 - level) / 2, abs=1e-9)
        assert ratio.cdf((1 - found.high) / (1 - alpha)) == pytest.approx((1 - level) / 2, abs=1e-9)


def test_feldts_interval_covers_alpha_as_often_as_it_says() -> None:
    # Five parallel items that correlate by .4: population alpha is 5 * .4 / (1 + 4 * .4) = 10/13.
    rng = np.random.default_rng(3)
    samples = np.sqrt(0.4) * rng.normal(size=(2000, 40, 1)) + np.sqrt(0.6) * rng.normal(size=(2000, 40, 5))
    each, total = samples.var(axis=1).sum(axis=1), samples.sum(axis=2).var(axis=1)
    intervals = [feldt_interval(float(alpha), 40, 5) for alpha in 5 / 4 * (1 - each / total)]
    covered = np.mean([interval.low <= 10 / 13 <= interval.high for interval in intervals])
    assert covered == pytest.approx(0.95, abs=0.02)  # four standard errors of 2,000 samples


def test_identical_items_are_perfectly_reliable() -> None:
    same = np.repeat(np.tile([1, 2, 3, 4, 5], 24)[:, None], 4, axis=1)
    assert alpha_of(same).value == pytest.approx(1, abs=1e-12)
    assert alpha_of(same).interval.low == pytest.approx(1, abs=1e-12)
    found = omega_of(same)  # every uniqueness would be 0, and is stopped at its bound
    assert found.heywood == (0, 1, 2, 3)
    assert found.heywood_draws == found.draws == 100
    # (4λ)² / ((4λ)² + 4ψ) with ψ = .005 and, from the largest eigenvalue 4/ψ, λ² = ψ * (4/ψ - 1) / 4
    assert found.value == pytest.approx((4 - LEAST_UNIQUE) / 4, abs=1e-9)


# ------------------------------------------------------------------------------- the one-factor model


def random_correlations(items: int, seed: int) -> Matrix:
    rng = np.random.default_rng(seed)
    strength = rng.uniform(0.5, 0.85, items)
    return np.corrcoef(
        strength * rng.normal(size=(400, 1)) + np.sqrt(1 - strength**2) * rng.normal(size=(400, items)), rowvar=False
    )


@pytest.mark.parametrize("items", [4, 5, 8, 11])
def test_loadings_are_those_of_statsmodels(items: int) -> None:
    from statsmodels.multivariate.factor import Factor

    for seed in range(3):
        R = random_correlations(items, seed)
        found = fit_one_factor(R)
        theirs = Factor(corr=R, n_factor=1, method="ml", nobs=400).fit(maxiter=500)
        assert found.converged and not found.at_bound.any()  # statsmodels has no bound
        assert found.loadings == pytest.approx(np.abs(theirs.loadings[:, 0]), abs=1e-5)
        assert found.uniquenesses == pytest.approx(theirs.uniqueness, abs=1e-5)


def test_loadings_are_those_of_r() -> None:
    # factanal(factors = 1, covmat = ability.cov, rotation = "none"): six tests of 112 people
    # (Smith and Stanley 1983), here as correlations.
    covariance = np.array(
        [
            [24.641, 5.991, 33.520, 6.023, 20.755, 29.701],
            [5.991, 6.700, 18.137, 1.782, 4.936, 7.204],
            [33.520, 18.137, 149.831, 19.424, 31.430, 50.753],
            [6.023, 1.782, 19.424, 12.711, 4.757, 9.075],
            [20.755, 4.936, 31.430, 4.757, 52.604, 66.762],
            [29.701, 7.204, 50.753, 9.075, 66.762, 135.292],
        ]
    )
    sd = np.sqrt(np.diag(covariance))
    found = fit_one_factor(covariance / np.outer(sd, sd))
    loadings = [0.682203107592, 0.383954426820, 0.501811073043, 0.299786911278, 0.876518049015, 0.848680672822]
    unique = [0.534598919990, 0.852578997989, 0.748185646620, 0.910127807452, 0.231716109761, 0.279741115550]
    assert found.loadings == pytest.approx(loadings, abs=1e-5)
    assert found.uniquenesses == pytest.approx(unique, abs=1e-5)
    assert found.discrepancy == pytest.approx(0.699345035354, abs=1e-9)
    assert not found.at_bound.any()


def test_a_heywood_case_stops_at_the_bound_where_r_stops() -> None:
    R = np.array([[1, 0.7, 0.6, 0.5], [0.7, 1, 0.2, 0.3], [0.6, 0.2, 1, 0.25], [0.5, 0.3, 0.25, 1]])
    found = fit_one_factor(R)  # factanal(covmat = R, factors = 1, n.obs = 200, rotation = "none")
    assert found.loadings == pytest.approx([0.997505982925, 0.700543215224, 0.599809124156, 0.500662592145], abs=1e-5)
    assert found.uniquenesses == pytest.approx([0.005, 0.509239780648, 0.640230226919, 0.749336759460], abs=1e-5)
    assert found.discrepancy == pytest.approx(0.18337046708, abs=1e-9)
    assert found.at_bound.tolist() == [True, False, False, False]


def lowest_discrepancy(R: Matrix) -> float:
    """The fitting function of loadings and uniquenesses together, minimised by other software from many starts."""
    items = len(R)
    log_determinant = np.linalg.slogdet(R)[1]

    def discrepancy(unknown: Matrix) -> float:
        loadings, unique = unknown[:items], unknown[items:]
        model = np.outer(loadings, loadings) + np.diag(unique)
        return float(np.linalg.slogdet(model)[1] + np.trace(np.linalg.solve(model, R)) - log_determinant - items)

    bounds = [(-1.0, 1.0)] * items + [(LEAST_UNIQUE, 1.0)] * items
    starts = [np.full(2 * items, 0.6)]
    for item in range(items):  # a Heywood case at each item in turn
        starts.append(np.concatenate([R[item], np.maximum(1 - R[item] ** 2, 2 * LEAST_UNIQUE)]))
    return min(float(optimize.minimize(discrepancy, start, bounds=bounds).fun) for start in starts)


def test_no_other_loadings_fit_better() -> None:
    rng = np.random.default_rng(11)
    for _ in range(6):
        R = np.corrcoef(0.6 * rng.normal(size=(40, 1)) + rng.normal(size=(40, 4)), rowvar=False)
        assert fit_one_factor(R).discrepancy == pytest.approx(lowest_discrepancy(R), abs=1e-6)


def test_three_items_have_the_solution_of_the_textbook() -> None:
    # With three items λ1² is r12 * r13 / r23, and the fit is perfect.
    R = np.array([[1, 0.48, 0.40], [0.48, 1, 0.30], [0.40, 0.30, 1]])
    found = fit_one_factor(R)
    assert found.loadings == pytest.approx(
        np.sqrt([0.48 * 0.40 / 0.30, 0.48 * 0.30 / 0.40, 0.40 * 0.30 / 0.48]), abs=1e-6
    )
    assert found.discrepancy == pytest.approx(0, abs=1e-9)


def test_many_matrices_at_once_are_fitted_as_each_of_them_alone() -> None:
    stack = np.array([[random_correlations(5, seed) for seed in (row, row + 10, row + 20)] for row in range(2)])
    together = fit_one_factor(stack)
    assert together.loadings.shape == (2, 3, 5) and together.converged.shape == (2, 3)
    for row in range(2):
        for column in range(3):
            alone = fit_one_factor(stack[row, column])
            assert together.loadings[row, column] == pytest.approx(alone.loadings, abs=1e-6)
            assert together.discrepancy[row, column] == pytest.approx(float(alone.discrepancy), abs=1e-9)


@settings(max_examples=60)
@given(st.integers(3, 9), st.integers(0, 10_000), st.floats(0, 2))
def test_every_fit_settles_on_numbers_that_can_exist(items: int, seed: int, strength: float) -> None:
    rng = np.random.default_rng(seed)
    R = np.corrcoef(strength * rng.normal(size=(25, 1)) + rng.normal(size=(25, items)), rowvar=False)
    found = fit_one_factor(R)
    assert found.converged
    assert found.discrepancy >= -1e-9
    assert ((found.uniquenesses >= LEAST_UNIQUE - 1e-12) & (found.uniquenesses <= 1)).all()
    assert (np.abs(found.loadings) <= 1 + 1e-6).all()
    inside = ~found.at_bound
    assert (found.loadings**2 + found.uniquenesses)[inside] == pytest.approx(1, abs=2e-3)
    assert found.loadings.sum() >= 0


def test_an_item_that_hangs_together_with_nothing_gets_no_loading() -> None:
    R = np.eye(5)
    R[:4, :4] = random_correlations(4, 1)
    with_it, without_it = fit_one_factor(R), fit_one_factor(R[:4, :4])
    assert with_it.loadings == pytest.approx([*without_it.loadings, 0], abs=1e-6)
    nothing = fit_one_factor(np.eye(4))
    assert np.isfinite(nothing.loadings).all() and nothing.discrepancy == pytest.approx(0, abs=1e-9)


# --------------------------------------------------------------------------------------------- omega


def test_omega_is_the_one_of_the_model_that_made_the_answers() -> None:
    # Loadings .5, .8, 1.2 and .9 with unique variances .75, .36, .56 and 1.19 add up to
    # 3.4² / (3.4² + 2.86); alpha is lower, because the loadings differ.
    loadings, unique = np.array([0.5, 0.8, 1.2, 0.9]), np.array([0.75, 0.36, 0.56, 1.19])
    covariance = np.outer(loadings, loadings) + np.diag(unique)
    scores = with_covariance(covariance)
    assert omega_of(scores).value == pytest.approx(11.56 / 14.42, abs=1e-6)
    alpha = 4 / 3 * (1 - np.trace(covariance) / covariance.sum())
    assert alpha_of(scores).value == pytest.approx(alpha, abs=1e-9)
    assert alpha < 11.56 / 14.42


def test_alpha_and_omega_are_equal_when_all_loadings_are() -> None:
    scores = with_covariance(np.full((5, 5), 0.49) + np.diag([0.51, 0.3, 0.9, 0.7, 0.2]))
    assert omega_of(scores).value == pytest.approx(alpha_of(scores).value, abs=1e-6)


def test_omega_and_the_model_behind_it_are_those_of_r() -> None:
    found = omega_of(np.tile(ATTITUDE, (4, 1)))
    # factanal(attitude[rep(1:30, 4), ], 1, rotation = "none")
    loadings = [0.852477362623, 0.902241081330, 0.592705559053, 0.730696667645]
    loadings += [0.764994330052, 0.246092770116, 0.377845302078]
    assert found.loadings == pytest.approx(loadings, abs=1e-5)
    # lavaan's cfa() of one factor on the same data, with its loadings and variances in the formula.
    assert found.value == pytest.approx(0.856326836775, abs=1e-6)
    # psych::omega(nfactors = 1, fm = "ml") takes the standardised items and their observed variance.
    R = np.corrcoef(ATTITUDE, rowvar=False)
    assert 1 - sum(found.uniquenesses) / R.sum() == pytest.approx(0.848156187752, abs=1e-5)
    assert found.heywood == ()


def test_the_interval_of_omega_is_that_of_r() -> None:
    # 10,000 resamples of the 120 rows (set.seed(1)), factanal on each: percentiles .803564 and .893763,
    # with an item at its bound in one resample.
    found = omega_of(np.tile(ATTITUDE, (4, 1)), draws=10_000, seed=7)
    # Each end is a percentile of 10,000 draws: its standard error is about .0005 above, .0009 below.
    assert found.interval.low == pytest.approx(0.803565, abs=0.004)
    assert found.interval.high == pytest.approx(0.893763, abs=0.002)
    assert (found.draws, found.unsolved_draws) == (10_000, 0)
    assert found.heywood_draws <= 8


def test_the_same_seed_gives_the_same_interval_and_another_one_nearly() -> None:
    scores = np.tile(ATTITUDE, (4, 1))
    assert omega_of(scores, 400, seed=1) == omega_of(scores, 400, seed=1)
    one, two = omega_of(scores, 400, seed=1).interval, omega_of(scores, 400, seed=2).interval
    assert one != two
    assert (one.low, one.high) == pytest.approx((two.low, two.high), abs=0.02)
    generator = reliability(scores, draws=400, seed=np.random.default_rng(1))
    assert generator == reliability(scores, draws=400, seed=1)


def test_neither_order_nor_unit_of_the_answers_matters() -> None:
    scores = np.tile(ATTITUDE, (4, 1))
    other = reliability(3 + 2.5 * scores[::-1, ::-1], draws=100, seed=1)
    assert isinstance(other.alpha, Coefficient) and isinstance(other.omega, Omega)
    assert other.alpha.value == pytest.approx(alpha_of(scores).value, abs=1e-9)
    assert other.omega.value == pytest.approx(omega_of(scores).value, abs=1e-6)


def test_an_item_that_hardly_varies_does_not_spoil_the_interval() -> None:
    # One person in 120 answers the last item differently: in three draws of eight it does not vary at all.
    scores = np.column_stack([np.tile(ATTITUDE, (4, 1)), np.arange(120) == 0])
    without, found = omega_of(scores[:, :-1], 1000), omega_of(scores, 1000)
    assert found.unsolved_draws == 0
    assert (found.interval.low, found.interval.high) == pytest.approx(
        (without.interval.low, without.interval.high), abs=0.01
    )


def test_a_warning_starts_below_seventy_hundredths() -> None:
    interval = feldt_interval(0.7, 100, 5)
    assert Coefficient(0.6999, interval).warn
    assert not Coefficient(0.70, interval).warn
    weak = with_covariance(np.full((4, 4), 0.1) + 0.9 * np.eye(4))  # alpha is 4/3 * (1 - 4/5.2) = .31
    assert alpha_of(weak).warn and omega_of(weak).warn


# ------------------------------------------------------------------------------------------ real data


@with_real_data
def test_the_leadership_scale_has_the_reliability_that_r_finds() -> None:
    people = pd.read_csv(DATA)
    found = reliability(people.iloc[:, 1:12].to_numpy(), draws=100, seed=1)
    assert (found.n, found.items) == (5400, 11)
    assert isinstance(found.alpha, Coefficient) and isinstance(found.omega, Omega)
    assert found.alpha.value == pytest.approx(0.891343259786, abs=1e-11)  # psych::alpha
    bounds = (found.alpha.interval.low, found.alpha.interval.high)
    assert bounds == pytest.approx((0.886994468546, 0.895592503479), abs=1e-11)
    assert found.omega.value == pytest.approx(0.891813220728, abs=1e-6)  # lavaan
    loadings = [0.526919533742, 0.547225610292, 0.688904175050, 0.557241228103, 0.626915624420, 0.641285032933]
    loadings += [0.699176885286, 0.739585636098, 0.730239223000, 0.751500179631, 0.676491286597]
    assert found.omega.loadings == pytest.approx(loadings, abs=1e-5)  # factanal


@with_real_data
def test_a_short_scale_among_some_of_the_people_has_the_reliability_that_r_finds() -> None:
    people = pd.read_csv(DATA)[["AF06", "AF07", "AP12", "AS14", "AS28"]].to_numpy()[:300]
    assert alpha_of(people).value == pytest.approx(0.778983590767, abs=1e-11)  # psych::alpha
    assert omega_of(people).value == pytest.approx(0.780577655488, abs=1e-6)  # lavaan


# ------------------------------------------------------------------------------------------ refusals


def test_below_a_hundred_respondents_nothing_is_given() -> None:
    scores = np.tile(ATTITUDE, (4, 1))
    few, enough = (reliability(scores[:n], draws=100, seed=1) for n in (99, 100))
    assert (few.n, few.alpha, few.omega) == (99, Refusal.TOO_FEW_PEOPLE, Refusal.TOO_FEW_PEOPLE)
    assert isinstance(enough.alpha, Coefficient) and isinstance(enough.omega, Omega)
    nobody = reliability(np.empty((0, 5)), draws=100, seed=1)
    assert nobody.alpha is nobody.omega is Refusal.TOO_FEW_PEOPLE


def test_two_items_have_an_alpha_and_no_omega_and_one_item_has_neither() -> None:
    scores = np.tile(ATTITUDE, (4, 1))
    two, one = (reliability(scores[:, :items], draws=100, seed=1) for items in (2, 1))
    assert isinstance(two.alpha, Coefficient) and two.omega is Refusal.TOO_FEW_ITEMS
    assert one.alpha is one.omega is Refusal.TOO_FEW_ITEMS
    none = reliability(np.empty((120, 0)), draws=100, seed=1)
    assert none.alpha is none.omega is Refusal.TOO_FEW_ITEMS


def test_an_item_on_which_all_agree_has_no_reliability() -> None:
    scores = np.column_stack([np.tile(ATTITUDE, (4, 1)), np.full(120, 3)])
    found = reliability(scores, draws=100, seed=1)
    assert found.alpha is found.omega is Refusal.CONSTANT_ITEM


def test_items_that_cancel_out_have_no_alpha() -> None:
    answer = np.tile([1, 2, 3, 4, 5], 24)
    assert reliability(np.column_stack([answer, 6 - answer]), draws=100, seed=1).alpha is Refusal.CONSTANT_TOTAL


def test_items_that_hardly_anybody_answers_differently_have_no_omega() -> None:
    # Three items, each with one dissenter: most draws miss at least one of the three.
    scores = np.zeros((120, 3), dtype=np.int8)
    scores[[0, 1, 2], [0, 1, 2]] = 1
    assert reliability(scores, draws=200, seed=1).omega is Refusal.NOT_DETERMINED


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        (np.zeros(120), "one row for each respondent"),
        (np.zeros((120, 3), dtype=np.bool_), "hand in numbers"),
        (np.full((120, 3), np.nan), "answered every item"),
        (np.full((120, 3), np.inf), "answered every item"),
        (np.full((120, 3), missing_code(np.dtype(np.int8)), dtype=np.int8), "answered every item"),
    ],
)
def test_gaps_and_what_is_no_matrix_are_refused(scores: npt.ArrayLike, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        reliability(scores, draws=100, seed=1)


def test_too_few_draws_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 100 draws, not 99"):
        reliability(np.tile(ATTITUDE, (4, 1)), draws=99, seed=1)


@pytest.mark.parametrize(
    ("alpha", "n", "items", "level", "message"),
    [
        (1.01, 100, 5, 0.95, "at most 1, not 1.01"),
        (float("nan"), 100, 5, 0.95, "at most 1, not nan"),
        (0.8, 1, 5, 0.95, "at least two respondents"),
        (0.8, 100, 1, 0.95, "two items"),
        (0.8, 100, 5, 0.0, "between 0 and 1"),
        (0.8, 100, 5, 1.0, "between 0 and 1"),
    ],
)
def test_impossible_alphas_are_refused(alpha: float, n: int, items: int, level: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        feldt_interval(alpha, n, items, level)


@pytest.mark.parametrize(
    ("correlations", "message"),
    [
        (np.eye(2), "at least three items"),
        (np.ones((3, 4)), "square matrices"),
        (np.ones(3), "square matrices"),
        (2 * np.eye(3), "hand in correlations"),
        (np.eye(3) + np.eye(3, k=1) / 2, "hand in correlations"),
        (np.full((3, 3), np.nan), "hand in correlations"),
    ],
)
def test_what_is_no_correlation_matrix_is_refused(correlations: Matrix, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit_one_factor(correlations)
