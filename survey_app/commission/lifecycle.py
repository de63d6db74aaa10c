"""One survey from roster to archive: each step once, in order, and resumable when it breaks off.

Every step is one transaction in one database, or several in an order in which a repeated step finds
out what was done already. Needs an application context. Besides what each function says, all raise
:class:`survey_app.stores.StoreError` when a database cannot do its work.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import current_app

from survey_app.anonymity import council, opening
from survey_app.anonymity.encoding import b64u, unb64u
from survey_app.anonymity.issuers import Issuer
from survey_app.anonymity.manifest import Manifest, parse_manifest
from survey_app.config import Config
from survey_app.stores import results, roster, urn
from survey_app.stores.errors import UnknownSurvey, WrongState
from survey_app.stores.roster import State
from survey_app.vault import Vault, destroy_file, write_private

#: The level at which the server holds the opening key and opens by itself.
SERVER_OPENS = 1

Progress = Callable[[float], None]


class NotWitnessed(Exception):
    """The survey cannot start: its promise has no signature of the works council."""


class NoOpeningKey(Exception):
    """The server's own key of a survey at level 1 is absent, damaged or another one's; the message says what to do."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path}: is not the opening key of this survey; put back the file that was made with it")


class WrongDay(Exception):
    """A step that belongs to another day; ``day`` is the first on which it can be taken."""

    def __init__(self, day: dt.date) -> None:
        super().__init__(f"this can be done from {day.isoformat()}")
        self.day = day


def promise_of(survey_id: str) -> tuple[roster.StoredSurvey, Manifest]:
    """A survey with its manifest. Raises :class:`UnknownSurvey` when there is none, or no manifest yet."""
    survey = roster.survey(survey_id)
    if survey is None or survey.manifest is None:
        raise UnknownSurvey(survey_id)
    return survey, parse_manifest(survey.manifest)


def accept_witness(survey_id: str, text: str) -> None:
    """Keeps the signature in the council's witness file.

    Raises :class:`survey_app.anonymity.encoding.Malformed` when it is not one on this very promise.
    """
    _, manifest = promise_of(survey_id)
    roster.set_witness(survey_id, council.read_witness_file(text, manifest))


def start(survey_id: str) -> None:
    """Opens the urn for ballots and lets invitations go out. Raises :class:`NotWitnessed` or :class:`WrongState`."""
    survey, manifest = promise_of(survey_id)
    if survey.state is not State.PROMISED:
        raise WrongState(f"survey {survey_id} is {survey.state}, not promised")
    if survey.witness is None:
        raise NotWitnessed
    # What the public pages need comes first, then the urn: a survey that says it runs turns nobody away.
    results.add_promise(survey_id, manifest.text, survey.witness)
    urn.accept(survey_id, True)
    try:
        roster.move(survey_id, State.PROMISED, State.RUNNING)
    except WrongState:
        # Somebody else took this step meanwhile, and may have closed the survey since.
        urn.accept(survey_id, promise_of(survey_id)[0].state is State.RUNNING)
        raise


def close(survey_id: str) -> None:
    """Closes for good; from here on no ballot comes in, whatever the clock says. Doing it again changes nothing."""
    survey, _ = promise_of(survey_id)
    if survey.state in (State.DRAFT, State.PROMISED):
        raise WrongState(f"survey {survey_id} is {survey.state}, not running")
    if survey.state in (State.RUNNING, State.CLOSED):
        # The urn first: what is taken out of it once the survey says that it is closed is all there will be.
        urn.accept(survey_id, False)
    if survey.state is State.RUNNING:
        roster.move(survey_id, State.RUNNING, State.CLOSED)


def take_urn(survey_id: str) -> str:
    """The urn file of a closed survey: every envelope, sorted, without anything that tells whose it is."""
    survey, manifest = promise_of(survey_id)
    if survey.state not in (State.CLOSED, State.OPENED, State.RELEASED) or survey.witness is None:
        raise WrongState(f"survey {survey_id} is {survey.state}, not closed")
    counts = roster.counts(survey_id)
    return opening.write_urn(
        manifest,
        survey.witness,
        {key.hash: Issuer(key.n, key.proof) for key in roster.issuer_keys(survey_id)},
        {unit: (count.issued, count.reissued) for unit, count in counts.items()},
        sum(count.done for count in counts.values()),
        urn.envelopes(survey_id),
    )


def accept_opened(survey_id: str, text: str, today: dt.date) -> None:
    """Stores what the council opened, after checking that it is signed and hangs together.

    Repeating it with the same file changes nothing. Raises :class:`survey_app.anonymity.encoding.Malformed`
    with a sentence when the file does not fit, and
    :class:`survey_app.stores.errors.AlreadyOpened` when another one was stored.
    """
    survey, manifest = promise_of(survey_id)
    if survey.state in (State.DRAFT, State.PROMISED, State.RUNNING):
        raise WrongState(f"survey {survey_id} is {survey.state}, not closed")
    opened = opening.check_opened(text, manifest)
    before = results.head(survey_id)
    # What was signed once is not signed again: after the objection period the key is gone.
    log = before.log if before else _log_key(survey_id).sign(opened.head.digest(manifest.hash))
    results.store_opened(survey_id, opened, log)
    # Whatever breaks off from here on, the same file once more goes on with.
    if survey.opened_on is None:
        roster.set_opened_on(survey_id, today.isoformat())
    if survey.state is State.CLOSED:
        roster.move(survey_id, State.CLOSED, State.OPENED)


def open_at_server(survey_id: str, today: dt.date, progress: Progress | None = None) -> None:
    """Level 1: the server opens with the key in its own file; twice gives the same.

    Raises :class:`NoOpeningKey`, :class:`survey_app.anonymity.opening.TooFewBallots` or
    :class:`survey_app.anonymity.opening.TooManyBallots`, and leaves everything closed then.
    """
    taken, keys = opening.read_urn(take_urn(survey_id)), _server_keys(survey_id)
    try:
        opened = opening.open_urn(taken, keys.opening, keys.witness, progress)
    except opening.WrongKey:
        raise NoOpeningKey(_config().opening_key_file(survey_id)) from None
    accept_opened(survey_id, opened.opened_text, today)


def destroy(survey_id: str, today: dt.date) -> None:
    """After the objection period: the envelopes, the blinded requests and the server's opening key go.

    What makes old backups harmless is that the key goes; the council destroys its own. A survey that
    nobody could open, or that was never released, is destroyed as well. Raises :class:`WrongDay`
    before the period is over.
    """
    survey, manifest = promise_of(survey_id)
    if survey.state is State.ARCHIVED:
        return
    if survey.state not in (State.CLOSED, State.OPENED, State.RELEASED):
        raise WrongState(f"survey {survey_id} is {survey.state}, not closed")
    first = destroyable_from(survey, manifest)
    if today < first:
        raise WrongDay(first)
    destroy_file(_config().opening_key_file(survey_id))
    urn.destroy(survey_id)
    roster.forget_requests(survey_id)
    roster.move(survey_id, survey.state, State.ARCHIVED)


def destroyable_from(survey: roster.StoredSurvey, manifest: Manifest) -> dt.date:
    """The first day after the objection period, which begins with the opening, or with closing when there is none."""
    begins = manifest.closes if survey.opened_on is None else dt.date.fromisoformat(survey.opened_on)
    return begins + dt.timedelta(days=manifest.objection_days)


def keep_server_key(survey_id: str, master: bytes) -> None:
    """Keeps the secret of a survey at level 1 (:func:`council.new_master`) in a file outside databases and backups."""
    write_private(_config().opening_key_file(survey_id), b64u(master).encode())


def _server_keys(survey_id: str) -> council.CouncilKeys:
    path = _config().opening_key_file(survey_id)
    try:
        return council.keys_of(unb64u(path.read_text(encoding="ascii")))
    except (OSError, ValueError):
        raise NoOpeningKey(path) from None


def _log_key(survey_id: str) -> Ed25519PrivateKey:
    stored = urn.survey(survey_id)
    if stored is None:
        raise UnknownSurvey(survey_id)
    vault: Vault = current_app.extensions["peil.vault"]
    return Ed25519PrivateKey.from_private_bytes(vault.unseal(stored.log_private, "log"))


def _config() -> Config:
    config: Config = current_app.extensions["peil.config"]
    return config
