"""WCAG 2.2 AA on every screen, as far as a machine can tell: axe-core, narrow screens, large text, dark colours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.journeys.visit import Site, Visit

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

#: What can be pressed or chosen; a label counts with its radio button, a link in a sentence is exempt (WCAG 2.5.8).
TARGETS = "button, summary, .option, input:not([type=radio], [type=checkbox])"


class Look:
    """Looks at a screen with the eyes of axe-core and with a ruler."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def at(self, visit: Visit, width: int) -> None:
        """Fails for anything that axe-core finds, that sticks out sideways, or that is too small to press."""
        results = Axe().run(visit.page, options={"runOnly": RULES}).response
        found = [(one["id"], [node["html"] for node in one["nodes"]]) for one in results["violations"]]
        assert not found, f"{visit.screen}: {found}"
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width, f"{visit.screen} sticks out"
        sizes = visit.page.locator(TARGETS).evaluate_all(
            """all => all.map(one => one.getBoundingClientRect())
                         .filter(box => box.width).map(box => [box.width, box.height])"""
        )
        assert all(min(size) >= 24 and max(size) >= 44 for size in sizes), f"{visit.screen}: {sizes}"
        self.seen.append(visit.screen)


@contextmanager
def visiting(browser: Browser, site: Site, **options: object) -> Iterator[Visit]:
    """A visit with a browser of a certain kind."""
    visit = Visit(browser, site, **options)
    yield visit
    visit.close()


def walk(visit: Visit, site: Site, token: str, width: int) -> list[str]:
    """Looks at every screen there is; which ones, in order."""
    look = Look()
    visit.arrive(token)
    visit.page.locator("summary").evaluate_all("all => all.forEach(one => one.click())")
    look.at(visit, width)
    visit.press("Beginnen")
    look.at(visit, width)
    visit.press("Verder")
    visit.answer("Zorg je voor iemand?", "ja")
    visit.page.get_by_label("Hoeveel uur per week?").fill("999")
    visit.press("Verder")
    look.at(visit, width)
    visit.page.get_by_label("Hoeveel uur per week?").fill("9")
    visit.press("Pauzeren")
    visit.code()
    look.at(visit, width)
    visit.press("Verder invullen")
    visit.press("Verder")
    visit.press("Verder")
    visit.sees("Over jou")
    look.at(visit, width)
    visit.press("Verder")
    visit.sees("Even nakijken")
    look.at(visit, width)
    visit.press("Terug")
    visit.press("Terug")
    visit.press("Terug")
    visit.press("Terug")
    visit.answer("Hoe vaak ben je moe?", "soms")
    for _ in range(4):
        visit.press("Verder")
    visit.send()
    look.at(visit, width)
    visit.press("Antwoorden intrekken")
    look.at(visit, width)
    visit.press("Ja, wis mijn antwoorden")
    visit.code()
    look.at(visit, width)
    visit.open_tab()
    visit.arrive(token)
    visit.sees("Je uitnodiging is al gebruikt")
    look.at(visit, width)
    visit.open_tab()
    visit.arrive()
    visit.press("Openen")
    look.at(visit, width)
    visit.page.goto(site.kiosk)
    visit.heading()
    look.at(visit, width)
    return look.seen


ALL = [
    "welcome",
    "question",
    "question",
    "pause",
    "about",
    "check",
    "thanks",
    "withdraw",
    "withdrawn",
    "resume",
    "code",
    "code",
]


@pytest.mark.parametrize(
    ("width", "options"), [(320, {}), (1280, {"color_scheme": "dark"})], ids=["narrow", "wide and dark"]
)
def test_axe_finds_nothing_on_any_screen(
    browser: Browser, site: Site, token: str, width: int, options: dict[str, object]
) -> None:
    with visiting(browser, site, viewport={"width": width, "height": 640}, **options) as visit:
        assert walk(visit, site, token, width) == ALL


def test_four_hundred_percent_is_a_narrow_page_without_sideways_scrolling(
    browser: Browser, site: Site, token: str
) -> None:
    # 1280 pixels at 400 % are 320 wide and, on a laptop, 256 high (WCAG 1.4.10).
    with visiting(browser, site, viewport={"width": 320, "height": 256}, device_scale_factor=4) as visit:
        visit.arrive(token)
        visit.press("Beginnen")
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= 320
