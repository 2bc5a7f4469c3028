"""Connections to a PostgreSQL server."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import URL, Connection, func, select

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


def engine_options(limits: PostgresqlLimits) -> dict[str, Any]:
    """Return the options of SQLAlchemy's engine."""
    milliseconds = limits.statement_seconds * 1000
    return {
        "pool_size": limits.connections,
        "max_overflow": 0,
        "pool_timeout": limits.pool_seconds,
        # A server that was restarted in between is noticed here, not by a request.
        "pool_pre_ping": True,
        "connect_args": {
            "connect_timeout": limits.connect_seconds,
            # A transaction whose process hangs, or whose line was cut, holds its locks no longer than this.
            "options": f"-c statement_timeout={milliseconds}"
            f" -c idle_in_transaction_session_timeout={milliseconds}",
            "keepalives_idle": limits.statement_seconds,
            "tcp_user_timeout": milliseconds,
            "application_name": "pypi-core",
        },
    }


def read_only(connection: Connection) -> None:
    """Let the next transaction see one moment, and write nothing."""
    connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def wait_for_migrations(connection: Connection) -> None:
    """Wait until no other process migrates, and let none begin before this transaction ends."""
    # A migration may take long, and so may waiting for one.
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    connection.execute(select(func.pg_advisory_xact_lock(_MIGRATING)))


def with_driver(url: URL) -> URL:
    """Return *url* with the driver that is installed with the extra ``postgres``."""
    return url.set(drivername=DRIVER)
