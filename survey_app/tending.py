"""What an installation does by itself: mail that is due, and surveys whose last day is over.

Every piece of work is claimed before it is done, so that several processes may tend at once.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable

from flask import Flask

from survey_app.commission import lifecycle
from survey_app.config import Config
from survey_app.mail.sending import Sent, mail_chore
from survey_app.stores import roster
from survey_app.stores.errors import Declined
from survey_app.stores.roster import State

#: Seconds between two rounds.
PAUSE = 60

#: What is done in a round; called with the application.
Chore = Callable[[Flask], object]


def close_overdue(app: Flask) -> list[str]:
    """Closes running surveys whose last day is over; their ids."""
    today: dt.date = app.extensions["peil.today"]()
    closed = []
    with app.app_context():
        for survey in roster.surveys():
            if survey.state is not State.RUNNING:
                continue
            _, manifest = lifecycle.promise_of(survey.id)
            if manifest.closes < today:
                try:
                    lifecycle.close(survey.id)
                except Declined:  # another process was first
                    continue
                closed.append(survey.id)
    return closed


def send_mail(app: Flask) -> Sent | None:
    """Sends the mail that is due; None when no mail server is set."""
    config: Config = app.extensions["peil.config"]
    return None if config.smtp is None else mail_chore(app)


def tend(app: Flask, stop: threading.Event, chores: tuple[Chore, ...] = (close_overdue, send_mail)) -> None:
    """Goes round until ``stop`` is set. What fails is tried again in the next round, and stops nothing else."""
    while not stop.is_set():
        for chore in chores:
            try:
                chore(app)
            except Exception as failure:  # the last day of a survey comes whatever is wrong with the mail
                # Only what kind of failure it was: its message might name a person.
                app.logger.warning("Could not %s: %s", chore.__name__.replace("_", " "), type(failure).__name__)
        stop.wait(PAUSE)
