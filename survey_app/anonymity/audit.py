"""The audit: what anybody with the council's bundle can check without the server.

Each check stands by itself. Together they say that every ballot is from someone invited, in the unit
that it names, unchanged since it was signed, counted once, and that nothing was added.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from survey_app.anonymity.ballot import Ballot, InvalidBallot, parse_ballot
from survey_app.anonymity.board import check_board
from survey_app.anonymity.derivation import receipt_message
from survey_app.anonymity.ed25519 import SIGNATURE_BYTES, verify
from survey_app.anonymity.encoding import Malformed, unb64u
from survey_app.anonymity.issuers import Issuer
from survey_app.anonymity.manifest import HASH_BYTES, Manifest, check_witness, parse_manifest
from survey_app.anonymity.opened import Head, Opened, board_leaves, board_root, check_opened, opened_ballots
from survey_app.anonymity.opening import UnitCount, break_promise, open_envelope, read_counts, urn_hash
from survey_app.anonymity.reading import read_file, read_list, read_object, read_text, read_whole

KEYS = frozenset({"ballots", "counts", "done", "envelopes", "head", "issuers", "manifest", "witness", "witness_head"})

#: What a receipt proves: its ballot was counted; its envelope was in the urn, and only with the key it
#: can be told what became of it; another ballot with the same key was counted; none was; the envelope
#: held no valid ballot; the receipt is not by this server; it is of another survey.
Verdict = Literal["counted", "in_urn", "replaced", "missing", "void", "forged", "other"]

#: Verdicts under which all may be as it should.
SOUND: frozenset[Verdict] = frozenset({"counted", "in_urn", "replaced"})

#: Makes an exported file again from the ballots, pairs of reported unit and content.
Recompute = Callable[[Sequence[tuple[str, str]]], bytes]


@dataclass(frozen=True)
class Check:
    """One thing that was looked at; ``detail`` is a sentence, ``values`` its numbers and names for another language."""

    name: str
    ok: bool
    detail: str
    values: Mapping[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True)
class Remark:
    """What no check can decide, like :class:`Check`."""

    name: str
    detail: str
    values: Mapping[str, int | str]


@dataclass(frozen=True)
class AuditReport:
    """All checks in their order, and what no check can decide."""

    checks: tuple[Check, ...]
    remarks: tuple[Remark, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every check holds."""
        return all(check.ok for check in self.checks)

    @property
    def failed(self) -> tuple[str, ...]:
        """The names of the checks that do not hold."""
        return tuple(check.name for check in self.checks if not check.ok)


@dataclass(frozen=True)
class Bundle:
    """An audit bundle as it was read; nothing in it is trusted yet."""

    manifest: Manifest
    witness: bytes
    issuers: Mapping[str, Issuer]
    counts: Mapping[str, UnitCount]
    done: int
    envelopes: tuple[bytes, ...]
    ballots: tuple[str, ...]
    head: Head
    witness_head: bytes


def audit(
    bundle_text: str,
    *,
    words: str | None = None,
    opened: str | None = None,
    head: object = None,
    board: str | None = None,
    release: tuple[Recompute, bytes] | None = None,
) -> AuditReport:
    """Checks a bundle, and what the server shows where that is given.

    ``words`` are the six words that the works council posted; ``opened`` the opened file that the
    server got; ``head`` and ``board`` what it publishes (values of JSON, and text); ``release`` an
    exported file with the way to make it again.
    """
    try:
        bundle = read_bundle(bundle_text)
    except Malformed as error:
        return AuditReport((Check("file", False, f"This is no complete audit bundle: {error}."),))
    ballots, flaws = _check_ballots(bundle)
    checks = [Check("file", True, "The bundle is complete."), *_check_promise(bundle, words)]
    checks += [*_ballot_checks(bundle, ballots, flaws), *_number_checks(bundle, ballots)]
    true = Opened(
        head=bundle.head,
        witness=bundle.witness_head,
        leaves=board_leaves(ballots),
        ballots=opened_ballots(bundle.manifest, ballots),
    )
    checks += _head_checks(bundle, true)
    checks += _server_checks(bundle, true, opened, head, board)
    if release is not None:
        recompute, exported = release
        same = recompute([(ballot.unit, ballot.content) for ballot in true.ballots]) == exported
        detail = "The exported figures follow from the ballots." if same else "The ballots give other figures."
        checks.append(Check("release", same, detail))
    return AuditReport(tuple(checks), tuple(_remarks(bundle)))


def read_bundle(text: str) -> Bundle:
    """The audit bundle in ``text``; raises :class:`Malformed`. No signature and no number is checked."""
    value = read_file(text, "audit", KEYS)
    manifest = parse_manifest(read_text(value["manifest"], None))
    issuers = read_object(value["issuers"], manifest.issuer_hashes)
    return Bundle(
        manifest=manifest,
        witness=unb64u(value["witness"], SIGNATURE_BYTES),
        issuers={name: Issuer.from_json(issuer) for name, issuer in issuers.items()},
        counts=read_counts(value["counts"], manifest),
        done=read_whole(value["done"]),
        envelopes=tuple(unb64u(envelope, HASH_BYTES) for envelope in read_list(value["envelopes"])),
        ballots=tuple(read_text(ballot, None) for ballot in read_list(value["ballots"])),
        head=Head.from_json(value["head"]),
        witness_head=unb64u(value["witness_head"], SIGNATURE_BYTES),
    )


def check_receipt(
    bundle_text: str, receipt_text: str, opening_private: EllipticCurvePrivateKey | None = None
) -> Verdict:
    """What became of the envelope of a receipt file.

    Without the opening key it is "in_urn" or "missing", and "missing" can also mean that the respondent
    sent another ballot later. Whoever withdrew has a receipt that is "missing" too.
    Raises :class:`Malformed` for either file.
    """
    bundle = read_bundle(bundle_text)
    value = read_file(receipt_text, "receipt", {"envelope", "manifest_hash", "receipt"})
    envelope = unb64u(value["envelope"])
    name = hashlib.sha256(envelope).digest()
    if unb64u(value["manifest_hash"], HASH_BYTES) != bundle.manifest.hash:
        return "other"
    message = receipt_message(bundle.manifest.hash, name)
    if not verify(bundle.manifest.log_key, unb64u(value["receipt"], SIGNATURE_BYTES), message):
        return "forged"
    if opening_private is None:
        return "in_urn" if name in bundle.envelopes else "missing"
    ballot = open_envelope(bundle.manifest, bundle.issuers, opening_private, envelope)
    if ballot is None:
        return "void"
    if ballot.text in bundle.ballots:
        return "counted"
    ballots, _ = _check_ballots(bundle)
    return "replaced" if any(other.key == ballot.key for other in ballots) else "missing"


def _check_ballots(bundle: Bundle) -> tuple[list[Ballot], Counter[str]]:
    """The valid ballots, and how many have which flaw."""
    issuers = {name: issuer for name, issuer in bundle.issuers.items() if issuer.hash == name}
    ballots: list[Ballot] = []
    flaws: Counter[str] = Counter()
    for text in bundle.ballots:
        try:
            ballots.append(parse_ballot(text, bundle.manifest, issuers))
        except InvalidBallot as invalid:
            flaws[invalid.flaw] += 1
    return ballots, flaws


def _check_promise(bundle: Bundle, words: str | None) -> Iterator[Check]:
    manifest = bundle.manifest
    signed = check_witness(manifest, bundle.witness)
    yield Check("witness", signed, f"The works council {'signed' if signed else 'did not sign'} this promise.")
    if words is not None:
        same = words.lower().split() == manifest.words.split()
        detail = f"The words of this promise are: {manifest.words}."
        detail += "" if same else " These are not the words that were posted."
        yield Check("words", same, detail, {"words": manifest.words})
    bad, total = _count_bad_issuers(bundle), len(bundle.issuers)
    detail = f"{bad} of {total} keys are not as promised, or without proof."
    yield Check("issuers", not bad, detail, {"bad": bad, "total": total})


def _count_bad_issuers(bundle: Bundle) -> int:
    return sum(issuer.hash != name or not issuer.is_sound() for name, issuer in bundle.issuers.items())


def _ballot_checks(bundle: Bundle, ballots: Sequence[Ballot], flaws: Mapping[str, int]) -> Iterator[Check]:
    total = len(bundle.ballots)
    sentences = {
        "form": "{bad} of {total} ballots are not written as they should be.",
        "unit": "{bad} of {total} ballots name a unit that is not there, or not theirs.",
        "credential": "{bad} of {total} ballots have no credential of the unit that they name.",
        "signature": "{bad} of {total} ballots were changed after they were signed.",
        "unique": "{bad} of {total} ballots are there more than once.",
    }
    found = {**flaws, "unique": len(ballots) - len({ballot.key for ballot in ballots})}
    for name, sentence in sentences.items():
        bad = found.get(name, 0)
        yield Check(name, not bad, sentence.format(bad=bad, total=total), {"bad": bad, "total": total})


def _number_checks(bundle: Bundle, ballots: Sequence[Ballot]) -> Iterator[Check]:
    manifest, sizes = bundle.manifest, Counter(ballot.unit for ballot in ballots)
    stuffed = sorted(unit for unit, size in sizes.items() if size > bundle.counts[unit].credentials)
    units = ", ".join(manifest.unit(unit).name for unit in stuffed)
    detail = f"There are more ballots than credentials in: {units}." if units else "All units have enough credentials."
    yield Check("stuffing", not stuffed, detail, {"units": units})
    issued = sum(count.issued for count in bundle.counts.values())
    reissued = sum(count.reissued for count in bundle.counts.values())
    detail = f"{issued} of {manifest.invited} invitations were used, and {reissued} of them again."
    values = {"issued": issued, "invited": manifest.invited, "reissued": reissued}
    yield Check("issued", not break_promise(manifest, bundle.counts), detail, values)
    detail = f"There are {len(ballots)} valid ballots; {manifest.k} are needed to open."
    yield Check("enough", len(ballots) >= manifest.k, detail, {"ballots": len(ballots), "k": manifest.k})


def _head_checks(bundle: Bundle, true: Opened) -> Iterator[Check]:
    manifest, head = bundle.manifest, bundle.head
    envelopes, ballots = len(bundle.envelopes), len(true.leaves)
    same = head.urn == urn_hash(manifest, bundle.envelopes)
    detail = f"The head is {'' if same else 'not '}about the {envelopes} envelopes."
    yield Check("urn", same, detail, {"envelopes": envelopes})
    found = envelopes - ballots
    detail = f"{found} envelopes held no ballot that counts; the head says {head.invalid}."
    yield Check("invalid", head.invalid == found, detail, {"found": found, "said": head.invalid})
    same = (head.size, head.root) == (ballots, board_root(true.leaves))
    detail = f"The head {'fits' if same else 'does not fit'} the {ballots} valid ballots."
    yield Check("board", same, detail, {"ballots": ballots})
    signed = verify(manifest.witness_key, bundle.witness_head, head.digest(manifest.hash))
    yield Check("head", signed, f"The works council {'signed' if signed else 'did not sign'} this head.")


def _server_checks(
    bundle: Bundle, true: Opened, opened: str | None, head: object, board: str | None
) -> Iterator[Check]:
    """What the server has and shows, next to what follows from the ballots."""
    manifest = bundle.manifest
    if opened is not None:
        try:
            server = check_opened(opened, manifest)
        except Malformed as error:
            yield Check("opened", False, f"The opened file does not hold together: {error}.")
        else:
            different = len(set(server.ballots) ^ set(true.ballots))
            detail = f"The opened file has {len(server.ballots)} ballots; {different} of both sides differ."
            yield Check("opened", server == true, detail, {"different": different})
    if board is not None:
        try:
            leaves = check_board(manifest, head, board)
        except Malformed as error:
            yield Check("published", False, f"The published board does not hold together: {error}.")
        else:
            missing, added = len(set(true.leaves) - set(leaves)), len(set(leaves) - set(true.leaves))
            detail = f"The published board lacks {missing} ballots and has {added} that are not ours."
            yield Check("published", leaves == true.leaves, detail, {"missing": missing, "added": added})


def _remarks(bundle: Bundle) -> Iterator[Remark]:
    """What may be as it should, and may not."""
    done, envelopes = bundle.done, len(bundle.envelopes)
    if done > envelopes:
        detail = (
            f"{done} people told the roster that they sent a ballot, and {envelopes} envelopes came out of the urn."
        )
        detail += " Some may have withdrawn theirs later; others may show their receipts."
        yield Remark("done", detail, {"done": done, "envelopes": envelopes})
