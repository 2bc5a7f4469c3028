"""The tables of a search file and what is asked of them."""

from __future__ import annotations

import msgspec

from pypi_core.domain.indexes import IndexName, parse_index_name

LAYOUT = 2
"""Changes with the tables; a file of another layout is thrown away."""

_COLUMNS = "p.id, p.name, p.display_name, p.version, p.summary, p.keywords, p.updated"
_MOST_SORTED = 10_000
_MOST_COUNTED = 1000
_MOST_FACETS = 50


class Statements(msgspec.Struct, frozen=True, kw_only=True):
    """
    The statements for one index, which has three tables of its own.

    They are projects, the words of each, and their classifiers.
    """

    projects: str
    words: str
    classifiers: str

    @classmethod
    def of(cls, index_name: IndexName) -> Statements:
        """Return the statements for the index of that name."""
        # Checked again because the name becomes part of the statements.
        name = parse_index_name(index_name)
        return cls(
            projects=f'"projects_{name}"', words=f'"words_{name}"', classifiers=f'"classifiers_{name}"'
        )

    @property
    def creation(self) -> str:
        return f"""
            CREATE TABLE IF NOT EXISTS {self.projects} (
                id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, display_name TEXT NOT NULL,
                version TEXT NOT NULL, summary TEXT NOT NULL, keywords TEXT NOT NULL, updated INTEGER);
            CREATE VIRTUAL TABLE IF NOT EXISTS {self.words} USING fts5 (
                name, keywords, summary, description, author, maintainer, license,
                tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3');
            CREATE TABLE IF NOT EXISTS {self.classifiers} (
                classifier TEXT NOT NULL, project INTEGER NOT NULL,
                PRIMARY KEY (project, classifier)) WITHOUT ROWID;
            CREATE INDEX IF NOT EXISTS {self.classifiers[:-1]}_by_name" ON {self.classifiers} (classifier)
        """

    @property
    def put(self) -> str:
        return f"""
            INSERT INTO {self.projects} (name, display_name, version, summary, keywords, updated)
            VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET display_name = excluded.display_name,
            version = excluded.version, summary = excluded.summary, keywords = excluded.keywords,
            updated = excluded.updated RETURNING id
        """

    @property
    def put_words(self) -> str:
        return f"""
            INSERT INTO {self.words}
                (rowid, name, keywords, summary, description, author, maintainer, license)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """

    @property
    def put_classifier(self) -> str:
        return f"INSERT INTO {self.classifiers} (project, classifier) VALUES (?, ?)"

    @property
    def remove(self) -> str:
        """Remove a project and return its id."""
        return f"DELETE FROM {self.projects} WHERE name = ? RETURNING id"

    @property
    def remove_words(self) -> str:
        return f"DELETE FROM {self.words} WHERE rowid = ?"

    @property
    def remove_classifiers(self) -> str:
        return f"DELETE FROM {self.classifiers} WHERE project = ?"

    @property
    def any_project(self) -> str:
        """Return a row if there is any project."""
        return f"SELECT 1 FROM {self.projects} LIMIT 1"

    def carrying(self, how_many: int) -> str:
        """Return the condition that a project ``p`` carries as many classifiers as are given."""
        each = f" AND p.id IN (SELECT project FROM {self.classifiers} WHERE classifier = ?)"
        return each * how_many

    def names_between(self, condition: str) -> str:
        """Find projects that match, by a stretch of names: first name, end, match, condition, limit."""
        # CROSS: few names lie there, however many projects match.
        return f"""
            SELECT {_COLUMNS} FROM {self.projects} AS p CROSS JOIN {self.words} ON {self.words}.rowid = p.id
            WHERE p.name >= ? AND p.name < ? AND {self.words} MATCH ?{condition} ORDER BY p.name LIMIT ?
        """

    def matches(self, condition: str) -> str:
        """Find projects that match: match, condition, limit."""
        # By row: the first matches are found without looking at the others.
        return f"{self._found(condition)} ORDER BY {self.words}.rowid LIMIT ?"

    def matches_beyond(self, condition: str) -> str:
        """Find projects that match but those in an array: match, condition, array, limit, offset."""
        return f"""
            {self._found(condition)} AND {self.words}.rowid NOT IN (SELECT value FROM json_each(?))
            ORDER BY {self.words}.rowid LIMIT ? OFFSET ?
        """

    def sorted(self, condition: str, *, matching: bool, by_update: bool) -> str:
        """Find projects in an order of their own: the match if *matching*, condition, limit, offset."""
        order = "p.updated DESC, p.name" if by_update else "p.name"
        if matching:
            return f"""
                SELECT {_COLUMNS} FROM ({self._found(condition)} LIMIT {_MOST_SORTED}) AS p
                ORDER BY {order} LIMIT ? OFFSET ?
            """
        return f"""
            SELECT {_COLUMNS} FROM {self.projects} AS p WHERE true{condition}
            ORDER BY {order} LIMIT ? OFFSET ?
        """

    def facets(self, condition: str, *, matching: bool) -> str:
        """Count the classifiers of projects: the match if *matching*, condition."""
        inner = (
            f"SELECT id FROM ({self._found(condition)} LIMIT {_MOST_COUNTED})"
            if matching
            else f"SELECT p.id FROM {self.projects} AS p WHERE true{condition} LIMIT {_MOST_COUNTED}"
        )
        return f"""
            SELECT classifier, count(*) FROM {self.classifiers} WHERE project IN ({inner})
            GROUP BY classifier ORDER BY count(*) DESC, classifier LIMIT {_MOST_FACETS}
        """

    def _found(self, condition: str) -> str:
        return f"""
            SELECT {_COLUMNS} FROM {self.words} JOIN {self.projects} AS p ON p.id = {self.words}.rowid
            WHERE {self.words} MATCH ?{condition}
        """
