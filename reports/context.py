"""What every page needs: the results, the language and the words for them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from xml.sax.saxutils import escape

from analysis.benchmark.compare import Comparison, Difference, headline
from analysis.disclosure.plan import QUALITY
from analysis.disclosure.release import Cell
from analysis.findings import news_of
from analysis.results import Results
from instruments.model import Instrument, Language, Measure, MeasureText
from instruments.model import Texts as InstrumentTexts
from reports.charts.dots import DotHeads, DotRow
from reports.numbers import DASH, Numbers
from reports.texts import Texts, load_texts


@dataclass(frozen=True)
class Context:
    """Results in one language, with short ways to say a figure."""

    results: Results
    language: Language

    @cached_property
    def texts(self) -> Texts:
        """The fixed texts."""
        return load_texts(self.language)

    @cached_property
    def numbers(self) -> Numbers:
        """The number formats."""
        return Numbers(self.language)

    @cached_property
    def measures(self) -> dict[str, Measure]:
        """All measures by key, in questionnaire order."""
        return {measure.key: measure for measure in self.results.survey.questionnaire.measures}

    def t(self, key: str, **values: object) -> str:
        """A fixed text."""
        return self.texts(key, **values)

    def nothing_open(self) -> bool:
        """Whether every figure of the organisation is closed."""
        return all(self.total(key).closed for key in self.measures)

    def has(self, *measures: str) -> bool:
        """Whether the questionnaire yields all of ``measures``."""
        return all(measure in self.measures for measure in measures)

    def measure_text(self, key: str) -> MeasureText:
        """The texts of a measure in the report's language."""
        return self.results.survey.questionnaire.measure_text(key, self.language)

    def others(self) -> list[Instrument]:
        """Instruments that no page knows by name: an organisation's own, and those with a loaded pack."""
        return [i for i in self.results.survey.questionnaire.instruments if i.id not in WITH_A_PAGE]

    def instrument_title(self, instrument: Instrument) -> str:
        """An instrument's title, in the other language when it has none in this one."""
        texts = instrument.texts.get(self.language) or next(iter(instrument.texts.values()))
        return texts.title

    def question(self, key: str) -> str:
        """The question behind an item, in the other language when it has none in this one."""
        questionnaire = self.results.survey.questionnaire
        texts = questionnaire.instrument_of_item(key).texts
        order = [self.language, *texts]
        return next(texts[language].items[key].text for language in order if key in texts.get(language, EMPTY).items)

    def answer_labels(self, instrument: Instrument, scale: str) -> str:
        """The answers of a scale in order: "1 never – 2 …"; nothing when the labels only repeat the codes.

        Without codes where an answer begins with a number itself.
        """
        texts = instrument.texts.get(self.language) or next(iter(instrument.texts.values()))
        labels = texts.scales.get(scale, {})
        if all(label == str(code) for code, label in labels.items()):
            return ""
        numbered = any(label[:1].isdigit() for label in labels.values())
        return f" {DASH} ".join(label if numbered else f"{code} {label}" for code, label in sorted(labels.items()))

    def scale_range(self, key: str) -> str:
        """The lowest and highest possible score of a measure with a mean: "1–7"."""
        measure = self.measures[key]
        if not measure.has_mean:
            return ""
        low, high = self.results.survey.questionnaire.score_bounds(key)
        return f"{low}{DASH}{high}"

    def name(self, key: str) -> str:
        """A measure's name with a capital."""
        return capital(self.measure_text(key).name)

    def total(self, key: str) -> Cell:
        """The organisation's cell of a measure."""
        return self.results.release.total(key)

    def base(self, key: str) -> str:
        """The people a measure is about: "employees", or "carers" for a narrower base."""
        among = self.measures[key].among
        return self.t(f"base.{among}" if among and self.texts.has(f"base.{among}") else "base.everyone")

    def interval(self, cell: Cell) -> str:
        """The printed interval of a share."""
        if cell.share_low is None or cell.share_high is None:
            return DASH
        return self.numbers.percent_range(cell.share_low, cell.share_high)

    def polarity(self, key: str) -> str:
        """ "higher is worse", "higher is better", or nothing."""
        higher_is = self.measures[key].higher_is
        return "" if higher_is == "neutral" else self.t(f"polarity.{higher_is}")

    def plain_official(self, comparison: Comparison) -> str:
        """An official value without its percent sign, for a table in percent."""
        return self.numbers.decimal(comparison.figure.value, comparison.figure.decimals)

    def nationally(self, comparison: Comparison) -> str:
        """The national figure in a clause; for grade C it is called the nearest one, never the same."""
        return self.t(
            f"nationally.{comparison.grade}",
            official=self.official(comparison),
            year=comparison.figure.year,
            reasons=", ".join(self.t(f"reason.{reason}") for reason in comparison.reasons),
        )

    def verdict(self, difference: Difference) -> str:
        """The word for a verdict."""
        return self.t(f"verdict.{difference.verdict}")

    def points(self, difference: Difference) -> str:
        """A difference in points with its interval, rounded outwards: "+4 (+0.4 to +7.6)"."""
        low = self.numbers.signed(math.floor(10 * difference.wide.low) / 10, 1)
        high = self.numbers.signed(math.ceil(10 * difference.wide.high) / 10, 1)
        return self.t("difference", points=self.plain_points(difference), low=low, high=high)

    def plain_points(self, difference: Difference) -> str:
        """A difference in points, with a decimal only where one of the two figures has one."""
        return self.numbers.signed(difference.points, 0 if difference.points.is_integer() else 1)

    def official(self, comparison: Comparison) -> str:
        """An official value as printed by its publisher."""
        return self.numbers.percent(comparison.figure.value, comparison.figure.decimals)

    def count(self, number: int) -> str:
        """A number of things: "none" or the number."""
        return str(number) if number else self.t("none")

    def listed(self, parts: Sequence[str]) -> str:
        """Things one after another: "a, b and c"."""
        return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {self.t('and')} {parts[-1]}"

    def cut_name(self, key: str) -> str:
        """What a cut of the survey divides by, within a sentence."""
        names = next(cut.names for cut in self.results.survey.cuts if cut.key == key)
        return safe(names[self.language]).lower()

    def main_measures(self) -> list[str]:
        """Outcomes and conditions with a share, leaving out questions about answering itself."""
        leading = self.results.survey.questionnaire.leading
        return [key for key in leading if self.measures[key].has_share and self.measures[key].theme != QUALITY]

    def changed(self) -> list[str]:
        """Main measures of everybody with a better and a worse side, that can be held against the wave before."""
        return [
            key
            for key in self.main_measures()
            if key in self.results.changes
            and self.measures[key].higher_is != "neutral"
            and self.measures[key].among is None
        ]

    def indicator_name(self, comparison: Comparison) -> str:
        """The name of an official indicator."""
        return self.results.catalogue.indicator(comparison.figure.indicator).name[self.language]

    def headline(self, key: str) -> Comparison | None:
        """The comparison that is drawn for a measure."""
        return headline(self.results.comparisons, key)

    def row(self, key: str, *, compare: bool = True, note: bool = True) -> DotRow:
        """A measure's row in a dot chart: our share, the national one, last wave, the verdict."""
        cell, numbers = self.total(key), self.numbers
        answers = self.t("n", n=numbers.answers(cell.n_low, cell.n_high))
        remark = " · ".join(part for part in (answers, self.polarity(key)) if part) if note else ""
        before = self.before(key)
        row = DotRow(
            label=self.name(key),
            note=self.t("closed.short") if cell.closed else remark,
            value=cell.share,
            low=cell.share_low,
            high=cell.share_high,
            printed=DASH if cell.share is None else numbers.percent(cell.share),
            before=before.share if before is not None else None,
        )
        best = self.headline(key) if compare else None
        return row if best is None else self.beside(row, best)

    def beside(self, row: DotRow, best: Comparison) -> DotRow:
        """The row with the figure that it is compared with."""
        if best.difference is None:
            return row
        return DotRow(
            **{
                **row.__dict__,
                "official": best.official.share,
                "official_low": best.basis.wide.low,
                "official_high": best.basis.wide.high,
                "official_printed": self.official(best),
                "official_year": str(best.figure.year),
                "direction": best.difference.verdict.direction,
                "news": news_of(self.measures[best.measure], best.difference),
                "difference": self.plain_points(best.difference),
                "verdict": self.t(f"verdict_short.{best.difference.verdict}"),
            }
        )

    def before(self, key: str) -> Cell | None:
        """The organisation's cell of the wave before, if there was one and it is open."""
        earlier = self.results.release.plan.earlier
        if not earlier:
            return None
        cell = self.results.release.total(key, earlier[-1])
        return None if cell.closed else cell

    def heads(self, label: str) -> DotHeads:
        """Column headings of a dot chart."""
        return DotHeads(
            label=label,
            axis=self.t("heads.share"),
            value=self.t("heads.ours"),
            official=self.t("heads.official"),
            difference=self.t("heads.difference"),
        )


#: Instruments that have a page of their own in the report.
WITH_A_PAGE = frozenset(
    {
        "mental-fatigue", "workload", "autonomy", "job-strain", "recovery", "support", "example", "dialogue",
        "work-home", "balance", "care", "diligence",
    }
)  # fmt: skip

#: Stands in for an instrument's texts in a language it does not have.
EMPTY = InstrumentTexts("", "")


def capital(text: str) -> str:
    """``text`` with its first letter as a capital."""
    return text[:1].upper() + text[1:]


def safe(text: str) -> str:
    """``text`` from outside, such as an organisation's name, for use in a paragraph."""
    return escape(text)
