"""QR codes (ISO/IEC 18004) drawn as one shape, sharp at every size."""

from __future__ import annotations

from itertools import pairwise

from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel
from reportlab.pdfgen.canvas import Canvas

from reports.style import INK

#: Modules that have to stay white around the code.
QUIET = 4

#: Rows reach a little into the next one, or thin white lines show where two of them meet.
_OVERLAP = 0.01


def qr_modules(text: str) -> tuple[tuple[bool, ...], ...]:
    """The rows of the code for ``text``, from the top; True is dark. Level M: 15 % may be damaged.

    Raises ``ValueError`` when ``text`` is too long for any code.
    """
    code = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(text)
    code.make()
    return tuple(tuple(bool(module) for module in row) for row in code.modules)


def draw_qr(canvas: Canvas, text: str, x: float, y: float, size: float) -> None:
    """Draws the code for ``text`` in a square of ``size`` with its lower left corner at (x, y), quiet zone included."""
    rows = qr_modules(text)
    module = size / (len(rows) + 2 * QUIET)
    path = canvas.beginPath()
    for place, row in enumerate(rows):
        bottom = y + size - (QUIET + place + 1 + _OVERLAP) * module
        for start, end in _runs(row):
            path.rect(x + (QUIET + start) * module, bottom, (end - start) * module, (1 + _OVERLAP) * module)
    canvas.saveState()
    canvas.setFillColor(INK)
    canvas.drawPath(path, stroke=0, fill=1)
    canvas.restoreState()


def _runs(row: tuple[bool, ...]) -> list[tuple[int, int]]:
    """Where dark modules stand next to each other: first, and one past the last."""
    edges = [place for place, (before, after) in enumerate(pairwise((False, *row, False))) if before != after]
    return list(zip(edges[::2], edges[1::2], strict=True))
