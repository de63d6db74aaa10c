"""Which groups stay closed: small ones, and those that would give small ones away."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

#: ``(n, fewest, most)``: how many can have said yes, for each base that fits what is printed of a group
#: (:func:`analysis.disclosure.rounding.possible_counts`).
Possible = Sequence[tuple[int, int, int]]

#: A printed share is a count to within half a percent of the base, above and below.
ROUNDING_SHARE = 0.01


def close_small_groups(
    sizes: Sequence[int], parent: int, k_eff: int, uniform: Collection[int] = ()
) -> tuple[bool, ...]:
    """For each group of one division of a printed parent whether it stays closed.

    ``sizes`` are numbers of valid answers; what they leave of ``parent`` are people without a
    category. Closed are groups below ``k_eff`` (empty ones included: a printed zero is a
    statement too). As long as what is hidden adds up to someone, but to fewer than ``k_eff``
    people, subtraction from the parent would describe them: then the smallest open group
    closes as well.

    ``uniform`` are groups in which (nearly) all give the same answer to a sensitive question;
    they close at any size, together with at least ``k_eff`` people from other groups, so that
    subtraction does not describe them either. People without a category alone close nothing
    when the rounding of the parent's share is wide enough to hide all of them twice over.
    """
    closed = [size < k_eff or group in uniform for group, size in enumerate(sizes)]
    rest = parent - sum(sizes)
    if rest < 0:
        raise ValueError("the groups hold more people than their parent")
    if rest and not any(closed) and ROUNDING_SHARE * parent >= 2 * rest:
        return tuple(closed)
    by_size = sorted(range(len(sizes)), key=lambda group: (sizes[group], group))
    needed = k_eff + max((sizes[group] for group in uniform if sizes[group] >= k_eff), default=0)
    while 0 < _hidden(sizes, closed, rest) < needed and not all(closed):
        closed[next(group for group in by_size if not closed[group])] = True
    return tuple(closed)


def is_uniform(yes: int, n: int) -> bool:
    """Whether all, or all but one, of a group of ``n`` give the same answer.

    The one person who differs knows what all others said, and a group without exception is
    described person by person however large it is (disclosure rule 5).
    """
    return min(yes, n - yes) <= 1


def rest_is_of_one_mind(parent: Possible, groups: Iterable[Possible]) -> bool:
    """Whether printed figures show that all, or all but one, of a closed rest give the same answer.

    Subtracting the open ``groups`` from their ``parent`` tells a reader how many of the rest can
    have said yes at most, and how many no.
    """
    printed = list(groups)
    yes = max(most for _, _, most in parent) - sum(min(fewest for _, fewest, _ in group) for group in printed)
    no = max(n - fewest for n, fewest, _ in parent) - sum(min(n - most for n, _, most in group) for group in printed)
    return min(yes, no) <= 1


def _hidden(sizes: Sequence[int], closed: Sequence[bool], rest: int) -> int:
    return rest + sum(size for size, hidden in zip(sizes, closed, strict=True) if hidden)
