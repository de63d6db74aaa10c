"""From files to datasets: the answers file, checked against the survey and the roster."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from analysis.dataset import Dataset, Headcount, IntArray
from analysis.decoding import UnitDecoder, answer_decoder, category_decoder, wave_decoder
from analysis.errors import InputError, count_of, did_you_mean, quoted
from analysis.roster import read_roster
from analysis.survey import Survey
from analysis.tables import Decoder, Progress, Table
from analysis.units import SEPARATOR
from instruments.model import Item

__all__ = ["read_answers", "read_roster"]

DType = np.dtype[np.signedinteger]


def read_answers(
    path: Path,
    survey: Survey,
    headcounts: Mapping[str, Headcount] | None = None,
    progress: Progress | None = None,
) -> tuple[Dataset, ...]:
    """One dataset for each wave of ``survey``, oldest first.

    Raises :class:`InputError` naming file, line and column; nothing is read half.
    """
    table = Table(path)
    _check_columns(table, survey)
    reader = _AnswersReader(table, survey)
    for first, columns in table.chunks(progress):
        reader.read(first, columns)
    datasets = tuple(reader.datasets(headcounts or {}))
    if headcounts is not None:
        for dataset in datasets:
            _check_headcount(path, dataset)
    return datasets


def _check_columns(table: Table, survey: Survey) -> None:
    special = {c for c in (survey.unit_column, survey.id_column, survey.wave_column) if c is not None}
    wanted = special | {item.key for item in survey.questionnaire.items} | {cut.column for cut in survey.cuts}
    absent = sorted(wanted - set(table.columns))
    for column in table.columns:
        if column not in wanted | survey.ignored_columns:
            raise InputError(
                f"{table.path}, line 1: the column {quoted(column)} is unknown{did_you_mean(column, absent)}; "
                "correct it, or list it under [answers] ignore in the survey file"
            )
    if absent:
        others = f" and {len(absent) - 1} more are" if len(absent) > 1 else " is"
        raise InputError(
            f"{table.path}, line 1: the column {quoted(absent[0])}{others} missing; "
            "add what is missing, or take it out of the survey file"
        )


class _AnswersReader:
    """Codes the answers a chunk at a time, then puts the waves apart."""

    def __init__(self, table: Table, survey: Survey) -> None:
        self._table = table
        self._survey = survey
        self._units = UnitDecoder(survey)
        self._waves = wave_decoder(survey)
        self._decoders = _column_decoders(survey)
        self._parts: dict[str, list[IntArray]] = {column: [] for column in self._decoders}
        self._wave_parts: list[IntArray] = []
        self._unit_parts: list[IntArray] = []
        self._seen: list[dict[str, int]] = [{} for _ in survey.waves]

    def read(self, first: int, columns: Sequence[tuple[str, ...]]) -> None:
        """Codes a chunk that begins at record ``first``."""
        survey, table, rows = self._survey, self._table, len(columns[0])
        waves, units = [len(survey.waves) - 1] * rows, [-1] * rows
        if survey.wave_column is not None:
            waves = table.codes(first, columns, survey.wave_column, self._waves)
        if survey.unit_column is not None:
            units = table.codes(first, columns, survey.unit_column, self._units)
        if survey.id_column is not None:
            self._refuse_duplicates(first, columns[table.columns[survey.id_column]], waves, survey.id_column)
        self._wave_parts.append(np.array(waves, dtype=np.int16))
        self._unit_parts.append(np.array(units, dtype=np.int32))
        for column, (decoder, dtype) in self._decoders.items():
            codes = table.codes(first, columns, column, decoder)
            self._parts[column].append(np.array(codes, dtype=dtype))

    def datasets(self, headcounts: Mapping[str, Headcount]) -> list[Dataset]:
        """The waves, oldest first; raises :class:`InputError` when one of them has no answers."""
        survey = self._survey
        waves, units = np.concatenate(self._wave_parts), np.concatenate(self._unit_parts)
        coded = {column: np.concatenate(self._parts.pop(column)) for column in self._decoders}
        datasets = []
        for number, wave in enumerate(survey.waves):
            rows = np.flatnonzero(waves == number)
            if rows.size == 0:
                raise self._empty_wave(wave)
            dataset = Dataset(
                wave=wave,
                n=int(rows.size),
                codes={item.key: coded[item.key][rows] for item in survey.questionnaire.items},
                paths=tuple(self._units.paths),
                unit=units[rows],
                cuts={cut.key: coded[cut.column][rows] for cut in survey.cuts},
                headcount=headcounts.get(wave),
            )
            datasets.append(dataset)
        return datasets

    def _empty_wave(self, wave: str) -> InputError:
        key = "wave" if wave == self._survey.wave else "earlier_waves"
        column = quoted(self._survey.wave_column or "")
        return InputError(
            f"{self._table.path}: has no answers of wave {quoted(wave)}; "
            f"correct [survey] {key} in the survey file, or the column {column}"
        )

    def _refuse_duplicates(self, first: int, fields: Sequence[str], waves: Sequence[int], column: str) -> None:
        for record, (wave, raw) in enumerate(zip(waves, fields, strict=True), start=first):
            key = raw.strip()
            if not key:
                raise self._table.error(record, "is empty; give every row its own id, or leave out the column", column)
            if self._seen[wave].setdefault(key, record) != record:
                line = self._table.line_of(self._seen[wave][key])
                problem = f"the id {quoted(key)} stands on line {line} already; keep one row for each ballot"
                raise self._table.error(record, problem, column)


def _column_decoders(survey: Survey) -> dict[str, tuple[Decoder, DType]]:
    decoders: dict[str, tuple[Decoder, DType]] = {}
    for item in survey.questionnaire.items:
        dtype = _smallest_type(item)
        decoders[item.key] = (answer_decoder(item, dtype), dtype)
    for cut in survey.cuts:
        decoders[cut.column] = (category_decoder(cut), np.dtype(np.int16))
    return decoders


def _smallest_type(item: Item) -> DType:
    """One byte where it holds the sum of two codes, which is what reversing an answer takes."""
    return np.dtype(np.int8 if 2 * max(item.scale.values) <= np.iinfo(np.int8).max else np.int16)


def _check_headcount(path: Path, dataset: Dataset) -> None:
    headcount, wave = dataset.headcount, quoted(dataset.wave)
    if headcount is None:
        raise InputError(f"{path}: wave {wave} has answers but nobody on the roster; add its people to the roster")
    answered: Counter[int] = Counter(dataset.unit[dataset.unit >= 0].tolist())
    for unit, count in sorted((dataset.paths[place], count) for place, count in answered.items()):
        written = quoted(SEPARATOR.join(unit))
        if unit not in headcount.units:
            near = did_you_mean(SEPARATOR.join(unit), map(SEPARATOR.join, headcount.units))
            raise InputError(
                f"{path}: the unit {written} has answers in wave {wave} but nobody on the roster{near}; "
                "write it the same way in both files"
            )
        if count > headcount.units[unit]:
            raise _too_many(path, f"the unit {written}", count, wave, headcount.units[unit])
    if dataset.n > headcount.total:
        raise _too_many(path, "the organisation", dataset.n, wave, headcount.total)


def _too_many(path: Path, who: str, answers: int, wave: str, people: int) -> InputError:
    return InputError(
        f"{path}: {who} has {count_of(answers, 'answer')} in wave {wave} but "
        f"{count_of(people, 'person', 'people')} on the roster; complete the roster, or remove double answers"
    )
