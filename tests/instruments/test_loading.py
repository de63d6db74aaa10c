"""Instruments from the catalogue, from a folder and from a table in a survey file."""

from __future__ import annotations

import re
import shutil
import tomllib
from fractions import Fraction
from importlib.resources import files
from pathlib import Path

import pytest

from instruments.loading import instrument_from_table, load_catalogue, load_instrument
from instruments.model import Compare, Every, Flag, Holds, InstrumentError
from instruments.questionnaire import build_questionnaire
from tests.instruments.own_table import changed, own_table

CATALOGUE = Path(str(files("instruments") / "catalogue"))
PAGE = Path(__file__).resolve().parents[2] / "docs" / "adding-an-instrument.md"


@pytest.fixture
def workload(tmp_path: Path) -> Path:
    """A copy of a folder of the catalogue that may be broken."""
    return Path(shutil.copytree(CATALOGUE / "workload", tmp_path / "workload"))


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_catalogue_is_read_once_and_cannot_be_changed() -> None:
    catalogue = load_catalogue()
    assert load_catalogue() is catalogue
    with pytest.raises(TypeError):
        catalogue["x"] = catalogue["workload"]  # type: ignore[index]  # that it is refused is the point


def test_the_catalogue_is_in_alphabetical_order_and_keyed_by_id() -> None:
    catalogue = load_catalogue()
    assert list(catalogue) == sorted(catalogue)
    assert all(key == instrument.id for key, instrument in catalogue.items())
    assert set(catalogue) == {folder.name for folder in CATALOGUE.iterdir() if folder.is_dir()}


def test_a_folder_gives_the_same_instrument_as_the_catalogue(workload: Path) -> None:
    assert load_instrument(workload) == load_catalogue()["workload"]


@pytest.mark.parametrize("name", ["instrument.toml", "nl.toml", "en.toml"])
def test_an_absent_file_is_named(workload: Path, name: str) -> None:
    (workload / name).unlink()
    with pytest.raises(InstrumentError, match=f"workload/{name}: there is no such file"):
        load_instrument(workload)


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("instrument.toml", 'id = "workload"', 'id = "work"', "id = 'work' has to equal the folder's name"),
        ("instrument.toml", 'theme = "workload"', 'theme = "pressure"', "theme = 'pressure' is unknown"),
        ("instrument.toml", "[licence]", "[license]", "the key 'license' is unknown; did you mean 'licence'?"),
        ("instrument.toml", 'status = "own"', 'status = "ours"', "licence: status = 'ours' is unknown"),
        ("instrument.toml", 'holder = "Peil"\n', "", "licence: 'holder' is missing; add it."),
        ("instrument.toml", "[[measures]]", "[[measure]]", "the key 'measure' is unknown; did you mean 'measures'"),
        ("instrument.toml", 'key = "high_demands"', "key = ", "instrument.toml: this is not valid TOML"),
        ("nl.toml", "[items.workload_much]", "[items.workload_more]", "nl.toml: there is no item 'workload_more'"),
        ("en.toml", '4 = "always"\n', "", "en.toml: scale 'frequency-4' has no label for code 4; add it."),
        ("en.toml", 'name = "high workload"', 'name = ""', "en.toml: measure 'high_demands': 'name' is empty"),
    ],
)
def test_a_broken_folder_names_the_file(workload: Path, name: str, old: str, new: str, words: str) -> None:
    rewrite(workload / name, old, new)
    with pytest.raises(InstrumentError) as caught:
        load_instrument(workload)
    assert str(caught.value).startswith(f"workload/{name}: ")
    assert words in str(caught.value)


def test_texts_of_someone_else_may_not_ship(workload: Path) -> None:
    rewrite(workload / "instrument.toml", 'status = "own"', 'status = "pack-required"')
    with pytest.raises(InstrumentError, match=r"workload/nl\.toml: this instrument needs a wording pack"):
        load_instrument(workload)


def test_an_own_instrument_has_sensible_defaults() -> None:
    instrument = instrument_from_table(own_table(), "survey.toml")
    assert (instrument.id, instrument.version, instrument.theme) == ("canteen", "1", "own")
    assert instrument.licence.status == "own"
    assert instrument.wording == {"en": "own"}
    assert list(instrument.texts) == ["en"]
    assert instrument.usable


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("id", None, "survey.toml: 'id' is missing; add it."),
        ("id", "Canteen 2", "survey.toml: id = 'Canteen 2' has to start with a small letter"),
        ("version", 2, "survey.toml: 'version' has to be a text in quotes, not a whole number."),
        ("version", "", "survey.toml: 'version' is empty; fill it in."),
        ("notes", "x", "survey.toml: 'notes' has to be an array in square brackets, not a text."),
        ("sources", [{"titel": "x"}], "survey.toml: source: the key 'titel' is unknown; did you mean 'title'?"),
        (
            "licence",
            {"status": "pack-required", "holder": "x", "note": "y"},
            "survey.toml: an instrument with its texts inside has licence status 'own'",
        ),
        ("itemmeasures", {}, "survey.toml: the key 'itemmeasures' is unknown; did you mean 'item_measures'?"),
    ],
)
def test_a_mistake_at_the_top_names_the_file(path: str, value: object, words: str) -> None:
    with pytest.raises(InstrumentError) as caught:
        instrument_from_table(changed(path, value), "survey.toml")
    assert words in str(caught.value)


def test_an_instrument_without_measures_is_refused() -> None:
    table = own_table()
    del table["item_measures"], table["measures"], table["items"][2]["measure"]
    with pytest.raises(InstrumentError, match="there are no measures; add"):
        instrument_from_table(table, "survey.toml")


def test_references_may_lead_outside_when_the_file_says_where() -> None:
    table = changed("measures.1.among", "carer") | {"needs": ["care"]}
    quick = next(m for m in instrument_from_table(table, "survey.toml").measures if m.key == "quick")
    assert quick.among == "carer"


def examples() -> list[str]:
    return re.findall(r"^```toml\n(.*?)^```", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def test_the_example_in_the_documentation_is_what_it_says() -> None:
    instrument = instrument_from_table(tomllib.loads(examples()[0]), "survey.toml")
    singles = {m.key: m for m in instrument.measures if m.single_item}
    assert len(singles) == 13
    assert [m.flag for m in singles.values()][:11] == [Flag("at_least", Fraction(4), 1)] * 11
    assert (singles["team_hours"].has_mean, singles["team_hours"].has_share) == (True, False)
    assert singles["team_hours"].higher_is == "neutral"
    flag = singles["team_trust"].flag
    assert flag is not None and (flag.operator, flag.threshold) == ("at_most", 2)
    hours = next(item for item in instrument.items if item.key == "team_hours")
    assert (hours.scale.numeric, hours.scale.values) == (True, (0, 24))
    questionnaire = build_questionnaire(["workload"], own=[instrument])
    assert questionnaire.languages == ("en",)


def test_the_example_reads_the_same_inside_a_survey_file() -> None:
    alone = examples()[0]
    inside = "[[instruments]]\n" + re.sub(r"^(\[+)", r"\1instruments.", alone, flags=re.MULTILINE)
    assert tomllib.loads(inside) == {"instruments": [tomllib.loads(alone)]}


def test_the_rule_in_the_documentation_fits_its_example() -> None:
    table = tomllib.loads(examples()[0])
    table["measures"] += tomllib.loads(examples()[1])["measures"]
    table["needs"] = ["care"]
    table["texts"]["en"]["measures"]["long_and_heavy"] = {"name": "long days"}
    instrument = instrument_from_table(table, "survey.toml")
    rule = next(m for m in instrument.measures if m.key == "long_and_heavy").rule
    assert rule == Every((Compare("team_hours", "at_least", 9), Holds("team_climate", expected=False)))
    assert build_questionnaire(["care"], own=[instrument]).measure("long_and_heavy").among == "carer"
