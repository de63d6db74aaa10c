"""The figures that an installation added to the catalogue: from StatLine, and benchmarks of its own.

They stand in a folder of the installation: ``<indicator>.toml`` for what ``peil figures update``
took from StatLine, ``own/<name>.toml`` for what ``peil figures add`` took in. The catalogue that
comes with the program is never written.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from importlib.resources.abc import Traversable
from typing import Any

from analysis.benchmark.catalogue_files import Addition, read_catalogue, read_table, slug
from analysis.benchmark.figures import OWN, BrokenCatalogue, Catalogue, Figure
from analysis.errors import quoted

#: The folder below that of the added figures that holds an installation's own benchmarks.
OWN_FOLDER = "own"

#: What the identifier of a figure carries that came from StatLine.
STATLINE = "statline"

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_YEARS = range(1900, 2101)


def load_figures_with(folder: Traversable) -> Catalogue:
    """The catalogue with what an installation keeps in ``folder``; without that folder the catalogue as it is.

    Read anew at every call. Raises :class:`BrokenCatalogue`.
    """
    return read_catalogue(additions=read_additions(folder))


def read_additions(folder: Traversable) -> tuple[Addition, ...]:
    """All files in ``folder``, those from StatLine first, by name. Raises :class:`BrokenCatalogue`."""
    found = [Addition(_stem(path), read_table(path), False, STATLINE) for path in _files(folder)]
    own = folder / OWN_FOLDER
    return (*found, *(own_addition(_stem(path), read_table(path)) for path in _files(own)))


def parse_addition(name: str, text: str, *, own: bool) -> Addition:
    """A file that is not kept yet, by its name without ``.toml``. Raises :class:`BrokenCatalogue`."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BrokenCatalogue(f"{name}.toml cannot be read: {error}") from error
    return own_addition(name, table) if own else Addition(name, table, False, STATLINE)


def own_addition(name: str, table: dict[str, Any] | Any) -> Addition:
    """An own benchmark; its name is part of its identifiers. Raises :class:`BrokenCatalogue`."""
    if not _NAME.fullmatch(name):
        raise BrokenCatalogue(f"{quoted(name + '.toml')}: name the file with small letters, digits and _ only")
    return Addition(name, table, True, slug(name))


def check_own(addition: Addition, others: tuple[Addition, ...]) -> tuple[Figure, ...]:
    """The figures of an own benchmark, when they may be added to the catalogue with ``others``.

    Stricter than reading: a percentage lies between 0 and 100 and within its bounds, a year is a
    year, and nothing stands where an official figure stands. Raises :class:`BrokenCatalogue`.
    """
    before, after = read_catalogue(additions=others), read_catalogue(additions=(*others, addition))
    where = f"{addition.name}.toml"
    key = addition.table.get("indicator", addition.name)
    known = before.indicators[key].figures if key in before.indicators else ()
    added = after.indicators[key].figures[len(known) :]
    if not added:
        raise BrokenCatalogue(f"{where}: there is no figure in it; add a block [[figures]] with cells")
    for text in _strings(addition.table):
        if not text.isprintable():
            raise BrokenCatalogue(f"{where}: {quoted(text)} holds a sign that cannot be printed; leave it out")
    official = {(figure.breakdown, figure.category) for figure in known if OWN not in figure.tags}
    for figure in added:
        if problem := _problem(figure):
            raise BrokenCatalogue(f"{where}: {figure.category}, {figure.year}: {problem}")
        if (figure.breakdown, figure.category) in official:
            raise BrokenCatalogue(
                f"{where}: there are official figures for {figure.breakdown} '{figure.category}' of '{key}'; "
                "give it a breakdown of its own, or make it an indicator of its own"
            )
    return added


def _problem(figure: Figure) -> str:
    """What cannot be true of a figure, or nothing."""
    low = figure.value if figure.ci_low is None else figure.ci_low
    high = figure.value if figure.ci_high is None else figure.ci_high
    if isinstance(figure.year, bool) or not isinstance(figure.year, int) or figure.year not in _YEARS:
        return "the year has to be a number such as 2025, without quotes"
    if figure.unit == "%" and not Decimal(0) <= low <= high <= Decimal(100):
        return "a percentage and its bounds lie between 0 and 100"
    if not low <= figure.value <= high:
        return "the value has to lie between its bounds"
    if figure.n is not None and (isinstance(figure.n, bool) or not isinstance(figure.n, int) or figure.n < 1):
        return "n is a whole number of people, without quotes"
    return ""


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)


def _files(folder: Traversable) -> list[Traversable]:
    if not folder.is_dir():
        return []
    found = (path for path in folder.iterdir() if path.name.endswith(".toml") and not path.name.startswith("."))
    return sorted(found, key=lambda path: path.name)


def _stem(path: Traversable) -> str:
    return path.name.removesuffix(".toml")
