"""The urn: lockers with sealed drafts and envelopes, reached by hashes only.

Needs an application context. Besides what each function says, all raise
:class:`survey_app.stores.errors.StoreError` when the database cannot do its work.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, delete, func, select, update

from survey_app.stores.databases import added_rows, reading, scrub, upsert, writing
from survey_app.stores.errors import Changed, Closed, Taken, UnknownLocker, UnknownSurvey
from survey_app.stores.tables_urn import LOCKER, URN, URN_SURVEY

#: The ``previous`` of a request that expects nothing to lie there.
NOTHING = bytes(32)


@dataclass(frozen=True)
class UrnSurvey:
    """What the urn knows of a survey; the private keys are sealed by the vault."""

    survey_id: str
    manifest: str
    accepting: bool
    locker_n: bytes
    log_private: bytes = field(repr=False)
    done_private: bytes = field(repr=False)
    assisted: int


@dataclass(frozen=True)
class Locker:
    """What lies in a locker: a sealed draft and a sealed envelope, or None."""

    draft: bytes | None
    envelope: bytes | None


class _Exchange:
    """The statements that look at columns of a locker and replace them where still lies what was seen.

    They are built once: that takes longer than a database needs to run them.
    """

    def __init__(self, *names: str) -> None:
        column = LOCKER.c
        mine = column.survey_id == bindparam("of_survey"), column.id == bindparam("of_locker")
        # The key-share lock makes whoever closes the urn wait for this transaction (PostgreSQL only).
        self._look = (
            select(URN_SURVEY.c.accepting, column.id, *(column[name] for name in names))
            .select_from(URN_SURVEY)
            .outerjoin(LOCKER, and_(*mine))
            .where(URN_SURVEY.c.survey_id == bindparam("of_survey"))
            .with_for_update(read=True, key_share=True, of=URN_SURVEY)
        )
        unchanged = (column[name].is_not_distinct_from(bindparam(f"old_{name}")) for name in names)
        changed: dict[Any, Any] = {column[name]: bindparam(f"new_{name}") for name in names}
        self._change = update(LOCKER).where(*mine, *unchanged).values(changed)

    def look(self, connection: Connection, survey_id: str, locker_id: bytes) -> Row:
        """The columns of a locker, all None when it is not there; raises :class:`Closed`."""
        row = connection.execute(self._look, {"of_survey": survey_id, "of_locker": locker_id}).first()
        if row is None or not row.accepting:
            raise Closed
        return row

    def keep(self, connection: Connection, survey_id: str, locker_id: bytes, seen: Row, **new: bytes | None) -> bool:
        """Writes all columns where still lies what was ``seen``; False when another request was quicker."""
        if seen.id is None:
            values = {"survey_id": survey_id, "id": locker_id, **new}
            return added_rows(connection, _ADD[connection.dialect.name], values) == 1
        old = {f"old_{name}": seen._mapping[name] for name in new}
        changed = {f"new_{name}": value for name, value in new.items()}
        both = {"of_survey": survey_id, "of_locker": locker_id, **old, **changed}
        return connection.execute(self._change, both).rowcount == 1


_ADD = {name: upsert(name, LOCKER).on_conflict_do_nothing() for name in ("sqlite", "postgresql")}
_DRAFT = _Exchange("draft", "spent")
_ENVELOPE = _Exchange("envelope", "spent", "done_hash", "done_reply")
_BOTH = _Exchange("draft", "envelope")
_LOCKER = select(LOCKER.c.draft, LOCKER.c.envelope).where(
    LOCKER.c.survey_id == bindparam("of_survey"), LOCKER.c.id == bindparam("of_locker")
)
_SURVEY = select(URN_SURVEY).where(URN_SURVEY.c.survey_id == bindparam("of_survey"))


def add_survey(survey_id: str, manifest: str, *, locker_n: bytes, log_private: bytes, done_private: bytes) -> None:
    """Makes place for a survey; it takes nothing in until :func:`accept`. The same once more replaces an empty one.

    Raises :class:`Changed` when lockers are there already.
    """
    values = {
        "manifest": manifest,
        "locker_n": locker_n,
        "log_private": log_private,
        "done_private": done_private,
    }
    with writing("urn") as connection:
        if connection.execute(select(func.count()).where(LOCKER.c.survey_id == survey_id)).scalar_one():
            raise Changed(f"the urn of survey {survey_id} is not empty")
        added = upsert(connection.dialect.name, URN_SURVEY).values(survey_id=survey_id, **values)
        connection.execute(added.on_conflict_do_update(index_elements=["survey_id"], set_=values))


def accept(survey_id: str, accepting: bool) -> None:
    """Opens the urn for lockers, or closes it: when this returns, no request that came before is still on its way.

    Raises :class:`UnknownSurvey`.
    """
    mine = URN_SURVEY.c.survey_id == survey_id
    with writing("urn") as connection:
        # Whoever puts something into the urn holds a key-share lock on this row: this waits for them.
        connection.execute(select(URN_SURVEY.c.survey_id).where(mine).with_for_update())
        if connection.execute(update(URN_SURVEY).where(mine).values(accepting=accepting)).rowcount == 0:
            raise UnknownSurvey(f"the urn holds no survey {survey_id}")


def survey(survey_id: str) -> UrnSurvey | None:
    """What the urn knows of a survey."""
    with reading("urn") as connection:
        row = connection.execute(_SURVEY, {"of_survey": survey_id}).one_or_none()
    return None if row is None else UrnSurvey(**row._asdict())


def locker(survey_id: str, locker_id: bytes) -> Locker | None:
    """What lies in a locker."""
    with reading("urn") as connection:
        row = connection.execute(_LOCKER, {"of_survey": survey_id, "of_locker": locker_id}).one_or_none()
    return None if row is None else Locker(row.draft, row.envelope)


def put_draft(survey_id: str, locker_id: bytes, draft: bytes, previous: bytes) -> None:
    """Puts a draft in the place of the one whose SHA-256 is ``previous`` (:data:`NOTHING` for none).

    The same draft again is accepted. Raises :class:`Closed`, and :class:`Changed` when another lies there.
    """
    while True:
        with writing("urn") as connection:
            row = _DRAFT.look(connection, survey_id, locker_id)
            if row.draft == draft:
                return
            spent = _replace(row.draft, draft, previous, row.spent)
            if _DRAFT.keep(connection, survey_id, locker_id, row, draft=draft, spent=spent):
                return


def put_envelope(
    survey_id: str,
    locker_id: bytes,
    envelope: bytes,
    previous: bytes,
    done_hash: bytes,
    sign_done: Callable[[], bytes],
) -> bytes:
    """Puts an envelope in the place of the one whose SHA-256 is ``previous``; returns the reply to the done request.

    ``done_hash`` stands for the done request: the first of a locker is signed by ``sign_done``, which
    must not touch a database, and its reply is kept. The same envelope again is accepted. Raises
    :class:`Closed`, :class:`Changed` when another envelope lies there, and :class:`Taken` when
    another done request was signed for this locker.
    """
    while True:
        with writing("urn") as connection:
            row = _ENVELOPE.look(connection, survey_id, locker_id)
            if row.done_hash not in (None, done_hash):
                raise Taken
            if row.envelope == envelope:
                return bytes(row.done_reply)
            spent = _replace(row.envelope, envelope, previous, row.spent)
            reply = sign_done() if row.done_reply is None else row.done_reply
            new = {"envelope": envelope, "spent": spent, "done_hash": done_hash, "done_reply": reply}
            if _ENVELOPE.keep(connection, survey_id, locker_id, row, **new):
                return bytes(reply)


def withdraw(survey_id: str, locker_id: bytes, previous: bytes) -> None:
    """Empties a locker whose envelope has the SHA-256 ``previous``; emptying an empty one changes nothing.

    Raises :class:`Closed`, :class:`UnknownLocker`, and :class:`Changed` when another envelope lies there.
    """
    while True:
        with writing("urn") as connection:
            row = _BOTH.look(connection, survey_id, locker_id)
            if row.id is None:
                raise UnknownLocker
            if row.envelope is None and row.draft is None:
                return
            if previous != _hash(row.envelope):
                raise Changed
            if _BOTH.keep(connection, survey_id, locker_id, row, draft=None, envelope=None):
                return


def envelopes(survey_id: str) -> list[bytes]:
    """All envelopes of a survey, sorted, without the lockers that they lay in."""
    wanted = select(LOCKER.c.envelope).where(LOCKER.c.survey_id == survey_id, LOCKER.c.envelope.is_not(None))
    with reading("urn") as connection:
        return sorted(connection.execute(wanted).scalars())


def count_assisted(survey_id: str) -> None:
    """Counts one more answer that was given without JavaScript; raises :class:`UnknownSurvey`."""
    counted = update(URN_SURVEY).where(URN_SURVEY.c.survey_id == survey_id)
    with writing("urn") as connection:
        if connection.execute(counted.values(assisted=URN_SURVEY.c.assisted + 1)).rowcount == 0:
            raise UnknownSurvey(f"the urn holds no survey {survey_id}")


def destroy(survey_id: str) -> None:
    """Destroys everything of a survey, in rows, free pages and logs; doing it again finishes what was cut short."""
    with writing("urn") as connection:
        if connection.dialect.name == "postgresql":
            # What others put in from here on would be lost by cutting the table: it waits.
            connection.exec_driver_sql(f"LOCK TABLE {URN_SURVEY.name}, {LOCKER.name} IN ACCESS EXCLUSIVE MODE")
            others = select(func.count()).where(URN_SURVEY.c.survey_id != survey_id)
            if not connection.execute(others).scalar_one():
                connection.exec_driver_sql(f"TRUNCATE {URN_SURVEY.name}, {LOCKER.name}")
        for table in URN.sorted_tables:
            connection.execute(delete(table).where(table.c.survey_id == survey_id))
    scrub("urn", *URN.sorted_tables)


def _replace(there: bytes | None, new: bytes, previous: bytes, spent: bytes | None) -> bytes | None:
    """What is spent after ``new`` took the place of what is ``there``; raises :class:`Changed` when it may not."""
    if previous != _hash(there):
        raise Changed
    if there is not None:
        return spent
    spent = spent or b""
    if _hash(new) in {spent[place : place + len(NOTHING)] for place in range(0, len(spent), len(NOTHING))}:
        raise Changed
    return spent + _hash(new)


def _hash(lying: bytes | None) -> bytes:
    return NOTHING if lying is None else hashlib.sha256(lying).digest()
