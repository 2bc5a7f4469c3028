"""Accounts that are disabled or deleted."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the state to accounts; all that are there can be used."""
    op.add_column("accounts", sa.Column("state", sa.String(16), nullable=False, server_default="active"))
