"""Surveys that run, for every test of the service."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.postgres import postgres
from tests.survey_app.respond.person import Person
from tests.survey_app.running_survey import OPENS, Calendar, RunningSurvey, make_running_survey, make_survey_app

__all__ = ["postgres"]

PEOPLE = count()


@pytest.fixture
def survey(tmp_path: Path) -> Iterator[RunningSurvey]:
    """A running survey of its own."""
    made = make_running_survey(tmp_path)
    yield made
    made.release()


@pytest.fixture
def person(survey: RunningSurvey) -> Person:
    """Somebody of the first unit in a survey of its own."""
    return Person(survey)


@pytest.fixture(params=["sqlite", "postgresql"])
def anywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunningSurvey]:
    """A running survey of its own on each kind of database in turn."""
    if request.param == "sqlite":
        made = make_running_survey(tmp_path)
        yield made
        made.release()
        return
    server = request.getfixturevalue("postgres")
    with server.databases() as names:
        made = make_running_survey(tmp_path, app=make_survey_app(tmp_path, Calendar(OPENS), urls=server.urls(names)))
        yield made
        made.release()


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSurvey]:
    """A running survey for tests that each take a person of their own and leave the rest alone."""
    made = make_running_survey(tmp_path_factory.mktemp("shared"), teams={"Zorg": 400, "Kantoor": 20})
    yield made
    made.release()


@pytest.fixture
def newcomer(shared: RunningSurvey) -> Person:
    """Somebody of the shared survey who has not done anything yet."""
    return Person(shared, next(PEOPLE))
