"""Dot and interval: one row a figure, with the national figure, last wave and the verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import Color

from reports.charts.marks import Canvas, Scale, heading, strong
from reports.style import ACCENT, BAND, HAIR, INK, MEDIUM, MUTED, NEITHER, NEWS_COLOURS, WIDTH

ROW = 28.5
PLAIN_ROW = 18.5
LABEL_WIDTH = 158.0

#: Last wave stands a little above this one, so that neither hides the other.
RAISED = 6.5


@dataclass(frozen=True)
class DotRow:
    """One row. Values in percent (or on the axis's own scale); ``None`` draws nothing.

    ``direction`` and ``news`` are those of the verdict; ``printed`` is the value as printed,
    ``verdict`` the word and ``difference`` the signed difference as printed.
    """

    label: str
    note: str
    value: float | None
    low: float | None
    high: float | None
    printed: str
    official: float | None = None
    official_low: float | None = None
    official_high: float | None = None
    official_printed: str = ""
    official_year: str = ""
    before: float | None = None
    reference: float | None = None
    direction: int = 0
    news: int = 0
    difference: str = ""
    verdict: str = ""


@dataclass(frozen=True)
class DotHeads:
    """Column headings, in the reader's language."""

    label: str
    axis: str
    value: str
    official: str = ""
    difference: str = ""


def dot_chart(
    rows: Sequence[DotRow],
    heads: DotHeads,
    *,
    width: float = WIDTH,
    axis: tuple[float, float] | None = None,
    tick: str = "{:.0f}%",
    step: float | None = None,
    label_width: float = LABEL_WIDTH,
) -> Drawing:
    """A dot-and-interval chart; the columns for comparison appear when a row has one."""
    compared = any(row.difference or row.official_printed for row in rows)
    row_height = ROW if any(row.note for row in rows) else PLAIN_ROW
    top = 20.0
    canvas = Canvas(width, top + row_height * len(rows) + 20)
    low, high = axis or common_axis(rows)
    right = width - (172.0 if compared else 44.0)
    scale = Scale(low, high, label_width + 8, right)
    ticks = _ticks(low, high, step)
    bottom = top + row_height * len(rows)
    canvas.axis(scale, top, bottom, ticks, [tick.format(value) for value in ticks])
    heading(canvas, 0, 10, heads.label)
    heading(canvas, scale.start, 10, heads.axis)
    heading(canvas, right + 44, 10, heads.value, "end")
    if compared:
        heading(canvas, right + 94, 10, heads.official, "end")
        heading(canvas, width, 10, heads.difference, "end")
    canvas.line(0, top, width, top, colour=BAND, width=0.7)
    for place, row in enumerate(rows):
        y = top + place * row_height
        canvas.line(0, y + row_height, width, y + row_height, colour=HAIR)
        _draw_row(canvas, row, y + row_height / 2, scale, label_width, right, compared)
    return canvas.drawing()


def _draw_row(
    canvas: Canvas, row: DotRow, middle: float, scale: Scale, label_width: float, right: float, compared: bool
) -> None:
    if row.note:
        below = canvas.label(0, middle - 1.5, row.label, label_width, size=9.0)
        canvas.text(0, below, row.note, size=7.0, colour=MUTED)
    else:
        canvas.label(0, middle + 3, row.label, label_width, size=8.6)
    colour = NEWS_COLOURS[row.news] if row.direction else NEITHER
    draw_marks(canvas, row, middle, scale, colour)
    strong(canvas, right + 44, middle + 3.2, row.printed, "end", size=10)
    if not compared:
        return
    if row.official_printed:
        line = middle - 0.5 if row.official_year else middle + 3.2
        canvas.text(right + 94, line, row.official_printed, size=9, font=MEDIUM, anchor="end")
        canvas.text(right + 94, middle + 8.8, row.official_year, size=6.8, colour=MUTED, anchor="end")
    if row.difference and not row.verdict:
        canvas.text(canvas.width, middle + 3.2, row.difference, size=9, font=MEDIUM, anchor="end")
    elif row.difference:
        canvas.verdict(right + 108, middle, row.direction, colour=colour)
        canvas.text(canvas.width, middle - 0.5, row.difference, size=9.2, font=MEDIUM, colour=colour, anchor="end")
        canvas.text(canvas.width, middle + 8.8, row.verdict, size=6.8, colour=colour, anchor="end")
    elif row.verdict:
        canvas.text(canvas.width, middle + 2.6, row.verdict, size=7.2, colour=MUTED, anchor="end")


def draw_marks(canvas: Canvas, row: DotRow, middle: float, scale: Scale, colour: Color) -> None:
    """The national band and line, last wave's hollow dot, the interval and the dot of one row."""
    if row.official is not None:
        if row.official_low is not None and row.official_high is not None:
            start, end = scale(row.official_low), scale(row.official_high)
            canvas.box(start, middle - 8, max(end - start, 1.6), 16, fill=BAND)
        canvas.line(scale(row.official), middle - 9.5, scale(row.official), middle + 9.5, colour=INK, width=1.5)
    if row.reference is not None:
        x = scale(row.reference)
        canvas.line(x, middle - 9.5, x, middle + 9.5, colour=ACCENT, width=1.0, dash=(2, 2))
    if row.before is not None:
        canvas.dot(scale(row.before), middle - RAISED, 2.5, colour=MUTED, hollow=True)
    if row.low is not None and row.high is not None:
        canvas.interval(scale(row.low), scale(row.high), middle, colour=colour)
    if row.value is not None:
        canvas.dot(scale(row.value), middle, 4.3, colour=colour)


def common_axis(rows: Sequence[DotRow]) -> tuple[float, float]:
    """An axis from zero, in twenties, with room for everything that is drawn."""
    drawn = [
        value
        for row in rows
        for value in (row.high, row.value, row.before, row.official_high, row.reference)
        if value is not None
    ]
    return 0.0, max(20.0, min(100.0, math.ceil((max(drawn, default=99) + 1) / 20) * 20))


def _ticks(low: float, high: float, step: float | None) -> list[float]:
    step = step or next(size for size in (5, 10, 20, 25) if (high - low) / size <= 6)
    count = math.floor((high - low) / step + 1e-9)
    return [low + step * place for place in range(count + 1)]
