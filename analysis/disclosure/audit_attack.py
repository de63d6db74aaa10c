"""The attack on the released figures of one measure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from analysis.disclosure.attack import attack, range_of
from analysis.disclosure.audit_findings import Finding, Kind, Terms
from analysis.disclosure.knowledge import (
    PEOPLE,
    Breach,
    Flags,
    Inconsistent,
    Knowledge,
    Numbers,
    Targets,
    Unsolved,
    World,
)
from analysis.disclosure.plan import RESPONSE, Place
from analysis.disclosure.released_figures import Joint, Meaning
from analysis.disclosure.released_files import MOST_PEOPLE
from analysis.disclosure.released_lattice import Clash, Frame, Sums, find_secret, tighten_bounds

#: Cuts that are made from answers: how many people are in them is a figure of another measure.
DERIVED_CUTS = frozenset({"carer", "job_type"})


@dataclass(frozen=True, eq=False)
class Case:
    """One measure: its places, what is printed of them (None where nothing is), and what a reader knows.

    ``blank`` are the closed places of the files, ``least`` and ``most`` bounds on people that follow from
    sums. Of the measure that is ``counted`` numbers of people are secrets too.
    """

    wave: str
    measure: str
    meaning: Meaning
    frame: Frame
    sums: Sums
    printed: tuple[Joint | None, ...]
    blank: Flags
    knowledge: Knowledge
    least: Numbers
    most: Numbers
    invited: Mapping[Place, int]
    counted: bool

    @cached_property
    def closed(self) -> Flags:
        """Places of which nothing is printed: blanks, and those in no file."""
        return np.array([joint is None for joint in self.printed])

    @cached_property
    def filled(self) -> Flags:
        """Blanks that can be supposed to hold somebody. Where a whole group is blank all its parts are, empty or
        not, so nobody supposes anything of those."""
        found = self.blank & (self.most > 0)
        for relation in self.sums.lattice.relations:
            if self.closed[relation.total]:
                found[list(relation.parts)] = False
        return found

    def open_around(self, cell: int) -> tuple[Place, ...]:
        """The printed places in all sums in which a cell takes part."""
        groups = [(relation.total, *relation.parts) for relation in self.sums.lattice.relations]
        around = sorted({each for group in groups if cell in group for each in group if not self.closed[each]})
        return tuple(self.sums.places[each] for each in around)

    def only_total(self, knowledge: Knowledge) -> Knowledge:
        """What a reader would know if of all figures only those of the whole organisation were printed."""
        shut = ~self.closed
        shut[self.sums.index[Place()]] = False
        most = np.array([self.invited.get(place, MOST_PEOPLE) for place in self.sums.places])
        layers = []
        for layer in knowledge.layers:
            low = np.where(shut, layer.unit * layer.bottom, layer.low)
            high = np.where(shut, layer.unit * layer.top, layer.high)
            layers.append(replace(layer, low=low, high=high, strict=np.where(shut, 0, layer.strict)))
        n_low, n_high = np.where(shut, 0, knowledge.n_low), np.where(shut, most, knowledge.n_high)
        return replace(knowledge, n_low=n_low, n_high=n_high, layers=tuple(layers))


class CaseAttack:
    """Attacks one measure; afterwards ``attacks`` and ``narrowest`` tell how it went."""

    def __init__(self, case: Case, terms: Terms) -> None:
        self.attacks = 0
        self.narrowest: int | None = None
        self._case = case
        self._terms = terms

    def findings(self, world: World | None) -> list[Finding]:
        """What can be derived, in order of places. ``world`` fits what is known, None if it was not found in time."""
        found = [*self._find_open()]
        if world is None:
            found.append(self._finding("unproven", Place()))
        else:
            try:
                found += self._find_derived(world)
                found += self._find_absent(world)
            except Unsolved:
                found.append(self._finding("unproven", Place()))
        places = self._case.sums.index
        return sorted(found, key=lambda finding: places[finding.place])

    # ------------------------------------------------------------------------------ what is open

    def _find_open(self) -> Iterator[Finding]:
        """Groups that are printed although they are too small."""
        for place, joint in zip(self._case.sums.places, self._case.printed, strict=True):
            # A group to which nobody was invited holds no secret (disclosure rule 12).
            if joint is not None and joint.n_high < self._terms.smallest and self._case.invited.get(place) != 0:
                yield self._finding("printed", place, low=joint.n_low, high=joint.n_high, how=(place,))

    def _find_absent(self, world: World) -> Iterator[Finding]:
        """Groups of whom all, or all but a few, answered, where the employer knows who is away (disclosure rule 8)."""
        case, k = self._case, self._terms.k
        if case.measure != RESPONSE:
            return
        for number, (place, joint) in enumerate(zip(case.sums.places, case.printed, strict=True)):
            invited = case.invited.get(place)
            if joint is None or invited is None or invited - joint.n_high >= k:
                continue
            low, high = joint.n_low, joint.n_high
            how: tuple[Place, ...] = (place,)
            if low < high:
                low, high = range_of(case.knowledge, number, PEOPLE, world)
                how = how if (low, high) == (joint.n_low, joint.n_high) else case.open_around(number)
            if high - low < min(k, invited - self._terms.smallest) and invited - low < k:
                yield self._finding("absent", place, low=invited - high, high=invited - low, how=how)

    # --------------------------------------------------------------------------- what is derived

    def _find_derived(self, world: World) -> Iterator[Finding]:
        """What either reader can derive; of what both can, it is told what follows without supposing anything."""
        certain = self._attack(self._case.knowledge, world)
        yield from (self._breached(breach, self._case.knowledge, world, supposing=False) for breach in certain)
        known = {(breach.cell, breach.quantity, breach.kind) for breach in certain}
        knowledge, fitting = self._filled(world)
        for breach in self._attack_filled(knowledge, fitting):
            if (breach.cell, breach.quantity, breach.kind) not in known:
                yield self._breached(breach, knowledge, fitting, supposing=True)

    def _filled(self, world: World) -> tuple[Knowledge, World | None]:
        """What somebody knows who supposes that no blank is empty; and the given world if it fits that."""
        case = self._case
        knowledge = replace(case.knowledge, n_low=np.where(case.filled, 1, case.knowledge.n_low))
        return knowledge, world if (world.people >= knowledge.n_low).all() else None

    def _attack_filled(self, knowledge: Knowledge, world: World | None) -> list[Breach]:
        """What he finds; nothing where the figures contradict him."""
        if not self._case.filled.any():
            return []
        try:
            return self._attack(knowledge, world)
        except Inconsistent:
            return []

    def _attack(self, knowledge: Knowledge, world: World | None) -> list[Breach]:
        """The breaches but for what is known of closed cells from the whole organisation's figures alone."""
        targets, closed = self._targets(knowledge), self._case.closed
        if not (targets.count | targets.answers | targets.mind).any():
            return []
        outcome = attack(knowledge, targets, world)
        self.attacks += 1
        self._note_width(outcome.narrowest)
        if not outcome.breaches:
            return []
        asked = replace(
            targets, count=targets.count & closed, answers=targets.answers & closed, mind=targets.mind & closed
        )
        before = attack(self._case.only_total(knowledge), asked, world).breaches
        known = {(breach.cell, breach.quantity, breach.kind) for breach in before}
        # A group in no file is part of larger ones: where one of these says that nearly all its people answered
        # alike, that holds for all parts that anybody may think of, and no figure less would change it.
        nowhere = closed & ~self._case.blank
        return [
            breach
            for breach in outcome.breaches
            if (breach.cell, breach.quantity, breach.kind) not in known
            and not (breach.kind == "one_mind" and nowhere[breach.cell])
        ]

    def _note_width(self, width: int | None) -> None:
        widths = [each for each in (self.narrowest, width) if each is not None]
        self.narrowest = min(widths, default=None)

    def _targets(self, knowledge: Knowledge) -> Targets:
        """What the reader must not find out. Raises :class:`Inconsistent` when what he supposes cannot be."""
        case, k, smallest = self._case, self._terms.k, self._terms.smallest
        nothing: Flags = np.zeros(len(case.printed), dtype=bool)
        secret = find_secret(case.sums, case.closed, case.least, case.frame)
        derived = np.array([place.cut in DERIVED_CUTS for place in case.sums.places])
        # A band that reaches below the smallest group: no more than the band itself must be known.
        doubtful = ~case.closed & (knowledge.n_low < smallest) & (knowledge.n_high >= smallest)
        before = case.only_total(knowledge)
        try:
            low, high = tighten_bounds(case.sums, before.n_low, before.n_high)
        except Clash as clash:
            raise Inconsistent("what is supposed contradicts the figures") from clash
        prior = np.where(doubtful, knowledge.n_high - knowledge.n_low, high - low)
        count = (secret & ~derived) | doubtful if case.counted else nothing
        answers = secret | doubtful if knowledge.layers else nothing
        mind = answers | ~case.closed if knowledge.layers and case.meaning.sensitive else nothing
        return Targets(k, smallest, count, prior, answers, mind)

    def _breached(self, breach: Breach, knowledge: Knowledge, world: World | None, *, supposing: bool) -> Finding:
        case, low, high = self._case, breach.low, breach.high
        if breach.kind == "narrow":  # the attack stops when it is narrow enough; here is told how narrow
            with suppress(Unsolved):
                low, high = range_of(knowledge, breach.cell, PEOPLE, world)
            self._note_width(high - low)
        return self._finding(
            breach.kind,
            case.sums.places[breach.cell],
            quantity=breach.quantity,
            low=low,
            high=high,
            how=tuple(case.sums.places[cell] for cell in breach.how if not case.closed[cell]),
            supposing=supposing,
            step=next((layer.step for layer in case.knowledge.layers if layer.name == breach.quantity), 1),
            one_point=case.meaning.denominator if breach.quantity == "points" else 1,
        )

    def _finding(self, kind: Kind, place: Place, **more: object) -> Finding:
        return Finding(kind, self._case.wave, self._case.measure, place, **more)  # type: ignore[arg-type]
