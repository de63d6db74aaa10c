"""Looking for bytes in every file under a folder."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from pathlib import Path


def disguises(text: str) -> tuple[bytes, ...]:
    """A text as programs write it: plain, in wide characters, in hexadecimal, in base64 at each offset."""
    plain = text.encode()
    forms = [plain, text.encode("utf-16-le"), plain.hex().encode(), plain.hex().upper().encode()]
    for offset in range(3):
        # The first and last characters depend on what stands around the text.
        coded = base64.b64encode(b"\0" * offset + plain)
        forms.append(coded[4 if offset else 0 : len(coded) // 4 * 4 - 4])
    return tuple(forms)


def files_with(folder: Path, needles: Iterable[bytes]) -> list[str]:
    """The files under a folder that hold any of the needles, in the folder's own words."""
    wanted = list(needles)
    assert all(len(needle) >= 8 for needle in wanted), "shorter ones are found everywhere"
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            if any(needle in content for needle in wanted):
                found.append(str(path.relative_to(folder)))
    return found


def found_in(folder: Path, needles: Iterable[bytes]) -> int:
    """How many of the needles lie in any file under a folder."""
    everything = b"\n".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
    return sum(needle in everything for needle in needles)
