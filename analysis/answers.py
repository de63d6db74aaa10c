"""From files to datasets: the answers file and the roster."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from analysis.dataset import Dataset, Headcount, IntArray, missing_code
from analysis.errors import InputError, did_you_mean
from analysis.survey import Cut, Survey
from analysis.tables import Decoder, Progress, Table, Unreadable
from analysis.units import UnitNames, UnitPath, UnitTreeError
from instruments.model import MISSING_CODES, Item, Scale


def read_roster(path: Path, survey: Survey) -> dict[str, Headcount]:
    """Head counts by wave from a roster with one row for each invited person.

    Only the columns for unit, wave and cuts are read; names and addresses are not looked at.
    Raises :class:`InputError`.
    """
    table = Table(path)
    for column in (survey.unit_column, survey.wave_column):
        if column is not None and column not in table.columns:
            raise InputError(f"{path}, line 1: the column '{column}' is missing; add it, one value for each person")
    units = _UnitDecoder(survey)
    waves = Decoder(_wave_decoder(survey))
    cuts = [cut for cut in survey.cuts if cut.column in table.columns]
    decoders = {cut.key: Decoder(_category_decoder(cut)) for cut in cuts}
    people: dict[int, Counter[UnitPath]] = {}
    categories: dict[int, dict[str, Counter[str]]] = {}
    for first, columns in table.chunks():
        rows = len(columns[0])
        wave_of = _decode(table, first, columns, survey.wave_column, waves) or [len(survey.waves) - 1] * rows
        unit_of = _decode(table, first, columns, survey.unit_column, units)
        for wave, unit in zip(wave_of, unit_of or [-1] * rows, strict=True):
            if unit < 0 and survey.unit_column is not None:
                place = (unit_of or []).index(-1)
                raise table.error(first + place, "is empty; give every invited person a unit", survey.unit_column)
            people.setdefault(wave, Counter())[units.paths[unit] if unit >= 0 else ()] += 1
        for cut in cuts:
            codes = _decode(table, first, columns, cut.column, decoders[cut.key]) or []
            for wave, code in zip(wave_of, codes, strict=True):
                if code >= 0:
                    counts = categories.setdefault(wave, {}).setdefault(cut.key, Counter())
                    counts[cut.categories[code].key] += 1
    return {
        survey.waves[wave]: Headcount(
            total=sum(counts.values()),
            units={unit: count for unit, count in sorted(counts.items()) if unit},
            cuts={key: dict(counter) for key, counter in categories.get(wave, {}).items()},
        )
        for wave, counts in people.items()
    }


def read_answers(
    path: Path,
    survey: Survey,
    headcounts: Mapping[str, Headcount] | None = None,
    progress: Progress | None = None,
) -> tuple[Dataset, ...]:
    """One dataset for each wave of ``survey`` that occurs in the file, oldest first.

    Raises :class:`InputError` naming file, line and column; nothing is read half.
    """
    table = Table(path)
    _check_columns(table, survey)
    units, waves, decoders = _UnitDecoder(survey), Decoder(_wave_decoder(survey)), _column_decoders(survey)
    parts: dict[str, list[IntArray]] = {name: [] for name in ("", *decoders)}
    unit_parts: list[IntArray] = []
    seen: dict[tuple[int, str], int] = {}
    for first, columns in table.chunks(progress):
        rows = len(columns[0])
        wave_of = _decode(table, first, columns, survey.wave_column, waves) or [len(survey.waves) - 1] * rows
        parts[""].append(np.array(wave_of, dtype=np.int16))
        unit_of = _decode(table, first, columns, survey.unit_column, units) or [-1] * rows
        unit_parts.append(np.array(unit_of, dtype=np.int32))
        if survey.id_column is not None:
            _refuse_duplicates(table, first, columns[table.columns[survey.id_column]], wave_of, seen, survey.id_column)
        for column, (decoder, dtype) in decoders.items():
            fields = columns[table.columns[column]]
            try:
                parts[column].append(np.fromiter(map(decoder.__getitem__, fields), dtype=dtype, count=rows))
            except Unreadable:
                raise table.locate(first, fields, decoder, column) from None
    wave_codes, unit_codes = np.concatenate(parts.pop("")), np.concatenate(unit_parts)
    coded = {column: np.concatenate(chunks) for column, chunks in parts.items()}
    datasets = []
    for number, wave in enumerate(survey.waves):
        rows_of_wave = np.flatnonzero(wave_codes == number)
        if rows_of_wave.size == 0:
            continue
        headcount = (headcounts or {}).get(wave)
        dataset = Dataset(
            wave=wave,
            n=int(rows_of_wave.size),
            codes={item.key: coded[item.key][rows_of_wave] for item in survey.questionnaire.items},
            paths=tuple(units.paths),
            unit=unit_codes[rows_of_wave],
            cuts={cut.key: coded[cut.column][rows_of_wave] for cut in survey.cuts},
            headcount=headcount,
        )
        if headcounts is not None:
            _check_headcount(path, dataset, headcount)
        datasets.append(dataset)
    if not datasets or datasets[-1].wave != survey.wave:
        raise InputError(f"{path}: has no answers of wave '{survey.wave}'; check [survey] wave or the wave column")
    return tuple(datasets)


class _UnitDecoder(Decoder):
    """Unit texts to indices into ``paths``; an empty field is -1."""

    def __init__(self, survey: Survey) -> None:
        self.paths: list[UnitPath] = []
        self._places: dict[UnitPath, int] = {}
        self._names = UnitNames(survey.parents)
        super().__init__(self._place)

    def _place(self, written: str) -> int:
        if not written:
            return -1
        try:
            path = self._names.path_of(written)
        except UnitTreeError as error:
            raise Unreadable(str(error)) from error
        if path not in self._places:
            self._places[path] = len(self.paths)
            self.paths.append(path)
        return self._places[path]


def _check_columns(table: Table, survey: Survey) -> None:
    wanted = {item.key for item in survey.questionnaire.items} | {cut.column for cut in survey.cuts}
    special = {c for c in (survey.unit_column, survey.id_column, survey.wave_column) if c is not None}
    for column in table.columns:
        if column not in wanted | special | survey.ignored_columns:
            raise InputError(
                f"{table.path}, line 1: the column '{column}' is unknown{did_you_mean(column, wanted | special)}; "
                "correct it, or list it under [answers] ignore in the survey file"
            )
    for column in sorted(wanted | special):
        if column not in table.columns:
            raise InputError(
                f"{table.path}, line 1: the column '{column}' is missing{did_you_mean(column, table.columns)}; "
                "add it, or take it out of the survey file"
            )


def _column_decoders(survey: Survey) -> dict[str, tuple[Decoder, np.dtype[np.signedinteger]]]:
    decoders: dict[str, tuple[Decoder, np.dtype[np.signedinteger]]] = {}
    for item in survey.questionnaire.items:
        small = max(abs(value) for value in item.scale.values) < 127
        dtype: np.dtype[np.signedinteger] = np.dtype(np.int8) if small else np.dtype(np.int16)
        decoders[item.key] = (Decoder(_answer_decoder(item, missing_code(dtype))), dtype)
    for cut in survey.cuts:
        decoders[cut.column] = (Decoder(_category_decoder(cut)), np.dtype(np.int16))
    return decoders


def _answer_decoder(item: Item, missing: int) -> Callable[[str], int]:
    def decode(raw: str) -> int:
        if not raw:
            return missing
        code = _whole_number(raw)
        if code in MISSING_CODES:
            return missing
        if code is None or not item.scale.accepts(code):
            raise Unreadable(f"'{raw}' is no answer on this scale; use {_values(item.scale)}, or leave it empty")
        return code

    return decode


def _whole_number(raw: str) -> int | None:
    """The whole number in ``raw``; ``3,0`` and ``3.0`` are 3, as spreadsheets write them."""
    try:
        return int(raw)
    except ValueError:
        whole, _, zeros = raw.replace(",", ".").partition(".")
        return int(whole) if whole.lstrip("-").isdecimal() and zeros.strip("0") == "" else None


def _values(scale: Scale) -> str:
    if scale.numeric or scale.values == tuple(range(scale.values[0], scale.values[-1] + 1)):
        return f"a whole number from {min(scale.values)} to {max(scale.values)}"
    return "one of " + ", ".join(str(value) for value in scale.values)


def _category_decoder(cut: Cut) -> Callable[[str], int]:
    places = {category.key: place for place, category in enumerate(cut.categories)}

    def decode(raw: str) -> int:
        if not raw:
            return -1
        if raw not in places:
            raise Unreadable(
                f"'{raw}' is no category of the cut '{cut.key}'{did_you_mean(raw, places)}; "
                f"use one of {', '.join(places)}, or leave it empty"
            )
        return places[raw]

    return decode


def _wave_decoder(survey: Survey) -> Callable[[str], int]:
    places = {wave: place for place, wave in enumerate(survey.waves)}

    def decode(raw: str) -> int:
        if raw not in places:
            raise Unreadable(
                f"'{raw}' is no wave of this survey; use {', '.join(places)}, or list it under earlier_waves"
            )
        return places[raw]

    return decode


def _decode(
    table: Table, first: int, columns: Sequence[tuple[str, ...]], column: str | None, decoder: Decoder
) -> list[int] | None:
    if column is None:
        return None
    fields = columns[table.columns[column]]
    try:
        return list(map(decoder.__getitem__, fields))
    except Unreadable:
        raise table.locate(first, fields, decoder, column) from None


def _refuse_duplicates(
    table: Table,
    first: int,
    fields: Sequence[str],
    wave_of: Sequence[int],
    seen: dict[tuple[int, str], int],
    column: str,
) -> None:
    for place, key in enumerate(zip(wave_of, fields, strict=True)):
        if not key[1].strip():
            raise table.error(first + place, "is empty; give every row its own id, or leave out the column", column)
        if key in seen:
            earlier = table.error(seen[key], "").args[0].split(", line ")[-1].rstrip(": ")
            raise table.error(
                first + place,
                f"the id '{key[1]}' stands on line {earlier} already; keep one row for each ballot",
                column,
            )
        seen[key] = first + place


def _check_headcount(path: Path, dataset: Dataset, headcount: Headcount | None) -> None:
    if headcount is None:
        raise InputError(
            f"{path}: wave '{dataset.wave}' has answers but nobody on the roster; add its people to the roster"
        )
    answered: Counter[UnitPath] = Counter(dataset.paths[place] for place in dataset.unit.tolist() if place >= 0)
    for unit, count in sorted(answered.items()):
        written = " > ".join(unit)
        if unit not in headcount.units:
            near = did_you_mean(written, [" > ".join(known) for known in headcount.units])
            raise InputError(
                f"{path}: the unit '{written}' has answers in wave '{dataset.wave}' but nobody on the roster{near}; "
                "write it the same way in both files"
            )
        if count > headcount.units[unit]:
            raise InputError(
                f"{path}: the unit '{written}' has {count} answers in wave '{dataset.wave}' but "
                f"{headcount.units[unit]} people on the roster; correct the roster or the units"
            )
    if dataset.n > headcount.total:
        raise InputError(
            f"{path}: wave '{dataset.wave}' has {dataset.n} answers but {headcount.total} people on the roster; "
            "correct the roster"
        )
