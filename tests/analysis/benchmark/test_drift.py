"""What a national figure may have moved since its year."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from statistics import median

import pytest

from analysis.benchmark.compare import compare_measure, spread
from analysis.benchmark.drift import PER_YEAR, drift_since, last_change
from analysis.benchmark.figures import load_figures
from instruments.questionnaire import build_questionnaire
from tests.analysis.released import cell_of, estimate_of, figure_of


def test_the_usual_drift_is_the_median_change_per_year_in_the_catalogue() -> None:
    catalogue = load_figures()
    changes = []
    for indicator in catalogue:
        series = [figure for figure in catalogue.series(indicator.key) if figure.unit == "%"]
        for one, two in pairwise(series):
            if one.survey == two.survey and catalogue.break_between(one.survey, one.year, two.year) is None:
                changes.append(abs(two.value - one.value) / (two.year - one.year))
    assert len(changes) >= 30 and median(changes) == Decimal(str(PER_YEAR))


def test_a_figure_moves_on_as_fast_as_it_did_last() -> None:
    catalogue = load_figures()
    fatigue = catalogue.preferred("burnout_complaints", latest=2024)
    assert fatigue is not None and last_change(catalogue, fatigue) == 1.0  # 19.0 in 2023, 20 in 2024
    drift = drift_since(catalogue, fatigue, 2027)
    assert drift is not None and (drift.years, drift.per_year, drift.sd) == (3, 1.0, 3.0)
    support = catalogue.preferred("work_home_imbalance", latest=2020)
    assert support is not None and last_change(catalogue, support) == pytest.approx(2.1)  # 9.7, then 7.6
    faster = drift_since(catalogue, support, 2021)
    assert faster is not None and faster.sd == pytest.approx(2.1)


def test_a_change_across_a_method_break_is_no_change() -> None:
    catalogue = load_figures()
    first = catalogue.preferred("burnout_complaints", latest=2022)
    assert first is not None and last_change(catalogue, first) is None  # 17 in 2021, 20.0 in 2022
    drift = drift_since(catalogue, first, 2023)
    assert drift is not None and drift.per_year == PER_YEAR


def test_within_one_year_and_for_what_is_no_percentage_nothing_drifts() -> None:
    catalogue = load_figures()
    fatigue = catalogue.preferred("burnout_complaints", latest=2024)
    assert fatigue is not None and drift_since(catalogue, fatigue, 2024) is None
    assert drift_since(catalogue, figure_of(unit="hours"), 2030) is None


def test_an_error_is_added_in_quadrature() -> None:
    moved = spread(estimate_of(20, (19, 22), (19.2, 21.5)), 2.0)
    # 1.96 * 2 = 3.92 next to 1 and 2; 1.645 * 2 = 3.29 next to 0.8 and 1.5.
    assert (20 - moved.wide.low, moved.wide.high - 20) == pytest.approx((4.0455, 4.4007), abs=1e-4)
    assert (20 - moved.narrow.low, moved.narrow.high - 20) == pytest.approx((3.3856, 3.6155), abs=1e-4)


def test_years_in_between_make_a_verdict_more_careful_and_leave_the_official_figure_as_it_is() -> None:
    catalogue, measure = load_figures(), build_questionnaire(["mental-fatigue"]).measure("fatigue")
    cell = cell_of(24, 700, "fatigue")
    near, far = (compare_measure(measure, "own", cell, catalogue, year)[0] for year in (2024, 2026))
    assert near.figure == far.figure and near.official == far.official
    assert near.drift is None and near.basis == near.official
    assert near.difference is not None and far.difference is not None
    assert near.difference.points == far.difference.points
    assert (near.difference.verdict, far.difference.verdict) == ("higher", "uncertain")
