"""Cards drawn by lot: credentials that are fetched before anybody knows who will use them.

For each person who gets a card the program takes part up to the first question, as that person's
browser would: it uses the invitation, and leaves a locker behind that the recovery code opens. Then
the codes are shuffled and printed, and people draw one. The invitations are used up in the same act.
Which code came from which invitation is kept nowhere, and would be of no use: the lot decides who
gets which card, and nobody watches it.

**When it breaks off.** The codes are written down before the first one is used, in a file beside the
one to be made, without names and in random order. Run again, the program finds out which of them
work already, goes on with the others, and prints when all work. So a card that was printed always
works, no invitation is lost, and nothing is printed twice over. Who deletes that file after a break
loses the cards of the invitations used so far; these can be issued again (``peil survey reissue``).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from pathlib import Path

from reports.cards import Card
from survey_app.anonymity.asking import Refused
from survey_app.anonymity.client import Booth, Respondent, State
from survey_app.anonymity.codes import BadCode, in_groups, new_recovery_code, read_recovery_code
from survey_app.anonymity.encoding import b64u, canonical, parse_canonical
from survey_app.anonymity.manifest import Manifest, Unit
from survey_app.mail.codes_in_force import code_in_force
from survey_app.stores.roster import Invitation
from survey_app.vault import write_private

#: How people are reached that draw a card.
CARD = "card"

_KIND = "unfinished-cards"

Progress = Callable[[float], None]


class NotEnoughCards(Exception):
    """So few cards hide nobody; the message says how many there are, and what to do."""


class ForeignCodes(Exception):
    """The file with codes from before belongs to something else; the message says what to do."""


def draw_up_cards(
    booth: Booth,
    unit: Unit,
    invitations: Sequence[Invitation],
    link_key: bytes,
    unfinished: Path,
    progress: Progress,
    random: secrets.SystemRandom | None = None,
) -> list[str]:
    """Recovery codes for the people of ``unit`` who get a card, shuffled; each opens a locker with credentials.

    ``booth`` speaks to the server; ``unfinished`` is the file that the codes are kept in until the
    caller has printed them and removes it. Raises :class:`NotEnoughCards`, :class:`ForeignCodes`,
    ``Refused`` (such as "early"), and :class:`survey_app.mail.codes_in_force.WrongVault`.
    """
    random = random or secrets.SystemRandom()
    manifest = booth.manifest
    everybody = card_people(invitations, unit)
    waiting = [person for person in everybody if not person.issued]
    tokens = {
        person.id: code_in_force(link_key, manifest.survey, person.id, person.reissue_no, person.token_hash)
        for person in everybody
    }
    codes = _read_codes(unfinished, manifest, unit)
    if codes is None:
        if len(waiting) < manifest.k:
            raise NotEnoughCards(_too_few(unit, len(waiting), len(everybody), manifest.k))
        codes = [new_recovery_code() for _ in waiting]
        write_private(unfinished, _written(manifest, unit, codes))
    work = _Work(booth, codes, tokens)
    work.look(progress)
    work.adopt_orphan([person for person in everybody if person.issued])
    random.shuffle(waiting)
    # Who came to wait since this was begun has no code in the file, and waits for the next time.
    people = waiting[: work.unused]
    for place, person in enumerate(people):
        work.use_next_for(person)
        progress(0.5 + 0.5 * (place + 1) / len(people))
    working = list(work.working)
    random.shuffle(working)
    return working


def card_people(invitations: Sequence[Invitation], unit: Unit) -> list[Invitation]:
    """The people whose credential is of ``unit`` and who get a card."""
    return [
        person
        for person in invitations
        if person.channel == CARD and person.unit == unit.key and not (person.revoked or person.opted_out)
    ]


def cards_of(codes: Sequence[str], manifest: Manifest, address: str) -> list[Card]:
    """What is printed, in the order of ``codes``."""
    return [Card(f"{address}/b/{manifest.survey}#{code}", in_groups(code)) for code in codes]


class _Work:
    """The codes of one run: those that open a locker, and those that are still to be used, in their order."""

    def __init__(self, booth: Booth, codes: Sequence[str], tokens: dict[bytes, str]) -> None:
        self._booth = booth
        self._codes = codes
        self._tokens = tokens
        self.working: list[str] = []
        self._unused: list[str] = []

    @property
    def unused(self) -> int:
        """How many codes are left."""
        return len(self._unused)

    def look(self, progress: Progress) -> None:
        """Finds out which codes open a locker already: none, unless this was begun before."""
        for place, code in enumerate(self._codes):
            try:
                self._booth.resume(code)
            except Refused as refused:
                if refused.word != "refused":
                    raise
                self._unused.append(code)
            else:
                self.working.append(code)
            progress(0.5 * (place + 1) / len(self._codes))

    def adopt_orphan(self, issued: Sequence[Invitation]) -> None:
        """Completes the one code that was used for an invitation and got no locker any more.

        Codes are used in their order, so it can only be the first; and only the invitation that it
        was used for gives the same credentials for it again.
        """
        if not self._unused or len(issued) <= len(self.working):
            return
        for person in issued:
            respondent = self._booth.begin(self._tokens[person.id], self._unused[0])
            try:
                respondent.issue()
            except Refused as refused:
                if refused.word != "taken":
                    raise
                continue
            self._keep(respondent)
            return

    def use_next_for(self, person: Invitation) -> None:
        """Fetches credentials for a person with the next code, and keeps them in its locker."""
        respondent = self._booth.begin(self._tokens[person.id], self._unused[0])
        respondent.issue()
        self._keep(respondent)

    def _keep(self, respondent: Respondent) -> None:
        respondent.save_draft(State())
        self.working.append(self._unused.pop(0))


def _written(manifest: Manifest, unit: Unit, codes: Sequence[str]) -> bytes:
    mine = {"kind": _KIND, "manifest_hash": b64u(manifest.hash), "unit": unit.key}
    return canonical({**mine, "codes": list(codes)}).encode()


def _read_codes(path: Path, manifest: Manifest, unit: Unit) -> list[str] | None:
    """The codes of a run that broke off; None when there was none."""
    try:
        content = parse_canonical(path.read_text(encoding="utf-8"))
        codes = [read_recovery_code(code) for code in content["codes"]]
        mine = (content["kind"], content["manifest_hash"], content["unit"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError, BadCode) as error:
        raise ForeignCodes(f"{path}: is no file of codes; move it away, or name another file with --out") from error
    if mine != (_KIND, b64u(manifest.hash), unit.key):
        raise ForeignCodes(f"{path}: belongs to another survey or unit; name another file with --out")
    return codes


def _too_few(unit: Unit, waiting: int, people: int, k: int) -> str:
    if people and not waiting:
        return f"all {people} cards of {unit.name} were made before; somebody who lost one needs: peil survey reissue"
    return (
        f"{waiting} people of {unit.name} wait for a card, and a lot among fewer than {k} hides nobody; "
        "give them a letter (channel 'letter' on the roster) or a mail"
    )
