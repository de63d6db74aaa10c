"""Invented companies of any size, the same on every run: who works where, and who answered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.units import UnitPath

Codes = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: Employees to a team and teams to a department, on average.
TEAM_SIZE, DEPARTMENT_TEAMS = 12, 3

#: Part of the employees who answer.
RESPONSE = 0.75

SEXES = ("women", "men")
AGES = ("under 25", "25-34", "35-44", "45-54", "55 or over")

#: Part of the employees in each age band, about that of a working population.
_AGE_SHARES = (0.11, 0.22, 0.23, 0.23, 0.21)

#: Spread of the logarithm of team sizes: one team in ten is less than half as large as the middle one.
_SIZE_SPREAD = 0.6

#: The share of women differs by team as in a beta distribution with these parameters: 0.55, give or take 0.2.
_WOMEN = (2.75, 2.25)


@dataclass(frozen=True, eq=False)
class Company:
    """The employees of a company. Arrays have shape ``(employees,)``.

    ``paths`` are the teams as (department, team) and ``team`` indexes into them; ``department`` numbers the
    departments in order of first appearance. ``sex`` and ``age`` index into :data:`SEXES` and :data:`AGES`.
    """

    paths: tuple[UnitPath, ...]
    team: Codes
    department: Codes
    sex: Codes
    age: Codes
    answered: Flags

    @property
    def employees(self) -> int:
        """How many people work here."""
        return int(self.team.size)


def invent_company(employees: int, seed: int = 1) -> Company:
    """A company with teams of uneven sizes, a few of one person; departments have two teams or more.

    A department of one team would be the same group twice; the roster would name it once.
    """
    rng = np.random.default_rng((20261005, seed))
    teams = max(2, round(employees / TEAM_SIZE))
    weights = rng.lognormal(0.0, _SIZE_SPREAD, teams)
    # Everybody has a team and every team has somebody; the others are spread by weight.
    team = np.concatenate([np.arange(teams), rng.choice(teams, max(0, employees - teams), p=weights / weights.sum())])
    department_of = _departments(teams, rng)
    women = rng.beta(*_WOMEN, teams)
    return Company(
        paths=tuple((f"D{department_of[t] + 1}", f"D{department_of[t] + 1} T{t + 1}") for t in range(teams)),
        team=team,
        department=department_of[team],
        sex=(rng.random(team.size) >= women[team]).astype(np.int64),
        age=rng.choice(len(AGES), team.size, p=_AGE_SHARES),
        answered=rng.random(team.size) < RESPONSE,
    )


def _departments(teams: int, rng: np.random.Generator) -> Codes:
    """For each team its department: neighbours, at least two, and about three on average."""
    departments = max(1, round(teams / DEPARTMENT_TEAMS))
    spread = rng.multinomial(teams - 2 * departments, np.full(departments, 1 / departments))
    return np.repeat(np.arange(departments), 2 + spread)
