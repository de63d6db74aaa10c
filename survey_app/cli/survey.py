"""``peil survey``: from a roster to a report, one step at a time."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import click
from flask import current_app

from analysis.units import SEPARATOR
from survey_app.anonymity import council
from survey_app.anonymity.encoding import Malformed, canonical
from survey_app.anonymity.manifest import Manifest
from survey_app.cli.analyse import ANY_PATH
from survey_app.cli.application import warn_of_address
from survey_app.cli.errors import BadInput
from survey_app.cli.progress import Progress
from survey_app.cli.steps import steps
from survey_app.commission import helpdesk, lifecycle
from survey_app.commission.commissioning import Files, Wishes, commission_survey
from survey_app.commission.promising import unit_paths
from survey_app.commission.releasing import release_survey
from survey_app.config import Config
from survey_app.entering import ROLES, new_staff_key, staff_link
from survey_app.stores import roster

#: An address that a manifest may hold.
_ADDRESS = re.compile(r"https?://[!-~]{1,400}")

_survey_id = click.argument("survey_id", metavar="SURVEY", type=str.lower)
_out_file = click.option("--out", required=True, type=ANY_PATH, metavar="FILE", help="Where the file goes.")
_sure = click.option("--yes", is_flag=True, help="Do not ask whether you are sure.")


@click.group()
def survey() -> None:
    """Run a survey that nobody can trace: invite, collect, open, report.

    The usual order: new, witness (from level 2 on), start, close, urn and opened (or open at level
    1), release, destroy. Staff can take the same steps on their pages; 'peil serve' serves them.
    """


@survey.command()
@click.argument("survey_file", type=ANY_PATH, metavar="SURVEY.toml")
@click.option("--roster", "roster_file", required=True, type=ANY_PATH, metavar="ROSTER.csv", help="Who is invited.")
@click.option("--council", "council_file", type=ANY_PATH, metavar="FILE", help="The works council's public key file.")
@click.option("--client", metavar="URL", help="Where the council serves a questionnaire of its own (level 3).")
@click.option("--earlier", type=ANY_PATH, metavar="ANSWERS.csv", help="Answers of the earlier waves.")
@click.option("--earlier-roster", type=ANY_PATH, metavar="ROSTER.csv", help="Who was invited to the earlier waves.")
@click.option(
    "--assisted/--no-assisted",
    default=True,
    help="Whether one may answer without JavaScript, which is confidential, not anonymous. [default: yes]",
)
@click.option("--remind-all", is_flag=True, help="Remind everybody in each round, whether they answered or not.")
@click.pass_obj
def new(
    config: Config,
    survey_file: Path,
    roster_file: Path,
    council_file: Path | None,
    client: str | None,
    earlier: Path | None,
    earlier_roster: Path | None,
    assisted: bool,
    remind_all: bool,
) -> None:
    """Make the promise of a new survey. Nothing is sent yet.

    Without --council the server holds the key and opens the urn by itself (level 1, anonymous in
    storage). With it, only the works council can open (level 2, sealed by the works council): it
    makes its key with 'peil council keygen' and hands over council-public.json.
    """
    public = _read_council(council_file)
    if client is not None and not _ADDRESS.fullmatch(client):
        raise BadInput(f"--client is '{client}', which is no web address; write it as https://raad.example.nl/peil")
    level = 1 if public is None else 3 if client else 2
    if client and public is None:
        raise BadInput("--client needs --council: a questionnaire of the council's own is of no use without its key")
    wishes = Wishes(
        level=level,
        opening_key=public.opening_key if public else None,
        witness_key=public.witness_key if public else None,
        assisted=assisted,
        remind_all=remind_all,
        independent_client=client,
    )
    files = Files(survey_file, roster_file, earlier, earlier_roster)
    with steps(config):
        progress = Progress()
        try:
            manifest = commission_survey(files, wishes, _today(), progress)
        finally:
            progress.done()
        click.echo(
            f"Survey {manifest.survey}: {manifest.organisation}, {manifest.invited} people invited, level {level}."
        )
        click.echo(f"Recognition words: {manifest.words}")
        for line in _merged(manifest):
            click.echo(line)
        own = sum(unit.invited > 0 for unit in manifest.units)
        click.echo(
            f"Credentials for {own} groups of at least {manifest.k_invite} people; smaller units joined the one above."
        )
        for role in ROLES:
            click.echo(f"{role:8}{staff_link(config.address, new_staff_key(manifest.survey, role))}")
        click.echo("These links are shown once. " + _NEXT[_stand(manifest.survey)].format(id=manifest.survey))
    warn_of_address(config)


@survey.command("list")
@click.pass_obj
def list_surveys(config: Config) -> None:
    """List all surveys with their state."""
    with steps(config):
        found = roster.surveys()
        for entry in found:
            if entry.manifest is not None:
                _, manifest = lifecycle.promise_of(entry.id)
                click.echo(f"{entry.id}  {entry.state.value:9} {manifest.organisation}, {manifest.wave}")
        if not found:
            click.echo("There is no survey yet. Begin with: peil survey new SURVEY.toml --roster ROSTER.csv")


@survey.command()
@_survey_id
@click.pass_obj
def show(config: Config, survey_id: str) -> None:
    """Show where a survey stands and what comes next."""
    with steps(config):
        entry, manifest = lifecycle.promise_of(survey_id)
        click.echo(f"{manifest.organisation}: {manifest.title['en']}, wave {manifest.wave}")
        click.echo(f"Level {manifest.level}, k = {manifest.k}, {manifest.opens} to {manifest.closes}")
        click.echo(f"{manifest.invited} people invited; recognition words: {manifest.words}")
        click.echo(f"State: {entry.state.value}. " + _NEXT[_stand(survey_id)].format(id=survey_id))


@survey.command()
@_survey_id
@_out_file
@click.pass_obj
def promise(config: Config, survey_id: str, out: Path) -> None:
    """Write the promise to a file, for the works council to read and sign."""
    with steps(config):
        entry, manifest = lifecycle.promise_of(survey_id)
        text = canonical({"form": entry.form, "kind": "promise", "manifest": manifest.text, "peil": 1})
        _write(out, text)
        click.echo(f"{out}: to be signed with 'peil council witness' or on the council's own page.")


@survey.command()
@_survey_id
@click.argument("file", type=ANY_PATH, metavar="WITNESS.json")
@click.pass_obj
def witness(config: Config, survey_id: str, file: Path) -> None:
    """Take in the works council's signature on the promise."""
    with steps(config):
        try:
            lifecycle.accept_witness(survey_id, _read_text(file))
        except Malformed as error:
            raise BadInput(f"{file}: is not the council's signature on this promise ({error})") from error
        click.echo("The promise is signed. " + _NEXT[_stand(survey_id)].format(id=survey_id))


@survey.command()
@_survey_id
@click.pass_obj
def start(config: Config, survey_id: str) -> None:
    """Let people answer; from now on invitations may go out."""
    with steps(config):
        lifecycle.start(survey_id)
        click.echo("The survey is running. " + _NEXT["running"].format(id=survey_id))


@survey.command()
@_survey_id
@click.option("--everybody/--open", required=True, help="Everybody, or only who is not done yet.")
@click.pass_obj
def remind(config: Config, survey_id: str, everybody: bool) -> None:
    """Choose who gets the reminders that are still to come.

    When everybody gets each of them, nobody can see from a reminder who has answered.
    """
    with steps(config):
        roster.set_remind_all(survey_id, everybody)
        click.echo("Everybody is reminded." if everybody else "Only people who are not done yet are reminded.")


@survey.command()
@_survey_id
@_sure
@click.pass_obj
def close(config: Config, survey_id: str, yes: bool) -> None:
    """Close a survey for good."""
    with steps(config):
        lifecycle.promise_of(survey_id)
        if not yes:
            click.confirm("No answer comes in after closing. Close it?", abort=True)
        lifecycle.close(survey_id)
        click.echo("The survey is closed. " + _NEXT[_stand(survey_id)].format(id=survey_id))


@survey.command()
@_survey_id
@_out_file
@click.pass_obj
def urn(config: Config, survey_id: str, out: Path) -> None:
    """Write the sealed ballots of a closed survey to a file for the works council."""
    with steps(config):
        _write(out, lifecycle.take_urn(survey_id))
        click.echo(f"{out}: to be opened with 'peil council open' or on the council's own page.")


@survey.command()
@_survey_id
@click.argument("file", type=ANY_PATH, metavar="OPENED.json")
@click.pass_obj
def opened(config: Config, survey_id: str, file: Path) -> None:
    """Take in the ballots that the works council opened."""
    with steps(config):
        try:
            lifecycle.accept_opened(survey_id, _read_text(file), _today())
        except Malformed as error:
            raise BadInput(f"{file}: is no opened urn of this survey, or it was changed ({error})") from error
        click.echo("The ballots are counted. " + _NEXT[_stand(survey_id)].format(id=survey_id))


@survey.command("open")
@_survey_id
@click.pass_obj
def open_here(config: Config, survey_id: str) -> None:
    """Open the urn of a survey at level 1, where the server holds the key."""
    with steps(config):
        _, manifest = lifecycle.promise_of(survey_id)
        if manifest.level != lifecycle.SERVER_OPENS:
            raise BadInput(
                f"only the works council can open this survey (level {manifest.level}); "
                f"hand it the urn: peil survey urn {survey_id} --out FILE"
            )
        progress = Progress()
        try:
            lifecycle.open_at_server(survey_id, _today(), lambda part: progress("opening", part))
        finally:
            progress.done()
        click.echo("The ballots are counted. " + _NEXT[_stand(survey_id)].format(id=survey_id))


@survey.command()
@_survey_id
@click.pass_obj
def release(config: Config, survey_id: str) -> None:
    """Make the report of an opened survey; what is released does not change any more."""
    with steps(config):
        progress = Progress()
        try:
            release_survey(survey_id, progress)
        finally:
            progress.done()
        click.echo(f"Released: {config.release_folder(survey_id)}")


@survey.command()
@_survey_id
@_sure
@click.pass_obj
def destroy(config: Config, survey_id: str, yes: bool) -> None:
    """Destroy the sealed ballots after the objection period."""
    with steps(config):
        lifecycle.promise_of(survey_id)
        if not yes:
            click.confirm("The sealed ballots cannot be brought back. Destroy them?", abort=True)
        lifecycle.destroy(survey_id, _today())
        click.echo("The sealed ballots are destroyed. The works council destroys its key with 'peil council destroy'.")


@survey.command()
@_survey_id
@click.argument("person", metavar="EMAIL-OR-NAME")
@click.pass_obj
def reissue(config: Config, survey_id: str, person: str) -> None:
    """Give somebody a new code, for who lost both the code and the way back.

    The old code stops working. When it was used already, a second ballot becomes possible: that is
    counted in public for the unit and capped for the survey.
    """
    with steps(config):
        code = helpdesk.reissue(survey_id, person)
        click.echo(f"New code: {code}")
        click.echo(f"Link: {config.address}/b/{survey_id}#{code.replace(' ', '')}")


@survey.command()
@_survey_id
@click.argument("person", metavar="EMAIL-OR-NAME")
@click.pass_obj
def revoke(config: Config, survey_id: str, person: str) -> None:
    """Take back the invitation of somebody who left, as long as it was not used."""
    with steps(config):
        helpdesk.revoke(survey_id, person)
        click.echo("The invitation is taken back.")


@survey.command()
@_survey_id
@click.argument("role", type=click.Choice(ROLES))
@click.pass_obj
def link(config: Config, survey_id: str, role: str) -> None:
    """Make a new link to the pages of HR, works council or board."""
    with steps(config):
        lifecycle.promise_of(survey_id)
        click.echo(staff_link(config.address, new_staff_key(survey_id, role)))


#: What comes after each stand of a survey.
_NEXT = {
    "unsigned": "Next, the works council signs: peil survey promise {id} --out promise.json",
    "promised": "Next: peil survey start {id}",
    "running": "Next: peil mail send; and after the last day: peil survey close {id}",
    "closed": "Next: peil survey urn {id} --out urn.json, which the works council opens",
    "closed-here": "Next: peil survey open {id}",
    "opened": "Next: peil survey release {id}",
    "released": "Next, after the objection period: peil survey destroy {id}",
    "archived": "Nothing is left to do.",
}


def _stand(survey_id: str) -> str:
    entry, manifest = lifecycle.promise_of(survey_id)
    if entry.state is roster.State.PROMISED and entry.witness is None:
        return "unsigned"
    if entry.state is roster.State.CLOSED and manifest.level == lifecycle.SERVER_OPENS:
        return "closed-here"
    return entry.state.value


def _merged(manifest: Manifest) -> list[str]:
    """Which units have no credential of their own, and with whom their people are counted."""
    homes = {
        person.path: manifest.path(person.unit)[-1].name
        for person in roster.invitations(manifest.survey)
        if person.path != unit_paths(manifest)[person.unit]
    }
    return [f"{SEPARATOR.join(path)}: counted with {home}" for path, home in sorted(homes.items())]


def _today() -> dt.date:
    today: dt.date = current_app.extensions["peil.today"]()
    return today


def _read_council(path: Path | None) -> council.CouncilPublic | None:
    if path is None:
        return None
    try:
        return council.read_public_file(_read_text(path))
    except Malformed as error:
        raise BadInput(f"{path}: is not the council's public key file, council-public.json ({error})") from error


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").removesuffix("\n")
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror}); check the path") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: is no text file; name the right one") from error


def _write(path: Path, text: str) -> None:
    if path.exists():
        raise BadInput(f"{path}: is there already; name another file with --out")
    path.write_text(text, encoding="utf-8")
