"""What a respondent does on the page, in words of the respondent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from survey_app.anonymity.ballot import Ballot, parse_ballot
from survey_app.anonymity.sealing import open_sealed, unpad
from survey_app.stores import roster
from tests.survey_app.running_survey import RunningSurvey

PHONE = {"width": 375, "height": 812}

#: Generous, because two cores are shared by all tests; nothing waits when all is well.
PATIENCE = 15_000

expect.set_options(timeout=PATIENCE)


@dataclass(frozen=True)
class Site:
    """A running survey and where it is served."""

    survey: RunningSurvey
    address: str

    @property
    def booth(self) -> str:
        """The page, without a code."""
        return f"{self.address}/b/{self.survey.survey_id}"

    @property
    def kiosk(self) -> str:
        """The page for a shared tablet."""
        return f"{self.address}/k/{self.survey.survey_id}"

    def ballots(self) -> list[Ballot]:
        """All ballots in the urn, opened and checked by the Python side."""
        survey = self.survey
        issuers = {key.issuer.hash: key.issuer for key in survey.issuers.values()}
        texts = [
            unpad(open_sealed(survey.council.opening, survey.manifest.hash, envelope))
            for envelope in survey.envelopes()
        ]
        return [parse_ballot(text.decode(), survey.manifest, issuers) for text in texts]

    def done(self, unit: str = "u1") -> int:
        """How many people the roster knows to be done."""
        with self.survey.app.app_context():
            return roster.counts(self.survey.survey_id)[unit].done

    def issued(self, unit: str = "u1") -> int:
        """How many invitations were used."""
        with self.survey.app.app_context():
            return roster.counts(self.survey.survey_id)[unit].issued


class Visit:
    """One person's browser: a context of its own, so that nothing is shared with another visit."""

    def __init__(self, browser: Browser, site: Site, **options: Any) -> None:
        self.site = site
        self.requests: list[Request] = []
        self.faults: list[str] = []
        self.context: BrowserContext = browser.new_context(**{"viewport": PHONE, "locale": "nl-NL", **options})
        self.context.set_default_timeout(PATIENCE)
        self.page: Page = self.open_tab()

    def open_tab(self) -> Page:
        """A new tab of this browser, which becomes the one in use."""
        self.page = self.context.new_page()
        self.page.on("request", lambda request: self.requests.append(request))
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self._heard)
        return self.page

    def _heard(self, message: Any) -> None:
        # A refused request is logged by the browser itself; whether it should be is for the test to say.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.faults.append(message.text)

    def close(self) -> None:
        """Ends the visit; nothing may have gone wrong and nothing may have left this machine."""
        hosts = {urlsplit(request.url).netloc for request in self.requests if request.url.startswith("http")}
        self.context.close()
        assert not self.faults, self.faults
        assert hosts <= {urlsplit(self.site.address).netloc}

    def arrive(self, token: str | None = None) -> None:
        """Opens an invitation, or the page without one, in a fresh tab."""
        self.page.goto(self.site.booth + (f"#{token}" if token else ""))
        self.heading()

    def heading(self) -> str:
        """The heading of the screen, once one is drawn by the script."""
        self.page.locator("body[data-screen]").wait_for()
        return self.page.locator("h1").inner_text()

    @property
    def screen(self) -> str:
        """Which screen this is."""
        return self.page.locator("body").get_attribute("data-screen") or ""

    def press(self, label: str) -> None:
        """Presses the button with this label."""
        self.page.get_by_role("button", name=label, exact=True).click()

    def sees(self, heading: str) -> None:
        """Waits for the screen with this heading."""
        expect(self.page.locator("h1")).to_have_text(heading)

    def hears(self, news: str) -> None:
        """Waits for news in the live region."""
        expect(self.page.locator("#news")).to_contain_text(news)

    def answer(self, question: str, answer: str) -> None:
        """Chooses an answer to a question."""
        self.page.get_by_role("group", name=question).get_by_label(answer, exact=True).check()

    def answers(self, question: str) -> str | None:
        """The label of the answer that is chosen."""
        chosen = self.page.get_by_role("group", name=question).locator("label:has(input:checked)")
        return chosen.inner_text() if chosen.count() else None

    def fill_in(self, tired: str = "vaak") -> None:
        """From the first screen to the last, in Dutch; caring much."""
        self.press("Beginnen")
        self.sees("Energie")
        self.answer("Hoe vaak ben je moe?", tired)
        self.press("Verder")
        self.sees("Zorgen")
        self.answer("Zorg je voor iemand?", "ja")
        self.page.get_by_label("Hoeveel uur per week?").fill("12")
        self.press("Verder")
        self.sees("Zware zorg")
        self.answer("Is het zwaar?", "Zeg ik liever niet")
        self.press("Verder")
        self.sees("Over jou")
        self.answer("Ik ben", "een vrouw")
        self.press("Verder")
        self.sees("Even nakijken")

    def send(self) -> None:
        """Sends, and waits for the thank-you page."""
        self.press("Versturen")
        self.sees("Dank je wel")

    def code(self) -> str:
        """The recovery code on screen."""
        self.page.locator("#code").wait_for()
        return "".join(self.page.locator("#code > span:not(.unseen)").all_inner_texts())

    def stored(self) -> dict[str, Any]:
        """Everything that the browser keeps for this site."""
        kept = self.page.evaluate("() => ({local: {...localStorage}, session: {...sessionStorage}})")
        databases = self.page.evaluate(
            "async () => (await indexedDB.databases()).length + (await caches.keys()).length"
        )
        return {**kept, "databases": databases, "cookies": self.context.cookies()}


NOTHING_STORED = {"local": {}, "session": {}, "databases": 0, "cookies": []}
