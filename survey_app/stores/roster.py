"""The roster: surveys, their issuer keys, invitations and what became of them.

Needs an application context. Besides what each function says, all raise
:class:`survey_app.stores.errors.StoreError` when the database cannot do its work.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from survey_app.stores.databases import added_rows, reading, scrub, upsert, writing
from survey_app.stores.errors import CapReached, NotRunning, Taken, UnknownSurvey, UnknownToken, WrongState
from survey_app.stores.tables_roster import DONE_SPENT, INVITATION, ISSUER_KEY, STAFF_KEY, SURVEY

#: How many roots prove that a key is good; the column ``proof`` holds them one after the other.
ROOTS = 8


class State(StrEnum):
    """Where a survey is, in the order in which it gets there."""

    DRAFT = "draft"
    PROMISED = "promised"
    RUNNING = "running"
    CLOSED = "closed"
    OPENED = "opened"
    RELEASED = "released"
    ARCHIVED = "archived"


@dataclass(frozen=True)
class NewInvitation:
    """A person to invite; ``id`` are 16 random bytes, from which the caller made the code that ``token_hash`` hides."""

    id: bytes
    unit: str
    path: tuple[str, ...]
    name: str = field(repr=False)
    email: str = field(repr=False)
    language: str
    channel: str
    token_hash: bytes = field(repr=False)


@dataclass(frozen=True)
class Invitation(NewInvitation):
    """An invited person; ``issued`` and ``done`` belong to the code in force, the ``reissue_no``-th after the first."""

    survey_id: str = ""
    issued: bool = False
    done: bool = False
    reissue_no: int = 0
    reissued: int = 0
    revoked: bool = False
    opted_out: bool = False


@dataclass(frozen=True)
class NewSurvey:
    """A survey to begin with: its form and survey file as texts, and everybody on its roster.

    With a ``manifest`` and the issuer ``keys`` that it names it is promised, without them a draft;
    ``witness`` is the signature on the manifest when there is one already.
    """

    id: str
    survey_file: str
    form: str
    invitations: Sequence[NewInvitation] = ()
    opened_on: str | None = None
    remind_all: bool = False
    manifest: str | None = None
    witness: bytes | None = None
    keys: Sequence[StoredKey] = ()


@dataclass(frozen=True)
class StoredSurvey:
    """A survey as it is kept; ``manifest`` and ``witness`` are None until they are there."""

    id: str
    state: State
    manifest: str | None
    witness: bytes | None
    form: str
    survey_file: str
    opened_on: str | None
    remind_all: bool


@dataclass(frozen=True)
class StoredKey:
    """An issuer key; ``purpose`` is "locker", "done" or the key of a unit, ``private`` is sealed by the vault."""

    hash: str
    purpose: str
    n: bytes
    proof: tuple[bytes, ...]
    private: bytes = field(repr=False)


@dataclass(frozen=True)
class UnitCounts:
    """How many people of one unit are invited, have used the code in force, used one before it, and are done."""

    invited: int
    issued: int
    reissued: int
    done: int


def add_survey(new: NewSurvey) -> None:
    """Keeps a survey with all its invitations and keys, as a draft or promised; all of it or nothing."""
    rows = [
        {
            "id": person.id,
            "survey_id": new.id,
            "unit": person.unit,
            "path": _json(list(person.path)),
            "name": person.name,
            "email": person.email,
            "language": person.language,
            "channel": person.channel,
            "token_hash": person.token_hash,
        }
        for person in new.invitations
    ]
    keys = [
        {
            "hash": key.hash,
            "survey_id": new.id,
            "purpose": key.purpose,
            "n": key.n,
            "proof": b"".join(key.proof),
            "private": key.private,
        }
        for key in new.keys
    ]
    with writing("roster") as connection:
        connection.execute(
            insert(SURVEY).values(
                id=new.id,
                state=(State.DRAFT if new.manifest is None else State.PROMISED).value,
                manifest=new.manifest,
                witness=new.witness,
                form=new.form,
                survey_file=new.survey_file,
                opened_on=new.opened_on,
                remind_all=new.remind_all,
            )
        )
        if rows:
            connection.execute(insert(INVITATION), rows)
        if keys:
            connection.execute(insert(ISSUER_KEY), keys)


def survey(survey_id: str) -> StoredSurvey | None:
    """The survey with this id."""
    with reading("roster") as connection:
        row = connection.execute(select(SURVEY).where(SURVEY.c.id == survey_id)).one_or_none()
    return None if row is None else _stored_survey(row)


def surveys() -> tuple[StoredSurvey, ...]:
    """All surveys, by id."""
    with reading("roster") as connection:
        return tuple(map(_stored_survey, connection.execute(select(SURVEY).order_by(SURVEY.c.id))))


def set_witness(survey_id: str, witness: bytes) -> None:
    """Keeps the witness signature of a promised survey; raises :class:`WrongState` when it is not promised."""
    with writing("roster") as connection:
        _change(connection, survey_id, State.PROMISED, witness=witness)


def set_opened_on(survey_id: str, day: str | None) -> None:
    """Keeps the ISO day on which the survey was opened; raises :class:`UnknownSurvey`."""
    with writing("roster") as connection:
        _change(connection, survey_id, None, opened_on=day)


def set_remind_all(survey_id: str, remind_all: bool) -> None:
    """Keeps whether everybody is reminded, done or not; raises :class:`UnknownSurvey`."""
    with writing("roster") as connection:
        _change(connection, survey_id, None, remind_all=remind_all)


def move(survey_id: str, before: State, after: State) -> None:
    """Takes a survey from one state to another, once; raises :class:`WrongState` when it is not in ``before``."""
    with writing("roster") as connection:
        _change(connection, survey_id, before, state=after.value)


def issuer_keys(survey_id: str) -> tuple[StoredKey, ...]:
    """The issuer keys of a survey, by purpose."""
    wanted = select(ISSUER_KEY).where(ISSUER_KEY.c.survey_id == survey_id).order_by(ISSUER_KEY.c.purpose)
    with reading("roster") as connection:
        rows = connection.execute(wanted).all()
    return tuple(StoredKey(row.hash, row.purpose, row.n, _roots(row.proof), row.private) for row in rows)


def find_invitation(survey_id: str, token_hash: bytes) -> Invitation | None:
    """The invitation in force with this code."""
    with reading("roster") as connection:
        row = connection.execute(_in_force(survey_id, token_hash)).one_or_none()
    return None if row is None else _invitation(row)


def invitations(survey_id: str) -> tuple[Invitation, ...]:
    """All invitations of a survey, revoked ones too, by id."""
    wanted = select(INVITATION).where(INVITATION.c.survey_id == survey_id).order_by(INVITATION.c.id)
    with reading("roster") as connection:
        return tuple(map(_invitation, connection.execute(wanted)))


def issue(survey_id: str, token_hash: bytes, request_hash: bytes, sign: Callable[[Invitation], bytes]) -> bytes:
    """Signs for an invitation once: what ``sign`` makes is kept and given again for the same request.

    One transaction, in which ``sign`` must not touch a database. Raises :class:`UnknownSurvey`,
    :class:`NotRunning`, :class:`UnknownToken`, and :class:`Taken` when another request was signed for
    this invitation.
    """
    with writing("roster") as connection:
        if _state(connection, survey_id) is not State.RUNNING:
            raise NotRunning
        row = connection.execute(_in_force(survey_id, token_hash).with_for_update()).one_or_none()
        if row is None:
            raise UnknownToken
        if row.issued:
            if row.request_hash != request_hash or row.reply is None:
                raise Taken
            return bytes(row.reply)
        reply = sign(_invitation(row))
        changed = update(INVITATION).where(INVITATION.c.id == row.id)
        connection.execute(changed.values(issued=True, request_hash=request_hash, reply=reply))
        return reply


def mark_done(survey_id: str, token_hash: bytes, serial_hash: bytes) -> None:
    """Notes that a person is done and that this completion token was handed in; doing it again changes nothing.

    Raises :class:`UnknownToken`, and :class:`Taken` when somebody else handed in the same one.
    """
    with writing("roster") as connection:
        row = connection.execute(_in_force(survey_id, token_hash).with_for_update()).one_or_none()
        if row is None:
            raise UnknownToken
        spend = upsert(connection.dialect.name, DONE_SPENT).values(serial_hash=serial_hash, survey_id=survey_id)
        if not added_rows(connection, spend.on_conflict_do_nothing()) and not row.done:
            raise Taken
        connection.execute(update(INVITATION).where(INVITATION.c.id == row.id).values(done=True))


def counts(survey_id: str) -> dict[str, UnitCounts]:
    """The counts by key of the unit in which people have their credential; revoked invitations count no more."""
    column = INVITATION.c
    wanted = (
        select(
            column.unit,
            func.count().filter(~column.revoked),
            func.count().filter(column.issued),
            func.sum(column.reissued),
            func.count().filter(column.done),
        )
        .where(column.survey_id == survey_id)
        .group_by(column.unit)
        .order_by(column.unit)
    )
    with reading("roster") as connection:
        return {unit: UnitCounts(*map(int, numbers)) for unit, *numbers in connection.execute(wanted)}


def reissue(survey_id: str, invitation_id: bytes, new_token_hash: bytes, cap: int) -> None:
    """Gives a person the next code in place of the one before, which opens nothing any more.

    When that one was used already, a second ballot becomes possible: this happens at most ``cap``
    times in a survey (:class:`CapReached`), is counted for the unit in public, and neither for a
    person who is done nor twice for the same one (:class:`Taken`). Raises :class:`UnknownToken` for
    an invitation that is not in force.
    """
    column = INVITATION.c
    with writing("roster") as connection:
        # The survey is locked so that two people cannot both get the last one under the cap.
        connection.execute(select(SURVEY.c.id).where(SURVEY.c.id == survey_id).with_for_update())
        mine = (column.survey_id == survey_id, column.id == invitation_id, ~column.revoked)
        row = connection.execute(select(INVITATION).where(*mine).with_for_update()).one_or_none()
        if row is None:
            raise UnknownToken
        if row.done or (row.issued and row.reissued):
            raise Taken
        given = select(func.coalesce(func.sum(column.reissued), 0)).where(column.survey_id == survey_id)
        if row.issued and connection.execute(given).scalar_one() >= cap:
            raise CapReached
        connection.execute(
            update(INVITATION)
            .where(*mine)
            .values(
                token_hash=new_token_hash,
                reissue_no=column.reissue_no + 1,
                reissued=column.reissued + int(row.issued),
                issued=False,
                request_hash=None,
                reply=None,
            )
        )


def revoke(survey_id: str, invitation_id: bytes) -> None:
    """Takes back an invitation that was not used yet; raises :class:`Taken` when it was, or :class:`UnknownToken`."""
    column = INVITATION.c
    with writing("roster") as connection:
        mine = (column.survey_id == survey_id, column.id == invitation_id)
        row = connection.execute(select(INVITATION).where(*mine).with_for_update()).one_or_none()
        if row is None:
            raise UnknownToken
        if row.issued or row.reissued:
            raise Taken
        connection.execute(update(INVITATION).where(*mine).values(revoked=True))


def forget_requests(survey_id: str) -> None:
    """Destroys what was signed blindly for each person, which nobody needs after the objection period."""
    mine = INVITATION.c.survey_id == survey_id
    with writing("roster") as connection:
        connection.execute(update(INVITATION).where(mine).values(request_hash=None, reply=None))
    scrub("roster", INVITATION)


def add_staff_key(survey_id: str, role: str, key_hash: bytes) -> None:
    """Keeps the hash of a key that opens the staff pages of a survey in a role."""
    with writing("roster") as connection:
        connection.execute(insert(STAFF_KEY).values(hash=key_hash, survey_id=survey_id, role=role))


def staff_key(key_hash: bytes) -> tuple[str, str] | None:
    """The survey id and the role that a key opens."""
    wanted = select(STAFF_KEY.c.survey_id, STAFF_KEY.c.role).where(STAFF_KEY.c.hash == key_hash)
    with reading("roster") as connection:
        row = connection.execute(wanted).one_or_none()
    return None if row is None else (row.survey_id, row.role)


def _change(connection: Connection, survey_id: str, before: State | None, **values: Any) -> None:
    """Changes a survey when it is in the state ``before``, or in any when that is None."""
    changed = update(SURVEY).where(SURVEY.c.id == survey_id)
    if before is not None:
        changed = changed.where(SURVEY.c.state == before.value)
    if connection.execute(changed.values(**values)).rowcount == 0:
        state = _state(connection, survey_id)
        raise WrongState(f"survey {survey_id} is {state}, not {before}")


def _state(connection: Connection, survey_id: str) -> State:
    # A share lock: on PostgreSQL, closing waits for those who still found the survey running.
    wanted = select(SURVEY.c.state).where(SURVEY.c.id == survey_id).with_for_update(read=True)
    state = connection.execute(wanted).scalar_one_or_none()
    if state is None:
        raise UnknownSurvey(f"there is no survey {survey_id}")
    return State(state)


def _in_force(survey_id: str, token_hash: bytes) -> Any:
    column = INVITATION.c
    return select(INVITATION).where(column.token_hash == token_hash, column.survey_id == survey_id, ~column.revoked)


def _stored_survey(row: Row) -> StoredSurvey:
    return StoredSurvey(**{**row._asdict(), "state": State(row.state)})


def _invitation(row: Row) -> Invitation:
    values = row._asdict()
    del values["request_hash"], values["reply"]
    return Invitation(**{**values, "path": tuple(json.loads(row.path))})


def _roots(proof: bytes) -> tuple[bytes, ...]:
    size = len(proof) // ROOTS
    return tuple(proof[place * size : (place + 1) * size] for place in range(ROOTS))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
