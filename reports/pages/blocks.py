"""Building blocks that pages share."""

from __future__ import annotations

from collections.abc import Sequence

from reportlab.platypus import Flowable, Spacer, Table, TableStyle

from analysis.benchmark.compare import Comparison
from reports.charts.dots import LABEL_WIDTH, dot_chart
from reports.context import Context, safe
from reports.pdf.text import Text
from reports.style import (
    BODY,
    BULLET,
    CELL,
    CELL_HEAD,
    CELL_HEAD_RIGHT,
    CELL_RIGHT,
    HAIR,
    HEADING,
    HEIGHT,
    LEAD,
    RULE,
    SMALL,
    TITLE,
    WIDTH,
)


def title(text: str) -> Text:
    """The title of a page; also its bookmark."""
    return Text(text, TITLE)


def lead(text: str) -> Text:
    """The conclusion of a page in a sentence or two."""
    return Text(text, LEAD)


def heading(text: str) -> Text:
    """A heading within a page."""
    return Text(text, HEADING)


def body(text: str) -> Text:
    """A paragraph."""
    return Text(text, BODY)


def small(text: str) -> Text:
    """A note in small grey type."""
    return Text(text, SMALL)


def bullets(texts: Sequence[str]) -> list[Flowable]:
    """A list."""
    return [Text(text, BULLET, bulletText="•") for text in texts]


def gap(height: float) -> Spacer:
    """White space."""
    return Spacer(1, height)


def height_of(page: Sequence[Flowable]) -> float:
    """The height of flowables below each other, the space between two of them counted once."""
    total = below = 0.0
    for place, flowable in enumerate(page):
        total += max(below, flowable.getSpaceBefore()) if place else 0.0
        total += flowable.wrap(WIDTH, HEIGHT)[1]
        below = flowable.getSpaceAfter()
    return total


def grid(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    widths: Sequence[float],
    right: Sequence[int] = (),
    *,
    tight: bool = False,
) -> Table:
    """A table with light rules; columns in ``right`` are aligned to the right, rows ``tight`` for long lists."""
    above, below = (1.4, 1.8) if tight else (3.5, 4.0)
    content: list[list[Text]] = [
        [Text(text, CELL_HEAD_RIGHT if place in right else CELL_HEAD) for place, text in enumerate(head)]
    ]
    content += [[Text(text, CELL_RIGHT if place in right else CELL) for place, text in enumerate(row)] for row in rows]
    scale = WIDTH / sum(widths)
    table = Table(content, colWidths=[width * scale for width in widths], repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("LINEBELOW", (0, 0), (-1, 0), 0.7, RULE),
                ("LINEBELOW", (0, 1), (-1, -1), 0.5, HAIR),
                ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
                ("VALIGN", (0, 1), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 8),
                ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), above),
                ("BOTTOMPADDING", (0, 0), (-1, -1), below),
            ]
        )
    )
    return table


def measure_chart(
    context: Context, keys: Sequence[str], label: str, *, compare: bool = True, label_width: float = LABEL_WIDTH
) -> list[Flowable]:
    """The dot chart of some measures, in the order given, with their passport lines below."""
    rows = [context.row(key, compare=compare) for key in keys]
    chart = dot_chart(rows, context.heads(label), label_width=label_width)
    flowables: list[Flowable] = [chart, gap(5)]
    if compare:
        lines = [passport_line(context, best) for key in keys if (best := context.headline(key)) is not None]
        if lines:
            flowables.append(small("<br/>".join(dict.fromkeys(lines))))
    return flowables


def passport_line(context: Context, comparison: Comparison) -> str:
    """Under a chart: where the national figure comes from and how comparable it is."""
    figure = comparison.figure
    return context.t(
        "passport.line",
        measure=context.name(comparison.measure),
        value=context.official(comparison),
        publisher=safe(figure.publisher),
        survey=safe(figure.survey),
        year=figure.year,
        grade=comparison.grade,
        reasons=", ".join(context.t(f"reason_short.{reason}") for reason in comparison.reasons) or DASH_NONE,
    )


DASH_NONE = "\N{EN DASH}"


def context_lines(context: Context, keys: Sequence[str]) -> list[Flowable]:
    """Official figures of grade D: shown with the reason, never tested."""
    lines = []
    for key in keys:
        for comparison in context.results.comparisons.get(key, ()):
            if comparison.difference is None:
                lines.append(
                    context.t(
                        "passport.not_comparable",
                        name=safe(context.indicator_name(comparison)),
                        value=context.official(comparison),
                        publisher=safe(comparison.figure.publisher),
                        year=comparison.figure.year,
                        reason=", ".join(context.t(f"reason.{reason}") for reason in comparison.reasons),
                    )
                )
    if not lines:
        return []
    return [small(f"<b>{context.t('passport.context')}.</b> {' '.join(dict.fromkeys(lines))}")]
