"""Connections to a PostgreSQL server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import msgspec
from sqlalchemy import URL, Connection, Engine, create_engine, event, func, select

if TYPE_CHECKING:
    from pypi_sql.postgresql_connection import BoundedConnection

DRIVER = "postgresql+psycopg"
"""What SQLAlchemy calls psycopg 3; a URL may leave it out."""

# The key of an advisory lock: any number that no other program uses.
_MIGRATING = 0x70797069


class PostgresqlLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    What a PostgreSQL server may take; unused with SQLite.

    Attributes:
        connect_seconds: Seconds until a connection is made.
        statement_seconds: Seconds for one statement, and for a transaction between two statements.
        pool_seconds: Seconds that a request waits for a connection while all are in use.
        connections: Connections of one process.  A thread may need two at a time.
    """

    connect_seconds: int = 5
    statement_seconds: int = 30
    pool_seconds: float = 10
    connections: int = 24

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be more than 0")


DEFAULT_LIMITS = PostgresqlLimits()


def engine(url: URL, limits: PostgresqlLimits) -> Engine:
    """
    Return an engine for *url*, which may leave the driver out; nothing is connected yet.

    Raises:
        ImportError: psycopg is not installed.
    """
    made = create_engine(
        url.set(drivername=DRIVER),
        # Parameters hold hashes of secrets: no error message and no log shows them.
        hide_parameters=True,
        pool_size=limits.connections,
        max_overflow=0,
        pool_timeout=limits.pool_seconds,
        # A server that was restarted in between is noticed here, not by a request.
        pool_pre_ping=True,
    )

    @event.listens_for(made, "do_connect")
    def connect(_dialect: object, _record: object, _arguments: object, parameters: dict[str, Any]) -> object:
        from pypi_sql.postgresql_connection import connect

        return connect(limits.statement_seconds, **{**parameters, **_connect_options(limits)})

    return made


def connect_apart(engine: Engine, limits: PostgresqlLimits) -> BoundedConnection:
    """Return a connection outside the pool of *engine*, without transactions; raises what psycopg does."""
    from pypi_sql.postgresql_connection import connect

    _arguments, parameters = engine.dialect.create_connect_args(engine.url)
    options = {**parameters, **_connect_options(limits), "autocommit": True}
    return connect(limits.statement_seconds, **options)


def _connect_options(limits: PostgresqlLimits) -> dict[str, Any]:
    milliseconds = limits.statement_seconds * 1000
    return {
        "connect_timeout": limits.connect_seconds,
        # A transaction whose process hangs, or whose line was cut, holds its locks no longer than this.
        "options": f"-c statement_timeout={milliseconds}"
        f" -c idle_in_transaction_session_timeout={milliseconds}",
        "keepalives_idle": limits.statement_seconds,
        "tcp_user_timeout": milliseconds,
        "application_name": "pypi-core",
    }


def read_only(connection: Connection) -> None:
    """Let the next transaction see one moment, and write nothing."""
    connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def read_write(connection: Connection) -> None:
    """
    Let the next transaction see what others commit meanwhile, whatever the server's default is.

    Writers wait for each other at rows that they lock: none fails because another was faster.
    """
    connection.execution_options(isolation_level="READ COMMITTED")


def commit_without_waiting(connection: Connection) -> None:
    """Let the commit of this transaction not wait for the disk; a later one that waits saves both."""
    connection.exec_driver_sql("SET LOCAL synchronous_commit = off")


def take_time(connection: Connection) -> None:
    """Let statements of this transaction take as long as they need; the connection must not be reused."""
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
    cast("BoundedConnection", connection.connection.driver_connection).patience = None


def wait_for_migrations(connection: Connection) -> None:
    """Wait until no other process migrates, and let none begin before this transaction ends."""
    # A migration may take long, and so may waiting for one.
    take_time(connection)
    connection.execute(select(func.pg_advisory_xact_lock(_MIGRATING)))
