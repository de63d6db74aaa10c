"""Blind signatures: Peil next to bare calls of libcrypto that check nothing."""

from __future__ import annotations

import ctypes
import hashlib
from collections.abc import Callable, Sequence

from benchmarks.measure import Measurement, Tick, cpu_minima, peak_megabytes
from survey_app.anonymity.issuers import MODULUS_BYTES
from survey_app.anonymity.issuing import IssuerKey, backend, libcrypto_places

SIGNATURES = 100

#: What we promise: at least this many signatures for each one of the floor.
PROMISED_SPEED = 0.8

Sign = Callable[[bytes], bytes]


def measure(rounds: int, tick: Tick, *, signatures: int = SIGNATURES) -> Measurement:
    """Signing blinded messages one after another with one key; with libcrypto, or without if there is none."""
    tick("making a key")
    key = IssuerKey.generate()
    messages = invent_messages(signatures)
    bare = bare_signer(key.to_der())
    assert [bare(message) for message in messages] == [key.sign_blinded(message) for message in messages]
    best = cpu_minima(
        {"product": lambda: sign_all(key.sign_blinded, messages), "floor": lambda: sign_all(bare, messages)},
        rounds,
        tick,
    )
    tick("memory")
    return Measurement(
        name="signing",
        work=f"{signatures} blind signatures by {backend()}; {signatures / best['product']:.0f} a second",
        product=best["product"],
        floor=best["floor"],
        memory=peak_megabytes(lambda: sign_all(key.sign_blinded, messages)),
        promise=f"at least {PROMISED_SPEED:.0%} of the speed of libcrypto alone",
        kept=best["floor"] >= PROMISED_SPEED * best["product"],
    )


def invent_messages(count: int) -> list[bytes]:
    """Numbers below any modulus of 3072 bits, the same on every run."""
    return [b"\0" + hashlib.shake_256(place.to_bytes(4, "big")).digest(MODULUS_BYTES - 1) for place in range(count)]


def sign_all(sign: Sign, messages: Sequence[bytes]) -> None:
    """Every message once."""
    for message in messages:
        sign(message)


def bare_signer(der: bytes) -> Sign:
    """RSA without padding through ctypes: one context and one buffer for all, no lengths, no check of the result."""
    library = ctypes.CDLL(libcrypto_places()[0])
    pointer = ctypes.c_void_p
    library.d2i_AutoPrivateKey.restype = pointer
    library.EVP_PKEY_CTX_new.restype = pointer
    handle = pointer(library.d2i_AutoPrivateKey(None, ctypes.byref(ctypes.c_char_p(der)), ctypes.c_long(len(der))))
    context = pointer(library.EVP_PKEY_CTX_new(handle, None))
    assert library.EVP_PKEY_decrypt_init(context) == 1
    assert library.EVP_PKEY_CTX_ctrl_str(context, b"rsa_padding_mode", b"none") == 1
    written = ctypes.c_size_t(MODULUS_BYTES)
    length = ctypes.c_size_t(MODULUS_BYTES)
    buffer = ctypes.create_string_buffer(MODULUS_BYTES)
    decrypt = library.EVP_PKEY_decrypt

    def sign(message: bytes) -> bytes:
        decrypt(context, buffer, ctypes.byref(written), message, length)
        return buffer.raw

    return sign
