"""One mail to one person, built from what the manifest says; pure, the same bytes for the same input.

What is left out on purpose: pictures, click counting, a host name or a header for each person, and
``List-Unsubscribe``, because its address (RFC 2369, RFC 8058) would have to name the person, and a
mail program may call it unasked. The mail says instead how few reminders come, and whom to tell.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from importlib import resources
from typing import Any

from instruments.model import Language
from reports.numbers import Numbers
from survey_app.anonymity.codes import in_groups
from survey_app.mail.layout import Block, Button, Heading, Paragraph, Verbatim, as_html, as_text

#: 7 bits in every part: a server without 8BITMIME (RFC 6152) must not have to change anything.
_POLICY = SMTP.clone(cte_type="7bit", raise_on_defect=True)


#: A mailbox without quotation marks (RFC 5321, section 4.1.2): others exist on paper only.
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


class BadAddress(ValueError):
    """A mail address that no mail can be sent to; the address itself is not in the message."""


@dataclass(frozen=True)
class Asking:
    """What all mails of a survey have in common.

    ``address`` is where the pages are, without a slash at the end; ``words`` are the fingerprint
    words; ``closes`` the last day; ``rounds`` the days of the reminders; ``independent_client`` the
    works council's own page, where there is one; ``remind_all`` whether those who are done are reminded too.
    """

    survey: str
    organisation: str
    title: Mapping[Language, str]
    address: str
    words: str
    level: int
    assisted: bool
    k: int
    closes: dt.date
    rounds: tuple[dt.date, ...]
    languages: tuple[Language, ...]
    independent_client: str | None = None
    remind_all: bool = False


@dataclass(frozen=True)
class Addressee:
    """Who gets the mail; ``token`` are the 16 symbols of the invitation code in force."""

    email: str = field(repr=False)
    name: str = field(repr=False)
    language: Language
    token: str = field(repr=False)


@dataclass(frozen=True)
class Sender:
    """What stands in the From header."""

    email: str
    name: str


def build_message(
    asking: Asking, to: Addressee, round: int, sender: Sender, mail_id: bytes, now: dt.datetime
) -> EmailMessage:
    """The invitation (``round`` 0) or the ``round``-th reminder.

    ``mail_id`` are random bytes that belong to this mail alone: a server that gets it twice can
    tell by the Message-ID, and nobody can tell anything else. Raises :class:`BadAddress`.
    """
    blocks = _blocks(asking, to, round)
    subject = _texts(to.language)["subject"][_kind(round)].format(title=asking.title[to.language])
    message = EmailMessage(policy=_POLICY)
    from_ = _address(sender.email, sender.name)
    message["From"] = from_
    message["To"] = _address(to.email)
    message["Subject"] = _one_line(subject)
    message["Date"] = format_datetime(now)
    mark = hashlib.sha256(b"peil/1/message-id\0" + mail_id).hexdigest()[:32]
    message["Message-ID"] = f"<{mark}@{from_.domain}>"
    # Nobody's absence notice is to come back to HR (RFC 3834, section 5; the second is Microsoft's name for it).
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(as_text(blocks), cte="quoted-printable")
    message.add_alternative(as_html(blocks, to.language, subject), subtype="html", cte="quoted-printable")
    message["Content-Language"] = to.language  # set last: content headers move into the parts
    message.set_boundary(f"=_{mark}")
    return message


def link_to(asking: Asking, token: str) -> str:
    """The personal link: what stands behind # never leaves the browser by itself."""
    return f"{asking.address}/b/{asking.survey}#{token}"


def _kind(round: int) -> str:
    return "reminder" if round else "invitation"


def _blocks(asking: Asking, to: Addressee, round: int) -> list[Block]:
    texts = _texts(to.language)
    numbers = Numbers(to.language)
    facts = {
        "organisation": asking.organisation,
        "title": asking.title[to.language],
        "closes": numbers.date(asking.closes),
        "k": numbers.integer(asking.k),
    }

    def say(table: str, key: str) -> str:
        return str(texts[table][key]).format(**facts)

    blocks: list[Block] = [
        Paragraph(texts["greeting"].format(name=to.name) if to.name else texts["greeting_nameless"]),
        Paragraph(say("lead", _kind(round))),
    ]
    if round:
        blocks.append(Paragraph(say("already", "everyone" if asking.remind_all else "open")))
    blocks += [
        Paragraph(texts["until"].format(**facts)),
        Button(texts["button"], link_to(asking, to.token)),
        Heading(say("employer", "heading")),
        Paragraph(say("employer", "text")),
        Paragraph(say("employer", "level_1" if asking.level == 1 else "level_2")),
        Heading(say("link", "heading")),
        Paragraph(say("link", "code")),
        Paragraph(say("link", "done")),
        Paragraph(say("link", "forward")),
        Heading(say("real", "heading")),
        Paragraph(say("real", "text")),
        Verbatim(asking.words),
        Paragraph(say("real", "otherwise")),
        Heading(say("typed", "heading")),
        Paragraph(say("typed", "text")),
        Verbatim(f"{asking.address}/b/{asking.survey}"),
        Paragraph(say("typed", "code")),
        Verbatim(in_groups(to.token)),
    ]
    if asking.assisted:
        blocks += [Paragraph(say("typed", "assisted")), Verbatim(f"{asking.address}/a/{asking.survey}")]
    if asking.independent_client is not None:
        blocks += [Heading(say("council", "heading")), Paragraph(say("council", "text"))]
        blocks += [Verbatim(asking.independent_client), Paragraph(say("council", "typed"))]
    blocks += [
        Paragraph(texts["sign_off"]),
        Paragraph(asking.organisation),
        Paragraph(say("end", "nothing_hidden"), small=True),
        Paragraph(_rounds(asking, to.language, round), small=True),
        Paragraph(say("end", "stop"), small=True),
    ]
    if len(asking.languages) > 1:
        blocks.append(Paragraph(say("end", "other_language"), small=True))
    return [block for block in blocks if not isinstance(block, Paragraph) or block.text]


def _rounds(asking: Asking, language: Language, round: int) -> str:
    """How many reminders are to come: all of them with the invitation, then only that one is the last."""
    texts = _texts(language)["end"]
    if round:
        return str(texts["last"]) if round >= len(asking.rounds) else ""
    if not asking.rounds:
        return str(texts["rounds_0"])
    joined = _joined([Numbers(language).date(day) for day in asking.rounds], language)
    key = "rounds_1" if len(asking.rounds) == 1 else "rounds_more"
    return str(texts[key]).format(count=len(asking.rounds), days=joined)


def _joined(parts: list[str], language: Language) -> str:
    last = f" {'en' if language == 'nl' else 'and'} "
    return last.join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]


def _address(email: str, name: str = "") -> Address:
    """An address for a header; a domain with other letters is written as DNS knows it (RFC 3490)."""
    local, _, domain = email.rpartition("@")
    try:
        known = domain.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise BadAddress("not an address that mail can be sent to") from error
    if not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(known) or len(local) > 64:  # RFC 5321, 4.5.3.1.1
        raise BadAddress("not an address that mail can be sent to")
    return Address(display_name=_one_line(name), username=local, domain=known)


def _one_line(text: str) -> str:
    """Text for a header: a line break in it would begin a header of its own."""
    return " ".join(text.split())


@cache
def _texts(language: Language) -> Mapping[str, Any]:
    text = resources.files("survey_app.mail").joinpath("texts", f"{language}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
