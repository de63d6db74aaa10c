"""A ballot counts when everything about it is right, and not otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from survey_app.anonymity.ballot import (
    InvalidBallot,
    content_text,
    hidden_leaf,
    make_ballot,
    make_leaf,
    parse_ballot,
    read_content,
)
from survey_app.anonymity.encoding import Malformed, b64u, canonical, digest, unb64u
from tests.survey_app.anonymity.invented import invent_survey

SURVEY = invent_survey()
BALLOT = SURVEY.ballot(1, "u2", mf_02=5)


def flaw_of(text: str) -> str:
    """Why a ballot does not count."""
    with pytest.raises(InvalidBallot) as invalid:
        parse_ballot(text, SURVEY.manifest, SURVEY.issuers)
    return invalid.value.flaw


def with_content(content: str, unit: str = "u2") -> str:
    """A ballot that is right but for its content."""
    return make_ballot(SURVEY.secrets(1), unit, SURVEY.credential(1, unit), content)


def test_a_valid_ballot_is_read() -> None:
    ballot = parse_ballot(BALLOT, SURVEY.manifest, SURVEY.issuers)

    assert ballot.text == BALLOT
    assert (ballot.unit, ballot.key) == ("u2", SURVEY.secrets(1).ballot_public)
    assert ballot.said.answers == {"mf_01": 3, "mf_02": 5}
    assert ballot.said.about == {"sex": "women"}
    assert ballot.said.report_as == "u2"
    assert ballot.content_hash == digest("content", ballot.content)
    assert ballot.id == digest("ballot-id", ballot.key)


def test_a_leaf_shows_everything_but_the_answers() -> None:
    ballot = parse_ballot(BALLOT, SURVEY.manifest, SURVEY.issuers)
    leaf = json.loads(ballot.leaf)

    assert leaf == {**json.loads(BALLOT), "content": b64u(ballot.content_hash)}
    assert "mf_01" not in ballot.leaf
    assert ballot.leaf == make_leaf(SURVEY.secrets(1), "u2", ballot.credential, ballot.content)
    assert json.loads(hidden_leaf(ballot.leaf)) == {"hidden": b64u(digest("leaf", ballot.leaf))}


@pytest.mark.parametrize("report_as", ["u2", "u1", "u0"])
def test_one_may_be_reported_under_a_larger_unit(report_as: str) -> None:
    ballot = parse_ballot(SURVEY.ballot(1, "u2", report_as), SURVEY.manifest, SURVEY.issuers)
    assert ballot.said.report_as == report_as


@pytest.mark.parametrize("report_as", ["u3", "u4", "u9", ""])
def test_but_under_no_other(report_as: str) -> None:
    content = SURVEY.content(1, report_as)
    assert flaw_of(with_content(content)) == "unit"


def test_another_unit_needs_another_credential() -> None:
    claims = json.loads(SURVEY.ballot(1, "u2", "u0"))

    assert flaw_of(canonical({**claims, "unit": "u3"})) == "credential"
    assert flaw_of(canonical({**claims, "unit": "u0"})) == "credential", "nobody is invited there, so no key is"
    assert flaw_of(canonical({**claims, "unit": "u9"})) == "unit"
    # Also when it is signed anew for that unit.
    content = SURVEY.content(1, "u3")
    assert flaw_of(make_ballot(SURVEY.secrets(1), "u3", SURVEY.credential(1, "u2"), content)) == "credential"


def test_a_credential_is_for_one_key_and_one_purpose() -> None:
    content = SURVEY.content(1, "u2")
    for stolen in (SURVEY.credential(2, "u2"), SURVEY.credential(1, "u2", "locker"), bytes(384), b"\xff" * 384):
        assert flaw_of(make_ballot(SURVEY.secrets(1), "u2", stolen, content)) == "credential"


def test_another_survey_needs_another_credential() -> None:
    other = invent_survey(wave="2027")
    assert flaw_of(other.ballot(1, "u2")) == "credential"


def test_without_the_issuer_nothing_counts() -> None:
    with pytest.raises(InvalidBallot, match="credential"):
        parse_ballot(BALLOT, SURVEY.manifest, {})


def test_changed_answers_do_not_count() -> None:
    assert flaw_of(BALLOT.replace('mf_02\\":5', 'mf_02\\":1')) == "signature"


def test_a_signature_is_checked() -> None:
    claims = json.loads(BALLOT)
    signature = bytearray(unb64u(claims["signature"]))
    signature[3] ^= 1
    assert flaw_of(canonical({**claims, "signature": b64u(bytes(signature))})) == "signature"
    assert flaw_of(canonical({**claims, "signature": json.loads(SURVEY.ballot(2, "u2"))["signature"]})) == "signature"


FORMS: dict[str, Callable[[dict[str, Any]], object]] = {
    "no unit": lambda claims: claims.pop("unit"),
    "a key too many": lambda claims: claims.update(time=1),
    "a unit that is a number": lambda claims: claims.update(unit=2),
    "content that is no text": lambda claims: claims.update(content={}),
    "a short key": lambda claims: claims.update(key=b64u(bytes(31))),
    "a short credential": lambda claims: claims.update(credential=b64u(bytes(383))),
    "a long signature": lambda claims: claims.update(signature=b64u(bytes(65))),
    "a signature of null": lambda claims: claims.update(signature=None),
}


@pytest.mark.parametrize("change", FORMS.values(), ids=FORMS)
def test_what_is_badly_written_does_not_count(change: Callable[[dict[str, Any]], object]) -> None:
    claims = json.loads(BALLOT)
    change(claims)
    assert flaw_of(canonical(claims)) == "form"


@pytest.mark.parametrize("text", ["", "{}", "[]", BALLOT + " ", "\0" * 90, "ballot"])
def test_junk_does_not_count(text: str) -> None:
    assert flaw_of(text) == "form"


SALT = b64u(bytes(16))

CONTENTS = {
    "not canonical": '{"answers":{}, "about":{},"report_as":"u2","salt":"' + SALT + '"}',
    "no salt": canonical({"about": {}, "answers": {}, "report_as": "u2"}),
    "a short salt": canonical({"about": {}, "answers": {}, "report_as": "u2", "salt": "AAAA"}),
    "an answer in words": canonical({"about": {}, "answers": {"a": "5"}, "report_as": "u2", "salt": SALT}),
    "an answer of true": canonical({"about": {}, "answers": {"a": True}, "report_as": "u2", "salt": SALT}),
    "answers in a list": canonical({"about": {}, "answers": [1], "report_as": "u2", "salt": SALT}),
    "a category of 1": canonical({"about": {"sex": 1}, "answers": {}, "report_as": "u2", "salt": SALT}),
    "categories in a list": canonical({"about": [], "answers": {}, "report_as": "u2", "salt": SALT}),
    "a unit of null": canonical({"about": {}, "answers": {}, "report_as": None, "salt": SALT}),
    "a floating answer": '{"about":{},"answers":{"a":1.0},"report_as":"u2","salt":"' + SALT + '"}',
    "a time": canonical({"about": {}, "answers": {}, "report_as": "u2", "salt": SALT, "time": 1}),
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_badly_written_content_does_not_count(content: str) -> None:
    with pytest.raises(Malformed):
        read_content(content)
    assert flaw_of(with_content(content)) == "form"


def test_rather_not_say_is_an_answer() -> None:
    assert read_content(content_text({}, {"a": -7}, "u2", bytes(16))).answers == {"a": -7}


def test_a_salt_has_sixteen_bytes() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        content_text({}, {}, "u2", b"salt")


def test_hidden_leaves_differ() -> None:
    assert hidden_leaf(BALLOT) != hidden_leaf(SURVEY.ballot(2, "u2"))
