"""What HR may see of participation: bands of groups, never a count, and no step that shows one person."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from survey_app.anonymity.manifest import Manifest, Unit
from survey_app.commission.participation import (
    Group,
    Participation,
    band,
    divide,
    next_count,
    participation_today,
    rows,
)
from survey_app.stores import reading, roster, writing
from survey_app.stores.roster import State
from survey_app.stores.tables_roster import INVITATION, PARTICIPATION
from tests.survey_app.running_survey import OPENS, RunningSurvey, make_running_survey

DAY = OPENS + dt.timedelta(days=3)


@dataclass(frozen=True)
class Plan:
    """How deep units are reported."""

    levels: int


@dataclass(frozen=True)
class Tree:
    """As much of a manifest as participation looks at, for organisations that no manifest could promise."""

    units: tuple[Unit, ...]
    k: int
    plan: Plan

    def path(self, key: str) -> tuple[Unit, ...]:
        unit = next(unit for unit in self.units if unit.key == key)
        return (*(self.path(unit.parent) if unit.parent else ()), unit)


def tree(parents: Sequence[int | None], k: int, levels: int = 1) -> Manifest:
    """A tree of units ``u0``, ``u1`` …; ``parents`` are the places of those above."""
    units = tuple(
        Unit(f"u{place}", f"Unit {place}", None if parent is None else f"u{parent}", 0, None)
        for place, parent in enumerate(parents)
    )
    return Tree(units, k, Plan(levels))  # type: ignore[return-value]


def invited(*counts: int) -> dict[str, int]:
    """People by key of their unit."""
    return {f"u{place}": count for place, count in enumerate(counts)}


TREES = st.integers(1, 9).flatmap(
    lambda count: st.tuples(
        st.tuples(*(st.just(None) if not place else st.integers(0, place - 1) for place in range(count))),
        st.tuples(*(st.integers(0, 40) for _ in range(count))),
        st.integers(2, 10),
        st.integers(0, 3),
    )
)


# ---- groups


@given(TREES)
def test_groups_do_not_overlap_hold_everybody_and_are_never_smaller_than_k(
    made: tuple[Sequence[int | None], Sequence[int], int, int],
) -> None:
    parents, counts, k, levels = made
    groups = divide(tree(parents, k, levels), invited(*counts))
    if sum(counts) < k:
        assert groups == ()
        return
    members = list(itertools.chain.from_iterable(group.members for group in groups))
    assert len(members) == len(set(members))
    assert {f"u{place}" for place, count in enumerate(counts) if count} <= set(members)
    assert sum(group.invited for group in groups) == sum(counts)
    assert all(group.invited >= k for group in groups)
    assert len({group.key for group in groups}) == len(groups)


@given(TREES)
def test_the_difference_between_what_is_shown_is_never_a_small_group(
    made: tuple[Sequence[int | None], Sequence[int], int, int],
) -> None:
    parents, counts, k, levels = made
    manifest = tree(parents, k, levels)
    shown = {row.key for row in rows(manifest, divide(manifest, invited(*counts)), {}) if row.percent is not None}
    people = {
        unit.key: sum(counts[place] for place, other in enumerate(manifest.units) if unit in manifest.path(other.key))
        for unit in manifest.units
    }
    for unit in manifest.units:
        if unit.key in shown:
            assert people[unit.key] >= k
            below = sum(people[key] for key in shown if manifest.path(key)[-1].parent == unit.key)
            assert below == people[unit.key] or people[unit.key] - below >= k


def test_the_smallest_units_give_way_when_the_rest_would_be_too_few() -> None:
    manifest = tree([None, 0, 0, 0], k=10)
    found = {group.key: group.invited for group in divide(manifest, invited(0, 40, 30, 6))}
    assert found == {"u1": 40, "u0/rest": 36}
    shown = {row.name: row.percent for row in rows(manifest, divide(manifest, invited(0, 40, 30, 6)), {})}
    assert shown == {"Unit 0": 0, "Unit 1": 0, "Unit 2": None, "Unit 3": None}


def test_an_organisation_below_k_shows_nothing_at_all() -> None:
    manifest = tree([None, 0], k=10)
    assert rows(manifest, divide(manifest, invited(4, 5)), {}) == ()


# ---- bands and steps


@given(st.integers(2, 12), st.integers(0, 400))
def test_every_band_holds_at_least_k_counts_and_the_bands_hold_each_count_once(k: int, more: int) -> None:
    size = k + more
    found = {band(size, k, count) for count in range(size + 1)}
    for low, high in found:
        assert high - low + 1 >= max(k, size / 20)
    assert sorted(count for low, high in found for count in range(low, high + 1)) == list(range(size + 1))


def play(groups: Sequence[Group], k: int, days: Sequence[Mapping[str, int]]) -> list[dict[str, int]]:
    """The count behind each group on each day."""
    shown: dict[str, int] = {group.key: 0 for group in groups}
    played = []
    for counts in days:
        shown = {group.key: next_count(group, k, shown[group.key], counts[group.key]) for group in groups}
        played.append(shown)
    return played


HISTORIES = st.tuples(st.integers(2, 8), st.integers(0, 60), st.lists(st.integers(0, 12), min_size=1, max_size=15))


@given(HISTORIES)
def test_a_step_hides_at_least_k_people_and_the_truth_lies_in_what_is_shown(
    made: tuple[int, int, list[int]],
) -> None:
    k, more, steps = made
    manifest = tree([None], k)
    (group,) = divide(manifest, invited(k + more))
    counts = [min(count, group.invited) for count in itertools.accumulate(steps)]
    changed_at, before = 0, None
    for count, shown in zip(counts, play([group], k, [{"u0": count} for count in counts]), strict=True):
        (row,) = rows(manifest, [group], shown)
        assert row.percent is not None and row.up_to is not None
        assert row.percent % 5 == row.up_to % 5 == 0
        assert row.percent <= 100 * count / group.invited <= row.up_to
        if before is not None and (row.percent, row.up_to) != before:
            assert count - changed_at >= k
            changed_at = count
        before = row.percent, row.up_to


def histories(size: int, days: int) -> Iterator[tuple[int, ...]]:
    """Every way in which a number of participants can grow over some days."""
    return itertools.combinations_with_replacement(range(size + 1), days)


@pytest.mark.parametrize(("k", "sizes", "days"), [(3, (9,), 4), (3, (3, 7), 2), (2, (2, 3, 4), 2)])
def test_no_count_follows_from_everything_that_was_ever_shown(k: int, sizes: tuple[int, ...], days: int) -> None:
    """Tried out in full: whoever kept all pages still has k possible counts of every group, on every day."""
    manifest = tree([None, *(0 for _ in sizes)], k)
    groups = divide(manifest, invited(0, *sizes))
    assert [group.invited for group in groups] == sorted(sizes)
    possible: dict[object, list[set[int]]] = defaultdict(lambda: [set() for _ in sizes])
    for courses in itertools.product(*(histories(size, days) for size in sizes)):
        course = [{f"u{place}": counts[day] for place, counts in enumerate(courses, start=1)} for day in range(days)]
        pages: tuple[object, ...] = ()
        for counts, shown in zip(course, play(groups, k, course), strict=True):
            pages += (rows(manifest, groups, shown),)
            for place in range(len(sizes)):
                possible[pages][place].add(counts[f"u{place + 1}"])
    assert len(possible) > 3
    for found in possible.values():
        for counts, size in zip(found, sizes, strict=True):
            assert len(counts) >= k, (counts, size)


def test_a_unit_above_says_no_more_than_its_groups_do() -> None:
    manifest = tree([None, 0, 0], k=5)
    groups = divide(manifest, invited(0, 20, 30))
    one, other = ({"u1": 4, "u2": 12}, {"u1": 0, "u2": 14})
    assert rows(manifest, groups, one) == rows(manifest, groups, other)


# ---- the store


@pytest.fixture
def survey(tmp_path: Path) -> Iterator[RunningSurvey]:
    """Two teams of twenty, k is 5."""
    survey = make_running_survey(tmp_path, teams={"Zorg": 20, "Kantoor": 20}, k=5, k_invite=10)
    with survey.app.app_context():
        yield survey


def take_part(unit: str, count: int, **values: object) -> None:
    """``count`` people of a unit have begun, or what ``values`` say."""
    people = [person.id for person in roster.invitations("abcd1234") if person.unit == unit][:count]
    with writing("roster") as connection:
        connection.execute(update(INVITATION).where(INVITATION.c.id.in_(people)).values(**values or {"issued": True}))


def seen(day: dt.date) -> dict[str, tuple[int | None, int | None]]:
    """What HR sees, by name of the unit."""
    shown = participation_today("abcd1234", day)
    return {row.name: (row.percent, row.up_to) for row in shown.rows}


def test_the_first_look_of_a_day_counts_and_the_others_read_that(survey: RunningSurvey) -> None:
    take_part("u1", 8)
    assert seen(DAY) == {"Voorbeeld BV": (10, 55), "Zorg": (25, 65), "Kantoor": (0, 40)}
    take_part("u1", 20)
    take_part("u2", 20)
    assert seen(DAY)["Zorg"] == (25, 65)
    assert seen(DAY - dt.timedelta(days=2))["Zorg"] == (25, 65), "a clock that jumps back counts nothing"
    assert participation_today("abcd1234", DAY).day == DAY
    tomorrow = DAY + dt.timedelta(days=1)
    assert seen(tomorrow) == {"Voorbeeld BV": (75, 100), "Zorg": (75, 100), "Kantoor": (75, 100)}
    assert participation_today("abcd1234", tomorrow).day == tomorrow


@pytest.mark.parametrize("values", [{"issued": True}, {"done": True}, {"reissued": 1}])
def test_who_began_or_is_done_counts(values: dict[str, object], survey: RunningSurvey) -> None:
    take_part("u1", 15, **values)
    assert seen(DAY)["Zorg"] == (75, 100)


def test_people_with_a_card_are_left_out_on_both_sides(survey: RunningSurvey) -> None:
    take_part("u1", 12, issued=True, channel="card")
    assert seen(DAY)["Zorg"] == (0, 100), "eight are left, too few for two bands"
    take_part("u2", 16, issued=True, channel="card")
    assert seen(DAY + dt.timedelta(days=1))["Kantoor"] == (None, None)


def test_nothing_is_seen_before_the_start_and_nothing_changes_after_the_opening(tmp_path: Path) -> None:
    survey = make_running_survey(tmp_path, teams={"Zorg": 20, "Kantoor": 20}, k=5, k_invite=10, state=State.PROMISED)
    with survey.app.app_context():
        take_part("u1", 15)
        assert participation_today("abcd1234", DAY) == Participation(None, ())
        roster.move("abcd1234", State.PROMISED, State.RUNNING)
        assert seen(DAY)["Zorg"] == (75, 100)
        roster.move("abcd1234", State.RUNNING, State.CLOSED)
        roster.move("abcd1234", State.CLOSED, State.OPENED)
        take_part("u2", 20)
        later = participation_today("abcd1234", DAY + dt.timedelta(days=5))
        assert later.day == DAY and later.rows[2].percent == 0


def test_an_unknown_survey_has_no_participation(survey: RunningSurvey) -> None:
    assert participation_today("zzzz9999", DAY) == Participation(None, ())


def test_what_is_kept_is_one_row_a_group(survey: RunningSurvey) -> None:
    take_part("u1", 8)
    for days in range(3):
        seen(DAY + dt.timedelta(days=days))
    with reading("roster") as connection:
        kept = connection.execute(select(PARTICIPATION).order_by(PARTICIPATION.c.unit)).all()
    assert [tuple(row) for row in kept] == [
        ("abcd1234", "u1", "2026-10-10", 25, 8),
        ("abcd1234", "u2", "2026-10-10", 0, 0),
    ]


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=6))
@settings(max_examples=30)
def test_what_is_displayed_never_goes_down(days: list[tuple[int, int]]) -> None:
    manifest = tree([None, 0, 0], k=5)
    groups = divide(manifest, invited(0, 20, 20))
    ones, twos = (list(itertools.accumulate((day[place] for day in days), max)) for place in (0, 1))
    course = [{"u1": one, "u2": two} for one, two in zip(ones, twos, strict=True)]
    shown = [rows(manifest, groups, counts) for counts in play(groups, 5, course)]
    for before, after in itertools.pairwise(shown):
        assert all((one.percent or 0) <= (two.percent or 0) for one, two in zip(before, after, strict=True))
