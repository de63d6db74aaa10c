"""Names and sentences that follow from a question and its cut-off."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from instruments.labels import measure_text_from_item
from instruments.model import Flag, Item, ItemText, Language, Measure, MeasureText, Operator, Scale, Texts

AGREE = Scale("agree", (1, 2, 3), (1, 2, 3))
ITEM = Item("q", AGREE)
TEXTS = Texts("t", "", items={"q": ItemText("Is it?", "it is")}, scales={"agree": {1: "no", 2: "a bit", 3: "yes"}})


def text(operator: Operator, threshold: str, item: Item = ITEM, language: Language = "en") -> MeasureText:
    flag = Flag(operator, Fraction(threshold), 1)
    return measure_text_from_item(Measure("q", "own", items=("q",), statistic="mean", flag=flag), item, TEXTS, language)


@pytest.mark.parametrize(
    ("operator", "english", "dutch"),
    [
        ("at_least", "answer “a bit” or higher on “it is”", "antwoordt “a bit” of hoger bij “it is”"),
        ("above", "answer higher than “a bit” on “it is”", "antwoordt hoger dan “a bit” bij “it is”"),
        ("at_most", "answer “a bit” or lower on “it is”", "antwoordt “a bit” of lager bij “it is”"),
        ("below", "answer lower than “a bit” on “it is”", "antwoordt lager dan “a bit” bij “it is”"),
        ("equals", "answer “a bit” on “it is”", "antwoordt “a bit” bij “it is”"),
    ],
)
def test_the_share_names_the_answer_at_the_cut_off(operator: Operator, english: str, dutch: str) -> None:
    assert text(operator, "2").share == english
    assert text(operator, "2", language="nl").share == dutch


def test_the_explanation_gives_cut_off_and_scale() -> None:
    assert text("at_least", "2").explanation == "The share with a score of 2 or higher on a scale from 1 to 3."
    dutch = text("below", "2", language="nl").explanation
    assert dutch == "Het deel met een score onder 2 op een schaal van 1 tot 3."


@pytest.mark.parametrize(
    ("threshold", "item"),
    [
        ("5/2", ITEM),  # between two answers
        ("2", replace(ITEM, reverse=True)),  # "or higher" would point the wrong way
        ("1", replace(ITEM, scale=replace(AGREE, scores=(0, 1, 1)))),  # two answers with this score
        ("2", replace(ITEM, scale=Scale("hours", (0, 24), (0, 24), numeric=True))),  # no labels
    ],
    ids=["between", "reversed", "shared", "numeric"],
)
def test_a_number_stands_where_a_label_would_mislead(threshold: str, item: Item) -> None:
    assert text("at_least", threshold, item).share == f"answer {threshold} or higher on “it is”"


def test_a_mean_alone_has_no_share() -> None:
    measure = Measure("q", "own", items=("q",), statistic="mean")
    found = measure_text_from_item(measure, ITEM, TEXTS, "en")
    assert found == MeasureText("it is", "", "The mean on a scale from 1 to 3.")
