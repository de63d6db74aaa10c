"""Many comparisons at once: how many of them may be called a difference.

Thirty units of equal quality give one or two "significant" ones at 5% each. Two remedies, for two
kinds of question, settled before the results are seen:

* *one indicator, all units* is a search: Benjamini and Hochberg's procedure, which bounds the
  expected part of the named units that is named by chance;
* *the few headlines named beforehand* are each read on their own: Holm's procedure, which bounds
  the chance of even one false headline, however the tests hang together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Adjusted:
    """``p[i]``: the adjusted p-value of test i, in the order of the input; ``rejected[i]``: whether it counts.

    An adjusted p-value is the lowest level at which the whole procedure would still reject that test.
    """

    p: tuple[float, ...]
    rejected: tuple[bool, ...]


def benjamini_hochberg(p: ArrayLike, level: float = 0.05) -> Adjusted:
    """The step-up procedure that keeps the false discovery rate at ``level`` or below.

    For use within one indicator, over its units (Benjamini and Hochberg 1995,
    doi 10.1111/j.2517-6161.1995.tb02031.x). Proven for independent tests; units share the
    organisation's total, which hardly matters with more than a few of them.

    Raises ``ValueError`` for no tests, and for a p-value or a level that is not between 0 and 1.
    """
    return _adjust(p, level, "fdr_bh")


def holm(p: ArrayLike, level: float = 0.05) -> Adjusted:
    """The step-down procedure that keeps the chance of one or more false rejections at ``level`` or below.

    For headlines named beforehand; valid under any dependence (Holm 1979, "A simple sequentially
    rejective multiple test procedure", Scandinavian Journal of Statistics 6, pages 65–70).

    Raises ``ValueError`` like ``benjamini_hochberg``.
    """
    return _adjust(p, level, "holm")


def _adjust(p: ArrayLike, level: float, method: str) -> Adjusted:
    values = np.asarray(p, dtype=np.float64)
    if values.ndim != 1 or values.size == 0:
        raise ValueError("give a list of one p-value or more")
    if not np.all((values >= 0) & (values <= 1)):  # also refuses what is not a number
        raise ValueError("every p-value must lie between 0 and 1: leave out tests that were not done")
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not {level}")
    from statsmodels.stats.multitest import multipletests  # slow to import

    rejected, adjusted, _, _ = multipletests(values, alpha=level, method=method)
    return Adjusted(tuple(float(value) for value in adjusted), tuple(bool(value) for value in rejected))
