"""Wording packs: read with care, checked key by key, stored whole or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from instruments import packs
from instruments.loading import load_catalogue
from instruments.model import Instrument, InstrumentError, ItemText
from instruments.packs import apply_pack, check_pack, load_packs, read_pack, store_pack
from tests.instruments.test_loading import examples

WORKLOAD = load_catalogue()["workload"]
PACK = """
[pack]
instrument = "workload"
instrument_version = "1"
language = "nl"
official = true
attribution = "Source: a test"
licence = "Test licence"
statement = "These texts are made up, so anyone may use them."

[items]
workload_fast = { text = "Made-up question one?", short = "one" }
workload_much = { text = "Made-up question two?" }
workload_hard = "Made-up question three?"

[scales.frequency-4]
1 = "label one"
2 = "label two"
3 = "label three"
4 = "label four"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "pack.toml"
    path.write_text(PACK, encoding="utf-8")
    return path


def rewritten(file: Path, *changes: tuple[str, str]) -> Path:
    text = file.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    file.write_text(text, encoding="utf-8")
    return file


def applied(file: Path, instrument: Instrument = WORKLOAD) -> Instrument:
    return apply_pack(instrument, read_pack(file))


# --- What a pack does ---------------------------------------------------------------------------


def test_a_pack_replaces_the_texts_of_its_language_only(file: Path) -> None:
    instrument = applied(file)
    dutch = instrument.texts["nl"]
    assert dutch.items == {
        "workload_fast": ItemText("Made-up question one?", "one"),
        "workload_much": ItemText("Made-up question two?", "heel veel werk"),  # our own short label
        "workload_hard": ItemText("Made-up question three?", "extra inspanning nodig"),
    }
    assert dutch.scales["frequency-4"] == {1: "label one", 2: "label two", 3: "label three", 4: "label four"}
    assert (dutch.title, dutch.introduction) == ("Werkdruk", WORKLOAD.texts["nl"].introduction)
    assert dutch.measures == WORKLOAD.texts["nl"].measures
    assert instrument.texts["en"] == WORKLOAD.texts["en"]
    assert instrument.wording == {"nl": "official", "en": "own"}


def test_a_pack_changes_nothing_about_the_scoring(file: Path) -> None:
    instrument = applied(file)
    assert (instrument.items, instrument.measures) == (WORKLOAD.items, WORKLOAD.measures)


def test_a_pack_may_bring_title_and_introduction(file: Path) -> None:
    rewritten(file, ("[items]", 'title = "Title"\nintroduction = "Welcome."\n[items]'))
    texts = applied(file).texts["nl"]
    assert (texts.title, texts.introduction) == ("Title", "Welcome.")


def test_a_pack_of_own_wording_may_leave_our_labels_in_place(file: Path) -> None:
    text = PACK.replace("official = true", "official = false").split("[scales")[0]
    file.write_text(text, encoding="utf-8")
    instrument = applied(file)
    assert instrument.texts["nl"].scales == WORKLOAD.texts["nl"].scales
    assert instrument.wording["nl"] == "own"


def test_without_a_label_of_ours_a_plain_question_gets_its_first_words(file: Path) -> None:
    bare = replace(WORKLOAD, texts={"en": WORKLOAD.texts["en"]}, wording={"en": "own"})
    instrument = applied(file, bare)
    assert instrument.texts["nl"].items["workload_hard"].short == "Made-up question three"


def test_a_byte_order_mark_is_no_obstacle(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + PACK.encode())
    assert read_pack(file).instrument == "workload"


def test_the_statement_and_the_attribution_are_kept(file: Path) -> None:
    pack = read_pack(file)
    assert pack.statement == "These texts are made up, so anyone may use them."
    assert (pack.attribution, pack.licence, pack.where) == ("Source: a test", "Test licence", "pack.toml")


def test_the_pack_in_the_documentation_fits(file: Path) -> None:
    example = next(text for text in examples() if "[pack]" in text)
    file.write_text(example, encoding="utf-8")
    assert applied(file).wording["nl"] == "official"


# --- What is wrong with a pack ------------------------------------------------------------------

MISTAKES: list[tuple[str, str, str]] = [
    ("workload_hard = ", "workload_hrad = ", "there is no item 'workload_hrad'; did you mean 'workload_hard'?"),
    ('workload_hard = "Made-up question three?"\n', "", "item 'workload_hard' has no text; add it under [items]."),
    ('"Made-up question three?"', '" "', "item 'workload_hard': 'text' is empty; fill it in."),
    ('text = "Made-up question two?"', 'text = ""', "item 'workload_much': 'text' is empty; fill it in."),
    ('short = "one"', 'short = ""', "item 'workload_fast': 'short' is empty; fill it in."),
    ('short = "one"', 'label = "one"', "item 'workload_fast': the key 'label' is unknown"),
    ('3 = "label three"\n', "", "scale 'frequency-4' has no label for code 3; add it."),
    ('3 = "label three"', '3 = ""', "scale 'frequency-4': '3' is empty; fill it in."),
    ('4 = "label four"', '4 = "label four"\n5 = "x"', "scale 'frequency-4': the key '5' is unknown"),
    ("[scales.frequency-4]", "[scales.frequency-5]", "there is no scale 'frequency-5'; did you mean 'frequency-4'?"),
    ("[scales.frequency-4]", "[scales]\n[other]", "the key 'other' is unknown; choose from items, pack, scales."),
    ('version = "1"', 'version = "2"', "the pack is for version 2 of 'workload', but this is version 1"),
    ('version = "1"', "version = 1", "[pack]: 'instrument_version' has to be a text in quotes"),
    ('language = "nl"', 'language = "de"', "[pack]: language = 'de' is unknown; choose from en, nl."),
    ("official = true", 'official = "yes"', "[pack]: 'official' has to be true or false, not a text."),
    ("official = true\n", "", "[pack]: 'official' is missing; add it."),
    ('"These texts are made up, so anyone may use them."', '"  "', "[pack]: 'statement' is empty; fill it in."),
    ("statement = ", "# statement = ", "[pack]: 'statement' is missing; add it."),
    ("attribution = ", "# attribution = ", "[pack]: 'attribution' is missing; add it."),
    ("licence = ", "license = ", "[pack]: the key 'license' is unknown; did you mean 'licence'?"),
    ("[pack]", "[pakket]", "the key 'pakket' is unknown"),
    ("[items]", "reversed = []\n[items]", "'workload' settles itself which items are reversed; remove 'reversed'."),
    ('"Made-up question three?"', '"' + "x" * 601 + '"', "item 'workload_hard': text has 601 characters"),
    ("[items]", "title =\n[items]", "this is not valid TOML: Invalid value (at line 11"),
]


@pytest.mark.parametrize(("old", "new", "words"), MISTAKES, ids=[m[2][:50] for m in MISTAKES])
def test_a_mistake_is_one_sentence_that_names_the_file(file: Path, old: str, new: str, words: str) -> None:
    rewritten(file, (old, new))
    with pytest.raises(InstrumentError) as caught:
        applied(file)
    sentence = str(caught.value)
    assert sentence.startswith("pack.toml: ") and words in sentence, sentence
    assert sentence.endswith((".", "?")) and "\n" not in sentence


def test_an_official_pack_needs_the_official_labels(file: Path) -> None:
    file.write_text(PACK.split("[scales")[0], encoding="utf-8")
    with pytest.raises(InstrumentError, match=r"scale 'frequency-4' has no labels; add them under \[scales"):
        applied(file)


def test_a_pack_without_its_table_is_refused(file: Path) -> None:
    file.write_text("[items]\n", encoding="utf-8")
    with pytest.raises(InstrumentError, match=r"pack\.toml: 'pack' is missing; add it\."):
        read_pack(file)


def test_another_encoding_is_refused_with_the_line(file: Path) -> None:
    file.write_bytes(PACK.replace("one?", "één?").encode("latin-1"))
    with pytest.raises(InstrumentError, match=r"pack\.toml: line 12 is not UTF-8 text; save the file as UTF-8\."):
        read_pack(file)


def test_a_large_file_is_refused(file: Path) -> None:
    file.write_bytes(PACK.encode() + b"#" * 1_000_000)
    with pytest.raises(InstrumentError, match=r"pack\.toml: the file is larger than 1 MB"):
        read_pack(file)


def test_a_pack_for_another_instrument_is_refused(file: Path) -> None:
    with pytest.raises(InstrumentError, match="the pack is for 'workload', not for 'fas'"):
        applied(file, load_catalogue()["fas"])
    rewritten(file, ('instrument = "workload"', 'instrument = "workloda"'))
    with pytest.raises(InstrumentError, match=r"there is no instrument 'workloda'; did you mean 'workload'\?"):
        check_pack(read_pack(file))


def test_an_instrument_without_questions_takes_no_pack(file: Path) -> None:
    rewritten(file, ('instrument = "workload"', 'instrument = "job-strain"'))
    with pytest.raises(InstrumentError, match="'job-strain' has no items of its own, so it takes no pack"):
        check_pack(read_pack(file))


# --- Reversed items -----------------------------------------------------------------------------


def recovery_pack(folder: Path, language: str, reversed_line: str) -> Path:
    items = "\n".join(f'nfr_{n:02d} = "Made-up question {n}?"' for n in range(1, 12))
    head = PACK.split("[items]")[0].replace("workload", "need-for-recovery").replace('"nl"', f'"{language}"')
    path = folder / f"recovery-{language}.toml"
    path.write_text(f'{head}{reversed_line}\n[items]\n{items}\n[scales.yes-no]\n1 = "y"\n0 = "n"\n', encoding="utf-8")
    return path


def test_where_the_source_is_silent_the_pack_names_the_reversed_items(tmp_path: Path) -> None:
    instrument = check_pack(read_pack(recovery_pack(tmp_path, "nl", 'reversed = ["nfr_04", "nfr_09"]')))
    assert [item.key for item in instrument.items if item.reverse] == ["nfr_04", "nfr_09"]
    none = check_pack(read_pack(recovery_pack(tmp_path, "nl", "reversed = []")))
    assert not any(item.reverse for item in none.items)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", 'say under [pack] which items are reversed according to the manual, as in reversed = ["nfr_01"]'),
        ('reversed = ["nfr_4"]', "reversed: there is no item 'nfr_4'; did you mean 'nfr_"),
        ('reversed = "nfr_04"', "'reversed' has to be an array in square brackets, not a text."),
    ],
)
def test_a_wrong_list_of_reversed_items_is_refused(tmp_path: Path, line: str, words: str) -> None:
    with pytest.raises(InstrumentError) as caught:
        check_pack(read_pack(recovery_pack(tmp_path, "nl", line)))
    assert words in str(caught.value)


def test_two_languages_cannot_be_scored_in_two_ways(tmp_path: Path) -> None:
    folder = tmp_path / "packs"
    store_pack(recovery_pack(tmp_path, "nl", 'reversed = ["nfr_04", "nfr_09"]'), folder)
    with pytest.raises(InstrumentError, match=r"recovery-en\.toml: 'reversed' differs from the pack in the other"):
        store_pack(recovery_pack(tmp_path, "en", 'reversed = ["nfr_04"]'), folder)
    store_pack(recovery_pack(tmp_path, "en", 'reversed = ["nfr_09", "nfr_04"]'), folder)
    assert len(load_packs(folder)) == 2


# --- Storing ------------------------------------------------------------------------------------


def test_a_stored_pack_is_the_same_file_under_a_name_of_its_own(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "packs"
    place = store_pack(file, folder)
    assert place == folder / "workload.nl.toml"
    assert place.read_bytes() == file.read_bytes()
    assert load_packs(folder) == (replace(read_pack(file), where="workload.nl.toml"),)


def test_a_second_pack_takes_the_place_of_the_first(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "packs"
    store_pack(file, folder)
    store_pack(rewritten(file, ("question one", "question 1")), folder)
    assert [path.name for path in folder.iterdir()] == ["workload.nl.toml"]
    assert "question 1" in (folder / "workload.nl.toml").read_text(encoding="utf-8")


def test_a_pack_that_does_not_fit_leaves_the_earlier_one_untouched(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "packs"
    place = store_pack(file, folder)
    before = place.read_bytes()
    rewritten(file, ('4 = "label four"\n', ""))
    with pytest.raises(InstrumentError, match="no label for code 4"):
        store_pack(file, folder)
    assert place.read_bytes() == before
    assert len(list(folder.iterdir())) == 1


def test_a_write_that_fails_halfway_leaves_nothing(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "packs"

    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(packs.os, "fsync", fail)
    with pytest.raises(InstrumentError, match=r"packs: the pack cannot be stored here \(No space left on device\)"):
        store_pack(file, folder)
    assert list(folder.iterdir()) == []


def test_an_absent_folder_holds_no_packs(tmp_path: Path) -> None:
    assert load_packs(tmp_path / "absent") == ()


def test_packs_are_loaded_by_name_and_a_broken_one_is_named(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "packs"
    store_pack(file, folder)
    store_pack(rewritten(file, ('"nl"', '"en"')), folder)
    (folder / "readme.txt").write_text("not a pack", encoding="utf-8")
    assert [pack.language for pack in load_packs(folder)] == ["en", "nl"]
    (folder / "broken.toml").write_text("[pack", encoding="utf-8")
    with pytest.raises(InstrumentError, match=r"broken\.toml: this is not valid TOML"):
        load_packs(folder)
