"""Reading the files in ``catalogue/`` into the shapes of :mod:`analysis.benchmark.figures`.

Strict on purpose: a mistyped key, an unknown source or a word outside a closed list stops the
program at once, because an official figure that is silently skipped changes a report.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal, InvalidOperation
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any

from analysis.benchmark.figures import (
    MARKS,
    OWN,
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


@dataclass(frozen=True)
class Addition:
    """A file of an installation that adds to the catalogue: its name without ``.toml``, and what it holds.

    Figures for an indicator of the catalogue, which is named by ``indicator`` or else by the file, or
    an indicator of its own; with the surveys and sources that the catalogue does not have. ``own``
    marks a benchmark that is no official figure; the identifiers of its figures carry ``origin``.
    """

    name: str
    table: Mapping[str, Any]
    own: bool
    origin: str


_PASSPORT = tuple(field.name for field in fields(FigurePassport))
_LANGUAGES = ("nl", "en")
_HEADER = "theme name definition passport traps headline_breakdown headline_categories"


def catalogue_folder() -> Traversable:
    """The folder with the data, also when the program is installed."""
    return files("analysis.benchmark") / "catalogue"


def read_catalogue(folder: Traversable | None = None, additions: Sequence[Addition] = ()) -> Catalogue:
    """The catalogue in ``folder`` (the one that comes with the program by default) with ``additions``.

    What an addition holds comes after the figures of the indicator's own file, with identifiers of
    its own, so that those of the catalogue stay as they are. Raises :class:`BrokenCatalogue`.
    """
    place = folder or catalogue_folder()
    surveys = _read_surveys(read_table(place / "_surveys.toml"), "_surveys.toml", {})
    sources = _read_sources(read_table(place / "_sources.toml"), "_sources.toml")
    paths = sorted((path for path in place.iterdir() if _is_indicator(path)), key=lambda path: path.name)
    keys = {path.name.removesuffix(".toml"): path for path in paths}
    indicators = {
        key: _read_indicator(key, read_table(path), path.name, surveys, sources) for key, path in keys.items()
    }
    printed = {survey.printed: survey for survey in surveys.values()}
    for addition in additions:
        try:
            _add(addition, indicators, printed, surveys, sources)
        except (AttributeError, KeyError, TypeError) as error:  # a word where a table or a list belongs
            raise BrokenCatalogue(
                f"{addition.name}.toml: something is missing or stands in the wrong place ({error!r}); "
                "write it as docs/adding-a-figure.md shows"
            ) from error
    return Catalogue(MappingProxyType(dict(sorted(indicators.items()))), MappingProxyType(printed))


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


def _add(
    addition: Addition,
    indicators: dict[str, Indicator],
    printed: dict[str, Survey],
    surveys: Mapping[str, Survey],
    sources: Sources,
) -> None:
    """Puts what ``addition`` holds into ``indicators`` and ``printed``."""
    where, table = f"{addition.name}.toml", addition.table
    key = table.get("indicator", addition.name)
    known = indicators.get(key)
    if known is None and "indicator" in table:
        raise BrokenCatalogue(f"{where}: there is no indicator '{key}'{did_you_mean(key, indicators)}")
    own_surveys = _read_surveys(table, where, surveys)
    for survey in own_surveys.values():
        if survey.id not in surveys and printed.setdefault(survey.printed, survey) is not survey:
            raise BrokenCatalogue(f"{where}: a survey '{survey.printed}' is there already; use its id, or another name")
    own_sources = {**sources, **_read_sources(table, where)}
    extra = {name: table[name] for name in table if name not in ("indicator", "sources", "surveys")}
    if known is None:
        indicator = _read_indicator(key, extra, where, own_surveys, own_sources)
        figures: tuple[Figure, ...] = indicator.figures
        before: tuple[Figure, ...] = ()
    else:
        if header := next((name for name in _HEADER.split() if name in extra), None):
            raise BrokenCatalogue(f"{where}: '{key}' is in the catalogue; leave out '{header}', or choose another name")
        check_keys(extra, where, "figures")
        indicator, before = known, known.figures
        figures = _read_figures(
            key, extra["figures"], where, indicator.passport, own_surveys, own_sources, addition.origin
        )
    if addition.own:
        figures = tuple(replace(figure, tags=figure.tags | {OWN}) for figure in figures)
        _refuse_to_displace(known, figures, where)
    indicators[key] = replace(indicator, figures=before + figures)


def _refuse_to_displace(known: Indicator | None, figures: tuple[Figure, ...], where: str) -> None:
    for figure in figures:
        if known is not None and known.is_headline(figure):
            raise BrokenCatalogue(
                f"{where}: the total of {figure.year} would take the place of the official figure of '{known.key}'; "
                'give it a breakdown of its own, such as "sector", or make it an indicator of its own'
            )


def _read_sources(table: Mapping[str, Any], where: str) -> Sources:
    sources: dict[str, tuple[str, str]] = {}
    for entry in table.get("sources", ()):
        check_keys(entry, where, "id title", "url retrieved licence")
        if entry["id"] in sources:
            raise BrokenCatalogue(f"{where}: the id '{entry['id']}' is used twice")
        if not isinstance(entry.get("retrieved", dt.date.min), dt.date):
            raise BrokenCatalogue(f"{where}: '{entry['id']}' was retrieved on a day; write it as 2026-11-02")
        facts = ", ".join(str(entry[name]) for name in ("retrieved", "licence") if name in entry)
        sources[entry["id"]] = (f"{entry['title']} ({facts})" if facts else entry["title"], entry.get("url", ""))
    return sources


def _read_surveys(table: Mapping[str, Any], file: str, known: Mapping[str, Survey]) -> Mapping[str, Survey]:
    """The surveys of a file, by id, and those that were ``known`` before it."""
    surveys = dict(known)
    for entry in table.get("surveys", ()):
        where = f"{file}: {entry.get('id', 'a survey without id')}"
        check_keys(entry, where, "id printed name", "follows facts breaks effective_n_total")
        if entry["id"] in surveys:
            raise BrokenCatalogue(f"{where}: this id is taken; choose another")
        survey = Survey(
            id=entry["id"],
            printed=entry["printed"],
            name=_texts(entry["name"], where),
            facts=_lists(entry.get("facts", {}), where),
            breaks=tuple(_read_break(entry["printed"], table, where) for table in entry.get("breaks", ())),
            effective_n_total=entry.get("effective_n_total"),
        )
        if "follows" in entry:
            survey = _follow(survey, surveys, entry["follows"], file)
        surveys[survey.id] = survey
    return surveys


def _follow(survey: Survey, surveys: Mapping[str, Survey], name: str, file: str) -> Survey:
    if name not in surveys:
        raise BrokenCatalogue(f"{file}: {survey.id} follows '{name}', which has to stand above it")
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


def _read_indicator(
    key: str, table: Mapping[str, Any], where: str, surveys: Mapping[str, Survey], sources: Sources
) -> Indicator:
    optional = "traps headline_breakdown headline_categories"
    check_keys(table, where, "theme name definition passport figures", optional)
    check_keys(table["passport"], where, " ".join(_PASSPORT[:-1]), "unconfirmed")
    if table["theme"] not in THEMES:
        raise BrokenCatalogue(f"{where}: the theme '{table['theme']}' is unknown{did_you_mean(table['theme'], THEMES)}")
    passport = _read_passport(table["passport"], where)
    return Indicator(
        key=key,
        theme=table["theme"],
        name=_texts(table["name"], where),
        definition=_texts(table["definition"], where),
        traps=_lists(table.get("traps", {}), where),
        passport=passport,
        figures=_read_figures(key, table["figures"], where, passport, surveys, sources),
        headline_breakdown=table.get("headline_breakdown", "total"),
        headline_categories=tuple(table.get("headline_categories", ("total",))),
    )


def _read_figures(
    key: str,
    blocks: Sequence[Mapping[str, Any]],
    file: str,
    passport: FigurePassport,
    surveys: Mapping[str, Survey],
    sources: Sources,
    origin: str = "",
) -> tuple[Figure, ...]:
    figures: list[Figure] = []
    ordinals: Counter[str] = Counter()
    for block in blocks:
        where = f"{file}, figures of {block.get('year', 'a year that is missing')}"
        figures.extend(_read_block(key, block, where, passport, surveys, sources, ordinals, origin))
    return tuple(figures)


def _read_block(
    key: str,
    block: Mapping[str, Any],
    where: str,
    passport: FigurePassport,
    surveys: Mapping[str, Survey],
    sources: Sources,
    ordinals: Counter[str],
    origin: str,
) -> Iterator[Figure]:
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
        yield _read_cell(cell, shared, where, ordinals, origin)


def _read_cell(
    cell: Mapping[str, Any], shared: Mapping[str, Any], where: str, ordinals: Counter[str], origin: str
) -> Figure:
    check_keys(cell, where, "breakdown category value", "unit ci_low ci_high n n_of words")
    value = read_decimal(cell["value"], where)
    if cell.get("n_of", "survey") != "survey":
        raise BrokenCatalogue(f'{where}: n_of can only be "survey"; leave it out otherwise')
    places = dict.fromkeys((cell["breakdown"], cell["category"]))  # "total" once, not twice
    parts = [shared["indicator"], str(shared["year"]), *map(slug, places), *([slug(origin)] if origin else [])]
    stem = "-".join(parts)
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


def slug(text: str) -> str:
    """``text`` as a part of an identifier: small letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
