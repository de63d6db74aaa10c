"""The roster as HR has it: who is invited, along which way, and one sentence for whatever is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.errors import InputError
from analysis.survey import Survey, read_survey
from survey_app.commission.roster_file import CHANNELS, Invited, read_invited
from tests.survey_app.commission.stages import survey_text
from tests.survey_app.small_survey import LONGEST_SENTENCE, SURVEY, as_csv

COLUMNS = ("year", "team", "gender", "email", "name", "language", "channel")
PERSON = ("2026", "Zorg > Noord", "women", "a@voorbeeld.example", "Anna", "en", "mail")


@pytest.fixture
def survey(tmp_path: Path) -> Survey:
    """A survey of one wave with units and one cut."""
    path = tmp_path / "survey.toml"
    path.write_text(survey_text(), encoding="utf-8")
    return read_survey(path)


People = tuple[Invited, ...]
Read = Callable[..., People]


@pytest.fixture
def read(tmp_path: Path, survey: Survey) -> Read:
    """Reads rows as a roster file."""

    def read_rows(*rows: tuple[str, ...], columns: tuple[str, ...] = COLUMNS, of: Survey = survey) -> People:
        path = tmp_path / "roster.csv"
        path.write_text(as_csv(columns, rows), encoding="utf-8")
        return read_invited(path, of)

    return read_rows


def person(**changes: str) -> tuple[str, ...]:
    """A row in which some columns are different."""
    return tuple(changes.get(column, value) for column, value in zip(COLUMNS, PERSON, strict=True))


def test_a_row_becomes_a_person(read: Read) -> None:
    (anna,) = read(PERSON)
    assert anna == Invited(("Zorg", "Noord"), "Anna", "a@voorbeeld.example", "en", "mail", {"sex": "women"})


def test_what_is_left_out_gets_what_fits_most_people(read: Read) -> None:
    assert read(person(language="", channel=""))[0].language == "nl"
    assert read(person(language="", channel=""))[0].channel == "mail"
    assert read(person(email="", channel=""))[0].channel == "letter"
    assert read(person(gender=""))[0].attributes == {}
    (bare,) = read(("2026", "Kantoor"), columns=("year", "team"))
    assert bare == Invited(("Kantoor",), "", "", "nl", "letter", {})


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_way_of_reaching_somebody_can_be_asked_for(channel: str, read: Read) -> None:
    assert read(person(channel=channel.upper()))[0].channel == channel


def test_a_survey_in_one_language_speaks_that_one(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "english.toml"
    path.write_text(survey_text().replace("synthetic = true", 'synthetic = true\nlanguages = ["en"]'), encoding="utf-8")
    assert read(person(language=""), of=read_survey(path))[0].language == "en"


def test_the_order_of_the_file_is_kept_over_many_rows(read: Read) -> None:
    rows = [person(email=f"{n}@voorbeeld.example", name=f"P{n}") for n in range(1203)]
    assert [found.name for found in read(*rows)] == [f"P{n}" for n in range(1203)]


def test_people_of_other_waves_are_not_invited_now(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "two.toml"
    path.write_text(SURVEY, encoding="utf-8")
    two = read_survey(path)
    found = read(person(year="2025"), person(name="Bea"), of=two)
    assert [each.name for each in found] == ["Bea"], "the same address in another wave is the same person"
    with pytest.raises(InputError, match=r"roster\.csv: has nobody in wave '2026'; correct the wave column"):
        read(person(year="2025"), of=two)


def test_columns_that_nobody_asked_for_are_left_aside(read: Read) -> None:
    (anna,) = read((*PERSON, "secret"), columns=(*COLUMNS, "salary"))
    assert "secret" not in repr(anna)


REFUSED = {
    "no mail address": (
        person(email="anna"),
        ("line 3, column 'email'", "'anna' is no mail address", "leave it empty"),
    ),
    "two at signs": (person(email="a@b@c.nl"), ("line 3, column 'email'", "is no mail address")),
    "an address without a dot": (person(email="a@localhost"), ("line 3, column 'email'",)),
    "a list of addresses": (person(email="a@b.nl, c@d.nl"), ("line 3, column 'email'",)),
    "a name with an address": (person(email="Anna <a@b.nl>"), ("line 3, column 'email'",)),
    "a far too long address": (person(email="a" * 260 + "@b.nl"), ("line 3, column 'email'",)),
    "an address twice": (
        person(email="Z@voorbeeld.example"),
        ("line 3, column 'email'", "line 2 already", "one row a person"),
    ),
    "no address for a mail": (person(email="", channel="mail"), ("line 3, column 'email'", "is empty", "fill it in")),
    "an unknown language": (
        person(language="de"),
        ("line 3, column 'language'", "'de' is no language; write nl or en"),
    ),
    "an unknown channel": (
        person(channel="sms"),
        ("line 3, column 'channel'", "'sms' is no channel", "mail, letter or card"),
    ),
    "no unit": (person(team=""), ("line 3, column 'team'", "is empty", "give every invited person a unit")),
    "a unit with an empty level": (person(team="Zorg > > Noord"), ("line 3, column 'team'", "empty level")),
    "a unit called Total": (person(team="Total"), ("line 3, column 'team'", "give that unit another name")),
    "a unit in other capitals": (person(team="zorg > noord"), ("line 3, column 'team'", "differ in capitals only")),
    "an unknown category": (person(gender="woman"), ("line 3, column 'gender'", "no category", "did you mean 'women'")),
    "an unknown wave": (person(year="2027"), ("line 3, column 'year'", "no wave of this survey")),
    "no wave": (person(year=""), ("line 3, column 'year'", "is empty")),
    "a row too short": (PERSON[:-1], ("line 3", "6 fields where the header has 7")),
}


@pytest.mark.parametrize("what", REFUSED)
def test_whatever_is_wrong_is_said_with_its_place(what: str, read: Read) -> None:
    row, words = REFUSED[what]
    with pytest.raises(InputError) as refused:
        read(person(email="z@voorbeeld.example"), row)
    sentence = str(refused.value)
    assert sentence.partition(",")[0].endswith("roster.csv")
    assert len(sentence) - sentence.index("roster.csv") < LONGEST_SENTENCE + 260 * ("a" * 260 in sentence)
    assert "\n" not in sentence
    for word in words:
        assert word in sentence


@pytest.mark.parametrize("column", ["year", "team"])
def test_a_column_that_the_survey_names_has_to_be_there(column: str, read: Read) -> None:
    columns = tuple(f"{name}s" if name == column else name for name in COLUMNS)
    with pytest.raises(InputError, match=rf"line 1: the column '{column}' is missing \(did you mean '{column}s'\?\)"):
        read(PERSON, columns=columns)


def test_a_cut_is_not_overlooked_for_its_capitals(read: Read) -> None:
    with pytest.raises(InputError, match="line 1: the column 'Gender' is 'gender' in the survey file"):
        read(PERSON, columns=tuple("Gender" if name == "gender" else name for name in COLUMNS))


def test_somebody_who_gets_a_mail_needs_the_column_for_it(read: Read) -> None:
    with pytest.raises(InputError, match=r"line 2, column 'email': is empty"):
        read(("2026", "Kantoor", "mail"), columns=("year", "team", "channel"))


def test_an_organisation_without_units_is_one_unit(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "plain.toml"
    path.write_text(survey_text().replace('unit = "team"\n', ""), encoding="utf-8")
    assert read(person(team="whatever"), of=read_survey(path))[0].path == ()


@pytest.mark.parametrize("content", [b"", b"\n", b"year,team\n", b"PK\x03\x04", b"\xff\xfea", b"year,team\n2026,\0\n"])
def test_what_is_no_table_is_refused(content: bytes, tmp_path: Path, survey: Survey) -> None:
    path = tmp_path / "roster.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"roster\.csv"):
        read_invited(path, survey)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.lists(st.text(max_size=12), min_size=len(COLUMNS), max_size=len(COLUMNS)))
def test_any_row_is_a_person_or_one_sentence(cells: list[str], read: Read) -> None:
    row = tuple(cell.encode("utf-8", "replace").decode() for cell in cells)
    try:
        (found,) = read(("2026", *row[1:]))
    except InputError as refused:
        assert str(refused).count("roster.csv") == 1
        return
    assert found.channel in CHANNELS and found.language in ("nl", "en")
    assert found.email or found.channel != "mail"
    assert all(found.path)
