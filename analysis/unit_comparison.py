"""Units next to each other without a league table: which lie further away than chance explains, and what is likely.

Made of printed shares and numbers of answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.disclosure.plan import CellKey, written
from analysis.disclosure.release import Cell, Release
from analysis.funnel import ROUNDING, Position, equal_units_pvalue, position
from analysis.multiplicity import benjamini_hochberg
from analysis.shrinkage import UnitModel, fit_units
from analysis.units import UnitPath

#: Fewer units than this are no group to compare within.
FEWEST = 3


@dataclass(frozen=True)
class ComparedUnit:
    """One unit: its released cell, its place in the funnel, and its likely share.

    ``adjusted_p`` is that of Fisher's exact test against all other units, after Benjamini and Hochberg within the
    measure; ``away`` is 1 or -1 where it is below 5%. ``likely``, ``low`` and ``high`` in percent.
    """

    name: str
    cell: Cell
    position: Position
    adjusted_p: float
    away: int
    likely: float
    low: float
    high: float


@dataclass(frozen=True)
class UnitComparison:
    """The units of one measure, in plan order, around the ``target`` (percent): the organisation's figure."""

    measure: str
    target: int
    units: tuple[ComparedUnit, ...]
    model: UnitModel

    @property
    def away(self) -> tuple[ComparedUnit, ...]:
        """The units that demonstrably differ from the others."""
        return tuple(unit for unit in self.units if unit.away)


def compare_units(release: Release, measure: str) -> UnitComparison | None:
    """The comparison of units on ``measure``; ``None`` for fewer than :data:`FEWEST` open units or a closed total."""
    total, cells = release.total(measure), units_beside_each_other(release, measure)
    if total.share is None or len(cells) < FEWEST:
        return None
    target = total.share / 100
    shares, fewest, middle = [], [], []
    for cell in cells.values():
        assert cell.share is not None and cell.n_low is not None and cell.n_high is not None
        shares.append(cell.share / 100)
        fewest.append(cell.n_low)
        middle.append((cell.n_low + cell.n_high) / 2)
    model = fit_units([share * n for share, n in zip(shares, middle, strict=True)], middle)
    # Half a point in the unit's favour, and the lowest number of its band: what is printed must be enough.
    cautious = [_towards(share, target) for share in shares]
    found = benjamini_hochberg(equal_units_pvalue([s * n for s, n in zip(cautious, fewest, strict=True)], fewest))
    units = []
    for place, (name, cell) in enumerate(cells.items()):
        share, likely = shares[place], model.units[place]
        units.append(
            ComparedUnit(
                name,
                cell,
                position(share, fewest[place], target, target_rounding=ROUNDING),
                float(found.p[place]),
                (1 if share > target else -1) if found.rejected[place] else 0,
                100 * likely.share,
                100 * likely.interval.low,
                100 * likely.interval.high,
            )
        )
    return UnitComparison(measure, total.share, tuple(units), model)


def compare_all(release: Release, measures: Sequence[str]) -> dict[str, UnitComparison]:
    """The comparison of units on each of ``measures`` that has one."""
    found = {key: compare_units(release, key) for key in measures}
    return {key: comparison for key, comparison in found.items() if comparison is not None}


def units_beside_each_other(release: Release, measure: str) -> Mapping[str, Cell]:
    """Open units that share nobody, by their written path: those of the first level, where there are enough of them.

    Otherwise the open units that have no open unit below them.
    """
    cells = {path: release.cells[CellKey(release.plan.wave, measure, written(path))] for path in release.plan.tree}
    shown = [path for path, cell in cells.items() if cell.share is not None]
    chosen: list[UnitPath] = [path for path in shown if len(path) == 1]
    if len(chosen) < FEWEST:
        above = {path[:depth] for path in shown for depth in range(1, len(path))}
        chosen = [path for path in shown if path not in above]
    return {written(path): cells[path] for path in chosen}


def _towards(share: float, target: float) -> float:
    """A share moved by its rounding towards the target."""
    if abs(share - target) <= ROUNDING:
        return target
    return share - ROUNDING if share > target else share + ROUNDING
