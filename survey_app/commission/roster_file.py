"""The roster as HR has it: who is invited, along which way, and where each person works."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.decoding import UnitDecoder, category_decoder, wave_decoder
from analysis.errors import InputError, quoted
from analysis.roster import check_columns
from analysis.survey import Survey
from analysis.tables import Decoder, Table, Unreadable, clean
from analysis.units import UnitPath
from instruments.model import LANGUAGES

#: How an invitation reaches someone: by mail, as a letter, or as a card drawn by lot.
CHANNELS = ("mail", "letter", "card")

#: Columns of a roster that are about reaching someone; all may be absent.
EMAIL, NAME, LANGUAGE, CHANNEL = "email", "name", "language", "channel"

#: Good enough to catch a slip of the pen; whether an address exists only a mail can tell.
_ADDRESS = re.compile(r"[^\s@<>,;\"]+@[^\s@<>,;\".]+(\.[^\s@<>,;\".]+)+")


@dataclass(frozen=True)
class Invited:
    """One person of the roster. ``attributes`` maps cuts to categories, for counting who was invited."""

    path: UnitPath
    name: str
    email: str
    language: str
    channel: str
    attributes: Mapping[str, str]


def read_invited(path: Path, survey: Survey) -> tuple[Invited, ...]:
    """The people of the survey's own wave, in the order of the file.

    Columns: the survey's unit and wave column and cuts; ``email``, ``name``, ``language`` (nl or en;
    otherwise the survey's first) and ``channel`` (mail, letter or card; otherwise mail where there is
    an address and a letter where there is none). Others are left aside. Raises
    :class:`analysis.errors.InputError`.
    """
    table = Table(path)
    check_columns(table, survey)
    reader = _Reader(table, survey)
    people = tuple(person for first, columns in table.chunks() for person in reader.people(first, columns))
    if not people:
        raise InputError(f"{path}: has nobody in wave {quoted(survey.wave)}; correct the wave column or [survey] wave")
    return people


class _Reader:
    """Reads people a chunk at a time and refuses an address that is there twice."""

    def __init__(self, table: Table, survey: Survey) -> None:
        self._table = table
        self._survey = survey
        self._units = UnitDecoder(survey)
        self._waves = wave_decoder(survey)
        self._cuts = [(cut, category_decoder(cut)) for cut in survey.cuts if cut.column in table.columns]
        self._languages = _word_decoder(LANGUAGES, "language")
        self._channels = _word_decoder(CHANNELS, "channel")
        self._addresses: dict[str, int] = {}

    def people(self, first: int, columns: Sequence[tuple[str, ...]]) -> list[Invited]:
        count = len(columns[0])
        waves = self._codes(first, columns, self._survey.wave_column, self._waves, len(self._survey.waves) - 1)
        units = self._codes(first, columns, self._survey.unit_column, self._units, -1)
        languages = self._codes(first, columns, LANGUAGE, self._languages, -1)
        channels = self._codes(first, columns, CHANNEL, self._channels, -1)
        cuts = [(cut, self._table.codes(first, columns, cut.column, decoder)) for cut, decoder in self._cuts]
        people = []
        for place in range(count):
            if waves[place] != len(self._survey.waves) - 1:
                continue
            if self._survey.unit_column is not None and units[place] < 0:
                problem = "is empty; give every invited person a unit"
                raise self._table.error(first + place, problem, self._survey.unit_column)
            email = self._email(first + place, self._text(columns, EMAIL, place))
            channel = CHANNELS[channels[place]] if channels[place] >= 0 else ("mail" if email else "letter")
            if channel == "mail" and not email:
                raise self._table.error(first + place, "is empty, and this person gets a mail; fill it in", EMAIL)
            people.append(
                Invited(
                    path=self._units.paths[units[place]] if units[place] >= 0 else (),
                    name=self._text(columns, NAME, place),
                    email=email,
                    language=LANGUAGES[languages[place]] if languages[place] >= 0 else self._first_language,
                    channel=channel,
                    attributes={cut.key: cut.categories[codes[place]].key for cut, codes in cuts if codes[place] >= 0},
                )
            )
        return people

    @property
    def _first_language(self) -> str:
        return self._survey.questionnaire.languages[0]

    def _codes(
        self, first: int, columns: Sequence[tuple[str, ...]], column: str | None, decoder: Decoder, absent: int
    ) -> list[int]:
        if column is None or column not in self._table.columns:
            return [absent] * len(columns[0])
        return self._table.codes(first, columns, column, decoder)

    def _text(self, columns: Sequence[tuple[str, ...]], column: str, place: int) -> str:
        return clean(columns[self._table.columns[column]][place]) if column in self._table.columns else ""

    def _email(self, record: int, written: str) -> str:
        if not written:
            return ""
        if not _ADDRESS.fullmatch(written) or len(written) > 254:  # RFC 5321, section 4.5.3.1.3
            raise self._table.error(
                record, f"{quoted(written)} is no mail address; correct it or leave it empty", EMAIL
            )
        earlier = self._addresses.setdefault(written.casefold(), record)
        if earlier != record:
            problem = f"{quoted(written)} stands on line {self._table.line_of(earlier)} already; keep one row a person"
            raise self._table.error(record, problem, EMAIL)
        return written


def _word_decoder(words: Sequence[str], what: str) -> Decoder:
    def decode(raw: str) -> int:
        if not raw:
            return -1
        if raw.lower() not in words:
            raise Unreadable(f"{quoted(raw)} is no {what}; write {', '.join(words[:-1])} or {words[-1]}")
        return words.index(raw.lower())

    return Decoder(decode)
