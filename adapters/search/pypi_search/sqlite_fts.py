"""Search in a SQLite file of its own, by its full-text index."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from pypi_core.domain.indexes import IndexName
from pypi_core.domain.names import NormalizedName
from pypi_core.ports.search import SearchDocument, SearchEngine, SearchQuery, SearchResults
from pypi_search.expressions import Expression
from pypi_search.sqlite_file import SqliteFile
from pypi_search.sqlite_search import Search
from pypi_search.sqlite_statements import LAYOUT, Statements
from pypi_search.words import storable

# Of a description; what stands behind is more often a changelog than what people search for.
_LONGEST_DESCRIPTION = 100_000


class SqliteFtsSearch:
    """
    Search the projects of one index in the file at *path*, which other indexes may share.

    The file is made when it is first needed.  One that is damaged or of another layout is
    replaced by an empty one, which is logged: index all projects again then.  Several
    threads may use one object, and several processes one file.
    """

    def __init__(self, path: Path | str, index_name: IndexName) -> None:
        self._statements = Statements.of(index_name)
        self._file = SqliteFile(Path(path), self._statements.creation, LAYOUT)

    def put(self, document: SearchDocument) -> None:
        summary, keywords = storable(document.summary), storable(" ".join(document.keywords))
        updated = None if document.updated is None else int(document.updated.timestamp())
        row = (document.name, document.display_name, storable(document.version), summary, keywords, updated)
        texts = (document.description[:_LONGEST_DESCRIPTION], document.author, document.maintainer)
        words = (document.name, keywords, summary, *map(storable, (*texts, document.license)))
        carried = {storable(each) for each in document.classifiers}

        def change(connection: sqlite3.Connection) -> None:
            (identifier,) = connection.execute(self._statements.put, row).fetchone()
            self._forget_details(connection, identifier)
            connection.execute(self._statements.put_words, (identifier, *words))
            connection.executemany(self._statements.put_classifier, ((identifier, each) for each in carried))

        self._file.write(change)

    def remove(self, name: NormalizedName) -> None:

        def change(connection: sqlite3.Connection) -> None:
            for (identifier,) in connection.execute(self._statements.remove, (name,)).fetchall():
                self._forget_details(connection, identifier)

        self._file.write(change)

    def query(self, query: SearchQuery) -> SearchResults:
        expression = Expression(query)
        if expression.is_hopeless:
            return SearchResults(hits=(), more=False)

        def find(connection: sqlite3.Connection) -> SearchResults:
            return Search(connection, self._statements, query, expression).results()

        return self._file.read(find)

    def is_empty(self) -> bool:
        return self._file.read(
            lambda connection: connection.execute(self._statements.any_project).fetchone() is None
        )

    def close(self) -> None:
        """Let go of the file; the next call opens it again."""
        self._file.close()

    def _forget_details(self, connection: sqlite3.Connection, identifier: int) -> None:
        connection.execute(self._statements.remove_words, (identifier,))
        connection.execute(self._statements.remove_classifiers, (identifier,))


if TYPE_CHECKING:
    _: type[SearchEngine] = SqliteFtsSearch
