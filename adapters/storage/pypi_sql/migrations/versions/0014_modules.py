"""What wheels let one import."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it to files; those of before were not looked at."""
    op.add_column("files", sa.Column("modules", sa.Text(), nullable=False, server_default=""))
