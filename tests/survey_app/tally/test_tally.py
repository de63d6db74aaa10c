"""The tally list: for people and for programs, from the opened results alone, and taking back a counted ballot."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from instruments.model import LANGUAGES, Language
from survey_app.anonymity import tree
from survey_app.anonymity.client import Booth, Refused, Respondent, load_booth
from survey_app.anonymity.derivation import Secrets, withdrawal_message
from survey_app.anonymity.ed25519 import verify
from survey_app.anonymity.encoding import b64u, digest, unb64u
from survey_app.anonymity.opening import Opening
from survey_app.stores import StoreError, reading, results, urn
from survey_app.stores.tables_results import BALLOT, BOARD_LEAF
from survey_app.tally.words import WORDS
from survey_app.transport import FlaskTransport
from tests.survey_app.board.page import Page
from tests.survey_app.running_survey import LOG_KEY, RunningSurvey, make_running_survey

Reply = tuple[int, Any]


@pytest.fixture
def survey(tmp_path: Path) -> Iterator[RunningSurvey]:
    """A survey that runs."""
    made = make_running_survey(tmp_path)
    yield made
    made.release()


class Counted:
    """A survey that was opened with the ballots of twelve people."""

    def __init__(self, survey: RunningSurvey) -> None:
        self.survey = survey
        booth: Booth = load_booth(survey.transport(), survey.survey_id)
        booth.sound.update(survey.manifest.issuer_hashes)
        people = [("u1", token) for token in survey.tokens["u1"][:10]] + [("u2", t) for t in survey.tokens["u2"][:2]]
        self.respondents: list[Respondent] = []
        for number, (_, token) in enumerate(people):
            respondent = booth.begin(token)
            respondent.submit({"sex": "women"}, {"mf_01": 1 + number % 5})
            self.respondents.append(respondent)
        self.opening: Opening = survey.open()

    def ballots(self) -> int:
        """How many ballots have answers."""
        with self.survey.app.app_context():
            return len(results.ballots(self.survey.survey_id))

    def withdraw_body(self, respondent: Respondent) -> dict[str, str]:
        """The request to take a counted ballot back."""
        secrets = Secrets(respondent.code, self.survey.manifest.hash)
        signature = secrets.ballot.sign(withdrawal_message(self.survey.manifest.hash, secrets.ballot_public))
        return {"survey": self.survey.survey_id, "key": b64u(secrets.ballot_public), "signature": b64u(signature)}


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counted]:
    """The opened survey; a test may take ballots back but not count on all of them."""
    made = make_running_survey(tmp_path_factory.mktemp("counted"))
    yield Counted(made)
    made.release()


def test_the_list_holds_every_ballot_and_its_head_is_signed_twice(counted: Counted) -> None:
    survey, opening = counted.survey, counted.opening
    send: FlaskTransport = survey.transport()
    status, head = send("GET", f"/v/{survey.survey_id}/head")
    assert status == 200
    assert head == {
        "size": 12,
        "root": b64u(opening.head.root),
        "invalid": 0,
        "urn": b64u(opening.head.urn),
        "witness": b64u(opening.opened.witness),
        "log": head["log"],
    }
    signed = opening.head.digest(survey.manifest.hash)
    assert verify(survey.manifest.witness_key, unb64u(head["witness"]), signed)
    assert verify(LOG_KEY.public_key().public_bytes_raw(), unb64u(head["log"]), signed)
    answer = survey.client.get(f"/v/{survey.survey_id.upper()}/board.jsonl")
    assert answer.status_code == 200 and answer.mimetype == "application/jsonl"
    leaves = answer.get_data(as_text=True).splitlines()
    assert leaves == sorted(opening.opened.leaves)
    assert tree.root([leaf.encode() for leaf in leaves]) == unb64u(head["root"])
    assert all(leaf.startswith('{"hidden"') for leaf in leaves), "nobody can count by unit"


def test_respondents_find_their_own_ballot(counted: Counted) -> None:
    assert {respondent.find_on_board() for respondent in counted.respondents} == {"counted"}


def test_nothing_that_is_stored_of_a_ballot_is_on_the_list(counted: Counted) -> None:
    with counted.survey.app.app_context(), reading("results") as connection:
        rows = connection.execute(select(BALLOT)).all()
        lines = list(connection.execute(select(BOARD_LEAF.c.leaf)).scalars())
    assert len(rows) == len(lines) == 12
    assert all(json.loads(line).keys() == {"hidden"} for line in lines)
    shown = {json.loads(line)["hidden"] for line in lines} | set(lines)
    for row in rows:
        for value in row._mapping.values():
            written = b64u(value) if isinstance(value, bytes) else str(value)
            assert written not in shown
            # A random line of 43 characters holds a name of two, such as that of a unit, now and then.
            assert len(written) < 8 or not any(written in line for line in lines)
            assert b64u(digest("leaf", value or "")) not in shown


def test_once_the_urn_is_destroyed_nobody_can_look_up_any_more(survey: RunningSurvey) -> None:
    made = Counted(survey)
    with survey.app.app_context():
        urn.destroy(survey.survey_id)
    assert made.respondents[0].find_on_board() == "gone"


@pytest.mark.parametrize("address", ["head", "board.jsonl"])
def test_before_the_opening_there_is_no_list(address: str, survey: RunningSurvey) -> None:
    send = survey.transport()
    assert send("GET", f"/v/{survey.survey_id}/{address}") == (404, {"error": "unknown"})
    assert send("GET", f"/v/00000000/{address}") == (404, {"error": "unknown"})
    assert send("GET", f"/v/no-survey/{address}") == (404, {"error": "unknown"})


def test_a_counted_ballot_can_be_taken_back_and_its_line_stays(counted: Counted) -> None:
    survey, respondent = counted.survey, counted.respondents[0]
    list_before = survey.client.get(f"/v/{survey.survey_id}/board.jsonl").data
    ballots = counted.ballots()
    respondent.withdraw_ballot()
    respondent.withdraw_ballot()
    assert counted.ballots() == ballots - 1
    assert survey.client.get(f"/v/{survey.survey_id}/board.jsonl").data == list_before
    assert respondent.find_on_board() == "counted"


def test_nobody_takes_back_the_ballot_of_somebody_else(counted: Counted) -> None:
    send, ballots = counted.survey.transport(), counted.ballots()
    one, other = (counted.withdraw_body(respondent) for respondent in counted.respondents[:2])
    refused = (403, {"error": "refused"})
    assert send("POST", "/v/withdraw", {**one, "signature": other["signature"]}) == refused
    assert send("POST", "/v/withdraw", {**one, "key": b64u(b"\xff" * 32)}) == refused
    stranger = Secrets("0" * 32, counted.survey.manifest.hash)
    message = withdrawal_message(counted.survey.manifest.hash, stranger.ballot_public)
    unknown = {**one, "key": b64u(stranger.ballot_public), "signature": b64u(stranger.ballot.sign(message))}
    assert send("POST", "/v/withdraw", unknown) == refused
    assert send("POST", "/v/withdraw", {**one, "survey": "00000000"}) == (404, {"error": "unknown"})
    for bent in ({**one, "more": ""}, {**one, "key": one["key"][:-2]}, {**one, "signature": None}):
        assert send("POST", "/v/withdraw", bent) == (400, {"error": "malformed"})
    assert counted.ballots() == ballots


def test_before_the_opening_nothing_can_be_taken_back_here(survey: RunningSurvey) -> None:
    booth = load_booth(survey.transport(), survey.survey_id)
    with pytest.raises(Refused, match="refused"):
        booth.begin(survey.tokens["u1"][0]).withdraw_ballot()


@pytest.mark.parametrize("language", LANGUAGES)
def test_people_read_what_the_list_is(language: Language, counted: Counted) -> None:
    survey, words = counted.survey, WORDS[language]
    answer = survey.client.get(f"/v/{survey.survey_id}/{language}")
    page = Page(answer.get_data(as_text=True))
    assert answer.status_code == 200 and page.mistakes == []
    assert page.one("html").attributes["lang"] == language
    assert survey.manifest.title[language] in page.one("h1").text
    text = page.one("main").text
    assert survey.manifest.words in text
    assert counted.opening.head.root.hex() in text.replace(" ", "")
    assert [dd.text for dd in page.all("dd")][:2] == ["12", "0"]
    for key in ("what", "why", "why.council", "hidden", "check.own", "check.receipt", "check.all"):
        assert words[key] in text
    assert words["waiting"] not in text
    assert not page.all("script") and not page.all("form")
    files = {f"/v/{survey.survey_id}/board.jsonl", f"/v/{survey.survey_id}/head"}
    assert files <= set(page.addresses)
    other = "en" if language == "nl" else "nl"
    assert f"/v/{survey.survey_id}/{other}" in page.addresses
    for address in files:
        assert survey.client.get(address).status_code == 200


def test_where_no_council_opened_none_is_said_to_check(tmp_path: Path) -> None:
    survey = make_running_survey(tmp_path, level=1)
    Counted(survey)
    text = Page(survey.client.get(f"/v/{survey.survey_id}/en").get_data(as_text=True)).one("main").text
    assert WORDS["en"]["why"] in text and WORDS["en"]["check.own"] in text
    for key in ("why.council", "check.receipt", "check.all"):
        assert WORDS["en"][key] not in text
    survey.release()


@pytest.mark.parametrize(("wanted", "language"), [("en-GB,en", "en"), ("nl", "nl"), ("fr", "nl"), ("", "nl")])
def test_without_a_choice_the_browser_chooses_the_language(
    wanted: str, language: Language, survey: RunningSurvey
) -> None:
    answer = survey.client.get(f"/v/{survey.survey_id}", headers={"Accept-Language": wanted})
    page = Page(answer.get_data(as_text=True))
    assert page.one("html").attributes["lang"] == language
    assert WORDS[language]["waiting"] in page.one("main").text
    assert page.all("dl") == [] and f"/v/{survey.survey_id}/head" not in page.addresses


def test_the_list_of_no_survey_is_a_page_that_says_so(survey: RunningSurvey) -> None:
    for address in ("/v/00000000", "/v/zz9%3Cscript%3E", "/v/00000000/en"):
        answer = survey.client.get(address, headers={"Accept-Language": "en"})
        page = Page(answer.get_data(as_text=True))
        assert answer.status_code == 404 and page.mistakes == []
        assert page.one("h1").text == WORDS["en"]["missing.title"]
        assert b"zz9" not in answer.data


def test_both_languages_say_the_same_things() -> None:
    assert WORDS["nl"].keys() == WORDS["en"].keys()


def test_a_database_that_cannot_is_busy(survey: RunningSurvey, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: str) -> None:
        raise StoreError("no room")

    monkeypatch.setattr(results, "promise", fail)
    assert survey.transport()("GET", f"/v/{survey.survey_id}/head") == (503, {"error": "busy"})


def test_every_answer_about_the_list_is_for_everybody_and_sets_no_cookie(counted: Counted) -> None:
    client = counted.survey.client
    for address in ("", "/nl", "/head", "/board.jsonl"):
        answer = client.get(f"/v/{counted.survey.survey_id}{address}")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in answer.headers
