"""What the attacker reads: sums as arrays, what each cell's figures say by themselves, whether a world fits.

Quantities are numbered: 0 is the number of people, ``1 + 2 j`` what layer ``j`` has above its lowest possible
value (``u``) and ``2 + 2 j`` what it lacks to its highest (``d``); see
:class:`analysis.disclosure.knowledge.Targets`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from analysis.disclosure.knowledge import Flags, Inconsistent, Knowledge, Lattice, Layer, Numbers, World

#: More people than any organisation has: stands for "nobody knows how many", and keeps products exact.
MOST_PEOPLE = 10**7

#: Bands of at most this many counts are read count by count; the widest printed band is k + 1 counts.
_NARROW = 64


@dataclass(frozen=True, eq=False)
class Index:
    """The sums of a lattice as arrays. ``cell``, ``row`` and ``sign`` list every cell of every relation, the
    total with sign -1; ``above`` and ``below`` count the relations in which a cell is a part, and the total;
    ``up`` and ``down`` are one such relation, or -1. ``levels`` are relations in order from the leaves up.
    """

    totals: Numbers
    cell: Numbers
    row: Numbers
    sign: Numbers
    above: Numbers
    below: Numbers
    up: Numbers
    down: Numbers
    levels: tuple[Numbers, ...]

    def sums(self, values: Numbers) -> Numbers:
        """For each relation the sum of its parts minus its total; shape ``(relations,)``."""
        found = np.zeros(self.totals.size, dtype=np.int64)
        np.add.at(found, self.row, self.sign * values[self.cell])
        return found

    def touched(self, cells: Flags) -> Flags:
        """The relations that hold at least one of ``cells``."""
        found = np.zeros(self.totals.size, dtype=np.bool_)
        found[self.row[cells[self.cell]]] = True
        return found

    def members(self, relations: Flags) -> Flags:
        """The cells of ``relations``."""
        found = np.zeros(self.above.size, dtype=np.bool_)
        found[self.cell[relations[self.row]]] = True
        return found


@lru_cache(maxsize=8)  # a gate attacks the same few lattices again and again
def index_lattice(lattice: Lattice) -> Index:
    """The arrays of a lattice."""
    relations = lattice.relations
    totals = np.array([relation.total for relation in relations], dtype=np.int64)
    sizes = np.array([len(relation.parts) for relation in relations], dtype=np.int64)
    parts = np.array([part for relation in relations for part in relation.parts], dtype=np.int64)
    rows = np.repeat(np.arange(totals.size), sizes)
    up, down = np.full((2, lattice.size), -1, dtype=np.int64)
    up[parts], down[totals] = rows, np.arange(totals.size)
    height = np.zeros(totals.size, dtype=np.int64)
    of_cell = np.zeros(lattice.size, dtype=np.int64)
    while True:  # ends: a lattice has no cycles
        np.maximum.at(of_cell, totals, height + 1)
        higher = height.copy()
        np.maximum.at(higher, rows, of_cell[parts])
        if (higher == height).all():
            break
        height = higher
    return Index(
        totals=totals,
        cell=np.concatenate([parts, totals]),
        row=np.concatenate([rows, np.arange(totals.size)]),
        sign=np.concatenate([np.ones(parts.size, dtype=np.int64), np.full(totals.size, -1, dtype=np.int64)]),
        above=np.bincount(parts, minlength=lattice.size),
        below=np.bincount(totals, minlength=lattice.size),
        up=up,
        down=down,
        levels=tuple(np.flatnonzero(height == level) for level in range(int(height.max(initial=-1)) + 1)),
    )


@dataclass(frozen=True, eq=False)
class Reading:
    """What the figures of each cell say by themselves, in whole numbers.

    ``low`` and ``high``, shape ``(1 + layers, size)``: bounds on people and layers. ``least`` and ``most``,
    shape ``(quantities, size)``: bounds on the quantities. ``cap``: what no number of people exceeds, given
    the totals above. ``shown``, shape ``(layers, size)``: where a share or mean is printed. ``printed``:
    where anything is printed. ``active``: where anything is left to find out.
    """

    knowledge: Knowledge
    index: Index
    low: Numbers
    high: Numbers
    least: Numbers
    most: Numbers
    cap: Numbers
    shown: Flags
    printed: Flags
    active: Flags


def read_figures(knowledge: Knowledge) -> Reading:
    """Reads every cell by itself. Raises :class:`~.Inconsistent` where no count fits a cell's own figures, and
    :class:`ValueError` for a link to a layer that does not count yes-answers."""
    if knowledge.link is not None:
        counted = knowledge.layers[pair_layers(knowledge)[0]]
        if (counted.bottom, counted.top) != (0, 1):
            raise ValueError("Link points to yes-answers that count 0 or 1 for each person.")
    index = index_lattice(knowledge.lattice)
    n_low = np.maximum(knowledge.n_low, 0).astype(np.int64)
    n_high = np.minimum(knowledge.n_high, MOST_PEOPLE).astype(np.int64)
    if (n_low > n_high).any():
        raise Inconsistent(f"Correct cell {int(np.argmax(n_low > n_high))}: its bounds on people leave no number.")
    shown = np.array([_is_shown(layer) for layer in knowledge.layers]).reshape(-1, n_low.size)
    # Nobody knows of two people behind a closed cell; whoever knows so much has read it.
    printed = (n_low == n_high) | (n_low >= 2) | shown.any(axis=0)
    bounds = _bounds_at(knowledge.layers, n_low, n_high)
    low, high = np.vstack([n_low, bounds[0]]), np.vstack([n_high, bounds[1]])
    least, most = np.vstack([n_low, bounds[2]]), np.vstack([n_high, bounds[3]])
    narrow = np.flatnonzero(shown.any(axis=0) & (n_high - n_low < _NARROW))
    if narrow.size:
        _read_narrow(knowledge.layers, narrow, low, high, least, most)
    active: Flags = np.any(low < high, axis=0)
    return Reading(knowledge, index, low, high, least, most, _cap_people(index, high[0]), shown, printed, active)


def _is_shown(layer: Layer) -> Flags:
    found: Flags = (layer.low > layer.unit * layer.bottom) | (layer.high < layer.unit * layer.top) | (layer.strict > 0)
    return found


def _span(layer: Layer, cells: Numbers | slice, n: Numbers) -> tuple[Numbers, Numbers]:
    """The lowest and highest value of a layer among ``n`` people."""
    low = np.maximum(layer.bottom * n, -(-layer.low[cells] * n // layer.unit))
    high = np.minimum(layer.top * n, (layer.high[cells] * n - layer.strict[cells]) // layer.unit)
    return low, high


def _bounds_at(layers: Sequence[Layer], n_low: Numbers, n_high: Numbers) -> list[Numbers]:
    """Bounds on each layer, ``low`` and ``high``, and on ``u`` and ``d``, ``least`` and ``most``.

    All are linear in the number of people, so its two ends bound them.
    """
    low, high, least, most = [], [], [], []
    for layer in layers:
        ends = [_span(layer, slice(None), n) for n in (n_low, n_high)]
        low.append(np.minimum(ends[0][0], ends[1][0]))
        high.append(np.maximum(ends[0][1], ends[1][1]))
        above = [(v - layer.bottom * n, w - layer.bottom * n) for (v, w), n in zip(ends, (n_low, n_high), strict=True)]
        below = [(layer.top * n - w, layer.top * n - v) for (v, w), n in zip(ends, (n_low, n_high), strict=True)]
        for span in (above, below):
            least.append(np.maximum(0, np.minimum(span[0][0], span[1][0])))
            most.append(np.maximum(span[0][1], span[1][1]))
    shape = (-1, n_low.size)
    return [np.array(rows, dtype=np.int64).reshape(shape) for rows in (low, high, least, most)]


def _read_narrow(
    layers: Sequence[Layer], cells: Numbers, low: Numbers, high: Numbers, least: Numbers, most: Numbers
) -> None:
    """Tightens the bounds of ``cells`` to the counts for which a value fits in every layer."""
    first, last = low[0, cells], high[0, cells]
    huge = np.iinfo(np.int64).max
    box = [np.full((rows.shape[0], cells.size), huge) for rows in (low, least)]
    top = [np.full((rows.shape[0], cells.size), -huge) for rows in (high, most)]
    for more in range(int((last - first).max()) + 1):
        n = np.minimum(first + more, last)
        spans = [_span(layer, cells, n) for layer in layers]
        fits = np.logical_and.reduce([v <= w for v, w in spans])
        values = [(n, n), *spans]
        quantities = [(n, n)]
        for layer, (v, w) in zip(layers, spans, strict=True):
            quantities += [(v - layer.bottom * n, w - layer.bottom * n), (layer.top * n - w, layer.top * n - v)]
        for kind, pairs in enumerate((values, quantities)):
            for row, (v, w) in enumerate(pairs):
                box[kind][row] = np.where(fits, np.minimum(box[kind][row], v), box[kind][row])
                top[kind][row] = np.where(fits, np.maximum(top[kind][row], w), top[kind][row])
    if (box[0][0] > top[0][0]).any():
        wrong = int(cells[np.argmax(box[0][0] > top[0][0])])
        raise Inconsistent(f"Correct cell {wrong}: no number of people fits its printed figures.")
    low[:, cells], high[:, cells], least[:, cells], most[:, cells] = box[0], top[0], box[1], top[1]


def _cap_people(index: Index, high: Numbers) -> Numbers:
    cap = high.copy()
    parts = index.sign > 0
    for _ in index.levels:
        np.minimum.at(cap, index.cell[parts], cap[index.totals[index.row[parts]]])
    return cap


def measure_world(knowledge: Knowledge, world: World) -> Numbers:
    """The quantities of a world, shape ``(quantities, size)``."""
    return measure_values(knowledge.layers, np.vstack([world.people, *world.layers]).astype(np.int64))


def measure_values(layers: Sequence[Layer], values: Numbers) -> Numbers:
    """The quantities that belong to people and layers, ``values`` of shape ``(1 + layers, cells)``."""
    n, found = values[0], [values[0]]
    for layer, v in zip(layers, values[1:], strict=True):
        found += [v - layer.bottom * n, layer.top * n - v]
    return np.array(found)


def find_misfit(knowledge: Knowledge, world: World) -> str | None:
    """Why a world cannot be behind the figures, or None if it fits them all."""
    index, n = index_lattice(knowledge.lattice), world.people
    wrong = (n < knowledge.n_low) | (n > knowledge.n_high) | (n < 0)
    if wrong.any():
        return f"the number of people of cell {int(np.argmax(wrong))} is outside its bounds"
    for layer, v in zip(knowledge.layers, world.layers, strict=True):
        low, high = _span(layer, slice(None), n)
        wrong = (v < low) | (v > high)
        if wrong.any():
            return f"the {layer.name} of cell {int(np.argmax(wrong))} do not fit its figures"
    for values in (n, *world.layers):
        sums = index.sums(values)
        if sums.any():
            return f"the parts of cell {int(index.totals[np.argmax(sums != 0)])} do not add up to it"
    if knowledge.link is not None:
        yes, points = pair_layers(knowledge)
        y, s, link = world.layers[yes], world.layers[points], knowledge.link
        low, high = link.yes[0] * y + link.no[0] * (n - y), link.yes[1] * y + link.no[1] * (n - y)
        wrong = (s < low) | (s > high)
        if wrong.any():
            return f"yes-answers and points of cell {int(np.argmax(wrong))} exclude each other"
    return None


def pair_layers(knowledge: Knowledge) -> tuple[int, int]:
    """The numbers of the yes layer and the points layer that a link ties."""
    names = [layer.name for layer in knowledge.layers]
    return names.index("yes"), names.index("points")
