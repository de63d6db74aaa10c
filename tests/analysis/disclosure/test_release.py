"""What leaves the gate: the whole file, and what someone can make of it who subtracts."""

from __future__ import annotations

import csv
import hashlib
import io
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.answers import read_answers, read_roster
from analysis.benchmark.figures import load_figures
from analysis.dataset import Dataset, Headcount
from analysis.disclosure.certificate import LedgerMark, certificate
from analysis.disclosure.gate import SENSITIVE_THEMES
from analysis.disclosure.plan import NO_CUT, RESPONSE, CellKey, Place, ReportingPlan, make_plan
from analysis.disclosure.release import Cell, Release, release
from analysis.disclosure.rounding import possible_counts, round_half_up
from analysis.errors import InputError
from analysis.results import Results, analyse
from analysis.scoring import Scored, derived_categories, score_dataset
from analysis.survey import Survey, read_survey
from analysis.units import SEPARATOR, TOTAL
from instruments.loading import instrument_from_table
from instruments.questionnaire import Questionnaire, build_questionnaire
from survey_app.demo import DemoFiles
from tests.analysis.organisations import cut_of, dataset_of, random_organisation, random_rows, survey_of, unchecked
from tests.instruments.own_table import changed

HEADER = "wave,measure,unit,cut,category,n_low,n_high,share,share_low,share_high,mean,mean_low,mean_high,closed"
NUMBERS = HEADER.split(",")[5:13]
K_EFF = 11
SEEDS = range(1, 6)

Row = Mapping[str, str]


@dataclass(frozen=True)
class Published:
    """An organisation, its answers as scored, and the file that was published of it."""

    survey: Survey
    dataset: Dataset
    scored: Mapping[str, Scored]
    released: Release
    rows: Sequence[Row]

    def divisions(self) -> Iterator[tuple[Row, list[Row]]]:
        """Each open cell with the printed and closed parts that it is the sum of, in each way it is divided."""
        for measure in dict.fromkeys(row["measure"] for row in self.rows):
            rows = {
                Place(row["unit"], row["cut"], row["category"]): row
                for row in self.rows
                if row["wave"] == "2026" and row["measure"] == measure
            }
            for place, parent in rows.items():
                if parent["closed"] == "1":
                    continue
                if place.cut == NO_CUT:
                    depth = 0 if place.unit == TOTAL else place.unit.count(SEPARATOR) + 1
                    below = [p for p in rows if p.cut == NO_CUT and self._within(p, place) == depth + 1]
                    ways = [below, *([p for p in rows if p.unit == place.unit and p.cut == cut] for cut in self.cuts)]
                else:
                    ways = [[p for p in rows if p.unit != TOTAL and (p.cut, p.category) == (place.cut, place.category)]]
                    ways = ways if place.unit == TOTAL else []
                for way in ways:
                    if way:
                        yield parent, [rows[part] for part in way]

    @property
    def cuts(self) -> list[str]:
        return [cut.key for cut in self.released.plan.cuts]

    @staticmethod
    def _within(place: Place, above: Place) -> int:
        """The depth of a unit below another one; 0 when it is not below it."""
        path = place.unit.split(SEPARATOR)
        inside = place.unit != TOTAL and (above.unit == TOTAL or place.unit.startswith(above.unit + SEPARATOR))
        return len(path) if inside else 0

    def members(self, row: Row) -> np.ndarray:
        """Who a row is about, counting only those with a valid answer."""
        dataset, measure = self.dataset, row["measure"]
        found = np.ones(dataset.n, dtype=bool) if measure == RESPONSE else self.scored[measure].valid.copy()
        if row["unit"] != TOTAL:
            path = tuple(row["unit"].split(SEPARATOR))
            inside = np.array([other[: len(path)] == path for other in (*dataset.paths, ())])
            found &= inside[dataset.unit]
        if row["cut"]:
            cut = self.released.plan.cut(row["cut"])
            codes = derived_categories(self.scored, *cut.rests_on) if cut.rests_on else dataset.cuts[cut.key]
            found &= codes == cut.categories.index(row["category"])
        return found


def plan_of(dataset: Dataset, questionnaire: Questionnaire) -> ReportingPlan:
    return make_plan(survey_of(questionnaire), dataset.reported_tree(20), ["2026"])


def released_of(dataset: Dataset, questionnaire: Questionnaire) -> Release:
    return release([dataset], questionnaire, plan_of(dataset, questionnaire), 10)


def printed_n(n: int) -> tuple[int, int]:
    """The number of answers as docs/disclosure.md says it is printed, where no roster is known."""
    return (n, n) if n >= 30 else (max(K_EFF, n // 5 * 5), n // 5 * 5 + 4)


def printed_percent(yes: int, n: int) -> int:
    return int(Fraction(100 * yes, n) + Fraction(1, 2))


def is_of_one_mind(yes: int, n: int) -> bool:
    return min(yes, n - yes) <= 1


@cache
def published(seed: int) -> Published:
    survey, datasets = random_organisation(seed)
    plan = make_plan(survey, datasets[-1].reported_tree(20), [dataset.wave for dataset in datasets])
    released = release(datasets, survey.questionnaire, plan, survey.k)
    rows = list(csv.DictReader(io.StringIO(released.as_csv())))
    return Published(survey, datasets[-1], score_dataset(datasets[-1], survey.questionnaire), released, rows)


def sensitive(survey: Survey) -> set[str]:
    return {measure.key for measure in survey.questionnaire.measures if measure.theme in SENSITIVE_THEMES}


# --------------------------------------------------------------------------------------------- the file


def test_the_file_has_exactly_these_columns(demo_results: Results) -> None:
    assert demo_results.release.as_csv().splitlines()[0] == HEADER
    for row in csv.DictReader(io.StringIO(demo_results.release.as_csv())):
        assert None not in row and None not in row.values()


def test_rows_stand_in_the_order_of_the_plan(demo_results: Results) -> None:
    plan = demo_results.release.plan
    rows = csv.DictReader(io.StringIO(demo_results.release.as_csv()))
    keys = [CellKey(*(row[name] for name in ("wave", "measure", "unit", "cut", "category"))) for row in rows]
    assert keys == list(plan.cells())
    assert list(demo_results.release.cells) == keys


@pytest.mark.parametrize("seed", SEEDS)
def test_a_closed_row_is_blank_and_an_open_one_is_not(seed: int) -> None:
    rows = published(seed).rows
    assert {row["closed"] for row in rows} == {"0", "1"}
    for row in rows:
        if row["closed"] == "1":
            assert all(row[name] == "" for name in NUMBERS), row
        else:
            assert row["n_low"] and row["n_high"], row


@pytest.mark.parametrize("seed", SEEDS)
def test_of_an_earlier_wave_only_the_organisation_is_printed(seed: int) -> None:
    before = [row for row in published(seed).rows if row["wave"] == "2025"]
    assert before
    assert all((row["unit"], row["cut"], row["category"]) == (TOTAL, "", "") for row in before)


def test_the_fingerprint_is_the_sha256_of_the_file(demo_results: Results) -> None:
    released = demo_results.release
    assert released.fingerprint == hashlib.sha256(released.as_csv().encode("utf-8")).hexdigest()
    assert released.fingerprint != replace(released, cells={}).fingerprint


def test_what_is_not_planned_cannot_be_asked_for(demo_results: Results) -> None:
    released = demo_results.release
    with pytest.raises(KeyError):
        released.cell(CellKey("2026", "fatigue", "Nowhere"))
    with pytest.raises(KeyError):
        released.cell(CellKey("2026", "fatigue", "Thuiszorg > Rayon Oost", "sex", "women"))
    assert released.cell(CellKey("2026", "fatigue")) is released.total("fatigue")
    assert released.total("fatigue", "2025").key.wave == "2025"
    unit = released.plan.units[0]
    assert released.unit("fatigue", unit).key == CellKey("2026", "fatigue", unit)
    assert released.category("fatigue", "sex", "men").key == CellKey("2026", "fatigue", TOTAL, "sex", "men")


# --------------------------------------------------------------------- the numbers are those of the answers


@pytest.mark.parametrize("seed", SEEDS)
def test_open_cells_print_what_was_answered_and_closed_ones_nothing(seed: int) -> None:
    own = published(seed)
    for row in own.rows:
        if row["closed"] == "1" or row["wave"] != "2026" or row["measure"] == RESPONSE:
            continue
        cell = own.released.cell(CellKey(*(row[name] for name in HEADER.split(",")[:5])))
        scored, members = own.scored[row["measure"]], own.members(row)
        n = int(members.sum())
        assert n >= (20 if row["cut"] and row["unit"] != TOTAL else K_EFF)
        if own.dataset.headcount is None:
            assert (cell.n_low, cell.n_high) == printed_n(n)
        assert cell.n_low is not None and cell.n_high is not None and cell.n_low <= n <= cell.n_high
        if scored.flag is None:
            assert cell.share is cell.share_low is cell.share_high is None
        else:
            assert cell.share == printed_percent(int((scored.flag & members).sum()), n)
        if scored.numerator is None:
            assert cell.mean is cell.mean_low is cell.mean_high is None
        else:
            total = sum(int(number) for number in scored.numerator[members])
            assert cell.mean == round_half_up(Fraction(total, n * scored.denominator), 1)
            assert cell.mean_low is not None and cell.mean_high is not None and cell.mean is not None
            assert cell.mean_low <= cell.mean <= cell.mean_high


def test_the_response_is_what_the_printed_numbers_say() -> None:
    checked = 0
    for seed in SEEDS:
        own = published(seed)
        for row in own.rows:
            if row["measure"] != RESPONSE or row["closed"] == "1":
                continue
            cell = own.released.cell(CellKey(*(row[name] for name in HEADER.split(",")[:5])))
            if cell.invited is None:
                assert (row["share"], row["share_low"], row["share_high"]) == ("", "", "")
                continue
            low, high = (min(100, round_half_up(Fraction(100 * int(row[n]), cell.invited))) for n in NUMBERS[:2])
            assert (row["share_low"], row["share_high"]) == (str(low), str(high))
            assert row["share"] == (str(low) if row["n_low"] == row["n_high"] else "")
            checked += 1
    assert checked > 5


# ---------------------------------------------------------------------------------- someone who subtracts


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_really_hidden_in_a_sum_is_nobody_or_enough_people(seed: int) -> None:
    # Of each open cell the open parts are taken away. Where a closed part is left, it is not alone unless it is
    # large: there are at least k people and one more for each closed part with somebody in it.
    own, seen = published(seed), 0
    for parent, parts in own.divisions():
        closed = [part for part in parts if part["closed"] == "1"]
        if closed and parent["measure"] == RESPONSE and parent["cut"] not in ("carer", "job_type"):
            hidden = int(own.members(parent).sum()) - sum(int(own.members(p).sum()) for p in parts if p not in closed)
            filled = sum(bool(own.members(part).any()) for part in closed)
            assert hidden - filled >= K_EFF - 1, (parent, hidden)
            seen += 1
    assert seen > 0


@pytest.mark.parametrize("seed", SEEDS)
def test_no_open_figure_on_fatigue_or_care_shows_people_of_one_mind(seed: int) -> None:
    own = published(seed)
    for cell in own.released.cells.values():
        if cell.share is None or cell.key.measure not in sensitive(own.survey):
            continue
        # The printed share leaves room for at least two who say yes and two who say no.
        counts = possible_counts(cell.share, cell.n_low or 0, cell.n_high or 0)
        assert any(most >= 2 for _, _, most in counts) and any(n - fewest >= 2 for n, fewest, _ in counts)


@pytest.mark.parametrize("seed", SEEDS)
def test_subtraction_never_shows_that_the_closed_rest_is_of_one_mind(seed: int) -> None:
    own = published(seed)
    for parent, parts in own.divisions():
        shown = [row for row in parts if row["closed"] == "0"]
        hidden = own.members(parent)
        for row in shown:
            hidden &= ~own.members(row)
        unknown = {row["category"] for row in parts if row["cut"]} and not any(row["closed"] == "1" for row in parts)
        if parent["measure"] not in sensitive(own.survey) or not shown or not parent["share"] or unknown:
            continue
        if hidden.any():
            told = [possible_counts(int(r["share"]), int(r["n_low"]), int(r["n_high"])) for r in shown]
            total = possible_counts(int(parent["share"]), int(parent["n_low"]), int(parent["n_high"]))
            yes = max(most for _, _, most in total) - sum(min(few for _, few, _ in one) for one in told)
            no = max(n - few for n, few, _ in total) - sum(min(n - most for n, _, most in one) for one in told)
            assert min(yes, no) >= min(2, int(hidden.sum())), (parent, yes, no)


def test_the_random_organisations_are_hard_enough() -> None:
    # These attacks mean something only where there is something to find: groups of every kind.
    seen = {"unit of one": 0, "equal units": 0, "no unit": 0, "no category": 0, "of one mind": 0, "secondary": 0}
    for seed in SEEDS:
        own = published(seed)
        paths = (*own.dataset.paths, ())
        sizes = Counter(paths[place][:1] for place in own.dataset.unit.tolist())
        seen["no unit"] += sizes.pop((), 0) > 0
        seen["unit of one"] += 1 in sizes.values()
        seen["equal units"] += len(set(sizes.values())) < len(sizes)
        seen["no category"] += bool((own.dataset.cuts["sex"] < 0).any())
        for _, parts in own.divisions():
            for row in parts:
                flag = own.scored[row["measure"]].flag if row["measure"] in sensitive(own.survey) else None
                who = own.members(row)
                large = int(who.sum()) >= K_EFF and row["closed"] == "1" and not (row["cut"] and row["unit"] != TOTAL)
                mind = flag is not None and is_of_one_mind(int((flag & who).sum()), int(who.sum()))
                seen["of one mind"] += large and mind
                seen["secondary"] += large and not mind
    assert all(seen.values()), seen


# ------------------------------------------------------------------------------------ groups of one mind


def care_rows(yes: int, n: int) -> list[dict[str, int | None]]:
    carer = {"care_past_year": 1, "care_now": 1, "care_duration": 12, "care_hours": 8}
    return [dict(carer) if place < yes else {"care_past_year": 0} for place in range(n)]


def released_care(*groups: tuple[int, int]) -> Release:
    """The release of units in which ``(yes, n)`` people care for someone."""
    questionnaire = build_questionnaire(["care"])
    rows = [row for yes, n in groups for row in care_rows(yes, n)]
    units = [f"Unit {place}" for place, (_, n) in enumerate(groups) for _ in range(n)]
    dataset = dataset_of(questionnaire, rows, units=units)
    return released_of(dataset, questionnaire)


def closed_units(released: Release, measure: str = "carer") -> list[str]:
    return [unit for unit in released.plan.units if released.unit(measure, unit).closed]


@pytest.mark.parametrize("yes", [0, 1, 39, 40])
def test_a_unit_of_one_mind_about_caring_closes_with_the_next_smallest(yes: int) -> None:
    assert closed_units(released_care((yes, 40), (10, 60), (12, 50))) == ["Unit 0", "Unit 2"]


def test_two_people_who_differ_keep_a_unit_open() -> None:
    assert closed_units(released_care((2, 40), (10, 60), (12, 50))) == []
    assert closed_units(released_care((38, 40), (10, 60), (12, 50))) == []


def test_a_question_that_is_not_about_health_or_care_may_have_one_answer() -> None:
    questionnaire = build_questionnaire(["recovery"])
    rows = [dict.fromkeys((item.key for item in questionnaire.items), 5) for _ in range(90)]
    dataset = dataset_of(questionnaire, rows, units=["A"] * 45 + ["B"] * 45)
    released = released_of(dataset, questionnaire)
    assert [released.unit("recovery", unit).share for unit in ("A", "B")] == [100, 100]


@pytest.mark.parametrize("yes", [0, 1, 29, 30])
def test_an_organisation_of_one_mind_about_caring_closes_as_a_whole(yes: int) -> None:
    released = released_care((yes, 30))
    assert released.total("carer").closed
    assert not released.total(RESPONSE).closed
    assert not released_care((15, 30)).total("carer").closed


def test_small_units_that_are_of_one_mind_together_take_another_one_with_them() -> None:
    # 8 and 6 people without a single carer: 14 are enough to close, but with 52 of 114 printed
    # beside 30 of 60 and 22 of 40, everybody can see that all 14 said no.
    assert closed_units(released_care((30, 60), (22, 40), (0, 8), (0, 6))) == ["Unit 1", "Unit 2", "Unit 3"]
    assert closed_units(released_care((30, 60), (22, 40), (3, 8), (2, 6))) == ["Unit 2", "Unit 3"]


# ------------------------------------------------------------------------------------ sister questions


def test_questions_of_one_sensitive_block_close_in_the_same_groups(demo_results: Results) -> None:
    # One closed question among open sisters would say that its answers were nearly all the same.
    questionnaire = demo_results.survey.questionnaire
    closed: dict[tuple[str, str | None, str], dict[str, list[tuple[str, str]]]] = {}
    for key, cell in demo_results.release.cells.items():
        if key.wave == "2026" and key.measure in sensitive(demo_results.survey) and (key.unit, key.cut) != (TOTAL, ""):
            block = (questionnaire.instrument_of(key.measure).id, questionnaire.measure(key.measure).among)
            groups = closed.setdefault((*block, key.cut), {}).setdefault(key.measure, [])
            groups += [(key.unit, key.category)] if cell.closed else []
    assert len(closed["care", "carer", "age"]) == 11
    ages = [age for unit, age in closed["care", "carer", "age"]["care_burdened"] if unit == TOTAL]
    assert 0 < len(ages) < 6
    for sisters in closed.values():
        assert len(set(map(tuple, sisters.values()))) == 1, sisters


def test_a_question_takes_its_sisters_along_and_not_the_questions_to_other_people() -> None:
    questionnaire = build_questionnaire(["care"])
    helps = [item.key for item in questionnaire.items if item.key.startswith("care_help")]
    rows, units = [], []
    for unit, carers, burdens in (("A", 40, (1, 5)), ("B", 40, (1, 1)), ("C", 60, (1, 5))):  # in B nobody is burdened
        for place in range(carers):
            answers: dict[str, int | None] = dict.fromkeys(helps, place % 2)
            answers |= {
                "care_burden": burdens[place % 2],
                "care_known": (1, 3)[place % 2],
                "care_hours": 8 - place % 2 * 4,
            }
            rows.append({**care_rows(1, 1)[0], **answers})
        rows += care_rows(0, 40)
        units += [unit] * (carers + 40)
    dataset = dataset_of(questionnaire, rows, units=units)
    released = released_of(dataset, questionnaire)
    for measure in ("care_burdened", "care_manager_knows", "care_kept_quiet", "care_intensive", "care_help_home"):
        assert closed_units(released, measure) == ["A", "B"]  # A is the smallest of the others
    assert closed_units(released, "carer") == []


# ----------------------------------------------------------------------------- the same every time


def analyse_files(answers: Path, files: DemoFiles) -> Results:
    survey = read_survey(files.survey)
    return analyse(survey, read_answers(answers, survey, read_roster(files.roster, survey)), load_figures())


def test_the_same_answers_give_the_same_bytes(demo_files: DemoFiles, demo_results: Results) -> None:
    again = analyse_files(demo_files.answers, demo_files)
    assert again.release.as_csv() == demo_results.release.as_csv()
    assert again.comparisons == demo_results.comparisons
    assert again.changes == demo_results.changes
    assert again.findings == demo_results.findings


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_the_rows_has_no_influence(
    seed: int, demo_files: DemoFiles, demo_results: Results, tmp_path: Path
) -> None:
    header, *lines = demo_files.answers.read_text(encoding="utf-8").splitlines(keepends=True)
    random.Random(seed).shuffle(lines)
    shuffled = tmp_path / "answers.csv"
    shuffled.write_text(header + "".join(lines), encoding="utf-8")
    again = analyse_files(shuffled, demo_files)
    assert again.release.as_csv() == demo_results.release.as_csv()
    assert again.findings == demo_results.findings


@pytest.mark.parametrize("key", ["unit", "carer", "job_type"])
def test_no_cut_can_take_the_place_of_a_division_that_is_always_there(key: str, tmp_path: Path) -> None:
    file = tmp_path / "survey.toml"
    file.write_text(
        f"""
        [survey]
        organisation = "Werkplaats Zuid"
        title = "Onderzoek"
        wave = "2026"
        fieldwork_from = 2026-10-05
        fieldwork_to = 2026-10-23
        instruments = ["recovery"]
        [[cuts]]
        key = "{key}"
        name = "a cut"
        categories = [{{key = "a", nl = "a", en = "a"}}, {{key = "b", nl = "b", en = "b"}}]
        """,
        encoding="utf-8",
    )
    with pytest.raises(InputError, match=f"uses the key '{key}'"):
        read_survey(file)


def test_closing_looks_at_one_measure_at_a_time() -> None:
    # In one unit most people skip the last question: that figure closes, the others stay.
    questionnaire = build_questionnaire(["recovery", "balance"])
    rows = [dict(row) for row in random_rows(questionnaire, 120, np.random.default_rng(1), silent=0.0)]
    for row in rows[:32]:
        row["balance_satisfied"] = None
    dataset = dataset_of(questionnaire, rows, units=["A"] * 40 + ["B"] * 35 + ["C"] * 45)
    released = released_of(dataset, questionnaire)
    assert closed_units(released, "recovery") == []
    assert closed_units(released, "balance_satisfied") == ["A", "B"]


# ------------------------------------------------------------------------------------------ with a roster


def test_a_roster_narrows_the_interval_of_the_groups_it_knows() -> None:
    questionnaire = build_questionnaire(["recovery", "care"])
    rng = np.random.default_rng(3)
    carers = [{**row, "care_burden": int(rng.integers(1, 6))} for row in care_rows(40, 120)]
    rows = [{**row, **care} for row, care in zip(random_rows(questionnaire, 120, rng, 0.0), carers, strict=True)]
    survey = survey_of(questionnaire, cuts=[cut_of("sex", "women", "men")])
    sex = [int(place % 12 >= 7) for place in range(120)]  # 70 women and 50 men, in each unit 35 and 25
    everyone = Headcount(180, {("A",): 90, ("B",): 90}, {"sex": {"women": 95, "men": 85}})
    plain = dataset_of(questionnaire, rows, units=["A"] * 60 + ["B"] * 60, cuts={"sex": sex})
    plan = make_plan(survey, plain.reported_tree(20), ["2026"])
    without = release([plain], questionnaire, plan, 10)
    known = release([replace(plain, headcount=everyone)], questionnaire, plan, 10)
    for find in (
        lambda r: r.total("recovery"),
        lambda r: r.unit("recovery", "A"),
        lambda r: r.category("recovery", "sex", "men"),
    ):
        before, after = find(without), find(known)
        assert (before.share, before.mean, before.n_low) == (after.share, after.mean, after.n_low)
        assert after.share_high - after.share_low < before.share_high - before.share_low
        assert (before.invited, after.invited is not None) == (None, True)
    # A roster cannot know who cares for someone: no population, no correction.
    for find in (lambda r: r.total("care_burdened"), lambda r: r.category("recovery", "carer", "not_carer")):
        assert not find(known).closed
        assert find(known) == find(without)
        assert find(known).invited is None


def test_a_roster_that_counts_fewer_people_than_answered_is_no_guide() -> None:
    questionnaire = build_questionnaire(["recovery"])
    rows = random_rows(questionnaire, 60, np.random.default_rng(3), silent=0.0)
    survey = survey_of(questionnaire, cuts=[cut_of("sex", "women", "men")])
    wrong = Headcount(80, {("A",): 80}, {"sex": {"women": 39, "men": 41}})
    dataset = dataset_of(questionnaire, rows, units=["A"] * 60, cuts={"sex": [0] * 40 + [1] * 20}, headcount=wrong)
    released = release([dataset], questionnaire, make_plan(survey, dataset.reported_tree(20), ["2026"]), 10)
    # More women answered than were invited: then the roster is no guide to any of the categories of that cut.
    assert released.category("recovery", "sex", "women").invited is None
    assert released.category("recovery", "sex", "men").invited is None
    assert released.unit("recovery", "A").invited == 80


def test_answers_that_are_counted_above_their_own_unit_leave_the_roster_a_guide() -> None:
    questionnaire = build_questionnaire(["recovery", "care"])
    rng = np.random.default_rng(3)
    carers = [{**row, "care_burden": int(rng.integers(1, 6))} for row in care_rows(40, 120)]
    rows = [{**row, **care} for row, care in zip(random_rows(questionnaire, 120, rng, 0.0), carers, strict=True)]
    # Everybody was invited to a unit, and 24 of B chose to be counted for the organisation only.
    invited = Headcount(180, {("A",): 90, ("B",): 90}, {})
    dataset = dataset_of(questionnaire, rows, units=["A"] * 40 + [None] * 24 + ["B"] * 56, headcount=invited)
    released = released_of(dataset, questionnaire)
    assert [released.unit(RESPONSE, unit).invited for unit in ("A", "B")] == [90, 90]
    assert released.total(RESPONSE).share == 67
    # Somebody in no unit closes no category of the organisation that is made from answers.
    assert not released.category("recovery", "carer", "carer").closed


# ------------------------------------------------------------------------------------- other kinds of scores


def test_a_small_group_borrows_the_spread_of_all_and_a_large_one_uses_its_own() -> None:
    questionnaire = unchecked([instrument_from_table(changed("items.0.measure", {"share": False}), "x.toml")])
    # In unit A all 20 answer 3, in unit B half of 40 answers 1 and half 5.
    rows = [{"food": 3}] * 20 + [{"food": 1}, {"food": 5}] * 20
    dataset = dataset_of(questionnaire, rows, units=["A"] * 20 + ["B"] * 40)
    released = released_of(dataset, questionnaire)
    plan = replace(released.plan, divided=frozenset({"food"}))
    small, large = (release([dataset], questionnaire, plan, 10).unit("food", unit) for unit in ("A", "B"))
    assert (str(small.mean), str(large.mean)) == ("3.0", "3.0")
    assert small.mean_low is not None and small.mean_low < 3  # its own spread of nought stays hidden
    # All 60: 40 answers at a distance of 2, so sd = sqrt(160/59) = 1.6468; t(59) = 2.00100; n printed as 20-24.
    assert str(small.mean_low) == "2.2"  # 3 - 2.001 * 1.6468 / sqrt(20) = 2.263, outwards
    # Unit B: sd = sqrt(160/39) = 2.0255; t(39) = 2.02269; 3 - 2.02269 * 2.0255 / sqrt(40) = 2.352, outwards.
    assert str(large.mean_low) == "2.3"


def test_a_larger_promise_keeps_the_spread_of_larger_groups() -> None:
    questionnaire = unchecked([instrument_from_table(changed("items.0.measure", {"share": False}), "x.toml")])
    # In unit A all 40 answer 3: printed by itself, the interval would say so.
    rows = [{"food": 3}] * 40 + [{"food": 1}, {"food": 5}] * 20
    dataset = dataset_of(questionnaire, rows, units=["A"] * 40 + ["B"] * 40)
    plan = replace(plan_of(dataset, questionnaire), divided=frozenset({"food"}))
    lows = {k: release([dataset], questionnaire, plan, k).unit("food", "A").mean_low for k in (10, 13, 14, 20)}
    # From 3 k answers on the own spread counts: 40 is at least 3 x 13, and less than 3 x 14.
    assert {k: str(low) for k, low in lows.items()} == {10: "3.0", 13: "3.0", 14: "2.5", 20: "2.5"}


def test_the_bounds_of_a_percentage_run_from_nought_to_a_hundred() -> None:
    table = changed("measures.0.statistic", "percent")
    table["measures"][0]["flag"] = {"at_least": 50}
    questionnaire = unchecked([instrument_from_table(table, "x.toml")])
    rows = [{"food": 5, "noise": 1} if place else {"food": 1, "noise": 5} for place in range(12)]
    dataset = dataset_of(questionnaire, rows)
    released = release([dataset], questionnaire, make_plan(survey_of(questionnaire), (), ["2026"]), 10)
    cell = released.total("canteen")
    assert str(cell.mean) == "91.7"  # eleven of twelve at 100, one at 0
    assert cell.mean_low is not None and 60 < cell.mean_low < 91
    assert str(cell.mean_high) == "100.0"


# ------------------------------------------------------------------------------------------- certificate


def test_the_certificate_says_what_was_released_and_what_was_checked(demo_results: Results) -> None:
    released = demo_results.release
    files = {"survey.toml": "bb", "answers.csv": "aa"}
    found: dict[str, Any] = certificate(released, files, "1.2.3", synthetic=True)
    cells = list(released.cells.values())
    closed = [cell for cell in cells if cell.closed]
    assert found["software"] == "peil 1.2.3"
    assert set(found["solvers"]) == {"highspy", "scipy", "numpy"} and all(found["solvers"].values())
    assert found["synthetic"] is True
    assert found["release"] == hashlib.sha256(released.as_csv().encode()).hexdigest()
    assert found["promise"] == {"k": 10, "smallest_open_group": 11}
    assert found["cells"] == {"planned": len(cells), "open": len(cells) - len(closed), "closed": len(closed)}
    assert found["plan"] == {
        "wave": "2026",
        "earlier_waves": ["2025"],
        "measures": len(released.plan.measures),
        "units": len(released.plan.tree),
        "cuts": ["age", "sex", "contract", "carer", "job_type"],
    }
    assert found["attack"]["means"] and found["attack"]["narrowest_interval"] >= 10
    assert found["ledger"] is None
    assert list(found["sha256"]) == ["answers.csv", "survey.toml"]
    assert dict(found["sha256"]) == files
    for sentences in (found["rules"], found["not_checked"], found["attack"]["given_to_the_attacker"]):
        assert sentences and all(isinstance(sentence, str) for sentence in sentences)


def test_with_a_ledger_the_certificate_says_where_the_release_stands_in_it(demo_results: Results) -> None:
    found: dict[str, Any] = certificate(demo_results.release, {}, "1", synthetic=True, ledger=LedgerMark(7, "ab"))
    assert found["ledger"] == {"entries": 7, "head": "ab"}
    without = certificate(demo_results.release, {}, "1", synthetic=True)["not_checked"]
    assert set(without) - set(found["not_checked"]) == {  # type: ignore[call-overload]
        "no ledger was kept: other releases about the same people were not looked at"
    }


def test_the_certificate_never_tells_why_a_cell_is_closed_nor_how_often_an_attack_succeeded(
    demo_results: Results,
) -> None:
    found: dict[str, Any] = certificate(demo_results.release, {}, "1.2.3", synthetic=True)
    assert set(found) == {
        "software", "solvers", "synthetic", "release", "promise", "plan", "cells", "models", "rules", "attack",
        "ledger", "not_checked", "sha256",
    }  # fmt: skip
    assert set(found["cells"]) == {"planned", "open", "closed"}
    assert set(found["attack"]) == {"means", "narrowest_interval", "given_to_the_attacker"}


def test_a_closed_cell_knows_nothing_but_its_place() -> None:
    cell = Cell(CellKey("2026", "fatigue"))
    assert cell.closed
    assert cell.row() == ("2026", "fatigue", TOTAL, "", "", *[""] * 8, 1)
