"""A survey in which 150 of 200 people take part, through the real stores, watched by somebody with everything.

The watcher has what an operator can have at most: a log of every request with the person behind it
(a code is sent to ``/i``, and the address of the sender is the same at ``/u``), the rows of all databases after
every submission, and all files of all databases. Only the opening key is out of reach.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select

from survey_app.anonymity.sealing import Unopenable, draft_seal, open_sealed, pad, seal, unpad
from survey_app.stores import reading, results, roster, urn
from survey_app.stores.roster import NewInvitation, NewSurvey, State, StoredKey
from survey_app.stores.tables_results import BALLOT

SURVEY = "f0rens1c"
INVITED, TAKING_PART = 200, 150
SIZE = 2048
MANIFEST = '{"survey":"f0rens1c"}'
MANIFEST_HASH = hashlib.sha256(MANIFEST.encode()).digest()

#: In every answer, and in no other text of the project's stores: where it is read, an answer is read.
CANARY = "kanarie-geel"


@dataclass(frozen=True)
class Person:
    """Somebody who takes part; ``content`` is what only they answer."""

    number: int
    invitation: NewInvitation
    locker_id: bytes
    ballot_id: bytes
    content: str
    draft_key: bytes


@dataclass(frozen=True)
class Act:
    """One line of the log of requests."""

    person: int
    kind: str


@dataclass
class World:
    """What happened, what the watcher has, and the truth to compare guesses with.

    ``backups`` are the answers in the results after each submission, and at last after the opening.
    """

    people: tuple[Person, ...]
    opening_key: ec.EllipticCurvePrivateKey
    log: list[Act] = field(default_factory=list)
    backups: list[frozenset[str]] = field(default_factory=list)
    old_drafts: list[bytes] = field(default_factory=list)
    current: dict[int, bytes] = field(default_factory=dict)

    @property
    def truth(self) -> dict[int, str]:
        """The answer of each person."""
        return {person.number: person.content for person in self.people}

    def order(self, kind: str, *, last: bool = False) -> list[int]:
        """The people in the order in which they first, or last, did something; those who did not follow by number."""
        acts = [act.person for act in self.log if act.kind == kind]
        ordered = list(dict.fromkeys(reversed(acts) if last else acts))
        ordered = ordered[::-1] if last else ordered
        return ordered + [person.number for person in self.people if person.number not in set(ordered)]

    def people_orders(self) -> list[list[int]]:
        """All orders of people that the watcher can think of."""
        by_id = sorted(self.people, key=lambda person: person.invitation.id)
        by_locker = sorted(self.people, key=lambda person: person.locker_id)
        return [
            self.order("issue"),
            self.order("draft"),
            self.order("envelope"),
            self.order("envelope", last=True),
            self.order("done"),
            [person.number for person in by_id],
            [person.number for person in by_locker],
        ]


@dataclass(frozen=True)
class _Ballot:
    id: bytes
    unit: str
    content: str


@dataclass(frozen=True)
class _Head:
    size: int
    root: bytes
    invalid: int
    urn: bytes


@dataclass(frozen=True)
class _Opened:
    ballots: tuple[_Ballot, ...]
    leaves: tuple[str, ...]
    head: _Head
    witness: bytes


def take_part(
    seed: int, *, on_submit: Callable[[Person], None] = lambda _: None, opened_one_by_one: bool = False
) -> World:
    """Lets people take part until the urn closes. ``on_submit`` is called at each person's first envelope.

    ``opened_one_by_one`` opens each envelope as it comes, as a survey of its own: what must never be done.
    """
    chooser = random.Random(seed)
    people, invitations = _people(chooser)
    world = World(people, ec.generate_private_key(ec.SECP256R1()))
    point = _point(world.opening_key)
    _begin(invitations)
    for act in _acts(people, chooser):
        person = people[act.person]
        _do(world, person, act.kind, point, chooser)
        world.log.append(act)
        if act.kind == "envelope":
            if [line for line in world.log if line == act] == [act]:
                on_submit(person)
                if opened_one_by_one:
                    store_opening(world, [world.current[person.number]], f"{SURVEY}-{person.number}")
            world.backups.append(_back_up())
    urn.accept(SURVEY, False)
    roster.move(SURVEY, State.RUNNING, State.CLOSED)
    return world


def open_all(world: World) -> None:
    """The opening: all envelopes at once, sorted."""
    store_opening(world, urn.envelopes(SURVEY))
    world.backups.append(_back_up())


def store_opening(world: World, envelopes: Iterable[bytes], survey_id: str = SURVEY) -> None:
    """Opens envelopes with the key and stores what was in them."""
    contents = [read_envelope(envelope, world.opening_key) for envelope in envelopes]
    ids = {person.content: person.ballot_id for person in world.people}
    ballots = [_Ballot(ids[content], "u0", content) for content in contents]
    leaves = tuple(f'{{"key":"{ballot.id.hex()}"}}' for ballot in ballots)
    head = _Head(len(ballots), hashlib.sha256(repr(leaves).encode()).digest(), 0, bytes(32))
    results.store_opened(survey_id, _Opened(tuple(ballots), leaves, head, b"w" * 64), b"l" * 64)


def read_envelope(envelope: bytes, key: ec.EllipticCurvePrivateKey) -> str:
    """The answer in an envelope; raises :class:`Unopenable` with another key."""
    return unpad(open_sealed(key, MANIFEST_HASH, envelope)).decode()


def guess_from_backups(world: World, chooser: random.Random) -> int:
    """Backup differencing: guesses for each person an answer that was not there before their first submission.

    It is one of those in the next backup that has new ones. Returns how many guesses are right.
    """
    submissions = [act.person for act in world.log if act.kind == "envelope"]
    right = 0
    for person in world.people:
        first = submissions.index(person.number)
        seen = world.backups[first - 1] if first else frozenset()
        new = (backup - seen for backup in world.backups[first:])
        candidates = sorted(next((found for found in new if found), frozenset()))
        right += bool(candidates) and chooser.choice(candidates) == person.content
    return right


def guess_with_key(
    world: World, key: ec.EllipticCurvePrivateKey, lockers: Iterable[bytes], lying: dict[bytes, bytes]
) -> int:
    """The opening key in a backup: the k-th locker that changed last is that of the k-th last submitter.

    ``lockers`` are in the order of their last change, ``lying`` the envelopes in them. Returns how many
    answers are named rightly.
    """
    right = 0
    for number, locker in zip(world.order("envelope", last=True), lockers, strict=True):
        try:
            right += read_envelope(lying[locker], key) == world.people[number].content
        except Unopenable:
            continue
    return right


def _people(chooser: random.Random) -> tuple[tuple[Person, ...], list[NewInvitation]]:
    invitations = [
        NewInvitation(
            id=chooser.randbytes(16),
            unit="u0",
            path=(),
            name=f"Genodigde Nummer {number:03d}",
            email=f"genodigde.{number:03d}@example.nl",
            language="nl",
            channel="mail",
            token_hash=chooser.randbytes(32),
        )
        for number in range(INVITED)
    ]
    taking_part = chooser.sample(invitations, TAKING_PART)
    people = tuple(
        Person(
            number,
            invitation,
            locker_id=chooser.randbytes(32),
            ballot_id=chooser.randbytes(32),
            content=f'{{"answers":"{CANARY}-{number:03d}-{chooser.randbytes(20).hex()}"}}',
            draft_key=chooser.randbytes(32),
        )
        for number, invitation in enumerate(taking_part)
    )
    return people, invitations


def _begin(invitations: list[NewInvitation]) -> None:
    keys = [
        StoredKey(f"hash of {purpose}", purpose, b"n" * 384, (b"p" * 384,) * 8, b"key") for purpose in ("locker", "u0")
    ]
    roster.add_survey(NewSurvey(SURVEY, "[survey]", "{}", invitations, manifest=MANIFEST, witness=b"w" * 64, keys=keys))
    roster.move(SURVEY, State.PROMISED, State.RUNNING)
    urn.add_survey(SURVEY, MANIFEST, locker_n=b"n" * 384, log_private=b"log", done_private=b"done")
    urn.accept(SURVEY, True)
    results.add_promise(SURVEY, MANIFEST, b"w" * 64)


def _acts(people: Iterable[Person], chooser: random.Random) -> list[Act]:
    """Everybody's steps at moments of their own, in the order of time."""
    timed = []
    for person in people:
        kinds = ["issue", *["draft"] * chooser.choice((0, 1, 2)), *["envelope"] * chooser.choice((1, 1, 1, 2))]
        if chooser.random() < 0.8:
            kinds.append("done")
        moments = sorted(chooser.random() for _ in kinds)
        timed += [(moment, Act(person.number, kind)) for moment, kind in zip(moments, kinds, strict=True)]
    return [act for _, act in sorted(timed, key=lambda pair: pair[0])]


def _do(world: World, person: Person, kind: str, point: bytes, chooser: random.Random) -> None:
    token_hash, locker_id = person.invitation.token_hash, person.locker_id
    padded = pad(person.content.encode(), SIZE)
    if kind == "issue":
        reply = chooser.randbytes(768)
        roster.issue(SURVEY, token_hash, chooser.randbytes(32), lambda _: reply)
    elif kind == "done":
        roster.mark_done(SURVEY, token_hash, chooser.randbytes(32))
    elif kind == "draft":
        draft = draft_seal(person.draft_key, MANIFEST_HASH, padded, chooser.randbytes)
        lies_there = urn.locker(SURVEY, locker_id)
        old = lies_there.draft if lies_there else None
        if old is not None:
            world.old_drafts.append(old)
        urn.put_draft(SURVEY, locker_id, draft, _sha(old))
    else:
        lies_there = urn.locker(SURVEY, locker_id)
        previous = _sha(lies_there.envelope if lies_there else None)
        done_hash = hashlib.sha256(locker_id).digest()
        envelope = seal(point, MANIFEST_HASH, padded)
        urn.put_envelope(SURVEY, locker_id, envelope, previous, done_hash, lambda: chooser.randbytes(384))
        world.current[person.number] = envelope


def _sha(lying: bytes | None) -> bytes:
    return urn.NOTHING if lying is None else hashlib.sha256(lying).digest()


def _point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def _back_up() -> frozenset[str]:
    with reading("results") as connection:
        return frozenset(connection.execute(select(BALLOT.c.content)).scalars())
