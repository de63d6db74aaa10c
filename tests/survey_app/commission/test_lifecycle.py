"""The life of a survey: each step once and in order, and whatever breaks off is finished by doing it again."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from survey_app.anonymity import council
from survey_app.anonymity.client import Refused
from survey_app.anonymity.encoding import Malformed, b64u, canonical, unb64u
from survey_app.anonymity.manifest import Manifest, sign_witness
from survey_app.anonymity.opening import TooFewBallots, TooManyBallots, read_urn
from survey_app.commission import lifecycle, releasing
from survey_app.commission.lifecycle import NoOpeningKey, NotWitnessed, WrongDay
from survey_app.commission.releasing import release_survey
from survey_app.publication import PAGES, is_published
from survey_app.stores import ledger, reading, results, roster, urn, writing
from survey_app.stores.errors import AlreadyOpened, UnknownSurvey, WrongState
from survey_app.stores.roster import State
from tests.survey_app.commission.stages import (
    ANSWERING,
    CLOSES,
    OPENING,
    STAGES,
    At,
    Stage,
    Underway,
    council_keys,
    place_of,
)

FINAL = OPENING + dt.timedelta(days=14)

#: The steps by name; each is called with a survey.
STEPS: dict[str, Callable[[Underway], object]] = {
    "witness": lambda survey: lifecycle.accept_witness(survey.survey_id, witness_file(survey)),
    "start": lambda survey: lifecycle.start(survey.survey_id),
    "close": lambda survey: lifecycle.close(survey.survey_id),
    "urn": lambda survey: lifecycle.take_urn(survey.survey_id),
    "opened": lambda survey: lifecycle.accept_opened(survey.survey_id, opened_file(survey), OPENING),
    "release": lambda survey: release_survey(survey.survey_id, lambda *_: None),
    "destroy": lambda survey: lifecycle.destroy(survey.survey_id, FINAL),
}

#: At which stages a step is in its place, or was taken already and changes nothing.
IN_PLACE: dict[str, set[Stage]] = {
    "witness": {"promised"},
    "start": set(),  # only once it is witnessed; from then on it is running
    "close": {"running", "answered", "closed", "opened", "released", "archived"},
    "urn": {"closed", "opened", "released"},
    "opened": {"closed", "opened", "released", "archived"},
    "release": {"opened"},
    "destroy": {"closed", "opened", "released", "archived"},  # also what nobody could open, or was never released
}

#: The opened file of the surveys at level 2, which are copies of each other; made once.
_OPENED: dict[str, str] = {}


def witness_file(survey: Underway) -> str:
    """The council's signature on the promise."""
    return council.witness_file(council_keys(), survey.manifest)


def opened_file(survey: Underway) -> str:
    """What the council brings back; from a survey that is not closed, what it would bring of its twin that is."""
    if survey.survey_id not in _OPENED:
        _OPENED[survey.survey_id] = survey.open_urn().opened_text
    return _OPENED[survey.survey_id]


@pytest.fixture
def opened_text(at: At) -> str:
    """The opened file of every survey at level 2."""
    return opened_file(at(2, "closed"))


@contextmanager
def inside(survey: Underway) -> Iterator[Underway]:
    """The application context of a survey."""
    with survey.app.app_context():
        yield survey


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("step", STEPS)
def test_every_step_in_its_place_and_every_other_refused(step: str, stage: Stage, at: At, opened_text: str) -> None:
    survey = at(2, stage)
    before, state = survey.everything(), survey.state
    with inside(survey):
        if stage in IN_PLACE[step]:
            STEPS[step](survey)
            once = survey.everything()
            with suppress(WrongState):
                STEPS[step](survey)
            assert survey.everything() == once, "the second time it changes nothing"
            return
        with pytest.raises((WrongState, NotWitnessed)):
            STEPS[step](survey)
    assert survey.state is state
    assert survey.everything() == before


@pytest.mark.parametrize("level", [1, 2])
def test_the_whole_way(level: int, at: At) -> None:
    survey = at(level, "promised")
    states = [survey.state]
    with inside(survey):
        assert not survey.accepting
        if level == 2:
            lifecycle.accept_witness(survey.survey_id, witness_file(survey))
        lifecycle.start(survey.survey_id)
        states.append(survey.state)
        assert survey.accepting
        assert results.promise(survey.survey_id) == (survey.manifest.text, survey.stored.witness)
    survey = at(level, "answered")
    survey.calendar.day = OPENING
    with inside(survey):
        lifecycle.close(survey.survey_id)
        states.append(survey.state)
        assert not survey.accepting
        if level == 1:
            lifecycle.open_at_server(survey.survey_id, OPENING)
        else:
            lifecycle.accept_opened(survey.survey_id, survey.open_urn().opened_text, OPENING)
        states.append(survey.state)
        assert survey.stored.opened_on == OPENING.isoformat()
        head = results.head(survey.survey_id)
        assert head is not None and head.size == sum(ANSWERING.values()) and head.invalid == 0
        ballots = results.ballots(survey.survey_id)
        assert len(ballots) == head.size
        release_survey(survey.survey_id, lambda *_: None)
        states.append(survey.state)
        lifecycle.destroy(survey.survey_id, FINAL)
        states.append(survey.state)
        assert urn.survey(survey.survey_id) is None
        assert results.ballots(survey.survey_id) == ballots, "what was counted stays"
    assert states == [State.PROMISED, State.RUNNING, State.CLOSED, State.OPENED, State.RELEASED, State.ARCHIVED]


def test_an_unknown_survey_is_unknown_at_every_step(at: At) -> None:
    survey = at(2, "promised")
    with inside(survey):
        for step in (lifecycle.start, lifecycle.close, lifecycle.take_urn):
            with pytest.raises(UnknownSurvey):
                step("zzzzzzzz")
        roster.add_survey(roster.NewSurvey("yyyyyyyy", "", "{}"))
        with pytest.raises(UnknownSurvey):
            lifecycle.start("yyyyyyyy")


def test_without_the_councils_signature_nothing_starts(at: At) -> None:
    survey = at(2, "promised")
    with inside(survey), pytest.raises(NotWitnessed):
        lifecycle.start(survey.survey_id)
    assert survey.state is State.PROMISED and not survey.accepting
    assert survey.app.test_client().get(f"/v/{survey.survey_id}").status_code == 404


@pytest.mark.parametrize("other", ["another council", "another manifest", "another survey", "damaged", "not JSON"])
def test_only_a_signature_on_this_promise_by_its_own_council_counts(other: str, at: At) -> None:
    survey = at(2, "promised")
    text = witness_file(survey)
    value = json.loads(text)
    forged = {
        "another council": _foreign_signature(survey),
        "another manifest": canonical({**value, "manifest_hash": "A" * 43}),
        "another survey": canonical({**value, "survey": "zzzzzzzz"}),
        "damaged": canonical({**value, "witness": value["witness"][:-4] + "AAAA"}),
        "not JSON": "I hereby sign",
    }[other]
    with inside(survey), pytest.raises(Malformed):
        lifecycle.accept_witness(survey.survey_id, forged)
    assert survey.stored.witness is None


def _foreign_signature(survey: Underway) -> str:
    """A file of a council that the promise does not name, about this very promise."""
    stranger = council.keys_of(b"another  council")
    return canonical(
        {
            "kind": "witness",
            "manifest_hash": b64u(survey.manifest.hash),
            "peil": 1,
            "survey": survey.survey_id,
            "witness": b64u(sign_witness(stranger.witness, survey.manifest)),
        }
    )


def test_a_second_manifest_that_got_into_the_roster_does_not_start(at: At) -> None:
    survey = at(2, "promised")
    other = _changed(survey.manifest, reissue_cap=1000)
    with inside(survey):
        results.add_promise(survey.survey_id, other.text, sign_witness(council_keys().witness, other))
        lifecycle.accept_witness(survey.survey_id, witness_file(survey))
        with pytest.raises(AlreadyOpened):
            lifecycle.start(survey.survey_id)
    assert survey.state is State.PROMISED and not survey.accepting


def _changed(manifest: Manifest, **changes: object) -> Manifest:
    value = json.loads(manifest.text)
    del value["peil"]
    return Manifest.write(**{**value, **changes})


def test_an_urn_of_another_promise_is_not_taken_in(at: At) -> None:
    survey = at(2, "closed")
    value = json.loads(opened_file(survey))
    with inside(survey):
        for changed in (
            {**value, "manifest_hash": "A" * 43},
            {**value, "ballots": value["ballots"][1:]},
            {**value, "leaves": value["leaves"][1:]},
            {**value, "head": {**value["head"], "size": value["head"]["size"] - 1}},
            {**value, "witness": value["witness"][:-4] + "AAAA"},
            {**value, "ballots": [{**value["ballots"][0], "content": "{}"}, *value["ballots"][1:]]},
        ):
            with pytest.raises(Malformed):
                lifecycle.accept_opened(survey.survey_id, canonical(changed), OPENING)
        assert results.head(survey.survey_id) is None
    assert survey.state is State.CLOSED


def test_another_opening_of_the_same_urn_is_refused_and_the_first_stays(at: At) -> None:
    survey = at(2, "closed")
    other = survey.open_urn(_without_an_envelope(survey.take_urn())).opened_text
    with inside(survey):
        lifecycle.accept_opened(survey.survey_id, opened_file(survey), OPENING)
        before = survey.everything()
        with pytest.raises(AlreadyOpened):
            lifecycle.accept_opened(survey.survey_id, other, OPENING)
    assert survey.everything() == before
    archived = at(2, "archived")
    with inside(archived), pytest.raises(AlreadyOpened):
        lifecycle.accept_opened(archived.survey_id, other, OPENING)


def _without_an_envelope(urn_text: str) -> str:
    value = json.loads(urn_text)
    return canonical({**value, "envelopes": value["envelopes"][1:]})


#: What the opening does, in order: where it may break off, before or after each act.
ACTS = ((results, "store_opened"), (roster, "set_opened_on"), (roster, "move"))


class Killed(BaseException):
    """The process dies; nothing in the program may catch this and go on."""


@contextmanager
def dying(monkeypatch: pytest.MonkeyPatch, store: Any, name: str, when: str) -> Iterator[None]:
    """The process dies just before or just after a store did something."""
    act = getattr(store, name)

    def die(*arguments: object, **options: object) -> None:
        if when == "after":
            act(*arguments, **options)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(store, name, die)
        with pytest.raises(Killed):
            yield


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("store", "name"), ACTS, ids=[name for _, name in ACTS])
@pytest.mark.parametrize("level", [1, 2])
def test_an_opening_that_breaks_off_is_finished_by_doing_it_again(
    level: int, store: Any, name: str, when: str, at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    survey = at(level, "closed")
    with inside(survey):
        text = opened_file(survey) if level == 2 else ""

        def act() -> None:
            if level == 1:
                lifecycle.open_at_server(survey.survey_id, OPENING)
            else:
                lifecycle.accept_opened(survey.survey_id, text, OPENING)

        with dying(monkeypatch, store, name, when):
            act()
        _never_half(survey)
        # A day later, after somebody looked into it.
        if survey.state is State.CLOSED:
            act()
        assert survey.state is State.OPENED
        assert survey.stored.opened_on == OPENING.isoformat()
        _never_half(survey)
        assert len(results.ballots(survey.survey_id)) == sum(ANSWERING.values())


def _never_half(survey: Underway) -> None:
    """All ballots are there, or none; each once; with a head that fits."""
    head, leaves = results.head(survey.survey_id), results.leaves(survey.survey_id)
    ballots = results.ballots(survey.survey_id)
    if head is None:
        assert not leaves and not ballots
        return
    assert head.size == len(leaves) == len(ballots) == len(set(ballots)) == sum(ANSWERING.values())


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("name", ["add_promise", "accept", "move"])
def test_a_start_that_breaks_off_is_finished_by_doing_it_again(
    name: str, when: str, at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    survey = at(1, "promised")
    store = {"add_promise": results, "accept": urn, "move": roster}[name]
    with inside(survey):
        with dying(monkeypatch, store, name, when):
            lifecycle.start(survey.survey_id)
        if survey.state is State.PROMISED:
            lifecycle.start(survey.survey_id)
    assert survey.state is State.RUNNING and survey.accepting


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("name", ["accept", "move"])
def test_a_survey_that_says_it_is_closed_takes_nothing_in(
    name: str, when: str, at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    survey = at(1, "running")
    with inside(survey):
        with dying(monkeypatch, {"accept": urn, "move": roster}[name], name, when):
            lifecycle.close(survey.survey_id)
        assert survey.state is State.RUNNING or not survey.accepting
        lifecycle.close(survey.survey_id)
    assert survey.state is State.CLOSED and not survey.accepting


def test_starting_late_does_not_open_an_urn_that_was_closed_meanwhile(at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    survey = at(1, "promised")
    add_promise = results.add_promise

    def others_are_quicker(*arguments: Any) -> None:
        monkeypatch.setattr(results, "add_promise", add_promise)
        lifecycle.start(survey.survey_id)
        lifecycle.close(survey.survey_id)

    monkeypatch.setattr(results, "add_promise", others_are_quicker)
    with inside(survey), pytest.raises(WrongState):
        lifecycle.start(survey.survey_id)
    assert survey.state is State.CLOSED and not survey.accepting


def test_two_who_start_at_once_leave_the_urn_open(at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    survey = at(1, "promised")
    add_promise = results.add_promise

    def another_is_quicker(*arguments: Any) -> None:
        monkeypatch.setattr(results, "add_promise", add_promise)
        lifecycle.start(survey.survey_id)

    monkeypatch.setattr(results, "add_promise", another_is_quicker)
    with inside(survey), pytest.raises(WrongState):
        lifecycle.start(survey.survey_id)
    assert survey.state is State.RUNNING and survey.accepting


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("name", ["draw_files", "write_together", "append", "_publish", "move"])
def test_a_release_that_breaks_off_is_finished_with_the_same_figures(
    name: str, when: str, at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    survey = at(2, "opened")
    folder = survey.config.release_folder(survey.survey_id)
    waiting = survey.config.survey_folder(survey.survey_id) / "release-waiting"
    with inside(survey):
        with dying(monkeypatch, {"move": roster, "append": ledger}.get(name, releasing), name, when):
            release_survey(survey.survey_id, lambda *_: None)
        # It is out from the moment that it stands in the ledger, even when nobody has read it yet.
        out = bool(ledger.read("Voorbeeld BV"))
        assert out == (name in ("_publish", "move") or (name, when) == ("append", "after"))
        where = folder if is_published(folder) else waiting
        written = {path.name: path.read_bytes() for path in where.glob("*")} if out else {}
        assert (PAGES in written) == out
        if survey.state is State.OPENED:
            # Somebody takes her answers out in between; whoever read the first version must not see the difference.
            ballot = json.loads(opened_file(survey))["ballots"][0]["id"]
            assert results.withdraw(survey.survey_id, unb64u(ballot, 32))
            release_survey(survey.survey_id, lambda *_: None)
    assert survey.state is State.RELEASED
    after = {path.name: path.read_bytes() for path in folder.glob("*")}
    assert {name: after[name] for name in written} == written
    assert PAGES in after and not waiting.exists()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("name", ["destroy_file", "destroy", "forget_requests", "move"])
def test_a_destruction_that_breaks_off_is_finished_by_doing_it_again(
    name: str, when: str, at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    survey = at(1, "released")
    key = survey.config.opening_key_file(survey.survey_id)
    assert key.exists()
    store = {"destroy_file": lifecycle, "destroy": urn, "forget_requests": roster, "move": roster}[name]
    with inside(survey):
        with dying(monkeypatch, store, name, when):
            lifecycle.destroy(survey.survey_id, FINAL)
        if (name, when) != ("destroy_file", "before"):
            assert not key.exists(), "what makes old backups harmless goes first"
        lifecycle.destroy(survey.survey_id, FINAL)
        assert survey.state is State.ARCHIVED
        assert urn.survey(survey.survey_id) is None and urn.envelopes(survey.survey_id) == []
        with reading("roster") as connection:
            kept = connection.exec_driver_sql("SELECT request_hash, reply FROM invitation").all()
        assert set(map(tuple, kept)) == {(None, None)}
    assert not key.exists()


def test_after_destroying_nothing_of_the_ballots_is_left_in_any_file_of_the_urn(at: At) -> None:
    survey = at(1, "released")
    with inside(survey):
        envelope = urn.envelopes(survey.survey_id)[0]
        replies = [person.id for person in survey.people() if person.issued]
        lifecycle.destroy(survey.survey_id, FINAL)
    assert len(replies) == sum(ANSWERING.values())
    for path in survey.folder.glob("urn.sqlite*"):
        assert envelope[100:200] not in path.read_bytes()


@pytest.mark.parametrize("days", [0, 1, 13])
def test_before_the_objection_period_is_over_nothing_is_destroyed(days: int, at: At) -> None:
    survey = at(1, "released")
    before = survey.everything()
    with inside(survey), pytest.raises(WrongDay) as refused:
        lifecycle.destroy(survey.survey_id, OPENING + dt.timedelta(days=days))
    assert refused.value.day == FINAL
    assert survey.everything() == before
    with inside(survey):
        lifecycle.destroy(survey.survey_id, FINAL)


def test_a_clock_that_jumps_back_does_not_open_a_closed_survey(at: At) -> None:
    survey = at(2, "answered")
    late = survey.people()[-1]
    with inside(survey):
        lifecycle.close(survey.survey_id)
    for day in (CLOSES, CLOSES - dt.timedelta(days=10)):
        survey.calendar.day = day
        person = survey.respondent(late)
        with pytest.raises(Refused) as refused:
            person.submit({}, {"fatigue_empty": 1})
        assert refused.value.word == "closed"
    with inside(survey), pytest.raises(WrongState):
        lifecycle.start(survey.survey_id)
    assert survey.state is State.CLOSED and not survey.accepting


@pytest.mark.parametrize("damage", ["absent", "of another survey", "cut short", "no text", "a folder"])
def test_the_server_opens_with_its_own_key_or_not_at_all(damage: str, at: At) -> None:
    survey = at(1, "closed")
    path = survey.config.opening_key_file(survey.survey_id)
    whole = path.read_bytes()
    path.unlink()
    if damage == "a folder":
        path.mkdir()
    elif damage != "absent":
        content = {"of another survey": b"A" * 22, "cut short": whole[:-3], "no text": b"\xff\xfe"}[damage]
        path.write_bytes(content)
    before = survey.everything()
    with inside(survey):
        with pytest.raises(NoOpeningKey, match="put back the file that was made with it"):
            lifecycle.open_at_server(survey.survey_id, OPENING)
        assert survey.everything() == before
        if damage != "a folder":
            path.write_bytes(whole)
            lifecycle.open_at_server(survey.survey_id, OPENING)
            assert survey.state is State.OPENED


def test_the_opening_key_of_the_server_is_private_and_in_no_database(at: At) -> None:
    survey = at(1, "closed")
    path = survey.config.opening_key_file(survey.survey_id)
    assert path.stat().st_mode & 0o077 == 0
    secret = path.read_bytes()
    for other in survey.folder.rglob("*"):
        if other.is_file() and other != path:
            assert secret not in other.read_bytes(), other
    assert not at(2, "closed").config.opening_key_file(survey.survey_id).parent.exists()


@pytest.mark.parametrize("level", [1, 2])
def test_with_fewer_ballots_than_promised_nothing_is_opened(level: int, at: At) -> None:
    survey = at(level, "running")
    for person in survey.people()[:3]:
        survey.respondent(person).submit({}, {"fatigue_empty": 2})
    with inside(survey):
        lifecycle.close(survey.survey_id)
        before = survey.everything()
        with pytest.raises(TooFewBallots):
            if level == 1:
                lifecycle.open_at_server(survey.survey_id, OPENING)
            else:
                survey.open_urn()
        assert results.head(survey.survey_id) is None
    assert survey.everything() == before


def test_with_more_ballots_than_credentials_nothing_is_opened(at: At) -> None:
    survey = at(1, "answered")
    with inside(survey):
        # An operator who hides that somebody used an invitation.
        with writing("roster") as connection:
            connection.exec_driver_sql(
                "UPDATE invitation SET issued = 0 WHERE id = (SELECT id FROM invitation WHERE issued = 1 LIMIT 1)"
            )
        lifecycle.close(survey.survey_id)
        before = survey.everything()
        with pytest.raises(TooManyBallots):
            lifecycle.open_at_server(survey.survey_id, OPENING)
    assert survey.everything() == before


def test_the_urn_tells_nobody_s_name_code_or_order(at: At) -> None:
    survey = at(2, "closed")
    text = survey.take_urn()
    taken = read_urn(text)
    assert list(taken.envelopes) != [] and len(taken.envelopes) == sum(ANSWERING.values())
    assert taken.done == sum(ANSWERING.values())
    for person in survey.people():
        assert person.name not in text and survey.code_of(person) not in text
        assert not person.email or person.email not in text
    assert survey.take_urn() == text, "taken twice it is the same, byte for byte"


def test_at_level_one_the_server_signs_its_own_promise(at: At) -> None:
    survey = at(1, "promised")
    assert survey.stored.witness is not None
    with inside(survey), pytest.raises(Malformed):
        lifecycle.accept_witness(survey.survey_id, _foreign_signature(survey))


def test_the_stages_are_made_once(at: At) -> None:
    assert at(2, "closed").survey_id == at(2, "running").survey_id
    assert place_of(2, "closed", lambda _: pytest.fail("it is there already")).is_dir()


def test_what_nobody_could_open_is_destroyed_after_the_objection_period(at: At) -> None:
    survey = at(1, "running")
    with inside(survey):
        lifecycle.close(survey.survey_id)
        with pytest.raises(TooFewBallots):
            lifecycle.open_at_server(survey.survey_id, OPENING)
        last = survey.manifest.closes + dt.timedelta(days=survey.manifest.objection_days)
        with pytest.raises(lifecycle.WrongDay):
            lifecycle.destroy(survey.survey_id, last - dt.timedelta(days=1))
        assert survey.config.opening_key_file(survey.survey_id).is_file()
        lifecycle.destroy(survey.survey_id, last)
    assert survey.state is State.ARCHIVED
    assert not survey.config.opening_key_file(survey.survey_id).exists()
