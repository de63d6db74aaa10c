"""Scales, items and measures from TOML tables. Texts are read in :mod:`instruments.texts`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import TypedDict, cast, get_args

from instruments.conditions import items_in, measures_in
from instruments.model import (
    Band,
    Compare,
    Condition,
    Every,
    Flag,
    Holds,
    InstrumentError,
    Item,
    Measure,
    Operator,
    Passport,
    Polarity,
    Scale,
    Some,
    Statistic,
)
from instruments.tables import Table, suggest

#: Themes a measure may have: the six conditions, the outcomes, care, and what stands apart.
THEMES = (
    *("workload", "autonomy", "recovery", "support", "example", "dialogue"),
    *("fatigue", "home", "balance", "vitality", "care"),
    *("quality", "own"),
)
OPERATORS: tuple[Operator, ...] = get_args(Operator)
POLARITIES: tuple[Polarity, ...] = get_args(Polarity)
STATISTICS: tuple[Statistic, ...] = get_args(Statistic)

#: Keys become column names in answer files, of which SPSS (64 characters) is the strictest.
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
#: A code fits four characters in a file and can never be mistaken for a missing code (-7, -8, -9).
_CODES = range(10_000)

_ITEM_MEASURE_KEYS = ("share", "theme", "among", "higher_is", "passport", "figures", *OPERATORS)
_MEASURE_KEYS = (
    *("key", "theme", "items", "statistic", "min_answered", "flag", "rule", "among"),
    *("higher_is", "bands", "passport", "figures"),
)


def read_scales(tables: Mapping[str, object], where: str) -> dict[str, Scale]:
    """The answer scales under ``[scales.<key>]``, by key."""
    return {key: _read_scale(key, values, f"{where}: scale '{key}'") for key, values in tables.items()}


def _read_scale(key: str, values: object, where: str) -> Scale:
    table = Table(values, where, ("values", "scores", "range"))
    if ("range" in table) == ("values" in table):
        raise InstrumentError(f"{where}: give either 'values' (codes) or 'range' (lowest, highest).")
    numeric = "range" in table
    codes = table.numbers("range" if numeric else "values")
    if numeric and "scores" in table:
        raise InstrumentError(f"{where}: a numeric scale counts as answered, so remove 'scores'.")
    if numeric and (len(codes) != 2 or codes[0] >= codes[1]):
        raise InstrumentError(f"{where}: 'range' needs the lowest and the highest number, as in [0, 24].")
    if len(codes) < 2 or len(set(codes)) < len(codes):
        raise InstrumentError(f"{where}: 'values' needs at least two codes, each of them once.")
    if any(code not in _CODES for code in codes):
        raise InstrumentError(f"{where}: codes are whole numbers from 0 to 9999; recode the others.")
    scores = table.numbers("scores") if "scores" in table else codes
    if len(scores) != len(codes):
        raise InstrumentError(f"{where}: there are {len(codes)} values but {len(scores)} scores; pair them.")
    if len(set(scores)) < 2:
        raise InstrumentError(f"{where}: all scores are the same; give the codes different scores.")
    return Scale(key=key, values=codes, scores=scores, numeric=numeric)


def read_items(tables: Iterable[object], scales: Mapping[str, Scale], where: str) -> dict[str, Item]:
    """The items under ``[[items]]``, by key and in order."""
    items: dict[str, Item] = {}
    for number, values in enumerate(tables, start=1):
        table = Table(values, f"{where}: item {number}", ("key", "scale", "reverse", "shown_if", "measure"))
        key = read_key(table)
        table.where = f"{where}: item '{key}'"
        if key.lower() in {known.lower() for known in items}:
            raise InstrumentError(f"{where}: the item key '{key}' is used twice; give each item its own key.")
        scale = table.text("scale")
        if scale not in scales:
            raise InstrumentError(f"{table.where}: scale '{scale}' is not defined; {suggest(scale, scales)}")
        shown_if = None
        if "shown_if" in table:
            shown_if = read_condition(table.required("shown_if"), f"{table.where}: shown_if")
            if any(measures_in(shown_if)):
                raise InstrumentError(f"{table.where}: shown_if may look at items only, not at measures.")
            check_condition(shown_if, items, f"{table.where}: shown_if", "before this item")
        items[key] = Item(key, scales[scale], reverse=table.switch("reverse", False), shown_if=shown_if)
    return items


def read_key(table: Table) -> str:
    """The value of ``key``, fit to be a column name."""
    key = table.text("key")
    if not _KEY.fullmatch(key):
        raise InstrumentError(
            f"{table.where}: the key '{key}' has to start with a letter and hold letters, digits and"
            " underscores only, at most 64."
        )
    return key


def read_condition(values: object, where: str) -> Condition:
    """A condition: ``{item, <operator>}``, ``{measure, is}``, ``{every = […], complete}`` or ``{some = […]}``."""
    table = Table(values, where, ("item", "measure", "is", "every", "complete", "some", *OPERATORS))
    kinds = [kind for kind in ("item", "measure", "every", "some") if kind in table]
    if len(kinds) != 1:
        raise InstrumentError(f"{where}: a condition needs exactly one of item, measure, every and some.")
    kind = kinds[0]
    extra: dict[str, tuple[str, ...]] = {"item": tuple(OPERATORS), "measure": ("is",), "every": ("complete",)}
    allowed = {kind, *extra.get(kind, ())}
    for key in table.values:
        if key not in allowed:
            raise InstrumentError(f"{where}: '{key}' does not go with '{kind}'; remove it.")
    if kind == "item":
        operator = find_operator(table)
        if operator is None:
            raise InstrumentError(f"{where}: say how the item compares, such as at_least = 4.")
        return Compare(table.text("item"), operator, table.number(operator))
    if kind == "measure":
        return Holds(table.text("measure"), table.switch("is", True))
    parts = tuple(read_condition(part, where) for part in table.array(kind))
    if not parts:
        raise InstrumentError(f"{where}: '{kind}' is empty; list the conditions.")
    return Every(parts, table.switch("complete", False)) if kind == "every" else Some(parts)


def check_condition(condition: Condition, items: Iterable[str], where: str, place: str = "here") -> None:
    """Raises InstrumentError when ``condition`` compares an item that is not one of ``items``."""
    known = tuple(items)
    for key in items_in(condition):
        if key not in known:
            raise InstrumentError(f"{where}: item '{key}' is not defined {place}; {suggest(key, known)}")


def find_operator(table: Table) -> Operator | None:
    """The one operator among the keys of ``table``; None when there is none."""
    found = [operator for operator in OPERATORS if operator in table]
    if len(found) > 1:
        raise InstrumentError(f"{table.where}: {found[0]} and {found[1]} exclude each other; keep one.")
    return found[0] if found else None


def read_fraction(value: object, where: str) -> Fraction:
    """A cut-off, exact: a whole number, or a fraction in quotes such as ``"16/5"``."""
    if isinstance(value, float):
        raise InstrumentError(
            f"{where} = {value} is not exact; write the fraction in quotes, such as"
            f' "{Fraction(str(value)) if value == value and abs(value) < 1e9 else "16/5"}".'
        )
    if isinstance(value, (int, str)) and not isinstance(value, bool):
        try:
            return Fraction(value)
        except (ValueError, ZeroDivisionError):
            pass
    raise InstrumentError(f'{where} = {value!r} is not a fraction; write a number, or quotes as in "16/5".')


def read_measures(tables: Iterable[object], items: Mapping[str, Item], theme: str, where: str) -> tuple[Measure, ...]:
    """The measures under ``[[measures]]``; references to other measures are not followed here."""
    measures = []
    for number, values in enumerate(tables, start=1):
        table = Table(values, f"{where}: measure {number}", _MEASURE_KEYS)
        key = read_key(table)
        table.where = f"{where}: measure '{key}'"
        if ("rule" in table) == ("items" in table):
            raise InstrumentError(f"{table.where}: give either 'items' with a 'statistic' or a 'rule'.")
        if "rule" in table:
            measures.append(_rule_measure(table, key, items, theme))
        else:
            measures.append(_scale_measure(table, key, items, theme))
    return tuple(measures)


def _rule_measure(table: Table, key: str, items: Mapping[str, Item], theme: str) -> Measure:
    for name in ("statistic", "min_answered", "flag", "bands"):
        if name in table:
            raise InstrumentError(f"{table.where}: '{name}' does not go with 'rule'; remove it.")
    rule = read_condition(table.required("rule"), f"{table.where}: rule")
    check_condition(rule, items, f"{table.where}: rule")
    return Measure(key=key, rule=rule, **_read_common(table, theme))


def _scale_measure(table: Table, key: str, items: Mapping[str, Item], theme: str) -> Measure:
    keys = table.texts("items")
    for item in keys:
        if item not in items:
            raise InstrumentError(f"{table.where}: item '{item}' is not defined; {suggest(item, items)}")
    if not keys or len(set(keys)) < len(keys):
        raise InstrumentError(f"{table.where}: 'items' needs at least one item, each of them once.")
    statistic = cast(Statistic, table.one_of("statistic", STATISTICS))
    scales = [items[item].scale for item in keys]
    if statistic != "percent" and len({(scale.low, scale.high) for scale in scales}) > 1:
        raise InstrumentError(
            f"{table.where}: the items have scores of different ranges; use statistic = 'percent'"
            " or items with the same range."
        )
    least = table.number("min_answered", len(keys))
    if not 1 <= least <= len(keys):
        raise InstrumentError(f"{table.where}: min_answered has to be from 1 to {len(keys)}.")
    if statistic == "sum" and least < len(keys):
        raise InstrumentError(
            f"{table.where}: a sum needs all {len(keys)} items answered; use a mean or remove min_answered."
        )
    low, high = _range_of(statistic, scales)
    flag = None
    if "flag" in table:
        flag = _read_flag(table.required("flag"), f"{table.where}: flag", least, len(keys), low, high)
    return Measure(
        key=key,
        items=keys,
        statistic=statistic,
        min_answered=least,
        flag=flag,
        bands=_read_bands(table),
        **_read_common(table, theme),
    )


def _range_of(statistic: Statistic, scales: list[Scale]) -> tuple[int, int]:
    if statistic == "percent":
        return 0, 100
    times = len(scales) if statistic == "sum" else 1
    return times * scales[0].low, times * scales[0].high


def _read_flag(values: object, where: str, least: int, most: int, low: int, high: int) -> Flag:
    table = Table(values, where, ("min_answered", *OPERATORS))
    operator = find_operator(table)
    if operator is None:
        raise InstrumentError(f"{where}: give a cut-off, such as at_least = 4.")
    threshold = read_fraction(table.required(operator), f"{where}: {operator}")
    if not low <= threshold <= high:
        raise InstrumentError(
            f"{where}: {operator} = {threshold} lies outside the scores, which run from {low} to {high};"
            " correct the cut-off."
        )
    needed = table.number("min_answered", most)
    if not least <= needed <= most:
        raise InstrumentError(f"{where}: min_answered has to be from {least} to {most}.")
    return Flag(operator, threshold, needed)


def _read_bands(table: Table) -> tuple[Band, ...]:
    bands = []
    for values in table.array("bands"):
        entry = Table(values, f"{table.where}: band", ("key", "at_least"))
        key = read_key(entry)
        bands.append(Band(key, read_fraction(entry.required("at_least"), f"{entry.where} '{key}': at_least")))
    edges = [band.at_least for band in bands]
    if edges != sorted(set(edges)) or len({band.key for band in bands}) < len(bands):
        raise InstrumentError(f"{table.where}: bands have to differ and go from low to high; reorder them.")
    return tuple(bands)


class _Common(TypedDict):
    """What every measure may say, whatever its source."""

    theme: str
    among: str | None
    higher_is: Polarity
    passport: Passport | None
    figures: tuple[str, ...]


def _read_common(table: Table, theme: str, higher_is: Polarity = "neutral") -> _Common:
    return {
        "theme": table.one_of("theme", THEMES, theme),
        "among": table.text("among") if "among" in table else None,
        "higher_is": cast(Polarity, table.one_of("higher_is", POLARITIES, higher_is)),
        "passport": _read_passport(table),
        "figures": table.texts("figures"),
    }


def _read_passport(table: Table) -> Passport | None:
    if "passport" not in table:
        return None
    where = f"{table.where}: passport"
    entry = Table(table.required("passport"), where, ("construct", "item_set", "scale", "rule"))
    return Passport(entry.text("construct"), entry.text("item_set"), entry.text("scale"), entry.text("rule"))


def read_item_measures(
    tables: Iterable[object], defaults: object, items: Mapping[str, Item], theme: str, where: str
) -> tuple[Measure, ...]:
    """A single-item measure for every item that asks for one, under the item's own key.

    ``defaults`` (``item_measures`` of the instrument, or None) holds for every item; the item's
    own ``measure`` goes before it, and ``measure = false`` leaves the item out.
    """
    general = None if defaults is None else Table(defaults, f"{where}: item_measures", _ITEM_MEASURE_KEYS)
    if general is not None and ("passport" in general or "figures" in general):
        raise InstrumentError(f"{general.where}: 'passport' and 'figures' belong to one item; move them.")
    measures = []
    for values, item in zip(tables, items.values(), strict=True):
        entry = cast(Mapping[str, object], values).get("measure")
        if entry is False or (entry is None and general is None):
            continue
        place = f"{where}: item '{item.key}': measure"
        own = Table({} if entry is None else entry, place, _ITEM_MEASURE_KEYS)
        measures.append(_item_measure(item, own, general, theme))
    return tuple(measures)


def _item_measure(item: Item, own: Table, general: Table | None, theme: str) -> Measure:
    sources = [own] if general is None else [own, general]
    chosen = next((table for table in sources if find_operator(table) or "share" in table), None)
    if chosen is None:
        raise InstrumentError(f"{own.where}: give a cut-off, such as at_least = 4, or share = false.")
    operator = find_operator(chosen)
    if chosen.switch("share", True) == (operator is None):
        raise InstrumentError(f"{chosen.where}: give a cut-off, such as at_least = 4, or share = false.")
    flag = None
    if operator is not None:
        where = f"{own.where}: {operator}"
        threshold = read_fraction(chosen.required(operator), where)
        low, high = item.scale.low, item.scale.high
        if not low <= threshold <= high:
            raise InstrumentError(
                f"{where} = {threshold} lies outside the scale, which runs from {low} to {high};"
                " give this item its own measure."
            )
        flag = Flag(operator, threshold, 1)
    higher_is: Polarity = "neutral"
    if general is not None:
        theme = general.one_of("theme", THEMES, theme)
        higher_is = cast(Polarity, general.one_of("higher_is", POLARITIES, "neutral"))
    common = _read_common(own, theme, higher_is)
    if general is not None and common["among"] is None and "among" in general:
        common["among"] = general.text("among")
    return Measure(
        key=item.key,
        items=(item.key,),
        statistic="mean",
        flag=flag,
        single_item=True,
        **common,
    )
