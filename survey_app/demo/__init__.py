"""An invented care group with two waves of answers, to try everything out on.

``make_demo`` is pure and repeatable: the same seed gives the same bytes. What is in it and how
it was made is described in ``docs/demo.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np

from analysis.units import SEPARATOR
from survey_app.demo import parameters as p
from survey_app.demo.answering import NO_ANSWER, answer_everything, choose_respondents, leave_gaps
from survey_app.demo.organisation import ORGANISATION, Team, list_teams
from survey_app.demo.people import BoolArray, People, staff_first_wave, staff_next_wave
from survey_app.demo.sheets import Sheet, write_whole
from survey_app.demo.states import draw_care, draw_team_effects, work_out_states

__all__ = [
    "DEFAULT_SEED", "ORGANISATION", "PASSPHRASE", "Demo", "DemoFiles", "Employee", "Sheet", "make_demo", "write_demo",
]  # fmt: skip

#: The seed of the demo that is described and shown in the documentation; docs/demo.md says why this one.
DEFAULT_SEED = 197

#: The passphrase of the demo's works council; a real one stands nowhere.
PASSPHRASE = "een peil is geen oordeel"

_ABOUT = ("wave", "unit", "age", "sex", "contract")


@dataclass(frozen=True)
class Employee:
    """Somebody of the last wave: the columns of the roster, and what this person answers, if anything.

    ``about`` and ``answers`` are what a ballot says: categories by cut and codes by item, without what
    was skipped; both None for who does not take part.
    """

    row: tuple[str, ...]
    about: dict[str, str] | None
    answers: dict[str, int] | None


@dataclass(frozen=True)
class Demo:
    """Both waves: ``answers`` has one row a respondent, ``roster`` one row a person invited.

    ``staff`` are the people of the last wave, sorted as on the roster, so that their order tells nothing
    about who answers.
    """

    answers: Sheet
    roster: Sheet
    staff: tuple[Employee, ...]


@dataclass(frozen=True)
class DemoFiles:
    """Where the three files of a demo are."""

    answers: Path
    roster: Path
    survey: Path


def make_demo(seed: int = DEFAULT_SEED) -> Demo:
    """The demo organisation with this seed: its roster and its answers, both waves in one table.

    Rows of ``answers`` are shuffled across waves and carry no identifier; rows of ``roster``
    are sorted. Columns: wave, unit, age, sex and contract, and in ``answers`` every item.
    """
    rng = np.random.default_rng(seed)
    teams = list_teams()
    lasting = draw_team_effects(teams, rng)
    readiness = rng.standard_normal(len(teams))
    people = staff_first_wave(teams, rng)
    invited: list[tuple[str, ...]] = []
    answered: list[tuple[str, ...]] = []
    header: tuple[str, ...] = ()
    for wave in p.WAVES:
        if wave != p.WAVES[0]:
            people = staff_next_wave(people, teams, rng)
        care = draw_care(people, rng)
        states = work_out_states(people, care, teams, lasting, wave, rng)
        takes_part = choose_respondents(people, states, teams, readiness, wave, rng)
        answers = leave_gaps(answer_everything(states, care, rng), rng)
        header = (*_ABOUT, *answers)
        withheld = rng.random(people.n) < p.SEX_WITHHELD
        nobody = np.zeros(people.n, dtype=np.bool_)
        invited += _about(people, teams, wave, nobody)
        codes = np.stack(list(answers.values()), axis=1)
        about = _about(people, teams, wave, withheld)
        rows = {
            place: (*about[place], *("" if code == NO_ANSWER else str(code) for code in codes[place].tolist()))
            for place in np.flatnonzero(takes_part).tolist()
        }
        answered += rows.values()
    order = rng.permutation(len(answered))
    staff = [_employee(row, header, rows.get(place)) for place, row in enumerate(_about(people, teams, wave, nobody))]
    return Demo(
        answers=Sheet(header, tuple(answered[place] for place in order.tolist())),
        roster=Sheet(_ABOUT, tuple(sorted(invited))),
        staff=tuple(sorted(staff, key=lambda employee: employee.row)),
    )


def write_demo(folder: Path, seed: int = DEFAULT_SEED) -> DemoFiles:
    """Writes ``answers.csv``, ``roster.csv`` and ``survey.toml`` into ``folder``, made when absent.

    Files of that name are replaced, each as a whole. Raises ``OSError`` when the folder cannot
    be written.
    """
    demo = make_demo(seed)
    folder.mkdir(parents=True, exist_ok=True)
    files = DemoFiles(folder / "answers.csv", folder / "roster.csv", folder / "survey.toml")
    write_whole(files.answers, demo.answers.as_csv())
    write_whole(files.roster, demo.roster.as_csv())
    write_whole(files.survey, resources.files(__name__).joinpath("survey.toml").read_text(encoding="utf-8"))
    return files


def _employee(row: tuple[str, ...], header: tuple[str, ...], answered: tuple[str, ...] | None) -> Employee:
    if answered is None:
        return Employee(row, None, None)
    said = {column: value for column, value in zip(header, answered, strict=True) if value}
    about = {cut: said.pop(cut) for cut in _ABOUT if cut in said and cut not in ("wave", "unit")}
    return Employee(row, about, {item: int(said[item]) for item in header[len(_ABOUT) :] if item in said})


def _about(people: People, teams: tuple[Team, ...], wave: str, withheld: BoolArray) -> list[tuple[str, ...]]:
    """The columns that are no answers, one row a person."""
    paths = [SEPARATOR.join(team.path) for team in teams]
    sexes = np.where(withheld, "", np.where(people.woman, "women", "men"))
    contracts = np.where(people.flexible, "flexible", "permanent")
    return [
        (wave, paths[team], p.AGES[age], sex, contract)
        for team, age, sex, contract in zip(
            people.team.tolist(), people.age.tolist(), sexes.tolist(), contracts.tolist(), strict=True
        )
    ]
