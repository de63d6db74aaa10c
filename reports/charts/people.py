"""A hundred people: a share one can count."""

from __future__ import annotations

from collections.abc import Sequence

from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import Color

from reports.charts.marks import Canvas
from reports.style import RULE

ACROSS = 10


def hundred_people(groups: Sequence[tuple[int, Color]], *, width: float = 96.0) -> Drawing:
    """A hundred dots; the first ``count`` of each group in its colour, the rest light."""
    step = width / ACROSS
    canvas = Canvas(width, step * (100 / ACROSS))
    colours = [colour for count, colour in groups for _ in range(count)]
    for place in range(100):
        x, y = (place % ACROSS + 0.5) * step, (place // ACROSS + 0.5) * step
        canvas.dot(x, y, step * 0.36, colour=colours[place] if place < len(colours) else RULE)
    return canvas.drawing()
