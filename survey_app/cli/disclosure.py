"""``peil disclosure``: what may be shown, without anybody being seen in it."""

from __future__ import annotations

import click

from survey_app.cli.disclosure_ask import ask_command
from survey_app.cli.disclosure_audit import audit_command
from survey_app.cli.disclosure_plan import plan


@click.group()
def disclosure() -> None:
    """Disclosure: which figures can be shown without saying something of one person."""


disclosure.add_command(plan)
disclosure.add_command(audit_command)
disclosure.add_command(ask_command)
