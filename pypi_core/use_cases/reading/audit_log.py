"""Look up who did what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice, takewhile

from msgspec.structs import replace

from pypi_core.domain.accounts import Actor
from pypi_core.domain.audit import AuditFilter, AuditId, KeptEntry
from pypi_core.domain.permissions import Permit, require_account, require_administrator
from pypi_core.ports.audit import AuditLog
from pypi_core.use_cases.reading.access import SiteReading

_AT_A_TIME = 500


class AuditLogQueries:
    """Questions about the audit log, newest entries first."""

    def __init__(self, reading: SiteReading, audit_log: AuditLog) -> None:
        self._reading = reading
        self._audit_log = audit_log

    def entries(
        self,
        actor: Actor,
        wanted: AuditFilter,
        *,
        since: datetime | None = None,
        before: AuditId | None = None,
        limit: int | None = None,
    ) -> Iterator[KeptEntry]:
        """
        Return the entries that are *wanted*, read a few at a time as they are asked for.

        *before* is the id of an entry that all are older than.
        """
        entries = self._entries(self._as_stored(wanted, require_administrator(actor)), before)
        # Ids grow with time, so that nothing older is worth looking at.
        if since is not None:
            entries = takewhile(lambda each: each.entry.moment >= since, entries)
        return islice(entries, limit)

    def own(
        self, actor: Actor, *, before: AuditId | None = None, limit: int | None = None
    ) -> Iterator[KeptEntry]:
        """Return what was done in the actor's own name, on any index."""
        require_account(actor, actor.username)
        return islice(self._entries(AuditFilter(username=actor.username), before), limit)

    def _as_stored(self, wanted: AuditFilter, permit: Permit) -> AuditFilter:
        """Return *wanted* with the user name in the letters in which its account has it."""
        if wanted.username is None:
            return wanted
        with self._reading(permit) as snapshot:
            account = snapshot.accounts.find(wanted.username)
        return replace(wanted, username=account.username) if account else wanted

    def _entries(self, wanted: AuditFilter, before: AuditId | None) -> Iterator[KeptEntry]:
        while page := self._audit_log.page(wanted, before, _AT_A_TIME):
            yield from page
            before = page[-1].id
