"""The organisation tree: units as paths from the top."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from analysis.errors import quoted

#: Between the levels of a unit path, in files and on paper.
SEPARATOR = " > "

#: How the organisation itself is written where a unit is expected.
TOTAL = "Total"

#: A unit's name is printed beside charts; more than this is not a name.
LONGEST_NAME = 120

UnitPath = tuple[str, ...]


class UnitTreeError(ValueError):
    """The units do not form a tree; the message names the unit and the remedy."""


@dataclass(frozen=True)
class UnitNames:
    """How a unit cell in a file is read: a full path, or a name whose parents are listed.

    ``parents`` maps a unit to the unit above it; a unit that is not mentioned stands at
    the first level.
    """

    parents: Mapping[str, str]

    def path_of(self, written: str) -> UnitPath:
        """The path of a unit as written in a file.

        Raises :class:`UnitTreeError` on a cycle, on an empty or far too long name, and on a unit
        of the first level that is called like the organisation as a whole.
        """
        path = tuple(part.strip() for part in written.split(SEPARATOR.strip()))
        if any(not part for part in path):
            raise UnitTreeError(f"the unit {quoted(written)} has an empty level; write 'Division > Team'")
        if any(len(part) > LONGEST_NAME for part in path):
            raise UnitTreeError(f"the unit {quoted(written)} has a name over {LONGEST_NAME} characters; shorten it")
        while path[0] in self.parents:
            path = (self.parents[path[0]], *path)
            _refuse_cycle(path)
        _refuse_cycle(path)
        if path[0].casefold() == TOTAL.casefold():
            raise UnitTreeError(f"'{TOTAL}' stands for the whole organisation; give that unit another name")
        return path


def _refuse_cycle(path: UnitPath) -> None:
    if len(set(path)) < len(path):
        twice = next(name for name in path if path.count(name) > 1)
        raise UnitTreeError(
            f"the unit {quoted(twice)} stands above itself ({quoted(SEPARATOR.join(path))}); correct what it belongs to"
        )


def first_level(paths: Iterable[UnitPath]) -> tuple[str, ...]:
    """The units of the first level, in alphabetical order with numbers in numeric order."""
    return tuple(sorted({path[0] for path in paths}, key=natural_order))


def natural_order(name: str) -> tuple[tuple[int, int, str], ...]:
    """A sorting key that puts '2' before '10' and 'Team 2' before 'Team 10'."""
    parts: list[tuple[int, int, str]] = []
    digits = ""
    for character in name + "\0":
        if character.isdecimal():
            digits += character
            continue
        if digits:
            parts.append((0, int(digits), ""))
            digits = ""
        parts.append((1, 0, character.casefold()))
    return (*parts, (1, 0, name))  # 'team 2', 'Team 2' and 'Team 02' always in the same order
