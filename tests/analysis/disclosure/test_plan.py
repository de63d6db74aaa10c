"""The reporting plan: a closed list that follows from the survey and not from what people answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.benchmark.figures import load_figures
from analysis.disclosure.plan import CARER_CATEGORIES, JOB_TYPES, RESPONSE, CellKey, ReportingPlan, make_plan
from analysis.results import analyse
from analysis.units import TOTAL
from instruments.loading import load_catalogue
from instruments.questionnaire import Questionnaire, build_questionnaire
from tests.analysis.organisations import cut_of, random_organisation, survey_of

UNITS = (("East",), ("West",), ("West", "Team 10"), ("West", "Team 2"))


@pytest.fixture(scope="module")
def questionnaire() -> Questionnaire:
    return build_questionnaire([identifier for identifier, instrument in load_catalogue().items() if instrument.usable])


@pytest.fixture(scope="module")
def plan(questionnaire: Questionnaire) -> ReportingPlan:
    survey = survey_of(questionnaire, cuts=[cut_of("sex", "women", "men")], earlier=["2024", "2025"])
    return make_plan(survey, UNITS, ["2025", "2026"])


def test_the_plan_does_not_depend_on_answers() -> None:
    survey, datasets = random_organisation(2)
    catalogue = load_figures()
    silent = [replace(d, codes={key: np.full_like(codes, -128) for key, codes in d.codes.items()}) for d in datasets]
    as_answered, unanswered = (analyse(survey, each, catalogue).release for each in (datasets, silent))
    assert unanswered.plan == as_answered.plan
    assert list(unanswered.cells) == list(as_answered.cells) == list(as_answered.plan.cells())
    assert unanswered.cells != as_answered.cells


def test_a_unit_of_which_nobody_answered_is_in_the_plan_when_it_is_on_the_roster() -> None:
    survey, datasets = random_organisation(2)
    assert "Empty unit" in analyse(survey, datasets, load_figures()).release.plan.units


def test_no_cell_is_planned_twice(plan: ReportingPlan) -> None:
    cells = list(plan.cells())
    assert len(cells) == len(set(cells))
    assert list(plan.cells()) == cells


def test_every_measure_has_its_organisation_figure_in_every_wave(
    plan: ReportingPlan, questionnaire: Questionnaire
) -> None:
    totals = [key for key in plan.cells() if key.unit == TOTAL and not key.cut]
    measures = [RESPONSE, *(measure.key for measure in questionnaire.measures)]
    assert totals == [CellKey(wave, measure) for wave in ("2025", "2026") for measure in measures]


def test_an_earlier_wave_is_never_divided(plan: ReportingPlan) -> None:
    assert plan.earlier == ("2025",)  # nobody answered in 2024
    before = [key for key in plan.cells() if key.wave != plan.wave]
    assert before
    assert all((key.unit, key.cut, key.category) == (TOTAL, "", "") for key in before)


def test_cuts_are_made_of_the_organisation_and_of_its_first_level_only(plan: ReportingPlan) -> None:
    assert {key.unit for key in plan.cells() if key.cut} == {TOTAL, "East", "West"}
    assert all(bool(key.cut) == bool(key.category) for key in plan.cells())


def test_units_of_every_level_are_planned_each_after_the_one_above_it(plan: ReportingPlan) -> None:
    assert plan.tree == (("East",), ("West",), ("West", "Team 2"), ("West", "Team 10"))
    units = [key.unit for key in plan.cells() if key.measure == "recovery" and key.wave == "2026" and not key.cut]
    assert units == [TOTAL, "East", "West", "West > Team 2", "West > Team 10"]


def test_a_unit_that_is_only_named_in_the_path_of_another_is_planned() -> None:
    survey = survey_of(build_questionnaire(["recovery"]))
    assert make_plan(survey, [("A", "B", "C")], ["2026"]).tree == (("A",), ("A", "B"), ("A", "B", "C"))


def test_the_questions_of_a_scale_are_printed_for_the_whole_organisation_only(
    plan: ReportingPlan, questionnaire: Questionnaire
) -> None:
    shown = {key.measure for key in plan.cells() if key.unit != TOTAL or key.cut}
    undivided = {measure.key for measure in questionnaire.measures} - shown
    assert {"fatigue_used_up", "workload_fast", "autonomy_how", "recovery_breaks"} <= undivided
    assert {"fatigue", "recovery", "balance_satisfied", "carer", RESPONSE} <= shown
    in_scale = {m.key for m in questionnaire.measures if questionnaire.in_scale(m.key)}
    # A second cut-off on the questions of another scale, and a question about answering itself.
    assert undivided == {*in_scale, "fatigue_monthly", "diligence_serious"}


def test_carers_are_a_cut_of_everything_that_does_not_make_someone_a_carer(plan: ReportingPlan) -> None:
    by_care = {key.measure for key in plan.cells() if key.cut == "carer"}
    assert {"fatigue", "recovery", "home_work_to_home"} <= by_care
    assert not by_care & {"carer", "care_intensive", "care_burdened", "care_manager_knows", "care_help_none", RESPONSE}
    assert {key.category for key in plan.cells() if key.cut == "carer"} == set(CARER_CATEGORIES)


def test_job_types_are_a_cut_of_everything_that_does_not_make_the_job_type(plan: ReportingPlan) -> None:
    by_type = {key.measure for key in plan.cells() if key.cut == "job_type"}
    assert {"fatigue", "recovery", "carer"} <= by_type
    assert not by_type & {"high_demands", "low_autonomy", *JOB_TYPES, RESPONSE}
    assert {key.category for key in plan.cells() if key.cut == "job_type"} == set(JOB_TYPES)


def test_without_questions_on_care_or_work_there_are_no_such_cuts() -> None:
    survey = survey_of(build_questionnaire(["mental-fatigue", "workload", "autonomy"]))
    assert make_plan(survey, UNITS, ["2026"]).cuts == ()


def test_the_response_is_planned_by_unit_and_by_the_cuts_of_the_survey(plan: ReportingPlan) -> None:
    places = [(key.unit, key.cut, key.category) for key in plan.cells() if key.measure == RESPONSE]
    units = [(unit, "", "") for unit in (TOTAL, "East", "West", "West > Team 2", "West > Team 10")]
    cuts = [(unit, "sex", sex) for unit in (TOTAL, "East", "West") for sex in ("women", "men")]
    assert places == [(TOTAL, "", ""), *units, *cuts]


def test_cells_come_wave_by_wave_measure_by_measure_and_the_whole_before_its_parts(plan: ReportingPlan) -> None:
    cells = list(plan.cells())
    waves = [key.wave for key in cells]
    assert waves == sorted(waves)
    current = [key for key in cells if key.wave == "2026"]
    assert list(dict.fromkeys(key.measure for key in current)) == [RESPONSE, *plan.measures]
    fatigue = [(key.unit, key.cut, key.category) for key in current if key.measure == "fatigue"]
    assert fatigue == [
        (TOTAL, "", ""), ("East", "", ""), ("West", "", ""), ("West > Team 2", "", ""), ("West > Team 10", "", ""),
        *(
            (unit, cut, category)
            for unit in (TOTAL, "East", "West")
            for cut, categories in (("sex", ("women", "men")), ("carer", CARER_CATEGORIES), ("job_type", JOB_TYPES))
            for category in categories
        ),
    ]  # fmt: skip
