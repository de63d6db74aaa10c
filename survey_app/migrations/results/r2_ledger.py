"""The ledger of everything that was released."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2"
down_revision = "1"
branch_labels = None
depends_on = None

#: PostgreSQL samples columns into its statistics, where the samples outlive the rows: not of these.
UNSAMPLED = {"ledger": ("organisation", "number", "content", "hash")}


def upgrade() -> None:
    op.create_table(
        "ledger",
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("survey_id", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("organisation", "number", name=op.f("pk_ledger")),
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "postgresql":
        for table, columns in UNSAMPLED.items():
            changes = ", ".join(f"ALTER COLUMN {column} SET STATISTICS 0" for column in columns)
            op.execute(f"ALTER TABLE {table} {changes}")


def downgrade() -> None:
    op.drop_table("ledger")
