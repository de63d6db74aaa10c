"""``peil demo``: an invented organisation, its report, and a page to read it on."""

from __future__ import annotations

import hashlib
import json
import sys
from importlib import resources
from pathlib import Path

import click

from survey_app.analysing import CERTIFICATE, WRITTEN, Inputs
from survey_app.cli.analyse import ANY_PATH, run, summary
from survey_app.cli.errors import BadInput
from survey_app.cli.progress import Progress
from survey_app.config import Config
from survey_app.demo import DEFAULT_SEED, write_demo

#: What the demo makes before it is analysed.
_MADE = ("answers.csv", "roster.csv", "survey.toml")


@click.command()
@click.option(
    "--out",
    default="peil-demo",
    show_default=True,
    type=ANY_PATH,
    metavar="DIR",
    help="Where the files go.",
)
@click.option(
    "--seed",
    default=DEFAULT_SEED,
    show_default=True,
    type=click.IntRange(min=0),
    help="Another seed, another organisation.",
)
@click.option(
    "--serve/--no-serve",
    default=None,
    help="Open the result page on this machine; without either, only on a terminal.",
)
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Where the page is served."
)
@click.pass_obj
def demo(config: Config, out: Path, seed: int, serve: bool | None, port: int) -> None:
    """Make the demo: a care group of about 1,200 invented people, two waves, one report.

    Writes answers.csv, roster.csv and survey.toml, and from them the report exactly as
    'peil analyse' does. Then shows the result page until you press Ctrl+C.
    """
    progress = Progress()
    progress("demo", 0.0)
    try:
        _refuse_real_files(out)
        files = write_demo(out, seed)
    except OSError as error:
        raise BadInput(f"{out}: cannot be written ({error.strerror}); name another folder with --out") from error
    finally:
        progress.done()
    results = run(Inputs(files.answers, files.survey, files.roster), out)
    click.echo("Synthetic data: this organisation does not exist.")
    click.echo(summary(results, out))
    if serve or (serve is None and sys.stdout.isatty()):
        from survey_app.serving import serve_results

        serve_results(results, out, port)
    elif serve is None:
        click.echo("Not on a terminal, so the result page is not served; ask for it with --serve.")


def _refuse_real_files(out: Path) -> None:
    """Refuses a folder with files of these names that no demo made, or that were changed since."""
    survey = out / "survey.toml"
    made = resources.files("survey_app.demo").joinpath("survey.toml").read_text(encoding="utf-8")
    if survey.is_file() and survey.read_bytes() == made.encode():
        for name in _changed_since(out):
            raise BadInput(f"{out / name}: was changed and would be replaced; name another folder with --out")
        return
    for name in (*_MADE, *WRITTEN):
        if (out / name).exists():
            raise BadInput(f"{out / name}: is not the demo's and would be replaced; name another folder with --out")


def _changed_since(out: Path) -> list[str]:
    """The demo's own input files that are no longer what its certificate says."""
    try:
        sums = json.loads((out / CERTIFICATE).read_text(encoding="utf-8"))["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        return []  # a demo that was broken off before its certificate
    present = [name for name in _MADE if (out / name).is_file()]
    return [name for name in present if hashlib.sha256((out / name).read_bytes()).hexdigest() != sums.get(name)]
