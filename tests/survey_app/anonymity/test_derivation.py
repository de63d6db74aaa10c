"""Everything follows from the code and the manifest, and differs where it has to."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from survey_app.anonymity.codes import new_recovery_code
from survey_app.anonymity.derivation import Purpose, Secrets, request_message
from survey_app.anonymity.encoding import digest
from tests.survey_app.anonymity.invented import random_of

CODE = new_recovery_code(random_of("code"))
M = hashlib.sha256(b"manifest").digest()
SECRETS = Secrets(CODE, M)


def hkdf(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    """HKDF-SHA256 (RFC 5869), written out."""
    key = hmac.digest(salt, secret, "sha256")
    block, output = b"", b""
    for place in range(1, -(-length // 32) + 1):
        block = hmac.digest(key, block + info + bytes([place]), "sha256")
        output += block
    return output[:length]


def test_keys_are_hkdf_of_the_thirty_symbols() -> None:
    secret = CODE[:30].encode()

    assert SECRETS.draft_key == hkdf(secret, M, b"peil/1/draft", 32)
    assert SECRETS.serial == hkdf(secret, M, b"peil/1/serial", 32)
    assert SECRETS.locker.private_bytes_raw() == hkdf(secret, M, b"peil/1/locker", 32)
    assert SECRETS.ballot.private_bytes_raw() == hkdf(secret, M, b"peil/1/ballot", 32)
    assert SECRETS.salt("ballot", "abc") == hkdf(secret, M, b"peil/1/salt/ballot/abc", 48)


def test_the_blinding_factor_is_wide_and_below_the_modulus() -> None:
    modulus = (1 << 3071) + 12345
    wide = int.from_bytes(hkdf(CODE[:30].encode(), M, b"peil/1/blind/done/abc", 400), "big")

    assert SECRETS.blinding("done", "abc", modulus) == 1 + wide % (modulus - 1)
    assert SECRETS.blinding("done", "abc", 2) == 1


@pytest.mark.parametrize("purpose", ["locker", "ballot", "done"])
def test_nothing_is_used_twice(purpose: Purpose) -> None:
    others = [Secrets(new_recovery_code(random_of("other")), M), Secrets(CODE, bytes(32))]

    for other in others:
        assert SECRETS.message(purpose) != other.message(purpose)
        assert SECRETS.salt(purpose, "abc") != other.salt(purpose, "abc")
        assert SECRETS.blinding(purpose, "abc", 1 << 3071) != other.blinding(purpose, "abc", 1 << 3071)
    assert SECRETS.salt(purpose, "abc") != SECRETS.salt(purpose, "abd")
    assert len({SECRETS.message(p) for p in ("locker", "ballot", "done")}) == 3
    assert len({SECRETS.salt(p, "abc") for p in ("locker", "ballot", "done")}) == 3


def test_messages_are_those_of_the_protocol() -> None:
    assert SECRETS.message("locker") == digest("locker", M, SECRETS.locker_public)
    assert SECRETS.message("ballot") == digest("ballot", M, SECRETS.ballot_public)
    assert SECRETS.message("done") == digest("done", M, SECRETS.serial)
    assert request_message(M, "draft", b"a", b"b") == digest("locker-request", M, "draft", b"a", b"b")


def test_the_code_does_not_show() -> None:
    assert CODE not in repr(SECRETS)
