"""Attacking released files, from whatever source: what can be derived from their figures, and how.

The files are attacked together, wave by wave and measure by measure. Two readers try: one who supposes
nothing about blanks, and one who supposes that no blank is empty. Both suppose that everybody is in one of
the units and categories that are named, as long as the figures do not show otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.disclosure.audit_findings import Finding, Terms
from analysis.disclosure.audit_wave import WaveAudit
from analysis.disclosure.plan import RESPONSE, Place
from analysis.disclosure.released_figures import Conflict, is_known, join_cells
from analysis.disclosure.released_files import ReleasedCell
from analysis.disclosure.released_lattice import Gap
from analysis.errors import InputError, listed
from analysis.units import natural_order

Tell = Callable[[float], None]


@dataclass(frozen=True)
class Audit:
    """What the attacks on all files came to; safe when there are neither findings nor conflicts.

    ``narrowest`` is the smallest width left to the number of people of a closed group that may be small.
    ``hidden`` says by wave where there may be people in nothing that is named. ``without_mean`` are measures of
    which the mean was not attacked, since nobody told their scale; ``unknown`` are measures that the catalogue
    of instruments does not have.
    """

    conflicts: tuple[Conflict, ...]
    findings: tuple[Finding, ...]
    cells: int
    closed: int
    waves: tuple[str, ...]
    measures: tuple[str, ...]
    attacks: int
    narrowest: int | None
    hidden: Mapping[str, frozenset[Gap]]
    without_mean: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def safe(self) -> bool:
        """Whether nothing can be derived that should not be."""
        return not self.conflicts and not self.findings


def audit(cells: Sequence[ReleasedCell], terms: Terms, tell: Tell = lambda part: None) -> Audit:
    """Attacks everything in ``cells``; ``tell`` hears how far it is, from 0 to 1.

    Where two files print figures of one group that no answers can be behind at once, the files of that wave
    are attacked one by one. Raises :class:`InputError` when figures contradict each other.
    """
    joined = join_cells(cells)
    waves = tuple(sorted({key.wave for key in joined.cells}, key=natural_order))
    measures = tuple(dict.fromkeys(key.measure for key in joined.cells))
    attacked = [part for wave in waves for part in _parts(wave, cells, joined.conflicts, terms)]
    findings: list[Finding] = []
    for number, part in enumerate(attacked):
        findings += part.attack(lambda share, done=number: tell((done + share) / len(attacked)))  # type: ignore[misc]
    widths = [part.narrowest for part in attacked if part.narrowest is not None]
    return Audit(
        conflicts=joined.conflicts,
        findings=tuple(dict.fromkeys(findings)),
        cells=len(joined.cells),
        closed=sum(joint is None for joint in joined.cells.values()),
        waves=waves,
        measures=measures,
        attacks=sum(part.attacks for part in attacked),
        narrowest=min(widths, default=None),
        hidden={part.wave: part.hidden for part in attacked},
        without_mean=tuple(dict.fromkeys(measure for part in attacked for measure in part.without_mean)),
        unknown=tuple(measure for measure in measures if measure != RESPONSE and not is_known(measure)),
    )


def place_headcounts(
    counted: Mapping[tuple[str, Place], int], cells: Sequence[ReleasedCell], path: Path
) -> tuple[dict[tuple[str, Place], int], int]:
    """Head counts by wave and place, and how many of them are about groups that no file names.

    Without waves they are about the one wave that is divided into groups. Raises :class:`InputError` when
    there are more of those.
    """
    named = {(cell.key.wave, cell.key.place) for cell in cells}
    waves = sorted({wave for wave, _ in named}, key=natural_order)
    divided = [wave for wave in waves if any(of == wave and place != Place() for of, place in named)] or waves
    if any(not wave for wave, _ in counted) and len(divided) > 1:
        raise InputError(
            f"{path}: does not say which wave it counts, and there are {listed(divided)}; add a column 'wave'"
        )
    found = {(wave or divided[0], place): number for (wave, place), number in counted.items()}
    return {key: number for key, number in found.items() if key in named}, len(found.keys() - named)


def _parts(wave: str, cells: Sequence[ReleasedCell], conflicts: Sequence[Conflict], terms: Terms) -> list[WaveAudit]:
    """What is attacked of a wave: all files together, or each by itself."""
    of_wave = [cell for cell in cells if cell.key.wave == wave]
    groups = [of_wave]
    if any(conflict.apart for conflict in conflicts if conflict.key.wave == wave):
        groups = [[cell for cell in of_wave if cell.file == file] for file in dict.fromkeys(c.file for c in of_wave)]
    return [WaveAudit(wave, group, terms) for group in groups]
