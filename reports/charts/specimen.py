"""The annotated specimen: how to read the chart used throughout, on invented numbers."""

from __future__ import annotations

from reportlab.graphics.shapes import Drawing

from reports.charts.dots import RAISED, DotRow, draw_marks
from reports.charts.marks import Canvas, Scale
from reports.style import ACCENT, MEDIUM, MUTED, PALE, RULE, WIDTH, WORSE


def specimen(notes: dict[str, str]) -> Drawing:
    """One row of the chart, enlarged, with a note at each mark.

    ``notes`` has the keys ``dot``, ``interval``, ``official``, ``band``, ``before``, ``axis``.
    """
    canvas = Canvas(WIDTH, 184)
    canvas.box(0, 0, WIDTH, 184, fill=PALE, round_by=6)
    scale = Scale(10, 40, 60, WIDTH - 60)
    middle = 104.0
    for tick in (10, 20, 30, 40):
        canvas.line(scale(tick), middle - 24, scale(tick), middle + 24, colour=RULE)
        canvas.text(scale(tick), middle + 35, f"{tick}%", size=7.4, colour=MUTED, anchor="middle")
    row = DotRow("", "", 30, 26, 34, "", official=20, official_low=19.2, official_high=20.8, before=24)
    draw_marks(canvas, row, middle, scale, WORSE)
    _note(canvas, scale(20), middle - 11, scale(20) - 4, 46, notes["official"], 96, "end")
    _note(canvas, scale(24), middle - RAISED - 4, scale(24), 46, notes["before"], 92, "middle")
    _note(canvas, scale(30), middle - 6, scale(30) + 6, 46, notes["dot"], 110, "start")
    _note(canvas, scale(20.8), middle + 9, scale(17.2), 152, notes["band"], 130, "middle")
    _note(canvas, scale(28), middle + 4, scale(29), 152, notes["interval"], 190, "middle")
    canvas.block(14, 20, notes["axis"], WIDTH - 28, size=7.6, colour=MUTED)
    return canvas.drawing()


def _note(
    canvas: Canvas, x: float, y: float, text_x: float, text_y: float, text: str, width: float, anchor: str
) -> None:
    below = text_y > y
    joint = text_y - 10 if below else text_y + 18
    canvas.line(x, y, text_x, joint, colour=ACCENT, width=0.7)
    canvas.block(text_x, text_y, text, width, size=8, leading=10.4, font=MEDIUM, anchor=anchor)
