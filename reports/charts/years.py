"""A figure over the years: the national series with a gap at each break in method, and our own waves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from reportlab.graphics.shapes import Drawing

from reports.charts.marks import Canvas, Scale
from reports.style import ACCENT, BOLD, HAIR, INK, MEDIUM, MUTED, RULE

#: The white around the plot.
_LEFT, _RIGHT, _TOP, _BOTTOM = 30.0, 34.0, 22.0, 22.0


@dataclass(frozen=True)
class Wave:
    """One of our waves: its year, its share and interval in percent, and the share as printed."""

    year: int
    share: int
    low: int
    high: int
    printed: str


@dataclass(frozen=True)
class YearsChart:
    """``national``: runs of years and percents; ``breaks``: first years after a change of method."""

    title: str
    national: tuple[tuple[tuple[int, float], ...], ...]
    breaks: tuple[int, ...]
    own: tuple[Wave, ...]
    last: str


def years_chart(chart: YearsChart, width: float, height: float) -> Drawing:
    """Lines within a run of national figures, nothing across a break; our waves as dots with their intervals."""
    canvas = Canvas(width, height)
    points = [point for run in chart.national for point in run]
    years = [year for year, _ in points] + [wave.year for wave in chart.own]
    ends = [share for _, share in points] + [float(wave.high) for wave in chart.own]
    first, last = min(years), max(years)
    top = min(100, 10 * (int(max(ends)) // 10 + 1))
    across = Scale(first - 0.5, last + 0.5, _LEFT, width - _RIGHT)
    up = Scale(0, top, height - _BOTTOM, _TOP)
    canvas.text(0, 9, chart.title, size=9, font=BOLD)
    for tick in (0, top // 2, top):
        canvas.line(across.start, up(tick), across.end, up(tick), colour=HAIR if tick else RULE)
        canvas.text(across.start - 5, up(tick) + 2.6, f"{tick}%", size=7.2, colour=MUTED, anchor="end")
    for year in _ticks(first, last):
        canvas.text(across(year), height - _BOTTOM + 11, f"{year}", size=7.2, colour=MUTED, anchor="middle")
    for year in chart.breaks:
        canvas.line(across(year - 0.5), up(top), across(year - 0.5), up(0), colour=MUTED, width=0.8, dash=(2, 2))
    for run in chart.national:
        for one, two in pairwise(run):
            canvas.line(across(one[0]), up(one[1]), across(two[0]), up(two[1]), colour=INK, width=1.2)
        for year, share in run:
            canvas.dot(across(year), up(share), 2.2, colour=INK)
    if points:
        latest, value = points[-1]
        # Below the last point, or above it where the years stand right below.
        drop = 11 if up(value) + 11 < up(0) else -5
        canvas.text(across(latest), up(value) + drop, chart.last, size=7.2, colour=INK, anchor="middle")
    for wave in chart.own:
        x = across(wave.year)
        canvas.line(x, up(wave.low), x, up(wave.high), colour=ACCENT, width=1.5)
        canvas.dot(x, up(wave.share), 3.6, colour=ACCENT)
    if chart.own:
        wave = chart.own[-1]
        canvas.text(across(wave.year) + 8, up(wave.share) + 2.8, wave.printed, size=7.8, font=MEDIUM, colour=ACCENT)
    return canvas.drawing()


def _ticks(first: int, last: int) -> Sequence[int]:
    """Years to write below the axis: the last one, and back from there without crowding."""
    step = next(step for step in (1, 2, 5, 10, 20) if (last - first) / step <= 6)
    return range(last, first - 1, -step)
