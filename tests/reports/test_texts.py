"""The fixed texts: the same in both languages, all there, all used, and in the words we promised."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from string import Formatter
from xml.etree import ElementTree

import pytest

import reports
from analysis.benchmark.compare import Reason, Verdict
from analysis.benchmark.composition import DIMENSIONS, JOINT
from analysis.benchmark.figures import load_figures, usable
from analysis.disclosure.plan import CARER_CATEGORIES
from analysis.findings import Kind
from instruments.loading import load_catalogue
from instruments.model import LANGUAGES, Language
from instruments.structure import THEMES
from reports.pages.themes import CONDITIONS
from reports.pages.together import WAYS
from reports.pages.units import COLUMNS
from reports.texts import load_texts

TEXTS = {language: load_texts(language).entries for language in LANGUAGES}
SOURCES = sorted(Path(next(iter(reports.__path__))).rglob("*.py"))

DIRECTIONS = ("higher", "lower", "open")
SAYABLE = (
    *(f"finding.{Kind.OFFICIAL}.{verdict}" for verdict in Verdict),
    *(f"finding.{kind}.{direction}" for kind in (Kind.STRAIN, Kind.CHANGE) for direction in DIRECTIONS),
    *(f"finding.{kind}" for kind in (Kind.CARE, Kind.EXTREMES, Kind.UNITS)),
)
CONVERSATIONS = ("workload", "autonomy", *CONDITIONS)

#: Families of keys that the code puts together, each of which has to be complete.
FAMILIES = {
    "verdict": [f"verdict.{verdict}" for verdict in Verdict],
    "verdict_short": [f"verdict_short.{verdict}" for verdict in Verdict],
    "theme.lead": [f"theme.lead.{verdict}" for verdict in Verdict],
    "finding": [f"{key}.{part}" for key in SAYABLE for part in ("sentence", "detail")],
    "reason": [f"reason.{reason}" for reason in Reason],
    "reason_short": [f"reason_short.{reason}" for reason in Reason],
    "nationally": [f"nationally.{grade}" for grade in "ABC"],
    "grade": [f"grade.{grade}" for grade in "ABCD"],
    "reading.verdict": [
        f"reading.verdict.{verdict}"
        for verdict in (Verdict.CLEARLY_HIGHER, Verdict.HIGHER, Verdict.COMPARABLE, Verdict.UNCERTAIN)
    ],
    "category": [f"category.{category}" for category in CARER_CATEGORIES],
    "workload.together": [f"workload.together.{key}" for key in ("more", "less", "open")],
    "alike": [
        *(f"alike.by.{name}" for name in DIMENSIONS),
        *(f"alike.shape.{name}" for name in (*DIMENSIONS, JOINT)),
        *(f"alike.counted.{name}" for name in ("roster", "answers")),
        *(f"alike.certainty.{name}" for name in ("higher", "lower")),
    ],
    "together": [f"together.{kind}.{way}" for kind in ("way", "beyond") for way in WAYS.values()],
    "together lists": [
        f"together.{key}"
        for key in ("cause", "source", "order", "demands", "much", "little", "firth", "likelihood", "equal", "as_is")
    ],
    "quality": [f"quality.{key}" for key in ("scale", "questions", "alpha", "omega")],
    "polarity": ["polarity.worse", "polarity.better"],
    "conversation": [f"conversation.{theme}.{part}" for theme in CONVERSATIONS for part in ("name", "measure")],
    "conversation questions": [f"conversation.{theme}.questions.{n}" for theme in CONVERSATIONS for n in (1, 2)],
}

#: Families of which the code takes what is there: any of these may have a text, and nothing else.
OPTIONAL = {
    "base": {"everyone", *(m.among for i in load_catalogue().values() for m in i.measures if m.among)},
    "frame": {figure.passport.population_frame for indicator in load_figures() for figure in indicator.figures},
    "tag": {
        tag.replace("?", "")
        for indicator in load_figures()
        for figure in indicator.figures
        if usable(figure)
        for tag in figure.tags
    },
    "map": set(COLUMNS),
    "decide": {*THEMES, "general"},
}


@dataclass
class Uses:
    """What one module says about keys: whole keys, and f-strings as patterns with the module's words."""

    called: set[str] = field(default_factory=set)
    constants: set[str] = field(default_factory=set)
    patterns: list[re.Pattern[str]] = field(default_factory=list)

    def uses(self, key: str) -> bool:
        """Whether ``key`` stands here as a whole, or in two parts of which both stand here."""
        if key in self.constants:
            return True
        found = (pattern.fullmatch(key) for pattern in self.patterns)
        return any(set(match.groups()) <= self.constants for match in found if match)


def uses_of(path: Path) -> Uses:
    """The keys in one module."""
    uses = Uses()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            uses.constants.add(node.value)
        elif isinstance(node, ast.JoinedStr):
            parts = (re.escape(p.value) if isinstance(p, ast.Constant) else r"([^.]+)" for p in node.values)
            uses.patterns.append(re.compile("".join(map(str, parts))))
        elif isinstance(node, ast.Call) and node.args and name_of(node.func) in {"t", "texts", "listed"}:
            uses.called |= set(literals(node.args[0]))
    return uses


def name_of(function: ast.expr) -> str:
    """The last word of what is called: ``t`` of ``context.t(…)`` and of ``t(…)``."""
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def literals(argument: ast.expr) -> Iterator[str]:
    """The keys written out in an argument, both of them in ``a if … else b``."""
    if isinstance(argument, ast.IfExp):
        yield from (*literals(argument.body), *literals(argument.orelse))
    elif isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        yield argument.value


USES = {path: uses_of(path) for path in SOURCES}


def has(entries: Iterable[str], key: str) -> bool:
    """Whether there is such a text or such a list of texts."""
    return key in entries or f"{key}.1" in entries


def plain(text: str) -> str:
    """A text without markup."""
    return "".join(ElementTree.fromstring(f"<t>{text}</t>").itertext())


def values_in(text: str) -> set[str | None]:
    """The names in braces."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_both_languages_have_the_same_texts_in_the_same_order() -> None:
    assert list(TEXTS["nl"]) == list(TEXTS["en"])


def test_a_text_and_its_translation_take_the_same_values() -> None:
    differing = [key for key, text in TEXTS["nl"].items() if values_in(text) != values_in(TEXTS["en"][key])]
    assert not differing


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty_or_has_loose_spaces(language: Language) -> None:
    loose = [key for key, text in TEXTS[language].items() if not text or text != re.sub(r"[ \n\t]+", " ", text).strip()]
    assert not loose


@pytest.mark.parametrize("language", LANGUAGES)
def test_markup_in_texts_is_well_formed(language: Language) -> None:
    for key, text in TEXTS[language].items():
        names = {element.tag for element in ElementTree.fromstring(f"<t>{text}</t>").iter()}
        assert names <= {"t", "b", "br"}, key


def test_the_search_for_keys_finds_them() -> None:
    called = set().union(*(uses.called for uses in USES.values()))
    assert {"cover.kind", "closed.long", "questions.official", "questions.own", "decide.general"} <= called
    assert len(called) > 100


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_every_text_that_a_module_asks_for_exists(path: Path) -> None:
    missing = [key for key in USES[path].called if not has(TEXTS["nl"], key)]
    assert not missing


@pytest.mark.parametrize("family", FAMILIES)
def test_every_text_of_a_family_exists(family: str) -> None:
    missing = [key for key in FAMILIES[family] if key not in TEXTS["nl"]]
    assert not missing


@pytest.mark.parametrize("family", OPTIONAL)
def test_a_family_has_no_text_for_what_does_not_exist(family: str) -> None:
    named = {key.split(".")[1] for key in TEXTS["nl"] if key.startswith(f"{family}.")}
    assert named and named <= OPTIONAL[family]


def test_every_text_is_used_somewhere() -> None:
    known = {key for keys in FAMILIES.values() for key in keys}
    taken = {f"{family}." for family in OPTIONAL}
    dead = [
        key
        for key in TEXTS["nl"]
        if key not in known
        and not key.startswith(tuple(taken))
        and not any(uses.uses(key) or uses.uses(re.sub(r"\.\d+$", "", key)) for uses in USES.values())
    ]
    assert not dead, dead


@pytest.mark.parametrize("language", LANGUAGES)
def test_fatigue_is_never_called_a_burn_out(language: Language) -> None:
    for key, text in TEXTS[language].items():
        assert not re.search(r"burn.?out|opgebrand", text, re.IGNORECASE), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_verdicts_are_no_traffic_lights_and_no_marks(language: Language) -> None:
    words = r"\b(rood|groen|stoplicht\w*|red|green|amber|traffic|onvoldoende|insufficient|alarm\w*)\b"
    for key, text in TEXTS[language].items():
        assert not re.search(words, text, re.IGNORECASE), key


#: Words that exist in one of the two languages only.
FOREIGN: dict[Language, str] = {
    "nl": "the and with from not which people share answers employees about above below higher lower this that",
    "en": "het een niet voor naar zijn met van medewerkers cijfer wij ons bij dat deze boven onder hoger lager",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_holds_no_words_of_the_other_language(language: Language) -> None:
    foreign = set(FOREIGN[language].split())
    leftovers = {
        key: sorted(words)
        for key, text in TEXTS[language].items()
        if (words := foreign & set(re.findall(r"\w+", re.sub(r"\{\w+\}", "", plain(text)).lower())))
    }
    assert not leftovers


def test_a_text_is_not_left_untranslated() -> None:
    same = {key for key, text in TEXTS["nl"].items() if text == TEXTS["en"][key] and re.search(r"[a-z]{4}", text)}
    # Letters and formulas, and what both languages call the same.
    assert {key for key in same if " " in re.sub(r"\{\w+\}", "", TEXTS["nl"][key]).strip()} <= set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_quotation_marks_are_single_and_curly(language: Language) -> None:
    for key, text in TEXTS[language].items():
        assert not re.search(r"[\"“”„«»]|(?<!\w)'|'(?!\w)", plain(text)), key
        assert text.count("‘") == len(re.findall(r"’(?!\w)|(?<=\})’", text)), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_in_texts_are_written_as_the_language_does(language: Language) -> None:
    for key, text in TEXTS[language].items():
        words = re.sub(r"\w+\.csv|SHA-256", "", text)
        assert not re.search(r"(?<![\w–])-\d", words), f"{key} has a hyphen for a minus"
        assert not re.search(r"\d-\d", words), f"{key} has a hyphen for a dash"
        assert not re.search(r"\d\.\d" if language == "nl" else r"\d,\d(?!\d\d\b)", words), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_end_and_headings_do_not(language: Language) -> None:
    for key, text in TEXTS[language].items():
        last = key.rsplit(".", 1)[-1]
        if last in ("title", "heading", "name", "findings", "decide") or key.startswith("heads."):
            assert not text.endswith("."), key
        elif last in ("sentence", "detail", "lead", "text", "measure"):
            assert text.endswith((".", "{text}")), key


def test_an_unknown_key_and_a_missing_value_are_errors() -> None:
    texts = load_texts("nl")
    with pytest.raises(KeyError):
        texts("no.such.key")
    with pytest.raises(KeyError):
        texts("cover.answered", n=1)
    assert not texts.has("no.such.key")


def test_lists_are_read_in_order() -> None:
    texts = load_texts("en")
    assert texts.listed("decide.general") == [texts(f"decide.general.{place}") for place in (1, 2, 3)]
    assert texts.listed("no.such.key") == []
