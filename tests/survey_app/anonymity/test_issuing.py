"""Signing: libcrypto and Python give the same, neither gives a wrong signature, and threads do not meet."""

from __future__ import annotations

import importlib.util
import json
import math
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from survey_app.anonymity import issuing
from survey_app.anonymity.blindrsa import EXPONENT, blind, finalize, verify
from survey_app.anonymity.encoding import Malformed
from survey_app.anonymity.issuing import (
    IssuerKey,
    LibcryptoKey,
    PythonKey,
    RawKey,
    SigningFault,
    backend,
    best_raw_key,
)
from tests.survey_app.anonymity.keys import issuer_key, rsa_key

VECTORS = json.loads((Path(__file__).parent / "rfc9474_vectors.json").read_text(encoding="utf-8"))["vectors"]
SIZE = 384


def libcrypto_key(key: rsa.RSAPrivateKey) -> LibcryptoKey:
    """The raw operation by libcrypto; without one there is nothing to test."""
    raw = best_raw_key(key)
    if not isinstance(raw, LibcryptoKey):
        pytest.skip("this Python has no libcrypto that ctypes can reach")
    return raw


BOTH = pytest.mark.parametrize("make", [libcrypto_key, PythonKey])


def spelled(number: int) -> bytes:
    return number.to_bytes(SIZE, "big")


def test_libcrypto_is_found_where_python_is_linked_with_it() -> None:
    module = importlib.util.find_spec("_ssl")
    if not (module and module.has_location):
        pytest.skip("this Python has OpenSSL built in")

    assert backend() == "libcrypto"


def test_a_blind_signature_becomes_a_signature() -> None:
    key, salt, r = issuer_key(), bytes(range(48)), 3**1000
    n = key.issuer.modulus

    signature = finalize(b"message", n, key.sign_blinded(blind(b"message", n, salt, r)), salt, r)

    assert verify(b"message", n, signature)


@BOTH
def test_vectors_of_the_rfc(make: Callable[[rsa.RSAPrivateKey], RawKey]) -> None:
    first = {name: int(VECTORS[0][name], 16) for name in ("p", "q", "n", "d")}
    p, q, d = first["p"], first["q"], first["d"]
    numbers = rsa.RSAPrivateNumbers(
        p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), rsa.RSAPublicNumbers(EXPONENT, first["n"])
    )
    raw = make(numbers.private_key())

    for vector in VECTORS:
        assert int(vector["n"], 16) == first["n"]
        assert raw.apply(bytes.fromhex(vector["blinded_msg"])).hex() == vector["blind_sig"]
        assert raw.undo(bytes.fromhex(vector["blind_sig"])).hex() == vector["blinded_msg"]


@settings(max_examples=15)
@given(st.binary(min_size=SIZE - 1, max_size=SIZE - 1))
@example(bytes(SIZE - 1))
@example(bytes(SIZE - 2) + b"\1")
def test_libcrypto_and_python_agree(data: bytes) -> None:
    fast = IssuerKey(rsa_key(), libcrypto_key)
    slow = IssuerKey(rsa_key(), PythonKey)
    blinded = b"\0" + data

    signature = fast.sign_blinded(blinded)

    assert slow.sign_blinded(blinded) == signature
    assert pow(int.from_bytes(signature, "big"), EXPONENT, fast.issuer.modulus) == int.from_bytes(blinded, "big")


@BOTH
def test_numbers_at_the_edges(make: Callable[[rsa.RSAPrivateKey], RawKey]) -> None:
    key = IssuerKey(rsa_key(), make)
    numbers = rsa_key().private_numbers()
    # Odd powers of these are themselves; a factor of the modulus is the rarest input there is.
    for number in (0, 1, key.issuer.modulus - 1):
        assert key.sign_blinded(spelled(number)) == spelled(number)
    assert math.gcd(int.from_bytes(key.sign_blinded(spelled(numbers.p)), "big"), key.issuer.modulus) == numbers.p


@BOTH
def test_other_numbers_are_refused(make: Callable[[rsa.RSAPrivateKey], RawKey]) -> None:
    key = IssuerKey(rsa_key(), make)
    for blinded in (
        b"",
        bytes(SIZE - 1),
        bytes(SIZE + 1),
        key.issuer.n,
        spelled(key.issuer.modulus + 1),
        b"\xff" * SIZE,
    ):
        with pytest.raises(Malformed, match="below the modulus"):
            key.sign_blinded(blinded)


class Faulty:
    """A machine on which one bit of every result falls over."""

    def __init__(self, raw: RawKey, place: int) -> None:
        self._raw, self._place = raw, place

    def apply(self, number: bytes) -> bytes:
        result = bytearray(self._raw.apply(number))
        result[self._place] ^= 1
        return bytes(result)

    def undo(self, number: bytes) -> bytes:
        return self._raw.undo(number)


@BOTH
@pytest.mark.parametrize("place", [1, 200, SIZE - 1])
def test_a_wrong_signature_does_not_leave(make: Callable[[rsa.RSAPrivateKey], RawKey], place: int) -> None:
    key = IssuerKey(rsa_key(), lambda key: Faulty(make(key), place))

    with pytest.raises(SigningFault, match="wrong"):
        key.sign_blinded(spelled(2**2000 + 1))


def test_the_fault_that_would_give_away_the_key_is_caught() -> None:
    raw = PythonKey(rsa_key())
    raw._dp ^= 1 << 700
    number, modulus = 2**2000 + 1, issuer_key().issuer.modulus

    # One of the two halves is wrong: whoever sees the result can factor the modulus (Boneh, DeMillo, Lipton 1997).
    result = int.from_bytes(raw.apply(spelled(number)), "big")
    assert math.gcd(pow(result, EXPONENT, modulus) - number, modulus) == rsa_key().private_numbers().q
    with pytest.raises(SigningFault):
        IssuerKey(rsa_key(), lambda _: raw).sign_blinded(spelled(number))


def test_python_raises_blinded_numbers_only(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    secret = {rsa_key().private_numbers().dmp1, rsa_key().private_numbers().dmq1}

    def watched(base: int, exponent: int, modulus: int) -> int:
        if exponent in secret:
            seen.append(base)
        return pow(base, exponent, modulus)

    monkeypatch.setattr(issuing, "pow", watched, raising=False)
    key = IssuerKey(rsa_key(), PythonKey)
    signatures = {key.sign_blinded(spelled(12345)) for _ in range(3)}

    assert len(signatures) == 1
    assert len(seen) == len(set(seen)) == 6
    assert 12345 not in seen


def test_python_takes_its_factors_from_the_source_it_is_given() -> None:
    factors = iter([0, rsa_key().private_numbers().p, 7])
    asked: list[int] = []

    def random_below(limit: int) -> int:
        asked.append(limit)
        return next(factors)

    result = PythonKey(rsa_key(), random_below).apply(spelled(5))

    # Zero and a factor of the modulus have no inverse, so it asked again.
    assert asked == [issuer_key().issuer.modulus] * 3
    assert result == issuer_key().sign_blinded(spelled(5))


@BOTH
def test_threads_share_a_key(make: Callable[[rsa.RSAPrivateKey], RawKey]) -> None:
    key = IssuerKey(rsa_key(), make)
    count = 200 if make is libcrypto_key else 16
    numbers = [spelled(2**1500 + place) for place in range(count)]

    def sign_and_forget(number: bytes) -> bytes:
        # A key that comes and goes beside the shared one: freeing it must not touch the other.
        IssuerKey(rsa_key(1), make).sign_blinded(number)
        return key.sign_blinded(number)

    with ThreadPoolExecutor(8) as threads:
        signatures = list(threads.map(sign_and_forget, numbers))

    for number, signature in zip(numbers, signatures, strict=True):
        assert spelled(pow(int.from_bytes(signature, "big"), EXPONENT, key.issuer.modulus)) == number


def test_a_key_survives_der() -> None:
    key = IssuerKey.generate()

    again = IssuerKey.from_der(key.to_der())

    assert again.issuer == key.issuer
    assert again.issuer.is_sound()
    assert again.to_der() == key.to_der()


def test_keys_differ() -> None:
    assert issuer_key(0).issuer.hash != issuer_key(1).issuer.hash


def der(key: Any) -> bytes:
    """Any private key as it would be stored."""
    written: bytes = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return written


@pytest.mark.parametrize(
    "make",
    [
        lambda: b"",
        lambda: b"junk",
        lambda: issuer_key().to_der()[:-1],
        lambda: der(ec.generate_private_key(ec.SECP256R1())),
        lambda: der(ed25519.Ed25519PrivateKey.generate()),
        lambda: der(rsa.generate_private_key(public_exponent=EXPONENT, key_size=2048)),
        lambda: der(rsa.generate_private_key(public_exponent=3, key_size=3072)),
    ],
    ids=["empty", "junk", "cut off", "P-256", "Ed25519", "2048 bits", "exponent 3"],
)
def test_other_keys_are_refused(make: Callable[[], bytes]) -> None:
    with pytest.raises(Malformed):
        IssuerKey.from_der(make())


@pytest.fixture
def searched_again() -> Iterator[None]:
    """Has the search for libcrypto done again, in the test and after it."""
    issuing._libcrypto.cache_clear()
    backend.cache_clear()
    yield
    issuing._libcrypto.cache_clear()
    backend.cache_clear()


def place_of(module: str) -> str:
    """The file of a module of Python's own that has nothing to do with OpenSSL."""
    found = importlib.util.find_spec(module)
    if found is None or not found.has_location:
        pytest.skip(f"this Python has {module} built in")
    return str(found.origin)


@pytest.mark.usefixtures("searched_again")
@pytest.mark.parametrize(
    "places",
    [list, lambda: ["libnobodyhas.so.9"], lambda: [place_of("_ctypes")]],
    ids=["none", "missing", "another library"],
)
def test_without_libcrypto_python_signs(places: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    found = places()
    monkeypatch.setattr(issuing, "libcrypto_places", lambda: found)

    assert backend() == "python"
    assert IssuerKey(rsa_key()).sign_blinded(spelled(5)) == issuer_key().sign_blinded(spelled(5))


@pytest.mark.usefixtures("searched_again")
def test_a_libcrypto_that_refuses_raw_rsa_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    libcrypto_key(rsa_key())
    library = issuing._libcrypto()
    assert library is not None
    # As in FIPS mode: padding "none" is an unknown setting.
    refusing = type("Refusing", (), {"__getattr__": lambda _, name: getattr(library, name)})()
    refusing.EVP_PKEY_CTX_ctrl_str = lambda *_: -2
    monkeypatch.setattr(issuing, "_libcrypto", lambda: refusing)
    try:
        assert backend() == "python"
        assert IssuerKey(rsa_key()).issuer.is_sound()
    finally:
        monkeypatch.undo()


@pytest.mark.usefixtures("searched_again")
def test_a_libcrypto_that_does_not_read_the_key_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    libcrypto_key(rsa_key())
    monkeypatch.setattr(issuing, "_der", lambda key: b"junk")

    assert isinstance(best_raw_key(rsa_key()), PythonKey)


def test_a_refusal_leaves_no_error_behind_for_others() -> None:
    raw = libcrypto_key(rsa_key())
    with pytest.raises(SigningFault, match="refuses"):
        raw.apply(b"\xff" * SIZE)

    # OpenSSL keeps errors for each thread, and Python's own ssl module would find this one.
    peek = raw._library.ERR_peek_error
    peek.restype = issuing.ctypes.c_ulong
    assert peek() == 0


@pytest.mark.parametrize(("system", "expected"), [("linux", ["libcrypto.so.3"]), ("darwin", []), ("win32", [])])
def test_the_library_is_asked_for_by_name_on_linux_only(
    system: str, expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuing.sys, "platform", system)
    monkeypatch.setattr(issuing.importlib.util, "find_spec", lambda name: None)

    assert issuing.libcrypto_places() == expected
