"""The roster: who is invited, and what became of the invitation. Nothing here speaks of an answer.

This database knows people by name. It is kept apart so that who holds it learns whether somebody
took part (``issued``, ``done``) and no more: the credentials that it signed were blinded.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, LargeBinary, SmallInteger, Text, UniqueConstraint, false, text

from survey_app.stores.tables import metadata, table

ROSTER = metadata("roster")

#: One survey. ``manifest`` and ``witness`` are public; days only, no moments.
SURVEY = table(
    ROSTER,
    "survey",
    Column("id", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("manifest", Text),
    Column("witness", LargeBinary),
    Column("form", Text, nullable=False),
    Column("survey_file", Text, nullable=False),
    Column("opened_on", Text),
    Column("remind_all", Boolean, nullable=False, server_default=false()),
)

#: Keys that sign credentials. ``private`` is sealed by the vault: its theft allows stuffing, never linking.
ISSUER_KEY = table(
    ROSTER,
    "issuer_key",
    Column("hash", Text, primary_key=True),
    Column("survey_id", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("n", LargeBinary, nullable=False),
    Column("proof", LargeBinary, nullable=False),
    Column("private", LargeBinary, nullable=False),
    UniqueConstraint("survey_id", "purpose"),
)

#: One invited person. ``request_hash`` and ``reply`` hold blinded values, so that a repeated request gets
#: the same reply; they say nothing about what was signed, and go when the opening key goes. ``issued`` and
#: ``done`` are bits without a moment. ``reissued`` counts codes that were used before they were replaced.
INVITATION = table(
    ROSTER,
    "invitation",
    Column("id", LargeBinary(16), primary_key=True),
    Column("survey_id", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("token_hash", LargeBinary(32), nullable=False),
    Column("issued", Boolean, nullable=False, server_default=false()),
    Column("request_hash", LargeBinary(32)),
    Column("reply", LargeBinary),
    Column("done", Boolean, nullable=False, server_default=false()),
    Column("reissue_no", Integer, nullable=False, server_default=text("0")),
    Column("reissued", Integer, nullable=False, server_default=text("0")),
    Column("revoked", Boolean, nullable=False, server_default=false()),
    Column("opted_out", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("token_hash"),
)

#: Completion tokens that were handed in. Who handed one in is not kept; where it came from nobody can tell.
DONE_SPENT = table(
    ROSTER,
    "done_spent",
    Column("serial_hash", LargeBinary(32), primary_key=True),
    Column("survey_id", Text, nullable=False),
)

#: Mail to send (``survey_app.mail.outbox``). ``round`` 0 is the invitation, n the n-th reminder; ``due`` is a
#: minute drawn at random in the sending window, 0 once sent; ``reason`` holds fixed words, never an address.
OUTBOX = table(
    ROSTER,
    "outbox",
    Column("id", LargeBinary(16), primary_key=True),
    Column("survey_id", Text, nullable=False),
    Column("invitation_id", LargeBinary(16), nullable=False),
    Column("round", SmallInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("due", Integer, nullable=False),
    Column("attempts", SmallInteger, nullable=False, server_default=text("0")),
    Column("reason", Text, nullable=False, server_default=text("''")),
    UniqueConstraint("survey_id", "round", "invitation_id"),
)

#: What HR was shown of the participation of a unit, and on which day; ``percent`` is null when nothing is shown.
PARTICIPATION = table(
    ROSTER,
    "participation",
    Column("survey_id", Text, primary_key=True),
    Column("unit", Text, primary_key=True),
    Column("day", Text, nullable=False),
    Column("percent", SmallInteger),
    Column("shown_done", Integer, nullable=False),
)

#: The keys in the links of HR, works council and board: a hash, so that the database opens no door.
STAFF_KEY = table(
    ROSTER,
    "staff_key",
    Column("hash", LargeBinary(32), primary_key=True),
    Column("survey_id", Text, nullable=False),
    Column("role", Text, nullable=False),
)
