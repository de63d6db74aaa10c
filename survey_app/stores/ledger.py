"""The ledgers: what was released of each organisation, in the database of the results.

What an entry is, and how a chain is checked, is for :mod:`analysis.disclosure.ledger`. Needs an application
context. Besides what each function says, all raise :class:`survey_app.stores.errors.StoreError` when the
database cannot do its work, and :class:`analysis.disclosure.ledger.LedgerBroken` when a row was altered, taken
out, put in or moved by hand.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, insert, select

from analysis.disclosure import ledger
from analysis.disclosure.ledger import Draft, Entry, LedgerBroken
from survey_app.stores.databases import reading, writing
from survey_app.stores.errors import Declined
from survey_app.stores.tables_results import LEDGER


class LedgerMoved(Declined):
    """Something else of this organisation was released since its ledger was read; nothing was written."""

    def __init__(self, organisation: str) -> None:
        super().__init__(
            f"something else of {organisation} was released meanwhile, and this release was not; release it again"
        )


def read(organisation: str) -> tuple[Entry, ...]:
    """The ledger of an organisation, checked from its beginning; empty when nothing was released."""
    with reading("results") as connection:
        return _entries(connection, organisation)


def append(organisation: str, expected_head: bytes, drafts: Iterable[Draft]) -> tuple[Entry, ...]:
    """Writes down what is released, in one transaction, and returns the new entries.

    ``expected_head`` is the head of the ledger from which the release was made: whoever comes second raises
    :class:`LedgerMoved`. Drafts that stand there already make no entries. Raises
    :class:`analysis.disclosure.ledger.LedgerContradicted` when people would get other figures than before. In
    all these cases nothing was written.
    """
    with writing("results") as connection:
        _lock(connection)
        entries = _entries(connection, organisation)
        if ledger.head(entries) != expected_head:
            raise LedgerMoved(organisation)
        added = ledger.append(entries, drafts)
        if added:
            rows = [
                {
                    "organisation": organisation,
                    "number": number,
                    "survey_id": entry.survey,
                    "content": entry.content,
                    "hash": entry.hash,
                }
                for number, entry in enumerate(added, start=len(entries) + 1)
            ]
            connection.execute(insert(LEDGER), rows)
        return added


def _entries(connection: Connection, organisation: str) -> tuple[Entry, ...]:
    """The rows as entries, with nothing missing between them."""
    column = LEDGER.c
    wanted = select(column.number, column.survey_id, column.content, column.hash)
    rows = connection.execute(wanted.where(column.organisation == organisation).order_by(column.number))
    entries: list[Entry] = []
    for number, row in enumerate(rows, start=1):
        try:
            entry = ledger.read_entry(row.content, bytes(row.hash))
        except ValueError:
            raise LedgerBroken(number) from None
        if (row.number, row.survey_id) != (number, entry.survey):
            raise LedgerBroken(number)
        entries.append(entry)
    ledger.verify(entries)
    return tuple(entries)


def _lock(connection: Connection) -> None:
    """Lets nobody else write to the ledgers: SQLite has one writer anyway, PostgreSQL is asked for the same."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"LOCK TABLE {LEDGER.name} IN EXCLUSIVE MODE")
