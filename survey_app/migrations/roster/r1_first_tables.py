"""The first tables of the roster."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None
branch_labels = None
depends_on = None

#: PostgreSQL samples columns into its statistics, where the samples outlive the rows: not of these.
UNSAMPLED = {
    "invitation": ("path", "name", "email", "token_hash", "request_hash", "reply"),
    "done_spent": ("serial_hash",),
}


def upgrade() -> None:
    op.create_table(
        "done_spent",
        sa.Column("serial_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("survey_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("serial_hash", name=op.f("pk_done_spent")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "invitation",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("survey_id", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("issued", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("reply", sa.LargeBinary(), nullable=True),
        sa.Column("done", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("reissue_no", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("reissued", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("revoked", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("opted_out", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "issuer_key",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("survey_id", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("n", sa.LargeBinary(), nullable=False),
        sa.Column("proof", sa.LargeBinary(), nullable=False),
        sa.Column("private", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_issuer_key")),
        sa.UniqueConstraint("survey_id", "purpose", name=op.f("uq_issuer_key_survey_id_purpose")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("survey_id", sa.Text(), nullable=False),
        sa.Column("invitation_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint(
            "survey_id", "round", "invitation_id", name=op.f("uq_outbox_survey_id_round_invitation_id")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "participation",
        sa.Column("survey_id", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("percent", sa.SmallInteger(), nullable=True),
        sa.Column("shown_done", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("survey_id", "unit", name=op.f("pk_participation")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "staff_key",
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("survey_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_staff_key")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "survey",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=True),
        sa.Column("witness", sa.LargeBinary(), nullable=True),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("survey_file", sa.Text(), nullable=False),
        sa.Column("opened_on", sa.Text(), nullable=True),
        sa.Column("remind_all", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey")),
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "postgresql":
        for table, columns in UNSAMPLED.items():
            changes = ", ".join(f"ALTER COLUMN {column} SET STATISTICS 0" for column in columns)
            op.execute(f"ALTER TABLE {table} {changes}")


def downgrade() -> None:
    op.drop_table("survey")
    op.drop_table("staff_key")
    op.drop_table("participation")
    op.drop_table("outbox")
    op.drop_table("issuer_key")
    op.drop_table("invitation")
    op.drop_table("done_spent")
