"""Public keys with their proof: a client takes sound ones only."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest

from survey_app.anonymity.blindrsa import EXPONENT
from survey_app.anonymity.encoding import Malformed, b64u, canonical, digest, parse_canonical
from survey_app.anonymity.issuers import BadIssuer, Issuer, challenge
from tests.survey_app.anonymity.keys import issuer_key

#: Two primes for a malicious key: the exponent divides P - 1, so that raising to it loses information.
P = 2 * EXPONENT * (3 * 2**1517 + 1143) + 1
Q = 2**1536 - 3453


def test_a_real_key_is_sound() -> None:
    issuer = issuer_key().issuer

    issuer.check()
    assert issuer.is_sound()
    assert issuer.modulus == int.from_bytes(issuer.n, "big")
    assert issuer.hash == b64u(digest("issuer", issuer.n, *issuer.proof))


def test_the_challenges_are_what_the_protocol_says() -> None:
    n = issuer_key().issuer.n
    for place in (0, 7):
        seed = b"peil/1/key-proof\0" + n + bytes([place])
        stream = b"".join(hashlib.sha384(seed + bytes([0, 0, 0, block])).digest() for block in range(9))
        assert challenge(n, place) == int.from_bytes(stream[:400], "big") % int.from_bytes(n, "big")


def test_an_issuer_survives_json() -> None:
    issuer = issuer_key().issuer

    again = Issuer.from_json(parse_canonical(canonical(issuer.as_json())))

    assert again == issuer
    assert again.hash == issuer.hash


def forged() -> tuple[Issuer, int]:
    """The best that a cheat can do who wants raising to the exponent to lose information; and how many roots are right.

    The inverse of the exponent modulo the rest of the order gives a root wherever there is one.
    """
    n = (P * Q).to_bytes(384, "big")
    inverse = pow(EXPONENT, -1, (P - 1) // EXPONENT * (Q - 1))
    roots = [pow(challenge(n, place), inverse, P * Q) for place in range(8)]
    right = sum(pow(root, EXPONENT, P * Q) == challenge(n, place) for place, root in enumerate(roots))
    return Issuer(n, tuple(root.to_bytes(384, "big") for root in roots)), right


def test_a_key_that_loses_information_has_no_proof() -> None:
    for prime in (P, Q):
        assert all(pow(base, prime - 1, prime) == 1 for base in (2, 3, 5))
    assert (P - 1) % EXPONENT == 0
    n, inverse = P * Q, pow(EXPONENT, -1, (P - 1) // EXPONENT * (Q - 1))
    residue = pow(2, EXPONENT, n)
    assert pow(pow(residue, inverse, n), EXPONENT, n) == residue  # the cheat's way is right where there is one
    issuer, right = forged()

    assert right == 0
    assert not issuer.is_sound()
    with pytest.raises(BadIssuer, match="root 1 "):
        issuer.check()


def test_the_proof_of_another_key_is_no_proof() -> None:
    issuer = Issuer(issuer_key().issuer.n, issuer_key(1).issuer.proof)

    assert not issuer.is_sound()


@pytest.mark.parametrize("place", range(8))
def test_every_root_is_checked(place: int) -> None:
    issuer = issuer_key().issuer
    wrong = bytearray(issuer.proof[place])
    wrong[200] ^= 1
    proof = (*issuer.proof[:place], bytes(wrong), *issuer.proof[place + 1 :])

    with pytest.raises(BadIssuer, match=f"root {place + 1} is not the root"):
        replace(issuer, proof=proof).check()


def test_a_root_has_one_writing() -> None:
    issuer = issuer_key().issuer
    longer = replace(issuer, proof=(b"\0" + issuer.proof[0], *issuer.proof[1:]))
    shorter = replace(issuer, proof=(issuer.proof[0][1:], *issuer.proof[1:]))
    raised = [int.from_bytes(root, "big") + issuer.modulus for root in issuer.proof]
    # Some root is small enough to be written with a multiple of the modulus added, in all but one key in 256.
    larger = [
        replace(issuer, proof=(*issuer.proof[:place], number.to_bytes(384, "big"), *issuer.proof[place + 1 :]))
        for place, number in enumerate(raised)
        if number < 2**3072
    ]
    at_least = replace(issuer, proof=(issuer.n, *issuer.proof[1:]))

    for other in (longer, shorter, at_least, *larger):
        with pytest.raises(BadIssuer, match="not a number below the modulus"):
            other.check()


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda n: n[:-1] + bytes([n[-1] ^ 1]), "odd number of 3072 bits"),
        (lambda n: bytes([n[0] & 0x7F]) + n[1:], "odd number of 3072 bits"),
        (lambda n: b"\0" + n, "odd number of 3072 bits"),
        (lambda n: n[1:], "odd number of 3072 bits"),
        (lambda n: b"", "odd number of 3072 bits"),
    ],
)
def test_the_form_of_the_modulus_is_checked(change: Any, complaint: str) -> None:
    issuer = issuer_key().issuer

    with pytest.raises(BadIssuer, match=complaint):
        replace(issuer, n=change(issuer.n)).check()


@pytest.mark.parametrize("count", [0, 7, 9])
def test_there_are_eight_roots(count: int) -> None:
    issuer = issuer_key().issuer
    proof = (issuer.proof * 2)[:count]

    with pytest.raises(BadIssuer, match="8 roots"):
        replace(issuer, proof=proof).check()


def damaged(**changes: Any) -> dict[str, Any]:
    """A real issuer as JSON, with ``changes``; None takes a key away."""
    value = {**issuer_key().issuer.as_json(), **changes}
    return {key: entry for key, entry in value.items() if entry is not None}


@pytest.mark.parametrize(
    "make",
    [
        lambda: None,
        list,
        lambda: "issuer",
        lambda: damaged(n=None),
        lambda: damaged(proof=None),
        lambda: damaged(extra=1),
        lambda: damaged(n=7),
        lambda: damaged(n=b64u(bytes(383))),
        lambda: damaged(n=b64u(bytes(385))),
        lambda: damaged(n="=" * 512),
        lambda: damaged(proof="roots"),
        lambda: damaged(proof=[b64u(bytes(384))] * 7),
        lambda: damaged(proof=[b64u(bytes(384))] * 9),
        lambda: damaged(proof=[b64u(bytes(384))] * 7 + [b64u(bytes(383))]),
        lambda: damaged(proof=[b64u(bytes(384))] * 7 + [None]),
    ],
)
def test_what_is_no_issuer_is_refused(make: Any) -> None:
    with pytest.raises(Malformed):
        Issuer.from_json(make())
