"""What a reader of everything released can know, as sums and bounds: the ground on which gate and attacker meet.

Nothing here decides or computes: :mod:`analysis.disclosure.suppression` chooses what closes,
:mod:`analysis.disclosure.attack` tries to undo it, and the two share these shapes and no code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: The quantity that counts people; the others are named by their :class:`Layer`.
PEOPLE = "people"


class NotReleasable(Exception):
    """Nothing may be published. The message tells the operator why, and nothing about anybody's answers."""


class NotALattice(NotReleasable):
    """The cells do not add up: a sum has no parts, names a cell twice, or stands above itself."""


class Inconsistent(NotReleasable):
    """No answers at all would print these figures: they contradict each other."""


class Unsolved(NotReleasable):
    """The solver gave no answer, or not in time; what is not proven safe is not published."""


@dataclass(frozen=True)
class Relation:
    """A sum that everybody knows: the people of cell ``total`` are those of all ``parts``, each once."""

    total: int
    parts: tuple[int, ...]


@dataclass(frozen=True)
class Lattice:
    """Cells 0 … ``size - 1`` and the sums between them. Raises :class:`NotALattice`."""

    size: int
    relations: tuple[Relation, ...]

    def __post_init__(self) -> None:
        above: dict[int, set[int]] = {}
        for relation in self.relations:
            cells = (relation.total, *relation.parts)
            if not relation.parts or len(set(cells)) < len(cells) or not all(0 <= c < self.size for c in cells):
                raise NotALattice(f"{relation} is no sum of other cells")
            above.setdefault(relation.total, set()).update(relation.parts)
        _refuse_cycles(above)


@dataclass(frozen=True)
class Layer:
    """A quantity that adds up over cells like the people in them: yes-answers, or points of a score.

    In cell ``c`` with ``n`` people the quantity is a whole number ``v`` with ``bottom * n <= v <= top * n``,
    since one person adds between ``bottom`` and ``top``. A printed share or mean says besides that
    ``low[c] * n <= unit * v`` and ``unit * v <= high[c] * n - strict[c]``; where nothing is printed these
    repeat the first bounds. Arrays of shape ``(size,)``.
    """

    name: Literal["yes", "points"]
    bottom: int
    top: int
    unit: int
    low: Numbers
    high: Numbers
    strict: Numbers

    @property
    def step(self) -> int:
        """What one person can make of a difference: from the lowest to the highest answer."""
        return self.top - self.bottom


@dataclass(frozen=True)
class Link:
    """What an answer "yes" says about points: a person who says yes adds at least ``yes[0]`` and at most
    ``yes[1]`` points, one who says no between ``no[0]`` and ``no[1]``."""

    yes: tuple[int, int]
    no: tuple[int, int]


@dataclass(frozen=True)
class Knowledge:
    """Everything that a reader knows of one measure.

    ``n_low`` and ``n_high``, shape ``(size,)``, bound the number of people behind each cell: printed, a
    printed band, or from nobody to the head count. ``layers`` hold at most one ``yes`` and one ``points``;
    ``link`` is given with both.
    """

    lattice: Lattice
    n_low: Numbers
    n_high: Numbers
    layers: tuple[Layer, ...] = ()
    link: Link | None = None


@dataclass(frozen=True)
class Targets:
    """What must not be found out; arrays of shape ``(size,)``.

    With ``[a, b]`` the exact range of the number of people in a cell over all worlds that fit:

    - ``count``: the cell fails when ``a < smallest``, ``b >= 1`` and ``b - a < min(k, prior)``; ``prior`` is the
      width of what the reader knew of that number beforehand (head counts), so that nothing must be learned of it.
      Of cells in ``zero`` (None: of none), ``b >= 1`` is not asked: that nobody is there must not be learned either.
    - ``answers``: only when ``a < smallest`` and ``b >= 1``. With ``u`` the points above the lowest possible
      (``v - bottom * n``) and ``d`` those below the highest (``top * n - v``), the cell fails as *pinned* when the
      range of ``u`` is narrower than one ``step``. When ``b >= 2`` it also fails as *of one mind* when the largest
      possible ``u``, or the largest possible ``d``, is at most one ``step``, and for an *insider* when all ``u`` of
      one ``step`` or more, or all such ``d``, lie less than a step apart: she who added one knows the others'.
    - ``mind``: fails as *of one mind* as above, whatever its size.
    """

    k: int
    smallest: int
    count: Flags
    prior: Numbers
    answers: Flags
    mind: Flags
    zero: Flags | None = None

    @property
    def with_zero(self) -> Flags:
        """Cells of which it must not be learned either that nobody is there."""
        return np.zeros_like(self.count) if self.zero is None else self.zero


@dataclass(frozen=True)
class World:
    """One way in which everything could be: people in each cell, and the quantity of each layer."""

    people: Numbers
    layers: tuple[Numbers, ...] = ()


#: In which way a target fails; see :class:`Targets`.
Kind = Literal["narrow", "pinned", "one_mind", "insider"]


@dataclass(frozen=True)
class Breach:
    """A cell of which too much can be found out: ``quantity`` lies between ``low`` and ``high``, also for who is
    not in the group.

    ``how`` are the cells with printed figures from which it follows: the support of the attacker's dual
    certificate. As long as all of them stay printed the breach stays.
    """

    cell: int
    quantity: str
    kind: Kind
    low: int
    high: int
    how: tuple[int, ...]


@dataclass(frozen=True)
class Outcome:
    """What an attack found. ``narrowest`` is the smallest width left to a ``count`` target that is not broken, may be
    small, and of which ``prior`` leaves ``k`` or more; at most ``k``, None without such targets. ``steps`` counts by
    which means targets were decided."""

    breaches: tuple[Breach, ...]
    narrowest: int | None
    steps: dict[str, int]


def _refuse_cycles(above: dict[int, set[int]]) -> None:
    done: set[int] = set()
    for start in above:
        trail: list[tuple[int, Sequence[int]]] = [(start, sorted(above[start]))]
        on_trail = {start}
        while trail:
            cell, below = trail[-1]
            step = next((part for part in below if part not in done), None)
            if step in on_trail:
                raise NotALattice(f"cell {step} stands above itself")
            if step is None or step not in above:
                if step is not None:
                    done.add(step)
                    continue
                done.add(cell)
                on_trail.discard(cell)
                trail.pop()
            else:
                trail.append((step, sorted(above[step])))
                on_trail.add(step)
