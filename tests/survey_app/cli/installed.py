"""An installation in a folder, as the commands find it, with a survey that runs today."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import click
from click.testing import CliRunner, Result
from sqlalchemy import update

from survey_app.application import create_app
from survey_app.config import Config
from survey_app.stores import roster, writing
from survey_app.stores.tables_roster import INVITATION
from survey_app.vault import write_private
from tests.survey_app.running_survey import VAULT, RunningSurvey, make_running_survey


@dataclass(frozen=True)
class Installation:
    """Its settings, and its survey: twelve people in the kitchen, ten in the office, k is 5."""

    config: Config
    survey: RunningSurvey

    def run(self, command: click.Command, *arguments: str | Path) -> Result:
        """What a command does with these settings."""
        return CliRunner().invoke(command, list(map(str, arguments)), obj=self.config)

    def change(self, unit: str, count: int, **values: object) -> None:
        """Changes the first ``count`` people of a unit."""
        with self.survey.app.app_context():
            people = [person.id for person in roster.invitations("abcd1234") if person.unit == unit][:count]
            with writing("roster") as connection:
                connection.execute(update(INVITATION).where(INVITATION.c.id.in_(people)).values(**values))

    def invitations(self, channel: str) -> list[roster.Invitation]:
        """The people who are reached along this way."""
        with self.survey.app.app_context():
            return [person for person in roster.invitations("abcd1234") if person.channel == channel]


def install(folder: Path, smtp: str | None = None) -> Installation:
    """Makes the installation; its clock is that of the machine."""
    config = Config(folder / "data", "https://peil.example.nl", smtp=smtp, sender="Peil <peil@voorbeeld.nl>")
    write_private(config.data_folder / "keys" / "installation.key", VAULT.secret)
    today = dt.date.today()
    survey = make_running_survey(
        folder,
        app=create_app(config),
        teams={"Keuken": 12, "Kantoor": 10},
        k=5,
        k_invite=10,
        opens=today - dt.timedelta(days=1),
        closes=today + dt.timedelta(days=20),
        rounds=[today + dt.timedelta(days=7)],
    )
    return Installation(config, survey)
