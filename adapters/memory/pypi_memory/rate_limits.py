"""Counts of what has a limit, in memory."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from pypi_core.domain.rate_limits import LimitStanding, RateLimit, standing_at
from pypi_memory.rows import Rows, Storage

if TYPE_CHECKING:
    from pypi_core.ports.rate_limits import RateCounts, RateLimiter


class InMemoryRateCounts:
    """The counts among the rows that a writer is about to commit."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def look(self, limit: RateLimit, subject: str, now: datetime) -> LimitStanding:
        """Tell how *subject* stands."""
        return standing_at(limit, self._rows.rate_counts.get((limit.name, subject)), now)

    def take(self, limit: RateLimit, subject: str, now: datetime) -> LimitStanding:
        """Count one that is within the limit."""
        key = limit.name, subject
        free_at = max(self._rows.rate_counts.get(key, now), now) + limit.share
        if free_at - now > timedelta(seconds=limit.window):
            return self.look(limit, subject, now)
        self._rows.rate_counts[key] = free_at
        return standing_at(limit, free_at, now, was_taken=True)


class InMemoryRateLimiter:
    """The counts, each call a transaction of its own."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def look(self, limit: RateLimit, subject: str, now: datetime) -> LimitStanding:
        """Tell how *subject* stands."""
        return InMemoryRateCounts(self._storage.committed).look(limit, subject, now)

    def take(self, limit: RateLimit, subject: str, now: datetime) -> LimitStanding:
        """Count one that is within the limit."""
        with self._storage.writing():
            rows = self._storage.committed.copy()
            standing = InMemoryRateCounts(rows).take(limit, subject, now)
            self._storage.commit(rows, is_seen_by_readers=False)
        return standing

    def forget(self, now: datetime) -> int:
        """Drop what says nothing any more."""
        with self._storage.writing():
            rows = self._storage.committed.copy()
            kept = {key: free_at for key, free_at in rows.rate_counts.items() if free_at > now}
            forgotten = len(rows.rate_counts) - len(kept)
            self._storage.commit(replace(rows, rate_counts=kept), is_seen_by_readers=False)
        return forgotten


if TYPE_CHECKING:
    _: tuple[type[RateCounts], type[RateLimiter]] = (InMemoryRateCounts, InMemoryRateLimiter)
