"""A disposable SQLite file: opened when needed, replaced when damaged."""

from __future__ import annotations

import fcntl
import logging
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import NamedTuple, TypeVar

from pypi_core.errors import Unavailable
from pypi_search.documents import NOT_NOW

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")

_PATIENCE = 10.0  # seconds to wait for another writer
_MAPPED = 2**31  # bytes of the file, as far as the operating system keeps them in memory anyway
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_PASSING = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
}


class _Opened(NamedTuple):
    connection: sqlite3.Connection
    file: tuple[int, int]


class SqliteFile:
    """
    Run transactions on the file at *path*, from any thread.

    *creation* makes what is not there yet; *layout* is a number other than 0 that changes
    with it.  A file that is damaged or of another layout is replaced by an empty one, which
    other processes notice at their next transaction.
    """

    def __init__(self, path: Path, creation: str, layout: int) -> None:
        self._path = path
        self._creation = creation
        self._layout = layout
        self._idle: list[_Opened] = []
        self._lock = Lock()

    def read(self, operation: Callable[[sqlite3.Connection], _Result]) -> _Result:
        """Return what *operation* returns on one unchanging state of the file."""
        return self._run("BEGIN", operation)

    def write(self, operation: Callable[[sqlite3.Connection], _Result]) -> _Result:
        """Run *operation* and commit what it changes, all or nothing."""
        return self._run("BEGIN IMMEDIATE", operation)

    def close(self) -> None:
        """Close all connections; the next transaction opens one again."""
        with self._lock:
            idle, self._idle = self._idle, []
        for each in idle:
            each.connection.close()

    def _run(self, begin: str, operation: Callable[[sqlite3.Connection], _Result]) -> _Result:
        try:
            try:
                return self._attempt(begin, operation)
            except _DamagedFile as damage:
                self._replace(damage)
                return self._attempt(begin, operation)
        except (sqlite3.OperationalError, _DamagedFile) as error:
            if isinstance(error, _DamagedFile) or _code(error) in _PASSING:
                raise Unavailable(NOT_NOW) from error
            raise
        except OSError as error:
            _log.error("The search index %s cannot be used: %s.", self._path, error.strerror)
            raise Unavailable(NOT_NOW) from error

    def _attempt(self, begin: str, operation: Callable[[sqlite3.Connection], _Result]) -> _Result:
        opened = self._take()
        try:
            opened.connection.execute(begin)
            result = operation(opened.connection)
            opened.connection.execute("COMMIT")
        except BaseException as error:
            opened.connection.close()
            if isinstance(error, sqlite3.DatabaseError) and _code(error) in _DAMAGED:
                raise _DamagedFile(str(error), opened.file) from error
            raise
        with self._lock:
            self._idle.append(opened)
        return result

    def _take(self) -> _Opened:
        while True:
            with self._lock:
                opened = self._idle.pop() if self._idle else None
            if opened is None:
                return self._open()
            if opened.file == self._identity():
                return opened
            opened.connection.close()  # the file was replaced or removed

    def _open(self) -> _Opened:
        with self._alone():
            # For the owner alone: it tells of private indexes too.
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            status = self._path.stat()
            file = (status.st_dev, status.st_ino)
            # No check of threads: a connection is used by one at a time, whichever takes it.
            connection = sqlite3.connect(
                self._path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False
            )
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
                # A query looks at many pages: no call of the system for each of them.
                connection.execute(f"PRAGMA mmap_size = {_MAPPED}")
                (layout,) = connection.execute("PRAGMA user_version").fetchone()
                if layout not in (0, self._layout):
                    raise _DamagedFile(f"its layout is {layout}, not {self._layout}", file)
                connection.executescript(self._creation)
                if layout == 0:
                    connection.execute(f"PRAGMA user_version = {self._layout}")
            except BaseException as error:
                connection.close()
                if isinstance(error, sqlite3.DatabaseError) and _code(error) in _DAMAGED:
                    raise _DamagedFile(str(error), file) from error
                raise
            return _Opened(connection, file)

    def _replace(self, damage: _DamagedFile) -> None:
        self.close()
        with self._alone():
            if self._identity() != damage.file:
                return  # another process was quicker
            _log.error(
                "The search index %s was unusable (%s) and is empty now: index all projects again.",
                self._path,
                damage,
            )
            # The log first: SQLite would apply it to a new file of the same name.
            for suffix in ("-wal", "-shm", ""):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)

    def _identity(self) -> tuple[int, int] | None:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return None
        return status.st_dev, status.st_ino

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other threads and processes from making or replacing the file."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        lock = self._path.with_name(self._path.name + "-lock")
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


class _DamagedFile(Exception):
    def __init__(self, why: str, file: tuple[int, int]) -> None:
        super().__init__(why)
        self.file = file


def _code(error: sqlite3.Error) -> int:
    """Return the primary result code: the lowest byte of the extended one."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
