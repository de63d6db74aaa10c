"""Each of the twenty rules of disclosure control, switched off in turn: something notices.

A rule has a scenario that holds, and a switch that takes exactly this rule out of the product: then the same
scenario must fail. Where a rule is kept by design, the switch is the smallest change that breaks the design.
Rules that are kept elsewhere than in the gate are looked at where they are kept: 7 and 16 in what a
questionnaire can hold, 15 in the analysis, 18 in the ledger, 19 in the store of opened ballots, and 20 where one
more division is asked for.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Column, DateTime, Integer, MetaData

from analysis import results
from analysis.benchmark.figures import load_figures
from analysis.dataset import Dataset
from analysis.disclosure import gate, ledger, printing, request
from analysis.disclosure import release as releasing
from analysis.disclosure.knowledge import Breach, Knowledge, Outcome, Targets, World
from analysis.disclosure.plan import CellKey, ReportingPlan
from analysis.disclosure.reader import Reader, Search
from analysis.disclosure.structure import Structure
from analysis.units import TOTAL
from instruments import structure as questions
from instruments.loading import instrument_from_table
from instruments.model import InstrumentError, Scale
from survey_app.stores import tables_results
from tests.properties.companies import Company, Group, barred_units, company_of, say
from tests.properties.promises import check_print, check_secrets

Patch = pytest.MonkeyPatch
Row = Mapping[str, str]


def publish(made: Company, barred: frozenset[str] = frozenset()) -> list[Row]:
    """The released rows of a company, after a look at what they say and at what can be made of them."""
    history = gate.History(barred=barred)
    text = releasing.release([made.dataset], made.questionnaire, made.plan, made.k, history).as_csv()
    check_print(made, text, barred)
    check_secrets(made, text)
    return list(csv.DictReader(io.StringIO(text)))


A, B, C, D = ("A",), ("B",), ("C",), ("D",)

# ------------------------------------------------------------------------- scenarios: what is kept in the gate


def small_groups_are_closed() -> None:
    publish(company_of(Group(A, say(3, 6)), Group(B, say(3, 7)), Group(C, say(20, 40))))


def a_small_unit_is_not_what_the_others_leave_of_the_total() -> None:
    publish(company_of(Group(A, say(3, 6)), Group(B, say(15, 31)), Group(C, say(20, 40))))


def people_in_none_of_the_parts_of_their_unit_are_a_group_too() -> None:
    publish(company_of(Group(("A", "1"), say(15, 41)), Group(A, say(2, 4)), Group(B, say(20, 50))))


def a_unit_that_one_person_left_is_not_shown_again() -> None:
    before = company_of(Group(A, say(15, 40)), Group(B, say(20, 50)))
    after = replace(before, people=before.people[1:])
    barred = barred_units(after, [(before, frozenset({TOTAL, "A", "B"}))])
    assert barred
    publish(after, barred)


def a_closed_rest_is_not_certainly_of_one_mind() -> None:
    publish(company_of(Group(A, say(30, 60)), Group(B, say(22, 40)), Group(C, say(0, 8)), Group(D, say(0, 6))))


def no_share_says_that_a_whole_team_is_ill() -> None:
    rows = publish(company_of(Group(A, say(40, 40)), Group(B, say(20, 60)), Group(C, say(20, 50))))
    assert not any(row["share"] in ("0", "100") for row in rows if row["measure"] == "tired")


def of_a_few_absentees_nobody_learns_how_many_they_are() -> None:
    publish(company_of(Group(A, say(15, 57), away=3), Group(B, say(10, 22), away=30), rostered=True))


def a_group_is_one_larger_than_promised() -> None:
    publish(company_of(Group(A, say(4, 10)), Group(B, say(15, 32)), Group(C, say(20, 40))))


def all_but_one_is_a_group_too() -> None:
    publish(company_of(Group(A, say(15, 40), women=39), Group(B, say(20, 50), women=30), cuts=("sex",)))


def a_category_within_a_unit_needs_twice_as_many() -> None:
    publish(company_of(Group(A, say(15, 40), women=15), Group(B, say(20, 50), women=30), cuts=("sex",)))


def cuts_stop_at_the_first_level() -> None:
    teams = (Group(("A", team), say(20, 60), women=30) for team in ("1", "2"))
    rows = publish(company_of(*teams, Group(B, say(20, 60), women=30), cuts=("sex",)))
    assert not any(row["cut"] and " > " in row["unit"] for row in rows)


def a_zero_is_blank() -> None:
    publish(company_of(Group(A, say(15, 40), women=40), Group(B, say(20, 50), women=30), cuts=("sex",)))


def numbers_below_thirty_are_bands() -> None:
    publish(company_of(Group(A, say(5, 17)), Group(B, say(15, 40))))


def small_groups_do_not_print_how_divided_they_are() -> None:
    # Two ways to answer with the same number of yes and the same sum; the company as a whole is the same too.
    one, other = [5] * 4 + [1] * 8, [4] * 4 + [2, 1] * 4
    rows = []
    for mine, yours in ((one, other), (other, one)):
        printed = publish(company_of(Group(A, mine), Group(B, [*yours, *say(15, 40)])))
        rows += [row for row in printed if (row["unit"], row["measure"]) == ("A", "tired")]
    assert rows[0]["mean_low"]
    assert rows[0] == rows[1]


def a_percentage_is_a_count() -> None:
    # 68% of 107 people, 67% of 60 and 97% of 34: nobody in the two closed units said yes.
    groups = (Group(A, say(40, 60)), Group(B, say(33, 34)), Group(C, say(0, 6)), Group(D, say(0, 7)))
    publish(company_of(*groups, asked="two"))


def all_closed_rows_look_alike() -> None:
    rows = publish(company_of(Group(A, say(3, 6)), Group(B, say(15, 31)), Group(C, say(20, 40))))
    names = ("wave", "measure", "unit", "cut", "category")
    closed = {tuple(value for name, value in row.items() if name not in names) for row in rows if row["closed"] == "1"}
    assert len(closed) == 1


# --------------------------------------------------------------------------- scenarios: what is kept elsewhere


def nobody_is_asked_for_amounts() -> None:
    refuse_question({"range": [0, 250_000]})


def nobody_is_asked_for_words() -> None:
    refuse_question({"words": True})


def refuse_question(scale: Mapping[str, object]) -> None:
    own = {
        "id": "own",
        "scales": {"own": scale},
        "items": [{"key": "own", "scale": "own", "measure": {"share": False}}],
        "texts": {"en": {"title": "Own", "items": {"own": {"text": "What would you like to say?", "short": "own"}}}},
    }
    try:
        instrument_from_table(own, "own.toml")
    except InstrumentError:
        return
    raise AssertionError("a questionnaire can hold this question")


def what_is_concluded_comes_from_released_figures_alone() -> None:
    # Nothing of eight people is open, so whatever they say, everything that is made of it is the same.
    made = [company_of(Group(A, say(yes, 8))) for yes in (0, 8)]
    one, other = (results.analyse(each.survey, [each.dataset], load_figures()) for each in made)
    assert one.release.as_csv() == other.release.as_csv()
    assert (one.comparisons, one.changes, one.findings) == (other.comparisons, other.changes, other.findings)


def a_unit_with_another_name_gets_no_other_figure() -> None:
    entries: tuple[ledger.Entry, ...] = ()
    for unit, share in (("A", 40), ("Renamed", 41)):
        figures = {CellKey("2026", "tired", unit): ledger.Figure(31, 31, share, "2.6")}
        drafts = ledger.draft_cells(figures, {("2026", unit): ("group-1", "group-2")}, "survey", dt.date(2026, 11, 2))
        try:
            entries += ledger.append(entries, drafts)
        except ledger.LedgerContradicted:
            return
    raise AssertionError("the same people have two figures")


def an_opened_ballot_has_no_name_and_no_moment() -> None:
    columns = tables_results.BALLOT.columns
    assert set(columns.keys()) == {"survey_id", "id", "unit", "content", "content_hash"}
    assert not any(isinstance(column.type, DateTime | Integer) for column in columns)


def whoever_analyses_answers_has_no_names_and_no_moments() -> None:
    names = {field.name for field in fields(gate.score_dataset.__globals__["Dataset"])}
    assert names == {"wave", "n", "codes", "paths", "unit", "cuts", "headcount"}


def a_refusal_says_nothing() -> None:
    made = company_of(Group(("A", "1"), say(20, 60), women=30), Group(("A", "2"), say(3, 11), women=4), cuts=("sex",))
    first = releasing.release([made.dataset], made.questionnaire, made.plan, made.k)
    rows = {key: request.as_texts(cell) for key, cell in first.cells.items()}
    too_small, not_there, no_cut, done = (("A", "2"), "sex"), (("B",), "sex"), (("A", "1"), "age"), (("A",), "sex")
    for path, cut in (too_small, not_there, no_cut, done):
        assert request.divide_unit(made.dataset, made.questionnaire, made.plan, rows, made.k, path, cut) is None


# ---------------------------------------------------------------------------------------------- switches


def without_limit(patch: Patch) -> None:
    patch.setattr(gate._Gate, "_too_small", lambda self, measure: np.zeros_like(self._sums[measure].n, dtype=bool))


def without_secondary_suppression(patch: Patch) -> None:
    patch.setattr(gate, "suppress", lambda task, attack: task.primary | task.hidden)


def without_hidden_groups(patch: Patch) -> None:
    """Neither who closes nor who attacks minds people whom the plan does not name."""
    people, answers, suppress = Reader.of_people, Reader.of_answers, gate.suppress

    def planned(reader: Reader, targets: Targets) -> Targets:
        names, seen = ("count", "answers", "mind"), reader.structure.planned
        # Those who did not answer stand behind the places, and stay targets.
        kept = np.concatenate([seen, np.ones(targets.count.size - seen.size, dtype=bool)])
        return replace(targets, **{name: getattr(targets, name) & kept for name in names})

    def of_people(reader: Reader, *given: Any) -> list[Search]:
        return [replace(search, targets=planned(reader, search.targets)) for search in people(reader, *given)]

    def of_answers(reader: Reader, *given: Any, **more: Any) -> tuple[Knowledge, Targets]:
        knowledge, targets = answers(reader, *given, **more)
        return knowledge, planned(reader, targets)

    patch.setattr(Reader, "of_people", of_people)
    patch.setattr(Reader, "of_answers", of_answers)
    patch.setattr(
        gate, "suppress", lambda task, attack: suppress(replace(task, guarded=task.guarded & task.closable), attack)
    )


def without_earlier_waves(patch: Patch) -> None:
    patch.setattr(releasing, "decide", lambda dataset, asked, plan, k, history: gate.decide(dataset, asked, plan, k))


def without_one_mind_by_inference(patch: Patch) -> None:
    patch.setattr(gate, "attack", _attack_less(lambda breach: breach.kind in {"one_mind", "insider"}))


def without_one_mind_in_print(patch: Patch) -> None:
    real = gate.attack
    patch.setattr(gate, "certainly_of_one_mind", lambda printed: np.zeros(printed.share.size, dtype=bool))

    def attack(knowledge: Knowledge, targets: Targets, truth: World) -> Outcome:
        return real(knowledge, replace(targets, mind=targets.mind & targets.answers), truth)

    patch.setattr(gate, "attack", attack)


def with_amounts(patch: Patch) -> None:
    patch.setattr(questions, "_CODES", range(1_000_000))


def without_bands_for_absentees(patch: Patch) -> None:
    unknown = printing.UNKNOWN
    patch.setattr(gate, "print_people", lambda n, k, invited: printing.print_people(n, k, np.full_like(n, unknown)))


def without_insiders(patch: Patch) -> None:
    patch.setattr(gate, "INSIDERS", 0)


def without_attacker(patch: Patch) -> None:
    patch.setattr(gate, "attack", lambda knowledge, targets, truth: Outcome((), None, {}))


def without_the_double_limit(patch: Patch) -> None:
    patch.setattr(Structure, "crossed", property(lambda self: np.zeros(len(self.places), dtype=bool)))


def with_cuts_everywhere(patch: Patch) -> None:
    patch.setattr(ReportingPlan, "crossed", lambda self, cut: ((), *self.tree))


def with_zeros(patch: Patch) -> None:
    real = releasing.print_cells

    def print_cells(decision: gate.Decision, *given: Any) -> dict[CellKey, releasing.Cell]:
        index, sums = decision.structure.index, decision.sums
        return {
            key: cell if sums[key.measure].n[index[key.place]] else releasing.Cell(key, 0, 0)
            for key, cell in real(decision, *given).items()
        }

    patch.setattr(releasing, "print_cells", print_cells)


def without_bands(patch: Patch) -> None:
    patch.setattr(printing, "EXACT_FROM", 1)


def with_own_spread(patch: Patch) -> None:
    patch.setattr(releasing, "own_spread_from", lambda k: 1)


def with_unread_percentages(patch: Patch) -> None:
    """The attacker does not look at what shares and means say."""
    real = gate.attack

    def attack(knowledge: Knowledge, targets: Targets, truth: World) -> Outcome:
        layers = tuple(
            replace(
                layer,
                low=np.full_like(layer.low, layer.unit * layer.bottom),
                high=np.full_like(layer.high, layer.unit * layer.top),
                strict=np.zeros_like(layer.strict),
            )
            for layer in knowledge.layers
        )
        return real(replace(knowledge, layers=layers), targets, truth)

    patch.setattr(gate, "attack", attack)


def with_findings_from_answers(patch: Patch) -> None:
    seen: list[Dataset] = []
    real = results.release

    def remember(datasets: Sequence[Dataset], *given: Any) -> releasing.Release:
        seen[:] = datasets
        return real(datasets, *given)

    patch.setattr(results, "release", remember)
    patch.setattr(results, "make_findings", lambda *_: tuple(int(codes.sum()) for codes in seen[0].codes.values()))


def with_free_text(patch: Patch) -> None:
    real = questions._read_scale
    words = Scale("own", (0, 1), (0, 1), numeric=True)
    patch.setattr(questions, "_read_scale", lambda key, table, at: words if "words" in table else real(key, table, at))


def with_reasons(patch: Patch) -> None:
    real = releasing.Cell.row

    def row(cell: releasing.Cell) -> tuple[object, ...]:
        printed = list(real(cell))
        if cell.closed and cell.key.unit == "A":
            printed[5] = "too small"
        return tuple(printed)

    patch.setattr(releasing.Cell, "row", row)


def with_labels_for_people(patch: Patch) -> None:
    real = ledger.draft_cells
    patch.setattr(ledger, "draft_cells", lambda cells, people, *more: real(cells, {at: at[1:] for at in people}, *more))


def with_a_time_of_opening(patch: Patch) -> None:
    timed = tables_results.BALLOT.to_metadata(MetaData())
    timed.append_column(Column("opened_at", DateTime))
    patch.setattr(tables_results, "BALLOT", timed)


def with_talking_refusals(patch: Patch) -> None:
    """Somebody who asks for what is too small gets an answer of its own: nothing, instead of a refusal."""
    real = request.divide_unit

    def divide(
        dataset: Dataset, asked: Any, plan: ReportingPlan, *more: Any
    ) -> Mapping[CellKey, releasing.Cell] | None:
        found = real(dataset, asked, plan, *more)
        return {} if found is None and more[-2] in plan.tree else found

    patch.setattr(request, "divide_unit", divide)


def _attack_less(dropped: Callable[[Breach], bool]) -> Callable[[Knowledge, Targets, World], Outcome]:
    real = gate.attack

    def attack(knowledge: Knowledge, targets: Targets, truth: World) -> Outcome:
        outcome = real(knowledge, targets, truth)
        return replace(outcome, breaches=tuple(breach for breach in outcome.breaches if not dropped(breach)))

    return attack


#: By number of the rule: what takes it out, and what holds as long as it is there.
RULES: tuple[tuple[int, Callable[[Patch], None], Callable[[], None]], ...] = (
    (1, without_limit, small_groups_are_closed),
    (2, without_secondary_suppression, a_small_unit_is_not_what_the_others_leave_of_the_total),
    (3, without_hidden_groups, people_in_none_of_the_parts_of_their_unit_are_a_group_too),
    (4, without_earlier_waves, a_unit_that_one_person_left_is_not_shown_again),
    (5, without_one_mind_by_inference, a_closed_rest_is_not_certainly_of_one_mind),
    (6, without_one_mind_in_print, no_share_says_that_a_whole_team_is_ill),
    (7, with_amounts, nobody_is_asked_for_amounts),
    (8, without_bands_for_absentees, of_a_few_absentees_nobody_learns_how_many_they_are),
    (9, without_insiders, a_group_is_one_larger_than_promised),
    (10, without_attacker, all_but_one_is_a_group_too),
    (11, without_the_double_limit, a_category_within_a_unit_needs_twice_as_many),
    (11, with_cuts_everywhere, cuts_stop_at_the_first_level),
    (12, with_zeros, a_zero_is_blank),
    (13, without_bands, numbers_below_thirty_are_bands),
    (13, with_own_spread, small_groups_do_not_print_how_divided_they_are),
    (14, with_unread_percentages, a_percentage_is_a_count),
    (15, with_findings_from_answers, what_is_concluded_comes_from_released_figures_alone),
    (16, with_free_text, nobody_is_asked_for_words),
    (17, with_reasons, all_closed_rows_look_alike),
    (18, with_labels_for_people, a_unit_with_another_name_gets_no_other_figure),
    (19, with_a_time_of_opening, an_opened_ballot_has_no_name_and_no_moment),
    (20, with_talking_refusals, a_refusal_says_nothing),
)
NAMES = [f"{number:02}-{scenario.__name__}" for number, _, scenario in RULES]


def test_no_rule_is_left_out() -> None:
    assert {number for number, _, _ in RULES} == set(range(1, 21))


@pytest.mark.parametrize(("number", "switch", "scenario"), RULES, ids=NAMES)
def test_the_rule_holds_and_is_missed_when_it_is_switched_off(
    number: int, switch: Callable[[Patch], None], scenario: Callable[[], None], monkeypatch: Patch
) -> None:
    scenario()
    switch(monkeypatch)
    with pytest.raises(AssertionError):
        scenario()
