"""Who came, went and moved between two surveys of one organisation: counted, and never named."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from analysis.disclosure.waves import LaterUnit
from survey_app.anonymity.manifest import Manifest
from survey_app.stores import roster

#: By what somebody is known again.
_Person = tuple[str, ...]


def count_movements(earlier_id: str, later_id: str) -> dict[tuple[str | None, str | None], int] | None:
    """How many invited people had the credential of which unit in each of two surveys; None for not invited.

    People are known again by their mail address, and those without one by name and unit; capitals make no
    difference. So somebody with another address, or without one in another unit, counts as one who left and
    one who joined. Invitations that were taken back count for nobody. Returns None when a roster is gone, or
    when somebody on it has neither address nor name: then nobody can tell who left. Raises
    :class:`survey_app.stores.StoreError`.
    """
    earlier, later = _homes(roster.invitations(earlier_id)), _homes(roster.invitations(later_id))
    if not earlier or not later:
        return None
    movements: Counter[tuple[str | None, str | None]] = Counter()
    for person in {**earlier, **later}:
        before, after = earlier[person], later[person]
        # People of one name in one unit are as good as each other here: only their number can change.
        for place in range(max(len(before), len(after))):
            movements[before[place] if place < len(before) else None, after[place] if place < len(after) else None] += 1
    return dict(movements)


def frozen_units(manifest: Manifest) -> dict[str, LaterUnit]:
    """Every unit of a survey by its key, with the keys of the units in it: the groups of people that it froze.

    A unit's own key is one of them, for the people whose credential is of this very unit.
    """
    atoms: defaultdict[str, set[str]] = defaultdict(set)
    for unit in manifest.units:
        for above in manifest.path(unit.key):
            atoms[above.key].add(unit.key)
    return {unit.key: LaterUnit(frozenset(atoms[unit.key]), unit.parent) for unit in manifest.units}


def _homes(people: Iterable[roster.Invitation]) -> defaultdict[_Person, list[str]]:
    """The units in which each person has the credential; empty when somebody cannot be known again."""
    homes: defaultdict[_Person, list[str]] = defaultdict(list)
    for person in people:
        if person.revoked:
            continue
        if not person.email and not person.name:
            return defaultdict(list)
        known_by = (person.email,) if person.email else ("", person.name, *person.path)
        homes[tuple(part.casefold() for part in known_by)].append(person.unit)
    return homes
