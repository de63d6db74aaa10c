"""The same page elsewhere: hosted by the council, in an old browser, at other levels, from a card drawn by lot."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from werkzeug.serving import make_server

from survey_app.anonymity.client import load_booth
from survey_app.anonymity.drafts import State
from survey_app.anonymity.encoding import b64u
from survey_app.respond.booth import blueprint
from tests.journeys.form import journey_form
from tests.journeys.visit import Site, Visit
from tests.survey_app.running_survey import make_running_survey

BUILT = Path("survey_app/static/client")

#: What a browser of before 2024 says when asked for Ed25519.
WITHOUT_ED25519 = """
const known = crypto.subtle.importKey.bind(crypto.subtle);
const refuse = () => Promise.reject(new DOMException("unknown", "NotSupportedError"));
crypto.subtle.importKey = (format, key, algorithm, ...rest) =>
  algorithm === "Ed25519" ? refuse() : known(format, key, algorithm, ...rest);
"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A static host that prints nothing."""

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@dataclass(frozen=True)
class Council:
    """The stand-alone page on a host of its own."""

    page: str


@pytest.fixture(scope="module")
def council(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Council]:
    """A static host with nothing but the one file that a works council takes along."""
    folder = tmp_path_factory.mktemp("council")
    (folder / "booth.html").write_bytes((BUILT / "booth-standalone.html").read_bytes())
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Council(f"http://localhost:{server.server_port}/booth.html")
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def elsewhere(browser: Browser, site: Site) -> Iterator[Visit]:
    """A visit that may go to two hosts; the test says what it asked of each."""
    visit = Visit(browser, site)
    yield visit
    visit.context.close()
    assert not visit.faults, visit.faults


def test_the_page_of_the_council_works_from_its_own_host(
    elsewhere: Visit, site: Site, council: Council, token: str
) -> None:
    before = {ballot.id for ballot in site.ballots()}
    survey = site.survey
    told = f"server={site.address}&survey={survey.survey_id}&manifest={b64u(survey.manifest.hash)}"
    elsewhere.page.goto(f"{council.page}?{told}#{token}")
    elsewhere.sees("Werk en energie")
    assert token not in elsewhere.page.url
    elsewhere.fill_in()
    elsewhere.send()
    assert len({ballot.id for ballot in site.ballots()} - before) == 1
    asked = {request.url.split("?")[0] for request in elsewhere.requests if request.url.startswith(site.address)}
    assert not [url for url in asked if "/client/" in url or "/b/" in url], "no code comes from the server"


def test_the_page_of_the_council_insists_on_its_promise(
    elsewhere: Visit, site: Site, council: Council, token: str
) -> None:
    told = f"server={site.address}&survey={site.survey.survey_id}&manifest={b64u(bytes(32))}"
    elsewhere.page.goto(f"{council.page}?{told}#{token}")
    elsewhere.sees("Hier klopt iets niet")
    assert not [request for request in elsewhere.requests if "/i/" in request.url]


def test_the_page_of_the_council_can_be_told_by_hand(
    elsewhere: Visit, site: Site, council: Council, token: str
) -> None:
    elsewhere.page.goto(f"{council.page}#{token}")
    elsewhere.sees("Pagina van de ondernemingsraad")
    elsewhere.page.get_by_label("Adres van de server").fill("ftp://nowhere")
    elsewhere.press("Openen")
    expect(elsewhere.page.get_by_role("alert")).to_contain_text("https://")
    elsewhere.page.get_by_label("Adres van de server").fill(f"{site.address}/")
    elsewhere.page.get_by_label("Nummer van het onderzoek").fill(site.survey.survey_id.upper())
    elsewhere.press("Openen")
    elsewhere.sees("Werk en energie")


def test_a_browser_without_ed25519_fetches_the_fallback(visit: Visit, site: Site, token: str) -> None:
    visit.context.add_init_script(WITHOUT_ED25519)
    before = {ballot.id for ballot in site.ballots()}
    visit.arrive(token)
    assert [request.url for request in visit.requests if request.url.endswith("/client/booth-ed25519.js")]
    visit.fill_in()
    visit.send()
    assert len({ballot.id for ballot in site.ballots()} - before) == 1


def test_a_fallback_that_was_tampered_with_does_not_run(visit: Visit, token: str) -> None:
    visit.context.add_init_script(WITHOUT_ED25519)
    visit.page.route("**/booth-ed25519.js", lambda route: route.fulfill(body="globalThis.peilEd25519 = {}"))
    visit.arrive(token)
    visit.sees("Hier klopt iets niet")
    assert visit.page.evaluate("globalThis.peilEd25519") is None
    visit.faults.clear()  # the browser says that the integrity does not hold


def test_a_card_drawn_by_lot_opens_without_an_invitation(visit: Visit, site: Site, token: str) -> None:
    respondent = load_booth(site.survey.transport(), site.survey.survey_id).begin(token)
    respondent.issue()
    respondent.save_draft(State())
    before = {ballot.id for ballot in site.ballots()}
    visit.arrive(respondent.code)
    visit.sees("Werk en energie")
    expect(visit.page.locator("#news")).to_be_empty()
    visit.fill_in()
    visit.send()
    assert len({ballot.id for ballot in site.ballots()} - before) == 1
    expect(visit.page.get_by_label("Meld dat ik klaar ben")).to_have_count(0)


@pytest.mark.parametrize(
    ("level", "client", "label", "words"),
    [
        (1, None, "Anoniem in opslag", "De sleutel ligt op de server"),
        (3, "https://or.example.nl/booth.html", "met een eigen pagina", "Op de pagina van de raad zelf"),
    ],
)
def test_each_level_says_what_has_to_be_trusted(
    browser: Browser, tmp_path: Path, level: int, client: str | None, label: str, words: str
) -> None:
    survey = make_running_survey(
        tmp_path, form=journey_form(), blueprints=[blueprint], level=level, independent_client=client
    )
    server = make_server("127.0.0.1", 0, survey.app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    visit = Visit(browser, Site(survey, f"http://127.0.0.1:{server.server_port}"))
    visit.arrive(survey.tokens["u1"][0])
    expect(visit.page.locator(".label")).to_contain_text(label)
    expect(visit.page.locator("main")).to_contain_text(words)
    link = visit.page.get_by_role("link", name="Vul de vragen daar in")
    expect(link).to_have_count(1 if client else 0)
    if client:
        assert (link.get_attribute("href") or "").endswith(f"&survey={survey.survey_id}#{survey.tokens['u1'][0]}")
    visit.close()
    server.shutdown()
    server.server_close()
    survey.release()
