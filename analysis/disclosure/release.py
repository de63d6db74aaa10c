"""From scored answers to a release: closed where needed, rounded once, final."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cache

from analysis.dataset import Dataset
from analysis.disclosure.gate import INSIDERS, Decision, History, Proof, decide
from analysis.disclosure.models import Models, Opened, fit_models
from analysis.disclosure.plan import NO_CUT, RESPONSE, CellKey, ReportingPlan, only_totals
from analysis.disclosure.printing import NOTHING, UNKNOWN
from analysis.disclosure.rounding import printed_mean_interval, printed_share_interval, round_half_up
from analysis.estimate import mean_interval
from analysis.scoring import GroupSums
from analysis.units import TOTAL
from instruments.questionnaire import Questionnaire

COLUMNS = (
    "wave", "measure", "unit", "cut", "category", "n_low", "n_high", "share", "share_low", "share_high",
    "mean", "mean_low", "mean_high", "closed",
)  # fmt: skip


def own_spread_from(k: int) -> int:
    """The number of answers from which the interval of a mean may use the group's own spread: 3 k."""
    return 3 * k


@dataclass(frozen=True, slots=True)
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
    """All released cells of a survey, and nothing else: what reports, pages and files may read.

    ``proofs`` says by wave what the attacks on it came to; ``models`` what models say of the current wave.
    """

    plan: ReportingPlan
    k: int
    cells: Mapping[CellKey, Cell]
    proofs: Mapping[str, Proof] = field(default_factory=dict)
    models: Models = field(default_factory=Models)

    @property
    def smallest(self) -> int:
        """The smallest open group: the promised size and one insider, who knows the own answer."""
        return self.k + INSIDERS

    @property
    def proof(self) -> Proof:
        """What the attacks on the current wave came to."""
        return self.proofs.get(self.plan.wave, Proof())

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
        return as_csv(self.cells.values())

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of ``released.csv``, in hexadecimal."""
        return hashlib.sha256(self.as_csv().encode()).hexdigest()


def as_csv(cells: Iterable[Cell]) -> str:
    """Cells in the form of ``released.csv``."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(cell.row() for cell in cells)
    return stream.getvalue()


def release(
    datasets: Sequence[Dataset],
    questionnaire: Questionnaire,
    plan: ReportingPlan,
    k: int,
    history: History | None = None,
) -> Release:
    """The release of all waves in ``datasets`` under ``plan``, with groups of at least ``k`` + 1.

    ``history`` is what earlier releases forbid in the plan's own wave. Raises
    :class:`analysis.disclosure.knowledge.Inconsistent` and
    :class:`analysis.disclosure.knowledge.Unsolved`: then nothing may be published.
    """
    cells: dict[CellKey, Cell] = {}
    proofs, models = {}, Models()
    for dataset in datasets:
        current = dataset.wave == plan.wave
        own = plan if current else only_totals(plan, dataset.wave)
        decision = decide(dataset, questionnaire, own, k, history if current else None)
        printed = print_cells(decision, questionnaire, own, k)
        cells.update(printed)
        proofs[dataset.wave] = decision.proof
        if current:
            models = fit_models(dataset, questionnaire, own, opened_in(printed.values()), k + INSIDERS)
    return Release(plan, k, {key: cells[key] for key in plan.cells()}, proofs, models)


def opened_in(cells: Iterable[Cell]) -> Opened:
    """What is open for the organisation as a whole, which is all that a model may use."""
    categories: dict[tuple[str, str], set[str]] = {}
    for cell in cells:
        if not cell.closed and cell.key.unit == TOTAL:
            categories.setdefault((cell.key.measure, cell.key.cut), set()).add(cell.key.category)
    totals = frozenset(measure for measure, cut in categories if cut == NO_CUT)
    return Opened(totals, {key: frozenset(found) for key, found in categories.items()})


def print_cells(decision: Decision, questionnaire: Questionnaire, plan: ReportingPlan, k: int) -> dict[CellKey, Cell]:
    """All planned cells of the plan's own wave, as they are printed or closed."""
    return dict(_Printer(decision, questionnaire, plan, k).cells())


class _Printer:
    """Makes the cells of one wave."""

    def __init__(self, decision: Decision, questionnaire: Questionnaire, plan: ReportingPlan, k: int) -> None:
        self._decision = decision
        self._plan = plan
        self._k = k
        self._bounds = {measure.key: questionnaire.score_bounds(measure.key) for measure in questionnaire.measures}
        self._narrowed = {measure.key for measure in questionnaire.measures if measure.among is not None}

    def cells(self) -> Iterator[tuple[CellKey, Cell]]:
        """All planned cells of the wave, with their keys."""
        index = self._decision.structure.index
        for measure in (RESPONSE, *self._plan.measures):
            opened = self._decision.opened[measure]
            for place in self._plan.places_of(measure):
                key = CellKey(self._plan.wave, measure, place.unit, place.cut, place.category)
                number = index[place]
                yield key, self._cell(key, number) if opened[number] else Cell(key)

    def _cell(self, key: CellKey, number: int) -> Cell:
        printed, sums = self._decision.printed[key.measure], self._decision.sums[key.measure]
        low, high = int(printed.n_low[number]), int(printed.n_high[number])
        people = self._people(key.measure, number)
        if key.measure == RESPONSE:
            return _response_cell(key, low, high, people)
        share = share_low = share_high = None
        if printed.share[number] != NOTHING:
            share = int(printed.share[number])
            share_low, share_high = _share_interval(share, low, high, people)
        mean = mean_low = mean_high = None
        if printed.tenths[number] != NOTHING:
            mean = Decimal(int(printed.tenths[number])).scaleb(-1)
            mean_low, mean_high = self._mean_interval(key.measure, mean, sums, number, low, people)
        return Cell(key, low, high, share, share_low, share_high, mean, mean_low, mean_high, people)

    def _mean_interval(
        self, measure: str, mean: Decimal, sums: GroupSums, number: int, n: int, people: int | None
    ) -> tuple[Decimal, Decimal]:
        # In smaller groups the spread of all respondents stands in: a group's own spread, next
        # to its mean, would come close to printing its answers (disclosure rule 13).
        spread_of = number if n >= own_spread_from(self._k) else 0
        spread = sums.spread(spread_of)
        freedom = (n if spread_of == number else int(sums.n[0])) - 1
        interval = mean_interval(float(mean), spread, n, people, df=freedom)
        return printed_mean_interval(interval, *self._bounds[measure])

    def _people(self, measure: str, number: int) -> int | None:
        """People on the roster in a group, where the roster can know: not for carers or job types."""
        invited = int(self._decision.invited[number])
        if invited == UNKNOWN or measure in self._narrowed or self._decision.structure.derived[number]:
            return None
        return invited


#: Intervals are worked out once for each printed share, base and head count: small groups look alike.
_share_interval = cache(printed_share_interval)


def _response_cell(key: CellKey, low: int, high: int, people: int | None) -> Cell:
    """Who answered; the response follows from the printed number of answers and the roster."""
    if not people:
        return Cell(key, low, high)
    bounds = [min(100, int(round_half_up(Fraction(100 * n, people)))) for n in (low, high)]
    share = bounds[0] if low == high else None
    return Cell(key, low, high, share, bounds[0], bounds[1], invited=people)
