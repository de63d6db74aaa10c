"""``peil mail``: sending, looking, sending again, stopping."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from survey_app.cli.mail import mail, watch_and_send
from survey_app.mail import outbox
from survey_app.mail.sending import Pace, Sent
from survey_app.mail.sink import MailSink, links, received
from survey_app.mail.transport import MailSettings
from tests.survey_app.cli.installed import Installation, install
from tests.survey_app.mail.servers import Moody

ALL_DAY = ("--window", "00:00-24:00")

#: Opens in the last minute of this day, so that nothing is due yet.
LATE = ("--window", "23:59-24:00")


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """An installation without a mail server."""
    return install(tmp_path)


def hurry(installation: Installation) -> None:
    """Makes everything that waits due."""
    with installation.survey.app.app_context():
        outbox.queue_again("abcd1234", outbox.Stage.WAITING)


def test_send_sends_status_counts_and_retry_repeats(tmp_path: Path) -> None:
    recipients = {"u1.3@example.nl": "550 unknown"}
    handler = Moody(tmp_path / "mail", recipients, after={5: "hang up"})
    with MailSink(tmp_path / "mail", handler=handler) as sink:
        installation = install(tmp_path, sink.url)
        waiting = installation.run(mail, "send", *LATE).output
        assert waiting.startswith("0 sent.\n22 wait for their minute")
        hurry(installation)
        result = installation.run(mail, "send")
        assert (result.exit_code, result.output) == (0, "20 sent, 1 refused, 1 uncertain.\n")
        status = installation.run(mail, "status").output
        assert "abcd1234  Voorbeeld BV, 2026 (running)" in status
        assert "invitation: 20 sent, 1 uncertain, 1 failed (1 x 550)" in status
        assert "@" not in status
        status = installation.run(mail, "status", "ABCD1234", "--addresses").output
        assert "failed: u1.3@example.nl (round 0)" in status and status.count("uncertain: ") == 1
        handler._recipients.clear()
        assert "1 mails are queued" in installation.run(mail, "retry", "abcd1234", "--failed").output
        assert installation.run(mail, "send").output == "1 sent.\n"
        assert "1 mails are queued" in installation.run(mail, "retry", "abcd1234", "--uncertain").output
        assert installation.run(mail, "send").output == "1 sent.\n"
    assert len({link.to for link in links(tmp_path / "mail")}) == 22
    assert len(list(received(tmp_path / "mail"))) == 23, "the uncertain one had come, and came again"


def test_who_asks_to_stop_gets_no_mail(tmp_path: Path) -> None:
    with MailSink(tmp_path / "mail") as sink:
        installation = install(tmp_path, sink.url)
        result = installation.run(mail, "stop", "abcd1234", "U1.3@example.nl")
        assert "gets no more mails" in result.output
        assert installation.run(mail, "send", *LATE).output.startswith("0 sent.\n")
        hurry(installation)
        installation.run(mail, "send")
    sent = [link.to for link in links(tmp_path / "mail")]
    assert len(sent) == 21 and "u1.3@example.nl" not in sent


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("send",), "no mail server is set; write it into PEIL_SMTP"),
        (("send", "--window", "13-9"), "write it as 09:00-13:00"),
        (("send", "--window", "13:00-09:00"), "write it as 09:00-13:00"),
        (("status", "zzzz9999"), "there is no such survey"),
        (("retry", "zzzz9999", "--failed"), "there is no such survey"),
        (("retry", "abcd1234"), "--uncertain, --failed or both"),
        (("stop", "abcd1234", "kees"), "nobody is called 'kees' on this roster"),
        (("stop", "zzzz9999", "kees"), "there is no such survey"),
    ],
)
def test_what_cannot_be_is_one_sentence(arguments: tuple[str, ...], words: str, installation: Installation) -> None:
    result = installation.run(mail, *arguments)
    assert result.exit_code == 2
    assert words in result.stderr and "Traceback" not in result.output


@pytest.mark.parametrize(
    ("smtp", "words"), [("nonsense", "PEIL_SMTP is not understood"), ("smtp://127.0.0.1:1", "no mail server answers")]
)
def test_a_mail_server_that_is_not_there_is_said(smtp: str, words: str, tmp_path: Path) -> None:
    installation = install(tmp_path, smtp)
    installation.run(mail, "send", *ALL_DAY)
    hurry(installation)
    result = installation.run(mail, "send")
    assert result.exit_code == 2 and words in result.stderr
    status = installation.run(mail, "status").output
    assert "no mail yet" in status or "invitation: 22 waiting" in status


def test_watching_says_each_thing_once_and_ends_quietly(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    passes = [Sent(), Sent(problem="no server"), Sent(problem="no server"), Sent(), Sent(sent=3), Sent()]
    # The package calls its command "mail" as well, so the module is asked for by its name.
    monkeypatch.setattr(import_module("survey_app.cli.mail"), "send_once", lambda *_: passes.pop(0))

    def pause(_: float) -> None:
        if not passes:
            raise KeyboardInterrupt

    settings = MailSettings.from_url("smtp://127.0.0.1:1", "peil@voorbeeld.nl")
    watch_and_send(installation.survey.app, settings, Pace(), pause)
    assert capsys.readouterr().out.splitlines() == ["no server", "0 sent.", "3 sent.", "Stopped."]


def test_two_programs_do_not_send_at_once(installation: Installation, tmp_path: Path) -> None:
    with installation.survey.app.app_context(), outbox.only_sender():
        result = installation.run(mail, "retry", "abcd1234", "--failed")
    assert result.exit_code == 2 and "another program is sending mails" in result.stderr


def test_windows_are_read_as_people_write_them() -> None:
    assert Pace.from_text("09:00-13:00") == Pace() == Pace.from_text(" 9.00 – 13.00")
    assert Pace.from_text("00:00-24:00") == Pace(0, 1440)
