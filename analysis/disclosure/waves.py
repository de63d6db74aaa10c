"""Disclosure rule 4: which units of a later wave may appear beside what earlier waves printed.

Whoever has the figures of a unit in two waves can subtract them, and what is left speaks of the people who
came or went. Of a unit below the organisation these must be nobody or at least ``k_eff`` people; otherwise
its later figures appear as part of the unit above it. They are counted in people on the roster, since nobody
knows which of them answered.

What can be subtracted from what? The figures of disjoint units add up, so a reader has in each wave the
*pieces* that the printed units cut the organisation into (a unit without the units printed below it), and
every sum of pieces. Hiding one unit alone hides nothing: it is what the unit above it leaves when its sisters
are taken away. Two checks follow, both on what is printed after hiding:

1. A later unit or piece *continues* an earlier one when more than half of either are the same people. Then
   those who are in the earlier one only (they left or moved out), and those who are in the later one only
   (they joined or moved in), must each be 0 or at least ``k_eff``. Pairs that share less need no look: if
   two sets of at least ``k_eff`` people differ by fewer than ``k_eff``, more than half of either is shared.
2. No sum of earlier pieces and sum of later pieces may differ by 1 to ``k_eff - 1`` people, counting both
   those who went and those who came. This covers units that split, merge or hand a whole team over. With
   pieces as nodes, the people whom two of them share as weights, and one more node for "not there", the
   difference of two sums is a cut: so no component may have a cut below ``k_eff``, which is decided exactly
   (Nagamochi and Ibaraki 1992, doi:10.1137/0405004).

Pieces of fewer than ``k_eff`` people stand for nothing that a reader could know, and the gate of their own wave
would close a unit beside them. So that it is the same one here as there, such a unit is hidden before the checks.
In a survey of Peil no smallest group has so few people (:mod:`analysis.grouping`); earlier pieces that small
count as "not there".

The organisation has nothing above it and stays. Its people answer anew in each wave, so that a difference
between waves is an inference and no identity, and in a whole percent of an organisation a few people drown.
For the same reason the rule is stricter than arithmetic asks for below the organisation: in a small unit
people may well answer as they did before.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

#: Head counts by smallest unit in the earlier and in the later wave; None for people who are not there.
Movements = Mapping[tuple[str | None, str | None], int]

#: A set of people: whole units are named by their number or key, pieces by what prints them.
_Name = Hashable

#: The node of everybody who is not there, or in no printed unit.
_OUTSIDE: _Name = ("outside",)


@dataclass(frozen=True)
class LaterUnit:
    """A unit that the later wave could show: its smallest groups of people, and the key of the unit above it.

    Exactly one unit, the organisation, has no ``parent`` and holds all groups.
    """

    atoms: frozenset[str]
    parent: str | None


@dataclass(frozen=True)
class EarlierWave:
    """What was printed before: ``published`` are the units with an open figure, as sets of smallest groups.

    ``movements`` is None when nobody can tell any more who was there then.
    """

    movements: Movements | None
    published: Collection[frozenset[str]]


def show_units(units: Mapping[str, LaterUnit], earlier: Iterable[EarlierWave], k_eff: int) -> dict[str, str]:
    """Where each unit's figures appear: itself, or the nearest unit above it that is shown.

    The organisation alone appears when an earlier wave with figures has no movements, or when what became of
    the organisation as a whole differs from it by 1 to ``k_eff - 1`` people. A unit that is not shown hides
    those below it. Raises ``ValueError`` for units that are no tree and for people outside it.
    """
    tree = _Tree(units)
    printed = [wave for wave in earlier if wave.published]
    if any(wave.movements is None for wave in printed):
        return dict.fromkeys(units, tree.top)
    pasts = [_Past(wave.movements or {}, wave.published, k_eff) for wave in printed]
    for past in pasts:
        if not past.later_atoms <= units[tree.top].atoms:
            raise ValueError("people have moved to groups that are in no unit")
    shown = set(units)
    while hide := next(filter(None, _steps(tree, shown, pasts)), None):
        shown -= {unit for unit in shown if not hide.isdisjoint(tree.line(unit))}
    return {unit: next(above for above in tree.line(unit) if above in shown) for unit in units}


def _steps(tree: _Tree, shown: set[str], pasts: Sequence[_Past]) -> Iterator[set[str]]:
    """What has to be hidden, one kind of reason after the other: later kinds look at what the first leave."""
    if shown == {tree.top}:
        return
    views = [(past, _View(tree, frozenset(shown), past)) for past in pasts]
    yield {unit for past, view in views for unit in view.too_small(past.k_eff)}
    yield {unit for past, view in views for unit in past.continued_badly(view.units_of) if unit != tree.top}
    yield {view.smallest[unit] for past, view in views for unit in past.continued_badly(view.pieces_of)}
    for past, view in views:
        yield view.hidden_by(past)


class _Tree:
    """The units of the later wave. Raises ``ValueError`` when they are no tree."""

    def __init__(self, units: Mapping[str, LaterUnit]) -> None:
        tops = [key for key, unit in units.items() if unit.parent is None]
        if len(tops) != 1:
            raise ValueError("exactly one unit has no unit above it")
        (self.top,) = tops
        self.units = units
        below: Counter[tuple[str, str]] = Counter()
        for key, unit in units.items():
            if unit.parent is not None:
                if unit.parent not in units or not unit.atoms <= units[unit.parent].atoms or key == unit.parent:
                    raise ValueError(f"the unit {key} is not part of the unit above it")
                below.update((unit.parent, atom) for atom in unit.atoms)
        if max(below.values(), default=1) > 1:
            raise ValueError("two units hold the same people")
        self._lines = {key: tuple(self._climb(key)) for key in units}
        downwards = sorted(units, key=lambda key: len(self._lines[key]))
        self._smallest = {atom: key for key in downwards for atom in units[key].atoms}

    def line(self, unit: str) -> tuple[str, ...]:
        """The unit and all above it, upwards."""
        return self._lines[unit]

    def home(self, atom: str, shown: Collection[str]) -> str:
        """The smallest shown unit that holds ``atom``."""
        return next(unit for unit in self._lines[self._smallest[atom]] if unit in shown)

    def _climb(self, key: str) -> Iterator[str]:
        unit: str | None = key
        for _ in self.units:
            if unit is None:
                return
            yield unit
            unit = self.units[unit].parent
        if unit is not None:
            raise ValueError(f"the unit {key} stands above itself")


class _Past:
    """One earlier wave: its pieces, and how many people of each are where in the later one."""

    def __init__(self, movements: Movements, published: Collection[frozenset[str]], k_eff: int) -> None:
        if (None, None) in movements or min(movements.values(), default=0) < 0:
            raise ValueError("movements count people who are there in one of two waves, and no fewer than nobody")
        self.k_eff = k_eff
        units = sorted(published, key=sorted)
        #: People by the printed units that hold them, and by later smallest group.
        self.flows: Counter[tuple[tuple[int, ...], str | None]] = Counter()
        for (before, after), people in movements.items():
            within = () if before is None else tuple(n for n, unit in enumerate(units) if before in unit)
            self.flows[within, after] += people
        self.later_atoms = {after for (_, after), people in self.flows.items() if after is not None and people}
        sizes: Counter[tuple[int, ...]] = Counter()
        for (within, _), people in self.flows.items():
            sizes[within] += people
        #: The pieces that are large enough to count.
        self.pieces = {within for within, people in sizes.items() if within and people >= k_eff}

    def continued_badly(self, named: Mapping[str, Sequence[str]]) -> set[str]:
        """Those of the later sets that continue an earlier one with too few people coming or going.

        ``named`` gives the names of the later sets that hold a smallest group.
        """
        before: Counter[_Name] = Counter()
        after: Counter[str] = Counter()
        both: Counter[tuple[_Name, str]] = Counter()
        for (within, atom), people in self.flows.items():
            earlier: list[_Name] = [*within, *([within] if within in self.pieces else [])]
            later = () if atom is None else named.get(atom, ())
            before.update(dict.fromkeys(earlier, people))
            after.update(dict.fromkeys(later, people))
            both.update(dict.fromkeys([(x, y) for x in earlier for y in later], people))
        return {
            y
            for (x, y), common in both.items()
            if 2 * common > before[x]
            and 2 * common > after[y]
            and any(0 < alone < self.k_eff for alone in (before[x] - common, after[y] - common))
        }


class _View:
    """The later wave with the units that are shown just now, in the eyes of one earlier wave."""

    def __init__(self, tree: _Tree, shown: frozenset[str], past: _Past) -> None:
        self._tree = tree
        self._shown = shown
        homes = {atom: tree.home(atom, shown) for atom in past.later_atoms}
        self._people: Counter[str] = Counter()
        self._own: Counter[str] = Counter()
        for (_, atom), people in past.flows.items():
            if atom in homes:
                self._own[homes[atom]] += people
                self._people.update(dict.fromkeys(tree.line(homes[atom]), people))
        #: The piece of a smallest group, named by its unit; pieces that are too small to count are left out.
        self._piece_of = {atom: unit for atom, unit in homes.items() if self._own[unit] >= past.k_eff}
        self.units_of = {atom: tree.line(unit) for atom, unit in homes.items()}
        # A piece that holds everybody of its unit is that unit.
        self.pieces_of = {
            atom: (unit,) for atom, unit in self._piece_of.items() if self._own[unit] < self._people[unit]
        }

    def too_small(self, k_eff: int) -> set[str]:
        """Shown units of too few people, and the smallest units right below those that leave too few beside them."""
        below = {unit for unit in self._shown if 0 < self._people[unit] < k_eff} - {self._tree.top}
        few = (unit for unit, people in self._own.items() if 0 < people < k_eff)
        return below or {self.smallest[unit] for unit in few if unit in self.smallest}

    @cached_property
    def smallest(self) -> dict[str, str]:
        """The shown unit with the fewest people directly below each that has one."""
        found: dict[str, str] = {}
        for unit in sorted(self._shown, key=lambda unit: (self._people[unit], unit), reverse=True):
            parent = self._tree.units[unit].parent
            if parent is not None:
                found[parent] = unit
        return found

    def hidden_by(self, past: _Past) -> set[str]:
        """What has to be hidden because sums of pieces differ by too few people; nothing when none do."""
        ties: Counter[tuple[_Name, _Name]] = Counter()
        for (within, atom), people in past.flows.items():
            earlier: _Name = ("earlier", within) if within in past.pieces else _OUTSIDE
            later: _Name = _OUTSIDE if atom not in self._piece_of else ("later", self._piece_of[atom])
            if earlier != later:
                ties[earlier, later] += people
        loose = find_loose_part(ties, past.k_eff)
        if loose is None:
            return set()
        pieces = set(self._piece_of.values())
        inside = {piece for piece in pieces if ("later", piece) in loose}
        if not inside or inside == pieces:
            # The organisation as it is now against earlier figures: it stays, so nothing else may be seen of it.
            return set(self._shown - {self._tree.top})
        side = min((inside, pieces - inside), key=lambda part: (sum(self._own[unit] for unit in part), sorted(part)))
        return {self.smallest.get(unit, unit) for unit in side}


def find_loose_part(ties: Mapping[tuple[_Name, _Name], int], least: int) -> frozenset[_Name] | None:
    """Nodes of a graph that 1 to ``least - 1`` tie to all others; None when there are none.

    ``ties`` weighs pairs of different nodes, each pair once. From any node on, the node most tied to those
    before it comes next. When a tie brings a node to ``least`` ties, no part below ``least`` divides its two
    ends (Nagamochi and Ibaraki 1992), so that they become one node; the last of a component has all of its
    ties behind it, so that each round finds a part or melts nodes together.
    """
    members: dict[_Name, frozenset[_Name]] = {}
    graph: dict[_Name, dict[_Name, int]] = {}
    for (one, other), weight in ties.items():
        if weight:
            for node, neighbour in ((one, other), (other, one)):
                members[node] = frozenset({node})
                graph.setdefault(node, {})[neighbour] = weight
    while graph:
        for node, neighbours in graph.items():
            if 0 < sum(neighbours.values()) < least:
                return members[node]
        graph, members = _melt(graph, members, _strong_ties(graph, least))
    return None


def _strong_ties(graph: Mapping[_Name, Mapping[_Name, int]], least: int) -> list[tuple[_Name, _Name]]:
    """Pairs of neighbours that no part with fewer than ``least`` ties divides."""
    place = {node: number for number, node in enumerate(graph)}
    nodes = list(graph)
    tied = dict.fromkeys(graph, 0)
    done: set[_Name] = set()
    strong = []
    for start in nodes:
        queue = [(0, place[start])]
        while queue:
            node = nodes[heapq.heappop(queue)[1]]
            if node in done:
                continue
            done.add(node)
            for neighbour, weight in graph[node].items():
                if neighbour not in done:
                    tied[neighbour] += weight
                    if tied[neighbour] >= least:
                        strong.append((node, neighbour))
                    heapq.heappush(queue, (-tied[neighbour], place[neighbour]))
    return strong


def _melt(
    graph: Mapping[_Name, Mapping[_Name, int]],
    members: Mapping[_Name, frozenset[_Name]],
    pairs: Iterable[tuple[_Name, _Name]],
) -> tuple[dict[_Name, dict[_Name, int]], dict[_Name, frozenset[_Name]]]:
    """The graph with each pair as one node; nodes without a tie are gone."""
    stands_for = {node: node for node in graph}

    def find(node: _Name) -> _Name:
        while stands_for[node] != node:
            stands_for[node] = stands_for[stands_for[node]]
            node = stands_for[node]
        return node

    for one, other in pairs:
        stands_for[find(other)] = find(one)
    melted: dict[_Name, dict[_Name, int]] = {}
    joined: dict[_Name, frozenset[_Name]] = {}
    for node, neighbours in graph.items():
        end = find(node)
        joined[end] = joined.get(end, frozenset()) | members[node]
        for neighbour, weight in neighbours.items():
            other = find(neighbour)
            if other != end:
                ends = melted.setdefault(end, {})
                ends[other] = ends.get(other, 0) + weight
    return melted, {node: joined[node] for node in melted}
