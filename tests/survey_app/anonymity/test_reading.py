"""What others wrote is read strictly."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from survey_app.anonymity.encoding import Malformed
from survey_app.anonymity.reading import (
    read_day,
    read_file,
    read_flag,
    read_list,
    read_object,
    read_text,
    read_whole,
)

FILE = '{"colour":"blue","kind":"paint","peil":1}'


def test_a_file_has_its_kind_its_version_and_its_keys() -> None:
    expected = {"colour": "blue", "kind": "paint", "peil": 1}

    assert read_file(FILE, "paint", {"colour"}) == expected
    assert read_file(FILE + "\n", "paint", {"colour"}) == expected
    assert read_file(FILE + "\r\n", "paint", {"colour"}) == expected
    assert read_file(FILE, "paint", set(), {"colour"}) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", FILE + "\n\n", " " + FILE, FILE.replace("paint", "tea"), FILE.replace('"peil":1', '"peil":2'),
        FILE.replace('"peil":1', '"peil":true'), FILE.replace("colour", "size"), '{"colour":"blue","peil":1}',
        '{"colour":"blue","kind":"paint"}',
    ],
)  # fmt: skip
def test_other_files_are_refused(text: str) -> None:
    with pytest.raises(Malformed):
        read_file(text, "paint", {"colour"})


def test_values_of_the_right_kind_are_read() -> None:
    assert read_object({"a": 1}, {"a"}) == {"a": 1}
    assert read_object({"a": 1, "b": 2}, {"a"}, {"b", "c"}) == {"a": 1, "b": 2}
    assert read_list([1]) == [1]
    assert read_text("één") == "één"
    assert read_text("x" * 401, None) == "x" * 401
    assert read_whole(3, 3, 3) == 3
    assert read_flag(False) is False
    assert read_day("2026-10-05") == dt.date(2026, 10, 5)


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (lambda value: read_object(value, {"a"}), []),
        (lambda value: read_object(value, {"a"}), {}),
        (lambda value: read_object(value, {"a"}), {"a": 1, "b": 2}),
        (read_list, {}),
        (read_text, 1),
        (read_text, " \n"),
        (read_text, "x" * 401),
        (read_whole, True),
        (read_whole, -1),
        (read_whole, 10**9 + 1),
        (read_whole, "1"),
        (read_flag, 1),
        (read_day, "2026-W41-1"),
        (read_day, "20261005"),
        (read_day, None),
    ],
)
def test_other_values_are_refused(read: Callable[[object], object], value: object) -> None:
    with pytest.raises(Malformed):
        read(value)


def test_what_is_refused_is_not_repeated() -> None:
    with pytest.raises(Malformed) as refused:
        read_object({"a": 1, "geheim": 2}, {"a"})
    assert "geheim" not in str(refused.value)
