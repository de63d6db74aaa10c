"""Suppression: Peil next to pytauargus on teams by sex, both judged by one attacker.

What pytauargus closes is where it starts: what the attacker still finds there is mended by closing more,
until he finds nothing, and that time counts as well. A share of cells is compared only between tables that
pass. ``python -m benchmarks.protecting --employees 500`` prints the comparison.

The attacker knows which cells are empty, since pytauargus prints their zeros; so Peil need not hide them here
either. As a second line it does, as in earnest: there no empty group can be told from a small one.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from analysis.disclosure.attack import attack
from analysis.disclosure.knowledge import Breach, Flags, Knowledge, Lattice, Numbers, Relation, Targets, World
from analysis.disclosure.suppression import Task, suppress
from benchmarks.argus import TOTAL, NoPattern, run_argus
from benchmarks.companies import SEXES, Company, invent_company

#: The smallest count that is printed, as in the published comparisons of such tools.
K = 5

#: pytauargus' two methods that need no other program: the best pattern, within a minute, and a quick one.
METHODS = {"OPT": "OPT(1,1)", "MOD": "MOD(1)"}

#: How wide, in percent of K, it is to leave what can be found out of a small count; with little it closes little
#: and more is left to mend.
RANGES = (30, 60, 100)

#: Seconds after which pytauargus is stopped. Its own limit of a minute is kept loosely.
LIMIT = 300.0


@dataclass(frozen=True, eq=False)
class Table:
    """Units by category with all margins. ``names`` are (unit, category); ``people``: shape ``(cells,)``.

    The first cell is everybody.
    """

    lattice: Lattice
    names: tuple[tuple[str, str], ...]
    people: Numbers
    company: Company


@dataclass(frozen=True)
class Entry:
    """What one engine made of a table: how many of its cells with people are found out before mending, which share
    of them is released before and after it, and CPU seconds for protecting and for mending."""

    name: str
    breaches: int
    before: float
    released: float
    seconds: float
    mending: float

    @property
    def total(self) -> float:
        """CPU seconds until the attacker finds nothing."""
        return self.seconds + self.mending


def build_table(company: Company) -> Table:
    """The table of those who answered: organisation, departments and teams by sex."""
    departments = int(company.department.max()) + 1
    teams = len(company.paths)
    above = np.zeros(teams, dtype=np.int64)
    above[company.team] = company.department
    units = [TOTAL, *(_code("D", number) for number in range(departments))]
    units += [_code("T", number) for number in range(teams)]
    categories = (TOTAL, *SEXES)
    people = np.zeros(len(units) * len(categories), dtype=np.int64)
    team, sex = company.team[company.answered], company.sex[company.answered] + 1
    for unit in (np.zeros_like(team), 1 + above[team], 1 + departments + team):
        np.add.at(people, 3 * unit, 1)
        np.add.at(people, 3 * unit + sex, 1)
    relations = [Relation(3 * unit, (3 * unit + 1, 3 * unit + 2)) for unit in range(len(units))]
    for category in range(3):
        relations.append(Relation(category, tuple(3 * (1 + d) + category for d in range(departments))))
        for department in range(departments):
            below = (1 + departments + np.flatnonzero(above == department)) * 3 + category
            relations.append(Relation(3 * (1 + department) + category, tuple(below.tolist())))
    names = tuple((unit, category) for unit in units for category in categories)
    return Table(Lattice(people.size, tuple(relations)), names, people, company)


def find_breaches(table: Table, closed: Flags) -> tuple[Breach, ...]:
    """What can be found out by one who knows which cells are empty, of all closed cells, whatever they close for;
    and where that is nothing, what of the empty cells by one who does not know them."""
    people, nobody = table.people, table.people == 0
    unknown = np.full_like(people, people[0])
    informed = _attack(table, closed, closed, np.minimum(people, 1), np.where(nobody, 0, unknown))
    return informed or _attack(table, closed, closed & nobody, np.zeros_like(people), unknown)


def _attack(table: Table, closed: Flags, sought: Flags, low: Numbers, high: Numbers) -> tuple[Breach, ...]:
    nothing = np.zeros(closed.size, dtype=np.bool_)
    prior = np.full_like(table.people, table.people[0])
    targets = Targets(k=K, smallest=K, count=sought, prior=prior, answers=nothing, mind=nothing)
    n_low, n_high = np.where(closed, low, table.people), np.where(closed, high, table.people)
    return attack(Knowledge(table.lattice, n_low, n_high), targets, World(table.people)).breaches


def small_cells(table: Table) -> Flags:
    """The cells that have to close: below K, the empty ones too."""
    found: Flags = table.people < K
    return found


def protect_here(table: Table, *, hide_empty: bool) -> Flags:
    """The closed cells of Peil; with ``hide_empty`` nobody can work out from any sum that a cell is empty."""
    closable = np.ones(table.lattice.size, dtype=np.bool_)
    closable[0] = False
    task = Task(
        lattice=table.lattice,
        primary=small_cells(table),
        hidden=np.zeros_like(closable),
        closable=closable,
        cost=table.people + 1,
        sizes=(table.people,),
        guarded=closable & (hide_empty | (table.people > 0)),
        k=K,
    )
    return suppress(task, lambda closed: find_breaches(table, closed))


def protect_with_argus(table: Table, rule: str, method: str, limit: float) -> tuple[Flags, float]:
    """The cells that pytauargus closes, and its CPU seconds. Raises :class:`~benchmarks.argus.NoPattern`.

    Empty cells count as closed: it prints their zeros, and the reader who knows the empty cells has these.
    """
    company = table.company
    departments: dict[str, list[str]] = {}
    for number, (department, _) in enumerate(company.paths):
        departments.setdefault(_code("D", int(department[1:]) - 1), []).append(_code("T", number))
    people = {
        "unit": [_code("T", team) for team in company.team[company.answered].tolist()],
        "category": [SEXES[sex] for sex in company.sex[company.answered].tolist()],
    }
    found = run_argus(departments, people, rule, method, limit)
    closed = np.array([name in found.closed for name in table.names])
    return closed | small_cells(table), found.seconds


def mend(table: Table, closed: Flags) -> Flags:
    """Closes what the attacker uses, the fewest people for the most breaches first, until he finds nothing.

    No more than that: what our own suppression does besides is not asked of another's pattern.
    """
    closed = closed.copy()
    while breaches := find_breaches(table, closed):
        demands = {frozenset(c for c in breach.how if c and not closed[c]) for breach in breaches} - {frozenset()}
        if not demands:
            # Nothing that he uses may close, but everything around what he finds may.
            demands = {frozenset({cell}) for cell in _around(table, breaches) if not closed[cell]}
        closed[_cover(demands, table.people + 1)] = True
    return closed


def compare(employees: int, methods: Sequence[str], ranges: Sequence[int], limit: float = LIMIT) -> list[Entry]:
    """Peil first, then as in earnest, then each method of pytauargus with each range."""
    table = build_table(invent_company(employees))
    entries = []
    for name, hide_empty in (("Peil", False), ("Peil, empty ones too", True)):
        seconds, closed = _timed(partial(protect_here, table, hide_empty=hide_empty))
        share = _share(table, closed)
        entries.append(Entry(name, len(find_breaches(table, closed)), share, share, seconds, 0.0))
    return entries + [_enter_argus(table, method, width, limit) for method in methods for width in ranges]


def keeps_promise(entries: Sequence[Entry]) -> bool:
    """Whether Peil, the first, releases as much as each of pytauargus, from the third, in a fifth of its time."""
    ours = entries[0]
    return all(ours.released >= other.released and 5 * ours.total <= other.total for other in entries[2:])


def _enter_argus(table: Table, method: str, width: int, limit: float) -> Entry:
    """What pytauargus made of a table; without a pattern within ``limit`` seconds it has released nothing."""
    name = f"{method}, range {width} %"
    try:
        closed, seconds = protect_with_argus(table, f"FREQ({K},{width})", METHODS[method], limit)
    except NoPattern as error:
        sys.stderr.write(f"{error}\n")
        return Entry(name, 0, 0.0, 0.0, limit, 0.0)
    found = len({breach.cell for breach in find_breaches(table, closed)})
    mending, mended = _timed(partial(mend, table, closed))
    return Entry(name, found, _share(table, closed), _share(table, mended), seconds, mending)


def write_entries(entries: Sequence[Entry]) -> str:
    """The comparison as text, a line for each engine."""
    lines = [f"{'':22}{'found out':>10}{'released':>10}{'mended':>8}{'protecting':>12}{'mending':>10}{'all':>10}"]
    for e in entries:
        shares = f"{e.before:10.1%}{e.released:8.1%}"
        lines.append(f"{e.name:22}{e.breaches:10}{shares}{e.seconds:10.2f} s{e.mending:8.2f} s{e.total:8.2f} s")
    lines.append("Shares of the cells with people in them, before mending and after it; CPU seconds.")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the comparison; 1 when Peil releases less, or takes more than a fifth of the time."""
    parser = argparse.ArgumentParser(prog="benchmarks.protecting", description="Peil's suppression and pytauargus'.")
    parser.add_argument("--employees", type=int, default=500, help="how large the company is (default: 500)")
    parser.add_argument("--methods", nargs="+", choices=sorted(METHODS), default=list(METHODS), help="of pytauargus")
    parser.add_argument("--ranges", nargs="+", type=int, default=list(RANGES), help="of pytauargus, in percent")
    parser.add_argument("--limit", type=float, default=LIMIT, help=f"seconds to wait for it (default: {LIMIT:.0f})")
    options = parser.parse_args(arguments)
    entries = compare(options.employees, options.methods, options.ranges, options.limit)
    print(write_entries(entries))
    return 0 if keeps_promise(entries) else 1


def _timed(work: Callable[[], Flags]) -> tuple[float, Flags]:
    start = time.process_time()
    found = work()
    return time.process_time() - start, found


def _share(table: Table, closed: Flags) -> float:
    filled = table.people > 0
    return float((filled & ~closed).sum() / filled.sum())


def _around(table: Table, breaches: Sequence[Breach]) -> set[int]:
    cells = {breach.cell for breach in breaches}
    groups = [{relation.total, *relation.parts} for relation in table.lattice.relations]
    return set().union(*(group for group in groups if group & cells)) - {0}


def _cover(demands: set[frozenset[int]], cost: Numbers) -> list[int]:
    """Cells of which each demand holds one: again and again that with the lowest cost for a demand met."""
    chosen, waiting = [], set(demands)
    while waiting:
        met: dict[int, int] = {}
        for demand in waiting:
            for cell in demand:
                met[cell] = met.get(cell, 0) + 1
        best = min(met, key=lambda cell: (int(cost[cell]) / met[cell], cell))
        chosen.append(best)
        waiting = {demand for demand in waiting if best not in demand}
    return chosen


def _code(kind: str, number: int) -> str:
    return f"{kind}{number + 1:05}"


if __name__ == "__main__":
    sys.exit(main())
