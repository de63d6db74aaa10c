"""The whole analysis of one survey: the promise is kept as it was made, and everything follows from the release."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.benchmark.compare import compare_cells, compare_measure, headline
from analysis.benchmark.figures import load_figures
from analysis.disclosure.plan import JOB_TYPES, RESPONSE
from analysis.findings import make_findings
from analysis.results import Results, analyse
from instruments.questionnaire import build_questionnaire
from tests.analysis.organisations import dataset_of, random_organisation, random_rows, survey_of


def analyse_units(k: int, *sizes: int) -> Results:
    questionnaire = build_questionnaire(["recovery"])
    rows = random_rows(questionnaire, sum(sizes), np.random.default_rng(1), silent=0.0)
    units = [f"Unit {size}" for size in sizes for _ in range(size)]
    dataset = dataset_of(questionnaire, rows, units=units)
    return analyse(survey_of(questionnaire, k=k), [dataset], load_figures())


@pytest.mark.parametrize("k", [10, 15, 40])
def test_a_group_of_the_promised_size_is_closed_and_one_larger_is_open(k: int) -> None:
    released = analyse_units(k, k, k + 1, 200).release
    for measure in (RESPONSE, "recovery"):
        closed = [unit for unit in released.plan.units if released.unit(measure, unit).closed]
        assert closed == [f"Unit {k}", f"Unit {k + 1}"]  # the next smallest protects the small one
    released = analyse_units(k, k + 1, k + 2, 200).release
    assert not any(released.unit("recovery", unit).closed for unit in released.plan.units)
    assert (released.k, released.smallest) == (k, k + 1)


def test_an_organisation_of_the_promised_size_prints_nothing() -> None:
    assert all(cell.closed for cell in analyse_units(10, 10).release.cells.values())
    assert not analyse_units(10, 11).release.total("recovery").closed


def test_everything_follows_from_the_release(demo_results: Results) -> None:
    survey, released = demo_results.survey, demo_results.release
    questionnaire, catalogue = survey.questionnaire, load_figures()
    for measure in questionnaire.measures:
        wording = questionnaire.wording_of(measure.key)
        expected = compare_measure(measure, wording, released.total(measure.key), catalogue, survey.year)
        assert demo_results.comparisons.get(measure.key, ()) == expected
    assert set(demo_results.comparisons) < {measure.key for measure in questionnaire.measures}
    changes = {key: compare_cells(released.total(key), released.total(key, "2025")) for key in demo_results.changes}
    assert demo_results.changes == changes
    again = make_findings(released, questionnaire, demo_results.comparisons, demo_results.changes)
    assert demo_results.findings == again


def test_a_first_wave_has_no_changes() -> None:
    survey, (_, now) = random_organisation(4)
    first = analyse(replace(survey, earlier=(), wave_column=None), [now], load_figures())
    both = analyse(survey, random_organisation(4)[1], load_figures())
    assert first.changes == {}
    assert both.changes
    assert {key: first.release.cells[key] for key in first.release.cells} == {
        key: cell for key, cell in both.release.cells.items() if key.wave == "2026"
    }


def test_an_earlier_wave_in_which_nobody_answered_is_left_out() -> None:
    survey, datasets = random_organisation(4)
    results = analyse(replace(survey, earlier=("2024", "2025")), datasets, load_figures())
    assert results.release.plan.earlier == ("2025",)
    assert {key.wave for key in results.release.cells} == {"2025", "2026"}


def test_together_is_held_against_the_sum_of_the_four_printed_shares(demo_results: Results) -> None:
    cells = {kind: demo_results.release.category("fatigue", "job_type", kind) for kind in JOB_TYPES}
    shares = {kind: cell.share for kind, cell in cells.items()}
    assert None not in shares.values()
    found = demo_results.interplay
    assert found is not None
    both, demands, autonomy, neither = (
        shares[kind] for kind in ("high_strain", "active_work", "passive_work", "low_strain")
    )
    assert 100 * found.beyond_the_sum == pytest.approx(both - demands - autonomy + neither)  # type: ignore[operator]
    variance = sum(
        (s / 100) * (1 - s / 100) / (cell.n_low or 1) + 0.01**2 / 12
        for s, cell in zip(shares.values(), cells.values(), strict=True)  # type: ignore[operator]
    )
    assert found.error == pytest.approx(variance**0.5)
    half = (found.interval.high - found.interval.low) / 2
    assert half == pytest.approx(1.96 * found.error, rel=0.05), (
        "Wilson's bounds are nearly those of the normal law here"
    )


def test_without_the_four_kinds_of_job_there_is_nothing_to_hold_together() -> None:
    assert analyse_units(10, 60).interplay is None


def test_the_headlines_that_stand_are_those_of_holm_worked_by_hand(demo_results: Results) -> None:
    found = demo_results.headlines
    assert found is not None
    p = {}
    for key in demo_results.comparisons:
        best = headline(demo_results.comparisons, key)
        if best is not None and best.difference is not None:
            p[key] = best.difference.p_value
    left = []
    for place, key in enumerate(sorted(p, key=lambda key: p[key])):  # down from the smallest, until one fails
        if p[key] > 0.05 / (len(p) - place):
            break
        left.append(key)
    assert found.tested == len(p) > 2
    assert set(found.left) == set(left)
    assert set(found.different) == {key for key, value in p.items() if value < 0.05}


def test_with_one_comparison_there_is_nothing_to_correct(demo_results: Results) -> None:
    only = {"fatigue": demo_results.comparisons["fatigue"]}
    assert replace(demo_results, comparisons=only).headlines is None


def test_what_is_skipped_follows_from_printed_numbers(demo_results: Results) -> None:
    answered = demo_results.release.total("response").n_low
    assert answered is not None
    for key, share in demo_results.skipped.items():
        n = demo_results.release.total(key).n_low
        assert n is not None and share == pytest.approx(1 - n / answered)
    assert "fatigue" in demo_results.skipped and "care_burdened" not in demo_results.skipped
