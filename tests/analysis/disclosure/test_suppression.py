"""Secondary suppression: published tables, and patterns that are safe, cheap and always the same."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.disclosure.attack import attack
from analysis.disclosure.knowledge import Breach, Flags, Knowledge, Lattice, Relation, Targets, World
from analysis.disclosure.suppression import CannotProtect, Task, suppress

TABLES = Path(__file__).parent / "tables"

#: A cell of a table: one value for each way of dividing, "" for all together.
Name = tuple[str, ...]


class Table:
    """Counts with all margins. ``ways`` gives for each way of dividing the group above each value."""

    def __init__(self, counts: Mapping[Name, int], ways: Sequence[Mapping[str, str]]) -> None:
        self.sums: dict[Name, int] = {}
        for name, count in counts.items():
            for above in itertools.product(*(self._up(value, way) for value, way in zip(name, ways, strict=True))):
                self.sums[above] = self.sums.get(above, 0) + count
        self.cells = sorted(self.sums)
        self.place = {name: number for number, name in enumerate(self.cells)}
        self.values = np.array([self.sums[name] for name in self.cells])
        self.lattice = Lattice(len(self.cells), tuple(self._relations(ways)))

    @staticmethod
    def _up(value: str, way: Mapping[str, str]) -> list[str]:
        found = [value]
        while found[-1]:
            found.append(way.get(found[-1], ""))
        return found

    def _relations(self, ways: Sequence[Mapping[str, str]]) -> list[Relation]:
        found = []
        for axis, way in enumerate(ways):
            for name in self.cells:
                parts = [n for n in self.cells if n[axis] and (*n[:axis], way.get(n[axis], ""), *n[axis + 1 :]) == name]
                if parts:
                    found.append(Relation(self.place[name], tuple(self.place[part] for part in parts)))
        return found

    def protect(self, small: Callable[[Name, int], bool], k: int, smallest: int) -> tuple[Flags, Task]:
        primary = np.array([small(name, self.sums[name]) for name in self.cells])
        top = np.array([not any(name) for name in self.cells])
        task = Task(self.lattice, primary, np.zeros_like(primary), ~top, self.values + 1, (self.values,), primary, k)
        return suppress(task, lambda closed: self.attack(closed & primary, closed, k, smallest)), task

    def attack(self, secret: Flags, closed: Flags, k: int, smallest: int) -> tuple[Breach, ...]:
        most = int(self.values.max())
        for known_empty in (True, False):
            low = np.where(closed, (self.values > 0) & known_empty, self.values)
            high = np.where(closed & ~((self.values == 0) & known_empty), most, self.values)
            nothing = np.zeros_like(closed)
            targets = Targets(k, smallest, secret & (high > 0), np.full(closed.size, most), nothing, nothing)
            found = attack(Knowledge(self.lattice, low, high), targets, World(self.values)).breaches
            if found:
                return found
        return ()


INVESTMENT = Table(
    # Three activities in three regions; Fischetti and Salazar-González (2001), "Solving the cell suppression
    # problem on tabular data with linear constraints".
    {
        ("I", "A"): 20, ("I", "B"): 50, ("I", "C"): 10,
        ("II", "A"): 8, ("II", "B"): 19, ("II", "C"): 22,
        ("III", "A"): 17, ("III", "B"): 32, ("III", "C"): 12,
    },
    ({}, {}),
)  # fmt: skip


def test_the_published_example_is_protected_at_the_published_optimum() -> None:
    closed, task = INVESTMENT.protect(lambda name, _: name == ("II", "C"), k=20, smallest=23)
    assert not INVESTMENT.attack(closed & task.primary, closed, 20, 23)
    assert closed[INVESTMENT.place["II", "C"]]
    assert int(INVESTMENT.values[closed].sum()) == 59  # the weight of the cheapest pattern in the paper


def test_the_published_example_can_be_seen_through_when_only_its_primary_cell_closes() -> None:
    alone = np.array([name == ("II", "C") for name in INVESTMENT.cells])
    (breach,) = INVESTMENT.attack(alone, alone, 25, 23)
    assert (breach.low, breach.high) == (22, 22)


def read_table(name: str) -> Table:
    with (TABLES / f"ssb_{name}.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    county = {row["region"]: f"county {row['fylke']}" for row in rows if "fylke" in row}
    divided = [way for way in ("region", "hovedint", "mnd") if way in rows[0]]
    counts: dict[Name, int] = {}
    for row in rows:
        key = tuple(row[way] for way in divided)
        counts[key] = counts.get(key, 0) + int(row["ant"])
    return Table(counts, [county if way == "region" else {} for way in divided])


@pytest.mark.parametrize(("name", "k"), [("z1", 3), ("z1", 5), ("z2", 3), ("z2", 5), ("z3", 3)])
def test_published_tables_of_statistics_norway_are_protected(name: str, k: int) -> None:
    table = read_table(name)
    closed, task = table.protect(lambda _, count: count < k, k=k, smallest=k)
    assert closed[task.primary].all() and not closed[~task.closable].any()
    assert not table.attack(closed, closed, k, k)
    assert table.attack(task.primary, task.primary, k, k), (
        "closing the small cells alone is not enough, so there is something to do"
    )
    lost = int(closed.sum() - task.primary.sum())
    assert lost <= 2 * int(task.primary.sum()) + 2  # information loss stays in the order of what has to close


def test_the_same_table_gives_the_same_pattern_every_time() -> None:
    table = read_table("z2")
    first, again = (table.protect(lambda _, count: count < 5, 5, 5)[0] for _ in range(2))
    assert (first == again).all()


def test_what_cannot_be_protected_is_said_and_not_shown() -> None:
    # One group in a printed total that may not close: nothing can hide it.
    lattice = Lattice(2, (Relation(0, (1,)),))
    task = Task(
        lattice, np.array([False, True]), np.zeros(2, dtype=bool), np.array([False, True]), np.array([9, 9]),
        (np.array([4, 4]),), np.array([False, True]), 10,
    )  # fmt: skip
    with pytest.raises(CannotProtect):
        suppress(task, lambda closed: [Breach(1, "people", "narrow", 4, 4, (0,))])


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(st.lists(st.integers(0, 30), min_size=2, max_size=4), min_size=2, max_size=6).filter(
        lambda rows: len({len(row) for row in rows}) == 1
    )
)
def test_any_table_is_protected_and_nothing_closes_without_need(rows: list[list[int]]) -> None:
    counts = {(f"r{r}", f"c{c}"): n for r, row in enumerate(rows) for c, n in enumerate(row)}
    table = Table(counts, ({}, {}))
    closed, task = table.protect(lambda _, count: count < 5, k=5, smallest=5)
    assert not table.attack(closed, closed, 5, 5)
    if not task.primary.any():
        assert not closed.any()
