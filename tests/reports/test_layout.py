"""Nothing leaves its page and no two words lie on top of each other, whatever the names and numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from analysis.results import Results
from analysis.survey import Category, Cut
from instruments.loading import instrument_from_table
from instruments.model import LANGUAGES, Instrument, Language
from reports.story import build_report
from reports.texts import load_texts
from survey_app.demo import DEFAULT_SEED
from tests.reports.invented import canteen, invent_results, invent_survey
from tests.reports.paper import Word, misplaced, words_by_page

LONG_ORGANISATION = "Stichting Protestants-Christelijke en Interconfessionele Ouderenzorg Zuidwest-Nederland bv"
LONG_TITLE = (
    "Werkdruk, vermoeidheid, herstel, steun, voorbeeldgedrag en mantelzorg onder medewerkers en hun leidinggevenden"
)
LONG_UNITS = [
    f"Afdeling {letter} voor langdurige zorg, kortdurend verblijf en behandeling aan huis nr 1" for letter in "ABCDEFGH"
]
LONG_WORDS = [
    "Ondersteuningscoördinatorenopleiding",
    "Arbeidsongeschiktheidsverzekeringen",
    "Personeelsaangelegenhedenadministratie",
]


def offences(results: Results, language: Language, desk: Path) -> list[str]:
    """Words outside the margins or on top of each other in the report of ``results``."""
    return misplaced(words_by_page(build_report(results, language), desk))


def cuts(*sizes: int, name: str = "Groep", category: str = "groep") -> tuple[Cut, ...]:
    """Cuts with so many categories."""
    return tuple(
        Cut(
            f"cut_{place}",
            f"cut_{place}",
            {"nl": f"{name} {place}", "en": f"{name} {place}"},
            tuple(
                Category(f"k{number}", {"nl": f"{category} {number}", "en": f"{category} {number}"})
                for number in range(size)
            ),
        )
        for place, size in enumerate(sizes)
    )


def questions_with_labels(labels: Sequence[str]) -> Instrument:
    """An own instrument whose questions have these labels in charts."""
    items = {f"q{place}": {"text": f"{label}?", "short": label} for place, label in enumerate(labels)}
    scale = {"agree": {str(code): f"antwoord {code}" for code in range(1, 6)}}
    return instrument_from_table(
        {
            "id": "own-labels",
            "item_measures": {"at_least": 4, "higher_is": "better"},
            "scales": {"agree": {"values": [1, 2, 3, 4, 5]}},
            "items": [{"key": key, "scale": "agree"} for key in items],
            "texts": {code: {"title": "Eigen vragen", "items": items, "scales": scale} for code in LANGUAGES},
        },
        "survey.toml",
    )


LABELS = [
    "leiding geeft het goede voorbeeld",
    "goede communicatie binnen de afdeling",
    "waardering",
    "tevreden over de arbeidsomstandigheden",
    "genoeg inwerktijd",
    "ontwikkelingsmogelijkheden",
    "vertrouwen in de directie van het bedrijf",
    "veiligheid",
    "bereikbaarheid ’s avonds",
    "werkplek",
    "samenwerking",
]

#: Surveys of every shape that has to fit on paper; each is analysed once.
SHAPES: dict[str, Callable[[], Results]] = {
    "99 units, no roster, own questions only": lambda: invent_results(
        invent_survey((), [questions_with_labels(LABELS)], cuts=()),
        5400,
        units=[str(number) for number in range(1, 100)],
        roster=False,
    ),
    "61 units": lambda: invent_results(invent_survey(), 2400, units=[f"Afdeling {number}" for number in range(61)]),
    "25 units": lambda: invent_results(invent_survey(), 1000, units=[f"Afdeling {number}" for number in range(25)]),
    "30 units": lambda: invent_results(invent_survey(), 1200, units=[f"Afdeling {number}" for number in range(30)]),
    "long names": lambda: invent_results(
        invent_survey(organisation=LONG_ORGANISATION, title=LONG_TITLE, earlier=("voorjaar 2025",)),
        600,
        units=LONG_UNITS,
    ),
    "long names, no roster": lambda: invent_results(
        invent_survey(organisation=LONG_ORGANISATION, title=LONG_TITLE), 600, units=LONG_UNITS, roster=False
    ),
    "names of one long word": lambda: invent_results(
        invent_survey(organisation="O" * 90, title="T" * 120), 600, units=[*LONG_WORDS, "U" * 80]
    ),
    "long cuts": lambda: invent_results(
        invent_survey(
            cuts=cuts(4, 3, 5, name="Functiegroep volgens de cao verpleeg- en verzorgingshuizen", category=LABELS[3])
        ),
        500,
    ),
    "cuts of one long word": lambda: invent_results(
        invent_survey(cuts=cuts(4, 3, name=LONG_WORDS[0], category=LONG_WORDS[1])), 500
    ),
    "many cuts": lambda: invent_results(invent_survey(cuts=cuts(6, 3, 3, 12, 8, 15)), 2000),
    "a cut with many categories": lambda: invent_results(invent_survey(("recovery", "work-home"), cuts=cuts(45)), 3000),
    "60 own questions next to ours": lambda: invent_results(invent_survey(own=[canteen(60)]), 300),
    "own questions with long labels": lambda: invent_results(
        invent_survey(("mental-fatigue",), [questions_with_labels([*LABELS, *LONG_WORDS, LONG_TITLE])]), 300
    ),
    "extremes": lambda: invent_results(invent_survey(earlier=("2025",)), 12),
}


@pytest.mark.parametrize("seed", [DEFAULT_SEED, 5, 11])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_demo_has_its_own_place(
    seed: int, language: Language, analysed_demo: Callable[[int], Results], desk: Path
) -> None:
    assert offences(analysed_demo(seed), language, desk) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("shape", SHAPES)
def test_surveys_of_any_shape_are_well_laid_out(shape: str, language: Language, desk: Path) -> None:
    found = words_by_page(build_report(SHAPES[shape](), language), desk)
    assert misplaced(found) == []
    texts, t = [" ".join(word.text for word in page) for page in found], load_texts(language)
    scanty = [f"page {number}: {text}" for number, text in enumerate(texts[1:], start=2) if len(text.split()) < 40]
    assert not scanty, "pages with a few words only"
    assert t("verdict_page.title") in texts[1] and t("respondents.title") in texts[2], "the verdict keeps to one page"
    if shape == "long names":
        assert LONG_ORGANISATION in texts[0] and LONG_TITLE in texts[0], "names stand on the cover as a whole"


def test_the_search_finds_words_that_overlap_or_leave_the_page() -> None:
    def page(*words: Word) -> list[str]:
        return misplaced([words])

    there = Word(100, 100, 150, 110, "daar")
    assert page(there, Word(152, 100, 200, 110, "naast")) == []
    assert page(there, Word(100, 111, 150, 121, "onder")) == []
    assert page(there, Word(100, 109, 150, 119, "dicht op")) == []
    assert len(page(there, Word(120, 105, 170, 115, "erop"))) == 1
    assert len(page(there, Word(110, 102, 120, 108, "erin"))) == 1
    assert len(page(Word(40, 100, 90, 110, "links"))) == 1
    assert len(page(Word(520, 100, 560, 110, "rechts"))) == 1
    assert len(page(Word(100, 825, 150, 835, "onderaan"))) == 1
