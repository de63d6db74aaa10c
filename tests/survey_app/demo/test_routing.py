"""Answers as people can give them: on the scale, along the routing, with some gaps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from analysis.survey import Survey
from instruments.model import Compare
from survey_app.demo import DEFAULT_SEED, make_demo

SEEDS = (DEFAULT_SEED, 11, 12, 13)
HELP = ("hours", "home", "leave", "fewer", "talk", "information")


def rows_of(seed: int) -> list[dict[str, str]]:
    answers = make_demo(seed).answers
    return [dict(zip(answers.header, row, strict=True)) for row in answers.rows]


@pytest.fixture(scope="module")
def survey(read_demo: Callable) -> Survey:
    return read_demo(DEFAULT_SEED).survey


@pytest.mark.parametrize("seed", SEEDS)
def test_every_answer_is_on_its_scale(seed: int, survey: Survey) -> None:
    for row in rows_of(seed):
        for item in survey.questionnaire.items:
            assert row[item.key] == "" or item.scale.accepts(int(row[item.key])), item.key


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_answers_what_was_not_asked(seed: int, survey: Survey) -> None:
    routed = [item for item in survey.questionnaire.items if item.shown_if is not None]
    assert len(routed) == 12
    for row in rows_of(seed):
        for item in routed:
            condition = item.shown_if
            assert isinstance(condition, Compare) and condition.operator == "equals"
            if row[condition.item] != str(condition.value):
                assert row[item.key] == "", f"{item.key} answered with {condition.item}={row[condition.item]!r}"


@pytest.mark.parametrize("seed", SEEDS)
def test_no_help_needed_excludes_every_kind_of_help(seed: int) -> None:
    asked = [row for row in rows_of(seed) if row["care_now"] == "1"]
    assert len(asked) > 150
    for row in asked:
        kinds = [row[f"care_help_{kind}"] for kind in HELP]
        if row["care_help_none"] == "":
            assert set(kinds) == {""}
        else:
            assert (row["care_help_none"] == "1") == ("1" not in kinds)


def test_every_answer_of_every_scale_is_given_by_someone(survey: Survey) -> None:
    rows = rows_of(DEFAULT_SEED)
    for item in survey.questionnaire.items:
        assert {int(row[item.key]) for row in rows if row[item.key]} == set(item.scale.values), item.key


@pytest.mark.parametrize("seed", SEEDS)
def test_one_to_three_in_a_hundred_skip_an_item_and_more_on_care(seed: int) -> None:
    rows = rows_of(seed)
    asked_always = [key for key in rows[0] if key.startswith(("fatigue_", "workload_", "autonomy_", "recovery_"))]
    missing = [np.mean([row[key] == "" for row in rows]) for key in asked_always]
    assert 0.008 < np.mean(missing) < 0.03
    carers = [row for row in rows if row["care_now"] == "1"]
    on_care = [np.mean([row[key] == "" for row in carers]) for key in ("care_burden", "care_known")]
    assert np.mean(on_care) > np.mean(missing)


@pytest.mark.parametrize("seed", SEEDS)
def test_about_two_in_a_hundred_stop_halfway(seed: int, survey: Survey) -> None:
    keys = [item.key for item in survey.questionnaire.items]
    late = keys[len(keys) * 3 // 5 : keys.index("care_past_year") + 1]
    stopped = [row for row in rows_of(seed) if not any(row[key] for key in late)]
    assert 0.008 < len(stopped) / len(rows_of(seed)) < 0.035
    assert all(any(row[key] for key in keys[:10]) for row in stopped)


def test_about_two_in_a_hundred_keep_their_sex_to_themselves() -> None:
    rows = rows_of(DEFAULT_SEED)
    assert 0.01 < np.mean([row["sex"] == "" for row in rows]) < 0.03
    assert all(row["age"] and row["contract"] and row["unit"] for row in rows)
