"""What is done now and then, by one of all workers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec


class PeriodicWorkKind(StrEnum):
    """The kinds of work that comes back."""

    SWEEP_UPLOADS = "sweep-uploads"
    SWEEP_BLOBS = "sweep-blobs"
    FORGET_HISTORY = "forget-history"
    COUNT_SIZES = "count-sizes"
    ADD_UP_DOWNLOADS = "add-up-downloads"


class Turn(msgspec.Struct, frozen=True):
    """A claim of one kind of work; its *number* tells it from the claims before and after."""

    kind: PeriodicWorkKind
    number: int


class PeriodicWorkState(msgspec.Struct, frozen=True, kw_only=True):
    """
    How a kind of work stands.

    Attributes:
        kind: What it is.
        due: When it is done next.
        lease_until: Until when a worker has it; ``None`` if none has.
        began: When a worker last took it on.
        ended: When one last came to its end.
        error: What it failed of then; empty if it did not fail.
    """

    kind: PeriodicWorkKind
    due: datetime
    lease_until: datetime | None
    began: datetime | None
    ended: datetime | None
    error: str


class PeriodicWork(Protocol):
    """
    When each kind of work is due, and which worker is at it.

    Of all callers one gets a kind that is due, for the time of its lease; if it does not end or extend
    it by then, another one does.
    """

    def claim(
        self, kind: PeriodicWorkKind, now: datetime, lease_until: datetime, first_due: datetime
    ) -> Turn | None:
        """Take a kind on if it is due at *now* and nobody has it; it is first due at *first_due*."""
        ...

    def extend(self, turn: Turn, lease_until: datetime) -> bool:
        """Keep a kind for longer; return whether it was still the caller's."""
        ...

    def end(self, turn: Turn, now: datetime, due: datetime, error: str) -> None:
        """Give a kind back until it is *due*; nothing happens when it was claimed anew since."""
        ...

    def states(self) -> Sequence[PeriodicWorkState]:
        """Return the state of each kind that was claimed before, by its name."""
        ...
