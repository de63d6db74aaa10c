"""The pages of the works council: what to sign, what to open, what came out.

The keys never come here: signing and opening happen on the council's own computer, with the page
that works without a network or with ``peil council``. This page only hands files over and takes
files in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import cast

from flask import Blueprint, Response, current_app, redirect, render_template, request, send_from_directory, url_for
from werkzeug.exceptions import RequestEntityTooLarge

from survey_app.anonymity.encoding import Malformed, canonical
from survey_app.commission import lifecycle
from survey_app.entering import STAFF, require
from survey_app.stores import results, roster
from survey_app.stores.errors import AlreadyOpened, WrongState
from survey_app.stores.roster import State
from survey_app.words import staff_context

blueprint = Blueprint("council", __name__, url_prefix=f"{STAFF}/council")

#: The page with all tools of the council in one file, to keep and open without a network.
TOOL = "council.html"

#: Room for the opened ballots of a large organisation.
LARGEST_FILE = 256 * 1024 * 1024  # bytes


@blueprint.get("/<survey_id>/")
def overview(survey_id: str) -> str:
    """Where the survey stands, and what the council does next."""
    require(survey_id, "council")
    return _page(survey_id)


@blueprint.get(f"/<survey_id>/{TOOL}")
def take_tool(survey_id: str) -> Response:
    """The council's own page, as a file."""
    require(survey_id, "council")
    folder = f"{current_app.static_folder}/council"
    return send_from_directory(folder, TOOL, as_attachment=True, download_name=f"peil-{TOOL}")


@blueprint.get("/<survey_id>/promise.json")
def take_promise(survey_id: str) -> Response:
    """The promise to read and sign."""
    require(survey_id, "council")
    survey, manifest = lifecycle.promise_of(survey_id)
    text = canonical({"form": survey.form, "kind": "promise", "manifest": manifest.text, "peil": 1})
    return _file(text, f"promise-{survey_id}.json")


@blueprint.get("/<survey_id>/urn.json")
def take_urn(survey_id: str) -> Response | tuple[str, int]:
    """The urn of a closed survey: sealed ballots, without anything that tells whose they are."""
    require(survey_id, "council")
    try:
        return _file(lifecycle.take_urn(survey_id), f"urn-{survey_id}.json")
    except WrongState:
        return _page(survey_id, problem="not-closed"), 409


@blueprint.post("/<survey_id>/witness")
def give_witness(survey_id: str) -> Response | tuple[str, int]:
    """Takes the signature on the promise."""
    require(survey_id, "council")
    return _take_in(survey_id, lambda text: lifecycle.accept_witness(survey_id, text), "no-witness-file")


@blueprint.post("/<survey_id>/opened")
def give_opened(survey_id: str) -> Response | tuple[str, int]:
    """Takes the opened ballots, signed by the council; the same file twice changes nothing."""
    require(survey_id, "council")
    request.max_content_length = LARGEST_FILE
    request.max_form_memory_size = LARGEST_FILE
    today: dt.date = current_app.extensions["peil.today"]()
    return _take_in(survey_id, lambda text: lifecycle.accept_opened(survey_id, text, today), "no-opened-file")


def _take_in(survey_id: str, accept: Callable[[str], None], unfit: str) -> Response | tuple[str, int]:
    """Hands the file of a form to ``accept``; ``unfit`` is the problem of a file that is not what was asked for."""
    try:
        accept(_uploaded())
    except RequestEntityTooLarge:
        return _page(survey_id, problem="too-large"), 413
    except Malformed:
        return _page(survey_id, problem=unfit), 400
    except AlreadyOpened:
        return _page(survey_id, problem="already-opened"), 409
    except WrongState:
        if unfit == "no-opened-file":
            return _page(survey_id, problem="not-closed"), 409
        # A signature on a promise that is kept already: the page shows that it is.
    return cast(Response, redirect(url_for("council.overview", survey_id=survey_id)))


def _uploaded() -> str:
    """The file of a form as text. Raises :class:`Malformed` when there is none, or no text in it."""
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Malformed("no file was chosen")
    try:
        return file.read().decode("utf-8").removesuffix("\n")
    except UnicodeDecodeError as error:
        raise Malformed("the file is no text") from error


def _file(text: str, name: str) -> Response:
    answer = Response(text, mimetype="application/json")
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    return answer


def _page(survey_id: str, problem: str = "") -> str:
    survey, manifest = lifecycle.promise_of(survey_id)
    return render_template(
        "staff/council.html",
        **staff_context("council"),
        survey=survey,
        manifest=manifest,
        head=results.head(survey_id),
        opens_here=manifest.level == lifecycle.SERVER_OPENS,
        closed=survey.state is State.CLOSED,
        counted=survey.state in (State.OPENED, State.RELEASED, State.ARCHIVED),
        reissued=sum(count.reissued for count in roster.counts(survey_id).values()),
        problem=problem,
    )
