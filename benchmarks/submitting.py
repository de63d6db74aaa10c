"""Handing in a sealed ballot: Peil next to a bare page of Flask that inserts the same bytes unchecked.

Both answer through Flask's test client and wait for the disk: SQLite with a write-ahead log and
``synchronous=FULL``.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key
from flask import Flask, request
from sqlalchemy import Column, Engine, LargeBinary, MetaData, Table, create_engine, event, insert

from benchmarks.material import write_survey
from benchmarks.measure import Measurement, Tick, cpu_minima, peak_megabytes
from survey_app.anonymity.codes import new_recovery_code
from survey_app.anonymity.derivation import Secrets, locker_message, request_message
from survey_app.anonymity.encoding import b64u
from survey_app.anonymity.manifest import Manifest
from survey_app.anonymity.sealing import pad, seal
from survey_app.application import create_app
from survey_app.commission import lifecycle
from survey_app.commission.commissioning import Files, Wishes, commission_survey
from survey_app.config import Config
from survey_app.stores import db, roster, urn

BALLOTS, SCALES = 100, 6
DAY = dt.date(2026, 1, 6)

#: What we promise: at least this many ballots for each insert of the floor.
PROMISED_SPEED = 0.5

ADDRESS = "/u/envelope"


def measure(rounds: int, tick: Tick, *, ballots: int = BALLOTS) -> Measurement:
    """Ballots that replace an earlier one of the same locker; and, apart, ballots in new lockers.

    The first ballot of a locker also gets a blind signature, which has a benchmark of its own.
    """
    with tempfile.TemporaryDirectory() as name, open_survey(Path(name), tick) as service, bare(Path(name)) as page:
        tick("sealing ballots")
        lockers = [service.new_locker() for _ in range(ballots)]
        service.send([locker.next_ballot() for locker in lockers])
        changed = [[locker.next_ballot() for locker in lockers] for _ in range(rounds + 1)]
        first = iter([[service.new_locker().next_ballot() for _ in range(ballots)] for _ in range(rounds)])
        changes, inserts = iter(changed), iter(changed)
        best = cpu_minima(
            {
                "product": lambda: service.send(next(changes)),
                "floor": lambda: page(next(inserts)),
                "first": lambda: service.send(next(first)),
            },
            rounds,
            tick,
        )
        assert service.envelopes() == ballots * (rounds + 1), "every ballot is there, and once"
        tick("memory")
        memory = peak_megabytes(lambda: service.send(next(changes)))
    more = 1000 * (best["first"] - best["product"]) / ballots
    return Measurement(
        name="submitting",
        work=f"{ballots} ballots of {service.manifest.size:,} bytes changed; a first one takes {more:.1f} ms more",
        product=best["product"],
        floor=best["floor"],
        memory=memory,
        promise=f"at least {PROMISED_SPEED:.0%} of the speed of a bare insert",
        kept=best["floor"] >= PROMISED_SPEED * best["product"],
    )


@dataclass
class Locker:
    """One respondent's locker with a credential, and what lies in it now."""

    manifest: Manifest
    credential: bytes
    secrets: Secrets
    done: bytes
    lies: bytes = field(default=urn.NOTHING)

    def next_ballot(self) -> bytes:
        """The request that puts another ballot in the place of the one before."""
        manifest, own = self.manifest, self.secrets
        envelope = seal(manifest.opening_key, manifest.hash, pad(b"a ballot", manifest.size))
        previous, self.lies = self.lies, hashlib.sha256(envelope).digest()
        message = request_message(manifest.hash, "envelope", previous, self.lies, self.done)
        values = {
            "locker": own.locker_public,
            "credential": self.credential,
            "envelope": envelope,
            "previous": previous,
            "done": self.done,
            "signature": own.locker.sign(message),
        }
        return json.dumps({"survey": manifest.survey, **{key: b64u(value) for key, value in values.items()}}).encode()


@dataclass(frozen=True)
class Service:
    """The whole application with one survey that runs."""

    app: Flask
    manifest: Manifest
    issuer: RSAPrivateKey = field(repr=False)

    def new_locker(self) -> Locker:
        """A locker with a credential, signed here at once instead of blindly for an invitation."""
        own = Secrets(new_recovery_code(), self.manifest.hash)
        scheme = padding.PSS(padding.MGF1(hashes.SHA384()), 48)
        credential = self.issuer.sign(locker_message(self.manifest.hash, own.locker_public), scheme, hashes.SHA384())
        return Locker(self.manifest, credential, own, b"\0" + secrets.token_bytes(383))

    def send(self, bodies: Sequence[bytes]) -> None:
        """Hands in every ballot."""
        put_all(self.app, ADDRESS, bodies)

    def envelopes(self) -> int:
        """How many ballots lie in the urn."""
        with self.app.app_context():
            return len(urn.envelopes(self.manifest.survey))


@contextmanager
def open_survey(folder: Path, tick: Tick) -> Iterator[Service]:
    """The application as it is installed, with a survey at level 1."""
    tick("making a survey")
    files = Files(folder / "survey.toml", folder / "roster.csv")
    survey = write_survey(files.survey, SCALES)
    lines = ["unit,email", *(f"Unit,p{number}@example.nl" for number in range(2 * survey.k))]
    files.roster.write_text("\n".join(lines) + "\n", encoding="utf-8")
    app = create_app(Config(folder / "data"), today=lambda: DAY)
    with app.app_context():
        manifest = commission_survey(files, Wishes(level=1), DAY, lambda step, part: None)
        lifecycle.start(manifest.survey)
        (stored,) = (key for key in roster.issuer_keys(manifest.survey) if key.purpose == "locker")
        issuer = load_der_private_key(app.extensions["peil.vault"].unseal(stored.private, "issuer"), password=None)
    assert isinstance(issuer, RSAPrivateKey)
    yield Service(app, manifest, issuer)
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


@contextmanager
def bare(folder: Path) -> Iterator[Callable[[Sequence[bytes]], None]]:
    """A page of Flask that puts what it gets into a table of SQLAlchemy Core under a random key."""
    engine = create_engine(f"sqlite:///{folder / 'bare.sqlite'}")
    event.listen(engine, "connect", _wait_for_disk)
    tables = MetaData()
    table = Table("bare", tables, Column("id", LargeBinary(32), primary_key=True), Column("data", LargeBinary))
    tables.create_all(engine)
    app = Flask("bare")

    @app.put(ADDRESS)
    def keep() -> dict[str, bool]:
        data = request.get_json()["envelope"].encode()
        _insert(engine, table, data)
        return {"kept": True}

    yield lambda bodies: put_all(app, ADDRESS, bodies)
    engine.dispose()


def put_all(app: Flask, address: str, bodies: Sequence[bytes]) -> None:
    """Every body in a request of its own."""
    client = app.test_client()
    for body in bodies:
        answer = client.put(address, data=body, content_type="application/json")
        assert answer.status_code == 200, answer.get_data(as_text=True)


def _insert(engine: Engine, table: Table, data: bytes) -> None:
    with engine.begin() as connection:
        connection.execute(insert(table).values(id=secrets.token_bytes(32), data=data))


def _wait_for_disk(connection, _record) -> None:  # type: ignore[no-untyped-def]
    """The same durability as Peil's."""
    connection.execute("PRAGMA journal_mode=WAL").close()
    connection.execute("PRAGMA synchronous=FULL").close()
