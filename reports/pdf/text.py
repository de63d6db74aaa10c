"""Paragraphs that remember what was written in them, so that the same page can go on the web."""

from __future__ import annotations

from typing import Any

from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Paragraph


class Text(Paragraph):  # type: ignore[misc]  # ReportLab has no types
    """A paragraph; ``markup`` is its text with ``<b>`` and ``<br/>``, everything else escaped.

    ReportLab makes the halves of a split paragraph itself, from ``frags`` and without markup.
    """

    def __init__(self, markup: str | None = None, style: ParagraphStyle | None = None, **options: Any) -> None:
        super().__init__(markup, style, **options)
        self.markup = markup or ""
        self._wrapped: tuple[float, tuple[float, float]] | None = None

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """The size at ``width``, worked out once: a table asks each of its cells several times."""
        # Splitting throws the lines away when none of them fits; then they have to be made again.
        if self._wrapped is None or self._wrapped[0] != width or not hasattr(self, "blPara"):
            self._wrapped = (width, super().wrap(width, height))
        return self._wrapped[1]
