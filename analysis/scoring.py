"""Scoring a whole dataset at once, by the same definitions as :mod:`instruments.scoring`.

Everything that decides a flag or a printed digit is integer arithmetic; a property test
holds both scorers to the same results.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.dataset import Dataset, IntArray, missing_code
from instruments.model import Compare, Condition, Every, Flag, Holds, Item, Measure, Statistic
from instruments.questionnaire import Questionnaire

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]

#: Whole numbers below this are exact as floats too, in which sums by group are made.
EXACT_BELOW = 2**53

#: Respondents counted at a time: few enough for the processor's cache, and for little memory.
CHUNK = 1 << 17


@dataclass(frozen=True)
class Scored:
    """One measure for all respondents, arrays of shape ``(n,)``.

    ``valid``: who counts in the base. ``flag``: yes, among the valid. The score of a valid
    respondent is ``numerator / denominator``, exactly; a percentage on a scale of 0–100.
    """

    valid: BoolArray
    flag: BoolArray | None
    numerator: IntArray | None
    denominator: int = 1


@dataclass(frozen=True)
class GroupSums:
    """Sums over the valid respondents of each group, arrays of shape ``(groups,)``."""

    n: IntArray
    yes: IntArray | None
    total: IntArray | None
    squares: FloatArray | None
    denominator: int

    def spread(self, group: int) -> float:
        """The standard deviation (divisor n - 1) of the score in ``group``; 0.0 below two answers."""
        if self.total is None or self.squares is None or self.n[group] < 2:
            return 0.0
        n, total = int(self.n[group]), float(self.total[group])
        return math.sqrt(max(0.0, (float(self.squares[group]) - total * total / n) / (n - 1))) / self.denominator


def score_dataset(dataset: Dataset, questionnaire: Questionnaire) -> dict[str, Scored]:
    """Every measure of ``questionnaire`` for every respondent of ``dataset``, by measure key."""
    scorer = _Scorer(dataset, questionnaire)
    return {measure.key: scorer.scored(measure) for measure in questionnaire.measures}


def sum_by_group(scored: Scored, group: IntArray, groups: int) -> GroupSums:
    """Base, yes-counts and score sums for groups 0 … ``groups - 1``; -1 in ``group`` is nobody."""
    low, high = _ends(scored.numerator)
    # Fewer different outcomes than respondents: count the outcomes, and add up those few counts.
    # Both ways add whole numbers below 2**53, so they give the same sums.
    few = 2 * (groups + 1) * (high - low + 1) <= scored.valid.size
    n, yes, total, squares = (_count_outcomes if few else _add_scores)(scored, group, groups)
    if total.size and float(np.abs(total).max()) >= EXACT_BELOW:
        raise OverflowError("score sums beyond 2**53 would no longer be exact")
    return GroupSums(
        n,
        None if scored.flag is None else yes,
        None if scored.numerator is None else total.astype(np.int64),
        None if scored.numerator is None else squares,
        scored.denominator,
    )


_Sums = tuple[IntArray, IntArray, FloatArray, FloatArray]


def _count_outcomes(scored: Scored, group: IntArray, groups: int) -> _Sums:
    """One count of respondents by group, flag and score, from which every sum follows."""
    low, high = _ends(scored.numerator)
    # Row 0 is for those who do not count: not valid, or in no group.
    shape = (groups + 1, 2, high - low + 1)
    step = _narrowest(shape[2]).type(shape[2])
    found = np.zeros(math.prod(shape), dtype=np.int64)
    for start in range(0, scored.valid.size, CHUNK):
        part = slice(start, start + CHUNK)
        outcome = (group[part] + np.int32(1)) * scored.valid[part]
        outcome *= shape[1] * shape[2]
        if scored.flag is not None:
            outcome += scored.flag[part] * step
        if scored.numerator is not None:
            outcome += scored.numerator[part]
        if low:
            outcome -= low
        found += np.bincount(outcome, minlength=found.size)
    counts = found.reshape(shape)[1:]
    n, yes = counts.sum(axis=(1, 2)), counts[:, 1].sum(axis=1)
    by_score = counts.sum(axis=1).astype(np.float64)
    scores = np.arange(low, high + 1, dtype=np.float64)
    return n, yes, by_score @ scores, by_score @ scores**2


def _add_scores(scored: Scored, group: IntArray, groups: int) -> _Sums:
    """The same sums respondent by respondent, for small groups and wide scores."""
    keep = np.flatnonzero(scored.valid & (group >= 0))
    place = group[keep]
    n = np.bincount(place, minlength=groups)
    yes = n if scored.flag is None else np.bincount(place[scored.flag[keep]], minlength=groups)
    if scored.numerator is None:
        return n, yes, np.zeros(groups), np.zeros(groups)
    values = scored.numerator[keep].astype(np.float64)
    total, squares = (np.bincount(place, part, groups).astype(np.float64) for part in (values, values * values))
    return n, yes, total, squares


def _ends(numerator: IntArray | None) -> tuple[int, int]:
    """The lowest and highest value that occur, and always 0, which is in between or an end."""
    if numerator is None:
        return 0, 0
    return int(numerator.min(initial=0)), int(numerator.max(initial=0))


class _Scorer:
    def __init__(self, dataset: Dataset, questionnaire: Questionnaire) -> None:
        self._dataset = dataset
        self._items = {item.key: item for item in questionnaire.items}
        self._measures = {measure.key: measure for measure in questionnaire.measures}
        self._done: dict[str, Scored] = {}

    def scored(self, measure: Measure) -> Scored:
        if measure.key not in self._done:
            result = self._by_rule(measure.rule) if measure.rule is not None else self._by_items(measure)
            if measure.among is not None:
                base = self.scored(self._measures[measure.among])
                member = base.valid & (False if base.flag is None else base.flag)
                result = Scored(result.valid & member, result.flag, result.numerator, result.denominator)
            self._done[measure.key] = result
        return self._done[measure.key]

    def _by_rule(self, rule: Condition) -> Scored:
        true, false = self._evaluate(rule)
        return Scored(true | false, true, None)

    def _by_items(self, measure: Measure) -> Scored:
        items, flag = [self._items[key] for key in measure.items], measure.flag
        parts, unit = _parts(measure.statistic, items)
        reach = _reach(items, parts)
        total, answered = self._sums(items, parts, reach)
        needed = measure.min_answered if flag is None else max(flag.min_answered, measure.min_answered)
        valid = answered >= needed
        numerator, denominator = total, unit
        if measure.statistic != "sum":
            counts = _counts(answered, needed, len(items))
            denominator = math.lcm(*counts)
            numerator = _weighted(total, answered, {count: denominator // count for count in counts}, reach)
            denominator *= unit
        passed = None if flag is None else _passes(flag, measure.statistic, unit, total, answered, len(items))
        return Scored(valid, passed, numerator, denominator)

    def _sums(self, items: Sequence[Item], parts: Sequence[_Part], reach: int) -> tuple[IntArray, IntArray]:
        """The sum of the parts, at most ``reach``, and the number of answers, each of shape ``(n,)``."""
        total: IntArray = np.zeros(self._dataset.n, dtype=_narrowest(reach))
        answered: IntArray = np.zeros(self._dataset.n, dtype=np.int8 if len(items) < 128 else np.int16)
        for item, part in zip(items, parts, strict=True):
            codes = self._dataset.codes[item.key]
            present = codes != missing_code(codes.dtype)
            np.add(answered, present, out=answered)
            scores = item_scores(item, codes)
            if part != WHOLE:
                scores = (scores.astype(np.int64) - part[0]) * part[1]
            np.add(total, scores * present, out=total, casting="same_kind")
        return total, answered

    def _evaluate(self, condition: Condition) -> tuple[BoolArray, BoolArray]:
        """``(certainly true, certainly false)``; neither where an answer is missing (Kleene)."""
        if isinstance(condition, Compare):
            item = self._items[condition.item]
            codes = self._dataset.codes[item.key]
            present = codes != missing_code(codes.dtype)
            holds = _compare(item_scores(item, codes), condition.operator, condition.value)
            return holds & present, ~holds & present
        if isinstance(condition, Holds):
            base = self.scored(self._measures[condition.measure])
            if base.flag is None:  # a score without a cut-off is neither yes nor no
                return np.zeros_like(base.valid), np.zeros_like(base.valid)
            yes, no = base.valid & base.flag, base.valid & ~base.flag
            return (yes, no) if condition.expected else (no, yes)
        parts = [self._evaluate(part) for part in condition.conditions]
        trues, falses = [true for true, _ in parts], [false for _, false in parts]
        if isinstance(condition, Every):
            true, false = np.logical_and.reduce(trues), np.logical_or.reduce(falses)
            if condition.complete:
                false &= np.logical_and.reduce([yes | no for yes, no in parts])
            return true, false
        return np.logical_or.reduce(trues), np.logical_and.reduce(falses)


def item_scores(item: Item, codes: IntArray) -> IntArray:
    """What each code counts for; the value at a missing code means nothing."""
    scale = item.scale
    if not scale.numeric and scale.scores != scale.values:
        lookup = np.zeros(max(scale.values) + 1, dtype=_narrowest(max(abs(scale.low), abs(scale.high))))
        lookup[list(scale.values)] = scale.scores
        codes = lookup[np.maximum(codes, 0)]
    if not item.reverse:
        return codes
    ends = scale.low + scale.high
    return ends - codes.astype(np.result_type(codes, _narrowest(abs(ends))), copy=False)


#: What a score adds to a sum: ``(low, weight)`` stands for ``weight * (score - low)``.
_Part = tuple[int, int]
WHOLE: _Part = (0, 1)


def _parts(statistic: Statistic | None, items: Sequence[Item]) -> tuple[list[_Part], int]:
    """The part of each item, and the unit in which their sum is counted.

    A percentage counts each score from the lowest to the highest of its own scale.
    """
    if statistic != "percent":
        return [WHOLE] * len(items), 1
    steps = [Fraction(100, item.scale.high - item.scale.low) for item in items]
    unit = math.lcm(*(step.denominator for step in steps))
    return [(item.scale.low, int(step * unit)) for item, step in zip(items, steps, strict=True)], unit


def _reach(items: Sequence[Item], parts: Sequence[_Part]) -> int:
    """How far a sum of parts can lie from 0."""
    pairs = zip((item.scale for item in items), parts, strict=True)
    return sum(weight * max(abs(scale.low - low), abs(scale.high - low)) for scale, (low, weight) in pairs)


def _narrowest(reach: int) -> np.dtype[np.signedinteger[Any]]:
    """The smallest type for whole numbers from ``-reach`` to ``reach``: less memory, more speed."""
    if reach >= EXACT_BELOW:
        raise OverflowError("scores beyond 2**53 would no longer be exact")
    return np.min_scalar_type(-reach - 1)


def _counts(answered: IntArray, needed: int, items: int) -> list[int]:
    """Numbers of answers that suffice: those that occur, as the common multiple of all could be astronomical."""
    return [count for count in range(max(1, needed), items) if (answered == count).any()] + [items]


def _weighted(total: IntArray, answered: IntArray, factors: Mapping[int, int], reach: int) -> IntArray:
    """``total`` times the factor that belongs to the number of answers, or 0 where none does."""
    dtype = _narrowest(reach * max(factors.values()))
    weighted: IntArray = np.zeros(total.shape, dtype=dtype)
    for count, factor in factors.items():
        weighted += (answered == count) * dtype.type(factor)
    weighted *= total
    return weighted


def _passes(
    flag: Flag, statistic: Statistic | None, unit: int, total: IntArray, answered: IntArray, items: int
) -> BoolArray:
    """Whether the statistic passes the cut-off: the sum against the whole number nearest to what it must reach."""
    rounded = math.ceil if flag.operator in ("at_least", "below") else math.floor
    passed = np.zeros(total.shape, dtype=np.bool_)
    for count in range(flag.min_answered, items + 1):
        limit = flag.threshold * unit * (1 if statistic == "sum" else count)
        if limit.denominator == 1 or flag.operator != "equals":
            passed |= _compare(total, flag.operator, rounded(limit)) & (answered == count)
    return passed


def _compare(left: IntArray, operator: str, right: int) -> BoolArray:
    match operator:
        case "at_least":
            return np.greater_equal(left, right)
        case "above":
            return np.greater(left, right)
        case "at_most":
            return np.less_equal(left, right)
        case "below":
            return np.less(left, right)
        case "equals":
            return np.equal(left, right)
    raise ValueError(f"unknown operator {operator}")


def derived_categories(scored: Mapping[str, Scored], first: str, second: str | None = None) -> IntArray:
    """A cut from flags: with one measure 1 = yes, 0 = no; with two ``2 * first + second``; -1 unknown."""
    one = scored[first]
    assert one.flag is not None
    if second is None:
        return np.where(one.valid, one.flag.astype(np.int16), np.int16(-1))
    two = scored[second]
    assert two.flag is not None
    code = 2 * one.flag.astype(np.int16) + two.flag.astype(np.int16)
    return np.where(one.valid & two.valid, code, np.int16(-1))
