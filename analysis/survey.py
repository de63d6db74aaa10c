"""What one survey is: its questionnaire, waves, cuts and promise, read from a survey file.

The survey file is TOML; its keys are described in ``docs/survey-file.md``.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from analysis.errors import InputError, did_you_mean
from instruments.loading import instrument_from_table
from instruments.model import LANGUAGES, InstrumentError, Language
from instruments.packs import Pack, read_pack
from instruments.questionnaire import Questionnaire, build_questionnaire

#: The smallest group size a promise may hold for health answers, and the default.
DEFAULT_K = 10

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
    """One survey as commissioned. ``earlier`` are the labels of earlier waves, oldest first."""

    organisation: str
    title: Names
    wave: str
    earlier: tuple[str, ...]
    fieldwork_from: dt.date
    fieldwork_to: dt.date
    synthetic: bool
    k: int
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
    "synthetic", "instruments", "packs",
}  # fmt: skip
_ANSWER_KEYS = {"unit", "id", "wave", "ignore"}
_TOP_KEYS = {"survey", "answers", "promise", "cuts", "units", "instruments"}


def read_survey(path: Path, packs: Mapping[str, Pack] | None = None) -> Survey:
    """The survey described in the TOML file ``path``.

    ``packs`` are the imported wording packs by name, for survey files that mention one by
    name instead of by file. Raises :class:`InputError` (a sentence naming file and key).
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path of the survey file") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not UTF-8 text; save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: is not valid TOML ({error}); correct that line") from error
    try:
        return _Reader(path, table, packs or {}).survey()
    except InstrumentError as error:
        message = str(error)
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
        self._known(promise, {"k"}, "[promise]")
        wave = self._text(head, "wave", "[survey]")
        earlier = self._texts(head, "earlier_waves", "[survey]")
        if wave in earlier or len(set(earlier)) < len(earlier):
            raise self._error("[survey] earlier_waves", "names a wave twice; list each earlier wave once")
        first, last = self._date(head, "fieldwork_from"), self._date(head, "fieldwork_to")
        if last < first:
            raise self._error("[survey] fieldwork_to", "lies before fieldwork_from; swap or correct the dates")
        wave_column = self._optional(columns, "wave", "[answers]")
        if earlier and wave_column is None:
            raise self._error("[answers] wave", "is missing; name the column that tells the waves apart")
        return Survey(
            organisation=self._text(head, "organisation", "[survey]"),
            title=self._names(head, "title", "[survey]"),
            wave=wave,
            earlier=earlier,
            fieldwork_from=first,
            fieldwork_to=last,
            synthetic=self._boolean(head, "synthetic"),
            k=self._k(promise),
            questionnaire=self._questionnaire(head),
            cuts=self._cuts(),
            parents=self._parents(),
            unit_column=self._optional(columns, "unit", "[answers]"),
            id_column=self._optional(columns, "id", "[answers]"),
            wave_column=wave_column,
            ignored_columns=frozenset(self._texts(columns, "ignore", "[answers]")),
        )

    def _questionnaire(self, head: Mapping[str, object]) -> Questionnaire:
        own = []
        for number, table in enumerate(self._list_of_tables("instruments"), start=1):
            own.append(instrument_from_table(table, f"{self.path}: [[instruments]] number {number}"))
        chosen = self._texts(head, "instruments", "[survey]")
        if not chosen and not own:
            raise self._error("[survey] instruments", "names no instrument; list at least one (peil instruments list)")
        return build_questionnaire(chosen, own, [self._pack(name) for name in self._texts(head, "packs", "[survey]")])

    def _pack(self, name: str) -> Pack:
        if name.endswith(".toml"):
            return read_pack(self.path.parent / name)
        if name not in self.packs:
            hint = did_you_mean(name, self.packs)
            raise self._error(
                "[survey] packs",
                f"names '{name}'{hint}, which is not imported; run 'peil instruments import' first",
            )
        return self.packs[name]

    def _cuts(self) -> tuple[Cut, ...]:
        cuts = []
        for number, table in enumerate(self._list_of_tables("cuts"), start=1):
            where = f"[[cuts]] number {number}"
            self._known(table, {"key", "column", "name", "categories"}, where)
            key = self._text(table, "key", where)
            categories = []
            listed = table.get("categories")
            if not isinstance(listed, list) or len(listed) < 2:
                raise self._error(f"{where} categories", "needs at least two categories")
            for entry in listed:
                if not isinstance(entry, dict):
                    raise self._error(
                        f"{where} categories", "needs tables such as {key = 'men', nl = 'mannen', en = 'men'}"
                    )
                self._known(entry, {"key", *LANGUAGES}, f"{where} categories")
                categories.append(
                    Category(self._text(entry, "key", where), self._languages(entry, f"{where} categories"))
                )
            keys = [category.key for category in categories]
            if len(set(keys)) < len(keys):
                raise self._error(f"{where} categories", "names a category twice; use each key once")
            column = self._optional(table, "column", where) or key
            cuts.append(Cut(key, column, self._names(table, "name", where), tuple(categories)))
        keys = [cut.key for cut in cuts]
        for key in keys:
            if keys.count(key) > 1:
                raise self._error("[[cuts]]", f"uses the key '{key}' twice; give each cut its own key")
            if key in DERIVED_CUTS:
                raise self._error("[[cuts]]", f"uses the key '{key}', which the report makes itself; choose another")
        return tuple(cuts)

    def _parents(self) -> dict[str, str]:
        parents = self._table("units")
        for unit, parent in parents.items():
            if not isinstance(parent, str) or not parent.strip():
                raise self._error(f"[units] '{unit}'", "must name the unit above it, as text")
        return {unit.strip(): cast(str, parent).strip() for unit, parent in parents.items()}

    def _k(self, promise: Mapping[str, object]) -> int:
        k = promise.get("k", DEFAULT_K)
        if not isinstance(k, int) or isinstance(k, bool):
            raise self._error("[promise] k", "must be a whole number")
        if k < DEFAULT_K:
            raise self._error("[promise] k", f"is {k}; the smallest group for answers about health is {DEFAULT_K}")
        return k

    def _error(self, key: str, problem: str) -> InputError:
        return InputError(f"{self.path}: {key} {problem}")

    def _known(self, table: Mapping[str, object], known: set[str], where: str) -> None:
        for key in table:
            if key not in known:
                raise self._error(where, f"has an unknown key '{key}'{did_you_mean(key, known)}; remove or correct it")

    def _table(self, key: str, *, required: bool = False) -> Mapping[str, object]:
        value = self.top.get(key, None if required else {})
        if not isinstance(value, dict):
            raise self._error(f"[{key}]", "is missing" if value is None else "must be a table")
        return value

    def _list_of_tables(self, key: str) -> Sequence[Mapping[str, object]]:
        value = self.top.get(key, [])
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            raise self._error(f"[[{key}]]", "must be a list of tables")
        return value

    def _text(self, table: Mapping[str, object], key: str, where: str) -> str:
        value = table.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self._error(f"{where} {key}", "is missing or empty; give it a text")
        return value.strip()

    def _optional(self, table: Mapping[str, object], key: str, where: str) -> str | None:
        return self._text(table, key, where) if key in table else None

    def _texts(self, table: Mapping[str, object], key: str, where: str) -> tuple[str, ...]:
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(entry, str) and entry for entry in value):
            raise self._error(f"{where} {key}", "must be a list of texts")
        return tuple(value)

    def _boolean(self, table: Mapping[str, object], key: str) -> bool:
        value = table.get(key, False)
        if not isinstance(value, bool):
            raise self._error(f"[survey] {key}", "must be true or false")
        return value

    def _date(self, table: Mapping[str, object], key: str) -> dt.date:
        value = table.get(key)
        if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
            raise self._error(f"[survey] {key}", "is missing or no date; write it as 2026-10-05, without quotes")
        return value

    def _names(self, table: Mapping[str, object], key: str, where: str) -> dict[Language, str]:
        value = table.get(key)
        if isinstance(value, str) and value.strip():
            return dict.fromkeys(LANGUAGES, value.strip())
        if not isinstance(value, dict):
            raise self._error(f"{where} {key}", "is missing; write {nl = '…', en = '…'}")
        self._known(value, set(LANGUAGES), f"{where} {key}")
        return self._languages(value, f"{where} {key}")

    def _languages(self, table: Mapping[str, object], where: str) -> dict[Language, str]:
        return {language: self._text(table, language, where) for language in LANGUAGES}


#: Cuts that follow from the answers themselves; their keys are taken.
DERIVED_CUTS: tuple[str, ...] = ("carer", "job_type")
