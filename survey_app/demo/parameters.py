"""Every number behind the demo, except the divisions: chosen to look like a Dutch care group.

The values were found by generating many organisations and comparing the average with the
levels in ``docs/demo.md``; no single sample was adjusted afterwards. Units: shares are
fractions of 1; effects are in standard deviations of the state they act on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

WAVES: tuple[str, str] = ("2025", "2026")

# --- Who works there ---------------------------------------------------------------------

#: The age bands of the official figures.
AGES: tuple[str, ...] = ("15-24", "25-34", "35-44", "45-54", "55-64", "65-74")
AGE_SHARES: tuple[float, ...] = (0.10, 0.20, 0.20, 0.22, 0.24, 0.04)
FLEXIBLE_SHARES: tuple[float, ...] = (0.55, 0.22, 0.13, 0.10, 0.07, 0.40)
LEAVE_PERMANENT = 0.11
LEAVE_FLEXIBLE = 0.32
#: Of the oldest band, and instead of the two above.
LEAVE_OLDEST = 0.55
BECOMES_PERMANENT = 0.25
YEARS_IN_BAND = 10
#: Teams above FIXED_BELOW people had up to SIZE_CHANGE people more or fewer in the first wave.
SIZE_CHANGE = 2
FIXED_BELOW = 9

# --- States: what people do not say themselves, but what their answers follow from --------

#: The share of the personal part of a state that stays the same from one year to the next.
STABLE = 0.6
#: The share of a team's effect that does.
TEAM_STABLE = 0.7


@dataclass(frozen=True)
class Equation:
    """One state: the sum of its causes, a team effect and a personal part.

    ``team`` and ``personal`` are standard deviations; the personal part is chosen such that
    the state has a variance of about 1 over all people.
    """

    state: str
    causes: Mapping[str, float] = field(default_factory=dict)
    team: float = 0.0
    personal: float = 1.0


#: In the order in which they are worked out. Besides earlier states, causes may be ``woman``,
#: ``flexible`` and ``carer`` (0 or 1), ``care_load`` (hours, standardised, 0 for others),
#: ``strain`` (demands × minus autonomy) and ``heavy`` (burden among carers, 0 for others).
EQUATIONS: tuple[Equation, ...] = (
    Equation("demands", {"flexible": -0.10}, team=0.28, personal=0.93),
    Equation("autonomy", {"demands": -0.38, "flexible": -0.25}, team=0.24, personal=0.82),
    Equation("leadership", {"demands": -0.10}, team=0.35, personal=0.92),
    Equation("support", {"leadership": 0.50, "demands": -0.25, "autonomy": 0.10}, personal=0.78),
    Equation("example", {"leadership": 0.65, "demands": -0.15}, personal=0.73),
    Equation("dialogue", {"leadership": 0.55, "support": 0.15, "carer": -0.15}, personal=0.76),
    Equation(
        "recovery",
        {"demands": -0.40, "autonomy": 0.15, "example": 0.25, "carer": -0.15},
        personal=0.81,
    ),
    Equation("burden", {"care_load": 0.55, "demands": 0.15, "woman": 0.10}, personal=0.80),
    Equation(
        "fatigue",
        {
            "demands": 0.28, "autonomy": -0.17, "strain": 0.05, "recovery": -0.12, "support": -0.12,
            "carer": 0.30, "heavy": 0.15, "woman": 0.10,
        },
        personal=0.80,
    ),
    Equation(
        "work_to_home",
        {"demands": 0.30, "fatigue": 0.35, "carer": 0.35, "recovery": -0.15},
        personal=0.74,
    ),
    Equation("home_to_work", {"carer": 0.40, "heavy": 0.25, "fatigue": 0.25}, personal=0.94),
    Equation(
        "balance",
        {"work_to_home": -0.40, "home_to_work": -0.15, "fatigue": -0.15, "dialogue": 0.15, "autonomy": 0.10},
        personal=0.78,
    ),
    Equation("silence", {"dialogue": -0.45, "heavy": -0.15}, personal=0.89),
)  # fmt: skip

#: What is subtracted from causes that are no states, so that every state averages to about 0.
CAUSE_MEANS: Mapping[str, float] = {"woman": 0.82, "flexible": 0.13, "carer": 0.17, "strain": 0.33}

#: One number for each age band.
AGE_EFFECTS: Mapping[str, tuple[float, ...]] = {
    "demands": (-0.15, 0.08, 0.08, 0.03, -0.05, -0.25),
    "autonomy": (-0.30, -0.05, 0.05, 0.08, 0.05, 0.05),
    "fatigue": (0.10, 0.28, 0.05, -0.08, -0.15, -0.45),
}

#: How the first wave differed from the second: a little less tired, and talked less.
WAVE_EFFECTS: Mapping[str, Mapping[str, float]] = {
    "2025": {"fatigue": -0.11, "dialogue": -0.21},
    "2026": {},
}

#: The parts of a person that last: one for each state, for caring and for taking part.
TRAITS: tuple[str, ...] = (*(equation.state for equation in EQUATIONS), "care", "response")

# --- Caring for someone -------------------------------------------------------------------

#: The share that gives care now, by age band; the age pattern is that of the Dutch health
#: monitor 2022, the level that of a workforce of mostly women.
CARE_SHARES_WOMEN: tuple[float, ...] = (0.06, 0.08, 0.14, 0.25, 0.29, 0.20)
CARE_SHARES_MEN: tuple[float, ...] = (0.04, 0.05, 0.09, 0.16, 0.19, 0.15)
#: Of those who do not give care now, how many did so in the past year.
CARE_ENDED = 0.075
#: Codes and shares of hours a week and of months so far, among those who give care now.
CARE_HOURS: Mapping[int, float] = {0: 0.30, 4: 0.38, 8: 0.19, 16: 0.09, 32: 0.04}
CARE_DURATION: Mapping[int, float] = {0: 0.04, 3: 0.20, 12: 0.46, 60: 0.30}
#: The place of a code minus CARE_LOAD_MEAN, times CARE_LOAD_STEP, is the standardised load.
CARE_LOAD_MEAN = 1.19
CARE_LOAD_STEP = 0.92
#: What would help: share of carers who tick it, and the shift in that for a burden one higher.
HELP_SHARES: Mapping[str, float] = {
    "care_help_hours": 0.42, "care_help_home": 0.16, "care_help_leave": 0.30, "care_help_fewer": 0.13,
    "care_help_talk": 0.27, "care_help_information": 0.20,
}  # fmt: skip
HELP_BY_BURDEN = 0.25
HELP_NONE = "care_help_none"

# --- Answers ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Question:
    """How one item follows from a state.

    ``shares`` are the shares of the codes ``first``, ``first + 1``, … in a population with a
    standard normal state; ``loading`` is the correlation of state and answer before coding.
    """

    key: str
    state: str
    loading: float
    shares: tuple[float, ...]
    first: int = 1


def _same(state: str, loading: float, **shares: tuple[float, ...]) -> tuple[Question, ...]:
    return tuple(Question(key, state, loading, share) for key, share in shares.items())


#: In the order in which they are asked.
QUESTIONS_BEFORE_CARE: tuple[Question, ...] = (
    *_same(
        "fatigue", 0.85,
        fatigue_used_up=(0.22, 0.37, 0.18, 0.12, 0.06, 0.04, 0.01),
        fatigue_empty=(0.15, 0.32, 0.20, 0.15, 0.08, 0.07, 0.03),
        fatigue_morning=(0.18, 0.32, 0.19, 0.15, 0.08, 0.06, 0.02),
        fatigue_people=(0.26, 0.34, 0.18, 0.12, 0.05, 0.04, 0.01),
        fatigue_exhausted=(0.28, 0.38, 0.17, 0.10, 0.04, 0.02, 0.01),
    ),
    *_same(
        "demands", 0.80,
        workload_fast=(0.08, 0.51, 0.31, 0.10),
        workload_much=(0.07, 0.47, 0.35, 0.11),
        workload_hard=(0.10, 0.54, 0.29, 0.07),
    ),
    *_same(
        "autonomy", 0.72,
        autonomy_how=(0.11, 0.35, 0.54),
        autonomy_order=(0.11, 0.31, 0.58),
        autonomy_pace=(0.15, 0.34, 0.51),
        autonomy_solutions=(0.04, 0.28, 0.68),
        autonomy_leave=(0.14, 0.38, 0.48),
        autonomy_hours=(0.46, 0.33, 0.21),
        autonomy_place=(0.73, 0.17, 0.10),
    ),
    *_same(
        "recovery", 0.70,
        recovery_breaks=(0.09, 0.21, 0.24, 0.34, 0.12),
        recovery_days_off=(0.06, 0.18, 0.23, 0.38, 0.15),
        recovery_unreachable=(0.07, 0.18, 0.23, 0.36, 0.16),
        recovery_leave=(0.04, 0.14, 0.24, 0.41, 0.17),
    ),
    *_same(
        "support", 0.70,
        support_manager=(0.05, 0.12, 0.23, 0.43, 0.17),
        support_colleagues=(0.02, 0.05, 0.16, 0.51, 0.26),
        support_professional=(0.05, 0.14, 0.28, 0.39, 0.14),
    ),
    *_same(
        "example", 0.75,
        example_limits=(0.07, 0.19, 0.32, 0.33, 0.09),
        example_leave=(0.05, 0.15, 0.32, 0.37, 0.11),
        example_evenings=(0.08, 0.20, 0.31, 0.32, 0.09),
    ),
    *_same(
        "dialogue", 0.72,
        dialogue_balance=(0.04, 0.13, 0.24, 0.43, 0.16),
        dialogue_home=(0.05, 0.14, 0.26, 0.40, 0.15),
        dialogue_whom=(0.05, 0.15, 0.23, 0.42, 0.15),
    ),
    Question("home_work_to_home", "work_to_home", 0.85, (0.35, 0.56, 0.075, 0.015)),
    Question("home_home_to_work", "home_to_work", 0.85, (0.62, 0.35, 0.025, 0.005)),
    Question("balance_satisfied", "balance", 0.85, (0.03, 0.12, 0.20, 0.48, 0.17)),
)  # fmt: skip

#: Asked of those who give care now only. In ``care_known`` a higher code means fewer people.
QUESTIONS_ON_CARE: tuple[Question, ...] = (
    Question("care_burden", "burden", 0.90, (0.32, 0.47, 0.14, 0.05, 0.02)),
    Question("care_known", "silence", 0.80, (0.53, 0.28, 0.19)),
)

#: The shares of the three answers to ``diligence_serious``; no state decides on it.
DILIGENCE_SHARES: tuple[float, ...] = (0.93, 0.06, 0.01)

# --- Who does not answer --------------------------------------------------------------------

#: Readiness to take part: above 0 means yes; the personal part is standard normal.
RESPONSE: Mapping[str, float] = {"2025": 0.36, "2026": 0.41}
RESPONSE_BY_AGE: tuple[float, ...] = (-0.40, -0.15, 0.00, 0.10, 0.20, 0.10)
RESPONSE_FLEXIBLE = -0.35
RESPONSE_TIRED = -0.06
RESPONSE_TEAM = 0.20
#: The share of respondents who leave their sex empty.
SEX_WITHHELD = 0.02
#: The share that stops halfway, and the places in the questionnaire where they do.
BREAK_OFF = 0.02
BREAK_OFF_RANGE = (0.4, 0.55)
#: The chance that an item is skipped, by the beginning of its name; the longest match counts.
SKIPPED: Mapping[str, float] = {
    "": 0.010, "fatigue_": 0.012, "example_": 0.015, "dialogue_": 0.018, "home_": 0.020,
    "care_": 0.030, "care_burden": 0.040, "care_known": 0.045,
}  # fmt: skip
#: Skipping runs in persons: the chance is multiplied by a gamma draw with mean 1 and this shape.
SKIPPING_SHAPE = 0.6
