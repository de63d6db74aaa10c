"""Requests that are forged, bent, truncated, too large or out of turn: one fixed answer each, and no word more."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from survey_app.anonymity.derivation import locker_message, request_message
from survey_app.anonymity.encoding import b64u, unb64u
from survey_app.anonymity.issuing import IssuerKey
from survey_app.wire import MOST_BYTES, STATUS
from tests.survey_app.respond.person import METHODS, NOTHING, Person, refused, sha
from tests.survey_app.running_survey import RunningSurvey, insecure_key, make_running_survey

Body = dict[str, Any]

ADDRESSES = ("/i/look", "/i/issue", "/i/done", "/u/open", "/u/draft", "/u/envelope", "/u/withdraw")


@pytest.fixture(scope="module")
def bodies(shared: RunningSurvey) -> dict[str, Body]:
    """A good request to every address, which the tests below only ever send bent."""
    person = Person(shared, 399)
    envelope, reply = person.submit()
    return {
        "/i/look": person.look_body,
        "/i/issue": person.issue_body,
        "/i/done": person.done_body(reply["done"]),
        "/u/open": person.open_body,
        "/u/draft": person.draft_body(person.draft(b"draft")),
        "/u/envelope": person.envelope_body(envelope),
        "/u/withdraw": person.withdraw_body(NOTHING),
    }


def post(shared: RunningSurvey, path: str, data: bytes | str, kind: str = "application/json") -> tuple[int, bytes]:
    """Status and bytes of a reply to anything at all."""
    answer = shared.client.open(path, method=METHODS.get(path, "POST"), data=data, content_type=kind)
    return answer.status_code, answer.data


MALFORMED = (400, b'{"error":"malformed"}')

BENT: dict[str, Callable[[str], str | bytes]] = {
    "empty": lambda text: "",
    "cut short": lambda text: text[:-1],
    "cut in half": lambda text: text[: len(text) // 2],
    "something after it": lambda text: text + "}",
    "a list": lambda text: f"[{text}]",
    "a text": json.dumps,
    "null": lambda text: "null",
    "a number": lambda text: "1",
    "not a number": lambda text: text[:-1] + ',"more":NaN}',
    "a key more": lambda text: text[:-1] + ',"more":""}',
    "a key twice": lambda text: text[:-1] + ',"survey":"abcd1234"}',
    "a key with another name": lambda text: text.replace('"survey"', '"Survey"'),
    "another encoding": lambda text: text.encode("utf-16"),
    "a byte order mark": lambda text: text.encode("utf-8-sig"),
    "no UTF-8": lambda text: text.encode()[:-1] + b',"\xff":""}',
    "NUL": lambda text: text[:-1] + "\0}",
    "layers without end": lambda text: '{"survey":' * 6000,
    "digits without end": lambda text: '{"survey":' + "9" * 9000 + "}",
}


@pytest.mark.parametrize("bend", BENT)
@pytest.mark.parametrize("path", ADDRESSES)
def test_what_is_not_the_expected_json_is_malformed(
    path: str, bend: str, bodies: dict[str, Body], shared: RunningSurvey
) -> None:
    assert post(shared, path, BENT[bend](json.dumps(bodies[path]))) == MALFORMED


@pytest.mark.parametrize("path", ADDRESSES)
def test_every_value_is_there_is_a_text_and_has_its_form(
    path: str, bodies: dict[str, Body], shared: RunningSurvey
) -> None:
    body = bodies[path]
    for key, value in body.items():
        without = {name: other for name, other in body.items() if name != key}
        assert post(shared, path, json.dumps(without)) == MALFORMED, key
        wrong: list[Any] = [
            None,
            1,
            True,
            [value],
            {"a": value},
            "",
            "é",
            "\ud800",
            f"{value}=",
            f"{value} =",
            value[:-2],
        ]
        if key not in ("survey", "token"):
            wrong += [f" {value}", value + "AAAA", value[:-1] + "+"]
        else:
            wrong += [f"{value}0", value[:-1] + "U", value[:-1] + "*"]
        for other in wrong:
            assert post(shared, path, json.dumps({**body, key: other})) == MALFORMED, (key, other)


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_only_json_that_says_so_is_read(kind: str, bodies: dict[str, Body], shared: RunningSurvey) -> None:
    assert post(shared, "/i/look", json.dumps(bodies["/i/look"]), kind) == MALFORMED
    assert post(shared, "/i/look", json.dumps(bodies["/i/look"]), "application/json; charset=utf-8")[0] == 200


class Unread(io.BytesIO):
    """A body that nobody may read."""

    def read(self, *_: object) -> bytes:
        raise AssertionError("the body was read")

    readinto = readall = read  # type: ignore[assignment]


@pytest.mark.parametrize("path", ADDRESSES)
def test_what_is_too_large_is_refused_unread(path: str, shared: RunningSurvey) -> None:
    answer = shared.client.open(
        path,
        method=METHODS.get(path, "POST"),
        input_stream=Unread(bytes(MOST_BYTES + 1)),
        content_type="application/json",
    )
    assert (answer.status_code, answer.data) == (413, b'{"error":"too_large"}')
    assert post(shared, path, b" " * MOST_BYTES) == MALFORMED, "the largest that is read"


def test_what_does_not_say_how_large_it_is_is_read_no_further(shared: RunningSurvey) -> None:
    stream = io.BytesIO(b" " * 10 * MOST_BYTES)
    answer = shared.client.post(
        "/i/look",
        input_stream=stream,
        content_type="application/json",
        environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
    )
    assert (answer.status_code, answer.data) == (413, b'{"error":"too_large"}')
    assert stream.tell() <= MOST_BYTES + 1


@pytest.mark.parametrize("kind", ["draft", "envelope"])
@pytest.mark.parametrize("more", [-1, 1, -4000])
def test_sealed_things_are_exactly_as_long_as_everybody_elses(kind: str, more: int, newcomer: Person) -> None:
    usual = newcomer.envelope() if kind == "envelope" else newcomer.draft(b"draft")
    sealed = usual + b"x" * more if more > 0 else usual[:more]
    body = newcomer.envelope_body(sealed) if kind == "envelope" else newcomer.draft_body(sealed)
    assert newcomer.send(f"/u/{kind}", body) == refused("malformed", 400)


def test_a_blinded_number_above_the_modulus_is_malformed_and_uses_nothing_up(newcomer: Person) -> None:
    beyond = b64u(b"\xff" * 384)
    body = newcomer.issue_body
    for purpose in ("locker", "ballot"):
        assert newcomer.send("/i/issue", {**body, purpose: beyond}) == refused("malformed", 400)
    assert newcomer.send("/i/look", newcomer.look_body)[1]["issued"] is False
    newcomer.issue()
    sent = newcomer.envelope_body(envelope := newcomer.envelope(), done=b"\xff" * 384)
    assert newcomer.send("/u/envelope", sent) == refused("malformed", 400)
    assert newcomer.lies() == refused("refused", 403)
    assert newcomer.send("/u/envelope", newcomer.envelope_body(envelope))[0] == 200


def test_forged_requests_are_refused_alike(survey: RunningSurvey) -> None:
    person, other = Person(survey), Person(survey, 1)
    manifest = survey.manifest
    envelope, draft = person.envelope(), person.draft(b"draft")
    good = person.envelope_body(envelope)
    other.issue()
    elsewhere = Ed25519PrivateKey.generate()
    other_survey = bytes(32)
    L = person.secrets.locker
    message = request_message(manifest.hash, "envelope", NOTHING, sha(envelope), person.done)
    own_key = _signed(IssuerKey.generate(), locker_message(manifest.hash, person.secrets.locker_public))
    forged = {
        "the credential of another locker": {"credential": b64u(other.credentials["locker"])},
        "the credential of the ballot": {"credential": b64u(person.credentials["ballot"])},
        "a credential of a key of one's own": {"credential": b64u(own_key)},
        "a credential from another survey": {
            "credential": b64u(
                _signed(insecure_key("ssss0000", "locker"), locker_message(other_survey, person.secrets.locker_public))
            )
        },
        "no credential": {"credential": b64u(bytes(384))},
        "the largest number as a credential": {"credential": b64u(b"\xff" * 384)},
        "a signature by another key": {"signature": b64u(elsewhere.sign(message))},
        "another locker": {"locker": b64u(elsewhere.public_key().public_bytes_raw())},
        "a locker that is no point": {"locker": b64u(b"\xff" * 32)},
        "the signature under something else": {"signature": b64u(L.sign(sha(envelope)))},
        "the signature for another survey": {
            "signature": b64u(L.sign(request_message(other_survey, "envelope", NOTHING, sha(envelope), person.done)))
        },
        "the signature for a draft": {
            "signature": b64u(L.sign(request_message(manifest.hash, "draft", NOTHING, sha(envelope))))
        },
        "another envelope": {"envelope": b64u(other.envelope())},
        "another moment": {"previous": b64u(sha(envelope))},
        "another note that somebody is done": {"done": b64u(other.done)},
    }
    for name, change in forged.items():
        assert person.send("/u/envelope", {**good, **change}) == refused("refused", 403), name
    assert person.send("/u/draft", {**person.draft_body(draft), "credential": b64u(bytes(384))}) == refused(
        "refused", 403
    )
    assert survey.envelopes() == []
    assert person.lies() == refused("refused", 403), "nothing was made on the way"
    assert person.send("/u/envelope", good)[0] == 200
    withdrawing = {**person.withdraw_body(sha(envelope)), "signature": person.open_body["signature"]}
    assert person.send("/u/withdraw", withdrawing) == refused("refused", 403)
    assert survey.envelopes() == [envelope]


def test_nobody_is_done_without_the_urns_word(person: Person) -> None:
    _, reply = person.submit()
    good = person.done_body(reply["done"])
    for change in (
        {"serial": b64u(bytes(32))},
        {"credential": b64u(bytes(384))},
        {"credential": b64u(person.credentials["locker"])},
        {"credential": reply["done"]},
    ):
        assert person.send("/i/done", {**good, **change}) == refused("refused", 403)
    assert person.send("/i/look", person.look_body)[1]["done"] is False
    assert person.send("/i/done", good)[0] == 200


def test_what_is_good_in_one_survey_is_nothing_in_another(shared: RunningSurvey, newcomer: Person) -> None:
    other = make_running_survey(shared.folder, survey_id="eeee0000", teams={"Zorg": 20}, app=shared.app)
    stranger = Person(other)
    envelope = newcomer.envelope()
    body = newcomer.envelope_body(envelope)
    assert newcomer.send("/u/envelope", {**body, "survey": other.survey_id}) == refused("refused", 403)
    assert newcomer.send("/i/look", {**newcomer.look_body, "survey": other.survey_id}) == refused("unknown", 404)
    assert newcomer.send("/i/look", {**newcomer.look_body, "token": stranger.token}) == refused("unknown", 404)
    assert other.envelopes() == []


def _signed(key: IssuerKey, message: bytes) -> bytes:
    private = load_der_private_key(key.to_der(), password=None)
    assert isinstance(private, RSAPrivateKey)
    return private.sign(message, padding.PSS(padding.MGF1(hashes.SHA384()), 48), hashes.SHA384())


FIXED = {
    (status, f'{{"error":"{word}"}}'.encode()) for word, status in STATUS.items() if word not in ("failed", "busy")
}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary().map(b64u),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=60)
@given(path=st.sampled_from(ADDRESSES), data=st.data())
def test_whatever_is_sent_gets_a_fixed_answer(
    path: str, data: st.DataObject, bodies: dict[str, Body], shared: RunningSurvey
) -> None:
    good = bodies[path]
    key = data.draw(st.sampled_from(sorted(good)))
    octets = st.binary(max_size=400).map(b64u) | st.sampled_from([0, 32, 64, 384]).flatmap(
        lambda size: st.binary(min_size=size, max_size=size).map(b64u)
    )
    sent: bytes | str = data.draw(
        st.binary(max_size=300)
        | JSON.map(json.dumps)
        | (JSON | octets).map(lambda value: json.dumps({**good, key: value}))
        | st.dictionaries(st.sampled_from(sorted(good)), octets).map(lambda some: json.dumps({**good, **some}))
    )
    answer = post(shared, path, sent)
    assert answer in FIXED or answer[0] == 200, answer
    if answer[0] == 200:
        assert all(json.loads(sent)[name].strip() for name in good)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(path=st.sampled_from(ADDRESSES), place=st.integers(min_value=0), bit=st.integers(0, 7), data=st.data())
def test_one_wrong_bit_anywhere_is_one_too_many(
    path: str, place: int, bit: int, data: st.DataObject, bodies: dict[str, Body], shared: RunningSurvey
) -> None:
    good = bodies[path]
    keys = sorted(set(good) - {"survey", "token"})
    if not keys or path == "/i/issue":  # another blinded number is another request, told as taken
        return
    key = data.draw(st.sampled_from(keys))
    octets = bytearray(unb64u(good[key]))
    octets[place % len(octets)] ^= 1 << bit
    assert post(shared, path, json.dumps({**good, key: b64u(bytes(octets))})) in FIXED
