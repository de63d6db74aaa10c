"""The command line: ``peil``."""

from __future__ import annotations

import click

from survey_app.cli.analyse import analyse
from survey_app.cli.council import council
from survey_app.cli.demo import demo
from survey_app.cli.disclosure import disclosure
from survey_app.cli.errors import BadInput
from survey_app.cli.figures import figures
from survey_app.cli.instruments import instruments
from survey_app.cli.letters import cards, letters
from survey_app.cli.mail import mail
from survey_app.cli.serve import serve_command
from survey_app.cli.survey import survey
from survey_app.config import Config, SettingsError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="peil", prog_name="peil")
@click.pass_context
def main(context: click.Context) -> None:
    """Peil: anonymous surveys on fatigue, workload and caregiving, next to public figures.

    Begin with 'peil demo': it plays a whole survey in an invented organisation.
    """
    try:
        context.obj = context.obj or Config.from_environment()
    except SettingsError as error:
        raise BadInput(str(error)) from error


for command in (demo, survey, council, serve_command, mail, letters, cards, analyse, disclosure, instruments, figures):
    main.add_command(command)
