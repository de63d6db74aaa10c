"""The outlook before a survey: chances are exact, sums hold, and differences are those of the report."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.dataset import Headcount
from analysis.disclosure.preflight import (
    HARDLY,
    SURE,
    Joined,
    Outlook,
    PlannedUnit,
    Preflight,
    chances_of_answers,
    foresee_figures,
    may_protect,
    smallest_difference,
)
from analysis.units import UnitPath

K = 10

trees = st.dictionaries(
    st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=3).map(tuple), st.integers(1, 60), min_size=1
)


def foresee(units: Mapping[UnitPath, int], without: int = 0, levels: int | None = None) -> Preflight:
    """The outlook for people in ``units`` and ``without`` a unit."""
    return foresee_figures(Headcount(sum(units.values()) + without, units, {}), K, levels=levels)


def by_path(preflight: Preflight) -> dict[UnitPath, PlannedUnit]:
    return {unit.path: unit for unit in preflight.units}


def exact_chance(invited: int, response: int, needed: int) -> Fraction:
    """The chance of ``needed`` answers or more, summed term by term in fractions."""
    share = Fraction(response, 100)
    terms = (math.comb(invited, n) * share**n * (1 - share) ** (invited - n) for n in range(needed, invited + 1))
    return sum(terms, Fraction(0))


# Chances --------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 150), min_size=1, max_size=5), st.integers(1, 100), st.integers(1, 40))
def test_the_chance_of_figures_is_the_exact_binomial_sum(sizes: list[int], response: int, needed: int) -> None:
    chances = chances_of_answers(np.array(sizes), response / 100, needed)
    for size, chance in zip(sizes, chances, strict=True):
        assert chance == pytest.approx(float(exact_chance(size, response, needed)), abs=1e-12)


def test_yes_begins_at_95_percent_and_no_ends_at_5_percent() -> None:
    sizes = {size: float(exact_chance(size, 40, K + 1)) for size in range(20, 60)}
    found = {size: foresee({("Unit",): size}, 500).units[1].outlooks[0] for size in sizes}
    for size, chance in sizes.items():
        assert found[size].figures == ("yes" if chance >= 0.95 else "no" if chance <= 0.05 else "perhaps")
    assert {outlook.figures for outlook in found.values()} == {"yes", "perhaps"}
    assert foresee({("Unit",): 20}, 500).units[1].outlooks[0].answers == 8


@pytest.mark.parametrize(("chance", "percent"), [(0.0501, 6), (0.9499, 94), (0.645, 65), (0.97, 97), (0.01, 1)])
def test_a_printed_chance_is_never_rounded_into_a_yes_or_a_no(chance: float, percent: int) -> None:
    assert Outlook(40, 10, chance, False, None).percent == percent


@given(st.integers(0, 60), st.integers(1, 99))
def test_more_people_or_more_response_never_lower_the_chance(size: int, response: int) -> None:
    fewer, more = chances_of_answers(np.array([size, size + 1]), response / 100, K + 1)
    [better] = chances_of_answers(np.array([size]), (response + 1) / 100, K + 1)
    assert fewer <= more + 1e-12
    assert fewer <= better + 1e-12


# Closing to protect others --------------------------------------------------------------------------


def chances_to_protect(sizes: list[int], rest: int, share: float, needed: int, smallest: int) -> list[float]:
    """For each group the chance that it is the smallest open one beside 1 to ``smallest`` - 1 hidden people.

    By playing out every number of answers that each group, and the rest, can give.
    """
    found = [0.0] * len(sizes)
    for answers in product(*(range(size + 1) for size in (*sizes, rest))):
        chance = math.prod(
            math.comb(size, n) * share**n * (1 - share) ** (size - n)
            for size, n in zip((*sizes, rest), answers, strict=True)
        )
        still_open = [place for place, n in enumerate(answers[:-1]) if n >= needed]
        hidden = sum(n for n in answers[:-1] if n < needed) + answers[-1]
        if still_open and 0 < hidden < smallest:
            found[min(still_open, key=lambda place: (sizes[place], place))] += chance
    return found


@given(
    st.lists(st.integers(0, 7), min_size=1, max_size=4),
    st.integers(0, 4),
    st.sampled_from([0.2, 0.4, 0.6, 0.8, 1.0]),
    st.sampled_from([(3, 3), (4, 3), (2, 2), (6, 4)]),
)
def test_whoever_may_close_for_others_is_marked(
    sizes: list[int], rest: int, share: float, limits: tuple[int, int]
) -> None:
    needed, smallest = limits
    marked = may_protect(np.array(sizes), rest, share, needed, smallest)
    chances = chances_to_protect(sizes, rest, share, needed, smallest)
    falls = [chance > HARDLY for chance in chances]
    for place, size in enumerate(sizes):
        if abs(chances[place] - HARDLY) > 1e-9 and falls[place]:
            assert marked[place]
        if marked[place] and not falls[place]:
            # Then chance may order it before one that is marked in its own right.
            alike = [other for other, own in zip(sizes, falls, strict=True) if own and other <= size]
            spread = [2 * math.sqrt(share * (1 - share) * (size + other)) for other in alike]
            assert any(share * (size - other) <= gap + 1e-9 for other, gap in zip(alike, spread, strict=True))


def test_a_small_unit_may_close_the_next_one_and_not_a_far_larger_one() -> None:
    units = by_path(foresee({("Klein",): 22, ("Midden",): 60, ("Groot",): 400}))
    at_40, _, at_80 = zip(*(units[(name,)].outlooks for name in ("Klein", "Midden", "Groot")), strict=True)
    assert [outlook.may_close for outlook in at_40] == [False, True, False]
    assert [outlook.may_close for outlook in at_80] == [False, False, False], "then all three have figures"


def test_two_units_of_about_one_size_may_each_be_the_one_that_closes() -> None:
    units = by_path(foresee({("Klein",): 22, ("Een",): 60, ("Ander",): 62, ("Groot",): 400}))
    assert units[("Een",)].outlooks[0].may_close and units[("Ander",)].outlooks[0].may_close
    assert not units[("Groot",)].outlooks[0].may_close


def test_two_small_units_protect_each_other() -> None:
    # Together they hide about 18 people, so that no third one has to close.
    units = by_path(foresee({("Klein",): 22, ("Ook klein",): 22, ("Groot",): 400}))
    assert not units[("Groot",)].outlooks[0].may_close


def test_people_outside_every_reported_unit_are_protected_too() -> None:
    # Twenty people of Zorg belong to none of its teams: eight answers are left when the teams are subtracted.
    units = by_path(foresee({("Zorg",): 20, ("Zorg", "Noord"): 80, ("Kantoor",): 500}))
    assert units[("Zorg", "Noord")].outlooks[0].may_close
    assert not units[("Zorg",)].outlooks[0].may_close


# The tree -------------------------------------------------------------------------------------------


def test_units_of_every_level_appear_with_what_is_shown_together() -> None:
    preflight = foresee(
        {("Zorg", "Noord"): 30, ("Zorg", "Team 10"): 13, ("Zorg", "Team 2"): 8, ("Zorg", "West", "Nacht"): 7}
        | {("Zorg", "West", "Dag"): 41, ("Kantoor",): 50},
        without=21,
    )
    assert [(unit.path, unit.invited) for unit in preflight.units] == [
        ((), 170),
        (("Kantoor",), 50),
        (("Zorg",), 99),
        (("Zorg", "Noord"), 30),
        (("Zorg", "West"), 48),
    ]
    units = by_path(preflight)
    assert units[("Zorg",)].joined == (Joined("Team 2", 8), Joined("Team 10", 13)), "in numeric order"
    assert units[("Zorg", "West")].joined == (Joined("Dag", 41), Joined("Nacht", 7)), "seven need a larger neighbour"
    assert [path for path, unit in units.items() if unit.divided] == [(), ("Zorg",)]


@given(trees, st.integers(0, 60))
def test_nobody_is_lost_and_nobody_counts_twice(tree: dict[UnitPath, int], without: int) -> None:
    if sum(tree.values()) + without < 2 * K:
        return
    units = by_path(foresee(tree, without))
    assert units[()].invited == sum(tree.values()) + without
    for path, unit in units.items():
        assert unit.invited == sum(count for own, count in tree.items() if own[: len(path)] == path) + (
            0 if path else without
        )
        assert unit.invited >= 2 * K
        below = {other[-1] for other in units if other[:-1] == path and other}
        assert unit.divided == bool(below)
        for joined in unit.joined:
            assert joined.name not in below, "a unit is shown by itself or together with another"
            child = (*path, joined.name)
            assert joined.people == sum(count for own, count in tree.items() if own[: len(child)] == child)
    for own in tree:
        shown = max((path for path in units if own[: len(path)] == path), key=len)
        assert own == shown or own[len(shown)] in {joined.name for joined in units[shown].joined}


def test_units_deeper_than_the_plan_are_part_of_the_unit_above() -> None:
    tree = {("Zorg", "Noord"): 30, ("Zorg", "Zuid"): 8, ("Zorg", "West", "Dag"): 40, ("Kantoor",): 50, ("Directie",): 4}
    units = by_path(foresee(tree, without=21, levels=1))
    assert {path: unit.invited for path, unit in units.items()} == {(): 153, ("Kantoor",): 50, ("Zorg",): 78}
    assert units[()].joined == (Joined("Directie", 4),)
    assert units[("Zorg",)].joined == (), "no team was to have figures, large or small"
    assert list(by_path(foresee(tree, levels=0))) == [()]


# Categories -----------------------------------------------------------------------------------------


def cut_outlook(categories: Mapping[str, int], crossed: Mapping[str, int]) -> Preflight:
    people = Headcount(200, {("A",): 90, ("B",): 110}, {"sex": categories}, {"A": {"sex": crossed}})
    return foresee_figures(people, K)


def test_a_category_needs_more_than_k_answers_and_twice_k_within_a_unit() -> None:
    found = {
        (group.unit, group.category): group
        for group in cut_outlook({"men": 40, "women": 160}, {"men": 40, "women": 50}).categories
    }
    assert list(found) == [(unit, sex) for unit in ((), ("A",), ("B",)) for sex in ("men", "women")]
    assert {group.needed for group in found.values() if not group.unit} == {K + 1}
    assert {group.needed for group in found.values() if group.unit} == {2 * K}
    whole, within = found[(), "men"], found[("A",), "men"]
    assert (whole.invited, within.invited) == (40, 40)
    for place, response in enumerate((40, 60, 80)):
        assert whole.outlooks[place].chance == pytest.approx(float(exact_chance(40, response, 11)))
        assert within.outlooks[place].chance == pytest.approx(float(exact_chance(40, response, 20)))
    assert found[("B",), "men"].invited == 0, "the roster names nobody there"


def test_people_without_a_category_are_protected_too() -> None:
    full = cut_outlook({"men": 90, "women": 110}, {}).categories
    gaps = cut_outlook({"men": 85, "women": 105}, {}).categories
    assert [group.outlooks[0].may_close for group in full[:2]] == [False, False]
    assert [group.outlooks[0].may_close for group in gaps[:2]] == [True, True], "four answers are left"


# The smallest visible difference --------------------------------------------------------------------


def lower_bound(share: float, n: int, others: float, m: int) -> float:
    """The lower bound of ``share - others`` in points, as docs/statistics.md has it, by plain arithmetic."""
    z = 1.959964
    rounding = z / math.sqrt(12)

    def wilson(p: float, n: int, sign: int) -> float:
        return (p + z * z / (2 * n) + sign * z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n)

    ours = math.hypot(share - 100 * wilson(share / 100, n, -1), rounding)
    theirs = math.hypot(100 * wilson(others / 100, m, 1) - others, rounding)
    return share - others - math.hypot(ours, theirs)


@pytest.mark.parametrize(("n", "m"), [(11, 400), (30, 60), (60, 240), (250, 1000), (3000, 9000)])
def test_the_smallest_difference_is_the_first_whose_interval_lies_above_zero(n: int, m: int) -> None:
    low = n // 5 * 5 if n < 30 else n  # the lowest number of answers that a printed band leaves possible
    points = smallest_difference(n, m, K + 1)
    assert points is not None
    assert lower_bound(20 + points, max(low, K + 1), 20, m) > 0
    assert lower_bound(20 + points - 1, max(low, K + 1), 20, m) <= 0


def test_one_smallest_difference_by_hand() -> None:
    # 60 answers next to 240 others, of whom 20% say yes. Wilson's interval of 20% of 240 ends at 25.52%; with the
    # rounding of a printed percent (0.57) that is √(5.52² + 0.57²) = 5.54 points above 20. For 32% of 60 it begins
    # at 21.59%, √(10.41² + 0.57²) = 10.43 below, and √(5.54² + 10.43²) = 11.81 is less than 12: higher. For 31% it
    # begins at 20.74%, 10.27 below with the rounding, and √(5.54² + 10.27²) = 11.68 is more than 11: not higher.
    assert smallest_difference(60, 240, K + 1) == 12


def test_the_organisation_is_set_beside_a_national_figure() -> None:
    against_nation = smallest_difference(400, None, K + 1)
    against_others = smallest_difference(400, 400, K + 1)
    assert against_nation is not None and against_others is not None
    # Of a national figure only the rounding counts. For 25% of 400 Wilson's interval begins at 21.01%, and
    # √(3.99² + 0.57² + 0.57²) = 4.07 is less than 5; for 24% at 20.07%, and 4.01 is more than 4.
    assert against_nation == 5 < against_others == 6
    [whole, *_] = foresee({("A",): 400, ("B",): 600}).units
    assert [outlook.difference for outlook in whole.outlooks] == [
        smallest_difference(n, None, 11) for n in (400, 600, 800)
    ]


@given(st.integers(11, 2000), st.integers(11, 5000))
def test_more_answers_never_hide_a_difference(n: int, m: int) -> None:
    fewer, more = smallest_difference(n, m, 11), smallest_difference(n + 5, m, 11)
    assert more is not None
    assert fewer is None or fewer >= more


def test_no_difference_is_promised_where_no_figure_will_be() -> None:
    units = by_path(foresee({("Klein",): 20, ("Groot",): 300}))
    assert units[("Klein",)].outlooks[0].figures == "perhaps"
    assert units[("Klein",)].outlooks[0].difference == smallest_difference(11, 120, 11), "if it has figures at all"
    categories = cut_outlook({"men": 12, "women": 188}, {"men": 12, "women": 78}).categories
    assert [outlook.difference for outlook in categories[2].outlooks] == [None, None, None]


def test_no_difference_is_promised_from_others_who_are_too_few_themselves() -> None:
    units = by_path(foresee({("Bijna allen",): 400, ("Klein",): 24}))
    assert [outlook.difference is None for outlook in units[("Bijna allen",)].outlooks] == [True, False, False]


# What is refused ------------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [4, 1, 0, -10])
def test_no_promise_below_five(k: int) -> None:
    people = Headcount(100, {("A",): 100}, {})
    with pytest.raises(ValueError, match="smallest k is 5"):
        foresee_figures(people, k)


@pytest.mark.parametrize("responses", [(), (0,), (101,), (40, -1)])
def test_a_response_is_a_percentage(responses: tuple[int, ...]) -> None:
    people = Headcount(100, {("A",): 100}, {})
    with pytest.raises(ValueError, match="1 to 100 percent"):
        foresee_figures(people, K, responses)


def test_the_bounds_of_the_words_are_those_of_the_policy() -> None:
    assert (SURE, HARDLY) == (0.95, 0.05)
