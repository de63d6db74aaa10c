"""Scoring one respondent, exactly: the reference for every faster way of doing it.

All arithmetic is on :class:`fractions.Fraction`, so a cut-off such as "mean above 3.2" is decided
without rounding. Conditions follow Kleene's strong three-valued logic (Kleene 1952, section 64):
unknown stays unknown unless the known parts settle the matter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from instruments.model import (
    MISSING_CODES,
    Compare,
    Condition,
    Every,
    Flag,
    Holds,
    InstrumentError,
    Item,
    Measure,
    Operator,
    Some,
)

Answers = Mapping[str, int | None]


@dataclass(frozen=True)
class Result:
    """What one measure yields for one respondent; ``None`` is unknown or outside the base."""

    score: Fraction | None
    flag: bool | None


NOTHING = Result(score=None, flag=None)


def item_score(item: Item, answer: int | None) -> int | None:
    """The score of one answer, turned round for a reversed item; ``None`` when missing.

    ``None`` and the codes in :data:`instruments.model.MISSING_CODES` are missing. Raises
    InstrumentError for an answer that is not on the item's scale.
    """
    if answer is None or answer in MISSING_CODES:
        return None
    scale = item.scale
    if not isinstance(answer, int) or isinstance(answer, bool) or not scale.accepts(answer):
        raise InstrumentError(
            f"{item.key}: the answer {answer!r} is not on scale '{scale.key}'"
            f" ({_codes(item)}); correct it or leave it empty."
        )
    score = answer if scale.numeric else scale.scores[scale.values.index(answer)]
    return scale.low + scale.high - score if item.reverse else score


def score_measures(measures: Sequence[Measure], items: Mapping[str, Item], answers: Answers) -> dict[str, Result]:
    """The result of every measure for one respondent, by measure key, in the order of ``measures``.

    Scores are in the units of the items' scores (``mean``, ``sum``) or 0 to 100 (``percent``).
    Answers of items that no measure uses are checked too; keys that are not items are left alone.
    Raises InstrumentError for an answer off its scale, for a reference to an item or measure that
    is not there, and for measures that depend on each other in a circle.
    """
    scores = {key: item_score(items[key], answer) for key, answer in answers.items() if key in items}
    return _Sheet(measures, items, scores).results()


def evaluate(
    condition: Condition,
    items: Mapping[str, Item],
    answers: Answers,
    flag_of: Callable[[str], bool | None] | None = None,
) -> bool | None:
    """Whether ``condition`` holds; ``None`` when the answers do not settle it.

    ``flag_of`` gives the flag of a measure by its key and is needed only for conditions on
    measures. Raises InstrumentError for an unknown item and for an answer off its scale.
    """

    def score_of(key: str) -> int | None:
        return item_score(_find_item(items, key), answers.get(key))

    def no_measures(key: str) -> bool | None:
        raise InstrumentError(f"{key}: this condition looks at a measure, and no measures are given here.")

    return _evaluate(condition, score_of, flag_of or no_measures)


def band_of(measure: Measure, score: Fraction | None) -> str | None:
    """The key of the band in which ``score`` falls; ``None`` without a score or below every band."""
    if score is None:
        return None
    reached = [band for band in measure.bands if score >= band.at_least]
    return max(reached, key=lambda band: band.at_least).key if reached else None


def compare(value: Fraction | int, operator: Operator, threshold: Fraction | int) -> bool:
    """Whether ``value`` stands to ``threshold`` as ``operator`` says."""
    match operator:
        case "at_least":
            return value >= threshold
        case "above":
            return value > threshold
        case "at_most":
            return value <= threshold
        case "below":
            return value < threshold
        case "equals":
            return value == threshold


class _Sheet:
    """The answers of one respondent while they are scored; measures are worked out once each."""

    def __init__(
        self, measures: Sequence[Measure], items: Mapping[str, Item], scores: Mapping[str, int | None]
    ) -> None:
        self.measures = {measure.key: measure for measure in measures}
        self.items = items
        self.scores = scores
        self.known: dict[str, Result] = {}
        self.open: list[str] = []

    def results(self) -> dict[str, Result]:
        return {key: self.result(key) for key in self.measures}

    def result(self, key: str) -> Result:
        if key in self.known:
            return self.known[key]
        if key not in self.measures:
            raise InstrumentError(f"{key}: this measure is referred to but not in the questionnaire.")
        if key in self.open:
            raise InstrumentError(f"{' -> '.join([*self.open, key])}: these measures depend on each other.")
        self.open.append(key)
        self.known[key] = self._work_out(self.measures[key])
        self.open.pop()
        return self.known[key]

    def _work_out(self, measure: Measure) -> Result:
        if measure.among is not None and self.result(measure.among).flag is not True:
            return NOTHING
        if measure.rule is not None:
            return Result(None, _evaluate(measure.rule, self._score, lambda key: self.result(key).flag))
        return self._summarise(measure)

    def _score(self, key: str) -> int | None:
        _find_item(self.items, key)
        return self.scores.get(key)

    def _summarise(self, measure: Measure) -> Result:
        pairs = [(_find_item(self.items, key), self._score(key)) for key in measure.items]
        answered = [(item, score) for item, score in pairs if score is not None]
        if measure.statistic is None or not answered or len(answered) < measure.min_answered:
            return NOTHING
        if measure.statistic == "percent":
            values = [Fraction(100 * (s - item.scale.low), item.scale.high - item.scale.low) for item, s in answered]
        else:
            values = [Fraction(score) for _, score in answered]
        total = sum(values, Fraction(0))
        statistic = total if measure.statistic == "sum" else total / len(values)
        return Result(statistic, _flag(measure.flag, statistic, len(answered)))


def _flag(flag: Flag | None, statistic: Fraction, answered: int) -> bool | None:
    if flag is None or answered < flag.min_answered:
        return None
    return compare(statistic, flag.operator, flag.threshold)


def _evaluate(
    condition: Condition,
    score_of: Callable[[str], int | None],
    flag_of: Callable[[str], bool | None],
) -> bool | None:
    match condition:
        case Compare(item=key, operator=operator, value=value):
            score = score_of(key)
            return None if score is None else compare(score, operator, value)
        case Holds(measure=key, expected=expected):
            flag = flag_of(key)
            return None if flag is None else flag is expected
        case Every(conditions=parts, complete=complete):
            outcomes = [_evaluate(part, score_of, flag_of) for part in parts]
            if complete and None in outcomes:
                return None
            return False if False in outcomes else None if None in outcomes else True
        case Some(conditions=parts):
            outcomes = [_evaluate(part, score_of, flag_of) for part in parts]
            return True if True in outcomes else None if None in outcomes else False


def _find_item(items: Mapping[str, Item], key: str) -> Item:
    if key not in items:
        raise InstrumentError(f"{key}: this item is referred to but not in the questionnaire.")
    return items[key]


def _codes(item: Item) -> str:
    values = item.scale.values
    if item.scale.numeric:
        return f"{values[0]} to {values[-1]}"
    return ", ".join(str(value) for value in values)
