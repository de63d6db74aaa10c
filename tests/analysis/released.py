"""Released cells, figures and comparisons written down by hand, for tests of what is made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from analysis.benchmark.compare import Comparison, Estimate, Verdict, difference_between
from analysis.benchmark.figures import Figure, FigurePassport
from analysis.disclosure.plan import CellKey, ReportingPlan, make_plan
from analysis.disclosure.release import Cell, Release
from analysis.disclosure.rounding import n_band, printed_share_interval
from analysis.estimate import Interval
from instruments.model import Flag, Measure, Passport
from instruments.questionnaire import Questionnaire
from tests.analysis.organisations import survey_of

OURS = Passport("tired", "five-questions", "seven-answers", "mean>3.2")

MEASURE = Measure(
    "tired", "fatigue", items=("one",), statistic="mean", flag=Flag("at_least", 4, 1), higher_is="worse", passport=OURS
)  # type: ignore[arg-type]

FIGURE = Figure(
    id="tired-2024",
    indicator="tired",
    publisher="an institute",
    survey="a survey",
    year=2024,
    population="employees",
    breakdown="total",
    category="total",
    value=Decimal("20"),
    decimals=0,
    unit="%",
    ci_low=None,
    ci_high=None,
    n=None,
    source_title="a table",
    source_url="",
    note="",
    tags=frozenset({"P"}),
    words=False,
    passport=FigurePassport("tired", "five-questions", "seven-answers", "mean>3.2", "employees"),
)


def figure_of(**changes: Any) -> Figure:
    """:data:`FIGURE` with some fields changed; passport fields may be named directly."""
    own = {key: changes.pop(key) for key in [*changes] if hasattr(FIGURE.passport, key)}
    return replace(FIGURE, passport=replace(FIGURE.passport, **own), **changes)


def cell_of(share: int, n: int, measure: str = "tired", **where: str) -> Cell:
    """A released cell with this printed share of ``n`` answers."""
    low, high = n_band(n)
    key = CellKey(where.pop("wave", "2026"), measure, **where)
    return Cell(key, low, high, share, *printed_share_interval(share, low, high, None))


def estimate_of(share: float, wide: tuple[float, float], narrow: tuple[float, float] | None = None) -> Estimate:
    """An estimate with these bounds; the 90% ones as wide as the 95% ones unless given."""
    return Estimate(share, Interval(*wide), Interval(*(narrow or wide)))


def comparison_of(measure: Measure, points: float, verdict: Verdict, cell: Cell | None = None) -> Comparison:
    """A comparison with a difference of that size and that verdict."""
    ours, theirs = estimate_of(50 + points, (0, 100)), estimate_of(50, (50, 50))
    difference = replace(difference_between(ours, theirs), verdict=verdict)
    own = cell or cell_of(round(50 + points), 100, measure.key)
    return Comparison(measure.key, own, FIGURE, "B", (), theirs, difference, None)


def plan_of(questionnaire: Questionnaire, units: tuple[str, ...] = (), earlier: tuple[str, ...] = ()) -> ReportingPlan:
    """The plan of a survey with this questionnaire, without cuts of its own."""
    return make_plan(survey_of(questionnaire, earlier=earlier), [(unit,) for unit in units], [*earlier, "2026"])


def release_of(plan: ReportingPlan, shares: Mapping[str | CellKey, tuple[int, int]]) -> Release:
    """A release in which these cells are open with ``(share, n)``, by key or, for totals, by measure."""
    cells = {key: Cell(key) for key in plan.cells()}
    for where, (share, n) in shares.items():
        key = CellKey(plan.wave, where) if isinstance(where, str) else where
        assert key in cells, f"{key} is not in the plan"
        low, high = n_band(n)
        cells[key] = Cell(key, low, high, share, *printed_share_interval(share, low, high, None))
    return Release(plan, 10, cells)
