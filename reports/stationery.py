"""What letters and cards share: what they say about the survey, and how words get on the paper."""

from __future__ import annotations

import datetime as dt
import io
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from reportlab.lib.colors import Color
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase.pdfmetrics import getFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

from instruments.model import Language
from reports.charts.marks import shortened, split_text
from reports.numbers import Numbers
from reports.style import INK, PAGE_HEIGHT, PAGE_WIDTH, REGULAR, text_width


@dataclass(frozen=True)
class Asking:
    """What all letters and cards of a survey have in common.

    ``address`` is what people type, without a code; ``assisted`` the address of the way without
    JavaScript, None when there is none; ``words`` the fingerprint words; ``day`` the date of the letters.
    """

    organisation: str
    title: Mapping[Language, str]
    address: str
    assisted: str | None
    words: str
    level: int
    k: int
    closes: dt.date
    day: dt.date

    def said(self, language: Language) -> dict[str, str]:
        """The values that texts are filled in with, in one language."""
        numbers = Numbers(language)
        return {
            "organisation": printable(self.organisation),
            "title": printable(self.title[language]),
            "k": numbers.integer(self.k),
            "closes": numbers.date(self.closes),
        }


class Sheet:
    """A canvas on which y counts downwards from the top, as one reads. Pages are A4."""

    def __init__(self, title: str, author: str, language: Language) -> None:
        self._stream = io.BytesIO()
        # Without a date and a number of its own: the same input gives the same bytes.
        self.canvas = Canvas(
            self._stream,
            pagesize=(PAGE_WIDTH, PAGE_HEIGHT),
            invariant=1,
            pageCompression=1,
            initialFontName=REGULAR,
            lang=language,
        )
        self.canvas.setTitle(title)
        self.canvas.setAuthor(author)
        self.canvas.setCreator("Peil")
        self.canvas.setViewerPreference("DisplayDocTitle", "true")

    def write(self, x: float, y: float, text: str, font: str, size: float, colour: Color = INK) -> None:
        """One line with its baseline at ``y``."""
        self.canvas.setFillColor(colour)
        self.canvas.setFont(font, size)
        self.canvas.drawString(x, PAGE_HEIGHT - y, text)

    def write_within(self, x: float, y: float, text: str, font: str, size: float, width: float) -> None:
        """One line, smaller where it would be wider than ``width``: for addresses, which must not be broken."""
        self.write(x, y, text, font, min(size, size * width / max(text_width(text, font, size), 1.0)))

    def place(self, paragraph: Paragraph, x: float, y: float) -> None:
        """A paragraph that was measured by :func:`height_of`, with its top at ``y``."""
        paragraph.drawOn(self.canvas, x, PAGE_HEIGHT - y - paragraph.height)

    def finished(self) -> bytes:
        """The file."""
        self.canvas.save()
        return self._stream.getvalue()


def paragraph_style(font: str, size: float, leading: float, colour: Color = INK) -> ParagraphStyle:
    """Running text; a word that is wider than its column is broken rather than cut off."""
    return ParagraphStyle("printed", fontName=font, fontSize=size, leading=leading, textColor=colour, splitLongWords=1)


def height_of(paragraph: Paragraph, width: float) -> float:
    """The height that a paragraph takes in a column."""
    return float(paragraph.wrap(width, PAGE_HEIGHT)[1])


def two_lines(text: str, font: str, size: float, width: float) -> list[str]:
    """``text`` over two lines at most; what does not fit in them is left out, with an ellipsis."""
    lines = split_text(text, font, size, width)
    return lines[:1] + ([shortened(" ".join(lines[1:]), font, size, width)] if lines[1:] else [])


def printable(text: str) -> str:
    """``text`` on one line, in characters that our typeface has.

    A letter with marks loses those that it lacks, anything else becomes a hollow square; names in
    other scripts are better written in Latin letters on the roster.
    """
    composed = unicodedata.normalize("NFC", " ".join(text.split()))
    return "".join(_shown(character) for character in composed)


def is_printable(text: str) -> bool:
    """Whether every character of ``text`` is in our typeface."""
    return all(ord(character) in _glyphs() for character in unicodedata.normalize("NFC", " ".join(text.split())))


@cache
def _shown(character: str) -> str:
    if ord(character) in _glyphs():
        return character
    parts = unicodedata.normalize("NFD", character)
    for count in range(len(parts) - 1, 0, -1):
        kept = unicodedata.normalize("NFC", parts[:count])
        if all(ord(part) in _glyphs() for part in kept):
            return kept
    return "□"


@cache
def _glyphs() -> frozenset[int]:
    return frozenset(getFont(REGULAR).face.charToGlyph)
