"""Wording packs: the texts of an instrument in one language, from whoever may use them.

A pack is a TOML file. It is checked against the instrument key by key before anything is stored, so
that a survey never meets half a questionnaire.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from instruments.loading import load_catalogue
from instruments.model import LANGUAGES, Instrument, InstrumentError, Item, Language, Texts
from instruments.tables import Table, parse_toml, read_bytes, suggest
from instruments.texts import (
    LONGEST_INTRODUCTION,
    LONGEST_LABEL,
    checked_length,
    read_item_texts,
    read_labels,
)

_PACK_KEYS = (
    *("instrument", "instrument_version", "language", "official", "attribution", "licence", "statement"),
    *("title", "introduction", "reversed"),
)


@dataclass(frozen=True)
class Pack:
    """The texts of one instrument in one language, and the right to use them.

    ``statement`` is the sentence in which whoever loads the pack says why they may use it;
    ``attribution`` is printed wherever the texts are shown. ``items`` and ``scales`` are as read,
    not yet checked against the instrument. ``reversed`` lists the reversed items and is None when
    the pack does not say. ``where`` names the file in error sentences.
    """

    instrument: str
    instrument_version: str
    language: Language
    official: bool
    attribution: str
    licence: str
    statement: str
    where: str
    title: str = ""
    introduction: str = ""
    reversed: tuple[str, ...] | None = None
    items: Mapping[str, object] = field(default_factory=dict)
    scales: Mapping[str, object] = field(default_factory=dict)


def read_pack(path: Path) -> Pack:
    """The pack in the TOML file ``path``.

    Raises InstrumentError for a file that is absent, over 1 MB, not UTF-8, not TOML, or without one
    of the keys of ``[pack]``; whether the texts fit the instrument is for :func:`apply_pack`.
    """
    return _parse_pack(read_bytes(path, path.name), path.name)


def _parse_pack(content: bytes, where: str) -> Pack:
    whole = Table(parse_toml(content, where), where, ("pack", "items", "scales"))
    table = Table(whole.required("pack"), f"{where}: [pack]", _PACK_KEYS)
    introduction = checked_length(table.text("introduction", ""), LONGEST_INTRODUCTION, f"{table.where}: introduction")
    return Pack(
        instrument=table.text("instrument"),
        instrument_version=table.text("instrument_version"),
        language=cast(Language, table.one_of("language", LANGUAGES)),
        official=table.switch("official"),
        attribution=table.text("attribution"),
        licence=table.text("licence"),
        statement=table.text("statement"),
        where=where,
        title=checked_length(table.text("title", ""), LONGEST_LABEL, f"{table.where}: title"),
        introduction=introduction,
        reversed=table.texts("reversed") if "reversed" in table else None,
        items=whole.mapping("items"),
        scales=whole.mapping("scales"),
    )


def apply_pack(instrument: Instrument, pack: Pack) -> Instrument:
    """``instrument`` with the texts of ``pack`` in the pack's language.

    Every item needs a text and every answer code a label; a scale may be left out only by a pack
    that is not official, when the instrument has labels of its own for it. Names of measures stay
    ours. Raises InstrumentError, with the file and the key, when anything does not fit.
    """
    where = pack.where
    if pack.instrument != instrument.id:
        raise InstrumentError(f"{where}: the pack is for '{pack.instrument}', not for '{instrument.id}'.")
    if pack.instrument_version != instrument.version:
        raise InstrumentError(
            f"{where}: the pack is for version {pack.instrument_version} of '{instrument.id}', but this is"
            f" version {instrument.version}; check the texts and change instrument_version."
        )
    instrument = replace(instrument, items=_reverse_items(instrument, pack))
    items = {item.key: item for item in instrument.items}
    if not items:
        raise InstrumentError(f"{where}: '{instrument.id}' has no items of its own, so it takes no pack.")
    before = instrument.texts.get(pack.language, Texts(title="", introduction=""))
    shorts = {key: text.short for key, text in before.items.items()}
    scales = {item.scale.key: item.scale for item in items.values()}
    wanted = scales if pack.official else {key: s for key, s in scales.items() if key not in before.scales}
    given = {key: scale for key, scale in scales.items() if key in pack.scales or key in wanted}
    unknown = next((key for key in pack.scales if key not in scales), None)
    if unknown is not None:
        raise InstrumentError(f"{where}: there is no scale '{unknown}'; {suggest(unknown, scales)}")
    texts = replace(
        before,
        title=pack.title or before.title or instrument.id,
        introduction=pack.introduction or before.introduction,
        items=read_item_texts(pack.items, items, where, shorts),
        scales={**before.scales, **read_labels(pack.scales, given, where, complete=True)},
    )
    return replace(
        instrument,
        texts={**instrument.texts, pack.language: texts},
        wording={**instrument.wording, pack.language: "official" if pack.official else "own"},
    )


def _reverse_items(instrument: Instrument, pack: Pack) -> tuple[Item, ...]:
    """The items with the scoring direction of the pack, where the instrument leaves that to a pack."""
    if not instrument.reversed_by_pack:
        if pack.reversed is not None:
            raise InstrumentError(
                f"{pack.where}: '{instrument.id}' settles itself which items are reversed; remove 'reversed'."
            )
        return instrument.items
    if pack.reversed is None:
        raise InstrumentError(
            f"{pack.where}: say under [pack] which items are reversed according to the manual, as in"
            f' reversed = ["{instrument.items[0].key}"], or reversed = [] for none.'
        )
    keys = [item.key for item in instrument.items]
    for key in pack.reversed:
        if key not in keys:
            raise InstrumentError(f"{pack.where}: reversed: there is no item '{key}'; {suggest(key, keys)}")
    before = {item.key for item in instrument.items if item.reverse}
    if instrument.wording and before != set(pack.reversed):
        raise InstrumentError(f"{pack.where}: 'reversed' differs from the pack in the other language; make them equal.")
    return tuple(replace(item, reverse=item.key in pack.reversed) for item in instrument.items)


def find_instrument(pack: Pack) -> Instrument:
    """The catalogue's instrument for which ``pack`` is; raises InstrumentError when there is none."""
    catalogue = load_catalogue()
    if pack.instrument not in catalogue:
        raise InstrumentError(
            f"{pack.where}: there is no instrument '{pack.instrument}'; {suggest(pack.instrument, catalogue)}"
        )
    return catalogue[pack.instrument]


def check_pack(pack: Pack, others: Sequence[Pack] = ()) -> Instrument:
    """The catalogue's instrument with the texts of ``pack``, next to packs in other languages.

    Raises InstrumentError when the pack does not fit its instrument or the ``others``; those for
    another instrument or version, and an earlier one in the same language, are left aside.
    """
    instrument = find_instrument(pack)
    for other in others:
        same = (other.instrument, other.instrument_version) == (instrument.id, instrument.version)
        if same and other.language != pack.language:
            instrument = apply_pack(instrument, other)
    return apply_pack(instrument, pack)


def store_pack(path: Path, folder: Path) -> Path:
    """Where the pack ``path`` is stored in ``folder``, after it was checked in full.

    It replaces an earlier pack for the same instrument and language. The file is complete or absent:
    it is written beside its place and then moved. Raises InstrumentError when the pack does not fit
    or the folder cannot be written.
    """
    content = read_bytes(path, path.name)
    pack = _parse_pack(content, path.name)
    check_pack(pack, load_packs(folder))
    place = folder / f"{pack.instrument}.{pack.language}.toml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_whole(content, place)
    except OSError as error:
        raise InstrumentError(f"{folder}: the pack cannot be stored here ({error.strerror}).") from error
    return place


def _write_whole(content: bytes, place: Path) -> None:
    handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=place.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(place)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def load_packs(folder: Path) -> tuple[Pack, ...]:
    """The packs stored in ``folder``, by file name; none when the folder is not there.

    Raises InstrumentError for a file that is not a pack.
    """
    if not folder.is_dir():
        return ()
    return tuple(read_pack(path) for path in sorted(folder.glob("*.toml")) if not path.name.startswith("."))
