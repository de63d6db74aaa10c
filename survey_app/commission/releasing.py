"""From opened ballots to what everybody may read: the report, the figures, the pages on screen."""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from flask import current_app

from analysis.dataset import Dataset
from analysis.disclosure import ledger
from analysis.disclosure.certificate import LedgerMark
from analysis.disclosure.knowledge import NotReleasable
from analysis.disclosure.ledger import Entry
from analysis.results import Results, analyse
from analysis.survey import Survey, read_survey
from instruments.packs import load_packs
from survey_app.analysing import WRITTEN, draw_files, write_together
from survey_app.anonymity.manifest import Manifest
from survey_app.commission.commissioning import CATEGORIES, EARLIER_ANSWERS, EARLIER_ROSTER, SURVEY_FILE, read_earlier
from survey_app.commission.counting import dataset_of, headcount_of
from survey_app.commission.lifecycle import promise_of
from survey_app.commission.recording import drafts_of, history_of, is_recorded
from survey_app.config import Config
from survey_app.own_figures import figures_folder, figures_in
from survey_app.publication import PAGES, draw_pages, is_published
from survey_app.stores import ledger as released_before
from survey_app.stores import results as opened_ballots
from survey_app.stores import roster
from survey_app.stores.errors import WrongState
from survey_app.stores.ledger import LedgerMoved
from survey_app.stores.roster import State

#: Says what is going on: a step, and how far it is from 0 to 1.
Report = Callable[[str, float], None]


def release_survey(survey_id: str, report: Report) -> Results | None:
    """Analyses the ballots once and keeps what was released; from then on it does not change.

    The ledger of the organisation is what decides: a release is out when it stands there. One that broke off
    before is made again; one that broke off after is finished with the files that were made for it, and None
    is returned: somebody may have withdrawn since. Raises
    :class:`survey_app.stores.errors.WrongState` when the survey is not opened, or released already;
    :class:`analysis.disclosure.knowledge.NotReleasable` when the gate cannot prove it safe or the ledger was
    altered, and :class:`survey_app.stores.ledger.LedgerMoved` when something else was released meanwhile:
    then nothing is published.
    """
    survey_row, manifest = promise_of(survey_id)
    head = opened_ballots.head(survey_id)
    if survey_row.state is not State.OPENED or head is None:
        raise WrongState(f"survey {survey_id} is {survey_row.state}, not opened")
    config: Config = current_app.extensions["peil.config"]
    results: Results | None = None
    added: Mapping[str, str] = {}
    entries = released_before.read(manifest.organisation)
    if not is_recorded(entries, survey_id):
        report("analysis", 0.0)
        survey = stored_survey(config, survey_id)
        datasets = [*_earlier(config, survey, survey_id), own_wave(survey, survey_id)]
        catalogue, added = figures_in(figures_folder(config))
        results = analyse(survey, datasets, catalogue, history_of(manifest, entries))
    with only_one(config.survey_folder(survey_id)):
        if is_recorded(released_before.read(manifest.organisation), survey_id):
            results = None  # somebody else's release was quicker, or an earlier one broke off
        if results is not None:
            results = _record(config, results, manifest, entries, {**_sources(manifest, head), **added}, report)
        _publish(config, survey_id)
    roster.move(survey_id, State.OPENED, State.RELEASED)
    return results


def _sources(manifest: Manifest, head: opened_ballots.StoredHead) -> dict[str, str]:
    """What the ballots were counted by, for the certificate."""
    return {"manifest": manifest.hash.hex(), "tally list": head.root.hex()}


def _record(
    config: Config,
    results: Results,
    manifest: Manifest,
    entries: tuple[Entry, ...],
    sums: Mapping[str, str],
    report: Report,
) -> Results:
    """Makes the files, lays them ready, and writes the release into the ledger: then it is out."""
    today: dt.date = current_app.extensions["peil.today"]()
    drafts = drafts_of(results.release.cells, manifest, today)
    chain = (*entries, *ledger.append(entries, drafts))
    results = replace(results, ledger=LedgerMark(len(chain), ledger.head(chain).hex()))
    files = draw_files(results, sums, report)
    files[PAGES] = draw_pages(results)
    report("files", 0.0)
    waiting = _waiting(config, manifest.survey)
    write_together(waiting, files)
    try:
        released_before.append(manifest.organisation, ledger.head(entries), drafts)
    except (LedgerMoved, NotReleasable):
        shutil.rmtree(waiting)  # only what was refused for certain; after a failure it may stand there all the same
        raise
    return results


def _publish(config: Config, survey_id: str) -> None:
    """Puts the files of a release where they are read; their pages are what is written last."""
    folder, waiting = config.release_folder(survey_id), _waiting(config, survey_id)
    if not is_published(folder):
        write_together(folder, {name: (waiting / name).read_bytes() for name in (*WRITTEN, PAGES)})
    shutil.rmtree(waiting, ignore_errors=True)


def _waiting(config: Config, survey_id: str) -> Path:
    """Where the files of a release lie until it stands in the ledger."""
    return config.survey_folder(survey_id) / "release-waiting"


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """One release of a survey at a time, on this machine: of two at once each might publish its own."""
    with (folder / "release.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # let go when the file is closed, also by a process that dies
        yield


def stored_survey(config: Config, survey_id: str) -> Survey:
    """The survey as it was commissioned."""
    packs = {f"{pack.instrument}.{pack.language}": pack for pack in load_packs(config.packs_folder)}
    return read_survey(config.survey_folder(survey_id) / SURVEY_FILE, packs)


def own_wave(survey: Survey, survey_id: str) -> Dataset:
    """The answers of a survey's own ballots, those that were withdrawn since left out."""
    _, manifest = promise_of(survey_id)
    invited = [person.path for person in roster.invitations(survey_id) if not person.revoked]
    config: Config = current_app.extensions["peil.config"]
    categories = json.loads((config.survey_folder(survey_id) / CATEGORIES).read_text(encoding="utf-8"))
    headcount = headcount_of(invited, categories)
    return dataset_of(survey, manifest, opened_ballots.ballots(survey_id), headcount)


def _earlier(config: Config, survey: Survey, survey_id: str) -> tuple[Dataset, ...]:
    folder = config.survey_folder(survey_id)
    answers, invited = folder / EARLIER_ANSWERS, folder / EARLIER_ROSTER
    if not answers.is_file():
        return ()
    return read_earlier(survey, answers, _if_there(invited))


def _if_there(path: Path) -> Path | None:
    return path if path.is_file() else None
