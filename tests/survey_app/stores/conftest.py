"""An application with three databases, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from survey_app.stores import upgrade
from tests.postgres import PostgresServer, postgres
from tests.survey_app.stores.making import close_stores, make_app, sqlite_urls

__all__ = ["postgres"]


@pytest.fixture(params=["sqlite", "postgresql"])
def urls(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Three empty databases of each kind in turn."""
    if request.param == "sqlite":
        yield sqlite_urls(tmp_path)
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.databases() as names:
        yield server.urls(names)


@pytest.fixture
def bare_app(urls: dict[str, str]) -> Iterator[Flask]:
    """An application whose databases are empty."""
    app = make_app(urls)
    yield app
    close_stores(app)


@pytest.fixture
def app(bare_app: Flask) -> Iterator[Flask]:
    """An application whose databases have the newest schema; its context is there for the test."""
    upgrade(bare_app)
    with bare_app.app_context():
        yield bare_app
