"""A mail server that delivers nothing: what it gets lies in a folder, for the demo and for tests."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

HOST = "127.0.0.1"

#: A personal link: the address of a booth with a code behind #.
_LINK = re.compile(r"https?://\S+/b/[0-9a-z]+#[0-9A-Z]{16}")


@dataclass(frozen=True)
class FoundLink:
    """A personal link in a received mail, and who got it."""

    to: str
    address: str


class Catcher:
    """Writes each mail into a file of its own: 0001.eml, 0002.eml and so on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._count = len(list(folder.glob("*.eml")))

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's name
        """Keeps the mail as it came."""
        self._count += 1
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        (self.folder / f"{self._count:04}.eml").write_bytes(content)
        return "250 OK"


class MailSink:
    """A mail server on this machine only, in a thread of its own; use it in a ``with`` block.

    ``port`` 0 takes a free one, which :attr:`port` then tells. ``handler`` and ``options`` are those
    of :class:`aiosmtpd.smtp.SMTP`; without a handler mails go to ``folder``, which is made.
    """

    def __init__(self, folder: Path, port: int = 0, handler: Any = None, **options: Any) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = port
        self._handler = handler or Catcher(folder)
        self._options = {"hostname": "localhost", "ident": "Peil", **options}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="mail-sink", daemon=True)
        self._server: asyncio.Server | None = None

    def __enter__(self) -> MailSink:
        make: Callable[[], SMTP] = lambda: SMTP(self._handler, loop=self._loop, **self._options)  # noqa: E731  # typed
        self._thread.start()  # first: this thread may be running another loop already
        starting = self._loop.create_server(make, HOST, self.port)
        self._server = asyncio.run_coroutine_threadsafe(starting, self._loop).result()
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, mistake: BaseException | None, traceback: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _stop(self) -> None:
        if self._server is not None:
            self._server.close()
        own = asyncio.current_task()
        tasks = [task for task in asyncio.all_tasks() if task is not own]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def url(self) -> str:
        """What to write as the mail server."""
        return f"smtp://{HOST}:{self.port}"


def received(folder: Path) -> Iterator[EmailMessage]:
    """The mails in a folder, in the order in which they came."""
    for path in sorted(folder.glob("*.eml")):
        yield message_from_bytes(path.read_bytes(), policy=policy.default)


def links(folder: Path) -> list[FoundLink]:
    """The personal link of each mail in a folder that has one, in the order in which they came."""
    found = []
    for message in received(folder):
        body = message.get_body(("plain",))
        link = _LINK.search(body.get_content()) if body is not None else None
        if link is not None:
            found.append(FoundLink(str(message["To"]), link[0]))
    return found
