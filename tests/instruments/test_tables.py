"""Reading TOML: every mistake is one sentence with the place and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from instruments.model import InstrumentError
from instruments.tables import LARGEST_FILE, Table, parse_toml, read_bytes, suggest


def test_a_near_miss_gets_a_suggestion_and_a_far_one_the_list() -> None:
    assert suggest("at_lest", ["at_least", "below"]) == "did you mean 'at_least'?"
    assert suggest("zzz", ["b", "a"]) == "choose from a, b."
    assert suggest("zzz", []) == "none are defined here."


def test_a_byte_order_mark_is_accepted() -> None:
    assert parse_toml(b"\xef\xbb\xbftitle = 'a'", "x.toml") == {"title": "a"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"title = 'caf\xe9'", ["x.toml", "line 1", "not UTF-8"]),
        (b"a = 1\nb = 'caf\xe9'", ["x.toml", "line 2", "not UTF-8"]),
        ("title = 'a'".encode("utf-16"), ["x.toml", "not UTF-8"]),
        (b"a = 1\nb = \n", ["x.toml", "not valid TOML", "line 2"]),
        (b"a = 1\na = 2\nb = 3", ["x.toml", "not valid TOML", "line 2"]),
        (b"a = " + b"[" * 100_000, ["x.toml", "nested too deeply"]),
        (b"a = " + b"9" * 100_000, ["x.toml", "too many digits"]),
    ],
    ids=["latin-1", "second-line", "utf-16", "half-a-line", "double-key", "deep", "huge-number"],
)
def test_a_broken_file_is_refused_in_words(content: bytes, words: list[str]) -> None:
    with pytest.raises(InstrumentError) as caught:
        parse_toml(content, "x.toml")
    assert all(word in str(caught.value) for word in words), caught.value


def test_a_file_up_to_the_limit_is_read_and_one_byte_more_is_not(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(b"#" * LARGEST_FILE)
    assert len(read_bytes(path, "x.toml")) == LARGEST_FILE
    path.write_bytes(b"#" * (LARGEST_FILE + 1))
    with pytest.raises(InstrumentError, match=r"x\.toml: the file is larger than 1 MB"):
        read_bytes(path, "x.toml")


@pytest.mark.parametrize("name", ["absent.toml", "."])
def test_what_is_not_a_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InstrumentError, match="there is no such file"):
        read_bytes(tmp_path / name, name)


def table(**values: object) -> Table:
    return Table(values, "x.toml", ("text", "number", "switch", "list", "table"))


def test_values_come_back_clean() -> None:
    full = table(text="  a\n b ", number=3, switch=True, list=["x ", "y"], table={"k": 1})
    assert full.text("text") == "a b"
    assert full.number("number") == 3
    assert full.switch("switch") is True
    assert full.texts("list") == ("x", "y")
    assert full.mapping("table") == {"k": 1}


def test_absent_values_have_their_defaults() -> None:
    empty = table()
    assert empty.text("text", "d") == "d"
    assert empty.number("number", 4) == 4
    assert empty.switch("switch", False) is False
    assert empty.texts("list") == empty.numbers("list") == ()
    assert empty.mapping("table") == {}


@pytest.mark.parametrize(
    ("values", "read", "words"),
    [
        ({"text": 3}, "text", "'text' has to be a text in quotes, not a whole number"),
        ({"text": "  "}, "text", "'text' is empty; fill it in"),
        ({}, "text", "'text' is missing; add it"),
        ({"number": True}, "number", "'number' has to be a whole number, not true or false"),
        ({"number": 2.5}, "number", "'number' has to be a whole number, not a decimal number"),
        ({"switch": 1}, "switch", "'switch' has to be true or false, not a whole number"),
        ({"list": "a"}, "texts", "'list' has to be an array in square brackets, not a text"),
        ({"list": ["a", 1]}, "texts", "'list' may hold non-empty texts in quotes only"),
        ({"list": [1, True]}, "numbers", "'list' may hold whole numbers only"),
        ({"table": []}, "mapping", "'table' has to be a table, not an array"),
    ],
)
def test_a_wrong_kind_is_named_with_the_right_one(values: dict[str, object], read: str, words: str) -> None:
    key = {"texts": "list", "numbers": "list", "mapping": "table"}.get(read, read)
    with pytest.raises(InstrumentError) as caught:
        getattr(table(**values), read)(key)
    assert str(caught.value) == f"x.toml: {words}."


def test_an_unknown_key_is_refused_at_once() -> None:
    with pytest.raises(InstrumentError, match=r"x\.toml: the key 'txt' is unknown; did you mean 'text'\?"):
        table(txt="a")


def test_what_is_not_a_table_is_refused() -> None:
    with pytest.raises(InstrumentError, match=r"x\.toml: a table is needed here, not a text\."):
        Table("a", "x.toml", ())


def test_a_word_outside_the_choices_is_refused() -> None:
    with pytest.raises(InstrumentError, match=r"text = 'wors' is unknown; did you mean 'worse'\?"):
        table(text="wors").one_of("text", ("worse", "better"))
