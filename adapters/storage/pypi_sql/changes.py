"""Knowing that nothing was committed, for a few microseconds a question, and what was."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence, Set
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Select, bindparam, func, select, update
from sqlalchemy.dialects import sqlite

from pypi_core.domain.entities import Serial
from pypi_core.domain.indexes import IndexName
from pypi_core.domain.names import DisplayName, NormalizedName, normalize
from pypi_core.ports.changes import (
    MOST_ENTRIES,
    Changes,
    Generation,
    IndexPosition,
    Position,
    moved_indexes,
)
from pypi_sql import sqlite_file
from pypi_sql.engine import Connections
from pypi_sql.failures import in_our_words
from pypi_sql.notifications import NOTIFY
from pypi_sql.tables import indexes, journal, serials, site_state

if TYPE_CHECKING:
    from pypi_core.ports.changes import ChangeSignal

# Both only grow, so their sum moves whenever either does.
COMMITTED = select(
    select(func.coalesce(func.sum(serials.c.serial), 0)).scalar_subquery()
    + select(site_state.c.access_version).scalar_subquery()
)
_POSITION: Select[Any] = select(
    indexes.c.name,
    serials.c.serial,
    indexes.c.settings_version,
    select(site_state.c.access_version).scalar_subquery().label("access_version"),
).join(serials, serials.c.index_id == indexes.c.id)
_PROJECTS_SINCE: Select[Any] = (
    select(journal.c.project)
    .join(indexes, indexes.c.id == journal.c.index_id)
    .where(indexes.c.name == bindparam("called"), journal.c.serial > bindparam("after"))
    .order_by(journal.c.serial)
    .limit(bindparam("at_most"))
)

_Rows = Callable[[Select[Any], Mapping[str, object]], Sequence[Sequence[Any]]]
"""Runs a query."""

_COUNT_ACCESS_CHANGE = update(site_state).values(access_version=site_state.c.access_version + 1)
_COUNT_AND_TELL = _COUNT_ACCESS_CHANGE.returning(NOTIFY)


def count_access_change(connection: Connection) -> None:
    """Note in the running transaction that tokens, accounts, settings or roles changed."""
    connection.execute(_COUNT_ACCESS_CHANGE if connection.dialect.name == "sqlite" else _COUNT_AND_TELL)


def _changes(since: Position | None, rows: _Rows) -> Changes:
    """
    Return what was committed after *since*.

    The position is read before the journal.  Serials become visible in their order, so that the journal
    then has all up to the position; what it has beyond is told again the next time.
    """
    found = rows(_POSITION, {})
    now = {
        IndexName(name): IndexPosition(Serial(serial), version) for name, serial, version, _access in found
    }
    serials_taken = sum(each.serial for each in now.values())
    # A site without indexes has nothing that could be answered twice.
    access = found[0][3] if found else 0
    position = Position(generation=Generation(serials_taken + access), indexes=now)
    return Changes(position=position, projects=_projects(since, now, rows))


def _projects(
    since: Position | None, now: Mapping[IndexName, IndexPosition], rows: _Rows
) -> Set[NormalizedName] | None:
    moved = moved_indexes(since, now)
    if since is None or moved is None:
        return None
    named: set[NormalizedName] = set()
    for name in moved:
        wanted = {"called": name, "after": since.indexes[name].serial, "at_most": MOST_ENTRIES + 1}
        entries = rows(_PROJECTS_SINCE, wanted)
        if len(entries) > MOST_ENTRIES:
            return None
        named |= {normalize(DisplayName(project)) for (project,) in entries}
    return named


class SqlChangeSignal:
    """Asks the database each time; one query."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def generation(self) -> Generation:
        with self._connections.reading() as connection:
            return Generation(connection.execute(COMMITTED).scalar_one())

    def changes(self, since: Position | None) -> Changes:
        with self._connections.reading() as connection:
            return _changes(since, lambda query, values: connection.execute(query, values).all())

    def close(self) -> None:
        """Keep nothing open between two questions: there is nothing to close."""


_SQLITE = {
    each: each.compile(dialect=sqlite.dialect(paramstyle="named")) for each in (_POSITION, _PROJECTS_SINCE)
}


def _rows_of_sqlite(
    connection: sqlite3.Connection, query: Select[Any], values: Mapping[str, object]
) -> Sequence[Sequence[Any]]:
    compiled = _SQLITE[query]
    return connection.execute(str(compiled), {**compiled.params, **values}).fetchall()


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

    def changes(self, since: Position | None) -> Changes:
        with self._lock:
            try:
                connection = self._connection or self._connect()
                return _changes(since, partial(_rows_of_sqlite, connection))
            except sqlite3.Error as error:
                raise in_our_words(error) from error

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
