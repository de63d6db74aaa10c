"""Data quality: against plain loops over the answers of each person, and against worked numbers."""

from __future__ import annotations

from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.dataset import IntArray, missing_code
from analysis.quality import (
    Alike,
    Block,
    Completeness,
    Stops,
    completeness,
    item_nonresponse,
    long_strings,
    longest_run,
    response_rates,
    scale_block,
    stops,
    straight_lines,
    with_and_without,
)
from analysis.scoring import BoolArray
from instruments.model import Item, Scale

NONE = missing_code(np.dtype(np.int8))

Row = list[int | None]


def matrix(*rows: Row) -> IntArray:
    """Codes from rows in which ``None`` is no answer."""
    return np.array([[NONE if code is None else code for code in row] for row in rows], dtype=np.int8)


@st.composite
def answers(draw: st.DrawFn) -> tuple[list[Row], IntArray, list[list[bool]], BoolArray]:
    """Answers on a scale of 1 to 3 with many gaps and many repetitions, and which questions were asked."""
    items = draw(st.integers(1, 9))
    row = st.lists(st.sampled_from([None, 1, 1, 2, 3]), min_size=items, max_size=items)
    rows = draw(st.lists(row, min_size=1, max_size=12))
    asked = [draw(st.lists(st.booleans(), min_size=items, max_size=items)) for _ in rows]
    return rows, matrix(*rows), asked, np.array(asked)


# ------------------------------------------------------------------------------- identical answers


def run_by_grouping(row: Row) -> int:
    return max((len(list(same)) for code, same in groupby(row) if code is not None), default=0)


@given(answers())
def test_the_long_string_is_the_one_that_a_loop_finds(drawn: tuple[list[Row], IntArray, object, object]) -> None:
    rows, codes, _, _ = drawn
    items = codes.shape[1]
    block = Block(tuple(range(items)), (False,) * items)
    expected = [run_by_grouping(row) for row in rows]
    assert longest_run(codes, block).tolist() == expected
    assert long_strings(codes, block) == tuple(expected.count(length) for length in range(items + 1))


def test_a_question_without_answer_ends_a_run_and_only_the_block_counts() -> None:
    codes = matrix([4, 2, 2, None, 2, 2, 2, 4], [1, 1, 1, 1, 1, 1, 1, 1], [5, None, None, None, None, None, None, 5])
    block = Block((1, 2, 3, 4, 5, 6), (False,) * 6)
    assert longest_run(codes, block).tolist() == [3, 6, 0]
    assert long_strings(codes, block) == (1, 0, 0, 1, 0, 0, 1)


def test_a_run_follows_the_order_in_which_the_questions_were_asked() -> None:
    codes = matrix([1, 2, 1, 2])
    assert longest_run(codes, Block((0, 2, 1, 3), (False,) * 4)).tolist() == [2]
    assert longest_run(codes, Block((0, 1, 2, 3), (False,) * 4)).tolist() == [1]


def straight_by_loop(rows: list[Row], blocks: list[Block], least: int) -> tuple[list[bool], list[bool], list[Alike]]:
    assessed, flagged = [], []
    answered, alike = [0] * len(blocks), [0] * len(blocks)
    for row in rows:
        verdicts = []
        for place, block in enumerate(blocks):
            given = [(row[c], turned) for c, turned in zip(block.columns, block.reversed_items, strict=True)]
            given = [pair for pair in given if pair[0] is not None]
            if len(given) < least:
                continue
            answered[place] += 1
            same = len({code for code, _ in given}) == 1
            alike[place] += same
            if len({turned for _, turned in given}) == 2:
                verdicts.append(same and given[0][0] != block.middle)
        assessed.append(bool(verdicts))
        flagged.append(bool(verdicts) and all(verdicts))
    return assessed, flagged, [Alike(a, b) for a, b in zip(answered, alike, strict=True)]


@given(answers(), st.data())
def test_straight_lines_are_those_that_a_loop_finds(
    drawn: tuple[list[Row], IntArray, object, object], data: st.DataObject
) -> None:
    rows, codes, _, _ = drawn
    items = codes.shape[1]
    blocks = []
    for _ in range(data.draw(st.integers(0, 3))):
        columns = data.draw(st.lists(st.integers(0, items - 1), min_size=1, unique=True))
        turned = data.draw(st.lists(st.booleans(), min_size=len(columns), max_size=len(columns)))
        blocks.append(Block(tuple(columns), tuple(turned), data.draw(st.sampled_from([None, 2]))))
    least = data.draw(st.integers(2, 4))
    assessed, flagged, counts = straight_by_loop(rows, blocks, least)
    found = straight_lines(codes, blocks, least=least)
    assert found.assessed.tolist() == assessed
    assert found.flagged.tolist() == flagged
    assert found.blocks == tuple(counts)
    assert found.share == (sum(flagged) / sum(assessed) if any(assessed) else None)


def test_never_tired_on_every_question_is_an_answer_and_draws_no_attention() -> None:
    codes = matrix([1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [1, 2, 1, 1, 3])
    found = straight_lines(codes, [Block((0, 1, 2, 3, 4), (False,) * 5)])
    assert found.blocks == (Alike(answered=3, alike=2),)
    assert not found.assessed.any() and not found.flagged.any()
    assert found.share is None


def test_the_same_answer_to_opposite_questions_draws_attention_unless_it_is_the_middle_one() -> None:
    codes = matrix([5, 5, 5, 5], [3, 3, 3, 3], [5, 5, 1, 1], [5, 5, 5, None], [5, 5, None, None])
    found = straight_lines(codes, [Block((0, 1, 2, 3), (False, False, True, True), middle=3)], least=3)
    assert found.blocks == (Alike(answered=4, alike=3),)
    assert found.assessed.tolist() == [True, True, True, True, False]
    assert found.flagged.tolist() == [True, False, False, True, False]
    assert found.share == 2 / 4


def test_one_block_filled_in_with_attention_clears_somebody() -> None:
    turned = (False, False, True, True)
    codes = matrix([5, 5, 5, 5, 1, 1, 5, 5], [5, 5, 5, 5, 2, 2, 2, 2], [5, 5, 5, 5, None, None, None, None])
    found = straight_lines(codes, [Block((0, 1, 2, 3), turned), Block((4, 5, 6, 7), turned)])
    assert found.flagged.tolist() == [False, True, True]


def test_a_block_follows_from_the_items_of_an_instrument() -> None:
    frequency = Scale("frequency", values=(1, 2, 3, 4, 5), scores=(100, 75, 50, 25, 0))
    grade = Scale("grade", values=(0, 10), scores=(0, 10), numeric=True)
    agree = Scale("agree", values=(1, 2, 3, 4), scores=(1, 2, 3, 4))
    items = [Item("b", frequency, reverse=True), Item("a", frequency)]
    assert scale_block(items, {"a": 3, "b": 7, "c": 0}) == Block((3, 7), (False, True), middle=3)
    assert scale_block([Item("c", grade)], {"c": 0}).middle == 5
    assert scale_block([Item("c", agree)], {"c": 0}).middle is None
    with pytest.raises(ValueError, match="same answer scale"):
        scale_block([Item("a", frequency), Item("c", agree)], {"a": 3, "c": 0})
    with pytest.raises(ValueError, match="same answer scale"):
        scale_block([], {})


# ----------------------------------------------------------------------------------- left unanswered


@given(answers())
def test_questions_left_open_are_those_that_a_loop_counts(
    drawn: tuple[list[Row], IntArray, list[list[bool]], BoolArray],
) -> None:
    rows, codes, asked, put = drawn
    items = codes.shape[1]
    by_item, left_by_item, by_person = [0] * items, [0] * items, [0] * (items + 1)
    for row, was_asked in zip(rows, asked, strict=True):
        left = 0
        for place, code in enumerate(row):
            if code is not None or was_asked[place]:
                by_item[place] += 1
                left_by_item[place] += code is None
                left += code is None
        by_person[left] += 1
    found = item_nonresponse(codes, put)
    assert found.asked == tuple(by_item)
    assert found.unanswered == tuple(left_by_item)
    assert found.respondents == tuple(by_person)
    assert found.shares == tuple(m / n if n else None for m, n in zip(left_by_item, by_item, strict=True))
    assert found.share == (sum(left_by_item) / sum(by_item) if any(by_item) else None)


def test_without_routing_every_question_was_put_to_everybody() -> None:
    found = item_nonresponse(matrix([1, None, 2], [None, None, 2]))
    assert found.asked == (2, 2, 2)
    assert found.unanswered == (1, 2, 0)
    assert found.respondents == (0, 1, 1, 0)
    assert found.shares == (0.5, 1.0, 0.0)
    assert found.share == 0.5


def stops_by_loop(rows: list[Row], asked: list[list[bool]], least: int) -> Stops:
    after, to_the_end, blank = [0] * len(rows[0]), 0, 0
    for row, was_asked in zip(rows, asked, strict=True):
        places = [place for place, code in enumerate(row) if code is not None]
        if not places:
            blank += 1
        elif sum(was_asked[places[-1] + 1 :]) >= least:
            after[places[-1]] += 1
        else:
            to_the_end += 1
    return Stops(tuple(after), to_the_end, blank)


@given(answers(), st.integers(1, 4))
def test_where_people_stopped_is_where_a_loop_finds_it(
    drawn: tuple[list[Row], IntArray, list[list[bool]], BoolArray], least: int
) -> None:
    rows, codes, asked, put = drawn
    found = stops(codes, put, least=least)
    assert found == stops_by_loop(rows, asked, least)
    assert sum(found.after) + found.to_the_end + found.blank == len(rows)


def test_a_last_question_skipped_or_not_asked_is_no_stop() -> None:
    codes = matrix([1, 1, 1, 1, None], [1, None, None, None, None], [1, 1, None, None, None], [None] * 5)
    assert stops(codes) == Stops((1, 1, 0, 0, 0), to_the_end=1, blank=1)
    asked = np.array([[True, True, False, True, True]] * 4)
    assert stops(codes, asked) == Stops((1, 0, 0, 0, 0), to_the_end=2, blank=1)


@given(answers())
def test_complete_and_partial_are_what_a_loop_finds(
    drawn: tuple[list[Row], IntArray, list[list[bool]], BoolArray],
) -> None:
    rows, codes, asked, put = drawn
    kinds = []
    for row, was_asked in zip(rows, asked, strict=True):
        given = sum(code is not None for code in row)
        needed = sum(code is not None or was for code, was in zip(row, was_asked, strict=True))
        share = given / needed if given else 0.0  # at most nine questions: no share near .5 or .8 is rounded across
        kinds.append("blank" if not given else "full" if share > 0.8 else "partial" if share >= 0.5 else "off")
    expected = Completeness(*(kinds.count(kind) for kind in ("full", "partial", "off", "blank")))
    assert completeness(codes, put) == expected


def test_the_borders_of_complete_and_partial_are_where_the_method_says() -> None:
    # Of ten questions: 9 (complete), 8 (exactly 80%, partial), 5 (exactly half, partial), 4 (broken off), 0.
    codes = matrix(*([1] * count + [None] * (10 - count) for count in (9, 8, 5, 4, 0)))
    assert completeness(codes) == Completeness(complete=1, partial=2, break_off=1, blank=1)


def test_no_respondents_and_no_questions_give_zeros_and_no_share() -> None:
    nobody = np.empty((0, 3), dtype=np.int8)
    assert item_nonresponse(nobody).share is None
    assert item_nonresponse(nobody).shares == (None, None, None)
    assert stops(nobody) == Stops((0, 0, 0), 0, 0)
    assert completeness(nobody) == Completeness(0, 0, 0, 0)
    assert straight_lines(nobody, [Block((0, 1, 2), (False, True, False))]).share is None
    nothing = np.empty((2, 0), dtype=np.int8)
    assert item_nonresponse(nothing).respondents == (2,)
    assert stops(nothing) == Stops((), 0, 2)
    assert completeness(nothing) == Completeness(0, 0, 0, 2)


# ------------------------------------------------------------------------------- with and without


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), max_size=30))
def test_the_share_with_and_without_is_that_of_a_loop(people: list[tuple[bool, bool, bool]]) -> None:
    yes, valid, flagged = (np.array([person[place] for person in people], dtype=np.bool_) for place in range(3))
    found = with_and_without(yes, valid, flagged)
    every = [y for y, v, _ in people if v]
    rest = [y for y, v, f in people if v and not f]
    assert (found.everybody.yes, found.everybody.n) == (sum(every), len(every))
    assert (found.without.yes, found.without.n) == (sum(rest), len(rest))
    assert found.everybody.share == (sum(every) / len(every) if every else None)
    expected = sum(rest) / len(rest) - sum(every) / len(every) if rest else None
    assert found.difference == (None if expected is None else pytest.approx(expected, abs=1e-15))


def test_nobody_is_removed_from_the_published_figure() -> None:
    yes = np.array([True, True, False, False, False])
    valid = np.array([True, True, True, True, False])
    found = with_and_without(yes, valid, np.array([True, False, False, False, True]))
    assert (found.everybody.share, found.without.share) == (2 / 4, 1 / 3)
    assert found.difference == pytest.approx(-1 / 6)
    alone = with_and_without(yes, valid, np.ones(5, dtype=np.bool_))
    assert (alone.everybody.share, alone.without.share, alone.difference) == (0.5, None, None)


# ----------------------------------------------------------------------------------- response rates


def test_the_rates_are_those_of_the_published_formulas() -> None:
    # I = 132, P = 14, R = 6 (break-offs), NC = 88, U = 10, worked with the formulas of the Standard
    # Definitions: 132/250, 146/250, 132/240 and 146/240.
    rates = response_rates(250, 132, 14, break_off=6, unknown=10)
    assert (rates.rr1, rates.rr2) == (0.528, 0.584)
    assert (rates.rr5, rates.rr6) == (0.55, pytest.approx(0.608333, abs=1e-6))
    assert rates.nonrespondents == 6 + 88
    # RR3 and RR4 with nine in ten of the unknown eligible: 132/249 and 146/249.
    assert rates.rr1 <= 132 / 249 <= rates.rr5
    assert rates.rr2 <= 146 / 249 <= rates.rr6


def test_who_should_not_have_been_invited_is_in_no_denominator() -> None:
    rates = response_rates(260, 132, 14, unknown=10, ineligible=10)
    assert rates.rr1 == 132 / 250
    assert rates.rr6 == 146 / 240


@given(st.integers(1, 500), st.data())
def test_on_a_list_without_doubt_there_are_two_rates_only(invited: int, data: st.DataObject) -> None:
    complete = data.draw(st.integers(0, invited))
    partial = data.draw(st.integers(0, invited - complete))
    rates = response_rates(invited, complete, partial)
    assert rates.rr1 == rates.rr5 == complete / invited
    assert rates.rr2 == rates.rr6 == (complete + partial) / invited
    assert 0 <= rates.rr1 <= rates.rr2 <= 1


def test_all_or_nobody_answering_are_rates_too() -> None:
    assert response_rates(40, 40).rr1 == response_rates(40, 40).rr6 == 1.0
    assert response_rates(40, 0).rr1 == response_rates(40, 0).rr6 == 0.0


# ------------------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ((10, 8, 3, 0, 0, 0), "more outcomes than the 10"),
        ((10, 8, 1, 1, 1, 0), "more outcomes than the 10"),
        ((10, -1, 0, 0, 0, 0), "cannot be negative"),
        ((10, 0, 0, 0, 0, -1), "cannot be negative"),
        ((0, 0, 0, 0, 0, 0), "at least one person"),
        ((10, 0, 0, 0, 4, 6), "at least one person"),
    ],
)
def test_impossible_lists_are_refused(counts: tuple[int, int, int, int, int, int], message: str) -> None:
    invited, complete, partial, break_off, unknown, ineligible = counts
    with pytest.raises(ValueError, match=message):
        response_rates(invited, complete, partial, break_off=break_off, unknown=unknown, ineligible=ineligible)


def test_answers_of_the_wrong_shape_or_kind_are_refused() -> None:
    codes = matrix([1, 2], [3, 4])
    block = Block((0, 1), (False, True))
    with pytest.raises(ValueError, match="a matrix of codes"):
        item_nonresponse(codes[0])
    with pytest.raises(ValueError, match="a matrix of codes"):
        longest_run(codes.astype(np.float64), block)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="they belong together"):
        stops(codes, np.ones((2, 3), dtype=np.bool_))
    with pytest.raises(ValueError, match="at least two, not 1"):
        straight_lines(codes, [block], least=1)
    with pytest.raises(ValueError, match="at least one question open, not 0"):
        stops(codes, least=0)
    with pytest.raises(ValueError, match="at least one item"):
        Block((), ())
    with pytest.raises(ValueError, match="for each item whether it is reversed"):
        Block((0, 1), (False,))
    with pytest.raises(ValueError, match="one value for each respondent"):
        with_and_without(np.ones(3, dtype=np.bool_), np.ones(3, dtype=np.bool_), np.ones(2, dtype=np.bool_))
