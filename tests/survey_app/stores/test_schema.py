"""The schema keeps no order, no moment and no thread from one table to another."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import LargeBinary, Table, create_engine, inspect

from survey_app.stores import BINDS, Bind, reading, writing
from survey_app.stores.migrating import METADATA
from tests.survey_app.stores.making import fill_every_store
from tests.survey_app.stores.schema_law import NUMBERS, ORDERED, VERSIONS, breaches

ANONYMOUS: tuple[Bind, ...] = ("urn", "results")

TABLES = [table for bind in BINDS for table in METADATA[bind].sorted_tables]


@pytest.mark.parametrize("bind", BINDS)
def test_the_databases_obey_the_law(app: Flask, bind: Bind) -> None:
    with reading(bind) as connection:
        assert inspect(connection).get_table_names()
        assert breaches(connection, anonymous=bind in ANONYMOUS) == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_tables_have_no_row_numbers_foreign_keys_counters_or_hooks(table: Table) -> None:
    assert table.dialect_options["sqlite"]["with_rowid"] is False
    assert not table.foreign_keys
    assert table.autoincrement_column is None
    for column in table.columns:
        assert column.onupdate is None and column.server_onupdate is None and column.default is None
        assert not column.identity and not column.computed


def test_people_lockers_and_ballots_have_ids_of_their_own() -> None:
    ids = [table.c.id for table in TABLES if "id" in table.c and table.name != "survey"]
    assert {column.table.name for column in ids} == {"invitation", "outbox", "locker", "ballot"}
    assert all(isinstance(column.type, LargeBinary) for column in ids)
    about_people = {"invitation_id", "token_hash", "name", "email", "path", "issued", "done"}
    for bind in ANONYMOUS:
        assert not about_people & {column.name for table in METADATA[bind].sorted_tables for column in table.columns}


def test_the_law_names_no_number_that_is_gone() -> None:
    assert {(table.name, column.name) for table in TABLES for column in table.columns} >= NUMBERS
    keys = {table.name: [column.name for column in table.primary_key] for table in TABLES}
    assert keys.items() >= ORDERED.items()
    assert VERSIONS not in {table.name for table in TABLES}


NAIVE = """
CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE answer (
    id INTEGER PRIMARY KEY, person INTEGER REFERENCES person (id), version INTEGER, content TEXT,
    given TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX answer_given ON answer (given);
CREATE TABLE noted (answer INTEGER);
"""


def test_the_law_sees_what_it_forbids_on_sqlite(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'naive.sqlite'}")
    with engine.begin() as connection:
        for statement in NAIVE.split(";"):
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql("CREATE TRIGGER t AFTER INSERT ON answer BEGIN INSERT INTO noted VALUES (1); END")
        found = set(breaches(connection, anonymous=True))
    engine.dispose()
    assert found >= {
        "person has row numbers",
        "answer points at another table",
        "answer.given holds a moment",
        "answer.given fills in the moment",
        "answer.version is a INTEGER",
        "answer has an index beside its primary key",
        "answer has a key that is neither random nor a hash: id",
        "noted has a key that is neither random nor a hash: ",
        "t is a trigger",
    }


@pytest.mark.parametrize("urls", ["postgresql"], indirect=True)
def test_the_law_sees_what_it_forbids_on_postgresql(bare_app: Flask) -> None:
    with bare_app.app_context(), writing("urn") as connection:
        connection.exec_driver_sql(NAIVE.replace("id INTEGER PRIMARY KEY", "id SERIAL PRIMARY KEY"))
        found = set(breaches(connection, anonymous=True))
    assert found >= {
        "person.id counts rows",
        "person_id_seq is of kind S",
        "answer points at another table",
        "answer.given holds a moment",
        "answer.given fills in the moment",
        "answer.version is a INTEGER",
        "answer has an index beside its primary key",
        "answer has a key that is neither random nor a hash: id",
    }


@pytest.mark.parametrize("urls", ["postgresql"], indirect=True)
def test_postgresql_keeps_no_samples_of_what_must_be_forgotten(app: Flask) -> None:
    fill_every_store()
    sampled: dict[Bind, set[tuple[str, str]]] = {}
    for bind in BINDS:
        with writing(bind) as connection:
            connection.exec_driver_sql("ANALYZE")
            rows = connection.exec_driver_sql("SELECT tablename, attname FROM pg_stats WHERE schemaname = 'public'")
            sampled[bind] = {(table, column) for table, column in rows if table != VERSIONS}
    for bind in ANONYMOUS:
        assert {column for _, column in sampled[bind]} <= {"survey_id", "accepting"}
    assert ("invitation", "unit") in sampled["roster"], "it samples what it may"
    private = {"path", "name", "email", "token_hash", "request_hash", "reply", "serial_hash"}
    assert not private & {column for _, column in sampled["roster"]}
