"""Counting: opened ballots give the same data as the same answers in a file would."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.answers import read_answers
from analysis.benchmark.figures import load_figures
from analysis.dataset import Dataset, Headcount, missing_code
from analysis.results import analyse
from analysis.roster import read_roster
from analysis.survey import Survey, read_survey
from survey_app.anonymity.ballot import content_text
from survey_app.anonymity.manifest import Manifest
from survey_app.commission.counting import count_categories, dataset_of, headcount_of
from survey_app.commission.promising import unit_paths
from survey_app.commission.roster_file import Invited, read_invited
from tests.survey_app.commission.stages import At, survey_text, write_files
from tests.survey_app.small_survey import as_csv

#: Somebody's unit, answers by item and categories by cut; -7 is "rather not say".
Person = tuple[str, dict[str, int], dict[str, str]]

NOBODY = Headcount(0, {}, {})


#: A question of the organisation's own, with a number for an answer.
OWN = """
[[instruments]]
id = "own-questions"
scales = { kilometres = { range = [0, 9999] } }
items = [{ key = "own_distance", scale = "kilometres", measure = { at_least = 30 } }]
[instruments.texts.nl]
title = "Reizen"
items = { own_distance = "Hoeveel kilometer reis je?" }
[instruments.texts.en]
title = "Travel"
items = { own_distance = "How many kilometres do you travel?" }
"""


@pytest.fixture(scope="module")
def survey(tmp_path_factory: pytest.TempPathFactory) -> Survey:
    """A survey with a scale, questions that depend on others, and a number to fill in."""
    path = tmp_path_factory.mktemp("counting") / "survey.toml"
    asked = survey_text().replace('["mental-fatigue"]', '["mental-fatigue", "care"]')
    path.write_text(asked + OWN, encoding="utf-8")
    found = read_survey(path)
    assert any(item.scale.numeric for item in found.questionnaire.items)
    return found


@pytest.fixture
def manifest(at: At) -> Manifest:
    """A promise with the units u0 (the organisation), u1 (Kantoor) and u2 (Zorg)."""
    return at(2, "promised").manifest


def ballots_of(people: Sequence[Person]) -> list[tuple[str, str]]:
    """What the results database holds of these people."""
    return [(unit, content_text(about, answers, unit, bytes(16))) for unit, answers, about in people]


def file_of(people: Sequence[Person], survey: Survey, manifest: Manifest, path: Path) -> Path:
    """The same in an answers file."""
    paths = {unit: " > ".join(parts) for unit, parts in unit_paths(manifest).items()}
    items = [item.key for item in survey.questionnaire.items]
    rows = [
        (str(n), "2026", paths[unit], about.get("sex", ""), *(str(answers.get(item, "")) for item in items))
        for n, (unit, answers, about) in enumerate(people)
    ]
    path.write_text(as_csv(("ballot", "year", "team", "gender", *items), rows), encoding="utf-8")
    return path


def rows_of(dataset: Dataset) -> list[tuple[object, ...]]:
    """Every respondent of a dataset: unit, answers, categories; None for what is not known."""
    codes = [
        [None if code == missing_code(column.dtype) else int(code) for code in column.tolist()]
        for column in dataset.codes.values()
    ]
    cuts = [column.tolist() for column in dataset.cuts.values()]
    units = [dataset.paths[place] if place >= 0 else () for place in dataset.unit.tolist()]
    return list(zip(units, zip(*codes, strict=True), zip(*cuts, strict=True), strict=True))


@st.composite
def persons(draw: st.DrawFn, survey: Survey) -> Person:
    """Anybody with answers that the questionnaire allows."""
    answers = {}
    for item in survey.questionnaire.items:
        values = item.scale.values
        code = st.integers(values[0], values[-1]) if item.scale.numeric else st.sampled_from(values)
        given_code = draw(st.one_of(st.none(), st.just(-7), code))
        if given_code is not None:
            answers[item.key] = given_code
    about = draw(st.sampled_from([{}, {"sex": "women"}, {"sex": "men"}]))
    return draw(st.sampled_from(["u0", "u1", "u2"])), answers, dict(about)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_ballots_and_a_file_give_the_same_data(
    data: st.DataObject, survey: Survey, manifest: Manifest, tmp_path: Path
) -> None:
    people = data.draw(st.lists(persons(survey), min_size=1, max_size=8))
    counted = dataset_of(survey, manifest, ballots_of(people), NOBODY)
    (read,) = read_answers(file_of(people, survey, manifest, tmp_path / "answers.csv"), survey)
    assert rows_of(counted) == rows_of(read)
    assert (counted.n, counted.wave, list(counted.codes), list(counted.cuts)) == (
        read.n,
        read.wave,
        list(read.codes),
        list(read.cuts),
    )


def test_ballots_and_a_file_give_the_same_report(survey: Survey, manifest: Manifest, tmp_path: Path) -> None:
    chance = np.random.default_rng(7)
    people: list[Person] = []
    for _ in range(90):
        answers = {item.key: int(chance.choice(item.scale.values)) for item in survey.questionnaire.items}
        people.append((str(chance.choice(["u1", "u2"])), answers, {"sex": str(chance.choice(["women", "men"]))}))
    invited = Headcount(140, {("Zorg",): 70, ("Kantoor",): 70}, {"sex": {"women": 70, "men": 70}})
    counted = dataset_of(survey, manifest, ballots_of(people), invited)
    (read,) = read_answers(file_of(people, survey, manifest, tmp_path / "answers.csv"), survey, {"2026": invited})
    figures = load_figures()
    ours, theirs = (analyse(survey, [dataset], figures).release.as_csv() for dataset in (counted, read))
    assert ours == theirs
    assert ours.count("\n") > 20


@pytest.mark.parametrize(
    ("answers", "about"),
    [
        ({"fatigue_empty": 8}, {}),
        ({"fatigue_empty": 0}, {}),
        ({"fatigue_empty": -7}, {}),
        ({"fatigue_empty": -8}, {}),
        ({"fatigue_empty": -32768}, {}),
        ({"fatigue_empty": 10**15}, {}),
        ({"fatigue_empty": -(10**15)}, {}),
        ({"own_distance": 10_000}, {}),
        ({"own_distance": 40_000}, {}),
        ({"own_distance": -1}, {}),
        ({"care_hours": 5}, {}),
        ({"no_such_question": 1, "sex": 1}, {}),
        ({}, {"sex": "other"}),
        ({}, {"sex": ""}),
        ({}, {"no_such_cut": "women"}),
    ],
)
def test_nonsense_counts_as_no_answer_and_harms_nobody_else(
    answers: dict[str, int], about: dict[str, str], survey: Survey, manifest: Manifest
) -> None:
    good: Person = ("u1", {"fatigue_empty": 3}, {"sex": "men"})
    empty: Person = ("u1", {}, {})
    nonsense: Person = ("u1", answers, about)
    found = dataset_of(survey, manifest, ballots_of([good, nonsense, good]), NOBODY)
    expected = dataset_of(survey, manifest, ballots_of([good, empty, good]), NOBODY)
    assert rows_of(found) == rows_of(expected)


def test_a_ballot_for_the_whole_organisation_has_no_unit(survey: Survey, manifest: Manifest) -> None:
    found = dataset_of(survey, manifest, ballots_of([("u0", {}, {}), ("u2", {}, {})]), NOBODY)
    assert [row[0] for row in rows_of(found)] == [(), ("Zorg",)]
    assert found.units == ("Zorg",)


def test_without_a_single_ballot_there_is_an_empty_dataset(survey: Survey, manifest: Manifest) -> None:
    found = dataset_of(survey, manifest, [], NOBODY)
    assert found.n == 0 and rows_of(found) == []


def test_who_was_invited_is_counted_as_from_a_roster_file(tmp_path: Path) -> None:
    files = write_files(tmp_path)
    survey = read_survey(files.survey)
    people = read_invited(files.roster, survey)
    counted = headcount_of((person.path for person in people), count_categories(people))
    assert counted == read_roster(files.roster, survey)["2026"]


def test_nobody_invited_is_nobody() -> None:
    assert headcount_of([], {}) == Headcount(0, {}, {})
    assert headcount_of([(), ()], {"": {"sex": {"men": 1}}}) == Headcount(2, {}, {"sex": {"men": 1}}, {})
    crossed = {"A": {"sex": {"men": 1}}}
    assert headcount_of([("A",)], {"": {}, **crossed}) == Headcount(1, {("A",): 1}, {}, crossed)


def test_categories_that_are_not_known_are_not_counted() -> None:
    said: list[tuple[tuple[str, ...], dict[str, str]]] = [
        (("A",), {"sex": "men"}), (("A",), {}), (("B",), {"sex": "women"}), (("A", "B"), {"age": "old"}),
    ]  # fmt: skip
    people = [Invited(path, "", "", "nl", "letter", attributes) for path, attributes in said]
    found = headcount_of([person.path for person in people], count_categories(people))
    assert found.total == 4
    assert found.units == {("A",): 2, ("B",): 1, ("A", "B"): 1}
    assert found.cuts == {"sex": {"men": 1, "women": 1}, "age": {"old": 1}}
    assert found.crossed == {"A": {"sex": {"men": 1}, "age": {"old": 1}}, "B": {"sex": {"women": 1}}}
    assert (found.below(("A",)), found.below(("B",))) == (3, 1)
