"""The comparison with pytauargus, on a company of 60: both engines protect it, and the same attacker passes both."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analysis.disclosure.knowledge import Relation
from benchmarks import argus, protecting
from benchmarks.companies import AGES, SEXES, invent_company

RULE, LIMIT = f"FREQ({protecting.K},100)", 60.0


@pytest.fixture(scope="module")
def table() -> protecting.Table:
    """Teams by sex of sixty people."""
    return protecting.build_table(invent_company(60))


def test_a_company_is_the_same_on_every_run_and_another_with_another_seed() -> None:
    one, again, other = invent_company(500), invent_company(500), invent_company(500, seed=2)

    assert one.paths == again.paths
    for name in ("team", "department", "sex", "age", "answered"):
        assert (getattr(one, name) == getattr(again, name)).all()
        assert (getattr(one, name) != getattr(other, name)).any()


@pytest.mark.parametrize(("employees", "teams"), [(500, 42), (5000, 417)])
def test_a_company_has_uneven_teams_in_departments_of_two_or_more(employees: int, teams: int) -> None:
    company = invent_company(employees)
    sizes = np.bincount(company.team)

    assert company.employees == employees == sizes.sum()
    assert len(company.paths) == teams == sizes.size
    assert sizes.min() >= 1 and sizes.max() > 2 * np.median(sizes)
    assert [company.paths[team][0] for team in company.team] == [f"D{number + 1}" for number in company.department]
    assert min(np.bincount([int(department[1:]) for department, _ in company.paths])[1:]) >= 2
    assert set(company.sex.tolist()) == set(range(len(SEXES))) and set(company.age.tolist()) == set(range(len(AGES)))
    assert 0.65 < company.answered.mean() < 0.85


def test_the_table_counts_everybody_who_answered_once_in_every_margin(table: protecting.Table) -> None:
    people = dict(zip(table.names, table.people.tolist(), strict=True))
    company = table.company

    assert people[argus.TOTAL, argus.TOTAL] == table.people[0] == company.answered.sum()
    assert people["T00001", "women"] == (company.answered & (company.team == 0) & (company.sex == 0)).sum()
    assert people["D00002", "men"] == (company.answered & (company.department == 1) & (company.sex == 1)).sum()
    for relation in table.lattice.relations:
        assert table.people[relation.total] == table.people[list(relation.parts)].sum()
    # Each cell but those of the finest kind is a total: of its categories, of its units, or of both.
    assert len(table.lattice.relations) == len(table.names) // 3 + 3 * (1 + len(set(company.department.tolist())))


def test_the_attacker_finds_out_a_table_with_only_its_small_cells_closed(table: protecting.Table) -> None:
    small = protecting.small_cells(table)
    found = protecting.find_breaches(table, small)

    assert (small == (table.people < protecting.K)).all()
    exact = [breach for breach in found if breach.low == breach.high]
    assert exact and all(breach.low == table.people[breach.cell] for breach in exact)


def test_peil_and_both_methods_of_pytauargus_end_with_tables_that_the_attacker_passes(
    table: protecting.Table,
) -> None:
    patterns = [protecting.protect_here(table, hide_empty=hide_empty) for hide_empty in (False, True)]
    for method in protecting.METHODS.values():
        closed, seconds = protecting.protect_with_argus(table, RULE, method, LIMIT)
        assert seconds > 0 and not closed[0]
        patterns.append(protecting.mend(table, closed))
        assert (patterns[-1] >= closed).all(), "mending opens nothing"

    for closed in patterns:
        assert (closed >= protecting.small_cells(table)).all() and not closed.all()
        assert protecting.find_breaches(table, closed) == ()


def test_mending_closes_only_what_the_attacker_uses(table: protecting.Table) -> None:
    small = protecting.small_cells(table)
    mended = protecting.mend(table, small)

    assert protecting.find_breaches(table, mended) == ()
    assert (protecting.mend(table, mended) == mended).all()
    used = {cell for breach in protecting.find_breaches(table, small) for cell in breach.how}
    assert used & set(np.flatnonzero(mended & ~small).tolist())


def test_pytauargus_leaves_no_file_behind_and_can_be_run_again(
    table: protecting.Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)

    for _ in range(2):  # a second run where the first one left its files would end the process
        closed, _ = protecting.protect_with_argus(table, RULE, protecting.METHODS["MOD"], LIMIT)
        assert closed.any() and list(tmp_path.iterdir()) == []


def test_a_method_that_is_late_is_stopped_and_has_released_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    entries = protecting.compare(60, ["OPT"], [100], limit=0.01)

    assert entries[2].released == 0.0 and entries[2].total >= 0.01
    assert "OPT(1,1) was stopped after 0.01 s" in capsys.readouterr().err
    assert entries[0].released > 0


def test_a_rule_that_pytauargus_does_not_know_is_reported(table: protecting.Table) -> None:
    with pytest.raises(argus.NoPattern, match="ended with 1"):
        protecting.protect_with_argus(table, RULE, "NONSENSE(1)", LIMIT)


def test_the_comparison_prints_a_line_for_each_engine(capsys: pytest.CaptureFixture[str]) -> None:
    status = protecting.main(["--employees", "60", "--methods", "MOD", "--ranges", "30", "100"])
    lines = capsys.readouterr().out.splitlines()

    names = ["Peil", "Peil, empty ones too", "MOD, range 30 %", "MOD, range 100 %"]
    assert [line[:22].strip() for line in lines[1:5]] == names
    assert [line.split()[-9] for line in lines[1:3]] == ["0", "0"], "nothing is found out of Peil's tables"
    assert status in (0, 1)


def test_the_comparison_fails_when_peil_releases_less_or_is_slower_than_promised() -> None:
    ours = [protecting.Entry("Peil", 0, 0.4, 0.4, 0.2, 0.0), protecting.Entry("Peil", 0, 0.3, 0.3, 9.0, 0.0)]

    assert protecting.keeps_promise([*ours, protecting.Entry("OPT", 3, 0.5, 0.4, 0.6, 0.4)])
    assert not protecting.keeps_promise([*ours, protecting.Entry("OPT", 3, 0.5, 0.41, 0.6, 0.4)])
    assert not protecting.keeps_promise([*ours, protecting.Entry("OPT", 3, 0.5, 0.4, 0.6, 0.3)])


def test_relations_are_sums_of_units_or_of_categories(table: protecting.Table) -> None:
    names = table.names

    def kind(relation: Relation) -> str:
        unit, category = names[relation.total]
        parts = [names[part] for part in relation.parts]
        return (
            "categories" if {name[0] for name in parts} == {unit} else "units" * ({n[1] for n in parts} == {category})
        )

    assert {kind(relation) for relation in table.lattice.relations} == {"categories", "units"}
