"""Invented questionnaires and answers of any size, the same on every run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from analysis.survey import Survey, read_survey

Codes = npt.NDArray[np.int8]

#: Items to a scale, and what stands for "no answer" among their codes.
PER_SCALE = 5
MISSING = np.iinfo(np.int8).min

#: Part of the answers that is missing.
GAPS = 0.02


def item_keys(scales: int) -> list[str]:
    """The columns of ``scales`` scales, in order."""
    return [f"scale{scale}_item{item}" for scale in range(1, scales + 1) for item in range(1, PER_SCALE + 1)]


def write_survey(path: Path, scales: int) -> Survey:
    """A survey of ``scales`` scales of five questions, answered from 1 to 5.

    A scale is the mean of at least four answers; a share is the people at 3.5 or higher.
    """
    lines = [
        "[survey]",
        'organisation = "Benchmark"',
        'title = "Benchmark"',
        'wave = "2026"',
        "fieldwork_from = 2026-01-05",
        "fieldwork_to = 2026-01-23",
        "synthetic = true",
        "[answers]",
        'unit = "unit"',
        "[[instruments]]",
        'id = "benchmark"',
        "[instruments.scales.agree]",
        "values = [1, 2, 3, 4, 5]",
    ]
    for key in item_keys(scales):
        lines += ["[[instruments.items]]", f'key = "{key}"', 'scale = "agree"']
    for scale in range(1, scales + 1):
        items = ", ".join(f'"scale{scale}_item{item}"' for item in range(1, PER_SCALE + 1))
        lines += [
            "[[instruments.measures]]",
            f'key = "scale{scale}"',
            f"items = [{items}]",
            'statistic = "mean"',
            "min_answered = 4",
            'flag = { at_least = "7/2", min_answered = 4 }',
            'higher_is = "worse"',
        ]
    lines += ["[instruments.texts.en]", 'title = "Benchmark"', "[instruments.texts.en.items]"]
    lines += [f'{key} = "Question {key}"' for key in item_keys(scales)]
    lines += ["[instruments.texts.en.scales.agree]", *(f'{code} = "answer {code}"' for code in range(1, 6))]
    for scale in range(1, scales + 1):
        lines += [f"[instruments.texts.en.measures.scale{scale}]", f'name = "scale {scale}"']
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_survey(path)


def invent_answers(respondents: int, scales: int) -> dict[str, Codes]:
    """One array of codes for each item."""
    rng = np.random.default_rng(20260105)
    answers = {}
    for key in item_keys(scales):
        codes = rng.integers(1, 6, respondents, dtype=np.int8)
        codes[rng.random(respondents, dtype=np.float32) < GAPS] = MISSING
        answers[key] = codes
    return answers


def invent_groups(respondents: int, groups: int) -> npt.NDArray[np.int16]:
    """For each respondent a group, or -1 for one in a hundred."""
    rng = np.random.default_rng(20260123)
    group = rng.integers(0, groups, respondents, dtype=np.int16)
    group[rng.random(respondents, dtype=np.float32) < 0.01] = -1
    return group
