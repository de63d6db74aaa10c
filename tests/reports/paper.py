"""Reading a finished PDF back with poppler: words with their places, pages as text, fonts."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path

from reports.style import MARGIN, PAGE_HEIGHT, PAGE_WIDTH

_WORD = re.compile(r'<word xMin="([^"]+)" yMin="([^"]+)" xMax="([^"]+)" yMax="([^"]+)">(.*?)</word>')

#: Boxes hold room above capitals and below descenders; lines of tight labels share a little of it.
ALLOWED = 0.15

#: Rounding of poppler, and side bearings of letters.
TOLERANCE = 1.0


@dataclass(frozen=True)
class Word:
    """A word and its box in points; y counts downwards from the top of the page."""

    left: float
    top: float
    right: float
    bottom: float
    text: str

    @property
    def area(self) -> float:
        """The size of the box in square points."""
        return (self.right - self.left) * (self.bottom - self.top)

    def shared_with(self, other: Word) -> float:
        """The part of the smaller box that lies in both."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.bottom, other.bottom) - max(self.top, other.top)
        smallest = min(self.area, other.area)
        return wide * high / smallest if wide > 0 and high > 0 and smallest > 0 else 0.0


def poppler(tool: str, pdf: bytes, folder: Path, *options: str) -> str:
    """What a tool of poppler prints about ``pdf``."""
    path = folder / "read.pdf"
    path.write_bytes(pdf)
    target = ["-"] if tool == "pdftotext" else []
    result = subprocess.run([tool, *options, str(path), *target], capture_output=True, text=True, check=True)
    assert not result.stderr, result.stderr
    return result.stdout


def words_by_page(pdf: bytes, folder: Path) -> list[list[Word]]:
    """All words of each page."""
    pages = poppler("pdftotext", pdf, folder, "-bbox").split("<page ")[1:]
    return [
        [Word(*(float(place) for place in found[:4]), unescape(found[4])) for found in _WORD.findall(page)]
        for page in pages
    ]


def text_by_page(pdf: bytes, folder: Path) -> list[str]:
    """The text of each page with every run of white space as one space."""
    return [" ".join(page.split()) for page in poppler("pdftotext", pdf, folder).split("\f")[:-1]]


def misplaced(pages: Sequence[Sequence[Word]]) -> list[str]:
    """Words outside the margins and words on top of each other, said for an assertion."""
    offences = []
    for number, words in enumerate(pages, start=1):
        for word in words:
            if word.left < MARGIN - TOLERANCE or word.right > PAGE_WIDTH - MARGIN + TOLERANCE:
                offences.append(f"page {number}: “{word.text}” leaves the margins: {word.left:.0f}–{word.right:.0f}")
            if word.top < 24 or word.bottom > PAGE_HEIGHT - 24:
                offences.append(f"page {number}: “{word.text}” leaves the page: {word.top:.0f}–{word.bottom:.0f}")
        offences += [f"page {number}: {pair}" for pair in _overlapping(words)]
    return offences


def _overlapping(words: Sequence[Word]) -> list[str]:
    """Pairs of words that share too much, found in one sweep from top to bottom."""
    found = []
    ordered = sorted(words, key=lambda word: word.top)
    for place, word in enumerate(ordered):
        for other in ordered[place + 1 :]:
            if other.top >= word.bottom:
                break
            shared = word.shared_with(other)
            if shared > ALLOWED:
                found.append(
                    f"“{word.text}” and “{other.text}” overlap by {shared:.0%} at {word.left:.0f}, {word.top:.0f}"
                )
    return found


def assert_well_laid_out(pdf: bytes, folder: Path) -> None:
    """Fails with the list of words that leave the page or lie on top of each other."""
    offences = misplaced(words_by_page(pdf, folder))
    assert not offences, "\n".join(offences)
