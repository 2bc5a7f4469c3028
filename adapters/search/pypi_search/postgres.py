"""Search in PostgreSQL, by its full-text index."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from psycopg import Cursor

from pypi_core.domain.indexes import IndexName, parse_index_name
from pypi_core.domain.names import NormalizedName
from pypi_core.errors import Unavailable
from pypi_core.ports.search import SearchDocument, SearchEngine, SearchQuery, SearchResults
from pypi_search.asked import Asked
from pypi_search.documents import ANOTHER_FILLING, POPULAR
from pypi_search.postgres_connections import PostgresConnections
from pypi_search.postgres_matches import PostgresMatches
from pypi_search.postgres_tables import PostgresRegistry, PostgresTables
from pypi_search.searching import Search, nothing_found

_log = logging.getLogger(__name__)


class PostgresSearch:
    """
    Search the projects of one index in tables of its own, in a database.

    The tables are made when something is first put.  Several threads may use one object, and several
    processes one database.
    """

    def __init__(
        self, connections: PostgresConnections, index_name: IndexName, *, popular: int = POPULAR
    ) -> None:
        self._popular = popular
        self._connections = connections
        self._name = parse_index_name(index_name)

    def put(self, document: SearchDocument) -> None:
        self._change(document.name, lambda tables: tables.put(document))

    def remove(self, name: NormalizedName) -> None:
        self._change(name, lambda tables: tables.remove(name))

    def query(self, query: SearchQuery) -> SearchResults:
        asked = Asked(query)

        def find(cursor: Cursor) -> SearchResults:
            registered = PostgresRegistry(cursor, self._name).find()
            if asked.is_hopeless or registered is None:
                return nothing_found(query)
            documents = PostgresTables(cursor, registered.current).documents
            return Search(query, asked, PostgresMatches(cursor, documents, asked)).results()

        return self._connections.run(find)

    def is_empty(self) -> bool:

        def look(cursor: Cursor) -> bool:
            registered = PostgresRegistry(cursor, self._name).find()
            if registered is None:
                return True
            documents = PostgresTables(cursor, registered.current).documents
            return cursor.execute(f"SELECT 1 FROM {documents} LIMIT 1").fetchone() is None

        return self._connections.run(look)

    @contextmanager
    def filling(self) -> Iterator[PostgresFilling]:
        number = self._connections.run(lambda cursor: PostgresRegistry(cursor, self._name).begin_filling())
        filling = PostgresFilling(self._connections.run, self._name, number, self._popular)
        try:
            yield filling
            filling.finish()
        except BaseException:
            filling.give_up()
            raise

    def _change(self, name: str, change: Callable[[PostgresTables], None]) -> None:

        def change_all(cursor: Cursor) -> None:
            current, filling = PostgresRegistry(cursor, self._name).get()
            change(PostgresTables(cursor, current, self._popular))
            if filling is not None:
                tables = PostgresTables(cursor, filling, self._popular)
                tables.note_change(name)
                change(tables)

        self._connections.run(change_all)


class PostgresFilling:
    """Tables that are being filled; *run* carries out a transaction."""

    def __init__(
        self, run: Callable[[Callable[[Cursor], None]], None], name: IndexName, number: int, popular: int
    ) -> None:
        self._run = run
        self._popular = popular
        self._name = name
        self._number = number

    def add(self, documents: Sequence[SearchDocument]) -> None:

        def change(cursor: Cursor) -> None:
            self._require(cursor)
            PostgresTables(cursor, self._number).add(documents)

        self._run(change)

    def finish(self) -> None:
        """Let the tables take the place of the current ones."""

        def change(cursor: Cursor) -> None:
            self._require(cursor)
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
            PostgresTables(cursor, self._number, self._popular).settle()

        self._run(change)
        self._run(lambda cursor: self._end(cursor, is_complete=True))

    def give_up(self) -> None:
        """Drop the tables, unless another filling did or the database does not answer."""
        try:
            self._run(lambda cursor: self._end(cursor, is_complete=False))
        except Unavailable:
            _log.warning("The search of %s was not filled; the next filling tidies up.", self._name)

    def _end(self, cursor: Cursor, *, is_complete: bool) -> None:
        registry = PostgresRegistry(cursor, self._name)
        if registry.get().filling == self._number:
            registry.end_filling(is_complete=is_complete)
        elif is_complete:
            raise Unavailable(ANOTHER_FILLING)

    def _require(self, cursor: Cursor) -> None:
        if PostgresRegistry(cursor, self._name).get().filling != self._number:
            raise Unavailable(ANOTHER_FILLING)


if TYPE_CHECKING:
    _: type[SearchEngine] = PostgresSearch
