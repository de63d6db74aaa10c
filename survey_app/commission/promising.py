"""From a survey and its roster to a promise: units, keys, dates, all in one manifest."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from analysis.grouping import INVITED_PER_K, Grouping, merge_small_units
from analysis.survey import Survey
from analysis.units import UnitPath
from survey_app.anonymity.encoding import canonical, digest
from survey_app.anonymity.issuing import IssuerKey
from survey_app.anonymity.manifest import Manifest, Unit
from survey_app.commission.roster_file import Invited
from survey_app.respond.routing import RATHER_NOT_SAY

#: Purposes of keys that belong to no unit.
LOCKER, DONE = "locker", "done"

#: Room in a padded draft or ballot beside the answers: credentials and keys, in base64.
_FIXED, _STEP = 2560, 512  # bytes

MakeKey = Callable[[], IssuerKey]


@dataclass(frozen=True)
class Terms:
    """What HR and the council agree on besides the questions.

    ``opening_key`` and ``witness_key`` are the public keys of whoever opens; ``remind_all`` mails
    everybody in each round, so that nobody's participation shows from who gets a reminder.
    """

    level: int
    opening_key: bytes
    witness_key: bytes
    assisted: bool = True
    objection_days: int = 14
    reissue_cap: int = 20  # thousandths of the invited
    independent_client: str | None = None
    remind_all: bool = False


@dataclass(frozen=True)
class Promise:
    """A manifest that nobody has signed yet, with what belongs to it.

    ``homes`` is the key of the unit whose credential each person gets, in the order of the roster;
    ``keys`` the issuing keys by purpose: a unit's key, :data:`LOCKER` or :data:`DONE`.
    """

    manifest: Manifest
    homes: tuple[str, ...]
    keys: Mapping[str, IssuerKey]


def make_promise(
    survey: Survey,
    survey_id: str,
    people: Sequence[Invited],
    form: str,
    client: str,
    log_key: bytes,
    terms: Terms,
    progress: Callable[[float], None],
    make_key: MakeKey = IssuerKey.generate,
) -> Promise:
    """The promise of ``survey`` to ``people``; ``client`` is the hash of the respondent's script.

    Raises :class:`analysis.grouping.TooFewInvited`.
    """
    grouping = merge_small_units(Counter(person.path for person in people), INVITED_PER_K * survey.k)
    names = {path: f"u{place}" for place, path in enumerate(grouping.units)}
    own = {path: count for path, count in grouping.units.items() if count}
    keys = _make_keys([*(names[path] for path in own), LOCKER, DONE], make_key, progress)
    units = tuple(
        Unit(
            key=names[path],
            name=path[-1] if path else survey.organisation,
            parent=names[path[:-1]] if path else None,
            invited=count,
            issuer=keys[names[path]].issuer.hash if count else None,
        )
        for path, count in grouping.units.items()
    )
    manifest = Manifest.write(
        survey=survey_id,
        organisation=survey.organisation,
        wave=survey.wave,
        title=dict(survey.title),
        level=terms.level,
        assisted=terms.assisted,
        independent_client=terms.independent_client,
        k=survey.k,
        k_invite=INVITED_PER_K * survey.k,
        opens=survey.fieldwork_from,
        closes=survey.fieldwork_to,
        objection_days=terms.objection_days,
        rounds=reminder_days(survey.fieldwork_from, survey.fieldwork_to),
        reissue_cap=terms.reissue_cap,
        languages=survey.questionnaire.languages,
        form=digest("form", form),
        client=client,
        size=padded_size(survey),
        units=units,
        locker_issuer=keys[LOCKER].issuer.hash,
        done_issuer=keys[DONE].issuer.hash,
        opening_key=terms.opening_key,
        witness_key=terms.witness_key,
        log_key=log_key,
        plan={"levels": _levels(survey, grouping), "cuts": [cut.key for cut in survey.cuts]},
    )
    return Promise(manifest, tuple(names[grouping.home[person.path]] for person in people), keys)


def _levels(survey: Survey, grouping: Grouping) -> int:
    """How deep below the organisation units are reported: as deep as there are groups, unless HR wants less."""
    deepest = max(len(path) for path in grouping.units)
    return deepest if survey.levels is None else min(deepest, survey.levels)


def reminder_days(opens: dt.date, closes: dt.date) -> tuple[dt.date, ...]:
    """The days of the reminders: a week and two weeks after the start, but never on the last day."""
    return tuple(day for days in (7, 14) if (day := opens + dt.timedelta(days=days)) < closes)


def padded_size(survey: Survey) -> int:
    """Bytes to which every ballot and every draft of this survey is padded, answered or not.

    A draft holds the same answers and both credentials, so one size serves both.
    """
    about = {cut.key: max((category.key for category in cut.categories), key=_room) for cut in survey.cuts}
    answers = {item.key: max((*item.scale.values, RATHER_NOT_SAY), key=_room) for item in survey.questionnaire.items}
    return -(-(_FIXED + _room({"about": about, "answers": answers})) // _STEP) * _STEP


def _room(value: object) -> int:
    """Bytes that a value takes in a ballot: its content is a text there, so quotation marks are escaped once more."""
    return len(canonical(canonical(value)).encode())


def unit_paths(manifest: Manifest) -> dict[str, UnitPath]:
    """The path of each unit below the organisation, by key; () for the organisation itself."""
    return {unit.key: tuple(step.name for step in manifest.path(unit.key)[1:]) for unit in manifest.units}


def _make_keys(purposes: Sequence[str], make_key: MakeKey, progress: Callable[[float], None]) -> dict[str, IssuerKey]:
    """One key for each purpose; OpenSSL works on all cores at once."""
    keys = {}
    with ThreadPoolExecutor() as pool:
        for place, key in enumerate(pool.map(lambda _: make_key(), purposes)):
            keys[purposes[place]] = key
            progress((place + 1) / len(purposes))
    return keys
