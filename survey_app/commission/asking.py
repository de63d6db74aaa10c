"""One more cut after the release: shown when the gate can prove it safe next to everything that is out."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from flask import current_app

from analysis.disclosure import ledger
from analysis.disclosure.certificate import LedgerMark, certificate_of_division
from analysis.disclosure.ledger import Actor
from analysis.disclosure.plan import CellKey, PlannedCut, ReportingPlan, written
from analysis.disclosure.release import Cell, as_csv
from analysis.disclosure.request import Row, divide_unit
from analysis.results import plan_results
from analysis.units import SEPARATOR, TOTAL, UnitPath, natural_order
from survey_app.analysing import RELEASED, write_together
from survey_app.anonymity.manifest import Manifest
from survey_app.commission.lifecycle import promise_of
from survey_app.commission.recording import drafts_of, history_of
from survey_app.commission.releasing import only_one, own_wave, stored_survey
from survey_app.config import Config
from survey_app.stores import ledger as released_before
from survey_app.stores.errors import WrongState
from survey_app.stores.roster import State

#: What everybody is told when a cut is not shown, whatever the reason (disclosure rule 20).
REFUSAL = "This division is not shown."

#: The files with divisions that were asked for.
_MORE = "released-more-*.csv"


def ask_for_cut(survey_id: str, path: UnitPath, cut: str, actor: Actor) -> Mapping[CellKey, Cell] | None:
    """Divides one more unit of a released survey by a cut; the new cells, or None for a refusal.

    What is shown goes into the ledger, and with a certificate of its own into a file beside ``released.csv``. Raises
    :class:`survey_app.stores.errors.WrongState` for a survey that is not released,
    :class:`analysis.disclosure.knowledge.NotReleasable` and
    :class:`survey_app.stores.ledger.LedgerMoved`; then nothing was shown.
    """
    manifest = _released_promise(survey_id)
    config: Config = current_app.extensions["peil.config"]
    survey = stored_survey(config, survey_id)
    folder = config.release_folder(survey_id)
    with only_one(config.survey_folder(survey_id)):
        entries = released_before.read(manifest.organisation)
        released = _released(folder)
        plan, dataset = plan_results(survey, own_wave(survey, survey_id), survey.waves)
        plan = _with_what_was_added(plan, released)
        # What stands in the ledger binds; this survey's own entries forbid nothing.
        barred = history_of(manifest, entries).barred
        cells = divide_unit(dataset, survey.questionnaire, plan, released, survey.k, path, cut, barred)
        if cells is None:
            return None
        today: dt.date = current_app.extensions["peil.today"]()
        drafts = drafts_of(cells, manifest, today, "extra", actor)
        chain = (*entries, *ledger.append(entries, drafts))
        number = 1 + sum(1 for _ in folder.glob(_MORE))
        text = as_csv(cells.values()).encode()
        files = {path.name: path.read_bytes() for path in _files(folder)} | {f"released-more-{number}.csv": text}
        sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
        mark = LedgerMark(len(chain), ledger.head(chain).hex())
        beside = json.dumps(certificate_of_division(cells, survey.k, sums, version("peil"), mark), indent=2)
        released_before.append(manifest.organisation, ledger.head(entries), drafts)
        write_together(
            folder,
            {f"released-more-{number}.csv": text, f"certificate-more-{number}.json": f"{beside}\n".encode()},
        )
        return cells


def _files(folder: Path) -> tuple[Path, ...]:
    """Everything that was released of a survey, in the order in which it was."""
    return (folder / RELEASED, *sorted(folder.glob(_MORE), key=lambda path: natural_order(path.name)))


def released_units(survey_id: str) -> list[UnitPath]:
    """The units that a released survey has figures of, open or closed, in the order of publication.

    Raises :class:`survey_app.stores.errors.WrongState` for a survey that is not released.
    """
    _released_promise(survey_id)
    config: Config = current_app.extensions["peil.config"]
    units = dict.fromkeys(key.unit for key in _released(config.release_folder(survey_id)))
    return [tuple(unit.split(SEPARATOR)) for unit in units if unit != TOTAL]


def _released_promise(survey_id: str) -> Manifest:
    row, manifest = promise_of(survey_id)
    if row.state is not State.RELEASED:
        raise WrongState(f"survey {survey_id} is {row.state}, not released")
    return manifest


def _released(folder: Path) -> dict[CellKey, Row]:
    """Everything that was released of a survey, by cell, as it stands in the files."""
    found: dict[CellKey, Row] = {}
    for path in _files(folder):
        lines = csv.reader(io.StringIO(path.read_text(encoding="utf-8")))
        next(lines)
        for line in lines:
            wave, measure, unit, cut, category = line[:5]
            found[CellKey(wave, measure, unit, cut, category)] = tuple(line)
    return found


def _with_what_was_added(plan: ReportingPlan, released: Mapping[CellKey, Row]) -> ReportingPlan:
    """The plan with the cuts of units that were asked for before."""
    names = {written(path): path for path in plan.tree}

    def wider(cut: PlannedCut) -> PlannedCut:
        units = {names[key.unit] for key in released if key.cut == cut.key and key.unit in names}
        return replace(cut, also=tuple(path for path in plan.tree if path in units - set(plan.crossed(cut))))

    return replace(plan, cuts=tuple(wider(cut) for cut in plan.cuts))
