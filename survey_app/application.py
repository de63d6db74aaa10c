"""The web application: which rooms it has, and what every answer of it says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Flask, Response, current_app

from survey_app import board, council, entering, home, tally
from survey_app.commission import pages as commission
from survey_app.config import Config
from survey_app.respond import assisted, booth
from survey_app.respond import blueprint as respond
from survey_app.stores import init_stores, upgrade
from survey_app.vault import Vault

#: What a page may load and send unless it says otherwise: our own styles, fonts and drawings, our own
#: forms, and no script. Drawings carry their style in attributes.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; img-src 'self'; font-src 'self'; style-src 'self' 'unsafe-inline'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

#: The longest anybody has to go without entering the staff pages again.
SESSION = dt.timedelta(hours=8)

_YEAR = 365 * 24 * 3600  # seconds

#: No request is larger than this, save the council's file of opened ballots.
LARGEST_REQUEST = 64 * 1024  # bytes


def create_app(config: Config | None = None, today: Callable[[], dt.date] = dt.date.today) -> Flask:
    """The web application of one installation; without ``config`` the one that the environment describes.

    Makes what is not there yet: the data folder, the installation's key, the databases and their
    schema. ``today`` is the clock of all its days. Raises
    :class:`survey_app.stores.StoreError`, :class:`survey_app.vault.VaultError` and
    :class:`survey_app.config.SettingsError`.
    """
    config = config or Config.from_environment()
    app = Flask(__name__, static_folder="static", template_folder="templates")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    vault = Vault.in_folder(config.data_folder)
    app.extensions |= {"peil.config": config, "peil.vault": vault, "peil.today": today}
    app.config.update(
        PEIL_ADDRESS=config.address,
        SECRET_KEY=vault.derive("session"),
        SESSION_COOKIE_NAME="peil_staff",
        SESSION_COOKIE_PATH=entering.STAFF,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_SECURE=config.address.startswith("https://"),
        PERMANENT_SESSION_LIFETIME=SESSION,
        SESSION_REFRESH_EACH_REQUEST=False,
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        TRUSTED_HOSTS=trusted_hosts(config),
    )
    init_stores(app, config.database_urls)
    upgrade(app)
    # What respondents use first, then what staff use; the order has no meaning for the addresses.
    for blueprint in (respond, booth.blueprint, assisted.blueprint, tally.blueprint):
        app.register_blueprint(blueprint)
    for blueprint in (home.blueprint, entering.blueprint, commission.blueprint, council.blueprint, board.blueprint):
        app.register_blueprint(blueprint)
    app.after_request(_set_headers)
    return app


def trusted_hosts(config: Config) -> list[str]:
    """The names under which this application answers: another name for this machine may be somebody's trick."""
    return sorted({"127.0.0.1", "localhost", urlsplit(config.address).hostname or "localhost"})


def _set_headers(response: Response) -> Response:
    """What every answer says unless its room said it more precisely."""
    response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    if current_app.config["SESSION_COOKIE_SECURE"]:  # people reach it over HTTPS, and from now on only so
        response.headers.setdefault("Strict-Transport-Security", f"max-age={_YEAR}")
    # A file that is sent says "no-cache" by itself, which lets a shared computer keep it on its disk.
    if response.headers.get("Cache-Control", "no-cache") == "no-cache":
        response.headers["Cache-Control"] = "no-store"
    return response
