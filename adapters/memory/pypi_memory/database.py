"""All row ports over one state in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pypi_core.domain.indexes import IndexName
from pypi_core.domain.permissions import Permit
from pypi_core.ports.environment import Clock
from pypi_memory.accounts import InMemorySiteSnapshot, InMemorySiteUnitOfWork
from pypi_memory.audit import InMemoryAuditLog
from pypi_memory.changes import InMemoryChangeSignal
from pypi_memory.condemned_blobs import InMemoryCondemnedBlobs
from pypi_memory.download_counts import InMemoryDownloadBatches
from pypi_memory.environment import FixedClock
from pypi_memory.outbox import InMemoryOutbox
from pypi_memory.periodic_work import InMemoryPeriodicWork
from pypi_memory.rate_limits import InMemoryRateLimiter
from pypi_memory.rows import Storage
from pypi_memory.transactions import InMemoryIndex
from pypi_memory.web_sessions import InMemorySightings

if TYPE_CHECKING:
    from pypi_core.ports.accounts import OpenSiteSnapshot, OpenSiteUnitOfWork


class InMemoryDatabase:
    """
    The state that all indexes and the site share; empty at first.

    Safe to use from several threads: writers exclude each other, a snapshot is what one
    commit left.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self._storage = Storage(clock or FixedClock())
        self._lock = threading.Lock()
        self._indexes: dict[IndexName, InMemoryIndex] = {}
        self.outbox = InMemoryOutbox()
        self.periodic_work = InMemoryPeriodicWork()
        self.download_batches = InMemoryDownloadBatches(self._storage)
        self.audit_log = InMemoryAuditLog(self._storage)
        self.rate_limiter = InMemoryRateLimiter(self._storage)
        self.sightings = InMemorySightings(self._storage)
        self.condemned_blobs = InMemoryCondemnedBlobs(self._storage)
        self.change_signal = InMemoryChangeSignal(self._storage)

    def index(self, name: IndexName) -> InMemoryIndex:
        """Return the ports of an index, always the same; it is there when it is opened or not at all."""
        with self._lock:
            if name not in self._indexes:
                self._indexes[name] = InMemoryIndex(self._storage, self.outbox, self.download_batches, name)
            return self._indexes[name]

    @contextmanager
    def open_site_snapshot(self) -> Iterator[InMemorySiteSnapshot]:
        """Begin to read as of now."""
        yield InMemorySiteSnapshot(self._storage, self._storage.committed)

    @contextmanager
    def open_site_unit_of_work(self, permit: Permit) -> Iterator[InMemorySiteUnitOfWork]:
        """Begin to write."""
        with self._storage.writing():
            yield InMemorySiteUnitOfWork(self._storage, permit.actor)


if TYPE_CHECKING:

    def _opens(database: InMemoryDatabase) -> tuple[OpenSiteSnapshot, OpenSiteUnitOfWork]:
        return database.open_site_snapshot, database.open_site_unit_of_work
