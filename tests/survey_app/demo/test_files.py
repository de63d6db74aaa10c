"""What the demo writes: the same bytes for the same seed, readable, and nothing that names a person."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from survey_app.demo import DEFAULT_SEED, ORGANISATION, Sheet, make_demo, write_demo
from survey_app.demo.organisation import DIVISIONS, list_teams
from survey_app.demo.sheets import write_whole


def written(folder: Path, seed: int) -> dict[str, bytes]:
    files = write_demo(folder, seed)
    return {path.name: path.read_bytes() for path in (files.answers, files.roster, files.survey)}


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = written(tmp_path / "a", 5), written(tmp_path / "b", 5)
    assert first == second
    assert set(first) == {"answers.csv", "roster.csv", "survey.toml"}


def test_making_does_not_depend_on_what_was_drawn_before() -> None:
    np.random.seed(1)
    once = make_demo(5)
    np.random.random(10)
    make_demo(6)
    assert make_demo(5) == once


def test_another_seed_gives_other_people_and_answers() -> None:
    one, other = make_demo(5), make_demo(6)
    assert one.answers != other.answers
    assert one.roster != other.roster
    assert one.answers.header == other.answers.header


def test_writing_replaces_what_was_there_and_leaves_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    before, after = written(folder, 5), written(folder, 6)
    assert before["answers.csv"] != after["answers.csv"]
    assert sorted(path.name for path in folder.iterdir()) == ["answers.csv", "roster.csv", "survey.toml"]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "answers.csv"
    write_whole(path, "old\n")

    def break_down(self: Path, target: Path) -> Path:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", break_down)
    with pytest.raises(OSError, match="disk full"):
        write_whole(path, "new\n")
    assert path.read_text(encoding="utf-8") == "old\n"
    assert list(tmp_path.iterdir()) == [path]


def test_the_survey_file_says_that_it_is_synthetic(read_demo: Callable) -> None:
    survey = read_demo(DEFAULT_SEED).survey
    assert survey.synthetic
    assert survey.organisation == ORGANISATION
    assert survey.waves == ("2025", "2026")
    assert survey.k == 10
    assert [cut.key for cut in survey.cuts] == ["age", "sex", "contract"]
    assert survey.id_column is None


def test_answers_and_roster_are_read_by_the_analysis(read_demo: Callable) -> None:
    demo = read_demo(DEFAULT_SEED)
    assert list(demo.waves) == ["2025", "2026"]
    for wave in demo.waves.values():
        assert 1150 <= wave.dataset.headcount.total <= 1250
        assert wave.dataset.units == tuple(sorted(division.name for division in DIVISIONS))


def test_columns_are_those_of_the_questionnaire_in_its_order(read_demo: Callable) -> None:
    about = ("wave", "unit", "age", "sex", "contract")
    demo = make_demo(DEFAULT_SEED)
    items = [item.key for item in read_demo(DEFAULT_SEED).survey.questionnaire.items]
    assert demo.answers.header == (*about, *items)
    assert demo.roster.header == about


def test_no_column_could_tell_who_someone_is() -> None:
    demo = make_demo(DEFAULT_SEED)
    telling = re.compile(r"(^|_)(id|name|naam|mail|email|number|nummer|phone|birth|date|time|token)($|_)")
    for sheet in (demo.answers, demo.roster):
        assert not [column for column in sheet.header if telling.search(column)]
        assert not any("@" in field for row in sheet.rows for field in row)


def test_the_order_of_answers_says_nothing() -> None:
    answers = make_demo(DEFAULT_SEED).answers
    units, waves = answers.column("unit"), answers.column("wave")
    assert list(units) != sorted(units)
    for column in (units, waves):
        repeats = sum(one == next_one for one, next_one in pairwise(column))
        counts = Counter(column)
        expected = sum(n * (n - 1) for n in counts.values()) / len(column)
        assert repeats < expected + 4 * expected**0.5


def test_roster_is_sorted_so_that_its_order_says_nothing() -> None:
    rows = make_demo(DEFAULT_SEED).roster.rows
    assert list(rows) == sorted(rows)


def test_units_have_three_levels_and_teams_of_6_to_40() -> None:
    teams = list_teams()
    assert all(len(team.path) == 3 for team in teams)
    assert all(6 <= team.size <= 40 for team in teams)
    assert len({team.path for team in teams}) == len(teams)
    assert all(len(division.locations) in (2, 3, 4) for division in DIVISIONS[:-1])


@pytest.mark.parametrize("seed", [DEFAULT_SEED, 1, 2, 3])
def test_every_team_in_the_roster_stays_within_its_size(seed: int) -> None:
    roster = make_demo(seed).roster
    for wave in ("2025", "2026"):
        people = Counter(
            unit for w, unit in zip(roster.column("wave"), roster.column("unit"), strict=True) if w == wave
        )
        assert len(people) == len(list_teams())
        for team in list_teams():
            assert abs(people[" > ".join(team.path)] - team.size) <= (2 if wave == "2025" else 0)


def test_one_division_is_too_small_and_the_next_has_35_to_50_people() -> None:
    sizes = sorted(sum(sum(teams.values()) for teams in division.locations.values()) for division in DIVISIONS)
    assert sizes[0] == 9
    assert 35 <= sizes[1] <= 50
    assert sizes[2] > 100


@pytest.mark.parametrize("seed", [DEFAULT_SEED, 1, 2, 3])
def test_a_division_never_has_more_answers_than_people(seed: int) -> None:
    demo = make_demo(seed)

    def count(sheet: Sheet) -> Counter[tuple[str, str]]:
        return Counter(zip(sheet.column("wave"), sheet.column("unit"), strict=True))

    answered, invited = count(demo.answers), count(demo.roster)
    assert all(n <= invited[key] for key, n in answered.items())
