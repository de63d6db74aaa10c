"""The reporting plan: the closed list of cells, fixed before any result is seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analysis.survey import Survey
from analysis.units import TOTAL
from instruments.questionnaire import Questionnaire

#: The measure that counts who answered; its share is the response.
RESPONSE = "response"

#: The cut that is no cut: the organisation or a unit as a whole.
NO_CUT = ""

#: Job types by demands and autonomy (Karasek 1979, doi 10.2307/2392498), in the order of
#: ``2 * high demands + low autonomy``.
JOB_TYPES: tuple[str, ...] = ("low_strain", "passive_work", "active_work", "high_strain")
CARER_CATEGORIES: tuple[str, ...] = ("not_carer", "carer")


@dataclass(frozen=True)
class CellKey:
    """Which figure: a measure, in a wave, of a unit, possibly of one category of a cut."""

    wave: str
    measure: str
    unit: str = TOTAL
    cut: str = NO_CUT
    category: str = ""


@dataclass(frozen=True)
class PlannedCut:
    """A cut at the level of the organisation, with its categories in order.

    ``without`` are measures that the cut is made from: they would say of carers that all of
    them are carers.
    """

    key: str
    categories: tuple[str, ...]
    without: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ReportingPlan:
    """What may ever be printed of a survey: measures × (organisation, first level, cuts).

    ``divided`` are the measures that are also shown by unit and by cut: not the single questions
    of a scale, since a score and all its questions for the same small group would together say
    more than each, nor a second cut-off on the same questions. Earlier waves appear for the
    organisation as a whole only.
    """

    wave: str
    earlier: tuple[str, ...]
    measures: tuple[str, ...]
    divided: frozenset[str]
    units: tuple[str, ...]
    cuts: tuple[PlannedCut, ...]

    def cells(self) -> Iterator[CellKey]:
        """Every planned cell, in the order in which it is published."""
        for wave in (*self.earlier, self.wave):
            for measure in (RESPONSE, *self.measures):
                yield CellKey(wave, measure)
                if wave != self.wave or (measure != RESPONSE and measure not in self.divided):
                    continue
                for unit in self.units:
                    yield CellKey(wave, measure, unit)
                for cut in self.cuts:
                    if measure not in cut.without:
                        for category in cut.categories:
                            yield CellKey(wave, measure, TOTAL, cut.key, category)


def make_plan(survey: Survey, units: Sequence[str], waves: Sequence[str]) -> ReportingPlan:
    """The plan that follows from a survey: from its questionnaire and units, never from answers."""
    questionnaire = survey.questionnaire
    keys = {measure.key for measure in questionnaire.measures}
    cuts = [PlannedCut(cut.key, tuple(category.key for category in cut.categories)) for cut in survey.cuts]
    if "carer" in keys:
        cuts.append(PlannedCut("carer", CARER_CATEGORIES, _resting_on(questionnaire, "carer")))
    if "high_strain" in keys:
        cuts.append(PlannedCut("job_type", JOB_TYPES, _resting_on(questionnaire, "high_strain")))
    return ReportingPlan(
        wave=survey.wave,
        earlier=tuple(wave for wave in survey.earlier if wave in waves),
        measures=tuple(measure.key for measure in questionnaire.measures),
        divided=frozenset(questionnaire.leading),
        units=tuple(units),
        cuts=tuple(cuts),
    )


def _resting_on(questionnaire: Questionnaire, measure: str) -> frozenset[str]:
    """All measures that share a question with ``measure``; and the response, which has no such cut."""
    items = {item.key for item in questionnaire.items_of(measure)}
    sharing = (m.key for m in questionnaire.measures if items & {item.key for item in questionnaire.items_of(m.key)})
    return frozenset({RESPONSE, *sharing})
