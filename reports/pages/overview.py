"""The overview of all outcomes and conditions, and the decision aid."""

from __future__ import annotations

from reportlab.platypus import Flowable

from analysis.benchmark.compare import Comparison
from analysis.findings import decision_lists, news_of
from reports.charts.dots import dot_chart
from reports.context import Context, capital, safe
from reports.pages.blocks import body, bullets, gap, heading, lead, small, title

#: Rows to a page of figures without a counterpart.
PER_PAGE = 19


def overview_keys(context: Context) -> tuple[list[str], list[str]]:
    """Measures for the overview: those with an official figure, largest difference first, and the others."""
    shown = [key for key in context.main_measures() if context.measures[key].among is None]
    official = [key for key in shown if context.headline(key) is not None]
    official.sort(key=lambda key: -_points(context, key))
    own = [key for key in shown if key not in official and context.measures[key].higher_is != "neutral"]
    if not official:
        own.sort(key=lambda key: -(context.total(key).share or 0))
    return official, own


def _points(context: Context, key: str) -> float:
    best = context.headline(key)
    return best.difference.points if best is not None and best.difference is not None else 0.0


def overview_pages(context: Context) -> list[list[Flowable]]:
    """Dot and interval for everything, sorted by difference with the country."""
    official, own = overview_keys(context)
    heads = context.heads(context.t("heads.measure"))
    first: list[Flowable] = [title(context.t("overview.title")), lead(_conclusion(context, official))]
    if official:
        first += [dot_chart([context.row(key) for key in official], heads), gap(4), small(_legend(context))]
        first += _left_after_holm(context)
    rows = [context.row(key, compare=False) for key in own]
    pages = [first]
    room = PER_PAGE - 2 - (len(official) + 3 if official else 0)
    if rows and len(rows) <= room:
        if official:
            first.append(heading(context.t("overview.own")))
        first.append(dot_chart(rows, heads))
        return pages
    for start in range(0, len(rows), PER_PAGE):
        chart = dot_chart(rows[start : start + PER_PAGE], heads)
        pages.append([title(context.t("overview.own")), lead(context.t("overview.own_lead")), chart])
    return pages


def _left_after_holm(context: Context) -> list[Flowable]:
    """Which of the differences still stand when all comparisons on this page are counted."""
    found = context.results.headlines
    if found is None or not found.different:
        return []
    names = [safe(context.measure_text(key).name) for key in found.different if key not in found.left]
    if not names:
        return [body(context.t("overview.holm_all", tested=found.tested, different=len(found.different)))]
    key = "overview.holm_some" if found.left else "overview.holm_none"
    values = {"tested": found.tested, "left": len(found.left), "different": len(found.different)}
    return [body(context.t(key, names=context.listed(names), **values))]


def _legend(context: Context) -> str:
    earlier = context.results.release.plan.earlier
    before = context.t("overview.legend_before", wave=safe(earlier[-1])) if earlier else ""
    return f"{context.t('overview.legend')} {before}".strip()


def _conclusion(context: Context, official: list[str]) -> str:
    if context.nothing_open():
        return f"{capital(context.t('closed.all'))}."
    if not official:
        return context.t("overview.no_official")
    lists = decision_lists({key: context.results.comparisons[key] for key in official}, context.measures)
    parts = [
        context.t(f"overview.{name}", names=_join(context, lists[name]))
        for name in ("worse", "better", "open")
        if lists[name]
    ]
    return " ".join(parts)


def _join(context: Context, comparisons: list[Comparison]) -> str:
    names = [safe(context.measure_text(entry.measure).name) for entry in comparisons]
    return context.listed(names)


def decision_page(context: Context) -> list[Flowable]:
    """Demonstrably worse, better, or too close to call: against the country and against last wave."""
    official = [key for key in context.main_measures() if context.headline(key) is not None]
    lists = decision_lists({key: context.results.comparisons[key] for key in official}, context.measures)
    page: list[Flowable] = [title(context.t("decision.title")), lead(context.t("decision.lead"))]
    for name in ("worse", "better", "open"):
        page.append(heading(context.t(f"decision.{name}")))
        lines = [_comparison_line(context, entry) for entry in lists[name]]
        page += bullets(lines) if lines else [body(context.t("decision.none"))]
    changes = context.results.changes
    shown = context.changed()
    if not shown:
        return page
    page.append(heading(context.t("decision.since", wave=safe(context.results.release.plan.earlier[-1]))))
    moved = [key for key in shown if changes[key].verdict.direction]
    page += bullets([_change_line(context, key) for key in moved])
    page.append(body(context.t("decision.unchanged", moved=len(moved), shown=len(shown), rest=len(shown) - len(moved))))
    return page


def _comparison_line(context: Context, entry: Comparison) -> str:
    assert entry.difference is not None
    return context.t(
        "decision.line",
        name=safe(context.name(entry.measure)),
        share=context.numbers.percent(entry.cell.share or 0),
        official=context.official(entry),
        year=entry.figure.year,
        points=context.points(entry.difference),
        verdict=context.verdict(entry.difference),
        grade=entry.grade,
    )


def _change_line(context: Context, key: str) -> str:
    difference = context.results.changes[key]
    before = context.before(key)
    news = news_of(context.measures[key], difference)
    return context.t(
        "decision.change_line",
        name=safe(context.name(key)),
        share=context.numbers.percent(context.total(key).share or 0),
        before=context.numbers.percent((before.share if before is not None else 0) or 0),
        points=context.points(difference),
        news=context.t({-1: "news.worse", 1: "news.better", 0: "news.neither"}[news]),
    )
