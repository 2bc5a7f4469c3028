"""Upload sessions have a purpose, and those of documentation are among them."""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """
    Move the uploads of documentation that are under way into the tables of upload sessions.

    The table they were in stays, empty, for the release before this one; a later migration drops it.
    """
    # Sessions that are there are those of a release.
    op.add_column(
        "upload_sessions", sa.Column("purpose", sa.String(16), nullable=False, server_default="release")
    )
    live = sa.text("state IN ('open', 'completed')")
    op.drop_index("uq_upload_sessions_live", "upload_sessions")
    op.create_index(
        "uq_upload_sessions_live",
        "upload_sessions",
        ["index_id", "project", "release_key", "purpose"],
        unique=True,
        sqlite_where=live,
        postgresql_where=live,
    )
    _move_uploads(op.get_bind())


def _move_uploads(connection: sa.Connection) -> None:
    """Make each upload a session of one file, of the name by which its uploader knows it."""
    for each in connection.execute(_UPLOADS).all():
        session = {column.name: getattr(each, column.name, None) for column in SESSIONS.c}
        session |= {"expires": each.created + timedelta(days=1), "state": "open", "purpose": "documentation"}
        connection.execute(SESSIONS.insert(), session | {"problems": "[]", "warnings": "[]"})
        file = {"session_id": each.id, "position": 0, "filename": "documentation.zip", "identifier": each.id}
        connection.execute(FILES.insert(), file | {"size": each.size, "sha256": each.sha256})
    connection.execute(UPLOADS.delete())


UPLOADS = sa.table(
    "documentation_uploads",
    *map(sa.column, ("identifier", "index_id", "release_id", "size", "sha256")),
    sa.column("begun", sa.DateTime()),
)
PROJECTS = sa.table("projects", *map(sa.column, ("id", "name", "display_name")))
RELEASES = sa.table("releases", *map(sa.column, ("id", "project_id", "version", "release_key")))
SESSIONS = sa.table(
    "upload_sessions",
    *map(sa.column, ("id", "index_id", "project", "display_name", "version", "release_key", "purpose")),
    *map(sa.column, ("state", "problems", "warnings")),
    sa.column("created", sa.DateTime()),
    sa.column("expires", sa.DateTime()),
)
FILES = sa.table(
    "upload_session_files",
    *map(sa.column, ("session_id", "position", "filename", "size", "sha256", "identifier")),
)
_UPLOADS = (
    sa.select(
        UPLOADS.c.identifier.label("id"),
        UPLOADS.c.index_id,
        PROJECTS.c.name.label("project"),
        PROJECTS.c.display_name,
        RELEASES.c.version,
        RELEASES.c.release_key,
        UPLOADS.c.begun.label("created"),
        UPLOADS.c.size,
        UPLOADS.c.sha256,
    )
    .join(RELEASES, RELEASES.c.id == UPLOADS.c.release_id)
    .join(PROJECTS, PROJECTS.c.id == RELEASES.c.project_id)
)
