"""The server's keys, unsealed once and kept in memory; in the databases they lie sealed by the vault."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from survey_app.anonymity.issuers import Issuer
from survey_app.anonymity.issuing import IssuerKey
from survey_app.stores import roster, urn
from survey_app.vault import Vault

#: Keys of so many units, and of so many surveys, stay in memory; more are read again when they are needed.
UNITS, SURVEYS = 1024, 64


class Signing:
    """The keys of one application, by what the databases hold of them. Threads may share it."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self.issuer_key = lru_cache(UNITS)(self._unseal_issuer)
        self.log_key = lru_cache(SURVEYS)(self._unseal_log)
        self._keys = lru_cache(SURVEYS)(_read_keys)
        self._urns: dict[str, urn.UrnSurvey] = {}

    def keys(self, survey_id: str, manifest: str) -> Mapping[str, roster.StoredKey]:
        """The issuer keys of a survey by purpose; read again when its manifest is another one."""
        return self._keys(survey_id, manifest)

    def urn_of(self, survey_id: str) -> urn.UrnSurvey | None:
        """What the urn knows of a survey, kept once it takes answers in: from then on only ``accepting`` can change.

        The store looks at that itself with everything that is put in.
        """
        kept = self._urns.get(survey_id) or urn.survey(survey_id)
        if kept is not None and kept.accepting and len(self._urns) < SURVEYS:
            self._urns[survey_id] = kept
        return kept

    def _unseal_issuer(self, sealed: bytes) -> IssuerKey:
        return IssuerKey.from_der(self._vault.unseal(sealed, "issuer"))

    def _unseal_log(self, sealed: bytes) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self._vault.unseal(sealed, "log"))


def issuer_of(key: roster.StoredKey) -> Issuer:
    """What everybody may know of an issuer key."""
    return Issuer(key.n, key.proof)


def _read_keys(survey_id: str, _manifest: str) -> Mapping[str, roster.StoredKey]:
    return {key.purpose: key for key in roster.issuer_keys(survey_id)}
