"""The command line: ``peil``."""

from __future__ import annotations

import click

from survey_app.cli.analyse import analyse
from survey_app.cli.demo import demo
from survey_app.cli.figures import figures
from survey_app.cli.instruments import instruments
from survey_app.config import Config


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="peil", prog_name="peil")
@click.pass_context
def main(context: click.Context) -> None:
    """Peil: anonymous surveys on fatigue, workload and caregiving, next to public figures.

    Begin with 'peil demo': it makes an invented organisation and its benchmark report.
    """
    context.obj = context.obj or Config.from_environment()


main.add_command(demo)
main.add_command(analyse)
main.add_command(instruments)
main.add_command(figures)
