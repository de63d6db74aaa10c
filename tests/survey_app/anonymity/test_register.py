"""The register in a key file: what was signed and opened once stays so."""

from __future__ import annotations

import json

import pytest

from survey_app.anonymity.council import key_file, keys_of, read_key_file
from survey_app.anonymity.encoding import canonical
from survey_app.anonymity.register import AgainstRegister, Register, RegisterAltered, read_register, with_register
from tests.survey_app.closed_survey import KEYS, MASTER, edited, make_manifest

PROMISE = make_manifest()
OTHER_PROMISE = make_manifest(k=6)
OTHER_SURVEY = make_manifest(survey="zzzz0000")
URN, OTHER_URN = bytes(32), bytes([1]) * 32


@pytest.fixture(scope="module")
def plain() -> str:
    return key_file(MASTER, "four loose words")


def test_a_second_promise_for_one_survey_is_refused() -> None:
    signed = Register().after_signing(PROMISE)
    assert signed.after_signing(PROMISE) == signed
    assert set(signed.after_signing(OTHER_SURVEY).entries) == {PROMISE.survey, OTHER_SURVEY.survey}
    with pytest.raises(AgainstRegister) as refused:
        signed.after_signing(OTHER_PROMISE)
    assert refused.value.objection == "second_promise"


def test_another_set_of_envelopes_is_refused() -> None:
    opened = Register().after_signing(PROMISE).after_opening(PROMISE, URN)
    assert opened.after_opening(PROMISE, URN) == opened
    with pytest.raises(AgainstRegister) as refused:
        opened.after_opening(PROMISE, OTHER_URN)
    assert refused.value.objection == "second_urn"


def test_what_was_not_signed_is_not_opened() -> None:
    with pytest.raises(AgainstRegister) as refused:
        Register().after_opening(PROMISE, URN)
    assert refused.value.objection == "promise_not_in_register"
    with pytest.raises(AgainstRegister) as refused:
        Register().after_signing(PROMISE).after_opening(OTHER_PROMISE, URN)
    assert refused.value.objection == "other_promise"


def test_a_key_is_not_destroyed_while_another_survey_needs_it() -> None:
    both = Register().after_signing(PROMISE).after_opening(PROMISE, URN).after_signing(OTHER_SURVEY)
    with pytest.raises(AgainstRegister) as refused:
        both.check_destroying(PROMISE)
    assert (refused.value.objection, refused.value.survey) == ("key_still_needed", OTHER_SURVEY.survey)
    both.after_opening(OTHER_SURVEY, URN).check_destroying(PROMISE)


def test_the_key_file_carries_the_register_and_stays_what_it_was(plain: str) -> None:
    register = Register().after_signing(OTHER_SURVEY).after_signing(PROMISE).after_opening(PROMISE, URN)
    text = with_register(plain, KEYS, register)
    assert read_register(text, KEYS) == register
    assert read_register(plain, KEYS) == Register()
    assert read_key_file(text, "four loose words") == MASTER
    value = json.loads(text)
    del value["register"]
    assert canonical(value) == plain


@pytest.mark.parametrize(
    "change",
    [
        lambda register: {**register, "surveys": []},
        lambda register: {**register, "surveys": [{**register["surveys"][0], "urn": None}]},
        lambda register: {**register, "surveys": register["surveys"] * 2},
        lambda register: {**register, "more": 1},
        lambda register: [],
    ],
)
def test_an_altered_register_is_refused(plain: str, change: object) -> None:
    text = with_register(plain, KEYS, Register().after_signing(PROMISE).after_opening(PROMISE, URN))
    with pytest.raises(RegisterAltered):
        read_register(edited(text, register=change), KEYS)


def test_the_register_of_another_key_is_refused(plain: str) -> None:
    text = with_register(plain, keys_of(bytes(16)), Register().after_signing(PROMISE))
    with pytest.raises(RegisterAltered):
        read_register(text, KEYS)
