"""Do what commits left to do."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from pypi_core.domain.indexes import IndexName
from pypi_core.domain.names import NormalizedName
from pypi_core.domain.reactions import ReactionKind
from pypi_core.errors import Unavailable
from pypi_core.ports.environment import Clock, HeartBeat, Randomness
from pypi_core.ports.outbox import Outbox, Task
from pypi_core.use_cases.upkeep.leases import DEFAULT_TERMS, WorkTerms, no_heart_beat, reason_of

_logger = logging.getLogger(__name__)

_FIRST_RETRY = timedelta(seconds=2)
_LONGEST_RETRY = timedelta(minutes=30)
# Of what is unavailable; after so many attempts it is tried about once a minute.
_MOST_COUNTED = 5


Reacts = Callable[[NormalizedName], None]
"""Brings something derived up to date with a project."""

ReactionOf = Callable[[IndexName, ReactionKind], Reacts]
"""Finds the use case that carries out a kind of reaction on an index."""


@dataclass(frozen=True, eq=False)
class WorkOffOutbox:
    """
    Claim waiting reactions and carry them out.

    Carries out up to *limit* that are due, one after the other, and returns how many there were.  While one
    runs its lease is extended, however long it takes.  One that fails waits twice as long each time, with
    jitter, and is buried after the last attempt; so is one that no worker survives.  One that needs something
    which is unavailable is tried about once a minute until it is there.  None holds up another.
    Any number of workers may run this at once.
    """

    outbox: Outbox
    reaction_of: ReactionOf
    clock: Clock
    randomness: Randomness
    terms: WorkTerms = DEFAULT_TERMS
    heart_beat: HeartBeat = no_heart_beat

    def __call__(self, limit: int = 100, is_stopping: Callable[[], bool] = lambda: False) -> int:
        count = 0
        # One at a time: whoever is killed, or slow, keeps no other from being done.
        while count < limit and not is_stopping():
            now = self.clock.now()
            tasks = self.outbox.claim(1, now, now + self.terms.lease)
            if not tasks:
                break
            self._carry_out(tasks[0])
            count += 1
        return count

    def _carry_out(self, task: Task) -> None:
        if task.attempts > self.terms.attempts:
            _logger.error("gave up %s: no worker came to its end", _told(task))
            self.outbox.bury(task, f"No worker came to its end in {self.terms.attempts} attempts.")
            return
        try:
            with self.heart_beat(lambda: self._extend(task), self.terms.beat):
                self.reaction_of(task.index, task.reaction.kind)(task.reaction.subject)
        except Exception as error:  # whatever a reaction fails of, the others go on
            self._failed(task, error)
            return
        if not self.outbox.done(task):
            # Somebody else was at it meanwhile, and may have been overwritten with what was read before.
            _logger.warning("%s took longer than its lease and is done again", _told(task))
            self.outbox.put(task.index, task.reaction, self.clock.now())

    def _extend(self, task: Task) -> bool:
        return self.outbox.extend(task, self.clock.now() + self.terms.lease)

    def _failed(self, task: Task, error: Exception) -> None:
        reason = reason_of(error)
        if isinstance(error, Unavailable):
            # That will come back, and then nobody should have to ask for this again.
            counted = min(task.attempts, _MOST_COUNTED)
            _logger.warning("%s waits: %s", _told(task), reason)
            self.outbox.retry(task, self.clock.now() + self._delay(counted), reason, attempts=counted)
            return
        if task.attempts >= self.terms.attempts:
            _logger.exception("gave up %s after %d attempts", _told(task), task.attempts)
            self.outbox.bury(task, reason)
            return
        _logger.warning("%s failed, will be tried again: %s", _told(task), reason)
        self.outbox.retry(task, self.clock.now() + self._delay(task.attempts), reason)

    def _delay(self, attempts: int) -> timedelta:
        doublings: int = 2 ** (attempts - 1)
        longest = min(_FIRST_RETRY * doublings, _LONGEST_RETRY)
        # Between half and all of it, so that what failed together does not come back together.
        return longest * (0.5 + self.randomness.bytes(1)[0] / 510)


def _told(task: Task) -> str:
    return f"{task.reaction.kind} of {task.reaction.subject} on {task.index}"
