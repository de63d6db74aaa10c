"""The texts of staff pages, and which language a visitor reads."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, cast

from flask import request, session

from instruments.model import LANGUAGES, Language
from reports.numbers import Numbers

#: The choice of a language travels in this parameter; on staff pages the session keeps it from then on.
PARAMETER = "language"


def language_of_request() -> Language:
    """The language that was chosen in the address, otherwise the one that the browser asks for, otherwise Dutch."""
    chosen = request.args.get(PARAMETER)
    if chosen not in LANGUAGES:
        chosen = request.accept_languages.best_match(LANGUAGES, default="nl")
    return cast(Language, chosen)


def language_of_session() -> Language:
    """The language of the request, or the one that was chosen in an address before; for staff pages only."""
    if request.args.get(PARAMETER) in LANGUAGES:
        session[PARAMETER] = request.args[PARAMETER]
    elif session.get(PARAMETER) in LANGUAGES:
        return cast(Language, session[PARAMETER])
    return language_of_request()


def staff_context(room: str) -> dict[str, Any]:
    """What every staff page needs: the texts of its room, how dates are written, the names of states."""
    return page_context(room, language_of_session())


def page_context(room: str, language: Language) -> dict[str, Any]:
    """The same in a language that is given; reads no session and sets no cookie."""
    return {
        "language": language,
        "words": words_for(room, language),
        "states": words_for("state", language),
        "date": Numbers(language).date,
    }


@cache
def words_for(room: str, language: Language) -> Mapping[str, str]:
    """The texts of one room by key; keys with a dot are tables in the file."""
    text = resources.files("survey_app").joinpath("texts", f"{language}.toml").read_text(encoding="utf-8")
    return _flat(tomllib.loads(text)[room])


def _flat(table: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    words: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            words |= _flat(value, f"{prefix}{key}.")
        else:
            words[prefix + key] = str(value)
    return words
