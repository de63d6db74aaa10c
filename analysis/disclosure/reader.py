"""What a reader of the printed figures knows, and what must not be found out: the attacker's task.

The reader is given more than most have: the head counts of the roster, the number of people behind every
printed cell, and which closed cells are empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.disclosure.knowledge import (
    Flags,
    Knowledge,
    Lattice,
    Layer,
    Link,
    Numbers,
    Relation,
    Targets,
    World,
)
from analysis.disclosure.printing import UNKNOWN, Printed
from analysis.disclosure.structure import NO_CATEGORY, Structure

#: Times that bounds are passed on along all sums; after as many as an organisation has levels nothing moves.
_PASSES = 12


@dataclass(frozen=True)
class Search:
    """One attack on numbers of people; ``owner`` is the place that each cell of the attack belongs to."""

    knowledge: Knowledge
    targets: Targets
    world: World
    owner: Numbers


@dataclass(frozen=True)
class Reader:
    """A reader of one wave; ``invited`` are the head counts by place, ``smallest`` is ``k`` and the insider."""

    structure: Structure
    invited: Numbers
    k: int
    smallest: int

    def most_people(self, printed: Printed, closed: Flags) -> Numbers:
        """The most people who can be behind each place: its printed number, the roster, or everybody."""
        everybody = int(printed.n_high[0])
        most = np.where(self.invited == UNKNOWN, everybody, np.minimum(self.invited, everybody))
        found: Numbers = np.where(closed, most, printed.n_high)
        return found

    def of_people(self, lattice: Lattice, printed: Printed, n: Numbers, closed: Flags) -> list[Search]:
        """Two readers of the numbers of people: one who suspects nothing of a closed cell, one who knows the
        empty ones. For the first an empty cell is a secret too (disclosure rule 12)."""
        most = self.most_people(printed, closed)
        before = self.most_people(printed, np.ones_like(closed))
        secret = closed & ~self.structure.derived & self._hidden_groups
        nothing = np.zeros(n.size, dtype=bool)
        tasks = []
        for least, there, target in (
            (np.zeros_like(n), np.ones(n.size, dtype=bool), secret),
            ((n > 0).astype(np.int64), n > 0, secret & (n > 0)),
        ):
            low = np.where(closed, least, printed.n_low)
            high = np.where(closed, np.where(there, most, 0), printed.n_high)
            targets = Targets(
                self.k,
                self.smallest,
                target,
                self._width_before(lattice, least, np.where(there, before, 0), printed),
                nothing,
                nothing,
            )
            search = Search(Knowledge(lattice, low, high), targets, World(n), np.arange(n.size))
            tasks.append(self._with_absentees(search, printed, closed))
        return tasks

    def _with_absentees(self, search: Search, printed: Printed, closed: Flags) -> Search:
        """Adds those who did not answer, where they are few: a cell of their own beside every open cell whose
        number is printed as a band for their sake. Nothing may make that band narrower (disclosure rule 8)."""
        knowledge, targets, n = search.knowledge, search.targets, search.world.people
        absent = self.invited - n
        few = np.flatnonzero(~closed & (self.invited != UNKNOWN) & (absent >= 0) & (absent <= self.k))
        invited, size = self.invited[few], n.size
        all_of_them, away = size + np.arange(few.size), size + few.size + np.arange(few.size)
        sums = zip(all_of_them.tolist(), few.tolist(), away.tolist(), strict=True)
        relations = (*knowledge.lattice.relations, *(Relation(total, (cell, rest)) for total, cell, rest in sums))
        nothing, none = np.zeros(few.size, dtype=np.int64), np.zeros(2 * few.size, dtype=bool)
        width = printed.n_high[few] - printed.n_low[few]
        return Search(
            Knowledge(
                Lattice(size + 2 * few.size, relations),
                np.concatenate([knowledge.n_low, invited, invited - printed.n_high[few]]),
                np.concatenate([knowledge.n_high, invited, invited - printed.n_low[few]]),
            ),
            replace(
                targets,
                count=np.concatenate([targets.count, nothing.astype(bool), ~nothing.astype(bool)]),
                prior=np.concatenate([targets.prior, nothing, width]),
                answers=np.concatenate([targets.answers, none]),
                mind=np.concatenate([targets.mind, none]),
                zero=np.concatenate([np.zeros(size, dtype=bool), np.ones(2 * few.size, dtype=bool)]),
            ),
            World(np.concatenate([n, invited, absent[few]])),
            np.concatenate([search.owner, few, few]),
        )

    def _width_before(self, lattice: Lattice, least: Numbers, most: Numbers, printed: Printed) -> Numbers:
        """How uncertain each number of people was before anything but the total was printed."""
        low, high = least.copy(), most.copy()
        low[0], high[0] = printed.n_low[0], printed.n_high[0]
        for _ in range(_PASSES):
            before = low.sum(), high.sum()
            for relation in lattice.relations:
                parts = list(relation.parts)
                total, at_least, at_most = relation.total, int(low[parts].sum()), int(high[parts].sum())
                low[total], high[total] = max(low[total], at_least), min(high[total], at_most)
                low[parts] = np.maximum(low[parts], low[total] - at_most + high[parts])
                high[parts] = np.minimum(high[parts], high[total] - at_least + low[parts])
            if before == (low.sum(), high.sum()):
                break
        return high - low

    def of_answers(
        self,
        lattice: Lattice,
        printed: Printed,
        n: Numbers,
        closed: Flags,
        most: Numbers,
        layers: Sequence[Layer],
        link: Link | None,
        *,
        sensitive: bool,
    ) -> tuple[Knowledge, Targets]:
        """A reader of one measure who knows the empty cells; ``most`` are people who can be behind a closed one."""
        low = np.where(closed, (n > 0).astype(np.int64), printed.n_low)
        high = np.where(closed, np.where(n > 0, most, 0), printed.n_high)
        secret = closed & (n > 0) & self._hidden_groups
        nothing = np.zeros(n.size, dtype=bool)
        mind = secret | ~closed if sensitive else nothing
        # A category within a unit closes below 2 k, and a reader with less knowledge may take any such cell for
        # a small one: all of them are protected as if they were.
        targets = Targets(self.k, 2 * self.k, nothing, np.zeros_like(n), secret, mind)
        return Knowledge(lattice, low, high, tuple(layers), link), targets

    @property
    def _hidden_groups(self) -> Flags:
        """Places whose people others can know: all but those who left out a question about themselves."""
        return np.array([place.category != NO_CATEGORY for place in self.structure.places])
