"""How the Python client of a respondent reaches a server: over HTTP, or inside one process.

Both are a ``survey_app.anonymity.client.Transport``: called with a method, a path and a body, they
give the status and the reply (JSON as values, anything else as text).
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from flask.testing import FlaskClient

#: Seconds that a server may stay silent, and how often a request is sent at most.
TIMEOUT = 30.0
ATTEMPTS = 4

#: Seconds before the second attempt; each further one waits twice as long.
PAUSE = 0.2

#: The largest reply that is read: a form with its manifest, or the tally list of a very large survey.
MOST_BYTES = 256 * 1024 * 1024


class ConnectionLost(ConnectionError):
    """The server could not be reached, or stopped in the middle, on every attempt."""


class HttpTransport:
    """Speaks to the server at ``base_url`` over one connection that stays open while the server allows.

    Every request of the protocol may be sent twice, so what gets no reply is sent again. Not for
    several threads at once: each takes its own. ``pause`` waits a number of seconds.
    """

    def __init__(
        self,
        base_url: str,
        *,
        timeout: float = TIMEOUT,
        attempts: int = ATTEMPTS,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        address = urlsplit(base_url)
        if address.scheme not in ("http", "https") or not address.hostname or address.query or address.fragment:
            raise ValueError("the address of a server looks like https://peil.example.nl")
        kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(address.hostname, address.port, timeout=timeout)
        self._prefix = address.path.rstrip("/")
        self._attempts = attempts
        self._pause = pause

    def __call__(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> tuple[int, Any]:
        """Status and reply; raises ``ConnectionLost`` when no attempt got one."""
        for attempt in range(self._attempts):
            if attempt:
                self._pause(PAUSE * 2 ** (attempt - 1))
            try:
                return self._exchange(method, path, body)
            except (http.client.HTTPException, OSError):
                self._connection.close()
        raise ConnectionLost(f"no reply after {self._attempts} attempts")

    def _exchange(self, method: str, path: str, body: Mapping[str, Any] | None) -> tuple[int, Any]:
        headers = {"Accept": "application/json"}
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body, separators=(",", ":")).encode()
        self._connection.request(method, self._prefix + path, content, headers)
        response = self._connection.getresponse()
        data = response.read(MOST_BYTES)
        if not response.isclosed() and response.read(1):
            raise http.client.HTTPException("the reply is too large")
        return response.status, _understood(data, response.headers.get_content_type())

    def close(self) -> None:
        """Gives the connection back; a further request opens another."""
        self._connection.close()

    def __enter__(self) -> HttpTransport:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, mistake: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class FlaskTransport:
    """Speaks to an application in the same process, through its test client: for the assisted page and tests.

    ``remote_addr`` is the address on whose behalf it asks, so that wrong codes are counted there.
    """

    def __init__(self, client: FlaskClient, remote_addr: str | None = None) -> None:
        self._client = client
        self._environment = {} if remote_addr is None else {"REMOTE_ADDR": remote_addr}

    def __call__(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> tuple[int, Any]:
        """Status and reply."""
        response = self._client.open(path, method=method, json=body, buffered=True, environ_overrides=self._environment)
        return response.status_code, _understood(response.get_data(), response.mimetype or "")


def _understood(data: bytes, mimetype: str) -> Any:
    """Values from JSON and text from the rest; a reply that is not what it says it is counts as text too."""
    text = data.decode("utf-8", errors="replace")
    if mimetype != "application/json":
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
