"""Reading what others wrote, strictly: the right keys, the right kinds, the right bounds, or not at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from survey_app.anonymity.encoding import Malformed, parse_canonical

LONGEST_TEXT = 400


def read_file(text: str, kind: str, keys: Collection[str], optional: Collection[str] = ()) -> dict[str, Any]:
    """The values of one of the protocol's files: canonical JSON with ``kind``, ``"peil": 1`` and ``keys``.

    A final line break, which editors and mail programs add, is allowed. Raises :class:`Malformed`.
    """
    value = parse_canonical(text.removesuffix("\n").removesuffix("\r"))
    if not isinstance(value, dict) or value.get("kind") != kind:
        raise Malformed(f"not a file of kind {kind!r}")
    read = read_object(value, {*keys, "kind", "peil"}, optional)
    if read_whole(read["peil"]) != 1:
        raise Malformed("a file of another version of Peil")
    return read


def read_object(value: object, keys: Collection[str], optional: Collection[str] = ()) -> dict[str, Any]:
    """An object that has exactly ``keys``, and perhaps some that are ``optional``."""
    if not isinstance(value, dict):
        raise Malformed("not an object")
    absent = sorted(set(keys) - value.keys())
    if absent:
        raise Malformed(f"the key {absent[0]!r} is missing")
    if value.keys() - set(keys) - set(optional):
        raise Malformed("a key that does not belong here")
    return value


def read_list(value: object) -> list[Any]:
    """A list of anything."""
    if not isinstance(value, list):
        raise Malformed("not a list")
    return value


def read_text(value: object, longest: int | None = LONGEST_TEXT) -> str:
    """A text that is not blank, of at most ``longest`` characters."""
    if not isinstance(value, str) or not value.strip() or (longest is not None and len(value) > longest):
        raise Malformed("not a text, or blank, or too long")
    return value


def read_whole(value: object, lowest: int = 0, highest: int = 10**9) -> int:
    """A whole number within bounds; true and false are none."""
    if type(value) is not int or not lowest <= value <= highest:
        raise Malformed(f"not a whole number from {lowest} to {highest}")
    return value


def read_flag(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise Malformed("neither true nor false")
    return value


def read_day(value: object) -> dt.date:
    """A day, written 2026-10-05."""
    try:
        day = dt.date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise Malformed("not a day") from None
    if day.isoformat() != value:
        raise Malformed("a day that is not written as 2026-10-05")
    return day
