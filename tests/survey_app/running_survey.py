"""A small survey that runs: three teams of twenty, a form of two questions, and every key in reach of the test.

The issuing keys are made once for all tests of a process and are the same in every survey, which no
real installation would do.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Blueprint, Flask
from flask.testing import FlaskClient

from survey_app import tally
from survey_app.anonymity import opening
from survey_app.anonymity.codes import derive_token, token_hash
from survey_app.anonymity.council import CouncilKeys, keys_of
from survey_app.anonymity.encoding import canonical, digest
from survey_app.anonymity.issuing import IssuerKey
from survey_app.anonymity.manifest import Manifest, Unit, sign_witness
from survey_app.config import Config
from survey_app.respond import blueprint as respond
from survey_app.stores import db, init_stores, results, roster, upgrade, urn
from survey_app.stores.roster import State
from survey_app.transport import FlaskTransport
from survey_app.vault import Vault

SURVEY = "abcd1234"
OPENS, CLOSES = dt.date(2026, 10, 5), dt.date(2026, 10, 23)

#: How many people are invited in each team below the organisation, which has nobody of its own.
TEAMS: Mapping[str, int] = {"Zorg": 22, "Kantoor": 20, "Techniek": 20}

VAULT = Vault(bytes(range(32)))
LOG_KEY = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"log key of tests").digest())


class Calendar:
    """A calendar that a test turns."""

    def __init__(self, day: dt.date) -> None:
        self.day = day

    def __call__(self) -> dt.date:
        return self.day


@dataclass(frozen=True)
class RunningSurvey:
    """An application with one survey; ``tokens`` are the invitation codes by key of their unit."""

    app: Flask
    survey_id: str
    manifest: Manifest
    tokens: Mapping[str, tuple[str, ...]]
    issuers: Mapping[str, IssuerKey]
    council: CouncilKeys
    calendar: Calendar
    folder: Path
    form: str = field(repr=False)

    @property
    def client(self) -> FlaskClient:
        """A new browser, or program, in front of the application."""
        return self.app.test_client()

    def transport(self) -> FlaskTransport:
        """What a Python client speaks through."""
        return FlaskTransport(self.client)

    def envelopes(self) -> list[bytes]:
        """What lies sealed in the urn."""
        with self.app.app_context():
            return urn.envelopes(self.survey_id)

    def release(self) -> None:
        """Lets go of the databases, at the end of a test."""
        with self.app.app_context():
            for engine in db.engines.values():
                engine.dispose()

    def close(self) -> None:
        """Closes as the lifecycle does."""
        with self.app.app_context():
            roster.move(self.survey_id, State.RUNNING, State.CLOSED)
            urn.accept(self.survey_id, False)

    def urn_file(self) -> str:
        """What the council takes along."""
        with self.app.app_context():
            counts = roster.counts(self.survey_id)
            witness = results.promise(self.survey_id)
        assert witness is not None
        return opening.write_urn(
            self.manifest,
            witness[1],
            {key.issuer.hash: key.issuer for key in self.issuers.values()},
            {unit: (count.issued, count.reissued) for unit, count in counts.items()},
            sum(count.done for count in counts.values()),
            self.envelopes(),
        )

    def open(self) -> opening.Opening:
        """Closes and opens, and stores what was opened, as the lifecycle does."""
        self.close()
        opened = opening.open_urn(opening.read_urn(self.urn_file()), self.council.opening, self.council.witness)
        with self.app.app_context():
            results.store_opened(self.survey_id, opened.opened, LOG_KEY.sign(opened.head.digest(self.manifest.hash)))
            roster.move(self.survey_id, State.CLOSED, State.OPENED)
        return opened


@cache
def insecure_key(survey_id: str, purpose: str) -> IssuerKey:
    """An issuing key that all surveys with this id share in this process."""
    return IssuerKey.generate()


def make_form() -> str:
    """A form of two questions and one cut, in both languages."""
    options = [{"code": code, "label": {"nl": f"antwoord {code}", "en": f"answer {code}"}} for code in range(1, 6)]
    items = [
        {
            "key": f"mf_0{place}",
            "kind": "choice",
            "text": {"nl": f"Vraag {place}", "en": f"Question {place}"},
            "options": options,
            "if": None,
        }
        for place in (1, 2)
    ]
    title = {"nl": "Werk", "en": "Work"}
    categories = [{"key": key, "label": {"nl": key, "en": key}} for key in ("women", "men")]
    return canonical(
        {
            "peil": 1,
            "languages": ["nl", "en"],
            "screens": [{"key": "work", "title": title, "intro": {"nl": "", "en": ""}, "items": items}],
            "about": [{"key": "sex", "text": {"nl": "Ik ben", "en": "I am"}, "options": categories}],
            "mirror": [],
            "help": [],
        }
    )


def make_manifest(
    issuers: Mapping[str, IssuerKey], keys: CouncilKeys, form: str, units: Sequence[Unit], **changes: object
) -> Manifest:
    """A manifest for tests; ``changes`` replace fields of it."""
    values: dict[str, object] = {
        "survey": SURVEY,
        "organisation": "Voorbeeld BV",
        "wave": "2026",
        "title": {"nl": "Werk en energie", "en": "Work and energy"},
        "level": 2,
        "assisted": True,
        "independent_client": None,
        "k": 10,
        "k_invite": 20,
        "opens": OPENS,
        "closes": CLOSES,
        "objection_days": 14,
        "rounds": [OPENS + dt.timedelta(days=7), OPENS + dt.timedelta(days=14)],
        "reissue_cap": 20,
        "languages": ["nl", "en"],
        "form": digest("form", form),
        "client": hashlib.sha256(b"client of tests").digest(),
        "size": 4096,
        "units": units,
        "locker_issuer": issuers["locker"].issuer.hash,
        "done_issuer": issuers["done"].issuer.hash,
        "opening_key": keys.opening_key,
        "witness_key": keys.witness_key,
        "log_key": LOG_KEY.public_key().public_bytes_raw(),
        "plan": {"levels": 1, "cuts": ["sex"]},
    }
    return Manifest.write(**{**values, **changes})


def make_survey_app(
    folder: Path, calendar: Callable[[], dt.date], blueprints: Sequence[Blueprint] = (), urls: Mapping[str, str] = {}
) -> Flask:
    """An application with three databases in ``folder`` (or at ``urls``), the service, the tally and ``blueprints``."""
    app = Flask("survey_app")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.config["SECRET_KEY"] = VAULT.derive("session")
    config = Config(folder, "https://peil.example.nl")
    app.config["PEIL_ADDRESS"] = config.address
    app.extensions |= {"peil.config": config, "peil.vault": VAULT, "peil.today": calendar}
    init_stores(app, urls or {name: f"sqlite:///{folder / name}.sqlite" for name in ("roster", "urn", "results")})
    upgrade(app)
    for blueprint in (respond, tally.blueprint, *blueprints):
        app.register_blueprint(blueprint)
    return app


def make_running_survey(
    folder: Path,
    *,
    survey_id: str = SURVEY,
    teams: Mapping[str, int] = TEAMS,
    form: str | None = None,
    state: State = State.RUNNING,
    app: Flask | None = None,
    blueprints: Sequence[Blueprint] = (),
    **changes: object,
) -> RunningSurvey:
    """A survey in ``state``, on its second day. ``changes`` replace fields of the manifest.

    ``app`` takes a second survey into the same application; its calendar stays.
    """
    calendar = Calendar(OPENS + dt.timedelta(days=1))
    app = app or make_survey_app(folder, calendar, blueprints)
    calendar = app.extensions["peil.today"]
    council = keys_of(bytes(16))
    form = form or make_form()
    purposes = ["locker", "done", *(f"u{place}" for place in range(1, len(teams) + 1))]
    issuers = {purpose: insecure_key(survey_id, purpose) for purpose in purposes}
    units = [Unit("u0", "Voorbeeld BV", None, 0, None)]
    for place, (name, invited) in enumerate(teams.items(), start=1):
        units.append(Unit(f"u{place}", name, "u0", invited, issuers[f"u{place}"].issuer.hash))
    manifest = make_manifest(issuers, council, form, units, **{"survey": survey_id, **changes})
    survey = RunningSurvey(app, survey_id, manifest, _tokens(manifest), issuers, council, calendar, folder, form)
    with app.app_context():
        _keep(survey, state)
    return survey


def _tokens(manifest: Manifest) -> dict[str, tuple[str, ...]]:
    return {
        unit.key: tuple(derive_token(VAULT.link_key, _person(manifest, unit, n), 0) for n in range(unit.invited))
        for unit in manifest.units
    }


def _person(manifest: Manifest, unit: Unit, number: int) -> bytes:
    """The id of an invitation: random in a real survey, a hash here so that tests can repeat."""
    return digest("person of tests", manifest.survey, unit.key, str(number))[:16]


def _keep(survey: RunningSurvey, state: State) -> None:
    manifest, survey_id = survey.manifest, survey.survey_id
    people = [
        roster.NewInvitation(
            id=_person(manifest, unit, number),
            unit=unit.key,
            path=(unit.name,),
            name=f"Persoon {unit.key} {number}",
            email=f"{unit.key}.{number}@example.nl",
            language="nl" if number % 2 else "en",
            channel="mail",
            token_hash=token_hash(survey_id, survey.tokens[unit.key][number]),
        )
        for unit in manifest.units
        for number in range(unit.invited)
    ]
    if state is State.DRAFT:
        roster.add_survey(roster.NewSurvey(survey_id, "", survey.form, people))
        return
    sealed = {purpose: VAULT.seal(key.to_der(), "issuer") for purpose, key in survey.issuers.items()}
    keys = [
        roster.StoredKey(key.issuer.hash, purpose, key.issuer.n, key.issuer.proof, sealed[purpose])
        for purpose, key in survey.issuers.items()
    ]
    new = roster.NewSurvey(survey_id, "", survey.form, people, manifest=manifest.text, keys=keys)
    roster.add_survey(new)
    urn.add_survey(
        survey_id,
        manifest.text,
        locker_n=survey.issuers["locker"].issuer.n,
        log_private=VAULT.seal(LOG_KEY.private_bytes_raw(), "log"),
        done_private=sealed["done"],
    )
    witness = sign_witness(survey.council.witness, manifest)
    roster.set_witness(survey_id, witness)
    if state is State.PROMISED:
        return
    results.add_promise(survey_id, manifest.text, witness)
    urn.accept(survey_id, True)
    roster.move(survey_id, State.PROMISED, State.RUNNING)
    if state is not State.RUNNING:
        survey.close()
