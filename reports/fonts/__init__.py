"""The typeface of the report: static cuts of Inter (SIL Open Font License 1.1, see ``OFL.txt``).

The files are made by ``make_fonts.py`` from the variable font; digits have equal widths, so
that columns of numbers line up.
"""

from __future__ import annotations

from importlib.resources import files

NAMES = ("Peil-Regular", "Peil-Medium", "Peil-SemiBold", "Peil-Display")


def font_file(name: str) -> bytes | None:
    """The TrueType file of a font by name, or ``None`` when there is no such font."""
    return (files("reports") / "fonts" / f"{name}.ttf").read_bytes() if name in NAMES else None
