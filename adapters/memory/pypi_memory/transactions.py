"""Snapshots and units of work of one index in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from pypi_core.domain.accounts import Actor
from pypi_core.domain.audit import audit_entries
from pypi_core.domain.blob_keys import BlobKey
from pypi_core.domain.entities import Change, Serial
from pypi_core.domain.events import Event
from pypi_core.domain.indexes import IndexName, IndexRecord
from pypi_core.domain.names import normalize
from pypi_core.domain.reactions import reactions_to
from pypi_memory.accounts import InMemoryAccounts
from pypi_memory.audit import put_entries
from pypi_memory.condemned_blobs import claim
from pypi_memory.dependencies import InMemoryDependencies
from pypi_memory.documentation import InMemoryDocumentation
from pypi_memory.download_counts import InMemoryDownloadBatches, InMemoryDownloadCounts
from pypi_memory.files import InMemoryFiles
from pypi_memory.journal import InMemoryJournal
from pypi_memory.memberships import InMemoryMemberships
from pypi_memory.outbox import InMemoryOutbox
from pypi_memory.pages import InMemoryPages
from pypi_memory.projects import InMemoryProjects
from pypi_memory.rate_limits import InMemoryRateCounts
from pypi_memory.releases import InMemoryReleases
from pypi_memory.rows import Rows, Storage
from pypi_memory.upload_sessions import InMemoryUploadSessions

if TYPE_CHECKING:
    from pypi_core.ports.transactions import OpenSnapshot, OpenUnitOfWork, Snapshot, UnitOfWork


class InMemorySnapshot:
    """The rows of one index as one commit left them."""

    def __init__(self, storage: Storage, rows: Rows, name: IndexName) -> None:
        index = rows.index(name)
        self.record: IndexRecord = index.record
        self.projects = InMemoryProjects(index, storage.ids)
        self.releases = InMemoryReleases(index, storage.ids)
        self.files = InMemoryFiles(index, storage.ids)
        self.documentation = InMemoryDocumentation(index, storage.ids)
        self.memberships = InMemoryMemberships(index, rows.accounts)
        self.accounts = InMemoryAccounts(rows, storage.ids)
        self.journal = InMemoryJournal(index.journal)
        self.upload_sessions = InMemoryUploadSessions(index)


class InMemoryUnitOfWork(InMemorySnapshot):
    """A copy of all rows, which takes the place of what was committed."""

    def __init__(self, storage: Storage, outbox: InMemoryOutbox, name: IndexName, actor: Actor) -> None:
        rows = storage.committed.copy()
        rows.indexes[name] = rows.index(name).copy()
        super().__init__(storage, rows, name)
        self._storage = storage
        self._outbox = outbox
        self._rows = rows
        self._index = rows.indexes[name]
        self._actor = actor
        self._events: list[Event] = []
        self.rate_counts = InMemoryRateCounts(rows)
        self._committed = False

    def record_event(self, event: Event) -> None:
        """Note what this transaction makes happen."""
        self._events.append(event)

    def claim_blobs(self, keys: Collection[BlobKey], put: datetime) -> None:
        claim(self._rows, keys, put)

    def commit(self) -> Serial:
        """Make it happen and return the last serial taken."""
        if self._committed:
            raise AssertionError("this unit of work was committed already: open another one")
        self._committed = True
        public = [each for each in self._events if each.is_public]
        for event in public:
            self._write(event)
        now = self._storage.clock.now()
        entries = audit_entries(self._events, self._actor, now, self.record.name)
        put_entries(self._storage, self._rows, entries)
        only_private = bool(self._events) or self.upload_sessions.were_changed
        self._storage.commit(self._rows, is_seen_by_readers=bool(public) or not only_private)
        # After the rows: a worker that is quick must find what it is woken for.
        reactions = [reaction for event in public for reaction in reactions_to(event)]
        self._outbox.add(self.record.name, reactions, now)
        return self._index.last_serial

    def _write(self, event: Event) -> None:
        change = Change(
            serial=Serial(self._index.last_serial + 1),
            project=event.project,
            version=None if event.version is None else str(event.version),
            action=event.journal_action,
            moment=self._storage.clock.now(),
            actor=self._actor.username,
        )
        self._index.journal = (*self._index.journal, change)
        self.projects.move(normalize(event.project), change.serial)


class InMemoryIndex:
    """The row ports of one index."""

    def __init__(
        self, storage: Storage, outbox: InMemoryOutbox, batches: InMemoryDownloadBatches, name: IndexName
    ) -> None:
        self._storage = storage
        self._outbox = outbox
        self._name = name
        self.pages = InMemoryPages()
        self.download_counts = InMemoryDownloadCounts(storage, batches, name)
        self.dependencies = InMemoryDependencies(storage, outbox, name)

    @contextmanager
    def open_snapshot(self) -> Iterator[InMemorySnapshot]:
        """
        Begin to read as of now.

        Raises:
            IndexNotFound: The index was not created yet.
        """
        yield InMemorySnapshot(self._storage, self._storage.committed, self._name)

    @contextmanager
    def open_unit_of_work(self, actor: Actor) -> Iterator[InMemoryUnitOfWork]:
        """
        Begin to write.

        Raises:
            IndexNotFound: The index was not created yet.
        """
        with self._storage.writing():
            yield InMemoryUnitOfWork(self._storage, self._outbox, self._name, actor)


if TYPE_CHECKING:
    _snapshot: type[Snapshot] = InMemorySnapshot
    _unit_of_work: type[UnitOfWork] = InMemoryUnitOfWork

    def _opens(index: InMemoryIndex) -> tuple[OpenSnapshot, OpenUnitOfWork]:
        return index.open_snapshot, index.open_unit_of_work
