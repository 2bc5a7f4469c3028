"""Tasks know since when they wait, and periodic work is leased like them."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column that may be empty, an index and a table; the release before this needs none of them."""
    op.add_column("outbox", sa.Column("since", sa.DateTime(), nullable=True))
    op.create_index(
        "ix_outbox_claimed",
        "outbox",
        ["index_id", "kind", "subject"],
        sqlite_where=sa.text("lease_until IS NOT NULL AND is_buried = 0"),
        postgresql_where=sa.text("lease_until IS NOT NULL AND NOT is_buried"),
    )
    op.create_table(
        "periodic_work",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("due", sa.DateTime(), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.DateTime(), nullable=True),
        sa.Column("began", sa.DateTime(), nullable=True),
        sa.Column("ended", sa.DateTime(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_periodic_work")),
    )
