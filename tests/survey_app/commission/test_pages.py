"""The pages of staff: everybody sees what is theirs and nothing else, and nobody sees answers before their time."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from itertools import pairwise

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from instruments.model import LANGUAGES, Language
from survey_app.board import FILES
from survey_app.board.words import WORDS
from survey_app.commission.participation import participation_today
from survey_app.stores import results, writing
from survey_app.stores.roster import State
from survey_app.words import words_for
from tests.survey_app.board.page import Element, Page
from tests.survey_app.commission import stages
from tests.survey_app.commission.stages import (
    ANSWERING,
    OPENING,
    STAGES,
    At,
    Stage,
    Underway,
    answer,
    answers_of,
)
from tests.survey_app.staff import signed_in

#: Somebody else's survey.
OTHER = "e1sesurv"

#: Who is who, by the role that each has in a survey. Eva answers surveys and has no key.
PERSONAS = ("Hanna", "Omar", "Bo", "Els", "Eva")

#: Every address of staff, with who may have it; {id} is the survey.
READING: Mapping[str, set[str]] = {
    "/staff/": set(PERSONAS),
    "/staff/hr/{id}/": {"Hanna"},
    "/staff/council/{id}/": {"Omar"},
    "/staff/council/{id}/council.html": {"Omar"},
    "/staff/council/{id}/promise.json": {"Omar"},
    "/staff/council/{id}/urn.json": {"Omar"},
    "/staff/results/{id}/": {"Hanna", "Omar", "Bo"},
    "/staff/results/{id}/nl/": {"Hanna", "Omar", "Bo"},
    "/staff/results/{id}/en/": {"Hanna", "Omar", "Bo"},
    **{f"/staff/results/{{id}}/files/{name}": {"Hanna", "Omar", "Bo"} for name in FILES},
}
STEPS = ("start", "close", "open", "release", "destroy")
ACTING: Mapping[str, set[str]] = {
    **{f"/staff/hr/{{id}}/{step}": {"Hanna"} for step in STEPS},
    "/staff/council/{id}/witness": {"Omar"},
    "/staff/council/{id}/opened": {"Omar"},
}


def come_in(survey: Underway, name: str) -> FlaskClient:
    """A browser of one of the personas."""
    roles = {"Hanna": "hr", "Omar": "council", "Bo": "board"}
    if name in roles:
        return survey.as_(roles[name])
    return signed_in(survey.app, **({OTHER: "hr"} if name == "Els" else {}))


def text_of(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def alert_of(page: Page) -> str:
    """The problem that a page tells."""
    (found,) = [element for element in page.elements if element.attributes.get("role") == "alert"]
    return found.text


def hr(survey: Underway, rest: str = "") -> str:
    return f"/staff/hr/{survey.survey_id}/{rest}"


def test_the_table_of_addresses_is_complete(at: At) -> None:
    survey = at(2, "promised")
    known = set()
    for address in (*READING, *ACTING, "/staff/enter/{key}", "/staff/leave"):
        parts = address.split("?")[0].replace("{id}", survey.survey_id).replace("{key}", "x")
        for method in ("GET", "POST"):
            matched = survey.app.url_map.bind("localhost").test(parts, method=method)
            if matched:
                known.add(survey.app.url_map.bind("localhost").match(parts, method=method)[0])
    wanted = {rule.endpoint for rule in survey.app.url_map.iter_rules() if rule.rule.startswith("/staff")}
    assert known == wanted


@pytest.mark.parametrize("stage", ["promised", "answered", "closed", "opened", "released", "archived"])
def test_everybody_reads_what_is_theirs_and_nothing_else(stage: Stage, at: At) -> None:
    survey = at(2, stage)
    released = stage in ("released", "archived")
    for name in PERSONAS:
        client = come_in(survey, name)
        for address, allowed in READING.items():
            answer = client.get(address.format(id=survey.survey_id), buffered=True)
            where = f"{name}, {stage}: {address}"
            if name not in allowed:
                assert answer.status_code == 404, where
                assert survey.manifest.organisation not in text_of(answer), where
                assert survey.survey_id not in text_of(answer), where
            elif "/files/" in address:
                assert answer.status_code == (200 if released else 404), where
            elif address.endswith("urn.json"):
                assert answer.status_code == (200 if stage in ("closed", "opened", "released") else 409), where
            else:
                assert answer.status_code in (200, 302), where


@pytest.mark.parametrize("stage", ["promised", "answered", "closed", "opened", "released"])
def test_nobody_takes_the_steps_of_somebody_else(stage: Stage, at: At) -> None:
    survey = at(1, stage)
    survey.calendar.day = OPENING + dt.timedelta(days=20)
    before = survey.everything()
    for name in PERSONAS:
        client = come_in(survey, name)
        for address, allowed in ACTING.items():
            if name not in allowed:
                answer = client.post(address.format(id=survey.survey_id), data={"sure": "yes"})
                assert answer.status_code == 404, f"{name}: {address}"
    assert survey.everything() == before


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}])
def test_no_other_site_takes_a_step_with_somebody_s_cookie(headers: dict[str, str], at: At) -> None:
    survey = at(1, "running")
    before = survey.everything()
    for name in ("Hanna", "Omar"):
        for address in ACTING:
            answer = come_in(survey, name).post(
                address.format(id=survey.survey_id), data={"sure": "yes"}, headers=headers
            )
            assert answer.status_code == 403, address
    assert survey.everything() == before


@pytest.mark.parametrize("name", PERSONAS)
def test_the_list_of_surveys_is_one_s_own(name: str, at: At) -> None:
    survey = at(2, "running")
    page = Page(text_of(come_in(survey, name).get("/staff/")))
    own = [a.attributes["href"] for a in page.all("a") if survey.survey_id in a.attributes["href"]]
    first = {
        "Hanna": [f"/staff/hr/{survey.survey_id}/"],
        "Omar": [f"/staff/council/{survey.survey_id}/"],
        "Bo": [f"/staff/results/{survey.survey_id}/"],
    }
    assert own == first.get(name, [])
    assert page.mistakes == []


# --- Nothing before its time --------------------------------------------------------------------


def other_answers(survey: Underway) -> None:
    """The same people answer, and every answer is another one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stages, "answers_of", lambda place: {item: 8 - code for item, code in answers_of(place).items()})
        answer(survey)


def everything_to_read(survey: Underway) -> dict[tuple[str, str], bytes]:
    """Every page that each persona can have, and what everybody can have without a key."""
    public = [f"/v/{survey.survey_id}", f"/v/{survey.survey_id}/head", f"/v/{survey.survey_id}/board.jsonl"]
    public += [f"/m/{survey.survey_id}.json", f"/b/{survey.survey_id}", f"/a/{survey.survey_id}", "/"]
    found = {}
    for name in PERSONAS:
        client = come_in(survey, name)
        for address in (*READING, *public):
            if not address.endswith("urn.json"):  # sealed with fresh randomness, and opened by nobody here
                answer = client.get(address.format(id=survey.survey_id), buffered=True)
                found[name, address] = answer.data
    return found


@pytest.mark.parametrize("stage", ["answered", "closed"])
def test_before_the_opening_no_page_depends_on_any_answer(stage: Stage, at: At) -> None:
    one = at(2, stage)
    other = at(2, "running")
    other_answers(other)
    if stage == "closed":
        other.as_("hr").post(hr(other, "close"), data={"sure": "yes"})
    assert one.state is other.state
    first, second = everything_to_read(one), everything_to_read(other)
    assert first.keys() == second.keys()
    for place, content in first.items():
        assert content == second[place], place


@pytest.mark.parametrize("stage", STAGES[: STAGES.index("released")])
@pytest.mark.parametrize("name", ["Hanna", "Omar", "Bo"])
def test_before_the_release_the_results_say_that_there_are_none(name: str, stage: Stage, at: At) -> None:
    survey = at(1, stage)
    client = come_in(survey, name)
    for language in LANGUAGES:
        page = Page(text_of(client.get(f"/staff/results/{survey.survey_id}/{language}/")))
        assert page.one("h1").text == WORDS[language]["empty.title"]


def test_once_released_the_board_reads_it(at: At) -> None:
    survey = at(1, "released")
    page = Page(text_of(survey.as_("board").get(f"/staff/results/{survey.survey_id}/nl/")))
    assert page.mistakes == []
    assert page.one("h1").text == "Werk en energie"
    assert len(page.all("section")) > 3


def test_how_many_take_part_is_told_as_a_range_of_large_groups(at: At) -> None:
    survey = at(2, "running")
    empty = text_of(survey.as_("hr").get(hr(survey)))
    answer(survey)
    assert text_of(survey.as_("hr").get(hr(survey))) == empty, "not twice on one day"
    survey.calendar.day += dt.timedelta(days=1)
    with survey.app.app_context():
        rows = {
            row.name: (row.percent, row.up_to) for row in participation_today(survey.survey_id, survey.calendar()).rows
        }
    page = Page(text_of(survey.as_("hr").get(hr(survey, "?language=en"))))
    table = page.one("table")
    shown = {row.children[0].text: row.children[1].text for row in page.all("tr")[1:]}
    assert list(shown) == ["Voorbeeld BV", "Kantoor", "Zorg"]
    for name, (percent, up_to) in rows.items():
        assert shown[name] == ("not shown" if percent is None else f"between {percent}% and {up_to}%")
    assert any("between" in text for text in shown.values())
    assert table.children[0].tag == "caption" and "7 October 2026" in table.children[0].text
    total = sum(ANSWERING.values())
    assert not re.search(rf"\b{total}\b", page.one("main").text), "never a count"


def test_before_the_start_nothing_is_said_about_taking_part(at: At) -> None:
    survey = at(2, "promised")
    page = Page(text_of(survey.as_("hr").get(hr(survey))))
    assert not page.all("table")
    assert words_for("hr", "nl")["participation"] not in [heading.text for heading in page.all("h2")]


# --- Steps --------------------------------------------------------------------------------------


def next_form(page: Page) -> Element | None:
    """The form on the page of HR, if there is one."""
    forms = page.all("form")
    assert len(forms) <= 1
    return forms[0] if forms else None


def fields_of(form: Element) -> dict[str, str]:
    """What a browser sends when every box is ticked."""
    inputs = []
    waiting = [form]
    while waiting:
        element = waiting.pop()
        waiting += element.children
        inputs += [element.attributes] if element.tag == "input" else []
    return {field["name"]: field["value"] for field in inputs}


@pytest.mark.parametrize("language", LANGUAGES)
def test_hr_clicks_a_survey_of_level_one_from_start_to_end(language: Language, at: At) -> None:
    survey = at(1, "promised")
    client = survey.as_("hr")
    words = words_for("hr", language)
    address = hr(survey, f"?language={language}")
    seen = []
    while True:
        page = Page(text_of(client.get(address)))
        assert page.mistakes == []
        form = next_form(page)
        if survey.state is State.RUNNING:
            answer(survey)
        if survey.state is State.RELEASED and form is None:
            survey.calendar.day = OPENING + dt.timedelta(days=14)
            continue
        if form is None:
            break
        seen.append(form.attributes["action"].rpartition("/")[2])
        if survey.state is State.CLOSED:
            survey.calendar.day = OPENING
        answered = client.post(form.attributes["action"], data=fields_of(form))
        assert (answered.status_code, answered.location) == (302, hr(survey))
    assert seen == ["start", "close", "open", "release", "destroy"]
    assert survey.state is State.ARCHIVED
    assert words["step.archived"] in page.one("main").text


def test_at_level_two_hr_waits_for_the_council_twice_and_cannot_open(at: At) -> None:
    survey = at(2, "promised")
    page = Page(text_of(survey.as_("hr").get(hr(survey))))
    assert next_form(page) is None
    assert words_for("hr", "nl")["step.wait-witness"] in page.one("main").text
    closed = at(2, "closed")
    page = Page(text_of(closed.as_("hr").get(hr(closed))))
    assert next_form(page) is None
    assert words_for("hr", "nl")["step.wait-council"] in page.one("main").text
    before = closed.everything()
    answered = closed.as_("hr").post(hr(closed, "open"))
    assert (answered.status_code, answered.location) == (302, hr(closed)), "not even tried"
    assert closed.state is State.CLOSED and closed.everything() == before
    with closed.app.app_context():
        assert results.head(closed.survey_id) is None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("sent", [{}, {"sure": ""}, {"sure": "no"}, {"sure": "on"}])
@pytest.mark.parametrize(("stage", "step"), [("running", "close"), ("released", "destroy")])
def test_what_cannot_be_undone_needs_a_tick(
    stage: Stage, step: str, sent: dict[str, str], language: Language, at: At
) -> None:
    survey = at(1, stage)
    survey.calendar.day = OPENING + dt.timedelta(days=20)
    before = survey.everything()
    answered = survey.as_("hr").post(hr(survey, step), data=sent, headers={"Accept-Language": language})
    assert answered.status_code == 400
    assert alert_of(Page(text_of(answered))) == words_for("hr", language)["problem.sure"]
    after = survey.everything()
    assert {name: after[name] for name in after if "participation" not in name} == {
        name: before[name] for name in before if "participation" not in name
    }


def _unused(survey: Underway) -> None:
    """An operator who says that nobody used an invitation."""
    with survey.app.app_context(), writing("roster") as connection:
        connection.exec_driver_sql("UPDATE invitation SET issued = 0")


def _without_key(survey: Underway) -> None:
    survey.config.opening_key_file(survey.survey_id).unlink()


def _without_ballots(survey: Underway) -> None:
    with survey.app.app_context(), writing("urn") as connection:
        connection.exec_driver_sql("DELETE FROM locker")


REFUSALS = {
    "not-witnessed": (2, "promised", "start", lambda survey: None),
    "too-soon": (1, "released", "destroy", lambda survey: None),
    "too-few": (1, "closed", "open", _without_ballots),
    "too-many": (1, "closed", "open", _unused),
    "no-key": (1, "closed", "open", _without_key),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("problem", REFUSALS)
def test_a_step_that_cannot_be_taken_says_why(problem: str, language: Language, at: At) -> None:
    level, stage, step, arrange = REFUSALS[problem]
    survey = at(level, stage)  # type: ignore[arg-type]
    arrange(survey)
    state = survey.state
    client = survey.as_("hr")
    answered = client.post(hr(survey, step), data={"sure": "yes"}, headers={"Accept-Language": language})
    assert answered.status_code == 409
    page = Page(text_of(answered))
    assert page.mistakes == []
    day = "9 november 2026" if language == "nl" else "9 November 2026"
    assert alert_of(page) == words_for("hr", language)[f"problem.{problem}"].format(day=day)
    assert survey.state is state
    (other,) = [a.attributes["href"] for a in page.all("a") if "language" in a.attributes.get("class", "")]
    followed = client.get(other)
    assert followed.status_code == 200, "the other language is a page, not a step"
    assert Page(text_of(followed)).one("html").attributes["lang"] != language


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("step", ["start", "close", "open", "release"])
def test_a_step_out_of_order_shows_where_the_survey_stands(step: str, stage: Stage, at: At) -> None:
    in_order = {"promised": "start", "running": "close", "answered": "close", "closed": "open", "opened": "release"}
    survey = at(1, stage)
    before, state = survey.everything(), survey.state
    answered = survey.as_("hr").post(hr(survey, step), data={"sure": "yes"})
    if in_order.get(stage) == step:
        return
    assert answered.status_code == 302 and answered.location == hr(survey)
    assert survey.state is state and survey.everything() == before


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_following_a_link_takes_no_step(method: str, at: At) -> None:
    survey = at(1, "running")
    before = survey.everything()
    for step in STEPS:
        assert survey.as_("hr").open(hr(survey, step), method=method).status_code == 405
    assert survey.as_("hr").post(hr(survey, "erase")).status_code == 404
    assert survey.everything() == before


# --- What the pages are made of -----------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("stage", ["promised", "answered", "closed", "opened", "released", "archived"])
@pytest.mark.parametrize("level", [1, 2])
def test_every_page_of_staff_can_be_read_by_everyone(level: int, stage: Stage, language: Language, at: At) -> None:
    survey = at(level, stage)
    if stage == "archived":
        survey.calendar.day = OPENING + dt.timedelta(days=30)
    for role, address in (("hr", "/staff/"), ("hr", hr(survey)), ("council", f"/staff/council/{survey.survey_id}/")):
        page = Page(text_of(survey.as_(role).get(f"{address}?language={language}")))
        assert page.mistakes == [] and page.doctype.lower() == "doctype html"
        assert page.one("html").attributes["lang"] == language
        assert len(page.ids) == len(set(page.ids))
        levels = [int(heading.tag[1]) for heading in page.all("h1", "h2", "h3")]
        assert levels.count(1) == 1 and levels[0] == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))
        labelled = {label.attributes["for"] for label in page.all("label")}
        assert {field.attributes["id"] for field in page.all("input")} == labelled
        for element in page.elements:
            for name in ("aria-labelledby", "aria-describedby"):
                assert element.attributes.get(name, page.ids[0]) in page.ids
        assert page.all("a")[0].attributes["href"] == "#content" and page.one("main").attributes["id"] == "content"
        assert all(button.text for button in page.all("button"))
        assert not page.all("script", "iframe", "object", "embed", "img", "base")
        assert not [e.tag for e in page.elements if any(name.startswith("on") for name in e.attributes)]
        for link in page.addresses:
            assert re.match(r"#|\?|/(?!/)|http://127\.0\.0\.1:8000/[bv]/", link), link


def test_what_a_survey_is_called_stays_text(at: At) -> None:
    survey = at(2, "running")
    name = '<script>alert(1)</script> & "Zn" {0} {{ 7 * 7 }}'
    value = survey.manifest.text.replace("Voorbeeld BV", name.replace('"', '\\"')).replace("Work and energy", "{x}<b>")
    with survey.app.app_context(), writing("roster") as connection:
        connection.exec_driver_sql("UPDATE survey SET manifest = ?", (value,))
    for role, address in (("hr", "/staff/"), ("hr", hr(survey)), ("council", f"/staff/council/{survey.survey_id}/")):
        page = Page(text_of(survey.as_(role).get(f"{address}?language=en")))
        assert page.mistakes == []
        assert not page.all("script", "b")
        assert " ".join(name.split()) in " ".join(element.text for element in page.all("body"))


def test_nobody_is_named_on_any_page_of_staff(at: At) -> None:
    survey = at(2, "answered")
    pages = b"".join(everything_to_read(survey).values()).decode("utf-8", "replace")
    assert len(pages) > 10_000
    for person in survey.people():
        assert person.name not in pages and survey.code_of(person) not in pages
        assert not person.email or person.email not in pages
