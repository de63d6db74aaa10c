"""Invented surveys and answers in memory, for reports about organisations of any size and shape."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np

from analysis.benchmark.figures import load_figures
from analysis.dataset import Dataset, Headcount, missing_code
from analysis.results import Results, analyse
from analysis.survey import Category, Cut, Survey
from instruments.loading import instrument_from_table, load_catalogue
from instruments.model import Compare, Instrument, Item
from instruments.questionnaire import build_questionnaire

#: Everything in the catalogue that can be asked without a licensed pack, in the order of the demo.
ASKABLE = (
    "mental-fatigue", "workload", "autonomy", "job-strain", "recovery", "support", "example", "dialogue",
    "work-home", "balance", "care", "diligence",
)  # fmt: skip

AGES = Cut(
    "age",
    "age",
    {"nl": "Leeftijd", "en": "Age"},
    (
        Category("young", {"nl": "tot 45 jaar", "en": "under 45"}),
        Category("old", {"nl": "45 jaar en ouder", "en": "45 and over"}),
    ),
)

UNITS = ("Aanleg", "Beheer", "Onderzoek")


def canteen(questions: int = 3, topic: str = "de kantine") -> Instrument:
    """An organisation's own instrument of single questions with a share and a mean."""
    keys = [f"own_{number:02}" for number in range(1, questions + 1)]
    labels = {"agree": {str(code): f"{code}." for code in range(1, 6)}}
    return instrument_from_table(
        {
            "id": "own-questions",
            "item_measures": {"at_least": 4, "higher_is": "better"},
            "scales": {"agree": {"values": [1, 2, 3, 4, 5]}},
            "items": [{"key": key, "scale": "agree"} for key in keys],
            "texts": {
                "nl": {
                    "title": f"Over {topic}",
                    "scales": labels,
                    "items": {key: {"text": f"Vraag {key} over {topic}.", "short": f"vraag {key}"} for key in keys},
                },
                "en": {
                    "title": f"About {topic}",
                    "scales": labels,
                    "items": {key: {"text": f"Question {key}.", "short": f"question {key}"} for key in keys},
                },
            },
        },
        "survey.toml",
    )


def invent_survey(
    instruments: Sequence[str] = ASKABLE,
    own: Sequence[Instrument] = (),
    *,
    cuts: tuple[Cut, ...] = (AGES,),
    earlier: tuple[str, ...] = (),
    organisation: str = "Voorbeeld BV",
    title: str = "Werk en energie",
    synthetic: bool = True,
) -> Survey:
    """A survey of catalogue instruments by id, with ``own`` ones after them."""
    return Survey(
        organisation=organisation,
        title={"nl": title, "en": title},
        wave="2026",
        earlier=earlier,
        fieldwork_from=dt.date(2026, 3, 2),
        fieldwork_to=dt.date(2026, 3, 20),
        synthetic=synthetic,
        k=10,
        levels=None,
        questionnaire=build_questionnaire(list(instruments), list(own)),
        cuts=cuts,
        parents={},
        unit_column="unit",
        id_column=None,
        wave_column="wave" if earlier else None,
        ignored_columns=frozenset(),
    )


def invent_answers(
    survey: Survey, people: int, *, units: Sequence[str] = UNITS, roster: bool = True, seed: int = 1
) -> list[Dataset]:
    """Answers of ``people`` for each wave, along the routing; with ``roster`` half as many again were invited."""
    rng = np.random.default_rng(seed)
    return [_invent_wave(survey, wave, people, tuple(units), roster, rng) for wave in survey.waves]


def _invent_wave(
    survey: Survey, wave: str, people: int, units: tuple[str, ...], roster: bool, rng: np.random.Generator
) -> Dataset:
    leaning = rng.normal(0, 0.8, people)
    codes: dict[str, np.ndarray] = {}
    for item in survey.questionnaire.items:
        codes[item.key] = _answers_to(item, leaning, codes, rng)
    unit = rng.integers(0, len(units), people) if units else np.full(people, -1)
    cuts = {cut.key: rng.integers(0, len(cut.categories), people).astype(np.int16) for cut in survey.cuts}
    headcount = None
    if roster:
        sizes = {(name,): int((unit == place).sum() * 3 // 2) for place, name in enumerate(units)}
        total = sum(sizes.values()) or people * 3 // 2
        by_cut = {
            cut.key: {c.key: int((cuts[cut.key] == place).sum() * 3 // 2) for place, c in enumerate(cut.categories)}
            for cut in survey.cuts
        }
        headcount = Headcount(total, sizes, by_cut)
    return Dataset(wave, people, codes, tuple((name,) for name in units), unit.astype(np.int32), cuts, headcount)


def _answers_to(item: Item, leaning: np.ndarray, known: dict[str, np.ndarray], rng: np.random.Generator) -> np.ndarray:
    values = np.array(
        range(item.scale.values[0], item.scale.values[-1] + 1) if item.scale.numeric else item.scale.values
    )
    place = (0.5 + 0.25 * (leaning + rng.normal(0, 1, leaning.size))) * len(values)
    answers = values[np.clip(place, 0, len(values) - 1).astype(int)].astype(np.int16)
    missing = missing_code(answers.dtype)
    answers[rng.random(leaning.size) < 0.02] = missing
    if isinstance(item.shown_if, Compare):
        answers[known[item.shown_if.item] != item.shown_if.value] = missing
    return answers


def invent_results(survey: Survey, people: int, **options: object) -> Results:
    """The analysis of invented answers."""
    return analyse(survey, invent_answers(survey, people, **options), load_figures())  # type: ignore[arg-type]


def askable() -> list[str]:
    """Ids of catalogue instruments with texts of their own, and with whatever they need."""
    return [key for key, instrument in load_catalogue().items() if instrument.usable]
