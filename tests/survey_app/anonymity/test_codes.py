"""Codes come back from however people type them, and a mistake is told."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.anonymity.codes import (
    SYMBOLS,
    BadCode,
    derive_token,
    fingerprint_words,
    in_groups,
    new_recovery_code,
    new_token_symbols,
    read_recovery_code,
    read_token,
    symbols,
    token_hash,
)
from survey_app.anonymity.encoding import digest


def counted(number: int) -> bytes:
    """19 bytes that look random and are the same on every run."""
    return hashlib.sha256(number.to_bytes(4, "big")).digest()[:19]


CODES = [new_recovery_code(lambda size, number=number: counted(number)[:size]) for number in range(20)]  # type: ignore[misc]


@given(st.binary(min_size=10, max_size=10))
def test_a_token_holds_all_bits(data: bytes) -> None:
    token = new_token_symbols(data)

    assert len(token) == 16
    assert int("".join(f"{SYMBOLS.index(symbol):05b}" for symbol in token), 2) == int.from_bytes(data, "big")


def test_symbols_are_those_of_crockford() -> None:
    assert symbols(bytes.fromhex("00443214c74254b635cf84653a56d7c675be77df")) == SYMBOLS
    assert SYMBOLS == "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@pytest.mark.parametrize("size", [4, 9, 11])
def test_symbols_take_whole_groups_of_bits(size: int) -> None:
    with pytest.raises(ValueError, match="five bytes"):
        symbols(bytes(size))
    with pytest.raises(ValueError, match="10 bytes"):
        new_token_symbols(bytes(size))


@pytest.mark.parametrize(
    "typed",
    [
        "0123 4567 89AB CDEF",
        "0123-4567-89ab-cdef",
        " o i23\t4567\n89aB\u00a0CdeF ",
        "OL23–4567—89AB\u2011CDEF",
    ],
)
def test_a_token_is_read_as_people_type_it(typed: str) -> None:
    assert read_token(typed) == "0123456789ABCDEF"


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "length"),
        ("0123 4567 89AB CDE", "length"),
        ("0123 4567 89AB CDEF 0", "length"),
        ("0123 4567 89AB CDEU", "symbol"),
        ("0123 4567 89AB CDE?", "symbol"),
        ("0123 4567 89AB CDE\u0661", "symbol"),
        # Turned into capitals by Unicode's rules these would be an S and an I.
        ("0123 4567 89AB CDE\u017f", "symbol"),
        ("0123 4567 89AB CDE\u0131", "symbol"),
    ],
)
def test_what_is_no_token_is_refused_with_the_reason(typed: str, reason: str) -> None:
    with pytest.raises(BadCode) as refused:
        read_token(typed)

    assert refused.value.reason == reason
    assert "0123" not in str(refused.value)


@given(st.binary(min_size=19, max_size=19), st.sampled_from([" ", "-", "", "  ", "\n"]), st.booleans())
def test_a_recovery_code_comes_back(data: bytes, separator: str, small: bool) -> None:
    code = new_recovery_code(lambda size: data[:size])
    typed = in_groups(code, separator)

    assert len(code) == 32
    assert read_recovery_code(typed.lower() if small else typed) == code


def test_a_recovery_code_uses_150_bits_of_its_randomness() -> None:
    data = counted(1)
    bits = "".join(f"{SYMBOLS.index(symbol):05b}" for symbol in new_recovery_code(lambda size: data[:size]))

    assert int(bits[:150], 2) == int.from_bytes(data, "big") >> 2


def test_the_check_is_the_head_of_a_digest() -> None:
    code = CODES[0]
    first_ten_bits = int.from_bytes(digest("code-check", code[:30])[:2], "big") // 64

    assert code[30:] == SYMBOLS[first_ten_bits // 32] + SYMBOLS[first_ten_bits % 32]


def test_recovery_codes_differ() -> None:
    assert len({new_recovery_code() for _ in range(50)}) == 50


def is_noticed(code: str) -> bool:
    """Whether the check finds something wrong."""
    try:
        read_recovery_code(code)
    except BadCode as refused:
        return refused.reason == "check"
    return False


def test_a_mistake_in_the_check_is_always_noticed() -> None:
    for code in CODES:
        for place in (30, 31):
            for symbol in set(SYMBOLS) - {code[place]}:
                assert is_noticed(code[:place] + symbol + code[place + 1 :])


def test_other_mistakes_pass_once_in_1024() -> None:
    wrong = [
        code[:place] + symbol + code[place + 1 :]
        for code in CODES
        for place in range(30)
        for symbol in set(SYMBOLS) - {code[place]}
    ]
    passed = sum(not is_noticed(code) for code in wrong)

    assert len(wrong) == 18_600
    # 18 are expected, with a standard deviation of 4; the codes are the same on every run.
    assert 5 <= passed <= 32


def test_swapped_neighbours_are_noticed() -> None:
    swapped = [
        code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        for code in CODES
        for place in range(29)
        if code[place] != code[place + 1]
    ]

    assert len(swapped) > 500
    assert sum(not is_noticed(code) for code in swapped) <= 3


@pytest.mark.parametrize(("typed", "reason"), [("A" * 31, "length"), ("A" * 31 + "U", "symbol"), ("A" * 33, "length")])
def test_what_is_no_recovery_code_is_refused(typed: str, reason: str) -> None:
    with pytest.raises(BadCode) as refused:
        read_recovery_code(typed)

    assert refused.value.reason == reason


def test_groups_of_four() -> None:
    assert in_groups("0123456789ABCDEF") == "0123 4567 89AB CDEF"
    assert in_groups("0123456789", "-") == "0123-4567-89"


def test_a_token_is_derived_as_the_plan_of_keys_says() -> None:
    link_key, invitation = bytes(range(32)), bytes(range(16))
    mac = hmac.new(link_key, b"peil/1/token\0" + invitation + b"\0\0\1\2", "sha256").digest()

    assert derive_token(link_key, invitation, 258) == new_token_symbols(mac[:10])


def test_a_reissued_invitation_has_another_token() -> None:
    tokens = {derive_token(bytes(32), bytes([invitation]) * 16, number) for invitation in (0, 1) for number in range(3)}

    assert len(tokens) == 6


def test_the_roster_keeps_a_hash_bound_to_the_survey() -> None:
    assert token_hash("abcd1234", "0123456789ABCDEF") == digest("token", b"abcd1234", b"0123456789ABCDEF")
    assert token_hash("abcd1234", "0123456789ABCDEF") != token_hash("abcd1235", "0123456789ABCDEF")


def test_proquints_are_those_of_the_paper() -> None:
    # The IP addresses in arXiv:0901.4016: two words each.
    addresses = {
        (127, 0, 0, 1): "lusab babad",
        (63, 84, 220, 193): "gutih tugad",
        (63, 118, 7, 35): "gutuk bisog",
        (140, 98, 193, 141): "mudof sakat",
        (64, 255, 6, 200): "haguz biram",
        (128, 30, 52, 45): "mabiv gibot",
        (147, 67, 119, 2): "natag lisaf",
        (212, 58, 253, 68): "tibup zujah",
        (216, 35, 68, 215): "tobog higil",
        (216, 68, 232, 21): "todah vobij",
        (198, 81, 129, 136): "sinid makam",
        (12, 110, 110, 204): "budov kuras",
    }
    for address, words in addresses.items():
        shown = fingerprint_words(bytes(address) + bytes(8) + bytes([255]) * 20)
        assert shown == f"{words} babab babab babab babab"


def test_a_fingerprint_is_of_a_whole_hash() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        fingerprint_words(bytes(12))
