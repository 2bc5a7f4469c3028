"""Find releases by classifiers and by when they were made, and changes by when they happened."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LONGEST = 256
AT_ONCE = 500


def upgrade() -> None:
    """Create the tables and indexes, and note what the metadata there are say."""
    op.create_index(
        op.f("ix_journal_index_id_moment_serial"), "journal", ["index_id", "moment", "serial"], unique=False
    )
    op.create_index(op.f("ix_releases_created"), "releases", ["created"], unique=False)
    classifiers = op.create_table(
        "classifiers",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("name", sa.String(length=LONGEST), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_classifiers")),
        sa.UniqueConstraint("name", name=op.f("uq_classifiers_name")),
    )
    carried = op.create_table(
        "release_classifiers",
        sa.Column("index_id", ROW_ID, nullable=False),
        sa.Column("classifier_id", ROW_ID, nullable=False),
        sa.Column("release_id", ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(["index_id"], ["indexes.id"], name=op.f("fk_release_classifiers_index_id")),
        sa.ForeignKeyConstraint(
            ["classifier_id"], ["classifiers.id"], name=op.f("fk_release_classifiers_classifier_id")
        ),
        sa.ForeignKeyConstraint(
            ["release_id"],
            ["releases.id"],
            name=op.f("fk_release_classifiers_release_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "index_id", "classifier_id", "release_id", name=op.f("pk_release_classifiers")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_release_classifiers_release_id"), "release_classifiers", ["release_id"], unique=False
    )
    _fill(op.get_bind(), classifiers, carried)


def _fill(connection: sa.Connection, classifiers: sa.Table, carried: sa.Table) -> None:
    known: dict[str, int] = {}
    last = -1
    while rows := connection.execute(_STORED, {"last": last, "at_once": AT_ONCE}).all():
        last = rows[-1].release_id
        found = []
        for row in rows:
            stored = json.loads(row.metadata).get("classifiers", ())
            for name in sorted({each for each in stored if len(each) <= LONGEST}):
                if name not in known:
                    adding = classifiers.insert().values(name=name).returning(classifiers.c.id)
                    known[name] = connection.execute(adding).scalar_one()
                found.append(
                    {
                        "index_id": row.index_id,
                        "classifier_id": known[name],
                        "release_id": row.release_id,
                    }
                )
        if found:
            connection.execute(carried.insert(), found)


_STORED = sa.text(
    "SELECT m.release_id, m.metadata, p.index_id FROM release_metadata AS m"
    " JOIN releases AS r ON r.id = m.release_id JOIN projects AS p ON p.id = r.project_id"
    " WHERE m.release_id > :last ORDER BY m.release_id LIMIT :at_once"
)
