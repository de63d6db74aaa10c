"""How well it was measured: do the questions of a scale hang together, and were they answered with care."""

from __future__ import annotations

from reportlab.platypus import Flowable

from analysis.disclosure.models import Bounded
from analysis.quality import SERIOUS, blocks_of
from analysis.reliability import LEAST_PEOPLE, LEAST_RELIABLE
from reports.context import Context, safe
from reports.numbers import DASH
from reports.pages.blocks import body, gap, grid, heading, lead, small, title

#: From this share of people without a score on a measure the report warns.
MUCH_SKIPPED = 0.10


def quality_page(context: Context) -> list[Flowable]:
    """One page in the appendix."""
    return [
        title(context.t("quality.title")),
        lead(_lead(context)),
        *_reliability(context),
        heading(context.t("quality.care")),
        *_care(context),
        *_skipped(context),
    ]


def _lead(context: Context) -> str:
    scales = context.results.release.models.reliability
    if not scales:
        return context.t("quality.lead_none", least=LEAST_PEOPLE)
    doubtful = [safe(context.measure_text(scale.measure).name) for scale in scales if scale.doubtful]
    if not doubtful:
        return context.t("quality.lead_all", scales=len(scales))
    good = len(scales) - len(doubtful)
    return context.t("quality.lead_some", good=good, scales=len(scales), names=context.listed(doubtful))


def _reliability(context: Context) -> list[Flowable]:
    scales = context.results.release.models.reliability
    if not scales:
        return []
    rows = [
        [
            safe(context.name(scale.measure)) + (f" ({context.t('quality.doubtful')})" if scale.doubtful else ""),
            str(scale.items),
            _coefficient(context, scale.alpha),
            _coefficient(context, scale.omega),
        ]
        for scale in scales
    ]
    heads = [context.t(f"quality.{key}") for key in ("scale", "questions", "alpha", "omega")]
    note = context.t("quality.note", least=LEAST_PEOPLE, border=context.numbers.decimal(LEAST_RELIABLE, 2))
    return [
        heading(context.t("quality.together")),
        grid(heads, rows, (218, 55, 110, 110), right=(1, 2, 3), tight=True),
        gap(4),
        small(note),
    ]


def _coefficient(context: Context, found: Bounded | None) -> str:
    if found is None:
        return DASH
    value, low, high = (context.numbers.decimal(number, 2) for number in (found.value, found.low, found.high))
    return context.t("quality.coefficient", value=value, low=low, high=high)


def _care(context: Context) -> list[Flowable]:
    """How many say that they answered seriously, and what the figures would be without who drew attention."""
    texts = []
    if context.has(SERIOUS) and (share := context.total(SERIOUS).share) is not None:
        texts.append(context.t("quality.serious", share=context.numbers.percent(share)))
    found = context.results.release.models.carelessness
    if found is None:
        texts.append(context.t("quality.nobody"))
    else:
        moved = context.t("quality.point" if found.moved == 1 else "quality.points", points=found.moved)
        texts.append(context.t("quality.careless", share=context.numbers.percent(found.share), moved=moved))
    opposite = any(blocks_of(context.results.survey.questionnaire))
    return [body(" ".join(texts)), small(context.t("quality.rule_opposite" if opposite else "quality.rule"))]


def _skipped(context: Context) -> list[Flowable]:
    """Which results miss the most people, and a warning where these are many."""
    skipped = context.results.skipped
    if not skipped:
        return []
    worst = max(skipped, key=lambda key: skipped[key])
    name, share = safe(context.measure_text(worst).name), context.numbers.percent(100 * skipped[worst], 1)
    many = [safe(context.measure_text(key).name) for key, part in skipped.items() if part > MUCH_SKIPPED]
    texts = [context.t("quality.skipped", name=name, share=share)]
    if many:
        much = context.numbers.percent(100 * MUCH_SKIPPED)
        texts.append(context.t("quality.skipped_much", much=much, names=context.listed(many)))
    return [heading(context.t("quality.gaps")), body(" ".join(texts))]
