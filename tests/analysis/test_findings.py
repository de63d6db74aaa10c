"""Findings: what is said, and in which order."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.benchmark.compare import Comparison, Difference, Verdict, compare_cells, difference_between
from analysis.disclosure.plan import CellKey
from analysis.findings import MOST, Finding, Kind, decision_lists, make_findings, news_of
from analysis.results import Results
from analysis.survey import read_survey
from analysis.units import TOTAL
from instruments.model import Measure, Polarity
from instruments.questionnaire import Questionnaire, build_questionnaire
from tests.analysis.released import cell_of, comparison_of, estimate_of, plan_of, release_of

DEMANDING = ("mental-fatigue", "workload", "autonomy", "job-strain", "recovery", "support", "example", "dialogue")
THEMES = ("fatigue", "high_demands", "low_autonomy", "recovery", "support", "example", "dialogue")
STRAIN_CELLS = {
    CellKey("2026", "fatigue", TOTAL, "job_type", "high_strain"): (45, 150),
    CellKey("2026", "fatigue", TOTAL, "job_type", "low_strain"): (12, 220),
}
CARE_CELLS = {"carer": (17, 700), "care_burdened": (22, 110)}


@pytest.fixture(scope="module")
def questionnaire() -> Questionnaire:
    return build_questionnaire([*DEMANDING, "work-home", "balance", "care"])


@pytest.fixture(scope="module")
def conditions() -> Questionnaire:
    """Questions without job types and without caregiving."""
    return build_questionnaire(["recovery", "support", "example", "dialogue"])


def difference_of(points: float, verdict: Verdict) -> Difference:
    return replace(difference_between(estimate_of(50 + points, (0, 100)), estimate_of(50, (50, 50))), verdict=verdict)


def said(findings: tuple[Finding, ...]) -> list[tuple[Kind, str]]:
    return [(finding.kind, finding.measure) for finding in findings]


def findings_of(
    questionnaire: Questionnaire,
    verdicts: dict[str, tuple[float, Verdict]] | None = None,
    cells: dict[str | CellKey, tuple[int, int]] | None = None,
    changes: dict[str, Difference] | None = None,
) -> tuple[Finding, ...]:
    """The findings when these comparisons, cells and changes are all there is."""
    shares: dict[str | CellKey, tuple[int, int]] = {**(cells or {})}
    earlier = ("2025",) if changes else ()
    for key in changes or {}:
        shares.setdefault(key, (50, 400))
        shares.setdefault(CellKey("2025", key), (40, 400))
    comparisons: dict[str, tuple[Comparison, ...]] = {
        key: (comparison_of(questionnaire.measure(key), points, verdict),)
        for key, (points, verdict) in (verdicts or {}).items()
    }
    release = release_of(plan_of(questionnaire, earlier=earlier), shares)
    return make_findings(release, questionnaire, comparisons, changes or {})


# ------------------------------------------------------------------------------------------------ news


@pytest.mark.parametrize(
    ("higher_is", "verdict", "news"),
    [
        ("worse", Verdict.CLEARLY_HIGHER, -1),
        ("worse", Verdict.HIGHER, -1),
        ("worse", Verdict.COMPARABLE, 0),
        ("worse", Verdict.UNCERTAIN, 0),
        ("worse", Verdict.LOWER, 1),
        ("worse", Verdict.CLEARLY_LOWER, 1),
        ("better", Verdict.HIGHER, 1),
        ("better", Verdict.CLEARLY_LOWER, -1),
        ("better", Verdict.UNCERTAIN, 0),
        ("neutral", Verdict.CLEARLY_HIGHER, 0),
        ("neutral", Verdict.LOWER, 0),
    ],
)
def test_news_is_good_or_bad_only_when_it_is_demonstrable(higher_is: Polarity, verdict: Verdict, news: int) -> None:
    measure = Measure("m", "own", higher_is=higher_is)
    assert news_of(measure, difference_of(20, verdict)) == news


@pytest.mark.parametrize("verdict", Verdict)
def test_a_finding_is_demonstrable_when_its_verdict_has_a_direction(verdict: Verdict) -> None:
    finding = Finding(Kind.OFFICIAL, "m", cell_of(50, 100), difference=difference_of(1, verdict))
    assert finding.demonstrable is (verdict not in (Verdict.COMPARABLE, Verdict.UNCERTAIN))
    assert not Finding(Kind.CARE, "m", cell_of(50, 100)).demonstrable


# ----------------------------------------------------------------------------------------------- order


def test_bad_news_goes_before_good_and_large_before_small(questionnaire: Questionnaire) -> None:
    found = findings_of(
        questionnaire,
        {
            "recovery": (-4, Verdict.LOWER),  # bad: a higher share is better
            "fatigue": (9, Verdict.CLEARLY_HIGHER),  # bad, and larger
            "high_demands": (-20, Verdict.CLEARLY_LOWER),  # good, and larger still
            "support": (6, Verdict.HIGHER),  # good
            "example": (30, Verdict.UNCERTAIN),  # large, but not shown
            "dialogue": (1, Verdict.COMPARABLE),
        },
    )
    assert [finding.measure for finding in found] == [
        "fatigue", "recovery", "high_demands", "support", "example", "dialogue",
    ]  # fmt: skip
    assert [finding.news for finding in found] == [-1, -1, 1, 1, 0, 0]


def test_equally_strong_findings_have_a_fixed_order(questionnaire: Questionnaire) -> None:
    verdicts = dict.fromkeys(("support", "recovery", "example"), (5.0, Verdict.HIGHER))
    backwards = dict(reversed(verdicts.items()))
    assert said(findings_of(questionnaire, verdicts)) == said(findings_of(questionnaire, backwards))
    assert [f.measure for f in findings_of(questionnaire, verdicts)] == ["example", "recovery", "support"]


def test_each_subject_is_spoken_of_once_before_one_returns(questionnaire: Questionnaire) -> None:
    found = findings_of(
        questionnaire,
        {
            "home_work_to_home": (12, Verdict.CLEARLY_HIGHER),
            "home_home_to_work": (11, Verdict.CLEARLY_HIGHER),  # the same subject
            "recovery": (-5, Verdict.LOWER),
            "support": (5, Verdict.HIGHER),
        },
    )
    assert [finding.measure for finding in found] == ["home_work_to_home", "recovery", "support", "home_home_to_work"]


def test_one_subject_with_two_cut_offs_is_one_finding(questionnaire: Questionnaire) -> None:
    found = findings_of(
        questionnaire, {"fatigue_monthly": (20, Verdict.CLEARLY_HIGHER), "fatigue": (5, Verdict.HIGHER)}
    )
    assert [finding.measure for finding in found] == ["fatigue"]


verdicts_by_measure = st.dictionaries(
    st.sampled_from(THEMES), st.tuples(st.floats(-30, 30), st.sampled_from(list(Verdict))), min_size=1
)


@given(verdicts_by_measure)
def test_what_is_shown_never_stands_below_what_is_open(verdicts: dict[str, tuple[float, Verdict]]) -> None:
    questionnaire = build_questionnaire(DEMANDING)
    found = findings_of(questionnaire, verdicts)
    assert {finding.measure for finding in found} == set(verdicts)
    ranks = [(not f.demonstrable, {-1: 0, 1: 1, 0: 2}[f.news], -abs(f.difference.points)) for f in found]  # type: ignore[union-attr]
    assert ranks == sorted(ranks)


@given(verdicts_by_measure, st.permutations(THEMES))
def test_caregiving_is_always_on_the_first_page_when_it_was_asked(
    verdicts: dict[str, tuple[float, Verdict]], order: list[str]
) -> None:
    questionnaire = build_questionnaire([*DEMANDING, "care"])
    changes = {key: difference_of(8, Verdict.CLEARLY_HIGHER) for key in order[:4]}
    found = findings_of(questionnaire, verdicts, {**STRAIN_CELLS, **CARE_CELLS}, changes)
    first_page = [finding.kind for finding in found[:MOST]]
    assert first_page.count(Kind.CARE) == 1
    assert [finding.kind for finding in found].count(Kind.CARE) == 1
    others = [finding for finding in found if finding.kind is not Kind.CARE]
    without = findings_of(build_questionnaire(DEMANDING), verdicts, {**STRAIN_CELLS}, changes)
    assert said(tuple(others)) == said(without)  # it takes a place, and moves nothing else


def test_caregiving_says_how_many_and_how_many_of_them_are_burdened(questionnaire: Questionnaire) -> None:
    [finding] = findings_of(questionnaire, cells={**CARE_CELLS})[:1]
    assert (finding.kind, finding.measure, finding.news) == (Kind.CARE, "carer", 0)
    assert finding.cell.share == 17
    assert finding.other is not None and (finding.other.key.measure, finding.other.share) == ("care_burdened", 22)


@pytest.mark.parametrize("absent", ["carer", "care_burdened"])
def test_nothing_is_said_about_caregiving_when_a_figure_is_closed(absent: str, questionnaire: Questionnaire) -> None:
    cells = {key: value for key, value in CARE_CELLS.items() if key != absent}
    assert all(finding.kind is not Kind.CARE for finding in findings_of(questionnaire, cells={**cells}))


# ------------------------------------------------------------------------------------------ what is found


def test_fatigue_in_high_strain_jobs_is_set_against_low_strain_jobs(questionnaire: Questionnaire) -> None:
    [finding] = [f for f in findings_of(questionnaire, cells={**STRAIN_CELLS}) if f.kind is Kind.STRAIN]
    assert finding.cell.key.category == "high_strain"
    assert finding.other is not None and finding.other.key.category == "low_strain"
    assert finding.difference == compare_cells(finding.cell, finding.other)
    assert (finding.difference is not None and finding.difference.points, finding.news) == (33.0, -1)


def test_less_fatigue_in_high_strain_jobs_would_be_good_news(questionnaire: Questionnaire) -> None:
    turned = dict(zip(STRAIN_CELLS, reversed(STRAIN_CELLS.values()), strict=True))
    [finding] = [f for f in findings_of(questionnaire, cells={**turned}) if f.kind is Kind.STRAIN]
    assert finding.news == 1


@pytest.mark.parametrize("left", STRAIN_CELLS)
def test_job_types_are_not_compared_when_one_of_them_is_closed(left: CellKey, questionnaire: Questionnaire) -> None:
    found = findings_of(questionnaire, cells={left: STRAIN_CELLS[left]})
    assert all(finding.kind is not Kind.STRAIN for finding in found)


def test_a_change_is_a_finding_only_when_it_is_demonstrable_and_good_or_bad(questionnaire: Questionnaire) -> None:
    found = findings_of(
        questionnaire,
        changes={
            "fatigue": difference_of(6, Verdict.HIGHER),
            "recovery": difference_of(8, Verdict.CLEARLY_HIGHER),
            "support": difference_of(2, Verdict.COMPARABLE),
            "dialogue": difference_of(15, Verdict.UNCERTAIN),
            "carer": difference_of(9, Verdict.CLEARLY_HIGHER),  # more carers is neither good nor bad
        },
    )
    changed = [finding for finding in found if finding.kind is Kind.CHANGE]
    assert [(finding.measure, finding.news) for finding in changed] == [("fatigue", -1), ("recovery", 1)]
    assert all(finding.other is not None and finding.other.key.wave == "2025" for finding in changed)
    assert all(finding.cell.key.wave == "2026" for finding in changed)


def test_single_questions_of_a_scale_are_no_findings(questionnaire: Questionnaire) -> None:
    found = findings_of(
        questionnaire, {"fatigue_morning": (20, Verdict.CLEARLY_HIGHER), "fatigue": (5, Verdict.HIGHER)}
    )
    assert [finding.measure for finding in found] == ["fatigue"]


def leadership() -> Questionnaire:
    """Eleven single questions of which a higher share is better, and one of which it is neither."""
    return read_survey(Path(__file__).with_name("bhr2000.toml")).questionnaire


def test_without_official_figures_the_highest_and_the_lowest_share_are_said() -> None:
    # A share of 90 on belief is higher still, but more of it is neither better nor worse.
    shares = {"AF06": (41, 500), "AF07": (20, 500), "AS28": (35, 500), "RELIG": (90, 500)}
    [finding] = findings_of(leadership(), cells={**shares})
    assert (finding.kind, finding.measure, finding.news) == (Kind.EXTREMES, "AF06", 0)
    assert finding.other is not None and finding.other.key.measure == "AF07"
    assert finding.difference == compare_cells(finding.cell, finding.other)


def test_two_shares_have_no_extremes() -> None:
    assert findings_of(leadership(), cells={"AF06": (41, 500), "AF07": (20, 500), "RELIG": (90, 500)}) == ()


def test_without_official_figures_the_measure_with_most_units_apart_is_said(conditions: Questionnaire) -> None:
    plan = plan_of(conditions, units=("A", "B", "C", "D"))
    shares: dict[str | CellKey, tuple[int, int]] = {"recovery": (50, 400), "support": (50, 400)}
    for unit, share in {"A": 50, "B": 90, "C": 10}.items():
        shares[CellKey("2026", "recovery", unit)] = (share, 100)
    for unit, share in {"A": 50, "B": 52, "C": 45}.items():
        shares[CellKey("2026", "support", unit)] = (share, 100)
    [finding] = make_findings(release_of(plan, shares), conditions, {}, {})
    assert (finding.kind, finding.measure, finding.count, finding.of) == (Kind.UNITS, "recovery", 2, 3)


def test_units_are_not_spoken_of_when_fewer_than_three_are_open(conditions: Questionnaire) -> None:
    plan = plan_of(conditions, units=("A", "B", "C"))
    shares: dict[str | CellKey, tuple[int, int]] = {"recovery": (50, 400)}
    for unit, share in {"A": 5, "B": 95}.items():
        shares[CellKey("2026", "recovery", unit)] = (share, 100)
    assert make_findings(release_of(plan, shares), conditions, {}, {}) == ()


def test_next_to_an_official_comparison_extremes_and_units_are_left_out(conditions: Questionnaire) -> None:
    plan = plan_of(conditions, units=("A", "B", "C"))
    shares: dict[str | CellKey, tuple[int, int]] = {"recovery": (50, 400)}
    for unit, share in {"A": 5, "B": 95, "C": 50}.items():
        shares[CellKey("2026", "recovery", unit)] = (share, 100)
    official = {"support": (comparison_of(conditions.measure("support"), 5, Verdict.HIGHER),)}
    assert said(make_findings(release_of(plan, shares), conditions, official, {})) == [(Kind.OFFICIAL, "support")]


# ------------------------------------------------------------------------------------------ decision lists


def test_comparisons_are_sorted_into_worse_better_and_open(questionnaire: Questionnaire) -> None:
    verdicts = {
        "fatigue": (4, Verdict.HIGHER),
        "recovery": (-9, Verdict.CLEARLY_LOWER),
        "support": (5, Verdict.HIGHER),
        "dialogue": (12, Verdict.UNCERTAIN),
        "carer": (7, Verdict.CLEARLY_HIGHER),
        "example": (1, Verdict.COMPARABLE),
    }
    measures = {measure.key: measure for measure in questionnaire.measures}
    comparisons = {key: (comparison_of(measures[key], *found),) for key, found in verdicts.items()}
    refused = replace(comparisons["support"][0], measure="high_demands", grade="D", difference=None)
    lists = decision_lists({**comparisons, "high_demands": (refused,), "low_autonomy": ()}, measures)
    assert {name: [entry.measure for entry in entries] for name, entries in lists.items()} == {
        "worse": ["recovery", "fatigue"],
        "better": ["support"],
        "open": ["dialogue", "carer", "example"],
    }


def test_every_tested_comparison_of_the_demo_is_in_one_list(demo_results: Results) -> None:
    questionnaire = demo_results.survey.questionnaire
    measures = {measure.key: measure for measure in questionnaire.measures}
    lists = decision_lists(demo_results.comparisons, measures)
    listed = [entry.measure for entries in lists.values() for entry in entries]
    tested = {
        key for key, found in demo_results.comparisons.items() if any(entry.difference is not None for entry in found)
    }
    assert sorted(listed) == sorted(tested)


# ------------------------------------------------------------------------------------------------- the demo


def test_the_demo_has_the_findings_it_was_made_to_show(demo_results: Results) -> None:
    first = demo_results.findings[:MOST]
    kinds = {finding.kind for finding in first}
    assert {Kind.STRAIN, Kind.CARE} <= kinds
    assert first[0].news == -1
    for finding in demo_results.findings:
        assert not finding.cell.closed
        assert finding.other is None or not finding.other.closed


def test_the_changes_of_the_demo_are_between_its_two_waves(demo_results: Results) -> None:
    released = demo_results.release
    assert set(demo_results.changes) <= set(released.plan.measures)
    for key, change in demo_results.changes.items():
        assert change == compare_cells(released.total(key), released.total(key, "2025"))
    with_share = {m.key for m in demo_results.survey.questionnaire.measures if m.has_share}
    assert set(demo_results.changes) == {
        key for key in with_share if not released.total(key).closed and not released.total(key, "2025").closed
    }
