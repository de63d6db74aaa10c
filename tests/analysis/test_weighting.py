"""Weights for non-response: against R's survey, svy, statsmodels, hand-worked tables and the jackknife."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import DescrStatsW

from analysis.dataset import IntArray
from analysis.estimate import nonresponse_bounds
from analysis.scoring import FloatArray
from analysis.weighting import Weights, post_stratify, rake, tipping_gap, tipping_line
from analysis.weighting_variance import WeightedEstimate, weighted_mean, weighted_share

# 144 respondents by formula, so that R and Python have the same ones without a file.
I = np.arange(144)  # noqa: E741
UNIT = ((I * I + 3 * I) // 5) % 4
AGE = ((I * 7 + I // 12) % 11) // 4
SEX = (((I**3 + 2 * I) // 7) % 5 < 2).astype(int)
YES = ((5 * I * I + I) // 3) % 9 < 3 + UNIT % 2
VALUE = ((I * 13) % 17) / 4 + SEX
STAFF = {"unit": (70, 40, 60, 70), "age": (60, 80, 100), "sex": (110, 130)}
ANSWERED = {"unit": UNIT, "age": AGE, "sex": SEX}
SHY = {"unit": UNIT, "age": np.where(I % 9 == 4, -1, AGE), "sex": np.where(I % 16 == 5, -1, SEX)}
JOINT, JOINT_STAFF = SEX + 2 * (AGE == 0), (80, 100, 30, 30)

# The sample apisrs of 200 Californian schools in R's survey package, counted by type (E, H, M), school-wide
# target met and award. The population figures stand in the examples of its help page on `rake`.
API = np.array(
    [
        *[(0, 0, 0, 15), (1, 0, 0, 13), (2, 0, 0, 9), (0, 1, 0, 26), (1, 1, 0, 3), (2, 1, 0, 10)],
        *[(0, 1, 1, 101), (1, 1, 1, 9), (2, 1, 1, 14)],
    ]
)
API_TYPE, API_TARGET, API_AWARD, API_COUNT = API[:, 0], API[:, 1], API[:, 2] == 1, API[:, 3].astype(float)
API_STAFF = {"type": (4421, 755, 1018), "target": (1072, 5122)}


def numbers(estimate: WeightedEstimate) -> tuple[float, float, float, float]:
    return estimate.value, estimate.standard_error, estimate.interval.low, estimate.interval.high


def shares_of(weights: Weights, category: IntArray, groups: Sequence[Sequence[int]]) -> list[float]:
    """The weighted share of each group among the people whose category is known."""
    mass = weights.values * weights.counts
    return [float(mass[np.isin(category, group)].sum() / mass[category >= 0].sum()) for group in groups]


def wanted(people: Sequence[float], groups: Sequence[Sequence[int]]) -> list[float]:
    return [sum(people[k] for k in group) / sum(people) for group in groups]


def rows_of(*table: tuple[int, int, int]) -> tuple[dict[str, IntArray], FloatArray]:
    """Categories of margins "a" and "b", and counts."""
    a, b, counts = (np.array(column) for column in zip(*table, strict=True))
    return {"a": a, "b": b}, counts.astype(float)


def groups_of(respondents: Sequence[int], people: Sequence[float]) -> tuple[tuple[int, ...], ...]:
    category = np.repeat(np.arange(len(respondents)), respondents)
    return rake({"m": category}, {"m": people}).groups["m"]


# ------------------------------------------------------------------------------ against R's survey 4.1-1
#
# Each row: value, standard error, low, high; by Debian's r-cran-survey 4.1-1 under R 4.2.2. Weights with
#   d <- svydesign(ids=~1, weights=~w, data=d)          # or fpc=~N in place of weights, N = 240
#   r <- rake(d, list(~unit,~age,~sex), list(pu,pa,ps), control=list(maxit=500, epsilon=1e-13))
# figures with svymean, confint(..., df=degf(r)) and svyciprop(~yes, r, method="logit" or "beta").


@pytest.mark.parametrize(
    ("population", "share", "mean"),
    [
        (
            None,
            (0.372315343204865, 0.044393176135289, 0.289504751214972, 0.463365053103798),
            (2.46636251709259, 0.109037584197929, 2.25082877512743, 2.68189625905775),
        ),
        (
            240,
            (0.372315343204865, 0.0280767098313089, 0.318694061321119, 0.429274066910295),
            (2.46636251709259, 0.0689614233255681, 2.3300470096468, 2.60267802453837),
        ),
    ],
)
def test_raked_figures_and_their_errors_are_those_of_r(
    population: int | None, share: tuple[float, ...], mean: tuple[float, ...]
) -> None:
    weights = rake(ANSWERED, STAFF)
    found = weighted_share(YES, weights, population=population)
    assert numbers(found) == pytest.approx(share, abs=1e-10)
    assert (found.method, found.df, found.n) == ("logit", 143, 144)
    assert numbers(weighted_mean(VALUE, weights, population=population)) == pytest.approx(mean, abs=1e-10)


def test_raked_weights_and_their_design_effect_are_those_of_r() -> None:
    weights = rake(ANSWERED, STAFF)
    expected = [0.756719606222185, 1.03800010216944, 0.692435760573992, 1.16905794473243, 1.18558326110329]
    assert weights.values[[0, 1, 2, 19, 76]] == pytest.approx(expected, abs=1e-11)
    assert weights.kish == pytest.approx(1.2114754843037, abs=1e-11)
    assert weights.effective_n == pytest.approx(144 / 1.2114754843037, abs=1e-8)
    assert weights.converged and weights.trimmed == 0


def test_a_part_of_the_staff_has_the_error_of_a_domain_in_r() -> None:
    weights = rake(ANSWERED, STAFF)
    third = I % 3 == 1  # subset(r, i %% 3 == 1)
    share = (0.406480351547427, 0.0785410067849462, 0.262413271988219, 0.568661843315179)
    assert numbers(weighted_share(YES, weights, third)) == pytest.approx(share, abs=1e-10)
    mean = (2.49605112146715, 0.213996111493265, 2.06554647419551, 2.92655576873878)
    assert numbers(weighted_mean(VALUE, weights, third)) == pytest.approx(mean, abs=1e-10)


def test_few_effective_answers_get_the_interval_of_korn_and_graubard() -> None:
    # subset(r, unit == "3"): 29 people. The bounds are qbeta(.025, n*p, n*(1-p)+1) and qbeta(.975, n*p+1, n*(1-p))
    # with n = p*(1-p)/SE^2 from R's p and SE. (svyciprop itself counts the 115 others as answers in its
    # correction for degrees of freedom, because a calibrated design keeps them; svy, below, does not.)
    found = weighted_share(YES, rake(ANSWERED, STAFF), UNIT == 3)
    expected = (0.320828735281008, 0.0912063291677415, 0.153521023077077, 0.530420338790253)
    assert numbers(found) == pytest.approx(expected, abs=1e-10)
    assert (found.method, found.n, found.df) == ("beta", 29, 28)
    assert found.effective_n == pytest.approx(26.194047373773746, abs=1e-8)


@pytest.mark.parametrize(("n", "method"), [(30, "beta"), (31, "logit")])
@pytest.mark.parametrize("yes", [1, 5, 7, 8, 15, 29])
def test_thirty_effective_answers_are_enough_for_the_logit_interval(n: int, method: str, yes: int) -> None:
    alike = rake({"m": np.zeros(n, dtype=int)}, {"m": [50]})  # n* = n - 1
    assert weighted_share(np.arange(n) < yes, alike).method == method


def test_post_stratified_figures_and_their_errors_are_those_of_r() -> None:
    # postStratify(d, ~joint, data.frame(joint=factor(0:3), Freq=c(80,100,30,30)))
    weights = post_stratify(JOINT, JOINT_STAFF)
    share = (0.373879252555723, 0.0426947232106359, 0.293981267193914, 0.461303793249431)
    assert numbers(weighted_share(YES, weights)) == pytest.approx(share, abs=1e-10)
    mean = (2.50127655228758, 0.107273779265948, 2.28922930977014, 2.71332379480502)
    assert numbers(weighted_mean(VALUE, weights)) == pytest.approx(mean, abs=1e-10)
    corrected = (0.373879252555723, 0.0270025138832133, 0.322212993553443, 0.428591428635721)
    assert numbers(weighted_share(YES, weights, population=240)) == pytest.approx(corrected, abs=1e-10)


def test_people_who_did_not_say_are_calibrated_as_r_does_on_centred_indicators() -> None:
    # calibrate(d, ~u1+u2+u3+a1+a2+s1, c(`(Intercept)`=144, u1=0, ...), calfun="raking", epsilon=1e-13) where
    # a1 is (age == 1) - 80/240 for those who told their age and 0 for the others, and so on.
    weights = rake(SHY, STAFF)
    expected = [0.763777880192177, 1.07102166106237, 0.666473888371637, 1.08716787107936, 0.648088603238085]
    assert weights.values[[0, 1, 2, 4, 5]] == pytest.approx(expected, abs=1e-10)
    share = (0.371498221847867, 0.0440798690402037, 0.289261626508803, 0.461919702927341)
    assert numbers(weighted_share(YES, weights)) == pytest.approx(share, abs=1e-10)
    mean = (2.47625090818771, 0.10835867446417, 2.26205916179637, 2.69044265457905)
    assert numbers(weighted_mean(VALUE, weights)) == pytest.approx(mean, abs=1e-10)


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("rake", (0.628981615701534, 0.0269207019328241, 0.574532153568083, 0.680339869538067)),
        ("post", (0.621277506035814, 0.0323140961810077, 0.555804773959344, 0.682610631402119)),
    ],
)
def test_counted_rows_give_what_r_finds_for_the_schools_one_by_one(how: str, expected: tuple[float, ...]) -> None:
    # svydesign(id=~1, fpc=~fpc, data=apisrs) with 6,194 schools; svyciprop(~I(awards == "Yes"), ...) after
    # calibrate(..., calfun="raking", epsilon=1e-13) (rake itself stops at 2.4e-13 from it), or postStratify.
    if how == "rake":
        weights = rake({"type": API_TYPE, "target": API_TARGET}, API_STAFF, API_COUNT)
    else:
        weights = post_stratify(API_TYPE, API_STAFF["type"], API_COUNT)
    assert numbers(weighted_share(API_AWARD, weights, population=6194)) == pytest.approx(expected, abs=1e-10)


# ------------------------------------------------------------------------------ against other software


@pytest.mark.parametrize("how", ["rake", "post"])
def test_svy_finds_the_same(how: str) -> None:
    import polars  # both take half a second, which the other tests need not wait for
    import svy

    columns = {**ANSWERED, "joint": JOINT, "yes": YES.astype(int), "value": VALUE, "one": np.ones(144)}
    sample = svy.Sample(polars.DataFrame(columns), svy.Design(wgt="one"))
    if how == "rake":
        shares = {name: {k: float(n) for k, n in enumerate(people)} for name, people in STAFF.items()}
        theirs, ours = sample.weighting.rake(shares=shares, tol=1e-13, max_iter=500), rake(ANSWERED, STAFF)
        assert ours.values == pytest.approx(theirs.data["rk_wgt"].to_numpy(), abs=1e-10)
    else:
        people = {k: float(n) for k, n in enumerate(JOINT_STAFF)}
        theirs, ours = sample.weighting.poststratify(shares=people, cells="joint"), post_stratify(JOINT, JOINT_STAFF)
        assert ours.values == pytest.approx(theirs.data["ps_wgt"].to_numpy(), abs=1e-10)
    for unit, interval in [(None, "logit"), (0, "logit"), (3, "beta")]:
        where = None if unit is None else svy.col("unit") == unit
        inside = None if unit is None else unit == UNIT
        found = weighted_share(YES, ours, inside)
        assert found.method == interval
        theirs_yes = theirs.estimation.prop("yes", where=where, ci_method=interval).estimates[-1]
        expected = (theirs_yes.est, theirs_yes.se, theirs_yes.lci, theirs_yes.uci)
        assert numbers(found) == pytest.approx(expected, abs=1e-9)
        theirs_mean = theirs.estimation.mean("value", where=where).estimates[0]
        expected = (theirs_mean.est, theirs_mean.se, theirs_mean.lci, theirs_mean.uci)
        assert numbers(weighted_mean(VALUE, ours, inside)) == pytest.approx(expected, abs=1e-9)


def test_the_weights_are_the_smallest_change_in_the_sense_of_the_exponential_distance() -> None:
    # The dual of the calibration problem, solved by a general minimiser: exp(X b) with sum(exp(X b)) least.
    columns = []
    for name, people in STAFF.items():
        for k in range(1, len(people)):
            known = SHY[name] >= 0
            columns.append((SHY[name] == k) - known * people[k] / sum(people))
    X = np.column_stack(columns)
    best = optimize.minimize(
        lambda b: np.exp(X @ b).sum(), np.zeros(X.shape[1]), jac=lambda b: X.T @ np.exp(X @ b), tol=1e-12
    )
    expected = np.exp(X @ best.x)
    assert rake(SHY, STAFF).values == pytest.approx(expected / expected.mean(), abs=1e-7)


@pytest.mark.parametrize("categories", [ANSWERED, SHY], ids=["all said", "some did not say"])
def test_the_linearised_error_is_about_that_of_raking_anew_without_each_person(
    categories: Mapping[str, IntArray],
) -> None:
    # The delete-one jackknife: another estimator of the same error. To keep its own error, of order 1/n, small,
    # every one of the 144 stands for 25 people who are alike. What is left (1.4% at most) is that the regression
    # uses the weights before raking; with the weights after it, the difference would be 0.2%.
    alike, n = np.full(144, 25.0), 3600
    replicates = []
    for left_out in I:
        others = alike - (left_out == I)
        weights = rake(categories, STAFF, others)
        assert weights.trimmed == 0
        replicates.append([others * weights.values @ y / (n - 1) for y in (YES, VALUE)])
    share_error, mean_error = np.sqrt((n - 1) / n * 25 * np.var(replicates, axis=0) * 144)
    weights = rake(categories, STAFF, alike)
    assert weighted_share(YES, weights).standard_error == pytest.approx(share_error, rel=0.015)
    assert weighted_mean(VALUE, weights).standard_error == pytest.approx(mean_error, rel=0.003)
    as_if_fixed = math.sqrt(weights.kish * np.var(VALUE) / n)  # 11% too wide: sex says much about the value
    assert as_if_fixed > 1.1 * mean_error


# ------------------------------------------------------------------------------------ worked by hand


def test_a_two_by_two_table_is_raked_to_the_table_with_the_same_odds_ratio() -> None:
    # Respondents 20, 30 / 30, 20: odds ratio 4/9. Rows 60:40 and columns 50:50. With x the share of the first
    # cell, x(x - .1) / ((.6 - x)(.5 - x)) = 4/9, so 5x^2 + 3.5x - 1.2 = 0 and x = (-3.5 + sqrt(36.25)) / 10.
    categories, counts = rows_of((0, 0, 20), (0, 1, 30), (1, 0, 30), (1, 1, 20))
    weights = rake(categories, {"a": (60, 40), "b": (50, 50)}, counts)
    x = (-3.5 + math.sqrt(36.25)) / 10
    shares = np.array([x, 0.6 - x, 0.5 - x, x - 0.1])
    assert weights.values == pytest.approx(100 * shares / counts, abs=1e-9)
    assert weights.kish == pytest.approx(100 * (shares**2 / counts).sum(), abs=1e-9)


def test_one_margin_is_weighted_with_population_share_over_respondent_share() -> None:
    categories = np.repeat([0, 1, 2, -1], [50, 30, 20, 0])
    weights = rake({"m": categories}, {"m": (40, 40, 20)})
    assert weights.values == pytest.approx(np.repeat([0.8, 4 / 3, 1.0], [50, 30, 20]), abs=1e-12)


def test_people_who_did_not_say_keep_factor_one() -> None:
    # Shares among the 100 known 60:40, wanted 40:60. Factors in the ratio 2/3 : 3/2 with (2/3 c)^.4 (3/2 c)^.6 = 1.
    categories = np.repeat([0, 1, -1], [60, 40, 20])
    c = (2 / 3) ** -0.4 * (3 / 2) ** -0.6
    raw = np.repeat([2 / 3 * c, 3 / 2 * c, 1.0], [60, 40, 20])
    weights = rake({"m": categories}, {"m": (400, 600)})
    assert weights.values == pytest.approx(raw / raw.mean(), abs=1e-12)


def test_post_stratification_gives_each_cell_its_share_of_the_staff() -> None:
    weights = post_stratify(np.array([0, 1, 1]), (300, 100), np.array([20.0, 10.0, 50.0]))
    assert weights.values == pytest.approx([0.75 / 0.25, 0.25 / 0.75, 0.25 / 0.75], abs=1e-12)


def test_a_post_stratified_share_has_the_error_of_the_textbook_within_cells() -> None:
    # 25 of 50 yes and 10 of 40 yes; staff 1:1. With residuals of the cell means: n/(n-1) * sum of W^2 * p(1-p) / n_h.
    yes = np.array([True, False, True, False])
    weights = post_stratify(np.array([0, 0, 1, 1]), (100, 100), np.array([25.0, 25.0, 10.0, 30.0]))
    found = weighted_share(yes, weights)
    assert found.value == pytest.approx(0.5 * 0.5 + 0.5 * 0.25)
    variance = 90 / 89 * (0.25 * 0.25 / 50 + 0.25 * 0.1875 / 40)
    assert found.standard_error == pytest.approx(math.sqrt(variance), abs=1e-12)
    assert found.effective_n == pytest.approx(0.375 * 0.625 / variance, abs=1e-9)


# --------------------------------------------------------------------------------- joining categories


@pytest.mark.parametrize(
    ("respondents", "people", "groups"),
    [
        ((30, 8, 12, 40), (30, 8, 12, 40), ((0,), (1, 2), (3,))),  # with the smaller neighbour
        ((30, 8, 30, 40), (30, 8, 29, 40), ((0,), (1, 2), (3,))),  # equal: the one with fewer people
        ((30, 8, 30, 40), (30, 8, 30, 40), ((0, 1), (2,), (3,))),  # equal again: the earlier one
        ((4, 6, 20, 30), (4, 6, 20, 30), ((0, 1), (2,), (3,))),  # the fewest first, and then it is enough
        ((9, 3, 4, 50), (9, 3, 4, 50), ((0, 1, 2), (3,))),  # again, until it is enough
        ((2, 8, 1, 9), (2, 8, 1, 9), ((0, 1, 2, 3),)),  # 1 joins 8, 2 joins these 9, and then there is only 9
        ((40, 40, 5), (40, 40, 5), ((0,), (1, 2))),  # the last has one neighbour
        ((0, 40, 40), (0, 40, 40), ((0, 1), (2,))),  # a category without people
        ((40, 40, 20), (5, 60, 35), ((0, 1), (2,))),  # a factor below 0.3
        ((10, 40, 50), (31, 39, 30), ((0, 1), (2,))),  # a factor above 3
        ((10, 90), (30, 70), ((0,), (1,))),  # 10 people and a factor of 3 are just allowed
        ((20, 80), (6, 94), ((0,), (1,))),  # and so is 0.3
        ((9, 90), (9, 90), ((0, 1),)),  # nothing left to weight with
        ((50, 50), (10, 90), ((0, 1),)),
        ((99,), (7,), ((0,),)),
    ],
)
def test_thin_or_lopsided_categories_are_joined_with_their_smaller_neighbour(
    respondents: tuple[int, ...], people: tuple[float, ...], groups: tuple[tuple[int, ...], ...]
) -> None:
    assert groups_of(respondents, people) == groups


def test_a_margin_with_one_group_left_drops_out_and_the_others_stay() -> None:
    gone = np.where(I < 9, 0, 1)
    weights = rake({**ANSWERED, "gone": gone}, {**STAFF, "gone": (15, 225)})
    assert weights.groups["gone"] == ((0, 1),)
    assert weights.values == pytest.approx(rake(ANSWERED, STAFF).values, abs=1e-12)


def test_without_a_usable_margin_all_weights_are_one() -> None:
    nobody_said = np.full(144, -1)
    weights = rake({"m": nobody_said}, {"m": (100, 140)})
    assert weights.converged and weights.groups["m"] == ((0, 1),)
    assert (weights.values == 1).all() and weights.kish == 1


# ------------------------------------------------------------------------------------------ trimming


@pytest.mark.parametrize(
    ("counts", "staff", "expected"),
    [
        # Independent margins of 25% that should be 50%: the 10 people who are rare twice would get 2 * 2 = 4. With 3
        # for them, (80 - 30) / 30 is left for those who are rare once, and (80 - 50) / 90 for the rest.
        ((10, 30, 30, 90), (50, 50), (3, 5 / 3, 5 / 3, 1 / 3)),
        # Independent margins of 50% that should be 25%: 40 people would get 1/2 * 1/2 = 1/4. With 0.3 for them,
        # (40 - 12) / 40 is left for those who are in one of the two, and (120 - 28) / 40 for the rest.
        ((40, 40, 40, 40), (25, 75), (0.3, 0.7, 0.7, 2.3)),
    ],
)
def test_extreme_weights_are_cut_back_and_the_margins_still_hold(
    counts: tuple[int, ...], staff: tuple[int, ...], expected: tuple[float, ...]
) -> None:
    categories, heads = rows_of(*((k // 2, k % 2, count) for k, count in enumerate(counts)))
    weights = rake(categories, {"a": staff, "b": staff}, heads)
    assert weights.trimmed == counts[0]
    assert weights.values == pytest.approx(expected, rel=2e-3)
    assert weights.values.max() <= 3 * 1.001 and weights.values.min() >= 0.3 * 0.999
    for name in ("a", "b"):
        assert shares_of(weights, categories[name], [[0], [1]]) == pytest.approx(wanted(staff, [[0], [1]]), abs=1e-9)


def test_everybody_whose_weight_was_ever_cut_back_is_counted() -> None:
    # The same rounds on a table, raked with row and column sums: 43 people are out of bounds at first, fewer later.
    table = np.array([[13, 32, 27], [6, 46, 37]])
    rows, columns = np.array([0.75, 0.25]) * 161, np.array([0.1, 0.7, 0.2]) * 161
    expected, cut = np.ones(table.shape), []
    while not cut or cut[-1].any():
        for _ in range(200):
            expected *= (rows / (expected * table).sum(axis=1))[:, None]
            expected *= columns / (expected * table).sum(axis=0)
        cut.append((expected < 0.3 * 0.999) | (expected > 3 * 1.001))
        final, expected = expected, np.clip(expected, 0.3, 3)
    once = np.any(cut, axis=0)
    assert table[once].sum() == 43 and not any((round_ == once).all() for round_ in cut[-2:])
    categories, counts = rows_of(*((i, j, int(table[i, j])) for i in range(2) for j in range(3)))
    weights = rake(categories, {"a": (30, 10), "b": (10, 70, 20)}, counts)
    assert weights.trimmed == 43
    assert weights.values == pytest.approx(final.ravel(), abs=1e-8)


def test_a_kind_of_which_there_is_nobody_changes_nothing() -> None:
    categories, counts = rows_of((0, 1, 40), (1, 0, 40), (1, 1, 120), (0, 0, 0))
    staff = {"a": (40, 60), "b": (40, 60)}
    weights = rake(categories, staff, counts)
    without = rake({name: index[:3] for name, index in categories.items()}, staff, counts[:3])
    assert weights.values[3] == 1
    assert (weights.trimmed, weights.sweeps) == (0, without.sweeps)
    assert weights.values[:3] == pytest.approx(without.values, abs=1e-12)
    values = np.array([1.0, 2.0, 3.0, math.nan])
    assert numbers(weighted_mean(values, weights)) == pytest.approx(
        numbers(weighted_mean(values[:3], without)), abs=1e-12
    )


def test_where_margins_and_bounds_cannot_both_be_had_the_margins_hold() -> None:
    categories, counts = rows_of((0, 0, 10), (0, 1, 30), (1, 0, 30), (1, 1, 90))
    totals = np.array([[10, 30, 0, 0], [10, 0, 30, 0], [10, 30, 30, 90]])
    possible = optimize.linprog(np.zeros(4), A_eq=totals, b_eq=[112, 112, 160], bounds=(0.3, 3))
    assert possible.status == 2  # infeasible
    weights = rake(categories, {"a": (70, 30), "b": (70, 30)}, counts)
    assert weights.converged and weights.trimmed >= 10
    assert weights.values.max() > 3 and weights.values.min() > 0
    for name in ("a", "b"):
        assert shares_of(weights, categories[name], [[0], [1]]) == pytest.approx([0.7, 0.3], abs=1e-9)


def test_margins_that_contradict_each_other_leave_everybody_unweighted() -> None:
    # The two margins are one and the same, but with other shares.
    categories, counts = rows_of((0, 0, 50), (1, 1, 50))
    weights = rake(categories, {"a": (60, 40), "b": (50, 50)}, counts)
    assert not weights.converged
    assert (weights.sweeps, weights.trimmed, weights.kish) == (500, 0, 1)
    assert weights.values.tolist() == [1, 1]


def test_unweighted_figures_are_the_plain_ones() -> None:
    failed = rake(ANSWERED, STAFF, max_sweeps=2)
    assert not failed.converged and failed.effective_n == 144
    plain = DescrStatsW(VALUE)
    found = weighted_mean(VALUE, failed)
    assert numbers(found) == pytest.approx((plain.mean, plain.std_mean, *plain.tconfint_mean()), abs=1e-12)
    assert found.effective_n == pytest.approx(143, abs=1e-9)  # the n - 1 of the variance
    share = weighted_share(YES, failed)
    assert share.standard_error == pytest.approx(math.sqrt(YES.mean() * (1 - YES.mean()) / 143), abs=1e-12)


# ------------------------------------------------------------------------------- what always holds

CATEGORY = st.integers(-1, 2)
KINDS = st.lists(st.tuples(CATEGORY, CATEGORY, st.integers(0, 40), st.booleans()), min_size=2, max_size=12)
PEOPLE = st.tuples(*[st.integers(1, 400)] * 3)


@settings(max_examples=60)
@given(
    KINDS.filter(lambda kinds: sum(kind[2] for kind in kinds) >= 2), PEOPLE, PEOPLE, st.randoms(use_true_random=False)
)
def test_margins_hold_weights_are_positive_and_rows_are_only_bookkeeping(
    kinds: list[tuple[int, int, int, bool]], a: tuple[int, ...], b: tuple[int, ...], shuffle: object
) -> None:
    categories = {"a": np.array([kind[0] for kind in kinds]), "b": np.array([kind[1] for kind in kinds])}
    counts = np.array([float(kind[2]) for kind in kinds])
    yes = np.array([kind[3] for kind in kinds])
    staff = {"a": a, "b": b}
    weights = rake(categories, staff, counts)
    assert (weights.values > 0).all()
    assert counts @ weights.values / counts.sum() == pytest.approx(1, abs=1e-12)
    assert weights.kish >= 1 - 1e-12
    for name, people in staff.items():
        groups = weights.groups[name]
        assert [k for group in groups for k in group] == list(range(len(people)))
        if weights.converged and len(groups) > 1:
            assert shares_of(weights, categories[name], groups) == pytest.approx(wanted(people, groups), abs=1e-8)
    found = weighted_share(yes, weights)
    assert 0 <= found.interval.low <= found.value <= found.interval.high <= 1
    assert math.isfinite(found.effective_n) and found.effective_n > 0

    order = np.arange(len(kinds))
    shuffle.shuffle(order)  # type: ignore[attr-defined]
    permuted = rake({name: index[order] for name, index in categories.items()}, staff, counts[order])
    assert permuted.values == pytest.approx(weights.values[order], abs=1e-9)
    assert numbers(weighted_share(yes[order], permuted)) == pytest.approx(numbers(found), abs=1e-9)

    people_one_by_one = np.repeat(order, counts[order].astype(int))
    split = rake({name: index[people_one_by_one] for name, index in categories.items()}, staff)
    assert split.values == pytest.approx(weights.values[people_one_by_one], abs=1e-9)
    assert split.trimmed == weights.trimmed
    assert numbers(weighted_share(yes[people_one_by_one], split)) == pytest.approx(numbers(found), abs=1e-9)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(-1, 3), st.integers(0, 1)), min_size=1, max_size=120), st.integers(1, 9))
def test_respondents_who_are_like_the_staff_already_have_weight_one(people: list[tuple[int, int]], times: int) -> None:
    a, b = np.array(people).T
    staff = {"a": times * np.bincount(a + 1, minlength=5)[1:], "b": times * np.bincount(b, minlength=2)}
    if staff["a"].sum() == 0:
        staff["a"][0] = 1
    weights = rake({"a": a, "b": b}, staff)  # type: ignore[arg-type]
    assert weights.values == pytest.approx(np.ones(len(people)), abs=1e-12)
    assert weights.sweeps == 1 and weights.converged


def test_the_order_of_the_margins_does_not_matter() -> None:
    turned = rake(dict(reversed(SHY.items())), dict(reversed(STAFF.items())))
    assert turned.values == pytest.approx(rake(SHY, STAFF).values, abs=1e-9)


# ----------------------------------------------------------------------------------- edges of a figure


@pytest.mark.parametrize("everybody", [True, False])
def test_at_all_or_nobody_the_interval_is_that_of_so_many_effective_answers(everybody: bool) -> None:
    weights = rake(ANSWERED, STAFF)
    found = weighted_share(np.full(144, everybody), weights)
    n = 144 / weights.kish
    assert (found.value, found.standard_error, found.method) == (float(everybody), 0, "beta")
    assert found.effective_n == pytest.approx(n)
    exact = proportion_confint(n * everybody, n, method="beta")
    assert (found.interval.low, found.interval.high) == pytest.approx(exact, abs=1e-12)
    # 60 more people on the roster leave 1 - 144/204 of the variance: as many answers more.
    corrected = weighted_share(np.full(144, everybody), weights, population=204)
    exact = proportion_confint(n * 204 / 60 * everybody, n * 204 / 60, method="beta")
    assert (corrected.interval.low, corrected.interval.high) == pytest.approx(exact, abs=1e-12)
    assert corrected.effective_n == found.effective_n


def test_unanimity_in_one_part_counts_the_design_effect_of_that_part() -> None:
    weights = rake(ANSWERED, STAFF)
    mass = weights.values[UNIT == 0]
    found = weighted_share(np.zeros(144, dtype=bool), weights, UNIT == 0)
    assert found.effective_n == pytest.approx(mass.sum() ** 2 / (mass**2).sum(), abs=1e-9)
    assert abs(found.effective_n - 44 / weights.kish) > 1


def test_an_answer_that_a_margin_predicts_is_not_called_certain() -> None:
    weights = rake(ANSWERED, STAFF)
    found = weighted_share(SEX == 1, weights)
    assert found.value == pytest.approx(130 / 240, abs=1e-10)  # known from the roster
    assert found.effective_n == pytest.approx(144 / weights.kish)
    assert found.standard_error == pytest.approx(math.sqrt(130 * 110 / 240**2 * weights.kish / 144), abs=1e-10)


def test_when_everybody_answered_there_is_nothing_left_to_doubt() -> None:
    weights = rake(ANSWERED, STAFF)
    for found in (weighted_share(YES, weights, population=144), weighted_mean(VALUE, weights, population=144)):
        assert found.standard_error == 0
        assert found.interval.low == pytest.approx(found.value) == found.interval.high
    everybody = weighted_share(np.ones(144, dtype=bool), weights, population=144)
    assert (everybody.interval.low, everybody.interval.high) == (1, 1)


def test_a_constant_has_no_spread() -> None:
    found = weighted_mean(np.full(144, 0.1), rake(ANSWERED, STAFF))
    assert numbers(found) == (0.1, 0, 0.1, 0.1)


def test_people_without_an_answer_are_left_out_but_still_calibrate() -> None:
    weights = rake(ANSWERED, STAFF)
    answered = I % 3 == 1
    found = weighted_mean(np.where(answered, VALUE, np.nan), weights, answered)
    assert found == weighted_mean(VALUE, weights, answered)
    mass = weights.values[answered]
    assert found.value == pytest.approx(np.average(VALUE[answered], weights=mass), abs=1e-12)
    assert found.n == 48


@pytest.mark.parametrize("level", [0.8, 0.9, 0.99])
def test_other_levels_change_only_the_quantile(level: float) -> None:
    weights = rake(ANSWERED, STAFF)
    found, usual = weighted_mean(VALUE, weights, level=level), weighted_mean(VALUE, weights)
    assert found.standard_error == usual.standard_error
    expected = stats.t.interval(level, 143, usual.value, usual.standard_error)
    assert (found.interval.low, found.interval.high) == pytest.approx(expected, abs=1e-10)
    share = weighted_share(YES, weights, level=level)
    p, half = share.value, stats.t.ppf((1 + level) / 2, 143) * share.standard_error
    logit = math.log(p / (1 - p))
    expected = stats.logistic.cdf([logit - half / (p * (1 - p)), logit + half / (p * (1 - p))])
    assert (share.interval.low, share.interval.high) == pytest.approx(expected, abs=1e-10)


# ----------------------------------------------------------------------------------- the tipping line


def test_the_worked_tipping_line_comes_out() -> None:
    # 17.0% among a response of 64%; silent colleagues 5, 10 and 20 points higher: 18.8, 20.6 and 24.2%.
    line = tipping_line(0.17, 0.64)
    assert [round(100 * point.overall, 1) for point in line] == [18.8, 20.6, 24.2]
    assert [round(100 * point.silent) for point in line] == [22, 27, 37]
    assert [point.gap for point in tipping_line(0.17, 0.64, (-0.2, -0.17, 0.83, 0.84))] == [-0.17, 0.83]
    assert tipping_line(0.17, 1.0, (0.05,))[0].overall == 0.17


def test_the_worked_tipping_gap_comes_out() -> None:
    # To reach 23% the 36% who were silent must be 6/36 higher: 16.7 points, so 33.7%.
    found = tipping_gap(0.17, 0.64, 0.23)
    assert found is not None
    assert (found.gap, found.silent, found.overall) == pytest.approx((0.06 / 0.36, 0.17 + 0.06 / 0.36, 0.23))
    assert tipping_gap(0.17, 1.0, 0.23) is None


@given(st.data())
def test_a_value_is_out_of_reach_exactly_where_the_bounds_of_silence_say_so(data: st.DataObject) -> None:
    population = data.draw(st.integers(2, 400))
    n = data.draw(st.integers(1, population - 1))
    yes, value = data.draw(st.integers(0, n)), data.draw(st.integers(0, population))
    bounds = nonresponse_bounds(yes, n, population)
    found = tipping_gap(yes / n, n / population, value / population)
    assert (found is not None) == (bounds.low <= value / population <= bounds.high)
    if found is not None:
        assert found.silent * (population - n) == pytest.approx(value - yes, abs=1e-9)
        (again,) = tipping_line(yes / n, n / population, [found.silent - yes / n]) or (found,)
        assert again.overall == pytest.approx(value / population, abs=1e-12)


# ------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("categories", "margins", "counts", "message"),
    [
        ({}, {}, None, "at least one margin"),
        ({"a": [0]}, {"b": [1]}, None, "each margin and no other"),
        ({"a": [0, 1], "b": [0]}, {"a": [1, 1], "b": [1]}, None, "for every row"),
        ({"a": []}, {"a": [1]}, None, "for every row"),
        ({"a": [0, 2]}, {"a": [1, 1]}, None, "from -1 to 1"),
        ({"a": [0, -2]}, {"a": [1, 1]}, None, "from -1 to 1"),
        ({"a": [0.0, 1.0]}, {"a": [1, 1]}, None, "whole numbers"),
        ({"a": [0, 1]}, {"a": [1, -1]}, None, "head counts of 0 or more"),
        ({"a": [0, 1]}, {"a": [1, math.nan]}, None, "head counts of 0 or more"),
        ({"a": [0, 1]}, {"a": [0, 0]}, None, "not all 0"),
        ({"a": [0, 1]}, {"a": [1, 1]}, [1.0], "one number of 0 or more for every row"),
        ({"a": [0, 1]}, {"a": [1, 1]}, [1.0, -1.0], "0 or more"),
        ({"a": [0, 1]}, {"a": [1, 1]}, [1.0, math.inf], "0 or more"),
        ({"a": [0, 1]}, {"a": [1, 1]}, [0.0, 0.0], "not only zeros"),
    ],
)
def test_rows_and_margins_that_do_not_fit_are_refused(
    categories: dict[str, list[int]], margins: dict[str, list[float]], counts: list[float] | None, message: str
) -> None:
    heads = None if counts is None else np.array(counts)
    with pytest.raises(ValueError, match=message):
        rake({name: np.array(index) for name, index in categories.items()}, margins, heads)


@pytest.mark.parametrize(
    ("cell", "population", "counts", "message"),
    [
        ([0, 1], [5, 5], [20.0, 19.0], "rake to one-way margins"),
        ([0, 0], [5, 5], [20.0, 20.0], "rake to one-way margins"),
        ([0, -1], [5, 5], [20.0, 20.0], "the cell of everybody"),
        ([0, 1], [5, 0], [20.0, 20.0], "no people"),
    ],
)
def test_thin_or_unknown_cells_are_not_post_stratified(
    cell: list[int], population: list[float], counts: list[float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        post_stratify(np.array(cell), population, np.array(counts))


def test_figures_that_cannot_be_had_are_refused() -> None:
    weights = rake(ANSWERED, STAFF)
    with pytest.raises(ValueError, match="yes or no"):
        weighted_share(VALUE, weights)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="at least two"):
        weighted_share(YES, weights, I == 0)
    with pytest.raises(ValueError, match="at least two"):
        weighted_mean(VALUE, weights, I < 0)
    with pytest.raises(ValueError, match="cannot hold 144"):
        weighted_share(YES, weights, population=143)
    with pytest.raises(ValueError, match="between 0 and 1"):
        weighted_mean(VALUE, weights, level=95)
    with pytest.raises(ValueError, match="leave it out with 'where'"):
        weighted_mean(np.where(I == 3, np.nan, VALUE), weights)
    with pytest.raises(ValueError, match="for every row"):
        weighted_mean(VALUE[:-1], weights)
    with pytest.raises(ValueError, match="true or false"):
        weighted_mean(VALUE, weights, I)  # type: ignore[arg-type]


@pytest.mark.parametrize(("share", "response"), [(-0.1, 0.5), (1.1, 0.5), (0.5, 0.0), (0.5, 1.1), (math.nan, 0.5)])
def test_impossible_responses_are_refused(share: float, response: float) -> None:
    with pytest.raises(ValueError, match="a response above 0"):
        tipping_line(share, response)
    with pytest.raises(ValueError, match="a response above 0"):
        tipping_gap(share, response, 0.2)
