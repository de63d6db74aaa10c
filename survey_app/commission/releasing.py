"""From opened ballots to what everybody may read: the report, the figures, the pages on screen."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import current_app

from analysis.benchmark.figures import load_figures
from analysis.dataset import Dataset
from analysis.results import Results, analyse
from analysis.survey import Survey, read_survey
from instruments.packs import load_packs
from survey_app.analysing import draw_files, write_together
from survey_app.anonymity.manifest import Manifest
from survey_app.commission.commissioning import CATEGORIES, EARLIER_ANSWERS, EARLIER_ROSTER, SURVEY_FILE, read_earlier
from survey_app.commission.counting import dataset_of, headcount_of
from survey_app.commission.lifecycle import promise_of
from survey_app.config import Config
from survey_app.publication import PAGES, draw_pages, is_published
from survey_app.stores import results as opened_ballots
from survey_app.stores import roster
from survey_app.stores.errors import WrongState
from survey_app.stores.roster import State

#: Says what is going on: a step, and how far it is from 0 to 1.
Report = Callable[[str, float], None]


def release_survey(survey_id: str, report: Report) -> Results:
    """Analyses the ballots once and keeps what was released; from then on it does not change.

    A release that broke off is made again, unless everything of it was written: then only the survey
    still has to say so. Raises
    :class:`survey_app.stores.errors.WrongState` when the survey is not opened, or released already.
    """
    survey_row, manifest = promise_of(survey_id)
    head = opened_ballots.head(survey_id)
    if survey_row.state is not State.OPENED or head is None:
        raise WrongState(f"survey {survey_id} is {survey_row.state}, not opened")
    config: Config = current_app.extensions["peil.config"]
    survey = stored_survey(config, survey_id)
    report("analysis", 0.0)
    results = analyse(survey, [*_earlier(config, survey, survey_id), _own_wave(survey, survey_id)], load_figures())
    with _only_one(config.survey_folder(survey_id)):
        _write_once(config.release_folder(survey_id), results, manifest, head, report)
    roster.move(survey_id, State.OPENED, State.RELEASED)
    return results


def _write_once(
    folder: Path, results: Results, manifest: Manifest, head: opened_ballots.StoredHead, report: Report
) -> None:
    # Somebody may have read it and somebody may have withdrawn since: two versions would give that person away.
    if not is_published(folder):
        sums = {"manifest": manifest.hash.hex(), "tally list": head.root.hex()}
        files = draw_files(results, sums, report)
        files[PAGES] = draw_pages(results)
        report("files", 0.0)
        write_together(folder, files)


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """One release of a survey at a time, on this machine: of two at once each might publish its own."""
    with (folder / "release.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # let go when the file is closed, also by a process that dies
        yield


def stored_survey(config: Config, survey_id: str) -> Survey:
    """The survey as it was commissioned."""
    packs = {f"{pack.instrument}.{pack.language}": pack for pack in load_packs(config.packs_folder)}
    return read_survey(config.survey_folder(survey_id) / SURVEY_FILE, packs)


def _own_wave(survey: Survey, survey_id: str) -> Dataset:
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
