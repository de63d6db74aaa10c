"""Looking inside conditions."""

from __future__ import annotations

from instruments.conditions import describe_condition, items_in, measures_in
from instruments.model import Compare, Every, Holds, Some

RULE = Every(
    (
        Compare("care_now", "equals", 1),
        Some((Compare("care_hours", "at_least", 8), Holds("tired", expected=False))),
        Holds("busy"),
    )
)


def test_items_are_found_at_every_depth() -> None:
    assert list(items_in(RULE)) == ["care_now", "care_hours"]


def test_measures_are_found_at_every_depth() -> None:
    assert list(measures_in(RULE)) == ["tired", "busy"]


def test_the_description_keeps_the_grouping() -> None:
    assert describe_condition(RULE) == "care_now = 1 and (care_hours >= 8 or not tired) and busy"


def test_every_operator_has_its_sign() -> None:
    signs = [describe_condition(Compare("x", op, 2)) for op in ("at_least", "above", "at_most", "below", "equals")]
    assert signs == ["x >= 2", "x > 2", "x <= 2", "x < 2", "x = 2"]
