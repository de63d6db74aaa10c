"""What commands share that print a page of text: its width, its language."""

from __future__ import annotations

import textwrap

import click

from instruments.model import LANGUAGES

#: Fits a terminal, a code block and paper without a scroll bar.
WIDTH = 96

language_option = click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default="en",
    show_default=True,
    help="Language of the output.",
)


def wrap(text: str, first: str = "", other: str | None = None) -> list[str]:
    """``text`` in lines of at most :data:`WIDTH`, the first after ``first`` and the rest after ``other``."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=first if other is None else other,
        break_long_words=False,
        break_on_hyphens=False,
    )
