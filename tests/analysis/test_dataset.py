"""Coded answers in memory: who belongs to which unit, and what stands for no answer."""

from __future__ import annotations

from dataclasses import replace

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


def test_units_are_those_of_the_answers_and_of_the_roster() -> None:
    paths = (("West",), ("East", "a"))
    assert dataset(paths, [0, 1]).units == ("East", "West")
    assert dataset(paths, [0, 1], HEADCOUNT).units == ("East", "South", "West")


def test_small_units_are_merged_for_answers_and_head_counts_alike() -> None:
    cut = {"sex": {"women": 3, "men": 2}}
    invited = replace(HEADCOUNT, crossed={"East": cut, "West": cut, "South": cut})
    paths = (("West",), ("East", "b"), ("East", "a"), ("South", "c"))
    merged = dataset(paths, [0, 1, 2, -1, 3], invited).merged(20)
    # East b (15) joins East, which takes in East a (20) to be large enough; South (5) joins everybody, who then
    # are too few without the smallest whole unit: West (30), which is smaller than East (35).
    assert merged.paths == (("East",),)
    assert merged.unit.tolist() == [-1, 0, 0, -1, -1]
    assert merged.headcount == Headcount(70, {("East",): 35}, {}, {"East": cut})
    assert merged.headcount is not None and merged.headcount.own == {(): 35, ("East",): 35}
    again = merged.merged(20)
    assert (again.unit.tolist(), again.headcount) == (merged.unit.tolist(), merged.headcount)


def test_without_a_roster_or_with_too_few_people_everybody_stays_where_they_are() -> None:
    alone = dataset((("West",), ("East", "b")), [0, 1, -1])
    assert alone.merged(20) is alone
    few = dataset((("West",),), [0], HEADCOUNT)
    assert few.merged(100) is few
    assert dataset((), [-1, -1, -1]).units == ()
