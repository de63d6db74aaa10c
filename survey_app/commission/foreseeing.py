"""From a roster, before there is a survey: which units will have figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from analysis.dataset import Headcount
from analysis.disclosure.preflight import Preflight, foresee_figures
from analysis.errors import InputError, did_you_mean, listed, quoted
from analysis.grouping import TooFewInvited
from analysis.roster import read_roster
from analysis.survey import Category, Cut, Survey
from analysis.tables import Table, clean
from analysis.units import TOTAL, natural_order
from instruments.model import LANGUAGES
from instruments.questionnaire import Questionnaire
from survey_app.commission.roster_file import EMAIL, NAME

#: More different values than this are no categories; they might be names, which nobody must see here.
MOST_CATEGORIES = 30

#: The column that tells the years of a roster apart.
WAVE = "wave"

#: Columns that say who somebody is, so that they are never printed by value.
_PERSONAL = (EMAIL, NAME)


def foresee_roster(roster: Path, survey: Survey, responses: Sequence[int]) -> Preflight:
    """Which groups of ``roster`` would have figures in ``survey``, at each response in percent.

    Only columns of unit, wave and cuts are counted; mail addresses are looked at to find a person who is
    there twice. Raises :class:`InputError`.
    """
    waves = read_roster(roster, survey)
    _refuse_double_addresses(Table(roster), survey.wave_column)
    if survey.wave not in waves:
        raise InputError(
            f"{roster}: has nobody in wave {quoted(survey.wave)}; correct the wave column or [survey] wave"
        )
    people = _in_order(waves[survey.wave], survey)
    try:
        return foresee_figures(people, survey.k, responses, survey.levels)
    except TooFewInvited as error:
        raise InputError(f"{roster}: {error}; take in more of the organisation") from error


def survey_of_columns(
    roster: Path, unit_column: str, cut_columns: Sequence[str], k: int, wave: str | None = None
) -> Survey:
    """A survey of which nothing is known yet but the columns of its roster; categories are what stands there.

    Where the roster has a column for waves it is of one ``wave``, the newest unless named; the others came
    earlier. Raises :class:`InputError`.
    """
    columns = (unit_column, *cut_columns)
    for one, other in pairwise(sorted(columns)):
        if one == other:
            raise InputError(f"{roster}: the column {quoted(one)} is asked for twice; name each column once")
    table = Table(roster)
    for column in columns:
        if column not in table.columns:
            hint = did_you_mean(column, table.columns) or f"; there are {listed(sorted(table.columns))}"
            option = "--unit-column" if column == unit_column else "--cut"
            raise InputError(
                f"{roster}, line 1: there is no column {quoted(column)}{hint}; name the right one with {option}"
            )
        if column.casefold() in _PERSONAL:
            raise InputError(f"{roster}: the column {quoted(column)} says who somebody is; name one with groups")
    waves = _waves_of(table)
    if wave is not None and wave not in waves:
        there = f"it has {listed(waves)}" if waves else f"it has no column {quoted(WAVE)}"
        raise InputError(f"{roster}: has nobody in wave {quoted(wave)}; {there}")
    own = wave or (waves[-1] if waves else "")
    return Survey(
        organisation=TOTAL,
        title=dict.fromkeys(LANGUAGES, TOTAL),
        wave=own,
        earlier=tuple(each for each in waves if each != own),
        fieldwork_from=dt.date.min,
        fieldwork_to=dt.date.max,
        synthetic=False,
        k=k,
        levels=None,
        questionnaire=Questionnaire((), LANGUAGES),
        cuts=_cuts_of(table, cut_columns),
        parents={},
        unit_column=unit_column,
        id_column=None,
        wave_column=WAVE if waves else None,
        ignored_columns=frozenset(),
    )


def _waves_of(table: Table) -> list[str]:
    """The waves of a roster, the newest last; none where it has no column for them."""
    if WAVE not in table.columns:
        return []
    found = {clean(value) for _, columns in table.chunks() for value in columns[table.columns[WAVE]]}
    return sorted(found - {""}, key=natural_order)


def _in_order(people: Headcount, survey: Survey) -> Headcount:
    """``people`` with the cuts that the roster has, and all their categories, in the order of the survey."""
    known = [cut for cut in survey.cuts if cut.key in people.cuts]
    cuts = {
        cut.key: {category.key: people.cuts[cut.key].get(category.key, 0) for category in cut.categories}
        for cut in known
    }
    return replace(people, cuts=cuts)


def _cuts_of(table: Table, columns: Sequence[str]) -> tuple[Cut, ...]:
    """The cuts in ``columns``, with the values that stand there as categories, in natural order."""
    values: dict[str, set[str]] = {column: set() for column in columns}
    for _, fields in table.chunks():
        for column, found in values.items():
            found.update(fields[table.columns[column]])
    return tuple(_cut_of(table, column, {clean(value) for value in found} - {""}) for column, found in values.items())


def _cut_of(table: Table, column: str, values: set[str]) -> Cut:
    if len(values) > MOST_CATEGORIES:
        raise InputError(
            f"{table.path}: the column {quoted(column)} has {len(values)} different values, too many for a cut; "
            f"name one with at most {MOST_CATEGORIES} categories, such as age bands"
        )
    if not values:
        raise InputError(f"{table.path}: the column {quoted(column)} is empty; fill it in, or name another with --cut")
    categories = (Category(value, dict.fromkeys(LANGUAGES, value)) for value in sorted(values, key=natural_order))
    return Cut(column, column, dict.fromkeys(LANGUAGES, column), tuple(categories))


def _refuse_double_addresses(table: Table, wave_column: str | None) -> None:
    """Somebody who is on the roster twice in one wave would count twice. The sentence names lines, no address."""
    if EMAIL not in table.columns:
        return
    seen: dict[tuple[str, str], int] = {}
    for first, columns in table.chunks():
        addresses = columns[table.columns[EMAIL]]
        waves = [""] * len(addresses) if wave_column is None else columns[table.columns[wave_column]]
        for record, (wave, written) in enumerate(zip(waves, addresses, strict=True), start=first):
            address = written.strip().casefold()
            if address and (earlier := seen.setdefault((wave, address), record)) != record:
                problem = f"is the address of line {table.line_of(earlier)} already; keep one row a person"
                raise table.error(record, problem, EMAIL)
