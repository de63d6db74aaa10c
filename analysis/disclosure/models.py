"""Outputs of models, which are made from people's answers and not from printed cells: what may leave, and how.

The list is fixed before any result is seen: how reliable each scale is, which conditions go together with
fatigue, whether demands and autonomy are more than their sum, and what careless answers change. All of it is
about the organisation as a whole, and of the current wave. The rules, for a model gives its data back when it is
printed exactly enough:

1. Nothing is fitted to fewer than :data:`LEAST_PEOPLE` people, and nothing uses a measure whose total is closed.
2. A group in a model holds at least the smallest open group of each outcome, and its own figure is open;
   other groups are joined with the largest before anything is fitted.
3. Printed are whole percents and points, reliabilities and log odds in hundredths, intervals rounded outwards:
   no numbers of people, no p-values, no standard errors, nothing about one person.
4. Age is in bands, and the draws of the bootstrap have a fixed seed: asking again averages nothing out.
5. What is refused is left out, and does not say why.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np

from analysis.dataset import Dataset, IntArray, missing_code
from analysis.disclosure.plan import JOB_TYPES, QUALITY, ReportingPlan
from analysis.disclosure.rounding import round_half_up
from analysis.drivers import MOST_SCALES, drivers
from analysis.drivers import Refused as NoDrivers
from analysis.estimate import Interval, critical_value
from analysis.interaction import Refused as NoContrast
from analysis.interaction import interaction_contrast
from analysis.quality import SERIOUS, careless, with_and_without
from analysis.reliability import LEAST_PEOPLE, Coefficient, reliability
from analysis.scoring import BoolArray, FloatArray, Scored, derived_categories, item_scores, score_dataset
from instruments.model import Measure
from instruments.questionnaire import Questionnaire

#: Where the random numbers of every bootstrap begin.
SEED = 20261123

#: Fewest questions of a scale.
LEAST_ITEMS = 3

#: The measures of the demand–control model, and the cuts and measures that are taken into account.
DEMANDS, AUTONOMY, OUTCOME, JOB_TYPE = "high_demands", "low_autonomy", "fatigue", "job_type"
SCALES = (DEMANDS, AUTONOMY)
ADJUSTED = ("sex", "age", "carer")

#: Themes of outcomes, with which conditions may go together.
OUTCOMES = frozenset({"fatigue"})


@dataclass(frozen=True)
class Bounded:
    """A printed number with its 95% interval, rounded outwards."""

    value: Decimal
    low: Decimal
    high: Decimal


@dataclass(frozen=True)
class ScaleReliability:
    """Cronbach's alpha and McDonald's omega of a measure of ``items`` questions; None where one is not given."""

    measure: str
    items: int
    alpha: Bounded | None
    omega: Bounded | None
    doubtful: bool


@dataclass(frozen=True)
class DriverLine:
    """A scale and its part of the variance in percent.

    ``direction``: 1 when more of what the measure is named after goes demonstrably together with more of the
    outcome, -1 with less, 0 when that stays open.
    """

    measure: str
    share: Bounded
    direction: int


@dataclass(frozen=True)
class DriverTable:
    """What goes together with ``outcome``, the largest part first; ``r_squared`` in percent.

    ``leading``: the scales that are not demonstrably behind the first one, that one included.
    """

    outcome: str
    r_squared: Bounded
    lines: tuple[DriverLine, ...]
    leading: tuple[str, ...]


@dataclass(frozen=True)
class InterplayModel:
    """Demands × autonomy at equal composition. ``corners`` in percent: people at one standard deviation above and
    below the mean, demands first, much autonomy before little.

    ``beyond``: points that high demands with little autonomy go beyond the sum of both. ``adjusted``: keys of cuts
    and measures that were taken into account. ``log_odds``: the product's coefficient, which answers another question.
    """

    corners: tuple[int, int, int, int]
    beyond: Bounded
    adjusted: tuple[str, ...]
    log_odds: Bounded
    firth: bool

    @property
    def direction(self) -> int:
        """1 if together is demonstrably more than the sum, -1 if less, 0 if that stays open."""
        return int(self.beyond.low > 0) - int(self.beyond.high < 0)


@dataclass(frozen=True)
class Carelessness:
    """``share``: percent of respondents who drew attention; ``moved``: the most points, rounded up, by which any
    main figure changes without them."""

    share: int
    moved: int


@dataclass(frozen=True)
class Models:
    """What models say of the organisation in the current wave; empty where nothing may be said."""

    reliability: tuple[ScaleReliability, ...] = ()
    drivers: DriverTable | None = None
    interplay: InterplayModel | None = None
    carelessness: Carelessness | None = None


@dataclass(frozen=True)
class Opened:
    """What the gate opened for the organisation as a whole: measures, and for each cut its categories by measure."""

    totals: frozenset[str]
    categories: Mapping[tuple[str, str], frozenset[str]]


def fit_models(
    dataset: Dataset, questionnaire: Questionnaire, plan: ReportingPlan, opened: Opened, smallest: int
) -> Models:
    """All models of the fixed list, of one wave; ``smallest`` is the smallest open group."""
    if dataset.n < LEAST_PEOPLE:
        return Models()
    scored = score_dataset(dataset, questionnaire)
    return _Fitter(dataset, questionnaire, plan, scored, opened, smallest).models()


class _Fitter:
    def __init__(
        self,
        dataset: Dataset,
        questionnaire: Questionnaire,
        plan: ReportingPlan,
        scored: Mapping[str, Scored],
        opened: Opened,
        smallest: int,
    ) -> None:
        self._dataset = dataset
        self._questionnaire = questionnaire
        self._plan = plan
        self._scored = scored
        self._opened = opened
        self._smallest = smallest

    def models(self) -> Models:
        scales = list(self._scales())
        return Models(
            tuple(found for measure in scales if (found := self._reliability(measure)) is not None),
            self._drivers(scales),
            self._interplay(),
            self._carelessness(),
        )

    def _scales(self) -> Iterator[Measure]:
        """Measures of several questions with a score, each set of questions once."""
        seen = set()
        for measure in self._questionnaire.measures:
            if not measure.has_mean or measure.among is not None or len(measure.items) < LEAST_ITEMS:
                continue
            if measure.items not in seen and measure.key in self._opened.totals:
                yield measure
            seen.add(measure.items)

    def _reliability(self, measure: Measure) -> ScaleReliability | None:
        columns = [self._dataset.codes[key] for key in measure.items]
        complete = np.logical_and.reduce([column != missing_code(column.dtype) for column in columns])
        items = [self._questionnaire.item(key) for key in measure.items]
        scores = np.column_stack(
            [item_scores(item, column[complete]) for item, column in zip(items, columns, strict=True)]
        )
        found = reliability(scores.astype(np.float64), seed=SEED)
        alpha, omega = _coefficient(found.alpha), _coefficient(found.omega)
        if alpha is None and omega is None:
            return None
        given = [each for each in (found.alpha, found.omega) if isinstance(each, Coefficient)]
        return ScaleReliability(measure.key, len(items), alpha, omega, any(each.warn for each in given))

    def _drivers(self, scales: list[Measure]) -> DriverTable | None:
        outcome = next((measure for measure in scales if measure.theme in OUTCOMES), None)
        others = [measure for measure in scales if measure.theme not in {*OUTCOMES, QUALITY}][:MOST_SCALES]
        if outcome is None or not others:
            return None
        complete = np.logical_and.reduce([self._scored[measure.key].valid for measure in (outcome, *others)])
        table = np.column_stack([self._score(measure)[complete] for measure in others])
        found = drivers(table, self._score(outcome)[complete], names=[m.key for m in others], seed=SEED)
        if isinstance(found, NoDrivers):
            return None
        lines = tuple(
            DriverLine(
                line.name,
                _bounded(100 * line.share, Interval(100 * line.interval.low, 100 * line.interval.high), 0),
                _sign(line.correlation, found.n) * _turn(self._questionnaire.measure(line.name)) * _turn(outcome),
            )
            for line in found.drivers
        )
        first = found.drivers[0].name
        behind = {pair.smaller for pair in found.pairs if pair.larger == first and pair.settled}
        total = Interval(100 * found.interval.low, 100 * found.interval.high)
        return DriverTable(
            outcome.key,
            _bounded(100 * found.r_squared, total, 0),
            lines,
            tuple(line.measure for line in lines if line.measure not in behind),
        )

    def _interplay(self) -> InterplayModel | None:
        if not {DEMANDS, AUTONOMY, OUTCOME} <= self._opened.totals:
            return None
        if not set(JOB_TYPES) <= self._opened.categories.get((OUTCOME, JOB_TYPE), frozenset()):
            return None
        demands, autonomy, outcome = (self._scored[key] for key in (DEMANDS, AUTONOMY, OUTCOME))
        valid = demands.valid & autonomy.valid & outcome.valid
        if outcome.flag is None or int(valid.sum()) < LEAST_PEOPLE:
            return None
        yes, kinds = outcome.flag[valid], derived_categories(self._scored, DEMANDS, AUTONOMY)[valid]
        if not all(_both(yes[kinds == kind], self._smallest) for kind in range(len(JOB_TYPES))):
            return None
        high = [_turn(measure) * self._score(measure)[valid] for measure in map(self._questionnaire.measure, SCALES)]
        groups = {key: columns for key in ADJUSTED if (columns := self._groups(key, valid, yes)).shape[1]}
        covariates = np.column_stack(list(groups.values())) if groups else None
        try:
            found = interaction_contrast(high[0], -high[1], yes, covariates)
        except ArithmeticError:
            return None
        if isinstance(found, NoContrast) or found.product is None:
            return None
        corners = [int(round_half_up(Fraction(100 * share))) for share in found.corners]
        beyond = Interval(-100 * found.interval.high, -100 * found.interval.low)
        return InterplayModel(
            (corners[0], corners[1], corners[2], corners[3]),
            _bounded(100 * found.beyond_the_sum, beyond, 0),
            tuple(groups),
            _bounded(found.product.log_odds, found.product.interval, 2),
            found.product.firth,
        )

    def _groups(self, key: str, valid: BoolArray, yes: BoolArray) -> FloatArray:
        """A column of 0 and 1 for each group that stands for itself, all others being the base."""
        labels = self._labels(key)[valid]
        allowed = self._opened.categories.get((OUTCOME, key), frozenset())
        able = [
            number
            for number, label in enumerate(self._categories(key))
            if label in allowed and _both(yes[labels == number], self._smallest)
        ]
        # The base: the largest group, with everybody who does not stand in a group of their own.
        able.sort(key=lambda number: -int(np.count_nonzero(labels == number)))
        own = sorted(able[1:])
        return np.column_stack([np.empty((labels.size, 0)), *[labels == number for number in own]])

    def _labels(self, key: str) -> IntArray:
        if key in self._dataset.cuts:
            return self._dataset.cuts[key]
        scored = self._scored.get(key)
        if scored is None or scored.flag is None:
            return np.full(self._dataset.n, -1)
        return np.where(scored.valid, scored.flag.astype(np.int64), -1)

    def _categories(self, key: str) -> tuple[str, ...]:
        return next((cut.categories for cut in self._plan.cuts if cut.key == key), ())

    def _carelessness(self) -> Carelessness | None:
        serious = self._scored.get(SERIOUS) if SERIOUS in self._opened.totals else None
        flagged = careless(self._dataset, self._questionnaire, serious)
        count = int(flagged.sum())
        if min(count, self._dataset.n - count) < self._smallest:
            return None
        shifts = []
        for measure in self._questionnaire.measures:
            if measure.single_item or measure.among is not None or measure.theme == QUALITY or not measure.has_share:
                continue
            scored = self._scored[measure.key]
            if measure.key in self._opened.totals and _both(flagged[scored.valid], self._smallest):
                shift = with_and_without(scored, flagged).shift
                shifts += [] if shift is None else [abs(shift)]
        if not shifts:
            return None
        share = int(round_half_up(Fraction(100 * count, self._dataset.n)))
        return Carelessness(share, math.ceil(100 * max(shifts)))

    def _score(self, measure: Measure) -> FloatArray:
        scored = self._scored[measure.key]
        assert scored.numerator is not None
        found: FloatArray = scored.numerator / scored.denominator
        return found


def _both(yes: BoolArray, smallest: int) -> bool:
    """Whether at least ``smallest`` people stand on either side."""
    count = int(yes.sum())
    return min(count, yes.size - count) >= smallest


def _turn(measure: Measure) -> int:
    """-1 for a measure that is named after the low end of its score, as little autonomy is."""
    return -1 if measure.flag is not None and measure.flag.operator in ("at_most", "below") else 1


def _sign(correlation: float, n: int) -> int:
    """The sign of a correlation, 0 where Fisher's 95% interval holds 0 (1915, doi 10.1093/biomet/10.4.507)."""
    if abs(math.atanh(max(-0.999999, min(0.999999, correlation)))) * math.sqrt(n - 3) < critical_value(0.95):
        return 0
    return 1 if correlation > 0 else -1


def _coefficient(found: object) -> Bounded | None:
    return _bounded(found.value, found.interval, 2) if isinstance(found, Coefficient) else None


def _bounded(value: float, interval: Interval, decimals: int) -> Bounded:
    """Rounded, the interval outwards; never past the value itself."""
    scale = 10**decimals
    middle = round_half_up(Fraction(value), decimals)
    low, high = Decimal(math.floor(scale * interval.low)), Decimal(math.ceil(scale * interval.high))
    return Bounded(middle, min(middle, low.scaleb(-decimals)), max(middle, high.scaleb(-decimals)))
