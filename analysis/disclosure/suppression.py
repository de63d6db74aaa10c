"""Secondary suppression: which more cells close, so that nobody can work out those that have to.

What a safe pattern needs is collected as *demands*: sets of printed cells of which at least one has to close.
Sums make the first ones: closed parts of a printed total must hold enough people together. Then the attacker
is asked; each breach names the printed cells that it rests on, which is a demand that every safe pattern
meets (the cutting planes of Fischetti and Salazar-González, "Solving the cell suppression problem on tabular
data with linear constraints", Management Science 47, 2001). After each attack the pattern is chosen anew from
all demands so far, so that what closed early and is no longer needed opens again. For few cells the choice is
the cheapest there is; for many it is a good one. What is then still found out is mended by closing more,
and what cannot be mended so is rolled up: the sums it takes part in close around it.

Every step is deterministic and none looks at a clock. The attacker comes in as a function, and this module
knows nothing of how he works.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

import numpy as np
from scipy import optimize, sparse

from analysis.disclosure.knowledge import Breach, Flags, Lattice, NotReleasable, Numbers, Relation

Attack = Callable[[Flags], Sequence[Breach]]
Demand = frozenset[int]
Cover = Callable[[Sequence[Demand], Numbers], list[int]]

#: Up to this many printed cells the cheapest pattern of all is searched for, beyond it a good one.
EXACT_SIZE = 48

#: Attacks after which the pattern is chosen anew from all demands: most small tables need two to six. It gains about
#: one cell in two hundred, and in tables of more than so many printed cells an attack too many takes half a minute.
EXACT_ROUNDS, ROUNDS, LARGE_ROUNDS, LARGE_SIZE = 2 * EXACT_SIZE, 2, 1, 1500

#: Attacks after which more closes, before what still leaks is rolled up. Each round closes something, so there
#: is an end.
MENDING_ROUNDS = 30

#: A breach that rests on more printed cells than this does not say which of them to close: proofs in whole numbers
#: name all there are.
MANY = 100


class CannotProtect(NotReleasable):
    """Even with everything closed that may close, the attacker finds what he should not."""


@dataclass(frozen=True)
class Task:
    """What has to be protected, over one lattice.

    ``primary``: cells that close for their own sake. ``closable``: cells that may close at all; all others
    that are not printed (``hidden``) are closed to begin with. ``cost``: what closing a cell loses, above 0.
    ``sizes``: for each measure that is decided together the people behind each cell. In each sum with a closed
    part that needs it (``guarded``), the closed parts together must hold ``k`` people besides one in each.
    """

    lattice: Lattice
    primary: Flags
    hidden: Flags
    closable: Flags
    cost: Numbers
    sizes: tuple[Numbers, ...]
    guarded: Flags
    k: int


def suppress(task: Task, attack: Attack) -> Flags:
    """The closed cells, shape ``(cells,)``: primary, hidden, and what has to close with them.

    ``attack`` gets the closed cells and returns what can still be found out. Raises :class:`CannotProtect`.
    """
    start = task.primary | task.hidden
    size = int((task.closable & ~start).sum())
    few = size <= EXACT_SIZE
    rounds = EXACT_ROUNDS if few else ROUNDS if size <= LARGE_SIZE else LARGE_ROUNDS
    sums = _Sums(task)
    demands: dict[Demand, None] = {}  # a set that keeps its order
    closed = start
    for _ in range(rounds):
        closed = _choose(sums, start, demands, _best_cover if few else _good_cover)
        breaches = attack(closed)
        if not breaches:
            return closed
        new = [_demand_of(task, closed, breach) for breach in breaches]
        if not all(new):
            break
        demands.update(dict.fromkeys(new))
    return _mend(sums, closed, breaches, attack)


def _choose(sums: _Sums, start: Flags, demands: dict[Demand, None], cover: Cover) -> Flags:
    """The pattern that meets all ``demands``, and those that the sums make once it is chosen, which are added."""
    while True:
        closed = start.copy()
        closed[cover(list(demands), sums.task.cost)] = True
        new = sums.demands(closed)
        if not new:
            return closed
        demands.update(dict.fromkeys(new))


def _demand_of(task: Task, closed: Flags, breach: Breach) -> Demand:
    return frozenset(cell for cell in breach.how if task.closable[cell] and not closed[cell])


def _mend(sums: _Sums, closed: Flags, breaches: Sequence[Breach], attack: Attack) -> Flags:
    """Closes more upon what is closed already, round by round, then rolls up.

    A breach that names very many figures tells little about which of them help; then one beside its cell closes.
    """
    task = sums.task
    around = _relations_of(task.lattice)
    for turn in range(task.lattice.size + MENDING_ROUNDS):
        demands, stuck = [], []
        for breach in breaches:
            demand = _demand_of(task, closed, breach)
            if demand and turn < MENDING_ROUNDS:
                near = {cell for relation in around[breach.cell] for cell in (relation.total, *relation.parts)}
                demands.append((len(demand) > MANY and demand & near) or demand)
            else:
                stuck.append(breach.cell)
        before, closed = closed, closed.copy()
        closed[_good_cover(demands, task.cost)] = True
        for cell in stuck:
            _roll_up(task, closed, around[cell])
        if (closed == before).all():
            raise CannotProtect(f"{len(stuck)} closed cells can be worked out whatever else closes")
        while demands := sums.demands(closed):
            closed[_good_cover(demands, task.cost)] = True
        breaches = attack(closed)
        if not breaches:
            return closed
    raise CannotProtect("closing cells came to no end")


def _roll_up(task: Task, closed: Flags, relations: Iterable[Relation]) -> None:
    """Closes all parts of the sums around a cell, or where they are closed their totals."""
    for relation in relations:
        parts = [part for part in relation.parts if task.closable[part] and not closed[part]]
        if parts:
            closed[parts] = True
        elif task.closable[relation.total]:
            closed[relation.total] = True


class _Sums:
    """What sums demand, alone or one put into the other.

    With ``m`` closed parts of ``h`` people in all, a reader who knows that none of them is empty knows
    each to within ``h - m``; that has to be at least ``k``. The same holds after a closed part that is itself
    a total is replaced by its own parts. A closed total must not be the sum of printed parts.
    """

    def __init__(self, task: Task) -> None:
        self.task = task
        self._relations = _from_below(task.lattice)
        self._cells = [(*relation.parts, relation.total) for relation in self._relations]

    def demands(self, closed: Flags) -> list[Demand]:
        """One for each sum that hides too little, unless nothing in it may close."""
        found: dict[Demand, None] = {}
        for size in self.task.sizes:
            for cells in self._lacking(closed.tolist(), size.tolist()):
                demand = frozenset(cell for cell in cells if self.task.closable[cell] and not closed[cell])
                if demand:
                    found[demand] = None
        return list(found)

    def _lacking(self, closed: list[bool], size: list[int]) -> Iterator[list[int]]:
        """For each sum that hides too little the cells that it takes."""
        guarded, k = self.task.guarded, self.task.k
        hides = [max(0, people - 1) for people in size]
        through: dict[int, list[int]] = {}  # the cells of the sums that a closed total is best replaced with
        for relation, cells in zip(self._relations, self._cells, strict=True):
            shut = [part for part in relation.parts if closed[part]]
            hidden = sum(hides[part] for part in shut)
            taken = [*cells, *(cell for part in shut for cell in through.get(part, ()))]
            if not closed[relation.total]:
                if hidden < k and any(guarded[part] for part in shut):
                    yield taken
            elif not shut and guarded[relation.total]:
                yield taken
            elif hidden < hides[relation.total]:
                hides[relation.total], through[relation.total] = hidden, taken


def _from_below(lattice: Lattice) -> list[Relation]:
    """The relations in an order in which every total comes after the sums that its parts are totals of."""
    height = [0] * lattice.size
    risen = True
    while risen:  # ends: a lattice has no cycles
        risen = False
        for relation in lattice.relations:
            above = 1 + max(height[part] for part in relation.parts)
            if above > height[relation.total]:
                height[relation.total], risen = above, True
    return sorted(lattice.relations, key=lambda relation: height[relation.total])


def _best_cover(demands: Sequence[Demand], cost: Numbers) -> list[int]:
    """The cheapest cells of which each demand holds at least one; ties go to the first cells."""
    if not demands:
        return []
    cells = sorted(set().union(*demands))
    place = {cell: number for number, cell in enumerate(cells)}
    rows = [row for row, demand in enumerate(demands) for _ in demand]
    columns = [place[cell] for demand in demands for cell in sorted(demand)]
    matrix = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(demands), len(cells)))
    # Costs that differ in the last place only let the solver choose among ties, always in the same way.
    weights = cost[cells].astype(np.float64) + np.arange(len(cells)) * 1e-6
    found = optimize.milp(
        weights,
        integrality=np.ones(len(cells), dtype=np.int64),
        bounds=optimize.Bounds(0, 1),
        constraints=optimize.LinearConstraint(matrix, lb=1),
    )
    if found.x is None:
        return _good_cover(demands, cost)
    return [cell for cell, chosen in zip(cells, found.x, strict=True) if chosen > 0.5]


def _good_cover(demands: Sequence[Demand], cost: Numbers) -> list[int]:
    """Cells of which each demand holds at least one: again and again that which costs least for a demand met
    (Chvátal 1979, doi 10.1287/moor.4.3.233); then, the dearest first, those that the others make needless go."""
    holding: dict[int, list[int]] = {}
    for number, demand in enumerate(demands):
        for cell in sorted(demand):
            holding.setdefault(cell, []).append(number)
    unmet = {cell: len(numbers) for cell, numbers in holding.items()}
    waiting = [(int(cost[cell]) / count, cell) for cell, count in unmet.items()]
    heapify(waiting)
    met = [0] * len(demands)
    chosen: list[int] = []
    while waiting:
        price, cell = heappop(waiting)
        if not unmet[cell]:
            continue
        now = int(cost[cell]) / unmet[cell]
        if now > price:  # other cells have met some of its demands since
            heappush(waiting, (now, cell))
            continue
        chosen.append(cell)
        for number in holding[cell]:
            if not met[number]:
                for other in demands[number]:
                    unmet[other] -= 1
            met[number] += 1
    kept = []
    for cell in sorted(chosen, key=lambda cell: (-int(cost[cell]), cell)):
        if all(met[number] > 1 for number in holding[cell]):
            for number in holding[cell]:
                met[number] -= 1
        else:
            kept.append(cell)
    return sorted(kept)


def _relations_of(lattice: Lattice) -> list[list[Relation]]:
    found: list[list[Relation]] = [[] for _ in range(lattice.size)]
    for relation in lattice.relations:
        for cell in (relation.total, *relation.parts):
            found[cell].append(relation)
    return found
