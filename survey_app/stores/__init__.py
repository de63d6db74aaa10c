"""What is kept: the roster, the urn and the results, in three databases that share no key.

Everything here needs a Flask application context of an application that went through
:func:`init_stores`; :func:`upgrade` brings its databases to the schema of this version.
"""

from survey_app.stores.databases import BINDS, Bind, db, init_stores, reading, scrub, writing
from survey_app.stores.errors import Declined, StoreBusy, StoreError, StoreFull
from survey_app.stores.migrating import upgrade

__all__ = [
    "BINDS",
    "Bind",
    "Declined",
    "StoreBusy",
    "StoreError",
    "StoreFull",
    "db",
    "init_stores",
    "reading",
    "scrub",
    "upgrade",
    "writing",
]
