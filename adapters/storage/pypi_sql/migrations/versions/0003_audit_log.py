"""Who did what, and how often."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the audit log, which begins now, and the counts of what has a limit."""
    op.create_table(
        "audit_log",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("moment", sa.DateTime(), nullable=False),
        sa.Column("index_name", sa.String(length=63), nullable=True),
        sa.Column("username", sa.String(length=50), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("proof", sa.String(length=16), nullable=False),
        sa.Column("token_id", sa.String(length=64), nullable=True),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("user_agent", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("project", sa.String(length=214), nullable=True),
        sa.Column("version", sa.String(length=128), nullable=True),
        sa.Column("filename", sa.String(length=246), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_audit_log_project_id"), "audit_log", ["project", "id"])
    op.create_index(op.f("ix_audit_log_username_id"), "audit_log", ["username", "id"])
    op.create_table(
        "rate_counts",
        sa.Column("limit_name", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("free_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("limit_name", "subject", name=op.f("pk_rate_counts")),
    )
