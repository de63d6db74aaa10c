"""The attacker's solver: linear and whole-number programmes over some cells.

Nothing is believed that can be checked: a world counts only after exact whole-number checks of every row,
and a bound only as far as the multipliers of the solution prove it by themselves (weak duality, as in
Neumaier and Shcherbina 2004, doi 10.1007/s10107-003-0433-3). HiGHS is the solver (Huangfu and Hall 2018,
doi 10.1007/s12532-017-0130-5).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import highspy
import numpy as np
import numpy.typing as npt

from analysis.disclosure.attack_blocks import Block
from analysis.disclosure.attack_reading import Reading, pair_layers
from analysis.disclosure.knowledge import Flags, Inconsistent, Numbers, Unsolved

Floats = npt.NDArray[np.float64]

#: Bounds are whole numbers; this much is left to rounding in sums of products below 1e9 (double: 1e-16).
_SLACK = 1e-6

#: Multipliers below this take no part in a proof's account; they still count in its bound.
_NOISE = 1e-7

#: Stands for "nothing is proven": below every bound that matters.
NO_BOUND = 10**15

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


@dataclass(frozen=True, eq=False)
class Solution:
    """``bound``: a proven lower bound on what was minimised. ``values``, of shape ``(1 + layers, cells)``:
    a minimum, if it is whole and fits. ``how``: the printed cells that the bound rests on."""

    bound: int
    values: Numbers | None
    how: frozenset[int]


@dataclass(frozen=True, eq=False)
class Floor:
    """The sum of ``weights``, of shape ``(quantities, cells)``, times quantities is ``least`` or more."""

    weights: Numbers
    least: int


@dataclass(frozen=True, eq=False)
class Moves:
    """The solver of a model in terms of movement: up and down away from ``start``, for each column."""

    start: Floats
    solver: highspy.Highs


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
        self._linear = _open_solver(self._rows, self._cost, self._lower, self._upper)
        self._whole: highspy.Highs | None = None

    def hold(self, cells: Flags, values: Numbers) -> None:
        """Fixes those ``cells`` of the block at ``values``, of shape ``(1 + layers, cells)``, and frees the others."""
        held = np.tile(cells, values.shape[0])
        low, high = self._reading.low[:, self._cells].ravel(), self._reading.high[:, self._cells].ravel()
        self._lower = np.where(held, values.ravel(), low).astype(np.float64)
        self._upper = np.where(held, values.ravel(), high).astype(np.float64)

    def minimise(self, weights: Numbers, floors: Sequence[Floor] = ()) -> Solution:
        """Minimises the sum of ``weights``, of shape ``(quantities, cells)``, times quantities, in fractions; among
        worlds that reach all ``floors``."""
        self._run(self._linear, weights, floors)
        solution = self._linear.getSolution()
        bound, how = self._prove(np.array(solution.row_dual), floors)
        return Solution(bound, self._accept(np.array(solution.col_value), floors), how)

    def minimise_whole(self, weights: Numbers, floors: Sequence[Floor] = (), *, soon: bool = False) -> Solution:
        """The same in whole numbers; if it has to be ``soon``, only as well as a few branches allow."""
        highs = self._start_whole(_SOON if soon else _EXACT)
        self._run(highs, weights, floors, may_stop=soon)
        bound = int(np.ceil(max(highs.getInfo().mip_dual_bound, -NO_BOUND) - _SLACK))
        printed = frozenset(self._cells[self._reading.printed[self._cells]].tolist())
        return Solution(bound, self._accept(np.array(highs.getSolution().col_value), floors), printed)

    def find_near(self, weights: Numbers) -> Numbers | None:
        """Values that fit, near the minimum, in whole numbers; None if none are found soon."""
        values = self.minimise(weights).values
        return self.minimise_whole(weights, soon=True).values if values is None else values

    def minimise_moves(self, moves: Moves, floors: Sequence[Floor]) -> Floats | None:
        """How each column differs from the values that ``moves`` start from when all floors are reached by moving as
        little as possible, in fractions; None where that cannot be."""
        columns = np.arange(2 * self._lower.size, dtype=np.int32)
        room = np.concatenate([self._upper - moves.start, moves.start - self._lower])
        moves.solver.changeColsBounds(columns.size, columns, np.zeros(room.size), room)
        weighed = [(self._weigh_columns(floor.weights), floor.least) for floor in floors]
        shifted = [(np.concatenate([w, -w]), least - float(w @ moves.start)) for w, least in weighed]
        _set_floors(moves.solver, self._rows, shifted)
        if self._solve(moves.solver) != highspy.HighsModelStatus.kOptimal:
            return None
        found: Floats = np.array(moves.solver.getSolution().col_value)
        return found[: found.size // 2] - found[found.size // 2 :]

    def start_moves(self, values: Numbers) -> Moves:
        """For :meth:`minimise_moves` away from ``values`` that fit, of shape ``(1 + layers, cells)``."""
        start = values.ravel().astype(np.float64)
        # A person weighs as much as the whole answer of one.
        spans = np.array([1, *(layer.step for layer in self._reading.knowledge.layers)])
        cost, room = np.tile(np.repeat(1.0 / spans, self._cells.size), 2), np.full(2 * start.size, np.inf)
        rows = self._rows
        sums = np.bincount(rows.row, rows.value * start[rows.col], minlength=rows.bottom.size)
        both = replace(
            rows,
            row=np.tile(rows.row, 2),
            col=np.concatenate([rows.col, rows.col + start.size]),
            value=np.concatenate([rows.value, -rows.value]),
            bottom=rows.bottom - sums,
            top=rows.top - sums,
        )
        return Moves(start, _open_solver(both, cost, np.zeros(room.size), room))

    def _start_whole(self, options: dict[str, float]) -> highspy.Highs:
        if self._whole is None:
            self._whole = _open_solver(self._rows, self._cost, self._lower, self._upper)
            whole = np.full(self._cost.size, int(highspy.HighsVarType.kInteger), dtype=np.uint8)
            self._whole.changeColsIntegrality(whole.size, np.arange(whole.size, dtype=np.int32), whole)
        for option, value in options.items():
            self._whole.setOptionValue(option, value)
        return self._whole

    def _run(self, highs: highspy.Highs, weights: Numbers, floors: Sequence[Floor], *, may_stop: bool = False) -> None:
        self._cost, columns = self._weigh_columns(weights), np.arange(self._lower.size, dtype=np.int32)
        highs.changeColsCost(columns.size, columns, self._cost)
        highs.changeColsBounds(columns.size, columns, self._lower, self._upper)
        _set_floors(highs, self._rows, [(self._weigh_columns(floor.weights), floor.least) for floor in floors])
        status = self._solve(highs)
        if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
            raise Inconsistent("Correct the released figures: no answers at all would print them.")
        if status != highspy.HighsModelStatus.kOptimal and not (
            may_stop and status == highspy.HighsModelStatus.kSolutionLimit
        ):
            self._clock.left()
            raise Unsolved(f"Publish nothing: the solver stopped with {highs.modelStatusToString(status)!r}.")

    def _solve(self, highs: highspy.Highs) -> highspy.HighsModelStatus:
        highs.setOptionValue("time_limit", highs.getRunTime() + self._clock.left())  # its clock runs on from run to run
        highs.run()
        return highs.getModelStatus()

    def _weigh_columns(self, weights: Numbers) -> Floats:
        """Weights of quantities as weights of columns."""
        found = [weights[0].astype(np.float64)]
        for number, layer in enumerate(self._reading.knowledge.layers):
            above, below = weights[1 + 2 * number], weights[2 + 2 * number]
            found[0] = found[0] - layer.bottom * above + layer.top * below
            found.append((above - below).astype(np.float64))
        return np.concatenate(found)

    def _prove(self, dual: Floats, floors: Sequence[Floor]) -> tuple[int, frozenset[int]]:
        """What these multipliers prove of the minimum, and from which printed cells."""
        rows, bound, cost = self._rows, 0.0, self._cost
        dual, prices = dual[: rows.bottom.size], np.maximum(dual[rows.bottom.size :], 0.0)
        for floor, price in zip(floors, prices.tolist(), strict=True):
            bound, cost = bound + price * floor.least, cost - price * self._weigh_columns(floor.weights)
        dual[((dual > 0) & np.isneginf(rows.bottom)) | ((dual < 0) & np.isposinf(rows.top))] = 0.0
        rest = cost - np.bincount(rows.col, rows.value * dual[rows.row], minlength=cost.size)
        used, counts = np.abs(dual) > _NOISE, np.abs(rest) > _NOISE
        with np.errstate(invalid="ignore"):  # nothing times infinity, which the selection leaves out
            bound += np.where(dual > 0, dual * rows.bottom, np.where(dual < 0, dual * rows.top, 0.0)).sum()
        bound += np.where(counts, rest * np.where(rest > 0, self._lower, self._upper), -np.abs(rest) * self._cap).sum()
        columns = self._cells[np.flatnonzero(counts) % self._cells.size]
        owners = rows.owner[used & (rows.owner >= 0)]
        how = columns[self._reading.printed[columns]].tolist() + owners.tolist()
        return int(np.ceil(max(bound, -NO_BOUND) - _SLACK)), frozenset(how)

    def _accept(self, solution: Floats, floors: Sequence[Floor]) -> Numbers | None:
        """The solution, if it is whole and fits every row exactly."""
        whole = np.rint(solution)
        if (np.abs(solution - whole) > _SLACK).any() or (whole < self._lower).any() or (whole > self._upper).any():
            return None
        # Products of whole numbers below 2 ** 53 are exact in floats.
        sums = np.bincount(self._rows.row, self._rows.value * whole[self._rows.col], minlength=self._rows.bottom.size)
        if (sums < self._rows.bottom).any() or (sums > self._rows.top).any():
            return None
        if any((self._weigh_columns(floor.weights) * whole).sum() < floor.least for floor in floors):
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


def _open_solver(rows: _Rows, cost: Floats, lower: Floats, upper: Floats) -> highspy.Highs:
    highs, lp = highspy.Highs(), highspy.HighsLp()  # type: ignore[no-untyped-call]
    for option, value in _OPTIONS.items():
        highs.setOptionValue(option, value)
    lp.num_col_, lp.num_row_ = cost.size, rows.bottom.size
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, lower, upper
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


def _set_floors(highs: highspy.Highs, rows: _Rows, floors: Sequence[tuple[Floats, float]]) -> None:
    """Puts these rows, weights and the least that they add up to, in the place of those of the run before."""
    before = np.arange(rows.bottom.size, highs.getNumRow(), dtype=np.int32)
    if before.size:
        highs.deleteRows(before.size, before)
    for weights, least in floors:
        at = np.flatnonzero(weights).astype(np.int32)
        highs.addRow(least, highspy.kHighsInf, at.size, at, weights[at])


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
