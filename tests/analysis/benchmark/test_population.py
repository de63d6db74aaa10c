"""The counts of employed persons: every printed number, and the two tables made of them."""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from analysis.benchmark.catalogue_files import catalogue_folder
from analysis.benchmark.figures import BrokenCatalogue
from analysis.benchmark.population import (
    AGES,
    SEXES,
    NoPopulation,
    PopulationRow,
    PopulationTable,
    load_population,
    read_population,
)

ROOT = Path(__file__).resolve().parents[3]
COLLECTED = ROOT.parent / "shared" / "data" / "population.csv"

#: As for the figures: a change of any printed count changes the second number.
COUNT = 126
SHA256 = "2e4897ca9d458b90bc99bc3c5d1bc137956df007b8e87d8fe0d11c3980b028d8"


@pytest.fixture(scope="module")
def table() -> PopulationTable:
    return load_population()


def as_collected(row: PopulationRow) -> tuple[str, ...]:
    return (
        row.year, row.population, row.sex, row.age, row.sector, str(row.count), row.unit, row.source_title,
        row.source_url, " ".join(sorted(row.tags)), row.note,
    )  # fmt: skip


def as_written(row: dict[str, str]) -> tuple[str, ...]:
    marks, note = re.fullmatch(r"((?:\[[^\]]*\])*)\s*(.*)", row["notes"]).groups()
    tags = " ".join(sorted(re.findall(r"\[([^\]]*)\]", marks)))
    return (*(text for name, text in row.items() if name != "notes"), tags, note)


def fingerprint(rows: Iterable[tuple[str, ...]]) -> str:
    lines = sorted("\x1f".join(row) for row in rows)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def test_all_counts_are_there_unchanged(table: PopulationTable) -> None:
    assert (len(table.rows), fingerprint(map(as_collected, table.rows))) == (COUNT, SHA256)


def test_counts_equal_the_collection_row_by_row(table: PopulationTable) -> None:
    if not COLLECTED.exists():
        pytest.skip("../shared/data/population.csv, from which the table was made, is not here")
    with COLLECTED.open(encoding="utf-8", newline="") as file:
        collected = Counter(as_written(row) for row in csv.DictReader(file))
    assert Counter(map(as_collected, table.rows)) == collected


def test_sex_by_age_adds_up_to_the_printed_totals(table: PopulationTable) -> None:
    joint = table.by_sex_and_age()
    assert set(joint) == {(sex, age) for sex in SEXES for age in AGES}
    totals = {(row.sex, row.age): int(row.count) for row in table.rows if row.year == "2023" and row.sector == "all"}
    for age in AGES:
        assert abs(sum(joint[sex, age] for sex in SEXES) - totals["total", age]) <= 1
    for sex in SEXES:
        assert abs(sum(joint[sex, age] for age in AGES) - totals[sex, "15-74"]) <= 1
    assert abs(sum(joint.values()) - 9737) <= 1


def test_sectors_add_up_to_what_could_be_read(table: PopulationTable) -> None:
    sectors = table.by_sector()
    assert list(sectors) == list("ABCDEFGHIJKLMNOPQRS")
    assert sum(sectors.values()) == 9371


@pytest.mark.parametrize("year", ["2022", "1999"])
def test_incomplete_years_are_refused(table: PopulationTable, year: str) -> None:
    with pytest.raises(NoPopulation, match=year):
        table.by_sex_and_age(year)
    with pytest.raises(NoPopulation, match=year):
        table.by_sector(year)


def test_the_caution_goes_with_the_weights_in_both_languages(table: PopulationTable) -> None:
    assert set(table.caution) == {"nl", "en"}
    assert "self-employed" in table.caution["en"]


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "_population.toml"
    text = (catalogue_folder() / "_population.toml").read_text(encoding="utf-8")
    path.write_text(text.replace('count = "9737"', "count = 9737"), encoding="utf-8")
    with pytest.raises(BrokenCatalogue, match="has to be a number in quotes"):
        read_population(path)
