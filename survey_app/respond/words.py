"""The texts of respondents' pages that the server writes, from ``texts/nl.toml`` and ``texts/en.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from markupsafe import Markup, escape

from instruments.model import Language

_STARS = re.compile(r"\*\*(.+?)\*\*")


@dataclass(frozen=True)
class Words:
    """The texts in one language: those of one table of the file, then those above its first table."""

    texts: Mapping[str, str]

    def __call__(self, key: str, **names: object) -> Markup:
        """A text with its ``names`` filled in and what stands between two stars set apart, ready for a page."""
        written = _STARS.sub(r"<b>\1</b>", str(escape(self.texts[key])))
        return Markup(written).format(**names)


@cache
def words_of(table: str, language: Language) -> Words:
    """The texts of a table such as ``assisted``; what it does not have comes from the common texts."""
    content = resources.files("survey_app.respond").joinpath("texts", f"{language}.toml").read_text(encoding="utf-8")
    written = tomllib.loads(content)
    common = {key: text for key, text in written.items() if isinstance(text, str)}
    return Words({**common, **written.get(table, {})})
