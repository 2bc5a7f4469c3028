"""Apply the migrations, from Python."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from pypi_sql.engine import reading, writing


def migrate(engine: Engine) -> None:
    """Apply, in one transaction, what is missing; a second process waits and then finds nothing to do."""
    if is_current(engine):
        return
    with writing(engine) as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()


def is_current(engine: Engine) -> bool:
    """Tell whether every migration of this version was applied, and none of a later one."""
    with reading(engine) as connection:
        return _applied(connection) == ScriptDirectory.from_config(_config()).get_current_head()


def _applied(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "pypi_sql:migrations")
    # A path may contain the separators of older versions: this one is never split.
    config.set_main_option("path_separator", "os")
    return config
