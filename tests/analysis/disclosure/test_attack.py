"""The attacker: what he finds, how he says it follows, and that he publishes nothing when he is not sure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import highspy
import numpy as np
import pytest

from analysis.disclosure import attack as attacker
from analysis.disclosure.attack import STEPS, attack, find_world, range_of
from analysis.disclosure.attack_reading import measure_world, read_figures
from analysis.disclosure.attack_stars import stretch_stars
from analysis.disclosure.knowledge import (
    PEOPLE,
    Breach,
    Flags,
    Inconsistent,
    Knowledge,
    Lattice,
    Layer,
    Link,
    Numbers,
    Outcome,
    Relation,
    Targets,
    Unsolved,
    World,
)

#: The promise of these tests: groups of ten, and one insider.
K, SMALLEST = 10, 11

#: A head count that hides everything.
MANY = 1000


def flags(size: int, cells: Iterable[int]) -> Flags:
    found = np.zeros(size, dtype=np.bool_)
    found[list(cells)] = True
    return found


def guard(
    lattice: Lattice, *, count: Iterable[int] = (), answers: Iterable[int] = (), mind: Iterable[int] = ()
) -> Targets:
    """Targets at these cells; nobody knew anything of their numbers beforehand."""
    size = lattice.size
    prior = np.full(size, MANY)
    return Targets(K, SMALLEST, flags(size, count), prior, flags(size, answers), flags(size, mind))


def release(
    lattice: Lattice, n: Sequence[int], closed: Iterable[int], yes: Sequence[int] | None = None, top: int = MANY
) -> Knowledge:
    """Exact numbers and whole percents of all cells that are not ``closed``."""
    hidden, people = flags(lattice.size, closed), np.array(n)
    n_low, n_high = np.where(hidden, 0, people), np.where(hidden, top, people)
    if yes is None:
        return Knowledge(lattice, n_low, n_high)
    percent = (200 * np.array(yes) + people) // np.maximum(2 * people, 1)
    low, high = np.where(hidden, 0, 2 * percent - 1), np.where(hidden, 200, 2 * percent + 1)
    return Knowledge(lattice, n_low, n_high, (Layer("yes", 0, 1, 200, low, high, np.where(hidden, 0, 1)),))


def found(breaches: Iterable[Breach]) -> set[tuple[int, str, int, int]]:
    return {(breach.cell, breach.kind, breach.low, breach.high) for breach in breaches}


#: Enterprises by region (columns) and activity (rows), margins last, in the order of :func:`square`:
#: M. Fischetti and J. J. Salazar-González, Solving the cell suppression problem on tabular data with linear
#: constraints, Management Science 47 (2001), the investment example.
INVESTMENT = (20, 50, 10, 8, 19, 22, 17, 32, 12, 80, 49, 61, 45, 101, 44, 190)
II_A, II_C, III_A, III_C = 3, 5, 6, 8


def square(side: int) -> Lattice:
    """A table with its margins: cells row by row, then row totals, column totals, and the grand total."""
    inner, total = side * side, side * side + 2 * side
    rows = [Relation(inner + i, tuple(range(i * side, (i + 1) * side))) for i in range(side)]
    columns = [Relation(inner + side + i, tuple(range(i, inner, side))) for i in range(side)]
    margins = [Relation(total, tuple(range(inner + at, inner + at + side))) for at in (0, side)]
    return Lattice(total + 1, (*rows, *columns, *margins))


def star(parts: int) -> Lattice:
    """A total, cell 0, and its parts."""
    return Lattice(parts + 1, (Relation(0, tuple(range(1, parts + 1))),))


def test_the_published_intervals_of_fischetti_and_salazar_are_found() -> None:
    knowledge = release(square(3), INVESTMENT, (II_A, II_C, III_A, III_C))
    ranges = {cell: range_of(knowledge, cell) for cell in (II_C, II_A, III_A, III_C)}
    assert ranges == {II_C: (5, 30), II_A: (0, 25), III_A: (0, 25), III_C: (4, 29)}
    assert range_of(knowledge, 0) == (20, 20)


def test_a_block_of_two_by_two_is_safe_and_a_cell_alone_in_its_row_is_not() -> None:
    lattice, n = square(3), (7, 40, 50, 8, 45, 50, 50, 60, 70, 97, 103, 180, 65, 145, 170, 380)
    together = attack(release(lattice, n, (0, 1, 3, 4)), guard(lattice, count=(0, 3)), World(np.array(n)))
    assert together.breaches == () and together.narrowest == K
    alone = attack(release(lattice, n, (0, 3, 4)), guard(lattice, count=(0, 3)), World(np.array(n)))
    assert found(alone.breaches) == {(0, "narrow", 7, 7), (3, "narrow", 8, 8)}
    assert alone.narrowest is None  # none of the others is a target


def test_what_follows_from_sums_alone_is_found_without_a_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attacker, "Model", no_solver)
    lattice, n = square(3), (7, 40, 50, 8, 45, 50, 50, 60, 70, 97, 103, 180, 65, 145, 170, 380)
    outcome = attack(release(lattice, n, (0, 3, 4)), guard(lattice, count=(0, 3)), World(np.array(n)))
    assert outcome.steps["linear"] == 2
    # Cell 3 follows from its column once cell 0 is known from its row.
    assert [breach.how for breach in outcome.breaches] == [(1, 2, 9), (1, 2, 6, 9, 12)]


def no_solver(*_: object) -> None:
    raise AssertionError("the solver was started")


#: The first row hides nobody at all, so the second row is known from its columns; but no sum says so exactly.
EMPTY_ROW = (0, 0, 30, 7, 12, 30, 30, 30, 30, 30, 49, 90, 37, 42, 90, 169)


def attack_empty_row() -> Outcome:
    """Only the solver can decide this."""
    lattice = square(3)
    knowledge = release(lattice, EMPTY_ROW, (0, 1, 3, 4))
    return attack(knowledge, guard(lattice, count=(3,)), World(np.array(EMPTY_ROW)))


def test_what_only_follows_because_nobody_is_less_than_nobody_is_found() -> None:
    outcome = attack_empty_row()
    assert found(outcome.breaches) == {(3, "narrow", 7, 7)}
    assert outcome.steps["linear"] == 0
    assert set(outcome.breaches[0].how) <= {2, 5, 6, 7, 9, 10, 12, 13}


def test_rounding_to_whole_percents_does_not_hide_the_rest_of_a_group_below_a_hundred() -> None:
    lattice, n, yes = star(3), (60, 30, 22, 8), (15, 9, 4, 2)
    knowledge = release(lattice, n, (3,), yes)
    targets = guard(lattice, count=(3,), answers=(3,))
    outcome = attack(knowledge, targets, World(np.array(n), (np.array(yes),)))
    assert found(outcome.breaches) == {(3, "narrow", 8, 8), (3, "pinned", 2, 2)}
    assert all(breach.how == (0, 1, 2) for breach in outcome.breaches)
    assert {breach.quantity for breach in outcome.breaches} == {PEOPLE, "yes"}


@pytest.mark.parametrize("hidden", [0, 1, 2])
def test_closing_any_of_the_cells_that_a_breach_follows_from_ends_it(hidden: int) -> None:
    lattice, n, yes = star(3), (60, 30, 22, 8), (15, 9, 4, 2)
    knowledge = release(lattice, n, (3, hidden), yes)
    outcome = attack(knowledge, guard(lattice, count=(3,), answers=(3,)), World(np.array(n), (np.array(yes),)))
    assert outcome.breaches == ()


def test_people_do_not_change_places_when_their_answers_give_them_away() -> None:
    # Two categories are closed in both units. Whoever says yes is in the first unit, whoever says no in the second.
    lattice = Lattice(8, (Relation(4, (0, 1)), Relation(5, (2, 3)), Relation(6, (0, 2)), Relation(7, (1, 3))))
    n, yes = (20, 20, 20, 20, 40, 40, 40, 40), (20, 20, 0, 0, 40, 0, 20, 20)
    knowledge = release(lattice, n, range(4), yes)
    world = World(np.array(n), (np.array(yes),))
    targets = Targets(K, 30, flags(8, (0,)), np.full(8, MANY), flags(8, ()), flags(8, ()))
    assert found(attack(knowledge, targets, world).breaches) == {(0, "narrow", 20, 20)}


def test_the_mix_of_people_who_take_the_most_points_along_is_found() -> None:
    # Ten of twenty people say yes and have two points each; the others have twenty together, at most four each.
    # Ten people have the most, 30 points, when five of them say no and have them all.
    lattice, n, yes, points = star(2), np.array([20, 10, 10]), np.array([10, 5, 5]), np.array([40, 20, 20])
    zero, top = np.zeros(3, dtype=np.int64), np.array([20, 10, 15])
    layers = (
        Layer("yes", 0, 1, 2, np.array([1, 0, 0]), np.array([1, 2, 2]), zero),
        Layer("points", 0, 4, 1, np.array([2, 0, 0]), np.array([2, 4, 4]), zero),
    )
    knowledge = Knowledge(lattice, np.array([20, 0, 0]), top, layers, Link(yes=(2, 2), no=(0, 4)))
    world = World(n, (yes, points))
    stretch = next(stretch_stars(read_figures(knowledge), measure_world(knowledge, world)))
    assert stretch.cells.tolist() == [1, 2]
    assert stretch.high[3].tolist() == [30, 40]
    assert range_of(knowledge, 1, "points", world) == (0, 30)


def test_both_ends_of_a_range_are_explained() -> None:
    # The head count alone would leave enough open; that there are eight at least follows from what is printed.
    lattice, n = star(2), (60, 52, 8)
    outcome = attack(release(lattice, n, (2,), top=12), guard(lattice, count=(2,)), World(np.array(n)))
    assert found(outcome.breaches) == {(2, "narrow", 8, 8)}
    assert outcome.breaches[0].how == (0, 1)


def test_a_hidden_rest_of_one_mind_is_found_at_any_size() -> None:
    # 40 of 100 say yes, and 39 or 40 of the 60 that are shown: nobody, or one, of the 40 that are not.
    lattice, n, yes = star(2), (100, 60, 40), (40, 39, 1)
    knowledge = release(lattice, n, (2,), yes)
    outcome = attack(knowledge, guard(lattice, mind=(2,), answers=(2,)), World(np.array(n), (np.array(yes),)))
    assert [(breach.cell, breach.kind, breach.high) for breach in outcome.breaches] == [(2, "one_mind", 1)]
    assert outcome.breaches[0].how == (0, 1)
    assert range_of(knowledge, 2, "yes") == (1, 1)


@pytest.mark.parametrize(("most", "kinds"), [(8, []), (7, ["insider"])])
def test_what_one_of_a_group_learns_of_the_others_from_her_own_answer_is_found(most: int, kinds: list[str]) -> None:
    # Eight people have at most 7 of 40 points, and one has at most 4. Who has 4 knows the others to within 3.
    lattice, n, points = star(2), np.array([20, 12, 8]), np.array([40, 40 - most, most])
    low, high = np.array([24, 40 - most, 0]), np.array([24, 40, 48])  # 24 twelfths of 20 are 40
    layer = Layer("points", 0, 4, 12, low, high, np.zeros(3, dtype=np.int64))
    knowledge = Knowledge(lattice, n, n, (layer,))
    outcome = attack(knowledge, guard(lattice, answers=(2,)), World(n, (points,)))
    assert [breach.kind for breach in outcome.breaches] == kinds
    assert all((breach.low, breach.high) == (0, 7) and {0, 1} <= {*breach.how} for breach in outcome.breaches)
    assert range_of(knowledge, 2, "points") == (0, most)


def test_a_printed_group_of_one_mind_follows_from_itself() -> None:
    lattice = star(2)
    knowledge = release(lattice, (60, 30, 30), (), (15, 0, 15))
    outcome = attack(knowledge, guard(lattice, mind=range(3)), World(np.array((60, 30, 30)), (np.array((15, 0, 15)),)))
    assert [(breach.cell, breach.how) for breach in outcome.breaches] == [(1, (1,))]


def test_a_printed_mean_gives_away_a_share_that_is_not_printed() -> None:
    # Whoever says yes has two points at least; a mean that rounds to 0.0 leaves nobody who does.
    lattice, two = Lattice(1, ()), np.array
    yes = Layer("yes", 0, 1, 200, two([0]), two([200]), two([0]))
    points = Layer("points", 0, 4, 20, two([0]), two([1]), two([1]))
    layers, truth = (yes, points), World(two([30]), (two([0]), two([1])))
    people = two([30])
    tied = Knowledge(lattice, people, people, layers, Link(yes=(2, 4), no=(0, 1)))
    assert range_of(tied, 0, "yes", truth) == (0, 0)
    assert range_of(tied, 0, "points", truth) == (0, 1)
    kinds = {(b.quantity, b.kind) for b in attack(tied, guard(lattice, mind=(0,)), truth).breaches}
    assert kinds == {("yes", "one_mind"), ("points", "one_mind")}
    with pytest.raises(Inconsistent, match="exclude each other"):
        attack(tied, guard(lattice), World(two([30]), (two([5]), two([1]))))
    free = Knowledge(lattice, people, people, layers, Link(yes=(0, 4), no=(0, 4)))
    assert range_of(free, 0, "yes", truth) == (0, 30)


def test_points_are_linked_to_answers_of_yes_or_no_only() -> None:
    one = np.array([5])
    layers = (Layer("yes", 0, 2, 1, one * 0, one * 2, one * 0), Layer("points", 0, 4, 1, one * 0, one * 4, one * 0))
    with pytest.raises(ValueError, match="0 or 1"):
        find_world(Knowledge(Lattice(1, ()), one, one, layers, Link(yes=(2, 4), no=(0, 1))))


def test_what_was_known_beforehand_is_no_breach() -> None:
    lattice = star(2)
    knowledge = Knowledge(lattice, np.array([20, 14, 0]), np.array([20, 18, 6]))
    told = guard(lattice, count=(2,))
    assert [(breach.cell, breach.kind) for breach in attack(knowledge, told).breaches] == [(2, "narrow")]
    assert range_of(knowledge, 2) == (2, 6)
    known = Targets(K, SMALLEST, told.count, np.array([0, 0, 4]), told.answers, told.mind)
    assert attack(knowledge, known).breaches == ()


def test_a_band_and_a_whole_percent_that_fit_one_count_give_the_rest_away() -> None:
    # Between 11 and 14 people of whom 38 % say yes are 13, of whom five do.
    lattice, n, yes = star(2), np.array([40, 13, 27]), np.array([16, 5, 11])
    exact = release(lattice, n.tolist(), (2,), yes.tolist())
    knowledge = Knowledge(lattice, np.array([40, 11, 0]), np.array([40, 14, MANY]), exact.layers)
    assert range_of(knowledge, 2) == (27, 27)
    outcome = attack(knowledge, guard(lattice, mind=(2,)), World(n, (yes,)))
    assert outcome.breaches == ()


def test_a_half_is_rounded_up_and_so_does_not_count_below() -> None:
    # In quarters, one to less than three of them: of the four people that remain of seven one or two say yes.
    lattice = star(2)
    quarters = Layer("yes", 0, 1, 4, *(np.array(bound) for bound in ([0, 1, 0], [4, 3, 4], [0, 1, 0])))
    knowledge = Knowledge(lattice, np.array([7, 3, 3]), np.array([7, 5, 3]), (quarters,))
    assert range_of(knowledge, 1, "yes") == (1, 2)


def test_what_only_follows_because_people_are_whole_is_found() -> None:
    # Half of a group of at most eight say yes, so the group is even; it and at most one person make seven.
    lattice = star(2)
    half = Layer("yes", 0, 1, 200, *(np.array(bound) for bound in ([0, 99, 0], [200, 101, 200], [0, 1, 0])))
    knowledge = Knowledge(lattice, np.array([7, 1, 0]), np.array([7, 8, 1]), (half,))
    targets = Targets(K, SMALLEST, flags(3, (2,)), np.array([0, 0, 1]), flags(3, ()), flags(3, ()))
    outcome = attack(knowledge, targets)
    assert found(outcome.breaches) == {(2, "narrow", 1, 1)}
    assert set(outcome.breaches[0].how) == {0, 1}


@pytest.mark.parametrize("world", [None, World(np.array([50, 30, 19]))], ids=["no world", "a world"])
def test_figures_that_contradict_each_other_are_refused(world: World | None) -> None:
    lattice = star(2)
    knowledge = release(lattice, (50, 30, 19), ())
    with pytest.raises(Inconsistent, match=r"Correct|Give"):
        attack(knowledge, guard(lattice), world)
    with pytest.raises(Inconsistent):
        find_world(knowledge)


def test_sums_that_only_closed_cells_could_mend_are_refused() -> None:
    knowledge = release(star(3), (50, 30, 40, 0), (3,))
    with pytest.raises(Inconsistent, match="no answers at all"):
        find_world(knowledge)


def test_a_share_that_no_count_rounds_to_is_refused() -> None:
    layer = Layer("yes", 0, 1, 200, *map(np.array, ([1], [3], [1])))
    with pytest.raises(Inconsistent, match="cell 0"):
        find_world(Knowledge(Lattice(1, ()), np.array([11]), np.array([14]), (layer,)))


@pytest.mark.parametrize(
    ("people", "yes"),
    [((60, 30, 29), (15, 9, 6)), ((60, 30, 30), (15, 9, 7)), ((60, 30, 30), (25, 9, 16)), ((60, 20, 40), (15, 9, 6))],
    ids=["people do not add up", "answers do not add up", "a share is wrong", "a number is wrong"],
)
def test_a_world_that_does_not_fit_is_refused(people: Sequence[int], yes: Sequence[int]) -> None:
    lattice = star(2)
    knowledge = release(lattice, (60, 30, 30), (2,), (15, 9, 6))
    with pytest.raises(Inconsistent, match="Give a world that fits"):
        attack(knowledge, guard(lattice), World(np.array(people), (np.array(yes),)))


def test_without_time_nothing_is_decided() -> None:
    lattice = star(2)
    with pytest.raises(Unsolved, match="more time"):
        attack(release(lattice, (60, 30, 30), ()), guard(lattice), World(np.array((60, 30, 30))), seconds=0.0)
    with pytest.raises(Unsolved, match="more time"):
        find_world(release(square(3), INVESTMENT, (II_A, II_C, III_A, III_C)), seconds=0.0)


@pytest.mark.parametrize(
    "status",
    [
        highspy.HighsModelStatus.kTimeLimit,
        highspy.HighsModelStatus.kIterationLimit,
        highspy.HighsModelStatus.kSolveError,
        highspy.HighsModelStatus.kUnknown,
        highspy.HighsModelStatus.kInfeasible,  # of a world that fits, the solver is wrong
    ],
)
def test_any_other_answer_of_the_solver_than_optimal_decides_nothing(
    monkeypatch: pytest.MonkeyPatch, status: highspy.HighsModelStatus
) -> None:
    monkeypatch.setattr(highspy.Highs, "getModelStatus", lambda self: status)
    with pytest.raises(Unsolved, match="Publish nothing"):
        attack_empty_row()


@pytest.mark.parametrize("multiplier", [-1000.0, 0.0, 1000.0])
@pytest.mark.parametrize("too_few", [0.0, 500.0])
def test_a_solution_that_does_not_fit_is_not_believed(
    monkeypatch: pytest.MonkeyPatch, multiplier: float, too_few: float
) -> None:
    class Lie:
        """The least of everybody, which adds up to nothing, or less than nobody; and multipliers from nowhere."""

        def __init__(self, model: highspy.Highs) -> None:
            self.col_value = [least - too_few for least in model.getLp().col_lower_]
            self.row_dual = [multiplier] * model.getNumRow()

    monkeypatch.setattr(highspy.Highs, "getSolution", lambda self: Lie(self))
    # What remains is that the search in whole numbers finds nothing beyond 16; it alone shows no world.
    assert found(attack_empty_row().breaches) == {(3, "narrow", 7, 16)}
    with pytest.raises(Unsolved, match="does not fit"):
        find_world(release(square(3), INVESTMENT, (II_A, II_C, III_A, III_C)))


def test_what_no_step_decides_is_not_published(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attacker, "split_blocks", lambda *_: iter(()))
    with pytest.raises(Unsolved, match="could not decide"):
        attack_empty_row()


def company(seed: int, units: int = 24, categories: int = 4) -> tuple[Lattice, Numbers, Numbers, list[int]]:
    """Units of 30 to 120 people by categories, a few of whom have none: lattice, people, yes-answers and the
    cells of people without a category."""
    random = np.random.default_rng(seed)
    n = np.zeros((units + 1, categories + 2), dtype=np.int64)
    n[:-1, :-2] = random.integers(8, 30, (units, categories))
    n[:-1, -2] = random.integers(0, 4, units)
    yes = random.binomial(n, 0.4)
    for values in (n, yes):
        values[-1] = values[:-1].sum(axis=0)
        values[:, -1] = values[:, :-1].sum(axis=1)
    number = np.arange(n.size).reshape(n.shape)
    sums = [Relation(int(row[-1]), tuple(row[:-1].tolist())) for row in number]
    sums += [Relation(int(column[-1]), tuple(column[:-1].tolist())) for column in number.T]
    return Lattice(n.size, tuple(sums)), n.ravel(), yes.ravel(), number[:, -2].tolist()


@pytest.mark.parametrize("seed", range(3))
def test_closed_rows_and_columns_of_a_company_are_mostly_decided_without_a_solver(seed: int) -> None:
    lattice, n, yes, without = company(seed)
    closed = set(np.flatnonzero(n < SMALLEST).tolist()) | set(without)
    # The smallest category of each unit keeps its people without a category company.
    closed |= {
        min(r.parts, key=lambda part: (n[part] < SMALLEST, n[part])) for r in lattice.relations if len(r.parts) < 6
    }
    knowledge = release(lattice, n.tolist(), closed, yes.tolist())
    outcome = attack(knowledge, guard(lattice, count=closed, answers=closed), World(n, (yes,)))
    solved = sum(outcome.steps[step] for step in ("part", "whole", "integer"))
    assert sum(outcome.steps.values()) == 3 * len(closed)
    assert solved <= 0.25 * sum(outcome.steps.values())


def test_people_who_can_change_places_need_no_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attacker, "Model", no_solver)
    # Two departments of an organisation are closed, and all their teams.
    teams = ((1, (4, 5, 6)), (2, (7, 8)), (3, (9, 10)))
    lattice = Lattice(11, (Relation(0, (1, 2, 3)), *(Relation(total, parts) for total, parts in teams)))
    n, yes = (60, 9, 8, 43, 4, 3, 2, 5, 3, 20, 23), (20, 2, 5, 13, 1, 1, 0, 3, 2, 6, 7)
    closed = (1, 2, 4, 5, 6, 7, 8)
    knowledge = release(lattice, n, closed, yes)
    outcome = attack(knowledge, guard(lattice, count=closed, answers=closed), World(np.array(n), (np.array(yes),)))
    assert outcome.breaches == () and outcome.narrowest == K
    assert outcome.steps["stars"] > 0
    assert tuple(outcome.steps) == STEPS


def test_the_same_attack_comes_to_the_same_outcome() -> None:
    lattice, n, yes, without = company(7, units=8)
    closed = set(np.flatnonzero(n < SMALLEST).tolist()) | set(without)
    knowledge, targets = (
        release(lattice, n.tolist(), closed, yes.tolist()),
        guard(lattice, count=closed, answers=closed),
    )
    first, again = (attack(knowledge, targets, World(n, (yes,))) for _ in range(2))
    assert first == again
    assert first.breaches
    blind = attack(knowledge, targets)
    assert {(b.cell, b.kind) for b in blind.breaches} == {(b.cell, b.kind) for b in first.breaches}
