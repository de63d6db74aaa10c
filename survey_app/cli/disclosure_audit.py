"""``peil disclosure audit``: what can be derived from released files, whoever made them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import click

from analysis.disclosure.audit import Audit, audit, place_headcounts
from analysis.disclosure.audit_findings import Finding, Terms
from analysis.disclosure.plan import NO_CUT, Place
from analysis.disclosure.released_figures import Conflict
from analysis.disclosure.released_files import ReleasedCell, read_headcounts, read_released
from analysis.disclosure.released_lattice import name_place
from analysis.errors import InputError, count_of, did_you_mean, listed, quoted
from analysis.survey import DEFAULT_K
from survey_app.cli.analyse import ANY_PATH
from survey_app.cli.errors import BadInput
from survey_app.cli.pages import wrap
from survey_app.cli.progress import Progress

#: The smallest promise that can be attacked: a group of two has no secrets from its own members.
LOWEST_K = 2

#: A line names no more groups than this; ``--json`` names all.
MOST_NAMED = 6

_SCALE = re.compile(r"(.+)=(-?[0-9]{1,4})-(-?[0-9]{1,4})")


@click.command("audit")
@click.argument("files", type=ANY_PATH, metavar="RELEASED.csv [MORE.csv ...]", nargs=-1, required=True)
@click.option("--k", type=int, default=DEFAULT_K, show_default=True, metavar="N", help="The promised group size.")
@click.option(
    "--headcounts",
    type=ANY_PATH,
    metavar="FILE",
    help="How many were invited, as the employer knows: a CSV file with unit, cut, category and invited.",
)
@click.option(
    "--sensitive", multiple=True, metavar="MEASURE", help="Also about health or care, besides ours; may be repeated."
)
@click.option(
    "--scale", "scales", multiple=True, metavar="MEASURE=LOW-HIGH", help="The ends of a scale that is not ours."
)
@click.option("--json", "as_json", is_flag=True, help="Print the same as JSON.")
@click.pass_context
def audit_command(
    context: click.Context,
    files: tuple[Path, ...],
    k: int,
    headcounts: Path | None,
    sensitive: tuple[str, ...],
    scales: tuple[str, ...],
    as_json: bool,
) -> None:
    """Attack released files, from any source.

    Tells what can be derived about small groups from all the figures together, and from which. The
    files are in the form of released.csv; all files about one wave are attacked together, so a figure
    in one is subtracted from a figure in another. Waves are attacked separately: this command does
    not compare the people of one wave with those of another.

    Exits with 0 when nothing can be derived, with 1 when something can be or when safety cannot be
    proven, and with 2 when a file cannot be read or its figures contradict each other.
    """
    progress = Progress()
    try:
        cells = _read(files, progress)
        terms, left_aside = _terms(cells, k, headcounts, sensitive, scales)
        found = audit(cells, terms, lambda part: progress("attack", part))
    except InputError as error:
        raise BadInput(str(error)) from error
    finally:
        progress.done()
    for notice in _notices(found, terms, left_aside):
        click.echo(f"Note: {notice}", err=True)
    click.echo(as_json_text(found, files, k) if as_json else "\n".join(_Page(found, terms).lines()))
    context.exit(0 if found.safe else 1)


def _read(files: Sequence[Path], progress: Progress) -> list[ReleasedCell]:
    cells: list[ReleasedCell] = []
    for number, path in enumerate(files):
        if path in files[:number]:
            raise BadInput(f"{path}: is named twice; name each file once")
        progress("released", number / len(files))
        cells += read_released(path)
    return cells


def _terms(
    cells: Sequence[ReleasedCell],
    k: int,
    headcounts: Path | None,
    sensitive: Sequence[str],
    scales: Sequence[str],
) -> tuple[Terms, int]:
    """What is attacked, and how many lines of the head counts are about groups that are in no file."""
    if k < LOWEST_K:
        raise BadInput(f"--k is {k}; a promise is a group size of {LOWEST_K} or more")
    measures = dict.fromkeys(cell.key.measure for cell in cells)
    ends: dict[str, tuple[int, int]] = {}
    for written in scales:
        match = _SCALE.fullmatch(written)
        if match is None or int(match[2]) >= int(match[3]):
            raise BadInput(f"--scale is {quoted(written)}; write a measure and the ends of its scale, such as mood=1-5")
        ends[match[1]] = int(match[2]), int(match[3])
    for option, named in (("--sensitive", sensitive), ("--scale", ends)):
        for measure in named:
            if measure not in measures:
                raise BadInput(
                    f"{option} names {quoted(measure)}, which is in none of the files"
                    f"{did_you_mean(measure, measures)}; name a measure that is"
                )
    invited: dict[tuple[str, Place], int] = {}
    left_aside = 0
    if headcounts is not None:
        invited, left_aside = place_headcounts(read_headcounts(headcounts), cells, headcounts)
    return Terms(k, invited, ends, frozenset(sensitive)), left_aside


def _notices(found: Audit, terms: Terms, left_aside: int) -> Iterator[str]:
    if left_aside:
        groups = count_of(left_aside, "line of the head counts is", "lines of the head counts are")
        yield f"{groups} about groups that are in no file, and left aside."
    if found.without_mean:
        yield (
            f"the means of {listed(found.without_mean)} are not attacked, since their scale is not known; "
            "give it with --scale MEASURE=LOW-HIGH."
        )
    unknown = [measure for measure in found.unknown if measure not in terms.sensitive]
    if unknown:
        yield (
            f"{listed(unknown)} {'is' if len(unknown) == 1 else 'are'} not in our catalogue, and taken to be about "
            "neither health nor care; name those that are with --sensitive MEASURE."
        )


class _Page:
    """What was found, as lines of text."""

    def __init__(self, found: Audit, terms: Terms) -> None:
        self._found = found
        self._terms = terms
        self._k = terms.k

    def lines(self) -> Iterator[str]:
        found = self._found
        for conflict in found.conflicts:
            yield from wrap(tell_conflict(conflict), "", "    ")
        for finding in found.findings:
            yield from wrap(tell_finding(finding, self._k), "", "    ")
            if how := tell_how(finding):
                yield from wrap(how, "    ")
        if not found.safe:
            yield ""
        yield from wrap(self._attacked())
        yield from wrap(self._supposed())
        yield from wrap(tell_narrowest(found, self._terms))
        number = len(found.conflicts) + len(found.findings)
        yield from wrap(f"{count_of(number, 'finding')}: not safe." if number else "Safe: nothing can be derived.")

    def _attacked(self) -> str:
        found = self._found
        return (
            f"Attacked for k = {self._k}: {count_of(found.cells, 'cell')}, {found.closed} of them closed, of "
            f"{count_of(len(found.measures), 'measure')} in {count_of(len(found.waves), 'wave')}"
            f"{self._knowing()}."
        )

    def _knowing(self) -> str:
        groups = count_of(len(self._terms.invited), "group")
        return f"; the attacker knows how many people were invited to {groups}" if self._terms.invited else ""

    def _supposed(self) -> str:
        gaps = sorted({gap for shown in self._found.hidden.values() for gap in shown})
        cuts = [f"without a category of {gap.cut}" for gap in gaps if gap.cut != NO_CUT]
        units = [gap.unit for gap in gaps if gap.cut == NO_CUT]
        words = [*cuts, *([f"of {_named(units)} in no unit named"] if units else [])]
        if not words:
            return "Supposed: everybody is in one of the units and categories that are named."
        return (
            "Supposed: everybody is in one of the units and categories that are named, but for people "
            f"{', and people '.join(words)}. Without such people the figures do not add up: if you know that there "
            "are none, a figure was altered or is wrong."
        )


def tell_narrowest(found: Audit, terms: Terms) -> str:
    """How much is left open about the most certain of the small groups."""
    if found.narrowest is None:
        return "No closed group can be small."
    if found.narrowest >= terms.k:
        counted = ", or all that its head count allows" if terms.invited else ""
        return f"Every closed group that may be small has at least {terms.k + 1} possible numbers of people{counted}."
    return f"The narrowest interval left to the number of people of a small group is {found.narrowest} wide."


def tell_conflict(conflict: Conflict) -> str:
    """Where two files differ, in one sentence."""
    key = conflict.key
    (one, first), (other, second) = conflict.first, conflict.second
    return (
        f"{key.wave}, {key.measure}, {name_place(key.place)}: printed in two ways: {conflict.column} is {first} in "
        f"{one} and {second} in {other}"
    )


def tell_finding(finding: Finding, k: int) -> str:
    """What can be derived, in one sentence."""
    if finding.kind == "unproven":
        return f"{finding.wave}, {finding.measure}: could not be proven safe: the attack came to no end in time"
    return f"{finding.wave}, {finding.measure}, {name_place(finding.place)}: {_tell_what(finding, k)}"


def _tell_what(finding: Finding, k: int) -> str:
    span = _span(finding.low, finding.high, finding.one_point)
    if finding.kind == "printed":
        number = "nobody is" if finding.high == 0 else f"{span} {'is' if finding.high == 1 else 'are'}"
        return f"printed although {number} in it; a group is open from {k + 1} people on"
    if finding.kind == "absent":
        return f"number of invited people who did not answer: {span}"
    if finding.kind == "narrow":
        return f"number of people: {span}"
    if finding.kind == "insider":
        what = "people who said yes" if finding.quantity == "yes" else "all scores together, to less than one answer"
        return f"{what}: known to who is in it and knows the own answer"
    if finding.quantity == "yes":
        if finding.kind == "pinned":
            return f"people who said yes: {span}"
        if finding.high > finding.step:
            return "everybody, or all but one, said yes"
        return "nobody said yes" if finding.high == 0 else "nobody, or only one, said yes"
    if finding.kind == "pinned":
        return f"all scores together, counted from the lowest possible: {span} points, less than one answer apart"
    end = "lowest" if finding.high <= finding.step else "highest"
    return f"all scores together are no further from the {end} possible than one person can be"


def _span(low: int, high: int, one_point: int) -> str:
    if low == high:
        return f"exactly {_number(low, one_point)}"
    return f"between {_number(low, one_point)} and {_number(high, one_point)}"


def _number(parts: int, one_point: int) -> str:
    if parts % one_point == 0:
        return str(parts // one_point)
    return str(round(Decimal(parts) / one_point, 2).normalize())


def tell_how(finding: Finding) -> str:
    """The printed figures that it follows from; an empty text where the finding says it itself."""
    if finding.kind in ("printed", "unproven"):
        return ""
    source = _named([name_place(place) for place in finding.how]) or "the sums"
    return f"follows from {source}{', if no blank is empty' if finding.supposing else ''}"


def _named(groups: Sequence[str]) -> str:
    """The first groups, and how many more there are."""
    more = len(groups) - MOST_NAMED
    return "; ".join(groups[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def as_json_text(found: Audit, files: Sequence[Path], k: int) -> str:
    """Everything that was found, for programs."""
    content = {
        "safe": found.safe,
        "k": k,
        "files": [str(path) for path in files],
        "findings": [_finding_json(finding, k) for finding in found.findings],
        "printed_in_two_ways": [
            {
                "wave": conflict.key.wave,
                "measure": conflict.key.measure,
                "group": name_place(conflict.key.place),
                "column": conflict.column,
                "figures": {file: str(number) for file, number in (conflict.first, conflict.second)},
            }
            for conflict in found.conflicts
        ],
        "attacked": {
            "cells": found.cells,
            "closed": found.closed,
            "measures": list(found.measures),
            "waves": list(found.waves),
            "attacks": found.attacks,
        },
        "narrowest": found.narrowest,
        "people_outside": {
            wave: [f"{gap.unit}, {gap.cut}" if gap.cut != NO_CUT else gap.unit for gap in sorted(gaps)]
            for wave, gaps in found.hidden.items()
        },
        "means_not_attacked": list(found.without_mean),
    }
    return json.dumps(content, ensure_ascii=False, indent=2)


def _finding_json(finding: Finding, k: int) -> dict[str, object]:
    return {
        "kind": finding.kind,
        "wave": finding.wave,
        "measure": finding.measure,
        "group": name_place(finding.place),
        "quantity": finding.quantity,
        "low": finding.low / finding.one_point,
        "high": finding.high / finding.one_point,
        "what": tell_finding(finding, k),
        "how": [name_place(place) for place in finding.how],
        "if_no_blank_is_empty": finding.supposing,
    }
