"""Which pages, in which order, and the finished PDF."""

from __future__ import annotations

from collections.abc import Iterator

from reportlab.platypus import Flowable, PageBreak

from analysis.results import Results
from instruments.model import Language
from reports.context import Context
from reports.pages import (
    alike,
    appendix,
    certificate,
    funnel,
    overview,
    own_benchmarks,
    quality,
    reading,
    respondents,
    silence,
    themes,
    together,
    trend,
    units,
    verdict,
)
from reports.pages.cover import cover
from reports.pdf.document import DocumentFacts, build_pdf


def build_report(results: Results, language: Language) -> bytes:
    """The benchmark report of ``results`` in ``language`` as a PDF; the same input, the same bytes."""
    context = Context(results, language)
    survey = results.survey
    title = context.t("document.title", title=survey.title[language])
    facts = DocumentFacts(
        title=f"{title} {context.t('document.of')} {survey.organisation}",
        author=survey.organisation,
        subject=context.t("document.subject"),
        language={"nl": "nl-NL", "en": "en-GB"}[language],
        footer=f"{title} · {survey.organisation} · {survey.wave}",
        notice=context.t("synthetic.short") if survey.synthetic else "",
        date=survey.fieldwork_to,
    )
    flowables: list[Flowable] = []
    for page in pages(context):
        flowables += [*page, PageBreak()]
    return build_pdf(flowables[:-1], cover(context), facts)


def pages(context: Context) -> Iterator[list[Flowable]]:
    """The pages after the cover; a theme appears when the questionnaire has it."""
    yield verdict.verdict_page(context)
    yield from respondents.respondents_pages(context)
    if silence.has_silence(context):
        yield silence.silence_page(context)
    yield reading.reading_page(context)
    yield from overview.overview_pages(context)
    if context.results.comparisons or context.results.changes:
        yield overview.decision_page(context)
    if context.results.fair:
        yield alike.alike_page(context)
    yield from own_benchmarks.own_benchmark_pages(context)
    if trend.series(context):
        yield trend.trend_page(context)
    if context.has("fatigue"):
        yield themes.fatigue_page(context)
    if context.has("fatigue", "high_strain"):
        yield themes.workload_page(context)
        yield themes.workload_items_page(context)
    if any(context.has(key) for key in themes.CONDITIONS):
        yield themes.conditions_page(context)
    if context.has("home_work_to_home"):
        yield themes.home_page(context)
    if context.has("carer"):
        yield themes.care_page(context)
    yield from themes.own_pages(context)
    if together.has_together(context):
        yield together.together_page(context)
    yield from units.units_pages(context)
    if funnel.has_funnel(context):
        yield funnel.funnel_page(context)
    if any(context.has(key) for key in themes.CONDITIONS):
        yield themes.talk_page(context)
    yield appendix.figures_pages(context)
    if context.results.comparisons:
        yield appendix.passports_pages(context)
    yield appendix.questions_pages(context)
    if not context.nothing_open():
        yield quality.quality_page(context)
    yield appendix.method_pages(context)
    yield certificate.certificate_page(context)
