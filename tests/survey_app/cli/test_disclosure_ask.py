"""``peil disclosure ask``: one more cut after the release, shown or refused with one sentence."""

from __future__ import annotations

import csv
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from analysis.disclosure.plan import CellKey
from analysis.disclosure.release import Cell
from survey_app.analysing import RELEASED
from survey_app.cli import main
from survey_app.commission import asking
from survey_app.commission.asking import REFUSAL, ask_for_cut
from survey_app.stores import ledger, results
from tests.survey_app.commission.conftest import at
from tests.survey_app.commission.stages import At, Underway

__all__ = ["at"]


def ask(survey: Underway, *options: str) -> Result:
    return CliRunner().invoke(
        main, ["disclosure", "ask", survey.survey_id, *options], obj=survey.config, catch_exceptions=False
    )


def files(survey: Underway) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in survey.config.release_folder(survey.survey_id).iterdir()}


def test_a_cut_that_is_there_already_is_refused_with_the_one_sentence(at: At) -> None:
    survey = at(2, "released")
    before = files(survey)
    found = ask(survey, "--unit", "Kantoor", "--cut", "sex")
    assert (found.exit_code, found.output.strip()) == (1, REFUSAL)
    assert files(survey) == before


def test_whatever_the_reason_the_refusal_is_the_same_and_leaves_no_trace(
    at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    survey = at(2, "released")
    monkeypatch.setattr(asking, "divide_unit", lambda *_: None)
    with survey.app.app_context():
        entries = ledger.read("Voorbeeld BV")
    found = ask(survey, "--unit", "Zorg", "--cut", "carer")
    assert (found.exit_code, found.output.strip()) == (1, REFUSAL)
    with survey.app.app_context():
        assert ledger.read("Voorbeeld BV") == entries


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--unit", "Norod", "--cut", "sex"), "which is no unit of this survey"),
        (("--unit", "Zorg", "--cut", "sexe"), "did you mean 'sex'"),
    ],
)
def test_a_slip_of_the_pen_is_said(at: At, options: tuple[str, ...], says: str) -> None:
    found = ask(at(2, "released"), *options)
    assert found.exit_code == 2 and says in found.output


def test_before_the_release_nothing_can_be_asked(at: At) -> None:
    found = ask(at(2, "opened"), "--unit", "Zorg", "--cut", "sex")
    assert found.exit_code == 2 and "not released" in found.output


def test_what_is_shown_goes_into_a_file_and_into_the_ledger(at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    survey = at(2, "released")
    shown: dict[CellKey, Any] = {}

    def open_two(*arguments: Any) -> Any:
        plan, path, cut = arguments[2], arguments[5], arguments[6]
        shown.update(cells_of(plan.wave, " > ".join(path), cut))
        return shown

    monkeypatch.setattr(asking, "divide_unit", open_two)
    before = files(survey)
    found = ask(survey, "--unit", "Zorg", "--cut", "sex", "--role", "council")
    assert found.exit_code == 0 and "2 of 2 new figures are shown" in found.output
    after = files(survey)
    assert {name: content for name, content in after.items() if name in before} == before
    certificate_name, new = sorted(after.keys() - before.keys())
    rows = list(csv.DictReader(after[new].decode().splitlines()))
    assert [(row["unit"], row["category"], row["n_low"]) for row in rows] == [
        ("Zorg", "women", "30"), ("Zorg", "men", "31"),
    ]  # fmt: skip
    with survey.app.app_context():
        entries = ledger.read("Voorbeeld BV")
    certificate = json.loads(after[certificate_name])
    assert certificate["divided"] == ["Zorg, sex"] and certificate["cells"] == {"planned": 2, "open": 2, "closed": 0}
    assert certificate["ledger"] == {"entries": len(entries), "head": entries[-1].hash.hex()}
    assert certificate["sha256"] == {name: sha256(after[name]).hexdigest() for name in (RELEASED, new)}
    last = entries[-2:]
    assert {(entry.kind, entry.actor, entry.category) for entry in last} == {
        ("extra", "council", "women"), ("extra", "council", "men"),
    }  # fmt: skip


def cells_of(wave: str, unit: str, cut: str) -> dict[CellKey, Any]:
    keys = [CellKey(wave, "asked later", unit, cut, sex) for sex in ("women", "men")]
    return {key: Cell(key, n, n, 40, 30, 50) for key, n in zip(keys, (30, 31), strict=True)}


def test_after_somebody_withdrew_nothing_new_is_shown(at: At) -> None:
    survey = at(2, "released")
    with survey.app.app_context():
        assert results.withdraw(survey.survey_id, survey.open_urn().ballots[0].id)
        assert ask_for_cut(survey.survey_id, ("Zorg",), "sex", "hr") is None
    assert RELEASED in files(survey) and not list(Path(survey.config.release_folder(survey.survey_id)).glob("*more*"))
