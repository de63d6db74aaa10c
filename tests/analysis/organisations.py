"""Small organisations made in memory, for tests of what happens after reading."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from analysis.dataset import Dataset, Headcount, missing_code
from analysis.survey import Category, Cut, Survey
from instruments.model import Instrument, Item
from instruments.questionnaire import Questionnaire, build_questionnaire

Answers = Mapping[str, int | None]


def unchecked(instruments: Sequence[Instrument]) -> Questionnaire:
    """A questionnaire of instruments of which the texts may be absent: only their scoring is looked at."""
    return Questionnaire(tuple(instruments), ("nl", "en"))


def column_type(item: Item) -> np.dtype[Any]:
    """The type in which answers to ``item`` are held: small where possible."""
    return np.dtype(np.int8 if max(abs(value) for value in item.scale.values) < 127 else np.int16)


def dataset_of(
    questionnaire: Questionnaire,
    rows: Sequence[Answers],
    *,
    units: Sequence[str | None] | None = None,
    cuts: Mapping[str, Sequence[int]] | None = None,
    wave: str = "2026",
    headcount: Headcount | None = None,
) -> Dataset:
    """A wave in which respondent ``i`` gave the answers ``rows[i]``; ``None`` and absent keys are no answer."""
    codes = {}
    for item in questionnaire.items:
        dtype = column_type(item)
        given = (row.get(item.key) for row in rows)
        codes[item.key] = np.array([missing_code(dtype) if code is None else code for code in given], dtype=dtype)
    places = units if units is not None else [None] * len(rows)
    names = sorted({unit for unit in places if unit is not None})
    return Dataset(
        wave=wave,
        n=len(rows),
        codes=codes,
        paths=tuple((name,) for name in names),
        unit=np.array([-1 if unit is None else names.index(unit) for unit in places], dtype=np.int32),
        cuts={key: np.array(values, dtype=np.int16) for key, values in (cuts or {}).items()},
        headcount=headcount,
    )


def cut_of(key: str, *categories: str) -> Cut:
    """A cut whose names are its keys."""
    names = {"nl": key, "en": key}
    return Cut(key, key, names, tuple(Category(c, {"nl": c, "en": c}) for c in categories))  # type: ignore[arg-type]


def survey_of(
    questionnaire: Questionnaire, *, cuts: Sequence[Cut] = (), k: int = 10, earlier: Sequence[str] = ()
) -> Survey:
    """A survey of 2026 with this questionnaire."""
    return Survey(
        organisation="Werkplaats Zuid",
        title={"nl": "Onderzoek", "en": "Survey"},
        wave="2026",
        earlier=tuple(earlier),
        fieldwork_from=dt.date(2026, 10, 5),
        fieldwork_to=dt.date(2026, 10, 23),
        synthetic=True,
        k=k,
        levels=None,
        questionnaire=questionnaire,
        cuts=tuple(cuts),
        parents={},
        unit_column="unit",
        id_column=None,
        wave_column="wave" if earlier else None,
        ignored_columns=frozenset(),
    )


def random_rows(questionnaire: Questionnaire, n: int, rng: np.random.Generator, silent: float = 0.05) -> list[Answers]:
    """``n`` people who answer at random, each item left open with chance ``silent``; carers are one in four."""
    rows = []
    for _ in range(n):
        row: dict[str, int | None] = {}
        for item in questionnaire.items:
            if rng.random() >= silent:
                row[item.key] = int(rng.choice(item.scale.values))
        if "care_past_year" in row and rng.random() < 0.75:
            row["care_past_year"] = 0
        rows.append(row)
    return rows


#: What random organisations are asked: a scale, job types and caregiving, so that every kind of cell occurs.
ASKED = ("mental-fatigue", "workload", "autonomy", "job-strain", "care")


def random_organisation(seed: int) -> tuple[Survey, tuple[Dataset, ...]]:
    """A small organisation with awkward divisions, two waves and, for even seeds, a roster.

    There are units of one person, units of equal size, a unit in which nobody answered, people
    without a unit and people without a category; some units are of one mind about caring.
    """
    rng = np.random.default_rng(seed)
    questionnaire = build_questionnaire(ASKED)
    cuts = (cut_of("sex", "women", "men"), cut_of("age", "young", "middle", "old", "oldest"))
    survey = survey_of(questionnaire, cuts=cuts, earlier=("2025",))
    equal = int(rng.integers(5, 60))
    sizes = [1, equal, equal, *(int(size) for size in rng.integers(1, 90, size=int(rng.integers(1, 6))))]
    units: list[str | None] = [f"Unit {place}" for place, size in enumerate(sizes) for _ in range(size)]
    units += [None] * int(rng.choice([0, 0, 1, 3, 12, 40]))
    rows = [dict(row) for row in random_rows(questionnaire, len(units), rng, silent=float(rng.choice([0.0, 0.05])))]
    for unit in rng.choice(len(sizes), size=2, replace=False):
        for place, row in enumerate(rows):
            if units[place] == f"Unit {unit}":
                row["care_past_year"] = 0
    n = len(rows)
    sex = rng.choice([0, 1, -1], p=[0.7, 0.28, 0.02] if seed % 3 else [0.5, 0.5, 0.0], size=n)
    age = rng.choice([0, 1, 2, 3, -1], p=[0.3, 0.3, 0.3, 0.06, 0.04], size=n)
    headcount = None
    if seed % 2 == 0:
        invited = {(f"Unit {place}",): size + int(rng.integers(0, 9)) for place, size in enumerate(sizes)}
        invited[("Empty unit",)] = 7
        headcount = Headcount(sum(invited.values()) + 60, invited, {})
    now = dataset_of(questionnaire, rows, units=units, cuts={"sex": sex, "age": age}, headcount=headcount)
    before = random_rows(questionnaire, int(rng.integers(5, 120)), rng)
    nobody = [-1] * len(before)
    earlier = dataset_of(questionnaire, before, cuts={"sex": nobody, "age": nobody}, wave="2025")
    return survey, (earlier, now)
