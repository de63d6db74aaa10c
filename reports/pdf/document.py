"""The document: pages, header and footer, bookmarks; the same input gives the same bytes."""

from __future__ import annotations

import calendar
import datetime as dt
import hashlib
import io
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from reportlab import rl_config
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, NextPageTemplate, PageTemplate

from reports.charts.marks import shortened
from reports.style import (
    BOTTOM,
    INK,
    MARGIN,
    MEDIUM,
    MUTED,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    REGULAR,
    RULE,
    TITLE,
    TOP,
    WIDTH,
    WORSE,
)

#: Binary streams: smaller files, and no detour through ASCII.
rl_config.useA85 = 0


@dataclass(frozen=True)
class DocumentFacts:
    """What stands in the file's properties and on every page."""

    title: str
    author: str
    subject: str
    language: str
    footer: str
    notice: str
    date: dt.date


CoverPainter = Callable[[Canvas], None]


def build_pdf(flowables: Sequence[Flowable], cover: CoverPainter, facts: DocumentFacts) -> bytes:
    """The PDF with ``cover`` painted on the first page and ``flowables`` from the second on."""
    stream = io.BytesIO()
    document = _Document(stream, facts)
    document.addPageTemplates(
        [
            PageTemplate("cover", [_frame()], onPage=lambda canvas, _: cover(canvas)),
            PageTemplate("page", [_frame()]),
        ]
    )
    story = [NextPageTemplate("page"), _CoverPage(), *flowables]
    document.build(story, canvasmaker=_numbered(facts))
    return stream.getvalue()


def _frame() -> Frame:
    return Frame(
        MARGIN, BOTTOM, WIDTH, PAGE_HEIGHT - TOP - BOTTOM,
        leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0,
    )  # fmt: skip


class _CoverPage(Flowable):  # type: ignore[misc]  # ReportLab has no types
    """Takes up the first page, so that everything else starts on the second."""

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        return width, height

    def draw(self) -> None:
        """Nothing: the cover is painted by its page template."""


class _Document(BaseDocTemplate):  # type: ignore[misc]  # ReportLab has no types
    def __init__(self, stream: io.BytesIO, facts: DocumentFacts) -> None:
        super().__init__(
            stream,
            pagesize=(PAGE_WIDTH, PAGE_HEIGHT),
            title=facts.title,
            author=facts.author,
            subject=facts.subject,
            creator="Peil",
            lang=facts.language,
            invariant=1,
            initialFontName=REGULAR,
            pageCompression=1,
        )
        self._bookmarks = 0

    def afterFlowable(self, flowable: Flowable) -> None:
        """A bookmark for every page title."""
        if getattr(flowable, "style", None) is TITLE:
            self._bookmarks += 1
            key = f"page-{self._bookmarks}"
            self.canv.bookmarks.append(key)
            self.canv.addOutlineEntry(flowable.getPlainText(), key, 0)


def _numbered(facts: DocumentFacts) -> type[Canvas]:
    """A canvas that knows the number of pages before it draws the first footer."""

    class NumberedCanvas(Canvas):  # type: ignore[misc]  # ReportLab has no types
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            _set_date(self, facts.date)
            self.setViewerPreference("DisplayDocTitle", "true")
            self._pages: list[dict[str, Any]] = []
            self.bookmarks: list[str] = []

        def showPage(self) -> None:
            """Keeps the page, with the bookmarks that lead to it, until all are known."""
            self._pages.append(dict(self.__dict__))
            self.bookmarks = []
            self._startPage()

        def save(self) -> None:
            """Draws the footers and sets the bookmarks, then writes the file."""
            for number, page in enumerate(self._pages, start=1):
                self.__dict__.update(page)
                for key in self.bookmarks:
                    self.bookmarkPage(key)
                if number > 1:
                    _draw_frame_of_page(self, facts, number, len(self._pages))
                super().showPage()
            super().save()

    return NumberedCanvas


def _draw_frame_of_page(canvas: Canvas, facts: DocumentFacts, number: int, pages: int) -> None:
    canvas.saveState()
    canvas.setStrokeColor(RULE)
    canvas.setLineWidth(0.6)
    canvas.line(MARGIN, 44, PAGE_WIDTH - MARGIN, 44)
    canvas.setFillColor(MUTED)
    canvas.setFont(REGULAR, 7.6)
    canvas.drawString(MARGIN, 31, shortened(facts.footer, REGULAR, 7.6, WIDTH - 60))
    canvas.setFillColor(INK)
    canvas.setFont(MEDIUM, 7.6)
    canvas.drawRightString(PAGE_WIDTH - MARGIN, 31, f"{number} / {pages}")
    if facts.notice:
        canvas.setFillColor(WORSE)
        canvas.setFont(MEDIUM, 7.6)
        canvas.drawRightString(PAGE_WIDTH - MARGIN, PAGE_HEIGHT - 34, facts.notice)
    canvas.restoreState()


def _set_date(canvas: Canvas, date: dt.date) -> None:
    """Dates the file by the survey, not by the clock, so that it can be made again."""
    stamp = canvas._doc._timeStamp
    stamp.t = calendar.timegm(date.timetuple())
    stamp.lt = time.gmtime(stamp.t)
    stamp.YMDhms = tuple(stamp.lt)[:6]
    stamp.tzname, stamp.dhh, stamp.dmm = "UTC", 0, 0
    # The identifier of the file began with ReportLab's own time, which follows SOURCE_DATE_EPOCH where that is set.
    canvas._doc.signature = hashlib.md5(str(stamp.t).encode(), usedforsecurity=False)
