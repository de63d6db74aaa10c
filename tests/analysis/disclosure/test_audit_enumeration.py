"""The audit against all possible worlds of tiny tables, counted one by one and without any of its code.

Two units by two categories, of at most nine people; a promise of two, so that groups of three are open. The
release is what many programs make: every group of three or more is printed, all others are blank.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from itertools import product

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.disclosure.audit import audit
from analysis.disclosure.audit_findings import Terms
from analysis.disclosure.plan import CellKey, Place
from analysis.disclosure.released_files import Figures, ReleasedCell

Numbers = npt.NDArray[np.int64]
Found = set[tuple[Place, str]]

K = 2
SMALLEST = K + 1
MOST_PEOPLE = 9

#: The smallest groups: of each unit both categories.
ATOMS = tuple(product("AB", ("women", "men")))

#: Which of the smallest groups make a cell.
CELLS: Mapping[Place, tuple[bool, ...]] = {
    place: tuple(place.unit in ("Total", unit) and place.category in ("", sex) for unit, sex in ATOMS)
    for place in [
        Place(unit, cut, sex)
        for unit in ("Total", "A", "B")
        for cut, sex in (("", ""), ("sex", "women"), ("sex", "men"))
    ]
}
MATRIX = np.array(list(CELLS.values()), dtype=np.int64)
PLACES = list(CELLS)


@cache
def all_worlds(people: int) -> tuple[Numbers, Numbers]:
    """Everything that can be among so many people: numbers and yes-answers of all cells, a row for each."""
    numbers, answers = [], []
    for atoms in product(range(people + 1), repeat=len(ATOMS)):
        if sum(atoms) == people:
            for yes in product(*(range(n + 1) for n in atoms)):
                numbers.append(atoms)
                answers.append(yes)
    return np.array(numbers) @ MATRIX.T, np.array(answers) @ MATRIX.T


def rounded(yes: Numbers, n: Numbers) -> Numbers:
    """Whole percentages, a half upwards."""
    return (200 * yes + n) // np.maximum(2 * n, 1)


def find_all(n: Numbers, yes: Numbers) -> Found:
    """What a reader of the release can derive about blanks, and not from the total alone."""
    is_open, share = n >= SMALLEST, rounded(yes, n)
    worlds_n, worlds_yes = all_worlds(int(n[0]))
    fits_people = np.all(~is_open | (worlds_n == n), axis=1)
    fits = fits_people & np.all(~is_open | (rounded(worlds_yes, worlds_n) == share), axis=1)
    fits_total = rounded(worlds_yes[:, 0], worlds_n[:, 0]) == share[0]
    # Whoever supposes that no blank is empty does so where what is divided is printed and where it can be.
    filled = ~is_open & divided(is_open) & (worlds_n[fits_people] > 0).any(axis=0)
    found: Found = set()
    for supposed in (np.zeros_like(filled), filled):
        allowed = np.all(~supposed | (worlds_n > 0), axis=1)
        width = np.ptp(worlds_n[allowed], axis=0) if allowed.any() else np.zeros_like(n)
        if (fits & allowed).any():
            before = breaches(worlds_n[fits_total & allowed], worlds_yes[fits_total & allowed], is_open, width)
            found |= breaches(worlds_n[fits & allowed], worlds_yes[fits & allowed], is_open, width) - before
    return found


def divided(is_open: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Of which cells everything right above is printed: the total, the unit, and the category in both units."""
    above = [{Place(), Place(place.unit), Place("Total", place.cut, place.category)} - {place} for place in PLACES]
    return np.array([all(is_open[PLACES.index(each)] for each in places) for places in above])


def breaches(n: Numbers, yes: Numbers, is_open: npt.NDArray[np.bool_], width: Numbers) -> Found:
    """The blanks of which these worlds leave too little open."""
    found: Found = set()
    for number, place in enumerate(PLACES):
        if is_open[number] or n[:, number].min() >= SMALLEST or n[:, number].max() < 1:
            continue
        if np.ptp(n[:, number]) < min(K, width[number]):
            found.add((place, "narrow"))
        said, did_not = yes[:, number], n[:, number] - yes[:, number]
        pinned = np.ptp(said) < 1
        if pinned:
            found.add((place, "pinned"))
        if n[:, number].max() >= 2 and min(said.max(), did_not.max()) <= 1:
            found.add((place, "one_mind"))
        elif n[:, number].max() >= 2 and not pinned and any(np.ptp(said[own >= 1]) < 1 for own in (said, did_not)):
            found.add((place, "insider"))
    return found


def release(n: Numbers, yes: Numbers) -> list[ReleasedCell]:
    share = rounded(yes, n)
    cells = []
    for number, place in enumerate(PLACES):
        people = int(n[number])
        figures = Figures(people, people, Decimal(int(share[number]))) if people >= SMALLEST else None
        cells.append(ReleasedCell(CellKey("2026", "mood", place.unit, place.cut, place.category), figures, "a.csv"))
    return cells


tables = (
    st.lists(st.integers(0, 5), min_size=4, max_size=4)
    .filter(lambda atoms: SMALLEST <= sum(atoms) <= MOST_PEOPLE)
    .flatmap(lambda atoms: st.tuples(st.just(atoms), st.tuples(*(st.integers(0, n) for n in atoms))))
)


@given(tables)
@settings(max_examples=60)
def test_a_release_by_threshold_is_caught_exactly_when_counting_all_worlds_says_so(
    table: tuple[list[int], tuple[int, ...]],
) -> None:
    n, yes = MATRIX @ np.array(table[0]), MATRIX @ np.array(table[1])
    found = audit(release(n, yes), Terms(k=K))
    assert {(finding.place, finding.kind) for finding in found.findings} == find_all(n, yes)
    assert found.safe is (not find_all(n, yes))


def test_counting_all_worlds_tells_releases_apart() -> None:
    # In B three women are printed of four people; where everybody is in B there is nothing to subtract.
    given_away = find_all(MATRIX @ np.array((2, 2, 3, 1)), MATRIX @ np.array((1, 1, 1, 1)))
    assert (Place("B", "sex", "men"), "narrow") in given_away
    assert not find_all(MATRIX @ np.array((0, 0, 4, 5)), MATRIX @ np.array((0, 0, 1, 1)))
