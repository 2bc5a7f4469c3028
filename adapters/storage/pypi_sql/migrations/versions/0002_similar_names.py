"""Names that can be mistaken for each other."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# As the code had it when this was written: a migration does not follow the code.
_LOOK_ALIKE = str.maketrans({"l": "1", "i": "1", "o": "0", ".": None, "_": None, "-": None})
_AT_A_TIME = 1000

_projects = sa.table(
    "projects", sa.column("id", sa.BigInteger), sa.column("name", sa.String), sa.column("similarity_key")
)


def upgrade() -> None:
    """Give every project the key of its name."""
    column = sa.Column("similarity_key", sa.String(length=214), nullable=False, server_default="")
    op.add_column("projects", column)
    connection = op.get_bind()
    after = 0
    while rows := connection.execute(
        sa.select(_projects.c.id, _projects.c.name)
        .where(_projects.c.id > after)
        .order_by(_projects.c.id)
        .limit(_AT_A_TIME)
    ).all():
        connection.execute(
            sa.update(_projects)
            .where(_projects.c.id == sa.bindparam("known_as"))
            .values(similarity_key=sa.bindparam("key")),
            [{"known_as": id_, "key": name.lower().translate(_LOOK_ALIKE)} for id_, name in rows],
        )
        after = rows[-1].id
    op.create_index(op.f("ix_projects_index_id_similarity_key"), "projects", ["index_id", "similarity_key"])
