"""Names and sentences for measures that have none of their own: those made of a single item."""

from __future__ import annotations

from instruments.model import Item, Language, Measure, MeasureText, Operator, Texts

#: The share in words, around the answer at the cut-off.
_SHARE: dict[Language, dict[Operator, str]] = {
    "nl": {
        "at_least": "antwoordt {answer} of hoger bij “{name}”",
        "above": "antwoordt hoger dan {answer} bij “{name}”",
        "at_most": "antwoordt {answer} of lager bij “{name}”",
        "below": "antwoordt lager dan {answer} bij “{name}”",
        "equals": "antwoordt {answer} bij “{name}”",
    },
    "en": {
        "at_least": "answer {answer} or higher on “{name}”",
        "above": "answer higher than {answer} on “{name}”",
        "at_most": "answer {answer} or lower on “{name}”",
        "below": "answer lower than {answer} on “{name}”",
        "equals": "answer {answer} on “{name}”",
    },
}
#: How the share is counted.
_COUNTED: dict[Language, dict[Operator, str]] = {
    "nl": {
        "at_least": "Het deel met een score van {threshold} of hoger op een schaal van {low} tot {high}.",
        "above": "Het deel met een score boven {threshold} op een schaal van {low} tot {high}.",
        "at_most": "Het deel met een score van {threshold} of lager op een schaal van {low} tot {high}.",
        "below": "Het deel met een score onder {threshold} op een schaal van {low} tot {high}.",
        "equals": "Het deel met een score van precies {threshold} op een schaal van {low} tot {high}.",
    },
    "en": {
        "at_least": "The share with a score of {threshold} or higher on a scale from {low} to {high}.",
        "above": "The share with a score above {threshold} on a scale from {low} to {high}.",
        "at_most": "The share with a score of {threshold} or lower on a scale from {low} to {high}.",
        "below": "The share with a score below {threshold} on a scale from {low} to {high}.",
        "equals": "The share with a score of exactly {threshold} on a scale from {low} to {high}.",
    },
}
_MEAN: dict[Language, str] = {
    "nl": "Het gemiddelde op een schaal van {low} tot {high}.",
    "en": "The mean on a scale from {low} to {high}.",
}


def measure_text_from_item(measure: Measure, item: Item, texts: Texts, language: Language) -> MeasureText:
    """The text of a single-item measure: the item's short label and a plain reading of its cut-off.

    The share names the answer at the cut-off, such as ``answer “agree” or higher on “enough staff”``,
    or its number when the code has no label; it is empty for a measure with a mean only.
    """
    name = texts.items[item.key].short
    low, high = item.scale.low, item.scale.high
    if measure.flag is None:
        return MeasureText(name, explanation=_MEAN[language].format(low=low, high=high))
    operator, threshold = measure.flag.operator, measure.flag.threshold
    answer = _label_at(threshold.numerator, item, texts) if threshold.denominator == 1 else None
    counted = _COUNTED[language][operator].format(threshold=threshold, low=low, high=high)
    words = _SHARE[language][operator].format(answer=answer or threshold, name=name)
    return MeasureText(name, share=words, explanation=counted)


def _label_at(score: int, item: Item, texts: Texts) -> str | None:
    """The label, in quotes, of the one answer that gives ``score``; None when it would mislead."""
    if item.reverse:  # "or higher" would point the wrong way along the labels
        return None
    scale = item.scale
    codes = [code for code, given in zip(scale.values, scale.scores, strict=True) if given == score]
    label = texts.scales.get(scale.key, {}).get(codes[0]) if len(codes) == 1 else None
    return None if label is None else f"“{label}”"
