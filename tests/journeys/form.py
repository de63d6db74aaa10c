"""A short form with all that a screen can hold: scales, numbers, conditions, a cut, a mirror, places to turn to."""

from __future__ import annotations

from typing import Any

from survey_app.anonymity.encoding import canonical

OFTEN = ("nooit", "soms", "vaak", "altijd")
OFTEN_EN = ("never", "sometimes", "often", "always")


def both(dutch: str, english: str) -> dict[str, str]:
    """A text in both languages."""
    return {"nl": dutch, "en": english}


def choice(key: str, text: dict[str, str], labels: list[dict[str, str]], shown_if: Any = None) -> dict[str, Any]:
    """A question with answers to choose from, coded from 1."""
    options = [{"code": code, "label": label} for code, label in enumerate(labels, start=1)]
    return {"key": key, "kind": "choice", "text": text, "options": options, "if": shown_if}


def journey_form() -> str:
    """The form of the journeys, as canonical JSON."""
    often = [both(dutch, english) for dutch, english in zip(OFTEN, OFTEN_EN, strict=True)]
    yes_no = [both("ja", "yes"), both("nee", "no")]
    cares = {"item": "care", "op": "equals", "value": 1}
    much = {"every": [cares, {"item": "hours", "op": "at_least", "value": 8}]}
    hours: dict[str, Any] = {
        "key": "hours", "kind": "number", "low": 0, "high": 168, "options": [], "if": cares,
        "text": both("Hoeveel uur per week?", "How many hours a week?"),
    }  # fmt: skip
    screens = [
        screen(
            "energy",
            both("Energie", "Energy"),
            [
                choice("tired", both("Hoe vaak ben je moe?", "How often are you tired?"), often),
                choice("empty", both("Hoe vaak ben je leeg?", "How often are you empty?"), often),
            ],
        ),
        screen(
            "care",
            both("Zorgen", "Caring"),
            [
                choice("care", both("Zorg je voor iemand?", "Do you care for someone?"), yes_no),
                hours,
                choice("known", both("Weet je baas het?", "Does your boss know?"), yes_no, much),
            ],
        ),
        screen(
            "heavy",
            both("Zware zorg", "Much care"),
            [choice("heavy", both("Is het zwaar?", "Is it a burden?"), often, much)],
        ),
    ]
    scores = {str(code): code for code in range(1, 5)}
    mirror = {
        "key": "fatigue", "name": both("Vermoeidheid", "Fatigue"), "low": 1, "high": 4, "statistic": "mean",
        "min_answered": 1, "ends": {"low": often[0], "high": often[3]},
        "items": [{"key": key, "low": 1, "high": 4, "scores": scores} for key in ("tired", "empty")],
        "national": {"text": both("20% is moe.", "20% are tired."), "source": both("NEA 2024", "NEA 2024")},
    }  # fmt: skip
    about = [
        {
            "key": "sex",
            "text": both("Ik ben", "I am"),
            "options": [
                {"key": "women", "label": both("een vrouw", "a woman")},
                {"key": "men", "label": both("een man", "a man")},
            ],
        }
    ]
    help_ = [{"name": both("Bedrijfsarts", "Company doctor"), "text": both("Bel gerust.", "Do call."), "phone": None}]
    return canonical(
        {
            "peil": 1,
            "languages": ["nl", "en"],
            "screens": screens,
            "about": about,
            "mirror": [mirror],
            "help": [{**place, "url": None} for place in help_],
        }
    )


def screen(key: str, title: dict[str, str], items: list[dict[str, Any]]) -> dict[str, Any]:
    """One topic."""
    return {"key": key, "title": title, "intro": both("", ""), "items": items}
