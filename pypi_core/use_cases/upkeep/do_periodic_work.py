"""Do what comes back every few minutes or hours."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import msgspec

from pypi_core.errors import Unavailable
from pypi_core.ports.environment import Clock, HeartBeat
from pypi_core.ports.periodic_work import PeriodicWork, PeriodicWorkKind, Turn
from pypi_core.use_cases.upkeep.leases import WorkTerms, reason_of

_logger = logging.getLogger(__name__)

_LONGEST_RETRY = timedelta(minutes=5)


class PeriodicJob(msgspec.Struct, frozen=True, kw_only=True):
    """What is done every so often; for the first time after that time, or *at_once*."""

    do: Callable[[], object]
    every: timedelta
    at_once: bool = False


@dataclass(frozen=True, eq=False)
class DoPeriodicWork:
    """
    Do each kind of work that is due and that no other worker is at, and return how many there were.

    One that fails is done again after its usual time, or after five minutes if that is less; it holds up no
    other.  Any number of workers may run this at once.
    """

    work: PeriodicWork
    jobs: Mapping[PeriodicWorkKind, PeriodicJob]
    clock: Clock
    terms: WorkTerms
    heart_beat: HeartBeat

    def __call__(self, is_stopping: Callable[[], bool] = lambda: False) -> int:
        count = 0
        for kind, job in self.jobs.items():
            now = self.clock.now()
            first_due = now if job.at_once else now + job.every
            if not is_stopping() and (turn := self.work.claim(kind, now, now + self.terms.lease, first_due)):
                self._carry_out(turn, job)
                count += 1
        return count

    def _carry_out(self, turn: Turn, job: PeriodicJob) -> None:
        error, wait = "", job.every
        try:
            with self.heart_beat(lambda: self._extend(turn), self.terms.beat):
                outcome = job.do()
        except Exception as failure:  # whatever it fails of, the others go on
            # Of a database or store that is away the trace tells nothing.
            is_expected = isinstance(failure, Unavailable)
            _logger.error("%s failed: %s", turn.kind, failure, exc_info=not is_expected)  # noqa: TRY400
            error, wait = reason_of(failure), min(job.every, _LONGEST_RETRY)
        else:
            _logger.debug("%s: %s", turn.kind, outcome)
        now = self.clock.now()
        self.work.end(turn, now, now + wait, error)

    def _extend(self, turn: Turn) -> bool:
        return self.work.extend(turn, self.clock.now() + self.terms.lease)
