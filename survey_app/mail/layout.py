"""The look of a mail, in one place: the same blocks as plain text and as HTML.

The HTML holds no picture, no form, no style sheet and no address but the links that the text
shows as well: nothing is fetched when somebody opens the mail.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

#: Plain text is wrapped here; addresses and codes are never broken (RFC 5322, section 2.1.1 asks for 78).
COLUMNS = 72

_FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_PAGE = f"margin:0;padding:24px 12px;background-color:#F4F6F8;color:#14202B;{_FONT};font-size:16px;line-height:1.5"
_SHEET = "max-width:560px;margin:0 auto;padding:28px 24px;background-color:#FFFFFF;border-radius:8px"
_PARAGRAPH = "margin:0 0 16px 0"
_HEADING = "margin:28px 0 6px 0;font-size:16px;line-height:1.35;font-weight:600"
_BUTTON = (
    "display:inline-block;padding:13px 26px;border-radius:6px;background-color:#0B5FA5;color:#FFFFFF;"
    "font-weight:600;text-decoration:none"
)
_VERBATIM = (
    "margin:0 0 16px 0;padding:10px 14px;border-radius:6px;background-color:#F4F6F8;"
    "font-family:Consolas,'Courier New',monospace;font-size:15px;overflow-wrap:anywhere"
)
_SMALL = "margin:0 0 10px 0;font-size:14px;color:#566473"


@dataclass(frozen=True)
class Paragraph:
    """Running text; ``small`` for what stands at the end."""

    text: str
    small: bool = False


@dataclass(frozen=True)
class Heading:
    """A question that the paragraphs below it answer."""

    text: str


@dataclass(frozen=True)
class Button:
    """The one thing to press; as text its label and its address."""

    label: str
    address: str


@dataclass(frozen=True)
class Verbatim:
    """Something to compare or to type over: words, a code, an address."""

    text: str


Block = Paragraph | Heading | Button | Verbatim


def as_text(blocks: Sequence[Block]) -> str:
    """The blocks as plain text, with an empty line between them."""
    return "\n\n".join(_text_of(block) for block in blocks) + "\n"


def as_html(blocks: Sequence[Block], language: str, title: str) -> str:
    """The blocks as one HTML page without anything from elsewhere."""
    body = "\n".join(_html_of(block) for block in blocks)
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(language)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        # Clients turn long numbers and words into links of their own; a code is neither a telephone nor a date.
        '<meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no">\n'
        f'<title>{escape(title)}</title>\n</head>\n<body style="{_PAGE}">\n'
        f'<div role="article" lang="{escape(language)}" style="{_SHEET}">\n{body}\n</div>\n</body>\n</html>\n'
    )


def _text_of(block: Block) -> str:
    match block:
        case Button(label, address):
            return f"{label}:\n{address}"
        case Verbatim(text):
            return f"    {text}"
        case Heading(text):
            return _wrapped(text.upper())
        case Paragraph(text):
            return _wrapped(text)


def _wrapped(text: str) -> str:
    return "\n".join(textwrap.wrap(text, COLUMNS, break_long_words=False, break_on_hyphens=False))


def _html_of(block: Block) -> str:
    match block:
        case Button(label, address):
            link = f'<a href="{escape(address)}" style="{_BUTTON}">{escape(label)}</a>'
            return f'<p style="margin:24px 0">{link}</p>'
        case Verbatim(text):
            return f'<p style="{_VERBATIM}">{escape(text)}</p>'
        case Heading(text):
            return f'<h2 style="{_HEADING}">{escape(text)}</h2>'
        case Paragraph(text, small):
            return f'<p style="{_SMALL if small else _PARAGRAPH}">{escape(text)}</p>'
