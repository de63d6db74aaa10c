"""Scales, items and measures from TOML: what is read, and how each mistake is answered."""

from __future__ import annotations

from fractions import Fraction

import pytest

from instruments.loading import instrument_from_table
from instruments.model import (
    Compare,
    Condition,
    Every,
    Flag,
    Holds,
    Instrument,
    InstrumentError,
    Measure,
    Passport,
    Scale,
    Some,
)
from instruments.structure import read_condition, read_fraction
from tests.instruments.own_table import changed, own_table


def read(path: str, value: object) -> Instrument:
    return instrument_from_table(changed(path, value), "survey.toml")


def measure(instrument: Instrument, key: str) -> Measure:
    return next(measure for measure in instrument.measures if measure.key == key)


# --- What is read -------------------------------------------------------------------------------


def test_scales_are_coded_or_numeric() -> None:
    instrument = instrument_from_table(own_table(), "survey.toml")
    assert instrument.scales == (
        Scale("agree", (1, 2, 3, 4, 5), (1, 2, 3, 4, 5)),
        Scale("minutes", (0, 60), (0, 60), numeric=True),
    )


def test_the_highest_code_has_four_digits() -> None:
    assert read("scales.minutes.range", [0, 9999]).scales[1].values == (0, 9999)


def test_scores_stand_beside_the_codes() -> None:
    scales = read("scales.agree.scores", [1, 2, 2, 4, 5]).scales
    assert scales[0] == Scale("agree", (1, 2, 3, 4, 5), (1, 2, 2, 4, 5))


def test_items_keep_scale_direction_and_routing() -> None:
    food, noise, queue = instrument_from_table(own_table(), "survey.toml").items
    assert (food.scale.key, food.reverse, food.shown_if) == ("agree", False, None)
    assert noise.reverse
    assert queue.shown_if == Compare("food", "at_least", 2)


def test_a_measure_over_items() -> None:
    canteen = measure(instrument_from_table(own_table(), "survey.toml"), "canteen")
    assert (canteen.items, canteen.statistic, canteen.min_answered) == (("food", "noise"), "mean", 1)
    assert canteen.flag == Flag("at_least", Fraction(7, 2), 2)
    assert [(band.key, band.at_least) for band in canteen.bands] == [("poor", 1), ("fine", Fraction(7, 2))]
    assert (canteen.theme, canteen.higher_is, canteen.single_item) == ("own", "better", False)


def test_a_measure_by_a_rule() -> None:
    quick = measure(instrument_from_table(own_table(), "survey.toml"), "quick")
    assert quick.rule == Every((Compare("queue", "at_most", 5), Holds("canteen")))
    assert quick.has_share and not quick.has_mean


def test_all_items_are_needed_unless_the_file_says_otherwise() -> None:
    table = changed("measures.0.min_answered", None)
    table["measures"][0]["flag"] = {"below": 2}
    canteen = measure(instrument_from_table(table, "survey.toml"), "canteen")
    assert canteen.min_answered == 2
    assert canteen.flag == Flag("below", Fraction(2), 2)


def test_every_item_gets_a_measure_by_the_general_rule() -> None:
    instrument = instrument_from_table(own_table(), "survey.toml")
    assert [m.key for m in instrument.measures] == ["canteen", "quick", "food", "noise", "queue"]
    food = measure(instrument, "food")
    assert food == Measure(
        key="food",
        theme="own",
        items=("food",),
        statistic="mean",
        flag=Flag("at_least", Fraction(4), 1),
        higher_is="better",
        single_item=True,
    )


def test_an_item_goes_before_the_general_rule() -> None:
    queue = measure(instrument_from_table(own_table(), "survey.toml"), "queue")
    assert (queue.flag, queue.higher_is, queue.has_mean) == (None, "worse", True)
    other = measure(read("items.0.measure", {"below": 2}), "food")
    assert (other.flag, other.higher_is) == (Flag("below", Fraction(2), 1), "better")
    same_cut = measure(read("items.0.measure", {"higher_is": "neutral", "figures": ["x"]}), "food")
    assert same_cut.flag == Flag("at_least", Fraction(4), 1)
    assert (same_cut.higher_is, same_cut.figures) == ("neutral", ("x",))


def test_an_item_can_be_left_without_a_measure() -> None:
    assert "food" not in [m.key for m in read("items.0.measure", False).measures]


def test_the_general_rule_can_hold_a_theme_a_base_and_means_only() -> None:
    general = {"share": False, "theme": "care", "among": "quick", "higher_is": "worse"}
    food = measure(read("item_measures", general), "food")
    assert (food.flag, food.theme, food.among, food.higher_is) == (None, "care", "quick", "worse")
    table = changed("item_measures", general)
    table["items"][0]["measure"] = {"at_least": 5, "theme": "support"}
    food = measure(instrument_from_table(table, "survey.toml"), "food")
    assert (food.flag, food.theme) == (Flag("at_least", Fraction(5), 1), "support")


def test_a_passport_has_four_identifiers() -> None:
    passport = {"construct": "a", "item_set": "b", "scale": "c", "rule": "d"}
    assert measure(read("measures.0.passport", passport), "canteen").passport == Passport("a", "b", "c", "d")


@pytest.mark.parametrize(
    ("table", "condition"),
    [
        ({"item": "a", "above": 3}, Compare("a", "above", 3)),
        ({"measure": "m"}, Holds("m")),
        ({"measure": "m", "is": False}, Holds("m", expected=False)),
        ({"every": [{"measure": "m"}], "complete": True}, Every((Holds("m"),), complete=True)),
        ({"some": [{"item": "a", "equals": 1}]}, Some((Compare("a", "equals", 1),))),
        (
            {"every": [{"some": [{"measure": "m"}]}, {"item": "a", "below": 2}]},
            Every((Some((Holds("m"),)), Compare("a", "below", 2))),
        ),
    ],
)
def test_conditions(table: dict[str, object], condition: Condition) -> None:
    assert read_condition(table, "x") == condition


@pytest.mark.parametrize(("value", "fraction"), [(4, Fraction(4)), ("16/5", Fraction(16, 5)), ("2.5", Fraction(5, 2))])
def test_exact_cut_offs(value: object, fraction: Fraction) -> None:
    assert read_fraction(value, "x") == fraction


# --- What is refused ----------------------------------------------------------------------------

MISTAKES: list[tuple[str, object, str]] = [
    ("scales.agree.values", [1, 2, 2], "survey.toml: scale 'agree': 'values' needs at least two codes"),
    ("scales.agree.values", [1], "survey.toml: scale 'agree': 'values' needs at least two codes"),
    ("scales.minutes.range", [0, 10_000], "scale 'minutes': codes are whole numbers from 0 to 9999"),
    ("scales.agree.values", [-7, 1], "survey.toml: scale 'agree': codes are whole numbers from 0 to 9999"),
    ("scales.agree.scores", [1, 2], "survey.toml: scale 'agree': there are 5 values but 2 scores"),
    ("scales.agree.scores", [1, 1, 1, 1, 1], "survey.toml: scale 'agree': all scores are the same"),
    ("scales.agree.range", [1, 5], "survey.toml: scale 'agree': give either 'values' (codes) or 'range'"),
    ("scales.agree", {}, "survey.toml: scale 'agree': give either 'values' (codes) or 'range'"),
    ("scales.agree.labels", [], "survey.toml: scale 'agree': the key 'labels' is unknown"),
    ("scales.minutes.range", [60, 0], "survey.toml: scale 'minutes': 'range' needs the lowest and the highest"),
    ("scales.minutes.range", [0], "survey.toml: scale 'minutes': 'range' needs the lowest and the highest"),
    ("scales.minutes.scores", [0, 1], "survey.toml: scale 'minutes': a numeric scale counts as answered"),
    ("scales.unused", {"values": [1, 2]}, "survey.toml: scale 'unused' is used by no item; remove it"),
    ("items.0.scale", "agre", "survey.toml: item 'food': scale 'agre' is not defined; did you mean 'agree'?"),
    ("items.0.key", None, "survey.toml: item 1: 'key' is missing; add it."),
    ("items.0.key", "good food", "survey.toml: item 1: the key 'good food' has to start with a letter"),
    ("items.0.key", "x" * 65, "has to start with a letter and hold letters, digits and underscores only"),
    ("items.1.key", "Food", "survey.toml: the item key 'Food' is used twice; give each item its own key."),
    ("items.0.revers", True, "survey.toml: item 1: the key 'revers' is unknown; did you mean 'reverse'?"),
    (
        "items.2.shown_if.item",
        "fod",
        "survey.toml: item 'queue': shown_if: item 'fod' is not defined before this item; did you mean 'food'?",
    ),
    (
        "items.0.shown_if",
        {"item": "noise", "equals": 1},
        "survey.toml: item 'food': shown_if: item 'noise' is not defined before this item",
    ),
    ("items.2.shown_if", {"measure": "canteen"}, "item 'queue': shown_if may look at items only"),
    ("items.2.shown_if", {}, "item 'queue': shown_if: a condition needs exactly one of item, measure, every"),
    ("items.2.shown_if", {"every": []}, "item 'queue': shown_if: 'every' is empty; list the conditions."),
    ("items.2.shown_if", {"item": "food"}, "shown_if: say how the item compares, such as at_least = 4."),
    (
        "items.2.shown_if",
        {"item": "food", "at_least": 1, "below": 3},
        "shown_if: at_least and below exclude each other; keep one.",
    ),
    (
        "measures.1.rule",
        {"some": [{"measure": "canteen"}], "complete": True},
        "measure 'quick': rule: 'complete' does not go with 'some'; remove it.",
    ),
    ("items.2.shown_if", {"item": "food", "is": True}, "shown_if: 'is' does not go with 'item'; remove it."),
    ("items.2.shown_if", {"item": "food", "atleast": 1}, "the key 'atleast' is unknown; did you mean 'at_least'?"),
    ("measures.0.items", ["food", "nois"], "measure 'canteen': item 'nois' is not defined; did you mean 'noise'?"),
    ("measures.0.items", ["food", "food"], "measure 'canteen': 'items' needs at least one item, each of them once."),
    ("measures.0.items", [], "measure 'canteen': 'items' needs at least one item"),
    ("measures.0.items", ["food", "queue"], "measure 'canteen': the items have scores of different ranges"),
    ("measures.0.items", None, "measure 'canteen': give either 'items' with a 'statistic' or a 'rule'."),
    ("measures.0.statistic", "average", "statistic = 'average' is unknown; choose from mean, percent, sum."),
    ("measures.0.statistic", "sum", "measure 'canteen': a sum needs all 2 items answered"),
    ("measures.0.min_answered", 0, "measure 'canteen': min_answered has to be from 1 to 2."),
    ("measures.0.min_answered", 3, "measure 'canteen': min_answered has to be from 1 to 2."),
    ("measures.0.flag.min_answered", 3, "measure 'canteen': flag: min_answered has to be from 1 to 2."),
    (
        "measures.0.flag.at_least",
        3.5,
        'flag: at_least = 3.5 is not exact; write the fraction in quotes, such as "7/2".',
    ),
    ("measures.0.flag.at_least", "half", "flag: at_least = 'half' is not a fraction"),
    ("measures.0.flag.at_least", "1/0", "flag: at_least = '1/0' is not a fraction"),
    ("measures.0.flag.at_least", True, "flag: at_least = True is not a fraction"),
    ("measures.0.flag.at_least", 6, "flag: at_least = 6 lies outside the scores, which run from 1 to 5"),
    ("measures.0.flag.at_least", None, "measure 'canteen': flag: give a cut-off, such as at_least = 4."),
    ("measures.0.higher_is", "good", "measure 'canteen': higher_is = 'good' is unknown; choose from better"),
    ("measures.0.theme", "workloads", "measure 'canteen': theme = 'workloads' is unknown; did you mean 'workload'?"),
    ("measures.0.passport", {"construct": "a"}, "measure 'canteen': passport: 'item_set' is missing; add it."),
    ("measures.0.bands.1.at_least", 1, "measure 'canteen': bands have to differ and go from low to high"),
    ("measures.0.bands.1.key", "poor", "measure 'canteen': bands have to differ"),
    ("measures.0.key", "quick", "survey.toml: the measure key 'quick' is used twice; rename one."),
    ("measures.0.key", "food", "survey.toml: the measure key 'food' is used twice; rename one."),
    ("measures.1.flag", {"at_least": 1}, "measure 'quick': 'flag' does not go with 'rule'; remove it."),
    ("measures.1.rule", {"item": "queu", "equals": 1}, "measure 'quick': rule: item 'queu' is not defined here"),
    (
        "measures.1.rule",
        {"measure": "canten"},
        "measure 'quick' refers to measure 'canten', which is not defined here; did you mean 'canteen'?",
    ),
    ("measures.1.among", "carer", "measure 'quick' refers to measure 'carer', which is not defined here"),
    ("item_measures.at_lest", 4, "item_measures: the key 'at_lest' is unknown; did you mean 'at_least'?"),
    ("item_measures.at_least", 4.5, "measure: at_least = 4.5 is not exact"),
    ("item_measures.at_least", 6, "item 'food': measure: at_least = 6 lies outside the scale"),
    ("item_measures.at_least", None, "item 'food': measure: give a cut-off, such as at_least = 4, or share = false."),
    ("item_measures.figures", ["x"], "item_measures: 'passport' and 'figures' belong to one item; move them."),
    ("item_measures", {"share": False, "at_least": 4}, "give a cut-off, such as at_least = 4, or share = false."),
    ("items.0.measure", {"at_least": 2, "below": 4}, "at_least and below exclude each other; keep one."),
    ("items.0.measure", True, "item 'food': measure: a table is needed here, not true or false."),
    ("items.0.measure", {"share": True}, "item 'food': measure: give a cut-off"),
]


@pytest.mark.parametrize(("path", "value", "words"), MISTAKES, ids=[f"{m[0]}={m[1]!r}"[:60] for m in MISTAKES])
def test_a_mistake_is_one_sentence_with_the_place_and_the_remedy(path: str, value: object, words: str) -> None:
    with pytest.raises(InstrumentError) as caught:
        read(path, value)
    sentence = str(caught.value)
    assert words in sentence, sentence
    assert sentence.startswith("survey.toml: ")
    assert sentence.endswith((".", "?")) and "\n" not in sentence


def test_an_item_without_any_cut_off_asks_for_one() -> None:
    table = changed("item_measures", None)
    table["items"][0]["measure"] = {"higher_is": "better"}
    with pytest.raises(InstrumentError, match="item 'food': measure: give a cut-off"):
        instrument_from_table(table, "survey.toml")


def test_items_of_different_ranges_can_be_put_in_percent() -> None:
    table = changed("measures.0.items", ["food", "queue"])
    table["measures"][0] |= {"statistic": "percent", "flag": {"at_least": 60}, "bands": []}
    del table["texts"]["en"]["bands"]
    canteen = measure(instrument_from_table(table, "survey.toml"), "canteen")
    assert canteen.flag == Flag("at_least", Fraction(60), 2)
