"""Reading TOML so that every mistake becomes one sentence that names the place and the remedy."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeVar, cast

from instruments.model import InstrumentError

T = TypeVar("T")

#: An instrument or pack with every text in it stays far below this; anything larger is another file.
LARGEST_FILE = 1_000_000  # bytes


def suggest(word: str, known: Iterable[str]) -> str:
    """The second half of an error sentence: the nearest known word, or all of them."""
    words = sorted(known)
    close = get_close_matches(word.lower(), words, n=1, cutoff=0.6)
    if close:
        return f"did you mean '{close[0]}'?"
    return f"choose from {', '.join(words)}." if words else "none are defined here."


def one_line(text: str) -> str:
    """``text`` without leading and trailing space, with every run of white space as one space."""
    return " ".join(text.split())


def read_bytes(path: Path | Traversable, where: str) -> bytes:
    """The content of a file of at most :data:`LARGEST_FILE` bytes.

    Raises InstrumentError when the file is absent, not a plain file, unreadable or too large.
    """
    if not path.is_file():
        raise InstrumentError(f"{where}: there is no such file; check the name and the folder.")
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise InstrumentError(f"{where}: the file cannot be read ({error.strerror}).") from error
    if len(content) > LARGEST_FILE:
        raise InstrumentError(
            f"{where}: the file is larger than 1 MB, so it is not an instrument or wording pack;"
            " check that it is the right file."
        )
    return content


def parse_toml(content: bytes, where: str) -> dict[str, object]:
    """The table in ``content``, UTF-8 with or without a byte order mark.

    Raises InstrumentError for another encoding and, with the line, for invalid TOML.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InstrumentError(f"{where}: line {line} is not UTF-8 text; save the file as UTF-8.") from error
    try:
        return cast(dict[str, object], tomllib.loads(text))
    except RecursionError as error:
        raise InstrumentError(f"{where}: the TOML is nested too deeply; write it flatter.") from error
    except tomllib.TOMLDecodeError as error:
        raise InstrumentError(f"{where}: this is not valid TOML: {error}.") from error
    except ValueError as error:  # int() refuses thousands of digits, and tomllib lets that through
        raise InstrumentError(f"{where}: a number has far too many digits; correct it.") from error


class Table:
    """One TOML table and the place it stands, for error sentences.

    Every getter raises InstrumentError when the key is required and absent, or of the wrong kind.
    Unknown keys are errors at once, because a mistyped optional key would otherwise be ignored.
    """

    def __init__(self, values: object, where: str, known: Iterable[str]) -> None:
        if not isinstance(values, Mapping):
            raise InstrumentError(f"{where}: a table is needed here, not {_kind(values)}.")
        self.values = cast(Mapping[str, object], values)
        self.where = where
        names = tuple(known)
        for key in self.values:
            if key not in names:
                raise InstrumentError(f"{where}: the key '{key}' is unknown; {suggest(key, names)}")

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def required(self, key: str) -> object:
        """The value of ``key``, whatever its kind."""
        if key not in self.values:
            raise InstrumentError(f"{self.where}: '{key}' is missing; add it.")
        return self.values[key]

    def text(self, key: str, default: str | None = None) -> str:
        """The text of ``key`` on one line; empty is refused unless it is the default."""
        if default is not None and key not in self.values:
            return default
        value = self._of_kind(key, str, "a text in quotes")
        line = one_line(value)
        if not line and default != "":
            raise InstrumentError(f"{self.where}: '{key}' is empty; fill it in.")
        return line

    def number(self, key: str, default: int | None = None) -> int:
        """The whole number of ``key``."""
        if default is not None and key not in self.values:
            return default
        return self._of_kind(key, int, "a whole number")

    def switch(self, key: str, default: bool | None = None) -> bool:
        """The true or false of ``key``."""
        if default is not None and key not in self.values:
            return default
        return self._of_kind(key, bool, "true or false")

    def array(self, key: str) -> tuple[object, ...]:
        """The entries of the array ``key``; empty when the key is absent."""
        if key not in self.values:
            return ()
        return tuple(self._of_kind(key, list, "an array in square brackets"))

    def texts(self, key: str) -> tuple[str, ...]:
        """The texts in the array ``key``; empty when the key is absent."""
        entries = self.array(key)
        for entry in entries:
            if not isinstance(entry, str) or not entry.strip():
                raise InstrumentError(f"{self.where}: '{key}' may hold non-empty texts in quotes only.")
        return tuple(one_line(cast(str, entry)) for entry in entries)

    def numbers(self, key: str) -> tuple[int, ...]:
        """The whole numbers in the array ``key``; empty when the key is absent."""
        entries = self.array(key)
        for entry in entries:
            if not isinstance(entry, int) or isinstance(entry, bool):
                raise InstrumentError(f"{self.where}: '{key}' may hold whole numbers only.")
        return cast(tuple[int, ...], entries)

    def mapping(self, key: str) -> Mapping[str, object]:
        """The table under ``key`` with free keys; empty when the key is absent."""
        if key not in self.values:
            return {}
        return cast(Mapping[str, object], self._of_kind(key, dict, "a table"))

    def one_of(self, key: str, choices: Iterable[str], default: str | None = None) -> str:
        """The text of ``key``, which must be one of ``choices``."""
        value = self.text(key, default)
        words = tuple(choices)
        if value not in words:
            raise InstrumentError(f"{self.where}: {key} = '{value}' is unknown; {suggest(value, words)}")
        return value

    def _of_kind(self, key: str, kind: type[T], description: str) -> T:
        value = self.required(key)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise InstrumentError(f"{self.where}: '{key}' has to be {description}, not {_kind(value)}.")
        return value


def _kind(value: object) -> str:
    names = {bool: "true or false", int: "a whole number", float: "a decimal number", str: "a text"}
    names |= {list: "an array", dict: "a table"}
    return names.get(type(value), "a date or time")
