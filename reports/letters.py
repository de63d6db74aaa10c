"""Invitations on paper: one letter of one page for each person.

What is printed is handed in; nothing is looked up, and the same input gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from reportlab.lib.colors import Color
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph

from instruments.model import Language
from reports.charts.marks import shortened, split_text
from reports.context import safe
from reports.numbers import Numbers
from reports.qr import draw_qr
from reports.stationery import Asking, Sheet, height_of, paragraph_style, printable, two_lines
from reports.style import BOLD, DISPLAY, INK, MEDIUM, MUTED, PAGE_HEIGHT, PAGE_WIDTH, PALE, REGULAR, RULE, WHITE
from reports.texts import load_texts

#: Edges of the text, from the left and from the top of the page.
_LEFT = 25 * mm
_WIDTH = PAGE_WIDTH - _LEFT - 22 * mm
_TOP, _BOTTOM = 108 * mm, PAGE_HEIGHT - 15 * mm

#: Inside the window of a DL or C5 envelope that has it on the left: 20–105 mm across, 45–90 mm down.
_WINDOW_TOP, _WINDOW_WIDTH, _WINDOW_LINES = 54 * mm, 76 * mm, 6
_FOLDS = (99 * mm, 198 * mm)

_QR = 42 * mm
_PANEL = 45 * mm
_INSET = 13.0

#: Sizes of running text: the largest at which everything fits on the page is taken.
_SIZES = (10.2, 9.7, 9.2, 8.7, 8.2)


@dataclass(frozen=True)
class Letter:
    """One letter: lines for the window, the name in the greeting (or nothing), link and code in groups."""

    language: Language
    lines: tuple[str, ...] = field(repr=False)
    name: str = field(repr=False)
    link: str = field(repr=False)
    code: str = field(repr=False)


def make_letters(asking: Asking, letters: Sequence[Letter]) -> bytes:
    """A PDF with a page for each letter, in the given order. There is at least one."""
    language = letters[0].language
    title = load_texts(language)("letter.document", title=printable(asking.title[language]))
    sheet = Sheet(title, printable(asking.organisation), language)
    pages = {language: _Page(sheet, asking, language) for language in sorted({letter.language for letter in letters})}
    for letter in letters:
        pages[letter.language].draw(letter)
        sheet.canvas.showPage()
    return sheet.finished()


class _Page:
    """The page of one language: what is the same for everybody is stored once and placed on each page."""

    def __init__(self, sheet: Sheet, asking: Asking, language: Language) -> None:
        self._sheet = sheet
        self._texts = load_texts(language)
        self._asking = asking
        self._said = asking.said(language)
        self._size = next((size for size in _SIZES if self._flow(size, draw=False) <= _BOTTOM), _SIZES[-1])
        self._panel = 0.0
        self._form = f"letter-{language}"
        sheet.canvas.beginForm(self._form)
        self._head(language)
        self._flow(self._size, draw=True)
        sheet.canvas.endForm()

    def draw(self, letter: Letter) -> None:
        """One letter on the current page."""
        sheet = self._sheet
        sheet.canvas.doForm(self._form)
        y = _WINDOW_TOP
        for line in _address(letter.lines):
            sheet.write(_LEFT, y, line, REGULAR, 10.2)
            y += 13.6
        name = printable(letter.name)
        greeting = self._texts("letter.greeting", name=name) if name else self._texts("letter.greeting_nameless")
        sheet.write(_LEFT, _TOP + self._size, shortened(greeting, REGULAR, self._size, _WIDTH), REGULAR, self._size)
        sheet.write(_LEFT + _INSET, self._panel + _PANEL - 16, letter.code, DISPLAY, 17)
        square = _LEFT + _WIDTH - 0.5 * (_PANEL + _QR)
        draw_qr(sheet.canvas, letter.link, square, PAGE_HEIGHT - self._panel - 0.5 * (_PANEL + _QR), _QR)

    def _head(self, language: Language) -> None:
        sheet, asking = self._sheet, self._asking
        for place, line in enumerate(two_lines(printable(asking.organisation), DISPLAY, 15, _WIDTH)):
            sheet.write(_LEFT, 24 * mm + 19 * place, line, DISPLAY, 15)
        sheet.write(_LEFT, 94 * mm, Numbers(language).date(asking.day), REGULAR, 9, MUTED)
        subject = shortened(self._texts("letter.subject", **self._said), BOLD, 12, _WIDTH)
        sheet.write(_LEFT, 102 * mm, subject, BOLD, 12)
        sheet.canvas.setStrokeColor(RULE)
        sheet.canvas.setLineWidth(0.5)
        for fold in _FOLDS:
            sheet.canvas.line(9, PAGE_HEIGHT - fold, 21, PAGE_HEIGHT - fold)

    def _flow(self, size: float, *, draw: bool) -> float:
        """Everything below the greeting; gives where it ends, and draws it when asked to."""
        texts, said = self._texts, {key: safe(value) for key, value in self._said.items()}
        y = _TOP + 2.1 * size

        def text(key: str, font: str = REGULAR, scale: float = 1.0, colour: Color = INK, **more: str) -> None:
            nonlocal y
            style = paragraph_style(font, scale * size, scale * size * 1.42, colour)
            paragraph = Paragraph(texts(key, **said, **more), style)
            height = height_of(paragraph, _WIDTH)
            if draw:
                self._sheet.place(paragraph, _LEFT, y)
            y += height

        def section(key: str) -> None:
            nonlocal y
            y += 0.95 * size
            text(f"letter.{key}.heading", BOLD, 1.06)
            y += 0.2 * size

        text("letter.ask")
        y += size
        if draw:
            self._draw_panel(y)
        y += _PANEL
        section("boss")
        text("letter.boss.groups")
        text("letter.boss.level_1" if self._asking.level == 1 else "letter.boss.level_2")
        section("code")
        text("letter.code.use")
        text("letter.code.keep")
        section("real")
        text("letter.real.compare")
        y += 0.6 * size
        if draw:
            self._sheet.write(_LEFT + _INSET, y + size, self._asking.words, MEDIUM, 1.1 * size)
        y += 2.0 * size
        text("letter.real.otherwise")
        if self._asking.assisted is not None:
            y += 0.95 * size
            text("letter.assisted", scale=0.84, colour=MUTED, address=safe(self._asking.assisted))
        return float(y)

    def _draw_panel(self, y: float) -> None:
        """The frame around code and QR, with the steps; code and QR themselves are each person's own."""
        sheet, texts = self._sheet, self._texts
        self._panel = y
        sheet.canvas.setFillColor(PALE)
        sheet.canvas.roundRect(_LEFT, PAGE_HEIGHT - y - _PANEL, _WIDTH, _PANEL, 5, stroke=0, fill=1)
        sheet.canvas.setFillColor(WHITE)
        square = _LEFT + _WIDTH - 0.5 * (_PANEL + _QR)
        sheet.canvas.roundRect(square, PAGE_HEIGHT - y - 0.5 * (_PANEL + _QR), _QR, _QR, 3, stroke=0, fill=1)
        width = _WIDTH - _PANEL - 2 * _INSET
        sheet.write(_LEFT + _INSET, y + 21, texts("letter.how.heading"), BOLD, 11)
        line = y + 38
        for words in split_text(texts("letter.how.scan"), REGULAR, 9.4, width)[:2]:
            sheet.write(_LEFT + _INSET, line, words, REGULAR, 9.4)
            line += 13
        sheet.write_within(_LEFT + _INSET, line + 3, self._asking.address, MEDIUM, 10, width)
        sheet.write(_LEFT + _INSET, y + _PANEL - 38, texts("letter.how.code"), REGULAR, 9.4)


def _address(lines: Sequence[str]) -> list[str]:
    """The lines in the window: a long one takes two, and what is left when the window is full goes."""
    fitted: list[str] = []
    for line in lines:
        fitted += two_lines(printable(line), REGULAR, 10.2, _WINDOW_WIDTH)
    return fitted[:_WINDOW_LINES]
