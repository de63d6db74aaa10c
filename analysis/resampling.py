"""Bootstrap intervals that stay quick in large organisations.

With more respondents than :data:`MOST_DRAWN`, so many of them, picked once, are drawn from again and again, and
the spread of what comes out is brought back to everybody: errors go with the square root of the number of people
(the rescaled m out of n bootstrap; Bickel, Götze and van Zwet 1997, Statistica Sinica 7, pages 1-31).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.estimate import Interval

#: More respondents than this are stood for by so many of them.
MOST_DRAWN = 5_000


@dataclass(frozen=True)
class Pool:
    """Who is drawn from: ``rows`` of the respondents, all or :data:`MOST_DRAWN` of them; ``shrink``: √(rows / n)."""

    rows: npt.NDArray[np.int64]
    shrink: float

    def interval(self, draws: npt.NDArray[Any], of_pool: float, of_all: float, level: float = 0.95) -> Interval:
        """The percentile interval around ``of_all``; ``draws`` and ``of_pool`` are of the pool."""
        low, high = (float(bound) for bound in np.quantile(draws, [(1 - level) / 2, (1 + level) / 2]))
        if self.shrink == 1:
            return Interval(low, high)
        return Interval(of_all + self.shrink * (low - of_pool), of_all + self.shrink * (high - of_pool))


def pool_of(n: int, rng: np.random.Generator) -> Pool:
    """The pool of ``n`` respondents; everybody, and no random number taken, up to :data:`MOST_DRAWN`."""
    if n <= MOST_DRAWN:
        return Pool(np.arange(n), 1.0)
    return Pool(np.sort(rng.choice(n, MOST_DRAWN, replace=False)), math.sqrt(MOST_DRAWN / n))
