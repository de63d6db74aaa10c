"""The results: stored once, sorted, and what is withdrawn is gone."""

from __future__ import annotations

import dataclasses
import hashlib

import pytest
from flask import Flask
from sqlalchemy import inspect, select

from survey_app.anonymity.encoding import digest
from survey_app.stores import StoreError, reading, results, writing
from survey_app.stores.errors import AlreadyOpened
from survey_app.stores.results import StoredHead
from survey_app.stores.tables_results import BALLOT, BOARD_LEAF
from tests.survey_app.stores.making import OTHER, SURVEY, opening

pytestmark = pytest.mark.usefixtures("app")


def test_an_opening_is_kept_sorted_by_hash() -> None:
    opened = opening(30)
    results.store_opened(SURVEY, opened, b"log")
    in_order = sorted(opened.ballots, key=lambda ballot: ballot.id)
    assert [ballot.id for ballot in in_order] != [ballot.id for ballot in opened.ballots]
    assert results.ballots(SURVEY) == [(ballot.unit, ballot.content) for ballot in in_order]
    assert results.leaves(SURVEY) == sorted(opened.leaves)
    assert results.head(SURVEY) == StoredHead(**vars(opened.head), witness=opened.witness, log=b"log")
    with reading("results") as connection:
        kept = connection.execute(select(BALLOT.c.content, BALLOT.c.content_hash)).all()
        hashes = connection.execute(select(BOARD_LEAF.c.leaf, BOARD_LEAF.c.leaf_hash)).all()
    assert all(hashed == digest("content", content) for content, hashed in kept)
    assert all(hashed == hashlib.sha256(b"\0" + leaf.encode()).digest() for leaf, hashed in hashes)
    assert results.ballots(OTHER) == [] and results.leaves(OTHER) == [] and results.head(OTHER) is None


def test_an_opening_without_a_ballot_is_one() -> None:
    results.store_opened(SURVEY, opening(0), b"log")
    assert results.head(SURVEY) is not None and results.ballots(SURVEY) == []


def test_a_survey_is_opened_once() -> None:
    results.store_opened(SURVEY, opening(3), b"log")
    results.store_opened(SURVEY, opening(3), b"log")
    for change in ("size", "root", "invalid", "urn"):
        other = opening(3)
        value = getattr(other.head, change)
        value = value + 1 if isinstance(value, int) else value[::-1]
        other = dataclasses.replace(other, head=dataclasses.replace(other.head, **{change: value}))
        with pytest.raises(AlreadyOpened):
            results.store_opened(SURVEY, other, b"log")
    assert len(results.ballots(SURVEY)) == 3
    results.store_opened(OTHER, opening(2, OTHER), b"log")
    assert len(results.ballots(OTHER)) == 2 and len(results.ballots(SURVEY)) == 3


def test_half_an_opening_is_none() -> None:
    opened = opening(5)
    twice = dataclasses.replace(opened, leaves=(*opened.leaves, opened.leaves[0]))
    with pytest.raises(StoreError):
        results.store_opened(SURVEY, twice, b"log")
    assert results.head(SURVEY) is None and results.ballots(SURVEY) == [] and results.leaves(SURVEY) == []
    results.store_opened(SURVEY, opened, b"log")
    assert len(results.ballots(SURVEY)) == 5


def test_a_withdrawn_ballot_leaves_its_line_on_the_board(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = opening(4)
    results.store_opened(SURVEY, opened, b"log")
    gone, *rest = sorted(opened.ballots, key=lambda ballot: ballot.id)
    assert not results.withdraw(OTHER, gone.id)
    assert results.withdraw(SURVEY, gone.id)
    monkeypatch.setattr(results, "scrub", lambda *_: pytest.fail("done again for whoever repeats the request"))
    assert results.withdraw(SURVEY, gone.id)
    assert results.ballots(SURVEY) == [(ballot.unit, ballot.content) for ballot in rest]
    assert results.leaves(SURVEY) == sorted(opened.leaves)


def test_the_promise_is_kept_once() -> None:
    assert results.promise(SURVEY) is None
    results.add_promise(SURVEY, "manifest", b"witness")
    results.add_promise(SURVEY, "manifest", b"witness")
    with pytest.raises(AlreadyOpened):
        results.add_promise(SURVEY, "another manifest", b"witness")
    assert results.promise(SURVEY) == ("manifest", b"witness")


@pytest.mark.parametrize("urls", ["postgresql"], indirect=True)
def test_sorting_keeps_keys_privileges_and_views(app: Flask) -> None:
    with writing("results") as connection:
        connection.exec_driver_sql("GRANT SELECT ON ballot TO pg_monitor WITH GRANT OPTION")
        connection.exec_driver_sql("GRANT UPDATE (content) ON ballot TO pg_monitor")
        connection.exec_driver_sql("CREATE VIEW of_a_guest AS SELECT unit FROM ballot")
    before = facts()
    assert before["view"] == 0
    results.store_opened(SURVEY, opening(9), b"log")
    assert facts() == before | {"view": 9}


@pytest.mark.parametrize("urls", ["postgresql"], indirect=True)
def test_no_row_number_tells_what_came_when(app: Flask) -> None:
    rows = "SELECT xmin::text, survey_id, id FROM ballot ORDER BY ctid"
    first, second = opening(9), opening(7, OTHER)
    results.store_opened(SURVEY, first, b"log")
    results.store_opened(OTHER, second, b"log")
    results.withdraw(SURVEY, first.ballots[4].id)
    results.withdraw(SURVEY, first.ballots[2].id)
    with reading("results") as connection:
        numbers, *keys = zip(*connection.exec_driver_sql(rows), strict=True)
        leaves = connection.exec_driver_sql("SELECT DISTINCT xmin::text FROM board_leaf").all()
    assert len(set(numbers)) == 1 and len(leaves) == 1
    in_order = list(zip(*keys, strict=True))
    assert in_order == sorted(in_order) and len(in_order) == 16


def facts() -> dict[str, object]:
    """What PostgreSQL says about the table of ballots."""
    with reading("results") as connection:
        inspector = inspect(connection)
        rights = "SELECT relname, relacl::text, relowner, oid FROM pg_class WHERE relname IN ('ballot', 'board_leaf')"
        return {
            "key": inspector.get_pk_constraint("ballot"),
            "columns": [(c["name"], str(c["type"]), c["nullable"]) for c in inspector.get_columns("ballot")],
            "rights": sorted(map(tuple, connection.exec_driver_sql(rights))),
            "column rights": connection.exec_driver_sql(
                "SELECT attacl::text FROM pg_attribute WHERE attacl IS NOT NULL AND attrelid = 'ballot'::regclass"
            ).all(),
            "view": connection.exec_driver_sql("SELECT count(*) FROM of_a_guest").scalar_one(),
        }
