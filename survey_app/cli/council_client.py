"""The page for answering that a works council serves or hands out itself, with what it insists on written into it."""

from __future__ import annotations

import ipaddress
import json
import re
from pathlib import Path

from survey_app.anonymity.encoding import b64u
from survey_app.anonymity.manifest import Manifest

#: As survey_app/client builds it: nothing is pinned, it may connect to nothing, and it asks for nothing.
GENERIC = Path(__file__).parent.parent / "static" / "client" / "booth-standalone.html"

_PIN = '<script type="application/json" id="pinned">{}</script>'
_CONNECT = "connect-src {};"

_ORIGIN = re.compile(r"(https?)://([a-z0-9.-]{1,253}|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?/?")
_PORTS = {"http": 80, "https": 443}

#: This very machine, for trying things out: only here may answers travel without TLS.
_HERE = ("localhost", "127.0.0.1", "[::1]")


class NotOrigin(ValueError):
    """Not an address that the page may talk with."""


def server_origin(address: str) -> str:
    """The origin of a server as browsers write it; the host is compared whole. Raises :class:`NotOrigin`."""
    match = _ORIGIN.fullmatch(address.strip().lower())
    if match is None:
        raise NotOrigin(address)
    scheme, host, port = match[1], match[2], int(match[3] or _PORTS[match[1]])
    try:
        if host.startswith("["):
            host = f"[{ipaddress.IPv6Address(host[1:-1]).compressed}]"
        elif host.rsplit(".", 1)[-1].isdigit():
            host = str(ipaddress.IPv4Address(host))
    except ValueError as error:
        raise NotOrigin(address) from error
    if not all(host.split(".")) or not 0 < port < 1 << 16 or (scheme == "http" and host not in _HERE):
        raise NotOrigin(address)
    return f"{scheme}://{host}" + ("" if port == _PORTS[scheme] else f":{port}")


def pinned_page(manifest: Manifest, server: str) -> str:
    """The page for one survey: it talks with ``server`` only and refuses any other manifest."""
    pin = json.dumps({"manifest": b64u(manifest.hash), "server": server, "survey": manifest.survey})
    # An address of numbers and colons has no place in a policy; there the page itself keeps to the server.
    allowed = server.split("//")[0] if "[" in server else server
    page = GENERIC.read_text(encoding="utf-8")
    for blank, empty, filled in ((_PIN, "null", pin), (_CONNECT, "'none'", allowed)):
        if page.count(blank.format(empty)) != 1:
            raise AssertionError(f"{GENERIC.name} has no place for {filled}")
        page = page.replace(blank.format(empty), blank.format(filled))
    return page
