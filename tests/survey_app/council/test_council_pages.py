"""The pages of the works council: what it takes along, what it brings back, and what is refused with a sentence."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from instruments.model import LANGUAGES, Language
from survey_app import council as council_pages
from survey_app.anonymity import council
from survey_app.anonymity.encoding import b64u, canonical, digest, parse_canonical, unb64u
from survey_app.anonymity.manifest import parse_manifest
from survey_app.anonymity.opening import open_urn, read_urn
from survey_app.application import LARGEST_REQUEST
from survey_app.commission import lifecycle
from survey_app.stores import results, roster
from survey_app.stores.roster import State
from survey_app.words import words_for
from tests.survey_app.board.page import Page
from tests.survey_app.commission.stages import ANSWERING, OPENING, At, Underway, answer, council_keys
from tests.survey_app.commission.test_lifecycle import opened_file, witness_file


def place(survey: Underway, rest: str = "") -> str:
    return f"/staff/council/{survey.survey_id}/{rest}"


def hand_in(
    client: FlaskClient, address: str, content: bytes | str | None, language: Language = "nl", name: str = "file.json"
) -> TestResponse:
    """Sends a file as a browser does; without ``content`` the form as it is when no file was chosen."""
    data = content.encode() if isinstance(content, str) else content or b""
    file = (io.BytesIO(data), "" if content is None else name)
    return client.post(
        address, data={"file": file}, content_type="multipart/form-data", headers={"Accept-Language": language}
    )


def page_of(survey: Underway, language: Language = "nl") -> Page:
    return Page(survey.as_("council").get(place(survey, f"?language={language}")).get_data(as_text=True))


def alert_of(answer: TestResponse) -> str:
    page = Page(answer.get_data(as_text=True))
    assert page.mistakes == []
    (found,) = [element for element in page.elements if element.attributes.get("role") == "alert"]
    return found.text


def forms_of(page: Page) -> list[str]:
    """What can be handed in."""
    return [form.attributes["action"].rpartition("/")[2] for form in page.all("form")]


def test_the_council_goes_the_whole_way_with_files_alone(at: At) -> None:
    survey = at(2, "promised")
    client, keys = survey.as_("council"), council_keys()
    assert forms_of(page_of(survey)) == ["witness"]
    promise = parse_canonical(client.get(place(survey, "promise.json")).get_data(as_text=True))
    manifest = parse_manifest(promise["manifest"])
    assert digest("form", promise["form"]) == manifest.form and promise["kind"] == "promise"
    signed = hand_in(client, place(survey, "witness"), council.witness_file(keys, manifest) + "\n")
    assert (signed.status_code, signed.location) == (302, place(survey))
    assert survey.stored.witness is not None
    assert forms_of(page_of(survey)) == []
    with survey.app.app_context():
        lifecycle.start(survey.survey_id)
    answer(survey)
    with survey.app.app_context():
        lifecycle.close(survey.survey_id)
    survey.calendar.day = OPENING
    assert forms_of(page_of(survey)) == ["opened"]
    taken = client.get(place(survey, "urn.json"))
    assert taken.headers["Content-Disposition"] == f"attachment; filename=urn-{survey.survey_id}.json"
    assert len(read_urn(taken.get_data(as_text=True)).envelopes) == sum(ANSWERING.values())
    opened = survey.open_urn(taken.get_data(as_text=True)).opened_text
    given = hand_in(client, place(survey, "opened"), opened)
    assert (given.status_code, given.location) == (302, place(survey))
    assert survey.state is State.OPENED and survey.stored.opened_on == OPENING.isoformat()
    page = page_of(survey)
    assert forms_of(page) == []
    said = words_for("council", "nl")["opened"].format(size=sum(ANSWERING.values()), invalid=0)
    assert said in page.one("main").text


def test_the_tool_is_the_page_that_works_without_a_network(at: At) -> None:
    survey = at(2, "promised")
    answered = survey.as_("council").get(place(survey, council_pages.TOOL), buffered=True)
    assert answered.status_code == 200
    assert answered.headers["Content-Disposition"] == "attachment; filename=peil-council.html"
    assert answered.data.lower().startswith(b"<!doctype html>")
    assert answered.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", ["promise.json", "urn.json"])
def test_what_is_taken_along_is_a_file_and_the_same_each_time(name: str, at: At) -> None:
    survey = at(2, "closed")
    first, second = (survey.as_("council").get(place(survey, name)) for _ in range(2))
    assert first.data == second.data
    assert first.headers["Content-Type"] == "application/json"
    assert first.headers["Content-Disposition"].startswith("attachment")
    parse_canonical(first.get_data(as_text=True))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("stage", ["promised", "running", "answered", "archived"])
def test_there_is_no_urn_to_take_unless_it_is_closed(stage: str, language: Language, at: At) -> None:
    survey = at(2, stage)  # type: ignore[arg-type]
    answered = survey.as_("council").get(place(survey, f"urn.json?language={language}"))
    assert answered.status_code == 409
    assert alert_of(answered) == words_for("council", language)["problem.not-closed"]
    assert b"envelopes" not in answered.data


def test_what_was_opened_of_a_survey_fits_no_other_one(at: At) -> None:
    other, survey = at(1, "closed"), at(2, "closed")
    keys = council.keys_of(unb64u(other.config.opening_key_file(other.survey_id).read_text(encoding="ascii")))
    text = open_urn(read_urn(other.take_urn()), keys.opening, keys.witness).opened_text
    before = survey.everything()
    assert hand_in(survey.as_("council"), place(survey, "opened"), text).status_code == 400
    assert survey.everything() == before
    assert hand_in(other.as_("council"), place(other, "opened"), text).status_code == 302, "there it fits"


Bring = Callable[[Underway], bytes | str | None]


def _of_another_promise(survey: Underway) -> str:
    """In every part as it should be but for the promise."""
    return opened_file(survey).replace(b64u(survey.manifest.hash), "A" * 43)


def _changed(**parts: object) -> Bring:
    return lambda survey: canonical({**json.loads(opened_file(survey)), **parts})


def _ballot_that_asks(survey: Underway) -> str:
    """A ballot that says for which unit it asks: that is not for the server to know."""
    value = json.loads(opened_file(survey))
    content = json.loads(value["ballots"][0]["content"])
    value["ballots"][0]["content"] = canonical({**content, "report_as": "u0"})
    return canonical(value)


def _ballot_left_out(survey: Underway) -> str:
    value = json.loads(opened_file(survey))
    return canonical({**value, "ballots": value["ballots"][1:], "leaves": value["leaves"][1:]})


def _ballot_twice(survey: Underway) -> str:
    value = json.loads(opened_file(survey))
    return canonical({**value, "ballots": [value["ballots"][0], *value["ballots"]]})


#: Files that are not the opened urn of this survey.
UNFIT: dict[str, Bring] = {
    "no file": lambda survey: None,
    "an empty file": lambda survey: b"",
    "a picture": lambda survey: b"\x89PNG\r\n\x1a\n\0\0\0\xff",
    "a text": lambda survey: "Geachte heer, mevrouw,",
    "other JSON": lambda survey: "{}",
    "a list": lambda survey: "[]",
    "a number": lambda survey: "1",
    "brackets without end": lambda survey: "[" * 100_000,
    "a number without end": lambda survey: '{"head":' + "9" * 10_000 + "}",
    "JSON written otherwise": lambda survey: json.dumps(json.loads(opened_file(survey)), indent=2),
    "the urn itself": lambda survey: survey.take_urn(),
    "the audit bundle": lambda survey: survey.open_urn().audit_text,
    "the signature on the promise": witness_file,
    "the key file": lambda survey: council.public_file(b"a council master"),
    "of another promise": _of_another_promise,
    "with the unit of a ballot": _ballot_that_asks,
    "with a ballot left out": _ballot_left_out,
    "with a ballot twice": _ballot_twice,
    "with another root": lambda survey: canonical(
        {**json.loads(opened_file(survey)), "head": {**json.loads(opened_file(survey))["head"], "root": "A" * 43}}
    ),
    "with another signature": _changed(witness=b64u(bytes(64))),
    "with something more": _changed(names=["Anna"]),
    "cut short": lambda survey: opened_file(survey)[:-10],
    "in another encoding": lambda survey: opened_file(survey).encode("utf-16"),
}


@pytest.mark.parametrize("what", UNFIT)
def test_an_unfit_file_of_ballots_is_refused_and_changes_nothing(what: str, at: At) -> None:
    survey = at(2, "closed")
    content = UNFIT[what](survey)
    before = survey.everything()
    for language in LANGUAGES:
        answered = hand_in(survey.as_("council"), place(survey, "opened"), content, language)
        assert answered.status_code == 400
        assert alert_of(answered) == words_for("council", language)["problem.no-opened-file"]
    assert survey.everything() == before and survey.state is State.CLOSED
    with survey.app.app_context():
        assert results.head(survey.survey_id) is None


@pytest.mark.parametrize(
    "what",
    [
        "no file",
        "an empty file",
        "a picture",
        "other JSON",
        "the key file",
        "opened",
        "stranger",
        "in another encoding",
    ],
)
def test_an_unfit_signature_is_refused_and_changes_nothing(what: str, at: At) -> None:
    survey = at(2, "promised")
    twin = at(2, "closed")
    bring: dict[str, Bring] = {
        **UNFIT,
        "opened": lambda _: opened_file(twin),
        "stranger": lambda _: canonical({**json.loads(witness_file(survey)), "witness": b64u(bytes(64))}),
        "in another encoding": lambda _: witness_file(survey).encode("utf-16"),
    }
    before = survey.everything()
    for language in LANGUAGES:
        answered = hand_in(survey.as_("council"), place(survey, "witness"), bring[what](survey), language)
        assert answered.status_code == 400
        assert alert_of(answered) == words_for("council", language)["problem.no-witness-file"]
    assert survey.everything() == before


def test_a_form_without_its_field_is_no_file(at: At) -> None:
    survey = at(2, "closed")
    before = survey.everything()
    for data in ({}, {"file": "opened"}):
        assert survey.as_("council").post(place(survey, "opened"), data=data).status_code == 400
        assert survey.as_("council").post(place(survey, "witness"), data=data).status_code == 400
    assert survey.everything() == before


def test_the_same_file_twice_changes_nothing_the_second_time(at: At) -> None:
    survey = at(2, "closed")
    text = opened_file(survey)
    client = survey.as_("council")
    assert hand_in(client, place(survey, "opened"), text).status_code == 302
    before = survey.everything()
    survey.calendar.day = OPENING.replace(year=2027)
    assert hand_in(client, place(survey, "opened"), text, name="opened (1).json").status_code == 302
    assert survey.everything() == before


@pytest.mark.parametrize("stage", ["opened", "released", "archived"])
def test_another_opening_is_refused_with_a_warning_and_the_first_stays(stage: str, at: At) -> None:
    closed = at(2, "closed")
    value = json.loads(closed.take_urn())
    other = closed.open_urn(canonical({**value, "envelopes": value["envelopes"][:-1]})).opened_text
    survey = at(2, stage)  # type: ignore[arg-type]
    before = survey.everything()
    for language in LANGUAGES:
        answered = hand_in(survey.as_("council"), place(survey, "opened"), other, language)
        assert answered.status_code == 409
        assert alert_of(answered) == words_for("council", language)["problem.already-opened"]
    assert survey.everything() == before


@pytest.mark.parametrize("stage", ["promised", "running", "answered"])
def test_an_opening_before_the_closing_is_refused(stage: str, at: At) -> None:
    text = opened_file(at(2, "closed"))
    survey = at(2, stage)  # type: ignore[arg-type]
    before = survey.everything()
    for language in LANGUAGES:
        answered = hand_in(survey.as_("council"), place(survey, "opened"), text, language)
        assert answered.status_code == 409
        assert alert_of(answered) == words_for("council", language)["problem.not-closed"]
    assert survey.everything() == before


@pytest.mark.parametrize("stage", ["promised", "running", "closed", "archived"])
def test_a_second_signature_changes_nothing(stage: str, at: At) -> None:
    survey = at(2, stage)  # type: ignore[arg-type]
    client = survey.as_("council")
    hand_in(client, place(survey, "witness"), witness_file(survey))
    before = survey.everything()
    assert hand_in(client, place(survey, "witness"), witness_file(survey)).status_code == 302
    assert survey.everything() == before


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", ["witness", "opened"])
def test_a_file_that_is_too_large_is_refused_with_a_sentence(
    form: str, language: Language, at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    survey = at(2, "promised" if form == "witness" else "closed")
    monkeypatch.setattr(council_pages, "LARGEST_FILE", LARGEST_REQUEST)
    before = survey.everything()
    answered = hand_in(survey.as_("council"), place(survey, form), b"x" * (LARGEST_REQUEST + 1), language)
    assert answered.status_code == 413
    assert alert_of(answered) == words_for("council", language)["problem.too-large"]
    assert survey.everything() == before


def test_the_opened_urn_of_a_large_organisation_is_not_too_large(at: At) -> None:
    survey = at(2, "closed")
    text = opened_file(survey)
    padded = text[:-1] + ',"zzz":"' + "x" * (3 * LARGEST_REQUEST) + '"}'
    assert hand_in(survey.as_("council"), place(survey, "opened"), padded).status_code == 400, "read, and then refused"
    assert len(text) < 3 * LARGEST_REQUEST < council_pages.LARGEST_FILE


def test_after_an_opening_that_broke_off_the_council_can_hand_it_in_again(
    at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    survey = at(2, "closed")
    text = opened_file(survey)
    client = survey.as_("council")
    with monkeypatch.context() as patch:
        patch.setattr(roster, "set_opened_on", lambda *_: 1 / 0)
        survey.app.config["PROPAGATE_EXCEPTIONS"] = False
        assert hand_in(client, place(survey, "opened"), text).status_code == 500
    assert survey.state is State.CLOSED
    assert forms_of(page_of(survey)) == ["opened"], "the page still asks for the file"
    assert hand_in(client, place(survey, "opened"), text).status_code == 302
    assert survey.state is State.OPENED


def test_at_level_one_the_council_only_looks_on(at: At) -> None:
    survey = at(1, "closed")
    page = page_of(survey)
    assert forms_of(page) == []
    assert words_for("council", "nl")["server_signs"] in page.one("main").text
    before = survey.everything()
    with survey.app.app_context():
        promised = lifecycle.promise_of(survey.survey_id)[1]
    stranger = council.keys_of(b"another  council")
    with pytest.raises(council.WrongKeys):
        council.witness_file(stranger, promised)
    answered = hand_in(survey.as_("council"), place(survey, "opened"), opened_file(at(2, "closed")))
    assert answered.status_code == 400
    assert survey.everything() == before


def test_the_recognition_words_stand_where_they_can_be_compared(at: At) -> None:
    survey = at(2, "promised")
    for role, address in (("council", place(survey)), ("hr", f"/staff/hr/{survey.survey_id}/")):
        page = Page(survey.as_(role).get(address).get_data(as_text=True))
        assert survey.manifest.words in [e.text for e in page.elements if e.attributes.get("class") == "words"]
