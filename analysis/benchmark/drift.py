"""How far a national figure may have moved between its year and that of the survey.

Official figures are a year or two old when they are used. What happened since is unknown; that something
did is certain. A comparison across years therefore counts an error for it, on the assumption that the
figure moves on as fast as it did last. The assumption is printed with the comparison.
"""

from __future__ import annotations

from dataclasses import dataclass

from analysis.benchmark.figures import Catalogue, Figure

#: Percentage points a year, as a standard deviation, where a figure's own last change is smaller or unknown: the
#: median of all changes per year between two figures of one survey in the catalogue, with no method break in between.
PER_YEAR = 1.0


@dataclass(frozen=True)
class Drift:
    """``years`` between figure and survey, and the assumed standard deviation ``per_year`` in percentage points."""

    years: int
    per_year: float

    @property
    def sd(self) -> float:
        """The standard deviation of what the figure moved, in percentage points."""
        return self.years * self.per_year


def drift_since(catalogue: Catalogue, figure: Figure, year: int) -> Drift | None:
    """The drift of ``figure`` until ``year``; ``None`` within one year or for what is no percentage."""
    years = abs(year - figure.year)
    if years == 0 or figure.unit != "%":
        return None
    last = last_change(catalogue, figure)
    return Drift(years, max(PER_YEAR, last or 0.0))


def last_change(catalogue: Catalogue, figure: Figure) -> float | None:
    """How much the national figure changed per year up to ``figure``, in absolute percentage points.

    ``None`` when no earlier value of the same survey is known on this side of a method break.
    """
    before = [
        entry
        for entry in catalogue.series(figure.indicator)
        if entry.year < figure.year
        and (entry.survey, entry.unit) == (figure.survey, figure.unit)
        and catalogue.break_between(figure.survey, entry.year, figure.year) is None
    ]
    if not before:
        return None
    return abs(float(figure.value - before[-1].value)) / (figure.year - before[-1].year)
