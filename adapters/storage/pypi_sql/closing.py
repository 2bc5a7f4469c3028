"""
A database whose rows were copied to another one: it is read, and written no more.

Triggers see to it, so that a database that is in use pays nothing for it, and nothing that writes can
pass by: neither a server that went on, nor a worker, whose sweep would take what was uploaded since for
rubbish.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, text

from pypi_sql.failures import COPIED
from pypi_sql.tables import metadata, pages, rate_counts, tokens, web_sessions

# What is written while readers are answered; nobody makes a token or session without `site_state`.
_LEFT_OPEN = frozenset({pages, rate_counts, tokens, web_sessions})
_CLOSED = [table.name for table in metadata.sorted_tables if table not in _LEFT_OPEN]
_FUNCTION = "refuse_to_write"
_PREFIX = "closed_"


def close(connection: Connection) -> None:
    """Refuse every further change, as `failures.translated_errors` then says."""
    for statement in _closing(connection.dialect.name):
        connection.execute(text(statement))


def reopen(connection: Connection) -> bool:
    """Let everybody write again, and return whether the database was closed."""
    if not is_closed(connection):
        return False
    if connection.dialect.name == "sqlite":
        for name in _triggers(connection):
            connection.execute(text(f"DROP TRIGGER {name}"))
    else:
        connection.execute(text(f"DROP FUNCTION {_FUNCTION}() CASCADE"))
    return True


def is_closed(connection: Connection) -> bool:
    """Return whether the rows were copied to another database."""
    if connection.dialect.name == "sqlite":
        return bool(_triggers(connection))
    found: bool = connection.execute(text(f"SELECT to_regproc('{_FUNCTION}') IS NOT NULL")).scalar_one()
    return found


def _triggers(connection: Connection) -> list[str]:
    named = text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND substr(name, 1, :size) = :prefix")
    return list(connection.execute(named, {"size": len(_PREFIX), "prefix": _PREFIX}).scalars())


def _closing(dialect: str) -> Iterator[str]:
    if dialect == "sqlite":
        for table in _CLOSED:
            for change in ("INSERT", "UPDATE", "DELETE"):
                yield (
                    f"CREATE TRIGGER {_PREFIX}{table}_{change.lower()} BEFORE {change} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{COPIED}'); END"
                )
        return
    yield (
        f"CREATE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql "
        f"AS $$ BEGIN RAISE EXCEPTION '{COPIED}'; END $$"
    )
    for table in _CLOSED:
        yield (
            f"CREATE TRIGGER {_PREFIX}{table} BEFORE INSERT OR UPDATE OR DELETE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {_FUNCTION}()"
        )
