"""How every table is made: named constraints, and on SQLite no row numbers, which would tell the order of arrival."""

from __future__ import annotations

from sqlalchemy import Column, MetaData, Table, UniqueConstraint

NAMES = {"pk": "pk_%(table_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s"}


def metadata(bind: str) -> MetaData:
    """The tables of one database; ``bind`` is its name with Flask-SQLAlchemy."""
    return MetaData(naming_convention=NAMES, info={"bind_key": bind})


def table(tables: MetaData, name: str, *parts: Column | UniqueConstraint) -> Table:
    """A table without row numbers."""
    return Table(name, tables, *parts, sqlite_with_rowid=False)
