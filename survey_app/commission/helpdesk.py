"""What the help desk of HR can do for one person: a new code, or taking an invitation back."""

from __future__ import annotations

from flask import current_app

from survey_app.anonymity.codes import derive_token, in_groups, token_hash
from survey_app.anonymity.manifest import Manifest
from survey_app.commission.lifecycle import promise_of
from survey_app.mail import outbox
from survey_app.stores import roster
from survey_app.stores.errors import WrongState
from survey_app.stores.roster import State
from survey_app.vault import Vault


class UnknownPerson(Exception):
    """Nobody, or more than one person, on the roster is called so; the message says what to do."""


def reissue(survey_id: str, person: str) -> str:
    """A new code for a person, in groups of four; the old one stops working. Who had a mail gets another.

    Raises :class:`UnknownPerson`, :class:`survey_app.stores.errors.WrongState` once the survey is
    closed, and :class:`survey_app.stores.errors.CapReached` when the promise allows no more used
    codes to be replaced.
    """
    manifest = _promise_in_force(survey_id)
    invitation = find_person(survey_id, person)
    vault: Vault = current_app.extensions["peil.vault"]
    token = derive_token(vault.link_key, invitation.id, invitation.reissue_no + 1)
    roster.reissue(survey_id, invitation.id, token_hash(survey_id, token), manifest.most_reissued)
    outbox.queue_new_code(survey_id, invitation.id)
    return in_groups(token)


def revoke(survey_id: str, person: str) -> None:
    """Takes an invitation back that was not used.

    Raises :class:`UnknownPerson`, and :class:`survey_app.stores.errors.WrongState` once the survey is closed.
    """
    _promise_in_force(survey_id)
    roster.revoke(survey_id, find_person(survey_id, person).id)


def find_person(survey_id: str, person: str) -> roster.Invitation:
    """The one invitation in force with this address or name, capitals aside. Raises :class:`UnknownPerson`."""
    wanted = person.strip().casefold()
    found = [
        invitation
        for invitation in roster.invitations(survey_id)
        if not invitation.revoked and wanted and wanted in (invitation.email.casefold(), invitation.name.casefold())
    ]
    if len(found) != 1:
        many = "more than one person is" if found else "nobody is"
        raise UnknownPerson(f"{many} called '{person}' on this roster; give the mail address as it stands there")
    return found[0]


def _promise_in_force(survey_id: str) -> Manifest:
    """The promise of a survey that is not closed: from then on everybody counts as she did on the last day."""
    survey, manifest = promise_of(survey_id)
    if survey.state not in (State.PROMISED, State.RUNNING):
        raise WrongState(f"survey {survey_id} is {survey.state}, and its roster does not change any more")
    return manifest
