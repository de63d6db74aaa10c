"""The main job: from answers to a benchmark report, released figures and a certificate."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from analysis.answers import read_answers
from analysis.disclosure.certificate import certificate
from analysis.errors import InputError
from analysis.results import Results, analyse
from analysis.roster import read_roster
from analysis.survey import read_survey
from instruments.model import LANGUAGES
from instruments.packs import Pack
from reports.story import build_report
from survey_app.own_figures import check_named, figures_in

#: Says what is going on: a step, and how far it is from 0 to 1.
Report = Callable[[str, float], None]

RELEASED, CERTIFICATE = "released.csv", "certificate.json"


def report_name(language: str) -> str:
    """The file name of the report in a language."""
    return f"report-{language}.pdf"


#: Everything that is written, in the order of writing: the certificate speaks about the others.
WRITTEN = (*map(report_name, LANGUAGES), RELEASED, CERTIFICATE)


@dataclass(frozen=True)
class Inputs:
    """The files to analyse; ``packs`` are imported wording packs by name, ``figures`` a folder of added figures."""

    answers: Path
    survey: Path
    roster: Path | None = None
    packs: Mapping[str, Pack] | None = None
    figures: Path | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that are read."""
        return tuple(path for path in (self.answers, self.survey, self.roster) if path is not None)


def analyse_files(inputs: Inputs, out: Path, report: Report) -> Results:
    """Reads, analyses and writes ``report-nl.pdf``, ``report-en.pdf``, ``released.csv`` and
    ``certificate.json`` into ``out``, all of them or none.

    Raises :class:`analysis.errors.InputError` before anything is written, and ``OSError`` when
    writing fails; files that were there before are then there still.
    """
    _check_out(out)
    _check_files(inputs, out)
    report("survey", 0.0)
    sums = _sums(inputs)
    survey = read_survey(inputs.survey, inputs.packs)
    catalogue, added = figures_in(inputs.figures)
    check_named(inputs.survey, survey, catalogue)
    headcounts = None
    if inputs.roster is not None:
        report("roster", 0.0)
        headcounts = read_roster(inputs.roster, survey)
    datasets = read_answers(inputs.answers, survey, headcounts, lambda part: report("answers", part))
    if _sums(inputs) != sums:
        raise InputError(f"{inputs.answers}: this file or one beside it changed while it was read; run again")
    report("analysis", 0.0)
    results = analyse(survey, datasets, catalogue)
    files = draw_files(results, {**sums, **added}, report)
    report("files", 0.0)
    write_together(out, files)
    return results


def draw_files(results: Results, sums: Mapping[str, str], report: Report) -> dict[str, bytes]:
    """The content of each of :data:`WRITTEN`; ``sums`` says what the results were made from.

    ``sums`` maps names to SHA-256 sums in hexadecimal; the certificate repeats them.
    """
    files: dict[str, bytes] = {}
    for place, language in enumerate(LANGUAGES):
        report("report", place / len(LANGUAGES))
        files[report_name(language)] = build_report(results, language)
    files[RELEASED] = results.release.as_csv().encode()
    made = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    statement = certificate(
        results.release,
        {**sums, **made},
        version("peil"),
        synthetic=results.survey.synthetic,
        ledger=results.ledger,
    )
    files[CERTIFICATE] = (json.dumps(statement, indent=2, ensure_ascii=False) + "\n").encode()
    return files


def write_together(folder: Path, files: Mapping[str, bytes]) -> None:
    """Writes all ``files`` into ``folder``, made when absent, or none of them.

    They are written beside their places, then moved there one by one; when a move fails, what
    was there before is put back. Raises ``OSError``.
    """
    with _folder(folder), tempfile.TemporaryDirectory(prefix=".peil-", dir=folder) as waiting:
        new, old = Path(waiting, "new"), Path(waiting, "old")
        new.mkdir()
        old.mkdir()
        for name, content in files.items():
            (new / name).write_bytes(content)
            if (folder / name).exists():
                shutil.copy2(folder / name, old / name)
        moved: list[str] = []
        try:
            for name in files:
                moved.append(name)
                (new / name).replace(folder / name)
        except BaseException:
            for name in moved:
                _put_back(old / name, folder / name)
            raise


def _put_back(before: Path, place: Path) -> None:
    with suppress(OSError):  # the first failure is the one to tell about
        if before.exists():
            before.replace(place)
        else:
            place.unlink(missing_ok=True)


@contextmanager
def _folder(folder: Path) -> Iterator[None]:
    """Makes ``folder`` and the folders above it, and removes what it made when the work inside fails."""
    absent = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        for path in absent:
            with suppress(OSError):
                path.rmdir()
        raise


def _check_out(out: Path) -> None:
    """Refuses a folder that cannot be written, before time is spent on the analysis."""
    nearest = next((path for path in (out, *out.absolute().parents) if path.exists()), out)
    if not nearest.is_dir():
        raise InputError(f"{nearest}: is a file, and --out needs a folder; name another one")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise InputError(f"{nearest}: is a folder in which you may not write; name another one with --out")
    for name in WRITTEN:
        if (out / name).is_dir():
            raise InputError(f"{out / name}: is a folder where a file has to go; move it, or name another --out")


def _check_files(inputs: Inputs, out: Path) -> None:
    """Refuses files that the certificate could not tell apart, or that writing would destroy."""
    for path in inputs.files:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise InputError(f"{path}: is not a plain file, and it is read twice; save it as a file first")
        if any((out / name).exists() and path.exists() and path.samefile(out / name) for name in WRITTEN):
            raise InputError(f"{path}: would be replaced by the report of that name; name another folder for --out")
        if path.name in WRITTEN:
            raise InputError(f"{path}: has the name of a file that is written; give it another name")
    for place, path in enumerate(inputs.files):
        for other in inputs.files[:place]:
            if path.exists() and other.exists() and path.samefile(other):
                raise InputError(f"{path}: is named twice; answers, survey and roster are three different files")
            if path.name == other.name:
                raise InputError(f"{path}: has the same file name as {other}; rename one, for the certificate's sake")


def _sums(inputs: Inputs) -> dict[str, str]:
    """The SHA-256 of each file that is read, in hexadecimal, by file name."""
    sums = {}
    for path in inputs.files:
        try:
            with path.open("rb") as stream:
                # A name in another encoding than UTF-8 could not be written into the certificate.
                name = path.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
                sums[name] = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror}); check the path") from error
    return sums
