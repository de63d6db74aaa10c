"""The coded answers of one wave, in memory, and the head counts that go with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.units import UnitPath, first_level

IntArray = npt.NDArray[np.signedinteger[Any]]


def missing_code(dtype: np.dtype[Any]) -> int:
    """What stands for "no answer" in an array of codes: the lowest value of its type."""
    return int(np.iinfo(dtype).min)


@dataclass(frozen=True)
class Headcount:
    """How many people were invited, known to HR: in all, by unit path, and by cut and category."""

    total: int
    units: Mapping[UnitPath, int]
    cuts: Mapping[str, Mapping[str, int]]

    def first_level(self) -> dict[str, int]:
        """Invited people by unit of the first level."""
        counts: dict[str, int] = {}
        for path, count in self.units.items():
            counts[path[0]] = counts.get(path[0], 0) + count
        return counts


@dataclass(frozen=True)
class Dataset:
    """Respondents × columns of one wave, without any identifier.

    ``codes``: item key → array of shape ``(n,)`` with the answer code or
    :func:`missing_code`. ``unit``: shape ``(n,)``, index into ``paths``, or -1. ``cuts``:
    cut key → shape ``(n,)``, index of the category, or -1 for no answer.
    """

    wave: str
    n: int
    codes: Mapping[str, IntArray]
    paths: tuple[UnitPath, ...]
    unit: IntArray
    cuts: Mapping[str, IntArray]
    headcount: Headcount | None = None

    @property
    def units(self) -> tuple[str, ...]:
        """The units of the first level that occur among respondents or on the roster."""
        answered = {self.paths[place] for place in np.unique(self.unit).tolist() if place >= 0}
        listed = () if self.headcount is None else self.headcount.units
        return first_level({*answered, *listed})

    def first_level_unit(self) -> IntArray:
        """For each respondent the index into :attr:`units`, or -1."""
        places = {name: place for place, name in enumerate(self.units)}
        lookup = np.array([places.get(path[0], -1) for path in self.paths] + [-1], dtype=np.int32)
        return lookup[self.unit]
