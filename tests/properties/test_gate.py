"""What the gate promises, on hundreds of random companies: over all that was ever released nobody finds out
about a few people.

Attacked is the text of the released files, by an attacker of these tests alone
(:mod:`tests.properties.independent_attacker`). He is given the closed cells that are empty, the head counts of
the roster, and the answer of one insider.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.disclosure.gate import History
from analysis.disclosure.plan import CellKey, ReportingPlan, with_cut, written
from analysis.disclosure.release import as_csv, release
from analysis.disclosure.request import Row, as_texts, divide_unit
from analysis.units import TOTAL, UnitPath
from tests.properties.companies import (
    Company,
    Group,
    barred_units,
    companies,
    company_of,
    everybody_in,
    next_wave,
    say,
)
from tests.properties.promises import check_print, check_secrets

#: The same companies each time, so that a failure can be repeated; none is too slow.
_ALIKE = settings(derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None)


#: Companies in each test, of which those with a history have two or three waves.
ONE_WAVE, ASKED, HISTORIES = 130, 50, 30


def released_text(company: Company, barred: frozenset[str] = frozenset()) -> str:
    """The file that is released of a company."""
    history = History(barred=barred)
    return release([company.dataset], company.questionnaire, company.plan, company.k, history).as_csv()


@settings(_ALIKE, max_examples=ONE_WAVE)
@given(companies())
def test_no_file_gives_a_small_group_away(company: Company) -> None:
    text = released_text(company)
    check_print(company, text)
    check_secrets(company, text)


def test_absentees_do_not_follow_from_the_response_of_others() -> None:
    # 77 of 100 and 30 of 50 are printed as they are: what a band hides of the other 50, subtraction would tell.
    made = company_of(Group(("A",), say(15, 30), away=20), Group(("B",), say(20, 47), away=3), rostered=True)
    check_secrets(made, released_text(made))


def test_that_everybody_answered_does_not_follow_from_the_numbers_of_others() -> None:
    # All 31 of one team answered, which a band hides: 114 of the unit less 83 of the other team would tell.
    teams = (Group(("C", "A"), say(40, 83), away=52), Group(("C", "B"), say(15, 31)))
    made = company_of(*teams, Group(("D",), say(20, 40), away=20), rostered=True)
    check_secrets(made, released_text(made))


def test_what_few_absentees_leave_unknown_is_the_measure_of_what_may_be_found() -> None:
    # That 11 of the 20 in A answered leaves 2 to 11 of its 11 men; the band of the total, 50-60, had left 1 to 11.
    teams = (Group(("A",), say(9, 19), women=9, away=1), Group(("Z",), say(20, 40), women=16))
    made = company_of(*teams, cuts=("sex",), rostered=True)
    check_secrets(made, released_text(made))


def test_a_total_that_tells_all_by_itself_is_released() -> None:
    # One yes of 78: that all, or all but one, said no follows for every group, whatever else is closed.
    teams = (Group(("A",), say(0, 12), women=5), Group(("Z",), say(1, 55), women=30), Group((), say(0, 11), women=5))
    made = company_of(*teams, asked="two", cuts=("sex",))
    check_secrets(made, released_text(made))


def test_the_random_companies_are_hard_enough() -> None:
    """What the gate has to get right occurs often, in the companies of the first test."""
    seen: Counter[str] = Counter()

    @settings(_ALIKE, max_examples=ONE_WAVE)
    @given(companies())
    def look(company: Company) -> None:
        units = Counter(person.unit for person in company.people)
        alike = {unit: {p.codes["tired"] for p in company.respondents if p.unit == unit} for unit in units}
        levels = {len(path) for path in company.plan.tree}
        seen.update(
            {
                f"{1 + max(levels, default=0)} levels": 1,
                "head counts" if company.rostered else "no head counts": 1,
                "unit of one": 1 in units.values(),
                "of one mind": any(len(codes) == 1 and units[unit] > 1 for unit, codes in alike.items()),
                "no unit": () in units,
                "nobody answered": any(not codes for codes in alike.values()),
                "no category": any(-1 in person.categories.values() for person in company.respondents),
                "uneven": max(units.values()) > 20 * min(units.values()),
                "large": len(company.people) > 200,
            }
        )

    look()
    assert seen.pop("no head counts") + seen["head counts"] == ONE_WAVE
    assert len(seen) == 11 and all(count >= 3 for count in seen.values()), seen


# --------------------------------------------------------------------------------------- extra requests


@st.composite
def companies_with_requests(draw: st.DrawFn) -> tuple[Company, list[tuple[UnitPath, str]]]:
    """A company, and cuts of units that somebody asks for one after the other, some of them nonsense."""
    company = draw(companies().filter(lambda company: any(len(path) > 1 for path in company.plan.tree)))
    units = [*company.plan.tree, ("Nowhere",)]
    cuts = [*(cut.key for cut in company.plan.cuts), "birthday"]
    asked = draw(st.lists(st.tuples(st.sampled_from(units), st.sampled_from(cuts)), min_size=1, max_size=4))
    return company, asked


@settings(_ALIKE, max_examples=ASKED)
@given(companies_with_requests())
def test_whatever_is_asked_for_later_in_whatever_order_gives_no_small_group_away(
    asking: tuple[Company, list[tuple[UnitPath, str]]],
) -> None:
    company, asked = asking
    first = release([company.dataset], company.questionnaire, company.plan, company.k)
    plan: ReportingPlan = company.plan
    rows: dict[CellKey, Row] = {key: as_texts(cell) for key, cell in first.cells.items()}
    text = first.as_csv()
    for path, cut in asked:
        cells = divide_unit(company.dataset, company.questionnaire, plan, rows, company.k, path, cut)
        if cells is None:
            continue
        assert not cells.keys() & rows.keys(), "an old figure was released once more"
        assert {(key.unit, key.cut) for key in cells} == {(written(path), cut)}
        plan = with_cut(plan, path, cut)
        rows |= {key: as_texts(cell) for key, cell in cells.items()}
        text += as_csv(cells.values()).split("\n", 1)[1]
    assert list(csv.reader(io.StringIO(text)))[1:] == [list(row) for row in rows.values()]
    check_print(company, text)
    check_secrets(company, text)


# ------------------------------------------------------------------------------------ two or three waves


@st.composite
def histories(draw: st.DrawFn) -> list[Company]:
    """The same company in two or three years."""
    waves = [draw(companies("2024"))]
    for wave in draw(st.sampled_from((("2025",), ("2025", "2026")))):
        waves.append(draw(next_wave(waves[-1], wave)))
    return waves


def open_units(text: str) -> frozenset[str]:
    """The units of which anything is printed."""
    return frozenset(row["unit"] for row in csv.DictReader(io.StringIO(text)) if row["closed"] == "0")


@settings(_ALIKE, max_examples=HISTORIES)
@given(histories())
def test_what_was_printed_of_two_years_does_not_tell_of_the_few_who_came_or_went(waves: list[Company]) -> None:
    printed: list[tuple[Company, frozenset[str]]] = []
    for company in waves:
        barred = barred_units(company, printed)
        text = released_text(company, barred)
        check_print(company, text, barred)
        check_secrets(company, text)
        now = open_units(text)
        for earlier, before in printed:
            check_differences(earlier, before, company, now)
        printed.append((company, now))


def check_differences(earlier: Company, before: frozenset[str], later: Company, now: frozenset[str]) -> None:
    """No two sets of people of which both years have figures differ by a few people.

    The organisation as it is now is no help: it has nothing above it, and always has figures.
    """
    people, people_now = everybody_in(earlier), everybody_in(later)
    for one in known_sets(people, before, later.k):
        for other in known_sets(people_now, now, later.k):
            if other != people_now[TOTAL]:
                assert not 0 < len(one ^ other) <= later.k, f"{len(one - other)} left and {len(other - one)} came"
    for unit in before - {TOTAL}:
        for other in now - {TOTAL}:
            stay = people[unit] & people_now[other]
            if 2 * len(stay) > max(len(people[unit]), len(people_now[other])):
                left, came = len(people[unit] - stay), len(people_now[other] - stay)
                assert not 0 < left <= later.k and not 0 < came <= later.k, f"{left} left {unit} and {came} came"


def known_sets(people: Mapping[str, frozenset[int]], shown: frozenset[str], k: int) -> Iterator[frozenset[int]]:
    """The sets of people that figures of units add up to: a unit less the units below it, and up to four of these
    together, or all but as many."""
    pieces = []
    for unit in sorted(shown):
        below = [
            people[other] for other in shown if other != unit and (unit == TOTAL or other.startswith(f"{unit} > "))
        ]
        piece = people[unit].difference(*below)
        if len(piece) > k:
            pieces.append(piece)
    for count in range(1, min(4, len(pieces)) + 1):
        for chosen in combinations(pieces, count):
            yield frozenset().union(*chosen)
            rest = [piece for piece in pieces if piece not in chosen]
            if len(rest) > 4:
                yield frozenset().union(*rest)


def test_small_units_that_are_closed_together_are_a_group_that_few_may_join() -> None:
    before = company_of(
        Group(("Y",), say(15, 40)), Group(("Z",), say(20, 60)), Group(("A",), say(3, 6)), Group(("B",), say(3, 7))
    )
    newest = len(before.people)
    joined = [replace(before.people[0], number=newest + place, unit=("Z",)) for place in range(12)]
    joined += [replace(before.people[0], number=newest + 12 + place, unit=("A",)) for place in range(2)]
    # Of Z twelve people are others, so that it is shown; beside Y and Z thirteen people were, and fifteen are.
    after = replace(before, people=(*before.people[:40], *before.people[52:], *joined))
    units = open_units(released_text(before))
    assert units == {TOTAL, "Y", "Z"}
    check_differences(before, units, after, open_units(released_text(after, barred_units(after, [(before, units)]))))
