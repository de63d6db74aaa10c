"""Padding and sealing: envelopes that only the council can open, drafts that only the respondent can."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from survey_app.anonymity.encoding import Malformed

POINT_BYTES = 65
LENGTH_BYTES = 4
NONCE_BYTES = 12
TAG_BYTES = 16
#: How much longer than the padded ballot an envelope is, and than the padded state a draft.
ENVELOPE_OVERHEAD = POINT_BYTES + TAG_BYTES
DRAFT_OVERHEAD = NONCE_BYTES + TAG_BYTES

_SUITE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class TooLong(ValueError):
    """More bytes than the padding of this survey can hide."""


class Unopenable(ValueError):
    """An envelope or draft that was sealed with another key, for another survey, or was damaged."""


def pad(data: bytes, size: int) -> bytes:
    """``data`` made ``size`` bytes long: its length in 4 bytes, itself, zero bytes. Raises :class:`TooLong`."""
    if LENGTH_BYTES + len(data) > size:
        raise TooLong(f"{len(data)} bytes do not fit in {size - LENGTH_BYTES}")
    return (len(data).to_bytes(LENGTH_BYTES, "big") + data).ljust(size, b"\0")


def unpad(padded: bytes) -> bytes:
    """What :func:`pad` padded; raises :class:`Malformed`, also when anything but zeros fills the rest."""
    end = LENGTH_BYTES + int.from_bytes(padded[:LENGTH_BYTES], "big")
    if end > len(padded) or padded.count(0, end) != len(padded) - end:
        raise Malformed("not padded as it should be")
    return padded[LENGTH_BYTES:end]


def seal(opening_point: bytes, manifest_hash: bytes, padded: bytes) -> bytes:
    """An envelope around ``padded`` (HPKE, RFC 9180, base mode): the ephemeral point, then the ciphertext.

    ``opening_point`` is the council's P-256 point in 65 bytes; raises :class:`Malformed` when it
    is not on the curve.
    """
    return _SUITE.encrypt(padded, _public_key(opening_point), info=_info(manifest_hash))


def open_sealed(private_key: ec.EllipticCurvePrivateKey, manifest_hash: bytes, envelope: bytes) -> bytes:
    """What was sealed in ``envelope``, still padded; raises :class:`Unopenable`."""
    try:
        return _SUITE.decrypt(envelope, private_key, info=_info(manifest_hash))
    except InvalidTag:
        raise Unopenable("the envelope cannot be opened") from None


def draft_seal(
    key: bytes, manifest_hash: bytes, padded: bytes, random: Callable[[int], bytes] = secrets.token_bytes
) -> bytes:
    """A draft around ``padded`` (AES-256-GCM): a random nonce of 12 bytes, then the ciphertext."""
    nonce = random(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, padded, _draft_context(manifest_hash))


def draft_open(key: bytes, manifest_hash: bytes, draft: bytes) -> bytes:
    """What was sealed in ``draft``, still padded; raises :class:`Unopenable`."""
    try:
        return AESGCM(key).decrypt(draft[:NONCE_BYTES], draft[NONCE_BYTES:], _draft_context(manifest_hash))
    except (InvalidTag, ValueError):
        raise Unopenable("the draft cannot be opened") from None


def _public_key(point: bytes) -> ec.EllipticCurvePublicKey:
    if len(point) != POINT_BYTES:
        raise Malformed("an opening key is an uncompressed point of 65 bytes")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        raise Malformed("the opening key is not a point of P-256") from None


def _info(manifest_hash: bytes) -> bytes:
    return b"peil/1/envelope\0" + manifest_hash


def _draft_context(manifest_hash: bytes) -> bytes:
    return b"peil/1/draft\0" + manifest_hash
