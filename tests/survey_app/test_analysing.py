"""The main job: all files or none, and the same input gives the same bytes."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.errors import InputError
from survey_app import analysing
from survey_app.analysing import WRITTEN, Inputs, analyse_files, write_together
from survey_app.cli.progress import ANALYSIS
from tests.survey_app.small_survey import SmallSurvey

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def small(tmp_path: Path) -> SmallSurvey:
    return SmallSurvey(tmp_path / "small").write()


def silent(step: str, part: float) -> None:
    """Progress for nobody."""


def inputs(small: SmallSurvey) -> Inputs:
    return Inputs(small.answers, small.survey, small.roster)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# What is written ----------------------------------------------------------------------------------


def test_the_certificate_fits_the_files(small: SmallSurvey) -> None:
    results = analyse_files(inputs(small), small.out, silent)
    files = contents(small.out)
    assert sorted(files) == sorted(WRITTEN)
    statement = json.loads(files.pop("certificate.json"))
    read = {path.name: path.read_bytes() for path in (small.answers, small.roster, small.survey)}
    assert statement["sha256"] == {name: sha256(content) for name, content in sorted({**files, **read}.items())}
    assert statement["release"] == sha256(files["released.csv"]) == results.release.fingerprint
    assert files["report-nl.pdf"].startswith(b"%PDF-")
    assert statement["synthetic"] is True


NEWER = """
[[sources]]
id = "statline-83049ned-2026-11-01"
title = "CBS StatLine 83049NED"
url = "https://opendata.cbs.nl/statline/#/CBS/nl/dataset/83049NED/table"

[[figures]]
year = 2025
source = "statline-83049ned-2026-11-01"
survey = "nea"
publisher = "CBS/TNO"
population = "employees 15-74 working in NL"
tags = ["P", "BREAK"]
note = "invented for a test"
cells = [
    { breakdown = "total", category = "total", value = "20.6", ci_low = "20.1", ci_high = "21.1" },
]
"""


def test_figures_that_an_installation_added_are_compared_with_and_stand_on_the_certificate(small: SmallSurvey) -> None:
    before = analyse_files(inputs(small), small.out, silent)
    folder = small.folder / "figures"
    folder.mkdir()
    (folder / "burnout_complaints.toml").write_text(NEWER, encoding="utf-8")
    after = analyse_files(replace(inputs(small), figures=folder), small.out, silent)
    old, new = (results.comparisons["fatigue"][0].figure for results in (before, after))
    assert (old.year, new.year, str(new.value)) == (2024, 2025, "20.6")
    assert after.release.fingerprint == before.release.fingerprint, "figures are compared with, never released"
    statement = json.loads((small.out / "certificate.json").read_bytes())
    assert statement["sha256"]["figures/burnout_complaints.toml"] == sha256(NEWER.encode())


def test_a_damaged_file_of_figures_stops_the_work_before_anything_is_written(small: SmallSurvey) -> None:
    folder = small.folder / "figures"
    folder.mkdir()
    (folder / "burnout_complaints.toml").write_text("[[figures]\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"burnout_complaints\.toml.*mend the file, or remove it"):
        analyse_files(replace(inputs(small), figures=folder), small.out, silent)
    assert not small.out.exists()


def test_without_a_roster(small: SmallSurvey) -> None:
    results = analyse_files(Inputs(small.answers, small.survey), small.out, silent)
    assert all(cell.invited is None for cell in results.release.cells.values())
    statement = json.loads((small.out / "certificate.json").read_text(encoding="utf-8"))
    assert "roster.csv" not in statement["sha256"]


def test_the_steps_are_told_in_order(small: SmallSurvey) -> None:
    told: list[tuple[str, float]] = []
    analyse_files(inputs(small), small.out, lambda step, part: told.append((step, part)))
    steps = list(dict.fromkeys(step for step, _ in told))
    assert steps == list(ANALYSIS)
    assert all(0 <= part <= 1 for _, part in told)
    assert ("answers", 1.0) in told


def test_other_folders_and_files_of_another_order_give_the_same_bytes(small: SmallSurvey, tmp_path: Path) -> None:
    analyse_files(inputs(small), small.out, silent)
    elsewhere = SmallSurvey(tmp_path / "el se" / "where").write()
    analyse_files(inputs(elsewhere), elsewhere.out, silent)
    assert contents(small.out) == contents(elsewhere.out)
    # The rows have no order: only the sum of the answers file may differ.
    header, *rows = elsewhere.answers.read_text(encoding="utf-8").splitlines(keepends=True)
    elsewhere.answers.write_text(header + "".join(reversed(rows)), encoding="utf-8")
    analyse_files(inputs(elsewhere), elsewhere.out, silent)
    one, other = contents(small.out), contents(elsewhere.out)
    assert one.pop("certificate.json") != other.pop("certificate.json")
    assert one == other


def test_another_process_with_another_hash_seed_gives_the_same_bytes(small: SmallSurvey) -> None:
    analyse_files(inputs(small), small.out, silent)
    names = [str(path) for path in (small.answers, small.survey, small.roster)]
    command = ["analyse", names[0], "--survey", names[1], "--roster", names[2]]
    for seed in ("1", "2"):
        out = small.folder / f"out {seed}"
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": f"Etc/GMT+{seed}", "LC_ALL": "C"}
        done = subprocess.run(
            [sys.executable, "-c", "from survey_app.cli import main; main()", *command, "--out", str(out)],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        assert contents(out) == contents(small.out)


def test_a_file_name_in_another_encoding(small: SmallSurvey) -> None:
    odd = small.answers.rename(small.folder / os.fsdecode(b"caf\xe9.csv"))
    analyse_files(Inputs(odd, small.survey), small.out, silent)
    assert "caf\N{REPLACEMENT CHARACTER}.csv" in (small.out / "certificate.json").read_text(encoding="utf-8")


# What is refused ----------------------------------------------------------------------------------


def test_a_file_that_changes_while_it_is_read(small: SmallSurvey) -> None:
    def someone_saves(step: str, part: float) -> None:
        if step == "roster":
            small.answers.write_bytes(small.answers.read_bytes() + b"\n")

    with pytest.raises(InputError, match="changed while it was read; run again"):
        analyse_files(inputs(small), small.out, someone_saves)
    assert not small.out.exists()


@pytest.mark.parametrize("link", [Path.hardlink_to, Path.symlink_to])
def test_the_same_file_under_two_names(small: SmallSurvey, link: Callable[[Path, Path], None]) -> None:
    small.roster.unlink()
    link(small.roster, small.answers)
    with pytest.raises(InputError, match="is named twice"):
        analyse_files(inputs(small), small.out, silent)


def test_an_input_that_is_a_link_to_what_will_be_written(small: SmallSurvey) -> None:
    small.out.mkdir()
    (small.out / "released.csv").symlink_to(small.answers)
    before = small.everything()
    with pytest.raises(InputError, match=r"answers\.csv: would be replaced"):
        analyse_files(inputs(small), small.out, silent)
    assert small.everything() == before


# Writing together ---------------------------------------------------------------------------------

NEW = {"a.txt": b"new a", "b.txt": b"new b", "c.txt": b"new c"}


def failing_at(place: int) -> Callable[[Path, Path], Path]:
    """``Path.replace`` that fails once, at its call number ``place``."""
    replace, calls = Path.replace, iter(range(1000))

    def sometimes(self: Path, target: Path) -> Path:
        if next(calls) == place:
            raise OSError(28, "No space left on device")
        return replace(self, target)

    return sometimes


def test_new_files_take_the_place_of_old_ones(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_bytes(b"old b")
    (tmp_path / "other.txt").write_bytes(b"other")
    write_together(tmp_path, NEW)
    assert contents(tmp_path) == {**NEW, "other.txt": b"other"}


def test_new_files_get_the_rights_that_new_files_get(tmp_path: Path) -> None:
    write_together(tmp_path / "new", NEW)
    (tmp_path / "ordinary").write_bytes(b"")
    assert (tmp_path / "new" / "a.txt").stat().st_mode == (tmp_path / "ordinary").stat().st_mode


@pytest.mark.parametrize("place", range(len(NEW)))
@pytest.mark.parametrize("old", [{}, {"a.txt": b"old a"}, {"b.txt": b"old b", "c.txt": b"old c", "d.txt": b"d"}])
def test_a_failed_move_puts_everything_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: int, old: dict[str, bytes]
) -> None:
    for name, content in old.items():
        (tmp_path / name).write_bytes(content)
    monkeypatch.setattr(Path, "replace", failing_at(place))
    with pytest.raises(OSError, match="No space left"):
        write_together(tmp_path, NEW)
    assert contents(tmp_path) == old


def test_a_failed_write_puts_everything_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_bytes(b"old a")

    def no_space(self: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space left"):
        patch.setattr(Path, "write_bytes", no_space)
        write_together(tmp_path, NEW)
    assert contents(tmp_path) == {"a.txt": b"old a"}


def test_folders_made_for_nothing_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "replace", failing_at(1))
    with pytest.raises(OSError, match="No space left"):
        write_together(tmp_path / "new" / "deeper", NEW)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_puts_everything_back_too(small: SmallSurvey, monkeypatch: pytest.MonkeyPatch) -> None:
    analyse_files(inputs(small), small.out, silent)
    before = contents(small.out)
    small.replace(small.survey, "Voorbeeld BV", "Ander BV")

    def interrupted(path: Path, target: Path) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        analyse_files(inputs(small), small.out, silent)
    assert contents(small.out) == before


def test_the_certificate_is_written_last() -> None:
    assert WRITTEN[-1] == analysing.CERTIFICATE
