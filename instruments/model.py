"""The shapes of what is asked: scales, items, measures, instruments and their texts.

Everything here is frozen and built of plain Python values, so that the same
definition can be scored for one person (:mod:`instruments.scoring`), for a whole
organisation (:mod:`analysis.scoring`) and shown on a screen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

Language = Literal["nl", "en"]
LANGUAGES: tuple[Language, ...] = ("nl", "en")

#: Codes in an answers file for "no answer", besides an empty field.
#: refused (prefers not to say), does not know, not applicable.
MISSING_CODES: tuple[int, ...] = (-7, -8, -9)

#: ``mean`` and ``sum`` of the scores of the answered items; ``percent`` is the mean over the
#: answered items of 100 x (score - low) / (high - low), so 0 to 100 whatever the scale.
Statistic = Literal["mean", "sum", "percent"]
Operator = Literal["at_least", "above", "at_most", "below", "equals"]
Polarity = Literal["worse", "better", "neutral"]
Wording = Literal["own", "official"]


class InstrumentError(ValueError):
    """An instrument, a wording pack or a questionnaire does not hold together.

    The message is one sentence that names the file or key and the remedy.
    """


@dataclass(frozen=True)
class Scale:
    """An answer scale.

    ``values`` are the codes in the order in which they are shown; ``scores`` what each
    code counts for (the codes themselves unless the instrument says otherwise). With
    ``numeric`` the answer is a whole number from ``values[0]`` to ``values[-1]``.
    """

    key: str
    values: tuple[int, ...]
    scores: tuple[int, ...]
    numeric: bool = False

    @property
    def low(self) -> int:
        """The lowest score."""
        return min(self.scores)

    @property
    def high(self) -> int:
        """The highest score."""
        return max(self.scores)

    def accepts(self, code: int) -> bool:
        """Whether ``code`` is an answer on this scale."""
        if self.numeric:
            return self.values[0] <= code <= self.values[-1]
        return code in self.values


@dataclass(frozen=True)
class Compare:
    """A condition on one answer: the score of ``item`` against ``value``."""

    item: str
    operator: Operator
    value: int


@dataclass(frozen=True)
class Holds:
    """A condition on another measure: its flag is ``expected``."""

    measure: str
    expected: bool = True


@dataclass(frozen=True)
class Every:
    """All conditions hold (three-valued: unknown stays unknown unless one is false).

    With ``complete`` one unknown condition is enough to leave the whole unknown: for classes
    that together must cover the same people, such as the four kinds of job.
    """

    conditions: tuple[Condition, ...]
    complete: bool = False


@dataclass(frozen=True)
class Some:
    """At least one condition holds (unknown stays unknown unless one is true)."""

    conditions: tuple[Condition, ...]


Condition = Compare | Holds | Every | Some


@dataclass(frozen=True)
class Item:
    """One question. ``key`` is unique in the whole catalogue and is the column name in files."""

    key: str
    scale: Scale
    reverse: bool = False
    shown_if: Condition | None = None


@dataclass(frozen=True)
class Flag:
    """A cut-off on a measure's statistic, exact: ``threshold`` is a fraction, not a float.

    ``min_answered`` is the number of answered items the flag needs; official rules often
    want complete answers where the score itself accepts a gap.
    """

    operator: Operator
    threshold: Fraction
    min_answered: int


@dataclass(frozen=True)
class Band:
    """A named class of scores, from ``at_least`` up to the next band."""

    key: str
    at_least: Fraction


@dataclass(frozen=True)
class Passport:
    """What a measure measures, in the terms that decide whether two numbers may be compared.

    The same four identifiers stand in the passport of an official figure; the comparability
    grade follows from comparing them (:func:`analysis.benchmark.compare.grade_comparison`).
    """

    construct: str
    item_set: str
    scale: str
    rule: str


@dataclass(frozen=True)
class Measure:
    """A result: for each respondent a score, a yes/no flag, or both.

    Exactly one of two sources: ``items`` with a ``statistic`` (and possibly a ``flag`` on
    it), or a ``rule`` that gives the flag. ``among`` restricts the base to respondents for
    whom that other measure's flag is true. ``higher_is`` says what a higher share (or mean,
    when there is no flag) means for employees.
    """

    key: str
    theme: str
    items: tuple[str, ...] = ()
    statistic: Statistic | None = None
    min_answered: int = 1
    flag: Flag | None = None
    rule: Condition | None = None
    among: str | None = None
    higher_is: Polarity = "neutral"
    bands: tuple[Band, ...] = ()
    passport: Passport | None = None
    figures: tuple[str, ...] = ()
    single_item: bool = False

    @property
    def has_share(self) -> bool:
        """Whether this measure yields a yes/no flag, so that a share can be printed."""
        return self.flag is not None or self.rule is not None

    @property
    def has_mean(self) -> bool:
        """Whether this measure yields a score, so that a mean can be printed."""
        return self.statistic is not None


@dataclass(frozen=True)
class Source:
    """Where structure, scoring or a cut-off comes from."""

    title: str
    url: str = ""
    doi: str = ""
    confirmed: bool = True


@dataclass(frozen=True)
class Licence:
    """Who may use the texts. ``status``: ``own`` (ours, shipped), or ``pack-required``."""

    status: Literal["own", "pack-required"]
    holder: str
    note: str


@dataclass(frozen=True)
class ItemText:
    """An item in one language: the full question and a label of a few words for charts."""

    text: str
    short: str


@dataclass(frozen=True)
class MeasureText:
    """A measure in one language.

    ``name`` is a noun phrase; ``share`` completes "x% of employees …" (or of carers, when
    the measure has a narrower base); ``explanation`` says in one sentence how it is counted.
    """

    name: str
    share: str = ""
    explanation: str = ""


@dataclass(frozen=True)
class Texts:
    """All texts of an instrument in one language. ``items`` is empty until a pack is loaded."""

    title: str
    introduction: str
    items: Mapping[str, ItemText] = field(default_factory=dict)
    scales: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    measures: Mapping[str, MeasureText] = field(default_factory=dict)
    bands: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Instrument:
    """One instrument as data: structure, scoring, licence, sources and texts.

    ``needs`` names the instruments whose measures this one refers to. With ``reversed_by_pack``
    the source does not settle which items are reversed, and a wording pack has to say so.
    """

    id: str
    version: str
    theme: str
    scales: tuple[Scale, ...]
    items: tuple[Item, ...]
    measures: tuple[Measure, ...]
    licence: Licence
    sources: tuple[Source, ...]
    texts: Mapping[str, Texts]
    wording: Mapping[str, Wording]
    notes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    reversed_by_pack: bool = False

    @property
    def usable(self) -> bool:
        """Whether every item has a text in at least one language, so that it can be asked."""
        keys = {item.key for item in self.items}
        return any(keys <= set(texts.items) for texts in self.texts.values())
