"""Small units join larger ones: nobody is lost, nobody moves sideways, no group is too small."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.grouping import TooFewInvited, merge_small_units
from analysis.units import UnitPath

trees = st.dictionaries(st.lists(st.sampled_from("abc"), max_size=3).map(tuple), st.integers(0, 30), max_size=20)


@given(trees, st.integers(1, 40))
def test_groups_are_large_enough_and_nobody_is_lost(paths: dict[UnitPath, int], k_invite: int) -> None:
    if sum(paths.values()) < k_invite:
        with pytest.raises(TooFewInvited) as refused:
            merge_small_units(paths, k_invite)
        assert (refused.value.invited, refused.value.needed) == (sum(paths.values()), k_invite)
        return

    grouping = merge_small_units(paths, k_invite)

    assert set(grouping.home) == {path for path, count in paths.items() if count}
    assert all(path[: len(home)] == home for path, home in grouping.home.items()), "home is the path or above it"
    assert all(count == 0 or count >= k_invite for count in grouping.units.values())
    for path, count in grouping.units.items():
        assert count == sum(paths[member] for member, home in grouping.home.items() if home == path)
    assert sum(grouping.units.values()) == sum(paths.values())


@given(trees, st.integers(1, 40), st.randoms(use_true_random=False))
def test_the_order_of_the_roster_does_not_matter(paths: dict[UnitPath, int], k_invite: int, random: object) -> None:
    if sum(paths.values()) < k_invite:
        return
    shuffled = list(paths.items())
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    first, second = merge_small_units(paths, k_invite), merge_small_units(dict(shuffled), k_invite)

    assert list(first.units.items()) == list(second.units.items())
    assert list(first.home.items()) == list(second.home.items())


@given(trees, st.integers(1, 40))
def test_the_tree_is_complete_and_parents_come_first(paths: dict[UnitPath, int], k_invite: int) -> None:
    if sum(paths.values()) < k_invite:
        return
    shown = list(merge_small_units(paths, k_invite).units)

    assert shown[0] == ()
    for place, path in enumerate(shown):
        assert path == () or path[:-1] in shown[:place]
    grouping = merge_small_units(paths, k_invite)
    for path, count in grouping.units.items():
        below = [n for other, n in grouping.units.items() if other[: len(path)] == path]
        assert count or any(below), "no unit is shown for nobody"


@given(trees, st.integers(1, 40))
def test_every_unit_stays_whole(paths: dict[UnitPath, int], k_invite: int) -> None:
    """A unit of which a part had gone upwards would be reported without that part."""
    if sum(paths.values()) < k_invite:
        return
    home = merge_small_units(paths, k_invite).home
    for unit in {path[:depth] for path in home for depth in range(len(path) + 1)}:
        within = [group[: len(unit)] == unit for path, group in home.items() if path[: len(unit)] == unit]
        assert all(within) or not any(within)


@given(trees, st.integers(1, 40))
def test_large_units_stay_unless_a_small_neighbour_needs_them(paths: dict[UnitPath, int], k_invite: int) -> None:
    if sum(paths.values()) < k_invite or any(0 < count < k_invite for count in paths.values()):
        return
    assert all(path == home for path, home in merge_small_units(paths, k_invite).home.items())


def test_small_units_join_their_parent() -> None:
    grouping = merge_small_units({(): 12, ("Zorg",): 8, ("Zorg", "Noord"): 5, ("Zorg", "Zuid"): 20}, 10)

    assert grouping.units == {(): 12, ("Zorg",): 13, ("Zorg", "Zuid"): 20}
    assert grouping.home["Zorg", "Noord"] == ("Zorg",)


def test_what_is_still_too_small_takes_in_the_smallest_whole_unit_below() -> None:
    grouping = merge_small_units({("Zorg", "Noord"): 5, ("Zorg", "Zuid"): 20, ("Zorg", "West"): 15, ("IT",): 30}, 10)

    assert grouping.units == {(): 0, ("IT",): 30, ("Zorg",): 20, ("Zorg", "Zuid"): 20}
    assert grouping.home["Zorg", "West"] == ("Zorg",)


def test_a_unit_is_taken_in_with_everything_below_it() -> None:
    paths = {(): 3, ("Zorg",): 15, ("Zorg", "Noord"): 15, ("Zorg", "Zuid"): 15, ("IT",): 50, ("HR",): 60}
    grouping = merge_small_units(paths, 10)

    # Zorg has 45 people in all, IT has 50: not one ward of Zorg, which would be missed there.
    assert grouping.units == {(): 48, ("HR",): 60, ("IT",): 50}
    assert {grouping.home[path] for path in paths if path[:1] == ("Zorg",)} == {()}


def test_without_a_group_below_it_goes_on_upwards() -> None:
    grouping = merge_small_units({("Zorg", "Noord"): 3, ("Zorg", "Zuid"): 4, ("IT",): 10, ("HR",): 11}, 10)

    assert grouping.units == {(): 17, ("HR",): 11}
    assert grouping.home["IT",] == ()


def test_people_of_the_organisation_itself_are_protected_too() -> None:
    grouping = merge_small_units({(): 1, ("A", "x"): 20, ("B",): 25}, 10)

    assert grouping.units == {(): 21, ("B",): 25}


@pytest.mark.parametrize(("paths", "k_invite"), [({("A",): -1, ("B",): 20}, 10), ({("A",): 20}, 0)])
def test_nonsense_is_refused(paths: dict[UnitPath, int], k_invite: int) -> None:
    with pytest.raises(ValueError, match="cannot be negative"):
        merge_small_units(paths, k_invite)
