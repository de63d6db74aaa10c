"""What a database of this project may not have, read from the database itself."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, inspect
from sqlalchemy.types import Boolean, LargeBinary, Text

#: The numbers that anonymous databases hold: of a survey as a whole, never of a person or a ballot.
NUMBERS = {("urn_survey", "assisted"), ("tree_head", "size"), ("tree_head", "invalid"), ("ledger", "number")}

#: Keys that tell an order, which is that of releases: what everybody saw, and when, is no secret.
ORDERED = {"ledger": ["organisation", "number"]}

#: Alembic's own: one row that says which schema this is.
VERSIONS = "alembic_version"


def breaches(connection: Connection, *, anonymous: bool) -> list[str]:
    """Every breach of the schema rules; ``anonymous`` databases have the strict ones."""
    found = list(_sqlite(connection) if connection.dialect.name == "sqlite" else _postgresql(connection))
    inspector = inspect(connection)
    for table in inspector.get_table_names():
        if inspector.get_foreign_keys(table):
            found.append(f"{table} points at another table")
        for column in inspector.get_columns(table):
            name, kind = column["name"], column["type"]
            default = str(column.get("default") or "")
            if "nextval" in default or column.get("identity"):
                found.append(f"{table}.{name} counts rows")
            if any(word in default.lower() for word in ("now", "current_", "clock")):
                found.append(f"{table}.{name} fills in the moment")
            if any(word in str(kind).upper() for word in ("DATE", "TIME", "INTERVAL")):
                found.append(f"{table}.{name} holds a moment")
        if anonymous and table != VERSIONS:
            found += _strict(connection, table)
    return found


def _strict(connection: Connection, table: str) -> Iterator[str]:
    inspector = inspect(connection)
    columns = {column["name"]: column["type"] for column in inspector.get_columns(table)}
    for name, kind in columns.items():
        if not isinstance(kind, Boolean | LargeBinary | Text) and (table, name) not in NUMBERS:
            yield f"{table}.{name} is a {kind}"
    if inspector.get_indexes(table) or inspector.get_unique_constraints(table):
        yield f"{table} has an index beside its primary key"
    key = inspector.get_pk_constraint(table)["constrained_columns"]
    rest = [name for name in key if name != "survey_id"]
    if key != ORDERED.get(table) and (not key or any(str(columns[name]) not in ("BLOB", "BYTEA") for name in rest)):
        yield f"{table} has a key that is neither random nor a hash: {', '.join(key)}"


def _sqlite(connection: Connection) -> Iterator[str]:
    for kind, name, sql in connection.exec_driver_sql("SELECT type, name, sql FROM sqlite_schema"):
        if kind == "table" and not (sql or "").rstrip().upper().endswith("WITHOUT ROWID"):
            yield f"{name} has row numbers"
        if kind not in ("table", "index"):
            yield f"{name} is a {kind}"


def _postgresql(connection: Connection) -> Iterator[str]:
    here = "relnamespace = 'public'::regnamespace"
    kinds = f"SELECT relname, relkind FROM pg_class WHERE {here} AND relkind NOT IN ('r', 'i')"
    for name, kind in connection.exec_driver_sql(kinds):
        yield f"{name} is of kind {kind}"
    triggers = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    for (name,) in connection.exec_driver_sql(triggers):
        yield f"{name} is a trigger"
