"""A draft brings everything back, to its owner only, and looks like every other draft."""

from __future__ import annotations

import json
from typing import Any

import pytest

from survey_app.anonymity.drafts import Pass, State, open_draft, seal_draft
from survey_app.anonymity.encoding import Malformed, canonical
from survey_app.anonymity.sealing import Unopenable, draft_open, draft_seal, pad, unpad
from tests.survey_app.anonymity.invented import invent_survey, random_of

SURVEY = invent_survey()
SECRETS = SURVEY.secrets(1)
PASS = Pass("u2", SURVEY.credential(1, "u2", "locker"), SURVEY.credential(1, "u2"), SURVEY.issuer("done").n)
STATE = State({"sex": ""}, {"mf_01": 4, "mf_02": -7}, "u1", place=3, sent=True, salt=bytes(16))


def sealed(state: State = STATE) -> bytes:
    """A draft of person 1."""
    return seal_draft(SECRETS, SURVEY.manifest, PASS, state, random_of("draft"))


def resealed(**changes: Any) -> bytes:
    """The draft with other values in it."""
    text = unpad(draft_open(SECRETS.draft_key, SURVEY.manifest.hash, sealed())).decode()
    return seal_text(canonical({**json.loads(text), **changes}).encode())


def seal_text(text: bytes) -> bytes:
    """Any text as a draft of person 1."""
    return draft_seal(SECRETS.draft_key, SURVEY.manifest.hash, pad(text, SURVEY.manifest.size), random_of("draft"))


def test_everything_comes_back() -> None:
    assert open_draft(SECRETS, SURVEY.manifest, sealed()) == (PASS, STATE)


def test_an_empty_draft_is_of_the_own_unit_and_of_the_same_length() -> None:
    _, state = open_draft(SECRETS, SURVEY.manifest, sealed(State()))

    assert state == State(report_as="u2")
    assert len(sealed(State())) == len(sealed()) == SURVEY.manifest.size + 28


def test_the_text_is_what_the_browser_writes_too() -> None:
    text = unpad(draft_open(SECRETS.draft_key, SURVEY.manifest.hash, sealed())).decode()

    assert set(json.loads(text)) == {
        "about", "answers", "credentials", "done_issuer", "kind", "peil", "place", "report_as", "salt", "sent", "unit",
    }  # fmt: skip


def test_nobody_else_opens_it() -> None:
    with pytest.raises(Unopenable):
        open_draft(SURVEY.secrets(2), SURVEY.manifest, sealed())
    with pytest.raises(Unopenable):
        open_draft(SECRETS, invent_survey(wave="2027").manifest, sealed())


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "ballot"}, {"peil": 2}, {"about": []}, {"about": {"sex": 1}}, {"answers": {"mf_01": "4"}},
        {"credentials": {"ballot": "AAAA", "locker": "AAAA"}}, {"done_issuer": None}, {"place": -1}, {"sent": 1},
        {"salt": "AAAA"}, {"report_as": None}, {"colour": 1},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_draft_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        open_draft(SECRETS, SURVEY.manifest, resealed(**changes))


@pytest.mark.parametrize("text", [b"", b"{}", b"\xff\xfe", b"draft"])
def test_junk_is_refused(text: bytes) -> None:
    with pytest.raises(Malformed):
        open_draft(SECRETS, SURVEY.manifest, seal_text(text))
