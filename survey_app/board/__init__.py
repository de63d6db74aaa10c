"""The result page: what a board reads on screen, from released figures only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request, send_file, url_for
from markupsafe import Markup

from analysis.results import Results
from instruments.model import LANGUAGES, Language
from reports.context import Context
from reports.fonts import font_file
from reports.web import sections
from survey_app.analysing import CERTIFICATE, RELEASED, report_name
from survey_app.board.words import WORDS

blueprint = Blueprint("board", __name__)

#: What can be taken home, by file name.
FILES = (*(report_name(language) for language in LANGUAGES), RELEASED, CERTIFICATE)


@dataclass(frozen=True)
class Shown:
    """What this application shows: results and the folder with their files, or nothing yet."""

    results: Results | None
    folder: Path | None


@blueprint.get("/")
def start() -> Response:
    """Sends the reader on in the language of the browser."""
    language = request.accept_languages.best_match(LANGUAGES, default="nl")
    return cast(Response, redirect(url_for("board.read", language=language)))


@blueprint.get("/<any(nl, en):language>/")
def read(language: Language) -> str:
    """All pages of the report as one web page, or how to get a report."""
    shown = _shown()
    words = WORDS[language]
    other: Language = "en" if language == "nl" else "nl"
    common = {"words": words, "language": language, "other": other}
    if shown.results is None:
        return render_template("empty.html", **common)
    context = Context(shown.results, language)
    return render_template(
        "results.html",
        survey=shown.results.survey,
        title=shown.results.survey.title[language],
        notice=context.t("synthetic.long") if shown.results.survey.synthetic else "",
        sections=[(s.anchor, s.title, Markup(s.html)) for s in sections(context)],
        files=FILES if shown.folder is not None else (),
        **common,
    )


@blueprint.get("/files/<name>")
def take(name: str) -> Response:
    """One of the files of the report."""
    folder = _shown().folder
    if folder is None or name not in FILES or not (folder / name).is_file():
        abort(404)
    return send_file((folder / name).resolve(), as_attachment=name.endswith((".csv", ".json")))


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


def _shown() -> Shown:
    return cast(Shown, current_app.extensions["peil"])
