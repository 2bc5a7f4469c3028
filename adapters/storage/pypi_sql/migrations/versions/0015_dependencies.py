"""It is known which projects require which."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add the table; workers fill it, as each project of before waits to be looked at again."""
    op.create_table(
        "dependencies",
        sa.Column("index_id", ROW_ID, nullable=False),
        sa.Column("project", sa.String(214), nullable=False),
        sa.Column("required", sa.String(214), nullable=False),
        sa.Column("is_optional", sa.Boolean(), nullable=False),
        sa.Column("popularity", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["index_id"], ["indexes.id"], name=op.f("fk_dependencies_index_id")),
        sa.PrimaryKeyConstraint("index_id", "project", "required", name=op.f("pk_dependencies")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_dependencies_popular",
        "dependencies",
        ["index_id", "required", sa.text("popularity DESC"), "project"],
    )
    op.execute(
        "INSERT INTO outbox (index_id, kind, subject, attempts, is_buried) "
        "SELECT index_id, 'index-for-search', name, 0, false FROM projects ORDER BY id "
        "ON CONFLICT DO NOTHING"
    )
