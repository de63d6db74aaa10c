"""The result page: everything of the report, readable by everyone, and nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from reportlab.platypus import Table

import reports.style
import survey_app
from analysis.results import Results
from instruments.model import LANGUAGES, Language
from reports.context import Context
from reports.pdf.text import Text
from reports.story import pages
from reports.style import TITLE
from reports.texts import load_texts
from reports.web import sections
from survey_app.board.words import WORDS
from tests.reports.invented import canteen, invent_results, invent_survey
from tests.survey_app.board.page import Element, Page
from tests.survey_app.conftest import SHOWN, ShownResults, close_databases, publish

#: The pages that are not for respondents; those have a style sheet of their own.
TEMPLATES = Path(survey_app.__file__).parent / "templates"

Show = Callable[[Results, Language], str]


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> Language:
    """Each language in turn."""
    return request.param


@pytest.fixture(scope="module")
def pages_of_demo(shown_demo: ShownResults) -> dict[Language, str]:
    """The result page of the demo in each language."""
    client = shown_demo.board
    return {language: client.get(shown_demo.address(f"{language}/")).get_data(as_text=True) for language in LANGUAGES}


@pytest.fixture
def show(tmp_path: Path) -> Iterator[Show]:
    """Shows results in an application of their own; gives the page in a language."""
    shown: list[ShownResults] = []

    def get(results: Results, language: Language) -> str:
        shown.append(publish(tmp_path / str(len(shown)), results))
        return shown[-1].board.get(shown[-1].address(f"{language}/")).get_data(as_text=True)

    yield get
    for each in shown:
        close_databases(each.app)


@pytest.fixture
def html(pages_of_demo: dict[Language, str], language: Language) -> str:
    """The result page of the demo."""
    return pages_of_demo[language]


@pytest.fixture
def page(html: str) -> Page:
    """The result page of the demo, parsed."""
    return Page(html)


@pytest.fixture
def css(shown_demo: ShownResults) -> str:
    """The style sheet as it is served."""
    return shown_demo.app.test_client().get("/static/peil.css", buffered=True).get_data(as_text=True)


def test_the_page_is_well_formed(page: Page) -> None:
    assert page.doctype.lower() == "doctype html"
    assert page.mistakes == []
    assert len(page.ids) == len(set(page.ids))


def test_the_page_says_its_language_and_that_of_the_link_to_the_other(page: Page, language: Language) -> None:
    other = "en" if language == "nl" else "nl"
    assert page.one("html").attributes["lang"] == language
    (link,) = [a for a in page.all("a") if "language" in a.attributes.get("class", "")]
    assert link.attributes["href"] == f"/staff/results/{SHOWN}/{other}/"
    assert link.attributes["lang"] == link.attributes["hreflang"] == other
    assert link.text == {"nl": "Nederlands", "en": "English"}[other]


def test_every_page_of_the_report_is_a_section_with_a_link_to_it(
    page: Page, shown_demo: ShownResults, language: Language
) -> None:
    titles = [
        flowable.getPlainText()
        for report_page in pages(Context(shown_demo.results, language))
        for flowable in report_page
        if isinstance(flowable, Text) and flowable.style is TITLE
    ]
    found = page.all("section")
    assert [section.children[0].text for section in found] == titles
    assert all(section.children[0].tag == "h2" for section in found)
    links = page.one("nav").children[1].children
    assert [(item.children[0].attributes["href"], item.text) for item in links] == [
        (f"#{section.attributes['id']}", title) for section, title in zip(found, titles, strict=True)
    ]


def texts_in(flowables: Iterable[object]) -> Iterator[Text]:
    """All texts of a page, those in tables too."""
    for flowable in flowables:
        if isinstance(flowable, Text):
            yield flowable
        elif isinstance(flowable, Table):
            yield from texts_in(cell for row in flowable._cellvalues for cell in row)
        elif isinstance(flowable, list | tuple):
            yield from texts_in(flowable)


def test_what_stands_on_paper_stands_on_the_page(page: Page, shown_demo: ShownResults, language: Language) -> None:
    text = page.one("main").text
    written = list(texts_in(pages(Context(shown_demo.results, language))))
    assert len(written) > 400
    for paragraph in written:
        lines = paragraph.markup.split("<br/>")
        said = " ".join(Text(line, paragraph.style).getPlainText() for line in lines)
        assert " ".join(said.split()) in text


def test_headings_form_a_tree(page: Page) -> None:
    levels = [int(heading.tag[1]) for heading in page.all("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels.count(1) == 1 and levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(heading.text for heading in page.all("h1", "h2", "h3"))


def test_a_reader_can_skip_to_the_content(page: Page) -> None:
    first = page.all("a")[0]
    assert first.attributes["href"] == "#content"
    assert first.text
    assert page.one("main").attributes["id"] == "content"


def test_every_place_that_is_linked_to_exists(page: Page) -> None:
    places = [address[1:] for address in page.addresses if address.startswith("#")]
    assert len(places) > 15
    assert set(places) <= set(page.ids)


def test_reading_order_does_not_need_the_style_sheet(page: Page) -> None:
    body = page.one("body")
    assert [child.tag for child in body.children] == ["a", "header", "div"]
    assert [child.tag for child in body.children[2].children] == ["nav", "main"]
    assert [child.tag for child in page.one("main").children] == ["section"] * len(page.all("section"))
    assert not [e for e in page.elements if e.attributes.get("tabindex") not in (None, "0")]


def hidden(element: Element) -> bool:
    """Whether screen readers pass over an element."""
    return element.attributes.get("aria-hidden") == "true"


def test_every_drawing_has_a_name_or_is_a_mark_beside_words_that_say_the_same(page: Page) -> None:
    drawings = page.all("svg")
    assert len(drawings) > 15
    for drawing in drawings:
        if hidden(drawing):
            assert drawing.parent is not None and drawing.parent.tag == "td"
            row = drawing.parent.parent
            assert row is not None and len(row.text) > 40
        else:
            assert drawing.attributes["role"] in ("img", "group")
            assert drawing.attributes["aria-label"]
            assert "viewbox" in drawing.attributes


def test_what_can_be_focused_is_a_link_or_scrolls_and_has_a_name(page: Page) -> None:
    for element in page.elements:
        if "tabindex" in element.attributes:
            assert element.tag == "figure" or element.attributes["role"] == "region"
            names = [e.attributes.get("aria-label") for e in (element, *element.children)]
            assert any(names), element.tag


def test_tables_of_figures_have_headed_columns_and_layout_is_not_called_a_table(page: Page) -> None:
    tables = page.all("table")
    assert len(tables) > 5
    for table in tables:
        heads = [cell for row in table.children[:1] for cell in row.children if cell.tag == "th"]
        if table.attributes.get("role") == "presentation":
            assert not heads
        else:
            assert heads and all(cell.attributes["scope"] == "col" for cell in heads)
        assert len({len(row.children) for row in table.children}) == 1


def test_lists_are_lists(page: Page) -> None:
    for item in page.all("li"):
        assert item.parent is not None and item.parent.tag in ("ul", "ol")
    for listing in page.all("ul", "ol"):
        assert listing.children and {child.tag for child in listing.children} == {"li"}
        assert not "".join(part for part in listing.content if isinstance(part, str)).strip()


def test_nothing_runs_and_nothing_is_sent(page: Page) -> None:
    assert not page.all("script", "iframe", "object", "embed", "form", "input", "button", "img", "base")
    assert not [e.tag for e in page.elements if any(name.startswith("on") for name in e.attributes)]
    assert not [m for m in page.all("meta") if "http-equiv" in m.attributes]


def test_nothing_comes_from_elsewhere(page: Page, html: str) -> None:
    assert page.addresses
    for address in page.addresses:
        assert re.match(r"#|/(?!/)", address), address
    styles = " ".join(element.attributes.get("style", "") for element in page.elements)
    assert "url(" not in styles and "@import" not in html


def test_sources_stand_on_the_page_as_text_only(page: Page) -> None:
    assert "https://" in page.one("main").text


def test_the_page_is_small_enough_for_a_slow_telephone(html: str, language: Language) -> None:
    size = len(html.encode())
    print(f"the result page in {language}: {size / 1000:.0f} kB")
    assert size < 1_000_000


def test_the_invented_organisation_is_called_invented_at_the_top(page: Page, language: Language, show: Show) -> None:
    header = page.one("header")
    assert load_texts(language)("synthetic.long") in header.text
    real = invent_results(invent_survey(("recovery",), synthetic=False), 60)
    text = show(real, language)
    assert "notice" not in text and "synthet" not in text.lower()


def test_the_title_says_what_and_whose(page: Page, shown_demo: ShownResults, language: Language) -> None:
    survey = shown_demo.results.survey
    assert page.one("title").text == f"{survey.title[language]} · {survey.organisation}"
    assert page.one("h1").text == survey.title[language]
    assert survey.organisation in page.one("header").text and survey.wave in page.one("header").text


def test_a_page_that_goes_on_is_joined_with_the_one_before(language: Language) -> None:
    units = [f"Team {number}" for number in range(1, 61)]
    results = invent_results(invent_survey(("recovery",), [canteen(60)]), 1500, units=units)
    found = sections(Context(results, language))
    titles = [section.title for section in found]
    assert len(titles) == len(set(titles)), "no title stands twice in the contents"
    assert [section.anchor for section in found] == [f"s{number}" for number in range(1, len(found) + 1)]
    t = load_texts(language)
    (map_,) = [section for section in found if section.title == t("units.title")]
    assert all(f">{unit}</text>" in map_.html for unit in units)
    assert map_.html.count("<h2>") == 1
    assert map_.html.count(t("units.note", dash="–")) == 1


@pytest.mark.parametrize("name", ["Bakker & <Zn>", "<script>alert(1)</script>", '"><img src=x onerror=y>'])
def test_names_from_outside_stay_text(name: str, language: Language, show: Show) -> None:
    survey = invent_survey(
        ("mental-fatigue", "recovery"),
        [canteen(3, name)],
        organisation=f"{name} bv",
        title=f"{name} 2026",
        earlier=(f"{name} 2025",),
    )
    results = invent_results(survey, 400, units=[f"{name} {place}" for place in range(3)])
    page = Page(show(results, language))
    assert page.mistakes == []
    assert not page.all("script", "img", "zn")
    text = " ".join(name.split())
    assert page.one("h1").text == f"{text} 2026"
    assert f"{text} bv" in page.one("header").text
    assert f"{text} 2025" in page.one("main").text


@pytest.mark.parametrize("people", [5, 12])
def test_a_report_of_a_handful_of_people_is_a_page_too(people: int, language: Language, show: Show) -> None:
    results = invent_results(invent_survey(), people)
    page = Page(show(results, language))
    assert page.mistakes == []
    assert load_texts(language)("closed.short") in page.one("main").text


def test_the_words_around_the_report_exist_in_both_languages(language: Language) -> None:
    assert WORDS["nl"].keys() == WORDS["en"].keys()
    assert all(text.strip() for text in WORDS[language].values())


def colours(css: str) -> dict[str, tuple[float, float, float]]:
    """The colours that the style sheet names, with white."""
    named = dict(re.findall(r"--([a-z]+): #([0-9a-f]{6})", css))
    named["white"] = "ffffff"
    return {name: rgb(code) for name, code in named.items()}


def rgb(code: str) -> tuple[float, float, float]:
    """Six hexadecimal digits as parts of red, green and blue."""
    red, green, blue = (int(code[place : place + 2], 16) / 255 for place in (0, 2, 4))
    return red, green, blue


def luminance(colour: tuple[float, float, float]) -> float:
    """Relative luminance as WCAG 2 defines it."""
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("ink", "white"),
        ("muted", "white"),
        ("accent", "white"),
        ("worse", "white"),
        ("white", "deep"),
        ("ink", "pale"),
        ("muted", "pale"),
        ("accent", "pale"),
        ("white", "accent"),
        ("#1a5f36", "pale"),
        ("ink", "#fdf3ee"),
    ],
)
def test_text_can_be_read_on_its_ground(text: str, ground: str, css: str) -> None:
    found = colours(css)
    assert text in found or text in css
    dark, light = sorted(luminance(found.get(name) or rgb(name.lstrip("#"))) for name in (text, ground))
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_the_colours_on_screen_are_those_on_paper(css: str) -> None:
    found = colours(css)
    for name in ("ink", "muted", "rule", "pale", "accent", "deep", "worse"):
        paper = getattr(reports.style, name.upper())
        assert (paper.red, paper.green, paper.blue) == pytest.approx(found[name]), name


def test_the_style_sheet_takes_fonts_from_here_and_hides_nothing(css: str, html: str, shown_demo: ShownResults) -> None:
    client = shown_demo.app.test_client()
    fonts = re.findall(r"url\(\"([^\"]+)\"\)", css)
    assert len(fonts) == css.count("url(") == 4
    assert all(client.get(address).status_code == 200 for address in fonts)
    assert not re.search(r"@import|https?:|display: *none|visibility: *hidden|outline: *(0|none)", css)
    named = set(re.findall(r'font-family: "(Peil-\w+)"', css))
    used = set(re.findall(r"font-family: (Peil-\w+)", html))
    assert used <= named
    assert ".skip:focus" in css


def test_every_class_has_a_style_and_the_other_way_round(page: Page, css: str) -> None:
    used = {name for element in page.elements for name in element.attributes.get("class", "").split()}
    for template in (*TEMPLATES.glob("*.html"), *TEMPLATES.glob("staff/*.html")):
        for names in re.findall(r'class="([^"]*)"', template.read_text(encoding="utf-8")):
            used |= set(names.split())
    styled = set(re.findall(r"\.([a-z]+)\b(?=[^{}]*\{)", css))
    assert used == styled
