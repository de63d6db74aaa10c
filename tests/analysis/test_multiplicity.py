"""Many comparisons: against R, a published example, the definitions, and organisations without differences."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.funnel import Position, equal_units_pvalue, position
from analysis.multiplicity import benjamini_hochberg, holm

# The fifteen p-values of the example in Benjamini and Hochberg (1995), section 4.1.
PUBLISHED = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0,
]  # fmt: skip


def test_benjamini_hochberg_is_that_of_r_and_finds_the_four_of_the_article() -> None:
    found = benjamini_hochberg(PUBLISHED)
    # R 4.2.2: p.adjust(p, "BH")
    by_r = [
        0.0015, 0.003, 0.0095, 0.035625, 0.0603, 0.0638571428571, 0.0638571428571, 0.0645, 0.0765, 0.486,
        0.5811818181818, 0.714875, 0.7532307692308, 0.8132142857143, 1.0,
    ]  # fmt: skip
    assert found.p == pytest.approx(by_r, abs=1e-12)
    assert found.rejected == (True,) * 4 + (False,) * 11


def test_holm_is_that_of_r_and_finds_three() -> None:
    found = holm(PUBLISHED)
    # R 4.2.2: p.adjust(p, "holm")
    by_r = [0.0015, 0.0056, 0.0247, 0.1140, 0.2211, 0.2780, 0.2780, 0.2780, 0.3213, *[1.0] * 6]
    assert found.p == pytest.approx(by_r, abs=1e-12)
    assert found.rejected == (True,) * 3 + (False,) * 12


def test_results_stand_in_the_order_of_the_tests() -> None:
    shuffled = np.random.default_rng(4).permutation(len(PUBLISHED))
    for method in (benjamini_hochberg, holm):
        plain, mixed = method(PUBLISHED), method([PUBLISHED[i] for i in shuffled])
        assert mixed.p == tuple(plain.p[i] for i in shuffled)
        assert mixed.rejected == tuple(plain.rejected[i] for i in shuffled)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40), st.sampled_from([0.01, 0.05, 0.2]))
def test_benjamini_hochberg_rejects_all_up_to_the_last_one_under_the_line(p: list[float], level: float) -> None:
    ordered = sorted(p)
    under = [i for i, value in enumerate(ordered, start=1) if value <= i / len(p) * level]
    expected = [value <= ordered[max(under) - 1] for value in p] if under else [False] * len(p)
    assert list(benjamini_hochberg(p, level).rejected) == expected


def test_holm_rejects_until_the_first_one_above_its_line() -> None:
    rng = np.random.default_rng(8)
    first = []
    for size in (1, 2, 5, 8, 8, 12, 20):
        p = rng.uniform(0, 0.3, size) ** 2  # some below the line, some above
        ordered = sorted(p)
        above = [i for i, value in enumerate(ordered) if value > 0.05 / (size - i)]
        first.append(above[0] if above else size)
        assert list(holm(p).rejected) == [value < ([*ordered, 1.0])[first[-1]] for value in p]
    assert 0 < sum(first) < 56


def test_a_single_test_stays_as_it_is() -> None:
    for method in (benjamini_hochberg, holm):
        assert (method([0.03]).p, method([0.03]).rejected) == ((0.03,), (True,))
        assert method([0.03], level=0.01).rejected == (False,)


@pytest.mark.parametrize(
    ("p", "level"), [([], 0.05), ([0.1, 1.2], 0.05), ([-0.1], 0.05), ([float("nan")], 0.05), ([0.1], 0.0), ([0.1], 1)]
)
def test_what_is_no_p_value_or_level_is_refused(p: list[float], level: float) -> None:
    for method in (benjamini_hochberg, holm):
        with pytest.raises(ValueError, match=r"p-value|level"):
            method(p, level)


# ------------------------------------------------------------------------- thirty units, no differences


def test_thirty_equal_units_give_less_than_one_false_alarm_in_ten_waves() -> None:
    rng = np.random.default_rng(20261)
    waves, plain, found, far = 150, 0, 0, 0
    for _ in range(waves):
        n = rng.integers(10, 81, 30)
        yes = rng.binomial(n, 0.2)
        p = equal_units_pvalue(yes, n)
        plain += sum(value < 0.05 for value in p)
        found += sum(benjamini_hochberg(p).rejected)
        total = yes.sum() / n.sum()
        places = [position(y / m, int(m), total, rounding=0) for y, m in zip(yes, n, strict=True)]
        far += sum(place in (Position.FAR_ABOVE, Position.FAR_BELOW) for place in places)
    assert 0.5 < plain / waves < 1.3
    assert found / waves <= 0.1
    assert far / waves <= 0.1
