"""The first page of an installation: where to go from here."""

from __future__ import annotations

from flask import Blueprint, render_template

from survey_app.words import language_of_request, page_context

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def start() -> str:
    """Tells an employee to use the address of the invitation, and staff where to enter."""
    return render_template("home.html", **page_context("home", language_of_request()))
