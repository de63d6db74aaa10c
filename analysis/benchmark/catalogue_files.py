"""Reading the files in ``catalogue/`` into the shapes of :mod:`analysis.benchmark.figures`.

Strict on purpose: a mistyped key, an unknown source or a word outside a closed list stops the
program at once, because an official figure that is silently skipped changes a report.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from decimal import Decimal, InvalidOperation
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any

from analysis.benchmark.figures import (
    MARKS,
    POPULATION_FRAMES,
    PROVENANCE,
    THEMES,
    BrokenCatalogue,
    Catalogue,
    Figure,
    FigurePassport,
    Indicator,
    MethodBreak,
    Survey,
)
from analysis.errors import did_you_mean

Sources = Mapping[str, tuple[str, str]]  # id -> title and url, empty where the source has none

_PASSPORT = tuple(field.name for field in fields(FigurePassport))
_LANGUAGES = ("nl", "en")


def catalogue_folder() -> Traversable:
    """The folder with the data, also when the program is installed."""
    return files("analysis.benchmark") / "catalogue"


def read_catalogue(folder: Traversable | None = None) -> Catalogue:
    """The catalogue in ``folder`` (the one that comes with the program by default).

    Raises :class:`BrokenCatalogue`.
    """
    place = folder or catalogue_folder()
    surveys = _read_surveys(read_table(place / "_surveys.toml"))
    sources = _read_sources(read_table(place / "_sources.toml"))
    paths = sorted((path for path in place.iterdir() if _is_indicator(path)), key=lambda path: path.name)
    indicators = {path.name.removesuffix(".toml"): path for path in paths}
    return Catalogue(
        indicators=MappingProxyType(
            {key: _read_indicator(key, path, surveys, sources) for key, path in indicators.items()}
        ),
        surveys=MappingProxyType({survey.printed: survey for survey in surveys.values()}),
    )


def read_table(path: Traversable) -> Mapping[str, Any]:
    """The TOML file at ``path``. Raises :class:`BrokenCatalogue`."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BrokenCatalogue(f"{path.name} cannot be read: {error}") from error


def check_keys(table: Mapping[str, Any], where: str, required: str, optional: str = "") -> None:
    """Raises :class:`BrokenCatalogue` unless ``table`` has all ``required`` keys and no unknown ones."""
    needed, allowed = required.split(), required.split() + optional.split()
    for key in needed:
        if key not in table:
            raise BrokenCatalogue(f"{where}: '{key}' is missing; add it")
    for key in table:
        if key not in allowed:
            raise BrokenCatalogue(f"{where}: '{key}' is unknown{did_you_mean(key, allowed)}")


def read_decimal(text: object, where: str) -> Decimal:
    """A printed number. It stands in quotes, so that "19.0" keeps the decimal that was printed."""
    try:
        if isinstance(text, str) and (number := Decimal(text)).is_finite():
            return number
    except InvalidOperation:
        pass
    raise BrokenCatalogue(f"{where}: {text!r} has to be a number in quotes, as printed")


def read_tags(table: Mapping[str, Any], where: str) -> frozenset[str]:
    """The tags of a block of figures: known ones, exactly one of them for the provenance."""
    tags = frozenset(table["tags"])
    for tag in tags:
        if tag not in PROVENANCE + MARKS:
            raise BrokenCatalogue(f"{where}: the tag '{tag}' is unknown{did_you_mean(tag, PROVENANCE + MARKS)}")
    if len(tags & set(PROVENANCE)) != 1:
        raise BrokenCatalogue(f"{where}: give exactly one of the tags {', '.join(PROVENANCE)}")
    return tags


def _is_indicator(path: Traversable) -> bool:
    return path.name.endswith(".toml") and not path.name.startswith("_")


def _texts(table: Mapping[str, Any], where: str) -> Mapping[str, str]:
    check_keys(table, where, " ".join(_LANGUAGES))
    return MappingProxyType({language: table[language] for language in _LANGUAGES})


def _lists(table: Mapping[str, Any], where: str) -> Mapping[str, tuple[str, ...]]:
    if table:
        check_keys(table, where, " ".join(_LANGUAGES))
    lists = {language: tuple(table.get(language, ())) for language in _LANGUAGES}
    if len({len(texts) for texts in lists.values()}) > 1:
        raise BrokenCatalogue(f"{where}: give as many sentences in each language")
    return MappingProxyType(lists)


def _read_sources(table: Mapping[str, Any]) -> Sources:
    sources: dict[str, tuple[str, str]] = {}
    for entry in table["sources"]:
        check_keys(entry, "_sources.toml", "id title", "url")
        if entry["id"] in sources:
            raise BrokenCatalogue(f"_sources.toml: the id '{entry['id']}' is used twice")
        sources[entry["id"]] = (entry["title"], entry.get("url", ""))
    return sources


def _read_surveys(table: Mapping[str, Any]) -> Mapping[str, Survey]:
    surveys: dict[str, Survey] = {}
    for entry in table["surveys"]:
        where = f"_surveys.toml: {entry.get('id', 'a survey without id')}"
        check_keys(entry, where, "id printed name", "follows facts breaks effective_n_total")
        survey = Survey(
            id=entry["id"],
            printed=entry["printed"],
            name=_texts(entry["name"], where),
            facts=_lists(entry.get("facts", {}), where),
            breaks=tuple(_read_break(entry["printed"], table, where) for table in entry.get("breaks", ())),
            effective_n_total=entry.get("effective_n_total"),
        )
        if "follows" in entry:
            survey = _follow(survey, surveys, entry["follows"])
        surveys[survey.id] = survey
    return surveys


def _follow(survey: Survey, surveys: Mapping[str, Survey], name: str) -> Survey:
    if name not in surveys:
        raise BrokenCatalogue(f"_surveys.toml: {survey.id} follows '{name}', which has to stand above it")
    origin = surveys[name]
    return replace(
        survey,
        breaks=tuple(replace(one, survey=survey.printed) for one in origin.breaks) + survey.breaks,
        effective_n_total=origin.effective_n_total,
    )


def _read_break(survey: str, table: Mapping[str, Any], where: str) -> MethodBreak:
    check_keys(table, where, "first_year source_url reason")
    return MethodBreak(survey, table["first_year"], _texts(table["reason"], where), table["source_url"])


def _read_passport(table: Mapping[str, Any], where: str) -> FigurePassport:
    unconfirmed = frozenset(table.get("unconfirmed", ()))
    passport = FigurePassport(**{**table, "unconfirmed": unconfirmed})
    if passport.population_frame not in POPULATION_FRAMES:
        known = did_you_mean(passport.population_frame, POPULATION_FRAMES)
        raise BrokenCatalogue(f"{where}: the frame '{passport.population_frame}' is unknown{known}")
    if unknown := unconfirmed - set(_PASSPORT[:-1]):
        raise BrokenCatalogue(f"{where}: '{min(unknown)}' cannot be unconfirmed; name a field of the passport")
    return passport


def _read_indicator(key: str, path: Traversable, surveys: Mapping[str, Survey], sources: Sources) -> Indicator:
    table = read_table(path)
    where = path.name
    optional = "traps headline_breakdown headline_categories"
    check_keys(table, where, "theme name definition passport figures", optional)
    check_keys(table["passport"], where, " ".join(_PASSPORT[:-1]), "unconfirmed")
    if table["theme"] not in THEMES:
        raise BrokenCatalogue(f"{where}: the theme '{table['theme']}' is unknown{did_you_mean(table['theme'], THEMES)}")
    passport = _read_passport(table["passport"], where)
    figures: list[Figure] = []
    ordinals: Counter[str] = Counter()
    for block in table["figures"]:
        figures.extend(_read_block(key, block, passport, surveys, sources, ordinals))
    return Indicator(
        key=key,
        theme=table["theme"],
        name=_texts(table["name"], where),
        definition=_texts(table["definition"], where),
        traps=_lists(table.get("traps", {}), where),
        passport=passport,
        figures=tuple(figures),
        headline_breakdown=table.get("headline_breakdown", "total"),
        headline_categories=tuple(table.get("headline_categories", ("total",))),
    )


def _read_block(
    key: str,
    block: Mapping[str, Any],
    passport: FigurePassport,
    surveys: Mapping[str, Survey],
    sources: Sources,
    ordinals: Counter[str],
) -> Iterator[Figure]:
    where = f"{key}.toml, figures of {block.get('year', 'a year that is missing')}"
    check_keys(block, where, "survey publisher year population source tags cells", "frame passport note")
    if block["survey"] not in surveys:
        raise BrokenCatalogue(f"{where}: survey '{block['survey']}' is unknown{did_you_mean(block['survey'], surveys)}")
    if block["source"] not in sources:
        raise BrokenCatalogue(f"{where}: source '{block['source']}' is unknown{did_you_mean(block['source'], sources)}")
    check_keys(block.get("passport", {}), where, "", " ".join(_PASSPORT[:4]) + " unconfirmed")
    own = {name: getattr(passport, name) for name in _PASSPORT} | block.get("passport", {})
    own["population_frame"] = block.get("frame", passport.population_frame)
    title, url = sources[block["source"]]
    shared = {
        "indicator": key,
        "publisher": block["publisher"],
        "survey": surveys[block["survey"]].printed,
        "year": block["year"],
        "population": block["population"],
        "source_title": title,
        "source_url": url,
        "note": block.get("note", ""),
        "tags": read_tags(block, where),
        "passport": _read_passport(own, where),
    }
    for cell in block["cells"]:
        yield _read_cell(cell, shared, where, ordinals)


def _read_cell(cell: Mapping[str, Any], shared: Mapping[str, Any], where: str, ordinals: Counter[str]) -> Figure:
    check_keys(cell, where, "breakdown category value", "unit ci_low ci_high n n_of words")
    value = read_decimal(cell["value"], where)
    if cell.get("n_of", "survey") != "survey":
        raise BrokenCatalogue(f'{where}: n_of can only be "survey"; leave it out otherwise')
    places = dict.fromkeys((cell["breakdown"], cell["category"]))  # "total" once, not twice
    stem = "-".join([shared["indicator"], str(shared["year"]), *map(_slug, places)])
    ordinals[stem] += 1
    return Figure(
        id=f"{stem}-{ordinals[stem]}",
        breakdown=cell["breakdown"],
        category=cell["category"],
        value=value,
        decimals=max(0, -int(value.as_tuple().exponent)),
        unit=cell.get("unit", "%"),
        n=cell.get("n"),
        n_is_base="n_of" not in cell,
        words=cell.get("words", False),
        ci_low=read_decimal(cell["ci_low"], where) if "ci_low" in cell else None,
        ci_high=read_decimal(cell["ci_high"], where) if "ci_high" in cell else None,
        **shared,
    )


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
