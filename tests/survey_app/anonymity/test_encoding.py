"""One text for one value: what is accepted is what would have been written."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.anonymity.encoding import Malformed, b64u, canonical, digest, parse_canonical, unb64u

SIGNS = "ABYZabyz0189-_"
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
KEYS = st.text(st.characters(max_codepoint=127), max_size=4)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(1 - 2**53, 2**53 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        # RFC 4648, section 10, without padding; and the two signs that differ from plain base64.
        (b"", ""),
        (b"f", "Zg"),
        (b"fo", "Zm8"),
        (b"foo", "Zm9v"),
        (b"foobar", "Zm9vYmFy"),
        (b"\xfb\xef\xff", "--__"),
    ],
)
def test_base64url_is_that_of_the_rfc(data: bytes, text: str) -> None:
    assert b64u(data) == text
    assert unb64u(text, len(data)) == data


@given(st.binary(max_size=100))
def test_bytes_come_back(data: bytes) -> None:
    assert unb64u(b64u(data)) == data


@given(st.text(SIGNS + "+/= \n\u0661", max_size=12))
def test_no_two_texts_mean_the_same_bytes(text: str) -> None:
    try:
        data = unb64u(text)
    except Malformed:
        assert set(text) - set(SIGNS) or len(text) % 4 == 1 or b64u(_lenient(text)) != text
    else:
        assert b64u(data) == text


def _lenient(text: str) -> bytes:
    """Decodes bit by bit and forgets what is left over."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    bits = "".join(f"{alphabet.index(sign):06b}" for sign in text)
    return bytes(int(bits[start : start + 8], 2) for start in range(0, len(bits) - 7, 8))


@pytest.mark.parametrize(
    "text",
    ["Zg==", "Z", "Zh", "Zm9", "Zm 9v", "Zm9v\n", "Zm9v+/", "é", "\u0662\u0662", None, 7, b"Zm9v", ["Zm9v"]],
    ids=repr,
)
def test_other_writings_of_bytes_are_refused(text: object) -> None:
    with pytest.raises(Malformed):
        unb64u(text)


def test_the_length_of_bytes_is_checked() -> None:
    with pytest.raises(Malformed, match="3 bytes instead of 4"):
        unb64u("Zm9v", 4)


def test_canonical_json_looks_as_in_javascript() -> None:
    value = {"b": [1, -2, True, None], "a": 'é "\\/\b\f\n\r\t\x00\x1f\x7f\u2028😀', "B": {"10": {}, "9": []}}

    assert canonical(value) == (
        '{"B":{"10":{},"9":[]},"a":"é \\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\x7f\u2028😀","b":[1,-2,true,null]}'
    )


@given(VALUES)
def test_canonical_json_comes_back(value: Any) -> None:
    assert parse_canonical(canonical(value)) == value


@given(VALUES, st.sampled_from([{"indent": 0}, {"separators": (", ", ":")}, {"ensure_ascii": True}, {}]))
def test_another_text_of_the_same_value_is_refused(value: Any, style: dict[str, Any]) -> None:
    other = json.dumps(value, **{"ensure_ascii": False, "separators": (",", ":"), "sort_keys": False, **style})

    if other == canonical(value):
        assert parse_canonical(other) == value
    else:
        with pytest.raises(Malformed):
            parse_canonical(other)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "\ufeff{}",
        " {}",
        "{}\n",
        '{"a":1,"a":1}',
        '{"b":1,"a":1}',
        '{"é":1}',
        "1.0",
        "1e2",
        "-0",
        "01",
        "NaN",
        "Infinity",
        str(2**53),
        str(-(2**53)),
        "9" * 5000,
        '"\\u00e9"',
        '"\\/"',
        '"\\u001F"',
        '"\\ud800"',
        '"\ud800"',
        '"\n"',
        "'a'",
        "[" * 100_000,
        "[" * 100_000 + "]" * 100_000,
    ],
    ids=lambda text: ascii(text)[:20],
)
def test_what_is_not_canonical_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        parse_canonical(text)


@pytest.mark.parametrize(
    "value", [1.0, float("nan"), 2**53, -(2**53), {1: 2}, {"é": 1}, "\ud800", b"bytes", {1}, object(), [[{"a": 0.5}]]]
)
def test_what_canonical_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(Malformed):
        canonical(value)


def test_the_largest_numbers_pass() -> None:
    assert parse_canonical("[9007199254740991,-9007199254740991]") == [2**53 - 1, 1 - 2**53]


def test_a_refusal_does_not_repeat_what_it_refuses() -> None:
    with pytest.raises(Malformed) as refused:
        parse_canonical('{"answer": "hoofdpijn"}')

    assert "hoofdpijn" not in str(refused.value)


def test_digest_is_written_out_as_the_protocol_says() -> None:
    written_out = b"peil/1/locker\0" + b"\0\0\0\2\xff\0" + b"\0\0\0\0" + b"\0\0\0\2\xc3\xa9"

    assert digest("locker", b"\xff\0", b"", "é") == hashlib.sha256(written_out).digest()


@given(st.lists(st.binary(max_size=4), max_size=4), st.lists(st.binary(max_size=4), max_size=4))
def test_another_division_into_parts_is_another_digest(one: list[bytes], other: list[bytes]) -> None:
    assert (digest("x", *one) == digest("x", *other)) is (one == other)


def test_another_tag_is_another_digest() -> None:
    assert len({digest(tag, b"x") for tag in ("", "a", "b", "ab")}) == 4
