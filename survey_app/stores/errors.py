"""What the stores say when they cannot, or do not, do what was asked."""

from __future__ import annotations


class StoreError(Exception):
    """A database cannot do its work; nothing was changed, and the message is one sentence for the operator."""


class StoreFull(StoreError):
    """No room is left on the disk of a database."""


class StoreBusy(StoreError):
    """Another connection held a database for longer than we wait."""


class Declined(Exception):
    """A store said no to a request; nothing was changed."""


class UnknownSurvey(Declined):
    """No survey has this id."""


class WrongState(Declined):
    """The survey is not in the state from which this step can be taken."""


class UnknownToken(Declined):
    """No invitation in force has this code."""


class NotRunning(Declined):
    """Credentials are issued only while a survey is running."""


class Taken(Declined):
    """What may be given once was already given for another request."""


class CapReached(Declined):
    """No more invitations may be issued again in this survey."""


class Closed(Declined):
    """The urn of this survey takes nothing in any more, or not yet."""


class UnknownLocker(Declined):
    """No locker has this id."""


class Changed(Declined):
    """Something else lies in the locker than the request says."""


class AlreadyOpened(Declined):
    """Another opening of this survey was stored before."""
