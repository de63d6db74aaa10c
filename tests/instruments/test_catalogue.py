"""What ships: keys, cut-offs and passports as agreed, texts complete in both languages, rights kept."""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest

import instruments
from instruments.loading import load_catalogue
from instruments.model import LANGUAGES, Flag, Instrument, Language, Measure, Passport
from instruments.questionnaire import build_questionnaire

CATALOGUE = load_catalogue()
OWN = [name for name, instrument in CATALOGUE.items() if instrument.licence.status == "own"]
LICENSED = [name for name in CATALOGUE if name not in OWN]
ALL_MEASURES = [measure for instrument in CATALOGUE.values() for measure in instrument.measures]


def measure(key: str) -> Measure:
    return next(measure for measure in ALL_MEASURES if measure.key == key)


# --- Keys ---------------------------------------------------------------------------------------

ITEMS = {
    "mental-fatigue": ["fatigue_used_up", "fatigue_empty", "fatigue_morning", "fatigue_people", "fatigue_exhausted"],
    "workload": ["workload_fast", "workload_much", "workload_hard"],
    "autonomy": [
        *("autonomy_how", "autonomy_order", "autonomy_pace", "autonomy_solutions", "autonomy_leave"),
        *("autonomy_hours", "autonomy_place"),
    ],
    "job-strain": [],
    "recovery": ["recovery_breaks", "recovery_days_off", "recovery_unreachable", "recovery_leave"],
    "support": ["support_manager", "support_colleagues", "support_professional"],
    "example": ["example_limits", "example_leave", "example_evenings"],
    "dialogue": ["dialogue_balance", "dialogue_home", "dialogue_whom"],
    "work-home": ["home_work_to_home", "home_home_to_work"],
    "balance": ["balance_satisfied"],
    "care": [
        *("care_past_year", "care_now", "care_hours", "care_duration", "care_burden", "care_known"),
        *("care_help_hours", "care_help_home", "care_help_leave", "care_help_fewer", "care_help_talk"),
        *("care_help_information", "care_help_none"),
    ],
    "diligence": ["diligence_serious"],
}
LENGTHS = {
    "bat-12": 12,
    "uwes-9": 9,
    "fas": 10,
    "cbi": 13,
    "need-for-recovery": 11,
    "csi": 13,
    "ediz": 9,
    "ediz-plus": 15,
    "carerqol-7d": 7,
    "cis-20r": 20,
}


@pytest.mark.parametrize("identifier", ITEMS)
def test_own_instruments_have_the_agreed_items(identifier: str) -> None:
    assert [item.key for item in CATALOGUE[identifier].items] == ITEMS[identifier]


def test_licensed_instruments_have_their_length() -> None:
    assert {name: len(CATALOGUE[name].items) for name in LICENSED} == LENGTHS


def test_keys_are_unique_over_the_whole_catalogue() -> None:
    items = Counter(item.key.lower() for instrument in CATALOGUE.values() for item in instrument.items)
    measures = Counter(measure.key.lower() for measure in ALL_MEASURES)
    assert [key for key, count in (items | measures).items() if count > 1] == []


def test_a_scale_with_one_name_is_one_scale_with_one_set_of_labels() -> None:
    seen: dict[str, object] = {}
    for instrument in CATALOGUE.values():
        for scale in instrument.scales:
            labels = tuple(instrument.texts[language].scales.get(scale.key, {}).values() for language in LANGUAGES)
            described = (scale, tuple(tuple(label) for label in labels))
            assert seen.setdefault(scale.key, described) == described, f"{instrument.id}: {scale.key}"


# --- Cut-offs and passports ---------------------------------------------------------------------

FLAGS = {
    "fatigue": ("mean", 3, Flag("above", Fraction(16, 5), 5), "worse"),
    "fatigue_monthly": ("mean", 3, Flag("at_least", Fraction(4), 5), "worse"),
    "high_demands": ("mean", 2, Flag("at_least", Fraction(5, 2), 3), "worse"),
    "low_autonomy": ("mean", 4, Flag("below", Fraction(5, 2), 5), "worse"),
    "recovery": ("mean", 3, Flag("at_least", Fraction(7, 2), 4), "better"),
    "support": ("mean", 2, Flag("at_least", Fraction(7, 2), 3), "better"),
    "example": ("mean", 2, Flag("at_least", Fraction(7, 2), 3), "better"),
    "dialogue": ("mean", 2, Flag("at_least", Fraction(7, 2), 3), "better"),
    "fas": ("sum", 10, Flag("at_least", Fraction(22), 10), "worse"),
    "cbi_personal": ("mean", 3, None, "worse"),
    "cbi_work": ("mean", 4, None, "worse"),
    "bat12": ("mean", 12, None, "worse"),
    "uwes9": ("mean", 9, None, "better"),
    "need_for_recovery": ("percent", 11, Flag("at_least", Fraction(600, 11), 11), "worse"),
    "csi": ("sum", 13, Flag("at_least", Fraction(7), 13), "worse"),
    "ediz": ("sum", 9, None, "worse"),
    "ediz_plus": ("sum", 15, Flag("at_least", Fraction(9), 15), "worse"),
    "cis_total": ("sum", 20, Flag("above", Fraction(76), 20), "worse"),
    "cis_severity": ("sum", 8, Flag("at_least", Fraction(35), 8), "worse"),
}


@pytest.mark.parametrize("key", FLAGS)
def test_scales_are_scored_as_agreed(key: str) -> None:
    found = measure(key)
    assert (found.statistic, found.min_answered, found.flag, found.higher_is) == FLAGS[key]


ITEM_FLAGS = {
    "mental-fatigue": (Flag("at_least", Fraction(4), 1), "worse"),
    "workload": (Flag("at_least", Fraction(3), 1), "worse"),
    "autonomy": (Flag("equals", Fraction(3), 1), "better"),
    "recovery": (Flag("at_least", Fraction(4), 1), "better"),
    "support": (Flag("at_least", Fraction(4), 1), "better"),
    "example": (Flag("at_least", Fraction(4), 1), "better"),
    "dialogue": (Flag("at_least", Fraction(4), 1), "better"),
    "work-home": (Flag("at_least", Fraction(3), 1), "worse"),
    "balance": (Flag("at_least", Fraction(4), 1), "better"),
}


@pytest.mark.parametrize("identifier", ITEM_FLAGS)
def test_every_item_has_a_measure_under_its_own_key(identifier: str) -> None:
    singles = [m for m in CATALOGUE[identifier].measures if m.single_item]
    assert [m.key for m in singles] == ITEMS[identifier]
    assert {(m.flag, m.higher_is) for m in singles} == {ITEM_FLAGS[identifier]}
    assert all(m.items == (m.key,) for m in singles)


PASSPORTS = {
    "fatigue": ("work-related-mental-fatigue", "nea-fatigue-5", "frequency-7", "mean>3.2"),
    "fatigue_used_up": ("emotionally-exhausted-by-work", "nea-fatigue-5:1", "frequency-7", "item>=4"),
    "fatigue_empty": ("empty-after-work", "nea-fatigue-5:2", "frequency-7", "item>=4"),
    "fatigue_morning": ("tired-on-rising", "nea-fatigue-5:3", "frequency-7", "item>=4"),
    "fatigue_people": ("people-cost-energy", "nea-fatigue-5:4", "frequency-7", "item>=4"),
    "fatigue_exhausted": ("completely-exhausted", "nea-fatigue-5:5", "frequency-7", "item>=4"),
    "high_demands": ("high-work-demands", "nea-workload-3", "frequency-4", "mean>=2.5"),
    "workload_fast": ("work-very-fast", "nea-workload-3:1", "frequency-4", "item>=3"),
    "workload_much": ("very-much-work", "nea-workload-3:2", "frequency-4", "item>=3"),
    "workload_hard": ("work-extra-hard", "nea-workload-3:3", "frequency-4", "item>=3"),
    "low_autonomy": ("low-autonomy", "nea-autonomy-5", "regularly-3", "mean<2.5"),
    "autonomy_how": ("decide-how", "nea-autonomy-7:1", "regularly-3", "item=3"),
    "autonomy_order": ("decide-order", "nea-autonomy-7:2", "regularly-3", "item=3"),
    "autonomy_pace": ("decide-pace", "nea-autonomy-7:3", "regularly-3", "item=3"),
    "autonomy_solutions": ("find-solutions", "nea-autonomy-7:4", "regularly-3", "item=3"),
    "autonomy_leave": ("take-leave", "nea-autonomy-7:5", "regularly-3", "item=3"),
    "autonomy_hours": ("set-hours", "nea-autonomy-7:6", "regularly-3", "item=3"),
    "autonomy_place": ("choose-place", "nea-autonomy-7:7", "regularly-3", "item=3"),
    "high_strain": (
        *("high-strain-job", "nea-workload-3+nea-autonomy-5", "frequency-4+regularly-3"),
        "mean>=2.5&mean<2.5",
    ),
    "home_work_to_home": ("work-to-home-imbalance", "nea-work-home-2:1", "frequency-work-home-4", "item>=3"),
    "home_home_to_work": ("home-to-work-imbalance", "nea-work-home-2:2", "frequency-work-home-4", "item>=3"),
    "balance_satisfied": ("satisfied-with-balance", "peil-balance-1", "satisfied-5", "item>=4"),
    "carer": ("informal-carer", "cbs-care-block-6", "care-3m-8h", "months>=3|hours>=8"),
    "care_intensive": ("informal-care-intensive", "cbs-care-block-6", "hours", "hours>=8"),
    "care_burdened": ("informal-care-burden", "cbs-care-block-6", "burden-5", "item>=3"),
    "care_manager_knows": ("manager-informed", "peil-care-known-1", "known-at-work", "item=1"),
}
FIGURES = {
    "fatigue": ("burnout_complaints", "work_related_mental_complaints_12m"),
    "fatigue_used_up": ("burnout_item_emotionally_exhausted",),
    "fatigue_empty": ("burnout_item_empty_end_of_day",),
    "fatigue_morning": ("burnout_item_morning_tired",),
    "fatigue_people": ("burnout_item_people_demanding",),
    "fatigue_exhausted": ("burnout_item_completely_exhausted",),
    "high_demands": ("high_work_demands",),
    "workload_fast": ("work_pressure_very_fast",),
    "workload_much": ("work_pressure_very_much_work",),
    "workload_hard": ("work_pressure_extra_hard",),
    "low_autonomy": ("low_autonomy",),
    "autonomy_how": ("autonomy_item_decide_how",),
    "autonomy_solutions": ("autonomy_item_think_up_solutions",),
    "autonomy_hours": ("autonomy_item_set_hours",),
    "high_strain": ("high_strain_job",),
    "home_work_to_home": ("work_home_imbalance", "work_family_neglect"),
    "balance_satisfied": ("working_hours_fit_private_life",),
    "carer": ("informal_care_share", "informal_care_share_workers"),
    "care_intensive": ("informal_care_intensive",),
    "care_burdened": ("informal_care_heavily_burdened",),
    "care_manager_knows": ("working_carers_manager_informed",),
}


def test_passports_are_as_agreed_and_nothing_else_has_one() -> None:
    expected = {key: Passport(*parts) for key, parts in PASSPORTS.items()}
    assert {m.key: m.passport for m in ALL_MEASURES if m.passport is not None} == expected


def test_official_figures_are_as_agreed_and_nothing_else_has_one() -> None:
    assert {m.key: m.figures for m in ALL_MEASURES if m.figures} == FIGURES


def test_care_measures_have_their_base_and_polarity() -> None:
    care = {m.key: (m.among, m.higher_is) for m in CATALOGUE["care"].measures}
    assert care.pop("carer") == (None, "neutral")
    assert care.pop("care_intensive") == care.pop("care_burdened") == care.pop("care_kept_quiet")
    assert care.pop("care_manager_knows") == ("carer", "better")
    assert list(care) == [key for key in ITEMS["care"] if key.startswith("care_help")]
    assert set(care.values()) == {("carer", "neutral")}


def test_only_the_strained_quadrant_is_called_worse() -> None:
    assert [m.higher_is for m in CATALOGUE["job-strain"].measures] == ["worse", "neutral", "neutral", "neutral"]


def test_care_is_asked_in_bands_and_only_of_those_who_care() -> None:
    items = {item.key: item for item in CATALOGUE["care"].items}
    assert items["care_hours"].scale.values == (0, 4, 8, 16, 32)
    assert items["care_duration"].scale.values == (0, 3, 12, 60)
    assert [key for key, item in items.items() if item.shown_if is None] == ["care_past_year"]


# --- Texts --------------------------------------------------------------------------------------


def all_texts(instrument: Instrument, language: Language) -> list[str]:
    texts = instrument.texts[language]
    items = [text for item in texts.items.values() for text in (item.text, item.short)]
    labels = [label for scale in texts.scales.values() for label in scale.values()]
    measures = [t for m in texts.measures.values() for t in (m.name, m.share, m.explanation) if t]
    return [texts.title, texts.introduction, *items, *labels, *measures, *texts.bands.values()]


@pytest.mark.parametrize("identifier", CATALOGUE)
def test_both_languages_have_the_same_keys(identifier: str) -> None:
    instrument = CATALOGUE[identifier]
    dutch, english = instrument.texts["nl"], instrument.texts["en"]
    assert dutch.items.keys() == english.items.keys()
    assert dutch.measures.keys() == english.measures.keys()
    assert dutch.bands.keys() == english.bands.keys()
    assert {k: tuple(v) for k, v in dutch.scales.items()} == {k: tuple(v) for k, v in english.scales.items()}
    for key, text in dutch.measures.items():
        assert bool(text.share) == bool(english.measures[key].share), key
    assert bool(dutch.introduction) == bool(english.introduction)


@pytest.mark.parametrize("identifier", OWN)
def test_own_texts_are_complete_and_translated(identifier: str) -> None:
    instrument = CATALOGUE[identifier]
    for item in instrument.items:
        dutch, english = (instrument.texts[language].items[item.key] for language in LANGUAGES)
        assert dutch.text.strip() and english.text.strip()
        assert dutch.text != english.text
        assert dutch.short != english.short
        assert len(dutch.short) <= 45 and len(english.short) <= 45, item.key
        assert not dutch.short.endswith("…") and not english.short.endswith("…"), item.key


@pytest.mark.parametrize("identifier", CATALOGUE)
def test_every_measure_can_be_put_in_a_sentence(identifier: str) -> None:
    instrument = CATALOGUE[identifier]
    for language in LANGUAGES:
        for one in instrument.measures:
            text = instrument.texts[language].measures[one.key]
            assert text.name and text.explanation.endswith("."), one.key
            assert bool(text.share) == one.has_share, one.key
            assert not text.share.endswith("."), one.key


@pytest.mark.parametrize("identifier", CATALOGUE)
def test_dutch_texts_say_je_and_quotes_are_typographic(identifier: str) -> None:
    for text in all_texts(CATALOGUE[identifier], "nl"):
        assert not re.search(r"\b(u|uw|jij|jouw)\b", text, flags=re.IGNORECASE), text
    for language in LANGUAGES:
        for text in all_texts(CATALOGUE[identifier], language):
            assert "'" not in text and '"' not in text, text


@pytest.mark.parametrize("language", LANGUAGES)
def test_questions_are_short(language: Language) -> None:
    long = [
        item.text
        for name in OWN
        for item in CATALOGUE[name].texts[language].items.values()
        if len(item.text.split()) > 20
    ]
    assert long == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_fatigue_is_never_called_burn_out(language: Language) -> None:
    texts = " ".join(all_texts(CATALOGUE["mental-fatigue"], language)).lower()
    assert "burn" not in texts


def test_the_two_readings_of_the_fatigue_cut_off_are_explained() -> None:
    for language, number, words in (("nl", "3,21", "paar keer per maand"), ("en", "3.21", "few times a month")):
        text = CATALOGUE["mental-fatigue"].texts[language].measures["fatigue_monthly"].explanation
        assert number in text and words in text and "CBS" in text


def test_the_two_directions_of_autonomy_are_explained() -> None:
    english = CATALOGUE["autonomy"].texts["en"].measures["low_autonomy"].explanation
    assert "a higher percentage is worse while a higher mean is better" in english


# --- Rights and sources -------------------------------------------------------------------------


@pytest.mark.parametrize("identifier", OWN)
def test_own_instruments_can_be_asked_in_both_languages(identifier: str) -> None:
    instrument = CATALOGUE[identifier]
    assert instrument.usable
    assert instrument.wording == {"nl": "own", "en": "own"}


@pytest.mark.parametrize("identifier", LICENSED)
def test_licensed_instruments_ship_without_any_item_text(identifier: str) -> None:
    instrument = CATALOGUE[identifier]
    assert not instrument.usable
    assert instrument.wording == {}
    assert all(not texts.items for texts in instrument.texts.values())
    labels = {key for texts in instrument.texts.values() for key in texts.scales}
    assert labels <= {"yes-no"}


@pytest.mark.parametrize("identifier", CATALOGUE)
def test_rights_sources_and_the_rule_for_gaps_are_recorded(identifier: str) -> None:
    instrument = CATALOGUE[identifier]
    assert instrument.licence.holder and instrument.licence.note
    assert instrument.sources
    rules = [note for note in instrument.notes if note.startswith("min_answered:")]
    assert len(rules) == 1
    assert re.search(r"our own convention|the rule of the source|no rule for gaps", rules[0])


@pytest.mark.parametrize("identifier", ["bat-12", "fas", "need-for-recovery", "uwes-9", "cis-20r"])
def test_what_was_not_confirmed_is_marked(identifier: str) -> None:
    assert not all(source.confirmed for source in CATALOGUE[identifier].sources)


def test_the_reversed_items_are_those_of_the_sources() -> None:
    found = {item.key for instrument in CATALOGUE.values() for item in instrument.items if item.reverse}
    assert found == {"fas_04", "fas_10", "cbi_work_7"}
    assert [name for name in CATALOGUE if CATALOGUE[name].reversed_by_pack] == ["cis-20r", "need-for-recovery"]


# --- The package --------------------------------------------------------------------------------


def test_everything_of_our_own_fits_in_one_questionnaire() -> None:
    questionnaire = build_questionnaire(OWN)
    assert questionnaire.languages == ("nl", "en")
    assert len(questionnaire.items) == sum(len(keys) for keys in ITEMS.values())


def test_the_package_imports_the_standard_library_and_itself_only() -> None:
    allowed = sys.stdlib_module_names | {"instruments"}
    for path in Path(str(instruments.__path__[0])).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            foreign = {name.split(".")[0] for name in names} - allowed
            assert not foreign, f"{path.name} imports {foreign}"
