"""``./peil bench``: runs the benchmarks, prints a table, and fails when a promise is broken."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence

from benchmarks import gate, opening, reading, report, scoring, signing, submitting
from benchmarks.measure import Measurement, Tick

BENCHMARKS: Mapping[str, Callable[[int, Tick], Measurement]] = {
    "scoring": scoring.measure,
    "gate": gate.measure,
    "gate-large": gate.measure_large,
    "report": report.measure,
    "reading": reading.measure,
    "signing": signing.measure,
    "submitting": submitting.measure,
    "opening": opening.measure,
}

ROUNDS = 7


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs what was asked for, or everything; 1 when a promise is broken."""
    parser = argparse.ArgumentParser(
        prog="peil bench",
        description="Measures CPU time and memory next to the least that the same work could cost.",
        epilog="Fails when a promise is broken. What is measured stands in docs/performance.md.",
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"which: {', '.join(BENCHMARKS)} (all unless you name some)"
    )
    parser.add_argument(
        "--rounds", type=_positive, default=ROUNDS, help=f"how often each takes its turn (default: {ROUNDS})"
    )
    options = parser.parse_args(arguments)
    for name in options.names:
        if name not in BENCHMARKS:
            parser.error(f"there is no benchmark '{name}'; use {', '.join(BENCHMARKS)}")
    measurements = []
    for name in options.names or BENCHMARKS:
        progress = _Progress(name)
        try:
            measurements.append(BENCHMARKS[name](options.rounds, progress))
        finally:
            progress.done()
    print(table(measurements))
    return 0 if all(entry.kept is not False for entry in measurements) else 1


def table(measurements: Sequence[Measurement]) -> str:
    """The findings as text: a line of numbers for each, with the work and the promise below it."""
    lines = [f"{'':10}{'Peil':>10}{'floor':>10}{'ratio':>8}{'memory':>10}"]
    for entry in measurements:
        lines.append(
            f"{entry.name:10}{entry.product:8.3f} s{entry.floor:8.3f} s{entry.ratio:8.2f}{entry.memory:7.0f} MB"
        )
        lines.append(f"  {entry.work}")
        if entry.kept is not None:
            lines.append(f"  promise: {entry.promise}: {'kept' if entry.kept else 'BROKEN'}")
    lines.append("CPU seconds, the least of all rounds; memory is what Peil allocates on top of its input.")
    return "\n".join(lines)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of rounds; use 1 or more")
    return int(text)


class _Progress:
    """The current step on standard error: a moving line on a terminal, a line a benchmark elsewhere."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._live = sys.stderr.isatty()
        if not self._live:
            self._write(f"{name} …\n")

    def __call__(self, step: str) -> None:
        if self._live:
            self._write(f"\r\x1b[K{self._name}: {step}")

    def done(self) -> None:
        if self._live:
            self._write("\r\x1b[K")

    def _write(self, text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
