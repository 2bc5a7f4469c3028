"""Knowing that nothing was committed, for a few microseconds a question."""

from __future__ import annotations

import sqlite3
import threading
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, func, select, update

from pypi_core.ports.changes import Generation
from pypi_sql.engine import reading, translated_errors
from pypi_sql.tables import serials, site_state

if TYPE_CHECKING:
    from pypi_core.ports.changes import ChangeSignal

# Both only grow, so their sum moves whenever either does.
_COMMITTED = select(
    select(func.coalesce(func.sum(serials.c.serial), 0)).scalar_subquery()
    + select(site_state.c.access_version).scalar_subquery()
)


def count_access_change(connection: Connection) -> None:
    """Note in the running transaction that something changed which takes no serial."""
    connection.execute(update(site_state).values(access_version=site_state.c.access_version + 1))


class SqlChangeSignal:
    """Asks the database each time; one query."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def generation(self) -> Generation:
        """Return the present generation."""
        with reading(self._engine) as connection:
            return Generation(connection.execute(_COMMITTED).scalar_one())


class SqliteChangeSignal:
    """
    Asks SQLite whether anybody wrote, and only if so what.

    ``PRAGMA data_version`` costs about 3 µs and moves with every commit of another
    connection, also of one that changes nothing a reader sees (a lease, a page).  It is
    trusted because the connection that asks never writes.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._version = -1
        self._generation = Generation(-1)

    def generation(self) -> Generation:
        """Return the present generation."""
        with self._lock, translated_errors():
            connection = self._connection or self._connect()
            (version,) = connection.execute("PRAGMA data_version").fetchone()
            if version != self._version:
                # What is committed between the two queries moves data_version again.
                (committed,) = connection.execute(self._query).fetchone()
                self._version, self._generation = version, Generation(committed)
            return self._generation

    def close(self) -> None:
        """Give the connection back; asking again opens another."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
                self._version = -1

    @property
    def _query(self) -> str:
        return str(_COMMITTED.compile(self._engine, compile_kwargs={"literal_binds": True}))

    def _connect(self) -> sqlite3.Connection:
        # A connection outside the pool: of one that was used to write, data_version does not
        # count its own commits.
        database = self._engine.url.database or ""
        self._connection = sqlite3.connect(database, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA query_only = ON")
        return self._connection


if TYPE_CHECKING:
    _: tuple[type[ChangeSignal], type[ChangeSignal]] = (SqlChangeSignal, SqliteChangeSignal)
