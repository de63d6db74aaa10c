"""Real answers, counted twice: what is released equals what pandas counts, to the last printed digit.

The data (5,400 people in 99 groups, published with the R package *multilevel*) are not part of the
project. They are looked for beside it, in ``../shared/data/bhr2000.csv``.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pandas as pd
import pytest
from scipy import stats

from analysis.answers import read_answers
from analysis.benchmark.figures import load_figures
from analysis.disclosure.release import Cell
from analysis.disclosure.rounding import printed_share_interval
from analysis.results import Results, analyse
from analysis.survey import read_survey

HERE = Path(__file__).resolve().parent
DATA = HERE.parents[2] / "shared" / "data" / "bhr2000.csv"

LEADERSHIP = ("AF06", "AF07", "AP12", "AP17", "AP33", "AP34", "AS14", "AS15", "AS16", "AS17", "AS28")
ASKED = (*LEADERSHIP, "HRS", "RELIG")
WITH_SHARE = (*LEADERSHIP, "RELIG")

pytestmark = pytest.mark.skipif(not DATA.is_file(), reason=f"the file {DATA.name} is not in ../shared/data")


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    return pd.read_csv(DATA)


@pytest.fixture(scope="module")
def results() -> Results:
    survey = read_survey(HERE / "bhr2000.toml")
    return analyse(survey, read_answers(DATA, survey), load_figures())


def rounded(total: int, n: int, step: str) -> Decimal:
    """``total / n`` with halves up: whole numbers are divided with far more digits than are kept."""
    return (Decimal(int(total)) / Decimal(int(n))).quantize(Decimal(step), ROUND_HALF_UP)


def assert_equals_pandas(cell: Cell, answers: pd.Series[int]) -> None:
    """Number of answers (or its band), mean and share of a cell against those of a column."""
    n, where = len(answers), cell.key
    if n >= 30:
        assert (cell.n_low, cell.n_high) == (n, n), where
    else:
        assert (cell.n_low, cell.n_high) == (n - n % 5, n - n % 5 + 4), where
    assert cell.mean == rounded(answers.sum(), n, "0.1"), where
    assert str(cell.mean) == f"{cell.mean:.1f}"
    if cell.key.measure == "HRS":
        assert cell.share is cell.share_low is cell.share_high is None
    else:
        assert cell.share == rounded(100 * (answers >= 4).sum(), n, "1"), where


def test_the_data_are_those_that_the_numbers_below_are_about(people: pd.DataFrame) -> None:
    assert list(people.columns) == ["GRP", *ASKED]
    assert people.shape == (5400, 14)
    assert people["GRP"].nunique() == 99
    assert sorted(people["GRP"].value_counts())[:3] == [8, 13, 16]
    assert not people.isna().any().any()


def test_everybody_and_every_group_is_there(results: Results, people: pd.DataFrame) -> None:
    assert results.release.plan.units == tuple(str(group) for group in sorted(people["GRP"].unique()))
    assert results.release.total("response").n_low == 5400
    assert results.release.plan.measures == ASKED
    assert results.release.plan.divided == set(ASKED)


@pytest.mark.parametrize("item", ASKED)
def test_the_whole_equals_pandas(item: str, results: Results, people: pd.DataFrame) -> None:
    assert_equals_pandas(results.release.total(item), people[item])


@pytest.mark.parametrize("item", ASKED)
def test_every_open_group_equals_pandas(item: str, results: Results, people: pd.DataFrame) -> None:
    compared = 0
    for group, answers in people.groupby("GRP")[item]:
        cell = results.release.unit(item, str(group))
        if not cell.closed:
            assert_equals_pandas(cell, answers)
            compared += 1
    assert compared == 97


@pytest.mark.parametrize("item", ("response", *ASKED))
def test_only_the_two_smallest_groups_are_closed(item: str, results: Results, people: pd.DataFrame) -> None:
    sizes = people["GRP"].value_counts()
    closed = [unit for unit in results.release.plan.units if results.release.unit(item, unit).closed]
    # Eight is below eleven; thirteen is the next smallest, and without it eight would follow by subtraction.
    assert sorted(int(sizes[int(unit)]) for unit in closed) == [8, 13]
    assert set(closed) == {str(group) for group in sizes.nsmallest(2).index}


@pytest.mark.parametrize("item", ASKED)
def test_subtraction_leaves_the_two_smallest_groups_together(item: str, results: Results, people: pd.DataFrame) -> None:
    total = results.release.total(item)
    units = [results.release.unit(item, unit) for unit in results.release.plan.units]
    exact = sum(cell.n_low or 0 for cell in units if cell.n_low == cell.n_high)
    banded = [cell for cell in units if cell.n_low != cell.n_high]
    least = (total.n_low or 0) - exact - sum(cell.n_high or 0 for cell in banded)
    most = (total.n_low or 0) - exact - sum(cell.n_low or 0 for cell in banded)
    assert least <= 8 + 13 <= most
    assert most >= 11


def test_the_interval_of_a_mean_is_that_of_scipy_rounded_outwards(results: Results, people: pd.DataFrame) -> None:
    for group, answers in people.groupby("GRP")["HRS"]:
        cell = results.release.unit("HRS", str(group))
        if cell.closed or len(answers) < 30:
            continue
        # As printed: around the mean in tenths, with the spread that pandas finds in the group.
        assert cell.mean is not None and cell.mean_low is not None and cell.mean_high is not None
        low, high = stats.t.interval(0.95, len(answers) - 1, float(cell.mean), answers.std() / len(answers) ** 0.5)
        assert 0 <= low - float(cell.mean_low) < 0.1 + 1e-9
        assert 0 <= float(cell.mean_high) - high < 0.1 + 1e-9


@pytest.mark.parametrize("item", WITH_SHARE)
def test_the_interval_of_a_share_follows_from_what_is_printed(item: str, results: Results) -> None:
    for unit in results.release.plan.units:
        cell = results.release.unit(item, unit)
        if not cell.closed:
            assert cell.share is not None and cell.n_low is not None and cell.n_high is not None
            interval = printed_share_interval(cell.share, cell.n_low, cell.n_high, None)
            assert (cell.share_low, cell.share_high) == interval


def test_own_questions_are_compared_with_no_official_figure(results: Results) -> None:
    assert results.comparisons == {}
    assert results.changes == {}
    assert all(finding.comparison is None for finding in results.findings)
    assert results.findings  # there is still something to say: the extremes, and the units that stand out
