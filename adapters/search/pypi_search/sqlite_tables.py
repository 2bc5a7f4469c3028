"""One set of tables in a search file: putting projects in, and taking them out."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable
from typing import Final

from pypi_core.ports.search import SearchDocument
from pypi_search.documents import POPULAR, Candidate, labels_of, stored_key, words_by_field
from pypi_search.sqlite_statements import TEXTS, Statements
from pypi_search.tagged_words import token_of

# The ids of projects begin with how popular they are, so that they come in that order.
_LEVELS: Final = 512
_LEVELS_A_DOUBLING: Final = 10
_ROOM: Final = 1 << 44


class SqliteTables:
    """The tables of one number, within a transaction; *popular* projects are searched first."""

    def __init__(self, connection: sqlite3.Connection, number: int, popular: int = POPULAR) -> None:
        self._connection = connection
        self._popular = popular
        self._statements = Statements(number)

    def create(self) -> None:
        self._run(self._statements.creation)

    def drop(self) -> None:
        self._run(self._statements.dropping)

    def put(self, document: SearchDocument) -> None:
        self.remove(document.name)
        identifier = self._new_identifier(document)
        last = self._last_popular()
        popular, rest = self._statements.popular, self._statements.rest
        self._add([(identifier, document)], popular if last is None or identifier < last else rest)
        if last is not None and identifier < last:
            self._run(self._statements.move_words(popular, rest, str(last)))

    def remove(self, name: str) -> None:
        statements = self._statements
        for (identifier,) in self._connection.execute(statements.remove, (name,)).fetchall():
            for table in (statements.staged, statements.popular, statements.rest, statements.labels):
                self._connection.execute(statements.remove_from(table), (identifier,))

    def note_change(self, name: str) -> None:
        """Let nothing that is added later replace what is known of a project now."""
        self._connection.execute(f"INSERT OR IGNORE INTO {self._statements.changed} VALUES (?)", (name,))

    def add(self, documents: Iterable[SearchDocument]) -> None:
        """Add projects that are not there, unless they have changed; `settle` makes them findable."""
        rows = self._connection.execute(f"SELECT name FROM {self._statements.changed}")
        changed = {name for (name,) in rows}
        taken: dict[int, int] = {}
        new = []
        for each in documents:
            if each.name not in changed:
                level = _level(each)
                taken[level] = identifier = taken.get(level, self._new_identifier(each) - 1) + 1
                new.append((identifier, each))
        self._add(new, self._statements.staged)

    def settle(self, most: int) -> bool:
        """Make up to *most* of the projects that were added findable, and return whether there are others."""
        # In the order of their ids: for one that comes before the last, the full-text index begins anew.
        last = self._last_popular()
        for table, condition in (
            (self._statements.popular, "true" if last is None else f"rowid <= {last}"),
            (self._statements.rest, "true"),
        ):
            select = (
                f"SELECT rowid FROM {self._statements.staged} WHERE {condition} ORDER BY rowid LIMIT {most}"
            )
            if self._connection.execute(select).fetchone():
                self._run(self._statements.move_words(self._statements.staged, table, select))
                return True
        return False

    def _add(self, documents: Iterable[tuple[int, SearchDocument]], table: str) -> None:
        rows, words, labels = [], [], []
        for identifier, each in documents:
            rows.append((identifier, *Candidate.of(each), stored_key(each)))
            by_field, carried = words_by_field(each), labels_of(each)
            texts = [" ".join(by_field[field]) for field in TEXTS]
            words.append((identifier, *texts, " ".join(map(token_of, carried))))
            labels += [(identifier, label) for label in carried]
        self._connection.executemany(self._statements.put, rows)
        self._connection.executemany(self._statements.put_words(table), words)
        self._connection.executemany(self._statements.put_label, labels)

    def _new_identifier(self, document: SearchDocument) -> int:
        first = _level(document) * _ROOM
        (last,) = self._connection.execute(self._statements.last_id, (first, first + _ROOM)).fetchone()
        return first if last is None else last + 1

    def _last_popular(self) -> int | None:
        """Return the last of the popular projects if no more may be."""
        statement = f"{self._statements.most_popular(1)} OFFSET {self._popular - 1}"
        row = self._connection.execute(statement).fetchone()
        return None if row is None else row[0]

    def _run(self, statements: Iterable[str]) -> None:
        for each in statements:
            self._connection.execute(each)


def _level(document: SearchDocument) -> int:
    popularity = Candidate.of(document).popularity
    return _LEVELS - round(_LEVELS_A_DOUBLING * math.log2(1 + popularity))
