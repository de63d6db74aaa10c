"""Coded answers in memory: who belongs to which unit, and what stands for no answer."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.dataset import Dataset, Headcount, missing_code

HEADCOUNT = Headcount(70, {("East", "a"): 20, ("East", "b"): 15, ("West",): 30, ("South", "c"): 5}, {})


def dataset(paths: tuple[tuple[str, ...], ...], unit: list[int], headcount: Headcount | None = None) -> Dataset:
    return Dataset("2026", len(unit), {}, paths, np.array(unit, dtype=np.int32), {}, headcount)


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32])
def test_no_answer_is_the_lowest_code_of_its_type(dtype: type) -> None:
    code = missing_code(np.dtype(dtype))
    assert np.array([code], dtype=dtype)[0] == code
    with pytest.raises(OverflowError):
        np.array([code - 1], dtype=dtype)


def test_the_roster_is_counted_by_unit_of_the_first_level() -> None:
    assert HEADCOUNT.first_level() == {"East": 35, "West": 30, "South": 5}


def test_units_are_those_of_the_answers_and_of_the_roster() -> None:
    paths = (("West",), ("East", "a"))
    assert dataset(paths, [0, 1]).units == ("East", "West")
    assert dataset(paths, [0, 1], HEADCOUNT).units == ("East", "South", "West")


def test_everybody_is_placed_in_a_unit_of_the_first_level_or_in_none() -> None:
    paths = (("West",), ("East", "b"), ("East", "a"))
    people = dataset(paths, [0, 1, 2, -1, 0], HEADCOUNT)
    assert people.first_level_unit().tolist() == [2, 0, 0, -1, 2]
    assert [people.units[place] for place in people.first_level_unit() if place >= 0] == [
        "West",
        "East",
        "East",
        "West",
    ]


def test_without_units_nobody_is_placed() -> None:
    assert dataset((), [-1, -1, -1]).units == ()
    assert dataset((), [-1, -1, -1]).first_level_unit().tolist() == [-1, -1, -1]
