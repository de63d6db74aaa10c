"""Which groups close: the promise holds for every division, also for someone who subtracts."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.disclosure.rounding import n_band, possible_counts, printed_share
from analysis.disclosure.rules import ROUNDING_SHARE, close_small_groups, is_uniform, rest_is_of_one_mind

Division = tuple[list[int], int, int]


@st.composite
def divisions(draw: st.DrawFn) -> Division:
    """Sizes of groups, their parent with perhaps people without a category, and the smallest open group."""
    sizes = draw(st.lists(st.one_of(st.integers(0, 12), st.integers(0, 80), st.integers(0, 3000)), max_size=9))
    rest = draw(st.one_of(st.just(0), st.integers(0, 30)))
    return sizes, sum(sizes) + rest, draw(st.integers(2, 16))


def uniform_in(division: Division) -> st.SearchStrategy[set[int]]:
    places = range(len(division[0]))
    return st.sets(st.sampled_from(places)) if places else st.just(set())


def hidden_people(sizes: list[int], parent: int, closed: tuple[bool, ...]) -> int:
    """What is left for someone who takes every open group from the parent."""
    return parent - sum(size for size, hidden in zip(sizes, closed, strict=True) if not hidden)


def hidden_by_rounding(sizes: list[int], parent: int, closed: tuple[bool, ...]) -> bool:
    """Whether only people without a category are hidden, few enough to drown in the rounding of the parent.

    A whole percent of the parent is a window of ``parent / 100`` people, at least twice as many.
    """
    return not any(closed) and 200 * (parent - sum(sizes)) <= parent


@given(divisions(), st.data())
def test_no_open_group_is_smaller_than_promised(division: Division, data: st.DataObject) -> None:
    sizes, parent, k_eff = division
    uniform = data.draw(uniform_in(division))
    closed = close_small_groups(sizes, parent, k_eff, uniform)
    assert len(closed) == len(sizes)
    for group, (size, hidden) in enumerate(zip(sizes, closed, strict=True)):
        if size < k_eff or group in uniform:
            assert hidden


@given(divisions(), st.data())
def test_subtraction_never_describes_fewer_people_than_promised(division: Division, data: st.DataObject) -> None:
    sizes, parent, k_eff = division
    closed = close_small_groups(sizes, parent, k_eff, data.draw(uniform_in(division)))
    hidden = hidden_people(sizes, parent, closed)
    assert hidden == 0 or hidden >= k_eff or all(closed) or hidden_by_rounding(sizes, parent, closed)


def test_no_choice_of_open_groups_to_subtract_helps() -> None:
    # Every division of up to four groups of 0 to 7 people with up to 4 without a category, k_eff 5:
    # each set of open groups, taken from the parent, leaves nobody or at least five.
    for count in range(1, 5):
        for sizes in product((0, 1, 4, 5, 7), repeat=count):
            for rest in (0, 1, 4):
                closed = close_small_groups(sizes, sum(sizes) + rest, 5)
                open_sizes = [size for size, hidden in zip(sizes, closed, strict=True) if not hidden]
                for chosen in product((0, 1), repeat=len(open_sizes)):
                    taken = [size for size, used in zip(open_sizes, chosen, strict=True) if used]
                    left = sum(sizes) + rest - sum(taken)
                    assert not taken or left == 0 or left >= 5, (sizes, rest, taken)


@given(divisions())
def test_nothing_closes_when_nothing_is_small_and_nobody_is_left_over(division: Division) -> None:
    sizes, _, k_eff = division
    large = [size + k_eff for size in sizes]
    assert not any(close_small_groups(large, sum(large), k_eff))


@given(divisions(), st.data())
def test_the_same_division_closes_the_same_way(division: Division, data: st.DataObject) -> None:
    sizes, parent, k_eff = division
    uniform = data.draw(uniform_in(division))
    first = close_small_groups(sizes, parent, k_eff, uniform)
    assert close_small_groups(tuple(sizes), parent, k_eff, sorted(uniform)) == first


@given(divisions(), st.data())
def test_which_groups_close_does_not_depend_on_the_order_in_which_they_are_listed(
    division: Division, data: st.DataObject
) -> None:
    sizes, parent, k_eff = division
    distinct = list(dict.fromkeys(sizes))
    parent -= sum(sizes) - sum(distinct)
    order = data.draw(st.permutations(range(len(distinct))))
    closed = close_small_groups(distinct, parent, k_eff)
    shuffled = close_small_groups([distinct[place] for place in order], parent, k_eff)
    assert shuffled == tuple(closed[place] for place in order)


@given(divisions())
def test_no_more_closes_than_the_smallest_groups_that_are_needed(division: Division) -> None:
    sizes, parent, k_eff = division
    closed = close_small_groups(sizes, parent, k_eff)
    secondary = sorted((s, g) for g, s in enumerate(sizes) if closed[g] and s >= k_eff)
    still_open = sorted((s, g) for g, s in enumerate(sizes) if not closed[g])
    if secondary and still_open:
        assert secondary[-1] < still_open[0]  # always the smallest first
    if secondary:
        without_last = hidden_people(sizes, parent, closed) - secondary[-1][0]
        assert 0 < without_last < k_eff  # one fewer would not have done


def test_a_single_small_group_takes_the_next_smallest_with_it_and_nothing_else() -> None:
    assert close_small_groups([40, 3, 12, 25, 60], 140, 11) == (False, True, True, False, False)
    assert close_small_groups([12, 3, 12, 25, 60], 112, 11) == (True, True, False, False, False)
    # Two small ones that are large enough together protect each other.
    assert close_small_groups([40, 8, 3, 60], 111, 11) == (False, True, True, False)


def test_an_empty_group_closes_alone() -> None:
    assert close_small_groups([40, 0, 60], 100, 11) == (False, True, False)


def test_two_groups_of_which_one_is_small_close_both() -> None:
    assert close_small_groups([400, 10], 410, 11) == (True, True)


def test_people_without_a_category_are_protected_like_a_small_group() -> None:
    assert close_small_groups([40, 30, 20], 93, 11) == (False, False, True)
    assert close_small_groups([40, 30, 20], 90 + 11, 11) == (False, False, False)
    # A whole percent of 600 people is 6 people wide: twice as wide as the 3 who gave no category.
    assert close_small_groups([400, 197], 600, 11) == (False, False)
    assert close_small_groups([400, 195], 599, 11) == (False, True)
    # With a small group as well, both are protected together.
    assert close_small_groups([3000, 500, 8], 3510, 11) == (False, True, True)


def test_a_group_of_one_mind_closes_at_any_size_with_enough_others() -> None:
    assert close_small_groups([100, 50, 40, 20], 210, 11, uniform=[1]) == (False, True, False, True)
    assert close_small_groups([100, 50, 20, 5], 175, 11, uniform=[1]) == (False, True, True, True)
    assert close_small_groups([100, 50, 40, 20], 210, 11, uniform=[]) == (False, False, False, False)


@given(divisions(), st.data())
def test_a_group_of_one_mind_is_hidden_among_enough_people_of_other_groups(
    division: Division, data: st.DataObject
) -> None:
    sizes, parent, k_eff = division
    uniform = data.draw(uniform_in(division))
    closed = close_small_groups(sizes, parent, k_eff, uniform)
    for group in uniform:
        if sizes[group] >= k_eff and not all(closed):
            assert hidden_people(sizes, parent, closed) - sizes[group] >= k_eff


def test_groups_larger_than_their_parent_are_an_error() -> None:
    with pytest.raises(ValueError, match="more people than their parent"):
        close_small_groups([30, 30], 59, 11)


def test_no_groups_is_no_division() -> None:
    assert close_small_groups([], 40, 11) == ()


def test_of_one_mind_is_everybody_or_everybody_but_one() -> None:
    found = {(yes, n): is_uniform(yes, n) for n in (11, 40) for yes in range(n + 1)}
    assert {pair for pair, uniform in found.items() if uniform} == {
        (0, 11), (1, 11), (10, 11), (11, 11), (0, 40), (1, 40), (39, 40), (40, 40),
    }  # fmt: skip


def test_the_rounding_window_is_a_whole_percent() -> None:
    # Half a percent below and half a percent above, as the printed share is rounded.
    assert Fraction(ROUNDING_SHARE).limit_denominator(1000) == Fraction(1, 100)
    for n in (100, 600, 1000):
        widths = [most - fewest + 1 for share in range(1, 100) for _, fewest, most in possible_counts(share, n, n)]
        assert all(abs(width - n / 100) < 1 for width in widths)


# -------------------------------------------------------------------------- what is left may not be of one mind


def printed(yes: int, n: int) -> list[tuple[int, int, int]]:
    return possible_counts(printed_share(yes, n), *n_band(n))


def test_a_rest_of_one_mind_is_noticed() -> None:
    # 30 of 60 and 10 of 40 are printed of 114 people with 40 in all: the other 14 all say no.
    assert rest_is_of_one_mind(printed(40, 114), [printed(30, 60), printed(10, 40)])
    assert not rest_is_of_one_mind(printed(47, 114), [printed(30, 60), printed(10, 40)])
    assert rest_is_of_one_mind(printed(54, 114), [printed(30, 60), printed(10, 40)])  # all say yes


def test_rounding_can_hide_that_a_rest_is_of_one_mind() -> None:
    # Of 1,000 people the parent's share is a window of ten people: wide enough for a rest of 14.
    assert not rest_is_of_one_mind(printed(400, 1014), [printed(300, 600), printed(100, 400)])


@given(st.lists(st.tuples(st.integers(11, 90), st.floats(0, 1)), min_size=1, max_size=3), st.integers(1, 40), st.data())
def test_a_reader_who_tries_everything_knows_no_more(
    groups: list[tuple[int, float]], rest: int, data: st.DataObject
) -> None:
    counts = [(round(share * n), n) for n, share in groups]
    rest_yes = data.draw(st.sampled_from([0, 1, rest // 2, rest]))
    n, yes = sum(n for _, n in counts) + rest, sum(yes for yes, _ in counts) + rest_yes
    parts = [printed(y, size) for y, size in counts]
    # Everything that fits what is printed: for each number of answers and each count, what is left.
    left = {(n_, y) for n_, fewest, most in printed(yes, n) for y in range(fewest, most + 1)}
    for part in parts:
        # The extremes of each number of answers are enough: what lies between leaves less.
        left = {(m - n_, y - c) for m, y in left for n_, fewest, most in part for c in {fewest, most}}
    possible = [(m, y) for m, y in left]
    certain = max(y for _, y in possible) <= 1 or max(m - y for m, y in possible) <= 1
    assert rest_is_of_one_mind(printed(yes, n), parts) is certain


@given(st.lists(st.integers(2, 40), min_size=2, max_size=6))
def test_the_more_groups_are_closed_the_less_is_known(sizes: list[int]) -> None:
    # Leaving out an open group never makes a rest look more of one mind to those who subtract.
    parts = [printed(size // 2, size) for size in sizes]
    parent = printed(sum(size // 2 for size in sizes), sum(sizes))
    told = [rest_is_of_one_mind(parent, parts[place:]) for place in range(len(parts) + 1)]
    assert all(before or not after for before, after in pairwise(told))
