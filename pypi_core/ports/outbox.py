"""Work that waits after a commit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
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


class Outbox(Protocol):
    """
    Reactions written by commits, claimed by workers for a time.

    At-least-once: a task whose lease runs out before `done` is claimed again.  Between
    waiting (unclaimed) tasks there are no two of the same index and reaction.  A
    commit that records a reaction while an equal one is claimed makes a new task, so that
    no wake-up is lost; one equal to a task that waits for its retry makes that due at once.
    """

    def claim(self, limit: int, now: datetime, lease_until: datetime) -> Sequence[Task]:
        """Claim up to *limit* tasks that are due at *now*; no other caller gets them before *lease_until*."""
        ...

    def done(self, task: Task) -> None:
        """Take a finished task out; nothing happens when it is gone or was claimed anew since."""
        ...

    def retry(self, task: Task, at: datetime, error: str) -> None:
        """Let a failed task wait until *at*; nothing happens when it was claimed anew since."""
        ...

    def bury(self, task: Task, error: str) -> None:
        """Keep a hopeless task where an operator sees it; it is not claimed again."""
        ...

    def waiting(self) -> int:
        """Count the tasks that are not buried, claimed or not."""
        ...

    def buried(self) -> Sequence[Task]:
        """Return up to 100 buried tasks, oldest first."""
        ...
