"""Two rosters beside each other: against hand-worked shares, and silent about small groups."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analysis.composition_change import CompositionChange, Shift, composition_change_of
from analysis.dataset import Headcount
from analysis.disclosure.plan import CellKey
from analysis.disclosure.release import Release
from analysis.results import Results
from analysis.units import TOTAL


def roster(units: dict[str, int], **cuts: dict[str, int]) -> Headcount:
    return Headcount(sum(units.values()), {(unit,): people for unit, people in units.items()}, cuts)


def with_shares(release: Release, **shares: int | None) -> Release:
    """The release with these shares of fatigue by sex."""
    cells = dict(release.cells)
    for category, share in shares.items():
        key = CellKey(release.plan.wave, "fatigue", TOTAL, "sex", category)
        cells[key] = replace(cells[key], share=share)
    return replace(release, cells=cells)


def test_shares_and_what_they_do_are_those_worked_by_hand(demo_results: Results) -> None:
    # Women from 120 of 200 (60%) to 150 of 200 (75%). At 30% tired women and 10% tired men that is
    # .30 * 15 - .10 * 15 = 3 points more; no unit is known to the release, so units tell nothing.
    before = roster({"Zorg": 100, "Staf": 100}, sex={"women": 120, "men": 80})
    now = roster({"Zorg": 102, "Staf": 98}, sex={"women": 150, "men": 50})
    release = with_shares(demo_results.release, women=30, men=10)
    found = composition_change_of(release, demo_results.survey, before, now)
    assert found is not None
    assert found.shifts == (Shift("sex", "women", 60.0, 75.0), Shift("sex", "men", 40.0, 25.0))
    assert found.moved == ("sex", pytest.approx(3.0))


def test_where_a_group_is_closed_it_is_not_told_what_the_change_does(demo_results: Results) -> None:
    before = roster({"Zorg": 200}, sex={"women": 120, "men": 80})
    now = roster({"Elders": 200}, sex={"women": 150, "men": 50})
    release = with_shares(demo_results.release, women=30, men=None)
    found = composition_change_of(release, demo_results.survey, before, now)
    assert found is not None and found.moved is None and len(found.shifts) == 2


@pytest.mark.parametrize(("men", "named"), [(11, True), (10, False)])
def test_a_group_below_the_smallest_open_one_is_never_named(demo_results: Results, men: int, named: bool) -> None:
    before = roster({"Zorg": 200}, sex={"women": 120, "men": 80})
    now = roster({"Zorg": 200}, sex={"women": 200 - men, "men": men})
    found = composition_change_of(demo_results.release, demo_results.survey, before, now)
    assert found is not None
    assert ("men" in [shift.category for shift in found.shifts]) is named


def test_changes_below_two_points_are_not_named(demo_results: Results) -> None:
    before = roster({"Zorg": 1000}, sex={"women": 600, "men": 400})
    now = roster({"Zorg": 1000}, sex={"women": 619, "men": 381})
    found = composition_change_of(demo_results.release, demo_results.survey, before, now)
    assert found is not None and found.shifts == ()


def test_without_two_rosters_nothing_is_said(demo_results: Results) -> None:
    people = roster({"Zorg": 200})
    for before, now in ((None, people), (people, None), (people, roster({}))):
        assert composition_change_of(demo_results.release, demo_results.survey, before, now) is None


def test_the_demo_has_two_rosters(demo_results: Results) -> None:
    assert isinstance(demo_results.composition_change, CompositionChange)
