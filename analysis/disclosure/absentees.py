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
        least, source = self._count_least(closed)
        bound, parts_of = least.copy(), {}
        risen = True
        while risen:  # ends: a lattice has no cycles
            risen = False
            for relation in self.structure.lattice.relations:
                together = int(bound[list(relation.parts)].sum())
                if together > bound[relation.total]:
                    bound[relation.total], parts_of[relation.total] = together, relation.parts
                    risen = True
        response = self.printed[RESPONSE]
        floor = np.where(self.few & ~closed[RESPONSE], response.n_low, _NO_BAND)
        for cell in np.flatnonzero(bound > floor).tolist():
            waiting, how = [cell], set()
            while waiting:
                each = waiting.pop()
                waiting += parts_of.get(each, ())
                if each not in parts_of and least[each]:
                    how.add(int(source[each]))
            yield Breach(cell, PEOPLE, "narrow", int(bound[cell]), int(response.n_high[cell]), tuple(sorted(how)))

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
            for unit, cell, of, yes in self._made:
                if yes and of == self.bases.get(measure) and low[unit] > least[cell]:
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
