"""The whole way with the Python client, and every way in which a network, a disk or a second click can spoil it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from survey_app.anonymity.ballot import content_text, make_ballot
from survey_app.anonymity.client import Booth, Refused, Respondent, State, load_booth
from survey_app.anonymity.opening import TooFewBallots, open_envelope, open_urn, read_urn
from survey_app.anonymity.sealing import pad, seal
from survey_app.respond import api
from survey_app.serving import HOST, make_quiet_server
from survey_app.stores import StoreError, StoreFull, db, roster, urn
from survey_app.transport import HttpTransport
from tests.survey_app.respond.person import Person, refused
from tests.survey_app.running_survey import RunningSurvey

ANSWERS, OTHERS = {"mf_01": 4, "mf_02": -7}, {"mf_01": 1}


@dataclass
class Unreliable:
    """A line that dies at the requests and replies with the given numbers, counted from 0."""

    send: Callable[..., tuple[int, Any]]
    no_request: frozenset[int] = frozenset()
    no_reply: frozenset[int] = frozenset()
    asked: list[str] = field(default_factory=list)

    def __call__(self, method: str, path: str, body: Mapping[str, Any] | None = None, /) -> tuple[int, Any]:
        place = len(self.asked)
        self.asked.append(path)
        if place in self.no_request:
            raise ConnectionError("the request was lost")
        answer = self.send(method, path, body)
        if place in self.no_reply:
            raise ConnectionError("the reply was lost")
        return answer


def counted(survey: RunningSurvey) -> list[dict[str, Any]]:
    """What the valid ballots in the urn say, read with the council's keys, whatever their number."""
    promise = read_urn(survey.urn_file())
    found = []
    for envelope in promise.envelopes:
        ballot = opened(survey, envelope)
        assert ballot is not None
        found.append(dict(ballot.said.answers))
    return found


def opened(survey: RunningSurvey, envelope: bytes) -> Any:
    """The ballot in one envelope, or None."""
    issuers = {key.issuer.hash: key.issuer for key in survey.issuers.values()}
    return open_envelope(survey.manifest, issuers, survey.council.opening, envelope)


def booth_of(survey: RunningSurvey) -> Booth:
    """The booth, with the proofs of all issuers taken for checked: that is slow, and tested elsewhere."""
    booth = load_booth(survey.transport(), survey.survey_id)
    booth.sound.update(survey.manifest.issuer_hashes)
    return booth


def whole_way(respondent: Respondent) -> None:
    """Everything that somebody does who pauses, sends, changes and says so."""
    respondent.look()
    respondent.save_draft(State(answers={"mf_01": 2}))
    respondent.submit({}, OTHERS)
    respondent.submit({"sex": "women"}, ANSWERS)
    respondent.done()


@pytest.fixture
def served(survey: RunningSurvey) -> Iterator[str]:
    """The address of a real server with threads."""
    server = make_quiet_server(survey.app, 0)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://{HOST}:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_whole_way_over_http(survey: RunningSurvey, served: str) -> None:
    with HttpTransport(served) as send:
        booth = load_booth(send, survey.survey_id)
        assert booth.manifest == survey.manifest and booth.form == survey.form
        first = booth.begin(survey.tokens["u1"][0])
        assert first.unit.key == "u1"
        first.save_draft(State(answers={"mf_01": 2}, place=1))
        back = booth.resume(first.code)
        assert back.state is not None and back.state.answers == {"mf_01": 2}
        back.submit({"sex": "women"}, OTHERS)
        back.submit({"sex": "women"}, ANSWERS)
        with_both = booth.begin(survey.tokens["u1"][0], back.code)
        with_both.done()
        assert booth.begin(survey.tokens["u1"][0]).look().done
        assert counted(survey) == [ANSWERS]
        back.withdraw()
        assert survey.envelopes() == []


def test_a_company_behind_one_address_comes_in_at_once(survey: RunningSurvey, served: str) -> None:
    people = [(unit, token) for unit, tokens in survey.tokens.items() for token in tokens[:8]]
    booth = booth_of(survey)
    mistakes: list[Exception] = []

    def take_part(unit: str, token: str, number: int) -> None:
        try:
            with HttpTransport(served) as send:
                respondent = booth.through(send).begin(token)
                respondent.submit({}, {"mf_01": 1 + number % 5})
                respondent.done()
        except Exception as mistake:
            mistakes.append(mistake)

    threads = [
        threading.Thread(target=take_part, args=(unit, token, number)) for number, (unit, token) in enumerate(people)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert mistakes == []
    opening = survey.open()
    assert (opening.head.size, opening.head.invalid) == (24, 0)
    assert Counter(ballot.unit for ballot in opening.ballots) == {"u1": 8, "u2": 8, "u3": 8}
    with survey.app.app_context():
        assert all((count.issued, count.done) == (8, 8) for count in roster.counts(survey.survey_id).values())


def test_the_network_may_die_at_any_step_and_one_ballot_is_left(survey: RunningSurvey) -> None:
    tokens = iter(survey.tokens["u1"] + survey.tokens["u2"] + survey.tokens["u3"])
    booth = booth_of(survey)
    steady = Unreliable(survey.transport())
    whole_way(booth.through(steady).begin(next(tokens)))
    assert steady.asked.count("/u/envelope") == 2 and "/i/issue" in steady.asked
    ballots = 1
    for step in range(len(steady.asked)):
        for lost in ("no_request", "no_reply"):
            line = Unreliable(survey.transport(), **{lost: frozenset({step})})
            respondent = booth.through(line).begin(next(tokens))
            _until_done(respondent)
            ballots += 1
            assert counted(survey) == [ANSWERS] * ballots, (step, steady.asked[step], lost)
    with survey.app.app_context():
        counts = roster.counts(survey.survey_id).values()
    assert sum(count.issued for count in counts) == sum(count.done for count in counts) == ballots


def test_the_network_may_die_at_every_second_step(survey: RunningSurvey) -> None:
    booth = booth_of(survey)
    for offset in (0, 1):
        line = Unreliable(survey.transport(), frozenset(range(offset, 60, 4)), frozenset(range(offset + 2, 60, 4)))
        _until_done(booth.through(line).begin(survey.tokens["u1"][offset]))
    assert counted(survey) == [ANSWERS] * 2


def _until_done(respondent: Respondent) -> None:
    """Begins again as often as the network dies."""
    for _ in range(40):
        try:
            whole_way(respondent)
        except ConnectionError:
            continue
        return
    raise AssertionError("never done")


def test_a_device_that_breaks_after_any_step_is_replaced_by_code_and_invitation(survey: RunningSurvey) -> None:
    booth = booth_of(survey)
    steady = Unreliable(survey.transport())
    whole_way(booth.through(steady).begin(survey.tokens["u1"][0]))
    for step in range(len(steady.asked)):
        token = survey.tokens["u2"][step]
        line = Unreliable(survey.transport(), no_reply=frozenset(range(step, 100)))
        broken = booth.through(line).begin(token)
        with pytest.raises(ConnectionError):
            whole_way(broken)
        whole_way(booth.begin(token, broken.code))
        assert counted(survey) == [ANSWERS] * (step + 2)


def test_two_devices_with_one_code_leave_one_ballot(survey: RunningSurvey) -> None:
    booth = booth_of(survey)
    phone = booth.begin(survey.tokens["u1"][0])
    phone.save_draft(State())
    laptop = booth.resume(phone.code)
    phone.submit({}, OTHERS)
    with pytest.raises(Refused, match="changed"):
        laptop.submit({}, ANSWERS)
    laptop.submit({}, ANSWERS)
    assert counted(survey) == [ANSWERS]


def test_a_credential_of_one_unit_counts_for_no_other(survey: RunningSurvey) -> None:
    for number in range(10):
        Person(survey, number, "u2").submit({"mf_01": 2})
    liar = Person(survey, 0, "u1")
    manifest = survey.manifest
    content = content_text({}, {"mf_01": 5}, "u2", bytes(16))
    ballot = make_ballot(liar.secrets, "u2", liar.credentials["ballot"], content)
    sealed = seal(manifest.opening_key, manifest.hash, pad(ballot.encode(), manifest.size))
    assert liar.send("/u/envelope", liar.envelope_body(sealed))[0] == 200, "the urn sees no unit"
    opening = survey.open()
    assert (opening.head.size, opening.head.invalid) == (10, 1)


def test_one_ballot_in_two_lockers_counts_once(survey: RunningSurvey) -> None:
    people = [Person(survey, number) for number in range(11)]
    first, second, *others = people
    for person in others:
        person.submit()
    _, _ = first.submit({"mf_01": 1})
    # Somebody lends her credentials: the same ballot key from another locker.
    second.issue()
    lent = first.envelope({"mf_01": 5})
    assert second.send("/u/envelope", second.envelope_body(lent))[0] == 200
    opening = survey.open()
    assert (opening.head.size, opening.head.invalid) == (10, 1)


@pytest.fixture
def fill_disk(survey: RunningSurvey) -> Iterator[Callable[[str, bool], None]]:
    """Fills the disk of one database, or makes room again: SQLite refuses every page beyond the present ones."""
    full: set[str] = set()

    def limit(bind: str) -> Callable[[Any, Any], None]:
        def set_limit(connection: Any, _record: object, _proxy: object) -> None:
            pages = 1 if bind in full else 1_000_000  # SQLite never goes below what is there
            connection.execute(f"PRAGMA max_page_count={pages}").close()

        return set_limit

    with survey.app.app_context():
        for bind, engine in db.engines.items():
            if bind is not None:
                event.listen(engine, "checkout", limit(bind))

    def fill(bind: str, is_full: bool) -> None:
        (full.add if is_full else full.discard)(bind)

    yield fill


def test_a_full_disk_loses_nothing_and_later_all_goes_on(
    survey: RunningSurvey, fill_disk: Callable[[str, bool], None]
) -> None:
    settled = Person(survey, 0)
    envelope, reply = settled.submit()
    others = [Person(survey, number) for number in range(1, 12)]
    bodies = [person.envelope_body(person.envelope()) for person in others]
    fill_disk("urn", True)
    replies = [person.send("/u/envelope", body) for person, body in zip(others, bodies, strict=True)]
    assert replies[-1] == refused("busy", 503), "the first may still find a free page"
    assert {status for status, _ in replies} <= {200, 503}
    for person, (status, _) in zip(others, replies, strict=True):
        assert person.lies()[0] == (200 if status == 200 else 403)
    assert envelope in survey.envelopes()
    assert settled.send("/u/envelope", settled.envelope_body(envelope)) == (200, reply)
    fill_disk("urn", False)
    assert {person.send("/u/envelope", body)[0] for person, body in zip(others, bodies, strict=True)} == {200}
    assert len(survey.envelopes()) == 12


@pytest.mark.parametrize("problem", [StoreFull, StoreError])
def test_a_disk_that_fails_while_issuing_uses_no_invitation_up(
    problem: type[StoreError], person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = person.issue_body
    with monkeypatch.context() as patch:

        def fail(*_: object) -> bytes:
            raise problem("no room")

        patch.setattr(roster, "issue", fail)
        assert person.send("/i/issue", body) == refused("busy", 503)
        patch.setattr(roster, "survey", fail)
        assert person.send("/i/look", person.look_body) == refused("busy", 503)
    assert person.send("/i/issue", body)[0] == 200


def test_a_receipt_is_given_only_for_what_is_on_the_disk(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    body = person.envelope_body(person.envelope())
    engine_errors: list[str] = []

    def fail_commit(connection: Any) -> None:
        engine_errors.append("commit")
        raise OperationalError("COMMIT", {}, Exception("disk I/O error"))

    with person.survey.app.app_context():
        engine = db.engines["urn"]
    event.listen(engine, "commit", fail_commit)
    try:
        assert person.send("/u/envelope", body) == refused("busy", 503)
    finally:
        event.remove(engine, "commit", fail_commit)
    assert engine_errors == ["commit"]
    assert person.survey.envelopes() == []
    assert person.send("/u/envelope", body)[0] == 200


def test_closing_while_a_request_is_on_its_way_refuses_it(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    person.issue()
    late = Person(person.survey, 1)
    find = roster.find_invitation

    def close_meanwhile(*arguments: Any) -> Any:
        found = find(*arguments)
        person.survey.close()
        return found

    body = person.envelope_body(person.envelope())
    monkeypatch.setattr(api.roster, "find_invitation", close_meanwhile)
    assert late.send("/i/issue", late.issue_body) == refused("closed", 410)
    assert person.send("/u/envelope", body) == refused("closed", 410)
    assert person.survey.envelopes() == []


def test_the_service_goes_on_with_what_a_new_process_reads(person: Person) -> None:
    envelope, reply = person.submit()
    person.survey.app.extensions.pop("peil.signing")
    with person.survey.app.app_context():
        for engine in db.engines.values():
            engine.dispose()
        assert urn.envelopes(person.survey.survey_id) == [envelope]
    assert person.send("/u/envelope", person.envelope_body(envelope)) == (200, reply)


def test_nothing_opens_below_the_promised_number(survey: RunningSurvey) -> None:
    for number in range(9):
        Person(survey, number).submit()
    survey.close()
    with pytest.raises(TooFewBallots):
        open_urn(read_urn(survey.urn_file()), survey.council.opening, survey.council.witness)
