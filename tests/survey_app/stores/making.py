"""What the tests of the stores begin with: applications, surveys and people that mean nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from analysis.disclosure.ledger import BEGINNING, Draft, Figure
from survey_app.stores import BINDS, db, init_stores, ledger, results, roster, urn
from survey_app.stores.roster import NewInvitation, NewSurvey, State, StoredKey

SURVEY = "s1s1s1s1"
OTHER = "t2t2t2t2"
ORGANISATION = "Voorbeeld BV"


def sqlite_urls(folder: Path) -> dict[str, str]:
    """Three SQLite databases in a folder."""
    return {bind: f"sqlite:///{folder / bind}.sqlite" for bind in BINDS}


def make_app(urls: Mapping[str, str]) -> Flask:
    """An application with these databases, as they are."""
    app = Flask("stores")
    init_stores(app, urls)
    return app


def close_stores(app: Flask) -> None:
    """Closes all connections."""
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


def hashed(*parts: object) -> bytes:
    """32 bytes that look random and are the same each time."""
    return hashlib.sha256(repr(parts).encode()).digest()


def invitation(number: int, survey_id: str = SURVEY, unit: str = "u1") -> NewInvitation:
    """An invited person."""
    return NewInvitation(
        id=hashed("invitation", survey_id, number)[:16],
        unit=unit,
        path=("Zorg", "Team Noord"),
        name=f"Persoon {number}",
        email=f"p{number}@example.nl",
        language="nl",
        channel="mail",
        token_hash=token_hash(number, survey_id),
    )


def token_hash(number: int, survey_id: str = SURVEY) -> bytes:
    """The hash of the first code of a person."""
    return hashed("token", survey_id, number)


def key(purpose: str, survey_id: str = SURVEY) -> StoredKey:
    """An issuer key in form only."""
    n = hashed(purpose) * 12
    return StoredKey(hashed(survey_id, purpose).hex()[:43], purpose, n, (n,) * 8, b"sealed")


def add_running(invited: int, survey_id: str = SURVEY) -> None:
    """A survey that runs, with its urn open; persons are numbered from 0."""
    people = [invitation(number, survey_id, f"u{1 + number % 2}") for number in range(invited)]
    keys = [key(purpose, survey_id) for purpose in ("locker", "done", "u1", "u2")]
    manifest, witness = '{"survey":1}', b"w" * 64
    roster.add_survey(
        NewSurvey(survey_id, "[survey]", '{"peil":1}', people, manifest=manifest, witness=witness, keys=keys)
    )
    roster.move(survey_id, State.PROMISED, State.RUNNING)
    add_urn(survey_id)


def add_urn(survey_id: str = SURVEY) -> None:
    """An open urn."""
    urn.add_survey(survey_id, '{"survey":1}', locker_n=b"n" * 384, log_private=b"log", done_private=b"done")
    urn.accept(survey_id, True)


@dataclass(frozen=True)
class MadeBallot:
    """A ballot as an opening gives it."""

    id: bytes
    unit: str
    content: str


@dataclass(frozen=True)
class MadeHead:
    """The head of a board."""

    size: int
    root: bytes
    invalid: int
    urn: bytes


@dataclass(frozen=True)
class MadeOpening:
    """An opening in form only: what the stores look at."""

    ballots: tuple[MadeBallot, ...]
    leaves: tuple[str, ...]
    head: MadeHead
    witness: bytes


def opening(size: int, survey_id: str = SURVEY, name: str = "") -> MadeOpening:
    """An opening of so many ballots, in no order; another name is another opening."""
    ballots = tuple(
        MadeBallot(hashed("ballot", survey_id, name, number), f"u{1 + number % 2}", f'{{"answer":{number}}}')
        for number in range(size)
    )
    leaves = tuple(f'{{"leaf":{number},"of":"{survey_id}"}}' for number in range(size))
    return MadeOpening(ballots, leaves, MadeHead(size, hashed("root", name), 0, hashed("urn", name)), b"w" * 64)


def draft(*atoms: str, survey_id: str = SURVEY, share: int = 35) -> Draft:
    """A cell of these groups of people, about to be released."""
    figures = {"burnout": Figure(20, 24, share, "3.4"), "workload": None}
    return Draft(survey_id, "2026", atoms, "", "", figures, "plan", "2026-10-26", "release")


def fill_every_store() -> None:
    """Something in every table that the stores write."""
    add_running(4)
    roster.issue(SURVEY, token_hash(0), hashed("request"), lambda _: b"reply")
    roster.mark_done(SURVEY, token_hash(0), hashed("serial"))
    roster.add_staff_key(SURVEY, "hr", hashed("key"))
    urn.put_envelope(SURVEY, hashed("locker"), b"envelope", urn.NOTHING, hashed("done"), lambda: b"reply")
    results.add_promise(SURVEY, "{}", b"witness")
    results.store_opened(SURVEY, opening(4), b"log")
    ledger.append(ORGANISATION, BEGINNING, [draft("u1"), draft("u2")])
