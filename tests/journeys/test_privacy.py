"""What the page sends, keeps and tells: as little as can be."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Route

from tests.journeys.visit import NOTHING_STORED, Site, Visit


def paths(visit: Visit) -> list[str]:
    """What was asked for, in order."""
    return [urlsplit(request.url).path for request in visit.requests]


def test_the_promise_is_fetched_before_anything_about_the_respondent_is_sent(
    visit: Visit, site: Site, token: str
) -> None:
    visit.arrive(token)
    survey = site.survey.survey_id
    assert paths(visit) == [f"/b/{survey}", "/client/respond.css", "/client/booth.js", f"/m/{survey}.json", "/i/look"]
    early = visit.requests[:4]
    assert not [request for request in early if token in request.url or token in (request.post_data or "")]


def test_answers_and_codes_never_leave_the_page_in_the_open(visit: Visit, token: str) -> None:
    visit.arrive(token)
    visit.fill_in()
    visit.send()
    code = visit.code()
    bodies = [json.loads(request.post_data) for request in visit.requests if request.post_data]
    assert len(bodies) >= 4
    for request in visit.requests:
        assert token not in request.url and code not in request.url
        sent = json.dumps(request.all_headers()) + (request.post_data or "")
        assert code not in sent and code[:30] not in sent
        assert "tired" not in sent and "women" not in sent
        assert "cookie" not in request.all_headers() and "referer" not in request.all_headers()
    with_token = {request.url.split("/", 3)[3] for request in visit.requests if token in (request.post_data or "")}
    assert with_token == {"i/look", "i/issue"}, "the urn never sees the invitation code"
    assert visit.stored() == NOTHING_STORED


def test_envelopes_and_drafts_all_have_the_same_length(visit: Visit, token: str) -> None:
    visit.arrive(token)
    visit.press("Beginnen")
    visit.press("Pauzeren")
    visit.code()
    visit.press("Verder invullen")
    visit.answer("Hoe vaak ben je moe?", "soms")
    with visit.page.expect_response("**/u/draft"):
        visit.press("Verder")
    drafts = [json.loads(r.post_data or "{}")["draft"] for r in visit.requests if r.url.endswith("/u/draft")]
    assert len(drafts) == 2 and len(set(map(len, drafts))) == 1


def tampered(key: str, value: Any) -> Callable[[Route], None]:
    """A handler that changes one key of a reply."""

    def handle(route: Route) -> None:
        response = route.fetch()
        reply = response.json()
        reply[key] = value(reply[key]) if callable(value) else value
        route.fulfill(response=response, json=reply)

    return handle


def refusing(error: str, status: int) -> Callable[[Route], None]:
    """A handler that answers with an error of the protocol."""
    return lambda route: route.fulfill(status=status, json={"error": error})


def test_a_forged_promise_stops_the_page_before_it_says_who_is_there(visit: Visit, token: str) -> None:
    visit.page.route("**/m/*", tampered("manifest", lambda text: text.replace('"k":10', '"k":1')))
    visit.arrive(token)
    visit.sees("Hier klopt iets niet")
    assert not [path for path in paths(visit) if path.startswith(("/i/", "/u/"))]


def test_other_questions_than_those_promised_stop_the_page(visit: Visit, token: str) -> None:
    visit.page.route("**/m/*", tampered("form", lambda text: text.replace("moe", "ziek")))
    visit.arrive(token)
    visit.sees("Hier klopt iets niet")
    assert not [path for path in paths(visit) if path.startswith(("/i/", "/u/"))]


def test_a_key_for_one_person_only_is_noticed(visit: Visit, token: str) -> None:
    """The key-segregation attack: a key that is not in the manifest would recognise whoever uses it."""
    visit.page.route("**/i/look", tampered("issuers", lambda issuers: {**issuers, "unit": issuers["locker"]}))
    visit.arrive(token)
    visit.sees("Hier klopt iets niet")
    assert not [path for path in paths(visit) if path.startswith(("/i/issue", "/u/"))]


def test_a_signature_by_another_key_is_an_alarm_and_never_tried_again(visit: Visit, token: str) -> None:
    def swap(route: Route) -> None:
        response = route.fetch()
        reply = response.json()
        route.fulfill(response=response, json={"locker": reply["ballot"], "ballot": reply["locker"]})

    visit.page.route("**/i/issue", swap)
    visit.arrive(token)
    visit.press("Beginnen")
    visit.press("Pauzeren")
    visit.sees("Hier klopt iets niet")
    assert paths(visit).count("/i/issue") == 1
    assert not [path for path in paths(visit) if path.startswith("/u/")]


def test_a_false_receipt_is_an_alarm(visit: Visit, token: str) -> None:
    visit.arrive(token)
    visit.fill_in()
    visit.page.route("**/u/envelope", tampered("receipt", "A" * 86))
    visit.press("Versturen")
    visit.sees("Hier klopt iets niet")


def test_what_the_server_refuses_is_said_in_a_sentence(visit: Visit, site: Site, token: str) -> None:
    for error, status, heading in (
        ("closed", 410, "Het onderzoek is gesloten"),
        ("early", 410, "Het onderzoek is nog niet begonnen"),
        ("unknown", 404, "Vul je code in"),
    ):
        visit.open_tab()
        visit.page.route("**/i/look", refusing(error, status))
        visit.arrive(token)
        visit.sees(heading)
    visit.page.unroute_all()
    visit.page.goto(f"{site.address}/b/zzzzzzzz")
    assert visit.page.locator("h1").inner_text() == "Dit onderzoek is er niet"


def test_whoever_sits_here_next_does_not_go_on_with_the_answers_of_another(visit: Visit, site: Site) -> None:
    first, second = site.survey.tokens["u2"][:2]
    visit.arrive(first)
    visit.fill_in(tired="altijd")
    visit.page.route("**/u/envelope", lambda route: route.abort())
    visit.press("Versturen")
    visit.hears("Versturen lukt nu niet")
    assert len(visit.stored()["session"]) == 1
    visit.page.goto("about:blank")
    visit.page.unroute("**/u/envelope")
    visit.requests.clear()
    visit.arrive()
    visit.sees("Was jij hier net bezig?")
    assert not [path for path in paths(visit) if path.startswith(("/i/", "/u/"))]
    visit.press("Nee, opnieuw beginnen")
    visit.sees("Vul je code in")
    assert visit.stored() == NOTHING_STORED
    visit.page.get_by_label("Uitnodigingscode").fill(second)
    visit.press("Openen")
    visit.sees("Werk en energie")
    visit.press("Beginnen")
    assert visit.answers("Hoe vaak ben je moe?") is None


def test_with_the_link_at_hand_the_page_asks_too_and_anew_means_the_recovery_code(visit: Visit, site: Site) -> None:
    token = site.survey.tokens["u2"][2]
    visit.arrive(token)
    visit.fill_in()
    visit.page.route("**/u/envelope", lambda route: route.abort())
    visit.press("Versturen")
    visit.hears("Versturen lukt nu niet")
    visit.page.goto("about:blank")
    visit.arrive(token)
    visit.sees("Was jij hier net bezig?")
    visit.press("Nee, opnieuw beginnen")
    visit.sees("Je uitnodiging is al gebruikt")
    assert visit.stored() == NOTHING_STORED
