"""A network that dies at every step: nothing lost, nothing sent twice, one ballot."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from tests.journeys.visit import NOTHING_STORED, Site, Visit


def dead(route: Route) -> None:
    """The request never arrives."""
    route.abort("connectionfailed")


def deaf(route: Route) -> None:
    """The request arrives and is carried out; its reply is lost."""
    route.fetch()
    route.abort("connectionfailed")


@pytest.mark.parametrize(("path", "fault"), [("/u/draft", deaf), ("/u/envelope", dead), ("/u/envelope", deaf)])
def test_sending_through_a_network_that_dies(
    visit: Visit, site: Site, token: str, path: str, fault: Callable[[Route], None]
) -> None:
    before = {ballot.id for ballot in site.ballots()}
    visit.arrive(token)
    visit.fill_in()
    visit.page.route(f"**{path}", fault)
    visit.press("Versturen")
    visit.hears("Versturen lukt nu niet")
    visit.sees("Even nakijken")
    expect(visit.page.locator("dd", has_text="vaak")).to_be_visible()
    visit.page.unroute(f"**{path}")
    visit.send()
    (ballot,) = [ballot for ballot in site.ballots() if ballot.id not in before]
    assert ballot.said.answers["tired"] == 3


def test_fetching_credentials_through_a_network_that_dies(visit: Visit, site: Site, token: str) -> None:
    issued = site.issued()
    visit.arrive(token)
    visit.page.route("**/i/issue", deaf)
    visit.fill_in()
    visit.press("Versturen")
    visit.hears("Versturen lukt nu niet")
    visit.page.unroute("**/i/issue")
    visit.send()
    assert site.issued() == issued + 1


@pytest.mark.parametrize("path", ["/u/draft", "/u/envelope"])
def test_a_page_that_is_lost_while_sending_can_be_opened_again(visit: Visit, site: Site, token: str, path: str) -> None:
    before = {ballot.id for ballot in site.ballots()}
    visit.arrive(token)
    visit.fill_in()
    visit.page.route(f"**{path}", dead)
    visit.press("Versturen")
    visit.hears("Versturen lukt nu niet")
    visit.page.goto("about:blank")  # the invitation is used by now, and nobody has seen the recovery code
    visit.page.unroute(f"**{path}")
    visit.arrive(token)
    visit.sees("Was jij hier net bezig?")
    visit.press("Ja, verdergaan")
    if path == "/u/envelope":
        visit.sees("Even nakijken")
    else:
        visit.sees("Werk en energie")
        visit.fill_in()
    visit.send()
    assert len({ballot.id for ballot in site.ballots()} - before) == 1
    assert visit.stored() == NOTHING_STORED


def test_a_break_without_a_connection_waits_for_one(visit: Visit, token: str) -> None:
    visit.arrive(token)
    visit.press("Beginnen")
    visit.answer("Hoe vaak ben je moe?", "soms")
    visit.page.route("**/i/issue", dead)
    visit.press("Pauzeren")
    visit.hears("Geen verbinding. Je antwoorden staan nog hier")
    expect(visit.page.locator("#code")).to_have_count(0)  # a code that opens nothing is worse than none
    visit.page.unroute("**/i/issue")
    visit.press("Opnieuw proberen")
    assert len(visit.code()) == 32
    visit.press("Verder invullen")
    visit.sees("Energie")
    assert visit.answers("Hoe vaak ben je moe?") == "soms"


def test_a_draft_that_cannot_be_kept_is_said_calmly_and_kept_later(visit: Visit, token: str) -> None:
    visit.arrive(token)
    visit.press("Beginnen")
    visit.press("Pauzeren")
    visit.code()
    visit.press("Verder invullen")
    visit.page.route("**/u/draft", dead)
    visit.answer("Hoe vaak ben je moe?", "soms")
    visit.press("Verder")
    visit.hears("Geen verbinding. Je antwoorden staan nog hier")
    visit.sees("Zorgen")
    visit.page.unroute("**/u/draft")
    with visit.page.expect_response("**/u/draft"):
        visit.page.evaluate("dispatchEvent(new Event('online'))")
    visit.hears("De verbinding is er weer.")


def test_a_page_that_cannot_load_the_survey_offers_to_try_again(visit: Visit, site: Site, token: str) -> None:
    visit.page.route("**/m/*", dead)
    visit.arrive(token)
    visit.sees("Dit lukt nu niet")
    assert not [request for request in visit.requests if "/i/" in request.url]
    visit.page.unroute("**/m/*")
    visit.press("Opnieuw proberen")
    visit.sees("Werk en energie")


def test_pressing_send_twice_sends_once(visit: Visit, site: Site, token: str) -> None:
    before = len(site.ballots())
    visit.arrive(token)
    visit.fill_in()
    visit.page.locator("#send").dblclick()
    visit.sees("Dank je wel")
    assert len([request for request in visit.requests if request.url.endswith("/u/envelope")]) == 1
    assert len(site.ballots()) == before + 1
