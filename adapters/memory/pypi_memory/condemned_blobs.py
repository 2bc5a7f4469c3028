"""The objects on their way out, in memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from pypi_core.domain.blob_keys import BlobKey
from pypi_core.domain.condemned_blobs import CondemnedBlob, CondemnedState
from pypi_core.errors import ConcurrentChange
from pypi_memory.accounts import InMemorySiteSnapshot
from pypi_memory.rows import Rows, Storage

if TYPE_CHECKING:
    from pypi_core.ports.condemned_blobs import CondemnedBlobs


def claim(rows: Rows, keys: Collection[BlobKey], put: datetime) -> None:
    """Save objects from the sweep, see `UnitOfWork.claim_blobs`."""
    found = {key: rows.condemned_blobs[key] for key in keys if key in rows.condemned_blobs}
    if any(each.may_take(put) for each in found.values()):
        raise ConcurrentChange
    for key, each in found.items():
        if each.state is CondemnedState.CONDEMNED:
            del rows.condemned_blobs[key]


class InMemoryCondemnedBlobs:
    """The objects on their way out, each call a transaction of its own."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def condemn(self, keys: Collection[BlobKey], moment: datetime) -> None:
        with self._storage.writing():
            rows = self._storage.committed.copy()
            for key in keys:
                known = rows.condemned_blobs.get(key)
                if known is None or known.state is CondemnedState.DELETED:
                    rows.condemned_blobs[key] = CondemnedBlob(CondemnedState.CONDEMNED, moment)
            self._storage.commit(rows, is_seen_by_readers=False)

    def begin_deleting(
        self, condemned_until: datetime, stuck_until: datetime, moment: datetime, limit: int
    ) -> Sequence[BlobKey]:
        until = {CondemnedState.CONDEMNED: condemned_until, CondemnedState.DELETING: stuck_until}
        with self._storage.writing():
            rows = self._storage.committed.copy()
            ripe = [
                key
                for key, each in rows.condemned_blobs.items()
                if each.state in until and each.since <= until[each.state]
            ]
            referenced = InMemorySiteSnapshot(self._storage, rows).references.among(ripe)
            for key in referenced:
                del rows.condemned_blobs[key]
            going = [key for key in ripe if key not in referenced][:limit]
            for key in going:
                rows.condemned_blobs[key] = CondemnedBlob(CondemnedState.DELETING, moment)
            self._storage.commit(rows, is_seen_by_readers=False)
        return going

    def finish_deleting(self, keys: Collection[BlobKey], moment: datetime) -> None:
        with self._storage.writing():
            rows = self._storage.committed.copy()
            for key in keys:
                rows.condemned_blobs[key] = CondemnedBlob(CondemnedState.DELETED, moment)
            self._storage.commit(rows, is_seen_by_readers=False)

    def forget(self, deleted_before: datetime) -> None:
        with self._storage.writing():
            rows = self._storage.committed.copy()
            for key, each in self._storage.committed.condemned_blobs.items():
                if each.state is CondemnedState.DELETED and each.since < deleted_before:
                    del rows.condemned_blobs[key]
            self._storage.commit(rows, is_seen_by_readers=False)


if TYPE_CHECKING:
    _: type[CondemnedBlobs] = InMemoryCondemnedBlobs
