"""Comparisons: the interval of a difference, the verdict, the grade, and the whole sum done again by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal
from statistics import NormalDist
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep

from analysis.benchmark.compare import (
    MARGIN,
    ROUNDING_SD,
    Difference,
    Estimate,
    Reason,
    Verdict,
    compare_cells,
    compare_measure,
    compare_with_figure,
    difference_between,
    estimate_official,
    estimate_released,
    grade_comparison,
    headline,
    widen,
)
from analysis.benchmark.figures import MethodBreak, load_figures
from analysis.disclosure.plan import CellKey
from analysis.disclosure.release import Cell
from analysis.estimate import Interval, critical_value, wilson_interval
from analysis.results import Results
from instruments.questionnaire import build_questionnaire
from tests.analysis.released import FIGURE, MEASURE, cell_of, estimate_of, figure_of

MIRRORED = {
    Verdict.CLEARLY_HIGHER: Verdict.CLEARLY_LOWER,
    Verdict.HIGHER: Verdict.LOWER,
    Verdict.COMPARABLE: Verdict.COMPARABLE,
    Verdict.UNCERTAIN: Verdict.UNCERTAIN,
    Verdict.LOWER: Verdict.HIGHER,
    Verdict.CLEARLY_LOWER: Verdict.CLEARLY_HIGHER,
}


def counted(yes: int, n: int) -> Estimate:
    """A share with Wilson's intervals and no rounding at all."""

    def percent(level: float) -> Interval:
        interval = wilson_interval(yes / n, n, level)
        return Interval(100 * interval.low, 100 * interval.high)

    return Estimate(100 * yes / n, percent(0.95), percent(0.90))


def bounds(interval: Interval) -> tuple[float, float]:
    return interval.low, interval.high


# ------------------------------------------------------------------------- the interval of a difference


def test_the_published_example_of_newcombe_comes_out() -> None:
    # Newcombe 1998, Statistics in Medicine 17:873-890, table II, example a, method 10.
    difference = difference_between(counted(56, 70), counted(48, 80))
    assert difference.points == pytest.approx(20.0)
    assert [round(bound / 100, 4) for bound in bounds(difference.wide)] == [0.0524, 0.3339]


@pytest.mark.parametrize(
    ("one", "two"),
    [((56, 70), (48, 80)), ((9, 10), (3, 10)), ((0, 11), (5, 40)), ((10, 10), (0, 20)), ((135, 795), (6006, 26_000))],
)
def test_the_interval_of_a_difference_is_that_of_statsmodels(one: tuple[int, int], two: tuple[int, int]) -> None:
    found = difference_between(counted(*one), counted(*two))
    for interval, alpha in ((found.wide, 0.05), (found.narrow, 0.10)):
        expected = confint_proportions_2indep(*one, *two, method="newcomb", compare="diff", alpha=alpha)
        assert bounds(interval) == pytest.approx([100 * bound for bound in expected], abs=1e-9)


def test_the_worked_example_of_the_method_comes_out() -> None:
    # 135 of 795 against a printed 23.1 (22.7 to 23.5), with rounding left out on both sides.
    difference = difference_between(counted(135, 795), estimate_of(23.1, (22.7, 23.5)))
    assert round(difference.points, 1) == -6.1
    assert [round(bound, 1) for bound in bounds(difference.wide)] == [-8.6, -3.3]
    assert round(difference.cohen_h, 2) == -0.15
    assert difference.verdict is Verdict.CLEARLY_LOWER
    assert difference.per_hundred == -6


def test_a_certain_figure_leaves_the_interval_of_the_other_one() -> None:
    difference = difference_between(estimate_of(25, (22, 30)), estimate_of(20, (20, 20)))
    assert bounds(difference.wide) == (2, 10)


def test_cohens_h_is_the_difference_of_arcsines() -> None:
    difference = difference_between(estimate_of(50, (40, 60)), estimate_of(25, (20, 30)))
    # 2 asin(sqrt(1/2)) - 2 asin(sqrt(1/4)) = pi/2 - pi/3
    assert difference.cohen_h == pytest.approx(math.pi / 6)


shares = st.integers(0, 100)
widths = st.floats(0, 30)


@st.composite
def estimates(draw: st.DrawFn) -> Estimate:
    share, below, above = float(draw(shares)), draw(widths), draw(widths)
    inner = draw(st.floats(0.3, 1))
    return estimate_of(share, (share - below, share + above), (share - inner * below, share + inner * above))


@given(estimates(), estimates(), st.floats(0.5, 10))
def test_exchanging_the_two_sides_turns_everything_round(one: Estimate, two: Estimate, margin: float) -> None:
    there, back = difference_between(one, two, margin), difference_between(two, one, margin)
    assert back.points == -there.points
    assert bounds(back.wide) == (-there.wide.high, -there.wide.low)
    assert bounds(back.narrow) == (-there.narrow.high, -there.narrow.low)
    assert back.cohen_h == pytest.approx(-there.cohen_h)
    assert back.verdict is MIRRORED[there.verdict]
    assert back.verdict.direction == -there.verdict.direction


@given(estimates(), estimates())
def test_a_p_value_is_below_five_percent_exactly_where_the_interval_leaves_out_nothing(
    one: Estimate, two: Estimate
) -> None:
    found = difference_between(one, two)
    assume(abs(found.wide.low) > 1e-9 and abs(found.wide.high) > 1e-9)
    assert (found.p_value < 0.05) is (found.wide.low > 0 or found.wide.high < 0)


@given(estimates(), estimates())
def test_a_difference_is_never_more_certain_than_either_side(one: Estimate, two: Estimate) -> None:
    wide = difference_between(one, two).wide
    assert wide.high - wide.low >= max(one.wide.high - one.wide.low, two.wide.high - two.wide.low) - 1e-9


# --------------------------------------------------------------------------------------------- verdict


def difference_with(wide: tuple[float, float], narrow: tuple[float, float] | None = None) -> Difference:
    """A difference whose intervals are exactly these, by comparison with a certain nought."""
    middle = (wide[0] + wide[1]) / 2
    ours = estimate_of(50 + middle, (50 + wide[0], 50 + wide[1]))
    if narrow is not None:
        ours = replace(ours, narrow=Interval(50 + narrow[0], 50 + narrow[1]))
    found = difference_between(ours, estimate_of(50, (50, 50)))
    assert bounds(found.wide) == wide
    return found


@pytest.mark.parametrize(
    ("wide", "narrow", "verdict"),
    [
        ((3.25, 9), None, Verdict.CLEARLY_HIGHER),
        ((3, 9), None, Verdict.HIGHER),  # exactly at the margin is not beyond it
        ((0.25, 9), None, Verdict.HIGHER),
        ((0.25, 2), (0.5, 1.5), Verdict.HIGHER),  # small, but shown to be there
        ((0, 9), None, Verdict.UNCERTAIN),  # exactly nought is not above it
        ((0, 3.5), (0.25, 2.75), Verdict.COMPARABLE),
        ((-3.5, 3.5), (-2.75, 2.75), Verdict.COMPARABLE),
        ((-3.5, 3.5), (-3, 2.75), Verdict.UNCERTAIN),  # the 90% interval touches the margin
        ((-3.5, 3.5), (-2.75, 3), Verdict.UNCERTAIN),
        ((-20, 20), (-17, 17), Verdict.UNCERTAIN),
        ((-9, 0), None, Verdict.UNCERTAIN),
        ((-9, -0.25), None, Verdict.LOWER),
        ((-9, -3), None, Verdict.LOWER),
        ((-9, -3.25), None, Verdict.CLEARLY_LOWER),
    ],
)
def test_the_verdict_follows_from_the_intervals_alone(
    wide: tuple[float, float], narrow: tuple[float, float] | None, verdict: Verdict
) -> None:
    assert MARGIN == 3.0
    assert difference_with(wide, narrow).verdict is verdict


@pytest.mark.parametrize(
    ("points", "wide", "expected"),
    [
        (-6.0, (-8.5, -3.5), 2.56e-6),  # 6 / (2.5 / 1.96) = 4.704 standard errors: twice .00000128
        (4.0, (0.0, 9.0), 0.05),  # the interval ends at 0
        (2.0, (-2.0, 5.0), 0.3271),  # 2 / (4 / 1.96) = .98: twice .16354
        (0.0, (-3.0, 3.0), 1.0),
    ],
)
def test_the_p_value_goes_with_the_side_of_the_interval_towards_nothing(
    points: float, wide: tuple[float, float], expected: float
) -> None:
    difference = replace(difference_with(wide), points=points)
    assert difference.p_value == pytest.approx(expected, rel=5e-3)


def test_the_margin_can_be_set() -> None:
    ours, theirs = estimate_of(25, (21, 29)), estimate_of(20, (20, 20))
    assert difference_between(ours, theirs, margin=0.5).verdict is Verdict.CLEARLY_HIGHER
    assert difference_between(ours, theirs, margin=1.0).verdict is Verdict.HIGHER


@given(st.floats(-8, 8), st.floats(0.2, 4), st.floats(0.2, 4))
def test_comparable_is_what_two_one_sided_tests_say(points: float, first: float, second: float) -> None:
    z95, z90 = critical_value(0.95), critical_value(0.90)
    one = estimate_of(50 + points, *(_around(50 + points, z * first) for z in (z95, z90)))
    two = estimate_of(50, *(_around(50, z * second) for z in (z95, z90)))
    error = math.hypot(first, second)
    p_value = max(stats.norm.sf((points + MARGIN) / error), stats.norm.cdf((points - MARGIN) / error))
    differs = 2 * stats.norm.sf(abs(points) / error) < 0.05
    if abs(p_value - 0.05) > 1e-6 and abs(abs(points) / error - z95) > 1e-6:
        verdict = difference_between(one, two).verdict
        assert (verdict is Verdict.COMPARABLE) is bool(p_value < 0.05 and not differs)


def _around(middle: float, half: float) -> tuple[float, float]:
    return middle - half, middle + half


# -------------------------------------------------------------------------------------------- estimates


@pytest.mark.parametrize(
    ("unit", "deviation"), [(1.0, 0.288675), (0.1, 0.0288675)]
)  # a whole percent: 0.29 points; one decimal: 0.03
def test_rounding_is_added_in_quadrature(unit: float, deviation: float) -> None:
    assert ROUNDING_SD * unit == pytest.approx(deviation, abs=1e-6)
    found = widen(20, Interval(17, 24), unit, 0.95)
    extra = 1.959964 * deviation
    assert bounds(found) == pytest.approx((20 - math.sqrt(9 + extra**2), 20 + math.sqrt(16 + extra**2)), abs=1e-5)


def test_rounding_has_the_standard_deviation_of_equal_chances() -> None:
    steps = 100_001
    offsets = [place / (steps - 1) - 0.5 for place in range(steps)]
    assert math.sqrt(math.fsum(offset**2 for offset in offsets) / steps) == pytest.approx(ROUNDING_SD, abs=1e-4)


def test_a_released_share_rests_on_the_lowest_number_of_answers_that_is_printed() -> None:
    banded, exact = cell_of(25, 27), cell_of(25, 25)
    assert (banded.n_low, banded.n_high) == (25, 29)
    assert estimate_released(banded) == estimate_released(exact)
    low, high = (100 * bound for bound in bounds(wilson_interval(0.25, 25)))
    extra = critical_value(0.95) * ROUNDING_SD
    assert bounds(estimate_released(banded).wide) == pytest.approx(
        (25 - math.hypot(25 - low, extra), 25 + math.hypot(high - 25, extra))
    )


def test_a_roster_does_not_make_a_comparison_surer() -> None:
    assert estimate_released(replace(cell_of(25, 40), invited=40)) == estimate_released(cell_of(25, 40))


def test_a_cell_without_share_has_no_estimate() -> None:
    with pytest.raises(ValueError, match="no released share"):
        estimate_released(Cell(CellKey("2026", "tired")))
    with pytest.raises(ValueError, match="no released share"):
        estimate_released(replace(cell_of(25, 40), share=None))


def test_printed_bounds_of_an_official_figure_are_taken_as_they_are() -> None:
    figure = figure_of(value=Decimal("23.1"), decimals=1, ci_low=Decimal("22.7"), ci_high=Decimal("23.6"))
    estimate = estimate_official(figure, sampling_n=10)  # the printed bounds go before the number of answers
    rounding, ratio = 0.1 / math.sqrt(12), NormalDist().inv_cdf(0.95) / NormalDist().inv_cdf(0.975)
    for interval, z, part in ((estimate.wide, 1.959964, 1.0), (estimate.narrow, 1.644854, ratio)):
        assert bounds(interval) == pytest.approx(
            (23.1 - math.hypot(part * 0.4, z * rounding), 23.1 + math.hypot(part * 0.5, z * rounding)), abs=1e-6
        )


def test_without_printed_bounds_the_number_of_respondents_gives_the_interval() -> None:
    estimate = estimate_official(figure_of(value=Decimal("20")), sampling_n=2600)
    low, high = (100 * bound for bound in bounds(wilson_interval(0.2, 2600)))
    extra = critical_value(0.95) / math.sqrt(12)
    assert bounds(estimate.wide) == pytest.approx((20 - math.hypot(20 - low, extra), 20 + math.hypot(high - 20, extra)))


def test_of_an_official_figure_without_number_only_the_rounding_is_known() -> None:
    estimate = estimate_official(figure_of(value=Decimal("19.0"), decimals=1), None)
    assert bounds(estimate.wide) == pytest.approx((19 - 1.959964 * 0.0288675, 19 + 1.959964 * 0.0288675), abs=1e-6)
    assert bounds(estimate.narrow) == pytest.approx((19 - 1.644854 * 0.0288675, 19 + 1.644854 * 0.0288675), abs=1e-6)


# ------------------------------------------------------------------------------------------------ grade

BREAK = MethodBreak("a survey", 2022, {"nl": "anders", "en": "different"}, "")

#: What is changed in the figure, and the grade and reasons that follow with official wording.
DEPARTURES: list[tuple[dict[str, Any], str, set[Reason]]] = [
    ({}, "A", set()),
    ({"construct": "sleepy"}, "D", {Reason.OTHER_CONSTRUCT}),
    ({"words": True}, "D", {Reason.IN_WORDS}),
    ({"tags": frozenset({"P", "YEAR?"})}, "D", {Reason.YEAR_INFERRED}),
    ({"unit": "hours/week, mean"}, "D", {Reason.OTHER_UNIT}),
    ({"item_set": "three-questions"}, "C", {Reason.OTHER_ITEMS}),
    ({"scale": "four-answers"}, "C", {Reason.OTHER_SCALE}),
    ({"rule": "mean>=4"}, "C", {Reason.OTHER_RULE}),
    ({"population_frame": "workers"}, "C", {Reason.OTHER_POPULATION}),
    ({"unconfirmed": frozenset({"scale"})}, "C", {Reason.UNCONFIRMED}),
    ({"rule": "mean>=4", "population_frame": "adults"}, "C", {Reason.OTHER_RULE, Reason.OTHER_POPULATION}),
    ({"words": True, "unit": "million", "rule": "mean>=4"}, "D", {Reason.IN_WORDS, Reason.OTHER_UNIT}),
]


@pytest.mark.parametrize(("changes", "grade", "reasons"), DEPARTURES)
def test_the_grade_follows_from_the_two_passports(changes: dict[str, Any], grade: str, reasons: set[Reason]) -> None:
    figure = figure_of(**changes)
    found, why = grade_comparison(MEASURE, "official", figure, None)
    assert (found, set(why)) == (grade, reasons)
    assert len(set(why)) == len(why)


@pytest.mark.parametrize(("changes", "grade", "reasons"), DEPARTURES)
def test_own_wording_costs_one_grade_at_most(changes: dict[str, Any], grade: str, reasons: set[Reason]) -> None:
    found, why = grade_comparison(MEASURE, "own", figure_of(**changes), None)
    assert found == {"A": "B", "C": "C", "D": "D"}[grade]
    assert set(why) == (reasons if grade == "D" else {*reasons, Reason.OWN_WORDING})


def test_a_method_break_forbids_the_comparison_whatever_else_fits() -> None:
    for wording in ("own", "official"):
        assert grade_comparison(MEASURE, wording, FIGURE, BREAK) == ("D", (Reason.METHOD_BREAK,))  # type: ignore[arg-type]


def test_a_measure_without_passport_is_never_compared() -> None:
    assert grade_comparison(replace(MEASURE, passport=None), "official", FIGURE, None) == (
        "D",
        (Reason.OTHER_CONSTRUCT,),
    )


def test_every_reason_is_reached_by_one_of_these_tests() -> None:
    reached = {reason for _, _, reasons in DEPARTURES for reason in reasons}
    assert reached | {Reason.METHOD_BREAK, Reason.OWN_WORDING} == set(Reason)


def test_a_figure_from_before_the_method_break_is_shown_but_not_tested() -> None:
    questionnaire, catalogue = build_questionnaire(["mental-fatigue"]), load_figures()
    before = catalogue.preferred("burnout_complaints", latest=2021)
    assert before is not None and before.year == 2021
    cell = cell_of(30, 500, "fatigue")
    found = compare_with_figure(questionnaire.measure("fatigue"), "official", cell, before, catalogue, 2026)
    assert (found.grade, found.reasons, found.difference) == ("D", (Reason.METHOD_BREAK,), None)
    assert found.method_break is not None and found.method_break.first_year == 2022
    assert found.official.share == 17.0
    same_side = compare_with_figure(questionnaire.measure("fatigue"), "official", cell, before, catalogue, 2019)
    assert (same_side.grade, same_side.method_break) == ("A", None)
    assert same_side.difference is not None


def test_official_wording_raises_a_real_comparison_from_b_to_a() -> None:
    measure, catalogue = build_questionnaire(["mental-fatigue"]).measure("fatigue"), load_figures()
    cell = cell_of(24, 700, "fatigue")
    own, official = (compare_measure(measure, wording, cell, catalogue, 2026)[0] for wording in ("own", "official"))
    assert (own.grade, own.reasons) == ("B", (Reason.OWN_WORDING,))
    assert (official.grade, official.reasons) == ("A", ())
    assert own.difference == official.difference


def test_grade_d_has_no_difference_and_every_other_grade_has_one(demo_results: Results) -> None:
    found = [comparison for several in demo_results.comparisons.values() for comparison in several]
    assert {comparison.grade for comparison in found} >= {"B", "C", "D"}
    for comparison in found:
        assert (comparison.difference is None) is (comparison.grade == "D")
        assert comparison.reasons or comparison.grade == "A"


def test_the_year_of_the_survey_decides_which_figure_is_used() -> None:
    measure, catalogue = build_questionnaire(["mental-fatigue"]).measure("fatigue"), load_figures()
    years = {
        year: compare_measure(measure, "own", cell_of(24, 700, "fatigue"), catalogue, year)[0].figure.year
        for year in (2019, 2022, 2026)
    }
    assert years == {2019: 2019, 2022: 2022, 2026: 2024}


# ---------------------------------------------------------------------------------- which is spoken of


def test_nothing_closed_is_compared() -> None:
    closed = Cell(CellKey("2026", "fatigue"))
    measure, catalogue = build_questionnaire(["mental-fatigue"]).measure("fatigue"), load_figures()
    assert compare_measure(measure, "own", closed, catalogue, 2026) == ()
    assert compare_cells(closed, cell_of(24, 700)) is None
    assert compare_cells(cell_of(24, 700), closed) is None


def test_the_headline_is_the_first_comparison_that_may_be_tested() -> None:
    catalogue = load_figures()
    measure = build_questionnaire(["work-home"]).measure("home_work_to_home")
    found = compare_measure(measure, "own", cell_of(12, 700, measure.key), catalogue, 2026)
    assert [comparison.figure.indicator for comparison in found] == list(measure.figures)
    tested, refused = found
    assert (tested.grade, refused.grade) == ("C", "D")
    assert headline({measure.key: found}, measure.key) is tested
    assert headline({measure.key: (refused, tested)}, measure.key) is tested
    assert headline({measure.key: (refused,)}, measure.key) is None
    assert headline({}, measure.key) is None


def test_two_released_groups_are_compared_as_if_they_were_different_people() -> None:
    women, men = cell_of(30, 400), cell_of(22, 90)
    expected = difference_between(estimate_released(women), estimate_released(men))
    assert compare_cells(women, men) == expected
    assert compare_cells(women, men, margin=50.0) is not None


# --------------------------------------------------------------------------------- the sum done again


def test_the_fatigue_of_the_demo_against_the_national_figure_can_be_worked_out_by_hand(demo_results: Results) -> None:
    cell = demo_results.release.total("fatigue")
    assert cell.share is not None and cell.n_low == cell.n_high  # above thirty answers the number is printed
    [comparison] = [c for c in demo_results.comparisons["fatigue"] if c.figure.indicator == "burnout_complaints"]
    # NEA 2024 by CBS and TNO: 20%, printed without decimals and without a margin. The effective
    # number of respondents, 26,000, is derived in the catalogue from margins printed elsewhere.
    assert (str(comparison.figure.value), comparison.figure.year, comparison.figure.survey) == ("20", 2024, "NEA")
    assert comparison.figure.ci_low is None

    share, n = cell.share, cell.n_low
    intervals = {}
    for level, z in ((0.95, 1.959963984540054), (0.90, 1.6448536269514722)):
        sides = []
        for percent, answers in ((share, n), (20, 26_000)):
            p = percent / 100
            # Wilson (1927): the middle is drawn towards a half, the width does not vanish at 0 and 1.
            middle = (p + z * z / (2 * answers)) / (1 + z * z / answers)
            half = z * ((p * (1 - p) + z * z / (4 * answers)) / answers) ** 0.5 / (1 + z * z / answers)
            below, above = percent - 100 * (middle - half), 100 * (middle + half) - percent
            # A whole percent is off by at most a half: standard deviation 1/sqrt(12), both ways.
            rounding = z / 12**0.5
            # From 2024 to 2026 the national figure may have moved: one point a year, as it did last.
            moved = 0 if answers == n else 2 * z
            errors = rounding**2 + moved**2
            sides.append(((below**2 + errors) ** 0.5, (above**2 + errors) ** 0.5))
        (our_below, our_above), (their_below, their_above) = sides
        # MOVER: the lowest difference goes with our lower and their upper bound, and the other way round.
        points = share - 20
        low = points - (our_below**2 + their_above**2) ** 0.5
        high = points + (our_above**2 + their_below**2) ** 0.5
        intervals[level] = (low, high)

    found = comparison.difference
    assert found is not None
    assert found.points == pytest.approx(share - 20, abs=1e-9)
    assert bounds(found.wide) == pytest.approx(intervals[0.95], abs=1e-9)
    assert bounds(found.narrow) == pytest.approx(intervals[0.90], abs=1e-9)
    low, high = intervals[0.95]
    if low > 3:
        verdict = "clearly_higher"
    elif high < -3:
        verdict = "clearly_lower"
    elif low > 0:
        verdict = "higher"
    elif high < 0:
        verdict = "lower"
    elif intervals[0.90][0] > -3 and intervals[0.90][1] < 3:
        verdict = "comparable"
    else:
        verdict = "uncertain"
    assert found.verdict == verdict
    assert comparison.grade == "B"
