"""The national figure for people like those who work here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from scipy import special, stats

from analysis.benchmark.compare import Comparison, compare_measure, difference_between
from analysis.benchmark.composition import (
    DIMENSIONS,
    MODEL_SD,
    OLDEST,
    Mix,
    certainty_of,
    compare_fairly,
    mix_of,
)
from analysis.benchmark.figures import load_figures
from analysis.benchmark.population import AGES, SEXES, load_population
from analysis.disclosure.plan import RESPONSE, CellKey
from analysis.disclosure.release import Cell, Release
from analysis.results import Results
from analysis.survey import Category, Cut
from analysis.units import TOTAL
from instruments.questionnaire import build_questionnaire
from tests.analysis.released import cell_of, estimate_of


def cut_of(key: str, *categories: str) -> Cut:
    return Cut(key, key, {"nl": key, "en": key}, tuple(Category(c, {"nl": c, "en": c}) for c in categories))


Numbers = Mapping[tuple[str, str], tuple[int | None, int | None]]
Shares = dict[tuple[str, str], float]


def release_with(total: tuple[int | None, int], numbers: Numbers) -> Release:
    """The response of the organisation and of categories: how many were invited and answered, None for closed."""
    cells = {CellKey("2026", RESPONSE): Cell(CellKey("2026", RESPONSE), total[1], total[1], invited=total[0])}
    for (cut, category), (invited, n) in numbers.items():
        key = CellKey("2026", RESPONSE, TOTAL, cut, category)
        cells[key] = Cell(key) if n is None else Cell(key, n, n, invited=invited)

    class Plan:
        wave = "2026"

    return Release(Plan(), 10, cells)  # type: ignore[arg-type]


def national_mix() -> Mix:
    counts = load_population().by_sex_and_age()
    everyone = sum(counts.values())
    return Mix(
        {
            "sex": tuple(sum(counts[s, a] for a in AGES) / everyone for s in SEXES),
            "age": tuple(sum(counts[s, a] for s in SEXES) / everyone for a in AGES),
        },
        "roster",
    )


def fatigue_of(share: int = 24, n: int = 700, year: int = 2026) -> Comparison:
    measure = build_questionnaire(["mental-fatigue"]).measure("fatigue")
    return compare_measure(measure, "own", cell_of(share, n, "fatigue"), load_figures(), year)[0]


# ------------------------------------------------------------------------------------- who works here


def test_the_mix_is_counted_on_the_roster() -> None:
    release = release_with((200, 120), {("sex", "men"): (50, 30), ("sex", "women"): (150, 90)})
    mix = mix_of(release, [cut_of("sex", "women", "men")], load_population())
    assert mix == Mix({"sex": (0.25, 0.75)}, "roster")


def test_without_a_roster_it_is_counted_among_those_who_answered() -> None:
    release = release_with((None, 120), {("sex", "men"): (None, 30), ("sex", "women"): (None, 90)})
    assert mix_of(release, [cut_of("sex", "men", "women")], load_population()) == Mix({"sex": (0.25, 0.75)}, "answers")


def test_people_of_closed_categories_are_divided_as_in_the_country() -> None:
    numbers = {("age", age): (40, 25) for age in AGES[:4]} | {("age", age): (None, None) for age in AGES[4:]}
    mix = mix_of(release_with((200, 120), numbers), [cut_of("age", *AGES)], load_population())
    assert mix is not None
    counts = load_population().by_sex_and_age()
    older, oldest = (sum(counts[sex, age] for sex in SEXES) for age in AGES[4:])
    assert mix.shares["age"][:4] == pytest.approx((0.2,) * 4)
    assert mix.shares["age"][4:] == pytest.approx((0.2 * older / (older + oldest), 0.2 * oldest / (older + oldest)))


@pytest.mark.parametrize("cut", [cut_of("contract", "permanent", "flexible"), cut_of("age", "young", "old")])
def test_a_division_in_other_words_than_the_official_one_says_nothing_of_the_mix(cut: Cut) -> None:
    numbers = {(cut.key, category.key): (100, 60) for category in cut.categories}
    assert mix_of(release_with((200, 120), numbers), [cut], load_population()) is None


def test_when_all_categories_are_closed_there_is_no_mix() -> None:
    release = release_with((20, 12), {("sex", "men"): (None, None), ("sex", "women"): (None, None)})
    assert mix_of(release, [cut_of("sex", "men", "women")], load_population()) is None


# ------------------------------------------------------------------------------------------ the figure


def test_an_organisation_made_up_as_the_country_is_held_against_the_official_figure() -> None:
    fair = compare_fairly(fatigue_of(), national_mix(), load_figures(), load_population(), 2026)
    assert fair is not None
    assert fair.estimate.share == pytest.approx(20.0, abs=1e-6)
    assert fair.by == ("sex", "age")
    assert fair.shapes == (("sex x age", 2018), ("sex", 2022))


def test_women_of_one_age_get_the_figure_of_their_cell() -> None:
    # Women of 25 to 34. In 2018 23.9% of them were tired; the joint table is moved to the margin by sex
    # of 2022 and to 20% in 2024, which is worked out here by hand, step by step, until nothing changes.
    catalogue, counts = load_figures(), load_population().by_sex_and_age()
    joint, people = {}, {}
    for sex in SEXES:
        for age in AGES:
            figure = catalogue.preferred(
                "burnout_complaints", breakdown="sex x age", category=f"{sex} {age}", latest=2018
            )
            assert figure is not None and figure.year == 2018
            joint[sex, age], people[sex, age] = float(figure.value) / 100, float(counts[sex, age])
    everyone = sum(people.values())

    def level(shares: Shares, weights: Shares, wanted: float) -> Shares:
        low, high = -10.0, 10.0
        for _ in range(100):
            step = (low + high) / 2
            moved = {cell: float(special.expit(special.logit(share) + step)) for cell, share in shares.items()}
            got = sum(moved[cell] * weights[cell] for cell in moved) / sum(weights.values())
            low, high = (low, step) if got > wanted else (step, high)
        return moved

    by_sex = {}
    for sex in SEXES:
        figure = catalogue.preferred("burnout_complaints", breakdown="sex", category=sex, latest=2024)
        assert figure is not None and figure.year == 2022
        by_sex[sex, ""] = float(figure.value) / 100
    workers = {(sex, ""): sum(people[sex, age] for age in AGES) for sex in SEXES}
    by_sex = level(by_sex, workers, 0.20)
    shares = {}
    for sex in SEXES:  # one margin only: each sex is a table of its own, moved to its share
        own = {cell: share for cell, share in joint.items() if cell[0] == sex}
        shares |= level(own, {cell: people[cell] for cell in own}, by_sex[sex, ""])
    assert sum(shares[cell] * people[cell] for cell in shares) / everyone == pytest.approx(0.20, abs=1e-9)
    mix = Mix({"sex": (0.0, 1.0), "age": (0.0, 1.0, 0.0, 0.0, 0.0, 0.0)}, "roster")
    fair = compare_fairly(fatigue_of(), mix, catalogue, load_population(), 2026)
    assert fair is not None
    assert fair.estimate.share == pytest.approx(100 * shares["women", "25-34"], abs=1e-6)


def test_the_error_of_the_model_is_in_the_interval_and_can_be_set() -> None:
    exact, usual = (
        compare_fairly(fatigue_of(), national_mix(), load_figures(), load_population(), 2026, model_sd=sd)
        for sd in (0.0, MODEL_SD)
    )
    assert exact is not None and usual is not None
    below = exact.estimate.share - exact.estimate.wide.low
    wider = (below**2 + (1.959964 * MODEL_SD) ** 2) ** 0.5
    assert usual.estimate.share - usual.estimate.wide.low == pytest.approx(wider)
    # At the national mix nothing is left but the margin of the national figure itself.
    official = fatigue_of().official
    assert exact.estimate.wide.low == pytest.approx(official.wide.low, abs=0.1)
    assert exact.estimate.wide.high == pytest.approx(official.wide.high, abs=0.1)


def test_the_same_input_gives_the_same_estimate() -> None:
    one, two = (compare_fairly(fatigue_of(), national_mix(), load_figures(), load_population(), 2026) for _ in range(2))
    assert one == two


def test_a_figure_that_may_not_be_tested_or_is_not_divided_has_no_fair_one() -> None:
    refused = replace(fatigue_of(), difference=None)
    assert compare_fairly(refused, national_mix(), load_figures(), load_population(), 2026) is None
    demands = build_questionnaire(["workload"]).measure("high_demands")
    whole = compare_measure(demands, "own", cell_of(40, 700, "high_demands"), load_figures(), 2026)[0]
    assert compare_fairly(whole, national_mix(), load_figures(), load_population(), 2026) is None


def test_a_division_that_is_too_old_is_not_used() -> None:
    late = 2018 + OLDEST + 1
    fair = compare_fairly(fatigue_of(year=late), national_mix(), load_figures(), load_population(), late)
    assert fair is not None and fair.shapes == (("sex", 2022),) and fair.by == ("sex",)


def test_only_what_is_known_of_the_organisation_is_used() -> None:
    only_sex = Mix({"sex": national_mix().shares["sex"]}, "roster")
    fair = compare_fairly(fatigue_of(), only_sex, load_figures(), load_population(), 2026)
    assert fair is not None and set(fair.by) <= set(DIMENSIONS)


# ------------------------------------------------------------------------------------------- certainty


@pytest.mark.parametrize(
    ("points", "error", "percent", "more"),
    [(0.0, 1.0, 50, False), (1.0, 1.0, 80, False), (-1.3, 1.0, 90, False), (1.7, 1.0, 95, False),
     (2.2, 1.0, 98, False), (2.4, 1.0, 99, True), (9.0, 1.0, 99, True)],
)  # fmt: skip
def test_certainty_is_the_normal_probability_of_the_sign_and_never_claims_too_much(
    points: float, error: float, percent: int, more: bool
) -> None:
    half = 1.959963984540054 * error
    difference = replace(
        difference_between(estimate_of(50, (50, 50)), estimate_of(50, (50, 50))),
        points=points,
        wide=replace(estimate_of(0, (points - half, points + half)).wide),
    )
    found = certainty_of(difference)
    assert (found.percent, found.more) == (percent, more)
    assert found.percent <= 100 * stats.norm.cdf(abs(points) / error) + 1e-9
    assert found.higher is (points > 0)


def test_the_demo_is_held_against_people_like_its_own(demo_results: Results) -> None:
    fair = demo_results.fair["fatigue"]
    # More women than in the country, and they are tired more often: the national figure for such people is higher.
    assert 20 < fair.estimate.share < 24
    assert fair.difference.points < fair.comparison.difference.points  # type: ignore[union-attr]
    assert set(demo_results.fair) <= set(demo_results.comparisons)
