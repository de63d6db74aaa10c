"""How many people were invited, place by place: what the employer knows before any answer."""

from __future__ import annotations

import numpy as np

from analysis.dataset import Headcount
from analysis.disclosure.knowledge import Numbers
from analysis.disclosure.plan import NO_CUT, Place
from analysis.disclosure.printing import UNKNOWN
from analysis.disclosure.structure import NO_CATEGORY, REST, Structure
from analysis.units import SEPARATOR, TOTAL, UnitPath


def invited_people(structure: Structure, headcount: Headcount | None, answered: Numbers) -> Numbers:
    """Invited people by place, :data:`UNKNOWN` where the roster cannot know.

    Where more people ``answered`` in a place than the roster holds, answers and roster sort people
    differently; then the roster is no guide for anything divided in that way. Not so for the rest of a unit:
    in a survey of Peil answers may be counted at a unit above one's own, which takes nothing from what is known
    of the units themselves.
    """
    found = np.full(len(structure.places), UNKNOWN, dtype=np.int64)
    if headcount is None:
        return found
    for number, place in enumerate(structure.places):
        found[number] = _of_place(place, headcount)
    _count_rest(structure, found)
    wrong = (found != UNKNOWN) & (found < answered)
    rest = np.array([_is_rest(place) for place in structure.places])
    found[wrong & rest] = UNKNOWN
    wrong &= ~rest
    for cut in {structure.places[number].cut for number in np.flatnonzero(wrong)}:
        found[[place.cut == cut for place in structure.places]] = UNKNOWN
    return found


def _of_place(place: Place, headcount: Headcount) -> int:
    if place.unit.startswith(REST) or place.category in (REST, NO_CATEGORY):
        return UNKNOWN
    if place.cut == NO_CUT:
        return headcount.below(_path(place.unit))
    of_unit = headcount.cuts if place.unit == TOTAL else headcount.crossed.get(place.unit, {})
    return of_unit[place.cut].get(place.category, 0) if place.cut in of_unit else UNKNOWN


def _count_rest(structure: Structure, found: Numbers) -> None:
    """People of a unit in none of its reported units, all of them and by category: what these leave of it."""
    for relation in structure.lattice.relations:
        rest = [part for part in relation.parts if _is_rest(structure.places[part])]
        others = [int(found[part]) for part in relation.parts if part not in rest]
        if len(rest) == 1 and UNKNOWN not in (*others, found[relation.total]):
            found[rest[0]] = found[relation.total] - sum(others)


def _is_rest(place: Place) -> bool:
    return place.category == REST or place.unit.startswith(REST)


def _path(unit: str) -> UnitPath:
    return () if unit == TOTAL else tuple(unit.split(SEPARATOR))
