"""Apply the migrations, from Python."""

from __future__ import annotations

import threading
from functools import cache

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from pypi_core.errors import Unavailable
from pypi_sql import postgresql_server
from pypi_sql.engine import Connections, commit

# Alembic keeps what it works on in one place for the whole process.
_one_at_a_time = threading.Lock()


def migrate(connections: Connections) -> None:
    """
    Apply, in one transaction, what is missing; a second process waits and then finds nothing to do.

    Raises:
        Unavailable: The database does not answer, was made by a later version, or a migration left a row
            that points at nothing.
    """
    if is_current(connections):
        return
    require_known(connections)
    with _one_at_a_time, connections.writing(rebuilds=True) as connection:
        if not connections.is_sqlite:
            # SQLite has one writer at a time anyway.
            postgresql_server.wait_for_migrations(connection)
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if connections.is_sqlite:
            check_foreign_keys(connection)
        commit(connection)


def is_current(connections: Connections) -> bool:
    """Return whether every migration of this version was applied, and none of a later one."""
    return _applied(connections) == _revisions()[0]


def is_behind(connections: Connections) -> bool:
    """Return whether a migration of this version was not applied; those of later ones do no harm (expand)."""
    applied, (head, *earlier) = _applied(connections), _revisions()
    return applied is None or (applied != head and applied in earlier)


def require_known(connections: Connections) -> None:
    """Refuse, as `Unavailable`, a database that a later version has migrated."""
    applied = _applied(connections)
    if applied is not None and applied not in _revisions():
        raise Unavailable(
            "The database was migrated by a later version of this program: install that version again, "
            "or restore a backup from before."
        )


def _applied(connections: Connections) -> str | None:
    with connections.reading() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def check_foreign_keys(connection: Connection) -> None:
    """
    Make sure that every row points at one that is there, which SQLite does not while tables are replaced.

    Raises:
        Unavailable: One does not.
    """
    broken = {row[0] for row in connection.exec_driver_sql("PRAGMA foreign_key_check")}
    if broken:
        raise Unavailable(
            f"The database was left as it was: after the migration, rows of {', '.join(sorted(broken))} "
            "would point at nothing. Restore a backup, or report this."
        )


@cache
def _revisions() -> tuple[str, ...]:
    """Return the revisions of this version, the newest first."""
    return tuple(each.revision for each in ScriptDirectory.from_config(_config()).walk_revisions())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "pypi_sql:migrations")
    # A path may contain the separators of older versions: this one is never split.
    config.set_main_option("path_separator", "os")
    return config
