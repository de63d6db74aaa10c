"""``peil figures update`` and ``peil figures add``: shown first, added on request, all or nothing."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from analysis.benchmark.figures import load_figures
from analysis.benchmark.own_figures import load_figures_with
from survey_app.cli import figures_update, main
from survey_app.config import Config
from survey_app.own_figures import CannotKeep, figures_folder, installed_figures, write_all
from survey_app.statline import CBS, CbsUnreachable, Get, NotThere
from tests.analysis.benchmark.statline_documents import Sketch, as_csv, morning, saved, sexes_and_ages, v3, v4
from tests.analysis.benchmark.test_own_figures import OWN_INDICATOR, SECTOR

#: Invented: a new year, a group of it, and a year in which the catalogue prints 20.
FATIGUE = sexes_and_ages(
    {
        ("x-T", "x-A", "2026JJ00"): {"f": ("21.4", "20.9", "21.9")},
        ("x-3", "x-A", "2026JJ00"): {"f": ("19.8", "19.1", "20.5")},
        ("x-T", "x-A", "2024JJ00"): {"f": ("18.4", "17.9", "18.9")},
        ("x-T", "x-A", "2021JJ00"): {"f": ("17.1", "16.6", "17.6")},
    }
)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(tmp_path / "data")


@pytest.fixture(autouse=True)
def fixed_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures_update, "_today", lambda: dt.date(2026, 11, 2))


def run(config: Config, *arguments: str | Path, answer: str = "") -> Result:
    return CliRunner().invoke(main, ["figures", *map(str, arguments)], obj=config, input=answer)


def played(*sketches: Sketch, versions: tuple[str, ...] = ("v4",)) -> Get:
    """CBS with these tables and no other."""
    answers: dict[str, Any] = {}
    for sketch in sketches:
        for version, base, documents in (("v4", CBS.v4, v4(sketch)), ("v3", CBS.v3, v3(sketch))):
            if version in versions:
                query = "" if version == "v4" else "?$format=json"
                answers |= {f"{base}{sketch.id}/{name}{query}": document for name, document in documents.items()}

    def get(address: str) -> Any:
        if address not in answers:
            raise NotThere("it answers 404")
        return answers[address]

    return get


@pytest.fixture
def cbs(monkeypatch: pytest.MonkeyPatch) -> Callable[[Get], None]:
    """Puts something in the place of CBS; until then, asking is a mistake."""

    def nobody() -> Get:
        raise AssertionError("CBS is not to be asked")

    monkeypatch.setattr(figures_update, "_open_cbs", nobody)
    return lambda get: monkeypatch.setattr(figures_update, "_open_cbs", lambda: get)


def at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a person sits at the keyboard."""
    monkeypatch.setattr(figures_update, "_somebody_is_there", lambda: True)


class TestUpdate:
    def test_without_a_person_it_shows_everything_and_writes_nothing(
        self, config: Config, cbs: Callable[[Get], None]
    ) -> None:
        cbs(played(FATIGUE, morning()))
        result = run(config, "update")
        assert result.exit_code == 0
        assert "  + 2026  21.4% (20.9 to 21.9)  83049NED\n" in result.stdout
        assert "  ! 2024  18.4% (17.9 to 18.9)  83049NED\n" in result.stdout
        assert "printed now: 20% [S] burnout_complaints-2024-total-1" in result.stdout
        assert "  + 2026  sex: 1 figure\n" in result.stdout
        assert "3 figures of StatLine are there already." in result.stdout
        assert "burnout_complaints 2026: 21.4% (20.9 to 21.9), where there was none" in result.stdout
        assert "compared with: mental-fatigue/fatigue" in result.stdout
        assert "Nothing was added, because nobody could be asked; add --yes to add it." in result.stdout
        assert not config.data_folder.exists()

    def test_tables_that_are_not_given_are_named_and_the_others_used(
        self, config: Config, cbs: Callable[[Get], None]
    ) -> None:
        cbs(played(FATIGUE, versions=("v3",)))
        result = run(config, "update")
        assert result.exit_code == 0
        assert "21.4%" in result.stdout
        assert "Note: 84436NED: CBS gives no table that can be read (v4: it answers 404" in result.stderr

    def test_yes_adds_to_the_data_folder_and_a_second_time_nothing_is_new(
        self, config: Config, cbs: Callable[[Get], None]
    ) -> None:
        cbs(played(FATIGUE))
        result = run(config, "update", "--yes")
        assert result.exit_code == 0
        assert f"Added 3 figures to {config.data_folder / 'figures'}." in result.stdout
        catalogue = load_figures_with(figures_folder(config))
        assert str(catalogue.preferred("burnout_complaints").value) == "21.4"
        assert str(load_figures().preferred("burnout_complaints").value) == "20"
        again = run(config, "update", "--yes")
        assert again.stdout == "There is nothing new. 3 figures of StatLine are there already.\n"
        assert "21.4% (2026)" in run(config, "list", "--theme", "fatigue").stdout
        assert "(2026-11-02, CC BY 4.0)" in " ".join(run(config, "show", "burnout_complaints").stdout.split())

    @pytest.mark.parametrize(("answer", "kept"), [("y\n", True), ("n\n", False)])
    def test_a_person_is_asked(
        self,
        config: Config,
        cbs: Callable[[Get], None],
        monkeypatch: pytest.MonkeyPatch,
        answer: str,
        kept: bool,
    ) -> None:
        cbs(played(FATIGUE))
        at_a_terminal(monkeypatch)
        result = run(config, "update", answer=answer)
        assert result.exit_code == 0
        assert "Add 3 figures to" in result.stdout
        assert figures_folder(config).exists() == kept

    def test_since_and_groups_show_more(self, config: Config, cbs: Callable[[Get], None]) -> None:
        cbs(played(FATIGUE))
        result = run(config, "update", "--since", "2014", "--groups")
        assert "= 2021  17.1% (16.6 to 17.6)" in result.stdout
        assert "+ 2026  19.8% (19.1 to 20.5)  sex, men" in result.stdout
        assert "2021" not in run(config, "update").stdout

    def test_only_the_tables_that_are_named_are_asked(self, config: Config, cbs: Callable[[Get], None]) -> None:
        asked: list[str] = []
        get = played(morning())
        cbs(lambda address: (asked.append(address), get(address))[1])
        assert run(config, "update", "--table", "85572ned").exit_code == 0
        assert asked and all("/85572NED/" in address for address in asked)

    def test_what_is_saved_gives_the_same_offline(
        self, config: Config, cbs: Callable[[Get], None], tmp_path: Path
    ) -> None:
        cbs(played(FATIGUE))
        online = run(config, "update", "--table", "83049NED", "--save", tmp_path / "kept")
        (file,) = (tmp_path / "kept").iterdir()
        cbs(lambda address: pytest.fail("CBS is not to be asked"))
        offline = run(config, "update", "--from-file", file)
        assert offline.stdout == online.stdout
        assert json.loads(file.read_text(encoding="utf-8"))["retrieved"] == "2026-11-02"
        refused = run(config, "update", "--table", "83049NED", "--save", tmp_path / "kept")
        assert refused.exit_code == 2
        assert "is there already; choose another folder." in refused.stderr

    @pytest.mark.usefixtures("cbs")
    @pytest.mark.parametrize("form", ["v3", "v4", "csv"])
    def test_files_of_every_form_give_the_same(self, config: Config, tmp_path: Path, form: str) -> None:
        file = tmp_path / "table"
        text = as_csv(FATIGUE) if form == "csv" else json.dumps(saved(FATIGUE, form))
        file.write_text(text, encoding="utf-8")
        result = run(config, "update", "--from-file", file, "--yes")
        assert "Added 3 figures" in result.stdout
        text = (figures_folder(config) / "burnout_complaints.toml").read_text(encoding="utf-8")
        assert text.count("retrieved = 2026-11-02") == 1
        assert 'value = "21.4", ci_low = "20.9", ci_high = "21.9"' in text

    @pytest.mark.usefixtures("cbs")
    def test_two_exports_of_one_table_are_read_together(self, config: Config, tmp_path: Path) -> None:
        files = []
        for number, place in enumerate(list(FATIGUE.numbers)[:2]):
            file = tmp_path / f"{number}.csv"
            file.write_text(as_csv(sexes_and_ages({place: FATIGUE.numbers[place]})), encoding="utf-8")
            files += ["--from-file", file]
        assert "Added 2 figures" in run(config, "update", *files, "--yes").stdout

    def test_without_a_connection_one_sentence_says_what_to_do(
        self, config: Config, cbs: Callable[[Get], None]
    ) -> None:
        asked: list[str] = []

        def offline(address: str) -> Any:
            asked.append(address)
            raise CbsUnreachable("datasets.cbs.nl: Name or service not known")

        cbs(offline)
        result = run(config, "update")
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith("peil: 83049NED: CBS cannot be reached (v4: datasets.cbs.nl: Name or service")
        assert result.stderr.endswith("try again later, or download tables elsewhere and read them with --from-file.\n")
        assert len(asked) == 2  # one service after the other, and no further tables

    @pytest.mark.usefixtures("cbs")
    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"\xff\xfe", "is not UTF-8"),
            (b"{", "Expecting property name"),
            (b"{}", "this is no table as 'peil figures update --save' writes it"),
            (b"a;b\n1;2\n", "no column is called 'Perioden'"),
        ],
    )
    def test_a_file_that_is_no_table_is_one_sentence(
        self, config: Config, tmp_path: Path, content: bytes, message: str
    ) -> None:
        file = tmp_path / "table.csv"
        file.write_bytes(content)
        result = run(config, "update", "--from-file", file)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith(f"peil: {file}: ")
        assert message in result.stderr

    @pytest.mark.usefixtures("cbs")
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (("--table", "83049NAD"), "(did you mean '83049NED'?)"),
            (("--from-file", __file__, "--save", "x"), "leave one out"),
            (("--from-file", __file__, "--table", "83049NED"), "leave one out"),
        ],
    )
    def test_a_mistake_is_one_sentence_and_exit_code_2(
        self, config: Config, arguments: tuple[str, ...], message: str
    ) -> None:
        result = run(config, "update", *arguments)
        assert result.exit_code == 2
        assert message in result.stderr

    def test_a_folder_that_cannot_be_written_leaves_everything_as_it_was(
        self, config: Config, cbs: Callable[[Get], None], tmp_path: Path
    ) -> None:
        cbs(played(FATIGUE))
        (tmp_path / "data").write_text("in the way", encoding="utf-8")
        result = run(config, "update", "--yes")
        assert result.exit_code == 2
        assert "nothing was added" in result.stderr

    def test_a_kept_file_that_was_damaged_is_named(self, config: Config, cbs: Callable[[Get], None]) -> None:
        cbs(played(FATIGUE))
        figures_folder(config).mkdir(parents=True)
        (figures_folder(config) / "burnout_complaints.toml").write_text("figures = 3\n", encoding="utf-8")
        for command in (("update",), ("list",), ("show", "burnout_complaints")):
            result = run(config, *command)
            assert result.exit_code == 2
            assert "burnout_complaints.toml: something is missing" in result.stderr

    def test_nobody_sits_at_the_keyboard_of_a_pipe(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Keyboard:
            def __init__(self, there: bool) -> None:
                self.isatty = lambda: there

        for there in (True, False):
            monkeypatch.setattr(sys, "stdin", Keyboard(there))
            assert figures_update._somebody_is_there() == there


class TestAdd:
    def add(self, config: Config, folder: Path, text: str, *arguments: str, name: str = "sector_2025.toml") -> Result:
        file = folder / name
        file.write_text(text, encoding="utf-8")
        return run(config, "add", file, *arguments)

    def test_it_is_shown_before_it_is_kept(self, config: Config, tmp_path: Path) -> None:
        result = self.add(config, tmp_path, SECTOR)
        assert result.exit_code == 0
        assert "sector_2025.toml: 2 figures for 'burnout_complaints', own benchmark" in result.stdout
        assert "  2025  own sector, all: 17.2% (15.0 to 19.6)" in result.stdout
        assert "add --yes to add it" in result.stdout
        assert not config.data_folder.exists()

    def test_list_and_show_mark_it_as_own(self, config: Config, tmp_path: Path) -> None:
        assert self.add(config, tmp_path, SECTOR, "--yes").exit_code == 0
        assert (figures_folder(config) / "own" / "sector_2025.toml").read_text(encoding="utf-8") == SECTOR
        listed = run(config, "list", "--language", "en").stdout
        assert "Work-related mental fatigue: 20% (2024) [own: 2]\n" in listed
        assert listed.count("own:") == 1
        assert "eigen: 2" in run(config, "list", "--language", "nl").stdout
        assert (
            self.add(config, tmp_path, OWN_INDICATOR.replace("2025", "2026"), "--yes", name="tired.toml").exit_code == 0
        )
        assert "Tired in the sector: 17.2% (2026) [own: 2]" in run(config, "list").stdout
        assert "own benchmark, not an official figure" in run(config, "show", "tired").stdout
        assert "own benchmark" not in run(config, "show", "burnout_complaints").stdout

    def test_a_second_file_of_the_same_name_takes_the_place_of_the_first(self, config: Config, tmp_path: Path) -> None:
        self.add(config, tmp_path, SECTOR, "--yes")
        result = self.add(config, tmp_path, SECTOR.replace('"17.2"', '"18.0"'), "--yes")
        assert "takes the place of the file of the same name" in result.stdout
        values = [str(f.value) for f in installed_figures(config).indicator("burnout_complaints").figures]
        assert "18.0" in values and "17.2" not in values

    def test_a_mistake_is_one_sentence_and_nothing_is_kept(self, config: Config, tmp_path: Path) -> None:
        result = self.add(config, tmp_path, SECTOR.replace('value = "24"', "value = 24"), "--yes")
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr == (
            "peil: sector_2025.toml, figures of 2025: 24 has to be a number in quotes, as printed.\n"
        )
        assert not config.data_folder.exists()

    def test_an_update_leaves_own_benchmarks_alone(
        self, config: Config, tmp_path: Path, cbs: Callable[[Get], None]
    ) -> None:
        self.add(config, tmp_path, SECTOR, "--yes")
        cbs(played(FATIGUE))
        assert run(config, "update", "--yes").exit_code == 0
        figures = installed_figures(config).indicator("burnout_complaints").figures
        assert sum("OWN" in figure.tags for figure in figures) == 2
        assert sum("statline" in figure.id for figure in figures) == 3


class TestWriting:
    def test_all_files_or_none(self, tmp_path: Path) -> None:
        first, second, blocked = tmp_path / "a.toml", tmp_path / "b.toml", tmp_path / "c.toml"
        first.write_text("old", encoding="utf-8")
        (blocked / "full").mkdir(parents=True)
        with pytest.raises(CannotKeep, match="nothing was added"):
            write_all({first: "new", second: "new", blocked: "new"})
        assert first.read_text(encoding="utf-8") == "old"
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a.toml", "c.toml"]

    def test_nothing_is_left_beside_what_was_written(self, tmp_path: Path) -> None:
        write_all({tmp_path / "deep" / "a.toml": "één\n"})
        (file,) = (tmp_path / "deep").iterdir()
        assert file.read_bytes() == "één\n".encode()

    def test_without_an_installation_the_catalogue_is_the_program_s(self, tmp_path: Path) -> None:
        assert installed_figures(None) is load_figures()
        assert installed_figures(Config(tmp_path / "none")) is load_figures()
