"""The attacker's solver: linear and whole-number programmes over some cells.

Nothing is believed that can be checked: a world counts only after exact whole-number checks of every row,
and a bound only as far as the multipliers of the solution prove it by themselves (weak duality, as in
Neumaier and Shcherbina 2004, doi 10.1007/s10107-003-0433-3). HiGHS is the solver (Huangfu and Hall 2018,
doi 10.1007/s12532-017-0130-5).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import highspy
import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from analysis.disclosure.attack_reading import Reading, pair_layers
from analysis.disclosure.knowledge import Flags, Inconsistent, Numbers, Unsolved

Floats = npt.NDArray[np.float64]

#: Bounds are whole numbers; this much is left to rounding in sums of products below 1e9 (double: 1e-16).
_SLACK = 1e-6

#: Multipliers below this take no part in a proof's account; they still count in its bound.
_NOISE = 1e-7

#: Stands for "nothing is proven": below every bound that matters.
_NO_BOUND = 10**15

_OPTIONS: dict[str, bool | int | float | str] = {
    "output_flag": False,
    "threads": 1,
    "parallel": "off",
    "random_seed": 0,
    "primal_feasibility_tolerance": 1e-9,
    "dual_feasibility_tolerance": 1e-9,
    "mip_feasibility_tolerance": 1e-7,
    "mip_abs_gap": 0.999,  # objectives are whole numbers: nearer than one is the same
}

_EXACT: dict[str, float] = {"mip_rel_gap": 0.0, "mip_max_nodes": highspy.kHighsIInf}

#: Near enough, or far enough for now: what is missed here is looked for again further out.
_SOON: dict[str, float] = {"mip_rel_gap": 0.1, "mip_max_nodes": 20}


class Clock:
    """The time that an attack may take. Raises :class:`~.Unsolved` when it is up."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """The seconds left, more than none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise Unsolved("Give the attacker more time: what he has not finished proves nothing.")
        return left


#: Branches of the tree that are looked at together: two would do if both had room.
_FEW = 4


@dataclass(frozen=True, eq=False)
class Block:
    """Relations to be solved together, all their cells in order, and which of the cells are free to move."""

    relations: Numbers
    cells: Numbers
    free: Flags


def spread_cells(reading: Reading, start: Flags, rings: int | None) -> Flags:
    """Cells to set free around ``start``: what is closed next to it, and to that, and so on; then ``rings``
    times all cells in a relation with one of these, or, with None, all that hang together."""
    found = _close_over(reading, start, reading.active & ~reading.printed)
    if rings is None:
        return _close_over(reading, found, reading.active)
    for _ in range(rings):
        found |= reading.index.members(reading.index.touched(found)) & reading.active
    return found


def branch_cells(reading: Reading, cell: int) -> Flags:
    """Cells to set free around one cell, along the tree: all that lies below the totals of its totals, but not
    these totals themselves."""
    index = reading.index
    found, above = np.zeros((2, reading.active.size), dtype=np.bool_)
    found[cell] = True
    above[index.totals[index.touched(found)]] = True
    return found | _descend(reading, index.members(index.touched(above)) & ~above) & reading.active


def few_branches(reading: Reading, cell: int) -> Flags:
    """Cells to set free around one cell: its branch of the tree and a few beside it, with all that lies below."""
    index, relation, branch = reading.index, -1, cell
    while index.up[branch] >= 0:
        relation, top = int(index.up[branch]), branch
        branch = int(index.totals[relation])
    found = np.arange(reading.active.size) == cell
    if relation >= 0:
        parts = index.cell[(index.row == relation) & (index.sign > 0)]
        found[np.roll(parts, -int(np.flatnonzero(parts == top)[0]))[:_FEW]] = True
    return _descend(reading, found) & reading.active


def _descend(reading: Reading, cells: Flags) -> Flags:
    """``cells`` and all that lies below them."""
    index, found = reading.index, cells.copy()
    parts = index.sign > 0
    cell, total = index.cell[parts], index.totals[index.row[parts]]
    for _ in index.levels:
        found[cell[found[total]]] = True
    return found


def _close_over(reading: Reading, start: Flags, through: Flags) -> Flags:
    found = start
    while True:
        more = found | (reading.index.members(reading.index.touched(found)) & through)
        if (more == found).all():
            return found
        found = more


def split_blocks(reading: Reading, free: Flags) -> Iterator[Block]:
    """The free cells and all relations that hold one, in parts that have no free cell in common."""
    index, size = reading.index, free.size
    entry = free[index.cell]
    graph = coo_array(
        (np.ones(int(entry.sum()), dtype=np.int8), (index.cell[entry], size + index.row[entry])),
        shape=(size + index.totals.size, size + index.totals.size),
    )
    label = connected_components(graph, directed=False)[1]
    touched = index.touched(free)
    order = np.flatnonzero(free)
    for number in np.unique(label[order]):  # sorted, so blocks come in the same order each time
        relations = np.flatnonzero(touched & (label[size:] == number))
        own = order[label[order] == number]
        cells = np.union1d(own, index.cell[np.isin(index.row, relations)])
        yield Block(relations, cells, np.isin(cells, own))


@dataclass(frozen=True, eq=False)
class Solution:
    """``bound``: a proven lower bound on what was minimised. ``values``, of shape ``(1 + layers, cells)``:
    a minimum, if it is whole and fits. ``how``: the printed cells that the bound rests on."""

    bound: int
    values: Numbers | None
    how: frozenset[int]


class Model:
    """Everything known of the cells of a block, for minimising one quantity or a sum of them.

    Columns are people, then each layer, of all cells. Raises :class:`~.Inconsistent` when nothing fits and
    :class:`~.Unsolved` when the solver gives no answer.
    """

    def __init__(self, reading: Reading, block: Block, clock: Clock) -> None:
        self._reading, self._cells, self._clock = reading, block.cells, clock
        self._rows = _build_rows(reading, block)
        self._lower = reading.low[:, block.cells].ravel().astype(np.float64)
        self._upper = reading.high[:, block.cells].ravel().astype(np.float64)
        per_person = np.array([1, *(max(abs(layer.bottom), abs(layer.top)) for layer in reading.knowledge.layers)])
        self._cap = (per_person[:, None] * reading.cap[block.cells]).ravel().astype(np.float64)
        self._cost = np.zeros(self._lower.size)
        # Two of them, since a search in whole numbers would make the other forget where it stands.
        self._linear = self._start()
        self._whole: highspy.Highs | None = None

    def hold(self, cells: Flags, values: Numbers) -> None:
        """Fixes those ``cells`` of the block at ``values``, of shape ``(1 + layers, cells)``, and frees the others."""
        held = np.tile(cells, values.shape[0])
        low, high = self._reading.low[:, self._cells].ravel(), self._reading.high[:, self._cells].ravel()
        self._lower = np.where(held, values.ravel(), low).astype(np.float64)
        self._upper = np.where(held, values.ravel(), high).astype(np.float64)

    def minimise(self, weights: Numbers) -> Solution:
        """Minimises the sum of ``weights``, of shape ``(quantities, cells)``, times quantities, in fractions."""
        self._run(self._linear, weights)
        solution = self._linear.getSolution()
        bound, how = self._prove(np.array(solution.row_dual))
        return Solution(bound, self._accept(np.array(solution.col_value)), how)

    def minimise_whole(self, weights: Numbers, soon: bool = False) -> Solution:
        """The same in whole numbers; if it has to be ``soon``, only as well as a few branches allow."""
        highs = self._start_whole(_SOON if soon else _EXACT)
        self._run(highs, weights, may_stop=soon)
        bound = int(np.ceil(max(highs.getInfo().mip_dual_bound, -_NO_BOUND) - _SLACK))
        printed = frozenset(self._cells[self._reading.printed[self._cells]].tolist())
        return Solution(bound, self._accept(np.array(highs.getSolution().col_value)), printed)

    def find_near(self, weights: Numbers) -> Numbers | None:
        """Values that fit, near the minimum, in whole numbers; None if none are found soon."""
        values = self.minimise(weights).values
        return self.minimise_whole(weights, soon=True).values if values is None else values

    def _start(self) -> highspy.Highs:
        highs, lp, rows = highspy.Highs(), highspy.HighsLp(), self._rows  # type: ignore[no-untyped-call]
        for option, value in _OPTIONS.items():
            highs.setOptionValue(option, value)
        lp.num_col_, lp.num_row_ = self._lower.size, rows.bottom.size
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = self._cost, self._lower, self._upper
        lp.row_lower_, lp.row_upper_ = rows.bottom, rows.top
        order = np.argsort(rows.row, kind="stable")
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        starts = np.searchsorted(rows.row[order], np.arange(rows.bottom.size + 1))
        lp.a_matrix_.start_ = starts.astype(np.int32)
        lp.a_matrix_.index_ = rows.col[order].astype(np.int32)
        lp.a_matrix_.value_ = rows.value[order]
        if highs.passModel(lp) == highspy.HighsStatus.kError:
            raise Unsolved("Check the printed figures: the solver does not take them.")
        return highs

    def _start_whole(self, options: dict[str, float]) -> highspy.Highs:
        if self._whole is None:
            self._whole = self._start()
            whole = np.full(self._cost.size, int(highspy.HighsVarType.kInteger), dtype=np.uint8)
            self._whole.changeColsIntegrality(whole.size, np.arange(whole.size, dtype=np.int32), whole)
        for option, value in options.items():
            self._whole.setOptionValue(option, value)
        return self._whole

    def _run(self, highs: highspy.Highs, weights: Numbers, may_stop: bool = False) -> None:
        cost = [weights[0].astype(np.float64)]
        for number, layer in enumerate(self._reading.knowledge.layers):
            above, below = weights[1 + 2 * number], weights[2 + 2 * number]
            cost[0] = cost[0] - layer.bottom * above + layer.top * below
            cost.append((above - below).astype(np.float64))
        self._cost, columns = np.concatenate(cost), np.arange(self._cost.size, dtype=np.int32)
        highs.changeColsCost(columns.size, columns, self._cost)
        highs.changeColsBounds(columns.size, columns, self._lower, self._upper)
        highs.setOptionValue("time_limit", highs.getRunTime() + self._clock.left())  # its clock runs on from run to run
        highs.run()
        status = highs.getModelStatus()
        if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
            raise Inconsistent("Correct the released figures: no answers at all would print them.")
        if status != highspy.HighsModelStatus.kOptimal and not (
            may_stop and status == highspy.HighsModelStatus.kSolutionLimit
        ):
            self._clock.left()
            raise Unsolved(f"Publish nothing: the solver stopped with {highs.modelStatusToString(status)!r}.")

    def _prove(self, dual: Floats) -> tuple[int, frozenset[int]]:
        """What these multipliers prove of the minimum, and from which printed cells."""
        rows = self._rows
        dual[((dual > 0) & np.isneginf(rows.bottom)) | ((dual < 0) & np.isposinf(rows.top))] = 0.0
        rest = self._cost - np.bincount(rows.col, rows.value * dual[rows.row], minlength=self._cost.size)
        used, counts = np.abs(dual) > _NOISE, np.abs(rest) > _NOISE
        with np.errstate(invalid="ignore"):  # nothing times infinity, which the selection leaves out
            bound = np.where(dual > 0, dual * rows.bottom, np.where(dual < 0, dual * rows.top, 0.0)).sum()
        bound += np.where(counts, rest * np.where(rest > 0, self._lower, self._upper), -np.abs(rest) * self._cap).sum()
        columns = self._cells[np.flatnonzero(counts) % self._cells.size]
        owners = rows.owner[used & (rows.owner >= 0)]
        how = columns[self._reading.printed[columns]].tolist() + owners.tolist()
        return int(np.ceil(max(bound, -_NO_BOUND) - _SLACK)), frozenset(how)

    def _accept(self, solution: Floats) -> Numbers | None:
        """The solution, if it is whole and fits every row exactly."""
        whole = np.rint(solution)
        if (np.abs(solution - whole) > _SLACK).any() or (whole < self._lower).any() or (whole > self._upper).any():
            return None
        # Products of whole numbers below 2 ** 53 are exact in floats.
        sums = np.bincount(self._rows.row, self._rows.value * whole[self._rows.col], minlength=self._rows.bottom.size)
        if (sums < self._rows.bottom).any() or (sums > self._rows.top).any():
            return None
        return whole.astype(np.int64).reshape(-1, self._cells.size)


@dataclass(frozen=True, eq=False)
class _Rows:
    """Rows ``bottom <= sum of value * column <= top``; ``owner`` is the cell whose printed figure a row is, or -1."""

    row: Numbers
    col: Numbers
    value: Floats
    bottom: Floats
    top: Floats
    owner: Numbers


def _build_rows(reading: Reading, block: Block) -> _Rows:
    index, cells, knowledge = reading.index, block.cells, reading.knowledge
    count, height = cells.size, 1 + len(knowledge.layers)
    entry = np.isin(index.row, block.relations)
    local, sums = np.searchsorted(cells, index.cell[entry]), block.relations.size
    cols = [local + quantity * count for quantity in range(height)]
    rows = [np.searchsorted(block.relations, index.row[entry]) + quantity * sums for quantity in range(height)]
    values = [index.sign[entry]] * height
    bottoms, owners, done = [np.zeros(height * sums)], [np.full(height * sums, -1)], height * sums
    for at, terms, bottom, owned in _limit_cells(reading, cells):
        for col, value in terms:
            rows.append(done + np.arange(at.size))
            cols.append(at + col * count)
            values.append(np.broadcast_to(value, at.shape))
        bottoms.append(np.broadcast_to(bottom, at.shape))
        owners.append(cells[at] if owned else np.full(at.size, -1))
        done += at.size
    top = np.concatenate([np.zeros(height * sums), np.full(done - height * sums, np.inf)])
    return _Rows(
        row=np.concatenate(rows),
        col=np.concatenate(cols),
        value=np.concatenate(values).astype(np.float64),
        bottom=np.concatenate(bottoms).astype(np.float64),
        top=top,
        owner=np.concatenate(owners),
    )


#: Which of the cells; columns (0 people, then layers) with their factors; the least that these add up to;
#: and whether a printed figure says so.
_Limit = tuple[Numbers, list[tuple[int, Numbers | int]], Numbers | int, bool]


def _limit_cells(reading: Reading, cells: Numbers) -> Iterator[_Limit]:
    """What ties the columns of one cell to each other; where people are fixed, bounds on columns say it all."""
    knowledge = reading.knowledge
    moving = reading.low[0, cells] < reading.high[0, cells]
    for number, layer in enumerate(knowledge.layers, start=1):
        low, high, strict = layer.low[cells], layer.high[cells], layer.strict[cells]
        above, below = low > layer.unit * layer.bottom, (high < layer.unit * layer.top) | (strict > 0)
        at = np.flatnonzero(moving & above)
        yield at, [(number, layer.unit), (0, -low[at])], 0, True
        at = np.flatnonzero(moving & ~above)
        yield at, [(number, 1), (0, -layer.bottom)], 0, False
        at = np.flatnonzero(moving & below)
        yield at, [(number, -layer.unit), (0, high[at])], strict[at], True
        at = np.flatnonzero(moving & (high >= layer.unit * layer.top))
        yield at, [(number, -1), (0, layer.top)], 0, False
    if knowledge.link is not None:
        yes, points = (1 + number for number in pair_layers(knowledge))
        (yes_low, yes_high), (no_low, no_high) = knowledge.link.yes, knowledge.link.no
        at = np.flatnonzero(reading.active[cells])
        yield at, [(points, 1), (0, -no_low), (yes, no_low - yes_low)], 0, False
        yield at, [(points, -1), (0, no_high), (yes, yes_high - no_high)], 0, False
