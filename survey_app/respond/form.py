"""The questions of a survey as one canonical text: what every client renders and the manifest vouches for.

Pure: no web, no database, no clock. A client needs nothing else of the questionnaire; which
questions it shows follows from :mod:`survey_app.respond.routing`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby, pairwise
from typing import Any

from analysis.benchmark.compare import Grade, grade_comparison
from analysis.benchmark.figures import OWN, Catalogue, Figure
from analysis.errors import InputError, quoted
from analysis.survey import Cut, Survey
from instruments.model import Compare, Condition, Every, Holds, Instrument, Item, Language, Measure, Operator, Some
from instruments.questionnaire import Questionnaire
from instruments.scoring import compare, item_score
from reports.numbers import Numbers
from survey_app.anonymity.encoding import canonical

#: The most questions on one screen.
SCREEN = 7

#: What an operator becomes when a scale is turned round.
_TURNED: Mapping[Operator, Operator] = {
    "at_least": "at_most",
    "above": "below",
    "at_most": "at_least",
    "below": "above",
    "equals": "equals",
}

_NATIONAL = {
    "nl": "{percent} van de werknemers in Nederland {share} ({year}).",
    "en": "{percent} of employees in the Netherlands {share} ({year}).",
}

_OWN_WORDING = {
    "nl": "onze vragen meten hetzelfde in eigen woorden",
    "en": "our questions measure the same in words of our own",
}

#: Where someone can turn to. No telephone numbers: none of them is confirmed by a source of this project.
_HELP: Sequence[Mapping[str, Mapping[str, str]]] = (
    {
        "name": {"nl": "Bedrijfsarts", "en": "Company doctor"},
        "text": {
            "nl": "Voor vragen over je gezondheid en je werk.",
            "en": "For questions about your health and your work (in Dutch: bedrijfsarts).",
        },
    },
    {
        "name": {"nl": "Huisarts", "en": "Your GP"},
        "text": {
            "nl": "Als je je zorgen maakt over hoe het met je gaat.",
            "en": "When you are worried about how you are doing (in Dutch: huisarts).",
        },
    },
    {
        "name": {"nl": "Mantelzorglijn van MantelzorgNL", "en": "Mantelzorglijn of MantelzorgNL"},
        "text": {
            "nl": "Voor vragen over zorgen voor iemand in je omgeving.",
            "en": "For questions about caring for someone close to you.",
        },
    },
)

Table = dict[str, Any]
InEach = Callable[[Callable[[Language], str]], dict[str, str]]


def form_text(survey: Survey, catalogue: Catalogue) -> str:
    """The form of ``survey`` as canonical JSON, with national figures of ``catalogue`` for the mirror.

    The keys are described in docs/protocol.md. Raises :class:`InputError` for a cut whose key
    cannot be a key of a ballot.
    """
    return canonical(make_form(survey, catalogue))


def make_form(survey: Survey, catalogue: Catalogue) -> Table:
    """The form of :func:`form_text` as a table."""
    questionnaire = survey.questionnaire
    languages = questionnaire.languages

    def in_each(text: Callable[[Language], str]) -> dict[str, str]:
        return {language: text(language) for language in languages}

    screens = [screen for instrument in questionnaire.instruments for screen in _screens(instrument, in_each)]
    mirrored = [key for key in questionnaire.leading if _has_mirror(questionnaire, key)]
    return {
        "peil": 1,
        "languages": list(languages),
        "screens": screens,
        "about": [_about(cut, in_each) for cut in survey.cuts],
        "mirror": [_mirror(survey, catalogue, questionnaire.measure(key), in_each) for key in mirrored],
        "help": [
            {"phone": None, "url": None} | {part: _in_each_of(texts, in_each) for part, texts in place.items()}
            for place in _HELP
        ],
    }


def _in_each_of(texts: Mapping[Any, str], in_each: InEach) -> dict[str, str]:
    return in_each(lambda language: texts[language])


def _screens(instrument: Instrument, in_each: InEach) -> list[Table]:
    """One screen, or several of at most :data:`SCREEN` questions."""
    parts = _split(instrument.items)
    return [_screen(instrument, number, items, in_each) for number, items in enumerate(parts, start=1)]


def _screen(instrument: Instrument, number: int, items: Sequence[Item], in_each: InEach) -> Table:
    """A screen of an instrument; the introduction stands on its first one."""
    first = number == 1
    return {
        "key": instrument.id if first else f"{instrument.id}.{number}",  # an id holds no dot
        "title": in_each(lambda language: instrument.texts[language].title),
        "intro": in_each(lambda language: instrument.texts[language].introduction if first else ""),
        "items": [_item(instrument, item, in_each) for item in items],
    }


def _split(items: Sequence[Item]) -> list[list[Item]]:
    """The items in order, at most :data:`SCREEN` together, with what belongs together kept together.

    A run of questions with one scale and one condition is a list to choose from; it moves on to
    the next screen as a whole, and is cut (evenly) only when it fits no screen.
    """
    screens: list[list[Item]] = []
    for _, run in groupby(items, key=lambda item: (item.scale, item.shown_if)):
        for part in _even_parts(list(run)):
            if screens and len(screens[-1]) + len(part) <= SCREEN:
                screens[-1].extend(part)
            else:
                screens.append(part)
    return screens


def _even_parts(run: list[Item]) -> list[list[Item]]:
    count = -(-len(run) // SCREEN)
    borders = [-(-len(run) * number // count) for number in range(count + 1)]
    return [run[low:high] for low, high in pairwise(borders)]


def _item(instrument: Instrument, item: Item, in_each: InEach) -> Table:
    codes = () if item.scale.numeric else item.scale.values
    table: Table = {
        "key": item.key,
        "kind": "number" if item.scale.numeric else "choice",
        "text": in_each(lambda language: instrument.texts[language].items[item.key].text),
        "options": [{"code": code, "label": _label(instrument, item, code, in_each)} for code in codes],
        "if": None if item.shown_if is None else _condition(item.shown_if, {i.key: i for i in instrument.items}),
    }
    if item.scale.numeric:
        table |= {"low": item.scale.values[0], "high": item.scale.values[-1]}
    return table


def _label(instrument: Instrument, item: Item, code: int, in_each: InEach) -> dict[str, str]:
    """The label of an answer, or its code where the instrument leaves it without."""
    return in_each(lambda language: instrument.texts[language].scales.get(item.scale.key, {}).get(code, str(code)))


def _condition(condition: Condition, items: Mapping[str, Item]) -> Table:
    """``condition``, which is about scores, as one about the codes that a client holds."""
    match condition:
        case Compare():
            return _compare(condition, items[condition.item])
        case Every(conditions=parts):
            # `complete` tells unknown from untrue; for showing a question they are the same.
            return {"every": [_condition(part, items) for part in parts]}
        case Some(conditions=parts):
            return {"some": [_condition(part, items) for part in parts]}
        case Holds(measure=key):
            raise ValueError(f"the condition looks at the measure {key}; a question can depend on questions only")


def _compare(condition: Compare, item: Item) -> Table:
    scale, operator, value = item.scale, condition.operator, condition.value
    if scale.scores == scale.values:
        if item.reverse:
            operator, value = _TURNED[operator], scale.low + scale.high - value
        return {"item": item.key, "op": operator, "value": value}
    codes = [code for code in scale.values if compare(_score(item, code), operator, value)]
    return {"some": [{"item": item.key, "op": "equals", "value": code} for code in codes]}


def _score(item: Item, code: int) -> int:
    score = item_score(item, code)
    assert score is not None  # a code of the scale always has one
    return score


def _about(cut: Cut, in_each: InEach) -> Table:
    if not cut.key.isascii():
        raise InputError(f"[[cuts]] the key {quoted(cut.key)} cannot be written in a ballot; use plain letters a to z")
    return {
        "key": cut.key,
        "text": _in_each_of(cut.names, in_each),
        "options": [
            {"key": category.key, "label": _in_each_of(category.names, in_each)} for category in cut.categories
        ],
    }


def _has_mirror(questionnaire: Questionnaire, key: str) -> bool:
    """Whether a measure is a scale of several questions with answers to choose from, for everybody."""
    measure = questionnaire.measure(key)
    chosen = not any(questionnaire.item(item).scale.numeric for item in measure.items)
    return measure.has_mean and len(measure.items) > 1 and measure.among is None and chosen


def _mirror(survey: Survey, catalogue: Catalogue, measure: Measure, in_each: InEach) -> Table:
    """What a browser needs to work out someone's own score: no cut-off, no band, no verdict."""
    questionnaire = survey.questionnaire
    items = [questionnaire.item(key) for key in measure.items]
    low, high = questionnaire.score_bounds(measure.key)
    return {
        "key": measure.key,
        "name": in_each(lambda language: _mirror_name(questionnaire, measure, language)),
        "statistic": measure.statistic,
        "min_answered": measure.min_answered,
        "low": low,
        "high": high,
        "ends": _ends(questionnaire, measure, items, in_each),
        "items": [
            {
                "key": item.key,
                "low": item.scale.low,
                "high": item.scale.high,
                "scores": {str(code): _score(item, code) for code in item.scale.values},
            }
            for item in items
        ],
        "national": _national(survey, catalogue, measure, in_each),
    }


def _mirror_name(questionnaire: Questionnaire, measure: Measure, language: Language) -> str:
    """The title above the questions, which takes no side, unless several scales share it.

    The name of a measure is that of its share: "little say" is the share below a cut-off, while
    the score itself runs the other way.
    """
    instrument = questionnaire.instrument_of(measure.key)
    ours = [m.key for m in instrument.measures if m.key in questionnaire.leading and len(m.items) > 1]
    if ours == [measure.key] and language in instrument.texts:
        return instrument.texts[language].title
    return questionnaire.measure_text(measure.key, language).name


def _ends(
    questionnaire: Questionnaire, measure: Measure, items: Sequence[Item], in_each: InEach
) -> dict[str, dict[str, str]] | None:
    """The answers at both ends of the score, when they are the same for all questions."""
    scale = items[0].scale
    if measure.statistic == "sum" or any(item.scale != scale or item.reverse for item in items):
        return None
    instrument = questionnaire.instrument_of_item(items[0].key)
    places = {"low": scale.scores.index(scale.low), "high": scale.scores.index(scale.high)}
    return {end: _label(instrument, items[0], scale.values[place], in_each) for end, place in places.items()}


def _national(survey: Survey, catalogue: Catalogue, measure: Measure, in_each: InEach) -> Table | None:
    """The official share that measures the same, as a sentence with its source."""
    found = _comparable(survey, catalogue, measure)
    if found is None:
        return None
    figure, grade = found
    return {
        "text": in_each(lambda language: _national_text(survey, measure, figure, language)),
        "source": in_each(lambda language: _source(catalogue, figure, grade, language)),
    }


def _comparable(survey: Survey, catalogue: Catalogue, measure: Measure) -> tuple[Figure, Grade] | None:
    """The first official figure of a measure with grade A or B: the same questions, scale, cut-off and people."""
    wording = survey.questionnaire.wording_of(measure.key)
    for indicator in measure.figures:
        figure = catalogue.preferred(indicator, latest=survey.year) if indicator in catalogue.indicators else None
        if figure is None or OWN in figure.tags:
            continue
        method_break = catalogue.break_between(figure.survey, figure.year, survey.year)
        grade, _ = grade_comparison(measure, wording, figure, method_break)
        if grade in ("A", "B"):
            return figure, grade
    return None


def _national_text(survey: Survey, measure: Measure, figure: Figure, language: Language) -> str:
    percent = Numbers(language).percent(figure.value, figure.decimals)
    share = survey.questionnaire.measure_text(measure.key, language).share
    return _NATIONAL[language].format(percent=percent, share=share, year=figure.year)


def _source(catalogue: Catalogue, figure: Figure, grade: Grade, language: Language) -> str:
    known = catalogue.surveys.get(figure.survey)
    name = figure.survey if known is None else known.name[language]
    source = f"{name}, {figure.publisher}, {figure.year}"
    return f"{source}; {_OWN_WORDING[language]}" if grade == "B" else source
