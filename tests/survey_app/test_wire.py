"""What goes over the line: errors as the protocol lists them, codes in any spelling, places without contents."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Blueprint, Flask
from werkzeug.exceptions import BadGateway

from survey_app.anonymity.codes import BadCode, read_survey_id
from survey_app.wire import STATUS, Refusal, reply, speak

PROTOCOL = Path(__file__).parents[2] / "docs" / "protocol.md"


def test_the_protocol_lists_every_error_with_its_status() -> None:
    table = PROTOCOL.read_text(encoding="utf-8").split("| error | status | when |")[1].split("\n\n")[0]
    listed = {}
    for line in table.splitlines()[2:]:
        words, status = line.split("|")[1:3]
        listed |= dict.fromkeys(re.findall(r"`(\w+)`", words), int(status))
    assert listed == STATUS


@pytest.mark.parametrize("typed", ["abcd1234", "ABCD-I234", " abcd 12 34", "abcdl234"])
def test_a_survey_id_is_read_in_any_spelling(typed: str) -> None:
    assert read_survey_id(typed) == "abcd1234"


@pytest.mark.parametrize(("typed", "reason"), [("abcd123", "length"), ("abcd12345", "length"), ("abcd123u", "symbol")])
def test_what_is_no_survey_id_is_told_apart(typed: str, reason: str) -> None:
    with pytest.raises(BadCode) as refusal:
        read_survey_id(typed)
    assert refusal.value.reason == reason


@pytest.fixture
def app() -> Flask:
    """An application with one room that breaks in many ways."""
    room = Blueprint("room", __name__)
    speak(room)

    @room.get("/<way>")
    def break_down(way: str) -> object:
        match way:
            case "refusal":
                raise Refusal("taken")
            case "gateway":
                raise BadGateway("a secret")
            case "bug":
                return [][1]
        return reply({"fine": "é"})

    app = Flask(__name__)
    app.register_blueprint(room)
    return app


@pytest.mark.parametrize(
    ("way", "status", "body"),
    [
        ("fine", 200, '{"fine":"é"}'),
        ("refusal", 409, '{"error":"taken"}'),
        ("gateway", 400, '{"error":"malformed"}'),
        ("bug", 500, '{"error":"failed"}'),
    ],
)
@pytest.mark.parametrize("testing", [True, False])
def test_whatever_happens_the_answer_is_a_fixed_one(
    way: str, status: int, body: str, testing: bool, app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    app.testing = testing
    answer = app.test_client().get(f"/{way}")
    assert (answer.status_code, answer.get_data(as_text=True)) == (status, body)
    assert answer.headers["Cache-Control"] == "no-store" and answer.headers["X-Content-Type-Options"] == "nosniff"
    assert caplog.messages == (["IndexError in an unknown place"] if way == "bug" else [])
