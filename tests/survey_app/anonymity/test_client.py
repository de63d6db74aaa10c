"""The client against an honest server, a network that dies, and a server that cheats."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from survey_app.anonymity.ballot import Ballot
from survey_app.anonymity.client import Alarm, Booth, Refused, Respondent, State, load_booth
from survey_app.anonymity.codes import BadCode, in_groups
from survey_app.anonymity.derivation import Secrets
from survey_app.anonymity.encoding import b64u, canonical, digest, unb64u
from survey_app.anonymity.issuers import Issuer
from survey_app.anonymity.opening import open_envelope, open_urn, read_urn
from survey_app.anonymity.sealing import TooLong
from tests.survey_app.anonymity.invented import FORM, SURVEY, Server, invent_survey, random_of
from tests.survey_app.anonymity.keys import issuer_key

PLAIN = invent_survey()
Reply = dict[str, Any]


def booth_of(server: Server, seed: str = "booth") -> Booth:
    """A booth with a random of its own, so that a journey can be repeated."""
    return load_booth(server, SURVEY, random_of(seed))


def ballots(server: Server) -> list[Ballot]:
    """The valid ballots in the urn."""
    survey = server.survey
    opened = (
        open_envelope(survey.manifest, survey.issuers, survey.council.opening, envelope)
        for envelope in server.envelopes
    )
    return [ballot for ballot in opened if ballot is not None]


class Network:
    """A line to the server that dies at one request, before it arrives or after; and only once."""

    def __init__(self, server: Server, at: int, after: bool) -> None:
        self.server, self.at, self.after, self.count = server, at, after, 0

    def __call__(self, method: str, path: str, body: Mapping[str, Any] | None = None, /) -> tuple[int, Any]:
        self.count += 1
        if self.count != self.at:
            return self.server(method, path, body)
        if self.after:
            self.server(method, path, body)
        raise ConnectionError("the line is dead")


class Cheat:
    """A server whose replies on one path are changed."""

    def __init__(self, server: Server, path: str, change: Callable[[Reply], object]) -> None:
        self.server, self.path, self.change = server, path, change

    def __call__(self, method: str, path: str, body: Mapping[str, Any] | None = None, /) -> tuple[int, Any]:
        status, reply = self.server(method, path, body)
        if path == self.path and status == 200:
            reply = json.loads(json.dumps(reply))
            self.change(reply)
        return status, reply


def take_part(respondent: Respondent, answers: Mapping[str, int]) -> None:
    """A whole journey; every step that the network breaks off is taken again."""
    steps: list[Callable[[], object]] = [
        respondent.look,
        respondent.issue,
        lambda: respondent.save_draft(State({"sex": "women"}, {"mf_01": 1}, place=1)),
        lambda: respondent.submit({"sex": "women"}, answers),
        respondent.done,
    ]
    for step in steps:
        try:
            step()
        except ConnectionError:
            step()


def test_a_whole_journey() -> None:
    server = Server(PLAIN)
    respondent = booth_of(server).begin(server.token("u2"))
    take_part(respondent, {"mf_01": 4, "mf_02": -7})

    (ballot,) = ballots(server)
    assert (ballot.unit, ballot.said.answers) == ("u2", {"mf_01": 4, "mf_02": -7})
    assert ballot.said.report_as == "u2"
    assert list(server.done) == [server.token("u2")]
    assert respondent.sent
    assert server.asked == [
        f"/m/{SURVEY}.json", "/i/look", "/i/issue", "/u/draft", "/u/draft", "/u/envelope", "/i/done",
    ]  # fmt: skip


def test_codes_may_be_typed_as_people_type() -> None:
    server = Server(PLAIN)
    token = in_groups(server.token("u2"), "-").lower()
    first = booth_of(server).begin(token)
    first.submit({}, {"mf_01": 1})
    again = booth_of(server).resume(in_groups(first.code).lower())

    assert again.unit.key == "u2"
    with pytest.raises(BadCode):
        booth_of(server).begin("no code")
    with pytest.raises(BadCode):
        booth_of(server).resume(first.code[:-1])
    with pytest.raises(BadCode):
        booth_of(server).begin(token, first.code[:-1])


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, 7))
def test_the_network_dies_once_and_there_is_one_ballot(at: int, after: bool) -> None:
    undisturbed, server = Server(PLAIN), Server(PLAIN)
    take_part(booth_of(undisturbed).begin(server.token("u3")), {"mf_01": 2})
    booth = booth_of(server)
    network = Network(server, at, after)
    respondent = booth.through(network).begin(server.token("u3"))
    take_part(respondent, {"mf_01": 2})

    (ballot,), (expected,) = ballots(server), ballots(undisturbed)
    assert network.count >= at, "the line did die"
    assert (ballot.key, ballot.credential) == (expected.key, expected.credential)
    assert ballot.said == expected.said
    assert len(server.lockers) == len(server.issued) == len(server.done) == 1
    assert server.done == undisturbed.done
    assert json.loads(respondent.receipt_file())["envelope"] == b64u(server.envelopes[0])


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_the_network_dies_while_withdrawing(after: bool) -> None:
    server = Server(PLAIN)
    network = Network(server, 5, after)
    respondent = booth_of(server).through(network).begin(server.token("u3"))
    respondent.submit({}, {"mf_01": 2})
    with pytest.raises(ConnectionError):
        respondent.withdraw()
    respondent.withdraw()

    assert server.envelopes == []
    assert [locker.draft for locker in server.lockers.values()] == [None]


def test_a_double_click_changes_nothing() -> None:
    server = Server(PLAIN)
    respondent = booth_of(server).begin(server.token("u2"))
    for _ in range(2):
        respondent.issue()
        receipt = respondent.submit({}, {"mf_01": 3})
        respondent.done()

    assert server.envelopes == [receipt.envelope]
    assert len(server.lockers) == len(server.issued) == len(server.done) == 1


def test_two_windows_with_one_code_end_with_one_ballot() -> None:
    server = Server(PLAIN)
    first = booth_of(server).begin(server.token("u2"))
    second = booth_of(server, "second").begin(server.token("u2"), first.code)
    first.issue()
    second.issue()
    first.submit({}, {"mf_01": 1})
    with pytest.raises(Refused, match="changed"):
        second.submit({}, {"mf_01": 2})
    assert [ballot.said.answers for ballot in ballots(server)] == [{"mf_01": 1}]
    second.submit({}, {"mf_01": 2})

    assert [ballot.said.answers for ballot in ballots(server)] == [{"mf_01": 2}]


def test_a_late_retry_does_not_put_an_older_answer_back() -> None:
    server = Server(PLAIN)
    network = Network(server, 4, after=False)
    first = booth_of(server).through(network).begin(server.token("u2"))
    with pytest.raises(ConnectionError):
        first.submit({}, {"mf_01": 1})
    elsewhere = booth_of(server, "elsewhere").resume(first.code)
    elsewhere.submit({}, {"mf_01": 2})

    with pytest.raises(Refused, match="changed"):
        first.submit({}, {"mf_01": 1})
    assert [ballot.said.answers for ballot in ballots(server)] == [{"mf_01": 2}]


def test_a_replayed_request_with_an_old_envelope_is_refused() -> None:
    server = Server(PLAIN)
    sent: list[Mapping[str, Any]] = []

    def listening(method: str, path: str, body: Mapping[str, Any] | None = None, /) -> tuple[int, Any]:
        if path == "/u/envelope":
            sent.append(body or {})
        return server(method, path, body)

    respondent = booth_of(server).through(listening).begin(server.token("u2"))
    respondent.submit({}, {"mf_01": 1})
    respondent.submit({}, {"mf_01": 2})

    assert server("PUT", "/u/envelope", sent[0]) == (409, {"error": "changed"})
    assert server("PUT", "/u/envelope", sent[1])[0] == 200, "what lies there already is accepted again"
    assert [ballot.said.answers for ballot in ballots(server)] == [{"mf_01": 2}]


def test_a_lost_device_the_code_alone_brings_everything_back() -> None:
    server = Server(PLAIN)
    first = booth_of(server).begin(server.token("u2"))
    first.save_draft(State({"sex": "men"}, {"mf_01": 5}, "u1", place=2))

    found = booth_of(server, "new device").resume(first.code)
    assert found.state == State({"sex": "men"}, {"mf_01": 5}, "u1", place=2)
    assert found.unit.key == "u2"
    assert not found.sent
    found.submit({"sex": "men"}, {"mf_01": 4}, "u1")

    (ballot,) = ballots(server)
    assert (ballot.said.answers, ballot.said.report_as) == ({"mf_01": 4}, "u1")
    assert ballot.key == Secrets(first.code, PLAIN.manifest.hash).ballot_public, "the same ballot key, so one ballot"
    assert "/i/look" not in server.asked[server.asked.index("/u/open") :]


def test_a_code_without_a_locker_brings_nothing() -> None:
    server = Server(PLAIN)
    issued = booth_of(server).begin(server.token("u2"))
    issued.issue()
    with pytest.raises(Refused, match="refused"):
        booth_of(server).resume(issued.code)

    # With the invitation the same code gets the same credentials, for nothing was lost.
    again = booth_of(server).begin(server.token("u2"), issued.code)
    again.submit({}, {"mf_01": 1})
    assert len(ballots(server)) == 1


def test_another_code_gets_nothing_for_a_used_invitation() -> None:
    server = Server(PLAIN)
    booth_of(server).begin(server.token("u2")).issue()
    with pytest.raises(Refused, match="taken"):
        booth_of(server, "thief").begin(server.token("u2")).issue()


def test_one_invitation_and_its_code_go_on_where_they_were() -> None:
    server = Server(PLAIN)
    first = booth_of(server).begin(server.token("u2"))
    first.submit({}, {"mf_01": 1})
    again = booth_of(server).begin(server.token("u2"), first.code)

    assert (again.look().issued, again.look().done) == (True, False)
    again.done()  # the receipt and the note come by handing in the same envelope again
    assert again.look().done is False, "asked once"
    assert booth_of(server).begin(server.token("u2"), first.code).look().done
    assert json.loads(again.receipt_file()) == json.loads(first.receipt_file())


def test_changed_answers_replace_the_ballot() -> None:
    server = Server(PLAIN)
    respondent = booth_of(server).begin(server.token("u2"))
    for code in (1, 2, 2, 3):
        respondent.submit({}, {"mf_01": code})

    assert [ballot.said.answers for ballot in ballots(server)] == [{"mf_01": 3}]


def test_withdrawing_empties_the_locker_and_one_may_come_back() -> None:
    server = Server(PLAIN)
    respondent = booth_of(server).begin(server.token("u2"))
    respondent.submit({}, {"mf_01": 1})
    respondent.withdraw()
    respondent.withdraw()

    assert server.envelopes == []
    assert not respondent.sent
    with pytest.raises(ValueError, match="nothing was sent"):
        respondent.receipt_file()
    with pytest.raises(Refused, match="refused"):
        booth_of(server).resume(respondent.code)
    again = booth_of(server).begin(server.token("u2"), respondent.code)
    again.submit({}, {"mf_01": 5})
    assert [ballot.said.answers for ballot in ballots(server)] == [{"mf_01": 5}]


def test_withdrawing_with_the_code_alone() -> None:
    server = Server(PLAIN)
    respondent = booth_of(server).begin(server.token("u2"))
    respondent.submit({}, {"mf_01": 1})
    booth_of(server).resume(respondent.code).withdraw()

    assert server.envelopes == []


def test_withdrawing_before_anything_lies_there_asks_for_nothing() -> None:
    server = Server(PLAIN)
    respondent = booth_of(server).begin(server.token("u2"))
    respondent.issue()
    respondent.withdraw()

    assert "/u/withdraw" not in server.asked


def test_without_an_invitation_nobody_is_told() -> None:
    server = Server(PLAIN)
    first = booth_of(server).begin(server.token("u2"))
    first.submit({}, {"mf_01": 1})
    with pytest.raises(ValueError, match="invitation code"):
        booth_of(server).resume(first.code).done()
    assert server.done == {}


def test_envelopes_and_drafts_are_all_of_one_length() -> None:
    server = Server(PLAIN)
    for place, answers in enumerate(({}, {"mf_01": 1}, {f"item_{n}": n for n in range(80)})):
        booth_of(server, str(place)).begin(server.token("u2", place)).submit({}, answers)

    assert {len(envelope) for envelope in server.envelopes} == {PLAIN.manifest.size + 81}
    assert {len(locker.draft or b"") for locker in server.lockers.values()} == {PLAIN.manifest.size + 28}


def test_what_does_not_fit_is_not_sent() -> None:
    server = Server(PLAIN)
    respondent = booth_of(server).begin(server.token("u2"))
    with pytest.raises(TooLong):
        respondent.submit({}, {f"item_{n}": n for n in range(500)})
    assert server.lockers == {}


def test_a_closed_survey_says_so() -> None:
    server = Server(PLAIN)
    respondent = booth_of(server).begin(server.token("u2"))
    respondent.issue()
    server.open = False
    with pytest.raises(Refused, match="closed"):
        respondent.submit({}, {"mf_01": 1})


def test_a_page_of_a_proxy_is_no_word_of_the_server() -> None:
    server = Server(PLAIN)
    booth = booth_of(server)

    def broken(method: str, path: str, body: Mapping[str, Any] | None = None, /) -> tuple[int, Any]:
        return 502, "<h1>Bad gateway</h1>"

    with pytest.raises(Refused, match="failed"):
        booth.through(broken).begin(server.token("u2")).look()


def test_nothing_that_is_sent_says_who_and_what_at_once() -> None:
    server = Server(PLAIN)
    said: list[tuple[str, str]] = []

    def listening(method: str, path: str, body: Mapping[str, Any] | None = None, /) -> tuple[int, Any]:
        status, reply = server(method, path, body)
        said.append((path, json.dumps([body, reply])))
        return status, reply

    respondent = booth_of(server).through(listening).begin(server.token("u2"))
    take_part(respondent, {"mf_01": 4})
    people = "".join(text for path, text in said if path.startswith("/i/"))
    urn = "".join(text for path, text in said if path.startswith("/u/"))

    assert server.token("u2") in people
    assert server.token("u2") not in urn
    assert respondent.code not in people + urn
    for values in (people, urn):
        assert "mf_01" not in values
    # Nothing of the length of a key or more goes to both sides but the word for the survey.
    seen = [{word for word in text.replace('"', " ").split() if len(word) > 12} for text in (people, urn)]
    assert seen[0] & seen[1] == set()


PROMISE = f"/m/{SURVEY}.json"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda reply: reply.update(manifest=reply["manifest"] + " "), "manifest"),
        (lambda reply: reply.update(manifest=None), "manifest"),
        (lambda reply: reply.update(manifest=invent_survey(survey="bcde2345").manifest.text), "manifest"),
        (lambda reply: reply.update(manifest=invent_survey(k=5).manifest.text), "witness"),
        (lambda reply: reply.update(witness=None), "witness"),
        (lambda reply: reply.update(witness=b64u(bytes(64))), "witness"),
        (lambda reply: reply.update(form=FORM.replace("nl", "fr")), "form"),
        (lambda reply: reply.update(form=None), "form"),
        (lambda reply: reply.pop("form"), "reply"),
    ],
    ids=[
        "a manifest that is not canonical", "no manifest", "another survey", "a forked manifest", "no witness",
        "a forged witness", "another form", "no form", "a key missing",
    ],
)  # fmt: skip
def test_a_false_promise_sets_off_the_alarm(change: Callable[[Reply], object], what: str) -> None:
    with pytest.raises(Alarm) as alarm:
        load_booth(Cheat(Server(PLAIN), PROMISE, change), SURVEY)
    assert alarm.value.what == what


def issuer_with_bad_proof() -> Reply:
    """An issuer of which one root is wrong, so that its hash is another too."""
    issuer = PLAIN.issuer("u2")
    return Issuer(issuer.n, (*issuer.proof[:-1], issuer.proof[0])).as_json()


@pytest.mark.parametrize(
    ("issuer", "purpose"),
    [
        (None, "unit"),
        ({"n": "AAAA", "proof": []}, "locker"),
        (issuer_key(9).issuer.as_json(), "unit"),
        (issuer_key(9).issuer.as_json(), "done"),
        (PLAIN.issuer("u3").as_json(), "unit"),
        (issuer_with_bad_proof(), "unit"),
    ],
    ids=["none", "malformed", "a key of its own for one unit", "for being done", "of another unit", "without proof"],
)
def test_a_forged_issuer_sets_off_the_alarm(issuer: Reply | None, purpose: str) -> None:
    server = Server(PLAIN)
    cheat = Cheat(server, "/i/look", lambda reply: reply["issuers"].update({purpose: issuer}))
    with pytest.raises(Alarm, match="issuer"):
        booth_of(server).through(cheat).begin(server.token("u2")).issue()
    assert server.issued == {}, "nothing was sent that could be signed"


@pytest.mark.parametrize("change", ["n", "root", "even"])
def test_a_promised_issuer_without_a_good_proof_sets_off_the_alarm(change: str) -> None:
    """The manifest itself names a malformed key: only the proof tells."""
    good = PLAIN.issuer("u2")
    bad = {
        "n": Issuer(bytes([good.n[0] ^ 1]) + good.n[1:], good.proof),
        "root": Issuer(good.n, (*good.proof[:-1], good.proof[0])),
        "even": Issuer(good.n[:-1] + bytes([good.n[-1] ^ 1]), good.proof),
    }[change]
    units = [
        {"key": u.key, "name": u.name, "parent": u.parent, "invited": u.invited,
         "issuer": bad.hash if u.key == "u2" else u.issuer}
        for u in PLAIN.manifest.units
    ]  # fmt: skip
    server = Server(invent_survey(units=units))
    cheat = Cheat(server, "/i/look", lambda reply: reply["issuers"].update(unit=bad.as_json()))
    with pytest.raises(Alarm, match="issuer"):
        booth_of(server).through(cheat).begin(server.token("u2")).issue()


@pytest.mark.parametrize("unit", ["u9", "u3", "u0", None, ["u2"]])
def test_a_unit_that_does_not_fit_sets_off_the_alarm(unit: object) -> None:
    server = Server(PLAIN)
    cheat = Cheat(server, "/i/look", lambda reply: reply.update(unit=unit))
    with pytest.raises(Alarm, match=r"unit|issuer"):
        booth_of(server).through(cheat).begin(server.token("u2")).issue()


@pytest.mark.parametrize("purpose", ["locker", "ballot"])
@pytest.mark.parametrize("forged", [b64u(bytes(384)), b64u(bytes(383)), None, "padding="])
def test_a_false_blind_signature_sets_off_the_alarm_every_time(purpose: str, forged: str | None) -> None:
    server = Server(PLAIN)
    cheat = Cheat(server, "/i/issue", lambda reply: reply.update({purpose: forged}))
    respondent = booth_of(server).through(cheat).begin(server.token("u2"))
    for _ in range(2):
        with pytest.raises(Alarm, match="credential"):
            respondent.issue()
    assert len({digest("blinded", canonical(signed)) for _, signed in server.issued.values()}) == 1


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda reply: reply.update(receipt=b64u(bytes(64))), "receipt"),
        (lambda reply: reply.update(receipt=None), "receipt"),
        (lambda reply: reply.update(done=b64u(bytes(384))), "done"),
        (lambda reply: reply.pop("done"), "reply"),
    ],
)
def test_a_false_receipt_sets_off_the_alarm(change: Callable[[Reply], object], what: str) -> None:
    server = Server(PLAIN)
    cheat = Cheat(server, "/u/envelope", change)
    with pytest.raises(Alarm, match=what):
        booth_of(server).through(cheat).begin(server.token("u2")).submit({}, {"mf_01": 1})


def test_a_draft_that_is_not_ours_sets_off_the_alarm() -> None:
    server = Server(PLAIN)
    respondent = booth_of(server).begin(server.token("u2"))
    respondent.save_draft(State())
    (locker,) = server.lockers.values()
    locker.draft = bytes(PLAIN.manifest.size + 28)
    with pytest.raises(Alarm, match="draft"):
        booth_of(server).resume(respondent.code)


def test_alarms_and_refusals_do_not_repeat_secrets() -> None:
    server = Server(PLAIN)
    respondent = booth_of(server).begin(server.token("u2"))
    respondent.issue()
    texts = [str(Refused("taken")), str(Alarm("issuer")), repr(respondent)]

    assert not any(respondent.code in text or server.token("u2") in text for text in texts)


def opened_board(server: Server, people: list[Respondent]) -> Callable[..., tuple[int, Any]]:
    """Opens the urn, and gives a server that shows the board."""
    survey = server.survey
    server.open = False
    done = open_urn(read_urn(survey.urn(server.envelopes)), survey.council.opening, survey.council.witness)
    head = {
        **done.head.as_json(),
        "witness": b64u(done.opened.witness),
        "log": b64u(survey.log.sign(done.head.digest(survey.manifest.hash))),
    }
    pages = {f"/v/{SURVEY}/head": head, f"/v/{SURVEY}/board.jsonl": "\n".join(done.opened.leaves) + "\n"}

    def board(method: str, path: str, body: Mapping[str, Any] | None = None, /) -> tuple[int, Any]:
        if path == "/v/withdraw":
            assert body is not None
            return (200, {"withdrawn": True}) if len(unb64u(body["signature"], 64)) == 64 else (403, {})
        if path == "/u/open":
            return server(method, path, body)
        return 200, pages[path]

    board.pages = pages  # type: ignore[attr-defined]
    return board


def everybody(server: Server) -> list[Respondent]:
    """Five ballots of unit u2 and one of u3."""
    people = []
    for place, unit in enumerate(["u2"] * 5 + ["u3"]):
        respondent = booth_of(server, f"person {place}").begin(server.token(unit, place))
        respondent.submit({}, {"mf_01": 1 + place % 5})
        people.append(respondent)
    return people


def test_everybody_finds_her_ballot_on_the_board() -> None:
    server = Server(PLAIN)
    people = everybody(server)
    late = booth_of(server, "late").begin(server.token("u2", 6))
    board = opened_board(server, people)
    for person in people:
        person._booth = person._booth.through(board)

    assert [person.find_on_board() for person in people] == ["counted"] * 6
    # With the code alone:
    alone = [Respondent(booth_of(server).through(board), person.code, None) for person in (people[0], people[5])]
    assert [person.find_on_board() for person in alone] == ["counted"] * 2
    with pytest.raises(Refused, match="closed"):
        alone[0].restore()
    late._booth = late._booth.through(board)
    assert late.find_on_board() == "absent"
    people[0].withdraw_ballot()


def test_what_a_client_sends_of_a_draft_is_for_the_client_to_say() -> None:
    server = Server(PLAIN)
    people = everybody(server)
    people[0]._booth = people[0]._booth.through(opened_board(server, people))

    assert people[0].find_on_board(lambda state: replace(state, answers={})) == "absent"
    assert people[0].find_on_board(lambda state: replace(state, about={})) == "counted"


def test_a_ballot_that_was_left_out_or_withdrawn_is_not_on_the_board() -> None:
    server = Server(PLAIN)
    people = everybody(server)
    before = server.envelopes
    people[0].submit({}, {"mf_01": 5})
    server.lockers[next(iter(server.lockers))].envelope = before[0]
    people[1].withdraw()
    people[2].save_draft(State({}, {"mf_01": 1}))
    people[3].withdraw()
    people[3].save_draft(State({}, {"mf_01": 1}))
    board = opened_board(server, people)
    for person in people:
        person._booth = person._booth.through(board)

    assert people[0].find_on_board() == "absent", "an older ballot counted"
    assert people[1].find_on_board() == "absent"
    assert people[2].find_on_board() == "changed"
    assert people[3].find_on_board() == "absent"


@pytest.mark.parametrize(("word", "sight"), [("unknown", "gone"), ("refused", "absent"), ("closed", "absent")])
def test_without_a_locker_it_is_said_why(word: str, sight: str) -> None:
    server = Server(PLAIN)
    people = everybody(server)
    board = opened_board(server, people)

    def destroyed(method: str, path: str, body: Mapping[str, Any] | None = None, /) -> tuple[int, Any]:
        return (404, {"error": word}) if path == "/u/open" else board(method, path, body)

    people[0]._booth = people[0]._booth.through(destroyed)
    assert people[0].find_on_board() == sight
    if word == "unknown":
        with pytest.raises(Refused, match="closed"):
            people[0].restore()


def test_a_server_that_cannot_is_no_word_about_the_ballot() -> None:
    server = Server(PLAIN)
    people = everybody(server)
    board = opened_board(server, people)

    def busy(method: str, path: str, body: Mapping[str, Any] | None = None, /) -> tuple[int, Any]:
        return (503, {"error": "busy"}) if path == "/u/open" else board(method, path, body)

    people[0]._booth = people[0]._booth.through(busy)
    with pytest.raises(Refused, match="busy"):
        people[0].find_on_board()


@pytest.mark.parametrize("damage", ["leaf", "log", "witness", "size", "text"])
def test_a_false_board_sets_off_the_alarm(damage: str) -> None:
    server = Server(PLAIN)
    people = everybody(server)
    board = opened_board(server, people)
    pages: dict[str, Any] = board.pages  # type: ignore[attr-defined]
    head, lines = pages[f"/v/{SURVEY}/head"], pages[f"/v/{SURVEY}/board.jsonl"].splitlines()
    if damage == "leaf":
        pages[f"/v/{SURVEY}/board.jsonl"] = "\n".join(lines[1:])
    elif damage == "text":
        pages[f"/v/{SURVEY}/board.jsonl"] = lines
    elif damage == "size":
        head["size"] += 1
    else:
        head[damage] = b64u(bytes(64))
    people[0]._booth = people[0]._booth.through(board)
    with pytest.raises(Alarm, match="board"):
        people[0].find_on_board()


def test_a_receipt_file_is_the_whole_envelope() -> None:
    server = Server(PLAIN)
    respondent = booth_of(server).begin(server.token("u2"))
    receipt = respondent.submit({}, {"mf_01": 1})
    file = json.loads(respondent.receipt_file())

    assert set(file) == {"envelope", "kind", "manifest_hash", "peil", "receipt"}
    assert hashlib.sha256(unb64u(file["envelope"])).digest() == hashlib.sha256(receipt.envelope).digest()
    assert file["manifest_hash"] == b64u(PLAIN.manifest.hash)
