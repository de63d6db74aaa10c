"""The urn: what lies sealed until the opening. No names, no moments, no order, no units.

Who holds this database, every backup of it and its whole log sees lockers appear and change, may lay that beside the
log of the roster, and learns who owns which locker: a sealed envelope. Only the opening key, which
is not here, leads from there to an answer.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, LargeBinary, Text, false, text

from survey_app.stores.tables import metadata, table

URN = metadata("urn")

#: One survey. ``locker_n`` is the modulus that locker credentials are checked with, so that nothing here has to ask
#: the roster. Private keys are sealed by the vault. ``assisted`` counts answers given without JavaScript,
#: for the survey as a whole: no locker says how it was filled.
URN_SURVEY = table(
    URN,
    "urn_survey",
    Column("survey_id", Text, primary_key=True),
    Column("manifest", Text, nullable=False),
    Column("accepting", Boolean, nullable=False, server_default=false()),
    Column("locker_n", LargeBinary, nullable=False),
    Column("log_private", LargeBinary, nullable=False),
    Column("done_private", LargeBinary, nullable=False),
    Column("assisted", Integer, nullable=False, server_default=text("0")),
)

#: One locker; ``id`` is a hash of the public key of its owner, which the code of the owner alone leads to.
#: ``done_hash`` and ``done_reply`` are a blinded serial and the blind signature on it, given once. ``spent``
#: holds the SHA-256 of each draft and envelope that was put where nothing lay, so that a copy of the request that
#: arrives after a withdrawal puts nothing back.
LOCKER = table(
    URN,
    "locker",
    Column("survey_id", Text, primary_key=True),
    Column("id", LargeBinary(32), primary_key=True),
    Column("draft", LargeBinary),
    Column("envelope", LargeBinary),
    Column("done_hash", LargeBinary(32)),
    Column("done_reply", LargeBinary),
    Column("spent", LargeBinary),
)
