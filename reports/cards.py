"""Cards that people draw by lot: ten to a sheet of A4, each with a recovery code and nothing about a person.

Who prints them shuffles them before; the cards come in the order in which they are handed in, and
the same input gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from reportlab.lib.units import mm
from reportlab.platypus import Paragraph

from instruments.model import Language
from reports.charts.marks import shortened
from reports.context import safe
from reports.qr import draw_qr
from reports.stationery import Asking, Sheet, height_of, paragraph_style, printable, two_lines
from reports.style import BOLD, DISPLAY, MEDIUM, MUTED, PAGE_HEIGHT, PAGE_WIDTH, REGULAR, RULE
from reports.texts import load_texts

#: The usual size of visiting cards, for which there is ready-cut paper with this very division.
_WIDTH, _HEIGHT = 85 * mm, 54 * mm
_ACROSS, _DOWN = 2, 5
_BETWEEN = 10 * mm
_LEFT = (PAGE_WIDTH - _ACROSS * _WIDTH - (_ACROSS - 1) * _BETWEEN) / 2
_TOP = (PAGE_HEIGHT - _DOWN * _HEIGHT) / 2

_INSET = 4.5 * mm
_QR = 25 * mm

#: The baseline of the first half of the code, from the top of a card.
_CODE = 100.5

#: How far cutting marks reach outside a card.
_MARK = 3 * mm


@dataclass(frozen=True)
class Card:
    """One card: its link, and its recovery code in groups of four."""

    link: str = field(repr=False)
    code: str = field(repr=False)


def make_cards(asking: Asking, cards: Sequence[Card], language: Language) -> bytes:
    """A PDF with ten cards a page. There is at least one."""
    title = load_texts(language)("card.document", title=printable(asking.title[language]))
    sheet = Sheet(title, printable(asking.organisation), language)
    form = _draw_shared(sheet, asking, language)
    each = _ACROSS * _DOWN
    for start in range(0, len(cards), each):
        for place, card in enumerate(cards[start : start + each]):
            _draw(sheet, form, card, place)
        _draw_marks(sheet)
        sheet.canvas.showPage()
    return sheet.finished()


def _draw(sheet: Sheet, form: str, card: Card, place: int) -> None:
    x = _LEFT + (place % _ACROSS) * (_WIDTH + _BETWEEN)
    y = _TOP + (place // _ACROSS) * _HEIGHT
    sheet.canvas.saveState()
    sheet.canvas.translate(x, -y)
    sheet.canvas.doForm(form)
    groups = card.code.split()
    half = (len(groups) + 1) // 2
    for line, part in enumerate((groups[:half], groups[half:])):
        sheet.write(_INSET, _CODE + 13.5 * line, "  ".join(part), DISPLAY, 10.4)
    draw_qr(sheet.canvas, card.link, _WIDTH - _QR - 0.3 * _INSET, PAGE_HEIGHT - _QR - 0.3 * _INSET, _QR)
    sheet.canvas.restoreState()


def _draw_shared(sheet: Sheet, asking: Asking, language: Language) -> str:
    """What stands on every card, stored once; its upper left corner is that of the page."""
    texts, said = load_texts(language), asking.said(language)
    beside, whole = _WIDTH - _QR - 1.6 * _INSET, _WIDTH - 2 * _INSET
    sheet.canvas.beginForm("card")
    y = 0.8 * _INSET
    for line in two_lines(texts("card.title", **said), BOLD, 9.6, beside):
        y += 11.4
        sheet.write(_INSET, y, line, BOLD, 9.6)
    y += 11.5
    sheet.write(_INSET, y, shortened(said["organisation"], REGULAR, 7.6, beside), REGULAR, 7.6, MUTED)
    y += 2.5
    for line in two_lines(texts("card.words", words=asking.words), REGULAR, 6.8, beside):
        y += 8.4
        sheet.write(_INSET, y, line, REGULAR, 6.8, MUTED)
    sheet.write(_INSET, _CODE - 24.5, shortened(texts("card.scan"), REGULAR, 7.4, beside), REGULAR, 7.4)
    sheet.write_within(_INSET, _CODE - 14.5, asking.address, MEDIUM, 8.2, whole)
    sentences = f"{texts('card.lot')} {texts('card.keep', closes=safe(said['closes']))}"
    paragraph = Paragraph(sentences, paragraph_style(REGULAR, 7.1, 9.0))
    height_of(paragraph, whole)
    sheet.place(paragraph, _INSET, _CODE + 19)
    sheet.canvas.endForm()
    return "card"


def _draw_marks(sheet: Sheet) -> None:
    """Short lines in the margins that say where to cut."""
    canvas = sheet.canvas
    canvas.setStrokeColor(RULE)
    canvas.setLineWidth(0.5)
    right, bottom = PAGE_WIDTH - _LEFT, _TOP + _DOWN * _HEIGHT
    for row in range(_DOWN + 1):
        y = PAGE_HEIGHT - _TOP - row * _HEIGHT
        canvas.line(_LEFT - _MARK, y, _LEFT, y)
        canvas.line(right, y, right + _MARK, y)
        canvas.line(_LEFT + _WIDTH, y, _LEFT + _WIDTH + _BETWEEN, y)
    for column in range(_ACROSS):
        for x in (_LEFT + column * (_WIDTH + _BETWEEN), _LEFT + column * (_WIDTH + _BETWEEN) + _WIDTH):
            canvas.line(x, PAGE_HEIGHT - _TOP, x, PAGE_HEIGHT - _TOP + _MARK)
            canvas.line(x, PAGE_HEIGHT - bottom - _MARK, x, PAGE_HEIGHT - bottom)
