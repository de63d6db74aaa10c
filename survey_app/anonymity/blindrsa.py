"""The respondent's side of RSA blind signatures (RFC 9474), with SHA-384 and an exponent of 65537.

The deterministic variants sign the message as it is. For the randomized ones the caller puts
the random prefix before the message (RFC 9474, section 4.1). The length of the salt decides
between PSS (48 bytes) and PSSZERO (none).
"""

from __future__ import annotations

import functools
import hashlib
import math

from cryptography.exceptions import InvalidSignature as NotVerified
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers

EXPONENT = 65537
SALT_BYTES = 48
HASH_BYTES = 48

_SHA384 = hashes.SHA384()


class InvalidSignature(ValueError):
    """A blind signature does not become a signature: the signer used another key, or cheats."""


def blind(message: bytes, n: int, salt: bytes, r: int) -> bytes:
    """The blinded message, as long as the modulus ``n`` (RFC 9474, section 4.2).

    ``r`` is the blinding factor, from 1 up to ``n``, random or derived from a secret, and used
    for one message only. Raises :class:`ValueError` when ``r`` or the encoded message shares a
    factor with ``n``: no honest key gives that.
    """
    encoded = int.from_bytes(encode(message, n.bit_length() - 1, salt), "big")
    if not 0 < r < n or math.gcd(r, n) != 1 or math.gcd(encoded, n) != 1:
        raise ValueError("the modulus shares a factor with what is blinded")
    return (encoded * pow(r, EXPONENT, n) % n).to_bytes(modulus_bytes(n), "big")


def finalize(message: bytes, n: int, blind_signature: bytes, salt: bytes, r: int) -> bytes:
    """The signature under ``message``, with ``salt`` and ``r`` as given to :func:`blind` (RFC 9474, section 4.4).

    Raises :class:`InvalidSignature` unless it is the one signature that these lead to. That is
    stricter than verifying, which would accept any salt.
    """
    if len(blind_signature) != modulus_bytes(n):
        raise InvalidSignature("the blind signature is not as long as the modulus")
    signature = int.from_bytes(blind_signature, "big") * pow(r, -1, n) % n
    if pow(signature, EXPONENT, n) != int.from_bytes(encode(message, n.bit_length() - 1, salt), "big"):
        raise InvalidSignature("the blind signature does not belong to the message")
    return signature.to_bytes(modulus_bytes(n), "big")


def verify(message: bytes, n: int, signature: bytes, salt_bytes: int = SALT_BYTES) -> bool:
    """Whether ``signature`` is one of ``n`` under ``message`` (RSASSA-PSS-VERIFY, RFC 8017, section 8.1.2).

    A number that is no RSA modulus has no signatures.
    """
    try:
        _public_key(n).verify(signature, message, _scheme(salt_bytes), _SHA384)
    except (NotVerified, ValueError):  # a ValueError tells that ``n`` is no modulus
        return False
    return True


def encode(message: bytes, bits: int, salt: bytes) -> bytes:
    """EMSA-PSS-ENCODE with SHA-384 (RFC 8017, section 9.1.1), to a number below 2^``bits``."""
    length = (bits + 7) // 8
    if length < HASH_BYTES + len(salt) + 2:
        raise ValueError("the modulus is too short for this hash and salt")
    digest = hashlib.sha384(bytes(8) + hashlib.sha384(message).digest() + salt).digest()
    block = bytes(length - len(salt) - HASH_BYTES - 2) + b"\1" + salt
    mask = mgf1(digest, len(block))
    masked = int.from_bytes(block, "big") ^ int.from_bytes(mask, "big")
    masked &= (1 << bits - 8 * (HASH_BYTES + 1)) - 1
    return masked.to_bytes(len(block), "big") + digest + b"\xbc"


def mgf1(seed: bytes, length: int) -> bytes:
    """The mask generation function MGF1 with SHA-384 (RFC 8017, appendix B.2.1)."""
    blocks = (length + HASH_BYTES - 1) // HASH_BYTES
    return b"".join(hashlib.sha384(seed + place.to_bytes(4, "big")).digest() for place in range(blocks))[:length]


def modulus_bytes(n: int) -> int:
    """How many bytes the modulus takes, and so a blinded message and a signature."""
    return (n.bit_length() + 7) // 8


@functools.cache
def _scheme(salt_bytes: int) -> padding.PSS:
    return padding.PSS(mgf=padding.MGF1(_SHA384), salt_length=salt_bytes)


@functools.lru_cache(maxsize=1024)
def _public_key(n: int) -> RSAPublicKey:
    return RSAPublicNumbers(EXPONENT, n).public_key()
