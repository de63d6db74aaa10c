"""A tablet that many people use: nothing of one is there for the next."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.journeys.visit import NOTHING_STORED, Site, Visit


def begin(visit: Visit, site: Site, token: str) -> None:
    """Types a code at the tablet."""
    visit.page.goto(site.kiosk)
    visit.sees("Vul je code in")
    visit.page.get_by_label("Uitnodigingscode").fill(token.lower())
    visit.press("Openen")
    visit.sees("Werk en energie")


def is_clean(visit: Visit, token: str, *words: str) -> bool:
    """Whether the tablet asks for a code and nothing of anybody is on it or in it."""
    visit.sees("Vul je code in")
    page = visit.page.content()
    fields = visit.page.locator("input").evaluate_all("fields => fields.map(field => field.value)")
    return (
        not any(word in page for word in (token, *words)) and set(fields) == {""} and visit.stored() == NOTHING_STORED
    )


def test_the_tablet_is_wiped_after_each_respondent(visit: Visit, site: Site, token: str) -> None:
    before = {ballot.id for ballot in site.ballots()}
    begin(visit, site, token)
    expect(visit.page.get_by_label("Dit is mijn eigen apparaat")).to_have_count(0)
    expect(visit.page.get_by_role("button", name="Pauzeren")).to_have_count(0)
    visit.fill_in()
    visit.send()
    code = visit.code()
    expect(visit.page.get_by_role("button", name="Afdrukken")).to_be_visible()
    visit.press("Klaar, maak dit scherm leeg")
    assert is_clean(visit, token, code)
    assert len(site.ballots()) == len(before) + 1
    visit.page.go_back()
    visit.page.wait_for_timeout(300)
    if visit.page.url.startswith(site.address):
        assert is_clean(visit, token, code), "the back button leads to nobody's answers"


def test_stopping_half_way_wipes_too(visit: Visit, site: Site, token: str) -> None:
    issued = site.issued()
    begin(visit, site, token)
    visit.press("Beginnen")
    visit.answer("Hoe vaak ben je moe?", "altijd")
    visit.press("Stoppen en alles wissen")
    assert is_clean(visit, token)
    assert site.issued() == issued, "the invitation can still be used"


def test_a_tablet_left_alone_warns_lets_people_stay_and_then_wipes(visit: Visit, site: Site, token: str) -> None:
    visit.page.clock.install()
    begin(visit, site, token)
    visit.press("Beginnen")
    visit.answer("Hoe vaak ben je moe?", "vaak")
    visit.page.clock.fast_forward(59_000)
    expect(visit.page.get_by_role("dialog")).to_have_count(0)
    visit.page.clock.fast_forward(2_000)
    dialog = visit.page.get_by_role("dialog", name="Ben je er nog?")
    expect(dialog).to_contain_text("Over 90 seconden wordt alles gewist")
    assert visit.page.evaluate("document.activeElement.textContent") == "Ja, ik ga verder"
    visit.page.clock.run_for(80_000)
    expect(dialog).to_contain_text("Over 10 seconden")
    visit.page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    assert visit.answers("Hoe vaak ben je moe?") == "vaak"
    visit.page.clock.fast_forward(61_000)
    expect(dialog).to_be_visible()
    visit.page.clock.run_for(91_000)
    assert is_clean(visit, token)


def test_a_scanned_link_is_a_code_too(visit: Visit, site: Site, token: str) -> None:
    visit.page.goto(site.kiosk)
    visit.sees("Vul je code in")
    visit.page.get_by_label("Uitnodigingscode").press_sequentially(f"{site.booth}#{token}\n")  # as a scanner types it
    visit.sees("Werk en energie")
