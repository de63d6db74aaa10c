"""What the files of a SQLite database tell: every state it was ever in, and where bytes lie.

Sources: https://www.sqlite.org/fileformat2.html (sections 1.3 and 4, the database and the log).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

LOG_HEADER, FRAME_HEADER = 32, 24


def log_of(database: Path) -> bytes:
    """The write-ahead log beside a database."""
    return database.with_name(database.name + "-wal").read_bytes()


def states(database: Path) -> Iterator[bytes]:
    """The whole database after each commit in its log, as a file would be that was copied then."""
    log = log_of(database)
    size = int.from_bytes(log[8:12], "big")
    salts = log[16:24]
    original = database.read_bytes()
    pages = {place // size + 1: original[place : place + size] for place in range(0, len(original), size)}
    for place in range(LOG_HEADER, len(log), FRAME_HEADER + size):
        header = log[place : place + FRAME_HEADER]
        if header[8:16] != salts:
            return
        number, committed = int.from_bytes(header[:4], "big"), int.from_bytes(header[4:8], "big")
        pages[number] = log[place + FRAME_HEADER : place + FRAME_HEADER + size]
        if committed:
            yield b"".join(pages[number] for number in range(1, committed + 1))


def ask(state: bytes, question: str) -> list[tuple]:
    """The answer of a state to a question in SQL; none while it has no such table."""
    connection = sqlite3.connect(":memory:")
    # Bytes 18 and 19 say that a log belongs to the file; this state has taken its log in.
    connection.deserialize(state[:18] + b"\1\1" + state[20:])
    try:
        return connection.execute(question).fetchall()
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return []
        raise
    finally:
        connection.close()


def history(database: Path, question: str) -> list[list[tuple]]:
    """The answers of all states to a question, one after each commit that changed it."""
    answers: list[list[tuple]] = []
    for state in states(database):
        answer = sorted(ask(state, question))
        if not answers or answers[-1] != answer:
            answers.append(answer)
    return answers


def last_state(database: Path) -> bytes:
    """The database as it is now."""
    *_, last = states(database)
    return last


def order_of_appearance(database: Path, question: str, *, last: bool = False) -> list:
    """The keys of rows (their first column) in the order in which they appeared, or in which they last changed.

    Rows of one commit are told apart by where they lie in the log.
    """
    log, moments, before = log_of(database), {}, set()
    for moment, answer in enumerate(history(database, question)):
        for row in set(answer) - before:
            if last or row[0] not in moments:
                moments[row[0]] = moment
        before = set(answer)
    return sorted(moments, key=lambda key: (moments[key], log.find(needle(key))))


def order_in_log(database: Path, keys: Sequence) -> list:
    """The keys in the order in which their bytes first come in the log."""
    log = log_of(database)
    return sorted(keys, key=lambda key: log.find(needle(key)))


def order_in_pages(database: Path, keys: Sequence) -> list:
    """The keys in the order in which SQLite fills a file: page after page, and in a page from its end."""
    state = last_state(database)
    size = int.from_bytes(state[16:18], "big") or 1
    size = 65_536 if size == 1 else size

    def place(key: str | bytes) -> tuple[int, int]:
        found = state.rfind(needle(key))  # an earlier one may be what a page still held when it was split
        return found // size, -(found % size)

    return sorted(keys, key=place)


def needle(key: str | bytes) -> bytes:
    """The bytes of a key as they lie in a file."""
    return key.encode() if isinstance(key, str) else key
