"""The demo of a seed as read back and scored by the analysis, made once for each seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

from analysis.answers import read_answers, read_roster
from analysis.dataset import Dataset
from analysis.scoring import Scored, derived_categories, score_dataset
from analysis.survey import Survey, read_survey
from survey_app.demo import DemoFiles, write_demo


@dataclass(frozen=True)
class ScoredWave:
    """One wave of a demo with every measure scored."""

    dataset: Dataset
    scored: dict[str, Scored]

    def share(self, measure: str, who: np.ndarray | None = None) -> float:
        """The share with the flag in percent, of all valid respondents or of those in ``who``."""
        found = self.scored[measure]
        assert found.flag is not None
        base = found.valid if who is None else found.valid & who
        return 100 * float(found.flag[base].mean())

    def having(self, measure: str, flag: bool = True) -> np.ndarray:
        """Who has a valid flag of this value."""
        found = self.scored[measure]
        assert found.flag is not None
        return found.valid & (found.flag == flag)

    def in_job(self, high_demands: bool, low_autonomy: bool) -> np.ndarray:
        """Who works in one of the four kinds of jobs."""
        kinds = derived_categories(self.scored, "high_demands", "low_autonomy")
        return np.equal(kinds, 2 * high_demands + low_autonomy)

    def category(self, cut: str, place: int) -> np.ndarray:
        """Who is in a category of a cut, by its place in the survey file."""
        return np.equal(self.dataset.cuts[cut], place)


@dataclass(frozen=True)
class ReadDemo:
    """A demo that went through files and back."""

    files: DemoFiles
    survey: Survey
    waves: dict[str, ScoredWave]


@pytest.fixture(scope="session")
def read_demo(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], ReadDemo]:
    """The demo of a seed, read back from its files."""

    @cache
    def read(seed: int) -> ReadDemo:
        files = write_demo(tmp_path_factory.mktemp("demo"), seed)
        survey = read_survey(files.survey)
        datasets = read_answers(files.answers, survey, read_roster(files.roster, survey))
        waves = {d.wave: ScoredWave(d, score_dataset(d, survey.questionnaire)) for d in datasets}
        return ReadDemo(files, survey, waves)

    return read
