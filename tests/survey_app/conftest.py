"""The web application with the demo in it, made once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask

from analysis.results import Results
from survey_app import create_app
from survey_app.analysing import Inputs, analyse_files
from survey_app.demo import write_demo


@dataclass(frozen=True)
class ShownDemo:
    """An application, the results that it shows, and the folder with their files."""

    app: Flask
    results: Results
    folder: Path


@pytest.fixture(scope="session")
def shown_demo(tmp_path_factory: pytest.TempPathFactory) -> ShownDemo:
    """The demo in a folder with its report, and the application that shows it."""
    folder = tmp_path_factory.mktemp("shown")
    files = write_demo(folder)
    results = analyse_files(Inputs(files.answers, files.survey, files.roster), folder, lambda *_: None)
    return ShownDemo(create_app(results, folder), results, folder)
