"""``peil disclosure ask``: one more cut of a survey that was released."""

from __future__ import annotations

from collections.abc import Sequence

import click

from analysis.errors import did_you_mean, listed, quoted
from analysis.units import SEPARATOR, UnitPath
from survey_app.anonymity.manifest import Manifest
from survey_app.cli.errors import BadInput
from survey_app.cli.progress import Progress
from survey_app.cli.steps import steps
from survey_app.commission.asking import REFUSAL, ask_for_cut, released_units
from survey_app.commission.lifecycle import promise_of
from survey_app.config import Config


@click.command("ask")
@click.argument("survey_id", metavar="SURVEY", type=str.lower)
@click.option("--unit", required=True, metavar="UNIT", help="Which unit to divide, such as 'Division > Team'.")
@click.option("--cut", required=True, metavar="CUT", help="By which cut of the survey, such as age.")
@click.option(
    "--role",
    type=click.Choice(["hr", "council", "board"]),
    default="hr",
    show_default=True,
    help="For whom it is asked; goes into the ledger.",
)
@click.pass_obj
def ask_command(config: Config, survey_id: str, unit: str, cut: str, role: str) -> None:
    """Divide one more unit of a released survey by a cut.

    The new figures are attacked together with everything that was released before. They are shown and
    written into the ledger, or refused with one sentence, whatever the reason.
    """
    with steps(config):
        _, manifest = promise_of(survey_id)
        path = _unit_of(released_units(survey_id), unit)
        _check_cut(manifest, cut)
        progress = Progress()
        try:
            progress("analysis", 0.0)
            cells = ask_for_cut(survey_id, path, cut, role)  # type: ignore[arg-type]  # click checked the choice
        finally:
            progress.done()
    if cells is None:
        click.echo(REFUSAL)
        raise click.exceptions.Exit(1)
    shown = sum(not cell.closed for cell in cells.values())
    click.echo(f"{shown} of {len(cells)} new figures are shown; they are in {config.release_folder(survey_id)}")


def _unit_of(paths: Sequence[UnitPath], unit: str) -> UnitPath:
    """The path of a unit as written; its name alone suffices when no other unit has it."""
    wanted = tuple(part.strip() for part in unit.split(SEPARATOR.strip()))
    found = [path for path in paths if wanted in (path, path[-1:])]
    if len(found) != 1:
        names = [SEPARATOR.join(path) for path in paths]
        hint = did_you_mean(unit, names) if not found else "; write the whole path, for more than one is called so"
        raise BadInput(f"--unit is {quoted(unit)}, which is no unit of this survey{hint}")
    return found[0]


def _check_cut(manifest: Manifest, cut: str) -> None:
    known = (*manifest.plan.cuts, "carer", "job_type")
    if cut not in known:
        hint = did_you_mean(cut, known) or f"; there are {listed(known)}"
        raise BadInput(f"--cut is {quoted(cut)}, which is no cut of this survey{hint}")
