"""Files can be found by their SHA-256."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index; nothing else reads it, so that the release before this one goes on."""
    op.create_index("ix_files_index_id_sha256", "files", ["index_id", "sha256"])
