"""Instruments from TOML: the catalogue in this package, a folder, or a table in a survey file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Literal, cast

from instruments.conditions import measures_in
from instruments.model import (
    LANGUAGES,
    Instrument,
    InstrumentError,
    Item,
    Language,
    Licence,
    Measure,
    Scale,
    Source,
)
from instruments.structure import THEMES, read_item_measures, read_items, read_measures, read_scales
from instruments.tables import Table, parse_toml, read_bytes, suggest
from instruments.texts import read_texts

_STRUCTURE_KEYS = (
    *("id", "version", "theme", "needs", "reversed_by_pack", "notes", "licence", "sources"),
    *("scales", "items", "item_measures", "measures"),
)
_ID = re.compile(r"[a-z][a-z0-9-]{0,47}")


@cache
def load_catalogue() -> Mapping[str, Instrument]:
    """Every instrument shipped with Peil, by id, in alphabetical order; read once.

    Raises InstrumentError when one of the files does not hold together.
    """
    folders = [folder for folder in (files("instruments") / "catalogue").iterdir() if folder.is_dir()]
    named = {folder.name: folder for folder in folders if not folder.name.startswith((".", "_"))}
    return MappingProxyType({name: load_instrument(named[name]) for name in sorted(named)})


def load_instrument(folder: Path | Traversable) -> Instrument:
    """The instrument in ``folder``: ``instrument.toml``, ``nl.toml`` and ``en.toml``.

    Raises InstrumentError, naming the file and the key, for everything that does not fit.
    """
    where = f"{folder.name}/instrument.toml"
    table = Table(_read(folder, "instrument.toml"), where, _STRUCTURE_KEYS)
    if table.text("id") != folder.name:
        raise InstrumentError(f"{where}: id = '{table.text('id')}' has to equal the folder's name.")
    texts = {language: (_read(folder, f"{language}.toml"), f"{folder.name}/{language}.toml") for language in LANGUAGES}
    return _build(table, texts, _read_licence(table))


def instrument_from_table(table: Mapping[str, object], where: str) -> Instrument:
    """An organisation's own instrument from one TOML table with the texts inside.

    The keys are those of ``instrument.toml`` plus ``[texts.nl]`` and ``[texts.en]``, of which one is
    enough; ``version``, ``theme`` and ``licence`` may be left out. ``where`` names the file in error
    sentences. Raises InstrumentError.
    """
    outer = Table(table, where, (*_STRUCTURE_KEYS, "texts"))
    entries = outer.mapping("texts")
    for language in entries:
        if language not in LANGUAGES:
            raise InstrumentError(f"{where}: texts.{language} is unknown; {suggest(language, LANGUAGES)}")
    if not entries:
        raise InstrumentError(f"{where}: the instrument has no texts; add [texts.nl], [texts.en] or both.")
    texts = {
        language: (entries[language], f"{where}: texts.{language}") for language in LANGUAGES if language in entries
    }
    if "licence" in outer:
        licence = _read_licence(outer)
        if licence.status != "own":
            raise InstrumentError(
                f"{where}: an instrument with its texts inside has licence status 'own'; load someone"
                " else's texts as a wording pack."
            )
    else:
        licence = Licence("own", "the organisation", "Questions written by the organisation itself.")
    return _build(outer, texts, licence)


def _build(table: Table, texts: Mapping[Language, tuple[object, str]], licence: Licence) -> Instrument:
    where = table.where
    identifier = table.text("id")
    if not _ID.fullmatch(identifier):
        raise InstrumentError(
            f"{where}: id = '{identifier}' has to start with a small letter and hold small letters,"
            " digits and hyphens only, at most 48."
        )
    theme = table.one_of("theme", THEMES, "own")
    scales = read_scales(table.mapping("scales"), where)
    entries = table.array("items")
    items = read_items(entries, scales, where)
    measures = (
        *read_measures(table.array("measures"), items, theme, where),
        *read_item_measures(entries, table.values.get("item_measures"), items, theme, where),
    )
    needs = table.texts("needs")
    _check_measures(measures, needs, where)
    _check_scales_used(scales, items, where)
    own = licence.status == "own"
    return Instrument(
        id=identifier,
        version=table.text("version", "1"),
        theme=theme,
        scales=tuple(scales.values()),
        items=tuple(items.values()),
        measures=measures,
        licence=licence,
        sources=_read_sources(table),
        texts={
            language: read_texts(values, items, measures, place, without_items=not own)
            for language, (values, place) in texts.items()
        },
        wording=dict.fromkeys(texts, "own") if own else {},
        notes=table.texts("notes"),
        needs=needs,
        reversed_by_pack=table.switch("reversed_by_pack", False),
    )


def _check_measures(measures: tuple[Measure, ...], needs: tuple[str, ...], where: str) -> None:
    if not measures:
        raise InstrumentError(f"{where}: there are no measures; add [[measures]] or item_measures.")
    keys: list[str] = []
    for measure in measures:
        if measure.key.lower() in (key.lower() for key in keys):
            raise InstrumentError(f"{where}: the measure key '{measure.key}' is used twice; rename one.")
        keys.append(measure.key)
    if needs:  # references may then lead outside; the questionnaire follows them
        return
    for measure in measures:
        for key in references_of(measure):
            if key not in keys:
                raise InstrumentError(
                    f"{where}: measure '{measure.key}' refers to measure '{key}', which is not defined here;"
                    f" {suggest(key, keys)}"
                )


def references_of(measure: Measure) -> tuple[str, ...]:
    """The keys of the measures on which ``measure`` directly depends: in its rule and its base."""
    found = tuple(measures_in(measure.rule)) if measure.rule is not None else ()
    return found if measure.among is None else (*found, measure.among)


def _check_scales_used(scales: Mapping[str, Scale], items: Mapping[str, Item], where: str) -> None:
    unused = scales.keys() - {item.scale.key for item in items.values()}
    if unused:
        raise InstrumentError(f"{where}: scale '{min(unused)}' is used by no item; remove it or correct the item.")


def _read_licence(table: Table) -> Licence:
    where = f"{table.where}: licence"
    entry = Table(table.required("licence"), where, ("status", "holder", "note"))
    status = entry.one_of("status", ("own", "pack-required"))
    return Licence(cast(Literal["own", "pack-required"], status), entry.text("holder"), entry.text("note"))


def _read_sources(table: Table) -> tuple[Source, ...]:
    sources = []
    for values in table.array("sources"):
        entry = Table(values, f"{table.where}: source", ("title", "url", "doi", "confirmed"))
        url, doi = entry.text("url", ""), entry.text("doi", "")
        sources.append(Source(entry.text("title"), url, doi, entry.switch("confirmed", True)))
    return tuple(sources)


def _read(folder: Path | Traversable, name: str) -> dict[str, object]:
    where = f"{folder.name}/{name}"
    return parse_toml(read_bytes(folder / name, where), where)
