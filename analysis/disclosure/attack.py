"""The attacker: what can be found out of closed cells from everything released. He shares no code with the gate.

A cell counts as safe only when worlds far enough apart were found that print the same figures, or when a
proof shows that it holds nobody or enough people; as found out only when a proof shows it. The cheapest means
come first: single figures, the given world, sums one by one, people who change places, all sums together,
programmes of the surroundings and of all that hangs together, in fractions and last in whole numbers.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import suppress

import numpy as np

from analysis.disclosure.attack_blocks import Block, branch_cells, few_branches, split_blocks, spread_cells
from analysis.disclosure.attack_grids import stretch_grids
from analysis.disclosure.attack_reading import Reading, find_misfit, measure_values, read_figures
from analysis.disclosure.attack_solver import NO_BOUND, Clock, Model
from analysis.disclosure.attack_stars import Stretch, bound_people, find_fixed, stretch_stars, stretch_swaps
from analysis.disclosure.attack_verdict import HIGH, LOW, Aim, Judge, Ranges
from analysis.disclosure.knowledge import (
    PEOPLE,
    Flags,
    Inconsistent,
    Knowledge,
    Numbers,
    Outcome,
    Targets,
    Unsolved,
    World,
)

#: Surroundings in which more cells than this may move cost nearly as much as everything, and decide less.
_MOST_CELLS = 1500

#: Where more cells than this may move, whole numbers take longer than to ask which of them have to.
_MANY_CELLS = 300

#: So few cells are not worth pulling apart together where so many may move.
_FEW = 12

#: What decided a target, in the order of the attempts.
STEPS = ("given", "world", "sums", "stars", "grids", "linear", "part", "whole", "integer")


def attack(knowledge: Knowledge, targets: Targets, world: World | None = None, *, seconds: float = 60.0) -> Outcome:
    """Tries to find out what ``targets`` forbid, within ``seconds``.

    ``world`` is one that fits; without it one is looked for. Ranges in breaches are proven: the exact range
    may be narrower still. ``steps`` has every name of :data:`STEPS` and counts targets once for each kind of
    breach and layer. Raises :class:`~.Inconsistent` when the world does not fit or there is none, and
    :class:`~.Unsolved` when anything remains undecided.
    """
    clock = Clock(seconds)
    reading = read_figures(knowledge)
    values = _find_values(reading, clock) if world is None else _check_world(knowledge, world)
    search = _Search(reading, targets, values, clock)
    try:
        search.run()
    except Inconsistent as error:  # the world fits, so the solver is wrong
        raise Unsolved("Publish nothing: the solver finds no answers where there are some.") from error
    return search.outcome()


def find_world(knowledge: Knowledge, *, seconds: float = 60.0) -> World:
    """A world that fits. Raises :class:`~.Inconsistent` if there is none, :class:`~.Unsolved` if time is up."""
    people, *layers = _find_values(read_figures(knowledge), Clock(seconds))
    return World(people, tuple(layers))


def range_of(
    knowledge: Knowledge, cell: int, quantity: str = PEOPLE, world: World | None = None, *, seconds: float = 60.0
) -> tuple[int, int]:
    """The exact range of a quantity of one cell: of its people, or of its yes-answers or points above the lowest
    possible. Raises as :func:`attack`."""
    clock = Clock(seconds)
    reading = read_figures(knowledge)
    values = _find_values(reading, clock) if world is None else _check_world(knowledge, world)
    ranges = Ranges(reading)
    ranges.see(np.arange(reading.active.size), values)
    names: list[str] = [layer.name for layer in knowledge.layers]
    row = 0 if quantity == PEOPLE else 1 + 2 * names.index(quantity)
    start = np.arange(reading.active.size) == cell
    for block in split_blocks(reading, spread_cells(reading, start, None)):
        model = Model(reading, block, clock)
        for aim in (Aim(row, LOW, cell), Aim(row, HIGH, cell)):
            ranges.prove(aim, ranges.seek(model, block, aim), block)
            if not ranges.knows(aim):
                ranges.prove(aim, ranges.seek(model, block, aim, whole=True), block)
            if not ranges.knows(aim):
                raise Unsolved("Ask for another cell: the solver's answer does not fit the figures.")
    return int(ranges.least[row, cell]), int(ranges.most[row, cell])


def _check_world(knowledge: Knowledge, world: World) -> Numbers:
    misfit = find_misfit(knowledge, world)
    if misfit is not None:
        raise Inconsistent(f"Give a world that fits: {misfit}.")
    return np.vstack([world.people, *world.layers]).astype(np.int64)


def _find_values(reading: Reading, clock: Clock) -> Numbers:
    """A world that fits, as an array of shape ``(1 + layers, size)``."""
    found = reading.low.copy()
    for block in split_blocks(reading, reading.active):
        model = Model(reading, block, clock)
        nothing = np.zeros((reading.least.shape[0], block.cells.size), dtype=np.int64)
        values = model.minimise(nothing).values
        if values is None:
            values = model.minimise_whole(nothing).values
        if values is None:
            raise Unsolved("Publish nothing: the solver's answer does not fit the figures.")
        found[:, block.cells] = values
    misfit = find_misfit(reading.knowledge, World(found[0], tuple(found[1:])))
    if misfit is not None:
        raise Inconsistent(f"Correct the released figures: {misfit}.")
    return found


class _Search:
    """Goes from the cheapest means to the dearest until every target is decided."""

    def __init__(self, reading: Reading, targets: Targets, values: Numbers, clock: Clock) -> None:
        self._reading, self._targets, self._values, self._clock = reading, targets, values, clock
        self._ranges = Ranges(reading)
        self._judge = Judge(reading, targets, self._ranges)
        self._steps = dict.fromkeys(STEPS, 0)
        self._all = np.arange(reading.active.size)
        both = targets.answers | targets.mind
        self._open = np.array([targets.count, *([targets.answers, both] * len(reading.knowledge.layers))])
        self._broken = np.zeros_like(self._open)

    def run(self) -> None:
        """Decides all targets. Raises :class:`~.Unsolved`."""
        self._clock.left()
        self._settle("given", self._all)
        self._ranges.see(self._all, self._values)
        self._settle("world", self._all)
        quantities = measure_values(self._reading.knowledge.layers, self._values)
        if self._open.any():
            self._clear_large()
        if self._open.any():
            for stretch in stretch_stars(self._reading, quantities):
                self._widen("stars", stretch)
        if self._open.any():
            self._widen("grids", stretch_grids(self._reading, self._values))
            for stretch in stretch_swaps(self._reading, quantities, self._open):
                self._widen("grids", stretch)
        if self._open[0].any():
            self._try_sums()
        for free in self._look_around():
            if not self._open.any():
                return
            for block in split_blocks(self._reading, free):
                if self._open[:, block.cells].any():
                    self._solve_block(block)
        if self._open.any():
            raise Unsolved("Publish nothing: the attacker could not decide every target.")

    def outcome(self) -> Outcome:
        """What was found."""
        # Where the roster alone leaves less than k there is nothing to be narrow about.
        small = self._targets.count & (self._targets.prior >= self._targets.k) & ~self._broken[0]
        small &= self._reading.knowledge.n_low < self._targets.smallest
        small &= self._ranges.least[0] < self._targets.smallest
        small &= (self._ranges.most[0] >= 1) | self._targets.with_zero
        widths = np.minimum((self._ranges.high[0] - self._ranges.low[0])[small], self._targets.k)
        narrowest = int(widths.min()) if widths.size else None
        return Outcome(tuple(self._judge.list_breaches(self._broken)), narrowest, self._steps)

    def _settle(self, step: str, cells: Numbers) -> None:
        """Judges ``cells`` anew and notes how many targets ``step`` decided."""
        before = int(self._open[:, cells].sum())
        self._open[:, cells], self._broken[:, cells] = self._judge.decide(cells)
        self._steps[step] += before - int(self._open[:, cells].sum())

    def _widen(self, step: str, stretch: Stretch) -> None:
        self._ranges.widen(stretch.cells, stretch.low, stretch.high)
        self._settle(step, stretch.cells)

    def _clear_large(self) -> None:
        """Sums show of many closed cells that they are large, or empty. What they show of others is left to steps
        that also say from which cells it follows."""
        low, high = bound_people(self._reading)
        ranges, large = self._ranges, low >= self._targets.smallest
        empty = (high < 1) & ~self._targets.with_zero
        ranges.least[0, large], ranges.most[0, empty] = np.maximum(ranges.least[0], low)[large], 0
        self._settle("sums", self._all)

    def _try_sums(self) -> None:
        """Cells whose number follows exactly from sums of printed numbers."""
        near = spread_cells(self._reading, self._open[0], 0)
        fixed = find_fixed(self._reading, np.flatnonzero(self._reading.index.touched(near)))
        for cell, how in fixed.items():
            value = int(self._values[0, cell])
            self._ranges.narrow(Aim(0, LOW, cell), value, how)
            self._ranges.narrow(Aim(0, HIGH, cell), value, how)
        self._settle("linear", self._all)

    def _look_around(self) -> Iterator[Flags]:
        """Cells to set free around what is open, from near to far: the closed cells that hang together, these and
        all in a sum with one of them, small branches of the tree; cell by cell a few large branches; and last all
        that hang together."""
        reading = self._reading
        yield spread_cells(reading, self._open_cells(), 0)
        yield spread_cells(reading, self._open_cells(), 1)
        near = np.zeros(self._all.size, dtype=np.bool_)
        for cell in np.flatnonzero(self._open_cells()).tolist():
            branch = branch_cells(reading, cell)
            if branch.sum() <= _MOST_CELLS:
                near |= branch
        yield near
        for cell in np.flatnonzero(self._open_cells()).tolist():
            if self._open[:, cell].any():
                yield few_branches(reading, cell)
        yield spread_cells(reading, self._open_cells(), None)

    def _open_cells(self) -> Flags:
        found: Flags = np.any(self._open, axis=0)
        return found

    def _solve_block(self, block: Block) -> None:
        """Searches a block for worlds and proofs. Cells at its edge are held as in the given world to find worlds,
        and are let go of to prove something: then fewer sums bind them than in truth, so a bound holds all the more.
        """
        edge = ~block.free & self._reading.active[block.cells]
        is_large = block.free.sum() > _MOST_CELLS
        if edge.any() and is_large:
            return
        model, ranges = Model(self._reading, block, self._clock), self._ranges
        if not edge.any():
            if not is_large:
                self._spread(model, block, "whole")
            for aim in self._aims(block, "whole"):
                ranges.prove(aim, ranges.seek(model, block, aim), block)
            if is_large:  # there to find a world in whole numbers takes longer than many proofs
                self._spread(model, block, "whole")
                self._move(model, block, edge, "whole")
            for aim in self._aims(block, "integer"):
                ranges.reach(model, block, aim, self._judge.enough(aim, -NO_BOUND))
            for aim in self._aims(block, "integer"):
                ranges.prove(aim, ranges.seek(model, block, aim, whole=True), block)
            return
        values = self._values[:, block.cells]
        model.hold(edge, values)
        self._spread(model, block, "part")
        done: set[tuple[bool, Aim]] = set()  # in fractions the minimum was whole already, or nothing new
        passes = [(True, False), (False, False), (True, True)]  # whole numbers prove little more with so much let go of
        if block.cells.size > _MANY_CELLS:
            self._move(model, block, edge, "part")
            passes = [(False, False)]
        elif block.free.sum() == 1:
            passes = [(False, False)]  # one by itself has nowhere to move
        for held, whole in passes:
            model.hold(edge & held, values)
            for aim in self._aims(block, "part"):
                if (held, aim) in done:
                    continue
                try:
                    solution = ranges.seek(model, block, aim, whole=whole, soon=whole)
                except Inconsistent:
                    if held and aim.insider is not None:  # with all around held there may be no room for one
                        continue
                    raise
                if held:
                    ranges.see(block.cells, solution.values)
                else:
                    ranges.prove(aim, solution)
                if solution.values is not None or (held and not ranges.would_widen(aim, solution.bound)):
                    done.add((held, aim))

    def _move(self, model: Model, block: Block, edge: Flags, step: str) -> None:
        """Searches a block for worlds near the given one: where many cells may move, few have to. ``edge`` is held."""
        values, ranges, index = self._values[:, block.cells], self._ranges, self._reading.index
        moves = model.start_moves(values)
        for aim in self._aims(block, step):
            with suppress(Inconsistent):  # with all around held there may be no room for an insider
                solution = ranges.seek(model, block, aim)
                ranges.see(block.cells, solution.values)
                if solution.values is not None or not ranges.would_widen(aim, solution.bound):
                    continue
                moved = ranges.move(model, moves, block, aim, self._judge.enough(aim, solution.bound))
                if moved is not None:
                    near = np.zeros_like(self._reading.active)
                    near[block.cells[moved]] = True
                    near = index.members(index.touched(near))[block.cells]
                    model.hold(edge | ~near, values)
                    ranges.see(block.cells, ranges.seek(model, block, aim, whole=True, soon=True).values)
            model.hold(edge, values)

    def _aims(self, block: Block, step: str) -> Iterator[Aim]:
        """One by one what would still help to decide a target of the block; what comes between counts for ``step``."""
        for position in np.flatnonzero(self._open[:, block.cells].any(axis=0)):
            cell = block.cells[position : position + 1]
            tried: set[Aim] = set()
            while True:
                self._settle(step, cell)
                ends = zip((LOW, HIGH), self._judge.aim(cell, self._open[:, cell]), strict=True)
                aims = [Aim(int(row), side, int(cell[0])) for side, rows in ends for row in np.flatnonzero(rows)]
                aims += self._judge.aim_inside(int(cell[0]), self._open[:, cell[0]])
                aim = next((aim for aim in aims if aim not in tried), None)
                if aim is None:
                    break
                tried.add(aim)
                yield aim

    def _spread(self, model: Model, block: Block, step: str) -> None:
        """Pulls many cells apart at once: half of them up and half of them down, by each digit of their rank in
        turn, so that any two are pulled apart at least once."""
        digits = int(self._open[:, block.cells].any(axis=0).sum() - 1).bit_length()
        rows = self._ranges.least.shape[0]
        fewest = 2 if block.cells.size <= _MANY_CELLS else _FEW
        for digit in range(digits):
            before, solved = self._open[:, block.cells].sum(), 0
            for row, sign in itertools.product(range(rows), (1, -1)):
                lows, highs = self._judge.aim(block.cells, self._open[:, block.cells])
                wanted = lows | highs
                if wanted[row].sum() < fewest:
                    continue
                rank = np.cumsum(wanted.any(axis=0)) - 1
                weights = np.zeros(wanted.shape, dtype=np.int64)
                weights[row] = np.where(wanted[row], sign * (1 - 2 * (rank >> digit & 1)), 0)
                self._ranges.see(block.cells, model.find_near(weights))
                self._settle(step, block.cells)
                solved += 1
            if before - self._open[:, block.cells].sum() < solved:
                return  # from here on one by one is as quick
