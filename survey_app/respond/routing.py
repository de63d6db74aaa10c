"""Which questions of a form someone gets, and which answers count: the same in every client.

Pure. ``form`` is the table that :func:`survey_app.respond.form.form_text` writes, ``answers``
are codes by item key. A question with a condition is shown only when the condition holds;
without an answer, or with "rather not say", it never does. The answer to a question that is not
shown does not count, not even for the questions after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

#: The code of "rather not say", which every question accepts.
RATHER_NOT_SAY = -7

Form = Mapping[str, Any]
Answers = Mapping[str, int]

_OPERATORS: Mapping[str, Callable[[int, int], bool]] = {
    "at_least": lambda code, value: code >= value,
    "above": lambda code, value: code > value,
    "at_most": lambda code, value: code <= value,
    "below": lambda code, value: code < value,
    "equals": lambda code, value: code == value,
}


def visible_items(form: Form, answers: Answers) -> list[str]:
    """The keys of the questions that are shown after ``answers``, in order."""
    return [key for key, _ in _walk(form, answers)]


def cleaned_answers(form: Form, answers: Answers) -> dict[str, int]:
    """The answers that count, in the order of the form.

    Left out is what belongs to no question, to a question that is not shown, or is no answer to
    its question.
    """
    return {key: code for key, code in _walk(form, answers) if code is not None}


def visible_screens(form: Form, answers: Answers) -> list[str]:
    """The keys of the screens on which at least one question is shown, in order."""
    shown = set(visible_items(form, answers))
    return [screen["key"] for screen in form["screens"] if any(item["key"] in shown for item in screen["items"])]


def accepts(item: Mapping[str, Any], code: int) -> bool:
    """Whether ``code`` is an answer to ``item``, "rather not say" included."""
    if code == RATHER_NOT_SAY:
        return True
    if item["kind"] == "number":
        return bool(item["low"] <= code <= item["high"])
    return any(option["code"] == code for option in item["options"])


def cleaned_about(form: Form, about: Mapping[str, str]) -> dict[str, str]:
    """The categories in ``about`` that the form knows, by cut, in the order of the form."""
    known = {cut["key"]: {option["key"] for option in cut["options"]} for cut in form["about"]}
    return {cut: about[cut] for cut, categories in known.items() if about.get(cut) in categories}


def _walk(form: Form, answers: Answers) -> Iterator[tuple[str, int | None]]:
    """Every question that is shown with its answer, if any; conditions look back only."""
    counted: dict[str, int] = {}
    for screen in form["screens"]:
        for item in screen["items"]:
            key = item["key"]
            if item["if"] is not None and not _holds(item["if"], counted):
                continue
            code = answers.get(key)
            if code is not None and accepts(item, code):
                counted[key] = code
            yield key, counted.get(key)


def _holds(condition: Mapping[str, Any], counted: Answers) -> bool:
    """Whether ``condition`` holds for certain.

    Unknown counts as untrue; without negation that gives the same as three-valued logic.
    """
    if "every" in condition:
        return all(_holds(part, counted) for part in condition["every"])
    if "some" in condition:
        return any(_holds(part, counted) for part in condition["some"])
    code = counted.get(condition["item"], RATHER_NOT_SAY)
    # "Rather not say" is a negative number, and must not pass for a low answer.
    return code != RATHER_NOT_SAY and _OPERATORS[condition["op"]](code, condition["value"])
