"""Progress on standard error, only for what takes longer than two seconds."""

from __future__ import annotations

import sys
import time

#: Shorter work needs no progress.
PATIENCE = 2.0

#: The steps of ``peil analyse``, in their order.
ANALYSIS = {
    "survey": "Reading the survey file",
    "roster": "Reading the roster",
    "answers": "Reading the answers",
    "analysis": "Scoring, protecting and comparing",
    "report": "Drawing the reports",
    "files": "Writing the files",
}

#: Every step of every command that takes its time.
STEPS = {
    "demo": "Making the demo organisation",
    "earlier": "Reading the earlier waves",
    "keys": "Making the keys of the units",
    "mail": "Sending the invitations",
    "cards": "Making the cards",
    "respondents": "People are answering",
    "opening": "Opening the urn",
    "audit": "Checking every ballot",
    "released": "Reading the released files",
    "attack": "Attacking the released figures",
    "cbs": "Asking CBS",
    **ANALYSIS,
}


class Progress:
    """Shows the step and its percentage: a moving line on a terminal, a line a step elsewhere."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._line = ""

    def __call__(self, step: str, part: float) -> None:
        """Called by the work: ``step`` is a key of :data:`STEPS`, ``part`` runs from 0 to 1."""
        if time.monotonic() - self._started < PATIENCE:
            return
        live = sys.stderr.isatty()
        line = f"{STEPS[step]} … {part:.0%}" if live and part else f"{STEPS[step]} …"
        if line == self._line:
            return
        self._line = line
        sys.stderr.write(f"\r\x1b[K{line}" if live else f"{line}\n")
        sys.stderr.flush()

    def done(self) -> None:
        """Clears the moving line."""
        if self._line and sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
        self._line = ""
