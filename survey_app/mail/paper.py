"""Letters for people without a mail address: what is printed, from the roster."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import cast

from instruments.model import Language
from reports.letters import Letter
from reports.stationery import Asking
from survey_app.anonymity.codes import in_groups
from survey_app.anonymity.manifest import Manifest, Unit
from survey_app.mail.codes_in_force import code_in_force
from survey_app.stores.roster import Invitation

#: How people are reached that get a letter.
LETTER = "letter"


class UnknownUnit(Exception):
    """No unit of the survey is called so; the message lists those that are."""


def asking_on_paper(manifest: Manifest, address: str, day: dt.date) -> Asking:
    """What all letters and cards of a survey say; ``address`` is that of the installation."""
    return Asking(
        organisation=manifest.organisation,
        title=cast("dict[Language, str]", manifest.title),
        address=f"{address}/b/{manifest.survey}",
        assisted=f"{address}/a/{manifest.survey}" if manifest.assisted else None,
        words=manifest.words,
        level=manifest.level,
        k=manifest.k,
        closes=manifest.closes,
        day=day,
    )


def letters_of(
    manifest: Manifest, address: str, link_key: bytes, invitations: Iterable[Invitation], unit: Unit | None
) -> list[Letter]:
    """The letters of a survey in the order in which they are handed out: by unit, then by name.

    With ``unit`` only those of that unit and what is below it. Whoever holds the result can answer
    for these people. Raises :class:`survey_app.mail.codes_in_force.WrongVault`.
    """
    people = [
        person
        for person in invitations
        if person.channel == LETTER
        and not (person.revoked or person.opted_out)
        and (unit is None or unit in manifest.path(person.unit))
    ]
    people.sort(key=lambda person: (person.path, person.name.casefold(), person.id))
    letters = []
    for person in people:
        code = code_in_force(link_key, manifest.survey, person.id, person.reissue_no, person.token_hash)
        letters.append(
            Letter(
                language=cast(Language, person.language),
                lines=tuple(line for line in (person.name, *reversed(person.path), manifest.organisation) if line),
                name=person.name,
                link=f"{address}/b/{manifest.survey}#{code}",
                code=in_groups(code),
            )
        )
    return letters


def find_unit(manifest: Manifest, named: str) -> Unit:
    """A unit by its key, its name, or its path from the top ("Zorg > Team Noord"). Raises :class:`UnknownUnit`."""
    wanted = " > ".join(part.strip() for part in named.split(">")).casefold()
    found = [
        unit for unit in manifest.units if wanted in (unit.key, unit.name.casefold(), _path(manifest, unit).casefold())
    ]
    if len(found) == 1:
        return found[0]
    problem = "more than one unit is" if found else "no unit is"
    paths = "; ".join(_path(manifest, unit) or unit.name for unit in found or manifest.units)
    raise UnknownUnit(f"{problem} called '{named}'; write one of: {paths}")


def _path(manifest: Manifest, unit: Unit) -> str:
    return " > ".join(step.name for step in manifest.path(unit.key)[1:])
