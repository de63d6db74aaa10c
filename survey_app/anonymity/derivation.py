"""Everything that follows from a recovery code, and the messages that are signed with it.

Nothing of it needs to be kept: whoever has the code and the manifest has all of it again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from survey_app.anonymity.blindrsa import SALT_BYTES
from survey_app.anonymity.codes import SECRET_SYMBOLS
from survey_app.anonymity.encoding import digest

#: What a blind signature is asked for: a locker, a ballot of a unit, the note that someone is done.
Purpose = Literal["locker", "ballot", "done"]

SEED_BYTES = 32
#: 16 bytes more than a modulus, so that reducing favours no number.
WIDE_BYTES = 400


@dataclass(frozen=True)
class Secrets:
    """The keys of one respondent in one survey.

    ``code`` is as :func:`survey_app.anonymity.codes.read_recovery_code` gives it; ``manifest_hash``
    ties everything to this survey, so that a code used twice links nothing.
    """

    code: str = field(repr=False)
    manifest_hash: bytes

    @cached_property
    def locker(self) -> Ed25519PrivateKey:
        """Opens the locker: signs everything that is put in it."""
        return Ed25519PrivateKey.from_private_bytes(self._derive("locker", SEED_BYTES))

    @cached_property
    def ballot(self) -> Ed25519PrivateKey:
        """Signs the ballot; its public key is the only name a ballot has."""
        return Ed25519PrivateKey.from_private_bytes(self._derive("ballot", SEED_BYTES))

    @cached_property
    def locker_public(self) -> bytes:
        """``L`` of the protocol."""
        return self.locker.public_key().public_bytes_raw()

    @cached_property
    def ballot_public(self) -> bytes:
        """``B`` of the protocol."""
        return self.ballot.public_key().public_bytes_raw()

    @cached_property
    def draft_key(self) -> bytes:
        """The AES-256 key of the draft."""
        return self._derive("draft", 32)

    @cached_property
    def serial(self) -> bytes:
        """The number by which the roster learns, without learning more, that someone is done."""
        return self._derive("serial", 32)

    def message(self, purpose: Purpose) -> bytes:
        """What is signed blindly for ``purpose``."""
        if purpose == "locker":
            return locker_message(self.manifest_hash, self.locker_public)
        if purpose == "ballot":
            return ballot_message(self.manifest_hash, self.ballot_public)
        return done_message(self.manifest_hash, self.serial)

    def salt(self, purpose: Purpose, issuer_hash: str) -> bytes:
        """The PSS salt of the credential for ``purpose``."""
        return self._derive(f"salt/{purpose}/{issuer_hash}", SALT_BYTES)

    def blinding(self, purpose: Purpose, issuer_hash: str, modulus: int) -> int:
        """The blinding factor for ``purpose``: another for each issuer and message, the same at each try."""
        wide = int.from_bytes(self._derive(f"blind/{purpose}/{issuer_hash}", WIDE_BYTES), "big")
        return 1 + wide % (modulus - 1)

    def _derive(self, label: str, length: int) -> bytes:
        info = b"peil/1/" + label.encode("ascii")
        secret = self.code[:SECRET_SYMBOLS].encode("ascii")
        return HKDF(SHA256(), length, self.manifest_hash, info).derive(secret)


def locker_message(manifest_hash: bytes, locker: bytes) -> bytes:
    """What the credential of a locker signs."""
    return digest("locker", manifest_hash, locker)


def ballot_message(manifest_hash: bytes, ballot: bytes) -> bytes:
    """What the credential of a ballot signs."""
    return digest("ballot", manifest_hash, ballot)


def done_message(manifest_hash: bytes, serial: bytes) -> bytes:
    """What the credential for being done signs."""
    return digest("done", manifest_hash, serial)


def request_message(manifest_hash: bytes, action: str, *parts: bytes) -> bytes:
    """What a locker signs when it asks the urn for ``action``: open, draft, envelope or withdraw."""
    return digest("locker-request", manifest_hash, action, *parts)


def receipt_message(manifest_hash: bytes, envelope_hash: bytes) -> bytes:
    """What the log key signs when an envelope has come in."""
    return digest("receipt", manifest_hash, envelope_hash)


def withdrawal_message(manifest_hash: bytes, ballot: bytes) -> bytes:
    """What a ballot signs to be taken out after the opening."""
    return digest("withdraw-ballot", manifest_hash, ballot)
