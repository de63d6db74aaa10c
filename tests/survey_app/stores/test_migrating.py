"""The history of the schemas: from nothing to now, back, and forward again, with people and ballots in them."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import Connection, inspect

from analysis.disclosure.ledger import BEGINNING
from survey_app.stores import BINDS, Bind, StoreError, ledger, reading, results, roster, upgrade, urn, writing
from survey_app.stores.migrating import METADATA, MIGRATIONS, configuration, differences, downgrade
from tests.survey_app.stores.making import ORGANISATION, SURVEY, draft, fill_every_store, opening
from tests.survey_app.stores.schema_law import VERSIONS


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


@pytest.mark.parametrize("bind", BINDS)
def test_the_migrated_schema_is_what_the_stores_want(bare_app: Flask, bind: Bind) -> None:
    assert differences(bare_app, bind), "an empty database cannot be right"
    upgrade(bare_app)
    assert differences(bare_app, bind) == []
    with bare_app.app_context(), reading(bind) as connection:
        assert tables(connection) == {*METADATA[bind].tables, VERSIONS}


def test_a_column_too_many_or_of_another_kind_is_a_difference(bare_app: Flask) -> None:
    upgrade(bare_app)
    with bare_app.app_context(), writing("urn") as connection:
        connection.exec_driver_sql("ALTER TABLE locker ADD COLUMN note TEXT")
    (difference,) = differences(bare_app, "urn")
    assert difference[0] == "remove_column"


def test_what_is_kept_stays_when_nothing_is_to_be_done(bare_app: Flask) -> None:
    upgrade(bare_app)
    with bare_app.app_context():
        fill_every_store()
        upgrade(bare_app)
        assert len(roster.invitations(SURVEY)) == 4
        assert urn.envelopes(SURVEY) == [b"envelope"]
        assert len(results.ballots(SURVEY)) == 4
        assert len(ledger.read(ORGANISATION)) == 2


def test_a_database_of_a_newer_version_is_left_alone(bare_app: Flask) -> None:
    upgrade(bare_app)
    with bare_app.app_context():
        fill_every_store()
        with writing("urn") as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '999'")
        with pytest.raises(StoreError, match=r"The urn database is not one of this version of Peil: .*999"):
            upgrade(bare_app)
        assert urn.envelopes(SURVEY) == [b"envelope"]


@pytest.mark.parametrize("bind", BINDS)
def test_back_and_forward_again_with_data_loaded(bare_app: Flask, bind: Bind) -> None:
    upgrade(bare_app)
    with bare_app.app_context():
        fill_every_store()
        downgrade(bare_app, bind, "base")
        with reading(bind) as connection:
            assert tables(connection) == {VERSIONS}
        for other in set(BINDS) - {bind}:
            assert differences(bare_app, other) == []
        upgrade(bare_app)
        assert differences(bare_app, bind) == []
        for table in METADATA[bind].sorted_tables:
            with reading(bind) as connection:
                assert connection.execute(table.select()).all() == []


@pytest.mark.parametrize("bind", BINDS)
def test_every_step_of_the_history_can_be_taken_back(bare_app: Flask, bind: Bind) -> None:
    with bare_app.app_context(), writing(bind) as connection:
        script = ScriptDirectory.from_config(configuration(bind, connection))
    assert len(script.get_heads()) == 1
    for revision in reversed(list(script.walk_revisions())):
        upgrade_to(bare_app, bind, revision.revision)
        downgrade(bare_app, bind, revision.down_revision or "base")
        upgrade_to(bare_app, bind, revision.revision)
    assert differences(bare_app, bind) == []


def test_the_ledger_comes_to_results_that_are_there_and_goes_without_them(bare_app: Flask) -> None:
    for bind in BINDS:
        upgrade_to(bare_app, bind, "1")
    with bare_app.app_context():
        results.store_opened(SURVEY, opening(4), b"log")
        upgrade(bare_app)
        assert ledger.read(ORGANISATION) == ()
        ledger.append(ORGANISATION, BEGINNING, [draft("u1")])
        downgrade(bare_app, "results", "1")
        with reading("results") as connection:
            assert tables(connection) == {*METADATA["results"].tables, VERSIONS} - {"ledger"}
        upgrade(bare_app)
        assert ledger.read(ORGANISATION) == () and len(results.ballots(SURVEY)) == 4


def upgrade_to(app: Flask, bind: Bind, revision: str) -> None:
    """One step of one database."""
    with app.app_context(), writing(bind) as connection:
        command.upgrade(configuration(bind, connection), revision)


@pytest.mark.parametrize("bind", BINDS)
def test_a_new_revision_of_an_unchanged_schema_is_empty(bare_app: Flask, bind: Bind, tmp_path: Path) -> None:
    upgrade(bare_app)
    with bare_app.app_context(), writing(bind) as connection:
        config = configuration(bind, connection)
        config.set_main_option("version_locations", f"{MIGRATIONS / bind}\n{tmp_path}")
        command.revision(config, "Nothing new", autogenerate=True, version_path=tmp_path)
    (written,) = tmp_path.glob("*.py")
    assert written.name.startswith("r") and written.name.endswith("_nothing_new.py")
    revision = runpy.run_path(str(written))
    with bare_app.app_context(), reading(bind) as connection:
        newest = connection.exec_driver_sql(f"SELECT version_num FROM {VERSIONS}").scalar_one()
    assert revision["down_revision"] == newest
    revision["upgrade"]()  # without a database: there is nothing in it
    revision["downgrade"]()
