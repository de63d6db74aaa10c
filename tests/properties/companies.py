"""Random companies that are hard to protect, wave after wave; everybody in them is one person.

The shape of a company (units, sizes, who is of one mind) is drawn by Hypothesis, so that one that fails
shrinks; what each person says follows from a drawn seed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from hypothesis import strategies as st

from analysis.dataset import Dataset, Headcount
from analysis.disclosure.plan import ReportingPlan, make_plan, written
from analysis.disclosure.waves import EarlierWave, LaterUnit, show_units
from analysis.grouping import INVITED_PER_K
from analysis.survey import Survey
from analysis.units import UnitPath
from instruments.model import Compare, Flag, Instrument, Item, Licence, Measure, Scale
from instruments.questionnaire import Questionnaire
from tests.analysis.organisations import cut_of, dataset_of, survey_of, unchecked

#: How people are divided besides by unit.
CUTS: Mapping[str, tuple[str, ...]] = {"sex": ("women", "men"), "age": ("young", "middle", "old")}

#: Answers are codes from 1 to 5, of which 4 and 5 are a yes.
SCALE = Scale("five", (1, 2, 3, 4, 5), (1, 2, 3, 4, 5))
YES = 4

#: Sizes of smallest units: one person, around the promised 5 or 10, around the limit of exact numbers, large.
SIZES = (1, 1, 2, 4, 5, 6, 9, 10, 11, 12, 14, 20, 22, 29, 31, 45, 70, 110)
FEWEST, MOST = 40, 400


def _instrument(identifier: str, *measures: Measure) -> Instrument:
    items = tuple(Item(measure.key, SCALE) for measure in measures)
    licence = Licence("own", "the tests", "")
    return Instrument(identifier, "1", measures[0].theme, (SCALE,), items, measures, licence, (), {}, {})


def _score(key: str, theme: str) -> Measure:
    """A question with a mean and a share."""
    return Measure(key, theme, (key,), "mean", flag=Flag("at_least", YES, 1), single_item=True)  # type: ignore[arg-type]


_TIRED = _instrument("tired", _score("tired", "fatigue"))
_SISTERS = _instrument("tired", _score("tired", "fatigue"), _score("weary", "fatigue"))
_CLEAR = _instrument("clear", Measure("clear", "workload", rule=Compare("clear", "at_least", YES)))
_CARER = _instrument("care", Measure("carer", "care", rule=Compare("carer", "at_least", YES)))

#: What is asked, from one question to carers, who are a cut made from answers.
QUESTIONNAIRES = {
    "one": unchecked([_TIRED]),
    "two": unchecked([_TIRED, _CLEAR]),
    "sisters": unchecked([_SISTERS]),
    "carers": unchecked([_CARER, _TIRED]),
}
SENSITIVE = frozenset({"tired", "weary", "carer"})

#: Those with a mean.
SCORED = frozenset({"tired", "weary"})


@dataclass(frozen=True)
class Person:
    """Somebody who was invited: ``unit`` is () for people without one, a category is -1 and a code None where
    the question was left out; absentees have ``answered`` false."""

    number: int
    unit: UnitPath
    categories: Mapping[str, int]
    codes: Mapping[str, int | None]
    answered: bool

    def tells(self, cut: str) -> str:
        """The category that a figure counts them in, "" for none; carers are those who say so."""
        if cut == "carer":
            code = self.codes["carer"]
            return "" if code is None else "carer" if code >= YES else "not_carer"
        return "" if self.categories[cut] < 0 else CUTS[cut][self.categories[cut]]

    def known_as(self, cut: str) -> str:
        """The category on the roster, which knows it also of those who leave out the question."""
        return CUTS[cut][max(0, self.categories[cut])]


@dataclass(frozen=True, repr=False)
class Company:
    """Everybody who was invited to one wave; ``rostered`` when the employer's head counts are known."""

    wave: str
    k: int
    questionnaire: Questionnaire
    cuts: tuple[str, ...]
    people: tuple[Person, ...]
    rostered: bool

    def __repr__(self) -> str:
        invited = Counter(written(person.unit) for person in self.people)
        answered = Counter(written(person.unit) for person in self.respondents)
        units = {unit: f"{answered[unit]} of {invited[unit]}" for unit in sorted(invited)}
        asked = [measure.key for measure in self.questionnaire.measures]
        return f"Company({self.wave}, k={self.k}, {asked}, cuts={self.cuts}, rostered={self.rostered}, {units})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """How Hypothesis prints a company that fails: without four hundred people."""
        printer.text(repr(self))

    @cached_property
    def respondents(self) -> tuple[Person, ...]:
        """Who answered."""
        return tuple(person for person in self.people if person.answered)

    @cached_property
    def survey(self) -> Survey:
        """The survey of this wave."""
        cuts = [cut_of(key, *CUTS[key]) for key in self.cuts]
        return replace(survey_of(self.questionnaire, cuts=cuts, k=self.k), wave=self.wave)

    @cached_property
    def dataset(self) -> Dataset:
        """What the gate reads."""
        who = self.respondents
        cuts = {key: [person.categories[key] for person in who] for key in self.cuts}
        plain = dataset_of(self.questionnaire, [person.codes for person in who], cuts=cuts, wave=self.wave)
        paths = sorted({person.unit for person in who if person.unit})
        unit = np.array([paths.index(p.unit) if p.unit else -1 for p in who], dtype=np.int32)
        return replace(plain, paths=tuple(paths), unit=unit, headcount=self._headcount() if self.rostered else None)

    @cached_property
    def plan(self) -> ReportingPlan:
        """The reporting plan."""
        return make_plan(self.survey, self.dataset.reported_tree(INVITED_PER_K * self.k), [self.wave])

    def _headcount(self) -> Headcount:
        units = Counter(person.unit for person in self.people if person.unit)
        cuts: dict[str, Counter[str]] = {key: Counter() for key in self.cuts}
        crossed: dict[str, dict[str, Counter[str]]] = {}
        for person in self.people:
            for key in self.cuts:
                category = person.known_as(key)
                cuts[key][category] += 1
                if person.unit:
                    crossed.setdefault(person.unit[0], {}).setdefault(key, Counter())[category] += 1
        return Headcount(len(self.people), units, cuts, crossed)


# ------------------------------------------------------------------------------------------ making one


@dataclass(frozen=True)
class Group:
    """People of one unit who took part, by their answers; how many of them are women; how many others were away."""

    unit: UnitPath
    codes: Sequence[int]
    women: int = 0
    away: int = 0


def say(yes: int, n: int) -> list[int]:
    """So many of ``n`` people say yes, evenly spread among the others."""
    return [5 if place * yes // n < (place + 1) * yes // n else 1 for place in range(n)]


def company_of(*groups: Group, asked: str = "one", cuts: tuple[str, ...] = (), rostered: bool = False) -> Company:
    """A company of these people, who all answer all questions alike."""
    people: list[Person] = []
    for group in groups:
        for place, code in enumerate([*group.codes, *[1] * group.away]):
            codes = {item.key: code for item in QUESTIONNAIRES[asked].items}
            sex = {"sex": 0 if place < group.women else 1}
            people.append(Person(len(people), group.unit, sex, codes, place < len(group.codes)))
    return Company("2026", 10, QUESTIONNAIRES[asked], cuts, tuple(people), rostered)


# ----------------------------------------------------------------------------------------- drawing one


@st.composite
def _units(draw: st.DrawFn) -> dict[UnitPath, int]:
    """Sizes of the smallest groups: units without others below them, and people of the units above."""
    levels = draw(st.integers(1, 3))
    sizes: dict[UnitPath, int] = {}

    def grow(path: UnitPath) -> None:
        below = draw(st.integers(1, 4 if not path else 3)) if len(path) < levels else 0
        if path and (not below or draw(st.booleans())):
            sizes[path] = draw(st.sampled_from(SIZES))
            return
        own = draw(st.sampled_from((0, 0, 0, 1, 3, 12)))
        if own:
            sizes[path] = own
        for place in range(below):
            grow((*path, "ABCD"[place] + "-" * len(path)))

    grow(())
    while sum(sizes.values()) > MOST:
        del sizes[max(sizes, key=lambda path: sizes[path])]
    if sum(sizes.values()) < FEWEST:
        sizes["Z",] = FEWEST
    return sizes


@st.composite
def companies(draw: st.DrawFn, wave: str = "2026") -> Company:
    """One wave of a company."""
    sizes = draw(_units())
    name = draw(st.sampled_from(sorted(QUESTIONNAIRES)))
    one_mind = draw(st.dictionaries(st.sampled_from(sorted(sizes)), st.sampled_from((1, 5)), max_size=3))
    away = draw(st.dictionaries(st.sampled_from(sorted(sizes)), st.sampled_from((0, 1, 3, 9, 999)), max_size=3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    absent = float(draw(st.sampled_from((0.0, 0.02, 0.2, 0.4))))
    silent = float(draw(st.sampled_from((0.0, 0.0, 0.03, 0.3))))
    no_category = float(draw(st.sampled_from((0.0, 0.0, 0.02, 0.1))))
    yes = float(draw(st.sampled_from((0.04, 0.2, 0.5, 0.9))))
    minority = float(draw(st.sampled_from((0.05, 0.2, 0.5))))
    cuts = draw(st.sampled_from(((), ("sex",), ("age",), ("sex", "age"))))
    questionnaire = QUESTIONNAIRES[name]
    people: list[Person] = []
    for path, size in sorted(sizes.items()):
        for place in range(size):
            codes = {item.key: _code(rng, yes, silent) for item in questionnaire.items}
            if path in one_mind:
                codes["tired"] = one_mind[path]
            gone = place < away[path] if path in away else bool(rng.random() < absent)
            categories = {key: _category(rng, len(CUTS[key]), minority, no_category) for key in cuts}
            people.append(Person(len(people), path, categories, codes, not gone))
    k, rostered = draw(st.sampled_from((5, 10))), draw(st.booleans())
    return Company(wave, k, questionnaire, cuts, _somebody_answers(people), rostered)


def _somebody_answers(people: list[Person]) -> tuple[Person, ...]:
    if any(person.answered for person in people):
        return tuple(people)
    return tuple(replace(person, answered=True) for person in people)


def _code(rng: np.random.Generator, yes: float, silent: float) -> int | None:
    if rng.random() < silent:
        return None
    return int(rng.integers(YES, 6) if rng.random() < yes else rng.integers(1, YES))


def _category(rng: np.random.Generator, categories: int, minority: float, none: float) -> int:
    if rng.random() < none:
        return -1
    return categories - 1 if rng.random() < minority else int(rng.integers(0, categories - 1))


# ------------------------------------------------------------------------------------- from wave to wave

_FEW_OR_MANY = st.sampled_from((0, 0, 0, 0, 0, 1, 3, 12))


@st.composite
def next_wave(draw: st.DrawFn, before: Company, wave: str) -> Company:
    """The company a year later: few or many leave, move and join, a unit may get another name, and some
    people answer otherwise than they did."""
    groups = sorted({person.unit for person in before.people})
    leaving, joining = ({path: draw(_FEW_OR_MANY) for path in groups} for _ in range(2))
    moving = {path: (draw(_FEW_OR_MANY), draw(st.sampled_from(groups))) for path in groups}
    renamed = draw(st.sampled_from((None, "A")))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    people: list[Person] = []
    for path in groups:
        stay = [person for person in before.people if person.unit == path][leaving[path] :]
        count, goal = moving[path]
        people += [replace(person, unit=goal) for person in stay[:count]]
        people += stay[count:]
    newest = max(person.number for person in before.people) + 1
    for path in groups:
        for _ in range(joining[path]):
            model = before.people[int(rng.integers(len(before.people)))]
            people.append(replace(model, number=newest, unit=path))
            newest += 1
    people = [_a_year_later(person, rng, renamed) for person in people] or list(before.people)
    return replace(before, wave=wave, people=_somebody_answers(people))


def _a_year_later(person: Person, rng: np.random.Generator, renamed: str | None) -> Person:
    unit = person.unit
    if unit and unit[0] == renamed:
        unit = ("Renamed", *unit[1:])
    if rng.random() < 0.8:
        return replace(person, unit=unit)
    codes = {key: _code(rng, 0.5, 0.05) for key in person.codes}
    return replace(person, unit=unit, codes=codes, answered=bool(rng.random() < 0.8))


def group_of(person: Person, tree: frozenset[UnitPath]) -> UnitPath:
    """The smallest reported unit of a person."""
    return max((person.unit[:depth] for depth in range(len(person.unit) + 1) if person.unit[:depth] in tree), key=len)


def everybody_in(company: Company) -> dict[str, frozenset[int]]:
    """The people of each reported unit, by their numbers."""
    units = ((), *company.plan.tree)
    return {written(path): frozenset(p.number for p in company.people if p.unit[: len(path)] == path) for path in units}


def barred_units(later: Company, earlier: Iterable[tuple[Company, frozenset[str]]]) -> frozenset[str]:
    """The units of a wave that earlier waves forbid; of each of them the units that were printed."""
    tree = frozenset({(), *later.plan.tree})
    units = {
        written(path): LaterUnit(
            frozenset(written(other) for other in tree if other[: len(path)] == path),
            written(path[:-1]) if path else None,
        )
        for path in tree
    }
    waves = [EarlierWave(_movements(before, later), _groups_of(before, names)) for before, names in earlier]
    places = show_units(units, waves, later.k + 1)
    return frozenset(unit for unit, place in places.items() if unit != place)


def _movements(before: Company, after: Company) -> Counter[tuple[str | None, str | None]]:
    """How many people went from which smallest group to which; groups before have names of their own."""
    there = {p.number: f"before {written(group_of(p, frozenset({(), *before.plan.tree})))}" for p in before.people}
    here = {p.number: written(group_of(p, frozenset({(), *after.plan.tree}))) for p in after.people}
    return Counter((there.get(number), here.get(number)) for number in {*there, *here})


def _groups_of(company: Company, units: frozenset[str]) -> list[frozenset[str]]:
    paths = ((), *company.plan.tree)
    return [
        frozenset(f"before {written(other)}" for other in paths if other[: len(path)] == path)
        for path in paths
        if written(path) in units
    ]
