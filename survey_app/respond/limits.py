"""A brake on trying out invitation codes.

What stops guessing is the code itself: 80 random bits. The brake only keeps a stuck or curious
program from filling the day with questions. A whole company sits behind one address, so a right
code always passes; only wrong ones count.
"""

from __future__ import annotations

import ipaddress
import threading
from collections import OrderedDict
from collections.abc import Callable

#: Wrong codes that one address may try at once, and the seconds after which one more is forgiven.
ALLOWED = 60
FORGIVEN_AFTER = 10.0

#: Addresses remembered at most; with more of them the one that was wrong longest ago is forgotten.
ADDRESSES = 10_000


class WrongCodes:
    """Counts wrong invitation codes by address, in memory only, and forgets them in minutes.

    ``clock`` gives seconds that never go back, such as ``time.monotonic``. Safe to share by threads.
    """

    def __init__(self, clock: Callable[[], float], addresses: int = ADDRESSES) -> None:
        self._clock = clock
        self._most = addresses
        self._counts: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def count(self, address: str | None) -> bool:
        """Counts a wrong code from ``address``; whether there were too many."""
        key = network(address)
        now = self._clock()
        with self._lock:
            self._forget(now)
            count, since = self._counts.pop(key, (0.0, now))
            count = max(0.0, count - max(0.0, now - since) / FORGIVEN_AFTER) + 1
            self._counts[key] = (min(count, ALLOWED + 1), now)
            if len(self._counts) > self._most:
                self._counts.popitem(last=False)
            return count > ALLOWED

    def __len__(self) -> int:
        """How many addresses are remembered now."""
        return len(self._counts)

    def _forget(self, now: float) -> None:
        """Drops the oldest addresses whose wrong codes are all forgiven: they stand first."""
        while self._counts:
            key, (count, since) = next(iter(self._counts.items()))
            if now - since < count * FORGIVEN_AFTER:
                return
            del self._counts[key]


def network(address: str | None) -> str:
    """What counts as one address: itself, or for version 6 the /64 that one connection gets to itself."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return ""  # no address or a strange one: they share one count
    if parsed.version == 6 and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((parsed.packed[:8] + bytes(8), 64)))
    return str(parsed)
