"""From scored answers to a release: closed where needed, rounded once, final."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np

from analysis.dataset import Dataset, IntArray
from analysis.disclosure.plan import CARER_CATEGORIES, JOB_TYPES, NO_CUT, RESPONSE, CellKey, ReportingPlan
from analysis.disclosure.rounding import (
    n_band,
    possible_counts,
    printed_mean_interval,
    printed_share,
    printed_share_interval,
    round_half_up,
)
from analysis.disclosure.rules import Possible, close_small_groups, is_uniform, rest_is_of_one_mind
from analysis.estimate import mean_interval
from analysis.scoring import GroupSums, Scored, derived_categories, score_dataset, sum_by_group
from analysis.units import TOTAL
from instruments.questionnaire import Questionnaire

#: One insider knows the own answer, so a group must be one larger than promised.
INSIDERS = 1

#: Themes that are about health or caregiving: groups of one mind stay closed.
SENSITIVE_THEMES = frozenset({"fatigue", "care"})

COLUMNS = (
    "wave", "measure", "unit", "cut", "category", "n_low", "n_high", "share", "share_low", "share_high",
    "mean", "mean_low", "mean_high", "closed",
)  # fmt: skip


def own_spread_from(k: int) -> int:
    """The number of answers from which the interval of a mean may use the group's own spread: 3 k."""
    return 3 * k


@dataclass(frozen=True)
class Cell:
    """One figure as printed; every number is ``None`` when the cell is closed.

    ``n_low``–``n_high``: the number of answers, or its band. Shares in whole percent, means
    in tenths, both with 95% bounds rounded outwards. ``invited`` is the number of people on
    the roster, known to the employer, where there is one for this group.
    """

    key: CellKey
    n_low: int | None = None
    n_high: int | None = None
    share: int | None = None
    share_low: int | None = None
    share_high: int | None = None
    mean: Decimal | None = None
    mean_low: Decimal | None = None
    mean_high: Decimal | None = None
    invited: int | None = None

    @property
    def closed(self) -> bool:
        """Whether this figure stays closed."""
        return self.n_low is None

    def row(self) -> tuple[object, ...]:
        """The cell as a row of ``released.csv``; empty texts for what is not there."""
        numbers = (
            self.n_low, self.n_high, self.share, self.share_low, self.share_high,
            self.mean, self.mean_low, self.mean_high,
        )  # fmt: skip
        key = self.key
        head = (key.wave, key.measure, key.unit, key.cut, key.category)
        return (*head, *("" if number is None else number for number in numbers), int(self.closed))


@dataclass(frozen=True)
class Release:
    """All released cells of a survey, and nothing else: what reports, pages and files may read."""

    plan: ReportingPlan
    k: int
    cells: Mapping[CellKey, Cell]

    @property
    def smallest(self) -> int:
        """The smallest open group: the promised size and one insider, who knows the own answer."""
        return self.k + INSIDERS

    def cell(self, key: CellKey) -> Cell:
        """The released cell; raises ``KeyError`` for what the plan does not hold."""
        return self.cells[key]

    def total(self, measure: str, wave: str | None = None) -> Cell:
        """The organisation's figure, of the current wave unless told otherwise."""
        return self.cells[CellKey(wave or self.plan.wave, measure)]

    def unit(self, measure: str, unit: str) -> Cell:
        """A first-level unit's figure in the current wave."""
        return self.cells[CellKey(self.plan.wave, measure, unit)]

    def category(self, measure: str, cut: str, category: str) -> Cell:
        """The figure of one category of a cut, for the whole organisation."""
        return self.cells[CellKey(self.plan.wave, measure, TOTAL, cut, category)]

    def as_csv(self) -> str:
        """The content of ``released.csv``: one row for each planned cell, in plan order."""
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(cell.row() for cell in self.cells.values())
        return stream.getvalue()

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of ``released.csv``, in hexadecimal."""
        return hashlib.sha256(self.as_csv().encode()).hexdigest()


def release(datasets: Sequence[Dataset], questionnaire: Questionnaire, plan: ReportingPlan, k: int) -> Release:
    """The release of all waves in ``datasets`` under ``plan``, with groups of at least ``k`` + 1."""
    cells: dict[CellKey, Cell] = {}
    for dataset in datasets:
        cells.update(_Gate(dataset, questionnaire, plan, k + INSIDERS).cells())
    return Release(plan, k, {key: cells[key] for key in plan.cells()})


@dataclass(frozen=True)
class _Division:
    """One measure divided into groups, with what closes for this measure by itself."""

    cut: str
    keys: Sequence[CellKey]
    sums: GroupSums
    whole: GroupSums
    total_open: bool
    closed: tuple[bool, ...]


class _Gate:
    """Closes and rounds the cells of one wave."""

    def __init__(self, dataset: Dataset, questionnaire: Questionnaire, plan: ReportingPlan, k_eff: int) -> None:
        self._dataset = dataset
        self._plan = plan
        self._k_eff = k_eff
        self._scored = score_dataset(dataset, questionnaire)
        self._bounds = {measure.key: questionnaire.score_bounds(measure.key) for measure in questionnaire.measures}
        everyone = np.ones(dataset.n, dtype=bool)
        self._scored[RESPONSE] = Scored(everyone, None, None)
        self._sensitive = {m.key for m in questionnaire.measures if m.theme in SENSITIVE_THEMES}
        self._block = {
            m.key: (questionnaire.instrument_of(m.key).id, m.among)
            for m in questionnaire.measures
            if m.key in self._sensitive
        }
        self._narrowed = {m.key for m in questionnaire.measures if m.among is not None}

    def cells(self) -> dict[CellKey, Cell]:
        """All planned cells of this wave."""
        wanted = [key for key in self._plan.cells() if key.wave == self._dataset.wave]
        everyone = np.zeros(self._dataset.n, dtype=np.int8)
        cells: dict[CellKey, Cell] = {}
        divided: list[_Division] = []
        for measure in dict.fromkeys(key.measure for key in wanted):
            whole = sum_by_group(self._scored[measure], everyone, 1)
            parent = CellKey(self._dataset.wave, measure)
            people = self._invited(measure, NO_CUT, TOTAL)
            parent_open = int(whole.n[0]) >= self._k_eff and not self._uniform(measure, whole)
            cells[parent] = self._cell(parent, whole, 0, whole, people) if parent_open else Cell(parent)
            for cut, members in self._divisions():
                keys = [key for key in wanted if key.measure == measure and _division_of(key) == cut]
                if keys:
                    sums = sum_by_group(self._scored[measure], members, len(keys))
                    closed = self._closed(measure, sums, whole) if parent_open else (True,) * len(keys)
                    divided.append(_Division(cut, keys, sums, whole, parent_open, closed))
        for division, closed in zip(divided, self._closed_together(divided), strict=True):
            for group, key in enumerate(division.keys):
                people = self._invited(key.measure, division.cut, key.category or key.unit)
                is_open = not closed[group]
                cells[key] = self._cell(key, division.sums, group, division.whole, people) if is_open else Cell(key)
        return cells

    def _closed(self, measure: str, sums: GroupSums, whole: GroupSums) -> tuple[bool, ...]:
        """Which groups of one division close for one measure by itself."""
        sizes = [int(size) for size in sums.n]
        closed = close_small_groups(sizes, int(whole.n[0]), self._k_eff, self._uniform(measure, sums))
        if measure in self._sensitive:
            closed = _close_rest_of_one_mind(closed, sums, whole, self._k_eff)
        return closed

    def _closed_together(self, divided: Sequence[_Division]) -> list[tuple[bool, ...]]:
        """Sensitive questions of one block close together: next to open sisters with as many answers,
        a single closed question would say that its answers were (nearly) all the same. A question whose
        total is closed says so of everyone, and takes no sister with it."""
        together: dict[tuple[object, str], tuple[bool, ...]] = {}
        blocks = [(self._block_of(division), division.cut) for division in divided]
        for block, division in zip(blocks, divided, strict=True):
            before = together.get(block, division.closed)
            together[block] = tuple(one or other for one, other in zip(before, division.closed, strict=True))
        return [together[block] for block in blocks]

    def _block_of(self, division: _Division) -> object:
        measure = division.keys[0].measure
        return self._block.get(measure, measure) if division.total_open else measure

    def _uniform(self, measure: str, sums: GroupSums) -> list[int]:
        """Groups that give (nearly) one answer to a sensitive question."""
        if sums.yes is None or measure not in self._sensitive:
            return []
        return [group for group, n in enumerate(sums.n) if is_uniform(int(sums.yes[group]), int(n))]

    def _divisions(self) -> list[tuple[str, IntArray]]:
        divisions = [("unit", self._dataset.first_level_unit())]
        for cut in self._plan.cuts:
            if cut.categories == CARER_CATEGORIES and cut.key == "carer":
                divisions.append((cut.key, derived_categories(self._scored, "carer")))
            elif cut.categories == JOB_TYPES and cut.key == "job_type":
                divisions.append((cut.key, derived_categories(self._scored, "high_demands", "low_autonomy")))
            else:
                divisions.append((cut.key, self._dataset.cuts[cut.key]))
        return divisions

    def _invited(self, measure: str, cut: str, group: str) -> int | None:
        """People on the roster in a group, where the roster can know: not for carers or job types."""
        headcount = self._dataset.headcount
        if headcount is None or measure in self._narrowed:
            return None
        if cut == NO_CUT:
            return headcount.total
        if cut == "unit":
            return headcount.first_level().get(group, 0)
        return headcount.cuts.get(cut, {}).get(group)

    def _cell(self, key: CellKey, sums: GroupSums, group: int, whole: GroupSums, people: int | None) -> Cell:
        n = int(sums.n[group])
        low, high = n_band(n, self._k_eff)
        if people is not None and people < n:
            people = None  # the answers and the roster sort people differently; then the roster is no guide
        if key.measure == RESPONSE:
            return _response_cell(key, low, high, people)
        share = share_low = share_high = None
        if sums.yes is not None:
            share = printed_share(int(sums.yes[group]), n)
            share_low, share_high = printed_share_interval(share, low, high, people)
        mean = mean_low = mean_high = None
        if sums.total is not None:
            mean = round_half_up(Fraction(int(sums.total[group]), n * sums.denominator), 1)
            # In smaller groups the spread of all respondents stands in: a group's own spread, next
            # to its mean, would come close to printing its answers (disclosure rule 13).
            own = n >= own_spread_from(self._k_eff - INSIDERS)
            spread = sums.spread(group) if own else whole.spread(0)
            freedom = (n if own else int(whole.n[0])) - 1
            interval = mean_interval(float(mean), spread, n if own else low, people, df=freedom)
            mean_low, mean_high = printed_mean_interval(interval, *self._bounds[key.measure])
        return Cell(key, low, high, share, share_low, share_high, mean, mean_low, mean_high, people)


def _division_of(key: CellKey) -> str:
    return key.cut or ("unit" if key.unit != TOTAL else NO_CUT)


def _close_rest_of_one_mind(
    closed: tuple[bool, ...], sums: GroupSums, whole: GroupSums, k_eff: int
) -> tuple[bool, ...]:
    """``closed`` and as many of the smallest open groups as it takes until subtraction leaves it open
    how the closed rest answered a sensitive question.
    """
    still_open = sorted((int(n), group) for group, n in enumerate(sums.n) if not closed[group])
    while still_open and sum(n for n, _ in still_open) < int(whole.n[0]):
        if not rest_is_of_one_mind(
            _possible(whole, 0, k_eff), (_possible(sums, group, k_eff) for _, group in still_open)
        ):
            break
        del still_open[0]
    stays_open = {group for _, group in still_open}
    return tuple(group not in stays_open for group in range(len(closed)))


def _possible(sums: GroupSums, group: int, k_eff: int) -> Possible:
    """What a reader can make of a printed share and number of answers."""
    if sums.yes is None:
        return [(int(sums.n[group]), 0, int(sums.n[group]))]  # no share is printed, so anything fits
    n = int(sums.n[group])
    return possible_counts(printed_share(int(sums.yes[group]), n), *n_band(n, k_eff))


def _response_cell(key: CellKey, low: int, high: int, people: int | None) -> Cell:
    """Who answered; the response follows from the printed number of answers and the roster."""
    if not people:
        return Cell(key, low, high)
    bounds = [min(100, int(round_half_up(Fraction(100 * n, people)))) for n in (low, high)]
    share = bounds[0] if low == high else None
    return Cell(key, low, high, share, bounds[0], bounds[1], invited=people)
