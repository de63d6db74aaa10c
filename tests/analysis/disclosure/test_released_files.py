"""Files in the form of ``released.csv``: what is read, and a sentence for everything that is not one."""

from __future__ import annotations

import csv
import re
from dataclasses import fields
from decimal import Decimal
from pathlib import Path

import pytest

from analysis.disclosure.plan import CellKey, Place
from analysis.disclosure.release import COLUMNS, Cell
from analysis.disclosure.released_files import Figures, read_headcounts, read_released
from analysis.errors import InputError

HEADER = ",".join(COLUMNS)
GOOD = f"""\
{HEADER}
2026,response,Total,,,60,60,80,80,80,,,,0
2026,response,Zorg,,,30,30,,,,,,,0
2026,response,Zorg > Noord,,,,,,,,,,,1
2026,fatigue,Total,sex,women,25,29,20,12,31,2.5,2.2,2.8,0
"""
HEADS = """\
unit,cut,category,invited
Total,,,75
Zorg > Noord,,,9
Total,sex,women,36
"""


def write(folder: Path, text: str, name: str = "released.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_every_row_becomes_a_cell(tmp_path: Path) -> None:
    cells = read_released(write(tmp_path, GOOD))
    assert [cell.key for cell in cells] == [
        CellKey("2026", "response"),
        CellKey("2026", "response", "Zorg"),
        CellKey("2026", "response", "Zorg > Noord"),
        CellKey("2026", "fatigue", "Total", "sex", "women"),
    ]
    assert cells[1].figures == Figures(30, 30)
    assert cells[2].figures is None
    shares, means = map(Decimal, ("20", "12", "31")), map(Decimal, ("2.5", "2.2", "2.8"))
    assert cells[3].figures == Figures(25, 29, *shares, *means)
    assert {cell.file for cell in cells} == {str(tmp_path / "released.csv")}


def test_what_a_release_writes_is_read_back(tmp_path: Path) -> None:
    shown = Cell(CellKey("2026", "fatigue", "Zorg"), 11, 14, 20, 5, 40, Decimal("2.5"), Decimal("2.0"), Decimal("3.1"))
    cells = [Cell(CellKey("2026", "response"), 60, 60, 80, 80, 80, invited=75), shown, Cell(CellKey("2026", "carer"))]
    with (tmp_path / "released.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([COLUMNS, *(cell.row() for cell in cells)])
    for cell, found in zip(cells, read_released(tmp_path / "released.csv"), strict=True):
        assert found.key == cell.key
        names = [column.name for column in fields(Figures)]
        printed = [None if found.figures is None else getattr(found.figures, name) for name in names]
        assert printed == [getattr(cell, name) for name in names]


def test_columns_may_stand_in_any_order_and_be_separated_as_spreadsheets_do(tmp_path: Path) -> None:
    lines = [line.split(",")[::-1] for line in GOOD.splitlines()]
    turned = write(tmp_path, "".join(";".join(fields) + "\r\n" for fields in lines), "turned.csv")
    usual = read_released(write(tmp_path, GOOD))
    assert [(cell.key, cell.figures) for cell in read_released(turned)] == [(c.key, c.figures) for c in usual]


def test_units_are_written_in_one_way(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace("Zorg > Noord", " Zorg>Noord "))
    assert read_released(path)[2].key.unit == "Zorg > Noord"


DAMAGES = {
    "a column is missing": (",mean,", ",", "line 1: the column 'mean' is missing"),
    "a column has another name": ("n_low", "n_lo", "line 1: the column 'n_low' is missing (did you mean 'n_lo'?)"),
    "a column that nobody attacks": (f"{HEADER}\n", f"{HEADER},sd\n", "line 1: the column 'sd' is no part"),
    "a column stands there twice": ("share_low", "share", "line 1: the column 'share' stands there twice"),
    "too few fields": (",,,,1\n", ",,,1\n", "line 4: has 13 fields where the header has 14"),
    "no wave": ("2026,response,Zorg,", ",response,Zorg,", "line 3, column 'wave': is empty"),
    "no measure": ("2026,response,Zorg,", "2026,,Zorg,", "line 3, column 'measure': is empty"),
    "no unit": ("response,Zorg,", "response,,", "line 3, column 'unit': is empty; write 'Total'"),
    "a level without a name": (
        "Zorg > Noord",
        "Zorg > ",
        "line 4, column 'unit': the unit 'Zorg >' has an empty level",
    ),
    "a unit above itself": ("Zorg > Noord", "Zorg > Zorg", "line 4, column 'unit': the unit 'Zorg' stands above"),
    "a unit below the total": ("Zorg > Noord", "Total > Noord", "line 4, column 'unit': 'Total' stands for"),
    "a category without a cut": ("sex,women", ",women", "line 5, column 'cut': is empty beside a category"),
    "a cut without a category": ("sex,women", "sex,", "line 5, column 'category': is empty beside a cut"),
    "neither open nor closed": (",,,,1\n", ",,,,yes\n", "line 4, column 'closed': is 'yes'; write 1"),
    "closed with a figure": (
        "Noord,,,,,,,,,,,1",
        "Noord,,,,,15,,,,,,1",
        "line 4, column 'share': holds a figure although",
    ),
    "open without a number": ("Zorg,,,30,30", "Zorg,,,,30", "line 3, column 'n_low': is empty; write a number"),
    "a number that is no number": ("Zorg,,,30", "Zorg,,,~30", "line 3, column 'n_low': is '~30'; write a whole"),
    "half a person": ("Zorg,,,30", "Zorg,,,30.5", "line 3, column 'n_low': is '30.5'; write a whole number"),
    "fewer than nobody": ("Zorg,,,30", "Zorg,,,-3", "line 3, column 'n_low': is '-3'; write a whole number"),
    "more people than there are": ("30,30", "30,99999999", "line 3, column 'n_high': is '99999999'; write a whole"),
    "a band that ends before it begins": ("25,29", "29,25", "line 5, column 'n_low': is 29, above n_high"),
    "a share that is no percentage": (",20,12", ",120,12", "line 5, column 'share': is 120, which is no percentage"),
    "a share with a sign": (",20,12", ",20%,12", "line 5, column 'share': is '20%'; write a number with a point"),
    "one bound": ("12,31", ",31", "line 5, column 'share_low': is empty beside the other bound"),
    "bounds exchanged": ("12,31", "31,12", "line 5, column 'share_low': is 31, above share_high"),
    "a share outside its bounds": (",20,12", ",35,12", "line 5, column 'share': is 35, outside its bounds 12 and 31"),
    "a mean with a comma": ("2.5,", '"2,5",', "line 5, column 'mean': is '2,5'; write a number with a point"),
    "a mean that is not rounded": ("2.5,", "2.4567,", "line 5, column 'mean': is 2.4567, more exact"),
    "a mean that is infinite": ("2.5,", "inf,", "line 5, column 'mean': is 'inf'"),
    "the same cell twice": ("Zorg > Noord", "Zorg", "line 4: is about the same group and measure as line 3"),
}


@pytest.mark.parametrize(("old", "new", "words"), DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_refused_in_one_sentence_with_its_line(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    assert old in GOOD
    path = write(tmp_path, GOOD.replace(old, new, 1))
    assert_refused(path, read_released, words)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ": is empty"),
        (HEADER.encode(), ": has a header but nothing below it"),
        (GOOD.encode("utf-16"), ": is UTF-16 text"),
        (GOOD.replace("Zorg", "Zörg").encode("latin-1"), ", line 3: is not UTF-8 text"),
        (b"PK\x03\x04", ": is a workbook"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "released.csv"
    path.write_bytes(content)
    assert_refused(path, read_released, words)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert_refused(tmp_path / "none.csv", read_released, ": cannot be read")


def test_head_counts_by_group(tmp_path: Path) -> None:
    assert read_headcounts(write(tmp_path, HEADS)) == {
        ("", Place()): 75,
        ("", Place("Zorg > Noord")): 9,
        ("", Place("Total", "sex", "women")): 36,
    }


def test_head_counts_need_no_cuts_and_may_name_waves(tmp_path: Path) -> None:
    text = "wave,unit,invited\n2025,Total,70\n2026,Total,75\n"
    assert read_headcounts(write(tmp_path, text)) == {("2025", Place()): 70, ("2026", Place()): 75}


HEAD_DAMAGES = {
    "no numbers": ("category,invited", "category,people", "line 1: the column 'invited' is missing"),
    "another column": ("category,", "group,", "line 1: the column 'group' is no part"),
    "not a number": ("75", "many", "line 2, column 'invited': is 'many'"),
    "no unit": ("Zorg > Noord", "", "line 3, column 'unit': is empty"),
    "the same group twice": ("Zorg > Noord", "Total", "line 3: counts the same group as a line above it"),
    "a category without a cut": ("sex", "", "line 4, column 'cut': is empty beside a category"),
}


@pytest.mark.parametrize(("old", "new", "words"), HEAD_DAMAGES.values(), ids=HEAD_DAMAGES)
def test_damaged_head_counts_are_refused_in_one_sentence(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in HEADS
    assert_refused(write(tmp_path, HEADS.replace(old, new, 1)), read_headcounts, words)


def test_a_wave_column_with_a_gap(tmp_path: Path) -> None:
    path = write(tmp_path, "wave,unit,invited\n2026,Total,75\n,Zorg,20\n")
    assert_refused(path, read_headcounts, "line 3, column 'wave': is empty")


def assert_refused(path: Path, read: object, words: str) -> None:
    assert callable(read)
    with pytest.raises(InputError) as refused:
        read(path)
    sentence = str(refused.value)
    assert sentence.startswith(str(path))
    assert words in sentence
    assert "\n" not in sentence
    assert not re.search(r"[.!?] +[A-Z]", sentence), f"more than one sentence: {sentence}"
