"""Units × measures: the number in every open cell, colour only for what stands out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import Color
from reportlab.lib.utils import simpleSplit

from reports.charts.marks import Canvas
from reports.style import BOLD, INK, MEDIUM, MUTED, NEWS_COLOURS, PALE, REGULAR, WIDTH, mix

HEAD = 40.0
ROOM = 560.0


@dataclass(frozen=True)
class HeatCell:
    """One cell: the number as printed (a dash when closed), whether it stands out above (1) or
    below (-1) the organisation, and whether that is good (1) or bad (-1) news."""

    printed: str
    direction: int = 0
    news: int = 0
    closed: bool = False


@dataclass(frozen=True)
class HeatRow:
    """One unit with its cells; the organisation itself is ``strong``."""

    name: str
    answers: str
    cells: tuple[HeatCell, ...]
    strong: bool = False


def heat_map(columns: Sequence[str], rows: Sequence[HeatRow], heads: tuple[str, str]) -> Drawing:
    """A heat map of ``rows`` × ``columns``; ``heads`` are the words for unit and answers."""
    name_width, n_width = 124.0, 46.0
    height = min(30.0, max(21.0, ROOM / max(1, len(rows))))
    cell = (WIDTH - name_width - n_width) / max(1, len(columns))
    canvas = Canvas(WIDTH, HEAD + height * len(rows) + 2)
    canvas.text(0, HEAD - 8, heads[0], size=7.8, font=MEDIUM, colour=MUTED)
    canvas.text(name_width + n_width - 10, HEAD - 8, heads[1], size=7.8, font=MEDIUM, colour=MUTED, anchor="end")
    for place, column in enumerate(columns):
        middle = name_width + n_width + (place + 0.5) * cell
        lines = [
            part for word in column.split(" ") for part in simpleSplit(word.replace("-", "- "), MEDIUM, 6.8, cell)
        ][:4]
        for number, line in enumerate(lines):
            y = HEAD - 8 - (len(lines) - 1 - number) * 8.6
            canvas.text(middle, y, line, size=6.8, font=MEDIUM, colour=MUTED, anchor="middle")
    for number, row in enumerate(rows):
        y = HEAD + number * height
        base = y + height / 2 + 3
        font = BOLD if row.strong else MEDIUM
        name = simpleSplit(row.name, font, 8.4, name_width - 6)
        canvas.text(0, base, name[0] + ("…" if len(name) > 1 else ""), size=8.4, font=font)
        canvas.text(name_width + n_width - 10, base, row.answers, size=8, colour=MUTED, anchor="end")
        for place, entry in enumerate(row.cells):
            x = name_width + n_width + place * cell
            canvas.box(x + 0.7, y + 0.7, cell - 1.4, height - 1.4, fill=_fill(entry), round_by=2)
            canvas.text(
                x + cell / 2 - (2.5 if entry.direction else 0),
                base,
                entry.printed,
                size=8.4,
                font=BOLD if row.strong or entry.direction else REGULAR,
                colour=MUTED if entry.closed else INK,
                anchor="middle",
            )
            if entry.direction:
                canvas.verdict(x + cell - 6.5, base - 3, entry.direction, colour=NEWS_COLOURS[entry.news], size=2.3)
    return canvas.drawing()


def _fill(entry: HeatCell) -> Color:
    return mix(NEWS_COLOURS[entry.news], 0.28) if entry.direction else PALE
