"""Weighting from printed numbers, and what silence can hide."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.answers import read_answers
from analysis.disclosure.plan import RESPONSE, CellKey
from analysis.disclosure.release import Cell, Release
from analysis.nonresponse import NOTABLE, weigh
from analysis.results import Results
from analysis.roster import read_roster
from analysis.scoring import score_dataset
from analysis.weighting import rake
from analysis.weighting_variance import weighted_share
from instruments.questionnaire import build_questionnaire
from survey_app.demo import DemoFiles
from tests.analysis.organisations import survey_of
from tests.analysis.released import plan_of, release_of

QUESTIONNAIRE = build_questionnaire(["mental-fatigue"])
SURVEY = survey_of(QUESTIONNAIRE)


def release_by_unit(total: tuple[int, int, int, int], units: dict[str, tuple[int, int, int] | None]) -> Release:
    """Of the organisation and of units: invited, answered and the share that is tired; None for a closed unit.

    Of the organisation the last number is how many answered at most.
    """
    plan = plan_of(QUESTIONNAIRE, tuple(units))
    open_units = {unit: found for unit, found in units.items() if found is not None}
    shares = {CellKey("2026", "fatigue", unit): (share, n) for unit, (_, n, share) in open_units.items()}
    release = release_of(plan, {"fatigue": (total[2], total[1]), **shares})
    cells = dict(release.cells)
    cells[CellKey("2026", RESPONSE)] = Cell(CellKey("2026", RESPONSE), total[1], total[3], invited=total[0])
    for unit, (invited, n, _) in open_units.items():
        key = CellKey("2026", RESPONSE, unit)
        cells[key] = Cell(key, n, n, invited=invited)
    return replace(release, cells=cells)


TWO = {"Noord": (100, 90, 10), "Zuid": (300, 60, 40)}


def test_with_one_margin_it_is_the_share_of_each_group_times_its_people() -> None:
    # (90 * 10% + 60 * 40%) / 150 = 22% of the answers; 0.25 * 10% + 0.75 * 40% = 32.5% of the people.
    found = weigh(release_by_unit((400, 150, 22, 150), TWO), SURVEY, ["fatigue"])
    assert found is not None and found.margins == ("unit",) and found.joined == 0
    assert found.shares["fatigue"].share == pytest.approx(32.5, abs=1e-9)
    assert found.shares["fatigue"].shift == pytest.approx(10.5) and found.notable == ("fatigue",)
    # Weights 0.25 / 0.6 and 0.75 / 0.4, so 1 + cv^2 = 0.6 * (0.25/0.6)^2 + 0.4 * (0.75/0.4)^2.
    assert found.kish == pytest.approx(0.25**2 / 0.6 + 0.75**2 / 0.4)


def test_when_all_groups_answered_alike_nothing_shifts() -> None:
    even = {"Noord": (100, 50, 10), "Zuid": (200, 100, 40)}
    found = weigh(release_by_unit((300, 150, 30, 150), even), SURVEY, ["fatigue"])
    assert found is not None and found.kish == pytest.approx(1)
    assert abs(found.shares["fatigue"].shift) < 1e-9 and not found.notable


def test_a_closed_unit_counts_with_what_the_others_leave() -> None:
    # 30 of 180 answers and 100 of 500 people are left; of these (180 * 0.20 - 33) / 30 = 10% are tired.
    closed = {**TWO, "Oost": None}
    found = weigh(release_by_unit((500, 180, 20, 180), closed), SURVEY, ["fatigue"])
    assert found is not None
    assert found.shares["fatigue"].share == pytest.approx(0.2 * 10 + 0.6 * 40 + 0.2 * 10, abs=1e-9)


def test_the_interval_allows_for_the_rounding_of_what_is_printed() -> None:
    # Everybody answered: nothing is left to chance but the printed digits, 1.96 / sqrt(12) = 0.566 points.
    full = {"Noord": (100, 100, 20), "Zuid": (300, 300, 20)}
    found = weigh(release_by_unit((400, 400, 20, 400), full), SURVEY, ["fatigue"])
    assert found is not None
    entry = found.shares["fatigue"]
    assert (entry.share - entry.interval.low, entry.interval.high - entry.share) == pytest.approx(
        (0.5658,) * 2, abs=1e-3
    )


def test_without_a_roster_there_is_nothing_to_weigh_to() -> None:
    release = release_by_unit((400, 150, 22, 150), TWO)
    key = CellKey("2026", RESPONSE)
    bare = replace(release, cells={**release.cells, key: replace(release.cells[key], invited=None)})
    assert weigh(bare, SURVEY, ["fatigue"]) is None


def test_where_the_number_of_answers_is_a_band_nothing_is_weighted_and_the_bounds_stay() -> None:
    found = weigh(release_by_unit((400, 390, 22, 400), TWO), SURVEY, ["fatigue"])
    assert found is not None and found.rate is None and found.shares == {} and found.margins == ()
    assert found.bounds is not None


def test_one_unit_is_no_margin() -> None:
    found = weigh(release_by_unit((400, 150, 22, 150), {"Noord": (400, 150, 22)}), SURVEY, ["fatigue"])
    assert found is not None and found.shares == {} and found.rate == pytest.approx(0.375)


def test_the_tipping_line_and_the_bounds_are_those_worked_by_hand() -> None:
    # 22% of 150 is 33 people; 250 of 400 kept silent, so a gap of g moves the whole by 0.625 g.
    found = weigh(release_by_unit((400, 150, 22, 150), TWO), SURVEY, ["fatigue"])
    assert found is not None and found.bounds is not None
    assert [entry.overall for entry in found.tipping] == pytest.approx([0.25125, 0.2825, 0.345])
    assert (found.bounds.low, found.bounds.high) == pytest.approx((33 / 400, 283 / 400))


def test_what_is_not_open_is_not_weighted() -> None:
    release = release_by_unit((400, 150, 22, 150), TWO)
    key = CellKey("2026", "fatigue")
    closed = replace(release, cells={**release.cells, key: Cell(key)})
    found = weigh(closed, SURVEY, ["fatigue"])
    assert found is not None and (found.shares, found.tipping, found.bounds) == ({}, (), None)


def test_the_printed_numbers_give_nearly_what_the_answers_give(demo_results: Results, demo_files: DemoFiles) -> None:
    """Raked person by person, as nobody outside the gate can: at most 0.8 points away, printed digits included."""
    found = demo_results.nonresponse
    assert found is not None and set(found.margins) == {"unit", "age", "sex", "contract"}
    survey = demo_results.survey
    dataset = read_answers(demo_files.answers, survey, read_roster(demo_files.roster, survey))[-1]
    assert dataset.headcount is not None
    units = sorted({path[0] for path in dataset.paths})
    categories = {
        "unit": np.array([units.index(dataset.paths[place][0]) if place >= 0 else -1 for place in dataset.unit])
    }
    margins: dict[str, list[float]] = {"unit": [dataset.headcount.below((unit,)) for unit in units]}
    for cut in survey.cuts:
        categories[cut.key] = dataset.cuts[cut.key].astype(np.int64)
        margins[cut.key] = [dataset.headcount.cuts[cut.key].get(category.key, 0) for category in cut.categories]
    weights = rake(categories, margins)
    assert found.kish == pytest.approx(weights.kish, abs=0.02)
    scored = score_dataset(dataset, survey.questionnaire)
    for key, entry in found.shares.items():
        flag = scored[key].flag
        assert flag is not None
        exact = weighted_share(flag, weights, scored[key].valid, population=dataset.headcount.total)
        assert entry.share == pytest.approx(100 * exact.value, abs=0.8), key
        assert abs(entry.shift) < NOTABLE + 0.2
