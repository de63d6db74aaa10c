"""Blind signatures: the vectors of RFC 9474, other sizes of keys, and whatever must be refused."""

from __future__ import annotations

import hashlib
import json
import math
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from survey_app.anonymity.blindrsa import (
    EXPONENT,
    InvalidSignature,
    blind,
    encode,
    finalize,
    modulus_bytes,
    verify,
)

VECTORS = json.loads((Path(__file__).parent / "rfc9474_vectors.json").read_text(encoding="utf-8"))["vectors"]


def number(text: str) -> int:
    return int(text, 16)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_vectors_of_the_rfc(vector: dict[str, str]) -> None:
    n, message, salt = number(vector["n"]), bytes.fromhex(vector["input_msg"]), bytes.fromhex(vector["salt"])
    r = pow(number(vector["inv"]), -1, n)

    if "encoded_msg" in vector:
        assert encode(message, n.bit_length() - 1, salt).hex() == vector["encoded_msg"]
    blinded = blind(message, n, salt, r)
    assert blinded.hex() == vector["blinded_msg"]
    blind_signature = pow(number(vector["blinded_msg"]), number(vector["d"]), n).to_bytes(512, "big")
    assert blind_signature.hex() == vector["blind_sig"]
    signature = finalize(message, n, blind_signature, salt, r)
    assert signature.hex() == vector["sig"]
    assert verify(message, n, signature, number(vector["sLen"]))
    assert not verify(message + b"\0", n, signature, number(vector["sLen"]))


def test_all_variants_are_among_the_vectors() -> None:
    assert len(VECTORS) == 5
    assert {(vector["is_randomized"], vector["sLen"]) for vector in VECTORS} == {
        ("00", "00"),
        ("00", "30"),
        ("01", "00"),
        ("01", "30"),
    }
    # The last case exists with two blinding factors; both lead to the same signature.
    zero = [vector for vector in VECTORS if (vector["is_randomized"], vector["sLen"]) == ("00", "00")]
    assert len({vector["inv"] for vector in zero}) == 2
    assert len({vector["sig"] for vector in zero}) == 1


@cache
def private_key(bits: int) -> tuple[int, int]:
    """Modulus and private exponent of a small key."""
    numbers = rsa.generate_private_key(public_exponent=EXPONENT, key_size=bits).private_numbers()
    return numbers.public_numbers.n, numbers.d


def sign(blinded: bytes, n: int, d: int) -> bytes:
    return pow(int.from_bytes(blinded, "big"), d, n).to_bytes(modulus_bytes(n), "big")


# Where the encoded message is a whole byte shorter than the modulus (1025), or has few bits to clear.
@pytest.mark.parametrize("bits", [1024, 1025, 1026, 1031])
@pytest.mark.parametrize("salt_bytes", [0, 48])
@settings(max_examples=10)
@given(data=st.data())
def test_openssl_accepts_what_comes_out_for_any_size(bits: int, salt_bytes: int, data: st.DataObject) -> None:
    n, d = private_key(bits)
    message = data.draw(st.binary(max_size=80))
    salt = data.draw(st.binary(min_size=salt_bytes, max_size=salt_bytes))
    r = data.draw(st.integers(2, n - 1))

    signature = finalize(message, n, sign(blind(message, n, salt, r), n, d), salt, r)

    assert len(signature) == (bits + 7) // 8
    assert verify(message, n, signature, salt_bytes)
    assert not verify(message, n, signature, 48 - salt_bytes)


def test_a_blinded_message_could_be_any_message() -> None:
    n, d = private_key(1024)
    salt = bytes(48)
    seen = blind(b"what Anna signs", n, salt, 12_345_678_901)

    # For any other message there is a factor that gives the same bytes: the signer learns nothing.
    encoded = int.from_bytes(encode(b"what Bob signs", n.bit_length() - 1, salt), "big")
    r = pow(int.from_bytes(seen, "big") * pow(encoded, -1, n), d, n)

    assert blind(b"what Bob signs", n, salt, r) == seen
    assert verify(b"what Bob signs", n, finalize(b"what Bob signs", n, sign(seen, n, d), salt, r))


def test_a_wrong_blind_signature_is_an_alarm() -> None:
    n, d = private_key(1024)
    other_n, other_d = private_key(1025)
    salt, r = bytes(48), 7
    right = sign(blind(b"message", n, salt, r), n, d)
    by_other_key = sign(blind(b"message", n, salt, r).rjust(129, b"\0"), other_n, other_d)
    arguments = [
        (b"message", bytes([right[0] ^ 1]) + right[1:], salt, r),
        (b"message", bytes(128), salt, r),
        (b"message", by_other_key[:128], salt, r),
        (b"message", right[:-1], salt, r),
        (b"message", b"\0" + right, salt, r),
        (b"message", b"", salt, r),
        (b"massage", right, salt, r),
        (b"message", right, bytes(47) + b"\1", r),
        (b"message", right, salt, r + 1),
    ]

    assert verify(b"message", n, finalize(b"message", n, right, salt, r))
    for message, blind_signature, other_salt, other_r in arguments:
        with pytest.raises(InvalidSignature):
            finalize(message, n, blind_signature, other_salt, other_r)


def test_junk_is_no_signature() -> None:
    n, _ = private_key(1024)

    for signature in (b"", b"\1", bytes(127), bytes(128), b"\xff" * 128, bytes(129), n.to_bytes(128, "big")):
        assert not verify(b"message", n, signature)


@pytest.mark.parametrize("n", [0, 1, 3, 2**1023, 2**3071])
def test_what_is_no_modulus_has_no_signatures(n: int) -> None:
    assert not verify(b"message", n, bytes(384))


def test_a_signature_has_one_writing() -> None:
    n, d = private_key(1025)
    signature = finalize(b"message", n, sign(blind(b"message", n, bytes(48), 5), n, d), bytes(48), 5)
    raised = int.from_bytes(signature, "big") + n

    assert verify(b"message", n, signature)
    assert not verify(b"message", n, b"\0" + signature)
    assert not verify(b"message", n, raised.to_bytes(129, "big"))


def test_factors_in_common_with_the_modulus_are_refused() -> None:
    n, _ = private_key(1024)
    for r in (0, -1, n, n + 1):
        with pytest.raises(ValueError, match="factor"):
            blind(b"message", n, bytes(48), r)

    full_of_holes = 3 * 5 * 7 * 11 * 13 * (2**1009 + 1)
    bits = full_of_holes.bit_length() - 1
    messages = [hashlib.sha256(bytes([place])).digest() for place in range(40)]
    sharing = [
        message
        for message in messages
        if math.gcd(int.from_bytes(encode(message, bits, bytes(48)), "big"), full_of_holes) != 1
    ]
    assert 10 < len(sharing) < 40
    for message in messages:
        if message in sharing:
            with pytest.raises(ValueError, match="factor"):
                blind(message, full_of_holes, bytes(48), 2**64)
        else:
            blind(message, full_of_holes, bytes(48), 2**64)


def test_a_modulus_must_hold_hash_and_salt() -> None:
    assert len(encode(b"", 98 * 8, bytes(48))) == 98
    with pytest.raises(ValueError, match="too short"):
        encode(b"", 97 * 8, bytes(48))
