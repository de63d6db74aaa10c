"""The page that says what leaves and what stays closed, and the response where nearly everybody answered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from html import unescape
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from analysis.disclosure import attack
from analysis.disclosure.certificate import SOLVERS, LedgerMark, certificate, rules
from analysis.disclosure.gate import Proof
from analysis.disclosure.plan import RESPONSE, CellKey
from analysis.disclosure.release import Cell
from analysis.disclosure.rounding import round_half_up
from analysis.results import Results
from instruments.model import LANGUAGES, Language
from reports.charts.marks import Canvas
from reports.context import Context
from reports.pages.blocks import height_of
from reports.pages.certificate import GIVEN, MEANS, RULES, TILE, certificate_page
from reports.story import build_report
from reports.style import HEIGHT
from reports.web import sections
from tests.reports.invented import invent_results, invent_survey
from tests.reports.paper import misplaced, text_by_page, words_by_page

HEAD = "0f" * 32

#: Which steps of the attacker each of the means on the page stands for.
STEPS = {
    "figures": {"given"},
    "truth": {"world"},
    "sums": {"sums", "linear"},
    "trades": {"stars", "grids"},
    "programmes": {"part", "whole"},
    "whole": {"integer"},
}


@pytest.fixture(scope="module")
def results() -> Results:
    """A survey of one instrument in teams of about twelve people, some of which are too small."""
    units = [f"Team {number}" for number in range(1, 11)]
    return invent_results(invent_survey(("mental-fatigue",)), 120, units=units)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_tiles_say_stays_inside_them(
    results: Results, language: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends: list[float] = []
    drawn = Canvas.block

    def block(canvas: Canvas, *place: Any, **style: Any) -> float:
        ends.append(drawn(canvas, *place, **style) - style["leading"])
        return ends[-1]

    monkeypatch.setattr(Canvas, "block", block)
    for narrowest in (10, None):
        certificate_page(Context(with_proof(results, ("given",), narrowest), language))
    assert len(ends) == 4 and max(ends) <= TILE - 8


def with_release(results: Results, **changes: object) -> Results:
    """The results with another release."""
    return replace(results, release=replace(results.release, **changes))  # type: ignore[arg-type]


def with_proof(results: Results, means: tuple[str, ...], narrowest: int | None) -> Results:
    """The results with another outcome of the attacks."""
    return with_release(results, proofs={results.release.plan.wave: Proof(means, narrowest)})


def with_response(results: Results, low: int, high: int, invited: int) -> Results:
    """The results with another number of answers of the organisation."""
    key = CellKey(results.release.plan.wave, RESPONSE)
    least, most = (int(round_half_up(Fraction(100 * number, invited))) for number in (low, high))
    cell = Cell(key, low, high, least if low == high else None, least, most, invited=invited)
    return with_release(results, cells={**results.release.cells, key: cell})


def said(results: Results, language: Language, title: str = "certificate.title") -> str:
    """A page in words, tiles and tables included, with every run of white space as one space."""
    context = Context(results, language)
    (html,) = [section.html for section in sections(context) if section.title == context.t(title)]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def numbers_in(text: str) -> set[str]:
    """The whole numbers in a sentence, markup left out."""
    return set(re.findall(r"\d+", text))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("k", [10, 13])
def test_the_page_has_every_rule_of_the_certificate_with_its_numbers(
    results: Results, language: Language, k: int
) -> None:
    changed = with_release(results, k=k)
    promised, text = rules(changed.release), said(changed, language)
    assert len(RULES) == len(promised)
    values = {"k": k, "smallest": k + 1, "crossed": 2 * k, "own_spread": 3 * k, "least": 100}
    for key, rule in zip(RULES, promised, strict=True):
        sentence = re.sub("<[^>]*>", "", Context(changed, language).t(f"certificate.rule.{key}", **values))
        assert sentence in text, key
        assert numbers_in(rule) <= numbers_in(sentence) <= numbers_in(rule) | {str(k)}, key


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_names_everything_that_the_attacker_knew_and_every_means_he_has(
    results: Results, language: Language
) -> None:
    statement = certificate(results.release, {}, "0", synthetic=True)
    attacked = statement["attack"]
    assert isinstance(attacked, Mapping)
    assert len(GIVEN) == len(attacked["given_to_the_attacker"])
    assert tuple(STEPS) == MEANS and set().union(*STEPS.values()) == set(attack.STEPS)
    text, context = said(results, language), Context(results, language)
    for key in (*(f"given.{key}" for key in GIVEN), *(f"means.{key}" for key in MEANS)):
        assert context.t(f"certificate.{key}", k=10) in text, key


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_counts_cells_as_the_certificate_does_and_never_by_reason(
    results: Results, language: Language
) -> None:
    counts = certificate(results.release, {}, "0", synthetic=True)["cells"]
    assert isinstance(counts, Mapping) and counts["closed"] > 0 and counts["open"] > 0
    text, context = said(results, language), Context(results, language)
    numbers = {key: context.numbers.integer(count) for key, count in counts.items()}
    assert context.t("certificate.counts", opened=numbers["open"], closed=numbers["closed"]) in text
    assert f"{context.t('certificate.cells')} {numbers['planned']} " in text
    tiles = text[: text.index(context.t("certificate.rules"))]
    release = results.release
    known = {"planned": len(release.cells), "attacks": 1 + len(release.plan.measures), "width": release.proof.narrowest}
    shown = {int(number.replace(".", "").replace(",", "")) for number in re.findall(r"\d[\d.,]*\d|\d", tiles)}
    assert shown <= {*known.values(), counts["open"], counts["closed"]}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_how_uncertain_small_closed_groups_are_left(results: Results, language: Language) -> None:
    t = Context(results, language).t
    heading = t("certificate.narrowest")
    subjects = 1 + len(results.release.plan.measures)
    for narrowest, number, key in ((None, "–", "none"), (10, "10+", "left")):
        text = said(with_proof(results, ("world",), narrowest), language)
        assert f"{heading} {number} {t(f'certificate.narrowest_{key}')}" in text
        assert f"{t('certificate.attacks')} {subjects} {t('certificate.attacks_found')}" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reader_can_check_the_release_from_the_page(results: Results, language: Language) -> None:
    text, t = said(with_release(results, k=15), language), Context(results, language).t
    assert results.release.fingerprint in text
    assert "peil disclosure audit released.csv --k 15" in text
    assert f"peil {version('peil')}" in text
    for name in SOLVERS:
        assert f"{name} {version(name)}" in text
    assert t("certificate.not_done") in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_gives_the_place_in_the_ledger_or_says_that_none_was_kept(
    results: Results, language: Language
) -> None:
    context = Context(results, language)
    without, kept = said(results, language), said(replace(results, ledger=LedgerMark(1412, HEAD)), language)
    assert context.t("certificate.ledger_none") in without and HEAD not in without
    assert context.t("certificate.ledger_kept", entries=context.numbers.integer(1412), head=HEAD) in kept
    assert context.t("certificate.ledger_none") not in kept


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_of_a_closed_report_claims_no_attack(language: Language) -> None:
    closed = invent_results(invent_survey(("mental-fatigue",)), 8)
    text, t = said(closed, language), Context(closed, language).t
    assert t("certificate.lead_closed") in text and t("certificate.attacks_none") in text
    assert t("certificate.lead") not in text and t("certificate.attacks_found") not in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("k", [10, 250])
@pytest.mark.parametrize("narrowest", [None, 250])
def test_it_is_one_page_whatever_the_numbers(
    results: Results, language: Language, k: int, narrowest: int | None
) -> None:
    large = with_proof(with_release(results, k=k), ("world",), narrowest)
    page = certificate_page(Context(replace(large, ledger=LedgerMark(1_234_567, HEAD)), language))
    assert height_of(page) <= HEIGHT


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_the_last_page_of_the_report_and_the_method_page_points_to_it(
    results: Results, language: Language, desk: Path
) -> None:
    kept = replace(results, ledger=LedgerMark(1412, HEAD))
    pdf = build_report(kept, language)
    title = Context(kept, language).t("certificate.title")
    assert misplaced(words_by_page(pdf, desk)) == []
    *before, last = text_by_page(pdf, desk)
    assert title in last[:100] and HEAD in last.replace(" ", "")
    assert f"‘{title}’" in before[-1]
    assert pdf == build_report(kept, language), "the same input, the same bytes"


@pytest.mark.parametrize(
    ("language", "band", "lead"),
    [
        ("nl", (25, 29, 40), "Tussen de 25 en 29 van de 40 uitgenodigde medewerkers deden mee: 63–73%."),
        ("en", (25, 29, 40), "Between 25 and 29 of the 40 invited employees took part: 63–73%."),
        ("nl", (1990, 2000, 2000), "Minstens 1.990 van de 2.000 uitgenodigde medewerkers deden mee."),
        ("en", (1990, 2000, 2000), "At least 1,990 of the 2,000 invited employees took part."),
        ("nl", (1500, 1500, 2000), "1.500 van de 2.000 uitgenodigde medewerkers deden mee: 75%."),
        ("en", (1500, 1500, 2000), "1,500 of the 2,000 invited employees took part: 75%."),
    ],
)
def test_a_range_of_answers_is_a_sentence(
    results: Results, language: Language, band: tuple[int, int, int], lead: str
) -> None:
    assert lead in said(with_response(results, *band), language, "respondents.title")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_range_of_one_percentage_is_written_once(results: Results, language: Language) -> None:
    text = said(with_response(results, 4_990, 5_000, 5_000), language, "respondents.title")
    assert "100–100" not in text and " 100% " in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_is_counted_as_absent_where_the_number_of_answers_is_a_band(
    results: Results, language: Language
) -> None:
    answered = results.release.total("fatigue").n_low
    assert answered is not None
    invited = answered + 12
    context = Context(results, language)
    name = context.measure_text("fatigue").name
    text = said(with_response(results, invited - 10, invited, invited), language, "silence.title")
    assert context.t("silence.silent", silent=12, name=name) in text
    rate = context.numbers.percent(100 * (answered + 4) / invited, 1)
    exact = said(with_response(results, answered + 4, answered + 4, invited), language, "silence.title")
    assert context.t("silence.silent_both", absent=8, skipped=4, name=name, rate=rate) in exact


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_composition_is_left_out_where_the_number_of_answers_is_a_band(
    results: Results, language: Language
) -> None:
    total, heading = results.release.total(RESPONSE), Context(results, language).t("respondents.composition")
    assert total.n_low is not None and total.invited is not None
    banded = with_response(results, total.n_low, total.n_low + 10, total.invited)
    assert heading in said(results, language, "respondents.title")
    assert heading not in said(banded, language, "respondents.title"), "a band leaves nothing to divide by"
