"""The gate: from scored answers to the pattern of closed cells, proven against the attacker.

First the numbers of respondents are protected, over units and cuts together; every measure keeps closed
what closes there. Then the measures of one instrument are decided together, so that no open sister tells
why a cell is closed. A pattern stands only when the attack on it found nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from analysis.dataset import Dataset
from analysis.disclosure.absentees import Absentees
from analysis.disclosure.attack import attack
from analysis.disclosure.headcounts import invited_people
from analysis.disclosure.knowledge import Breach, Flags, Layer, Link, Numbers, Outcome, World
from analysis.disclosure.plan import NO_CUT, RESPONSE, Place, ReportingPlan
from analysis.disclosure.printing import (
    NOTHING,
    UNKNOWN,
    Printed,
    blur_asked,
    certainly_of_one_mind,
    exact_yes_layer,
    points_layer,
    print_people,
    print_share,
    print_tenths,
    yes_layer,
)
from analysis.disclosure.proven import Proven
from analysis.disclosure.reader import Reader
from analysis.disclosure.structure import REST, Structure, build_structure
from analysis.disclosure.suppression import CannotProtect, Task, suppress
from analysis.grouping import INVITED_PER_K
from analysis.scoring import GroupSums, Scored, derived_categories, score_dataset
from analysis.units import TOTAL
from instruments.questionnaire import Questionnaire

#: One insider knows the own answer, so a group must be one larger than promised.
INSIDERS = 1

#: Themes that are about health or caregiving: groups of one mind stay closed at any size.
SENSITIVE_THEMES = frozenset({"fatigue", "care"})

#: What closing costs, by kind of cell: the figures that most people read are the last to close.
_CROSSED, _UNIT, _FIRST_LEVEL, _CATEGORY = 1, 2, 6, 10


@dataclass(frozen=True)
class Proof:
    """What the attacks came to: the means that were tried, none when nothing was there to attack, and the
    smallest width that is left of a number of people that may be small (None when there is none).

    How often something was tried, and what it took, would tell how many closed cells there are of which kind.
    """

    means: tuple[str, ...] = ()
    narrowest: int | None = None


@dataclass(frozen=True)
class Decision:
    """One wave: its places, what would be printed of each measure, and which cells are open.

    ``opened[measure]``, ``invited`` and the arrays of ``printed`` and ``sums`` have shape ``(places,)``.
    """

    structure: Structure
    invited: Numbers
    sums: Mapping[str, GroupSums]
    printed: Mapping[str, Printed]
    opened: Mapping[str, Flags]
    proof: Proof


@dataclass(frozen=True)
class History:
    """What was released before, and binds the gate.

    ``settled``: places that were decided on the same answers, with the measures for which each is open; they
    stay as they are. ``barred``: units that earlier waves forbid (:mod:`analysis.disclosure.waves`); they
    appear as part of the unit above them.
    """

    settled: Mapping[Place, frozenset[str]] = field(default_factory=dict)
    barred: frozenset[str] = frozenset()


def decide(
    dataset: Dataset, questionnaire: Questionnaire, plan: ReportingPlan, k: int, history: History | None = None
) -> Decision:
    """Which cells of ``dataset`` are open.

    Raises :class:`analysis.disclosure.knowledge.Inconsistent` and
    :class:`analysis.disclosure.knowledge.Unsolved`: then nothing may be published.
    """
    return _Gate(dataset, questionnaire, plan, k, history or History()).decision()


@dataclass(frozen=True)
class _Block:
    """Measures that are decided together: of one instrument, with one base, divided by the same cuts."""

    measures: tuple[str, ...]
    among: str | None
    left_out: frozenset[str]


@dataclass
class _Tally:
    """Adds up what the attacks found."""

    means: tuple[str, ...] = ()
    widths: dict[str, int] = field(default_factory=dict)

    def count(self, name: str, outcome: Outcome) -> tuple[Breach, ...]:
        self.means = tuple(outcome.steps)
        if outcome.narrowest is None:
            self.widths.pop(name, None)
        else:
            self.widths[name] = outcome.narrowest  # the last attack, on the pattern that stands
        return outcome.breaches

    def proof(self) -> Proof:
        return Proof(self.means, min(self.widths.values(), default=None))


class _Gate:
    """Decides one wave."""

    def __init__(
        self, dataset: Dataset, questionnaire: Questionnaire, plan: ReportingPlan, k: int, history: History
    ) -> None:
        self._questionnaire = questionnaire
        self._history = history
        self._plan = plan
        self._k = k
        self._smallest = k + INSIDERS
        self._measures = {measure.key: measure for measure in questionnaire.measures}
        # Whose yes-answers decide who is asked something, or who is in a category.
        self._bases = {measure.among for measure in questionnaire.measures} | {
            m for cut in plan.cuts for m in cut.rests_on
        }
        scored = score_dataset(dataset, questionnaire)
        scored[RESPONSE] = Scored(np.ones(dataset.n, dtype=bool), None, None)
        derived = {cut.key: derived_categories(scored, *cut.rests_on) for cut in plan.cuts if cut.rests_on}
        self._structure = build_structure(dataset, plan, derived)
        self._sums = {measure: self._structure.sums(each) for measure, each in scored.items()}
        self._invited = invited_people(self._structure, dataset.headcount, self._sums[RESPONSE].n)
        self._printed = {measure: self._print(measure) for measure in self._sums}
        bases = {measure.key: measure.among for measure in questionnaire.measures if measure.among is not None}
        self._absentees = Absentees(self._structure, self._printed, bases, self._few_away(RESPONSE))
        self._reader = Reader(self._structure, self._invited, self._k, self._smallest)
        self._cost = self._costs()
        self._tally = _Tally()
        self._proven = Proven()
        self._closed: dict[str, Flags] = {}

    def decision(self) -> Decision:
        everything = np.ones(len(self._structure.places), dtype=bool)
        if int(self._sums[RESPONSE].n[0]) >= self._smallest:
            self._protect_people()
            for measure in self._measures:
                if not self._total_opens(measure):
                    self._closed[measure] = everything
                elif measure not in self._plan.divided:
                    self._closed[measure] = self._all_but_the_total()
            self._protect_answers()
        closed = {measure: self._closed.get(measure, everything) for measure in self._sums}
        opened = {measure: ~flags & self._structure.planned for measure, flags in closed.items()}
        return Decision(self._structure, self._invited, self._sums, self._printed, opened, self._tally.proof())

    def _protect_people(self) -> None:
        """Closes cells of the response until the number of people in a small group cannot be found out."""
        task = self._task((RESPONSE,), self._left_out(RESPONSE), self._too_small(RESPONSE))
        n, printed = self._sums[RESPONSE].n, self._printed[RESPONSE]
        known = n.copy()
        known[~self._structure.within(self._left_out(RESPONSE))] = 0

        def breaches(closed: Flags) -> list[Breach]:
            found: list[Breach] = []
            for number, search in enumerate(self._reader.of_people(task.lattice, printed, known, closed)):
                outcome = attack(search.knowledge, search.targets, search.world)
                for breach in self._tally.count(f"{RESPONSE} {number}", outcome):
                    how = tuple(cell for cell in breach.how if cell < known.size)
                    found.append(replace(breach, cell=int(search.owner[breach.cell]), how=how))
            return found

        self._closed[RESPONSE] = self._suppress(task, breaches)

    def _protect_answers(self) -> None:
        """Decides all blocks, again and again until none has to close more because another one did."""
        blocks = self._blocks()
        waiting = list(blocks)
        while waiting:
            for block in waiting:
                self._protect_block(block)
            waiting = [block for block in blocks if (self._above(block) & ~self._closed[block.measures[0]]).any()]

    def _blocks(self) -> list[_Block]:
        found: dict[tuple[str, str | None, frozenset[str]], list[str]] = {}
        for key, measure in self._measures.items():
            if key in self._plan.divided and key not in self._closed:
                instrument = self._questionnaire.instrument_of(key).id
                found.setdefault((instrument, measure.among, self._left_out(key)), []).append(key)
        return [_Block(tuple(keys), among, left_out) for (_, among, left_out), keys in found.items()]

    def _protect_block(self, block: _Block) -> None:
        primary = self._above(block)
        if block.measures[0] in self._closed:
            primary |= self._closed[block.measures[0]]
        for measure in block.measures:
            primary |= self._too_small(measure)
            if self._is_sensitive(measure):
                primary |= certainly_of_one_mind(self._printed[measure])
        task = self._task(block.measures, block.left_out, primary)

        def breaches(closed: Flags) -> list[Breach]:
            found = [breach for measure in block.measures for breach in self._attack_answers(measure, task, closed)]
            return [*found, *self._absentees.told({**self._closed, **dict.fromkeys(block.measures, closed)})]

        closed = self._suppress(task, breaches)
        self._closed.update(dict.fromkeys(block.measures, closed))

    def _above(self, block: _Block) -> Flags:
        """What closes because the response is closed there, or the base, or what makes a category."""
        structure = self._structure
        found = self._closed[RESPONSE] & ~structure.derived
        if block.among in self._closed:
            # A base may be divided by fewer cuts than what is asked of it.
            found |= self._closed[block.among] & structure.within(self._left_out(block.among))
        for cut in self._plan.cuts:
            for measure in cut.rests_on:
                if measure in self._closed and cut.key not in block.left_out:
                    shut = {structure.places[number] for number in np.flatnonzero(self._closed[measure])}
                    found |= np.array([p.cut == cut.key and Place(p.unit) in shut for p in structure.places])
        return found & structure.planned

    def _attack_answers(self, measure: str, task: Task, closed: Flags) -> tuple[Breach, ...]:
        sums, printed = self._sums[measure], self._printed[measure]
        inside = self._structure.within(self._left_out(measure))
        n = np.where(inside, sums.n, 0)
        layers, truths = [], []
        if sums.yes is not None:
            layers.append(self._yes_layer(measure, closed))
            truths.append(np.where(inside, sums.yes, 0))
        if sums.total is not None:
            bounds = self._questionnaire.score_bounds(measure)
            layers.append(points_layer(printed.tenths, ~closed, bounds, sums.denominator))
            truths.append(np.where(inside, sums.total, 0))
        if not layers:
            return ()
        most = self._reader.most_people(self._printed[RESPONSE], self._closed[RESPONSE])
        knowledge, targets = self._reader.of_answers(
            task.lattice, printed, n, closed, most, layers, self._link(measure), sensitive=self._is_sensitive(measure)
        )
        left = self._proven.without(measure, closed, targets)
        found = self._tally.count(measure, attack(knowledge, left, World(n, tuple(truths))))
        self._proven.learn(measure, closed, targets, found)
        return found

    def _yes_layer(self, measure: str, closed: Flags) -> Layer:
        """What is known of yes-answers: the rounded share, or their exact number where others are asked by them."""
        printed, sums = self._printed[measure], self._sums[measure]
        if measure not in self._bases or sums.yes is None:
            return yes_layer(printed.share, ~closed)
        # Where the number of answers is a band, so is the number of those who answered what only they are asked.
        exact = ~closed & (printed.n_low == printed.n_high)
        rounded, known = yes_layer(printed.share, ~closed), exact_yes_layer(sums.yes, sums.n, exact)
        scale = known.unit // rounded.unit
        low = np.where(exact, known.low, scale * rounded.low)
        high = np.where(exact, known.high, scale * rounded.high)
        return replace(known, low=low, high=high, strict=np.where(exact, 0, rounded.strict))

    def _link(self, measure: str) -> Link | None:
        """What a yes says about the score, where the yes is a cut-off on the score itself."""
        flag = self._measures[measure].flag
        if flag is None or flag.operator == "equals" or self._sums[measure].total is None:
            return None
        denominator = self._sums[measure].denominator
        low, high = (bound * denominator for bound in self._questionnaire.score_bounds(measure))
        limit = flag.threshold * denominator
        # The first score on the high side, and the last one on the low side.
        first = math.ceil(limit) if flag.operator in ("at_least", "below") else math.floor(limit) + 1
        above, below = (first, high), (low, first - 1)
        return Link(above, below) if flag.operator in ("at_least", "above") else Link(below, above)

    def _task(self, measures: Sequence[str], left_out: frozenset[str], primary: Flags) -> Task:
        structure, settled = self._structure, self._history.settled
        inside = structure.within(left_out)
        # Settled places that are closed for one of these measures are closed for all (they were decided together).
        shut = np.array(
            [not settled.get(place, frozenset(measures)).issuperset(measures) for place in structure.places]
        )
        barred = np.array([place.unit in self._history.barred for place in structure.places])
        divided = structure.planned & inside
        divided[0] = False  # the organisation itself opens or closes before anything is divided
        closable = divided & np.array([place not in settled for place in structure.places])
        rest = np.array([place.category == REST for place in structure.places])
        return Task(
            lattice=structure.lattice_without(left_out),
            primary=(primary | barred) & closable,
            hidden=~structure.planned | ~inside | shut,
            closable=closable,
            cost=self._cost,
            sizes=tuple(self._sums[measure].n for measure in measures),
            guarded=divided | (rest & inside),
            k=self._k,
        )

    def _suppress(self, task: Task, breaches: Callable[[Flags], Sequence[Breach]]) -> Flags:
        """The pattern for a task. What could be found out with everything closed, from the total and from what
        the reader was given, is no secret of this release: it closes nothing."""
        try:
            return suppress(task, breaches)
        except CannotProtect:
            # Afresh: a group that was safe because it had to be large may be a small one where less is printed.
            self._proven = Proven()
            anyway = {(b.cell, b.quantity, b.kind) for b in breaches(self._all_but_the_total())}

        def others(closed: Flags) -> list[Breach]:
            return [b for b in breaches(closed) if (b.cell, b.quantity, b.kind) not in anyway]

        return suppress(task, others)

    def _print(self, measure: str) -> Printed:
        sums, base = self._sums[measure], None if measure == RESPONSE else self._measures[measure].among
        invited = self._invited if base is None else np.full_like(self._invited, UNKNOWN)
        low, high = print_people(sums.n, self._smallest, invited)
        nothing = np.full(sums.n.size, NOTHING, dtype=np.int64)
        share = nothing if sums.yes is None else print_share(sums.yes, sums.n)
        tenths = nothing if sums.total is None else print_tenths(sums.total, sums.n, sums.denominator)
        printed = Printed(low, high, share, tenths)
        if base is None:
            return printed
        return blur_asked(sums.n, printed, self._print(base), self._few_away(base), self._smallest)

    def _few_away(self, measure: str) -> Flags:
        """Where all but ``k`` of the invited people answered a measure, or more."""
        absent = self._invited - self._sums[measure].n
        found: Flags = (self._invited != UNKNOWN) & (absent >= 0) & (absent <= self._k)
        return found

    def _costs(self) -> Numbers:
        """People who lose a figure, times what kind of figure it is."""
        structure = self._structure
        weight = np.full(len(structure.places), _UNIT, dtype=np.int64)
        for number, place in enumerate(structure.places):
            if place.cut != NO_CUT:
                weight[number] = _CATEGORY if place.unit == TOTAL else _CROSSED
            elif place.unit in self._plan.units:
                weight[number] = _FIRST_LEVEL
        found: Numbers = (self._sums[RESPONSE].n + 1) * weight
        return found

    def _too_small(self, measure: str) -> Flags:
        """Cells with too few answers, and cells to which too few people were invited.

        A category within a unit needs twice as many answers (disclosure rule 11). Of fewer than 2 k invited
        people too few can be absent for their number to stay unknown; such units are merged before the start.
        """
        needed = np.where(self._structure.crossed, 2 * self._k, self._smallest)
        few = (self._invited != UNKNOWN) & (self._invited < INVITED_PER_K * self._k)
        found: Flags = (self._sums[measure].n < needed) | few
        return found

    def _total_opens(self, measure: str) -> bool:
        if int(self._sums[measure].n[0]) < self._smallest:
            return False
        return not (self._is_sensitive(measure) and bool(certainly_of_one_mind(self._printed[measure])[0]))

    def _all_but_the_total(self) -> Flags:
        closed = np.ones(len(self._structure.places), dtype=bool)
        closed[0] = False
        return closed

    def _left_out(self, measure: str) -> frozenset[str]:
        return frozenset(cut.key for cut in self._plan.cuts if measure in cut.without)

    def _is_sensitive(self, measure: str) -> bool:
        return measure in self._measures and self._measures[measure].theme in SENSITIVE_THEMES
