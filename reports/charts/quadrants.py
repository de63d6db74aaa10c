"""Demands × autonomy: how many people work in each of four kinds of job, and how tired they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reportlab.graphics.shapes import Drawing

from reports.charts.marks import Canvas, Scale
from reports.style import BOLD, DISPLAY, INK, MEDIUM, MUTED, RULE, WHITE, WIDTH, WORSE, mix


@dataclass(frozen=True)
class Quadrant:
    """One kind of job: its share of employees and, among them, the share that is tired."""

    name: str
    people: str
    tired: float | None
    low: float | None
    high: float | None
    printed: str
    interval: str


def quadrant_chart(
    quadrants: Mapping[str, Quadrant], words: Mapping[str, str], closed: str, *, top: float = 60.0
) -> Drawing:
    """Four fields, high demands on the right and low autonomy below; tinted by fatigue.

    ``words`` has the keys ``demands`` with its levels ``low`` and ``high``, ``autonomy`` with its
    levels ``much`` and ``little``, ``people`` and ``tired``.
    ``top`` is the end of the small common axis in percent.
    """
    side, gap, left, head = (WIDTH - 60) / 2, 8.0, 60.0, 24.0
    height = 150.0
    canvas = Canvas(WIDTH, head + 2 * height + gap + 6)
    for column, level in enumerate(("low", "high")):
        middle = left + column * (side + gap / 2) + side / 2
        canvas.text(middle, 12, f"{words['demands']}: {words[level]}", size=8.6, font=MEDIUM, anchor="middle")
    for line, level in enumerate(("much", "little")):
        y = head + line * (height + gap) + height / 2
        canvas.text(0, y - 4, f"{words['autonomy']}:", size=8.2, font=MEDIUM)
        canvas.text(0, y + 8, words[level], size=8.2, font=MEDIUM)
    places = {"low_strain": (0, 0), "active_work": (1, 0), "passive_work": (0, 1), "high_strain": (1, 1)}
    for key, (column, line) in places.items():
        x, y = left + column * (side + gap / 2), head + line * (height + gap)
        _field(canvas, quadrants[key], x, y, side - gap / 2, height, words, closed, top)
    return canvas.drawing()


def _field(
    canvas: Canvas,
    quadrant: Quadrant,
    x: float,
    y: float,
    width: float,
    height: float,
    words: Mapping[str, str],
    closed: str,
    top: float,
) -> None:
    strength = 0.0 if quadrant.tired is None else min(1.0, quadrant.tired / top)
    canvas.box(x, y, width, height, fill=mix(WORSE, 0.04 + 0.52 * strength**1.4), round_by=5)
    canvas.text(x + 13, y + 20, quadrant.name, size=9.6, font=BOLD)
    canvas.text(x + 13, y + 33, f"{quadrant.people} {words['people']}", size=8)
    if quadrant.tired is None:
        canvas.block(x + 13, y + 62, closed, width - 26, size=8.4, colour=MUTED)
        return
    canvas.text(x + 13, y + 78, quadrant.printed, size=27, font=DISPLAY)
    canvas.text(x + 13, y + 93, f"{words['tired']} ({quadrant.interval})", size=8, colour=INK)
    scale = Scale(0, top, x + 13, x + width - 13)
    middle = y + height - 27
    canvas.box(x + 13, middle - 1, width - 26, 2, fill=WHITE)
    for tick in range(0, int(top) + 1, 20):
        canvas.line(scale(tick), middle - 4, scale(tick), middle + 4, colour=RULE, width=0.8)
        canvas.text(scale(tick), middle + 15, f"{tick}%", size=6.8, anchor="middle")
    if quadrant.low is not None and quadrant.high is not None:
        canvas.interval(scale(quadrant.low), scale(quadrant.high), middle, colour=INK, width=1.4)
    canvas.dot(scale(quadrant.tired), middle, 4.3, colour=INK)
