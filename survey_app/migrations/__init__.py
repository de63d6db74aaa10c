"""The history of the three schemas, for Alembic (:mod:`survey_app.stores.migrating`)."""
