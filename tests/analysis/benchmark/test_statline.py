"""StatLine tables: three forms of delivery, one table."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from analysis.benchmark.statline import read_csv, read_document
from analysis.benchmark.statline_table import Cell, StatlineError, StatlineTable
from tests.analysis.benchmark.statline_documents import (
    AGES,
    FATIGUE,
    MORNING,
    SEXES,
    Sketch,
    as_csv,
    morning,
    saved,
    sexes_and_ages,
    v3,
)

#: Through JSON and back, as a file or an answer is read.
READERS: dict[str, Callable[[Sketch], StatlineTable]] = {
    "v4": lambda sketch: read_document(through_json(saved(sketch, "v4"))),
    "v3": lambda sketch: read_document(through_json(saved(sketch, "v3"))),
    "v3 untyped": lambda sketch: read_document(through_json(saved(sketch, "v3", typed=False))),
    "csv": lambda sketch: read_csv(as_csv(sketch)),
}
every_form = pytest.mark.parametrize("read", READERS.values(), ids=READERS)

#: The rows and three of the columns of a real export of May 2019 (table 83049NED, 2018; CBS, TNO, CC BY 4.0).
EXPORT_OF_2019 = (
    '\ufeff"Geslacht";"Leeftijd";"Perioden";"Werkdruk/Erg snel werken (%)";"Werkdruk/Extra hard werken (%)";'
    '"Burn-out klachten/Burn-out klachten (%)"\n'
    '"Totaal mannen en vrouwen";"15 tot 25 jaar";"2018";34,1;23,1;13,4\n'
    '"Mannen";"15 tot 25 jaar";"2018";32,5;21;12,1\n'
    '"Vrouwen";"15 tot 25 jaar";"2018";35,6;25,1;14,8\n'
)


def through_json(document: Any) -> Any:
    return json.loads(json.dumps(document), parse_float=Decimal)


def numbers(table: StatlineTable) -> dict[tuple[Any, ...], tuple[str, ...]]:
    """Value and bounds as text, by column, categories and year."""
    return {
        (cell.path[-1], *cell.categories, cell.year): tuple(
            str(one) for one in (cell.value, cell.low, cell.high) if one is not None
        )
        for cell in table.cells
    }


def only(table: StatlineTable) -> Cell:
    (cell,) = table.cells
    return cell


@every_form
def test_published_figures_come_out_with_their_margins(read: Callable[[Sketch], StatlineTable]) -> None:
    table = read(morning())
    assert table.dimensions == ("Kenmerken werknemers",)
    assert numbers(table) == {("'s Ochtends moe voelen", title, 2024): MORNING[title] for title in MORNING}
    assert set(table.units.values()) == {"%"}


def test_every_form_gives_the_same_cells() -> None:
    sketch = sexes_and_ages(
        {
            (sex, age, year): {"f": (f"{10 + place}.0", f"{9 + place}.5", f"{10 + place}.6")}
            for place, (sex, age, year) in enumerate(
                (sex, age, year) for sex in SEXES for age in AGES for year in ("2023JJ00", "2024JJ00")
            )
        }
    )
    first, *others = (set(read(sketch).cells) for read in READERS.values())
    assert len(first) == 18
    assert all(other == first for other in others)


def test_number_title_and_day_come_along_where_the_form_has_them() -> None:
    for api in ("v3", "v4"):
        table = read_document(saved(morning(), api))
        assert (table.id, table.retrieved) == ("85572NED", dt.date(2026, 11, 2))
        assert table.title.startswith("Psychosociale arbeidsbelasting werknemers")
    assert read_csv(as_csv(morning())).retrieved is None


@every_form
def test_a_table_without_margins_has_values_alone(read: Callable[[Sketch], StatlineTable]) -> None:
    cell = only(read(sexes_and_ages({("x-T", "x-A", "2024JJ00"): {"f": ("19.8",)}}, margins=False)))
    assert (str(cell.value), cell.low, cell.high) == ("19.8", None, None)


@every_form
@pytest.mark.parametrize("symbol", [".", "x", "-"])
def test_a_symbol_is_no_figure_and_is_counted(read: Callable[[Sketch], StatlineTable], symbol: str) -> None:
    table = read(
        sexes_and_ages(
            {
                ("x-T", "x-A", "2024JJ00"): {"f": ("19.8", "19.1", "20.5")},
                ("x-3", "x-A", "2024JJ00"): {"f": (symbol, symbol, symbol)},
            }
        )
    )
    assert list(numbers(table)) == [(FATIGUE[1], "Totaal mannen en vrouwen", "15 tot 75 jaar", 2024)]
    assert all("left out: is empty" in remark for remark in table.remarks)


@every_form
def test_a_trailing_zero_that_is_not_delivered_is_put_back(read: Callable[[Sketch], StatlineTable]) -> None:
    table = read(
        sexes_and_ages(
            {
                ("x-T", "x-A", "2024JJ00"): {"f": ("20.0", "19.0", "21.0")},
                ("x-3", "x-A", "2024JJ00"): {"f": ("18.3", "17.4", "19.2")},
            }
        )
    )
    assert sorted(numbers(table).values()) == [("18.3", "17.4", "19.2"), ("20.0", "19.0", "21.0")]


def test_a_number_that_is_longer_than_the_table_prints_is_rounded_half_up() -> None:
    table = read_document(through_json(saved(sexes_and_ages({("x-T", "x-A", "2024JJ00"): {"f": ("19.25",)}}))))
    assert str(only(table).value) == "19.3"


@every_form
def test_two_columns_that_meet_at_a_change_are_put_together_and_marked(read: Callable[[Sketch], StatlineTable]) -> None:
    columns = {"old": ("Werkdruk (tot 2022)", "Erg snel werken"), "new": ("Werkdruk (vanaf 2022)", "Erg snel werken")}
    table = read(
        sexes_and_ages(
            {
                ("x-T", "x-A", "2021JJ00"): {"old": ("30.1", "29.0", "31.0"), "new": (".", ".", ".")},
                ("x-T", "x-A", "2022JJ00"): {"old": (".", ".", "."), "new": ("35.2", "34.0", "36.0")},
            },
            columns,
        )
    )
    found = [(cell.path, cell.year, str(cell.value), cell.split) for cell in table.cells]
    assert found == [
        (("Werkdruk", "Erg snel werken"), 2021, "30.1", 2022),
        (("Werkdruk", "Erg snel werken"), 2022, "35.2", 2022),
    ]


@every_form
def test_a_column_for_other_years_gives_nothing(read: Callable[[Sketch], StatlineTable]) -> None:
    columns = {
        "new": ("Werkdruk", "Erg snel werken (vanaf 2022)"),
        "old": ("Werkdruk", "Erg snel werken (tot en met 2021)"),
    }
    table = read(
        sexes_and_ages(
            {
                ("x-T", "x-A", "2021JJ00"): {"new": ("30.1",)},
                ("x-3", "x-A", "2021JJ00"): {"old": ("28.4",)},
                ("x-4", "x-A", "2022JJ00"): {"old": ("28.4",)},
            },
            columns,
        )
    )
    assert [(cell.categories[0], str(cell.value)) for cell in table.cells] == [("Mannen", "28.4")]
    assert any("2 cells left out: stands in a column that holds for other years" in one for one in table.remarks)


@pytest.mark.parametrize(("words", "years"), [("tot 2022", [2021]), ("tot en met 2022", [2021, 2022])])
def test_until_a_year_leaves_that_year_out(words: str, years: list[int]) -> None:
    numbers = {("x-T", "x-A", f"{year}JJ00"): {"f": ("30.1",)} for year in (2021, 2022, 2023)}
    table = read_document(saved(sexes_and_ages(numbers, {"f": (f"Werkdruk ({words})", "Erg snel werken")})))
    assert [cell.year for cell in table.cells] == years


def test_a_cell_of_version_4_with_a_special_attribute_is_no_figure_even_with_a_number() -> None:
    document = saved(morning())
    document["documents"]["Observations"]["value"][0]["ValueAttribute"] = "Impossible"
    table = read_document(document)
    assert "Totaal" not in {cell.categories[0] for cell in table.cells}
    assert len(table.cells) == len(MORNING) - 1


def test_columns_of_one_name_that_disagree_give_nothing() -> None:
    table = read_document(
        saved(
            sexes_and_ages(
                {("x-T", "x-A", "2024JJ00"): {"a": ("30.1",), "b": ("30.2",)}},
                {"a": ("Werkdruk", "Erg snel werken"), "b": ("Werkdruk (vanaf 2022)", "Erg snel werken")},
            )
        )
    )
    assert table.cells == ()
    assert any("differs between two columns" in one for one in table.remarks)


@every_form
def test_provisional_figures_are_left_out(read: Callable[[Sketch], StatlineTable]) -> None:
    table = read(
        sexes_and_ages(
            {("x-T", "x-A", "2024JJ00"): {"f": ("19.8",)}, ("x-T", "x-A", "2025JJ00"): {"f": ("20.9",)}},
            periods={"2025JJ00": "Voorlopig"},
        )
    )
    assert [cell.year for cell in table.cells] == [2024]


@every_form
def test_quarters_are_no_years(read: Callable[[Sketch], StatlineTable]) -> None:
    table = read(
        sexes_and_ages({("x-T", "x-A", "2024KW01"): {"f": ("19.8",)}, ("x-T", "x-A", "2024JJ00"): {"f": ("20.1",)}})
    )
    assert [str(cell.value) for cell in table.cells] == ["20.1"]


def test_a_value_outside_its_own_margin_is_left_out() -> None:
    table = read_document(saved(sexes_and_ages({("x-T", "x-A", "2024JJ00"): {"f": ("19.8", "20.1", "20.5")}})))
    assert table.cells == ()
    assert any("outside its own margin" in one for one in table.remarks)


def test_groups_within_groups_give_the_whole_path() -> None:
    columns = {"p": ("Slachtofferschap op werk (vanaf 2022)", "Pesten", "Door klant")}
    sketch = sexes_and_ages({("x-T", "x-A", "2024JJ00"): {"p": ("5.1",)}}, columns)
    for api in ("v3", "v4"):
        assert only(read_document(saved(sketch, api))).path == ("Slachtofferschap op werk", "Pesten", "Door klant")


def test_a_real_export_of_2019_reads_with_the_decimals_of_its_columns() -> None:
    table = read_csv(EXPORT_OF_2019)
    assert table.dimensions == ("Geslacht", "Leeftijd")
    assert numbers(table)["Extra hard werken", "Mannen", "15 tot 25 jaar", 2018] == ("21.0",)
    assert numbers(table)["Burn-out klachten", "Vrouwen", "15 tot 25 jaar", 2018] == ("14.8",)
    assert len(table.cells) == 9


def test_a_line_with_the_source_below_an_export_is_no_row() -> None:
    assert len(read_csv(EXPORT_OF_2019 + '"Bron: CBS, TNO"\n').cells) == 9


def test_a_name_in_brackets_is_a_dimension_when_its_column_has_words() -> None:
    text = '"Bedrijfstakken/branches (SBI 2008)";"Perioden";"Werkdruk/Erg snel werken (%)"\n"P Onderwijs";"2024";30,1\n'
    table = read_csv(text)
    assert table.dimensions == ("Bedrijfstakken/branches (SBI 2008)",)
    assert only(table).categories == ("P Onderwijs",)


class TestDamage:
    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "no column is called 'Perioden'"),
            ('"Geslacht";"Jaar"\n"Mannen";"2024"\n', "no column is called 'Perioden'"),
            ('"Geslacht";"Perioden";"a/b (%)"\n', "a header and no rows"),
            ('"Geslacht";"Perioden";"a/b (%)"\n"Mannen";"2024"\n', "has not 3 fields"),
            (
                '"Geslacht";"Marges";"Perioden";"a/b (%)"\n"Mannen";"Middelste";"2024";1,0\n',
                "none of them 'Waarde'",
            ),
            ('"Geslacht";"Perioden";"a/b (%)"\n"Mannen";"2024";1\n"Mannen";"2024";2\n', "has two values for 2024"),
        ],
    )
    def test_an_export_that_is_damaged_is_one_sentence(self, text: str, message: str) -> None:
        with pytest.raises(StatlineError, match=message):
            read_csv(text)

    @pytest.mark.parametrize(
        "document",
        [
            {},
            [],
            {"table": "85572NED", "api": "v5", "retrieved": "2026-11-02", "documents": {}},
            {"table": "85572NED", "api": "v3", "retrieved": "yesterday", "documents": {}},
            {"table": "85572NED", "api": "v4", "retrieved": "2026-11-02", "documents": {"Dimensions": 3}},
        ],
    )
    def test_another_file_is_refused(self, document: Any) -> None:
        with pytest.raises(StatlineError, match="this is no table as"):
            read_document(document)

    def test_a_number_that_is_none_is_refused(self) -> None:
        document = saved(morning(), "v3")
        document["documents"]["TypedDataSet"]["value"][0]["x-OchtendsMoeVoelen_1"] = "a lot"
        with pytest.raises(StatlineError, match="'a lot' is neither a number nor a symbol"):
            read_document(document)
        for odd in (float("nan"), True):
            document["documents"]["TypedDataSet"]["value"][0]["x-OchtendsMoeVoelen_1"] = odd
            with pytest.raises(StatlineError, match="neither a number nor a symbol"):
                read_document(document)

    def test_a_category_that_the_metadata_do_not_know_is_refused(self) -> None:
        document = saved(morning(), "v3")
        document["documents"]["TypedDataSet"]["value"][0]["KenmerkenWerknemers"] = "x-K9"
        with pytest.raises(StatlineError, match="'Kenmerken werknemers' has no category 'x-K9'"):
            read_document(document)

    def test_a_table_without_periods_is_refused(self) -> None:
        documents = v3(morning())
        documents["DataProperties"]["value"] = [
            row for row in documents["DataProperties"]["value"] if row["Type"] != "TimeDimension"
        ]
        document = {"table": "85572NED", "api": "v3", "retrieved": "2026-11-02", "documents": documents}
        with pytest.raises(StatlineError, match="no periods"):
            read_document(document)

    def test_a_circle_of_groups_ends(self) -> None:
        document = saved(replace(morning()), "v4")
        (group,) = document["documents"]["MeasureGroups"]["value"]
        group["ParentId"] = group["Id"]
        assert len(read_document(document).cells) == len(MORNING)
