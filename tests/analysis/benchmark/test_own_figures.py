"""Benchmarks of an installation's own: beside the official figures, never in their place."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.benchmark.catalogue_files import read_catalogue
from analysis.benchmark.compare import Comparison, compare_measure, compare_own
from analysis.benchmark.figures import OWN, BrokenCatalogue, load_figures, rank
from analysis.benchmark.own_figures import check_own, load_figures_with, parse_addition, read_additions
from instruments.model import Measure
from instruments.questionnaire import build_questionnaire
from tests.analysis.released import cell_of

#: An invented sector body and its invented survey.
SECTOR = """
indicator = "burnout_complaints"

[[surveys]]
id = "sector-2025"
printed = "Sectormonitor 2025"

[surveys.name]
nl = "Sectormonitor"
en = "Sector monitor"

[[sources]]
id = "report"
title = "Sectormonitor 2025, table 3"
retrieved = 2026-03-01

[[figures]]
survey = "sector-2025"
publisher = "An invented sector body"
year = 2025
population = "employees in an invented sector"
source = "report"
tags = ["P"]
cells = [
    { breakdown = "own sector", category = "all", value = "17.2", ci_low = "15.0", ci_high = "19.6", n = 1200 },
    { breakdown = "own sector", category = "night shifts", value = "24", n = 150 },
]
"""

#: The same survey as an indicator of its own.
OWN_INDICATOR = SECTOR.replace(
    'indicator = "burnout_complaints"',
    """
theme = "fatigue"

[name]
nl = "Moe in de sector"
en = "Tired in the sector"

[definition]
nl = "Aandeel dat moe is."
en = "Share who are tired."

[passport]
construct = "tired-in-the-sector"
item_set = "unknown"
scale = "unknown"
rule = "unknown"
population_frame = "employees"
""",
).replace('"own sector", category = "all"', '"total", category = "total"')


def test_without_a_folder_the_catalogue_is_as_it_is(tmp_path: Path) -> None:
    assert load_figures_with(tmp_path / "nowhere") == load_figures()
    assert read_catalogue(additions=()) == load_figures()


def test_figures_for_an_indicator_of_the_catalogue_are_added_and_marked() -> None:
    figures = check_own(parse_addition("sector_2025", SECTOR, own=True), ())
    assert [figure.id for figure in figures] == [
        "burnout_complaints-2025-own-sector-all-sector-2025-1",
        "burnout_complaints-2025-own-sector-night-shifts-sector-2025-1",
    ]
    assert all(OWN in figure.tags and figure.provenance == "P" for figure in figures)
    assert figures[0].source_title == "Sectormonitor 2025, table 3 (2026-03-01)"
    assert (figures[0].n, figures[0].survey) == (1200, "Sectormonitor 2025")


def test_they_are_used_when_their_group_is_asked_for_and_never_as_the_national_figure(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "sector_2025.toml").write_text(SECTOR, encoding="utf-8")
    catalogue = load_figures_with(tmp_path)
    assert catalogue.series("burnout_complaints") == load_figures().series("burnout_complaints")
    asked = catalogue.preferred("burnout_complaints", breakdown="own sector", category="all")
    assert asked is not None and str(asked.value) == "17.2"
    assert set(catalogue.surveys) - set(load_figures().surveys) == {"Sectormonitor 2025"}


def compared(texts: dict[str, str], measure: Measure, year: int) -> tuple[list[Comparison], list[Comparison]]:
    """A measure at 27% of 300 answers beside official figures, and beside own ones."""
    catalogue = read_catalogue(additions=[parse_addition(name, text, own=True) for name, text in texts.items()])
    found = [act(measure, "own", cell_of(27, 300), catalogue, year) for act in (compare_measure, compare_own)]
    return list(found[0]), list(found[1])


FATIGUE = build_questionnaire(("mental-fatigue",)).measure("fatigue")


def test_a_measure_stands_beside_every_own_group_and_still_beside_the_official_figure() -> None:
    official, own = compared({"sector": SECTOR}, FATIGUE, 2026)
    assert official == compared({}, FATIGUE, 2026)[0]
    assert [entry.figure.category for entry in own] == ["all", "night shifts"]
    # 27% of 300 (Wilson with rounding: 22.2-32.3) next to 17.2 (15.0-19.6, one year of drift): 9.8 points.
    assert own[0].difference is not None and own[0].difference.points == pytest.approx(9.8)
    assert own[0].difference.verdict.direction == 1


def test_of_each_own_group_the_newest_figure_counts_that_is_not_later_than_the_survey() -> None:
    older = SECTOR.replace("2025", "2023").replace("17.2", "16.0")
    for year, values in ((2022, []), (2024, ["16.0", "24"]), (2026, ["17.2", "24"])):
        own = compared({"new": SECTOR, "old": older}, FATIGUE, year)[1]
        assert [str(entry.figure.value) for entry in own] == values


def test_an_own_indicator_is_never_called_official() -> None:
    own_question = replace(FATIGUE, figures=("tired_sector",))
    official, own = compared({"tired_sector": OWN_INDICATOR}, own_question, 2026)
    assert official == []
    assert [entry.figure.indicator for entry in own] == ["tired_sector"] * 2
    assert {entry.grade for entry in own} == {"D"}  # other questions, by its passport
    assert compared({}, own_question, 2026) == ([], [])  # the file was taken away since


def test_an_indicator_of_its_own_has_a_national_figure() -> None:
    addition = parse_addition("tired_sector", OWN_INDICATOR, own=True)
    figures = check_own(addition, ())
    assert figures[0].id == "tired_sector-2025-total-1"
    catalogue = read_catalogue(additions=(addition,))
    assert list(catalogue.indicators) == sorted(catalogue.indicators)
    chosen = catalogue.preferred("tired_sector")
    assert chosen is not None and chosen.tags == {"P", OWN}


def test_two_own_benchmarks_for_one_indicator_keep_their_identifiers_apart() -> None:
    other = SECTOR.replace("sector-2025", "other").replace("Sectormonitor 2025", "Andere monitor")
    first, second = parse_addition("one", SECTOR, own=True), parse_addition("two", other, own=True)
    both = read_catalogue(additions=(first, second)).indicator("burnout_complaints").figures[-4:]
    assert [figure.id.rpartition("-")[0].rpartition("-")[2] for figure in both] == ["one", "one", "two", "two"]


def test_an_official_figure_goes_before_an_own_one_that_was_read_nearer_to_its_publisher() -> None:
    official = next(f for f in load_figures().indicator("burnout_complaints").figures if f.tags == {"S"})
    own = check_own(parse_addition("sector", SECTOR, own=True), ())[0]
    assert own.provenance == "P"
    assert rank(official) < rank(own)


def test_files_are_read_from_statline_first_and_by_name(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    for name in ("own/b.toml", "own/a.toml", "work_pressure_very_fast.toml", "own/.hidden.toml", "note.txt"):
        (tmp_path / name).write_text("figures = []\n", encoding="utf-8")
    found = read_additions(tmp_path)
    assert [(one.name, one.own, one.origin) for one in found] == [
        ("work_pressure_very_fast", False, "statline"),
        ("a", True, "a"),
        ("b", True, "b"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('breakdown = "own sector", category = "all"', 'breakdown = "total", category = "total"', "take the place of"),
        ('breakdown = "own sector", category = "all"', 'breakdown = "sex", category = "men"', "there are official"),
        ('"burnout_complaints"', '"burnout_complaint"', "did you mean 'burnout_complaints'"),
        ('indicator = "burnout_complaints"', 'theme = "fatigue"', "'name' is missing"),
        ('indicator = "burnout_complaints"', 'indicator = "burnout_complaints"\ntheme = "care"', "leave out 'theme'"),
        ("[[figures]]", "[[figure]]", "'figures' is missing"),
        ('printed = "Sectormonitor 2025"', 'printed = "NEA"', "a survey 'NEA' is there already"),
        ('id = "sector-2025"', 'id = "nea"', "this id is taken"),
        ('survey = "sector-2025"', 'survey = "sector-2024"', "did you mean 'sector-2025'"),
        ('source = "report"', 'source = "raport"', "did you mean 'report'"),
        ("retrieved = 2026-03-01", 'retrieved = "last week"', "write it as 2026-11-02"),
        ('value = "24"', "value = 24", "a number in quotes"),
        ('value = "24"', 'value = "124"', "between 0 and 100"),
        ('value = "17.2"', 'value = "14.2"', "the value has to lie between its bounds"),
        ('ci_low = "15.0"', 'ci_low = "-1"', "between 0 and 100"),
        ("n = 150", "n = 0", "n is a whole number"),
        ("n = 150", 'n = "150"', "n is a whole number"),
        ("year = 2025", "year = 25", "the year has to be a number such as 2025"),
        ("year = 2025", 'year = "2025"', "the year has to be a number such as 2025"),
        ('tags = ["P"]', 'tags = ["P", "OWN"]', "the tag 'OWN' is unknown"),
        ('tags = ["P"]', "tags = 1", "wrong place"),
        ("An invented sector", "An \\u001b[31minvented sector", "cannot be printed"),
        ("cells = [", "cels = [", "'cells' is missing"),
    ],
)
def test_a_mistake_is_one_sentence_that_names_the_file(old: str, new: str, message: str) -> None:
    assert old in SECTOR
    with pytest.raises(BrokenCatalogue, match=r"sector\.toml.*" + re.escape(message)):
        check_own(parse_addition("sector", SECTOR.replace(old, new, 1), own=True), ())


def test_a_file_without_figures_is_refused() -> None:
    with pytest.raises(BrokenCatalogue, match="there is no figure in it"):
        check_own(parse_addition("sector", 'indicator = "burnout_complaints"\nfigures = []', own=True), ())


def test_text_that_is_no_toml_is_refused() -> None:
    with pytest.raises(BrokenCatalogue, match=r"sector\.toml cannot be read"):
        parse_addition("sector", "figures = [", own=True)


@pytest.mark.parametrize("name", ["Sector", "a b", "../x", "1a", ""])
def test_a_name_that_makes_no_identifier_is_refused(name: str) -> None:
    with pytest.raises(BrokenCatalogue, match="small letters"):
        parse_addition(name, SECTOR, own=True)
