"""Tending: surveys close after their last day, mail goes out, and one failure stops nothing else."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from survey_app import tending
from survey_app.application import create_app
from survey_app.commission import lifecycle
from survey_app.mail.outbox import AnotherSender
from survey_app.mail.sending import Sent
from survey_app.stores import StoreError, roster
from survey_app.stores.errors import WrongState
from survey_app.stores.roster import State
from survey_app.tending import close_overdue, send_mail, tend
from tests.survey_app.commission.stages import CLOSES, At, at
from tests.survey_app.conftest import close_databases

__all__ = ["at"]

DAY = dt.timedelta(days=1)


def test_a_survey_closes_after_its_last_day_and_not_before(at: At) -> None:
    survey = at(1, "running")
    for day in (CLOSES - DAY, CLOSES):
        survey.calendar.day = day
        assert close_overdue(survey.app) == []
        assert survey.state is State.RUNNING and survey.accepting
    survey.calendar.day = CLOSES + DAY
    assert close_overdue(survey.app) == [survey.survey_id]
    assert survey.state is State.CLOSED and not survey.accepting
    assert close_overdue(survey.app) == [], "once is enough"


def test_a_clock_that_jumps_back_opens_nothing(at: At) -> None:
    survey = at(1, "running")
    survey.calendar.day = CLOSES + DAY
    close_overdue(survey.app)
    before = survey.everything()
    survey.calendar.day = CLOSES - 5 * DAY
    assert close_overdue(survey.app) == []
    assert survey.everything() == before


@pytest.mark.parametrize("stage", ["promised", "closed", "opened", "archived"])
def test_surveys_that_do_not_run_are_left_alone(stage: str, at: At) -> None:
    survey = at(1, stage)  # type: ignore[arg-type]
    with survey.app.app_context():
        roster.add_survey(roster.NewSurvey("dddddddd", "", "{}"))  # a draft without a promise
    survey.calendar.day = CLOSES + 400 * DAY
    before = survey.everything()
    assert close_overdue(survey.app) == []
    assert survey.everything() == before


def test_when_another_process_was_first_the_others_still_close(at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    survey = at(1, "running")
    survey.calendar.day = CLOSES + DAY
    close = lifecycle.close

    def be_late(survey_id: str) -> None:
        close(survey_id)
        raise WrongState("somebody else closed it")

    monkeypatch.setattr(lifecycle, "close", be_late)
    assert close_overdue(survey.app) == []
    assert survey.state is State.CLOSED


def test_without_a_mail_server_nothing_is_sent_and_nothing_is_said(at: At, caplog: pytest.LogCaptureFixture) -> None:
    survey = at(1, "running")
    before = survey.everything()
    assert send_mail(survey.app) is None
    assert survey.everything() == before
    assert caplog.records == []


def test_with_a_mail_server_what_is_due_goes_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: At) -> None:
    survey = at(1, "running")
    survey.app.extensions["peil.config"] = replace(survey.config, smtp="smtp://127.0.0.1:1", sender="p@example.nl")
    asked: list[Flask] = []
    monkeypatch.setattr(tending, "mail_chore", lambda app: asked.append(app) or Sent(sent=3))
    assert send_mail(survey.app) == Sent(sent=3)
    assert asked == [survey.app]


@pytest.mark.parametrize("smtp", ["smtp://127.0.0.1:1", "nonsense", "http://example.nl"])
def test_a_mail_server_that_cannot_be_used_stops_nothing(smtp: str, at: At, caplog: pytest.LogCaptureFixture) -> None:
    survey = at(1, "running")
    survey.calendar.day = CLOSES + DAY
    survey.app.extensions["peil.config"] = replace(survey.config, smtp=smtp, sender="p@example.nl")
    go_round(survey.app, tending_chores(), rounds=2)
    assert survey.state is State.CLOSED
    for record in caplog.records:
        assert "@voorbeeld.example" not in record.getMessage() and record.exc_info is None


def tending_chores() -> tuple[tending.Chore, ...]:
    """What is done in a round, mail first: the survey has to close all the same."""
    return (send_mail, close_overdue)


def go_round(app: Flask, chores: tuple[tending.Chore, ...], rounds: int) -> None:
    """Tends for so many rounds, and stops."""
    stop = threading.Event()
    left = [rounds]

    def count(_: Flask) -> None:
        left[0] -= 1
        if left[0] == 0:
            stop.set()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tending, "PAUSE", 0)
        thread = threading.Thread(target=tend, args=(app, stop, (*chores, count)))
        thread.start()
        thread.join(timeout=60)
    assert not thread.is_alive()


@pytest.mark.parametrize("failure", [StoreError("busy"), OSError("down"), AnotherSender(), ValueError("Anna de Vries")])
def test_one_failure_stops_nothing_else_and_names_nobody(
    failure: Exception, at: At, caplog: pytest.LogCaptureFixture
) -> None:
    survey = at(1, "promised")
    done: list[str] = []

    def fail_always(app: Flask) -> None:
        done.append("failed")
        raise failure

    def go_on(app: Flask) -> None:
        done.append("went on")

    with caplog.at_level(logging.WARNING):
        go_round(survey.app, (fail_always, go_on), rounds=3)
    assert done == ["failed", "went on"] * 3
    assert [record.getMessage() for record in caplog.records] == [
        f"Could not fail always: {type(failure).__name__}"
    ] * 3
    assert "Anna" not in caplog.text


def test_it_stops_at_once_when_asked(tmp_path: Path) -> None:
    app = create_app(tending_config(tmp_path), dt.date.today)
    stop = threading.Event()
    thread = threading.Thread(target=tend, args=(app, stop))
    begun = time.monotonic()
    thread.start()
    stop.set()
    thread.join(timeout=30)
    assert not thread.is_alive() and time.monotonic() - begun < tending.PAUSE / 2
    close_databases(app)


def tending_config(folder: Path) -> tending.Config:
    """An installation without mail."""
    return tending.Config(folder)
