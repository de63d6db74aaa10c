"""The cover: who, what, when, and a motif drawn from the release itself."""

from __future__ import annotations

from reportlab.pdfgen.canvas import Canvas

from reports.charts.marks import split_text
from reports.context import Context
from reports.pdf.document import CoverPainter
from reports.style import (
    BETTER,
    DEEP,
    DISPLAY,
    INK,
    MARGIN,
    MEDIUM,
    MUTED,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    REGULAR,
    WHITE,
    WIDTH,
    WORSE,
    mix,
)

FIELD = 318.0


def cover(context: Context) -> CoverPainter:
    """Paints the cover page."""

    def paint(canvas: Canvas) -> None:
        canvas.setFillColor(DEEP)
        canvas.rect(0, FIELD, PAGE_WIDTH, PAGE_HEIGHT - FIELD, stroke=0, fill=1)
        _motif(canvas, context)
        _titles(canvas, context)
        _facts(canvas, context)

    return paint


def _no_sources(context: Context) -> str:
    return context.t("closed.all" if context.nothing_open() else "cover.no_comparison")


def _titles(canvas: Canvas, context: Context) -> None:
    survey = context.results.survey
    canvas.setFillColor(WHITE)
    canvas.setFont(MEDIUM, 11)
    canvas.drawString(MARGIN, PAGE_HEIGHT - 66, context.t("cover.kind"))
    y = PAGE_HEIGHT - 118
    size, lines = next(
        (size, lines)
        for size in (38, 31, 25, 20)
        if len(lines := split_text(survey.organisation, DISPLAY, size, WIDTH)) <= 3 or size == 20
    )
    for line in lines:
        canvas.setFont(DISPLAY, size)
        canvas.drawString(MARGIN, y, line)
        y -= 1.16 * size
    y -= (38 - size) / 2
    canvas.setFillColor(mix(BETTER, 0.25))
    for line in split_text(survey.title[context.language], REGULAR, 16, WIDTH - 60)[:5]:
        canvas.setFont(REGULAR, 16)
        canvas.drawString(MARGIN, y + 6, line)
        y -= 22


def _motif(canvas: Canvas, context: Context) -> None:
    """Every open share of the organisation as a dot with its interval, lowest first."""
    cells = [context.total(key) for key in context.measures]
    drawn = sorted((c for c in cells if c.share is not None), key=lambda c: (c.share, c.key.measure))
    if not drawn:
        return
    low, high = FIELD + 42, FIELD + 262
    step = WIDTH / len(drawn)
    for place, cell in enumerate(drawn):
        assert cell.share is not None and cell.share_low is not None and cell.share_high is not None
        x = MARGIN + (place + 0.5) * step
        points = [low + (high - low) * value / 100 for value in (cell.share_low, cell.share, cell.share_high)]
        canvas.setStrokeColor(mix(BETTER, 0.42))
        canvas.setLineWidth(min(4.2, step * 0.34))
        canvas.setLineCap(1)
        canvas.line(x, points[0], x, points[2])
        canvas.setFillColor(WHITE)
        canvas.circle(x, points[1], min(4.0, step * 0.3), stroke=0, fill=1)
    canvas.setLineCap(0)
    canvas.setFillColor(mix(BETTER, 0.35))
    canvas.setFont(REGULAR, 7.6)
    canvas.drawString(MARGIN, FIELD + 16, context.t("cover.motif", n=len(drawn)))


def _facts(canvas: Canvas, context: Context) -> None:
    results, numbers = context.results, context.numbers
    survey = results.survey
    response = results.release.total("response")
    answered = numbers.answers(response.n_low, response.n_high)
    if response.invited is not None and response.share is not None:
        answered = context.t(
            "cover.answered",
            n=answered,
            invited=numbers.integer(response.invited),
            share=numbers.percent(response.share),
        )
    tested = [entry for group in results.comparisons.values() for entry in group if entry.difference is not None]
    sources = sorted({f"{entry.figure.publisher} {entry.figure.year}" for entry in tested})
    facts = [
        (context.t("cover.wave"), survey.wave),
        (context.t("cover.period"), numbers.period(survey.fieldwork_from, survey.fieldwork_to)),
        (context.t("cover.response"), answered),
        (context.t("cover.compared"), ", ".join(sources) or _no_sources(context)),
        (
            context.t("cover.promise"),
            context.t("cover.promise_text", k=results.release.k, smallest=results.release.smallest),
        ),
        (context.t("cover.release"), results.release.fingerprint[:16]),
    ]
    y = FIELD - 46
    for label, value in facts:
        canvas.setFillColor(MUTED)
        canvas.setFont(MEDIUM, 8.6)
        canvas.drawString(MARGIN, y, label)
        canvas.setFillColor(INK)
        for line in split_text(value, REGULAR, 10.4, WIDTH - 128)[:2]:
            canvas.setFont(REGULAR, 10.4)
            canvas.drawString(MARGIN + 128, y, line)
            y -= 15
        y -= 9
    if survey.synthetic:
        canvas.setFillColor(WORSE)
        canvas.setFont(MEDIUM, 10)
        canvas.drawString(MARGIN, 40, context.t("synthetic.long"))
