"""The first tables of the urn."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None
branch_labels = None
depends_on = None

#: PostgreSQL samples columns into its statistics, where the samples outlive the rows: not of these.
UNSAMPLED = {
    "locker": ("id", "draft", "envelope", "done_hash", "done_reply", "spent"),
    "urn_survey": ("manifest", "locker_n", "log_private", "done_private", "assisted"),
}


def upgrade() -> None:
    op.create_table(
        "locker",
        sa.Column("survey_id", sa.Text(), nullable=False),
        sa.Column("id", sa.LargeBinary(length=32), nullable=False),
        sa.Column("draft", sa.LargeBinary(), nullable=True),
        sa.Column("envelope", sa.LargeBinary(), nullable=True),
        sa.Column("done_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("done_reply", sa.LargeBinary(), nullable=True),
        sa.Column("spent", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("survey_id", "id", name=op.f("pk_locker")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "urn_survey",
        sa.Column("survey_id", sa.Text(), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("accepting", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("locker_n", sa.LargeBinary(), nullable=False),
        sa.Column("log_private", sa.LargeBinary(), nullable=False),
        sa.Column("done_private", sa.LargeBinary(), nullable=False),
        sa.Column("assisted", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("survey_id", name=op.f("pk_urn_survey")),
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "postgresql":
        for table, columns in UNSAMPLED.items():
            changes = ", ".join(f"ALTER COLUMN {column} SET STATISTICS 0" for column in columns)
            op.execute(f"ALTER TABLE {table} {changes}")


def downgrade() -> None:
    op.drop_table("urn_survey")
    op.drop_table("locker")
