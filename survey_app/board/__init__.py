"""The result page: what a board reads on screen, frozen at the release.

Nothing here looks at a roster or an urn: a publication is a folder of files.
"""

from __future__ import annotations

from pathlib import Path
from typing import cast

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request, send_file, url_for
from markupsafe import Markup

from instruments.model import LANGUAGES, Language
from reports.fonts import font_file
from survey_app.analysing import CERTIFICATE, RELEASED, report_name
from survey_app.board.words import WORDS
from survey_app.config import Config
from survey_app.entering import STAFF, require
from survey_app.publication import is_published, read_publication

blueprint = Blueprint("board", __name__)

#: What can be taken home, by file name.
FILES = (*(report_name(language) for language in LANGUAGES), RELEASED, CERTIFICATE)

_RESULTS = f"{STAFF}/results/<survey_id>"


@blueprint.get(f"{_RESULTS}/")
def start(survey_id: str) -> Response:
    """Sends the reader on in the language of the browser."""
    require(survey_id, "hr", "council", "board")
    language = request.accept_languages.best_match(LANGUAGES, default="nl")
    return cast(Response, redirect(url_for("board.read", survey_id=survey_id, language=language)))


@blueprint.get(f"{_RESULTS}/<any(nl, en):language>/")
def read(survey_id: str, language: Language) -> str:
    """All pages of the report as one web page, or that there is none yet."""
    require(survey_id, "hr", "council", "board")
    other: Language = "en" if language == "nl" else "nl"
    common = {"words": WORDS[language], "language": language, "other": other, "survey_id": survey_id}
    publication = read_publication(_folder(survey_id))
    if publication is None:
        return render_template("empty.html", **common)
    page = publication.pages[language]
    return render_template(
        "results.html",
        organisation=publication.organisation,
        wave=publication.wave,
        title=page.title,
        notice=page.notice,
        sections=[(anchor, title, Markup(html)) for anchor, title, html in page.sections],
        files=FILES,
        **common,
    )


@blueprint.get(f"{_RESULTS}/files/<name>")
def take(survey_id: str, name: str) -> Response:
    """One of the files of the report."""
    require(survey_id, "hr", "council", "board")
    path = _folder(survey_id) / name
    # The pages are written last: without them this is a release that broke off.
    if name not in FILES or not path.is_file() or not is_published(_folder(survey_id)):
        abort(404)
    return send_file(path.resolve(), as_attachment=name.endswith((".csv", ".json")))


@blueprint.get("/fonts/<name>.ttf")
def font(name: str) -> Response:
    """A font of the report, so that drawings look the same on screen."""
    content = font_file(name)
    if content is None:
        abort(404)
    return Response(content, mimetype="font/ttf")


@blueprint.app_errorhandler(404)
def not_found(error: Exception) -> tuple[str, int]:
    """A page that is not there, said in the language of the browser."""
    language = cast(Language, request.accept_languages.best_match(LANGUAGES, default="nl"))
    return render_template("not_found.html", words=WORDS[language], language=language), 404


def _folder(survey_id: str) -> Path:
    config: Config = current_app.extensions["peil.config"]
    return config.release_folder(survey_id)
