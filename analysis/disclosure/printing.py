"""All cells of a measure rounded at once, and what a reader can make of the rounded figures.

The rules of rounding are those of :mod:`analysis.disclosure.rounding`, here for arrays over cells.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analysis.disclosure.knowledge import Flags, Layer, Numbers
from analysis.disclosure.rounding import BAND, EXACT_FROM

#: Stands for a figure that is not printed.
NOTHING = np.iinfo(np.int64).min

#: Shares are told apart as finely as this: less than one answer in any organisation of fewer people.
_EXACTLY = 2 * 10**6

#: A count of people that nobody knows.
UNKNOWN = -1


@dataclass(frozen=True)
class Printed:
    """What would be printed of each cell, arrays of shape ``(cells,)``.

    ``n_low`` and ``n_high``: the number of answers or its band. ``share``: whole percent, ``tenths``: the
    mean in tenths, both :data:`NOTHING` for a measure without.
    """

    n_low: Numbers
    n_high: Numbers
    share: Numbers
    tenths: Numbers


def print_people(n: Numbers, smallest: int, invited: Numbers) -> tuple[Numbers, Numbers]:
    """Bounds on the printed number of answers: exact from 30, below in bands of five from ``smallest`` up.

    Where all but ``k`` of the ``invited`` answered, or more (:data:`UNKNOWN` where nobody knows how many there
    are), the band reaches from ``k`` absentees to none: the employer, who knows who is away, must not learn
    how many of a few did not answer, nor that it was nobody (disclosure rule 8).
    """
    low, high = n.copy(), n.copy()
    band = n < EXACT_FROM
    low[band] = np.maximum(n[band] // BAND * BAND, np.minimum(smallest, n[band]))
    high[band] = n[band] // BAND * BAND + BAND - 1
    absent = invited - n
    nearly = (invited != UNKNOWN) & (absent >= 0) & (absent < smallest)
    low[nearly] = np.maximum(np.minimum(smallest, n[nearly]), (invited - (smallest - 1))[nearly])
    high[nearly] = invited[nearly]
    known = invited >= n
    high[known] = np.minimum(high[known], invited[known])
    return low, high


def blur_asked(n: Numbers, printed: Printed, base: Printed, few: Flags, smallest: int) -> Printed:
    """The ``printed`` figures of those who are asked something because they said yes to something else.

    Where the number behind the share of yes-answers (``base``) is a band because ``few`` were absent, theirs is
    what that share and that band say of the yes-answers by themselves: a number next to them would give away the
    number behind the share.
    """
    share = np.maximum(base.share, 0)
    fewest = np.maximum(smallest, -((1 - 2 * share) * base.n_low // 200))
    most = ((2 * share + 1) * base.n_high - 1) // 200
    within = few & (n >= fewest)
    return replace(
        printed,
        n_low=np.where(within, fewest, printed.n_low),
        n_high=np.where(within, np.maximum(most, n), printed.n_high),
    )


def print_share(yes: Numbers, n: Numbers) -> Numbers:
    """Shares in whole percent, a half upwards; :data:`NOTHING` where nobody answered."""
    return np.where(n > 0, (200 * yes + n) // np.maximum(2 * n, 1), NOTHING)


def print_tenths(total: Numbers, n: Numbers, denominator: int) -> Numbers:
    """Means in tenths, a half away from zero; :data:`NOTHING` where nobody answered."""
    base = np.maximum(2 * n * denominator, 1)
    size = (20 * np.abs(total) + n * denominator) // base
    return np.where(n > 0, np.sign(total) * size, NOTHING)


def exact_yes_layer(yes: Numbers, n: Numbers, printed: Flags) -> Layer:
    """Yes-answers that a reader knows exactly where they are ``printed``: how many carers there are shows in the
    number of answers to what only carers are asked."""
    size = np.maximum(n, 1)
    low = np.where(printed, _EXACTLY * yes // size, 0)
    high = np.where(printed, -(-_EXACTLY * yes // size), _EXACTLY)
    return Layer("yes", 0, 1, _EXACTLY, low, high, np.zeros(yes.size, dtype=np.int64))


def yes_layer(share: Numbers, printed: Flags) -> Layer:
    """What printed shares say of yes-answers: ``(2 p - 1) n <= 200 y < (2 p + 1) n``."""
    low, high = np.zeros(share.size, dtype=np.int64), np.full(share.size, 200, dtype=np.int64)
    strict = np.zeros(share.size, dtype=np.int64)
    low[printed] = np.maximum(2 * share[printed] - 1, 0)
    high[printed] = np.minimum(2 * share[printed] + 1, 200)
    strict[printed] = 2 * share[printed] + 1 <= 200
    return Layer("yes", 0, 1, 200, low, high, strict)


def points_layer(tenths: Numbers, printed: Flags, bounds: tuple[int, int], denominator: int) -> Layer:
    """What printed means say of score points, counted in units of ``1 / denominator``.

    ``(2 m - 1) d n <= 20 v < (2 m + 1) d n`` for a mean of ``m`` tenths; both ends count where ``m`` is 0 or
    below, since a half is rounded away from zero.
    """
    bottom, top = bounds[0] * denominator, bounds[1] * denominator
    low = np.full(tenths.size, 20 * bottom, dtype=np.int64)
    high = np.full(tenths.size, 20 * top, dtype=np.int64)
    strict = np.zeros(tenths.size, dtype=np.int64)
    low[printed] = np.maximum((2 * tenths[printed] - 1) * denominator, 20 * bottom)
    above = (2 * tenths[printed] + 1) * denominator
    high[printed] = np.minimum(above, 20 * top)
    strict[printed] = (above <= 20 * top) & (tenths[printed] > 0)
    return Layer("points", bottom, top, 20, low, high, strict)


def certainly_of_one_mind(printed: Printed) -> Flags:
    """Where the printed share by itself shows that at most one said yes, or at most one said no.

    Only what is printed counts (disclosure rule 5): a share that leaves two possible closes nothing, so that
    an open figure says no more than its digits.
    """
    most_yes = np.zeros(printed.share.size, dtype=np.int64)
    most_no = most_yes.copy()
    for more in range(int((printed.n_high - printed.n_low).max(initial=0)) + 1):
        n = np.minimum(printed.n_low + more, printed.n_high)
        share = np.maximum(printed.share, 0)
        fewest = np.maximum(0, -((1 - 2 * share) * n // 200))
        most = np.minimum(n, ((2 * share + 1) * n - 1) // 200)
        fits = fewest <= most
        most_yes = np.where(fits, np.maximum(most_yes, most), most_yes)
        most_no = np.where(fits, np.maximum(most_no, n - fewest), most_no)
    found: Flags = (printed.share != NOTHING) & ((most_yes <= 1) | (most_no <= 1))
    return found
