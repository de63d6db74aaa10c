"""The service for respondents: what it gives, to whom, and that one invitation ends in one ballot."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from survey_app.anonymity.codes import in_groups
from survey_app.anonymity.derivation import receipt_message
from survey_app.anonymity.ed25519 import verify
from survey_app.anonymity.encoding import b64u, unb64u
from survey_app.anonymity.issuers import Issuer
from survey_app.anonymity.manifest import check_witness, parse_manifest
from survey_app.stores import roster, urn
from survey_app.stores.roster import State
from tests.survey_app.respond.person import NOTHING, Person, Reply, refused, sha
from tests.survey_app.running_survey import LOG_KEY, RunningSurvey, make_running_survey


def at_once(*calls: Callable[[], Reply]) -> list[Reply]:
    """The replies of calls that all begin at the same moment."""
    ready = threading.Barrier(len(calls))
    replies: dict[int, Reply] = {}

    def run(place: int) -> None:
        ready.wait(timeout=30)
        replies[place] = calls[place]()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return [replies[place] for place in range(len(calls))]


def test_everybody_gets_the_same_promise_before_saying_who_she_is(shared: RunningSurvey) -> None:
    plain = shared.client.get(f"/m/{shared.survey_id}.json")
    packed = shared.client.get(f"/m/{shared.survey_id}.json", headers={"Accept-Encoding": "gzip, br"})
    assert plain.status_code == packed.status_code == 200
    assert packed.headers["Content-Encoding"] == "gzip" and gzip.decompress(packed.data) == plain.data
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"
    assert "Content-Encoding" not in plain.headers
    refusing = shared.client.get(f"/m/{shared.survey_id}.json", headers={"Accept-Encoding": "gzip;q=0"})
    assert refusing.data == plain.data and "Content-Encoding" not in refusing.headers
    assert plain.json is not None and set(plain.json) == {"manifest", "witness", "form"}
    manifest = parse_manifest(plain.json["manifest"])
    assert manifest == shared.manifest and plain.json["form"] == shared.form
    assert check_witness(manifest, unb64u(plain.json["witness"]))
    for spelling in (shared.survey_id.upper(), "abcd-1234", "ABCD%20I234"):
        assert shared.client.get(f"/m/{spelling}.json").data == plain.data


@pytest.mark.parametrize("address", ["/m/00000000.json", "/m/x.json", "/m/abcd12345.json", "/m/%C3%A9.json"])
def test_the_promise_of_no_survey_is_unknown(address: str, shared: RunningSurvey) -> None:
    assert shared.transport()("GET", address) == refused("unknown", 404)


def test_a_promise_that_was_taken_back_before_the_start_is_no_promise(tmp_path: Path) -> None:
    survey = make_running_survey(tmp_path, state=State.PROMISED)
    person = Person(survey)
    with survey.app.app_context():
        roster.move(survey.survey_id, State.PROMISED, State.DRAFT)
    assert survey.transport()("GET", f"/m/{survey.survey_id}.json") == refused("unknown", 404)
    assert person.send("/i/look", person.look_body) == refused("unknown", 404)
    survey.release()


def test_from_the_invitation_to_being_done(anywhere: RunningSurvey) -> None:
    survey, manifest, person = anywhere, anywhere.manifest, Person(anywhere)
    status, looked = person.send("/i/look", person.look_body)
    assert status == 200
    assert {key: looked[key] for key in ("unit", "issued", "done")} == {"unit": "u1", "issued": False, "done": False}
    for name, expected in {
        "unit": manifest.unit("u1").issuer,
        "locker": manifest.locker_issuer,
        "done": manifest.done_issuer,
    }.items():
        issuer = Issuer.from_json(looked["issuers"][name])
        assert issuer.is_sound() and issuer.hash == expected

    person.issue()
    assert person.send("/i/look", person.look_body)[1]["issued"] is True
    draft = person.draft(b"half")
    assert person.send("/u/draft", person.draft_body(draft)) == (200, {"draft": True})
    assert person.lies() == (200, {"draft": b64u(draft), "envelope": None, "closed": False})

    envelope, reply = person.submit()
    log = LOG_KEY.public_key().public_bytes_raw()
    assert verify(log, unb64u(reply["receipt"]), receipt_message(manifest.hash, sha(envelope)))
    assert survey.envelopes() == [envelope]

    assert person.send("/i/done", person.done_body(reply["done"])) == (200, {"done": True})
    assert person.send("/i/done", person.done_body(reply["done"])) == (200, {"done": True})
    assert person.send("/i/look", person.look_body)[1]["done"] is True

    changed = person.envelope({"mf_01": 5})
    assert person.send("/u/envelope", person.envelope_body(changed, sha(envelope)))[1]["done"] == reply["done"]
    assert survey.envelopes() == [changed]
    assert person.send("/u/withdraw", person.withdraw_body(sha(changed))) == (200, {"withdrawn": True})
    assert person.lies() == (200, {"draft": None, "envelope": None, "closed": False})
    assert survey.envelopes() == []
    again = person.envelope({"mf_01": 1})
    assert person.send("/u/envelope", person.envelope_body(again))[0] == 200
    assert survey.envelopes() == [again]


def test_codes_are_read_in_any_spelling(newcomer: Person) -> None:
    spelled = {"survey": " ABCD-I234 ", "token": in_groups(newcomer.token, "-").lower()}
    assert newcomer.send("/i/look", spelled) == newcomer.send("/i/look", newcomer.look_body)


def test_the_same_request_gets_the_same_credentials_and_another_none(newcomer: Person) -> None:
    body = newcomer.issue_body
    first = newcomer.send("/i/issue", body)
    assert first[0] == 200
    assert newcomer.send("/i/issue", body) == first
    other = Person(newcomer.survey)
    other.token = newcomer.token
    assert newcomer.send("/i/issue", other.issue_body) == refused("taken", 409)
    assert newcomer.send("/i/issue", {**body, "ballot": other.issue_body["ballot"]}) == refused("taken", 409)
    assert newcomer.send("/i/issue", body) == first


def test_a_double_click_gets_one_pair_of_credentials(anywhere: RunningSurvey) -> None:
    person = Person(anywhere)
    body = person.issue_body
    one, other = at_once(lambda: person.send("/i/issue", body), lambda: person.send("/i/issue", body))
    assert one == other and one[0] == 200


def test_two_devices_at_once_get_one_pair_of_credentials(anywhere: RunningSurvey) -> None:
    person = Person(anywhere)
    bodies = [Person(anywhere).issue_body for _ in range(4)]
    calls = [lambda body=body: person.send("/i/issue", body) for body in bodies]
    assert sorted(status for status, _ in at_once(*calls)) == [200, 409, 409, 409]


def test_a_double_click_on_send_gives_one_ballot_and_two_equal_receipts(anywhere: RunningSurvey) -> None:
    person = Person(anywhere)
    body = person.envelope_body(envelope := person.envelope())
    one, other = at_once(lambda: person.send("/u/envelope", body), lambda: person.send("/u/envelope", body))
    assert one == other and one[0] == 200
    assert person.survey.envelopes() == [envelope]


def test_of_two_different_ballots_at_once_one_is_there_and_the_other_is_told(anywhere: RunningSurvey) -> None:
    person = Person(anywhere)
    envelopes = [person.envelope({"mf_01": code}) for code in (1, 2, 3)]
    bodies = [person.envelope_body(envelope) for envelope in envelopes]
    replies = at_once(*(lambda body=body: person.send("/u/envelope", body) for body in bodies))
    assert sorted(status for status, _ in replies) == [200, 409, 409]
    (there,) = (envelope for envelope, (status, _) in zip(envelopes, replies, strict=True) if status == 200)
    assert person.survey.envelopes() == [there]


def test_what_lies_there_is_never_replaced_by_something_older(person: Person) -> None:
    first = person.envelope({"mf_01": 1})
    second = person.envelope({"mf_01": 2})
    late = person.envelope_body(first)
    assert person.send("/u/envelope", late)[0] == 200
    replacing = person.envelope_body(second, sha(first))
    assert person.send("/u/envelope", replacing)[0] == 200
    assert person.send("/u/envelope", late) == refused("changed", 409)
    assert person.send("/u/envelope", replacing)[0] == 200, "what lies there already is accepted again"
    assert person.send("/u/withdraw", person.withdraw_body(sha(first))) == refused("changed", 409)
    assert person.survey.envelopes() == [second]
    withdrawing = person.withdraw_body(sha(second))
    assert person.send("/u/withdraw", withdrawing)[0] == 200
    assert person.send("/u/withdraw", withdrawing)[0] == 200, "withdrawing twice is withdrawing"
    assert person.send("/u/envelope", replacing) == refused("changed", 409)
    assert person.send("/u/envelope", late) == refused("changed", 409)
    assert person.survey.envelopes() == []


def test_a_late_draft_does_not_replace_a_newer_one(newcomer: Person) -> None:
    first, second = newcomer.draft(b"first"), newcomer.draft(b"second")
    late = newcomer.draft_body(first)
    assert newcomer.send("/u/draft", late)[0] == 200
    assert newcomer.send("/u/draft", newcomer.draft_body(second, sha(first)))[0] == 200
    assert newcomer.send("/u/draft", late) == refused("changed", 409)
    assert newcomer.lies()[1]["draft"] == b64u(second)


def test_a_locker_gets_one_note_that_somebody_is_done(person: Person) -> None:
    envelope, _ = person.submit()
    other = Person(person.survey, 1)
    body = person.envelope_body(person.envelope({"mf_01": 2}), sha(envelope), done=other.done)
    assert person.send("/u/envelope", body) == refused("taken", 409)
    assert person.survey.envelopes() == [envelope]


def test_a_note_of_somebody_else_makes_nobody_done(person: Person) -> None:
    _, reply = person.submit()
    note = person.done_body(reply["done"])
    assert person.send("/i/done", note)[0] == 200
    other = Person(person.survey, 1)
    assert other.send("/i/done", {**note, "token": other.token}) == refused("refused", 403)
    assert other.send("/i/look", other.look_body)[1]["done"] is False


@pytest.mark.parametrize("spoilt", ["unknown code", "unknown survey", "revoked", "draft"])
def test_what_is_not_there_is_unknown_in_one_and_the_same_way(spoilt: str, survey: RunningSurvey) -> None:
    person = Person(survey)
    body = person.look_body
    match spoilt:
        case "unknown code":
            body["token"] = "0" * 16
        case "unknown survey":
            body["survey"] = "00000000"
        case "revoked":
            with survey.app.app_context():
                (revoked,) = (i for i in roster.invitations(survey.survey_id) if i.name == "Persoon u1 0")
                roster.revoke(survey.survey_id, revoked.id)
        case "draft":
            draft = make_running_survey(survey.folder, survey_id="dddd0000", app=survey.app, state=State.DRAFT)
            body = Person(draft).look_body
    usual = survey.client.post("/i/look", json={"survey": survey.survey_id, "token": "1" * 16})
    issue = {**body, "locker": person.issue_body["locker"], "ballot": person.issue_body["ballot"]}
    done = {**body, "serial": b64u(bytes(32)), "credential": b64u(bytes(384))}
    for path, sent in {"/i/look": body, "/i/issue": issue, "/i/done": done}.items():
        answer = survey.client.post(path, json=sent)
        assert (answer.status_code, answer.data) == (404, b'{"error":"unknown"}')
        assert answer.headers == usual.headers


@pytest.mark.parametrize("path", ["/u/open", "/u/draft", "/u/envelope", "/u/withdraw"])
def test_a_locker_of_an_unknown_survey_is_unknown(path: str, newcomer: Person) -> None:
    bodies = all_bodies(newcomer)
    assert newcomer.send(path, {**bodies[path], "survey": "00000000"}) == refused("unknown", 404)


def test_many_wrong_codes_are_slowed_down_and_right_ones_never(survey: RunningSurvey) -> None:
    person = Person(survey)
    wrong = {"survey": survey.survey_id, "token": "0" * 16}
    replies = [person.send("/i/look", wrong) for _ in range(80)]
    assert replies[0] == refused("unknown", 404)
    assert replies[-1] == refused("slow_down", 429)
    assert person.send("/i/look", {**wrong, "survey": "00000000"}) == refused("slow_down", 429)
    for number in range(10):
        colleague = Person(survey, number)
        assert colleague.send("/i/look", colleague.look_body)[0] == 200


def test_service_and_tally_know_only_their_own_databases() -> None:
    program = "import sys, {room}; print([name for name in sys.modules if name.startswith('survey_app.stores.')])"
    rooms = {"survey_app.respond.api": {"results"}, "survey_app.tally": {"roster", "urn"}}
    for room, forbidden in rooms.items():
        found = subprocess.run([sys.executable, "-c", program.format(room=room)], capture_output=True, text=True)
        assert found.returncode == 0, found.stderr
        assert "survey_app.stores.databases" in found.stdout
        for name in forbidden:
            assert f"'survey_app.stores.{name}'" not in found.stdout


def all_bodies(person: Person) -> dict[str, dict[str, str]]:
    """A good request to every address, of somebody who has a draft and a ballot in her locker."""
    issue = person.issue_body
    person.issue()
    draft = person.draft(b"draft")
    assert person.send("/u/draft", person.draft_body(draft))[0] == 200
    envelope, reply = person.submit()
    return {
        "/i/look": person.look_body,
        "/i/issue": issue,
        "/i/done": person.done_body(reply["done"]),
        "/u/open": person.open_body,
        "/u/draft": person.draft_body(person.draft(b"newer"), sha(draft)),
        "/u/envelope": person.envelope_body(person.envelope({"mf_01": 4}), sha(envelope)),
        "/u/withdraw": person.withdraw_body(sha(envelope)),
    }


def test_before_the_first_day_and_after_the_last_nothing_is_taken(survey: RunningSurvey) -> None:
    person = Person(survey)
    bodies = all_bodies(person)
    manifest = survey.manifest
    before = manifest.opens.replace(day=manifest.opens.day - 1)
    after = manifest.closes.replace(day=manifest.closes.day + 1)
    survey.calendar.day = before
    assert {path: person.send(path, body) for path, body in bodies.items()} == dict.fromkeys(
        bodies, refused("early", 410)
    )
    survey.calendar.day = after
    assert_only_looking(person, bodies)
    for day in (manifest.opens, manifest.closes):
        survey.calendar.day = day
        assert person.send("/i/look", person.look_body)[0] == person.lies()[0] == 200


def test_what_was_closed_stays_closed_when_the_clock_jumps_back(survey: RunningSurvey) -> None:
    person = Person(survey)
    bodies = all_bodies(person)
    there = survey.envelopes()
    survey.close()
    for day in (survey.manifest.closes, survey.manifest.opens, survey.manifest.opens.replace(year=2020)):
        survey.calendar.day = day
        assert_only_looking(person, bodies)
    assert survey.envelopes() == there


def assert_only_looking(person: Person, bodies: dict[str, dict[str, str]]) -> None:
    """After closing everything is refused, but for looking what lies in one's own locker."""
    replies = {path: person.send(path, body) for path, body in bodies.items()}
    status, lies = replies.pop("/u/open")
    assert status == 200 and lies["closed"] is True and lies["draft"] and lies["envelope"]
    assert replies == dict.fromkeys(replies, refused("closed", 410))


def test_after_closing_a_locker_can_be_looked_into_until_the_urn_is_destroyed(survey: RunningSurvey) -> None:
    person, stranger = Person(survey), Person(survey, 1)
    person.issue()
    person.submit()
    before = person.lies()
    assert before[1]["closed"] is False
    survey.close()
    assert person.lies() == (200, {**before[1], "closed": True})
    assert stranger.lies() == refused("closed", 410), "nothing was ever put there"
    forged = {**person.open_body, "signature": stranger.open_body["signature"]}
    assert person.send("/u/open", forged) == refused("refused", 403)
    with survey.app.app_context():
        urn.destroy(survey.survey_id)
    assert person.lies() == refused("unknown", 404)


def test_a_promise_can_be_read_before_the_start_and_an_invitation_not_used(tmp_path: Path) -> None:
    survey = make_running_survey(tmp_path, state=State.PROMISED)
    person = Person(survey)
    status, promise = survey.transport()("GET", f"/m/{survey.survey_id}.json")
    assert status == 200 and promise["manifest"] == survey.manifest.text
    assert person.send("/i/look", person.look_body) == refused("early", 410)
    assert person.send("/i/issue", person.issue_body) == refused("early", 410)
    assert person.send("/u/open", person.open_body) == refused("closed", 410)
    assert person.send("/u/withdraw", person.withdraw_body(NOTHING)) == refused("closed", 410)
    with survey.app.app_context():
        urn.accept(survey.survey_id, True)
        roster.move(survey.survey_id, State.PROMISED, State.RUNNING)
    envelope, _ = person.submit()
    assert survey.envelopes() == [envelope], "what was asked before the start was not remembered as the answer"
    survey.release()


HEADERS: Mapping[str, str] = {
    "Access-Control-Allow-Origin": "*",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Type": "application/json",
}


def test_every_reply_says_the_same_about_itself_and_sets_no_cookie(newcomer: Person) -> None:
    bodies = all_bodies(newcomer)
    client = newcomer.survey.app.test_client()
    answers = [client.get(f"/m/{newcomer.survey.survey_id}.json"), client.get("/m/00000000.json")]
    for path, body in bodies.items():
        method = "PUT" if path in ("/u/draft", "/u/envelope") else "POST"
        for sent in (json.dumps(body), "{}", "x" * 70_000):
            answers.append(client.open(path, method=method, data=sent, content_type="application/json"))
    assert {answer.status_code for answer in answers} == {200, 400, 404, 409, 413}
    for answer in answers:
        assert {key: answer.headers.get(key) for key in HEADERS} == HEADERS
        assert "Set-Cookie" not in answer.headers
        assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize(("path", "method"), [("/i/issue", "POST"), ("/u/envelope", "PUT"), ("/v/withdraw", "POST")])
def test_a_client_on_another_site_may_ask(path: str, method: str, shared: RunningSurvey) -> None:
    asked = {"Origin": "https://or.example.nl", "Access-Control-Request-Method": method}
    answer = shared.client.options(path, headers={**asked, "Access-Control-Request-Headers": "content-type"})
    assert answer.status_code == 204 and not answer.data
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert method in answer.headers["Access-Control-Allow-Methods"]
    assert answer.headers["Access-Control-Allow-Headers"] == "content-type"
    assert "Set-Cookie" not in answer.headers and "Access-Control-Allow-Credentials" not in answer.headers


def test_nobody_is_told_about_a_locker_without_its_key(newcomer: Person) -> None:
    newcomer.submit()
    stranger = Person(newcomer.survey)
    no_locker = stranger.lies()
    assert no_locker == refused("refused", 403)
    forged = {**newcomer.open_body, "signature": stranger.open_body["signature"]}
    assert newcomer.send("/u/open", forged) == no_locker
    assert stranger.send("/u/withdraw", stranger.withdraw_body(NOTHING)) == no_locker
