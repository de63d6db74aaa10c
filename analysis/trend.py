"""The same figure over the years: our own waves, and the national series with the breaks in its method.

Nobody is followed from one wave to the next, and nobody can be. So a change has the errors of both waves and no
covariance, which is cautious when largely the same people answered. Two questions, two intervals: has the work
changed (no finite population correction; this one decides the verdict), and how far did the share change among
those who worked here (with it).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from analysis.benchmark.compare import mover, widen
from analysis.benchmark.figures import OWN, Catalogue, Figure, MethodBreak
from analysis.disclosure.release import Cell, Release
from analysis.estimate import Interval, share_interval
from analysis.survey import Survey
from instruments.model import Measure

#: A wave whose label holds a year stands at that year; others are not drawn.
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


@dataclass(frozen=True)
class Series:
    """One measure over the years. ``national``: runs of figures without a break in method between them, oldest first.

    ``own``: our waves by year, open ones only; ``breaks``: the changes of method that separate the runs.
    """

    measure: str
    national: tuple[tuple[Figure, ...], ...]
    breaks: tuple[MethodBreak, ...]
    own: tuple[tuple[int, Cell], ...]


def series_of(release: Release, survey: Survey, measure: Measure, catalogue: Catalogue) -> Series | None:
    """The years of ``measure``; ``None`` when there are fewer than two points of one kind."""
    own = [
        (year, cell)
        for wave in (*release.plan.earlier, release.plan.wave)
        if (year := _year_of(wave, survey)) is not None and (cell := release.total(measure.key, wave)).share is not None
    ]
    first = [key for key in measure.figures[:1] if key in catalogue.indicators]
    figures = [figure for key in first for figure in catalogue.series(key) if OWN not in figure.tags]
    figures = [figure for figure in figures if figure.unit == "%" and not figure.words and "YEAR?" not in figure.tags]
    runs: list[list[Figure]] = []
    breaks: list[MethodBreak] = []
    for figure in figures:
        before = runs[-1][-1] if runs else None
        found = None if before is None else catalogue.break_between(figure.survey, before.year, figure.year)
        if before is None or found is not None or before.survey != figure.survey:
            runs.append([])
        if found is not None:
            breaks.append(found)
        runs[-1].append(figure)
    if len(own) < 2 and len(figures) < 2:
        return None
    return Series(measure.key, tuple(map(tuple, runs)), tuple(breaks), tuple(own))


def staff_interval(now: Cell, before: Cell) -> Interval | None:
    """The 95% interval of a change in percentage points among those who worked here then and now.

    Both shares have the predictive interval for the people on the roster of their wave, at the printed number of
    answers (the lowest of a band), with the rounding of the share. ``None`` where a cell is closed, or the roster
    does not say how many people it is about.
    """
    one, two = _of_the_staff(now), _of_the_staff(before)
    if one is None or two is None or now.share is None or before.share is None:
        return None
    return mover(float(now.share), one, float(before.share), two)


def _of_the_staff(cell: Cell) -> Interval | None:
    if cell.share is None or cell.n_low is None or cell.invited is None:
        return None
    yes = round(cell.share * cell.n_low / 100)
    found = share_interval(yes, cell.n_low, max(cell.invited, cell.n_low))
    return widen(float(cell.share), Interval(100 * found.low, 100 * found.high), 1.0, 0.95)


def _year_of(wave: str, survey: Survey) -> int | None:
    """The year of a wave: that of the fieldwork for the current one, and for others the only year in their label."""
    if wave == survey.wave:
        return survey.year
    years = set(_YEAR.findall(wave))
    return int(years.pop()) if len(years) == 1 else None
