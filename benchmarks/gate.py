"""The gate on a whole survey: the default plan with all measures, next to the same tables without protection."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from analysis.answers import read_answers
from analysis.dataset import Dataset, Headcount
from analysis.disclosure.plan import RESPONSE, ReportingPlan
from analysis.disclosure.release import release
from analysis.disclosure.structure import build_structure
from analysis.results import plan_results
from analysis.scoring import Scored, derived_categories, score_dataset
from analysis.survey import Survey, read_survey
from analysis.units import UnitPath
from benchmarks.companies import invent_company
from benchmarks.measure import Measurement, Tick, cpu_minima, peak_megabytes
from survey_app.demo import write_demo

EMPLOYEES, LARGE = 5_000, 50_000

#: What we promise, by number of employees: CPU seconds on one of two cores, and megabytes.
PROMISED_SECONDS = {5_000: 10.0, 50_000: 90.0}
PROMISED_MEMORY = 1_000


def measure_large(rounds: int, tick: Tick) -> Measurement:
    """As :func:`measure` for :data:`LARGE` employees, once: one round takes as long as all others together."""
    return measure(min(rounds, 1), tick, employees=LARGE)


def measure(rounds: int, tick: Tick, *, employees: int = EMPLOYEES) -> Measurement:
    """Everything between the answers of a company and the cells that leave the gate."""
    tick("inventing the answers")
    survey, everybody = invent_survey(employees)
    plan, dataset = plan_results(survey, everybody, survey.waves)
    best = cpu_minima(
        {
            "product": lambda: release([dataset], survey.questionnaire, plan, survey.k),
            "floor": lambda: unprotected(survey, dataset, plan),
        },
        rounds,
        tick,
    )
    tick("memory")
    memory = peak_megabytes(lambda: release([dataset], survey.questionnaire, plan, survey.k))
    cells, seconds = sum(1 for _ in plan.cells()), PROMISED_SECONDS.get(employees)
    return Measurement(
        name="gate" if employees < LARGE else "gate-large",
        work=f"{employees:,} employees, {dataset.n:,} answered, {len(plan.tree)} units, {cells:,} cells",
        product=best["product"],
        floor=best["floor"],
        memory=memory,
        promise="" if seconds is None else f"at most {seconds:.0f} s and {PROMISED_MEMORY} MB",
        kept=None if seconds is None else best["product"] <= seconds and memory <= PROMISED_MEMORY,
    )


def unprotected(survey: Survey, dataset: Dataset, plan: ReportingPlan) -> object:
    """The same tables as plain sums: scoring, and counting every cell of every measure."""
    scored = score_dataset(dataset, survey.questionnaire)
    scored[RESPONSE] = Scored(np.ones(dataset.n, dtype=bool), None, None)
    derived = {cut.key: derived_categories(scored, *cut.rests_on) for cut in plan.cuts if cut.rests_on}
    structure = build_structure(dataset, plan, derived)
    return {measure: structure.sums(each) for measure, each in scored.items()}


def invent_survey(employees: int) -> tuple[Survey, Dataset]:
    """The demo's survey in a company of any size: four levels, and the demo's respondents drawn at random."""
    with tempfile.TemporaryDirectory() as folder:
        files = write_demo(Path(folder))
        survey = replace(read_survey(files.survey), earlier=())
        demo = read_answers(files.answers, read_survey(files.survey), None)[-1]
    company = invent_company(employees)
    divisions = max(3, round((employees / 250) ** 0.6))
    paths = tuple((f"Division {int(path[0][1:]) % divisions + 1}", *path) for path in company.paths)
    invited: dict[UnitPath, int] = {}
    for team, count in enumerate(np.bincount(company.team, minlength=len(paths)).tolist()):
        invited[paths[team]] = count
    drawn = np.random.default_rng(employees).integers(0, demo.n, int(company.answered.sum()))
    dataset = Dataset(
        wave=survey.wave,
        n=drawn.size,
        codes={key: codes[drawn] for key, codes in demo.codes.items()},
        paths=paths,
        unit=company.team[company.answered],
        cuts={key: codes[drawn] for key, codes in demo.cuts.items()},
        headcount=Headcount(employees, invited, {}),
    )
    return survey, dataset
