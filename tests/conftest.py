"""What holds for every test: no network, and the same examples each time in continuous integration."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright

# No deadline: a slow machine is not a defect. In continuous integration a failure must be repeatable.
settings.register_profile("peil", deadline=None)
settings.register_profile("peil-ci", deadline=None, derandomize=True)
settings.load_profile("peil-ci" if os.environ.get("CI") else "peil")


#: The tests run as root in continuous integration, and the browser is to keep to itself.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class NetworkClosed(RuntimeError):
    """A test tried to reach another machine."""


def stays_on_this_machine(family: int, address: Any) -> bool:
    """Whether a socket address is a Unix socket or the loopback interface."""
    if family not in (socket.AF_INET, socket.AF_INET6):
        return True
    host = address[0]
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return bool(host == "localhost")


@pytest.fixture(scope="session", autouse=True)
def closed_network() -> Iterator[None]:
    """Refuses every connection to another machine, in tests and in what they call."""

    def guarded(connect: Callable[[socket.socket, Any], Any]) -> Callable[[socket.socket, Any], Any]:
        def connect_here_only(self: socket.socket, address: Any) -> Any:
            if not stays_on_this_machine(self.family, address):
                raise NetworkClosed(f"the network is closed in tests: {address}")
            return connect(self, address)

        return connect_here_only

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded(socket.socket.connect))
        patch.setattr(socket.socket, "connect_ex", guarded(socket.socket.connect_ex))
        yield


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One headless browser for all journeys of a process."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield launched
        launched.close()
