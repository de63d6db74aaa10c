"""Staff in a real browser: come in with a link, take every step, and stay out of reach of other sites."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page

from survey_app.config import Config
from survey_app.entering import new_staff_key
from survey_app.serving import make_quiet_server
from survey_app.stores.roster import State
from tests.survey_app.commission.stages import OPENING, At, Underway, at

__all__ = ["at"]


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The address of an application on this machine."""
    server = make_quiet_server(app, 0)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:  # a test that fails must not leave a server behind, which would keep the whole run from ending
        server.shutdown()
        thread.join()
        server.server_close()


Enter = Callable[[Underway, str, str], Page]


@pytest.fixture
def enter(browser: Browser) -> Iterator[Enter]:
    """Comes in with a link and its button; whatever goes wrong on a page fails the test."""
    pages: list[Page] = []
    wrong: list[str] = []

    def come_in(survey: Underway, role: str, address: str) -> Page:
        with survey.app.app_context():
            key = new_staff_key(survey.survey_id, role)
        page = browser.new_context(locale="en-GB").new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(f"{address}/staff/enter/{key}")
        look_at(page)
        page.get_by_role("button", name="Continue").click()
        look_at(page)
        pages.append(page)
        return page

    yield come_in
    for page in pages:
        page.context.close()
    assert wrong == []


def look_at(page: Page) -> None:
    """Nothing that axe-core finds, and nothing that sticks out on a telephone."""
    found = Axe().run(page).response["violations"]
    assert [violation["id"] for violation in found] == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.set_viewport_size({"width": 1000, "height": 800})


def test_hr_and_the_council_take_every_step(at: At, enter: Enter, tmp_path: Path) -> None:
    survey = at(2, "answered")
    survey.calendar.day = OPENING
    with served(survey.app) as address:
        hr = enter(survey, "hr", address)
        hr.get_by_role("button", name="Close the survey").click()
        assert "Tick the box first" in hr.get_by_role("alert").inner_text()
        look_at(hr)
        assert survey.state is State.RUNNING
        hr.get_by_role("checkbox").check()
        hr.get_by_role("button", name="Close the survey").click()
        assert survey.state is State.CLOSED
        look_at(hr)

        council = enter(survey, "council", address)
        with council.expect_download() as download:
            council.get_by_role("link", name="Download the urn").click()
        text = Path(download.value.path()).read_text(encoding="utf-8")
        opened = tmp_path / "opened.json"
        opened.write_text("{}", encoding="utf-8")
        council.get_by_label("Opened file").set_input_files(opened)
        council.get_by_role("button", name="Hand in").click()
        assert "no opened urn of this survey" in council.get_by_role("alert").inner_text()
        look_at(council)
        opened.write_text(survey.open_urn(text).opened_text, encoding="utf-8")
        council.get_by_label("Opened file").set_input_files(opened)
        council.get_by_role("button", name="Hand in").click()
        assert "26 ballots counted, 0 invalid." in council.get_by_role("main").inner_text()
        look_at(council)

        hr.reload()
        hr.get_by_role("button", name="Make the report").click()
        hr.get_by_role("link", name="To the results").click()
        assert hr.get_by_role("heading", level=1).inner_text() == "Work and energy"
        assert survey.state is State.RELEASED
        hr.goto(f"{address}/staff/")
        hr.get_by_role("button", name="Sign out").click()
        assert hr.goto(f"{address}/staff/hr/{survey.survey_id}/").status == 404  # type: ignore[union-attr]


def test_a_page_on_another_site_cannot_use_somebody_s_cookie(at: At, enter: Enter) -> None:
    survey = at(1, "running")
    evil = Flask("evil")
    evil.extensions["peil.config"] = Config(Path("evil"))
    with served(survey.app) as address, served(evil) as elsewhere:
        hr = enter(survey, "hr", address)
        form = (
            f'<form method="post" action="{address}/staff/hr/{survey.survey_id}/close">'
            '<input name="sure" value="yes"><button>win</button></form>'
        )
        # Another port is another origin of the same site, so the browser sends the cookie along.
        evil.add_url_rule("/", "trap", lambda: form)
        hr.goto(f"{elsewhere}/")
        with hr.expect_response(lambda response: response.request.method == "POST") as answered:
            hr.get_by_role("button").click()
        assert answered.value.status == 403
        assert "peil_staff" in answered.value.request.all_headers().get("cookie", "")
    assert survey.state is State.RUNNING
