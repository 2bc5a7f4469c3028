"""The tables of a search file and what is asked of them."""

from __future__ import annotations

import msgspec

from pypi_core.domain.indexes import IndexName, parse_index_name

LAYOUT = 1
"""Changes with the tables; a file of another layout is thrown away."""

_COLUMNS = "p.id, p.name, p.display_name, p.version, p.summary, p.keywords"


class Statements(msgspec.Struct, frozen=True, kw_only=True):
    """The statements for one index, which has two tables of its own: projects, and the words of each."""

    creation: str
    put: str
    put_words: str
    remove: str
    remove_words: str
    by_name: str
    names_between: str
    matches: str
    matches_beyond: str

    @classmethod
    def of(cls, index_name: IndexName) -> Statements:
        """Return the statements for the index of that name."""
        # Checked again because the name becomes part of the statements.
        name = parse_index_name(index_name)
        projects, words = f'"projects_{name}"', f'"words_{name}"'
        joined = f"{words} JOIN {projects} AS p ON p.id = {words}.rowid"
        found = f"SELECT {_COLUMNS} FROM {joined} WHERE {words} MATCH ?"
        return cls(
            creation=f"""
                CREATE TABLE IF NOT EXISTS {projects} (
                    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, display_name TEXT NOT NULL,
                    version TEXT NOT NULL, summary TEXT NOT NULL, keywords TEXT NOT NULL);
                CREATE VIRTUAL TABLE IF NOT EXISTS {words} USING fts5 (
                    name, keywords, summary, description,
                    tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3')
            """,
            put=f"""
                INSERT INTO {projects} (name, display_name, version, summary, keywords)
                VALUES (?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET display_name = excluded.display_name,
                version = excluded.version, summary = excluded.summary, keywords = excluded.keywords
                RETURNING id
            """,
            put_words=f"""
                INSERT INTO {words} (rowid, name, keywords, summary, description) VALUES (?, ?, ?, ?, ?)
            """,
            remove=f"DELETE FROM {projects} WHERE name = ? RETURNING id",
            remove_words=f"DELETE FROM {words} WHERE rowid = ?",
            by_name=f"SELECT {_COLUMNS} FROM {projects} AS p ORDER BY p.name LIMIT ? OFFSET ?",
            names_between=f"""
                SELECT {_COLUMNS} FROM {projects} AS p WHERE p.name >= ? AND p.name < ?
                ORDER BY p.name LIMIT ?
            """,
            # By row: the first matches are found without looking at the others.
            matches=f"{found} ORDER BY {words}.rowid LIMIT ?",
            matches_beyond=f"""
                {found} AND {words}.rowid NOT IN (SELECT value FROM json_each(?))
                ORDER BY {words}.rowid LIMIT ? OFFSET ?
            """,
        )
