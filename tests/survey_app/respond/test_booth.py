"""The frame of the respondent's page: equal for everybody, small, and strict about what may run on it."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from analysis.benchmark.figures import load_figures
from analysis.survey import read_survey
from survey_app.anonymity.encoding import unb64u
from survey_app.respond.booth import CONTENT_SECURITY_POLICY, asset, blueprint, client_hash
from survey_app.respond.form import form_text
from survey_app.stores.roster import State
from tests.survey_app.board.page import Page
from tests.survey_app.running_survey import RunningSurvey, make_running_survey

DEMO = Path("survey_app/demo/survey.toml")

#: What a phone may have to fetch before the first question, in bytes over the wire.
MOST = 60_000


@pytest.fixture(scope="module")
def survey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSurvey]:
    """The questions of the demo, for an organisation of three teams."""
    form = form_text(read_survey(DEMO), load_figures())
    teams = {f"Wijkteam {number} van het rayon Noord": 25 for number in range(1, 4)}
    made = make_running_survey(tmp_path_factory.mktemp("booth"), form=form, teams=teams, blueprints=[blueprint])
    yield made
    made.release()


@pytest.fixture
def client(survey: RunningSurvey) -> FlaskClient:
    """A browser."""
    return survey.client


@pytest.fixture
def html(survey: RunningSurvey, client: FlaskClient) -> str:
    """The page as it is sent."""
    return client.get(f"/b/{survey.survey_id}").get_data(as_text=True)


@pytest.mark.parametrize("path", ["/b/{}", "/k/{}"])
def test_everybody_gets_the_same_bytes_and_no_cookie(survey: RunningSurvey, path: str) -> None:
    address = path.format(survey.survey_id)
    asking = [
        {},
        {"Accept-Language": "en"},
        {"Accept-Language": "nl", "Cookie": "session=1"},
        {"User-Agent": "another", "Referer": "https://mail.example.nl/"},
    ]
    answers = [survey.client.get(address, headers=headers) for headers in asking]
    assert len({answer.get_data() for answer in answers}) == 1
    assert len({str(answer.headers) for answer in answers}) == 1
    assert all(answer.status_code == 200 and "Set-Cookie" not in answer.headers for answer in answers)


def test_only_its_own_script_may_run_and_nothing_is_kept(survey: RunningSurvey, client: FlaskClient) -> None:
    headers = client.get(f"/b/{survey.survey_id}").headers
    assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    directives = dict(part.split(" ", 1) for part in CONTENT_SECURITY_POLICY.split("; "))
    assert directives["default-src"] == "'none'"
    for name in ("script-src", "style-src", "connect-src"):
        assert directives[name] == "'self'"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Clear-Site-Data" not in headers


def test_the_page_insists_on_the_files_that_belong_to_it(html: str, client: FlaskClient) -> None:
    found = re.findall(r'(?:href|src)="(/client/[^"]+)" integrity="sha384-([^"]+)"', html)
    assert len(found) == 2 == html.count("/client/")
    for address, integrity in found:
        for encoding in ("identity", "gzip"):
            answer = client.get(address, headers={"Accept-Encoding": encoding})
            content = answer.get_data()
            if encoding == "gzip":
                assert answer.headers["Content-Encoding"] == "gzip"
                content = gzip.decompress(content)
            assert base64.b64encode(hashlib.sha384(content).digest()).decode() == integrity
            assert "immutable" in answer.headers["Cache-Control"]
            assert answer.headers["Vary"] == "Accept-Encoding"


def test_the_page_is_well_formed_and_names_a_way_without_javascript(html: str, survey: RunningSurvey) -> None:
    page = Page(html)
    assert page.mistakes == []
    assert {link.attributes["href"] for link in page.all("a")} == {f"/a/{survey.survey_id}"}
    assert "vertrouwelijk, niet anoniem" in html and "confidential, not anonymous" in html


def test_without_an_assisted_path_none_is_named(survey: RunningSurvey, client: FlaskClient, tmp_path: Path) -> None:
    assert "/a/" not in client.get(f"/k/{survey.survey_id}").get_data(as_text=True), "not on a shared tablet"
    unassisted = make_running_survey(tmp_path, blueprints=[blueprint], assisted=False)
    assert "/a/" not in unassisted.client.get(f"/b/{unassisted.survey_id}").get_data(as_text=True)
    unassisted.release()


@pytest.mark.parametrize(
    "path", ["/b/zzzzzzzz", "/k/zzzzzzzz", "/b/nonsense!", "/b/x", "/client/../booth.py", "/client/x"]
)
def test_what_is_not_there_is_said_on_a_page(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    if not path.startswith("/client/.."):
        text = answer.get_data(as_text=True)
        assert "Dit onderzoek is er niet" in text and "This survey is not here" in text
        assert Page(text).mistakes == []


def test_a_survey_without_a_promise_has_no_page(tmp_path: Path) -> None:
    draft = make_running_survey(tmp_path, blueprints=[blueprint], state=State.DRAFT)
    assert draft.client.get(f"/b/{draft.survey_id}").status_code == 404
    draft.release()


def test_another_spelling_of_the_survey_leads_to_the_one_address(survey: RunningSurvey, client: FlaskClient) -> None:
    answer = client.get(f"/b/{survey.survey_id.upper()}")
    assert answer.status_code == 302 and answer.headers["Location"] == f"/b/{survey.survey_id}"


def test_the_manifest_can_name_the_script(client: FlaskClient) -> None:
    content = client.get("/client/booth.js").get_data()
    assert unb64u(client_hash()) == hashlib.sha256(content).digest()


def test_the_stand_alone_page_is_handed_out_as_a_file(client: FlaskClient) -> None:
    answer = client.get("/client/booth-standalone.html")
    assert answer.headers["Content-Disposition"] == "attachment; filename=booth-standalone.html"
    text = answer.get_data(as_text=True)
    assert "<script src" not in text and "<link" not in text
    (script,) = re.findall(r"<script>(.*)</script>", text, re.DOTALL)
    hashed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{hashed}';" in text


def test_everything_before_the_first_question_is_small(survey: RunningSurvey, html: str, client: FlaskClient) -> None:
    packed = {"Accept-Encoding": "gzip"}
    sizes = {"page": len(html.encode())}
    for name, path in (
        ("style", "/client/respond.css"),
        ("script", "/client/booth.js"),
        ("promise and questions", f"/m/{survey.survey_id}.json"),
    ):
        sizes[name] = len(client.get(path, headers=packed).get_data())
    print("over the wire:", ", ".join(f"{name} {size / 1000:.1f} kB" for name, size in sizes.items()))
    assert sum(sizes.values()) < MOST, sizes


def test_gzip_files_hold_what_they_stand_beside_and_no_time() -> None:
    for name in ("booth.js", "booth-ed25519.js", "booth-standalone.html"):
        found = asset(name)
        assert gzip.decompress(found.packed) == found.content
        assert found.packed[4:8] == bytes(4), "no time"
        assert not found.packed[3] & 0b1000, "no name"
