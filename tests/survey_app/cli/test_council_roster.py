"""The council's own list next to the numbers of a promise."""

from __future__ import annotations

import pytest

from survey_app.cli.council_roster import Difference, UnusableRoster, compare_with_list, read_own_list
from tests.survey_app.closed_survey import make_manifest

PROMISE = make_manifest()


def test_a_list_of_people() -> None:
    text = "name,Unit,wave\n" + "A, Zorg > Noord ,2026\n" * 3 + "\nB,Kantoor,2026\nC,Kantoor,2025\n"
    assert read_own_list(text, "2026") == {("Zorg", "Noord"): 3, ("Kantoor",): 1}


def test_a_list_of_units_as_dutch_spreadsheets_write_it() -> None:
    text = 'Afdeling;Aantal\r\n"Zorg > Noord";10\r\nKantoor;12\r\n'
    assert read_own_list(text, "2026") == {("Zorg", "Noord"): 10, ("Kantoor",): 12}


@pytest.mark.parametrize(
    ("text", "key", "values"),
    [
        ("", "roster_no_unit", {}),
        ("name\nA\n", "roster_no_unit", {}),
        ("unit\n", "roster_empty", {}),
        ("unit,wave\nKantoor,2025\n", "roster_empty", {}),
        ("unit,invited\nKantoor,0\n", "roster_empty", {}),
        ("unit,invited\nKantoor,12\nZorg,many\n", "roster_bad_number", {"line": 3}),
        ("unit,invited\nKantoor\n", "roster_bad_number", {"line": 2}),
        ("unit\nZorg > \n", "roster_bad_unit", {"line": 2}),
    ],
)
def test_a_list_that_cannot_be_used(text: str, key: str, values: dict[str, int]) -> None:
    with pytest.raises(UnusableRoster) as unusable:
        read_own_list(text, "2026")
    assert (unusable.value.key, unusable.value.values) == (key, values)


def test_small_units_are_joined_as_in_the_promise() -> None:
    # Nine people are too few for a credential of their own, so they are counted in the unit above.
    joined = make_manifest(
        units=[
            {"key": "u0", "name": "Voorbeeld BV", "parent": None, "invited": 0, "issuer": None},
            *[
                {
                    "key": f"u{place}",
                    "name": name,
                    "parent": "u0",
                    "invited": count,
                    "issuer": PROMISE.units[unit].issuer,
                }
                for place, (name, count, unit) in enumerate([("Kantoor", 12, 1), ("Zorg", 19, 3)], start=1)
            ],
        ]
    )
    rows = {("Kantoor",): 12, ("Zorg", "Noord"): 9, ("Zorg", "Zuid"): 10}
    assert compare_with_list(joined, rows) == []
    assert compare_with_list(joined, {**rows, ("Kantoor",): 11}) == [Difference("Kantoor", 12, 11)]


def test_names_alone() -> None:
    assert compare_with_list(PROMISE, {("Kantoor",): 12, ("Noord",): 10, ("Zuid",): 14}) == []


def test_a_list_with_paths_means_what_it_says() -> None:
    # A small unit of the first level is not the one of the same name further below.
    rows = {("Kantoor",): 12, ("Noord",): 3, ("Zorg", "Noord"): 7, ("Zorg", "Zuid"): 14}
    assert Difference("Zorg > Noord", 10, 0) in compare_with_list(PROMISE, rows)


def test_the_organisation_in_front() -> None:
    rows = {("Voorbeeld BV", "Kantoor"): 12, ("Voorbeeld BV", "Zorg", "Noord"): 10, ("Zorg", "Zuid"): 14}
    assert compare_with_list(PROMISE, rows) == []


def test_people_who_are_only_in_the_promise() -> None:
    rows = {("Kantoor",): 12, ("Zorg", "Noord"): 10}
    assert compare_with_list(PROMISE, rows) == [Difference("Zorg > Zuid", 14, 0)]


def test_too_few_people_to_compare() -> None:
    with pytest.raises(UnusableRoster) as unusable:
        compare_with_list(PROMISE, {("Kantoor",): 9})
    assert unusable.value.values == {"number": 9, "needed": 10}
