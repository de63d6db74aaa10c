"""A questionnaire: an ordered choice of instruments, checked as a whole, with its texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from instruments.conditions import items_in
from instruments.labels import measure_text_from_item
from instruments.loading import load_catalogue, references_of
from instruments.model import (
    LANGUAGES,
    Instrument,
    InstrumentError,
    Item,
    ItemText,
    Language,
    Measure,
    MeasureText,
    Texts,
    Wording,
)
from instruments.packs import Pack, apply_pack
from instruments.tables import suggest


@dataclass(frozen=True)
class Questionnaire:
    """Instruments in the order in which they are asked, and lookups over all of them.

    ``languages`` are those in which every question can be asked; ``packs`` those that were used.
    Make one with :func:`build_questionnaire`, which checks that everything fits. Lookups raise
    InstrumentError for a key that is not in the questionnaire.
    """

    instruments: tuple[Instrument, ...]
    languages: tuple[Language, ...]
    packs: tuple[Pack, ...] = ()

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """All items in order."""
        return tuple(item for instrument in self.instruments for item in instrument.items)

    @cached_property
    def measures(self) -> tuple[Measure, ...]:
        """All measures in order."""
        return tuple(measure for instrument in self.instruments for measure in instrument.measures)

    @cached_property
    def items_by_key(self) -> Mapping[str, Item]:
        """All items by key, in order, as :func:`instruments.scoring.score_measures` takes them."""
        return {item.key: item for item in self.items}

    @cached_property
    def _measures_by_key(self) -> Mapping[str, Measure]:
        return {measure.key: measure for measure in self.measures}

    @cached_property
    def _owners(self) -> tuple[Mapping[str, Instrument], Mapping[str, Instrument]]:
        items = {item.key: instrument for instrument in self.instruments for item in instrument.items}
        measures = {m.key: instrument for instrument in self.instruments for m in instrument.measures}
        return items, measures

    def item(self, key: str) -> Item:
        """The item ``key``."""
        if key not in self.items_by_key:
            raise InstrumentError(f"there is no item '{key}' here; {suggest(key, self.items_by_key)}")
        return self.items_by_key[key]

    def measure(self, key: str) -> Measure:
        """The measure ``key``."""
        if key not in self._measures_by_key:
            raise InstrumentError(f"there is no measure '{key}' here; {suggest(key, self._measures_by_key)}")
        return self._measures_by_key[key]

    def instrument(self, identifier: str) -> Instrument:
        """The instrument with id ``identifier``."""
        found = {instrument.id: instrument for instrument in self.instruments}
        if identifier not in found:
            raise InstrumentError(f"there is no instrument '{identifier}' here; {suggest(identifier, found)}")
        return found[identifier]

    def instrument_of(self, measure_key: str) -> Instrument:
        """The instrument to which the measure belongs."""
        return self._owners[1][self.measure(measure_key).key]

    def instrument_of_item(self, item_key: str) -> Instrument:
        """The instrument to which the item belongs."""
        return self._owners[0][self.item(item_key).key]

    def text(self, identifier: str, language: Language) -> Texts:
        """All texts of one instrument in ``language``; raises InstrumentError when it has none."""
        texts = self.instrument(identifier).texts
        if language not in texts:
            raise InstrumentError(f"'{identifier}' has no texts in '{language}'; {suggest(language, texts)}")
        return texts[language]

    def item_text(self, key: str, language: Language) -> ItemText:
        """The question and its short label."""
        owner = self.instrument_of_item(key)
        texts = self.text(owner.id, language).items
        if key not in texts:
            raise InstrumentError(f"item '{key}' has no text in '{language}'; load a pack for '{owner.id}'.")
        return texts[key]

    def scale_text(self, scale_key: str, identifier: str, language: Language) -> Mapping[int, str]:
        """The labels by answer code of a scale of one instrument; may be empty for a numeric scale."""
        scales = {scale.key for scale in self.instrument(identifier).scales}
        if scale_key not in scales:
            raise InstrumentError(f"'{identifier}' has no scale '{scale_key}'; {suggest(scale_key, scales)}")
        return self.text(identifier, language).scales.get(scale_key, {})

    def answer_text(self, item_key: str, language: Language) -> Mapping[int, str]:
        """The labels by answer code of one item; may be empty for a numeric scale."""
        item = self.item(item_key)
        return self.scale_text(item.scale.key, self.instrument_of_item(item_key).id, language)

    def measure_text(self, key: str, language: Language) -> MeasureText:
        """Name, share and explanation of a measure.

        A single-item measure without texts of its own takes them from its item. A measure without
        texts in ``language`` keeps those of the other language: a report needs a name for it.
        """
        owner = self.instrument_of(key)
        order = [language, *(other for other in LANGUAGES if other != language)]
        for candidate in (other for other in order if other in owner.texts):
            texts = owner.texts[candidate]
            if key in texts.measures:
                return texts.measures[key]
            if key in texts.items:
                return measure_text_from_item(self.measure(key), self.item(key), texts, candidate)
        raise InstrumentError(f"measure '{key}' has no name in any language; add one to '{owner.id}'.")

    def in_scale(self, measure_key: str) -> bool:
        """Whether the measure is one question of an instrument that also has a scale of several."""
        if not self.measure(measure_key).single_item:
            return False
        return any(len(other.items) > 1 for other in self.instrument_of(measure_key).measures)

    @cached_property
    def leading(self) -> tuple[str, ...]:
        """The measures to speak of: scales, and single questions outside a scale, once for each set of items.

        A second measure of the same items only shows how much the first depends on its cut-off.
        """
        shown: dict[tuple[str, ...], str] = {}
        for measure in self.measures:
            if not self.in_scale(measure.key):
                shown.setdefault(measure.items or (measure.key,), measure.key)
        return tuple(shown.values())

    def score_bounds(self, measure_key: str) -> tuple[int, int]:
        """The lowest and the highest possible score of a measure; (0, 0) for one without a score."""
        measure = self.measure(measure_key)
        scales = [self.item(key).scale for key in measure.items]
        if not scales:
            return 0, 0
        lows, highs = [scale.low for scale in scales], [scale.high for scale in scales]
        if measure.statistic == "percent":
            return 0, 100
        return (sum(lows), sum(highs)) if measure.statistic == "sum" else (min(lows), max(highs))

    def band_text(self, measure_key: str, band_key: str, language: Language) -> str:
        """The name of a band of a measure."""
        bands = self.text(self.instrument_of(measure_key).id, language).bands
        if band_key not in bands:
            raise InstrumentError(f"measure '{measure_key}' has no band '{band_key}'; {suggest(band_key, bands)}")
        return bands[band_key]

    def items_of(self, measure_key: str) -> tuple[Item, ...]:
        """Every item on which a measure depends, through rules and bases too, in order."""
        keys = set(self._item_keys(self.measure(measure_key)))
        return tuple(item for item in self.items if item.key in keys)

    def _item_keys(self, measure: Measure) -> Iterator[str]:
        yield from measure.items
        if measure.rule is not None:
            yield from items_in(measure.rule)
        for key in references_of(measure):
            yield from self._item_keys(self.measure(key))

    def wording_of(self, measure_key: str) -> Wording:
        """``official`` when every item behind the measure is, in every language that is offered."""
        owners = {self.instrument_of_item(item.key).id for item in self.items_of(measure_key)}
        wordings = {
            self.instrument(owner).wording.get(language, "own") for owner in owners for language in self.languages
        }
        return "official" if wordings == {"official"} else "own"


def build_questionnaire(
    ids: Sequence[str],
    own: Sequence[Instrument] = (),
    packs: Sequence[Pack] = (),
    languages: Sequence[Language] | None = None,
) -> Questionnaire:
    """The questionnaire of the catalogue's instruments ``ids`` and the organisation's ``own`` ones.

    The order is that of ``ids``, which may name own instruments too; the other own ones follow.
    Packs for instruments that are not asked are left aside. ``languages`` are those the survey
    offers; without it, all in which every question has a text. Raises InstrumentError when something
    is unknown, double, without texts or without what it refers to.
    """
    chosen = _choose(ids, own)
    used = tuple(pack for pack in packs if pack.instrument in {instrument.id for instrument in chosen})
    _refuse_double([f"{pack.instrument}.{pack.language}" for pack in used], "wording pack")
    instruments = tuple(_with_texts(instrument, used) for instrument in chosen)
    _check_needs(instruments)
    _check_keys(instruments)
    questionnaire = Questionnaire(instruments, _common_languages(instruments, languages), used)
    for measure in questionnaire.measures:
        _check_references(questionnaire, measure, ())
    return questionnaire


def _choose(ids: Sequence[str], own: Sequence[Instrument]) -> tuple[Instrument, ...]:
    catalogue = load_catalogue()
    for instrument in own:
        if instrument.id in catalogue:
            raise InstrumentError(f"own instrument '{instrument.id}' has the id of one of ours; rename it.")
    known = {**catalogue, **{instrument.id: instrument for instrument in own}}
    for identifier in ids:
        if identifier not in known:
            raise InstrumentError(f"there is no instrument '{identifier}'; {suggest(identifier, known)}")
    order = [*ids, *(instrument.id for instrument in own if instrument.id not in ids)]
    if not order:
        raise InstrumentError("the questionnaire is empty; choose at least one instrument.")
    _refuse_double([*ids], "instrument")
    _refuse_double([instrument.id for instrument in own], "own instrument")
    return tuple(known[identifier] for identifier in order)


def _refuse_double(keys: Sequence[str], kind: str) -> None:
    # Capitals do not tell two columns apart in a statistics file, so they do not here.
    counts = Counter(key.lower() for key in keys)
    for key in keys:
        if counts[key.lower()] > 1:
            raise InstrumentError(f"the {kind} '{key}' occurs twice in the questionnaire; remove or rename one.")


def _with_texts(instrument: Instrument, packs: Sequence[Pack]) -> Instrument:
    for pack in packs:
        if pack.instrument == instrument.id:
            instrument = apply_pack(instrument, pack)
    if not instrument.usable:
        raise InstrumentError(
            f"instrument '{instrument.id}' has no item texts here, because they belong to"
            f" {instrument.licence.holder}; load a wording pack with `peil instruments import`."
        )
    return instrument


def _check_needs(instruments: Sequence[Instrument]) -> None:
    present = {instrument.id for instrument in instruments}
    for instrument in instruments:
        absent = [needed for needed in instrument.needs if needed not in present]
        if absent:
            raise InstrumentError(
                f"instrument '{instrument.id}' needs {' and '.join(absent)}; add them to the questionnaire."
            )


def _check_keys(instruments: Sequence[Instrument]) -> None:
    _refuse_double([item.key for instrument in instruments for item in instrument.items], "item")
    _refuse_double([measure.key for instrument in instruments for measure in instrument.measures], "measure")


def _common_languages(instruments: Sequence[Instrument], wanted: Sequence[Language] | None) -> tuple[Language, ...]:
    for language in wanted or ():
        for instrument in instruments:
            if not _speaks(instrument, language):
                raise InstrumentError(
                    f"instrument '{instrument.id}' has no texts in '{language}'; add them or leave the language out."
                )
    found = tuple(
        language
        for language in LANGUAGES
        if (wanted is None or language in wanted) and all(_speaks(instrument, language) for instrument in instruments)
    )
    if not found:
        raise InstrumentError("no language has texts for all questions; add texts or leave instruments out.")
    return found


def _speaks(instrument: Instrument, language: Language) -> bool:
    texts = instrument.texts.get(language)
    return texts is not None and all(item.key in texts.items for item in instrument.items)


def _check_references(questionnaire: Questionnaire, measure: Measure, path: tuple[str, ...]) -> None:
    if measure.key in path:
        raise InstrumentError(
            f"the measures {' -> '.join([*path, measure.key])} depend on each other; break the circle."
        )
    keys = questionnaire._measures_by_key
    for key in references_of(measure):
        if key not in keys:
            raise InstrumentError(
                f"measure '{measure.key}' refers to measure '{key}', which is not in the questionnaire;"
                f" {suggest(key, keys)}"
            )
        _check_references(questionnaire, keys[key], (*path, measure.key))
