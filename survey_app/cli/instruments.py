"""``peil instruments``: what can be asked, and the wording packs that make it askable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import cast

import click

from instruments.conditions import SIGNS, describe_condition
from instruments.labels import measure_text_from_item
from instruments.loading import load_catalogue
from instruments.model import LANGUAGES, Instrument, InstrumentError, Item, Language, Measure, Scale
from instruments.packs import Pack, check_pack, load_packs, read_pack, store_pack
from instruments.tables import suggest
from reports.numbers import DASH, Numbers
from survey_app.cli.errors import BadInput
from survey_app.cli.instruments_words import WORDS
from survey_app.cli.pages import language_option, wrap
from survey_app.config import Config

_pack_file = click.argument("file", metavar="PACK.toml", type=click.Path(path_type=Path))


@click.group()
def instruments() -> None:
    """Instruments: what can be asked, how it is scored, and wording packs."""


@instruments.command("list")
@language_option
@click.pass_obj
def list_instruments(config: Config, language: str) -> None:
    """List the instruments and say which can be asked."""
    chosen = cast(Language, language)
    try:
        known = [instrument for instrument, _ in _with_packs(config)]
    except InstrumentError as error:
        raise BadInput(str(error)) from error
    words = WORDS[chosen]
    rows = [(words["instrument"], words["items"], words["wording"], words["title"])]
    for instrument in known:
        title = instrument.texts[chosen].title
        rows.append((instrument.id, str(len(instrument.items)), _wording(instrument, words), title))
    for row in _columns(rows):
        click.echo(row)


@instruments.command("show")
@click.argument("identifier", metavar="ID")
@language_option
@click.pass_obj
def show_instrument(config: Config, identifier: str, language: str) -> None:
    """Show the questions, the scoring, the licence and the sources of one instrument."""
    try:
        found = {instrument.id: (instrument, packs) for instrument, packs in _with_packs(config)}
    except InstrumentError as error:
        raise BadInput(str(error)) from error
    if identifier not in found:
        raise BadInput(f"there is no instrument '{identifier}'; {suggest(identifier, found)}")
    instrument, packs = found[identifier]
    click.echo("\n".join(_Page(instrument, packs, cast(Language, language)).lines()))


@instruments.command("check")
@_pack_file
@language_option
@click.pass_obj
def check_file(config: Config, file: Path, language: str) -> None:
    """Check a wording pack against its instrument, without storing it."""
    words = WORDS[cast(Language, language)]
    try:
        pack = read_pack(file)
        instrument = check_pack(pack, load_packs(config.packs_folder))
    except InstrumentError as error:
        raise BadInput(str(error)) from error
    click.echo(
        words["fits"].format(
            file=file.name,
            instrument=instrument.id,
            n=len(instrument.items),
            language=words[f"language_{pack.language}"],
            wording=words["official" if pack.official else "own"],
        )
    )


@instruments.command("import")
@_pack_file
@language_option
@click.pass_obj
def import_pack(config: Config, file: Path, language: str) -> None:
    """Check a wording pack and store it, in the place of an earlier one for the same language."""
    words = WORDS[cast(Language, language)]
    try:
        pack = read_pack(store_pack(file, config.packs_folder))
    except InstrumentError as error:
        raise BadInput(str(error)) from error
    click.echo(
        words["stored"].format(
            instrument=pack.instrument,
            language=words[f"adjective_{pack.language}"],
            wording=words["official" if pack.official else "own"],
        )
    )
    click.echo(words["credit"].format(attribution=pack.attribution))


def _with_packs(config: Config) -> Iterator[tuple[Instrument, tuple[Pack, ...]]]:
    """Every instrument of the catalogue with the texts and the list of its stored packs."""
    stored = load_packs(config.packs_folder)
    for instrument in load_catalogue().values():
        packs = tuple(pack for pack in stored if pack.instrument == instrument.id)
        checked = instrument
        for number, pack in enumerate(packs):
            checked = check_pack(pack, packs[:number])
        yield checked, packs


def _wording(instrument: Instrument, words: dict[str, str]) -> str:
    """Such as ``own (nl, en)``, or what is lacking."""
    if not instrument.items:
        return words["no_items"]
    if not instrument.usable:
        return words["pack_needed"]
    kinds: dict[str, list[str]] = {}
    for language in LANGUAGES:
        if language in instrument.wording:
            kinds.setdefault(words[instrument.wording[language]], []).append(language)
    return ", ".join(f"{kind} ({', '.join(languages)})" for kind, languages in kinds.items())


def _columns(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


class _Page:
    """Everything about one instrument, as lines of text."""

    def __init__(self, instrument: Instrument, packs: tuple[Pack, ...], language: Language) -> None:
        self._instrument = instrument
        self._packs = packs
        self._texts = instrument.texts[language]
        self._language = language
        self._words = WORDS[language]
        self._numbers = Numbers(language)

    def lines(self) -> Iterator[str]:
        instrument, words = self._instrument, self._words
        version = words["version"].format(version=instrument.version)
        yield f"{self._texts.title} ({instrument.id}, {version}, {_wording(instrument, words)})"
        if self._texts.introduction:
            yield ""
            yield from wrap(self._texts.introduction)
        if instrument.needs:
            yield ""
            yield words["needs"].format(needs=", ".join(instrument.needs))
        if instrument.items:
            yield from self._item_lines()
            yield from self._scale_lines()
        yield from self._heading("measures")
        for measure in instrument.measures:
            yield from self._measure_lines(measure)
        yield from self._licence_lines()
        yield from self._heading("notes")
        for note in instrument.notes:
            yield from wrap(note, "  - ", "    ")
        yield from self._heading("sources")
        for source in instrument.sources:
            doubt = "" if source.confirmed else f" ({words['unconfirmed']})"
            yield from wrap(f"{source.title}{doubt}", "  - ", "    ")
            link = source.url or (f"https://doi.org/{source.doi}" if source.doi else "")
            yield from (f"    {link}",) if link else ()

    def _heading(self, key: str) -> Iterator[str]:
        yield ""
        yield self._words[key]

    def _item_lines(self) -> Iterator[str]:
        yield from self._heading("questions")
        if not self._texts.items:
            text = self._words["no_texts"].format(holder=self._instrument.licence.holder)
            yield from wrap(text, "  ")
        for item in self._instrument.items:
            remarks = "; ".join(self._item_remarks(item))
            yield f"  {item.key}  [{item.scale.key}]{f'  ({remarks})' if remarks else ''}"
            if item.key in self._texts.items:
                yield from wrap(self._texts.items[item.key].text, "      ")

    def _item_remarks(self, item: Item) -> Iterator[str]:
        if item.reverse:
            yield self._words["reversed"]
        if item.shown_if is not None:
            yield self._words["shown_if"].format(condition=describe_condition(item.shown_if))

    def _scale_lines(self) -> Iterator[str]:
        yield from self._heading("scales")
        for scale in self._instrument.scales:
            yield f"  {scale.key}"
            if scale.numeric:
                yield f"      {self._words['numeric'].format(low=scale.values[0], high=scale.values[-1])}"
            else:
                yield from self._code_lines(scale)

    def _code_lines(self, scale: Scale) -> Iterator[str]:
        labels = self._texts.scales.get(scale.key, {})
        for code, score in zip(scale.values, scale.scores, strict=True):
            counts = "" if score == code else f" ({self._words['score'].format(score=score)})"
            yield f"      {code:>4}  {labels.get(code, DASH)}{counts}"

    def _measure_lines(self, measure: Measure) -> Iterator[str]:
        yield f"  {measure.key}: {self._name(measure)}"
        parts = "; ".join(self._measure_parts(measure))
        yield from wrap(parts, "      ")
        if measure.figures:
            yield from wrap(self._words["figures"].format(figures=", ".join(measure.figures)), "      ")

    def _name(self, measure: Measure) -> str:
        if measure.key in self._texts.measures:
            return self._texts.measures[measure.key].name
        if measure.key not in self._texts.items:
            return measure.key
        item = next(item for item in self._instrument.items if item.key == measure.key)
        return measure_text_from_item(measure, item, self._texts, self._language).name

    def _measure_parts(self, measure: Measure) -> Iterator[str]:
        words = self._words
        if measure.rule is not None:
            yield words["rule"].format(rule=describe_condition(measure.rule))
        elif measure.statistic is not None:
            key = "single" if measure.single_item else measure.statistic
            yield words[key].format(n=len(measure.items), least=measure.min_answered)
        if measure.flag is not None:
            flag = measure.flag
            yield words["flag" if measure.single_item else "flag_answered"].format(
                sign=SIGNS[flag.operator], threshold=self._exact(flag.threshold), n=flag.min_answered
            )
        if measure.among is not None:
            yield words["among"].format(measure=measure.among)
        if measure.bands:
            bands = (f"{self._texts.bands[band.key]} >= {self._exact(band.at_least)}" for band in measure.bands)
            yield words["bands"].format(bands=", ".join(bands))
        yield words[measure.higher_is]

    def _exact(self, number: Fraction) -> str:
        """A decimal number when that is exact within three places, otherwise the fraction."""
        for places in range(4):
            if 10**places % number.denominator == 0:
                return self._numbers.decimal(float(number), places)
        return str(number)

    def _licence_lines(self) -> Iterator[str]:
        yield from self._heading("licence")
        licence = self._instrument.licence
        yield from wrap(f"{licence.holder}. {licence.note}", "  ")
        for pack in self._packs:
            sentence = self._words["pack"].format(
                language=pack.language,
                attribution=pack.attribution.rstrip("."),
                licence=pack.licence.rstrip("."),
                statement=pack.statement,
            )
            yield from wrap(sentence, "  ")
