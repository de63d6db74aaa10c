"""The private PostgreSQL server for the attacks on it."""

from tests.postgres import postgres

__all__ = ["postgres"]
