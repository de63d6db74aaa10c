"""Canonical rounding: made once, before anything is stored or drawn."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from analysis.estimate import Interval, share_interval

#: From this base on the number of answers is printed as it is, below it in bands of five.
EXACT_FROM = 30
BAND = 5


def round_half_up(value: Fraction, decimals: int = 0) -> Decimal:
    """``value`` with ``decimals`` decimals; a half goes away from zero."""
    scaled = abs(value) * 10**decimals
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(whole if value >= 0 else -whole).scaleb(-decimals)


def n_band(n: int, smallest: int = 1) -> tuple[int, int]:
    """What is printed for a base of ``n``: ``(n, n)``, or a band of five below 30.

    The first band begins at ``smallest``, since no smaller group is printed.
    """
    if n >= EXACT_FROM:
        return n, n
    low = n // BAND * BAND
    return max(low, min(smallest, n)), low + BAND - 1


def possible_counts(share: int, n_low: int, n_high: int) -> list[tuple[int, int, int]]:
    """``(n, fewest, most)``: the yes-counts that print as ``share`` percent, for each n in the band."""
    fits = []
    for n in range(max(1, n_low), n_high + 1):
        fewest = max(0, -((1 - 2 * share) * n // 200))  # smallest y with 100 y / n >= share - 1/2
        most = min(n, ((2 * share + 1) * n - 1) // 200)  # largest y with 100 y / n < share + 1/2
        if fewest <= most:
            fits.append((n, fewest, most))
    return fits


def printed_share_interval(share: int, n_low: int, n_high: int, population: int | None) -> tuple[int, int]:
    """The 95% interval in whole percent, from what is printed and nothing else.

    It covers the predictive interval of every yes-count and every base that fit the printed
    share and the printed number of answers, rounded outwards. So it tells a reader no more
    about the group than the share itself does.
    """
    lows, highs = [], []
    for n, fewest, most in possible_counts(share, n_low, n_high):
        people = None if population is None else max(population, n)
        lows.append(share_interval(fewest, n, people).low)
        highs.append(share_interval(most, n, people).high)
    return _outwards(Interval(100 * min(lows), 100 * max(highs)), Fraction(1), 0, 100)


def printed_mean_interval(interval: Interval, low: int, high: int) -> tuple[Decimal, Decimal]:
    """Bounds in tenths, rounded outwards and kept within the scale."""
    tenths = _outwards(interval, Fraction(1, 10), low, high)
    return Decimal(tenths[0]).scaleb(-1), Decimal(tenths[1]).scaleb(-1)


def _outwards(interval: Interval, step: Fraction, low: int, high: int) -> tuple[int, int]:
    # A bound that is a whole number of steps but for the last bits of a float must not move.
    tolerance = 1e-9
    floor = int((Fraction(interval.low + tolerance) / step).__floor__())
    ceiling = int((Fraction(interval.high - tolerance) / step).__ceil__())
    return max(floor, int(low / step)), min(ceiling, int(high / step))
