"""A ballot: answers with a credential of a unit and the signature of a key that nobody knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from survey_app.anonymity import blindrsa, ed25519
from survey_app.anonymity.derivation import Secrets, ballot_message
from survey_app.anonymity.encoding import Malformed, b64u, canonical, digest, parse_canonical, unb64u
from survey_app.anonymity.issuers import MODULUS_BYTES, Issuer
from survey_app.anonymity.manifest import Manifest
from survey_app.anonymity.reading import read_object

SALT_BYTES = 16
BALLOT_KEYS = frozenset({"content", "credential", "key", "signature", "unit"})

#: What is left of the content of a ballot when it goes to the server.
OPENED_KEYS = frozenset({"about", "answers", "salt"})

Flaw = Literal["form", "unit", "credential", "signature"]


class InvalidBallot(ValueError):
    """A ballot that does not count; ``flaw`` says why, which only the council's audit may tell."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(f"this ballot does not count: {flaw}")
        self.flaw: Flaw = flaw


@dataclass(frozen=True)
class Content:
    """What a ballot says: categories by cut, codes by item, and the unit to be reported under."""

    about: Mapping[str, str]
    answers: Mapping[str, int]
    report_as: str


@dataclass(frozen=True)
class Ballot:
    """A ballot that was checked. ``content`` is text as it was signed, ``content_hash`` is ``C`` of the protocol.

    Of what it says only the unit to be reported under is kept besides the text: urns are large.
    """

    text: str
    unit: str
    key: bytes
    credential: bytes
    signature: bytes
    content: str
    content_hash: bytes
    report_as: str

    @property
    def said(self) -> Content:
        """What the ballot says."""
        return read_content(self.content)

    @property
    def id(self) -> bytes:
        """The name of this ballot in the results, 32 bytes."""
        return digest("ballot-id", self.key)

    @property
    def leaf(self) -> str:
        """The ballot without its answers; the public board shows :func:`hidden_leaf` of it."""
        return leaf_text(self.unit, self.key, self.credential, self.signature, self.content_hash)


def content_text(about: Mapping[str, str], answers: Mapping[str, int], report_as: str, salt: bytes) -> str:
    """The content of a ballot; ``salt`` is 16 random bytes, so that nobody can guess answers by their hash."""
    if len(salt) != SALT_BYTES:
        raise ValueError(f"the salt of a ballot has {SALT_BYTES} bytes")
    return canonical({"about": dict(about), "answers": dict(answers), "report_as": report_as, "salt": b64u(salt)})


def make_ballot(secrets: Secrets, unit: str, credential: bytes, content: str) -> str:
    """The ballot of ``unit`` around ``content``, signed."""
    return _write(unit, secrets.ballot_public, credential, _sign(secrets, unit, digest("content", content)), content)


def make_leaf(secrets: Secrets, unit: str, credential: bytes, content: str) -> str:
    """The leaf of the ballot that :func:`make_ballot` makes of the same."""
    content_hash = digest("content", content)
    return leaf_text(unit, secrets.ballot_public, credential, _sign(secrets, unit, content_hash), content_hash)


def parse_ballot(text: str, manifest: Manifest, issuers: Mapping[str, Issuer]) -> Ballot:
    """The ballot in ``text``, checked in full; ``issuers`` by hash. Raises :class:`InvalidBallot`."""
    try:
        value = read_object(parse_canonical(text), BALLOT_KEYS)
        unit, content = value["unit"], value["content"]
        if not isinstance(unit, str) or not isinstance(content, str):
            raise Malformed("the unit and the content of a ballot are texts")
        key = unb64u(value["key"], ed25519.PUBLIC_BYTES)
        credential = unb64u(value["credential"], MODULUS_BYTES)
        signature = unb64u(value["signature"], ed25519.SIGNATURE_BYTES)
        report_as = read_content(content).report_as
    except Malformed:
        raise InvalidBallot("form") from None
    content_hash = digest("content", content)
    _check_unit(manifest, unit, report_as)
    issuer = issuers.get(manifest.unit(unit).issuer or "")
    if issuer is None or not blindrsa.verify(ballot_message(manifest.hash, key), issuer.modulus, credential):
        raise InvalidBallot("credential")
    if not ed25519.verify(key, signature, signed_message(manifest.hash, unit, content_hash)):
        raise InvalidBallot("signature")
    return Ballot(text, unit, key, credential, signature, content, content_hash, report_as)


def read_content(text: str) -> Content:
    """What the content of a ballot says; raises :class:`Malformed`. Whether items and cuts exist is not looked at."""
    value = read_object(parse_canonical(text), {"about", "answers", "report_as", "salt"})
    unb64u(value["salt"], SALT_BYTES)
    if not isinstance(value["report_as"], str):
        raise Malformed("the unit to report under is a text")
    return Content(read_about(value["about"]), read_answers(value["answers"]), value["report_as"])


def opened_content(text: str) -> str:
    """The content of a ballot without the unit that it asks for, which can be deeper than results go."""
    value = parse_canonical(text)
    return canonical({key: value[key] for key in OPENED_KEYS})


def read_opened_content(text: str) -> None:
    """Raises :class:`Malformed` unless ``text`` is what :func:`opened_content` makes."""
    value = read_object(parse_canonical(text), OPENED_KEYS)
    unb64u(value["salt"], SALT_BYTES)
    read_about(value["about"])
    read_answers(value["answers"])


def read_about(value: object) -> dict[str, str]:
    """Categories by cut; raises :class:`Malformed`."""
    if not isinstance(value, dict) or not {str}.issuperset(map(type, value.values())):
        raise Malformed("categories are texts")
    return value


def read_answers(value: object) -> dict[str, int]:
    """Codes by item; raises :class:`Malformed`."""
    if not isinstance(value, dict) or not {int}.issuperset(map(type, value.values())):
        raise Malformed("answers are whole numbers")
    return value


def leaf_text(unit: str, key: bytes, credential: bytes, signature: bytes, content_hash: bytes) -> str:
    """The leaf of a ballot."""
    return _write(unit, key, credential, signature, b64u(content_hash))


def hidden_leaf(leaf: str) -> str:
    """A leaf as everybody may see it: only who has the ballot can tell that it is hers."""
    return canonical({"hidden": b64u(digest("leaf", leaf))})


def _check_unit(manifest: Manifest, unit: str, report_as: str) -> None:
    """Refuses a unit that is not there, and reporting under one that is neither this unit nor above it."""
    try:
        path = manifest.path(unit)
    except KeyError:
        raise InvalidBallot("unit") from None
    if all(step.key != report_as for step in path):
        raise InvalidBallot("unit")


def signed_message(manifest_hash: bytes, unit: str, content_hash: bytes) -> bytes:
    """What the key of a ballot signs: these answers, in this unit, in this survey."""
    return digest("ballot-sign", manifest_hash, unit, content_hash)


def _sign(secrets: Secrets, unit: str, content_hash: bytes) -> bytes:
    return secrets.ballot.sign(signed_message(secrets.manifest_hash, unit, content_hash))


def _write(unit: str, key: bytes, credential: bytes, signature: bytes, content: str) -> str:
    """A ballot with its content, or a leaf with the hash of it: both have the same keys."""
    named = {"credential": b64u(credential), "key": b64u(key), "signature": b64u(signature)}
    return canonical({"content": content, "unit": unit, **named})
