"""``peil figures update`` and ``peil figures add``: new figures beside those that come with the program."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from pathlib import Path

import click

from analysis.benchmark.catalogue_files import Addition
from analysis.benchmark.figures import BrokenCatalogue, Figure, load_figures
from analysis.benchmark.own_figures import OWN_FOLDER, check_own, load_figures_with, parse_addition, read_additions
from analysis.benchmark.statline import read_csv, read_document
from analysis.benchmark.statline_mapping import (
    Mapped,
    Offer,
    merge_offers,
    offers_of,
    read_mapping,
    recognise,
)
from analysis.benchmark.statline_table import StatlineError, StatlineTable
from analysis.benchmark.updating import Entry, PreferredChange, Update, first_comparable, plan_update
from analysis.errors import count_of, did_you_mean
from instruments.loading import load_catalogue
from survey_app.cli.errors import BadInput
from survey_app.cli.pages import wrap
from survey_app.cli.progress import Progress
from survey_app.config import Config
from survey_app.own_figures import CannotKeep, figures_folder, texts_in, write_all
from survey_app.statline import CbsUnreachable, Get, HttpGet, NotThere, fetch_table, load_text, save_text

#: The largest file that is read: a saved table, or an own benchmark.
MOST_BYTES = 256 * 1024 * 1024

_MARKS = {"new": "+", "agrees": "=", "differs": "!"}


@click.command("update")
@click.option(
    "--from-file",
    "files",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Read this file, and ask CBS nothing: saved with --save, or a CSV export of StatLine. May be given again.",
)
@click.option(
    "--save",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep what CBS answers in this folder, one file a table.",
)
@click.option("--table", "numbers", multiple=True, metavar="NUMBER", help="Only this table. May be given again.")
@click.option("--since", metavar="YEAR", type=int, help="From this year on; by default from the last method break on.")
@click.option("--groups", is_flag=True, help="Show every group, and not only how many there are.")
@click.option("--yes", is_flag=True, help="Add the figures without asking.")
@click.pass_obj
def update_figures(
    config: Config,
    files: tuple[Path, ...],
    save: Path | None,
    numbers: tuple[str, ...],
    since: int | None,
    groups: bool,
    yes: bool,
) -> None:
    """Ask CBS for new figures, show what they would change, and add them when you agree.

    Nothing that is printed in the catalogue is changed: figures are added to the data folder of this
    installation. What CBS is asked is the same for everybody and says nothing about your organisation.
    """
    if files and save:
        raise BadInput("--save keeps what CBS answers, and --from-file does not ask CBS; leave one out.")
    if files and numbers:
        raise BadInput("--table chooses what CBS is asked, and --from-file does not ask CBS; leave one out.")
    mapped = _mapping()
    folder = figures_folder(config)
    kept, texts = _kept(folder)
    tables, remarks = _from_files(files) if files else _from_cbs(_chosen(numbers, mapped), save)
    update, more = _plan(tables, mapped, kept, texts, since)
    click.echo("\n".join(_lines(update, groups)))
    for remark in (*remarks, *more):
        click.echo("\n".join(wrap(remark, "Note: ", "  ")), err=True)
    if update.entries and _agreed(yes, f"Add {count_of(len(update.entries), 'figure')} to {folder}?"):
        _write({folder / f"{indicator}.toml": text for indicator, text in update.files.items()})
        click.echo(f"Added {count_of(len(update.entries), 'figure')} to {folder}.")


@click.command("add")
@click.argument("file", metavar="FILE.toml", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--yes", is_flag=True, help="Keep the file without asking.")
@click.pass_obj
def add_figures(config: Config, file: Path, yes: bool) -> None:
    """Add a benchmark of your own: an indicator, or groups for an indicator of the catalogue.

    The file is written as docs/adding-a-figure.md describes, with its survey and its source inside.
    It takes the place of an earlier one of the same name.
    """
    folder = figures_folder(config)
    kept, _ = _kept(folder)
    text = _read(file)
    try:
        addition = parse_addition(file.stem, text, own=True)
        others = tuple(one for one in kept if not (one.own and one.name == addition.name))
        figures = check_own(addition, others)
    except BrokenCatalogue as error:
        raise BadInput(f"{error}.") from error
    click.echo(f"{file.name}: {count_of(len(figures), 'figure')} for '{figures[0].indicator}', own benchmark")
    for figure in figures:
        click.echo(f"  {figure.year}  {figure.breakdown}, {figure.category}: {_printed(figure)}")
        for line in wrap(f"{figure.population}; {figure.survey}; {figure.source_title}", "        "):
            click.echo(line)
    place = folder / OWN_FOLDER / f"{addition.name}.toml"
    if place.exists():
        click.echo("It takes the place of the file of the same name that was added earlier.")
    if _agreed(yes, f"Keep it in {place.parent}?"):
        _write({place: text})
        click.echo(f"Kept in {place}.")


def _today() -> dt.date:
    return dt.date.today()


def _open_cbs() -> Get:
    return HttpGet()


def _mapping() -> Mapped:
    try:
        return read_mapping()
    except BrokenCatalogue as error:  # pragma: no cover - the mapping comes with the program and is under test
        raise BadInput(f"{error}.") from error


def _kept(folder: Path) -> tuple[tuple[Addition, ...], dict[str, str]]:
    """What this installation added earlier: read, and as text."""
    try:
        load_figures_with(folder)
        return read_additions(folder), texts_in(folder)
    except BrokenCatalogue as error:
        raise BadInput(f"{folder}: {error}.") from error


def _chosen(numbers: Sequence[str], mapped: Mapped) -> list[str]:
    known = [table.id for table in mapped.tables]
    for number in numbers:
        if mapped.table(number) is None:
            raise BadInput(
                f"Peil cannot read a table '{number}'{did_you_mean(number, known)}; it reads {', '.join(known)}."
            )
    return [table.id for table in map(mapped.table, numbers) if table] or known


def _from_cbs(numbers: Sequence[str], save: Path | None) -> tuple[list[StatlineTable], list[str]]:
    """The tables that CBS gives, and a sentence for each that it does not give."""
    tables, remarks, documents = [], [], {}
    if save and (there := next((path for n in numbers if (path := save / f"{n}.json").exists()), None)):
        raise BadInput(f"{there} is there already; choose another folder.")
    get, progress = _open_cbs(), Progress()

    def share(place: int) -> Callable[[float], None]:
        return lambda part: progress("cbs", (place + part) / len(numbers))

    try:
        for place, number in enumerate(numbers):
            share(place)(0)
            try:
                document = fetch_table(number, get, _today(), share(place))
                tables.append(read_document(document))
                documents[number] = document
            except (NotThere, StatlineError) as error:
                remarks.append(f"{number}: CBS gives no table that can be read ({error})")
            except CbsUnreachable as error:
                remarks.append(f"{number}: CBS cannot be reached ({error})")
                if not tables:
                    break
    finally:
        progress.done()
    if not tables:
        raise BadInput(
            f"{'; '.join(remarks)}. Nothing was changed; try again later, or download tables elsewhere "
            "and read them with --from-file."
        )
    if save:
        _write({save / f"{number}.json": save_text(document) for number, document in documents.items()})
    return tables, remarks


def _from_files(files: Iterable[Path]) -> tuple[list[StatlineTable], list[str]]:
    tables = []
    for file in files:
        text = _read(file)
        try:
            if text.lstrip("\ufeff \r\n").startswith("{"):
                tables.append(read_document(load_text(text)))
            else:
                tables.append(read_csv(text))
        except ValueError as error:
            raise BadInput(f"{file}: {str(error).rstrip('.')}.") from error
    return tables, []


def _read(file: Path) -> str:
    try:
        if file.stat().st_size > MOST_BYTES:
            raise BadInput(f"{file}: is larger than {MOST_BYTES // 1024**2} MB; is it the right file?")
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{file}: cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{file}: is not UTF-8; save it as UTF-8 and try again.") from error


def _plan(
    tables: Sequence[StatlineTable],
    mapped: Mapped,
    kept: tuple[Addition, ...],
    texts: Mapping[str, str],
    since: int | None,
) -> tuple[Update, list[str]]:
    groups: list[tuple[Offer, ...]] = []
    remarks: list[str] = []
    retrieved: dict[str, dt.date] = {}
    try:
        for table in tables:
            offers, said = offers_of(table, mapped)
            groups.append(offers)
            remarks += said
            retrieved[recognise(table, mapped).id] = table.retrieved or _today()
        every, said = merge_offers(groups, mapped)
        recent = first_comparable(every, load_figures())
        wanted = [offer for offer in every if (recent(offer) if since is None else offer.year >= since)]
        return plan_update(wanted, mapped, kept, texts, retrieved), [*remarks, *said]
    except (StatlineError, BrokenCatalogue) as error:
        raise BadInput(f"{error}.") from error


def _agreed(yes: bool, question: str) -> bool:
    """Whether a person said yes; without one, a line says what to do."""
    if yes:
        return True
    if not _somebody_is_there():
        click.echo("Nothing was added, because nobody could be asked; add --yes to add it.")
        return False
    if click.confirm(question):
        return True
    click.echo("Nothing was added.")
    return False


def _somebody_is_there() -> bool:
    return sys.stdin.isatty()


def _write(texts: Mapping[Path, str]) -> None:
    try:
        write_all(texts)
    except CannotKeep as error:
        raise BadInput(f"{error}.") from error


def _lines(update: Update, groups: bool) -> Iterator[str]:
    known = f"{count_of(update.known, 'figure')} of StatLine {'is' if update.known == 1 else 'are'} there already."
    if not update.entries:
        yield f"There is nothing new. {known}"
        return
    for indicator, entries in groupby(update.entries, key=lambda entry: entry.offer.topic.indicator):
        yield f"{indicator} ({load_figures().indicator(indicator).name['en']})"
        counted: dict[tuple[int, str], int] = {}
        for entry in entries:
            offer = entry.offer
            if groups or offer.breakdown == "total" or entry.kind == "differs":
                yield from _entry_lines(entry)
            else:
                counted[offer.year, offer.breakdown] = counted.get((offer.year, offer.breakdown), 0) + 1
        for (year, breakdown), count in counted.items():
            yield f"  + {year}  {breakdown}: {count_of(count, 'figure')}"
        yield ""
    if any(entry.kind == "differs" for entry in update.entries):
        yield "! differs from what the catalogue prints: both stay, and a person decides."
        yield "  docs/updating-figures.md says how."
    yield known
    yield from _change_lines(update.changes)


def _entry_lines(entry: Entry) -> Iterator[str]:
    offer = entry.offer
    people = f" [{offer.table.frame}]" if offer.table.frame else ""
    place = "" if offer.breakdown == "total" else f"  {offer.breakdown}, {offer.category}"
    value = _amount(offer.value, offer.low, offer.high)
    split = "  (two columns put together)" if offer.split is not None else ""
    yield f"  {_MARKS[entry.kind]} {offer.year}  {value}{place}{people}  {offer.table.id}{split}"
    for figure in entry.printed:
        yield from wrap(f"printed now: {_printed(figure)} [{figure.provenance}] {figure.id}", "        ")


def _change_lines(changes: Sequence[PreferredChange]) -> Iterator[str]:
    if not changes:
        yield "No national figure that is used now would change."
        return
    yield ""
    yield "The national figure that is used would become"
    for change in changes:
        before = f"instead of {_printed(change.before)}" if change.before else "where there was none"
        yield f"  {change.indicator} {change.year}: {_printed(change.after)}, {before}"
        used = _measures(change.indicator)
        yield from wrap(f"compared with: {', '.join(used)}" if used else "compared with no measure", "    ")
    yield "A report that uses the added figures prints these instead; reports made before stay as they are."


def _measures(indicator: str) -> list[str]:
    return [
        f"{instrument.id}/{measure.key}"
        for instrument in load_catalogue().values()
        for measure in instrument.measures
        if indicator in measure.figures
    ]


def _printed(figure: Figure) -> str:
    return _amount(figure.value, figure.ci_low, figure.ci_high, figure.unit)


def _amount(value: Decimal, low: Decimal | None, high: Decimal | None, unit: str = "%") -> str:
    margin = f" ({low} to {high})" if low is not None and high is not None else ""
    return f"{value}{unit if unit.startswith('%') else ' ' + unit}{margin}"
