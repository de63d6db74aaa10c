"""What was checked before the figures left, for whoever wants to check it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from importlib.metadata import version

from analysis.disclosure.gate import INSIDERS
from analysis.disclosure.plan import CellKey
from analysis.disclosure.release import Cell, Release, own_spread_from
from analysis.reliability import LEAST_PEOPLE

#: What the gate computes with; another version may choose another pattern among equally good ones.
SOLVERS = ("highspy", "scipy", "numpy")


@dataclass(frozen=True)
class LedgerMark:
    """Where a release stands in the ledger of its organisation: the number of entries up to and with its own,
    and the hash of the last one in hexadecimal."""

    entries: int
    head: str


def certificate(
    release: Release, files: Mapping[str, str], peil: str, *, synthetic: bool, ledger: LedgerMark | None = None
) -> dict[str, object]:
    """The content of ``certificate.json``: the rules applied, the counts, the attacks, and SHA-256 sums.

    ``files`` maps file names, read and written, to their SHA-256 in hexadecimal. The number
    of cells that are closed is given in all, never by reason: a reason is information too.
    """
    cells = list(release.cells.values())
    closed = sum(cell.closed for cell in cells)
    proof = release.proof
    return {
        "software": f"peil {peil}",
        "solvers": {name: version(name) for name in SOLVERS},
        "synthetic": synthetic,
        "release": release.fingerprint,
        "promise": {"k": release.k, "smallest_open_group": release.smallest},
        "plan": {
            "wave": release.plan.wave,
            "earlier_waves": list(release.plan.earlier),
            "measures": len(release.plan.measures),
            "units": len(release.plan.tree),
            "cuts": [cut.key for cut in release.plan.cuts],
        },
        "cells": {"planned": len(cells), "open": len(cells) - closed, "closed": closed},
        "models": _plain(asdict(release.models)),
        "rules": rules(release),
        "attack": {
            "means": list(proof.means),
            "narrowest_interval": proof.narrowest,
            "given_to_the_attacker": [
                "every figure of this release, its rounding, k and these rules",
                "how many people were invited, where a roster says so",
                "which closed cells are empty",
                "the own answer of one person in each group",
            ],
        },
        "ledger": None if ledger is None else {"entries": ledger.entries, "head": ledger.head},
        "not_checked": [
            "answers to different questions are not subtracted from each other, except through the number of "
            "people who answered and through who was asked",
            "the margins of means, which follow the spread of large groups, are not attacked",
            "what models say keeps rules of its own and is not attacked",
            *([] if ledger else ["no ledger was kept: other releases about the same people were not looked at"]),
        ],
        "sha256": dict(sorted(files.items())),
    }


def certificate_of_division(
    cells: Mapping[CellKey, Cell], k: int, files: Mapping[str, str], peil: str, ledger: LedgerMark
) -> dict[str, object]:
    """What stands beside the new cells of one more division; the rules are those of the release itself.

    ``files`` maps the names of everything that was released of the survey, the new cells too, to their SHA-256
    in hexadecimal: all of it was attacked together.
    """
    closed = sum(cell.closed for cell in cells.values())
    return {
        "software": f"peil {peil}",
        "solvers": {name: version(name) for name in SOLVERS},
        "promise": {"k": k, "smallest_open_group": k + INSIDERS},
        "divided": sorted({f"{key.unit}, {key.cut}" for key in cells}),
        "cells": {"planned": len(cells), "open": len(cells) - closed, "closed": closed},
        "ledger": {"entries": ledger.entries, "head": ledger.head},
        "sha256": dict(sorted(files.items())),
    }


def _plain(value: object) -> object:
    """The same in what JSON has: printed decimals become numbers."""
    match value:
        case Decimal():
            return float(value)
        case dict():
            return {name: _plain(part) for name, part in value.items()}
        case list() | tuple():
            return [_plain(part) for part in value]
        case _:
            return value


def rules(release: Release) -> list[str]:
    """The rules that every figure of a release keeps, in one sentence each."""
    k, smallest = release.k, release.smallest
    return [
        f"an open cell rests on at least {smallest} valid answers to that measure, and a category within a unit on "
        f"at least {2 * k}",
        "no open cell about fatigue or caregiving shows that all, or all but one, answered alike",
        "cells are decided over units and cuts together; whatever adding and subtracting would reveal is closed too",
        f"of a closed cell with fewer than {smallest} people nobody can work out the number of people to within {k}, "
        "unless the roster alone says it",
        f"of a closed group that may have fewer than {2 * k} people nobody can work out how many said yes, nor that "
        "all, or all but one, answered alike, also not someone in the group; about fatigue and caregiving that holds "
        "for every closed group",
        "an empty cell is closed like any other small one; a closed cell gives no reason",
        "the measures of one instrument are open or closed together, so that none tells why another is closed",
        f"numbers of answers below 30 are printed in bands of five, and in a band of {k} where no more than {k} of the "
        "invited people did not answer; shares in whole percent; means in tenths",
        "intervals follow from the printed numbers alone; spreads of groups below "
        f"{own_spread_from(k)} answers are not used",
        "only the organisation, its units, and one cut at a time of the organisation and its first level are planned; "
        "the questions of a scale are for the organisation as a whole",
        f"models are a fixed list, about the organisation as a whole and at least {LEAST_PEOPLE} people; they use open "
        f"measures and groups with at least {smallest} people of either outcome, and are printed in whole percents "
        "and points, or in hundredths",
    ]
