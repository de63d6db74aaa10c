"""How the gate's work grows with the company: measures it, and draws ``docs/pictures/gate-growth.svg``.

Run it as ``python -m benchmarks.growth``; it takes some minutes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from benchmarks.gate import PROMISED_SECONDS, measure

#: Employees of the companies that are measured.
SIZES = (500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000)

PICTURE = Path(__file__).parents[1] / "docs" / "pictures" / "gate-growth.svg"

_WIDTH, _HEIGHT, _LEFT, _TOP, _RIGHT, _BOTTOM = 640, 340, 60, 24, 20, 46
_FIRST, _LAST, _LEAST, _MOST = 400, 60_000, 0.5, 200.0


def draw(points: Sequence[tuple[int, float]]) -> str:
    """The picture as SVG: CPU seconds against employees, both on a logarithmic scale, with the promises."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" '
        'font-size="12" role="img"><title>CPU seconds of the gate by number of employees</title>',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
    ]
    for seconds in (1, 10, 100):
        y = _up(seconds)
        parts.append(f'<path d="M{_LEFT} {y}H{_WIDTH - _RIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">{seconds} s</text>')
    for size, _ in points:
        label = f"{size:,}"
        parts.append(f'<text x="{_along(size)}" y="{_HEIGHT - _BOTTOM + 18}" text-anchor="middle">{label}</text>')
    parts.append(f'<text x="{_WIDTH / 2}" y="{_HEIGHT - 8}" text-anchor="middle">employees</text>')
    line = " ".join(f"{_along(size)},{_up(seconds)}" for size, seconds in points)
    parts.append(f'<polyline points="{line}" fill="none" stroke="#1b4f72" stroke-width="2"/>')
    for size, seconds in points:
        parts.append(f'<circle cx="{_along(size)}" cy="{_up(seconds)}" r="4" fill="#1b4f72"/>')
        parts.append(
            f'<text x="{_along(size)}" y="{_up(seconds) + 20}" text-anchor="middle" fill="#1b4f72">{seconds:.1f}</text>'
        )
    for size, promised in PROMISED_SECONDS.items():
        x, y = _along(size), _up(promised)
        parts.append(f'<path d="M{x - 16} {y}H{x + 16}" stroke="#b03a2e" stroke-width="2"/>')
        parts.append(f'<text x="{x - 20}" y="{y + 4}" text-anchor="end" fill="#b03a2e">at most {promised:.0f}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _along(size: float) -> float:
    span = math.log(_LAST / _FIRST)
    return round(_LEFT + (_WIDTH - _LEFT - _RIGHT) * math.log(size / _FIRST) / span, 1)


def _up(seconds: float) -> float:
    part = math.log(max(seconds, _LEAST) / _LEAST) / math.log(_MOST / _LEAST)
    return round(_HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * part, 1)


def main() -> None:
    """Measures every size once and draws."""
    points = []
    for size in SIZES:
        found = measure(1, lambda _: None, employees=size)
        print(f"{found.work}: {found.product:.1f} s, {found.memory:.0f} MB", flush=True)
        points.append((size, found.product))
    PICTURE.write_text(draw(points), encoding="utf-8")


if __name__ == "__main__":
    main()
