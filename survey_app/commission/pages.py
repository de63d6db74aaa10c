"""The pages of HR: where a survey stands, who takes part in round numbers, and the next step."""

from __future__ import annotations

import datetime as dt
from typing import cast

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for

from analysis.disclosure.knowledge import NotReleasable
from analysis.errors import InputError
from survey_app.anonymity.manifest import Manifest
from survey_app.anonymity.opening import TooFewBallots, TooManyBallots
from survey_app.commission import lifecycle
from survey_app.commission.participation import participation_today
from survey_app.commission.releasing import release_survey
from survey_app.entering import STAFF, require
from survey_app.stores import roster
from survey_app.stores.errors import Declined
from survey_app.stores.ledger import LedgerMoved
from survey_app.stores.roster import State
from survey_app.words import staff_context

blueprint = Blueprint("commission", __name__, url_prefix=f"{STAFF}/hr")

#: The steps that HR can take, by the state in which they can be taken.
STEPS = {State.PROMISED: "start", State.RUNNING: "close", State.CLOSED: "open", State.OPENED: "release"}


@blueprint.get("/<survey_id>/")
def overview(survey_id: str) -> str:
    """Where the survey stands and what comes next."""
    require(survey_id, "hr")
    return _page(survey_id)


@blueprint.post("/<survey_id>/<any(start, close, open, release, destroy):step>")
def take(survey_id: str, step: str) -> Response | tuple[str, int]:
    """Takes one step, or says why it cannot be taken now."""
    require(survey_id, "hr")
    if step in ("close", "destroy") and request.form.get("sure") != "yes":
        return _page(survey_id, problem="sure"), 400
    try:
        _STEPS[step](survey_id)
    except lifecycle.NotWitnessed:
        return _page(survey_id, problem="not-witnessed"), 409
    except lifecycle.WrongDay as error:
        return _page(survey_id, problem="too-soon", day=error.day), 409
    except lifecycle.NoOpeningKey:
        return _page(survey_id, problem="no-key"), 409
    except TooFewBallots:
        return _page(survey_id, problem="too-few"), 409
    except TooManyBallots:
        return _page(survey_id, problem="too-many"), 409
    except LedgerMoved:
        return _page(survey_id, problem="released-meanwhile"), 409
    except NotReleasable:
        return _page(survey_id, problem="not-proven"), 409
    except InputError:
        return _page(survey_id, problem="damaged"), 409
    except Declined:
        pass  # somebody took this step a moment ago: the page shows where it stands now
    return cast(Response, redirect(url_for("commission.overview", survey_id=survey_id)))


def _today() -> dt.date:
    return cast(dt.date, current_app.extensions["peil.today"]())


def _open(survey_id: str) -> None:
    _, manifest = lifecycle.promise_of(survey_id)
    if manifest.level == lifecycle.SERVER_OPENS:
        lifecycle.open_at_server(survey_id, _today())


_STEPS = {
    "start": lifecycle.start,
    "close": lifecycle.close,
    "open": _open,
    "release": lambda survey_id: release_survey(survey_id, lambda *_: None),
    "destroy": lambda survey_id: lifecycle.destroy(survey_id, _today()),
}


def _page(survey_id: str, problem: str = "", day: dt.date | None = None) -> str:
    survey, manifest = lifecycle.promise_of(survey_id)
    return render_template(
        "staff/hr.html",
        **staff_context("hr"),
        survey=survey,
        manifest=manifest,
        step=_next_step(survey, manifest),
        destroyable=_destroyable_from(survey, manifest),
        today=_today(),
        problem=problem,
        day=day,
        participation=participation_today(survey_id, _today()),
        invited=manifest.invited,
        address=current_app.config["PEIL_ADDRESS"],
    )


def _next_step(survey: roster.StoredSurvey, manifest: Manifest) -> str:
    """What HR does next: a step, or a word for what has to be waited for."""
    if survey.state is State.PROMISED and survey.witness is None:
        return "wait-witness"
    if survey.state is State.CLOSED and manifest.level != lifecycle.SERVER_OPENS:
        return "wait-council"
    return STEPS.get(survey.state, "")


def _destroyable_from(survey: roster.StoredSurvey, manifest: Manifest) -> dt.date | None:
    """From which day the sealed ballots may go; None when that is not next.

    What was never opened can be destroyed by command only: here it would be a slip away.
    """
    return lifecycle.destroyable_from(survey, manifest) if survey.state is State.RELEASED else None
