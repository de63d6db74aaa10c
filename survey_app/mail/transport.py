"""Sending one mail over SMTP (RFC 5321), and being exact about what is known afterwards.

A mail is either with the server, certainly not with it, or the connection broke after the text was
sent and before the server answered: then nobody knows, and nobody sends it again unasked.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from ipaddress import ip_address
from types import TracebackType
from typing import Literal, Protocol
from urllib.parse import unquote, urlsplit

from survey_app.mail.message import Sender

Security = Literal["none", "starttls", "tls"]

_SCHEMES: dict[str, Security] = {"smtp": "none", "smtp+starttls": "starttls", "smtps": "tls"}
_PORTS: dict[Security, int] = {"none": 25, "starttls": 587, "tls": 465}

#: Lines end as SMTP wants, and no server has to be able to take eight bits.
_ON_THE_WIRE = SMTP.clone(cte_type="7bit")

#: The server closes the connection after saying this, whatever was asked (RFC 5321, section 3.8).
_CLOSING = 421
_GO_AHEAD = 354


class BadMailSettings(ValueError):
    """Settings that no mail can be sent with; the message says what to write."""


class NoService(Exception):
    """Nothing can be sent now: no connection, no secured one, or a refusal of us; the message is one sentence."""


class Deferred(Exception):
    """This mail was not taken now, and may be tried later; the message is a reply code or a fixed word."""


class Refused(Exception):
    """This mail will never be taken; the message is the reply code."""


class Uncertain(Exception):
    """The connection broke when the server may have had the mail; the message is a fixed word."""


class Transport(Protocol):
    """What sends a mail: it returns when the server has it, and raises one of the errors above otherwise."""

    def send(self, message: EmailMessage) -> None:
        """Hands ``message`` over to a server."""


@dataclass(frozen=True)
class MailSettings:
    """How mail leaves this installation; ``timeout`` are the seconds that a server may stay silent."""

    host: str
    port: int
    security: Security
    user: str | None
    password: str | None = field(repr=False)
    sender: str
    sender_name: str = ""
    timeout: float = 30.0

    @classmethod
    def from_url(cls, url: str, sender: str | None) -> MailSettings:
        """From ``smtp+starttls://user:password@host:587`` and ``Name <address>``.

        ``smtp://`` is without encryption, ``smtps://`` is encrypted from the start. Raises
        :class:`BadMailSettings`.
        """
        name, address = parseaddr(sender or "")
        if not re.fullmatch(r"[^@\s]+@[^@\s]+", address):
            raise BadMailSettings("write where mails come from into PEIL_SENDER, as Peil <peil@example.nl>")
        try:
            parts = urlsplit(url)
            host, port, security = parts.hostname, parts.port, _SCHEMES[parts.scheme]
        except (ValueError, KeyError) as error:
            raise BadMailSettings("PEIL_SMTP is not understood; write smtp+starttls://user:password@host") from error
        if not host or parts.path.strip("/") or parts.query or parts.fragment:
            raise BadMailSettings("PEIL_SMTP is not understood; write smtp+starttls://user:password@host")
        user = None if parts.username is None else unquote(parts.username)
        if user is not None and security == "none" and not _is_here(host):
            raise BadMailSettings("PEIL_SMTP would send its password readable; write smtp+starttls:// or smtps://")
        password = None if parts.password is None else unquote(parts.password)
        return cls(host, port or _PORTS[security], security, user, password, address, name)

    @property
    def from_(self) -> Sender:
        """What stands in the From header."""
        return Sender(self.sender, self.sender_name)


class SmtpTransport:
    """One connection to a mail server, made at the first mail and made again when it was lost."""

    def __init__(self, settings: MailSettings, context: ssl.SSLContext | None = None) -> None:
        self._settings = settings
        self._context = context
        self._server: smtplib.SMTP | None = None

    def __enter__(self) -> SmtpTransport:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, mistake: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Takes leave of the server."""
        server, self._server = self._server, None
        if server is not None:
            try:
                server.quit()
            except (OSError, smtplib.SMTPException):
                server.close()

    def send(self, message: EmailMessage) -> None:
        """Hands ``message`` over.

        Raises :class:`NoService`, :class:`Deferred`, :class:`Refused` or :class:`Uncertain`.
        """
        sender, recipient = (message[name].addresses[0].addr_spec for name in ("From", "To"))
        text = _as_sent(message.as_bytes(policy=_ON_THE_WIRE))
        server = self._connected()
        try:
            code, _ = server.mail(sender)
            if code >= 500:
                self._drop()
                raise NoService(f"The mail server does not take mails from {sender} ({code}); correct PEIL_SENDER.")
            self._accept(code)
            self._accept(server.rcpt(recipient)[0])
            self._accept(server.docmd("DATA")[0], _GO_AHEAD)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise Deferred("connection") from error
        try:
            server.send(text)
            code, _ = server.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise Uncertain("connection") from error
        self._accept(code)

    def _accept(self, code: int, wanted: int = 250) -> None:
        """Goes on when the server agreed; otherwise takes the mail back and says for how long."""
        if code == wanted or (wanted == 250 and code == 251):  # 251: it will be forwarded
            return
        if code == _CLOSING or self._server is None:
            self._drop()
        else:
            try:
                self._server.rset()
            except (OSError, smtplib.SMTPException):
                self._drop()
        raise Refused(str(code)) if code >= 500 else Deferred(str(code))

    def _drop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()

    def _connected(self) -> smtplib.SMTP:
        if self._server is None:
            settings = self._settings
            try:
                self._server = self._connect()
            except smtplib.SMTPAuthenticationError as error:
                raise NoService(f"{settings.host} refuses the user or the password in PEIL_SMTP.") from error
            except ssl.SSLError as error:
                raise NoService(f"{settings.host} offers no connection to trust ({error.reason}).") from error
            except (OSError, smtplib.SMTPException) as error:
                reason = getattr(error, "strerror", None) or type(error).__name__
                raise NoService(f"{settings.host}, port {settings.port}: no mail server answers ({reason}).") from error
        return self._server

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        context = self._context or ssl.create_default_context()
        if settings.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.host, settings.port, timeout=settings.timeout, context=context
            )
        else:
            server = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout)
        try:
            if settings.security == "starttls":
                server.starttls(context=context)
            server.ehlo_or_helo_if_needed()
            if settings.user is not None:
                server.login(settings.user, settings.password or "")
        except BaseException:
            server.close()
            raise
        return server


def _as_sent(text: bytes) -> bytes:
    """The text as DATA wants it: dots at the start of a line doubled, a line with a dot at the end."""
    doubled = re.sub(rb"(?m)^\.", b"..", text)
    return doubled + (b"" if doubled.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
