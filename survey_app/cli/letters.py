"""``peil letters`` and ``peil cards``: invitations on paper."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import click
from flask import Flask

from instruments.model import LANGUAGES, Language
from reports.cards import make_cards
from reports.letters import make_letters
from reports.stationery import is_printable
from survey_app.anonymity.asking import Refused
from survey_app.anonymity.client import load_booth
from survey_app.cli.analyse import ANY_PATH
from survey_app.cli.application import installation, warn_of_address
from survey_app.cli.errors import BadInput
from survey_app.cli.progress import Progress
from survey_app.commission.lifecycle import promise_of
from survey_app.config import Config
from survey_app.mail.codes_in_force import WrongVault
from survey_app.mail.lot import ForeignCodes, NotEnoughCards, card_people, cards_of, draw_up_cards
from survey_app.mail.paper import UnknownUnit, asking_on_paper, find_unit, letters_of
from survey_app.stores import roster
from survey_app.stores.errors import UnknownSurvey
from survey_app.transport import FlaskTransport
from survey_app.vault import Vault, destroy_file, write_private

_survey_id = click.argument("survey_id", metavar="SURVEY", type=str.lower)
_out = click.option("--out", required=True, type=ANY_PATH, metavar="FILE.pdf", help="Where the file goes.")

#: What the service says, as what to do about it.
_REFUSALS = {
    "early": "cards can be made from the first day of the survey on",
    "closed": "the survey is closed or not started; cards are made while it runs",
    "taken": "somebody else is making cards of this unit at this moment; wait, and run this again",
    "busy": "the databases are busy; run this again",
}


@click.command()
@_survey_id
@click.option("--unit", metavar="UNIT", help="Only this unit and those below it; a name, or 'Zorg > Team Noord'.")
@_out
@click.pass_obj
def letters(config: Config, survey_id: str, unit: str | None, out: Path) -> None:
    """Print letters with link, QR code and typed code for people who get one.

    A page each, sorted by unit and name, for window envelopes. Whoever has the file can answer in
    place of these people: print it, and delete it.
    """
    with installation(config) as app, _said_plainly():
        count, unprintable = write_letters(app, survey_id, unit, out)
    click.echo(f"{out}: {count} letters. Print them and delete the file; who has it can answer for these people.")
    for name in unprintable:
        click.echo(f"Look at this name, which the typeface cannot show whole: {name}")
    warn_of_address(config)


@click.command()
@_survey_id
@click.option("--unit", required=True, metavar="UNIT", help="The unit whose people draw; a name, or 'Zorg > Noord'.")
@click.option("--language", type=click.Choice(LANGUAGES), help="Of the cards.  [default: the survey's first]")
@_out
@click.pass_obj
def cards(config: Config, survey_id: str, unit: str, language: str | None, out: Path) -> None:
    """Print cards that the people of a unit draw by lot.

    Each card opens a questionnaire of that unit; the lot decides whose it is, so that nobody can
    know. The invitations of these people are used in the same act. When this breaks off, run it
    again with the same --out: it goes on, and prints when every card works.
    """
    with installation(config) as app, _said_plainly():
        count, left = write_cards(app, survey_id, unit, cast("Language | None", language), out)
    click.echo(f"{out}: {count} cards. Print and cut them, let each person draw one, unseen, and delete the file;")
    click.echo("who has it can read and change what is filled in with these cards until the survey closes.")
    if left:
        click.echo(f"{left} people of this unit still wait for a card.")
    warn_of_address(config)


def write_letters(app: Flask, survey_id: str, unit: str | None, out: Path) -> tuple[int, list[str]]:
    """Makes the letters; how many they are, and the names that the typeface cannot show whole."""
    _refuse_existing(out)
    _, manifest = promise_of(survey_id)
    address, vault = app.config["PEIL_ADDRESS"], cast(Vault, app.extensions["peil.vault"])
    wanted = None if unit is None else find_unit(manifest, unit)
    found = letters_of(manifest, address, vault.link_key, roster.invitations(survey_id), wanted)
    if not found:
        where = f" in {wanted.name}" if wanted is not None else ""
        raise BadInput(f"nobody{where} gets a letter; on the roster that is channel 'letter', or no mail address")
    _save(out, make_letters(asking_on_paper(manifest, address, _today(app)), found))
    return len(found), [letter.name for letter in found if not is_printable(letter.name)]


def write_cards(app: Flask, survey_id: str, unit: str, language: Language | None, out: Path) -> tuple[int, int]:
    """Makes the cards of a unit; how many they are, and how many people still wait for one."""
    unfinished = out.with_name(f"{out.name}.unfinished")
    if out.exists():
        destroy_file(unfinished)  # the cards were written whole, and the program ended before it cleaned up
    _refuse_existing(out)
    _, manifest = promise_of(survey_id)
    wanted = find_unit(manifest, unit)
    address, vault = app.config["PEIL_ADDRESS"], cast(Vault, app.extensions["peil.vault"])
    booth = load_booth(FlaskTransport(app.test_client()), survey_id)
    progress = Progress()
    try:
        people = roster.invitations(survey_id)
        codes = draw_up_cards(booth, wanted, people, vault.link_key, unfinished, lambda part: progress("cards", part))
    finally:
        progress.done()
    chosen = language or cast(Language, manifest.languages[0])
    _save(out, make_cards(asking_on_paper(manifest, address, _today(app)), cards_of(codes, manifest, address), chosen))
    destroy_file(unfinished)
    return len(codes), sum(not person.issued for person in card_people(roster.invitations(survey_id), wanted))


@contextmanager
def _said_plainly() -> Iterator[None]:
    try:
        yield
    except (UnknownUnit, NotEnoughCards, ForeignCodes, WrongVault) as error:
        raise BadInput(str(error)) from error
    except UnknownSurvey as error:
        raise BadInput("there is no such survey; see: peil survey list") from error
    except Refused as refused:
        raise BadInput(
            _REFUSALS.get(refused.word, f"the service refuses ({refused.word}); see: peil survey show")
        ) from refused
    except OSError as error:
        raise BadInput(
            f"{error.filename}: cannot be written ({error.strerror}); name another file with --out"
        ) from error


def _refuse_existing(out: Path) -> None:
    if out.exists():
        raise BadInput(f"{out}: is there already; name another file with --out")


def _save(out: Path, content: bytes) -> None:
    """Codes are for whoever prints them, so only the owner can read the file."""
    write_private(out, content)


def _today(app: Flask) -> dt.date:
    today: dt.date = app.extensions["peil.today"]()
    return today
