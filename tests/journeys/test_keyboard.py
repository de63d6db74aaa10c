"""The whole way without a mouse: tab, space, arrows and enter."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.journeys.visit import Site, Visit

FOCUSED = "document.activeElement.closest('label, button, summary, a, h1')?.textContent.trim()"


def tab_to(visit: Visit, words: str, most: int = 25) -> None:
    """Presses tab until the focus is on something with these words."""
    for _ in range(most):
        visit.page.keyboard.press("Tab")
        if words in (visit.page.evaluate(FOCUSED) or ""):
            return
    raise AssertionError(f"tab does not come to {words!r}")


def press_on(visit: Visit, words: str, key: str = "Enter") -> None:
    """Goes to something with the tab key and presses a key on it."""
    tab_to(visit, words)
    visit.page.keyboard.press(key)


def test_everything_can_be_done_with_the_keyboard(visit: Visit, site: Site, token: str) -> None:
    before = {ballot.id for ballot in site.ballots()}
    keyboard = visit.page.keyboard
    visit.arrive(token)
    expect(visit.page.locator(".words")).to_be_visible()
    press_on(visit, "Beginnen")
    visit.sees("Energie")
    press_on(visit, "nooit", "Space")
    keyboard.press("ArrowDown")
    assert visit.answers("Hoe vaak ben je moe?") == "soms"
    tab_to(visit, "nooit")  # the next question: a group of radio buttons is one stop
    press_on(visit, "Verder")
    visit.sees("Zorgen")
    press_on(visit, "ja", "Space")
    keyboard.press("Tab")
    keyboard.type("7")
    keyboard.press("Enter")
    visit.sees("Over jou")
    press_on(visit, "een vrouw", "Space")
    press_on(visit, "Terug")
    visit.sees("Zorgen")
    expect(visit.page.get_by_label("Hoeveel uur per week?")).to_have_value("7")
    press_on(visit, "Verder")
    visit.sees("Over jou")
    press_on(visit, "Verder")
    visit.sees("Even nakijken")
    press_on(visit, "Versturen")
    visit.sees("Dank je wel")
    assert visit.page.evaluate("document.activeElement.tagName") == "H1"
    (ballot,) = [ballot for ballot in site.ballots() if ballot.id not in before]
    assert ballot.said.answers == {"tired": 2, "care": 1, "hours": 7}
    press_on(visit, "Antwoorden intrekken", "Space")
    visit.sees("Antwoorden intrekken?")


def test_the_focus_can_always_be_seen(visit: Visit, token: str) -> None:
    visit.arrive(token)
    visit.press("Beginnen")
    for _ in range(4):
        visit.page.keyboard.press("Tab")
        outline = visit.page.evaluate(
            """() => {
              const focused = document.activeElement;
              const shown = focused.matches('.option input') ? focused.closest('.option') : focused;
              const style = getComputedStyle(shown);
              return [style.outlineStyle, parseFloat(style.outlineWidth), focused.outerHTML.slice(0, 80)];
            }"""
        )
        assert outline[0] == "solid" and outline[1] >= 2, outline[2]


def test_a_reader_can_skip_to_the_content(visit: Visit, token: str) -> None:
    visit.arrive(token)
    visit.page.locator("body").press("Tab")
    assert visit.page.evaluate(FOCUSED) == "Naar de inhoud"
    visit.page.keyboard.press("Enter")
    assert visit.page.evaluate("document.activeElement.id") == "content"
    visit.sees("Werk en energie")
