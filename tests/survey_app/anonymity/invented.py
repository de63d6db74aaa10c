"""A small invented survey with every key in reach of the test, and a server in memory that speaks the protocol."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from survey_app.anonymity import blindrsa, ed25519
from survey_app.anonymity.ballot import content_text, make_ballot
from survey_app.anonymity.codes import new_recovery_code, new_token_symbols
from survey_app.anonymity.council import CouncilKeys, keys_of
from survey_app.anonymity.derivation import (
    Purpose,
    Secrets,
    done_message,
    locker_message,
    receipt_message,
    request_message,
)
from survey_app.anonymity.encoding import b64u, canonical, digest, unb64u
from survey_app.anonymity.issuers import Issuer
from survey_app.anonymity.issuing import IssuerKey
from survey_app.anonymity.manifest import Manifest, Unit, sign_witness
from survey_app.anonymity.opening import write_urn
from survey_app.anonymity.sealing import pad, seal
from tests.survey_app.anonymity.keys import issuer_key

SURVEY = "abcd1234"
FORM = canonical({"peil": 1, "languages": ["nl", "en"], "screens": [], "about": [], "mirror": [], "help": []})
SIZE = 4096

#: Name, parent and number of invited people of each unit, in order.
TREE: tuple[tuple[str, str | None, int], ...] = (
    ("Voorbeeld BV", None, 0),
    ("Zorg", "u0", 6),
    ("Noord", "u1", 10),
    ("Zuid", "u1", 8),
    ("Kantoor", "u0", 9),
)


def random_of(seed: str) -> Callable[[int], bytes]:
    """Bytes that look random and are the same for the same seed."""
    counter = 0

    def random(length: int) -> bytes:
        nonlocal counter
        counter += 1
        return hashlib.shake_256(f"{seed} {counter}".encode()).digest(length)

    return random


@dataclass(frozen=True)
class Survey:
    """A survey of which the test holds the keys: of the council, of the issuers by purpose or unit, of the log."""

    manifest: Manifest
    council: CouncilKeys
    keys: Mapping[str, IssuerKey]
    log: Ed25519PrivateKey

    @property
    def witness(self) -> bytes:
        """The signature of the council on the manifest."""
        return sign_witness(self.council.witness, self.manifest)

    @property
    def issuers(self) -> dict[str, Issuer]:
        """All issuers by hash."""
        return {key.issuer.hash: key.issuer for key in self.keys.values()}

    def issuer(self, unit: str) -> Issuer:
        """The issuer of a unit."""
        return self.keys[unit].issuer

    def secrets(self, person: int) -> Secrets:
        """What the person with this number derives from her recovery code."""
        return Secrets(new_recovery_code(random_of(f"person {person}")), self.manifest.hash)

    def credential(self, person: int, unit: str, purpose: Purpose = "ballot") -> bytes:
        """A credential as an honest client gets it."""
        secrets, key = self.secrets(person), self.keys[unit if purpose == "ballot" else purpose]
        name, n, message = key.issuer.hash, key.issuer.modulus, secrets.message(purpose)
        salt, factor = secrets.salt(purpose, name), secrets.blinding(purpose, name, n)
        blind_signature = key.sign_blinded(blindrsa.blind(message, n, salt, factor))
        return blindrsa.finalize(message, n, blind_signature, salt, factor)

    def content(self, person: int, report_as: str, **answers: int) -> str:
        """The content of a ballot of this person."""
        return content_text({"sex": "women"}, {"mf_01": 3, **answers}, report_as, random_of(f"salt {person}")(16))

    def ballot(self, person: int, unit: str, report_as: str | None = None, **answers: int) -> str:
        """A valid ballot."""
        content = self.content(person, report_as or unit, **answers)
        return make_ballot(self.secrets(person), unit, self.credential(person, unit), content)

    def envelope(self, ballot: str) -> bytes:
        """A ballot, or any text, sealed."""
        return seal(self.manifest.opening_key, self.manifest.hash, pad(ballot.encode(), self.manifest.size))

    def urn(
        self, envelopes: Iterable[bytes], counts: Mapping[str, tuple[int, int]] | None = None, done: int = 0
    ) -> str:
        """The urn file; all invitations were used when ``counts`` does not say."""
        used = {unit.key: (unit.invited, 0) for unit in self.manifest.units} if counts is None else counts
        return write_urn(self.manifest, self.witness, self.issuers, used, done, envelopes)


def invent_survey(**changes: Any) -> Survey:
    """A survey with k = 4 and groups of at least 6 invited people; ``changes`` replace fields of the manifest."""
    council = keys_of(bytes(16))
    log = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"log").digest())
    tree = changes.pop("tree", TREE)
    keys = {"locker": issuer_key(0), "done": issuer_key(1)}
    keys |= {f"u{place}": issuer_key(2 + place) for place, (_, _, invited) in enumerate(tree) if invited}
    units = [
        Unit(f"u{place}", name, parent, invited, keys[f"u{place}"].issuer.hash if invited else None)
        for place, (name, parent, invited) in enumerate(tree)
    ]
    values: dict[str, Any] = {
        "survey": SURVEY,
        "organisation": "Voorbeeld BV",
        "wave": "2026",
        "title": {"nl": "Werk en energie", "en": "Work and energy"},
        "level": 2,
        "assisted": True,
        "independent_client": None,
        "k": 4,
        "k_invite": 6,
        "opens": dt.date(2026, 10, 5),
        "closes": dt.date(2026, 10, 23),
        "objection_days": 14,
        "rounds": (dt.date(2026, 10, 12),),
        "reissue_cap": 100,
        "languages": ("nl", "en"),
        "form": digest("form", FORM),
        "client": bytes(32),
        "size": SIZE,
        "units": units,
        "locker_issuer": keys["locker"].issuer.hash,
        "done_issuer": keys["done"].issuer.hash,
        "opening_key": council.opening_key,
        "witness_key": council.witness_key,
        "log_key": log.public_key().public_bytes_raw(),
        "plan": {"levels": 1, "cuts": ["sex"]},
    }
    return Survey(Manifest.write(**{**values, **changes}), council, keys, log)


def tokens(survey: Survey) -> dict[str, str]:
    """Every invitation code with its unit."""
    return {
        new_token_symbols(digest("token of tests", unit.key, str(number))[:10]): unit.key
        for unit in survey.manifest.units
        for number in range(unit.invited)
    }


@dataclass
class Locker:
    """One locker of the urn."""

    draft: bytes | None = None
    envelope: bytes | None = None
    done: tuple[bytes, bytes] | None = None


class No(Exception):
    """The server's refusal, with the status and word of the protocol."""

    def __init__(self, status: int, word: str) -> None:
        self.status, self.word = status, word


@dataclass
class Server:
    """An honest server in memory. ``asked`` lists the paths of all requests in their order."""

    survey: Survey
    form: str = FORM
    lockers: dict[bytes, Locker] = field(default_factory=dict)
    issued: dict[str, tuple[bytes, dict[str, str]]] = field(default_factory=dict)
    done: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    open: bool = True

    def __post_init__(self) -> None:
        self.tokens = tokens(self.survey)

    def token(self, unit: str, place: int = 0) -> str:
        """An invitation code of a unit."""
        return [token for token, key in self.tokens.items() if key == unit][place]

    @property
    def envelopes(self) -> list[bytes]:
        """What lies in the urn."""
        return [locker.envelope for locker in self.lockers.values() if locker.envelope is not None]

    def __call__(self, method: str, path: str, body: Mapping[str, Any] | None = None, /) -> tuple[int, Any]:
        self.asked.append(path)
        known: dict[tuple[str, str], Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            ("GET", f"/m/{SURVEY}.json"): self._promise,
            ("POST", "/i/look"): self._look,
            ("POST", "/i/issue"): self._issue,
            ("POST", "/i/done"): self._done,
            ("POST", "/u/open"): self._open,
            ("PUT", "/u/draft"): self._put_draft,
            ("PUT", "/u/envelope"): self._put_envelope,
            ("POST", "/u/withdraw"): self._withdraw,
        }
        try:
            if body is not None and body["survey"] != SURVEY:
                raise No(404, "unknown")
            if body is not None and not self.open and path != "/u/open":
                raise No(410, "closed")
            return 200, known[method, path](body or {})
        except No as no:
            return no.status, {"error": no.word}

    def _promise(self, body: Mapping[str, Any]) -> dict[str, Any]:
        survey = self.survey
        return {"manifest": survey.manifest.text, "witness": b64u(survey.witness), "form": self.form}

    def _look(self, body: Mapping[str, Any]) -> dict[str, Any]:
        unit = self._unit(body)
        issuers = {"unit": unit, "locker": "locker", "done": "done"}
        return {
            "unit": unit,
            "issuers": {name: self.survey.issuer(key).as_json() for name, key in issuers.items()},
            "issued": body["token"] in self.issued,
            "done": body["token"] in self.done,
        }

    def _issue(self, body: Mapping[str, Any]) -> dict[str, Any]:
        unit, token = self._unit(body), body["token"]
        request = digest("request", body["locker"], body["ballot"])
        if token not in self.issued:
            signed = {
                name: b64u(self.survey.keys[key].sign_blinded(unb64u(body[name], 384)))
                for name, key in {"locker": "locker", "ballot": unit}.items()
            }
            self.issued[token] = request, signed
        if self.issued[token][0] != request:
            raise No(409, "taken")
        return self.issued[token][1]

    def _done(self, body: Mapping[str, Any]) -> dict[str, Any]:
        self._unit(body)
        serial = unb64u(body["serial"], 32)
        self._check(done_message(self.survey.manifest.hash, serial), "done", body["credential"])
        if serial in [other for token, other in self.done.items() if token != body["token"]]:
            raise No(403, "refused")
        self.done[body["token"]] = serial
        return {"done": True}

    def _open(self, body: Mapping[str, Any]) -> dict[str, Any]:
        name = self._signed(body, "open")
        if name not in self.lockers:
            raise No(403, "refused") if self.open else No(410, "closed")
        locker = self.lockers[name]
        lies = {"draft": locker.draft, "envelope": locker.envelope}
        return {**{key: value and b64u(value) for key, value in lies.items()}, "closed": not self.open}

    def _put_draft(self, body: Mapping[str, Any]) -> dict[str, Any]:
        draft, previous = unb64u(body["draft"], SIZE + 28), unb64u(body["previous"], 32)
        locker = self._locker(body, "draft", previous, hashlib.sha256(draft).digest())
        if draft != locker.draft and previous != _hash(locker.draft):
            raise No(409, "changed")
        locker.draft = draft
        return {"draft": True}

    def _put_envelope(self, body: Mapping[str, Any]) -> dict[str, Any]:
        envelope, previous = unb64u(body["envelope"], SIZE + 81), unb64u(body["previous"], 32)
        blinded, name = unb64u(body["done"], 384), hashlib.sha256(envelope).digest()
        locker = self._locker(body, "envelope", previous, name, blinded)
        if envelope != locker.envelope and previous != _hash(locker.envelope):
            raise No(409, "changed")
        locker.envelope = envelope
        locker.done = locker.done or (blinded, self.survey.keys["done"].sign_blinded(blinded))
        if locker.done[0] != blinded:
            raise No(409, "taken")
        receipt = self.survey.log.sign(receipt_message(self.survey.manifest.hash, name))
        return {"receipt": b64u(receipt), "done": b64u(locker.done[1])}

    def _withdraw(self, body: Mapping[str, Any]) -> dict[str, Any]:
        previous = unb64u(body["previous"], 32)
        locker = self.lockers[self._signed(body, "withdraw", previous)]
        if locker.envelope is not None and previous != _hash(locker.envelope):
            raise No(409, "changed")
        locker.draft = locker.envelope = None
        return {"withdrawn": True}

    def _unit(self, body: Mapping[str, Any]) -> str:
        if body["token"] not in self.tokens:
            raise No(404, "unknown")
        return self.tokens[body["token"]]

    def _locker(self, body: Mapping[str, Any], action: str, *parts: bytes) -> Locker:
        name = self._signed(body, action, *parts)
        self._check(locker_message(self.survey.manifest.hash, name), "locker", body["credential"])
        return self.lockers.setdefault(name, Locker())

    def _signed(self, body: Mapping[str, Any], action: str, *parts: bytes) -> bytes:
        public, signature = unb64u(body["locker"], 32), unb64u(body["signature"], 64)
        if not ed25519.verify(public, signature, request_message(self.survey.manifest.hash, action, *parts)):
            raise No(403, "refused")
        return public

    def _check(self, message: bytes, purpose: str, credential: str) -> None:
        if not blindrsa.verify(message, self.survey.issuer(purpose).modulus, unb64u(credential, 384)):
            raise No(403, "refused")


def _hash(data: bytes | None) -> bytes:
    return bytes(32) if data is None else hashlib.sha256(data).digest()
