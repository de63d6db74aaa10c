"""The official figures: what each one measures, where it was read, and which one to use.

Every value stands in ``catalogue/<indicator>.toml`` exactly as its source prints it, below
the definition and the passport of its indicator. ``docs/benchmarks.md`` explains the tags,
the method break and the choice of the preferred value; ``docs/adding-a-figure.md`` is the
recipe for a new one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from analysis.errors import did_you_mean

#: Why a figure is kept but never used, see :func:`reason_unused`.
Reason = Literal["conflict", "historic", "to_verify"]

#: What an indicator is about, in the words of the instruments; "context" is shown and never compared.
THEMES: tuple[str, ...] = ("fatigue", "workload", "autonomy", "home", "balance", "care", "context")

#: What a tag in the data says; the order of the provenance tags is their order of preference.
PROVENANCE: tuple[str, ...] = ("P", "P-copy", "T", "S", "S-VERIFY")
MARKS: tuple[str, ...] = ("PREF", "BREAK", "CONFLICT", "YEAR?", "HISTORIC")

#: The mark of a figure that an installation added as a benchmark of its own; no file writes it.
OWN = "OWN"

#: The kinds of people that a figure can be about. A closed list, so that two figures on the
#: same people always carry the same word. An organisation's own answers are "employees".
POPULATION_FRAMES: frozenset[str] = frozenset(
    {
        "employees",
        "employees-absent",
        "employees-high-demands-low-autonomy",
        "employees-high-demands-with-autonomy",
        "employees-high-strain",
        "employees-nea-follow-up",
        "employees-of-firms",
        "care-employees",
        "self-employed",
        "workers",  # employees and self-employed together
        "workers-eu",
        "adults",
        "adults-elderly-parent",
        "adult-carers",
        "carers-elderly-parent",
        "working-carers",
        "working-intensive-carers",
        "population",  # everyone, young people included, or not said
    }
)


class UnknownIndicator(ValueError):
    """An indicator is asked for that is not in the catalogue; the message names the nearest one."""


class BrokenCatalogue(ValueError):
    """A file of the catalogue does not hold together; one sentence that names file and remedy."""


@dataclass(frozen=True)
class FigurePassport:
    """What a figure measures, in the identifiers that instruments use too.

    ``construct``, ``item_set``, ``scale`` and ``rule`` are compared for equality with those of
    a measure; ``unconfirmed`` names the fields that no source states outright.
    """

    construct: str
    item_set: str
    scale: str
    rule: str
    population_frame: str
    unconfirmed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Figure:
    """One published number.

    ``value`` has as many decimals as are printed (``decimals``), which fixes its rounding
    error. ``ci_low`` and ``ci_high`` are the printed 95% bounds. ``n`` is the printed number of
    respondents, of this figure's own base unless ``n_is_base`` is false (then of the whole
    survey). ``words`` is true when the source says it in words ("one in ten").
    ``survey`` is the name as it stands with the figure.
    """

    id: str
    indicator: str
    publisher: str
    survey: str
    year: int
    population: str
    breakdown: str
    category: str
    value: Decimal
    decimals: int
    unit: str
    ci_low: Decimal | None
    ci_high: Decimal | None
    n: int | None
    source_title: str
    source_url: str
    note: str
    tags: frozenset[str]
    words: bool
    passport: FigurePassport
    n_is_base: bool = True

    @property
    def provenance(self) -> str:
        """How the number was come by: one of :data:`PROVENANCE`."""
        return next(tag for tag in PROVENANCE if tag in self.tags)


@dataclass(frozen=True)
class Indicator:
    """A thing that is measured, with all figures about it, in the order of its file.

    ``passport`` is that of the indicator proper; single figures may depart from it. The
    headline value is the national one: the row with ``headline_breakdown`` and one of
    ``headline_categories``, for most indicators "total" and "total".
    """

    key: str
    theme: str
    name: Mapping[str, str]
    definition: Mapping[str, str]
    traps: Mapping[str, tuple[str, ...]]
    passport: FigurePassport
    figures: tuple[Figure, ...]
    headline_breakdown: str = "total"
    headline_categories: tuple[str, ...] = ("total",)

    def is_headline(self, figure: Figure) -> bool:
        """Whether ``figure`` is a value for the whole of its population."""
        return figure.breakdown == self.headline_breakdown and figure.category in self.headline_categories


@dataclass(frozen=True)
class MethodBreak:
    """A change of method: values of ``survey`` from ``first_year`` on are not those from before."""

    survey: str
    first_year: int
    reason: Mapping[str, str]
    source_url: str


@dataclass(frozen=True)
class Survey:
    """A survey behind figures: what was read about its design, and where its method broke.

    ``effective_n_total`` is the effective sample size of a national total that prints no
    margin; the derivation stands in ``_surveys.toml``.
    """

    id: str
    printed: str
    name: Mapping[str, str]
    facts: Mapping[str, tuple[str, ...]]
    breaks: tuple[MethodBreak, ...] = ()
    effective_n_total: int | None = None


@dataclass(frozen=True)
class Catalogue:
    """All indicators by key, in alphabetical order, and all surveys by printed name."""

    indicators: Mapping[str, Indicator]
    surveys: Mapping[str, Survey]

    def __iter__(self) -> Iterator[Indicator]:
        return iter(self.indicators.values())

    def indicator(self, key: str) -> Indicator:
        """The indicator of that key. Raises :class:`UnknownIndicator`."""
        try:
            return self.indicators[key]
        except KeyError:
            known = did_you_mean(key, self.indicators)
            raise UnknownIndicator(f"no indicator is called '{key}'{known}") from None

    def preferred(
        self,
        key: str,
        *,
        breakdown: str = "total",
        category: str = "total",
        frame: str | None = None,
        construct: str | None = None,
        latest: int | None = None,
    ) -> Figure | None:
        """The figure to use: of the latest year not after ``latest`` that has a usable one.

        Without ``breakdown`` and ``category`` this is the headline value. Only figures about
        ``frame`` and ``construct`` count, by default those of the indicator's own passport, so
        that a value for the self-employed never stands in for one for employees. Within a
        year :func:`rank` decides. ``None`` when nothing usable is left. Raises
        :class:`UnknownIndicator`.
        """
        chosen = self._preferred_by_year(key, breakdown, category, frame, construct)
        years = [year for year in chosen if latest is None or year <= latest]
        return chosen[max(years)] if years else None

    def series(self, key: str) -> tuple[Figure, ...]:
        """The preferred headline value of every year, oldest first, for a trend.

        Draw no line across :meth:`break_between`. Raises :class:`UnknownIndicator`.
        """
        chosen = self._preferred_by_year(key, "total", "total", None, None)
        return tuple(chosen[year] for year in sorted(chosen))

    def own(self, key: str, *, latest: int) -> tuple[Figure, ...]:
        """An installation's own benchmarks of an indicator: of each group the newest one not after ``latest``.

        Empty for an indicator that is not there (any more).
        """
        newest: dict[tuple[str, str], Figure] = {}
        for figure in self.indicators[key].figures if key in self.indicators else ():
            group = (figure.breakdown, figure.category)
            known = newest.get(group, figure)
            if OWN in figure.tags and usable(figure) and known.year <= figure.year <= latest:
                newest[group] = figure
        return tuple(newest.values())

    def breaks(self, survey: str) -> tuple[MethodBreak, ...]:
        """The method breaks of a survey (by the name printed with a figure), oldest first."""
        known = self.surveys.get(survey)
        return known.breaks if known is not None else ()

    def break_between(self, survey: str, year_a: int, year_b: int) -> MethodBreak | None:
        """The first method break that separates two years of a survey, in either order."""
        early, late = sorted((year_a, year_b))
        return next((b for b in self.breaks(survey) if early < b.first_year <= late), None)

    def sampling_n(self, figure: Figure) -> int | None:
        """The sample size that gives the sampling error of a percentage without printed margin.

        The smaller of two numbers, where known: the printed number of respondents on whom the
        figure rests, and the effective size of a national total of its survey
        (``effective_n_total``; a design effect makes it smaller than the number of
        respondents). ``None`` when neither is known or the figure is not a percentage.
        """
        if figure.unit != "%":
            return None
        sizes = [figure.n if figure.n_is_base else None]
        survey = self.surveys.get(figure.survey)
        national = figure.breakdown == "total" and figure.passport.population_frame == "employees"
        if survey is not None and national:
            sizes.append(survey.effective_n_total)
        return min((size for size in sizes if size is not None), default=None)

    def _preferred_by_year(
        self, key: str, breakdown: str, category: str, frame: str | None, construct: str | None
    ) -> dict[int, Figure]:
        indicator = self.indicator(key)
        own = indicator.passport
        headline = (breakdown, category) == ("total", "total")
        best: dict[int, Figure] = {}
        for figure in indicator.figures:
            if headline:
                asked = indicator.is_headline(figure)
            else:
                asked = (figure.breakdown, figure.category) == (breakdown, category)
            same_people = figure.passport.population_frame == (frame or own.population_frame)
            same_thing = figure.passport.construct == (construct or own.construct)
            if not (asked and same_people and same_thing and usable(figure)):
                continue
            if figure.year not in best or rank(figure) < rank(best[figure.year]):
                best[figure.year] = figure
        return best


def reason_unused(figure: Figure) -> Reason | None:
    """Why a figure is never preferred; ``None`` for a usable one.

    ``conflict``: contradicts a better source, kept to document the clash. ``historic``: another
    definition in another time. ``to_verify``: a third party quotes a source that was not read.
    """
    if "CONFLICT" in figure.tags:
        return "conflict"
    if "HISTORIC" in figure.tags:
        return "historic"
    return "to_verify" if "S-VERIFY" in figure.tags else None


def usable(figure: Figure) -> bool:
    """Whether a figure may be preferred, see :func:`reason_unused`."""
    return reason_unused(figure) is None


def rank(figure: Figure) -> tuple[bool, bool, int, int]:
    """The order among figures for the same thing and year, best first: official, marked as preferred,
    then nearer to the publisher (:data:`PROVENANCE`), then more decimals; after that, file order.
    """
    return (OWN in figure.tags, "PREF" not in figure.tags, PROVENANCE.index(figure.provenance), -figure.decimals)


@lru_cache(maxsize=1)
def load_figures() -> Catalogue:
    """The catalogue that comes with the program, read once. Raises :class:`BrokenCatalogue`."""
    from analysis.benchmark.catalogue_files import read_catalogue  # it needs the shapes above

    return read_catalogue()
