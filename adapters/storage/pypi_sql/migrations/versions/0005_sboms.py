"""Software bills of materials in wheels (PEP 770)."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add their paths to files; those of before were not looked at."""
    op.add_column("files", sa.Column("sboms", sa.Text(), nullable=False, server_default=""))
