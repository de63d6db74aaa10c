"""Numbers of answers about carers do not add up to how many of a few were away (disclosure rule 8)."""

from __future__ import annotations

from math import ceil

import pytest

from analysis.dataset import Headcount
from analysis.disclosure.plan import CellKey, make_plan
from analysis.disclosure.release import Release, release
from instruments.model import Compare, Instrument, Item, Licence, Measure, Scale
from tests.analysis.organisations import dataset_of, survey_of, unchecked

_SCALE = Scale("five", (1, 2, 3, 4, 5), (1, 2, 3, 4, 5))


def _measure(key: str, theme: str, among: str | None = None) -> Measure:
    return Measure(key, theme, rule=Compare(key, "at_least", 4), among=among)  # type: ignore[arg-type]


def _instrument(*measures: Measure) -> Instrument:
    items = tuple(Item(measure.key, _SCALE) for measure in measures)
    licence = Licence("own", "the tests", "")
    return Instrument(measures[0].key, "1", measures[0].theme, (_SCALE,), items, measures, licence, (), {}, {})


def _released(carers: int, others: int, away: int) -> Release:
    """One organisation without units, of whom a third of both kinds find their work hard and all carers answer."""
    asked = [
        _instrument(_measure("carer", "care"), _measure("manager_knows", "own", "carer")),
        _instrument(_measure("hard", "own")),
    ]
    questionnaire = unchecked(asked)
    rows = [
        {"carer": 5, "manager_knows": 4 if place % 2 else 1, "hard": 5 if place % 3 else 1} for place in range(carers)
    ]
    rows += [{"carer": 1, "hard": 5 if place % 3 else 1} for place in range(others)]
    invited = carers + others + away
    dataset = dataset_of(questionnaire, rows, headcount=Headcount(invited, {}, {}))
    return release([dataset], questionnaire, make_plan(survey_of(questionnaire), [], ["2026"]), 10)


def _number(released: Release, measure: str, category: str = "") -> int:
    """The number of answers at least; 0 where it is closed."""
    return released.cells[CellKey("2026", measure, cut="carer" if category else "", category=category)].n_low or 0


@pytest.mark.parametrize(("carers", "others", "away"), [(55, 57, 0), (40, 60, 4), (31, 90, 10), (20, 200, 2)])
def test_of_few_absentees_nothing_is_learned_from_carers(carers: int, others: int, away: int) -> None:
    released = _released(carers, others, away)
    total = released.total("response")
    assert (total.n_low, total.n_high) == (carers + others + away - 10, carers + others + away)
    share = released.total("carer").share
    assert share is not None
    carers_at_least = max(_number(released, "hard", "carer"), _number(released, "manager_knows"))
    others_at_least = _number(released, "hard", "not_carer")
    # That many people; that many carers are so much of all who answered, and that many others the rest.
    for at_least in (
        carers_at_least + others_at_least,
        ceil(200 * carers_at_least / (2 * share + 1)),
        ceil(200 * others_at_least / (201 - 2 * share)),
    ):
        assert at_least <= total.n_low, (carers_at_least, others_at_least, share)
    assert released.total("manager_knows").n_low is not None, "they are told in a band"


def test_of_many_absentees_carers_are_shown_as_they_are() -> None:
    released = _released(55, 57, 60)
    assert [_number(released, "hard", category) for category in ("carer", "not_carer")] == [55, 57]
    assert _number(released, "manager_knows") == 55
