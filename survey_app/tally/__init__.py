"""The tally list: what was counted, for everybody to check, and taking back a counted ballot.

Knows the opened results only. Neither the roster nor the urn can be reached from here.
"""

from __future__ import annotations

from functools import lru_cache
from typing import cast

from flask import Blueprint, Response, render_template, request

from instruments.model import LANGUAGES, Language
from survey_app.anonymity.codes import BadCode, in_groups, read_survey_id
from survey_app.anonymity.derivation import withdrawal_message
from survey_app.anonymity.ed25519 import verify
from survey_app.anonymity.encoding import b64u, digest
from survey_app.anonymity.manifest import Manifest, parse_manifest
from survey_app.stores import StoreError, results
from survey_app.tally.words import WORDS
from survey_app.wire import Refusal, error, read_body, reply, speak, written

blueprint = Blueprint("tally", __name__, url_prefix="/v")
speak(blueprint)
blueprint.register_error_handler(StoreError, lambda _: error("busy"))


@blueprint.get("/<survey_id>", defaults={"language": None})
@blueprint.get("/<survey_id>/<any(nl, en):language>")
def page(survey_id: str, language: Language | None) -> tuple[str, int]:
    """What the list is and what it says, for people; the same without JavaScript."""
    if language is None:
        language = cast(Language, request.accept_languages.best_match(LANGUAGES, default="nl"))
    other: Language = "en" if language == "nl" else "nl"
    promise = _promise(survey_id)
    head = None if promise is None else results.head(promise.survey)
    text = render_template(
        "tally.html",
        words=WORDS[language],
        language=language,
        other=other,
        survey_id=survey_id,
        manifest=promise,
        head=head,
        root="" if head is None else in_groups(head.root.hex()),
    )
    return text, 404 if promise is None else 200


@blueprint.get("/<survey_id>/head")
def show_head(survey_id: str) -> Response:
    """The head of the list with both signatures on it."""
    head = results.head(_found(survey_id).survey)
    if head is None:
        raise Refusal("unknown")
    return reply(
        {
            "size": head.size,
            "root": b64u(head.root),
            "invalid": head.invalid,
            "urn": b64u(head.urn),
            "witness": b64u(head.witness),
            "log": b64u(head.log),
        }
    )


@blueprint.get("/<survey_id>/board.jsonl")
def show_leaves(survey_id: str) -> Response:
    """The whole list: nobody has to say which line is hers by asking for it."""
    manifest = _found(survey_id)
    if results.head(manifest.survey) is None:
        raise Refusal("unknown")
    lines = "".join(f"{leaf}\n" for leaf in results.leaves(manifest.survey))
    return written(lines.encode(), "application/jsonl")


@blueprint.post("/withdraw")
def withdraw() -> Response:
    """Destroys the answers of a counted ballot, for whoever has its key; its line stays."""
    body = read_body("survey", "key", "signature")
    key, signature = body.octets("key", 32), body.octets("signature", 64)
    manifest = _found(body.survey)
    if not verify(key, signature, withdrawal_message(manifest.hash, key)):
        raise Refusal("refused")
    if not results.withdraw(manifest.survey, digest("ballot-id", key)):
        raise Refusal("refused")
    return reply({"withdrawn": True})


def _found(survey_id: str) -> Manifest:
    manifest = _promise(survey_id)
    if manifest is None:
        raise Refusal("unknown")
    return manifest


def _promise(survey_id: str) -> Manifest | None:
    """The manifest of a survey that has started, by its id in any spelling."""
    try:
        kept = results.promise(read_survey_id(survey_id))
    except BadCode:
        return None
    return None if kept is None else _parsed(kept[0])


#: A manifest that was witnessed does not change any more.
_parsed = lru_cache(64)(parse_manifest)
