"""The main job: from answers to a benchmark report, released figures and a certificate."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from analysis.answers import read_answers, read_roster
from analysis.benchmark.figures import load_figures
from analysis.disclosure.certificate import certificate
from analysis.results import Results, analyse
from analysis.survey import read_survey
from instruments.model import LANGUAGES
from instruments.packs import Pack
from reports.story import build_report

#: Says what is going on: a step, and how far it is from 0 to 1.
Report = Callable[[str, float], None]

RELEASED, CERTIFICATE = "released.csv", "certificate.json"


def report_name(language: str) -> str:
    """The file name of the report in a language."""
    return f"report-{language}.pdf"


@dataclass(frozen=True)
class Inputs:
    """The files to analyse; ``packs`` are imported wording packs by name."""

    answers: Path
    survey: Path
    roster: Path | None = None
    packs: Mapping[str, Pack] | None = None


def analyse_files(inputs: Inputs, out: Path, report: Report) -> Results:
    """Reads, analyses and writes ``report-nl.pdf``, ``report-en.pdf``, ``released.csv`` and
    ``certificate.json`` into ``out``, all of them or none.

    Raises :class:`analysis.errors.InputError` before anything is written.
    """
    report("survey", 0.0)
    survey = read_survey(inputs.survey, inputs.packs)
    headcounts = None
    if inputs.roster is not None:
        report("roster", 0.0)
        headcounts = read_roster(inputs.roster, survey)
    datasets = read_answers(inputs.answers, survey, headcounts, lambda part: report("answers", part))
    report("analysis", 0.0)
    results = analyse(survey, datasets, load_figures())
    files: dict[str, bytes] = {}
    for place, language in enumerate(LANGUAGES):
        report("report", place / len(LANGUAGES))
        files[report_name(language)] = build_report(results, language)
    files[RELEASED] = results.release.as_csv().encode()
    read = [path for path in (inputs.answers, inputs.survey, inputs.roster) if path is not None]
    sums = {path.name: _sha256(path.read_bytes()) for path in read}
    sums |= {name: _sha256(content) for name, content in files.items()}
    statement = certificate(results.release, sums, version("peil"), synthetic=survey.synthetic)
    files[CERTIFICATE] = (json.dumps(statement, indent=2, ensure_ascii=False) + "\n").encode()
    report("files", 0.0)
    write_together(out, files)
    return results


def write_together(folder: Path, files: Mapping[str, bytes]) -> None:
    """Writes all ``files`` into ``folder``: first beside it, then moved into place one by one."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".peil-", dir=folder) as waiting:
        for name, content in files.items():
            (Path(waiting) / name).write_bytes(content)
        for name in files:
            (Path(waiting) / name).replace(folder / name)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
