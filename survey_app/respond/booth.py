"""The respondent's page: the same bytes for everybody who comes for one survey, and nothing that tells who came.

The page is an empty frame; everything on it is drawn by the script in the browser. What follows the
``#`` in an invitation never reaches this module, no cookie is set, and the language is chosen by
the browser itself, so that two visitors cannot be told apart by what they are sent.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Reply

from instruments.model import LANGUAGES
from survey_app.anonymity.codes import BadCode, read_survey_id
from survey_app.anonymity.encoding import b64u
from survey_app.anonymity.manifest import parse_manifest
from survey_app.respond.words import words_of
from survey_app.stores import roster

blueprint = Blueprint("booth", __name__)

#: The script of the page itself, which a manifest names by its hash.
SCRIPT = "booth.js"

_STATIC = Path(__file__).parent.parent / "static"

#: What may be fetched, with where it lies and what it is. Everything else below ``/client`` is not there.
_FILES = {
    SCRIPT: ("client/booth.js", "text/javascript"),
    "booth-ed25519.js": ("client/booth-ed25519.js", "text/javascript"),
    "booth-standalone.html": ("client/booth-standalone.html", "text/html"),
    "respond.css": ("respond.css", "text/css"),
    "LICENSES.txt": ("client/LICENSES.txt", "text/plain"),
}

#: One script and one style sheet from here, requests to here, and no way to write markup from text.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types peil"
)

PAGE_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

#: A year: the address of a file holds its hash, so what lies under one address never changes.
_KEPT = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Asset:
    """A file for browsers: as it is, with gzip, and the hash that the page insists on."""

    content: bytes
    packed: bytes
    kind: str

    @property
    def integrity(self) -> str:
        """The hash for the attribute ``integrity`` (W3C Subresource Integrity)."""
        return "sha384-" + base64.b64encode(hashlib.sha384(self.content).digest()).decode("ascii")

    @property
    def version(self) -> str:
        """A short hash for the address."""
        return hashlib.sha256(self.content).hexdigest()[:16]


@cache
def asset(name: str) -> Asset:
    """A file of the page by name, read once; raises ``KeyError`` for any other name."""
    path, kind = _FILES[name]
    file = _STATIC / path
    content, beside = file.read_bytes(), file.with_name(f"{file.name}.gz")
    packed = beside.read_bytes() if beside.exists() else gzip.compress(content, mtime=0)
    return Asset(content, packed, kind)


def client_hash() -> str:
    """b64u of the SHA-256 of the script, as it stands under ``client`` in a manifest."""
    return b64u(hashlib.sha256(asset(SCRIPT).content).digest())


@blueprint.get("/b/<survey_id>")
def booth(survey_id: str) -> Reply:
    """The page of someone with an invitation, on a device of their own."""
    return _page(survey_id, "booth")


@blueprint.get("/k/<survey_id>")
def kiosk(survey_id: str) -> Reply:
    """The page on a tablet that many people use: it asks for a code and wipes itself."""
    return _page(survey_id, "kiosk")


@blueprint.get("/client/<name>")
def client(name: str) -> Response:
    """A file of the page, with gzip for whoever takes that."""
    if name not in _FILES:
        return _missing()
    found = asset(name)
    packed = request.accept_encodings["gzip"] > 0
    response = Response(found.packed if packed else found.content, content_type=f"{found.kind}; charset=utf-8")
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = _KEPT if request.args.get("v") == found.version else "no-cache"
    if found.kind == "text/html":
        # For the works council to take home and host; opened here it would be no more independent than the booth.
        response.headers["Content-Disposition"] = f"attachment; filename={name}"
    return response


def _page(survey_id: str, mode: str) -> Reply:
    try:
        written = read_survey_id(survey_id)
    except BadCode:
        return _missing()
    survey = roster.survey(written)
    if survey is None or survey.manifest is None:
        return _missing()
    if written != survey_id:
        # A browser takes what follows the # along, so a code survives this.
        return redirect(url_for(f"booth.{mode}", survey_id=written))
    return _sent(_render(written, mode, _is_assisted(survey.manifest)))


@lru_cache(64)
def _is_assisted(manifest: str) -> bool:
    return parse_manifest(manifest).assisted


def _render(survey_id: str, mode: str, is_assisted: bool) -> str:
    """The frame, in all languages at once: the server is not told which one is read."""
    return render_template(
        "respond/booth.html",
        mode=mode,
        survey_id=survey_id,
        is_assisted=is_assisted and mode == "booth",
        script=asset(SCRIPT),
        style=asset("respond.css"),
        words={language: words_of("shell", language) for language in LANGUAGES},
    )


def _missing() -> Response:
    words = {language: words_of("shell", language) for language in LANGUAGES}
    page = render_template("respond/missing.html", style=asset("respond.css"), words=words)
    return _sent(page, 404)


def _sent(page: str, status: int = 200) -> Response:
    response = Response(page, status)
    response.headers.update(PAGE_HEADERS)
    return response
