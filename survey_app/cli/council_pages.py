"""What ``peil council`` prints: a promise in plain words, sheets with shares, counts, the checks of an audit."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from survey_app.anonymity.audit import Check, Verdict
from survey_app.anonymity.codes import fingerprint_words
from survey_app.anonymity.council import CouncilKeys
from survey_app.anonymity.encoding import Malformed, digest
from survey_app.anonymity.manifest import Manifest, parse_manifest
from survey_app.anonymity.opening import Opening, Urn
from survey_app.cli.council_roster import Difference
from survey_app.cli.council_words import Words
from survey_app.cli.pages import wrap

#: Files of which the audit tells apart whether they hold together and whether they are right.
_BREAKABLE = ("opened", "published")


class FormDiffers(ValueError):
    """The questions beside a promise are not those that it fixes."""


def read_promise(text: str) -> tuple[Manifest, list[Mapping[str, str]] | None]:
    """The manifest and the questions of a promise file, a saved reply of ``/m``, or a bare manifest.

    Each question is its texts by language; None stands for a file without questions.

    Raises :class:`Malformed` or :class:`FormDiffers`.
    """
    try:
        written = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Malformed("not JSON") from error
    inner = written.get("manifest") if isinstance(written, dict) else None
    manifest = parse_manifest(inner if isinstance(inner, str) else text)
    form = written.get("form")
    if not isinstance(inner, str) or not isinstance(form, str):
        return manifest, None
    if digest("form", form) != manifest.form:
        raise FormDiffers("the form is not the one of the manifest")
    try:
        return manifest, [dict(item["text"]) for screen in json.loads(form)["screens"] for item in screen["items"]]
    except (KeyError, RecursionError, TypeError, ValueError) as error:
        raise Malformed("the form has no questions") from error


def key_name(keys: CouncilKeys) -> str:
    """What the council calls its key: the first bytes of the witness key as three words."""
    return " ".join(fingerprint_words(keys.witness_key).split()[:3])


def promise_lines(manifest: Manifest, questions: Sequence[Mapping[str, str]] | None, words: Words) -> Iterator[str]:
    """The promise in plain words, with the numbers of people and the words of its fingerprint."""
    yield words("promise_heading")
    for line in _promises(manifest, words):
        yield from wrap(line, "  - ", "    ")
    yield ""
    yield from _units(manifest, words)
    yield ""
    if questions is None:
        yield from wrap(words("promise_without_form"))
    else:
        yield from _questions(questions, words)
    yield ""
    yield f"{words('promise_words')}: {manifest.words}"
    yield from wrap(words("promise_words_use"))


def difference_lines(manifest: Manifest, differences: Sequence[Difference], words: Words) -> Iterator[str]:
    """How the council's own list compares."""
    yield ""
    if not differences:
        yield from wrap(words("roster_equal", number=manifest.invited))
        return
    yield from wrap(words("roster_differs"))
    for row in differences:
        yield from wrap(difference(row, words), "  - ", "    ")


def difference(row: Difference, words: Words) -> str:
    """One unit with both its numbers."""
    return words("roster_line", unit=row.unit, promised=row.promised, counted=row.counted)


def sheet_lines(share: str, place: int, total: int, name: str, today: dt.date, words: Words) -> Iterator[str]:
    """One sheet with a share, to print or to copy by hand."""
    listed = [f"{number:>2}. {word}" for number, word in enumerate(share.split(), start=1)]
    half = -(-len(listed) // 2)
    yield words("share_of")
    yield words("share_title", number=place, total=total)
    yield ""
    yield from (f"  {left:<18}{right}" for left, right in zip(listed[:half], listed[half:], strict=True))
    yield ""
    yield from wrap(words("share_rules"))
    yield ""
    for key, value in (("share_witness", name), ("share_made_on", words.day(today)), ("share_kept_by", "_" * 40)):
        yield f"{words(key) + ':':<24}{value}"


def urn_lines(urn: Urn, words: Words) -> Iterator[str]:
    """What the council is about to open."""
    manifest = urn.manifest
    issued = sum(count.issued for count in urn.counts.values())
    yield from wrap(about(manifest, words))
    yield words("urn_words", words=manifest.words)
    yield from wrap(words("urn_envelopes", envelopes=len(urn.envelopes), done=urn.done, issued=issued))


def about(manifest: Manifest, words: Words) -> str:
    """Which survey this is."""
    return words(
        "promise_survey",
        title=manifest.title[words.language],
        wave=manifest.wave,
        organisation=manifest.organisation,
        survey=manifest.survey,
    )


def opening_lines(opening: Opening, words: Words) -> Iterator[str]:
    """The counts of an opening, and nothing else."""
    manifest, head = opening.urn.manifest, opening.head
    yield ""
    yield words("urn_opened")
    yield words("urn_ballots" if head.invalid else "urn_none_invalid", ballots=head.size, invalid=head.invalid)
    yield words("urn_units")
    sizes = Counter(ballot.unit for ballot in opening.opened.ballots)
    for unit in manifest.units:
        # Below the organisation there are none with fewer; what is left over for it stays unsaid.
        if sizes[unit.key] >= manifest.k:
            yield f"  {words.integer(sizes[unit.key]):>6}  {unit_name(manifest, unit.key)}"


def unit_name(manifest: Manifest, key: str) -> str:
    """A unit with those above it, as it is written in files."""
    path = [unit.name for unit in manifest.path(key)]
    return " > ".join(path[1:]) or path[0]


def check_line(check: Check, words: Words) -> str:
    """The sentence about one check."""
    broken = check.name in _BREAKABLE and not check.values
    state = "ok" if check.ok else "broken" if broken else "bad"
    return words(f"check_{check.name}_{state}", **check.values)


def verdict_key(verdict: Verdict, with_key: bool) -> str:
    """The name of the sentence about a receipt."""
    return f"receipt_{verdict}" + ("_keyless" if verdict == "missing" and not with_key else "")


def report_line(ok: bool, sentence: str, words: Words) -> Iterator[str]:
    """A check with its outcome before it."""
    outcome = words("audit_ok" if ok else "audit_not_ok")
    width = max(len(words(key)) for key in ("audit_ok", "audit_not_ok")) + 2
    yield from wrap(sentence, f"{outcome:<{width}}", " " * width)


def _promises(manifest: Manifest, words: Words) -> Iterator[str]:
    levels = manifest.plan.levels
    yield about(manifest, words)
    yield words(f"promise_level_{manifest.level}", address=manifest.independent_client)
    yield words("promise_days", opens=manifest.opens, closes=manifest.closes)
    rounds = words.listing([words.day(day) for day in manifest.rounds])
    yield words("promise_rounds", rounds=rounds) if manifest.rounds else words("promise_no_rounds")
    yield words("promise_k", k=manifest.k)
    yield words("promise_k_invite", k=manifest.k_invite)
    yield words(f"promise_levels_{levels}" if levels < 2 else "promise_levels", levels=levels)
    cuts = words.listing(manifest.plan.cuts)
    yield words("promise_cuts", cuts=cuts) if manifest.plan.cuts else words("promise_no_cuts")
    yield words("promise_objection", days=manifest.objection_days)
    yield words("promise_reissue", percent=words.thousandths(manifest.reissue_cap))
    yield words("promise_assisted" if manifest.assisted else "promise_not_assisted")


def _units(manifest: Manifest, words: Words) -> Iterator[str]:
    rows = [(words("promise_unit"), words("promise_here"), words("promise_below"))]
    for unit in manifest.units:
        name = "  " * len(manifest.ancestors(unit.key)) + unit.name
        rows.append((name, words.integer(unit.invited), words.integer(manifest.group_size(unit.key))))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    yield words("promise_units")
    for row in rows:
        yield f"  {row[0]:<{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}"


def _questions(questions: Sequence[Mapping[str, str]], words: Words) -> Iterator[str]:
    yield words("promise_questions", number=len(questions))
    for place, texts in enumerate(questions, start=1):
        yield from wrap(texts.get(words.language) or next(iter(texts.values()), ""), f"  {place:>3}. ", " " * 7)
