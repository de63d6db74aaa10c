"""The whole path in a browser with JavaScript off: the demo's questions on a narrow phone, and axe on every page."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from functools import partial
from html import unescape
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Response, Route, expect
from werkzeug.serving import make_server

from analysis.benchmark.figures import load_figures
from analysis.survey import read_survey
from survey_app import demo as demo_folder
from survey_app.anonymity.encoding import unb64u
from survey_app.respond import assisted, booth
from survey_app.respond.form import form_text
from survey_app.stores.roster import State
from tests.journeys.visit import PATIENCE, Site
from tests.survey_app.running_survey import make_running_survey

PHONE = {"width": 320, "height": 640}

DEMO = Path(demo_folder.__file__).parent / "survey.toml"

#: As much as a page may weigh with everything that belongs to it.
LARGEST = 50_000

#: WCAG 2.2 up to level AA, and what axe advises besides.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The questions of the demo, over HTTP."""
    survey = make_running_survey(
        tmp_path_factory.mktemp("without_script"),
        form=form_text(read_survey(DEMO), load_figures()),
        blueprints=[assisted.blueprint, booth.blueprint],
        size=8192,
        plan={"levels": 1, "cuts": ["age", "sex", "contract"]},
    )
    server = make_server("127.0.0.1", 0, survey.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Site(survey, f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    thread.join()
    server.server_close()
    survey.release()


class Reader:
    """Somebody with JavaScript off. Keeps every page for axe, and what each weighed."""

    def __init__(self, browser: Browser, site: Site) -> None:
        self.site = site
        self.address = f"{site.address}/a/{site.survey.survey_id}"
        self.context: BrowserContext = browser.new_context(
            java_script_enabled=False, viewport=PHONE, locale="nl-NL", accept_downloads=True
        )
        self.context.set_default_timeout(PATIENCE)
        self.page: Page = self.context.new_page()
        self.pages: dict[str, str] = {}
        self.weights: list[int] = []
        self.weight = 0
        self.addresses: set[str] = set()
        self.page.on("response", self._came)

    def arrive(self) -> None:
        """Opens the short link."""
        self.page.goto(self.address)
        self._keep()

    def press(self, label: str) -> None:
        """Presses a button and waits for the page after it."""
        self.weight = 0
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=label, exact=True).click()
        self._keep()

    def sees(self, heading: str) -> None:
        """Checks the heading of the page."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(heading)

    def choose(self, question: str, answer: str) -> None:
        """Chooses an answer to a question."""
        self.page.get_by_role("group", name=question).get_by_label(answer, exact=True).check()

    def code(self) -> str:
        """The recovery code on the page."""
        return "".join(self.page.locator("#code > span:not(.unseen)").all_inner_texts())

    def _came(self, response: Response) -> None:
        self.addresses.add(response.url)
        if response.ok:
            self.weight += len(response.body())

    def _keep(self) -> None:
        self.weights.append(self.weight)
        self.pages[self.page.title()] = self.page.content()


@pytest.fixture
def reader(browser: Browser, demo: Site) -> Iterator[Reader]:
    made = Reader(browser, demo)
    yield made
    made.context.close()


def walk(reader: Reader, token: str) -> None:
    """Every page there is, mistakes included; ends withdrawn and filled in again."""
    reader.arrive()
    reader.page.get_by_label("Uitnodigingscode").fill("abc")
    reader.press("Openen")
    expect(reader.page.locator("#typed_token-error")).to_have_text("Deze code heeft 16 tekens. Je hebt er nu 3.")
    reader.page.get_by_label("Uitnodigingscode").fill(token.lower())
    reader.press("Openen")
    reader.sees("Werk en energie")
    reader.page.get_by_text("Liever in een grotere groep meetellen?").click()
    reader.page.get_by_label("Voorbeeld BV (62 uitgenodigd)").check()
    reader.press("Beginnen")
    fill_in(reader)
    reader.sees("Even nakijken")
    reader.press("Wijzigen: Zorgen voor iemand in je omgeving")
    reader.choose("Heb je in de afgelopen 12 maanden", "ja")
    reader.press("Verder")
    reader.choose("Geef je deze zorg nu nog steeds?", "ja")
    reader.press("Verder")
    reader.choose("Hoe zwaar valt deze zorg je nu?", "behoorlijk zwaar")
    reader.press("Pauzeren")
    reader.sees("Even stoppen")
    reader.press("Verder invullen")
    reader.press("Verder")
    reader.choose("Zou zorgverlof je helpen?", "Zeg ik liever niet")
    reader.press("Verder")
    while reader.page.get_by_role("heading", level=1).inner_text() != "Even nakijken":
        reader.press("Verder")
    reader.press("English")
    reader.press("Send")
    reader.sees("Thank you")
    reader.press("Nederlands")


def fill_in(reader: Reader) -> None:
    """Goes through all questions, answering the first on each page."""
    while reader.page.get_by_role("heading", level=1).inner_text() != "Even nakijken":
        first = reader.page.locator("fieldset.question").first
        first.locator("input").nth(1).check()
        reader.press("Verder")


def test_a_whole_visit_with_javascript_off(reader: Reader, demo: Site) -> None:
    before = {ballot.id for ballot in demo.ballots()}
    walk(reader, demo.survey.tokens["u1"][0])
    (ballot,) = [ballot for ballot in demo.ballots() if ballot.id not in before]
    assert ballot.said.report_as == "u0"
    assert ballot.said.answers["fatigue_used_up"] == 2
    assert ballot.said.answers["care_help_leave"] == -7
    assert ballot.said.about == {"age": "25-34"}
    with reader.page.expect_download() as download:
        reader.page.get_by_role("button", name="Ontvangstbewijs opslaan").click()
    receipt = json.loads(download.value.path().read_text(encoding="utf-8"))
    assert unb64u(receipt["envelope"]) in demo.survey.envelopes()
    code = reader.code()
    reader.press("Antwoorden intrekken")
    reader.press("Ja, wis mijn antwoorden")
    reader.sees("Je antwoorden zijn gewist")
    assert {ballot.id for ballot in demo.ballots()} == before
    reader.arrive()
    reader.page.get_by_label("Of je herstelcode").fill(code)
    reader.press("Openen")
    reader.sees("Werk en energie")
    # Not a trace of a person in an address, and no cookie.
    paths = {address.removeprefix(demo.address).partition("?")[0] for address in reader.addresses}
    assert paths == {f"/a/{demo.survey.survey_id}", "/client/respond.css"}
    assert reader.context.cookies() == []
    assert max(reader.weights) <= LARGEST


def test_every_page_is_accessible_and_fits_a_narrow_phone(reader: Reader, demo: Site, browser: Browser) -> None:
    walk(reader, demo.survey.tokens["u1"][1])
    reader.press("Antwoorden intrekken")
    reader.press("Ja, wis mijn antwoorden")
    reader.arrive()
    reader.page.get_by_label("Uitnodigingscode").fill(demo.survey.tokens["u1"][1])
    reader.press("Openen")
    reader.sees("Je uitnodiging is al gebruikt")
    reader.pages |= dict(pages_that_end_it(demo))
    assert len(reader.pages) > 20
    assert faults(browser, reader, "light", list(reader.pages)) == []
    # Colours are all that a dark page has of its own, and the pages with questions share theirs.
    assert faults(browser, reader, "dark", [title for title in reader.pages if "Stap" not in title][-8:]) == []


def pages_that_end_it(demo: Site) -> Iterator[tuple[str, str]]:
    """The pages of surveys that cannot be answered this way, with their titles."""
    app, folder = demo.survey.app, demo.survey.folder
    make_running_survey(folder, app=app, survey_id="abcd0ff0", assisted=False)
    make_running_survey(folder, app=app, survey_id="abcd0000", state=State.CLOSED)
    make_running_survey(folder, app=app, survey_id="abcd1111", state=State.PROMISED)
    for survey_id in ("abcd0ff0", "abcd0000", "abcd1111", "abcd9999"):
        html = demo.survey.client.get(f"/a/{survey_id}").get_data(as_text=True)
        yield unescape(re.findall("<title>(.*)</title>", html)[0]), html


def faults(browser: Browser, reader: Reader, scheme: Literal["light", "dark"], titles: list[str]) -> list[str]:
    """What axe finds on pages, in a browser with JavaScript, and which of them have to be scrolled sideways."""
    context = browser.new_context(viewport=PHONE, color_scheme=scheme)
    page = context.new_page()
    found = []
    for title in titles:
        page.route(reader.address, partial(give, html=reader.pages[title]))
        page.goto(reader.address)
        assert page.title() == title
        result = Axe().run(page, options={"runOnly": TAGS}).response
        assert len(result["passes"]) > 15
        found += [f"{title}: {fault['id']} {fault['nodes'][0]['html']}" for fault in result["violations"]]
        width = page.evaluate("document.documentElement.scrollWidth")
        found += [f"{title}: {width} px wide"] if width > PHONE["width"] else []
    context.close()
    return found


def give(route: Route, html: str) -> None:
    """Answers with a page that was sent before."""
    route.fulfill(body=html, content_type="text/html; charset=utf-8")


def test_with_the_keyboard_alone(reader: Reader, demo: Site) -> None:
    reader.arrive()
    keyboard = reader.page.keyboard
    keyboard.press("Tab")
    expect(reader.page.locator(".skip")).to_be_focused()
    reader.page.get_by_label("Uitnodigingscode").focus()
    keyboard.type(demo.survey.tokens["u1"][2])
    with reader.page.expect_navigation():
        keyboard.press("Enter")
    reader.sees("Werk en energie")
    reader.page.get_by_role("button", name="Beginnen").focus()
    with reader.page.expect_navigation():
        keyboard.press("Enter")
    reader.sees("Vermoeidheid door het werk")
    reader.page.locator("fieldset.question input").first.focus()
    keyboard.press("Space")
    keyboard.press("ArrowDown")
    expect(reader.page.get_by_label("een paar keer per jaar", exact=True).first).to_be_checked()
    # The enter key goes on, and never switches the language or pauses.
    with reader.page.expect_navigation():
        keyboard.press("Enter")
    reader.sees("Werkdruk")
    assert re.search(r'"fatigue_used_up":2', reader.page.locator("input[name=state]").input_value())
