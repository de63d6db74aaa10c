"""Points of P-256, the public halves of opening keys, as 65 bytes (SEC 1, section 2.3.3, uncompressed)."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from survey_app.anonymity.encoding import Malformed, unb64u
from survey_app.anonymity.sealing import POINT_BYTES


def read_point(value: object) -> bytes:
    """The 65 bytes of a point in b64u; raises :class:`Malformed` when it is not on the curve."""
    point = unb64u(value, POINT_BYTES)
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        raise Malformed("not a point of P-256") from None
    return point


def point_of(private: ec.EllipticCurvePrivateKey) -> bytes:
    """The public point of a private key."""
    return private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
