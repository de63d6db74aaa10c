"""What comes out of an opening: the board with its head, and the ballots under the units they are reported by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from survey_app.anonymity import tree
from survey_app.anonymity.ballot import Ballot, hidden_leaf, opened_content, read_opened_content
from survey_app.anonymity.ed25519 import SIGNATURE_BYTES, verify
from survey_app.anonymity.encoding import Malformed, b64u, canonical, digest, parse_canonical, unb64u
from survey_app.anonymity.manifest import HASH_BYTES, Manifest
from survey_app.anonymity.reading import read_file, read_list, read_object, read_text, read_whole


@dataclass(frozen=True)
class Head:
    """One line that stands for the whole opening: how many ballots, the root of their tree, how many
    envelopes did not count, and the hash of the urn."""

    size: int
    root: bytes
    invalid: int
    urn: bytes

    def digest(self, manifest_hash: bytes) -> bytes:
        """What the council and the server sign."""
        size, invalid = (number.to_bytes(8, "big") for number in (self.size, self.invalid))
        return digest("head", manifest_hash, size, self.root, invalid, self.urn)

    def as_json(self) -> dict[str, Any]:
        """The head as it stands in JSON."""
        return {"invalid": self.invalid, "root": b64u(self.root), "size": self.size, "urn": b64u(self.urn)}

    @classmethod
    def from_json(cls, value: object) -> Head:
        """The head of what :meth:`as_json` made; raises :class:`Malformed`."""
        read = read_object(value, {"invalid", "root", "size", "urn"})
        return cls(
            size=read_whole(read["size"]),
            root=unb64u(read["root"], HASH_BYTES),
            invalid=read_whole(read["invalid"]),
            urn=unb64u(read["urn"], HASH_BYTES),
        )


@dataclass(frozen=True)
class OpenedBallot:
    """A ballot as the server gets it: no key, no credential, no unit of its own but one of at least k ballots."""

    id: bytes
    unit: str
    content: str


@dataclass(frozen=True)
class Opened:
    """An opened file; ``leaves`` are sorted texts, ``witness`` is the council's signature on the head."""

    head: Head
    witness: bytes
    leaves: tuple[str, ...]
    ballots: tuple[OpenedBallot, ...]

    def as_text(self, manifest: Manifest) -> str:
        """The file that goes back to the server."""
        ballots = [{"content": b.content, "id": b64u(b.id), "unit": b.unit} for b in self.ballots]
        return canonical(
            {
                "ballots": ballots,
                "head": self.head.as_json(),
                "kind": "opened",
                "leaves": self.leaves,
                "manifest_hash": b64u(manifest.hash),
                "peil": 1,
                "witness": b64u(self.witness),
            }
        )


def check_opened(text: str, manifest: Manifest) -> Opened:
    """The opened file in ``text``, as a server checks it before storing anything.

    Raises :class:`Malformed` unless the council's key signed the head, the head fits the leaves and the
    number of ballots, leaves show nothing, and ballots appear under units of the plan that are large enough.
    """
    value = read_file(text, "opened", {"ballots", "head", "leaves", "manifest_hash", "witness"})
    if unb64u(value["manifest_hash"], HASH_BYTES) != manifest.hash:
        raise Malformed("an opening of another survey, or of another promise")
    opened = Opened(
        head=Head.from_json(value["head"]),
        witness=unb64u(value["witness"], SIGNATURE_BYTES),
        leaves=tuple(_read_leaf(leaf) for leaf in read_list(value["leaves"])),
        ballots=tuple(_read_ballot(ballot) for ballot in read_list(value["ballots"])),
    )
    if not verify(manifest.witness_key, opened.witness, opened.head.digest(manifest.hash)):
        raise Malformed("the head is not signed by the key of the works council")
    if list(opened.leaves) != sorted(set(opened.leaves)) or board_root(opened.leaves) != opened.head.root:
        raise Malformed("the board does not have the root that was signed")
    if not len(opened.leaves) == len(opened.ballots) == opened.head.size:
        raise Malformed("there are not as many ballots as the head says")
    _check_ballots(opened, manifest)
    return opened


def board_root(leaves: Sequence[str]) -> bytes:
    """The root of the tree over the leaves of a board."""
    return tree.root([leaf.encode() for leaf in leaves])


def board_leaves(ballots: Sequence[Ballot]) -> tuple[str, ...]:
    """The sorted leaves of all valid ballots, as everybody may see them."""
    return tuple(sorted(hidden_leaf(ballot.leaf) for ballot in ballots))


def opened_ballots(manifest: Manifest, ballots: Sequence[Ballot]) -> tuple[OpenedBallot, ...]:
    """The ballots as the server gets them, sorted by their ids."""
    units = reported_units(manifest, Counter(ballot.report_as for ballot in ballots))
    opened = (OpenedBallot(ballot.id, units[ballot.report_as], opened_content(ballot.content)) for ballot in ballots)
    return tuple(sorted(opened, key=lambda ballot: b64u(ballot.id)))


def reported_units(manifest: Manifest, wanted: Mapping[str, int]) -> dict[str, str]:
    """Under which unit ballots appear, by the unit that they ask to be reported under.

    ``wanted`` counts the ballots that ask for a unit. No unit is deeper than the plan says, and every
    unit, the organisation too, ends up with none or at least k, if there are as many in all. From the
    deepest level upwards, a unit with fewer gives them all to the unit above it. While the organisation
    then has a rest of fewer than k, the unit with the fewest ballots (of equal ones the first in the
    manifest) gives all of its ballots to it: a rest would be a small group as well.
    """
    found = {key: manifest.reported_unit(key).key for key in wanted}
    sizes: Counter[str] = Counter()
    for key, size in wanted.items():
        sizes[found[key]] += size
    top = manifest.units[0].key

    def give(unit: str, above: str) -> None:
        sizes[above] += sizes.pop(unit)
        found.update({key: above for key, end in found.items() if end == unit})

    for unit in sorted(manifest.units, key=lambda unit: -len(manifest.path(unit.key))):
        if unit.parent is not None and 0 < sizes[unit.key] < manifest.k:
            give(unit.key, unit.parent)
    while 0 < sizes[top] < manifest.k:
        others = [unit.key for unit in manifest.units[1:] if sizes[unit.key]]
        if not others:
            break
        give(min(others, key=lambda key: sizes[key]), top)
    return found


def _read_leaf(value: object) -> str:
    """A leaf that shows nothing but a hash."""
    leaf = read_text(value, None)
    unb64u(read_object(parse_canonical(leaf), {"hidden"})["hidden"], HASH_BYTES)
    return leaf


def _read_ballot(value: object) -> OpenedBallot:
    read = read_object(value, {"content", "id", "unit"})
    content = read_text(read["content"], None)
    read_opened_content(content)
    return OpenedBallot(unb64u(read["id"], HASH_BYTES), read_text(read["unit"]), content)


def _check_ballots(opened: Opened, manifest: Manifest) -> None:
    """Ballots against each other and against the units."""
    ids = [b64u(ballot.id) for ballot in opened.ballots]
    if ids != sorted(set(ids)):
        raise Malformed("the ballots are not sorted, or one is there twice")
    if len(opened.ballots) < manifest.k:
        raise Malformed("fewer ballots than the promise asks for")
    sizes = Counter(ballot.unit for ballot in opened.ballots)
    for key in sizes:
        try:
            reported = manifest.reported_unit(key)
        except KeyError:
            raise Malformed("a ballot of a unit that is not there") from None
        if reported.key != key:
            raise Malformed("a ballot is reported under a deeper unit than the promise says")
    if any(size < manifest.k for size in sizes.values()):
        raise Malformed("a unit has fewer ballots than the promise asks for")
