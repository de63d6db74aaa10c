"""The same pages for the web: the story's paragraphs, tables and drawings as HTML and SVG."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from xml.sax.saxutils import escape

from reportlab.graphics import renderSVG
from reportlab.graphics.shapes import Drawing
from reportlab.platypus import Flowable, Table

from reports import style
from reports.context import Context
from reports.pdf.text import Text
from reports.story import pages

#: How a paragraph style is said in HTML.
ELEMENTS = {
    style.TITLE: ("h2", ""),
    style.LEAD: ("p", "lead"),
    style.HEADING: ("h3", ""),
    style.BODY: ("p", ""),
    style.SMALL: ("p", "small"),
    style.BULLET: ("li", ""),
    style.FINDING: ("p", "finding"),
    style.DETAIL: ("p", "detail"),
    style.CELL: ("span", ""),
    style.CELL_RIGHT: ("span", ""),
    style.CELL_HEAD: ("b", ""),
    style.CELL_HEAD_RIGHT: ("b", ""),
}


#: Drawings wider than this, in points, scroll on a narrow screen instead of shrinking to a blur.
WIDE = 400

#: Drawings narrower than this are marks beside a sentence.
MARK = 60

#: Titles of pages that go on where the one before ended.
CONTINUED = ("respondents.more", "units.more")

#: What ReportLab adds to a drawing: names that would stand twice on a page, a clip, white space.
_SURPLUS = re.compile(
    r"<(title|desc|clipPath)\b.*?</\1>"
    r'| id="[^"]*"| style="clip-path: [^"]*"'
    r"|[\n\t]+",
    re.DOTALL,
)


#: A line from one point to another is closed by ReportLab: drawn back over itself, its dashes would fill up.
_LINE = re.compile(r'(d="M [^LZ"]+ L [^LZ"]+) Z"')


@dataclass(frozen=True)
class Section:
    """One page of the report: an anchor, its title in plain text, and its content as HTML."""

    anchor: str
    title: str
    html: str


def sections(context: Context) -> list[Section]:
    """The pages of the report as sections of one web page; pages that continue are joined."""
    found: list[Section] = []
    continued = {context.t(key) for key in CONTINUED}
    for page in pages(context):
        title = next((f.getPlainText() for f in page if isinstance(f, Text) and f.style is style.TITLE), "")
        if found and (title in continued or title == found[-1].title):
            last = found.pop()
            parts = [part for part in _html(page[1:], last.title) if part not in last.html]
            found.append(replace(last, html="\n".join([last.html, *parts])))
        else:
            found.append(Section(f"s{len(found) + 1}", title, "\n".join(_html(page, title))))
    return found


def as_svg(drawing: Drawing, label: str, *, in_cell: bool = False) -> str:
    """A drawing as an inline SVG named ``label``.

    On its own it fills the page up to a third above its size on paper; in a table cell it keeps
    its size, and a mark beside a sentence, which says the same in words, has no name.
    """
    svg = renderSVG.drawToString(drawing)
    width = f"width:{drawing.width:.0f}px" if in_cell else f"max-width:{drawing.width * 4 / 3:.0f}px"
    kind = ' class="wide"' if drawing.width > WIDE else ""
    name = 'aria-hidden="true"' if drawing.width < MARK else f'role="group" aria-label="{_attribute(label)}"'
    head = f'<svg{kind} viewBox="0 0 {drawing.width:g} {drawing.height:g}" style="{width}" {name}>'
    return head + _LINE.sub(r'\1"', _SURPLUS.sub("", svg[svg.index(">", svg.index("<svg")) + 1 :]))


def _html(flowables: Iterable[Flowable], label: str, *, in_cell: bool = False) -> Iterator[str]:
    for listed, group in groupby(flowables, key=_is_listed):
        if listed:
            yield f"<ul>{''.join(_paragraph(text) for text in group)}</ul>"
            continue
        for flowable in group:
            if isinstance(flowable, Text):
                yield _paragraph(flowable)
            elif isinstance(flowable, Drawing):
                svg = as_svg(flowable, label, in_cell=in_cell)
                yield svg if in_cell else f'<figure tabindex="0">{svg}</figure>'
            elif isinstance(flowable, Table):
                yield _table(flowable, label)


def _is_listed(flowable: Flowable) -> bool:
    return isinstance(flowable, Text) and flowable.style is style.BULLET


def _paragraph(text: Text) -> str:
    element, name = ELEMENTS[text.style]
    attribute = f' class="{name}"' if name else ""
    return f"<{element}{attribute}>{text.markup}</{element}>"


def _table(table: Table, label: str) -> str:
    rows = table._cellvalues
    head = isinstance(rows[0][0], Text) and rows[0][0].style in (style.CELL_HEAD, style.CELL_HEAD_RIGHT)
    lines = []
    for number, row in enumerate(rows):
        cell = "th" if head and number == 0 else "td"
        scope = ' scope="col"' if cell == "th" else ""
        cells = "".join(
            f"<{cell}{scope}>{''.join(_html(_listed(value), label, in_cell=True))}</{cell}>" for value in row
        )
        lines.append(f"<tr>{cells}</tr>")
    content = "".join(lines)
    if not head:
        return f'<div class="scroll"><table class="layout" role="presentation">{content}</table></div>'
    region = f'class="scroll" tabindex="0" role="region" aria-label="{_attribute(label)}"'
    return f'<div {region}><table class="grid">{content}</table></div>'


def _listed(value: object) -> list[Flowable]:
    # A table that has been measured holds tuples where it was given lists.
    return [value] if isinstance(value, Flowable) else list(value) if isinstance(value, (list, tuple)) else []


def _attribute(text: str) -> str:
    return escape(text, {'"': "&quot;"})
