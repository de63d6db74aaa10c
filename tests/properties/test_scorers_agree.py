"""The scorer for a whole organisation gives what the scorer for one respondent gives, exactly.

The second one is the reference: slow, on fractions, one person at a time. Who counts in a share
is who has a yes or a no; the mean next to it is over the same people.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.scoring import score_dataset
from instruments.loading import load_catalogue
from instruments.model import (
    Compare,
    Condition,
    Every,
    Flag,
    Holds,
    Instrument,
    Item,
    Licence,
    Measure,
    Operator,
    Scale,
    Some,
)
from instruments.questionnaire import Questionnaire, build_questionnaire
from instruments.scoring import Result, score_measures
from tests.analysis.organisations import Answers, dataset_of, random_rows, unchecked

CATALOGUE = load_catalogue()
OPERATORS: tuple[Operator, ...] = get_args(Operator)


def assert_scorers_agree(questionnaire: Questionnaire, rows: Sequence[Answers]) -> None:
    scored = score_dataset(dataset_of(questionnaire, rows), questionnaire)
    assert list(scored) == [measure.key for measure in questionnaire.measures]
    for place, row in enumerate(rows):
        expected = score_measures(questionnaire.measures, questionnaire.items_by_key, row)
        for measure in questionnaire.measures:
            result, found = expected[measure.key], scored[measure.key]
            where = f"{measure.key} of {row}"
            assert bool(found.valid[place]) is counts(measure, result), where
            assert (found.flag is not None) is measure.has_share
            assert (found.numerator is not None) is measure.has_mean
            if not found.valid[place]:
                continue
            if found.flag is not None:
                assert bool(found.flag[place]) is result.flag, where
            if found.numerator is not None:
                assert Fraction(int(found.numerator[place]), found.denominator) == result.score, where


def counts(measure: Measure, result: Result) -> bool:
    return (result.flag if measure.has_share else result.score) is not None


def answers_to(items: Sequence[Item]) -> st.SearchStrategy[list[Answers]]:
    """From one to eight people who answer what they like, or nothing."""
    return st.lists(st.fixed_dictionaries({item.key: answer_to(item) for item in items}), min_size=1, max_size=8)


def answer_to(item: Item) -> st.SearchStrategy[int | None]:
    scale = item.scale
    given = st.integers(scale.values[0], scale.values[-1]) if scale.numeric else st.sampled_from(scale.values)
    return st.one_of(given, given, given, st.none())


def with_what_it_needs(identifier: str) -> tuple[Instrument, ...]:
    return tuple(CATALOGUE[needed] for needed in (*CATALOGUE[identifier].needs, identifier))


@pytest.mark.parametrize("identifier", CATALOGUE)
@settings(max_examples=25)
@given(data=st.data())
def test_both_scorers_agree_on_every_instrument(identifier: str, data: st.DataObject) -> None:
    questionnaire = unchecked(with_what_it_needs(identifier))
    assert_scorers_agree(questionnaire, data.draw(answers_to(questionnaire.items)))


@pytest.mark.parametrize("identifier", CATALOGUE)
def test_both_scorers_agree_at_the_ends_of_every_scale(identifier: str) -> None:
    questionnaire = unchecked(with_what_it_needs(identifier))
    lowest = {item.key: min(item.scale.values) for item in questionnaire.items}
    highest = {item.key: max(item.scale.values) for item in questionnaire.items}
    nothing: Answers = {item.key: None for item in questionnaire.items}
    one_gap = [{**row, item.key: None} for row in (lowest, highest) for item in questionnaire.items]
    assert_scorers_agree(questionnaire, [lowest, highest, nothing, *one_gap])


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.1, 0.5]))
def test_both_scorers_agree_on_a_questionnaire_of_all_that_can_be_asked(seed: int, silent: float) -> None:
    usable = [identifier for identifier, instrument in CATALOGUE.items() if instrument.usable]
    assert len(usable) > 10
    questionnaire = build_questionnaire(usable)
    assert_scorers_agree(questionnaire, random_rows(questionnaire, 40, np.random.default_rng(seed), silent))


# ------------------------------------------------------------- instruments that nobody has thought of yet


@st.composite
def scales(draw: st.DrawFn, key: str) -> Scale:
    if draw(st.booleans()):
        low, high = draw(st.sampled_from([(0, 1), (0, 24), (1, 7), (60, 120), (100, 126), (0, 126), (3, 9999)]))
        return Scale(key, (low, high), (low, high), numeric=True)
    codes = st.one_of(st.integers(0, 9), st.integers(90, 140), st.just(9999))
    values = tuple(draw(st.lists(codes, min_size=2, max_size=6, unique=True)))
    if draw(st.booleans()):
        return Scale(key, values, values)
    points = st.one_of(st.integers(0, 100), st.integers(-50, 50), st.sampled_from([32_767, 40_000, 2_000_000]))
    scores = draw(
        st.lists(points, min_size=len(values), max_size=len(values)).filter(lambda drawn: len(set(drawn)) > 1)
    )
    return Scale(key, values, tuple(scores))


@st.composite
def questionnaires(draw: st.DrawFn) -> Questionnaire:
    """One instrument with any scales, reversed items, statistics, cut-offs, rules and narrower bases."""
    kinds = [draw(scales(f"scale{number}")) for number in range(draw(st.integers(1, 2)))]
    items = tuple(
        Item(f"item{number}", draw(st.sampled_from(kinds)), reverse=draw(st.booleans()))
        for number in range(draw(st.integers(1, 6)))
    )
    measures: list[Measure] = []
    for number in range(draw(st.integers(1, 5))):
        kind = rule_measures if draw(st.booleans()) else scale_measures
        measures.append(draw(kind(f"measure{number}", items, measures)))
    licence = Licence("own", "a test", "")
    own = Instrument("made-up", "1", "own", tuple(kinds), items, tuple(measures), licence, (), {}, {})
    return unchecked([own])


@st.composite
def scale_measures(draw: st.DrawFn, key: str, items: Sequence[Item], earlier: Sequence[Measure]) -> Measure:
    statistic = draw(st.sampled_from(["mean", "sum", "percent"]))
    chosen = draw(st.lists(st.sampled_from(items), min_size=1, unique=True))
    ends = (chosen[0].scale.low, chosen[0].scale.high)
    if statistic != "percent":  # as when an instrument is read: one range in a mean or a sum
        chosen = [item for item in chosen if (item.scale.low, item.scale.high) == ends]
    most = len(chosen)
    least = most if statistic == "sum" else draw(st.integers(1, most))
    low, high = {"mean": ends, "sum": (most * ends[0], most * ends[1]), "percent": (0, 100)}[statistic]
    flag = None
    if draw(st.booleans()):
        threshold = draw(st.fractions(low, high, max_denominator=draw(st.sampled_from([1, 2, 7, 10**6]))))
        flag = Flag(draw(st.sampled_from(OPERATORS)), threshold, draw(st.integers(least, most)))
    return Measure(
        key,
        "own",
        items=tuple(item.key for item in chosen),
        statistic=statistic,
        min_answered=least,
        flag=flag,
        among=draw(bases(earlier)),
    )


@st.composite
def rule_measures(draw: st.DrawFn, key: str, items: Sequence[Item], earlier: Sequence[Measure]) -> Measure:
    return Measure(key, "own", rule=draw(conditions(items, earlier)), among=draw(bases(earlier)))


def bases(earlier: Sequence[Measure]) -> st.SearchStrategy[str | None]:
    return st.sampled_from([None, None, *(measure.key for measure in earlier)])


def conditions(items: Sequence[Item], earlier: Sequence[Measure]) -> st.SearchStrategy[Condition]:
    keys = st.sampled_from([item.key for item in items])
    values = st.one_of(st.integers(-60, 150), st.sampled_from([9999, 40_000, 2_000_000, 10**12]))
    leaves: st.SearchStrategy[Condition] = st.builds(Compare, keys, st.sampled_from(OPERATORS), values)
    if earlier:
        leaves |= st.builds(Holds, st.sampled_from([measure.key for measure in earlier]), st.booleans())
    parts = st.lists(leaves, min_size=1, max_size=3).map(tuple)
    return st.one_of(leaves, st.builds(Every, parts, st.booleans()), st.builds(Some, parts))


@settings(max_examples=300)
@given(st.data())
def test_both_scorers_agree_on_any_instrument_that_can_be_written(data: st.DataObject) -> None:
    questionnaire = data.draw(questionnaires())
    assert_scorers_agree(questionnaire, data.draw(answers_to(questionnaire.items)))
