"""The audit log, as it is read and cut; units of work write it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from pypi_core.domain.audit import AuditFilter, AuditId, KeptEntry


class AuditLog(Protocol):
    """
    An entry for every write of every index and of the site.

    Units of work add the entries of their events when they commit, in the same transaction:
    there is no write without its entry and no entry without its write.  Nothing changes an
    entry.
    """

    def page(self, wanted: AuditFilter, before: AuditId | None, limit: int) -> Sequence[KeptEntry]:
        """Return up to *limit* entries that are *wanted*, newest first, older than *before* if given."""
        ...

    def forget(self, before: datetime) -> int:
        """Drop the entries of moments earlier than *before*, and return how many that were."""
        ...
