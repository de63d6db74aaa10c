"""Which units are reported on: small ones join a larger one before the survey starts.

In a survey of Peil everybody gets the credential of the unit that is reported for them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from analysis.units import UnitPath

#: A unit is reported on, and has a credential of its own, from this many times k invited people on.
INVITED_PER_K = 2


class TooFewInvited(ValueError):
    """All invited people together are too few for one credential; ``invited`` and ``needed`` say how many."""

    def __init__(self, invited: int, needed: int) -> None:
        super().__init__(f"{invited} invited people are too few: a survey that nobody can trace needs {needed}")
        self.invited = invited
        self.needed = needed


@dataclass(frozen=True)
class Grouping:
    """Who gets the credential of which unit.

    ``home`` maps the path of everybody's own unit to that of the unit whose credential they get:
    the same one, or one above it. ``units`` maps all paths with a credential, and everything above
    them, to the number of people who get it; the organisation first, parents before children.
    """

    home: Mapping[UnitPath, UnitPath]
    units: Mapping[UnitPath, int]


def merge_small_units(paths: Mapping[UnitPath, int], k_invite: int) -> Grouping:
    """Groups of at least ``k_invite`` people, made of units with their numbers of people.

    From below upwards: fewer than ``k_invite`` people join the unit above theirs. What has come
    together in a unit and is still too small takes in the smallest whole unit below that unit; where
    there is none it goes on upwards. A whole one, because a unit of which a part has gone to the unit
    above would be reported without that part. The order of ``paths`` does not matter. Raises
    :class:`TooFewInvited` when all together are fewer than ``k_invite``.
    """
    total = sum(paths.values())
    if k_invite < 1 or min(paths.values(), default=0) < 0:
        raise ValueError("numbers of people cannot be negative, and a group has someone in it")
    if total < k_invite:
        raise TooFewInvited(total, k_invite)
    groups = {path: _Group((path,), count) for path, count in paths.items() if count}
    every = {path[:depth] for path in groups for depth in range(len(path) + 1)}
    for path in sorted(every, key=lambda path: (-len(path), path)):
        group = groups.get(path)
        if group is None or group.count >= k_invite:
            continue
        below = Counter[UnitPath]()
        for other, joined in groups.items():
            if len(other) > len(path) and other[: len(path)] == path:
                below[other[: len(path) + 1]] += joined.count
        if below:
            smallest = min(below, key=lambda unit: (below[unit], unit))
            for other in [other for other in groups if other[: len(smallest)] == smallest]:
                groups[path] += groups.pop(other)
        else:
            # Never the organisation itself: without a group below it everybody is here already.
            parent = groups.get(path[:-1], _Group((), 0))
            groups[path[:-1]] = parent + groups.pop(path)
    home = {member: path for path, group in groups.items() for member in group.members}
    shown = sorted({path[:depth] for path in groups for depth in range(len(path) + 1)})
    return Grouping(dict(sorted(home.items())), {path: groups[path].count if path in groups else 0 for path in shown})


@dataclass(frozen=True)
class _Group:
    """People who get the same credential: the units they come from, and how many they are."""

    members: tuple[UnitPath, ...]
    count: int

    def __add__(self, other: _Group) -> _Group:
        return _Group(self.members + other.members, self.count + other.count)
