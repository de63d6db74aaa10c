"""``peil serve``: the pages for respondents and staff."""

from __future__ import annotations

import click

from survey_app.cli.application import open_application
from survey_app.config import Config
from survey_app.serving import HOST, serve


@click.command("serve")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="The port to listen on.")
@click.option("--host", default=HOST, show_default=True, help="The address to listen on; a proxy stands in front.")
@click.pass_obj
def serve_command(config: Config, port: int, host: str) -> None:
    """Serve the pages for respondents, HR, works council and board, until Ctrl+C.

    Also sends the mail that is due (when PEIL_SMTP names a mail server) and closes surveys after
    their last day. Who asks for which page is not logged.
    """
    try:
        serve(open_application(config), port, host)
    except OSError as error:
        raise click.ClickException(
            f"cannot listen on {host}, port {port} ({error.strerror}); choose another"
        ) from error
