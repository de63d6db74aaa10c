"""What the attacker sees without a solver: people who change places, and sums that fix a cell exactly.

Everything here is in whole numbers. For quantities see :mod:`analysis.disclosure.attack_reading`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

import numpy as np

from analysis.disclosure.attack_reading import Reading, pair_layers
from analysis.disclosure.knowledge import Flags, Knowledge, Numbers

#: Sums with more rows than this are left to the linear programme: elimination in Python would be slower.
_MOST_ROWS = 500

#: Bounds that still change after so many rounds are left to the solver.
_ROUNDS = 10

#: Sums with more closed parts than this are units of a category rather than categories of a unit.
_MOST_CATEGORIES = 12


def bound_people(reading: Reading) -> tuple[Numbers, Numbers]:
    """At least and at most how many people are in each cell, by adding and subtracting bounds within one sum after
    the other until nothing changes any more."""
    index, parts = reading.index, reading.index.sign > 0
    low, high = reading.low[0].copy(), reading.high[0].copy()
    cell, row = index.cell[parts], index.row[parts]
    for _ in range(_ROUNDS):
        before = low.copy(), high.copy()
        least, most = np.zeros((2, index.totals.size), dtype=np.int64)
        np.add.at(least, row, low[cell])
        np.add.at(most, row, high[cell])
        np.maximum.at(low, index.totals, least)
        np.minimum.at(high, index.totals, most)
        total_low, total_high = low[index.totals][row], high[index.totals][row]
        np.maximum.at(low, cell, total_low - (most[row] - before[1][cell]))
        np.minimum.at(high, cell, total_high - (least[row] - before[0][cell]))
        if (low == before[0]).all() and (high == before[1]).all():
            break
    return low, high


@dataclass(frozen=True)
class Stretch:
    """Between which quantities some cells can move: ``low`` and ``high`` of shape ``(quantities, cells)``."""

    cells: Numbers
    low: Numbers
    high: Numbers


@dataclass(frozen=True, eq=False)
class _Pools:
    """Closed cells whose people can change places without touching anything else.

    Per cell: whether people can move in and out, what is at least and at most in it when they do, and how
    much of each quantity moves with them; ``root`` is the relation within which they move.
    """

    moves: Flags
    low: Numbers
    high: Numbers
    moved: Numbers
    root: Numbers


def stretch_stars(reading: Reading, quantities: Numbers) -> Iterator[Stretch]:
    """How far closed cells can be apart in worlds that fit, all other cells being as in the given world.

    A closed cell of which nothing is known but bounds on its people is a bag of people. The bags below one
    open total can trade any of their people, through closed totals too, and every sum stays right. So for
    one bag against all others of its pool the extreme values have closed forms. First with any number of people,
    then with the most.
    """
    pools = _pool_closed(reading, quantities)
    cells, bags = np.flatnonzero(pools.moves), np.flatnonzero(pools.moves & (reading.index.below == 0))
    totals = np.zeros((2 + quantities.shape[0], reading.index.totals.size), dtype=np.int64)
    np.add.at(totals.T, pools.root[bags], np.vstack([pools.low, pools.high, pools.moved])[:, bags].T)
    low_all, high_all, *pool = totals[:, pools.root[cells]]
    fixed = quantities[:, cells] - pools.moved[:, cells]
    fewest = np.maximum(pools.low[cells] - fixed[0], pool[0] - (high_all - pools.high[cells] + fixed[0]))
    most = np.minimum(pools.high[cells] - fixed[0], pool[0] - (low_all - pools.low[cells] + fixed[0]))
    for few, many in ((fewest, most), (most, most))[: 1 + bool(reading.knowledge.layers)]:
        low, high = [few], [many]
        for total, gain in zip(pool[1:], _list_gains(reading.knowledge), strict=True):
            yes = pool[1 + 2 * gain.yes_layer]
            # What a bag has at least is what the others leave when they take the most.
            low.append(total - _take_most(total, pool[0], yes, pool[0] - few, gain))
            high.append(_take_most(total, pool[0], yes, many, gain))
        yield Stretch(cells, np.array(low) + fixed, np.array(high) + fixed)


def _pool_closed(reading: Reading, quantities: Numbers) -> _Pools:
    """Finds the bags and the closed totals through which people can pass, from the leaves up."""
    index, n = reading.index, quantities[0]
    free = reading.active & ~reading.shown.any(axis=0) & (index.above == 1)
    moves = free & (index.below == 0)
    greatest = int(n.max(initial=0))  # no pool holds more people than that
    low = np.where(moves, reading.low[0], n)
    high = np.where(moves, np.minimum(reading.high[0], greatest), n)
    moved = np.where(moves, quantities, 0)
    parts = index.sign > 0
    cell, row = index.cell[parts], index.row[parts]
    for level in index.levels:
        at = np.isin(row, level)
        sums = np.zeros((3 + quantities.shape[0], index.totals.size), dtype=np.int64)
        np.add.at(sums.T, row[at], np.vstack([moves, low, high, moved])[:, cell[at]].T)
        total = index.totals[level]
        # A bound of its own on the closed total must not be felt, whatever the bags below do.
        loose = (reading.low[0, total] <= sums[1, level]) & (
            reading.high[0, total] >= np.minimum(sums[2, level], greatest)
        )
        passes = free[total] & (index.below[total] == 1) & (sums[0, level] > 0) & loose
        total, level = total[passes], level[passes]
        moves[total], low[total], high[total] = True, sums[1, level], sums[2, level]
        moved[:, total] = sums[3:, level]
    root = np.append(np.arange(index.totals.size), -1)  # the last one for cells that are no part
    for level in reversed(index.levels):
        level = level[moves[index.totals[level]]]
        root[level] = root[index.up[index.totals[level]]]
    return _Pools(moves, low, high, moved, root[index.up])


@dataclass(frozen=True)
class _Gain:
    """What one person can add to a quantity, at least and at most: one who says no, and one who says yes."""

    yes_layer: int
    least: tuple[int, int]
    most: tuple[int, int]

    def fewest(self, people: Numbers, yes: Numbers) -> Numbers:
        """The least that so many people can have, so many of whom say yes."""
        return self.least[0] * people + (self.least[1] - self.least[0]) * yes

    def greatest(self, people: Numbers, yes: Numbers) -> Numbers:
        """The most that they can have."""
        return self.most[0] * people + (self.most[1] - self.most[0]) * yes


def _list_gains(knowledge: Knowledge) -> list[_Gain]:
    """The gains of all quantities but people, in order."""
    gains = []
    for layer in knowledge.layers:
        plain = _Gain(0, (0, 0), (layer.step, layer.step))
        if knowledge.link is None or layer.name != "points":
            gains += [plain, plain]
            continue
        yes = pair_layers(knowledge)[0]
        spans = [(max(layer.bottom, a), min(layer.top, b)) for a, b in (knowledge.link.no, knowledge.link.yes)]
        (a, b), (c, d) = spans
        gains.append(_Gain(yes, (a - layer.bottom, c - layer.bottom), (b - layer.bottom, d - layer.bottom)))
        gains.append(_Gain(yes, (layer.top - b, layer.top - d), (layer.top - a, layer.top - c)))
    return gains


def _take_most(total: Numbers, people: Numbers, yes: Numbers, n: Numbers, gain: _Gain) -> Numbers:
    """The most of a pool's ``total`` that ``n`` of its ``people`` can have, ``yes`` of whom say yes.

    With ``y`` yes among the ``n`` there are two bounds, both linear in ``y``: what they can hold, and what
    the others leave. The best ``y`` is an end of its range, or next to where the bounds cross.
    """
    low_y, high_y = np.maximum(0, yes - (people - n)), np.minimum(yes, n)

    def reach(y: Numbers) -> tuple[Numbers, Numbers]:
        return gain.greatest(n, y), total - gain.fewest(people - n, yes - y)

    tries = [low_y, high_y]
    slope = (gain.most[1] - gain.most[0]) - (gain.least[1] - gain.least[0])
    if slope:
        hold, left = reach(np.zeros_like(n))
        crossing = (left - hold) // slope
        tries += [np.clip(crossing, low_y, high_y), np.clip(crossing + 1, low_y, high_y)]
    found: Numbers = np.array([np.minimum(*reach(y)) for y in tries]).max(axis=0)
    return found


def stretch_swaps(reading: Reading, quantities: Numbers, wanted: Flags) -> Iterator[Stretch]:
    """The same for closed cells that are parts of two sums: a category of a unit, in the unit and in the category.

    Two categories that are closed in the same units share in each of these units a fixed number of people, and
    each has a fixed number in all. So the units can trade people of the one for people of the other. For each
    unit, four worlds are made: as many or as few as can be, with as much or as little of each layer as can be.
    Of each pair there is a stretch over all these worlds, and then one with the most people in each cell.
    ``wanted``, shape ``(any, size)``, is looked at before each pair: where nothing is wanted, nothing is tried.
    """
    for one, other in _pair_columns(reading):
        if wanted[:, one].any() or wanted[:, other].any():
            yield from _stretch_pair(reading, quantities, one, other)


def _stretch_pair(reading: Reading, quantities: Numbers, one: Numbers, other: Numbers) -> Iterator[Stretch]:
    ends = ((True, True), (False, False), (True, False), (False, True))[: 4 if reading.knowledge.layers else 2]
    both = quantities[:, one] + quantities[:, other]
    worlds = {end: _swap(reading, quantities, one, other, end) for end in ends}
    moved = np.concatenate([found[:, fits] for found, fits in worlds.values()], axis=1)
    if not moved.size:
        return
    found = np.concatenate([moved, both[:, None] - moved], axis=2)
    yield Stretch(np.concatenate([one, other]), found.min(axis=1), found.max(axis=1))
    if reading.knowledge.layers:
        own = np.arange(one.size)
        for cells, people in ((one, True), (other, False)):  # where one has the fewest the other has the most
            fits = worlds[people, True][1] & worlds[people, False][1]
            pulled = [worlds[people, more][0][:, own, own] for more in (True, False)]
            if cells is other:
                pulled = [both - held for held in pulled]
            yield Stretch(cells[fits], np.minimum(*pulled)[:, fits], np.maximum(*pulled)[:, fits])


def _pair_columns(reading: Reading) -> Iterator[tuple[Numbers, Numbers]]:
    """Closed cells of two sums, side by side: each two are together in another sum. The longest first."""
    index = reading.index
    bag = reading.active & ~reading.shown.any(axis=0) & (index.above == 2) & (index.below == 0)
    sums: dict[int, list[int]] = {}
    lines: dict[int, list[int]] = {}
    for at in np.flatnonzero(bag[index.cell]).tolist():
        cell, row = int(index.cell[at]), int(index.row[at])
        sums.setdefault(cell, []).append(row)
        lines.setdefault(row, []).append(cell)
    found: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for row, cells in lines.items():
        if len(cells) <= _MOST_CATEGORIES:
            crossing = sorted((sum(sums[cell]) - row, cell) for cell in cells)  # the other sum of each
            for (one, cell), (other, beside) in combinations(crossing, 2):
                found.setdefault((one, other), []).append((cell, beside))
    for pair in sorted(found, key=lambda pair: (-len(found[pair]), pair)):
        columns = np.array(found[pair]).T
        # Sums that have more than one cell in common are not the rows and columns of a table.
        if columns.shape[1] > 1 and np.unique(columns).size == columns.size:
            yield columns[0], columns[1]


def _swap(
    reading: Reading, quantities: Numbers, one: Numbers, other: Numbers, more: tuple[bool, bool]
) -> tuple[Numbers, Flags]:
    """What the cells ``one`` hold in worlds that pull one after the other of them to an end, shape ``(quantities,
    cells, cells)``: with more or fewer people, and more or less of each layer; and which of these are possible."""
    mine, both = quantities[:, one], quantities[:, one] + quantities[:, other]
    (low, beside_low), (high, beside_high) = (
        [rows[0, cells] for cells in (one, other)] for rows in (reading.low, reading.high)
    )
    shape = (one.size, one.size)
    least, most = np.maximum(low, both[0] - beside_high), np.minimum(high, both[0] - beside_low)
    n, fits = _pull(np.broadcast_to(least, shape), np.broadcast_to(most, shape), mine[0], more[0])
    found = np.zeros((quantities.shape[0], *shape), dtype=np.int64)
    found[0] = n
    gains, layers = _list_gains(reading.knowledge), reading.knowledge.layers
    for number in sorted(range(len(layers)), key=lambda number: layers[number].name != "yes"):  # points rest on yes
        u, gain = 1 + 2 * number, gains[2 * number]
        yes, all_yes = found[1 + 2 * gain.yes_layer], both[1 + 2 * gain.yes_layer]
        rest, rest_yes = both[0] - n, all_yes - yes
        least = np.maximum(gain.fewest(n, yes), both[u] - gain.greatest(rest, rest_yes))
        most = np.minimum(gain.greatest(n, yes), both[u] - gain.fewest(rest, rest_yes))
        found[u], possible = _pull(least, most, mine[u], more[1])
        found[u + 1] = layers[number].step * n - found[u]
        fits &= possible
    return found, fits


def _pull(least: Numbers, most: Numbers, start: Numbers, up: bool) -> tuple[Numbers, Flags]:
    """One row for each cell, in which that cell goes as far as the bounds and the sum of ``start`` allow and the
    others follow; and for which rows that is possible at all."""
    total, own = start.sum(), np.arange(start.size)
    others_least, others_most = (bound.sum(axis=1) - bound[own, own] for bound in (least, most))
    found = np.clip(start, least, most)
    if up:
        found[own, own] = np.minimum(most[own, own], total - others_least)
    else:
        found[own, own] = np.maximum(least[own, own], total - others_most)
    missing = total - found.sum(axis=1)
    room = np.where((missing > 0)[:, None], most - found, found - least)
    room[own, own] = 0
    taken = np.clip(np.abs(missing)[:, None] - (room.cumsum(axis=1) - room), 0, room)
    found += np.sign(missing)[:, None] * taken
    fits: Flags = (found.sum(axis=1) == total) & ((found >= least) & (found <= most)).all(axis=1)
    return found, fits


def find_fixed(reading: Reading, relations: Numbers) -> dict[int, frozenset[int]]:
    """Cells whose number of people follows exactly from sums, with the printed cells that it follows from.

    Gauss-Jordan elimination in fractions. Sums that hold two cells known from nowhere else say nothing and are
    left out first.
    """
    rows = _collect_sums(reading, relations)
    if len(rows) > _MOST_ROWS:
        return {}
    used = {number: {number: Fraction(1)} for number in rows}
    holders: dict[int, set[int]] = {}
    for number, row in rows.items():
        for cell in row:
            holders.setdefault(cell, set()).add(number)
    waiting = set(rows)
    while waiting:
        number = min(waiting, key=lambda number: (len(rows[number]), number))
        waiting.remove(number)
        row = rows[number]
        if not row:
            continue
        pivot = min(row, key=lambda cell: (len(holders[cell]), cell))
        for other in sorted(holders[pivot] - {number}):
            factor = rows[other][pivot] / row[pivot]
            _subtract(rows[other], row, factor)
            _subtract(used[other], used[number], factor)
            for cell in row:
                (holders[cell].add if cell in rows[other] else holders[cell].discard)(other)
    fixed = (number for number in sorted(rows) if len(rows[number]) == 1)
    return {next(iter(rows[number])): _name_printed(reading, used[number]) for number in fixed}


def _collect_sums(reading: Reading, relations: Numbers) -> dict[int, dict[int, Fraction]]:
    """The unknown cells of each relation with their signs, without the relations that cannot help."""
    index = reading.index
    entry = (reading.low[0, index.cell] < reading.high[0, index.cell]) & np.isin(index.row, relations)
    while True:
        times = np.bincount(index.cell[entry], minlength=reading.active.size)
        alone = entry & (times[index.cell] == 1)
        kept = entry & (np.bincount(index.row[alone], minlength=index.totals.size)[index.row] < 2)
        if (kept == entry).all():
            break
        entry = kept
    rows: dict[int, dict[int, Fraction]] = {}
    for at in np.flatnonzero(entry):
        rows.setdefault(int(index.row[at]), {})[int(index.cell[at])] = Fraction(int(index.sign[at]))
    return rows


def _subtract(row: dict[int, Fraction], other: dict[int, Fraction], factor: Fraction) -> None:
    for key, value in other.items():
        rest = row.get(key, Fraction(0)) - factor * value
        if rest:
            row[key] = rest
        else:
            row.pop(key, None)


def _name_printed(reading: Reading, used: dict[int, Fraction]) -> frozenset[int]:
    """The cells with a known number of people that do not cancel out of a combination of sums."""
    index = reading.index
    total: dict[int, Fraction] = {}
    for relation, factor in used.items():
        for at in np.flatnonzero(index.row == relation):
            cell = int(index.cell[at])
            total[cell] = total.get(cell, Fraction(0)) + factor * int(index.sign[at])
    return frozenset(cell for cell, factor in total.items() if factor and reading.low[0, cell] == reading.high[0, cell])
