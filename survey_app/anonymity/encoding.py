"""How values are written down before they are hashed, signed or sent: one text for one value."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import Any

#: Whole numbers from here on are no longer exact in JavaScript.
TOO_LARGE = 2**53

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
#: Base64url to base64; what base64 has besides becomes a character that neither has.
_TO_BASE64 = bytes.maketrans(b"-_+/=", b"+/!!!")


class Malformed(ValueError):
    """Something received is not written the one way it may be written.

    The message says what is wrong and never repeats the thing itself: it may be a secret.
    """


def b64u(data: bytes) -> str:
    """``data`` in base64url without padding (RFC 4648, section 5)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def unb64u(text: object, length: int | None = None) -> bytes:
    """The bytes that :func:`b64u` writes as ``text``; ``length`` is how many there must be.

    Takes any object, because what stands in received JSON may be anything. Raises
    :class:`Malformed` for padding, white space, other characters and stray trailing bits.
    """
    if not isinstance(text, str) or not text.isascii() or len(text) % 4 == 1:
        raise Malformed("not base64url without padding")
    symbols = text.encode("ascii").translate(_TO_BASE64) + b"=" * (-len(text) % 4)
    try:
        data = binascii.a2b_base64(symbols, strict_mode=True)
    except binascii.Error:
        raise Malformed("not base64url without padding") from None
    tail = len(data) % 3
    if tail and b64u(data[-tail:]) != text[-tail - 1 :]:
        raise Malformed("base64url with stray trailing bits")
    if length is not None and len(data) != length:
        raise Malformed(f"{len(data)} bytes instead of {length}")
    return data


def canonical(value: object) -> str:
    """``value`` as canonical JSON (RFC 8785, without floating point).

    Keys are ASCII and sorted, nothing stands between the signs, whole numbers stay below 2^53
    in size. Raises :class:`Malformed` for a value that cannot be written so.
    """
    try:
        _check(value)
        return _ENCODER.encode(value)
    except RecursionError:
        raise Malformed("JSON in too many layers") from None


def parse_canonical(text: str) -> Any:
    """The value of a canonical JSON text; raises :class:`Malformed` when it is not its own canonical form.

    Comparing with what :func:`canonical` makes of it refuses doubled keys, other escapes,
    other orders and white space in one go.
    """
    try:
        value = json.loads(text)
    except RecursionError:
        raise Malformed("JSON in too many layers") from None
    except ValueError:
        # Without its cause: the error of the parser carries the whole text.
        raise Malformed("not JSON") from None
    if canonical(value) != text:
        raise Malformed("JSON, but not canonical")
    return value


def digest(tag: str, *parts: bytes | str) -> bytes:
    """``H(tag, …)`` of the protocol: 32 bytes of SHA-256 that no other tag or division into parts can give."""
    state = hashlib.sha256(b"peil/1/" + tag.encode("ascii") + b"\0")
    for part in parts:
        data = part.encode("utf-8") if isinstance(part, str) else part
        state.update(len(data).to_bytes(4, "big") + data)
    return state.digest()


def _check(value: object) -> None:
    """Refuses what canonical JSON cannot hold."""
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, int):
        if abs(value) >= TOO_LARGE:
            raise Malformed("a whole number of 2^53 or more")
    elif isinstance(value, dict):
        for key, entry in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise Malformed("a key that is not ASCII text")
            # Nearly every value is an answer: an opening reads hundreds of thousands.
            if type(entry) is not int or not -TOO_LARGE < entry < TOO_LARGE:
                _check(entry)
    elif isinstance(value, list | tuple):
        for entry in value:
            _check(entry)
    else:
        raise Malformed(f"a value that JSON here has no form for: {type(value).__name__}")


def _check_text(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Malformed("a text with half a character") from None
