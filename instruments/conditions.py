"""Looking inside conditions: which items and measures they name, and what they say in words."""

from __future__ import annotations

from collections.abc import Iterator

from instruments.model import Compare, Condition, Every, Holds, Operator, Some

#: The operators as signs, for lists on a terminal and in a codebook.
SIGNS: dict[Operator, str] = {"at_least": ">=", "above": ">", "at_most": "<=", "below": "<", "equals": "="}


def items_in(condition: Condition) -> Iterator[str]:
    """The keys of the items that ``condition`` compares directly."""
    match condition:
        case Compare(item=item):
            yield item
        case Every(conditions=parts) | Some(conditions=parts):
            for part in parts:
                yield from items_in(part)


def measures_in(condition: Condition) -> Iterator[str]:
    """The keys of the measures whose flag ``condition`` looks at."""
    match condition:
        case Holds(measure=measure):
            yield measure
        case Every(conditions=parts) | Some(conditions=parts):
            for part in parts:
                yield from measures_in(part)


def describe_condition(condition: Condition) -> str:
    """The condition in one line, such as ``care_now = 1 and (care_hours >= 8 or …)``."""
    match condition:
        case Compare(item=item, operator=operator, value=value):
            return f"{item} {SIGNS[operator]} {value}"
        case Holds(measure=measure, expected=expected):
            return measure if expected else f"not {measure}"
        case Every(conditions=parts):
            return " and ".join(_bracketed(part) for part in parts)
        case Some(conditions=parts):
            return " or ".join(_bracketed(part) for part in parts)


def _bracketed(condition: Condition) -> str:
    words = describe_condition(condition)
    return f"({words})" if isinstance(condition, Every | Some) else words
