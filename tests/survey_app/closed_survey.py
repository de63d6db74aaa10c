"""A survey that has closed, with an urn for the council to open: what council tools are tested with.

Nothing in it comes from a server. Units from four sizes: one with plenty of ballots, two below a
division, one of which has fewer than k.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from survey_app.anonymity.ballot import content_text, make_ballot
from survey_app.anonymity.blindrsa import blind, finalize
from survey_app.anonymity.codes import new_recovery_code
from survey_app.anonymity.council import keys_of
from survey_app.anonymity.derivation import Secrets, receipt_message
from survey_app.anonymity.encoding import b64u, canonical, digest
from survey_app.anonymity.issuing import IssuerKey
from survey_app.anonymity.manifest import Manifest, Unit, sign_witness
from survey_app.anonymity.opening import write_urn
from survey_app.anonymity.sealing import pad, seal
from tests.survey_app.anonymity.keys import issuer_key

MASTER = bytes(range(16))
KEYS = keys_of(MASTER)
LOG_KEY = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"log key of tests").digest())
SURVEY = "k3m7p2qa"
FORM = canonical(
    {
        "about": [],
        "help": [],
        "languages": ["nl", "en"],
        "mirror": [],
        "peil": 1,
        "screens": [
            {
                "intro": {"en": "", "nl": ""},
                "items": [
                    {
                        "if": None,
                        "key": "mf_01",
                        "kind": "choice",
                        "options": [],
                        "text": {"en": "Do you feel worn out?", "nl": "Voel je je uitgeput?"},
                    }
                ],
                "key": "mf",
                "title": {"en": "Energy", "nl": "Energie"},
            }
        ],
    }
)

#: Path, people invited with a credential of this very unit, ballots.
UNITS: Sequence[tuple[tuple[str, ...], int, int]] = (
    ((), 0, 0),
    (("Kantoor",), 12, 8),
    (("Zorg",), 0, 0),
    (("Zorg", "Noord"), 10, 6),
    (("Zorg", "Zuid"), 14, 3),
)

#: The unit and the locker and done keys take keys in this order.
_PURPOSES = ("u1", "u3", "u4", "locker", "done")


def key_for(purpose: str) -> IssuerKey:
    """The issuing key of a unit, or of "locker" or "done"; the same in every survey of the tests."""
    return issuer_key(_PURPOSES.index(purpose))


def make_manifest(**changes: Any) -> Manifest:
    """The promise; ``changes`` replace fields of it."""
    names = {path: f"u{place}" for place, (path, _, _) in enumerate(UNITS)}
    units = [
        Unit(
            key=names[path],
            name=path[-1] if path else "Voorbeeld BV",
            parent=names[path[:-1]] if path else None,
            invited=invited,
            issuer=key_for(names[path]).issuer.hash if invited else None,
        )
        for path, invited, _ in UNITS
    ]
    values: dict[str, Any] = {
        "survey": SURVEY,
        "organisation": "Voorbeeld BV",
        "wave": "2026",
        "title": {"nl": "Werk en energie", "en": "Work and energy"},
        "level": 2,
        "assisted": True,
        "independent_client": None,
        "k": 5,
        "k_invite": 10,
        "opens": dt.date(2026, 10, 5),
        "closes": dt.date(2026, 10, 23),
        "objection_days": 14,
        "rounds": [dt.date(2026, 10, 12), dt.date(2026, 10, 19)],
        "reissue_cap": 25,
        "languages": ["nl", "en"],
        "form": digest("form", FORM),
        "client": hashlib.sha256(b"client of tests").digest(),
        "size": 2048,
        "units": units,
        "locker_issuer": key_for("locker").issuer.hash,
        "done_issuer": key_for("done").issuer.hash,
        "opening_key": KEYS.opening_key,
        "witness_key": KEYS.witness_key,
        "log_key": LOG_KEY.public_key().public_bytes_raw(),
        "plan": {"levels": 1, "cuts": ["sex", "age"]},
    }
    return Manifest.write(**{**values, **changes})


def promise_file(manifest: Manifest) -> str:
    """What HR hands to the council before the survey starts."""
    return canonical({"form": FORM, "kind": "promise", "manifest": manifest.text, "peil": 1})


@dataclass(frozen=True)
class Voter:
    """A recovery code with its credential; the same number always gives the same voter."""

    manifest: Manifest
    unit: str
    number: int

    @cached_property
    def secrets(self) -> Secrets:
        code = new_recovery_code(random.Random(f"{self.unit}/{self.number}").randbytes)
        return Secrets(code, self.manifest.hash)

    @cached_property
    def credential(self) -> bytes:
        key = key_for(self.unit)
        issuer = key.issuer
        message, salt = self.secrets.message("ballot"), self.secrets.salt("ballot", issuer.hash)
        factor = self.secrets.blinding("ballot", issuer.hash, issuer.modulus)
        signed = key.sign_blinded(blind(message, issuer.modulus, salt, factor))
        return finalize(message, issuer.modulus, signed, salt, factor)

    def ballot(self, answer: int = 3, report_as: str | None = None, unit: str | None = None) -> str:
        """A ballot; with another ``unit`` than the credential's it must not count."""
        # Categories from beyond the first plane sort otherwise in JavaScript than in Python.
        about = {"sex": ("women", "men", "\N{GRINNING FACE}", "\N{FULLWIDTH LATIN SMALL LETTER A}")[self.number % 4]}
        salt = hashlib.sha256(f"salt/{self.unit}/{self.number}".encode()).digest()[:16]
        content = content_text(about, {"mf_01": answer, "mf_02": -7}, report_as or unit or self.unit, salt)
        return make_ballot(self.secrets, unit or self.unit, self.credential, content)

    def envelope(self, ballot: str | None = None) -> bytes:
        """A sealed ballot: another one each time, because sealing takes fresh randomness."""
        return seal(KEYS.opening_key, self.manifest.hash, pad((ballot or self.ballot()).encode(), self.manifest.size))


def receipt_file(manifest: Manifest, envelope: bytes) -> str:
    """The receipt that a respondent keeps."""
    message = receipt_message(manifest.hash, hashlib.sha256(envelope).digest())
    return canonical(
        {
            "envelope": b64u(envelope),
            "kind": "receipt",
            "manifest_hash": b64u(manifest.hash),
            "peil": 1,
            "receipt": b64u(LOG_KEY.sign(message)),
        }
    )


@dataclass(frozen=True)
class ClosedSurvey:
    """What the council gets after closing; ``issued`` counts credentials by unit."""

    manifest: Manifest
    envelopes: tuple[bytes, ...]
    issued: Mapping[str, tuple[int, int]]
    done: int

    @property
    def urn(self) -> str:
        """The urn file."""
        issuers = {key_for(purpose).issuer.hash: key_for(purpose).issuer for purpose in _PURPOSES}
        witness = sign_witness(KEYS.witness, self.manifest)
        return write_urn(self.manifest, witness, issuers, self.issued, self.done, self.envelopes)

    def with_envelopes(self, *more: bytes, without: bytes = b"") -> ClosedSurvey:
        """The same survey with other envelopes in its urn."""
        return replace(self, envelopes=(*(one for one in self.envelopes if one != without), *more))


def voters(manifest: Manifest) -> list[Voter]:
    """Everybody who votes, by unit."""
    return [
        Voter(manifest, f"u{place}", number) for place, (_, _, ballots) in enumerate(UNITS) for number in range(ballots)
    ]


@cache
def closed_survey() -> ClosedSurvey:
    """17 valid ballots, one of them sealed twice, and three envelopes that do not count."""
    manifest = make_manifest()
    people = voters(manifest)
    envelopes = [
        voter.envelope(voter.ballot(report_as="u2" if voter.unit == "u3" and not voter.number else None))
        for voter in people
    ]
    liar = Voter(manifest, "u4", 99)
    envelopes += [
        people[0].envelope(people[0].ballot(answer=1)),
        liar.envelope(liar.ballot(unit="u1")),
        liar.envelope("no ballot at all"),
        bytes(manifest.size),
    ]
    issued = {f"u{place}": (ballots + 2, 0) for place, (_, invited, ballots) in enumerate(UNITS) if invited}
    return ClosedSurvey(manifest, tuple(envelopes), issued, 15)


def nearly_empty_survey() -> ClosedSurvey:
    """The same survey with fewer than k envelopes in its urn."""
    return replace(closed_survey(), envelopes=closed_survey().envelopes[:4])


def stuffed_survey() -> ClosedSurvey:
    """The same survey, in which whoever runs the server signed three ballots for itself."""
    return closed_survey().with_envelopes(*(voter.envelope() for voter in forgers()))


def forgers() -> list[Voter]:
    """Three voters of "Kantoor" to whom no invitation belongs."""
    return [Voter(closed_survey().manifest, "u1", number) for number in (50, 51, 52)]


def edited(text: str, **changes: Any) -> str:
    """A canonical file with other values: a function takes the old value and gives the new one."""
    value = json.loads(text)
    for key, change in changes.items():
        value[key] = change(value[key]) if callable(change) else change
    return canonical(value)
