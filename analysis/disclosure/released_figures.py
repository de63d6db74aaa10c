"""What released figures say of people, yes-answers and points, whatever file they stand in.

The rounding is supposed to be ours (:mod:`analysis.disclosure.rounding`: a half away from zero) as long as
the figures allow it, else any rounding to the nearest. Within a file all shares of a measure are supposed to
have the decimals of the most exact one, since spreadsheets leave out zeros at the end.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Literal

import numpy as np

from analysis.disclosure.gate import SENSITIVE_THEMES
from analysis.disclosure.knowledge import Layer, Link, Numbers
from analysis.disclosure.plan import CellKey
from analysis.disclosure.released_files import Figures, ReleasedCell
from instruments.loading import load_catalogue
from instruments.model import Measure
from instruments.questionnaire import Questionnaire

#: For a score of which only the scale is known: the mean of up to ten questions is a whole number of these parts.
ANY_DENOMINATOR = math.lcm(*range(1, 11))

#: A printed number and the decimals it is rounded to.
Rounded = tuple[Decimal, int]


@dataclass(frozen=True, slots=True)
class Joint:
    """Everything that the files print of one open cell."""

    n_low: int
    n_high: int
    shares: tuple[Rounded, ...] = ()
    means: tuple[Rounded, ...] = ()


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two files that print different figures of one cell; ``apart`` when no answers can be behind both."""

    key: CellKey
    column: str
    first: tuple[str, Decimal | int]
    second: tuple[str, Decimal | int]
    apart: bool


@dataclass(frozen=True)
class Joined:
    """All cells, None where every file has them closed, and where files differ; in order of appearance."""

    cells: Mapping[CellKey, Joint | None]
    conflicts: tuple[Conflict, ...] = field(default=())


def join_cells(cells: Sequence[ReleasedCell]) -> Joined:
    """What is printed of each cell in all files together; a cell that is open in one of them is open."""
    decimals = _find_decimals(cells)
    found: dict[CellKey, Joint | None] = {}
    printed: dict[CellKey, dict[str, tuple[str, Decimal | int]]] = {}
    conflicts: list[Conflict] = []
    for cell in cells:
        found.setdefault(cell.key, None)
        if cell.figures is None:
            continue
        own = _as_joint(cell.figures, *decimals[cell.file, cell.key.wave, cell.key.measure])
        known = found[cell.key]
        both = own if known is None else _meet(known, own)
        conflicts += _differences(cell, printed.setdefault(cell.key, {}), apart=both is None)
        found[cell.key] = both or own
    return Joined(found, tuple(conflicts))


def _find_decimals(cells: Iterable[ReleasedCell]) -> dict[tuple[str, str, str], tuple[int, int]]:
    """By file, wave and measure the most decimals of its shares and of its means."""
    found: dict[tuple[str, str, str], tuple[int, int]] = {}
    for cell in cells:
        if cell.figures is not None:
            key = cell.file, cell.key.wave, cell.key.measure
            share, mean = found.get(key, (0, 0))
            found[key] = max(share, _decimals(cell.figures.share)), max(mean, _decimals(cell.figures.mean))
    return found


def _decimals(number: Decimal | None) -> int:
    exponent = 0 if number is None else number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _as_joint(figures: Figures, share_decimals: int, mean_decimals: int) -> Joint:
    shares = () if figures.share is None else ((figures.share, share_decimals),)
    means = () if figures.mean is None else ((figures.mean, mean_decimals),)
    return Joint(figures.n_low, figures.n_high, shares, means)


def _meet(one: Joint, other: Joint) -> Joint | None:
    low, high = max(one.n_low, other.n_low), min(one.n_high, other.n_high)
    shares = tuple(dict.fromkeys((*one.shares, *other.shares)))
    means = tuple(dict.fromkeys((*one.means, *other.means)))
    if low > high or not _overlap(shares) or not _overlap(means):
        return None
    return replace(one, n_low=low, n_high=high, shares=shares, means=means)


def _overlap(numbers: Sequence[Rounded]) -> bool:
    """Whether one number can be rounded to all of these."""
    spans = [(number - _half(decimals), number + _half(decimals)) for number, decimals in numbers]
    return not spans or max(low for low, _ in spans) <= min(high for _, high in spans)


def _half(decimals: int) -> Decimal:
    return Decimal(5).scaleb(-decimals - 1)


def _differences(
    cell: ReleasedCell, printed: dict[str, tuple[str, Decimal | int]], *, apart: bool
) -> Iterable[Conflict]:
    """Where a cell differs from what ``printed`` has of it, by column; ``printed`` takes in what it has not."""
    for column in fields(Figures):
        number = getattr(cell.figures, column.name)
        if number is None:
            continue
        first = printed.setdefault(column.name, (cell.file, number))
        if first[1] != number:
            yield Conflict(cell.key, column.name, first, (cell.file, number), apart)
            return  # one is enough: the others follow from it


@dataclass(frozen=True)
class Meaning:
    """What a measure is: whether it is about health or care, and the scale of its score, as far as known.

    ``bounds`` are whole points; one point is ``denominator`` of the parts in which points are counted.
    """

    sensitive: bool = False
    bounds: tuple[int, int] | None = None
    denominator: int = 1
    link: Link | None = None


@cache
def _catalogue() -> tuple[Questionnaire, Mapping[str, Measure]]:
    questionnaire = Questionnaire(tuple(load_catalogue().values()), ("nl", "en"))
    return questionnaire, {measure.key: measure for measure in questionnaire.measures}


def is_known(measure: str) -> bool:
    """Whether the catalogue of instruments has this measure."""
    return measure in _catalogue()[1]


def find_meaning(key: str, scale: tuple[int, int] | None, *, sensitive: bool) -> Meaning:
    """What the catalogue knows of a measure; ``scale`` and ``sensitive`` say it of others, or in its place."""
    questionnaire, measures = _catalogue()
    measure = measures.get(key)
    sensitive = sensitive or (measure is not None and measure.theme in SENSITIVE_THEMES)
    if scale is not None:
        return Meaning(sensitive, scale, ANY_DENOMINATOR)
    if measure is None or not measure.has_mean:
        return Meaning(sensitive)
    bounds, denominator = questionnaire.score_bounds(key), _parts_of_point(questionnaire, measure)
    return Meaning(sensitive, bounds, denominator, _link(measure, bounds, denominator))


def _parts_of_point(questionnaire: Questionnaire, measure: Measure) -> int:
    """The parts in which every possible score of one person is a whole number."""
    parts = 1
    if measure.statistic == "percent":
        scales = [questionnaire.item(key).scale for key in measure.items]
        parts = math.lcm(*(Fraction(100, scale.high - scale.low).denominator for scale in scales))
    if measure.statistic == "sum":
        return parts
    needed = max(measure.min_answered, 0 if measure.flag is None else measure.flag.min_answered)
    return parts * math.lcm(*range(max(1, needed), len(measure.items) + 1))


def _link(measure: Measure, bounds: tuple[int, int], denominator: int) -> Link | None:
    """What a yes says about the score, where it is a cut-off on the score itself."""
    flag = measure.flag
    if flag is None or flag.operator == "equals":
        return None
    lowest, highest = bounds[0] * denominator, bounds[1] * denominator
    limit = flag.threshold * denominator
    # Scores below this one are on the low side of the cut-off.
    first_high = math.ceil(limit) if flag.operator in ("at_least", "below") else math.floor(limit) + 1
    high_side, low_side = (first_high, highest), (lowest, first_high - 1)
    return Link(high_side, low_side) if flag.operator in ("at_least", "above") else Link(low_side, high_side)


class Misfit(Exception):
    """A cell of which the figures contradict each other: no number of people fits them."""

    def __init__(self, cell: int, quantity: str) -> None:
        super().__init__(f"cell {cell}")
        self.cell = cell
        self.quantity = quantity


def make_layer(
    name: Literal["yes", "points"], numbers: Sequence[Sequence[Rounded]], bounds: tuple[int, int], denominator: int
) -> Layer | None:
    """What printed shares (in percent, as people out of 100) or means say, shape ``(cells,)``; None if nothing."""
    places = max((decimals for rounded in numbers for _, decimals in rounded), default=None)
    if places is None:
        return None
    whole = 100 if name == "yes" else 1  # a share of 1 is printed as 100
    half = 10**places
    unit = 2 * half * whole
    bottom, top = bounds[0] * denominator, bounds[1] * denominator
    low, high = np.full(len(numbers), unit * bottom), np.full(len(numbers), unit * top)
    strict = np.zeros(len(numbers), dtype=np.int64)
    for cell, rounded in enumerate(numbers):
        for number, decimals in rounded:
            middle, reach = int(2 * half * number), 10 ** (places - decimals)
            low[cell] = max(low[cell], (middle - reach) * denominator)
            if (middle + reach) * denominator <= high[cell]:
                high[cell] = (middle + reach) * denominator
                strict[cell] = number >= 0  # a half goes away from zero
    return Layer(name, bottom, top, unit, low, high, strict)


def fit_layer(layer: Layer, printed: Sequence[int], n_low: Numbers, n_high: Numbers) -> Layer:
    """The layer with the rounding that all its ``printed`` cells allow. Raises :class:`Misfit`."""
    if all(_fits(layer, cell, n_low, n_high) for cell in printed):
        return layer
    any_rounding = replace(layer, strict=np.zeros_like(layer.strict))
    for cell in printed:
        if not _fits(any_rounding, cell, n_low, n_high):
            raise Misfit(cell, layer.name)
    return any_rounding


def _fits(layer: Layer, cell: int, n_low: Numbers, n_high: Numbers) -> bool:
    """Whether some number of people has a whole quantity between what is printed."""
    low, high, strict = int(layer.low[cell]), int(layer.high[cell]), int(layer.strict[cell])
    first = max(1, int(n_low[cell]))
    last = min(int(n_high[cell]), first + layer.unit)  # from there on the remainders repeat
    people = range(first, last + 1)
    return any(-(-low * n // layer.unit) <= (high * n - strict) // layer.unit for n in people)
