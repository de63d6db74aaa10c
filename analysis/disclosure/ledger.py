"""The ledger: everything that was ever released of an organisation, in a chain that shows every change.

An entry is one cell with all its figures, open or closed. Cells are named by the people in them, as the
survey froze them, and not by labels: whoever renames or merges units asks for the same people again and gets
the same figures (disclosure rule 18). Each entry holds the SHA-256 of the one before it, so that an entry
that was altered, taken out, put in or moved shows; entries cut off at the end show to whoever has seen a
later head (:func:`verify`). Nothing is ever taken back: a printed page cannot be recalled.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal, NamedTuple, Protocol, get_args

from analysis.disclosure.knowledge import NotReleasable
from analysis.disclosure.plan import CellKey
from analysis.errors import InputError

#: What the first entry of a chain has before it.
BEGINNING = bytes(32)

#: A cell of the reporting plan, or one that was asked for afterwards.
Kind = Literal["plan", "extra"]

#: Who asked: the release itself, or somebody in this role; never a name.
Actor = Literal["release", "hr", "council", "board"]

_MEAN = re.compile(r"-?\d+\.\d", re.ASCII)
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))


class LedgerBroken(NotReleasable):
    """The chain does not hold; ``number``, from 1, is the first entry that does not fit."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"the ledger was changed after it was written, at entry {number}; put back a copy from before the change"
        )
        self.number = number


class LedgerContradicted(NotReleasable):
    """A release gives people another figure than entry ``number`` of the ledger, or one of itself."""

    def __init__(self, survey: str, number: int) -> None:
        super().__init__(
            f"survey {survey} was released with other figures in entry {number} of the ledger; use those figures"
        )
        self.number = number


class LedgerUnreadable(InputError):
    """A file is no ledger; the sentence names file and line."""


class PrintedCell(Protocol):
    """The numbers of a released cell as printed; all None when it is closed."""

    @property
    def n_low(self) -> int | None: ...
    @property
    def n_high(self) -> int | None: ...
    @property
    def share(self) -> int | None: ...
    @property
    def mean(self) -> Decimal | None: ...


class People(NamedTuple):
    """Whose figures: the respondents of a survey and wave in frozen groups ``atoms``, in one category of a cut."""

    survey: str
    wave: str
    atoms: tuple[str, ...]
    cut: str
    category: str


@dataclass(frozen=True)
class Figure:
    """An open figure as printed: bounds on the number of answers, share in whole percent, mean in tenths as text."""

    n_low: int
    n_high: int
    share: int | None = None
    mean: str | None = None

    def __post_init__(self) -> None:
        numbers = (self.n_low, self.n_high, *(() if self.share is None else (self.share,)))
        _require(all(type(number) is int for number in numbers), "a figure has numbers that are not whole")
        _require(1 <= self.n_low <= self.n_high, "the numbers of answers are no band")
        _require(self.share is None or 0 <= self.share <= 100, "a share lies outside 0 to 100 percent")
        mean = self.mean
        _require(mean is None or (isinstance(mean, str) and bool(_MEAN.fullmatch(mean))), "a mean is not in tenths")


#: The figures of a cell by measure; None where the figure is closed.
Figures = Mapping[str, Figure | None]


@dataclass(frozen=True)
class Draft:
    """A cell about to be released.

    ``atoms`` are the ids of the smallest groups that the survey froze, sorted: those of the unit and of all
    units below it. ``figures`` are by measure, None where closed; ``day`` is an ISO date.
    """

    survey: str
    wave: str
    atoms: tuple[str, ...]
    cut: str
    category: str
    figures: Figures
    kind: Kind
    day: str
    actor: Actor

    def __post_init__(self) -> None:
        texts = (self.survey, self.wave, self.cut, self.category, self.day, *self.atoms, *self.figures)
        _require(all(isinstance(text, str) for text in texts), "what has to be text is not")
        _require(bool(self.atoms), "a cell has no groups of people")
        _require(list(self.atoms) == sorted(set(self.atoms)), "the groups of people are not sorted")
        _require(bool(self.figures), "a cell has no figures")
        _require(self.kind in get_args(Kind), "the kind is not known")
        _require(self.actor in get_args(Actor), "the actor is not a role")
        _require(_is_day(self.day), "the day is no ISO date")

    @property
    def people(self) -> People:
        """Whose figures these are."""
        return People(self.survey, self.wave, self.atoms, self.cut, self.category)


@dataclass(frozen=True)
class Entry(Draft):
    """One link of the chain: ``hash`` is the SHA-256 of :attr:`content`, ``previous`` that of the entry before."""

    previous: bytes
    hash: bytes

    @cached_property
    def content(self) -> str:
        """Everything but the hash as canonical JSON: sorted keys, no spaces, hashes in hexadecimal."""
        return _ENCODER.encode(_values(self, self.previous))


def draft_cells(
    figures: Mapping[CellKey, Figure | None],
    atoms: Mapping[tuple[str, str], Collection[str]],
    survey: str,
    day: dt.date,
    kind: Kind = "plan",
    actor: Actor = "release",
) -> tuple[Draft, ...]:
    """One draft for each wave, unit and category in ``figures``, with all its measures.

    ``atoms`` gives the groups of people by wave and unit, as cells name them. Raises ``KeyError`` for a unit
    without.
    """
    cells: dict[tuple[str, str, str, str], dict[str, Figure | None]] = {}
    for key, figure in figures.items():
        cells.setdefault((key.wave, key.unit, key.cut, key.category), {})[key.measure] = figure
    return tuple(
        Draft(survey, wave, tuple(sorted(atoms[wave, unit])), cut, category, by_measure, kind, day.isoformat(), actor)
        for (wave, unit, cut, category), by_measure in cells.items()
    )


def figure_of(cell: PrintedCell) -> Figure | None:
    """The figure of a released cell; None when it is closed."""
    if cell.n_low is None or cell.n_high is None:
        return None
    return Figure(cell.n_low, cell.n_high, cell.share, None if cell.mean is None else str(cell.mean))


def head(entries: Sequence[Entry]) -> bytes:
    """The hash of the last entry, 32 bytes; it stands for the whole ledger."""
    return entries[-1].hash if entries else BEGINNING


def append(entries: Sequence[Entry], drafts: Iterable[Draft]) -> tuple[Entry, ...]:
    """The entries that come after ``entries``; a draft of which every figure stands there already makes none.

    So a release that broke off and is made again leaves its traces once. Raises :class:`LedgerContradicted`
    when people get another figure than before, a closed one in place of an open one, or the reverse.
    """
    recorded = _record(entries)
    added: list[Entry] = []
    for draft in drafts:
        known = recorded.setdefault(draft.people, {})
        for measure, figure in draft.figures.items():
            if measure in known and known[measure][0] != figure:
                raise LedgerContradicted(draft.survey, known[measure][1])
        if draft.figures.keys() <= known.keys():
            continue
        added.append(_link(draft, head(added) if added else head(entries)))
        for measure, figure in draft.figures.items():
            known.setdefault(measure, (figure, len(entries) + len(added)))
    return tuple(added)


def verify(entries: Sequence[Entry], seen: bytes = BEGINNING) -> None:
    """Checks the chain from its beginning; raises :class:`LedgerBroken` with the first entry that does not fit.

    ``seen`` is a head that somebody has from before, in a certificate for instance: it must still be there.
    """
    before = BEGINNING
    met = {before}
    for number, entry in enumerate(entries, start=1):
        if entry.previous != before or _digest(entry.content) != entry.hash:
            raise LedgerBroken(number)
        before = entry.hash
        met.add(before)
    if seen not in met:
        raise LedgerBroken(len(entries) + 1)


def figures_of(entries: Iterable[Entry], people: People) -> dict[str, Figure | None]:
    """What was released of these people by measure, whatever they were called; empty when nothing was."""
    found: dict[str, Figure | None] = {}
    for entry in entries:
        if entry.people == people:
            found.update(entry.figures)
    return found


def open_units(entries: Iterable[Entry], survey: str, wave: str) -> frozenset[frozenset[str]]:
    """The groups of people, as sets of atoms, of which an open figure was released, as a whole or by a cut."""
    return frozenset(
        frozenset(entry.atoms)
        for entry in entries
        if (entry.survey, entry.wave) == (survey, wave) and any(entry.figures.values())
    )


def read_entry(content: str, hashed: bytes) -> Entry:
    """The entry with this content; raises ``ValueError`` unless it is written as :attr:`Entry.content` writes it.

    Whether the hash fits is for :func:`verify`.
    """
    try:
        values = json.loads(content)
        _require(isinstance(values, dict), "not an object")
        figures = values["figures"]
        _require(isinstance(figures, dict), "the figures are no object")
        read = {
            **values,
            "atoms": tuple(values["atoms"]),
            "figures": {measure: None if figure is None else Figure(**figure) for measure, figure in figures.items()},
            "previous": bytes.fromhex(values["previous"]),
        }
        entry = Entry(**read, hash=hashed)
        same = entry.content.encode() == content.encode()
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError("parts are missing or of another kind") from error
    _require(same, "not the canonical form")
    return entry


def write_lines(entries: Iterable[Entry]) -> str:
    """The ledger as a file that the works council keeps: JSON Lines, one entry each, its hash in hexadecimal."""
    return "".join(
        _ENCODER.encode({**_values(entry, entry.previous), "hash": entry.hash.hex()}) + "\n" for entry in entries
    )


def read_lines(text: str, name: str) -> tuple[Entry, ...]:
    """The entries in the text of a file called ``name``, verified; the number of an entry is that of its line.

    Raises :class:`LedgerUnreadable` with the line that is no entry, and :class:`LedgerBroken`.
    """
    # Not splitlines: names of categories may hold other signs that it takes for the end of a line.
    *lines, rest = text.split("\n")
    entries = []
    for number, line in enumerate([*lines, rest] if rest else lines, start=1):
        try:
            values = json.loads(line)
            hashed = bytes.fromhex(values.pop("hash"))
            entry = read_entry(_ENCODER.encode(values), hashed)
            _require(write_lines([entry]) == line + "\n", "not the canonical form")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise LedgerUnreadable(
                f"{name}, line {number}: is no entry of a ledger; use the file as it was written, unchanged"
            ) from None
        entries.append(entry)
    if rest:
        raise LedgerUnreadable(f"{name}, line {len(lines) + 1}: is cut off at its end; ask for the file again")
    verify(entries)
    return tuple(entries)


def _record(entries: Iterable[Entry]) -> dict[People, dict[str, tuple[Figure | None, int]]]:
    """The figures of all people by measure, with the number of the entry that has them first."""
    recorded: dict[People, dict[str, tuple[Figure | None, int]]] = {}
    for number, entry in enumerate(entries, start=1):
        known = recorded.setdefault(entry.people, {})
        for measure, figure in entry.figures.items():
            known.setdefault(measure, (figure, number))
    return recorded


def _link(draft: Draft, previous: bytes) -> Entry:
    values = {field.name: getattr(draft, field.name) for field in fields(Draft)}
    return Entry(**values, previous=previous, hash=_digest(_ENCODER.encode(_values(draft, previous))))


def _values(draft: Draft, previous: bytes) -> dict[str, Any]:
    """What the hash of an entry covers."""
    values: dict[str, Any] = {field.name: getattr(draft, field.name) for field in fields(Draft)}
    values["atoms"] = list(draft.atoms)
    values["figures"] = {key: None if figure is None else vars(figure) for key, figure in draft.figures.items()}
    values["previous"] = previous.hex()
    return values


def _digest(content: str) -> bytes:
    return hashlib.sha256(content.encode()).digest()


def _is_day(text: str) -> bool:
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)
