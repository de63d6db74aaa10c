"""The same figure over the years: runs without a break, our own waves, and the change among those who worked here."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scipy import stats

from analysis.benchmark.figures import load_figures
from analysis.disclosure.plan import CellKey
from analysis.disclosure.release import Cell, Release
from analysis.trend import series_of, staff_interval
from instruments.model import Measure
from instruments.questionnaire import build_questionnaire
from tests.analysis.organisations import survey_of
from tests.analysis.released import cell_of, plan_of, release_of

QUESTIONNAIRE = build_questionnaire(["mental-fatigue", "recovery"])


def measure(key: str) -> Measure:
    return QUESTIONNAIRE.measure(key)


def release_in(*waves: str, shares: dict[str, tuple[int, int]]) -> Release:
    """A release of the last of ``waves`` with the share and number of answers of fatigue by wave."""
    plan = plan_of(QUESTIONNAIRE, (), waves[:-1])
    return release_of(plan, {CellKey(wave, "fatigue"): found for wave, found in shares.items()})


def staffed(share: int, n: int, invited: int | None) -> Cell:
    return replace(cell_of(share, n), invited=invited)


# ------------------------------------------------------------------------------------------- the series


def test_the_national_series_stops_at_the_method_break_and_begins_anew() -> None:
    release = release_in("2025", "2026", shares={"2025": (21, 700), "2026": (24, 700)})
    found = series_of(release, survey_of(QUESTIONNAIRE, earlier=["2025"]), measure("fatigue"), load_figures())
    assert found is not None and len(found.national) == 2
    before, after = found.national
    assert before[-1].year == 2021 and after[0].year == 2022 and [b.first_year for b in found.breaks] == [2022]
    years = [figure.year for run in found.national for figure in run]
    assert years == sorted(years) and all(figure.unit == "%" and not figure.words for figure in (*before, *after))


def test_our_waves_stand_at_the_year_of_their_label_and_the_current_one_at_its_fieldwork() -> None:
    waves = ("voorjaar 2024", "0-meting", "2024-2025", "2026")
    release = release_in(*waves, shares=dict.fromkeys(waves, (20, 300)))
    survey = survey_of(QUESTIONNAIRE, earlier=list(waves[:-1]))
    found = series_of(release, survey, measure("fatigue"), load_figures())
    assert found is not None
    # A label without a year, or with two, is not guessed at.
    assert [(year, cell.key.wave) for year, cell in found.own] == [(2024, "voorjaar 2024"), (2026, "2026")]


def test_a_closed_wave_is_left_out() -> None:
    release = release_in("2025", "2026", shares={"2026": (24, 700)})
    found = series_of(release, survey_of(QUESTIONNAIRE, earlier=["2025"]), measure("fatigue"), load_figures())
    assert found is not None and [year for year, _ in found.own] == [2026]


def test_one_wave_without_a_national_figure_is_no_series() -> None:
    release = release_of(plan_of(QUESTIONNAIRE), {"recovery": (50, 300)})
    assert series_of(release, survey_of(QUESTIONNAIRE), measure("recovery"), load_figures()) is None


# ------------------------------------------------------------------------------------------- the change


def test_the_change_among_the_staff_is_worked_out_from_both_predictive_intervals() -> None:
    found = staff_interval(staffed(24, 700, 1200), staffed(20, 600, 1150))
    assert found is not None
    sides = []
    for share, n, invited in ((24, 700, 1200), (20, 600, 1150)):
        yes = share * n // 100
        unseen = stats.betabinom(invited - n, yes + 1, n - yes + 1)
        ends = [100 * (yes + unseen.ppf(tail)) / invited for tail in (0.025, 0.975)]
        rounding = 1.959963984540054 / 12**0.5
        sides.append([((share - ends[0]) ** 2 + rounding**2) ** 0.5, ((ends[1] - share) ** 2 + rounding**2) ** 0.5])
    (now_below, now_above), (before_below, before_above) = sides
    assert found.low == pytest.approx(4 - (now_below**2 + before_above**2) ** 0.5, abs=1e-6)
    assert found.high == pytest.approx(4 + (now_above**2 + before_below**2) ** 0.5, abs=1e-6)


def test_when_everybody_answered_twice_only_the_rounding_is_left() -> None:
    found = staff_interval(staffed(25, 400, 400), staffed(20, 400, 400))
    assert found is not None
    # 1.96 / sqrt(12) for each wave, in quadrature: 0.80 points.
    assert (found.low, found.high) == pytest.approx((5 - 0.8002, 5 + 0.8002), abs=1e-3)


@pytest.mark.parametrize(
    ("now", "before"),
    [(Cell(CellKey("2026", "tired")), staffed(20, 600, 1150)), (staffed(24, 700, None), staffed(20, 600, 1150))],
)
def test_without_a_share_or_a_roster_there_is_no_such_interval(now: Cell, before: Cell) -> None:
    assert staff_interval(now, before) is None and staff_interval(before, now) is None
