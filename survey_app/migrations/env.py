"""Runs revisions of one database over the connection that :mod:`survey_app.stores.migrating` hands in."""

from __future__ import annotations

from alembic import context

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=context.config.attributes["metadata"],
    render_as_batch=connection.dialect.name == "sqlite",
)
# The caller holds the transaction: it ends when all revisions went well.
context.run_migrations()
