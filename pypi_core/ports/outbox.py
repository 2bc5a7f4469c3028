"""Work that waits after a commit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from pypi_core.domain.indexes import IndexName
from pypi_core.domain.reactions import Reaction


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A claimed reaction of one index; *attempts* counts the claims so far, this one included."""

    id: int
    index: IndexName
    reaction: Reaction
    attempts: int


class TaskState(StrEnum):
    """What becomes of a task at the moment."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    BURIED = "buried"


class KeptTask(msgspec.Struct, frozen=True, kw_only=True):
    """
    A task as an operator sees it.

    Attributes:
        task: What is to be done, and how often it was tried.
        state: A claim whose lease has expired counts as waiting.
        since: When a commit recorded it; ``None`` for one recorded by an earlier version.
        due: Before when it is not tried again; ``None`` for at once.
        lease_until: Until when a worker has it.
        error: What the last attempt failed of; empty if none failed.
    """

    task: Task
    state: TaskState
    since: datetime | None
    due: datetime | None
    lease_until: datetime | None
    error: str


class OutboxStanding(msgspec.Struct, frozen=True, kw_only=True):
    """How many tasks there are in each state, and since when the oldest has waited that is not buried."""

    waiting: int
    claimed: int
    buried: int
    oldest: datetime | None


class Outbox(Protocol):
    """
    Reactions written by commits, claimed by workers for a time.

    At-least-once: a task whose lease runs out before `done` is claimed again.  Between
    waiting (unclaimed) tasks there are no two of the same index and reaction.  A
    commit that records a reaction while an equal one is claimed makes a new task, so that
    no wake-up is lost, and which is not claimed before the first has come to its end, so that
    nothing is done twice at once; one equal to a task that waits for its retry makes that due at once.
    """

    def claim(self, limit: int, now: datetime, lease_until: datetime) -> Sequence[Task]:
        """Claim up to *limit* tasks that are due at *now*; no other caller gets them before *lease_until*."""
        ...

    def extend(self, task: Task, lease_until: datetime) -> bool:
        """Keep a claimed task for longer; return whether it was still the caller's."""
        ...

    def done(self, task: Task) -> bool:
        """Take a finished task out; return whether it was still the caller's, or else leave it alone."""
        ...

    def retry(self, task: Task, at: datetime, error: str, *, attempts: int | None = None) -> None:
        """
        Let a failed task wait until *at*; nothing happens when it was claimed anew since.

        With *attempts* it counts as tried so often.
        """
        ...

    def bury(self, task: Task, error: str) -> None:
        """Keep a hopeless task where an operator sees it; it is not claimed again."""
        ...

    def put(self, index: IndexName, reaction: Reaction, now: datetime) -> None:
        """Let a reaction wait, due at once, as a commit does."""
        ...

    def renew(self, task_id: int, now: datetime) -> bool:
        """
        Replace a task by one that is due at once and was never tried.

        Return whether there was such a task; one that a worker has at *now* stays as it is.
        """
        ...

    def drop(self, task_id: int, now: datetime) -> bool:
        """Forget a task, see `renew`."""
        ...

    def waiting(self) -> int:
        """Count the tasks that are not buried, claimed or not."""
        ...

    def standing(self, now: datetime) -> OutboxStanding:
        """Count the tasks by their state at *now*."""
        ...

    def tasks(
        self, now: datetime, state: TaskState | None = None, after: int = 0, limit: int = 100
    ) -> Sequence[KeptTask]:
        """Return up to *limit* tasks, by id, of a state if one is given, with ids above *after*."""
        ...
