"""What an organisation released before, and what it releases now: between the gate and the ledger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from analysis.disclosure.gate import INSIDERS, History
from analysis.disclosure.ledger import Actor, Draft, Entry, Kind, draft_cells, figure_of, open_units
from analysis.disclosure.plan import CellKey, written
from analysis.disclosure.release import Cell
from analysis.disclosure.waves import EarlierWave, show_units
from survey_app.anonymity.manifest import Manifest
from survey_app.commission.lifecycle import promise_of
from survey_app.commission.movement import count_movements, frozen_units
from survey_app.commission.promising import unit_paths
from survey_app.stores.errors import UnknownSurvey


def history_of(manifest: Manifest, entries: Iterable[Entry]) -> History:
    """What earlier surveys of the organisation forbid: units that differ from earlier ones by a few people."""
    released = tuple(entries)
    earlier = [
        EarlierWave(_movements(survey, manifest.survey), open_units(released, survey, _wave(survey, released)))
        for survey in dict.fromkeys(entry.survey for entry in released)
        if survey != manifest.survey
    ]
    units = {key: unit for key, unit in frozen_units(manifest).items() if manifest.reported_unit(key).key == key}
    places = show_units(units, earlier, manifest.k + INSIDERS)
    paths = unit_paths(manifest)
    return History(barred=frozenset(written(paths[key]) for key, place in places.items() if place != key))


def drafts_of(
    cells: Mapping[CellKey, Cell], manifest: Manifest, day: dt.date, kind: Kind = "plan", actor: Actor = "release"
) -> tuple[Draft, ...]:
    """The cells as the ledger keeps them: by the groups of people in them, not by their names.

    A small unit that was merged before the start has no people of its own: nothing is released of it.
    """
    paths = unit_paths(manifest)
    atoms = {written(paths[key]): unit.atoms for key, unit in frozen_units(manifest).items()}
    figures = {key: figure_of(cell) for key, cell in cells.items() if key.unit in atoms}
    return draft_cells(
        figures, {(key.wave, key.unit): atoms[key.unit] for key in figures}, manifest.survey, day, kind, actor
    )


def is_recorded(entries: Iterable[Entry], survey_id: str) -> bool:
    """Whether the release of a survey stands in the ledger of its organisation."""
    return any((entry.survey, entry.kind) == (survey_id, "plan") for entry in entries)


def _movements(earlier: str, later: str) -> dict[tuple[str | None, str | None], int] | None:
    try:
        promise_of(earlier)
    except UnknownSurvey:
        return None  # its roster is gone: who left since, nobody can tell
    return count_movements(earlier, later)


def _wave(survey: str, entries: Iterable[Entry]) -> str:
    """The wave that a survey was about; it printed earlier ones for the organisation as a whole only."""
    return next(entry.wave for entry in reversed(tuple(entries)) if entry.survey == survey)
