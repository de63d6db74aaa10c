"""Coming in: a key for a cookie that only staff pages see, and nobody acts for somebody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from instruments.model import LANGUAGES, Language
from survey_app.anonymity.codes import in_groups
from survey_app.anonymity.encoding import digest
from survey_app.application import create_app
from survey_app.config import Config
from survey_app.entering import ROLES, new_staff_key, staff_link
from survey_app.stores import roster
from survey_app.words import words_for
from tests.survey_app.board.page import Page
from tests.survey_app.conftest import close_databases, today
from tests.survey_app.staff import signed_in

OURS, THEIRS = "aaaaaaaa", "bbbbbbbb"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application with two surveys that nobody has promised yet."""
    app = create_app(Config(tmp_path_factory.mktemp("data")), today)
    with app.app_context():
        for survey_id in (OURS, THEIRS):
            roster.add_survey(roster.NewSurvey(survey_id, "", "{}"))
    yield app
    close_databases(app)


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    """A browser of somebody who has not come in."""
    return app.test_client()


def key_for(app: Flask, role: str, survey_id: str = OURS) -> str:
    """A new key as it was handed to somebody."""
    with app.app_context():
        return new_staff_key(survey_id, role)


def roles_of(visitor: FlaskClient) -> dict[str, list[str]]:
    """What the cookie of a browser says."""
    with visitor.session_transaction("/staff/") as session:
        roles: dict[str, list[str]] = session.get("roles", {})
        return roles


@pytest.mark.parametrize("role", ROLES)
def test_a_key_opens_the_pages_of_its_role_in_its_survey(role: str, app: Flask, visitor: FlaskClient) -> None:
    answer = visitor.post("/staff/", data={"key": key_for(app, role)})
    assert answer.status_code == 302
    first = {"hr": f"/staff/hr/{OURS}/", "council": f"/staff/council/{OURS}/", "board": f"/staff/results/{OURS}/"}
    assert answer.headers["Location"] == first[role]
    assert roles_of(visitor) == {OURS: [role]}
    cookie = visitor.get_cookie("peil_staff", path="/staff")
    assert cookie is not None and cookie.http_only and cookie.same_site == "Strict"
    assert cookie.expires is not None, "who forgets to leave is out after some hours"
    assert visitor.get(f"/staff/results/{OURS}/nl/").status_code == 200
    assert visitor.get(f"/staff/results/{THEIRS}/nl/").status_code == 404


def test_only_the_hash_of_a_key_is_kept(app: Flask) -> None:
    key = key_for(app, "hr")
    assert len(key) == 19 and key.count("-") == 3
    with app.app_context():
        assert roster.staff_key(digest("staff", key.replace("-", ""))) == (OURS, "hr")
    close_databases(app)
    folder: Path = app.extensions["peil.config"].data_folder
    kept = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert len(kept) > 10_000
    assert key.replace("-", "").encode() not in kept and key.encode() not in kept
    assert key_for(app, "hr") != key


@pytest.mark.parametrize("spelled", [str.lower, str.strip, lambda key: key.replace("-", " "), lambda key: f"  {key}\n"])
def test_capitals_hyphens_and_spaces_do_not_matter(spelled: object, app: Flask, visitor: FlaskClient) -> None:
    answer = visitor.post("/staff/", data={"key": spelled(key_for(app, "hr"))})  # type: ignore[operator]
    assert answer.status_code == 302


def test_keys_add_up_and_leaving_forgets_all_of_them(app: Flask, visitor: FlaskClient) -> None:
    for role, survey_id in (("hr", OURS), ("board", OURS), ("council", THEIRS), ("hr", OURS)):
        visitor.post("/staff/", data={"key": key_for(app, role, survey_id)})
    assert roles_of(visitor) == {OURS: ["board", "hr"], THEIRS: ["council"]}
    answer = visitor.post("/staff/leave")
    assert answer.headers["Location"] == "/staff/"
    assert roles_of(visitor) == {}
    assert visitor.get(f"/staff/results/{OURS}/nl/").status_code == 404


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("key", "status", "problem"),
    [
        ("", 400, "malformed"),
        ("ABCD-EFGH-JKMN", 400, "malformed"),
        ("ABCD-EFGH-JKMN-PQR!", 400, "malformed"),
        ("<script>alert(1)</script>", 400, "malformed"),
        ("0" * 5000, 400, "malformed"),
        ("ABCD-EFGH-JKMN-PQRS", 403, "unknown"),
    ],
)
def test_what_is_no_key_gets_a_sentence_and_no_role(
    key: str, status: int, problem: str, language: Language, visitor: FlaskClient
) -> None:
    answer = visitor.post("/staff/", data={"key": key}, headers={"Accept-Language": language})
    page = Page(answer.get_data(as_text=True))
    assert answer.status_code == status
    assert page.mistakes == []
    (said,) = [e for e in page.elements if e.attributes.get("role") == "alert"]
    assert said.text == words_for("staff", language)[f"problem.{problem}"]
    assert page.one("input").attributes["aria-invalid"] == "true"
    assert not page.all("script")
    assert roles_of(visitor) == {}


def test_a_form_without_a_key_is_no_key_either(visitor: FlaskClient) -> None:
    assert visitor.post("/staff/", data={"other": "x"}).status_code == 400


def test_a_link_alone_opens_nothing_until_the_button_is_pressed(app: Flask, visitor: FlaskClient) -> None:
    key = key_for(app, "hr")
    address = staff_link("https://peil.example.nl", key).removeprefix("https://peil.example.nl")
    answer = visitor.get(address)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    page = Page(answer.get_data(as_text=True))
    assert page.mistakes == []
    field = page.one("input").attributes
    assert field["value"] == key
    form = page.one("form").attributes
    assert visitor.open(form["action"], method=form["method"].upper(), data={field["name"]: field["value"]}).location
    assert roles_of(visitor) == {OURS: ["hr"]}


@pytest.mark.parametrize("key", ['"><script>alert(1)</script>', "'onfocus='x", "&lt;b&gt;"])
def test_a_link_with_something_else_in_it_stays_text(key: str, visitor: FlaskClient) -> None:
    page = Page(visitor.get(f"/staff/enter/{key.replace('/', '')}").get_data(as_text=True))
    assert page.mistakes == []
    assert not page.all("script", "b")
    assert page.one("input").attributes["value"] == key.replace("/", "")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 302),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}, 302),
        # What browsers send from a page with our own referrer policy.
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 302),
        ({"Sec-Fetch-Site": "none"}, 302),
        ({"Origin": "null"}, 302),
        ({"Origin": "http://localhost"}, 302),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://other.localhost"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://localhost.evil.example"}, 403),
        ({"Origin": "http://localhost:81"}, 403),
        ({"Origin": "nonsense"}, 403),
    ],
)
@pytest.mark.parametrize("address", ["/staff/", "/staff/leave", f"/staff/hr/{OURS}/close"])
def test_a_form_on_another_site_cannot_act_for_anybody(
    headers: dict[str, str], status: int, address: str, app: Flask
) -> None:
    client = signed_in(app, **{OURS: "board"})
    answer = client.post(address, data={"key": key_for(app, "hr"), "sure": "yes"}, headers=headers)
    if status == 403:
        assert answer.status_code == 403
        assert roles_of(client) == {OURS: ["board"]}
    else:
        # A board has no business with HR's steps, whatever site it comes from.
        assert answer.status_code == (404 if "/hr/" in address else 302)


def test_what_respondents_send_is_not_asked_where_it_comes_from(visitor: FlaskClient) -> None:
    headers = {"Origin": "https://raad.example.nl", "Sec-Fetch-Site": "cross-site"}
    assert visitor.post("/i/look", json={"survey": OURS, "token": "x"}, headers=headers).status_code in (400, 404)


def test_a_cookie_that_was_changed_opens_nothing(app: Flask) -> None:
    client = signed_in(app, **{OURS: "board"})
    cookie = client.get_cookie("peil_staff", path="/staff")
    assert cookie is not None
    for changed in (cookie.value[:-2], cookie.value.replace(".", "-", 1), "", "{}"):
        other = app.test_client()
        other.set_cookie("peil_staff", changed, path="/staff")
        assert other.get(f"/staff/results/{OURS}/nl/").status_code == 404


def test_the_choice_of_a_language_is_remembered_on_staff_pages_only(visitor: FlaskClient) -> None:
    english = {"Accept-Language": "en"}
    assert Page(visitor.get("/staff/", headers=english).get_data(as_text=True)).one("html").attributes["lang"] == "en"
    visitor.get("/staff/?language=nl", headers=english)
    assert Page(visitor.get("/staff/", headers=english).get_data(as_text=True)).one("html").attributes["lang"] == "nl"
    assert Page(visitor.get("/", headers=english).get_data(as_text=True)).one("html").attributes["lang"] == "en"
    visitor.get("/staff/?language=xx", headers=english)
    assert Page(visitor.get("/staff/", headers=english).get_data(as_text=True)).one("html").attributes["lang"] == "nl"


def test_a_key_is_told_in_groups_of_four(app: Flask) -> None:
    key = key_for(app, "council")
    assert key == in_groups(key.replace("-", ""), "-")
    assert staff_link("https://peil.example.nl", key) == f"https://peil.example.nl/staff/enter/{key}"
