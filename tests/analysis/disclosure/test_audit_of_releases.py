"""What the gate lets out, the audit cannot break: two attackers that read the same release in different ways.

The gate starts from the answers; the audit from nothing but the file, and the head counts where HR has them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from analysis.answers import read_answers
from analysis.benchmark.figures import load_figures
from analysis.dataset import Headcount
from analysis.disclosure.audit import Audit, audit
from analysis.disclosure.audit_findings import Terms
from analysis.disclosure.plan import Place, written
from analysis.disclosure.release import Release
from analysis.disclosure.released_files import read_released
from analysis.results import Results, analyse
from analysis.roster import read_roster
from analysis.survey import read_survey
from analysis.units import TOTAL
from survey_app.demo import DemoFiles
from tests.analysis.organisations import random_organisation


def counted(headcount: Headcount) -> Iterator[tuple[Place, int]]:
    """All head counts that the employer can make: of units, of categories, and of both together."""
    paths = {path[:depth] for path in headcount.units for depth in range(len(path) + 1)}
    yield from ((Place(written(path)), headcount.below(path)) for path in paths)
    for unit, cuts in {TOTAL: headcount.cuts, **headcount.crossed}.items():
        yield from ((Place(unit, cut, key), people) for cut, of in cuts.items() for key, people in of.items())


def audited(released: Release, headcount: Headcount | None, folder: Path) -> Audit:
    file = folder / "released.csv"
    file.write_text(released.as_csv(), encoding="utf-8")
    cells = read_released(file)
    named = {cell.key.place for cell in cells}
    known = {place: people for place, people in counted(headcount) if place in named} if headcount else {}
    return audit(cells, Terms(released.k, {(released.plan.wave, place): people for place, people in known.items()}))


# Odd numbers have no roster. In 5 and 7 a few left out a category, and nobody can tell in which unit they work.
@pytest.mark.parametrize("seed", [3, 5, 6, 7, 8])
def test_nothing_follows_from_what_the_gate_lets_out(seed: int, tmp_path: Path) -> None:
    survey, datasets = random_organisation(seed)
    released = analyse(survey, datasets, load_figures()).release
    found = audited(released, None, tmp_path)
    assert found.safe, found.findings
    assert found.closed < found.cells and found.attacks > 10
    if datasets[-1].headcount is not None:
        assert audited(released, datasets[-1].headcount, tmp_path).safe


def test_nothing_follows_from_the_release_of_the_demo(
    demo_results: Results, demo_files: DemoFiles, tmp_path: Path
) -> None:
    survey = read_survey(demo_files.survey)
    own = read_answers(demo_files.answers, survey, read_roster(demo_files.roster, survey))[-1]
    assert own.headcount is not None
    found = audited(demo_results.release, own.headcount, tmp_path)
    assert found.safe, found.findings
    assert found.narrowest is not None and found.narrowest >= survey.k
