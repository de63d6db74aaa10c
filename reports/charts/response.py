"""Who answered: response by unit, and respondents next to the roster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.graphics.shapes import Drawing

from reports.charts.marks import Canvas, Scale, heading, shortened
from reports.style import ACCENT, BOLD, HAIR, INK, MEDIUM, MUTED, REGULAR, RULE, WIDTH, text_width

ROW = 19.0

#: The width of a name, and where two columns of numbers end: between them is room for a band of large numbers.
_NAME, _INVITED, _ANSWERS = 144.0, 180.0, 250.0


@dataclass(frozen=True)
class ResponseRow:
    """One unit or category: invited, answers and response, as printed and as a range in percent."""

    name: str
    invited: str
    answers: str
    printed: str
    low: float | None
    high: float | None
    strong: bool = False


def response_chart(rows: Sequence[ResponseRow], heads: tuple[str, str, str, str]) -> Drawing:
    """Response in percent on one axis from 0 to 100; a bar of a band, a dot for a number."""
    head = 18.0
    canvas = Canvas(WIDTH, head + ROW * len(rows) + 18)
    scale = Scale(0, 100, 262, WIDTH - 52)
    bottom = head + ROW * len(rows)
    canvas.axis(scale, head, bottom, [0, 25, 50, 75, 100], ["0%", "25%", "50%", "75%", "100%"])
    for x, text, anchor in ((0, heads[0], "start"), (_INVITED, heads[1], "end"), (_ANSWERS, heads[2], "end")):
        heading(canvas, x, 10, text, anchor)
    heading(canvas, WIDTH, 10, heads[3], "end")
    for number, row in enumerate(rows):
        middle = head + (number + 0.5) * ROW
        canvas.line(0, middle + ROW / 2, WIDTH, middle + ROW / 2, colour=HAIR)
        canvas.label(0, middle + 3, row.name, _NAME, size=8.4)
        canvas.text(_INVITED, middle + 3, row.invited, size=8.4, colour=MUTED, anchor="end")
        canvas.text(_ANSWERS, middle + 3, row.answers, size=8.4, colour=MUTED, anchor="end")
        canvas.text(WIDTH, middle + 3, row.printed, size=8.6, font=BOLD if row.strong else MEDIUM, anchor="end")
        if row.low is None or row.high is None:
            continue
        colour = INK if row.strong else ACCENT
        if row.low == row.high:
            canvas.dot(scale(row.low), middle, 3.8, colour=colour)
        else:
            width = scale(row.high) - scale(row.low)
            canvas.box(scale(row.low), middle - 3, width, 6, fill=colour, round_by=min(3.0, width / 2))
    return canvas.drawing()


@dataclass(frozen=True)
class MixRow:
    """One category: its share of the roster and of the respondents, in percent."""

    name: str
    roster: int | None
    answered: int | None


def mix_chart(title: str, rows: Sequence[MixRow], words: tuple[str, str], *, width: float) -> Drawing:
    """Respondents (dots) next to the roster (ticks), category by category."""
    head = 32.0
    canvas = Canvas(width, head + ROW * len(rows) + 16)
    canvas.text(0, 9, shortened(title, BOLD, 9, width), size=9, font=BOLD)
    drawn = [share for row in rows for share in (row.roster, row.answered) if share is not None]
    top = min(100, 20 * (max(drawn, default=100) // 20 + 1))
    scale = Scale(0, top, 74, width - 14)
    canvas.line(scale.start + 4, 16.5, scale.start + 4, 25.5, colour=INK, width=1.5)
    canvas.text(scale.start + 11, 23.6, words[0], size=7.2, colour=MUTED)
    second = scale.start + 24 + text_width(words[0], REGULAR, 7.2)
    canvas.dot(second, 21, 3.2, colour=ACCENT)
    canvas.text(second + 7, 23.6, words[1], size=7.2, colour=MUTED)
    bottom = head + ROW * len(rows)
    ticks = [0.0, top / 2, float(top)]
    canvas.axis(scale, head, bottom, ticks, [f"{tick:.0f}%" for tick in ticks])
    for number, row in enumerate(rows):
        middle = head + (number + 0.5) * ROW
        canvas.label(0, middle + 3, row.name, 68, size=8.2)
        if row.roster is not None and row.answered is not None:
            canvas.line(scale(row.roster), middle, scale(row.answered), middle, colour=RULE, width=2)
        if row.roster is not None:
            canvas.line(scale(row.roster), middle - 6, scale(row.roster), middle + 6, colour=INK, width=1.5)
        if row.answered is not None:
            canvas.dot(scale(row.answered), middle, 3.8, colour=ACCENT)
    return canvas.drawing()
