"""One organisation's figure next to another one: grade, difference, interval, verdict.

Everything here is computed from released, rounded numbers (a printed share and a printed
number of answers), so that anyone who holds ``released.csv`` and the passport of the
official figure can do the sum again.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import Literal

from scipy import special

from analysis.benchmark.drift import Drift, drift_since
from analysis.benchmark.figures import OWN, Catalogue, Figure, MethodBreak
from analysis.disclosure.release import Cell
from analysis.disclosure.rounding import round_half_up
from analysis.estimate import Interval, critical_value, wilson_interval
from instruments.model import Measure, Wording

Grade = Literal["A", "B", "C", "D"]

#: Differences within this many percentage points count as comparable; set before the wave.
MARGIN = 3.0

#: A number rounded to a unit is off by at most half of it; as a standard deviation of the
#: uniform distribution that is 1/√12 of the unit.
ROUNDING_SD = 1 / math.sqrt(12)


class Verdict(StrEnum):
    """What a difference amounts to; the words for it stand in the texts of the report."""

    CLEARLY_HIGHER = "clearly_higher"
    HIGHER = "higher"
    COMPARABLE = "comparable"
    UNCERTAIN = "uncertain"
    LOWER = "lower"
    CLEARLY_LOWER = "clearly_lower"

    @property
    def direction(self) -> int:
        """1 for demonstrably higher, -1 for demonstrably lower, 0 otherwise."""
        return {"clearly_higher": 1, "higher": 1, "lower": -1, "clearly_lower": -1}.get(self.value, 0)


class Reason(StrEnum):
    """Why a grade is not A."""

    OWN_WORDING = "own_wording"
    OTHER_CONSTRUCT = "other_construct"
    OTHER_ITEMS = "other_items"
    OTHER_SCALE = "other_scale"
    OTHER_RULE = "other_rule"
    OTHER_POPULATION = "other_population"
    UNCONFIRMED = "unconfirmed"
    METHOD_BREAK = "method_break"
    IN_WORDS = "in_words"
    YEAR_INFERRED = "year_inferred"
    OTHER_UNIT = "other_unit"


@dataclass(frozen=True)
class Estimate:
    """A share in percent with its 95% and 90% intervals, rounding included."""

    share: float
    wide: Interval
    narrow: Interval


@dataclass(frozen=True)
class Difference:
    """A difference in percentage points with its 95% interval, verdict and effect size.

    ``narrow`` is the 90% interval: inside ± the margin it is the equivalence test (TOST) at
    5%. ``cohen_h`` is Cohen's h (arcsine difference; .2, .5 and .8 are conventions only).
    """

    points: float
    wide: Interval
    narrow: Interval
    verdict: Verdict
    cohen_h: float

    @property
    def p_value(self) -> float:
        """The two-sided p-value that goes with the 95% interval: below .05 exactly where that leaves out 0.

        The side of the interval towards 0 counts as 1.96 standard errors.
        """
        side = self.points - (self.wide.low if self.points > 0 else self.wide.high)
        if not self.points or not side:
            return 0.0 if self.points else 1.0
        return float(2 * special.ndtr(-abs(critical_value(0.95) * self.points / side)))

    @property
    def per_hundred(self) -> int:
        """The difference said in people: about so many more (or fewer) in every hundred."""
        return int(round_half_up(Fraction(self.points)))


@dataclass(frozen=True)
class Comparison:
    """A released figure next to an official one. ``difference`` is ``None`` for grade D.

    ``official`` is the figure with its own margin. ``basis`` is what ours is held against: the same with the
    ``drift`` between its year and ours.
    """

    measure: str
    cell: Cell
    figure: Figure
    grade: Grade
    reasons: tuple[Reason, ...]
    official: Estimate
    difference: Difference | None
    method_break: MethodBreak | None
    drift: Drift | None = None

    @property
    def basis(self) -> Estimate:
        """The official figure as of our year."""
        return self.official if self.drift is None else spread(self.official, self.drift.sd)


def grade_comparison(
    measure: Measure, wording: Wording, figure: Figure, method_break: MethodBreak | None
) -> tuple[Grade, tuple[Reason, ...]]:
    """The comparability grade, from the passports of both sides.

    A: same items, scale, cut-off and population frame, official wording. B: the same with
    our own wording. C: same construct, something else differs or is not confirmed (a proxy).
    D: not comparable; shown with the reason, never tested.
    """
    ours, theirs = measure.passport, figure.passport
    if ours is None or ours.construct != theirs.construct:
        return "D", (Reason.OTHER_CONSTRUCT,)
    refusals = [
        (Reason.METHOD_BREAK, method_break is not None),
        (Reason.IN_WORDS, figure.words),
        (Reason.YEAR_INFERRED, "YEAR?" in figure.tags),
        (Reason.OTHER_UNIT, figure.unit != "%"),
    ]
    refused = tuple(reason for reason, applies in refusals if applies)
    if refused:
        return "D", refused
    doubts = [
        (Reason.OTHER_ITEMS, ours.item_set != theirs.item_set),
        (Reason.OTHER_SCALE, ours.scale != theirs.scale),
        (Reason.OTHER_RULE, ours.rule != theirs.rule),
        (Reason.OTHER_POPULATION, theirs.population_frame != "employees"),
        (Reason.UNCONFIRMED, bool(theirs.unconfirmed)),
    ]
    doubtful = tuple(reason for reason, applies in doubts if applies)
    if wording == "own":
        doubtful = (Reason.OWN_WORDING, *doubtful)
    if not doubtful:
        return "A", ()
    return ("B" if doubtful == (Reason.OWN_WORDING,) else "C"), doubtful


def estimate_released(cell: Cell) -> Estimate:
    """A released share as a basis for comparison: Wilson's interval without finite population
    correction on the lowest printed number of answers, widened by the rounding of the share.

    Raises ``ValueError`` for a cell that is closed or has no share.
    """
    if cell.share is None or cell.n_low is None:
        raise ValueError(f"{cell.key} has no released share")
    share, n = cell.share, cell.n_low

    def bounds(level: float) -> Interval:
        return widen(share, _percent(wilson_interval(share / 100, n, level)), 1.0, level)

    return Estimate(float(share), bounds(0.95), bounds(0.90))


def estimate_official(figure: Figure, sampling_n: int | None) -> Estimate:
    """An official percentage with its margin: as printed where it is printed, otherwise from the
    sample size ``sampling_n`` where that is known, and always with the rounding of the last digit.

    The printed margin of CBS is a 95% interval; the 90% one follows by the ratio of the
    normal quantiles. Printed bounds are rounded like the value, which is allowed for.
    """
    share = float(figure.value)
    unit = 10.0**-figure.decimals

    def bounds(level: float) -> Interval:
        if figure.ci_low is not None and figure.ci_high is not None:
            ratio = critical_value(level) / critical_value(0.95)
            low, high = float(figure.ci_low), float(figure.ci_high)
            interval = Interval(share - ratio * (share - low), share + ratio * (high - share))
        elif sampling_n is not None:
            interval = _percent(wilson_interval(share / 100, sampling_n, level))
        else:
            interval = Interval(share, share)
        return widen(share, interval, unit, level)

    return Estimate(share, bounds(0.95), bounds(0.90))


def widen(value: float, interval: Interval, unit: float, level: float) -> Interval:
    """``interval`` around ``value`` with the error of rounding ``value`` to ``unit`` added in quadrature."""
    return _spread(value, interval, ROUNDING_SD * unit, level)


def spread(estimate: Estimate, sd: float) -> Estimate:
    """An estimate with one more independent error, of standard deviation ``sd`` in percentage points."""
    share = estimate.share
    return Estimate(share, _spread(share, estimate.wide, sd, 0.95), _spread(share, estimate.narrow, sd, 0.90))


def difference_between(ours: Estimate, theirs: Estimate, margin: float = MARGIN) -> Difference:
    """``ours - theirs`` with MOVER intervals (method of variance estimates recovery).

    With two Wilson intervals this is Newcombe's method 10 (1998,
    doi 10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I); for the general
    method see Zou and Donner (2008, doi 10.1002/sim.3095).
    """
    points = ours.share - theirs.share
    wide = mover(ours.share, ours.wide, theirs.share, theirs.wide)
    narrow = mover(ours.share, ours.narrow, theirs.share, theirs.narrow)
    effect = 2 * math.asin(math.sqrt(ours.share / 100)) - 2 * math.asin(math.sqrt(theirs.share / 100))
    return Difference(points, wide, narrow, _verdict(wide, narrow, margin), effect)


def compare_with_figure(
    measure: Measure, wording: Wording, cell: Cell, figure: Figure, catalogue: Catalogue, year: int
) -> Comparison:
    """A released figure of fieldwork year ``year`` next to one official figure."""
    method_break = catalogue.break_between(figure.survey, figure.year, year)
    grade, reasons = grade_comparison(measure, wording, figure, method_break)
    official = estimate_official(figure, catalogue.sampling_n(figure))
    shown = Comparison(measure.key, cell, figure, grade, reasons, official, None, method_break)
    if grade == "D":
        return shown
    dated = replace(shown, drift=drift_since(catalogue, figure, year))
    return replace(dated, difference=difference_between(estimate_released(cell), dated.basis))


def compare_measure(
    measure: Measure, wording: Wording, cell: Cell, catalogue: Catalogue, year: int
) -> tuple[Comparison, ...]:
    """The released share of ``measure`` next to the preferred value of each of its indicators.

    Empty for a closed cell or a measure without official counterpart.
    """
    if cell.share is None:
        return ()
    figures = [catalogue.preferred(key, latest=year) for key in measure.figures if key in catalogue.indicators]
    official = [figure for figure in figures if figure is not None and OWN not in figure.tags]
    return tuple(compare_with_figure(measure, wording, cell, figure, catalogue, year) for figure in official)


def compare_own(
    measure: Measure, wording: Wording, cell: Cell, catalogue: Catalogue, year: int
) -> tuple[Comparison, ...]:
    """The released share of ``measure`` next to an installation's own benchmarks of the same indicators."""
    if cell.share is None:
        return ()
    figures = [figure for key in measure.figures for figure in catalogue.own(key, latest=year)]
    return tuple(compare_with_figure(measure, wording, cell, figure, catalogue, year) for figure in figures)


def headline(comparisons: Mapping[str, tuple[Comparison, ...]], measure: str) -> Comparison | None:
    """The comparison that is drawn and spoken of: the first of a measure's indicators that may be tested."""
    return next((c for c in comparisons.get(measure, ()) if c.difference is not None), None)


def compare_cells(ours: Cell, theirs: Cell, margin: float = MARGIN) -> Difference | None:
    """The difference between two released shares of different people or waves; ``None`` if one is closed.

    The covariance is taken as zero: right for disjoint groups, and cautious for two waves in
    which largely the same people answered.
    """
    if ours.share is None or theirs.share is None:
        return None
    return difference_between(estimate_released(ours), estimate_released(theirs), margin)


def _spread(value: float, interval: Interval, sd: float, level: float) -> Interval:
    error = critical_value(level) * sd
    return Interval(value - math.hypot(value - interval.low, error), value + math.hypot(interval.high - value, error))


def mover(one: float, first: Interval, two: float, second: Interval) -> Interval:
    """The interval of ``one - two`` from the intervals of both (method of variance estimates recovery)."""
    points = one - two
    return Interval(
        points - math.hypot(one - first.low, second.high - two),
        points + math.hypot(first.high - one, two - second.low),
    )


def _verdict(wide: Interval, narrow: Interval, margin: float) -> Verdict:
    if wide.low > margin:
        return Verdict.CLEARLY_HIGHER
    if wide.high < -margin:
        return Verdict.CLEARLY_LOWER
    if wide.low > 0:
        return Verdict.HIGHER
    if wide.high < 0:
        return Verdict.LOWER
    if -margin < narrow.low and narrow.high < margin:
        return Verdict.COMPARABLE
    return Verdict.UNCERTAIN


def _percent(interval: Interval) -> Interval:
    return Interval(100 * interval.low, 100 * interval.high)
