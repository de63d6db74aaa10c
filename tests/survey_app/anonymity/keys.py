"""RSA keys for tests: real ones, made once a run, because making one takes time."""

from __future__ import annotations

from functools import cache

from cryptography.hazmat.primitives.asymmetric import rsa

from survey_app.anonymity.blindrsa import EXPONENT
from survey_app.anonymity.issuing import KEY_BITS, IssuerKey


def issuer_key(place: int = 0) -> IssuerKey:
    """An issuer key, always the same for the same ``place``."""
    return _make(place)[1]


def rsa_key(place: int = 0) -> rsa.RSAPrivateKey:
    """The RSA key in :func:`issuer_key`."""
    return _make(place)[0]


@cache
def _make(place: int) -> tuple[rsa.RSAPrivateKey, IssuerKey]:
    key = rsa.generate_private_key(public_exponent=EXPONENT, key_size=KEY_BITS)
    return key, IssuerKey(key)
