"""How many people took part, as far as HR may know it while a survey runs.

Answers stay sealed until the opening, but a count of participants is a trace as well: a number that
rises by one on a Tuesday tells about the one colleague who worked that day. Three rules, all pure:

1. **Groups.** The organisation is divided into groups of at least k invited people: the reported
   units, and for each unit the people in none of its shown units. A unit below k is hidden; when
   the people left over would be fewer than k, the smallest units are hidden until they are not. All
   that is hidden looks alike.
2. **Bands.** Of each group a band of at least k different counts is shown, never a count, and no
   band is narrower than 5 % of the group. Bounds are rounded outwards to 5 %.
3. **Steps.** The band of a group changes only when at least k people of that group were added since
   it last changed, and once a day at most.

A unit that contains others shows the sum of what its groups show, so that it adds nothing to them:
the groups do not overlap, and from all numbers together no more follows than from each by itself.
People with a card drawn by lot are left out: their invitations are used before anybody draws one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select

from survey_app.anonymity.manifest import Manifest, parse_manifest
from survey_app.stores import reading, writing
from survey_app.stores.roster import State
from survey_app.stores.tables_roster import INVITATION, PARTICIPATION, SURVEY

#: Shown numbers are multiples of this.
STEP = 5  # percent

#: Once the urn is open, the results say it exactly.
_COUNTING = (State.RUNNING.value, State.CLOSED.value)


@dataclass(frozen=True)
class Group:
    """People who are counted together: the units whose credentials they hold, and how many were invited.

    ``unit`` is the reported unit they belong to, ``rest`` whether they are those in none of its shown units.
    """

    unit: str
    rest: bool
    members: frozenset[str]
    invited: int

    @property
    def key(self) -> str:
        """Its name in the store."""
        return f"{self.unit}/rest" if self.rest else self.unit


@dataclass(frozen=True)
class Row:
    """A unit for HR: between ``percent`` and ``up_to`` percent took part.

    Both are None when the unit is hidden, because it is small or to protect another.
    """

    key: str
    name: str
    percent: int | None
    up_to: int | None


@dataclass(frozen=True)
class Participation:
    """What HR sees on one day, the organisation first; no rows when nothing may be shown yet."""

    day: dt.date | None
    rows: tuple[Row, ...]


def divide(manifest: Manifest, invited: Mapping[str, int]) -> tuple[Group, ...]:
    """The organisation in groups of at least k people that do not overlap; none when it is smaller.

    ``invited`` counts by unit key the people whose credential is of that very unit.
    """
    below = _below(manifest)
    sizes = {key: sum(invited.get(member, 0) for member in members) for key, members in below.items()}

    def groups(unit: str, depth: int) -> list[Group]:
        shown = [
            child.key
            for child in manifest.units
            if child.parent == unit and depth < manifest.plan.levels and sizes[child.key] >= manifest.k
        ]
        shown.sort(key=lambda key: (sizes[key], key))
        while shown and 0 < sizes[unit] - sum(sizes[key] for key in shown) < manifest.k:
            shown.pop(0)
        if not shown:
            return [Group(unit, False, below[unit], sizes[unit])]
        parts = [part for child in shown for part in groups(child, depth + 1)]
        rest = below[unit].difference(*(below[child] for child in shown))
        left = sizes[unit] - sum(sizes[key] for key in shown)
        return [*parts, Group(unit, True, rest, left)] if left else parts

    root = manifest.units[0].key
    return tuple(groups(root, 0)) if sizes[root] >= manifest.k else ()


def band(invited: int, k: int, count: int) -> tuple[int, int]:
    """The lowest and the highest count that look the same as ``count`` in a group of ``invited`` people."""
    width = max(k, -(-invited * STEP // 100))
    last = max((invited + 1) // width, 1) - 1
    place = min(count // width, last)
    return place * width, invited if place == last else (place + 1) * width - 1


def next_count(group: Group, k: int, shown: int, count: int) -> int:
    """The count behind what is shown from now on, when ``shown`` was behind it and ``count`` is true.

    Only what differs by a band and by k people takes the place of what is shown.
    """
    changes = band(group.invited, k, count) > band(group.invited, k, shown)
    return count if changes and count - shown >= k else shown


def rows(manifest: Manifest, groups: Iterable[Group], shown: Mapping[str, int]) -> tuple[Row, ...]:
    """What is displayed, from the count behind each group by its key (0 when absent)."""
    parts = tuple(groups)
    below = _below(manifest)
    listed = (unit for unit in manifest.units if len(manifest.path(unit.key)) - 1 <= manifest.plan.levels)
    found = []
    for unit in listed:
        own = [group for group in parts if group.members <= below[unit.key]]
        bounds = _bounds(own, manifest.k, shown) if own else (None, None)
        found.append(Row(unit.key, unit.name, *bounds))
    return tuple(found) if parts else ()


def _bounds(groups: Iterable[Group], k: int, shown: Mapping[str, int]) -> tuple[int, int]:
    """The lowest and the highest share, in percent, that agree with what is shown of ``groups``."""
    size = low = high = 0
    for group in groups:
        lowest, highest = band(group.invited, k, shown.get(group.key, 0))
        size += group.invited
        low += lowest
        # Up to k - 1 people more may have been added before the band has to change.
        high += min(highest + k - 1, group.invited)
    return 100 * low // (size * STEP) * STEP, -(-100 * high // (size * STEP)) * STEP


def participation_today(survey_id: str, day: dt.date) -> Participation:
    """What HR sees on ``day``: the first look of a day counts and keeps it, every later one reads that.

    Needs an application context. A clock that jumps back changes nothing.
    """
    with reading("roster") as connection:
        manifest, _ = _survey(connection, survey_id)
        kept, shown = _kept(connection, survey_id)
    if manifest is None:
        return Participation(None, ())
    if kept is None or kept < day:
        with writing("roster") as connection:
            # Locked, so that two first looks at once agree on what they saw.
            manifest, state = _survey(connection, survey_id, lock=True)
            kept, shown = _kept(connection, survey_id)
            if manifest is not None and state in _COUNTING and (kept is None or kept < day):
                kept, shown = day, _refresh(connection, manifest, day, shown)
    with reading("roster") as connection:
        invited = {unit: count for unit, count, _ in _counts(connection, survey_id)}
    if manifest is None or kept is None:
        return Participation(None, ())
    return Participation(kept, rows(manifest, divide(manifest, invited), shown))


def _refresh(connection: Connection, manifest: Manifest, day: dt.date, shown: Mapping[str, int]) -> dict[str, int]:
    counts = _counts(connection, manifest.survey)
    groups = divide(manifest, {unit: invited for unit, invited, _ in counts})
    taking_part = {unit: count for unit, _, count in counts}
    refreshed = {
        group.key: next_count(
            group, manifest.k, shown.get(group.key, 0), sum(taking_part.get(unit, 0) for unit in group.members)
        )
        for group in groups
    }
    connection.execute(delete(PARTICIPATION).where(PARTICIPATION.c.survey_id == manifest.survey))
    displayed = {row.key: row.percent for row in rows(manifest, groups, refreshed)}
    kept = [
        {
            "survey_id": manifest.survey,
            "unit": group.key,
            "day": day.isoformat(),
            "percent": None if group.rest else displayed[group.unit],
            "shown_done": refreshed[group.key],
        }
        for group in groups
    ]
    if kept:
        connection.execute(insert(PARTICIPATION), kept)
    return refreshed


def _survey(connection: Connection, survey_id: str, lock: bool = False) -> tuple[Manifest | None, str]:
    wanted = select(SURVEY.c.manifest, SURVEY.c.state).where(SURVEY.c.id == survey_id)
    row = connection.execute(wanted.with_for_update() if lock else wanted).one_or_none()
    if row is None or row.manifest is None:
        return None, ""
    return parse_manifest(row.manifest), row.state


def _kept(connection: Connection, survey_id: str) -> tuple[dt.date | None, dict[str, int]]:
    """The day of the last refresh, and the count behind what is shown of each group."""
    column = PARTICIPATION.c
    found = connection.execute(
        select(column.unit, column.day, column.shown_done).where(column.survey_id == survey_id)
    ).all()
    return (dt.date.fromisoformat(found[0].day) if found else None), {row.unit: row.shown_done for row in found}


def _counts(connection: Connection, survey_id: str) -> list[tuple[str, int, int]]:
    """By unit: how many were invited by mail or letter, and how many of them began or are done.

    Who began with a code that was replaced later counts as well, and a revoked invitation still
    counts as one: a number never goes down, and the groups stay what they are.
    """
    column = INVITATION.c
    began = column.issued | column.done | (column.reissued > 0)
    wanted = (
        select(column.unit, func.count(), func.count().filter(began))
        .where(column.survey_id == survey_id, column.channel != "card")
        .group_by(column.unit)
    )
    return [(unit, invited, count) for unit, invited, count in connection.execute(wanted)]


def _below(manifest: Manifest) -> dict[str, frozenset[str]]:
    """The keys of each unit and of all units below it."""
    members: dict[str, set[str]] = {unit.key: set() for unit in manifest.units}
    for unit in manifest.units:
        for above in manifest.path(unit.key):
            members[above.key].add(unit.key)
    return {key: frozenset(found) for key, found in members.items()}
