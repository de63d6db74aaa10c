"""The first tables of the results."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None
branch_labels = None
depends_on = None

#: PostgreSQL samples columns into its statistics, where the samples outlive the rows: not of these.
UNSAMPLED = {
    "ballot": ("id", "unit", "content", "content_hash"),
    "board_leaf": ("leaf_hash", "leaf"),
    "tree_head": ("size", "root", "invalid", "urn", "witness", "log"),
    "promise": ("manifest", "witness"),
}


def upgrade() -> None:
    op.create_table(
        "ballot",
        sa.Column("survey_id", sa.Text(), nullable=False),
        sa.Column("id", sa.LargeBinary(length=32), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("survey_id", "id", name=op.f("pk_ballot")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "board_leaf",
        sa.Column("survey_id", sa.Text(), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("leaf", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("survey_id", "leaf_hash", name=op.f("pk_board_leaf")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "promise",
        sa.Column("survey_id", sa.Text(), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("witness", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("survey_id", name=op.f("pk_promise")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tree_head",
        sa.Column("survey_id", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("invalid", sa.Integer(), nullable=False),
        sa.Column("urn", sa.LargeBinary(length=32), nullable=False),
        sa.Column("witness", sa.LargeBinary(), nullable=False),
        sa.Column("log", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("survey_id", name=op.f("pk_tree_head")),
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "postgresql":
        for table, columns in UNSAMPLED.items():
            changes = ", ".join(f"ALTER COLUMN {column} SET STATISTICS 0" for column in columns)
            op.execute(f"ALTER TABLE {table} {changes}")


def downgrade() -> None:
    op.drop_table("tree_head")
    op.drop_table("promise")
    op.drop_table("board_leaf")
    op.drop_table("ballot")
