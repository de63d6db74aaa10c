"""The pages of the path without JavaScript, from what someone carries to HTML."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, cast

from flask import render_template, url_for

from instruments.model import Language
from reports.numbers import Numbers
from survey_app.anonymity.client import Booth
from survey_app.anonymity.codes import in_groups
from survey_app.anonymity.manifest import Manifest, Unit
from survey_app.respond import pages
from survey_app.respond.booth import asset
from survey_app.respond.carrying import Carried
from survey_app.respond.pages import ABOUT, CHECK, Page, field, pages_of
from survey_app.respond.routing import RATHER_NOT_SAY, Form, cleaned_answers
from survey_app.respond.words import Words, words_of

#: The pages that have no questions, as they name themselves to the server.
START, RESUME, WELCOME, PAUSE = "=start", "=resume", "=welcome", "=pause"
THANKS, WITHDRAW, WITHDRAWN, LATER = "=thanks", "=withdraw", "=withdrawn", "=later"


@dataclasses.dataclass(frozen=True)
class Visit:
    """One request of one person: the survey, the language, and what the page carried."""

    booth: Booth
    form: Form
    language: Language
    carried: Carried = dataclasses.field(default_factory=Carried)

    @property
    def manifest(self) -> Manifest:
        return self.booth.manifest

    @property
    def words(self) -> Words:
        return words_of("assisted", self.language)

    def carrying(self, carried: Carried) -> Visit:
        """The same visit with something else carried."""
        return dataclasses.replace(self, carried=carried)


def show_start(visit: Visit, typed: Mapping[str, str], errors: Mapping[str, str], trouble: str = "") -> str:
    """Where codes are typed; what the label says comes before them."""
    heading = visit.manifest.title[visit.language]
    booth = url_for("booth.booth", survey_id=visit.manifest.survey)
    more = {"trouble": trouble, "booth": booth, "carried": {}}
    return _show_typing(visit, "start", START, heading, typed, errors, **more)


def show_resume(visit: Visit, typed: Mapping[str, str], errors: Mapping[str, str], trouble: str = "") -> str:
    """Where someone whose invitation was used types the recovery code."""
    return _show_typing(visit, "resume", RESUME, visit.words("resume"), typed, errors, trouble=trouble)


def show_later(visit: Visit, typed: Mapping[str, str], errors: Mapping[str, str], **more: Any) -> str:
    """After closing: all that a recovery code still can do is have the opened answers erased."""
    more |= {"carried": {}, "first_button": "stay"}
    return _show_typing(visit, "later", LATER, visit.words("later"), typed, errors, **more)


def _show_typing(
    visit: Visit,
    template: str,
    at: str,
    heading: object,
    typed: Mapping[str, str],
    errors: Mapping[str, str],
    **more: Any,
) -> str:
    """A page with fields for codes, as they were typed and with what is wrong about them."""
    shown = {"token": typed.get("typed_token", ""), "code": typed.get("typed_code", "")}
    return _show(visit, template, at, heading, typed=shown, errors=errors, mistakes=list(errors.items()), **more)


def show_welcome(visit: Visit, back_to: str = "") -> str:
    """Who asks, what the boss will see, and in which group someone wants to be counted."""
    manifest, carried = visit.manifest, visit.carried
    return _show(
        visit,
        "welcome",
        WELCOME,
        manifest.title[visit.language],
        back_to=back_to,
        minutes=pages.minutes(visit.form),
        group=_group(manifest, carried.report_as),
        groups=groups_of(manifest, carried.unit),
        report_as=carried.report_as,
        k=manifest.k,
        has_answers=bool(carried.answers or carried.about),
    )


def show_step(visit: Visit, key: str, **more: Any) -> str:
    """A page of questions, the one about the person, or the one on which everything is checked."""
    if key == ABOUT:
        return _show_about(visit, **more)
    page = next((page for page in pages_of(visit.form, visit.carried.answers) if page.key == key), None)
    return show_check(visit, **more) if page is None else _show_questions(visit, page, **more)


def show_check(visit: Visit, trouble: str = "", notice: str = "", **_: Any) -> str:
    """Everything that would be sent, each topic with a way back to it."""
    return _show(
        visit,
        "check",
        CHECK,
        visit.words("check"),
        step=_step(visit, CHECK),
        can_pause=True,
        first_button="send",
        trouble=trouble,
        notice=notice,
        topics=[*_topics(visit), *_said_about(visit), _said_group(visit)],
    )


def show_code(visit: Visit, template: str, at: str, heading: str, **more: Any) -> str:
    """A page with the recovery code on it."""
    groups = in_groups(visit.carried.code).split(" ")
    return _show(visit, template, at, visit.words(heading), groups=groups, **more)


def show_thanks(visit: Visit, notice: str = "", trouble: str = "", *, told: bool = False) -> str:
    """After sending: the recovery code, changing, withdrawing, receipt, and whom to turn to."""
    language = visit.language
    places = [
        {**place, "name": place["name"][language], "text": place["text"][language]} for place in visit.form["help"]
    ]
    can_tell = bool(visit.carried.token) and not told
    more = {"notice": notice, "trouble": trouble, "help": places, "can_tell": can_tell, "first_button": "stay"}
    return show_code(visit, "thanks", THANKS, "thanks", **more)


def show_withdraw(visit: Visit, trouble: str = "") -> str:
    """Asks once more."""
    # The enter key must not withdraw anything.
    return _show(visit, "withdraw", WITHDRAW, visit.words("withdraw"), first_button="back", trouble=trouble)


def show_message(visit: Visit, heading: object, text: object, **more: Any) -> str:
    """A page that is the end of this visit."""
    return _show(visit, "message", START, heading, text=text, carried={}, **more)


def category_field(cut: str) -> str:
    """The name of the field with the category of a cut."""
    return f"c.{cut}"


def groups_of(manifest: Manifest, unit: str) -> list[dict[str, Any]]:
    """The groups that someone of ``unit`` may be counted in, from the smallest in the results up."""
    reported = manifest.reported_unit(unit)
    above = [one.key for one in reversed(manifest.ancestors(reported.key))]
    return [{**_group(manifest, key), "key": key} for key in [unit, *above]]


def _group(manifest: Manifest, key: str) -> dict[str, Any]:
    unit: Unit = manifest.reported_unit(key)
    return {"unit": unit.name, "invited": manifest.group_size(unit.key)}


def _show(visit: Visit, template: str, at: str, heading: object, **more: Any) -> str:
    manifest, language = visit.manifest, visit.language
    common = {
        "t": visit.words,
        "language": language,
        "languages": [(tag, words_of("assisted", cast(Language, tag))("language")) for tag in manifest.languages],
        "address": url_for("assisted.act", survey_id=manifest.survey),
        "organisation": manifest.organisation,
        "survey_title": manifest.title[language],
        "level": manifest.level,
        "days": manifest.objection_days,
        "closes": Numbers(language).date(manifest.closes),
        "style": asset("respond.css"),
        "at": at,
        "heading": heading,
        "first_button": "next",
        "carried": visit.carried.fields(),
    }
    return render_template(f"respond/assisted/{template}.html", **{**common, **more})


def _step(visit: Visit, topic: str) -> tuple[int, int]:
    topics = pages.topics_of(visit.form, visit.carried.answers)
    return topics.index(topic) + 1, len(topics)


def _show_questions(
    visit: Visit, page: Page, wrong: Mapping[str, str] = {}, back_to: str = "", trouble: str = "", notice: str = ""
) -> str:
    questions = [_question(visit, item, wrong.get(item["key"])) for item in page.items]
    return _show(
        visit,
        "questions",
        page.key,
        page.title[visit.language],
        step=_step(visit, page.topic),
        can_pause=True,
        back_to=back_to,
        trouble=trouble,
        notice=notice,
        intro=page.intro[visit.language],
        is_first=page == pages_of(visit.form, visit.carried.answers)[0],
        questions=questions,
        mistakes=[(one["name"], f"{one['text']} {one['error']}") for one in questions if one.get("error")],
    )


def _question(visit: Visit, item: Mapping[str, Any], typed: str | None) -> dict[str, Any]:
    language, code = visit.language, visit.carried.answers.get(item["key"])
    question = {"name": field(item["key"]), "text": item["text"][language]}
    if item["kind"] == "number":
        bounds = {"low": item["low"], "high": item["high"]}
        shown = "" if code is None or code == RATHER_NOT_SAY else str(code)
        return {
            **question,
            **bounds,
            "kind": "number",
            "typed": shown if typed is None else typed,
            "refusal": pages.refusal(item["key"]),
            "is_declined": code == RATHER_NOT_SAY and typed is None,
            "error": None if typed is None else visit.words("number_error", **bounds),
        }
    options = [(str(option["code"]), option["label"][language]) for option in item["options"]]
    chosen = "" if code is None else str(code)
    return {**question, **_choice(options), "declined": str(RATHER_NOT_SAY), "chosen": chosen}


def _choice(options: Sequence[tuple[str, str]]) -> dict[str, Any]:
    return {"kind": "group", "options": options, "layout": pages.layout([label for _, label in options])}


def _show_about(visit: Visit, back_to: str = "", trouble: str = "", notice: str = "", **_: Any) -> str:
    language, about = visit.language, visit.carried.about
    questions = [
        {
            "name": category_field(cut["key"]),
            "text": cut["text"][language],
            **_choice([(option["key"], option["label"][language]) for option in cut["options"]]),
            "declined": "",
            "chosen": about.get(cut["key"]),
        }
        for cut in visit.form["about"]
    ]
    return _show(
        visit,
        "questions",
        ABOUT,
        visit.words("about"),
        step=_step(visit, ABOUT),
        can_pause=True,
        back_to=back_to,
        trouble=trouble,
        notice=notice,
        intro=visit.words("about_intro"),
        questions=questions,
    )


def _topics(visit: Visit) -> list[dict[str, Any]]:
    topics: dict[str, dict[str, Any]] = {}
    counted = cleaned_answers(visit.form, visit.carried.answers)
    for page in pages_of(visit.form, visit.carried.answers):
        topic = topics.setdefault(page.topic, {"key": page.key, "title": page.title[visit.language], "said": []})
        for item in page.items:
            topic["said"].append((item["text"][visit.language], _said(visit, item, counted.get(item["key"]))))
    return list(topics.values())


def _said(visit: Visit, item: Mapping[str, Any], code: int | None) -> object:
    if code is None:
        return None
    if code == RATHER_NOT_SAY:
        return visit.words("rather_not")
    labels = {option["code"]: option["label"][visit.language] for option in item["options"]}
    return labels.get(code, code)


def _said_about(visit: Visit) -> list[dict[str, Any]]:
    said = []
    for cut in visit.form["about"]:
        labels: dict[str, object] = {option["key"]: option["label"][visit.language] for option in cut["options"]}
        labels[""] = visit.words("rather_not")
        category = visit.carried.about.get(cut["key"])
        said.append((cut["text"][visit.language], None if category is None else labels.get(category)))
    return [{"key": ABOUT, "title": visit.words("about"), "said": said}] if said else []


def _said_group(visit: Visit) -> dict[str, Any]:
    group = visit.words("welcome_part_option", **_group(visit.manifest, visit.carried.report_as))
    return {"key": WELCOME, "title": visit.words("check_group"), "said": [(visit.words("welcome_part"), group)]}
