"""``peil mail``: invitations and reminders."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from flask import Flask

from survey_app.cli.application import installation
from survey_app.cli.errors import BadInput
from survey_app.commission import helpdesk
from survey_app.commission.lifecycle import promise_of
from survey_app.config import Config
from survey_app.mail import outbox
from survey_app.mail.codes_in_force import WrongVault
from survey_app.mail.outbox import AnotherSender, Stage, Tally
from survey_app.mail.sending import Pace, Sent, clock, send_due
from survey_app.mail.transport import BadMailSettings, MailSettings, SmtpTransport
from survey_app.stores import roster
from survey_app.stores.errors import UnknownSurvey

#: Seconds between two passes of ``--watch``.
PAUSE = 30.0

_survey_id = click.argument("survey_id", metavar="SURVEY", type=str.lower)

#: How stages are called, in the order in which they are said.
_WORDS = {
    Stage.SENT: "sent",
    Stage.WAITING: "waiting",
    Stage.CLAIMED: "being sent",
    Stage.UNCERTAIN: "uncertain",
    Stage.FAILED: "failed",
    Stage.DROPPED: "not needed any more",
}


class _Window(click.ParamType):
    """A window of the day such as 09:00-13:00."""

    name = "window"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Pace:
        """The pace that a written window stands for."""
        if isinstance(value, Pace):
            return value
        try:
            return Pace.from_text(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.group()
def mail() -> None:
    """Send invitations and reminders, and see what became of them.

    The mail server stands in PEIL_SMTP (smtp+starttls://user:password@host), the sender in
    PEIL_SENDER. 'peil serve' sends as well; this is for running it apart, and for looking.
    """


@mail.command()
@click.option("--watch", is_flag=True, help="Go on until Ctrl+C and send what becomes due.")
@click.option(
    "--window",
    type=_Window(),
    default="09:00-13:00",
    show_default=True,
    metavar="FROM-TO",
    help="When a round that begins now goes out: each mail at a random moment in it.",
)
@click.pass_obj
def send(config: Config, watch: bool, window: Pace) -> None:
    """Send the mails of all running surveys that are due.

    The invitations begin on the first day, reminders on the days that the promise names. A mail
    that may have been sent when the program broke off is never sent again by itself.
    """
    settings = _settings(config)
    with installation(config) as app, _said_plainly():
        if watch:
            watch_and_send(app, settings, window)
        else:
            done = send_once(app, settings, window)
            click.echo(_account(done))
            if waiting := _count_waiting():
                click.echo(f"{waiting} wait for their minute; send them with 'peil mail send --watch' or 'peil serve'.")
            if done.problem:
                raise BadInput(done.problem)


@mail.command()
@click.argument("survey_id", metavar="[SURVEY]", type=str.lower, required=False)
@click.option("--addresses", is_flag=True, help="List the addresses of what failed or is uncertain.")
@click.pass_obj
def status(config: Config, survey_id: str | None, addresses: bool) -> None:
    """Show what became of the mails, by survey and round."""
    with installation(config), _said_plainly():
        for line in status_lines(survey_id, addresses):
            click.echo(line)


@mail.command()
@_survey_id
@click.option("--uncertain", is_flag=True, help="Those that may have arrived: some people may get two.")
@click.option("--failed", is_flag=True, help="Those that a server refused.")
@click.pass_obj
def retry(config: Config, survey_id: str, uncertain: bool, failed: bool) -> None:
    """Queue mails of the latest round once more."""
    stages = [stage for stage, wanted in ((Stage.UNCERTAIN, uncertain), (Stage.FAILED, failed)) if wanted]
    if not stages:
        raise BadInput("say which mails to send again: --uncertain, --failed or both")
    with installation(config), _said_plainly():
        promise_of(survey_id)
        count = queue_once_more(survey_id, stages)
        click.echo(f"{count} mails are queued. Next: peil mail send")


@mail.command()
@_survey_id
@click.argument("person", metavar="EMAIL-OR-NAME")
@click.pass_obj
def stop(config: Config, survey_id: str, person: str) -> None:
    """Send somebody who asks for it no more mails about a survey. The invitation stays valid."""
    with installation(config), _said_plainly():
        promise_of(survey_id)
        outbox.opt_out(survey_id, helpdesk.find_person(survey_id, person).id)
        click.echo("This person gets no more mails about this survey.")


def send_once(app: Flask, settings: MailSettings, window: Pace) -> Sent:
    """One pass over all surveys."""
    with SmtpTransport(settings) as transport:
        return send_due(clock(app), transport, settings.from_, pace=window)


def watch_and_send(
    app: Flask, settings: MailSettings, window: Pace, pause: Callable[[float], None] = time.sleep
) -> None:
    """Passes until Ctrl+C; says what was sent, and each problem once."""
    said = ""
    try:
        while True:
            done = send_once(app, settings, window)
            if done.handled or done.problem != said:
                click.echo(done.problem or _account(done))
            said = done.problem
            pause(PAUSE)
    except KeyboardInterrupt:
        click.echo("Stopped.")


def queue_once_more(survey_id: str, stages: list[Stage]) -> int:
    """Queues mails again while nobody sends, so that none is taken for lost that is on its way."""
    with outbox.only_sender():
        outbox.set_leftovers_aside()
        return outbox.queue_again(survey_id, *stages)


def _count_waiting() -> int:
    """How many mails of running surveys have not gone yet."""
    running = [survey.id for survey in roster.surveys() if survey.state is roster.State.RUNNING]
    return sum(tally.stages[Stage.WAITING] for survey_id in running for tally in outbox.tallies(survey_id))


def status_lines(survey_id: str | None, addresses: bool) -> Iterator[str]:
    """What became of the mails of one survey or of all, as lines."""
    if survey_id is not None:
        promise_of(survey_id)
    shown = [survey for survey in roster.surveys() if survey.manifest is not None and survey_id in (None, survey.id)]
    for survey in shown:
        _, manifest = promise_of(survey.id)
        yield f"{survey.id}  {manifest.organisation}, {manifest.wave} ({survey.state})"
        tallies = outbox.tallies(survey.id)
        if not tallies:
            yield "  no mail yet"
        for tally in tallies:
            yield f"  {_round(tally)}: {_counts(tally)}"
        left = sum(tally.stages[stage] for tally in tallies[-1:] for stage in (Stage.UNCERTAIN, Stage.FAILED))
        if addresses:
            for stage in (Stage.UNCERTAIN, Stage.FAILED):
                for round, address in outbox.addresses(survey.id, stage):
                    yield f"  {_WORDS[stage]}: {address} (round {round})"
        elif left:
            yield f"  Whom: peil mail status {survey.id} --addresses. Again: peil mail retry {survey.id} --help"
    if not shown:
        yield "There is no survey yet."


def _round(tally: Tally) -> str:
    return f"reminder {tally.round}" if tally.round else "invitation"


def _counts(tally: Tally) -> str:
    parts = [f"{tally.stages[stage]} {word}" for stage, word in _WORDS.items() if tally.stages[stage]]
    reasons = ", ".join(f"{count} x {reason}" for reason, count in sorted(tally.reasons.items()))
    return ", ".join(parts) + (f" ({reasons})" if reasons else "")


def _account(done: Sent) -> str:
    words = {
        "sent": done.sent,
        "put off by the server": done.later,
        "refused": done.failed,
        "uncertain": done.uncertain,
        "not needed any more": done.dropped,
    }
    return ", ".join(f"{count} {word}" for word, count in words.items() if count or word == "sent") + "."


def _settings(config: Config) -> MailSettings:
    if config.smtp is None:
        raise BadInput("no mail server is set; write it into PEIL_SMTP, as smtp+starttls://user:password@host")
    try:
        return MailSettings.from_url(config.smtp, config.sender)
    except BadMailSettings as error:
        raise BadInput(str(error)) from error


@contextmanager
def _said_plainly() -> Iterator[None]:
    try:
        yield
    except UnknownSurvey as error:
        raise BadInput("there is no such survey; see: peil survey list") from error
    except (WrongVault, helpdesk.UnknownPerson) as error:
        raise BadInput(str(error)) from error
    except AnotherSender as error:
        raise BadInput("another program is sending mails of this installation; wait until it is done") from error
