"""The national figure for people like those who work here: which tables are used, and how certain it is.

Made of released numbers and published ones, so that anybody can do it again. The result is an estimate and
no official figure; the report always shows the official one beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from analysis.benchmark.compare import (
    MARGIN,
    Comparison,
    Difference,
    Estimate,
    difference_between,
    estimate_official,
    estimate_released,
    spread,
)
from analysis.benchmark.figures import Catalogue, Figure, rank, usable
from analysis.benchmark.population import AGES, SEXES, PopulationTable
from analysis.benchmark.standardise import FloatArray, Margin, fit_people, fit_shares
from analysis.disclosure.plan import RESPONSE
from analysis.disclosure.release import Release
from analysis.estimate import Interval, critical_value
from analysis.survey import Cut

#: The dimensions of the national table, and their categories in the words of the catalogue.
DIMENSIONS: Mapping[str, tuple[str, ...]] = {"sex": SEXES, "age": AGES}

#: How a published table of both dimensions is called, and one cell of it.
JOINT, JOINT_CATEGORY = "sex x age", "{sex} {age}"

#: Years before the survey from which a published division still gives the shape.
OLDEST = 10

#: Percentage points, as a standard deviation: what people of one composition differ for reasons that no published
#: table shows. With interactions of 0.15 in log odds the estimate was off by 0.84 in a simulation (root mean square of
#: 1,000; ``tests/analysis/benchmark/test_standardise.py``); 0.15 itself is an assumption.
MODEL_SD = 0.8

#: Draws of all published figures together, and where their random numbers begin.
DRAWS, SEED = 1000, 20261123


@dataclass(frozen=True)
class Mix:
    """How an organisation is made up: ``shares`` by dimension, each in the order of :data:`DIMENSIONS`.

    ``counted`` tells of whom: people on the roster, or those who answered.
    """

    shares: Mapping[str, tuple[float, ...]]
    counted: str


@dataclass(frozen=True)
class Certainty:
    """How probable it is that a difference has the sign that it shows: ``percent``, or more than that.

    Under flat priors, if questions are equal and silence says nothing; one minus the one-sided p-value.
    """

    percent: int
    more: bool
    higher: bool


@dataclass(frozen=True)
class Fair:
    """A comparison with the national figure for people of the same composition.

    ``estimate`` in percent, without drift. ``shapes`` are the breakdowns that were used, with their years.
    """

    comparison: Comparison
    estimate: Estimate
    by: tuple[str, ...]
    shapes: tuple[tuple[str, int], ...]
    difference: Difference
    certainty: Certainty


def mix_of(release: Release, cuts: Sequence[Cut], population: PopulationTable) -> Mix | None:
    """The composition of an organisation from its printed numbers; ``None`` when no cut is by sex or age.

    A cut counts when the keys of its categories are those of the official figures. The people of closed
    categories, all together what is left of the total, are divided as in the country.
    """
    people = _national(population)
    on_roster = release.total(RESPONSE).invited is not None
    shares = {}
    for axis, (name, categories) in enumerate(DIMENSIONS.items()):
        cut = next((cut for cut in cuts if _is_by(cut, categories)), None)
        if cut is None:
            continue
        nationally = dict(zip(categories, people.sum(axis=1 - axis), strict=True))
        found = _people_by(release, cut, nationally, on_roster)
        if found:
            shares[name] = tuple(found.get(category, 0.0) / sum(found.values()) for category in categories)
    return Mix(shares, "roster" if on_roster else "answers") if shares else None


def compare_fairly(
    comparison: Comparison,
    mix: Mix,
    catalogue: Catalogue,
    population: PopulationTable,
    year: int,
    *,
    model_sd: float = MODEL_SD,
) -> Fair | None:
    """``comparison`` again, with the national figure moved to ``mix``.

    ``None`` when the comparison may not be tested, or when no usable table divides its figure by what is known
    of the organisation. The interval holds the error of the level, of the tables, of the model (``model_sd``, in
    percentage points) and, in the difference, of the years in between.
    """
    if comparison.difference is None:
        return None
    tables = _tables(catalogue, comparison.figure, year, mix)
    if not tables:
        return None
    people = _national(population)
    ours = fit_people(
        people, [(axis, np.asarray(mix.shares[name])) for axis, name in enumerate(DIMENSIONS) if name in mix.shares]
    )
    rng = np.random.default_rng(SEED)
    level = _draw(rng, estimate_official(comparison.figure, catalogue.sampling_n(comparison.figure)))
    margins, seed = [], None
    for axes, figures in tables:
        drawn = np.stack([_draw(rng, _group_estimate(catalogue, figure, people)) for figure in figures], axis=-1)
        shaped = drawn.reshape(-1, *(people.shape[axis] for axis in axes))
        if len(axes) == people.ndim:
            seed = shaped
        else:
            margins.append(Margin(axes, shaped))
    moved = 100 * (fit_shares(people, level, margins, seed) * ours).sum(axis=(1, 2))
    estimate = spread(_summary(moved), model_sd)
    dated = estimate if comparison.drift is None else spread(estimate, comparison.drift.sd)
    difference = difference_between(estimate_released(comparison.cell), dated, MARGIN)
    by = tuple(name for axis, name in enumerate(DIMENSIONS) if any(axis in axes for axes, _ in tables))
    shapes = tuple((figures[0].breakdown, figures[0].year) for _, figures in tables)
    return Fair(comparison, estimate, by, shapes, difference, certainty_of(difference))


def certainty_of(difference: Difference) -> Certainty:
    """The normal probability of the sign of a difference, rounded down to 5 below 95%, and at most "more than 99%"."""
    error = (difference.wide.high - difference.wide.low) / (2 * critical_value(0.95))
    percent = 100 * float(special.ndtr(abs(difference.points) / error))
    if percent > 99:
        return Certainty(99, True, difference.points > 0)
    # The last digits of a float must not take 5 points away.
    rounded = int(percent + 1e-9) if percent >= 95 else 5 * int((percent + 1e-9) / 5)
    return Certainty(rounded, False, difference.points > 0)


_Table = tuple[tuple[int, ...], tuple[Figure, ...]]


def _tables(catalogue: Catalogue, figure: Figure, year: int, mix: Mix) -> list[_Table]:
    """The newest complete tables of the indicator: the joint one, and each margin that is newer."""
    known = [(axis, name) for axis, name in enumerate(DIMENSIONS) if name in mix.shares]
    joint = _complete(
        catalogue, figure, year, JOINT, [JOINT_CATEGORY.format(sex=s, age=a) for s in SEXES for a in AGES]
    )
    found: list[_Table] = [] if joint is None else [(tuple(range(len(DIMENSIONS))), joint)]
    for axis, name in known:
        margin = _complete(catalogue, figure, year, name, DIMENSIONS[name])
        if margin is not None and (joint is None or margin[0].year > joint[0].year):
            found.append(((axis,), margin))
    return found


def _complete(
    catalogue: Catalogue, figure: Figure, year: int, breakdown: str, categories: Sequence[str]
) -> tuple[Figure, ...] | None:
    """The figures of one year for all ``categories``, from the survey and about the people of ``figure``."""
    by_year: dict[int, dict[str, Figure]] = {}
    for entry in catalogue.indicator(figure.indicator).figures:
        same = (entry.survey, entry.passport.population_frame, entry.unit) == (
            figure.survey, figure.passport.population_frame, "%"
        )  # fmt: skip
        if not same or entry.breakdown != breakdown or entry.words or not usable(entry) or "YEAR?" in entry.tags:
            continue
        if not 0 <= year - entry.year <= OLDEST:
            continue
        held = by_year.setdefault(entry.year, {})
        if entry.category not in held or rank(entry) < rank(held[entry.category]):
            held[entry.category] = entry
    whole = [year for year, held in by_year.items() if all(category in held for category in categories)]
    return tuple(by_year[max(whole)][category] for category in categories) if whole else None


def _group_estimate(catalogue: Catalogue, figure: Figure, people: FloatArray) -> Estimate:
    """A group's figure with its margin; without a printed one, its part of the effective sample counts."""
    survey = catalogue.surveys.get(figure.survey)
    size = None if survey is None else survey.effective_n_total
    if size is not None:
        size = max(1, round(size * _part_of(figure, people)))
    return estimate_official(figure, size)


def _part_of(figure: Figure, people: FloatArray) -> float:
    """Which part of all people a published group is."""
    words = figure.category.split(" ")
    rows = [place for place, sex in enumerate(SEXES) if sex in words] or list(range(len(SEXES)))
    columns = [place for place, age in enumerate(AGES) if age in words] or list(range(len(AGES)))
    return float(people[np.ix_(rows, columns)].sum() / people.sum())


def _draw(rng: np.random.Generator, estimate: Estimate) -> FloatArray:
    """Values that a share could have, the published one first: normal in log odds, with the printed width."""
    share = min(max(estimate.share / 100, 1e-4), 1 - 1e-4)
    half = (estimate.wide.high - estimate.wide.low) / 200
    error = half / critical_value(0.95) / (share * (1 - share))
    steps = np.concatenate([[0.0], rng.standard_normal(DRAWS)])
    drawn: FloatArray = special.expit(special.logit(share) + error * steps)
    return drawn


def _summary(moved: FloatArray) -> Estimate:
    """The value at the published figures, with the middle 95 and 90% of the draws."""
    low, inner_low, inner_high, high = np.quantile(moved[1:], [0.025, 0.05, 0.95, 0.975])
    share = float(moved[0])
    return Estimate(
        share,
        Interval(min(share, float(low)), max(share, float(high))),
        Interval(min(share, float(inner_low)), max(share, float(inner_high))),
    )


def _national(population: PopulationTable) -> FloatArray:
    """Employed persons by sex and age, shape ``(sexes, ages)``."""
    counts = population.by_sex_and_age()
    return np.array([[float(counts[sex, age]) for age in AGES] for sex in SEXES])


def _is_by(cut: Cut, categories: Sequence[str]) -> bool:
    keys = {category.key for category in cut.categories}
    return len(keys) >= 2 and keys <= set(categories)


def _people_by(release: Release, cut: Cut, nationally: Mapping[str, float], on_roster: bool) -> dict[str, float]:
    """How many people each category of a cut has, as far as the release prints it."""
    numbers: dict[str, float] = {}
    closed = []
    for category in cut.categories:
        cell = release.category(RESPONSE, cut.key, category.key)
        if on_roster and cell.invited is not None:
            numbers[category.key] = float(cell.invited)
        elif not on_roster and cell.n_low is not None and cell.n_high is not None:
            numbers[category.key] = (cell.n_low + cell.n_high) / 2
        else:
            closed.append(category.key)
    total = release.total(RESPONSE)
    everyone = total.invited if on_roster else total.n_low
    if not numbers or everyone is None:
        return {}
    left = max(0.0, everyone - sum(numbers.values()))
    weight = sum(nationally[key] for key in closed)
    return {**numbers, **{key: left * nationally[key] / weight for key in closed}}
