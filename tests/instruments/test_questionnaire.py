"""A questionnaire as a whole: order, lookups, languages, wording, and everything that does not fit."""

from __future__ import annotations

import pickle
from dataclasses import replace

import pytest

from instruments.loading import instrument_from_table, load_catalogue
from instruments.model import Instrument, InstrumentError, Language, MeasureText
from instruments.packs import Pack
from instruments.questionnaire import build_questionnaire
from tests.instruments.own_table import changed, own_table


def own(identifier: str = "canteen") -> Instrument:
    return replace(instrument_from_table(own_table(), "survey.toml"), id=identifier)


def pack_for(identifier: str, language: Language = "nl", official: bool = True) -> Pack:
    """A pack with made-up texts for every item and code."""
    instrument = load_catalogue()[identifier]
    return Pack(
        instrument=identifier,
        instrument_version=instrument.version,
        language=language,
        official=official,
        attribution="Source: a test",
        licence="Test licence",
        statement="These texts are made up.",
        where=f"{identifier}.{language}.toml",
        reversed=() if instrument.reversed_by_pack else None,
        items={item.key: f"Made-up question {item.key}?" for item in instrument.items},
        scales={s.key: {str(code): f"label {code}" for code in s.values} for s in instrument.scales},
    )


def test_items_and_measures_come_in_the_order_that_was_asked_for() -> None:
    questionnaire = build_questionnaire(["workload", "balance"])
    assert [item.key for item in questionnaire.items] == [
        *("workload_fast", "workload_much", "workload_hard", "balance_satisfied"),
    ]
    turned = build_questionnaire(["balance", "workload"])
    assert [measure.key for measure in turned.measures][:2] == ["balance_satisfied", "high_demands"]


def test_own_instruments_follow_unless_they_are_given_a_place() -> None:
    last = build_questionnaire(["workload", "balance"], own=[own()])
    assert [i.id for i in last.instruments] == ["workload", "balance", "canteen"]
    between = build_questionnaire(["workload", "canteen", "balance"], own=[own()])
    assert [i.id for i in between.instruments] == ["workload", "canteen", "balance"]
    alone = build_questionnaire([], own=[own()])
    assert [i.id for i in alone.instruments] == ["canteen"]


def test_lookups_find_what_belongs_together() -> None:
    questionnaire = build_questionnaire(["workload", "care"])
    assert questionnaire.item("care_now").scale.key == "yes-no"
    assert questionnaire.measure("carer").rule is not None
    assert questionnaire.instrument("care").id == "care"
    assert questionnaire.instrument_of("high_demands").id == "workload"
    assert questionnaire.instrument_of_item("care_known").id == "care"
    assert list(questionnaire.items_by_key) == [item.key for item in questionnaire.items]
    assert questionnaire.text("workload", "nl").title == "Werkdruk"
    assert questionnaire.item_text("workload_fast", "en").short == "very high pace"
    assert questionnaire.scale_text("frequency-4", "workload", "nl")[4] == "altijd"
    assert questionnaire.answer_text("workload_hard", "en")[1] == "never"
    assert questionnaire.measure_text("high_demands", "nl").share == "heeft een hoge werkdruk"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda q: q.item("workload_fats"), "no item 'workload_fats' here; did you mean 'workload_fast'?"),
        (lambda q: q.measure("high_demand"), "no measure 'high_demand' here; did you mean 'high_demands'?"),
        (lambda q: q.instrument("workloads"), "no instrument 'workloads' here; did you mean 'workload'?"),
        (lambda q: q.scale_text("frequency-5", "workload", "nl"), "did you mean 'frequency-4'?"),
        (lambda q: q.band_text("high_demands", "low", "nl"), "'high_demands' has no band 'low'"),
        (lambda q: q.text("workload", "de"), "'workload' has no texts in 'de'; choose from en, nl."),
    ],
)
def test_lookups_suggest_what_was_meant(call: object, words: str) -> None:
    assert callable(call)
    with pytest.raises(InstrumentError) as caught:
        call(build_questionnaire(["workload"]))
    assert words in str(caught.value)


def test_bands_have_names() -> None:
    questionnaire = build_questionnaire([], own=[own()])
    assert questionnaire.band_text("canteen", "fine", "en") == "fine"


def test_a_single_item_measure_takes_its_name_from_the_question() -> None:
    questionnaire = build_questionnaire([], own=[own()])
    assert questionnaire.measure_text("food", "en") == MeasureText(
        "good food",
        "answer “agree” or higher on “good food”",
        "The share with a score of 4 or higher on a scale from 1 to 5.",
    )
    assert questionnaire.measure_text("queue", "en").share == ""


def test_a_report_in_the_other_language_still_has_names() -> None:
    questionnaire = build_questionnaire(["workload"], own=[own()])
    assert questionnaire.languages == ("en",)
    assert questionnaire.measure_text("canteen", "nl").name == "satisfaction with the canteen"
    assert questionnaire.measure_text("food", "nl").name == "good food"
    with pytest.raises(InstrumentError, match="'canteen' has no texts in 'nl'"):
        questionnaire.item_text("food", "nl")


def test_a_questionnaire_survives_the_way_to_another_process() -> None:
    questionnaire = build_questionnaire(["workload"], own=[own()], packs=[pack_for("workload", "en")])
    assert questionnaire.measures
    assert pickle.loads(pickle.dumps(questionnaire)) == questionnaire


# --- Languages and wording ----------------------------------------------------------------------


def test_languages_are_those_in_which_everything_can_be_asked() -> None:
    assert build_questionnaire(["workload"]).languages == ("nl", "en")
    assert build_questionnaire(["workload"], languages=["en"]).languages == ("en",)
    assert build_questionnaire(["fas"], packs=[pack_for("fas")]).languages == ("nl",)
    both = [pack_for("fas"), pack_for("fas", "en")]
    assert build_questionnaire(["fas"], packs=both).languages == ("nl", "en")


def test_a_language_that_is_wanted_but_absent_is_refused() -> None:
    with pytest.raises(InstrumentError, match="instrument 'canteen' has no texts in 'nl'"):
        build_questionnaire(["workload"], own=[own()], languages=["nl", "en"])
    with pytest.raises(InstrumentError, match="no language has texts for all questions"):
        build_questionnaire(["fas"], own=[own()], packs=[pack_for("fas")])


def test_wording_is_official_when_it_is_in_every_language_that_is_offered() -> None:
    ours = build_questionnaire(["workload"])
    assert ours.wording_of("high_demands") == "own"
    dutch = build_questionnaire(["workload"], packs=[pack_for("workload")])
    assert dutch.languages == ("nl", "en")
    assert dutch.wording_of("high_demands") == "own"  # English respondents read our wording
    only_dutch = build_questionnaire(["workload"], packs=[pack_for("workload")], languages=["nl"])
    assert only_dutch.wording_of("high_demands") == "official"
    assert only_dutch.wording_of("workload_fast") == "official"
    both = [pack_for("workload"), pack_for("workload", "en")]
    assert build_questionnaire(["workload"], packs=both).wording_of("high_demands") == "official"
    unofficial = [pack_for("workload", official=False)]
    assert build_questionnaire(["workload"], packs=unofficial, languages=["nl"]).wording_of("high_demands") == "own"


def test_wording_follows_rules_and_bases() -> None:
    ids = ["workload", "autonomy", "job-strain"]
    half = build_questionnaire(ids, packs=[pack_for("workload")], languages=["nl"])
    assert half.wording_of("high_strain") == "own"
    packs = [pack_for("workload"), pack_for("autonomy")]
    whole = build_questionnaire(ids, packs=packs, languages=["nl"])
    assert whole.wording_of("high_strain") == "official"
    assert [item.key for item in whole.items_of("high_strain")] == [
        *("workload_fast", "workload_much", "workload_hard"),
        *("autonomy_how", "autonomy_order", "autonomy_pace", "autonomy_solutions", "autonomy_leave"),
    ]
    care = build_questionnaire(["care"])
    assert [item.key for item in care.items_of("care_burdened")] == [
        *("care_past_year", "care_now", "care_hours", "care_duration", "care_burden"),
    ]


def test_packs_of_what_is_not_asked_are_left_aside() -> None:
    questionnaire = build_questionnaire(["workload"], packs=[pack_for("fas"), pack_for("workload")])
    assert [pack.instrument for pack in questionnaire.packs] == ["workload"]


# --- What does not fit --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        (["workload", "autonmy"], "there is no instrument 'autonmy'; did you mean 'autonomy'?"),
        ([], "the questionnaire is empty; choose at least one instrument."),
        (["workload", "workload"], "the instrument 'workload' occurs twice in the questionnaire"),
        (["job-strain"], "instrument 'job-strain' needs workload and autonomy; add them"),
        (["job-strain", "autonomy"], "instrument 'job-strain' needs workload; add them"),
        (["workload", "fas"], "instrument 'fas' has no item texts here, because they belong to ild care"),
        (["fas"], "load a wording pack with `peil instruments import`."),
    ],
)
def test_a_choice_that_does_not_fit_is_refused(ids: list[str], words: str) -> None:
    with pytest.raises(InstrumentError) as caught:
        build_questionnaire(ids)
    assert words in str(caught.value)


def test_an_own_instrument_may_not_take_an_id_of_ours() -> None:
    with pytest.raises(InstrumentError, match="own instrument 'workload' has the id of one of ours"):
        build_questionnaire([], own=[own("workload")])


def test_two_own_instruments_need_two_ids_and_their_own_keys() -> None:
    with pytest.raises(InstrumentError, match="the own instrument 'canteen' occurs twice"):
        build_questionnaire([], own=[own(), own()])
    with pytest.raises(InstrumentError, match="the item 'food' occurs twice"):
        build_questionnaire([], own=[own(), own("kitchen")])


def test_a_column_name_is_not_told_apart_by_capitals() -> None:
    first = own()
    shouting = tuple(replace(item, key=item.key.upper()) for item in first.items)
    second = instrument_from_table(own_table(), "survey.toml")
    texts = {"en": replace(first.texts["en"], items={k.upper(): t for k, t in first.texts["en"].items.items()})}
    with pytest.raises(InstrumentError, match="the item 'food' occurs twice"):
        build_questionnaire([], own=[first, replace(second, id="kitchen", items=shouting, texts=texts)])


def test_a_measure_key_of_ours_cannot_be_used_again() -> None:
    canteen = own()
    renamed = tuple(replace(m, key="high_demands") if m.key == "quick" else m for m in canteen.measures)
    with pytest.raises(InstrumentError, match="the measure 'high_demands' occurs twice"):
        build_questionnaire(["workload"], own=[replace(canteen, measures=renamed)])


def test_two_packs_for_one_language_are_refused() -> None:
    with pytest.raises(InstrumentError, match=r"the wording pack 'workload\.nl' occurs twice"):
        build_questionnaire(["workload"], packs=[pack_for("workload"), pack_for("workload")])


def test_a_reference_outside_the_questionnaire_is_named() -> None:
    table = changed("measures.1.among", "carer") | {"needs": ["care"]}
    canteen = instrument_from_table(table, "survey.toml")
    with pytest.raises(InstrumentError, match="instrument 'canteen' needs care"):
        build_questionnaire(["workload"], own=[canteen])
    assert build_questionnaire(["care"], own=[canteen]).measure("quick").among == "carer"
    astray = instrument_from_table(changed("measures.1.among", "carers") | {"needs": ["care"]}, "survey.toml")
    with pytest.raises(InstrumentError, match=r"'quick' refers to measure 'carers', .* did you mean 'carer'\?"):
        build_questionnaire(["care"], own=[astray])


def test_measures_that_depend_on_each_other_are_refused() -> None:
    table = own_table()
    table["measures"][0]["among"] = "quick"
    canteen = instrument_from_table(table, "survey.toml")
    with pytest.raises(InstrumentError, match="canteen -> quick -> canteen depend on each other; break the circle"):
        build_questionnaire([], own=[canteen])


@pytest.mark.parametrize("identifier", [i.id for i in load_catalogue().values() if i.licence.status == "pack-required"])
def test_a_licensed_instrument_can_be_asked_with_a_pack(identifier: str) -> None:
    questionnaire = build_questionnaire([identifier], packs=[pack_for(identifier)])
    assert questionnaire.instrument(identifier).usable
    for item in questionnaire.items:
        assert questionnaire.item_text(item.key, "nl").text == f"Made-up question {item.key}?"
        assert list(questionnaire.answer_text(item.key, "nl")) == list(item.scale.values)
    for measure in questionnaire.measures:
        assert questionnaire.measure_text(measure.key, "nl").name
        assert questionnaire.wording_of(measure.key) == "official"


def test_a_pack_decides_the_direction_where_the_instrument_leaves_it_open() -> None:
    pack = replace(pack_for("need-for-recovery"), reversed=("nfr_04",))
    questionnaire = build_questionnaire(["need-for-recovery"], packs=[pack])
    assert [item.key for item in questionnaire.items if item.reverse] == ["nfr_04"]
