"""``peil disclosure plan``: what HR sees before anything is promised, and what is refused."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from click.testing import Result

from analysis.grouping import merge_small_units
from survey_app.cli.disclosure_plan import COLUMNS
from survey_app.cli.pages import WIDTH
from survey_app.commission.foreseeing import MOST_CATEGORIES
from tests.survey_app.small_survey import SmallSurvey, as_csv, assert_refused, run

PAGE = Path(__file__).resolve().parents[3] / "docs" / "running-a-survey.md"

#: The organisation of the example in docs/running-a-survey.md; every third person of a unit is a man.
EXAMPLE = {
    "Zorg > Team Noord": 46,
    "Zorg > Team Oost": 31,
    "Zorg > Team Zuid": 24,
    "Zorg > Nachtdienst": 9,
    "Techniek > Onderhoud": 34,
    "Techniek > ICT": 12,
    "Kantoor": 63,
    "Directie": 5,
}

Change = Callable[[Path], object]


def write_roster(folder: Path, units: Mapping[str, int], **columns: str) -> Path:
    """A roster with names and addresses that nobody may see; ``columns`` have the same value on every row."""
    rows = []
    for unit, count in units.items():
        for number in range(count):
            person = f"{unit}-{number}".replace(" ", "").replace(">", "-").lower()
            sex = "women" if number % 3 else "men"
            rows.append((f"Person {person}", f"private.{person}@voorbeeld.example", unit, sex, *columns.values()))
    path = folder / "roster.csv"
    path.write_text(as_csv(("name", "email", "unit", "sex", *columns), rows), encoding="utf-8")
    return path


def plan(*arguments: str | Path) -> Result:
    return run("disclosure", "plan", *arguments)


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_roster(tmp_path, EXAMPLE)
    return tmp_path


# What is printed ------------------------------------------------------------------------------------


def test_the_example_in_the_documentation_is_what_the_command_prints(folder: Path) -> None:
    result = plan("roster.csv", "--cut", "sex")
    assert result.exit_code == 0, result.output
    assert f"```text\n{result.stdout}```" in PAGE.read_text(encoding="utf-8"), (
        "docs/running-a-survey.md shows another output; put this in its place"
    )


def test_the_advice_in_the_documentation_gives_techniek_its_own_figures(folder: Path) -> None:
    assert "  Techniek " not in plan("roster.csv").stdout
    write_roster(folder, {unit.replace("Directie", "Kantoor > Directie"): count for unit, count in EXAMPLE.items()})
    assert "\n  Techniek                     46" in plan("roster.csv").stdout


def test_no_name_and_no_address_is_printed_or_written(folder: Path) -> None:
    result = plan("roster.csv", "--cut", "sex", "--csv", "plan.csv")
    for text in (result.output, (folder / "plan.csv").read_text(encoding="utf-8")):
        assert "Techniek" in text
        assert not re.search("person|private|voorbeeld", text, re.IGNORECASE)


def test_every_line_fits_a_terminal_whatever_units_are_called(folder: Path) -> None:
    deep = " > ".join(f"Afdeling {level} met een tamelijk lange naam van {'a' * 50}" for level in range(9))
    write_roster(folder, {deep: 40, f"{deep} > Nacht": 25, f"{deep} > Dag": 1_200, "Kantoor": 9})
    result = plan("roster.csv", "--cut", "sex")
    assert result.exit_code == 0, result.output
    assert max(map(len, result.stdout.splitlines())) <= WIDTH
    assert "1,265" in result.stdout


def test_rows_are_aligned_and_units_indented_by_level(folder: Path) -> None:
    lines = plan("roster.csv").stdout.splitlines()
    head = next(line for line in lines if line.startswith("unit"))
    table = lines[lines.index(head) + 1 : lines.index("", lines.index(head))]
    ends = head.index("people") + len("people")
    for line, (name, people) in zip(
        table,
        [
            ("The whole", "224"),
            ("  Kantoor", "63"),
            ("  Zorg", "110"),
            ("    Team Noord", "46"),
            ("    Team Oost", "31"),
        ],
        strict=True,
    ):
        assert line.startswith(name)
        assert line[:ends].endswith(f" {people}")


def test_a_sign_that_would_do_something_to_a_terminal_is_written_out(folder: Path) -> None:
    write_roster(folder, {"Zorg\x1b[31m": 40, "Kantoor": 40})
    assert "\x1b" not in plan("roster.csv").stdout
    assert r"Zorg\x1b[31m" in plan("roster.csv").stdout


def test_other_responses_in_ascending_order(folder: Path) -> None:
    result = plan("roster.csv", "--response", "70, 25%")
    assert "25% answer" in result.stdout and "40% answer" not in result.stdout
    assert result.stdout.index("25% answer") < result.stdout.index("70% answer")


def test_a_larger_promise_merges_more_and_a_smaller_one_says_when_it_is_allowed(folder: Path) -> None:
    assert "  Team Oost (31)" not in plan("roster.csv").stdout
    larger = plan("roster.csv", "--k", "20").stdout
    assert "at least 21 of its people answer" in larger
    assert "Team Oost (31)" in larger
    assert "health, caregiving or harassment" not in larger
    smaller = plan("roster.csv", "--k", "5").stdout
    assert "at least 6 of its people answer" in smaller
    assert "A k below 10 is for surveys that ask nothing about health, caregiving or harassment." in smaller


def test_units_are_merged_as_the_promise_merges_them(folder: Path) -> None:
    paths = {tuple(unit.split(" > ")): count for unit, count in EXAMPLE.items()}
    plan("roster.csv", "--csv", "plan.csv")
    rows = rows_of((folder / "plan.csv").read_text(encoding="utf-8"))
    shown = {row["unit"] for row in rows if not row["shown_with"]}
    assert shown == {" > ".join(path) or "Total" for path in merge_small_units(paths, 20).units}


# From a survey file ---------------------------------------------------------------------------------


def test_a_survey_file_brings_its_columns_wave_cuts_and_k(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    small = SmallSurvey(tmp_path).write()
    small.replace(small.survey, "k = 10", "k = 12")
    small.replace(small.roster, "Team Noord,women", "Team Noord,men")  # the first on the roster
    result = plan("roster.csv", "--survey", "survey.toml")
    assert result.exit_code == 0, result.output
    counted, people, *_ = result.stdout.splitlines()
    assert counted == "Counted: wave 2026, and not '2025'."
    assert people.startswith("120 people and a promise of k = 12: "), "the other 60 are of an earlier wave"
    assert "Voorbeeld BV  " in result.stdout
    assert re.search(r"^    Team Noord +40 ", result.stdout, re.MULTILINE), "below Zorg, as [units] says"
    assert "Sex: a category has figures from 13 answers on, within a unit from 24 on." in result.stdout
    assert result.stdout.index("women") < result.stdout.index("men   "), "in the order of the survey"


def test_of_a_roster_of_two_years_the_newest_is_counted_unless_another_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = [f"{wave},Zorg\n" * people for wave, people in (("2026", 50), ("2025", 40), ("2024", 30))]
    (tmp_path / "roster.csv").write_text("wave,unit\n" + "".join(lines), encoding="utf-8")
    for options, wave, others, people in (
        ((), "2026", "'2024', '2025'", 50),
        (("--wave", "2025"), "2025", "'2024', '2026'", 40),
    ):
        first, second, *_ = plan("roster.csv", *options).stdout.splitlines()
        assert first == f"Counted: wave {wave}, and not {others}."
        assert second.startswith(f"{people} people ")
    assert_refused(plan("roster.csv", "--wave", "2023"), "nobody in wave '2023'", "'2024', '2025', '2026'")
    (tmp_path / "roster.csv").write_text("unit\nZorg\n", encoding="utf-8")
    assert_refused(plan("roster.csv", "--wave", "2023"), "no column 'wave'")


def test_a_survey_file_says_how_deep_units_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    small = SmallSurvey(tmp_path).write()
    assert "level" not in plan("roster.csv", "--survey", "survey.toml").stdout
    small.replace(small.survey, "k = 10", "k = 10\nlevels = 1")
    output = plan("roster.csv", "--survey", "survey.toml").stdout
    assert "Units are reported down to level 1 below the organisation, as the survey file says." in output
    assert "  Zorg  " in output and "Team Noord" not in output


def test_a_cut_that_the_roster_lacks_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    small = SmallSurvey(tmp_path).write()
    small.replace(small.roster, "gender", "other")
    result = plan("roster.csv", "--survey", "survey.toml")
    assert "Sex: nothing to foresee, for the roster does not say it." in result.stdout


def test_somebody_invited_in_two_waves_is_not_there_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    small = SmallSurvey(tmp_path).write()
    rows = [(f"{n % 90}@voorbeeld.example", "2026" if n < 90 else "2025", "Kantoor", "men") for n in range(180)]
    small.roster.write_text(as_csv(("email", "year", "team", "gender"), rows), encoding="utf-8")
    assert plan("roster.csv", "--survey", "survey.toml").exit_code == 0
    small.replace(small.roster, "7@voorbeeld.example,2026", "8@voorbeeld.example,2026")
    assert_refused(plan("roster.csv", "--survey", "survey.toml"), "line 10, column 'email'", "line 9", "one row")


# The CSV file ---------------------------------------------------------------------------------------


def test_the_csv_file_holds_what_is_printed(folder: Path) -> None:
    assert plan("roster.csv", "--cut", "sex", "--csv", "deeper/plan.csv").exit_code == 0
    text = (folder / "deeper" / "plan.csv").read_text(encoding="utf-8")
    assert text.splitlines()[0] == ",".join(COLUMNS)
    rows = rows_of(text)
    [oost] = [row for row in rows if row["unit"] == "Zorg > Team Oost" and row["response"] == "40" and not row["cut"]]
    assert oost == {
        "unit": "Zorg > Team Oost", "cut": "", "category": "", "invited": "31", "response": "40", "answers": "12",
        "chance": oost["chance"], "figures": "perhaps", "may_close": "1", "smallest_difference": "27", "shown_with": "",
    }  # fmt: skip
    assert float(oost["chance"]) == pytest.approx(0.75, abs=0.005)
    assert {(row["unit"], row["invited"], row["shown_with"]) for row in rows if row["shown_with"]} == {
        ("Directie", "5", "Total"),
        ("Techniek", "46", "Total"),
        ("Zorg > Nachtdienst", "9", "Zorg"),
        ("Zorg > Team Zuid", "24", "Zorg"),
    }
    closed = [row for row in rows if row["figures"] == "no"]
    assert closed and not any(row["smallest_difference"] for row in closed)
    assert len([row for row in rows if row["cut"] == "sex"]) == 3 * 2 * 3, "organisation and two units, each response"


@pytest.mark.parametrize("name", ["roster.csv", "survey.toml", "mine.csv", "a folder"])
def test_no_file_is_replaced(folder: Path, name: str) -> None:
    (folder / "survey.toml").write_text("mine", encoding="utf-8")
    (folder / "mine.csv").write_text("mine", encoding="utf-8")
    (folder / "a folder").mkdir()
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    assert_refused(plan("roster.csv", "--csv", name), f"{name}: is there already", "--csv")
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


def test_writing_fails_and_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", break_down)
    result = plan("roster.csv", "--csv", "deeper/plan.csv")
    assert_refused(result, "deeper/plan.csv: cannot be written (No space left on device)", "--csv")
    assert [path.name for path in folder.iterdir()] == ["roster.csv"]


def test_nothing_is_written_when_the_roster_is_wrong(folder: Path) -> None:
    assert_refused(plan("roster.csv", "--unit-column", "team", "--csv", "plan.csv"), "no column 'team'")
    assert not (folder / "plan.csv").exists()


# What is refused ------------------------------------------------------------------------------------


def replace(old: str, new: str) -> Change:
    def change(roster: Path) -> None:
        text = roster.read_text(encoding="utf-8")
        assert old in text
        roster.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def too_few(roster: Path) -> None:
    write_roster(roster.parent, {"Zorg": 12, "Kantoor": 7})


def pipe(roster: Path) -> None:
    roster.unlink()
    os.mkfifo(roster)


ROSTERS: dict[str, tuple[Change, tuple[str, ...]]] = {
    "absent": (Path.unlink, ("roster.csv: cannot be read", "check the path")),
    "a pipe": (pipe, ("roster.csv: is not a plain file",)),
    "empty": (lambda roster: roster.write_text(""), ("roster.csv: is empty", "with its header line")),
    "only a header": (lambda roster: roster.write_text("unit,sex\n"), ("has a header but nothing below it",)),
    "no unit column": (replace(",unit,", ",units,"), ("there is no column 'unit' (did you mean 'units'?)",)),
    "no column of the cut": (replace(",sex", ",gender"), ("there is no column 'sex'", "with --cut")),
    "a column twice": (replace(",unit,sex", ",sex,sex"), ("'sex' stands there twice",)),
    "an empty unit": (replace(",Kantoor,", ",,"), ("line 158, column 'unit': is empty", "give every invited person")),
    "an empty level": (replace("Zorg > Team Noord", "Zorg > "), ("line 2, column 'unit'", "empty level")),
    "a unit above itself": (
        replace("Zorg > Team Noord", "Zorg > Team Noord > Zorg"),
        ("line 2, column 'unit'", "'Zorg' stands above itself", "correct what it belongs to"),
    ),
    "a unit called Total": (replace("Kantoor", "Total"), ("'Total' stands for the whole organisation",)),
    "other capitals": (replace(",Kantoor,", ",kantoor,"), ("differ in capitals only",)),
    "somebody twice": (
        replace("private.kantoor-5@", "private.Kantoor-4@"),
        ("line 163, column 'email': is the address of line 162 already", "keep one row a person"),
    ),
    "a row too long": (replace(",Kantoor,", ",Kantoor,extra,"), ("line 158: has 5 fields where the header has 4",)),
    "a cut without values": (
        lambda roster: roster.write_text("unit,sex\n" + "Zorg,\n" * 40),
        ("the column 'sex' is empty",),
    ),
    "too few people for any survey": (too_few, ("19 invited people are too few", "needs 20", "take in more")),
}


@pytest.mark.parametrize("name", ROSTERS)
def test_a_wrong_roster_is_refused_in_one_sentence(folder: Path, name: str) -> None:
    damage, words = ROSTERS[name]
    damage(folder / "roster.csv")
    assert_refused(plan("roster.csv", "--cut", "sex"), *words)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--k", "4"], ("--k is 4", "no promise goes below 5", "health, caregiving or harassment")),
        (["--k", "-1"], ("--k is -1",)),
        (["--k", "113"], ("224 invited people are too few", "needs 226")),
        (["--unit-column", "sexe"], ("no column 'sexe' (did you mean 'sex'?)", "--unit-column")),
        (["--unit-column", "email"], ("'email' says who somebody is",)),
        (["--cut", "name"], ("'name' says who somebody is", "name one with groups")),
        (["--cut", "sex", "--cut", "sex"], ("'sex' is asked for twice",)),
        (["--cut", "unit"], ("'unit' is asked for twice",)),
        (["--response", "40,60,80,90"], ("--response is '40,60,80,90'", "one to 3 different whole percentages")),
        (["--response", "0"], ("from 1 to 100",)),
        (["--response", "101"], ("such as 40,60,80",)),
        (["--response", "40,40"], ("different",)),
        (["--response", "half"], ("--response is 'half'",)),
        (["--response", ""], ("--response is ''",)),
        (["--response", "²"], ("--response is '²'",)),
        (["--survey", "absent.toml"], ("absent.toml: cannot be read", "check the path")),
        (["--survey", "roster.csv"], ("roster.csv", "not valid TOML")),
        (["--survey", "x.toml", "--k", "10"], ("--k is in x.toml already", "leave out one of --k and --survey")),
        (["--survey", "x.toml", "--cut", "sex"], ("--cut is in x.toml already",)),
        (["--survey", "x.toml", "--unit-column", "unit"], ("--unit-column is in x.toml already",)),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_is_refused_in_one_sentence(folder: Path, arguments: list[str], words: tuple[str, ...]) -> None:
    assert_refused(plan("roster.csv", *arguments), *words)


def test_a_column_of_names_is_no_cut_whatever_it_is_called(folder: Path) -> None:
    replace("name,", "who,")(folder / "roster.csv")
    result = plan("roster.csv", "--cut", "who")
    assert_refused(result, "'who' has 224 different values", f"at most {MOST_CATEGORIES} categories")


def test_a_survey_of_another_wave_finds_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    small = SmallSurvey(tmp_path).write()
    small.roster.write_text(
        small.roster.read_text(encoding="utf-8").replace(",2026,", ",2025,"), encoding="utf-8", newline=""
    )
    assert_refused(plan("roster.csv", "--survey", "survey.toml"), "has nobody in wave '2026'", "correct the wave")


def test_a_survey_file_through_a_pipe_is_refused_without_waiting(folder: Path) -> None:
    os.mkfifo(folder / "survey.toml")
    assert_refused(plan("roster.csv", "--survey", "survey.toml"), "survey.toml: is not a plain file")
