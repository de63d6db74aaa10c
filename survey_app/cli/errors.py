"""What the command line says when it is asked for something that cannot be."""

from __future__ import annotations

from typing import IO, Any

import click


class BadInput(click.ClickException):
    """The person at the keyboard can mend it: one sentence on standard error, exit code 2."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        """Print ``peil: <message>``, on standard error unless ``file`` says otherwise."""
        click.echo(f"peil: {self.format_message()}", file=file, err=file is None)


class NothingReleased(click.ClickException):
    """The gate or the ledger stopped a release: nothing was published, and the operator reads why; exit code 1."""

    exit_code = 1

    def __init__(self, reason: str) -> None:
        super().__init__(f"nothing is released: {reason}")

    def show(self, file: IO[Any] | None = None) -> None:
        """Print ``peil: <message>``, on standard error unless ``file`` says otherwise."""
        click.echo(f"peil: {self.format_message()}", file=file, err=file is None)
