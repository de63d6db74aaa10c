"""Demands and autonomy: against statsmodels by hand, the bootstrap, Newcombe and hand-worked tables."""

from __future__ import annotations

import math
from itertools import pairwise, product

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import optimize
from scipy.special import expit, logit
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from analysis.estimate import Interval
from analysis.interaction import Contrast, Reason, Refused, contrast_of_cells, interaction_contrast
from analysis.logistic import fit_logit

Array = NDArray[np.float64]
SIGNS = [1, -1, -1, 1]


def both(interval: Interval) -> tuple[float, float]:
    return interval.low, interval.high


def organisation(seed: int, n: int = 500, product_term: float = -0.2) -> tuple[Array, Array, Array, Array]:
    """Demands (1–5), autonomy (0–100), tired or not, and two covariates."""
    rng = np.random.default_rng(seed)
    demands = np.clip(rng.normal(3, 0.8, n), 1, 5)
    autonomy = np.clip(60 - 8 * (demands - 3) + rng.normal(0, 18, n), 0, 100)
    care, age = rng.integers(0, 2, n).astype(float), rng.normal(size=n)
    z, a = (demands - 3) / 0.8, (autonomy - 60) / 18
    p = expit(-1.0 + 0.6 * z - 0.5 * a + product_term * z * a + 0.4 * care - 0.2 * age)
    return demands, autonomy, (rng.random(n) < p).astype(float), np.column_stack([care, age])


def standardised(values: Array) -> Array:
    return (values - values.mean()) / values.std(ddof=1)


def contrast(*arguments: Array) -> Contrast:
    found = interaction_contrast(*arguments)
    assert isinstance(found, Contrast)
    return found


# ------------------------------------------------------------------------------------------ from a model


@pytest.mark.parametrize("seed", range(3))
def test_the_contrast_is_that_of_statsmodels_predictions_averaged_by_hand(seed: int) -> None:
    demands, autonomy, tired, covariates = organisation(seed)
    found = contrast(demands, autonomy, tired, covariates)
    z, a = standardised(demands), standardised(autonomy)
    model = sm.Logit(tired, np.column_stack([np.ones(500), z, a, z * a, covariates]))
    fit = model.fit(disp=0, method="newton", tol=1e-14, cov_type="HC0")
    tables = [
        np.column_stack([np.ones(500), np.full(500, d), np.full(500, c), np.full(500, d * c), covariates])
        for d, c in [(1, 1), (1, -1), (-1, 1), (-1, -1)]
    ]
    expected = [float(fit.predict(table).mean()) for table in tables]
    assert list(found.corners) == pytest.approx(expected, abs=1e-9)
    assert found.contrast == pytest.approx(np.dot(SIGNS, expected), abs=1e-9)
    assert found.n == 500 and found.product is not None and not found.product.firth
    # The delta method with a gradient by finite differences, and the sandwich of statsmodels (times n / (n - 1)).
    gradient = optimize.approx_fprime(
        fit.params, lambda b: float(np.dot(SIGNS, [expit(table @ b).mean() for table in tables])), 1e-7
    )
    error = math.sqrt(gradient @ fit.cov_params() @ gradient * 500 / 499)
    assert found.error == pytest.approx(error, rel=1e-5)
    assert both(found.interval) == pytest.approx(
        (found.contrast - 1.959964 * error, found.contrast + 1.959964 * error), abs=1e-5
    )
    assert found.product.log_odds == pytest.approx(fit.params[3], abs=1e-9)
    # Where the profile ends, twice the log-likelihood without that freedom lies 3.84 below the top.
    rest, term = np.delete(model.exog, 3, axis=1), model.exog[:, 3]
    for bound in both(found.product.interval):
        held = sm.GLM(tired, rest, family=sm.families.Binomial(), offset=bound * term).fit(tol=1e-14)
        assert 2 * (fit.llf - held.llf) == pytest.approx(3.841459, abs=1e-6)


def test_the_standard_error_is_the_spread_of_the_bootstrap() -> None:
    demands, autonomy, tired, covariates = organisation(7)
    found = contrast(demands, autonomy, tired, covariates)
    z, a = standardised(demands), standardised(autonomy)
    design = np.column_stack([np.ones(500), z, a, z * a, covariates])
    rng = np.random.default_rng(1)
    spread = []
    for _ in range(1000):  # the covariates that the corners are averaged over stay as they are
        drawn = rng.integers(0, 500, 500)
        b = fit_logit(design[drawn], tired[drawn], firth=False).coefficients
        rest = b[0] + covariates @ b[4:]
        corners = [expit(rest + d * b[1] + c * b[2] + d * c * b[3]).mean() for d, c in product((1, -1), repeat=2)]
        spread.append(np.dot(SIGNS, corners))
    assert found.error == pytest.approx(np.std(spread), rel=0.08)  # the bootstrap itself is good to about 2%


def test_two_even_halves_without_covariates_give_the_contrast_of_the_four_cells() -> None:
    # 1,000 people in each quadrant; one standard deviation is .99987 of the way to each of them.
    yes = [400, 620, 300, 350]
    demands = np.repeat([1.0, 1.0, 0.0, 0.0], 1000)
    autonomy = np.repeat([1.0, 0.0, 1.0, 0.0], 1000)
    tired = np.concatenate([np.repeat([1.0, 0.0], [k, 1000 - k]) for k in yes])
    model = contrast(demands, autonomy, tired)
    cells = contrast_of_cells([k / 1000 for k in yes], [1000] * 4)
    assert list(model.corners) == pytest.approx(list(cells.corners), abs=5e-5)
    assert model.contrast == pytest.approx(-0.17, abs=5e-5)
    assert model.error == pytest.approx(cells.error, rel=5e-4)
    assert both(model.interval) == pytest.approx(both(cells.interval), abs=1e-3)  # MOVER is not quite symmetric
    # Both z-scores differ by two between the halves, so the product's coefficient is a quarter of the contrast.
    assert model.product is not None
    assert 4 * model.product.log_odds == pytest.approx(np.dot(SIGNS, logit(cells.corners)), abs=1e-3)


def test_high_demands_with_little_autonomy_worse_than_the_sum_is_a_contrast_below_zero() -> None:
    # Low demands and much autonomy 20%, high demands alone 30%, little autonomy alone 30%, both 60% where
    # the sum would be 40%: 20 points beyond it.
    found = contrast_of_cells([0.30, 0.60, 0.20, 0.30], [400] * 4)
    assert found.contrast == pytest.approx(-0.20)
    assert found.beyond_the_sum == pytest.approx(0.20)
    assert found.direction == 1
    assert contrast_of_cells([0.60, 0.30, 0.30, 0.20], [400] * 4).direction == -1
    assert contrast_of_cells([0.30, 0.41, 0.20, 0.30], [400] * 4).direction == 0


def test_turning_both_scales_round_changes_the_corners_and_not_the_contrast() -> None:
    demands, autonomy, tired, covariates = organisation(4)
    one, other = contrast(demands, autonomy, tired, covariates), contrast(-demands, -autonomy, tired, covariates)
    assert list(one.corners) == pytest.approx(list(other.corners)[::-1], abs=1e-9)
    assert one.contrast == pytest.approx(other.contrast, abs=1e-9)
    half = contrast(demands, -autonomy, tired, covariates)
    assert half.contrast == pytest.approx(-one.contrast, abs=1e-9)
    assert half.error == pytest.approx(one.error, abs=1e-9)


def test_the_unit_of_the_scales_does_not_matter() -> None:
    demands, autonomy, tired, covariates = organisation(5)
    one, other = (
        contrast(demands, autonomy, tired, covariates),
        contrast(demands * 25 - 10, autonomy / 100, tired, covariates),
    )
    assert one.contrast == pytest.approx(other.contrast, abs=1e-9)
    assert both(one.interval) == pytest.approx(both(other.interval), abs=1e-9)


def thin(lonely: int) -> tuple[Array, Array, Array]:
    """400 people; of the 40 with much autonomy ``lonely`` are tired."""
    rng = np.random.default_rng(3)
    demands = np.tile(np.linspace(-1, 1, 40), 10)
    autonomy = np.repeat([1.0, 0.0], [40, 360])
    tired = np.where(autonomy == 0, rng.random(400) < expit(-1 + demands), False).astype(float)
    tired[rng.permutation(40)[:lonely]] = 1.0
    return demands, autonomy, tired


@pytest.mark.parametrize(("lonely", "firth"), [(0, True), (1, True), (4, True), (5, False), (12, False)])
def test_firth_is_used_when_fewer_than_five_people_stand_in_a_margin(lonely: int, firth: bool) -> None:
    found = contrast(*thin(lonely))
    assert found.product is not None and found.product.firth is firth
    assert found.product.interval.low < found.product.log_odds < found.product.interval.high
    assert 0 < found.error < 1
    assert -2 <= found.interval.low < found.contrast < found.interval.high <= 2


def test_with_firth_the_error_is_that_of_the_model_and_not_of_an_empty_cell() -> None:
    demands, autonomy, tired = thin(0)
    found = contrast(demands, autonomy, tired)
    z, a = standardised(demands), standardised(autonomy)
    design = np.column_stack([np.ones(400), z, a, z * a])
    fit = fit_logit(design, tired, firth=True)
    corners = np.array([[1.0, d, c, d * c] for d, c in product((1, -1), repeat=2)])
    gradient = optimize.approx_fprime(fit.coefficients, lambda b: float(np.dot(SIGNS, expit(corners @ b))), 1e-8)
    assert found.error == pytest.approx(math.sqrt(gradient @ fit.covariance @ gradient), rel=1e-4)


def test_in_an_almost_empty_group_the_sandwich_would_be_far_too_sure() -> None:
    # The reason for the model-based error with Firth: how often 95% intervals cover the true contrast.
    rng = np.random.default_rng(1)
    z = standardised(rng.normal(size=400))
    a = standardised(np.repeat([1.0, 0.0], [40, 360]))
    design = np.column_stack([np.ones(400), z, a, z * a])
    corners = np.array([[1.0, d, c, d * c] for d, c in product((1, -1), repeat=2)])
    b = np.array([-1.2, 0.6, -0.6, -0.1])
    true, covered = float(np.dot(SIGNS, expit(corners @ b))), []
    for _ in range(200):
        tired = (rng.random(400) < expit(design @ b)).astype(float)
        if tired[:40].sum() >= 5:
            continue
        fit = fit_logit(design, tired, firth=True)
        p = fit.predict(corners)
        gradient = np.dot(SIGNS, (p * (1 - p))[:, None] * corners)
        errors = [math.sqrt(gradient @ covariance @ gradient) for covariance in (fit.sandwich, fit.covariance)]
        covered.append([abs(float(np.dot(SIGNS, p)) - true) < 1.96 * error for error in errors])
    sandwich, model = np.mean(covered, axis=0)
    assert len(covered) > 100
    assert sandwich < 0.88
    assert model > 0.92


def test_a_covariate_that_separates_does_not_stop_the_contrast() -> None:
    demands, autonomy, tired, _ = organisation(6)
    covariate = np.where(tired == 1, np.arange(500) % 3 == 0, False).astype(float)[:, None]  # only the tired have it
    found = contrast(demands, autonomy, tired, covariate)
    assert found.product is not None and found.product.firth
    assert math.isfinite(found.error)


# ------------------------------------------------------------------------------------------ from four cells


def test_the_hand_worked_table_comes_out() -> None:
    # 20 of 50, 24 of 40, 18 of 60 and 28 of 80: .40 - .60 - .30 + .35 = -.15. Wilson's 95% intervals, with
    # z^2 = 3.8415: .2761–.5382, .4460–.7365, .1990–.4251 and .2545–.4592. Down: .1239, .1365, .1251 and .0955, in
    # quadrature .2424; up: .1382, .1540, .1010 and .1092, in quadrature .2548.
    found = contrast_of_cells([0.40, 0.60, 0.30, 0.35], [50, 40, 60, 80])
    assert found.contrast == pytest.approx(-0.15, abs=1e-12)
    assert both(found.interval) == pytest.approx((-0.15 - 0.2424, -0.15 + 0.2548), abs=1e-4)
    assert found.error == pytest.approx(math.sqrt(0.24 / 50 + 0.24 / 40 + 0.21 / 60 + 0.2275 / 80), abs=1e-12)
    assert found.n == 230


@given(st.lists(st.tuples(st.integers(1, 200), st.floats(0, 1)), min_size=4, max_size=4))
def test_the_interval_is_newcombes_twice_over(cells: list[tuple[int, float]]) -> None:
    # The difference of two differences, each with Newcombe's interval as statsmodels has it.
    n = [size for size, _ in cells]
    yes = [round(size * part) for size, part in cells]
    found = contrast_of_cells([k / size for k, size in zip(yes, n, strict=True)], n)
    high, low = (
        confint_proportions_2indep(yes[i], n[i], yes[i + 1], n[i + 1], method="newcomb", compare="diff") for i in (0, 2)
    )
    one, two = yes[0] / n[0] - yes[1] / n[1], yes[2] / n[2] - yes[3] / n[3]
    assert found.interval.low == pytest.approx(max(-2, one - two - math.hypot(one - high[0], low[1] - two)), abs=1e-8)
    assert found.interval.high == pytest.approx(min(2, one - two + math.hypot(high[1] - one, two - low[0])), abs=1e-8)
    assert found.interval.low <= found.contrast + 1e-12 and found.contrast - 1e-12 <= found.interval.high


def test_four_cells_without_variation_still_have_an_interval() -> None:
    found = contrast_of_cells([0.0, 1.0, 0.0, 0.0], [12, 12, 12, 12])
    assert found.contrast == -1.0
    assert found.error == 0.0
    wide = proportion_confint(0, 12, method="wilson")[1]  # 0 of 12; that of 12 of 12 is its mirror image
    assert found.interval.high == pytest.approx(-1 + math.sqrt(3) * wide, abs=1e-9)
    assert found.interval.low == pytest.approx(-1 - wide, abs=1e-9)


def test_the_interval_covers_the_true_contrast_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    p, n = np.array([0.25, 0.45, 0.15, 0.20]), np.array([30, 25, 40, 35])
    covered = []
    for yes in rng.binomial(n, p, size=(4000, 4)):
        interval = contrast_of_cells((yes / n).tolist(), n.tolist()).interval
        covered.append(interval.low <= -0.15 <= interval.high)
    assert np.mean(covered) == pytest.approx(0.95, abs=0.01)  # three simulation errors of .0034


def test_rounding_widens_the_interval_in_quadrature() -> None:
    # Rounded to 10 points each: the variance grows by 4 * 0.1^2 / 12.
    sharp, blunt = (contrast_of_cells([0.4, 0.6, 0.3, 0.4], [50] * 4, unit=unit) for unit in (0.0, 0.1))
    assert blunt.error**2 - sharp.error**2 == pytest.approx(4 * 0.01 / 12, abs=1e-12)
    for one, other in zip(both(sharp.interval), both(blunt.interval), strict=True):
        grown = (other - sharp.contrast) ** 2 - (one - sharp.contrast) ** 2
        assert grown == pytest.approx(1.959964**2 * 4 * 0.01 / 12, abs=1e-6)


def test_a_lower_level_gives_a_narrower_interval() -> None:
    arguments = organisation(8)
    widths = []
    for level in (0.99, 0.95, 0.8):
        found = interaction_contrast(*arguments, level=level)
        cells = contrast_of_cells([0.4, 0.6, 0.3, 0.35], [50] * 4, level=level)
        assert isinstance(found, Contrast)
        widths.append([found.interval.high - found.interval.low, cells.interval.high - cells.interval.low])
    assert all(one[k] > other[k] for one, other in pairwise(widths) for k in (0, 1))


# --------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize("which", [0, 1, 3])
def test_a_scale_on_which_everybody_is_the_same_is_refused(which: int) -> None:
    arguments = list(organisation(1))
    arguments[which] = np.ones_like(arguments[which])
    assert interaction_contrast(*arguments) == Refused(Reason.CONSTANT_PREDICTOR)


@pytest.mark.parametrize(
    ("yes", "refused"), [(29, True), (30, False), (470, False), (471, True), (0, True), (500, True)]
)
def test_fewer_than_ten_yeses_or_noes_per_coefficient_is_refused(yes: int, refused: bool) -> None:
    demands, autonomy, _, _ = organisation(2)
    tired = np.zeros(500)
    tired[np.random.default_rng(0).permutation(500)[:yes]] = 1.0
    found = interaction_contrast(demands, autonomy, tired)
    assert (found == Refused(Reason.TOO_FEW_EVENTS)) is refused
    assert isinstance(found, Contrast) is not refused


def test_every_covariate_asks_for_ten_more() -> None:
    demands, autonomy, _, covariates = organisation(2)
    tired = np.repeat([1.0, 0.0], [49, 451])[np.random.default_rng(0).permutation(500)]
    assert isinstance(interaction_contrast(demands, autonomy, tired, covariates[:, :1]), Contrast)
    assert interaction_contrast(demands, autonomy, tired, covariates) == Refused(Reason.TOO_FEW_EVENTS)


def test_nobody_at_all_is_refused() -> None:
    assert interaction_contrast([], [], []) == Refused(Reason.TOO_FEW_EVENTS)


def test_scales_that_follow_from_each_other_are_refused() -> None:
    demands, autonomy, tired, covariates = organisation(3)
    again = np.column_stack([covariates, demands * 2 + 1])
    assert interaction_contrast(demands, autonomy, tired, again) == Refused(Reason.COLLINEAR)
    high = (demands > 3).astype(float)
    nobody = np.where(high == 1, 0.0, (autonomy > 60).astype(float))  # high demands with much autonomy do not occur
    assert interaction_contrast(high, nobody, tired) == Refused(Reason.COLLINEAR)


@pytest.mark.parametrize(
    ("demands", "covariates", "message"),
    [
        ([1.0, 2.0], None, "one number for each of the 3"),
        ([1.0, np.nan, 2.0], None, "complete cases"),
        ([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], "one row of covariates"),
        ([1.0, 2.0, 3.0], [[1.0], [np.inf], [2.0]], "complete cases"),
    ],
)
def test_incomplete_answers_are_an_error(demands: list[float], covariates: list[float] | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        interaction_contrast(demands, [1.0, 2.0, 4.0], [0, 1, 1], covariates)


@pytest.mark.parametrize(
    ("shares", "n", "unit", "message"),
    [
        ([0.1, 0.2, 0.3], [10, 10, 10], 0.0, "four shares"),
        ([0.1, 0.2, 0.3, 1.1], [10] * 4, 0.0, "from 0 to 1"),
        ([0.1, 0.2, 0.3, math.nan], [10] * 4, 0.0, "from 0 to 1"),
        ([0.1, 0.2, 0.3, 0.4], [10, 10, 0, 10], 0.0, "above 0"),
        ([0.1, 0.2, 0.3, 0.4], [10] * 4, -0.01, "not negative"),
    ],
)
def test_cells_that_are_no_shares_are_an_error(shares: list[float], n: list[float], unit: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        contrast_of_cells(shares, n, unit=unit)
