"""The benchmarks at tiny sizes: they run, they compare like with like, and a broken promise fails."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analysis.dataset import Dataset
from benchmarks import __main__ as command
from benchmarks import gate, growth, reading, report, scoring
from benchmarks.material import MISSING, invent_answers, invent_groups, write_survey
from benchmarks.measure import Measurement, cpu_minima, peak_megabytes


def silent(step: str) -> None:
    """Progress for nobody."""


# Few respondents for their groups and many: the two ways in which sums by group are made.
@pytest.mark.parametrize(("respondents", "groups"), [(1, 1), (60, 7), (4000, 3), (140_000, 160)])
def test_product_and_floor_score_the_same(tmp_path: Path, respondents: int, groups: int) -> None:
    questionnaire = write_survey(tmp_path / "survey.toml", 2).questionnaire
    answers = invent_answers(respondents, 2)
    group = invent_groups(respondents, groups)
    dataset = Dataset("2026", respondents, answers, (), np.full(respondents, -1, dtype=np.int32), {})

    ours = scoring.product(dataset, questionnaire, group, groups)
    bare = scoring.floor(answers, 2, group, groups)

    ours.check_equal(bare)
    assert ours.n.shape == (2, groups)


def test_invented_answers_are_as_announced() -> None:
    answers = invent_answers(20_000, 1)
    gaps = np.mean([codes == MISSING for codes in answers.values()])

    assert {int(code) for codes in answers.values() for code in np.unique(codes)} == {MISSING, 1, 2, 3, 4, 5}
    assert 0.015 < gaps < 0.025
    assert all(np.array_equal(codes, answers[key]) for key, codes in invent_answers(20_000, 1).items())


@pytest.mark.parametrize("name", ["n", "share", "mean", "variance"])
def test_a_difference_between_product_and_floor_is_noticed(name: str) -> None:
    figures = {key: np.ones((2, 3)) for key in ("n", "share", "mean", "variance")}
    changed = {**figures, name: figures[name] * (1 + 1e-9)}

    with pytest.raises(AssertionError, match=name):
        scoring.Figures(**figures).check_equal(scoring.Figures(**changed))


def test_scoring_measures() -> None:
    found = scoring.measure(1, silent, respondents=500, scales=1, groups=2)

    assert found.product > 0 and found.floor > 0 and found.memory > 0
    assert found.kept is (found.ratio <= scoring.PROMISED_RATIO)


def test_reading_measures_and_promises_nothing() -> None:
    found = reading.measure(1, silent, respondents=200, scales=1)

    assert found.product > 0 and found.floor > 0
    assert found.kept is None


def test_report_measures_all_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "peak_megabytes", lambda work: 7.0)  # following every allocation is slow
    steps: list[str] = []
    found = report.measure(1, steps.append)

    assert int(found.work.split(" pages")[0]) >= 20
    assert found.floor < found.product
    assert steps == ["analysing the demo", "round 1 of 1", "memory"]


def test_report_and_floor_hold_the_same_amount() -> None:
    pages = [
        report.Page(("Eén twee", "drie", "vier"), lines=4, boxes=0, circles=3),
        report.Page(("vijf",), lines=0, boxes=2, circles=0),
    ]

    written = report.contents(report.floor(pages))

    assert [(len(page.texts), page.lines, page.boxes, page.circles) for page in written] == [(3, 4, 0, 3), (1, 0, 2, 0)]
    assert "".join(written[0].texts).replace(" ", "") == "Eéntweedrievier"


def test_works_take_turns_in_every_round() -> None:
    done: list[str] = []
    best = cpu_minima({"one": lambda: done.append("one"), "two": lambda: done.append("two")}, 2, silent)

    assert done == ["one", "two", "one", "two"]
    assert set(best) == {"one", "two"}


def test_measuring_takes_a_round() -> None:
    with pytest.raises(ValueError, match="at least one round"):
        cpu_minima({}, 0, silent)


def test_memory_is_the_highest_point() -> None:
    def work() -> None:
        np.ones(3_000_000, dtype=np.int8)
        np.ones(1_000_000, dtype=np.int8)

    assert peak_megabytes(work) == pytest.approx(3, abs=0.1)


@pytest.mark.parametrize(("kept", "code", "word"), [(True, 0, "kept"), (False, 1, "BROKEN"), (None, 0, "")])
def test_only_a_broken_promise_fails(
    kept: bool | None, code: int, word: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = Measurement("knitting", "one scarf", 2.0, 1.0, 3.0, "at most 2 hours", kept)
    monkeypatch.setattr(command, "BENCHMARKS", {"knitting": lambda rounds, tick: found})

    assert command.main([]) == code

    shown = capsys.readouterr()
    assert "knitting     2.000 s   1.000 s    2.00      3 MB" in shown.out
    assert ("promise: at most 2 hours" in shown.out) is (kept is not None)
    assert word in shown.out
    assert shown.err == "knitting …\n"


@pytest.mark.parametrize("arguments", [["sewing"], ["--rounds", "0"], ["--rounds", "many"]])
def test_nonsense_is_refused_before_anything_is_measured(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        command.main(arguments)

    assert refused.value.code == 2
    assert arguments[-1] in capsys.readouterr().err


def test_the_gate_is_measured_on_a_company_with_four_levels() -> None:
    found = gate.measure(1, silent, employees=200)
    assert found.product > 0 and found.floor > 0 and found.memory > 0
    assert found.kept is None  # nothing is promised for so small a company
    assert found.work.startswith("200 employees")
    _, dataset = gate.invent_survey(200)
    assert {len(path) for path in dataset.paths} == {3}


def test_growth_is_drawn_with_every_size_and_promise() -> None:
    picture = growth.draw([(500, 1.2), (5_000, 4.0), (50_000, 33.3)])
    assert picture.count("<circle") == 3
    for said in ("500", "5,000", "50,000", "33.3", "at most 10", "at most 90"):
        assert f">{said}</text>" in picture
