"""Who came, went and moved: counted by unit, with nothing in it that tells who."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.disclosure.waves import EarlierWave, show_units
from survey_app.commission.movement import count_movements, frozen_units
from survey_app.stores import roster, upgrade
from survey_app.stores.roster import NewInvitation, NewSurvey
from tests.survey_app.commission.stages import At
from tests.survey_app.stores.making import close_stores, invitation, make_app, sqlite_urls

EARLIER, LATER = "e4r11er1", "1ater222"

#: Somebody in a roster: the key and path of the unit, the name and the address.
Somebody = tuple[str, str, str, str]


@pytest.fixture(autouse=True)
def stores(tmp_path: Path) -> Iterator[None]:
    """Empty databases."""
    app = make_app(sqlite_urls(tmp_path))
    upgrade(app)
    with app.app_context():
        yield
    close_stores(app)


def keep(survey_id: str, people: Sequence[Somebody]) -> list[NewInvitation]:
    """A survey with these people on its roster."""
    invited = [
        replace(invitation(number, survey_id, unit), path=tuple(path.split("/")), name=name, email=email)
        for number, (unit, path, name, email) in enumerate(people)
    ]
    roster.add_survey(NewSurvey(survey_id, "", "", invited))
    return invited


def movements(earlier: Sequence[Somebody], later: Sequence[Somebody]) -> object:
    keep(EARLIER, earlier)
    keep(LATER, later)
    return count_movements(EARLIER, LATER)


def test_people_are_known_again_by_their_address_whatever_they_are_called() -> None:
    earlier = [
        ("u1", "Zorg", "Anneke Smit", "anneke@voorbeeld.example"),
        ("u1", "Zorg", "Bram", "bram@voorbeeld.example"),
        ("u1", "Zorg", "Carla", "carla@voorbeeld.example"),
        ("u2", "Kantoor", "Daan", "daan@voorbeeld.example"),
    ]
    later = [
        ("u7", "Zorg & Welzijn", "Anneke de Vries", "Anneke@Voorbeeld.example"),
        ("u7", "Zorg & Welzijn", "Daan", "daan@voorbeeld.example"),
        ("u8", "Kantoor", "Bram", "bram@voorbeeld.example"),
        ("u8", "Kantoor", "Carla", "another.carla@voorbeeld.example"),
    ]
    assert movements(earlier, later) == {
        ("u1", "u7"): 1,
        ("u2", "u7"): 1,
        ("u1", "u8"): 1,
        ("u1", None): 1,
        (None, "u8"): 1,
    }


def test_people_without_an_address_are_known_again_by_name_and_unit() -> None:
    earlier = [("u1", "Zorg/Noord", "Eva", ""), ("u1", "Zorg/Noord", "Finn", ""), ("u2", "Zorg/Zuid", "Eva", "")]
    later = [("u5", "Zorg/Noord", "eva", ""), ("u6", "Zorg/Zuid", "Finn", ""), ("u6", "Zorg/Zuid", "Eva", "")]
    assert movements(earlier, later) == {("u1", "u5"): 1, ("u2", "u6"): 1, ("u1", None): 1, (None, "u6"): 1}


def test_people_of_one_name_in_one_unit_are_counted() -> None:
    twins = [("u1", "Zorg", "Jan Jansen", "")] * 3
    assert movements(twins, twins[:2]) == {("u1", "u1"): 2, ("u1", None): 1}


def test_an_invitation_that_was_taken_back_counts_for_nobody() -> None:
    people = [("u1", "Zorg", "Anneke", "anneke@v.example"), ("u1", "Zorg", "Bram", "bram@v.example")]
    keep(EARLIER, people)
    _, second = keep(LATER, people)
    roster.revoke(LATER, second.id)
    assert count_movements(EARLIER, LATER) == {("u1", "u1"): 1, ("u1", None): 1}


def test_without_a_roster_or_a_name_nobody_can_tell_who_left() -> None:
    known = [("u1", "Zorg", "Anneke", "anneke@v.example")]
    keep(EARLIER, known)
    assert count_movements(EARLIER, "g0ne0000") is None
    assert count_movements("g0ne0000", EARLIER) is None
    keep(LATER, [*known, ("u1", "Zorg", "", "")])
    assert count_movements(EARLIER, LATER) is None
    assert count_movements(LATER, EARLIER) is None


def test_a_promise_freezes_the_groups_that_the_rule_between_waves_wants(at: At) -> None:
    survey = at(1, "promised")
    units = frozen_units(survey.manifest)
    by_name = {unit.name: units[unit.key] for unit in survey.manifest.units}
    top = survey.manifest.units[0].key
    assert units[top].parent is None and units[top].atoms == units.keys()
    assert all(unit.parent in units for key, unit in units.items() if key != top)
    assert by_name["Zorg"].parent == top
    with survey.app.app_context():
        homes = {person.unit for person in survey.people()}
    assert homes <= units[top].atoms
    again = {(home, home): 30 for home in homes}
    places = show_units(units, [EarlierWave(again, [unit.atoms for unit in units.values()])], 11)
    assert places == {unit: unit for unit in units}
