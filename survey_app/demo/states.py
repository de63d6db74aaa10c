"""The states behind the answers: demands, autonomy, fatigue and so on, for everyone invited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import sqrt
from statistics import NormalDist

import numpy as np

from survey_app.demo import parameters as p
from survey_app.demo.organisation import DIVISIONS, Team
from survey_app.demo.people import BoolArray, FloatArray, IntArray, People


@dataclass(frozen=True)
class Care:
    """Who gives care in one wave; arrays of shape ``(n,)``.

    ``hours`` and ``duration`` are answer codes, meaningful where ``now`` is true.
    """

    past_year: BoolArray
    now: BoolArray
    hours: IntArray
    duration: IntArray

    @property
    def load(self) -> FloatArray:
        """The hours in standardised steps; 0 for people who give no care."""
        steps = np.searchsorted(np.array(list(p.CARE_HOURS)), self.hours)
        return np.where(self.now, (steps - p.CARE_LOAD_MEAN) * p.CARE_LOAD_STEP, 0.0)


@cache
def cut_points(shares: tuple[float, ...]) -> FloatArray:
    """Where a standard normal has to be cut to get categories with these shares."""
    normal = NormalDist()
    return np.array([normal.inv_cdf(min(sum(shares[: k + 1]), 1 - 1e-12)) for k in range(len(shares) - 1)])


def draw_codes(shares: Mapping[int, float], n: int, rng: np.random.Generator) -> IntArray:
    """``n`` independent codes with these shares."""
    steps = np.cumsum(list(shares.values()))[:-1]
    return np.array(list(shares))[np.searchsorted(steps, rng.random(n))]


def draw_care(people: People, rng: np.random.Generator) -> Care:
    """Who gives care now, who did in the past year, and how much."""
    shares = np.where(people.woman, np.array(p.CARE_SHARES_WOMEN)[people.age], np.array(p.CARE_SHARES_MEN)[people.age])
    limits = np.array([NormalDist().inv_cdf(share) for share in shares.tolist()])
    now = personal_part(people, "care", rng) < limits
    return Care(
        past_year=now | (rng.random(people.n) < p.CARE_ENDED),
        now=now,
        hours=draw_codes(p.CARE_HOURS, people.n, rng),
        duration=draw_codes(p.CARE_DURATION, people.n, rng),
    )


def personal_part(people: People, trait: str, rng: np.random.Generator) -> FloatArray:
    """A standard normal for each person, which partly returns in the next wave."""
    lasting = people.traits[:, p.TRAITS.index(trait)]
    return sqrt(p.STABLE) * lasting + sqrt(1 - p.STABLE) * rng.standard_normal(people.n)


def draw_team_effects(teams: tuple[Team, ...], rng: np.random.Generator) -> dict[str, FloatArray]:
    """The lasting effect of each team on each state that has one, standard normal."""
    return {e.state: rng.standard_normal(len(teams)) for e in p.EQUATIONS if e.team}


def work_out_states(
    people: People,
    care: Care,
    teams: tuple[Team, ...],
    lasting: Mapping[str, FloatArray],
    wave: str,
    rng: np.random.Generator,
) -> dict[str, FloatArray]:
    """Every state of :data:`parameters.EQUATIONS`, shape ``(n,)``, with a mean near 0 and variance near 1."""
    given = {"woman": people.woman, "flexible": people.flexible, "carer": care.now}
    states = {name: who.astype(np.float64) - p.CAUSE_MEANS[name] for name, who in given.items()}
    states["care_load"] = care.load
    for equation in p.EQUATIONS:
        name = equation.state
        value = equation.personal * personal_part(people, name, rng)
        value += _unit_effects(equation, people, teams, lasting, rng)
        if name in p.AGE_EFFECTS:
            value += np.array(p.AGE_EFFECTS[name])[people.age]
        value += p.WAVE_EFFECTS[wave].get(name, 0.0)
        for cause, weight in equation.causes.items():
            value += weight * states[cause]
        states[name] = value
        if name == "autonomy":
            states["strain"] = -states["demands"] * states["autonomy"] - p.CAUSE_MEANS["strain"]
        if name == "burden":
            states["heavy"] = np.where(care.now, states["burden"], 0.0)
    return states


def _unit_effects(
    equation: p.Equation,
    people: People,
    teams: tuple[Team, ...],
    lasting: Mapping[str, FloatArray],
    rng: np.random.Generator,
) -> FloatArray:
    """The effect of division and team, centred: the organisation's own level is not left to chance."""
    effect = np.array([DIVISIONS[team.division].effects.get(equation.state, 0.0) for team in teams])
    if equation.team:
        fresh = rng.standard_normal(len(teams))
        effect += equation.team * (sqrt(p.TEAM_STABLE) * lasting[equation.state] + sqrt(1 - p.TEAM_STABLE) * fresh)
    of_person: FloatArray = effect[people.team]
    of_person -= of_person.mean()
    return of_person
