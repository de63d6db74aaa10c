"""From a survey and its roster to a promise: units large enough, keys apart, and room for every ballot."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.grouping import TooFewInvited
from analysis.survey import Category, Cut, Survey, read_survey
from instruments.loading import load_catalogue
from instruments.model import Item
from survey_app.anonymity.ballot import content_text, make_ballot
from survey_app.anonymity.derivation import Secrets
from survey_app.anonymity.drafts import Pass, State, open_draft, seal_draft
from survey_app.anonymity.encoding import b64u, canonical, digest
from survey_app.anonymity.manifest import LARGEST_SIZE, Manifest, parse_manifest
from survey_app.anonymity.sealing import pad
from survey_app.commission.commissioning import Wishes
from survey_app.commission.promising import (
    DONE,
    LOCKER,
    Promise,
    Terms,
    make_promise,
    padded_size,
    reminder_days,
    unit_paths,
)
from survey_app.commission.roster_file import Invited
from survey_app.respond.routing import RATHER_NOT_SAY
from tests.analysis.organisations import cut_of, survey_of, unchecked
from tests.reports.invented import ASKABLE, canteen, invent_survey
from tests.survey_app.commission.stages import TEAMS, At, council_keys, insecure_keys, survey_text
from tests.survey_app.running_survey import LOG_KEY

CATALOGUE = load_catalogue()

#: The hash of a respondent's script.
CLIENT = b64u(bytes(32))


@pytest.fixture
def survey(tmp_path: Path) -> Survey:
    """The small survey of this room's tests."""
    path = tmp_path / "survey.toml"
    path.write_text(survey_text(), encoding="utf-8")
    return read_survey(path)


Make = Callable[..., Promise]


@pytest.fixture
def make(survey: Survey) -> Make:
    """Makes a promise to so many people by path."""
    keys = council_keys()

    def make_for(people: Mapping[tuple[str, ...], int], told: Callable[[float], None] = lambda _: None) -> Promise:
        invited = [Invited(path, "", "", "nl", "letter", {}) for path, count in people.items() for _ in range(count)]
        return make_promise(
            survey,
            "abcd1234",
            invited,
            "{}",
            CLIENT,
            LOG_KEY.public_key().public_bytes_raw(),
            Terms(2, keys.opening_key, keys.witness_key),
            told,
            insecure_keys(),
        )

    return make_for


def test_the_promise_says_what_the_survey_file_says(make: Make, survey: Survey) -> None:
    manifest = make({("Zorg",): 25, ("Kantoor",): 20}).manifest
    assert parse_manifest(manifest.text) == manifest
    assert (manifest.survey, manifest.organisation, manifest.wave) == ("abcd1234", "Voorbeeld BV", "2026")
    assert manifest.title == {"nl": "Werk en energie", "en": "Work and energy"}
    assert (manifest.level, manifest.assisted, manifest.independent_client) == (2, True, None)
    assert (manifest.k, manifest.k_invite, manifest.objection_days) == (10, 20, 14)
    assert (manifest.opens, manifest.closes) == (survey.fieldwork_from, survey.fieldwork_to)
    assert manifest.rounds == (dt.date(2026, 10, 12), dt.date(2026, 10, 19))
    assert manifest.languages == ("nl", "en")
    assert manifest.form == digest("form", "{}")
    assert manifest.size == padded_size(survey)
    assert (manifest.plan.levels, manifest.plan.cuts) == (1, ("sex",))
    assert manifest.opening_key == council_keys().opening_key


def test_everybody_gets_the_credential_of_a_group_that_is_large_enough(make: Make) -> None:
    promise = make({("Zorg", "Noord"): 22, ("Zorg", "Zuid"): 4, ("Kantoor",): 20})
    by_key = unit_paths(promise.manifest)
    assert by_key == {"u0": (), "u1": ("Kantoor",), "u2": ("Zorg",)}
    assert Counter(by_key[home] for home in promise.homes) == {("Zorg",): 26, ("Kantoor",): 20}
    assert [unit.invited for unit in promise.manifest.units] == [0, 20, 26]
    assert [unit.issuer is None for unit in promise.manifest.units] == [True, False, False]
    assert promise.homes[0] == promise.homes[-22] == "u2" and promise.homes[-1] == "u1"


@settings(max_examples=25)
@given(
    people=st.dictionaries(
        st.lists(st.sampled_from("abc"), max_size=2).map(lambda path: tuple(path)), st.integers(1, 45), min_size=1
    )
)
def test_no_group_is_too_small_and_nobody_is_lost(people: dict[tuple[str, ...], int]) -> None:
    keys = council_keys()
    invited = [Invited(path, "", "", "nl", "letter", {}) for path, count in people.items() for _ in range(count)]
    terms = Terms(2, keys.opening_key, keys.witness_key)
    log = LOG_KEY.public_key().public_bytes_raw()
    small = invent_survey(("recovery",))
    try:
        promise = make_promise(small, "abcd1234", invited, "{}", CLIENT, log, terms, lambda _: None, insecure_keys())
    except TooFewInvited as refused:
        assert sum(people.values()) == refused.invited < refused.needed == 20
        return
    by_key = unit_paths(promise.manifest)
    counts = Counter(promise.homes)
    for unit in promise.manifest.units:
        assert unit.invited == counts[unit.key]
        assert unit.invited == 0 or unit.invited >= 20
    for person, home in zip(invited, promise.homes, strict=True):
        assert person.path[: len(by_key[home])] == by_key[home], "her own unit or one above it"


def test_every_purpose_has_a_key_of_its_own_that_the_manifest_names(make: Make) -> None:
    promise = make({("Zorg",): 25, ("Kantoor",): 20})
    assert set(promise.keys) == {"u1", "u2", LOCKER, DONE}
    assert {key.issuer.hash for key in promise.keys.values()} == promise.manifest.issuer_hashes
    assert promise.keys[LOCKER].issuer.hash == promise.manifest.locker_issuer
    assert promise.keys[DONE].issuer.hash == promise.manifest.done_issuer
    for unit in promise.manifest.units[1:]:
        assert promise.keys[unit.key].issuer.hash == unit.issuer


def test_progress_is_told_up_to_the_end(make: Make) -> None:
    told: list[float] = []
    make({("Zorg",): 25, ("Kantoor",): 20}, told.append)
    assert told == [0.25, 0.5, 0.75, 1.0]


def test_too_few_people_are_refused_before_any_key_is_made(survey: Survey) -> None:
    keys = council_keys()
    people = [Invited((), "", "", "nl", "letter", {})] * 19
    with pytest.raises(TooFewInvited, match=r"19 invited people are too few.*20"):
        make_promise(
            survey,
            "abcd1234",
            people,
            "{}",
            CLIENT,
            bytes(32),
            Terms(2, keys.opening_key, keys.witness_key),
            lambda _: None,
            lambda: pytest.fail("a key was made"),
        )


@pytest.mark.parametrize(
    ("last", "days"),
    [(0, []), (7, []), (8, [7]), (14, [7]), (15, [7, 14]), (60, [7, 14])],
)
def test_reminders_never_go_on_the_last_day(last: int, days: list[int]) -> None:
    first = dt.date(2026, 10, 5)
    found = reminder_days(first, first + dt.timedelta(days=last))
    assert [(day - first).days for day in found] == days


# --- Room ---------------------------------------------------------------------------------------


def fullest(item: Item) -> int:
    """The answer that takes most room."""
    return max((*item.scale.values, RATHER_NOT_SAY), key=lambda code: len(str(code)))


def assert_fits(survey: Survey) -> None:
    """The largest ballot and the largest draft of a survey fit into its size, and the size is not far too large."""
    size = padded_size(survey)
    assert size % 512 == 0 and size <= LARGEST_SIZE
    secrets = Secrets("0" * 32, bytes(32))
    about = {cut.key: max((c.key for c in cut.categories), key=lambda key: len(canonical(key))) for cut in survey.cuts}
    answers = {item.key: fullest(item) for item in survey.questionnaire.items}
    unit = "u12345"
    content = content_text(about, answers, unit, b"\xff" * 16)
    ballot = make_ballot(secrets, unit, b"\xff" * 384, content)
    pad(ballot.encode(), size)
    manifest = _manifest_of(size)
    state = State(about, answers, unit, sent=True, salt=b"\xff" * 16)
    passed = Pass(unit, b"\xff" * 384, b"\xff" * 384, b"\xff" * 384)
    draft = seal_draft(secrets, manifest, passed, state, lambda count: bytes(count))
    assert len(draft) == size + 28
    assert open_draft(secrets, manifest, draft)[1].answers == answers
    assert size <= len(ballot.encode()) + 2560, "larger only costs everybody time"


def _manifest_of(size: int) -> Manifest:
    """Any manifest with this size; sealing reads nothing else of it."""
    value = json.loads(_ANY["text"])
    return parse_manifest(canonical({**value, "size": size}))


_ANY: dict[str, str] = {}


@pytest.fixture(autouse=True)
def any_manifest(at: At) -> None:
    """The text of some manifest, once."""
    if not _ANY:
        _ANY["text"] = at(2, "promised").manifest.text


LONG_CUTS = (
    cut_of("leeftijd", "jonger dan 35 jaar", "35 tot 55 jaar", "55 jaar en ouder"),
    cut_of("standplaats", "'s-Hertogenbosch en omstreken", "Ameland"),
)


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_fullest_ballot_of_each_instrument_fits(name: str) -> None:
    assert_fits(survey_of(unchecked([CATALOGUE[name]])))
    assert_fits(survey_of(unchecked([CATALOGUE[name]]), cuts=LONG_CUTS))


def test_the_fullest_ballot_of_everything_together_fits() -> None:
    assert_fits(survey_of(unchecked(list(CATALOGUE.values())), cuts=LONG_CUTS))
    assert_fits(invent_survey(ASKABLE, [canteen(60)], cuts=LONG_CUTS))


awkward = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=120)


@settings(max_examples=80)
@given(categories=st.lists(awkward, min_size=2, max_size=3, unique=True), cuts=st.integers(1, 30))
def test_whatever_a_category_is_called_the_ballot_fits(categories: list[str], cuts: int) -> None:
    names = {"nl": "x", "en": "x"}
    asked = tuple(
        Cut(f"cut-{n}", f"c{n}", names, tuple(Category(key, names) for key in categories))  # type: ignore[arg-type]
        for n in range(cuts)
    )
    survey = survey_of(unchecked([CATALOGUE["recovery"]]), cuts=asked)
    if padded_size(survey) <= LARGEST_SIZE:
        assert_fits(survey)


@pytest.mark.parametrize("nasty", ['"' * 120, "\\" * 120, '\\"' * 60, "é" * 120, "漢" * 120, "😀" * 120])
def test_quotation_marks_and_other_scripts_fit(nasty: str) -> None:
    assert_fits(survey_of(unchecked([CATALOGUE["balance"]]), cuts=[cut_of(f"c{n}", nasty, "x") for n in range(20)]))


def test_the_size_depends_on_the_questions_and_not_on_answers_or_people(make: Make, survey: Survey) -> None:
    sizes = {make({("Zorg",): count, ("Kantoor",): 20}).manifest.size for count in (20, 60)}
    assert sizes == {padded_size(survey)}


def test_the_draft_of_a_browser_fits_as_well(survey: Survey) -> None:
    """The JavaScript client names its screen and keeps what somebody would rather not say."""
    for asked in (survey, invent_survey(ASKABLE, cuts=LONG_CUTS)):
        key = b64u(b"\xff" * 384)
        state = {
            "about": {cut.key: max((c.key for c in cut.categories), key=len) for cut in asked.cuts},
            "answers": {item.key: fullest(item) for item in asked.questionnaire.items},
            "report_as": "u12345",
            "salt": b64u(bytes(16)),
            "screen": "need-for-recovery.12",
            "sent": True,
        }
        text = canonical({"ballot": key, "done": key, "locker": key, "peil": 1, "state": state, "unit": "u12345"})
        pad(text.encode(), padded_size(asked))


def test_wishes_have_what_people_need_by_default() -> None:
    assert Wishes(1) == Wishes(1, None, None, assisted=True, remind_all=False, independent_client=None)
    assert sum(TEAMS.values()) == 46
