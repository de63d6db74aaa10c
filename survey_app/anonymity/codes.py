"""Codes that people read, type and compare: invitation codes, recovery codes, fingerprint words."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import Literal

from survey_app.anonymity.encoding import digest

#: Crockford's base32: no I, L, O and U.
SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TOKEN_SYMBOLS = 16
TOKEN_BYTES = 10
SECRET_SYMBOLS = 30
CHECK_SYMBOLS = 2
RECOVERY_SYMBOLS = SECRET_SYMBOLS + CHECK_SYMBOLS
SURVEY_SYMBOLS = 8

_VALUES = {symbol: symbol for symbol in SYMBOLS} | {symbol.lower(): symbol for symbol in SYMBOLS}
_VALUES |= {"O": "0", "o": "0", "I": "1", "i": "1", "L": "1", "l": "1"}
#: The signs that programs make of a typed hyphen count as hyphens.
_HYPHENS = "-\u2010\u2011\u2012\u2013\u2014\u2212"

_CONSONANTS = "bdfghjklmnprstvz"
_VOWELS = "aiou"


class BadCode(ValueError):
    """A typed code that cannot be right.

    ``reason`` is ``"symbol"`` (a character that codes never have), ``"length"`` (too short or
    too long) or ``"check"`` (a typing error). The code itself is not in the message.
    """

    def __init__(self, reason: Literal["length", "symbol", "check"]) -> None:
        super().__init__(f"not a code: {reason}")
        self.reason = reason


def symbols(data: bytes) -> str:
    """Five bits a symbol, high bits first; ``data`` has a multiple of five bytes."""
    if len(data) % 5:
        raise ValueError("symbols are made of a multiple of five bytes")
    return _spell(int.from_bytes(data, "big"), len(data) * 8 // 5)


def new_token_symbols(data: bytes) -> str:
    """The 16 symbols of an invitation code made of ``data``, 10 bytes."""
    if len(data) != TOKEN_BYTES:
        raise ValueError(f"an invitation code is made of {TOKEN_BYTES} bytes")
    return symbols(data)


def read_token(text: str) -> str:
    """The 16 symbols of a typed invitation code; raises :class:`BadCode`."""
    return _read(text, TOKEN_SYMBOLS)


def read_survey_id(text: str) -> str:
    """The 8 symbols of a survey id in any spelling, in lower case; raises :class:`BadCode`."""
    return _read(text, SURVEY_SYMBOLS).lower()


def derive_token(link_key: bytes, invitation_id: bytes, reissue_no: int) -> str:
    """The invitation code of an invitation, which the server can make again and need not store.

    ``reissue_no`` counts how often the invitation was replaced, from 0; each has another code.
    """
    data = b"peil/1/token\0" + invitation_id + reissue_no.to_bytes(4, "big")
    return new_token_symbols(hmac.digest(link_key, data, hashlib.sha256)[:TOKEN_BYTES])


def token_hash(survey_id: str, token: str) -> bytes:
    """What the roster keeps of an invitation code: 32 bytes. ``token`` is as :func:`read_token` gives it."""
    return digest("token", survey_id, token)


def new_recovery_code(random: Callable[[int], bytes] = secrets.token_bytes) -> str:
    """30 random symbols (150 bits) and their two check symbols."""
    surplus = -SECRET_SYMBOLS * 5 % 8
    number = int.from_bytes(random((SECRET_SYMBOLS * 5 + surplus) // 8), "big") >> surplus
    secret = _spell(number, SECRET_SYMBOLS)
    return secret + _check_symbols(secret)


def read_recovery_code(text: str) -> str:
    """The 32 symbols of a typed recovery code; raises :class:`BadCode`.

    A mistake in the check symbols is always found, any other with a probability of 1023 in
    1024: the check is ten bits of a hash.
    """
    code = _read(text, RECOVERY_SYMBOLS)
    if _check_symbols(code[:SECRET_SYMBOLS]) != code[SECRET_SYMBOLS:]:
        raise BadCode("check")
    return code


def in_groups(symbols: str, separator: str = " ") -> str:
    """A code in groups of four, as it is shown."""
    return separator.join(symbols[start : start + 4] for start in range(0, len(symbols), 4))


def fingerprint_words(manifest_hash: bytes) -> str:
    """The first 12 bytes of a manifest hash as six words to read out and compare.

    Each word is a proquint of 16 bits (Wilkerson, arXiv:0901.4016).
    """
    if len(manifest_hash) != 32:
        raise ValueError("a manifest hash has 32 bytes")
    return " ".join(_proquint(int.from_bytes(manifest_hash[start : start + 2], "big")) for start in range(0, 12, 2))


def _spell(number: int, length: int) -> str:
    return "".join(SYMBOLS[number >> 5 * place & 31] for place in reversed(range(length)))


def _read(text: str, length: int) -> str:
    typed = [character for character in text if not (character.isspace() or character in _HYPHENS)]
    if not all(character in _VALUES for character in typed):
        raise BadCode("symbol")
    if len(typed) != length:
        raise BadCode("length")
    return "".join(_VALUES[character] for character in typed)


def _check_symbols(secret: str) -> str:
    return _spell(int.from_bytes(digest("code-check", secret)[:2], "big") >> 6, CHECK_SYMBOLS)


def _proquint(number: int) -> str:
    return (
        _CONSONANTS[number >> 12]
        + _VOWELS[number >> 10 & 3]
        + _CONSONANTS[number >> 6 & 15]
        + _VOWELS[number >> 4 & 3]
        + _CONSONANTS[number & 15]
    )
