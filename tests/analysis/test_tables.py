"""Reading CSV: whatever a spreadsheet makes of a table, the same fields come out, or a line is named."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import tables
from analysis.errors import InputError, count_of, did_you_mean, listed, quoted
from analysis.tables import Decoder, Table, Unreadable, clean

Open = Callable[[str | bytes], Table]


@pytest.fixture
def table(tmp_path: Path) -> Open:
    """The table with this content."""

    def open_table(content: str | bytes) -> Table:
        path = tmp_path / "table.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return Table(path)

    return open_table


def rows(table: Table) -> list[tuple[str, ...]]:
    return list(chain.from_iterable(zip(*columns, strict=True) for _, columns in table.chunks()))


SIX = [("1", "2", "3"), ("4", "5", "6")]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("a,b,c\n1,2,3\n4,5,6\n", id="plain"),
        pytest.param("a;b;c\n1;2;3\n4;5;6\n", id="semicolons"),
        pytest.param("a\tb\tc\n1\t2\t3\n4\t5\t6\n", id="tabs"),
        pytest.param("a,b,c\r\n1,2,3\r\n4,5,6\r\n", id="Windows"),
        pytest.param("a,b,c\r1,2,3\r4,5,6\r", id="old Mac"),
        pytest.param("\ufeffa,b,c\n1,2,3\n4,5,6\n", id="byte order mark"),
        pytest.param("\ufeffa;b;c\r\n1;2;3\r\n4;5;6", id="as Excel writes it in Dutch"),
        pytest.param("a,b,c\n1,2,3\n4,5,6", id="no last line feed"),
        pytest.param("a,b,c\n\n1,2,3\n\n\n4,5,6\n\n", id="blank lines"),
        pytest.param("a,b,c\n  \n1,2,3\n \t \n4,5,6\n", id="lines of spaces"),
        pytest.param('"a","b","c"\n"1","2","3"\n"4","5","6"\n', id="all quoted"),
        pytest.param(" a , b ,c\n1,2,3\n4,5,6\n", id="spaces in the header"),
    ],
)
def test_the_same_fields_come_out(table: Open, content: str) -> None:
    found = table(content)
    assert found.header == ["a", "b", "c"]
    assert rows(found) == SIX


def test_quoted_fields_hold_separators_quotation_marks_and_line_breaks(table: Open) -> None:
    found = table('a;b\n"1;2";"say ""no"""\n"line\none";3\n"crlf\r\n";" "\n')
    assert rows(found) == [("1;2", 'say "no"'), ("line\none", "3"), ("crlf\r\n", " ")]


def test_one_column(table: Open) -> None:
    assert rows(table("a\n1\n\n2\n")) == [("1",), ("2",)]


@given(
    st.lists(st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8")), min_size=3, max_size=3)),
    st.sampled_from(",;\t"),
    st.sampled_from(["\n", "\r\n"]),
)
def test_nothing_is_lost(
    tmp_path_factory: pytest.TempPathFactory, written: list[list[str]], delimiter: str, ending: str
) -> None:
    kept = [tuple(row) for row in written if any(field.strip() for field in row)]
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=ending, quoting=csv.QUOTE_ALL)
    writer.writerows([("a", "b", "c"), *kept])
    path = tmp_path_factory.getbasetemp() / "written.csv"
    path.write_bytes(stream.getvalue().encode())
    if kept:
        assert rows(Table(path)) == kept
    else:
        with pytest.raises(InputError, match="nothing below it"):
            rows(Table(path))


@pytest.mark.parametrize("chunk", [1, 2, 3, 100])
def test_lines_are_counted_through_line_breaks_and_chunks(
    table: Open, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(tables, "CHUNK", chunk)
    found = table('"a\nb",c\n1,2\n\n"3\n\n3",4\n5,6\n\n\n7,8\n')
    assert found.header == ["a b", "c"]
    assert [found.line_of(record) for record in range(4)] == [3, 5, 8, 11]
    decoder = Decoder(only_even)
    with pytest.raises(InputError, match=r"table\.csv, line 3, column 'a b': '1' is odd"):
        for first, columns in found.chunks():
            found.codes(first, columns, "a b", decoder)


def only_even(raw: str) -> int:
    if int(raw) % 2:
        raise Unreadable(f"'{raw}' is odd")
    return int(raw)


def test_every_text_is_decoded_once(table: Open) -> None:
    asked: list[str] = []

    def decode(raw: str) -> int:
        asked.append(raw)
        return int(raw)

    found, decoder = table("a\n1\n2\n1\n 1\n2\n"), Decoder(decode)
    ((first, columns),) = found.chunks()
    assert found.codes(first, columns, "a", decoder) == [1, 2, 1, 1, 2]
    assert asked == ["1", "2", "1"]


def test_accents_and_spaces_are_compared_as_people_read_them() -> None:
    assert clean("  Cafe\u0301 \u00a0 Zuid\n") == "Café Zuid"


def test_progress_grows_to_the_end(table: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "CHUNK", 1000)
    told: list[float] = []
    for _ in table("a,b\n" + "1,2\n" * 10_500).chunks(told.append):
        pass
    assert len(told) == 11
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_two_hundred_thousand_rows(table: Open) -> None:
    found = table("a,b,c\n" + "1,2,3\n4,5,6\n" * 100_000)
    records = largest = 0
    for first, columns in found.chunks():
        assert first == records
        records += len(columns[0])
        largest = max(largest, len(columns[0]))
    assert records == 200_000
    assert largest == tables.CHUNK


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("a,b\n1,2\n3\n", "line 3: has 1 field where the header has 2; check for a missing or an extra separator"),
        ('a,b\n"1\n1",2\n3,4,5\n', "line 4: has 3 fields where the header has 2"),
        ("a,b\n1,2\n,\n", "line 3: has separators but not a single value"),
        ('a,b\n1,2\n"3,4\n5,6\n', "line 3: a quotation mark is opened and never closed"),
        (b"a,b\n1,2\n\xe9,4\n", "line 3: is not UTF-8 text; save the file as 'CSV UTF-8'"),
        (b"a,b\n1,2\n\0,4\n", "line 3: holds a NUL byte"),
        ("a,b\n1,2\n" + "3,4\n" * 300_000 + "\0\n", "line 300003: holds a NUL byte"),
        ("a,a\n1,2\n", "line 1: the column 'a' stands there twice"),
        ("a, a\n1,2\n", "line 1: the column 'a' stands there twice"),
        ("a,\n1,2\n", "line 1: column 2 has no name"),
    ],
)  # fmt: skip
def test_the_line_is_named(table: Open, content: str | bytes, sentence: str) -> None:
    with pytest.raises(InputError) as refused:
        rows(table(content))
    assert str(refused.value).split("table.csv, ")[1].startswith(sentence)


def test_a_file_that_is_gone_when_it_is_read_again(table: Open) -> None:
    found = table("a\n1\n")
    found.path.unlink()
    with pytest.raises(InputError, match="cannot be read"):
        found.line_of(0)


# Sentences ----------------------------------------------------------------------------------------


@given(st.text())
def test_a_quotation_stays_on_one_line_and_short(written: str) -> None:
    said = quoted(written)
    assert said.isprintable()
    assert len(said) <= 10 * 60 + 2  # an escape takes at most ten signs
    if written.isprintable() and len(written) <= 60:
        assert said == f"'{written}'"


def test_a_list_does_not_go_on_forever() -> None:
    assert listed([]) == ""
    assert listed("abc") == "'a', 'b', 'c'"
    assert listed("abcdef") == "'a', 'b', 'c', 'd', 'e', 'f'"
    assert listed("abcdefg") == "'a', 'b', 'c', 'd', 'e' and 2 more"


def test_the_nearest_word_is_offered_or_none() -> None:
    assert did_you_mean("fatige", ["fatigue", "workload"]) == " (did you mean 'fatigue'?)"
    assert did_you_mean("x", ["fatigue", "workload"]) == ""


def test_one_is_not_plural() -> None:
    assert [count_of(n, "field") for n in (0, 1, 2)] == ["0 fields", "1 field", "2 fields"]
    assert count_of(2, "person", "people") == "2 people"
