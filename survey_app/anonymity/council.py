"""The keys of the works council, the files that hold them, and what the council signs.

One secret of 16 bytes is behind all of it, so that three sheets of 20 words, of which any two
suffice, bring everything back (SLIP-0039).
"""

from __future__ import annotations

import datetime as dt
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from shamir_mnemonic import MnemonicError, Share, combine_mnemonics, generate_mnemonics
from shamir_mnemonic.wordlist import WORDLIST

from survey_app.anonymity.ed25519 import PUBLIC_BYTES, SIGNATURE_BYTES, verify
from survey_app.anonymity.encoding import Malformed, b64u, canonical, digest, unb64u
from survey_app.anonymity.manifest import HASH_BYTES, Manifest, check_witness, sign_witness
from survey_app.anonymity.points import point_of, read_point
from survey_app.anonymity.reading import read_day, read_file, read_text, read_whole
from survey_app.anonymity.sealing import open_sealed, pad, seal, unpad

MASTER_BYTES = 16
ITERATIONS = 600_000  # of PBKDF2-HMAC-SHA256, as OWASP advises since 2023
SALT_BYTES = 16
NONCE_BYTES = 12
#: Order of P-256 (SEC 2, section 2.4.2).
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

#: Sheets of words: how many there are, how many are needed, and the words on one.
SHARES, NEEDED, WORDS = 3, 2, 20

_KEY_FILE = b"peil/1/council-key"
#: The number that people put before a word on a list.
_NUMBER = re.compile(r"[0-9]+[.):]?", re.ASCII)
_KNOWN = frozenset(WORDLIST)

Random = Callable[[int], bytes]
Flaw = Literal["length", "word", "typing", "few", "same", "strange"]


class WrongPassphrase(ValueError):
    """The passphrase does not open this key file, or the file was damaged: these cannot be told apart."""


class BadShares(ValueError):
    """Sheets of words that do not bring a secret back.

    ``flaw``: a sheet has not 20 words ("length"), a word that is on no list ("word"), or words that
    are wrong or in another order ("typing"); there is one sheet ("few"), or one twice ("same"); the
    sheets are of different secrets, or not ours ("strange"). ``sheet`` counts the sheets as given
    from 1, ``word`` the words on it; None where they say nothing.
    """

    def __init__(self, flaw: Flaw, sheet: int | None = None, word: int | None = None) -> None:
        place = "" if sheet is None else f" (sheet {sheet})" if word is None else f" (sheet {sheet}, word {word})"
        super().__init__(f"these words do not bring the secret back: {flaw}{place}")
        self.flaw: Flaw = flaw
        self.sheet = sheet
        self.word = word


class WrongKeys(ValueError):
    """The keys of the council and those in a manifest do not belong together."""


@dataclass(frozen=True)
class CouncilKeys:
    """The two private keys: ``opening`` opens envelopes, ``witness`` signs."""

    opening: ec.EllipticCurvePrivateKey
    witness: Ed25519PrivateKey

    @cached_property
    def opening_key(self) -> bytes:
        """The public point of 65 bytes."""
        return point_of(self.opening)

    @cached_property
    def witness_key(self) -> bytes:
        """The public key of 32 bytes."""
        return self.witness.public_key().public_bytes_raw()

    def belong_to(self, manifest: Manifest) -> bool:
        """Whether the manifest names these keys."""
        return (manifest.opening_key, manifest.witness_key) == (self.opening_key, self.witness_key)


@dataclass(frozen=True)
class CouncilPublic:
    """The public keys of a council, as HR gets them."""

    opening_key: bytes
    witness_key: bytes


@dataclass(frozen=True)
class Destruction:
    """The council's word that its key of a survey is gone, and how many envelopes it could have opened."""

    survey: str
    on: dt.date
    envelopes: int


def new_master(random: Random = secrets.token_bytes) -> bytes:
    """A new master secret, 16 bytes."""
    return random(MASTER_BYTES)


def keys_of(master: bytes) -> CouncilKeys:
    """The keys that follow from a master secret of 16 bytes."""
    scalar = 1 + int.from_bytes(_derive(master, "opening", 48), "big") % (ORDER - 1)
    return CouncilKeys(
        ec.derive_private_key(scalar, ec.SECP256R1()),
        Ed25519PrivateKey.from_private_bytes(_derive(master, "witness", 32)),
    )


def key_file(master: bytes, passphrase: str, random: Random = secrets.token_bytes) -> str:
    """The key file: the master secret under a passphrase, with the public keys beside it."""
    keys, salt, nonce = keys_of(master), random(SALT_BYTES), random(NONCE_BYTES)
    sealed = nonce + AESGCM(_stretch(passphrase, salt)).encrypt(nonce, master, _KEY_FILE)
    return canonical(
        {
            "iterations": ITERATIONS,
            "kind": "council-key",
            "opening_key": b64u(keys.opening_key),
            "peil": 1,
            "salt": b64u(salt),
            "sealed": b64u(sealed),
            "witness_key": b64u(keys.witness_key),
        }
    )


def read_key_file(text: str, passphrase: str) -> bytes:
    """The master secret in a key file; raises :class:`WrongPassphrase` or :class:`Malformed`.

    A register of what was signed and opened may stand in the file too; it is not looked at here.
    """
    value = read_file(text, "council-key", {"iterations", "opening_key", "salt", "sealed", "witness_key"}, {"register"})
    read_whole(value["iterations"], ITERATIONS, ITERATIONS)
    sealed = unb64u(value["sealed"], NONCE_BYTES + MASTER_BYTES + 16)
    key = _stretch(passphrase, unb64u(value["salt"], SALT_BYTES))
    try:
        master = AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _KEY_FILE)
    except InvalidTag:
        raise WrongPassphrase("this passphrase does not open the key file") from None
    keys = keys_of(master)
    public = (read_point(value["opening_key"]), unb64u(value["witness_key"], PUBLIC_BYTES))
    if public != (keys.opening_key, keys.witness_key):
        raise Malformed("the public keys in the key file are not those of its secret")
    return master


def shares(master: bytes) -> tuple[str, str, str]:
    """Three sheets of 20 words, any two of which bring the master secret back (SLIP-0039)."""
    # Not extendable: programs from before that addition to SLIP-0039 can join these too.
    sheets = generate_mnemonics(1, [(NEEDED, SHARES)], master, extendable=False, iteration_exponent=1)[0]
    return sheets[0], sheets[1], sheets[2]


def join_shares(typed: Sequence[str]) -> bytes:
    """The master secret of two or three sheets, in any order; raises :class:`BadShares`.

    Capitals, line breaks and numbers before the words do not count.
    """
    sheets = [_read_share(text, place) for place, text in enumerate(typed, start=1)]
    if len(sheets) < NEEDED:
        raise BadShares("few")
    for place, sheet in enumerate(sheets, start=1):
        if sheet in sheets[: place - 1]:
            raise BadShares("same", place)
    try:
        # A third sheet is not needed, but when it is given it has to fit.
        masters: set[bytes] = {combine_mnemonics([sheets[0], sheet]) for sheet in sheets[1:]}
    except MnemonicError:
        raise BadShares("strange") from None
    if len(masters) != 1:
        raise BadShares("strange")
    return bytes(masters.pop())


def public_file(master: bytes) -> str:
    """The public key file, for HR."""
    keys = keys_of(master)
    return canonical(
        {
            "kind": "council-public",
            "opening_key": b64u(keys.opening_key),
            "peil": 1,
            "proof": b64u(keys.witness.sign(digest("council-public", keys.opening_key, keys.witness_key))),
            "witness_key": b64u(keys.witness_key),
        }
    )


def read_public_file(text: str) -> CouncilPublic:
    """The public keys in a file; raises :class:`Malformed`, also when the proof is not by the witness key."""
    value = read_file(text, "council-public", {"opening_key", "proof", "witness_key"})
    public = CouncilPublic(read_point(value["opening_key"]), unb64u(value["witness_key"], PUBLIC_BYTES))
    message = digest("council-public", public.opening_key, public.witness_key)
    if not verify(public.witness_key, unb64u(value["proof"], SIGNATURE_BYTES), message):
        raise Malformed("the proof in the public key file is not by its witness key")
    return public


def try_dummy_envelope(keys: CouncilKeys, manifest: Manifest) -> None:
    """Seals an envelope as a respondent would and opens it, before the survey starts.

    Raises :class:`WrongKeys` when the manifest names other keys than these.
    """
    if not keys.belong_to(manifest):
        raise WrongKeys("the promise names other keys than these")
    dummy = canonical({"answers": {}, "unit": manifest.units[0].key}).encode()
    envelope = seal(manifest.opening_key, manifest.hash, pad(dummy, manifest.size))
    if unpad(open_sealed(keys.opening, manifest.hash, envelope)) != dummy:
        raise WrongKeys("what was sealed is not what was opened")


def witness_file(keys: CouncilKeys, manifest: Manifest) -> str:
    """The witness signature on a manifest, for HR; raises :class:`WrongKeys`."""
    if not keys.belong_to(manifest):
        raise WrongKeys("the promise names other keys than these")
    return canonical(
        {
            "kind": "witness",
            "manifest_hash": b64u(manifest.hash),
            "peil": 1,
            "survey": manifest.survey,
            "witness": b64u(sign_witness(keys.witness, manifest)),
        }
    )


def read_witness_file(text: str, manifest: Manifest) -> bytes:
    """The signature in a witness file; raises :class:`Malformed` when it is not one on this manifest."""
    value = read_file(text, "witness", {"manifest_hash", "survey", "witness"})
    if unb64u(value["manifest_hash"], HASH_BYTES) != manifest.hash or value["survey"] != manifest.survey:
        raise Malformed("a signature on another promise")
    signature = unb64u(value["witness"], SIGNATURE_BYTES)
    if not check_witness(manifest, signature):
        raise Malformed("the signature is not by the key that the promise names")
    return signature


def destruction_record(keys: CouncilKeys, manifest: Manifest, on: dt.date, urn_hash: bytes, envelopes: int) -> str:
    """The record that is made just before the key goes; ``envelopes`` is how many the urn held."""
    message = digest("destroyed", manifest.hash, on.isoformat(), urn_hash)
    return canonical(
        {
            "envelopes": envelopes,
            "kind": "destroyed",
            "manifest_hash": b64u(manifest.hash),
            "on": on.isoformat(),
            "peil": 1,
            "signature": b64u(keys.witness.sign(message)),
            "survey": manifest.survey,
        }
    )


def read_destruction_record(text: str, manifest: Manifest, urn_hash: bytes) -> Destruction:
    """A destruction record, checked against the promise and the urn; raises :class:`Malformed`."""
    value = read_file(text, "destroyed", {"envelopes", "manifest_hash", "on", "signature", "survey"})
    if unb64u(value["manifest_hash"], HASH_BYTES) != manifest.hash or read_text(value["survey"]) != manifest.survey:
        raise Malformed("a record about another survey")
    record = Destruction(manifest.survey, read_day(value["on"]), read_whole(value["envelopes"]))
    message = digest("destroyed", manifest.hash, record.on.isoformat(), urn_hash)
    if not verify(manifest.witness_key, unb64u(value["signature"], SIGNATURE_BYTES), message):
        raise Malformed("the record is not signed by the key that the promise names, or not about this urn")
    return record


def _read_share(typed: str, sheet: int) -> str:
    """A sheet as SLIP-0039 writes it, all of its words known and its own checksum right."""
    words = [word for word in typed.lower().replace(",", " ").split() if not _NUMBER.fullmatch(word)]
    for place, word in enumerate(words, start=1):
        if word not in _KNOWN:
            raise BadShares("word", sheet, place)
    if len(words) != WORDS:
        raise BadShares("length", sheet)
    try:
        share = Share.from_mnemonic(" ".join(words))
    except MnemonicError:
        raise BadShares("typing", sheet) from None
    if (share.group_threshold, share.group_count, share.member_threshold) != (1, 1, NEEDED):
        raise BadShares("strange", sheet)
    return " ".join(words)


def _derive(master: bytes, label: str, length: int) -> bytes:
    if len(master) != MASTER_BYTES:
        raise ValueError(f"a master secret has {MASTER_BYTES} bytes")
    return HKDF(SHA256(), length, None, b"peil/1/council/" + label.encode("ascii")).derive(master)


def _stretch(passphrase: str, salt: bytes) -> bytes:
    return PBKDF2HMAC(SHA256(), 32, salt, ITERATIONS).derive(passphrase.encode())
