"""How a client asks a server, and what it makes of the reply: an answer, a refusal, or an alarm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Protocol

from survey_app.anonymity.encoding import Malformed, unb64u
from survey_app.anonymity.reading import read_object

#: Where a server can break the protocol.
Breach = Literal[
    "manifest", "witness", "form", "reply", "unit", "issuer", "credential", "receipt", "done", "draft", "board"
]


class Transport(Protocol):
    """Sends a request and gives status and reply: values of JSON, or text. Raises ``OSError`` without a reply."""

    def __call__(self, method: str, path: str, body: Mapping[str, Any] | None = None, /) -> tuple[int, Any]:
        """Status and reply."""
        ...


class Refused(Exception):
    """The server said no, in one of the words of the protocol: ``word``."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


class Alarm(Exception):
    """The server did what an honest server never does; ``what`` says where. Do not go on and do not retry."""

    def __init__(self, what: Breach) -> None:
        super().__init__(f"the server breaks the protocol: {what}")
        self.what: Breach = what


def ask(transport: Transport, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
    """The reply to a request; raises :class:`Refused`."""
    status, reply = transport(method, path, body)
    if status == 200:
        return reply
    word = reply.get("error") if isinstance(reply, dict) else None
    # A page of something in between, a proxy say, is no word of the server.
    raise Refused(word if isinstance(word, str) else "failed")


def ask_for(transport: Transport, method: str, path: str, body: Mapping[str, Any] | None, *keys: str) -> dict[str, Any]:
    """A reply that has exactly ``keys``; raises :class:`Refused`, and ``Alarm("reply")`` for another."""
    try:
        return read_object(ask(transport, method, path, body), keys)
    except Malformed:
        raise Alarm("reply") from None


def replied_bytes(value: object, length: int | None, what: Breach) -> bytes:
    """Bytes in a reply, or an alarm about ``what``."""
    try:
        return unb64u(value, length)
    except Malformed:
        raise Alarm(what) from None
