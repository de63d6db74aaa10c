"""Who was on the roster in two waves: how the make-up of an organisation changed, and what that does to a figure.

Of rosters, which the employer knows, and of released figures; never of who answered. Nobody is linked: only the
sizes of groups are compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.dataset import Headcount
from analysis.disclosure.release import Release
from analysis.survey import Survey

#: The cut that first-level units are.
UNIT = "unit"

#: Percentage points from which a group counts as changed.
NOTABLE = 2.0

#: The outcome of which it is told what the change does.
MAIN = "fatigue"


#: People by unit of the first level, or by category of a cut.
Division = Mapping[str, int]


@dataclass(frozen=True)
class Shift:
    """The share of a group on the roster (percent), in the wave before and now; ``cut`` is a key or :data:`UNIT`."""

    cut: str
    category: str
    before: float
    now: float


@dataclass(frozen=True)
class CompositionChange:
    """Two rosters beside each other.

    ``shifts``: groups that grew or shrank by :data:`NOTABLE` points or more, the largest change first. ``moved``:
    the cut that matters most, and how many points the figure of :data:`MAIN` differs because of it, at today's
    share of every group; None where no cut is open throughout.
    """

    shifts: tuple[Shift, ...]
    moved: tuple[str, float] | None


def composition_change_of(
    release: Release, survey: Survey, before: Headcount | None, now: Headcount | None
) -> CompositionChange | None:
    """How the roster changed since the wave before; ``None`` without two rosters.

    A group of fewer than the smallest open group on either roster is not named.
    """
    if before is None or now is None or not before.total or not now.total:
        return None
    shifts: list[Shift] = []
    moved: dict[str, float] = {}
    for cut, (old, new) in _divisions(survey, before, now).items():
        for category in dict.fromkeys([*old, *new]):
            if min(old.get(category, 0), new.get(category, 0)) >= release.smallest:
                shift = Shift(cut, category, *(_percent(part, category) for part in (old, new)))
                shifts += [shift] if abs(shift.now - shift.before) >= NOTABLE else []
        if (difference := _moved(release, cut, old, new)) is not None:
            moved[cut] = difference
    shifts.sort(key=lambda shift: -abs(shift.now - shift.before))
    return CompositionChange(tuple(shifts), max(moved.items(), key=lambda entry: abs(entry[1]), default=None))


def _divisions(survey: Survey, before: Headcount, now: Headcount) -> dict[str, tuple[Division, Division]]:
    """The sizes of groups by cut, and by first-level unit, where both rosters know them."""
    found: dict[str, tuple[Division, Division]] = {UNIT: (_first_level(before), _first_level(now))}
    found |= {cut.key: (before.cuts.get(cut.key, {}), now.cuts.get(cut.key, {})) for cut in survey.cuts}
    return {cut: (old, new) for cut, (old, new) in found.items() if any(old.values()) and any(new.values())}


def _first_level(people: Headcount) -> dict[str, int]:
    counts: dict[str, int] = {}
    for path, count in people.units.items():
        counts[path[0]] = counts.get(path[0], 0) + count
    return counts


def _percent(division: Division, category: str) -> float:
    return 100 * division.get(category, 0) / sum(division.values())


def _moved(release: Release, cut: str, old: Division, new: Division) -> float | None:
    """Σ share now × (part now − part before), in points; ``None`` where a share is closed."""
    if MAIN not in release.plan.divided:
        return None
    total = 0.0
    for category in dict.fromkeys([*old, *new]):
        change = _percent(new, category) - _percent(old, category)
        if not change:
            continue
        if cut == UNIT:
            cell = release.unit(MAIN, category) if category in release.plan.units else None
        else:
            cell = release.category(MAIN, cut, category)
        if cell is None or cell.share is None:
            return None
        total += cell.share / 100 * change
    return total
