"""What models may say: printed as coarsely as promised, equal to other software, and silent about small groups."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from numpy.typing import NDArray
from scipy.special import expit

from analysis.answers import read_answers, read_roster
from analysis.dataset import Dataset, missing_code
from analysis.disclosure.certificate import certificate
from analysis.disclosure.models import Bounded, Carelessness, Models, fit_models
from analysis.disclosure.plan import JOB_TYPES
from analysis.disclosure.release import Opened, Release, opened_in, release
from analysis.results import Results, plan_results
from analysis.scoring import Scored, derived_categories, item_scores, score_dataset
from analysis.survey import Survey, read_survey
from instruments.questionnaire import build_questionnaire
from survey_app.demo import DemoFiles
from tests.analysis.organisations import cut_of, dataset_of, random_rows, survey_of

Array = NDArray[np.float64]

SCALES = ("high_demands", "low_autonomy", "recovery", "support", "example", "dialogue")


@pytest.fixture(scope="module")
def demo(demo_files: DemoFiles) -> tuple[Survey, Dataset]:
    survey = read_survey(demo_files.survey)
    return survey, read_answers(demo_files.answers, survey, read_roster(demo_files.roster, survey))[-1]


@pytest.fixture(scope="module")
def models(demo_results: Results) -> Models:
    return demo_results.release.models


def score(scored: Mapping[str, Scored], key: str) -> Array:
    found = scored[key]
    assert found.numerator is not None
    return np.where(found.valid, found.numerator / found.denominator, np.nan)


def rounded(number: float, step: str) -> Decimal:
    return Decimal(number).quantize(Decimal(step), ROUND_HALF_UP)


# ------------------------------------------------------------------------ the numbers, by other software


def test_reliability_is_that_of_a_table_of_complete_answers(demo: tuple[Survey, Dataset], models: Models) -> None:
    survey, people = demo
    assert [found.measure for found in models.reliability] == ["fatigue", *SCALES]
    for found in models.reliability:
        items = [survey.questionnaire.item(key) for key in survey.questionnaire.measure(found.measure).items]
        columns = {}
        for item in items:
            codes = people.codes[item.key]
            columns[item.key] = np.where(codes == missing_code(codes.dtype), np.nan, item_scores(item, codes))
        table = pd.DataFrame(columns).dropna()
        k = table.shape[1]
        alpha = k / (k - 1) * (1 - table.var().sum() / table.sum(axis=1).var())
        assert found.items == k
        assert found.alpha is not None and found.omega is not None
        assert found.alpha.value == rounded(alpha, "0.01")
        loadings = sm.Factor(table, n_factor=1, method="ml").fit().loadings[:, 0]
        spread = table.std().to_numpy()
        common = abs(loadings @ spread) ** 2
        omega = common / (common + float((1 - loadings**2) @ spread**2))
        assert found.omega.value == rounded(omega, "0.01")
        assert found.doubtful is (min(float(alpha), float(omega)) < 0.7)


def test_the_parts_are_those_of_regressions_in_every_order(demo: tuple[Survey, Dataset], models: Models) -> None:
    survey, people = demo
    scored = score_dataset(people, survey.questionnaire)
    table = pd.DataFrame({key: score(scored, key) for key in ("fatigue", *SCALES)}).dropna()
    y, r_squared = table["fatigue"], {frozenset[str](): 0.0}

    def explained(keys: frozenset[str]) -> float:
        if keys not in r_squared:
            r_squared[keys] = float(sm.OLS(y, sm.add_constant(table[sorted(keys)])).fit().rsquared)
        return r_squared[keys]

    parts = dict.fromkeys(SCALES, 0.0)
    orders = list(permutations(SCALES))
    for order in orders:
        for place, key in enumerate(order):
            parts[key] += explained(frozenset(order[: place + 1])) - explained(frozenset(order[:place]))
    assert models.drivers is not None and models.drivers.outcome == "fatigue"
    found = {line.measure: line for line in models.drivers.lines}
    assert list(found) == sorted(SCALES, key=lambda key: -parts[key])
    for key, total in parts.items():
        assert found[key].share.value == rounded(100 * total / len(orders), "1")
    assert models.drivers.r_squared.value == rounded(100 * explained(frozenset(SCALES)), "1")
    # Little autonomy is the low end of its score: less of the score is more of what the measure is named after.
    signs = {key: np.sign(table[key].corr(y)) * (-1 if key == "low_autonomy" else 1) for key in SCALES}
    assert {key: line.direction for key, line in found.items() if line.direction} == {
        key: sign for key, sign in signs.items() if found[key].direction
    }
    assert found["high_demands"].direction == found["low_autonomy"].direction == 1
    assert found["recovery"].direction == -1


def test_demands_and_autonomy_are_those_of_a_model_of_statsmodels(demo: tuple[Survey, Dataset], models: Models) -> None:
    survey, people = demo
    scored = score_dataset(people, survey.questionnaire)
    fatigue, carer = scored["fatigue"], scored["carer"]
    assert fatigue.flag is not None and carer.flag is not None
    table = pd.DataFrame({"demands": score(scored, "high_demands"), "autonomy": score(scored, "low_autonomy")})
    table["tired"] = np.where(fatigue.valid, fatigue.flag.astype(float), np.nan)
    table["care"] = (carer.valid & carer.flag).astype(float)
    table["women"] = (people.cuts["sex"] == 0).astype(float)
    for place in (0, 1, 2, 3, 4):
        table[f"age {place}"] = (people.cuts["age"] == place).astype(float)
    table = table.dropna()
    # The largest group of each is the base, with everybody whose group is too small or unknown.
    counts = {column: int(table[column].sum()) for column in table if str(column).startswith("age")}
    kept = [column for column in counts if column != max(counts, key=lambda key: counts[key])]
    for column in list(kept):
        inside = table[table[column] == 1]["tired"]
        if min(inside.sum(), len(inside) - inside.sum()) < 11:
            kept.remove(column)
    women = table["women"].mean() < 0.5
    sex = table["women"] if women else (1 - table["women"]) - (people.cuts["sex"][table.index] == -1)
    z = [(table[key] - table[key].mean()) / table[key].std() for key in ("demands", "autonomy")]
    X = np.column_stack([np.ones(len(table)), *z, z[0] * z[1], sex, table[kept], table["care"]])
    fit = sm.Logit(table["tired"].to_numpy(), X).fit(disp=0, method="newton", tol=1e-12)
    corners = []
    for demands, autonomy in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
        at = X.copy()
        at[:, 1], at[:, 2], at[:, 3] = demands, autonomy, demands * autonomy
        corners.append(100 * float(expit(at @ fit.params).mean()))
    found = models.interplay
    assert found is not None and not found.firth
    assert found.adjusted == ("sex", "age", "carer")
    assert found.corners == tuple(int(rounded(corner, "1")) for corner in corners)
    assert found.beyond.value == rounded(corners[1] + corners[2] - corners[0] - corners[3], "1")
    assert found.log_odds.value == rounded(float(fit.params[3]), "0.01")
    assert found.beyond.low < found.beyond.value < found.beyond.high
    assert found.direction == (0 if found.beyond.low <= 0 <= found.beyond.high else np.sign(found.beyond.value))


def test_without_the_careless_means_without_who_says_so(demo: tuple[Survey, Dataset], models: Models) -> None:
    survey, people = demo
    scored = score_dataset(people, survey.questionnaire)
    serious = scored["diligence_serious"]
    assert serious.flag is not None
    doubted = serious.valid & ~serious.flag
    shifts = []
    for measure in survey.questionnaire.measures:
        found = scored[measure.key]
        if found.flag is not None and measure.among is None and not measure.single_item and measure.theme != "quality":
            yes = pd.Series(found.flag[found.valid])
            shifts.append(abs(yes[~doubted[found.valid]].mean() - yes.mean()))
    assert models.carelessness == Carelessness(int(rounded(100 * doubted.mean(), "1")), int(np.ceil(100 * max(shifts))))


# --------------------------------------------------------------------------------------- the rules


def every_number(models: Models) -> list[Bounded]:
    found = [each for scale in models.reliability for each in (scale.alpha, scale.omega) if each is not None]
    if models.drivers is not None:
        found += [models.drivers.r_squared, *(line.share for line in models.drivers.lines)]
    if models.interplay is not None:
        found += [models.interplay.beyond, models.interplay.log_odds]
    return found


def test_numbers_are_whole_or_in_hundredths_and_intervals_hold_them(models: Models) -> None:
    numbers = every_number(models)
    assert len(numbers) > 20
    for number in numbers:
        assert number.low <= number.value <= number.high
        for part in (number.low, number.value, number.high):
            assert part.as_tuple().exponent in (0, -2)
    assert models.drivers is not None
    assert all(line.share.value == int(line.share.value) for line in models.drivers.lines)


def test_asking_again_gives_the_same_draws(demo: tuple[Survey, Dataset], demo_results: Results) -> None:
    survey, people = demo
    plan, merged = plan_results(survey, people, [people.wave])
    cells = [cell for cell in demo_results.release.cells.values() if cell.key.wave == plan.wave]
    again = fit_models(merged, survey.questionnaire, plan, opened_in(cells), demo_results.release.smallest)
    assert again == demo_results.release.models


QUESTIONNAIRE = build_questionnaire(("mental-fatigue", "workload", "autonomy", "job-strain", "diligence"))
DEMANDS = ("workload_fast", "workload_much", "workload_hard")
AUTONOMY = QUESTIONNAIRE.measure("low_autonomy").items


def organisation(n: int, *, seed: int = 3, women: int = 2) -> Dataset:
    """People of whom fatigue goes together with demands; ``women`` is how many people there are to one woman."""
    rng = np.random.default_rng(seed)
    rows = [dict(row) for row in random_rows(QUESTIONNAIRE, n, rng, silent=0.0)]
    fatigue = [item.key for item in QUESTIONNAIRE.items if item.key.startswith("fatigue")]
    for row in rows:
        busy, free, tired = rng.random() < 0.5, rng.random() < 0.5, rng.random()
        for key in DEMANDS:
            row[key] = int(rng.integers(3, 5) if busy else rng.integers(1, 3))
        for key in AUTONOMY:
            row[key] = int(3 if free and rng.random() < 0.9 else rng.integers(1, 3))
        for key in fatigue:
            row[key] = int(rng.integers(4, 8) if tired < (0.7 if busy else 0.4) else rng.integers(1, 3))
        row["diligence_serious"] = 1
    sex = [0 if place % women == 0 else 1 for place in range(n)]
    return dataset_of(QUESTIONNAIRE, rows, cuts={"sex": sex})


def released(people: Dataset) -> Release:
    survey = survey_of(QUESTIONNAIRE, cuts=[cut_of("sex", "women", "men")])
    plan, merged = plan_results(survey, people, ["2026"])
    return release([merged], QUESTIONNAIRE, plan, survey.k)


def test_below_a_hundred_people_no_model_says_anything() -> None:
    assert released(organisation(99)).models == Models()
    assert released(organisation(100)).models.reliability


def test_who_is_in_too_small_a_group_is_counted_with_the_others() -> None:
    assert released(organisation(400)).models.interplay is not None
    large, small = (released(organisation(400, women=every)).models.interplay for every in (2, 25))
    assert large is not None and large.adjusted == ("sex",)
    assert small is not None and small.adjusted == ()  # of 16 women fewer than 11 are tired, or are not


def test_a_category_that_is_closed_is_no_group_of_a_model() -> None:
    people = organisation(400)
    found = released(people)
    opened = opened_in(found.cells.values())
    closed = {key: part - {"women"} if key[1] == "sex" else part for key, part in opened.categories.items()}
    again = fit_models(people, QUESTIONNAIRE, found.plan, Opened(opened.totals, closed), found.smallest)
    assert again.interplay is not None and again.interplay.adjusted == ()


@pytest.mark.parametrize("kind", JOB_TYPES)
def test_each_kind_of_job_needs_enough_people_of_both_outcomes(kind: str) -> None:
    people = organisation(400)
    found = released(people)
    scored = score_dataset(people, QUESTIONNAIRE)
    inside = derived_categories(scored, "high_demands", "low_autonomy") == JOB_TYPES.index(kind)
    fatigue = scored["fatigue"]
    assert fatigue.flag is not None
    tired = np.flatnonzero(inside & fatigue.flag)
    assert tired.size >= 11
    codes = dict(people.codes)
    for key in [key for key in codes if key.startswith("fatigue")]:
        codes[key] = codes[key].copy()
        codes[key][tired[10:]] = 1  # ten tired people are left
    opened = opened_in(found.cells.values())
    fewer = fit_models(replace(people, codes=codes), QUESTIONNAIRE, found.plan, opened, found.smallest)
    assert found.models.interplay is not None
    assert fewer.interplay is None


@pytest.mark.parametrize("measure", ["fatigue", "high_demands", "low_autonomy"])
def test_nothing_uses_a_measure_that_is_closed(measure: str) -> None:
    people = organisation(400)
    found = released(people)
    opened = opened_in(found.cells.values())
    shut = Opened(opened.totals - {measure}, opened.categories)
    again = fit_models(people, QUESTIONNAIRE, found.plan, shut, found.smallest)
    assert again.interplay is None
    assert measure not in [scale.measure for scale in again.reliability]
    lines = () if again.drivers is None else again.drivers.lines
    assert (again.drivers is None) is (measure == "fatigue")
    assert measure not in [line.measure for line in lines]


@pytest.mark.parametrize(("careless", "shown"), [(0, False), (10, False), (11, True), (389, True), (390, False)])
def test_who_draws_attention_is_told_for_enough_people_on_either_side(careless: int, shown: bool) -> None:
    people = organisation(400)
    answers = people.codes["diligence_serious"].copy()
    answers[:careless] = 3
    found = released(replace(people, codes={**people.codes, "diligence_serious": answers}))
    assert (found.models.carelessness is not None) is shown


def test_the_certificate_repeats_what_models_say(demo_results: Results) -> None:
    statement = json.loads(json.dumps(certificate(demo_results.release, {}, "1", synthetic=True)))
    models = demo_results.release.models
    assert models.drivers is not None
    assert [line["measure"] for line in statement["models"]["drivers"]["lines"]] == [
        line.measure for line in models.drivers.lines
    ]
    first = models.reliability[0]
    assert first.alpha is not None
    assert statement["models"]["reliability"][0]["alpha"]["value"] == float(first.alpha.value)
