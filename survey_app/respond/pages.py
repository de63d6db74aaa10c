"""The pages of the path without JavaScript: the screens of a form, cut where one answer decides on the next question.

Pure. A page cannot change while someone looks at it, so a question that depends on another one
stands on a later page; which pages there are follows from the answers so far.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from survey_app.respond.routing import RATHER_NOT_SAY, Answers, Form, accepts, visible_items

#: The page with the cuts, and the one on which everything is checked; no screen has such a key.
ABOUT, CHECK = "=about", "=check"

#: Whole numbers as people type them; more digits than any scale has are not even tried.
_WHOLE = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True)
class Page:
    """Some questions of one screen. ``topic`` is shared by the pages of one instrument."""

    key: str
    topic: str
    title: Mapping[str, str]
    intro: Mapping[str, str]
    items: tuple[Mapping[str, Any], ...]


def pages_of(form: Form, answers: Answers) -> list[Page]:
    """The pages that are shown after ``answers``, in order, each with the questions that are shown on it."""
    shown = set(visible_items(form, answers))
    pages = []
    for screen in form["screens"]:
        topic = screen["key"].split(".")[0]
        for number, items in enumerate(_cut(screen["items"]), start=1):
            seen = tuple(item for item in items if item["key"] in shown)
            if seen:
                first = number == 1
                key = screen["key"] if first else f"{screen['key']}/{number}"
                intro = screen["intro"] if first else dict.fromkeys(screen["intro"], "")
                pages.append(Page(key, topic, screen["title"], intro, seen))
    return pages


def keys_of(form: Form, answers: Answers) -> list[str]:
    """The keys of all pages after ``answers``, the last ones included."""
    about = [ABOUT] if form["about"] else []
    return [*(page.key for page in pages_of(form, answers)), *about, CHECK]


def topics_of(form: Form, answers: Answers) -> list[str]:
    """What the steps of the progress are: one for each instrument, and one for each of the last pages."""
    topics = dict.fromkeys(page.topic for page in pages_of(form, answers))
    return [*topics, *([ABOUT] if form["about"] else []), CHECK]


def place_of(form: Form, key: str) -> int:
    """The number of a page in a draft: 0 is before all screens, then come the screens, the cuts and checking."""
    screens = [screen["key"] for screen in form["screens"]]
    places = {screen: place for place, screen in enumerate(screens, start=1)}
    places |= {ABOUT: len(screens) + 1, CHECK: len(screens) + 2}
    return places.get(key.split("/")[0], 0)


def page_at(form: Form, answers: Answers, place: int) -> str | None:
    """The key of the page at, or else the first one after, the place that a draft names; None for before them all."""
    if place < 1:
        return None
    keys = keys_of(form, answers)
    return next((key for key in keys if place_of(form, key) >= place), CHECK)


@dataclass(frozen=True)
class Read:
    """What someone filled in on one page: answers by item, ``None`` for one taken back, and mistakes.

    ``wrong`` holds what was typed where no answer can be read, by item.
    """

    answers: Mapping[str, int | None]
    wrong: Mapping[str, str]


def read_page(page: Page, fields: Mapping[str, str]) -> Read:
    """The answers in the ``fields`` of a page, named as :func:`field` and :func:`refusal` say.

    A question without a field keeps the answer it had: a row of round buttons sends nothing when
    none is chosen. A tick at "rather not say" goes before a number.
    """
    answers: dict[str, int | None] = {}
    wrong: dict[str, str] = {}
    for item in page.items:
        typed = fields.get(field(item["key"]))
        if refusal(item["key"]) in fields:
            answers[item["key"]] = RATHER_NOT_SAY
        elif typed is not None and not typed.strip():
            answers[item["key"]] = None
        elif typed is not None:
            code = _code(item, typed.strip())
            if code is None:
                wrong[item["key"]] = typed
            else:
                answers[item["key"]] = code
    return Read(answers, wrong)


def field(key: str) -> str:
    """The name of the field with the answer to an item, which is its place on the page too."""
    return f"i.{key}"


def refusal(key: str) -> str:
    """The name of the box beside a number with which someone would rather not say."""
    return f"r.{key}"


def _code(item: Mapping[str, Any], typed: str) -> int | None:
    if item["kind"] == "choice" and typed == str(RATHER_NOT_SAY):
        return RATHER_NOT_SAY
    code = int(typed) if _WHOLE.fullmatch(typed) else None
    return code if code is not None and accepts(item, code) else None


def _cut(items: list[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    page: list[Mapping[str, Any]] = []
    for item in items:
        if page and _asks_about(item["if"], {other["key"] for other in page}):
            yield page
            page = []
        page.append(item)
    if page:
        yield page


def _asks_about(condition: Mapping[str, Any] | None, keys: set[str]) -> bool:
    if condition is None:
        return False
    parts = [*condition.get("every", ()), *condition.get("some", ())]
    return condition.get("item") in keys or any(_asks_about(part, keys) for part in parts)


def minutes(form: Form) -> int:
    """How long the questions take, in whole minutes: about nine seconds a question."""
    asked = len(form["about"]) + sum(len(screen["items"]) for screen in form["screens"])
    return max(2, round(asked * 9 / 60))


def layout(labels: list[str]) -> str:
    """How answers stand: short ones beside each other, a scale where there is room, others as a list."""
    longest = max(len(label) for label in labels)
    if len(labels) <= 3 and longest <= 12:
        return "few"
    return "scale" if len(labels) <= 7 and longest <= 32 else "list"
