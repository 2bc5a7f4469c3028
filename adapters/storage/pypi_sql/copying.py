"""All rows of one database into another, of whatever kind either is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Column, Connection, Table, delete, func, insert, select, text

from pypi_core.errors import Unavailable
from pypi_sql import closing, postgresql_server
from pypi_sql.engine import Connections, commit
from pypi_sql.migrations.run import check_foreign_keys
from pypi_sql.tables import metadata, site_state

_BATCH = 1000

Tell = Callable[[str, int, int], None]
"""Is told, batch by batch, of which table how many rows of how many are copied."""


def copy_rows(source: Connections, target: Connections, tell: Tell) -> int:
    """
    Copy every row, and return how many there are; *target* has the same tables, all of them empty.

    Nobody writes to *source* meanwhile: writers wait, and are told that it is busy.  The copy is one
    transaction: when it fails, *target* is as empty as before.  When it is done, *source* is closed: what
    somebody wrote there later would be lost.

    Raises:
        Unavailable: *target* is not empty, or either database does not answer.
    """
    with held_still(source) as reading, target.writing(rebuilds=True) as writing:
        if not target.is_sqlite:
            postgresql_server.take_time(writing)
        if (occupied := first_occupied(writing)) is not None:
            raise Unavailable(
                f"The database to copy to is not empty: its table {occupied.name} has rows. "
                "Name an empty one."
            )
        # The one row that migrations make.
        writing.execute(delete(site_state))
        total = copy_tables(metadata.sorted_tables, reading, writing, tell)
        if not closing.is_closed(reading):
            closing.close(reading)
        commit(writing)
        # A crash before this leaves two databases that go on; one in between closed the old one for nothing.
        commit(reading)
    return total


@contextmanager
def held_still(source: Connections) -> Iterator[Connection]:
    """Open a transaction that sees one moment and lets nobody write."""
    # SQLite has one writer at a time, which is this.  The connection is not used again.
    with source.writing(rebuilds=True) as connection:
        if not source.is_sqlite:
            postgresql_server.take_time(connection)
            # Units of work wait at these two, so that none of them has locked what is locked next.
            connection.execute(text("LOCK TABLE serials, site_state IN EXCLUSIVE MODE"))
            names = ", ".join(table.name for table in metadata.sorted_tables)
            connection.execute(text(f"LOCK TABLE {names} IN SHARE MODE"))
        yield connection


def first_occupied(connection: Connection) -> Table | None:
    """Return a table that has rows, ``None`` if there is nothing but what migrations make."""
    for table in metadata.sorted_tables:
        if table is not site_state and connection.execute(select(1).select_from(table).limit(1)).first():
            return table
    return None


def copy_tables(tables: Sequence[Table], reading: Connection, writing: Connection, tell: Tell) -> int:
    """
    Copy all rows of *tables*, which are empty where *writing* leads, and return how many there are.

    Ids go on behind the last one that was ever given out.

    Raises:
        Unavailable: A row would point at nothing.
    """
    total = sum(_copy_table(table, reading, writing, tell) for table in tables)
    for table in tables:
        continue_ids(writing, table, last_id(reading, table))
    if writing.dialect.name == "sqlite":
        check_foreign_keys(writing)
    return total


def _copy_table(table: Table, reading: Connection, writing: Connection, tell: Tell) -> int:
    total = reading.execute(select(func.count()).select_from(table)).scalar_one()
    query = select(table).order_by(*table.primary_key.columns)
    copied = 0
    for rows in reading.execute(query, execution_options={"yield_per": _BATCH}).partitions():
        writing.execute(insert(table), [dict(row._mapping) for row in rows])
        copied += len(rows)
        tell(table.name, copied, total)
    return copied


def last_id(connection: Connection, table: Table) -> int:
    """Return the last id that *table* ever gave out by itself, 0 if it gives none."""
    column = table.autoincrement_column
    if column is None or table is site_state:
        return 0
    newest = connection.execute(select(func.max(column))).scalar_one_or_none() or 0
    return max(newest, _remembered_id(connection, table, column))


def continue_ids(connection: Connection, table: Table, last: int) -> None:
    """Let ids go on behind *last*: some are never reused."""
    column = table.autoincrement_column
    if last == 0 or column is None:
        return
    if connection.dialect.name != "sqlite":
        connection.execute(select(func.setval(_sequence(connection, table, column), last)))
    elif table.dialect_options["sqlite"]["autoincrement"]:
        connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
        connection.execute(
            text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"),
            {"name": table.name, "last": last},
        )


def _remembered_id(connection: Connection, table: Table, column: Column[int]) -> int:
    if connection.dialect.name == "sqlite":
        kept = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
        return connection.execute(kept, {"name": table.name}).scalar_one_or_none() or 0
    given = text(f"SELECT last_value FROM {_sequence(connection, table, column)} WHERE is_called")  # noqa: S608 - ours
    return connection.execute(given).scalar_one_or_none() or 0


def _sequence(connection: Connection, table: Table, column: Column[int]) -> str:
    found: str = connection.execute(select(func.pg_get_serial_sequence(table.name, column.name))).scalar_one()
    return found
