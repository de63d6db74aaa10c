"""Handing one mail over: what is known afterwards is exactly what is said."""

from __future__ import annotations

import socket
import ssl
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from survey_app.mail.sink import MailSink, received
from survey_app.mail.transport import (
    BadMailSettings,
    Deferred,
    MailSettings,
    NoService,
    Refused,
    SmtpTransport,
    Uncertain,
)
from tests.survey_app.mail.servers import Moody, Slow, make_certificate, only


def letter(to: str = "eva@voorbeeld.nl", text: str = "Hallo\r\n.\r\n..tot ziens\r\n") -> EmailMessage:
    """A mail whose text would end early if its dots were not doubled."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Peil <peil@voorbeeld.nl>", to, "x"
    message.set_content(text, cte="7bit")
    return message


def settings(sink: MailSink, **changes: object) -> MailSettings:
    """The settings with which that server is reached."""
    return replace(MailSettings.from_url(sink.url, "Peil <peil@voorbeeld.nl>"), **changes)  # type: ignore[arg-type]


def test_a_mail_arrives_as_it_was(tmp_path: Path) -> None:
    with MailSink(tmp_path) as sink, SmtpTransport(settings(sink)) as transport:
        transport.send(letter())
        transport.send(letter("omar@voorbeeld.nl", "tweede\r\n"))
    first, second = received(tmp_path)
    assert first.get_content().splitlines() == ["Hallo", ".", "..tot ziens"]
    assert (second["To"], second.get_content().strip()) == ("omar@voorbeeld.nl", "tweede")


@pytest.mark.parametrize(("answer", "error"), [("450 busy", Deferred), ("550 no such user", Refused)])
def test_a_recipient_who_is_not_taken_stops_nobody_else(answer: str, error: type[Exception], tmp_path: Path) -> None:
    handler = Moody(tmp_path, {"gone@voorbeeld.nl": answer})
    with MailSink(tmp_path, handler=handler) as sink, SmtpTransport(settings(sink)) as transport:
        with pytest.raises(error, match=answer[:3]):
            transport.send(letter("gone@voorbeeld.nl"))
        transport.send(letter())
    assert [message["To"] for message in received(tmp_path)] == ["eva@voorbeeld.nl"]


@pytest.mark.parametrize(("answer", "error"), [("451 later", Deferred), ("554 spam", Refused), ("421 bye", Deferred)])
def test_a_text_that_is_not_taken_was_not_sent(answer: str, error: type[Exception], tmp_path: Path) -> None:
    handler = Moody(tmp_path, after={1: answer})
    with MailSink(tmp_path, handler=handler) as sink, SmtpTransport(settings(sink)) as transport:
        with pytest.raises(error, match=answer[:3]):
            transport.send(letter())
        transport.send(letter())
    assert len(list(received(tmp_path))) == 1


@pytest.mark.parametrize("answer", ["hang up", "hang"])
def test_when_the_server_falls_silent_after_the_text_nobody_knows(answer: str, tmp_path: Path) -> None:
    handler = Moody(tmp_path, after={1: answer})
    with MailSink(tmp_path, handler=handler) as sink:
        with SmtpTransport(settings(sink, timeout=0.4)) as transport, pytest.raises(Uncertain, match="connection"):
            transport.send(letter())
        assert len(list(received(tmp_path))) == 1, "this time it had come"


def test_a_connection_that_breaks_before_the_text_is_certain_not_to_have_sent(tmp_path: Path) -> None:
    with MailSink(tmp_path) as sink:
        transport = SmtpTransport(settings(sink))
        transport.send(letter())
    with pytest.raises(Deferred, match="connection"):
        transport.send(letter())
    with pytest.raises(NoService, match="no mail server answers"):
        transport.send(letter())
    assert len(list(received(tmp_path))) == 1


def test_a_slow_server_is_waited_for(tmp_path: Path) -> None:
    with MailSink(tmp_path, handler=Slow(tmp_path, 0.3)) as sink, SmtpTransport(settings(sink)) as transport:
        transport.send(letter())
    assert len(list(received(tmp_path))) == 1


def test_a_server_that_never_greets_is_given_up(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]
        reached = replace(MailSettings.from_url(f"smtp://127.0.0.1:{port}", "peil@voorbeeld.nl"), timeout=0.3)
        with pytest.raises(NoService, match=f"127.0.0.1, port {port}: no mail server answers"):
            SmtpTransport(reached).send(letter())


def test_a_sender_who_may_not_send_is_a_matter_of_settings(tmp_path: Path) -> None:
    handler = Moody(tmp_path, sender="553 not you")
    words = r"from peil@voorbeeld.nl \(553\); correct PEIL_SENDER"
    with MailSink(tmp_path, handler=handler) as sink, pytest.raises(NoService, match=words):
        SmtpTransport(settings(sink)).send(letter())


@pytest.mark.parametrize(("password", "comes"), [("geheim", True), ("fout", False)])
def test_user_and_password_are_given_and_a_wrong_one_is_said(password: str, comes: bool, tmp_path: Path) -> None:
    server, client = make_certificate(tmp_path)
    with MailSink(tmp_path, tls_context=server, authenticator=only("peil", "geheim"), auth_required=True) as sink:
        reached = settings(sink, security="starttls", user="peil", password=password)
        with SmtpTransport(reached, client) as transport:
            if comes:
                transport.send(letter())
            else:
                with pytest.raises(NoService, match="refuses the user or the password") as refusal:
                    transport.send(letter())
                assert "fout" not in str(refusal.value)
    assert len(list(received(tmp_path))) == comes
    assert password not in repr(reached)


def test_encryption_begins_before_anything_is_said(tmp_path: Path) -> None:
    server, client = make_certificate(tmp_path)
    with MailSink(tmp_path / "mail", tls_context=server, require_starttls=True) as sink:
        reached = settings(sink, security="starttls")
        with SmtpTransport(reached, client) as transport:
            transport.send(letter())
        with pytest.raises(NoService, match="offers no connection to trust"):
            SmtpTransport(reached).send(letter())
    assert len(list(received(tmp_path / "mail"))) == 1


def test_a_server_without_encryption_gets_no_mail_when_encryption_is_asked_for(tmp_path: Path) -> None:
    with MailSink(tmp_path) as sink, pytest.raises(NoService, match="no mail server answers"):
        SmtpTransport(settings(sink, security="starttls"), ssl.create_default_context()).send(letter())
    assert not list(received(tmp_path))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://localhost", ("localhost", 25, "none", None, None)),
        ("smtp+starttls://me%40x:p%2Fw@mail.example.nl", ("mail.example.nl", 587, "starttls", "me@x", "p/w")),
        ("smtps://mail.example.nl:4650/", ("mail.example.nl", 4650, "tls", None, None)),
        ("smtp://u:p@127.0.0.1:2525", ("127.0.0.1", 2525, "none", "u", "p")),
    ],
)
def test_settings_are_read_from_an_address(url: str, expected: tuple[object, ...]) -> None:
    read = MailSettings.from_url(url, "Peil <peil@example.nl>")
    assert (read.host, read.port, read.security, read.user, read.password) == expected
    assert (read.sender, read.sender_name) == ("peil@example.nl", "Peil")


@pytest.mark.parametrize(
    ("url", "sender", "words"),
    [
        ("", "peil@example.nl", "PEIL_SMTP is not understood"),
        ("mail.example.nl", "peil@example.nl", "PEIL_SMTP is not understood"),
        ("smtp://", "peil@example.nl", "PEIL_SMTP is not understood"),
        ("smtp://mail.example.nl:99999", "peil@example.nl", "PEIL_SMTP is not understood"),
        ("https://mail.example.nl", "peil@example.nl", "PEIL_SMTP is not understood"),
        ("smtp://u:secret@mail.example.nl", "peil@example.nl", "its password readable"),
        ("smtp://localhost", None, "PEIL_SENDER"),
        ("smtp://localhost", "nobody", "PEIL_SENDER"),
    ],
)
def test_settings_that_cannot_work_are_refused_with_the_remedy(url: str, sender: str | None, words: str) -> None:
    with pytest.raises(BadMailSettings, match=words) as refusal:
        MailSettings.from_url(url, sender)
    assert "secret" not in str(refusal.value)
