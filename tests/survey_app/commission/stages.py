"""A small survey on its way, stopped at each stage: 46 people in two units, with every key in reach of the test.

Each stage is made once a process, from the one before, and copied for every test that begins there.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, get_args

import pytest
from flask import Flask
from flask.testing import FlaskClient

from survey_app.anonymity import council, opening
from survey_app.anonymity.client import Respondent, load_booth
from survey_app.anonymity.codes import derive_token
from survey_app.anonymity.issuing import IssuerKey
from survey_app.anonymity.manifest import Manifest
from survey_app.application import create_app
from survey_app.commission import lifecycle
from survey_app.commission.commissioning import Files, Wishes, commission_survey
from survey_app.commission.releasing import release_survey
from survey_app.config import Config
from survey_app.stores import BINDS, reading, roster, urn
from survey_app.transport import FlaskTransport
from tests.survey_app.anonymity.keys import issuer_key
from tests.survey_app.conftest import close_databases
from tests.survey_app.running_survey import Calendar
from tests.survey_app.small_survey import ITEMS, SURVEY, as_csv
from tests.survey_app.staff import signed_in

OPENS, CLOSES = dt.date(2026, 10, 5), dt.date(2026, 10, 23)

#: The day on which the urn is opened, and the last one of the objection period.
OPENING = dt.date(2026, 10, 26)

#: How many people work where. Nobody can be found in a team of four, so it joins its division.
TEAMS: Mapping[str, int] = {"Zorg > Noord": 22, "Zorg > Zuid": 4, "Kantoor": 20}

#: How many of them answer.
ANSWERING: Mapping[str, int] = {"Zorg > Noord": 12, "Zorg > Zuid": 3, "Kantoor": 11}

COLUMNS = ("year", "team", "gender", "email", "name", "language", "channel")

Stage = Literal["promised", "running", "answered", "closed", "opened", "released", "archived"]
STAGES: tuple[Stage, ...] = get_args(Stage)

_PLACES: dict[tuple[int, Stage], Path] = {}


def survey_text() -> str:
    """The survey file: one wave, one instrument, two units."""
    text = SURVEY.replace('earlier_waves = ["2025"]\n', "")
    return text.replace('"Team Noord" = "Zorg"\n"Team Zuid" = "Zorg"\n', "")


def roster_rows() -> list[tuple[str, ...]]:
    """Everybody who is invited; one in eight gets a letter and has no address."""
    rows = []
    for team, people in TEAMS.items():
        for number in range(people):
            name = f"{team.rpartition(' ')[2]} {number}"
            by_letter = number % 8 == 7
            email = "" if by_letter else f"{name.replace(' ', '.').lower()}@voorbeeld.example"
            sex = "women" if number % 3 else "men"
            language = "en" if number % 5 == 4 else ""
            rows.append(("2026", team, sex, email, f"Persoon {name}", language, "letter" if by_letter else ""))
    return rows


def write_files(folder: Path) -> Files:
    """The survey file and the roster, as HR brings them."""
    folder.mkdir(parents=True, exist_ok=True)
    files = Files(folder / "survey.toml", folder / "roster.csv")
    files.survey.write_text(survey_text(), encoding="utf-8")
    files.roster.write_text(as_csv(COLUMNS, roster_rows()), encoding="utf-8")
    return files


def insecure_keys(first: int = 0) -> Callable[[], IssuerKey]:
    """A maker of issuing keys that are the same in every survey of the tests that begins with the ``first``."""
    places = iter(range(first, first + 100))
    return lambda: issuer_key(next(places))


def council_keys() -> council.CouncilKeys:
    """The keys of the works council of these tests."""
    return council.keys_of(b"a council master")


def wishes(level: int) -> Wishes:
    """What HR chooses for a level."""
    if level == 1:
        return Wishes(1)
    keys = council_keys()
    client = "https://raad.example.nl/peil" if level == 3 else None
    return Wishes(level, keys.opening_key, keys.witness_key, independent_client=client)


@dataclass(frozen=True)
class Underway:
    """An installation in ``folder`` with one survey; ``calendar`` is its clock."""

    app: Flask
    folder: Path
    survey_id: str
    calendar: Calendar

    @property
    def config(self) -> Config:
        """The settings of the installation."""
        return Config(self.folder)

    @cached_property
    def manifest(self) -> Manifest:
        """The promise."""
        with self.app.app_context():
            return lifecycle.promise_of(self.survey_id)[1]

    @property
    def state(self) -> roster.State:
        """Where the survey is now."""
        return self.stored.state

    @property
    def stored(self) -> roster.StoredSurvey:
        """The survey as the roster has it now."""
        with self.app.app_context():
            survey = roster.survey(self.survey_id)
        assert survey is not None
        return survey

    @property
    def accepting(self) -> bool:
        """Whether the urn takes anything in now."""
        with self.app.app_context():
            stored = urn.survey(self.survey_id)
        return stored is not None and stored.accepting

    def as_(self, role: str) -> FlaskClient:
        """A browser of somebody with a role in this survey."""
        return signed_in(self.app, **{self.survey_id: role})

    def people(self) -> list[roster.Invitation]:
        """Everybody invited, in the order of names."""
        with self.app.app_context():
            return sorted(roster.invitations(self.survey_id), key=lambda person: (person.path, person.name))

    def code_of(self, person: roster.Invitation) -> str:
        """The invitation code in force."""
        return derive_token(self.app.extensions["peil.vault"].link_key, person.id, person.reissue_no)

    def respondent(self, person: roster.Invitation) -> Respondent:
        """Somebody with her invitation, in front of the Python client."""
        booth = load_booth(FlaskTransport(self.app.test_client()), self.survey_id)
        return booth.begin(self.code_of(person))

    def take_urn(self) -> str:
        """The urn file."""
        with self.app.app_context():
            return lifecycle.take_urn(self.survey_id)

    def open_urn(self, urn_text: str | None = None) -> opening.Opening:
        """What the council makes of the urn on its own computer."""
        keys = council_keys()
        return opening.open_urn(opening.read_urn(urn_text or self.take_urn()), keys.opening, keys.witness)

    def everything(self) -> dict[str, bytes]:
        """All files but those of databases, and all rows of these, to see that nothing changed."""
        files = {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and not path.name.endswith((".sqlite", "-wal", "-shm"))
        }
        return files | rows_of(self.app)


def rows_of(app: Flask) -> dict[str, bytes]:
    """All rows of all databases, by table."""
    found = {}
    with app.app_context():
        for bind in BINDS:
            with reading(bind) as connection:
                names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars()
                for name in sorted(names):
                    rows = connection.exec_driver_sql(f"SELECT * FROM {name}").all()
                    found[f"{bind}: {name}"] = repr(sorted(map(tuple, rows), key=repr)).encode()
    return found


def opened_installation(folder: Path, survey_id: str, day: dt.date) -> Underway:
    """The installation in ``folder``, on ``day``."""
    calendar = Calendar(day)
    return Underway(create_app(Config(folder), calendar), folder, survey_id, calendar)


def commission(app: Flask, files: Files, level: int, day: dt.date) -> Manifest:
    """A new survey of a level with keys that are quick to make; signed by nobody but a server at level 1."""
    with app.app_context():
        return commission_survey(files, wishes(level), day, lambda *_: None, make_key=insecure_keys())


def answer(survey: Underway, people: Mapping[str, int] = ANSWERING) -> None:
    """Lets so many people of each team answer."""
    booth = load_booth(FlaskTransport(survey.app.test_client()), survey.survey_id)
    for team, count in people.items():
        members = [person for person in survey.people() if " > ".join(person.path) == team]
        for place, person in enumerate(members[:count]):
            respondent = booth.begin(survey.code_of(person))
            respondent.submit({"sex": "women" if place % 3 else "men"}, answers_of(place))
            respondent.done()


def answers_of(place: int) -> dict[str, int]:
    """What somebody answers; every seventh skips a question."""
    answers = {item: 1 + (place * (number + 2) + number) % 7 for number, item in enumerate(ITEMS)}
    if place % 7 == 6:
        del answers[ITEMS[0]]
    return answers


def _promise(survey: Underway, level: int) -> None:
    """Nothing is left to do: a survey begins promised."""


def _run(survey: Underway, level: int) -> None:
    with survey.app.app_context():
        if level > 1:
            lifecycle.accept_witness(survey.survey_id, council.witness_file(council_keys(), survey.manifest))
        lifecycle.start(survey.survey_id)


def _answer(survey: Underway, level: int) -> None:
    answer(survey)


def _close(survey: Underway, level: int) -> None:
    with survey.app.app_context():
        lifecycle.close(survey.survey_id)


def _open(survey: Underway, level: int) -> None:
    survey.calendar.day = OPENING
    with survey.app.app_context():
        if level == 1:
            lifecycle.open_at_server(survey.survey_id, OPENING)
        else:
            lifecycle.accept_opened(survey.survey_id, survey.open_urn().opened_text, OPENING)


def _release(survey: Underway, level: int) -> None:
    with survey.app.app_context():
        release_survey(survey.survey_id, lambda *_: None)


def _archive(survey: Underway, level: int) -> None:
    with survey.app.app_context():
        lifecycle.destroy(survey.survey_id, OPENING + dt.timedelta(days=14))


_STEPS: Mapping[Stage, Callable[[Underway, int], None]] = {
    "promised": _promise,
    "running": _run,
    "answered": _answer,
    "closed": _close,
    "opened": _open,
    "released": _release,
    "archived": _archive,
}


def day_of(stage: Stage) -> dt.date:
    """The day on which a stage is looked at."""
    return OPENING if STAGES.index(stage) >= STAGES.index("opened") else OPENS + dt.timedelta(days=1)


def place_of(level: int, stage: Stage, base: Callable[[str], Path]) -> Path:
    """The folder with a survey of a level at a stage; made when it is not there yet."""
    if (level, stage) not in _PLACES:
        folder = base(f"level-{level}-{stage}") / "data"
        before = STAGES[STAGES.index(stage) - 1] if stage != "promised" else None
        if before is None:
            survey = opened_installation(folder, "", OPENS)
            files = write_files(folder.parent / "files")
            (folder / "survey-id").write_text(commission(survey.app, files, level, OPENS).survey, encoding="utf-8")
        else:
            shutil.copytree(place_of(level, before, base), folder)
            survey_id = (folder / "survey-id").read_text(encoding="utf-8")
            survey = opened_installation(folder, survey_id, day_of(before))
            _STEPS[stage](survey, level)
        close_databases(survey.app)
        _PLACES[level, stage] = folder
    return _PLACES[level, stage]


At = Callable[[int, Stage], Underway]


@pytest.fixture
def at(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[At]:
    """A survey of a level at a stage, in an installation of its own."""
    made: list[Underway] = []

    def begin(level: int, stage: Stage) -> Underway:
        folder = tmp_path / f"installation-{len(made)}"
        shutil.copytree(place_of(level, stage, tmp_path_factory.mktemp), folder)
        survey_id = (folder / "survey-id").read_text(encoding="utf-8")
        made.append(opened_installation(folder, survey_id, day_of(stage)))
        return made[-1]

    yield begin
    for survey in made:
        close_databases(survey.app)
