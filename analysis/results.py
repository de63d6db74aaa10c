"""The whole analysis of one survey: release, comparisons, changes and findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from analysis.benchmark.compare import Comparison, Difference, compare_cells, compare_measure, compare_own, headline
from analysis.benchmark.composition import Fair, Mix, compare_fairly, mix_of
from analysis.benchmark.figures import Catalogue, load_figures
from analysis.benchmark.population import load_population
from analysis.composition_change import CompositionChange, composition_change_of
from analysis.dataset import Dataset
from analysis.disclosure.certificate import LedgerMark
from analysis.disclosure.gate import History
from analysis.disclosure.plan import QUALITY, RESPONSE, ReportingPlan, make_plan
from analysis.disclosure.release import Release, release
from analysis.findings import Finding, make_findings
from analysis.grouping import INVITED_PER_K
from analysis.interaction import Contrast, contrast_of_cells
from analysis.multiplicity import holm
from analysis.nonresponse import NonResponse, weigh
from analysis.survey import Survey
from analysis.unit_comparison import UnitComparison, compare_all


@dataclass(frozen=True)
class Headlines:
    """How many headline comparisons there are, which show a difference, and which still do after Holm's procedure."""

    tested: int
    different: tuple[str, ...]
    left: tuple[str, ...]


@dataclass(frozen=True)
class Results:
    """What leaves the analysis: the release and everything derived from it alone.

    ``catalogue`` is where the official figures come from.
    ``fair`` holds the headline comparisons again, with the national figure moved to the composition ``mix``.
    ``own`` holds comparisons with benchmarks that the organisation added itself; they are never called official.
    ``composition_change`` sets the roster beside that of the wave before.
    ``ledger`` says where the release stands in the ledger, None where none is kept.
    """

    survey: Survey
    release: Release
    comparisons: Mapping[str, tuple[Comparison, ...]]
    changes: Mapping[str, Difference]
    findings: tuple[Finding, ...]
    catalogue: Catalogue = field(default_factory=load_figures, compare=False, repr=False)
    mix: Mix | None = None
    fair: Mapping[str, Fair] = field(default_factory=dict)
    ledger: LedgerMark | None = None
    composition_change: CompositionChange | None = None
    own: Mapping[str, tuple[Comparison, ...]] = field(default_factory=dict)

    @cached_property
    def units(self) -> Mapping[str, UnitComparison]:
        """Units beside each other, for each outcome and condition that is shown by unit and has a share."""
        questionnaire, plan = self.survey.questionnaire, self.release.plan
        keys = [key for key in questionnaire.leading if key in plan.divided and questionnaire.measure(key).has_share]
        return compare_all(self.release, keys)

    @cached_property
    def headlines(self) -> Headlines | None:
        """What is left of the verdicts beside official figures after Holm's procedure.

        They are named beforehand: the questionnaire and the catalogue say which measures have such a figure. None
        with fewer than two.
        """
        best = {key: headline(self.comparisons, key) for key in self.comparisons}
        found = {key: None if entry is None else entry.difference for key, entry in best.items()}
        tested = {key: difference for key, difference in found.items() if difference is not None}
        if len(tested) < 2:
            return None
        rejected = holm([difference.p_value for difference in tested.values()]).rejected
        different = tuple(key for key, difference in tested.items() if difference.verdict.direction)
        left = {key for key, kept in zip(tested, rejected, strict=True) if kept}
        return Headlines(len(tested), different, tuple(key for key in different if key in left))

    @cached_property
    def skipped(self) -> Mapping[str, float]:
        """The part (0–1) of those who answered that has no result on an outcome or condition, from printed numbers."""
        questionnaire, answered = self.survey.questionnaire, self.release.total(RESPONSE)
        if answered.n_low is None or answered.n_low != answered.n_high:
            return {}
        cells = {
            key: self.release.total(key) for key in questionnaire.leading if questionnaire.measure(key).among is None
        }
        return {
            key: 1 - cell.n_low / answered.n_low
            for key, cell in cells.items()
            if cell.n_low is not None and cell.n_low == cell.n_high
        }

    @cached_property
    def interplay(self) -> Contrast | None:
        """How far fatigue under high demands with little autonomy goes beyond the sum of both, by kind of job.

        None where one of the four is closed, or demands, autonomy and fatigue were not all asked.
        """
        keys = {measure.key for measure in self.survey.questionnaire.measures}
        if not {"fatigue", "high_strain"} <= keys:
            return None
        # In the order of Corners: demands first, much autonomy before little.
        kinds = ("active_work", "high_strain", "low_strain", "passive_work")
        cells = [self.release.category("fatigue", "job_type", kind) for kind in kinds]
        shares = [cell.share / 100 for cell in cells if cell.share is not None]
        if len(shares) < len(cells):
            return None
        return contrast_of_cells(shares, [cell.n_low or 1 for cell in cells], unit=0.01)

    @cached_property
    def nonresponse(self) -> NonResponse | None:
        """Response and weighting, from the release; None without a roster."""
        questionnaire = self.survey.questionnaire
        leading = [questionnaire.measure(key) for key in questionnaire.leading]
        asked = [measure.key for measure in leading if measure.has_share and measure.among is None]
        return weigh(self.release, self.survey, [key for key in asked if questionnaire.measure(key).theme != QUALITY])


def analyse(
    survey: Survey, datasets: Sequence[Dataset], catalogue: Catalogue, history: History | None = None
) -> Results:
    """The results of ``survey`` from one dataset for each wave, oldest first.

    ``history`` is what earlier releases of the same organisation forbid.

    ``comparisons`` holds, for each measure with an official counterpart, one comparison per
    indicator; ``changes`` the difference with the wave before, for each measure with a share.
    """
    questionnaire = survey.questionnaire
    plan, current = plan_results(survey, datasets[-1], [dataset.wave for dataset in datasets])
    released = release([*datasets[:-1], current], questionnaire, plan, survey.k, history)
    comparisons, own, changes = {}, {}, {}
    for measure in questionnaire.measures:
        cell = released.total(measure.key)
        wording = questionnaire.wording_of(measure.key)
        if found := compare_measure(measure, wording, cell, catalogue, survey.year):
            comparisons[measure.key] = found
        if found := compare_own(measure, wording, cell, catalogue, survey.year):
            own[measure.key] = found
        if plan.earlier:
            change = compare_cells(cell, released.total(measure.key, plan.earlier[-1]))
            if change is not None:
                changes[measure.key] = change
    findings = make_findings(released, questionnaire, comparisons, changes)
    mix = mix_of(released, survey.cuts, load_population())
    fair = {} if mix is None else _fair(comparisons, mix, catalogue, survey.year)
    before = next((dataset for dataset in datasets if plan.earlier and dataset.wave == plan.earlier[-1]), None)
    composition_change = (
        None if before is None else composition_change_of(released, survey, before.headcount, datasets[-1].headcount)
    )
    return Results(
        survey,
        released,
        comparisons,
        changes,
        findings,
        catalogue,
        mix,
        fair,
        composition_change=composition_change,
        own=own,
    )


def _fair(
    comparisons: Mapping[str, tuple[Comparison, ...]], mix: Mix, catalogue: Catalogue, year: int
) -> dict[str, Fair]:
    """The comparison of each measure with the national figure for people of the same composition."""
    found = {}
    for key in comparisons:
        best = headline(comparisons, key)
        fair = None if best is None else compare_fairly(best, mix, catalogue, load_population(), year)
        if fair is not None:
            found[key] = fair
    return found


def plan_results(survey: Survey, dataset: Dataset, waves: Sequence[str]) -> tuple[ReportingPlan, Dataset]:
    """What may be shown of a survey with answers of these ``waves``, and the answers of its own wave for it.

    Units of too few invited people have no figures of their own; their people are counted with the unit that
    each of them is part of.
    """
    least = INVITED_PER_K * survey.k
    return make_plan(survey, dataset.reported_tree(least, survey.levels), waves), dataset.merged(least)
