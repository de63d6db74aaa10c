"""pytauargus kept at a distance: one process and one empty folder for each table, both gone afterwards.

It leaves files with true counts in its working directory and in the folder for temporary files, and may read
them back on the next run, which can end its process; so it is imported nowhere but in the child that
:func:`run_argus` starts.
Run as a program this module is that child: it reads ``task.json`` in its working directory and writes
``found.json`` there.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

#: What pytauargus calls a total, and the mark of the lower level in its files of hierarchies.
TOTAL, _LEAD = "Total", "@"

#: It calls closed cells unsafe, by themselves or with others, and prints all the others, empty ones too.
_CLOSED = frozenset("UM")


class NoPattern(RuntimeError):
    """pytauargus gave no answer: it was late and was stopped, or it ended with an error."""


@dataclass(frozen=True)
class Found:
    """The cells that pytauargus closes, as (unit, category), and the CPU seconds of its process."""

    closed: frozenset[tuple[str, str]]
    seconds: float


def run_argus(
    departments: Mapping[str, Sequence[str]],
    people: Mapping[str, Sequence[str]],
    rule: str,
    method: str,
    limit: float,
) -> Found:
    """Has a table of counts protected: ``unit`` by ``category`` with all margins.

    ``departments`` maps each department to its teams; ``people`` holds the columns ``unit`` (a team) and
    ``category``, a row for each person. All codes of a kind have equal length: its reader splits by width.
    ``rule`` and ``method`` are in its own words. Raises :class:`NoPattern`, after ``limit`` seconds at the latest.
    """
    task = {"departments": departments, "people": people, "rule": rule, "method": method}
    with tempfile.TemporaryDirectory(prefix="argus") as folder:
        Path(folder, "task.json").write_text(json.dumps(task), encoding="utf-8")
        # -P keeps the folder of this file out of the child's path: its neighbours are no top-level modules.
        command = [sys.executable, "-P", str(Path(__file__).resolve())]
        before = _spent_by_children()
        try:
            run = subprocess.run(
                command,
                cwd=folder,
                env={**os.environ, "TMPDIR": folder},
                capture_output=True,
                timeout=limit,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise NoPattern(f"{method} was stopped after {limit:g} s") from None
        if run.returncode != 0:
            raise NoPattern(f"{method} ended with {run.returncode}: {run.stderr.decode(errors='replace')[-300:]}")
        seconds = _spent_by_children() - before
        closed = json.loads(Path(folder, "found.json").read_text(encoding="utf-8"))
    return Found(frozenset((unit, category) for unit, category in closed), seconds)


def _spent_by_children() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def _protect() -> None:
    import pytauargus  # type: ignore[import-untyped]

    task = json.loads(Path("task.json").read_text(encoding="utf-8"))
    here = Path.cwd()
    hierarchy = here / "units.hrc"
    lines = [line for name, teams in task["departments"].items() for line in (name, *(_LEAD + team for team in teams))]
    hierarchy.write_text("\n".join(lines) + "\n", encoding="utf-8")
    columns = {**task["people"], "count": [1] * len(task["people"]["unit"])}
    result = pytauargus.protect(
        columns,
        ["unit", "category"],
        "count",
        safety_rules=task["rule"],
        suppress=task["method"],
        hrc={"unit": str(hierarchy)},
        hierleadstring=_LEAD,
        totcode=TOTAL,
        workdir=str(here),
    )
    closed = [(row["unit"], row["category"].strip()) for row in result.tables[0].rows if row["status"] in _CLOSED]
    (here / "found.json").write_text(json.dumps(closed), encoding="utf-8")


if __name__ == "__main__":
    _protect()
