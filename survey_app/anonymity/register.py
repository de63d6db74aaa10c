"""What a works council signed and opened, kept in its key file.

Signing two promises for one survey, or opening two sets of envelopes, would help whoever runs the
server to single people out. The council cannot be stopped from doing so, but it can be kept from
doing so unawares. The register is signed with the witness key; an older copy of the key file forgets
what came later, which is why promises that it does not know are not opened with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from survey_app.anonymity.council import CouncilKeys
from survey_app.anonymity.ed25519 import SIGNATURE_BYTES, verify
from survey_app.anonymity.encoding import Malformed, b64u, canonical, digest, parse_canonical, unb64u
from survey_app.anonymity.manifest import HASH_BYTES, Manifest
from survey_app.anonymity.reading import read_list, read_object, read_text

Objection = Literal["second_promise", "promise_not_in_register", "other_promise", "second_urn", "key_still_needed"]


class RegisterAltered(Malformed):
    """The register in a key file is not the one that its key signed."""


class AgainstRegister(ValueError):
    """What is asked was done before in another way; ``objection`` says what, ``survey`` about which survey."""

    def __init__(self, objection: Objection, survey: str) -> None:
        super().__init__(f"{objection} (survey {survey})")
        self.objection: Objection = objection
        self.survey = survey


@dataclass(frozen=True)
class Entry:
    """A promise that was signed, and the hash of the envelopes that were opened, if any were."""

    survey: str
    manifest_hash: bytes
    urn: bytes | None = None


@dataclass(frozen=True)
class Register:
    """All entries by survey id."""

    entries: Mapping[str, Entry] = field(default_factory=dict)

    def after_signing(self, manifest: Manifest) -> Register:
        """The register once this promise is signed; raises :class:`AgainstRegister` for a second promise."""
        entry = self.entries.get(manifest.survey)
        if entry is not None and entry.manifest_hash != manifest.hash:
            raise AgainstRegister("second_promise", manifest.survey)
        return self._with(entry or Entry(manifest.survey, manifest.hash))

    def after_opening(self, manifest: Manifest, urn_hash: bytes) -> Register:
        """The register once these envelopes are opened; raises :class:`AgainstRegister` for a second set."""
        entry = self._signed(manifest)
        if entry.urn is not None and entry.urn != urn_hash:
            raise AgainstRegister("second_urn", manifest.survey)
        return self._with(replace(entry, urn=urn_hash))

    def check_destroying(self, manifest: Manifest) -> None:
        """Raises :class:`AgainstRegister` when another survey still has to be opened with the key."""
        self._signed(manifest)
        for entry in self.entries.values():
            if entry.survey != manifest.survey and entry.urn is None:
                raise AgainstRegister("key_still_needed", entry.survey)

    def _signed(self, manifest: Manifest) -> Entry:
        entry = self.entries.get(manifest.survey)
        if entry is None:
            raise AgainstRegister("promise_not_in_register", manifest.survey)
        if entry.manifest_hash != manifest.hash:
            raise AgainstRegister("other_promise", manifest.survey)
        return entry

    def _with(self, entry: Entry) -> Register:
        return Register({**self.entries, entry.survey: entry})


def read_register(key_file: str, keys: CouncilKeys) -> Register:
    """The register in a key file that ``keys`` came from; an empty one when it has none.

    Raises :class:`RegisterAltered`.
    """
    value = parse_canonical(key_file).get("register")
    if value is None:
        return Register()
    try:
        read = read_object(value, {"signature", "surveys"})
        surveys = read_list(read["surveys"])
        entries = [_read_entry(entry) for entry in surveys]
        signature = unb64u(read["signature"], SIGNATURE_BYTES)
    except Malformed as error:
        raise RegisterAltered("the register is not written as it should be") from error
    names = [entry.survey for entry in entries]
    if names != sorted(set(names)) or not verify(keys.witness_key, signature, _signed_message(surveys)):
        raise RegisterAltered("the register is not the one that was signed")
    return Register({entry.survey: entry for entry in entries})


def with_register(key_file: str, keys: CouncilKeys, register: Register) -> str:
    """The key file with ``register`` in place of the one that it has; nothing else in it changes."""
    surveys = [
        {
            "manifest_hash": b64u(entry.manifest_hash),
            "survey": entry.survey,
            "urn": None if entry.urn is None else b64u(entry.urn),
        }
        for _, entry in sorted(register.entries.items())
    ]
    signature = b64u(keys.witness.sign(_signed_message(surveys)))
    return canonical({**parse_canonical(key_file), "register": {"signature": signature, "surveys": surveys}})


def _read_entry(value: Any) -> Entry:
    read = read_object(value, {"manifest_hash", "survey", "urn"})
    return Entry(
        survey=read_text(read["survey"]),
        manifest_hash=unb64u(read["manifest_hash"], HASH_BYTES),
        urn=None if read["urn"] is None else unb64u(read["urn"], HASH_BYTES),
    )


def _signed_message(surveys: list[Any]) -> bytes:
    return digest("register", canonical(surveys))
