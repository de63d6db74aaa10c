"""What was checked before the figures left, for whoever wants to check it again."""

from __future__ import annotations

from collections.abc import Mapping

from analysis.disclosure.release import Release, own_spread_from


def certificate(release: Release, files: Mapping[str, str], version: str, *, synthetic: bool) -> dict[str, object]:
    """The content of ``certificate.json``: the rules applied, the counts, and SHA-256 sums.

    ``files`` maps file names, read and written, to their SHA-256 in hexadecimal. The number
    of cells that are closed is given in all, never by reason: a reason is information too.
    """
    cells = list(release.cells.values())
    closed = sum(cell.closed for cell in cells)
    return {
        "software": f"peil {version}",
        "synthetic": synthetic,
        "release": release.fingerprint,
        "promise": {"k": release.k, "smallest_open_group": release.smallest},
        "plan": {
            "wave": release.plan.wave,
            "earlier_waves": list(release.plan.earlier),
            "measures": len(release.plan.measures),
            "units": len(release.plan.units),
            "cuts": [cut.key for cut in release.plan.cuts],
        },
        "cells": {"planned": len(cells), "open": len(cells) - closed, "closed": closed},
        "checked": [
            "every open cell rests on at least the smallest open group of valid answers to that measure",
            "no open group has all, or all but one, of its answers to a question on fatigue or caregiving alike",
            "in every division of a printed total the closed rest is nobody or at least the smallest open group",
            "in no such division do the printed figures show all, or all but one, of the closed rest to answer a "
            "question on fatigue or caregiving alike",
            "numbers of answers below 30 are printed in bands of five; shares in whole percent; means in tenths",
            "intervals of shares follow from the printed numbers alone; spreads of groups below "
            f"{own_spread_from(release.k)} are not used",
            "only the organisation, its first level and one cut at a time are in the plan",
        ],
        "not_checked": [
            "no solver has tried to reconstruct closed cells from all released cells together",
            "measures on the same people are not subtracted from each other, nor are people who skipped a question",
            "earlier releases are not compared with this one person by person",
        ],
        "sha256": dict(sorted(files.items())),
    }
