"""What the clients of respondents ask: the promise, credentials for an invitation, and a locker in the urn.

``/i`` knows people and signs what it cannot read; ``/u`` knows lockers and stores what it cannot
open. No request of one carries anything that the other sees, and none is logged.
"""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from flask import Blueprint, Response, current_app, request
from flask.blueprints import BlueprintSetupState

from survey_app.anonymity import blindrsa
from survey_app.anonymity.codes import BadCode, read_survey_id, token_hash
from survey_app.anonymity.derivation import done_message, locker_message, receipt_message, request_message
from survey_app.anonymity.ed25519 import verify
from survey_app.anonymity.encoding import Malformed, b64u, digest
from survey_app.anonymity.issuers import MODULUS_BYTES
from survey_app.anonymity.issuing import IssuerKey
from survey_app.anonymity.manifest import Manifest, parse_manifest
from survey_app.anonymity.sealing import DRAFT_OVERHEAD, ENVELOPE_OVERHEAD
from survey_app.respond.limits import WrongCodes
from survey_app.respond.signing import Signing, issuer_of
from survey_app.stores import StoreError, roster, urn
from survey_app.stores.errors import Changed, Closed, NotRunning, Taken, UnknownLocker, UnknownSurvey, UnknownToken
from survey_app.stores.roster import State
from survey_app.wire import Body, Refusal, error, read_body, reply, speak, written

KEY, SERIAL, HASH, SIGNATURE = 32, 32, 32, 64  # bytes

blueprint = Blueprint("respond", __name__)
speak(blueprint)

#: What the stores say, in the words of the protocol.
WORDS = {
    UnknownSurvey: "unknown",
    UnknownToken: "unknown",
    UnknownLocker: "refused",
    Taken: "taken",
    Changed: "changed",
    NotRunning: "closed",
    Closed: "closed",
    StoreError: "busy",
}

for _declined, _word in WORDS.items():
    blueprint.register_error_handler(_declined, lambda _, word=_word: error(word))


@blueprint.record_once
def _prepare(state: BlueprintSetupState) -> None:
    """Gives the application its counter of wrong codes, unless it brought one."""
    state.app.extensions.setdefault("peil.wrong_codes", WrongCodes(time.monotonic))


@blueprint.get("/m/<survey_id>.json")
def show_promise(survey_id: str) -> Response:
    """The promise and the form: the same bytes for everybody, asked for before anybody says who she is."""
    try:
        survey, manifest = _promised(read_survey_id(survey_id))
    except BadCode:
        raise Refusal("unknown") from None
    packed = request.accept_encodings["gzip"] > 0
    response = written(_write_promise(manifest, survey.witness, survey.form, packed))
    response.headers["Vary"] = "Accept-Encoding"
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    return response


@blueprint.post("/i/look")
def look() -> Response:
    """The unit of an invitation, what signs for it, and its own two bits."""
    body = read_body("survey", "token")
    survey = _running(body.survey)
    invitation, _ = _invited(survey, body.token)
    keys = _signing().keys(survey.id, survey.manifest.text)
    purposes = {"unit": invitation.unit, "locker": "locker", "done": "done"}
    issuers = {name: issuer_of(keys[purpose]).as_json() for name, purpose in purposes.items()}
    return reply(
        {"unit": invitation.unit, "issuers": issuers, "issued": invitation.issued, "done": invitation.done},
    )


@blueprint.post("/i/issue")
def issue() -> Response:
    """Both blind signatures of an invitation; only ever on one request."""
    body = read_body("survey", "token", "locker", "ballot")
    locker, ballot = body.octets("locker", MODULUS_BYTES), body.octets("ballot", MODULUS_BYTES)
    survey = _running(body.survey)
    invitation, code = _invited(survey, body.token)
    keys = _signing().keys(survey.id, survey.manifest.text)
    # Unsealed before the store begins: nobody has to wait for a key while the roster is held.
    locker_key = _signing().issuer_key(keys["locker"].private)
    unit_key = _signing().issuer_key(keys[invitation.unit].private)

    def sign(_: roster.Invitation) -> bytes:
        signed = {"locker": b64u(_sign(locker_key, locker)), "ballot": b64u(_sign(unit_key, ballot))}
        return json.dumps(signed, separators=(",", ":")).encode()

    return written(roster.issue(survey.id, code, digest("issue-request", locker, ballot), sign))


@blueprint.post("/i/done")
def note_done() -> Response:
    """Notes that the holder of an invitation is done, on the word of the urn that cannot tell whose it is."""
    body = read_body("survey", "token", "serial", "credential")
    serial, credential = body.octets("serial", SERIAL), body.octets("credential", MODULUS_BYTES)
    survey = _running(body.survey)
    _, code = _invited(survey, body.token)
    key = _signing().keys(survey.id, survey.manifest.text)["done"]
    _check_credential(done_message(survey.manifest.hash, serial), key.n, credential)
    try:
        roster.mark_done(survey.id, code, digest("done-serial", survey.manifest.hash, serial))
    except Taken:
        raise Refusal("refused") from None  # somebody else's token: no word on whether it was good once
    return reply({"done": True})


@blueprint.post("/u/open")
def open_locker() -> Response:
    """What lies in a locker, for whoever has its key; until the urn is destroyed, so that a ballot can be looked up."""
    asked = _ask_locker(read_body("survey", "locker", "signature"), looking=True)
    asked.check_signature("open")
    there = urn.locker(asked.survey_id, asked.id)
    if there is None:
        raise Refusal("closed" if asked.closed else "refused")
    lies = {"draft": _b64u_or_none(there.draft), "envelope": _b64u_or_none(there.envelope)}
    return reply({**lies, "closed": asked.closed})


@blueprint.put("/u/draft")
def put_draft() -> Response:
    """Keeps a sealed draft in the place of the one before."""
    body = read_body("survey", "locker", "credential", "draft", "previous", "signature")
    draft, previous = body.octets("draft"), body.octets("previous", HASH)
    credential = body.octets("credential", MODULUS_BYTES)
    asked = _ask_locker(body)
    asked.check_length(draft, DRAFT_OVERHEAD)
    asked.check_signature("draft", previous, hashlib.sha256(draft).digest())
    asked.check_credential(credential)
    urn.put_draft(asked.survey_id, asked.id, draft, previous)
    return reply({"draft": True})


@blueprint.put("/u/envelope")
def put_envelope() -> Response:
    """Keeps a sealed ballot in the place of the one before, and gives a receipt once it is on the disk."""
    body = read_body("survey", "locker", "credential", "envelope", "previous", "done", "signature")
    envelope, previous = body.octets("envelope"), body.octets("previous", HASH)
    credential, done = body.octets("credential", MODULUS_BYTES), body.octets("done", MODULUS_BYTES)
    hashed = hashlib.sha256(envelope).digest()
    asked = _ask_locker(body)
    asked.check_length(envelope, ENVELOPE_OVERHEAD)
    asked.check_signature("envelope", previous, hashed, done)
    asked.check_credential(credential)
    log_key = _signing().log_key(asked.urn.log_private)
    done_key = _signing().issuer_key(asked.urn.done_private)
    done_hash = digest("done-request", done)
    signed = urn.put_envelope(asked.survey_id, asked.id, envelope, previous, done_hash, lambda: _sign(done_key, done))
    receipt = log_key.sign(receipt_message(asked.manifest.hash, hashed))
    return reply({"receipt": b64u(receipt), "done": b64u(signed)})


@blueprint.post("/u/withdraw")
def withdraw() -> Response:
    """Empties a locker."""
    body = read_body("survey", "locker", "previous", "signature")
    previous = body.octets("previous", HASH)
    asked = _ask_locker(body)
    asked.check_signature("withdraw", previous)
    urn.withdraw(asked.survey_id, asked.id, previous)
    return reply({"withdrawn": True})


@dataclass(frozen=True)
class _Running:
    """A survey that gives out credentials today."""

    id: str
    manifest: Manifest


@dataclass(frozen=True)
class _AskedLocker:
    """A locker that a request is about."""

    public: bytes
    signature: bytes
    urn: urn.UrnSurvey
    manifest: Manifest
    closed: bool

    @property
    def survey_id(self) -> str:
        return self.urn.survey_id

    @property
    def id(self) -> bytes:
        return digest("locker-id", self.public)

    def check_length(self, sealed: bytes, overhead: int) -> None:
        """Refuses what is not exactly as long as everybody else's."""
        if len(sealed) != self.manifest.size + overhead:
            raise Refusal("malformed")

    def check_signature(self, action: str, *parts: bytes) -> None:
        """Refuses whoever has not the key of the locker, and what was signed for anything else."""
        if not verify(self.public, self.signature, request_message(self.manifest.hash, action, *parts)):
            raise Refusal("refused")

    def check_credential(self, credential: bytes) -> None:
        """Refuses a locker that no invitation was used for."""
        _check_credential(locker_message(self.manifest.hash, self.public), self.urn.locker_n, credential)


def _ask_locker(body: Body, *, looking: bool = False) -> _AskedLocker:
    """The locker of a request; whoever is only ``looking`` may do so after closing, until the urn is destroyed."""
    public, signature = body.octets("locker", KEY), body.octets("signature", SIGNATURE)
    stored = urn.survey(body.survey) if looking else _signing().urn_of(body.survey)
    if stored is None:
        raise Refusal("unknown")
    manifest = _parsed(stored.manifest)
    if not looking and _today() < manifest.opens:
        stored = urn.survey(stored.survey_id) or stored  # elsewhere the store refuses what comes after closing
    closed = _is_over(manifest, over=not stored.accepting)
    if closed and not looking:
        raise Refusal("closed")
    return _AskedLocker(public, signature, stored, manifest, closed)


def _promised(survey_id: str) -> tuple[roster.StoredSurvey, str]:
    """A survey with the text of its manifest; what is a draft is nobody's business yet."""
    survey = roster.survey(survey_id)
    if survey is None or survey.manifest is None or survey.state is State.DRAFT:
        raise Refusal("unknown")
    return survey, survey.manifest


def _running(survey_id: str) -> _Running:
    """A survey of which people may use their invitation today."""
    try:
        survey, text = _promised(survey_id)
    except Refusal:
        _count_wrong_code()
        raise
    manifest = _parsed(text)
    if survey.state is State.PROMISED:
        raise Refusal("early")
    if _is_over(manifest, over=survey.state is not State.RUNNING):
        raise Refusal("closed")
    return _Running(survey.id, manifest)


def _is_over(manifest: Manifest, *, over: bool) -> bool:
    """Whether it is after the last day; what was closed stays so, whatever the clock says. Refuses what is early."""
    today = _today()
    if today < manifest.opens and not over:
        raise Refusal("early")
    return over or today > manifest.closes


def _today() -> dt.date:
    return cast(Callable[[], dt.date], current_app.extensions["peil.today"])()


def _invited(survey: _Running, token: str) -> tuple[roster.Invitation, bytes]:
    """The invitation of a code and the hash by which it is found."""
    code = token_hash(survey.id, token)
    invitation = roster.find_invitation(survey.id, code)
    if invitation is None:
        _count_wrong_code()
        raise Refusal("unknown")
    return invitation, code


def _count_wrong_code() -> None:
    wrong = cast(WrongCodes, current_app.extensions["peil.wrong_codes"])
    if wrong.count(request.remote_addr):
        raise Refusal("slow_down")


def _check_credential(message: bytes, n: bytes, credential: bytes) -> None:
    if not blindrsa.verify(message, int.from_bytes(n, "big"), credential):
        raise Refusal("refused")


def _sign(key: IssuerKey, blinded: bytes) -> bytes:
    try:
        return key.sign_blinded(blinded)
    except Malformed:
        raise Refusal("malformed") from None  # not below the modulus


def _signing() -> Signing:
    extensions = current_app.extensions
    if "peil.signing" not in extensions:
        extensions["peil.signing"] = Signing(extensions["peil.vault"])
    return cast(Signing, extensions["peil.signing"])


def _b64u_or_none(sealed: bytes | None) -> str | None:
    return None if sealed is None else b64u(sealed)


#: Reading a manifest checks every field of it; the text of a promised survey does not change any more.
_parsed = lru_cache(64)(parse_manifest)


@lru_cache(16)
def _write_promise(manifest: str, witness: bytes | None, form: str, packed: bool) -> bytes:
    value = {"manifest": manifest, "witness": _b64u_or_none(witness), "form": form}
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return gzip.compress(text, mtime=0) if packed else text
