"""Knowing that nothing was committed, for a few microseconds a question."""

from __future__ import annotations

import sqlite3
import threading
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, select, update

from pypi_core.ports.changes import Generation
from pypi_sql import sqlite_file
from pypi_sql.engine import Connections
from pypi_sql.failures import in_our_words
from pypi_sql.notifications import NOTIFY
from pypi_sql.tables import serials, site_state

if TYPE_CHECKING:
    from pypi_core.ports.changes import ChangeSignal

# Both only grow, so their sum moves whenever either does.
COMMITTED = select(
    select(func.coalesce(func.sum(serials.c.serial), 0)).scalar_subquery()
    + select(site_state.c.access_version).scalar_subquery()
)
_COUNT_ACCESS_CHANGE = update(site_state).values(access_version=site_state.c.access_version + 1)
_COUNT_AND_TELL = _COUNT_ACCESS_CHANGE.returning(NOTIFY)


def count_access_change(connection: Connection) -> None:
    """Note in the running transaction that tokens, accounts, settings or roles changed."""
    connection.execute(_COUNT_ACCESS_CHANGE if connection.dialect.name == "sqlite" else _COUNT_AND_TELL)


class SqlChangeSignal:
    """Asks the database each time; one query."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def generation(self) -> Generation:
        with self._connections.reading() as connection:
            return Generation(connection.execute(COMMITTED).scalar_one())

    def close(self) -> None:
        """Keep nothing open between two questions: there is nothing to close."""


class SqliteChangeSignal:
    """
    Asks SQLite whether anybody wrote, and only if so what.

    ``PRAGMA data_version`` costs about 3 µs and moves with every commit of another
    connection, also of one that changes nothing a reader sees (a lease, a page).  It is
    trusted because the connection that asks never writes.
    """

    def __init__(self, connections: Connections) -> None:
        self._path = sqlite_file.sqlite_path(connections.engine.url)
        self._query = str(COMMITTED.compile(connections.engine, compile_kwargs={"literal_binds": True}))
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._version = -1
        self._generation = Generation(-1)

    def generation(self) -> Generation:
        with self._lock:
            try:
                connection = self._connection or self._connect()
                (version,) = connection.execute("PRAGMA data_version").fetchone()
                if version != self._version:
                    # What is committed between the two queries moves data_version again.
                    (committed,) = connection.execute(self._query).fetchone()
                    self._version, self._generation = version, Generation(committed)
            except sqlite3.Error as error:
                raise in_our_words(error) from error
            return self._generation

    def close(self) -> None:
        """Give the connection back; asking again opens another."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
                self._version = -1

    def _connect(self) -> sqlite3.Connection:
        # A connection outside the pool: of one that was used to write, data_version does not
        # count its own commits.
        self._connection = sqlite_file.connect(self._path)
        self._connection.execute("PRAGMA query_only = ON")
        return self._connection


if TYPE_CHECKING:
    _: tuple[type[ChangeSignal], type[ChangeSignal]] = (SqlChangeSignal, SqliteChangeSignal)
