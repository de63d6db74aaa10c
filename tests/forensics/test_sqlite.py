"""Attacks on the files of SQLite: with every state, every backup and every log, nobody finds a person's answer.

Each attack is run on a naive schema as well (no names, no times, no links, and yet), where it names everybody: that it
finds nothing in ours is then no lack of trying.
"""

from __future__ import annotations

import logging
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from sqlalchemy import event

from survey_app.stores import db, results, roster, upgrade, urn
from tests.forensics import sqlite_files
from tests.forensics.bytes_on_disk import disguises, files_with, found_in
from tests.forensics.chance import is_chance, match_orders, most_by_chance
from tests.forensics.sqlite_files import order_in_log, order_in_pages, order_of_appearance
from tests.forensics.taking_part import (
    CANARY,
    SURVEY,
    TAKING_PART,
    Person,
    World,
    guess_from_backups,
    guess_with_key,
    open_all,
    take_part,
)
from tests.survey_app.stores.making import close_stores, make_app, sqlite_urls

SEED = 20261001

NAIVE = """
PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0;
CREATE TABLE ballot (id BLOB NOT NULL UNIQUE, content TEXT NOT NULL);
"""
NAIVE_DRAFTS = """
PRAGMA secure_delete=OFF;
CREATE TABLE draft (id BLOB NOT NULL UNIQUE, content TEXT NOT NULL);
"""

ANSWERS = "SELECT content FROM ballot"
REQUESTS = "SELECT reply FROM invitation WHERE reply IS NOT NULL"
ENVELOPES = "SELECT id, envelope FROM locker WHERE envelope IS NOT NULL"


@dataclass(frozen=True)
class Evidence:
    """What happened, the files as they were after the opening, and which files held an answer before it."""

    world: World
    folder: Path
    with_answer_before: list[str]

    @property
    def roster(self) -> Path:
        return self.folder / "roster.sqlite"

    @property
    def urn(self) -> Path:
        return self.folder / "urn.sqlite"

    @property
    def results(self) -> Path:
        return self.folder / "results.sqlite"

    @property
    def naive(self) -> Path:
        return self.folder / "naive" / "naive.sqlite"


class NaiveStore:
    """Anonymous as many programs are: random keys, no times, no links; one row when somebody submits."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self._chooser = random.Random(~SEED)
        self.ballots = sqlite3.connect(folder / "naive.sqlite", isolation_level=None)
        self.ballots.executescript(NAIVE)
        self.drafts = sqlite3.connect(folder / "drafts.sqlite", isolation_level=None)
        self.drafts.executescript(NAIVE_DRAFTS)

    def submit(self, person: Person) -> None:
        """Keeps a draft and then the answer."""
        key = self._chooser.randbytes(16)
        self.drafts.execute("INSERT INTO draft VALUES (?, ?)", (key, naive_draft(person)))
        self.ballots.execute("INSERT INTO ballot VALUES (?, ?)", (key, person.content))

    def close(self) -> None:
        """Deletes the drafts, which have served."""
        self.drafts.execute("DELETE FROM draft")
        self.drafts.close()
        self.ballots.close()


def naive_draft(person: Person) -> str:
    """What a person wrote before submitting."""
    return f"concept van {person.number:03d}: ik twijfel nog " + "." * 200


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with everything that lives while people take part."""
    return tmp_path_factory.mktemp("disk")


@pytest.fixture(scope="module")
def app(disk: Path) -> Iterator[Flask]:
    """An application whose databases are watched."""
    app = make_watched_app(disk)
    yield app
    close_stores(app)


def make_watched_app(folder: Path) -> Flask:
    """The stores on SQLite; the watcher's copy of the log after each commit is the log that is never emptied."""
    app = make_app(sqlite_urls(folder))
    with app.app_context():
        for engine in db.engines.values():
            event.listen(engine, "connect", _keep_the_log)
    upgrade(app)
    return app


def _keep_the_log(connection: sqlite3.Connection, _: object) -> None:
    connection.execute("PRAGMA wal_autocheckpoint=0").close()


@pytest.fixture(scope="module")
def evidence(app: Flask, disk: Path, tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    """150 people take part, the urn is opened, and the watcher copies the disk."""
    naive = NaiveStore(tmp_path_factory.mktemp("naive") / "naive")
    (disk / "tmp").mkdir()
    with pytest.MonkeyPatch.context() as patch, app.app_context(), everything_logged(disk / "program.log"):
        for variable in ("SQLITE_TMPDIR", "TMPDIR"):
            patch.setenv(variable, str(disk / "tmp"))
        world = take_part(SEED, on_submit=naive.submit)
        before = files_with(disk, disguises(CANARY))
        open_all(world)
    copy = tmp_path_factory.mktemp("copy") / "disk"
    shutil.copytree(disk, copy)
    shutil.copytree(naive.folder, copy / "naive")
    naive.close()
    shutil.copy(naive.folder / "drafts.sqlite", copy / "naive")
    return Evidence(world, copy, before)


@pytest.fixture(scope="module")
def opened_one_by_one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evidence]:
    """The same, but each envelope is opened when it comes: what must never be done."""
    disk = tmp_path_factory.mktemp("one") / "by" / "one"
    app = make_watched_app(disk)
    with app.app_context():
        world = take_part(SEED + 1, opened_one_by_one=True)
    yield Evidence(world, disk, [])
    close_stores(app)


@contextmanager
def everything_logged(path: Path) -> Iterator[None]:
    """Writes down all that any library has to say, in a file."""
    handler = logging.FileHandler(path)
    loggers = {logger: logger.level for logger in (logging.getLogger(), logging.getLogger("sqlalchemy"))}
    logging.getLogger().addHandler(handler)
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    yield
    for logger, level in loggers.items():
        logger.setLevel(level)
    logging.getLogger().removeHandler(handler)
    handler.close()


def dump_order(database: Path) -> list[str]:
    """The answers in the order in which a dump prints them."""
    return [content for (content,) in sqlite_files.ask(sqlite_files.last_state(database), ANSWERS)]


#: Every order in which the files hold answers.
ORDERS: dict[str, Callable[[Path], list[str]]] = {
    "states of the log": lambda path: order_of_appearance(path, ANSWERS),
    "bytes of the log": lambda path: order_in_log(path, dump_order(path)),
    "pages of the file": lambda path: order_in_pages(path, dump_order(path)),
    "dump": dump_order,
}


@pytest.mark.parametrize("order", ORDERS)
def test_no_order_in_the_files_is_an_order_of_people(evidence: Evidence, order: str) -> None:
    world = evidence.world
    found = match_orders(world.people_orders(), [ORDERS[order](evidence.results)], world.truth)
    assert is_chance(found, TAKING_PART), found


@pytest.mark.parametrize("order", ORDERS)
def test_the_same_attack_names_everybody_in_a_naive_schema(evidence: Evidence, order: str) -> None:
    world = evidence.world
    found = match_orders([world.order("envelope")], [ORDERS[order](evidence.naive)], world.truth)
    assert found.linked == TAKING_PART and found.agreement == 1
    assert not is_chance(found, TAKING_PART)


def test_rows_have_no_numbers(evidence: Evidence) -> None:
    state = sqlite_files.last_state(evidence.results)
    with pytest.raises(sqlite3.OperationalError, match="no such column: rowid"):
        sqlite_files.ask(state, "SELECT rowid FROM ballot")


def test_the_watcher_knows_whose_each_envelope_is(evidence: Evidence) -> None:
    """The first lock is open to who has every log, and we say so; behind it is the second one."""
    world = evidence.world
    issued = order_of_appearance(evidence.roster, "SELECT id FROM invitation WHERE issued")
    assert issued == [world.people[number].invitation.id for number in world.order("issue")]
    lockers = order_of_appearance(evidence.urn, ENVELOPES, last=True)
    assert lockers == [world.people[number].locker_id for number in world.order("envelope", last=True)]


def test_backups_between_submissions_show_only_that_there_was_one(evidence: Evidence) -> None:
    world = evidence.world
    assert set(world.backups[:-1]) == {frozenset()}
    assert len(world.backups[-1]) == TAKING_PART
    assert guess_from_backups(world, random.Random(SEED)) <= most_by_chance(1)


def test_opening_each_envelope_when_it_comes_names_everybody(opened_one_by_one: Evidence) -> None:
    world = opened_one_by_one.world
    assert guess_from_backups(world, random.Random(SEED)) == TAKING_PART
    answers = order_of_appearance(opened_one_by_one.results, ANSWERS)
    assert match_orders([world.order("envelope")], [answers], world.truth).linked == TAKING_PART


def test_the_opening_key_in_a_backup_names_everybody(evidence: Evidence) -> None:
    lockers = order_of_appearance(evidence.urn, ENVELOPES, last=True)
    lying = dict(sqlite_files.ask(sqlite_files.last_state(evidence.urn), ENVELOPES))
    world = evidence.world
    assert guess_with_key(world, world.opening_key, lockers, lying) == TAKING_PART
    assert guess_with_key(world, ec.generate_private_key(ec.SECP256R1()), lockers, lying) == 0


def test_before_the_opening_no_file_holds_an_answer(evidence: Evidence) -> None:
    assert evidence.with_answer_before == []
    assert set(files_with(evidence.folder, disguises(CANARY))) == {"results.sqlite-wal", "naive/naive.sqlite-wal"}


def test_temporary_files_were_not_needed(evidence: Evidence) -> None:
    assert list((evidence.folder / "tmp").iterdir()) == []


def test_the_program_log_names_nothing(evidence: Evidence) -> None:
    log = (evidence.folder / "program.log").read_text()
    assert log.count("UPDATE invitation") >= TAKING_PART and "SQL parameters hidden" in log
    for person in evidence.world.people:
        invitation = person.invitation
        for secret in (invitation.name, invitation.email, person.content):
            assert secret not in log
        for secret_bytes in (invitation.id, invitation.token_hash, person.locker_id, person.ballot_id):
            assert secret_bytes.hex() not in log and repr(secret_bytes)[2:-1] not in log


def test_each_database_speaks_of_its_own_things_only(evidence: Evidence) -> None:
    people = evidence.world.people
    places = {
        "roster": [needle for person in people for needle in named(person)],
        "urn": [person.locker_id for person in people] + list(evidence.world.current.values()),
        "results": [person.ballot_id for person in people],
    }
    for database, needles in places.items():
        held = {name.removesuffix("-wal") for name in files_with(evidence.folder, needles)}
        assert held == {f"{database}.sqlite"}


def named(person: Person) -> tuple[bytes, ...]:
    """What tells who somebody is."""
    invitation = person.invitation
    return invitation.name.encode(), invitation.email.encode(), invitation.id, invitation.token_hash


def test_deleted_drafts_can_be_read_in_a_naive_schema(evidence: Evidence) -> None:
    drafts = [naive_draft(person).encode()[:40] for person in evidence.world.people]
    (evidence.folder / "drafts only").mkdir()
    shutil.copy(evidence.folder / "naive" / "drafts.sqlite", evidence.folder / "drafts only")
    assert found_in(evidence.folder / "drafts only", drafts) > TAKING_PART * 0.9


def test_what_was_replaced_or_destroyed_is_in_no_file(evidence: Evidence, app: Flask, disk: Path) -> None:
    world = evidence.world
    replaced, lying = world.old_drafts, list(world.current.values())
    withdrawn = world.people[0]
    assert found_in(disk, [draft[:40] for draft in replaced]) == len(replaced) > 30
    with app.app_context():
        with db.engines["urn"].connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        assert found_in(disk, [draft[:40] for draft in replaced]) == 0
        assert found_in(disk, [envelope[:40] for envelope in lying]) == TAKING_PART
        urn.destroy(SURVEY)
        assert found_in(disk, [envelope[:40] for envelope in lying]) == 0
        assert found_in(disk, [person.locker_id for person in world.people]) == 0
        assert found_in(disk, [withdrawn.content.encode()]) == 1
        assert results.withdraw(SURVEY, withdrawn.ballot_id)
        assert found_in(disk, [withdrawn.content.encode()]) == 0
        requests = [row[0] for row in sqlite_files.ask(sqlite_files.last_state(evidence.roster), REQUESTS)]
        assert found_in(disk, requests) == len(requests) == TAKING_PART
        roster.forget_requests(SURVEY)
        assert found_in(disk, requests) == 0
        assert len(results.ballots(SURVEY)) == TAKING_PART - 1
        assert sum(person.issued for person in roster.invitations(SURVEY)) == TAKING_PART
