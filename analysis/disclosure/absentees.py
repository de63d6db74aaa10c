"""Numbers of answers that, added up, tell how many of a few people were away (disclosure rule 8).

Where nearly everybody took part the number of people is a band. Cuts that are made from answers have no part in
the sums of those numbers, and no head counts that would turn theirs into bands: the carers and the others of a
unit, printed as they are, would together say how many took part at least; and so would one of both numbers next
to the share of carers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.disclosure.knowledge import PEOPLE, Breach, Flags, Numbers
from analysis.disclosure.plan import RESPONSE, Place
from analysis.disclosure.printing import Printed
from analysis.disclosure.structure import Structure

#: Where nothing can be told: no sum reaches it.
_NO_BAND = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Absentees:
    """What is printed of a wave: ``printed`` by measure; ``bases`` are the measures of which a yes decides who is
    asked something, by what is asked; ``few`` are the places at which ``k`` people or fewer were away."""

    structure: Structure
    printed: Mapping[str, Printed]
    bases: Mapping[str, str]
    few: Flags

    def told(self, closed: Mapping[str, Flags]) -> Iterator[Breach]:
        """Places of which the open numbers say that more people took part than the lower end of their band.

        ``closed`` has the cells of each measure that is decided; of others the total is supposed to be open.
        """
        response = self.printed[RESPONSE]
        floor = np.where(self.few & ~closed[RESPONSE], response.n_low, _NO_BAND)
        if not self._made or not (floor < _NO_BAND).any():
            return
        least, source = self._count_least(closed)
        bound, of = least.copy(), np.full(least.size, -1)  # of which sum a bound is made, -1 where of none
        totals, part, row = self._sums
        while True:  # ends: a lattice has no cycles
            together = np.bincount(row, bound[part], minlength=totals.size).astype(np.int64)
            more = np.flatnonzero(together > bound[totals])
            if not more.size:
                break
            more = more[np.argsort(together[more], kind="stable")]  # of several sums of one cell the largest counts
            bound[totals[more]], of[totals[more]] = together[more], more
        for cell in np.flatnonzero(bound > floor).tolist():
            waiting, how = [cell], set()
            while waiting:
                each = waiting.pop()
                if of[each] >= 0:
                    waiting += part[row == of[each]].tolist()
                elif least[each]:
                    how.add(int(source[each]))
            yield Breach(cell, PEOPLE, "narrow", int(bound[cell]), int(response.n_high[cell]), tuple(sorted(how)))

    @cached_property
    def _sums(self) -> tuple[Numbers, Numbers, Numbers]:
        """The totals of all sums, and their parts with the number of the sum each is in."""
        relations = self.structure.lattice.relations
        totals = np.array([relation.total for relation in relations], dtype=np.int64)
        part = np.array([part for relation in relations for part in relation.parts], dtype=np.int64)
        row = np.repeat(np.arange(totals.size), [len(relation.parts) for relation in relations])
        return totals, part, row

    def _count_least(self, closed: Mapping[str, Flags]) -> tuple[Numbers, Numbers]:
        """How many people took part at least by what is printed of each cell alone, and which cell says so."""
        cells = np.arange(self.few.size)
        least, source = np.zeros(cells.size, dtype=np.int64), cells.copy()
        lows = {
            measure: np.where(closed.get(measure, cells != 0), 0, printed.n_low)
            for measure, printed in self.printed.items()
        }
        for measure, low in lows.items():
            least, source = np.maximum(least, low), np.where(low > least, cells, source)
            if measure in self.bases:
                for unit, cell, of, yes in self._made:
                    if yes and of == self.bases[measure] and low[unit] > least[cell]:
                        least[cell], source[cell] = low[unit], unit
        for unit, cell, of, yes in self._made:
            if lows[of][unit] and least[cell]:
                number = _count_behind(int(least[cell]), int(self.printed[of].share[unit]), yes)
                if number > least[unit]:
                    least[unit], source[unit] = number, source[cell]
        return least, source

    @cached_property
    def _made(self) -> list[tuple[int, int, str, bool]]:
        """Units, their categories that are made from answers, and of which measure these are the yes- or no-answers."""
        places = self.structure.places
        number = {place: each for each, place in enumerate(places)}
        cuts = {cut.key: cut for cut in self.structure.plan.cuts if cut.rests_on}
        found = []
        for cell, place in enumerate(places):
            cut, unit = cuts.get(place.cut), number.get(Place(place.unit))
            if cut is None or unit is None or place.category not in cut.categories:
                continue
            if place.category in self.printed:
                found.append((unit, cell, place.category, True))
            elif len(cut.rests_on) == 1:
                found.append((unit, cell, cut.rests_on[0], False))
        return found


def _count_behind(answers: int, share: int, yes: bool) -> int:
    """How many people answered at least when so many said yes, or no, and the share of yes is a whole percent: it is
    at least ``share`` - 1/2 and less than ``share`` + 1/2."""
    return 200 * answers // (2 * share + 1) + 1 if yes else -(-200 * answers // (201 - 2 * share))
