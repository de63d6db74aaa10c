"""Scoring one respondent: the published examples, and laws that hold for every answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.loading import load_catalogue
from instruments.model import (
    MISSING_CODES,
    Band,
    Compare,
    Condition,
    Every,
    Flag,
    Holds,
    Instrument,
    InstrumentError,
    Item,
    Measure,
    Scale,
    Some,
)
from instruments.scoring import NOTHING, Result, band_of, evaluate, item_score, score_measures

AGREE = Scale("agree", values=(1, 2, 3, 4, 5), scores=(1, 2, 3, 4, 5))
Outcome = bool | None


def score(identifier: str, answers: dict[str, int | None]) -> dict[str, Result]:
    instrument = load_catalogue()[identifier]
    return score_measures(instrument.measures, by_key(instrument), answers)


def by_key(instrument: Instrument) -> dict[str, Item]:
    return {item.key: item for item in instrument.items}


def in_order(identifier: str, *codes: int | None, part: slice = slice(None)) -> dict[str, int | None]:
    keys = [item.key for item in load_catalogue()[identifier].items][part]
    return dict(zip(keys, codes, strict=True))


# --- Published examples: instruments.md, section 8 ----------------------------------------------


@pytest.mark.parametrize(
    ("codes", "mean", "flag"),
    [
        ((3, 3, 3, 3, 4), Fraction(16, 5), False),  # a naive ">= 3.2" would flag this one
        ((3, 3, 3, 4, 4), Fraction(17, 5), True),
        ((1, 1, 1, 1, 1), Fraction(1), False),
        ((7, 7, 7, 7, 7), Fraction(7), True),
        ((4, 4, 4, None, None), Fraction(4), None),  # a score from three answers, no flag
        ((4, 4, None, None, None), None, None),
    ],
)
def test_mental_fatigue(codes: tuple[int | None, ...], mean: Fraction | None, flag: Outcome) -> None:
    assert score("mental-fatigue", in_order("mental-fatigue", *codes))["fatigue"] == Result(mean, flag)


def test_the_monthly_reading_is_the_higher_bar() -> None:
    just_fatigued = score("mental-fatigue", in_order("mental-fatigue", 3, 3, 3, 4, 4))
    assert (just_fatigued["fatigue"].flag, just_fatigued["fatigue_monthly"].flag) == (True, False)
    monthly = score("mental-fatigue", in_order("mental-fatigue", 4, 4, 4, 4, 4))
    assert monthly["fatigue_monthly"].flag is True


def test_an_item_of_mental_fatigue_counts_from_a_few_times_a_month() -> None:
    results = score("mental-fatigue", in_order("mental-fatigue", 3, 4, 5, None, -7))
    keys = ["fatigue_used_up", "fatigue_empty", "fatigue_morning", "fatigue_people", "fatigue_exhausted"]
    assert [results[key].flag for key in keys] == [False, True, True, None, None]


@pytest.mark.parametrize(
    ("codes", "flag"),
    [((2, 2, 3), False), ((2, 3, 3), True), ((3, 3, None), None), ((2, 3, None), None)],
)
def test_high_demands(codes: tuple[int | None, ...], flag: Outcome) -> None:
    assert score("workload", in_order("workload", *codes))["high_demands"].flag is flag


def test_high_demands_would_count_a_mean_of_exactly_two_and_a_half() -> None:
    instrument = load_catalogue()["workload"]
    demands = next(measure for measure in instrument.measures if measure.key == "high_demands")
    assert demands.flag is not None
    two_enough = replace(demands, flag=replace(demands.flag, min_answered=2))
    answers = {"workload_fast": 2, "workload_much": 3}
    assert score_measures([two_enough], by_key(instrument), answers)["high_demands"] == Result(Fraction(5, 2), True)


@pytest.mark.parametrize(
    ("codes", "flag"),
    [
        ((3, 3, 2, 2, 2, 1, 1), True),  # a sum of 12
        ((3, 3, 3, 2, 2, 1, 1), False),  # a sum of 13
        ((3, 3, 3, 2, 2, 3, 3), False),  # hours and place are not in it
        ((1, 1, 1, 1, None, 1, 1), None),
    ],
)
def test_low_autonomy(codes: tuple[int | None, ...], flag: Outcome) -> None:
    assert score("autonomy", in_order("autonomy", *codes))["low_autonomy"].flag is flag


def test_an_item_of_autonomy_counts_regularly_only() -> None:
    results = score("autonomy", {"autonomy_how": 2, "autonomy_order": 3})
    assert (results["autonomy_how"].flag, results["autonomy_order"].flag) == (False, True)


@pytest.mark.parametrize(
    ("busy", "say", "quadrant"),
    [(4, 1, "high_strain"), (4, 3, "active_work"), (1, 1, "passive_work"), (1, 3, "low_strain")],
)
def test_everyone_with_complete_answers_is_in_one_quadrant(busy: int, say: int, quadrant: str) -> None:
    results = quadrants(in_order("workload", *[busy] * 3) | in_order("autonomy", *[say] * 7))
    assert [key for key, flag in results.items() if flag] == [quadrant]


def test_the_four_quadrants_have_the_same_people_as_their_base() -> None:
    only_workload = quadrants(in_order("workload", 1, 1, 1))
    assert list(only_workload.values()) == [None] * 4
    one_gap = in_order("workload", 4, 4, 4) | in_order("autonomy", 1, 1, 1, 1, None, 1, 1)
    assert list(quadrants(one_gap).values()) == [None] * 4


def quadrants(answers: dict[str, int | None]) -> dict[str, Outcome]:
    chosen = [load_catalogue()[name] for name in ("workload", "autonomy", "job-strain")]
    items = {item.key: item for instrument in chosen for item in instrument.items}
    results = score_measures([m for i in chosen for m in i.measures], items, answers)
    return {measure.key: results[measure.key].flag for measure in chosen[2].measures}


@pytest.mark.parametrize(
    ("past_year", "now", "months", "hours", "carer"),
    [
        (1, 1, 0, 8, True),  # 2 months, 8 hours
        (1, 1, 0, 4, False),  # 2 months, 7 hours
        (1, 1, 3, 0, True),  # 3 months, 1 hour
        (1, 1, 0, None, None),  # the hours would settle it
        (1, 1, None, 4, None),
        (1, 1, 60, None, True),  # the months settle it
        (1, 0, None, None, False),
        (0, None, None, None, False),
        (0, 1, 60, 32, False),  # a file that contradicts itself
        (None, None, None, None, None),
        (1, None, None, None, None),
        (-7, None, None, None, None),
    ],
)
def test_carer(past_year: int | None, now: int | None, months: int | None, hours: int | None, carer: Outcome) -> None:
    answers = {
        "care_past_year": past_year,
        "care_now": now,
        "care_duration": months,
        "care_hours": hours,
    }
    assert score("care", answers)["carer"] == Result(None, carer)


CARER = {"care_past_year": 1, "care_now": 1, "care_duration": 12, "care_hours": 4}


def test_results_on_carers_are_about_carers_only() -> None:
    answers = {"care_burden": 3, "care_known": 3, "care_help_leave": 1, "care_help_talk": 0}
    among = score("care", CARER | answers)
    flags = ("care_intensive", "care_burdened", "care_manager_knows", "care_kept_quiet", "care_help_leave")
    assert [among[key].flag for key in flags] == [False, True, False, True, True]
    assert among["care_help_talk"].flag is False
    assert among["care_help_none"].flag is None
    outside = score("care", CARER | answers | {"care_duration": 0})
    assert [outside[key] for key in flags] == [NOTHING] * 5
    unknown = score("care", CARER | answers | {"care_duration": None})
    assert [unknown[key] for key in flags] == [NOTHING] * 5


def test_burden_counts_from_quite_hard() -> None:
    flags = [score("care", CARER | {"care_burden": code})["care_burdened"].flag for code in range(1, 6)]
    assert flags == [False, False, True, True, True]


def test_intensive_counts_from_eight_hours() -> None:
    flags = [score("care", CARER | {"care_hours": c})["care_intensive"].flag for c in (0, 4, 8, 16, 32)]
    assert flags == [False, False, True, True, True]


def test_fas() -> None:
    fas = load_catalogue()["fas"].measures[0]
    assert score("fas", in_order("fas", *[1] * 10))["fas"] == Result(Fraction(18), False)
    thirty = score("fas", in_order("fas", *[3] * 10))["fas"]
    assert thirty == Result(Fraction(30), True)
    assert band_of(fas, thirty.score) == "fas_substantial"
    best = [1, 1, 1, 5, 1, 1, 1, 1, 1, 5]
    assert score("fas", in_order("fas", *best))["fas"] == Result(Fraction(10), False)
    assert score("fas", in_order("fas", *best[:9], None))["fas"] == NOTHING


def test_the_two_halves_of_the_fas_make_the_whole() -> None:
    results = score("fas", in_order("fas", 1, 2, 3, 4, 5, 5, 4, 3, 2, 1))
    physical, mental = results["fas_physical"].score, results["fas_mental"].score
    assert physical is not None and mental is not None
    assert physical + mental == results["fas"].score
    assert physical == 1 + 2 + (6 - 4) + 5 + (6 - 1)


def test_cbi() -> None:
    work = slice(6, None)
    always, never = 5, 1
    six_of_seven = score("cbi", in_order("cbi", *[5] * 6, always, part=work))["cbi_work"].score
    assert six_of_seven == Fraction(600, 7)
    assert round(float(six_of_seven or 0), 2) == 85.71
    assert score("cbi", in_order("cbi", *[5] * 6, never, part=work))["cbi_work"].score == 100
    personal = slice(6)
    two = in_order("cbi", 5, 5, None, None, None, None, part=personal)
    assert score("cbi", two)["cbi_personal"] == NOTHING
    three = in_order("cbi", 5, 5, 1, None, None, None, part=personal)
    assert score("cbi", three)["cbi_personal"].score == Fraction(200, 3)
    assert score("cbi", in_order("cbi", 5, 5, 5, *[None] * 4, part=work))["cbi_work"] == NOTHING


@pytest.mark.parametrize(("unfavourable", "percent", "flag"), [(5, 45.5, False), (6, 54.5, True)])
def test_need_for_recovery(unfavourable: int, percent: float, flag: bool) -> None:
    codes = [1] * unfavourable + [0] * (11 - unfavourable)
    result = score("need-for-recovery", in_order("need-for-recovery", *codes))["need_for_recovery"]
    assert result == Result(Fraction(100 * unfavourable, 11), flag)
    assert result.score is not None and round(float(result.score), 1) == percent


def test_ediz_counts_the_middle_answer() -> None:
    more_or_less = in_order("ediz", *[3] * 9)
    assert score("ediz", more_or_less)["ediz"].score == 9
    assert score("ediz", in_order("ediz", 1, 2, 3, 4, 5, 1, 2, 1, 2))["ediz"].score == 3


@pytest.mark.parametrize(
    ("points", "band", "flag"),
    [
        (0, "burden_none", False),
        (1, "burden_light", False),
        (3, "burden_light", False),
        (4, "burden_moderate", False),
        (8, "burden_moderate", False),
        (9, "burden_heavy", True),
        (15, "burden_heavy", True),
    ],
)
def test_ediz_plus(points: int, band: str, flag: bool) -> None:
    result = score("ediz-plus", in_order("ediz-plus", *[1] * points, *[0] * (15 - points)))["ediz_plus"]
    assert result == Result(Fraction(points), flag)
    assert band_of(load_catalogue()["ediz-plus"].measures[0], result.score) == band


@pytest.mark.parametrize(("yes", "flag"), [(6, False), (7, True)])
def test_csi(yes: int, flag: bool) -> None:
    assert score("csi", in_order("csi", *[1] * yes, *[0] * (13 - yes)))["csi"] == Result(Fraction(yes), flag)


@pytest.mark.parametrize(("last", "flag"), [(0, False), (1, True)])
def test_cis_total_counts_above_76(last: int, flag: bool) -> None:
    codes = [4] * 18 + [2, 2 + last]
    assert score("cis-20r", in_order("cis-20r", *codes))["cis_total"] == Result(Fraction(76 + last), flag)


@pytest.mark.parametrize(("last", "flag"), [(6, False), (7, True)])
def test_cis_severity_counts_from_35(last: int, flag: bool) -> None:
    codes = [4] * 7 + [last]
    result = score("cis-20r", in_order("cis-20r", *codes, part=slice(8)))["cis_severity"]
    assert result == Result(Fraction(28 + last), flag)


def test_bat_means_and_bands() -> None:
    results = score("bat-12", in_order("bat-12", 5, 5, 5, 3, 3, 3, 1, 1, 1, 2, 2, 2))
    keys = ("bat12", "bat12_exhaustion", "bat12_distance", "bat12_cognitive", "bat12_emotional")
    assert [results[key].score for key in keys] == [Fraction(11, 4), 5, 3, 1, 2]
    whole = load_catalogue()["bat-12"].measures[0]
    edges = [("253/100", "bat_low"), ("254/100", "bat_at_risk"), ("296/100", "bat_severe")]
    assert [band_of(whole, Fraction(value)) for value, _ in edges] == [band for _, band in edges]


def test_work_engagement_has_a_total_and_three_parts() -> None:
    results = score("uwes-9", in_order("uwes-9", 6, 6, 6, 3, 3, 3, 0, 0, 0))
    assert [result.score for result in results.values()] == [3, 6, 3, 0]


def test_carerqol_is_a_profile_of_shares() -> None:
    results = score("carerqol-7d", in_order("carerqol-7d", 0, 1, 2, 2, None, 0, 1))
    assert [result.flag for result in results.values()] == [False, False, True, True, None, False, False]
    assert {result.score for result in results.values()} == {None}


def test_balance_counts_the_satisfied() -> None:
    flags = [score("balance", {"balance_satisfied": c})["balance_satisfied"].flag for c in range(1, 6)]
    assert flags == [False, False, False, True, True]


def test_work_home_counts_often_and_very_often() -> None:
    results = score("work-home", {"home_work_to_home": 3, "home_home_to_work": 2})
    assert results == {
        "home_work_to_home": Result(Fraction(3), True),
        "home_home_to_work": Result(Fraction(2), False),
    }


def test_diligence_has_a_share_and_no_mean() -> None:
    results = [score("diligence", {"diligence_serious": code})["diligence_serious"] for code in (1, 2, 3)]
    assert results == [Result(None, True), Result(None, False), Result(None, False)]


@pytest.mark.parametrize("identifier", ["recovery", "support", "example", "dialogue"])
def test_own_scales_count_from_three_and_a_half_with_all_answers(identifier: str) -> None:
    n = len(load_catalogue()[identifier].items)
    high, low = [4] * (n - 1) + [3], [3] * n
    assert score(identifier, in_order(identifier, *high))[identifier].flag is True
    assert score(identifier, in_order(identifier, *low))[identifier].flag is False
    one_gap = score(identifier, in_order(identifier, *high[:-1], None))[identifier]
    assert one_gap == Result(Fraction(4), None)
    two_gaps = score(identifier, in_order(identifier, *high[:-2], None, None))[identifier]
    assert two_gaps == NOTHING


# --- Answers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [None, *MISSING_CODES])
def test_missing_codes_have_no_score(answer: int | None) -> None:
    assert item_score(Item("q", AGREE), answer) is None


@pytest.mark.parametrize("answer", [0, 6, -1, -6, True, 2.0, "3"])
def test_an_answer_off_the_scale_is_refused(answer: object) -> None:
    with pytest.raises(InstrumentError, match=r"q: the answer .* is not on scale 'agree' \(1, 2, 3, 4, 5\)"):
        item_score(Item("q", AGREE), answer)  # type: ignore[arg-type]  # what a careless caller hands in


def test_a_number_off_a_numeric_scale_is_refused() -> None:
    hours = Scale("hours", values=(0, 24), scores=(0, 24), numeric=True)
    assert item_score(Item("h", hours), 13) == 13
    assert item_score(Item("h", hours, reverse=True), 20) == 4
    with pytest.raises(InstrumentError, match=r"h: the answer 25 is not on scale 'hours' \(0 to 24\)"):
        item_score(Item("h", hours), 25)


def test_answers_that_no_measure_uses_are_checked_and_other_columns_are_not() -> None:
    items = {"q": Item("q", AGREE), "r": Item("r", AGREE)}
    measure = Measure("m", "own", items=("q",), statistic="mean")
    assert score_measures([measure], items, {"q": 4, "unit": 999})["m"].score == 4
    with pytest.raises(InstrumentError, match="r: the answer 9"):
        score_measures([measure], items, {"q": 4, "r": 9})


def test_references_that_lead_nowhere_are_refused() -> None:
    missing_item = Measure("m", "own", items=("q",), statistic="mean")
    with pytest.raises(InstrumentError, match="q: this item is referred to"):
        score_measures([missing_item], {}, {})
    missing_measure = Measure("m", "own", rule=Holds("other"))
    with pytest.raises(InstrumentError, match="other: this measure is referred to"):
        score_measures([missing_measure], {}, {})


def test_measures_in_a_circle_are_refused() -> None:
    circle = [Measure("a", "own", rule=Holds("b")), Measure("b", "own", rule=Holds("a"))]
    with pytest.raises(InstrumentError, match="a -> b -> a: these measures depend on each other"):
        score_measures(circle, {}, {})


def test_a_measure_may_refer_to_one_that_comes_later() -> None:
    items = {"q": Item("q", AGREE)}
    late = Measure("late", "own", items=("q",), statistic="mean", flag=Flag("at_least", Fraction(4), 1))
    early = Measure("early", "own", rule=Holds("late", expected=False))
    results = score_measures([early, late], items, {"q": 2})
    assert list(results) == ["early", "late"]
    assert results["early"].flag is True


# --- Conditions ---------------------------------------------------------------------------------

KLEENE_AND: list[tuple[Outcome, Outcome, Outcome]] = [
    (True, True, True),
    (True, False, False),
    (True, None, None),
    (False, None, False),
    (None, None, None),
    (False, False, False),
]


@pytest.mark.parametrize(("left", "right", "both"), KLEENE_AND)
@pytest.mark.parametrize("swap", [False, True])
def test_every_is_the_strong_and_of_kleene(left: Outcome, right: Outcome, both: Outcome, swap: bool) -> None:
    given_flags = {"l": left, "r": right}
    parts: tuple[Condition, ...] = (Holds("r"), Holds("l")) if swap else (Holds("l"), Holds("r"))
    assert evaluate(Every(parts), {}, {}, given_flags.__getitem__) is both


@pytest.mark.parametrize(("left", "right", "both"), KLEENE_AND)
def test_a_complete_every_is_unknown_as_soon_as_one_part_is(left: Outcome, right: Outcome, both: Outcome) -> None:
    flags = {"l": left, "r": right}
    expected = None if None in (left, right) else both
    assert evaluate(Every((Holds("l"), Holds("r")), complete=True), {}, {}, flags.__getitem__) is expected


@pytest.mark.parametrize(("left", "right", "both"), KLEENE_AND)
def test_some_is_its_mirror(left: Outcome, right: Outcome, both: Outcome) -> None:
    def turn(value: Outcome) -> Outcome:
        return None if value is None else not value

    flags = {"l": turn(left), "r": turn(right)}
    assert evaluate(Some((Holds("l"), Holds("r"))), {}, {}, flags.__getitem__) is turn(both)


def test_a_routing_condition_needs_no_measures() -> None:
    items = {"q": Item("q", AGREE)}
    assert evaluate(Compare("q", "at_most", 2), items, {"q": 2}) is True
    assert evaluate(Compare("q", "at_most", 2), items, {}) is None
    with pytest.raises(InstrumentError, match="m: this condition looks at a measure"):
        evaluate(Holds("m"), items, {})
    with pytest.raises(InstrumentError, match="z: this item is referred to"):
        evaluate(Compare("z", "equals", 1), items, {})


def test_a_condition_looks_at_the_score_of_a_reversed_item() -> None:
    items = {"q": Item("q", AGREE, reverse=True)}
    assert evaluate(Compare("q", "equals", 5), items, {"q": 1}) is True


# --- Bands --------------------------------------------------------------------------------------


def test_a_score_belongs_to_the_highest_band_it_reaches() -> None:
    bands = (Band("low", Fraction(2)), Band("high", Fraction(4)))
    measure = Measure("m", "own", items=("q",), statistic="mean", bands=bands)
    found = [band_of(measure, Fraction(n, 2)) for n in (3, 4, 7, 8, 10)]
    assert found == [None, "low", "low", "high", "high"]
    assert band_of(measure, None) is None


# --- Laws ---------------------------------------------------------------------------------------


@st.composite
def scales(draw: st.DrawFn) -> Scale:
    n = draw(st.integers(2, 7))
    codes = draw(st.lists(st.integers(0, 50), min_size=n, max_size=n, unique=True))
    scores = draw(st.lists(st.integers(-20, 100), min_size=n, max_size=n, unique=True))
    return Scale("drawn", tuple(codes), tuple(scores))


@st.composite
def answered(draw: st.DrawFn) -> tuple[dict[str, Item], dict[str, int | None]]:
    scale = draw(scales())
    keys = [f"q{number}" for number in range(draw(st.integers(1, 8)))]
    items = {key: Item(key, scale, reverse=draw(st.booleans())) for key in keys}
    codes = st.sampled_from([*scale.values, None, *MISSING_CODES])
    return items, {key: draw(codes) for key in keys}


def measure_over(items: dict[str, Item], **changes: object) -> Measure:
    base = Measure("m", "own", items=tuple(items), statistic="mean")
    return replace(base, **changes)  # type: ignore[arg-type]  # the tests know which fields they change


def only(items: dict[str, Item], measure: Measure, answers: dict[str, int | None]) -> Result:
    return score_measures([measure], items, answers)["m"]


@given(scales(), st.data())
def test_reversing_twice_changes_nothing_and_once_mirrors(scale: Scale, data: st.DataObject) -> None:
    code = data.draw(st.sampled_from(scale.values))
    plain = item_score(Item("q", scale), code)
    mirrored = item_score(Item("q", scale, reverse=True), code)
    assert plain is not None and mirrored is not None
    assert plain + mirrored == scale.low + scale.high
    assert scale.low <= mirrored <= scale.high


@given(answered())
def test_a_mean_lies_on_the_scale_and_a_percentage_between_0_and_100(
    drawn: tuple[dict[str, Item], dict[str, int | None]],
) -> None:
    items, answers = drawn
    scale = next(iter(items.values())).scale
    mean = only(items, measure_over(items), answers).score
    percent = only(items, measure_over(items, statistic="percent"), answers).score
    if all(item_score(items[key], answers[key]) is None for key in items):
        assert mean is None and percent is None
        return
    assert mean is not None and percent is not None
    assert scale.low <= mean <= scale.high
    assert percent == 100 * (mean - scale.low) / (scale.high - scale.low)


@given(answered())
def test_a_reversed_set_of_items_mirrors_the_mean(
    drawn: tuple[dict[str, Item], dict[str, int | None]],
) -> None:
    items, answers = drawn
    scale = next(iter(items.values())).scale
    turned = {key: replace(item, reverse=not item.reverse) for key, item in items.items()}
    mean = only(items, measure_over(items), answers).score
    mirror = only(turned, measure_over(turned), answers).score
    if mean is None:
        assert mirror is None
    else:
        assert mirror == scale.low + scale.high - mean


@given(answered(), st.integers(1, 8))
def test_a_score_needs_exactly_the_answers_it_asks_for(
    drawn: tuple[dict[str, Item], dict[str, int | None]], least: int
) -> None:
    items, answers = drawn
    count = sum(item_score(items[key], answer) is not None for key, answer in answers.items())
    result = only(items, measure_over(items, min_answered=least), answers)
    assert (result.score is not None) == (count >= least)


COMPARISONS: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "at_least": lambda value, cut: value >= cut,
    "above": lambda value, cut: value > cut,
    "at_most": lambda value, cut: value <= cut,
    "below": lambda value, cut: value < cut,
    "equals": lambda value, cut: value == cut,
}


@given(
    st.lists(st.integers(1, 5), min_size=1, max_size=7),
    st.fractions(min_value=1, max_value=5, max_denominator=40),
    st.sampled_from(sorted(COMPARISONS)),
    st.booleans(),
)
def test_a_cut_off_is_decided_exactly(
    codes: list[int], threshold: Fraction, operator: str, at_the_border: bool
) -> None:
    cut = Fraction(sum(codes), len(codes)) if at_the_border else threshold
    items = {f"q{n}": Item(f"q{n}", AGREE) for n in range(len(codes))}
    flag = Flag(operator, cut, len(codes))  # type: ignore[arg-type]  # drawn from the operators
    answers: dict[str, int | None] = dict(zip(items, codes, strict=True))
    result = only(items, measure_over(items, flag=flag), answers)
    assert result.flag is COMPARISONS[operator](Fraction(sum(codes), len(codes)), cut)


@given(st.lists(st.integers(1, 7), min_size=5, max_size=5))
def test_the_fatigue_flag_is_the_integer_rule(codes: list[int]) -> None:
    result = score("mental-fatigue", in_order("mental-fatigue", *codes))["fatigue"]
    assert result.flag is (5 * sum(codes) > 16 * len(codes)) is (sum(codes) >= 17)


@given(st.data())
def test_no_answers_at_all_give_no_results_anywhere(data: st.DataObject) -> None:
    instrument = data.draw(st.sampled_from([i for i in load_catalogue().values() if i.items]))
    codes = st.sampled_from([None, *MISSING_CODES])
    answers = {item.key: data.draw(codes) for item in instrument.items}
    assert set(score(instrument.id, answers).values()) == {NOTHING}


@given(st.data())
def test_every_instrument_scores_whatever_is_on_its_scales(data: st.DataObject) -> None:
    instrument = data.draw(st.sampled_from([i for i in load_catalogue().values() if i.items]))
    answers = {item.key: data.draw(st.sampled_from([None, *item.scale.values])) for item in instrument.items}
    results = score(instrument.id, answers)
    assert list(results) == [measure.key for measure in instrument.measures]
    for measure in instrument.measures:
        result = results[measure.key]
        assert result.score is None or measure.has_mean
        assert result.flag is None or measure.has_share
        if measure.among is not None and results[measure.among].flag is not True:
            assert result == NOTHING
        if measure.bands and result.score is not None:
            assert band_of(measure, result.score) is not None
