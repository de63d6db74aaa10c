"""Who may not have filled in a questionnaire with care, for the organisation as a whole.

Nobody is left out of any figure for the way they answered: "never" on all questions about being
tired is what a rested person says. Two things draw attention (Meade and Craig 2012,
doi 10.1037/a0028085): saying oneself that one did not answer seriously, and one and the same
answer to questions that are worded in opposite directions. There are no rules on speed, for
Peil keeps no times. What is found is counted, and shown as a figure with and without them.

The counts are exact and belong behind the gate (:mod:`analysis.disclosure.models`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.dataset import Dataset, IntArray, missing_code
from analysis.scoring import BoolArray, Scored
from instruments.model import Item
from instruments.questionnaire import Questionnaire

#: Fewer identical answers than this are too common among careful people to mean anything.
LEAST_ALIKE = 4

#: The question about answering seriously.
SERIOUS = "diligence_serious"


@dataclass(frozen=True)
class Block:
    """A scale as it was asked, all items with the same answers to choose from.

    ``items``: keys; ``reversed_items``: for each of them whether it is worded the other way round. ``middle``:
    the code in the middle of the scale, which says the same of both kinds of items.
    """

    items: tuple[str, ...]
    reversed_items: tuple[bool, ...]
    middle: int | None = None


@dataclass(frozen=True)
class Sensitivity:
    """Yes among valid answers, of everybody (the figure that is published) and without the flagged."""

    yes: int
    n: int
    yes_without: int
    n_without: int

    @property
    def shift(self) -> float | None:
        """The share without the flagged minus that of everybody (-1 to 1); ``None`` if one is missing."""
        if not self.n or not self.n_without:
            return None
        return self.yes_without / self.n_without - self.yes / self.n


def blocks_of(questionnaire: Questionnaire) -> Iterator[Block]:
    """The scales of which some items are worded the other way round: only those can tell something."""
    for instrument in questionnaire.instruments:
        for scale in dict.fromkeys(item.scale for item in instrument.items):
            block = _block([item for item in instrument.items if item.scale == scale])
            if len(set(block.reversed_items)) == 2:
                yield block


def _block(items: Sequence[Item]) -> Block:
    scale = items[0].scale
    codes = range(scale.values[0], scale.values[-1] + 1) if scale.numeric else scale.values
    scores = codes if scale.numeric else scale.scores
    middle = [code for code, score in zip(codes, scores, strict=True) if 2 * score == scale.low + scale.high]
    return Block(
        tuple(item.key for item in items), tuple(item.reverse for item in items), middle[0] if middle else None
    )


def straight_lines(dataset: Dataset, blocks: Sequence[Block]) -> BoolArray:
    """Who gave one and the same answer throughout every block in which that contradicts itself, shape ``(n,)``.

    A block can tell for a respondent with at least :data:`LEAST_ALIKE` answers in it, to items of
    both directions. Alike is the code itself, before reversed items are turned round. A row of
    middle answers agrees with itself. One block that was filled in with attention clears somebody.
    """
    assessed, attentive = np.zeros(dataset.n, dtype=np.bool_), np.zeros(dataset.n, dtype=np.bool_)
    for block in blocks:
        codes: IntArray = np.column_stack([dataset.codes[item] for item in block.items])
        answered, ends = codes != missing_code(codes.dtype), np.iinfo(codes.dtype)
        enough = answered.sum(axis=1) >= LEAST_ALIKE
        lowest, highest = codes.min(axis=1, where=answered, initial=ends.max), codes.max(axis=1)
        alike = lowest == highest
        if block.middle is not None:
            alike &= highest != block.middle
        turned = np.array(block.reversed_items)
        telling = enough & answered[:, turned].any(axis=1) & answered[:, ~turned].any(axis=1)
        assessed |= telling
        attentive |= telling & ~alike
    return assessed & ~attentive


def careless(dataset: Dataset, questionnaire: Questionnaire, serious: Scored | None) -> BoolArray:
    """Who drew attention in one of the two ways, shape ``(n,)``; ``serious``: the question about it, if asked."""
    found = straight_lines(dataset, list(blocks_of(questionnaire)))
    if serious is not None and serious.flag is not None:
        found |= serious.valid & ~serious.flag
    return found


def with_and_without(scored: Scored, flagged: BoolArray) -> Sensitivity:
    """A share of everybody with a valid answer, beside the same share without the ``flagged``, shape ``(n,)``.

    Only the first is published as the result; nobody is removed from it.
    """
    assert scored.flag is not None
    yes, kept = scored.valid & scored.flag, scored.valid & ~flagged
    return Sensitivity(int(yes.sum()), int(scored.valid.sum()), int((yes & kept).sum()), int(kept.sum()))
