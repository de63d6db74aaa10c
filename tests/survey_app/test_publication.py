"""The publication: what was released, frozen as pages that need nothing but their file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from instruments.model import LANGUAGES, Language
from reports.context import Context
from reports.web import sections
from survey_app.publication import PAGES, draw_pages, is_published, read_publication
from tests.reports.invented import invent_results, invent_survey
from tests.survey_app.board.page import Page

NAME = 'Bakker & <Zn> "bv"'


def test_what_is_read_is_what_was_drawn(tmp_path: Path) -> None:
    results = invent_results(invent_survey(("recovery",), organisation=NAME, title=NAME), 60)
    (tmp_path / PAGES).write_bytes(draw_pages(results))
    found = read_publication(tmp_path)
    assert found is not None
    assert (found.organisation, found.wave) == (NAME, "2026")
    for language in LANGUAGES:
        drawn = sections(Context(results, language))
        assert found.pages[language].title == NAME
        assert found.pages[language].sections == tuple((s.anchor, s.title, s.html) for s in drawn)
        assert len(drawn) > 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_section_is_well_formed_by_itself(language: Language, tmp_path: Path) -> None:
    (tmp_path / PAGES).write_bytes(draw_pages(invent_results(invent_survey(("recovery", "care")), 80)))
    found = read_publication(tmp_path)
    assert found is not None
    for _, _, html in found.pages[language].sections:
        assert Page(html).mistakes == []


@pytest.mark.parametrize("synthetic", [True, False])
def test_an_invented_organisation_is_called_so(synthetic: bool, tmp_path: Path) -> None:
    (tmp_path / PAGES).write_bytes(draw_pages(invent_results(invent_survey(("recovery",), synthetic=synthetic), 60)))
    found = read_publication(tmp_path)
    assert found is not None
    assert [bool(found.pages[language].notice) for language in LANGUAGES] == [synthetic] * 2


def test_the_same_results_give_the_same_bytes() -> None:
    results = invent_results(invent_survey(("recovery",)), 60)
    assert draw_pages(results) == draw_pages(results)


def test_nothing_but_pages_is_written(tmp_path: Path) -> None:
    content = json.loads(draw_pages(invent_results(invent_survey(("recovery",)), 60)))
    assert set(content) == {"organisation", "wave", "pages"}
    assert set(content["pages"]) == set(LANGUAGES)
    for page in content["pages"].values():
        assert set(page) == {"title", "notice", "sections"}


def test_without_its_pages_nothing_is_published(tmp_path: Path) -> None:
    assert not is_published(tmp_path / "absent") and read_publication(tmp_path / "absent") is None
    (tmp_path / "released.csv").write_text("wave,measure\n", encoding="utf-8")
    assert not is_published(tmp_path) and read_publication(tmp_path) is None
    (tmp_path / PAGES).mkdir()
    assert not is_published(tmp_path)
