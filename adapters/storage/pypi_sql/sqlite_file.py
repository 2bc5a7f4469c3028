"""Connections to an SQLite file."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import cast

from sqlalchemy import URL, Connection

from pypi_core.errors import Unavailable
from pypi_sql.failures import in_our_words

BUSY_SECONDS = 30.0
"""How long a writer waits for the others."""

_PRAGMAS = (
    "journal_mode = WAL",
    # A commit that returned survives the loss of power.
    "synchronous = FULL",
    "foreign_keys = ON",
    "temp_store = MEMORY",
    # After a large transaction the log shrinks to this again.
    f"journal_size_limit = {64 * 1024 * 1024}",
)

# Making the file opens and closes it, which would drop the locks that SQLite holds on it
# in this process (POSIX): nobody may have connected before that is over.
_making = threading.Lock()


def sqlite_path(url: URL) -> Path:
    """
    Return the file that an SQLite URL names; changing the working folder later moves nothing.

    Raises:
        ValueError: It names none, or has options.
    """
    if not url.database or url.database == ":memory:":
        raise ValueError("an SQLite database is a file here: write sqlite:///folder/index.sqlite")
    if url.query:
        raise ValueError(f"an SQLite URL has no options here: leave out {', '.join(url.query)}")
    return Path(url.database).absolute()


def connect(path: Path) -> sqlite3.Connection:
    """
    Connect to the file, which is made, for its owner alone, when it is missing.

    Raises:
        sqlite3.Error: SQLite cannot open it.
        Unavailable: It cannot be made.
    """
    _make_sure_of(path)
    # The driver would begin transactions on its own terms: with None it leaves that to us.
    connection = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    try:
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def begin(connection: Connection) -> None:
    """
    Begin a transaction on the terms that the connection's execution options set.

    ``writes``: IMMEDIATE, so that a writer waits here and never fails later because
    another was faster.  ``rebuilds``: without foreign keys, because a table that is
    replaced by its new form is dropped on the way; they cannot be switched inside a
    transaction.  ``durable``: if it is false, the commit does not wait for the disk.  The next one that does
    makes both durable: the log is synced whole.
    """
    options = connection.get_execution_options()
    # The driver's own connection: through SQLAlchemy, BEGIN would take longer than a look-up.
    raw = cast("sqlite3.Connection", connection.connection.driver_connection)
    try:
        if options.get("rebuilds"):
            raw.execute("PRAGMA foreign_keys = OFF")
        if options.get("writes"):
            raw.execute(f"PRAGMA synchronous = {'FULL' if options.get('durable', True) else 'NORMAL'}")
        raw.execute("BEGIN IMMEDIATE" if options.get("writes") else "BEGIN")
    except sqlite3.Error as error:
        raise in_our_words(error) from error


def write_copy(path: Path, copy: Path) -> None:
    """
    Write all rows of the file into another, which is not there yet and needs no log beside it.

    Raises:
        Unavailable: SQLite cannot read the one or write the other.
    """
    try:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("VACUUM INTO ?", (str(copy),))
    except sqlite3.Error as error:
        raise in_our_words(error) from error


def _make_sure_of(path: Path) -> None:
    with _making:
        if path.exists():
            return
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)
        except OSError as error:
            raise Unavailable(f"The database's file cannot be made: {error.strerror}.") from error
