"""A funnel: units by their number of answers, between the limits of chance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import Color

from analysis.funnel import ALARM, WARNING, funnel_limits
from reports.charts.marks import Canvas, Scale
from reports.style import ACCENT, HAIR, INK, MEDIUM, MUTED, NEITHER, NEWS_COLOURS, RULE, WHITE, WIDTH, text_width

#: The plot: its height, and the white around it for labels.
HEIGHT = 194.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 34.0, 58.0, 8.0, 34.0

#: Points along a limit.
_POINTS = 80


@dataclass(frozen=True)
class FunnelDot:
    """One unit: its number of answers (the lowest of a band), its share in percent, and how it is marked.

    A ``label`` is drawn beside the dot; ``direction`` and ``news`` are those of a verdict.
    """

    n: int
    share: int
    label: str
    direction: int
    news: int


def funnel_chart(dots: Sequence[FunnelDot], target: int, words: tuple[str, str, str], *, target_label: str) -> Drawing:
    """The dots around ``target`` (percent); ``words`` name the axis of answers and the two limits."""
    canvas = Canvas(WIDTH, HEIGHT)
    most = _round_up(max(dot.n for dot in dots))
    sizes = np.unique(np.round(np.linspace(math.sqrt(max(5, most / 60)), math.sqrt(most), _POINTS) ** 2))
    limits = {level: funnel_limits(target / 100, sizes, level) for level in (WARNING, ALARM)}
    top = _top([*(dot.share for dot in dots), target])
    across = Scale(0, most, _LEFT, WIDTH - _RIGHT)
    up = Scale(0, top, HEIGHT - _BOTTOM, _TOP)
    _axes(canvas, across, up, most, top, words[0])
    for level, colour in ((WARNING, ACCENT), (ALARM, MUTED)):
        for ends in (limits[level].low, limits[level].high):
            points = [(across(float(n)), up(min(top, 100 * float(end)))) for n, end in zip(sizes, ends, strict=True)]
            for one, two in pairwise(points):
                if not one[1] == two[1] == up(top):
                    canvas.line(*one, *two, colour=colour, width=0.8, dash=(3, 2) if level == ALARM else None)
    canvas.line(across.start, up(target), across.end, up(target), colour=INK, width=1.2)
    line = up(target) + 3
    canvas.text(across.end + 4, line, target_label, size=8, font=MEDIUM)
    for level, word in zip((WARNING, ALARM), words[1:], strict=True):
        line = min(up(100 * float(limits[level].high[-1])) + 3, line - 9.5)  # one above the other, whatever n is
        canvas.text(across.end + 4, line, word, size=7, colour=MUTED)
    taken: list[tuple[float, float, float]] = []
    for dot in dots:
        colour = NEWS_COLOURS[dot.news] if dot.direction else NEITHER
        canvas.dot(across(dot.n), up(dot.share), 4.3, colour=colour)
        if dot.label:
            _label(canvas, dot.label, (across(dot.n), up(dot.share) + 3), across, taken, colour)
    return canvas.drawing()


def _label(
    canvas: Canvas,
    text: str,
    at: tuple[float, float],
    across: Scale,
    taken: list[tuple[float, float, float]],
    colour: Color,
) -> None:
    """A name beside its dot, on the side where there is room; no name where there is none."""
    width, (x, y) = text_width(text, MEDIUM, 8), at
    for start in (x + 8, x - 8 - width):
        free = all(abs(y - line) > 9 or start > right or start + width < left for left, right, line in taken)
        if free and across.start <= start and start + width <= across.end:
            canvas.box(start - 1, y - 7, width + 2, 9, fill=WHITE)  # a limit may run behind the name
            canvas.text(start, y, text, size=8, font=MEDIUM, colour=colour)
            taken.append((start, start + width, y))
            return


def _axes(canvas: Canvas, across: Scale, up: Scale, most: int, top: int, word: str) -> None:
    for share in range(0, top + 1, 10 if top <= 60 else 20):
        canvas.line(across.start, up(share), across.end, up(share), colour=RULE if share == 0 else HAIR)
        canvas.text(across.start - 6, up(share) + 2.6, f"{share}%", size=7.4, colour=MUTED, anchor="end")
    for n in range(0, most + 1, most // 4):
        canvas.text(across(n), HEIGHT - _BOTTOM + 12, f"{n}", size=7.4, colour=MUTED, anchor="middle")
    canvas.text((across.start + across.end) / 2, HEIGHT - 6, word, size=7.8, colour=MUTED, anchor="middle")


def _round_up(number: int) -> int:
    """A multiple of four times 1, 2, 2.5 or 5 of some power of ten, a little above a number."""
    steps = (step * int(10**power) for power in range(7) for step in (5, 10, 25))
    return next(4 * step for step in steps if 4 * step >= 1.04 * number)


def _top(shares: Sequence[int]) -> int:
    return min(100, 20 * (max(shares) // 20 + 1))
