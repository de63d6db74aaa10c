"""The web application with the demo in it, made once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from analysis.results import Results
from survey_app.analysing import Inputs, analyse_files
from survey_app.application import create_app
from survey_app.config import Config
from survey_app.demo import write_demo
from survey_app.publication import PAGES, draw_pages
from survey_app.stores import db
from tests.survey_app.staff import signed_in

#: The survey under which results are shown; no roster and no urn needs to know it.
SHOWN = "dem00000"


@dataclass(frozen=True)
class ShownResults:
    """An application that shows ``results``, and the folder with their files."""

    app: Flask
    results: Results
    folder: Path

    @property
    def board(self) -> FlaskClient:
        """A new browser of a board that has come in."""
        return signed_in(self.app, **{SHOWN: "board"})

    def address(self, rest: str = "") -> str:
        """An address below the results."""
        return f"/staff/results/{SHOWN}/{rest}"


def today() -> dt.date:
    """The day on which nothing in these tests depends."""
    return dt.date(2026, 11, 2)


def close_databases(app: Flask) -> None:
    """Lets go of the databases of an application."""
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


def publish(folder: Path, results: Results) -> ShownResults:
    """An application whose data lie in ``folder`` and which has nothing but the pages of ``results``."""
    config = Config(folder)
    release = config.release_folder(SHOWN)
    release.mkdir(parents=True, exist_ok=True)
    (release / PAGES).write_bytes(draw_pages(results))
    return ShownResults(create_app(config, today), results, release)


@pytest.fixture(scope="session")
def shown_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShownResults]:
    """The demo with its report, and the application that shows it."""
    data = tmp_path_factory.mktemp("shown")
    files = write_demo(data / "demo")
    release = Config(data).release_folder(SHOWN)
    results = analyse_files(Inputs(files.answers, files.survey, files.roster), release, lambda *_: None)
    shown = publish(data, results)
    yield shown
    close_databases(shown.app)
