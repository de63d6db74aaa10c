"""What the attacker knows so far, and what that means for the targets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from analysis.disclosure.attack_reading import Reading, measure_values
from analysis.disclosure.attack_solver import Block, Solution
from analysis.disclosure.knowledge import PEOPLE, Breach, Flags, Numbers, Targets

#: Sides of a range.
LOW, HIGH = 0, 1


@dataclass(frozen=True)
class Aim:
    """One end of the range of one quantity of one cell."""

    row: int
    side: int
    cell: int

    def weigh(self, ranges: Ranges, block: Block) -> Numbers:
        """Weights whose minimum is this end."""
        weights = np.zeros((ranges.least.shape[0], block.cells.size), dtype=np.int64)
        weights[self.row, np.searchsorted(block.cells, self.cell)] = 1 if self.side == LOW else -1
        return weights


class Ranges:
    """What is known of every quantity: no less than ``least``, no more than ``most``; and seen in worlds that fit
    as ``low`` as this and as ``high``. Arrays of shape ``(quantities, size)``."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._layers = reading.knowledge.layers
        self._how: dict[Aim, frozenset[int]] = {}
        self.least, self.most = reading.least.copy(), reading.most.copy()
        # Whatever world comes, what is seen in it will be no more than the most and no less than the least.
        self.low, self.high = reading.most.copy(), reading.least.copy()

    def see(self, cells: Numbers, values: Numbers | None) -> None:
        """Takes in another world: ``values`` of ``cells``, all others being as in the given world."""
        if values is not None:
            found = measure_values(self._layers, values)
            self.widen(cells, found, found)

    def widen(self, cells: Numbers, low: Numbers, high: Numbers) -> None:
        """Takes in that the quantities of ``cells`` can be as low and as high as this."""
        self.low[:, cells] = np.minimum(self.low[:, cells], low)
        self.high[:, cells] = np.maximum(self.high[:, cells], high)

    def narrow(self, aim: Aim, bound: int, how: frozenset[int]) -> None:
        """Takes in a proof that this end of a range is ``bound`` at the outside."""
        if aim.side == LOW and bound > self.least[aim.row, aim.cell]:
            self.least[aim.row, aim.cell], self._how[aim] = bound, how
        elif aim.side == HIGH and bound < self.most[aim.row, aim.cell]:
            self.most[aim.row, aim.cell], self._how[aim] = bound, how

    def prove(self, aim: Aim, solution: Solution, block: Block | None = None) -> None:
        """Takes in a solved aim; with ``block``, a solution in which no cell was held is a world as well."""
        self.narrow(aim, solution.bound if aim.side == LOW else -solution.bound, solution.how)
        if block is not None:
            self.see(block.cells, solution.values)

    def knows(self, aim: Aim) -> bool:
        """Whether this end of the range is known exactly."""
        if aim.side == LOW:
            return bool(self.least[aim.row, aim.cell] == self.low[aim.row, aim.cell])
        return bool(self.most[aim.row, aim.cell] == self.high[aim.row, aim.cell])

    def explain(self, aim: Aim) -> frozenset[int]:
        """The printed cells from which this end of the range follows."""
        own = frozenset({aim.cell}) if self._reading.printed[aim.cell] else frozenset()
        return self._how.get(aim, own)


class Judge:
    """The rules of :class:`~.Targets`. Row 0 of a verdict is ``narrow``; of layer ``j``, row ``1 + 2 j`` is
    ``pinned`` and row ``2 + 2 j`` ``one_mind``."""

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
        asked = [targets.count[cells]]
        safe = [not_small | (nobody & ~zero) | (high[0] - low[0] >= width)]
        broken = [small & (some | zero) & (most[0] - least[0] < width)]
        for number, layer in enumerate(self._layers):
            u, d, step = 1 + 2 * number, 2 + 2 * number, layer.step
            asked += [targets.answers[cells], targets.answers[cells] | mind]
            safe.append(not_small | nobody | (high[u] - low[u] >= step))
            broken.append(small & some & (most[u] - least[u] < step))
            safe.append((~mind & not_small) | alone | ((high[u] > step) & (high[d] > step)))
            broken.append((mind | small) & several & ((most[u] <= step) | (most[d] <= step)))
        wanted, lost = np.array(asked), np.array(asked) & np.array(broken)
        return wanted & ~np.array(safe) & ~lost, lost

    def aim(self, cells: Numbers, is_open: Flags) -> tuple[Flags, Flags]:
        """Which low and which high ends would help to decide what is open; shape ``(quantities, cells)``."""
        found, targets = self._ranges, self._targets
        lows, highs = np.zeros((2, found.least.shape[0], cells.size), dtype=np.bool_)
        lows[0] = highs[0] = is_open[0]
        for number, layer in enumerate(self._layers):
            u, d = 1 + 2 * number, 2 + 2 * number
            lows[u] |= is_open[u]
            highs[u] |= is_open[u] | (is_open[d] & (found.high[u, cells] <= layer.step))
            highs[d] |= is_open[d] & (found.high[d, cells] <= layer.step)
            either = is_open[u] | is_open[d]
            lows[0] |= either & (found.low[0, cells] >= targets.smallest)
            highs[0] |= either & (found.high[0, cells] < 2)
        lows &= found.low[:, cells] > found.least[:, cells]
        highs &= found.high[:, cells] < found.most[:, cells]
        return lows, highs

    def list_breaches(self, broken: Flags) -> Iterator[Breach]:
        """The breaches in order of cells."""
        for cell in np.flatnonzero(broken.any(axis=0)).tolist():
            if broken[0, cell]:
                yield self._report(cell, "narrow", PEOPLE, 0, (Aim(0, LOW, cell), Aim(0, HIGH, cell)))
            for number, layer in enumerate(self._layers):
                u, d = 1 + 2 * number, 2 + 2 * number
                if broken[u, cell]:
                    yield self._report(cell, "pinned", layer.name, u, (Aim(u, LOW, cell), Aim(u, HIGH, cell)))
                if broken[d, cell]:
                    row = u if self._ranges.most[u, cell] <= layer.step else d
                    yield self._report(cell, "one_mind", layer.name, u, (Aim(row, HIGH, cell),))

    def _report(
        self, cell: int, kind: Literal["narrow", "pinned", "one_mind"], quantity: str, row: int, aims: tuple[Aim, ...]
    ) -> Breach:
        low, high = int(self._ranges.least[row, cell]), int(self._ranges.most[row, cell])
        how = frozenset[int]().union(*(self._ranges.explain(aim) for aim in aims))
        return Breach(cell, quantity, kind, low, high, tuple(sorted(how)))
