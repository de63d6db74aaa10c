"""Reading a CSV file that a person made: separators, encodings and where things went wrong."""

from __future__ import annotations

import csv
import stat
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from analysis.errors import InputError, count_of, quoted

if TYPE_CHECKING:
    from _csv import Reader

#: Records read at a time: few enough to stay below the threshold of the garbage collector, which makes
#: reading a third quicker than thousands at a time.
CHUNK = 500

#: Bytes looked at together when a file is searched for what no text file holds.
BLOCK = 1 << 20

#: How files begin that people take for CSV: workbooks of spreadsheets, and text in UTF-16.
_OTHER_FORMATS = {
    b"PK\x03\x04": "a workbook (or another archive)",
    b"\xd0\xcf\x11\xe0": "a workbook",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}

#: What Python says about broken CSV, and what it means.
_BROKEN = {
    "unexpected end of data": "a quotation mark is opened and never closed",
    "expected after": "something follows a closing quotation mark",
    "field larger than": "a field is far too long, as when a quotation mark is never closed",
}

Record = list[str]
Progress = Callable[[float], None]


class Unreadable(Exception):
    """A field that a decoder refuses; ``problem`` says why and what to do."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class Decoder(dict[str, int]):
    """Fields to codes, remembered: each different text is looked at once."""

    def __init__(self, decode: Callable[[str], int]) -> None:
        super().__init__()
        self._decode = decode

    def __missing__(self, raw: str) -> int:
        code = self._decode(clean(raw))
        self[raw] = code
        return code


class Table:
    """A CSV file with one header line; comma, semicolon or tab is recognised from that line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._refuse_other_formats()
        self.delimiter, self.header = self._read_header()
        self.columns: Mapping[str, int] = {name: place for place, name in enumerate(self.header)}

    def chunks(self, progress: Progress | None = None) -> Iterator[tuple[int, Sequence[tuple[str, ...]]]]:
        """``(number of the first record, columns of fields)`` for each chunk of records.

        Blank lines are no records. Raises :class:`InputError` for a record
        with too many or too few fields, or without a single value.
        """
        size = max(1, self.path.stat().st_size)
        first = 0
        with self._open() as stream:
            reader = self._reader(stream)
            next(reader)
            while records := list(islice(reader, CHUNK)):
                kept = [record for record in records if _says_something(record)]
                for place, record in enumerate(kept):
                    if len(record) != len(self.header) or not (record[0] or any(map(str.strip, record))):
                        raise self._misshapen(first + place, record)
                if kept:
                    yield first, list(zip(*kept, strict=True))
                first += len(kept)
                if progress is not None:
                    progress(min(1.0, stream.buffer.tell() / size))
        if first == 0:
            raise InputError(f"{self.path}: has a header but nothing below it; export the file again, with its rows")

    def error(self, record: int, problem: str, column: str | None = None) -> InputError:
        """The sentence for a problem in record number ``record`` (0 is the first below the header)."""
        where = f"{self.path}, line {self.line_of(record)}"
        return InputError(f"{where}, column {quoted(column)}: {problem}" if column else f"{where}: {problem}")

    def line_of(self, record: int) -> int:
        """The line of the file on which a record begins; the header is on line 1."""
        with self._open() as stream:
            reader = self._reader(stream)
            begins, seen = 1, -1
            for fields in reader:
                if _says_something(fields):
                    if seen == record:
                        break
                    seen += 1
                begins = reader.line_num + 1
            return begins

    def codes(self, first: int, columns: Sequence[tuple[str, ...]], column: str, decoder: Decoder) -> list[int]:
        """What ``decoder`` makes of one column of a chunk that begins at record ``first``.

        Raises :class:`InputError` for the first field that it refuses.
        """
        fields = columns[self.columns[column]]
        try:
            return list(map(decoder.__getitem__, fields))
        except Unreadable:
            raise self._locate(first, fields, decoder, column) from None

    def _locate(self, first: int, fields: Sequence[str], decoder: Decoder, column: str) -> InputError:
        for place, raw in enumerate(fields):
            try:
                decoder[raw]
            except Unreadable as refused:
                return self.error(first + place, refused.problem, column)
        raise AssertionError("every field can be read")

    def _misshapen(self, record: int, fields: Record) -> InputError:
        if len(fields) == len(self.header):
            return self.error(record, "has separators but not a single value; remove the line, or fill it in")
        return self.error(
            record,
            f"has {count_of(len(fields), 'field')} where the header has {len(self.header)}; "
            "check for a missing or an extra separator",
        )

    def _read_header(self) -> tuple[str, Record]:
        with self._open() as stream:
            line = stream.readline()
            if not line:
                raise InputError(f"{self.path}: is empty; export it again, with its header line and its rows")
            if not line.strip():
                raise InputError(f"{self.path}, line 1: is blank; the names of the columns have to stand on this line")
            if line.lower().startswith("sep="):
                raise InputError(f"{self.path}, line 1: 'sep=' is a hint for Excel, no header; remove this line")
            stream.seek(0)
            self.delimiter = max(",;\t", key=line.count)
            header = [clean(name) for name in next(self._reader(stream))]
        for place, name in enumerate(header):
            if not name:
                raise InputError(f"{self.path}, line 1: column {place + 1} has no name; name it or remove it")
            if name in header[:place]:
                raise InputError(f"{self.path}, line 1: the column {quoted(name)} stands there twice; keep one of them")
        return self.delimiter, header

    def _refuse_other_formats(self) -> None:
        """Refuses what is no text file: a pipe, a workbook, UTF-16, anything with a NUL byte in it."""
        with self._refusals():
            if not self.path.is_file() and not stat.S_ISDIR(self.path.stat().st_mode):
                raise InputError(f"{self.path}: is not a plain file, and it is read twice; save it as a file first")
            with self.path.open("rb") as stream:
                self._refuse_beginning(stream.read(len(max(_OTHER_FORMATS, key=len))))
                stream.seek(0)
                line = 1
                while block := stream.read(BLOCK):
                    before, nul, _ = block.partition(b"\0")
                    line += before.count(b"\n")
                    if nul:
                        raise InputError(
                            f"{self.path}, line {line}: holds a NUL byte, which no text has; save it as 'CSV UTF-8'"
                        )

    def _refuse_beginning(self, beginning: bytes) -> None:
        for mark, kind in _OTHER_FORMATS.items():
            if beginning.startswith(mark):
                raise InputError(f"{self.path}: is {kind}; save it as 'CSV UTF-8' and name that file")

    def _reader(self, stream: TextIO) -> Reader:
        return csv.reader(stream, delimiter=self.delimiter, strict=True)

    @contextmanager
    def _open(self) -> Iterator[TextIO]:
        with self._refusals(), self.path.open(encoding="utf-8-sig", newline="") as stream:
            yield stream

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        """Turns what Python says about a file into a sentence for whoever made it."""
        try:
            yield
        except OSError as error:
            raise InputError(f"{self.path}: cannot be read ({error.strerror}); check the path") from error
        except UnicodeDecodeError as error:
            raise InputError(
                f"{self.path}, line {self._undecodable_line()}: is not UTF-8 text; save the file as 'CSV UTF-8'"
            ) from error
        except csv.Error as error:
            problem = next((means for said, means in _BROKEN.items() if said in str(error)), str(error))
            raise InputError(f"{self.path}, line {self._broken_line()}: {problem}; correct it there") from error

    def _undecodable_line(self) -> int:
        with self.path.open("rb") as stream:
            for number, line in enumerate(stream, start=1):
                try:
                    line.decode("utf-8")
                except UnicodeDecodeError:
                    return number
        return 1

    def _broken_line(self) -> int:
        """The line on which the record begins that is no CSV."""
        begins = 1
        with suppress(csv.Error), self.path.open(encoding="utf-8-sig", newline="") as stream:
            reader = self._reader(stream)
            for _ in reader:
                begins = reader.line_num + 1
        return begins


def clean(written: str) -> str:
    """``written`` as it is compared: without spaces around it, with single spaces, accents composed."""
    return unicodedata.normalize("NFC", " ".join(written.split()))


def _says_something(record: Record) -> bool:
    """Whether a line is more than blank: not empty, and not one field of spaces."""
    return len(record) > 1 or (len(record) == 1 and bool(record[0].strip()))
