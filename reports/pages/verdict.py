"""The verdict on one page: three tiles, at most five findings, what to decide now."""

from __future__ import annotations

from reportlab.graphics.shapes import Drawing
from reportlab.platypus import Flowable, Table, TableStyle

from analysis.findings import MOST, Finding, Kind, news_of
from reports.charts.marks import Canvas
from reports.context import Context, capital, safe
from reports.pages.blocks import bullets, heading, height_of, lead, small, title
from reports.pdf.text import Text
from reports.style import (
    DETAIL,
    DISPLAY,
    FINDING,
    HAIR,
    HEIGHT,
    MEDIUM,
    MUTED,
    NEWS_COLOURS,
    PALE,
    WIDTH,
)

#: What a board looks at first, where the questionnaire has it.
TILES = ("fatigue", "high_strain", "care_burdened")


#: How many findings and decisions are tried, until they fit on the page.
AMOUNTS = ((MOST, 3), (MOST, 2), (MOST - 1, 2), (MOST - 2, 2))


def verdict_page(context: Context) -> list[Flowable]:
    """The page an executive understands: as many findings and decisions as fit on one page."""
    for findings, decided in AMOUNTS:
        page = _page(context, findings, decided)
        if height_of(page) <= HEIGHT:
            break
    return page


def _page(context: Context, findings: int, decided: int) -> list[Flowable]:
    shown = list(context.results.findings[:MOST])
    while len(shown) > findings:
        shown.remove(next(finding for finding in reversed(shown) if finding.kind is not Kind.CARE))
    return [
        title(context.t("verdict_page.title")),
        lead(_conclusion(context)),
        _tiles(context),
        *([heading(context.t("verdict_page.findings"))] if shown else []),
        *[_finding(context, finding, number) for number, finding in enumerate(shown, start=1)],
        heading(context.t("verdict_page.decide")),
        *bullets(decisions(context, decided)),
        *([small(context.t("verdict_page.note", alike=_alike(context)))] if context.results.comparisons else []),
    ]


def _alike(context: Context) -> str:
    """Where the national figure for the same composition stands, if anywhere."""
    return f" {context.t('verdict_page.alike', page=context.t('alike.title'))}" if context.results.fair else ""


def _conclusion(context: Context) -> str:
    official = [f for f in context.results.findings if f.kind is Kind.OFFICIAL]
    news = [f.news for f in official if f.comparison is not None and f.comparison.grade != "C"]
    worse, better, undecided = news.count(-1), news.count(1), news.count(0)
    if context.nothing_open():
        return context.t("verdict_page.closed", smallest=context.results.release.smallest)
    if not news:
        return context.t("verdict_page.no_ab" if official else "verdict_page.no_official")
    found = context.results.headlines
    chance = [] if found is None else [key for key in found.different if key not in found.left]
    names = [safe(context.measure_text(f.measure).name) for f in official if f.measure in chance and f.news]
    caution = f" {context.t('verdict_page.chance', names=context.listed(names))}" if names else ""
    said = context.t(
        "verdict_page.conclusion" if len(news) > 1 else "verdict_page.conclusion_one",
        tested=len(news),
        worse=context.count(worse),
        better=context.count(better),
        undecided=context.count(undecided),
    )
    return said + caution


def _tiles(context: Context) -> Drawing:
    keys = [key for key in TILES if context.has(key)]
    if not keys:
        keys = [f.measure for f in context.results.findings if f.cell.share is not None]
        keys += [key for key, measure in context.measures.items() if measure.has_share]
        keys = list(dict.fromkeys(keys))[:3]
    canvas = Canvas(WIDTH, 130)
    width = (WIDTH - 12 * (len(keys) - 1)) / max(1, len(keys))
    for place, key in enumerate(keys):
        _tile(canvas, context, key, place * (width + 12), width)
    return canvas.drawing()


def _tile(canvas: Canvas, context: Context, key: str, x: float, width: float) -> None:
    canvas.box(x, 0, width, 126, fill=PALE, round_by=6)
    cell, numbers = context.total(key), context.numbers
    canvas.block(x + 12, 19, context.name(key), width - 24, size=8.8, leading=11, font=MEDIUM)
    if cell.share is None:
        canvas.block(x + 12, 66, context.t("closed.long"), width - 24, size=8.2, colour=MUTED)
        return
    canvas.text(x + 12, 71, numbers.percent(cell.share), size=30, font=DISPLAY)
    detail = context.t("tile.interval", base=context.base(key), interval=context.interval(cell))
    canvas.text(x + 12, 86, detail, size=7.6, colour=MUTED)
    best = context.headline(key)
    if best is None or best.difference is None:
        canvas.text(x + 12, 103, context.t("tile.no_official"), size=7.8, colour=MUTED)
        return
    difference = best.difference
    colour = NEWS_COLOURS[news_of(context.measures[key], difference)]
    canvas.verdict(x + 15.5, 101.5, difference.verdict.direction, colour=colour)
    canvas.text(x + 24, 104, context.verdict(difference), size=8.2, font=MEDIUM, colour=colour)
    text = context.t("tile.official", value=context.official(best), year=best.figure.year)
    canvas.text(x + 12, 117, text, size=7.6, colour=MUTED)


def _finding(context: Context, finding: Finding, number: int) -> Table:
    mark = Canvas(30, 26)
    mark.text(0, 15, str(number), size=14, font=DISPLAY, colour=MUTED)
    if finding.difference is not None and finding.kind in (Kind.OFFICIAL, Kind.CHANGE):
        mark.verdict(21, 10.6, finding.difference.verdict.direction, colour=NEWS_COLOURS[finding.news])
    sentence, detail = sentences(context, finding)
    table = Table(
        [[mark.drawing(), [Text(sentence, FINDING), Text(detail, DETAIL)]]],
        colWidths=[38, WIDTH - 38],
    )
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 5),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 6),
                ("LINEBELOW", (0, 0), (-1, -1), 0.6, HAIR),
            ]
        )
    )
    return table


def sentences(context: Context, finding: Finding) -> tuple[str, str]:
    """A finding in words: the sentence, and its numbers with range, comparison and year."""
    numbers, cell, other = context.numbers, finding.cell, finding.other
    text = context.measure_text(finding.measure)
    values: dict[str, object] = {
        "name": safe(context.name(finding.measure)),
        "lower_name": safe(text.name),
        "phrase": safe(text.share or context.t("phrase.none", name=text.name)),
        "base": context.base(finding.measure),
        "share": numbers.percent(cell.share or 0),
        "interval": context.interval(cell),
        "count": finding.count,
        "of": finding.of,
    }
    if finding.difference is not None:
        values["points"] = context.points(finding.difference)
        values["verdict"] = context.verdict(finding.difference)
        values["per_hundred"] = abs(finding.difference.per_hundred)
    if other is not None:
        values["other_share"] = numbers.percent(other.share or 0)
        values["other_interval"] = context.interval(other)
        values["other_wave"] = safe(other.key.wave)
        values["other_name"] = safe(context.name(other.key.measure))
    key = f"finding.{finding.kind}"
    if finding.kind is Kind.OFFICIAL and finding.comparison is not None and finding.difference is not None:
        figure = finding.comparison.figure
        values["official"] = context.official(finding.comparison)
        values["publisher"], values["survey"], values["year"] = (
            safe(figure.publisher),
            safe(figure.survey),
            figure.year,
        )
        values["grade"] = finding.comparison.grade
        key += f".{finding.difference.verdict}"
    elif finding.difference is not None and finding.kind is not Kind.EXTREMES:
        key += {1: ".higher", -1: ".lower", 0: ".open"}[finding.difference.verdict.direction]
    return capital(context.t(f"{key}.sentence", **values)), context.t(f"{key}.detail", **values)


def decisions(context: Context, most: int = 3) -> list[str]:
    """At most ``most`` things to decide now: one for each theme with bad news, and always a general one."""
    bad = [f for f in context.results.findings if f.news < 0 and f.kind is not Kind.STRAIN]
    themes = [context.measures[f.measure].theme for f in bad]
    if any(f.kind is Kind.STRAIN and f.demonstrable for f in context.results.findings):
        themes.insert(0, "workload")
    if context.has("care_burdened"):
        themes.append("care")
    keys = [f"decide.{theme}" for theme in dict.fromkeys(themes)]
    chosen = [context.t(key) for key in keys if context.texts.has(key)][: most - 1]
    return [*chosen, *context.texts.listed("decide.general")][:most]
