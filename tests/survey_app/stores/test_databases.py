"""How the databases are opened: what SQLite is told, and what is said when one cannot do its work."""

from __future__ import annotations

import hashlib
import re
import stat
import traceback
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Connection, event, func, insert, select, update
from sqlalchemy.exc import OperationalError

from survey_app.stores import (
    BINDS,
    StoreBusy,
    StoreError,
    StoreFull,
    databases,
    db,
    migrating,
    reading,
    roster,
    upgrade,
    urn,
    writing,
)
from survey_app.stores.tables_urn import LOCKER, URN_SURVEY
from tests.survey_app.stores.making import (
    OTHER,
    SURVEY,
    add_urn,
    close_stores,
    hashed,
    invitation,
    make_app,
    sqlite_urls,
)


@pytest.mark.parametrize("bind", BINDS)
def test_sqlite_overwrites_what_is_deleted_and_keeps_what_is_confirmed(tmp_path: Path, bind: databases.Bind) -> None:
    app = make_app(sqlite_urls(tmp_path))
    wanted = {"secure_delete": 1, "journal_mode": "wal", "synchronous": 2, "busy_timeout": 10_000}
    wanted |= {"temp_store": 2, "foreign_keys": 0}
    with app.app_context(), reading(bind) as first, db.engines[bind].connect() as second:
        for connection in (first, second):
            found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in wanted}
            assert found == wanted
    close_stores(app)


def test_the_files_are_for_their_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "peil"
    app = make_app(sqlite_urls(folder))
    upgrade(app)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert {"roster.sqlite", "roster.sqlite-wal", "urn.sqlite", "results.sqlite"} <= set(modes)
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    close_stores(app)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://host/name", "postgresql://host/name"])
def test_a_database_that_would_not_keep_the_promise_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(ValueError, match="not a database that Peil keeps things in"):
        make_app({**sqlite_urls(tmp_path), "urn": url})


def test_all_three_databases_are_needed(tmp_path: Path) -> None:
    urls = sqlite_urls(tmp_path)
    del urls["urn"]
    with pytest.raises(ValueError, match="roster, urn, results"):
        make_app(urls)


def test_a_file_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=re.escape(str(tmp_path / "file" / "roster.sqlite"))):
        make_app(sqlite_urls(tmp_path / "file"))


@pytest.mark.parametrize("outer", BINDS)
@pytest.mark.parametrize("inner", BINDS)
def test_one_thread_holds_one_transaction(app: Flask, outer: databases.Bind, inner: databases.Bind) -> None:
    for first in (reading, writing):
        for second in (reading, writing):
            with first(outer), pytest.raises(RuntimeError, match=f"in {outer} is open"), second(inner):
                pytest.fail("two transactions at once")
    with writing(inner) as connection:  # the refusals left nothing behind
        assert connection.exec_driver_sql("SELECT 1").scalar_one() == 1


def test_a_block_that_raises_keeps_nothing(app: Flask) -> None:
    with pytest.raises(ZeroDivisionError), writing("urn") as connection:
        connection.execute(insert(LOCKER).values(survey_id=SURVEY, id=hashed(1)))
        _ = 1 / 0
    with reading("urn") as connection:
        assert connection.execute(select(func.count()).select_from(LOCKER)).scalar_one() == 0


def test_an_error_quotes_no_value(app: Flask) -> None:
    person = invitation(1)
    roster.add_survey(roster.NewSurvey(SURVEY, "", "", [person]))
    with pytest.raises(StoreError, match="The roster database cannot be used") as caught:
        roster.add_survey(roster.NewSurvey(OTHER, "", "", [person]))
    logged = "".join(traceback.format_exception(caught.value))
    for secret in (person.name, person.email, repr(person.token_hash), person.id.hex(), person.token_hash.hex()):
        assert secret not in logged
    assert roster.survey(OTHER) is None, "half a survey was kept"


def test_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    app = make_app(sqlite_urls(tmp_path))
    upgrade(app)
    with app.app_context():
        add_urn()
        small, large, done = b"1" * 5_000, b"2" * 50_000, hashed("done")
        mine, other = hashed("mine"), hashed("other")
        urn.put_envelope(SURVEY, mine, small, urn.NOTHING, done, lambda: b"reply")

        @event.listens_for(db.engines["urn"], "begin")
        def leave_no_room(connection: Connection) -> None:
            connection.exec_driver_sql("PRAGMA max_page_count=1")  # SQLite takes the pages in use as the least

        with pytest.raises(StoreFull, match="No room is left on the disk of the urn database; nothing was changed"):
            urn.put_envelope(SURVEY, other, large, urn.NOTHING, done, lambda: b"reply")
        with pytest.raises(StoreFull):
            urn.put_envelope(SURVEY, mine, large, hashlib.sha256(small).digest(), done, lambda: b"reply")
        assert urn.envelopes(SURVEY) == [small]
        event.remove(db.engines["urn"], "begin", leave_no_room)
        db.engines["urn"].dispose()
        urn.put_envelope(SURVEY, other, large, urn.NOTHING, done, lambda: b"reply")
        assert urn.envelopes(SURVEY) == [small, large]
    close_stores(app)


@pytest.mark.parametrize(
    ("cause", "error"),
    [
        (psycopg.errors.DiskFull("could not extend file"), StoreFull),
        (psycopg.errors.LockNotAvailable("canceling statement due to lock timeout"), StoreBusy),
        (psycopg.errors.DeadlockDetected("deadlock detected"), StoreBusy),
        (psycopg.errors.InsufficientPrivilege("permission denied for table locker"), StoreError),
    ],
)
def test_what_postgresql_reports_is_told_in_our_words(
    app: Flask, cause: psycopg.Error, error: type[StoreError]
) -> None:
    with pytest.raises(StoreError) as caught, writing("urn"):
        raise OperationalError("INSERT", {}, cause)
    assert type(caught.value) is error


def test_a_database_held_by_another_is_waited_for_but_not_for_ever(
    bare_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade(bare_app)
    with bare_app.app_context():
        add_urn()
        monkeypatch.setattr(databases, "WAIT_SECONDS", 0.1)
        for engine in db.engines.values():
            engine.dispose()
        holder = db.engines["urn"].connect()
        with holder, holder.begin():
            holder.execute(update(URN_SURVEY).values(assisted=7))
            with pytest.raises(StoreBusy, match="The urn database is busy; nothing was changed"):
                urn.accept(SURVEY, False)
        assert urn.survey(SURVEY).accepting  # type: ignore[union-attr]


def test_two_programs_that_start_at_once_do_not_both_build(bare_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "WAIT_SECONDS", 0.1)
    with bare_app.app_context():
        first = db.engines["roster"].connect()
        with first, first.begin():
            migrating.prepare(first)
            with pytest.raises(StoreBusy):
                upgrade(bare_app)
    upgrade(bare_app)
    assert migrating.differences(bare_app, "roster") == []


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    urls = sqlite_urls(tmp_path)
    (tmp_path / "urn.sqlite").write_bytes(b"an envelope, perhaps" * 100)
    app = make_app(urls)
    with app.app_context(), pytest.raises(StoreError, match=r"The urn database cannot be used: .*not a database"):
        urn.survey(SURVEY)
    close_stores(app)


def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    absent = f"postgresql+psycopg://peil@/roster?host={tmp_path}"
    app = make_app({**sqlite_urls(tmp_path), "roster": absent})
    with (
        app.app_context(),
        pytest.raises(StoreError, match=r"The roster database cannot be used: .*failed: No such file"),
    ):
        roster.surveys()
    close_stores(app)


def test_tables_that_are_not_there_are_told(bare_app: Flask) -> None:
    with bare_app.app_context(), pytest.raises(StoreError, match=r"The urn database cannot be used: .*urn_survey"):
        urn.survey(SURVEY)
