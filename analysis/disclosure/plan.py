"""The reporting plan: the closed list of cells, fixed before any result is seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from analysis.survey import Survey
from analysis.units import SEPARATOR, TOTAL, UnitPath, natural_order
from instruments.questionnaire import Questionnaire

#: The measure that counts who answered; its share is the response.
RESPONSE = "response"

#: The theme of questions about answering itself, which say something of the survey and nothing of a unit.
QUALITY = "quality"

#: The cut that is no cut: the organisation or a unit as a whole.
NO_CUT = ""

#: Job types by demands and autonomy (Karasek 1979, doi 10.2307/2392498), in the order of
#: ``2 * high demands + low autonomy``.
JOB_TYPES: tuple[str, ...] = ("low_strain", "passive_work", "active_work", "high_strain")
CARER_CATEGORIES: tuple[str, ...] = ("not_carer", "carer")


@dataclass(frozen=True, slots=True)
class Place:
    """Whom a figure is about: a unit as its written path, possibly one category of a cut in it."""

    unit: str = TOTAL
    cut: str = NO_CUT
    category: str = ""


@dataclass(frozen=True, slots=True)
class CellKey:
    """Which figure: a measure, in a wave, of a unit, possibly of one category of a cut."""

    wave: str
    measure: str
    unit: str = TOTAL
    cut: str = NO_CUT
    category: str = ""

    @property
    def place(self) -> Place:
        """Whom the figure is about."""
        return Place(self.unit, self.cut, self.category)


@dataclass(frozen=True)
class PlannedCut:
    """A cut with its categories in order, of the organisation, each first-level unit and ``also`` of others.

    ``without`` are measures that the cut is made from: they would say of carers that all of
    them are carers. ``rests_on`` are the measures whose answers make the categories of a derived cut.
    """

    key: str
    categories: tuple[str, ...]
    without: frozenset[str] = frozenset()
    rests_on: tuple[str, ...] = ()
    also: tuple[UnitPath, ...] = ()


@dataclass(frozen=True)
class ReportingPlan:
    """What may ever be printed of a survey: measures × (organisation, unit tree, cuts).

    ``divided`` are the measures that are also shown by unit and by cut: not the single questions
    of a scale, since a score and all its questions for the same small group would together say
    more than each, nor a second cut-off on the same questions, nor questions about answering itself.
    ``tree`` holds every reported unit below the organisation, each after the one above it; cuts are made of
    the organisation and of the units of the first level, one at a time. Earlier waves appear for the
    organisation as a whole only.
    """

    wave: str
    earlier: tuple[str, ...]
    measures: tuple[str, ...]
    divided: frozenset[str]
    tree: tuple[UnitPath, ...]
    cuts: tuple[PlannedCut, ...]

    @cached_property
    def units(self) -> tuple[str, ...]:
        """The units of the first level."""
        return tuple(path[0] for path in self.tree if len(path) == 1)

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Everyone a divided measure is shown of, in the order of publication; the organisation first."""
        found = [Place(), *(Place(written(path)) for path in self.tree)]
        for path in ((), *self.tree):
            for cut in self.cuts:
                if path in self.crossed(cut):
                    found += [Place(written(path), cut.key, category) for category in cut.categories]
        return tuple(found)

    def crossed(self, cut: PlannedCut) -> tuple[UnitPath, ...]:
        """The units of which a cut is made, the organisation first, each after those above it."""
        return tuple(path for path in ((), *self.tree) if len(path) <= 1 or path in cut.also)

    def cut(self, key: str) -> PlannedCut:
        """The planned cut with this key; raises ``KeyError``."""
        return self._cuts[key]

    @cached_property
    def _cuts(self) -> dict[str, PlannedCut]:
        return {cut.key: cut for cut in self.cuts}

    def places_of(self, measure: str) -> Iterator[Place]:
        """Everyone of whom ``measure`` is shown in the current wave."""
        if measure != RESPONSE and measure not in self.divided:
            yield Place()
            return
        left_out = {cut.key for cut in self.cuts if measure in cut.without}
        for place in self.places:
            if place.cut not in left_out:
                yield place

    def cells(self) -> Iterator[CellKey]:
        """Every planned cell, in the order in which it is published."""
        for wave in self.earlier:
            for measure in (RESPONSE, *self.measures):
                yield CellKey(wave, measure)
        for measure in (RESPONSE, *self.measures):
            for place in self.places_of(measure):
                yield CellKey(self.wave, measure, place.unit, place.cut, place.category)


def written(path: UnitPath) -> str:
    """How a unit is named in a cell: its path from the first level down; the organisation by its own word."""
    return SEPARATOR.join(path) if path else TOTAL


def make_plan(survey: Survey, tree: Iterable[UnitPath], waves: Sequence[str]) -> ReportingPlan:
    """The plan that follows from a survey: from its questionnaire and units, never from answers.

    ``tree`` are the reported units; a unit that is named only within the path of another is added.
    """
    questionnaire = survey.questionnaire
    keys = {measure.key for measure in questionnaire.measures}
    cuts = [PlannedCut(cut.key, tuple(category.key for category in cut.categories)) for cut in survey.cuts]
    if "carer" in keys:
        cuts.append(PlannedCut("carer", CARER_CATEGORIES, _resting_on(questionnaire, "carer"), ("carer",)))
    if "high_strain" in keys:
        made_of = ("high_demands", "low_autonomy")
        cuts.append(PlannedCut("job_type", JOB_TYPES, _resting_on(questionnaire, "high_strain"), made_of))
    return ReportingPlan(
        wave=survey.wave,
        earlier=tuple(wave for wave in survey.earlier if wave in waves),
        measures=tuple(measure.key for measure in questionnaire.measures),
        divided=frozenset(key for key in questionnaire.leading if questionnaire.measure(key).theme != QUALITY),
        tree=_ordered(tree),
        cuts=tuple(cuts),
    )


def with_cut(plan: ReportingPlan, path: UnitPath, key: str) -> ReportingPlan:
    """The plan in which a cut is made of one more unit; raises ``KeyError`` when either is not planned."""
    if path not in plan.tree:
        raise KeyError(written(path))
    wider = replace(plan.cut(key), also=(*plan.cut(key).also, path))
    return replace(plan, cuts=tuple(wider if cut.key == key else cut for cut in plan.cuts))


def only_totals(plan: ReportingPlan, wave: str) -> ReportingPlan:
    """The plan of an earlier wave: the organisation as a whole, of every measure."""
    return replace(plan, wave=wave, earlier=(), divided=frozenset(), tree=(), cuts=())


def _resting_on(questionnaire: Questionnaire, measure: str) -> frozenset[str]:
    """All measures that share a question with ``measure``; and the response, which has no such cut."""
    items = {item.key for item in questionnaire.items_of(measure)}
    sharing = (m.key for m in questionnaire.measures if items & {item.key for item in questionnaire.items_of(m.key)})
    return frozenset({RESPONSE, *sharing})


def _ordered(tree: Iterable[UnitPath]) -> tuple[UnitPath, ...]:
    """Every unit and all above it, each after the one above it, sisters in natural order."""
    every = {path[:depth] for path in tree for depth in range(1, len(path) + 1)}
    ordered = sorted(every, key=lambda path: [natural_order(name) for name in path])
    return tuple(ordered)
