"""Numbers and dates as a reader expects them, in Dutch and in English."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from instruments.model import Language

MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"

_MONTHS: dict[Language, tuple[str, ...]] = {
    "nl": (
        "januari", "februari", "maart", "april", "mei", "juni",
        "juli", "augustus", "september", "oktober", "november", "december",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
}  # fmt: skip


class Numbers:
    """Formats for one language."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._comma, self._point = (",", ".") if language == "nl" else (".", ",")

    def integer(self, number: int) -> str:
        """``1240`` as 1.240 or 1,240; negative numbers with a true minus."""
        return f"{number:,}".replace(",", self._point).replace("-", MINUS)

    def decimal(self, number: Decimal | float, decimals: int) -> str:
        """A number with a fixed number of decimals."""
        text = f"{number:,.{decimals}f}".replace("-", MINUS)
        return text.translate(str.maketrans(",.", self._point + self._comma))

    def percent(self, share: int | float | Decimal, decimals: int = 0) -> str:
        """A share in percent: 24% or 23,1%."""
        return f"{self.decimal(share, decimals)}%"

    def percent_range(self, low: float, high: float) -> str:
        """An interval of shares: 22–28%."""
        return f"{self.decimal(low, 0)}{DASH}{self.decimal(high, 0)}%"

    def range(self, low: Decimal, high: Decimal, decimals: int) -> str:
        """An interval of means: 2,9–3,2."""
        return f"{self.decimal(low, decimals)}{DASH}{self.decimal(high, decimals)}"

    def signed(self, number: float, decimals: int = 0) -> str:
        """A difference with its sign: +4, −3, 0."""
        text = self.decimal(abs(number), decimals)
        if float(f"{number:.{decimals}f}") == 0:
            return text
        return f"{'+' if number > 0 else MINUS}{text}"

    def answers(self, low: int | None, high: int | None) -> str:
        """A number of answers or its band: 742 or 15–19."""
        if low is None or high is None:
            return DASH
        return self.integer(low) if low == high else f"{self.integer(low)}{DASH}{self.integer(high)}"

    def date(self, day: dt.date) -> str:
        """23 november 2026, or 23 November 2026."""
        return f"{day.day} {_MONTHS[self._language][day.month - 1]} {day.year}"

    def period(self, first: dt.date, last: dt.date) -> str:
        """From one day to another, without repeating month and year."""
        if first == last:
            return self.date(first)
        parts = self.date(first).split(" ")
        same = [first.month == last.month and first.year == last.year, first.year == last.year]
        kept = parts[: 1 if same[0] else 2 if same[1] else 3]
        return f"{' '.join(kept)} {DASH} {self.date(last)}"
