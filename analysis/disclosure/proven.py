"""What needs no second attack, while a pattern of closed cells grows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from analysis.disclosure.knowledge import Breach, Flags, Targets


class Proven:
    """Closed cells of each measure that the attacker failed at, on the last pattern that he attacked.

    Whoever sees fewer figures finds out no more: every world that fits the figures still fits when some of
    them are taken away. So on a pattern with more closed cells only these others need another attack.
    """

    def __init__(self) -> None:
        self._last: dict[str, tuple[Flags, Flags]] = {}

    def without(self, measure: str, closed: Flags, targets: Targets) -> Targets:
        """The targets that are not proven safe yet."""
        before, safe = self._last.get(measure, (closed, np.zeros_like(closed)))
        if (before & ~closed).any():
            return targets
        return replace(targets, answers=targets.answers & ~safe, mind=targets.mind & ~safe)

    def learn(self, measure: str, closed: Flags, targets: Targets, found: Sequence[Breach]) -> None:
        """Notes what was attacked without success."""
        safe = closed & (targets.answers | targets.mind)
        safe[[breach.cell for breach in found]] = False
        self._last[measure] = (closed, safe)
