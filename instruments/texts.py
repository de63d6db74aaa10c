"""Texts of an instrument in one language, checked key by key against its structure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from instruments.model import InstrumentError, Item, ItemText, Measure, MeasureText, Scale, Texts
from instruments.tables import Table, one_line, suggest

#: Longest question, label and introduction that still fit one screen on a phone.
LONGEST_QUESTION = 600
LONGEST_LABEL = 120
LONGEST_INTRODUCTION = 2000
#: A short label made out of a question keeps at most this many characters.
_SHORT = 40

TEXT_KEYS = ("title", "introduction", "items", "scales", "measures", "bands")


def read_texts(
    values: object,
    items: Mapping[str, Item],
    measures: Iterable[Measure],
    where: str,
    without_items: bool = False,
) -> Texts:
    """The texts in ``values``: title, introduction, items, scales, measures and bands.

    Every item, answer code, band and measure of more than one item needs a text. ``without_items``
    is for instruments whose wording belongs to someone else: no item text may then be present, and
    answer labels are optional, because a wording pack brings both. Raises InstrumentError.
    """
    table = Table(values, where, TEXT_KEYS)
    scales = {item.scale.key: item.scale for item in items.values()}
    texts = _read_no_items(table) if without_items else read_item_texts(table.mapping("items"), items, where)
    return Texts(
        title=checked_length(table.text("title"), LONGEST_LABEL, f"{where}: title"),
        introduction=checked_length(table.text("introduction", ""), LONGEST_INTRODUCTION, f"{where}: introduction"),
        items=texts,
        scales=read_labels(table.mapping("scales"), scales, where, complete=not without_items),
        measures=_read_measure_texts(table.mapping("measures"), tuple(measures), where),
        bands=_read_bands(table.mapping("bands"), measures, where),
    )


def read_item_texts(
    entries: Mapping[str, object],
    items: Mapping[str, Item],
    where: str,
    shorts: Mapping[str, str] | None = None,
) -> dict[str, ItemText]:
    """The text of every item, in the order of ``items``.

    An entry is ``{text, short}`` or only the question; the short label is then taken from
    ``shorts``, or else made of the first words of the question.
    """
    for key in entries:
        if key not in items:
            raise InstrumentError(f"{where}: there is no item '{key}'; {suggest(key, items)}")
    texts: dict[str, ItemText] = {}
    for key in items:
        place = f"{where}: item '{key}'"
        if key not in entries:
            raise InstrumentError(f"{place} has no text; add it under [items].")
        entry = entries[key]
        table = Table({"text": entry} if isinstance(entry, str) else entry, place, ("text", "short"))
        text = checked_length(table.text("text"), LONGEST_QUESTION, f"{place}: text")
        own = (shorts or {}).get(key) or first_words(text)
        short = table.text("short") if "short" in table else own
        texts[key] = ItemText(text, checked_length(short, LONGEST_LABEL, f"{place}: short"))
    return texts


def _read_no_items(table: Table) -> dict[str, ItemText]:
    if "items" in table:
        raise InstrumentError(
            f"{table.where}: this instrument needs a wording pack, so its item texts may not stand here;"
            " remove [items]."
        )
    return {}


def read_labels(
    entries: Mapping[str, object], scales: Mapping[str, Scale], where: str, complete: bool
) -> dict[str, dict[int, str]]:
    """The label of every code of every scale in ``entries``; of all ``scales`` when ``complete``.

    Numeric scales need no labels: the respondent types the number.
    """
    for key in entries:
        if key not in scales:
            raise InstrumentError(f"{where}: there is no scale '{key}'; {suggest(key, scales)}")
    labels: dict[str, dict[int, str]] = {}
    for key, scale in scales.items():
        if key in entries:
            labels[key] = _read_scale_labels(entries[key], scale, f"{where}: scale '{key}'")
        elif complete and not scale.numeric:
            raise InstrumentError(f"{where}: scale '{key}' has no labels; add them under [scales.{key}].")
    return labels


def _read_scale_labels(values: object, scale: Scale, where: str) -> dict[int, str]:
    table = Table(values, where, [str(code) for code in _labelled_codes(scale)])
    if not scale.numeric:
        for code in scale.values:
            if str(code) not in table:
                raise InstrumentError(f"{where} has no label for code {code}; add it.")
    return {
        code: checked_length(table.text(str(code)), LONGEST_LABEL, f"{where}: {code}")
        for code in _labelled_codes(scale)
        if str(code) in table
    }


def _labelled_codes(scale: Scale) -> Iterable[int]:
    return range(scale.values[0], scale.values[-1] + 1) if scale.numeric else scale.values


def _read_measure_texts(
    entries: Mapping[str, object], measures: tuple[Measure, ...], where: str
) -> dict[str, MeasureText]:
    keys = {measure.key for measure in measures}
    for key in entries:
        if key not in keys:
            raise InstrumentError(f"{where}: there is no measure '{key}'; {suggest(key, keys)}")
    texts = {}
    for measure in measures:
        place = f"{where}: measure '{measure.key}'"
        if measure.key in entries:
            table = Table(entries[measure.key], place, ("name", "share", "explanation"))
            texts[measure.key] = MeasureText(table.text("name"), table.text("share", ""), table.text("explanation", ""))
        elif not measure.single_item:
            raise InstrumentError(f"{place} has no name; add it under [measures.{measure.key}].")
    return texts


def _read_bands(entries: Mapping[str, object], measures: Iterable[Measure], where: str) -> dict[str, str]:
    bands = [band.key for measure in measures for band in measure.bands]
    table = Table(entries, f"{where}: bands", bands)
    for key in bands:
        if key not in table:
            raise InstrumentError(f"{where}: band '{key}' has no name; add it under [bands].")
    return {key: table.text(key) for key in bands}


def first_words(text: str) -> str:
    """A label of at most 41 characters: the first words of ``text``, cut off with an ellipsis."""
    line = one_line(text).rstrip("?.!:;")
    if len(line) <= _SHORT:
        return line
    head = line[: _SHORT + 1]
    return (head.rsplit(" ", 1)[0] if " " in head else line[:_SHORT]) + "…"


def checked_length(text: str, longest: int, where: str) -> str:
    """``text`` itself; raises InstrumentError when it is longer than ``longest`` characters."""
    if len(text) > longest:
        raise InstrumentError(f"{where} has {len(text)} characters; shorten it to {longest} at most.")
    return text
