"""A browser, and a running survey on this machine that it can visit."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import count

import pytest
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from survey_app.respond.booth import blueprint
from tests.journeys.form import journey_form
from tests.journeys.visit import Site, Visit
from tests.survey_app.running_survey import make_running_survey

_TURNS = count()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The real service with a survey of four screens, reachable over HTTP."""
    survey = make_running_survey(
        tmp_path_factory.mktemp("journeys"),
        teams={"Zorg": 60, "Kantoor": 20},
        form=journey_form(),
        blueprints=[blueprint],
    )
    server = make_server("127.0.0.1", 0, survey.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Site(survey, f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    thread.join()
    server.server_close()
    survey.release()


@pytest.fixture
def token(site: Site) -> str:
    """An invitation code of "Zorg" that no other test uses."""
    return site.survey.tokens["u1"][next(_TURNS)]


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Visit]:
    """A phone in front of the survey. Whatever goes wrong on the page or leaves this machine fails the test."""
    visiting = Visit(browser, site)
    yield visiting
    visiting.close()
