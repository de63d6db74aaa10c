"""The benchmark of submitting with a handful of ballots: all arrive, and both sides keep what they got."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from benchmarks import submitting
from benchmarks.__main__ import BENCHMARKS


def test_submitting_measures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submitting, "peak_megabytes", lambda work: work() or 7.0)
    steps: list[str] = []
    found = submitting.measure(2, steps.append, ballots=3)

    assert found.product > 0 and found.floor > 0
    assert found.kept is (1 / found.ratio >= submitting.PROMISED_SPEED)
    assert found.work.startswith("3 ballots of ")
    assert steps == ["making a survey", "sealing ballots", "round 1 of 2", "round 2 of 2", "memory"]
    assert BENCHMARKS["submitting"] is submitting.measure


def test_the_floor_keeps_what_it_gets_and_waits_for_the_disk(tmp_path: Path) -> None:
    bodies = [json.dumps({"envelope": "x" * length}).encode() for length in (10, 5000)]
    with submitting.bare(tmp_path) as page:
        page(bodies)
    engine = create_engine(f"sqlite:///{tmp_path / 'bare.sqlite'}")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT length(data) FROM bare ORDER BY 1")).scalars().all() == [10, 5000]
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
    engine.dispose()


def test_what_is_refused_is_not_measured(tmp_path: Path) -> None:
    with submitting.bare(tmp_path) as page, pytest.raises(AssertionError):
        page([b"{}"])
