"""Connections, transactions, and the vendor's errors in our words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from pypi_core.errors import Unavailable

_BUSY_MILLISECONDS = 30_000
_POOL_SIZE = 8
_POOL_OVERFLOW = 24
_WRITES = {"writes": True}


def open_engine(url: str) -> Engine:
    """Return an engine for *url*; nothing is connected yet."""
    engine = create_engine(url, pool_size=_POOL_SIZE, max_overflow=_POOL_OVERFLOW)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "do_connect", lambda *_: _make_file(url))
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that sees one moment, from its first statement on."""
    with translated_errors(), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """
    Open a transaction that may write; on SQLite, once no other writer is at work.

    Leaving the block without a commit rolls back.
    """
    with translated_errors(), engine.connect().execution_options(**_WRITES) as connection:
        transaction = connection.begin()
        try:
            yield connection
        finally:
            if transaction.is_active:
                transaction.rollback()


@contextmanager
def translated_errors() -> Iterator[None]:
    """Say in our words that the database does not answer, or lacks its tables."""
    try:
        yield
    except PoolTimeout as error:
        raise Unavailable("The database is busy: try again in a moment.") from error
    except (OperationalError, ProgrammingError) as error:
        raise Unavailable(_sentence(error)) from error


def _sentence(error: DBAPIError) -> str:
    text = str(error.orig).lower()
    if "no such table" in text or "no such column" in text or "does not exist" in text:
        return "The database is not up to date: run `pypi-server migrate`."
    if "locked" in text or "busy" in text:
        return "The database is busy: try again in a moment."
    return "The database does not answer: try again later."


def _make_file(url: str) -> None:
    """Create a new database's file so that nobody else can read it; what is there is left alone."""
    database = make_url(url).database
    if not database or database == ":memory:" or Path(database).exists():
        return
    path = Path(database)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)


def _configure_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver would begin transactions on its own terms: we say BEGIN ourselves.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {_BUSY_MILLISECONDS}",
        "journal_mode = WAL",
        # A commit that returned survives the loss of power.
        "synchronous = FULL",
        "foreign_keys = ON",
        "temp_store = MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # IMMEDIATE: a writer waits here, and never fails later because another was faster.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
