"""Brings the databases to the schema of this version, and back.

Each database has a folder of revisions of its own in ``survey_app/migrations``; they share one
environment (``env.py``). A revision never imports the tables: it stays what it was when they change.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from flask import Flask
from sqlalchemy import Connection, MetaData

from survey_app.stores.databases import BINDS, Bind, writing
from survey_app.stores.errors import StoreError
from survey_app.stores.tables_results import RESULTS
from survey_app.stores.tables_roster import ROSTER
from survey_app.stores.tables_urn import URN

#: The schema of each database as this version wants it.
METADATA: dict[Bind, MetaData] = {"roster": ROSTER, "urn": URN, "results": RESULTS}

MIGRATIONS = Path(__file__).parents[1] / "migrations"

#: On PostgreSQL two programs that start at once must not both build: the second one waits for this lock.
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('peil migrations'))"
_VERSIONS = (
    "CREATE TABLE IF NOT EXISTS alembic_version "
    "(version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)) WITHOUT ROWID"
)


def upgrade(app: Flask, revision: str = "head") -> None:
    """Brings all databases of ``app`` to the newest schema; what is up to date stays as it is.

    Raises :class:`survey_app.stores.errors.StoreError`, also for a database of a newer version.
    """
    with app.app_context():
        for bind in BINDS:
            with writing(bind) as connection:
                prepare(connection)
                try:
                    command.upgrade(configuration(bind, connection), revision)
                except CommandError as error:
                    raise StoreError(f"The {bind} database is not one of this version of Peil: {error}") from error


def downgrade(app: Flask, bind: Bind, revision: str) -> None:
    """Takes one database of ``app`` back to an older schema; ``base`` is an empty one."""
    with app.app_context(), writing(bind) as connection:
        command.downgrade(configuration(bind, connection), revision)


def differences(app: Flask, bind: Bind) -> list[Any]:
    """What a database of ``app`` has otherwise than this version wants, in the words of Alembic."""
    with app.app_context(), writing(bind) as connection:
        return compare_metadata(MigrationContext.configure(connection), METADATA[bind])


def configuration(bind: Bind, connection: Connection) -> Config:
    """Alembic's settings for one database over an open connection."""
    config = Config()
    config.set_main_option("script_location", _escaped(MIGRATIONS))
    config.set_main_option("version_locations", _escaped(MIGRATIONS / bind))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("file_template", "r%%(rev)s_%%(slug)s")  # a module name cannot begin with a digit
    config.attributes["connection"] = connection
    config.attributes["metadata"] = METADATA[bind]
    return config


def prepare(connection: Connection) -> None:
    """Lets one program at a time at a schema, and makes the table in which Alembic notes its revision."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_LOCK)
    else:
        connection.exec_driver_sql(_VERSIONS)  # Alembic would make it with row numbers


def _escaped(path: Path) -> str:
    return str(path).replace("%", "%%")
