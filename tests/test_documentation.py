"""Documentation under test: pages made from the code equal what the code makes of them now."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import click
import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    """docs/generate.py, which belongs to no package."""
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_command_line_page_is_up_to_date(generate: ModuleType) -> None:
    page = generate.COMMAND_LINE_PAGE
    assert page.is_file(), "docs/command-line.md is missing: run ./peil docs"
    # In a process of its own: click remembers the help option of a command, and other tests call
    # commands without the group above them, where that option looks different.
    program = (
        "import sys; sys.path.insert(0, 'docs'); import generate; from survey_app.cli import main; "
        "sys.stdout.write(generate.command_line_page(main))"
    )
    made = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", program], cwd=ROOT, capture_output=True, encoding="utf-8", check=True
    )
    assert page.read_text(encoding="utf-8") == made.stdout, (
        "docs/command-line.md differs from the help of the program: run ./peil docs"
    )


def test_page_has_every_command_of_every_group_and_no_hidden_one(generate: ModuleType) -> None:
    @click.group()
    def program() -> None:
        """Measures things."""

    @program.group()
    def water() -> None:
        """About water."""

    @water.command()
    @click.option("--depth", help="In metres.")
    def gauge(depth: str) -> None:
        """Reads the gauge."""

    @program.command(hidden=True)
    def trapdoor() -> None:
        """Not for the page."""

    page = generate.command_line_page(program, "tool")

    headings = [line for line in page.splitlines() if line.startswith("## ")]
    assert headings == ["## `tool`", "## `tool water`", "## `tool water gauge`"]
    assert "Usage: tool water gauge [OPTIONS]" in page
    assert "In metres." in page
    assert "trapdoor" not in page


def test_page_does_not_depend_on_the_terminal(generate: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def gauge() -> None:
        """Reads the gauge and says in a rather long sentence what it is that it has read there, in full."""

    pages = set()
    for columns in ("40", "200"):
        monkeypatch.setenv("COLUMNS", columns)
        pages.add(generate.command_line_page(gauge))
    assert len(pages) == 1


@pytest.mark.parametrize("page", sorted(ROOT.glob("*.md")) + sorted((ROOT / "docs").glob("*.md")), ids=lambda p: p.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    targets = [target.split("#")[0] for target in _link_targets(page.read_text(encoding="utf-8"))]
    missing = [target for target in targets if target and not (page.parent / target).exists()]
    assert not missing, f"{page.name} links to files that do not exist: {', '.join(missing)}"


def _link_targets(markdown: str) -> list[str]:
    """Targets of links and pictures inside the project, code blocks left out."""
    prose = "".join(markdown.split("```")[::2])
    return [
        part.split(")")[0].split(" ")[0]
        for part in prose.split("](")[1:]
        if not part.startswith(("http://", "https://", "mailto:", "#"))
    ]
