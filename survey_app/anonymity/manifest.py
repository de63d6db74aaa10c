"""The manifest: what one survey promises, in one text that everybody gets and nobody can change.

``docs/protocol.md`` says what every key means.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from survey_app.anonymity.codes import fingerprint_words
from survey_app.anonymity.ed25519 import verify
from survey_app.anonymity.encoding import Malformed, b64u, canonical, digest, parse_canonical, unb64u
from survey_app.anonymity.points import read_point
from survey_app.anonymity.reading import read_day, read_flag, read_list, read_object, read_text, read_whole

HASH_BYTES = KEY_BYTES = 32
LANGUAGES = ("nl", "en")
#: A client's address stands in the manifest at this level, and at no other.
OWN_CLIENT = 3
#: A ballot with everything but answers takes 750 bytes; a request with the largest stays below 64 kB.
SMALLEST_SIZE, LARGEST_SIZE = 1024, 40_960

_SURVEY_ID = re.compile(r"[0-9a-hjkmnp-tv-z]{8}", re.ASCII)
_CUT = re.compile(r"[!-~]{1,100}")
_ADDRESS = re.compile(r"https?://[!-~]{1,400}")


@dataclass(frozen=True)
class Unit:
    """One unit of the organisation; ``invited`` counts the people whose credential is of this very unit.

    ``parent`` is None for the organisation itself; ``issuer`` is the hash of the unit's issuer, None
    when nobody's credential is of this unit.
    """

    key: str
    name: str
    parent: str | None
    invited: int
    issuer: str | None


@dataclass(frozen=True)
class Plan:
    """How deep below the organisation units are reported (0: not at all), and which cuts."""

    levels: int
    cuts: tuple[str, ...]


@dataclass(frozen=True)
class Manifest:
    """A manifest that was read from ``text``; hashes of issuers are b64u, other hashes and keys bytes."""

    text: str
    survey: str
    organisation: str
    wave: str
    title: Mapping[str, str]
    level: int
    assisted: bool
    independent_client: str | None
    k: int
    k_invite: int
    opens: dt.date
    closes: dt.date
    objection_days: int
    rounds: tuple[dt.date, ...]
    reissue_cap: int
    languages: tuple[str, ...]
    form: bytes
    client: bytes
    size: int
    units: tuple[Unit, ...]
    locker_issuer: str
    done_issuer: str
    opening_key: bytes
    witness_key: bytes
    log_key: bytes
    plan: Plan

    @classmethod
    def write(cls, **values: Any) -> Manifest:
        """A new manifest of the given fields; all of them, but for ``text``, which is made here.

        Days may be :class:`datetime.date`, bytes may be bytes or b64u, units :class:`Unit`. Raises
        :class:`Malformed` like :func:`parse_manifest`.
        """
        return parse_manifest(canonical({"peil": 1, **{key: _written(value) for key, value in values.items()}}))

    @cached_property
    def hash(self) -> bytes:
        """``M`` of the protocol, 32 bytes."""
        return digest("manifest", self.text)

    @cached_property
    def words(self) -> str:
        """The six words by which people compare manifests."""
        return fingerprint_words(self.hash)

    @cached_property
    def issuer_hashes(self) -> frozenset[str]:
        """The hashes of all issuers of this survey."""
        return frozenset({self.locker_issuer, self.done_issuer, *(u.issuer for u in self.units if u.issuer)})

    @property
    def invited(self) -> int:
        """How many people are invited in all."""
        return sum(unit.invited for unit in self.units)

    @property
    def most_reissued(self) -> int:
        """How many invitations may be given out a second time after they were used: the cap, rounded up."""
        return -(-self.reissue_cap * self.invited // 1000)

    def unit(self, key: str) -> Unit:
        """The unit with this key; raises ``KeyError``."""
        return self._paths[key][-1]

    def path(self, key: str) -> tuple[Unit, ...]:
        """The units from the organisation down to this one; raises ``KeyError``."""
        return self._paths[key]

    def ancestors(self, key: str) -> tuple[Unit, ...]:
        """The units above this one, the organisation first; raises ``KeyError``."""
        return self._paths[key][:-1]

    def group_size(self, key: str) -> int:
        """How many people are invited in this unit and everything below it; raises ``KeyError``."""
        depth, unit = len(self._paths[key]), self._paths[key][-1]
        return sum(path[-1].invited for path in self._paths.values() if len(path) >= depth and path[depth - 1] == unit)

    def reported_unit(self, key: str) -> Unit:
        """The unit under which results of this one appear: itself, or the one above it that the plan reports."""
        return self._paths[key][: self.plan.levels + 1][-1]

    @cached_property
    def _paths(self) -> dict[str, tuple[Unit, ...]]:
        paths: dict[str, tuple[Unit, ...]] = {}
        for unit in self.units:
            paths[unit.key] = (*(paths[unit.parent] if unit.parent is not None else ()), unit)
        return paths


#: Every key of a manifest but ``peil``.
KEYS = tuple(field.name for field in fields(Manifest) if field.name != "text")


def parse_manifest(text: str) -> Manifest:
    """The manifest in ``text``; raises :class:`Malformed` unless every field is as the protocol has it."""
    value = read_object(parse_canonical(text), {"peil", *KEYS})
    if read_whole(value["peil"]) != 1:
        raise Malformed("a manifest of another version of Peil")
    k = read_whole(value["k"], 2, 1000)
    manifest = Manifest(
        text=text,
        survey=_read(_SURVEY_ID, value["survey"], "survey id"),
        organisation=read_text(value["organisation"]),
        wave=read_text(value["wave"]),
        title={key: read_text(title) for key, title in read_object(value["title"], LANGUAGES).items()},
        level=read_whole(value["level"], 1, OWN_CLIENT),
        assisted=read_flag(value["assisted"]),
        independent_client=_read_address(value["independent_client"]),
        k=k,
        k_invite=read_whole(value["k_invite"], k),
        opens=read_day(value["opens"]),
        closes=read_day(value["closes"]),
        objection_days=read_whole(value["objection_days"], 0, 365),
        rounds=tuple(read_day(day) for day in read_list(value["rounds"])),
        reissue_cap=read_whole(value["reissue_cap"], 0, 1000),
        languages=tuple(read_text(language) for language in read_list(value["languages"])),
        form=unb64u(value["form"], HASH_BYTES),
        client=unb64u(value["client"], HASH_BYTES),
        size=read_whole(value["size"], SMALLEST_SIZE, LARGEST_SIZE),
        units=_read_units(read_list(value["units"])),
        locker_issuer=_read_hash(value["locker_issuer"]),
        done_issuer=_read_hash(value["done_issuer"]),
        opening_key=read_point(value["opening_key"]),
        witness_key=unb64u(value["witness_key"], KEY_BYTES),
        log_key=unb64u(value["log_key"], KEY_BYTES),
        plan=_read_plan(value["plan"]),
    )
    _check_together(manifest)
    return manifest


def sign_witness(private: Ed25519PrivateKey, manifest: Manifest) -> bytes:
    """The witness signature on a manifest, 64 bytes."""
    return private.sign(digest("witness", manifest.text))


def check_witness(manifest: Manifest, signature: bytes) -> bool:
    """Whether ``signature`` is the witness signature on this manifest, by the key that it names."""
    return verify(manifest.witness_key, signature, digest("witness", manifest.text))


def _written(value: Any) -> Any:
    """A value of a field as JSON has it."""
    if isinstance(value, bytes):
        return b64u(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Unit | Plan):
        return {field.name: _written(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, list | tuple):
        return [_written(entry) for entry in value]
    if isinstance(value, Mapping):
        return dict(value)
    return value


def _read(pattern: re.Pattern[str], value: object, what: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise Malformed(f"not a {what}")
    return value


def _read_hash(value: object) -> str:
    return b64u(unb64u(value, HASH_BYTES))


def _read_address(value: object) -> str | None:
    return None if value is None else _read(_ADDRESS, value, "web address")


def _read_plan(value: object) -> Plan:
    plan = read_object(value, {"levels", "cuts"})
    cuts = tuple(_read(_CUT, cut, "key of a cut") for cut in read_list(plan["cuts"]))
    if len(set(cuts)) != len(cuts):
        raise Malformed("a cut is there twice")
    return Plan(read_whole(plan["levels"], 0, 100), cuts)


def _read_units(values: list[Any]) -> tuple[Unit, ...]:
    units: list[Unit] = []
    for place, value in enumerate(values):
        read = read_object(value, {"key", "name", "parent", "invited", "issuer"})
        unit = Unit(
            key=f"u{place}",
            name=read_text(read["name"]),
            parent=read["parent"],
            invited=read_whole(read["invited"]),
            issuer=None if read["issuer"] is None else _read_hash(read["issuer"]),
        )
        if read["key"] != unit.key:
            raise Malformed("units are numbered u0, u1, and so on")
        above: list[str | None] = [other.key for other in units] or [None]
        if unit.parent not in above:
            raise Malformed("every unit but the first stands below one that came before")
        if (unit.issuer is None) != (unit.invited == 0):
            raise Malformed("a unit has an issuer when people are invited in it, and only then")
        units.append(unit)
    if not units:
        raise Malformed("a survey has units")
    if len({(unit.parent, unit.name) for unit in units}) != len(units):
        raise Malformed("two units of one name stand below the same unit")
    return tuple(units)


def _check_together(manifest: Manifest) -> None:
    """What fields have to say about each other."""
    days = (manifest.opens, *manifest.rounds, manifest.closes)
    if list(days) != sorted(days) or len(set(manifest.rounds)) != len(manifest.rounds):
        raise Malformed("the survey opens, reminds in order of time, and closes")
    languages = manifest.languages
    if not languages or len(set(languages)) != len(languages) or not set(languages) <= set(LANGUAGES):
        raise Malformed("languages are nl and en, or one of them")
    if (manifest.independent_client is not None) != (manifest.level == OWN_CLIENT):
        raise Malformed("a survey of level 3, and no other, names the council's client")
    # With one key for two purposes, a credential for the one would be one for the other.
    if len(manifest.issuer_hashes) != 2 + sum(unit.issuer is not None for unit in manifest.units):
        raise Malformed("one issuer has two purposes")
    # A small group with a credential of its own would give away who is in it: small ones are merged before.
    if not manifest.invited or any(0 < unit.invited < manifest.k_invite for unit in manifest.units):
        raise Malformed("a unit with a credential of its own has too few invited people")
