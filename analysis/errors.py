"""What can be wrong with what a person hands in, and how a sentence about it quotes and lists."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

#: Longest quotation in a sentence: enough to find it back, short enough to read past it.
LONGEST_QUOTE = 60

#: A sentence lists no more words than this.
MOST_LISTED = 6


class InputError(ValueError):
    """A file does not hold together; one sentence that names file, line or key and the remedy."""


def quoted(written: str) -> str:
    """``written`` between quotes, on one line: what cannot be seen is escaped, what is long is cut off."""
    head = written if len(written) <= LONGEST_QUOTE else written[: LONGEST_QUOTE - 1] + "…"
    return "'" + "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in head) + "'"


def listed(words: Iterable[str]) -> str:
    """``'a', 'b' and 5 more``: the first words, and how many others there are."""
    every = [quoted(word) for word in words]
    if len(every) <= MOST_LISTED:
        return ", ".join(every)
    return f"{', '.join(every[: MOST_LISTED - 1])} and {len(every) - MOST_LISTED + 1} more"


def did_you_mean(written: str, known: Iterable[str]) -> str:
    """`` (did you mean 'x'?)`` for the nearest known word, or nothing."""
    near = get_close_matches(written, list(known), n=1)
    return f" (did you mean {quoted(near[0])}?)" if near else ""


def count_of(number: int, thing: str, things: str = "") -> str:
    """``1 field`` or ``2 fields``; ``things`` is the plural where it is not made with an s."""
    return f"{number} {thing if number == 1 else things or thing + 's'}"
