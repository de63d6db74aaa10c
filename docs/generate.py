"""Writes the documentation that follows from the code: docs/command-line.md.

Run it with ``./peil docs``. A test compares the page with the code, so that it can not fall behind.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

import click

COMMAND_LINE_PAGE = Path(__file__).with_name("command-line.md")
WIDTH = 88  # fits a code block on a laptop and on paper, without a scroll bar

INTRODUCTION = """\
# The command line

<!-- Made from the program's own help by ./peil docs. Do not edit this page. -->

What every command says when it is asked for `--help`. In a checkout, write `./peil` for `peil`.
"""


def commands_with_context(command: click.Command, context: click.Context) -> Iterator[click.Context]:
    """The context of a command and of all commands below it, in the order in which help lists them."""
    yield context
    if not isinstance(command, click.Group):
        return
    for name in command.list_commands(context):
        child = command.get_command(context, name)
        if child is None or child.hidden:
            continue
        yield from commands_with_context(child, _context(child, name, context))


def command_line_page(program: click.Command, name: str = "peil") -> str:
    """The page as Markdown: a heading and the help text for each command."""
    sections = [INTRODUCTION]
    for context in commands_with_context(program, _context(program, name, None)):
        help_text = inspect.cleandoc(context.get_help())
        sections.append(f"## `{context.command_path}`\n\n```text\n{help_text}\n```\n")
    return "\n".join(sections)


def _context(command: click.Command, name: str, parent: click.Context | None) -> click.Context:
    # As the program itself does it, but with a fixed width and no colour: the page must not depend on
    # the terminal of whoever made it.
    fixed = {"terminal_width": WIDTH, "max_content_width": WIDTH, "color": False}
    return click.Context(command, info_name=name, parent=parent, **{**command.context_settings, **fixed})


def main() -> None:
    """Write the page and name it."""
    from survey_app.cli import (
        main as program,
    )  # late, so that a test can use this module with another program

    COMMAND_LINE_PAGE.write_text(command_line_page(program), encoding="utf-8")
    click.echo(f"wrote {COMMAND_LINE_PAGE.relative_to(COMMAND_LINE_PAGE.parents[1])}")


if __name__ == "__main__":
    main()
