"""Reading a file of answers: Peil next to the CSV reader of Python's library alone."""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path

import numpy as np

from analysis.answers import read_answers
from benchmarks.material import MISSING, PER_SCALE, invent_answers, invent_groups, write_survey
from benchmarks.measure import Measurement, Tick, cpu_minima, peak_megabytes

RESPONDENTS, SCALES, UNITS = 100_000, 6, 20


def measure(rounds: int, tick: Tick, *, respondents: int = RESPONDENTS, scales: int = SCALES) -> Measurement:
    """From a file to a dataset: decoding, checking, and naming the line of a mistake if there were one."""
    with tempfile.TemporaryDirectory() as folder:
        tick("inventing the answers")
        survey = write_survey(Path(folder) / "survey.toml", scales)
        answers = invent_answers(respondents, scales)
        path = Path(folder) / "answers.csv"
        units = invent_groups(respondents, UNITS)
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["unit", *answers])
            columns = [np.where(codes == MISSING, "", codes.astype(str)).tolist() for codes in answers.values()]
            names = ["" if unit < 0 else f"Unit {unit + 1}" for unit in units.tolist()]
            writer.writerows(zip(names, *columns, strict=True))
        (dataset,) = read_answers(path, survey)
        for key, codes in answers.items():
            np.testing.assert_array_equal(dataset.codes[key], codes, err_msg=key)
        best = cpu_minima(
            {"product": lambda: read_answers(path, survey), "floor": lambda: floor(path)},
            rounds,
            tick,
        )
        tick("memory")
        return Measurement(
            name="reading",
            work=f"{respondents:,} rows × {scales * PER_SCALE} answers and a unit",
            product=best["product"],
            floor=best["floor"],
            memory=peak_megabytes(lambda: read_answers(path, survey)),
        )


def floor(path: Path) -> int:
    """Every row as a list of texts, looked at by nobody."""
    rows = 0
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for _ in csv.reader(stream, strict=True):
            rows += 1
    return rows
