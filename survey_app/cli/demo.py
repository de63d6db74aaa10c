"""``peil demo``: an invented organisation, its report, and a page to read it on."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from importlib import resources
from pathlib import Path

import click

from survey_app.analysing import WRITTEN, Inputs
from survey_app.cli.analyse import ANY_PATH, run, summary
from survey_app.cli.application import open_application
from survey_app.cli.errors import BadInput
from survey_app.cli.progress import Progress
from survey_app.config import Config
from survey_app.demo import DEFAULT_SEED, PASSPHRASE, write_demo
from survey_app.demo.sheets import write_whole

#: What the demo makes before anything is analysed.
_MADE, STAFF = ("answers.csv", "roster.csv", "survey.toml"), "staff.csv"

#: Where the demo notes down what it made, to see later whether somebody changed it.
SUMS = "demo.json"

#: The folder of the played survey, and the file in it that says that it may be thrown away.
STAGE, _MARK = "survey", "THIS-IS-A-DEMO.txt"

_SYNTHETIC = "Synthetic data: this organisation does not exist."


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
@click.option("--files-only", is_flag=True, help="Only the files and their report, without playing the survey.")
@click.option(
    "--serve/--no-serve",
    default=None,
    help="Serve the pages on this machine; without either, only on a terminal.",
)
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Where the pages are served."
)
@click.pass_obj
def demo(config: Config, out: Path, seed: int, files_only: bool, serve: bool | None, port: int) -> None:
    """Play a whole survey in a care group of about 1,200 invented people, and serve its pages.

    HR makes the promise, the works council signs it, mails go to a folder instead of to people,
    some 750 people answer over HTTP, the council opens the urn and checks every ballot, and the
    report is made. Then a second survey starts, for you to answer, and its links are printed.

    Writes answers.csv, roster.csv, survey.toml and staff.csv, the report, and everything of the
    survey itself in DIR/survey. With --files-only it is as if the answers had been collected
    elsewhere: the report is made from answers.csv exactly as 'peil analyse' does.
    """
    progress = Progress()
    try:
        progress("demo", 0.0)
        _refuse_real_files(out)
        files = write_demo(out, seed)
        _note_sums(out, seed)
        if files_only:
            results = run(Inputs(files.answers, files.survey, files.roster), out)
            click.echo(f"{_SYNTHETIC}\n{summary(results, out)}")
            return
        stage = _empty_stage(out)
        from survey_app.demo.staging import play  # only the play needs the web application
        from survey_app.serving import free_port

        port = free_port(port)
        played = play(out, stage, seed, f"http://127.0.0.1:{port}", progress)
        _note_sums(out, seed)
    except OSError as error:
        raise BadInput(f"{out}: cannot be written ({error.strerror}); name another folder with --out") from error
    finally:
        progress.done()
    click.echo(f"{_SYNTHETIC}\n{summary(played.results, out)}")
    click.echo(played.account)
    click.echo(f"Commands find it with PEIL_DATA={played.config.data_folder}")
    if serve or (serve is None and sys.stdout.isatty()):
        from survey_app.serving import serve as serve_pages

        click.echo("\nTo try, as long as the pages are served:")
        for what, address in played.links.items():
            click.echo(f"  {what}:\n    {address}")
        click.echo(
            f"  The council's key file and passphrase: {stage / 'council' / 'council-key.json'}, '{PASSPHRASE}'\n"
        )
        serve_pages(open_application(played.config), port)
    elif serve is None:
        click.echo("Not on a terminal, so the pages are not served; ask for it with --serve.")


def _empty_stage(out: Path) -> Path:
    """An empty folder for the played survey; that of an earlier demo is thrown away."""
    stage = out / STAGE
    if stage.exists():
        if not (stage / _MARK).is_file():
            raise BadInput(f"{stage}: is not the demo's and would be replaced; name another folder with --out")
        shutil.rmtree(stage)
    stage.mkdir()
    write_whole(stage / _MARK, "Everything in this folder is invented, and is thrown away by the next 'peil demo'.\n")
    return stage


def _refuse_real_files(out: Path) -> None:
    """Refuses a folder with files of these names that no demo made, or that were changed since."""
    survey = out / "survey.toml"
    made = resources.files("survey_app.demo").joinpath("survey.toml").read_text(encoding="utf-8")
    if survey.is_file() and survey.read_bytes() == made.encode():
        for name in _changed_since(out):
            raise BadInput(f"{out / name}: was changed and would be replaced; name another folder with --out")
        return
    for name in (*_MADE, STAFF, SUMS, *WRITTEN):
        if (out / name).exists():
            raise BadInput(f"{out / name}: is not the demo's and would be replaced; name another folder with --out")


def _changed_since(out: Path) -> list[str]:
    """The demo's own input files that are no longer what it noted down."""
    try:
        sums = json.loads((out / SUMS).read_text(encoding="utf-8"))["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        return []  # a demo that was broken off while it wrote
    return [name for name, noted in sums.items() if (out / name).is_file() and _sum(out / name) != noted]


def _note_sums(out: Path, seed: int) -> None:
    present = [name for name in (*_MADE, STAFF) if (out / name).is_file()]
    note = {"synthetic": True, "seed": seed, "sha256": {name: _sum(out / name) for name in present}}
    write_whole(out / SUMS, json.dumps(note, indent=2) + "\n")


def _sum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
