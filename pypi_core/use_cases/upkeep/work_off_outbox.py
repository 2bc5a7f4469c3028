"""Do what commits left to do."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from pypi_core.domain.indexes import IndexName
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.reactions import ReactionKind
from pypi_core.ports.environment import Clock, Randomness
from pypi_core.ports.outbox import Outbox, Task

_logger = logging.getLogger(__name__)

_LEASE = timedelta(minutes=5)
# What a worker that is killed had claimed waits until its lease is over: that is to be little.
_AT_ONCE = 4
_FIRST_RETRY = timedelta(seconds=2)
_LONGEST_RETRY = timedelta(minutes=30)
_MOST_ATTEMPTS = 8


Reacts = Callable[[NormalizedName], None]
"""Brings something derived up to date with a project."""

ReactionOf = Callable[[IndexName, ReactionKind], Reacts]
"""Finds the use case that carries out a kind of reaction on an index."""


@dataclass(frozen=True, eq=False)
class WorkOffOutbox:
    """
    Claim waiting reactions and carry them out.

    Carries out up to *limit* that are due, a few at a time, and returns how many there were.  One
    that fails waits twice as long each time, with jitter, and is buried after eight attempts; it
    holds up no other.  Any number of workers may run this at once.
    """

    outbox: Outbox
    reaction_of: ReactionOf
    clock: Clock
    randomness: Randomness

    def __call__(self, limit: int = 100) -> int:
        count = 0
        while count < limit:
            now = self.clock.now()
            wanted = min(_AT_ONCE, limit - count)
            tasks = self.outbox.claim(wanted, now, now + _LEASE)
            for task in tasks:
                self._carry_out(task)
            count += len(tasks)
            if len(tasks) < wanted:
                break
        return count

    def _carry_out(self, task: Task) -> None:
        try:
            self.reaction_of(task.index, task.reaction.kind)(task.reaction.subject)
        except Exception as error:  # whatever a reaction fails of, the others go on
            self._failed(task, error)
        else:
            self.outbox.done(task)

    def _failed(self, task: Task, error: Exception) -> None:
        reason = f"{type(error).__name__}: {error}"
        subject = f"{task.reaction.kind} of {task.reaction.subject} on {task.index}"
        if task.attempts >= _MOST_ATTEMPTS:
            _logger.exception("gave up %s after %d attempts", subject, task.attempts)
            self.outbox.bury(task, reason)
            return
        _logger.warning("%s failed, will be tried again: %s", subject, reason)
        self.outbox.retry(task, self.clock.now() + self._delay(task.attempts), reason)

    def _delay(self, attempts: int) -> timedelta:
        doublings: int = 2 ** (attempts - 1)
        longest = min(_FIRST_RETRY * doublings, _LONGEST_RETRY)
        # Between half and all of it, so that what failed together does not come back together.
        return longest * (0.5 + self.randomness.bytes(1)[0] / 510)
