"""After the survey: late with an invitation, seeing that one was counted, having one's answers erased."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from werkzeug.serving import make_server

from survey_app.anonymity.client import load_booth
from survey_app.respond.booth import blueprint
from survey_app.stores import results, urn
from tests.journeys.form import journey_form
from tests.journeys.visit import Site, Visit
from tests.survey_app.running_survey import make_running_survey


@pytest.fixture
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, list[str]]]:
    """A survey in which twelve people answered, opened; and their recovery codes."""
    survey = make_running_survey(tmp_path_factory.mktemp("opened"), form=journey_form(), blueprints=[blueprint])
    booth = load_booth(survey.transport(), survey.survey_id)
    codes = []
    for token in survey.tokens["u1"][:12]:
        respondent = booth.begin(token)
        respondent.submit({"sex": "men"}, {"tired": 2})
        codes.append(respondent.code)
    survey.open()
    server = make_server("127.0.0.1", 0, survey.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Site(survey, f"http://127.0.0.1:{server.server_port}"), codes
    server.shutdown()
    thread.join()
    server.server_close()
    survey.release()


def test_late_counted_and_erased(browser: Browser, opened: tuple[Site, list[str]]) -> None:
    site, codes = opened
    visit = Visit(browser, site)
    visit.arrive(site.survey.tokens["u1"][-1])
    visit.sees("Het onderzoek is gesloten")
    visit.press("Ik heb een herstelcode")
    visit.page.get_by_label("Of je herstelcode").fill(codes[0])
    visit.press("Openen")
    visit.press("Ben ik meegeteld?")
    visit.hears("Ja. Jouw stembiljet staat op de tellijst")
    visit.press("Wis mijn antwoorden")
    visit.hears("Je antwoorden zijn uit de bestanden gewist.")
    with site.survey.app.app_context():
        assert len(results.ballots(site.survey.survey_id)) == 11
    visit.page.route(
        "**/board.jsonl", lambda route: route.fulfill(body="".join(route.fetch().text().splitlines(True)[1:]))
    )
    visit.press("Ben ik meegeteld?")
    visit.sees("Hier klopt iets niet")
    expect(visit.page.locator("main")).to_contain_text("“board”")
    visit.close()


def test_a_code_that_nothing_was_sent_with_is_not_on_the_list(browser: Browser, opened: tuple[Site, list[str]]) -> None:
    site, _ = opened
    with_nothing = load_booth(site.survey.transport(), site.survey.survey_id).begin(site.survey.tokens["u2"][0]).code
    visit = Visit(browser, site)
    visit.arrive(with_nothing)
    visit.press("Ben ik meegeteld?")
    visit.hears("Nee, onder deze code staat niets op de tellijst.")
    with site.survey.app.app_context():
        urn.destroy(site.survey.survey_id)
    visit.press("Ben ik meegeteld?")
    visit.hears("Dat is niet meer te zien")
    visit.press("Wis mijn antwoorden")
    visit.hears("Onder deze code staan (nog) geen geopende antwoorden.")
    visit.close()
