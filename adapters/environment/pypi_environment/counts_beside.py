"""Counts that no request waits for: remembered at once, written in the background."""

from __future__ import annotations

import logging
from collections import OrderedDict
from contextlib import suppress
from datetime import datetime, timedelta
from queue import Full, Queue
from threading import Lock, Thread
from typing import TYPE_CHECKING

from pypi_core.domain.rate_limits import LimitStanding, RateLimit, standing_at
from pypi_core.errors import Unavailable
from pypi_core.ports.rate_limits import RateLimiter

_log = logging.getLogger(__name__)

_Count = tuple[RateLimit, str, datetime]


class CountsBeside:
    """
    Count in memory at once, and in *kept*, which all processes share, as soon as it can be written.

    For what is counted while somebody reads: neither a busy database nor a full disk keeps the
    reader waiting or is an error.  A count that cannot be written is logged and dropped; this
    process still remembers it, one of the last *most_remembered*.  Other processes may notice a
    count a moment later, so that together they permit a few more than the limit.
    """

    def __init__(self, kept: RateLimiter, most_remembered: int = 10_000, most_waiting: int = 1000) -> None:
        self._kept = kept
        self._most_remembered = most_remembered
        self._free_at: OrderedDict[tuple[str, str], datetime] = OrderedDict()
        self._waiting: Queue[_Count] = Queue(most_waiting)
        self._lock = Lock()
        self._writer: Thread | None = None

    def look(self, limit: RateLimit, subject: str, now: datetime) -> LimitStanding:
        with self._lock:
            remembered = standing_at(limit, self._free_at.get((limit.name, subject)), now)
        return self._stricter(remembered, limit, subject, now)

    def take(self, limit: RateLimit, subject: str, now: datetime) -> LimitStanding:
        """Count one, see `RateCounts.take`; nothing is written before it returns."""
        known = self.look(limit, subject, now)
        if known.is_over:
            return known
        with self._lock:
            key = limit.name, subject
            free_at = max(self._free_at.get(key, now), now) + limit.share
            if free_at - now > timedelta(seconds=limit.window):
                return standing_at(limit, self._free_at[key], now)
            self._free_at[key] = free_at
            self._free_at.move_to_end(key)
            if len(self._free_at) > self._most_remembered:
                self._free_at.popitem(last=False)
        taken = self._stricter(standing_at(limit, free_at, now, was_taken=True), limit, subject, now)
        self._write_later((limit, subject, now))
        return taken

    def forget(self, now: datetime) -> int:
        with self._lock:
            for key in [key for key, free_at in self._free_at.items() if free_at <= now]:
                del self._free_at[key]
        return self._kept.forget(now)

    def settle(self) -> None:
        """Wait until everything counted so far was written or dropped."""
        self._waiting.join()

    def _stricter(
        self, remembered: LimitStanding, limit: RateLimit, subject: str, now: datetime
    ) -> LimitStanding:
        """Return what is remembered, or what is kept where that leaves fewer."""
        try:
            kept = self._kept.look(limit, subject, now)
        except Unavailable:
            return remembered
        return kept if kept.remaining < remembered.remaining else remembered

    def _write_later(self, count: _Count) -> None:
        # When too many wait, the database has been busy for long: memory counts on.
        with suppress(Full):
            self._waiting.put_nowait(count)
        with self._lock:
            if self._writer is None:
                # A daemon: a program that ends does not wait for the counts of those who failed.
                self._writer = Thread(target=self._write, name="counts", daemon=True)
                self._writer.start()

    def _write(self) -> None:
        while True:
            count = self._waiting.get()
            try:
                self._kept.take(*count)
            except Exception as error:  # whatever it is, the next may be written again
                _log.warning("A failed login was not written down: %s", error)
            finally:
                self._waiting.task_done()


if TYPE_CHECKING:
    _: type[RateLimiter] = CountsBeside
