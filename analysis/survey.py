"""What one survey is: its questionnaire, waves, cuts and promise, read from a survey file.

The survey file is TOML; its keys are described in ``docs/survey-file.md``.
"""

from __future__ import annotations

import datetime as dt
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import InputError, did_you_mean, listed, quoted
from analysis.tables import clean
from analysis.units import LONGEST_NAME, SEPARATOR, UnitNames, UnitTreeError
from instruments.loading import instrument_from_table, load_catalogue
from instruments.model import LANGUAGES, Instrument, InstrumentError, Language
from instruments.packs import Pack, read_pack
from instruments.questionnaire import Questionnaire, build_questionnaire
from instruments.tables import parse_toml

#: The smallest group size a promise may hold for health answers, and the default.
DEFAULT_K = 10

#: Divisions that are there without being asked for: by answers, and by unit. Their keys are taken.
DERIVED_CUTS: tuple[str, ...] = ("carer", "job_type", "unit")

#: The measure that counts who answered; every survey has it.
_RESPONSE = "response"

#: A survey file stays far below this; anything larger is another file.
_LARGEST_FILE = 1_000_000  # bytes

Names = Mapping[Language, str]


@dataclass(frozen=True)
class Category:
    """One value of a cut: its code in files and its names."""

    key: str
    names: Names


@dataclass(frozen=True)
class Cut:
    """A way to divide all respondents, such as age band or sex; one at a time, never crossed."""

    key: str
    column: str
    names: Names
    categories: tuple[Category, ...]


@dataclass(frozen=True)
class Survey:
    """One survey as commissioned. ``earlier`` are the labels of earlier waves, oldest first.

    ``levels`` is how deep below the organisation units are reported; None for every level there is.
    """

    organisation: str
    title: Names
    wave: str
    earlier: tuple[str, ...]
    fieldwork_from: dt.date
    fieldwork_to: dt.date
    synthetic: bool
    k: int
    levels: int | None
    questionnaire: Questionnaire
    cuts: tuple[Cut, ...]
    parents: Mapping[str, str]
    unit_column: str | None
    id_column: str | None
    wave_column: str | None
    ignored_columns: frozenset[str]

    @property
    def year(self) -> int:
        """The year in which people answered."""
        return self.fieldwork_to.year

    @property
    def waves(self) -> tuple[str, ...]:
        """All waves, oldest first; the last one is what the report is about."""
        return (*self.earlier, self.wave)


_SURVEY_KEYS = {
    "organisation", "title", "wave", "earlier_waves", "fieldwork_from", "fieldwork_to",
    "synthetic", "instruments", "packs", "languages",
}  # fmt: skip
_ANSWER_KEYS = {"unit", "id", "wave", "ignore"}
_TOP_KEYS = {"survey", "answers", "promise", "cuts", "units", "instruments"}


def read_survey(path: Path, packs: Mapping[str, Pack] | None = None) -> Survey:
    """The survey described in the TOML file ``path``.

    ``packs`` are the imported wording packs by name, for survey files that mention one by
    name instead of by file. Raises :class:`InputError` (a sentence naming file and key).
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path of the survey file") from error
    if len(content) > _LARGEST_FILE:
        raise InputError(f"{path}: is larger than 1 MB, so it is no survey file; check what --survey names")
    try:
        return _Reader(path, parse_toml(content, str(path)), packs or {}).survey()
    except InstrumentError as error:
        message = str(error).rstrip(".")
        if isinstance(error.__cause__, tomllib.TOMLDecodeError):
            message += "; correct it there (a text needs quotes, a date or a number none)"
        raise InputError(message if message.startswith(str(path)) else f"{path}: {message}") from error


class _Reader:
    """Walks one survey table; every refusal names the file and the key."""

    def __init__(self, path: Path, table: Mapping[str, object], packs: Mapping[str, Pack]) -> None:
        self.path = path
        self.top = table
        self.packs = packs

    def survey(self) -> Survey:
        self._known(self.top, _TOP_KEYS, "the file")
        head = self._table("survey", required=True)
        self._known(head, _SURVEY_KEYS, "[survey]")
        columns = self._table("answers")
        self._known(columns, _ANSWER_KEYS, "[answers]")
        promise = self._table("promise")
        self._known(promise, {"k", "levels"}, "[promise]")
        first, last = self._dates(head)
        survey = Survey(
            organisation=self._text(head, "organisation", "[survey]"),
            title=self._names(head, "title", "[survey]"),
            wave=self._text(head, "wave", "[survey]"),
            earlier=self._texts(head, "earlier_waves", "[survey]"),
            fieldwork_from=first,
            fieldwork_to=last,
            synthetic=self._boolean(head, "synthetic"),
            k=self._k(promise),
            levels=self._levels(promise),
            questionnaire=self._questionnaire(head),
            cuts=self._cuts(),
            parents=self._parents(),
            unit_column=self._optional(columns, "unit", "[answers]"),
            id_column=self._optional(columns, "id", "[answers]"),
            wave_column=self._optional(columns, "wave", "[answers]"),
            ignored_columns=frozenset(self._texts(columns, "ignore", "[answers]")),
        )
        self._check_waves(survey)
        self._check_columns(survey)
        return survey

    def _check_waves(self, survey: Survey) -> None:
        twice = _first_double(survey.waves)
        if twice is not None:
            raise self._error("[survey] earlier_waves", f"and wave name {quoted(twice)} twice; list each wave once")
        if survey.earlier and survey.wave_column is None:
            raise self._error("[answers] wave", "is missing; name the column that tells the waves apart")

    def _check_columns(self, survey: Survey) -> None:
        """Every column has one use: two would read the same field in two ways."""
        special = {"unit": survey.unit_column, "id": survey.id_column, "wave": survey.wave_column}
        uses = [(column, f"[answers] {key}") for key, column in special.items() if column is not None]
        uses += [(cut.column, f"the cut {quoted(cut.key)}") for cut in survey.cuts]
        uses += [(item.key, "a question") for item in survey.questionnaire.items]
        used: dict[str, str] = {}
        for column, use in uses:
            if column in used:
                problem = f"is used by {used[column]} and by {use}; give each its own column"
                raise self._error(f"the column {quoted(column)}", problem)
            used[column] = use
        for column in sorted(survey.ignored_columns & used.keys()):
            raise self._error("[answers] ignore", f"names {quoted(column)}, which is {used[column]}; take it out")

    def _questionnaire(self, head: Mapping[str, object]) -> Questionnaire:
        own = []
        for number, table in enumerate(self._list_of_tables("instruments"), start=1):
            own.append(instrument_from_table(table, f"{self.path}: [[instruments]] number {number}"))
        self._check_own_measures(own)
        chosen = self._texts(head, "instruments", "[survey]")
        if not chosen and not own:
            raise self._error("[survey] instruments", "names no instrument; list at least one (peil instruments list)")
        packs = [self._pack(name) for name in self._texts(head, "packs", "[survey]")]
        self._check_chosen(chosen, own, packs)
        return build_questionnaire(chosen, own, packs, self._offered(head))

    def _offered(self, head: Mapping[str, object]) -> tuple[Language, ...] | None:
        """The languages in which people could answer; None for all in which every question has a text."""
        offered = self._texts(head, "languages", "[survey]")
        for language in offered:
            if language not in LANGUAGES:
                raise self._error("[survey] languages", f"names {quoted(language)}; use {listed(LANGUAGES)}")
        return tuple(language for language in LANGUAGES if language in offered) or None

    def _check_own_measures(self, own: Sequence[Instrument]) -> None:
        """Own results keep away from names that mean something to the report."""
        ours = {m.key: f"a result of '{i.id}'" for i in load_catalogue().values() for m in i.measures}
        ours[_RESPONSE] = "what the report calls the response"
        for number, instrument in enumerate(own, start=1):
            for measure in instrument.measures:
                if measure.key in ours:
                    problem = f"uses the key {quoted(measure.key)}, which is {ours[measure.key]}; choose another"
                    raise self._error(f"[[instruments]] number {number}", problem)

    def _check_chosen(self, chosen: Sequence[str], own: Sequence[Instrument], packs: Sequence[Pack]) -> None:
        known = {**load_catalogue(), **{instrument.id: instrument for instrument in own}}
        for name in chosen:
            if name not in known:
                hint = did_you_mean(name, known)
                problem = f"names {quoted(name)}{hint}, which is no instrument; see 'peil instruments list'"
                raise self._error("[survey] instruments", problem)
            if not known[name].usable and name not in {pack.instrument for pack in packs}:
                raise self._error(
                    "[survey] instruments",
                    f"names {quoted(name)}, whose texts belong to someone else; "
                    "import a wording pack with them and name it under [survey] packs",
                )

    def _pack(self, name: str) -> Pack:
        if name.endswith(".toml"):
            try:
                return read_pack(self.path.parent / name)
            except OSError as error:  # such as a name that is too long for a file
                problem = f"names {quoted(name)}, which cannot be read ({error.strerror}); check the name"
                raise self._error("[survey] packs", problem) from error
        if name not in self.packs:
            hint = did_you_mean(name, self.packs)
            raise self._error(
                "[survey] packs",
                f"names {quoted(name)}{hint}, which is not imported; run 'peil instruments import' first",
            )
        return self.packs[name]

    def _cuts(self) -> tuple[Cut, ...]:
        cuts = tuple(self._cut(table, number) for number, table in enumerate(self._list_of_tables("cuts"), start=1))
        twice = _first_double(cut.key for cut in cuts)
        if twice is not None:
            raise self._error("[[cuts]]", f"uses the key {quoted(twice)} twice; give each cut its own key")
        for cut in cuts:
            if cut.key in DERIVED_CUTS:
                raise self._error(
                    "[[cuts]]", f"uses the key '{cut.key}', which the report makes itself; choose another"
                )
        return cuts

    def _cut(self, table: Mapping[str, object], number: int) -> Cut:
        where = f"[[cuts]] number {number}"
        self._known(table, {"key", "column", "name", "categories"}, where)
        key = self._text(table, "key", where)
        column = self._optional(table, "column", where) or key
        names = self._names(table, "name", where)
        where += " categories"
        entries = table.get("categories")
        if not isinstance(entries, list) or len(entries) < 2:
            raise self._error(where, "is no list of at least two; write [{key = 'men', nl = 'mannen', en = 'men'}, …]")
        categories = tuple(self._category(entry, where) for entry in entries)
        twice = _first_double(category.key for category in categories)
        if twice is not None:
            raise self._error(where, f"uses the key {quoted(twice)} twice; give each category its own key")
        return Cut(key, column, names, categories)

    def _category(self, entry: object, where: str) -> Category:
        if not isinstance(entry, dict):
            raise self._error(where, "must be tables such as {key = 'men', nl = 'mannen', en = 'men'}")
        self._known(entry, {"key", *LANGUAGES}, where)
        return Category(self._text(entry, "key", where), self._languages(entry, where))

    def _parents(self) -> dict[str, str]:
        """The table ``[units]``: each unit with the one above it, checked to be a tree."""
        table = self._table("units")
        parents: dict[str, str] = {}
        for written in table:
            unit, above = clean(written), self._text(table, written, "[units]")
            if not unit or SEPARATOR.strip() in unit + above:
                raise self._error(
                    f"[units] {quoted(written)}", "must be one unit on each side, without '>'; list each unit's parent"
                )
            if unit in parents:
                raise self._error("[units]", f"names {quoted(unit)} twice; keep one of them")
            parents[unit] = above
        for unit in parents:
            try:
                UnitNames(parents).path_of(unit)
            except UnitTreeError as error:
                raise self._error(f"[units] {quoted(unit)}:", str(error)) from error
        return parents

    def _k(self, promise: Mapping[str, object]) -> int:
        k = promise.get("k", DEFAULT_K)
        if not isinstance(k, int) or isinstance(k, bool):
            raise self._error("[promise] k", f"must be a whole number from {DEFAULT_K} up, without quotes")
        if k < DEFAULT_K:
            raise self._error("[promise] k", f"is {k}; for answers about health it has to be {DEFAULT_K} or more")
        return k

    def _levels(self, promise: Mapping[str, object]) -> int | None:
        levels = promise.get("levels")
        if levels is not None and (not isinstance(levels, int) or isinstance(levels, bool) or levels < 0):
            raise self._error("[promise] levels", "must be a whole number from 0 up, without quotes; or leave it out")
        return levels

    def _dates(self, head: Mapping[str, object]) -> tuple[dt.date, dt.date]:
        first, last = self._date(head, "fieldwork_from"), self._date(head, "fieldwork_to")
        if last < first:
            raise self._error("[survey] fieldwork_to", "lies before fieldwork_from; swap or correct the dates")
        return first, last

    def _error(self, key: str, problem: str) -> InputError:
        return InputError(f"{self.path}: {key} {problem}")

    def _known(self, table: Mapping[str, object], known: set[str], where: str) -> None:
        for key in table:
            if key not in known:
                near = did_you_mean(key, known) or f" (known are {listed(sorted(known))})"
                raise self._error(where, f"has an unknown key {quoted(key)}{near}; remove or correct it")

    def _table(self, key: str, *, required: bool = False) -> Mapping[str, object]:
        value = self.top.get(key, None if required else {})
        if not isinstance(value, dict):
            problem = "is missing" if value is None else "must be one table"
            raise self._error(f"[{key}]", f"{problem}; write [{key}] above its keys, as docs/survey-file.md shows")
        return value

    def _list_of_tables(self, key: str) -> Sequence[Mapping[str, object]]:
        value = self.top.get(key, [])
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            raise self._error(f"[[{key}]]", "must be a list of tables, each under its own heading in double brackets")
        return value

    def _text(self, table: Mapping[str, object], key: str, where: str) -> str:
        if key not in table:
            raise self._error(f"{where} {key}", "is missing; give it a text in quotes")
        return self._checked_text(table[key], f"{where} {key}", "must be a text in quotes that is not empty")

    def _checked_text(self, value: object, where: str, kind: str) -> str:
        text = clean(value) if isinstance(value, str) else ""
        if not text:
            raise self._error(where, kind)
        if len(text) > LONGEST_NAME:
            raise self._error(where, f"has {len(text)} characters; shorten it to {LONGEST_NAME} at most")
        if any(unicodedata.category(sign) == "Cc" for sign in text):
            raise self._error(where, f"holds a sign that cannot be printed ({quoted(text)}); type the text again")
        return text

    def _optional(self, table: Mapping[str, object], key: str, where: str) -> str | None:
        return self._text(table, key, where) if key in table else None

    def _texts(self, table: Mapping[str, object], key: str, where: str) -> tuple[str, ...]:
        value = table.get(key, [])
        kind = 'must be a list of texts, such as ["…", "…"]'
        if not isinstance(value, list):
            raise self._error(f"{where} {key}", kind)
        return tuple(self._checked_text(entry, f"{where} {key}", kind) for entry in value)

    def _boolean(self, table: Mapping[str, object], key: str) -> bool:
        value = table.get(key, False)
        if not isinstance(value, bool):
            raise self._error(f"[survey] {key}", "must be true or false, without quotes")
        return value

    def _date(self, table: Mapping[str, object], key: str) -> dt.date:
        value = table.get(key)
        if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
            raise self._error(f"[survey] {key}", "is missing or no date; write it as 2026-10-05, without quotes")
        return value

    def _names(self, table: Mapping[str, object], key: str, where: str) -> dict[Language, str]:
        value = table.get(key)
        if isinstance(value, str):
            return dict.fromkeys(LANGUAGES, self._text(table, key, where))
        if not isinstance(value, dict):
            raise self._error(f"{where} {key}", "is missing or no text; write {nl = '…', en = '…'}")
        self._known(value, set(LANGUAGES), f"{where} {key}")
        return self._languages(value, f"{where} {key}")

    def _languages(self, table: Mapping[str, object], where: str) -> dict[Language, str]:
        return {language: self._text(table, language, where) for language in LANGUAGES}


def _first_double(words: Iterable[str]) -> str | None:
    return next((word for word, count in Counter(words).items() if count > 1), None)
