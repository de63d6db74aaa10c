"""From files to datasets: every way of writing the same answers gives the same codes.

What is refused, and with which sentence, is in ``tests/survey_app/cli/test_analyse.py``.
"""

from __future__ import annotations

import random
import unicodedata
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import tables
from analysis.answers import read_answers
from analysis.dataset import Dataset, missing_code
from analysis.decoding import whole_number
from analysis.errors import InputError
from analysis.roster import read_roster
from analysis.survey import read_survey
from tests.survey_app.small_survey import HEADER, ITEMS, SURVEY, TEAMS, Rows, SmallSurvey, answer_rows, as_csv

Coded = list[tuple[str, int, list[tuple[object, ...]]]]


@pytest.fixture
def small(tmp_path: Path) -> SmallSurvey:
    return SmallSurvey(tmp_path).write()


def read(small: SmallSurvey) -> tuple[Dataset, ...]:
    survey = read_survey(small.survey)
    return read_answers(small.answers, survey, read_roster(small.roster, survey))


def coded(datasets: tuple[Dataset, ...], *, ordered: bool = True) -> Coded:
    """Wave, number of respondents, and for each of them the unit, the sex and the answers."""
    waves = []
    for dataset in datasets:
        missing = {key: missing_code(codes.dtype) for key, codes in dataset.codes.items()}
        people = [
            (
                dataset.paths[dataset.unit[n]] if dataset.unit[n] >= 0 else None,
                int(dataset.cuts["sex"][n]),
                *(None if codes[n] == missing[key] else int(codes[n]) for key, codes in dataset.codes.items()),
            )
            for n in range(dataset.n)
        ]
        waves.append((dataset.wave, dataset.n, people if ordered else sorted(people, key=repr)))
    return waves


def expected() -> Coded:
    """What :func:`coded` should say of the undamaged files, worked out from the rows themselves."""
    paths = dict(zip(TEAMS, [("Zorg", "Team Noord"), ("Zorg", "Team Zuid"), ("Kantoor", "Café")], strict=True))
    people: dict[str, list[tuple[object, ...]]] = {"2025": [], "2026": []}
    for _, year, team, sex, *answers, _ in answer_rows():
        people[year].append((paths[team], ["women", "men"].index(sex), *map(int, answers)))
    return [(year, len(found), found) for year, found in people.items()]


def rewritten(change: Callable[[Rows], Rows], delimiter: str = ",") -> Callable[[SmallSurvey], object]:
    """The answers file with its rows changed."""
    return lambda small: small.answers.write_text(
        as_csv(HEADER, change(answer_rows()), delimiter), encoding="utf-8", newline=""
    )


def every(column: str, change: Callable[[str], str]) -> Callable[[Rows], Rows]:
    """Each field of one column changed."""
    place = HEADER.index(column)
    return lambda rows: [(*row[:place], change(row[place]), *row[place + 1 :]) for row in rows]


def answers(change: Callable[[str], str]) -> Callable[[Rows], Rows]:
    """Each answer changed."""
    first, end = len(HEADER) - len(ITEMS) - 1, len(HEADER) - 1
    return lambda rows: [(*row[:first], *map(change, row[first:end]), *row[end:]) for row in rows]


def columns_turned_round(small: SmallSurvey) -> None:
    small.answers.write_text(as_csv(HEADER[::-1], [row[::-1] for row in answer_rows()]), encoding="utf-8")


def paths_written_out(small: SmallSurvey) -> None:
    text = small.survey.read_text(encoding="utf-8")
    small.survey.write_text(text.replace('"Team Noord" = "Zorg"\n"Team Zuid" = "Zorg"\n', ""), encoding="utf-8")
    for file in (small.answers, small.roster):
        small.replace(file, ",Team ", ",Zorg > Team ", -1)


SAME = {
    "as it is": lambda small: None,
    "semicolons": rewritten(list, ";"),
    "tabs": rewritten(list, "\t"),
    "decimal commas of a Dutch spreadsheet": rewritten(answers(lambda code: f"{code},0"), ";"),
    "decimal commas in quotes": rewritten(answers(lambda code: f"{code},00")),
    "decimal points": rewritten(answers(lambda code: f"{code}.0")),
    "spaces around every field": rewritten(lambda rows: [tuple(f" {field} " for field in row) for row in rows]),
    "leading zeros and plus signs": rewritten(answers(lambda code: f"+0{code}")),
    "a byte order mark": lambda small: small.answers.write_bytes(b"\xef\xbb\xbf" + small.answers.read_bytes()),
    "line ends of Windows": lambda small: small.replace(small.answers, "\n", "\r\n", -1),
    "blank lines": lambda small: small.replace(small.answers, "\n", "\n\n", -1),
    "line breaks in remarks": rewritten(every("remark", lambda text: f"{text}\n\n\"quoted\"; and, more\r\n")),
    "accents taken apart": rewritten(every("team", lambda text: unicodedata.normalize("NFD", text))),
    "more spaces in unit names": rewritten(every("team", lambda text: text.replace(" ", "  "))),
    "no spaces around the arrow": rewritten(every("team", lambda text: text.replace(" > ", ">"))),
    "other columns first": columns_turned_round,
    "paths written out": paths_written_out,
    "no last line feed": lambda small: small.answers.write_bytes(small.answers.read_bytes().rstrip(b"\n")),
    "a roster with semicolons": lambda small: small.replace(small.roster, ",", ";", -1),
}  # fmt: skip


@pytest.mark.parametrize("write", SAME.values(), ids=SAME)
def test_the_same_answers_are_read(small: SmallSurvey, write: Callable[[SmallSurvey], object]) -> None:
    write(small)
    assert coded(read(small)) == expected()


@pytest.mark.parametrize("chunk", [1, 7, 59, 90])
def test_chunks_change_nothing(small: SmallSurvey, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(tables, "CHUNK", chunk)
    assert coded(read(small)) == expected()


def test_the_order_of_rows_changes_nothing_but_the_order(small: SmallSurvey) -> None:
    rows = answer_rows()
    random.Random(1).shuffle(rows)
    small.answers.write_text(as_csv(HEADER, rows), encoding="utf-8")
    assert coded(read(small), ordered=False) == [(w, n, sorted(people, key=repr)) for w, n, people in expected()]


@pytest.mark.parametrize("nothing", ["", " ", "-7", "-8", "-9", "-7,0", "-9.0", " -8 "])
def test_no_answer_in_every_spelling(small: SmallSurvey, nothing: str) -> None:
    rewritten(every(ITEMS[0], lambda code: nothing if code == "1" else code))(small)
    wanted = [
        (wave, n, [(unit, sex, None if first == 1 else first, *rest) for unit, sex, first, *rest in people])
        for wave, n, people in expected()
    ]
    assert coded(read(small)) == wanted


def test_empty_unit_and_category_are_no_answer(small: SmallSurvey) -> None:
    rewritten(lambda rows: [(*row[:2], "", "", *row[4:]) for row in rows])(small)
    assert [people[0][:2] for _, _, people in coded(read(small))] == [(None, -1), (None, -1)]


def test_without_units_waves_ids_and_cuts(small: SmallSurvey) -> None:
    head = SURVEY.split("[answers]")[0].replace('earlier_waves = ["2025"]\n', "")
    small.survey.write_text(head, encoding="utf-8")
    small.answers.write_text(as_csv(ITEMS, [row[4:9] for row in answer_rows()]), encoding="utf-8")
    small.roster.write_text("name\n" + "someone\n" * 90, encoding="utf-8")
    (dataset,) = read(small)
    assert (dataset.wave, dataset.n, dataset.paths, dict(dataset.cuts)) == ("2026", 90, (), {})
    assert dataset.headcount is not None
    assert (dataset.headcount.total, dict(dataset.headcount.units), dict(dataset.headcount.cuts)) == (90, {}, {})


def test_without_a_roster_nobody_is_counted(small: SmallSurvey) -> None:
    datasets = read_answers(small.answers, read_survey(small.survey))
    assert [dataset.headcount for dataset in datasets] == [None, None]
    assert coded(datasets) == expected()


def test_the_same_id_may_return_in_another_wave(small: SmallSurvey) -> None:
    rewritten(every("ballot", lambda text: text.split("-")[1]))(small)
    assert coded(read(small)) == expected()


def test_the_roster_is_counted_by_wave_unit_and_category(small: SmallSurvey) -> None:
    headcounts = read_roster(small.roster, read_survey(small.survey))
    people = Counter((year, team, sex) for _, year, team, sex, *_ in answer_rows())
    assert sorted(headcounts) == ["2025", "2026"]
    for year, headcount in headcounts.items():
        assert headcount.total == 2 * sum(n for key, n in people.items() if key[0] == year)
        assert headcount.units[("Kantoor", "Café")] == 2 * sum(
            n for key, n in people.items() if key[:2] == (year, TEAMS[2])
        )
        assert headcount.cuts["sex"] == {
            sex: 2 * sum(n for key, n in people.items() if (key[0], key[2]) == (year, sex)) for sex in ("women", "men")
        }


def test_the_roster_may_leave_out_cuts_and_categories(small: SmallSurvey) -> None:
    survey = read_survey(small.survey)
    lines = [line.rsplit(",", 1)[0] for line in small.roster.read_text(encoding="utf-8").splitlines()]
    small.roster.write_text("\n".join(lines), encoding="utf-8")
    assert dict(read_roster(small.roster, survey)["2026"].cuts) == {}
    small.roster.write_text("\n".join([lines[0] + ",gender", *(f"{line}," for line in lines[1:])]), encoding="utf-8")
    assert dict(read_roster(small.roster, survey)["2026"].cuts) == {}


def test_names_on_the_roster_are_not_looked_at(small: SmallSurvey) -> None:
    survey = read_survey(small.survey)
    before = read_roster(small.roster, survey)
    small.replace(small.roster, "Person 1,", '"A name, with = signs\nand a line break",')
    assert read_roster(small.roster, survey) == before


@pytest.mark.parametrize(
    ("scale", "code", "dtype"),
    [("range = [0, 63]", 63, np.int8), ("range = [0, 64]", 64, np.int16), ("values = [0, 9999]", 9999, np.int16)],
)
def test_codes_are_held_in_the_smallest_type_in_which_they_can_be_reversed(
    small: SmallSurvey, scale: str, code: int, dtype: type
) -> None:
    labels = "" if scale.startswith("range") else f'scales.s = {{ 0 = "no", {code} = "yes" }}'
    small.survey.write_text(
        SURVEY.split("[answers]")[0]
        .replace('earlier_waves = ["2025"]\n', "")
        .replace('instruments = ["mental-fatigue"]', "")
        + f"""[[instruments]]
id = "own-one"
scales = {{ s = {{ {scale} }} }}
items = [{{ key = "own", scale = "s", reverse = true, measure = {{ share = false }} }}]
[instruments.texts.nl]
title = "Eigen"
items.own = "Vraag?"
{labels}
""",
        encoding="utf-8",
    )
    small.answers.write_text(f"own,\n{code},\n0,\n".replace(",", ""), encoding="utf-8")
    (dataset,) = read_answers(small.answers, read_survey(small.survey))
    assert dataset.codes["own"].dtype == dtype
    assert dataset.codes["own"].tolist() == [code, 0]


def test_two_hundred_thousand_rows(tmp_path: Path) -> None:
    small = SmallSurvey(tmp_path).write()
    small.replace(small.survey, 'id = "ballot"\n', "")
    small.replace(small.survey, '["remark"]', '["remark", "ballot"]')
    header, *lines = small.answers.read_text(encoding="utf-8").splitlines(keepends=True)
    small.answers.write_text(header + "".join(lines) * 2223, encoding="utf-8")
    told: list[float] = []
    earlier, current = read_answers(small.answers, read_survey(small.survey), None, told.append)
    assert (earlier.n, current.n) == (30 * 2223, 60 * 2223)
    assert told == sorted(told) and told[-1] == 1.0 and len(told) > 10
    people = expected()[1][2]
    for place, key in enumerate(ITEMS):
        counts = Counter(person[2 + place] for person in people)
        values, numbers = np.unique(current.codes[key], return_counts=True)
        assert dict(zip(values.tolist(), numbers.tolist(), strict=True)) == {c: 2223 * m for c, m in counts.items()}


def test_a_refusal_names_both_lines_of_a_double_id_across_line_breaks(small: SmallSurvey) -> None:
    rows = answer_rows()
    rows[2] = (*rows[2][:-1], "two\nlines")
    rows[70] = ("2025-3", *rows[70][1:])
    small.answers.write_text(as_csv(HEADER, rows), encoding="utf-8")
    # Rows 63 and 70 hold the same id in 2025; the header and one line break come before them.
    with pytest.raises(InputError, match=r"line 73, column 'ballot': the id '2025-3' stands on line 66 already"):
        read(small)


@given(st.integers(-(10**8), 10**8), st.sampled_from(["", ".", ",", ".0", ",0", ",00", ".000000"]))
def test_whole_numbers_are_read_as_spreadsheets_write_them(number: int, zeros: str) -> None:
    assert whole_number(f"{number}{zeros}") == number


@given(st.text("0123456789.,+-eE_ ٣²½xX\n", max_size=12))
def test_whole_numbers_are_whole_or_refused(raw: str) -> None:
    number = whole_number(raw)
    if number is not None:
        assert float(raw.replace(",", ".")) == number


@pytest.mark.parametrize(
    "raw", ["", "3,5", "3.5", "3,05", "1.000,0", "1.000", "1,000", "1 000", "3e0", "0x3", "--3", "3-", "three", "٣"]
)
def test_what_is_no_whole_number(raw: str) -> None:
    assert whole_number(raw) is None
