"""``peil disclosure plan``: which units will have figures, before anything is sent."""

from __future__ import annotations

import csv
import io
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

import click

from analysis.disclosure.plan import written
from analysis.disclosure.preflight import (
    ANSWERS_PER_K_CROSSED,
    HARDLY,
    LOWEST_K,
    RESPONSES,
    SURE,
    USUAL_SHARE,
    Outlook,
    PlannedCategory,
    PlannedUnit,
    Preflight,
)
from analysis.errors import InputError, listed
from analysis.grouping import INVITED_PER_K
from analysis.survey import DEFAULT_K, Survey, read_survey
from analysis.units import SEPARATOR, TOTAL, UnitPath
from instruments.model import InstrumentError
from reports.numbers import DASH, Numbers
from survey_app.analysing import write_together
from survey_app.cli.analyse import ANY_PATH, imported_packs
from survey_app.cli.errors import BadInput
from survey_app.cli.pages import WIDTH, wrap
from survey_app.commission.foreseeing import foresee_roster, survey_of_columns
from survey_app.config import Config

#: Columns of the CSV file: a row for each group and response, and one for each unit that has joined another.
COLUMNS = (
    "unit", "cut", "category", "invited", "response", "answers", "chance", "figures", "may_close",
    "smallest_difference", "shown_with",
)  # fmt: skip

#: Beside names of units there is room for so many responses.
MOST_RESPONSES = 3

#: Widths on the terminal: people, and for each response answers, shown with its mark, and from.
_PEOPLE, _ANSWERS, _SHOWN, _FROM = 8, 9, 6, 5
_RESPONSE = _ANSWERS + 1 + _SHOWN + _FROM

#: A name moves two signs to the right for each level, but keeps room beside its numbers.
_INDENT, _DEEPEST = 2, 12

_NUMBERS = Numbers("en")


@click.command()
@click.argument("roster", type=ANY_PATH, metavar="ROSTER.csv")
@click.option("--k", type=int, metavar="N", help=f"The promised group size.  [default: {DEFAULT_K}]")
@click.option("--unit-column", metavar="COLUMN", help="Where somebody works, as 'Division > Team'.  [default: unit]")
@click.option("--wave", metavar="WAVE", help="Whom to count, if there is a column wave.  [default: the newest]")
@click.option("--cut", "cuts", multiple=True, metavar="COLUMN", help="A column with categories; may be repeated.")
@click.option("--survey", "survey_file", type=ANY_PATH, metavar="SURVEY.toml", help="Take all of this from a survey.")
@click.option(
    "--response",
    default=",".join(map(str, RESPONSES)),
    show_default=True,
    metavar="PERCENTAGES",
    help="How many may answer; up to three percentages.",
)
@click.option("--csv", "csv_file", type=ANY_PATH, metavar="FILE", help="Also write it to a new CSV file.")
@click.pass_obj
def plan(
    config: Config,
    roster: Path,
    k: int | None,
    unit_column: str | None,
    wave: str | None,
    cuts: tuple[str, ...],
    survey_file: Path | None,
    response: str,
    csv_file: Path | None,
) -> None:
    """Foresee which units of a roster will have figures.

    Before anything is promised or sent: how many answers to expect of each unit and whether that is
    enough, which small units are shown together with another, and from which difference on the
    report could call a unit higher. Names and addresses are not looked at.
    """
    responses = _responses(response)
    if csv_file is not None and csv_file.exists():
        raise BadInput(f"{csv_file}: is there already; name another file with --csv")
    try:
        if survey_file is None:
            survey = survey_of_columns(roster, unit_column or "unit", cuts, _promised(k), wave)
        else:
            _refuse_both(survey_file, {"--k": k, "--unit-column": unit_column, "--wave": wave, "--cut": cuts or None})
            survey = read_survey(survey_file, imported_packs(config))
        preflight = foresee_roster(roster, survey, responses)
    except (InputError, InstrumentError) as error:
        raise BadInput(str(error)) from error
    if csv_file is not None:
        _write(csv_file, as_csv(preflight))
    click.echo("\n".join(_Page(preflight, survey).lines()))


def as_csv(preflight: Preflight) -> str:
    """The outlook as a table for a spreadsheet; chances as fractions, units as paths."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for unit in preflight.units:
        writer.writerows(_csv_rows((written(unit.path), "", "", unit.invited), unit.outlooks))
        for joined in unit.joined:
            name = written((*unit.path, joined.name))
            writer.writerow((name, "", "", joined.people, *[""] * 6, written(unit.path)))
    for group in preflight.categories:
        head = (written(group.unit), group.cut, group.category, group.invited)
        writer.writerows(_csv_rows(head, group.outlooks))
    return stream.getvalue()


def _csv_rows(head: tuple[object, ...], outlooks: Sequence[Outlook]) -> Iterator[tuple[object, ...]]:
    for outlook in outlooks:
        yield (
            *head,
            outlook.response,
            outlook.answers,
            f"{outlook.chance:.4f}",
            outlook.figures,
            int(outlook.may_close),
            "" if outlook.difference is None else outlook.difference,
            "",
        )


def _responses(written_down: str) -> tuple[int, ...]:
    """Such as ``40,60,80``; in ascending order."""
    parts = [part.strip().removesuffix("%") for part in written_down.split(",")]
    found = sorted({int(part) for part in parts if re.fullmatch("[0-9]{1,3}", part) and 1 <= int(part) <= 100})
    if len(found) < len(parts) or len(found) > MOST_RESPONSES:
        raise BadInput(
            f"--response is '{written_down}'; write one to {MOST_RESPONSES} different whole percentages from 1 to 100, "
            f"such as {','.join(map(str, RESPONSES))}"
        )
    return tuple(found)


def _promised(k: int | None) -> int:
    if k is not None and k < LOWEST_K:
        raise BadInput(
            f"--k is {k}, and no promise goes below {LOWEST_K}; below {DEFAULT_K} it is for surveys that ask nothing "
            "about health, caregiving or harassment"
        )
    return DEFAULT_K if k is None else k


def _refuse_both(survey_file: Path, given: Mapping[str, object]) -> None:
    """What stands in the survey file can not be said again, for one of the two would be ignored."""
    for option, value in given.items():
        if value is not None:
            raise BadInput(f"{option} is in {survey_file.name} already; leave out one of {option} and --survey")
    if survey_file.exists() and not (survey_file.is_file() or survey_file.is_dir()):
        raise BadInput(f"{survey_file}: is not a plain file; save the survey file as a file first")


def _write(path: Path, text: str) -> None:
    try:
        write_together(path.parent, {path.name: text.encode()})
    except OSError as error:
        raise BadInput(f"{path}: cannot be written ({error.strerror}); name another file with --csv") from error


class _Page:
    """The outlook as lines of text."""

    def __init__(self, preflight: Preflight, survey: Survey) -> None:
        self._preflight = preflight
        self._organisation = "The whole organisation" if survey.organisation == TOTAL else survey.organisation
        self._wave, self._earlier = survey.wave, survey.earlier
        self._cuts = {cut.key: cut for cut in survey.cuts}
        self._room = WIDTH - _PEOPLE - _RESPONSE * len(preflight.responses)

    def lines(self) -> Iterator[str]:
        preflight = self._preflight
        if self._earlier:
            yield from wrap(f"Counted: wave {_printable(self._wave)}, and not {_printable(listed(self._earlier))}.")
        yield from wrap(
            f"{_NUMBERS.integer(preflight.invited)} people and a promise of k = {preflight.k}: "
            f"a group has figures when at least {preflight.smallest} of its people answer."
        )
        if preflight.k < DEFAULT_K:
            yield from wrap(
                f"A k below {DEFAULT_K} is for surveys that ask nothing about health, caregiving or harassment."
            )
        yield ""
        yield from self._head("unit")
        for unit in preflight.units:
            name = unit.path[-1] if unit.path else self._organisation
            yield from self._row(len(unit.path), name, unit.invited, unit.outlooks)
        yield from self._levels_line()
        yield from self._joined_lines()
        for cut, groups in groupby(preflight.categories, key=lambda group: group.cut):
            yield from self._cut_lines(cut, list(groups))
        known = {group.cut for group in preflight.categories}
        for missing in (cut for key, cut in self._cuts.items() if key not in known):
            yield ""
            yield from wrap(f"{_printable(missing.names['en'])}: nothing to foresee, for the roster does not say it.")
        yield ""
        yield from self._legend()

    def _head(self, name: str) -> Iterator[str]:
        above = "".join(f"{f'{response}% answer':>{_RESPONSE}}" for response in self._preflight.responses)
        yield " " * (self._room + _PEOPLE) + above
        columns = f"{'answers':>{_ANSWERS}} {'shown':<{_SHOWN}}{'from':>{_FROM}}" * len(self._preflight.responses)
        yield f"{name:<{self._room}}{'people':>{_PEOPLE}}{columns}"

    def _row(self, level: int, name: str, invited: int, outlooks: Sequence[Outlook]) -> Iterator[str]:
        indent = " " * min(_INDENT * level, _DEEPEST)
        first, *more = textwrap.wrap(
            _printable(name), self._room, initial_indent=indent, subsequent_indent=indent + " " * _INDENT
        )
        numbers = "".join(map(_outlook, outlooks))
        yield f"{first:<{self._room}}{_NUMBERS.integer(invited):>{_PEOPLE}}{numbers}"
        yield from more

    def _levels_line(self) -> Iterator[str]:
        levels = self._preflight.levels
        if levels is not None:
            yield ""
            yield f"Units are reported down to level {levels} below the organisation, as the survey file says."

    def _joined_lines(self) -> Iterator[str]:
        units = [unit for unit in self._preflight.units if unit.joined]
        if units:
            yield ""
            yield from wrap(
                "Without figures of their own: units for which fewer than "
                f"{INVITED_PER_K * self._preflight.k} people are invited, and units that such a small one needs."
            )
        for unit in units:
            yield from wrap(self._joined_sentence(unit), "  ", "    ")

    def _joined_sentence(self, unit: PlannedUnit) -> str:
        names = [f"{_printable(joined.name)} ({_NUMBERS.integer(joined.people)})" for joined in unit.joined]
        where = self._where(unit.path)
        if len(names) == 1:
            return f"{names[0]} is shown together with {where}."
        # Where nothing is left below it, the unit is nothing but those who are shown together.
        how = "with" if unit.divided or not unit.path else "as"
        return f"{', '.join(names[:-1])} and {names[-1]} are shown together {how} {where}."

    def _where(self, path: UnitPath) -> str:
        return _printable(SEPARATOR.join(path)) if path else "the whole organisation"

    def _cut_lines(self, key: str, groups: Sequence[PlannedCategory]) -> Iterator[str]:
        cut, preflight = self._cuts[key], self._preflight
        names = {category.key: category.names["en"] for category in cut.categories}
        within = ANSWERS_PER_K_CROSSED * preflight.k
        yield ""
        yield from wrap(
            f"{_printable(cut.names['en'])}: a category has figures from {preflight.smallest} answers on, "
            f"within a unit from {within} on."
        )
        yield from self._head("category")
        for unit, categories in groupby(groups, key=lambda group: group.unit):
            yield _printable(unit[0]) if unit else self._organisation
            for group in categories:
                yield from self._row(1, names[group.category], group.invited, group.outlooks)

    def _legend(self) -> Iterator[str]:
        sure, hardly = round(100 * SURE), round(100 * HARDLY)
        yield "answers  How many to expect."
        yield from wrap(
            f"Whether there will be figures: yes, with a chance of {sure}% or more; no, with one of {hardly}% or "
            "less; perhaps, with the chance that is printed.",
            "shown    ",
            " " * 9,
        )
        preflight = self._preflight
        of_groups = [*(unit.outlooks for unit in preflight.units), *(group.outlooks for group in preflight.categories)]
        if any(outlook.may_close for outlooks in of_groups for outlook in outlooks):
            yield from wrap("* may close to protect others, even with enough answers.", " " * 9)
        yield from wrap(
            "The smallest difference in percentage points that would be called higher than everybody else in the "
            f"organisation, where {USUAL_SHARE}% of those say yes; for the organisation itself, than a national "
            f"figure. {DASH}: none would show.",
            "from     ",
            " " * 9,
        )
        yield ""
        yield from wrap(
            "This is what to expect, not a promise. A unit may answer less than the whole organisation; and when the "
            "survey is over all figures are weighed together, so that some of these close as well, whole units "
            "among them."
        )


def _outlook(outlook: Outlook) -> str:
    """What stands in a row about one response."""
    shown = f"{outlook.percent}%" if outlook.figures == "perhaps" else outlook.figures
    seen = DASH if outlook.difference is None else f"+{outlook.difference}"
    mark = "*" if outlook.may_close else ""
    return f"{_NUMBERS.integer(outlook.answers):>{_ANSWERS}} {shown + mark:<{_SHOWN}}{seen:>{_FROM}}"


def _printable(name: str) -> str:
    """A name from a file, without signs that would do something to a terminal."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in name)
