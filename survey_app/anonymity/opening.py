"""The opening: from sealed envelopes to ballots that are checked, counted once, and nobody's.

The council takes an urn file along, opens it once, gives the opened file back to the server and
keeps the audit bundle. The same urn and keys always give the same bytes.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from survey_app.anonymity.ballot import Ballot, InvalidBallot, parse_ballot
from survey_app.anonymity.ed25519 import SIGNATURE_BYTES
from survey_app.anonymity.encoding import Malformed, b64u, canonical, digest, unb64u
from survey_app.anonymity.issuers import Issuer
from survey_app.anonymity.manifest import Manifest, check_witness, parse_manifest
from survey_app.anonymity.opened import (
    Head,
    Opened,
    OpenedBallot,
    board_leaves,
    board_root,
    check_opened,
    opened_ballots,
)
from survey_app.anonymity.points import point_of
from survey_app.anonymity.reading import read_file, read_list, read_object, read_whole
from survey_app.anonymity.sealing import ENVELOPE_OVERHEAD, Unopenable, open_sealed, unpad

__all__ = [
    "Head",
    "Opened",
    "OpenedBallot",
    "Opening",
    "TooFewBallots",
    "TooManyBallots",
    "UnitCount",
    "Urn",
    "WrongKey",
    "check_opened",
    "open_urn",
    "read_urn",
    "write_urn",
]

#: Envelopes between two words about the progress.
STEP = 100


class TooFewBallots(ValueError):
    """Fewer ballots are valid than the promise asks for, so nothing is opened. How many is not said."""


class TooManyBallots(ValueError):
    """A unit has more ballots than credentials were issued for it; ``unit`` is its key. Nothing is opened."""

    def __init__(self, unit: str) -> None:
        super().__init__(f"unit {unit} has more ballots than credentials")
        self.unit = unit


class WrongKey(ValueError):
    """The council's keys are not those in the manifest."""


@dataclass(frozen=True)
class UnitCount:
    """How many invitations of a unit were used to get a credential, and how many of those a second time."""

    issued: int
    reissued: int

    @property
    def credentials(self) -> int:
        """The most ballots that there can be."""
        return self.issued + self.reissued


@dataclass(frozen=True)
class Urn:
    """An urn file: everything the council takes along. ``done`` counts the people who told the roster they sent."""

    manifest: Manifest
    witness: bytes
    issuers: Mapping[str, Issuer]
    counts: Mapping[str, UnitCount]
    done: int
    envelopes: tuple[bytes, ...]

    @cached_property
    def envelope_hashes(self) -> tuple[bytes, ...]:
        """The SHA-256 of each envelope, in their order."""
        return tuple(hashlib.sha256(envelope).digest() for envelope in self.envelopes)

    @cached_property
    def hash(self) -> bytes:
        """``U`` of the protocol: these envelopes and no others."""
        return urn_hash(self.manifest, self.envelope_hashes)


@dataclass(frozen=True)
class Opening:
    """What an opening gives: ``ballots`` are all valid ones, sorted by text; ``opened`` is for the server."""

    urn: Urn
    ballots: tuple[Ballot, ...]
    opened: Opened

    @property
    def head(self) -> Head:
        """The head of the board."""
        return self.opened.head

    @property
    def opened_text(self) -> str:
        """The opened file, back to the server."""
        return self.opened.as_text(self.urn.manifest)

    @property
    def audit_text(self) -> str:
        """The audit bundle, which stays with the council: it shows ballots with their units."""
        urn = self.urn
        return canonical(
            {
                "ballots": [ballot.text for ballot in self.ballots],
                "counts": _counts_json(urn.counts),
                "done": urn.done,
                "envelopes": sorted(map(b64u, urn.envelope_hashes)),
                "head": self.head.as_json(),
                "issuers": _issuers_json(urn.issuers),
                "kind": "audit",
                "manifest": urn.manifest.text,
                "peil": 1,
                "witness": b64u(urn.witness),
                "witness_head": b64u(self.opened.witness),
            }
        )


def write_urn(
    manifest: Manifest,
    witness: bytes,
    issuers: Mapping[str, Issuer],
    counts: Mapping[str, tuple[int, int]],
    done: int,
    envelopes: Iterable[bytes],
) -> str:
    """The urn file of a closed survey: ``issuers`` by hash, all of them; ``counts`` are issued and reissued by unit.

    Raises ``KeyError`` when an issuer of the manifest is absent.
    """
    used = {unit.key: UnitCount(*counts.get(unit.key, (0, 0))) for unit in manifest.units if unit.issuer}
    return canonical(
        {
            "counts": _counts_json(used),
            "done": done,
            "envelopes": sorted(map(b64u, envelopes)),
            "issuers": _issuers_json({name: issuers[name] for name in manifest.issuer_hashes}),
            "kind": "urn",
            "manifest": manifest.text,
            "peil": 1,
            "witness": b64u(witness),
        }
    )


def read_urn(text: str) -> Urn:
    """The urn file in ``text``; raises :class:`Malformed` unless it hangs together and its manifest is witnessed."""
    value = read_file(text, "urn", {"counts", "done", "envelopes", "issuers", "manifest", "witness"})
    manifest, witness = read_witnessed(value["manifest"], value["witness"])
    envelopes = read_list(value["envelopes"])
    # Two people who work together can hand in the same envelope, so one may be there twice.
    sealed = tuple(map(unb64u, envelopes))
    if envelopes != sorted(envelopes):
        raise Malformed("the envelopes are not sorted")
    counts = read_counts(value["counts"], manifest)
    if break_promise(manifest, counts):
        raise Malformed("more credentials were issued than the promise allows")
    return Urn(
        manifest=manifest,
        witness=witness,
        issuers=read_issuers(value["issuers"], manifest),
        counts=counts,
        done=read_whole(value["done"]),
        envelopes=sealed,
    )


def open_urn(
    urn: Urn,
    opening_private: EllipticCurvePrivateKey,
    witness_private: Ed25519PrivateKey,
    progress: Callable[[float], None] | None = None,
) -> Opening:
    """Opens every envelope, checks and counts the ballots, and signs the head.

    ``progress`` hears how far it is, from 0 to 1. Raises :class:`WrongKey`, :class:`TooFewBallots`
    or :class:`TooManyBallots`, and then tells nothing about any envelope.
    """
    manifest = urn.manifest
    public = witness_private.public_key().public_bytes_raw()
    if (point_of(opening_private), public) != (manifest.opening_key, manifest.witness_key):
        raise WrongKey("these keys are not the ones that the promise names")
    found: dict[bytes, tuple[bytes, Ballot]] = {}
    for place, (envelope, name) in enumerate(zip(urn.envelopes, urn.envelope_hashes, strict=True), start=1):
        ballot = open_envelope(manifest, urn.issuers, opening_private, envelope)
        if ballot is not None and (ballot.key not in found or name < found[ballot.key][0]):
            found[ballot.key] = (name, ballot)
        if progress is not None and place % STEP == 0:
            progress(place / len(urn.envelopes))
    ballots = tuple(sorted((ballot for _, ballot in found.values()), key=lambda ballot: ballot.text))
    check_numbers(manifest, urn.counts, ballots)
    leaves = board_leaves(ballots)
    head = Head(len(ballots), board_root(leaves), len(urn.envelopes) - len(ballots), urn.hash)
    witness = witness_private.sign(head.digest(manifest.hash))
    return Opening(urn, ballots, Opened(head, witness, leaves, opened_ballots(manifest, ballots)))


def check_numbers(manifest: Manifest, counts: Mapping[str, UnitCount], ballots: Sequence[Ballot]) -> None:
    """Raises :class:`TooFewBallots` or :class:`TooManyBallots`."""
    if len(ballots) < manifest.k:
        raise TooFewBallots("fewer valid ballots than the promise asks for: nothing is opened")
    for unit, size in sorted(Counter(ballot.unit for ballot in ballots).items()):
        if size > counts[unit].credentials:
            raise TooManyBallots(unit)


def urn_hash(manifest: Manifest, envelope_hashes: Iterable[bytes]) -> bytes:
    """``U`` of the protocol, of the SHA-256 of each envelope."""
    return digest("urn", manifest.hash, *sorted(envelope_hashes))


def read_witnessed(text: object, signature: object) -> tuple[Manifest, bytes]:
    """A manifest with its witness signature; raises :class:`Malformed` unless it is by the key that it names."""
    if not isinstance(text, str):
        raise Malformed("a manifest is a text")
    manifest, witness = parse_manifest(text), unb64u(signature, SIGNATURE_BYTES)
    if not check_witness(manifest, witness):
        raise Malformed("the promise is not signed by the key of the works council that it names")
    return manifest, witness


def read_issuers(value: object, manifest: Manifest) -> dict[str, Issuer]:
    """All issuers of the manifest by hash; raises :class:`Malformed`. Their proofs are not checked here."""
    issuers = {name: Issuer.from_json(issuer) for name, issuer in read_object(value, manifest.issuer_hashes).items()}
    if any(issuer.hash != name for name, issuer in issuers.items()):
        raise Malformed("an issuer does not have the hash that the promise names")
    return issuers


def read_counts(value: object, manifest: Manifest) -> dict[str, UnitCount]:
    """The counts of all units with an issuer; raises :class:`Malformed`. Whether they can be is not checked here."""
    counts = {}
    for key, entry in read_object(value, {unit.key for unit in manifest.units if unit.issuer}).items():
        read = read_object(entry, {"issued", "reissued"})
        counts[key] = UnitCount(read_whole(read["issued"]), read_whole(read["reissued"]))
    return counts


def break_promise(manifest: Manifest, counts: Mapping[str, UnitCount]) -> bool:
    """Whether more was issued than people were invited, or reissued than the promise allows."""
    reissued = sum(count.reissued for count in counts.values())
    return reissued > manifest.most_reissued or any(
        count.issued > manifest.unit(key).invited for key, count in counts.items()
    )


def open_envelope(
    manifest: Manifest, issuers: Mapping[str, Issuer], opening_private: EllipticCurvePrivateKey, envelope: bytes
) -> Ballot | None:
    """The valid ballot in an envelope, or None."""
    if len(envelope) != manifest.size + ENVELOPE_OVERHEAD:
        return None
    try:
        text = unpad(open_sealed(opening_private, manifest.hash, envelope)).decode()
        return parse_ballot(text, manifest, issuers)
    except (Unopenable, Malformed, UnicodeDecodeError, InvalidBallot):
        return None


def _counts_json(counts: Mapping[str, UnitCount]) -> dict[str, dict[str, int]]:
    return {unit: {"issued": count.issued, "reissued": count.reissued} for unit, count in counts.items()}


def _issuers_json(issuers: Mapping[str, Issuer]) -> dict[str, object]:
    return {name: issuer.as_json() for name, issuer in issuers.items()}
