"""The server's side of blind signatures: issuer keys, and the raw RSA operation they sign with.

The operation goes to the libcrypto that Python itself uses, through ctypes: it takes the same
time for every input. Where no libcrypto can be reached, or where it refuses raw RSA, Python's
own ``pow`` does it on inputs multiplied by a random number first, so that its time says nothing
about the true input; that takes ten times as long. :func:`backend` tells which of the two it is.
"""

from __future__ import annotations

import ctypes
import importlib.util
import math
import secrets
import sys
import weakref
from collections.abc import Callable
from functools import cache, cached_property
from typing import Literal, Protocol

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from survey_app.anonymity.blindrsa import EXPONENT
from survey_app.anonymity.encoding import Malformed
from survey_app.anonymity.issuers import MODULUS_BYTES, ROOTS, Issuer, challenge

KEY_BITS = MODULUS_BYTES * 8


class SigningFault(RuntimeError):
    """The raw operation gave a wrong result, or none. A wrong one must not leave: it can give away the key."""


class RawKey(Protocol):
    """The two halves of RSA without padding, on numbers below the modulus, in as many bytes as it has."""

    def apply(self, number: bytes) -> bytes:
        """``number`` raised to the private exponent."""

    def undo(self, number: bytes) -> bytes:
        """``number`` raised to the public exponent."""


class IssuerKey:
    """The private key of one issuer. Threads may share it."""

    def __init__(self, key: rsa.RSAPrivateKey, raw: Callable[[rsa.RSAPrivateKey], RawKey] | None = None) -> None:
        """Takes an RSA-3072 key with exponent 65537; raises :class:`Malformed` for another.

        ``raw`` makes the raw operation of the key; without it the best that this machine has.
        """
        numbers = key.public_key().public_numbers()
        if key.key_size != KEY_BITS or numbers.e != EXPONENT:
            raise Malformed(f"not an RSA key of {KEY_BITS} bits with exponent {EXPONENT}")
        self._key = key
        self._modulus = numbers.n.to_bytes(MODULUS_BYTES, "big")
        self._raw = (raw or best_raw_key)(key)

    @classmethod
    def generate(cls) -> IssuerKey:
        """A new key, made by OpenSSL."""
        return cls(_new_key())

    @classmethod
    def from_der(cls, data: bytes) -> IssuerKey:
        """The key that :meth:`to_der` wrote; raises :class:`Malformed`."""
        try:
            key = serialization.load_der_private_key(data, password=None)
        except (TypeError, ValueError):
            raise Malformed("not a private key in DER") from None
        if not isinstance(key, rsa.RSAPrivateKey):
            raise Malformed("not an RSA key")
        return cls(key)

    def to_der(self) -> bytes:
        """The key in PKCS#8, not encrypted: who stores it seals it first."""
        return _der(self._key)

    @cached_property
    def issuer(self) -> Issuer:
        """The public key with its proof, which takes eight signatures to make."""
        numbers = (challenge(self._modulus, place) for place in range(ROOTS))
        proof = tuple(self.sign_blinded(number.to_bytes(MODULUS_BYTES, "big")) for number in numbers)
        return Issuer(self._modulus, proof)

    def sign_blinded(self, blinded: bytes) -> bytes:
        """The blind signature on a blinded message (RFC 9474, section 4.3); 384 bytes in, 384 bytes out.

        Raises :class:`Malformed` for another length and for a number that is not below the
        modulus, :class:`SigningFault` when the machine made a mistake.
        """
        # Both take as many bytes, so the order of the bytes is that of the numbers.
        if len(blinded) != MODULUS_BYTES or blinded >= self._modulus:
            raise Malformed("a blinded message is a number below the modulus, in 384 bytes")
        signature = self._raw.apply(blinded)
        if self._raw.undo(signature) != blinded:
            raise SigningFault("a blind signature came out wrong and was not given")
        return signature


@cache
def backend() -> Literal["libcrypto", "python"]:
    """What signs on this machine; makes a key to try, once."""
    return "libcrypto" if isinstance(best_raw_key(_new_key()), LibcryptoKey) else "python"


def best_raw_key(key: rsa.RSAPrivateKey) -> RawKey:
    """The raw operation by libcrypto if that works with ``key``, or else in Python.

    Signing once is how to know: a libcrypto in FIPS mode has all the functions and refuses.
    """
    library = _libcrypto()
    if library is not None:
        try:
            raw = LibcryptoKey(library, key)
            raw.apply(bytes(MODULUS_BYTES - 1) + b"\2")
            return raw
        except SigningFault:
            pass
    return PythonKey(key)


class PythonKey:
    """The raw operation in Python: by the Chinese remainder theorem, on a blinded input."""

    def __init__(self, key: rsa.RSAPrivateKey, random_below: Callable[[int], int] = secrets.randbelow) -> None:
        numbers = key.private_numbers()
        self._size = key.key_size // 8
        self._n, self._p, self._q = numbers.public_numbers.n, numbers.p, numbers.q
        self._dp, self._dq, self._q_inverse = numbers.dmp1, numbers.dmq1, numbers.iqmp
        self._random_below = random_below

    def apply(self, number: bytes) -> bytes:
        factor = self._factor()
        base = int.from_bytes(number, "big") * pow(factor, EXPONENT, self._n) % self._n
        root_p = pow(base % self._p, self._dp, self._p)
        root_q = pow(base % self._q, self._dq, self._q)
        blinded = root_q + (root_p - root_q) * self._q_inverse % self._p * self._q
        return (blinded * pow(factor, -1, self._n) % self._n).to_bytes(self._size, "big")

    def undo(self, number: bytes) -> bytes:
        return pow(int.from_bytes(number, "big"), EXPONENT, self._n).to_bytes(self._size, "big")

    def _factor(self) -> int:
        """A new random number with an inverse, for one input."""
        while True:
            factor = self._random_below(self._n)
            if math.gcd(factor, self._n) == 1:
                return factor


class LibcryptoKey:
    """The raw operation in OpenSSL, which blinds its input and takes the same time for all.

    The key is only read, and every call has a context of its own, so threads do not meet;
    ctypes lets them run side by side.
    """

    def __init__(self, library: ctypes.CDLL, key: rsa.RSAPrivateKey) -> None:
        self._library = library
        self._size = key.key_size // 8
        data = _der(key)
        self._handle = library.d2i_AutoPrivateKey(None, ctypes.byref(ctypes.c_char_p(data)), len(data))
        if self._handle is None:
            library.ERR_clear_error()
            raise SigningFault("libcrypto does not read the key")
        weakref.finalize(self, library.EVP_PKEY_free, self._handle)

    def apply(self, number: bytes) -> bytes:
        return self._run(self._library.EVP_PKEY_decrypt_init, self._library.EVP_PKEY_decrypt, number)

    def undo(self, number: bytes) -> bytes:
        return self._run(self._library.EVP_PKEY_encrypt_init, self._library.EVP_PKEY_encrypt, number)

    def _run(self, prepare: Callable[..., int], operate: Callable[..., int], number: bytes) -> bytes:
        library = self._library
        context = library.EVP_PKEY_CTX_new(self._handle, None)
        try:
            written = ctypes.c_size_t(self._size)
            result = ctypes.create_string_buffer(self._size)
            done = (
                context is not None
                and prepare(context) == 1
                and library.EVP_PKEY_CTX_ctrl_str(context, b"rsa_padding_mode", b"none") == 1
                and operate(context, result, ctypes.byref(written), number, len(number)) == 1
            )
            if not done or written.value != self._size:
                library.ERR_clear_error()
                raise SigningFault("libcrypto refuses the operation")
            return result.raw
        finally:
            library.EVP_PKEY_CTX_free(context)


def libcrypto_places() -> list[str]:
    """Where to look: what Python's own modules are linked with, then the library by its name.

    A module is asked first because a search by name may find another version, and because macOS
    ends a process that asks for libcrypto without a version. A module that is built into
    Python has no file.
    """
    module = importlib.util.find_spec("_ssl")
    found = [module.origin] if module and module.has_location and module.origin else []
    return [*found, "libcrypto.so.3"] if sys.platform == "linux" else found


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=EXPONENT, key_size=KEY_BITS)


def _der(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


_POINTER, _TEXT, _SIZE, _INT = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int
_OPERATE = (_INT, (_POINTER, _POINTER, ctypes.POINTER(_SIZE), _TEXT, _SIZE))
_FUNCTIONS = {
    "d2i_AutoPrivateKey": (_POINTER, (_POINTER, ctypes.POINTER(_TEXT), ctypes.c_long)),
    "EVP_PKEY_free": (None, (_POINTER,)),
    "EVP_PKEY_CTX_new": (_POINTER, (_POINTER, _POINTER)),
    "EVP_PKEY_CTX_free": (None, (_POINTER,)),
    "EVP_PKEY_CTX_ctrl_str": (_INT, (_POINTER, _TEXT, _TEXT)),
    "EVP_PKEY_decrypt_init": (_INT, (_POINTER,)),
    "EVP_PKEY_decrypt": _OPERATE,
    "EVP_PKEY_encrypt_init": (_INT, (_POINTER,)),
    "EVP_PKEY_encrypt": _OPERATE,
    "ERR_clear_error": (None, ()),
}


@cache
def _libcrypto() -> ctypes.CDLL | None:
    """The libcrypto of this process, or None."""
    return next(filter(None, map(_load, libcrypto_places())), None)


def _load(path: str) -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL(path)
        for name, (result, arguments) in _FUNCTIONS.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
    except (OSError, AttributeError):
        return None
    return library
