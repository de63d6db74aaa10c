"""How people meet Peil: the command line, and a page that shows results."""

from __future__ import annotations

from pathlib import Path

from flask import Flask, Response

from analysis.results import Results
from survey_app.board import Shown, blueprint

#: No scripts, nothing from elsewhere, nothing to send; drawings carry their style in attributes.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; img-src 'self'; font-src 'self'; style-src 'self' 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def create_app(results: Results | None = None, folder: Path | None = None) -> Flask:
    """The web application; with ``results`` and the ``folder`` of their files it shows them.

    Without, its page says how to get results. Nothing is stored and nobody is followed: no
    cookie, no session, no script, no request to another host.
    """
    app = Flask(__name__, static_folder="static", template_folder="templates")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["peil"] = Shown(results, folder)
    app.register_blueprint(blueprint)
    app.after_request(_set_headers)
    return app


def _set_headers(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response
