"""Who gets the next reminder, so that nobody's mailbox tells when somebody took part; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Candidate:
    """Someone who got the round before: the invitation, the unit of the credential, and whether they are done."""

    id: bytes
    unit: str
    done: bool


def choose_recipients(before: Iterable[Candidate], k: int, remind_all: bool) -> list[bytes]:
    """The invitations that get the next round, in the order of ``before``.

    ``before`` are those who got the round before this one and may still be mailed. Who is done
    falls out together with at least ``k`` - 1 others of the same unit, or not at all: whoever sees
    two rounds pass, in a log of the mail server or over a shoulder, never sees fewer than ``k``
    people of a unit leave at once. Who is not done is always in, and who fell out never comes back.
    With ``remind_all`` nobody falls out.
    """
    people: Sequence[Candidate] = list(before)
    finished: dict[str, int] = {}
    for person in people:
        finished[person.unit] = finished.get(person.unit, 0) + person.done
    leaving = {unit for unit, count in finished.items() if count >= k and not remind_all}
    return [person.id for person in people if not (person.done and person.unit in leaving)]
