"""The certificate: which rules every figure keeps, who tried to break them, and how to try again."""

from __future__ import annotations

from importlib.metadata import version

from reportlab.graphics.shapes import Drawing
from reportlab.platypus import Flowable, Table, TableStyle

from analysis.disclosure.certificate import SOLVERS
from analysis.disclosure.release import own_spread_from
from analysis.reliability import LEAST_PEOPLE
from reports.charts.marks import Canvas
from reports.context import Context
from reports.numbers import DASH
from reports.pages.blocks import body, heading, lead, title
from reports.pdf.text import Text
from reports.style import ACCENT, BAND, CELL, DISPLAY, HAIR, MEDIUM, MUTED, PALE, WIDTH

#: The rules in the order of :func:`analysis.disclosure.certificate.rules`, which says the same in one language.
RULES = (
    "enough", "mind", "joint", "people", "answers", "empty", "together", "rounding", "margins", "plan", "models",
)  # fmt: skip

#: What the attacker was given, in the order of ``certificate.json``.
GIVEN = ("figures", "invited", "empty", "insider")

#: By what means he tries, from the cheapest to the dearest.
MEANS = ("figures", "truth", "sums", "trades", "programmes", "whole")

#: How anybody attacks the same figures again.
COMMAND = "peil disclosure audit released.csv --k {k}"

#: White between the two columns of the page, their width, and that of a number before a text, in points.
_GUTTER = 20.0
_COLUMN = (WIDTH - _GUTTER) / 2
_MARK = 15.0

#: The height of a tile.
TILE = 94.0

_PLAIN = (
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 0),
    ("TOPPADDING", (0, 0), (-1, -1), 1.6),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 2.2),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
)
_BARE = (("TOPPADDING", (0, 0), (-1, -1), 0), ("BOTTOMPADDING", (0, 0), (-1, -1), 0))
_CLOSE = (("TOPPADDING", (0, 0), (-1, -1), 0.8), ("BOTTOMPADDING", (0, 0), (-1, -1), 0.8))


def certificate_page(context: Context) -> list[Flowable]:
    """What leaves and what stays closed, on one page."""
    attacked = bool(context.results.release.proof.means)
    return [
        title(context.t("certificate.title")),
        lead(context.t("certificate.lead" if attacked else "certificate.lead_closed")),
        _tiles(context),
        heading(context.t("certificate.rules")),
        _rule_columns(context),
        heading(context.t("certificate.attacker")),
        _attack(context),
        body(context.t("certificate.proof")),
        heading(context.t("certificate.check")),
        _facts(context),
    ]


def _tiles(context: Context) -> Drawing:
    """How many cells there are, on how many subjects they were attacked, and how much was left uncertain."""
    canvas = Canvas(WIDTH, TILE)
    width = (WIDTH - 24) / 3
    numbers, proof = context.numbers, context.results.release.proof
    cells = list(context.results.release.cells.values())
    closed = sum(cell.closed for cell in cells)
    _tile(canvas, 0, width, context.t("certificate.cells"), numbers.integer(len(cells)))
    _bar(canvas, 12, 62, width - 24, 1 - closed / len(cells))
    counts = context.t(
        "certificate.counts", opened=numbers.integer(len(cells) - closed), closed=numbers.integer(closed)
    )
    canvas.text(12, 81, counts, size=7.6, colour=MUTED)
    second = width + 12
    subjects = 1 + len(context.results.release.plan.measures) if proof.means else 0
    _tile(canvas, second, width, context.t("certificate.attacks"), numbers.integer(subjects))
    found = context.t("certificate.attacks_found" if proof.means else "certificate.attacks_none")
    canvas.block(second + 12, 66, found, width - 24, size=7.6, leading=10, colour=MUTED)
    third = 2 * second
    number, said = _narrowest(context)
    _tile(canvas, third, width, context.t("certificate.narrowest"), number)
    canvas.block(third + 12, 66, said, width - 24, size=7.6, leading=10, colour=MUTED)
    return canvas.drawing()


def _tile(canvas: Canvas, x: float, width: float, label: str, number: str) -> None:
    canvas.box(x, 0, width, TILE, fill=PALE, round_by=6)
    canvas.text(x + 12, 18, label, size=8.6, font=MEDIUM)
    canvas.text(x + 12, 49, number, size=26, font=DISPLAY)


def _bar(canvas: Canvas, x: float, y: float, width: float, share: float) -> None:
    """The open share of a whole."""
    canvas.box(x, y, width, 6, fill=BAND)
    if share:
        canvas.box(x, y, share * width, 6, fill=ACCENT)


def _narrowest(context: Context) -> tuple[str, str]:
    """The width left to the number of people of a small closed group, as a number and what it means."""
    narrowest = context.results.release.proof.narrowest
    if narrowest is None:
        return DASH, context.t("certificate.narrowest_none")
    return f"{context.numbers.integer(narrowest)}+", context.t("certificate.narrowest_left")


def _rules(context: Context) -> list[str]:
    release = context.results.release
    values = {
        "k": release.k,
        "smallest": release.smallest,
        "crossed": 2 * release.k,
        "own_spread": own_spread_from(release.k),
        "least": LEAST_PEOPLE,
    }
    return [context.t(f"certificate.rule.{key}", **values) for key in RULES]


def _rule_columns(context: Context) -> Table:
    """The rules with their numbers in two columns, read downwards."""
    marked = [(f"{number}", rule) for number, rule in enumerate(_rules(context), start=1)]
    half = len(marked) // 2  # the first rules are the longer ones
    return _side_by_side([_marked(marked[:half])], [_marked(marked[half:])])


def _attack(context: Context) -> Table:
    """What the attacker knew, beside what he tries."""
    k = context.results.release.k
    known = [("•", context.t(f"certificate.given.{key}", k=k)) for key in GIVEN]
    tried = [(f"{number}", context.t(f"certificate.means.{key}")) for number, key in enumerate(MEANS, start=1)]
    return _side_by_side(
        [Text(f"<b>{context.t('certificate.known')}</b>", CELL), _marked(known, close=True)],
        [Text(f"<b>{context.t('certificate.tried')}</b>", CELL), _marked(tried, close=True)],
    )


def _side_by_side(left: list[Flowable], right: list[Flowable]) -> Table:
    table = Table([[left, right]], colWidths=[_COLUMN + _GUTTER, _COLUMN])
    table.setStyle(TableStyle([*_PLAIN, *_BARE, ("RIGHTPADDING", (0, 0), (0, 0), _GUTTER)]))
    return table


def _marked(items: list[tuple[str, str]], *, close: bool = False) -> Table:
    """Texts, each behind its number or dot."""
    rows = [[Text(f"<b>{mark}</b>", CELL), Text(text, CELL)] for mark, text in items]
    table = Table(rows, colWidths=[_MARK, _COLUMN - _MARK])
    table.setStyle(TableStyle([*_PLAIN, *(_CLOSE if close else ())]))
    return table


def _facts(context: Context) -> Table:
    """Everything that somebody needs who wants to attack the figures again."""
    results = context.results
    solvers = ", ".join(f"{name} {version(name)}" for name in SOLVERS)
    kept = context.t("certificate.ledger_none")
    if results.ledger is not None:
        entries = context.numbers.integer(results.ledger.entries)
        kept = context.t("certificate.ledger_kept", entries=entries, head=results.ledger.head)
    facts = {
        "again": context.t("certificate.again", command=COMMAND.format(k=results.release.k)),
        "fingerprint": results.release.fingerprint,
        "ledger": kept,
        "made": context.t("certificate.made_with", peil=version("peil"), solvers=solvers),
        "limits": context.t("certificate.not_done"),
    }
    rows = [
        [Text(f"<b>{context.t(f'certificate.fact.{key}')}</b>", CELL), Text(text, CELL)] for key, text in facts.items()
    ]
    table = Table(rows, colWidths=[92, WIDTH - 92])
    table.setStyle(TableStyle([*_PLAIN, ("LINEBELOW", (0, 0), (-1, -2), 0.5, HAIR)]))
    return table
