"""The invitation code of a person: made again each time it is sent or printed, and never kept."""

from __future__ import annotations

from survey_app.anonymity.codes import derive_token, token_hash


class WrongVault(Exception):
    """The codes of this survey were made by another installation's secret; the message says what to do."""


def code_in_force(link_key: bytes, survey_id: str, invitation_id: bytes, reissue_no: int, expected: bytes) -> str:
    """The code that the roster holds the hash ``expected`` of: 16 symbols. Raises :class:`WrongVault`.

    A code that the roster would not know never leaves, on whatever way.
    """
    token = derive_token(link_key, invitation_id, reissue_no)
    if token_hash(survey_id, token) != expected:
        raise WrongVault(
            "The codes of this survey were made with another keys/installation.key; restore the one that belongs "
            "to this database. Nothing was sent or printed."
        )
    return token
