"""Later waves beside earlier ones: nothing printed of either speaks of a few people who came or went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.disclosure.waves import EarlierWave, LaterUnit, find_loose_part, show_units

K_EFF = 11
Path = tuple[str, ...]
Move = tuple[Path | None, Path | None]

#: Groups of people by smallest unit before and after; None where they are not there.
Flows = Mapping[Move, int]


def name(path: Path) -> str:
    return "/".join(path) or "all"


def tree(paths: Sequence[Path]) -> dict[str, LaterUnit]:
    """All units on these paths; each is also the smallest group of the people at itself."""
    every = sorted({path[:depth] for path in paths for depth in range(len(path) + 1)})
    return {
        name(path): LaterUnit(
            frozenset(name(other) for other in every if other[: len(path)] == path), name(path[:-1]) if path else None
        )
        for path in every
    }


def earlier_wave(paths: Sequence[Path], flows: Flows, prefix: str = "before ") -> EarlierWave:
    """An earlier wave that printed all its units; its groups have other ids than the later ones."""
    counted = Counter[tuple[str | None, str | None]]()
    for (before, after), people in flows.items():
        counted[None if before is None else prefix + name(before), None if after is None else name(after)] += people
    published = [frozenset(prefix + atom for atom in unit.atoms) for unit in tree(paths).values()]
    return EarlierWave(counted, published)


def shown(before: Sequence[Path], after: Sequence[Path], flows: Flows, k_eff: int = K_EFF) -> set[str]:
    """The units that appear below the organisation."""
    places = show_units(tree(after), [earlier_wave(before, flows)], k_eff)
    return {unit for unit, place in places.items() if unit == place and unit != "all"}


A, B, C, D = ("A",), ("B",), ("C",), ("D",)


def steady(*paths: Path, people: int = 40) -> dict[Move, int]:
    """Nobody comes or goes."""
    return {(path, path): people for path in paths}


def replaced(path: Path, people: int, stay: int = 60) -> dict[Move, int]:
    """So many leave a unit, and as many join it."""
    return {(path, path): stay, (path, None): people, (None, path): people}


def test_what_nobody_left_or_joined_appears_again() -> None:
    assert shown([A, B], [A, B], steady(A, B)) == {"A", "B"}


@pytest.mark.parametrize(("people", "appears"), [(1, False), (K_EFF - 1, False), (K_EFF, True), (2 * K_EFF, True)])
def test_leavers_and_joiners_of_a_unit_are_nobody_or_many(people: int, appears: bool) -> None:
    others = replaced(B, 20) | replaced(C, 20) | replaced(D, 20)
    assert ("A" in shown([A, B, C, D], [A, B, C, D], replaced(A, people) | others)) is appears
    for move in ((A, None), (None, A), (A, B), (B, A)):
        flows = {**others, (A, A): 60, move: others.get(move, 0) + people}
        assert ("A" in shown([A, B, C, D], [A, B, C, D], flows)) is appears, move


def test_hiding_one_unit_takes_the_smallest_sister_along_or_subtraction_would_show_it() -> None:
    flows = replaced(A, 3) | replaced(B, 20) | replaced(C, 20, stay=50) | replaced(D, 20)
    assert shown([A, B, C, D], [A, B, C, D], flows) == {"B", "D"}


def test_sisters_join_until_enough_people_came_and_went() -> None:
    flows = replaced(A, 1) | steady(B, people=30) | steady(C, people=35) | replaced(D, 20)
    assert shown([A, B, C, D], [A, B, C, D], flows) == set(), "what B and C leave is A again"
    flows = replaced(A, 1) | steady(B, people=30) | replaced(C, 20) | replaced(D, 20, stay=90)
    assert shown([A, B, C, D], [A, B, C, D], flows) == {"D"}


def test_a_unit_in_two_is_compared_with_both_halves_together() -> None:
    others = replaced(C, 20) | replaced(D, 20)
    halves: dict[Move, int] = {(A, ("A1",)): 40, (A, ("A2",)): 40}
    after = [("A1",), ("A2",), C, D]
    assert shown([A, C, D], after, others | halves) == {"A1", "A2", "C", "D"}
    assert shown([A, C, D], after, {**others, **halves, (A, None): 1}) == {"D"}, "and C with them"
    assert shown([A, C, D], after, {**others, **halves, (A, None): K_EFF}) == {"A1", "A2", "C", "D"}


def test_two_units_in_one_are_compared_together() -> None:
    others = replaced(C, 20) | replaced(D, 20)
    merged: dict[Move, int] = {(A, ("AB",)): 40, (B, ("AB",)): 40}
    after = [("AB",), C, D]
    assert shown([A, B, C, D], after, others | merged) == {"AB", "C", "D"}
    assert "AB" not in shown([A, B, C, D], after, {**others, **merged, (B, None): 2})
    assert "AB" in shown([A, B, C, D], after, {**others, **merged, (A, None): 6, (B, None): 5})


def test_a_team_that_moves_does_not_cover_the_few_who_left() -> None:
    flows: dict[Move, int] = {**steady(A, B, people=60), **replaced(C, 20), **replaced(D, 20), (A, B): 15}
    assert shown([A, B, C, D], [A, B, C, D], flows) == {"A", "B", "C", "D"}
    flows[A, None] = 2
    assert shown([A, B, C, D], [A, B, C, D], flows) == {"D"}, "and C with A and B"


def test_a_few_who_change_places_between_units_that_share_nobody_else_hide_nothing() -> None:
    flows: dict[Move, int] = {(A, ("X",)): 60, (B, None): 60, (None, ("Y",)): 60, (B, ("Y",)): 3, **replaced(C, 20)}
    assert shown([A, B, C], [("X",), ("Y",), C], flows) == {"X", "Y", "C"}


def test_a_unit_that_shrank_by_a_whole_team_appears() -> None:
    assert shown([A, C], [A, C], {(A, A): 40, (A, None): 30, **replaced(C, 20)}) == {"A", "C"}


def test_a_unit_that_is_hidden_hides_those_below_it() -> None:
    teams = [("A", "1"), ("A", "2"), B, C]
    flows: dict[Move, int] = {
        **{(team, team): 40 for team in teams},
        (("A", "1"), ("A", "2")): 12,
        (("A", "2"), ("A", "1")): 12,
        (("A", "1"), None): 2,
    }
    flows |= replaced(B, 20, stay=100) | replaced(C, 20, stay=110)
    assert shown(teams, teams, flows) == {"C"}, "and B with A"
    places = show_units(tree(teams), [earlier_wave(teams, flows)], K_EFF)
    assert places["A/1"] == places["A/2"] == places["A"] == "all"


def test_a_team_is_hidden_in_its_department_and_not_further_up() -> None:
    teams = [("A", "1"), ("A", "2"), ("A", "3"), B]
    flows = replaced(teams[0], 4) | replaced(teams[1], 12) | replaced(teams[2], 20) | replaced(B, 20)
    places = show_units(tree(teams), [earlier_wave(teams, flows)], K_EFF)
    assert places == {"all": "all", "A": "A", "A/1": "A", "A/2": "A", "A/3": "A/3", "B": "B"}


def test_an_organisation_that_hardly_changed_appears_alone() -> None:
    assert shown([A, B, C], [A, B, C], steady(A, B, C) | {(A, None): 2}) == set()


def test_the_organisation_appears_alone_when_nobody_knows_who_was_there() -> None:
    after = tree([A, B])
    unknown = EarlierWave(None, [frozenset({"x"})])
    assert show_units(after, [unknown], K_EFF) == dict.fromkeys(after, "all")
    silent = EarlierWave(None, [])
    assert show_units(after, [silent], K_EFF) == {unit: unit for unit in after}
    assert show_units(after, [], K_EFF) == {unit: unit for unit in after}


def test_units_that_printed_nothing_hide_nothing() -> None:
    flows = replaced(A, 3) | replaced(B, 20)
    wave = earlier_wave([A, B], flows)
    organisation = max(wave.published, key=len)
    places = show_units(tree([A, B]), [EarlierWave(wave.movements, [organisation])], K_EFF)
    assert set(places.values()) == {"all", "A", "B"}


def test_every_earlier_wave_counts() -> None:
    units = [A, B, C, D]
    fine = replaced(A, 20) | replaced(B, 20) | replaced(C, 20) | replaced(D, 20)
    first, second = fine | replaced(A, 3), fine | replaced(D, 3)
    waves = [earlier_wave(units, first, "first "), earlier_wave(units, second, "second ")]
    places = show_units(tree(units), waves, K_EFF)
    assert {unit for unit, place in places.items() if unit == place} == {"all", "B", "C"}


def test_units_that_are_no_tree_and_people_outside_it_are_refused() -> None:
    def top(*atoms: str) -> LaterUnit:
        return LaterUnit(frozenset(atoms), None)

    def below(parent: str, *atoms: str) -> LaterUnit:
        return LaterUnit(frozenset(atoms), parent)

    for units, words in (
        ({}, "exactly one"),
        ({"all": top("a"), "more": top("b")}, "exactly one"),
        ({"all": top("a"), "x": below("all", "b")}, "x is not part"),
        ({"all": top("a"), "x": below("gone", "a")}, "x is not part"),
        ({"all": top("a"), "x": below("y", "a"), "y": below("x", "a")}, "stands above itself"),
        ({"all": top("a", "b"), "x": below("all", "a"), "y": below("all", "a")}, "the same people"),
    ):
        with pytest.raises(ValueError, match=words):
            show_units(units, [], K_EFF)
    units = {"all": top("a")}
    for movements, words in (
        ({("x", "b"): 1}, "in no unit"),
        ({(None, None): 1}, "one of two waves"),
        ({("x", "a"): -1}, "no fewer than nobody"),
    ):
        with pytest.raises(ValueError, match=words):
            show_units(units, [EarlierWave(movements, [frozenset({"x"})])], K_EFF)


# An independent look at the same promise: persons instead of counts, every sum of pieces instead of cuts.

SMALL_K = 3
PATHS: list[Path] = [A, ("A", "1"), ("A", "2"), B, ("B", "1"), C, ()]
Person = tuple[Path | None, Path | None, int]


@st.composite
def moving_organisations(draw: st.DrawFn) -> tuple[list[Path], Flows]:
    """Units, and people of whom most stay where they are."""
    paths = draw(st.lists(st.sampled_from(PATHS), min_size=1, max_size=5, unique=True))
    few = st.integers(0, 4)
    flows: dict[Move, int] = {(path, path): draw(st.integers(0, 9)) for path in paths}
    for move in draw(st.lists(st.sampled_from(list(product([*paths, None], repeat=2))), max_size=6)):
        if move != (None, None):
            flows[move] = flows.get(move, 0) + draw(few)
    return paths, flows


def sets_of(persons: Sequence[Person], side: int, units: Sequence[Path]) -> list[frozenset[Person]]:
    """The people of each unit, by where they are before (0) or after (1)."""
    return [
        frozenset(p for p in persons if (path := p[side]) is not None and path[: len(unit)] == unit) for unit in units
    ]


def pieces_of(units: Sequence[frozenset[Person]], persons: Sequence[Person]) -> list[frozenset[Person]]:
    """The people who are in the same units, for as far as they are many."""
    by_units: dict[tuple[bool, ...], set[Person]] = {}
    for person in persons:
        by_units.setdefault(tuple(person in unit for unit in units), set()).add(person)
    return [frozenset(people) for within, people in by_units.items() if any(within) and len(people) >= SMALL_K]


def sums(pieces: Sequence[frozenset[Person]]) -> Iterator[frozenset[Person]]:
    for size in range(len(pieces) + 1):
        for chosen in combinations(pieces, size):
            yield frozenset().union(*chosen)


def is_few(people: frozenset[Person]) -> bool:
    return 0 < len(people) < SMALL_K


def breaches(
    persons: Sequence[Person], before: Sequence[Path], after: Sequence[Path], ends: bool = False
) -> list[tuple[frozenset[Person], frozenset[Person]]]:
    """Pairs of an earlier and a later set of which too little is different; ``ends`` counts in what cannot be hidden:
    the later organisation as a whole, and nothing of it."""
    earlier, later = sets_of(persons, 0, before), sets_of(persons, 1, after)
    old, new = pieces_of(earlier, persons), pieces_of(later, persons)
    below = [people for path, people in zip(after, later, strict=True) if path]
    rest = [people for people in new if people != later[list(after).index(())]]
    found = [
        (x, y)
        for x, y in product({*earlier, *old}, {*below, *rest})
        if 2 * len(x & y) > len(x) and 2 * len(x & y) > len(y) and (is_few(x - y) or is_few(y - x))
    ]
    everybody = frozenset().union(*new)
    for x, y in product(list(sums(old)), list(sums(new))):
        if is_few(x ^ y) and (ends or y not in (frozenset(), everybody)):
            found.append((x, y))
    return found


def small_parts(persons: Sequence[Person], after: Sequence[Path]) -> list[frozenset[Person]]:
    """Groups of a few people that later units are, or leave beside the units below them."""
    later = sets_of(persons, 1, after)
    homes = {person: tuple(person in unit for unit in later) for person in persons if person[1] is not None}
    own = [frozenset(person for person, home in homes.items() if home == each) for each in set(homes.values())]
    return [people for people in (*own, *later) if is_few(people)]


def all_units(paths: Sequence[Path]) -> list[Path]:
    return sorted({path[:depth] for path in paths for depth in range(len(path) + 1)})


def people_of(flows: Flows) -> list[Person]:
    return [(before, after, number) for (before, after), count in flows.items() for number in range(count)]


@settings(max_examples=300)
@given(moving_organisations())
def test_nothing_that_two_waves_print_speaks_of_a_few_people(organisation: tuple[list[Path], Flows]) -> None:
    paths, flows = organisation
    units = all_units(paths)
    appear = [path for path in units if name(path) in shown(paths, paths, flows, SMALL_K) or not path]
    assert all(path[:-1] in appear for path in appear)
    persons = people_of(flows)
    if appear != [()]:
        assert not small_parts(persons, appear), "what is printed here, the gate prints too"
        assert breaches(persons, units, appear) == []
    if not breaches(persons, units, units, ends=True) and not small_parts(persons, units):
        assert appear == units, "nothing is hidden without a reason"


def test_the_look_by_persons_sees_what_it_looks_for() -> None:
    units = all_units([A, B])
    assert breaches(people_of(steady(A, B) | {(A, None): SMALL_K}), units, units) == []
    assert breaches(people_of(steady(A, B, people=5) | {(A, None): 1}), units, units)
    split: Flows = {(A, ("A", "1")): 5, (A, ("A", "2")): 5, (A, None): 1, (B, B): 5}
    assert breaches(people_of(split), units, [(), ("A", "1"), ("A", "2"), B])


nodes = st.integers(0, 6)
graphs = st.dictionaries(st.tuples(nodes, nodes).filter(lambda ends: ends[0] < ends[1]), st.integers(0, 5), max_size=14)


def ties_of(part: Sequence[int], ties: Mapping[tuple[int, int], int]) -> int:
    return sum(weight for (one, other), weight in ties.items() if (one in part) != (other in part))


@settings(max_examples=300)
@given(graphs, st.integers(1, 9))
def test_a_loose_part_is_found_exactly_when_there_is_one(ties: dict[tuple[int, int], int], least: int) -> None:
    found = find_loose_part(ties, least)
    parts = [part for size in range(1, 7) for part in combinations(range(7), size)]
    loose = [part for part in parts if 0 < ties_of(part, ties) < least]
    assert (found is not None) == bool(loose)
    if found is not None:
        assert 0 < ties_of([node for node in found if isinstance(node, int)], ties) < least
