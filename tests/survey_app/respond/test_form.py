"""The form: what every client renders, made of the questionnaire, its routing and its national figures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.benchmark.figures import load_figures
from analysis.errors import InputError
from analysis.survey import Survey, read_survey
from instruments.loading import load_catalogue
from instruments.model import LANGUAGES
from instruments.questionnaire import build_questionnaire
from instruments.scoring import evaluate, score_measures
from survey_app import demo as demo_folder
from survey_app.anonymity.encoding import parse_canonical
from survey_app.respond.form import SCREEN, form_text, make_form
from survey_app.respond.routing import cleaned_answers, visible_items, visible_screens

DEMO = Path(demo_folder.__file__).parent / "survey.toml"

#: Everything that routing and scoring can meet: turned scales, codes that count for something else, numbers,
#: conditions in conditions, a list too long for one screen, a language of its own.
OWN = """
[survey]
organisation = "Voorbeeld BV"
title = "Onderzoek"
wave = "2026"
fieldwork_from = 2026-10-05
fieldwork_to = 2026-10-23

[[instruments]]
id = "own"

[instruments.scales.agree]
values = [1, 2, 3, 4, 5]

[instruments.scales.odd]
values = [1, 2, 3]
scores = [0, 10, 5]

[instruments.scales.hours]
range = [0, 24]

[[instruments.items]]
key = "agree"
scale = "agree"
[[instruments.items]]
key = "turned"
scale = "agree"
reverse = true
[[instruments.items]]
key = "odd"
scale = "odd"
[[instruments.items]]
key = "odd_turned"
scale = "odd"
reverse = true
[[instruments.items]]
key = "hours"
scale = "hours"
reverse = true
[[instruments.items]]
key = "after_turned"
scale = "agree"
shown_if = { item = "turned", at_least = 4 }
[[instruments.items]]
key = "after_odd"
scale = "agree"
shown_if = { item = "odd", above = 0 }
[[instruments.items]]
key = "after_odd_turned"
scale = "agree"
shown_if = { item = "odd_turned", below = 10 }
[[instruments.items]]
key = "after_hours"
scale = "agree"
shown_if = { item = "hours", at_most = 16 }
[[instruments.items]]
key = "after_never"
scale = "agree"
shown_if = { item = "odd", equals = 7 }
[[instruments.items]]
key = "after_low"
scale = "agree"
shown_if = { item = "agree", at_most = 2 }
[[instruments.items]]
key = "after_all"
scale = "agree"
shown_if = { every = [
    { item = "after_turned", above = 1 },
    { some = [{ item = "agree", equals = 3 }, { item = "hours", below = 20 }] },
], complete = true }

[[instruments.measures]]
key = "mean_of_turned"
items = ["agree", "turned"]
statistic = "mean"
[[instruments.measures]]
key = "sum_of_odd"
items = ["odd", "odd_turned"]
statistic = "sum"
[[instruments.measures]]
key = "percent_of_mixed"
items = ["agree", "turned", "odd"]
statistic = "percent"
min_answered = 2
[[instruments.measures]]
key = "with_hours"
items = ["agree", "hours"]
statistic = "percent"

[instruments.texts.nl]
title = "Eigen vragen"
[instruments.texts.nl.items]
agree = { text = "Eens?", short = "eens" }
turned = { text = "Omgekeerd?", short = "omgekeerd" }
odd = { text = "Vreemd?", short = "vreemd" }
odd_turned = { text = "Vreemd omgekeerd?", short = "vreemd omgekeerd" }
hours = { text = "Uren?", short = "uren" }
after_turned = { text = "Na omgekeerd?", short = "a" }
after_odd = { text = "Na vreemd?", short = "b" }
after_odd_turned = { text = "Na vreemd omgekeerd?", short = "c" }
after_hours = { text = "Na uren?", short = "d" }
after_never = { text = "Nooit?", short = "e" }
after_low = { text = "Na laag?", short = "f" }
after_all = { text = "Na alles?", short = "g" }
[instruments.texts.nl.scales.agree]
1 = "oneens"
2 = "beetje oneens"
3 = "midden"
4 = "beetje eens"
5 = "eens"
[instruments.texts.nl.scales.odd]
1 = "laag"
2 = "hoog"
3 = "midden"
[instruments.texts.nl.measures]
mean_of_turned = { name = "gemiddelde" }
sum_of_odd = { name = "som" }
percent_of_mixed = { name = "procent" }
with_hours = { name = "met uren" }
"""


@pytest.fixture(scope="module")
def demo() -> Survey:
    return read_survey(DEMO)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Survey:
    path = tmp_path_factory.mktemp("own") / "survey.toml"
    path.write_text(OWN, encoding="utf-8")
    return read_survey(path)


def items_of(form: Mapping[str, Any]) -> dict[str, Any]:
    return {item["key"]: item for screen in form["screens"] for item in screen["items"]}


def mirror_score(measure: Mapping[str, Any], answers: Mapping[str, int]) -> Fraction | None:
    """What a browser works out with the mirror: the sum in plain words of docs/protocol.md."""
    values = []
    for item in measure["items"]:
        code = answers.get(item["key"])
        if code is not None and code != -7:
            score = item["scores"][str(code)]
            percent = Fraction(100 * (score - item["low"]), item["high"] - item["low"])
            values.append(percent if measure["statistic"] == "percent" else Fraction(score))
    if not values or len(values) < measure["min_answered"]:
        return None
    return sum(values, Fraction(0)) / (1 if measure["statistic"] == "sum" else len(values))


def test_the_form_is_canonical_and_the_same_every_time(demo: Survey) -> None:
    text = form_text(demo, load_figures())
    assert parse_canonical(text) == make_form(demo, load_figures())
    assert text == form_text(read_survey(DEMO), load_figures())


@pytest.mark.parametrize("identifier", [i.id for i in load_catalogue().values() if i.usable])
def test_every_question_of_an_instrument_stands_in_the_form(identifier: str, demo: Survey) -> None:
    catalogue = load_catalogue()
    questionnaire = build_questionnaire([*catalogue[identifier].needs, identifier])
    form = make_form(replace(demo, questionnaire=questionnaire), load_figures())
    items = items_of(form)
    assert list(items) == [item.key for item in questionnaire.items]
    assert form["languages"] == list(questionnaire.languages)
    for item in questionnaire.items:
        written = items[item.key]
        assert set(written["text"]) == set(questionnaire.languages)
        for language in questionnaire.languages:
            assert written["text"][language] == questionnaire.item_text(item.key, language).text
            labels = {option["code"]: option["label"][language] for option in written["options"]}
            assert labels == dict(questionnaire.answer_text(item.key, language))
        assert [option["code"] for option in written["options"]] == list(item.scale.values)
    owners = {questionnaire.instrument_of_item(key).id for key in items}
    assert {screen["key"].split(".")[0] for screen in form["screens"]} == owners
    assert all(0 < len(screen["items"]) <= SCREEN for screen in form["screens"])


def test_a_long_instrument_is_split_where_its_questions_allow(demo: Survey, own: Survey) -> None:
    screens = {screen["key"]: screen for screen in make_form(demo, load_figures())["screens"]}
    # What would help a carer is one list: it is not torn apart.
    assert screens["care.2"]["items"][0]["key"] == "care_help_hours"
    assert len(screens["care.2"]["items"]) == 7
    assert screens["care"]["intro"]["nl"]
    assert screens["care.2"]["intro"] == {"nl": "", "en": ""}
    assert screens["care"]["title"] == screens["care.2"]["title"]
    parts = [[item["key"] for item in screen["items"]] for screen in make_form(own, load_figures())["screens"]]
    assert [len(part) for part in parts] == [7, 5]
    # A list that fits no screen is cut evenly.
    autonomy = own.questionnaire.instruments[0]
    alike = tuple(replace(autonomy.items[0], key=f"agree{n}") for n in range(16))
    texts = {
        language: replace(t, items={i.key: t.items["agree"] for i in alike}) for language, t in autonomy.texts.items()
    }
    long = replace(own.questionnaire, instruments=(replace(autonomy, items=alike, measures=(), texts=texts),))
    form = make_form(replace(own, questionnaire=long), load_figures())
    assert [(screen["key"], len(screen["items"])) for screen in form["screens"]] == [
        ("own", 6),
        ("own.2", 5),
        ("own.3", 5),
    ]


def test_the_cuts_are_asked_about(demo: Survey) -> None:
    about = make_form(demo, load_figures())["about"]
    assert [cut["key"] for cut in about] == ["age", "sex", "contract"]
    assert about[1]["text"] == {"nl": "Geslacht", "en": "Sex"}
    assert about[1]["options"][0] == {"key": "women", "label": {"nl": "vrouwen", "en": "women"}}


def test_a_cut_that_no_ballot_can_hold_is_refused(demo: Survey) -> None:
    odd = replace(demo, cuts=(replace(demo.cuts[0], key="größe"),))
    with pytest.raises(InputError, match="größe"):
        form_text(odd, load_figures())


def test_only_the_languages_of_the_survey_are_in_the_form(own: Survey) -> None:
    form = make_form(own, load_figures())
    assert form["languages"] == ["nl"]
    assert '"en"' not in form_text(own, load_figures())


def test_a_number_has_bounds_and_no_options(own: Survey) -> None:
    hours = items_of(make_form(own, load_figures()))["hours"]
    assert (hours["kind"], hours["low"], hours["high"], hours["options"]) == ("number", 0, 24, [])


OWN_ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "agree": st.sampled_from([1, 2, 3, 4, 5, -7]),
        "turned": st.sampled_from([1, 2, 3, 4, 5, -7]),
        "odd": st.sampled_from([1, 2, 3, -7]),
        "odd_turned": st.sampled_from([1, 2, 3, -7]),
        "hours": st.one_of(st.integers(0, 24), st.just(-7)),
        "after_turned": st.sampled_from([1, 2, 3, 4, 5, -7]),
        "after_odd": st.sampled_from([1, 5, -7]),
        "after_all": st.sampled_from([1, 5, -7]),
    },
)


@given(answers=OWN_ANSWERS)
def test_the_form_routes_as_the_questionnaire_does(answers: dict[str, int], own: Survey) -> None:
    form = make_form(own, load_figures())
    items = own.questionnaire.items_by_key
    counted = cleaned_answers(form, answers)
    shown = [key for key, i in items.items() if i.shown_if is None or evaluate(i.shown_if, items, counted) is True]
    assert visible_items(form, answers) == shown
    assert counted == {key: answers[key] for key in shown if key in answers}


@given(data=st.data())
def test_the_demo_routes_as_the_questionnaire_does(data: st.DataObject, demo: Survey) -> None:
    form = make_form(demo, load_figures())
    items = demo.questionnaire.items_by_key
    drawn = {key: st.sampled_from([*item.scale.values, -7]) for key, item in items.items()}
    answers = data.draw(st.fixed_dictionaries({}, optional=drawn))
    counted = cleaned_answers(form, answers)
    shown = [key for key, i in items.items() if i.shown_if is None or evaluate(i.shown_if, items, counted) is True]
    assert visible_items(form, answers) == shown
    assert ("care.2" in visible_screens(form, answers)) == ("care_help_none" in shown)


@given(answers=OWN_ANSWERS)
def test_the_mirror_of_own_questions_scores_as_the_questionnaire_does(answers: dict[str, int], own: Survey) -> None:
    _assert_same_scores(own, answers)


@given(data=st.data())
def test_the_mirror_of_the_demo_scores_as_the_questionnaire_does(data: st.DataObject, demo: Survey) -> None:
    items = demo.questionnaire.items_by_key
    drawn = {key: st.sampled_from([*item.scale.values, -7]) for key, item in items.items()}
    _assert_same_scores(demo, data.draw(st.fixed_dictionaries({}, optional=drawn)))


def _assert_same_scores(survey: Survey, answers: Mapping[str, int]) -> None:
    questionnaire = survey.questionnaire
    expected = score_measures(questionnaire.measures, questionnaire.items_by_key, answers)
    for measure in make_form(survey, load_figures())["mirror"]:
        score = mirror_score(measure, answers)
        assert score == expected[measure["key"]].score, measure["key"]
        assert score is None or measure["low"] <= score <= measure["high"]


def test_scales_of_several_answers_are_mirrored_and_nothing_else(demo: Survey, own: Survey) -> None:
    keys = [measure["key"] for measure in make_form(demo, load_figures())["mirror"]]
    assert keys == ["fatigue", "high_demands", "low_autonomy", "recovery", "support", "example", "dialogue"]
    # A number that someone typed in needs no mirror.
    assert [m["key"] for m in make_form(own, load_figures())["mirror"]] == [
        "mean_of_turned",
        "sum_of_odd",
        "percent_of_mixed",
    ]


def test_the_mirror_is_named_after_what_was_asked(demo: Survey, own: Survey) -> None:
    names = {m["key"]: m["name"]["nl"] for m in make_form(demo, load_figures())["mirror"]}
    # The measure is called "little say", and a high score means much of it.
    assert names["low_autonomy"] == "Zelf beslissen"
    # Three scales under one title keep their own names.
    assert [m["name"]["nl"] for m in make_form(own, load_figures())["mirror"]] == ["gemiddelde", "som", "procent"]


def test_the_ends_of_a_score_are_said_in_the_answers(demo: Survey, own: Survey) -> None:
    ends = {m["key"]: m["ends"] for s in (demo, own) for m in make_form(s, load_figures())["mirror"]}
    assert ends["fatigue"] == {"low": {"nl": "nooit", "en": "never"}, "high": {"nl": "elke dag", "en": "every day"}}
    assert ends["mean_of_turned"] is ends["sum_of_odd"] is ends["percent_of_mixed"] is None


def test_national_figures_are_the_comparable_ones_with_their_source(demo: Survey) -> None:
    national = {m["key"]: m["national"] for m in make_form(demo, load_figures())["mirror"]}
    assert national["fatigue"] == {
        "text": {
            "nl": "20% van de werknemers in Nederland is psychisch vermoeid door het werk (2024).",
            "en": "20% of employees in the Netherlands are mentally fatigued by their work (2024).",
        },
        "source": {
            "nl": "Nationale Enquête Arbeidsomstandigheden (NEA), CBS/TNO, 2024; "
            "onze vragen meten hetzelfde in eigen woorden",
            "en": "Netherlands Working Conditions Survey (NEA), CBS/TNO, 2024; "
            "our questions measure the same in words of our own",
        },
    }
    assert {key for key, value in national.items() if value} == {"fatigue", "high_demands", "low_autonomy"}


def test_a_figure_from_before_a_break_in_method_is_not_shown(demo: Survey) -> None:
    before = replace(demo, fieldwork_to=demo.fieldwork_to.replace(year=2023))
    national = {m["key"]: m["national"] for m in make_form(before, load_figures())["mirror"]}
    assert national["low_autonomy"] is None  # the figures before 2022 were measured in another way
    assert national["fatigue"] is not None


def test_nothing_in_the_form_is_a_verdict(demo: Survey) -> None:
    form = make_form(demo, load_figures())
    text = form_text(demo, load_figures()).lower()
    assert not re.search(r"burn-?\s?out|overspannen|diagnos", text)
    allowed = {"key", "name", "statistic", "min_answered", "low", "high", "ends", "items", "national"}
    assert all(set(measure) == allowed for measure in form["mirror"])


def test_there_are_places_to_turn_to(demo: Survey) -> None:
    places = make_form(demo, load_figures())["help"]
    assert [place["name"]["nl"] for place in places] == ["Bedrijfsarts", "Huisarts", "Mantelzorglijn van MantelzorgNL"]
    for place in places:
        assert set(place) == {"name", "text", "phone", "url"}
        assert set(place["name"]) == set(place["text"]) == set(LANGUAGES)
        # No number is in our sources, and a wrong one is worse than none.
        assert place["phone"] is place["url"] is None
