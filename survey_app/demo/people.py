"""Who works there in each wave: team, age, sex and contract, with some turnover in between."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from survey_app.demo import parameters as p
from survey_app.demo.organisation import DIVISIONS, Team

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class People:
    """Everyone invited in one wave; arrays of shape ``(n,)``, traits of shape ``(n, traits)``.

    ``team`` and ``age`` are places in the list of teams and in :data:`parameters.AGES`.
    ``traits`` are what someone carries along from year to year, standard normal and
    independent, one for each name in :data:`parameters.TRAITS`.
    """

    team: IntArray
    age: IntArray
    woman: BoolArray
    flexible: BoolArray
    traits: FloatArray

    @property
    def n(self) -> int:
        """The number of people."""
        return int(self.team.size)


def hire_people(teams: tuple[Team, ...], vacancies: IntArray, rng: np.random.Generator) -> People:
    """New people for the given number of vacancies in each team."""
    team = np.repeat(np.arange(len(teams)), vacancies)
    division = np.array([t.division for t in teams])[team]
    age_shares = np.tile(p.AGE_SHARES, (len(DIVISIONS), 1))
    age_shares[:, :3] *= np.array([[d.younger] for d in DIVISIONS])
    steps = np.cumsum(age_shares, axis=1) / age_shares.sum(axis=1, keepdims=True)
    age = (rng.random(team.size)[:, None] > steps[division, :-1]).sum(axis=1)
    flexible = np.array(p.FLEXIBLE_SHARES)[age] * np.array([d.flexible for d in DIVISIONS])[division]
    return People(
        team=team,
        age=age,
        woman=rng.random(team.size) < np.array([d.women for d in DIVISIONS])[division],
        flexible=rng.random(team.size) < flexible,
        traits=rng.standard_normal((team.size, len(p.TRAITS))),
    )


def staff_first_wave(teams: tuple[Team, ...], rng: np.random.Generator) -> People:
    """The people of the first wave: each team as large as later, give or take a few."""
    sizes = np.array([team.size for team in teams])
    change = rng.integers(-p.SIZE_CHANGE, p.SIZE_CHANGE, size=sizes.size, endpoint=True)
    return hire_people(teams, sizes + np.where(sizes > p.FIXED_BELOW, change, 0), rng)


def staff_next_wave(earlier: People, teams: tuple[Team, ...], rng: np.random.Generator) -> People:
    """The people a year later: some have left, others grew older, and every team is full again."""
    leaving = np.where(earlier.flexible, p.LEAVE_FLEXIBLE, p.LEAVE_PERMANENT)
    leaving = np.where(earlier.age == len(p.AGES) - 1, p.LEAVE_OLDEST, leaving)
    stays = rng.random(earlier.n) >= leaving
    sizes = np.array([team.size for team in teams])
    for number, size in enumerate(sizes):
        surplus = np.flatnonzero(stays & (earlier.team == number))[size:]
        stays[surplus] = False
    older = np.minimum(earlier.age + (rng.random(earlier.n) < 1 / p.YEARS_IN_BAND), len(p.AGES) - 1)
    fixed = earlier.flexible & (rng.random(earlier.n) >= p.BECOMES_PERMANENT)
    stayers = replace(earlier, age=older, flexible=fixed)
    vacancies = sizes - np.bincount(earlier.team[stays], minlength=sizes.size)
    newcomers = hire_people(teams, vacancies, rng)
    return People(
        team=np.concatenate([stayers.team[stays], newcomers.team]),
        age=np.concatenate([stayers.age[stays], newcomers.age]),
        woman=np.concatenate([stayers.woman[stays], newcomers.woman]),
        flexible=np.concatenate([stayers.flexible[stays], newcomers.flexible]),
        traits=np.concatenate([stayers.traits[stays], newcomers.traits]),
    )
