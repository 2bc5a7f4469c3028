"""Transactions of several threads that are committed together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Final, NamedTuple

from sqlalchemy import Connection, NestedTransaction
from sqlalchemy.exc import SQLAlchemyError

from pypi_core.errors import PackageIndexError, Unavailable
from pypi_sql import sqlite_file
from pypi_sql.engine import Connections, commit
from pypi_sql.failures import BUSY, translated_errors

_MOST: Final = 16
"""So many are committed together; the first of them waits for the last."""


class Share(NamedTuple):
    """A part in a transaction: where it is written, and what commits it and waits until that happened."""

    connection: Connection
    commit: Callable[[Connection], None]


class SharedTransactions:
    """
    Lets threads that write at the same time share a transaction, and so one sync of the disk.

    SQLite has one writer at a time: while one commits, others wait.  Here each writes in its turn into the
    same transaction, behind a savepoint, and the last one for whom nobody waits commits for all.  Whoever
    fails takes back what they wrote and nothing else.  Nobody is told anything before all is
    committed: not those who only looked either, since they have seen what others wrote.  If the commit fails,
    it fails for all.

    Other databases have many writers, and join commits by themselves: there each has its own transaction.
    """

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._turn = threading.Condition()
        self._waiting = 0
        self._is_taken = False
        self._joint: _Joint | None = None

    @contextmanager
    def writing(self) -> Iterator[Share]:
        """
        Wait for a turn to write; leaving the block without `Share.commit` takes back what was written.

        The connection must not be used after that.

        Raises:
            ConcurrentChange: A constraint is broken, since another was faster.
            Unavailable: The database does not answer, is busy for too long, or failed to commit.
        """
        if not self._connections.is_sqlite:
            with self._connections.writing() as connection:
                yield Share(connection, commit)
            return
        joint = self._take()
        writer = _Writer(joint)
        is_over = False

        def commit_with_others(_connection: Connection) -> None:
            nonlocal is_over
            writer.keep()
            is_over = True
            self._leave(joint)

        try:
            with translated_errors():
                writer.begin()
                yield Share(joint.connection, commit_with_others)
        finally:
            if not is_over:
                writer.take_back()
                self._leave(joint)

    def _take(self) -> _Joint:
        with self._turn:
            self._waiting += 1
            is_free = self._turn.wait_for(lambda: not self._is_taken, sqlite_file.BUSY_SECONDS)
            self._waiting -= 1
            if not is_free:
                raise Unavailable(BUSY)
            self._is_taken = True
            if self._joint is not None:
                return self._joint
        try:
            joint = _Joint(self._connections)
        except BaseException:
            with self._turn:
                self._give_turn(None)
            raise
        return joint

    def _leave(self, joint: _Joint) -> None:
        """Let the next one write, or commit if there is none; return when it is committed."""
        with self._turn:
            # One who waits now will write, even if their patience ends at this moment.
            is_last = not (self._waiting and joint.has_room)
            if not is_last:
                self._give_turn(joint)
        if is_last:
            try:
                joint.settle()
            finally:
                with self._turn:
                    self._give_turn(None)
        joint.settled.wait()
        joint.require_committed()

    def _give_turn(self, joint: _Joint | None) -> None:
        self._joint = joint
        self._is_taken = False
        self._turn.notify()


class _Joint:
    """One transaction of the database, in which several write in turn."""

    def __init__(self, connections: Connections) -> None:
        self._leaving = ExitStack()
        self.connection = self._leaving.enter_context(connections.writing())
        self.writers = 0
        self.settled = threading.Event()
        self.failure: PackageIndexError | None = None

    @property
    def has_room(self) -> bool:
        """Whether another one may write: some did, none has broken it, and they are not too many."""
        return 0 < self.writers < _MOST and self.failure is None

    def settle(self) -> None:
        """Commit what was written, and let those who wait for that go on."""
        try:
            with self._leaving:
                if self.failure is None and self.writers:
                    commit(self.connection)
        except PackageIndexError as error:
            self.failure = error
        except BaseException:
            self.failure = Unavailable(BUSY)
            raise
        finally:
            self.settled.set()

    def require_committed(self) -> None:
        """
        Let those pass whose transaction was committed.

        Raises:
            Unavailable: It was not.
        """
        if self.failure is not None:
            # Each thread has an error of its own: it takes a traceback.
            raise Unavailable(str(self.failure)) from self.failure


class _Writer:
    """What one thread writes into a joint transaction."""

    def __init__(self, joint: _Joint) -> None:
        self._joint = joint
        self._savepoint: NestedTransaction | None = None

    def begin(self) -> None:
        """Set the point to go back to; the first one goes back to the beginning."""
        if self._joint.writers:
            self._savepoint = self._joint.connection.begin_nested()

    def keep(self) -> None:
        """Let what was written be committed with the rest."""
        if self._savepoint is not None:
            self._savepoint.commit()
        self._joint.writers += 1

    def take_back(self) -> None:
        """Go back; where SQLite has rolled back everything already, as on a full disk, all have failed."""
        if self._savepoint is None:
            return
        try:
            with translated_errors():
                self._savepoint.rollback()
        except (PackageIndexError, SQLAlchemyError):
            self._joint.failure = Unavailable(BUSY)
