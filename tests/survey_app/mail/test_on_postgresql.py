"""The same queue, the same participation and the same cards on PostgreSQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from survey_app.anonymity.client import load_booth
from survey_app.commission.participation import participation_today
from survey_app.mail import outbox
from survey_app.mail.lot import draw_up_cards
from survey_app.mail.outbox import AnotherSender, Stage
from survey_app.mail.sending import Sent, send_due
from survey_app.mail.transport import Deferred
from survey_app.stores import db, roster, writing
from survey_app.stores.tables_roster import INVITATION
from tests.postgres import PostgresServer, postgres
from tests.survey_app.mail.test_sending import AT_ONCE, FIRST, LATER, SENDER, Post, PulledPlug, moment, raising
from tests.survey_app.running_survey import OPENS, VAULT, Calendar, RunningSurvey, make_running_survey, make_survey_app

__all__ = ["postgres"]


@pytest.fixture
def survey(postgres: PostgresServer, tmp_path: Path) -> Iterator[RunningSurvey]:  # a fixture
    """Two teams of twenty on PostgreSQL, k is 5."""
    with postgres.databases() as names:
        app = make_survey_app(tmp_path, Calendar(OPENS), urls=postgres.urls(names))
        survey = make_running_survey(tmp_path, app=app, teams={"Zorg": 20, "Kantoor": 20}, k=5, k_invite=10)
        with app.app_context():
            yield survey
            for engine in db.engines.values():
                engine.dispose()


def send(post: Post, now: dt.datetime = moment(FIRST)) -> Sent:  # noqa: B008  # a constant
    """One pass."""
    return send_due(now, post, SENDER, pace=AT_ONCE)


def test_a_round_goes_once_and_a_broken_pass_leaves_one_mail_uncertain(survey: RunningSurvey) -> None:
    post = Post(raising(PulledPlug(), at=5))
    with pytest.raises(PulledPlug):
        send(post)
    assert send(post) == Sent(sent=35)
    assert len(set(post.people)) == 39
    (tally,) = outbox.tallies("abcd1234")
    assert tally.stages == {Stage.SENT: 39, Stage.UNCERTAIN: 1}
    assert outbox.queue_again("abcd1234", Stage.UNCERTAIN) == 1
    assert send(Post(raising(Deferred("450")))) == Sent(later=1)
    with writing("roster") as connection:
        connection.execute(update(INVITATION).where(INVITATION.c.unit == "u1").values(done=True))
    reminded = Post()
    assert send(reminded, moment(LATER)) == Sent(sent=20)
    assert all(address.startswith("u2.") for address in reminded.people)


def test_one_program_sends_at_a_time(survey: RunningSurvey) -> None:
    with outbox.only_sender(), pytest.raises(AnotherSender):
        send(Post())
    assert send(Post()) == Sent(sent=40)


def test_participation_is_counted_once_a_day(survey: RunningSurvey) -> None:
    with writing("roster") as connection:
        connection.execute(update(INVITATION).where(INVITATION.c.unit == "u1").values(issued=True))
    shown = participation_today("abcd1234", OPENS)
    assert [(row.name, row.percent) for row in shown.rows] == [("Voorbeeld BV", 35), ("Zorg", 75), ("Kantoor", 0)]
    with writing("roster") as connection:
        connection.execute(update(INVITATION).values(issued=True))
    assert participation_today("abcd1234", OPENS) == shown
    assert participation_today("abcd1234", OPENS + dt.timedelta(days=1)).rows[2].percent == 75


def test_cards_are_drawn_up(survey: RunningSurvey, tmp_path: Path) -> None:
    with writing("roster") as connection:
        connection.execute(update(INVITATION).where(INVITATION.c.unit == "u1").values(channel="card"))
    booth = load_booth(survey.transport(), "abcd1234")
    people = roster.invitations("abcd1234")
    path = tmp_path / "cards.pdf.unfinished"
    codes = draw_up_cards(booth, survey.manifest.unit("u1"), people, VAULT.link_key, path, lambda _: None)
    assert len({booth.resume(code).code for code in codes}) == 20
