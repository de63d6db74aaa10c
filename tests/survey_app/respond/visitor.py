"""Somebody with a browser without JavaScript, for tests at the level of requests."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sqlalchemy import text as sql
from werkzeug.test import TestResponse

from survey_app.anonymity.ballot import Ballot, parse_ballot
from survey_app.anonymity.sealing import open_sealed, unpad
from survey_app.respond import assisted, booth
from survey_app.stores import db, roster, urn
from tests.journeys.form import journey_form
from tests.survey_app.board.page import Page
from tests.survey_app.running_survey import RunningSurvey, make_running_survey

ADDRESS = "203.0.113.9"

#: What a visitor fills in on each page, in the order in which the pages come.
ANSWERS = {
    "energy": {"i.tired": "3", "i.empty": "-7"},
    "care": {"i.care": "1"},
    "care/2": {"i.hours": "12"},
    "care/3": {"i.known": "2"},
    "heavy": {},
    "=about": {"c.sex": "women"},
}


class Visitor:
    """A browser without JavaScript and without a memory: it has the page that is open, and nothing else."""

    def __init__(self, survey: RunningSurvey, language: str = "nl", address: str = ADDRESS) -> None:
        self.client = survey.client
        self.survey = survey
        self.language = language
        self.address = address
        self.page = Page("")
        self.response: TestResponse
        self.arrive()

    def arrive(self) -> None:
        """Opens the short link."""
        self._take(self._send("GET", {}))

    def press(self, button: str, **typed: str) -> Visitor:
        """Fills in and presses a button that is on the page."""
        buttons = [e.attributes["value"] for e in self.page.all("button")]
        assert button in buttons, (button, buttons)
        return self.post({**self.fields, **typed, "go": button})

    def post(self, fields: dict[str, str]) -> Visitor:
        """Sends the fields of a page, whichever page that was."""
        response = self._send("POST", fields)
        if response.mimetype == "text/html":
            self._take(response)
        self.response = response
        return self

    def enter(self, token: str = "", code: str = "") -> Visitor:
        """Types codes on a page that asks for them."""
        names = {e.attributes.get("name") for e in self.page.all("input")}
        typed = {"typed_token": token, "typed_code": code}
        return self.press("next", **{name: value for name, value in typed.items() if name in names})

    def fill_in(self, until: str = "=check") -> Visitor:
        """From the first page with text to the one named."""
        self.press("next")
        while self.at != until:
            self.press("next", **ANSWERS[self.at])
        return self

    @property
    def fields(self) -> dict[str, str]:
        """What the page would send without anybody touching it."""
        inputs = [e.attributes for e in self.page.all("input")]
        return {
            a["name"]: a.get("value", "")
            for a in inputs
            if a.get("type", "text") in ("text", "hidden") or "checked" in a
        }

    @property
    def at(self) -> str:
        return self.fields["at"]

    @property
    def heading(self) -> str:
        return self.page.all("h1")[0].text

    @property
    def text(self) -> str:
        return self.page.one("main").text

    @property
    def code(self) -> str:
        """The recovery code as it stands on the page."""
        shown = next(e for e in self.page.all("p") if e.attributes.get("id") == "code")
        return re.sub(r"[^A-Z0-9]", "", shown.text.partition(":")[2])

    def _send(self, method: str, fields: dict[str, str]) -> TestResponse:
        return self.client.open(
            f"/a/{self.survey.survey_id}",
            method=method,
            data=fields,
            headers={"Accept-Language": self.language},
            environ_overrides={"REMOTE_ADDR": self.address},
        )

    def _take(self, response: TestResponse) -> None:
        self.response = response
        self.page = Page(response.get_data(as_text=True))
        assert self.page.mistakes == []
        assert len(self.page.ids) == len(set(self.page.ids))
        # Everything goes to one address, which says nothing about anybody.
        forms = [form.attributes for form in self.page.all("form")]
        assert all(form == {**form, "method": "post", "action": f"/a/{self.survey.survey_id}"} for form in forms)
        assert not any(len(address) > 200 for address in self.page.addresses)
        assert "Set-Cookie" not in response.headers
        assert not self.page.all("script", "iframe")


def make_assisted(folder: Path, **changes: Any) -> RunningSurvey:
    return make_running_survey(folder, form=journey_form(), blueprints=[assisted.blueprint, booth.blueprint], **changes)


def ballots(survey: RunningSurvey) -> list[Ballot]:
    """What lies in the urn, as the council will find it."""
    issuers = {key.issuer.hash: key.issuer for key in survey.issuers.values()}
    hashed, key = survey.manifest.hash, survey.council.opening
    texts = [unpad(open_sealed(key, hashed, envelope)).decode() for envelope in survey.envelopes()]
    return [parse_ballot(text, survey.manifest, issuers) for text in texts]


def lockers(survey: RunningSurvey) -> list[Any]:
    """Every locker as it is stored."""
    with survey.app.app_context(), db.engines["urn"].connect() as connection:
        return list(connection.execute(sql("SELECT * FROM locker")))


def counted(survey: RunningSurvey) -> int:
    with survey.app.app_context():
        stored = urn.survey(survey.survey_id)
        assert stored is not None
        return stored.assisted


def issued(survey: RunningSurvey) -> int:
    with survey.app.app_context():
        return sum(count.issued for count in roster.counts(survey.survey_id).values())


def whole_visit(visitor: Visitor, token: str) -> list[str]:
    """Every page of a whole visit, as it was sent."""
    seen = [visitor.response.get_data(as_text=True)]

    def keep() -> None:
        seen.append(visitor.response.get_data(as_text=True))

    visitor.enter("xyz")
    keep()
    visitor.enter(token)
    keep()
    visitor.press("next")
    keep()
    while visitor.at != "=check":
        visitor.press("next", **ANSWERS[visitor.at])
        keep()
    for button in ("pause", "next", "send", "withdraw", "withdraw"):
        visitor.press(button)
        keep()
    visitor.arrive()
    visitor.enter(token)
    keep()
    return seen
