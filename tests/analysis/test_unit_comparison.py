"""Units beside each other: who stands out after all looks are counted, and what is likely for each."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from analysis.disclosure.plan import CellKey, make_plan
from analysis.disclosure.release import Release
from analysis.funnel import Position
from analysis.results import Results
from analysis.unit_comparison import FEWEST, compare_all, compare_units, units_beside_each_other
from instruments.questionnaire import build_questionnaire
from tests.analysis.organisations import survey_of
from tests.analysis.released import plan_of, release_of

QUESTIONNAIRE = build_questionnaire(["mental-fatigue"])


def release_with(total: tuple[int, int], units: dict[str, tuple[int, int] | None]) -> Release:
    """The organisation's share and number of answers, and those of units of the first level; None for a closed one."""
    plan = plan_of(QUESTIONNAIRE, tuple(units))
    shown = {CellKey("2026", "fatigue", unit): found for unit, found in units.items() if found is not None}
    return release_of(plan, {"fatigue": total, **shown})


ALIKE = {f"Team {number}": (20, 40 + 5 * number) for number in range(10)}


def test_a_unit_that_lies_far_off_stands_out_and_no_other() -> None:
    found = compare_units(release_with((22, 685), {**ALIKE, "Nacht": (48, 60)}), "fatigue")
    assert found is not None and [unit.name for unit in found.away] == ["Nacht"]
    night = found.units[[unit.name for unit in found.units].index("Nacht")]
    assert (night.away, night.position) == (1, Position.FAR_ABOVE)
    assert 22 < night.low < night.likely < 48 < night.high, "drawn towards the others, and not all the way"
    assert found.model.p_value < 0.05


def test_the_p_values_are_fishers_on_the_printed_numbers_and_corrected_for_all_looks() -> None:
    units = {"Noord": (35, 80), "Zuid": (20, 100), "Oost": (18, 120), "West": (25, 60)}
    found = compare_units(release_with((23, 360), units), "fatigue")
    assert found is not None
    # Half a point of rounding in the unit's favour, towards the organisation's 23%; then whole people, likewise.
    counts = {"Noord": 0.345 * 80, "Zuid": 0.205 * 100, "Oost": 0.185 * 120, "West": 0.245 * 60}
    total = round(sum(counts.values()))
    raw = []
    for unit, (_, n) in units.items():
        expected = total * n / 360
        yes = int(counts[unit]) if counts[unit] > expected else int(np.ceil(counts[unit]))
        law = stats.hypergeom(360, total, n)
        raw.append(min(1.0, 2 * min(law.cdf(yes), law.sf(yes - 1))))
    order = np.argsort(raw)[::-1]
    adjusted, least = np.empty(4), 1.0
    for rank, place in zip((4, 3, 2, 1), order, strict=True):
        least = min(least, raw[place] * 4 / rank)
        adjusted[place] = least
    by_name = {unit.name: unit.adjusted_p for unit in found.units}
    assert [by_name[unit] for unit in units] == pytest.approx(adjusted.tolist(), rel=1e-9)


def test_units_that_are_alike_get_one_likely_share() -> None:
    found = compare_units(release_with((20, 625), ALIKE), "fatigue")
    assert found is not None and not found.away
    assert found.model.sigma == pytest.approx(0, abs=1e-3)
    assert {round(unit.likely, 1) for unit in found.units} == {20.0}


def test_of_a_band_the_lowest_number_counts_for_the_limits() -> None:
    units = {**ALIKE, "Klein": (46, 26)}  # printed as 25-29 answers
    found = compare_units(release_with((20, 651), units), "fatigue")
    assert found is not None
    small = next(unit for unit in found.units if unit.name == "Klein")
    assert (small.cell.n_low, small.cell.n_high) == (25, 29)
    # 11.5 of 25 around 20%: two-sided binomial chances of 0.2% and 5% lie on either side.
    assert small.position is Position.ABOVE or small.position is Position.FAR_ABOVE


@pytest.mark.parametrize("units", [{}, {"Noord": (30, 60), "Zuid": (20, 80)}, {"A": None, "B": None, "C": None}])
def test_too_few_open_units_are_not_compared(units: dict[str, tuple[int, int] | None]) -> None:
    assert len([unit for unit in units.values() if unit]) < FEWEST
    release = release_with((25, 140), units)
    assert compare_units(release, "fatigue") is None and compare_all(release, ["fatigue"]) == {}


def test_nothing_is_compared_with_a_closed_total() -> None:
    release = release_of(
        plan_of(QUESTIONNAIRE, tuple(ALIKE)), {CellKey("2026", "fatigue", u): f for u, f in ALIKE.items()}
    )
    assert compare_units(release, "fatigue") is None


def test_nobody_counts_twice(demo_results: Results) -> None:
    release = demo_results.release
    first = units_beside_each_other(release, "fatigue")
    assert set(first) <= set(release.plan.units)
    for measure, comparison in demo_results.units.items():
        names = [unit.name for unit in comparison.units]
        assert not any(other.startswith(f"{name} > ") for name in names for other in names), measure


def test_where_the_first_level_is_closed_the_lowest_open_units_are_taken() -> None:
    plan_units = [("Zorg",), ("Zorg", "A"), ("Zorg", "B"), ("Zorg", "B", "B1"), ("Staf",)]
    plan = make_plan(survey_of(QUESTIONNAIRE), plan_units, ["2026"])
    shown = {CellKey("2026", "fatigue", unit): (20, 50) for unit in ("Zorg", "Zorg > A", "Zorg > B", "Zorg > B > B1")}
    release = release_of(plan, {"fatigue": (20, 120), **shown})
    assert list(units_beside_each_other(release, "fatigue")) == ["Zorg > A", "Zorg > B > B1"]


def test_thirty_equal_units_give_no_false_alarm_in_nine_waves_of_ten() -> None:
    """The promise: at most 0.1 false alarms a wave, by the corrected test and by the 99.8% limit."""
    rng = np.random.default_rng(5)
    sizes = rng.integers(11, 80, 30)
    waves, alarms, far = 40, 0, 0
    for _ in range(waves):
        yes = rng.binomial(sizes, 0.22)
        units = {
            f"U{place}": (int(np.floor(100 * y / n + 0.5)), int(n))
            for place, (y, n) in enumerate(zip(yes, sizes, strict=True))
        }
        total = (int(np.floor(100 * yes.sum() / sizes.sum() + 0.5)), int(sizes.sum()))
        found = compare_units(release_with(total, units), "fatigue")
        assert found is not None
        alarms += len(found.away)
        far += sum(unit.position in (Position.FAR_ABOVE, Position.FAR_BELOW) for unit in found.units)
    assert alarms <= 0.1 * waves and far <= 0.1 * waves
