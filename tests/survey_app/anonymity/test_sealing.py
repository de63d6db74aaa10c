"""Envelopes and drafts: HPKE as RFC 9180 has it, and nothing opens that should not."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from survey_app.anonymity.encoding import Malformed
from survey_app.anonymity.sealing import (
    DRAFT_OVERHEAD,
    ENVELOPE_OVERHEAD,
    TooLong,
    Unopenable,
    draft_open,
    draft_seal,
    open_sealed,
    pad,
    seal,
    unpad,
)

MANIFEST, OTHER_MANIFEST = hashlib.sha256(b"one").digest(), hashlib.sha256(b"another").digest()
INFO = b"peil/1/envelope\0" + MANIFEST
KEM_ID, KDF_ID, AES_128, AES_256 = 0x0010, 0x0001, 0x0001, 0x0002


@cache
def opening_key(place: int = 0) -> ec.EllipticCurvePrivateKey:
    """A key of the council."""
    return ec.derive_private_key(place + 1234567, ec.SECP256R1())


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


class Hpke:
    """DHKEM(P-256, HKDF-SHA256), HKDF-SHA256 and AES-GCM in base mode, written from RFC 9180 for this test.

    ``key`` and ``nonce`` are those of the first message between these two keys.
    """

    def __init__(
        self, ours: ec.EllipticCurvePrivateKey, theirs: bytes, enc: bytes, pk_r: bytes, info: bytes, aead: int
    ):
        kem = b"KEM" + KEM_ID.to_bytes(2, "big")
        suite = b"HPKE" + b"".join(number.to_bytes(2, "big") for number in (KEM_ID, KDF_ID, aead))
        dh = ours.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs))
        prk = self.extract(kem, b"", b"eae_prk", dh)
        self.shared_secret = self.expand(kem, prk, b"shared_secret", enc + pk_r, 32)
        hashes = self.extract(suite, b"", b"psk_id_hash", b"") + self.extract(suite, b"", b"info_hash", info)
        secret = self.extract(suite, self.shared_secret, b"secret", b"")
        self.key = self.expand(suite, secret, b"key", b"\0" + hashes, 16 if aead == AES_128 else 32)
        self.nonce = self.expand(suite, secret, b"base_nonce", b"\0" + hashes, 12)

    @staticmethod
    def extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
        return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + ikm, "sha256")

    @staticmethod
    def expand(suite: bytes, prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
        labeled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
        return hmac.digest(prk, labeled + b"\1", "sha256")[:length]


def test_the_second_implementation_follows_the_rfc() -> None:
    # RFC 9180, appendix A.3.1; it prints AES-128-GCM for this curve.
    sender = ec.derive_private_key(0x4995788EF4B9D6132B249CE59A77281493EB39AF373D236A1FE415CB0C2D7BEB, ec.SECP256R1())
    receiver = ec.derive_private_key(0xF3CE7FDAE57E1A310D87F1EBBDE6F328BE0A99CDBCADF4D6589CF29DE4B8FFD2, ec.SECP256R1())
    context = Hpke(sender, point(receiver), point(sender), point(receiver), b"Ode on a Grecian Urn", AES_128)

    assert context.shared_secret.hex() == "c0d26aeab536609a572b07695d933b589dcf363ff9d93c93adea537aeabb8cb8"
    assert context.key.hex() == "868c066ef58aae6dc589b6cfdd18f97e"
    assert context.nonce.hex() == "4e0bc5018beba4bf004cca59"
    assert AESGCM(context.key).encrypt(context.nonce, b"Beauty is truth, truth beauty", b"Count-0").hex() == (
        "5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f9076ac232e3ab2523f39513434"
    )


@settings(max_examples=10)
@given(st.binary(max_size=200))
def test_a_second_implementation_opens_our_envelopes(data: bytes) -> None:
    envelope = seal(point(opening_key()), MANIFEST, data)

    enc, ciphertext = envelope[:65], envelope[65:]
    context = Hpke(opening_key(), enc, enc, point(opening_key()), INFO, AES_256)
    assert AESGCM(context.key).decrypt(context.nonce, ciphertext, b"") == data
    assert len(envelope) == len(data) + ENVELOPE_OVERHEAD


@settings(max_examples=10)
@given(st.binary(max_size=200))
def test_we_open_envelopes_of_a_second_implementation(data: bytes) -> None:
    ephemeral, receiver = opening_key(7), point(opening_key())
    context = Hpke(ephemeral, receiver, point(ephemeral), receiver, INFO, AES_256)
    envelope = point(ephemeral) + AESGCM(context.key).encrypt(context.nonce, data, b"")

    assert open_sealed(opening_key(), MANIFEST, envelope) == data


def test_the_same_ballot_never_makes_the_same_envelope() -> None:
    padded = pad(b"ballot", 100)

    assert len({seal(point(opening_key()), MANIFEST, padded)[:65] for _ in range(5)}) == 5


def test_only_the_right_key_and_survey_open_an_envelope() -> None:
    envelope = seal(point(opening_key()), MANIFEST, b"ballot")

    assert open_sealed(opening_key(), MANIFEST, envelope) == b"ballot"
    for key, manifest in ((opening_key(1), MANIFEST), (opening_key(), OTHER_MANIFEST)):
        with pytest.raises(Unopenable):
            open_sealed(key, manifest, envelope)


def test_damaged_envelopes_do_not_open() -> None:
    envelope = seal(point(opening_key()), MANIFEST, b"ballot")
    damaged = [
        envelope[:place] + bytes([envelope[place] ^ 1]) + envelope[place + 1 :] for place in range(len(envelope))
    ]
    cut = [envelope[:length] for length in (0, 1, 64, 65, 80, len(envelope) - 1)]

    for other in [*damaged, *cut, envelope + b"\0", b"\0" * len(envelope)]:
        with pytest.raises(Unopenable):
            open_sealed(opening_key(), MANIFEST, other)


@pytest.mark.parametrize(
    "make",
    [
        lambda right: b"",
        lambda right: right[:-1],
        lambda right: right + b"\0",
        lambda right: right[:-1] + bytes([right[-1] ^ 1]),
        lambda right: b"\2" + right[1:33],
        lambda right: bytes(65),
        lambda right: b"\4" + bytes(64),
    ],
    ids=["empty", "short", "long", "off the curve", "compressed", "zeros", "origin"],
)
def test_an_opening_key_is_a_point_of_the_curve(make: Callable[[bytes], bytes]) -> None:
    with pytest.raises(Malformed):
        seal(make(point(opening_key())), MANIFEST, b"ballot")


@given(st.binary(max_size=60), st.integers(0, 80))
def test_padding_hides_the_length_and_comes_off(data: bytes, spare: int) -> None:
    size = 4 + len(data) + spare

    assert len(pad(data, size)) == size
    assert unpad(pad(data, size)) == data


@pytest.mark.parametrize(("length", "size"), [(0, 3), (1, 4), (97, 100), (200, 100)])
def test_what_does_not_fit_is_not_padded(length: int, size: int) -> None:
    with pytest.raises(TooLong):
        pad(bytes(length), size)


@pytest.mark.parametrize(
    "padded",
    [
        b"",
        b"\0\0\0",
        b"\0\0\0\1",
        b"\0\0\0\3ab",
        b"\xff\xff\xff\xffab",
        b"\0\0\0\1a\0\0\1",
        b"\0\0\0\1a\1\0\0",
        b"\0\0\0\0a",
    ],
)
def test_other_padding_is_refused(padded: bytes) -> None:
    with pytest.raises(Malformed):
        unpad(padded)


def test_a_draft_is_written_as_the_protocol_says() -> None:
    key, nonce = bytes(range(32)), bytes(range(12))

    draft = draft_seal(key, MANIFEST, b"state", lambda size: nonce[:size])

    assert draft == nonce + AESGCM(key).encrypt(nonce, b"state", b"peil/1/draft\0" + MANIFEST)
    assert len(draft) == 5 + DRAFT_OVERHEAD
    assert draft_open(key, MANIFEST, draft) == b"state"


def test_every_draft_has_a_nonce_of_its_own() -> None:
    assert len({draft_seal(bytes(32), MANIFEST, b"")[:12] for _ in range(20)}) == 20


def test_damaged_drafts_do_not_open() -> None:
    key = bytes(range(32))
    draft = draft_seal(key, MANIFEST, b"state")
    damaged = [draft[:place] + bytes([draft[place] ^ 1]) + draft[place + 1 :] for place in range(len(draft))]

    for other in [*damaged, draft[:-1], draft[:12], draft[:5], b"", draft + b"\0"]:
        with pytest.raises(Unopenable):
            draft_open(key, MANIFEST, other)
    for other_key, manifest in ((bytes(32), MANIFEST), (key, OTHER_MANIFEST)):
        with pytest.raises(Unopenable):
            draft_open(other_key, manifest, draft)
