"""Drop what is kept for a time only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import msgspec

from pypi_core.domain.downloads import Span
from pypi_core.domain.web_sessions import SessionTerms
from pypi_core.ports.audit import AuditLog
from pypi_core.ports.download_counts import DownloadBatches
from pypi_core.ports.environment import Clock
from pypi_core.ports.rate_limits import RateLimiter
from pypi_core.ports.web_sessions import Sightings


class ForgetOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows were dropped."""

    audit_entries: int
    rate_counts: int
    download_counts: int
    web_sessions: int


class KeptDownloads(msgspec.Struct, frozen=True, kw_only=True):
    """For how many days counts of downloads by day are kept, and those by month; ``None`` is for ever."""

    days: int = 180
    months: int | None = None

    def first_day(self, today: date) -> date:
        """Return the first day whose counts are kept."""
        return today - timedelta(days=self.days)

    def first_month(self, today: date) -> date | None:
        """Return the first day of the first month whose counts are kept."""
        if self.months is None:
            return None
        number = max(today.year * 12 + today.month - 1 - self.months, 12)
        return date(number // 12, number % 12 + 1, 1)


@dataclass(frozen=True, eq=False)
class ForgetHistory:
    """
    Drop the entries of the audit log that are older than *keep_audit*, and counts that say nothing any more.

    Likewise the counts of downloads that are not in *keep_downloads*, and sessions of browsers that are over.
    May run beside everything else, and twice at once.  ``None`` keeps the audit log for ever.
    """

    audit_log: AuditLog
    rate_limiter: RateLimiter
    download_batches: DownloadBatches
    sightings: Sightings
    clock: Clock
    keep_audit: timedelta | None
    keep_downloads: KeptDownloads
    session_terms: SessionTerms

    def __call__(self) -> ForgetOutcome:
        now = self.clock.now()
        return ForgetOutcome(
            audit_entries=0 if self.keep_audit is None else self.audit_log.forget(now - self.keep_audit),
            rate_counts=self.rate_limiter.forget(now),
            download_counts=self._forget_downloads(now.date()),
            web_sessions=self.sightings.forget_sessions(now, now - self.session_terms.idle),
        )

    def _forget_downloads(self, today: date) -> int:
        dropped = self.download_batches.forget(Span.DAY, self.keep_downloads.first_day(today))
        if first_month := self.keep_downloads.first_month(today):
            dropped += self.download_batches.forget(Span.MONTH, first_month)
        return dropped
