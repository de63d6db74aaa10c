"""Numbers and dates are printed as a Dutch and as an English reader expects them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.model import LANGUAGES, Language
from reports.numbers import DASH, MINUS, Numbers

DUTCH, ENGLISH = Numbers("nl"), Numbers("en")


@pytest.mark.parametrize(
    ("number", "dutch", "english"),
    [(0, "0", "0"), (742, "742", "742"), (1240, "1.240", "1,240"), (1234567, "1.234.567", "1,234,567")],
)
def test_thousands_are_parted_as_the_language_does(number: int, dutch: str, english: str) -> None:
    assert (DUTCH.integer(number), ENGLISH.integer(number)) == (dutch, english)


def test_decimals_are_parted_as_the_language_does() -> None:
    assert DUTCH.decimal(Decimal("3.21"), 2) == "3,21"
    assert ENGLISH.decimal(Decimal("3.21"), 2) == "3.21"
    assert DUTCH.decimal(1234.5, 1) == "1.234,5"
    assert ENGLISH.decimal(1234.5, 1) == "1,234.5"


def test_shares_have_the_decimals_that_were_published() -> None:
    assert DUTCH.percent(24) == "24%"
    assert DUTCH.percent(Decimal("23.1"), 1) == "23,1%"
    assert ENGLISH.percent(Decimal("23.1"), 1) == "23.1%"
    assert DUTCH.percent(Decimal("20.0"), 1) == "20,0%"


def test_intervals_have_a_dash_and_one_percent_sign() -> None:
    assert DUTCH.percent_range(22, 28) == f"22{DASH}28%" == "22–28%"
    assert DUTCH.range(Decimal("2.9"), Decimal("3.2"), 1) == "2,9–3,2"
    assert ENGLISH.range(Decimal("2.9"), Decimal("3.2"), 1) == "2.9–3.2"


@pytest.mark.parametrize(
    ("number", "decimals", "printed"),
    [
        (4, 0, "+4"),
        (-3, 0, "−3"),
        (0, 0, "0"),
        (2.25, 1, "+2,2"),
        (-0.7, 1, "−0,7"),
        (-0.04, 1, "0,0"),
        (0.04, 1, "0,0"),
        (-0.4, 0, "0"),
        (-1234.5, 1, "−1.234,5"),
    ],
)
def test_differences_have_a_sign_and_a_true_minus(number: float, decimals: int, printed: str) -> None:
    assert DUTCH.signed(number, decimals) == printed


@given(st.integers(), st.floats(-1e6, 1e6), st.sampled_from(LANGUAGES))
def test_no_number_has_a_hyphen_for_a_minus(whole: int, broken: float, language: Language) -> None:
    numbers = Numbers(language)
    for text in (numbers.integer(whole), numbers.decimal(broken, 1), numbers.signed(broken, 1), numbers.signed(whole)):
        assert "-" not in text
        assert text.startswith(MINUS) == text.count(MINUS)


@given(st.integers(-(10**12), 10**12), st.sampled_from(LANGUAGES))
def test_a_printed_number_can_be_read_back(number: int, language: Language) -> None:
    point = {"nl": ".", "en": ","}[language]
    assert int(Numbers(language).integer(number).replace(point, "").replace(MINUS, "-")) == number


def test_numbers_of_answers_are_exact_a_band_or_a_dash() -> None:
    assert DUTCH.answers(742, 742) == "742"
    assert DUTCH.answers(1240, 1240) == "1.240"
    assert DUTCH.answers(15, 19) == "15–19"
    assert DUTCH.answers(None, None) == DASH


def test_dates_have_the_month_in_words() -> None:
    assert DUTCH.date(dt.date(2026, 11, 23)) == "23 november 2026"
    assert ENGLISH.date(dt.date(2026, 11, 3)) == "3 November 2026"
    assert [DUTCH.date(dt.date(2026, month, 1)).split()[1] for month in (1, 3, 8)] == ["januari", "maart", "augustus"]


@pytest.mark.parametrize(
    ("first", "last", "dutch", "english"),
    [
        ((2026, 10, 5), (2026, 10, 5), "5 oktober 2026", "5 October 2026"),
        ((2026, 10, 5), (2026, 10, 23), "5 – 23 oktober 2026", "5 – 23 October 2026"),
        ((2026, 9, 28), (2026, 10, 9), "28 september – 9 oktober 2026", "28 September – 9 October 2026"),
        ((2026, 12, 14), (2027, 1, 8), "14 december 2026 – 8 januari 2027", "14 December 2026 – 8 January 2027"),
        ((2025, 10, 5), (2026, 10, 5), "5 oktober 2025 – 5 oktober 2026", "5 October 2025 – 5 October 2026"),
    ],
)
def test_a_period_repeats_no_month_or_year(
    first: tuple[int, int, int], last: tuple[int, int, int], dutch: str, english: str
) -> None:
    days = dt.date(*first), dt.date(*last)
    assert DUTCH.period(*days) == dutch
    assert ENGLISH.period(*days) == english
