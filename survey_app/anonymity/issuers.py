"""Public keys of credentials, each with a proof that signing with it is a permutation.

With a key whose exponent shares a factor with the group's order the server could make a
blind signature fail for some people only, and learn from who comes back. The proof is that of
Goldberg, Reyzin, Sagga and Baldimtsi (doi:10.1007/978-3-030-12612-4_14) for a prime exponent:
where it divides the order, at most one number in 65537 has a root, so eight roots of numbers
that nobody chose leave a cheat a chance of 2^-128.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from survey_app.anonymity.blindrsa import EXPONENT, mgf1
from survey_app.anonymity.encoding import Malformed, b64u, digest, unb64u

MODULUS_BYTES = 384
ROOTS = 8
#: 16 bytes more than the modulus, so that reducing favours no number by more than 2^-128.
CHALLENGE_BYTES = MODULUS_BYTES + 16


class BadIssuer(ValueError):
    """A public key that a client must not have anything blindly signed with."""


@dataclass(frozen=True)
class Issuer:
    """The modulus of an RSA-3072 key with exponent 65537, and the eight roots that prove it.

    ``n`` and every root take 384 bytes.
    """

    n: bytes
    proof: tuple[bytes, ...]

    @cached_property
    def modulus(self) -> int:
        """The modulus as a number."""
        return int.from_bytes(self.n, "big")

    @cached_property
    def hash(self) -> str:
        """The issuer hash, by which manifests and ballots name the key."""
        return b64u(digest("issuer", self.n, *self.proof))

    def check(self) -> None:
        """Raises :class:`BadIssuer` unless the modulus has the right form and all roots are roots."""
        if len(self.n) != MODULUS_BYTES or self.n[0] < 0x80 or not self.n[-1] & 1:
            raise BadIssuer("the modulus is not an odd number of 3072 bits")
        if len(self.proof) != ROOTS:
            raise BadIssuer(f"the proof does not hold {ROOTS} roots")
        for place, root in enumerate(self.proof):
            number = int.from_bytes(root, "big")
            if len(root) != MODULUS_BYTES or number >= self.modulus:
                raise BadIssuer(f"root {place + 1} is not a number below the modulus")
            if pow(number, EXPONENT, self.modulus) != challenge(self.n, place):
                raise BadIssuer(f"root {place + 1} is not the root it should be")

    def is_sound(self) -> bool:
        """Whether :meth:`check` passes."""
        try:
            self.check()
        except BadIssuer:
            return False
        return True

    def as_json(self) -> dict[str, object]:
        """The issuer as it stands in JSON."""
        return {"n": b64u(self.n), "proof": [b64u(root) for root in self.proof]}

    @classmethod
    def from_json(cls, value: object) -> Issuer:
        """The issuer of what :meth:`as_json` made; raises :class:`Malformed`. The proof is not checked yet."""
        if not isinstance(value, Mapping) or set(value) != {"n", "proof"}:
            raise Malformed("an issuer has a modulus and a proof")
        proof = value["proof"]
        if not isinstance(proof, list) or len(proof) != ROOTS:
            raise Malformed(f"the proof of an issuer has {ROOTS} roots")
        return cls(unb64u(value["n"], MODULUS_BYTES), tuple(unb64u(root, MODULUS_BYTES) for root in proof))


def challenge(n: bytes, place: int) -> int:
    """The number, below the modulus, of which root ``place`` (from 0) is asked."""
    seed = b"peil/1/key-proof\0" + n + bytes([place])
    return int.from_bytes(mgf1(seed, CHALLENGE_BYTES), "big") % int.from_bytes(n, "big")
