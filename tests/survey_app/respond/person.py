"""A respondent who makes every request by hand, so that a test can bend any part of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from survey_app.anonymity import blindrsa
from survey_app.anonymity.ballot import content_text, make_ballot
from survey_app.anonymity.codes import new_recovery_code
from survey_app.anonymity.derivation import Purpose, Secrets, request_message
from survey_app.anonymity.encoding import b64u, unb64u
from survey_app.anonymity.issuers import Issuer
from survey_app.anonymity.sealing import DRAFT_OVERHEAD, pad, seal
from tests.survey_app.running_survey import RunningSurvey

NOTHING = bytes(32)
METHODS = {"/u/draft": "PUT", "/u/envelope": "PUT"}

Reply = tuple[int, dict[str, Any]]


def sha(data: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(data).digest()


def refused(word: str, status: int) -> Reply:
    """The fixed reply of an error."""
    return status, {"error": word}


class Person:
    """One invited person with one recovery code; ``number`` tells people of a unit apart."""

    def __init__(self, survey: RunningSurvey, number: int = 0, unit: str = "u1", code: str | None = None) -> None:
        self.survey = survey
        self.unit = unit
        self.token = survey.tokens[unit][number]
        self.secrets = Secrets(code or new_recovery_code(), survey.manifest.hash)
        self.done = blindrsa.blind(*self._blinding("done"))

    def send(self, path: str, body: Mapping[str, Any]) -> Reply:
        """Status and reply of a request as it is."""
        status, reply = self.survey.transport()(METHODS.get(path, "POST"), path, body)
        assert isinstance(reply, dict), reply
        return status, reply

    @property
    def look_body(self) -> dict[str, str]:
        return {"survey": self.survey.survey_id, "token": self.token}

    @property
    def issue_body(self) -> dict[str, str]:
        blinded = {purpose: b64u(blindrsa.blind(*self._blinding(purpose))) for purpose in ("locker", "ballot")}
        return {**self.look_body, **blinded}

    def issue(self) -> None:
        """Gets both credentials."""
        assert self.credentials

    @cached_property
    def credentials(self) -> dict[str, bytes]:
        status, reply = self.send("/i/issue", self.issue_body)
        assert status == 200, reply
        return {purpose: self.finish(purpose, unb64u(reply[purpose])) for purpose in ("locker", "ballot")}

    def finish(self, purpose: Purpose, blind_signature: bytes) -> bytes:
        """The credential in a blind signature."""
        message, n, salt, factor = self._blinding(purpose)
        return blindrsa.finalize(message, n, blind_signature, salt, factor)

    def envelope(self, answers: Mapping[str, int] | None = None) -> bytes:
        """A sealed ballot."""
        manifest = self.survey.manifest
        content = content_text({}, answers or {"mf_01": 3}, self.unit, bytes(16))
        ballot = make_ballot(self.secrets, self.unit, self.credentials["ballot"], content)
        return seal(manifest.opening_key, manifest.hash, pad(ballot.encode(), manifest.size))

    def draft(self, text: bytes) -> bytes:
        """Something as long as a draft: what is in it is nobody's business here."""
        return text.ljust(self.survey.manifest.size + DRAFT_OVERHEAD, b"\0")

    def signed(self, action: str, *parts: bytes) -> dict[str, str]:
        """The fields that every request for a locker has."""
        signature = self.secrets.locker.sign(request_message(self.survey.manifest.hash, action, *parts))
        locker = b64u(self.secrets.locker_public)
        return {"survey": self.survey.survey_id, "locker": locker, "signature": b64u(signature)}

    @property
    def open_body(self) -> dict[str, str]:
        return self.signed("open")

    def draft_body(self, draft: bytes, previous: bytes = NOTHING) -> dict[str, str]:
        given = {"draft": b64u(draft), "previous": b64u(previous), "credential": b64u(self.credentials["locker"])}
        return {**self.signed("draft", previous, sha(draft)), **given}

    def envelope_body(self, envelope: bytes, previous: bytes = NOTHING, done: bytes | None = None) -> dict[str, str]:
        done = done or self.done
        given = {"envelope": b64u(envelope), "previous": b64u(previous), "done": b64u(done)}
        credential = b64u(self.credentials["locker"])
        return {**self.signed("envelope", previous, sha(envelope), done), **given, "credential": credential}

    def withdraw_body(self, previous: bytes) -> dict[str, str]:
        return {**self.signed("withdraw", previous), "previous": b64u(previous)}

    def done_body(self, done_reply: str) -> dict[str, str]:
        credential = self.finish("done", unb64u(done_reply))
        return {**self.look_body, "serial": b64u(self.secrets.serial), "credential": b64u(credential)}

    def lies(self) -> Reply:
        """What lies in the locker."""
        return self.send("/u/open", self.open_body)

    def submit(self, answers: Mapping[str, int] | None = None) -> tuple[bytes, dict[str, Any]]:
        """A first ballot, sent; the envelope and the reply."""
        envelope = self.envelope(answers)
        status, reply = self.send("/u/envelope", self.envelope_body(envelope))
        assert status == 200, reply
        return envelope, reply

    def _blinding(self, purpose: Purpose) -> tuple[bytes, int, bytes, int]:
        issuer: Issuer = self.survey.issuers[self.unit if purpose == "ballot" else purpose].issuer
        salt = self.secrets.salt(purpose, issuer.hash)
        factor = self.secrets.blinding(purpose, issuer.hash, issuer.modulus)
        return self.secrets.message(purpose), issuer.modulus, salt, factor
