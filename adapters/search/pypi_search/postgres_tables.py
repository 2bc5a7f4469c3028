"""The tables of a search in PostgreSQL: which there are, putting projects in, and taking them out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from psycopg import Cursor

from pypi_core.domain.indexes import IndexName
from pypi_core.ports.search import SearchDocument
from pypi_search.documents import COLUMNS, POPULAR, Candidate, labels_of, stored_key
from pypi_search.tagged_words import tagged_words_of

LAYOUT: Final = 1
"""Changes with the tables; those of another layout are not looked at, and dropped with the next change."""

# Keys of advisory locks: any numbers that no other program uses.
_CREATING: Final = 0x70797071
_CHANGING: Final = 0x70797072

_ALL_COLUMNS: Final = (*COLUMNS, "key", "is_popular", "words", "labels")
_CREATION: Final = (
    """
    CREATE TABLE IF NOT EXISTS search_indexes (
        name text PRIMARY KEY, layout integer NOT NULL, current integer NOT NULL, filling integer)
    """,
    "CREATE SEQUENCE IF NOT EXISTS search_numbers AS integer",
)


class Registered(NamedTuple):
    """Which tables an index has, by their number; those being filled take the place of the current ones."""

    current: int
    filling: int | None


class PostgresTables:
    """
    The tables of one number, within a transaction.

    A project is a row of one table; the *popular* ones are in a partition of their own.  While it is being
    filled, another table has the projects that were put or removed meanwhile.
    """

    def __init__(self, cursor: Cursor, number: int, popular: int = POPULAR) -> None:
        self._cursor = cursor
        self._popular = popular
        self._number = number
        self.documents = f"search_documents_{number}"
        self._changed = f"search_changed_{number}"

    def create(self) -> None:
        """Make the tables, without what makes them quick to search."""
        columns = "name, display_name, version, summary, keywords, modules, key"
        texts = ", ".join(f'{each} text COLLATE "C" NOT NULL' for each in columns.split(", "))
        self._run(
            f"CREATE TABLE {self.documents} ({texts}, popularity bigint NOT NULL, updated bigint, "
            "is_popular boolean NOT NULL, words tsvector NOT NULL, labels text[] NOT NULL, "
            "PRIMARY KEY (name, is_popular)) PARTITION BY LIST (is_popular)",
            f"CREATE TABLE {self.documents}_popular PARTITION OF {self.documents} FOR VALUES IN (true)",
            f"CREATE TABLE {self.documents}_rest PARTITION OF {self.documents} FOR VALUES IN (false)",
            f"CREATE TABLE {self._changed} (name text PRIMARY KEY)",
        )

    def drop(self) -> None:
        self._run(f"DROP TABLE IF EXISTS {self.documents}, {self._changed}")

    def settle(self) -> None:
        """Put the most popular projects where they are searched first, and index all."""
        # Whoever changed a project while it moves would miss it, and leave the old one beside the new.
        self._let_nobody_note_changes()
        columns = ", ".join(each for each in _ALL_COLUMNS if each != "is_popular")
        # What was put meanwhile may be in the other partition: count it again.
        self._run(f"UPDATE {self.documents} SET is_popular = false WHERE is_popular")
        last = self._last(f"{self.documents}_rest")
        # A comparison, which needs one look at each row, whatever is known of the table by now.
        popular = "true" if last is None else "popularity > %s OR popularity = %s AND name <= %s"
        self._cursor.execute(
            f"WITH moved AS (DELETE FROM {self.documents}_rest WHERE {popular} RETURNING *) "
            f"INSERT INTO {self.documents} ({columns}, is_popular) SELECT {columns}, true FROM moved",
            None if last is None else (last[0], *last),
        )
        self.index()
        self._run(f"ANALYZE {self.documents}")

    def index(self) -> None:
        """Make the tables quick to search."""
        self._run(
            f"CREATE INDEX ON {self.documents} (key)",
            f"CREATE INDEX ON {self.documents} (popularity DESC, name)",
            f"CREATE INDEX ON {self.documents} (updated DESC NULLS LAST, name)",
            f"CREATE INDEX ON {self.documents} USING gin (words) WITH (fastupdate = off)",
        )

    def put(self, document: SearchDocument) -> None:
        self._lock(document.name)
        self._delete(document.name)
        stored = Candidate.of(document)
        last = self._last(f"{self.documents}_popular")
        is_popular = last is None or (-stored.popularity, stored.name) < (-last[0], last[1])
        places = ", ".join(["%s"] * len(COLUMNS))
        self._cursor.execute(
            f"INSERT INTO {self.documents} ({', '.join(_ALL_COLUMNS)}) "
            f"VALUES ({places}, %s, %s, array_to_tsvector(%s::text[]), %s::text[])",
            (*stored, stored_key(document), is_popular, tagged_words_of(document), labels_of(document)),
        )
        if last is not None and is_popular:
            self._cursor.execute(
                f"UPDATE {self.documents} SET is_popular = false WHERE name = %s AND is_popular", (last[1],)
            )

    def remove(self, name: str) -> None:
        self._lock(name)
        self._delete(name)

    def note_change(self, name: str) -> None:
        """Let nothing that is added later replace what is known of a project now."""
        self._cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", (_CHANGING, self._number))
        self._cursor.execute(f"INSERT INTO {self._changed} VALUES (%s) ON CONFLICT DO NOTHING", (name,))

    def add(self, documents: Iterable[SearchDocument]) -> None:
        """Add projects that are not there, unless they have changed; `settle` makes them quick to find."""
        # Nobody notes a change before what is added now is there.
        self._let_nobody_note_changes()
        changed = {name for (name,) in self._cursor.execute(f"SELECT name FROM {self._changed}")}
        copying = f"COPY {self.documents}_rest ({', '.join(_ALL_COLUMNS)}) FROM STDIN"
        with self._cursor.copy(copying) as copy:
            for each in documents:
                if each.name not in changed:
                    words = " ".join(f"'{word}'" for word in tagged_words_of(each))
                    copy.write_row((*Candidate.of(each), stored_key(each), False, words, labels_of(each)))

    def _let_nobody_note_changes(self) -> None:
        """Wait for those that change something, and let others wait for the end of this transaction."""
        self._cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", (_CHANGING, self._number))

    def _delete(self, name: str) -> None:
        self._cursor.execute(f"DELETE FROM {self.documents} WHERE name = %s", (name,))

    def _lock(self, name: str) -> None:
        """Let nobody else put or remove the project of that name before this transaction ends."""
        self._cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", (name, self._number))

    def _last(self, table: str) -> tuple[int, str] | None:
        """Return the last of those projects of a table that may be popular, if there are so many."""
        return self._cursor.execute(
            f"SELECT popularity, name FROM {table} "
            f"ORDER BY popularity DESC, name LIMIT 1 OFFSET {self._popular - 1}"
        ).fetchone()

    def _run(self, *statements: str) -> None:
        for each in statements:
            self._cursor.execute(each)


class PostgresRegistry:
    """Which tables an index has, within a transaction."""

    def __init__(self, cursor: Cursor, index_name: IndexName) -> None:
        self._cursor = cursor
        self._name = index_name

    def find(self) -> Registered | None:
        """Return the tables of the index, ``None`` where it has none."""
        if self._cursor.execute("SELECT to_regclass('search_indexes')").fetchone() == (None,):
            return None
        return self._row(
            "SELECT current, filling FROM search_indexes WHERE name = %s AND layout = %s", LAYOUT
        )

    def get(self) -> Registered:
        """Return the tables of the index, and make them if there are none."""
        if found := self.find():
            return found
        self._create()
        # Somebody else may have made them meanwhile.
        if found := self.find():
            return found
        self._drop_other_layout()
        number = self._next_number()
        tables = PostgresTables(self._cursor, number)
        tables.create()
        tables.index()
        self._cursor.execute(
            "INSERT INTO search_indexes (name, layout, current) VALUES (%s, %s, %s)",
            (self._name, LAYOUT, number),
        )
        return Registered(number, None)

    def begin_filling(self) -> int:
        """Make tables to be filled; others that were being filled are dropped."""
        _current, abandoned = self.get()
        self._create()
        number = self._next_number()
        if abandoned is not None:
            PostgresTables(self._cursor, abandoned).drop()
        PostgresTables(self._cursor, number).create()
        self._cursor.execute("UPDATE search_indexes SET filling = %s WHERE name = %s", (number, self._name))
        return number

    def end_filling(self, *, is_complete: bool) -> None:
        """Let the tables that are being filled take the place of the current ones, or drop them."""
        current, filling = self.get()
        if filling is None:
            return
        PostgresTables(self._cursor, current if is_complete else filling).drop()
        kept = filling if is_complete else current
        self._cursor.execute(
            "UPDATE search_indexes SET current = %s, filling = NULL WHERE name = %s", (kept, self._name)
        )

    def _create(self) -> None:
        """Make what is not there yet, and let no other process do so before this transaction ends."""
        self._cursor.execute("SELECT pg_advisory_xact_lock(%s)", (_CREATING,))
        for each in _CREATION:
            self._cursor.execute(each)

    def _drop_other_layout(self) -> None:
        old = self._row("DELETE FROM search_indexes WHERE name = %s RETURNING current, filling")
        for number in old or ():
            if number is not None:
                PostgresTables(self._cursor, number).drop()

    def _next_number(self) -> int:
        [(number,)] = self._cursor.execute("SELECT nextval('search_numbers')").fetchall()
        return int(number)

    def _row(self, statement: str, *values: object) -> Registered | None:
        row = self._cursor.execute(statement, (self._name, *values)).fetchone()
        return None if row is None else Registered(*row)
