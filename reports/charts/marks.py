"""The marks all charts are made of."""

from __future__ import annotations

from reportlab.graphics.shapes import Circle, Drawing, Group, Line, Polygon, Rect, String
from reportlab.lib.colors import Color
from reportlab.lib.utils import simpleSplit

from reports.style import BOLD, INK, MEDIUM, MUTED, REGULAR, RULE, WHITE, text_width


class Scale:
    """Values to points along one axis."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self.low, self.high, self.start, self.end = low, high, start, end

    def __call__(self, value: float) -> float:
        """The place of ``value`` in points, kept within the axis."""
        inside = min(max(value, self.low), self.high)
        return self.start + (inside - self.low) / (self.high - self.low) * (self.end - self.start)


class Canvas:
    """A drawing with the report's marks; y counts downwards from the top, as one reads."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self._group = Group()

    def drawing(self) -> Drawing:
        """The finished drawing."""
        drawing = Drawing(self.width, self.height)
        drawing.add(self._group)
        return drawing

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 8.5,
        font: str = REGULAR,
        colour: Color = INK,
        anchor: str = "start",
    ) -> None:
        """One line of text with its baseline at ``y``."""
        self._group.add(
            String(x, self.height - y, text, fontName=font, fontSize=size, fillColor=colour, textAnchor=anchor)
        )

    def block(
        self,
        x: float,
        y: float,
        text: str,
        width: float,
        *,
        size: float = 8.5,
        leading: float | None = None,
        font: str = REGULAR,
        colour: Color = INK,
        anchor: str = "start",
    ) -> float:
        """Wrapped text with the first baseline at ``y``; returns the baseline below the last line."""
        step = leading or size * 1.32
        for line in split_text(text, font, size, width):
            self.text(x, y, line, size=size, font=font, colour=colour, anchor=anchor)
            y += step
        return y

    def line(
        self, x1: float, y1: float, x2: float, y2: float, *, colour: Color = RULE, width: float = 0.6,
        dash: tuple[float, float] | None = None,
    ) -> None:  # fmt: skip
        """A straight line."""
        line = Line(x1, self.height - y1, x2, self.height - y2, strokeColor=colour, strokeWidth=width)
        if dash:
            line.strokeDashArray = list(dash)
        self._group.add(line)

    def box(
        self, x: float, y: float, width: float, height: float, *, fill: Color | None, edge: Color | None = None,
        round_by: float = 0,
    ) -> None:  # fmt: skip
        """A rectangle with its top left corner at ``x, y``."""
        self._group.add(
            Rect(
                x, self.height - y - height, width, height, rx=round_by, ry=round_by,
                fillColor=fill, strokeColor=edge, strokeWidth=0.6 if edge is not None else 0,
            )
        )  # fmt: skip

    def dot(self, x: float, y: float, radius: float = 3.6, *, colour: Color = INK, hollow: bool = False) -> None:
        """A dot with a thin white rim, or a hollow one."""
        fill, edge, width = (WHITE, colour, 1.1) if hollow else (colour, WHITE, 0.9)
        self._group.add(Circle(x, self.height - y, radius, fillColor=fill, strokeColor=edge, strokeWidth=width))

    def interval(self, x1: float, x2: float, y: float, *, colour: Color, width: float = 1.5, cap: float = 3.0) -> None:
        """An interval with caps."""
        self.line(x1, y, x2, y, colour=colour, width=width)
        for x in (x1, x2):
            self.line(x, y - cap, x, y + cap, colour=colour, width=width)

    def verdict(self, x: float, y: float, direction: int, *, colour: Color, size: float = 3.6) -> None:
        """▲ higher, ▼ lower, ● neither, centred on ``x, y``; the shape says what the colour says."""
        middle = self.height - y
        if direction == 0:
            self._group.add(Circle(x, middle, size * 0.78, fillColor=colour, strokeColor=None))
            return
        rise = size * direction
        points = [x - size, middle - rise * 0.85, x + size, middle - rise * 0.85, x, middle + rise * 0.95]
        self._group.add(Polygon(points, fillColor=colour, strokeColor=None))

    def axis(self, scale: Scale, top: float, bottom: float, ticks: list[float], labels: list[str]) -> None:
        """Light vertical lines at ``ticks`` with their labels below."""
        for tick, label in zip(ticks, labels, strict=True):
            x = scale(tick)
            self.line(x, top, x, bottom, colour=RULE, width=0.5)
            self.text(x, bottom + 11, label, size=7.4, colour=MUTED, anchor="middle")

    def label(self, x: float, y: float, text: str, width: float, *, size: float, font: str = MEDIUM) -> float:
        """A label around the baseline ``y``, on two smaller lines when it is too long for one.

        Returns the baseline for a note below it.
        """
        for fitting in (size, size - 0.8):
            if text_width(text, font, fitting) <= width:
                self.text(x, y, text, size=fitting, font=font)
                return y + 10.5
        lines = split_text(text, font, size - 0.8, width)
        if len(lines) > 2:
            lines = [lines[0], shortened(f"{lines[1]} {lines[2]}", font, size - 0.8, width)]
        for place, line in enumerate(lines):
            self.text(x, y - 5.5 + place * (size - 0.2), line, size=size - 0.8, font=font)
        return y + 11.5


def split_text(text: str, font: str, size: float, width: float) -> list[str]:
    """``text`` over lines of at most ``width``; a word that is wider on its own is broken with a hyphen."""
    words = []
    for word in text.split():
        while len(word) > 1 and text_width(word, font, size) > width:
            fitting = [end for end in range(1, len(word)) if text_width(f"{word[:end]}-", font, size) <= width]
            end = max(fitting, default=1)
            words.append(f"{word[:end]}-")
            word = word[end:]
        words.append(word)
    return list(simpleSplit(" ".join(words), font, size, width))


def shortened(text: str, font: str, size: float, width: float) -> str:
    """``text``, or its beginning with an ellipsis where it is wider than ``width``."""
    if text_width(text, font, size) <= width:
        return text
    while text and text_width(f"{text}…", font, size) > width:
        text = text[:-1].rstrip()
    return f"{text}…"


def heading(canvas: Canvas, x: float, y: float, text: str, anchor: str = "start") -> None:
    """A column heading."""
    canvas.text(x, y, text, size=7.6, font=MEDIUM, colour=MUTED, anchor=anchor)


def strong(canvas: Canvas, x: float, y: float, text: str, anchor: str = "start", size: float = 9.4) -> None:
    """A number that is read first."""
    canvas.text(x, y, text, size=size, font=BOLD, anchor=anchor)
