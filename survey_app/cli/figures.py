"""``peil figures``: look up the official figures, and what this installation added to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import cast

import click

from analysis.benchmark.compare import estimate_official
from analysis.benchmark.figures import (
    OWN,
    THEMES,
    BrokenCatalogue,
    Catalogue,
    Figure,
    Indicator,
    UnknownIndicator,
    reason_unused,
)
from analysis.errors import did_you_mean
from instruments.model import Language
from reports.numbers import DASH, Numbers
from survey_app.cli.errors import BadInput
from survey_app.cli.figures_update import add_figures, update_figures
from survey_app.cli.figures_words import WORDS
from survey_app.cli.pages import WIDTH, language_option, wrap
from survey_app.config import Config
from survey_app.own_figures import installed_figures


@click.group()
def figures() -> None:
    """Official figures: definitions, passports, values and their sources."""


figures.add_command(update_figures)
figures.add_command(add_figures)


@figures.command("list")
@click.option("--theme", metavar="THEME", help=f"Only one theme: {', '.join(THEMES)}.")
@language_option
@click.pass_obj
def list_indicators(config: Config | None, theme: str | None, language: str) -> None:
    """List the indicators with their latest value."""
    if theme is not None and theme not in THEMES:
        raise BadInput(f"there is no theme '{theme}'{did_you_mean(theme, THEMES)}.")
    chosen = (theme,) if theme else THEMES
    click.echo("\n".join(_list_lines(_catalogue(config), chosen, cast(Language, language))))


@figures.command("show")
@click.argument("indicator")
@language_option
@click.pass_obj
def show_indicator(config: Config | None, indicator: str, language: str) -> None:
    """Show one INDICATOR: definition, passport, values by year, and what is not used."""
    catalogue = _catalogue(config)
    try:
        found = catalogue.indicator(indicator)
    except UnknownIndicator as error:
        raise BadInput(f"{error}; see: peil figures list.") from error
    click.echo("\n".join(_Page(catalogue, found, cast(Language, language)).lines()))


def _catalogue(config: Config | None) -> Catalogue:
    try:
        return installed_figures(config)
    except BrokenCatalogue as error:
        raise BadInput(f"{error}.") from error


def _list_lines(catalogue: Catalogue, themes: tuple[str, ...], language: Language) -> Iterator[str]:
    words = WORDS[language]
    numbers = Numbers(language)
    width = max(len(indicator.key) for indicator in catalogue)
    for place, theme in enumerate(themes):
        yield from ("",) if place else ()
        yield f"{words['theme_' + theme]} ({theme})"
        for indicator in catalogue:
            if indicator.theme == theme:
                latest = catalogue.preferred(indicator.key)
                value = f"{_value(latest, numbers, words)} ({latest.year})" if latest else words["no_total"]
                count = sum(OWN in figure.tags for figure in indicator.figures)
                own = f" [{words['own'].format(count=count)}]" if count else ""
                yield f"  {indicator.key:<{width}}  {indicator.name[language]}: {value}{own}"


class _Page:
    """Everything about one indicator, as lines of text."""

    def __init__(self, catalogue: Catalogue, indicator: Indicator, language: Language) -> None:
        self._catalogue = catalogue
        self._indicator = indicator
        self._language = language
        self._words = WORDS[language]
        self._numbers = Numbers(language)
        self._series = catalogue.series(indicator.key)

    def lines(self) -> Iterator[str]:
        indicator, language = self._indicator, self._language
        yield f"{indicator.name[language]} ({indicator.key})"
        yield ""
        yield from wrap(indicator.definition[language])
        if traps := indicator.traps[language]:
            yield from self._heading("traps")
            for trap in traps:
                yield from wrap(trap, "  - ", "    ")
        yield from self._heading("passport")
        yield from self._passport_lines()
        yield from self._heading("values")
        yield from self._series_lines()
        yield from self._breakdown_lines()
        yield from self._unused_lines()

    def _heading(self, key: str) -> Iterator[str]:
        yield ""
        yield self._words[key]

    def _passport_lines(self) -> Iterator[str]:
        passport = self._indicator.passport
        for field in ("construct", "item_set", "scale", "rule", "population_frame"):
            doubt = f" ({self._words['unconfirmed']})" if field in passport.unconfirmed else ""
            yield f"  {self._words[field]:<14}{getattr(passport, field)}{doubt}"

    def _series_lines(self) -> Iterator[str]:
        if not self._series:
            yield f"  {self._words['no_total']}"
        previous: Figure | None = None
        for figure in self._series:
            if previous is not None:
                yield from self._break_lines(previous, figure)
            yield from self._figure_lines(figure)
            previous = figure

    def _break_lines(self, previous: Figure, figure: Figure) -> Iterator[str]:
        found = self._catalogue.break_between(figure.survey, previous.year, figure.year)
        if found is not None:
            label = f" {self._words['method_break'].format(year=found.first_year)} "
            yield f"  {label:{DASH}^{WIDTH - 2}}"
            yield from wrap(found.reason[self._language], "  ")
            yield f"  {found.source_url}"
            yield f"  {DASH * (WIDTH - 2)}"
        elif self._survey_name(previous) != self._survey_name(figure):
            yield f"  {DASH * 3} {self._words['other_survey']}"

    def _survey_name(self, figure: Figure) -> str:
        return self._catalogue.surveys[figure.survey].name[self._language]

    def _figure_lines(self, figure: Figure) -> Iterator[str]:
        words = self._words
        value = _value(figure, self._numbers, words)
        yield f"  {figure.year}  {value:<8}{self._margin(figure)}"
        if figure.category not in ("total", value):
            yield from wrap(figure.category, "        ")
        remarks = [words["own_figure"]] if OWN in figure.tags else []
        remarks += [f"[{figure.provenance}] {words['provenance_' + figure.provenance]}"]
        remarks += [words["year_inferred"]] if "YEAR?" in figure.tags else []
        yield from wrap(f"{figure.publisher}, {self._survey_name(figure)}; {'; '.join(remarks)}", "        ")
        yield from wrap(figure.source_title, "        ")
        yield from (f"        {figure.source_url}",) if figure.source_url else ()

    def _margin(self, figure: Figure) -> str:
        words, numbers = self._words, self._numbers
        if figure.words:
            return words["margin_words"]
        if figure.unit != "%":
            return words["margin_none"]
        if figure.ci_low is not None and figure.ci_high is not None:
            return words["margin_printed"].format(range=numbers.range(figure.ci_low, figure.ci_high, figure.decimals))
        n = self._catalogue.sampling_n(figure)
        wide = estimate_official(figure, n).wide
        bounds = f"{numbers.decimal(wide.low, 1)}{DASH}{numbers.decimal(wide.high, 1)}"
        if n is None:
            return words["margin_rounding"].format(range=bounds)
        return words["margin_sampling"].format(range=bounds, n=numbers.integer(n))

    def _breakdown_lines(self) -> Iterator[str]:
        rows = [figure for figure in self._indicator.figures if not self._indicator.is_headline(figure)]
        counts = Counter(figure.breakdown for figure in rows)
        if counts:
            yield from self._heading("breakdowns")
        for breakdown, count in counts.items():
            years = sorted({figure.year for figure in rows if figure.breakdown == breakdown})
            yield f"  {breakdown}: {count} ({', '.join(map(str, years))})"

    def _unused_lines(self) -> Iterator[str]:
        unused = [(f, why) for f in self._indicator.figures if (why := self._why_unused(f)) is not None]
        if unused:
            yield from self._heading("unused")
        for figure, why in sorted(unused, key=lambda pair: pair[0].year):
            words = self._words
            place = "" if self._indicator.is_headline(figure) else f" ({figure.category})"
            yield f"  {figure.year}  {_value(figure, self._numbers, words)}{place}: {words['why_' + why]}"
            yield from wrap(f"{figure.population}; {figure.source_title}", "        ")
            if figure.note:
                yield from wrap(figure.note, "        ")

    def _why_unused(self, figure: Figure) -> str | None:
        own = self._indicator.passport
        if (reason := reason_unused(figure)) is not None:
            return reason
        if not self._indicator.is_headline(figure) or figure in self._series:
            return None
        if figure.passport.construct != own.construct:
            return "other_construct"
        if figure.passport.population_frame != own.population_frame:
            return "other_people"
        return "outranked"


def _value(figure: Figure, numbers: Numbers, words: dict[str, str]) -> str:
    text = numbers.decimal(figure.value, figure.decimals)
    unit = words.get(f"unit_{figure.unit}", figure.unit)
    return f"{text}{unit}" if unit.startswith("%") else f"{text} {unit}"
