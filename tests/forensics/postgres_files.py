"""What a PostgreSQL server tells: transaction numbers, places of rows, dumps, and its write-ahead log.

Sources: https://www.postgresql.org/docs/15/ddl-system-columns.html (xmin, ctid) and
https://www.postgresql.org/docs/15/pgwaldump.html.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.postgres import PostgresServer

#: An inserted row in the log: its place in a block, the file, the block.
INSERTED = re.compile(r"desc: INSERT\S* off:? (\d+).*?rel (\d+/\d+/\d+)(?: fork \w+)? blk (\d+)")

#: Bytes of a page of the log, of its header, and of that of the first page of a segment.
PAGE, PAGE_HEADER, FIRST_HEADER = 8192, 24, 40


@dataclass(frozen=True)
class Watched:
    """One database of a server of which the watcher kept the log since ``start``."""

    server: PostgresServer
    database: str
    start: str

    def ask(self, question: str) -> list[tuple]:
        """The answer to a question in SQL, by a superuser."""
        with self.server.connect(self.database) as connection:
            return connection.execute(question.encode()).fetchall()

    @property
    def folder(self) -> Path:
        """The folder with the files of this database only."""
        ((oid,),) = self.ask("SELECT oid FROM pg_database WHERE datname = current_database()")
        return self.server.data / "base" / str(oid)


def log_position(server: PostgresServer) -> str:
    """Where the write-ahead log ends now."""
    with server.connect() as connection:
        row = connection.execute("SELECT pg_current_wal_flush_lsn()").fetchone()
    assert row is not None
    return str(row[0])


def log_bytes(server: PostgresServer) -> bytes:
    """The records of the write-ahead log that are still there, without the headers of the pages that cut them."""
    with server.connect() as connection:
        row = connection.execute("SELECT pg_walfile_name(pg_current_wal_lsn())").fetchone()
    assert row is not None
    segments = sorted(path for path in (server.data / "pg_wal").iterdir() if re.fullmatch("[0-9A-F]{24}", path.name))
    records = []
    for path in segments:
        content = path.read_bytes() if path.name <= row[0] else b""
        for place in range(0, len(content), PAGE):
            records.append(content[place + (PAGE_HEADER if place else FIRST_HEADER) : place + PAGE])
    return b"".join(records)


def by_transaction(watched: Watched) -> list[str]:
    """The answers by number of the transaction that wrote them, then by place."""
    return [row[0] for row in watched.ask("SELECT content FROM ballot ORDER BY xmin::text::bigint, ctid")]


def by_place(watched: Watched) -> list[str]:
    """The answers in the order in which their rows lie in the table."""
    return [row[0] for row in watched.ask("SELECT content FROM ballot ORDER BY ctid")]


def by_dump(watched: Watched) -> list[str]:
    """The answers in the order in which ``pg_dump`` writes them."""
    dump = watched.server.run("pg_dump", "-h", watched.server.folder, "-U", "peil", "-t", "ballot", watched.database)
    return _by_position(by_place(watched), dump.encode())


def by_log_bytes(watched: Watched) -> list[str]:
    """The answers in the order in which their bytes first come in the write-ahead log."""
    return _by_position(by_place(watched), log_bytes(watched.server))


def by_log_records(watched: Watched) -> list[str]:
    """The answers in the order in which ``pg_waldump`` has their rows inserted."""
    server = watched.server
    ((file,),) = watched.ask("SELECT pg_relation_filepath('ballot')")
    rows = dict(watched.ask("SELECT ctid::text, content FROM ballot"))
    end = log_position(server)
    (files,) = watched.ask(f"SELECT pg_walfile_name('{watched.start}'), pg_walfile_name('{end}')")
    reach = ("-s", watched.start, "-e", end, *files)
    text = server.run("pg_waldump", "-p", server.data / "pg_wal", "-r", "Heap", *reach)
    inserted = [
        f"({block},{offset})"
        for offset, relation, block in INSERTED.findall(text)
        if relation.split("/")[1:] == file.split("/")[1:]
    ]
    return [rows[place] for place in inserted if place in rows]


def joined_by_transaction(people: Watched, ballots: Watched) -> list[tuple[bytes, str]]:
    """Everybody whose row was written by the transaction that wrote an answer: whose is it?"""
    answers: dict[int, list[str]] = {}
    for number, content in ballots.ask("SELECT xmin::text::bigint, content FROM ballot"):
        answers.setdefault(number, []).append(content)
    rows = people.ask("SELECT xmin::text::bigint, id FROM invitation")
    return [(person, answer) for number, person in rows for answer in answers.get(number, ())]


def _by_position(keys: Sequence[str], content: bytes) -> list[str]:
    places = {key: content.find(key.encode()) for key in keys}
    assert min(places.values()) >= 0, "an answer was not found"
    return sorted(keys, key=places.__getitem__)
