"""The council's keys: from a secret, under a passphrase, on three sheets; and what they sign."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from shamir_mnemonic import combine_mnemonics, generate_mnemonics

from survey_app.anonymity.council import (
    ORDER,
    BadShares,
    Destruction,
    WrongKeys,
    WrongPassphrase,
    destruction_record,
    join_shares,
    key_file,
    keys_of,
    new_master,
    public_file,
    read_destruction_record,
    read_key_file,
    read_public_file,
    read_witness_file,
    shares,
    try_dummy_envelope,
    witness_file,
)
from survey_app.anonymity.encoding import Malformed, b64u, canonical, unb64u
from survey_app.anonymity.manifest import check_witness
from tests.survey_app.anonymity.invented import invent_survey, random_of

MASTER = new_master(random_of("master"))
KEYS = keys_of(MASTER)
SURVEY = invent_survey(opening_key=KEYS.opening_key, witness_key=KEYS.witness_key)
MANIFEST = SURVEY.manifest
FILE = key_file(MASTER, "geheim én lang", random_of("file"))
SHEETS = shares(MASTER)


def altered(text: str, **changes: Any) -> str:
    """A file with other values."""
    return canonical({**json.loads(text), **changes})


def test_one_secret_is_behind_both_keys() -> None:
    assert len(MASTER) == 16
    assert keys_of(MASTER).opening_key == KEYS.opening_key
    assert keys_of(MASTER).witness_key == KEYS.witness_key
    other = keys_of(new_master())
    assert other.opening_key != KEYS.opening_key
    assert other.witness_key != KEYS.witness_key
    with pytest.raises(ValueError, match="16 bytes"):
        keys_of(MASTER + b"\0")


def test_the_opening_key_is_the_scalar_of_the_protocol() -> None:
    # The order of P-256 times the base point is nothing at all, so one less gives its mirror image.
    last = ec.derive_private_key(ORDER - 1, ec.SECP256R1()).public_key().public_numbers()
    first = ec.derive_private_key(1, ec.SECP256R1()).public_key().public_numbers()

    assert last.x == first.x
    assert last.y != first.y
    assert KEYS.opening_key[0] == 4
    assert 0 < KEYS.opening.private_numbers().private_value < ORDER


def test_a_key_file_opens_with_its_passphrase() -> None:
    assert read_key_file(FILE, "geheim én lang") == MASTER
    assert read_key_file(FILE + "\n", "geheim én lang") == MASTER
    assert key_file(MASTER, "geheim én lang", random_of("file")) == FILE
    assert b64u(MASTER) not in FILE
    with_register = altered(FILE, register={"signature": "x", "surveys": []})
    assert read_key_file(with_register, "geheim én lang") == MASTER


@pytest.mark.parametrize("passphrase", ["", "geheim en lang", "geheim én lang ", "Geheim én lang"])
def test_and_with_no_other(passphrase: str) -> None:
    with pytest.raises(WrongPassphrase):
        read_key_file(FILE, passphrase)


def test_a_damaged_key_file_is_refused() -> None:
    sealed = bytearray(unb64u(json.loads(FILE)["sealed"]))
    sealed[20] ^= 1
    with pytest.raises(WrongPassphrase):
        read_key_file(altered(FILE, sealed=b64u(bytes(sealed))), "geheim én lang")
    other = keys_of(bytes(16))
    for text in (
        "",
        FILE[:-1],
        altered(FILE, kind="council-public"),
        altered(FILE, iterations=1),
        altered(FILE, sealed="AAAA"),
        altered(FILE, salt="AAAA"),
        altered(FILE, colour=1),
        altered(FILE, witness_key=b64u(other.witness_key)),
        altered(FILE, opening_key=b64u(other.opening_key)),
    ):
        with pytest.raises(Malformed):
            read_key_file(text, "geheim én lang")


def test_a_public_file_carries_its_proof() -> None:
    public = read_public_file(public_file(MASTER))

    assert (public.opening_key, public.witness_key) == (KEYS.opening_key, KEYS.witness_key)
    assert b64u(MASTER) not in public_file(MASTER)


def test_a_public_file_with_a_forged_proof_is_refused() -> None:
    public, other = public_file(MASTER), keys_of(bytes(16))
    for text in (
        altered(public, proof=b64u(bytes(64))),
        altered(public, opening_key=b64u(other.opening_key)),
        altered(public, witness_key=b64u(other.witness_key)),
        altered(public, opening_key=b64u(b"\4" + bytes(64))),
        altered(public, proof=json.loads(public_file(bytes(16)))["proof"]),
        FILE,
        "{}",
    ):
        with pytest.raises(Malformed):
            read_public_file(text)


@pytest.mark.parametrize("chosen", [(0, 1), (1, 0), (0, 2), (2, 1), (0, 1, 2), (2, 0, 1)])
def test_any_two_sheets_bring_the_secret_back(chosen: tuple[int, ...]) -> None:
    assert join_shares([SHEETS[place] for place in chosen]) == MASTER


def test_sheets_have_twenty_words_that_others_can_read() -> None:
    assert [len(sheet.split()) for sheet in SHEETS] == [20, 20, 20]
    for pair in itertools.combinations(SHEETS, 2):
        assert combine_mnemonics(pair) == MASTER


def test_sheets_may_be_typed_as_people_type() -> None:
    numbered = "\n".join(f"{place}. {word.title()}" for place, word in enumerate(SHEETS[0].split(), start=1))
    assert join_shares([numbered, SHEETS[1].upper().replace(" ", ",  ")]) == MASTER


def replaced(place: int, word: str) -> str:
    """The first sheet with another word."""
    words = SHEETS[0].split()
    return " ".join([*words[:place], word, *words[place + 1 :]])


OTHER = shares(new_master(random_of("other")))
STRANGE = generate_mnemonics(1, [(3, 3)], MASTER, extendable=False)[0]

BAD: dict[str, tuple[list[str], str, int | None, int | None]] = {
    "one sheet": ([SHEETS[0]], "few", None, None),
    "no sheet": ([], "few", None, None),
    "the same twice": ([SHEETS[0], SHEETS[0]], "same", 2, None),
    "an empty sheet": ([SHEETS[0], ""], "length", 2, None),
    "a word missing": ([SHEETS[0], SHEETS[1].rpartition(" ")[0]], "length", 2, None),
    "a word too many": ([SHEETS[0] + " academic", SHEETS[1]], "length", 1, None),
    "a word that is none": ([SHEETS[1], replaced(4, "peil")], "word", 2, 5),
    "another word of the list": (
        [replaced(6, "zero" if "zero" not in SHEETS[0] else "yield"), SHEETS[1]],
        "typing",
        1,
        None,
    ),
    "two words swapped": ([" ".join(reversed(SHEETS[0].split())), SHEETS[1]], "typing", 1, None),
    "sheets of two secrets": ([SHEETS[0], OTHER[1]], "strange", None, None),
    "a third of another secret": ([SHEETS[0], SHEETS[1], OTHER[2]], "strange", None, None),
    "three needed": ([STRANGE[0], STRANGE[1]], "strange", 1, None),
}


@pytest.mark.parametrize(("typed", "flaw", "sheet", "word"), BAD.values(), ids=BAD)
def test_bad_sheets_say_what_is_wrong(typed: list[str], flaw: str, sheet: int | None, word: int | None) -> None:
    with pytest.raises(BadShares) as bad:
        join_shares(typed)

    assert (bad.value.flaw, bad.value.sheet, bad.value.word) == (flaw, sheet, word)
    assert re.fullmatch(r"these words do not bring the secret back: [a-z]+( \(sheet \d(, word \d)?\))?", str(bad.value))


def test_a_dummy_envelope_goes_the_whole_way() -> None:
    try_dummy_envelope(KEYS, MANIFEST)
    for keys in (
        keys_of(bytes(16)),
        type(KEYS)(KEYS.opening, SURVEY.log),
        type(KEYS)(keys_of(bytes(16)).opening, KEYS.witness),
    ):
        assert not keys.belong_to(MANIFEST)
        with pytest.raises(WrongKeys):
            try_dummy_envelope(keys, MANIFEST)
        with pytest.raises(WrongKeys):
            witness_file(keys, MANIFEST)


def test_a_witness_file_is_on_one_promise() -> None:
    text = witness_file(KEYS, MANIFEST)
    other = invent_survey(opening_key=KEYS.opening_key, witness_key=KEYS.witness_key, wave="2027").manifest

    assert check_witness(MANIFEST, read_witness_file(text, MANIFEST))
    for wrong, manifest in (
        (text, other),
        (altered(text, witness=b64u(bytes(64))), MANIFEST),
        (altered(text, survey="bcde2345"), MANIFEST),
        (altered(witness_file(KEYS, other), manifest_hash=b64u(MANIFEST.hash)), MANIFEST),
        ("", MANIFEST),
    ):
        with pytest.raises(Malformed):
            read_witness_file(wrong, manifest)


def test_a_destruction_record_is_about_one_urn() -> None:
    day, urn = dt.date(2026, 11, 10), b"u" * 32
    text = destruction_record(KEYS, MANIFEST, day, urn, 31)

    assert read_destruction_record(text, MANIFEST, urn) == Destruction(MANIFEST.survey, day, 31)
    for wrong, hashed in (
        (text, bytes(32)),
        (altered(text, on="2026-11-11"), urn),
        (altered(text, survey="bcde2345"), urn),
        (altered(text, manifest_hash=b64u(bytes(32))), urn),
        (altered(text, on="10-11-2026"), urn),
        (altered(text, signature=b64u(bytes(64))), urn),
    ):
        with pytest.raises(Malformed):
            read_destruction_record(wrong, MANIFEST, hashed)


FILES: dict[str, Callable[[], str]] = {
    "key": lambda: FILE,
    "public": lambda: public_file(MASTER),
    "witness": lambda: witness_file(KEYS, MANIFEST),
}


@pytest.mark.parametrize("write", FILES.values(), ids=FILES)
def test_files_are_canonical(write: Callable[[], str]) -> None:
    assert canonical(json.loads(write())) == write()
