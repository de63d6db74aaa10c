"""What is said about requests: nothing, not in a log, not on standard error, not even when something breaks."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from survey_app.anonymity.encoding import b64u
from survey_app.serving import HOST, make_quiet_server
from survey_app.stores import roster, urn
from tests.survey_app.respond.person import Person, refused, sha
from tests.survey_app.running_survey import RunningSurvey, make_running_survey

ADDRESS = "203.0.113.77"


@pytest.fixture
def loud(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[RunningSurvey]:
    """A survey in which every logger says all it can."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.INFO, "sqlalchemy.engine")  # every statement; at DEBUG it shows rows, on purpose
    made = make_running_survey(tmp_path)
    caplog.clear()
    yield made
    made.release()


def canaries(person: Person, *bodies: dict[str, Any]) -> set[str]:
    """Everything in requests that must not be found anywhere, and pieces of it."""
    values = {str(value) for body in bodies for value in body.values()} - {person.survey.survey_id}
    raw = person.secrets.locker_public
    return {value[:24] for value in values} | {person.token, person.secrets.code, raw.hex(), repr(raw)[2:-1], ADDRESS}


def everything(person: Person, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Good requests, bad ones, and ones in which the server breaks, from one address; the bodies that were sent."""
    client = person.survey.client
    sent: list[dict[str, Any]] = []

    def send(method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        sent.append(body)
        answer = client.open(path, method=method, json=body, environ_overrides={"REMOTE_ADDR": ADDRESS})
        return answer.status_code, answer.json

    assert send("POST", "/i/look", person.look_body)[0] == 200
    assert send("POST", "/i/issue", person.issue_body)[0] == 200
    envelope, draft = person.envelope(), person.draft(b"half")
    assert send("PUT", "/u/draft", person.draft_body(draft))[0] == 200
    status, reply = send("PUT", "/u/envelope", person.envelope_body(envelope))
    assert status == 200
    assert send("POST", "/i/done", person.done_body(reply["done"]))[0] == 200
    assert send("POST", "/u/open", person.open_body)[0] == 200
    newer = person.envelope_body(person.envelope({"mf_01": 5}), sha(envelope))
    for bad in (
        {**newer, "credential": b64u(bytes(384))},
        {**newer, "previous": newer["locker"]},
        {**newer, "x": "an unknown key"},
    ):
        assert send("PUT", "/u/envelope", bad)[0] in (400, 403)
    assert send("POST", "/i/look", {**person.look_body, "token": "0" * 16})[0] == 404

    def put_badly(*arguments: Any) -> bytes:
        raise RuntimeError(f"cannot keep {arguments!r} {envelope!r}")

    def issue_badly(*arguments: Any) -> bytes:
        raise KeyError(arguments, person.token)

    with monkeypatch.context() as patch:
        patch.setattr(urn, "put_envelope", put_badly)
        patch.setattr(roster, "issue", issue_badly)
        assert send("PUT", "/u/envelope", newer) == refused("failed", 500)
        assert send("POST", "/i/issue", person.issue_body) == refused("failed", 500)
    return sent


def test_no_log_repeats_anything_of_a_request(
    loud: RunningSurvey,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    person = Person(loud)
    bodies = everything(person, monkeypatch)
    said = caplog.text + "".join(capfd.readouterr())
    assert "UPDATE locker SET" in said, "the loggers are as loud as they can be"
    assert "RuntimeError in survey_app.respond.api, line " in said
    assert "KeyError in survey_app.respond.api, line " in said
    assert [canary for canary in canaries(person, *bodies) if canary in said] == []
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == [
        line for line in caplog.messages if " in survey_app.respond.api, line " in line
    ]


def test_a_server_says_nothing_even_when_its_visitor_hangs_up(
    loud: RunningSurvey, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    person = Person(loud)
    server = make_quiet_server(loud.app, 0)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        for path, length in (("/i/look", 10), ("/i/look", 5000), (f"/i/look?{person.token}", 70_000), ("/none", 10)):
            connection = HTTPConnection(HOST, server.port, timeout=30)
            connection.putrequest("POST", path)
            connection.putheader("Content-Type", "application/json")
            connection.putheader("Content-Length", str(length))
            connection.endheaders(person.token.encode())
            connection.close()
        connection = HTTPConnection(HOST, server.port, timeout=30)
        connection.request("POST", "/i/look", b" " * 200_000, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (413, b'{"error":"too_large"}')
        connection.close()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    said = caplog.text + "".join(capfd.readouterr())
    assert person.token not in said and HOST not in said
