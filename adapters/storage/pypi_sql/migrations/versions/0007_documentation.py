"""Documentation of releases."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables: sets, the pages of each, and uploads that are under way."""
    op.create_table(
        "documentation_sets",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("index_id", ROW_ID, nullable=False),
        sa.Column("project_id", ROW_ID, nullable=False),
        sa.Column("release_id", ROW_ID, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("blake2_256", sa.String(length=64), nullable=False),
        sa.Column("uploaded", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["index_id"], ["indexes.id"], name=op.f("fk_documentation_sets_index_id")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_documentation_sets_project_id")
        ),
        sa.ForeignKeyConstraint(
            ["release_id"], ["releases.id"], name=op.f("fk_documentation_sets_release_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documentation_sets")),
        sqlite_autoincrement=True,
    )
    for column in ("project_id", "release_id", "blake2_256"):
        op.create_index(op.f(f"ix_documentation_sets_{column}"), "documentation_sets", [column])
    op.create_table(
        "documentation_pages",
        sa.Column("documentation_id", ROW_ID, nullable=False),
        sa.Column("path", sa.String(length=240), nullable=False),
        sa.Column("blake2_256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["documentation_id"],
            ["documentation_sets.id"],
            name=op.f("fk_documentation_pages_documentation_id"),
        ),
        sa.PrimaryKeyConstraint("documentation_id", "path", name=op.f("pk_documentation_pages")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_documentation_pages_blake2_256"), "documentation_pages", ["blake2_256"])
    op.create_table(
        "documentation_uploads",
        sa.Column("identifier", sa.String(length=64), nullable=False),
        sa.Column("index_id", ROW_ID, nullable=False),
        sa.Column("release_id", ROW_ID, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("begun", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["index_id"], ["indexes.id"], name=op.f("fk_documentation_uploads_index_id")),
        sa.ForeignKeyConstraint(
            ["release_id"], ["releases.id"], name=op.f("fk_documentation_uploads_release_id")
        ),
        sa.PrimaryKeyConstraint("identifier", name=op.f("pk_documentation_uploads")),
    )
    for columns in (["release_id"], ["index_id", "begun"]):
        name = "_".join(["ix_documentation_uploads", *columns])
        op.create_index(op.f(name), "documentation_uploads", columns)
