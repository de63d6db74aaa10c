"""Sending what is due: rounds begin on their days, mails go out one by one, and nothing goes twice."""

from __future__ import annotations

import datetime as dt
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from functools import partial
from typing import cast

from flask import Flask, current_app

from instruments.model import Language
from survey_app.anonymity.manifest import Manifest, parse_manifest
from survey_app.config import Config
from survey_app.mail import outbox
from survey_app.mail.codes_in_force import WrongVault, code_in_force
from survey_app.mail.message import Addressee, Asking, BadAddress, Sender, build_message
from survey_app.mail.outbox import AnotherSender, Claimed, Stage
from survey_app.mail.recipients import choose_recipients
from survey_app.mail.transport import (
    BadMailSettings,
    Deferred,
    MailSettings,
    NoService,
    Refused,
    SmtpTransport,
    Transport,
    Uncertain,
)
from survey_app.stores import roster

#: Minutes to wait after each attempt that the server put off; greylisting lets a second one pass.
PATIENCE = (10, 20, 40, 80, 160, 320, 640, 1280)

_DAY = 24 * 60

#: Called with how many mails were handled.
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Pace:
    """From which minute of the day mails go, and over how many minutes they are spread at random."""

    start: int = 9 * 60
    minutes: int = 4 * 60

    @classmethod
    def from_text(cls, window: str) -> Pace:
        """From a window of one day, such as ``09:00-13:00``. Raises ``ValueError`` with a sentence."""
        found = re.fullmatch(r"([01]?\d|2[0-4])[:.]([0-5]\d)\s*[-–]\s*([01]?\d|2[0-4])[:.]([0-5]\d)", window.strip())
        first, last = (60 * int(found[1]) + int(found[2]), 60 * int(found[3]) + int(found[4])) if found else (0, 0)
        if not first < last <= 24 * 60:
            raise ValueError(f"'{window}' is no window of a day; write it as 09:00-13:00")
        return cls(first, last - first)


@dataclass(frozen=True)
class Sent:
    """What one pass did; ``problem`` says why it ended early."""

    sent: int = 0
    later: int = 0
    failed: int = 0
    uncertain: int = 0
    dropped: int = 0
    problem: str = ""

    @property
    def handled(self) -> int:
        """How many mails were taken out of the queue."""
        return self.sent + self.later + self.failed + self.uncertain + self.dropped

    def plus(self, stage: str) -> Sent:
        """One more of a kind."""
        return Sent(**{**self.__dict__, stage: getattr(self, stage) + 1})


def send_due(
    now: dt.datetime,
    transport: Transport,
    sender: Sender,
    *,
    pace: Pace = Pace(),  # frozen
    limit: int | None = None,
    progress: Progress = lambda _: None,
    draw: Callable[[int], int] = secrets.randbelow,
) -> Sent:
    """Begins the rounds that are due in running surveys and sends their mails, ``limit`` at most.

    ``now`` is a time of day with its zone where the people are; ``draw`` gives a random number
    below another. Needs an application context. Raises :class:`survey_app.mail.outbox.AnotherSender`,
    :class:`survey_app.mail.codes_in_force.WrongVault` and :class:`survey_app.stores.StoreError`.
    Whatever ends the program between claiming and marking leaves that one mail uncertain, and all
    others as they were.
    """
    with outbox.only_sender():
        outbox.set_leftovers_aside()
        done = Sent()
        for survey in roster.surveys():
            if survey.state is not roster.State.RUNNING or survey.manifest is None:
                continue
            manifest = parse_manifest(survey.manifest)
            if not manifest.opens <= now.date() <= manifest.closes:
                continue
            begin_rounds(manifest, survey.remind_all, now, pace, draw)
            post = _Post(manifest, survey.remind_all, sender, transport, now)
            while not done.problem and (limit is None or done.handled < limit):
                claimed = outbox.claim_next(manifest.survey, partial(minutes_since, manifest, now))
                if claimed is None:
                    break
                done = post.deliver(claimed, done)
                progress(done.handled)
        return done


def mail_chore(app: Flask) -> Sent:
    """One pass of an installation that runs; what stands in its way goes to the log, without a name in it."""
    config: Config = app.extensions["peil.config"]
    try:
        settings = MailSettings.from_url(config.smtp or "", config.sender)
        with app.app_context(), SmtpTransport(settings) as transport:
            done = send_due(clock(app), transport, settings.from_)
    except AnotherSender:
        return Sent()
    except (BadMailSettings, WrongVault) as error:
        done = Sent(problem=str(error))
    if done.problem:
        app.logger.warning("Mail is waiting: %s", done.problem)
    return done


def clock(app: Flask) -> dt.datetime:
    """The time of day now, on what the application takes for today."""
    return dt.datetime.combine(app.extensions["peil.today"](), dt.datetime.now().time()).astimezone()


def begin_rounds(
    manifest: Manifest, remind_all: bool, now: dt.datetime, pace: Pace, draw: Callable[[int], int] = secrets.randbelow
) -> int | None:
    """Queues the invitations and, from its day on, the latest reminder; gives the round that began, if any.

    A reminder whose day passed while nothing ran still goes, unless a later one is due by now. The
    list is drawn up once: who is done by the time that a mail goes out gets it all the same.
    """
    survey = manifest.survey
    people = outbox.invited_by_mail(survey)
    before = outbox.last_round(survey)
    if before is None:
        outbox.begin_round(survey, 0, [person.id for person in people], _moments(manifest, 0, now, pace, draw))
        return 0
    due = sum(day <= now.date() for day in manifest.rounds)
    if due <= before:
        return None
    earlier = outbox.addressed(survey, before)
    chosen = choose_recipients([person for person in people if person.id in earlier], manifest.k, remind_all)
    outbox.begin_round(survey, due, chosen, _moments(manifest, due, now, pace, draw))
    return due


def minutes_since(manifest: Manifest, now: dt.datetime, round: int) -> int:
    """Minutes from midnight of a round's day to ``now``, by the clock on the wall."""
    day = manifest.rounds[round - 1] if round else manifest.opens
    passed = now.replace(tzinfo=None) - dt.datetime.combine(day, dt.time())
    return int(passed.total_seconds() // 60)


def _moments(
    manifest: Manifest, round: int, now: dt.datetime, pace: Pace, draw: Callable[[int], int]
) -> Callable[[], int]:
    """Random minutes of today's window, which begins now when its start has passed.

    A round that begins on a later day than its own waits for the window as well: nobody gets mail in the night.
    """
    passed = minutes_since(manifest, now, round)
    first = max(passed - passed % _DAY + pace.start, passed)
    return lambda: first + draw(max(pace.minutes, 1))


class _Post:
    """Delivers claimed mails of one survey."""

    def __init__(
        self, manifest: Manifest, remind_all: bool, sender: Sender, transport: Transport, now: dt.datetime
    ) -> None:
        self._manifest = manifest
        self._asking = asking_of(manifest, current_app.config["PEIL_ADDRESS"], remind_all)
        self._link_key = current_app.extensions["peil.vault"].link_key
        self._sender = sender
        self._transport = transport
        self._now = now

    def deliver(self, claimed: Claimed, done: Sent) -> Sent:
        """Sends one mail and writes down what became of it, in that order."""
        if claimed.unwanted:
            outbox.settle(claimed, Stage.DROPPED, "not wanted")
            return done.plus("dropped")
        try:
            message = self._message(claimed)
        except BadAddress:
            outbox.settle(claimed, Stage.FAILED, "address")
            return done.plus("failed")
        except WrongVault:
            outbox.put_back(claimed)
            raise
        try:
            self._transport.send(message)
        except NoService as error:
            outbox.put_back(claimed)
            return Sent(**{**done.__dict__, "problem": str(error)})
        except Deferred as error:
            return self._later(claimed, str(error), done)
        except Refused as error:
            outbox.settle(claimed, Stage.FAILED, str(error))
            return done.plus("failed")
        except Uncertain as error:
            outbox.settle(claimed, Stage.UNCERTAIN, str(error))
            return done.plus("uncertain")
        outbox.settle(claimed, Stage.SENT)
        return done.plus("sent")

    def _message(self, claimed: Claimed) -> EmailMessage:
        token = code_in_force(
            self._link_key, self._manifest.survey, claimed.invitation_id, claimed.reissue_no, claimed.token_hash
        )
        to = Addressee(claimed.email, claimed.name, cast(Language, claimed.language), token)
        return build_message(self._asking, to, claimed.round, self._sender, claimed.id, self._now)

    def _later(self, claimed: Claimed, reason: str, done: Sent) -> Sent:
        if claimed.attempts >= len(PATIENCE):
            outbox.settle(claimed, Stage.FAILED, reason)
            return done.plus("failed")
        minute = minutes_since(self._manifest, self._now, claimed.round) + PATIENCE[claimed.attempts]
        outbox.try_later(claimed, minute, reason)
        return done.plus("later")


def asking_of(manifest: Manifest, address: str, remind_all: bool) -> Asking:
    """What all mails of a survey say."""
    return Asking(
        survey=manifest.survey,
        organisation=manifest.organisation,
        title=cast("dict[Language, str]", manifest.title),
        address=address,
        words=manifest.words,
        level=manifest.level,
        assisted=manifest.assisted,
        k=manifest.k,
        closes=manifest.closes,
        rounds=manifest.rounds,
        languages=cast("tuple[Language, ...]", manifest.languages),
        independent_client=manifest.independent_client,
        remind_all=remind_all,
    )
