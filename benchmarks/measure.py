"""CPU time and memory of a piece of work."""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Work = Callable[[], object]
Tick = Callable[[str], None]


@dataclass(frozen=True)
class Measurement:
    """What one benchmark found; times in CPU seconds, memory in megabytes.

    ``memory`` is what the product allocates on top of its input, at its highest. ``promise``
    says what we hold ourselves to and ``kept`` whether this run does; both empty without one.
    """

    name: str
    work: str
    product: float
    floor: float
    memory: float
    promise: str = ""
    kept: bool | None = None

    @property
    def ratio(self) -> float:
        """How many times the floor the product takes."""
        return self.product / self.floor


def cpu_minima(works: Mapping[str, Work], rounds: int, tick: Tick) -> dict[str, float]:
    """The smallest CPU time of each of ``works`` over ``rounds`` rounds, in which all take turns.

    Other programs can only make a run take longer, never shorter, so the minimum is what the
    work costs; taking turns keeps a change in their load from favouring one of the works.
    """
    if rounds < 1:
        raise ValueError("measuring takes at least one round")
    best = dict.fromkeys(works, float("inf"))
    for number in range(1, rounds + 1):
        tick(f"round {number} of {rounds}")
        for name, work in works.items():
            gc.collect()
            start = time.process_time()
            work()
            best[name] = min(best[name], time.process_time() - start)
    return best


def peak_megabytes(work: Work) -> float:
    """The most memory that ``work`` has allocated at any moment, by Python's own account."""
    gc.collect()
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()
