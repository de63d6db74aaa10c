"""``peil demo``: files that anyone can make again, and a survey that is played from roster to report."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result

from analysis.answers import read_answers
from analysis.benchmark.figures import load_figures
from analysis.dataset import Dataset
from analysis.grouping import INVITED_PER_K
from analysis.results import analyse
from analysis.roster import read_roster
from analysis.survey import read_survey
from survey_app.cli import progress
from survey_app.demo import DEFAULT_SEED, make_demo
from survey_app.demo.staging import CHANGING, WITHDRAWING
from tests.survey_app.small_survey import WRITTEN, assert_refused, run

MADE = ["answers.csv", "roster.csv", "survey.toml"]
NOTE = "demo.json"

Made = Callable[[int], tuple[Path, Result]]


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 3600)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The folder and the result of ``peil demo`` with a seed, made once."""

    @cache
    def make(seed: int) -> tuple[Path, Result]:
        folder = tmp_path_factory.mktemp("demo") / "new" / "folder"
        return folder, run("demo", "--files-only", "--out", folder, "--seed", str(seed))

    return make


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_the_demo_writes_its_files_and_says_what_they_are(made: Made) -> None:
    folder, result = made(DEFAULT_SEED)
    assert result.exit_code == 0, result.output
    assert sorted(contents(folder)) == sorted([*MADE, NOTE, *WRITTEN])
    assert result.stdout.splitlines()[0] == "Synthetic data: this organisation does not exist."
    for name in WRITTEN:
        assert str(folder / name) in result.stdout


def test_analysing_the_files_of_the_demo_gives_its_report_byte_for_byte(made: Made, tmp_path: Path) -> None:
    folder, demo = made(DEFAULT_SEED)
    answers, roster, survey = (folder / name for name in MADE)
    result = run("analyse", answers, "--survey", survey, "--roster", roster, "--out", tmp_path)
    assert result.exit_code == 0, result.output
    assert contents(tmp_path) == {name: content for name, content in contents(folder).items() if name in WRITTEN}
    assert result.stdout == "".join(demo.stdout.splitlines(keepends=True)[1:]).replace(str(folder), str(tmp_path))


def test_another_seed_gives_another_organisation(made: Made) -> None:
    one, other = contents(made(DEFAULT_SEED)[0]), contents(made(DEFAULT_SEED + 1)[0])
    assert [name for name in one if one[name] == other[name]] == ["survey.toml"]


def test_the_demo_can_be_made_again_in_its_own_folder(made: Made) -> None:
    folder, _ = made(DEFAULT_SEED)
    before = contents(folder)
    (folder / "report-nl.pdf").unlink()
    assert run("demo", "--files-only", "--out", folder).exit_code == 0
    assert contents(folder) == before


@pytest.mark.parametrize("name", ["answers.csv", "roster.csv"])
def test_the_demo_does_not_replace_what_somebody_changed_in_its_folder(made: Made, tmp_path: Path, name: str) -> None:
    folder = shutil.copytree(made(DEFAULT_SEED)[0], tmp_path / "copy")
    (folder / name).write_bytes(b"real answers, put in the place of the example")
    before = contents(folder)
    assert_refused(run("demo", "--files-only", "--out", folder), f"{name}: was changed", "--out")
    assert contents(folder) == before


def test_a_demo_that_was_broken_off_can_be_made_again(made: Made, tmp_path: Path) -> None:
    folder = shutil.copytree(made(DEFAULT_SEED)[0], tmp_path / "copy")
    before = contents(folder)
    (folder / "certificate.json").unlink()
    (folder / "roster.csv").unlink()
    assert run("demo", "--files-only", "--out", folder).exit_code == 0
    assert contents(folder) == before


@pytest.mark.parametrize("name", [*MADE, NOTE, "staff.csv", *WRITTEN])
def test_the_demo_does_not_replace_files_of_someone_else(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"real")
    assert_refused(run("demo", "--files-only", "--out", tmp_path), f"{name}: is not the demo's", "--out")
    assert contents(tmp_path) == {name: b"real"}


def test_out_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"mine")
    assert_refused(run("demo", "--files-only", "--out", tmp_path / "file"), "file: cannot be written", "--out")
    assert_refused(run("demo", "--files-only", "--out", tmp_path / "file" / "below"), "below: cannot be written")
    assert contents(tmp_path) == {"file": b"mine"}


@pytest.mark.parametrize("arguments", [["--seed", "-1"], ["--seed", "x"], ["--port", "0"], ["--port", "65536"]])
def test_numbers_that_cannot_be_are_refused(tmp_path: Path, arguments: list[str]) -> None:
    result = run("demo", "--files-only", "--out", tmp_path / "out", *arguments)
    assert result.exit_code == 2
    assert arguments[0] in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_demo_is_not_thrown_away(made: Made, tmp_path: Path) -> None:
    folder = shutil.copytree(made(DEFAULT_SEED)[0], tmp_path / "copy")
    (folder / "survey").mkdir()
    (folder / "survey" / "urn.sqlite").write_bytes(b"a real urn")
    assert_refused(run("demo", "--no-serve", "--out", folder), "survey: is not the demo's", "--out")
    assert (folder / "survey" / "urn.sqlite").read_bytes() == b"a real urn"


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """The whole play with the standard seed: some 770 people answer over HTTP."""
    folder = tmp_path_factory.mktemp("played") / "peil-demo"
    result = run("demo", "--out", folder)
    assert result.exit_code == 0, result.output
    return folder, result


def counted_above(dataset: Dataset, k: int) -> Dataset:
    """The answers of a unit that gave fewer than ``k``, at the unit above it: what the opening does with ballots."""
    homes = [dataset.paths[place] if place >= 0 else () for place in dataset.unit.tolist()]
    for depth in range(max(map(len, homes)), 0, -1):
        few = {home for home, count in Counter(homes).items() if len(home) == depth and count < k}
        homes = [home[:-1] if home in few else home for home in homes]
    assert not 0 < homes.count(()) < k
    paths = tuple(sorted({home for home in homes if home}))
    places = {path: place for place, path in enumerate(paths)}
    return replace(dataset, paths=paths, unit=np.array([places.get(home, -1) for home in homes], dtype=np.int32))


def test_the_play_gives_the_figures_that_the_answers_give(played: tuple[Path, Result], made: Made) -> None:
    answers, roster, survey_file = (made(DEFAULT_SEED)[0] / name for name in MADE)
    survey = read_survey(survey_file)
    *earlier, own = read_answers(answers, survey, read_roster(roster, survey))
    counted = replace(counted_above(own.merged(INVITED_PER_K * survey.k), survey.k), headcount=own.headcount)
    direct = analyse(survey, [*earlier, counted], load_figures()).release
    assert (played[0] / "released.csv").read_text(encoding="utf-8") == direct.as_csv()


def test_the_play_tells_what_happened(played: tuple[Path, Result]) -> None:
    folder, result = played
    people = make_demo(DEFAULT_SEED).staff
    answered = sum(person.answers is not None for person in people)
    said = result.stdout
    assert said.startswith("Synthetic data: this organisation does not exist.")
    assert f"{len(people)} people were invited, {answered + WITHDRAWING} answered over HTTP" in said
    assert f"{CHANGING} changed what they had sent, {WITHDRAWING} took it back" in said
    assert f"{answered} ballots counted, 0 invalid" in said
    good, among = re.findall(r"Its audit: (\d+) of (\d+) checks hold", said)[0]
    assert good == among
    assert said.splitlines()[-1].startswith("Not on a terminal")
    assert len(list((folder / "survey" / "mail").glob("*.eml"))) > len(people)


def test_the_audit_of_the_play_can_be_done_again_by_hand(played: tuple[Path, Result]) -> None:
    (bundle,) = (played[0] / "survey" / "council").glob("audit-*.json")
    result = run("council", "audit", bundle)
    assert result.exit_code == 0, result.output
    spoilt = bundle.with_name("spoilt.json")
    text = bundle.read_text(encoding="utf-8")
    edited = re.sub(r'(fatigue_empty\\+":)2', r"\g<1>5", text, count=1)
    assert edited != text
    spoilt.write_text(edited, encoding="utf-8")
    assert run("council", "audit", spoilt).exit_code == 1
