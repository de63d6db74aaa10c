"""The draft in a locker: what a respondent filled in so far, and everything needed to go on elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from survey_app.anonymity.ballot import SALT_BYTES, read_about, read_answers
from survey_app.anonymity.derivation import Secrets
from survey_app.anonymity.encoding import Malformed, b64u, canonical, unb64u
from survey_app.anonymity.issuers import MODULUS_BYTES
from survey_app.anonymity.manifest import Manifest
from survey_app.anonymity.reading import read_file, read_flag, read_object, read_text, read_whole
from survey_app.anonymity.sealing import draft_open, draft_seal, pad, unpad

_KEYS = frozenset({"about", "answers", "credentials", "done_issuer", "place", "report_as", "salt", "sent", "unit"})


@dataclass(frozen=True)
class State:
    """What a respondent filled in: categories by cut, codes by item, the unit to be reported under.

    ``place`` is the screen to go on from; ``sent`` and ``salt`` say that just this was sent, and with
    what salt.
    """

    about: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, int] = field(default_factory=dict)
    report_as: str | None = None
    place: int = 0
    sent: bool = False
    salt: bytes | None = None


@dataclass(frozen=True)
class Pass:
    """What the server gave for an invitation: the key of a unit, both credentials, the modulus of the done issuer."""

    unit: str
    locker: bytes
    ballot: bytes
    done_modulus: bytes


def seal_draft(
    secrets: Secrets, manifest: Manifest, passed: Pass, state: State, random: Callable[[int], bytes]
) -> bytes:
    """A draft, as long as everybody else's. Raises :class:`survey_app.anonymity.sealing.TooLong`."""
    text = canonical(
        {
            "about": dict(state.about),
            "answers": dict(state.answers),
            "credentials": {"ballot": b64u(passed.ballot), "locker": b64u(passed.locker)},
            "done_issuer": b64u(passed.done_modulus),
            "kind": "draft",
            "peil": 1,
            "place": state.place,
            "report_as": passed.unit if state.report_as is None else state.report_as,
            "salt": None if state.salt is None else b64u(state.salt),
            "sent": state.sent,
            "unit": passed.unit,
        }
    )
    return draft_seal(secrets.draft_key, manifest.hash, pad(text.encode(), manifest.size), random)


def open_draft(secrets: Secrets, manifest: Manifest, draft: bytes) -> tuple[Pass, State]:
    """What :func:`seal_draft` sealed.

    Raises :class:`survey_app.anonymity.sealing.Unopenable` or :class:`Malformed`.
    """
    try:
        text = unpad(draft_open(secrets.draft_key, manifest.hash, draft)).decode()
    except UnicodeDecodeError:
        raise Malformed("a draft is text") from None
    value = read_file(text, "draft", _KEYS)
    credentials = read_object(value["credentials"], {"ballot", "locker"})
    passed = Pass(
        unit=read_text(value["unit"]),
        locker=unb64u(credentials["locker"], MODULUS_BYTES),
        ballot=unb64u(credentials["ballot"], MODULUS_BYTES),
        done_modulus=unb64u(value["done_issuer"], MODULUS_BYTES),
    )
    state = State(
        about=read_about(value["about"]),
        answers=read_answers(value["answers"]),
        report_as=read_text(value["report_as"]),
        place=read_whole(value["place"]),
        sent=read_flag(value["sent"]),
        salt=None if value["salt"] is None else unb64u(value["salt"], SALT_BYTES),
    )
    return passed, state
