"""What ``peil council`` says: the texts that the council's offline page shows too, in Dutch and in English."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from importlib import resources

from instruments.model import Language
from reports.numbers import Numbers

_FOLDER = resources.files(__package__) / "council_texts"


class Words:
    """The texts of one language."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self._texts: dict[str, str] = json.loads((_FOLDER / f"{language}.json").read_text(encoding="utf-8"))
        self._numbers = Numbers(language)

    def __call__(self, key: str, **values: object) -> str:
        """The text of ``key`` with its blanks filled; whole numbers and days are written as the language does."""
        return self._texts[key].format_map({name: self._written(value) for name, value in values.items()})

    def sentence(self, key: str, **values: object) -> str:
        """The text as it stands after "peil: "."""
        text = self(key, **values)
        return text[:1].lower() + text[1:]

    def has(self, key: str) -> bool:
        """Whether there is such a text."""
        return key in self._texts

    def thousandths(self, share: int) -> str:
        """A share in thousandths as a percentage."""
        return self._numbers.percent(share / 10, 1 if share % 10 else 0)

    def integer(self, number: int) -> str:
        """A whole number, with a mark between thousands."""
        return self._numbers.integer(number)

    def listing(self, words: Sequence[str]) -> str:
        """Several things in one sentence: a, b and c."""
        joint = {"nl": " en ", "en": " and "}[self.language]
        return joint.join([*([", ".join(words[:-1])] if len(words) > 1 else []), *words[-1:]])

    def day(self, day: dt.date) -> str:
        """A day as people write it."""
        return self._numbers.date(day)

    def _written(self, value: object) -> str:
        if isinstance(value, dt.date):
            return self.day(value)
        return self._numbers.integer(value) if isinstance(value, int) else str(value)
