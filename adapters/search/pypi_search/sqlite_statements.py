"""The tables of a search file and what is asked of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from pypi_core.ports.search import SearchField
from pypi_search.asked import Asked
from pypi_search.documents import COLUMNS, KEY, MODULES, fields_of_words, places_of
from pypi_search.tagged_words import token_of

LAYOUT: Final = 3
"""Changes with the tables; a file of another layout is thrown away."""

REGISTRY: Final = """
    CREATE TABLE IF NOT EXISTS indexes (
        name TEXT PRIMARY KEY, current INTEGER NOT NULL, filling INTEGER) WITHOUT ROWID
"""
"""Which tables an index has, by their number; those that are being filled take the place of the current."""

TEXTS: Final = (
    SearchField.NAME, KEY, MODULES, SearchField.KEYWORDS, SearchField.SUMMARY, SearchField.DESCRIPTION,
    SearchField.AUTHOR, SearchField.MAINTAINER, SearchField.LICENSE,
)  # fmt: skip
"""The columns with words; that of the labels comes after them."""

_FTS_COLUMNS: Final = ", ".join((*TEXTS, "labels"))
_SELECTED: Final = ", ".join(f"p.{each}" for each in COLUMNS)
_PLACES: Final = ", ".join("?" * (len(COLUMNS) + 2))
_WORD_PLACES: Final = ", ".join("?" * (len(TEXTS) + 2))


class Statements:
    """
    The statements for one set of tables.

    A project is a row of ``documents``, whose ids come in the order of popularity.  Its words are a row of
    ``popular`` or of ``rest``, its labels are in ``labels``, and in the words as `token_of` spells them.
    While the tables are being filled, ``staged`` has words that nothing finds yet, and ``changed`` the
    projects that were put or removed meanwhile.
    """

    def __init__(self, number: int) -> None:
        self.documents = f"documents_{number}"
        self.popular = f"popular_{number}"
        self.rest = f"rest_{number}"
        self.labels = f"labels_{number}"
        self.staged = f"staged_{number}"
        self.changed = f"changed_{number}"

    @property
    def creation(self) -> Sequence[str]:
        """Make the tables."""
        words = (
            f"CREATE VIRTUAL TABLE {{}} USING fts5 ({_FTS_COLUMNS}, "
            "tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3', detail = column)"
        )
        documents = f"""
            CREATE TABLE {self.documents} (
                id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, display_name TEXT NOT NULL,
                version TEXT NOT NULL, summary TEXT NOT NULL, keywords TEXT NOT NULL, modules TEXT NOT NULL,
                popularity INTEGER NOT NULL, updated INTEGER, key TEXT NOT NULL)
        """
        labels = "(project INTEGER, label TEXT, PRIMARY KEY (project, label)) WITHOUT ROWID"
        return (
            documents,
            f"CREATE INDEX {self.documents}_by_key ON {self.documents} (key)",
            f"CREATE INDEX {self.documents}_by_updated ON {self.documents} (updated DESC, name)",
            words.format(self.popular),
            words.format(self.rest),
            f"CREATE TABLE {self.labels} {labels}",
            f"CREATE TABLE {self.staged} ({_FTS_COLUMNS})",
            f"CREATE TABLE {self.changed} (name TEXT PRIMARY KEY) WITHOUT ROWID",
        )

    @property
    def dropping(self) -> Sequence[str]:
        """Drop the tables."""
        tables = (self.documents, self.popular, self.rest, self.labels, self.staged, self.changed)
        return [f"DROP TABLE IF EXISTS {each}" for each in tables]

    @property
    def put(self) -> str:
        return f"INSERT INTO {self.documents} (id, {', '.join(COLUMNS)}, key) VALUES ({_PLACES})"

    def put_words(self, table: str) -> str:
        return f"INSERT INTO {table} (rowid, {_FTS_COLUMNS}) VALUES ({_WORD_PLACES})"

    def move_words(self, source: str, target: str, which: str) -> Sequence[str]:
        """Move the words of projects from one table to the other; *which* selects their ids."""
        selected = f"SELECT rowid, {_FTS_COLUMNS} FROM {source} WHERE rowid IN ({which}) ORDER BY rowid"
        return (
            f"INSERT INTO {target} (rowid, {_FTS_COLUMNS}) {selected}",
            f"DELETE FROM {source} WHERE rowid IN ({which})",
        )

    def most_popular(self, limit: int) -> str:
        """Select the ids of the most popular projects."""
        return f"SELECT id FROM {self.documents} ORDER BY id LIMIT {limit}"

    @property
    def put_label(self) -> str:
        return f"INSERT INTO {self.labels} (project, label) VALUES (?, ?)"

    @property
    def last_id(self) -> str:
        """Find the highest id in a range: first, end."""
        return f"SELECT max(id) FROM {self.documents} WHERE id >= ? AND id < ?"

    @property
    def remove(self) -> str:
        """Remove a project and return its id."""
        return f"DELETE FROM {self.documents} WHERE name = ? RETURNING id"

    def remove_from(self, table: str) -> str:
        return f"DELETE FROM {table} WHERE {'project' if table == self.labels else 'rowid'} = ?"

    def found(self, table: str, *, more: str = "") -> str:
        """Find projects that match, the most popular first: match, and what *more* takes."""
        # By row: the first matches are found without looking at the others.
        return f"""
            SELECT {_SELECTED} FROM {table} CROSS JOIN {self.documents} AS p ON p.id = {table}.rowid
            WHERE {table} MATCH ? {more} ORDER BY {table}.rowid LIMIT ?
        """

    @property
    def count_popular(self) -> str:
        """Count popular projects that match: match, limit."""
        return f"SELECT count(*) FROM (SELECT 1 FROM {self.popular} WHERE {self.popular} MATCH ? LIMIT ?)"

    def having(self, fields: Iterable[SearchField], count: int) -> str:
        """Return the condition that as many patterns match the words of a project in *fields*."""
        text = " || ' ' || ".join(f"{self.rest}.{each}" for each in fields_of_words(fields))
        return f" AND ' ' || {text} LIKE ?" * count

    def ids_found(self, table: str) -> str:
        """Find the ids of projects that match: match."""
        return f"SELECT rowid FROM {table} WHERE {table} MATCH ? ORDER BY rowid"

    def ordered(self, order: str, among: str = "true") -> str:
        """Return projects in an order of their own: what *among* takes, limit, offset."""
        return f"""
            SELECT {_SELECTED} FROM {self.documents} AS p WHERE {among} ORDER BY {order} LIMIT ? OFFSET ?
        """

    def keyed(self, *, is_conditional: bool) -> str:
        """Find projects by an array of keys: array, the match twice if it is conditional, limit."""
        matching = " OR ".join(
            f"EXISTS (SELECT 1 FROM {each} WHERE rowid = p.id AND {each} MATCH ?)"
            for each in (self.popular, self.rest)
        )
        condition = f" AND ({matching})" if is_conditional else ""
        return f"""
            SELECT {_SELECTED} FROM json_each(?) AS asked
            CROSS JOIN {self.documents} AS p ON p.key = asked.value{condition} ORDER BY p.id LIMIT ?
        """

    @property
    def ids_of_names(self) -> str:
        return f"SELECT id FROM {self.documents} WHERE name IN (SELECT value FROM json_each(?))"

    @property
    def label_counts(self) -> str:
        """Count the labels of an array of projects."""
        return f"""
            SELECT label, count(*) FROM {self.labels} WHERE project IN (SELECT value FROM json_each(?))
            GROUP BY label
        """


def expression(
    asked: Asked, fields: Iterable[SearchField] | None = None, words: Sequence[str] | None = None
) -> str:
    """
    Return what SQLite's full-text index is asked for; empty where any project will do.

    The words, all unless some of them are given, have to be in *fields*; without fields the expression is
    what else a project has to fulfil.
    """
    words = asked.words if words is None else words
    parts = [f"{_columns(places_of(field))} : ({_all(wanted)})" for field, wanted in asked.fields.items()]
    parts += [f'labels : "{token_of(each)}"' for each in asked.labels]
    if fields is not None and words:
        parts.append(f"{_columns(fields_of_words(fields))} : ({_all(words)})")
    return " AND ".join(parts)


def _columns(names: Iterable[str]) -> str:
    return f"{{{' '.join(names)}}}"


def _all(words: Iterable[str]) -> str:
    return " ".join(f'"{word}"*' for word in words)
