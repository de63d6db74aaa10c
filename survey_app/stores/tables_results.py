"""The results: what was opened. Written in one go, sorted by hash, after the urn closed.

Who holds this database reads answers without names. Nothing in it, in its log or in the order of its rows says which
envelope an answer came from: all rows of an opening arrive in one transaction.
"""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, Text

from survey_app.stores.tables import metadata, table

RESULTS = metadata("results")

#: One ballot; ``id`` is a hash of a public key that only its owner can be asked to prove, ``unit`` the
#: reported one, ``content`` null after its owner withdrew it.
BALLOT = table(
    RESULTS,
    "ballot",
    Column("survey_id", Text, primary_key=True),
    Column("id", LargeBinary(32), primary_key=True),
    Column("unit", Text, nullable=False),
    Column("content", Text),
    Column("content_hash", LargeBinary(32), nullable=False),
)

#: One line of the public board.
BOARD_LEAF = table(
    RESULTS,
    "board_leaf",
    Column("survey_id", Text, primary_key=True),
    Column("leaf_hash", LargeBinary(32), primary_key=True),
    Column("leaf", Text, nullable=False),
)

#: The signed head of the board: one opening of a survey, ever.
TREE_HEAD = table(
    RESULTS,
    "tree_head",
    Column("survey_id", Text, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("invalid", Integer, nullable=False),
    Column("urn", LargeBinary(32), nullable=False),
    Column("witness", LargeBinary, nullable=False),
    Column("log", LargeBinary, nullable=False),
)

#: The manifest and its witness signature, as everybody may read them.
PROMISE = table(
    RESULTS,
    "promise",
    Column("survey_id", Text, primary_key=True),
    Column("manifest", Text, nullable=False),
    Column("witness", LargeBinary, nullable=False),
)

#: One entry of an organisation's ledger (:mod:`analysis.disclosure.ledger`), numbered from 1: figures that were
#: released, in the order in which they were, which is nothing to hide.
LEDGER = table(
    RESULTS,
    "ledger",
    Column("organisation", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("survey_id", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
)
