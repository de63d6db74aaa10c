"""The same page elsewhere: hosted by the council, in an old browser, at other levels, from a card drawn by lot."""

from __future__ import annotations

import functools
import hashlib
import http.server
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.sync_api import Browser, Route, expect
from werkzeug.serving import make_server

from survey_app.anonymity.client import load_booth
from survey_app.anonymity.drafts import State
from survey_app.anonymity.encoding import b64u, canonical
from survey_app.anonymity.manifest import parse_manifest, sign_witness
from survey_app.cli.council_client import pinned_page, server_origin
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
    """A static host of the council, with the pages that it made."""

    address: str
    folder: Path

    def page(self, content: str) -> str:
        """The address of a page with this content."""
        file = self.folder / f"{hashlib.sha256(content.encode()).hexdigest()}.html"
        file.write_text(content, encoding="utf-8")
        return f"{self.address}/{file.name}"


@pytest.fixture(scope="module")
def council(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Council]:
    """A host with nothing but single files."""
    folder = tmp_path_factory.mktemp("council")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Council(f"http://localhost:{server.server_port}", folder)
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
    page = council.page(pinned_page(site.survey.manifest, server_origin(site.address)))
    # What an address says changes nothing.
    elsewhere.page.goto(f"{page}?server=https://evil.example&survey=zzzzzzzz&manifest={'A' * 43}#{token}")
    elsewhere.sees("Werk en energie")
    assert token not in elsewhere.page.url
    elsewhere.fill_in()
    elsewhere.send()
    assert len({ballot.id for ballot in site.ballots()} - before) == 1
    asked = {request.url.split("?")[0] for request in elsewhere.requests if request.url.startswith(site.address)}
    assert not [url for url in asked if "/client/" in url or "/b/" in url], "no code comes from the server"


def test_the_page_of_the_council_works_as_a_file(elsewhere: Visit, site: Site, tmp_path: Path, token: str) -> None:
    file = tmp_path / "booth.html"
    file.write_text(pinned_page(site.survey.manifest, server_origin(site.address)), encoding="utf-8")
    elsewhere.page.goto(file.as_uri())
    elsewhere.sees("Vul je code in")
    elsewhere.page.get_by_label("Uitnodigingscode").fill(token)
    elsewhere.press("Openen")
    elsewhere.sees("Werk en energie")


def test_the_page_of_the_council_insists_on_its_promise(
    elsewhere: Visit, site: Site, council: Council, token: str
) -> None:
    """The attack: a promise for one visitor, with keys of the operator's own, that is signed as it should be."""
    witness = Ed25519PrivateKey.generate()
    key = b64u(witness.public_key().public_bytes_raw())
    forged = parse_manifest(canonical({**json.loads(site.survey.manifest.text), "witness_key": key}))

    def serve(route: Route) -> None:
        response = route.fetch()
        reply = {**response.json(), "manifest": forged.text, "witness": b64u(sign_witness(witness, forged))}
        route.fulfill(response=response, json=reply)

    elsewhere.page.route("**/m/*", serve)
    elsewhere.page.goto(f"{council.page(pinned_page(site.survey.manifest, server_origin(site.address)))}#{token}")
    elsewhere.sees("Hier klopt iets niet")
    expect(elsewhere.page.locator("main")).to_contain_text("pinned")
    assert not [request for request in elsewhere.requests if "/i/" in request.url]
    # The page of the server itself cannot tell; there it is up to people, so the words stand in the open.
    elsewhere.open_tab()
    elsewhere.page.route("**/m/*", serve)
    elsewhere.arrive(token)
    elsewhere.sees("Werk en energie")
    expect(elsewhere.page.locator(".words")).to_be_visible()
    expect(elsewhere.page.locator(".words")).to_have_text(forged.words)
    assert forged.words != site.survey.manifest.words


@pytest.mark.parametrize(
    "pin",
    [
        "null",
        "{",
        '{"manifest":"","server":"https://peil.example.nl","survey":"abcd1234"}',
        '{"manifest":"HASH","server":"http://localhost.evil.example","survey":"abcd1234"}',
        '{"manifest":"HASH","server":"http://localhost@evil.example","survey":"abcd1234"}',
        '{"manifest":"HASH","server":"https://peil.example.nl/path","survey":"abcd1234"}',
        '{"manifest":"HASH","server":"https://peil.example.nl","survey":"ABCD1234"}',
    ],
)
def test_a_page_that_does_not_know_its_promise_asks_for_nothing(
    elsewhere: Visit, site: Site, council: Council, token: str, pin: str
) -> None:
    generic = (BUILT / "booth-standalone.html").read_text(encoding="utf-8")
    page = council.page(generic.replace('id="pinned">null<', f'id="pinned">{pin.replace("HASH", "A" * 43)}<'))
    elsewhere.page.goto(f"{page}?server={site.address}&survey={site.survey.survey_id}#{token}")
    elsewhere.sees("Deze pagina is nog niet klaar voor gebruik")
    expect(elsewhere.page.locator("input")).to_have_count(0)
    expect(elsewhere.page.locator("main")).to_contain_text("peil council client")
    assert [request.url.split("?")[0] for request in elsewhere.requests] == [page]


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
    assert visit.page.locator(".words").is_visible() == (level > 1), "compared by everybody where a council signs"
    link = visit.page.get_by_role("link", name="Vul de vragen daar in")
    expect(link).to_have_count(1 if client else 0)
    if client:
        assert link.get_attribute("href") == f"{client}#{survey.tokens['u1'][0]}"
    visit.close()
    server.shutdown()
    server.server_close()
    survey.release()
