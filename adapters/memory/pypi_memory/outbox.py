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
from pypi_core.ports.outbox import KeptTask, OutboxStanding, Task, TaskState

if TYPE_CHECKING:
    from pypi_core.ports.outbox import Outbox


class _Row(msgspec.Struct, kw_only=True):
    """One task; *due* is ``None`` for at once, *lease_until* for one that is not claimed."""

    id: int
    index: IndexName
    reaction: Reaction
    since: datetime
    due: datetime | None = None
    lease_until: datetime | None = None
    attempts: int = 0
    is_buried: bool = False
    error: str = ""

    def as_task(self) -> Task:
        return Task(id=self.id, index=self.index, reaction=self.reaction, attempts=self.attempts)

    def state(self, now: datetime) -> TaskState:
        if self.is_buried:
            return TaskState.BURIED
        return TaskState.CLAIMED if self.lease_until and self.lease_until > now else TaskState.WAITING

    def as_kept(self, now: datetime) -> KeptTask:
        state = self.state(now)
        return KeptTask(
            task=self.as_task(),
            state=state,
            since=self.since,
            due=self.due,
            lease_until=self.lease_until if state is TaskState.CLAIMED else None,
            error=self.error,
        )


class InMemoryOutbox:
    """Tasks of all indexes, oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._rows: dict[int, _Row] = {}

    def add(self, index: IndexName, reactions: Iterable[Reaction], now: datetime) -> None:
        """Let reactions wait, due at once; an equal one that waits already becomes due."""
        with self._lock:
            for reaction in dict.fromkeys(reactions):
                self._put(index, reaction, now)

    def claim(self, limit: int, now: datetime, lease_until: datetime) -> Sequence[Task]:
        with self._lock:
            due = [row for row in self._rows.values() if self._is_due(row, now)][:limit]
            for row in due:
                row.lease_until, row.due, row.attempts = lease_until, None, row.attempts + 1
            return [row.as_task() for row in due]

    def extend(self, task: Task, lease_until: datetime) -> bool:
        with self._lock:
            row = self._held(task)
            if row is not None:
                row.lease_until = lease_until
            return row is not None

    def done(self, task: Task) -> bool:
        with self._lock:
            row = self._held(task)
            if row is not None:
                del self._rows[task.id]
            return row is not None

    def retry(self, task: Task, at: datetime, error: str, *, attempts: int | None = None) -> None:
        with self._lock:
            row = self._held(task)
            if row is None:
                return
            if self._unclaimed(task.index, task.reaction):
                # Its work waits already, in a task that a later commit made.
                del self._rows[task.id]
            else:
                row.due, row.lease_until, row.error = at, None, error
                row.attempts = row.attempts if attempts is None else attempts

    def bury(self, task: Task, error: str) -> None:
        with self._lock:
            row = self._held(task)
            if row is not None:
                row.error, row.is_buried = error, True

    def put(self, index: IndexName, reaction: Reaction, now: datetime) -> None:
        with self._lock:
            self._put(index, reaction, now)

    def renew(self, task_id: int, now: datetime) -> bool:
        with self._lock:
            row = self._drop(task_id, now)
            if row is not None:
                self._put(row.index, row.reaction, now)
            return row is not None

    def drop(self, task_id: int, now: datetime) -> bool:
        with self._lock:
            return self._drop(task_id, now) is not None

    def waiting(self) -> int:
        with self._lock:
            return sum(not row.is_buried for row in self._rows.values())

    def standing(self, now: datetime) -> OutboxStanding:
        with self._lock:
            states = [row.state(now) for row in self._rows.values()]
            return OutboxStanding(
                waiting=states.count(TaskState.WAITING),
                claimed=states.count(TaskState.CLAIMED),
                buried=states.count(TaskState.BURIED),
                oldest=min((row.since for row in self._rows.values() if not row.is_buried), default=None),
            )

    def tasks(
        self, now: datetime, state: TaskState | None = None, after: int = 0, limit: int = 100
    ) -> Sequence[KeptTask]:
        with self._lock:
            found = (row.as_kept(now) for _, row in sorted(self._rows.items()) if row.id > after)
            return list(itertools.islice((each for each in found if state in (None, each.state)), limit))

    def _put(self, index: IndexName, reaction: Reaction, now: datetime) -> None:
        waiting = self._unclaimed(index, reaction)
        if waiting:
            waiting.due = None
        else:
            row = _Row(id=next(self._ids), index=index, reaction=reaction, since=now)
            self._rows[row.id] = row

    def _drop(self, task_id: int, now: datetime) -> _Row | None:
        row = self._rows.get(task_id)
        if row is None or row.state(now) is TaskState.CLAIMED:
            return None
        return self._rows.pop(task_id)

    def _is_due(self, row: _Row, now: datetime) -> bool:
        if row.state(now) is not TaskState.WAITING or (row.due and row.due > now):
            return False
        return not any(
            each.lease_until and not each.is_buried and each.id < row.id
            for each in self._rows.values()
            if (each.index, each.reaction) == (row.index, row.reaction)
        )

    def _unclaimed(self, index: IndexName, reaction: Reaction) -> _Row | None:
        for row in self._rows.values():
            if not (row.lease_until or row.is_buried) and (row.index, row.reaction) == (index, reaction):
                return row
        return None

    def _held(self, task: Task) -> _Row | None:
        """Return the row of *task* unless it is gone or was claimed anew, which counts an attempt more."""
        row = self._rows.get(task.id)
        return (
            row if row and row.lease_until and row.attempts == task.attempts and not row.is_buried else None
        )


if TYPE_CHECKING:
    _: type[Outbox] = InMemoryOutbox
