"""Drop what is kept for a time only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import msgspec

from pypi_core.ports.audit import AuditLog
from pypi_core.ports.environment import Clock
from pypi_core.ports.rate_limits import RateLimiter


class ForgetOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows were dropped."""

    audit_entries: int
    rate_counts: int


@dataclass(frozen=True, eq=False)
class ForgetHistory:
    """
    Drop the entries of the audit log that are older than *keep_audit*, and counts that say nothing any more.

    May run beside everything else, and twice at once.  ``None`` keeps the audit log for ever.
    """

    audit_log: AuditLog
    rate_limiter: RateLimiter
    clock: Clock
    keep_audit: timedelta | None

    def __call__(self) -> ForgetOutcome:
        now = self.clock.now()
        return ForgetOutcome(
            audit_entries=0 if self.keep_audit is None else self.audit_log.forget(now - self.keep_audit),
            rate_counts=self.rate_limiter.forget(now),
        )
