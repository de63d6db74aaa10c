"""Units × measures: the number in every open cell, colour only for what stands out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import Color

from reports.charts.marks import Canvas, shortened, split_text
from reports.style import BOLD, INK, MEDIUM, MUTED, NEWS_COLOURS, PALE, REGULAR, WIDTH, mix, text_width

HEAD = 40.0
WIDEST = 64.0
ROOM = 530.0

#: Lines above a column, and the sizes that are tried for them.
HEAD_LINES = 4
HEAD_SIZES = (6.8, 6.3)

#: Where a word may be broken; it shows only there.
SOFT_HYPHEN = "\N{SOFT HYPHEN}"


@dataclass(frozen=True)
class HeatCell:
    """One cell: the number as printed (a dash when closed), whether it stands out above (1) or
    below (-1) the organisation, and whether that is good (1) or bad (-1) news."""

    printed: str
    direction: int = 0
    news: int = 0
    closed: bool = False


@dataclass(frozen=True)
class HeatRow:
    """One unit with its cells; the organisation itself is ``strong``."""

    name: str
    answers: str
    cells: tuple[HeatCell, ...]
    strong: bool = False


def heat_map(columns: Sequence[str], rows: Sequence[HeatRow], heads: tuple[str, str]) -> Drawing:
    """A heat map of ``rows`` × ``columns``; ``heads`` are the words for unit and answers."""
    name_width, n_width = 124.0, 46.0
    height = min(30.0, max(20.0, ROOM / max(1, len(rows))))
    cell = min(WIDEST, (WIDTH - name_width - n_width) / max(1, len(columns)))
    canvas = Canvas(WIDTH, HEAD + height * len(rows) + 2)
    canvas.text(0, HEAD - 8, heads[0], size=7.8, font=MEDIUM, colour=MUTED)
    canvas.text(name_width + n_width - 10, HEAD - 8, heads[1], size=7.8, font=MEDIUM, colour=MUTED, anchor="end")
    size = next((size for size in HEAD_SIZES if all(_fits(column, size, cell) for column in columns)), HEAD_SIZES[-1])
    for place, column in enumerate(columns):
        middle = name_width + n_width + (place + 0.5) * cell
        lines = [line for word in column.split() for line in _word_lines(word, size, cell)]
        if len(lines) > HEAD_LINES:
            rest = " ".join(lines[HEAD_LINES - 1 :])
            lines = [*lines[: HEAD_LINES - 1], shortened(rest, MEDIUM, size, cell)]
        for number, line in enumerate(lines):
            y = HEAD - 8 - (len(lines) - 1 - number) * 8.6
            canvas.text(middle, y, line, size=size, font=MEDIUM, colour=MUTED, anchor="middle")
    for number, row in enumerate(rows):
        y = HEAD + number * height
        base = y + height / 2 + 3
        font = BOLD if row.strong else MEDIUM
        canvas.label(0, base, row.name, name_width - 6, size=8.4, font=font)
        canvas.text(name_width + n_width - 10, base, row.answers, size=8, colour=MUTED, anchor="end")
        for place, entry in enumerate(row.cells):
            x = name_width + n_width + place * cell
            canvas.box(x + 0.7, y + 0.7, cell - 1.4, height - 1.4, fill=_fill(entry), round_by=2)
            canvas.text(
                x + cell / 2 - (2.5 if entry.direction else 0),
                base,
                entry.printed,
                size=8.4,
                font=BOLD if row.strong or entry.direction else REGULAR,
                colour=MUTED if entry.closed else INK,
                anchor="middle",
            )
            if entry.direction:
                canvas.verdict(x + cell - 6.5, base - 3, entry.direction, colour=NEWS_COLOURS[entry.news], size=2.3)
    return canvas.drawing()


def _fits(column: str, size: float, width: float) -> bool:
    """Whether no syllable of a column's name has to be broken."""
    syllables = column.replace(SOFT_HYPHEN, "-").replace("-", "- ").split()
    return all(text_width(syllable, MEDIUM, size) <= width for syllable in syllables)


def _word_lines(word: str, size: float, width: float) -> list[str]:
    """A word on one line where it fits, otherwise on a line for each syllable."""
    plain = word.replace(SOFT_HYPHEN, "")
    if text_width(plain, MEDIUM, size) <= width:
        return [plain]
    syllables = word.replace(SOFT_HYPHEN, "-").replace("-", "- ").split()
    return [line for syllable in syllables for line in split_text(syllable, MEDIUM, size, width)]


def _fill(entry: HeatCell) -> Color:
    return mix(NEWS_COLOURS[entry.news], 0.28) if entry.direction else PALE
