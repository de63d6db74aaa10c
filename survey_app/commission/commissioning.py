"""A new survey: from a survey file and a roster to a promise that can be signed."""

from __future__ import annotations

import datetime as dt
import json
import secrets
import shutil
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import current_app

from analysis.answers import read_answers
from analysis.dataset import Dataset
from analysis.errors import InputError, quoted
from analysis.grouping import TooFewInvited
from analysis.roster import read_roster
from analysis.survey import Survey, read_survey
from analysis.tables import clean
from instruments.packs import load_packs
from survey_app.anonymity import council
from survey_app.anonymity.codes import derive_token, token_hash
from survey_app.anonymity.encoding import Malformed
from survey_app.anonymity.manifest import LARGEST_SIZE, Manifest, sign_witness
from survey_app.commission.counting import count_categories
from survey_app.commission.lifecycle import SERVER_OPENS, keep_server_key
from survey_app.commission.promising import DONE, LOCKER, MakeKey, Promise, Terms, make_promise, padded_size
from survey_app.commission.roster_file import Invited, read_invited
from survey_app.config import Config
from survey_app.own_figures import check_named, figures_folder, figures_in
from survey_app.respond.booth import client_hash
from survey_app.respond.form import form_text
from survey_app.stores import StoreError, roster, urn
from survey_app.vault import Vault, destroy_file

#: What belongs to a survey besides its rows, by the names under which it is kept.
SURVEY_FILE, EARLIER_ANSWERS, EARLIER_ROSTER = "survey.toml", "earlier-answers.csv", "earlier-roster.csv"
CATEGORIES = "invited-by-category.json"

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_ID_LENGTH = 8

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Files:
    """What HR brings: the survey file, who is invited, and the answers of earlier waves if there are any."""

    survey: Path
    roster: Path
    earlier: Path | None = None
    earlier_roster: Path | None = None


@dataclass(frozen=True)
class Wishes:
    """What HR chooses besides the questions; the keys are the council's, or None at level 1."""

    level: int
    opening_key: bytes | None = None
    witness_key: bytes | None = None
    assisted: bool = True
    remind_all: bool = False
    independent_client: str | None = None


def commission_survey(
    files: Files, wishes: Wishes, today: dt.date, progress: Progress, make_key: MakeKey | None = None
) -> Manifest:
    """Keeps a new survey with its promise; at level 1 it is signed at once, else the council has to.

    Nothing is sent. Raises :class:`analysis.errors.InputError` before anything is kept.
    """
    config: Config = current_app.extensions["peil.config"]
    survey = read_promisable(files.survey, config, today)
    people = read_invited(files.roster, survey)
    if files.earlier is None and files.earlier_roster is not None:
        raise InputError(
            f"{files.earlier_roster}: says who was invited to earlier waves; name the file with their answers "
            "too (--earlier), or leave this one out"
        )
    if files.earlier is not None:
        progress("earlier", 0.0)
        read_earlier(survey, files.earlier, files.earlier_roster)
    elif survey.earlier:
        raise InputError(
            f"{files.survey}: [survey] earlier_waves names {quoted(survey.earlier[-1])}; "
            "name the file with its answers with --earlier, or take the key out"
        )
    survey_id = "".join(secrets.choice(_ALPHABET) for _ in range(_ID_LENGTH))
    try:
        return _keep(survey_id, survey, people, files, wishes, progress, make_key)
    except TooFewInvited as error:
        raise InputError(f"{files.roster}: {error}") from error
    except Malformed as error:
        raise InputError(f"{files.survey}: does not fit into a promise ({error}); change what is too much") from error


def read_promisable(path: Path, config: Config, today: dt.date) -> Survey:
    """The survey in a file, which has to lie in the future or be now. Raises :class:`analysis.errors.InputError`."""
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise InputError(f"{path}: is not a plain file, and it is read twice; save it as a file first")
    packs = {f"{pack.instrument}.{pack.language}": pack for pack in load_packs(config.packs_folder)}
    survey = read_survey(path, packs)
    check_named(path, survey, figures_in(figures_folder(config))[0])
    for name in _pack_files(path):
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise InputError(f"{path}: [survey] packs names {quoted(name)}; lay that file beside the survey file")
    if survey.fieldwork_to < today:
        raise InputError(f"{path}: [survey] fieldwork_to lies in the past; set the first and last day of this survey")
    for cut in survey.cuts:
        if not (cut.key.isascii() and cut.key.isprintable()) or " " in cut.key:
            raise InputError(
                f"{path}: [[cuts]] the key {quoted(cut.key)} cannot stand in a ballot; "
                "use plain letters, digits and hyphens, without spaces"
            )
    if padded_size(survey) > LARGEST_SIZE:
        raise InputError(f"{path}: [survey] instruments asks more than fits into one ballot; take some of them out")
    return survey


def read_earlier(survey: Survey, answers: Path, earlier_roster: Path | None) -> tuple[Dataset, ...]:
    """The earlier waves of a survey from files, oldest first. Raises :class:`analysis.errors.InputError`."""
    if not survey.earlier:
        raise InputError(f"{answers}: holds earlier answers, but [survey] earlier_waves in the survey file is empty")
    before = replace(survey, wave=survey.earlier[-1], earlier=survey.earlier[:-1])
    headcounts = None if earlier_roster is None else read_roster(earlier_roster, before)
    return read_answers(answers, before, headcounts)


def _keep(
    survey_id: str,
    survey: Survey,
    people: Sequence[Invited],
    files: Files,
    wishes: Wishes,
    progress: Progress,
    make_key: MakeKey | None,
) -> Manifest:
    config: Config = current_app.extensions["peil.config"]
    vault: Vault = current_app.extensions["peil.vault"]
    form = form_text(survey, figures_in(figures_folder(config))[0])
    log = Ed25519PrivateKey.generate()
    master = council.new_master() if wishes.level == SERVER_OPENS else None
    terms = _terms(wishes, master)
    promise = make_promise(
        survey,
        survey_id,
        people,
        form,
        client_hash(),
        log.public_key().public_bytes_raw(),
        terms,
        lambda part: progress("keys", part),
        **({} if make_key is None else {"make_key": make_key}),
    )
    progress("files", 0.0)
    new = roster.NewSurvey(
        survey_id,
        files.survey.read_text(encoding="utf-8-sig"),
        form,
        _invitations(survey_id, people, promise, vault),
        remind_all=wishes.remind_all,
        manifest=promise.manifest.text,
        # At level 1 the server witnesses its own promise.
        witness=None if master is None else sign_witness(council.keys_of(master).witness, promise.manifest),
        keys=_stored_keys(promise, vault),
    )
    with _taken_back_on_failure(config, survey_id):
        _copy_files(config.survey_folder(survey_id), files)
        # Counts, and of nobody in which category: beside the ballots, which hold the same cuts, that would
        # point at people.
        categories = json.dumps(count_categories(people), ensure_ascii=False)
        (config.survey_folder(survey_id) / CATEGORIES).write_text(categories, encoding="utf-8")
        if master is not None:
            keep_server_key(survey_id, master)
        urn.add_survey(
            survey_id,
            promise.manifest.text,
            locker_n=promise.keys[LOCKER].issuer.n,
            log_private=vault.seal(log.private_bytes_raw(), "log"),
            done_private=vault.seal(promise.keys[DONE].to_der(), "issuer"),
        )
        # The roster comes last: what is not there does not exist, whatever else was written before.
        roster.add_survey(new)
    return promise.manifest


@contextmanager
def _taken_back_on_failure(config: Config, survey_id: str) -> Iterator[None]:
    """When a disk is full or a database fails halfway, nothing of the survey stays."""
    try:
        yield
    except BaseException:
        shutil.rmtree(config.survey_folder(survey_id), ignore_errors=True)
        destroy_file(config.opening_key_file(survey_id))
        with suppress(StoreError):  # the first failure is the one to tell about
            urn.destroy(survey_id)
        raise


def _terms(wishes: Wishes, master: bytes | None) -> Terms:
    opening_key, witness_key = wishes.opening_key, wishes.witness_key
    if master is not None:
        keys = council.keys_of(master)
        opening_key, witness_key = keys.opening_key, keys.witness_key
    if opening_key is None or witness_key is None:
        raise ValueError("from level 2 on the keys are the council's")
    return Terms(
        level=wishes.level,
        opening_key=opening_key,
        witness_key=witness_key,
        assisted=wishes.assisted,
        independent_client=wishes.independent_client,
        remind_all=wishes.remind_all,
    )


def _invitations(
    survey_id: str, people: Sequence[Invited], promise: Promise, vault: Vault
) -> list[roster.NewInvitation]:
    invitations = []
    for person, home in zip(people, promise.homes, strict=True):
        identifier = secrets.token_bytes(16)
        token = derive_token(vault.link_key, identifier, 0)
        invitations.append(
            roster.NewInvitation(
                id=identifier,
                unit=home,
                path=person.path,
                name=person.name,
                email=person.email,
                language=person.language,
                channel=person.channel,
                token_hash=token_hash(survey_id, token),
            )
        )
    return invitations


def _stored_keys(promise: Promise, vault: Vault) -> list[roster.StoredKey]:
    return [
        roster.StoredKey(key.issuer.hash, purpose, key.issuer.n, key.issuer.proof, vault.seal(key.to_der(), "issuer"))
        for purpose, key in promise.keys.items()
    ]


def _copy_files(folder: Path, files: Files) -> None:
    """Keeps the files from which the report will be made, with the wording packs that lie beside them."""
    folder.mkdir(parents=True, mode=0o700)
    shutil.copyfile(files.survey, folder / SURVEY_FILE)
    for name in _pack_files(files.survey):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(files.survey.parent / name, folder / name)
    if files.earlier is not None:
        shutil.copyfile(files.earlier, folder / EARLIER_ANSWERS)
    if files.earlier_roster is not None:
        shutil.copyfile(files.earlier_roster, folder / EARLIER_ROSTER)


def _pack_files(survey_file: Path) -> list[str]:
    """The wording packs that a survey file names as files beside it."""
    named = tomllib.loads(survey_file.read_text(encoding="utf-8-sig"))["survey"].get("packs", [])
    return [name for name in map(clean, named) if name.endswith(".toml")]
