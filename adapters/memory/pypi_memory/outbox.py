"""The outbox in memory."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from pypi_core.domain.indexes import IndexName
from pypi_core.domain.reactions import Reaction
from pypi_core.ports.outbox import Task

if TYPE_CHECKING:
    from pypi_core.ports.outbox import Outbox

_MOST_SHOWN = 100


class _Row(msgspec.Struct, kw_only=True):
    """One task; *due* is the end of the lease while it is claimed."""

    id: int
    index: IndexName
    reaction: Reaction
    due: datetime
    attempts: int = 0
    claimed: bool = False
    error: str = ""

    def as_task(self) -> Task:
        return Task(id=self.id, index=self.index, reaction=self.reaction, attempts=self.attempts)


class InMemoryOutbox:
    """Tasks of all indexes, oldest first; buried ones apart."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._rows: dict[int, _Row] = {}
        self._buried: dict[int, _Row] = {}

    def add(self, index: IndexName, reactions: Iterable[Reaction], now: datetime) -> None:
        """Let reactions wait, due at once; an equal one that waits already becomes due."""
        with self._lock:
            for reaction in dict.fromkeys(reactions):
                waiting = self._unclaimed(index, reaction)
                if waiting:
                    waiting.due = min(waiting.due, now)
                else:
                    row = _Row(id=next(self._ids), index=index, reaction=reaction, due=now)
                    self._rows[row.id] = row

    def claim(self, limit: int, now: datetime, lease_until: datetime) -> Sequence[Task]:
        """Claim up to *limit* tasks that are due at *now*."""
        with self._lock:
            due = [row for row in self._rows.values() if row.due <= now][:limit]
            for row in due:
                row.due, row.claimed, row.attempts = lease_until, True, row.attempts + 1
            return [row.as_task() for row in due]

    def done(self, task: Task) -> None:
        """Take a finished task out."""
        with self._lock:
            if self._held(task):
                del self._rows[task.id]

    def retry(self, task: Task, at: datetime, error: str) -> None:
        """Let a failed task wait until *at*."""
        with self._lock:
            row = self._held(task)
            if row is None:
                return
            if self._unclaimed(task.index, task.reaction):
                # Its work waits already, in a task that a later commit made.
                del self._rows[task.id]
            else:
                row.due, row.claimed, row.error = at, False, error

    def bury(self, task: Task, error: str) -> None:
        """Keep a hopeless task where an operator sees it."""
        with self._lock:
            row = self._held(task)
            if row is not None:
                row.error = error
                self._buried[row.id] = self._rows.pop(row.id)

    def waiting(self) -> int:
        """Count the tasks that are not buried, claimed or not."""
        with self._lock:
            return len(self._rows)

    def buried(self) -> Sequence[Task]:
        """Return up to 100 buried tasks, oldest first."""
        with self._lock:
            return [row.as_task() for _, row in sorted(self._buried.items())][:_MOST_SHOWN]

    def _unclaimed(self, index: IndexName, reaction: Reaction) -> _Row | None:
        for row in self._rows.values():
            if not row.claimed and (row.index, row.reaction) == (index, reaction):
                return row
        return None

    def _held(self, task: Task) -> _Row | None:
        """Return the row of *task* unless it is gone or was claimed anew, which counts an attempt more."""
        row = self._rows.get(task.id)
        return row if row and row.claimed and row.attempts == task.attempts else None


if TYPE_CHECKING:
    _: type[Outbox] = InMemoryOutbox
