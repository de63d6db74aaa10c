"""The public board, as everybody can check it."""

from __future__ import annotations

from survey_app.anonymity.ed25519 import SIGNATURE_BYTES, verify
from survey_app.anonymity.encoding import Malformed, unb64u
from survey_app.anonymity.manifest import Manifest
from survey_app.anonymity.opened import Head, board_root
from survey_app.anonymity.reading import read_object


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
