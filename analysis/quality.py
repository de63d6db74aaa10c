"""How carefully a questionnaire was filled in, counted for the organisation as a whole.

Nobody is left out of any figure for the way they answered: "never" on all questions about being
tired is what a rested person says. What is found here is shown beside the results, as counts
and as a figure with and without those who drew attention. There are no rules on speed, for
Peil keeps no times.

Answers are matrices of codes, shape ``(n, items)``, columns in the order in which they were
asked, with :func:`analysis.dataset.missing_code` for no answer. ``asked``, of the same shape, is
false where a question was not put to somebody; without it every question was put to all. What
was answered counts as asked. The counts are exact: like all others they may not be printed as
they are, but belong behind the gate of :mod:`analysis.disclosure`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from analysis.dataset import IntArray, missing_code
from analysis.scoring import BoolArray
from instruments.model import Item

#: Fewer identical answers than this are too common among careful people to mean anything.
LEAST_ALIKE = 4

#: Somebody stopped when at least this many questions stayed open after the last answer.
LEAST_OPEN = 3

#: Of the questions that were asked: above this share answered, a questionnaire is complete.
COMPLETE_ABOVE = Fraction(4, 5)

#: From this share on it is partial, and below it broken off.
PARTIAL_FROM = Fraction(1, 2)


@dataclass(frozen=True)
class Block:
    """A scale as it was asked, all items with the same answers to choose from.

    ``columns``: the places of its items in the matrix, in the order in which they were asked.
    ``reversed_items``: for each of them whether it is worded the other way round. ``middle``:
    the code in the middle of the scale, which says the same of both kinds of items.
    """

    columns: tuple[int, ...]
    reversed_items: tuple[bool, ...]
    middle: int | None = None

    def __post_init__(self) -> None:
        if not self.columns or len(self.columns) != len(self.reversed_items):
            raise ValueError("a block needs at least one item, and for each item whether it is reversed")


@dataclass(frozen=True)
class Alike:
    """Of the ``answered`` respondents with enough answers in a block, the number with ``alike`` answers only."""

    answered: int
    alike: int


@dataclass(frozen=True)
class StraightLines:
    """Who gave one and the same answer to questions that are worded in opposite directions.

    ``blocks``: how often all answers were alike, for each block, telling or not. ``assessed``
    and ``flagged``: shape ``(n,)``, whether somebody answered enough of a block that can tell, and
    whether every such block was filled in against itself. The arrays are for
    :func:`with_and_without` and never leave the analysis.
    """

    blocks: tuple[Alike, ...]
    assessed: BoolArray
    flagged: BoolArray

    @property
    def share(self) -> float | None:
        """The flagged among the assessed (0–1); ``None`` where nobody could be assessed."""
        return _share(int(self.flagged.sum()), int(self.assessed.sum()))


@dataclass(frozen=True)
class ItemNonresponse:
    """Questions without an answer among those that were put to somebody.

    ``asked`` and ``unanswered``: shape ``(items,)``, respondents for each question.
    ``respondents``: shape ``(items + 1,)``, at place ``m`` the respondents who left ``m`` questions open.
    """

    asked: tuple[int, ...]
    unanswered: tuple[int, ...]
    respondents: tuple[int, ...]

    @property
    def shares(self) -> tuple[float | None, ...]:
        """For each question the share without an answer (0–1); ``None`` where it was put to nobody."""
        return tuple(_share(open_, asked) for open_, asked in zip(self.unanswered, self.asked, strict=True))

    @property
    def share(self) -> float | None:
        """The share of all questions put to all respondents that stayed open (0–1)."""
        return _share(sum(self.unanswered), sum(self.asked))


@dataclass(frozen=True)
class Stops:
    """Where respondents stopped for good; everybody is counted once.

    ``after``: shape ``(items,)``, respondents whose last answer was to that question and who left
    at least :data:`LEAST_OPEN` later ones open. ``to_the_end``: those who went on to the end.
    ``blank``: those who answered nothing.
    """

    after: tuple[int, ...]
    to_the_end: int
    blank: int


@dataclass(frozen=True)
class Completeness:
    """Respondents by the share of their questions that they answered, in the words of AAPOR."""

    complete: int
    partial: int
    break_off: int
    blank: int


@dataclass(frozen=True)
class ResponseRates:
    """Response rates (0–1) of a closed list of invited people, under the names of AAPOR.

    *Standard Definitions: Final Dispositions of Case Codes and Outcome Rates for Surveys* (The
    American Association for Public Opinion Research, 10th edition, 2023). ``unknown``: people of
    whom it is not certain that they belong on the list, such as those whose invitation bounced.
    ``ineligible``: those who certainly do not, such as people who had left. Everybody else who was
    silent is an eligible non-respondent: why is not known, so refusals and non-contacts are one
    number. RR3 and RR4 need a guess at how many of the unknown are eligible; they lie in between.
    """

    invited: int
    complete: int
    partial: int
    break_off: int
    unknown: int
    ineligible: int

    @property
    def nonrespondents(self) -> int:
        """Eligible people without a complete or partial questionnaire, break-offs among them."""
        return self.invited - self.ineligible - self.unknown - self.complete - self.partial

    @property
    def rr1(self) -> float:
        """Complete questionnaires among everybody who may be eligible: the lowest rate."""
        return self.complete / (self.invited - self.ineligible)

    @property
    def rr2(self) -> float:
        """As :attr:`rr1`, with partial ones counted as response."""
        return (self.complete + self.partial) / (self.invited - self.ineligible)

    @property
    def rr5(self) -> float:
        """Complete questionnaires among the people who are certainly eligible; RR1 if nobody is unknown."""
        return self.complete / (self.invited - self.ineligible - self.unknown)

    @property
    def rr6(self) -> float:
        """As :attr:`rr5`, with partial ones counted as response: the highest rate."""
        return (self.complete + self.partial) / (self.invited - self.ineligible - self.unknown)


@dataclass(frozen=True)
class Count:
    """``yes`` among ``n`` valid answers."""

    yes: int
    n: int

    @property
    def share(self) -> float | None:
        """The share (0–1); ``None`` without answers."""
        return _share(self.yes, self.n)


@dataclass(frozen=True)
class Sensitivity:
    """A figure of everybody, which is the one that is published, beside that ``without`` the flagged."""

    everybody: Count
    without: Count

    @property
    def difference(self) -> float | None:
        """The share without the flagged minus that of everybody (-1 to 1); ``None`` if one is missing."""
        if self.everybody.share is None or self.without.share is None:
            return None
        return self.without.share - self.everybody.share


def scale_block(items: Sequence[Item], columns: Mapping[str, int]) -> Block:
    """The block of ``items``, whose keys ``columns`` maps to places in the matrix.

    Raises ``ValueError`` when the items do not have one and the same answer scale.
    """
    if len({item.scale for item in items}) != 1:
        raise ValueError("a block consists of items with the same answer scale; make a block of each scale")
    scale = items[0].scale
    ordered = sorted(items, key=lambda item: columns[item.key])
    codes = range(scale.values[0], scale.values[-1] + 1) if scale.numeric else scale.values
    scores = codes if scale.numeric else scale.scores
    middle = [code for code, score in zip(codes, scores, strict=True) if 2 * score == scale.low + scale.high]
    return Block(
        tuple(columns[item.key] for item in ordered),
        tuple(item.reverse for item in ordered),
        middle[0] if middle else None,
    )


def longest_run(codes: IntArray, block: Block) -> IntArray:
    """The long string index of each respondent in a block, shape ``(n,)``.

    The largest number of identical answers one after another (Johnson 2005,
    doi 10.1016/j.jrp.2004.09.009); a question without an answer ends a run. 0 without any answer.
    """
    part = _matrix(codes)[:, list(block.columns)]
    answered = part != missing_code(part.dtype)
    run = np.zeros(len(part), dtype=np.int64)
    longest = run.copy()
    for place in range(part.shape[1]):
        same = (part[:, place] == part[:, place - 1]) if place else np.zeros(len(part), dtype=np.bool_)
        run = np.where(answered[:, place], np.where(same, run + 1, 1), 0)
        longest = np.maximum(longest, run)
    return longest


def long_strings(codes: IntArray, block: Block) -> tuple[int, ...]:
    """How many respondents have a longest run of 0, 1, … up to all items of the block."""
    return _counts(longest_run(codes, block), len(block.columns))


def straight_lines(codes: IntArray, blocks: Sequence[Block], *, least: int = LEAST_ALIKE) -> StraightLines:
    """Who gave one and the same answer throughout every block in which that contradicts itself.

    A block can tell for a respondent with at least ``least`` answers in it, to items of both
    directions. Alike is the code itself, before reversed items are turned round. A row of
    middle answers agrees with itself, so it is alike but not flagged. One block that was filled
    in with attention clears somebody.

    Raises ``ValueError`` for fewer than two answers, which are no row.
    """
    if least < 2:
        raise ValueError(f"a row of identical answers needs at least two, not {least}")
    n = len(_matrix(codes))
    counts = []
    assessed, attentive = np.zeros(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_)
    for block in blocks:
        part = codes[:, list(block.columns)]
        answered = part != missing_code(part.dtype)
        enough = answered.sum(axis=1) >= least
        ends = np.iinfo(part.dtype)
        lowest, highest = part.min(axis=1, where=answered, initial=ends.max), part.max(axis=1)
        alike = enough & (lowest == highest)
        counts.append(Alike(int(enough.sum()), int(alike.sum())))
        turned = np.array(block.reversed_items)
        telling = enough & answered[:, turned].any(axis=1) & answered[:, ~turned].any(axis=1)
        against_itself = alike if block.middle is None else alike & (highest != block.middle)
        assessed |= telling
        attentive |= telling & ~against_itself
    return StraightLines(tuple(counts), assessed, assessed & ~attentive)


def item_nonresponse(codes: IntArray, asked: BoolArray | None = None) -> ItemNonresponse:
    """Questions left open, by question and by number of them for each respondent."""
    answered, put = _answered(codes, asked)
    left = put & ~answered
    return ItemNonresponse(
        tuple(put.sum(axis=0).tolist()),
        tuple(left.sum(axis=0).tolist()),
        _counts(left.sum(axis=1), codes.shape[1]),
    )


def stops(codes: IntArray, asked: BoolArray | None = None, *, least: int = LEAST_OPEN) -> Stops:
    """Where respondents stopped: the last answer after which at least ``least`` questions stayed open.

    Only questionnaires that were handed in are known: who closed the page halfway has left no trace.
    """
    if least < 1:
        raise ValueError(f"somebody who stopped has left at least one question open, not {least}")
    answered, put = _answered(codes, asked)
    items = codes.shape[1]
    if items == 0:
        return Stops((), 0, len(codes))
    any_answer = answered.any(axis=1)
    last = items - 1 - np.argmax(answered[:, ::-1], axis=1)
    open_after = (put & (np.arange(items) > last[:, None])).sum(axis=1)
    stopped = any_answer & (open_after >= least)
    return Stops(
        _counts(last[stopped], items - 1), int((any_answer & ~stopped).sum()), int(len(codes) - any_answer.sum())
    )


def completeness(codes: IntArray, asked: BoolArray | None = None) -> Completeness:
    """Complete, partial or broken off, by the share of the questions put to somebody that were answered.

    AAPOR leaves the borders to the survey, which has to state them; :data:`COMPLETE_ABOVE` and
    :data:`PARTIAL_FROM` are those of one of its examples. Compared in whole numbers.
    """
    answered, put = _answered(codes, asked)
    given, needed = answered.sum(axis=1), put.sum(axis=1)
    complete = given * COMPLETE_ABOVE.denominator > needed * COMPLETE_ABOVE.numerator
    enough = (given * PARTIAL_FROM.denominator >= needed * PARTIAL_FROM.numerator) & (given > 0)
    blank, full, partial = (int(part.sum()) for part in (given == 0, complete, enough & ~complete))
    return Completeness(full, partial, len(codes) - full - partial - blank, blank)


def response_rates(
    invited: int, complete: int, partial: int = 0, *, break_off: int = 0, unknown: int = 0, ineligible: int = 0
) -> ResponseRates:
    """AAPOR's response rates of a closed list of ``invited`` people.

    Raises ``ValueError`` when the parts are negative or more than the list, and when nobody on
    the list was certainly eligible.
    """
    if min(complete, partial, break_off, unknown, ineligible) < 0:
        raise ValueError("numbers of people cannot be negative")
    if complete + partial + break_off + unknown + ineligible > invited:
        raise ValueError(f"more outcomes than the {invited} people who were invited; count everybody once")
    if invited - unknown - ineligible == 0:
        raise ValueError("response rates need at least one person who could have taken part")
    return ResponseRates(invited, complete, partial, break_off, unknown, ineligible)


def with_and_without(yes: BoolArray, valid: BoolArray, flagged: BoolArray) -> Sensitivity:
    """A share of everybody with a ``valid`` answer, beside the same share without the ``flagged``.

    All of shape ``(n,)``. Only the first is published as the result; nobody is removed from it.
    The two differ by a few people, so print them only where the gate allows the difference.
    """
    if not yes.shape == valid.shape == flagged.shape or yes.ndim != 1:
        raise ValueError("hand in three arrays with one value for each respondent")
    kept = valid & ~flagged
    return Sensitivity(
        Count(int((yes & valid).sum()), int(valid.sum())), Count(int((yes & kept).sum()), int(kept.sum()))
    )


def _matrix(codes: IntArray) -> IntArray:
    if codes.ndim != 2 or not np.issubdtype(codes.dtype, np.signedinteger):
        raise ValueError("hand in a matrix of codes, one row for each respondent and one column for each item")
    return codes


def _answered(codes: IntArray, asked: BoolArray | None) -> tuple[BoolArray, BoolArray]:
    answered: BoolArray = _matrix(codes) != missing_code(codes.dtype)
    if asked is None:
        return answered, np.ones_like(answered)
    if asked.shape != codes.shape:
        raise ValueError(f"what was asked has shape {asked.shape}, the answers {codes.shape}; they belong together")
    return answered, asked | answered


def _counts(values: IntArray, highest: int) -> tuple[int, ...]:
    return tuple(np.bincount(values, minlength=highest + 1).tolist())


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
