"""Texts: nothing may be missing, nothing may be left over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.loading import instrument_from_table
from instruments.model import InstrumentError, ItemText
from instruments.texts import first_words
from tests.instruments.own_table import changed, own_table


def test_texts_are_read_in_the_order_of_the_items() -> None:
    texts = instrument_from_table(own_table(), "survey.toml").texts["en"]
    assert list(texts.items) == ["food", "noise", "queue"]
    assert texts.items["food"] == ItemText("The food is good.", "good food")
    assert texts.scales["agree"][5] == "strongly agree"
    assert "minutes" not in texts.scales
    assert texts.measures["canteen"].name == "satisfaction with the canteen"
    assert texts.bands == {"poor": "poor", "fine": "fine"}


def test_a_question_alone_gets_its_first_words_as_label() -> None:
    texts = instrument_from_table(own_table(), "survey.toml").texts["en"]
    assert texts.items["queue"].short == "How many minutes did you queue the last…"


def test_a_numeric_scale_may_have_labels_for_some_numbers() -> None:
    texts = instrument_from_table(
        changed("texts.en.scales.minutes", {"0": "none", "60": "an hour"}), "survey.toml"
    ).texts["en"]
    assert texts.scales["minutes"] == {0: "none", 60: "an hour"}


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Short?", "Short"),
        ("One two  three.", "One two three"),
        ("x" * 40, "x" * 40),
        ("x" * 41, "x" * 40 + "…"),
        ("a" * 38 + " bc", "a" * 38 + "…"),
        ("a" * 37 + " bc", "a" * 37 + " bc"),
    ],
)
def test_first_words(text: str, label: str) -> None:
    assert first_words(text) == label


@given(st.text(min_size=1).filter(lambda text: text.strip()))
def test_a_label_is_never_long_and_never_broken_over_lines(text: str) -> None:
    label = first_words(text)
    assert len(label) <= 41 and "\n" not in label


MISTAKES: list[tuple[str, object, str]] = [
    ("texts.en.items.noise", None, "survey.toml: texts.en: item 'noise' has no text; add it under [items]."),
    ("texts.en.items.nois", "Loud?", "texts.en: there is no item 'nois'; did you mean 'noise'?"),
    ("texts.en.items.noise", " ", "texts.en: item 'noise': 'text' is empty; fill it in."),
    ("texts.en.items.noise.short", "", "texts.en: item 'noise': 'short' is empty; fill it in."),
    ("texts.en.items.noise.help", "x", "texts.en: item 'noise': the key 'help' is unknown"),
    ("texts.en.items.noise", 3, "texts.en: item 'noise': a table is needed here, not a whole number."),
    ("texts.en.items.noise.text", "x" * 601, "item 'noise': text has 601 characters; shorten it to 600 at most."),
    ("texts.en.items.noise.short", "x" * 121, "item 'noise': short has 121 characters; shorten it to 120"),
    ("texts.en.title", None, "texts.en: 'title' is missing; add it."),
    ("texts.en.introduction", "x" * 2001, "texts.en: introduction has 2001 characters"),
    ("texts.en.scales.agree", None, "texts.en: scale 'agree' has no labels; add them under [scales.agree]."),
    ("texts.en.scales.agree.3", None, "texts.en: scale 'agree' has no label for code 3; add it."),
    ("texts.en.scales.agree.6", "x", "texts.en: scale 'agree': the key '6' is unknown; choose from 1, 2, 3, 4, 5."),
    ("texts.en.scales.agree.3", "", "texts.en: scale 'agree': '3' is empty; fill it in."),
    ("texts.en.scales.agre", {}, "texts.en: there is no scale 'agre'; did you mean 'agree'?"),
    ("texts.en.measures.quick", None, "measure 'quick' has no name; add it under [measures.quick]."),
    ("texts.en.measures.quic", {}, "texts.en: there is no measure 'quic'; did you mean 'quick'?"),
    ("texts.en.measures.quick.name", None, "texts.en: measure 'quick': 'name' is missing; add it."),
    ("texts.en.bands.fine", None, "texts.en: band 'fine' has no name; add it under [bands]."),
    ("texts.en.bands.fien", "x", "texts.en: bands: the key 'fien' is unknown; did you mean 'fine'?"),
    ("texts.en.tilte", "x", "texts.en: the key 'tilte' is unknown; did you mean 'title'?"),
    ("texts.de", {}, "survey.toml: texts.de is unknown; choose from en, nl."),
    ("texts", {}, "survey.toml: the instrument has no texts; add [texts.nl], [texts.en] or both."),
    ("texts.nl", {"title": "De kantine"}, "survey.toml: texts.nl: item 'food' has no text"),
]


@pytest.mark.parametrize(("path", "value", "words"), MISTAKES, ids=[f"{m[0]}={m[1]!r}"[:60] for m in MISTAKES])
def test_a_mistake_is_one_sentence(path: str, value: object, words: str) -> None:
    with pytest.raises(InstrumentError) as caught:
        instrument_from_table(changed(path, value), "survey.toml")
    assert words in str(caught.value), caught.value
