"""From released figures to findings: what a board should read first, in order.

A finding holds numbers, never words; ``reports`` says it in Dutch or English.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from analysis.benchmark.compare import Comparison, Difference, compare_cells, headline
from analysis.disclosure.release import Cell, Release
from analysis.unit_comparison import compare_all
from instruments.model import Measure
from instruments.questionnaire import Questionnaire

#: A page of findings holds no more than this.
MOST = 5


class Kind(StrEnum):
    """What a finding is about; the order is the order among equally strong ones."""

    STRAIN = "strain"
    OFFICIAL = "official"
    CHANGE = "change"
    CARE = "care"
    EXTREMES = "extremes"
    UNITS = "units"


@dataclass(frozen=True)
class Finding:
    """One finding with its numbers.

    ``news``: -1 bad for employees, 1 good, 0 neither or not demonstrable. ``other`` is the
    second figure of a finding about two groups or two waves; ``count`` and ``of`` belong to
    findings about units.
    """

    kind: Kind
    measure: str
    cell: Cell
    news: int = 0
    difference: Difference | None = None
    comparison: Comparison | None = None
    other: Cell | None = None
    count: int = 0
    of: int = 0

    @property
    def demonstrable(self) -> bool:
        """Whether the data show a difference, rather than leave it open."""
        return self.difference is not None and self.difference.verdict.direction != 0


def make_findings(
    release: Release,
    questionnaire: Questionnaire,
    comparisons: Mapping[str, tuple[Comparison, ...]],
    changes: Mapping[str, Difference],
) -> tuple[Finding, ...]:
    """All findings, the most important first; a page shows the first :data:`MOST`.

    Demonstrable goes before open, well comparable (grade A or B) before a proxy (C), bad news
    before good, large before small. The first page
    speaks about each subject once before it returns to one, and always about caregiving
    where that was asked.
    """
    measures = {key: questionnaire.measure(key) for key in questionnaire.leading}
    found = [
        *_strain(release, measures),
        *_official(measures, comparisons),
        *_changes(release, measures, changes),
        *_care(release, measures),
    ]
    if not any(finding.kind is Kind.OFFICIAL for finding in found):
        found += [*_extremes(release, measures), *_units(release, measures)]
    return _in_order(sorted(found, key=_importance), measures)


def news_of(measure: Measure, difference: Difference) -> int:
    """Whether a demonstrable difference is good (1) or bad (-1) for employees; otherwise 0."""
    return sign_of(measure) * difference.verdict.direction


def sign_of(measure: Measure) -> int:
    """1 where more is better for employees, -1 where it is worse, 0 where it is neither."""
    return {"worse": -1, "better": 1, "neutral": 0}[measure.higher_is]


def _importance(finding: Finding) -> tuple[bool, bool, int, float, str]:
    """Smaller is more important: demonstrable, well comparable, bad news, large."""
    size = abs(finding.difference.points) if finding.difference is not None else 0.0
    said = finding.demonstrable or finding.difference is None
    proxy = finding.comparison is not None and finding.comparison.grade == "C"
    return not said, proxy, {-1: 0, 1: 1, 0: 2}[finding.news], -size, finding.measure


def _in_order(ranked: Sequence[Finding], measures: Mapping[str, Measure]) -> tuple[Finding, ...]:
    """``ranked`` with each subject once first, and caregiving among the first :data:`MOST`."""
    subjects: set[str] = set()
    first: list[Finding] = []
    later: list[Finding] = []
    for finding in ranked:
        subject = finding.kind if finding.kind in (Kind.STRAIN, Kind.CARE) else measures[finding.measure].theme
        (later if subject in subjects else first).append(finding)
        subjects.add(subject)
    ordered = [*first, *later]
    care = next((place for place, finding in enumerate(ordered) if finding.kind is Kind.CARE), 0)
    if care >= MOST:
        ordered.insert(MOST - 1, ordered.pop(care))
    return tuple(ordered)


def _strain(release: Release, measures: Mapping[str, Measure]) -> list[Finding]:
    """Fatigue where demands are high and autonomy low, against where neither is so."""
    if not {"fatigue", "high_strain"} <= set(measures):
        return []
    high = release.category("fatigue", "job_type", "high_strain")
    low = release.category("fatigue", "job_type", "low_strain")
    difference = compare_cells(high, low)
    if difference is None:
        return []
    return [Finding(Kind.STRAIN, "fatigue", high, -difference.verdict.direction, difference, other=low)]


def _official(measures: Mapping[str, Measure], comparisons: Mapping[str, tuple[Comparison, ...]]) -> list[Finding]:
    findings = []
    for key, measure in measures.items():
        best = headline(comparisons, key)
        if best is not None and best.difference is not None:
            news = news_of(measure, best.difference)
            findings.append(Finding(Kind.OFFICIAL, key, best.cell, news, best.difference, best))
    return findings


def _changes(release: Release, measures: Mapping[str, Measure], changes: Mapping[str, Difference]) -> list[Finding]:
    """What changed demonstrably since the wave before, for better or for worse."""
    findings = []
    for key, measure in measures.items():
        difference = changes.get(key)
        if difference is not None and (news := news_of(measure, difference)):
            before = release.total(key, release.plan.earlier[-1])
            findings.append(Finding(Kind.CHANGE, key, release.total(key), news, difference, other=before))
    return findings


def _care(release: Release, measures: Mapping[str, Measure]) -> list[Finding]:
    """How many carers there are, and how many of them are heavily burdened."""
    if not {"carer", "care_burdened"} <= set(measures):
        return []
    carers, burdened = release.total("carer"), release.total("care_burdened")
    if carers.share is None or burdened.share is None:
        return []
    return [Finding(Kind.CARE, "carer", carers, other=burdened)]


def _extremes(release: Release, measures: Mapping[str, Measure]) -> list[Finding]:
    """Without official figures: the highest and the lowest share among questions of one polarity."""
    shares = [
        (cell.share, key)
        for key, measure in measures.items()
        if measure.single_item and (cell := release.total(key)).share is not None
        and measure.higher_is == "better"
    ]  # fmt: skip
    if len(shares) < 3:
        return []
    (_, lowest), (_, highest) = min(shares), max(shares)
    top, bottom = release.total(highest), release.total(lowest)
    return [Finding(Kind.EXTREMES, highest, top, 0, compare_cells(top, bottom), other=bottom)]


def _units(release: Release, measures: Mapping[str, Measure]) -> list[Finding]:
    """The measure on which most units demonstrably differ from the others."""
    shown = [key for key, measure in measures.items() if key in release.plan.divided and measure.has_share]
    found = compare_all(release, shown)
    if not found:
        return []
    most = max(found.values(), key=lambda comparison: len(comparison.away))
    total = release.total(most.measure)
    return [Finding(Kind.UNITS, most.measure, total, count=len(most.away), of=len(most.units))]


def decision_lists(
    comparisons: Mapping[str, tuple[Comparison, ...]], measures: Mapping[str, Measure]
) -> dict[str, list[Comparison]]:
    """Comparisons sorted into ``worse``, ``better`` and ``open`` for employees, largest difference first.

    ``open`` holds what is comparable, not demonstrable, or different without being good or bad.
    """
    lists: dict[str, list[Comparison]] = {"worse": [], "better": [], "open": []}
    for key in comparisons:
        best = headline(comparisons, key)
        if best is None or best.difference is None:
            continue
        news = news_of(measures[key], best.difference)
        lists[{-1: "worse", 1: "better", 0: "open"}[news]].append(best)
    for entries in lists.values():
        entries.sort(key=lambda entry: -abs(entry.difference.points) if entry.difference else 0.0)
    return lists
