"""How staff come in: a key from a link or typed, exchanged for a cookie that only staff pages see.

A key belongs to one role in one survey. Respondents never get a cookie: theirs is the path of the
staff pages, and nothing outside it reads the session.
"""

from __future__ import annotations

import secrets
from typing import cast
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, redirect, render_template, request, session, url_for

from survey_app.anonymity.codes import BadCode, in_groups, new_token_symbols, read_token
from survey_app.anonymity.encoding import digest
from survey_app.anonymity.manifest import parse_manifest
from survey_app.stores import roster
from survey_app.words import staff_context

#: What staff may be in a survey.
ROLES = ("hr", "council", "board")

#: Where all staff pages live, and the only path that the cookie is sent to.
STAFF = "/staff"

blueprint = Blueprint("entering", __name__, url_prefix=STAFF)


def new_staff_key(survey_id: str, role: str) -> str:
    """A key for ``role`` in a survey: shown once, in groups of four; only its hash is kept."""
    key = new_token_symbols(secrets.token_bytes(10))
    roster.add_staff_key(survey_id, role, digest("staff", key))
    return in_groups(key, "-")


def staff_link(address: str, key: str) -> str:
    """The link that carries a key."""
    return f"{address}{STAFF}/enter/{key}"


def entered() -> dict[str, list[str]]:
    """The roles of whoever is looking, by survey."""
    return cast(dict[str, list[str]], session.get("roles", {}))


def require(survey_id: str, *roles: str) -> None:
    """Goes on when the visitor has one of ``roles`` in the survey; otherwise the page is not there."""
    if not set(roles) & set(entered().get(survey_id, ())):
        abort(404)


@blueprint.before_app_request
def refuse_foreign_posts() -> None:
    """A form on another site cannot act for somebody who is signed in here."""
    if request.method != "POST" or not request.path.startswith(f"{STAFF}/"):
        return
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin", "null")
    if site not in (None, "same-origin", "none"):
        abort(403)
    # Pages that send no referrer send the origin "null", ours as well; then the cookie, which is strict, decides.
    if origin != "null" and urlsplit(origin).netloc != request.host:
        abort(403)


@blueprint.get("/")
def start() -> str:
    """The surveys that the visitor may see, or a field to type a key."""
    return _start_page()


@blueprint.post("/")
def enter() -> tuple[str, int] | Response:
    """Takes a key and remembers its role for this session."""
    try:
        key = read_token(request.form.get("key", ""))
    except BadCode:
        return _start_page(problem="malformed"), 400
    found = roster.staff_key(digest("staff", key))
    if found is None:
        return _start_page(problem="unknown"), 403
    survey_id, role = found
    roles = dict(entered())
    roles[survey_id] = sorted({*roles.get(survey_id, ()), role})
    session.permanent = True
    session["roles"] = roles
    return cast(Response, redirect(home_of(survey_id, role)))


@blueprint.get("/enter/<key>")
def by_link(key: str) -> str:
    """A link with a key in it leads to a button, so that a program that only follows links gets nothing."""
    return _start_page(key=key)


@blueprint.post("/leave")
def leave() -> Response:
    """Forgets every role."""
    session.clear()
    return cast(Response, redirect(url_for("entering.start")))


def home_of(survey_id: str, role: str) -> str:
    """The first page for a role."""
    if role == "board":
        return url_for("board.start", survey_id=survey_id)
    return url_for(f"{'commission' if role == 'hr' else 'council'}.overview", survey_id=survey_id)


def _start_page(key: str = "", problem: str = "") -> str:
    context = staff_context("staff")
    mine = []
    for survey_id, roles in entered().items():
        survey = roster.survey(survey_id)
        if survey is not None and survey.manifest is not None:
            manifest = parse_manifest(survey.manifest)
            title = manifest.title[context["language"]]
            mine += [(title, manifest.organisation, role, home_of(survey_id, role)) for role in roles]
    return render_template("staff/start.html", **context, key=key, problem=problem, mine=mine)
