"""``peil instruments``: what it prints, what it stores, and how it says no."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from survey_app.cli.instruments import instruments
from survey_app.config import Config
from tests.instruments.test_packs import PACK


@pytest.fixture
def data(tmp_path: Path) -> Config:
    return Config(tmp_path / "data")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "pack.toml"
    path.write_text(PACK, encoding="utf-8")
    return path


def run(data: Config, *arguments: str | Path) -> Result:
    return CliRunner().invoke(instruments, [str(argument) for argument in arguments], obj=data)


def line_of(result: Result, start: str) -> str:
    return next(line for line in result.stdout.splitlines() if line.startswith(start))


def test_the_list_says_what_can_be_asked(data: Config) -> None:
    result = run(data, "list", "--language", "en")
    assert result.exit_code == 0
    assert line_of(result, "workload ").split() == ["workload", "3", "own", "(nl,", "en)", "Workload"]
    assert "needs a wording pack" in line_of(result, "fas ")
    assert "no questions of its own" in line_of(result, "job-strain")
    assert "tekstpakket nodig" in line_of(run(data, "list", "--language", "nl"), "fas ")


def test_a_page_shows_questions_answers_scoring_rights_and_sources(data: Config) -> None:
    page = run(data, "show", "workload", "--language", "en").stdout
    for words in (
        "Workload (workload, version 1, own (nl, en))",
        "How often is the pace of your work very high?",
        "   4  always",
        "share >= 2.5 with 3 answers; higher is worse",
        "official figure: high_work_demands",
        "Peil. The questions are our own wording.",
        "https://www.cbs.nl/",
    ):
        assert words in page
    assert "aandeel >= 2,5 bij 3 antwoorden" in run(data, "show", "workload", "--language", "nl").stdout


def test_a_page_shows_routing_rules_and_bases(data: Config) -> None:
    page = " ".join(run(data, "show", "care", "--language", "en").stdout.split())
    assert "care_now [yes-no] (only if care_past_year = 1)" in page
    assert "share for whom: care_burden >= 3; only among carer; higher is worse" in page


def test_a_page_shows_reversed_items_scores_bands_and_doubts(data: Config) -> None:
    fas = " ".join(run(data, "show", "fas", "--language", "en").stdout.split())
    assert "fas_04 [fas-5] (counted in reverse)" in fas
    assert "substantially fatigued >= 22" in fas
    assert "(product pages) (not confirmed)" in fas
    assert "Without texts (rights: ild care foundation)" in fas
    assert "5 – (counts as 100)" in " ".join(run(data, "show", "cbi", "--language", "en").stdout.split())
    assert "share >= 600/11" in run(data, "show", "need-for-recovery", "--language", "en").stdout
    assert "Only together with: workload, autonomy." in run(data, "show", "job-strain", "--language", "en").stdout


def test_checking_a_pack_stores_nothing(data: Config, file: Path) -> None:
    result = run(data, "check", file, "--language", "en")
    assert result.exit_code == 0
    assert result.stdout == "pack.toml fits workload: 3 questions in Dutch, official. Nothing was stored.\n"
    assert not data.data_folder.exists()


def test_an_imported_pack_shows_up_with_its_attribution(data: Config, file: Path) -> None:
    result = run(data, "import", file, "--language", "en")
    assert result.exit_code == 0
    assert "workload: the Dutch texts are loaded (official)." in result.stdout
    assert "Attribution in survey and report: Source: a test" in result.stdout
    assert (data.packs_folder / "workload.nl.toml").read_text(encoding="utf-8") == PACK
    assert "officieel (nl), eigen (en)" in line_of(run(data, "list", "--language", "nl"), "workload ")
    page = run(data, "show", "workload", "--language", "nl").stdout
    assert "Made-up question one?" in page
    assert "Source: a test. Test licence. These texts are made up" in page


@pytest.mark.parametrize("command", ["check", "import"])
def test_a_broken_pack_is_one_sentence_and_exit_code_2(data: Config, file: Path, command: str) -> None:
    file.write_text(PACK.replace('2 = "label two"\n', ""), encoding="utf-8")
    result = run(data, command, file)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == "peil: pack.toml: scale 'frequency-4' has no label for code 2; add it.\n"
    assert not data.data_folder.exists()


def test_an_absent_file_and_an_unknown_id_are_one_sentence(data: Config, tmp_path: Path) -> None:
    absent = run(data, "import", tmp_path / "absent.toml")
    assert (absent.exit_code, absent.stderr) == (
        2,
        "peil: absent.toml: there is no such file; check the name and the folder.\n",
    )
    unknown = run(data, "show", "wrokload")
    assert (unknown.exit_code, unknown.stderr) == (
        2,
        "peil: there is no instrument 'wrokload'; did you mean 'workload'?\n",
    )


@pytest.mark.parametrize("command", [["list"], ["show", "workload"]])
def test_a_broken_stored_pack_is_named(data: Config, command: list[str]) -> None:
    folder = data.packs_folder
    folder.mkdir(parents=True)
    (folder / "workload.nl.toml").write_text(PACK.replace('"1"', '"0"'), encoding="utf-8")
    result = run(data, *command)
    assert result.exit_code == 2
    assert result.stderr.startswith("peil: workload.nl.toml: the pack is for version 0 of 'workload'")
