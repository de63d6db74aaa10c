"""Logistic models: against statsmodels, R, closed forms and brute force.

``data_endometrial.csv`` is the endometrial cancer study of Heinze and Schemper (2002,
doi 10.1002/sim.1047), 79 women, as printed by ``data(endometrial)`` of R's brglm2 0.9: NV
(neovasculation, 0/1) quasi-separates HG (histology, 0/1); PI and EH are continuous.
"""

from __future__ import annotations

import math
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import optimize, stats
from scipy.special import expit

from analysis.estimate import Interval
from analysis.logistic import Separated, enough_events, fit_logit, profile_interval, separated

Array = NDArray[np.float64]

TABLE = np.loadtxt(Path(__file__).with_name("data_endometrial.csv"), delimiter=",", skiprows=1)
NV, PI, EH, HG = TABLE.T
ONES = np.ones(len(HG))
WITH_NV = np.column_stack([ONES, NV, PI, EH])
WITHOUT_NV = np.column_stack([ONES, PI, EH])


def both(interval: Interval) -> tuple[float, float]:
    return interval.low, interval.high


def survey(seed: int, n: int = 300) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(n), rng.normal(size=n), rng.integers(0, 2, n), rng.gamma(2.0, size=n)])
    return X, (rng.random(n) < expit(X @ [-0.8, 0.7, 0.5, -0.3])).astype(float)


# ---------------------------------------------------------------------------------- maximum likelihood


@pytest.mark.parametrize("seed", range(5))
def test_maximum_likelihood_is_that_of_statsmodels(seed: int) -> None:
    X, y = survey(seed)
    fit = fit_logit(X, y)
    theirs = sm.Logit(y, X).fit(disp=0, method="newton", tol=1e-14)
    robust = sm.Logit(y, X).fit(disp=0, method="newton", tol=1e-14, cov_type="HC0")
    assert not fit.firth
    assert fit.n == 300
    assert fit.coefficients == pytest.approx(theirs.params, abs=1e-9)
    assert fit.covariance == pytest.approx(theirs.cov_params(), abs=1e-9)
    assert fit.standard_errors == pytest.approx(theirs.bse, abs=1e-9)
    assert fit.sandwich == pytest.approx(robust.cov_params() * 300 / 299, abs=1e-9)
    assert fit.log_likelihood == pytest.approx(theirs.llf, abs=1e-9)
    assert fit.predict(X) == pytest.approx(theirs.predict(X), abs=1e-9)


def test_errors_are_those_of_r_for_the_model_and_for_the_design() -> None:
    # R 4.2.2, glm(HG ~ PI + EH, binomial) and survey 4.1.1, svyglm(HG ~ PI + EH, quasibinomial) with
    # svydesign(ids = ~1, weights = ~1); both with epsilon = 1e-14.
    fit = fit_logit(WITHOUT_NV, HG)
    assert fit.coefficients == pytest.approx([5.4392097758489, -0.0195996123111, -3.6930643397401], abs=1e-9)
    # R takes the errors from the weights one step before the last, which is seen in the eighth decimal.
    assert fit.standard_errors == pytest.approx([1.4511616516180, 0.0347443914152, 0.8302161464961], abs=1e-7)
    assert np.sqrt(np.diag(fit.sandwich)) == pytest.approx([1.6674017073, 0.0449912906948, 1.0411706887], abs=1e-7)
    assert fit.log_likelihood == pytest.approx(-32.3754516848, abs=1e-9)


def test_one_yes_or_no_predictor_gives_the_odds_ratio_of_the_table() -> None:
    # 12 of 40 against 30 of 50: odds ratio (30/20)/(12/28) = 3.5, squared error 1/12 + 1/28 + 1/30 + 1/20.
    x = np.repeat([0.0, 0.0, 1.0, 1.0], [12, 28, 30, 20])
    y = np.repeat([1.0, 0.0, 1.0, 0.0], [12, 28, 30, 20])
    fit = fit_logit(np.column_stack([np.ones(90), x]), y)
    assert fit.coefficients[1] == pytest.approx(math.log(3.5), abs=1e-10)
    assert fit.covariance[1, 1] == pytest.approx(1 / 12 + 1 / 28 + 1 / 30 + 1 / 20, abs=1e-10)


def test_the_unit_of_a_predictor_does_not_matter() -> None:
    X, y = survey(9)
    scale = np.array([1.0, 1e4, 1.0, 1e-4])
    assert fit_logit(X * scale, y).coefficients * scale == pytest.approx(fit_logit(X, y).coefficients, abs=1e-8)


# ------------------------------------------------------------------------------------------------ Firth


def test_the_published_example_of_firths_likelihood_comes_out() -> None:
    fit = fit_logit(WITH_NV, HG, firth=True)
    # Intercept, NV, PI and EH as published by Heinze and Schemper (2002).
    assert [round(b, 3) for b in fit.coefficients.tolist()] == [3.775, 2.929, -0.035, -2.604]
    # R 4.2.2, brglm2 0.9: glm(HG ~ NV + PI + EH, binomial, method = "brglmFit", type = "AS_mean", epsilon = 1e-14).
    expected = [3.7745597136471, 2.9292733531971, -0.0347517598704, -2.6041639252937]
    assert fit.coefficients == pytest.approx(expected, abs=1e-8)
    errors = [1.4886916634357, 1.5507637294530, 0.0395781473478, 0.7760176425016]
    assert fit.standard_errors == pytest.approx(errors, abs=1e-8)
    assert fit.log_likelihood == pytest.approx(-24.0372678007, abs=1e-9)  # the same, by optim() in R


def test_firth_takes_over_only_where_maximum_likelihood_fails() -> None:
    chosen = fit_logit(WITH_NV, HG)
    assert chosen.firth
    assert chosen.coefficients == pytest.approx(fit_logit(WITH_NV, HG, firth=True).coefficients, abs=1e-12)
    assert not fit_logit(WITHOUT_NV, HG).firth


@pytest.mark.parametrize(("yes", "n"), [(0, 12), (1, 12), (6, 12), (12, 12), (37, 250)])
def test_firth_adds_half_a_yes_and_half_a_no_to_a_single_share(yes: int, n: int) -> None:
    # Jeffreys' prior for one share: (yes + 1/2) / (n + 1).
    y = np.repeat([1.0, 0.0], [yes, n - yes])
    fit = fit_logit(np.ones((n, 1)), y, firth=True)
    assert expit(fit.coefficients[0]) == pytest.approx((yes + 0.5) / (n + 1), abs=1e-10)


def test_firth_adds_half_to_every_cell_of_a_two_by_two_table() -> None:
    # Saturated, so each group is a single share: 0 of 9 and 5 of 11.
    x = np.repeat([0.0, 1.0, 1.0], [9, 5, 6])
    y = np.repeat([0.0, 1.0, 0.0], [9, 5, 6])
    fit = fit_logit(np.column_stack([np.ones(20), x]), y)
    assert fit.firth
    expected = [math.log(0.5 / 9.5), math.log(5.5 / 6.5) - math.log(0.5 / 9.5)]
    assert fit.coefficients == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_firth_maximises_the_penalised_likelihood(seed: int) -> None:
    X, y = survey(seed, n=40)

    def penalised(b: Array) -> float:
        p = expit(X @ b)
        information = X.T @ np.diag(p * (1 - p)) @ X
        likelihood = float(np.log(np.where(y == 1, p, 1 - p)).sum())
        return likelihood + 0.5 * math.log(np.linalg.det(information))

    fit = fit_logit(X, y, firth=True)
    found = optimize.minimize(lambda b: -penalised(b), np.zeros(4), method="Nelder-Mead", options={
        "xatol": 1e-9, "fatol": 1e-12, "maxiter": 10_000, "maxfev": 10_000
    })  # fmt: skip
    assert fit.coefficients == pytest.approx(found.x, abs=1e-6)
    assert fit.log_likelihood == pytest.approx(-found.fun, abs=1e-9)


def test_firth_has_next_to_no_bias_over_all_answers_that_eight_people_can_give() -> None:
    # Every outcome weighted with its chance, so without simulation; in 16 of the 256 maximum likelihood has no slope.
    X = np.column_stack([np.ones(8), np.linspace(-1.5, 1.5, 8)])
    p = expit(X @ [0.2, 0.6])
    expected = 0.0
    for outcome in product((0.0, 1.0), repeat=8):
        y = np.array(outcome)
        expected += float(np.prod(np.where(y == 1, p, 1 - p)) * fit_logit(X, y, firth=True).coefficients[1])
    assert expected == pytest.approx(0.6, abs=0.02)


def test_firth_and_maximum_likelihood_meet_in_large_samples() -> None:
    X, y = survey(3, n=20_000)
    plain, firth = fit_logit(X, y, firth=False), fit_logit(X, y, firth=True)
    difference = np.abs(plain.coefficients - firth.coefficients)
    assert 0 < difference.max() < 2e-3
    assert firth.sandwich == pytest.approx(plain.sandwich, rel=2e-2, abs=1e-6)


# ------------------------------------------------------------------------------------------- separation


def test_separation_is_told_and_does_not_blow_up() -> None:
    with pytest.raises(Separated, match="firth=True"):
        fit_logit(WITH_NV, HG, firth=False)


@pytest.mark.parametrize("yes", [0, 12])
def test_an_outcome_that_everybody_or_nobody_has_is_separated(yes: int) -> None:
    X = np.column_stack([np.ones(12), np.arange(12.0)])
    y = np.repeat([1.0, 0.0], [yes, 12 - yes])
    assert separated(X, y)
    fit = fit_logit(X, y)
    assert fit.firth
    assert np.isfinite(fit.covariance).all()
    assert np.isfinite(fit.sandwich).all()


def test_separation_is_what_can_be_seen_on_one_scale() -> None:
    # With an intercept and one predictor: all noes at or below all yeses, or the other way round, for every outcome.
    x = np.array([1.0, 2, 2, 3, 4, 5])
    X = np.column_stack([np.ones(6), x])
    for outcome in product((0.0, 1.0), repeat=6):
        y = np.array(outcome)
        yes, no = x[y == 1], x[y == 0]
        seen = not yes.size or not no.size or yes.min() >= no.max() or yes.max() <= no.min()
        assert separated(X, y) == seen, outcome
        assert fit_logit(X, y).firth == seen, outcome


def test_an_outlier_far_out_is_not_taken_for_separation() -> None:
    X, y = survey(4)
    X[0, 1], y[0] = 40.0, 1.0  # fitted log-odds of about thirty, on the right side
    assert not separated(X, y)
    assert not fit_logit(X, y).firth


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_there_is_always_a_finite_estimate_whatever_the_answers(data: st.DataObject) -> None:
    n = data.draw(st.integers(4, 25))
    whole = st.lists(st.integers(0, 3), min_size=n, max_size=n)
    X = np.column_stack([np.ones(n), data.draw(whole), data.draw(whole)])
    y = np.array(data.draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)), dtype=float)
    if np.linalg.matrix_rank(X) < 3:
        with pytest.raises(ValueError, match="follows from the other"):
            fit_logit(X, y)
        return
    fit = fit_logit(X, y)
    assert fit.firth == separated(X, y)
    for numbers in (fit.coefficients, fit.covariance, fit.sandwich):
        assert np.isfinite(numbers).all()
    assert (fit.standard_errors > 0).all()
    p = fit.predict(X)
    if not fit.firth:  # the likelihood equations
        assert X.T @ (y - p) == pytest.approx(np.zeros(3), abs=1e-6)


# --------------------------------------------------------------------------------------- profile intervals


def test_profile_intervals_with_firth_are_those_of_logistf() -> None:
    # R's logistf, as quoted by the tests of the Python package firthlogist 0.5.0; to more digits from R 4.2.2 with
    # the penalised likelihood written out, optim(method = "BFGS", reltol = 1e-15) and uniroot(tol = 1e-8).
    fit = fit_logit(WITH_NV, HG, firth=True)
    logistf = [(1.0825371, 7.2092805), (0.6097244, 7.8546317), (-0.1244587, 0.0404555), (-4.3651832, -1.2327211)]
    by_hand = [
        (1.08253712111, 7.20928049525), (0.609724436384, 7.854631698140),
        (-0.124458720768, 0.040455473182), (-4.36518324411, -1.23272106168),
    ]  # fmt: skip
    for column in range(4):
        found = both(profile_interval(fit, column))
        assert found == pytest.approx(logistf[column], abs=1e-6)
        assert found == pytest.approx(by_hand[column], abs=1e-7)


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (0.95, [(2.88329092179, 8.65806651085), (-0.0916994168145, 0.0464686658271), (-5.54132335088, -2.25020286925)]),
        (0.90, [(3.25998771269, 8.08512212293), (-0.0794605641532, 0.0359923743797), (-5.21211931847, -2.45921629808)]),
    ],
)
def test_profile_intervals_of_maximum_likelihood_are_those_of_r(
    level: float, expected: list[tuple[float, float]]
) -> None:
    # R 4.2.2: glm.fit(..., offset = value * column) and uniroot(tol = 1e-10); confint(glm(HG ~ PI + EH, binomial)),
    # which interpolates, agrees to 4e-4.
    fit = fit_logit(WITHOUT_NV, HG)
    for column in range(3):
        assert both(profile_interval(fit, column, level)) == pytest.approx(expected[column], abs=1e-8)


def test_a_single_share_has_the_likelihood_interval_of_the_binomial() -> None:
    # 7 of 25: where 2 (l(p) - l(7/25)) is minus the chi-squared quantile.
    fit = fit_logit(np.ones((25, 1)), np.repeat([1.0, 0.0], [7, 18]))
    for bound in both(profile_interval(fit, 0, 0.9)):
        p = float(expit(bound))
        lost = 2 * (7 * math.log(0.28 / p) + 18 * math.log(0.72 / (1 - p)))
        assert lost == pytest.approx(stats.chi2.ppf(0.9, 1), abs=1e-7)


# --------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("yes", "no", "parameters", "enough"),
    [(30, 300, 3, True), (29, 300, 3, False), (300, 29, 3, False), (300, 30, 3, True), (0, 0, 1, False)],
)
def test_every_parameter_asks_for_ten_yeses_and_ten_noes(yes: int, no: int, parameters: int, enough: bool) -> None:
    assert enough_events(np.repeat([1, 0], [yes, no]), parameters) is enough


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (np.ones((3, 1)), [0, 1, 2], "0 or 1"),
        (np.ones((3, 1)), [0, 1, np.nan], "complete cases"),
        ([[1.0], [np.nan], [1.0]], [0, 1, 1], "complete cases"),
        (np.ones((4, 1)), [0, 1, 1], "one row for each"),
        (np.ones(3), [0, 1, 1], "one row for each"),
        (np.empty((3, 0)), [0, 1, 1], "one row for each"),
        ([[1.0, 1.0], [1.0, 2.0]], [0, 1], "more than 2 respondents"),
        ([[1.0, 2.0], [1.0, 2.0], [1.0, 2.0]], [0, 1, 1], "follows from the other"),
        ([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]], [0, 1, 1], "follows from the other"),
    ],
)
def test_tables_that_cannot_be_fitted_are_refused(X: object, y: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit_logit(X, y)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("column", "level", "message"), [(3, 0.95, "from 0 to 2"), (-1, 0.95, "from 0"), (0, 1.0, "level")]
)
def test_intervals_of_what_is_not_there_are_refused(column: int, level: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        profile_interval(fit_logit(WITHOUT_NV, HG), column, level)
