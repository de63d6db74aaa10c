"""Steps of a survey on the command line, and what is said when one cannot be taken."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from analysis.disclosure.knowledge import NotReleasable
from analysis.errors import InputError
from instruments.model import InstrumentError
from survey_app.anonymity.opening import TooFewBallots, TooManyBallots
from survey_app.cli.application import installation
from survey_app.cli.errors import BadInput, NothingReleased
from survey_app.commission import helpdesk, lifecycle
from survey_app.config import Config
from survey_app.stores.errors import AlreadyOpened, CapReached, Taken, UnknownSurvey, UnknownToken, WrongState
from survey_app.stores.ledger import LedgerMoved


@contextmanager
def steps(config: Config) -> Iterator[None]:
    """An installation, and what it declines said as one sentence with the remedy."""
    with installation(config):
        try:
            yield
        except (InputError, InstrumentError, helpdesk.UnknownPerson) as error:
            raise BadInput(str(error)) from error
        except UnknownSurvey as error:
            raise BadInput("there is no such survey; see: peil survey list") from error
        except lifecycle.NotWitnessed as error:
            raise BadInput(
                "the works council has not signed the promise yet; see: peil survey promise --help"
            ) from error
        except lifecycle.NoOpeningKey as error:
            raise BadInput(str(error)) from error
        except lifecycle.WrongDay as error:
            raise BadInput(f"the objection period is not over; {error}") from error
        except AlreadyOpened as error:
            raise BadInput(
                "another opening of this survey was taken in before, and it stays; find out why there are two"
            ) from error
        except LedgerMoved as error:
            raise NothingReleased(str(error)) from error
        except WrongState as error:
            raise BadInput(f"{error}; see: peil survey show") from error
        except (TooFewBallots, TooManyBallots) as error:
            raise BadInput(f"nothing was opened: {error}") from error
        except CapReached as error:
            raise BadInput("no more codes may be issued again in this survey: the promise sets a cap") from error
        except Taken as error:
            raise BadInput("this invitation was used, so that it cannot be taken back or issued again") from error
        except UnknownToken as error:
            raise BadInput("this invitation was taken back before") from error
        except NotReleasable as error:
            raise NothingReleased(str(error)) from error
        except OSError as error:
            raise BadInput(f"{error.filename}: {error.strerror}") from error
