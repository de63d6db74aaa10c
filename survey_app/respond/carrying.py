"""What a page without JavaScript carries from one request to the next: the server remembers nothing in between.

Pure. It travels in hidden fields of the page and in the body of the request, never in an address.
Whoever has the page open could type all of it, so none of it is believed: codes are checked by the
service, answers by the form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from survey_app.anonymity.codes import BadCode, read_recovery_code, read_token
from survey_app.anonymity.encoding import Malformed, canonical, parse_canonical
from survey_app.anonymity.manifest import Manifest
from survey_app.respond.routing import Form

#: The longest state that is read; a form of a few hundred questions stays below it.
_LONGEST = 40_000


class Spoiled(ValueError):
    """The fields of a page are not as this server wrote them."""


@dataclass(frozen=True)
class Carried:
    """Someone under way: codes, unit, and what was answered so far.

    ``token`` is empty for someone who came with the recovery code only. ``about`` holds an empty
    text where someone would rather not say. ``sent`` says whether answers lie in the urn.
    """

    token: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    unit: str = ""
    report_as: str = ""
    answers: Mapping[str, int] = field(default_factory=dict, repr=False)
    about: Mapping[str, str] = field(default_factory=dict, repr=False)
    sent: bool = False

    def with_answers(self, changes: Mapping[str, int | None]) -> Carried:
        """With some answers replaced; ``None`` takes one away."""
        merged = {**self.answers, **changes}
        return replace(self, answers={key: code for key, code in merged.items() if code is not None})

    def fields(self) -> dict[str, str]:
        """The hidden fields that carry it."""
        state = {
            "about": dict(self.about),
            "answers": dict(self.answers),
            "report_as": self.report_as,
            "sent": self.sent,
            "unit": self.unit,
        }
        return {"token": self.token, "code": self.code, "state": canonical(state)}


def carried_in(fields: Mapping[str, str], manifest: Manifest, form: Form) -> Carried:
    """What the hidden fields of a page say; raises :class:`Spoiled`.

    Answers to questions that the form does not have are dropped.
    """
    try:
        token, code = fields.get("token", ""), fields.get("code", "")
        text = fields.get("state", "")
        if len(text) > _LONGEST:
            raise Spoiled("too long")
        state = parse_canonical(text)
        return carried_from(
            form,
            token=read_token(token) if token else "",
            code=read_recovery_code(code) if code else "",
            unit=manifest.unit(state["unit"]).key if state["unit"] else "",
            report_as=manifest.unit(state["report_as"]).key if state["report_as"] else "",
            answers=state["answers"],
            about=state["about"],
            sent=bool(state["sent"]),
        )
    except (BadCode, Malformed, KeyError, TypeError, AttributeError):
        raise Spoiled("not as it was written") from None


def carried_from(form: Form, *, answers: Mapping[str, Any], about: Mapping[str, Any], **rest: Any) -> Carried:
    """What is carried with these ``answers`` and categories, as far as the form asks for them."""
    items = {item["key"] for screen in form["screens"] for item in screen["items"]}
    cuts = {cut["key"] for cut in form["about"]}
    return Carried(
        answers={key: code for key, code in answers.items() if key in items and type(code) is int},
        about={key: category for key, category in about.items() if key in cuts and isinstance(category, str)},
        **rest,
    )
