"""The fixed texts of the report, one TOML file a language; the tests keep the files in step."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from instruments.model import Language


class Texts:
    """Texts of one language by dotted key, with ``{names}`` filled in."""

    def __init__(self, language: Language, entries: Mapping[str, str]) -> None:
        self.language = language
        self.entries = entries

    def __call__(self, key: str, **values: object) -> str:
        """The text of ``key``; raises ``KeyError`` for an unknown key or a value that is not given."""
        return self.entries[key].format(**values)

    def has(self, key: str) -> bool:
        """Whether there is such a text."""
        return key in self.entries

    def listed(self, key: str) -> list[str]:
        """The texts ``key.1``, ``key.2`` … in order."""
        found: list[str] = []
        while f"{key}.{len(found) + 1}" in self.entries:
            found.append(self.entries[f"{key}.{len(found) + 1}"])
        return found


@cache
def load_texts(language: Language) -> Texts:
    """The report's texts in ``language``."""
    table = tomllib.loads((files("reports") / "texts" / f"{language}.toml").read_text(encoding="utf-8"))
    return Texts(language, dict(_flatten("", table)))


def _flatten(prefix: str, table: Mapping[str, object]) -> list[tuple[str, str]]:
    entries = []
    for key, value in table.items():
        path = f"{prefix}{key}"
        if isinstance(value, dict):
            entries += _flatten(f"{path}.", value)
        elif isinstance(value, list):
            entries += [(f"{path}.{place}", str(entry)) for place, entry in enumerate(value, start=1)]
        else:
            entries.append((path, str(value)))
    return entries
