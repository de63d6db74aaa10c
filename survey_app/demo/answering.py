"""From states to answers: who takes part, what they tick and what they skip."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt

import numpy as np

from survey_app.demo import parameters as p
from survey_app.demo.organisation import DIVISIONS, Team
from survey_app.demo.people import BoolArray, FloatArray, IntArray, People
from survey_app.demo.states import Care, cut_points, draw_codes, personal_part

#: No answer: skipped, or not asked.
NO_ANSWER = -1

Answers = dict[str, IntArray]


def choose_respondents(
    people: People,
    states: Mapping[str, FloatArray],
    teams: tuple[Team, ...],
    team_effect: FloatArray,
    wave: str,
    rng: np.random.Generator,
) -> BoolArray:
    """Who takes part, shape ``(n,)``."""
    by_team = np.array([DIVISIONS[team.division].response for team in teams]) + p.RESPONSE_TEAM * team_effect
    readiness: FloatArray = (
        p.RESPONSE[wave]
        + by_team[people.team]
        + np.array(p.RESPONSE_BY_AGE)[people.age]
        + p.RESPONSE_FLEXIBLE * people.flexible
        + p.RESPONSE_TIRED * states["fatigue"]
        + personal_part(people, "response", rng)
    )
    return readiness > 0


def answer_everything(states: Mapping[str, FloatArray], care: Care, rng: np.random.Generator) -> Answers:
    """What people would answer if they skipped nothing, in the order of the questionnaire.

    Routing is respected: who is not asked has :data:`NO_ANSWER`.
    """
    n = care.now.size
    answers: Answers = {q.key: _tick(q, states, rng) for q in p.QUESTIONS_BEFORE_CARE}
    answers["care_past_year"] = care.past_year.astype(np.int64)
    answers["care_now"] = np.where(care.past_year, care.now, NO_ANSWER)
    answers["care_hours"] = np.where(care.now, care.hours, NO_ANSWER)
    answers["care_duration"] = np.where(care.now, care.duration, NO_ANSWER)
    for question in p.QUESTIONS_ON_CARE:
        answers[question.key] = np.where(care.now, _tick(question, states, rng), NO_ANSWER)
    for key, wanted in _choose_help(states, rng).items():
        answers[key] = np.where(care.now, wanted, NO_ANSWER)
    shares = dict(enumerate(p.DILIGENCE_SHARES, start=1))
    answers["diligence_serious"] = draw_codes(shares, n, rng)
    return answers


def leave_gaps(answers: Answers, rng: np.random.Generator) -> Answers:
    """The same answers with skipped items and, after some point, of people who stopped, none.

    A question behind a skipped one is not asked either, and what would help is one screen that
    is skipped as a whole.
    """
    keys = list(answers)
    n = answers[keys[0]].size
    carelessness = rng.gamma(p.SKIPPING_SHAPE, 1 / p.SKIPPING_SHAPE, n)
    low, high = (round(part * len(keys)) for part in p.BREAK_OFF_RANGE)
    reached = np.where(rng.random(n) < p.BREAK_OFF, rng.integers(low, high, n), len(keys))
    skips_help = rng.random(n) < _skipping(HELP_KEYS[0]) * carelessness
    kept: Answers = {}
    for place, key in enumerate(keys):
        skipped = rng.random(n) < _skipping(key) * carelessness
        if key in HELP_KEYS:
            skipped = skips_help
        kept[key] = np.where(skipped | (place >= reached), NO_ANSWER, answers[key])
    _respect_routing(kept)
    return kept


#: The items on what would help, the one for "nothing" last.
HELP_KEYS: tuple[str, ...] = (*p.HELP_SHARES, p.HELP_NONE)
_BEHIND_CARE_NOW: tuple[str, ...] = (
    "care_hours", "care_duration", *(question.key for question in p.QUESTIONS_ON_CARE), *HELP_KEYS,
)  # fmt: skip


def _tick(question: p.Question, states: Mapping[str, FloatArray], rng: np.random.Generator) -> IntArray:
    state = states[question.state]
    heard = question.loading * state + sqrt(1 - question.loading**2) * rng.standard_normal(state.size)
    return question.first + np.searchsorted(cut_points(question.shares), heard)


def _choose_help(states: Mapping[str, FloatArray], rng: np.random.Generator) -> Answers:
    chosen: Answers = {}
    for key, share in p.HELP_SHARES.items():
        limit = cut_points((1 - share, share))[0]
        wish = p.HELP_BY_BURDEN * states["burden"] + rng.standard_normal(states["burden"].size)
        chosen[key] = (wish > limit).astype(np.int64)
    chosen[p.HELP_NONE] = 1 - np.stack(list(chosen.values())).max(axis=0)
    return chosen


def _skipping(key: str) -> float:
    longest = max((start for start in p.SKIPPED if key.startswith(start)), key=len)
    return p.SKIPPED[longest]


def _respect_routing(answers: Answers) -> None:
    """Empties what is not asked because the answer before it is missing."""
    answers["care_now"] = np.where(answers["care_past_year"] == 1, answers["care_now"], NO_ANSWER)
    for key in _BEHIND_CARE_NOW:
        answers[key] = np.where(answers["care_now"] == 1, answers[key], NO_ANSWER)
