"""Analysed surveys and their finished reports, each made once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import pytest

from analysis.answers import read_answers, read_roster
from analysis.benchmark.figures import load_figures
from analysis.results import Results, analyse
from analysis.survey import read_survey
from instruments.model import LANGUAGES, Language
from reports.story import build_report
from survey_app.demo import DEFAULT_SEED, DemoFiles, write_demo

ReadDemo = Callable[[int], Results]


@pytest.fixture(scope="session")
def demo_files(tmp_path_factory: pytest.TempPathFactory) -> DemoFiles:
    """The files of the demo that is described in the documentation."""
    return write_demo(tmp_path_factory.mktemp("demo"), DEFAULT_SEED)


@pytest.fixture(scope="session")
def analysed_demo(demo_files: DemoFiles, tmp_path_factory: pytest.TempPathFactory) -> ReadDemo:
    """The results of the demo of a seed."""

    @cache
    def read(seed: int) -> Results:
        files = demo_files if seed == DEFAULT_SEED else write_demo(tmp_path_factory.mktemp("demo"), seed)
        survey = read_survey(files.survey)
        return analyse(survey, read_answers(files.answers, survey, read_roster(files.roster, survey)), load_figures())

    return read


@pytest.fixture(scope="session")
def demo(analysed_demo: ReadDemo) -> Results:
    """The results of the demo."""
    return analysed_demo(DEFAULT_SEED)


@pytest.fixture(scope="session")
def demo_pdfs(demo: Results) -> Mapping[Language, bytes]:
    """The report of the demo in both languages."""
    return {language: build_report(demo, language) for language in LANGUAGES}


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a PDF can be laid down for poppler."""
    return tmp_path_factory.mktemp("desk")
