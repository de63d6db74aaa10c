"""The web application: where it leads, what it hands out, and what stands on every answer it gives."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from instruments.model import LANGUAGES, Language
from survey_app import CONTENT_SECURITY_POLICY, create_app
from survey_app.analysing import WRITTEN
from survey_app.board import FILES
from survey_app.board.words import WORDS
from tests.survey_app.board.page import Page
from tests.survey_app.conftest import ShownDemo


@pytest.fixture
def client(shown_demo: ShownDemo) -> FlaskClient:
    """A browser in front of the demo."""
    return shown_demo.app.test_client()


@pytest.fixture
def empty() -> FlaskClient:
    """A browser in front of an application without results."""
    return create_app().test_client()


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        ("nl-NL,nl;q=0.9,en;q=0.8", "nl"),
        ("en-GB,en;q=0.9", "en"),
        ("en;q=0.3,nl;q=0.7", "nl"),
        ("de-DE,en;q=0.5", "en"),
        ("fr", "nl"),
        ("*", "nl"),
        ("", "nl"),
    ],
)
def test_the_start_leads_to_the_language_of_the_browser(wanted: str, language: str, client: FlaskClient) -> None:
    answer = client.get("/", headers={"Accept-Language": wanted})
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/{language}/"


def test_a_browser_that_says_nothing_gets_dutch(client: FlaskClient) -> None:
    assert client.get("/").headers["Location"] == "/nl/"


#: Every kind of answer, with its status.
ANSWERS = {
    "/": 302,
    "/nl": 308,
    "/nl/": 200,
    "/en/": 200,
    "/de/": 404,
    "/nothing": 404,
    "/files/report-nl.pdf": 200,
    "/files/released.csv": 200,
    "/files/certificate.json": 200,
    "/files/answers.csv": 404,
    "/fonts/Peil-Regular.ttf": 200,
    "/fonts/Helvetica.ttf": 404,
    "/static/peil.css": 200,
    "/static/nothing.css": 404,
}


@pytest.mark.parametrize("address", ANSWERS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
def test_every_answer_has_the_headers_that_protect_and_no_cookie(
    method: str, address: str, client: FlaskClient
) -> None:
    answer = client.open(address, method=method, buffered=True)
    if method in ("GET", "HEAD"):
        assert answer.status_code == ANSWERS[address]
    if method == "POST":
        assert answer.status_code in (404, 405, 308)
    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


def test_the_policy_allows_nothing_but_our_own_styles_and_fonts() -> None:
    rules = dict(rule.strip().split(" ", 1) for rule in CONTENT_SECURITY_POLICY.split(";"))
    assert rules["default-src"] == "'none'"
    assert "script-src" not in rules and "connect-src" not in rules
    assert rules["form-action"] == rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    for sources in rules.values():
        assert set(sources.split()) <= {"'none'", "'self'", "'unsafe-inline'"}
    assert [name for name, sources in rules.items() if "'unsafe-inline'" in sources] == ["style-src"]


@pytest.mark.parametrize(
    ("name", "kind", "begins"),
    [
        ("report-nl.pdf", "application/pdf", b"%PDF-1."),
        ("report-en.pdf", "application/pdf", b"%PDF-1."),
        ("released.csv", "text/csv; charset=utf-8", b"wave,measure,"),
        ("certificate.json", "application/json", b"{"),
    ],
)
def test_files_can_be_taken_home(name: str, kind: str, begins: bytes, client: FlaskClient) -> None:
    answer = client.get(f"/files/{name}", buffered=True)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == kind
    assert answer.data.startswith(begins)
    attached = answer.headers.get("Content-Disposition", "").startswith("attachment")
    assert attached == name.endswith((".csv", ".json"))


def test_what_is_handed_out_is_what_was_written(client: FlaskClient, shown_demo: ShownDemo) -> None:
    assert set(FILES) == set(WRITTEN)
    figures = client.get("/files/released.csv", buffered=True)
    assert figures.get_data(as_text=True) == shown_demo.results.release.as_csv()
    certificate = json.loads(client.get("/files/certificate.json", buffered=True).data)
    assert shown_demo.results.release.fingerprint in json.dumps(certificate)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_links_to_all_files(language: Language, client: FlaskClient) -> None:
    page = Page(client.get(f"/{language}/").get_data(as_text=True))
    links = {a.attributes["href"]: a.text for item in page.one("nav").children[3].children for a in item.children}
    assert links == {f"/files/{name}": WORDS[language][f"file.{name}"] for name in FILES}


def test_a_font_is_the_font_of_the_report(client: FlaskClient) -> None:
    answer = client.get("/fonts/Peil-Display.ttf")
    assert answer.headers["Content-Type"] == "font/ttf"
    assert answer.data[:4] == b"\x00\x01\x00\x00"


@pytest.mark.parametrize(
    "address",
    [
        "/files/answers.csv",
        "/files/roster.csv",
        "/files/survey.toml",
        "/files/../survey.toml",
        "/files/..%2fsurvey.toml",
        "/files/%2e%2e/%2e%2e/etc/passwd",
        "/files/..\\survey.toml",
        "/files//etc/passwd",
        "/files/released.csv/",
        "/files/released.csv%00.pdf",
        "/files/RELEASED.CSV",
        "/files/",
        "/files",
        "/static/../__init__.py",
        "/static/%2e%2e/__init__.py",
        "/static/..%2f__init__.py",
        "/static/%2fetc/passwd",
        "/static/",
        "/fonts/../../pyproject.ttf",
        "/fonts/..%2fPeil-Regular.ttf",
        "/fonts/OFL.txt",
        "/fonts/make_fonts.py",
        "/templates/base.html",
    ],
)
def test_nothing_else_can_be_had(address: str, client: FlaskClient) -> None:
    answer = client.get(address, buffered=True, follow_redirects=True)
    assert answer.status_code == 404
    assert "text/html" in answer.headers["Content-Type"]


def test_a_file_that_is_gone_is_said_to_be_gone(tmp_path: Path, shown_demo: ShownDemo) -> None:
    client = create_app(shown_demo.results, tmp_path).test_client()
    assert client.get("/files/released.csv").status_code == 404
    (tmp_path / "released.csv").mkdir()
    assert client.get("/files/released.csv").status_code == 404


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_folder_no_files_are_offered(language: Language, shown_demo: ShownDemo) -> None:
    client = create_app(shown_demo.results).test_client()
    assert "/files/" not in client.get(f"/{language}/").get_data(as_text=True)
    assert client.get("/files/released.csv").status_code == 404


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_that_is_not_there_says_so_in_the_language_of_the_browser(
    language: Language, client: FlaskClient
) -> None:
    answer = client.get("/nothing/here", headers={"Accept-Language": language})
    page = Page(answer.get_data(as_text=True))
    assert answer.status_code == 404
    assert page.mistakes == []
    assert page.one("html").attributes["lang"] == language
    assert page.one("h1").text == WORDS[language]["missing.title"]
    assert [a.attributes["href"] for a in page.all("a")] == ["#content", "/"]
    assert page.one("main").attributes["id"] == "content"


def test_an_address_is_not_repeated_in_the_page_that_misses_it(client: FlaskClient) -> None:
    assert b"zz9" not in client.get("/zz9<script>?zz9=zz9").data


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_results_the_page_says_how_to_get_them(language: Language, empty: FlaskClient) -> None:
    answer = empty.get(f"/{language}/")
    page = Page(answer.get_data(as_text=True))
    assert answer.status_code == 200
    assert page.mistakes == []
    assert page.one("html").attributes["lang"] == language
    assert page.one("h1").text == WORDS[language]["empty.title"]
    assert "peil demo --serve" in page.one("main").text
    assert "peil analyse" in page.one("main").text
    assert not page.all("script")
    other = "en" if language == "nl" else "nl"
    assert f"/{other}/" in page.addresses


def test_without_results_there_are_no_files(empty: FlaskClient) -> None:
    assert {empty.get(f"/files/{name}").status_code for name in FILES} == {404}


def test_the_application_for_servers_is_an_empty_one() -> None:
    client = importlib.import_module("wsgi").app.test_client()
    for language in LANGUAGES:
        assert WORDS[language]["empty.title"] in client.get(f"/{language}/").get_data(as_text=True)


def test_two_applications_do_not_share_results(empty: FlaskClient, client: FlaskClient, shown_demo: ShownDemo) -> None:
    organisation = shown_demo.results.survey.organisation
    assert organisation in client.get("/nl/").get_data(as_text=True)
    assert organisation not in empty.get("/nl/").get_data(as_text=True)


def test_no_session_can_be_kept(shown_demo: ShownDemo) -> None:
    assert shown_demo.app.secret_key is None
    assert not shown_demo.app.debug
