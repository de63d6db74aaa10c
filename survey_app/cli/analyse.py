"""``peil analyse``: from files of answers to a benchmark report."""

from __future__ import annotations

from pathlib import Path

import click

from analysis.disclosure.knowledge import NotReleasable
from analysis.errors import InputError
from analysis.results import Results
from instruments.model import InstrumentError
from instruments.packs import Pack, load_packs
from survey_app.analysing import Inputs, analyse_files
from survey_app.cli.errors import BadInput, NothingReleased
from survey_app.cli.progress import Progress
from survey_app.config import Config
from survey_app.own_figures import figures_folder

#: A path as it is; whether it can be read is said with a sentence that belongs to it.
ANY_PATH = click.Path(path_type=Path, readable=False)


@click.command()
@click.argument("answers", type=ANY_PATH, metavar="ANSWERS.csv")
@click.option("--survey", required=True, type=ANY_PATH, metavar="SURVEY.toml", help="What was asked.")
@click.option("--roster", type=ANY_PATH, metavar="ROSTER.csv", help="Who was invited, a row a person.")
@click.option("--out", required=True, type=ANY_PATH, metavar="DIR", help="Where the files go.")
@click.pass_obj
def analyse(config: Config, answers: Path, survey: Path, roster: Path | None, out: Path) -> None:
    """Make the benchmark report of ANSWERS.csv.

    Writes report-nl.pdf, report-en.pdf, released.csv and certificate.json into DIR. Files of
    those names are replaced; when something is wrong with the input, nothing is written.
    """
    try:
        packs = imported_packs(config)
    except InstrumentError as error:
        raise BadInput(f"{config.packs_folder}: {error}") from error
    results = run(Inputs(answers, survey, roster, packs, figures_folder(config)), out)
    click.echo(summary(results, out))


def run(inputs: Inputs, out: Path) -> Results:
    """Analyses with progress; problems become one sentence and exit code 2."""
    progress = Progress()
    try:
        return analyse_files(inputs, out, progress)
    except (InputError, InstrumentError) as error:
        raise BadInput(str(error)) from error
    except NotReleasable as error:
        raise NothingReleased(str(error)) from error
    except OSError as error:
        # What is read has sentences of its own, so this is about writing.
        raise BadInput(f"{out}: cannot be written ({error.strerror}); name another folder with --out") from error
    finally:
        progress.done()


def imported_packs(config: Config) -> dict[str, Pack]:
    """Imported wording packs by name, such as ``mental-fatigue.nl``."""
    return {f"{pack.instrument}.{pack.language}": pack for pack in load_packs(config.packs_folder)}


def summary(results: Results, out: Path) -> str:
    """What came out, in a few lines."""
    cells = list(results.release.cells.values())
    closed = sum(cell.closed for cell in cells)
    compared = sum(any(entry.difference is not None for entry in group) for group in results.comparisons.values())
    lines = [
        f"{out / 'report-nl.pdf'}",
        f"{out / 'report-en.pdf'}",
        f"{out / 'released.csv'}: {len(cells)} cells, {closed} closed",
        f"{out / 'certificate.json'}",
        f"{compared} figures compared with the country.",
    ]
    if closed == len(cells):
        lines.append(f"Every cell is closed: a figure needs at least {results.release.smallest} answers.")
    return "\n".join(lines)
