"""The path without JavaScript: confidential, not anonymous, and said so before the first question.

The program of a respondent runs here for the length of one request; what she filled in travels in
the page itself. The server writes nothing down until she pauses or sends, and then just what it
gets from a browser with JavaScript: a sealed draft and a sealed envelope. While it runs it does see
answers and invitation at the same moment, which is why the label is there.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as Reply

from instruments.model import LANGUAGES, Language
from reports.numbers import Numbers
from survey_app.anonymity.client import Alarm, Booth, Refused, load_booth
from survey_app.anonymity.codes import BadCode, read_survey_id
from survey_app.respond import moving
from survey_app.respond.booth import asset
from survey_app.respond.carrying import Spoiled, carried_in
from survey_app.respond.routing import Form
from survey_app.respond.showing import START, Visit, show_later, show_message, show_start
from survey_app.respond.words import words_of
from survey_app.stores import roster
from survey_app.stores.roster import State
from survey_app.transport import FlaskTransport
from survey_app.wire import log_failure

blueprint = Blueprint("assisted", __name__)

#: No script, forms to ourselves only, and nothing kept by a browser or anything in between.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

Shown = str | Response


@dataclass(frozen=True)
class _Loaded:
    """A survey whose promise was checked, and its form as a table."""

    booth: Booth
    form: Form


@blueprint.get("/a/<survey_id>")
def arrive(survey_id: str) -> Reply:
    """The first page: what this path is, and where the code is typed."""
    return _visited(survey_id, lambda visit: show_start(visit, {}, {}))


@blueprint.post("/a/<survey_id>")
def act(survey_id: str) -> Reply:
    """Every further page: what the page before carried, and the button that was pressed."""
    return _visited(survey_id, _moved)


@blueprint.after_request
def _set_headers(response: Response) -> Response:
    response.headers.update(HEADERS)
    return response


@blueprint.errorhandler(HTTPException)
def _decline(error: HTTPException) -> Reply:
    """A request that cannot be read, such as one that is too large."""
    return _broken("spoiled", error.code or 400)


@blueprint.errorhandler(Exception)
def _fail(mistake: Exception) -> Reply:
    """Something broke; the message of an exception may repeat an answer or a code, so only its place is told."""
    log_failure(mistake)
    return _broken("error_server_text", 500)


def _visited(survey_id: str, respond: Callable[[Visit], Shown]) -> Reply:
    """Finds the survey, says what is in the way, and otherwise lets ``respond`` answer."""
    try:
        written = read_survey_id(survey_id)
    except BadCode:
        return _missing()
    if written != survey_id and request.method == "GET":
        return redirect(url_for("assisted.arrive", survey_id=written))
    stored = roster.survey(written)
    if stored is None or stored.manifest is None:
        return _missing()
    loaded = _load(written, stored.manifest)
    visit = Visit(loaded.booth, loaded.form, _language(loaded.booth.manifest.languages))
    try:
        page = _in_the_way(visit, stored.state) or respond(visit)
    except Refused as refused:
        page = _refused(visit, refused.word)
    except Alarm as alarm:
        log_failure(alarm)
        words = visit.words
        page = Response(show_message(visit, words("error_alarm"), words("error_alarm_later", word=alarm.what)), 500)
    return page if isinstance(page, Response) else Response(page)


def _moved(visit: Visit) -> Shown:
    """What follows on the fields of a page."""
    fields = request.form
    at, pressed = fields.get("at", START), fields.get("go", "")
    if at == START:
        return moving.enter(visit, pressed, fields)
    try:
        carried = carried_in(fields, visit.manifest, visit.form)
    except Spoiled:
        return Response(show_start(visit, {}, {}, visit.words("spoiled")), 400)
    return moving.move(visit.carrying(carried), at, pressed, fields)


def _load(survey_id: str, manifest: str) -> _Loaded:
    """The booth of a survey, over a connection for this request; the promise is checked once, as it never changes."""
    kept = cast(dict[str, _Loaded], current_app.extensions.setdefault("peil.assisted", {}))
    transport = FlaskTransport(current_app.test_client(use_cookies=False), request.remote_addr)
    loaded = kept.get(survey_id)
    if loaded is None or loaded.booth.manifest.text != manifest:
        booth = load_booth(transport, survey_id)
        loaded = kept[survey_id] = _Loaded(booth, json.loads(booth.form))
    return _Loaded(loaded.booth.through(transport), loaded.form)


def _in_the_way(visit: Visit, state: State) -> Shown | None:
    """A page for a survey in which this path is closed, or that does not run today."""
    manifest, words = visit.manifest, visit.words
    if not manifest.assisted:
        booth = url_for("booth.booth", survey_id=manifest.survey)
        return Response(show_message(visit, words("off"), words("off_text"), booth=booth), 403)
    today = cast(Callable[[], dt.date], current_app.extensions["peil.today"])()
    if state not in (State.DRAFT, State.PROMISED, State.RUNNING) or today > manifest.closes:
        return moving.erase(visit, request.form.get("go", ""), request.form)
    return _refused(visit, "early") if state is not State.RUNNING or today < manifest.opens else None


def _refused(visit: Visit, word: str) -> Shown:
    """The page for a refusal that no page expected."""
    words = visit.words
    if word == "early":
        text = words("error_early_text", date=Numbers(visit.language).date(visit.manifest.opens))
        return Response(show_message(visit, words("error_early"), text), 410)
    if word == "closed":
        return Response(show_later(visit, {}, {}), 410)
    return Response(show_start(visit, {}, {}, words("spoiled")), 400)


def _language(offered: Sequence[str]) -> Language:
    """The language of the button that was pressed, of the page, of the link, or of the browser."""
    pressed = request.form.get("go", "").partition("language:")[2]
    for chosen in (pressed, request.form.get("language"), request.args.get("language")):
        if chosen in offered:
            return cast(Language, chosen)
    return cast(Language, request.accept_languages.best_match(offered, default=offered[0]))


def _missing() -> Response:
    return Response(_alone("missing.html", "shell"), 404)


def _broken(text: str, status: int) -> Response:
    """A page that needs neither a survey nor the fields of the request, which may be what broke."""
    return Response(_alone("assisted/broken.html", "assisted", text=text), status)


def _alone(template: str, table: str, **more: str) -> str:
    words = {language: words_of(table, language) for language in LANGUAGES}
    return render_template(f"respond/{template}", style=asset("respond.css"), words=words, **more)
