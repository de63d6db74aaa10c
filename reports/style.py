"""The look, in one place: page, colours, type."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from reportlab.graphics.shapes import STATE_DEFAULTS
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.enums import TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase.pdfmetrics import registerFont, registerFontFamily, stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus.tables import CellStyle

PAGE_WIDTH, PAGE_HEIGHT = A4
MARGIN = 51.0
TOP = 58.0
BOTTOM = 62.0
WIDTH = PAGE_WIDTH - 2 * MARGIN
HEIGHT = PAGE_HEIGHT - TOP - BOTTOM

REGULAR, MEDIUM, BOLD, DISPLAY = "Peil-Regular", "Peil-Medium", "Peil-SemiBold", "Peil-Display"

INK = HexColor("#14202B")
MUTED = HexColor("#566473")
RULE = HexColor("#D5DCE3")
HAIR = HexColor("#E8ECF0")
PALE = HexColor("#F4F6F8")
WHITE = HexColor("#FFFFFF")
ACCENT = HexColor("#0B5FA5")
DEEP = HexColor("#0A2A43")
BETTER = HexColor("#0B5FA5")
WORSE = HexColor("#B4430E")
NEITHER = HexColor("#566473")
BAND = HexColor("#C4CCD5")

#: Contrast on white is at least 5.6 : 1 for all three; shape and word say the same as colour.
NEWS_COLOURS = {1: BETTER, -1: WORSE, 0: NEITHER}


@cache
def register_fonts() -> None:
    """Makes the report's typeface known to ReportLab; harmless to call again."""
    folder = files("reports") / "fonts"
    for name in (REGULAR, MEDIUM, BOLD, DISPLAY):
        with (folder / f"{name}.ttf").open("rb") as stream:
            registerFont(TTFont(name, stream))
    for name in (REGULAR, MEDIUM, BOLD, DISPLAY):
        registerFontFamily(name, normal=name, bold=BOLD, italic=name, boldItalic=BOLD)


register_fonts()

# Drawings and tables begin in ReportLab's own font, even without a word in it; that one is not in the file.
STATE_DEFAULTS["fontName"] = CellStyle.fontname = REGULAR


def mix(colour: Color, amount: float) -> Color:
    """``colour`` on white, at ``amount`` from 0 (white) to 1."""
    return Color(*(1 - amount * (1 - part) for part in (colour.red, colour.green, colour.blue)))


def text_width(text: str, font: str, size: float) -> float:
    """The width of ``text`` in points."""
    return float(stringWidth(text, font, size))


def _style(name: str, font: str, size: float, leading: float, **more: object) -> ParagraphStyle:
    return ParagraphStyle(name, fontName=font, fontSize=size, leading=leading, **{"textColor": INK, **more})


TITLE = _style("title", DISPLAY, 23, 28, spaceAfter=5)
LEAD = _style("lead", REGULAR, 12.2, 17.6, spaceAfter=14)
HEADING = _style("heading", BOLD, 11.5, 15, spaceBefore=13, spaceAfter=4, keepWithNext=1)
BODY = _style("body", REGULAR, 9.4, 14, spaceAfter=6)
SMALL = _style("small", REGULAR, 7.8, 11.2, textColor=MUTED, spaceAfter=4)
LABEL = _style("label", MEDIUM, 8.2, 11, textColor=MUTED)
BULLET = _style("bullet", REGULAR, 9.4, 14, leftIndent=13, bulletIndent=2, bulletFontName=REGULAR, spaceAfter=4)
FINDING = _style("finding", MEDIUM, 11.2, 15.4)
DETAIL = _style("detail", REGULAR, 8.8, 12.6, textColor=MUTED)
CELL = _style("cell", REGULAR, 8.2, 11.2)
CELL_BOLD = _style("cell-bold", BOLD, 8.2, 11.2)
CELL_RIGHT = _style("cell-right", REGULAR, 8.2, 11.2, alignment=TA_RIGHT)
CELL_HEAD = _style("cell-head", MEDIUM, 7.8, 10.4, textColor=MUTED, alignment=TA_LEFT)
CELL_HEAD_RIGHT = _style("cell-head-right", MEDIUM, 7.8, 10.4, textColor=MUTED, alignment=TA_RIGHT)
