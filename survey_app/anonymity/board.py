"""The public board: checking it, and finding the own ballot on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from survey_app.anonymity.ballot import LEAF_KEYS, hidden_leaf, signed_message
from survey_app.anonymity.derivation import Secrets
from survey_app.anonymity.ed25519 import SIGNATURE_BYTES, verify
from survey_app.anonymity.encoding import Malformed, b64u, parse_canonical, unb64u
from survey_app.anonymity.manifest import HASH_BYTES, Manifest
from survey_app.anonymity.opened import Head, board_root
from survey_app.anonymity.reading import read_object, read_text

#: Where the own ballot is: on the board; there, in a unit so small that it stays hidden; not there, but
#: another one with the own key; nowhere; or not to be told without what the draft held.
Sight = Literal["shown", "hidden", "other", "absent", "unclear"]


def check_board(manifest: Manifest, head: object, board: object) -> tuple[str, ...]:
    """The leaves of a board, given its head as values and its text, one leaf a line.

    Raises :class:`Malformed` unless council and server signed the head and the leaves have its root.
    """
    value = read_object(head, {"size", "root", "invalid", "urn", "witness", "log"})
    read = Head.from_json({key: value[key] for key in ("size", "root", "invalid", "urn")})
    for key, public in (("witness", manifest.witness_key), ("log", manifest.log_key)):
        if not verify(public, unb64u(value[key], SIGNATURE_BYTES), read.digest(manifest.hash)):
            raise Malformed(f"the signature {key!r} on the head does not hold")
    if not isinstance(board, str):
        raise Malformed("a board is text")
    leaves = tuple(board.splitlines())
    if len(leaves) != read.size or board_root(leaves) != read.root:
        raise Malformed("the board does not have the root that was signed")
    return leaves


def find_on_board(leaves: Sequence[str], secrets: Secrets, sent: str | None) -> Sight:
    """Where the ballot of ``secrets`` is; ``sent`` is the leaf of what was sent, None when that is not known here."""
    if sent is not None and sent in leaves:
        return "shown"
    if sent is not None and hidden_leaf(sent) in leaves:
        return "hidden"
    key = b64u(secrets.ballot_public)
    if any(_is_mine(leaf, secrets) for leaf in leaves if key in leaf):
        return "shown" if sent is None else "other"
    return "unclear" if sent is None and any(leaf.startswith('{"hidden"') for leaf in leaves) else "absent"


def _is_mine(leaf: str, secrets: Secrets) -> bool:
    """Whether a leaf has the key of ``secrets`` and its signature, which nobody else can make."""
    try:
        value = read_object(parse_canonical(leaf), LEAF_KEYS)
        content_hash, signature = unb64u(value["content"], HASH_BYTES), unb64u(value["signature"], SIGNATURE_BYTES)
        message = signed_message(secrets.manifest_hash, read_text(value["unit"]), content_hash)
    except Malformed:
        return False
    return value["key"] == b64u(secrets.ballot_public) and verify(secrets.ballot_public, signature, message)
