"""Scoring a whole dataset: cut-offs that must not be rounded, gaps, narrower bases, sums by group."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.scoring import GroupSums, Scored, derived_categories, score_dataset, sum_by_group
from instruments.loading import instrument_from_table
from instruments.questionnaire import Questionnaire, build_questionnaire
from tests.analysis.organisations import Answers, dataset_of, random_rows, unchecked
from tests.instruments.own_table import changed

FATIGUE = ("fatigue_used_up", "fatigue_empty", "fatigue_morning", "fatigue_people", "fatigue_exhausted")
DEMANDS = ("workload_fast", "workload_much", "workload_hard")
AUTONOMY = ("autonomy_how", "autonomy_order", "autonomy_pace", "autonomy_solutions", "autonomy_leave")
JOB_TYPES = ("low_strain", "passive_work", "active_work", "high_strain")


@pytest.fixture(scope="module")
def job_strain() -> Questionnaire:
    return build_questionnaire(["workload", "autonomy", "job-strain"])


def row(keys: Sequence[str], *codes: int | None) -> Answers:
    return dict(zip(keys, codes, strict=True))


def own_measure(measure: Mapping[str, object], scale: Mapping[str, object], items: int = 2) -> Questionnaire:
    """A questionnaire with one measure over ``items`` questions on one scale."""
    keys = [f"question{number}" for number in range(1, items + 1)]
    table = {
        "id": "made-up",
        "scales": {"only": scale},
        "items": [{"key": key, "scale": "only"} for key in keys],
        "measures": [{"key": "score", "items": keys, **measure}],
        "texts": {"en": {"title": "Made up", "items": dict.fromkeys(keys, "A question?"), "scales": {}}},
    }
    labels = {str(code): f"answer {code}" for code in scale.get("values", ())}  # type: ignore[attr-defined]
    texts = table["texts"]["en"]  # type: ignore[index]
    texts["scales"] = {"only": labels} if labels else {}
    texts["measures"] = {"score": {"name": "the score"}}
    return unchecked([instrument_from_table(table, "made-up.toml")])


def score_one(questionnaire: Questionnaire, answers: Answers, measure: str = "score") -> tuple[bool, bool, Fraction]:
    """Whether one respondent counts, is flagged, and with which score."""
    found = score_dataset(dataset_of(questionnaire, [answers]), questionnaire)[measure]
    flag = bool(found.flag is not None and found.flag[0])
    number = Fraction(0) if found.numerator is None else Fraction(int(found.numerator[0]), found.denominator)
    return bool(found.valid[0]), flag, number


# -------------------------------------------------------------------------------------------- cut-offs


def test_fatigue_begins_above_a_mean_of_three_and_a_fifth() -> None:
    questionnaire = build_questionnaire(["mental-fatigue"])
    # Five answers that add up to 16 are a mean of exactly 3.2, which is not above it.
    assert score_one(questionnaire, row(FATIGUE, 3, 3, 3, 3, 4), "fatigue") == (True, False, Fraction(16, 5))
    assert score_one(questionnaire, row(FATIGUE, 3, 3, 3, 4, 4), "fatigue") == (True, True, Fraction(17, 5))


def test_someone_with_a_gap_counts_in_neither_share_nor_mean() -> None:
    # The share needs all five answers, and the mean next to it is printed over the same people.
    questionnaire = build_questionnaire(["mental-fatigue"])
    counted, _, _ = score_one(questionnaire, row(FATIGUE, 7, 7, 7, 7, None), "fatigue")
    assert not counted


def test_high_demands_begin_at_a_mean_of_two_and_a_half(job_strain: Questionnaire) -> None:
    assert score_one(job_strain, row(DEMANDS, 2, 2, 3), "high_demands")[:2] == (True, False)
    assert score_one(job_strain, row(DEMANDS, 2, 3, 3), "high_demands")[:2] == (True, True)
    assert score_one(job_strain, row(AUTONOMY, 3, 3, 2, 2, 2), "low_autonomy")[:2] == (True, True)
    assert score_one(job_strain, row(AUTONOMY, 3, 3, 3, 2, 2), "low_autonomy")[:2] == (True, False)


@pytest.mark.parametrize(
    ("operator", "flagged"),
    [
        ("at_least", [False, True, True]),
        ("above", [False, False, True]),
        ("at_most", [True, True, False]),
        ("below", [True, False, False]),
        ("equals", [False, True, False]),
    ],
)
def test_each_comparison_is_exact_at_its_cut_off(operator: str, flagged: list[bool]) -> None:
    # Over three answers 7/3 is a sum of 7: no decimal number writes this cut-off.
    questionnaire = own_measure({"statistic": "mean", "flag": {operator: "7/3"}}, {"values": [1, 2, 3, 4, 5]}, items=3)
    keys = ("question1", "question2", "question3")
    found = [score_one(questionnaire, row(keys, *codes))[1] for codes in ((2, 2, 2), (2, 2, 3), (2, 3, 3))]
    assert found == flagged


def test_a_cut_off_with_very_many_digits_is_still_exact() -> None:
    scale = {"range": [0, 9999]}
    just_below = own_measure({"statistic": "mean", "flag": {"above": "24999999999999/5000000000"}}, scale)
    exact = own_measure({"statistic": "mean", "flag": {"above": 5000}}, scale)
    answers = row(("question1", "question2"), 4999, 5001)
    assert score_one(just_below, answers) == (True, True, Fraction(5000))
    assert score_one(exact, answers) == (True, False, Fraction(5000))


# ------------------------------------------------------------------------------------- kinds of scores


@pytest.mark.parametrize(
    ("scale", "codes", "percent"),
    [
        ({"values": [1, 0]}, (1, 0), 50),
        ({"values": [1, 2, 3, 4, 5]}, (1, 1), 0),
        ({"values": [1, 2, 3, 4, 5]}, (5, 5), 100),
        ({"values": [1, 2, 3, 4, 5]}, (2, 3), Fraction(75, 2)),
        ({"range": [10, 70]}, (10, 30), Fraction(50, 3)),
        ({"values": [1, 2, 3], "scores": [-10, 0, 30]}, (1, 2), Fraction(25, 2)),
    ],
)
def test_a_percentage_runs_from_nought_to_a_hundred_on_every_scale(
    scale: Mapping[str, object], codes: tuple[int, int], percent: Fraction
) -> None:
    questionnaire = own_measure({"statistic": "percent", "flag": {"at_least": 50}}, scale)
    found = score_one(questionnaire, row(("question1", "question2"), *codes))
    assert found == (True, percent >= 50, percent)


def test_a_percentage_is_over_the_answers_that_were_given() -> None:
    questionnaire = own_measure({"statistic": "percent", "min_answered": 1}, {"values": [1, 2, 3, 4, 5]}, items=3)
    keys = ("question1", "question2", "question3")
    assert score_one(questionnaire, row(keys, 5, None, None)) == (True, False, Fraction(100))
    assert score_one(questionnaire, row(keys, 5, 2, None)) == (True, False, Fraction(125, 2))
    assert not score_one(questionnaire, row(keys, None, None, None))[0]


def test_a_sum_of_many_large_numbers_does_not_run_over() -> None:
    questionnaire = own_measure({"statistic": "sum"}, {"range": [0, 9999]}, items=40)
    answers = {item.key: 9999 for item in questionnaire.items}
    assert score_one(questionnaire, answers) == (True, False, Fraction(40 * 9999))


def test_a_mean_over_very_many_questions_with_gaps_stays_exact() -> None:
    # 131 questions: more than one byte counts, and the common denominator has over fifty digits.
    questionnaire = own_measure({"statistic": "mean", "min_answered": 1}, {"values": [1, 2, 3, 4, 5]}, items=131)
    keys = [item.key for item in questionnaire.items]
    rows = [dict.fromkeys(keys, 4), {**dict.fromkeys(keys, 2), keys[0]: None}, {keys[5]: 5, keys[6]: 2}]
    found = score_dataset(dataset_of(questionnaire, rows), questionnaire)["score"]
    assert found.numerator is not None
    scores = [Fraction(int(number), found.denominator) for number in found.numerator]
    assert scores == [Fraction(4), Fraction(2), Fraction(7, 2)]


def test_a_reversed_question_on_a_high_scale_does_not_run_over() -> None:
    questionnaire = unchecked([instrument_from_table(changed("scales.minutes", {"range": [60, 120]}), "x.toml")])
    turned = unchecked([instrument_from_table(_reversed_queue(), "x.toml")])
    assert score_one(questionnaire, {"queue": 61}, "queue") == (True, False, Fraction(61))
    assert score_one(turned, {"queue": 61}, "queue") == (True, False, Fraction(119))


def _reversed_queue() -> dict[str, object]:
    table = changed("scales.minutes", {"range": [60, 120]})
    table["items"][2]["reverse"] = True
    return table


def test_large_scores_of_an_answer_are_kept_whole() -> None:
    questionnaire = own_measure({"statistic": "sum"}, {"values": [1, 2], "scores": [0, 40_000]})
    assert score_one(questionnaire, row(("question1", "question2"), 2, 2)) == (True, False, Fraction(80_000))


# ----------------------------------------------------------------------------------------- rules and bases


def test_one_unknown_part_leaves_all_four_kinds_of_job_unknown(job_strain: Questionnaire) -> None:
    # High demands and a gap in autonomy: certainly not "low strain", but none of the four is known.
    answers = {**row(DEMANDS, 4, 4, 4), **row(AUTONOMY, 1, 1, 1, 1, None)}
    scored = score_dataset(dataset_of(job_strain, [answers]), job_strain)
    assert [bool(scored[kind].valid[0]) for kind in JOB_TYPES] == [False] * 4


def test_the_four_kinds_of_job_add_up_to_everybody(job_strain: Questionnaire) -> None:
    rng = np.random.default_rng(4)
    rows = random_rows(job_strain, 400, rng, silent=0.1)
    scored = score_dataset(dataset_of(job_strain, rows), job_strain)
    base = scored["high_strain"].valid
    assert 100 < int(base.sum()) < 400
    kinds = derived_categories(scored, "high_demands", "low_autonomy")
    for place, kind in enumerate(JOB_TYPES):
        flag = scored[kind].flag
        assert flag is not None
        assert np.array_equal(scored[kind].valid, base)
        assert np.array_equal(flag & base, kinds == place)
        assert int((flag & base).sum()) > 0
    assert np.array_equal(kinds == -1, ~base)


def test_questions_for_carers_are_counted_among_carers_only() -> None:
    questionnaire = build_questionnaire(["care"])
    carer = {"care_past_year": 1, "care_now": 1, "care_duration": 3, "care_hours": 4, "care_burden": 3}
    short = {**carer, "care_duration": 0, "care_hours": 4}  # under 3 months and under 8 hours: no carer
    open_ended = {**carer, "care_duration": 0, "care_hours": None}  # may be one or not
    silent = {**carer, "care_burden": None}
    rows = [carer, short, open_ended, silent, {"care_past_year": 0}]
    scored = score_dataset(dataset_of(questionnaire, rows), questionnaire)
    assert scored["carer"].valid.tolist() == [True, True, False, True, True]
    assert derived_categories(scored, "carer").tolist() == [1, 0, -1, 1, 0]
    assert scored["care_burdened"].valid.tolist() == [True, False, False, False, False]


def test_a_score_without_a_cut_off_is_neither_yes_nor_no() -> None:
    table = changed("measures.1.rule", {"measure": "queue"})
    questionnaire = unchecked([instrument_from_table(table, "x.toml")])
    assert not score_one(questionnaire, {"queue": 9}, "quick")[0]
    narrowed = unchecked([instrument_from_table(changed("measures.0.among", "queue"), "x.toml")])
    assert not score_one(narrowed, {"food": 5, "noise": 1, "queue": 9}, "canteen")[0]


# ------------------------------------------------------------------------------------------ sums by group


@st.composite
def scored_groups(draw: st.DrawFn) -> tuple[Scored, list[int], int]:
    groups = draw(st.integers(1, 4))
    # Few people in many groups and many in few are added up in different ways.
    n = draw(st.sampled_from([0, 1, 7, 60, 400]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    low, high = draw(st.sampled_from([(0, 4), (-3, 3), (5, 35), (0, 10**6), (-(10**9), 10**9)]))
    dtype = draw(st.sampled_from([np.int32, np.int64]))
    scored = Scored(
        valid=rng.random(n) < draw(st.sampled_from([0.0, 0.9, 1.0])),
        flag=rng.random(n) < 0.4 if draw(st.booleans()) else None,
        numerator=rng.integers(low, high, size=n, endpoint=True).astype(dtype) if draw(st.booleans()) else None,
        denominator=draw(st.sampled_from([1, 5, 60])),
    )
    return scored, rng.integers(-1, groups, size=n).tolist(), groups


@settings(max_examples=150)
@given(scored_groups(), st.sampled_from([np.int8, np.int16, np.int32, np.int64]))
def test_sums_by_group_are_those_of_a_simple_loop(drawn: tuple[Scored, list[int], int], dtype: type) -> None:
    scored, group, groups = drawn
    found = sum_by_group(scored, np.array(group, dtype=dtype), groups)
    for number in range(groups):
        members = [place for place, own in enumerate(group) if own == number and scored.valid[place]]
        assert found.n[number] == len(members)
        assert (found.yes is None) is (scored.flag is None)
        if scored.flag is not None and found.yes is not None:
            assert found.yes[number] == sum(bool(scored.flag[place]) for place in members)
        assert (found.total is None) is (scored.numerator is None)
        if scored.numerator is not None and found.total is not None:
            scores = [int(scored.numerator[place]) for place in members]
            assert found.total[number] == sum(scores)
            if len(scores) >= 2:
                spread = statistics.stdev(Fraction(score, found.denominator) for score in scores)
                assert found.spread(number) == pytest.approx(float(spread), rel=1e-6, abs=1e-3)
    assert len(found.n) == groups


@pytest.mark.parametrize(("low", "high"), [(0, 6), (-2, 120), (0, 10**7)])
def test_sums_over_very_many_people_are_those_of_pandas(low: int, high: int) -> None:
    n, rng = 300_000, np.random.default_rng(low + high)
    scored = Scored(rng.random(n) < 0.97, rng.random(n) < 0.3, rng.integers(low, high, n, endpoint=True), 3)
    group = rng.integers(-1, 7, n)
    found = sum_by_group(scored, group.astype(np.int32), 7)
    table = pd.DataFrame({"group": group, "flag": scored.flag, "score": scored.numerator})
    expected = table[scored.valid & (group >= 0)].groupby("group")
    assert found.n.tolist() == expected.size().tolist()
    assert found.yes is not None and found.yes.tolist() == expected["flag"].sum().tolist()
    assert found.total is not None and found.total.tolist() == expected["score"].sum().tolist()
    spreads = [found.spread(number) for number in range(7)]
    assert spreads == pytest.approx([spread / 3 for spread in expected["score"].std()], rel=1e-9)


def test_a_spread_needs_two_answers_and_a_score() -> None:
    one = np.array([1])
    assert GroupSums(one, one, one, np.array([9.0]), 1).spread(0) == 0.0
    assert GroupSums(np.array([5]), one, None, None, 1).spread(0) == 0.0
    two = GroupSums(np.array([2]), None, np.array([3]), np.array([5.0]), 2)  # scores 1/2 and 2/2
    assert two.spread(0) == pytest.approx(math.sqrt(1 / 8))


@pytest.mark.parametrize("sign", [1, -1])
def test_sums_that_would_lose_their_last_digit_are_refused(sign: int) -> None:
    n = 5
    huge = Scored(np.ones(n, dtype=bool), None, np.full(n, sign * 2**51, dtype=np.int64))
    with pytest.raises(OverflowError, match="no longer be exact"):
        sum_by_group(huge, np.zeros(n, dtype=np.int8), 1)
    fits = Scored(np.ones(n - 2, dtype=bool), None, np.full(n - 2, sign * 2**51 + 1, dtype=np.int64))
    totals = sum_by_group(fits, np.zeros(n - 2, dtype=np.int8), 1).total
    assert totals is not None and int(totals[0]) == 3 * (sign * 2**51 + 1)
