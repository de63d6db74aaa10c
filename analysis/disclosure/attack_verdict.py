"""What the attacker knows so far, and what that means for the targets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analysis.disclosure.attack_blocks import Block
from analysis.disclosure.attack_reading import Reading, measure_values
from analysis.disclosure.attack_solver import Floor, Model, Moves, Solution
from analysis.disclosure.knowledge import PEOPLE, Breach, Flags, Inconsistent, Kind, Numbers, Targets

#: Sides of a range.
LOW, HIGH = 0, 1

#: Insiders of a layer: one who adds a whole step above its lowest possible value, such as a yes, and one who adds none.
TOP, BOTTOM = 0, 1


#: Movement below this is noise of the solver.
_NOISE = 1e-6


@dataclass(frozen=True)
class Aim:
    """One end of the range of one quantity of one cell; for an ``insider``, among worlds with such a person."""

    row: int
    side: int
    cell: int
    insider: int | None = None


class Bounds:
    """What is known of quantities: no less than ``least``, no more than ``most``; and seen in worlds that fit as
    ``low`` as this and as ``high``. Arrays of shape ``(quantities, size)``."""

    def __init__(self, reading: Reading) -> None:
        self.least, self.most = reading.least.copy(), reading.most.copy()
        # Whatever world comes, what is seen in it will be no more than the most and no less than the least.
        self.low, self.high = reading.most.copy(), reading.least.copy()

    def include(self, rows: int | slice, cells: Numbers, low: Numbers, high: Numbers) -> None:
        """Takes in that the quantities of ``cells`` can be as low and as high as this."""
        self.low[rows, cells] = np.minimum(self.low[rows, cells], low)
        self.high[rows, cells] = np.maximum(self.high[rows, cells], high)


class Ranges(Bounds):
    """What everybody knows, and ``inside`` what each insider knows of the ``u`` of each layer."""

    def __init__(self, reading: Reading) -> None:
        super().__init__(reading)
        self.inside = (Bounds(reading), Bounds(reading))
        self._reading = reading
        self._layers = reading.knowledge.layers
        self._how: dict[Aim, frozenset[int]] = {}
        for number, layer in enumerate(self._layers):
            least = self.inside[TOP].least[1 + 2 * number]
            np.maximum(least, layer.step, out=least)

    def see(self, cells: Numbers, values: Numbers | None) -> None:
        """Takes in another world: ``values`` of ``cells``, all others being as in the given world."""
        if values is not None:
            found = measure_values(self._layers, values)
            self.widen(cells, found, found)

    def widen(self, cells: Numbers, low: Numbers, high: Numbers) -> None:
        """Takes in that the quantities of ``cells`` can be as low and as high as this; and of a layer that counts
        people, where ``step`` is one, whatever lies between."""
        self.include(slice(None), cells, low, high)
        still = low[0] == high[0]  # then each person who adds to u lacks for d
        for number, layer in enumerate(self._layers):
            u, d, step = 1 + 2 * number, 2 + 2 * number, layer.step
            one = np.int64(1 if step == 1 else 0)
            self._include_inside(TOP, u, cells, np.maximum(low[u], one), high[u] >= step)
            self._include_inside(TOP, u, cells, high[u], high[u] >= step)
            self._include_inside(BOTTOM, u, cells, low[u], (low[d] >= step) | (still & (high[d] >= step)))
            last = np.where(low[d] >= step, high[u], low[u] + high[d] - one)
            self._include_inside(BOTTOM, u, cells, last, (low[d] >= step) | (still & (high[d] >= step) & (step == 1)))

    def _include_inside(self, insider: int, row: int, cells: Numbers, value: Numbers, seen: Flags) -> None:
        seen = seen & (value >= (self._layers[(row - 1) // 2].step if insider == TOP else 0))
        self.inside[insider].include(row, cells[seen], value[seen], value[seen])

    def seek(self, model: Model, block: Block, aim: Aim, *, whole: bool = False, soon: bool = False) -> Solution:
        """Minimises towards one end of a range; see :class:`~.Model`."""
        weights, floors = self._weigh(block, aim)
        return model.minimise_whole(weights, floors, soon=soon) if whole else model.minimise(weights, floors)

    def reach(self, model: Model, block: Block, aim: Aim, end: int) -> None:
        """Takes in a world in whole numbers in which one end of a range is as far out as ``end``, or that there is
        none; no cell is held."""
        weights, floors = self._weigh(block, aim)
        floors.append(_floor_at(weights, aim, end))
        try:
            self.see(block.cells, model.minimise_whole(np.zeros_like(weights), floors).values)
        except Inconsistent:
            printed = frozenset(block.cells[self._reading.printed[block.cells]].tolist())
            self.narrow(aim, end + 1 if aim.side == LOW else end - 1, printed)

    def move(self, model: Model, moves: Moves, block: Block, aim: Aim, end: int) -> Flags | None:
        """The cells of the block that have to move for one end of a range to be seen as far out as ``end``, in
        fractions; None where that cannot be."""
        weights, floors = self._weigh(block, aim)
        moved = model.minimise_moves(moves, [*floors, _floor_at(weights, aim, end)])
        if moved is None:
            return None
        cells: Flags = np.any(np.abs(moved).reshape(-1, block.cells.size) > _NOISE, axis=0)
        return cells

    def _weigh(self, block: Block, aim: Aim) -> tuple[Numbers, list[Floor]]:
        """Weights whose minimum is one end of a range, and what an insider adds for certain."""
        at = np.searchsorted(block.cells, aim.cell)
        weights, own = np.zeros((2, self.least.shape[0], block.cells.size), dtype=np.int64)
        weights[aim.row, at] = 1 if aim.side == LOW else -1
        if aim.insider is None:
            return weights, []
        own[aim.row + aim.insider, at] = 1
        return weights, [Floor(own, self._layers[(aim.row - 1) // 2].step)]

    def narrow(self, aim: Aim, bound: int, how: frozenset[int]) -> None:
        """Takes in a proof that this end of a range is ``bound`` at the outside."""
        bounds = self if aim.insider is None else self.inside[aim.insider]
        if aim.side == LOW and bound > bounds.least[aim.row, aim.cell]:
            bounds.least[aim.row, aim.cell], self._how[aim] = bound, how
        elif aim.side == HIGH and bound < bounds.most[aim.row, aim.cell]:
            bounds.most[aim.row, aim.cell], self._how[aim] = bound, how

    def prove(self, aim: Aim, solution: Solution, block: Block | None = None) -> None:
        """Takes in a solved aim; with ``block``, a solution in which no cell was held is a world as well."""
        self.narrow(aim, solution.bound if aim.side == LOW else -solution.bound, solution.how)
        if block is not None:
            self.see(block.cells, solution.values)

    def would_widen(self, aim: Aim, bound: int) -> bool:
        """Whether a world at this minimum would show more than was seen."""
        seen = self if aim.insider is None else self.inside[aim.insider]
        if aim.side == LOW:
            return bool(bound < seen.low[aim.row, aim.cell])
        return bool(-bound > seen.high[aim.row, aim.cell])

    def knows(self, aim: Aim) -> bool:
        """Whether this end of the range is known exactly."""
        if aim.side == LOW:
            return bool(self.least[aim.row, aim.cell] == self.low[aim.row, aim.cell])
        return bool(self.most[aim.row, aim.cell] == self.high[aim.row, aim.cell])

    def explain(self, aim: Aim) -> frozenset[int]:
        """The printed cells from which this end of the range follows."""
        own = frozenset({aim.cell}) if self._reading.printed[aim.cell] else frozenset()
        return self._how.get(aim, own)

    def judge_inside(self, row: int, cells: Numbers, step: int) -> Iterator[tuple[Flags, Flags]]:
        """For each insider whether two values at least a ``step`` apart were seen of the ``u`` in a row, and whether
        it is proven that there are none."""
        for bounds in self.inside:
            least = np.maximum(self.least[row, cells], bounds.least[row, cells])
            most = np.minimum(self.most[row, cells], bounds.most[row, cells])
            yield bounds.high[row, cells] - bounds.low[row, cells] >= step, most - least < step


def _floor_at(weights: Numbers, aim: Aim, end: int) -> Floor:
    """That an aim with these weights comes as far out as ``end``."""
    return Floor(-weights, -end if aim.side == LOW else end)


class Judge:
    """The rules of :class:`~.Targets`. Row 0 of a verdict is ``narrow``; of layer ``j``, row ``1 + 2 j`` is
    ``pinned`` and row ``2 + 2 j`` ``one_mind`` or ``insider``."""

    def __init__(self, reading: Reading, targets: Targets, ranges: Ranges) -> None:
        self._layers, self._targets, self._ranges = reading.knowledge.layers, targets, ranges
        self._width = np.minimum(targets.k, targets.prior)

    def decide(self, cells: Numbers) -> tuple[Flags, Flags]:
        """Which targets among ``cells`` are open, and which are found out; shape ``(1 + 2 layers, cells)``."""
        targets, found = self._targets, self._ranges
        least, most, low, high = (rows[:, cells] for rows in (found.least, found.most, found.low, found.high))
        small, not_small = low[0] < targets.smallest, least[0] >= targets.smallest
        some, nobody, several, alone = high[0] >= 1, most[0] < 1, high[0] >= 2, most[0] < 2
        width, mind, zero = self._width[cells], targets.mind[cells], targets.with_zero[cells]
        inside = targets.answers[cells]
        asked = [targets.count[cells]]
        safe = [not_small | (nobody & ~zero) | (high[0] - low[0] >= width)]
        broken = [small & (some | zero) & (most[0] - least[0] < width)]
        for number, layer in enumerate(self._layers):
            u, d, step = 1 + 2 * number, 2 + 2 * number, layer.step
            asked += [inside, inside | mind]
            safe.append(not_small | nobody | (high[u] - low[u] >= step))
            broken.append(small & some & (most[u] - least[u] < step))
            divided, of_one_mind = (high[u] > step) & (high[d] > step), (most[u] <= step) | (most[d] <= step)
            (apart_top, told_top), (apart_bottom, told_bottom) = found.judge_inside(u, cells, step)
            apart, told = apart_top & apart_bottom, told_top | told_bottom
            safe.append((~mind & not_small) | alone | (divided & (apart | not_small | ~inside)))
            broken.append(several & ((mind & of_one_mind) | (small & inside & (of_one_mind | (divided & told)))))
        wanted, lost = np.array(asked), np.array(asked) & np.array(broken)
        return wanted & ~np.array(safe) & ~lost, lost

    def enough(self, aim: Aim, bound: int) -> int:
        """How far out an end has to be seen to decide a target, but no further than this minimum and what is proven
        allow."""
        at, found = (aim.row, aim.cell), self._ranges
        seen = found if aim.insider is None else found.inside[aim.insider]
        width = self._layers[(aim.row - 1) // 2].step if aim.row else max(self._width[aim.cell], 1)
        if aim.side == LOW:
            end = seen.high[at] - width
            end = end if aim.row else min(end, self._targets.smallest - 1)
            return int(max(end, bound, found.least[at], seen.least[at]))
        end = max(seen.low[at] + width, width + 1 if aim.row else 2)
        return int(min(end, -bound, found.most[at], seen.most[at]))

    def aim(self, cells: Numbers, is_open: Flags) -> tuple[Flags, Flags]:
        """Which low and which high ends would help to decide what is open; shape ``(quantities, cells)``."""
        found, targets = self._ranges, self._targets
        lows, highs = np.zeros((2, found.least.shape[0], cells.size), dtype=np.bool_)
        lows[0] = highs[0] = is_open[0]
        for number, layer in enumerate(self._layers):
            u, d = 1 + 2 * number, 2 + 2 * number
            lows[u] |= is_open[u]
            highs[u] |= is_open[u]
            for row in (u, d):
                highs[row] |= is_open[d] & (found.high[row, cells] <= layer.step)
            either = is_open[u] | is_open[d]
            lows[0] |= either & (found.low[0, cells] >= targets.smallest) & (found.least[0, cells] < targets.smallest)
            highs[0] |= either & (found.high[0, cells] < 2)
        lows &= found.low[:, cells] > found.least[:, cells]
        highs &= found.high[:, cells] < found.most[:, cells]
        return lows, highs

    def aim_inside(self, cell: int, is_open: Flags) -> Iterator[Aim]:
        """The same for insiders of one cell, once it is known what everybody knows: that would tell them as well.
        ``is_open`` has shape ``(1 + 2 layers,)``."""
        found = self._ranges
        for number, layer in enumerate(self._layers):
            u, d, step = 1 + 2 * number, 2 + 2 * number, layer.step
            if is_open[d] and not is_open[u] and found.high[u, cell] > step and found.high[d, cell] > step:
                for insider, bounds in enumerate(found.inside):
                    if bounds.high[u, cell] - bounds.low[u, cell] < step:
                        yield from (Aim(u, side, cell, insider) for side in (HIGH, LOW))

    def list_breaches(self, broken: Flags) -> Iterator[Breach]:
        """The breaches in order of cells."""
        for cell in np.flatnonzero(broken.any(axis=0)).tolist():
            if broken[0, cell]:
                yield self._report(cell, "narrow", PEOPLE, 0, (Aim(0, LOW, cell), Aim(0, HIGH, cell)))
            for number, layer in enumerate(self._layers):
                u, d = 1 + 2 * number, 2 + 2 * number
                if broken[u, cell]:
                    yield self._report(cell, "pinned", layer.name, u, (Aim(u, LOW, cell), Aim(u, HIGH, cell)))
                low = [row for row in (u, d) if self._ranges.most[row, cell] <= layer.step]
                if broken[d, cell] and low:
                    yield self._report(cell, "one_mind", layer.name, u, (Aim(low[0], HIGH, cell),))
                elif broken[d, cell] and not broken[u, cell]:  # what all know needs no insider
                    told = [bool(told) for _, told in self._ranges.judge_inside(u, np.array([cell]), layer.step)]
                    aims = [Aim(u, side, cell, who) for side in (LOW, HIGH) for who in (None, told.index(True))]
                    yield self._report(cell, "insider", layer.name, u, tuple(aims))

    def _report(self, cell: int, kind: Kind, quantity: str, row: int, aims: tuple[Aim, ...]) -> Breach:
        low, high = int(self._ranges.least[row, cell]), int(self._ranges.most[row, cell])
        how = frozenset[int]().union(*(self._ranges.explain(aim) for aim in aims))
        return Breach(cell, quantity, kind, low, high, tuple(sorted(how)))
