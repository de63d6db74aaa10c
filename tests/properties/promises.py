"""What a published file promises, put to the test: what it prints, and what can be made of it.

The truth is counted person by person. An :class:`Attacker` asks what follows from the file; what follows from
the number of all answers alone, with the same knowledge beside it, nobody learned from the file.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from math import inf
from typing import NamedTuple

from analysis.disclosure.plan import RESPONSE
from tests.properties.companies import CUTS, SCORED, SENSITIVE, YES, Company, Person
from tests.properties.independent_attacker import (
    ORGANISATION,
    SEPARATOR,
    Atom,
    Attacker,
    Group,
    Page,
    Rows,
    Scores,
    Weights,
    read_file,
)

#: The columns of a row that hold numbers.
NUMBERS = ("n_low", "n_high", "share", "share_low", "share_high", "mean", "mean_low", "mean_high")

_ALL = Group(ORGANISATION)


def unit_of(person: Person) -> str:
    """The smallest unit of a person as it is written."""
    return SEPARATOR.join(person.unit) or ORGANISATION


def is_in(person: Person, group: Group) -> bool:
    """Whether a figure is about this person."""
    inside = group.unit == ORGANISATION or f"{unit_of(person)}{SEPARATOR}".startswith(f"{group.unit}{SEPARATOR}")
    return inside and (not group.cut or person.tells(group.cut) == group.category)


def code_of(person: Person, measure: str) -> int | None:
    """What somebody answered; for the response a 0 from everybody who took part."""
    if not person.answered:
        return None
    return 0 if measure == RESPONSE else person.codes[measure]


# ------------------------------------------------------------------------------------- what is printed


def check_print(company: Company, text: str, barred: frozenset[str] = frozenset()) -> None:
    """Every open figure is that of enough people, rounded in the one way there is; a closed one is blank."""
    for row in csv.DictReader(io.StringIO(text)):
        group = Group(row["unit"], row["cut"], row["category"])
        codes = [code for p in company.people if (code := code_of(p, row["measure"])) is not None and is_in(p, group)]
        if row["closed"] == "1":
            assert not any(row[name] for name in NUMBERS), f"a closed row says something: {row}"
            continue
        crossed = group.cut and group.unit != ORGANISATION
        assert len(codes) >= (2 * company.k if crossed else company.k + 1), f"{len(codes)} people are printed: {row}"
        assert group.unit not in barred, f"an earlier wave forbids this unit: {row}"
        assert (int(row["n_low"]), int(row["n_high"])) == _band(company, group, len(codes)), row
        if row["measure"] != RESPONSE:
            yes = sum(code >= YES for code in codes)
            assert row["share"] == str(_rounded(Fraction(100 * yes, len(codes)))), row
            tenths = Decimal(_rounded(Fraction(10 * sum(codes), len(codes)))) / 10
            assert row["mean"] == (f"{tenths:.1f}" if row["measure"] in SCORED else ""), row


def _rounded(value: Fraction) -> int:
    """The nearest whole number, a half upwards."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def _band(company: Company, group: Group, n: int) -> tuple[int, int]:
    """From 30 on exact, below in fives from the smallest group on; up to ``k`` absentees are a band up to all.

    So whoever has the roster does not learn how many of a few were away, nor that it was nobody (disclosure
    rule 8).
    """
    smallest, invited = company.k + 1, invited_to(company, group)
    low, high = (n, n) if n >= 30 else (max(smallest, n - n % 5), n - n % 5 + 4)
    if invited is not None and invited - n <= company.k:
        low, high = max(smallest, invited - company.k), invited
    return low, high if invited is None else min(high, invited)


def invited_to(company: Company, group: Group) -> int | None:
    """The people of a group on the roster; None where there is none, or where it cannot know."""
    rostered = company.rostered and (not group.cut or (group.cut in CUTS and SEPARATOR not in group.unit))
    if not rostered:
        return None
    plain = Group(group.unit)
    return sum(is_in(p, plain) and (not group.cut or p.known_as(group.cut) == group.category) for p in company.people)


# ------------------------------------------------------------------------------- what can be made of it


def check_secrets(company: Company, text: str) -> Counter[str]:
    """Nothing that has to stay a secret follows from the file; counts what was looked at."""
    seen: Counter[str] = Counter()
    pages = read_file(text, company.wave)
    for measure, page in pages.items():
        if page[_ALL] is not None:
            secrets = _Secrets(company, measure, page, pages[RESPONSE])
            seen.update(secrets.check_people() if measure == RESPONSE else secrets.check_answers())
    return seen


class _Hidden(NamedTuple):
    """A group without a printed figure: a row of the file, or people whom the rows leave over."""

    name: str
    atoms: frozenset[Atom]
    n: int
    yes: int


class _Secrets:
    """One page of the file, and the truth behind it; ``response`` says how many took part at most."""

    def __init__(self, company: Company, measure: str, page: Page, response: Page) -> None:
        self._company, self._measure, self._page, self._response = company, measure, page, response
        self._rows = Rows(page)
        self._truth = self._count()
        self._roster = dict(self._count_invited())
        self._attackers: dict[tuple[bool, bool], Attacker] = {}

    def check_people(self) -> Iterator[str]:
        """How many people took part: unknown to within k in a small group; how many of a few were away: unknown
        within the whole band that is printed for their sake."""
        k = self._company.k
        for zeros in (True, False):
            for hidden in self._hidden():
                if hidden.n <= k and (hidden.n or not zeros):
                    self._check_width(hidden, zeros, (0, inf))
                    yield "people"
        for group, figure in self._page.items():
            invited = self._roster.get(self._rows.parts(group))
            if figure is not None and invited is not None and invited - self._group(group).n < k:
                self._check_width(self._group(group), True, (figure.n_low, figure.n_high))
                yield "absentees"

    def _check_width(self, group: _Hidden, zeros: bool, band: tuple[float, float]) -> None:
        """A number of people stays unknown to within k, or what the band and the number of all answers leave of it."""
        wanted = self._attacker(zeros).sum_of("n", group.atoms)
        low, high = self._attacker(zeros).find_range(wanted, self._company.k)
        if high - low < self._company.k and high > 0:  # that nobody is there may be known
            least, most = self._attacker(zeros, before=True).find_range(wanted, inf)
            left = min(most, band[1]) - max(least, band[0])
            assert high - low >= min(self._company.k, left), (
                f"{group.name}, {group.n}, found to lie from {low} to {high}, before from {least} to {most}, "
                f"by somebody who {'knows' if zeros else 'does not know'} the zeros"
            )

    def check_answers(self) -> Iterator[str]:
        """How many said yes in a small group: unknown, also to somebody in it; and who all say is no certainty."""
        for hidden in self._hidden():
            yes, no = (ask(self._attacker(), hidden.atoms) for ask in (_yes, Attacker.noes))
            if 0 < hidden.n <= self._company.k:
                self._check_unknown(hidden, yes, None)
                if hidden.n > 1 and hidden.yes:
                    self._check_unknown(hidden, yes, yes)
                if hidden.n > 1 and hidden.yes < hidden.n:
                    self._check_unknown(hidden, yes, no)
                yield "answers"
            if hidden.n > 1 and self._measure in SENSITIVE:
                self._check_more_than_one(hidden)
                yield "minds"
        for group, figure in self._page.items():
            if figure is not None and self._measure in SENSITIVE:
                self._check_more_than_one(self._group(group))

    def _check_unknown(self, hidden: _Hidden, yes: Weights, insider: Weights | None) -> None:
        low, high = self._attacker().find_range(yes, 1, insider)
        if low == high:
            before = self._attacker(before=True).find_range(yes, 1, insider)
            assert before[0] == before[1], (
                f"{self._measure}: {low} say yes of {hidden}; an insider {insider is not None}"
            )

    def _check_more_than_one(self, group: _Hidden) -> None:
        for name, ask in (("yes", _yes), ("no", Attacker.noes)):
            if self._attacker().find_most(ask(self._attacker(), group.atoms), 2) < 2:
                before = self._attacker(before=True)
                known = before.find_most(ask(before, group.atoms), 2) < 2
                assert known, f"{self._measure}: at most one of {group.name}, {group.n}, says {name}"

    # ----------------------------------------------------------------------------- the attacker, the truth

    def _attacker(self, zeros: bool = True, before: bool = False) -> Attacker:
        """Somebody who has the file; ``before``: nothing of it but the number of all answers."""
        if (zeros, before) not in self._attackers:
            page = {group: figure if group == _ALL or not before else None for group, figure in self._page.items()}
            found = Attacker(
                page,
                frozenset(self._truth["n"]),
                self._roster if before else self._took_part(),
                zeros=zeros,
                share=self._measure != RESPONSE,
                scores=Scores(1, 5, YES) if self._measure in SCORED else None,
            )
            found.add_world(self._truth)
            self._attackers[zeros, before] = found
        return self._attackers[zeros, before]

    def _took_part(self) -> dict[frozenset[Atom], int]:
        """The most people who can be behind a figure: no more than took part, and no more than there are."""
        printed = {self._rows.parts(group): f.n_high for group, f in self._response.items() if f is not None}
        return {atoms: min(self._roster.get(atoms, n), n) for atoms, n in {**self._roster, **printed}.items()}

    def _hidden(self) -> Iterator[_Hidden]:
        for group, figure in self._page.items():
            if figure is None:
                yield self._group(group)
        for atom in self._rows.beside():
            if atom in self._truth["n"]:
                atoms = frozenset({atom})
                yield _Hidden(f"beside {tuple(atom)}", atoms, self._sum("n", atoms), self._sum("yes", atoms))

    def _group(self, group: Group) -> _Hidden:
        atoms = self._rows.parts(group)
        return _Hidden(str(tuple(group)), atoms, self._sum("n", atoms), self._sum("yes", atoms))

    def _sum(self, name: str, atoms: frozenset[Atom]) -> int:
        return sum(self._truth[name][atom] for atom in atoms)

    def _count(self) -> Mapping[str, Counter[Atom]]:
        found: dict[str, Counter[Atom]] = {"n": Counter(), "yes": Counter(), "points": Counter()}
        for person in self._company.respondents:
            code = code_of(person, self._measure)
            if code is not None:
                for atom in self._rows.atoms_of(unit_of(person), person.tells):
                    found["n"][atom] += 1
                    found["yes"][atom] += code >= YES
                    found["points"][atom] += code
        return found

    def _count_invited(self) -> Iterator[tuple[frozenset[Atom], int]]:
        """The head counts: of units, and of the categories that people do not make themselves by answering."""
        if not self._company.rostered:
            return
        known = {"", *(cut for cut, units in self._rows.crossed.items() if cut in CUTS and not _has_teams(units))}
        people: Counter[Atom] = Counter()
        for person in self._company.people:
            people.update(atom for atom in self._rows.atoms_of(unit_of(person), _roster(person)) if atom.cut in known)
        sets = [self._rows.parts(group) for group in self._page] + [frozenset({a}) for a in self._rows.beside()]
        for atoms in sets:
            if all(atom.cut in known for atom in atoms):
                yield atoms, sum(people[atom] for atom in atoms)


def _roster(person: Person) -> Callable[[str], str]:
    return lambda cut: person.known_as(cut) if cut in CUTS else ""


def _has_teams(units: Iterable[str]) -> bool:
    """Whether a cut was made of units below the first level, for which head counts have no categories."""
    return any(SEPARATOR in unit for unit in units)


def _yes(attacker: Attacker, atoms: frozenset[Atom]) -> Weights:
    return attacker.sum_of("yes", atoms)
