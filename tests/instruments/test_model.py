"""The shapes themselves: scales, and what an instrument needs to be asked."""

from __future__ import annotations

from dataclasses import replace

from instruments.loading import load_catalogue
from instruments.model import MISSING_CODES, Scale


def test_a_scale_accepts_its_codes_and_nothing_between() -> None:
    scale = Scale("hours-band", values=(0, 4, 8), scores=(0, 4, 8))
    assert [code for code in range(-9, 10) if scale.accepts(code)] == [0, 4, 8]


def test_a_numeric_scale_accepts_every_number_in_its_range() -> None:
    scale = Scale("hours", values=(0, 24), scores=(0, 24), numeric=True)
    assert [code for code in range(-9, 30) if scale.accepts(code)] == list(range(25))


def test_low_and_high_are_scores_and_not_codes() -> None:
    scale = Scale("s", values=(1, 2, 3), scores=(100, 50, 0))
    assert (scale.low, scale.high) == (0, 100)


def test_no_scale_of_the_catalogue_accepts_a_missing_code() -> None:
    for instrument in load_catalogue().values():
        for scale in instrument.scales:
            assert not any(scale.accepts(code) for code in MISSING_CODES)


def test_an_instrument_is_usable_when_one_language_is_complete() -> None:
    whole = load_catalogue()["workload"]
    dutch = whole.texts["nl"]
    part = replace(dutch, items={key: text for key, text in dutch.items.items() if key != "workload_much"})
    assert whole.usable
    assert replace(whole, texts={"nl": dutch}).usable
    assert replace(whole, texts={"nl": part, "en": whole.texts["en"]}).usable
    assert not replace(whole, texts={"nl": part}).usable
