"""The attacker against all worlds: on small tables every possible world is listed, and he must know as much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analysis.disclosure.attack import attack, find_world, range_of
from analysis.disclosure.attack_reading import measure_world, read_figures
from analysis.disclosure.attack_stars import Stretch, bound_people, find_fixed, stretch_stars, stretch_swaps
from analysis.disclosure.knowledge import (
    PEOPLE,
    Breach,
    Flags,
    Knowledge,
    Lattice,
    Layer,
    Link,
    Numbers,
    Relation,
    Targets,
    World,
)

#: More worlds than this take too long to list.
MOST_WORLDS = 20_000

#: Relations from the leaves up, so that totals can be added in this order.
LATTICES = {
    "one sum": Lattice(4, (Relation(0, (1, 2, 3)),)),
    "a sum of one": Lattice(3, (Relation(0, (1,)),)),  # and one cell by itself
    "a tree": Lattice(7, (Relation(1, (3, 4)), Relation(2, (5, 6)), Relation(0, (1, 2)))),
    "a long table": Lattice(
        11,
        (
            *(Relation(6 + row, (2 * row, 2 * row + 1)) for row in range(3)),
            Relation(9, (0, 2, 4)),
            Relation(10, (1, 3, 5)),
        ),
    ),
    "a table": Lattice(
        9,
        (
            *(Relation(4, (0, 1)), Relation(5, (2, 3)), Relation(6, (0, 2)), Relation(7, (1, 3))),
            *(Relation(8, (4, 5)), Relation(8, (6, 7))),
        ),
    ),
}


@dataclass(frozen=True)
class Case:
    """What is released of a truth, and what must not be found out."""

    knowledge: Knowledge
    targets: Targets
    truth: World


def leaves_of(lattice: Lattice) -> list[int]:
    """The cells that are no total."""
    totals = {relation.total for relation in lattice.relations}
    return [cell for cell in range(lattice.size) if cell not in totals]


def list_worlds(knowledge: Knowledge) -> Numbers:
    """All worlds that fit, shape ``(worlds, size, 1 + layers)``, from the definitions and nothing else."""
    lattice, layers = knowledge.lattice, knowledge.layers
    leaves = leaves_of(lattice)
    options = [list_options(knowledge, cell) for cell in leaves]
    chosen = np.array(list(product(*(range(len(found)) for found in options))), dtype=np.int64)
    worlds = np.full((len(chosen), lattice.size, 1 + len(layers)), -1, dtype=np.int64)
    for place, cell in enumerate(leaves):
        worlds[:, cell] = options[place][chosen[:, place]]
    fits = np.ones(len(worlds), dtype=bool)
    known = set(leaves)
    for relation in lattice.relations:
        total = worlds[:, list(relation.parts)].sum(axis=1)
        if relation.total in known:
            fits &= (worlds[:, relation.total] == total).all(axis=1)
        worlds[:, relation.total] = total
        known.add(relation.total)
    for cell in range(lattice.size):
        fits &= fitting(knowledge, np.full(len(worlds), cell), worlds[:, cell])
    return worlds[fits]


def list_options(knowledge: Knowledge, cell: int) -> Numbers:
    """What a cell by itself can hold, people then layers: shape ``(options, 1 + layers)``."""
    options = []
    for n in range(int(knowledge.n_low[cell]), int(knowledge.n_high[cell]) + 1):
        options += list(product([n], *(range(layer.bottom * n, layer.top * n + 1) for layer in knowledge.layers)))
    found = np.array(options, dtype=np.int64)
    return found[fitting(knowledge, np.full(len(found), cell), found)]


def fitting(knowledge: Knowledge, cells: Numbers, values: Numbers) -> Flags:
    """Which rows of ``values`` (people, then layers) fit what is known of their cell."""
    n = values[:, 0]
    fits: Flags = (n >= knowledge.n_low[cells]) & (n <= knowledge.n_high[cells])
    for layer, v in zip(knowledge.layers, values.T[1:], strict=True):
        fits &= (layer.bottom * n <= v) & (v <= layer.top * n)
        fits &= (layer.low[cells] * n <= layer.unit * v) & (
            layer.unit * v <= layer.high[cells] * n - layer.strict[cells]
        )
    if knowledge.link is not None:
        names = [layer.name for layer in knowledge.layers]
        y, s, link = values[:, 1 + names.index("yes")], values[:, 1 + names.index("points")], knowledge.link
        fits &= (link.yes[0] * y + link.no[0] * (n - y) <= s) & (s <= link.yes[1] * y + link.no[1] * (n - y))
    return fits


def found_out(case: Case, worlds: Numbers) -> set[tuple[int, str, str]]:
    """Cell, quantity and kind of every breach, straight from the definition of targets."""
    targets, found = case.targets, set()
    for cell in range(case.knowledge.lattice.size):
        n = worlds[:, cell, 0]
        small = n.min() < targets.smallest and n.max() >= 1
        if targets.count[cell] and small and n.max() - n.min() < min(targets.k, targets.prior[cell]):
            found.add((cell, PEOPLE, "narrow"))
        for number, layer in enumerate(case.knowledge.layers):
            v = worlds[:, cell, 1 + number]
            u, d = v - layer.bottom * n, layer.top * n - v
            pinned = u.max() - u.min() < layer.step
            if targets.answers[cell] and small and pinned:
                found.add((cell, layer.name, "pinned"))
            asked = targets.mind[cell] or (targets.answers[cell] and small)
            if asked and n.max() >= 2 and (u.max() <= layer.step or d.max() <= layer.step):
                found.add((cell, layer.name, "one_mind"))
            elif targets.answers[cell] and small and n.max() >= 2 and not pinned:
                # Somebody in the cell has a whole step of u, or of d; worlds without that are none for her.
                inside = [np.ptp(u[own >= layer.step]) for own in (u, d)]
                found |= {(cell, layer.name, "insider")} if min(inside) < layer.step else set()
    return found


def quantity_of(knowledge: Knowledge, worlds: Numbers, cell: int, quantity: str) -> Numbers:
    """People, or what a layer has above its lowest, of one cell in every world."""
    if quantity == PEOPLE:
        return worlds[:, cell, 0]
    number = [layer.name for layer in knowledge.layers].index(quantity)
    return worlds[:, cell, 1 + number] - knowledge.layers[number].bottom * worlds[:, cell, 0]


@st.composite
def cases(
    draw: st.DrawFn,
    names: tuple[str, ...],
    linked: bool = False,
    lattices: Sequence[str] = tuple(sorted(LATTICES)),
    all_parts: bool = False,
) -> Case:
    """A random truth with layers ``names``, released with some cells closed and the others rounded; or with all
    parts closed and the number of people in totals exact."""
    lattice = LATTICES[draw(st.sampled_from(lattices))]
    leaves, few = leaves_of(lattice), len(names) + (lattice.size > 5)
    bottom = draw(st.sampled_from([-1, 0, 1]))
    spans = {"yes": (0, 1), "points": (bottom, bottom + draw(st.integers(1, 3)))}
    low, high = spans["points"]
    ends = st.tuples(st.integers(low, high), st.integers(low, high)).map(sorted).map(tuple)
    link = Link(draw(ends), draw(ends)) if linked else None
    truth = np.zeros((lattice.size, 1 + len(names)), dtype=np.int64)
    for cell in leaves:
        people = draw(st.lists(st.booleans(), max_size=(5, 4, 3, 2)[few]))
        truth[cell, 0] = len(people)
        for number, name in enumerate(names, start=1):
            for yes in people:
                span = (link.yes if yes else link.no) if link else spans["points"]
                truth[cell, number] += yes if name == "yes" else draw(st.integers(*span))
    for relation in lattice.relations:
        truth[relation.total] = truth[list(relation.parts)].sum(axis=0)
    flags = st.lists(st.booleans(), min_size=lattice.size, max_size=lattice.size).map(np.array)
    closed, loose = draw(flags) | draw(flags), draw(st.integers(0, 2))
    if all_parts:
        closed, loose = np.isin(np.arange(lattice.size), leaves), 0
    n = truth[:, 0]
    n_low = np.where(closed, np.minimum(n, draw(st.integers(0, 1))), np.maximum(0, n - draw(st.integers(0, loose))))
    n_high = np.where(closed, n + draw(st.integers(0, 2)), n + draw(st.integers(0, loose)))
    layers = tuple(
        print_layer(name, spans[name], draw(st.sampled_from([4, 10, 200])), truth[:, number], n, closed)
        for number, name in enumerate(names, start=1)
    )
    targets = Targets(
        k=draw(st.integers(2, 4)),
        smallest=draw(st.integers(2, 5)),
        count=draw(flags) | draw(flags),
        prior=np.array(draw(st.lists(st.sampled_from([0, 1, 2, 50]), min_size=lattice.size, max_size=lattice.size))),
        answers=draw(flags) | draw(flags),
        mind=draw(flags),
    )
    knowledge = Knowledge(lattice, n_low, n_high, layers, link)
    assume(np.prod([float(len(list_options(knowledge, cell))) for cell in leaves]) <= MOST_WORLDS)
    return Case(knowledge, targets, World(n, tuple(truth.T[1:])))


def print_layer(name: str, span: tuple[int, int], unit: int, v: Numbers, n: Numbers, closed: Flags) -> Layer:
    """A share or mean rounded to two units, a half upwards, where it is not closed."""
    rounded = (unit * v // np.maximum(n, 1) + 1) // 2
    silent = closed | (n == 0)
    return Layer(
        "yes" if name == "yes" else "points",
        *span,
        unit,
        low=np.where(silent, unit * span[0], 2 * rounded - 1),
        high=np.where(silent, unit * span[1], 2 * rounded + 1),
        strict=np.where(silent, 0, 1),
    )


def check(case: Case) -> None:
    """The attacker finds what the list of all worlds shows, and every range he names holds the true one."""
    worlds = list_worlds(case.knowledge)
    expected = found_out(case, worlds)
    for world in (case.truth, None):
        breaches = attack(case.knowledge, case.targets, world).breaches
        assert {(breach.cell, breach.quantity, breach.kind) for breach in breaches} == expected
        assert len(breaches) == len(expected)
        for breach in breaches:
            check_range(case.knowledge, worlds, breach)


def check_range(knowledge: Knowledge, worlds: Numbers, breach: Breach) -> None:
    values = quantity_of(knowledge, worlds, breach.cell, breach.quantity)
    assert breach.low <= values.min() and values.max() <= breach.high


@settings(max_examples=60)
@given(cases(()))
def test_numbers_of_people_are_found_out_exactly_when_all_worlds_agree(case: Case) -> None:
    check(case)


@settings(max_examples=40)
@given(cases(("yes",)))
def test_shares_are_found_out_exactly_when_all_worlds_agree(case: Case) -> None:
    check(case)


@settings(max_examples=30)
@given(cases(("points",)))
def test_means_are_found_out_exactly_when_all_worlds_agree(case: Case) -> None:
    check(case)


@settings(max_examples=30)
@given(st.sampled_from([("yes", "points"), ("points", "yes")]).flatmap(lambda names: cases(names, linked=True)))
def test_shares_and_means_together_are_found_out_exactly_when_all_worlds_agree(case: Case) -> None:
    check(case)


@settings(max_examples=20)
@given(cases(("yes",)), st.data())
def test_a_range_is_exact(case: Case, data: st.DataObject) -> None:
    worlds = list_worlds(case.knowledge)
    cell = data.draw(st.integers(0, case.knowledge.lattice.size - 1))
    for quantity in (PEOPLE, "yes"):
        values = quantity_of(case.knowledge, worlds, cell, quantity)
        assert range_of(case.knowledge, cell, quantity) == (values.min(), values.max())


@settings(max_examples=20)
@given(cases(("yes", "points"), linked=True))
def test_a_world_that_is_found_is_one_of_all_worlds(case: Case) -> None:
    world = find_world(case.knowledge)
    values = np.array([world.people, *world.layers]).T
    assert (list_worlds(case.knowledge) == values).all(axis=(1, 2)).any()


def check_stretch(case: Case, stretch: Stretch, worlds: Numbers, exact: bool) -> None:
    """What people who change places can do is possible, and ``exact`` says whether it is all that is possible; and
    every number of yes-answers between two that are possible is."""
    quantities = measure_all(case.knowledge, worlds)[:, :, stretch.cells]
    for number, layer in enumerate(case.knowledge.layers):
        for row in (1 + 2 * number, 2 + 2 * number) if layer.step == 1 else ():
            for cell in range(stretch.cells.size):
                between = set(range(int(stretch.low[row, cell]), int(stretch.high[row, cell]) + 1))
                assert between <= set(quantities[row, :, cell].tolist())
    low, high = quantities.min(axis=1), quantities.max(axis=1)
    assert (low <= stretch.low).all() and (stretch.high <= high).all()
    if exact:
        assert (low == stretch.low).all() and (stretch.high == high).all()


def measure_all(knowledge: Knowledge, worlds: Numbers) -> Numbers:
    """The quantities of all worlds, shape ``(quantities, worlds, size)``."""
    n, found = worlds[:, :, 0], [worlds[:, :, 0]]
    for number, layer in enumerate(knowledge.layers, start=1):
        found += [worlds[:, :, number] - layer.bottom * n, layer.top * n - worlds[:, :, number]]
    return np.array(found)


def some_layers(*, linked_only: bool = False, **options: Any) -> st.SearchStrategy[Case]:
    """Cases with both layers, and unless ``linked_only`` also with fewer."""
    both = [("yes", "points"), ("points", "yes")]
    names = st.sampled_from(both if linked_only else [*both, (), ("yes",), ("points",)])
    return names.flatmap(lambda chosen: cases(chosen, linked=len(chosen) == 2, **options))


def check_moves(case: Case) -> None:
    worlds = list_worlds(case.knowledge)
    reading, quantities = read_figures(case.knowledge), measure_world(case.knowledge, case.truth)
    for stretch in stretch_stars(reading, quantities):
        check_stretch(case, stretch, worlds, exact=False)
    for stretch in stretch_swaps(reading, quantities, np.ones((1, case.knowledge.lattice.size), dtype=bool)):
        check_stretch(case, stretch, worlds, exact=False)


@settings(max_examples=50)
@given(some_layers())
def test_moves_without_a_solver_lead_to_worlds_that_fit(case: Case) -> None:
    check_moves(case)


@settings(max_examples=50)
@given(some_layers(linked_only=True, lattices=("a table", "a long table"), all_parts=True))
def test_moves_in_closed_tables_lead_to_worlds_that_fit(case: Case) -> None:
    check_moves(case)


@settings(max_examples=80)
@given(some_layers(lattices=("one sum",), all_parts=True))
def test_within_one_printed_sum_moves_reach_all_that_is_possible(case: Case) -> None:
    worlds = list_worlds(case.knowledge)
    same_total = worlds[:, 0] == [values[0] for values in (case.truth.people, *case.truth.layers)]
    stretch = next(stretch_stars(read_figures(case.knowledge), measure_world(case.knowledge, case.truth)))
    check_stretch(case, stretch, worlds[same_total.all(axis=1)], exact=True)


@settings(max_examples=50)
@given(cases((), lattices=("a long table",), all_parts=True))
def test_in_a_closed_table_of_two_columns_moves_reach_all_that_is_possible(case: Case) -> None:
    reading, quantities = read_figures(case.knowledge), measure_world(case.knowledge, case.truth)
    wanted = np.ones((1, case.knowledge.lattice.size), dtype=bool)
    longest = next(iter(stretch_swaps(reading, quantities, wanted)), None)
    assume(longest is not None and longest.cells.size == 6)
    check_stretch(case, longest, list_worlds(case.knowledge), exact=True)


@settings(max_examples=40)
@given(cases(()))
def test_sums_without_a_solver_never_say_too_much(case: Case) -> None:
    people, reading = list_worlds(case.knowledge)[:, :, 0], read_figures(case.knowledge)
    low, high = bound_people(reading)
    assert (low <= people.min(axis=0)).all() and (people.max(axis=0) <= high).all()
    for cell in find_fixed(reading, np.arange(len(case.knowledge.lattice.relations))):
        assert np.ptp(people[:, cell]) == 0


def test_the_list_of_worlds_is_complete() -> None:
    knowledge = Knowledge(LATTICES["one sum"], np.array([3, 0, 0, 0]), np.array([3, 3, 3, 1]))
    assert len(list_worlds(knowledge)) == 7  # four ways without the last cell, three with one person in it
