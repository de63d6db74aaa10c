"""What readers know of one wave of released files, and the attack on it measure by measure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from analysis.disclosure.attack import find_world
from analysis.disclosure.audit_attack import Case, CaseAttack
from analysis.disclosure.audit_findings import Finding, Terms
from analysis.disclosure.knowledge import Inconsistent, Knowledge, Layer, Numbers, Unsolved, World
from analysis.disclosure.plan import RESPONSE, Place
from analysis.disclosure.released_figures import Joint, Misfit, find_meaning, fit_layer, join_cells, make_layer
from analysis.disclosure.released_files import MOST_PEOPLE, ReleasedCell
from analysis.disclosure.released_lattice import (
    Clash,
    Gap,
    find_gaps,
    make_frame,
    make_sums,
    name_place,
    tighten_bounds,
)
from analysis.errors import InputError, count_of, quoted


class _Needs(Exception):
    """The figures contradict each other unless there are people in these gaps."""

    def __init__(self, measure: str, gaps: frozenset[Gap], place: Place | None = None) -> None:
        super().__init__(measure)
        self.measure = measure
        self.gaps = gaps
        self.place = place


class WaveAudit:
    """Attacks the cells of one wave; afterwards ``attacks``, ``narrowest`` and ``hidden`` tell how it went."""

    def __init__(self, wave: str, cells: Sequence[ReleasedCell], terms: Terms) -> None:
        self.wave = wave
        self.attacks = 0
        self.narrowest: int | None = None
        self._terms = terms
        files = list(dict.fromkeys(cell.file for cell in cells))
        self._files = files[0] if len(files) == 1 else f"{files[0]} and {count_of(len(files) - 1, 'other file')}"
        self._invited = {place: number for (of, place), number in terms.invited.items() if of == wave}
        self._cells: dict[str, dict[Place, Joint | None]] = {}
        for key, joint in join_cells(cells).cells.items():
            self._cells.setdefault(key.measure, {})[key.place] = joint
        self._frame = make_frame(place for places in self._cells.values() for place in places)
        self.hidden = self._frame.single
        # Who answered comes first, since it bounds all others.
        self._order = sorted(self._cells, key=lambda measure: measure != RESPONSE)
        self._meanings = {
            measure: find_meaning(measure, terms.scales.get(measure), sensitive=measure in terms.sensitive)
            for measure in self._order
        }
        self._answered: dict[Place, int] = {}

    @property
    def without_mean(self) -> tuple[str, ...]:
        """Measures with a printed mean of which the scale is not known."""
        return tuple(
            measure
            for measure in self._order
            if self._meanings[measure].bounds is None
            and any(joint is not None and joint.means for joint in self._cells[measure].values())
        )

    def attack(self, tell: Callable[[float], None]) -> list[Finding]:
        """Everything that can be derived, in order of measures and places. Raises :class:`InputError`."""
        self._check_headcounts()
        findings = []
        cases, worlds = self._settle()
        for done, (case, world) in enumerate(zip(cases, worlds, strict=True)):
            tell(done / len(cases))
            attack = CaseAttack(case, self._terms)
            findings += attack.findings(world)
            self.attacks += attack.attacks
            widths = [width for width in (self.narrowest, attack.narrowest) if width is not None]
            self.narrowest = min(widths, default=None)
        return findings

    # ---------------------------------------------------------------------------- what is known

    def _check_headcounts(self) -> None:
        for measure, places in self._cells.items():
            for place, joint in places.items():
                if joint is not None and joint.n_low > self._invited.get(place, MOST_PEOPLE):
                    raise InputError(
                        f"{self._files}: in wave {quoted(self.wave)} {joint.n_low} people of {name_place(place)} "
                        f"answered {quoted(measure)}, and the head counts have {self._invited[place]}; correct one"
                    )

    def _settle(self) -> tuple[list[Case], list[World | None]]:
        """What is known of each measure, with as few people outside the named groups as the figures allow."""
        while True:
            try:
                cases = [self._case(measure) for measure in self._order]
                return cases, [self._world(case) for case in cases]
            except _Needs as needs:
                if self.hidden == self._frame.gaps:
                    where = "" if needs.place is None else f" around {name_place(needs.place)}"
                    raise InputError(
                        f"{self._files}: the figures of {quoted(needs.measure)} in wave {quoted(self.wave)} do not "
                        f"add up{where}; correct them, or audit files about different answers one by one"
                    ) from needs
                more = self.hidden | needs.gaps
                self.hidden = more if more != self.hidden else self._frame.gaps

    def _case(self, measure: str) -> Case:
        places, meaning = self._cells[measure], self._meanings[measure]
        sums = make_sums(self._frame.with_hidden(self.hidden), tuple(places))
        printed = tuple(places.get(place) for place in sums.places)
        low = np.array([0 if joint is None else joint.n_low for joint in printed])
        high = np.array([MOST_PEOPLE if joint is None else joint.n_high for joint in printed])
        for bounds in (self._invited, self._answered if measure != RESPONSE else {}):
            high = np.minimum(high, [bounds.get(place, MOST_PEOPLE) for place in sums.places])
        try:
            if gaps := find_gaps(sums, low, high):
                raise _Needs(measure, gaps)
            least, most = tighten_bounds(sums, low, high)
            layers = tuple(self._layers(measure, printed, low, high))
        except Clash as clash:
            gaps = frozenset({sums.gaps[clash.relation]}) if clash.lacking else self._frame.gaps
            raise _Needs(measure, gaps, sums.places[clash.cell]) from clash
        except Misfit as misfit:
            raise self._misfit(measure, sums.places[misfit.cell], misfit.quantity) from misfit
        if measure == RESPONSE:
            self._answered = dict(zip(sums.places, most.tolist(), strict=True))
        link = meaning.link if len(layers) == 2 else None
        return Case(
            wave=self.wave,
            measure=measure,
            meaning=meaning,
            frame=self._frame,
            sums=sums,
            printed=printed,
            blank=np.array([place in places and places[place] is None for place in sums.places]),
            knowledge=Knowledge(sums.lattice, low, high, layers, link),
            least=least,
            most=most,
            invited=self._invited,
            counted=measure == self._order[0],
        )

    def _layers(self, measure: str, printed: Sequence[Joint | None], low: Numbers, high: Numbers) -> Iterator[Layer]:
        meaning = self._meanings[measure]
        made = []
        if measure != RESPONSE:  # its share is of those invited, and nobody says yes
            shares = [() if joint is None else joint.shares for joint in printed]
            made.append((make_layer("yes", shares, (0, 1), 1), shares))
        if meaning.bounds is not None:
            means = [() if joint is None else joint.means for joint in printed]
            made.append((make_layer("points", means, meaning.bounds, meaning.denominator), means))
        for layer, numbers in made:
            if layer is not None:
                yield fit_layer(layer, [cell for cell, told in enumerate(numbers) if told], low, high)

    def _misfit(self, measure: str, place: Place, quantity: str) -> InputError:
        figure, remedy = ("share", "correct the line")
        if quantity == "points":
            low, high = self._meanings[measure].bounds or (0, 0)
            figure, remedy = f"mean on a scale of {low} to {high}", f"correct it, or give --scale {measure}=LOW-HIGH"
        return InputError(
            f"{self._files}: no number of people has the {figure} that is printed of {quoted(measure)} in wave "
            f"{quoted(self.wave)} for {name_place(place)}; {remedy}"
        )

    def _world(self, case: Case) -> World | None:
        """One way in which it could be; None when it cannot be found in time."""
        try:
            return find_world(case.knowledge)
        except Inconsistent as inconsistent:
            raise _Needs(case.measure, self._frame.gaps) from inconsistent
        except Unsolved:
            return None
