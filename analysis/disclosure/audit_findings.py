"""What an audit starts from and what it finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from analysis.disclosure.gate import INSIDERS
from analysis.disclosure.knowledge import PEOPLE
from analysis.disclosure.plan import Place

Kind = Literal["printed", "absent", "narrow", "pinned", "one_mind", "insider", "unproven"]


@dataclass(frozen=True)
class Terms:
    """The promise under attack, and what the reader knows besides the files.

    ``invited`` are head counts by wave and place. ``scales`` and ``sensitive`` tell of measures that the
    catalogue of instruments does not know: the ends of their scale, and which are about health or care.
    """

    k: int = 10
    invited: Mapping[tuple[str, Place], int] = field(default_factory=dict)
    scales: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    sensitive: frozenset[str] = frozenset()

    @property
    def smallest(self) -> int:
        """The smallest group that may be open."""
        return self.k + INSIDERS


@dataclass(frozen=True)
class Finding:
    """What can be derived: ``quantity`` of a group lies between ``low`` and ``high``.

    ``printed``: a group is open that is too small. ``absent``: so many of the invited people did not answer.
    ``unproven``: the attack on a measure came to no end. The others are those of
    :class:`~analysis.disclosure.knowledge.Breach`. It follows from the printed figures of ``how``; with
    ``supposing`` only for who supposes that no blank is empty. Yes-answers are counted, points above the
    lowest score measured in parts of which ``one_point`` make a point; one person has at most ``step``.
    """

    kind: Kind
    wave: str
    measure: str
    place: Place
    quantity: str = PEOPLE
    low: int = 0
    high: int = 0
    how: tuple[Place, ...] = ()
    supposing: bool = False
    step: int = 1
    one_point: int = 1
