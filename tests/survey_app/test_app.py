"""The web application: where it leads, what it hands out, and what stands on every answer it gives."""

from __future__ import annotations

import json
import runpy
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from instruments.model import LANGUAGES, Language
from survey_app.analysing import WRITTEN
from survey_app.application import CONTENT_SECURITY_POLICY, create_app
from survey_app.board import FILES
from survey_app.board.words import WORDS
from survey_app.config import Config
from survey_app.publication import PAGES
from survey_app.vault import VaultError
from survey_app.words import words_for
from tests.survey_app.board.page import Page
from tests.survey_app.conftest import SHOWN, ShownResults, close_databases, today
from tests.survey_app.staff import signed_in

RESULTS = f"/staff/results/{SHOWN}"


@pytest.fixture
def client(shown_demo: ShownResults) -> FlaskClient:
    """The browser of a board in front of the demo."""
    return shown_demo.board


@pytest.fixture
def stranger(shown_demo: ShownResults) -> FlaskClient:
    """A browser of somebody who has no key."""
    return shown_demo.app.test_client()


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """An application without any survey."""
    app = create_app(Config(tmp_path), today)
    yield app
    close_databases(app)


BROWSERS = [
    ("nl-NL,nl;q=0.9,en;q=0.8", "nl"),
    ("en-GB,en;q=0.9", "en"),
    ("en;q=0.3,nl;q=0.7", "nl"),
    ("de-DE,en;q=0.5", "en"),
    ("fr", "nl"),
    ("*", "nl"),
    ("", "nl"),
]


@pytest.mark.parametrize(("wanted", "language"), BROWSERS)
def test_results_are_shown_in_the_language_of_the_browser(wanted: str, language: str, client: FlaskClient) -> None:
    answer = client.get(f"{RESULTS}/", headers={"Accept-Language": wanted})
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{RESULTS}/{language}/"


def test_a_browser_that_says_nothing_gets_dutch(client: FlaskClient) -> None:
    assert client.get(f"{RESULTS}/").headers["Location"] == f"{RESULTS}/nl/"


@pytest.mark.parametrize(("wanted", "language"), BROWSERS)
def test_the_first_page_is_in_the_language_of_the_browser(
    wanted: str, language: Language, stranger: FlaskClient
) -> None:
    page = Page(stranger.get("/", headers={"Accept-Language": wanted}).get_data(as_text=True))
    assert page.one("html").attributes["lang"] == language
    assert words_for("home", language)["lead"] in page.one("main").text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_page_leads_staff_on_and_offers_the_other_language(language: Language, stranger: FlaskClient) -> None:
    page = Page(stranger.get(f"/?language={language}", headers={"Accept-Language": "fr"}).get_data(as_text=True))
    other = "en" if language == "nl" else "nl"
    assert page.mistakes == []
    assert page.one("html").attributes["lang"] == language
    assert [a.attributes["href"] for a in page.all("a")] == ["#content", f"?language={other}", "/staff/"]
    assert not page.all("script", "form", "img")


#: Every kind of answer, with its status.
ANSWERS = {
    "/": 200,
    "/?language=en": 200,
    "/staff": 308,
    "/staff/": 200,
    "/staff/enter/ABCD-EFGH-JKMN-PQRS": 200,
    RESULTS: 308,
    f"{RESULTS}/": 302,
    f"{RESULTS}/nl": 308,
    f"{RESULTS}/nl/": 200,
    f"{RESULTS}/en/": 200,
    f"{RESULTS}/de/": 404,
    "/staff/results/another0/nl/": 404,
    "/nothing": 404,
    f"{RESULTS}/files/report-nl.pdf": 200,
    f"{RESULTS}/files/released.csv": 200,
    f"{RESULTS}/files/certificate.json": 200,
    f"{RESULTS}/files/answers.csv": 404,
    f"/staff/hr/{SHOWN}/": 404,
    f"/staff/council/{SHOWN}/": 404,
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
        assert answer.status_code in (308, 400, 404, 405)
    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


def test_no_room_forgets_the_headers_and_none_but_the_staff_pages_has_to_do_with_cookies(
    shown_demo: ShownResults,
) -> None:
    seen = set()
    for rule in shown_demo.app.url_map.iter_rules():
        address = rule.rule
        for argument in rule.arguments:
            address = address.replace(f"<{argument}>", SHOWN).replace(f"<path:{argument}>", "peil.css")
        address = address.replace("<any(nl, en):language>", "nl").split("<any")[0]
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            client = shown_demo.app.test_client()
            client.set_cookie("peil_staff", "nonsense", path="/")
            answer = client.open(f"{address}?language=en", method=method, buffered=True)
            seen.add(answer.status_code)
            assert answer.status_code < 500, address
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy, address
            assert "unsafe-eval" not in policy and "'unsafe-inline'" not in policy.partition("script-src")[2], address
            assert answer.headers["X-Content-Type-Options"] == "nosniff", address
            assert answer.headers["Referrer-Policy"] == "no-referrer", address
            assert answer.headers["Cache-Control"] in ("no-store", "public, max-age=31536000, immutable"), address
            if not address.startswith("/staff"):
                assert "Set-Cookie" not in answer.headers, address
                assert "Cookie" not in answer.headers.get("Vary", ""), f"{address} reads the session"
    assert {200, 404} <= seen


def test_the_policy_allows_nothing_but_our_own_styles_fonts_and_forms() -> None:
    rules = dict(rule.strip().split(" ", 1) for rule in CONTENT_SECURITY_POLICY.split(";"))
    assert rules["default-src"] == "'none'"
    assert "script-src" not in rules and "connect-src" not in rules
    assert rules["form-action"] == "'self'"
    assert rules["frame-ancestors"] == rules["base-uri"] == "'none'"
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
    answer = client.get(f"{RESULTS}/files/{name}", buffered=True)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == kind
    assert answer.data.startswith(begins)
    attached = answer.headers.get("Content-Disposition", "").startswith("attachment")
    assert attached == name.endswith((".csv", ".json"))


def test_what_is_handed_out_is_what_was_written(client: FlaskClient, shown_demo: ShownResults) -> None:
    assert set(FILES) == set(WRITTEN)
    figures = client.get(f"{RESULTS}/files/released.csv", buffered=True)
    assert figures.get_data(as_text=True) == shown_demo.results.release.as_csv()
    certificate = json.loads(client.get(f"{RESULTS}/files/certificate.json", buffered=True).data)
    assert shown_demo.results.release.fingerprint in json.dumps(certificate)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_links_to_all_files(language: Language, client: FlaskClient) -> None:
    page = Page(client.get(f"{RESULTS}/{language}/").get_data(as_text=True))
    links = {a.attributes["href"]: a.text for item in page.one("nav").children[3].children for a in item.children}
    assert links == {f"{RESULTS}/files/{name}": WORDS[language][f"file.{name}"] for name in FILES}


def test_a_font_is_the_font_of_the_report(client: FlaskClient) -> None:
    answer = client.get("/fonts/Peil-Display.ttf")
    assert answer.headers["Content-Type"] == "font/ttf"
    assert answer.data[:4] == b"\x00\x01\x00\x00"


@pytest.mark.parametrize("name", sorted({*FILES, PAGES, "answers.csv"}))
def test_a_stranger_and_the_board_of_another_survey_get_no_file(name: str, shown_demo: ShownResults) -> None:
    for client in (shown_demo.app.test_client(), signed_in(shown_demo.app, another0="board")):
        answer = client.get(f"{RESULTS}/files/{name}", buffered=True)
        assert answer.status_code == 404
        assert "text/html" in answer.headers["Content-Type"]


@pytest.mark.parametrize(
    "address",
    [
        "{results}/files/answers.csv",
        "{results}/files/roster.csv",
        "{results}/files/survey.toml",
        "{results}/files/pages.json",
        "{results}/files/../survey.toml",
        "{results}/files/..%2fsurvey.toml",
        "{results}/files/%2e%2e/%2e%2e/etc/passwd",
        "{results}/files/..\\survey.toml",
        "{results}/files//etc/passwd",
        "{results}/files/released.csv/",
        "{results}/files/released.csv%00.pdf",
        "{results}/files/RELEASED.CSV",
        "{results}/files/",
        "{results}/files",
        "/staff/results/../results/nl/",
        "/staff/results/..%2f..%2fkeys/files/installation.key",
        "/staff/results/%2e%2e/nl/",
        "/staff/results//nl/",
        "/files/released.csv",
        "/nl/",
        "/staff/hr/../../roster.sqlite",
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
        "/texts/nl.toml",
        "/roster.sqlite",
        "/keys/installation.key",
    ],
)
def test_nothing_else_can_be_had(address: str, client: FlaskClient) -> None:
    answer = client.get(address.format(results=RESULTS), buffered=True, follow_redirects=True)
    assert answer.status_code == 404
    assert "text/html" in answer.headers["Content-Type"]


def test_a_file_that_is_gone_is_said_to_be_gone(app: Flask, tmp_path: Path, shown_demo: ShownResults) -> None:
    release = Config(tmp_path).release_folder(SHOWN)
    release.mkdir(parents=True)
    (release / PAGES).write_bytes((shown_demo.folder / PAGES).read_bytes())
    client = signed_in(app, **{SHOWN: "board"})
    assert client.get(f"{RESULTS}/files/released.csv").status_code == 404
    (release / "released.csv").mkdir()
    assert client.get(f"{RESULTS}/files/released.csv").status_code == 404


def test_of_a_release_that_broke_off_nothing_can_be_had(app: Flask, tmp_path: Path) -> None:
    release = Config(tmp_path).release_folder(SHOWN)
    release.mkdir(parents=True)
    (release / "released.csv").write_text("wave,measure\n", encoding="utf-8")
    client = signed_in(app, **{SHOWN: "hr"})
    assert client.get(f"{RESULTS}/files/released.csv").status_code == 404
    assert WORDS["nl"]["empty.title"] in client.get(f"{RESULTS}/nl/").get_data(as_text=True)


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


def test_who_may_not_see_a_survey_cannot_tell_whether_there_is_one(shown_demo: ShownResults, app: Flask) -> None:
    pages = {signed_in(each, another0="hr").get(f"{RESULTS}/nl/").data for each in (shown_demo.app, app)}
    assert len(pages) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_results_the_page_says_when_they_come(language: Language, app: Flask) -> None:
    answer = signed_in(app, **{SHOWN: "board"}).get(f"{RESULTS}/{language}/")
    page = Page(answer.get_data(as_text=True))
    assert answer.status_code == 200
    assert page.mistakes == []
    assert page.one("html").attributes["lang"] == language
    assert page.one("h1").text == WORDS[language]["empty.title"]
    assert page.one("main").text.endswith(WORDS[language]["empty.text"])
    assert not page.all("script")
    other = "en" if language == "nl" else "nl"
    assert page.addresses == ["/static/peil.css", "#content", f"{RESULTS}/{other}/"]


def test_without_results_there_are_no_files(app: Flask) -> None:
    client = signed_in(app, **{SHOWN: "board"})
    assert {client.get(f"{RESULTS}/files/{name}").status_code for name in FILES} == {404}


def test_the_application_for_servers_is_the_one_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEIL_DATA", str(tmp_path / "data"))
    wsgi = Path(__file__).parents[2] / "wsgi.py"
    app = runpy.run_path(str(wsgi))["app"]
    assert words_for("home", "nl")["lead"] in app.test_client().get("/").get_data(as_text=True)
    assert {path.name for path in (tmp_path / "data").glob("*.sqlite")} == {
        "roster.sqlite",
        "urn.sqlite",
        "results.sqlite",
    }
    close_databases(app)


def test_two_applications_share_neither_results_nor_sessions(app: Flask, shown_demo: ShownResults) -> None:
    organisation = shown_demo.results.survey.organisation
    assert organisation in shown_demo.board.get(f"{RESULTS}/nl/").get_data(as_text=True)
    assert organisation not in signed_in(app, **{SHOWN: "board"}).get(f"{RESULTS}/nl/").get_data(as_text=True)
    cookie = shown_demo.board.get_cookie("peil_staff", path="/staff")
    assert cookie is not None
    client = app.test_client()
    client.set_cookie("peil_staff", cookie.value, path="/staff")
    assert client.get(f"{RESULTS}/nl/").status_code == 404


@pytest.mark.parametrize("address", ["http://127.0.0.1:8000", "https://peil.example.nl"])
def test_the_cookie_of_staff_stays_with_the_staff_pages(address: str, tmp_path: Path) -> None:
    app = create_app(Config(tmp_path, address), today)
    answer = app.test_client().get("/staff/?language=en", base_url=address)
    (cookie,) = SimpleCookie(answer.headers["Set-Cookie"]).values()
    assert cookie.key == "peil_staff"
    assert cookie["path"] == "/staff"
    assert cookie["httponly"] and cookie["samesite"] == "Strict"
    assert bool(cookie["secure"]) == address.startswith("https://")
    assert not app.debug
    close_databases(app)


def test_the_same_installation_keeps_its_key_and_another_has_another(tmp_path: Path) -> None:
    apps = [create_app(Config(tmp_path / folder), today) for folder in ("a", "a", "b")]
    first, again, other = (app.secret_key for app in apps)
    assert first == again != other
    assert isinstance(first, bytes) and len(first) == 32
    for app in apps:
        close_databases(app)


def test_an_installation_whose_key_others_can_read_does_not_start(tmp_path: Path) -> None:
    app = create_app(Config(tmp_path), today)
    close_databases(app)
    (tmp_path / "keys" / "installation.key").chmod(0o644)
    with pytest.raises(VaultError, match="chmod 600"):
        create_app(Config(tmp_path), today)


def test_who_is_reached_over_https_says_so(tmp_path: Path) -> None:
    app = create_app(Config(tmp_path, "https://peil.example.nl"))
    answer = app.test_client().get("/", base_url="https://peil.example.nl")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    assert app.test_client().get("/", base_url="https://evil.example").status_code == 400
    close_databases(app)
