"""The three databases: how they are opened, and how a transaction is held in one of them only."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Literal, get_args

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import URL, Connection, Engine, Table, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from survey_app.stores.errors import StoreBusy, StoreError, StoreFull

Bind = Literal["roster", "urn", "results"]

#: Who was invited; what lies sealed; what was opened. No key of one occurs in another.
BINDS: tuple[Bind, ...] = get_args(Bind)

#: How long a writer waits for another one.
WAIT_SECONDS = 10

#: Errors of the database driver quote parameters, which would bring envelopes and codes into logs.
db = SQLAlchemy(engine_options={"hide_parameters": True, "pool_timeout": WAIT_SECONDS})

#: ``secure_delete`` overwrites what is deleted; temporary tables never reach the disk.
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "secure_delete=ON",
    "temp_store=MEMORY",
    "foreign_keys=OFF",
)

_BEGIN = "peil_begin"
_POOL = {"pool_size": 16, "max_overflow": 16}
_open: ContextVar[Bind | None] = ContextVar("open_transaction", default=None)


def init_stores(app: Flask, urls: Mapping[str, str]) -> None:
    """Binds the databases at ``urls`` (keys: :data:`BINDS`) to ``app``; makes the files of SQLite ones.

    URLs begin with ``sqlite:///`` and a path, or ``postgresql+psycopg://``. Raises ``ValueError``
    for any other, and :class:`StoreError` when a file cannot be made.
    """
    if set(urls) != set(BINDS):
        raise ValueError(f"the databases are {', '.join(BINDS)}; given are {', '.join(sorted(urls))}")
    app.config["SQLALCHEMY_BINDS"] = {
        bind: {**_engine_options(make_url(urls[bind])), "logging_name": f"peil.{bind}"} for bind in BINDS
    }
    db.init_app(app)
    with app.app_context():
        for bind, engine in db.engines.items():
            logging.getLogger(f"sqlalchemy.engine.Engine.peil.{bind}").addFilter(_speaks_of_no_row)
            if engine.dialect.name == "sqlite":
                event.listen(engine, "connect", _prepare_sqlite)
                event.listen(engine, "begin", _begin_sqlite)
            else:
                event.listen(engine, "connect", _prepare_postgresql)


def _engine_options(url: URL) -> dict[str, Any]:
    if url.drivername == "postgresql+psycopg":
        return {"url": url, "pool_pre_ping": True, **_POOL}
    if url.drivername != "sqlite" or not url.database or url.database == ":memory:":
        raise ValueError(
            f"{url.drivername} is not a database that Peil keeps things in; use a SQLite file or PostgreSQL"
        )
    path = Path(url.database).absolute()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as error:
        raise StoreError(f"{path}: cannot be made ({error.strerror}); check the folder and its rights") from error
    return {"url": url.set(database=str(path)), **_POOL}


def _speaks_of_no_row(record: logging.LogRecord) -> bool:
    """At its lowest level SQLAlchemy logs every row that it reads: not here, whatever the operator asks for."""
    return record.levelno > logging.DEBUG


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own: we say which kind
    for pragma in (f"busy_timeout={WAIT_SECONDS * 1000:.0f}", *PRAGMAS):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    begin = connection.get_execution_options().get(_BEGIN, "BEGIN")
    if begin:
        connection.exec_driver_sql(begin)


def _prepare_postgresql(connection: Any, _record: object) -> None:
    connection.execute(f"SET lock_timeout = {WAIT_SECONDS * 1000:.0f}")
    connection.commit()


@contextmanager
def reading(bind: Bind) -> Iterator[Connection]:
    """A connection to read on; nothing is kept of what is written on it.

    Needs an application context. Raises :class:`StoreError`, and ``RuntimeError`` when this
    thread has a transaction open, in whichever database.
    """
    with _alone(bind), _in_our_words(bind), db.engines[bind].connect() as connection:
        yield connection


@contextmanager
def writing(bind: Bind) -> Iterator[Connection]:
    """A connection on which everything is kept when the block ends, or nothing when it raises.

    On SQLite the only writer from its first statement on. Needs an application context. Raises
    :class:`StoreError`, and ``RuntimeError`` when this thread has a transaction open.
    """
    with (
        _alone(bind),
        _in_our_words(bind),
        db.engines[bind].connect() as connection,
        connection.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"}).begin(),
    ):
        yield connection


def upsert(dialect: str, table: Table) -> Any:
    """An insert that can say what is to be done when the row is there: ``on_conflict_…``."""
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)


def added_rows(connection: Connection, inserted: Any, values: Mapping[str, Any] | None = None) -> int:
    """Executes an insert and returns how many rows it added; without the option SQLAlchemy does not know."""
    return connection.execute(inserted, values, execution_options={"preserve_rowcount": True}).rowcount


def scrub(bind: Bind, *tables: Table) -> None:
    """Rewrites ``tables`` so that nothing of deleted or replaced rows is left in the files of a database.

    On SQLite that is the whole file, and the log is cut to nothing. Raises :class:`StoreBusy`
    when a reader does not let go in time: do it again.
    """
    with _alone(bind), _in_our_words(bind):
        engine = db.engines[bind]
        if engine.dialect.name == "sqlite":
            _scrub_sqlite(engine, bind)
        else:
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                for table in tables:
                    connection.exec_driver_sql(f"VACUUM FULL {table.name}")


def _scrub_sqlite(engine: Engine, bind: Bind) -> None:
    with engine.connect().execution_options(**{_BEGIN: ""}) as connection:
        connection.exec_driver_sql("VACUUM")
        busy, _, _ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
    if busy:
        raise StoreBusy(f"The {bind} database is still being read; try again.")


@contextmanager
def _alone(bind: Bind) -> Iterator[None]:
    """Two transactions at once in two databases would stamp a person and a ballot with the same moment."""
    if (other := _open.get()) is not None:
        raise RuntimeError(f"a transaction in {other} is open while one in {bind} is asked for")
    token = _open.set(bind)
    try:
        yield
    finally:
        _open.reset(token)


@contextmanager
def _in_our_words(bind: Bind) -> Iterator[None]:
    """Errors of a driver may quote values, and a traceback ends in a log: only our sentence goes on."""
    try:
        yield
    except PoolTimeout:
        raise StoreBusy(f"All connections to the {bind} database are in use; try again.") from None
    except DBAPIError as error:
        raise _translated(bind, error) from None


#: SQLSTATE of PostgreSQL, primary result code of SQLite.
_FULL, _BUSY = {"53100", "13"}, {"55P03", "40P01", "40001", "5", "6"}


def _translated(bind: Bind, error: DBAPIError) -> StoreError:
    sqlite_code: int | None = getattr(error.orig, "sqlite_errorcode", None)
    code = getattr(error.orig, "sqlstate", None) if sqlite_code is None else str(sqlite_code & 0xFF)
    if code in _FULL:
        return StoreFull(f"No room is left on the disk of the {bind} database; nothing was changed. Make room.")
    if code in _BUSY:
        return StoreBusy(f"The {bind} database is busy; nothing was changed. Try again.")
    reason = type(error.orig).__name__
    if not isinstance(error, IntegrityError | DataError):  # the others speak of servers, files and tables
        reason = " ".join([*str(error.orig).splitlines()[:1], f"[{reason}]"])
    return StoreError(f"The {bind} database cannot be used: {reason}")
