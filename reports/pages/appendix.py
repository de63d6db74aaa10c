"""The appendix: every figure of the organisation, passports, questions and method."""

from __future__ import annotations

from reportlab.platypus import Flowable, Table, TableStyle

from analysis.benchmark.compare import MARGIN, Comparison, estimate_released
from analysis.benchmark.drift import PER_YEAR
from analysis.disclosure.release import Cell, own_spread_from
from analysis.estimate import critical_value
from instruments.model import Instrument
from reports.context import Context, safe
from reports.numbers import DASH
from reports.pages.blocks import body, grid, heading, lead, small, title
from reports.pdf.text import Text
from reports.style import BODY, CELL, RULE, SMALL, WIDTH


def figures_pages(context: Context) -> list[Flowable]:
    """A table of all released figures of the organisation as a whole."""
    rows = []
    for key in context.measures:
        cell = context.total(key)
        best = context.headline(key)
        verdict = ""  # a dash would say that something is closed
        if best is not None and best.difference is not None:
            verdict = f"{context.verdict(best.difference)}: {context.points(best.difference)}"
        rows.append([safe(context.name(key)), *_numbers(context, cell), context.scale_range(key), verdict])
    heads = [
        context.t(f"heads.{key}")
        for key in ("measure", "answers_short", "share_short", "interval", "mean", "scale", "versus")
    ]
    return [
        title(context.t("table.title")),
        lead(context.t("table.lead")),
        grid(heads, rows, (150, 38, 50, 70, 78, 42, 132), right=(1, 2, 3, 4, 5), tight=True),
    ]


def _numbers(context: Context, cell: Cell) -> list[str]:
    numbers = context.numbers
    mean = DASH if cell.closed else ""
    if cell.mean is not None and cell.mean_low is not None and cell.mean_high is not None:
        mean = f"{numbers.decimal(cell.mean, 1)} ({numbers.range(cell.mean_low, cell.mean_high, 1)})"
    return [
        numbers.answers(cell.n_low, cell.n_high),
        DASH if cell.share is None else f"<b>{numbers.percent(cell.share)}</b>",
        context.interval(cell),
        mean,
    ]


def passports_pages(context: Context) -> list[Flowable]:
    """The passports of all official figures in this report, tested ones first."""
    entries = [entry for group in context.results.comparisons.values() for entry in group]
    entries.sort(key=lambda entry: (entry.grade, entry.figure.indicator))
    page: list[Flowable] = [title(context.t("passports.title")), lead(context.t("passports.lead"))]
    surveys = sorted({entry.figure.survey for entry in entries})
    for known in (b for survey in surveys for b in context.results.catalogue.breaks(survey)):
        reason = safe(known.reason[context.language])
        where = f"{safe(known.survey)} {known.first_year}"
        page.append(small(f"<b>{context.t('passports.break')}, {where}.</b> {reason} {safe(known.source_url)}"))
    for entry in entries:
        page += _passport(context, entry)
    return page


def _passport(context: Context, entry: Comparison) -> list[Flowable]:
    """One figure: its value on the left, everything that decides how to read it on the right."""
    figure, t, numbers = entry.figure, context.t, context.numbers
    indicator = context.results.catalogue.indicator(figure.indicator)
    sampling = context.results.catalogue.sampling_n(figure)
    margin = t("passports.margin_none")
    drift = (
        ""
        if entry.drift is None
        else t("passports.drift", sd=numbers.decimal(critical_value(0.95) * entry.drift.sd, 1))
    )
    if figure.ci_low is not None and figure.ci_high is not None:
        margin = t("passports.margin_printed", bounds=numbers.range(figure.ci_low, figure.ci_high, 1))
    elif sampling is not None:
        margin = t("passports.margin_sample", n=numbers.integer(sampling))
    reasons = ", ".join(t(f"reason.{reason}") for reason in entry.reasons) or t("grade.A")
    frame = figure.passport.population_frame
    named = f"{safe(figure.publisher)}, {safe(figure.survey)}: {safe(figure.source_title)}"
    source = f"{named}. {safe(figure.source_url)}" if figure.source_url else named
    facts = {
        "definition": safe(indicator.definition[context.language]),
        "population": t(f"frame.{frame}") if context.texts.has(f"frame.{frame}") else safe(figure.population),
        "source": source,
        "margin": f"{margin}{drift}",
        "provenance": _provenance(context, figure.tags),
        "grade": f"{entry.grade}: {reasons}",
    }
    name = safe(indicator.name[context.language])
    ours = context.t(
        "passports.ours", name=safe(context.name(entry.measure)), share=numbers.percent(entry.cell.share or 0)
    )
    left = [
        Text(f"<b>{context.official(entry)}</b> ({figure.year})", BODY),
        Text(t("passports.graded", grade=entry.grade), SMALL),
    ]
    text = " ".join(f"<b>{t(f'passports.{key}')}:</b> {value.rstrip('. ')}." for key, value in facts.items())
    right = [Text(f"<b>{name}</b>", CELL), Text(ours, SMALL), Text(text, SMALL)]
    card = Table([[left, right]], colWidths=[86, WIDTH - 86])
    card.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LINEABOVE", (0, 0), (-1, 0), 0.6, RULE),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 5),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
            ]
        )
    )
    return [card]


def _provenance(context: Context, tags: frozenset[str]) -> str:
    known = [
        context.t(f"tag.{tag.replace('?', '')}")
        for tag in sorted(tags)
        if context.texts.has(f"tag.{tag.replace('?', '')}")
    ]
    return "; ".join(known) or DASH


def questions_pages(context: Context) -> list[Flowable]:
    """What was asked: each instrument with its questions, scoring and licence."""
    page: list[Flowable] = [
        title(context.t("questions.title")),
        lead(context.t("questions.lead", text=_wording(context))),
    ]
    for instrument in context.results.survey.questionnaire.instruments:
        page += _instrument(context, instrument)
    return page


def _wording(context: Context) -> str:
    """Whose words the questions are in."""
    kinds = {wording for i in context.results.survey.questionnaire.instruments for wording in i.wording.values()}
    used = context.results.survey.questionnaire.packs
    credit = "; ".join(dict.fromkeys(safe(pack.attribution) for pack in used))
    text = context.t("questions.official" if "official" in kinds else "questions.own")
    return f"{text} {credit}".strip()


def _instrument(context: Context, instrument: Instrument) -> list[Flowable]:
    name = safe(context.instrument_title(instrument))
    flowables: list[Flowable] = [heading(name)]
    rows = []
    for item in instrument.items:
        values = item.scale.values
        answers = (
            f"{values[0]}{DASH}{values[-1]}" if item.scale.numeric else context.t("questions.options", n=len(values))
        )
        rows.append([safe(context.question(item.key)), answers])
    if rows:
        flowables.append(
            grid([context.t("heads.question"), context.t("heads.scale")], rows, (403, 90), right=(1,), tight=True)
        )
    for scale in dict.fromkeys(item.scale for item in instrument.items if not item.scale.numeric):
        labels = context.answer_labels(instrument, scale.key)
        if labels:
            flowables.append(small(f"{context.t('questions.answers')}: {safe(labels)}"))
    explained = [
        f"<b>{safe(context.name(m.key))}</b>: {safe(context.measure_text(m.key).explanation)}"
        for m in instrument.measures
        if context.measure_text(m.key).explanation and not m.single_item
    ]
    flowables += [small(text) for text in explained]
    return flowables


def method_pages(context: Context) -> list[Flowable]:
    """How the numbers were made, and how to do the sums again."""
    release = context.results.release
    margin, per_year = context.numbers.decimal(MARGIN, 0), context.numbers.decimal(PER_YEAR, 0)
    cells = list(release.cells.values())
    closed = sum(cell.closed for cell in cells)
    page: list[Flowable] = [title(context.t("method.title")), lead(context.t("method.lead"))]
    for key in ("intervals", "comparison", "verdict", "rounding", "missing", "multiple"):
        values = {"k": release.k, "margin": margin, "own_spread": own_spread_from(release.k), "per_year": per_year}
        page.append(_method(context, key, **values))
    page += _worked(context)
    page.append(
        _method(
            context,
            "protection",
            k=release.k,
            smallest=release.smallest,
            planned=context.numbers.integer(len(cells)),
            closed=context.numbers.integer(closed),
            page=context.t("certificate.title"),
        )
    )
    page.append(_method(context, "repeat", fingerprint=release.fingerprint))
    return page


def _method(context: Context, key: str, **values: object) -> Flowable:
    """One paragraph of the method, its subject in front."""
    return body(f"<b>{context.t(f'method.{key}.heading')}.</b> {context.t(f'method.{key}.text', **values)}")


def _worked(context: Context) -> list[Flowable]:
    """The first comparison of the report, worked out so that a reader can follow it with a calculator."""
    key = next((key for key in context.main_measures() if context.headline(key) is not None), None)
    best = None if key is None else context.headline(key)
    if key is None or best is None or best.difference is None:
        return []
    ours, theirs, found = estimate_released(best.cell), best.basis, best.difference

    def one(number: float) -> str:
        return context.numbers.decimal(number, 2)

    return [
        _method(
            context,
            "worked",
            name=safe(context.name(key)),
            share=context.numbers.percent(ours.share),
            n=context.numbers.integer(best.cell.n_low or 0),
            low=one(ours.wide.low),
            high=one(ours.wide.high),
            official=context.official(best),
            official_low=one(theirs.wide.low),
            official_high=one(theirs.wide.high),
            points=context.plain_points(found),
            below=one(ours.share - ours.wide.low),
            above=one(ours.wide.high - ours.share),
            official_below=one(theirs.share - theirs.wide.low),
            official_above=one(theirs.wide.high - theirs.share),
            wide_low=one(found.wide.low),
            wide_high=one(found.wide.high),
            rounded=context.points(found),
            verdict=context.verdict(found),
        )
    ]
