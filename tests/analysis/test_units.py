"""The organisation tree: what is written in a file becomes a path from the top."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analysis.units import TOTAL, UnitNames, UnitTreeError, first_level, natural_order

WRITTEN_OUT = UnitNames({})
LISTED = UnitNames({"Team 1": "North", "North": "Home care", "Team 9": "Office"})


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("Office", ("Office",)),
        ("Home care > North > Team 1", ("Home care", "North", "Team 1")),
        ("Home care>North", ("Home care", "North")),
        ("  Home care  >  North ", ("Home care", "North")),
    ],
)
def test_a_path_is_read_from_the_top(written: str, path: tuple[str, ...]) -> None:
    assert WRITTEN_OUT.path_of(written) == path


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("Team 1", ("Home care", "North", "Team 1")),
        ("North", ("Home care", "North")),
        ("Home care", ("Home care",)),
        ("Team 9 > Desk 2", ("Office", "Team 9", "Desk 2")),
        ("Team 7", ("Team 7",)),
    ],
)
def test_a_name_alone_gets_the_units_above_it(written: str, path: tuple[str, ...]) -> None:
    assert LISTED.path_of(written) == path


@pytest.mark.parametrize("written", ["", "Home care > ", "> North", "Home care > > Team 1", " > "])
def test_an_empty_level_is_refused(written: str) -> None:
    with pytest.raises(UnitTreeError, match="empty level"):
        WRITTEN_OUT.path_of(written)


@pytest.mark.parametrize(
    ("parents", "written"),
    [
        ({"A": "A"}, "A"),
        ({"A": "B", "B": "A"}, "A"),
        ({"A": "B", "B": "C", "C": "A"}, "B"),
        ({"A": "B", "B": "A"}, "A > Team"),
        ({"North": "Home care"}, "North > Home care"),
        ({}, "North > North"),
    ],
)
def test_a_unit_above_itself_is_refused_and_named(parents: dict[str, str], written: str) -> None:
    with pytest.raises(UnitTreeError, match="stands above itself"):
        UnitNames(parents).path_of(written)


@pytest.mark.parametrize("written", [TOTAL, f"{TOTAL} > Team 1", TOTAL.upper()])
def test_no_unit_takes_the_name_of_the_whole(written: str) -> None:
    # Its figures would stand in the place of those of the organisation.
    with pytest.raises(UnitTreeError, match="whole organisation"):
        WRITTEN_OUT.path_of(written)


def test_further_down_a_unit_may_have_that_name() -> None:
    assert WRITTEN_OUT.path_of(f"Office > {TOTAL}") == ("Office", TOTAL)


def test_numbers_in_names_are_in_numeric_order() -> None:
    names = ["Team 10", "team 2", "2", "Team 1", "10", "Team", "Éclair", "Zuid", "Team 2b", "Team 2a", "1"]
    assert sorted(names, key=natural_order) == [
        "1", "2", "10", "Team", "Team 1", "team 2", "Team 2a", "Team 2b", "Team 10", "Zuid", "Éclair",
    ]  # fmt: skip


@example(["Team 2", "team 2", "Team 02", "TEAM 2"])
@given(st.lists(st.text("aAß01 ", max_size=4), min_size=2, max_size=6, unique=True))
def test_two_different_names_always_have_an_order(names: list[str]) -> None:
    # Otherwise the order of rows could differ from one run to the next.
    assert len({natural_order(name) for name in names}) == len(names)


def test_units_of_the_first_level_are_listed_once_in_one_order() -> None:
    paths = [("Team 10",), ("Team 2", "a"), ("Team 2", "b"), ("team 2",), ("Team 02",), ("A", "Team 1")]
    expected = first_level(paths)
    assert len(expected) == 5
    assert (expected[0], expected[-1]) == ("A", "Team 10")
    assert all(first_level(order) == expected for order in permutations(paths))
    assert first_level([]) == ()
