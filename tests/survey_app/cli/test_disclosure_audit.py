"""``peil disclosure audit``: exit codes and sentences for whoever looks into a release."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import Result

from analysis.disclosure import audit_attack
from analysis.disclosure.knowledge import Unsolved
from survey_app.cli import progress
from survey_app.cli.pages import WIDTH
from tests.survey_app.small_survey import SmallSurvey, assert_refused
from tests.survey_app.small_survey import run as run_peil

HEADER = "wave,measure,unit,cut,category,n_low,n_high,share,share_low,share_high,mean,mean_low,mean_high,closed\n"
OPEN, CLOSED = "2026,{},{},,,{},{},{},,,{},,,0\n", "2026,{},{},,,,,,,,,,,1\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(progress, "PATIENCE", 3600)  # a slow machine must not add lines to standard error
    return tmp_path


def write(name: str = "released.csv", *, measure: str = "response", **units: object) -> str:
    """A file with one row for each unit: a number, a number and a share, or None for a closed cell."""
    text = "" if Path(name).exists() else HEADER
    for unit, of in units.items():
        n, share, mean = (*of, "", "")[:3] if isinstance(of, tuple) else (of, "", "")
        text += CLOSED.format(measure, unit) if n is None else OPEN.format(measure, unit, n, n, share, mean)
    with Path(name).open("a", encoding="utf-8") as stream:
        stream.write(text)
    return name


def run(*arguments: str) -> Result:
    return run_peil("disclosure", "audit", *arguments)


def test_a_release_of_which_nothing_can_be_derived() -> None:
    result = run(write(Total=60, A=30, B=None, C=None))
    assert result.exit_code == 0
    assert result.stderr == ""
    assert result.stdout.splitlines() == [
        "Attacked for k = 10: 4 cells, 2 of them closed, of 1 measure in 1 wave.",
        "Supposed: everybody is in one of the units and categories that are named.",
        "Every closed group that may be small has at least 11 possible numbers of people.",
        "Safe: nothing can be derived.",
    ]


def test_what_can_be_derived_and_how() -> None:
    result = run(write(Total=60, A=30, B=26, C=None))
    assert result.exit_code == 1
    assert result.stderr == ""
    assert result.stdout.splitlines() == [
        "2026, response, C: number of people: exactly 4",
        "    follows from Total; A; B",
        "",
        "Attacked for k = 10: 4 cells, 1 of them closed, of 1 measure in 1 wave.",
        "Supposed: everybody is in one of the units and categories that are named.",
        "The narrowest interval left to the number of people of a small group is 0 wide.",
        "1 finding: not safe.",
    ]


def test_the_promise_decides() -> None:
    write(Total=60, A=30, B=None, C=None)
    assert run("released.csv", "--k", "20").exit_code == 0
    result = run("released.csv", "--k", "30")
    assert result.exit_code == 1
    assert (
        "2026, response, A: printed although exactly 30 are in it; a group is open from 31 people on" in result.stdout
    )


def test_two_files_are_attacked_together() -> None:
    one, other = write(Total=60, A=30, B=None, C=None), write("more.csv", Total=60, A=None, B=26, C=None)
    assert run(one).exit_code == run(other).exit_code == 0
    result = run(one, other)
    assert result.exit_code == 1
    assert "2026, response, C: number of people: exactly 4" in result.stdout


def test_figures_that_are_printed_in_two_ways() -> None:
    result = run(write(Total=60), write("more.csv", Total=61))
    assert result.exit_code == 1
    assert result.stdout.splitlines()[0] == (
        "2026, response, Total: printed in two ways: n_low is 60 in released.csv and 61 in more.csv"
    )
    (twice,) = json.loads(run("released.csv", "more.csv", "--json").stdout)["printed_in_two_ways"]
    assert twice["figures"] == {"released.csv": "60", "more.csv": "61"}


def test_answers_that_can_be_derived() -> None:
    write(Total=60, A=30, B=None, C=None)
    result = run(write(measure="fatigue", Total=(60, 50), A=(30, 100), B=None, C=None))
    assert result.exit_code == 1
    assert "2026, fatigue, B: people who said yes: exactly 0\n    follows from Total; A\n" in result.stdout
    assert "2026, fatigue, B: nobody said yes\n" in result.stdout
    assert "2026, fatigue, A: everybody, or all but one, said yes\n    follows from A\n" in result.stdout
    result = run(write("all.csv", measure="fatigue", Total=(100, 21), A=(60, 33), B=(40, 3)))
    assert "2026, fatigue, B: nobody, or only one, said yes\n" in result.stdout


def test_points_that_can_be_derived() -> None:
    write(Total=40, A=20, B=None, C=None)
    write(measure="mood", Total=(40, "", "3.0"), A=(20, "", "5.0"), B=None, C=None)
    result = run("released.csv", "--scale", "mood=1-5")
    assert result.exit_code == 1
    lines = " ".join(result.stdout.split())
    assert "2026, mood, B: all scores together, counted from the lowest possible: between 0 and 3 points" in lines
    assert "all scores together are no further from the lowest possible than one person can be" in lines


def test_what_somebody_in_a_group_can_derive() -> None:
    # The eight in B have 1.6 to 6.8 points above the lowest: 22.5 to 25.5 of all less 18.7 to 20.9. Who has 4 of
    # them knows the others to within 2.8.
    write(Total=30, A=22, B=None)
    result = run(write(measure="mood", Total=(30, "", "1.8"), A=(22, "", "1.9"), B=None), "--scale", "mood=1-5")
    assert result.exit_code == 1
    sentence = "2026, mood, B: all scores together, to less than one answer: known to who is in it and knows the own"
    assert sentence in " ".join(result.stdout.split())


def test_a_finding_names_six_groups_at_most() -> None:
    units = {f"Unit {number}": 30 for number in range(9)}
    result = run(write(Total=274, **units, Other=None))
    assert result.stdout.splitlines()[1] == (
        "    follows from Total; Unit 0; Unit 1; Unit 2; Unit 3; Unit 4 and 4 more"
    )
    (finding,) = json.loads(run("released.csv", "--json").stdout)["findings"]
    assert len(finding["how"]) == 10


def test_what_is_supposed_of_blanks() -> None:
    result = run(write(Total=41, A=30, B=None, C=None))
    assert "B: number of people: between 1 and 10\n    follows from Total; A, if no blank is empty\n" in result.stdout


def test_people_in_no_unit() -> None:
    result = run(write(Total=60, A=30, B=26))
    assert "2026, response, Total, in no unit named: number of people: exactly 4" in result.stdout
    lines = " ".join(result.stdout.split())
    assert "the units and categories that are named, but for people of Total in no unit named." in lines
    text = Path("released.csv").read_text(encoding="utf-8")
    for sex in ("women", "men"):
        text += f"2026,response,A,sex,{sex},14,14,,,,,,,0\n"
    Path("released.csv").write_text(text, encoding="utf-8")
    lines = " ".join(run("released.csv").stdout.split())
    assert "but for people without a category of sex, and people of Total in no unit named." in lines


def test_head_counts_are_known_to_the_reader(here: Path) -> None:
    write(Total=60, A=40, B=None, C=None)
    heads = here / "heads.csv"
    heads.write_text("unit,invited\nB,12\nC,10\nD,7\n", encoding="utf-8")
    assert run("released.csv").exit_code == 0
    result = run("released.csv", "--headcounts", "heads.csv")
    assert result.exit_code == 1
    assert "2026, response, C: number of people: between 8 and 10" in result.stdout
    assert result.stderr == "Note: 1 line of the head counts is about groups that are in no file, and left aside.\n"
    heads.write_text("unit,invited\nA,43\n", encoding="utf-8")
    result = run("released.csv", "--headcounts", "heads.csv")
    assert "2026, response, A: number of invited people who did not answer: exactly 3" in result.stdout


def test_head_counts_have_to_say_of_which_wave_they_are(here: Path) -> None:
    write(Total=60, A=40, B=None, C=None)
    text = Path("released.csv").read_text(encoding="utf-8")
    Path("before.csv").write_text(text.replace("2026,", "2025,"), encoding="utf-8")
    heads = here / "heads.csv"
    heads.write_text("unit,invited\nB,12\nC,10\n", encoding="utf-8")
    assert_refused(run("released.csv", "before.csv", "--headcounts", "heads.csv"), "heads.csv", "add a column 'wave'")
    heads.write_text("wave,unit,invited\n2025,B,12\n2025,C,10\n", encoding="utf-8")
    result = run("released.csv", "before.csv", "--headcounts", "heads.csv")
    assert re.findall("^(.*), response, .: number of people", result.stdout, re.MULTILINE) == ["2025", "2025"]


def test_as_json() -> None:
    write(Total=60, A=30, B=26, C=None)
    result = run("released.csv", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "safe": False,
        "k": 10,
        "files": ["released.csv"],
        "findings": [
            {
                "kind": "narrow",
                "wave": "2026",
                "measure": "response",
                "group": "C",
                "quantity": "people",
                "low": 4,
                "high": 4,
                "what": "2026, response, C: number of people: exactly 4",
                "how": ["Total", "A", "B"],
                "if_no_blank_is_empty": False,
            }
        ],
        "printed_in_two_ways": [],
        "attacked": {"cells": 4, "closed": 1, "measures": ["response"], "waves": ["2026"], "attacks": 2},
        "narrowest": 0,
        "people_outside": {"2026": []},
        "means_not_attacked": [],
    }


def test_measures_that_are_not_ours() -> None:
    write(Total=40, A=40)
    write(measure="mood", Total=(40, 0, "1.0"), A=(40, 0, "1.0"))
    result = run("released.csv")
    assert result.exit_code == 0
    assert result.stderr == (
        "Note: the means of 'mood' are not attacked, since their scale is not known; "
        "give it with --scale MEASURE=LOW-HIGH.\n"
        "Note: 'mood' is not in our catalogue, and taken to be about neither health nor care; "
        "name those that are with --sensitive MEASURE.\n"
    )
    result = run("released.csv", "--sensitive", "mood", "--scale", "mood=1-5")
    assert result.exit_code == 1
    assert result.stderr == ""
    assert "2026, mood, Total: nobody said yes" in result.stdout


def test_what_cannot_be_proven_is_not_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    def gives_up(*arguments: object, **options: object) -> None:
        raise Unsolved("no time")

    monkeypatch.setattr(audit_attack, "attack", gives_up)
    result = run(write(Total=60, A=30, B=None, C=None))
    assert result.exit_code == 1
    assert "2026, response: could not be proven safe" in result.stdout


def test_a_file_that_cannot_be_read_is_refused(here: Path) -> None:
    write(Total=60)
    assert_refused(run("none.csv"), "none.csv: cannot be read")
    (here / "broken.csv").write_text(HEADER + OPEN.format("response", "Total", 60, 50, "", ""), encoding="utf-8")
    assert_refused(run("released.csv", "broken.csv"), "broken.csv, line 2, column 'n_low'")
    assert_refused(run("released.csv", "--headcounts", "released.csv"), "released.csv, line 1: the column 'invited'")


def test_figures_that_contradict_each_other_are_refused() -> None:
    assert_refused(
        run(write(Total=60, A=40, B=30)), "released.csv: the figures of 'response' in wave '2026' do not add up"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--k", "1"), ("--k is 1", "2 or more")),
        (("--scale", "mood"), ("--scale is 'mood'", "mood=1-5")),
        (("--scale", "mood=5-1"), ("--scale is 'mood=5-1'",)),
        (("--scale", "moot=1-5"), ("--scale names 'moot'", "did you mean 'mood'?")),
        (("--sensitive", "moot"), ("--sensitive names 'moot'", "did you mean 'mood'?")),
        (("released.csv",), ("released.csv: is named twice",)),
    ],
)
def test_options_that_cannot_be(arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    assert_refused(run(write(measure="mood", Total=60), *arguments), *words)


def test_the_page_fits_the_screen() -> None:
    units = {f"A unit with quite a long name, number {number}": 30 for number in range(9)}
    result = run(write(Total=274, **{name.replace(",", ""): n for name, n in units.items()}, Other=None))
    assert max(map(len, result.stdout.splitlines())) <= WIDTH


def test_what_peil_releases_is_safe(here: Path) -> None:
    small = SmallSurvey(here).write()
    assert small.analyse().exit_code == 0
    result = run("out/released.csv")
    assert result.exit_code == 0, result.stdout
