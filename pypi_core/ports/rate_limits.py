"""How often a subject did something lately."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from pypi_core.domain.rate_limits import LimitStanding, RateLimit


class RateCounts(Protocol):
    """
    Counts by limit and subject.

    A subject is whom a limit is applied to: an account, an address.  Two limits of different
    names never share a count; all processes that use one database do.
    """

    def look(self, limit: RateLimit, subject: str, now: datetime) -> LimitStanding:
        """Tell how *subject* stands at *now*; nothing is written."""
        ...

    def take(self, limit: RateLimit, subject: str, now: datetime) -> LimitStanding:
        """
        Count one, and tell how *subject* stands after it.

        One over the limit is not counted: the answer is then that of `look`, with ``is_over``,
        and ``is_over`` is said of no other one, also not of the last that was permitted.
        Any number may be counted at once: together they never pass the limit.
        """
        ...


class RateLimiter(RateCounts, Protocol):
    """The counts outside any unit of work: each call is a transaction of its own."""

    def forget(self, now: datetime) -> int:
        """Drop what says nothing any more at *now*, and return how many counts that were."""
        ...
