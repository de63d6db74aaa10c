"""The stored ledger: one release after the other, and whatever was changed by hand is seen."""

from __future__ import annotations

import re
import threading

import pytest
from flask import Flask

from analysis.disclosure.ledger import BEGINNING, Entry, LedgerBroken, LedgerContradicted, head, verify, write_lines
from survey_app.stores import StoreError, ledger, reading, writing
from survey_app.stores.errors import Declined
from survey_app.stores.ledger import LedgerMoved
from tests.survey_app.stores.making import ORGANISATION, OTHER, draft

THREADS = 8


@pytest.fixture
def kept(app: Flask) -> tuple[Entry, ...]:
    """A ledger of five entries, written in two releases."""
    first = ledger.append(ORGANISATION, BEGINNING, [draft("u0", "u1"), draft("u1"), draft("u2")])
    return first + ledger.append(ORGANISATION, head(first), [draft("u0", survey_id=OTHER), draft("u3")])


def change(statement: str) -> None:
    """What somebody does who has the database."""
    with writing("results") as connection:
        connection.exec_driver_sql(statement)


def test_what_was_released_is_read_as_it_was_written(kept: tuple[Entry, ...]) -> None:
    assert ledger.read(ORGANISATION) == kept
    verify(kept)
    with reading("results") as connection:
        rows = connection.exec_driver_sql("SELECT number, survey_id, content FROM ledger ORDER BY number").all()
    assert [tuple(row) for row in rows] == [(n, entry.survey, entry.content) for n, entry in enumerate(kept, start=1)]


def test_every_organisation_has_a_ledger_of_its_own(kept: tuple[Entry, ...]) -> None:
    assert ledger.read("Another") == ()
    (other,) = ledger.append("Another", BEGINNING, [draft("u1", share=50)])
    assert ledger.read("Another") == (other,) and ledger.read(ORGANISATION) == kept


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(
    ("statement", "number"),
    [
        ("UPDATE ledger SET content = replace(content, ':35', ':36') WHERE number = 2", 2),
        ("UPDATE ledger SET content = content || ' ' WHERE number = 2", 2),
        ("UPDATE ledger SET content = 'no entry' WHERE number = 4", 4),
        ("UPDATE ledger SET survey_id = 'x' WHERE number = 3", 3),
        ("UPDATE ledger SET hash = (SELECT hash FROM ledger WHERE number = 1) WHERE number = 5", 5),
        ("DELETE FROM ledger WHERE number = 1", 1),
        ("DELETE FROM ledger WHERE number = 3", 3),
        ("DELETE FROM ledger WHERE number = 3; UPDATE ledger SET number = number - 1 WHERE number > 3", 3),
        ("UPDATE ledger SET number = 6 WHERE number = 5", 5),
        (
            "UPDATE ledger SET number = -2 WHERE number = 2; UPDATE ledger SET number = 2 WHERE number = 3; "
            "UPDATE ledger SET number = 3 WHERE number = -2",
            2,
        ),
        ("INSERT INTO ledger SELECT organisation, 6, survey_id, content, hash FROM ledger WHERE number = 5", 6),
        ("INSERT INTO ledger SELECT organisation, 0, survey_id, content, hash FROM ledger WHERE number = 5", 1),
    ],
)
def test_a_row_that_was_changed_by_hand_stops_everything(statement: str, number: int) -> None:
    for part in statement.split("; "):
        change(part)
    with pytest.raises(LedgerBroken, match=f"at entry {number};"):
        ledger.read(ORGANISATION)
    with pytest.raises(LedgerBroken, match=f"at entry {number};"):
        ledger.append(ORGANISATION, BEGINNING, [draft("u9")])


def test_rows_cut_off_at_the_end_stop_a_release_that_saw_them(kept: tuple[Entry, ...]) -> None:
    change("DELETE FROM ledger WHERE number = 5")
    with pytest.raises(LedgerMoved):
        ledger.append(ORGANISATION, head(kept), [draft("u9")])
    with pytest.raises(LedgerBroken):
        verify(ledger.read(ORGANISATION), seen=head(kept))


def test_a_release_made_from_an_older_ledger_writes_nothing(kept: tuple[Entry, ...]) -> None:
    for old in (BEGINNING, kept[2].hash):
        with pytest.raises(LedgerMoved, match=f"{re.escape(ORGANISATION)} was released meanwhile.*release it again"):
            ledger.append(ORGANISATION, old, [draft("u9")])
    assert issubclass(LedgerMoved, Declined)
    assert ledger.read(ORGANISATION) == kept


def test_other_figures_for_the_same_people_write_nothing(kept: tuple[Entry, ...]) -> None:
    with pytest.raises(LedgerContradicted, match="in entry 2"):
        ledger.append(ORGANISATION, head(kept), [draft("u9"), draft("u1", share=36)])
    assert ledger.read(ORGANISATION) == kept


def test_the_same_release_once_more_leaves_no_traces(kept: tuple[Entry, ...]) -> None:
    assert ledger.append(ORGANISATION, head(kept), [draft("u0", "u1"), draft("u1"), draft("u2")]) == ()
    assert ledger.read(ORGANISATION) == kept


def test_half_a_release_is_none(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        change("INSERT INTO ledger VALUES ('Voorbeeld BV', 3, 'in the way', '', '')")
        # As if the other row had come in between reading and writing, past the lock.
        monkeypatch.setattr(ledger, "_entries", lambda *_: ())
        with pytest.raises(StoreError):
            ledger.append(ORGANISATION, BEGINNING, [draft("u1"), draft("u2"), draft("u3")])
        with reading("results") as connection:
            assert connection.exec_driver_sql("SELECT number FROM ledger").scalars().all() == [3]


def test_of_two_releases_at_once_one_is_written(app: Flask, kept: tuple[Entry, ...]) -> None:
    barrier = threading.Barrier(THREADS)
    outcomes: dict[int, object] = {}

    def release(number: int) -> None:
        with app.app_context():
            barrier.wait()
            try:
                outcomes[number] = ledger.append(ORGANISATION, head(kept), [draft(f"a{number}"), draft(f"b{number}")])
            except Exception as error:
                outcomes[number] = error

    threads = [threading.Thread(target=release, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    written = [outcome for outcome in outcomes.values() if isinstance(outcome, tuple)]
    assert len(outcomes) == THREADS and len(written) == 1
    assert all(isinstance(outcome, tuple | LedgerMoved) for outcome in outcomes.values())
    assert ledger.read(ORGANISATION) == kept + written[0]


def test_the_database_holds_the_file_that_the_council_keeps(kept: tuple[Entry, ...]) -> None:
    with reading("results") as connection:
        rows = connection.exec_driver_sql("SELECT content, hash FROM ledger ORDER BY number").all()
    lines = write_lines(kept).splitlines()
    for (content, hashed), line in zip(rows, lines, strict=True):
        assert line.replace(f'"hash":"{bytes(hashed).hex()}",', "") == content
