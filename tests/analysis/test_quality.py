"""Data quality: against plain loops over the answers of each person, and against worked numbers."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analysis.dataset import Dataset, IntArray, missing_code
from analysis.quality import Block, blocks_of, careless, straight_lines, with_and_without
from analysis.scoring import Scored
from instruments.model import Item, Scale

NONE = missing_code(np.dtype(np.int8))

Row = list[int | None]


def dataset(*rows: Row) -> Dataset:
    """People with these codes at items "0", "1", …, in which ``None`` is no answer."""
    table: IntArray = np.array([[NONE if code is None else code for code in row] for row in rows], dtype=np.int8)
    codes = {str(place): column for place, column in enumerate(table.T)}
    return Dataset("2026", len(rows), codes, (), np.full(len(rows), -1, dtype=np.int32), {})


def block(columns: range | list[int], turned: tuple[bool, ...], middle: int | None = None) -> Block:
    return Block(tuple(map(str, columns)), turned, middle)


def flagged_by_loop(rows: list[Row], blocks: list[Block]) -> list[bool]:
    flagged = []
    for row in rows:
        verdicts = []
        for each in blocks:
            given_answers = [(row[int(i)], turned) for i, turned in zip(each.items, each.reversed_items, strict=True)]
            given_answers = [pair for pair in given_answers if pair[0] is not None]
            if len(given_answers) >= 4 and len({turned for _, turned in given_answers}) == 2:
                codes = {code for code, _ in given_answers}
                verdicts.append(len(codes) == 1 and codes != {each.middle})
        flagged.append(bool(verdicts) and all(verdicts))
    return flagged


@given(st.data())
def test_straight_lines_are_those_that_a_loop_finds(data: st.DataObject) -> None:
    items = data.draw(st.integers(1, 9))
    row = st.lists(st.sampled_from([None, 1, 1, 1, 2, 3]), min_size=items, max_size=items)
    rows = data.draw(st.lists(row, min_size=1, max_size=12))
    blocks = []
    for _ in range(data.draw(st.integers(0, 3))):
        columns = data.draw(st.lists(st.integers(0, items - 1), min_size=1, unique=True))
        turned = data.draw(st.lists(st.booleans(), min_size=len(columns), max_size=len(columns)))
        blocks.append(block(columns, tuple(turned), data.draw(st.sampled_from([None, 2]))))
    assert straight_lines(dataset(*rows), blocks).tolist() == flagged_by_loop(rows, blocks)


def test_never_tired_on_every_question_is_an_answer_and_draws_no_attention() -> None:
    people = dataset([1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [1, 2, 1, 1, 3])
    assert not straight_lines(people, [block(range(5), (False,) * 5)]).any()


def test_the_same_answer_to_opposite_questions_draws_attention_unless_it_is_the_middle_one() -> None:
    people = dataset([5, 5, 5, 5], [3, 3, 3, 3], [5, 5, 1, 1], [5, 5, 5, None], [None, 1, 1, None])
    found = straight_lines(people, [block(range(4), (False, False, True, True), middle=3)])
    assert found.tolist() == [True, False, False, False, False]  # three alike are too few to mean anything


def test_one_block_filled_in_with_attention_clears_somebody() -> None:
    turned = (False, False, True, True)
    people = dataset([5, 5, 5, 5, 1, 1, 5, 5], [5, 5, 5, 5, 2, 2, 2, 2], [5, 5, 5, 5, None, None, None, None])
    found = straight_lines(people, [block(range(4), turned), block(range(4, 8), turned)])
    assert found.tolist() == [False, True, True]


def test_a_block_is_a_scale_with_items_of_both_directions() -> None:
    frequency = Scale("frequency", values=(1, 2, 3, 4, 5), scores=(100, 75, 50, 25, 0))
    grade = Scale("grade", values=(0, 10), scores=(0, 10), numeric=True)
    agree = Scale("agree", values=(1, 2, 3, 4), scores=(1, 2, 3, 4))
    one = [Item("a", frequency), Item("b", frequency, reverse=True), Item("c", grade), Item("d", grade)]
    two = [Item("e", grade), Item("f", grade, reverse=True), Item("g", agree, reverse=True), Item("h", agree)]
    questionnaire = SimpleNamespace(instruments=[SimpleNamespace(items=one), SimpleNamespace(items=two)])
    assert list(blocks_of(questionnaire)) == [  # type: ignore[arg-type]
        Block(("a", "b"), (False, True), middle=3),
        Block(("e", "f"), (False, True), middle=5),
        Block(("g", "h"), (True, False), middle=None),
    ]


def test_who_says_not_to_have_answered_seriously_draws_attention_too() -> None:
    items = [
        Item(str(place), Scale("five", values=(1, 2, 3, 4, 5), scores=(1, 2, 3, 4, 5)), reverse=place > 1)
        for place in range(4)
    ]
    questionnaire = SimpleNamespace(instruments=[SimpleNamespace(items=items)])
    people = dataset([5, 5, 5, 5], [5, 5, 1, 1], [5, 4, 2, 1], [5, 5, 1, 1])
    serious = Scored(np.array([True, True, True, False]), np.array([True, False, True, False]), None)
    assert careless(people, questionnaire, serious).tolist() == [True, True, False, False]  # type: ignore[arg-type]
    assert careless(people, questionnaire, None).tolist() == [True, False, False, False]  # type: ignore[arg-type]


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), max_size=30))
def test_the_share_with_and_without_is_that_of_a_loop(people: list[tuple[bool, bool, bool]]) -> None:
    yes, valid, flagged = (np.array([person[place] for person in people], dtype=np.bool_) for place in range(3))
    found = with_and_without(Scored(valid, yes, None), flagged)
    every = [y for y, v, _ in people if v]
    rest = [y for y, v, f in people if v and not f]
    assert (found.yes, found.n, found.yes_without, found.n_without) == (sum(every), len(every), sum(rest), len(rest))
    assert found.shift == (sum(rest) / len(rest) - sum(every) / len(every) if rest else None)
