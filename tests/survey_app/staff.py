"""Coming in as somebody: the session that a staff key would have opened."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from survey_app.entering import STAFF


def signed_in(app: Flask, **roles: str) -> FlaskClient:
    """A browser in front of ``app`` with one role a survey, by survey id."""
    client = app.test_client()
    with client.session_transaction(f"{STAFF}/") as session:
        session["roles"] = {survey_id: [role] for survey_id, role in roles.items()}
    return client
