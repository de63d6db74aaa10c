"""What new figures from StatLine would change in the catalogue, and the files that would hold them.

Nothing printed is ever replaced. A new figure that says otherwise than one in the catalogue is added
beside it, both are named, and a person decides; see docs/updating-figures.md.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Literal

from analysis.benchmark.catalogue_files import Addition, read_catalogue
from analysis.benchmark.figures import Catalogue, Figure, Survey, reason_unused
from analysis.benchmark.own_figures import parse_addition
from analysis.benchmark.statline_mapping import Mapped, Offer

#: "new": the catalogue has nothing about it; "agrees": equal but for rounding; "differs": it is not.
Kind = Literal["new", "agrees", "differs"]

_INTRODUCTION = (
    "# Added by 'peil figures update'. Blocks are added at the end and never changed;\n"
    "# docs/updating-figures.md says which tags a person may change here.\n"
)


@dataclass(frozen=True)
class Entry:
    """A figure that would be added; ``printed`` are those in the catalogue about the same thing, year and people."""

    offer: Offer
    kind: Kind
    printed: tuple[Figure, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True)
class PreferredChange:
    """Another national figure of ``indicator`` would be used for ``year``; ``before`` is None for a new year."""

    indicator: str
    year: int
    before: Figure | None
    after: Figure


@dataclass(frozen=True)
class Update:
    """What would be added. ``known`` counts the figures that are in the catalogue exactly so already;
    ``files`` are the whole new texts, by indicator.
    """

    entries: tuple[Entry, ...]
    known: int
    changes: tuple[PreferredChange, ...]
    files: Mapping[str, str]


def first_comparable(offers: Iterable[Offer], catalogue: Catalogue) -> Callable[[Offer], bool]:
    """Whether an offer is from after the last method break of its survey, among those up to its newest year."""
    newest: dict[str, int] = {}
    for offer in offers:
        newest[offer.table.survey] = max(newest.get(offer.table.survey, 0), offer.year)
    starts = {
        survey: max((one.first_year for one in _survey(catalogue, survey).breaks if one.first_year <= year), default=0)
        for survey, year in newest.items()
    }
    return lambda offer: offer.year >= starts[offer.table.survey]


def plan_update(
    offers: Sequence[Offer],
    mapped: Mapped,
    kept: tuple[Addition, ...],
    texts: Mapping[str, str],
    retrieved: Mapping[str, dt.date],
) -> Update:
    """What adding ``offers`` would do to the catalogue with the additions ``kept``.

    ``texts`` are the files from StatLine that are kept now, by indicator; ``retrieved`` has the
    day on which each table was fetched, by its number. Raises
    :class:`~analysis.benchmark.figures.BrokenCatalogue`.
    """
    before = read_catalogue(additions=kept)
    entries, known = [], 0
    for offer in offers:
        same = _about_the_same(offer, before)
        if any(_identical(offer, figure) for figure in same):
            known += 1
            continue
        printed = tuple(figure for figure in same if reason_unused(figure) in (None, "to_verify"))
        judged = [_agrees(offer, figure) for figure in printed]
        kind: Kind = "new" if not printed else "agrees" if all(judged) else "differs"
        entries.append(Entry(offer, kind, printed, _tags(offer, printed, before)))
    entries.sort(key=lambda entry: (entry.offer.topic.indicator, entry.offer.year))
    files = {
        indicator: _extended(texts.get(indicator, ""), list(group), mapped, retrieved)
        for indicator, group in groupby(entries, key=lambda entry: entry.offer.topic.indicator)
    }
    others = tuple(addition for addition in kept if addition.own or addition.name not in files)
    trial = tuple(parse_addition(name, text, own=False) for name, text in files.items())
    after = read_catalogue(additions=(*trial, *others))
    return Update(tuple(entries), known, tuple(_changes(before, after, files)), files)


def _survey(catalogue: Catalogue, key: str) -> Survey:
    return next(survey for survey in catalogue.surveys.values() if survey.id == key)


def _about_the_same(offer: Offer, catalogue: Catalogue) -> tuple[Figure, ...]:
    """Figures of the same year, group, people and construct, also those that a person rejected."""
    indicator = catalogue.indicator(offer.topic.indicator)
    own = indicator.passport
    frame = offer.table.frame or own.population_frame
    return tuple(
        figure
        for figure in indicator.figures
        if (figure.year, figure.unit, figure.words) == (offer.year, "%", False)
        and (figure.passport.construct, figure.passport.population_frame) == (own.construct, frame)
        and (
            (figure.breakdown, figure.category) == (offer.breakdown, offer.category)
            or (indicator.is_headline(figure) and (offer.breakdown, offer.category) == ("total", "total"))
        )
    )


def _identical(offer: Offer, figure: Figure) -> bool:
    """The same number with the same decimals and bounds, read at the publisher; bounds may be lacking in the offer."""
    bounds = (offer.low, offer.high) in ((None, None), (figure.ci_low, figure.ci_high))
    return figure.provenance == "P" and str(figure.value) == str(offer.value) and bounds


def _agrees(offer: Offer, figure: Figure) -> bool:
    """Whether two printed numbers can be the same one, rounded: at most half a unit of the coarser apart."""
    decimals = min(figure.decimals, max(0, -int(offer.value.as_tuple().exponent)))
    return abs(offer.value - figure.value) <= Decimal(5).scaleb(-decimals - 1)


def _tags(offer: Offer, printed: Sequence[Figure], catalogue: Catalogue) -> tuple[str, ...]:
    """P, the break, and the mark of preference where every marked figure agrees with this one."""
    marked = [figure for figure in printed if "PREF" in figure.tags and reason_unused(figure) is None]
    prefer = bool(marked) and all(_agrees(offer, figure) for figure in marked)
    broken = any(one.first_year <= offer.year for one in _survey(catalogue, offer.table.survey).breaks)
    return (*(("PREF",) if prefer else ()), "P", *(("BREAK",) if broken else ()))


def _changes(before: Catalogue, after: Catalogue, indicators: Iterable[str]) -> Iterable[PreferredChange]:
    for key in indicators:
        old = {figure.year: figure for figure in before.series(key)}
        for figure in after.series(key):
            if (was := old.get(figure.year)) is None or was.id != figure.id:
                yield PreferredChange(key, figure.year, was, figure)


def _extended(text: str, entries: Sequence[Entry], mapped: Mapped, retrieved: Mapping[str, dt.date]) -> str:
    """``text`` with the sources and blocks of ``entries`` at its end."""
    parts = [text.rstrip("\n") if text else _INTRODUCTION.rstrip("\n")]
    for number in dict.fromkeys(entry.offer.table.id for entry in entries):
        table = next(entry.offer.table for entry in entries if entry.offer.table.id == number)
        source = _source_id(number, retrieved[number])
        if f'id = "{source}"' not in text:
            parts.append(
                "[[sources]]\n"
                f"id = {_quote(source)}\n"
                f"title = {_quote(f'CBS StatLine {number}, {table.title}')}\n"
                f"url = {_quote(mapped.address.format(id=number))}\n"
                f"retrieved = {retrieved[number].isoformat()}\n"
                f"licence = {_quote(mapped.licence)}"
            )
    for (year, head), group in groupby(sorted(entries, key=_block_of), key=_block_of):
        cells = "\n".join(f"    {{ {_cell(entry.offer)} }}," for entry in group)
        number = head[0]
        source = _quote(_source_id(number, retrieved[number]))
        parts.append(f"[[figures]]\nyear = {year}\nsource = {source}\n{head[1]}\ncells = [\n{cells}\n]")
    return "\n\n".join(parts) + "\n"


def _block_of(entry: Entry) -> tuple[int, tuple[str, str]]:
    """What entries of one block share: the year, the table, and the lines below its source."""
    offer = entry.offer
    doubts = sorted({*offer.table.unconfirmed, *offer.topic.unconfirmed})
    note = f"column '{offer.column}'"
    if offer.split is not None:
        note += f"; put together from two columns that meet at {offer.split}, where the question changed"
    lines = [
        f"survey = {_quote(offer.table.survey)}",
        f"publisher = {_quote(offer.table.publisher)}",
        f"population = {_quote(offer.table.population)}",
        *([f"frame = {_quote(offer.table.frame)}"] if offer.table.frame else []),
        *([f"passport = {{ unconfirmed = {_list(doubts)} }}"] if doubts else []),
        f"tags = {_list(entry.tags)}",
        f"note = {_quote(note)}",
    ]
    return offer.year, (offer.table.id, "\n".join(lines))


def _cell(offer: Offer) -> str:
    pairs = {"breakdown": offer.breakdown, "category": offer.category, "value": str(offer.value)}
    pairs |= {name: str(bound) for name, bound in (("ci_low", offer.low), ("ci_high", offer.high)) if bound is not None}
    return ", ".join(f"{name} = {_quote(text)}" for name, text in pairs.items())


def _source_id(table: str, day: dt.date) -> str:
    return f"statline-{table.lower()}-{day.isoformat()}"


def _list(words: Iterable[str]) -> str:
    return f"[{', '.join(map(_quote, words))}]"


def _quote(text: str) -> str:
    """A TOML string: for text that can be printed, JSON writes the same."""
    return json.dumps(text, ensure_ascii=False)
