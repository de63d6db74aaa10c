"""The released results as pages on screen, frozen on the day of the release.

Later withdrawals change the ballots that are kept, not what was released; so the pages are stored
with the report instead of being made again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from analysis.results import Results
from instruments.model import LANGUAGES, Language
from reports.context import Context
from reports.web import sections

#: Where the pages are kept, beside the report.
PAGES = "pages.json"


@dataclass(frozen=True)
class Page:
    """The report as one web page in one language; ``sections`` are (anchor, title, HTML)."""

    title: str
    notice: str
    sections: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Publication:
    """What a board reads on screen."""

    organisation: str
    wave: str
    pages: Mapping[Language, Page]


def draw_pages(results: Results) -> bytes:
    """The content of :data:`PAGES`."""
    survey = results.survey
    drawn = {}
    for language in LANGUAGES:
        context = Context(results, language)
        drawn[language] = {
            "title": survey.title[language],
            "notice": context.t("synthetic.long") if survey.synthetic else "",
            "sections": [[s.anchor, s.title, s.html] for s in sections(context)],
        }
    content = {"organisation": survey.organisation, "wave": survey.wave, "pages": drawn}
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def is_published(folder: Path) -> bool:
    """Whether everything of a release is in ``folder``: its pages are what is written last."""
    return (folder / PAGES).is_file()


def read_publication(folder: Path) -> Publication | None:
    """The publication in ``folder``, or None when nothing was released there."""
    if not is_published(folder):
        return None
    content = json.loads((folder / PAGES).read_text(encoding="utf-8"))
    pages: dict[Language, Page] = {}
    for language in LANGUAGES:
        page = content["pages"][language]
        parts = tuple((anchor, title, html) for anchor, title, html in page["sections"])
        pages[language] = Page(page["title"], page["notice"], parts)
    return Publication(content["organisation"], content["wave"], pages)
