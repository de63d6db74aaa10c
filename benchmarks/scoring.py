"""Scoring a large survey: Peil next to a loop of bare NumPy that knows this questionnaire by heart."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from analysis.dataset import Dataset
from analysis.scoring import score_dataset, sum_by_group
from benchmarks.material import PER_SCALE, Codes, invent_answers, invent_groups, item_keys, write_survey
from benchmarks.measure import Measurement, Tick, cpu_minima, peak_megabytes
from instruments.questionnaire import Questionnaire

RESPONDENTS, SCALES, GROUPS = 1_000_000, 12, 160

#: What we promise: at most this many times the floor.
PROMISED_RATIO = 2.0

Table = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Figures:
    """Results by scale and group, arrays of shape ``(scales, groups)``."""

    n: Table
    share: Table
    mean: Table
    variance: Table

    def check_equal(self, other: Figures) -> None:
        """Raises ``AssertionError`` unless all figures are the same; a variance but for the last digits."""
        for name in ("n", "share", "mean"):
            np.testing.assert_array_equal(getattr(self, name), getattr(other, name), err_msg=name)
        np.testing.assert_allclose(self.variance, other.variance, rtol=1e-12, atol=0, err_msg="variance")


def measure(
    rounds: int, tick: Tick, *, respondents: int = RESPONDENTS, scales: int = SCALES, groups: int = GROUPS
) -> Measurement:
    """Number, mean, variance and share above a cut-off of every scale in every group."""
    tick("inventing the answers")
    with tempfile.TemporaryDirectory() as folder:
        questionnaire = write_survey(Path(folder) / "survey.toml", scales).questionnaire
    answers = invent_answers(respondents, scales)
    group = invent_groups(respondents, groups)
    nowhere = np.full(respondents, -1, dtype=np.int32)
    dataset = Dataset("2026", respondents, answers, (), nowhere, {})
    product(dataset, questionnaire, group, groups).check_equal(floor(answers, scales, group, groups))
    best = cpu_minima(
        {
            "product": lambda: product(dataset, questionnaire, group, groups),
            "floor": lambda: floor(answers, scales, group, groups),
        },
        rounds,
        tick,
    )
    tick("memory")
    return Measurement(
        name="scoring",
        work=f"{respondents:,} respondents × {scales * PER_SCALE} items, {scales} scales in {groups} groups",
        product=best["product"],
        floor=best["floor"],
        memory=peak_megabytes(lambda: product(dataset, questionnaire, group, groups)),
        promise=f"at most {PROMISED_RATIO} × the floor",
        kept=best["product"] <= PROMISED_RATIO * best["floor"],
    )


def product(dataset: Dataset, questionnaire: Questionnaire, group: npt.NDArray[np.int16], groups: int) -> Figures:
    """The way a release is made: all scores of everyone, then their sums by group."""
    scored = score_dataset(dataset, questionnaire)
    rows: list[list[Table]] = []
    for measure in questionnaire.measures:
        sums = sum_by_group(scored[measure.key], group, groups)
        assert sums.yes is not None and sums.total is not None
        with np.errstate(invalid="ignore"):  # nobody in a group: no share and no mean
            share, mean = sums.yes / sums.n, sums.total / (sums.n * sums.denominator)
        variance = np.array([sums.spread(place) ** 2 for place in range(groups)])
        rows.append([sums.n.astype(np.float64), share, mean, variance])
    return Figures(*(np.array(column) for column in zip(*rows, strict=True)))


def floor(answers: Mapping[str, Codes], scales: int, group: npt.NDArray[np.int16], groups: int) -> Figures:
    """The best we would write by hand in NumPy for exactly these scales, and for nothing else.

    Sums and numbers of answers are small, so one count by group, answers and sum holds
    everything that is asked; no score of any respondent is kept. The work goes in pieces that
    stay in the processor's cache.
    """
    keys, most, piece = item_keys(scales), 5 * PER_SCALE, 1 << 17
    shape = (groups + 1, PER_SCALE + 1, most + 1)  # a row 0 for respondents in no group
    counts = np.zeros((scales, math.prod(shape)), dtype=np.int64)
    for start in range(0, group.size, piece):
        part = slice(start, start + piece)
        place = (group[part] + np.int64(1)) * (shape[1] * shape[2])
        for scale in range(scales):
            total = np.zeros(place.size, dtype=np.int8)
            answered = np.zeros(place.size, dtype=np.int8)
            for key in keys[PER_SCALE * scale : PER_SCALE * (scale + 1)]:
                codes = answers[key][part]
                total += np.maximum(codes, 0)  # a missing answer is negative
                answered += codes > 0
            counts[scale] += np.bincount(place + (answered * np.int16(shape[2]) + total), minlength=counts.shape[1])
    found = counts.reshape(scales, *shape)[:, 1:, 4:].reshape(scales, groups, -1)
    twentieths = np.concatenate([np.arange(most + 1) * 5, np.arange(most + 1) * 4])  # 20 / 4 and 20 / 5
    n = found.sum(axis=2)
    total_of, squares = found @ twentieths, found @ twentieths**2
    with np.errstate(invalid="ignore", divide="ignore"):
        share, mean = found[:, :, twentieths >= 70].sum(axis=2) / n, total_of / (n * 20)
        variance = (squares - total_of * total_of / n) / (n - 1) / 400
    return Figures(n.astype(np.float64), share, mean, np.where(n < 2, 0.0, variance))
