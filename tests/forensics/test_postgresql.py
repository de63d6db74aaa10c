"""Attacks on a PostgreSQL server: with every row number, dump, log and file, nobody finds a person's answer.

Each attack is run on a naive schema as well, where it names everybody.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask

from survey_app.stores import BINDS, results, roster, upgrade, urn
from tests.forensics.bytes_on_disk import disguises, files_with, found_in
from tests.forensics.chance import is_chance, match_orders, most_by_chance
from tests.forensics.postgres_files import (
    Watched,
    by_dump,
    by_log_bytes,
    by_log_records,
    by_place,
    by_transaction,
    joined_by_transaction,
    log_position,
)
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
from tests.postgres import PostgresServer
from tests.survey_app.stores.making import close_stores, make_app

SEED = 20261002

NAIVE = """
CREATE TABLE ballot (id UUID PRIMARY KEY, content TEXT NOT NULL);
CREATE TABLE invitation (id BYTEA PRIMARY KEY, answered BOOLEAN NOT NULL DEFAULT false);
"""

#: How many people's traces are looked for in the files: each search reads everything again.
SAMPLE = 20

ENVELOPES = "SELECT id, envelope FROM locker WHERE envelope IS NOT NULL"


class NaiveStore:
    """Anonymous as many programs are: random keys, no times, no links; the person is ticked off with the answer."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        self._chooser = random.Random(~SEED)
        for statement in filter(str.strip, NAIVE.split(";")):
            connection.execute(statement.encode())

    def submit(self, person: Person) -> None:
        """Keeps an answer and ticks the person off, in one transaction."""
        with self.connection.transaction():
            key = uuid.UUID(bytes=self._chooser.randbytes(16))
            self.connection.execute("INSERT INTO ballot VALUES (%s, %s)", (key, naive_content(person)))
            self.connection.execute("INSERT INTO invitation VALUES (%s, true)", (person.invitation.id,))


def naive_content(person: Person) -> str:
    """What the naive store keeps: the same server must not hold a canary of ours."""
    return person.content.replace(CANARY, "naief")


@dataclass(frozen=True)
class Evidence:
    """What happened, the databases as they were after the opening, and which files held an answer before it."""

    world: World
    app: Flask
    roster: Watched
    urn: Watched
    results: Watched
    naive: Watched
    with_answer_before: list[str]


@contextmanager
def watched_stores(server: PostgresServer) -> Iterator[tuple[Flask, dict[str, Watched]]]:
    """The stores on three new databases, of which the watcher keeps the log as a replica would."""
    with server.databases() as names, server.connect() as connection:
        connection.execute("SELECT pg_create_physical_replication_slot('watcher', true)")
        start = log_position(server)
        app = make_app(server.urls(names))
        upgrade(app)
        try:
            with app.app_context():
                yield app, {bind: Watched(server, names[bind], start) for bind in BINDS}
        finally:
            close_stores(app)
            connection.execute("SELECT pg_drop_replication_slot('watcher')")


@pytest.fixture(scope="module")
def evidence(postgres: PostgresServer) -> Iterator[Evidence]:
    """150 people take part, and the urn is opened."""
    with watched_stores(postgres) as (app, watched), postgres.databases() as names:
        with postgres.connect(names["results"]) as connection:
            naive = NaiveStore(connection)
            world = take_part(SEED, on_submit=naive.submit)
        checkpoint(postgres)
        before = files_with(postgres.folder, disguises(CANARY))
        open_all(world)
        naive_database = Watched(postgres, names["results"], watched["results"].start)
        yield Evidence(world, app, naive=naive_database, with_answer_before=before, **watched)


def checkpoint(server: PostgresServer) -> None:
    """Brings everything that waits in memory to the files."""
    with server.connect() as connection:
        connection.execute("CHECKPOINT")


#: Every order in which a server holds answers.
ORDERS: dict[str, Callable[[Watched], list[str]]] = {
    "xmin": by_transaction,
    "ctid": by_place,
    "pg_dump": by_dump,
    "pg_waldump": by_log_records,
    "bytes of the log": by_log_bytes,
}


@pytest.mark.parametrize("order", ORDERS)
def test_no_order_in_the_server_is_an_order_of_people(evidence: Evidence, order: str) -> None:
    world = evidence.world
    people = [*world.people_orders(), order_of_rows(evidence)]
    found = match_orders(people, [ORDERS[order](evidence.results)], world.truth)
    assert is_chance(found, TAKING_PART), found


def order_of_rows(evidence: Evidence) -> list[int]:
    """The people in the order in which PostgreSQL last wrote their rows on the roster."""
    numbers = {person.invitation.id: person.number for person in evidence.world.people}
    rows = evidence.roster.ask("SELECT id FROM invitation ORDER BY xmin::text::bigint, ctid")
    return [numbers[row[0]] for row in rows if row[0] in numbers]


@pytest.mark.parametrize("order", ORDERS)
def test_the_same_attack_names_everybody_in_a_naive_schema(evidence: Evidence, order: str) -> None:
    truth = {person.number: naive_content(person) for person in evidence.world.people}
    found = match_orders([evidence.world.order("envelope")], [ORDERS[order](evidence.naive)], truth)
    assert found.linked == TAKING_PART and not is_chance(found, TAKING_PART)


def test_all_answers_have_one_transaction_number_and_lie_in_the_order_of_their_hashes(evidence: Evidence) -> None:
    rows = evidence.results.ask("SELECT xmin::text, id FROM ballot ORDER BY ctid")
    assert len(rows) == TAKING_PART
    assert len({number for number, _ in rows}) == 1
    assert [key for _, key in rows] == sorted(key for _, key in rows)


def test_no_transaction_wrote_a_person_and_an_answer_or_a_locker(evidence: Evidence) -> None:
    assert joined_by_transaction(evidence.roster, evidence.results) == []
    numbers = [
        {row[0] for row in watched.ask(f"SELECT DISTINCT xmin::text FROM {table}")}
        for watched, table in (
            (evidence.roster, "invitation"),
            (evidence.roster, "done_spent"),
            (evidence.urn, "locker"),
            (evidence.results, "ballot"),
        )
    ]
    roster_numbers, urn_numbers, results_numbers = numbers[0] | numbers[1], numbers[2], numbers[3]
    assert len(urn_numbers) == TAKING_PART, "every locker was last written by a transaction of its own"
    assert not roster_numbers & urn_numbers and not urn_numbers & results_numbers
    assert not roster_numbers & results_numbers


def test_joining_by_transaction_names_everybody_in_a_naive_schema(evidence: Evidence) -> None:
    truth = {person.invitation.id: naive_content(person) for person in evidence.world.people}
    assert dict(joined_by_transaction(evidence.naive, evidence.naive)) == truth


def test_the_watcher_knows_whose_each_envelope_is(evidence: Evidence) -> None:
    """The first lock is open to who has every log, and we say so; behind it is the second one."""
    assert lockers_by_transaction(evidence) == [
        evidence.world.people[number].locker_id for number in evidence.world.order("envelope", last=True)
    ]


def lockers_by_transaction(evidence: Evidence) -> list[bytes]:
    """The lockers in the order of their last change, which is the last envelope: drafts come before it."""
    return [row[0] for row in evidence.urn.ask("SELECT id FROM locker ORDER BY xmin::text::bigint")]


def test_backups_between_submissions_show_only_that_there_was_one(evidence: Evidence) -> None:
    world = evidence.world
    assert set(world.backups[:-1]) == {frozenset()}
    assert len(world.backups[-1]) == TAKING_PART
    assert guess_from_backups(world, random.Random(SEED)) <= most_by_chance(1)


def test_the_opening_key_in_a_backup_names_everybody(evidence: Evidence) -> None:
    lying = dict(evidence.urn.ask(ENVELOPES))
    lockers = lockers_by_transaction(evidence)
    assert guess_with_key(evidence.world, evidence.world.opening_key, lockers, lying) == TAKING_PART
    assert guess_with_key(evidence.world, ec.generate_private_key(ec.SECP256R1()), lockers, lying) == 0


def test_before_the_opening_no_file_of_the_server_holds_an_answer(evidence: Evidence) -> None:
    assert evidence.with_answer_before == []
    checkpoint(evidence.results.server)
    assert files_with(evidence.results.folder, disguises(CANARY)), "the search finds what is there"
    for watched in (evidence.roster, evidence.urn):
        assert files_with(watched.folder, disguises(CANARY)) == []


def test_each_database_speaks_of_its_own_things_only(evidence: Evidence) -> None:
    checkpoint(evidence.roster.server)
    people = evidence.world.people[:SAMPLE]
    ids_and_addresses = [(person.invitation.id, person.invitation.email.encode()) for person in people]
    own_things = [
        (evidence.roster, [needle for pair in ids_and_addresses for needle in pair]),
        (evidence.urn, [person.locker_id for person in people]),
        (evidence.results, [person.ballot_id for person in people]),
    ]
    for place, needles in own_things:
        for watched, _ in own_things:
            assert bool(files_with(watched.folder, needles)) == (watched is place)


def test_what_was_destroyed_is_in_no_file_of_its_database(evidence: Evidence) -> None:
    world, server = evidence.world, evidence.urn.server
    withdrawn, *_ = sample = world.people[:SAMPLE]
    needles = [needle for p in sample for needle in (p.locker_id, world.current[p.number][:40])]
    replies = f"SELECT reply FROM invitation WHERE issued LIMIT {SAMPLE}"
    requests = [row[0][:40] for row in evidence.roster.ask(replies)]
    for watched in (evidence.roster, evidence.urn, evidence.results):
        with server.connect(watched.database) as connection:
            connection.execute("ANALYZE")  # as the server does by itself after a while
    checkpoint(server)
    assert found_in(evidence.urn.folder, needles) == len(needles)
    assert found_in(evidence.roster.folder, requests) == len(requests) == SAMPLE
    assert found_in(evidence.results.folder, [withdrawn.content.encode()]) == 1
    urn.destroy(SURVEY)
    roster.forget_requests(SURVEY)
    assert results.withdraw(SURVEY, withdrawn.ballot_id)
    checkpoint(server)
    assert found_in(evidence.urn.folder, needles) == 0
    assert found_in(evidence.roster.folder, requests) == 0
    assert found_in(evidence.results.folder, [withdrawn.content.encode()]) == 0
    assert len(results.ballots(SURVEY)) == TAKING_PART - 1


def test_opening_each_envelope_when_it_comes_names_everybody(postgres: PostgresServer, evidence: Evidence) -> None:
    assert evidence.with_answer_before == [], "what follows brings answers into the files of this server"
    with postgres.databases() as names:
        app = make_app(postgres.urls(names))
        upgrade(app)
        with app.app_context():
            world = take_part(SEED + 1, opened_one_by_one=True)
        close_stores(app)
    assert guess_from_backups(world, random.Random(SEED)) == TAKING_PART
