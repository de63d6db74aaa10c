"""``peil analyse``: bad input never loses anything and never passes silently."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from instruments.packs import store_pack
from survey_app.cli import main, progress
from tests.instruments.test_packs import PACK
from tests.survey_app.damages import Damage, pack_beside
from tests.survey_app.refusals import ANSWERS_FILE, ROSTER_FILE, SURVEY_FILE
from tests.survey_app.small_survey import WRITTEN, SmallSurvey, assert_refused, run

CASES = [
    pytest.param(damage, words, id=f"{kind}: {name}")
    for kind, cases in (("survey", SURVEY_FILE), ("answers", ANSWERS_FILE), ("roster", ROSTER_FILE))
    for name, (damage, words) in cases.items()
]


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallSurvey:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(progress, "PATIENCE", 3600)  # a slow machine must not add lines to standard error
    return SmallSurvey(tmp_path).write()


def test_the_undamaged_files_make_a_report(small: SmallSurvey) -> None:
    before = small.everything()
    result = small.analyse()
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in small.out.iterdir()) == WRITTEN
    assert result.stderr == ""
    cells = json.loads((small.out / "certificate.json").read_text(encoding="utf-8"))["cells"]
    assert result.stdout.splitlines() == [
        "out/report-nl.pdf",
        "out/report-en.pdf",
        f"out/released.csv: {cells['planned']} cells, {cells['closed']} closed",
        "out/certificate.json",
        "2 figures compared with the country.",
    ]
    assert {name: small.everything()[name] for name in before} == before, "an input file was changed"


def test_a_report_in_which_every_cell_is_closed_says_so(small: SmallSurvey) -> None:
    small.replace(small.survey, "k = 10", "k = 500")
    result = small.analyse()
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-1] == "Every cell is closed: a figure needs at least 501 answers."


@pytest.mark.parametrize(("damage", "words"), CASES)
def test_bad_input_is_refused_in_one_sentence(small: SmallSurvey, damage: Damage, words: tuple[str, ...]) -> None:
    damage(small)
    before = small.everything()
    result = small.analyse()
    assert_refused(result, *words)
    assert small.everything() == before, "something was written"


def test_bad_input_leaves_an_earlier_report_alone(small: SmallSurvey) -> None:
    small.analyse()
    small.replace(small.answers, "2026-1,2026", "2026-1,2024")
    before = small.everything()
    assert_refused(small.analyse(), "answers.csv, line 3, column 'year'")
    assert small.everything() == before


# The folder that is written, and files in each other's way ----------------------------------------


def test_out_is_a_file(small: SmallSurvey) -> None:
    small.out.write_text("mine", encoding="utf-8")
    assert_refused(small.analyse(), "out: is a file", "--out needs a folder")
    assert small.out.read_text(encoding="utf-8") == "mine"


def test_out_lies_below_a_file(small: SmallSurvey) -> None:
    assert_refused(small.analyse("--out", "survey.toml/deeper/out"), "survey.toml: is a file", "--out")


def test_out_is_a_folder_without_rights(small: SmallSurvey, monkeypatch: pytest.MonkeyPatch) -> None:
    small.out.mkdir()
    # The superuser may write everywhere, so the question itself is answered here.
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK)
    assert_refused(small.analyse(), "out: is a folder in which you may not write", "--out")
    assert list(small.out.iterdir()) == []


def test_an_input_may_not_be_read(small: SmallSurvey, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_rights(self: Path, *arguments: object, **options: object) -> object:
        raise PermissionError(13, "Permission denied")

    before = small.everything()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", no_rights)
        result = small.analyse()
    assert_refused(result, "answers.csv: cannot be read (Permission denied)", "check the path")
    assert small.everything() == before


def test_a_folder_stands_where_a_file_has_to_go(small: SmallSurvey) -> None:
    (small.out / "released.csv").mkdir(parents=True)
    assert_refused(small.analyse(), "out/released.csv: is a folder where a file has to go")
    assert [path.name for path in small.out.iterdir()] == ["released.csv"]


def test_writing_fails(small: SmallSurvey, monkeypatch: pytest.MonkeyPatch) -> None:
    before = small.everything()

    def break_down(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", break_down)
    assert_refused(small.analyse(), "out: cannot be written (No space left on device)", "--out")
    assert small.everything() == before


@pytest.mark.parametrize("name", ["released.csv", "report-nl.pdf"])
def test_an_input_would_be_replaced(small: SmallSurvey, name: str) -> None:
    small.out.mkdir()
    small.answers.rename(small.out / name)
    before = small.everything()
    result = run("analyse", f"out/{name}", "--survey", "survey.toml", "--out", "out")
    assert_refused(result, f"out/{name}: would be replaced")
    result = run("analyse", f"out/{name}", "--survey", "survey.toml", "--out", "elsewhere")
    assert_refused(result, f"out/{name}: has the name of a file that is written", "another name")
    assert small.everything() == before


def test_two_inputs_share_a_name(small: SmallSurvey) -> None:
    (small.folder / "hr").mkdir()
    small.roster.rename(small.folder / "hr" / "answers.csv")
    result = small.analyse("--roster", "hr/answers.csv")
    assert_refused(result, "hr/answers.csv: has the same file name as answers.csv", "rename one")


# Wording packs ------------------------------------------------------------------------------------


def test_an_imported_pack_is_named_without_its_file(small: SmallSurvey) -> None:
    pack_beside()(small)
    small.replace(small.survey, '"pack.toml"', '"workload.nl"')
    assert_refused(small.analyse(), "[survey] packs names 'workload.nl'", "not imported")
    store_pack(small.folder / "pack.toml", small.folder / "data" / "packs")
    assert_refused(small.analyse(), "answers.csv, line 1: the column 'workload_fast' and 2 more are missing")


def test_a_broken_imported_pack_is_named_with_its_folder(small: SmallSurvey) -> None:
    packs = small.folder / "data" / "packs"
    packs.mkdir(parents=True)
    (packs / "workload.nl.toml").write_text(PACK.replace("statement", "sentence"), encoding="utf-8")
    assert_refused(small.analyse(), "data/packs: workload.nl.toml: [pack]", "'sentence'")


# What the terminal shows --------------------------------------------------------------------------


def test_progress_goes_to_standard_error_only(small: SmallSurvey, monkeypatch: pytest.MonkeyPatch) -> None:
    quiet = small.analyse()
    monkeypatch.setattr(progress, "PATIENCE", -1)
    result = small.analyse()
    assert result.exit_code == 0
    assert result.stdout == quiet.stdout
    assert result.stderr.splitlines() == [f"{step} …" for step in progress.ANALYSIS.values()]


def commands(command: click.Command, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The words that lead to every command, groups among them."""
    below = command.commands.items() if isinstance(command, click.Group) else ()
    return [path, *(found for name, child in below for found in commands(child, (*path, name)))]


@pytest.mark.parametrize("path", commands(main), ids=" ".join)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_every_command_explains_itself(path: tuple[str, ...], flag: str) -> None:
    result = CliRunner().invoke(main, [*path, flag])
    assert result.exit_code == 0
    assert result.stderr == ""
    assert result.stdout.startswith("Usage: ")


@pytest.mark.parametrize("missing", ["--survey", "--out", "ANSWERS.csv"])
def test_what_was_not_said_is_asked_for(small: SmallSurvey, missing: str) -> None:
    words = {"ANSWERS.csv": ["answers.csv"], "--survey": ["--survey", "survey.toml"], "--out": ["--out", "out"]}
    result = run("analyse", *(word for key, said in words.items() if key != missing for word in said))
    assert result.exit_code == 2
    assert missing in result.stderr
    assert not small.out.exists()


# Bytes changed at random --------------------------------------------------------------------------

FILES = ("survey.toml", "answers.csv", "roster.csv")

#: What these files are made of, and what breaks them.
SHARDS = [*b",;\t\"'\r\n\0 0123456789-.>=[]{}#aZ", 0xC3, 0xEF, 0xFF]

#: In which file, where it begins and how long it is (as parts of the whole), and what comes there.
Edit = tuple[str, float, float, bytes]

edits = st.tuples(
    st.sampled_from(FILES),
    st.floats(0, 1),
    st.sampled_from([0.0, 0.0, 0.001, 0.01, 0.3]),
    st.one_of(
        st.lists(st.sampled_from(SHARDS), min_size=1, max_size=3).map(bytes),
        st.binary(min_size=1, max_size=6),
        st.text(min_size=1, max_size=3).map(lambda text: text.encode("utf-8", "replace")),
    ),
)


def changed(before: bytes, edit: Edit) -> bytes:
    """``before`` with one stretch replaced."""
    _, start, length, new = edit
    place = int(start * len(before))
    return before[:place] + new + before[place + max(int(length * len(before)), len(new)) :]


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return SmallSurvey(tmp_path_factory.mktemp("originals")).write().everything()


def assert_all_or_nothing(originals: dict[str, bytes], changes: list[Edit]) -> None:
    """Analyses a damaged copy of the files: four files come out, or one sentence and nothing else."""
    files = dict(originals)
    for edit in changes:
        files[edit[0]] = changed(files[edit[0]], edit)
    with tempfile.TemporaryDirectory() as folder:
        copy = SmallSurvey(Path(folder))
        for name, content in files.items():
            (copy.folder / name).write_bytes(content)
        result = run("analyse", copy.answers, "--survey", copy.survey, "--roster", copy.roster, "--out", copy.out)
        if result.exit_code == 0:
            assert sorted(path.name for path in copy.out.iterdir()) == WRITTEN
        else:
            assert result.exit_code == 2
            assert result.stderr.startswith("peil: ")
            assert result.stderr.count("\n") == 1
            assert copy.everything() == files


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(edits, min_size=1, max_size=3))
def test_random_damage_is_refused_or_harmless(
    small: SmallSurvey, originals: dict[str, bytes], changes: list[Edit]
) -> None:
    assert_all_or_nothing(originals, changes)
