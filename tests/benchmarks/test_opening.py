"""The benchmark of the opening, with a handful of ballots: it opens what it measures, and compares like with like."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks import opening
from survey_app.anonymity.sealing import unpad


@pytest.fixture(scope="module")
def material() -> Iterator[opening.Material]:
    """An urn of eight envelopes."""
    yield opening.invent_material(8)


def test_product_and_floor_open_the_same_envelopes(material: opening.Material) -> None:
    padded = opening.floor(material)

    assert [unpad(text).decode() for text in padded] == [ballot.text for ballot in material.ballots]
    assert opening.product(material).count('"id"') == len(padded) == 8
    assert {len(ballot.said.answers) for ballot in material.ballots} == {opening.ITEMS}


def test_opening_measures(material: opening.Material, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "invent_material", lambda ballots: material)
    steps: list[str] = []
    found = opening.measure(1, steps.append, ballots=8)

    assert steps == ["filling the urn", "round 1 of 1", "memory"]
    assert found.product > 0 and found.floor > 0 and found.memory > 0
    assert found.kept is (found.floor >= opening.PROMISED_SPEED * found.product)
