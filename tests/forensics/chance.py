"""How many right links count as chance, and how well two orders agree."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

#: How often a test of chance may fail although nothing leaks.
RARE = 1e-6


@dataclass(frozen=True)
class Finding:
    """What the best of several guesses gave.

    ``linked`` is the number of persons whose answer was named rightly, ``agreement`` the strongest
    rank correlation (Kendall's tau, without its sign), ``guesses`` how many guesses were made.
    """

    linked: int
    agreement: float
    guesses: int


def match_orders(
    people: Iterable[Sequence[int]], ballots: Iterable[Sequence[str]], truth: Mapping[int, str]
) -> Finding:
    """Lays every order of people beside every order of ballots, forwards and backwards."""
    found = []
    for persons in people:
        for papers in ballots:
            assert len(persons) == len(papers) == len(truth), "an order has to name everybody"
            place = {paper: rank for rank, paper in enumerate(papers)}
            ranks = [place[truth[person]] for person in persons]
            last = len(ranks) - 1
            forwards = sum(rank == expected for expected, rank in enumerate(ranks))
            backwards = sum(rank == last - expected for expected, rank in enumerate(ranks))
            found.append((max(forwards, backwards), abs(kendall(ranks))))
    return Finding(max(linked for linked, _ in found), max(tau for _, tau in found), 2 * len(found))


def kendall(ranks: Sequence[int]) -> float:
    """Kendall's tau of a permutation with the order 0, 1, 2, …"""
    pairs = math.comb(len(ranks), 2)
    return sum(1 if one < other else -1 for one, other in combinations(ranks, 2)) / pairs


def most_by_chance(guesses: int, expected: float = 1.0) -> int:
    """The number of right links that blind guessing exceeds less than once in a million times.

    The fixed points of a random permutation, and the hits of guesses among n ballots, follow a
    Poisson distribution of mean 1 very closely; several guesses share the risk.
    """
    tail, most = 1.0, -1
    while tail > RARE / guesses:
        most += 1
        tail -= math.exp(-expected) * expected**most / math.factorial(most)
    return most


def most_agreement(persons: int, guesses: int) -> float:
    """The rank correlation that a random order exceeds less than once in a million times.

    Tau of a random permutation is close to normal, with variance 2(2n+5)/(9n(n-1)) (Kendall 1938,
    doi:10.1093/biomet/30.1-2.81).
    """
    deviation = math.sqrt(2 * (2 * persons + 5) / (9 * persons * (persons - 1)))
    low, high = 0.0, 10.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if math.erfc(middle / math.sqrt(2)) > RARE / guesses else (low, middle)
    return high * deviation


def is_chance(finding: Finding, persons: int) -> bool:
    """Whether a finding is no better than blind guessing."""
    few = finding.linked <= most_by_chance(finding.guesses)
    return few and finding.agreement <= most_agreement(persons, finding.guesses)
