"""What goes over the line: one strict reader of requests, fixed replies, and nothing remembered.

Everything a respondent's client asks or gets passes here, whichever blueprint serves it. Nothing
in this module, nor in what it logs, repeats a single character of a request.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any, NoReturn

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from survey_app.anonymity.codes import BadCode, read_survey_id, read_token
from survey_app.anonymity.encoding import Malformed, unb64u

#: The largest request that is read at all; a padded envelope with its credential is well below it.
MOST_BYTES = 64 * 1024

#: Every error there is, with its status. The words say what to do next, never what was compared with what.
STATUS: Mapping[str, int] = {
    "malformed": 400,
    "refused": 403,
    "unknown": 404,
    "taken": 409,
    "changed": 409,
    "early": 410,
    "closed": 410,
    "too_large": 413,
    "slow_down": 429,
    "failed": 500,
    "busy": 503,
}

#: What stands on every reply. Any site may ask, because no reply depends on who asks: the works
#: council can host a client of its own, and a browser never adds cookies to such a request.
HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

#: What a browser is told before it sends JSON from another site; good for a day.
PREFLIGHT = {
    "Access-Control-Allow-Headers": "content-type",
    "Access-Control-Allow-Methods": "GET, POST, PUT",
    "Access-Control-Max-Age": "86400",
}


class Refusal(Exception):
    """A request that gets a fixed error and nothing else."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


class Body:
    """The checked body of a request: exactly the keys that were asked for, every value a text."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def octets(self, key: str, length: int | None = None) -> bytes:
        """The bytes written in b64u under ``key``, exactly ``length`` of them; refused as malformed if not."""
        try:
            return unb64u(self._values[key], length)
        except Malformed:
            raise Refusal("malformed") from None

    @property
    def survey(self) -> str:
        """The survey id, in the one way in which it is stored."""
        return self._code("survey", read_survey_id)

    @property
    def token(self) -> str:
        """The invitation code, in the one way in which it is hashed."""
        return self._code("token", read_token)

    def _code(self, key: str, read: Any) -> str:
        try:
            return str(read(self._values[key]))
        except BadCode:
            raise Refusal("malformed") from None


def read_body(*keys: str) -> Body:
    """The request's JSON with exactly these ``keys`` and texts only; anything else is malformed.

    A request that announces more than ``MOST_BYTES`` is refused before a byte of it is read, one
    that announces nothing as soon as it goes past.
    """
    request.max_content_length = MOST_BYTES
    if request.mimetype != "application/json":
        raise Refusal("malformed")
    data = request.get_data(cache=False)
    if len(data) >= MOST_BYTES and request.content_length is None:
        raise Refusal("too_large")  # sent in chunks, of which Werkzeug silently reads no more than this
    try:
        values = json.loads(data.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Refusal("malformed") from None
    if not isinstance(values, dict) or values.keys() != set(keys):
        raise Refusal("malformed")
    if not all(isinstance(value, str) for value in values.values()):
        raise Refusal("malformed")
    return Body(values)


def reply(value: Mapping[str, Any]) -> Response:
    """A good answer, as JSON."""
    return written(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def written(text: bytes, mimetype: str = "application/json") -> Response:
    """A good answer that is written out already."""
    return Response(text, mimetype=mimetype)


def error(word: str) -> Response:
    """The fixed reply of an error."""
    return Response(f'{{"error":"{word}"}}', status=STATUS[word], mimetype="application/json")


def log_failure(mistake: Exception) -> None:
    """Logs what kind of thing broke, and where: the message of an exception may repeat an answer or a code."""
    current_app.logger.error("%s in %s", type(mistake).__name__, _place(mistake.__traceback__))


def speak(blueprint: Blueprint) -> None:
    """Gives all routes of ``blueprint`` the same headers, the same errors and an answer to a preflight."""
    blueprint.before_request(_answer_preflight)
    blueprint.after_request(_set_headers)
    blueprint.register_error_handler(Refusal, lambda refusal: error(refusal.word))
    blueprint.register_error_handler(HTTPException, lambda _: error("malformed"))
    blueprint.register_error_handler(RequestEntityTooLarge, lambda _: error("too_large"))
    blueprint.register_error_handler(Exception, _fail)


def _answer_preflight() -> Response | None:
    return Response(status=204, headers=PREFLIGHT) if request.method == "OPTIONS" else None


def _set_headers(response: Response) -> Response:
    response.headers.update(HEADERS)
    return response


def _fail(mistake: Exception) -> Response:
    log_failure(mistake)
    return error("failed")


def _place(traceback: TracebackType | None) -> str:
    """The module and line, of our own, nearest to where it broke."""
    place = "an unknown place"
    while traceback is not None:
        module = str(traceback.tb_frame.f_globals.get("__name__", ""))
        if module.startswith("survey_app."):
            place = f"{module}, line {traceback.tb_lineno}"
        traceback = traceback.tb_next
    return place


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("a key stands there twice")
    return values


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
