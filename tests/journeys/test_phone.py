"""A respondent with a phone: filling in, stopping, losing the phone, changing one's mind."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Browser, expect

from survey_app.anonymity.client import load_booth
from survey_app.anonymity.drafts import State
from survey_app.anonymity.encoding import unb64u
from tests.journeys.visit import NOTHING_STORED, Site, Visit

SENT = {"tired": 3, "care": 1, "hours": 12, "heavy": -7}


def test_from_invitation_to_thanks(visit: Visit, site: Site, token: str) -> None:
    before = {ballot.id for ballot in site.ballots()}
    visit.arrive(token)
    visit.sees("Werk en energie")
    assert visit.page.url == site.booth, "the code is out of the address"
    for sentence in (
        "Voorbeeld BV wil weten hoe het met je gaat",
        "Zorg: 60 uitgenodigde mensen",
        "minder dan 10 deelnemers",
        "Anoniem, verzegeld door de ondernemingsraad",
        "Tot en met vrijdag 23 oktober 2026",
    ):
        expect(visit.page.locator("main")).to_contain_text(sentence)
    expect(visit.page.locator(".words")).to_have_text(site.survey.manifest.words)
    visit.fill_in()
    for question, answer in (("Hoe vaak ben je leeg?", "niet ingevuld"), ("Hoeveel uur per week?", "12")):
        row = visit.page.locator("dl > div", has_text=question)
        expect(row.locator("dd")).to_have_text(answer)
    visit.send()
    (ballot,) = [ballot for ballot in site.ballots() if ballot.id not in before]
    assert (ballot.unit, ballot.said.report_as) == ("u1", "u1")
    assert ballot.said.answers == SENT
    assert ballot.said.about == {"sex": "women"}
    assert visit.stored() == NOTHING_STORED


def test_the_mirror_shows_the_own_score_and_judges_nobody(visit: Visit, token: str) -> None:
    visit.arrive(token)
    visit.fill_in(tired="altijd")
    visit.send()
    mirror = visit.page.locator(".mirror")
    expect(mirror).to_contain_text("Jij: 4 op een schaal van 1 tot 4")
    expect(mirror).to_contain_text("Landelijk: 20% is moe.")
    expect(mirror).to_contain_text("NEA 2024")
    dot = mirror.locator("circle")
    assert dot.get_attribute("cx") == "312"  # the right end of the line
    expect(visit.page.locator(".places")).to_contain_text("Bedrijfsarts")


def test_stopping_losing_the_phone_and_going_on_elsewhere(
    browser: Browser, visit: Visit, site: Site, token: str
) -> None:
    visit.arrive(token)
    visit.press("Beginnen")
    visit.answer("Hoe vaak ben je moe?", "soms")
    visit.press("Pauzeren")
    visit.sees("Even stoppen")
    code = visit.code()
    assert len(code) == 32
    assert visit.stored() == NOTHING_STORED, "who has seen the code needs nothing that whoever sits here next could use"
    visit.press("Verder invullen")
    visit.sees("Energie")
    visit.answer("Hoe vaak ben je leeg?", "nooit")
    with visit.page.expect_response("**/u/draft"):  # from the break on, every change is kept
        visit.press("Verder")

    other = Visit(browser, site)
    other.arrive(token)
    other.sees("Je uitnodiging is al gebruikt")
    other.page.get_by_label("Herstelcode").fill(code[:-1] + ("A" if code[-1] != "A" else "B"))
    other.press("Openen")
    expect(other.page.locator("#recovery-error")).to_contain_text("tikfout")
    assert other.page.evaluate("document.activeElement.id") == "recovery"
    other.page.get_by_label("Herstelcode").fill(f" {code[:16].lower()} - {code[16:]}")
    other.press("Openen")
    other.sees("Zorgen")
    other.hears("Welkom terug")
    other.press("Terug")  # nothing of this page lies before it in the history of this browser
    other.sees("Energie")
    assert other.answers("Hoe vaak ben je moe?") == "soms"
    assert other.answers("Hoe vaak ben je leeg?") == "nooit"
    other.close()


def test_nobody_is_locked_out_by_a_tab_that_is_lost_before_anything_is_kept(
    visit: Visit, site: Site, token: str
) -> None:
    issued = site.issued()
    visit.arrive(token)
    visit.press("Beginnen")
    visit.answer("Hoe vaak ben je moe?", "soms")
    visit.page.close()
    visit.open_tab()
    visit.arrive(token)
    visit.sees("Werk en energie")
    assert site.issued() == issued


def test_changing_what_was_sent(visit: Visit, site: Site, token: str) -> None:
    visit.arrive(token)
    visit.fill_in()
    visit.send()
    before = site.ballots()
    visit.press("Antwoorden wijzigen")
    visit.sees("Energie")
    assert visit.answers("Hoe vaak ben je moe?") == "vaak"
    visit.answer("Hoe vaak ben je moe?", "nooit")
    visit.press("Verder")
    visit.answer("Zorg je voor iemand?", "nee")
    expect(visit.page.get_by_label("Hoeveel uur per week?")).to_be_hidden()
    visit.press("Verder")
    visit.sees("Over jou")
    visit.press("Verder")
    visit.send()
    after = site.ballots()
    assert {ballot.id for ballot in after} == {ballot.id for ballot in before}, "still one ballot"
    (changed,) = [ballot for ballot in after if ballot not in before]
    assert changed.said.answers == {"tired": 1, "care": 2}, "what is not asked any more is not sent"


def test_withdrawing_and_filling_in_again(visit: Visit, site: Site, token: str) -> None:
    visit.arrive(token)
    visit.fill_in()
    visit.send()
    sent = {ballot.id for ballot in site.ballots()}
    visit.press("Antwoorden intrekken")
    visit.sees("Antwoorden intrekken?")
    visit.press("Nee, laat ze staan")
    visit.sees("Dank je wel")
    visit.press("Antwoorden intrekken")
    with visit.page.expect_response("**/u/draft"):  # the empty locker, which the code alone opens again
        visit.press("Ja, wis mijn antwoorden")
    visit.sees("Je antwoorden zijn gewist")
    assert len(sent) - len({ballot.id for ballot in site.ballots()}) == 1
    code = visit.code()
    visit.open_tab()
    visit.arrive()
    visit.page.get_by_label("Of je herstelcode").fill(code)
    visit.press("Openen")
    visit.sees("Werk en energie")
    visit.fill_in()
    visit.send()
    assert {ballot.id for ballot in site.ballots()} == sent


def test_switching_the_language_loses_nothing(visit: Visit, token: str) -> None:
    visit.arrive(token)
    visit.press("English")
    expect(visit.page.locator("html")).to_have_attribute("lang", "en")
    expect(visit.page.locator("main")).to_contain_text("What will my boss see?")
    visit.press("Start")
    visit.answer("How often are you tired?", "often")
    visit.press("Next")
    visit.answer("Do you care for someone?", "yes")
    visit.page.get_by_label("How many hours a week?").fill("999")
    visit.press("Nederlands")
    expect(visit.page.locator("html")).to_have_attribute("lang", "nl")
    assert visit.page.evaluate("document.activeElement.textContent") == "English"
    assert visit.answers("Zorg je voor iemand?") == "ja"
    expect(visit.page.get_by_label("Hoeveel uur per week?")).to_have_value("999")
    visit.page.go_back()
    visit.sees("Energie")
    assert visit.answers("Hoe vaak ben je moe?") == "vaak"


def test_a_number_out_of_bounds_is_said_at_the_field_and_nothing_is_lost(visit: Visit, token: str) -> None:
    visit.arrive(token)
    visit.press("Beginnen")
    visit.press("Verder")
    visit.answer("Zorg je voor iemand?", "ja")
    field = visit.page.get_by_label("Hoeveel uur per week?")
    for wrong in ("169", "-7", "3,5", "veel"):
        field.fill(wrong)
        visit.press("Verder")
        visit.sees("Zorgen")
        expect(visit.page.locator("#hours-error")).to_have_text(
            "Vul een heel getal in van 0 tot en met 168, of laat het leeg."
        )
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_be_focused()
    field.fill("")
    visit.press("Verder")
    visit.sees("Over jou")


def test_counting_only_as_part_of_a_larger_group(visit: Visit, site: Site, token: str) -> None:
    before = {ballot.id for ballot in site.ballots()}
    visit.arrive(token)
    visit.page.get_by_text("Liever in een grotere groep meetellen?").click()
    visit.page.get_by_label("Voorbeeld BV (80 uitgenodigd)").check()
    expect(visit.page.locator("#group")).to_contain_text("Voorbeeld BV: 80 uitgenodigde mensen")
    visit.fill_in()
    visit.send()
    (ballot,) = [ballot for ballot in site.ballots() if ballot.id not in before]
    assert (ballot.unit, ballot.said.report_as) == ("u1", "u0")


def test_browser_buttons_go_back_and_forward_through_the_screens(visit: Visit, token: str) -> None:
    visit.arrive(token)
    visit.press("Beginnen")
    visit.sees("Energie")
    assert visit.page.evaluate("document.activeElement.tagName") == "H1"
    assert visit.page.title() == "Stap 1 van 4 · Energie · Werk en energie"
    visit.press("Verder")
    visit.sees("Zorgen")
    visit.page.go_back()
    visit.sees("Energie")
    visit.page.go_forward()
    visit.sees("Zorgen")
    visit.press("Terug")
    visit.sees("Energie")


def test_the_receipt_can_be_saved_and_holds_what_the_council_checks(visit: Visit, site: Site, token: str) -> None:
    visit.arrive(token)
    visit.fill_in()
    visit.send()
    with visit.page.expect_download() as download:
        visit.press("Ontvangstbewijs opslaan")
    text = download.value.path().read_text(encoding="utf-8")
    receipt = json.loads(text)
    assert sorted(receipt) == ["envelope", "kind", "manifest_hash", "peil", "receipt"]
    assert unb64u(receipt["envelope"]) in site.survey.envelopes()
    assert unb64u(receipt["manifest_hash"]) == site.survey.manifest.hash


def test_my_own_device_is_remembered_only_when_asked_and_forgotten_again(visit: Visit, site: Site, token: str) -> None:
    visit.arrive(token)
    visit.page.get_by_label("Dit is mijn eigen apparaat").check()
    visit.hears("Onthouden op dit apparaat.")
    visit.press("Beginnen")
    with visit.page.expect_response("**/u/draft"):
        visit.answer("Hoe vaak ben je moe?", "altijd")
        visit.press("Verder")
    (kept,) = visit.stored()["local"].items()
    assert kept[0] == f"peil/{site.survey.survey_id}" and len(kept[1]) == 32
    visit.page.close()
    visit.open_tab()
    visit.arrive()
    visit.hears("Welkom terug")
    visit.sees("Zorgen")
    visit.press("Pauzeren")
    visit.sees("Even stoppen")
    visit.page.get_by_label("Dit is mijn eigen apparaat").uncheck()
    visit.hears("Vergeten op dit apparaat.")
    assert visit.stored()["local"] == {}


def test_python_and_javascript_go_on_where_the_other_stopped(visit: Visit, site: Site, token: str) -> None:
    visit.arrive(token)
    visit.press("Beginnen")
    visit.answer("Hoe vaak ben je moe?", "soms")
    visit.press("Pauzeren")
    visit.sees("Even stoppen")
    code = visit.code()
    other = load_booth(site.survey.transport(), site.survey.survey_id).resume(code)
    assert other.state is not None and other.state.answers == {"tired": 2}
    other.submit({"sex": "men"}, {"tired": 4, "empty": 1})
    visit.open_tab()
    visit.arrive(token)
    visit.page.get_by_label("Herstelcode").fill(code)
    visit.press("Openen")
    visit.sees("Dank je wel")
    expect(visit.page.locator(".mirror")).to_contain_text("Jij: 2,5 op een schaal van 1 tot 4")
    expect(visit.page.get_by_label("Meld dat ik klaar ben")).to_be_checked()  # on this visit, as it was not done before


@pytest.mark.parametrize(
    ("choice", "kept"), [("Met wat hier staat", "vaak"), ("Met wat daar is ingevuld", "nooit")], ids=["here", "there"]
)
def test_filling_in_on_two_devices_at_once_is_settled_by_the_respondent(
    visit: Visit, site: Site, token: str, choice: str, kept: str
) -> None:
    visit.arrive(token)
    visit.press("Beginnen")
    visit.press("Pauzeren")
    code = visit.code()
    visit.press("Verder invullen")
    other = load_booth(site.survey.transport(), site.survey.survey_id).resume(code)
    other.save_draft(State({}, {"tired": 1}, place=1))
    visit.answer("Hoe vaak ben je moe?", "vaak")
    visit.press("Verder")
    visit.sees("Ergens anders gewijzigd")
    visit.press(choice)
    if kept == "vaak":
        visit.sees("Zorgen")
        visit.press("Terug")
    visit.sees("Energie")
    assert visit.answers("Hoe vaak ben je moe?") == kept


def test_being_done_is_reported_after_a_while_and_only_if_wanted(visit: Visit, site: Site, token: str) -> None:
    before = site.done()
    visit.page.clock.install()
    visit.arrive(token)
    visit.fill_in()
    visit.send()
    box = visit.page.get_by_label("Meld dat ik klaar ben")
    expect(box).to_be_checked()
    box.uncheck()
    visit.page.clock.fast_forward(95_000)
    assert site.done() == before
    assert not [request for request in visit.requests if request.url.endswith("/i/done")]
    box.check()
    visit.page.clock.fast_forward(4_000)
    assert not [request for request in visit.requests if request.url.endswith("/i/done")], "not at once"
    visit.page.clock.fast_forward(90_000)
    visit.hears("Gemeld dat je klaar bent.")
    assert site.done() == before + 1
