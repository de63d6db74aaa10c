"""The demo organisation as analysed, made once."""

from __future__ import annotations

import pytest

from analysis.answers import read_answers, read_roster
from analysis.benchmark.figures import load_figures
from analysis.results import Results, analyse
from analysis.survey import read_survey
from survey_app.demo import DemoFiles, write_demo


@pytest.fixture(scope="session")
def demo_files(tmp_path_factory: pytest.TempPathFactory) -> DemoFiles:
    """The three files of the demo of the documentation."""
    return write_demo(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="session")
def demo_results(demo_files: DemoFiles) -> Results:
    """Release, comparisons, changes and findings of the demo."""
    survey = read_survey(demo_files.survey)
    datasets = read_answers(demo_files.answers, survey, read_roster(demo_files.roster, survey))
    return analyse(survey, datasets, load_figures())
