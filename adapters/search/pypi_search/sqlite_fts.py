"""Search in a SQLite file of its own, by its full-text index."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pypi_core.domain.indexes import IndexName, parse_index_name
from pypi_core.domain.names import NormalizedName
from pypi_core.errors import Unavailable
from pypi_core.ports.search import SearchDocument, SearchEngine, SearchQuery, SearchResults
from pypi_search.asked import Asked
from pypi_search.documents import ANOTHER_FILLING, POPULAR
from pypi_search.searching import Search, nothing_found
from pypi_search.sqlite_file import SqliteFile
from pypi_search.sqlite_matches import SqliteMatches
from pypi_search.sqlite_statements import LAYOUT, REGISTRY, Statements
from pypi_search.sqlite_tables import SqliteTables

_AT_ONCE = 5000


class SqliteFtsSearch:
    """
    Search the projects of one index in the file at *path*, which other indexes may share.

    The file is made when it is first needed.  One that is damaged or of another layout is
    replaced by an empty one, which is logged: index all projects again then.  Several
    threads may use one object, and several processes one file.  The *popular* projects are searched first.
    """

    def __init__(self, path: Path | str, index_name: IndexName, *, popular: int = POPULAR) -> None:
        self._name = parse_index_name(index_name)
        self._popular = popular
        self._file = SqliteFile(Path(path), REGISTRY, LAYOUT)

    def put(self, document: SearchDocument) -> None:

        def change(connection: sqlite3.Connection) -> None:
            for tables in self._tables_to_change(connection, document.name):
                tables.put(document)

        self._file.write(change)

    def remove(self, name: NormalizedName) -> None:

        def change(connection: sqlite3.Connection) -> None:
            for tables in self._tables_to_change(connection, name):
                tables.remove(name)

        self._file.write(change)

    def query(self, query: SearchQuery) -> SearchResults:
        asked = Asked(query)

        def find(connection: sqlite3.Connection) -> SearchResults:
            registered = self._registered(connection)
            if asked.is_hopeless or registered is None:
                return nothing_found(query)
            matches = SqliteMatches(connection, Statements(registered.current), asked)
            return Search(query, asked, matches).results()

        return self._file.read(find)

    def is_empty(self) -> bool:

        def look(connection: sqlite3.Connection) -> bool:
            registered = self._registered(connection)
            if registered is None:
                return True
            any_project = Statements(registered.current).most_popular(1)
            return connection.execute(any_project).fetchone() is None

        return self._file.read(look)

    @contextmanager
    def filling(self) -> Iterator[SqliteFilling]:
        filling = SqliteFilling(self._file, self._name, self._file.write(self._begin), self._popular)
        try:
            yield filling
            filling.finish()
        except BaseException:
            filling.give_up()
            raise

    def close(self) -> None:
        """Let go of the file; the next call opens it again."""
        self._file.close()

    def _registered(self, connection: sqlite3.Connection) -> _Registered | None:
        return _registered(connection, self._name)

    def _tables_to_change(self, connection: sqlite3.Connection, name: str) -> Iterator[SqliteTables]:
        current, filling = self._registered(connection) or self._register(connection)
        yield SqliteTables(connection, current, self._popular)
        if filling is not None:
            tables = SqliteTables(connection, filling, self._popular)
            tables.note_change(name)
            yield tables

    def _register(self, connection: sqlite3.Connection) -> _Registered:
        number = _next_number(connection)
        SqliteTables(connection, number).create()
        connection.execute("INSERT INTO indexes (name, current) VALUES (?, ?)", (self._name, number))
        return _Registered(number, None)

    def _begin(self, connection: sqlite3.Connection) -> int:
        _current, abandoned = self._registered(connection) or self._register(connection)
        number = _next_number(connection)
        if abandoned is not None:
            SqliteTables(connection, abandoned).drop()
        SqliteTables(connection, number).create()
        connection.execute("UPDATE indexes SET filling = ? WHERE name = ?", (number, self._name))
        return number


class SqliteFilling:
    """Tables that are being filled."""

    def __init__(self, file: SqliteFile, name: IndexName, number: int, popular: int) -> None:
        self._popular = popular
        self._file = file
        self._name = name
        self._number = number

    def add(self, documents: Sequence[SearchDocument]) -> None:

        def change(connection: sqlite3.Connection) -> None:
            self._require(connection)
            SqliteTables(connection, self._number).add(documents)

        self._file.write(change)

    def finish(self) -> None:
        """Let the tables take the place of the current ones."""

        def settle(connection: sqlite3.Connection) -> bool:
            self._require(connection)
            return SqliteTables(connection, self._number, self._popular).settle(_AT_ONCE)

        def change(connection: sqlite3.Connection) -> None:
            old = self._require(connection).current
            SqliteTables(connection, old).drop()
            connection.execute(
                "UPDATE indexes SET current = filling, filling = NULL WHERE name = ?", (self._name,)
            )

        # One by one, so that others get to write in between.
        while self._file.write(settle):
            pass
        self._file.write(change)

    def give_up(self) -> None:
        """Drop the tables, unless another filling did."""

        def change(connection: sqlite3.Connection) -> None:
            registered = _registered(connection, self._name)
            if registered is not None and registered.filling == self._number:
                SqliteTables(connection, self._number).drop()
                connection.execute("UPDATE indexes SET filling = NULL WHERE name = ?", (self._name,))

        self._file.write(change)

    def _require(self, connection: sqlite3.Connection) -> _Registered:
        registered = _registered(connection, self._name)
        if registered is None or registered.filling != self._number:
            raise Unavailable(ANOTHER_FILLING)
        return registered


class _Registered(NamedTuple):
    current: int
    filling: int | None


def _registered(connection: sqlite3.Connection, name: IndexName) -> _Registered | None:
    row = connection.execute("SELECT current, filling FROM indexes WHERE name = ?", (name,)).fetchone()
    return row and _Registered(*row)


def _next_number(connection: sqlite3.Connection) -> int:
    numbers = "SELECT current FROM indexes UNION ALL SELECT coalesce(filling, 0) FROM indexes"
    (highest,) = connection.execute(f"SELECT max(current) FROM ({numbers})").fetchone()
    return (highest or 0) + 1


if TYPE_CHECKING:
    _: type[SearchEngine] = SqliteFtsSearch
