"""Moves of answers around the four corners of a grid: units by categories, each cell in a row and in a column.

One answer more in one corner, one less in both corners beside it, one more in the corner across: every sum of
the rows and columns stays right. Rectangles that share one side add up. Closed cells have room to move as far
as their people reach, printed ones as far as their rounding does. What can be moved to and fro is a world that
fits, and no solver is needed to find it.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from analysis.disclosure.attack_reading import Reading, index_lattice, measure_values, pair_layers
from analysis.disclosure.attack_stars import Stretch
from analysis.disclosure.knowledge import Lattice, Numbers


def stretch_grids(reading: Reading, values: Numbers) -> Stretch:
    """How far the cells of all grids can be apart, all other cells and the people of each as in ``values``.

    ``values`` has shape ``(1 + layers, size)``; without layers it is people who move.
    """
    grids = find_grids(reading.knowledge.lattice)
    low, high = values.copy(), values.copy()
    for row in range(1, values.shape[0]) if values.shape[0] > 1 else (0,):
        least, most = _room(reading, values, row)
        for grid in grids:
            inside = grid >= 0
            up = np.where(inside, (most - values[row])[grid], 0)
            down = np.where(inside, (values[row] - least)[grid], 0)
            high[row][grid[inside]] += _around(up, down)[inside]
            low[row][grid[inside]] -= _around(down, up)[inside]
    cells = np.unique(np.concatenate([grid[grid >= 0] for grid in grids])) if grids else np.zeros(0, dtype=np.int64)
    ends = [measure_values(reading.knowledge.layers, ends[:, cells]) for ends in (low, high)]
    return Stretch(cells, np.minimum(*ends), np.maximum(*ends))


def _room(reading: Reading, values: Numbers, row: int) -> tuple[Numbers, Numbers]:
    """Between which values each cell of a layer fits its own figures, all its other values staying as they are."""
    n = values[0]
    if row == 0:
        return reading.low[0], reading.high[0]
    layer = reading.knowledge.layers[row - 1]
    least = np.maximum(layer.bottom * n, -(-layer.low * n // layer.unit))
    most = np.minimum(layer.top * n, (layer.high * n - layer.strict) // layer.unit)
    link = reading.knowledge.link
    if link is not None:
        yes, points = (1 + number for number in pair_layers(reading.knowledge))
        if row == points:
            least = np.maximum(least, link.yes[0] * values[yes] + link.no[0] * (n - values[yes]))
            most = np.minimum(most, link.yes[1] * values[yes] + link.no[1] * (n - values[yes]))
        else:
            for slope, room in (
                (link.yes[0] - link.no[0], values[points] - link.no[0] * n),
                (link.no[1] - link.yes[1], link.no[1] * n - values[points]),
            ):  # slope * y <= room
                if slope > 0:
                    most = np.minimum(most, room // slope)
                elif slope < 0:
                    least = np.maximum(least, -(room // -slope))
    return np.minimum(least, values[row]), np.maximum(most, values[row])


def _around(gain: Numbers, loss: Numbers) -> Numbers:
    """For each cell of a grid the most that it gains over rectangles; shape of the grid."""
    over_rows = _over_other_rows(gain, loss)
    return np.minimum(gain, np.maximum(over_rows, _over_other_rows(gain.T, loss.T).T))


def _over_other_rows(gain: Numbers, loss: Numbers) -> Numbers:
    """What the rectangles with one cell beside it in its own row bring together, one for each other row.

    The cell in its own row gives to all of them; in each other row the cell below loses what the one across gains.
    """
    # Axes: a row, the column of the cell, the other column.
    traded = np.minimum(loss[:, :, None], gain[:, None, :])
    found = np.minimum(loss[:, None, :], traded.sum(axis=0) - traded)
    columns = np.arange(gain.shape[1])
    found[:, columns, columns] = 0
    best: Numbers = found.max(axis=2, initial=0)
    return best


@lru_cache(maxsize=8)
def find_grids(lattice: Lattice) -> tuple[Numbers, ...]:
    """The grids of a lattice, each an array of cells by rows and columns, -1 where there is none.

    Cells of a grid are parts of two sums and divided no further; sums that share such a cell cross.
    """
    index = index_lattice(lattice)
    crossing: dict[int, list[int]] = {}
    for cell, row in zip(index.cell.tolist(), index.row.tolist(), strict=True):
        if index.above[cell] == 2 and index.below[cell] == 0:
            crossing.setdefault(cell, []).append(row)
    neighbours: dict[int, list[int]] = {}
    for one, other in crossing.values():
        neighbours.setdefault(one, []).append(other)
        neighbours.setdefault(other, []).append(one)
    side: dict[int, int] = {}
    grids = []
    for start in neighbours:
        if start in side:
            continue
        sums = _spread_sides(start, neighbours, side)
        if sums is None:
            continue
        lines = [{row: place for place, row in enumerate(r for r in sums if side[r] == half)} for half in (0, 1)]
        grid = np.full((len(lines[0]), len(lines[1])), -1, dtype=np.int64)
        for cell, (one, other) in crossing.items():
            row, column = (one, other) if one in lines[0] else (other, one)
            if row in lines[0] and column in lines[1]:
                grid[lines[0][row], lines[1][column]] = cell
        grids.append(grid)
    return tuple(grids)


def _spread_sides(start: int, neighbours: dict[int, list[int]], side: dict[int, int]) -> list[int] | None:
    """All sums that hang together with ``start``, each a row (0) or a column (1); None where that cannot be said."""
    side[start] = 0
    found, fits = [start], True
    for one in found:
        for other in neighbours[one]:
            if other not in side:
                side[other] = 1 - side[one]
                found.append(other)
            fits &= side[other] != side[one]
    return sorted(found) if fits else None
