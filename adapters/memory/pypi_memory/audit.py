"""The audit log in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from pypi_core.domain.audit import AuditEntry, AuditFilter, AuditId, KeptEntry
from pypi_memory.rows import Rows, Storage

if TYPE_CHECKING:
    from pypi_core.ports.audit import AuditLog


class InMemoryAuditLog:
    """The audit log of all rows."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def page(self, wanted: AuditFilter, before: AuditId | None, limit: int) -> Sequence[KeptEntry]:
        """Return up to *limit* entries that are *wanted*, newest first."""
        found = [
            each
            for each in reversed(self._storage.committed.audit_log)
            if (before is None or each.id < before) and _is_wanted(each.entry, wanted)
        ]
        return found[:limit]

    def forget(self, before: datetime) -> int:
        """Drop the entries of earlier moments."""
        with self._storage.writing():
            rows = self._storage.committed.copy()
            kept = tuple(each for each in rows.audit_log if each.entry.moment >= before)
            forgotten = len(rows.audit_log) - len(kept)
            self._storage.commit(replace(rows, audit_log=kept), is_seen_by_readers=False)
        return forgotten


def put_entries(storage: Storage, rows: Rows, entries: Sequence[AuditEntry]) -> None:
    """Add entries to what a writer is about to commit."""
    kept = [KeptEntry(id=AuditId(next(storage.ids)), entry=each) for each in entries]
    rows.audit_log = (*rows.audit_log, *kept)


def _is_wanted(entry: AuditEntry, wanted: AuditFilter) -> bool:
    return (
        (wanted.index is None or entry.index == wanted.index)
        and (wanted.project is None or entry.project == wanted.project)
        and (wanted.username is None or entry.username == wanted.username)
    )


if TYPE_CHECKING:
    _: type[AuditLog] = InMemoryAuditLog
