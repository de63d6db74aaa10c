"""The queue of mails in the roster database: each is claimed first, then sent, then marked.

A mail that was claimed and not marked, because the program died in between, is *uncertain*: it may
be with the server or not. It is never sent again by itself, only when a person says so.

Needs an application context; raises :class:`survey_app.stores.StoreError` when the database fails.
"""

from __future__ import annotations

import fcntl
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, func, insert, select, update
from sqlalchemy.engine import CursorResult

from survey_app.mail.recipients import Candidate
from survey_app.stores import db, reading, writing
from survey_app.stores.tables_roster import INVITATION, OUTBOX

#: How people are reached that this queue is about.
CHANNEL = "mail"

#: Any number that no other program on the same PostgreSQL is likely to lock ("peil" in ASCII).
_ADVISORY_LOCK = 0x7065696C

_mail, _person = OUTBOX.c, INVITATION.c


class Stage(StrEnum):
    """What became of a mail."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    SENT = "sent"
    UNCERTAIN = "uncertain"
    FAILED = "failed"
    DROPPED = "dropped"


class AnotherSender(Exception):
    """Another program is sending mails of this installation at this moment."""


@dataclass(frozen=True)
class Claimed:
    """A mail that is ours to send, and what is known of its recipient at this moment."""

    id: bytes
    round: int
    attempts: int
    invitation_id: bytes
    email: str = field(repr=False)
    name: str = field(repr=False)
    language: str
    reissue_no: int
    token_hash: bytes = field(repr=False)
    unwanted: bool


@contextmanager
def only_sender() -> Iterator[None]:
    """Holds the right to send, which one program has at a time; raises :class:`AnotherSender`.

    While it is held, whatever is claimed by somebody else was left behind by a program that died.
    The right ends with the program, however that ends.
    """
    engine = db.engines["roster"]
    if engine.dialect.name == "sqlite":
        with Path(str(engine.url.database)).with_name("mail.lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise AnotherSender from error
            yield
    else:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if not connection.execute(select(func.pg_try_advisory_lock(_ADVISORY_LOCK))).scalar_one():
                raise AnotherSender
            try:
                yield
            finally:
                connection.execute(select(func.pg_advisory_unlock(_ADVISORY_LOCK)))


def set_leftovers_aside() -> int:
    """Marks what a program that died had claimed as uncertain; needs the right to send."""
    return _change(_mail.state == Stage.CLAIMED.value, state=Stage.UNCERTAIN.value, reason="interrupted")


def begin_round(survey_id: str, round: int, chosen: Iterable[bytes], draw_due: Callable[[], int]) -> int:
    """Queues a round for the ``chosen`` invitations that are not in it yet; gives how many that were.

    Each gets a moment from ``draw_due``: a minute after midnight of the round's day. What still
    waits of earlier rounds goes out no more, so that nobody gets two mails after each other.
    """
    with writing("roster") as connection:
        known = _addressed(connection, survey_id, round)
        rows = [
            {
                "id": secrets.token_bytes(16),
                "survey_id": survey_id,
                "invitation_id": invitation,
                "round": round,
                "state": Stage.WAITING.value,
                "due": draw_due(),
            }
            for invitation in chosen
            if invitation not in known
        ]
        if rows:
            connection.execute(insert(OUTBOX), rows)
            earlier = (_mail.survey_id == survey_id, _mail.round < round, _mail.state == Stage.WAITING.value)
            connection.execute(
                update(OUTBOX).where(*earlier).values(state=Stage.DROPPED.value, due=0, reason="later round")
            )
    return len(rows)


def invited_by_mail(survey_id: str) -> list[Candidate]:
    """Everybody who is to get mails, done or not."""
    wanted = select(_person.id, _person.unit, _person.done).where(
        _person.survey_id == survey_id, _person.channel == CHANNEL, ~_person.revoked, ~_person.opted_out
    )
    with reading("roster") as connection:
        return [Candidate(*row) for row in connection.execute(wanted.order_by(_person.id))]


def last_round(survey_id: str) -> int | None:
    """The latest round that was begun."""
    with reading("roster") as connection:
        return connection.execute(select(func.max(_mail.round)).where(_mail.survey_id == survey_id)).scalar_one()


def addressed(survey_id: str, round: int) -> set[bytes]:
    """The invitations that a round was made for, whatever became of the mails."""
    with reading("roster") as connection:
        return _addressed(connection, survey_id, round)


def claim_next(survey_id: str, due: Callable[[int], int]) -> Claimed | None:
    """Takes the next mail that is due, so that nobody else sends it; None when there is none.

    ``due`` gives for a round how many minutes have passed since midnight of its day. The earliest
    goes first; the right to send is needed.
    """
    with writing("roster") as connection:
        rounds = select(_mail.round).where(_mail.survey_id == survey_id, _mail.state == Stage.WAITING.value).distinct()
        for round in sorted(connection.execute(rounds).scalars()):
            claimed = _claim(connection, survey_id, round, due(round))
            if claimed is not None:
                return claimed
    return None


def _claim(connection: Connection, survey_id: str, round: int, minute: int) -> Claimed | None:
    mine = (_mail.survey_id == survey_id, _mail.round == round, _mail.state == Stage.WAITING.value, _mail.due <= minute)
    row = connection.execute(
        select(
            _mail.id, _mail.round, _mail.attempts, _mail.invitation_id, _person.email, _person.name,
            _person.language, _person.reissue_no, _person.token_hash, _person.revoked | _person.opted_out,
        )
        .join(INVITATION, _person.id == _mail.invitation_id)
        .where(*mine)
        .order_by(_mail.due, _mail.id)
        .limit(1)
    ).one_or_none()  # fmt: skip
    if row is None:
        return None
    # Two programs that both believe they may send still cannot both change this row.
    taken = (
        update(OUTBOX).where(_mail.id == row.id, _mail.state == Stage.WAITING.value).values(state=Stage.CLAIMED.value)
    )
    return Claimed(*row) if connection.execute(taken).rowcount == 1 else None


def settle(claimed: Claimed, stage: Stage, reason: str = "") -> None:
    """Writes down what became of a claimed mail; the moment at which it was due is forgotten."""
    _change(_mail.id == claimed.id, state=stage.value, reason=reason, due=0)


def put_back(claimed: Claimed) -> None:
    """Gives back a mail that was certainly not sent, as if nobody had tried."""
    _change(_mail.id == claimed.id, state=Stage.WAITING.value)


def try_later(claimed: Claimed, minute: int, reason: str) -> None:
    """Queues a mail again for ``minute`` after midnight of its round's day, and counts the attempt."""
    _change(_mail.id == claimed.id, state=Stage.WAITING.value, due=minute, attempts=claimed.attempts + 1, reason=reason)


def queue_again(survey_id: str, *stages: Stage) -> int:
    """Queues the mails of the latest round that are in one of ``stages`` once more, to go at once; gives how many.

    Earlier rounds stay as they are: nobody gets an old reminder after a newer one.
    """
    among = [stage.value for stage in stages]
    mine = (_mail.survey_id == survey_id, _mail.round == last_round(survey_id), _mail.state.in_(among))
    return _change(*mine, state=Stage.WAITING.value, due=0, attempts=0, reason="")


def queue_new_code(survey_id: str, invitation_id: bytes) -> bool:
    """Queues the latest mail to one person once more, after the invitation got another code; whether there is one."""
    finished = [stage.value for stage in (Stage.SENT, Stage.UNCERTAIN, Stage.FAILED, Stage.DROPPED)]
    mine = (_mail.survey_id == survey_id, _mail.round == last_round(survey_id), _mail.invitation_id == invitation_id)
    queued = _change(*mine, _mail.state.in_(finished), state=Stage.WAITING.value, due=0, attempts=0, reason="")
    return queued > 0


def opt_out(survey_id: str, invitation_id: bytes) -> None:
    """No more mails to this person about a survey; the invitation stays valid."""
    mine = (_person.survey_id == survey_id, _person.id == invitation_id)
    with writing("roster") as connection:
        connection.execute(update(INVITATION).where(*mine).values(opted_out=True))


def addresses(survey_id: str, stage: Stage) -> list[tuple[int, str]]:
    """The rounds and addresses of the mails in a stage, for whoever has to do something about them."""
    wanted = (
        select(_mail.round, _person.email)
        .join(INVITATION, _person.id == _mail.invitation_id)
        .where(_mail.survey_id == survey_id, _mail.state == stage.value)
    )
    with reading("roster") as connection:
        return [(round, email) for round, email in connection.execute(wanted.order_by(_mail.round, _person.email))]


@dataclass(frozen=True)
class Tally:
    """What became of the mails of one round: how many are in each stage, and why those that failed did."""

    round: int
    stages: Counter[Stage]
    reasons: Counter[str]


def tallies(survey_id: str) -> list[Tally]:
    """The mails of a survey, counted by round."""
    wanted = (
        select(_mail.round, _mail.state, _mail.reason, func.count())
        .where(_mail.survey_id == survey_id)
        .group_by(_mail.round, _mail.state, _mail.reason)
    )
    found: dict[int, Tally] = {}
    with reading("roster") as connection:
        for round, state, reason, count in connection.execute(wanted):
            tally = found.setdefault(round, Tally(round, Counter(), Counter()))
            tally.stages[Stage(state)] += count
            if state == Stage.FAILED:
                tally.reasons[reason] += count
    return [found[round] for round in sorted(found)]


def _addressed(connection: Connection, survey_id: str, round: int) -> set[bytes]:
    wanted = select(_mail.invitation_id).where(_mail.survey_id == survey_id, _mail.round == round)
    return set(connection.execute(wanted).scalars())


def _change(*mine: ColumnElement[bool], **values: object) -> int:
    with writing("roster") as connection:
        return _count(connection.execute(update(OUTBOX).where(*mine).values(**values)))


def _count(result: CursorResult) -> int:
    return result.rowcount
