"""Routing on small forms written by hand, where the right outcome can be seen."""

from __future__ import annotations

from typing import Any

from survey_app.respond.routing import accepts, cleaned_about, cleaned_answers, visible_items, visible_screens


def choice(key: str, condition: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"key": key, "kind": "choice", "options": [{"code": code} for code in (0, 1, 2)], "if": condition}


def form(*items: dict[str, Any]) -> dict[str, Any]:
    return {"screens": [{"key": f"s{n}", "items": [item]} for n, item in enumerate(items)], "about": []}


CHAIN = form(
    choice("first"),
    choice("second", {"item": "first", "op": "at_least", "value": 1}),
    choice("third", {"item": "second", "op": "equals", "value": 0}),
)


def test_a_question_follows_from_an_answer() -> None:
    assert visible_items(CHAIN, {}) == ["first"]
    assert visible_items(CHAIN, {"first": 1}) == ["first", "second"]
    assert visible_items(CHAIN, {"first": 1, "second": 0}) == ["first", "second", "third"]
    assert visible_screens(CHAIN, {"first": 1}) == ["s0", "s1"]


def test_an_answer_that_is_no_longer_asked_for_drops_out_with_all_that_hangs_on_it() -> None:
    answers = {"first": 0, "second": 0, "third": 2}
    assert visible_items(CHAIN, answers) == ["first"]
    assert cleaned_answers(CHAIN, answers) == {"first": 0}
    assert cleaned_answers(CHAIN, answers | {"first": 2}) == {"first": 2, "second": 0, "third": 2}


def test_rather_not_say_is_an_answer_that_settles_nothing() -> None:
    low = form(choice("first"), choice("second", {"item": "first", "op": "at_most", "value": 0}))
    assert visible_items(low, {"first": 0}) == ["first", "second"]
    assert visible_items(low, {"first": -7}) == ["first"]
    assert cleaned_answers(low, {"first": -7, "second": 1}) == {"first": -7}


def test_every_and_some() -> None:
    one, other = ({"item": key, "op": "equals", "value": 1} for key in ("first", "second"))
    both = form(choice("first"), choice("second"), choice("third", {"every": [one, other]}))
    either = form(choice("first"), choice("second"), choice("third", {"some": [one, other]}))
    nobody = form(choice("first"), choice("third", {"some": []}))
    assert "third" in visible_items(both, {"first": 1, "second": 1})
    assert "third" not in visible_items(both, {"first": 1})
    assert "third" in visible_items(either, {"first": 1})
    assert "third" not in visible_items(either, {"first": 2})
    assert visible_items(nobody, {"first": 1}) == ["first"]


def test_what_is_no_answer_does_not_count() -> None:
    number = {"key": "hours", "kind": "number", "low": 0, "high": 24, "options": [], "if": None}
    asked = form(choice("first"), number)
    assert cleaned_answers(asked, {"first": 3, "hours": 25, "other": 1}) == {}
    assert cleaned_answers(asked, {"first": 2, "hours": 24}) == {"first": 2, "hours": 24}
    assert accepts(number, -7)
    assert not accepts(number, -1)


def test_about_keeps_known_categories_only() -> None:
    asked = {"screens": [], "about": [{"key": "sex", "options": [{"key": "men"}, {"key": "women"}]}]}
    assert cleaned_about(asked, {"sex": "men", "age": "15-24"}) == {"sex": "men"}
    assert cleaned_about(asked, {"sex": "cats"}) == {}
