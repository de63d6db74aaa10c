"""The release: analysed once, kept as it is, and made of nothing but the opened ballots."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from analysis.dataset import Dataset
from analysis.disclosure import gate
from analysis.disclosure import ledger as ledger_logic
from analysis.disclosure.knowledge import Unsolved
from analysis.disclosure.ledger import BEGINNING, Draft, Figure, LedgerBroken
from analysis.disclosure.plan import CellKey
from analysis.disclosure.release import Cell
from analysis.errors import InputError
from survey_app.analysing import CERTIFICATE, RELEASED, WRITTEN
from survey_app.anonymity.encoding import digest
from survey_app.anonymity.manifest import Manifest
from survey_app.cli.progress import STEPS
from survey_app.commission import releasing
from survey_app.commission.commissioning import EARLIER_ANSWERS, EARLIER_ROSTER, SURVEY_FILE
from survey_app.commission.recording import drafts_of, history_of
from survey_app.commission.releasing import release_survey
from survey_app.publication import PAGES, read_publication
from survey_app.stores import ledger, results, roster, writing
from survey_app.stores.errors import WrongState
from survey_app.stores.ledger import LedgerMoved
from survey_app.stores.roster import State
from tests.survey_app.commission.stages import ANSWERING, At, Underway
from tests.survey_app.commission.test_lifecycle import opened_file
from tests.survey_app.small_survey import HEADER, answer_rows, as_csv


def release(survey: Underway) -> dict[str, bytes]:
    """What is written when a survey is released, by file name."""
    with survey.app.app_context():
        release_survey(survey.survey_id, lambda *_: None)
    return {path.name: path.read_bytes() for path in survey.config.release_folder(survey.survey_id).iterdir()}


@pytest.fixture
def analysed(monkeypatch: pytest.MonkeyPatch) -> list[Dataset]:
    """The datasets that the next release analyses, oldest wave first."""
    seen: list[Dataset] = []
    analyse = releasing.analyse

    def note(survey: Any, datasets: Sequence[Dataset], *others: Any) -> Any:
        seen.extend(datasets)
        return analyse(survey, datasets, *others)

    monkeypatch.setattr(releasing, "analyse", note)
    return seen


def test_a_release_is_the_report_the_figures_and_the_pages(at: At, analysed: list[Dataset]) -> None:
    survey = at(2, "opened")
    files = release(survey)
    assert set(files) == {*WRITTEN, PAGES}
    assert survey.state is State.RELEASED
    (dataset,) = analysed
    assert dataset.n == sum(ANSWERING.values())
    assert dataset.headcount is not None
    assert dataset.headcount.total == 46
    assert dataset.headcount.units == {("Kantoor",): 20, ("Zorg", "Noord"): 22, ("Zorg", "Zuid"): 4}
    found = read_publication(survey.config.release_folder(survey.survey_id))
    assert found is not None and (found.organisation, found.wave) == ("Voorbeeld BV", "2026")


def test_the_certificate_names_the_promise_and_the_tally_list(at: At) -> None:
    survey = at(2, "released")
    folder = survey.config.release_folder(survey.survey_id)
    sums = json.loads((folder / CERTIFICATE).read_text(encoding="utf-8"))["sha256"]
    with survey.app.app_context():
        head = results.head(survey.survey_id)
    assert head is not None
    assert sums["manifest"] == digest("manifest", survey.manifest.text).hex()
    assert sums["tally list"] == head.root.hex()
    assert set(sums) == {"manifest", "tally list", *WRITTEN} - {CERTIFICATE}


def test_the_same_ballots_give_the_same_bytes(at: At) -> None:
    assert release(at(2, "opened")) == release(at(2, "opened"))


def test_who_withdrew_before_the_release_is_left_out(at: At, analysed: list[Dataset]) -> None:
    survey = at(2, "opened")
    opened_file(survey)
    with survey.app.app_context():
        (first, *_), count = survey.open_urn().ballots, len(results.ballots(survey.survey_id))
        assert results.withdraw(survey.survey_id, first.id)
        assert len(results.ballots(survey.survey_id)) == count - 1
    release(survey)
    assert [dataset.n for dataset in analysed] == [count - 1]


def test_who_withdraws_after_the_release_changes_nothing_that_was_published(at: At) -> None:
    survey = at(2, "released")
    before = {path.name: path.read_bytes() for path in survey.config.release_folder(survey.survey_id).iterdir()}
    pages = [survey.as_("board").get(f"/staff/results/{survey.survey_id}/{lang}/").data for lang in ("nl", "en")]
    with survey.app.app_context():
        assert results.withdraw(survey.survey_id, survey.open_urn().ballots[0].id)
        with pytest.raises(WrongState):
            release_survey(survey.survey_id, lambda *_: None)
    after = {path.name: path.read_bytes() for path in survey.config.release_folder(survey.survey_id).iterdir()}
    assert after == before
    assert pages == [
        survey.as_("board").get(f"/staff/results/{survey.survey_id}/{lang}/").data for lang in ("nl", "en")
    ]


def test_people_whose_invitation_was_taken_back_were_not_invited(at: At, analysed: list[Dataset]) -> None:
    survey = at(2, "opened")
    with survey.app.app_context():
        unused = next(person for person in survey.people() if not person.issued and person.path == ("Kantoor",))
        roster.revoke(survey.survey_id, unused.id)
    release(survey)
    assert analysed[0].headcount is not None
    assert analysed[0].headcount.total == 45 and analysed[0].headcount.units["Kantoor",] == 19


def test_earlier_waves_stand_beside_this_one(at: At, analysed: list[Dataset]) -> None:
    survey = at(2, "opened")
    folder = survey.config.survey_folder(survey.survey_id)
    text = (folder / SURVEY_FILE).read_text(encoding="utf-8")
    (folder / SURVEY_FILE).write_text(text.replace('wave = "2026"', 'wave = "2026"\nearlier_waves = ["2025"]'))
    rows = [(*row[:2], "Kantoor", *row[3:]) for row in answer_rows() if row[1] == "2025"]
    (folder / EARLIER_ANSWERS).write_text(as_csv(HEADER, rows), encoding="utf-8")
    (folder / EARLIER_ROSTER).write_text(as_csv(HEADER[1:4], [row[1:4] for row in rows]), encoding="utf-8")
    files = release(survey)
    assert [(dataset.wave, dataset.n) for dataset in analysed] == [("2025", 30), ("2026", 26)]
    assert analysed[0].headcount is not None and analysed[0].headcount.total == 30
    waves = {line.partition(",")[0] for line in files[RELEASED].decode().splitlines()[1:]}
    assert waves == {"2025", "2026"}


def test_a_release_that_cannot_be_made_leaves_the_survey_opened(at: At) -> None:
    survey = at(2, "opened")
    path = survey.config.survey_folder(survey.survey_id) / SURVEY_FILE
    whole = path.read_bytes()
    path.unlink()
    before = survey.everything()
    with survey.app.app_context(), pytest.raises(InputError, match=r"survey\.toml: cannot be read"):
        release_survey(survey.survey_id, lambda *_: None)
    assert survey.everything() == before
    path.write_bytes(whole)
    release(survey)
    assert survey.state is State.RELEASED


def test_no_name_no_address_and_no_code_gets_into_a_release(at: At) -> None:
    survey = at(2, "released")
    folder = survey.config.release_folder(survey.survey_id)
    texts = "".join((folder / name).read_text(encoding="utf-8") for name in (RELEASED, CERTIFICATE, PAGES))
    for person in survey.people():
        assert person.name not in texts and survey.code_of(person) not in texts
        assert not person.email or person.email not in texts
    with survey.app.app_context():
        assert not any(json.loads(content)["salt"] in texts for _, content in results.ballots(survey.survey_id))


def test_progress_goes_through_known_steps(at: At) -> None:
    survey, told = at(2, "opened"), []
    with survey.app.app_context():
        release_survey(survey.survey_id, lambda step, part: told.append((step, part)))
    assert {step for step, _ in told} <= set(STEPS)
    assert told[0] == ("analysis", 0.0) and told[-1] == ("files", 0.0)
    assert Path(survey.config.release_folder(survey.survey_id), PAGES).is_file()


# ------------------------------------------------------------------------------------------ the ledger


def test_a_release_stands_in_the_ledger_with_every_cell_and_its_head_in_the_certificate(at: At) -> None:
    survey = at(2, "opened")
    files = release(survey)
    with survey.app.app_context():
        entries = ledger.read("Voorbeeld BV")
    assert {entry.survey for entry in entries} == {survey.survey_id}
    figures = sum(len(entry.figures) for entry in entries)
    assert figures == len(files[RELEASED].decode().splitlines()) - 1
    mark = json.loads(files[CERTIFICATE])["ledger"]
    assert mark == {"entries": len(entries), "head": entries[-1].hash.hex()}


def test_of_two_releases_at_once_the_second_publishes_nothing(at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    survey = at(2, "opened")
    append = ledger.append

    def another_is_quicker(organisation: str, head: bytes, drafts: Any) -> Any:
        other = [replace(draft, survey=f"zzzz{len(ledger.read(organisation)):04}") for draft in drafts][:1]
        append(organisation, head, other)
        return append(organisation, head, drafts)

    monkeypatch.setattr(ledger, "append", another_is_quicker)
    with survey.app.app_context(), pytest.raises(LedgerMoved, match="release it again"):
        release_survey(survey.survey_id, lambda *_: None)
    page = survey.as_("hr").post(f"/staff/hr/{survey.survey_id}/release", data={})
    assert page.status_code == 409 and "Probeer het nog een keer" in page.get_data(as_text=True)
    assert survey.state is State.OPENED
    assert not survey.config.release_folder(survey.survey_id).exists()
    assert not (survey.config.survey_folder(survey.survey_id) / "release-waiting").exists()
    monkeypatch.undo()
    assert PAGES in release(survey)


def test_a_ledger_that_was_altered_by_hand_stops_the_next_release(at: At) -> None:
    survey = at(2, "opened")
    with survey.app.app_context():
        ledger.append("Voorbeeld BV", BEGINNING, [DRAFT])
        with writing("results") as connection:
            connection.exec_driver_sql("UPDATE ledger SET content = replace(content, '\"share\":20', '\"share\":10')")
        with pytest.raises(LedgerBroken, match="entry 1"):
            release_survey(survey.survey_id, lambda *_: None)
    assert survey.state is State.OPENED
    assert not survey.config.release_folder(survey.survey_id).exists()
    page = survey.as_("hr").post(f"/staff/hr/{survey.survey_id}/release", data={})
    assert page.status_code == 409 and "is er niets vrijgegeven" in page.get_data(as_text=True)


def test_what_the_gate_cannot_prove_is_not_published(at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    survey = at(2, "opened")

    def no_time(*_: Any, **__: Any) -> Any:
        raise Unsolved("the solver ran out of time")

    monkeypatch.setattr(gate, "attack", no_time)
    before = survey.everything()
    with survey.app.app_context(), pytest.raises(Unsolved):
        release_survey(survey.survey_id, lambda *_: None)
    assert survey.everything() == before
    assert not survey.config.release_folder(survey.survey_id).exists()


def test_a_unit_that_lost_a_few_people_since_the_last_survey_is_barred(at: At) -> None:
    survey = at(2, "opened")
    manifest = survey.manifest
    with survey.app.app_context():
        assert history_of(manifest, ()).barred == frozenset()
        entries = ledger_logic.append((), drafts_of(two_units_open(manifest), manifest, dt.date(2025, 11, 1)))
        earlier = tuple(replace(entry, survey="zzzzzzzz") for entry in entries)
        # The earlier roster is gone, so nobody can tell who left: only the organisation may appear.
        assert history_of(manifest, earlier).barred == {"Kantoor", "Zorg"}


def two_units_open(manifest: Manifest) -> dict[CellKey, Cell]:
    keys = [CellKey("2025", "response", unit) for unit in ("Total", "Kantoor", "Zorg")]
    return {key: Cell(key, 30, 30) for key in keys}


DRAFT = Draft("zzzzzzzz", "2025", ("u0",), "", "", {"fatigue": Figure(40, 40, 20)}, "plan", "2025-11-01", "release")
