"""The council's own list of people, next to the numbers of a promise."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from analysis.grouping import TooFewInvited, merge_small_units
from analysis.units import UnitPath
from survey_app.anonymity.manifest import Manifest

#: What columns may be called, in any capitals.
_UNIT = ("unit", "afdeling", "team")
_INVITED = ("invited", "aantal")
_WAVE = ("wave", "meting")
_MARK = " > "


class UnusableRoster(ValueError):
    """A list that cannot be compared; ``key`` names the sentence, ``values`` fill it."""

    def __init__(self, key: str, **values: int) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


@dataclass(frozen=True)
class Difference:
    """A unit of which the promise has another number of people than the list."""

    unit: str
    promised: int
    counted: int


def read_own_list(text: str, wave: str) -> Counter[UnitPath]:
    """How many people a CSV file has in each unit. Raises :class:`UnusableRoster`.

    One line a person, or one line a unit with a number. Where there is a column for the wave, only
    ``wave`` counts.
    """
    first = text.splitlines()[0] if text else ""
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=";" if ";" in first and "," not in first else ","))
    except csv.Error as error:
        raise UnusableRoster("roster_no_unit") from error
    names = [name.strip().lower() for name in rows[0]] if rows else []
    unit, invited, waves = (_column(names, known) for known in (_UNIT, _INVITED, _WAVE))
    if unit is None:
        raise UnusableRoster("roster_no_unit")
    counts: Counter[UnitPath] = Counter()
    for line, cells in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in cells) or (waves is not None and _cell(cells, waves) != wave):
            continue
        path = tuple(name.strip() for name in _cell(cells, unit).split(_MARK.strip()))
        if not all(path):
            raise UnusableRoster("roster_bad_unit", line=line)
        number = "1" if invited is None else _cell(cells, invited)
        if not re.fullmatch(r"[0-9]{1,9}", number):
            raise UnusableRoster("roster_bad_number", line=line)
        counts[path] += int(number)
    if not counts.total():
        raise UnusableRoster("roster_empty")
    return counts


def compare_with_list(manifest: Manifest, counts: Mapping[UnitPath, int]) -> list[Difference]:
    """Where the promise has other numbers than the list; none when all are equal.

    Small units are joined as the promise joins them. Raises :class:`UnusableRoster`.
    """
    promised = {tuple(unit.name for unit in manifest.path(unit.key))[1:]: unit.invited for unit in manifest.units}
    organisation = manifest.units[0].name
    try:
        counted = merge_small_units(_as_in_promise(counts, promised, organisation), manifest.k_invite).units
    except TooFewInvited as few:
        raise UnusableRoster("roster_too_few", number=few.invited, needed=few.needed) from few
    return [
        Difference(_MARK.join(path) or organisation, promised.get(path, 0), counted.get(path, 0))
        for path in sorted({*promised, *counted})
        if promised.get(path, 0) != counted.get(path, 0)
    ]


def _as_in_promise(counts: Mapping[UnitPath, int], known: Collection[UnitPath], organisation: str) -> Counter[UnitPath]:
    """The list's paths as the promise has them.

    They go on below the organisation, so without its name in front. Where the whole list has names
    alone, each is the one unit that has that name.
    """
    found: Counter[UnitPath] = Counter()
    for written, count in counts.items():
        found[written[1:] if written[:1] == (organisation,) else written] += count
    if any(len(path) > 1 for path in found):
        return found
    placed: Counter[UnitPath] = Counter()
    for path, count in found.items():
        named = [unit for unit in known if unit[-1:] == path]
        placed[named[0] if path not in known and len(named) == 1 else path] += count
    return placed


def _column(names: Sequence[str], known: Sequence[str]) -> int | None:
    return next((place for place, name in enumerate(names) if name in known), None)


def _cell(cells: Sequence[str], column: int) -> str:
    return cells[column].strip() if column < len(cells) else ""
