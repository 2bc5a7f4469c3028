"""Downloads are counted."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add three tables, empty, which the release before this one does not know."""
    op.create_table(
        "download_batches",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_download_batches")),
    )
    _create_counts("file_downloads", _key("version", 128), _key("filename", 246))
    _create_counts("client_downloads", _key("trait", 16), _key("value", 32))
    op.create_index(
        "ix_client_downloads_total",
        "client_downloads",
        ["downloads"],
        sqlite_where=sa.text("span = 'total' AND trait = 'all'"),
        postgresql_where=sa.text("span = 'total' AND trait = 'all'"),
    )


def _create_counts(table: str, *keys: sa.Column[str]) -> None:
    op.create_table(
        table,
        sa.Column("project_id", ROW_ID, nullable=False),
        sa.Column("span", sa.String(8), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        *keys,
        sa.Column("downloads", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f(f"fk_{table}_project_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(
            "project_id", "span", "start", *(each.name for each in keys), name=op.f(f"pk_{table}")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f(f"ix_{table}_span_start"), table, ["span", "start"])


def _key(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=False)
