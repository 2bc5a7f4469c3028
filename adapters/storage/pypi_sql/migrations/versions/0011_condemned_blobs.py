"""Stored objects are condemned before they are deleted."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table, empty: the first sweep condemns what it finds."""
    op.create_table(
        "condemned_blobs",
        sa.Column("blake2_256", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("blake2_256", "kind", name=op.f("pk_condemned_blobs")),
    )
    op.create_index(op.f("ix_condemned_blobs_state_since"), "condemned_blobs", ["state", "since"])
