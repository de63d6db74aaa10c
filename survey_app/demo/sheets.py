"""Rows of text under a header, and writing them so that a file is there whole or not at all."""

from __future__ import annotations

import csv
import io
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Sheet:
    """A table of text: one header, and rows that are as long as the header."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def column(self, name: str) -> tuple[str, ...]:
        """The fields of one column, top to bottom."""
        place = self.header.index(name)
        return tuple(row[place] for row in self.rows)

    def as_csv(self) -> str:
        """The table as comma-separated text with a line feed after each row."""
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows((self.header, *self.rows))
        return text.getvalue()


def write_whole(path: Path, text: str) -> None:
    """Writes ``text`` as UTF-8; a reader sees the old file or the new one, never a part."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        temporary.write_text(text, encoding="utf-8", newline="")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
