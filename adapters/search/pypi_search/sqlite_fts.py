"""Search in a SQLite file of its own, by its full-text index."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from pypi_core.domain.indexes import IndexName
from pypi_core.domain.names import NormalizedName
from pypi_core.ports.search import SearchDocument, SearchEngine, SearchQuery, SearchResults
from pypi_search.ranking import Candidate, Ranking
from pypi_search.sqlite_file import SqliteFile
from pypi_search.sqlite_statements import LAYOUT, Statements
from pypi_search.words import storable, words_of

# About so many of the matches are ranked, the rest follows in the order it was added: to rank all
# that match a common word would cost a hundred times as much.
_RANKED = 200
_MOST_WORDS = 10
# Of a description; what stands behind is more often a changelog than what somebody looks for.
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
        """Make a project findable, see `SearchEngine.put`."""
        summary, keywords = storable(document.summary), storable(" ".join(document.keywords))
        description = storable(document.description[:_LONGEST_DESCRIPTION])
        row = (document.name, document.display_name, storable(document.version), summary, keywords)

        def change(connection: sqlite3.Connection) -> None:
            (identifier,) = connection.execute(self._statements.put, row).fetchone()
            connection.execute(self._statements.remove_words, (identifier,))
            words = (identifier, document.name, keywords, summary, description)
            connection.execute(self._statements.put_words, words)

        self._file.write(change)

    def remove(self, name: NormalizedName) -> None:
        """Make a project unfindable, see `SearchEngine.remove`."""

        def change(connection: sqlite3.Connection) -> None:
            for identifier in connection.execute(self._statements.remove, (name,)).fetchall():
                connection.execute(self._statements.remove_words, identifier)

        self._file.write(change)

    def query(self, query: SearchQuery) -> SearchResults:
        """Find projects, see `SearchEngine.query`."""
        words = words_of(query.words)
        if query.words.strip() and not words:
            return SearchResults(hits=(), more=False)
        # One more than asked for tells whether others follow.
        wanted = query.limit + 1

        def find(connection: sqlite3.Connection) -> list[Candidate]:
            if not words:
                return _all(connection, self._statements.by_name, (wanted, query.offset))
            return self._best(connection, words, query.offset, wanted)

        found = self._file.read(find)
        return SearchResults(
            hits=tuple(each.as_hit() for each in found[: query.limit]), more=len(found) > query.limit
        )

    def close(self) -> None:
        """Let go of the file; the next call opens it again."""
        self._file.close()

    def _best(
        self, connection: sqlite3.Connection, words: list[str], offset: int, wanted: int
    ) -> list[Candidate]:
        expression = " ".join(f'"{word}"*' for word in words[:_MOST_WORDS])
        ranked = self._ranked(connection, words, expression)
        found = ranked[offset : offset + wanted]
        if len(found) < wanted and len(ranked) >= _RANKED:
            seen = json.dumps([each.identifier for each in ranked])
            rest = (expression, seen, wanted - len(found), max(0, offset - len(ranked)))
            found += _all(connection, self._statements.matches_beyond, rest)
        return found

    def _ranked(self, connection: sqlite3.Connection, words: list[str], expression: str) -> list[Candidate]:
        ranking = Ranking(words)
        # "~" comes after all characters of a normalised name.
        found = set(
            _all(connection, self._statements.names_between, (ranking.name, ranking.name + "~", _RANKED))
        )
        for where in (f"{{name}} : ({expression})", expression):
            # Those found by their names are the better ones: where there are many, no more are needed.
            if len(found) < _RANKED:
                found.update(_all(connection, self._statements.matches, (where, _RANKED)))
        return ranking.sorted(found)


def _all(connection: sqlite3.Connection, statement: str, values: tuple[object, ...]) -> list[Candidate]:
    return [Candidate(*row) for row in connection.execute(statement, values)]


if TYPE_CHECKING:
    _: type[SearchEngine] = SqliteFtsSearch
