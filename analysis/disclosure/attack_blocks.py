"""Surroundings: which cells the attacker looks at together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from analysis.disclosure.attack_reading import Reading
from analysis.disclosure.knowledge import Flags, Numbers

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
