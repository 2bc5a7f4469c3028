"""Connections and transactions."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from pypi_core.errors import Unavailable
from pypi_sql import postgresql_server, sqlite_file
from pypi_sql.failures import BUSY, translated_errors
from pypi_sql.postgresql_server import DEFAULT_LIMITS, PostgresqlLimits

_POOL_SIZE = 16
# With them, more than there are threads: one may hold a snapshot and ask for a second connection.
_POOL_OVERFLOW = 48


class Connections:
    """
    The connections to one database; safe to use from any number of threads.

    Nothing is connected before it is used.

    Raises:
        ValueError: The URL is malformed, or names a kind of database that is not supported.
    """

    def __init__(self, url: str, limits: PostgresqlLimits = DEFAULT_LIMITS) -> None:
        self.limits = limits
        self.engine = _engine(url, limits)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self.file = sqlite_file.sqlite_path(self.engine.url) if self.is_sqlite else None
        """The file of an SQLite database; made when it is first connected to."""
        self._turn = threading.Lock()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that sees one moment, from its first statement on."""
        with translated_errors(), self.engine.connect() as connection:
            if not self.is_sqlite:
                postgresql_server.read_only(connection)
            connection.begin()
            yield connection

    @contextmanager
    def writing(self, *, rebuilds: bool = False, durable: bool = True) -> Iterator[Connection]:
        """
        Open a transaction that may write; on SQLite, once no other writer is at work.

        Leaving the block without `commit` rolls back.  With *rebuilds*, tables may be
        replaced: foreign keys are not looked after.  What is not *durable* survives the end of this
        process, but a loss of power only if a durable transaction was committed after it.
        """
        with self._writers_turn(), translated_errors(), self.engine.connect() as connection:
            connection.execution_options(writes=True, rebuilds=rebuilds, durable=durable)
            if not self.is_sqlite:
                postgresql_server.read_write(connection)
            connection.begin()
            if not durable and not self.is_sqlite:
                postgresql_server.commit_without_waiting(connection)
            try:
                yield connection
            finally:
                if rebuilds:
                    # It must not be reused: it no longer checks foreign keys.
                    connection.invalidate()

    @contextmanager
    def _writers_turn(self) -> Iterator[None]:
        """
        Let one thread write at a time where the database lets one do so anyway.

        SQLite lets the others sleep, longer and longer: with eight threads some would
        wait for seconds while the file is free.
        """
        if not self.is_sqlite:
            yield
            return
        if not self._turn.acquire(timeout=sqlite_file.BUSY_SECONDS):
            raise Unavailable(BUSY)
        try:
            yield
        finally:
            self._turn.release()


def commit(connection: Connection) -> None:
    """Make the transaction happen; what is read afterwards on *connection* waits for no writer."""
    connection.commit()
    connection.execution_options(writes=False, durable=True)


def _engine(url: str, limits: PostgresqlLimits) -> Engine:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        # What SQLAlchemy says of it may quote a part of the URL, which has a password.
        raise ValueError("not a URL of a database; write DIALECT://USER:PASSWORD@HOST:PORT/NAME") from error
    match parsed.drivername:
        case "sqlite":
            path = sqlite_file.sqlite_path(parsed)
            engine = create_engine(
                parsed,
                # Parameters hold hashes of secrets: no error message and no log shows them.
                hide_parameters=True,
                pool_size=_POOL_SIZE,
                max_overflow=_POOL_OVERFLOW,
                # The last one used has its pages in its cache.
                pool_use_lifo=True,
                creator=partial(sqlite_file.connect, path),
            )
            event.listen(engine, "begin", sqlite_file.begin)
            return engine
        case "postgresql" | postgresql_server.DRIVER:
            try:
                return postgresql_server.engine(parsed, limits)
            except ImportError as error:
                raise ValueError(
                    f"the Python package {error.name} is needed for PostgreSQL and is not installed: "
                    "pip install 'pypi-core[postgres]'"
                ) from error
        case other:
            raise ValueError(f"{other} is not a supported kind of database: use sqlite or postgresql")
