"""Upload sessions."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables of upload sessions and their files."""
    op.create_table(
        "upload_sessions",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("index_id", ROW_ID, nullable=False),
        sa.Column("project", sa.String(length=214), nullable=False),
        sa.Column("display_name", sa.String(length=214), nullable=False),
        sa.Column("version", sa.String(length=128), nullable=False),
        sa.Column("release_key", sa.String(length=128), nullable=False),
        sa.Column("account_id", ROW_ID, nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("expires", sa.DateTime(), nullable=False),
        sa.Column("problems", sa.Text(), nullable=False),
        sa.Column("warnings", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["index_id"], ["indexes.id"], name=op.f("fk_upload_sessions_index_id")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_upload_sessions_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload_sessions")),
    )
    op.create_index(op.f("ix_upload_sessions_account_id"), "upload_sessions", ["account_id"])
    op.create_index(op.f("ix_upload_sessions_index_id_expires"), "upload_sessions", ["index_id", "expires"])
    live = sa.text("state IN ('open', 'completed')")
    op.create_index(
        "uq_upload_sessions_live",
        "upload_sessions",
        ["index_id", "project", "release_key"],
        unique=True,
        sqlite_where=live,
        postgresql_where=live,
    )
    op.create_table(
        "upload_session_files",
        sa.Column("session_id", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("filename", sa.String(length=246), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("identifier", sa.String(length=64), nullable=True),
        sa.Column("md5", sa.String(length=32), nullable=True),
        sa.Column("blake2_256", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["upload_sessions.id"],
            name=op.f("fk_upload_session_files_session_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("session_id", "position", name=op.f("pk_upload_session_files")),
    )
    op.create_index(op.f("ix_upload_session_files_filename"), "upload_session_files", ["filename"])
    op.create_index(op.f("ix_upload_session_files_identifier"), "upload_session_files", ["identifier"])
