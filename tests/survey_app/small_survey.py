"""A small survey in three files that holds together, for tests that damage it in one place."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner, Result

from survey_app.cli import main
from survey_app.config import Config

SURVEY = """\
[survey]
organisation = "Voorbeeld BV"
title = { nl = "Werk en energie", en = "Work and energy" }
wave = "2026"
earlier_waves = ["2025"]
fieldwork_from = 2026-10-05
fieldwork_to = 2026-10-23
synthetic = true
instruments = ["mental-fatigue"]

[answers]
id = "ballot"
unit = "team"
wave = "year"
ignore = ["remark"]

[promise]
k = 10

[units]
"Team Noord" = "Zorg"
"Team Zuid" = "Zorg"

[[cuts]]
key = "sex"
column = "gender"
name = { nl = "Geslacht", en = "Sex" }
categories = [
    { key = "women", nl = "vrouwen", en = "women" },
    { key = "men", nl = "mannen", en = "men" },
]
"""

ITEMS = ("fatigue_used_up", "fatigue_empty", "fatigue_morning", "fatigue_people", "fatigue_exhausted")
HEADER = ("ballot", "year", "team", "gender", *ITEMS, "remark")
TEAMS = ("Team Noord", "Team Zuid", "Kantoor > Café")

#: What an analysis writes.
WRITTEN = ["certificate.json", "released.csv", "report-en.pdf", "report-nl.pdf"]

#: A sentence of this length is read; a longer one is a wall.
LONGEST_SENTENCE = 300

Rows = list[tuple[str, ...]]


def answer_rows() -> Rows:
    """Sixty ballots of 2026 and thirty of 2025, each with a remark that nobody may see."""
    rows = []
    for number in range(90):
        year, place = ("2026", number) if number < 60 else ("2025", number - 60)
        codes = tuple(str(1 + (number * (item + 3) + item) % 7) for item in range(len(ITEMS)))
        sex = "women" if place % 5 < 3 else "men"
        rows.append((f"{year}-{place}", year, TEAMS[place % 3], sex, *codes, f"private {number}"))
    return rows


def roster_rows() -> Rows:
    """Two people invited for every ballot, with names that nobody may see."""
    return [(f"Person {n}", *row[1:4]) for n, row in enumerate(row for row in answer_rows() for _ in range(2))]


def as_csv(header: Iterable[str], rows: Iterable[Iterable[str]], delimiter: str = ",") -> str:
    """The table as text, with a line feed after each row."""
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, lineterminator="\n").writerows([tuple(header), *rows])
    return stream.getvalue()


@dataclass(frozen=True)
class SmallSurvey:
    """The three files in one folder; names are relative to it, as a person would type them."""

    folder: Path

    @property
    def answers(self) -> Path:
        return self.folder / "answers.csv"

    @property
    def roster(self) -> Path:
        return self.folder / "roster.csv"

    @property
    def survey(self) -> Path:
        return self.folder / "survey.toml"

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def write(self) -> SmallSurvey:
        """Writes the three files, whole and right."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.survey.write_text(SURVEY, encoding="utf-8")
        self.answers.write_text(as_csv(HEADER, answer_rows()), encoding="utf-8")
        self.roster.write_text(as_csv(("name", *HEADER[1:4]), roster_rows()), encoding="utf-8")
        return self

    def replace(self, file: Path, old: str, new: str, count: int = 1) -> None:
        """Replaces text that has to be there."""
        text = file.read_text(encoding="utf-8")
        assert old in text, f"{file.name} holds no {old!r}"
        file.write_text(text.replace(old, new, count), encoding="utf-8", newline="")

    def analyse(self, *more: str) -> Result:
        """``peil analyse`` on the files; the current folder has to be :attr:`folder`."""
        return run("analyse", "answers.csv", "--survey", "survey.toml", "--roster", "roster.csv", "--out", "out", *more)

    def everything(self) -> dict[str, bytes]:
        """All files and folders below the folder, with their bytes."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes() if path.is_file() else b""
            for path in sorted(self.folder.rglob("*"))
        }


def run(*arguments: str | Path, data: Path = Path("data")) -> Result:
    """``peil`` with these arguments, as on the command line; a bug surfaces as itself."""
    return CliRunner().invoke(
        main, [str(argument) for argument in arguments], obj=Config(data_folder=data), catch_exceptions=False
    )


def assert_refused(result: Result, *words: str) -> None:
    """Exit code 2 and one sentence on standard error that says where and what, and gives away nothing."""
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    sentence = result.stderr
    assert sentence.startswith("peil: ")
    assert sentence.endswith("\n")
    assert sentence.count("\n") == 1, sentence
    assert not re.search(r"[.!?] +[A-Z]", sentence), f"more than one sentence: {sentence}"
    assert len(sentence) <= LONGEST_SENTENCE, f"{len(sentence)} characters: {sentence}"
    for word in words:
        assert word in sentence
    for secret in ("private", "Person", "Traceback"):
        assert secret not in sentence
