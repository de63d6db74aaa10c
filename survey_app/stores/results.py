"""The results: opened ballots, the board and its signed head.

Needs an application context. Besides what each function says, all raise
:class:`survey_app.stores.errors.StoreError` when the database cannot do its work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection, Table, insert, select, update

from survey_app.anonymity.encoding import digest
from survey_app.anonymity.tree import leaf_hash
from survey_app.stores.databases import reading, scrub, writing
from survey_app.stores.errors import AlreadyOpened
from survey_app.stores.tables_results import BALLOT, BOARD_LEAF, PROMISE, TREE_HEAD


class OpenedBallot(Protocol):
    """A ballot as the opening gives it: 32 bytes that name it, the reported unit, the content as a text."""

    @property
    def id(self) -> bytes: ...
    @property
    def unit(self) -> str: ...
    @property
    def content(self) -> str: ...


class OpenedHead(Protocol):
    """What the head of the board says."""

    @property
    def size(self) -> int: ...
    @property
    def root(self) -> bytes: ...
    @property
    def invalid(self) -> int: ...
    @property
    def urn(self) -> bytes: ...


class Opened(Protocol):
    """An opening that was checked (:func:`survey_app.anonymity.opening.check_opened`)."""

    @property
    def ballots(self) -> Sequence[OpenedBallot]: ...
    @property
    def leaves(self) -> Sequence[str]: ...
    @property
    def head(self) -> OpenedHead: ...
    @property
    def witness(self) -> bytes: ...


@dataclass(frozen=True)
class StoredHead:
    """The head of the board with both signatures on it."""

    size: int
    root: bytes
    invalid: int
    urn: bytes
    witness: bytes
    log: bytes


def add_promise(survey_id: str, manifest: str, witness: bytes) -> None:
    """Keeps the manifest and its witness signature for the board; raises :class:`AlreadyOpened` for another one."""
    with writing("results") as connection:
        row = connection.execute(_promise(survey_id)).one_or_none()
        if row is None:
            connection.execute(insert(PROMISE).values(survey_id=survey_id, manifest=manifest, witness=witness))
        elif tuple(row) != (manifest, witness):
            raise AlreadyOpened(f"another manifest of survey {survey_id} is on the board")


def promise(survey_id: str) -> tuple[str, bytes] | None:
    """The manifest and the witness signature of a survey."""
    with reading("results") as connection:
        row = connection.execute(_promise(survey_id)).one_or_none()
    return None if row is None else (row.manifest, row.witness)


def store_opened(survey_id: str, opened: Opened, log: bytes) -> None:
    """Keeps what was opened, in one transaction and sorted by hash; the same head once more changes nothing.

    ``log`` is the signature of the server on the head. Raises :class:`AlreadyOpened` when another
    opening of this survey was stored.
    """
    head = opened.head
    new_head = StoredHead(head.size, head.root, head.invalid, head.urn, opened.witness, log)
    ballots = [
        {
            "survey_id": survey_id,
            "id": ballot.id,
            "unit": ballot.unit,
            "content": ballot.content,
            "content_hash": digest("content", ballot.content),
        }
        for ballot in sorted(opened.ballots, key=lambda ballot: ballot.id)
    ]
    leaves = [
        {"survey_id": survey_id, "leaf_hash": hashed, "leaf": leaf}
        for hashed, leaf in sorted((leaf_hash(leaf.encode()), leaf) for leaf in opened.leaves)
    ]
    with writing("results") as connection:
        _lock(connection)
        if (old := _head(connection, survey_id)) is not None:
            if (old.size, old.root, old.invalid, old.urn) != (head.size, head.root, head.invalid, head.urn):
                raise AlreadyOpened(f"another opening of survey {survey_id} was stored")
            return
        connection.execute(insert(TREE_HEAD).values(survey_id=survey_id, **vars(new_head)))
        for table, rows in ((BALLOT, ballots), (BOARD_LEAF, leaves)):
            if rows:
                connection.execute(insert(table), rows)
            _sort(connection, table)


def ballots(survey_id: str) -> list[tuple[str, str]]:
    """Reported unit and content of each ballot that was not withdrawn, in the order of their hashes."""
    column = BALLOT.c
    wanted = select(column.unit, column.content).where(column.survey_id == survey_id, column.content.is_not(None))
    with reading("results") as connection:
        return [(unit, content) for unit, content in connection.execute(wanted.order_by(column.id))]


def leaves(survey_id: str) -> list[str]:
    """The leaves of the board, sorted as text."""
    wanted = select(BOARD_LEAF.c.leaf).where(BOARD_LEAF.c.survey_id == survey_id)
    with reading("results") as connection:
        return sorted(connection.execute(wanted).scalars())


def head(survey_id: str) -> StoredHead | None:
    """The head of the board, None until the survey was opened."""
    with reading("results") as connection:
        return _head(connection, survey_id)


def withdraw(survey_id: str, ballot_id: bytes) -> bool:
    """Destroys the content of a ballot, in rows, free pages and logs; False when there is no such ballot.

    Its line on the board stays, and says nothing but that somebody took part.
    """
    mine = (BALLOT.c.survey_id == survey_id, BALLOT.c.id == ballot_id)
    with writing("results") as connection:
        _lock(connection)
        there = connection.execute(select(BALLOT.c.content).where(*mine)).one_or_none()
        # Asked again it is not done again: rewriting the whole file is too much work to have on demand.
        if there is not None and there.content is not None:
            connection.execute(update(BALLOT).where(*mine).values(content=None))
            _sort(connection, BALLOT)
    if there is not None and there.content is not None:
        scrub("results")  # on PostgreSQL the sorted copy holds nothing of it already
    return there is not None


def _promise(survey_id: str) -> Any:
    return select(PROMISE.c.manifest, PROMISE.c.witness).where(PROMISE.c.survey_id == survey_id)


def _head(connection: Connection, survey_id: str) -> StoredHead | None:
    row = connection.execute(select(TREE_HEAD).where(TREE_HEAD.c.survey_id == survey_id)).one_or_none()
    if row is None:
        return None
    return StoredHead(row.size, row.root, row.invalid, row.urn, row.witness, row.log)


def _lock(connection: Connection) -> None:
    """Lets nobody else at the results: SQLite has one writer anyway, PostgreSQL is asked for the same."""
    if connection.dialect.name == "postgresql":
        names = ", ".join(table.name for table in (BALLOT, BOARD_LEAF, TREE_HEAD))
        connection.exec_driver_sql(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE")


def _sort(connection: Connection, table: Table) -> None:
    """On PostgreSQL, writes all rows of a table anew, in the order of their keys.

    Rows there carry the number of the transaction that wrote them (``xmin``) and lie where they were
    put (``ctid``); both outlive ``VACUUM FULL``. A sorted copy takes the place of the rows, in the same
    transaction, so that all get one number and lie in the order of hashes. The table itself stays, with
    its keys and privileges. On SQLite rows have no number and lie in the order of their keys.
    """
    if connection.dialect.name != "postgresql":
        return
    order = ", ".join(column.name for column in table.primary_key)
    connection.exec_driver_sql(
        f"CREATE TEMPORARY TABLE sorted ON COMMIT DROP AS SELECT * FROM {table.name} ORDER BY {order}"
    )
    connection.exec_driver_sql(f"TRUNCATE {table.name}")
    connection.exec_driver_sql(f"INSERT INTO {table.name} SELECT * FROM sorted ORDER BY {order}")
    connection.exec_driver_sql("DROP TABLE sorted")
